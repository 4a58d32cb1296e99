# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso mem=512 timeout=1200 tpm=fresh
# tests: flip.* stream.*
#
# Bits flipped, streams cut and spliced: none is taken.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

provision || exit
add_signers release signer-rsa3072 || exit
harness flip
exit "$kt_failed"
