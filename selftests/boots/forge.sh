# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/small.dtso,../overlays/pair.dtso mem=512 timeout=600 after=forge-identity before=../forge/for-boot
# tests: truth.* lie.*
#
# What forge has made of the manual: truths install, lies are refused with the errno
# that the manual has for them.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

insmod "$STAGE/kota.ko" || exit
mkdir -p /tmp/signers /tmp/offline
cp "$PKI"/{signer,signer2,signer-p384,signer-rsa2048,signer-rsa3072}.der /tmp/signers
cp "$PKI/offline-signer.der" /tmp/offline
kota load-keys --signers /tmp/signers --offline-signers /tmp/offline >&2 || exit
"$STAGE/tests/forged" /lab/run/forged "${KOTA_TEST:-}"
