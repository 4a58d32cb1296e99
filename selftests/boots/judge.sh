# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: where=host configs=release timeout=60
# tests: judge.*
#
# Who judges the tests: what the lab makes of their output, and what trace-check
# makes of the lab's results.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

# judged WANTED LINE...: what these lines of TAP come to, reasons left out
judged()
{
	local wanted=$1
	shift
	printf '%s\n' "$@" | "$TOP/selftests/qemu/lab" judge >judged || return
	cat judged
	[ "$(cut -f1,2 judged | tr '\t' ' ')" = "$wanted" ]
}

results()
{
	judged "a pass" 1..1 "ok 1 - a" && judged "a fail" 1..1 "not ok 1 - a" &&
		judged $'a pass\nb fail' 1..2 "ok 1 a" "# because" "not ok 2 b" &&
		grep -q because judged
}

# What fails stays failed, whatever it is called
directives()
{
	judged "a skip" 1..1 "ok 1 - a # SKIP no such thing" && grep -q "no such thing" judged &&
		judged "a fail" 1..1 "not ok 1 - a # SKIP no such thing" &&
		judged "a fail" 1..1 "not ok 1 - a # TODO some day" &&
		judged "a fail" 1..1 "ok 1 - a # TODO some day" &&
		judged "a fail" 1..1 "ok 1 - a # XFAIL as ever" &&
		judged "a fail" 1..1 "not ok 1 - a # XFAIL as ever"
}

subtests()
{
	judged $'s.a pass\ns.b fail' 1..1 "    # Subtest: s" "    1..2" "    ok 1 a" "    not ok 2 b" \
			"not ok 1 s" &&
		judged $'s.a pass\ns fail' 1..1 "    # Subtest: s" "    1..1" "    ok 1 a" "not ok 1 s"
}

plans()
{
	judged "problem no plan: nothing was tested" "# hello" &&
		judged $'a pass\nproblem 1 planned tests did not run' 1..2 "ok 1 a" &&
		judged $'a pass\nb pass\nproblem 1 tests more than planned' 1..1 "ok 1 a" "ok 2 b" &&
		judged $'a pass\ns pass\nproblem s: 1 planned tests did not run' 1..2 "ok 1 a" \
			"    1..1" "ok 2 s"
}

# ---- the trace

# A requirement with two tests, one that is open, a cause; what may be skipped; a run.
tables()
{
	mkdir -p tree uapi/linux
	printf '#define KOTA_CAUSES(X)\t\\\n\tX(MAGIC, 1, ENOEXEC, "no magic")\n\n' >uapi/linux/kota.h
	printf '%s\t%s\n' name what one "a thing" two "another" \
		CAUSE.MAGIC "ENOEXEC: no magic" >tree/requirements.tsv
	printf '%s\t%s\t%s\t%s\n' name status tests note one covered 'a.x,a.y*' '' \
		two open '' '' CAUSE.MAGIC covered a.x '' >tree/trace.tsv
	printf '%s\t%s\t%s\n' test kernel why a.x 6.12 "not there" >tree/skips.tsv
	{
		printf '%s\t%s\t%s\t%s\t%s\t%s\n' kernel config boot test result reason
		printf '%s\tdebug\tb\t%s\t%s\t\n' "$@"
	} >results.tsv
}

# trace STATUS TEXT: so it ends, and says so
trace()
{
	local out status=0
	out=$("$TOP/selftests/trace-check" results.tsv tree) || status=$?
	echo "$out"
	[ $status = "$1" ] && grep -qxF -- "$2" <<<"$out"
}

good="2 covered, 1 open"

tests_of_a_name()
{
	tables 7.3 a.x pass 7.3 a.y1 pass && trace 0 "$good" &&
		tables 7.3 a.x pass 7.3 a.x skip 7.3 a.y.1 pass && trace 0 "$good" &&
		tables 7.3 a.x pass 7.3 a.x fail 7.3 a.y1 pass && trace 1 "FAIL one: a.x failed" &&
		tables 7.3 a.x pass && trace 1 "FAIL one: a.y* did not run"
}

skipped()
{
	tables 6.12.107 a.x skip 6.12.107 a.y1 pass && trace 0 "$good" &&
		tables 6.12 a.x skip 6.12 a.y1 pass && trace 0 "$good" &&
		tables 6.12.107 a.x fail 6.12.107 a.y1 pass && trace 1 "FAIL one: a.x failed" &&
		tables 6.1.2 a.x skip 6.1.2 a.y1 pass && trace 1 "FAIL one: a.x was skipped" &&
		tables 6.120 a.x skip 6.120 a.y1 pass && trace 1 "FAIL one: a.x was skipped" &&
		tables 7.3 a.x skip 6.12 a.x skip 6.12 a.y1 pass &&
		trace 1 "FAIL one: a.x was skipped" &&
		tables 6.12 a.x pass 6.12 a.y1 skip && trace 1 "FAIL one: a.y* was skipped"
}

# No requirement goes lost, none is made up.
names()
{
	tables 7.3 a.x pass 7.3 a.y1 pass && sed -i /^two/d tree/trace.tsv &&
		trace 1 "FAIL two: has no row" &&
		tables 7.3 a.x pass 7.3 a.y1 pass && sed -i /^two/d tree/requirements.tsv &&
		trace 1 "FAIL two: nobody asks for it in requirements.tsv" &&
		tables 7.3 a.x pass 7.3 a.y1 pass && sed -i p tree/trace.tsv &&
		trace 1 "FAIL two: stands here twice"
}

# Each cause of a refusal is asked for, as it is today.
causes()
{
	local differs="not the same in requirements.tsv and linux/kota.h"
	tables 7.3 a.x pass 7.3 a.y1 pass &&
		sed -i 's/^.*X(MAGIC.*/&\t\\\n\tX(NEW, 2, ENOLINK, "new")/' uapi/linux/kota.h &&
		trace 1 "FAIL CAUSE.NEW: $differs" &&
		tables 7.3 a.x pass 7.3 a.y1 pass && sed -i s/ENOEXEC/EPERM/ uapi/linux/kota.h &&
		trace 1 "FAIL CAUSE.MAGIC: $differs" &&
		tables 7.3 a.x pass 7.3 a.y1 pass && sed -i /X.MAGIC/d uapi/linux/kota.h &&
		trace 1 "FAIL CAUSE.MAGIC: $differs"
}

# What the tree has, against a run in which nothing ran
tree()
{
	local nr
	nr=$(grep -cP '\tcovered\t' "$TOP/selftests/trace.tsv")
	tables 7.3 no.test pass
	cp "$TOP"/selftests/{trace,requirements,skips}.tsv tree
	cp "$TOP/uapi/linux/kota.h" uapi/linux
	trace 1 "$nr covered, $(grep -cP '\topen\t' tree/trace.tsv) open" >traced
	grep FAIL traced | grep -v ' did not run$'
	[ "$(grep FAIL traced | cut -d: -f1 | sort -u | wc -l)" = "$nr" ] &&
		! grep FAIL traced | grep -v ' did not run$'
}

t judge.results results
t judge.directives directives
t judge.subtests subtests
t judge.plans plans
t judge.tests_of_a_name tests_of_a_name
t judge.skipped skipped
t judge.names names
t judge.causes causes
t judge.tree tree
plan
exit "$kt_failed"
