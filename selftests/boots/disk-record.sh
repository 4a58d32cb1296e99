# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab-disk,../overlays/small-disk.dtso mem=512 timeout=300 tpm=provisioned disk=yes
# tests: record.*
#
# The state record on raw sectors: torn, stale, gone. The root is sealed without a
# policy, so that it can be loaded again and again in one boot.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

half=$((512 << 10))
blob_len_at=7476
blob_at=7480

order()
{
	"$STAGE/tests/order" "$@"
}

unload()
{
	! grep -q '^kota ' /proc/modules || rmmod kota
}

reload()
{
	unload && insmod "$STAGE/kota.ko" || return
	keyctl padd asymmetric "" "$(ring .kota-release)" <"$PKI/signer.der" >/dev/null
}

load()
{
	reload || return
	keyctl add trusted kota:root "load $blob keyhandle=0x81000001" \
		"$(ring .kota-keys)" >/dev/null && order keys-load
}

sequence()
{
	kota status --json | sed -n 's/^ *"sequence": \([0-9]*\),*$/\1/p' | head -n 1
}

# The record's partition as it is, past the cache; and put back.
save()
{
	dd if="$state" of="$1" bs=64K iflag=direct status=none
}

restore()
{
	unload && dd if="$1" of="$state" bs=64K oflag=direct status=none
}

# deliverable SEQUENCE: in /tmp/d
deliverable()
{
	head -c 5000 /dev/urandom >/tmp/d.img
	pack /tmp/d.img "$1" /tmp/d >/dev/null && sign /tmp/d &&
		kota wrap --device /tmp/identity /tmp/d >/dev/null
}

cat_to_kota()
{
	{ cat "$1" >/dev/kota; } 2>&1
}

install()
{
	deliverable "$1" && cat_to_kota /tmp/d && [ "$(sequence)" = "$1" ]
}

provisioned()
{
	local len
	keyctl add trusted kota:root "new 64 keyhandle=0x81000001" "$(ring .kota-keys)" || return
	order provision && kota keys >/tmp/identity && save /tmp/state || return
	len=$(od -An -tu4 -j $blob_len_at -N 4 /tmp/state | tr -d ' ')
	blob=$(dd if=/tmp/state bs=1 skip=$blob_at count="$len" status=none | xxd -p | tr -d '\n')
	[ "$(status_of state_protected)" = false ] && install 1
}

# As long as the module is there; to be read by all.
held()
{
	fails_with "busy" dd if=/dev/zero of="$state" bs=4096 count=1 || return
	# In the words of 7.x, or in those of 6.12
	fails_with "open blockdev" mount -t ext2 "$state" /tmp ||
		fails_with "mount point busy" mount -t ext2 "$state" /tmp || return
	head -c 8 "$state" | grep -q KOTASTAT
}

survives()
{
	load && [ "$(sequence)" = 1 ] && install 2
}

# torn COPY: the second half of it did not get there
torn()
{
	save /tmp/now && cp /tmp/now /tmp/torn || return
	dd if=/dev/zero of=/tmp/torn bs=512 seek=$(($1 * half / 512 + 9)) count=9 \
		conv=notrunc status=none
	restore /tmp/torn && load && [ "$(sequence)" = 2 ]
}

# Right after an install, whichever it is.
one_torn()
{
	torn 0 && restore /tmp/now && torn 1 && install 3
}

both_torn()
{
	save /tmp/now && cp /tmp/now /tmp/torn || return
	change_byte /tmp/torn 100 && change_byte /tmp/torn $((half + 100)) || return
	restore /tmp/torn && reload && [ "$(status_of key_state)" = unusable ] || return
	fails_with "State not recoverable" order keys-load || return
	fails_with "File exists" order provision || return
	restore /tmp/now && load && [ "$(sequence)" = 3 ]
}

stale()
{
	install 4 && save /tmp/before && order keys-roll && save /tmp/now &&
		restore /tmp/before || return
	fails_with "the state record is older" load || return
	restore /tmp/now && load && [ "$(sequence)" = 4 ]
}

# Half of what kota seals: a root of that length can't be ours. It goes all the same.
root_of_another_length()
{
	local key
	reload && key=$(keyctl add trusted kota:root "new 32 keyhandle=0x81000001" \
		"$(ring .kota-keys)") && keyctl describe "$key" || return
	fails_with "Invalid argument" order keys-load && fails keyctl describe "$key" && load
}

cap()
{
	tpm2_pcrread -T device:/dev/tpmrm0 "sha256:$(status_of cap_pcr)"
}

# A record that nobody believes needs no root: the TPM gives it to no thief either.
broken_closes_the_cap()
{
	local before
	save /tmp/now && head -c $((2 * half)) /dev/urandom >/tmp/broken &&
		restore /tmp/broken && reload && before=$(cap) || return
	fails_with "State not recoverable" order keys-load && cap &&
		[ "$before" != "$(cap)" ] && restore /tmp/now && load
}

# Nor is one needed that is not there, or whose key does not come.
blank_closes_the_cap()
{
	local before
	head -c $((2 * half)) /dev/zero >/tmp/blank
	restore /tmp/blank && reload && [ "$(status_of key_state)" = unprovisioned ] || return
	before=$(cap)
	fails_with "No data available" order keys-load && [ "$before" != "$(cap)" ] &&
		restore /tmp/now && load
}

no_key_closes_the_cap()
{
	local before
	reload && before=$(cap) || return
	fails_with "Required key not available" order keys-load && [ "$before" != "$(cap)" ] && load
}

index_written()
{
	tpm2_nvreadpublic "$index" >/tmp/public && grep -q '|written$' /tmp/public
}

# Provisioned by the same root once more, and cut off between index and record: the
# disk goes. The record of the life before is not what the index was made for.
cut_off()
{
	local dev
	save /tmp/now && tpm2_nvundefine -C o $index && restore /tmp/blank && reload || return
	keyctl add trusted kota:root "load $blob keyhandle=0x81000001" \
		"$(ring .kota-keys)" >/dev/null || return
	dev=$(basename "$(readlink -f "/sys/class/block/${state#/dev/}/../../..")")
	echo "$dev" >/sys/bus/virtio/drivers/virtio_blk/unbind
	fails_with "Input/output error" order provision || return
	echo "$dev" >/sys/bus/virtio/drivers/virtio_blk/bind
	state=/dev/$(partition state)
	fails index_written && restore /tmp/now &&
		fails_with "the state record is older" load && fails index_written
}

# What was cut off is done again.
cut_off_again()
{
	restore /tmp/blank && reload && provisioned && index_written && load
}

export TPM2TOOLS_TCTI=device:/dev/tpmrm0
index=0x01804b54
insmod "$STAGE/kota.ko" || exit
keyctl padd asymmetric "" "$(ring .kota-release)" <"$PKI/signer.der" >/dev/null
state=/dev/$(partition state)

t record.provisioned provisioned
t record.held held
t record.survives survives
t record.one_torn one_torn
t record.both_torn both_torn
t record.stale stale
t record.blank_closes_the_cap blank_closes_the_cap
t record.cut_off cut_off
t record.cut_off_again cut_off_again
t record.root_of_another_length root_of_another_length
t record.broken_closes_the_cap broken_closes_the_cap
t record.no_key_closes_the_cap no_key_closes_the_cap
plan
exit "$kt_failed"
