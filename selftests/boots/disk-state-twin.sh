# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab-disk,../overlays/state-twin.dtso mem=512 timeout=60 tpm=fresh disk=yes
# tests: state.twin
#
# A partition that can't have the state record: there is no device then.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

no_device()
{
	insmod "$STAGE/kota.ko" && [ ! -e /dev/kota ] &&
		dmesg | grep "state partition: disk has two partitions of that name"
}

t state.twin no_device
plan
exit "$kt_failed"
