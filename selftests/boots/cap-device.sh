# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab-disk,../overlays/state-renamed.dtso mem=512 timeout=120 after=cap disk=yes
# tests: cap.no_device
#
# The partition of the state record has another name than the device tree says: there
# is no device that could be told to close the cap.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"
# shellcheck source=selftests/cap.sh
. "$STAGE/tests/cap.sh"

no_device()
{
	open && insmod "$STAGE/kota.ko" && [ ! -e /dev/kota ] && load_keys_fails 1 "no board is ready" &&
		closed
}

t cap.no_device no_device
plan
exit "$kt_failed"
