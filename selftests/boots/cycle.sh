# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=debug overlays=lab,../overlays/small.dtso,../overlays/open.dtso mem=512 timeout=600 tpm=provisioned
# tests: cycle.*
#
# A hundred times loaded, provisioned, cut off in the middle and unloaded, under
# kmemleak: nothing is lost.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

leaks=/sys/kernel/debug/kmemleak

# It takes a second look, and young objects don't count. Scans are slow.
nothing_lost()
{
	[ -w $leaks ] || return
	sleep 6
	for _ in 1 2; do
		echo scan >$leaks || return
	done
	# The guest need not look once more.
	: >/tmp/looked
	cat $leaks
	[ -z "$(cat $leaks)" ]
}

harness cycle
t cycle.nothing_lost nothing_lost
plan
exit "$kt_failed"
