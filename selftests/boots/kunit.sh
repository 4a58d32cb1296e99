# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab mem=512 timeout=120 tpm=fresh
# tests: kota_* anchors.*
#
# The KUnit suites, which run when the module that has them is loaded and tell
# the kernel's log how it went. The two anchors of this module have one key, so it
# gives no device to anybody.

log=/tmp/log
end="kunit.sh: all has been said"

# KTAP of this load, without its own plan, which only newer kernels print.
ktap()
{
	grep -E '^ *(#|ok |not ok )|^ +1\.\.' $log
}

same_anchors()
{
	grep -q "kota: the two anchors have the same key" $log &&
		grep -q "probe.* failed with error -22" $log && [ ! -e /dev/kota ]
}

echo "TAP version 13"
# One for each suite, or one that is gone would not be missed; and one for the anchors
echo "1..20"
dmesg -C
# Follows: when much is wrong, more is said than the kernel's buffer holds.
dmesg -t -w >$log &
insmod "$STAGE/kota-kunit.ko"
loaded=$?
echo "$end" >/dev/kmsg
for _ in {1..100}; do
	! grep -q "$end" $log || break
	sleep 0.1
done
kill $!
ktap
if same_anchors; then
	echo "ok 14 - anchors.same_key"
else
	sed 's/^/# /' $log
	echo "not ok 14 - anchors.same_key"
fi
[ $loaded = 0 ] && rmmod kota
