# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab mem=512 timeout=120 after=cap
# tests: cap.loaded
#
# Nothing is in the way: the root that was sealed when the PCR had moved is unsealed,
# once.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"
# shellcheck source=selftests/cap.sh
. "$STAGE/tests/cap.sh"

loaded()
{
	open && kota load-keys --signers /tmp/signers &&
		kota provision >/tmp/identity && cmp /tmp/identity /lab/run/identity && closed
}

insmod "$STAGE/kota.ko" || exit
t cap.loaded loaded
plan
exit "$kt_failed"
