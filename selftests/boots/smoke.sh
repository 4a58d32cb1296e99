# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab mem=512 timeout=60 tpm=fresh
# tests: lab.*
#
# Is the machine what the other tests take it for?

nr=0
# t NAME CMD...: one test
t()
{
	local name=$1 verdict=ok
	shift
	"$@" >/tmp/out 2>&1 || { verdict="not ok"; sed 's/^/# /' /tmp/out; }
	nr=$((nr + 1))
	echo "$verdict $nr - $name"
}

skip()
{
	nr=$((nr + 1))
	echo "ok $nr - $1 # SKIP $2"
}

fails()
{
	! "$@"
}

mtd()
{
	sed -n "s/^\(mtd[0-9]*\): .* \"$1\"$/\1/p" /proc/mtd
}

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

echo "TAP version 13"
echo "1..10"
t lab.module module_cycle
t lab.unsigned_refused fails insmod "$STAGE/kota-unsigned.ko"
if [ "$KOTA_CONFIG" = debug ]; then
	skip lab.lockdown "off in the debug kernel, which needs debugfs"
	t lab.kmemleak test -w /sys/kernel/debug/kmemleak
else
	t lab.lockdown grep -q '\[integrity\]' /sys/kernel/security/lockdown
	skip lab.kmemleak "only in the debug kernel"
fi
t lab.no_devmem test ! -e /dev/mem
t lab.flash_env writable env
t lab.flash_state_protected protected state
t lab.flash_slot_a_protected protected slot-a
t lab.flash_slot_b_protected protected slot-b
t lab.tpm tpm2_getrandom -T device:/dev/tpmrm0 --hex 8
