/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernels, and what has to be in them. Nothing else in
 * kota asks for a version or a configuration.
 */
#ifndef KOTA_COMPAT_H
#define KOTA_COMPAT_H

#include <linux/kconfig.h>
#include <linux/slab.h>
#include <linux/tpm.h>
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
#if !IS_ENABLED(CONFIG_BLOCK)
#error "kota needs CONFIG_BLOCK"
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

/* The queue that is bound to no CPU, under the name that 6.18 gave it. */
#if KERNEL_VERSION(6, 18, 0) > LINUX_VERSION_CODE
#define system_dfl_wq system_unbound_wq
#endif

/*
 * A command to the TPM, in memory that is wiped: a page that the TPM's code gets
 * until 7.2, and what the caller has from 7.3 on.
 */
#if KERNEL_VERSION(7, 3, 0) <= LINUX_VERSION_CODE
static inline struct tpm_buf *kota_compat_tpm_begin(u16 tag, u32 command)
{
	struct tpm_buf *buf = kzalloc(TPM_BUFSIZE, GFP_KERNEL);

	if (buf) {
		tpm_buf_init(buf, TPM_BUFSIZE);
		tpm_buf_reset(buf, tag, command);
	}
	return buf;
}

static inline void kota_compat_tpm_end(struct tpm_buf *buf)
{
	kfree_sensitive(buf);
}
#else
static inline struct tpm_buf *kota_compat_tpm_begin(u16 tag, u32 command)
{
	struct tpm_buf *buf = kzalloc(sizeof(*buf), GFP_KERNEL);

	if (buf && tpm_buf_init(buf, tag, command)) {
		kfree(buf);
		return NULL;
	}
	return buf;
}

static inline void kota_compat_tpm_end(struct tpm_buf *buf)
{
	memzero_explicit(buf->data, PAGE_SIZE);
	tpm_buf_destroy(buf);
	kfree(buf);
}
#endif

#endif /* KOTA_COMPAT_H */
