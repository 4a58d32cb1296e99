# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso mem=512 timeout=300 tpm=fresh
# tests: unpack.* bomb.*
#
# Compressed images, and what is no image but a bomb.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

provision || exit
harness unpack
exit "$kt_failed"
