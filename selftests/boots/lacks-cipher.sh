# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/small.dtso mem=512 timeout=180 tpm=fresh append=initcall_blacklist=crypto_gcm_module_init,initcall_blacklist=ghash_ce_mod_init
# tests: lacks.gcm_*
#
# A kernel without AES-GCM: no image can be installed, and nothing is tried with
# another cipher; a statement, which is not encrypted, can.

# shellcheck source=selftests/lacks.sh
. "$STAGE/tests/lacks.sh"

told()
{
	missing "cipher AES-128-GCM" "cipher AES-256-GCM" &&
		missing_json "cipher AES-128-GCM" "cipher AES-256-GCM"
}

envelope()
{
	made "$1" --cipher "$1" && whole "$1" && refused "$1" "P-256 and AES-GCM"
}

statement()
{
	sequence=$((sequence + 1))
	kota pack --statement --min-sequence $sequence --sequence $sequence --vendor $VENDOR \
		--class $CLASS --release "kselftest $sequence" -o /tmp/said >/dev/null &&
		kota sign --quiet --ring offline --key "$KEYS/offline-signer.key" \
			--cert "$PKI/offline-signer.pem" /tmp/said && kota install /tmp/said &&
		[ "$(status_of min_sequence)" = $sequence ]
}

provision >&2 || exit
t lacks.gcm_told told
t lacks.gcm_of_128 envelope aes-128-gcm
t lacks.gcm_of_256 envelope aes-256-gcm
t lacks.gcm_not_wanted statement
plan
exit "$kt_failed"
