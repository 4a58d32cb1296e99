# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by the boots lacks-*, whose kernels leave out an algorithm at boot, by
# initcall_blacklist= with the names that 7.x and 6.12 have for it.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

sequence=0

# made NAME [PACK-OPTION...]: complete but for the signature, with a new image in
# /tmp/NAME.img
made()
{
	sequence=$((sequence + 1))
	head -c 300000 /dev/urandom >"/tmp/$1.img"
	pack "/tmp/$1.img" $sequence "/tmp/$1" "${@:2}" >/dev/null
}

# whole NAME [SIGN-OPTION...]
whole()
{
	sign "${@:2}" "/tmp/$1" && kota wrap --device /tmp/identity "/tmp/$1" >/dev/null
}

# missing ["USE NAME"...]: what status says is not in this kernel, and no more
missing()
{
	kota status >/tmp/status.text || return
	diff <(printf '%s\n' "$@") \
		<(sed -n 's/^  \([a-z]*\)  *\(.*[^ ]\)  *NOT in this kernel$/\1 \2/p' /tmp/status.text)
}

# For programs: these have no driver, all others have one.
missing_json()
{
	kota status --json | sed -n '/"algorithms": \[/,/^ *\]/p' | tr -d '\n' | tr '{' '\n' |
		grep '"use"' >/tmp/algorithms || return
	cat /tmp/algorithms
	diff <(printf '%s\n' "$@") <(grep -v '"driver"' /tmp/algorithms |
		sed 's/.*"use": "\([^"]*\)", *"name": "\([^"]*\)".*/\1 \2/')
}

# Slots, and the record but for the refusal, which it is to have.
state()
{
	sha256sum "/dev/$(mtd slot-a)" "/dev/$(mtd slot-b)"
	kota status --json | sed '/"refusal": {/,/}/d; s/,$//'
}

# says MEMBER VALUE: a line of it in what was refused last
says()
{
	grep -qF "\"$1\": $2" /tmp/json || { cat /tmp/json; echo "not said: $1 $2"; return 1; }
}

# refused NAME TEXT: with ENOPKG, by write(2) already, and nothing has changed
refused()
{
	state >/tmp/before
	fails_with "Package not installed" \
		dd if="/tmp/$1" of=/dev/kota bs=64K conv=nocreat || return
	kota install --json "/tmp/$1" >/tmp/json
	[ $? = 1 ] && says cause '"ALGORITHM"' && says errno 65 && says errno_name '"ENOPKG"' &&
		says expected "\"$2\"" && state | diff /tmp/before -
}

# What the kernel can do, it does.
installs()
{
	made good "$@" && whole good && kota install /tmp/good && same /tmp/good.img slot-b
}
