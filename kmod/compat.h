/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernels, and what has to be in them. Nothing else in
 * kota asks for a version or a configuration.
 */
#ifndef KOTA_COMPAT_H
#define KOTA_COMPAT_H

#include <linux/kconfig.h>
#include <linux/version.h>

#if KERNEL_VERSION(6, 12, 0) > LINUX_VERSION_CODE
#error "kota needs Linux 6.12 or newer"
#endif
#if !IS_ENABLED(CONFIG_SYSTEM_DATA_VERIFICATION)
#error "kota needs CONFIG_SYSTEM_DATA_VERIFICATION (CONFIG_MODULE_SIG=y selects it)"
#endif
#if !IS_REACHABLE(CONFIG_TRUSTED_KEYS)
#error "kota needs CONFIG_TRUSTED_KEYS"
#endif
#if !IS_REACHABLE(CONFIG_TCG_TPM)
#error "kota needs CONFIG_TCG_TPM"
#endif
#if !IS_REACHABLE(CONFIG_MTD)
#error "kota needs CONFIG_MTD"
#endif
#if !IS_REACHABLE(CONFIG_CRC16)
#error "kota needs CONFIG_CRC16"
#endif
#if !IS_REACHABLE(CONFIG_ZSTD_DECOMPRESS)
#error "kota needs CONFIG_ZSTD_DECOMPRESS"
#endif

/* Not in 6.12; netlink_gen.c, which knows no compat.h, gets it by -include. */
#include <net/netlink.h>
#ifndef NLA_POLICY_MAX_LEN
#define NLA_POLICY_MAX_LEN(_len) { .type = NLA_BINARY, .len = (_len) }
#endif

#endif /* KOTA_COMPAT_H */
