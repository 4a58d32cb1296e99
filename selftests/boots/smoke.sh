# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab mem=512 timeout=60 tpm=fresh
# tests: lab.*
#
# Is the machine what the other tests take it for?

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

writable()
{
	: >"/dev/$(mtd "$1")"
}

protected()
{
	[ -n "$(mtd "$1")" ] && ! writable "$1"
}

module_cycle()
{
	insmod "$STAGE/kota.ko" && grep -q '^kota ' /proc/modules && rmmod kota
}

# A module as good as the one before, but for its signature.
unsigned_refused()
{
	[ -s "$STAGE/kota-unsigned.ko" ] &&
		fails_with "Key was rejected" insmod "$STAGE/kota-unsigned.ko"
}

lockdown()
{
	if [ "$KOTA_CONFIG" = debug ]; then
		skip "off in the debug kernel, which needs debugfs"
	else
		grep '\[integrity\]' /sys/kernel/security/lockdown
	fi
}

kmemleak()
{
	if [ "$KOTA_CONFIG" = debug ]; then
		[ -w /sys/kernel/debug/kmemleak ]
	else
		skip "only in the debug kernel"
	fi
}

t lab.module module_cycle
t lab.unsigned_refused unsigned_refused
t lab.lockdown lockdown
t lab.kmemleak kmemleak
t lab.no_devmem test ! -e /dev/mem
t lab.flash_env writable env
t lab.flash_state_protected protected state
t lab.flash_slot_a_protected protected slot-a
t lab.flash_slot_b_protected protected slot-b
t lab.tpm tpm2_getrandom -T device:/dev/tpmrm0 --hex 8
plan
exit "$kt_failed"
