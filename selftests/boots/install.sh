# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab mem=512 timeout=300 tpm=fresh
# tests: early.* helper.* openssl.* install.*
#
# From a blank device to one that has what it should. Boot root goes on from here.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

add_signer()
{
	keyctl padd asymmetric "" "$(ring .kota-release)" <"$PKI/$1.der"
}

# deliverable NAME SEQUENCE [OPTION...]: packed, neither signed nor wrapped
deliverable()
{
	head -c 300000 /dev/urandom >"/tmp/$1.img"
	pack "/tmp/$1.img" "$2" "/tmp/$1" "${@:3}"
}

# With the programs that people have: OpenSSL signs the manifest.
# openssl_signs NAME SEQUENCE SIGNER OPTION...
openssl_signs()
{
	local name=$1 sequence=$2 signer=$3
	shift 3
	deliverable "$name" "$sequence" || return
	openssl cms -sign -binary -nocerts -nosmimecap "$@" -outform DER \
		-in "/tmp/$name.manifest" -signer "$PKI/$signer.pem" \
		-inkey "$KEYS/$signer.key" -out "/tmp/$name.cms" || return
	kota sign --attach "/tmp/$name.cms" "/tmp/$name" || return
	kota wrap --device /tmp/identity "/tmp/$name" || return
	cat "/tmp/$name" >/dev/kota && same "/tmp/$name.img" slot-b
}

# kota's own way, from pack to install.
helper_installs()
{
	deliverable own "$1" "${@:2}" || return
	sign /tmp/own || return
	kota wrap --device "$(cat /tmp/identity)" /tmp/own || return
	kota install /tmp/own || return
	same /tmp/own.img slot-b && [ "$(status_of sequence)" != "" ]
}

# Through a pipe, and with a stream that is cut: exit code and reason.
helper_pipe()
{
	deliverable pipe "$1" && sign /tmp/pipe && kota wrap --device /tmp/identity /tmp/pipe &&
		kota install - </tmp/pipe && same /tmp/pipe.img slot-b
}

helper_cut()
{
	head -c 200000 /tmp/pipe >/tmp/cut
	kota install /tmp/cut
	[ $? = 1 ] || return
	kota why --json | tee /dev/stderr | grep -q '"cause": "INTERRUPTED"'
}

# The exit code is the verdict; cat sees the errno; why tells the rest.
helper_why()
{
	cp /tmp/pipe /tmp/spoilt
	change_byte /tmp/spoilt 100000 || return
	kota install /tmp/spoilt
	[ $? = 1 ] || return
	kota why --json >/tmp/why
	cat /tmp/why
	grep -q '"refused": true' /tmp/why && grep -q '"cause": "TAG"' /tmp/why &&
		grep -q '"step": "process"' /tmp/why && grep -q '"errno_name": "EBADMSG"' /tmp/why
}

helper_cat()
{
	local out
	out=$(cat /tmp/spoilt 2>&1 >/dev/kota) && return 1
	echo "$out"
	[[ $out = *"Bad message"* ]]
}

# Stays for the next boot: an older one is refused, and that is what it remembers.
leave_a_refusal()
{
	cat /tmp/old >/dev/kota && return 1
	kota why --json | tee /dev/stderr | grep -q '"cause": "SEQUENCE"'
}

# For the next boot: what is in the slot, and deliverables older and newer.
leave_for_next_boot()
{
	head -c 700000 /dev/urandom >/lab/run/next.img
	pack /lab/run/next.img 100000000005 /lab/run/next && sign /lab/run/next &&
		kota wrap --device /tmp/identity /lab/run/next || return
	head -c 600000 /dev/urandom >/lab/run/now.img
	pack /lab/run/now.img 100000000003 /lab/run/now && sign /lab/run/now &&
		kota wrap --device /tmp/identity /lab/run/now || return
	deliverable old 100000000002 && sign /tmp/old &&
		kota wrap --device /tmp/identity /tmp/old || return
	cp /tmp/old /lab/run/old
	cp /tmp/identity /lab/run/identity
	kota install /lab/run/now && same /lab/run/now.img slot-b
}

insmod "$STAGE/kota.ko" || exit
harness early -t empty_ring
add_signer signer >/dev/null
harness early -t keys_not_loaded -t nothing_to_load
kota provision >/tmp/identity || exit
for signer in signer2 signer-p384 signer-rsa3072; do
	add_signer $signer >/dev/null
done

t openssl.sha256 openssl_signs sha256 1 signer -md sha256
t openssl.sha3_256_keyid openssl_signs sha3 2 signer -md sha3-256 -keyid
t openssl.sha256_keyid openssl_signs keyid 3 signer -md sha256 -keyid
t helper.pack_to_install helper_installs 4
t helper.upgraded helper_installs 5 --level upgraded --digest sha3-256 \
	--manifest-digest sha3-256 --chunk 4K
t helper.pipe helper_pipe 6
t helper.cut helper_cut
t helper.why helper_why
t helper.cat helper_cat
t openssl.p384 openssl_signs p384 10 signer-p384 -md sha384
t openssl.p384_sha3_keyid openssl_signs p384-sha3 11 signer-p384 -md sha3-384 -keyid
t openssl.rsa3072 openssl_signs rsa3072 12 signer-rsa3072 -md sha256
t openssl.rsa3072_sha512_keyid openssl_signs rsa-sha512 13 signer-rsa3072 -md sha512 -keyid
plan
harness install
# Whatever T= asks for: boot root goes on from here.
KOTA_TEST='' t helper.sequence_far_ahead leave_for_next_boot
KOTA_TEST='' t helper.older leave_a_refusal
plan
exit "$kt_failed"
