# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso mem=512 timeout=600 tpm=fresh
# tests: claim.*
#
# Two writers, and silent ones.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

provision silent_seconds=2 idle_seconds=6 || exit
harness claim
exit "$kt_failed"
