// SPDX-License-Identifier: GPL-2.0
/*
 * One chunk, one table block: tag, then decryption, then the digest that was
 * signed; where a chunk is compressed, then decompression, and the digest of what
 * came out. That may be written; what does not come out was never there.
 */

#include <linux/crypto.h>

#include "kota_private.h"

static int open_sealed(struct kota_aead *aead, u32 idx, u8 *buf, size_t ct_len,
		       const char *what, struct kota_refusal *why)
{
	int err = kota_aead_decrypt(aead, idx, buf, ct_len);

	if (err == -ENOMEM)
		return kota_refuse_memory(why, "the cipher");
	if (err == -EBADMSG)
		return kota_refuse(why, KOTA_CAUSE_TAG,
				   "%s %u with its tag|another", what, idx);
	if (err)
		return kota_refuse(why, KOTA_CAUSE_ALGORITHM,
				   "%s %u decrypted|%d", what, idx, err);
	return 0;
}

static int digest_failed(struct kota_refusal *why, int err)
{
	return kota_refuse(why, kota_cause_of(err, KOTA_CAUSE_ALGORITHM),
			   "a digest of this kernel|%d", err);
}

static int check_digest(struct crypto_shash *digest, const u8 *bytes,
			size_t len, const u8 expected[KOTA_DIGEST_LEN], u32 idx,
			const char *what, struct kota_refusal *why)
{
	const struct kvec part = { (void *)bytes, len };
	u8 found[KOTA_DIGEST_LEN];
	int err = kota_digest(digest, &part, 1, found);

	if (err)
		return digest_failed(why, err);
	if (memcmp(found, expected, sizeof(found)))
		return kota_refuse(why, KOTA_CAUSE_DIGEST,
				   "%s %u with its digest|another", what, idx);
	return 0;
}

/**
 * kota_chunk_compare() - are these the bytes that are to be installed?
 * @digest: digest of the image
 * @image: the image
 * @entry: the chunk's entry in the signed table
 * @idx: index of the chunk
 * @buf: its bytes, as a medium has them
 * @found: their digest
 *
 * Context: may sleep.
 * Return: 0; -EREMOTEIO when they are others; -errno of the digest.
 */
int kota_chunk_compare(struct crypto_shash *digest,
		       const struct kota_image *image,
		       const struct kota_chunk *entry, u32 idx, const u8 *buf,
		       u8 found[KOTA_DIGEST_LEN])
{
	const struct kvec part = { (void *)buf,
				   kota_manifest_chunk_len(image, idx) };
	int err = kota_digest(digest, &part, 1, found);

	if (err)
		return err;
	return memcmp(found, kota_table_final(entry, image), KOTA_DIGEST_LEN) ?
		       -EREMOTEIO :
		       0;
}

/**
 * kota_chunk_open() - decrypt a chunk in place and judge its plaintext
 * @aead: has the key of the image's frames
 * @digest: digest of the image
 * @entry: the chunk's entry in the signed table
 * @idx: index of the chunk
 * @buf: ciphertext and tag; the plaintext afterwards
 * @ct_len: bytes of both
 * @why: cause of a refusal
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause: FORMAT, TAG, DIGEST, MEMORY,
 * ALGORITHM. @buf is of no use then.
 */
int kota_chunk_open(struct kota_aead *aead, struct crypto_shash *digest,
		    const struct kota_chunk *entry, u32 idx, u8 *buf,
		    size_t ct_len, struct kota_refusal *why)
{
	u32 stored_len = le32_to_cpu(entry->stored_len);
	int err;

	if (ct_len != (size_t)stored_len + KOTA_TAG_LEN)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "chunk %u of %u bytes|%zu", idx, stored_len,
				   ct_len - KOTA_TAG_LEN);
	err = open_sealed(aead, idx, buf, ct_len, "chunk", why);
	if (err)
		return err;
	return check_digest(digest, buf, stored_len, entry->stored, idx,
			    "chunk", why);
}

/**
 * kota_chunk_unpack() - decompress a chunk and judge what came out
 * @u: memory for it; not used without compression
 * @digest: digest of the image
 * @image: the image
 * @entry: the chunk's entry in the signed table
 * @idx: index of the chunk
 * @bytes: what kota_chunk_open() gave; what is to be installed afterwards
 * @why: cause of a refusal
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause: UNPACK, DIGEST, MEMORY,
 * ALGORITHM.
 */
int kota_chunk_unpack(struct kota_unpack *u, struct crypto_shash *digest,
		      const struct kota_image *image,
		      const struct kota_chunk *entry, u32 idx, const u8 **bytes,
		      struct kota_refusal *why)
{
	u32 len = kota_manifest_chunk_len(image, idx);
	int err;

	if (image->compression == KOTA_COMPRESSION_NONE)
		return 0;
	err = kota_unpack_chunk(u, idx, *bytes, le32_to_cpu(entry->stored_len),
				len, why);
	if (err)
		return err;
	*bytes = u->out;
	return check_digest(digest, *bytes, len, kota_table_final(entry, image),
			    idx, "unpacked chunk", why);
}

/**
 * kota_chunk_open_block() - decrypt a block of a table in place
 * @aead: has the key of the image's table
 * @idx: index of the block
 * @buf: ciphertext and tag; the plaintext afterwards
 * @ct_len: bytes of both
 * @why: cause of a refusal
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause: TAG, MEMORY, ALGORITHM.
 */
int kota_chunk_open_block(struct kota_aead *aead, u32 idx, u8 *buf,
			  size_t ct_len, struct kota_refusal *why)
{
	return open_sealed(aead, idx, buf, ct_len, "table block", why);
}

/**
 * kota_chunk_check_root() - is this the table that was signed?
 * @digest: digest of the image
 * @table: plaintext of the table
 * @len: its bytes
 * @root: root digest from the manifest
 * @why: cause of a refusal
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause: TABLE, MEMORY, ALGORITHM.
 */
int kota_chunk_check_root(struct crypto_shash *digest, const u8 *table,
			  size_t len, const u8 root[KOTA_DIGEST_LEN],
			  struct kota_refusal *why)
{
	const struct kvec parts[] = {
		{ KOTA_TABLE_DOMAIN, sizeof(KOTA_TABLE_DOMAIN) },
		{ (void *)table, len },
	};
	u8 found[KOTA_DIGEST_LEN];
	int err = kota_digest(digest, parts, ARRAY_SIZE(parts), found);

	if (err)
		return digest_failed(why, err);
	if (memcmp(found, root, sizeof(found)))
		return kota_refuse(why, KOTA_CAUSE_TABLE,
				   "table with digest %8phN..|another", root);
	return 0;
}
