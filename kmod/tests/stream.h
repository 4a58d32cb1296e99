/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A whole deliverable for the parser, which asks for forms only: two images,
 * two signatures, two envelopes, and nothing in them that means anything.
 */
#ifndef KOTA_STREAM_H
#define KOTA_STREAM_H

#include "kota_kunit.h"

#define NR_IMAGES	2
#define CMS_LEN		300
#define ENC_LEN		64

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

static inline void put_frame(u8 *at, u16 type, u16 image, u32 chunk, u32 len)
{
	const struct kota_frame frame = {
		.type = cpu_to_le16(type), .image = cpu_to_le16(image),
		.chunk = cpu_to_le32(chunk), .len = cpu_to_le32(len),
	};

	memcpy(at, &frame, sizeof(frame));
}

/* Every byte differs from its neighbours; heads over that. */
static inline u8 *make_stream(struct kunit *test)
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

#endif /* KOTA_STREAM_H */
