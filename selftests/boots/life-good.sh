# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso,../overlays/slot-b.dtso mem=512 timeout=300 after=life-again
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

confirmed()
{
	printf '#!/bin/sh\necho "$@" >>/tmp/loader\n' >$hooks/boot.d/loader
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

again_with_identity || exit
t good.loader_first loader_first
t good.confirmed confirmed
t good.counts counts
t good.next next
plan
exit "$kt_failed"
