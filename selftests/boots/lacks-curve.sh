# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/small.dtso mem=512 timeout=180 tpm=provisioned append=initcall_blacklist=ecdh_init
# tests: lacks.ecdh_*
#
# A kernel without ECDH, which the device keys are for: the device gets none, and its
# record stays as it was.

# shellcheck source=selftests/lacks.sh
. "$STAGE/tests/lacks.sh"

told()
{
	missing "envelope ECDH P-256" && missing_json "envelope ECDH P-256"
}

provisioning()
{
	{ state; sha256sum "/dev/$(mtd state)"; } >/tmp/before
	fails_with "Package not installed" kota provision &&
		{ state; sha256sum "/dev/$(mtd state)"; } | diff /tmp/before - &&
		[ "$(status_of key_state)" != loaded ]
}

insmod "$STAGE/kota.ko" || exit
t lacks.ecdh_told told
t lacks.ecdh_of_provisioning provisioning
plan
exit "$kt_failed"
