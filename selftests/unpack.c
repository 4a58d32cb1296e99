// SPDX-License-Identifier: GPL-2.0
/*
 * Compressed images: what has to go in, and frames of zstd that have not the one
 * form that is taken, or lie. Every bomb is under a good signature, a good tag and
 * a good digest of what is stored, but for where the digests are the thing.
 *
 * Wants a provisioned device with the signer "signer" in the ring.
 */

#include <stdlib.h>
#include <string.h>
#include <endian.h>
#include <zdict.h>
#include <zstd.h>

#include "harness.h"
#include "scene.h"

#define KIB	1024
#define MIB	(1024 * KIB)

enum content { TEXT, RANDOM, ZEROS, MIXED };

/* Bytes that shrink, that do not, or both by turns of 4 KiB. */
static void fill(uint8_t *image, size_t size, enum content content, uint64_t seed)
{
	size_t pos;

	kt_fill(image, size, seed);
	for (pos = 0; pos < size; pos++) {
		enum content here = content;

		if (content == MIXED)
			here = pos / 4096 % 4;
		if (here == ZEROS)
			image[pos] = 0;
		else if (here == TEXT)
			image[pos] = "etaoin shrdlu\n.,"[image[pos] % 16];
	}
}

FIXTURE(unpack) {
	struct kt_scene scene;
	struct kt_deliverable d;
	uint8_t *image;
};

FIXTURE_VARIANT(unpack) {
	size_t size;
	uint8_t log2_chunk;
	enum content content;
	uint8_t cipher;
	uint8_t digest;
};

FIXTURE_SETUP(unpack)
{
	ASSERT_EQ(0, kt_scene_begin(&self->scene));
	self->image = malloc(variant->size);
	ASSERT_NE(NULL, self->image);
	fill(self->image, variant->size, variant->content, self->scene.before.sequence);
}

FIXTURE_TEARDOWN(unpack)
{
	kt_free(&self->d);
	free(self->image);
	kt_scene_end(&self->scene);
}

#define GOOD(name_, size_, log2_, content_, ...)				\
	FIXTURE_VARIANT_ADD(unpack, name_) {					\
		.size = size_, .log2_chunk = log2_, .content = content_,	\
		.cipher = KOTA_CIPHER_AES_128_GCM, .digest = KOTA_DIGEST_SHA256, \
		__VA_ARGS__							\
	};
#pragma GCC diagnostic ignored "-Woverride-init"

GOOD(one_byte, 1, 12, TEXT)
GOOD(text, 100000, 12, TEXT)
GOOD(text_in_one_chunk, 100000, 17, TEXT)
GOOD(random, 100000, 12, RANDOM)
GOOD(random_in_largest_chunk, 1 * MIB, 20, RANDOM)
GOOD(zeros_in_largest_chunk, 1 * MIB, 20, ZEROS)
GOOD(mixed, 1 * MIB, 12, MIXED)
GOOD(last_chunk_of_a_byte, 64 * KIB + 1, 16, MIXED)
GOOD(first_block_and_a_byte, 256 * KIB + 1, 16, MIXED)
GOOD(table_of_two_blocks, 1 * MIB - 1, 12, TEXT)
GOOD(aes_256_sha3, 300000, 14, MIXED, .cipher = KOTA_CIPHER_AES_256_GCM,
     .digest = KOTA_DIGEST_SHA3_256)

TEST_F_TIMEOUT(unpack, and_compare, KT_FOREVER)
{
	struct kt_deliverable *d = &self->d;
	uint64_t sequence = self->scene.before.sequence + 1;
	struct kt_status st;
	struct kt_buf b;
	int err;

	kt_begin(d, &self->scene.before, self->image, variant->size, sequence);
	d->image[0].log2_chunk = variant->log2_chunk;
	d->image[0].cipher = variant->cipher;
	d->image[0].digest = variant->digest;
	kt_compress(d);
	kt_seal(d);
	kt_sign(d, "signer", 0);
	kt_wrap(d, self->scene.before.public_key);
	b = kt_finish(d, NULL);
	TH_LOG("%zu bytes of %zu", d->frames.len, variant->size);
	err = kt_install(b.data, b.len, sequence);
	free(b.data);
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	if (err)
		TH_LOG("expected \"%s\", found \"%s\"", st.expected, st.found);
	ASSERT_EQ(0, err);
	EXPECT_TRUE(kt_scene_holds(self->image, variant->size));
	EXPECT_TRUE(kt_scene_same_a(&self->scene));
	EXPECT_EQ(variant->size, st.slot[1].size);
	EXPECT_EQ(KOTA_SLOT_STATE_COMPLETE, st.slot[1].state);
}

#define IMAGE_LEN	20000	/* five chunks of 4 KiB */
#define CHUNK		4096
#define BAD		3	/* the chunk that is spoilt */
#define ENTRY(d, idx)	((struct kota_chunk *)((d)->table.data + sizeof(struct kota_table) + \
			 (idx) * (sizeof(struct kota_chunk) + KOTA_DIGEST_LEN)))

#define FINAL(d, idx)	((uint8_t *)(ENTRY(d, idx) + 1))

FIXTURE(bomb) {
	struct kt_scene scene;
	struct kt_deliverable d;
	uint8_t image[IMAGE_LEN];
	uint64_t sequence;
};

FIXTURE_VARIANT(bomb) {
	/* replaces the frame of chunk BAD; the table follows */
	void (*spoil)(struct kt_deliverable *d, struct kt_buf *frame);
	/* changes the table afterwards */
	void (*spoil_table)(struct kt_deliverable *d);
	uint16_t step;
	uint16_t cause;
	bool untouched;		/* the slot is as it was */
};

FIXTURE_SETUP(bomb)
{
	ASSERT_EQ(0, kt_scene_begin(&self->scene));
	self->sequence = self->scene.before.sequence + 2;
	fill(self->image, IMAGE_LEN, TEXT, self->sequence);
	kt_begin(&self->d, &self->scene.before, self->image, IMAGE_LEN, self->sequence);
	self->d.image[0].log2_chunk = 12;
	kt_compress(&self->d);
}

FIXTURE_TEARDOWN(bomb)
{
	kt_free(&self->d);
	kt_scene_end(&self->scene);
}

/* Nothing of the chunk, nor of what follows it, is on the medium. */
static bool nothing_written(void)
{
	static uint8_t bytes[2 * CHUNK];
	size_t i;

	if (kt_mtd_read("slot-b", BAD * CHUNK, bytes, sizeof(bytes)))
		return false;
	for (i = 0; i < sizeof(bytes); i++)
		if (bytes[i] != kt_blank())
			return false;
	return true;
}

TEST_F_TIMEOUT(bomb, refused, KT_FOREVER)
{
	struct kt_deliverable *d = &self->d;
	struct kt_status st;
	struct kt_buf b;

	if (variant->spoil)
		variant->spoil(d, &d->stored[BAD]);
	kt_retable(d);
	if (variant->spoil_table)
		variant->spoil_table(d);
	kt_seal(d);
	kt_sign(d, "signer", 0);
	kt_wrap(d, self->scene.before.public_key);
	b = kt_finish(d, NULL);
	EXPECT_EQ(kt_errno(variant->cause), kt_install(b.data, b.len, self->sequence));
	free(b.data);
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(variant->cause, st.cause);
	EXPECT_EQ(variant->step, st.step);
	EXPECT_EQ(self->scene.before.sequence, st.sequence);
	EXPECT_TRUE(kt_scene_same_a(&self->scene));
	if (variant->untouched) {
		EXPECT_TRUE(kt_scene_same_b(&self->scene));
	} else {
		EXPECT_TRUE(kt_scene_unbootable());
		EXPECT_TRUE(nothing_written());
		EXPECT_EQ(KOTA_SLOT_STATE_INCOMPLETE, st.slot[1].state);
	}
	TH_LOG("expected \"%s\", found \"%s\"", st.expected, st.found);
	EXPECT_EQ(0, kt_scene_good(&self->scene));
}

/* A frame by libzstd of @len bytes at @bytes, with one parameter changed. */
static void make(struct kt_buf *frame, const void *bytes, size_t len, ZSTD_cParameter parameter,
		 int value)
{
	static uint8_t out[2 * MIB];
	ZSTD_CCtx *ctx = ZSTD_createCCtx();

	ZSTD_CCtx_setParameter(ctx, parameter, value);
	len = ZSTD_compress2(ctx, out, sizeof(out), bytes, len);
	ZSTD_freeCCtx(ctx);
	if (ZSTD_isError(len))
		len = 0;	/* the table refuses it, the test sees that */
	frame->len = 0;
	kt_append(frame, out, len);
}

static const uint8_t *chunk_of(const struct kt_deliverable *d)
{
	return d->bytes + BAD * CHUNK;
}

#define BOMB(name_, ...)						\
	static void name_(struct kt_deliverable *d, struct kt_buf *frame) { __VA_ARGS__; } \
	FIXTURE_VARIANT_ADD(bomb, name_) {				\
		.spoil = name_, .step = KOTA_STEP_PROCESS, .cause = KOTA_CAUSE_UNPACK };
#define TABLE_SAYS(name_, step_, cause_, untouched_, ...)		\
	static void name_(struct kt_deliverable *d) { __VA_ARGS__; }	\
	FIXTURE_VARIANT_ADD(bomb, name_) {				\
		.spoil_table = name_, .step = KOTA_STEP_##step_,	\
		.cause = KOTA_CAUSE_##cause_, .untouched = untouched_ };

static uint8_t zeros[MIB];

/* 1 MiB, from 60 bytes or so */
BOMB(one_mib, make(frame, zeros, MIB, ZSTD_c_compressionLevel, 3))
/* The same, but its header says 4 KiB: 4 bytes of content size behind the magic */
BOMB(one_mib_that_says_4k,
	make(frame, zeros, MIB, ZSTD_c_compressionLevel, 3);
	memcpy(frame->data + 5, "\0\x10\0\0", 4))
BOMB(one_byte_more, make(frame, chunk_of(d) - 1, CHUNK + 1, ZSTD_c_compressionLevel, 3))
BOMB(one_byte_less, make(frame, chunk_of(d), CHUNK - 1, ZSTD_c_compressionLevel, 3))
BOMB(says_4g, make(frame, zeros, MIB, ZSTD_c_compressionLevel, 3);
	memset(frame->data + 5, 0xff, 4))
/* RFC 8878: content size of 2 bytes, a window of 3.75 TiB, one block of RLE */
BOMB(window_largest, frame->len = 0;
	kt_append(frame, "\x28\xb5\x2f\xfd\x40\xff\x00\x0f\x03\x80\x00x", 12))
/* Smaller than the chunk, hence no single segment */
BOMB(window_of_its_own, make(frame, chunk_of(d), CHUNK, ZSTD_c_windowLog, 10))
BOMB(size_unknown, make(frame, chunk_of(d), CHUNK, ZSTD_c_contentSizeFlag, 0))
BOMB(checksum, make(frame, chunk_of(d), CHUNK, ZSTD_c_checksumFlag, 1))
BOMB(two_halves,
	struct kt_buf half = { 0 };
	make(frame, chunk_of(d), CHUNK / 2, ZSTD_c_compressionLevel, 3);
	make(&half, chunk_of(d) + CHUNK / 2, CHUNK / 2, ZSTD_c_compressionLevel, 3);
	kt_append(frame, half.data, half.len); free(half.data))
BOMB(two_frames,
	struct kt_buf second = { 0 };
	make(&second, zeros, CHUNK, ZSTD_c_compressionLevel, 3);
	kt_append(frame, second.data, second.len);
	free(second.data))
BOMB(skippable_before,
	struct kt_buf whole = { 0 };
	kt_append(&whole, "\x50\x2a\x4d\x18\4\0\0\0kota", 12);
	kt_append(&whole, frame->data, frame->len);
	free(frame->data);
	*frame = whole)
BOMB(skippable_behind, kt_append(frame, "\x50\x2a\x4d\x18\4\0\0\0kota", 12))
BOMB(skippable_alone, frame->len = 0; kt_append(frame, "\x50\x2a\x4d\x18\4\0\0\0kota", 12))
BOMB(trailing_byte, kt_append(frame, "", 1))
BOMB(cut_by_a_byte, frame->len--)
BOMB(not_a_frame, frame->len = 0; kt_append(frame, chunk_of(d), 1000))
BOMB(stored_as_it_is, frame->len = 0; kt_append(frame, chunk_of(d), CHUNK))
/* Behind magic, descriptor and content size: type 3 is reserved */
BOMB(block_of_no_type, frame->data[7] |= 3 << 1)

/* Whole, and of the right length, but by a dictionary that the device has not. */
BOMB(dictionary,
	static uint8_t dict[4096];
	static uint8_t out[8192];
	static uint8_t samples[200 * 100];
	size_t sizes[200];
	size_t len;
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	for (len = 0; len < 200; len++)
		sizes[len] = 100;
	fill(samples, sizeof(samples), TEXT, 1);
	len = ZDICT_trainFromBuffer(dict, sizeof(dict), samples, sizes, 200);
	len = ZDICT_isError(len) ? 0 :
		ZSTD_compress_usingDict(ctx, out, sizeof(out), chunk_of(d), CHUNK, dict, len, 3);
	ZSTD_freeCCtx(ctx);
	frame->len = 0;
	kt_append(frame, out, ZSTD_isError(len) ? 0 : len);
	/* Or it would be refused for another reason. */
	if (!ZSTD_getDictID_fromFrame(frame->data, frame->len))
		frame->len = 0)

/* Which digest says no: that of what is stored, before it is looked into */
static void bomb_with_a_wrong_digest(struct kt_deliverable *d)
{
	ENTRY(d, BAD)->stored[0] ^= 1;
}

FIXTURE_VARIANT_ADD(bomb, judged_before_it_is_unpacked) {
	.spoil = one_mib, .spoil_table = bomb_with_a_wrong_digest,
	.step = KOTA_STEP_PROCESS, .cause = KOTA_CAUSE_DIGEST,
};

/* and that of what came out, before it is written. */
TABLE_SAYS(judged_after_it_was_unpacked, PROCESS, DIGEST, false, FINAL(d, BAD)[0] ^= 1)
TABLE_SAYS(digest_before_wrong, PROCESS, DIGEST, false, ENTRY(d, BAD)->stored[31] ^= 0x80)
TABLE_SAYS(stored_65_bytes_longer, CHECK, FORMAT, true,
	ENTRY(d, BAD)->stored_len = htole32(CHUNK + KOTA_MAX_ZSTD_EXTRA + 1))
TABLE_SAYS(stored_0_bytes, CHECK, FORMAT, true, ENTRY(d, BAD)->stored_len = 0)

/* The frame of another chunk, under its own digest */
static void frame_of_another_chunk(struct kt_deliverable *d, struct kt_buf *frame)
{
	frame->len = 0;
	kt_append(frame, d->stored[BAD - 1].data, d->stored[BAD - 1].len);
}

FIXTURE_VARIANT_ADD(bomb, frame_of_another_chunk) {
	.spoil = frame_of_another_chunk, .step = KOTA_STEP_PROCESS, .cause = KOTA_CAUSE_DIGEST,
};

TEST_HARNESS_MAIN
