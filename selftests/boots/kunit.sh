# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab mem=512 timeout=120 tpm=fresh
# tests: kota_*
#
# The KUnit suites, which run when the module that has them is loaded and tell
# the kernel's log how it went.

# KTAP of this load, without time stamps; without its own plan, which only newer
# kernels print.
ktap()
{
	dmesg | sed 's/^\[ *[0-9.]*\] //' |
		grep -E '^ *(#|ok |not ok )|^ +1\.\.'
}

echo "TAP version 13"
# One for each suite, or one that is gone would not be missed
echo "1..8"
dmesg -C
insmod "$STAGE/kota-kunit.ko"
loaded=$?
ktap
[ $loaded = 0 ] && rmmod kota
