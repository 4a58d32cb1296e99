# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso mem=512 timeout=600 tpm=fresh
# tests: early.* refusal.*
#
# Each way in which a deliverable can be wrong, one by one.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

# In the ring, because the anchor certified them; kota itself must refuse them.
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
add_bad_signers || exit
harness_sampled refusal refusal
exit "$kt_failed"
