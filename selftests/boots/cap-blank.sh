# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/open.dtso mem=512 timeout=120 after=cap
# tests: cap.blank cap.foreign
#
# The state partition was made blank.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"
# shellcheck source=selftests/cap.sh
. "$STAGE/tests/cap.sh"

blank()
{
	open && [ "$(status_of key_state)" = unprovisioned ] &&
		load_keys_fails 1 "no root key yet" && closed
}

# As firmware would that uses the PCR: no boot could unseal what is sealed under it.
foreign()
{
	tpm2_pcrextend "12:sha256=$(printf '%064d' 1)" &&
		fails_with "and not by kota" kota provision
}

flash_erase -q "/dev/$(mtd state-open)" 0 0 && insmod "$STAGE/kota.ko" || exit
t cap.blank blank
t cap.foreign foreign
plan
exit "$kt_failed"
