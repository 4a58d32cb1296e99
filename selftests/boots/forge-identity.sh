# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/small.dtso,../overlays/pair.dtso mem=512 timeout=60 tpm=fresh
# tests: forge.identity
#
# A new device, and the line that it prints: all that a maker of deliverables has.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

identity()
{
	provision >/lab/run/identity
	cat /lab/run/identity
	grep -qE '^kota-device-v1 p256 1 [A-Za-z0-9+/]{86}==$' /lab/run/identity
}

# Whatever is asked for: boot forge goes on from here.
KOTA_TEST='' t forge.identity identity
plan
exit "$kt_failed"
