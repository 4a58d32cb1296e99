// SPDX-License-Identifier: GPL-2.0
/* Form of the manifest and of tables: each field wrong once. */

#include "kota_kunit.h"

#define NR 3
#define LEN (sizeof(struct kota_manifest) + NR * sizeof(struct kota_image))

struct manifest_test {
	struct kota_manifest m;
	struct kota_image images[NR];
};

static struct manifest_test *make_good(struct kunit *test)
{
	struct manifest_test *t = test_zalloc(test, sizeof(*t));

	make_manifest(&t->m, NR);
	make_image(&t->images[0], "fpga", 10000, 12, KOTA_COMPRESSION_NONE);
	make_image(&t->images[1], "app", 1ULL << 20, 16, KOTA_COMPRESSION_ZSTD);
	make_image(&t->images[2], "root-2", 1, 20, KOTA_COMPRESSION_NONE);
	return t;
}

static int check(const struct manifest_test *t, struct kota_refusal *why)
{
	memset(why, 0, sizeof(*why));
	return kota_manifest_check((const u8 *)t, LEN, why);
}

/* For the places of fields only. */
static const struct manifest_test any;

/* One field, at @field in @any and of @len bytes, gets @value. */
struct spoilt {
	const char *name;
	const void *field;
	size_t len;
	u64 value;
	int err; /* 0: is good, in fact */
	enum kota_cause cause;
};

#define FIELD(m, value, err, cause) \
	{ #m " = " #value, &(m), sizeof(m), value, err, cause }
#define GOOD(m, value) FIELD(m, value, 0, KOTA_CAUSE_NONE)
#define FORMAT(m, value) FIELD(m, value, EPROTO, KOTA_CAUSE_FORMAT)
#define LENGTH(m, value) FIELD(m, value, EMSGSIZE, KOTA_CAUSE_LENGTH)
#define VERSION(m, value) FIELD(m, value, EPROTONOSUPPORT, KOTA_CAUSE_VERSION)

static const struct spoilt fields[] = {
	FORMAT(any.m.magic[0], 'k'),
	FORMAT(any.m.magic[7], 0),
	VERSION(any.m.version, 0),
	VERSION(any.m.version, 2),
	VERSION(any.m.version, 0x100),
	FORMAT(any.m.nr_images, 0),
	FORMAT(any.m.nr_images, 2),
	FORMAT(any.m.nr_images, 4),
	FORMAT(any.m.nr_images, 16),
	LENGTH(any.m.nr_images, 17),
	LENGTH(any.m.nr_images, 0xffff),
	LENGTH(any.m.nr_revoked, 9),
	LENGTH(any.m.nr_revoked, 0xffff),
	GOOD(any.m.nr_revoked, 8),
	LENGTH(any.m.nr_retired, 5),
	LENGTH(any.m.nr_retired, 0xffff),
	GOOD(any.m.nr_retired, 4),
	GOOD(any.m.level, 0),
	GOOD(any.m.level, 3),
	FORMAT(any.m.level, 4),
	FORMAT(any.m.level, 255),
	GOOD(any.m.consent, 2),
	FORMAT(any.m.consent, 3),
	FORMAT(any.m.consent, 255),
	FORMAT(any.m.digest, 0),
	GOOD(any.m.digest, 2),
	FORMAT(any.m.digest, 3),
	FORMAT(any.m.digest, 255),
	FORMAT(any.m.reserved0, 1),
	FORMAT(any.m.reserved1, 1),
	FORMAT(any.m.reserved1, 1U << 31),
	FORMAT(any.m.flags, 1), /* recovery, with images */
	FORMAT(any.m.flags, 2),
	FORMAT(any.m.flags, 1U << 31),
	GOOD(any.m.handling, 15),
	FORMAT(any.m.handling, 16),
	FORMAT(any.m.handling, 1U << 31),
	GOOD(any.m.sequence, 0),
	GOOD(any.m.sequence, U64_MAX),
	GOOD(any.m.min_sequence, U64_MAX),
	FORMAT(any.m.release[0], '\n'),
	FORMAT(any.m.release[0], 0x7f),
	FORMAT(any.m.release[0], 0x80),
	FORMAT(any.m.release[20], 'x'),
	FORMAT(any.m.release[63], 'x'),
	FORMAT(any.m.reserved2[0], 1),
	FORMAT(any.m.reserved2[23], 1),
	FORMAT(any.m.revoked[0][0], 1),
	FORMAT(any.m.revoked[7][31], 1),
	FORMAT(any.m.retired[0].key_id[0], 1),
	FORMAT(any.m.retired[3].last_sequence, 1),
	FORMAT(any.images[1].target[0], 0),
	FORMAT(any.images[1].target[0], 'A'),
	FORMAT(any.images[1].target[0], '/'),
	FORMAT(any.images[1].target[0], '.'),
	FORMAT(any.images[1].target[1], ' '),
	FORMAT(any.images[1].target[2], '_'),
	FORMAT(any.images[1].target[2], 0x1b),
	FORMAT(any.images[1].target[4], 'x'),
	FORMAT(any.images[2].target[31], 'x'),
	FORMAT(any.images[1].target[0], 'a' - 1),
	FORMAT(any.images[1].target[0], 'z' + 1),
	FORMAT(any.images[1].target[0], '9' + 1),
	GOOD(any.images[1].target[0], 'a'),
	GOOD(any.images[1].target[0], 'z'),
	GOOD(any.images[1].target[0], '0'),
	GOOD(any.images[1].target[0], '9'),
	GOOD(any.images[1].target[3], '-'),
	FORMAT(any.images[2].version[0], 0),
	FORMAT(any.images[2].version[1], 0x80),
	FORMAT(any.images[2].version[31], 'x'),
	FORMAT(any.images[0].precondition[0], 0x1f),
	GOOD(any.images[0].precondition[0], '1'),
	FORMAT(any.images[0].precondition[1], '1'),
	FORMAT(any.images[0].precondition[31], '1'),
	FORMAT(any.images[0].size, 0),
	GOOD(any.images[0].size, 1),
	GOOD(any.images[0].size, (1ULL << 31) - 1),
	GOOD(any.images[0].size, 1ULL << 31),
	GOOD(any.images[0].size, (1ULL << 31) + 1),
	GOOD(any.images[0].size, (1ULL << 32) - 1),
	GOOD(any.images[0].size, 1ULL << 32),
	GOOD(any.images[0].size, (1ULL << 32) + 1),
	GOOD(any.images[0].size, 1ULL << 48),
	LENGTH(any.images[0].size, (1ULL << 48) + 1),
	LENGTH(any.images[0].size, 1ULL << 63),
	LENGTH(any.images[0].size, U64_MAX),
	FORMAT(any.images[0].log2_chunk, 0),
	FORMAT(any.images[0].log2_chunk, 11),
	GOOD(any.images[0].log2_chunk, 20),
	FORMAT(any.images[0].log2_chunk, 21),
	FORMAT(any.images[0].log2_chunk, 32),
	FORMAT(any.images[0].log2_chunk, 255),
	FORMAT(any.images[2].digest, 0),
	GOOD(any.images[2].digest, 2),
	FORMAT(any.images[2].digest, 3),
	FORMAT(any.images[2].cipher, 0),
	GOOD(any.images[2].cipher, 1),
	FORMAT(any.images[2].cipher, 3),
	FORMAT(any.images[2].compression, 2),
	FORMAT(any.images[2].compression, 255),
	FORMAT(any.images[2].flags, 1),
	FORMAT(any.images[2].flags, 1U << 31),
	FORMAT(any.images[2].data_from, 1),
	GOOD(any.images[2].data_to, U32_MAX),
	FORMAT(any.images[2].reserved[0], 1),
	FORMAT(any.images[2].reserved[39], 1),
};

KUNIT_ARRAY_PARAM_DESC(field, fields, name);

static void one_field(struct kunit *test)
{
	const struct spoilt *s = test->param_value;
	struct manifest_test *t = make_good(test);
	__le64 value = cpu_to_le64(s->value);
	struct kota_refusal why;

	memcpy((u8 *)t + (s->field - (const void *)&any), &value, s->len);
	EXPECT_REFUSED(test, check(t, &why), &why, s->err, s->cause);
}

static void good_is_accepted(struct kunit *test)
{
	struct manifest_test *t = make_good(test);
	struct kota_refusal why;

	KUNIT_EXPECT_EQ(test, check(t, &why), 0);
	/* All that may be there is there. */
	t->m.nr_revoked = cpu_to_le16(KOTA_MAX_REVOKED);
	t->m.nr_retired = cpu_to_le16(KOTA_MAX_RETIRED);
	memset(t->m.revoked, 0x5a, sizeof(t->m.revoked));
	memset(t->m.retired, 0x5a, sizeof(t->m.retired));
	memset(t->m.release, '~', sizeof(t->m.release) - 1);
	memset(t->images[0].target, 'a', sizeof(t->images[0].target) - 1);
	memset(t->images[0].version, ' ', sizeof(t->images[0].version) - 1);
	t->images[0].data_from = cpu_to_le32(3);
	t->images[0].data_to = cpu_to_le32(3);
	KUNIT_EXPECT_EQ(test, check(t, &why), 0);
	/* One entry more than said. */
	t->m.nr_revoked = cpu_to_le16(KOTA_MAX_REVOKED - 1);
	EXPECT_REFUSED(test, check(t, &why), &why, EPROTO, KOTA_CAUSE_FORMAT);
	t->m.nr_revoked = cpu_to_le16(KOTA_MAX_REVOKED);
	t->m.nr_retired = 0;
	EXPECT_REFUSED(test, check(t, &why), &why, EPROTO, KOTA_CAUSE_FORMAT);
}

static void length_of_section(struct kunit *test)
{
	struct manifest_test *t = make_good(test);
	struct kota_refusal why = {};
	size_t len;

	for (len = 0; len < LEN; len++) {
		u8 *copy = kmemdup(t, len, GFP_KERNEL);
		int err = kota_manifest_check(copy, len, &why);

		kfree(copy);
		EXPECT_REFUSED(test, err, &why, EPROTO, KOTA_CAUSE_FORMAT);
	}
	t->m.nr_images = 0;
	KUNIT_EXPECT_EQ(test, kota_manifest_check((u8 *)t, sizeof(t->m), &why),
			0);
}

/* What a flag means that is not known, nobody can tell: not without images either. */
static void flags_of_statement(struct kunit *test)
{
	struct manifest_test *t = make_good(test);
	struct kota_refusal why = {};
	unsigned int bit;
	int err;

	t->m.nr_images = 0;
	for (bit = 0; bit < 32; bit++) {
		t->m.flags = cpu_to_le32(BIT(bit));
		err = kota_manifest_check((u8 *)t, sizeof(t->m), &why);
		if (BIT(bit) == KOTA_FLAG_RECOVERY)
			KUNIT_EXPECT_EQ(test, err, 0);
		else
			EXPECT_REFUSED(test, err, &why, EPROTO,
				       KOTA_CAUSE_FORMAT);
	}
}

/* Without an end they would go on in the next field. */
static void strings_without_end(struct kunit *test)
{
	struct manifest_test *t = make_good(test);
	struct kota_refusal why;
	const struct {
		char *text;
		size_t size;
	} rows[] = {
		{ t->m.release, sizeof(t->m.release) },
		{ t->images[1].version, KOTA_NAME_LEN },
		{ t->images[1].precondition, KOTA_NAME_LEN },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		memset(rows[i].text, 'x', rows[i].size);
		EXPECT_REFUSED(test, check(t, &why), &why, EPROTO,
			       KOTA_CAUSE_FORMAT);
		rows[i].text[rows[i].size - 1] = '\0';
		KUNIT_EXPECT_EQ(test, check(t, &why), 0);
	}
}

static void target_names(struct kunit *test)
{
	static const char *const names[] = {
		"",	".",   "..",  "../x", "a/b", "/dev/mtd0",
		"a\\b", "a:b", "a%s", "a b",  "A",
	};
	struct manifest_test *t = make_good(test);
	struct kota_refusal why;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		memset(t->images[1].target, 0, sizeof(t->images[1].target));
		strscpy(t->images[1].target, names[i],
			sizeof(t->images[1].target));
		EXPECT_REFUSED(test, check(t, &why), &why, EPROTO,
			       KOTA_CAUSE_FORMAT);
	}
	memset(t->images[1].target, 'a', sizeof(t->images[1].target));
	EXPECT_REFUSED(test, check(t, &why), &why, EPROTO, KOTA_CAUSE_FORMAT);
}

static void target_twice(struct kunit *test)
{
	struct manifest_test *t = make_good(test);
	struct kota_refusal why;

	memcpy(t->images[2].target, t->images[0].target,
	       sizeof(t->images[0].target));
	EXPECT_REFUSED(test, check(t, &why), &why, EPROTO, KOTA_CAUSE_FORMAT);
	KUNIT_EXPECT_STREQ(test, why.found, "fpga twice");
	/* A name that another begins with is another name. */
	t->images[2].target[4] = '2';
	KUNIT_EXPECT_EQ(test, check(t, &why), 0);
}

struct shape_case {
	const char *name;
	u64 size;
	u8 log2_chunk;
	u8 compression;
	u32 nr_chunks; /* 0: refused */
};

/* 16 MiB hold 419430 entries of 40 bytes, or 233016 of 72. */
static const struct shape_case shapes[] = {
	{ "one byte", 1, 12, 0, 1 },
	{ "one chunk", 4096, 12, 0, 1 },
	{ "a byte more", 4097, 12, 0, 2 },
	{ "2^31 - 1 in 4 KiB", (1ULL << 31) - 1, 12, 0, 0 },
	{ "largest in 4 KiB", 419430ULL << 12, 12, 0, 419430 },
	{ "a byte above", (419430ULL << 12) + 1, 12, 0, 0 },
	{ "largest in 4 KiB, zstd", 233016ULL << 12, 12, 1, 233016 },
	{ "a byte above, zstd", (233016ULL << 12) + 1, 12, 1, 0 },
	{ "2^31 in 4 KiB", 1ULL << 31, 12, 0, 0 },
	{ "2^32 + 1 in 4 KiB", (1ULL << 32) + 1, 12, 0, 0 },
	{ "2^44 in 4 KiB", 1ULL << 44, 12, 0, 0 },
	{ "2^44 + 1 in 4 KiB", (1ULL << 44) + 1, 12, 0, 0 },
	{ "2^48 in 4 KiB", 1ULL << 48, 12, 0, 0 },
	{ "U64_MAX in 4 KiB", U64_MAX, 12, 0, 0 },
	{ "2^31 - 1 in 1 MiB", (1ULL << 31) - 1, 20, 0, 2048 },
	{ "2^31 in 1 MiB", 1ULL << 31, 20, 0, 2048 },
	{ "2^31 + 1 in 1 MiB", (1ULL << 31) + 1, 20, 0, 2049 },
	{ "2^32 - 1 in 1 MiB", (1ULL << 32) - 1, 20, 0, 4096 },
	{ "2^32 in 1 MiB", 1ULL << 32, 20, 1, 4096 },
	{ "2^32 + 1 in 1 MiB", (1ULL << 32) + 1, 20, 1, 4097 },
	{ "largest in 1 MiB", 419430ULL << 20, 20, 0, 419430 },
	{ "a byte above in 1 MiB", (419430ULL << 20) + 1, 20, 0, 0 },
	{ "2^48 in 1 MiB", 1ULL << 48, 20, 0, 0 },
	{ "2^52 + 1 in 1 MiB", (1ULL << 52) + 1, 20, 0, 0 },
	{ "2^63 in 1 MiB", 1ULL << 63, 20, 0, 0 },
	{ "U64_MAX in 1 MiB", U64_MAX, 20, 1, 0 },
};

KUNIT_ARRAY_PARAM_DESC(measure, shapes, name);

static void measures(struct kunit *test)
{
	const struct shape_case *c = test->param_value;
	struct kota_image_shape shape;
	struct kota_refusal why = {};
	struct kota_image img;
	int err;

	memset(&shape, 0xff, sizeof(shape));
	make_image(&img, "app", c->size, c->log2_chunk, c->compression);
	err = kota_manifest_shape(&img, &shape, &why);
	if (!c->nr_chunks) {
		EXPECT_REFUSED(test, err, &why, EMSGSIZE, KOTA_CAUSE_LENGTH);
		return;
	}
	KUNIT_ASSERT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, shape.nr_chunks, c->nr_chunks);
	KUNIT_EXPECT_EQ(test, shape.chunk_len, 1U << c->log2_chunk);
	KUNIT_EXPECT_EQ(test, shape.entry_len, c->compression ? 72 : 40);
	KUNIT_EXPECT_EQ(test, shape.extra_len, c->compression ? 64 : 0);
	KUNIT_EXPECT_EQ(test, shape.table_len,
			16 + (u64)c->nr_chunks * shape.entry_len);
	KUNIT_EXPECT_LE(test, shape.table_len, KOTA_MAX_TABLES_LEN + 16);

	KUNIT_EXPECT_EQ(test, kota_manifest_chunk_len(&img, c->nr_chunks - 1),
			c->size - ((u64)(c->nr_chunks - 1) << c->log2_chunk));
	if (c->nr_chunks > 1)
		KUNIT_EXPECT_EQ(test,
				kota_manifest_chunk_len(&img, c->nr_chunks - 2),
				shape.chunk_len);
}

/* 10000 bytes in chunks of 4096: 4096, 4096, 1808. */
static u8 *make_table(struct kunit *test, u8 compression,
		      struct kota_image *img, struct kota_image_shape *shape)
{
	struct kota_refusal why;
	struct kota_table *head;
	u8 *table;
	u32 i;

	make_image(img, "app", 10000, 12, compression);
	KUNIT_ASSERT_EQ(test, kota_manifest_shape(img, shape, &why), 0);
	table = test_zalloc(test, shape->table_len);
	head = (void *)table;
	head->crc16 = cpu_to_le16(0xffff);
	head->nr_chunks = cpu_to_le32(3);
	for (i = 0; i < 3; i++) {
		struct kota_chunk *entry =
			(void *)kota_table_entry(table, shape, i);

		KUNIT_ASSERT_PTR_EQ(test, (u8 *)entry,
				    table + 16 + i * (compression ? 72 : 40));
		memset(entry->stored, 0x5a, sizeof(entry->stored));
		entry->stored_len = cpu_to_le32(i < 2 ? 4096 : 1808);
	}
	return table;
}

static void table(struct kunit *test)
{
	static const struct {
		size_t off;
		u32 value;
		bool good, good_compressed;
	} spoils[] = {
		{ 0, 0xffff, true, true }, /* crc16 is not judged here */
		{ 0, 0x10000, false, false }, /* reserved0 */
		{ 4, 0, false, false },
		{ 4, 2, false, false },
		{ 4, 4, false, false },
		{ 4, U32_MAX, false, false },
		{ 8, 1, false, false },
		{ 12, 1U << 31, false, false },
		{ 16, 0, false, false },
		{ 16, 1, false, true },
		{ 16, 4095, false, true },
		{ 16, 4096, true, true },
		{ 16, 4097, false, true },
		{ 16, 4096 + 64, false, true },
		{ 16, 4096 + 65, false, false },
		{ 16, U32_MAX, false, false },
		{ 16, U32_MAX - 63, false, false },
		{ 16, 1U << 31, false, false },
		{ 20, 1, false, false },
		{ 20, 1U << 31, false, false },
	};
	struct kota_image_shape shape;
	struct kota_refusal why = {};
	struct kota_image img;
	u8 *table, *copy, compression;
	size_t i;
	int err;

	for (compression = 0; compression < 2; compression++) {
		table = make_table(test, compression, &img, &shape);
		KUNIT_EXPECT_EQ(test,
				kota_manifest_check_table(table, &img, &shape,
							  &why),
				0);
		copy = test_zalloc(test, shape.table_len);
		for (i = 0; i < ARRAY_SIZE(spoils); i++) {
			memcpy(copy, table, shape.table_len);
			put_unaligned_le32(spoils[i].value,
					   copy + spoils[i].off);
			err = kota_manifest_check_table(copy, &img, &shape,
							&why);
			KUNIT_EXPECT_EQ_MSG(
				test, err,
				(compression ? spoils[i].good_compressed :
					       spoils[i].good) ?
					0 :
					-EPROTO,
				"compression %u, %u at %zu", compression,
				spoils[i].value, spoils[i].off);
		}
		/* The last one is short. */
		memcpy(copy, table, shape.table_len);
		put_unaligned_le32(1809 + shape.extra_len,
				   copy + 16 + 2 * shape.entry_len);
		EXPECT_REFUSED(test,
			       kota_manifest_check_table(copy, &img, &shape,
							 &why),
			       &why, EPROTO, KOTA_CAUSE_FORMAT);
	}
}

/* No images: a statement, which may permit recovery. */
static void statement(struct kunit *test)
{
	struct manifest_test *t = make_good(test);
	struct kota_refusal why = {};

	t->m.nr_images = 0;
	KUNIT_EXPECT_EQ(
		test, kota_manifest_check((u8 *)&t->m, sizeof(t->m), &why), 0);
	t->m.flags = cpu_to_le32(KOTA_FLAG_RECOVERY);
	KUNIT_EXPECT_EQ(
		test, kota_manifest_check((u8 *)&t->m, sizeof(t->m), &why), 0);
}

static struct kunit_case manifest_cases[] = {
	KUNIT_CASE(good_is_accepted),
	KUNIT_CASE_PARAM(one_field, field_gen_params),
	KUNIT_CASE(statement),
	KUNIT_CASE(length_of_section),
	KUNIT_CASE(flags_of_statement),
	KUNIT_CASE(strings_without_end),
	KUNIT_CASE(target_names),
	KUNIT_CASE(target_twice),
	KUNIT_CASE_PARAM(measures, measure_gen_params),
	KUNIT_CASE(table),
	{}
};

static struct kunit_suite manifest_suite = {
	.name = "kota_manifest",
	.test_cases = manifest_cases,
};

kunit_test_suite(manifest_suite);
