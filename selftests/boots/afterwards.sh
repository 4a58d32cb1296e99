# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/small.dtso mem=512 timeout=300 after=lasting
# tests: afterwards.*
#
# The boot after lasting: what was said there still counts, whatever is loaded
# and put into the rings again.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

insmod "$STAGE/kota.ko" && rmmod kota && insmod "$STAGE/kota.ko" || exit
mkdir -p /tmp/signers /tmp/offline
for name in signer signer2 signer3 leaked signer-p384; do
	cp "$PKI/$name.der" /tmp/signers
done
cp "$PKI/offline-signer.der" /tmp/offline
kota load-keys --signers /tmp/signers --offline-signers /tmp/offline >&2 || exit
# The program has the tests of other boots, too.
[ -n "${KOTA_TEST:-}" ] || set -- -f afterwards
harness signers "$@"
exit "$kt_failed"
