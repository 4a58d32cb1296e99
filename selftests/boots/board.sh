# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/slotless.dtso mem=512 timeout=120 tpm=fresh
# tests: early.booted_slot_not_known early.level_of_the_board facts.*
#
# What the device tree decides, and nobody afterwards.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

provision || exit
harness early -t booted_slot_not_known -t level_of_the_board
harness facts
exit "$kt_failed"
