// SPDX-License-Identifier: GPL-2.0
/*
 * Partitions without a disk: what is refused before any is asked, and the words for
 * one that was not found.
 */

#include "kota_kunit.h"

#define DISK_LEN SZ_64K
#define SECTOR 512

static void reasons(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, kota_disk_reason(-EPROBE_DEFER),
			   "disk is not there");
	KUNIT_EXPECT_STREQ(test, kota_disk_reason(-ENOENT),
			   "disk has no partition of that name");
	KUNIT_EXPECT_STREQ(test, kota_disk_reason(-ENOTUNIQ),
			   "disk has two partitions of that name");
	/* Found, and something else is wrong with it; or nothing is. */
	KUNIT_EXPECT_NULL(test, kota_disk_reason(-EBUSY));
	KUNIT_EXPECT_NULL(test, kota_disk_reason(-EINVAL));
	KUNIT_EXPECT_NULL(test, kota_disk_reason(0));
}

/* What a bio would make of it, the disk that is not there could not tell. */
static void outside(struct kunit *test)
{
	static const struct {
		u64 pos;
		size_t len;
	} ranges[] = {
		{ 0, DISK_LEN + SECTOR }, { DISK_LEN - SECTOR, 2 * SECTOR },
		{ DISK_LEN, SECTOR },	  { DISK_LEN + SECTOR, 0 },
		{ SECTOR, SIZE_MAX },	  { U64_MAX - SECTOR + 1, SECTOR },
	};
	struct kota_disk d = { .size = DISK_LEN, .sector = SECTOR };
	u8 byte = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		u64 pos = ranges[i].pos;
		size_t len = ranges[i].len;

		KUNIT_EXPECT_EQ_MSG(test, kota_disk_read(&d, pos, &byte, len),
				    -EINVAL, "%zu at %llu", len, pos);
		KUNIT_EXPECT_EQ_MSG(test, kota_disk_write(&d, pos, &byte, len),
				    -EINVAL, "%zu at %llu", len, pos);
		KUNIT_EXPECT_EQ_MSG(test, kota_disk_zero(&d, pos, len), -EINVAL,
				    "%zu at %llu", len, pos);
	}
}

/* It would have to be read first, and to be right then. */
static void amidst_a_sector(struct kunit *test)
{
	struct kota_disk d = { .size = DISK_LEN, .sector = SECTOR };
	u8 byte = 0;

	KUNIT_EXPECT_EQ(test, kota_disk_write(&d, 1, &byte, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, kota_disk_zero(&d, 1, SECTOR), -EINVAL);
	KUNIT_EXPECT_EQ(test, kota_disk_zero(&d, SECTOR, 1), -EINVAL);
}

static struct kunit_case disk_cases[] = {
	KUNIT_CASE(reasons),
	KUNIT_CASE(outside),
	KUNIT_CASE(amidst_a_sector),
	{},
};

static struct kunit_suite disk_suite = {
	.name = "kota_disk",
	.test_cases = disk_cases,
};

kunit_test_suite(disk_suite);
