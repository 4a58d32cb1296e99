# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab mem=512 timeout=120 tpm=provisioned
# tests: cap.unprovisioned cap.provisioned
#
# load-keys on a device that has nothing to load closes the cap, and the device can
# be provisioned in that boot all the same. The boots cap-* go on from here, each with
# another way of keeping the keys from being loaded: none leaves the cap open.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"
# shellcheck source=selftests/cap.sh
. "$STAGE/tests/cap.sh"

moved()
{
	! tpm2_pcrread "sha256:$(status_of cap_pcr)" | grep -q '0x0*$'
}

unprovisioned()
{
	fails moved && load_keys_fails 1 "no root key yet" && moved
}

provisioned()
{
	kota provision >/tmp/identity 2>/tmp/said || return
	cat /tmp/said
	# For the boots to come
	dd if="/dev/$(mtd state)" of=$record bs=8696 count=1 status=none &&
		cp /tmp/identity /lab/run || return
	grep -q "shows in the next one" /tmp/said && grep -q "p256 1 " /tmp/identity &&
		[ "$(status_of key_state)" = loaded ]
}

insmod "$STAGE/kota.ko" || exit
# Whatever T= asks for: others go on from here.
KOTA_TEST='' t cap.unprovisioned unprovisioned
KOTA_TEST='' t cap.provisioned provisioned
plan
exit "$kt_failed"
