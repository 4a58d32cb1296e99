# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab mem=512 timeout=120 after=cap
# tests: cap.primary
#
# The storage primary is gone, and is made again, the same, when the keys were to be
# loaded.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"
# shellcheck source=selftests/cap.sh
. "$STAGE/tests/cap.sh"

primary()
{
	open && tpm2_evictcontrol -Q -C o -c 0x81000001 && insmod "$STAGE/kota.ko" || return
	load_keys_fails 1 "root key" || return
	tpm2_createprimary -Q -C o -g sha256 -G ecc256:aes128cfb -c /tmp/primary.ctx &&
		tpm2_evictcontrol -Q -C o -c /tmp/primary.ctx 0x81000001 && closed
}

t cap.primary primary
plan
exit "$kt_failed"
