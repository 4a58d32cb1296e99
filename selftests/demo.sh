#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The main job as a story: a board is provisioned, an update is packed, signed and
# encrypted for it, the kernel verifies it and writes it to flash, the board
# reboots and remembers, and attacks are refused. Anything unexpected ends it with
# status 1. This is the host's half; demo-guest.sh is the board's.

set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd -P)
[ -n "${KOTA_INSIDE:-}" ] || exec "$top/selftests/qemu/enter" "$0" "$@"

export PATH="$top/selftests/qemu:$PATH"
vendor=3d97730d-5a93-5e28-9f41-6fe91aaf06d6
class=917cb326-308a-5865-a7b2-03c5da987fd2
other_class=00000000-0000-4000-8000-000000000000

run=$(mktemp -d /tmp/kota-demo.XXXXXX)
share=$run/lab/run
board=
clean_up()
{
	local status=$?

	[ -z "$board" ] || kill "$board" 2>/dev/null || :
	wait
	rm -rf "$run"
	exit $status
}
trap clean_up EXIT
trap 'exit 1' INT TERM

bold=
plain=
if [ -t 1 ]; then
	bold=$'\033[1m' plain=$'\033[0m'
fi

chapter()
{
	printf '\n%s== %s%s\n' "$bold" "$*" "$plain"
}

fail()
{
	printf '\ndemo: %s\n' "$*" >&2
	[ ! -e "$run/console.log" ] || tail -n 20 "$run/console.log" >&2
	exit 1
}

# Show a command as a person would type it, and run it.
show()
{
	printf '%s$ %s%s\n' "$bold" "$(echo "$*" | sed "s,$work/host/,,; s,$run/,,g; s,$share/,,g; s,$work/,,g")" "$plain"
	"$@"
}

# wait_for FILE: until the board has put it there, or is no more
wait_for()
{
	for _ in $(seq 1200); do
		[ ! -e "$share/$1" ] || return 0
		kill -0 "$board" 2>/dev/null || fail "the board went down before $1 was there"
		sleep 0.1
	done
	fail "the board did not bring $1"
}

# Whole or not there: the other side looks for the name.
give()
{
	cp "$1" "$share/$2.part"
	mv "$share/$2.part" "$share/$2"
}

start_board()
{
	lab boot --run "$run" --timeout 600 --env "DEMO_PART=$1" \
		--script "$top/selftests/demo-guest.sh" &
	board=$!
}

end_board()
{
	wait "$board" || { board=; fail "the board's part $1 failed"; }
	board=
}

# package FILE SEQUENCE VERSION CLASS SIGNER DEVICE
package()
{
	"$kota" pack --image "$image" --target firmware --image-version "$3" \
		--sequence "$2" --vendor $vendor --class "$4" --cipher aes-256-gcm \
		--release "demo $3" -o "$run/$1" >/dev/null 2>&1
	"$kota" sign --quiet --key "$pki/$5.key" --cert "$pki/$5.pem" "$run/$1" >/dev/null
	"$kota" wrap --device "$6" --cek "$run/$1.cek" "$run/$1" >/dev/null
}

# A board that is somebody else's: the public half of a fresh key.
stranger_board()
{
	local key

	key=$(openssl ecparam -name prime256v1 -genkey -noout |
	      openssl ec -pubout -outform DER 2>/dev/null | tail -c 64 | base64 -w0)
	echo "kota-device-v1 p256 1 $key"
}

# One bit of the last chunk: before the END, the chunk's tag and a byte.
flip_last_chunk()
{
	local pos old

	pos=$(($(stat -c %s "$1") - 16 - 16 - 1))
	old=$(od -An -tu1 -j "$pos" -N 1 "$1" | tr -d ' ')
	printf '%b' "\\0$(printf %o $((old ^ 1)))" |
		dd of="$1" bs=1 seek="$pos" conv=notrunc status=none
}

chapter "Kernel, board and helper are brought up to date"
work=$(stage 7 release)
kota=$work/host/kota
pki=$work/pki
image=$work/kernel/arch/arm64/boot/Image
mkdir -p "$share/signers"
cp "$pki/signer.der" "$share/signers/"
cp "$top/selftests/unseal-root" "$share/"
ls -l "$image" | awk '{ print "the update is the kernel itself: " $5 " bytes" }'

chapter "Step 0 at the factory: the board boots for the first time and gets its root key"
start_board first
wait_for device.id
echo "on the host, the board's public identity:"
cat "$share/device.id"

chapter "Steps 0 to 2 on the host: create, sign, protect"
show "$kota" pack --image "$image" --target firmware --image-version 2.0 --sequence 20 \
	--vendor $vendor --class $class --cipher aes-256-gcm --release "demo 2.0" \
	-o "$run/update.kota"
show "$kota" sign --key "$pki/signer.key" --cert "$pki/signer.pem" "$run/update.kota"
show "$kota" wrap --device "$share/device.id" --cek "$run/update.kota.cek" "$run/update.kota"
show "$kota" inspect "$run/update.kota"
cp "$image" "$share/image"

chapter "Steps 4 to 11 on the board: the kernel takes the stream"
give "$run/update.kota" update.kota
end_board first

chapter "On the host: deliverables that must not be installed"
cp "$run/update.kota" "$run/flipped.kota"
flip_last_chunk "$run/flipped.kota"
package class.kota 30 3.0 $other_class signer "$share/device.id"
package older.kota 10 1.0 $class signer "$share/device.id"
package stranger.kota 30 3.0 $class stranger-signer "$share/device.id"
stranger_board >"$run/stranger.id"
package envelope.kota 30 3.0 $class signer "$run/stranger.id"
for f in flipped class older stranger envelope; do
	give "$run/$f.kota" "$f.kota"
	echo "$f.kota"
done

chapter "The board boots again, with the same TPM and the same flash"
start_board second
end_board second

chapter "Summary"
cat "$share/summary"
echo "demo: all as it should be"
