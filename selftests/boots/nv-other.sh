# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/small.dtso,../overlays/presence.dtso mem=512 timeout=180 after=nv tpm=other
# tests: other.* ownership.*
#
# The flash of a device that was in use, on a board with another TPM: refused. Then
# the page "A dead TPM" of the manual, word by word.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

export TPM2TOOLS_TCTI=device:/dev/tpmrm0

cat_to_kota()
{
	{ cat "$1" >/dev/kota; } 2>&1
}

deliverable()
{
	head -c 5000 /dev/urandom >/tmp/d.img
	pack /tmp/d.img "$1" /tmp/d >/dev/null && sign /tmp/d &&
		kota wrap --device /tmp/identity /tmp/d >/dev/null
}

refused()
{
	fails_with "root key" kota load-keys --signers /tmp/signers &&
		fails kota provision || return
	# The signers are there all the same: they may have a recovery to sign.
	[ "$(status_of release_signers)" = 1 ] || return
	[ "$(status_of key_state)" = sealed ] && [ "$(status_of rollback)" = "medium only" ] &&
		fails_with "File exists" "$STAGE/tests/order" provision
}

recovered()
{
	kota pack --statement --recovery --sequence 50 --min-sequence 50 --vendor $VENDOR \
		--class $CLASS --release "new TPM" -o /tmp/recovery.kota &&
		kota sign --ring offline --key "$KEYS/offline-signer.key" \
			--cert "$PKI/offline-signer.pem" /tmp/recovery.kota || return
	keyctl padd asymmetric "" "$(ring .kota-offline)" <"$PKI/offline-signer.der" || return
	fails_with "nobody is present" kota install /tmp/recovery.kota || return
	present && kota install /tmp/recovery.kota && absent || return
	kota provision --owner-auth-out /tmp/owner >/tmp/identity 2>/tmp/said || return
	cat /tmp/identity /tmp/said
	fails grep WARNING /tmp/said && kota load-keys --signers /tmp/signers
}

updated()
{
	deliverable 51 && cat_to_kota /tmp/d && same /tmp/d.img slot-b &&
		[[ $(status_of rollback) = "TPM NV index "* ]]
}

# By what the recovery said, before anything is installed.
older_refused()
{
	deliverable 49 && fails_with "Stale file handle" cat_to_kota /tmp/d
}

# Owned: nobody takes the index away or clears the TPM but who has the file.
owned()
{
	[ "$(stat -c %a:%s /tmp/owner)" = 600:32 ] || return
	fails tpm2_nvundefine -C o 0x01804b54 && fails tpm2_clear -c p || return
	tpm2_getcap properties-variable >/tmp/variable
	grep -q 'ownerAuthSet: *1' /tmp/variable && grep -q 'lockoutAuthSet: *1' /tmp/variable
}

# Cut off and run again: what is set stays.
owned_again()
{
	cp /tmp/owner /tmp/owner1
	kota provision --owner-auth-out /tmp/owner >/tmp/again && cmp /tmp/again /tmp/identity &&
		cmp /tmp/owner /tmp/owner1 || return
	kota provision --owner-auth /tmp/owner --owner-auth-out /tmp/owner2 >/tmp/again &&
		fails cmp /tmp/owner /tmp/owner2 &&
		tpm2_changeauth -c o -p "hex:$(xxd -p -c 64 /tmp/owner2)" "hex:11"
}

# The device is at 51, and nobody but kota can have written that: a recovery to 50, which
# was published, is an old one though the keys are not loaded. Its own number is not.
used_recovery()
{
	rmmod kota && insmod "$STAGE/kota.ko" && [ "$(status_of key_state)" = sealed ] &&
		[ "$(status_of state_protected)" = true ] || return
	keyctl padd asymmetric "" "$(ring .kota-offline)" <"$PKI/offline-signer.der" || return
	echo pull-up >"$sim/pull"
	fails_with "Stale file handle" cat_to_kota /tmp/recovery.kota || return
	kota pack --statement --recovery --sequence 51 --min-sequence 51 --vendor $VENDOR \
		--class $CLASS --release "once more" -o /tmp/newest.kota &&
		kota sign --quiet --ring offline --key "$KEYS/offline-signer.key" \
			--cert "$PKI/offline-signer.pem" /tmp/newest.kota || return
	cat_to_kota /tmp/newest.kota && [ "$(status_of recovery)" = true ]
}

mkdir -p /tmp/signers
cp "$PKI/signer.der" /tmp/signers
insmod "$STAGE/kota.ko" || exit

t other.refused refused
t other.recovered recovered
t other.older_refused older_refused
t other.updated updated
t ownership.taken owned
t ownership.again owned_again
t other.used_recovery used_recovery
plan
exit "$kt_failed"
