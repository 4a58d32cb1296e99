# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso mem=512 timeout=300 tpm=fresh
# tests: lasting.* rings.*
#
# What offline signers say lasts. Boot afterwards goes on from here.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

# The ring of the one anchor takes nobody whom the other one has certified.
not_the_others()
{
	fails add_signers release offline-signer2 && fails add_signers offline leaked &&
		fails add_signers offline stranger-signer && fails add_signers release stranger-signer
}

own_ones()
{
	add_signers release signer3 leaked signer-p384 && add_signers offline offline-signer2
}

# Like the ring of release signers: root can empty it, and that is all.
sealed()
{
	fails keyctl setperm "$(ring .kota-offline)" 0x3f3f3f3f &&
		fails keyctl restrict_keyring "$(ring .kota-offline)" &&
		fails keyctl add user x y "$(ring .kota-offline)"
}

status_counts()
{
	kota status && [ "$(status_of offline_signers)" = 2 ] && [ "$(status_of quorum)" = 1 ]
}

provision || exit
t rings.not_the_others not_the_others
# Whatever T= asks for: the rest, and boot afterwards, go on from here.
KOTA_TEST='' t rings.own_ones own_ones
t rings.sealed sealed
t rings.status status_counts
plan
KOTA_TEST='' harness signers -f lasting
exit "$kt_failed"
