# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/ram.dtso mem=512 timeout=300 tpm=fresh
# tests: install.*
#
# Slots in memory: nothing is erased there that is written whole, and nothing of what
# was there before stays.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

provision || exit
add_signers release signer-p384 signer-rsa3072 || exit
harness install
exit "$kt_failed"
