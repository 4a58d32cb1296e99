// SPDX-License-Identifier: GPL-2.0
/*
 * Which algorithms may be used at this device's floor, and which implementation
 * of them this kernel has. Only tells; what a deliverable may use, policy.c says.
 */

#include <crypto/aead.h>
#include <crypto/akcipher.h>
#include <crypto/hash.h>
#include <crypto/kpp.h>
#include <crypto/sig.h>

#include "kota_private.h"

enum kind { AEAD, AKCIPHER, KPP, SHASH, SIG };

/**
 * struct row - one algorithm
 * @use: what for
 * @name: as people know it
 * @alg: as the crypto API knows it
 * @kind: which part of the crypto API
 * @lowest: lowest floor at which it may be used
 * @highest: highest floor at which it may be used
 */
struct row {
	const char *use;
	const char *name;
	const char *alg;
	enum kind kind;
	u8 lowest;
	u8 highest;
};

static const struct row rows[KOTA_NR_ALGORITHMS] = {
	{ "signature", "ECDSA P-256", "ecdsa-nist-p256", SIG, KOTA_LEVEL_BASIC,
	  KOTA_LEVEL_ENHANCED },
	{ "signature", "ECDSA P-384", "ecdsa-nist-p384", SIG, KOTA_LEVEL_BASIC,
	  KOTA_LEVEL_ENHANCED },
	{ "signature", "RSA", "rsa", AKCIPHER, KOTA_LEVEL_BASIC,
	  KOTA_LEVEL_ENHANCED },
	{ "digest", "SHA-256", "sha256", SHASH, KOTA_LEVEL_BASIC,
	  KOTA_LEVEL_ENHANCED },
	{ "digest", "SHA3-256", "sha3-256", SHASH, KOTA_LEVEL_BASIC,
	  KOTA_LEVEL_QUANTUM },
	{ "envelope", "ECDH P-256", "ecdh-nist-p256", KPP, KOTA_LEVEL_BASIC,
	  KOTA_LEVEL_UPGRADED },
	{ "cipher", "AES-128-GCM", "gcm(aes)", AEAD, KOTA_LEVEL_BASIC,
	  KOTA_LEVEL_BASIC },
	{ "cipher", "AES-256-GCM", "gcm(aes)", AEAD, KOTA_LEVEL_BASIC,
	  KOTA_LEVEL_QUANTUM },
	{ "derivation", "HMAC-SHA256", "hmac(sha256)", SHASH, KOTA_LEVEL_BASIC,
	  KOTA_LEVEL_QUANTUM },
};

/* The transform, and in @mem what has to be freed with it; NULL: not there. */
static struct crypto_tfm *open_tfm(const struct row *row, void **mem)
{
	switch (row->kind) {
	case AEAD:
		*mem = crypto_alloc_aead(row->alg, 0, 0);
		return IS_ERR(*mem) ? NULL : crypto_aead_tfm(*mem);
	case AKCIPHER:
		*mem = crypto_alloc_akcipher(row->alg, 0, 0);
		return IS_ERR(*mem) ? NULL : crypto_akcipher_tfm(*mem);
	case KPP:
		*mem = crypto_alloc_kpp(row->alg, 0, 0);
		return IS_ERR(*mem) ? NULL : crypto_kpp_tfm(*mem);
	case SHASH:
		*mem = crypto_alloc_shash(row->alg, 0, 0);
		return IS_ERR(*mem) ? NULL : crypto_shash_tfm(*mem);
	case SIG:
		*mem = crypto_alloc_sig(row->alg, 0, 0);
		return IS_ERR(*mem) ? NULL : crypto_sig_tfm(*mem);
	}
	return NULL;
}

/**
 * kota_algorithm_find() - find out which implementations this kernel has
 * @kota: the device
 *
 * Done once: asking may load modules, which must not hold up a status.
 *
 * Context: may sleep.
 */
void kota_algorithm_find(struct kota *kota)
{
	struct crypto_tfm *tfm;
	unsigned int i;
	void *mem;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		tfm = open_tfm(&rows[i], &mem);
		if (!tfm)
			continue;
		strscpy(kota->driver[i], crypto_tfm_alg_driver_name(tfm));
		crypto_destroy_tfm(mem, tfm);
	}
}

/**
 * kota_algorithm_tell() - one algorithm, for status
 * @kota: the device
 * @idx: below KOTA_NR_ALGORITHMS
 * @use: what it is used for
 *
 * Return: its name, NULL when it may not be used at this device's floor. Its
 * driver is in @kota, empty when there is none.
 */
const char *kota_algorithm_tell(const struct kota *kota, unsigned int idx,
				const char **use)
{
	const struct row *row = &rows[idx];

	*use = row->use;
	return kota->board.level >= row->lowest &&
			       kota->board.level <= row->highest ?
		       row->name :
		       NULL;
}
