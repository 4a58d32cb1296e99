# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/open.dtso mem=512 timeout=120 after=cap
# tests: cap.blob
#
# A record that is whole, by a digest that everybody can make, and whose blob the TPM
# does not know.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"
# shellcheck source=selftests/cap.sh
. "$STAGE/tests/cap.sh"

spoil_blob()
{
	head -c 8664 $record >/tmp/spoilt &&
		head -c 32 /dev/urandom | dd of=/tmp/spoilt bs=1 seek=7700 conv=notrunc status=none &&
		sha256sum </tmp/spoilt | cut -c1-64 | xxd -r -p >/tmp/digest &&
		cat /tmp/digest >>/tmp/spoilt
}

blob()
{
	open && spoil_blob && put_state /tmp/spoilt && insmod "$STAGE/kota.ko" || return
	[ "$(status_of key_state)" = sealed ] && load_keys_fails 1 "root key" && closed
}

t cap.blob blob
plan
exit "$kt_failed"
