# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso,../overlays/quorum.dtso mem=512 timeout=300 tpm=fresh
# tests: quorum.*
#
# A board that wants two signatures, of two keys that two anchors have certified.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

provision || exit
add_signers release signer-rsa3072 both &&
	add_signers offline offline-signer2 offline-p384 both-offline || exit
# The program has the tests of other boots, too.
[ -n "${KOTA_TEST:-}" ] || set -- -f quorum
harness signers "$@"
exit "$kt_failed"
