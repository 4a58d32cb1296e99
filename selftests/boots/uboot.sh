# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab mem=512 timeout=300 tpm=fresh loader=uboot append=i6300esb.heartbeat=2
# tests: uboot.* uboot_env.*
#
# The life of updates under a boot loader that boots what the slots hold: one that is
# good, one that fails its test, one that hangs, one whose slot is damaged. The board
# reboots in between; /lab/run/boot counts.

# shellcheck source=selftests/life.sh
. "$STAGE/tests/life.sh"

boot=$(cat /lab/run/boot 2>/dev/null || echo 1)
loader=$hooks/boot.d/uboot
rm $hooks/boot.d/loader
cp "$STAGE/boot.d/uboot" "$loader"
env=/dev/$(mtd env)
printf '%s 0x%x 0x40000 0x40000\n' "$env" 0 "$env" 0x40000 >/etc/fw_env.config
mkdir -p /var/lock
echo "$STAGE/tests/one_word.so" >/etc/ld.so.preload
printf '#!/bin/sh\nsync\necho b >/proc/sysrq-trigger\nsleep 60\n' >/sbin/reboot
chmod 755 /sbin/reboot

# slot_is SLOT: the boot loader says so
slot_is()
{
	[ "$(tr -d '\0' </proc/device-tree/chosen/kota,booted-slot)" = "$1" ]
}

# env_is NAME=VALUE...
env_is()
{
	printf '%s\n' "$@" | diff - <(for v; do fw_printenv "${v%%=*}"; done)
}

# loads SEQUENCE: what boots, installed under this number
loads()
{
	(cat /lab/run/fit && echo "$1") >"/tmp/$1.img" &&
		pack "/tmp/$1.img" "$1" "/tmp/$1" >/dev/null && sign "/tmp/$1" >/dev/null &&
		kota wrap --device /tmp/identity "/tmp/$1" >/dev/null && kota install "/tmp/$1"
}

next()
{
	loads "$1" && kota activate --hooks $hooks
}

# Ends this boot as a cut would: nothing is told to anybody.
next_boot()
{
	plan
	echo $((boot + 1)) >/lab/run/boot
	/sbin/reboot
}

env_words()
{
	fails_with "is no slot" "$loader" set-primary c && fails_with "is no state" "$loader" set-state a fine &&
		fails_with "is not known" "$loader" forget && [ "$("$loader" get-primary)" = a ] &&
		[ "$("$loader" get-state b)" = good ] && "$loader" set-state b bad &&
		env_is BOOT_B_LEFT=0 && [ "$("$loader" get-state b)" = bad ] &&
		"$loader" set-state b good && env_is BOOT_B_LEFT=3 "BOOT_ORDER=A B"
}

env_missing()
{
	mv /etc/fw_env.config /tmp/ && fails_with "cannot be read" "$loader" get-primary
	mv /tmp/fw_env.config /etc/
}

# What is there already is not written again.
env_same()
{
	md5sum "$env" >/tmp/sum && "$loader" set-state a good && "$loader" set-primary a &&
		md5sum -c /tmp/sum
}

first()
{
	slot_is a && env_is BOOT_A_LEFT=2 && kota boot --hooks $hooks && env_is BOOT_A_LEFT=3
}

activated()
{
	next 5 && update pending 5 0 && env_is "BOOT_ORDER=B A" BOOT_B_LEFT=3 && [ "$("$loader" get-primary)" = b ]
}

good()
{
	slot_is b && env_is BOOT_B_LEFT=2 && update trial 5 0 && board_says 0 &&
		kota boot --hooks $hooks && no_update 5 && env_is "BOOT_ORDER=B A" BOOT_B_LEFT=3
}

on_trial()
{
	slot_is a && update trial 6 5
}

fell_back()
{
	slot_is b && update failed 6 5 && kota why | grep "sequence 6 in slot a has failed: check.d/10-works failed" &&
		env_is "BOOT_ORDER=B A" BOOT_A_LEFT=0 && kota boot --hooks $hooks && env_is BOOT_B_LEFT=3
}

# hung LEFT: a trial, with so many tries to go
hung()
{
	slot_is a && update trial 7 5 && env_is "BOOT_A_LEFT=$1"
}

came_back()
{
	slot_is b && update failed 7 5 && kota why | grep "sequence 7 in slot a has failed: not confirmed before the reboot" &&
		env_is "BOOT_ORDER=A B" BOOT_A_LEFT=0 && kota boot --hooks $hooks &&
		env_is "BOOT_ORDER=B A" BOOT_A_LEFT=0 BOOT_B_LEFT=3 && no_update_runs
}

no_update_runs()
{
	fails_with "no update is on trial" kota confirm --hooks $hooks
}

# Not even all tries used up give one to what has failed.
out_of_tries()
{
	fw_setenv BOOT_B_LEFT 0 && env_is BOOT_A_LEFT=0 BOOT_B_LEFT=0 "BOOT_ORDER=A B"
}

last_resort()
{
	slot_is b && env_is BOOT_A_LEFT=0 BOOT_B_LEFT=2
}

# Half an update in the slot that comes first, whatever the environment says
half_made()
{
	loads 8 && change_byte /tmp/8 6000000 &&
		fails kota install --full /tmp/8 && "$loader" set-primary a && env_is "BOOT_ORDER=A B" BOOT_A_LEFT=3
}

half_passed_over()
{
	slot_is b && env_is BOOT_A_LEFT=3 BOOT_B_LEFT=1
}

case $boot in
1)	provision >/dev/null || exit
	cp /tmp/identity /lab/run/
	t uboot_env.words env_words
	t uboot_env.missing env_missing
	t uboot.first first
	t uboot_env.same env_same
	t uboot.activated activated
	next_boot ;;
esac
again || exit
cp /lab/run/identity /tmp/
case $boot in
2)	t uboot.good good
	t uboot.installed next 6
	next_boot ;;
3)	t uboot.on_trial on_trial
	board_says 5
	echo 4 >/lab/run/boot
	plan
	kota boot --reboot --hooks $hooks
	exit 1 ;;
4)	t uboot.fell_back fell_back
	t uboot.another_installed next 7
	next_boot ;;
5)	t uboot.hangs hung 2
	plan
	echo 6 >/lab/run/boot
	sync
	exec 9>/dev/watchdog && sleep 60
	exit 1 ;;
6)	t uboot.cut hung 1
	next_boot ;;
7)	t uboot.cut_again hung 0
	next_boot ;;
8)	t uboot.came_back came_back
	"$loader" set-primary a && "$loader" set-state a bad
	t uboot.out_of_tries out_of_tries
	next_boot ;;
9)	t uboot.last_resort last_resort
	t uboot.half half_made
	next_boot ;;
10)	t uboot.half_passed_over half_passed_over
	plan
	exit "$kt_failed" ;;
esac
