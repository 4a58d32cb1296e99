// SPDX-License-Identifier: GPL-2.0
/*
 * Digests of 256 bits: SHA-256 (FIPS 180-4) and SHA3-256 (FIPS 202), by the
 * kernel's crypto API. Keeps no state between calls.
 */

#include <crypto/hash.h>

#include "../kota_private.h"

/**
 * kota_digest_name() - what a digest is called
 * @alg: which
 *
 * Return: its name, as the crypto API and the helper have it.
 */
const char *kota_digest_name(enum kota_digest alg)
{
	return alg == KOTA_DIGEST_SHA3_256 ? "sha3-256" : "sha256";
}

/**
 * kota_digest_open() - get a digest
 * @alg: which
 *
 * Context: may sleep.
 * Return: the transform, or ERR_PTR: -ENOPKG when this kernel lacks it.
 */
struct crypto_shash *kota_digest_open(enum kota_digest alg)
{
	struct crypto_shash *tfm =
		crypto_alloc_shash(kota_digest_name(alg), 0, 0);

	if (IS_ERR(tfm) && PTR_ERR(tfm) == -ENOENT)
		return ERR_PTR(-ENOPKG);
	return tfm;
}

/**
 * kota_digest_close() - give a digest back
 * @tfm: from kota_digest_open(), an error or NULL
 */
void kota_digest_close(struct crypto_shash *tfm)
{
	if (!IS_ERR_OR_NULL(tfm))
		crypto_free_shash(tfm);
}

/**
 * kota_digest() - digest of several parts, one after the other
 * @tfm: from kota_digest_open()
 * @parts: what to digest
 * @nr_parts: how many
 * @out: the digest
 *
 * Context: may sleep.
 * Return: 0 or -errno.
 */
int kota_digest(struct crypto_shash *tfm, const struct kvec *parts,
		size_t nr_parts, u8 out[KOTA_DIGEST_LEN])
{
	SHASH_DESC_ON_STACK(desc, tfm);
	size_t i;
	int err;

	desc->tfm = tfm;
	err = crypto_shash_init(desc);
	for (i = 0; !err && i < nr_parts; i++)
		err = crypto_shash_update(desc, parts[i].iov_base,
					  parts[i].iov_len);
	if (!err)
		err = crypto_shash_final(desc, out);
	shash_desc_zero(desc);
	return err;
}

/**
 * kota_digest_chain() - one more digest into the digest of many
 * @tfm: from kota_digest_open()
 * @chain: that of those before, zeros before the first; with @next afterwards
 * @next: the one more
 *
 * Context: may sleep.
 * Return: 0 or -errno.
 */
int kota_digest_chain(struct crypto_shash *tfm, u8 chain[KOTA_DIGEST_LEN],
		      const u8 next[KOTA_DIGEST_LEN])
{
	const struct kvec parts[] = {
		{ chain, KOTA_DIGEST_LEN },
		{ (void *)next, KOTA_DIGEST_LEN },
	};

	return kota_digest(tfm, parts, ARRAY_SIZE(parts), chain);
}

/**
 * kota_digest_once() - digest of one buffer
 * @alg: which digest
 * @data: what to digest
 * @len: bytes of it
 * @out: the digest
 *
 * Context: may sleep.
 * Return: 0 or -errno, -ENOPKG when this kernel lacks the digest.
 */
int kota_digest_once(enum kota_digest alg, const void *data, size_t len,
		     u8 out[KOTA_DIGEST_LEN])
{
	const struct kvec part = { .iov_base = (void *)data, .iov_len = len };
	struct crypto_shash *tfm = kota_digest_open(alg);
	int err;

	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	err = kota_digest(tfm, &part, 1, out);
	kota_digest_close(tfm);
	return err;
}
