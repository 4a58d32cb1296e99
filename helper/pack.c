// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a package in two passes over its images: the first takes the digests, for
 * the keys depend on the manifest and the manifest on the digests; the second
 * encrypts. A statement has no images, and so neither key nor passes.
 */

#include <sys/stat.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "helper.h"

/* What is signed. */
struct section {
	struct kota_manifest manifest;
	struct kota_image image[KOTA_MAX_IMAGES];
};

/* Beside the package: its key for "wrap", its manifest for other signers. */
enum { PACKAGE, CEK, MANIFEST, NR_OUTPUTS };

static const struct {
	const char *suffix;
	mode_t mode;
} outputs[NR_OUTPUTS] = {
	[PACKAGE] = { "", 0644 },
	[CEK] = { ".cek", 0600 },
	[MANIFEST] = { ".manifest", 0644 },
};

struct packing {
	struct kota_pack_request *req;
	struct kota_packing_image image[KOTA_MAX_IMAGES];
	struct section section;
	size_t section_len;
	struct kota_content_key key;
	struct kota_output out[NR_OUTPUTS];
	struct kota_progress progress;
};

static int first_pass(struct packing *pk)
{
	unsigned int i;

	for (i = 0; i < pk->req->nr_images; i++)
		if (kota_pack_image_begin(&pk->image[i]) ||
		    kota_pack_image_digest(&pk->image[i], &pk->progress))
			return -1;
	return 0;
}

static int make_section(struct packing *pk)
{
	struct kota_manifest *m = &pk->section.manifest;
	unsigned int i;

	if (RAND_priv_bytes(pk->key.cek, sizeof(pk->key.cek)) != 1 ||
	    RAND_bytes(pk->key.salt, sizeof(pk->key.salt)) != 1)
		return kota_error_openssl("random numbers");
	*m = pk->req->manifest;
	memcpy(m->magic, KOTA_MANIFEST_MAGIC, KOTA_MAGIC_LEN);
	m->version = htole16(KOTA_FORMAT_VERSION);
	m->nr_images = htole16(pk->req->nr_images);
	memcpy(m->salt, pk->key.salt, sizeof(m->salt));
	for (i = 0; i < pk->req->nr_images; i++)
		pk->section.image[i] = pk->req->image[i].image;
	pk->section_len =
		sizeof(*m) + pk->req->nr_images * sizeof(struct kota_image);
	return kota_format_digest(m->digest, &pk->section, pk->section_len,
				  pk->key.manifest_digest);
}

/* The devices' own check: nothing is packed that none of them would take. */
static int check_section(struct packing *pk)
{
	struct kota_refusal why = { 0 };

	if (!kota_manifest_check((const u8 *)&pk->section, pk->section_len,
				 &why))
		return 0;
	return kota_error("devices would refuse this: expected %s, found %s",
			  why.expected, why.found);
}

static int measure(struct packing *pk, struct kota_prologue *prologue)
{
	u64 tables_len = 0, frames_len = sizeof(struct kota_frame);
	unsigned int i;

	for (i = 0; i < pk->req->nr_images; i++) {
		const struct kota_packing_image *pi = &pk->image[i];
		u32 nr_blocks =
			DIV_ROUND_UP(pi->shape.table_len, KOTA_TABLE_BLOCK_LEN);

		tables_len +=
			pi->shape.table_len + (u64)nr_blocks * KOTA_TAG_LEN;
		frames_len +=
			pi->stored_len +
			(u64)pi->shape.nr_chunks *
				(sizeof(struct kota_frame) + KOTA_TAG_LEN);
	}
	if (tables_len > KOTA_MAX_TABLES_LEN)
		return kota_error(
			"the images' tables have %llu bytes, of which devices take %u; use larger chunks",
			tables_len, KOTA_MAX_TABLES_LEN);
	prologue->tables_len = htole32(tables_len);
	prologue->frames_len = htole64(frames_len);
	return 0;
}

static int write_to(const struct kota_output *out, const void *data, size_t len)
{
	if (!kota_write_all(out->fd, data, len))
		return 0;
	return kota_error_errno("%s: cannot be written", out->path);
}

static int write_head(struct packing *pk)
{
	struct kota_prologue prologue = {
		.version = htole16(KOTA_FORMAT_VERSION),
		.manifest_len = htole32(pk->section_len),
	};

	memcpy(prologue.magic, KOTA_MAGIC, KOTA_MAGIC_LEN);
	if (measure(pk, &prologue) ||
	    write_to(&pk->out[PACKAGE], &prologue, sizeof(prologue)))
		return -1;
	return write_to(&pk->out[PACKAGE], &pk->section, pk->section_len);
}

static int write_tables(struct packing *pk)
{
	unsigned int i;

	for (i = 0; i < pk->req->nr_images; i++)
		if (kota_pack_image_write_table(&pk->image[i], &pk->key,
						&pk->out[PACKAGE]))
			return -1;
	return 0;
}

/* Second pass. */
static int write_frames(struct packing *pk)
{
	const struct kota_frame end = { .type = htole16(KOTA_FRAME_END) };
	unsigned int i;

	for (i = 0; i < pk->req->nr_images; i++)
		if (kota_pack_image_write_frames(&pk->image[i], &pk->key,
						 &pk->out[PACKAGE],
						 &pk->progress))
			return -1;
	return write_to(&pk->out[PACKAGE], &end, sizeof(end));
}

/* A statement has no key. */
static bool is_made(const struct packing *pk, unsigned int output)
{
	return output != CEK || pk->req->nr_images;
}

static char *output_path(const struct packing *pk, unsigned int output)
{
	char *path;

	if (asprintf(&path, "%s%s", pk->req->output, outputs[output].suffix) >=
	    0)
		return path;
	kota_error("no memory");
	return NULL;
}

/* Return: 0, or -1 after saying that what is packed would be replaced. */
static int check_apart(const char *output, const char *source)
{
	struct stat a, b;

	if (!source || stat(output, &a) || stat(source, &b) ||
	    a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return 0;
	return kota_error("%s: is what is packed; give another name with -o",
			  output);
}

static int check_output(const struct packing *pk, unsigned int output)
{
	char *path = output_path(pk, output);
	unsigned int i;
	int err = path ? check_apart(path, pk->req->description) : -1;

	for (i = 0; !err && i < pk->req->nr_images; i++)
		err = check_apart(path, pk->req->image[i].path);
	free(path);
	return err;
}

static int check_outputs(const struct packing *pk)
{
	unsigned int i;

	for (i = 0; i < NR_OUTPUTS; i++)
		if (is_made(pk, i) && check_output(pk, i))
			return -1;
	return 0;
}

static int begin_output(struct packing *pk, unsigned int output)
{
	char *path = output_path(pk, output);
	int err = path ? kota_output_begin(&pk->out[output], path,
					   outputs[output].mode) :
			 -1;

	free(path);
	return err;
}

static int begin_outputs(struct packing *pk)
{
	unsigned int i;

	for (i = 0; i < NR_OUTPUTS; i++)
		if (is_made(pk, i) && begin_output(pk, i))
			return -1;
	return 0;
}

static int write_all(struct packing *pk)
{
	if (write_head(pk) || write_tables(pk) || write_frames(pk))
		return -1;
	if (is_made(pk, CEK) &&
	    write_to(&pk->out[CEK], pk->key.cek, sizeof(pk->key.cek)))
		return -1;
	return write_to(&pk->out[MANIFEST], &pk->section, pk->section_len);
}

/*
 * The package first: cut off behind it there is one without its key, which is packed
 * again. The other way round an older one would have lost its key.
 */
static int commit_outputs(struct packing *pk)
{
	unsigned int i;

	for (i = 0; i < NR_OUTPUTS; i++)
		if (is_made(pk, i) && kota_output_commit(&pk->out[i]))
			return -1;
	return 0;
}

/* All are whole under other names before the first of them replaces anything. */
static int write_package(struct packing *pk)
{
	return begin_outputs(pk) || write_all(pk) ? -1 : commit_outputs(pk);
}

static int pack(struct packing *pk)
{
	unsigned int i;
	int err;

	for (i = 0; i < NR_OUTPUTS; i++)
		pk->out[i].fd = -1;
	for (i = 0; i < KOTA_MAX_IMAGES; i++) {
		pk->image[i].idx = i;
		pk->image[i].fd = -1;
		pk->image[i].req = &pk->req->image[i];
	}
	err = check_outputs(pk);
	if (!err)
		err = first_pass(pk);
	if (!err)
		err = make_section(pk);
	if (!err)
		err = check_section(pk);
	if (!err)
		err = write_package(pk);

	kota_progress_clear(&pk->progress);
	for (i = 0; i < NR_OUTPUTS; i++)
		kota_output_abort(&pk->out[i]);
	for (i = 0; i < KOTA_MAX_IMAGES; i++)
		kota_pack_image_end(&pk->image[i]);
	OPENSSL_cleanse(&pk->key, sizeof(pk->key));
	return err;
}

/**
 * kota_pack_add_image() - one image more
 * @req: the request, with room for it
 * @where: where it was described, for messages; NULL: on the command line
 *
 * Return: the image, with the usual values, or NULL after saying why.
 */
struct kota_pack_image *kota_pack_add_image(struct kota_pack_request *req,
					    const char *where)
{
	struct kota_pack_image *image = &req->image[req->nr_images++];

	image->image.digest = KOTA_DIGEST_SHA256;
	image->image.cipher = KOTA_CIPHER_AES_256_GCM;
	image->image.log2_chunk = 16;
	if (!where)
		return image;
	image->where = strdup(where);
	if (image->where)
		return image;
	kota_error("no memory");
	return NULL;
}

/**
 * kota_pack_release() - give up what a request holds
 * @req: the request
 */
void kota_pack_release(struct kota_pack_request *req)
{
	unsigned int i;

	for (i = 0; i < req->nr_images; i++) {
		free(req->image[i].path);
		free(req->image[i].where);
	}
	req->nr_images = 0;
}

/**
 * kota_pack() - make an unsigned package
 * @req: what to pack; manifest and images are filled in but for sizes, roots, salt
 *
 * Writes the package and, beside it, NAME.manifest and, with images, NAME.cek.
 *
 * Return: 0, or -1 after saying why.
 */
int kota_pack(struct kota_pack_request *req)
{
	struct packing *pk = calloc(1, sizeof(*pk));
	int err;

	if (!pk)
		return kota_error("no memory");
	pk->req = req;
	err = pack(pk);
	free(pk);
	return err;
}
