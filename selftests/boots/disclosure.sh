# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/small.dtso,../overlays/pair.dtso mem=256 timeout=180 after=forge-identity before=../forge/disclose ram=kept afterwards=../forge/disclosed
# tests: disclosure.*
#
# Deliverables that were made elsewhere are installed, refused, cut off. Nobody here
# has ever seen their plaintext; whether it, or a key, lies around then is looked for
# by forge/disclosed, in what is left here for it and in the memory of this machine.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

run=/lab/run seen=/lab/run/seen

# take FILE...: their bytes, for those who look
take()
{
	local file
	for file in "$@"; do
		[ ! -f "$file" ] ||
			timeout 10 head -c 4M "$file" >"$seen/${file//\//-}" 2>/dev/null
	done
}

# look WRITER: all that tells of kota, its keys, its memory
look()
{
	mkdir -p $seen
	dmesg >$seen/dmesg
	kota status >$seen/status
	kota status --json >$seen/status.json
	kota why >$seen/why
	for file in /proc/*; do
		case $file in
		*/kmsg | */sysrq-trigger) ;;
		*) take "$file" ;;
		esac
	done
	take "/proc/$1"/{maps,smaps,stat,status,syscall,wchan,stack} "/proc/$1"/fdinfo/*
	mapfile -t files < <(find /sys/module/kota /sys/class/misc/kota/ \
		/sys/devices/platform/kota /sys/kernel/debug -type f -readable)
	take "${files[@]}"
}

# No file shows the kernel's memory.
no_window()
{
	local file status=0
	for file in /proc/kcore /dev/mem /dev/kmem /dev/port /proc/vmcore; do
		[ ! -e $file ] || ! head -c 1 $file || { echo "$file can be read"; status=1; }
	done
	return $status
}

by_dd()
{
	dd if="$run/$1" of=/dev/kota bs=64K conv=nocreat
}

# dd has written so many bytes.
written()
{
	for _ in {1..100}; do
		kill -USR1 "$1" && sleep 0.1
		! grep "^$2 bytes" /tmp/dd || return 0
	done
	cat /tmp/dd
	return 1
}

# Cut off when more than one erase block of the slot has come; and looked at before.
stopped()
{
	local fd pid
	mkfifo /tmp/slow
	dd if=/tmp/slow of=/dev/kota bs=10000 conv=nocreat 2>/tmp/dd &
	pid=$!
	exec {fd}>/tmp/slow
	head -c 500000 $run/stopped >&$fd && written $pid 500000 && look $pid &&
		dd if="/dev/$(mtd slot-b)" of=$run/first-block bs=256K count=1 || return
	exec {fd}>&-
	fails wait $pid && kota why --json | grep '"INTERRUPTED"'
}

# One story: whatever is asked for, all of it has to happen.
KOTA_TEST=
again || exit
kota watch --json >/tmp/watch &
watcher=$!
t disclosure.whole by_dd whole
t disclosure.packed kota install $run/packed
t disclosure.refused fails_with "Structure needs cleaning" by_dd refused
t disclosure.stopped stopped
cp /tmp/watch $seen/watch
kill $watcher && wait $watcher 2>/dev/null
t disclosure.no_window no_window
# In memory to the end, so it has to be found.
cp $run/control /tmp/control || exit
# Whose keys it has as long as it is loaded.
t disclosure.unloaded rmmod kota
plan
exit "$kt_failed"
