# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/small.dtso,../overlays/pair.dtso,../overlays/open-slots.dtso mem=512 timeout=300 after=need
# tests: reboot.resume
#
# The boot after need, which was cut off in the middle: it goes on there.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

again || exit
harness need -t resume
exit "$kt_failed"
