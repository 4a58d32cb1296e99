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
# Of a disk the debug kernel learns what depends on places and lengths, and a few of the
# algorithms; the release kernel has all.
if [ "$KOTA_CONFIG" = debug ]; then
	harness install -v one_byte -v smallest_in_largest_chunk -v first_block \
		-v first_block_and_a_byte -v chunks_across_blocks -v table_of_two_blocks \
		-v whole_slot -v handling_that_is_met -v sha3_manifest \
		-v signed_p384_sha512 -v signed_rsa3072_sha384 -v sequence_beyond_32_bits
else
	harness install
fi
harness block -F gone
status_of sequence >/lab/run/sequence
exit "$kt_failed"
