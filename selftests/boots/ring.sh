# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab mem=512 timeout=120 tpm=fresh
# tests: ring.* anchors.no_authority
#
# Root races the module: a stranger's certificate is to get into the signers' ring
# while that is being made. The signature of the anchor is verified at that time,
# for which the kernel may call modprobe, which root can replace.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

ring()
{
	sed -n 's/^\([0-9a-f]*\) .*keyring *\.kota-release: .*/0x\1/p' /proc/keys
}

# add CERTIFICATE: into every signers' ring that there is at this moment
add()
{
	local serial
	for serial in $(ring); do
		keyctl padd asymmetric "" "$serial" <"$PKI/$1.der" >/dev/null 2>&1
	done
}

# Nothing but what the anchor certified is in the ring of the module as loaded.
only_ours()
{
	insmod "$STAGE/kota.ko" || return
	if ! grep -q '\.kota-release: empty$' /proc/keys; then
		grep kota /proc/keys
		return 1
	fi
	add signer
	grep -q '\.kota-release: 1$' /proc/keys || { echo "our own signer is not taken"; return 1; }
	rmmod kota
}

by_modprobe()
{
	# A link to the tool that insmod is, too.
	rm -f /sbin/modprobe
	cat >/sbin/modprobe <<-END || return
		#!/bin/bash
		echo "\$*" >>/tmp/modprobe.ran
		for s in \$(sed -n 's/^\([0-9a-f]*\) .*keyring *\.kota-[a-z]*: .*/0x\1/p' /proc/keys); do
			keyctl padd asymmetric "" "\$s" <"$PKI/stranger-signer.der"
		done
	END
	chmod +x /sbin/modprobe
	only_ours || return
	# Or this has shown nothing
	[ -s /tmp/modprobe.ran ] && return
	[[ $(uname -r) = 6.12.* ]] || { echo "modprobe was not called"; return 1; }
	skip "6.12 finds all that it looks up while a ring is made, and calls no modprobe"
}

# A module whose anchor signs for itself, and may sign else, but not certify.
no_authority()
{
	dmesg -C && insmod "$STAGE/kota-anchor.ko" && [ ! -e /dev/kota ] && rmmod kota || return
	dmesg | tee /dev/stderr |
		grep -q "the anchor of .kota-release is no certification authority"
}

# First: what was looked up once is known from then on.
t ring.race_by_modprobe by_modprobe
t anchors.no_authority no_authority
plan
exit "$kt_failed"
