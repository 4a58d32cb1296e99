# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: where=host configs=release timeout=600
# tests: hostile.*
#
# What strangers send, through the helper's commands that read deliverables: they
# never trust a length. The helper is built with sanitizers for that. No guest.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

out=$STAGE/../hostile
kota=$out/kota
hostile=("$TOP/selftests/forge/hostile" "$kota" keys)

build()
{
	mkdir -p "$out" keys && cp "$PKI"/*.{pem,der} "$KEYS"/*.key keys &&
		make --no-print-directory -s -C "$TOP/helper" O="$out" CC=gcc CFLAGS="-O1 -g \
			-fno-omit-frame-pointer -fsanitize=address,undefined \
			-fno-sanitize-recover=all" &&
		[ "$(nm "$kota" | grep -cE ' U __(a|ub)san_' )" -gt 10 ]
}

# A device that only exists on paper: its line, as provision would print it
paper_device()
{
	printf 'kota-device-v1 p256 1 %s\n' "$(openssl genpkey -algorithm EC \
		-pkeyopt ec_paramgen_curve:P-256 -outform DER |
		openssl pkey -pubout -outform DER | tail -c 64 | base64 -w0)"
}

forged()
{
	paper_device >identity && "$TOP/selftests/forge/forge" keys identity 0 forged || return
	[ "$(find forged -name '[0-9]*' | wc -l)" -gt 1500 ] &&
		find forged -name '[0-9]*' | sort | sampled >sample &&
		xargs -a sample "${hostile[@]}" as-they-are
}

# Asked for by name (T=hostile.forged) all of them, else every 4th
sampled()
{
	[ -z "${KOTA_TEST:-}" ] || { cat; return; }
	awk -v nr="-$(kt_first)" 'nr++ % 4 == 0'
}

# What the helper itself has made, with all kinds of sections, spoilt at random
spoilt()
{
	paper_device >one.id && { cat one.id; paper_device; } >two.id && head -c 5000 /dev/urandom >image &&
		pack image 7 one && sign one && kota wrap --device one.id one &&
		pack image 8 two --chunk 4K --compress zstd:1 --handling reboot-now \
			--revoke "$PKI/leaked.pem" && sign two --keyid &&
		kota sign --quiet --ring offline --key "$KEYS/offline-signer.key" \
			--cert "$PKI/offline-signer.pem" two && kota wrap --device two.id two &&
		"${hostile[@]}" spoilt one two
}

t hostile.build build
t hostile.forged forged
t hostile.spoilt spoilt
plan
exit "$kt_failed"
