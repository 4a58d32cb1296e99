# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab mem=512 timeout=300 after=install append=mtdparts=0.flash:-(evil)
# tests: reboot.* root.* flash.* af_alg.*
#
# The boot after install: what it remembers; and what root can't do, on the
# hardened kernel. Each test first does the same where the one guard is off.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

run=/lab/run

# ---- flash, by the tools that everybody has

digest()
{
	sha256sum "/dev/$(mtd "$1")"
}

# each WHAT: succeeds on env, which nothing guards; fails on the rest, and leaves
# it alone.
each()
{
	local name before
	"$1" env || { echo "does not even work on env"; return 1; }
	for name in slot-a slot-b state; do
		before=$(digest $name)
		if "$1" $name; then
			echo "worked on $name"
			return 1
		fi
		[ "$(digest $name)" = "$before" ] || { echo "$name has changed"; return 1; }
	done
}

by_dd()
{
	head -c 4096 /dev/urandom >/tmp/bytes
	flash_erase "/dev/$(mtd env)" 0 0 >/dev/null 2>&1
	dd if=/tmp/bytes of="/dev/$(mtd "$1")" bs=4096 conv=notrunc 2>&1 &&
		cmp -n 4096 /tmp/bytes "/dev/$(mtd "$1")"
}

by_flash_erase()
{
	flash_erase "/dev/$(mtd "$1")" 0 1 2>&1
}

by_flashcp()
{
	head -c 4096 /dev/urandom >/tmp/bytes
	flashcp /tmp/bytes "/dev/$(mtd "$1")" 2>&1
}

by_mtdblock()
{
	local dev
	dev=/dev/mtdblock$(mtd "$1" | tr -dc 0-9)
	head -c 4096 /dev/urandom >/tmp/bytes
	dd if=/tmp/bytes of="$dev" bs=4096 conv=notrunc,fsync 2>&1 &&
		cmp -n 4096 /tmp/bytes "/dev/$(mtd "$1")"
}

# The block device made writable again, as root may with any disk.
by_blockdev()
{
	local dev
	dev=/dev/mtdblock$(mtd "$1" | tr -dc 0-9)
	blockdev --setrw "$dev"
	by_mtdblock "$1"
}

# UBI formats what it is attached to, where it may. env is too small for it.
by_ubi()
{
	local number name=$1 status
	[ "$name" != env ] || name="mtdram test device"
	number=$(mtd "$name")
	ubiattach -m "${number#mtd}" -d 7 2>&1 || return
	ubimkvol /dev/ubi7 -N evil -s 64KiB 2>&1
	status=$?
	ubidetach -d 7
	return $status
}

is_blank()
{
	[ "$(LC_ALL=C tr -d '\377' <"/dev/$(mtd "$1")" | head -c 1 | wc -c)" = 0 ]
}

# Where there are other data than its own it does nothing, guard or no guard: comes
# first, while slot a is blank.
no_ubi()
{
	local status
	is_blank slot-a || { echo "slot-a is not blank"; return 1; }
	insmod "$STAGE/mtdram.ko" total_size=4096 erase_size=64 && insmod "$STAGE/ubi.ko" || return
	each by_ubi
	status=$?
	rmmod ubi mtdram
	return $status
}

by_command_line()
{
	grep -q 'mtdparts=0.flash:-(evil)' /proc/cmdline || return
	[ -z "$(mtd evil)" ] && ! grep -q '"0.flash"' /proc/mtd
}

# ---- the root key

tpm_unseals()
{
	unseal-root
}

# load-keys, and who tells it which serial the key had.
load_keys()
{
	strace -f -e trace=add_key -o /tmp/strace kota load-keys --signers /tmp/signers || return
	SERIAL_ROOT=$(sed -n 's/.*add_key("trusted", "kota:root".* = \([0-9]*\)$/\1/p' /tmp/strace | tail -1)
	[ -n "$SERIAL_ROOT" ]
}

identity_same()
{
	kota provision >/tmp/identity && cmp /tmp/identity $run/identity
}

# Whatever its owner has set: through the platform hierarchy all would be lost. The
# control is boot nv, which does it.
platform_closed()
{
	export TPM2TOOLS_TCTI=device:/dev/tpmrm0
	tpm2_getcap properties-variable | grep -q 'phEnable: *0' && fails tpm2_clear -c p &&
		fails tpm2_hierarchycontrol -C p phEnable set
}

gone_from_rings()
{
	[ -n "$SERIAL_ROOT" ] && ! keyctl describe "$SERIAL_ROOT" && ! keyctl read "$SERIAL_ROOT" &&
		! keyctl pipe "$SERIAL_ROOT"
}

own_key()
{
	keyctl add trusted own "new 64 keyhandle=0x81000001" @u >/tmp/own &&
		SERIAL_OWN=$(cat /tmp/own)
}

# ---- rings: each order succeeds on a ring of one's own

orders_on()
{
	local ring=$1 n=0
	keyctl setperm "$ring" 0x3f3f3f3f && n=$((n + 1))
	keyctl link "$ring" @u && n=$((n + 1))
	keyctl chown "$ring" 65534 && n=$((n + 1))
	keyctl timeout "$ring" 100 && n=$((n + 1))
	keyctl restrict_keyring "$ring" && n=$((n + 1))
	echo "$n orders were obeyed on $ring"
	return $((n))
}

own_ring_obeys()
{
	local own
	own=$(keyctl newring own @u) || return
	orders_on "$own"
	[ $? = 5 ]
}

# Each is refused because it is not permitted, and not because there is no such ring.
ring_obeys_not()
{
	local serial
	serial=$(ring "$1")
	[ -n "$serial" ] || { echo "there is no $1"; return 1; }
	orders_on "$serial" 2>&1 | tee /tmp/orders
	[ "$(grep -c "Permission denied" /tmp/orders)" = 5 ] &&
		grep -q "^0 orders were obeyed" /tmp/orders
}

# Another key for the anchors' ring, another ring inside the signers' ring.
nothing_gets_in()
{
	local own release anchors
	own=$(keyctl newring nested @u) && release=$(ring .kota-release) &&
		anchors=$(ring .kota-anchors) || return
	[ -n "$release" ] && [ -n "$anchors" ] || { grep kota /proc/keys; return 1; }
	keyctl padd asymmetric "" "$own" <"$PKI/stranger-signer.der" || return
	fails_with "Operation not supported" keyctl link "$own" "$release" &&
		fails_with "Operation not supported" keyctl add user x y "$release" &&
		fails_with "Permission denied" keyctl link "$own" "$anchors" &&
		fails_with "Permission denied" keyctl padd asymmetric "" "$anchors" \
			<"$PKI/stranger.der"
}

# ---- certificates

# make_cert NAME CA [EXTENSION]: a key pair and its certificate in /tmp
make_cert()
{
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "/tmp/$1.key" \
		2>/dev/null || return
	openssl req -new -key "/tmp/$1.key" -subj "/CN=$1" -out /tmp/csr || return
	printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,%s\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' \
		"${3:-digitalSignature}" >/tmp/ext
	if [ "$2" = self ]; then
		openssl x509 -req -in /tmp/csr -signkey "/tmp/$1.key" -extfile /tmp/ext \
			-out "/tmp/$1.pem"
	else
		openssl x509 -req -in /tmp/csr -CA "$PKI/$2.pem" -CAkey "$KEYS/$2.key" \
			-extfile /tmp/ext -out "/tmp/$1.pem"
	fi && openssl x509 -in "/tmp/$1.pem" -outform DER -out "/tmp/$1.der"
}

add()
{
	keyctl padd asymmetric "" "$(ring .kota-release)" <"$1"
}

certificate_of_the_anchor()
{
	make_cert mine release-anchor && add /tmp/mine.der
}

certificates_of_others()
{
	local ca
	for ca in self stranger signer; do
		make_cert "of-$ca" $ca || return
		fails_with "Required key not available" add "/tmp/of-$ca.der" ||
			{ echo "certified by $ca"; return 1; }
	done
}

# signed_by KEY CERT SEQUENCE: the errno text of cat
signed_by()
{
	head -c 5000 /dev/urandom >/tmp/x.img
	pack /tmp/x.img "$3" /tmp/x >/dev/null &&
		openssl cms -sign -binary -nocerts -nosmimecap -md sha256 -outform DER \
			-in /tmp/x.manifest -signer "$2" -inkey "$1" -out /tmp/x.cms &&
		kota sign --attach /tmp/x.cms /tmp/x >/dev/null &&
		kota wrap --device $run/identity /tmp/x >/dev/null || return 9
	{ cat /tmp/x >/dev/kota; } 2>&1
}

# Each is in the ring, for the anchor certified it, but may not sign. The control:
# the same construction signs with a key that may.
may_not_sign()
{
	local name
	signed_by /tmp/mine.key /tmp/mine.pem 100000000010 || return
	for name in release-anchor sub-ca cert-sign no-sign; do
		add "$PKI/$name.der" || { echo "$name is not taken"; return 1; }
		fails_with "Permission denied" signed_by "$KEYS/$name.key" "$PKI/$name.pem" \
			100000000011 || return
	done
}

# A key that request_key(2) makes is in its caller's ring, whatever that ring is
# restricted to.
requested()
{
	local own release
	make_cert requested self || return
	echo "create asymmetric * * /tmp/instantiate %k" >/etc/request-key.conf
	printf '#!/bin/bash\nkeyctl pinstantiate "$1" 0 </tmp/requested.der\n' >/tmp/instantiate
	chmod 755 /tmp/instantiate
	own=$(keyctl newring requested @u) && keyctl request2 asymmetric requested x "$own" &&
		keyctl unlink "$own" @u || return
	release=$(ring .kota-release)
	keyctl request2 asymmetric requested x "$release"
	keyctl list "$release"
	keyctl list "$release" | grep -q "asymmetric: requested$" ||
		{ echo "not in the ring: nothing was tried"; return 1; }
	fails_with "Required key not available" signed_by /tmp/requested.key /tmp/requested.pem \
		100000000012 && kota why | grep "a signer that the anchor certifies"
}

# ---- rmmod, insmod: nothing is gained

reload()
{
	rmmod kota && insmod "$STAGE/kota.ko"
}

ring_is_empty()
{
	[ "$(status_of release_signers)" = 0 ] &&
		fails_with "Required key not available" cat_to_kota $run/next
}

cat_to_kota()
{
	{ cat "$1" >/dev/kota; } 2>&1
}

own_certificate_again()
{
	local serial
	serial=$(ring .kota-release)
	[ -n "$serial" ] && make_cert again self &&
		fails_with "Required key not available" add /tmp/again.der &&
		fails_with "Permission denied" keyctl restrict_keyring "$serial"
}

signers_alone_do_not()
{
	add "$PKI/signer.der" && fails_with "Protocol driver not attached" cat_to_kota $run/next
}

load_keys_again()
{
	fails_with "PCR 12 has been extended in this boot" kota load-keys --signers /tmp/signers
}

# A root of the attacker's own where the device's should be.
own_root()
{
	keyctl add trusted kota:root "new 64 keyhandle=0x81000001" "$(ring .kota-keys)" || return
	fails_with "State not recoverable" kota_orders keys-load &&
		fails_with "Protocol driver not attached" cat_to_kota $run/next
}

# Orders without the helper.
kota_orders()
{
	"$STAGE/tests/order" "$1"
}

# A signer that is known, until the ring is revoked
revoked_ring()
{
	fails_with "Protocol driver not attached" cat_to_kota $run/next &&
		keyctl revoke "$(ring .kota-release)" &&
		fails_with "Required key not available" cat_to_kota $run/next
}

# ---- what the boot before left

remembers()
{
	kota status --json >/tmp/status
	cat /tmp/status
	grep -q '"state": "complete"' /tmp/status && grep -q '"version": "v100000000003"' /tmp/status &&
		same $run/now.img slot-b
}

remembers_why()
{
	kota why --json | tee /dev/stderr | grep -q '"cause": "SEQUENCE"'
}

keys_not_loaded()
{
	fails_with "Protocol driver not attached" cat_to_kota $run/next
}

older_refused()
{
	fails_with "Stale file handle" cat_to_kota $run/old && same $run/now.img slot-b
}

newer_taken()
{
	cat_to_kota $run/next && same $run/next.img slot-b
}

mkdir -p /tmp/signers
cp "$PKI/signer.der" "$PKI/signer2.der" /tmp/signers
insmod "$STAGE/kota.ko" || exit

t root.flash_ubi no_ubi
t root.flash_dd each by_dd
t root.flash_erase each by_flash_erase
t root.flash_flashcp each by_flashcp
t root.flash_mtdblock each by_mtdblock
t root.flash_blockdev each by_blockdev
t root.flash_command_line by_command_line

t reboot.status remembers
t reboot.why remembers_why
add "$PKI/signer.der" >/dev/null
t reboot.keys_not_loaded keys_not_loaded

t root.unseal_before_load_keys tpm_unseals
t reboot.load_keys load_keys
t reboot.identity identity_same
t root.unseal fails_with "the TPM does not unseal it" tpm_unseals
t root.key_gone gone_from_rings
t root.platform_closed platform_closed
t root.key_of_ones_own own_key
t reboot.older older_refused
t reboot.newer newer_taken

t root.ring_of_ones_own own_ring_obeys
t root.ring_release ring_obeys_not .kota-release
t root.ring_keys ring_obeys_not .kota-keys
t root.ring_anchors ring_obeys_not .kota-anchors
t root.ring_offline ring_obeys_not .kota-offline
t root.ring_nothing_gets_in nothing_gets_in
t root.certificate_of_the_anchor certificate_of_the_anchor
t root.certificates_of_others certificates_of_others
t root.may_not_sign may_not_sign
t root.requested_key requested
plan

# With a flash that has no partitions, where what these forbid works.
export SERIAL_OWN SERIAL_ROOT
insmod "$STAGE/mtdram.ko" total_size=4096 erase_size=64 || exit
harness root
rmmod mtdram || exit

t root.reload reload
t root.reload_empties_the_ring ring_is_empty
t root.reload_own_certificate own_certificate_again
t root.reload_signers_alone signers_alone_do_not
t root.reload_load_keys load_keys_again
t root.reload_unseal fails_with "the TPM does not unseal it" tpm_unseals
t root.reload_own_root own_root
t root.reload_again reload
add "$PKI/signer.der" >/dev/null
t root.ring_revoked revoked_ring
t root.reload_after_revoke reload
plan
exit "$kt_failed"
