# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso,../overlays/slot-b.dtso mem=512 timeout=300 after=life
# tests: trial.*
#
# The boot after life, from slot b: a trial that fails.

# shellcheck source=selftests/life.sh
. "$STAGE/tests/life.sh"

on_trial()
{
	update trial 8 0 && busy 9 && update trial 8 0 &&
		fails_with "on trial" kota activate --hooks $hooks && loader_heard_nothing
}

fails_its_test()
{
	board_says 5
	fails_with "check.d/10-works failed" kota boot --hooks $hooks && update failed 8 0 &&
		loader_heard "set-primary a" "set-state b bad" &&
		grep -qx KOTA_SEQUENCE=8 /tmp/check-env && grep -qx KOTA_SLOT=b /tmp/check-env
}

# It runs until the reboot, and the other slot is all that there is.
still_runs()
{
	busy 9 && fails_with "reboot to go back" kota boot --hooks $hooks && loader_heard_nothing &&
		fails_with "no update is on trial" kota confirm --hooks $hooks && update failed 8 0
}

# The whole trial in another century: no verdict changes.
date -s 2099-12-31 && again_with_identity || exit
t trial.on_trial on_trial
t trial.fails_its_test fails_its_test
t trial.still_runs still_runs
plan
exit "$kt_failed"
