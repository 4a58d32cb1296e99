# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/small.dtso mem=512 timeout=300 tpm=fresh
# tests: carry.* check.* hook.* watch.* envelope.* status.*
#
# The helper on the device: what it sends and what it leaves out, hooks, and what
# it tells of all this.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

sequence=100

# made NAME [PACK-OPTION...]: complete, with the image in /tmp/NAME.img; $sequence
# is its sequence number
made()
{
	sequence=$((sequence + 1))
	pack "/tmp/$1.img" $sequence "/tmp/$1" "${@:2}" >/dev/null && sign "/tmp/$1" >/dev/null &&
		kota wrap --device /tmp/identity "/tmp/$1" >/dev/null
}

# random NAME BYTES
random()
{
	head -c "$2" /dev/urandom >"/tmp/$1.img"
}

# member NAME FILE: its last value in JSON lines
member()
{
	sed -n "s/.*\"$1\": \"\{0,1\}\([^\",}]*\).*/\1/p" "$2" | tail -1
}

# is MEMBER VALUE FILE
is()
{
	local found
	found=$(member "$1" "$3")
	[ "$found" = "$2" ] || { echo "$1: expected $2, found $found"; cat "$3"; return 1; }
}

size()
{
	stat -c %s "$1"
}

# ---- what is sent

# A new image differs in all: everything but nothing is left out.
all_of_it()
{
	random new 900000 && made new && kota install --json /tmp/new >/tmp/json &&
		is installed true /tmp/json && is left_out 0 /tmp/json &&
		is sent "$(size /tmp/new)" /tmp/json && same /tmp/new.img slot-b
}

# The same image again: the slot holds it already, but for the block written last.
left_out()
{
	cp /tmp/new.img /tmp/again.img
	made again && kota install --json /tmp/again >/tmp/json && is installed true /tmp/json &&
		same /tmp/again.img slot-b || return
	[ "$(member left_out /tmp/json)" -gt 200000 ] &&
		[ $(($(member sent /tmp/json) + $(member left_out /tmp/json))) = "$(size /tmp/again)" ] &&
		grep '"need"' /tmp/json >/tmp/need &&
		is wanted "$(member sent /tmp/json)" /tmp/need && is total "$(size /tmp/again)" /tmp/need
}

# One chunk in the middle differs: it comes, with what shares its block.
one_chunk_differs()
{
	cp /tmp/new.img /tmp/spot.img
	change_byte /tmp/spot.img 400000 || return
	made spot && kota install --json /tmp/spot >/tmp/json && is installed true /tmp/json &&
		same /tmp/spot.img slot-b && [ "$(member left_out /tmp/json)" -gt 0 ] &&
		[ "$(member left_out /tmp/json)" -lt "$(size /tmp/spot)" ]
}

said_to_people()
{
	cp /tmp/spot.img /tmp/people.img
	made people && kota install /tmp/people >/tmp/out || return
	cat /tmp/out
	grep -Eq '^wanted +[0-9]+ of [0-9]+ bytes; the rest is on the device$' /tmp/out &&
		grep -qx installed /tmp/out
}

full()
{
	cp /tmp/spot.img /tmp/full.img
	made full && kota install --full --json /tmp/full >/tmp/json && is installed true /tmp/json &&
		is left_out 0 /tmp/json && is sent "$(size /tmp/full)" /tmp/json &&
		! grep -q '"need"' /tmp/json && same /tmp/full.img slot-b
}

from_pipe()
{
	cp /tmp/spot.img /tmp/pipe.img
	made pipe && kota install --json - < <(cat /tmp/pipe) >/tmp/json &&
		is left_out 0 /tmp/json && is sent "$(size /tmp/pipe)" /tmp/json &&
		same /tmp/pipe.img slot-b
}

# Standard input that is a file, and not at its beginning.
from_the_middle()
{
	cp /tmp/spot.img /tmp/middle.img
	made middle || return
	{ head -c 777 /dev/urandom; cat /tmp/middle; } >/tmp/shifted
	{ head -c 777 >/dev/null; kota install --json - >/tmp/json; } </tmp/shifted
	is installed true /tmp/json && [ "$(member left_out /tmp/json)" -gt 0 ] &&
		same /tmp/middle.img slot-b
}

# A carrier that stopped: what had come is not sent again.
after_an_interruption()
{
	random cut 900000 && made cut || return
	head -c 700000 /tmp/cut >/tmp/part
	kota install --json /tmp/part >/tmp/json
	[ $? = 1 ] && is cause INCOMPLETE /tmp/json && is installed false /tmp/json || return
	kota install --json /tmp/cut >/tmp/json && [ "$(member left_out /tmp/json)" -gt 200000 ] &&
		same /tmp/cut.img slot-b
}

is_busy()
{
	kota status --json | grep -q '"busy": true'
}

# What the helper has said before it was killed
has_begun()
{
	grep -q '"step": "receive"' /tmp/json
}

# Three of the four erase blocks
has_done()
{
	[ "$(member 'done' /tmp/json)" -ge 786432 ]
}

# soon CMD...: within a minute
soon()
{
	for _ in {1..300}; do
		! "$@" || return 0
		sleep 0.2
	done
	return 1
}

# killed_after BYTES CMD...: the helper, when so much has come that CMD is so. The rest
# would have come from who feeds it, and never does.
killed_after()
{
	local pid feed bytes=$1 status=1
	shift
	# Whatever was refused last, it was not this.
	fails_with MAGIC kota install /tmp/killed.img || return
	kota install --json - </tmp/feed >/tmp/json 2>&1 &
	pid=$!
	exec {feed}>/tmp/feed
	head -c "$bytes" /tmp/killed >&$feed
	soon "$@" && fails rmmod kota && status=0
	kill -9 $pid
	wait $pid
	[ $? = 137 ] || status=1
	exec {feed}>&-
	[ $status = 0 ] && kota why --json >/tmp/why || return
	fails is_busy && is cause INTERRUPTED /tmp/why
}

# By SIGKILL it says nothing more, and the kernel undoes what it had begun.
killed()
{
	random killed 900000 && made killed || return
	rm -f /tmp/feed
	mkfifo /tmp/feed || return
	sha256sum "/dev/$(mtd slot-b)" >/tmp/before
	killed_after 300 has_begun && sha256sum --quiet -c /tmp/before || return
	killed_after 820000 has_done || return
	kota status --json | sed -n '/"label": "b"/,/}/p' >/tmp/slot
	is state incomplete /tmp/slot || return
	[ "$(head -c 4096 "/dev/$(mtd slot-b)" | LC_ALL=C tr -d '\377' | wc -c)" = 0 ] || return
	# The middle one at least is not sent again.
	kota install --json /tmp/killed >/tmp/json && is installed true /tmp/json &&
		[ "$(member left_out /tmp/json)" -gt 200000 ] && same /tmp/killed.img slot-b
}

# What follows a deliverable is refused, though nobody wants it.
bytes_behind()
{
	random tail 5000 && made tail && { cat /tmp/tail; echo more; } >/tmp/longer || return
	kota install --json /tmp/longer >/tmp/json
	[ $? = 1 ] && is cause EXTRA /tmp/json
}

compressed()
{
	seq 1 100000 >/tmp/text.img
	made text --compress zstd && [ "$(size /tmp/text)" -lt 300000 ] &&
		kota install --json /tmp/text >/tmp/json && is installed true /tmp/json &&
		same /tmp/text.img slot-b || return
	cp /tmp/text.img /tmp/text2.img
	made text2 --compress zstd:19 && kota install --json /tmp/text2 >/tmp/json &&
		[ "$(member left_out /tmp/json)" -gt 0 ] && same /tmp/text2.img slot-b
}

not_compressible()
{
	random noise 900001 && made noise --compress zstd --chunk 4K &&
		[ "$(size /tmp/noise)" -gt 900001 ] && kota install /tmp/noise &&
		same /tmp/noise.img slot-b
}

no_resume()
{
	local word
	random anew 900001 && made anew && kota install /tmp/anew || return
	for word in no-resume erase-slot; do
		made anew --handling $word && kota install --json /tmp/anew >/tmp/json &&
			is installed true /tmp/json && is left_out 0 /tmp/json || return
	done
}

# What is not the module's device takes any bytes: it is asked before. So too when
# it lies where the device should.
no_device()
{
	local command words="as '>' makes where there is no device" status=0
	random nowhere 3000 && made nowhere && : >/tmp/fake || return
	for command in "check" "install" "install --full"; do
		# shellcheck disable=SC2086 # command and option
		fails_with "$words" kota $command --device /tmp/fake /tmp/nowhere &&
			fails_with "$words" kota $command --device /tmp/fake - < <(cat /tmp/nowhere) &&
			fails_with "/dev/null: not kota's device, which is 10:" \
				kota $command --device /dev/null /tmp/nowhere &&
			fails_with "/dev/full: not kota's" kota $command --device /dev/full /tmp/nowhere &&
			[ ! -s /tmp/fake ] || return
	done
	mv /dev/kota /dev/kota.away && cat /tmp/nowhere >/dev/kota &&
		fails_with "$words" kota install /tmp/nowhere || status=1
	rm -f /dev/kota
	! by_dd /tmp/nowhere && [ ! -e /dev/kota ] || status=1
	kota install --device /dev/kota.away /tmp/nowhere || status=1
	mv /dev/kota.away /dev/kota
	return $status
}

by_dd()
{
	dd if="$1" of=/dev/kota bs=64K conv=nocreat
}

# As the manual says: the verdict is dd's exit status.
without_the_helper()
{
	random dd 300000 && made dd && by_dd /tmp/dd && same /tmp/dd.img slot-b &&
		fails by_dd /tmp/dd.img
}

# Whoever reads has gone: it is installed, and the verdict is that.
nobody_reads()
{
	random unseen 300000 && made unseen || return
	{ sleep 0.5; kota install /tmp/unseen; echo $? >/tmp/status; } 2>/tmp/err | true
	cat /tmp/err
	[ "$(cat /tmp/status)" = 0 ] && grep -q "not all was shown" /tmp/err &&
		same /tmp/unseen.img slot-b || return
	head -c 5000 /dev/urandom >/tmp/rubbish
	{ sleep 0.5; kota check /tmp/rubbish; echo $? >/tmp/status; } 2>/tmp/err | true
	[ "$(cat /tmp/status)" = 1 ] && grep -q "not all was shown" /tmp/err || return
	made unseen && kota install /tmp/unseen 2>/tmp/err >/dev/full &&
		grep -q "not all was shown" /tmp/err && fails kota status 2>/dev/null >/dev/full
}

# For programs there is a verdict, whatever failed.
json_verdict()
{
	local command
	for command in install check; do
		kota $command --json --device /tmp/none /tmp/new >/tmp/json 2>/dev/null
		[ $? = 1 ] && is event verdict /tmp/json || return
	done
	is good false /tmp/json
}

no_file()
{
	fails_with "cannot be read" kota install /tmp/none &&
		fails_with "cannot be read" kota check /tmp/none &&
		fails_with "is not there" kota install --device /tmp/none /tmp/new &&
		fails_with "one FILE" kota install && fails_with "one FILE" kota check
}

# ---- check

state()
{
	kota status --json | grep -v '"step"'
	sha256sum "/dev/$(mtd slot-a)" "/dev/$(mtd slot-b)" "/dev/$(mtd state)"
}

check_good()
{
	random checked 300000 && made checked || return
	state >/tmp/before
	kota check /tmp/checked && kota check --json /tmp/checked >/tmp/json || return
	is good true /tmp/json && kota check - < <(cat /tmp/checked) || return
	state >/tmp/after
	diff /tmp/before /tmp/after && kota install /tmp/checked
}

check_bad()
{
	cp /tmp/checked /tmp/older
	random older 1000
	pack /tmp/older.img 1 /tmp/older >/dev/null && sign /tmp/older >/dev/null &&
		kota wrap --device /tmp/identity /tmp/older >/dev/null || return
	sha256sum "/dev/$(mtd slot-b)" >/tmp/before
	kota check --json /tmp/older >/tmp/json
	[ $? = 1 ] && is good false /tmp/json && is cause SEQUENCE /tmp/json || return
	kota check /tmp/older | tee /dev/stderr | grep -qx refused || return
	head -c 1000 /tmp/checked >/tmp/short
	kota check --json /tmp/short >/tmp/json
	[ $? = 1 ] && is cause INCOMPLETE /tmp/json || return
	head -c 5000 /dev/urandom >/tmp/rubbish
	kota check --json /tmp/rubbish >/tmp/json
	[ $? = 1 ] && is cause MAGIC /tmp/json && sha256sum --quiet -c /tmp/before
}

# refused_and_next FILE CAUSE WORDS...: the kernel's cause, and what the helper advises
refused_and_next()
{
	local file=$1 word
	kota check --json "$file" >/tmp/json
	[ $? = 1 ] && is cause "$2" /tmp/json || return
	for word in "${@:3}"; do
		sed -n 's/.*"next": "\([^"]*\)".*/\1/p' /tmp/json | grep -qF -- "$word" ||
			{ cat /tmp/json; return 1; }
	done
}

# What is advised is good for each way to come there.
check_advice()
{
	local installed
	random advised 1000
	pack /tmp/advised.img 1 /tmp/advised >/dev/null && sign /tmp/advised >/dev/null &&
		refused_and_next /tmp/advised SEQUENCE "higher" "minimum" || return
	installed=$(status_of sequence)
	pack /tmp/advised.img "$installed" /tmp/advised >/dev/null && sign /tmp/advised >/dev/null &&
		refused_and_next /tmp/advised SEQUENCE "another one with its number" || return
	sequence=$((sequence + 1))
	pack /tmp/advised.img $sequence /tmp/advised --target nothing >/dev/null &&
		sign /tmp/advised >/dev/null && kota wrap --device /tmp/identity /tmp/advised >/dev/null &&
		refused_and_next /tmp/advised TARGET "'kota status'" "cannot be used" || return
	pack /tmp/advised.img $sequence /tmp/advised >/dev/null &&
		kota sign --quiet --key "$KEYS/signer3.key" --cert "$PKI/signer3.pem" /tmp/advised &&
		refused_and_next /tmp/advised SIGNER /etc/kota/release.d /etc/kota/offline.d "'kota load-keys'"
}

# ---- hooks

# hook NAME [KIND]: an executable that is standard input
hook()
{
	cat >"/tmp/hooks/${2:-power}.d/$1"
	chmod 755 "/tmp/hooks/${2:-power}.d/$1"
}

hooks_anew()
{
	rm -rf /tmp/hooks
	mkdir -p /tmp/hooks/{power,stage,cleanup}.d
}

powered()
{
	random power 2000 && made power --handling external-power --handling reboot-now
}

# not_installed WORDS [OPTION...]: nothing on the device has changed, and it is told.
# Who starts kota is $starter, if there is one.
starter=()
not_installed()
{
	local words=$1
	sha256sum "/dev/$(mtd slot-b)" "/dev/$(mtd state)" >/tmp/before
	"${starter[@]}" kota install --hooks /tmp/hooks "${@:2}" /tmp/power >/tmp/out 2>&1
	[ $? = 1 ] || return
	cat /tmp/out
	grep -q "$words" /tmp/out && grep -q 'nothing was changed' /tmp/out &&
		sha256sum --quiet -c /tmp/before
}

power_yes()
{
	hooks_anew
	powered || return
	hook 10-env <<-'END'
		#!/bin/bash
		env | sort >/tmp/hook.env
		readlink /proc/self/fd/0 >/tmp/hook.in
		ls /proc/self/fd | wc -l >/tmp/hook.fds
		echo said
	END
	hook 20-last <<-'END'
		#!/bin/bash
		echo last >>/tmp/hook.env
	END
	echo 'exit 1' >/tmp/hooks/power.d/30-no.dpkg-old
	chmod 755 /tmp/hooks/power.d/30-no.dpkg-old
	echo 'read me' >/tmp/hooks/power.d/README
	KOTA_SECRET=x kota install --hooks /tmp/hooks --json /tmp/power >/tmp/json 2>/tmp/err || return
	cat /tmp/hook.env /tmp/err
	! grep -q said /tmp/json && grep -q said /tmp/err && grep -q "README: not executable" /tmp/err &&
		grep -qx KOTA_HOOK=power /tmp/hook.env &&
		grep -qx KOTA_SEQUENCE=$sequence /tmp/hook.env &&
		grep -qx "KOTA_RELEASE=kselftest $sequence" /tmp/hook.env &&
		grep -qx KOTA_TARGETS=firmware /tmp/hook.env && grep -q ^KOTA_UPDATE=........- /tmp/hook.env &&
		! grep -q KOTA_SECRET /tmp/hook.env && [ "$(tail -1 /tmp/hook.env)" = last ] &&
		[ "$(cat /tmp/hook.in)" = /dev/null ] && [ "$(cat /tmp/hook.fds)" -le 4 ]
}

power_no()
{
	hooks_anew
	powered || return
	hook 10-no <<<$'#!/bin/bash\nexit 3'
	hook 20-never <<<$'#!/bin/bash\ntouch /tmp/never'
	not_installed "10-no says no: exit status 3" && [ ! -e /tmp/never ] || return
	hook 10-no <<<$'#!/bin/bash\nkill -9 $$'
	not_installed "10-no was ended by signal 9" || return
	hook 10-no <<<'#!/no/such/shell'
	not_installed "10-no says no: exit status 127" || return
	# For programs the last line is the verdict, always
	kota install --hooks /tmp/hooks --json /tmp/power >/tmp/json
	[ $? = 1 ] && is installed false /tmp/json
}

power_nobody()
{
	hooks_anew
	powered && not_installed "power.d: nobody to ask" && rmdir /tmp/hooks/power.d &&
		not_installed "power.d: nobody to ask"
}

power_late()
{
	hooks_anew
	powered || return
	hook 10-late <<<$'#!/bin/bash\nsleep 1000 & echo $! >/tmp/late; wait'
	not_installed "10-late: still running, and the hooks have had 5 s" --hook-timeout 5 &&
		[ -s /tmp/late ] && ! kill -0 "$(cat /tmp/late)"
}

# They have one time together, which ends before the kernel takes the writer for silent.
power_together()
{
	local limit n
	hooks_anew
	powered || return
	for n in 1 2 3 4; do
		hook ${n}0-slow <<<$'#!/bin/bash\nsleep 1; echo >>/tmp/slow.hooks'
	done
	rm -f /tmp/slow.hooks
	not_installed "0-slow: still running, and the hooks have had 3 s" --hook-timeout 3 &&
		[ "$(wc -l </tmp/slow.hooks)" -ge 1 ] || return
	limit=$(kota install --help | sed -n '/--hook-timeout/,/default/s/.*(default: \([0-9]*\)).*/\1/p')
	[ "$limit" -ge 30 ] && [ "$limit" -lt "$(cat /sys/module/kota/parameters/idle_seconds)" ] &&
		for n in 0 -1 x 3601 ""; do
			kota install --hook-timeout="$n" /tmp/power
			[ $? = 2 ] || return
		done
}

# Where the ending of children is ignored, a no is a no, and a yes a yes.
power_unheard()
{
	local starter=(env --ignore-signal=CHLD)
	hooks_anew
	powered || return
	hook 10-no <<<$'#!/bin/bash\nexit 1'
	not_installed "10-no says no: exit status 1" || return
	hook 10-no <<<$'#!/bin/bash\ngrep SigIgn: /proc/self/status >/tmp/ignored'
	"${starter[@]}" kota install --hooks /tmp/hooks /tmp/power || return
	# Bit 16: what kota was started with is not for them.
	[ $((0x$(cut -f2 /tmp/ignored) >> 16 & 1)) = 0 ]
}

power_owner()
{
	hooks_anew
	powered || return
	hook 10-yes <<<$'#!/bin/bash\nexit 0'
	chmod 775 /tmp/hooks/power.d/10-yes
	not_installed "10-yes: can be written by others" || return
	chmod 755 /tmp/hooks/power.d/10-yes
	chown 65534 /tmp/hooks/power.d/10-yes
	not_installed "10-yes: can be written by others" || return
	chown 0 /tmp/hooks/power.d/10-yes
	chmod 777 /tmp/hooks/power.d
	not_installed "power.d: can be written by others" || return
	chmod 755 /tmp/hooks/power.d
	kota install --hooks /tmp/hooks /tmp/power
}

# Whether slot b is as it was when the board is asked, and what it is told
stage_hook()
{
	hook 10-env stage <<-END
		#!/bin/bash
		env >/tmp/stage.env
		sha256sum /dev/$(mtd slot-b) | cut -c1-64 >/tmp/stage.sum
		exit ${1:-0}
	END
	hook 10-env cleanup <<-'END'
		#!/bin/bash
		env >/tmp/cleanup.env
		exit 7
	END
	rm -f /tmp/stage.env /tmp/cleanup.env
}

staged()
{
	hooks_anew
	random plain 2000 && made plain || return
	stage_hook
	sha256sum "/dev/$(mtd slot-b)" | cut -c1-64 >/tmp/before
	kota install --hooks /tmp/hooks --json /tmp/plain >/tmp/json 2>/tmp/err || return
	cat /tmp/err
	cmp /tmp/before /tmp/stage.sum && same /tmp/plain.img slot-b && is installed true /tmp/json &&
		grep -qx KOTA_HOOK=stage /tmp/stage.env && grep -qx KOTA_SEQUENCE=$sequence /tmp/stage.env &&
		grep -qx KOTA_TARGETS=firmware /tmp/stage.env && grep -qx KOTA_RESULT=installed /tmp/cleanup.env &&
		grep -q "cleanup.d/10-env failed; the verdict stands" /tmp/err
}

stage_no()
{
	hooks_anew
	powered || return
	hook 10-yes <<<'#!/bin/bash'
	stage_hook 4
	not_installed "stage.d/10-env failed" && grep -qx KOTA_RESULT=refused /tmp/cleanup.env || return
	# Refused by its head: the board is not bothered.
	stage_hook
	cp /tmp/power /tmp/bad && change_byte /tmp/bad 700 || return
	! kota install --hooks /tmp/hooks /tmp/bad && [ ! -e /tmp/stage.env ] && [ ! -e /tmp/cleanup.env ] || return
	stage_hook
	kota install --hooks /tmp/hooks /tmp/power && grep -qx KOTA_RESULT=installed /tmp/cleanup.env
}

# Of a deliverable that turns out bad after its head, too
stage_cleaned()
{
	hooks_anew
	powered || return
	hook 10-yes <<<'#!/bin/bash'
	stage_hook
	! kota install --hooks /tmp/hooks - < <(head -c -20 /tmp/power) && [ -e /tmp/stage.env ] &&
		grep -qx KOTA_RESULT=refused /tmp/cleanup.env
}

# One time for both
stage_late()
{
	hooks_anew
	powered || return
	hook 10-slow <<<$'#!/bin/bash\nsleep 2'
	hook 10-slow stage <<<$'#!/bin/bash\nsleep 3'
	not_installed "stage.d/10-slow: still running, and the hooks have had 4 s" --hook-timeout 4
}

# Without the flag nobody is asked.
power_not_asked()
{
	rm -rf /tmp/hooks
	random plain 2000 && made plain && kota install --hooks /tmp/hooks /tmp/plain
}

# What reboots is a stand-in: it tells that it was run.
reboot_stand_in()
{
	[ -e /sbin/reboot ] && mv /sbin/reboot /sbin/reboot.away
	printf '#!/bin/bash\necho "$0 $*" >/tmp/rebooted\n' >/sbin/reboot
	chmod 755 /sbin/reboot
	rm -f /tmp/rebooted
}

reboots()
{
	reboot_stand_in
	random soon 2000 && made soon --handling reboot-now || return
	kota install /tmp/soon | tee /dev/stderr | grep -q "reboot the device now" &&
		[ ! -e /tmp/rebooted ] || return
	cp /tmp/soon.img /tmp/soon2.img
	made soon2 --handling reboot-now && kota install --json --reboot /tmp/soon2 >/tmp/json &&
		is reboot true /tmp/json && [ -s /tmp/rebooted ]
}

reboots_not()
{
	reboot_stand_in
	random later 2000 && made later && kota install --json --reboot /tmp/later >/tmp/json &&
		is reboot false /tmp/json && [ ! -e /tmp/rebooted ] || return
	# Refused: it runs on
	kota install --reboot /tmp/soon2
	[ $? = 1 ] && [ ! -e /tmp/rebooted ]
}

# ---- events

# watched FILE CMD...: what watch shows while CMD runs, and until nothing more comes
watched()
{
	local file=$1 pid was=
	shift
	kota watch --json >"$file" &
	pid=$!
	for _ in {1..50}; do
		[ ! -s "$file" ] || break
		sleep 0.1
	done
	"$@" >/dev/null
	until [ "$(size "$file")" = "$was" ]; do
		was=$(size "$file")
		sleep 2
	done
	kill $pid
	wait $pid 2>/dev/null
	return 0
}

# In order, without a gap, begun with how things stand.
watch_all()
{
	random seen 200000 && made seen && watched /tmp/seen.json kota install /tmp/seen || return
	cat /tmp/seen.json
	head -1 /tmp/seen.json | grep -q '"event": "state", "busy": false' &&
		! grep -q '"lost"' /tmp/seen.json &&
		sed -n 's/.*"number": \([0-9]*\),.*/\1/p' /tmp/seen.json >/tmp/numbers &&
		[ "$(wc -l </tmp/numbers)" -ge 10 ] &&
		diff /tmp/numbers <(seq "$(head -1 /tmp/numbers)" "$(tail -1 /tmp/numbers)") &&
		grep -q '"step": "reverify", "outcome": "done"' /tmp/seen.json
}

watch_refusal()
{
	watched /tmp/seen.json kota install /tmp/older
	cat /tmp/seen.json
	grep '"outcome": "refused"' /tmp/seen.json | grep -q '"cause": "SEQUENCE"'
}

# A watcher that sleeps until its buffer is full: it says which are missing.
watch_gap()
{
	local pid
	kota watch --json >/tmp/seen.json &
	pid=$!
	sleep 1
	kill -STOP $pid
	for _ in {1..100}; do
		# Two events each
		for _ in {1..100}; do
			printf '%064d' 0 >/dev/kota
		done 2>/dev/null
		[ "$(watch_drops)" = 0 ] || break
	done
	kill -CONT $pid
	sleep 1
	kota check /tmp/older >/dev/null
	sleep 1
	kill $pid
	wait $pid 2>/dev/null
	grep '"lost"' /tmp/seen.json && sed -n '/"lost"/{n;p}' /tmp/seen.json | grep -q '"state"'
}

# Of what the same one missed the kernel had kept the last: 64 with the one that
# told of it, or of them all that had come since.
watch_kept()
{
	local to last
	to=$(sed -n 's/.*"lost".*"to": \([0-9]*\).*/\1/p' /tmp/seen.json | tail -1)
	sed -n 's/.*"number": \([0-9]*\),.*/\1/p' /tmp/seen.json >/tmp/numbers
	last=$(tail -1 /tmp/numbers)
	[ -n "$to" ] && [ $((last - to)) -ge 64 ] &&
		diff <(tail -n $((last - to)) /tmp/numbers) <(seq $((to + 1)) "$last")
}

# What the kernel has dropped for the netlink sockets that there are.
watch_drops()
{
	awk 'NR > 1 { n += $9 } END { print n + 0 }' /proc/net/netlink
}

watch_people()
{
	local pid
	kota watch >/tmp/seen.text &
	pid=$!
	sleep 1
	kota check /tmp/older >/dev/null
	sleep 1
	kill $pid
	wait $pid 2>/dev/null
	cat /tmp/seen.text
	grep -q 'now: nothing is received; installed: sequence' /tmp/seen.text &&
		grep -Eq '^ +[0-9]+ receive +done' /tmp/seen.text &&
		grep -Eq '^ +[0-9]+ check +refused: older' /tmp/seen.text
}

# ---- envelopes ahead

ahead_given()
{
	random ahead 3000
	sequence=$((sequence + 1))
	pack /tmp/ahead.img $sequence /tmp/ahead >/dev/null && sign /tmp/ahead >/dev/null || return
	sha256sum /tmp/ahead >/tmp/before
	kota wrap --device /tmp/identity --detach /tmp/ahead.env /tmp/ahead &&
		sha256sum --quiet -c /tmp/before && [ "$(size /tmp/ahead.env)" = 152 ] || return
	fails_with "ENVELOPE" kota install /tmp/ahead || return
	kota envelope /tmp/ahead.env && [ "$(status_of envelopes_ahead)" = 1 ] &&
		kota install /tmp/ahead && same /tmp/ahead.img slot-b
}

ahead_wrong()
{
	random short 20
	fails_with "not a file of envelopes" kota envelope /tmp/short.img || return
	head -c 151 /tmp/ahead.env >/tmp/cut.env
	fails_with "not a file of envelopes" kota envelope /tmp/cut.env || return
	# Another device's
	{ head -c 8 /tmp/ahead.env; head -c 32 /dev/zero; tail -c 112 /tmp/ahead.env; } >/tmp/other.env
	fails_with "no envelope in it is for this device" kota envelope /tmp/other.env &&
		fails_with "cannot be read" kota envelope /tmp/none &&
		fails_with "cannot be read: Is a directory" kota envelope /tmp || return
	# However many there are, one is held at a time
	(ulimit -v 150000 && fails_with "no envelope in it" kota envelope /tmp/other.env) || return
	{ cat /tmp/other.env /tmp/other.env; head -c 3 /tmp/other.env; } >/tmp/cut.env
	fails_with "not a file of envelopes" kota envelope /tmp/cut.env
}

# ---- statements

# A statement goes the same way; status shows what it said, and it holds.
statement()
{
	local id
	sequence=$((sequence + 1))
	kota pack --statement --revoke "$PKI/signer2.pem" --retire "$PKI/signer3.pem:5" \
		--min-sequence 50 --sequence $sequence --vendor $VENDOR --class $CLASS \
		--release "kselftest $sequence" -o /tmp/said >/dev/null &&
		kota sign --quiet --ring offline --key "$KEYS/offline-signer.key" \
			--cert "$PKI/offline-signer.pem" /tmp/said || return
	kota check /tmp/said && kota install --json /tmp/said >/tmp/json &&
		is installed true /tmp/json && is left_out 0 /tmp/json || return
	kota status --json >/tmp/status
	kota status | tee /tmp/status.text
	id=$(kota inspect --json /tmp/said | sed -n '/"revoked"/{n;s/ *"\(.*\)"/\1/p}')
	[ ${#id} = 64 ] && grep -q "$id" /tmp/status && grep -Eq "revoked +$id" /tmp/status.text &&
		grep -q '"min_sequence": 50' /tmp/status && grep -q '"last_sequence": 5' /tmp/status || return
	random by2 1000
	pack /tmp/by2.img $((sequence + 1)) /tmp/by2 >/dev/null &&
		kota sign --quiet --key "$KEYS/signer2.key" --cert "$PKI/signer2.pem" /tmp/by2 &&
		kota wrap --device /tmp/identity /tmp/by2 >/dev/null || return
	kota check --json /tmp/by2 >/tmp/json
	[ $? = 1 ] && is cause REVOKED /tmp/json
}

# ---- status

status_facts()
{
	kota status --json >/tmp/status && kota status >/tmp/status.text || return
	cat /tmp/status.text
	grep -q '"name": "lockdown"' /tmp/status && grep -q '"use": "cipher"' /tmp/status &&
		grep -Eq '^  lockdown +met ' /tmp/status.text &&
		grep -Eq '^  cipher +AES-256-GCM +[a-z]' /tmp/status.text &&
		grep -q 'NOT usable' /tmp/status.text && grep -q 'protected *yes: only kota' /tmp/status.text
}

# What a slot holds is told in the words of its deliverable.
status_slot()
{
	local name
	random held 200000 && made held && kota install /tmp/held >/dev/null || return
	kota inspect --json /tmp/held >/tmp/inspected &&
		kota status --json | sed -n '/"label": "b"/,/}/p' >/tmp/slot || return
	cat /tmp/slot
	for name in version size root; do
		[ -n "$(member $name /tmp/slot)" ] &&
			is $name "$(member $name /tmp/inspected)" /tmp/slot || return
	done
	is sequence $sequence /tmp/slot && is state complete /tmp/slot
}

# The device goes in the middle. Its errno is also that of a refusal for CLASS. The
# last test: keys are loaded once in a boot.
device_goes()
{
	local pid driver=/sys/bus/platform/drivers/physmap-flash dev
	random gone 900000 && made gone && mkfifo /tmp/slow || return
	dev=$(echo $driver/*.flash)
	kota install --json - </tmp/slow >/tmp/json 2>/tmp/err &
	pid=$!
	{ head -c 600000 /tmp/gone; until_step; echo "${dev##*/}" >$driver/unbind; tail -c +600001 /tmp/gone; } \
		>/tmp/slow 2>/dev/null
	wait $pid
	[ $? = 1 ] || return
	cat /tmp/json /tmp/err
	grep -q "No such device" /tmp/err && ! grep -q CLASS /tmp/json && is installed false /tmp/json &&
		grep -q '"verdict"' /tmp/json
}

# The kernel has begun to write.
until_step()
{
	for _ in {1..100}; do
		! grep -q '"process"' /tmp/json || return 0
		sleep 0.1
	done
}

# flash_is_back: bound again, if it had gone
flash_is_back()
{
	local driver=/sys/bus/platform/drivers/physmap-flash dev
	for dev in /sys/bus/platform/devices/*.flash; do
		[ -e "$dev/driver" ] || echo "${dev##*/}" >$driver/bind || return
	done
}

# until_seen WORDS: watch has shown it
until_seen()
{
	for _ in {1..100}; do
		! grep -q -- "$1" /tmp/seen.json || return 0
		sleep 0.1
	done
	cat /tmp/seen.json
	return 1
}

# The module goes and comes: watch says so, and goes on with its events. Behind all
# that need keys.
watch_module_again()
{
	local pid status=0
	flash_is_back
	rmmod kota && insmod "$STAGE/kota.ko" || return
	kota watch --json >/tmp/seen.json &
	pid=$!
	until_seen '"state"' && rmmod kota && until_seen '"event": "module", "loaded": false' &&
		insmod "$STAGE/kota.ko" && until_seen '"event": "module", "loaded": true' || status=1
	# The state is told when there is a device again.
	for _ in {1..100}; do
		[ "$(grep -c '"state"' /tmp/seen.json)" -lt 2 ] || break
		sleep 0.1
	done
	random reloaded 1000 && made reloaded
	kota check /tmp/reloaded >/dev/null
	[ "$(grep -c '"state"' /tmp/seen.json)" = 2 ] && until_seen '"cause": "SIGNER"' &&
		! grep -q '"lost"' /tmp/seen.json || status=1
	cat /tmp/seen.json
	kill $pid && wait $pid 2>/dev/null
	return $status
}

provision >/tmp/identity || exit

t carry.all_of_it all_of_it
t carry.left_out left_out
t carry.one_chunk_differs one_chunk_differs
t carry.said_to_people said_to_people
t carry.full full
t carry.from_pipe from_pipe
t carry.from_the_middle from_the_middle
t carry.after_an_interruption after_an_interruption
t carry.killed killed
t carry.bytes_behind bytes_behind
t carry.compressed compressed
t carry.not_compressible not_compressible
t carry.no_resume no_resume
t carry.no_file no_file
t carry.no_device no_device
t carry.without_the_helper without_the_helper
t check.good check_good
t check.bad check_bad
t check.advice check_advice
t carry.nobody_reads nobody_reads
t carry.json_verdict json_verdict
t hook.power_yes power_yes
t hook.power_no power_no
t hook.power_nobody power_nobody
t hook.power_late power_late
t hook.power_together power_together
t hook.power_unheard power_unheard
t hook.power_owner power_owner
t hook.power_not_asked power_not_asked
t hook.staged staged
t hook.stage_no stage_no
t hook.stage_cleaned stage_cleaned
t hook.stage_late stage_late
t hook.reboot reboots
t hook.reboot_not_asked reboots_not
t watch.all watch_all
t watch.refusal watch_refusal
t watch.gap watch_gap
t watch.kept watch_kept
t watch.people watch_people
t envelope.given ahead_given
t envelope.wrong ahead_wrong
t carry.statement statement
t status.facts status_facts
t status.slot status_slot
t carry.device_goes device_goes
t watch.module_again watch_module_again
plan
exit "$kt_failed"
