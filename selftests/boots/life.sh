# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso mem=512 timeout=300 tpm=fresh
# tests: life.* clock.*
#
# An update from install to activation, in slot a: until it is confirmed nothing counts,
# and from activation on nothing is written.

# shellcheck source=selftests/life.sh
. "$STAGE/tests/life.sh"

# clock DATE SEQUENCE: good, torn, and an older one, whatever the clock says
clock()
{
	made $(($2 - 1)) && made "$2" && cp "/tmp/$2" /tmp/torn && change_byte /tmp/torn 3000 || return
	date -s "$1" && kota install "/tmp/$2" && update ready "$2" 0 && fails_with ESTALE kota install /tmp/$(($2 - 1)) &&
		fails_with EBADMSG kota install --full /tmp/torn
}

nothing_waits()
{
	fails_with "no update waits" kota activate --hooks $hooks &&
		fails_with "no update is on trial" kota confirm --hooks $hooks &&
		fails_with "no update waits" kota rollback --hooks $hooks && loader_heard_nothing
}

waits()
{
	install 7 && update ready 7 0 && loader_heard_nothing &&
		fails_with "no update is on trial" kota confirm --hooks $hooks && update ready 7 0
}

# It does not count yet, and yet what is older is not taken in its place.
older_refused()
{
	made 6 && fails_with ESTALE kota install /tmp/6 && update ready 7 0
}

# What took its place in the slots and was cut off leaves nothing to be activated.
replaced()
{
	made 8 && fails kota install - < <(head -c -20 /tmp/8) && no_update 0 &&
		fails_with "no update waits" kota activate --hooks $hooks && loader_heard_nothing
}

given_up()
{
	install 8 && kota rollback --hooks $hooks --reason "no use" && update failed 8 0 &&
		loader_heard_nothing && kota why | grep -q "sequence 8 in slot b has failed: no use"
}

# What has failed does not keep an older one away, nor itself.
after_a_failure()
{
	install 7 && update ready 7 0 && install 8 && update ready 8 0
}

boots_good()
{
	kota boot --hooks $hooks && loader_heard "set-state a good"
}

activated()
{
	kota activate --hooks $hooks && update pending 8 0 && loader_heard "set-primary b" &&
		kota activate --hooks $hooks && loader_heard "set-primary b" && busy 9 && update pending 8 0
}

# Activated in this boot: the loader has its orders.
boot_after_activation()
{
	kota boot --hooks $hooks && loader_heard_nothing && update pending 8 0
}

# The loader can't be told: said, and the record is as it has to be.
loader_fails()
{
	printf '#!/bin/sh\nexit 3\n' >$hooks/boot.d/loader
	fails_with "run 'kota activate' again" kota activate --hooks $hooks && update pending 8 0
}

provision >/dev/null || exit
t life.nothing_waits nothing_waits
t clock.1970 clock "1970-01-01 01:00:00" 3
t clock.2099 clock 2099-12-31 5
t life.waits waits
t life.older_refused older_refused
t life.replaced replaced
t life.given_up given_up
t life.after_a_failure after_a_failure
t life.boots_good boots_good
t life.activated activated
t life.boot_after_activation boot_after_activation
t life.loader_fails loader_fails
plan
exit "$kt_failed"
