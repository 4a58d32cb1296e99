# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/small.dtso mem=512 timeout=120 tpm=fresh
# tests: caller32.*
#
# A 32-bit program on this 64-bit kernel.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

provision >/dev/null || exit
head -c 300000 /dev/urandom >/tmp/image
pack /tmp/image 5000000000 /tmp/good >/dev/null && sign /tmp/good &&
	kota wrap --device /tmp/identity /tmp/good >/dev/null || exit
cp /tmp/good /tmp/spoilt
change_byte /tmp/spoilt 100000
"$STAGE/tests/caller32" /tmp/good /tmp/spoilt || kt_failed=1
t caller32.slot same /tmp/image slot-b
plan
exit "$kt_failed"
