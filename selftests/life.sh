# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The boots of the life of an update: a board with a boot loader that remembers what
# it was told, and with a test of its own.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

hooks=/tmp/hooks
mkdir -p $hooks/boot.d $hooks/check.d

mend_loader()
{
	printf '#!/bin/sh\necho "$@" >>/tmp/loader\n' >$hooks/boot.d/loader
	chmod 755 $hooks/boot.d/loader
}
mend_loader

# board_says STATUS: what its test will exit with
board_says()
{
	printf '#!/bin/sh\nenv >/tmp/check-env\nexit %s\n' "$1" >$hooks/check.d/10-works
	chmod 755 $hooks/check.d/10-works
}

# loader_heard LINE...: all of it since it was asked last, and nothing else
loader_heard()
{
	printf '%s\n' "$@" | diff - /tmp/loader || return
	rm /tmp/loader
}

loader_heard_nothing()
{
	[ ! -e /tmp/loader ] || { cat /tmp/loader; return 1; }
}

# made SEQUENCE: complete, in /tmp/SEQUENCE, of the image /tmp/SEQUENCE.img
made()
{
	seq -f "$1 %g" 20000 >"/tmp/$1.img"
	pack "/tmp/$1.img" "$1" "/tmp/$1" >/dev/null && sign "/tmp/$1" >/dev/null &&
		kota wrap --device /tmp/identity "/tmp/$1" >/dev/null
}

install()
{
	made "$1" && kota install "/tmp/$1"
}

# update PHASE SEQUENCE CONFIRMED
update()
{
	kota status --json >/tmp/status || return
	grep -q "\"phase\": \"$1\"" /tmp/status && grep -q "\"confirmed_sequence\": $3,*$" /tmp/status &&
		grep -A3 '"phase"' /tmp/status | grep -q "\"sequence\": $2,*$" && return
	grep -A6 -e '"update"' -e confirmed /tmp/status
	return 1
}

no_update()
{
	kota status --json >/tmp/status || return
	! grep '"phase"' /tmp/status && grep -q "\"confirmed_sequence\": $1,*$" /tmp/status
}

# busy SEQUENCE: refused, and neither slot is another one
busy()
{
	cat "/dev/$(mtd slot-a)" "/dev/$(mtd slot-b)" | cksum >/tmp/before
	made "$1" && fails_with EBUSY kota install "/tmp/$1" || return
	cat "/dev/$(mtd slot-a)" "/dev/$(mtd slot-b)" | cksum | diff /tmp/before -
}

# again_with_identity: the keys, and the public key that deliverables are made for
again_with_identity()
{
	again || return
	kota keys | head -n 1 >/tmp/identity
}
