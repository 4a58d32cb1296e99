# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/small.dtso mem=512 timeout=300 tpm=fresh
# tests: lasting.* rings.*
#
# What offline signers say lasts. Boot afterwards goes on from here.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

# The ring of the one anchor takes nobody whom the other one has certified.
not_the_others()
{
	local no="Required key not available"
	fails_with "$no" add_signers release offline-signer2 &&
		fails_with "$no" add_signers offline leaked &&
		fails_with "$no" add_signers offline stranger-signer &&
		fails_with "$no" add_signers release stranger-signer
}

own_ones()
{
	add_signers release signer3 leaked signer-p384 && add_signers offline offline-signer2
}

# Like the ring of release signers: root can empty it, and that is all.
sealed()
{
	local offline
	offline=$(ring .kota-offline) && [ -n "$offline" ] || return
	fails_with "Permission denied" keyctl setperm "$offline" 0x3f3f3f3f &&
		fails_with "Permission denied" keyctl restrict_keyring "$offline" &&
		fails_with "Operation not supported" keyctl add user x y "$offline"
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
