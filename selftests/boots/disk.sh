# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab-disk mem=512 timeout=300 tpm=fresh disk=yes
# tests: block.* install.*
#
# Slots and state record on a disk: all that goes into flash goes into them too, and
# what is special about them. Boot disk-next goes on from here.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

export KOTA_SLOTS=fw

add_signers()
{
	local name
	for name in signer-p384 signer-rsa3072; do
		keyctl padd asymmetric "" "$(ring .kota-release)" <"$PKI/$name.der" || return
	done
}

provision || exit
add_signers >/dev/null || exit
harness install
harness block -F gone
status_of sequence >/lab/run/sequence
exit "$kt_failed"
