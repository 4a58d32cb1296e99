# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso mem=512 timeout=600 tpm=fresh
# tests: claim.* events.*
#
# Two writers, and silent ones; what listeners are told of them.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

# CHECK has an end only where the next step begins: not before a refusal.
check_ends_once()
{
	sed -n 's/.*"step": "\([a-z]*\)", "outcome": "\([a-z]*\)".*/\1 \2/p' /tmp/seen.json |
		awk '
			after == "check done" { n++; if ($0 != "announce begun") { print after, $0; bad = 1 } }
			{ after = $0 }
			END { exit bad || !n }'
}

provision silent_seconds=2 idle_seconds=6 || exit
kota watch --json >/tmp/seen.json &
watcher=$!
case ${KOTA_TEST:-} in
events*) KOTA_TEST='' harness claim -t checked_but_too_old_by_now -t complete_one_gives_way ;;
*) harness claim ;;
esac
kill $watcher
wait $watcher 2>/dev/null
t events.check_ends_once check_ends_once
plan
exit "$kt_failed"
