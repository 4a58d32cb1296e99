# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso mem=512 timeout=300 tpm=fresh
# tests: facts.* abi.* open.* write.* killed.* double_fetch.* unprivileged.*
#
# The interface: open, write, netlink, and who may use them.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

provision || exit
harness abi
harness facts
# Boot install has all of them, with large slots, which this kernel takes long for.
if [ "$KOTA_CONFIG" = debug ]; then
	harness install -v one_byte -v one_chunk_and_a_byte -v first_block_and_a_byte \
		-v whole_slot -v aes_256 -v sha3 -v upgraded -v signed_with_sha3_by_key_id \
		-v two_signers -v among_envelopes_of_others
fi
exit "$kt_failed"
