# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab-disk mem=512 timeout=120 tpm=fresh disk=yes after=disk
# tests: disk.*
#
# What boot disk left on the disk is still there, under the same policy.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

export KOTA_SLOTS=fw

keys_load()
{
	insmod "$STAGE/kota.ko" && kota load-keys --signers /tmp/signers &&
		[ "$(status_of key_state)" = loaded ] &&
		kota status --json | grep -q "\"sequence\": $(cat /lab/run/sequence)"
}

installs_again()
{
	local dev
	dev=/dev/$(partition fw-b) || return
	head -c 700000 /dev/urandom >/tmp/image
	pack /tmp/image 200000000000 /tmp/d && sign /tmp/d &&
		kota wrap --device "$(kota keys | head -n 1)" /tmp/d && kota install /tmp/d &&
		cmp -n 700000 /tmp/image "$dev" &&
		kota status --json | grep -q '"type": "block"'
}

mkdir -p /tmp/signers
cp "$PKI/signer.der" /tmp/signers
t disk.record_survives_a_boot keys_load
t disk.installs_again installs_again
plan
exit "$kt_failed"
