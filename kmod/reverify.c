// SPDX-License-Identifier: GPL-2.0
/*
 * Read an image back from the medium and compare: the digest of every chunk with
 * the signed table, and the CRC-16 of the whole.
 */

#include <linux/crc16.h>
#include <linux/crypto.h>

#include "kota_private.h"

/* And note it in the digest of the whole. */
static int check_chunk(struct crypto_shash *digest,
		       const struct kota_image *image,
		       const struct kota_chunk *entry, u32 idx, const u8 *buf,
		       u8 content[KOTA_DIGEST_LEN], struct kota_refusal *why)
{
	u8 found[KOTA_DIGEST_LEN];
	int err = kota_chunk_compare(digest, image, entry, idx, buf, found);

	if (err == -EREMOTEIO)
		return kota_refuse(why, KOTA_CAUSE_REVERIFY,
				   "chunk %u as it was written|other bytes",
				   idx);
	if (!err)
		err = kota_digest_chain(digest, content, found);
	if (err)
		return kota_refuse(why,
				   kota_cause_of(err, KOTA_CAUSE_ALGORITHM),
				   "a digest of this kernel|%d", err);
	return 0;
}

/**
 * kota_reverify() - does the medium hold what was signed?
 * @t: the target, all bytes written
 * @image: the image
 * @shape: its measures
 * @table: its table
 * @digest: its digest
 * @buf: memory for one chunk
 * @content: digest of the chunks' digests, for the record
 * @why: cause of a refusal
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause: MEDIUM, REVERIFY, MEMORY,
 * ALGORITHM.
 */
int kota_reverify(struct kota_target *t, const struct kota_image *image,
		  const struct kota_image_shape *shape, const u8 *table,
		  struct crypto_shash *digest, u8 *buf,
		  u8 content[KOTA_DIGEST_LEN], struct kota_refusal *why)
{
	const struct kota_table *head = (const void *)table;
	u16 crc = 0;
	u32 i;
	int err;

	memset(content, 0, KOTA_DIGEST_LEN);
	for (i = 0; i < shape->nr_chunks; i++) {
		const struct kota_chunk *entry =
			kota_table_entry(table, shape, i);
		u32 len = kota_manifest_chunk_len(image, i);

		err = kota_target_read(t, (u64)i << image->log2_chunk, buf,
				       len);
		if (err)
			return kota_refuse(
				why, kota_cause_of(err, KOTA_CAUSE_MEDIUM),
				"chunk %u read back|%d", i, err);
		err = check_chunk(digest, image, entry, i, buf, content, why);
		if (err)
			return err;
		crc = crc16(crc, buf, len);
		cond_resched();
	}
	if (crc != le16_to_cpu(head->crc16))
		return kota_refuse(why, KOTA_CAUSE_REVERIFY,
				   "CRC-16 of the table|another");
	return 0;
}
