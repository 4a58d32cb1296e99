#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# make-cms-vectors.sh >cms_vectors.h: signatures as the walk wants them, and as it
# must not take them. By OpenSSL 3.5 or newer, which does SHA-3 in CMS. Keys and
# signatures are new with each run, forms and sizes stay (but for a byte or two).

set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

printf 'what is signed\n' >data

# key NAME OPTION...: NAME.key and a self-signed NAME.pem
key()
{
	name=$1
	shift
	openssl genpkey "$@" -out "$name.key" 2>/dev/null
	openssl req -x509 -new -key "$name.key" -subj "/O=kota/CN=$name" \
		-set_serial 0x1234567890 -sha256 -days 3650 -out "$name.pem"
}

# sign NAME SIGNER OPTION...: NAME.der
sign()
{
	name=$1 signer=$2
	shift 2
	openssl cms -sign -binary -in data -outform DER -out "$name.der" \
		-signer "$signer.pem" -inkey "$signer.key" "$@"
}

# array NAME: a C array of NAME.der
array()
{
	printf '\nstatic const u8 cms_%s[] = {\n' "$1"
	od -An -v -tx1 -w12 "$1.der" | sed 's/ \(..\)/0x\1, /g; s/^/\t/; s/ $//'
	printf '};\n'
}

# find_contents NAME ELEMENT: offset and length of the contents of an element
find_contents()
{
	openssl asn1parse -inform DER -in "$1.der" |
		tr ':=' '  ' |
		awk -v want="$2" '
			# 57 d 5 hl 2 l 20 cons cont [ 0 ]
			{ sub(/^ */, ""); what = $3 " " $8 " " $9 $10 $11 $12 }
			index(what, want) == 1 { print $1 + $5, $7; exit }'
}

# free NAME issuer|skid ecdsa|rsa: where the walk does not look, as the verification
# does
free()
{
	printf '\n/* Contents of'
	[ "$2" = skid ] || printf ' issuer, serial number,'
	[ "$2" = issuer ] || printf ' subject key identifier,'
	printf ' signed attributes,'
	[ "$3" = rsa ] || printf ' r, s. */\n'
	[ "$3" = ecdsa ] || printf ' signature. */\n'
	printf 'static const struct cms_range cms_%s_free[] = {\n' "$1"
	{
		if [ "$2" = skid ]; then
			find_contents "$1" '5 prim cont[0]'
		else
			find_contents "$1" '6 cons SEQUENCE'
			find_contents "$1" '6 prim INTEGER'
		fi
		find_contents "$1" '5 cons cont[0]'
		find_contents "$1" '5 prim OCTET' >place
		if [ "$3" = rsa ]; then
			cat place
		else
			# The signature is DER within an OCTET STRING.
			read -r off len <place
			openssl asn1parse -inform DER -in "$1.der" -strparse "$((off - 2))" |
				tr ':=' '  ' | awk -v off="$off" '
					{ sub(/^ */, "") }
					/INTEGER/ { print off + $1 + $5, $7 }'
		fi
	} | while read -r off len; do
		printf '\t{ %u, %u },\n' "$off" "$len"
	done
	printf '};\n'
}

# public NAME: a C array of the public key NAME as a certificate has it
public()
{
	openssl rsa -in "$1.key" -RSAPublicKey_out -outform DER -out "public_$1.der" 2>/dev/null
	array "public_$1"
}

{
	key p256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256
	key other -algorithm EC -pkeyopt ec_paramgen_curve:P-256
	key p384 -algorithm EC -pkeyopt ec_paramgen_curve:P-384
	key rsa2048 -algorithm RSA -pkeyopt rsa_keygen_bits:2048
	key rsa3072 -algorithm RSA -pkeyopt rsa_keygen_bits:3072

	strict="-nocerts -nosmimecap"
	# shellcheck disable=SC2086 # lists of options
	{
		sign sha256 p256 $strict -md sha256
		sign sha3_256 p256 $strict -md sha3-256 -keyid
		sign smimecap p256 -nocerts -md sha256
		sign p384 p384 $strict -md sha384
		sign p384_sha512 p384 $strict -md sha512 -keyid
		sign p384_sha3 p384 $strict -md sha3-384
		sign rsa rsa3072 $strict -md sha256
		sign rsa_sha384 rsa3072 $strict -md sha384 -keyid
		sign rsa_sha512 rsa3072 $strict -md sha512

		sign certificates p256 -nosmimecap -md sha256
		sign two_signers p256 $strict -md sha256 \
			-signer other.pem -inkey other.key
		sign attached p256 $strict -md sha256 -nodetach
		sign content_type p256 $strict -md sha256 \
			-econtent_type 1.2.840.113549.1.9.16.1.1
		sign no_attributes p256 $strict -md sha256 -noattr
		sign rsa_sha1 rsa3072 $strict -md sha1
		sign rsa_sha3 rsa3072 $strict -md sha3-256
		sign rsa_pss rsa3072 $strict -md sha256 \
			-keyopt rsa_padding_mode:pss
		sign p384_sha256 p384 $strict -md sha256
		sign sha1 p256 $strict -md sha1
		sign sha3_512 p256 $strict -md sha3-512
		sign indefinite p256 $strict -md sha256 -stream
	}
} >&2

cat <<'END'
/* SPDX-License-Identifier: GPL-2.0 */
/* Made by make-cms-vectors.sh: do not edit. */
#ifndef KOTA_CMS_VECTORS_H
#define KOTA_CMS_VECTORS_H

struct cms_range {
	u16 off;
	u16 len;
};
END

# good NAME issuer|skid ecdsa|rsa
good()
{
	array "$1"
	free "$@"
}

good sha256 issuer ecdsa
good sha3_256 skid ecdsa
good p384 issuer ecdsa
good p384_sha512 skid ecdsa
good p384_sha3 issuer ecdsa
good rsa issuer rsa
good rsa_sha384 skid rsa
good rsa_sha512 issuer rsa
for name in smimecap certificates two_signers attached content_type \
		no_attributes rsa_sha1 rsa_sha3 rsa_pss p384_sha256 sha1 \
		sha3_512 indefinite; do
	array $name
done
public rsa2048
public rsa3072
printf '\n#endif /* KOTA_CMS_VECTORS_H */\n'
