# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# In the guest, on one CPU: kota and the limit by turns. BENCH has the sizes, in
# MiB, and how often each is measured. Lines: "kota|limit MIB NANOSECONDS [PEAK]", "part NAME NANOSECONDS".

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
for what in ${BENCH:-16:5 256:5 1024:5}; do
	mib=${what%:*}
	for _ in $(seq "${what#*:}"); do
		"$STAGE/tests/bench" "bench$mib" "$mib" "$log2" || exit
		limit "$mib"
	done
done
