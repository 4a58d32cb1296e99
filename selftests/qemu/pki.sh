#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# pki.sh DIR: makes the lab's keys and certificates, each as NAME.key and
# NAME.pem, and NAME.der for the kernel. Test keys: whoever can read the
# directory can sign.
#
#   release-anchor     compiled into the module; certifies the signers
#   offline-anchor     the second ring's
#   same-anchor        another certificate for the key of release-anchor
#   leaf-anchor        self-signed, and good for signing, but not for certifying
#   signer, signer2, signer3, leaked
#                      release signers as they should be
#   offline-signer, offline-signer2
#                      the same under the offline anchor
#   both, both-offline one key, certified by both anchors
#   signer-p384, signer-rsa2048, signer-rsa3072, offline-p384
#   stranger, stranger-signer
#                      the same construction, but nobody we know
#   leaf-issued        certified by signer, which may not
#   sub-ca             a CA that the release anchor certified, with a key that may sign
#   cert-sign          certified, but its key may certify as well
#   no-sign            certified, but its key is for key agreement
#   expired            certified, but its days are over

set -eu

mkdir -p "$1"
cd "$1"

ca='basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid'

leaf='basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid'

# The guest's clock may start in 1970, or be years ahead of the day on which
# these were made.
from=19700101000000Z
to=20991231235959Z

# cert NAME ISSUER EXTENSIONS [TYPE [TO]]; an issuer of its own name: self-signed
cert()
{
	name=$1 issuer=$2 ext=$3 type=${4:-P-256}
	case $type in
	P-*)	opt="-algorithm EC -pkeyopt ec_paramgen_curve:$type" ;;
	rsa*)	opt="-algorithm RSA -pkeyopt rsa_keygen_bits:${type#rsa}" ;;
	*)	opt="-algorithm $type" ;;
	esac
	# shellcheck disable=SC2086 # a list
	[ -e "$name.key" ] || openssl genpkey $opt -out "$name.key" 2>/dev/null
	openssl req -new -key "$name.key" -subj "/O=kota lab/CN=$name" \
		-out "$name.csr"
	printf '%s\n' "$ext" >"$name.ext"
	if [ "$issuer" = "$name" ]; then
		by="-signkey $name.key"
	else
		by="-CA $issuer.pem -CAkey $issuer.key"
	fi
	# shellcheck disable=SC2086 # a list
	openssl x509 -req -in "$name.csr" $by -sha256 -extfile "$name.ext" \
		-not_before $from -not_after "${5:-$to}" -out "$name.pem" \
		2>/dev/null
	openssl x509 -in "$name.pem" -outform DER -out "$name.der"
	rm -f "$name.csr" "$name.ext"
}

cert release-anchor release-anchor "$ca"
cert offline-anchor offline-anchor "$ca"
cp release-anchor.key same-anchor.key
cert same-anchor same-anchor "$ca"
cert leaf-anchor leaf-anchor "$leaf"
cert signer release-anchor "$leaf"
cert signer2 release-anchor "$leaf"
cert signer3 release-anchor "$leaf"
cert leaked release-anchor "$leaf"
cert offline-signer offline-anchor "$leaf"
cert offline-signer2 offline-anchor "$leaf"
cert offline-p384 offline-anchor "$leaf" P-384
cert both release-anchor "$leaf"
cp both.key both-offline.key
cert both-offline offline-anchor "$leaf"
cert signer-p384 release-anchor "$leaf" P-384
cert signer-rsa2048 release-anchor "$leaf" rsa2048
cert signer-rsa3072 release-anchor "$leaf" rsa3072
cert stranger stranger "$ca"
cert stranger-signer stranger "$leaf"
cert leaf-issued signer "$leaf"
cert sub-ca release-anchor "$(echo "$ca" | sed s/keyCertSign/digitalSignature/)"
cert cert-sign release-anchor \
	"$(echo "$leaf" | sed s/digitalSignature/digitalSignature,keyCertSign/)"
cert no-sign release-anchor "$(echo "$leaf" | sed s/digitalSignature/keyAgreement/)"
cert expired release-anchor "$leaf" P-256 19991231235959Z
