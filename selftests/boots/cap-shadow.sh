# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab mem=512 timeout=120 after=cap
# tests: cap.shadowed_key
#
# A trusted key of kota's name, in all rings of the caller: not the one that counts. The
# order alone, without the helper.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"
# shellcheck source=selftests/cap.sh
. "$STAGE/tests/cap.sh"

shadow()
{
	local to
	open || return
	for to in @u @s; do
		keyctl add trusted kota:root "new 64 keyhandle=0x81000001" $to || return
	done
	fails_with "Required key not available" "$STAGE/tests/order" keys-load && closed
}

insmod "$STAGE/kota.ko" || exit
t cap.shadowed_key shadow
plan
exit "$kt_failed"
