# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab mem=512 timeout=120 after=cap
# tests: cap.tpm_away cap.no_module
#
# No module, and at first no way to the TPM either: that is told, by an exit status of
# its own.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"
# shellcheck source=selftests/cap.sh
. "$STAGE/tests/cap.sh"

tpm_away()
{
	open && mv /dev/tpmrm0 /dev/away || return
	load_keys_fails 3 "whoever becomes root"
	local failed=$?
	mv /dev/away /dev/tpmrm0 && [ $failed = 0 ] && open
}

no_module()
{
	load_keys_fails 1 "kota:" && closed
}

t cap.tpm_away tpm_away
t cap.no_module no_module
plan
exit "$kt_failed"
