// SPDX-License-Identifier: GPL-2.0
/*
 * The pull parser: a whole stream in windows of all sizes, and streams in which
 * one length, head or reserved byte is wrong.
 */

#include "stream.h"

/* What the parser holds at first, and until it knows more. */
#define FIRST_CAP (sizeof(struct kota_signature) + KOTA_MAX_CMS_LEN)

/* What comes, and where its bytes are in the stream. */
static const struct {
	enum kota_item_type type;
	bool last;
	u16 image;
	u32 block;
	size_t off, len;
} expected[] = {
	{ KOTA_ITEM_PROLOGUE, true, 0, 0, 0, AT_MANIFEST },
	{ KOTA_ITEM_MANIFEST, true, 0, 0, AT_MANIFEST, MANIFEST_LEN },
	{ KOTA_ITEM_SIGNATURE, false, 0, 0, AT_SIGNATURES, SIGNATURE_LEN },
	{ KOTA_ITEM_SIGNATURE, true, 0, 0, AT_SIGNATURES + SIGNATURE_LEN,
	  SIGNATURE_LEN },
	{ KOTA_ITEM_ENVELOPE, false, 0, 0, AT_ENVELOPES, ENVELOPE_LEN },
	{ KOTA_ITEM_ENVELOPE, true, 0, 0, AT_ENVELOPES + ENVELOPE_LEN,
	  ENVELOPE_LEN },
	{ KOTA_ITEM_TABLE_BLOCK, true, 0, 0, AT_TABLES, BLOCK0_LEN },
	{ KOTA_ITEM_TABLE_BLOCK, false, 1, 0, AT_TABLES + BLOCK0_LEN,
	  BLOCK1_LEN },
	{ KOTA_ITEM_TABLE_BLOCK, true, 1, 1, AT_FRAMES - BLOCK2_LEN,
	  BLOCK2_LEN },
	{ KOTA_ITEM_FRAME, false, 0, 0, AT_FRAMES + 16, 4096 + 16 },
	{ KOTA_ITEM_FRAME, false, 0, 0, AT_FRAMES + FRAME_LEN(4096) + 16,
	  4096 + 16 },
	{ KOTA_ITEM_FRAME, false, 0, 0, AT_FRAMES + 2 * FRAME_LEN(4096) + 16,
	  100 + 16 },
	{ KOTA_ITEM_FRAME, false, 0, 0, AT_FRAME3 + 16, 50 + 16 },
	{ KOTA_ITEM_END, true, 0, 0, AT_END, 16 },
};

static void end_parser(void *p)
{
	kota_parse_end(p);
}

static struct kota_parser *make_parser(struct kunit *test)
{
	struct kota_parser *p = test_zalloc(test, sizeof(*p));

	KUNIT_ASSERT_EQ(test, kota_parse_begin(p), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, end_parser, p),
			0);
	return p;
}

/*
 * Bring the stream up to the next item, in windows of @max. The manifest is
 * believed, and its plan told, once the last signature has come.
 * Return: 0 or the parser's errno; -ENODATA where the stream ends.
 */
static int next_item(struct kota_parser *p, const u8 *stream, size_t *off,
		     size_t max, struct kota_item *item,
		     struct kota_refusal *why)
{
	u8 *window;
	size_t len;
	int err;

	do {
		window = kota_parse_window(p, &len);
		len = min3(len, max, STREAM_LEN - *off);
		if (!window || !len)
			return -ENODATA;
		memcpy(window, stream + *off, len);
		*off += len;
		err = kota_parse_advance(p, len, item, why);
		if (err)
			return err;
	} while (item->type == KOTA_ITEM_NONE);
	return 0;
}

static bool is_plan_due(const struct kota_parser *p,
			const struct kota_item *item)
{
	if (!p->prologue.signatures_len)
		return item->type == KOTA_ITEM_MANIFEST;
	return item->type == KOTA_ITEM_SIGNATURE && item->last;
}

static int plan(struct kota_parser *p, const u8 *stream,
		struct kota_refusal *why)
{
	return kota_parse_plan(p,
			       (const void *)(stream + AT_MANIFEST +
					      sizeof(struct kota_manifest)),
			       NR_IMAGES, why);
}

/* All of the stream: 0 when its END was taken, else the errno. */
static int run(struct kunit *test, const u8 *stream, size_t max,
	       struct kota_refusal *why)
{
	struct kota_parser *p = make_parser(test);
	struct kota_item item;
	size_t off = 0;
	int err;

	memset(why, 0, sizeof(*why));
	do {
		err = next_item(p, stream, &off, max, &item, why);
		if (!err && is_plan_due(p, &item))
			err = plan(p, stream, why);
	} while (!err && item.type != KOTA_ITEM_END);
	/* Whatever it was told: no more than the largest item that may be. */
	KUNIT_EXPECT_LE(test, p->cap, BLOCK1_LEN);
	kunit_release_action(test, end_parser, p);
	return err;
}

static void in_windows_of(struct kunit *test, size_t max)
{
	struct kota_parser *p = make_parser(test);
	u8 *stream = make_stream(test);
	struct kota_refusal why = {};
	struct kota_item item;
	size_t off = 0, i;

	KUNIT_EXPECT_EQ(test, p->cap, FIRST_CAP);
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		KUNIT_ASSERT_EQ_MSG(
			test, next_item(p, stream, &off, max, &item, &why), 0,
			"item %zu: %s|%s", i, why.expected, why.found);
		KUNIT_ASSERT_EQ_MSG(test, item.type, expected[i].type,
				    "item %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, item.last, expected[i].last,
				    "item %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, item.image, expected[i].image,
				    "item %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, item.block, expected[i].block,
				    "item %zu", i);
		KUNIT_ASSERT_EQ_MSG(test, item.len, expected[i].len, "item %zu",
				    i);
		KUNIT_EXPECT_EQ_MSG(test, off, expected[i].off + item.len,
				    "item %zu", i);
		KUNIT_EXPECT_EQ_MSG(test,
				    memcmp(item.data, stream + expected[i].off,
					   item.len),
				    0, "item %zu", i);
		if (item.type == KOTA_ITEM_FRAME)
			KUNIT_EXPECT_MEMEQ(test, &item.frame,
					   stream + expected[i].off - 16, 16);
		if (is_plan_due(p, &item)) {
			KUNIT_ASSERT_EQ(test, plan(p, stream, &why), 0);
			KUNIT_EXPECT_EQ(test, p->cap, BLOCK1_LEN);
		}
	}
	KUNIT_EXPECT_EQ(test, off, STREAM_LEN);
	KUNIT_EXPECT_NULL(test, kota_parse_window(p, &off));
	KUNIT_EXPECT_EQ(test, off, 0);
	kota_parse_end(p);
	KUNIT_EXPECT_NULL(test, kota_parse_window(p, &off));
}

static void windows_of_1(struct kunit *test)
{
	in_windows_of(test, 1);
}

static void windows_of_7(struct kunit *test)
{
	in_windows_of(test, 7);
}

static void windows_as_offered(struct kunit *test)
{
	in_windows_of(test, SIZE_MAX);
}

/* The heads, for the places of their fields only. */
static const struct heads {
	struct kota_prologue pro;
	struct kota_signature sig; /* the first */
	struct kota_envelope env; /* the first */
	struct kota_frame data; /* the last before END */
	struct kota_frame end;
} h;

/* Where in the stream a field of @h is. */
static size_t field_off(const void *field)
{
	size_t off = field - (const void *)&h;

	if (off >= offsetof(struct heads, end))
		return AT_END + off - offsetof(struct heads, end);
	if (off >= offsetof(struct heads, data))
		return AT_FRAME3 + off - offsetof(struct heads, data);
	if (off >= offsetof(struct heads, env))
		return AT_ENVELOPES + off - offsetof(struct heads, env);
	if (off >= offsetof(struct heads, sig))
		return AT_SIGNATURES + off - offsetof(struct heads, sig);
	return off;
}

/* A number of @len bytes at @field becomes @value; the stream ends with @err. */
struct spoilt {
	const char *name;
	const void *field;
	size_t len;
	u64 value;
	int err;
	enum kota_cause cause;
};

#define FIELD(m, value, err, cause) \
	{ #m " = " #value, &(m), sizeof(m), value, err, cause }
#define FORMAT(m, value) FIELD(m, value, EPROTO, KOTA_CAUSE_FORMAT)
#define LENGTH(m, value) FIELD(m, value, EMSGSIZE, KOTA_CAUSE_LENGTH)
#define MAGIC(m, value) FIELD(m, value, ENOEXEC, KOTA_CAUSE_MAGIC)
#define VERSION(m, value) FIELD(m, value, EPROTONOSUPPORT, KOTA_CAUSE_VERSION)
#define EXTRA(m, value) FIELD(m, value, E2BIG, KOTA_CAUSE_EXTRA)

static const struct spoilt spoils[] = {
	MAGIC(h.pro.magic[0], 'k'),
	MAGIC(h.pro.magic[4], '\n'),
	MAGIC(h.pro.magic[7], 0),
	VERSION(h.pro.version, 0),
	VERSION(h.pro.version, 2),
	VERSION(h.pro.version, 0x100),
	FORMAT(h.pro.reserved0, 1),
	FORMAT(h.pro.reserved0, 0x100),
	FORMAT(h.pro.reserved1, 1),
	FORMAT(h.pro.reserved1, 1U << 31),
	FORMAT(h.pro.reserved2[0], 1),
	FORMAT(h.pro.reserved2[23], 0x80),

	FORMAT(h.pro.manifest_len, 0),
	FORMAT(h.pro.manifest_len, 639),
	FORMAT(h.pro.manifest_len, MANIFEST_LEN - 1),
	FORMAT(h.pro.manifest_len, MANIFEST_LEN + 1),
	LENGTH(h.pro.manifest_len, 640 + 16 * 192 + 1),
	LENGTH(h.pro.manifest_len, 640 + 17 * 192),
	LENGTH(h.pro.manifest_len, (1U << 31) - 1),
	LENGTH(h.pro.manifest_len, 1U << 31),
	LENGTH(h.pro.manifest_len, (1U << 31) + 1),
	LENGTH(h.pro.manifest_len, U32_MAX),

	FORMAT(h.pro.signatures_len, 1),
	FORMAT(h.pro.signatures_len, 7),
	FORMAT(h.pro.signatures_len, 2 * SIGNATURE_LEN - 1),
	FORMAT(h.pro.signatures_len, 2 * SIGNATURE_LEN + 1),
	LENGTH(h.pro.signatures_len, 4 * FIRST_CAP + 1),
	LENGTH(h.pro.signatures_len, (1U << 31) - 1),
	LENGTH(h.pro.signatures_len, 1U << 31),
	LENGTH(h.pro.signatures_len, (1U << 31) + 1),
	LENGTH(h.pro.signatures_len, U32_MAX),

	FORMAT(h.pro.envelopes_len, 1),
	FORMAT(h.pro.envelopes_len, 39),
	FORMAT(h.pro.envelopes_len, 2 * ENVELOPE_LEN - 1),
	FORMAT(h.pro.envelopes_len, 2 * ENVELOPE_LEN + 1),
	LENGTH(h.pro.envelopes_len, (1U << 20) + 1),
	LENGTH(h.pro.envelopes_len, (1U << 31) - 1),
	LENGTH(h.pro.envelopes_len, 1U << 31),
	LENGTH(h.pro.envelopes_len, (1U << 31) + 1),
	LENGTH(h.pro.envelopes_len, U32_MAX),

	FORMAT(h.pro.tables_len, 0),
	FORMAT(h.pro.tables_len, 1),
	FORMAT(h.pro.tables_len, TABLES_LEN - 1),
	FORMAT(h.pro.tables_len, TABLES_LEN + 1),
	FORMAT(h.pro.tables_len, 16U << 20),
	LENGTH(h.pro.tables_len, (16U << 20) + 1),
	LENGTH(h.pro.tables_len, (1U << 31) - 1),
	LENGTH(h.pro.tables_len, 1U << 31),
	LENGTH(h.pro.tables_len, (1U << 31) + 1),
	LENGTH(h.pro.tables_len, U32_MAX),

	FORMAT(h.pro.frames_len, 0),
	FORMAT(h.pro.frames_len, 15),
	FORMAT(h.pro.frames_len, 16),
	FORMAT(h.pro.frames_len, STREAM_LEN - AT_FRAMES - 1),
	EXTRA(h.pro.frames_len, STREAM_LEN - AT_FRAMES + 1),
	/* Above what the two images can fill. */
	FORMAT(h.pro.frames_len,
	       16 + IMAGE0_SIZE + IMAGE1_SIZE + 1003 * 32 + 1000 * 64 + 1),
	FORMAT(h.pro.frames_len, (1ULL << 31) - 1),
	FORMAT(h.pro.frames_len, 1ULL << 31),
	FORMAT(h.pro.frames_len, (1ULL << 31) + 1),
	FORMAT(h.pro.frames_len, (1ULL << 32) - 1),
	FORMAT(h.pro.frames_len, 1ULL << 32),
	FORMAT(h.pro.frames_len, (1ULL << 32) + 1),
	/* Looks right in 32 bits. */
	FORMAT(h.pro.frames_len, (1ULL << 32) + STREAM_LEN - AT_FRAMES),
	FORMAT(h.pro.frames_len, 1ULL << 48),
	LENGTH(h.pro.frames_len, (1ULL << 48) + 1),
	LENGTH(h.pro.frames_len, 1ULL << 63),
	LENGTH(h.pro.frames_len, U64_MAX),

	FORMAT(h.sig.reserved[0], 1),
	FORMAT(h.sig.reserved[1], 1),
	FORMAT(h.sig.reserved[2], 1),
	FORMAT(h.sig.len, 0),
	LENGTH(h.sig.len, CMS_LEN - 1),
	LENGTH(h.sig.len, CMS_LEN + 1),
	FORMAT(h.sig.len, 2 * SIGNATURE_LEN - 7),
	FORMAT(h.sig.len, KOTA_MAX_CMS_LEN),
	LENGTH(h.sig.len, KOTA_MAX_CMS_LEN + 1),
	LENGTH(h.sig.len, 1U << 31),
	LENGTH(h.sig.len, U32_MAX - 8),
	LENGTH(h.sig.len, U32_MAX - 7),
	LENGTH(h.sig.len, U32_MAX),

	FORMAT(h.env.reserved, 1),
	FORMAT(h.env.reserved, 1U << 31),
	FORMAT(h.env.enc_len, 2 * ENVELOPE_LEN - 40 - KOTA_WRAPPED_LEN + 1),
	FORMAT(h.env.enc_len, KOTA_MAX_ENC_LEN),
	LENGTH(h.env.enc_len, KOTA_MAX_ENC_LEN + 1),
	LENGTH(h.env.enc_len, 0xffff),
	LENGTH(h.env.enc_len, 0xffff - 87),

	FORMAT(h.data.type, 0),
	FORMAT(h.data.type, 3),
	FORMAT(h.data.type, 0x101),
	FORMAT(h.data.type, 0xffff),
	FORMAT(h.data.type, KOTA_FRAME_END),
	FORMAT(h.data.image, 2),
	FORMAT(h.data.image, 16),
	FORMAT(h.data.image, 0xffff),
	FORMAT(h.data.reserved, 1),
	FORMAT(h.data.reserved, 1U << 31),
	FORMAT(h.data.len, 0),
	FORMAT(h.data.len, 51),
	FORMAT(h.data.len, 4096),
	FORMAT(h.data.len, 4096 + 64),
	LENGTH(h.data.len, 4096 + 65),
	LENGTH(h.data.len, 1U << 31),
	LENGTH(h.data.len, U32_MAX - 15),
	LENGTH(h.data.len, U32_MAX - 31),
	LENGTH(h.data.len, U32_MAX),

	FORMAT(h.end.type, 0),
	FORMAT(h.end.type, KOTA_FRAME_DATA),
	FORMAT(h.end.image, 1),
	FORMAT(h.end.chunk, 1),
	FORMAT(h.end.chunk, 1U << 31),
	FORMAT(h.end.len, 1),
	FORMAT(h.end.len, 1U << 31),
	FORMAT(h.end.reserved, 1),
	FORMAT(h.end.reserved, 1U << 31),
};

KUNIT_ARRAY_PARAM_DESC(spoilt, spoils, name);

static void one_field(struct kunit *test)
{
	const struct spoilt *s = test->param_value;
	__le64 value = cpu_to_le64(s->value);
	u8 *stream = make_stream(test);
	struct kota_refusal why;

	memcpy(stream + field_off(s->field), &value, s->len);
	EXPECT_REFUSED(test, run(test, stream, SIZE_MAX, &why), &why, s->err,
		       s->cause);
	EXPECT_REFUSED(test, run(test, stream, 1, &why), &why, s->err,
		       s->cause);
}

static void end_too_early(struct kunit *test)
{
	u8 *stream = make_stream(test);
	struct kota_refusal why;

	put_frame(stream + AT_FRAME3, KOTA_FRAME_END, 0, 0, 0);
	EXPECT_REFUSED(test, run(test, stream, SIZE_MAX, &why), &why, E2BIG,
		       KOTA_CAUSE_EXTRA);
	put_frame(stream + AT_FRAMES, KOTA_FRAME_END, 0, 0, 0);
	EXPECT_REFUSED(test, run(test, stream, SIZE_MAX, &why), &why, E2BIG,
		       KOTA_CAUSE_EXTRA);
}

/* Sections of length 0 are the conductor's to judge. */
static void absent_sections(struct kunit *test)
{
	struct kota_parser *p = make_parser(test);
	u8 *stream = make_stream(test);
	struct kota_prologue *pro = (void *)stream;
	struct kota_refusal why = {};
	struct kota_item item;
	size_t off = 0;

	pro->signatures_len = 0;
	pro->envelopes_len = 0;
	KUNIT_ASSERT_EQ(test, next_item(p, stream, &off, SIZE_MAX, &item, &why),
			0);
	KUNIT_ASSERT_EQ(test, next_item(p, stream, &off, SIZE_MAX, &item, &why),
			0);
	KUNIT_ASSERT_EQ(test, plan(p, stream, &why), 0);
	off = AT_TABLES;
	KUNIT_ASSERT_EQ(test, next_item(p, stream, &off, SIZE_MAX, &item, &why),
			0);
	KUNIT_EXPECT_EQ(test, item.type, KOTA_ITEM_TABLE_BLOCK);
	KUNIT_EXPECT_EQ(test, item.len, BLOCK0_LEN);
	KUNIT_EXPECT_EQ(test, memcmp(item.data, stream + AT_TABLES, item.len),
			0);
}

static void five_signatures(struct kunit *test)
{
	u8 *stream = make_stream(test);
	struct kota_prologue *pro = (void *)stream;
	struct kota_refusal why;
	unsigned int i;

	pro->signatures_len = cpu_to_le32(5 * 9);
	for (i = 0; i < 5; i++) {
		memset(stream + AT_SIGNATURES + 9 * i, 0, 9);
		put_unaligned_le32(1, stream + AT_SIGNATURES + 9 * i + 4);
	}
	EXPECT_REFUSED(test, run(test, stream, SIZE_MAX, &why), &why, EMSGSIZE,
		       KOTA_CAUSE_LENGTH);
	/* And not because of what comes behind them. */
	KUNIT_EXPECT_STREQ(test, why.expected, "at most 4 signatures");
}

/* Without compression the frames' length is known to the byte. */
static void frames_to_the_byte(struct kunit *test)
{
	const u64 len = 16 + IMAGE0_SIZE + 3 * 32;
	struct kota_refusal why = {};
	struct kota_parser *p;
	struct kota_image img;
	int delta, err;

	make_image(&img, "fpga", IMAGE0_SIZE, 12, KOTA_COMPRESSION_NONE);
	for (delta = -1; delta <= 1; delta++) {
		p = make_parser(test);
		p->prologue.tables_len = cpu_to_le32(BLOCK0_LEN);
		p->prologue.frames_len = cpu_to_le64(len + delta);
		err = kota_parse_plan(p, &img, 1, &why);
		if (delta)
			EXPECT_REFUSED(test, err, &why, EPROTO,
				       KOTA_CAUSE_FORMAT);
		else
			KUNIT_EXPECT_EQ(test, err, 0);
	}
}

/* Sixteen of the largest: sums stay sums, and no room is made for a refused plan. */
static void largest_plans(struct kunit *test)
{
	struct kota_image *images =
		test_zalloc(test, KOTA_MAX_IMAGES * sizeof(*images));
	struct kota_parser *p = make_parser(test);
	struct kota_refusal why = {};
	unsigned int i;

	for (i = 0; i < KOTA_MAX_IMAGES; i++)
		make_image(&images[i], "app", 419430ULL << 20, 20,
			   KOTA_COMPRESSION_NONE);
	p->prologue.tables_len = cpu_to_le32(16U << 20);
	p->prologue.frames_len = cpu_to_le64(1ULL << 48);
	EXPECT_REFUSED(test, kota_parse_plan(p, images, KOTA_MAX_IMAGES, &why),
		       &why, EPROTO, KOTA_CAUSE_FORMAT);
	images[15].size = cpu_to_le64(U64_MAX);
	EXPECT_REFUSED(test, kota_parse_plan(p, images, KOTA_MAX_IMAGES, &why),
		       &why, EMSGSIZE, KOTA_CAUSE_LENGTH);
	KUNIT_EXPECT_EQ(test, p->cap, FIRST_CAP);

	/* One of them can be: a chunk and a tag is the most that is held. */
	p->prologue.tables_len = cpu_to_le32(16 + 419400 * 40 + 256 * 16);
	p->prologue.frames_len =
		cpu_to_le64(16 + (419400ULL << 20) + 419400ULL * 32);
	images[0].size = cpu_to_le64(419400ULL << 20);
	KUNIT_EXPECT_EQ_MSG(test, kota_parse_plan(p, images, 1, &why), 0,
			    "%s|%s", why.expected, why.found);
	KUNIT_EXPECT_EQ(test, p->cap, (1U << 20) + KOTA_TAG_LEN);
}

static struct kunit_case parse_cases[] = {
	KUNIT_CASE(windows_of_1),
	KUNIT_CASE(windows_of_7),
	KUNIT_CASE(windows_as_offered),
	KUNIT_CASE_PARAM(one_field, spoilt_gen_params),
	KUNIT_CASE(end_too_early),
	KUNIT_CASE(absent_sections),
	KUNIT_CASE(five_signatures),
	KUNIT_CASE(frames_to_the_byte),
	KUNIT_CASE(largest_plans),
	{}
};

static struct kunit_suite parse_suite = {
	.name = "kota_parse",
	.test_cases = parse_cases,
};

kunit_test_suite(parse_suite);
