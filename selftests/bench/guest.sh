# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# In the guest, on one CPU: kota and the limit by turns, five times for each size.
# Lines: "kota|limit MIB NANOSECONDS [PEAK]", "part NAME NANOSECONDS".

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

log2=${BENCH_LOG2_CHUNK:-16}

limit()
{
	dmesg -C
	insmod "$STAGE/limit.ko" mtd="bench$1-b" mib="$1" chunk=$((1 << log2)) 2>/dev/null
	dmesg | sed -n -e "s/.*limit: sum /limit /p" -e "s/.*limit: part /part $1 /p"
}

provision >/dev/null || exit
for mib in ${BENCH_MIB:-16 256 1024}; do
	for _ in $(seq "${BENCH_RUNS:-5}"); do
		"$STAGE/tests/bench" "bench$mib" "$mib" "$log2" || exit
		limit "$mib"
	done
done
