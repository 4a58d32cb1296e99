# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: where=host configs=release timeout=60
# tests: manual.*
#
# What uapi/kota.rst lists is what the headers have.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

rst=$TOP/uapi/kota.rst header=$TOP/uapi/linux/kota.h

# NAME NUMBER ERRNO of each cause
in_header()
{
	sed -nE 's/^\tX\(([A-Z_]+), ([0-9]+), (E[A-Z0-9]+),.*/\1 \2 \3/p' "$header"
}

in_table()
{
	sed -nE 's/^([0-9]+) +([A-Z_]+) +``(E[A-Z0-9]+)``.*/\2 \1 \3/p' "$rst"
}

causes()
{
	[ "$(in_header | wc -l)" -ge 43 ] && diff <(in_header) <(in_table)
}

# Each cause is explained under its errno, as "CAUSE:".
explained()
{
	local name errno missing=0
	while read -r name _ errno; do
		awk -v e="- \`\`$errno\`\`:" -v n="$name:" '
			index($0, e) == 1 { inside = 1 }
			inside && /^- ``E/ && index($0, e) != 1 { inside = 0 }
			inside && index($0, n) { found = 1 }
			END { exit !found }' "$rst" || { echo "$errno $name"; missing=1; }
	done < <(in_header)
	return $missing
}

# The prerequisites of status, in their order.
prerequisites()
{
	diff <(sed -n 's/^	{ .name = "\(.*\)",$/\1/p' "$TOP/kmod/prerequisite.c") \
		<(sed -n '/^Prerequisites$/,/^What is not/s/^``\([a-z-]*\)``  *[a-z].*/\1/p' "$rst")
}

# Every file of the module has its line under "Path of a byte".
files()
{
	local f missing=0
	for f in "$TOP"/kmod/*.c "$TOP"/kmod/targets/*.c; do
		f=${f#"$TOP/kmod/"}
		grep -q "\`\`${f}\`\`" "$rst" || { echo "$f"; missing=1; }
	done
	return $missing
}

# What the helper compiles of the module, the manual says.
shared()
{
	diff <(sed -n 's/^shared := //p' "$TOP/helper/Makefile" | tr ' ' '\n' | sort) \
		<(awk '/^``parse.c``, ``prologue.c``/,/^$/' "$rst" | sed -n '1,/compiled in user space/p' |
			grep -oE '``[a-z]+\.c``' | sed 's/``\(.*\)\.c``/\1/' | sort)
}

# Every member of the helper's JSON lines and of refusals, in kota(8).
json_members()
{
	local member missing=0
	sed -n '/^\.SH JSON$/,/^\.SH EXIT/p' "$TOP/helper/kota.8" >json.section
	cd "$TOP/helper" || return
	grep -ohE 'kota_(json|advice)_[a-z0-9]+\(&?j, "[a-z_]+"' \
		show.c advice.c cmd_watch.c cmd_why.c | sed 's/.*"\(.*\)"/\1/' | sort -u >"$OLDPWD/members"
	cd - >/dev/null || return
	[ "$(wc -l <members)" -ge 25 ] || { cat members; return 1; }
	while read -r member; do
		grep -qw -- "$member" json.section || { echo "$member"; missing=1; }
	done <members
	return $missing
}

# next_of CAUSE: what the helper advises, in one line
next_of()
{
	sed -n "/^\t\[KOTA_CAUSE_$1\] =/,/\",\$/p" "$TOP/helper/advice.c" | tr '\n\t' '  '
}

# What is advised are commands and options that there are; a medium is not always flash;
# and what the manual says of a cause is said there too.
advice()
{
	local command option
	next_of '[A-Z_]*' >advice.all
	grep -oE "'kota [^']*'" advice.all | tr -d "'" | sort -u >advice.commands
	[ "$(wc -l <advice.commands)" -ge 10 ] || return
	while read -r _ command option; do
		kota "$command" --help >help || return
		for option in $(grep -oE -- '--[a-z-]+' <<<"$option"); do
			grep -q -- "$option" help || { echo "kota $command $option"; return 1; }
		done
	done <advice.commands
	! grep -oi '.\{20\}flash.*' advice.all || return
	for command in MEDIUM REVERIFY ATTEMPTS; do
		next_of $command | grep -q 'medium' || { echo $command; return 1; }
	done
	tr -s ' \n' ' ' <"$rst" | grep -q 'STATE: the keys are loaded, but the TPM did not say later in this boot what its index holds: reboot' &&
		next_of STATE | grep -q 'Reboot, then run .kota load-keys'
}

t manual.advice advice

# TABLE OFFSET LENGTH FIELD of each field of the state record
record_in_manual()
{
	sed -n '/^State record$/,/^Copy 0 lies/p' "$rst" | awk '
		BEGIN { split("record security slot attempts trial", name) }
		/^======/ { nr++ }
		/^[0-9]+ +[0-9]+ +[a-z]/ { print name[int((nr + 2) / 3)], $1, $2, $3 }'
}

# The structs and what their lengths are made of, from the module's headers.
record_structs()
{
	sed -nE '/^#define KOTA_(STATE_MAX_[A-Z]+|REFUSAL_TEXT_LEN|NR_SLOTS)[[:space:]]/p
		/^struct kota_state_(security|slot|attempts|trial|target|record) \{/,/^};/p' \
		"$TOP/kmod/parse.h" "$TOP/kmod/kota_private.h"
}

# A program that prints the same, by the compiler's measures.
record_program()
{
	printf '#include <stddef.h>\n#include <stdio.h>\n#include <linux/kota.h>\ntypedef __u8 u8;\n'
	record_structs
	echo 'int main(void) {'
	record_structs | sed -E 's,/\*.*\*/,,' | awk '
		function say(expression) { printf "printf(\" %%zu\", %s);\n", expression }
		/^struct/ { type = $2 }
		/^\t/ && type != "kota_state_target" {
			name = $NF
			sub(/[[;].*/, "", name)
			printf "printf(\"%s\");\n", substr(type, 12)
			say("offsetof(struct " type ", " name ")")
			say("sizeof(((struct " type " *)0)->" name ")")
			sub(/^reserved[0-9]$/, "reserved", name)
			printf "puts(\" %s\");\n", name
		}'
	# shellcheck disable=SC2016 # literal backquotes
	printf 'printf("%%zu bytes, little-endian.\\n", sizeof(struct kota_state_record));
		printf("%%d entries of %%zu bytes: name (%%zu), slot a\\n", KOTA_MAX_TARGETS,
		       sizeof(struct kota_state_target), sizeof(((struct kota_state_target *)0)->name));
		printf("(%%zu), slot b (%%zu)\\n", sizeof(struct kota_state_slot),
		       sizeof(struct kota_state_slot));
		printf("bytes 0 to %%zu\\n", offsetof(struct kota_state_record, mac) - 1);
		printf("bytes 0 to %%zu\\n", offsetof(struct kota_state_record, digest) - 1);
		printf("0 to %%d; entries used in ``revoked``\\n", KOTA_STATE_MAX_REVOKED);
		printf("0 to %%d; entries used in ``retired``\\n", KOTA_STATE_MAX_RETIRED);
		printf("%%d key ids of signers\\n", KOTA_STATE_MAX_REVOKED);
		printf("%%d entries of %%zu bytes, as in a manifest\\n", KOTA_STATE_MAX_RETIRED,
		       sizeof(struct kota_retired));\n}\n'
}

# Offsets, lengths and names of all fields, and the numbers in the words beside them.
state_record()
{
	local sentence
	record_program >record.c && gcc -I "$TOP/uapi" -o record record.c && ./record >measured || return
	grep -E '^(record|security|slot|attempts|trial) ' measured | sort -s -k1,1 >fields
	[ "$(wc -l <fields)" -ge 40 ] || { cat fields; return 1; }
	diff fields <(record_in_manual | sort -s -k1,1) || return
	while read -r sentence; do
		sed -n '/^State record$/,/^Copy 0 lies/p' "$rst" | grep -qF -- "$sentence" ||
			{ echo "$sentence"; return 1; }
	done < <(grep -vxFf fields measured)
}

t manual.causes causes
t manual.errnos_explained explained
t manual.prerequisites prerequisites
t manual.files files
t manual.shared shared
t manual.json_members json_members
t manual.state_record state_record
plan
exit "$kt_failed"
