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
	fails_with "0x9A2" tpm2_nvundefine -C o 0x01804b54 &&
		fails_with "0x185" tpm2_clear -c p || return
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
	present
	fails_with "Stale file handle" cat_to_kota /tmp/recovery.kota || return
	kota pack --statement --recovery --sequence 51 --min-sequence 51 --vendor $VENDOR \
		--class $CLASS --release "once more" -o /tmp/newest.kota &&
		kota sign --quiet --ring offline --key "$KEYS/offline-signer.key" \
			--cert "$PKI/offline-signer.pem" /tmp/newest.kota || return
	cat_to_kota /tmp/newest.kota && absent && [ "$(status_of recovery)" = true ]
}

# is_auth HIERARCHY FILE: that is its authorization. tpm2-tools would cut a "file:" off
# at a zero or a newline.
is_auth()
{
	local auth
	auth=hex:$(xxd -p -c 64 "$2") && tpm2_changeauth -c "$1" -p "$auth" "$auth"
}

# What is kept is the TPM's, or is told to be none. /tmp/owner2 was the owner's, and
# is 0x11 now.
not_the_owners()
{
	local file
	# It knows no owner: no file is made, and nothing is said to be set.
	fails_with "the TPM has an owner already" kota provision --owner-auth-out /tmp/new &&
		[ ! -e /tmp/new ] || return
	# What is there is another one.
	head -c 32 /dev/urandom >/tmp/stray && cp /tmp/stray /tmp/stray1 &&
		fails_with "/tmp/stray: not what the TPM's owner wants" \
			kota provision --owner-auth-out /tmp/stray && cmp /tmp/stray /tmp/stray1 || return
	# None at all, or one that anybody guesses.
	: >/tmp/empty
	head -c 64 /dev/zero >/tmp/zeros
	{ head -c 15 /dev/urandom | tr '\0' x; head -c 40 /dev/zero; } >/tmp/short
	printf '\x11' >/tmp/owner3
	for file in /tmp/empty /tmp/zeros /tmp/short /dev/null; do
		fails_with "an authorization has 16 to 64 bytes" kota provision \
			--owner-auth /tmp/owner3 --owner-auth-out $file || return
	done
	[ -c /dev/null ] && is_auth o /tmp/owner3
}

# Who lends it sets another one; what is told is what is so.
owner_lent()
{
	kota provision --owner-auth /tmp/owner3 --owner-auth-out /tmp/new 2>/tmp/said >/tmp/again || return
	cat /tmp/said
	grep -q "the owner's is in /tmp/new" /tmp/said &&
		grep -q "lockout authorization had been set before" /tmp/said &&
		is_auth o /tmp/new && is_auth l /tmp/owner || return
	# Nothing is kept, nothing is to be set.
	kota provision --take-ownership >/tmp/again && is_auth o /tmp/new
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
t ownership.not_the_owners not_the_owners
t ownership.lent owner_lent
t other.used_recovery used_recovery
plan
exit "$kt_failed"
