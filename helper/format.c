// SPDX-License-Identifier: GPL-2.0
/*
 * The cryptography of the format, by OpenSSL: digests, key derivation, AES-GCM,
 * CRC-16. Knows nothing of files.
 */

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>

#include "helper.h"

static const EVP_MD *md_of(int digest)
{
	return digest == KOTA_DIGEST_SHA3_256 ? EVP_sha3_256() : EVP_sha256();
}

/**
 * kota_format_digest_begin() - begin a digest
 * @ctx: context for EVP_DigestUpdate() and EVP_DigestFinal_ex()
 * @digest: enum kota_digest
 *
 * Return: 0, or -1 after saying why.
 */
int kota_format_digest_begin(EVP_MD_CTX *ctx, int digest)
{
	if (ctx && EVP_DigestInit_ex(ctx, md_of(digest), NULL) == 1)
		return 0;
	return kota_error_openssl("digest");
}

/**
 * kota_format_digest() - digest of some bytes
 * @digest: enum kota_digest
 * @data: the bytes
 * @len: how many
 * @out: the digest
 *
 * Return: 0, or -1 after saying why.
 */
int kota_format_digest(int digest, const void *data, size_t len,
		       u8 out[KOTA_DIGEST_LEN])
{
	if (EVP_Digest(data, len, out, NULL, md_of(digest), NULL) == 1)
		return 0;
	return kota_error_openssl("digest");
}

/**
 * kota_format_root() - root digest of an image
 * @digest: enum kota_digest of the image
 * @table: plaintext of its table
 * @len: bytes of the table
 * @root: the digest
 *
 * Return: 0, or -1 after saying why.
 */
int kota_format_root(int digest, const u8 *table, size_t len,
		     u8 root[KOTA_DIGEST_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int err = kota_format_digest_begin(ctx, digest);

	if (!err && (EVP_DigestUpdate(ctx, KOTA_TABLE_DOMAIN,
				      sizeof(KOTA_TABLE_DOMAIN)) != 1 ||
		     EVP_DigestUpdate(ctx, table, len) != 1 ||
		     EVP_DigestFinal_ex(ctx, root, NULL) != 1))
		err = kota_error_openssl("digest");
	EVP_MD_CTX_free(ctx);
	return err;
}

/**
 * kota_format_crc16() - CRC-16/ARC, piece by piece
 * @crc: of what came before, 0 at first
 * @data: the next bytes
 * @len: how many
 *
 * Return: the CRC so far.
 */
u16 kota_format_crc16(u16 crc, const u8 *data, size_t len)
{
	static u16 table[256];
	unsigned int i, bit;

	if (!table[255])
		for (i = 0; i < 256; i++)
			for (table[i] = i, bit = 0; bit < 8; bit++)
				table[i] = table[i] >> 1 ^
					   (table[i] & 1 ? 0xa001 : 0);
	while (len--)
		crc = crc >> 8 ^ table[(crc ^ *data++) & 0xff];
	return crc;
}

/**
 * kota_format_hkdf() - HKDF with SHA-256, Extract and then Expand (RFC 5869)
 * @salt: salt
 * @salt_len: bytes of it; 0 stands for 32 zero bytes
 * @ikm: input keying material
 * @ikm_len: bytes of it
 * @info: info
 * @info_len: bytes of it
 * @out: the key
 * @out_len: bytes of it
 *
 * Return: 0, or -1 after saying why.
 */
int kota_format_hkdf(const u8 *salt, size_t salt_len, const u8 *ikm,
		     size_t ikm_len, const u8 *info, size_t info_len, u8 *out,
		     size_t out_len)
{
	static const u8 zeros[32];
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
						 (char *)"SHA256", 0),
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_SALT, (void *)(salt_len ? salt : zeros),
			salt_len ? salt_len : sizeof(zeros)),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
						  (void *)ikm, ikm_len),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
						  (void *)info, info_len),
		OSSL_PARAM_construct_end(),
	};
	int err = 0;

	if (!ctx || EVP_KDF_derive(ctx, out, out_len, params) != 1)
		err = kota_error_openssl("HKDF");
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return err;
}

/* Index of the message, then zeros. No two messages of a key share one. */
static void make_nonce(u64 idx, u8 nonce[KOTA_NONCE_LEN])
{
	idx = htole64(idx);
	memset(nonce, 0, KOTA_NONCE_LEN);
	memcpy(nonce, &idx, sizeof(idx));
}

/**
 * kota_format_seal_begin() - derive one of a package's keys and make it ready
 * @ctx: the key, for kota_format_seal() or kota_format_open()
 * @key: what it is derived from
 * @label: KOTA_LABEL_TABLE or KOTA_LABEL_FRAMES
 * @image: index of the image
 * @cipher: enum kota_cipher of the image
 *
 * Return: 0, or -1 after saying why.
 */
int kota_format_seal_begin(struct kota_cipher_ctx *ctx,
			   const struct kota_content_key *key,
			   const char label[KOTA_LABEL_LEN], u16 image,
			   int cipher)
{
	bool is_256 = cipher == KOTA_CIPHER_AES_256_GCM;
	u8 info[KOTA_LABEL_LEN + KOTA_DIGEST_LEN + 2], out[32];

	memcpy(info, label, KOTA_LABEL_LEN);
	memcpy(info + KOTA_LABEL_LEN, key->manifest_digest, KOTA_DIGEST_LEN);
	info[sizeof(info) - 2] = image & 0xff;
	info[sizeof(info) - 1] = image >> 8;

	ctx->evp = EVP_CIPHER_CTX_new();
	if (kota_format_hkdf(key->salt, sizeof(key->salt), key->cek,
			     sizeof(key->cek), info, sizeof(info), out,
			     is_256 ? 32 : 16))
		return -1;
	if (!ctx->evp ||
	    EVP_CipherInit_ex(ctx->evp,
			      is_256 ? EVP_aes_256_gcm() : EVP_aes_128_gcm(),
			      NULL, out, NULL, 1) != 1) {
		OPENSSL_cleanse(out, sizeof(out));
		return kota_error_openssl("AES-GCM");
	}
	OPENSSL_cleanse(out, sizeof(out));
	return 0;
}

/**
 * kota_format_seal() - encrypt one message
 * @ctx: the key
 * @idx: index of the message, which makes its nonce
 * @pt: plaintext
 * @pt_len: bytes of it
 * @ct: @pt_len bytes of ciphertext and KOTA_TAG_LEN bytes of tag
 *
 * Return: 0, or -1 after saying why.
 */
int kota_format_seal(struct kota_cipher_ctx *ctx, u64 idx, const u8 *pt,
		     size_t pt_len, u8 *ct)
{
	u8 nonce[KOTA_NONCE_LEN];
	int len;

	make_nonce(idx, nonce);
	if (EVP_CipherInit_ex(ctx->evp, NULL, NULL, NULL, nonce, 1) != 1 ||
	    EVP_CipherUpdate(ctx->evp, ct, &len, pt, pt_len) != 1 ||
	    EVP_CipherFinal_ex(ctx->evp, ct + len, &len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx->evp, EVP_CTRL_AEAD_GET_TAG, KOTA_TAG_LEN,
				ct + pt_len) != 1)
		return kota_error_openssl("AES-GCM");
	return 0;
}

/**
 * kota_format_open() - decrypt one message
 * @ctx: the key
 * @idx: index of the message
 * @ct: ciphertext and tag
 * @ct_len: bytes of ciphertext, without the tag
 * @pt: plaintext
 *
 * Return: 0, or -1 when the tag is wrong; nothing has been said.
 */
int kota_format_open(struct kota_cipher_ctx *ctx, u64 idx, const u8 *ct,
		     size_t ct_len, u8 *pt)
{
	u8 nonce[KOTA_NONCE_LEN];
	int len;

	make_nonce(idx, nonce);
	if (EVP_CipherInit_ex(ctx->evp, NULL, NULL, NULL, nonce, 0) != 1 ||
	    EVP_CipherUpdate(ctx->evp, pt, &len, ct, ct_len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx->evp, EVP_CTRL_AEAD_SET_TAG, KOTA_TAG_LEN,
				(void *)(ct + ct_len)) != 1 ||
	    EVP_CipherFinal_ex(ctx->evp, pt + len, &len) != 1)
		return -1;
	return 0;
}

/**
 * kota_format_seal_end() - wipe a key
 * @ctx: the key
 */
void kota_format_seal_end(struct kota_cipher_ctx *ctx)
{
	EVP_CIPHER_CTX_free(ctx->evp);
	ctx->evp = NULL;
}

/**
 * kota_format_seal_once() - AES-256-GCM with a key that has one message
 * @key: the key
 * @pt: plaintext
 * @pt_len: bytes of it
 * @ct: ciphertext and tag
 *
 * Return: 0, or -1 after saying why.
 */
int kota_format_seal_once(const u8 key[32], const u8 *pt, size_t pt_len, u8 *ct)
{
	struct kota_cipher_ctx ctx = { .evp = EVP_CIPHER_CTX_new() };
	int err;

	if (!ctx.evp || EVP_CipherInit_ex(ctx.evp, EVP_aes_256_gcm(), NULL, key,
					  NULL, 1) != 1)
		err = kota_error_openssl("AES-GCM");
	else
		err = kota_format_seal(&ctx, 0, pt, pt_len, ct);
	kota_format_seal_end(&ctx);
	return err;
}
