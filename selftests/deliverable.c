// SPDX-License-Identifier: GPL-2.0
/*
 * Makes deliverables, good ones and others. Anything that goes wrong in here is
 * the test's own fault, so it ends the test.
 */

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <endian.h>
#include <zstd.h>
#include <openssl/cms.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "kota_test.h"

static void need(bool good, const char *what)
{
	if (!good)
		errx(1, "test maker: %s", what);
}

void kt_append(struct kt_buf *b, const void *data, size_t len)
{
	/* Large parts are appended in small ones: grow by doubling. */
	size_t cap = 4096;

	while (cap < b->len)
		cap *= 2;
	if (!b->data || b->len + len > cap) {
		while (cap < b->len + len)
			cap *= 2;
		b->data = realloc(b->data, cap);
		need(b->data, "no memory");
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

/* Bytes that differ from place to place and from seed to seed. */
void kt_fill(uint8_t *bytes, size_t size, uint64_t seed)
{
	size_t i;

	for (i = 0; i + 8 <= size; i += 8) {
		uint64_t value = kt_random(&seed);

		memcpy(bytes + i, &value, 8);
	}
	for (; i < size; i++)
		bytes[i] = kt_random(&seed);
}

/* CRC-16/ARC: polynomial 0x8005 reflected, initial value 0. */
uint16_t kt_crc16(const uint8_t *data, size_t len)
{
	static uint16_t table[256];
	uint16_t crc = 0;
	int i, bit;

	for (i = 0; i < 256 && !table[255]; i++) {
		uint16_t value = i;

		for (bit = 0; bit < 8; bit++)
			value = value & 1 ? value >> 1 ^ 0xa001 : value >> 1;
		table[i] = value;
	}
	while (len--)
		crc = crc >> 8 ^ table[(crc ^ *data++) & 0xff];
	return crc;
}

static const EVP_MD *md_of(uint8_t digest)
{
	return digest == KOTA_DIGEST_SHA3_256 ? EVP_sha3_256() : EVP_sha256();
}

static void digest2(uint8_t digest, const void *a, size_t a_len, const void *b, size_t b_len,
		    uint8_t out[KOTA_DIGEST_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	need(EVP_DigestInit_ex(ctx, md_of(digest), NULL) == 1 &&
	     EVP_DigestUpdate(ctx, a, a_len) == 1 &&
	     EVP_DigestUpdate(ctx, b, b_len) == 1 &&
	     EVP_DigestFinal_ex(ctx, out, NULL) == 1, "digest");
	EVP_MD_CTX_free(ctx);
}

/* RFC 5869 with SHA-256, at most 32 bytes out. */
static void hkdf(const void *salt, size_t salt_len, const void *ikm, size_t ikm_len,
		 const struct kt_buf *info, uint8_t out[32])
{
	static const uint8_t zeros[32];
	struct kt_buf t = { 0 };
	uint8_t prk[32], one = 1;

	need(HMAC(EVP_sha256(), salt_len ? salt : zeros, salt_len ? salt_len : 32, ikm, ikm_len,
		  prk, NULL), "HMAC");
	kt_append(&t, info->data, info->len);
	kt_append(&t, &one, 1);
	need(HMAC(EVP_sha256(), prk, 32, t.data, t.len, out, NULL), "HMAC");
	free(t.data);
}

struct gcm {
	EVP_CIPHER_CTX *ctx;
};

static void gcm_open(struct gcm *g, const uint8_t *key, bool is_256)
{
	g->ctx = EVP_CIPHER_CTX_new();
	need(EVP_EncryptInit_ex(g->ctx, is_256 ? EVP_aes_256_gcm() : EVP_aes_128_gcm(), NULL, key,
				NULL) == 1, "AES");
}

static void gcm_seal(struct gcm *g, uint64_t idx, const uint8_t *data, size_t len,
		     struct kt_buf *out)
{
	uint8_t nonce[KOTA_NONCE_LEN] = { 0 }, tag[KOTA_TAG_LEN];
	uint8_t *ct = malloc(len + 16);
	int nr, last;

	idx = htole64(idx);
	memcpy(nonce, &idx, 8);
	need(ct && EVP_EncryptInit_ex(g->ctx, NULL, NULL, NULL, nonce) == 1 &&
	     EVP_EncryptUpdate(g->ctx, ct, &nr, data, len) == 1 &&
	     EVP_EncryptFinal_ex(g->ctx, ct + nr, &last) == 1 &&
	     EVP_CIPHER_CTX_ctrl(g->ctx, EVP_CTRL_GCM_GET_TAG, KOTA_TAG_LEN, tag) == 1, "AES");
	kt_append(out, ct, len);
	kt_append(out, tag, sizeof(tag));
	free(ct);
}

static void content_key(const struct kt_deliverable *d, const char *label, uint16_t image,
			uint8_t key[32])
{
	struct kt_buf info = { 0 };

	image = htole16(image);
	kt_append(&info, label, KOTA_LABEL_LEN);
	kt_append(&info, d->manifest_digest, KOTA_DIGEST_LEN);
	kt_append(&info, &image, sizeof(image));
	hkdf(d->manifest.salt, KOTA_SALT_LEN, d->cek, KOTA_CEK_LEN, &info, key);
	free(info.data);
}

/* Parts that have been given bytes; the manifest may claim others. */
static unsigned int part_count(const struct kt_deliverable *d)
{
	unsigned int nr = 0;

	while (nr < KOTA_MAX_IMAGES && d->part[nr].bytes)
		nr++;
	return nr;
}

static uint32_t chunk_size(const struct kt_deliverable *d, unsigned int image)
{
	return 1U << d->image[image].log2_chunk;
}

static uint32_t chunk_count(const struct kt_deliverable *d, unsigned int image)
{
	return (d->part[image].size + chunk_size(d, image) - 1) / chunk_size(d, image);
}

static size_t chunk_at(const struct kt_deliverable *d, unsigned int image, uint32_t idx,
		       const uint8_t **bytes)
{
	const struct kt_part *part = &d->part[image];
	size_t pos = (size_t)idx * chunk_size(d, image), left = part->size - pos;

	*bytes = part->bytes + pos;
	return left < chunk_size(d, image) ? left : chunk_size(d, image);
}

/* What goes into the frame of a chunk. */
static size_t stored_at(const struct kt_deliverable *d, unsigned int image, uint32_t idx,
			const uint8_t **bytes)
{
	const struct kt_part *part = &d->part[image];

	if (!part->stored)
		return chunk_at(d, image, idx, bytes);
	*bytes = part->stored[idx].data;
	return part->stored[idx].len;
}

static void retable(struct kt_deliverable *d, unsigned int image)
{
	struct kt_part *part = &d->part[image];
	struct kota_table head = {
		.crc16 = htole16(kt_crc16(part->bytes, part->size)),
		.nr_chunks = htole32(chunk_count(d, image)),
	};
	uint32_t i;

	part->table.len = 0;
	kt_append(&part->table, &head, sizeof(head));
	for (i = 0; i < chunk_count(d, image); i++) {
		struct kota_chunk entry = { 0 };
		uint8_t final[KOTA_DIGEST_LEN];
		const uint8_t *bytes;
		size_t len = stored_at(d, image, i, &bytes);

		entry.stored_len = htole32(len);
		digest2(d->image[image].digest, bytes, len, "", 0, entry.stored);
		kt_append(&part->table, &entry, sizeof(entry));
		if (!part->stored)
			continue;
		len = chunk_at(d, image, i, &bytes);
		digest2(d->image[image].digest, bytes, len, "", 0, final);
		kt_append(&part->table, final, sizeof(final));
	}
}

/* The plaintext of the tables anew, after images have changed. */
void kt_retable(struct kt_deliverable *d)
{
	unsigned int i;

	for (i = 0; i < part_count(d); i++)
		retable(d, i);
}

/**
 * kt_compress() - compress the chunks of the first image
 * @d: begun, its chunk size set; a chunk may be replaced before kt_retable()
 */
void kt_compress(struct kt_deliverable *d)
{
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	uint8_t *out = malloc(ZSTD_compressBound(chunk_size(d, 0)));
	uint32_t i;

	need(ctx && out, "no memory");
	ZSTD_CCtx_setParameter(ctx, ZSTD_c_windowLog, d->image[0].log2_chunk);
	d->image[0].compression = KOTA_COMPRESSION_ZSTD;
	d->stored = calloc(chunk_count(d, 0), sizeof(*d->stored));
	need(d->stored, "no memory");
	for (i = 0; i < chunk_count(d, 0); i++) {
		const uint8_t *bytes;
		size_t len = chunk_at(d, 0, i, &bytes);

		len = ZSTD_compress2(ctx, out, ZSTD_compressBound(chunk_size(d, 0)), bytes, len);
		need(!ZSTD_isError(len), "zstd");
		kt_append(&d->stored[i], out, len);
	}
	free(out);
	ZSTD_freeCCtx(ctx);
	kt_retable(d);
}

/* Where a frame begins in the finished deliverable. */
size_t kt_frame_pos(const struct kt_deliverable *d, const struct kt_map *map,
		    unsigned int image, uint32_t chunk)
{
	size_t pos = map->frames;
	const uint8_t *bytes;
	unsigned int i;
	uint32_t idx;

	for (i = 0; i <= image; i++)
		for (idx = 0; idx < (i < image ? chunk_count(d, i) : chunk); idx++)
			pos += stored_at(d, i, idx, &bytes) + 32;
	return pos;
}

/**
 * kt_begin() - begin a deliverable that the device would take
 * @d: the deliverable
 * @st: the device
 * @bytes: the image; stays the caller's
 * @size: its bytes
 * @sequence: number of the deliverable
 */
void kt_begin(struct kt_deliverable *d, const struct kt_status *st,
	      const uint8_t *bytes, size_t size, uint64_t sequence)
{
	struct kota_manifest *m = &d->manifest;

	memset(d, 0, sizeof(*d));
	memcpy(d->prologue.magic, KOTA_MAGIC, KOTA_MAGIC_LEN);
	d->prologue.version = htole16(KOTA_FORMAT_VERSION);
	memcpy(m->magic, KOTA_MANIFEST_MAGIC, KOTA_MAGIC_LEN);
	m->version = htole16(KOTA_FORMAT_VERSION);
	m->nr_images = htole16(1);
	m->digest = KOTA_DIGEST_SHA256;
	m->sequence = htole64(sequence);
	memcpy(m->vendor_id, st->vendor_id, KOTA_UUID_LEN);
	memcpy(m->class_id, st->class_id, KOTA_UUID_LEN);
	strcpy(m->release, "kselftest");
	d->nr_images = 1;
	d->image[0].size = htole64(size);
	d->image[0].log2_chunk = 16;
	d->image[0].digest = KOTA_DIGEST_SHA256;
	d->image[0].cipher = KOTA_CIPHER_AES_128_GCM;
	strcpy(d->image[0].target, KT_TARGET);
	snprintf(d->image[0].version, KOTA_NAME_LEN, "v%llu", (unsigned long long)sequence);
	need(RAND_bytes(d->cek, sizeof(d->cek)) == 1 && RAND_bytes(m->salt, KOTA_SALT_LEN) == 1 &&
	     RAND_bytes(m->update_id, KOTA_UUID_LEN) == 1, "random numbers");
	d->bytes = bytes;
	d->size = size;
	kt_retable(d);
}

/* The same without images: what it says is up to the caller. */
void kt_begin_statement(struct kt_deliverable *d, const struct kt_status *st,
			uint64_t sequence)
{
	kt_begin(d, st, (const uint8_t *)"", 1, sequence);
	d->manifest.nr_images = 0;
	d->nr_images = 0;
}

/* One more image, like the first one but for its target, bytes and version. */
void kt_add_image(struct kt_deliverable *d, const char *target, const uint8_t *bytes,
		  size_t size)
{
	unsigned int nr = d->nr_images++;

	need(nr && nr < KOTA_MAX_IMAGES, "number of images");
	d->manifest.nr_images = htole16(d->nr_images);
	d->image[nr] = d->image[0];
	memset(d->image[nr].target, 0, KOTA_NAME_LEN);
	strcpy(d->image[nr].target, target);
	d->image[nr].size = htole64(size);
	d->part[nr].bytes = bytes;
	d->part[nr].size = size;
	retable(d, nr);
}

static void seal_table(struct kt_deliverable *d, unsigned int image, const uint8_t *key)
{
	const struct kt_buf *table = &d->part[image].table;
	size_t off, block = 0;
	struct gcm g;

	gcm_open(&g, key, d->image[image].cipher != KOTA_CIPHER_AES_128_GCM);
	for (off = 0; off < table->len; off += KOTA_TABLE_BLOCK_LEN) {
		size_t len = table->len - off;

		if (len > KOTA_TABLE_BLOCK_LEN)
			len = KOTA_TABLE_BLOCK_LEN;
		gcm_seal(&g, block++, table->data + off, len, &d->tables);
	}
	EVP_CIPHER_CTX_free(g.ctx);
}

static void seal_frames(struct kt_deliverable *d, unsigned int image, const uint8_t *key)
{
	struct gcm g;
	uint32_t i;

	gcm_open(&g, key, d->image[image].cipher != KOTA_CIPHER_AES_128_GCM);
	for (i = 0; i < chunk_count(d, image); i++) {
		struct kota_frame head = { .type = htole16(KOTA_FRAME_DATA) };
		const uint8_t *bytes;
		size_t len = stored_at(d, image, i, &bytes);

		head.image = htole16(image);
		head.chunk = htole32(i);
		head.len = htole32(len);
		kt_append(&d->frames, &head, sizeof(head));
		gcm_seal(&g, i, bytes, len, &d->frames);
	}
	EVP_CIPHER_CTX_free(g.ctx);
}

/* Manifest, tables and frames as bytes. */
void kt_seal(struct kt_deliverable *d)
{
	const struct kota_frame end = { .type = htole16(KOTA_FRAME_END) };
	unsigned int i, nr = d->nr_images ? part_count(d) : 0;
	uint8_t key[32];

	for (i = 0; i < nr; i++)
		if (!d->part[i].keep_root)
			digest2(d->image[i].digest, KOTA_TABLE_DOMAIN, 16, d->part[i].table.data,
				d->part[i].table.len, d->image[i].root);
	kt_append(&d->signed_part, &d->manifest, sizeof(d->manifest));
	kt_append(&d->signed_part, d->image, d->nr_images * sizeof(d->image[0]));
	digest2(d->manifest.digest, d->signed_part.data, d->signed_part.len, "", 0,
		d->manifest_digest);
	for (i = 0; i < nr; i++) {
		content_key(d, KOTA_LABEL_TABLE, i, key);
		seal_table(d, i, key);
		content_key(d, KOTA_LABEL_FRAMES, i, key);
		seal_frames(d, i, key);
	}
	kt_append(&d->frames, &end, sizeof(end));
}

static BIO *open_file(const char *env, const char *name, const char *suffix)
{
	const char *dir = getenv(env);
	char path[256];
	BIO *bio;

	snprintf(path, sizeof(path), "%s/%s%s", dir ?: ".", name, suffix);
	bio = BIO_new_file(path, "r");
	if (!bio)
		errx(1, "test maker: %s cannot be read", path);
	return bio;
}

static X509 *read_cert(const char *name)
{
	BIO *bio = open_file("PKI", name, ".pem");
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	need(cert, "certificate");
	return cert;
}

static EVP_PKEY *read_key(const char *name)
{
	BIO *bio = open_file("KEYS", name, ".key");
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	BIO_free(bio);
	need(key, "private key");
	return key;
}

/* To read a key takes longer than to sign with it. */
struct signer {
	const char	*name;
	EVP_PKEY	*key;
	X509		*cert;
};

#define MAX_SIGNERS	16

/* The signer of that name: valid for as long as this process. */
static const struct signer *get_signer(const char *name)
{
	static struct signer known[MAX_SIGNERS];
	struct signer *s = known;

	while (s->name && strcmp(s->name, name))
		s++;
	if (s->name)
		return s;
	need(s < known + MAX_SIGNERS - 1, "number of signers");
	s->key = read_key(name);
	s->cert = read_cert(name);
	s->name = strdup(name);
	need(s->name, "no memory");
	return s;
}

/**
 * kt_cms() - a signature over the manifest
 * @d: sealed
 * @signer: name of a key and a certificate
 * @flags: KT_*
 *
 * Return: CMS SignedData in DER, the caller's to free.
 */
struct kt_buf kt_cms(const struct kt_deliverable *d, const char *signer, int flags)
{
	BIO *bio = BIO_new_mem_buf(d->signed_part.data, d->signed_part.len);
	const EVP_MD *md = flags & KT_SHA3 ? EVP_sha3_256() : flags & KT_SHA512 ? EVP_sha512() :
			   flags & KT_SHA384 ? EVP_sha384() :
			   flags & KT_SHA3_384 ? EVP_sha3_384() :
			   flags & KT_SHA1 ? EVP_sha1() : EVP_sha256();
	unsigned int opt = CMS_BINARY | CMS_PARTIAL;
	const struct signer *by = get_signer(signer);
	struct kt_buf out = { 0 };
	CMS_ContentInfo *cms;
	unsigned char *der = NULL;
	int len;

	if (!(flags & KT_ATTACHED))
		opt |= CMS_DETACHED;
	if (!(flags & KT_CERTS))
		opt |= CMS_NOCERTS;
	if (!(flags & KT_SMIMECAP))
		opt |= CMS_NOSMIMECAP;
	if (flags & KT_NOATTR)
		opt |= CMS_NOATTR;
	if (flags & KT_KEYID)
		opt |= CMS_USE_KEYID;
	cms = CMS_sign(NULL, NULL, NULL, bio, opt);
	need(cms && CMS_add1_signer(cms, by->cert, by->key, md, opt), "CMS signer");
	if (flags & KT_TWICE)
		need(CMS_add1_signer(cms, by->cert, by->key, md, opt), "CMS signer");
	need(CMS_final(cms, bio, NULL, opt) == 1, "CMS");
	len = i2d_CMS_ContentInfo(cms, &der);
	need(len > 0, "DER");
	kt_append(&out, der, len);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(bio);
	return out;
}

void kt_sign_with(struct kt_deliverable *d, uint8_t ring, const struct kt_buf *der)
{
	struct kota_signature head = { .ring = ring, .len = htole32(der->len) };

	kt_append(&d->signatures, &head, sizeof(head));
	kt_append(&d->signatures, der->data, der->len);
}

void kt_sign_ring(struct kt_deliverable *d, uint8_t ring, const char *signer, int flags)
{
	struct kt_buf der = kt_cms(d, signer, flags);

	kt_sign_with(d, ring, &der);
	free(der.data);
}

void kt_sign(struct kt_deliverable *d, const char *signer, int flags)
{
	kt_sign_ring(d, KOTA_RING_RELEASE, signer, flags);
}

/* SHA-256 of what the BIT STRING of the public key holds. */
void kt_key_id(const char *signer, uint8_t id[KOTA_DIGEST_LEN])
{
	X509 *cert = read_cert(signer);
	unsigned int len;

	need(X509_pubkey_digest(cert, EVP_sha256(), id, &len) == 1 && len == KOTA_DIGEST_LEN,
	     "key id");
	X509_free(cert);
}

static EVP_PKEY *public_from(const uint8_t xy[KOTA_P256_PUBLIC_LEN])
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), *pub = EVP_PKEY_new();
	uint8_t point[1 + KOTA_P256_PUBLIC_LEN] = { 4 };

	memcpy(point + 1, xy, KOTA_P256_PUBLIC_LEN);
	need(key && pub && EVP_PKEY_copy_parameters(pub, key) == 1 &&
	     EVP_PKEY_set1_encoded_public_key(pub, point, sizeof(point)) == 1, "public key");
	EVP_PKEY_free(key);
	return pub;
}

static void shared_secret(EVP_PKEY *own, EVP_PKEY *peer, uint8_t ss[32])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
	size_t len = 32;

	need(ctx && EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_derive_set_peer(ctx, peer) == 1 &&
	     EVP_PKEY_derive(ctx, ss, &len) == 1 && len == 32, "ECDH");
	EVP_PKEY_CTX_free(ctx);
}

static void public_of(EVP_PKEY *key, uint8_t xy[KOTA_P256_PUBLIC_LEN])
{
	unsigned char *point = NULL;
	size_t len = EVP_PKEY_get1_encoded_public_key(key, &point);

	need(len == 1 + KOTA_P256_PUBLIC_LEN, "public key");
	memcpy(xy, point + 1, KOTA_P256_PUBLIC_LEN);
	OPENSSL_free(point);
}

/**
 * kt_wrap() - add an envelope
 * @d: sealed
 * @public_key: of the device, X || Y
 */
void kt_wrap(struct kt_deliverable *d, const uint8_t public_key[KOTA_P256_PUBLIC_LEN])
{
	struct kota_envelope head = {
		.suite = htole16(KOTA_SUITE_P256), .enc_len = htole16(KOTA_P256_PUBLIC_LEN),
	};
	EVP_PKEY *own = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	EVP_PKEY *peer = public_from(public_key);
	uint8_t enc[KOTA_P256_PUBLIC_LEN], ss[32], key[32];
	struct kt_buf info = { 0 };
	struct gcm g;

	need(own, "ephemeral key");
	public_of(own, enc);
	shared_secret(own, peer, ss);
	digest2(KOTA_DIGEST_SHA256, public_key, KOTA_P256_PUBLIC_LEN, "", 0, head.device);
	kt_append(&info, KOTA_LABEL_WRAP, KOTA_LABEL_LEN);
	kt_append(&info, &head.suite, sizeof(head.suite));
	kt_append(&info, enc, sizeof(enc));
	kt_append(&info, public_key, KOTA_P256_PUBLIC_LEN);
	kt_append(&info, d->manifest_digest, KOTA_DIGEST_LEN);
	hkdf(NULL, 0, ss, sizeof(ss), &info, key);
	free(info.data);

	kt_append(&d->envelopes, &head, sizeof(head));
	kt_append(&d->envelopes, enc, sizeof(enc));
	gcm_open(&g, key, true);
	gcm_seal(&g, 0, d->cek, KOTA_CEK_LEN, &d->envelopes);
	EVP_CIPHER_CTX_free(g.ctx);
	EVP_PKEY_free(own);
	EVP_PKEY_free(peer);
}

/* An envelope for a device that nobody has. */
void kt_wrap_stranger(struct kt_deliverable *d)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	uint8_t xy[KOTA_P256_PUBLIC_LEN];

	need(key, "device key");
	public_of(key, xy);
	EVP_PKEY_free(key);
	kt_wrap(d, xy);
}

/**
 * kt_finish() - the deliverable as bytes
 * @d: sealed, signed and wrapped, or not
 * @map: where its sections begin; NULL: not wanted
 *
 * Lengths of the prologue that are not zero stay as they are.
 *
 * Return: the bytes, the caller's to free.
 */
struct kt_buf kt_finish(struct kt_deliverable *d, struct kt_map *map)
{
	struct kota_prologue *p = &d->prologue;
	struct kt_buf out = { 0 };
	struct kt_map m;

	if (!p->manifest_len)
		p->manifest_len = htole32(d->signed_part.len);
	if (!p->signatures_len)
		p->signatures_len = htole32(d->signatures.len);
	if (!p->envelopes_len)
		p->envelopes_len = htole32(d->envelopes.len);
	if (!p->tables_len)
		p->tables_len = htole32(d->tables.len);
	if (!p->frames_len)
		p->frames_len = htole64(d->frames.len);
	kt_append(&out, p, sizeof(*p));
	m.manifest = out.len;
	kt_append(&out, d->signed_part.data, d->signed_part.len);
	m.signatures = out.len;
	kt_append(&out, d->signatures.data, d->signatures.len);
	m.envelopes = out.len;
	kt_append(&out, d->envelopes.data, d->envelopes.len);
	m.tables = out.len;
	kt_append(&out, d->tables.data, d->tables.len);
	m.frames = out.len;
	kt_append(&out, d->frames.data, d->frames.len);
	m.len = out.len;
	m.end = m.len - sizeof(struct kota_frame);
	if (map)
		*map = m;
	return out;
}

void kt_free(struct kt_deliverable *d)
{
	unsigned int i;
	uint32_t chunk;

	for (i = 0; i < KOTA_MAX_IMAGES; i++) {
		struct kt_part *part = &d->part[i];

		for (chunk = 0; part->stored && chunk < chunk_count(d, i); chunk++)
			free(part->stored[chunk].data);
		free(part->stored);
		free(part->table.data);
	}
	free(d->signed_part.data);
	free(d->tables.data);
	free(d->frames.data);
	free(d->signatures.data);
	free(d->envelopes.data);
	memset(d, 0, sizeof(*d));
}

/* One that the device takes. */
struct kt_buf kt_make(const struct kt_status *st, const uint8_t *bytes, size_t size,
		      uint64_t sequence, unsigned int log2_chunk, struct kt_map *map)
{
	return kt_make_by("signer", st, bytes, size, sequence, log2_chunk, map);
}

/* The same by a release signer of that name. */
struct kt_buf kt_make_by(const char *signer, const struct kt_status *st, const uint8_t *bytes,
			 size_t size, uint64_t sequence, unsigned int log2_chunk,
			 struct kt_map *map)
{
	struct kt_deliverable d;
	struct kt_buf out;

	kt_begin(&d, st, bytes, size, sequence);
	d.image[0].log2_chunk = log2_chunk;
	kt_retable(&d);
	kt_seal(&d);
	kt_sign(&d, signer, 0);
	if (st->quorum > 1)
		kt_sign_ring(&d, KOTA_RING_OFFLINE, "offline-signer", 0);
	kt_wrap(&d, st->public_key);
	out = kt_finish(&d, map);
	kt_free(&d);
	return out;
}

/**
 * kt_warm_up() - make one for nobody
 *
 * What the libraries look up and keep when they are used first takes ten times as
 * long as a deliverable does, and each test is a process of its own: once, in the
 * process that all of them come from. Without keys there is nothing to be made.
 */
void kt_warm_up(void)
{
	const struct kt_status nobody = { 0 };
	struct kt_deliverable d;
	struct kt_buf out;

	if (!getenv("KEYS") || !getenv("PKI"))
		return;
	kt_begin(&d, &nobody, (const uint8_t *)"", 1, 1);
	kt_seal(&d);
	kt_sign(&d, "signer", 0);
	kt_wrap_stranger(&d);
	out = kt_finish(&d, NULL);
	kt_free(&d);
	free(out.data);
}
