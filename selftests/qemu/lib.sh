# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced by the lab's shell scripts: where things are, and how they get there.
#
# Everything costly lives in a directory of the cache whose name ends in a hash
# of all that went into it. It is made under another name and renamed when it is
# complete, so that a build that was cut short is never taken for a finished
# one. Older ones stay: remove the cache when the disk is full.

set -eu

lab=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck disable=SC2034 # for those who source us
top=$(cd "$lab/../.." && pwd -P)
cache=${KOTA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kota}
# QEMU's and the shell's idea of the tree must be the same on both sides of
# enter, hence physical paths.
mkdir -p "$cache"
cache=$(cd "$cache" && pwd -P)
export KOTA_CACHE="$cache"

# We may have been called by a make whose options and variables are none of the
# business of those that we call.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL

say()
{
	printf '%s\n' "$*" >&2
}

die()
{
	say "$(basename "$0"): $*"
	exit 1
}

# The words of a file, without its comments.
words()
{
	sed 's/#.*//' "$1" | tr -s '[:space:]' ' '
}

# A short hash of stdin.
hash()
{
	sha256sum | cut -c1-12
}

# Two callers that want the same artefact: the second waits, then finds it.
lock()
{
	mkdir -p "$cache/lock"
	exec 9>"$cache/lock/$1"
	flock 9
}

unlock()
{
	exec 9>&-
}

# The lab's keys: made once, or the anchor in the module would change each time.
pki_dir()
{
	pki=$cache/pki-$(hash <"$lab/pki.sh")
	[ -d "$pki" ] || {
		lock pki
		[ -d "$pki" ] || {
			rm -rf "$pki.new"
			"$lab/pki.sh" "$pki.new"
			mv -T "$pki.new" "$pki"
		}
		unlock
	}
	echo "$pki"
}
