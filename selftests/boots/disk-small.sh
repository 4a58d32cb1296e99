# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab-disk,../overlays/small-disk.dtso mem=512 timeout=600 tpm=fresh disk=yes
# tests: target.* refusal.* unpack.* bomb.* resume.* sparse.* ask.* attempts.*
#
# Each way in which a deliverable can be wrong, with slots on a disk; and partitions
# that can't be slots.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

export KOTA_SLOTS=small

add_bad_signers()
{
	local name
	for name in release-anchor sub-ca cert-sign no-sign signer-p384 signer-rsa2048 \
			signer-rsa3072; do
		keyctl padd asymmetric "" "$(ring .kota-release)" <"$PKI/$name.der" || return
	done
	keyctl padd asymmetric "" "$(ring .kota-offline)" <"$PKI/offline-anchor.der"
}

# reason TARGET WORDS: status has the target, and says why it can't be used
reason()
{
	kota status --json >/tmp/status
	grep -A 4 "\"name\": \"$1\"" /tmp/status | tee /dev/stderr |
		grep -q "\"reason\": \"$2\""
}

provision || exit
add_bad_signers >/dev/null || exit
t target.too_small reason tiny "partition is smaller than 128 KiB"
t target.name_twice reason twin "disk has two partitions of that name"
t target.name_missing reason missing "disk has no partition of that name"
t target.one_partition_for_both reason same "one partition for two slots"
t target.one_slot reason one-slot "two slots are wanted"
t target.no_disk reason no-disk "no disk in the device tree"
plan
harness refusal
harness unpack
harness need -T resume -T leave
exit "$kt_failed"
