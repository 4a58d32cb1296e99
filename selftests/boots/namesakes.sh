# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/small.dtso,../overlays/namesakes.dtso mem=512 timeout=60 tpm=fresh
# tests: target.same_name
#
# Two targets of one name: there is no device then.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

# no_device MODULE WORDS: and the kernel's log says why
no_device()
{
	insmod "$STAGE/kota.ko" && [ ! -e /dev/kota ] &&
		dmesg | grep "probe.* failed with error -17"
}

t target.same_name no_device
plan
exit "$kt_failed"
