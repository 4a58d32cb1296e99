# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab-disk,../overlays/small-disk.dtso mem=512 timeout=600 tpm=fresh disk=yes
# tests: refusal.* resume.* sparse.* reverify.* ask.* attempts.*
#
# Each way in which a deliverable can be wrong, with slots on a disk.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

export KOTA_SLOTS=small

add_bad_signers()
{
	local name
	for name in release-anchor sub-ca cert-sign no-sign signer-p384 signer-rsa2048 \
			signer-rsa3072; do
		keyctl padd asymmetric "" "$(ring .kota-release)" <"$PKI/$name.der" || return
	done
	keyctl padd asymmetric "" "$(ring .kota-offline)" <"$PKI/offline-anchor.der"
}

provision || exit
add_bad_signers >/dev/null || exit
harness_sampled refusal refusal disk
harness need -T resume -T leave
exit "$kt_failed"
