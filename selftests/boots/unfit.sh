# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/small.dtso,../overlays/unfit.dtso mem=512 timeout=180 tpm=fresh disk=yes
# tests: target.* unfit.*
#
# Targets that can't be used: status says why, and keys load. Nothing is installed,
# also where the deliverable brings none of them: what they hold would start with it.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

# Drivers are waited for, for some seconds: then what has not come is left out.
device()
{
	insmod "$STAGE/kota.ko" || return
	for _ in {1..300}; do
		[ ! -e /dev/kota ] || return 0
		sleep 0.2
	done
	return 1
}

# reason TARGET WORDS: status has the target, and says why it can't be used
reason()
{
	kota status --json >/tmp/status
	grep -A 4 "\"name\": \"$1\"" /tmp/status | tee /dev/stderr |
		grep -q "\"reason\": \"$2\""
}

# Which of the two has come first, the device tree decides.
slots_of_two()
{
	[ "$(for t in over firmware; do reason $t "slots overlap" && echo $t; done | wc -l)" = 1 ]
}

loads()
{
	kota provision >/tmp/identity && put_signers &&
		kota load-keys --signers /tmp/signers --offline-signers /tmp/offline &&
		[ "$(status_of key_state)" = loaded ]
}

slots()
{
	sha256sum "/dev/$(mtd slot-a)" "/dev/$(mtd slot-b)" "/dev/$(partition fw-a)"
}

refused()
{
	slots >/tmp/before && head -c 5000 /dev/urandom >/tmp/image &&
		pack /tmp/image 7 /tmp/d && sign /tmp/d && kota wrap --device /tmp/identity /tmp/d || return
	kota install --json /tmp/d >/tmp/json
	[ $? = 1 ] && grep '"cause": "TARGET"' /tmp/json &&
		grep '"expected": "all targets of the set"' /tmp/json ||
		{ cat /tmp/json; return 1; }
	slots | diff /tmp/before -
}

# It writes no slot.
statement()
{
	kota pack --statement --min-sequence 3 --sequence 4 --vendor $VENDOR --class $CLASS \
		--release "at least 3" -o /tmp/s && kota sign --quiet --ring offline \
		--key "$KEYS/offline-signer.key" --cert "$PKI/offline-signer.pem" /tmp/s &&
		kota install /tmp/s
}

t target.absent_is_waited_for device
t target.too_small reason tiny "partition is smaller than 128 KiB"
t target.name_twice reason twin "disk has two partitions of that name"
t target.name_missing reason missing "disk has no partition of that name"
t target.one_partition_for_both reason same "slots overlap"
t target.one_slot reason one-slot "two slots are wanted"
t target.no_disk reason no-disk "no disk in the device tree"
t target.slot_twice reason twice "slots overlap"
t target.slot_is_the_record reason record "slots overlap"
t target.slots_of_two slots_of_two
t target.disk_absent reason absent "disk is not there"
t target.flash_absent reason nowhere "slot is not there"
t unfit.keys_load loads
t unfit.nothing_is_installed refused
t unfit.statement statement
plan
exit "$kt_failed"
