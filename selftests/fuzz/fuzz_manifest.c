// SPDX-License-Identifier: GPL-2.0
/*
 * The manifest section and, behind it, the plaintext of the first image's table:
 * form, what they measure, and that an accepted table covers the image.
 */

#include "fuzz.h"

static void check_table(const struct kota_image *image, const u8 *data, size_t size)
{
	struct kota_refusal why = { 0 };
	struct kota_image_shape shape;
	u64 sum = 0;
	u32 i;
	u8 *table;
	int err = kota_manifest_shape(image, &shape, &why);

	fuzz_verdict(err, &why);
	if (err || size < shape.table_len)
		return;
	table = fuzz_copy(data, shape.table_len);
	err = kota_manifest_check_table(table, image, &shape, &why);
	fuzz_verdict(err, &why);
	for (i = 0; !err && i < shape.nr_chunks; i++) {
		const struct kota_chunk *entry = kota_table_entry(table, &shape, i);
		u32 len = kota_manifest_chunk_len(image, i);

		fuzz_touch(entry, shape.entry_len);
		FUZZ_CHECK(len && len <= shape.chunk_len);
		FUZZ_CHECK(le32_to_cpu(entry->stored_len) <= shape.chunk_len + shape.extra_len);
		FUZZ_CHECK(image->compression || le32_to_cpu(entry->stored_len) == len);
		sum += len;
	}
	FUZZ_CHECK(err || sum == le64_to_cpu(image->size));
	free(table);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	const struct kota_manifest *m;
	struct kota_refusal why = { 0 };
	size_t len = size;
	u8 *section;
	int err;

	/* As many images as it says, when they are there */
	if (size >= sizeof(*m)) {
		m = (const void *)data;
		len = sizeof(*m) + le16_to_cpu(m->nr_images) * sizeof(struct kota_image);
		len = min_t(size_t, len, size);
	}
	section = fuzz_copy(data, len);
	err = kota_manifest_check(section, len, &why);
	fuzz_verdict(err, &why);
	m = (const void *)section;
	if (!err && m->nr_images)
		check_table(kota_manifest_images(m), data + len, size - len);
	free(section);
	return 0;
}
