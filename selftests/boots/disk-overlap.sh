# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab-disk,../overlays/disk-overlap.dtso mem=512 timeout=120 tpm=fresh disk=yes
# tests: target.partition_is_the_record unfit.record_is_not_written
#
# On a disk, a slot that is the state partition: what boot unfit shows for flash.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

is_the_record()
{
	kota status --json >/tmp/status
	grep -A 4 '"name": "record"' /tmp/status | tee /dev/stderr |
		grep -q '"reason": "slots overlap"'
}

# The other slot of that target runs: the state partition would be the one to write.
record_is_not_written()
{
	head -c 5000 /dev/urandom >/tmp/image
	kota pack --image /tmp/image --target record --image-version v7 --sequence 7 \
		--vendor $VENDOR --class $CLASS --release "over the record" -o /tmp/d &&
		sign /tmp/d && kota wrap --device /tmp/identity /tmp/d || return
	sha256sum "/dev/$(partition state)" >/tmp/before
	kota install --json /tmp/d >/tmp/json
	[ $? = 1 ] && grep '"cause": "TARGET"' /tmp/json || { cat /tmp/json; return 1; }
	sha256sum -c /tmp/before
}

provision >/dev/null || exit
t target.partition_is_the_record is_the_record
t unfit.record_is_not_written record_is_not_written
plan
exit "$kt_failed"
