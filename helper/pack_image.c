// SPDX-License-Identifier: GPL-2.0
/*
 * One image on its way into a package: digests first, then table and frames.
 * Holds one chunk and the table in memory, never the image. What is compressed is
 * compressed twice, which is the same each time.
 */

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/crypto.h>

#include "helper.h"

static int open_image(struct kota_packing_image *pi)
{
	const char *path = pi->req->path;
	struct stat st;

	pi->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (pi->fd < 0 || fstat(pi->fd, &st))
		return kota_error_errno("%s: cannot be read", path);
	if (!S_ISREG(st.st_mode))
		return kota_error(
			"%s: not a regular file; it is read twice, so save it to one first",
			path);
	if (!st.st_size)
		return kota_error("%s: empty; there is nothing to install",
				  path);
	pi->size = st.st_size;
	return 0;
}

static int make_room(struct kota_packing_image *pi)
{
	size_t len = pi->shape.chunk_len;

	pi->stored_cap = kota_compress_bound(len);
	pi->table = calloc(1, pi->shape.table_len);
	pi->chunk = malloc(len);
	pi->stored = malloc(pi->stored_cap);
	pi->sealed =
		malloc(max_t(size_t, pi->stored_cap, KOTA_TABLE_BLOCK_LEN) +
		       KOTA_TAG_LEN);
	return pi->table && pi->chunk && pi->stored && pi->sealed ?
		       0 :
		       kota_error("no memory");
}

static int plan(struct kota_packing_image *pi)
{
	struct kota_image *image = &pi->req->image;
	struct kota_refusal why = { 0 };

	image->size = htole64(pi->size);
	if (kota_manifest_shape(image, &pi->shape, &why))
		return kota_error(
			"%s: too large for its chunks (%s, found %s); use larger chunks",
			pi->req->path, why.expected, why.found);
	if (make_room(pi))
		return -1;
	if (image->compression == KOTA_COMPRESSION_NONE)
		return 0;
	return kota_compress_begin(&pi->zc, pi->req->zstd_level,
				   image->log2_chunk);
}

/**
 * kota_pack_image_begin() - open an image and measure it
 * @pi: the image, with its request; to be ended in any case
 *
 * Return: 0, or -1 after saying why.
 */
int kota_pack_image_begin(struct kota_packing_image *pi)
{
	return open_image(pi) ? -1 : plan(pi);
}

static int read_chunk(struct kota_packing_image *pi, u32 idx, size_t *len)
{
	u64 pos = (u64)idx * pi->shape.chunk_len;
	size_t have = 0;

	*len = kota_manifest_chunk_len(&pi->req->image, idx);
	while (have < *len) {
		ssize_t nr = pread(pi->fd, pi->chunk + have, *len - have,
				   pos + have);

		if (nr < 0)
			return kota_error_errno("%s", pi->req->path);
		if (!nr)
			return kota_error(
				"%s: became shorter while it was packed",
				pi->req->path);
		have += nr;
	}
	return 0;
}

/* What goes into the frame: the chunk, or what zstd makes of it. */
static int store_chunk(struct kota_packing_image *pi, size_t len,
		       const u8 **stored, size_t *stored_len)
{
	*stored = pi->chunk;
	*stored_len = len;
	if (pi->req->image.compression == KOTA_COMPRESSION_NONE)
		return 0;
	*stored = pi->stored;
	return kota_compress_chunk(&pi->zc, pi->chunk, len, pi->stored,
				   pi->stored_cap, stored_len);
}

static struct kota_chunk *entry_of(struct kota_packing_image *pi, u32 idx)
{
	return (struct kota_chunk *)kota_table_entry(pi->table, &pi->shape,
						     idx);
}

static int fill_entry(struct kota_packing_image *pi, u32 idx, u16 *crc)
{
	int digest = pi->req->image.digest;
	struct kota_chunk *entry = entry_of(pi, idx);
	size_t len, stored_len;
	const u8 *stored;

	if (read_chunk(pi, idx, &len) ||
	    store_chunk(pi, len, &stored, &stored_len) ||
	    kota_format_digest(digest, stored, stored_len, entry->stored))
		return -1;
	entry->stored_len = htole32(stored_len);
	pi->stored_len += stored_len;
	*crc = kota_format_crc16(*crc, pi->chunk, len);
	if (pi->req->image.compression == KOTA_COMPRESSION_NONE)
		return 0;
	return kota_format_digest(digest, pi->chunk, len, (u8 *)(entry + 1));
}

/**
 * kota_pack_image_digest() - the first pass: fill the table, take its digest
 * @pi: the image
 * @progress: moved by the bytes of the image
 *
 * Return: 0, or -1 after saying why.
 */
int kota_pack_image_digest(struct kota_packing_image *pi,
			   struct kota_progress *progress)
{
	struct kota_table *head = (struct kota_table *)pi->table;
	u16 crc = 0;
	u32 i;

	kota_progress_begin(progress, "digest", pi->size);
	for (i = 0; i < pi->shape.nr_chunks; i++) {
		if (fill_entry(pi, i, &crc))
			return -1;
		kota_progress_update(progress,
				     (u64)(i + 1) * pi->shape.chunk_len);
	}
	head->crc16 = htole16(crc);
	head->nr_chunks = htole32(pi->shape.nr_chunks);
	return kota_format_root(pi->req->image.digest, pi->table,
				pi->shape.table_len, pi->req->image.root);
}

static int write_out(struct kota_output *out, const void *data, size_t len)
{
	if (!kota_write_all(out->fd, data, len))
		return 0;
	return kota_error_errno("%s: cannot be written", out->path);
}

/**
 * kota_pack_image_write_table() - write the table, encrypted
 * @pi: the image
 * @key: content key
 * @out: the package
 *
 * Return: 0, or -1 after saying why.
 */
int kota_pack_image_write_table(struct kota_packing_image *pi,
				const struct kota_content_key *key,
				struct kota_output *out)
{
	u32 off, block = 0;
	struct kota_cipher_ctx ctx;
	int err;

	err = kota_format_seal_begin(&ctx, key, KOTA_LABEL_TABLE, pi->idx,
				     pi->req->image.cipher);
	for (off = 0; !err && off < pi->shape.table_len;
	     off += KOTA_TABLE_BLOCK_LEN) {
		u32 len = min_t(u32, KOTA_TABLE_BLOCK_LEN,
				pi->shape.table_len - off);

		err = kota_format_seal(&ctx, block++, pi->table + off, len,
				       pi->sealed);
		if (!err)
			err = write_out(out, pi->sealed, len + KOTA_TAG_LEN);
	}
	kota_format_seal_end(&ctx);
	return err;
}

static int write_frame(struct kota_packing_image *pi,
		       struct kota_cipher_ctx *ctx, struct kota_output *out,
		       u32 idx)
{
	struct kota_frame frame = {
		.type = htole16(KOTA_FRAME_DATA),
		.image = htole16(pi->idx),
		.chunk = htole32(idx),
	};
	u8 digest[KOTA_DIGEST_LEN];
	size_t len, stored_len;
	const u8 *stored;

	if (read_chunk(pi, idx, &len) ||
	    store_chunk(pi, len, &stored, &stored_len) ||
	    kota_format_digest(pi->req->image.digest, stored, stored_len,
			       digest))
		return -1;
	if (memcmp(digest, entry_of(pi, idx)->stored, sizeof(digest)))
		return kota_error(
			"%s: changed while it was packed; pack it again",
			pi->req->path);
	frame.len = htole32(stored_len);
	if (kota_format_seal(ctx, idx, stored, stored_len, pi->sealed) ||
	    write_out(out, &frame, sizeof(frame)))
		return -1;
	return write_out(out, pi->sealed, stored_len + KOTA_TAG_LEN);
}

/**
 * kota_pack_image_write_frames() - the second pass: write the chunks, encrypted
 * @pi: the image
 * @key: content key
 * @out: the package
 * @progress: moved by the bytes of the image
 *
 * Return: 0, or -1 after saying why.
 */
int kota_pack_image_write_frames(struct kota_packing_image *pi,
				 const struct kota_content_key *key,
				 struct kota_output *out,
				 struct kota_progress *progress)
{
	struct kota_cipher_ctx ctx;
	u32 i;
	int err;

	kota_progress_begin(progress, "encrypt", pi->size);
	err = kota_format_seal_begin(&ctx, key, KOTA_LABEL_FRAMES, pi->idx,
				     pi->req->image.cipher);
	for (i = 0; !err && i < pi->shape.nr_chunks; i++) {
		err = write_frame(pi, &ctx, out, i);
		kota_progress_update(progress,
				     (u64)(i + 1) * pi->shape.chunk_len);
	}
	kota_format_seal_end(&ctx);
	return err;
}

/**
 * kota_pack_image_end() - give up memory, which held plaintext
 * @pi: the image
 */
void kota_pack_image_end(struct kota_packing_image *pi)
{
	if (pi->chunk)
		OPENSSL_cleanse(pi->chunk, pi->shape.chunk_len);
	if (pi->stored)
		OPENSSL_cleanse(pi->stored, pi->stored_cap);
	if (pi->zc.ctx)
		kota_compress_end(&pi->zc);
	free(pi->table);
	free(pi->chunk);
	free(pi->stored);
	free(pi->sealed);
	if (pi->fd >= 0)
		close(pi->fd);
	pi->fd = -1;
}
