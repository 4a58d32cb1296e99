# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,lab-large mem=1536 timeout=300 tpm=fresh
# tests: memory.*
#
# 1 MiB and 256 MiB: the module needs the same memory, but for the table.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

provision || exit
harness memory
exit "$kt_failed"
