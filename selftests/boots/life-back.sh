# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso mem=512 timeout=300 after=life-fails
# tests: back.*
#
# The boot after life-fails, back in slot a; then an update that the loader gives up.

# shellcheck source=selftests/life.sh
. "$STAGE/tests/life.sh"

why()
{
	update failed 8 0 && kota why | grep -q "sequence 8 in slot b has failed: check.d/10-works failed"
}

# So that the loader never tries it again.
deserted()
{
	kota boot --hooks $hooks && loader_heard "set-primary a" "set-state b bad" "set-state a good"
}

# Another refusal does not hide it.
why_still()
{
	fails kota install - < <(echo nonsense) && why
}

next()
{
	install 9 && update ready 9 0 && kota activate --hooks $hooks && loader_heard "set-primary b"
}

again_with_identity || exit
t back.why why
t back.deserted deserted
t back.why_still why_still
t back.next next
plan
exit "$kt_failed"
