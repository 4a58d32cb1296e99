# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Guest script behind tpm=provisioned: a storage primary at the usual handle.
# Over tpmrm0: over tpm0 the transient object stays loaded.

set -e
export TPM2TOOLS_TCTI=device:/dev/tpmrm0
tpm2_createprimary -Q -C o -g sha256 -G ecc256:aes128cfb -c /tmp/primary.ctx
tpm2_evictcontrol -Q -C o -c /tmp/primary.ctx 0x81000001
