# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso mem=512 timeout=300 after=life-back
# tests: again.*
#
# The boot after life-back, which was to be from slot b, and is from slot a: the loader
# went back by itself.

# shellcheck source=selftests/life.sh
. "$STAGE/tests/life.sh"

went_back()
{
	update failed 9 0 && kota why | grep -q "activated, but the other slot booted" &&
		kota boot --hooks $hooks && loader_heard "set-primary a" "set-state b bad" "set-state a good"
}

same_again()
{
	install 9 && update ready 9 0 && kota activate --hooks $hooks && loader_heard "set-primary b"
}

again_with_identity || exit
t again.went_back went_back
t again.same same_again
plan
exit "$kt_failed"
