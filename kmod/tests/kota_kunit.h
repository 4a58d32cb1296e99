/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites share: how a refusal is expected, and a manifest that is as
 * it should be, for each test to spoil in one place.
 */
#ifndef KOTA_KUNIT_H
#define KOTA_KUNIT_H

#include <kunit/test.h>

#include "../kota_private.h"

/* @ret is the errno of the manual, and @why names the cause. */
#define EXPECT_REFUSED(test, ret, why, error, name)			\
do {									\
	const struct kota_refusal *_why = (why);			\
	struct kunit *_test = (test);					\
									\
	KUNIT_EXPECT_EQ_MSG(_test, ret, -(error), "%s|%s",		\
			    _why->expected, _why->found);		\
	KUNIT_EXPECT_EQ_MSG(_test, _why->cause, (name), "%s|%s",	\
			    _why->expected, _why->found);		\
} while (0)

static inline void *test_zalloc(struct kunit *test, size_t len)
{
	void *p = kunit_kzalloc(test, len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

static inline void make_image(struct kota_image *img, const char *target,
			      u64 size, u8 log2_chunk, u8 compression)
{
	memset(img, 0, sizeof(*img));
	strscpy(img->target, target, sizeof(img->target));
	strscpy(img->version, "1.0", sizeof(img->version));
	img->size = cpu_to_le64(size);
	img->log2_chunk = log2_chunk;
	img->digest = KOTA_DIGEST_SHA256;
	img->cipher = KOTA_CIPHER_AES_256_GCM;
	img->compression = compression;
}

static inline void make_manifest(struct kota_manifest *m, u16 nr_images)
{
	memset(m, 0, sizeof(*m));
	memcpy(m->magic, KOTA_MANIFEST_MAGIC, KOTA_MAGIC_LEN);
	m->version = cpu_to_le16(KOTA_FORMAT_VERSION);
	m->nr_images = cpu_to_le16(nr_images);
	m->level = KOTA_LEVEL_UPGRADED;
	m->digest = KOTA_DIGEST_SHA256;
	m->sequence = cpu_to_le64(7);
	strscpy(m->release, "2026.11", sizeof(m->release));
}

#endif /* KOTA_KUNIT_H */
