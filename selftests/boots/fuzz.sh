# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: where=host configs=release timeout=600
# tests: fuzz.*
#
# The fuzzers build, and nothing that they began with or once found does harm. They
# go on looking with "make fuzz".

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

out=$STAGE/../fuzz

build()
{
	make --no-print-directory -C "$TOP/selftests/fuzz" O="$out" KOTA="$(command -v kota)"
}

# Corpus and regressions, once; each room has been in there.
replay()
{
	"$TOP/selftests/fuzz/run-all" "$out" replay "$out/fuzz_$1" >"$1.txt" 2>&1 || {
		cat "$1.txt"
		return 1
	}
	cat "$1.txt"
	[ -n "$(ls "$out/corpus/$1")" ] && grep -q INITED "$1.txt" && grep -q "^$1.c " "$1.txt"
}

t fuzz.build build
for room in parse manifest cms policy security; do
	t fuzz.$room replay $room
done
plan
exit "$kt_failed"
