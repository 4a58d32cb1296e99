# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso,../overlays/suppliers.dtso mem=512 timeout=600 tpm=provisioned
# tests: supplier.* at_work.* flash_driver.*
#
# What the device tree says we need goes away while files are open. The root is sealed
# without a policy, so that keys can be loaded again in the same boot.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

handle=keyhandle=0x81000001
blob_len_at=7476
blob_at=7480

# A new root, taken over by the kernel; its blob, from the record, for later.
provision_open()
{
	local state len
	insmod "$STAGE/kota.ko" || return
	keyctl add trusted kota:root "new 64 $handle" "$(ring .kota-keys)" &&
		"$STAGE/tests/order" provision && add_signers release signer || return
	state=/dev/$(mtd state)
	len=$(od -An -tu4 -j $blob_len_at -N 4 "$state" | tr -d ' ')
	dd if="$state" bs=1 skip=$blob_at count="$len" status=none | xxd -p | tr -d '\n' >/tmp/blob
}

# Of a device that has come back, none the wiser.
again_open()
{
	keyctl add trusted kota:root "load $(cat /tmp/blob) $handle" "$(ring .kota-keys)" &&
		"$STAGE/tests/order" keys-load && add_signers release signer
}

provision_open >&2 || exit
export -f again_open add_signers ring
export KOTA_AGAIN="bash -c again_open >&2"
harness supplier
exit "$kt_failed"
