# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=debug overlays=lab,../overlays/small.dtso mem=512 timeout=300 tpm=fresh append=sysctl.vm.mem_profiling=never
# tests: starve.*
#
# Allocations fail, one at a time, while a deliverable is installed. Not counted by
# the kernel meanwhile: 6.12 warns when there is no memory to do so.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

# For want of memory of its own it would have given up, in silence.
kmemleak()
{
	echo scan >/sys/kernel/debug/kmemleak
}

provision || exit
harness starve
t starve.kmemleak_goes_on kmemleak
plan
exit "$kt_failed"
