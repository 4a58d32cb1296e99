# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/disk-target.dtso mem=512 timeout=300 tpm=fresh disk=yes
# tests: gone.*
#
# Slots on a disk that is taken away in the middle, the state record on flash.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

export KOTA_SLOTS=small

provision || exit
harness block -f gone
exit "$kt_failed"
