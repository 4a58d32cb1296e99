#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# make-unpack-vectors.sh >unpack_vectors.h: frames by the zstd program for
# unpack_kunit.c. What is wrong with a frame the test builds by itself.

set -eu
LC_ALL=C
export LC_ALL

dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT

# array NAME OPTION...
array()
{
	name=$1
	shift
	zstd -q -19 "$@" -c "$dir/text" >"$dir/frame"
	printf '\nstatic const u8 %s[] = {\n' "$name"
	od -An -v -tx1 -w12 "$dir/frame" | sed 's/ \(..\)/0x\1, /g; s/^/\t/; s/ $//'
	printf '};\n'
}

# The test makes the same text: the numbers from 1 to 300, one a line.
seq 300 >"$dir/text"

cat <<END
/* SPDX-License-Identifier: GPL-2.0 */
/* Made by make-unpack-vectors.sh: do not edit. */
#ifndef KOTA_UNPACK_VECTORS_H
#define KOTA_UNPACK_VECTORS_H
END
array text_frame --no-check
array text_frame_with_checksum --check
printf '\n#endif /* KOTA_UNPACK_VECTORS_H */\n'
