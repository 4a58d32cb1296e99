# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: where=host configs=release timeout=120
# tests: sign.* token.*
#
# Signatures, where software is released: each kind of key, from a file and from a
# token; what a device would refuse is refused here. No guest.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

# A fresh deliverable, without signatures.
packed()
{
	kota pack --image image --target firmware --image-version 1.0 --sequence 7 \
		--vendor $VENDOR --class $CLASS --release "Example 1" -o out
}

# signed NAME OPTION...: by a key in a file
signed()
{
	kota sign --key "$KEYS/$1.key" --cert "$PKI/$1.pem" "${@:2}" out
}

# says TEXT...: inspect, verifying by all certificates, has these lines, one by one
says()
{
	local text certs=() cert
	# By all that there are: a signature that no certificate fits makes it fail.
	for cert in "$PKI"/*.pem; do
		[[ $cert != *signer* ]] || certs+=(--cert "$cert")
	done
	kota inspect "${certs[@]}" out >inspected || return
	for text in "$@"; do
		tr -s ' ' <inspected | grep -qF -- "$text" ||
			{ cat inspected; echo "not said: $text"; return 1; }
	done
}

# by NAME RING ALGORITHMS: the one signature there is
by()
{
	says "ring $2" "algorithms $3" "verified by $PKI/$1.pem" "key id $(key_id "$1")"
}

# As OpenSSL finds it: the public key without what is around it.
key_id()
{
	openssl x509 -in "$PKI/$1.pem" -noout -pubkey | openssl pkey -pubin -outform DER >spki
	openssl asn1parse -inform DER -in spki -strparse \
		"$(openssl asn1parse -inform DER -in spki | sed -n 's/^ *\([0-9]*\):d=1 .*BIT STRING.*/\1/p')" \
		-noout -out bits
	sha256sum <bits | cut -d' ' -f1
}

each_key()
{
	packed && signed signer && by signer release "ecdsa-with-SHA256, sha256" &&
		packed && signed signer --md sha3-256 --keyid &&
		by signer release "ecdsa_with_SHA3-256, sha3-256" &&
		packed && signed signer-p384 && by signer-p384 release "ecdsa-with-SHA384, sha384" &&
		packed && signed signer-p384 --md sha512 &&
		by signer-p384 release "ecdsa-with-SHA512, sha512" &&
		packed && signed signer-p384 --md sha3-384 &&
		by signer-p384 release "ecdsa_with_SHA3-384, sha3-384" &&
		packed && signed signer-rsa3072 && by signer-rsa3072 release "rsaEncryption, sha256" &&
		packed && signed signer-rsa3072 --md sha512 --keyid &&
		by signer-rsa3072 release "rsaEncryption, sha512"
}

both_rings()
{
	local id
	packed && signed signer && signed offline-signer --ring offline || return
	says "ring release" "ring offline" "verified by $PKI/offline-signer.pem" || return
	[ "$(grep -c '^signature ' inspected)" = 2 ] || return
	# Again: in place of the first one
	signed signer --md sha3-256 && says "sha3-256" &&
		[ "$(grep -c '^signature ' inspected)" = 2 ] || return
	kota inspect --json --cert "$PKI/signer.pem" out >json && return 1
	id=$(key_id signer)
	grep -q "\"signer_key_id\": \"$id\"" json && [ "$(grep -c '"verified": true' json)" = 1 ]
}

# nr_signatures NR: so many are there
nr_signatures()
{
	[ "$(kota inspect out | grep -c '^signature ')" = "$1" ]
}

# One key, one signature in a ring, however the signer is named: devices refuse two.
either_form()
{
	packed && signed signer && signed signer --keyid && nr_signatures 1 &&
		kota inspect out | grep -q 'signer  *key id' && signed signer && nr_signatures 1 &&
		kota inspect out | grep -q 'signer  *issuer' || return
	# Of another ring, or by another key: not replaced
	signed signer --keyid --ring offline && signed signer2 --keyid && nr_signatures 3 &&
		signed signer --ring offline && nr_signatures 3 || return
	# Made elsewhere: with the certificate at hand
	openssl cms -sign -binary -nocerts -nosmimecap -keyid -outform DER -in out.manifest \
		-signer "$PKI/signer.pem" -inkey "$KEYS/signer.key" -out other.cms &&
		kota sign --attach other.cms out && nr_signatures 4 || return
	# Without it nobody could tell; told later, one stays of two.
	kota sign --attach other.cms --cert "$PKI/signer.pem" out && nr_signatures 3 &&
		signed signer && nr_signatures 3
}

# A renewed certificate: the key is the same.
renewed()
{
	openssl x509 -in "$PKI/signer.pem" -set_serial 4711 -signkey "$KEYS/signer.key" \
		-out renewed.pem 2>/dev/null || openssl x509 -in "$PKI/signer.pem" -set_serial 4711 \
		-key "$KEYS/signer.key" -out renewed.pem || return
	packed && signed signer && kota sign --key "$KEYS/signer.key" --cert renewed.pem out &&
		nr_signatures 1 && kota inspect --cert renewed.pem out
}

# refused WORDS COMMAND...: said in these words, and out is as it was
refused()
{
	local words=$1
	shift
	cp out before
	fails_with "$words" "$@" && cmp out before
}

devices_would_refuse()
{
	packed || return
	refused "an RSA key of 2048 bits" signed signer-rsa2048 &&
		refused "keyUsage digitalSignature and is no CA" signed no-sign &&
		refused "keyUsage digitalSignature and is no CA" signed sub-ca &&
		refused "keyUsage digitalSignature and is no CA" signed cert-sign &&
		refused "--md sha384: does not go with the key" signed signer --md sha384 &&
		refused "--md sha256: does not go with the key" signed signer-p384 --md sha256 &&
		refused "--md sha3-256: does not go with the key" signed signer-rsa3072 --md sha3-256 &&
		refused "--md sha1: not known" signed signer --md sha1 &&
		refused "--ring third: not known" signed signer --ring third &&
		refused "--key is not the key of the certificate" \
			kota sign --key "$KEYS/signer2.key" --cert "$PKI/signer.pem" out
}

# What kota sign prints, run by a shell, makes what kota sign takes.
openssl_line()
{
	local name
	for name in signer signer-p384 signer-rsa3072; do
		packed && signed $name --keyid >said || return
		bash -c "$(sed -n 's/^  \(openssl cms .*\)/\1/p' said)" || return
		packed && refused "not a signature over the manifest" \
			kota sign --attach signature.cms out || return
	done
	packed && signed signer >said && bash -c "$(sed -n 's/^  \(openssl cms .*\)/\1/p' said)" &&
		kota sign --attach signature.cms --cert "$PKI/signer.pem" out &&
		by signer release "ecdsa-with-SHA256, sha256"
}

# by_openssl OPTION...: other than kota sign does it
by_openssl()
{
	openssl cms -sign -binary -outform DER -in out.manifest -out signature.cms "$@" &&
		kota sign --attach signature.cms out
}

other_forms()
{
	local signer=(-signer "$PKI/signer.pem" -inkey "$KEYS/signer.key")
	local rsa=(-signer "$PKI/signer-rsa3072.pem" -inkey "$KEYS/signer-rsa3072.key")
	packed || return
	refused "holds certificates" by_openssl -nosmimecap "${signer[@]}" &&
		refused "S/MIME capabilities" by_openssl -nocerts "${signer[@]}" &&
		refused "no signed attributes" by_openssl -nocerts -noattr "${signer[@]}" &&
		refused "2 signers" by_openssl -nocerts -nosmimecap "${signer[@]}" "${rsa[@]}" &&
		refused "signature algorithm" by_openssl -nocerts -nosmimecap "${rsa[@]}" \
			-keyopt rsa_padding_mode:pss &&
		refused "digest algorithm" by_openssl -nocerts -nosmimecap -md sha1 "${signer[@]}" &&
		refused "signature value" by_openssl -nocerts -nosmimecap -md sha256 \
			-signer "$PKI/signer-p384.pem" -inkey "$KEYS/signer-p384.key" &&
		by_openssl -nocerts -nosmimecap "${rsa[@]}"
}

# Who says what lasts is told which signature that wants.
role_is_noted()
{
	kota pack --statement --sequence 8 --vendor $VENDOR --class $CLASS \
		--release "Example 1" -o out --revoke "$PKI/leaked.pem" &&
		signed signer 2>noted && grep -q -- "--ring offline" noted &&
		signed offline-signer --ring offline 2>noted && ! grep -q -- "--ring offline" noted &&
		says "revokes $(key_id leaked)" "ring offline"
}

# Who verifies sees what another manifest, or another signer, is.
inspect_verifies()
{
	packed && signed signer || return
	kota inspect --cert "$PKI/signer2.pem" out | grep -q "none of the certificates given" &&
		kota inspect --cert "$PKI/signer2.pem" --cert "$PKI/signer.der" out |
			grep -q "verified by *$PKI/signer.der" &&
		kota inspect out | grep -q "not verified here" &&
		[ "$(kota inspect --json --cert "$PKI/signer2.pem" out | grep -c '"verified": false')" = 1 ]
}

# inspected STATUS WORDS OPTION...: so inspect ends, with and without --json, and says
# that on standard error, or with 0 nothing
inspected()
{
	local json status
	for json in "" --json; do
		# shellcheck disable=SC2086 # or no word
		kota inspect $json "${@:3}" out >inspected 2>said
		status=$?
		cat said
		[ $status = "$1" ] || return
		if [ "$1" = 0 ]; then [ ! -s said ]; else grep -qF -- "$2" said; fi || return
	done
}

# spoiled PYTHON: out with one signature, der, changed
spoiled()
{
	python3 - out "$1" <<-'END'
	import struct, sys
	d = bytearray(open(sys.argv[1], 'rb').read())
	mlen = struct.unpack_from('<I', d, 12)[0]
	exec(sys.argv[2])
	open(sys.argv[1], 'wb').write(d)
	END
}

# The exit status says of signatures what the text says.
inspect_exit()
{
	local none="signature 0 is by none of the certificates given"
	packed && inspected 0 "" && inspected 1 "has no signature" --cert "$PKI/signer.pem" &&
		signed signer && inspected 0 "" && inspected 0 "" --cert "$PKI/signer.pem" &&
		inspected 1 "$none" --cert "$PKI/signer2.pem" || return
	signed offline-signer --ring offline && inspected 0 "" &&
		inspected 1 "$none" --cert "$PKI/offline-signer.pem" &&
		inspected 0 "" --cert "$PKI/offline-signer.pem" --cert "$PKI/signer.pem" || return
	# Another manifest: of a deliverable of another time
	packed && signed signer && cp out first && packed && signed signer &&
		python3 - first out <<-'END' || return
		import struct, sys
		d, e = (open(n, 'rb').read() for n in sys.argv[1:])
		mlen = struct.unpack_from('<I', e, 12)[0]
		open(sys.argv[2], 'wb').write(d[:64] + e[64:64 + mlen] + d[64 + mlen:])
		END
	inspected 1 "signature 0 is over another manifest" &&
		grep '"this_manifest": false' inspected || return
	# CMS that is none
	packed && signed signer && spoiled 'd[64 + mlen + 8 + 1] ^= 1' &&
		inspected 1 "signature 0 is none that devices take" && grep '"well_formed": false' inspected
}

# ---- a token: the key does not leave it

make_token()
{
	local name
	mkdir -p tokens
	printf 'directories.tokendir = %s\nobjectstore.backend = file\n' "$PWD/tokens" >softhsm2.conf
	softhsm2-util --init-token --free --label lab --so-pin 12345678 --pin 1234 || return
	for name in signer signer-p384 signer-rsa3072; do
		openssl pkcs8 -topk8 -nocrypt -in "$KEYS/$name.key" -out pkcs8.pem &&
			softhsm2-util --import pkcs8.pem --token lab --label $name \
				--id "$(printf %s $name | od -An -v -tx1 | tr -d ' \n')" \
				--pin 1234 || return
	done
	rm pkcs8.pem
	printf 1234 >pin
}

export SOFTHSM2_CONF=$PWD/softhsm2.conf
export PKCS11_PROVIDER_MODULE=/usr/lib/softhsm/libsofthsm2.so

# by_token NAME [OPTION...]
by_token()
{
	kota sign --key "pkcs11:token=lab;object=$1;type=private?pin-source=file:$PWD/pin" \
		--cert "$PKI/$1.pem" "${@:2}" out
}

token_each_key()
{
	make_token || return
	packed && by_token signer && by signer release "ecdsa-with-SHA256, sha256" &&
		packed && by_token signer-p384 --ring offline &&
		by signer-p384 offline "ecdsa-with-SHA384, sha384" &&
		packed && by_token signer-rsa3072 --keyid &&
		by signer-rsa3072 release "rsaEncryption, sha256"
}

token_refused()
{
	packed || return
	refused "no private key by that URI" kota sign --cert "$PKI/signer.pem" \
		--key "pkcs11:token=lab;object=nobody;type=private?pin-value=1234" out &&
		refused "no private key by that URI" kota sign --cert "$PKI/signer.pem" \
			--key "pkcs11:token=lab;object=signer;type=private?pin-value=4321" out &&
		refused "--key is not the key of the certificate" kota sign --cert "$PKI/signer2.pem" \
			--key "pkcs11:token=lab;object=signer;type=private?pin-value=1234" out &&
		refused "provider nobody cannot be loaded" by_token signer --provider nobody
}

# The command is shown, the PIN is not.
token_pin_is_not_shown()
{
	packed && kota sign --cert "$PKI/signer.pem" \
		--key "pkcs11:token=lab;object=signer;type=private?pin-value=1234" out >said || return
	cat said
	grep -q -- "-provider 'pkcs11' -provider 'default' -inkey 'pkcs11:.*?pin-value=PIN'" said &&
		! grep -q 1234 said
}

# What is printed is shell, whatever the provider is called.
token_provider_is_quoted()
{
	local module
	mkdir -p modules && rm -f gone
	module=$(find /usr/lib -name pkcs11.so -path '*ossl-modules*' | head -1)
	cp "$module" "modules/a; touch gone #.so" && packed &&
		OPENSSL_MODULES=$PWD/modules kota sign --provider "a; touch gone #" \
			--key "file:$KEYS/signer.key" --cert "$PKI/signer.pem" out >said || return
	cat said
	grep -q -- "-provider 'a; touch gone #' -provider 'default' -inkey" said || return
	# It does not find the provider, but is one command.
	bash -c "$(sed -n 's/^  \(openssl cms .*\)/\1/p' said)" </dev/null
	[ ! -e gone ]
}

# What is signed is replaced where it is: behind a link, with its permissions.
in_its_place()
{
	packed && cp out real && chmod 600 real && ln -sf real link &&
		kota sign --key "$KEYS/signer.key" --cert "$PKI/signer.pem" link &&
		[ -L link ] && [ "$(stat -c %a real)" = 600 ] && ! cmp -s out real &&
		kota inspect --cert "$PKI/signer.pem" real | grep -q "verified by" || return
	cp real before && kota wrap --cek out.cek --device "$(identity)" link && [ -L link ] &&
		[ "$(stat -c %a real)" = 600 ] && ! cmp -s before real
}

identity()
{
	printf 'kota-device-v1 p256 1 '
	openssl pkey -in "$KEYS/signer.key" -pubout -outform DER | tail -c 64 | base64 -w0
}

head -c 5000 /dev/urandom >image

t sign.each_key each_key
t sign.both_rings both_rings
t sign.either_form either_form
t sign.renewed renewed
t sign.devices_would_refuse devices_would_refuse
t sign.openssl_line openssl_line
t sign.other_forms other_forms
t sign.role_is_noted role_is_noted
t sign.inspect_verifies inspect_verifies
t sign.inspect_exit inspect_exit
t sign.in_its_place in_its_place
t token.each_key token_each_key
t token.refused token_refused
t token.pin_is_not_shown token_pin_is_not_shown
t token.provider_is_quoted token_provider_is_quoted
plan
exit "$kt_failed"
