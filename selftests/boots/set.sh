# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso,../overlays/pair.dtso,../overlays/open-slots.dtso mem=512 timeout=600 tpm=fresh
# tests: pair.* stale.* last.*
#
# Two targets: several images, and what is copied. Boot switched goes on from here.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

provision || exit
harness set -F known -F last
# For the boot from slot b, which then knows what both targets hold.
KOTA_TEST='' harness set -f last
exit "$kt_failed"
