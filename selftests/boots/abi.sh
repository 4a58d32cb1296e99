# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release,debug overlays=lab,../overlays/small.dtso mem=512 timeout=300 tpm=fresh
# tests: abi.* open.* write.* double_fetch.* unprivileged.*
#
# The interface: open, write, netlink, and who may use them.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

provision || exit
harness abi
exit "$kt_failed"
