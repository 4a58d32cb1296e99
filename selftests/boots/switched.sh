# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/small.dtso,../overlays/pair.dtso,../overlays/open-slots.dtso,../overlays/slot-b.dtso mem=512 timeout=300 after=set
# tests: known.*
#
# The boot after set, from slot b.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

# The loader of this board needs no word.
confirm()
{
	mkdir -p /tmp/hooks/boot.d && cp /bin/true /tmp/hooks/boot.d/none && kota confirm --hooks /tmp/hooks
}

again || exit
confirm || exit
harness set -f known
exit "$kt_failed"
