// SPDX-License-Identifier: GPL-2.0
/*
 * HMAC-SHA256 (RFC 2104) and HKDF-SHA256 (RFC 5869) over the kernel's
 * "hmac(sha256)". What is derived, and from what, keys.c knows.
 */

#include <crypto/hash.h>

#include "../kota_private.h"

static struct crypto_shash *open_hmac(const u8 *key, size_t key_len)
{
	struct crypto_shash *tfm = crypto_alloc_shash("hmac(sha256)", 0, 0);
	int err;

	if (IS_ERR(tfm))
		return tfm;
	err = crypto_shash_setkey(tfm, key, key_len);
	if (err) {
		crypto_free_shash(tfm);
		return ERR_PTR(err);
	}
	return tfm;
}

/**
 * kota_hmac() - HMAC-SHA256 of several parts, one after the other
 * @key: the key
 * @key_len: bytes of it
 * @parts: what is authenticated
 * @nr_parts: how many
 * @out: the MAC
 *
 * Context: may sleep.
 * Return: 0 or -errno.
 */
int kota_hmac(const u8 *key, size_t key_len, const struct kvec *parts,
	      size_t nr_parts, u8 out[KOTA_DIGEST_LEN])
{
	struct crypto_shash *tfm = open_hmac(key, key_len);
	int err;

	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	err = kota_digest(tfm, parts, nr_parts, out);
	crypto_free_shash(tfm);
	return err;
}

/**
 * kota_hkdf_extract() - HKDF-Extract (RFC 5869, 2.2)
 * @salt: the salt; NULL: as many zero bytes as the hash has
 * @salt_len: bytes of it
 * @ikm: input keying material
 * @ikm_len: bytes of it
 * @prk: the pseudorandom key
 *
 * Context: may sleep.
 * Return: 0 or -errno.
 */
int kota_hkdf_extract(const u8 *salt, size_t salt_len, const u8 *ikm,
		      size_t ikm_len, u8 prk[KOTA_PRK_LEN])
{
	static const u8 zeros[KOTA_PRK_LEN];
	const struct kvec part = { .iov_base = (void *)ikm,
				   .iov_len = ikm_len };

	if (!salt || !salt_len) {
		salt = zeros;
		salt_len = sizeof(zeros);
	}
	return kota_hmac(salt, salt_len, &part, 1, prk);
}

/**
 * kota_hkdf_expand() - HKDF-Expand (RFC 5869, 2.3)
 * @prk: the pseudorandom key
 * @info: what the output is for, in parts
 * @nr_info: how many
 * @okm: output keying material
 * @okm_len: bytes of it, at most 255 * 32
 *
 * Context: may sleep.
 * Return: 0 or -errno; then @okm holds nothing.
 */
int kota_hkdf_expand(const u8 prk[KOTA_PRK_LEN], const struct kvec *info,
		     size_t nr_info, u8 *okm, size_t okm_len)
{
	struct crypto_shash *tfm;
	u8 block[KOTA_DIGEST_LEN];
	struct kvec parts[8];
	u8 counter = 0;
	size_t off;
	int err = 0;

	if (WARN_ON_ONCE(nr_info > ARRAY_SIZE(parts) - 2 ||
			 okm_len > 255 * sizeof(block)))
		return -EINVAL;
	tfm = open_hmac(prk, KOTA_PRK_LEN);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);

	/* T(i) = HMAC(PRK, T(i-1) | info | i), T(0) empty */
	memcpy(&parts[1], info, nr_info * sizeof(*info));
	parts[1 + nr_info] = (struct kvec){ &counter, sizeof(counter) };
	for (off = 0; !err && off < okm_len; off += sizeof(block)) {
		parts[0] = (struct kvec){ block, counter ? sizeof(block) : 0 };
		counter++;
		err = kota_digest(tfm, parts, nr_info + 2, block);
		if (!err)
			memcpy(okm + off, block,
			       min(sizeof(block), okm_len - off));
	}
	if (err)
		memzero_explicit(okm, okm_len);
	memzero_explicit(block, sizeof(block));
	crypto_free_shash(tfm);
	return err;
}
