# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced, after tap.sh, by the boots that go on from boot cap: a device that was
# provisioned, and something that keeps its keys from being loaded. A thief who is
# root has the record as it was, and puts everything back that was in the way.

record=/lab/run/record
export TPM2TOOLS_TCTI=device:/dev/tpmrm0

# Or what follows shows nothing.
open()
{
	unseal-root $record
}

closed()
{
	fails_with "the TPM does not unseal it" unseal-root $record
}

# load_keys_fails CODE WORDS
load_keys_fails()
{
	local out status
	out=$(kota load-keys --signers /tmp/signers 2>&1)
	status=$?
	echo "$out"
	[ $status = "$1" ] && [[ $out = *"$2"* ]]
}

# Both copies of the state record, by root.
put_state()
{
	local dev
	dev=/dev/$(mtd state-open)
	flash_erase -q "$dev" 0 0 && dd if="$1" of="$dev" bs=64K status=none &&
		dd if="$1" of="$dev" bs=64K seek=4 status=none
}

mkdir -p /tmp/signers
cp "$PKI/signer.der" /tmp/signers
