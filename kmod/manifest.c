// SPDX-License-Identifier: GPL-2.0
/*
 * Form of the manifest and of the tables: every field in its range, every
 * reserved byte zero. What a device thinks of the values is policy.c's affair.
 */

#include "parse.h"

static_assert(sizeof(struct kota_prologue) == 64);
static_assert(sizeof(struct kota_manifest) == 640);
static_assert(sizeof(struct kota_image) == 192);
static_assert(sizeof(struct kota_retired) == 40);
static_assert(sizeof(struct kota_signature) == 8);
static_assert(sizeof(struct kota_envelope) == 40);
static_assert(sizeof(struct kota_table) == 16);
static_assert(sizeof(struct kota_chunk) == 40);
static_assert(sizeof(struct kota_frame) == 16);
static_assert(sizeof(KOTA_TABLE_DOMAIN) == 16);
static_assert(sizeof(KOTA_LABEL_TABLE) == KOTA_LABEL_LEN);
static_assert(sizeof(KOTA_LABEL_FRAMES) == KOTA_LABEL_LEN);
static_assert(sizeof(KOTA_LABEL_WRAP) == KOTA_LABEL_LEN);

#define KNOWN_HANDLING                                        \
	(KOTA_HANDLING_ERASE_SLOT | KOTA_HANDLING_NO_RESUME | \
	 KOTA_HANDLING_REBOOT_NOW | KOTA_HANDLING_EXTERNAL_POWER)

/* Printable ASCII, then at least one NUL, then nothing but NULs. */
static bool string_is_clean(const char *s, size_t size)
{
	size_t len = strnlen(s, size), i;

	for (i = 0; i < len; i++)
		if (s[i] < 0x20 || s[i] > 0x7e)
			return false;
	return len < size && !memchr_inv(s + len, 0, size - len);
}

/* A key of the device's table, never a path. */
static bool name_is_clean(const char *s)
{
	size_t i;

	if (!string_is_clean(s, KOTA_NAME_LEN) || !*s)
		return false;
	for (i = 0; s[i]; i++)
		if (!(s[i] >= 'a' && s[i] <= 'z') &&
		    !(s[i] >= '0' && s[i] <= '9') && s[i] != '-')
			return false;
	return true;
}

static int check_lists(const struct kota_manifest *m, struct kota_refusal *why)
{
	u16 nr_revoked = le16_to_cpu(m->nr_revoked);
	u16 nr_retired = le16_to_cpu(m->nr_retired);

	if (nr_revoked > KOTA_MAX_REVOKED || nr_retired > KOTA_MAX_RETIRED)
		return kota_refuse(
			why, KOTA_CAUSE_LENGTH,
			"at most %u revoked and %u retired|%u and %u",
			KOTA_MAX_REVOKED, KOTA_MAX_RETIRED, nr_revoked,
			nr_retired);
	if (memchr_inv(m->revoked[nr_revoked], 0,
		       (KOTA_MAX_REVOKED - nr_revoked) *
			       sizeof(m->revoked[0])) ||
	    memchr_inv(&m->retired[nr_retired], 0,
		       (KOTA_MAX_RETIRED - nr_retired) * sizeof(m->retired[0])))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "unused entries of zero|other bytes");
	return 0;
}

static int check_header(const struct kota_manifest *m, struct kota_refusal *why)
{
	if (memcmp(m->magic, KOTA_MANIFEST_MAGIC, KOTA_MAGIC_LEN))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "manifest magic|%*ph", KOTA_MAGIC_LEN,
				   m->magic);
	if (le16_to_cpu(m->version) != KOTA_FORMAT_VERSION)
		return kota_refuse(why, KOTA_CAUSE_VERSION,
				   "manifest format %u|format %u",
				   KOTA_FORMAT_VERSION,
				   le16_to_cpu(m->version));
	if (m->reserved0 || m->reserved1 ||
	    memchr_inv(m->reserved2, 0, sizeof(m->reserved2)))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "reserved bytes of zero|manifest");
	if (m->level > KOTA_LEVEL_QUANTUM)
		return kota_refuse(why, KOTA_CAUSE_FORMAT, "level 0 to 3|%u",
				   m->level);
	if (m->consent > KOTA_CONSENT_REQUIRED)
		return kota_refuse(why, KOTA_CAUSE_FORMAT, "consent 0 to 2|%u",
				   m->consent);
	if (m->digest != KOTA_DIGEST_SHA256 &&
	    m->digest != KOTA_DIGEST_SHA3_256)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "manifest digest 1 or 2|%u", m->digest);
	if (le32_to_cpu(m->flags) & ~KOTA_FLAG_RECOVERY)
		return kota_refuse(why, KOTA_CAUSE_FORMAT, "known flags|%#x",
				   le32_to_cpu(m->flags));
	if (m->flags && m->nr_images)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "recovery without images|%u images",
				   le16_to_cpu(m->nr_images));
	if (le32_to_cpu(m->handling) & ~KNOWN_HANDLING)
		return kota_refuse(why, KOTA_CAUSE_FORMAT, "known handling|%#x",
				   le32_to_cpu(m->handling));
	if (!string_is_clean(m->release, sizeof(m->release)))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "printable release|other bytes");
	return check_lists(m, why);
}

static int check_image_numbers(const struct kota_image *img, u16 idx,
			       struct kota_refusal *why)
{
	if (!img->size)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "image %u with bytes|size 0", idx);
	if (le64_to_cpu(img->size) > KOTA_MAX_FRAMES_LEN)
		return kota_refuse(why, KOTA_CAUSE_LENGTH,
				   "image of at most %llu bytes|%llu",
				   KOTA_MAX_FRAMES_LEN, le64_to_cpu(img->size));
	if (img->log2_chunk < KOTA_MIN_LOG2_CHUNK ||
	    img->log2_chunk > KOTA_MAX_LOG2_CHUNK)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "log2 of chunk %u to %u|%u",
				   KOTA_MIN_LOG2_CHUNK, KOTA_MAX_LOG2_CHUNK,
				   img->log2_chunk);
	if (img->digest != KOTA_DIGEST_SHA256 &&
	    img->digest != KOTA_DIGEST_SHA3_256)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "image digest 1 or 2|%u", img->digest);
	if (img->cipher != KOTA_CIPHER_AES_128_GCM &&
	    img->cipher != KOTA_CIPHER_AES_256_GCM)
		return kota_refuse(why, KOTA_CAUSE_FORMAT, "cipher 1 or 2|%u",
				   img->cipher);
	if (img->compression > KOTA_COMPRESSION_ZSTD)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "compression 0 or 1|%u", img->compression);
	if (img->flags || memchr_inv(img->reserved, 0, sizeof(img->reserved)))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "reserved bytes of zero|image %u", idx);
	if (le32_to_cpu(img->data_from) > le32_to_cpu(img->data_to))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "data version from <= to|%u > %u",
				   le32_to_cpu(img->data_from),
				   le32_to_cpu(img->data_to));
	return 0;
}

static int check_image(const struct kota_image *images, u16 idx,
		       struct kota_refusal *why)
{
	const struct kota_image *img = &images[idx];
	u16 i;

	if (!name_is_clean(img->target))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "target name of [a-z0-9-]|image %u", idx);
	if (!string_is_clean(img->version, sizeof(img->version)) ||
	    !*img->version)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "printable version|image %u", idx);
	if (!string_is_clean(img->precondition, sizeof(img->precondition)))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "printable precondition|image %u", idx);
	for (i = 0; i < idx; i++)
		if (!strcmp(images[i].target, img->target))
			return kota_refuse(why, KOTA_CAUSE_FORMAT,
					   "one image per target|%s twice",
					   img->target);
	return check_image_numbers(img, idx, why);
}

/**
 * kota_manifest_check() - is this a manifest?
 * @data: the manifest section, aligned to 8 bytes
 * @len: its bytes
 * @why: cause of a refusal
 *
 * Only a manifest whose signature is good may come here.
 *
 * Return: 0, or the negative errno of a cause: FORMAT, VERSION, LENGTH.
 */
int kota_manifest_check(const u8 *data, size_t len, struct kota_refusal *why)
{
	const struct kota_manifest *m = (const void *)data;
	u16 nr_images, i;
	int err;

	if (len < sizeof(*m))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "manifest of %zu bytes|%zu", sizeof(*m),
				   len);
	nr_images = le16_to_cpu(m->nr_images);
	if (nr_images > KOTA_MAX_IMAGES)
		return kota_refuse(why, KOTA_CAUSE_LENGTH,
				   "at most %u images|%u", KOTA_MAX_IMAGES,
				   nr_images);
	if (len != sizeof(*m) + nr_images * sizeof(struct kota_image))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "length for %u images|%zu bytes", nr_images,
				   len);
	err = check_header(m, why);
	for (i = 0; !err && i < nr_images; i++)
		err = check_image(kota_manifest_images(m), i, why);
	return err;
}

/**
 * kota_manifest_shape() - measures of an image's table and frames
 * @image: from a manifest that kota_manifest_check() accepted
 * @shape: the measures
 * @why: cause of a refusal
 *
 * Return: 0, or the negative errno of the cause LENGTH.
 */
int kota_manifest_shape(const struct kota_image *image,
			struct kota_image_shape *shape,
			struct kota_refusal *why)
{
	u64 size = le64_to_cpu(image->size);
	u64 nr_chunks = ((size - 1) >> image->log2_chunk) + 1;

	shape->chunk_len = 1U << image->log2_chunk;
	shape->entry_len = sizeof(struct kota_chunk);
	shape->extra_len = 0;
	if (image->compression != KOTA_COMPRESSION_NONE) {
		shape->entry_len += KOTA_DIGEST_LEN;
		shape->extra_len = KOTA_MAX_ZSTD_EXTRA;
	}
	/* Bounds both factors first: size may be anything up to 2^48. */
	if (nr_chunks > KOTA_MAX_TABLES_LEN / shape->entry_len)
		return kota_refuse(why, KOTA_CAUSE_LENGTH,
				   "table of at most %u bytes|%llu chunks",
				   KOTA_MAX_TABLES_LEN, nr_chunks);
	shape->nr_chunks = nr_chunks;
	shape->table_len =
		sizeof(struct kota_table) + shape->nr_chunks * shape->entry_len;
	return 0;
}

/**
 * kota_manifest_chunk_len() - bytes of a chunk as it is installed
 * @image: the image
 * @chunk: index of one of its chunks
 *
 * Return: a full chunk's bytes, for the last one what remains.
 */
u32 kota_manifest_chunk_len(const struct kota_image *image, u32 chunk)
{
	u64 pos = (u64)chunk << image->log2_chunk;

	return min_t(u64, 1U << image->log2_chunk,
		     le64_to_cpu(image->size) - pos);
}

/**
 * kota_manifest_check_table() - is this a table for the image?
 * @table: plaintext of the table, digest already compared
 * @image: the image
 * @shape: its measures
 * @why: cause of a refusal
 *
 * Return: 0, or the negative errno of the cause FORMAT.
 */
int kota_manifest_check_table(const u8 *table, const struct kota_image *image,
			      const struct kota_image_shape *shape,
			      struct kota_refusal *why)
{
	const struct kota_table *head = (const void *)table;
	u32 i;

	if (le32_to_cpu(head->nr_chunks) != shape->nr_chunks)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "table of %u chunks|%u", shape->nr_chunks,
				   le32_to_cpu(head->nr_chunks));
	if (head->reserved0 || head->reserved1)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "reserved bytes of zero|table");
	for (i = 0; i < shape->nr_chunks; i++) {
		const struct kota_chunk *entry =
			kota_table_entry(table, shape, i);
		u32 stored_len = le32_to_cpu(entry->stored_len);
		u32 chunk_len = kota_manifest_chunk_len(image, i);

		if (entry->reserved || !stored_len ||
		    stored_len > chunk_len + shape->extra_len ||
		    (image->compression == KOTA_COMPRESSION_NONE &&
		     stored_len != chunk_len))
			return kota_refuse(why, KOTA_CAUSE_FORMAT,
					   "chunk %u of %u bytes|%u", i,
					   chunk_len, stored_len);
	}
	return 0;
}
