// SPDX-License-Identifier: GPL-2.0
/*
 * One chunk, one frame of zstd, in the one form that devices take: a single
 * segment with its size, no dictionary, no checksum.
 */

#include <zstd.h>

#include "helper.h"

static int check(const char *what, size_t code)
{
	if (!ZSTD_isError(code))
		return 0;
	return kota_error("zstd: %s: %s", what, ZSTD_getErrorName(code));
}

/**
 * kota_compress_begin() - make ready to compress chunks
 * @zc: the compressor; to be ended in any case
 * @level: 1 to ZSTD_maxCLevel()
 * @log2_chunk: size of the chunks
 *
 * The window is set to the chunk, or a frame would not be a single segment.
 *
 * Return: 0, or -1 after saying why.
 */
int kota_compress_begin(struct kota_compress *zc, int level, u8 log2_chunk)
{
	ZSTD_CCtx *ctx = ZSTD_createCCtx();

	zc->ctx = ctx;
	if (!ctx)
		return kota_error("no memory");
	if (check("level", ZSTD_CCtx_setParameter(ctx, ZSTD_c_compressionLevel,
						  level)) ||
	    check("window",
		  ZSTD_CCtx_setParameter(ctx, ZSTD_c_windowLog, log2_chunk)) ||
	    check("size",
		  ZSTD_CCtx_setParameter(ctx, ZSTD_c_contentSizeFlag, 1)) ||
	    check("checksum",
		  ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, 0)) ||
	    check("dictionary",
		  ZSTD_CCtx_setParameter(ctx, ZSTD_c_dictIDFlag, 0)))
		return -1;
	return 0;
}

/**
 * kota_compress_chunk() - compress a chunk
 * @zc: the compressor
 * @in: the chunk
 * @len: bytes of it
 * @out: its frame
 * @max: bytes there, at least kota_compress_bound()
 * @out_len: bytes of the frame
 *
 * The same chunk gives the same frame each time.
 *
 * Return: 0, or -1 after saying why.
 */
int kota_compress_chunk(struct kota_compress *zc, const u8 *in, size_t len,
			u8 *out, size_t max, size_t *out_len)
{
	*out_len = ZSTD_compress2(zc->ctx, out, max, in, len);
	if (check("chunk", *out_len))
		return -1;
	if (*out_len > len + KOTA_MAX_ZSTD_EXTRA)
		return kota_error(
			"zstd: made %zu bytes of %zu, more than devices take",
			*out_len, len);
	return 0;
}

/**
 * kota_compress_bound() - room that a frame may need while it is made
 * @len: bytes of the chunk
 *
 * Return: bytes.
 */
size_t kota_compress_bound(size_t len)
{
	return ZSTD_compressBound(len);
}

/**
 * kota_compress_end() - give up a compressor
 * @zc: the compressor
 */
void kota_compress_end(struct kota_compress *zc)
{
	ZSTD_freeCCtx(zc->ctx);
	zc->ctx = NULL;
}
