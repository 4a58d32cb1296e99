# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# In the guest, on one CPU: kota and the limit by turns. BENCH has the size, in MiB,
# and how often it is measured. Lines, times in nanoseconds:
#
#	kernel RELEASE
#	kota MIB TIME PEAK
#	limit MIB TIME
#	part MIB NAME TIME

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

log2=${BENCH_LOG2_CHUNK:-16}
mib=${BENCH%:*}

# The module tells its numbers in the log; that it does not stay is no failure.
limit()
{
	dmesg -C
	insmod "$STAGE/limit.ko" mtd="bench$mib-b" mib="$mib" chunk=$((1 << log2)) 2>/dev/null
	dmesg | sed -n -e "s/.*limit: sum /limit /p" -e "s/.*limit: part /part $mib /p" |
		grep . || { dmesg >&2; return 1; }
}

provision >/dev/null || exit
echo "kernel $(uname -r)"
for _ in $(seq "${BENCH#*:}"); do
	"$STAGE/tests/bench" "bench$mib" "$mib" "$log2" || exit
	limit || exit
done
