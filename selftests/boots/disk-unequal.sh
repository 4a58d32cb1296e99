# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab-disk,../overlays/disk-unequal.dtso mem=512 timeout=120 tpm=fresh disk=yes
# tests: unequal.*
#
# The slot that runs is larger than the other one: what has to be copied with an
# update does not fit there. Then there is no update, and nothing is copied.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

# What the copy would go to
bytes()
{
	sha256sum "/dev/$(partition small-b)"
}

made()
{
	head -c 300000 /dev/urandom >/tmp/image
	pack /tmp/image 7 /tmp/d && sign /tmp/d && kota wrap --device /tmp/identity /tmp/d
}

does_not_fit()
{
	bytes >/tmp/before && made || return
	kota install --json /tmp/d >/tmp/json
	[ $? = 1 ] && grep -q '"cause": "SIZE"' /tmp/json || { cat /tmp/json; return 1; }
	bytes | diff /tmp/before - || return
	kota status --json >/tmp/status
	cat /tmp/status
	[ "$(sed -n 's/^ *"sequence": \([0-9]*\),*$/\1/p' /tmp/status | head -n 1)" = 0 ]
}

provision >/dev/null || exit
t unequal.does_not_fit does_not_fit
plan
exit "$kt_failed"
