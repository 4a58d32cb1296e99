// SPDX-License-Identifier: GPL-2.0
/*
 * Frames of zstd: some by the zstd program, and by the rules of RFC 8878 those
 * that no compressor makes, each wrong in one thing.
 */

#include <linux/zstd.h>

#include "kota_kunit.h"
#include "unpack_vectors.h"

#define CHUNK_LEN SZ_4K
#define MAX_FRAME 512
#define GUARD 0x5a

/* RFC 8878, 3.1.1.1.1: bits of the frame header descriptor */
#define FHD_SIZE_2 0x40 /* 2 bytes of content size, less 256 */
#define FHD_SIZE_4 0x80
#define FHD_SIZE_8 0xc0
#define FHD_SINGLE_SEGMENT 0x20
#define FHD_RESERVED 0x08
#define FHD_CHECKSUM 0x04
#define FHD_DICT_1 0x01

enum block_type { BLOCK_RAW, BLOCK_RLE, BLOCK_COMPRESSED, BLOCK_RESERVED };

struct frame {
	u8 data[MAX_FRAME];
	size_t len;
};

KUNIT_DEFINE_ACTION_WRAPPER(close_unpack, kota_unpack_close,
			    struct kota_unpack *);

static struct kota_unpack *open_unpack(struct kunit *test, u32 chunk_len)
{
	struct kota_unpack *u = test_zalloc(test, sizeof(*u));

	KUNIT_ASSERT_EQ(test, kota_unpack_open(u, chunk_len), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, close_unpack, u),
			0);
	return u;
}

static void put(struct frame *f, u64 value, size_t len)
{
	u8 bytes[8];

	put_unaligned_le64(value, bytes);
	memcpy(f->data + f->len, bytes, len);
	f->len += len;
}

/* Magic, descriptor, content size: a window and an id the caller puts himself. */
static void put_magic(struct frame *f, u8 descriptor)
{
	put(f, 0xfd2fb528, 4);
	put(f, descriptor, 1);
}

static void put_block(struct frame *f, enum block_type type, u32 len, bool last)
{
	put(f, last | type << 1 | len << 3, 3);
	if (type == BLOCK_RLE)
		put(f, 'x', 1);
	else
		for (; len; len--)
			put(f, 'x', 1);
}

/* The commonest frame: 4 KiB of one byte in a single segment. */
static void put_good(struct frame *f)
{
	put_magic(f, FHD_SINGLE_SEGMENT | FHD_SIZE_2);
	put(f, CHUNK_LEN - 256, 2);
	put_block(f, BLOCK_RLE, CHUNK_LEN, true);
}

static void put_skippable(struct frame *f)
{
	put(f, 0x184d2a50, 4);
	put(f, 4, 4);
	put(f, 0, 4);
}

static void smallest(struct frame *f)
{
	put_magic(f, FHD_SINGLE_SEGMENT);
	put(f, 1, 1);
	put_block(f, BLOCK_RAW, 1, true);
}

static void raw_and_rle(struct frame *f)
{
	put_magic(f, FHD_SINGLE_SEGMENT | FHD_SIZE_4);
	put(f, 300, 4);
	put_block(f, BLOCK_RAW, 100, false);
	put_block(f, BLOCK_RLE, 200, true);
}

/* No larger than the chunk, but it need not be. */
static void window_of_a_chunk(struct frame *f)
{
	put_magic(f, FHD_SIZE_8);
	put(f, (12 - 10) << 3, 1);
	put(f, CHUNK_LEN, 8);
	put_block(f, BLOCK_RLE, CHUNK_LEN, true);
}

struct built {
	const char *name;
	void (*build)(struct frame *f);
	u32 len;
};

static const struct built good_frames[] = {
	{ "single segment", put_good, CHUNK_LEN },
	{ "1 byte", smallest, 1 },
	{ "raw and RLE blocks", raw_and_rle, 300 },
};

KUNIT_ARRAY_PARAM_DESC(good, good_frames, name);

/* Only @len bytes of the output are touched. */
static void expect_guarded(struct kunit *test, const struct kota_unpack *u,
			   u32 len)
{
	KUNIT_EXPECT_NULL(test, memchr_inv(u->out + len, GUARD, u->cap - len));
}

static void built_by_the_rules(struct kunit *test)
{
	const struct built *b = test->param_value;
	struct kota_unpack *u = open_unpack(test, 2 * CHUNK_LEN);
	struct frame *f = test_zalloc(test, sizeof(*f));
	struct kota_refusal why = {};

	memset(u->out, GUARD, u->cap);
	b->build(f);
	KUNIT_ASSERT_EQ_MSG(
		test, kota_unpack_chunk(u, 0, f->data, f->len, b->len, &why), 0,
		"%s|%s", why.expected, why.found);
	KUNIT_EXPECT_NULL(test, memchr_inv(u->out, 'x', b->len));
	expect_guarded(test, u, b->len);
}

/* The numbers from 1 to 300, one a line; make-unpack-vectors.sh has it too. */
static size_t make_text(char *text, size_t size)
{
	size_t len = 0;
	int i;

	for (i = 1; i <= 300; i++)
		len += scnprintf(text + len, size - len, "%d\n", i);
	return len;
}

static void made_by_zstd(struct kunit *test)
{
	struct kota_unpack *u = open_unpack(test, CHUNK_LEN);
	char *text = test_zalloc(test, CHUNK_LEN);
	size_t len = make_text(text, CHUNK_LEN);
	struct kota_refusal why = {};

	KUNIT_EXPECT_EQ(test,
			kota_unpack_chunk(u, 0, text_frame, sizeof(text_frame),
					  len, &why),
			0);
	KUNIT_EXPECT_MEMEQ(test, u->out, text, len);
	EXPECT_REFUSED(test,
		       kota_unpack_chunk(u, 0, text_frame_with_checksum,
					 sizeof(text_frame_with_checksum), len,
					 &why),
		       &why, ERANGE, KOTA_CAUSE_UNPACK);
}

static void nothing(struct frame *f)
{
}

static void other_bytes(struct frame *f)
{
	put(f, 0x0123456789abcdef, 8);
	put(f, 0x0123456789abcdef, 8);
}

static void expands_past_the_chunk(struct frame *f)
{
	put_magic(f, FHD_SINGLE_SEGMENT | FHD_SIZE_2);
	put(f, CHUNK_LEN - 256, 2);
	put_block(f, BLOCK_RLE, CHUNK_LEN, false);
	put_block(f, BLOCK_RLE, CHUNK_LEN, true);
}

/* 512 KiB from 27 bytes, and as many again as anyone likes */
static void expands_by_windows(struct frame *f)
{
	int i;

	put_magic(f, FHD_SIZE_2);
	put(f, (17 - 10) << 3, 1);
	put(f, CHUNK_LEN - 256, 2);
	for (i = 0; i < 4; i++)
		put_block(f, BLOCK_RLE, SZ_128K - 1, i == 3);
}

static void block_of_2m(struct frame *f)
{
	put_magic(f, FHD_SINGLE_SEGMENT | FHD_SIZE_2);
	put(f, CHUNK_LEN - 256, 2);
	put_block(f, BLOCK_RLE, SZ_2M - 1, true);
}

static void comes_short(struct frame *f)
{
	put_magic(f, FHD_SINGLE_SEGMENT | FHD_SIZE_2);
	put(f, CHUNK_LEN - 256, 2);
	put_block(f, BLOCK_RLE, CHUNK_LEN - 1, true);
}

static void content_size_larger(struct frame *f)
{
	put_magic(f, FHD_SINGLE_SEGMENT | FHD_SIZE_4);
	put(f, CHUNK_LEN + 1, 4);
	put_block(f, BLOCK_RLE, CHUNK_LEN + 1, true);
}

static void content_size_smaller(struct frame *f)
{
	put_magic(f, FHD_SINGLE_SEGMENT | FHD_SIZE_2);
	put(f, CHUNK_LEN - 1 - 256, 2);
	put_block(f, BLOCK_RLE, CHUNK_LEN - 1, true);
}

static void content_size_0(struct frame *f)
{
	put_magic(f, FHD_SINGLE_SEGMENT);
	put(f, 0, 1);
	put_block(f, BLOCK_RAW, 0, true);
}

static void content_size_2_64(struct frame *f)
{
	put_magic(f, FHD_SINGLE_SEGMENT | FHD_SIZE_8);
	put(f, U64_MAX - 2, 8);
	put_block(f, BLOCK_RLE, CHUNK_LEN, true);
}

static void content_size_wraps(struct frame *f)
{
	put_magic(f, FHD_SINGLE_SEGMENT | FHD_SIZE_8);
	put(f, (1ULL << 32) + CHUNK_LEN, 8);
	put_block(f, BLOCK_RLE, CHUNK_LEN, true);
}

static void content_size_unknown(struct frame *f)
{
	put_magic(f, 0);
	put(f, (12 - 10) << 3, 1);
	put_block(f, BLOCK_RLE, CHUNK_LEN, true);
}

/* One step of the mantissa above a chunk */
static void window_too_large(struct frame *f)
{
	put_magic(f, FHD_SIZE_2);
	put(f, (12 - 10) << 3 | 1, 1);
	put(f, CHUNK_LEN - 256, 2);
	put_block(f, BLOCK_RLE, CHUNK_LEN, true);
}

/* 3.75 TiB */
static void window_largest(struct frame *f)
{
	put_magic(f, FHD_SIZE_2);
	put(f, 0xff, 1);
	put(f, CHUNK_LEN - 256, 2);
	put_block(f, BLOCK_RLE, CHUNK_LEN, true);
}

static void dictionary(struct frame *f)
{
	put_magic(f, FHD_SINGLE_SEGMENT | FHD_SIZE_2 | FHD_DICT_1);
	put(f, 1, 1);
	put(f, CHUNK_LEN - 256, 2);
	put_block(f, BLOCK_RLE, CHUNK_LEN, true);
}

static void two_frames(struct frame *f)
{
	put_good(f);
	put_good(f);
}

static void two_halves(struct frame *f)
{
	int i;

	for (i = 0; i < 2; i++) {
		put_magic(f, FHD_SINGLE_SEGMENT | FHD_SIZE_2);
		put(f, CHUNK_LEN / 2 - 256, 2);
		put_block(f, BLOCK_RLE, CHUNK_LEN / 2, true);
	}
}

static void skippable(struct frame *f)
{
	put_skippable(f);
}

static void skippable_before(struct frame *f)
{
	put_skippable(f);
	put_good(f);
}

static void skippable_behind(struct frame *f)
{
	put_good(f);
	put_skippable(f);
}

static void trailing_byte(struct frame *f)
{
	put_good(f);
	put(f, 0, 1);
}

static void no_last_block(struct frame *f)
{
	put_magic(f, FHD_SINGLE_SEGMENT | FHD_SIZE_2);
	put(f, CHUNK_LEN - 256, 2);
	put_block(f, BLOCK_RLE, CHUNK_LEN, false);
}

static void reserved_bit(struct frame *f)
{
	put_good(f);
	f->data[4] |= FHD_RESERVED;
}

static void reserved_block(struct frame *f)
{
	put_magic(f, FHD_SINGLE_SEGMENT | FHD_SIZE_2);
	put(f, CHUNK_LEN - 256, 2);
	put_block(f, BLOCK_RESERVED, 16, true);
}

static void compressed_garbage(struct frame *f)
{
	put_magic(f, FHD_SINGLE_SEGMENT | FHD_SIZE_2);
	put(f, CHUNK_LEN - 256, 2);
	put_block(f, BLOCK_COMPRESSED, 64, true);
}

static void checksum_wrong(struct frame *f)
{
	put_good(f);
	f->data[4] |= FHD_CHECKSUM;
	put(f, 0x12345678, 4);
}

static const struct built bad_frames[] = {
	{ "nothing", nothing },
	{ "other bytes", other_bytes },
	{ "expands past the chunk", expands_past_the_chunk },
	{ "expands by windows", expands_by_windows },
	{ "block of 2 MiB", block_of_2m },
	{ "comes short", comes_short },
	{ "content size larger", content_size_larger },
	{ "content size smaller", content_size_smaller },
	{ "content size 0", content_size_0 },
	{ "content size 2^64", content_size_2_64 },
	{ "content size wraps", content_size_wraps },
	{ "content size unknown", content_size_unknown },
	{ "window of a chunk", window_of_a_chunk },
	{ "window too large", window_too_large },
	{ "window largest", window_largest },
	{ "dictionary", dictionary },
	{ "two frames", two_frames },
	{ "two halves", two_halves },
	{ "skippable", skippable },
	{ "skippable before", skippable_before },
	{ "skippable behind", skippable_behind },
	{ "trailing byte", trailing_byte },
	{ "no last block", no_last_block },
	{ "reserved bit", reserved_bit },
	{ "reserved block", reserved_block },
	{ "compressed garbage", compressed_garbage },
	{ "checksum wrong", checksum_wrong },
};

KUNIT_ARRAY_PARAM_DESC(bad, bad_frames, name);

static void refused(struct kunit *test)
{
	const struct built *b = test->param_value;
	struct kota_unpack *u = open_unpack(test, SZ_1M);
	struct frame *f = test_zalloc(test, sizeof(*f));
	struct kota_refusal why = {};

	memset(u->out, GUARD, u->cap);
	b->build(f);
	EXPECT_REFUSED(
		test, kota_unpack_chunk(u, 7, f->data, f->len, CHUNK_LEN, &why),
		&why, ERANGE, KOTA_CAUSE_UNPACK);
	expect_guarded(test, u, CHUNK_LEN);

	/* And the next one is good. */
	f->len = 0;
	put_good(f);
	KUNIT_EXPECT_EQ(
		test, kota_unpack_chunk(u, 8, f->data, f->len, CHUNK_LEN, &why),
		0);
}

static void cut_anywhere(struct kunit *test)
{
	struct kota_unpack *u = open_unpack(test, CHUNK_LEN);
	char *text = test_zalloc(test, CHUNK_LEN);
	size_t len = make_text(text, CHUNK_LEN), cut;
	struct kota_refusal why = {};

	for (cut = 0; cut < sizeof(text_frame); cut++)
		EXPECT_REFUSED(test,
			       kota_unpack_chunk(u, 0, text_frame, cut, len,
						 &why),
			       &why, ERANGE, KOTA_CAUSE_UNPACK);
}

/* Refused, or other bytes for the digest to find: never more of them. */
static void any_bit_flipped(struct kunit *test)
{
	struct kota_unpack *u = open_unpack(test, 2 * CHUNK_LEN);
	u8 *frame = test_zalloc(test, sizeof(text_frame));
	size_t len = make_text(u->out, CHUNK_LEN), bit;
	struct kota_refusal why = {};

	for (bit = 0; bit < 8 * sizeof(text_frame); bit++) {
		memcpy(frame, text_frame, sizeof(text_frame));
		frame[bit / 8] ^= BIT(bit % 8);
		memset(u->out, GUARD, u->cap);
		if (kota_unpack_chunk(u, 0, frame, sizeof(text_frame), len,
				      &why))
			KUNIT_EXPECT_EQ(test, why.cause, KOTA_CAUSE_UNPACK);
		expect_guarded(test, u, len);
	}
}

/* Whatever a frame asks for, this is all that it gets. */
static void memory_is_bounded(struct kunit *test)
{
	struct kota_unpack *u = open_unpack(test, 1U << KOTA_MAX_LOG2_CHUNK);

	KUNIT_EXPECT_LE(test, u->workspace_len, SZ_256K);
	KUNIT_EXPECT_EQ(test, u->cap, SZ_1M);
}

static struct kunit_case unpack_cases[] = {
	KUNIT_CASE(made_by_zstd),
	KUNIT_CASE_PARAM(built_by_the_rules, good_gen_params),
	KUNIT_CASE_PARAM(refused, bad_gen_params),
	KUNIT_CASE(cut_anywhere),
	KUNIT_CASE(any_bit_flipped),
	KUNIT_CASE(memory_is_bounded),
	{}
};

static struct kunit_suite unpack_suite = {
	.name = "kota_unpack",
	.test_cases = unpack_cases,
};

kunit_test_suite(unpack_suite);
