# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/small.dtso,../overlays/pair.dtso mem=256 timeout=120 after=disclosure afterwards=../forge/disclosed
# tests: disclosure.device_*
#
# The boot after disclosure. Before its keys are loaded the root can be had from the
# TPM: so those who look learn what the device keys are, and look for them in what
# the boot before has left.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

KOTA_TEST=
t disclosure.device_root "$STAGE/tests/unseal-root" "" /lab/run/root
plan
exit "$kt_failed"
