# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso,../overlays/pair.dtso,../overlays/open-slots.dtso mem=512 timeout=600 tpm=fresh
# tests: resume.* sparse.* reverify.* ask.* attempts.* ahead.* reboot.leave
#
# What is still wanted of a stream, and what may be left out. Boot resume goes on
# from here.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

provision || exit
harness_sampled need resume
[[ ${KOTA_TEST:-} = resume* ]] || harness need -F resume -T resume -T leave
# Last, since nothing may come after it.
KOTA_TEST='' harness need -r reboot.leave
exit "$kt_failed"
