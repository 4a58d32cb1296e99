# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab-disk,../overlays/state-small.dtso mem=512 timeout=60 tpm=fresh disk=yes
# tests: state.small
#
# A partition that can't have the state record: there is no device then.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

no_device()
{
	insmod "$STAGE/kota.ko" && [ ! -e /dev/kota ] &&
		dmesg | grep "state partition: too small for two copies"
}

t state.small no_device
plan
exit "$kt_failed"
