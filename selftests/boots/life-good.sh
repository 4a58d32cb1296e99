# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso,../overlays/open-slots.dtso,../overlays/slot-b.dtso mem=512 timeout=300 after=life-again
# tests: good.*
#
# The boot after life-again, from slot b: a trial that passes.

# shellcheck source=selftests/life.sh
. "$STAGE/tests/life.sh"

loader_first()
{
	board_says 0
	printf '#!/bin/sh\nexit 3\n' >$hooks/boot.d/loader
	fails_with "run 'kota boot' again" kota boot --hooks $hooks && update trial 9 0
}

# What runs is not what was installed: the targets are asked before anything counts.
something_else()
{
	local slot
	slot=/dev/$(mtd slot-b-open)
	cat "$slot" >/tmp/slot && cp /tmp/slot /tmp/other &&
		change_byte /tmp/other 70 && flashcp /tmp/other "$slot" || return
	mend_loader
	fails_with "what runs is not what was installed" kota confirm --hooks $hooks &&
		update trial 9 0 && flashcp /tmp/slot "$slot" && rm -f /tmp/loader
}

confirmed()
{
	kota boot --hooks $hooks && no_update 9 && loader_heard "set-state b good" &&
		kota boot --hooks $hooks && loader_heard "set-state b good"
}

counts()
{
	made 8 && fails_with ESTALE kota install /tmp/8 &&
		fails_with "no update is on trial" kota confirm --hooks $hooks &&
		fails_with "no update waits" kota rollback --hooks $hooks && no_update 9
}

# The other slot is free again.
next()
{
	install 10 && same /tmp/10.img slot-a && update ready 10 9
}

# The whole trial without a clock: no verdict changes.
date -s "1970-01-01 01:00:00" && again_with_identity || exit
t good.loader_first loader_first
t good.something_else something_else
t good.confirmed confirmed
t good.counts counts
t good.next next
plan
exit "$kt_failed"
