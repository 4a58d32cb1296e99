# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/open.dtso mem=512 timeout=120 after=cap
# tests: cap.garbage
#
# In the state partition there is something else than a record.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"
# shellcheck source=selftests/cap.sh
. "$STAGE/tests/cap.sh"

garbage()
{
	head -c 8696 /dev/urandom >/tmp/garbage
	open && put_state /tmp/garbage && insmod "$STAGE/kota.ko" || return
	[ "$(status_of key_state)" = unusable ] || return
	# Whoever is to hear of it has gone.
	{ sleep 1; kota load-keys --signers /tmp/signers; } 2>&1 | :
	closed && load_keys_fails 1 "is not usable"
}

t cap.garbage garbage
plan
exit "$kt_failed"
