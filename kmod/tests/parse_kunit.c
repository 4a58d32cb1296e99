// SPDX-License-Identifier: GPL-2.0
/*
 * The pull parser: a whole stream in windows of all sizes, and streams in which
 * one length, head or reserved byte is wrong.
 */

#include "kota_kunit.h"

#define NR_IMAGES	2
#define CMS_LEN		300
#define ENC_LEN		64
#define FIRST_CAP	(sizeof(struct kota_signature) + KOTA_MAX_CMS_LEN)

/* Where things are in the stream, in its order. */
#define AT_MANIFEST	sizeof(struct kota_prologue)
#define MANIFEST_LEN	(sizeof(struct kota_manifest) + NR_IMAGES * sizeof(struct kota_image))
#define AT_SIGNATURES	(AT_MANIFEST + MANIFEST_LEN)
#define SIGNATURE_LEN	(sizeof(struct kota_signature) + CMS_LEN)
#define AT_ENVELOPES	(AT_SIGNATURES + 2 * SIGNATURE_LEN)
#define ENVELOPE_LEN	(sizeof(struct kota_envelope) + ENC_LEN + KOTA_WRAPPED_LEN)
#define AT_TABLES	(AT_ENVELOPES + 2 * ENVELOPE_LEN)
/* Image 0: 3 chunks, stored as they are. Image 1: 1000 chunks, compressed. */
#define IMAGE0_SIZE	(2 * 4096 + 100)
#define IMAGE1_SIZE	(1000 * 4096)
#define BLOCK0_LEN	(16 + 3 * 40 + KOTA_TAG_LEN)
#define BLOCK1_LEN	(KOTA_TABLE_BLOCK_LEN + KOTA_TAG_LEN)
#define BLOCK2_LEN	(16 + 1000 * 72 - KOTA_TABLE_BLOCK_LEN + KOTA_TAG_LEN)
#define TABLES_LEN	(BLOCK0_LEN + BLOCK1_LEN + BLOCK2_LEN)
#define AT_FRAMES	(AT_TABLES + TABLES_LEN)
#define FRAME_LEN(n)	(sizeof(struct kota_frame) + (n) + KOTA_TAG_LEN)
#define AT_FRAME3	(AT_FRAMES + 2 * FRAME_LEN(4096) + FRAME_LEN(100))
#define AT_END		(AT_FRAME3 + FRAME_LEN(50))
#define STREAM_LEN	(AT_END + sizeof(struct kota_frame))

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
	{ KOTA_ITEM_SIGNATURE, true, 0, 0, AT_SIGNATURES + SIGNATURE_LEN, SIGNATURE_LEN },
	{ KOTA_ITEM_ENVELOPE, false, 0, 0, AT_ENVELOPES, ENVELOPE_LEN },
	{ KOTA_ITEM_ENVELOPE, true, 0, 0, AT_ENVELOPES + ENVELOPE_LEN, ENVELOPE_LEN },
	{ KOTA_ITEM_TABLE_BLOCK, true, 0, 0, AT_TABLES, BLOCK0_LEN },
	{ KOTA_ITEM_TABLE_BLOCK, false, 1, 0, AT_TABLES + BLOCK0_LEN, BLOCK1_LEN },
	{ KOTA_ITEM_TABLE_BLOCK, true, 1, 1, AT_FRAMES - BLOCK2_LEN, BLOCK2_LEN },
	{ KOTA_ITEM_FRAME, false, 0, 0, AT_FRAMES + 16, 4096 + 16 },
	{ KOTA_ITEM_FRAME, false, 0, 0, AT_FRAMES + FRAME_LEN(4096) + 16, 4096 + 16 },
	{ KOTA_ITEM_FRAME, false, 0, 0, AT_FRAMES + 2 * FRAME_LEN(4096) + 16, 100 + 16 },
	{ KOTA_ITEM_FRAME, false, 0, 0, AT_FRAME3 + 16, 50 + 16 },
	{ KOTA_ITEM_END, true, 0, 0, AT_END, 16 },
};

static void put_frame(u8 *at, u16 type, u16 image, u32 chunk, u32 len)
{
	const struct kota_frame frame = {
		.type = cpu_to_le16(type), .image = cpu_to_le16(image),
		.chunk = cpu_to_le32(chunk), .len = cpu_to_le32(len),
	};

	memcpy(at, &frame, sizeof(frame));
}

/* Every byte differs from its neighbours; heads over that. */
static u8 *make_stream(struct kunit *test)
{
	u8 *s = test_zalloc(test, STREAM_LEN);
	size_t i;

	for (i = 0; i < STREAM_LEN; i++)
		s[i] = i * 7 + (i >> 8);
	*(struct kota_prologue *)s = (struct kota_prologue) {
		.version = cpu_to_le16(KOTA_FORMAT_VERSION),
		.manifest_len = cpu_to_le32(MANIFEST_LEN),
		.signatures_len = cpu_to_le32(2 * SIGNATURE_LEN),
		.envelopes_len = cpu_to_le32(2 * ENVELOPE_LEN),
		.tables_len = cpu_to_le32(TABLES_LEN),
		.frames_len = cpu_to_le64(STREAM_LEN - AT_FRAMES),
	};
	memcpy(s, KOTA_MAGIC, KOTA_MAGIC_LEN);
	make_manifest((void *)(s + AT_MANIFEST), NR_IMAGES);
	make_image((void *)(s + AT_SIGNATURES - 2 * sizeof(struct kota_image)), "fpga",
		   IMAGE0_SIZE, 12, KOTA_COMPRESSION_NONE);
	make_image((void *)(s + AT_SIGNATURES - sizeof(struct kota_image)), "app",
		   IMAGE1_SIZE, 12, KOTA_COMPRESSION_ZSTD);
	for (i = 0; i < 2; i++) {
		*(struct kota_signature *)(s + AT_SIGNATURES + i * SIGNATURE_LEN) =
			(struct kota_signature) { KOTA_RING_RELEASE, { }, cpu_to_le32(CMS_LEN) };
		*(struct kota_envelope *)(s + AT_ENVELOPES + i * ENVELOPE_LEN) =
			(struct kota_envelope) { cpu_to_le16(1), cpu_to_le16(ENC_LEN), 0, { i } };
	}
	put_frame(s + AT_FRAMES, KOTA_FRAME_DATA, 0, 0, 4096);
	put_frame(s + AT_FRAMES + FRAME_LEN(4096), KOTA_FRAME_DATA, 0, 1, 4096);
	put_frame(s + AT_FRAMES + 2 * FRAME_LEN(4096), KOTA_FRAME_DATA, 0, 2, 100);
	put_frame(s + AT_FRAME3, KOTA_FRAME_DATA, 1, 0, 50);
	put_frame(s + AT_END, KOTA_FRAME_END, 0, 0, 0);
	return s;
}

static void end_parser(void *p)
{
	kota_parse_end(p);
}

static struct kota_parser *make_parser(struct kunit *test)
{
	struct kota_parser *p = test_zalloc(test, sizeof(*p));

	KUNIT_ASSERT_EQ(test, kota_parse_begin(p), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, end_parser, p), 0);
	return p;
}

/*
 * Bring the stream up to the next item, in windows of @max. The manifest is
 * believed, and its plan told, once the last signature has come.
 * Return: 0 or the parser's errno; -ENODATA where the stream ends.
 */
static int next_item(struct kota_parser *p, const u8 *stream, size_t *off, size_t max,
		     struct kota_item *item, struct kota_refusal *why)
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

static bool is_plan_due(const struct kota_parser *p, const struct kota_item *item)
{
	if (!p->prologue.signatures_len)
		return item->type == KOTA_ITEM_MANIFEST;
	return item->type == KOTA_ITEM_SIGNATURE && item->last;
}

static int plan(struct kota_parser *p, const u8 *stream, struct kota_refusal *why)
{
	return kota_parse_plan(p, (const void *)(stream + AT_MANIFEST +
						 sizeof(struct kota_manifest)),
			       NR_IMAGES, why);
}

/* All of the stream: 0 when its END was taken, else the errno. */
static int run(struct kunit *test, const u8 *stream, size_t max, struct kota_refusal *why)
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
	struct kota_refusal why = { };
	struct kota_item item;
	size_t off = 0, i;

	KUNIT_EXPECT_EQ(test, p->cap, FIRST_CAP);
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		KUNIT_ASSERT_EQ_MSG(test, next_item(p, stream, &off, max, &item, &why), 0,
				    "item %zu: %s|%s", i, why.expected, why.found);
		KUNIT_ASSERT_EQ_MSG(test, item.type, expected[i].type, "item %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, item.last, expected[i].last, "item %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, item.image, expected[i].image, "item %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, item.block, expected[i].block, "item %zu", i);
		KUNIT_ASSERT_EQ_MSG(test, item.len, expected[i].len, "item %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, off, expected[i].off + item.len, "item %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(item.data, stream + expected[i].off, item.len),
				    0, "item %zu", i);
		if (item.type == KOTA_ITEM_FRAME)
			KUNIT_EXPECT_MEMEQ(test, &item.frame, stream + expected[i].off - 16, 16);
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

/* A number of @len bytes at @off becomes @value; the stream ends with @err. */
struct spoilt {
	const char *name;
	size_t off;
	size_t len;
	u64 value;
	int err;
	enum kota_cause cause;
};

#define AT(where, s, m, v, e, c) \
	{ #m " = " #v, (where) + offsetof(struct s, m), sizeof_field(struct s, m), v, e, c }
#define PRO_FORMAT(m, v)	AT(0, kota_prologue, m, v, EPROTO, KOTA_CAUSE_FORMAT)
#define PRO_LENGTH(m, v)	AT(0, kota_prologue, m, v, EMSGSIZE, KOTA_CAUSE_LENGTH)
#define PRO_MAGIC(m, v)		AT(0, kota_prologue, m, v, ENOEXEC, KOTA_CAUSE_MAGIC)
#define PRO_VERSION(v)		\
	AT(0, kota_prologue, version, v, EPROTONOSUPPORT, KOTA_CAUSE_VERSION)
#define SIG_FORMAT(m, v)	AT(AT_SIGNATURES, kota_signature, m, v, EPROTO, KOTA_CAUSE_FORMAT)
#define SIG_LENGTH(m, v)	AT(AT_SIGNATURES, kota_signature, m, v, EMSGSIZE, KOTA_CAUSE_LENGTH)
#define ENV_FORMAT(m, v)	AT(AT_ENVELOPES, kota_envelope, m, v, EPROTO, KOTA_CAUSE_FORMAT)
#define ENV_LENGTH(m, v)	AT(AT_ENVELOPES, kota_envelope, m, v, EMSGSIZE, KOTA_CAUSE_LENGTH)
#define DATA_FORMAT(m, v)	AT(AT_FRAME3, kota_frame, m, v, EPROTO, KOTA_CAUSE_FORMAT)
#define DATA_LENGTH(m, v)	AT(AT_FRAME3, kota_frame, m, v, EMSGSIZE, KOTA_CAUSE_LENGTH)
#define END_FORMAT(m, v)	AT(AT_END, kota_frame, m, v, EPROTO, KOTA_CAUSE_FORMAT)

static const struct spoilt spoils[] = {
	PRO_MAGIC(magic[0], 'k'), PRO_MAGIC(magic[4], '\n'), PRO_MAGIC(magic[7], 0),
	PRO_VERSION(0), PRO_VERSION(2), PRO_VERSION(0x100),
	PRO_FORMAT(reserved0, 1), PRO_FORMAT(reserved0, 0x100),
	PRO_FORMAT(reserved1, 1), PRO_FORMAT(reserved1, 1U << 31),
	PRO_FORMAT(reserved2[0], 1), PRO_FORMAT(reserved2[23], 0x80),

	PRO_FORMAT(manifest_len, 0), PRO_FORMAT(manifest_len, 639),
	PRO_FORMAT(manifest_len, MANIFEST_LEN - 1), PRO_FORMAT(manifest_len, MANIFEST_LEN + 1),
	PRO_LENGTH(manifest_len, 640 + 16 * 192 + 1), PRO_LENGTH(manifest_len, 640 + 17 * 192),
	PRO_LENGTH(manifest_len, (1U << 31) - 1), PRO_LENGTH(manifest_len, 1U << 31),
	PRO_LENGTH(manifest_len, (1U << 31) + 1), PRO_LENGTH(manifest_len, U32_MAX),

	PRO_FORMAT(signatures_len, 1), PRO_FORMAT(signatures_len, 7),
	PRO_FORMAT(signatures_len, 2 * SIGNATURE_LEN - 1),
	PRO_FORMAT(signatures_len, 2 * SIGNATURE_LEN + 1),
	PRO_LENGTH(signatures_len, 4 * FIRST_CAP + 1),
	PRO_LENGTH(signatures_len, (1U << 31) - 1), PRO_LENGTH(signatures_len, 1U << 31),
	PRO_LENGTH(signatures_len, (1U << 31) + 1), PRO_LENGTH(signatures_len, U32_MAX),

	PRO_FORMAT(envelopes_len, 1), PRO_FORMAT(envelopes_len, 39),
	PRO_FORMAT(envelopes_len, 2 * ENVELOPE_LEN - 1),
	PRO_FORMAT(envelopes_len, 2 * ENVELOPE_LEN + 1),
	PRO_LENGTH(envelopes_len, (1U << 20) + 1),
	PRO_LENGTH(envelopes_len, (1U << 31) - 1), PRO_LENGTH(envelopes_len, 1U << 31),
	PRO_LENGTH(envelopes_len, (1U << 31) + 1), PRO_LENGTH(envelopes_len, U32_MAX),

	PRO_FORMAT(tables_len, 0), PRO_FORMAT(tables_len, 1),
	PRO_FORMAT(tables_len, TABLES_LEN - 1), PRO_FORMAT(tables_len, TABLES_LEN + 1),
	PRO_FORMAT(tables_len, 16U << 20), PRO_LENGTH(tables_len, (16U << 20) + 1),
	PRO_LENGTH(tables_len, (1U << 31) - 1), PRO_LENGTH(tables_len, 1U << 31),
	PRO_LENGTH(tables_len, (1U << 31) + 1), PRO_LENGTH(tables_len, U32_MAX),

	PRO_FORMAT(frames_len, 0), PRO_FORMAT(frames_len, 15), PRO_FORMAT(frames_len, 16),
	PRO_FORMAT(frames_len, STREAM_LEN - AT_FRAMES - 1),
	AT(0, kota_prologue, frames_len, STREAM_LEN - AT_FRAMES + 1, E2BIG, KOTA_CAUSE_EXTRA),
	/* Above what the two images can fill. */
	PRO_FORMAT(frames_len, 16 + IMAGE0_SIZE + IMAGE1_SIZE + 1003 * 32 + 1),
	PRO_FORMAT(frames_len, (1ULL << 31) - 1), PRO_FORMAT(frames_len, 1ULL << 31),
	PRO_FORMAT(frames_len, (1ULL << 31) + 1), PRO_FORMAT(frames_len, (1ULL << 32) - 1),
	PRO_FORMAT(frames_len, 1ULL << 32), PRO_FORMAT(frames_len, (1ULL << 32) + 1),
	/* Looks right in 32 bits. */
	PRO_FORMAT(frames_len, (1ULL << 32) + STREAM_LEN - AT_FRAMES),
	PRO_FORMAT(frames_len, 1ULL << 48), PRO_LENGTH(frames_len, (1ULL << 48) + 1),
	PRO_LENGTH(frames_len, 1ULL << 63), PRO_LENGTH(frames_len, U64_MAX),

	SIG_FORMAT(reserved[0], 1), SIG_FORMAT(reserved[1], 1), SIG_FORMAT(reserved[2], 1),
	SIG_FORMAT(len, 0), SIG_LENGTH(len, CMS_LEN - 1), SIG_LENGTH(len, CMS_LEN + 1),
	SIG_FORMAT(len, 2 * SIGNATURE_LEN - 7), SIG_FORMAT(len, KOTA_MAX_CMS_LEN),
	SIG_LENGTH(len, KOTA_MAX_CMS_LEN + 1), SIG_LENGTH(len, 1U << 31),
	SIG_LENGTH(len, U32_MAX - 8), SIG_LENGTH(len, U32_MAX - 7), SIG_LENGTH(len, U32_MAX),

	ENV_FORMAT(reserved, 1), ENV_FORMAT(reserved, 1U << 31),
	ENV_FORMAT(enc_len, 2 * ENVELOPE_LEN - 40 - KOTA_WRAPPED_LEN + 1),
	ENV_FORMAT(enc_len, KOTA_MAX_ENC_LEN), ENV_LENGTH(enc_len, KOTA_MAX_ENC_LEN + 1),
	ENV_LENGTH(enc_len, 0xffff), ENV_LENGTH(enc_len, 0xffff - 87),

	DATA_FORMAT(type, 0), DATA_FORMAT(type, 3), DATA_FORMAT(type, 0x101),
	DATA_FORMAT(type, 0xffff), DATA_FORMAT(type, KOTA_FRAME_END),
	DATA_FORMAT(image, 2), DATA_FORMAT(image, 16), DATA_FORMAT(image, 0xffff),
	DATA_FORMAT(reserved, 1), DATA_FORMAT(reserved, 1U << 31),
	DATA_FORMAT(len, 0), DATA_FORMAT(len, 51), DATA_FORMAT(len, 4096),
	DATA_LENGTH(len, 4097), DATA_LENGTH(len, 1U << 31), DATA_LENGTH(len, U32_MAX - 15),
	DATA_LENGTH(len, U32_MAX - 31), DATA_LENGTH(len, U32_MAX),

	END_FORMAT(type, 0), END_FORMAT(type, KOTA_FRAME_DATA), END_FORMAT(image, 1),
	END_FORMAT(chunk, 1), END_FORMAT(chunk, 1U << 31), END_FORMAT(len, 1),
	END_FORMAT(len, 1U << 31), END_FORMAT(reserved, 1), END_FORMAT(reserved, 1U << 31),
};

KUNIT_ARRAY_PARAM_DESC(spoilt, spoils, name);

static void one_field(struct kunit *test)
{
	const struct spoilt *s = test->param_value;
	__le64 value = cpu_to_le64(s->value);
	u8 *stream = make_stream(test);
	struct kota_refusal why;

	memcpy(stream + s->off, &value, s->len);
	EXPECT_REFUSED(test, run(test, stream, SIZE_MAX, &why), &why, s->err, s->cause);
	EXPECT_REFUSED(test, run(test, stream, 1, &why), &why, s->err, s->cause);
}

static void end_too_early(struct kunit *test)
{
	u8 *stream = make_stream(test);
	struct kota_refusal why;

	put_frame(stream + AT_FRAME3, KOTA_FRAME_END, 0, 0, 0);
	EXPECT_REFUSED(test, run(test, stream, SIZE_MAX, &why), &why, E2BIG, KOTA_CAUSE_EXTRA);
	put_frame(stream + AT_FRAMES, KOTA_FRAME_END, 0, 0, 0);
	EXPECT_REFUSED(test, run(test, stream, SIZE_MAX, &why), &why, E2BIG, KOTA_CAUSE_EXTRA);
}

/* Sections of length 0 are the conductor's to judge. */
static void absent_sections(struct kunit *test)
{
	struct kota_parser *p = make_parser(test);
	u8 *stream = make_stream(test);
	struct kota_prologue *pro = (void *)stream;
	struct kota_refusal why = { };
	struct kota_item item;
	size_t off = 0;

	pro->signatures_len = 0;
	pro->envelopes_len = 0;
	KUNIT_ASSERT_EQ(test, next_item(p, stream, &off, SIZE_MAX, &item, &why), 0);
	KUNIT_ASSERT_EQ(test, next_item(p, stream, &off, SIZE_MAX, &item, &why), 0);
	KUNIT_ASSERT_EQ(test, plan(p, stream, &why), 0);
	off = AT_TABLES;
	KUNIT_ASSERT_EQ(test, next_item(p, stream, &off, SIZE_MAX, &item, &why), 0);
	KUNIT_EXPECT_EQ(test, item.type, KOTA_ITEM_TABLE_BLOCK);
	KUNIT_EXPECT_EQ(test, item.len, BLOCK0_LEN);
	KUNIT_EXPECT_EQ(test, memcmp(item.data, stream + AT_TABLES, item.len), 0);
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
}

/* Without compression the frames' length is known to the byte. */
static void frames_to_the_byte(struct kunit *test)
{
	const u64 len = 16 + IMAGE0_SIZE + 3 * 32;
	struct kota_refusal why = { };
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
			EXPECT_REFUSED(test, err, &why, EPROTO, KOTA_CAUSE_FORMAT);
		else
			KUNIT_EXPECT_EQ(test, err, 0);
	}
}

/* Sixteen of the largest: sums stay sums, and no room is made for a refused plan. */
static void largest_plans(struct kunit *test)
{
	struct kota_image *images = test_zalloc(test, KOTA_MAX_IMAGES * sizeof(*images));
	struct kota_parser *p = make_parser(test);
	struct kota_refusal why = { };
	unsigned int i;

	for (i = 0; i < KOTA_MAX_IMAGES; i++)
		make_image(&images[i], "app", 419430ULL << 20, 20, KOTA_COMPRESSION_NONE);
	p->prologue.tables_len = cpu_to_le32(16U << 20);
	p->prologue.frames_len = cpu_to_le64(1ULL << 48);
	EXPECT_REFUSED(test, kota_parse_plan(p, images, KOTA_MAX_IMAGES, &why), &why,
		       EPROTO, KOTA_CAUSE_FORMAT);
	images[15].size = cpu_to_le64(U64_MAX);
	EXPECT_REFUSED(test, kota_parse_plan(p, images, KOTA_MAX_IMAGES, &why), &why,
		       EMSGSIZE, KOTA_CAUSE_LENGTH);
	KUNIT_EXPECT_EQ(test, p->cap, FIRST_CAP);

	/* One of them can be: a chunk and a tag is the most that is held. */
	p->prologue.tables_len = cpu_to_le32(16 + 419400 * 40 + 256 * 16);
	p->prologue.frames_len = cpu_to_le64(16 + (419400ULL << 20) + 419400ULL * 32);
	images[0].size = cpu_to_le64(419400ULL << 20);
	KUNIT_EXPECT_EQ_MSG(test, kota_parse_plan(p, images, 1, &why), 0, "%s|%s",
			    why.expected, why.found);
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
	{ }
};

static struct kunit_suite parse_suite = {
	.name = "kota_parse",
	.test_cases = parse_cases,
};

kunit_test_suite(parse_suite);
