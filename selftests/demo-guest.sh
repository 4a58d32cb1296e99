# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The board's half of demo.sh. DEMO_PART=first: provision, install; second: what
# is remembered, and what is refused.

set -u
shared=/lab/run

fail()
{
	echo "demo: $*"
	dmesg | tail -n 10
	exit 1
}

chapter()
{
	printf '\n-- %s\n' "$*"
}

run()
{
	printf '# %s\n' "$*"
	"$@"
}

mtd()
{
	sed -n "s/^\(mtd[0-9]*\): .* \"$1\"$/\1/p" /proc/mtd
}

digest()
{
	sha256sum "/dev/$(mtd "$1")" | cut -c1-64
}

note()
{
	echo "$*" >>"$shared/summary"
}

first()
{
	chapter "provision: a root key is made in the kernel and sealed by the TPM"
	kota provision >"$shared/device.id.part" || fail "provision"
	mv "$shared/device.id.part" "$shared/device.id"

	for _ in $(seq 600); do
		[ ! -e "$shared/update.kota" ] || break
		sleep 0.1
	done
	chapter "the signer's certificate goes into the kernel's ring"
	run kota load-keys --signers "$shared/signers" || fail "load-keys"
	chapter "install"
	run kota install "$shared/update.kota" || fail "install"
	cmp -n "$(stat -c %s "$shared/image")" "$shared/image" "/dev/$(mtd slot-b)" ||
		fail "slot b does not hold the image"
	echo "slot b holds the image, byte for byte"
	note "installed and re-verified: the lab's kernel, in slot b"
}

# refused CAUSE DELIVERABLE WHAT: cat sees the errno, the kernel tells the rest
refused()
{
	chapter "attack: $3"
	printf '# cat %s > /dev/kota\n' "$2"
	if cat "$shared/$2" >/dev/kota; then
		fail "$2 was accepted"
	fi
	run kota why
	kota why --json | grep -q "\"$1\"" || fail "refused, but not for $1"
	note "refused ($1): $3"
}

by_dd()
{
	run dd if=/dev/zero of="/dev/$(mtd "$1")" bs=4096 count=1 conv=notrunc
}

by_flash_erase()
{
	run flash_erase -q "/dev/$(mtd "$1")" 0 1
}

# What is refused has to work elsewhere, or its failing shows nothing.
root_writes()
{
	chapter "attack: root writes the slot itself; on env, which is not guarded, it works"
	by_dd env || fail "dd does not even write env"
	by_flash_erase env || fail "flash_erase does not even erase env"
	if by_dd slot-b; then
		fail "dd wrote the slot"
	fi
	if by_flash_erase slot-b; then
		fail "flash_erase erased the slot"
	fi
	note "refused: root writing the slot"
}

# What load-keys puts an end to
root_unseals_early()
{
	chapter "before load-keys the TPM would give root the root key"
	run "$shared/unseal-root" || fail "the TPM does not even unseal it before load-keys"
}

root_unseals()
{
	chapter "attack: root asks the TPM for the root key"
	run "$shared/unseal-root" && fail "the TPM gave the root key away"
	note "refused: root unsealing the root key"
}

second()
{
	local a b

	root_unseals_early
	chapter "load-keys: signers into the ring, the root key into the kernel"
	run kota load-keys --signers "$shared/signers" || fail "load-keys"
	chapter "status: the state record remembers"
	run kota status
	kota status --json | tr -d ' \n' | grep -q '"sequence":20' || fail "sequence forgotten"
	note "remembered across a reboot: sequence 20 in slot b"

	a=$(digest slot-a) b=$(digest slot-b)
	refused CLASS class.kota "an update for another class of device"
	refused SEQUENCE older.kota "an older update, validly signed"
	refused SIGNER stranger.kota "a stranger's signature"
	refused ENVELOPE envelope.kota "an envelope for another device"
	root_writes
	root_unseals
	[ "$a" = "$(digest slot-a)" ] && [ "$b" = "$(digest slot-b)" ] ||
		fail "a slot has changed"
	echo "both slots are what they were"
	note "both slots unchanged by all of these"

	refused TAG flipped.kota "one bit flipped in the last chunk"
	[ "$a" = "$(digest slot-a)" ] || fail "the active slot has changed"
	note "the active slot unchanged by the flipped bit; slot b cannot boot"
	chapter "and the good deliverable installs again"
	run kota install "$shared/update.kota" || fail "install"
	[ "$b" = "$(digest slot-b)" ] || fail "slot b is not what it was"
	note "the good deliverable installs again afterwards"
}

insmod "$STAGE/kota.ko" || fail "insmod"
"$DEMO_PART"
