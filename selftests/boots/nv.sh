# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/small.dtso,../overlays/open.dtso,../overlays/presence.dtso mem=512 timeout=300 tpm=provisioned
# tests: nv.* generations.* recovery.* driver.*
#
# What binds the state record to the TPM, and what happens when one of the two is
# not what it was. The state partition is open here, and the root is sealed without
# a policy, so that it can be loaded again and again in one boot; what a boot does
# is in root and nv-other.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

export TPM2TOOLS_TCTI=device:/dev/tpmrm0
index=0x01804b54
blob_len_at=7476
blob_at=7480

order()
{
	"$STAGE/tests/order" "$@"
}

reload()
{
	! grep -q '^kota ' /proc/modules || rmmod kota || return
	insmod "$STAGE/kota.ko" || return
	keyctl padd asymmetric "" "$(ring .kota-release)" <"$PKI/signer.der" >/dev/null
}

# What a boot does, without the policy.
load()
{
	reload || return
	keyctl add trusted kota:root "load $blob keyhandle=0x81000001" \
		"$(ring .kota-keys)" >/dev/null && order keys-load
}

# The root that the device has had before, as root could put it there again, by the
# blob that the record has or by another one.
put_old_root()
{
	keyctl clear "$(ring .kota-keys)" &&
		keyctl add trusted kota:root "load ${1:-$blob} keyhandle=0x81000001" \
			"$(ring .kota-keys)" >/dev/null
}

# A new root, taken over by the kernel; its sealed blob, from the record.
provision_open()
{
	local len
	keyctl clear "$(ring .kota-keys)"
	keyctl add trusted kota:root "new 64 keyhandle=0x81000001" "$(ring .kota-keys)" || return
	order provision || return
	kota keys >/tmp/identity || return
	len=$(od -An -tu4 -j $blob_len_at -N 4 "$state" | tr -d ' ')
	blob=$(dd if="$state" bs=1 skip=$blob_at count="$len" status=none | xxd -p | tr -d '\n')
}

restore()
{
	flash_erase -q "$state" 0 0 && dd if="$1" of="$state" bs=64K status=none
}

# deliverable SEQUENCE [IDENTITY]: in /tmp/d
deliverable()
{
	head -c 5000 /dev/urandom >/tmp/d.img
	pack /tmp/d.img "$1" /tmp/d >/dev/null && sign /tmp/d &&
		kota wrap --device "${2:-/tmp/identity}" /tmp/d >/dev/null
}

# Of the device: slots and refusals have theirs, too.
sequence()
{
	kota status --json | sed -n 's/^ *"sequence": \([0-9]*\),*$/\1/p' | head -n 1
}

cat_to_kota()
{
	{ cat "$1" >/dev/kota; } 2>&1
}

install()
{
	deliverable "$@" && cat_to_kota /tmp/d && same /tmp/d.img slot-b &&
		[ "$(sequence)" = "$1" ]
}

# locked ERRNO WORDS: the keys don't load, for this reason, and nothing goes
locked()
{
	local words=$2
	fails_with "$1: $words" load || return
	[ "$(status_of key_state)" = unusable ] || return
	fails_with "Protocol driver not attached" cat_to_kota /tmp/d || return
	fails_with "File exists" order provision
}

# ---- what it is

# With a button on the board, a new device waits for it, too.
nobody_there()
{
	keyctl add trusted kota:root "new 64 keyhandle=0x81000001" "$(ring .kota-keys)" || return
	absent && fails_with "endpoint is not connected: nobody is present" order provision || return
	[ "$(status_of key_state)" = unprovisioned ] && fails tpm2_nvreadpublic $index
}

# By whoever had the line before: it stays when he closes it.
pull_left_behind()
{
	echo pull-up >"$kt_sim/pull" &&
		fails_with "endpoint is not connected: nobody is present" order provision &&
		[ "$(status_of key_state)" = unprovisioned ]
}

# Whenever it is asked for: at some time of these it is not there.
for_moments()
{
	present 0.04 0.04
	for _ in {1..6}; do
		fails_with "endpoint is not connected: nobody is present" order provision || return
	done
	absent && [ "$(status_of key_state)" = unprovisioned ]
}

provisioned()
{
	present && provision_open && absent || return
	[ "$(status_of rollback)" = "TPM NV index $index" ] &&
		[ "$(status_of nv_index)" = $((index)) ] || return
	tpm2_nvreadpublic $index >/tmp/public && cat /tmp/public
	grep -q 'friendly: authwrite|authread|no_da|written$' /tmp/public &&
		grep -q 'size: 56$' /tmp/public
}

# What the TPM says to a hierarchy that may not, and to a value that is not ours.
not_authorized()
{
	case $1 in
	-C*) echo "0x149" ;;
	*) echo "0x9A2" ;;
	esac
}

nobody_else()
{
	local by
	head -c 56 /dev/zero >/tmp/zeros
	for by in "-C o" "-C p" "" "-P 00"; do
		# shellcheck disable=SC2086 # a list
		fails_with "$(not_authorized "$by")" tpm2_nvread $by $index &&
			fails_with "$(not_authorized "$by")" tpm2_nvwrite $by -i /tmp/zeros $index || return
	done
	tpm2_nvreadpublic $index | grep -q 'friendly: authwrite|authread|no_da|written$'
}

survives()
{
	load && [ "$(sequence)" = 1 ] && install 2
}

# ---- generations of device keys

rolls()
{
	cp /tmp/identity /tmp/identity1
	kota keys roll >/tmp/keys || return
	head -n 1 /tmp/keys >/tmp/identity2
	[ "$(wc -l </tmp/keys)" = 2 ] && grep -q "p256 2 " /tmp/identity2 &&
		cmp <(tail -n 1 /tmp/keys) /tmp/identity1 || return
	[ "$(sequence)" = 2 ]
}

once_in_a_boot()
{
	fails_with "Resource temporarily unavailable: once in a boot" order keys-roll
}

old_and_new()
{
	install 3 /tmp/identity1 && install 4 /tmp/identity2
}

# In one deliverable, whichever comes first.
both_in_one()
{
	deliverable 5 /tmp/identity1 && kota wrap --device /tmp/identity2 /tmp/d &&
		cat_to_kota /tmp/d && deliverable 6 /tmp/identity2 &&
		kota wrap --device /tmp/identity1 /tmp/d && cat_to_kota /tmp/d
}

at_most_four()
{
	load && kota keys roll && load && kota keys roll && load || return
	fails_with "No space left on device" order keys-roll || return
	[ "$(kota keys | wc -l)" = 4 ] && install 7 /tmp/identity1
}

retire()
{
	kota keys retire >/tmp/identity || return
	[ "$(wc -l </tmp/identity)" = 1 ] && grep -q "p256 4 " /tmp/identity || return
	deliverable 8 /tmp/identity1 &&
		fails_with "Destination address required" cat_to_kota /tmp/d &&
		install 8
}

for_good()
{
	load && cmp <(kota keys) /tmp/identity && deliverable 9 /tmp/identity2 &&
		fails_with "Destination address required" cat_to_kota /tmp/d && install 9
}

not_loaded()
{
	reload && fails_with "Protocol driver not attached" order keys-roll &&
		fails_with "Protocol driver not attached" order keys-retire && load
}

# ---- the medium

# Taken before the generation was rolled, at the same sequence number.
older_same_sequence()
{
	cp "$state" /tmp/before && kota keys roll >/tmp/identity || return
	cp "$state" /tmp/now && restore /tmp/before || return
	locked "Stale file handle" "the state record is older" || return
	[[ $(status_of rollback) = "refused: the TPM knows of a newer state record" ]] &&
		restore /tmp/now && load
}

older()
{
	install 10 && cp "$state" /tmp/now && restore /tmp/before &&
		locked "Stale file handle" "the state record is older" &&
		restore /tmp/now && load && [ "$(sequence)" = 10 ]
}

# spoil COPY: a byte of it
spoil()
{
	local at=$(($1 * 0x40000 + 3000))
	dd if="$state" of=/tmp/spoilt bs=64K status=none
	change_byte /tmp/spoilt $at && restore /tmp/spoilt
}

# Whichever it is, and though nothing was written since the last install. Which of the
# two is the truth after a cut is what nv.cut shows.
one_torn()
{
	cp "$state" /tmp/now || return
	spoil 0 && load && restore /tmp/now && spoil 1 && load && restore /tmp/now && load
}

both_torn()
{
	spoil 0 && spoil 1 && reload || return
	[ "$(status_of key_state)" = unusable ] || return
	fails_with "State not recoverable" order keys-load || return
	fails_with "File exists" order provision || return
	restore /tmp/now && load
}

# Blank, as when it is new: but the TPM knows better.
blank()
{
	flash_erase -q "$state" 0 0 && reload || return
	[ "$(status_of key_state)" = unprovisioned ] || return
	keyctl add trusted kota:root "new 64 keyhandle=0x81000001" "$(ring .kota-keys)" || return
	fails_with "Address already in use: the TPM has an NV index" order provision || return
	restore /tmp/now && load
}

# The power goes between medium and TPM: the medium has the new record, the TPM
# knows the old one. For this the owner's indexes are out of reach for a moment.
cut()
{
	add_offline && kota pack --statement --min-sequence 2 --sequence 11 --vendor $VENDOR \
		--class $CLASS --release "minimum" -o /tmp/d >/dev/null && sign_offline /tmp/d &&
		tpm2_hierarchycontrol -C p shEnable clear || return
	fails_with "Input/output error" cat_to_kota /tmp/d || return
	tpm2_hierarchycontrol -C p shEnable set || return
	[ "$(status_of rollback)" = "not known: the TPM fell silent in this boot" ] || return
	fails_with "State not recoverable" cat_to_kota /tmp/d && kota why >/tmp/why || return
	cat /tmp/why
	grep -q "cause *STATE:" /tmp/why && grep -q "next .*Reboot, then run 'kota load-keys'" /tmp/why || return
	load && [ "$(sequence)" = 10 ] && add_offline && cat_to_kota /tmp/d &&
		[ "$(sequence)" = 11 ] && load && [ "$(sequence)" = 11 ]
}

# ---- made to forget

# By who owns the TPM and can write the medium: it looks like a new device. Given its
# old root, it is a new one all the same, of another identity in each generation.
same_root()
{
	cp "$state" /tmp/now || return
	tpm2_nvundefine -C o $index && flash_erase -q "$state" 0 0 && reload || return
	[ "$(status_of key_state)" = unprovisioned ] && put_old_root && absent || return
	fails_with "endpoint is not connected: nobody is present" order provision || return
	fails tpm2_nvreadpublic $index && present && order provision && absent || return
	kota keys >/tmp/identity && fails cmp /tmp/identity /tmp/identity1 || return
	deliverable 100 /tmp/identity1 &&
		fails_with "Destination address required" cat_to_kota /tmp/d && install 1
}

# The record of the life before has the right MAC. Once more the index is missing.
its_old_record()
{
	cp "$state" /tmp/after && restore /tmp/now &&
		locked "Stale file handle" "the state record is older" &&
		restore /tmp/after && load && [ "$(sequence)" = 1 ]
}

# For recovery.revoked_signer
revokes_offline()
{
	add_offline && kota pack --statement --revoke "$PKI/offline-signer2.pem" --sequence 2 \
		--vendor $VENDOR --class $CLASS --release "revoked" -o /tmp/r >/dev/null &&
		sign_offline /tmp/r && cat_to_kota /tmp/r && load
}

# ---- the TPM

undefined()
{
	tpm2_nvundefine -C o $index || return
	locked "No such device or address" "the TPM has lost its NV index" &&
		[[ $(status_of rollback) = "refused: the TPM has lost its NV index" ]]
}

# redefined WRITTEN OPTION...: by somebody who owns the TPM
redefined()
{
	local written=$1
	shift
	tpm2_nvdefine -C o -s 56 -a "authread|authwrite|no_da" "$@" $index || return
	if [ "$written" = yes ]; then
		tpm2_nvwrite ${2:+-P "$2"} -i /tmp/zeros $index || return
	fi
	locked "Key was rejected by service" "the TPM's NV index is not ours" || return
	tpm2_nvundefine -C o $index
}

redefined_all()
{
	redefined no -p hex:0011223344 && redefined yes -p hex:0011223344 &&
		redefined no && redefined yes
}

# Other attributes: the owner may read, a policy writes, another size.
redefined_otherwise()
{
	local args
	for args in "-s 56 -a ownerread|ownerwrite|no_da" "-s 8 -a authread|authwrite|no_da" \
			"-s 56 -a policyread|policywrite|no_da"; do
		# shellcheck disable=SC2086 # a list
		tpm2_nvdefine -C o $args $index || return
		locked "Key was rejected by service" "the TPM's NV index is not ours" || return
		tpm2_nvundefine -C o $index || return
	done
}

# The root, which is sealed without a policy here, and what is derived from it.
our_value()
{
	local off hl len name nr=2
	echo "$blob" | xxd -r -p >/tmp/blob
	for name in pub priv; do
		read -r off hl len < <(openssl asn1parse -inform DER -in /tmp/blob |
			sed -n 's/^ *\([0-9]*\):d=[0-9]* *hl= *\([0-9]*\) *l= *\([0-9]*\) .*OCTET STRING.*/\1 \2 \3/p' |
			tail -n $nr | head -n 1)
		dd if=/tmp/blob of=/tmp/$name bs=1 skip=$((off + hl)) count="$len" status=none
		nr=$((nr - 1))
	done
	tpm2_load -Q -C 0x81000001 -u /tmp/pub -r /tmp/priv -c /tmp/key.ctx &&
		tpm2_unseal -Q -c /tmp/key.ctx -o /tmp/root || return
	openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt "hexkey:$(xxd -p -c 64 /tmp/root)" \
		-kdfopt "hexsalt:$(printf 'kota root v1\0' | xxd -p)" \
		-kdfopt "hexinfo:$(printf 'kota nv auth\0' | xxd -p)" HKDF | tr -d ':\n' >/tmp/value
}

# define_ours OPTION...: under our value, and with what the index has
define_ours()
{
	tpm2_nvundefine -C o $index && tpm2_nvdefine -C o "$@" -p "hex:$(cat /tmp/value)" $index &&
		tpm2_nvwrite -P "hex:$(cat /tmp/value)" -i /tmp/contents $index
}

# Who knows the root can make one that says what ours does, but also to or by others:
# that is not ours. The same with its own attributes is.
redefined_by_root()
{
	local attrs="authread|authwrite|no_da" args
	our_value && tpm2_nvread -P "hex:$(cat /tmp/value)" -o /tmp/contents $index &&
		head -c 32 /dev/zero >/tmp/policy || return
	for args in "-L /tmp/policy -s 56 -a $attrs|ownerread" "-L /tmp/policy -s 56 -a $attrs|ownerwrite" \
			"-L /tmp/policy -s 56 -a $attrs|policywrite" "-L /tmp/policy -s 64 -a $attrs" \
			"-L /tmp/policy -s 56 -a authread|authwrite" "-s 56 -a $attrs"; do
		# shellcheck disable=SC2086 # a list
		define_ours $args && locked "Key was rejected by service" "the TPM's NV index is not ours" ||
			return
	done
	define_ours -L /tmp/policy -s 56 -a "$attrs" && load
}

# Cleared, and made ready again: what was sealed under it is lost for good.
cleared()
{
	tpm2_clear -c "$1" || return
	tpm2_createprimary -Q -C o -g sha256 -G ecc256:aes128cfb -c /tmp/primary.ctx &&
		tpm2_evictcontrol -Q -C o -c /tmp/primary.ctx 0x81000001 || return
	fails_with "Operation not permitted" load &&
		[ "$(status_of key_state)" = sealed ] &&
		fails_with "Protocol driver not attached" cat_to_kota /tmp/d &&
		fails_with "File exists" order provision
}

# ---- recovery

# statement SEQUENCE [OPTION...]: in /tmp/r, not signed
statement()
{
	kota pack --statement --recovery --sequence "$1" --min-sequence "$1" --vendor $VENDOR \
		--class $CLASS --release "recovery $1" -o /tmp/r "${@:2}" >/dev/null
}

sign_offline()
{
	kota sign --quiet --ring offline --key "$KEYS/offline-signer.key" \
		--cert "$PKI/offline-signer.pem" "$@"
}

add_offline()
{
	keyctl padd asymmetric "" "$(ring .kota-offline)" <"$PKI/offline-signer.der" >/dev/null
}

# It changes nothing: the device is as locked as it was.
permits_nothing()
{
	fails_with "$1" cat_to_kota /tmp/r || return
	[ "$(status_of recovery)" = false ] && fails_with "File exists" order provision
}

nobody_present()
{
	add_offline && statement 20 && sign_offline /tmp/r && absent || return
	permits_nothing "Transport endpoint is not connected" || return
	kota why --json | grep -q '"cause": "PRESENCE"'
}

# Revoked by the record, though this is not proven yet.
revoked_signer()
{
	present && statement 20 && add_signers offline offline-signer2 || return
	kota sign --quiet --ring offline --key "$KEYS/offline-signer2.key" \
		--cert "$PKI/offline-signer2.pem" /tmp/r &&
		permits_nothing "Key has been revoked"
}

release_signer()
{
	present && statement 20 && sign /tmp/r && permits_nothing "Invalid request descriptor"
}

other_device()
{
	present && statement 20 --class $VENDOR && sign_offline /tmp/r &&
		permits_nothing "No such device" &&
		statement 20 --vendor $CLASS && sign_offline /tmp/r &&
		permits_nothing "Invalid cross-device link"
}

permit()
{
	present && statement "$1" && sign_offline /tmp/r && cat_to_kota /tmp/r && absent &&
		[ "$(status_of recovery)" = true ]
}

one_more()
{
	printf x >&3
}

# Refused after it was complete: it permits nothing any more.
extra_byte()
{
	present && statement 20 && sign_offline /tmp/r || return
	{
		cat /tmp/r >&3 && [ "$(status_of recovery)" = true ] &&
			fails_with "Argument list too long" one_more &&
			[ "$(status_of recovery)" = false ]
	} 3>/dev/kota && fails_with "File exists" order provision
}

# For as long as the module runs, and for one new root.
until_reload()
{
	permit 20 && reload && add_offline && [ "$(status_of recovery)" = false ] &&
		fails_with "File exists" order provision
}

anew()
{
	cp /tmp/identity /tmp/old-identity
	permit 20 && provision_open || return
	[ "$(status_of recovery)" = false ] && [ "$(sequence)" = 20 ] &&
		[ "$(status_of rollback)" = "TPM NV index $index" ] && fails cmp /tmp/identity /tmp/old-identity
}

update()
{
	deliverable $(($1 - 1)) && fails_with "Stale file handle" cat_to_kota /tmp/d || return
	deliverable "$1" /tmp/old-identity &&
		fails_with "Destination address required" cat_to_kota /tmp/d &&
		install "$1"
}

# Sealed once more, the root has another blob.
reseal()
{
	local key
	key=$(keyctl add trusted again "load $blob keyhandle=0x81000001" @u) &&
		keyctl update "$key" "update keyhandle=0x81000001" && keyctl pipe "$key"
}

# What is to be replaced is not good for it: known by its index, or else by its blob.
old_root()
{
	local other
	other=$(reseal) && [ -n "$other" ] && [ "$other" != "$blob" ] || return
	reload && add_offline && permit 22 && put_old_root "$other" || return
	fails_with "Key was rejected by service" order provision || return
	tpm2_nvundefine -C o $index && put_old_root || return
	fails_with "Key was rejected by service" order provision || return
	fails tpm2_nvreadpublic $index && [ "$(status_of recovery)" = true ]
}

# By the helper, in a boot whose PCR has been extended.
anew_by_helper()
{
	cp /tmp/identity /tmp/old-identity
	add_offline && permit 30 && kota provision >/tmp/identity 2>/tmp/said || return
	cat /tmp/said
	[ "$(grep -c "WARNING: the TPM has no owner" /tmp/said)" = 1 ] &&
		fails cmp /tmp/identity /tmp/old-identity && [ "$(sequence)" = 30 ]
}

# ---- the TPM's driver

# The last commit of a deliverable does not reach the TPM: so it was not installed.
driver_gone()
{
	local dev
	dev=$(basename "$(readlink -f /sys/class/tpm/tpm0/device)")
	add_offline && kota pack --statement --min-sequence 2 --sequence 40 --vendor $VENDOR \
		--class $CLASS --release "minimum" -o /tmp/d >/dev/null && sign_offline /tmp/d &&
		echo "$dev" >/sys/bus/platform/drivers/tpm_tis/unbind || return
	fails_with "Input/output error" cat_to_kota /tmp/d || return
	[ "$(sequence)" != 40 ] || return
	echo "$dev" >/sys/bus/platform/drivers/tpm_tis/bind
	# Back again, and the same chip: but not the one that kota knows.
	tpm2_getrandom -T "device:$(ls /dev/tpmrm* | tail -n 1)" --hex 8 &&
		fails cat_to_kota /tmp/d && [ "$(sequence)" != 40 ]
}

no_other_driver()
{
	[ ! -e /dev/vtpmx ] && [ ! -e /sys/bus/platform/drivers/vfio-platform ] &&
		[ ! -e /sys/bus/platform/drivers/uio_pdrv_genirq ] &&
		[ ! -e /sys/bus/spi/drivers/spidev ]
}

reload || exit
state=/dev/$(mtd state-open)

# Whatever T= asks for: boot nv-other goes on from here.
KOTA_TEST='' t nv.nobody_there nobody_there
t nv.pull_left_behind pull_left_behind
t nv.present_for_moments for_moments
KOTA_TEST='' t nv.provisioned provisioned
t nv.nobody_else nobody_else
t nv.install install 1
t nv.survives survives
t generations.rolls rolls
t generations.once_in_a_boot once_in_a_boot
t generations.old_and_new old_and_new
t generations.both_in_one both_in_one
t generations.at_most_four at_most_four
t generations.retire retire
t generations.for_good for_good
t generations.not_loaded not_loaded
t nv.older_same_sequence older_same_sequence
t nv.older older
t nv.one_torn one_torn
t nv.both_torn both_torn
t nv.blank blank
t nv.cut cut
t nv.same_root same_root
t nv.its_old_record its_old_record
t nv.revokes_offline revokes_offline
t nv.redefined_by_root redefined_by_root
t nv.undefined undefined
t nv.redefined redefined_all
t nv.redefined_otherwise redefined_otherwise
t nv.cleared cleared l
t recovery.nobody_present nobody_present
t recovery.revoked_signer revoked_signer
t recovery.release_signer release_signer
t recovery.other_device other_device
t recovery.extra_byte extra_byte
t recovery.until_reload until_reload
t recovery.anew anew
t recovery.update update 21
t nv.again load
t recovery.old_root old_root
t nv.cleared_by_platform cleared p
t recovery.anew_by_helper anew_by_helper
t recovery.update_again update 31
t driver.no_other no_other_driver
t driver.gone driver_gone
plan
exit "$kt_failed"
