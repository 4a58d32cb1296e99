# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by the boots: TAP for tests in shell, and what most boots begin with.

kt_nr=0
# Without a guest /tmp is everybody's.
kt_said=${TMPDIR:-/tmp}/tap.out
# shellcheck disable=SC2034 # the boots exit with it
kt_failed=0
export KEYS=$STAGE/keys

# t NAME CMD...: one test; what CMD says is shown if it fails.
t()
{
	local name=$1 verdict=ok
	shift
	kt_wanted "$name" || return 0
	kt_why=
	"$@" >"$kt_said" 2>&1 || verdict="not ok"
	[ "$verdict" = ok ] || { sed 's/^/# /' "$kt_said"; kt_failed=1; }
	kt_nr=$((kt_nr + 1))
	echo "$verdict $kt_nr - $name${kt_why:+ # SKIP $kt_why}"
}

# skip WHY: for a test that has found out that it can't be run here
skip()
{
	kt_why=$1
}

# With T= only what was asked for, unless that is all.
kt_wanted()
{
	case ${KOTA_TEST:-} in
	'') return 0 ;;
	esac
	[[ $1 = "$KOTA_TEST" || $1 = "$KOTA_TEST".* ]]
}

# The plan, when all tests in shell have run; then programs of the harness, each
# with its own plan, may follow.
plan()
{
	[ $kt_nr = 0 ] || echo "1..$kt_nr"
	kt_nr=0
}

# A program of the harness. T=group, group.variant, or group.test where there are
# no variants, runs that; all else in it does not run.
harness()
{
	local program=$STAGE/tests/$1 group second row opts=()
	shift
	if [ -n "${KOTA_TEST:-}" ]; then
		IFS=. read -r group second _ <<<"$KOTA_TEST"
		row=$("$program" -l 2>&1 | grep "^$group ") || return 0
		# The harness takes what any of its options names: one, then.
		opts=(-f "$group")
		[ -z "$second" ] || opts=(-v "$second")
		[ -z "$second" ] || [ "$(wc -w <<<"$row")" != 2 ] || opts=(-t "$second")
	fi
	# shellcheck disable=SC2034 # the boots exit with it
	"$program" "${opts[@]}" "$@" || kt_failed=1
}

# Where a sample of every 4th begins: at random, or as SEED= has it.
kt_first()
{
	echo "# SEED=${SEED:=$RANDOM}" >&2
	echo $(((SEED % 4 + 4) % 4))
}

# harness_sampled PROGRAM GROUP [MEDIUM]: one group of it. The debug kernel, which takes
# long, gets every 4th variant, from a random one on; so does another medium than flash,
# on which all of them were run.
harness_sampled()
{
	local first name opts=(-f "$2")
	[[ -z ${KOTA_TEST:-} || $KOTA_TEST = "$2" || $KOTA_TEST = "$2".* ]] || return 0
	[ -z "${KOTA_TEST:-}" ] || opts=()
	if [[ -z ${KOTA_TEST:-} && $KOTA_CONFIG${3:+-sampled} != release ]]; then
		first=$(kt_first)
		echo "# $2: every 4th variant, from number $first on"
		opts=()
		for name in $("$STAGE/tests/$1" -l 2>&1 | awk -v group="$2" -v nr="-$first" '
				/^-/ { here = 0 }
				$1 == group && !/^ / { here = 1; $1 = $2 }
				here && nr++ % 4 == 0 { print $1 }'); do
			opts+=(-v "$name")
		done
	fi
	harness "$1" "${opts[@]}"
}

fails()
{
	! "$@"
}

# change_byte FILE OFFSET: one bit of it; what is put there instead could be there
change_byte()
{
	local old
	old=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ') && [ -n "$old" ] &&
		printf '%b' "\\0$(printf %o $((old ^ 1)))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# Fails, and says so in the words given: refused for the reason that is meant.
fails_with()
{
	local words=$1 out
	shift
	out=$("$@" 2>&1) && { echo "$out"; echo "did not fail"; return 1; }
	echo "$out"
	[[ $out = *"$words"* ]]
}

mtd()
{
	sed -n "s/^\(mtd[0-9]*\): .* \"$1\"$/\1/p" /proc/mtd
}

# Device of a partition with that name, without /dev.
partition()
{
	local dev
	dev=$(grep -lx "PARTNAME=$1" /sys/class/block/*/uevent | head -n 1)
	dev=${dev%/uevent}
	[ -n "$dev" ] && echo "${dev##*/}"
}

# A member of status, the last one of that name.
status_of()
{
	kota status --json | sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" | tail -1
}

ring()
{
	sed -n "s/^\([0-9a-f]*\) .* keyring *$1: .*/0x\1/p" /proc/keys | tail -1
}

# The signers that the rings are to have.
put_signers()
{
	mkdir -p /tmp/signers /tmp/offline
	cp "$PKI/signer.der" "$PKI/signer2.der" /tmp/signers
	cp "$PKI/offline-signer.der" /tmp/offline
}

# A new device with its keys loaded and its signers known; prints its identity.
# With parameters for the module, if there are any.
provision()
{
	insmod "$STAGE/kota.ko" "$@" || return
	kota provision >/tmp/identity || return
	put_signers
	kota load-keys --signers /tmp/signers --offline-signers /tmp/offline >&2 || return
	cat /tmp/identity
}

# The same device, in a boot that goes on from another one.
again()
{
	insmod "$STAGE/kota.ko" "$@" || return
	put_signers
	kota load-keys --signers /tmp/signers --offline-signers /tmp/offline >&2
}

# add_signers release|offline NAME...: their certificates into the ring
add_signers()
{
	local serial name
	serial=$(ring ".kota-$1")
	for name in "${@:2}"; do
		keyctl padd asymmetric "" "$serial" <"$PKI/$name.der" >/dev/null || return
	done
}

VENDOR=3d97730d-5a93-5e28-9f41-6fe91aaf06d6
CLASS=917cb326-308a-5865-a7b2-03c5da987fd2

# pack IMAGE SEQUENCE FILE [OPTION...]
pack()
{
	kota pack --image "$1" --target firmware --image-version "v$2" --sequence "$2" \
		--vendor $VENDOR --class $CLASS --release "kselftest $2" -o "$3" "${@:4}"
}

sign()
{
	kota sign --quiet --key "$KEYS/signer.key" --cert "$PKI/signer.pem" "$@"
}

# same FILE MTD: the device begins with the bytes of the file.
same()
{
	cmp -n "$(stat -c %s "$1")" "$1" "/dev/$(mtd "$2")"
}

# Somebody at the device, with the overlay presence: presses what is simulated again and
# again, since for gpio-sim a pull is all that there is, and kota's would win once.
kt_sim=$(echo /sys/devices/platform/gpio-sim*/gpiochip*/sim_gpio3)
kt_presser=

# press ON OFF: seconds, by turns
press()
{
	local never
	exec {never}<> <(:)
	while echo pull-up >"$kt_sim/pull"; do
		read -rt "$1" -u "$never"
		[ -z "${2:-}" ] || { echo pull-down >"$kt_sim/pull" && read -rt "$2" -u "$never"; }
	done
}

# present [ON OFF]: until absent
present()
{
	absent
	press "${1:-0.005}" "${2:-}" &
	kt_presser=$!
}

absent()
{
	[ -z "$kt_presser" ] || { kill "$kt_presser" && wait "$kt_presser"; }
	kt_presser=
	echo pull-down >"$kt_sim/pull"
}
