// SPDX-License-Identifier: GPL-2.0
/*
 * Decompress one chunk: one zstd frame (RFC 8878) in the one form that is taken,
 * whose header has to say before anything is decompressed that the whole chunk
 * comes out of it and nothing else. Its bytes have been judged by their digest;
 * what comes out is judged by the caller. The output is the window, so memory is
 * a chunk and the decompressor's own, whatever a frame says.
 */

#include <linux/zstd.h>

#include "kota_private.h"

/**
 * kota_unpack_open() - get memory to decompress in
 * @u: zeroed
 * @chunk_len: bytes of the largest chunk
 *
 * Context: may sleep.
 * Return: 0, or -ENOMEM.
 */
int kota_unpack_open(struct kota_unpack *u, u32 chunk_len)
{
	u->workspace_len = zstd_dctx_workspace_bound();
	u->workspace = kvmalloc(u->workspace_len, GFP_KERNEL);
	u->out = kvmalloc(chunk_len, GFP_KERNEL);
	u->cap = chunk_len;
	if (u->workspace && u->out)
		u->ctx = zstd_init_dctx(u->workspace, u->workspace_len);
	if (!u->ctx) {
		kota_unpack_close(u);
		return -ENOMEM;
	}
	return 0;
}

/**
 * kota_unpack_close() - give the memory up, which held plaintext
 * @u: open, or zeroed
 */
void kota_unpack_close(struct kota_unpack *u)
{
	kvfree_sensitive(u->workspace, u->workspace_len);
	kvfree_sensitive(u->out, u->cap);
	memset(u, 0, sizeof(*u));
}

/* Bit of the frame header descriptor, the byte behind the magic number. */
#define SINGLE_SEGMENT 0x20
#define DICTIONARY_ID 0x03

static int refuse(struct kota_refusal *why, u32 idx, const char *expected,
		  const char *found)
{
	return kota_refuse(why, KOTA_CAUSE_UNPACK, "chunk %u: %s|%s", idx,
			   expected, found);
}

static int judge_head(u32 idx, const u8 *frame, size_t frame_len, u32 len,
		      struct kota_refusal *why)
{
	zstd_frame_header head;

	if (zstd_get_frame_header(&head, frame, frame_len))
		return refuse(why, idx, "a zstd frame", "other bytes");
	if (head.frameType != ZSTD_frame)
		return refuse(why, idx, "a zstd frame", "a skippable one");
	if (head.frameContentSize == ZSTD_CONTENTSIZE_UNKNOWN)
		return refuse(why, idx, "a content size", "none");
	if (head.frameContentSize != len)
		return kota_refuse(why, KOTA_CAUSE_UNPACK,
				   "chunk %u: content of %u bytes|%llu", idx,
				   len, head.frameContentSize);
	/* With it the window is the content, else it may be anything. */
	if (!(frame[4] & SINGLE_SEGMENT))
		return kota_refuse(why, KOTA_CAUSE_UNPACK,
				   "chunk %u: a single segment|window of %llu",
				   idx, head.windowSize);
	/* Not head.dictID: an id of 0 would be one that says nothing. */
	if (frame[4] & DICTIONARY_ID)
		return refuse(why, idx, "no dictionary", "one");
	if (head.checksumFlag)
		return refuse(why, idx, "no checksum", "one");
	return 0;
}

static int judge_frame(u32 idx, const u8 *frame, size_t frame_len, u32 len,
		       struct kota_refusal *why)
{
	int err = judge_head(idx, frame, frame_len, len, why);
	size_t whole;

	if (err)
		return err;
	whole = zstd_find_frame_compressed_size(frame, frame_len);
	if (zstd_is_error(whole))
		return refuse(why, idx, "a whole zstd frame", "malformed");
	if (whole != frame_len)
		return kota_refuse(why, KOTA_CAUSE_UNPACK,
				   "chunk %u: a frame of %zu bytes|%zu", idx,
				   frame_len, whole);
	return 0;
}

/**
 * kota_unpack_chunk() - decompress a chunk
 * @u: has the memory; the chunk is at its @out afterwards
 * @idx: index of the chunk, for people
 * @frame: what was stored, its digest compared
 * @frame_len: its bytes
 * @len: bytes of the chunk
 * @why: cause of a refusal
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of the cause UNPACK.
 */
int kota_unpack_chunk(struct kota_unpack *u, u32 idx, const u8 *frame,
		      size_t frame_len, u32 len, struct kota_refusal *why)
{
	size_t done;
	int err;

	if (WARN_ON_ONCE(len > u->cap))
		return kota_refuse(why, KOTA_CAUSE_UNPACK,
				   "chunk %u: at most %u bytes|%u", idx, u->cap,
				   len);
	err = judge_frame(idx, frame, frame_len, len, why);
	if (err)
		return err;
	/* Never more than @len, whatever the blocks say. */
	done = zstd_decompress_dctx(u->ctx, u->out, len, frame, frame_len);
	if (zstd_is_error(done))
		return kota_refuse(why, KOTA_CAUSE_UNPACK,
				   "chunk %u: %u bytes|error %d of zstd", idx,
				   len, zstd_get_error_code(done));
	if (done != len)
		return kota_refuse(why, KOTA_CAUSE_UNPACK,
				   "chunk %u: %u bytes|%zu", idx, len, done);
	return 0;
}
