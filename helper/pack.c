// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a package from an image, in two passes: the first takes the digests,
 * for the keys depend on the manifest and the manifest on the digests; the
 * second encrypts. Holds one chunk and the table in memory, never the image.
 */

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "helper.h"

struct packing {
	struct kota_pack_request *req;
	int fd; /* the image */
	u64 size; /* of the image */
	struct kota_image_shape shape;
	u8 *table; /* plaintext, @shape.table_len bytes */
	u8 *chunk; /* plaintext of one */
	u8 *sealed; /* ciphertext of one chunk or block, tag */
	struct kota_content_key key;
	struct kota_output out;
	struct kota_progress progress;
};

/* manifest || image, as it is signed. */
struct manifest_section {
	struct kota_manifest manifest;
	struct kota_image image;
};

static int open_image(struct packing *pk)
{
	const char *path = pk->req->image_path;
	struct stat st;

	pk->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (pk->fd < 0 || fstat(pk->fd, &st))
		return kota_error_errno("%s: cannot be read", path);
	if (!S_ISREG(st.st_mode))
		return kota_error(
			"%s: not a regular file; it is read twice, so save it to one first",
			path);
	if (!st.st_size)
		return kota_error("%s: empty; there is nothing to install",
				  path);
	pk->size = st.st_size;
	return 0;
}

static int plan(struct packing *pk)
{
	struct kota_image *image = &pk->req->image;
	struct kota_refusal why = { 0 };
	size_t sealed_len;

	image->size = htole64(pk->size);
	if (kota_manifest_shape(image, &pk->shape, &why))
		return kota_error(
			"image is too large for its chunks (%s, found %s); use a larger --chunk",
			why.expected, why.found);
	sealed_len = max_t(size_t, pk->shape.chunk_len, KOTA_TABLE_BLOCK_LEN) +
		     KOTA_TAG_LEN;
	pk->table = calloc(1, pk->shape.table_len);
	pk->chunk = malloc(pk->shape.chunk_len);
	pk->sealed = malloc(sealed_len);
	return pk->table && pk->chunk && pk->sealed ? 0 :
						      kota_error("no memory");
}

static int read_chunk(struct packing *pk, u32 idx, size_t *len)
{
	u64 pos = (u64)idx * pk->shape.chunk_len;
	size_t have = 0;

	*len = kota_manifest_chunk_len(&pk->req->image, idx);
	while (have < *len) {
		ssize_t nr = pread(pk->fd, pk->chunk + have, *len - have,
				   pos + have);

		if (nr < 0)
			return kota_error_errno("%s", pk->req->image_path);
		if (!nr)
			return kota_error(
				"%s: became shorter while it was packed",
				pk->req->image_path);
		have += nr;
	}
	return 0;
}

static struct kota_chunk *entry_of(struct packing *pk, u32 idx)
{
	return (struct kota_chunk *)kota_table_entry(pk->table, &pk->shape,
						     idx);
}

/* First pass. */
static int fill_table(struct packing *pk)
{
	struct kota_table *head = (struct kota_table *)pk->table;
	u16 crc = 0;
	u32 i;
	size_t len;

	kota_progress_begin(&pk->progress, "digest", pk->size);
	for (i = 0; i < pk->shape.nr_chunks; i++) {
		struct kota_chunk *entry = entry_of(pk, i);

		if (read_chunk(pk, i, &len) ||
		    kota_format_digest(pk->req->image.digest, pk->chunk, len,
				       entry->stored))
			return -1;
		entry->stored_len = htole32(len);
		crc = kota_format_crc16(crc, pk->chunk, len);
		kota_progress_update(&pk->progress,
				     (u64)i * pk->shape.chunk_len + len);
	}
	head->crc16 = htole16(crc);
	head->nr_chunks = htole32(pk->shape.nr_chunks);
	return kota_format_root(pk->req->image.digest, pk->table,
				pk->shape.table_len, pk->req->image.root);
}

static int make_key(struct packing *pk, struct manifest_section *section)
{
	struct kota_manifest *manifest = &pk->req->manifest;

	if (RAND_priv_bytes(pk->key.cek, sizeof(pk->key.cek)) != 1 ||
	    RAND_bytes(manifest->salt, sizeof(manifest->salt)) != 1)
		return kota_error_openssl("random numbers");
	memcpy(pk->key.salt, manifest->salt, sizeof(pk->key.salt));
	section->manifest = *manifest;
	section->image = pk->req->image;
	return kota_format_digest(manifest->digest, section, sizeof(*section),
				  pk->key.manifest_digest);
}

static int write_out(struct packing *pk, const void *data, size_t len)
{
	if (!kota_write_all(pk->out.fd, data, len))
		return 0;
	return kota_error_errno("%s: cannot be written", pk->out.path);
}

static int write_head(struct packing *pk,
		      const struct manifest_section *section)
{
	const struct kota_image_shape *shape = &pk->shape;
	u32 nr_blocks = DIV_ROUND_UP(shape->table_len, KOTA_TABLE_BLOCK_LEN);
	struct kota_prologue prologue = {
		.version = htole16(KOTA_FORMAT_VERSION),
		.manifest_len = htole32(sizeof(*section)),
		.tables_len =
			htole32(shape->table_len + nr_blocks * KOTA_TAG_LEN),
		.frames_len = htole64(
			pk->size +
			(u64)shape->nr_chunks *
				(sizeof(struct kota_frame) + KOTA_TAG_LEN) +
			sizeof(struct kota_frame)),
	};

	memcpy(prologue.magic, KOTA_MAGIC, KOTA_MAGIC_LEN);
	if (write_out(pk, &prologue, sizeof(prologue)))
		return -1;
	return write_out(pk, section, sizeof(*section));
}

static int write_table(struct packing *pk)
{
	u32 off, block = 0;
	struct kota_cipher_ctx ctx;
	int err;

	err = kota_format_seal_begin(&ctx, &pk->key, KOTA_LABEL_TABLE, 0,
				     pk->req->image.cipher);
	for (off = 0; !err && off < pk->shape.table_len;
	     off += KOTA_TABLE_BLOCK_LEN) {
		u32 len = min_t(u32, KOTA_TABLE_BLOCK_LEN,
				pk->shape.table_len - off);

		err = kota_format_seal(&ctx, block++, pk->table + off, len,
				       pk->sealed);
		if (!err)
			err = write_out(pk, pk->sealed, len + KOTA_TAG_LEN);
	}
	kota_format_seal_end(&ctx);
	return err;
}

static int write_frame(struct packing *pk, struct kota_cipher_ctx *ctx, u32 idx)
{
	struct kota_frame frame = {
		.type = htole16(KOTA_FRAME_DATA),
		.chunk = htole32(idx),
	};
	u8 digest[KOTA_DIGEST_LEN];
	size_t len;

	if (read_chunk(pk, idx, &len) ||
	    kota_format_digest(pk->req->image.digest, pk->chunk, len, digest))
		return -1;
	if (memcmp(digest, entry_of(pk, idx)->stored, sizeof(digest)))
		return kota_error(
			"%s: changed while it was packed; pack it again",
			pk->req->image_path);
	frame.len = htole32(len);
	if (kota_format_seal(ctx, idx, pk->chunk, len, pk->sealed) ||
	    write_out(pk, &frame, sizeof(frame)))
		return -1;
	return write_out(pk, pk->sealed, len + KOTA_TAG_LEN);
}

/* Second pass. */
static int write_frames(struct packing *pk)
{
	const struct kota_frame end = { .type = htole16(KOTA_FRAME_END) };
	struct kota_cipher_ctx ctx;
	u32 i;
	int err;

	kota_progress_begin(&pk->progress, "encrypt", pk->size);
	err = kota_format_seal_begin(&ctx, &pk->key, KOTA_LABEL_FRAMES, 0,
				     pk->req->image.cipher);
	for (i = 0; !err && i < pk->shape.nr_chunks; i++) {
		err = write_frame(pk, &ctx, i);
		kota_progress_update(&pk->progress,
				     (u64)(i + 1) * pk->shape.chunk_len);
	}
	kota_format_seal_end(&ctx);
	return err ? err : write_out(pk, &end, sizeof(end));
}

/* Beside the package: its key for "wrap", its manifest for other signers. */
static int write_companions(struct packing *pk,
			    const struct manifest_section *section)
{
	char *cek, *manifest = NULL;
	int err = -1;

	if (asprintf(&cek, "%s.cek", pk->req->output) < 0)
		return kota_error("no memory");
	if (asprintf(&manifest, "%s.manifest", pk->req->output) < 0)
		err = kota_error("no memory");
	else if (!kota_file_write(cek, 0600, pk->key.cek, sizeof(pk->key.cek)))
		err = kota_file_write(manifest, 0644, section,
				      sizeof(*section));
	free(cek);
	free(manifest);
	return err;
}

static int write_package(struct packing *pk)
{
	struct manifest_section section;
	int err;

	err = make_key(pk, &section);
	if (!err)
		err = kota_output_begin(&pk->out, pk->req->output, 0644);
	if (!err)
		err = write_head(pk, &section);
	if (!err)
		err = write_table(pk);
	if (!err)
		err = write_frames(pk);
	if (!err)
		err = write_companions(pk, &section);
	return err ? err : kota_output_commit(&pk->out);
}

/**
 * kota_pack() - make an unsigned package
 * @req: what to pack; manifest and image are filled in but for size, root, salt
 *
 * Writes the package and, beside it, NAME.cek and NAME.manifest.
 *
 * Return: 0, or -1 after saying why.
 */
int kota_pack(struct kota_pack_request *req)
{
	struct packing pk = { .req = req, .fd = -1, .out = { .fd = -1 } };
	int err;

	err = open_image(&pk);
	if (!err)
		err = plan(&pk);
	if (!err)
		err = fill_table(&pk);
	if (!err)
		err = write_package(&pk);

	kota_progress_clear(&pk.progress);
	kota_output_abort(&pk.out);
	OPENSSL_cleanse(&pk.key, sizeof(pk.key));
	if (pk.chunk)
		OPENSSL_cleanse(pk.chunk, pk.shape.chunk_len);
	free(pk.table);
	free(pk.chunk);
	free(pk.sealed);
	if (pk.fd >= 0)
		close(pk.fd);
	return err;
}
