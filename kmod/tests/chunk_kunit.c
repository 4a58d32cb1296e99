// SPDX-License-Identifier: GPL-2.0
/*
 * AES-GCM by "The Galois/Counter Mode of Operation (GCM)" (McGrew, Viega),
 * appendix B: of its test cases, 1, 2 (AES-128), 13 and 14 (AES-256) have a
 * nonce of zeros and no additional data, as chunk 0 has. What has other
 * indices and lengths is made by the kernel's own encryption.
 */

#include <crypto/aead.h>
#include <crypto/hash.h>
#include <linux/scatterlist.h>
#include <linux/vmalloc.h>

#include "kota_kunit.h"

#define MAX_LEN ((1U << KOTA_MAX_LOG2_CHUNK) + KOTA_TAG_LEN)

static const u8 zero_key[32];
static const u8 some_key[32] = "0123456789abcdefghijklmnopqrstuv";

struct gcm_vector {
	const char *name;
	size_t key_len;
	size_t ct_len;
	u8 ct[32];
};

static const struct gcm_vector gcm_empty[] = {
	{ "GCM test case 1",
	  16,
	  16,
	  {
		  0x58,
		  0xe2,
		  0xfc,
		  0xce,
		  0xfa,
		  0x7e,
		  0x30,
		  0x61,
		  0x36,
		  0x7f,
		  0x1d,
		  0x57,
		  0xa4,
		  0xe7,
		  0x45,
		  0x5a,
	  } },
	{ "GCM test case 13",
	  32,
	  16,
	  {
		  0x53,
		  0x0f,
		  0x8a,
		  0xfb,
		  0xc7,
		  0x45,
		  0x36,
		  0xb9,
		  0xa9,
		  0x63,
		  0xb4,
		  0xf1,
		  0xc4,
		  0xcb,
		  0x73,
		  0x8b,
	  } },
};

static const struct gcm_vector gcm_vectors[] = {
	{ "GCM test case 2",
	  16,
	  32,
	  {
		  0x03, 0x88, 0xda, 0xce, 0x60, 0xb6, 0xa3, 0x92,
		  0xf3, 0x28, 0xc2, 0xb9, 0x71, 0xb2, 0xfe, 0x78,
		  0xab, 0x6e, 0x47, 0xd4, 0x2c, 0xec, 0x13, 0xbd,
		  0xf5, 0x3a, 0x67, 0xb2, 0x12, 0x57, 0xbd, 0xdf,
	  } },
	{ "GCM test case 14",
	  32,
	  32,
	  {
		  0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e,
		  0x07, 0x4e, 0xc5, 0xd3, 0xba, 0xf3, 0x9d, 0x18,
		  0xd0, 0xd1, 0xc8, 0xa7, 0x99, 0x99, 0x6b, 0xf0,
		  0x26, 0x5b, 0x98, 0xb5, 0xd4, 0x8a, 0xb9, 0x19,
	  } },
};

KUNIT_ARRAY_PARAM_DESC(gcm, gcm_vectors, name);
KUNIT_ARRAY_PARAM_DESC(empty, gcm_empty, name);

KUNIT_DEFINE_ACTION_WRAPPER(close_aead, kota_aead_close, struct kota_aead *);
KUNIT_DEFINE_ACTION_WRAPPER(close_digest, kota_digest_close,
			    struct crypto_shash *);
KUNIT_DEFINE_ACTION_WRAPPER(free_buffer, vfree, const void *);

static struct kota_aead *open_aead(struct kunit *test, const u8 *key,
				   size_t key_len)
{
	struct kota_aead *aead = test_zalloc(test, sizeof(*aead));

	KUNIT_ASSERT_EQ(test, kota_aead_open(aead, key, key_len, MAX_LEN), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, close_aead, aead),
			0);
	return aead;
}

static u8 *open_buffer(struct kunit *test, size_t len)
{
	u8 *buf = vzalloc(len);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_buffer, buf),
			0);
	return buf;
}

/* Page by page: the sender's side has no need of kota's code. */
static void encrypt(struct kunit *test, const struct kota_aead *aead, u64 idx,
		    u8 *buf, size_t pt_len)
{
	size_t left = pt_len + KOTA_TAG_LEN, part;
	struct aead_request *req = aead_request_alloc(aead->tfm, GFP_KERNEL);
	struct scatterlist *sg =
		kvcalloc(MAX_LEN / PAGE_SIZE + 2, sizeof(*sg), GFP_KERNEL);
	u8 nonce[KOTA_NONCE_LEN] = {};
	DECLARE_CRYPTO_WAIT(wait);
	unsigned int nr = 0;
	int err;

	KUNIT_ASSERT_NOT_NULL(test, req);
	KUNIT_ASSERT_NOT_NULL(test, sg);
	sg_init_table(sg, MAX_LEN / PAGE_SIZE + 2);
	for (; left; left -= part, buf += part) {
		part = min_t(size_t, left, PAGE_SIZE - offset_in_page(buf));
		sg_set_page(&sg[nr++], vmalloc_to_page(buf), part,
			    offset_in_page(buf));
	}
	sg_mark_end(&sg[nr - 1]);
	put_unaligned_le64(idx, nonce);
	aead_request_set_callback(req, CRYPTO_TFM_REQ_MAY_SLEEP,
				  crypto_req_done, &wait);
	aead_request_set_ad(req, 0);
	aead_request_set_crypt(req, sg, sg, pt_len, nonce);
	err = crypto_wait_req(crypto_aead_encrypt(req), &wait);
	aead_request_free(req);
	kvfree(sg);
	KUNIT_ASSERT_EQ(test, err, 0);
}

static u8 pattern(size_t off)
{
	return off * 7 + (off >> 8);
}

static void fill(u8 *buf, size_t len)
{
	size_t off;

	for (off = 0; off < len; off++)
		buf[off] = pattern(off);
}

static bool is_filled(const u8 *buf, size_t len)
{
	size_t off;

	for (off = 0; off < len; off++)
		if (buf[off] != pattern(off))
			return false;
	return true;
}

static void published_vector(struct kunit *test)
{
	const struct gcm_vector *v = test->param_value;
	struct kota_aead *aead = open_aead(test, zero_key, v->key_len);
	u8 *buf = open_buffer(test, v->ct_len);

	memcpy(buf, v->ct, v->ct_len);
	KUNIT_ASSERT_EQ(test, kota_aead_decrypt(aead, 0, buf, v->ct_len), 0);
	KUNIT_EXPECT_MEMEQ(test, buf, zero_key, v->ct_len - KOTA_TAG_LEN);

	memcpy(buf, v->ct, v->ct_len);
	KUNIT_EXPECT_EQ(test, kota_aead_decrypt(aead, 1, buf, v->ct_len),
			-EBADMSG);
}

/* The tag is right, but there is no chunk without bytes. */
static void nothing_but_a_tag(struct kunit *test)
{
	const struct gcm_vector *v = test->param_value;
	struct kota_aead *aead = open_aead(test, zero_key, v->key_len);
	u8 *buf = open_buffer(test, v->ct_len);
	size_t len;

	memcpy(buf, v->ct, v->ct_len);
	for (len = 0; len <= KOTA_TAG_LEN; len++)
		KUNIT_EXPECT_EQ(test, kota_aead_decrypt(aead, 0, buf, len),
				-EBADMSG);
}

static void any_bit_flipped(struct kunit *test)
{
	const struct gcm_vector *v = test->param_value;
	struct kota_aead *aead = open_aead(test, zero_key, v->key_len);
	u8 *buf = open_buffer(test, v->ct_len);
	size_t bit, len;

	for (bit = 0; bit < 8 * v->ct_len; bit++) {
		memcpy(buf, v->ct, v->ct_len);
		buf[bit / 8] ^= BIT(bit % 8);
		KUNIT_EXPECT_EQ_MSG(test,
				    kota_aead_decrypt(aead, 0, buf, v->ct_len),
				    -EBADMSG, "bit %zu", bit);
	}
	for (len = 0; len < v->ct_len; len++) {
		memcpy(buf, v->ct, v->ct_len);
		KUNIT_EXPECT_EQ_MSG(test, kota_aead_decrypt(aead, 0, buf, len),
				    -EBADMSG, "%zu bytes", len);
	}
}

static void lengths_and_offsets(struct kunit *test)
{
	static const size_t lens[] = {
		1,    15,   16,	  17,	 4079,	4080,	       4081,
		4095, 4096, 4097, 65536, 65537, (1 << 20) - 1, 1 << 20,
	};
	static const size_t offs[] = { 0, 1, 7, 13, 4080, 4095 };
	static const u64 idxs[] = { 0, 1, 0x01020304, U32_MAX, U64_MAX };
	struct kota_aead *aead = open_aead(test, some_key, 32);
	u8 *buf = open_buffer(test, MAX_LEN + 2 * PAGE_SIZE), *at;
	size_t l, o, nr = 0;
	u64 idx;

	for (l = 0; l < ARRAY_SIZE(lens); l++) {
		for (o = 0; o < ARRAY_SIZE(offs); o++) {
			idx = idxs[nr++ % ARRAY_SIZE(idxs)];
			at = buf + offs[o];
			fill(at, lens[l]);
			at[lens[l] + KOTA_TAG_LEN] = 0x5a;
			encrypt(test, aead, idx, at, lens[l]);
			KUNIT_ASSERT_EQ_MSG(
				test,
				kota_aead_decrypt(aead, idx, at,
						  lens[l] + KOTA_TAG_LEN),
				0, "%zu bytes at %zu", lens[l], offs[o]);
			KUNIT_EXPECT_TRUE_MSG(test, is_filled(at, lens[l]),
					      "%zu bytes at %zu", lens[l],
					      offs[o]);
			KUNIT_EXPECT_EQ(test, at[lens[l] + KOTA_TAG_LEN], 0x5a);
		}
	}
}

static void key_lengths(struct kunit *test)
{
	struct kota_aead aead = {};

	KUNIT_EXPECT_NE(test, kota_aead_open(&aead, some_key, 15, MAX_LEN), 0);
	KUNIT_EXPECT_NULL(test, aead.tfm);
	KUNIT_EXPECT_NE(test, kota_aead_open(&aead, some_key, 0, MAX_LEN), 0);
	kota_aead_close(&aead);
}

/* SHA-256 of "abc" (FIPS 180-4's example), which is chunk 3. */
static const struct kota_chunk abc = {
	.stored_len = cpu_to_le32(3),
	.stored = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
		0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
		0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
		0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
	},
};

#define ABC_LEN (3 + KOTA_TAG_LEN)

static void opened(struct kunit *test)
{
	struct kota_aead *aead = open_aead(test, some_key, 32);
	struct crypto_shash *digest = kota_digest_open(KOTA_DIGEST_SHA256);
	u8 *buf = open_buffer(test, ABC_LEN), *ct = test_zalloc(test, ABC_LEN);
	struct kota_chunk other = abc;
	struct kota_refusal why = {};

	KUNIT_ASSERT_FALSE(test, IS_ERR(digest));
	KUNIT_ASSERT_EQ(
		test, kunit_add_action_or_reset(test, close_digest, digest), 0);
	memcpy(buf, "abc", 3);
	encrypt(test, aead, 3, buf, 3);
	memcpy(ct, buf, ABC_LEN);

	KUNIT_EXPECT_EQ(
		test,
		kota_chunk_open(aead, digest, &abc, 3, buf, ABC_LEN, &why), 0);
	KUNIT_EXPECT_MEMEQ(test, buf, "abc", 3);
	KUNIT_EXPECT_EQ(test, why.cause, KOTA_CAUSE_NONE);

	other.stored[31] ^= 1;
	memcpy(buf, ct, ABC_LEN);
	EXPECT_REFUSED(test,
		       kota_chunk_open(aead, digest, &other, 3, buf, ABC_LEN,
				       &why),
		       &why, EUCLEAN, KOTA_CAUSE_DIGEST);
	/* Everybody can read that, and nobody the table. */
	KUNIT_EXPECT_STREQ(test, why.expected, "chunk 3 with its digest");
	KUNIT_EXPECT_STREQ(test, why.found, "another");
	memcpy(buf, ct, ABC_LEN);
	EXPECT_REFUSED(test,
		       kota_chunk_open(aead, digest, &abc, 4, buf, ABC_LEN,
				       &why),
		       &why, EBADMSG, KOTA_CAUSE_TAG);
	memcpy(buf, ct, ABC_LEN);
	buf[ABC_LEN - 1] ^= 0x80;
	EXPECT_REFUSED(test,
		       kota_chunk_open(aead, digest, &abc, 3, buf, ABC_LEN,
				       &why),
		       &why, EBADMSG, KOTA_CAUSE_TAG);
	memcpy(buf, ct, ABC_LEN);
	EXPECT_REFUSED(test,
		       kota_chunk_open(aead, digest, &abc, 3, buf, ABC_LEN - 1,
				       &why),
		       &why, EPROTO, KOTA_CAUSE_FORMAT);
	other.stored_len = cpu_to_le32(U32_MAX);
	EXPECT_REFUSED(test,
		       kota_chunk_open(aead, digest, &other, 3, buf, ABC_LEN,
				       &why),
		       &why, EPROTO, KOTA_CAUSE_FORMAT);
	EXPECT_REFUSED(test,
		       kota_chunk_open(aead, digest, &other, 3, buf, 15, &why),
		       &why, EPROTO, KOTA_CAUSE_FORMAT);
}

static void table_block(struct kunit *test)
{
	struct kota_aead *aead = open_aead(test, some_key, 16);
	u8 *buf = open_buffer(test, ABC_LEN);
	struct kota_refusal why = {};

	memcpy(buf, "abc", 3);
	encrypt(test, aead, 1, buf, 3);
	KUNIT_EXPECT_EQ(test,
			kota_chunk_open_block(aead, 1, buf, ABC_LEN, &why), 0);
	KUNIT_EXPECT_MEMEQ(test, buf, "abc", 3);
	encrypt(test, aead, 1, buf, 3);
	EXPECT_REFUSED(test, kota_chunk_open_block(aead, 0, buf, ABC_LEN, &why),
		       &why, EBADMSG, KOTA_CAUSE_TAG);
}

/* The domain goes in front: a chunk's digest can't be taken for a root. */
static void table_root(struct kunit *test)
{
	struct crypto_shash *digest = kota_digest_open(KOTA_DIGEST_SHA3_256);
	u8 root[KOTA_DIGEST_LEN], text[16 + 3] = "kota table v1\0\0\0abc";
	struct kota_refusal why = {};

	KUNIT_ASSERT_FALSE(test, IS_ERR(digest));
	KUNIT_ASSERT_EQ(
		test, kunit_add_action_or_reset(test, close_digest, digest), 0);
	KUNIT_ASSERT_EQ(test,
			kota_digest_once(KOTA_DIGEST_SHA3_256, text,
					 sizeof(text), root),
			0);
	KUNIT_EXPECT_EQ(test,
			kota_chunk_check_root(digest, "abc", 3, root, &why), 0);
	root[0] ^= 1;
	EXPECT_REFUSED(test,
		       kota_chunk_check_root(digest, "abc", 3, root, &why),
		       &why, EBADFD, KOTA_CAUSE_TABLE);
	KUNIT_ASSERT_EQ(test,
			kota_digest_once(KOTA_DIGEST_SHA3_256, "abc", 3, root),
			0);
	EXPECT_REFUSED(test,
		       kota_chunk_check_root(digest, "abc", 3, root, &why),
		       &why, EBADFD, KOTA_CAUSE_TABLE);
}

/* An image of a whole chunk and the three bytes of abc, as a slot has them. */
static void compared(struct kunit *test)
{
	struct crypto_shash *digest = kota_digest_open(KOTA_DIGEST_SHA256);
	struct crypto_shash *keyed = crypto_alloc_shash("hmac(sha256)", 0, 0);
	u8 *buf = test_zalloc(test, SZ_4K), found[KOTA_DIGEST_LEN] = {};
	struct kota_chunk other = abc, whole = {};
	struct kota_image image;

	KUNIT_ASSERT_FALSE(test, IS_ERR(digest));
	KUNIT_ASSERT_EQ(
		test, kunit_add_action_or_reset(test, close_digest, digest), 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(keyed));
	KUNIT_ASSERT_EQ(
		test, kunit_add_action_or_reset(test, close_digest, keyed), 0);
	make_image(&image, "firmware", SZ_4K + 3, 12, KOTA_COMPRESSION_NONE);
	KUNIT_ASSERT_EQ(test,
			kota_digest_once(KOTA_DIGEST_SHA256, buf, SZ_4K,
					 whole.stored),
			0);
	KUNIT_EXPECT_EQ(
		test, kota_chunk_compare(digest, &image, &whole, 0, buf, found),
		0);
	KUNIT_EXPECT_MEMEQ(test, found, whole.stored, sizeof(found));
	buf[SZ_4K - 1] = 1;
	KUNIT_EXPECT_EQ(
		test, kota_chunk_compare(digest, &image, &whole, 0, buf, found),
		-EREMOTEIO);

	/* What lies behind the image is not looked at. */
	memcpy(buf, "abcd", 4);
	KUNIT_EXPECT_EQ(test,
			kota_chunk_compare(digest, &image, &abc, 1, buf, found),
			0);
	KUNIT_EXPECT_MEMEQ(test, found, abc.stored, sizeof(found));
	other.stored[KOTA_DIGEST_LEN - 1] ^= 1;
	KUNIT_EXPECT_EQ(
		test, kota_chunk_compare(digest, &image, &other, 1, buf, found),
		-EREMOTEIO);
	/* A digest that fails has found no other bytes. */
	KUNIT_EXPECT_EQ(test,
			kota_chunk_compare(keyed, &image, &abc, 1, buf, found),
			-ENOKEY);
}

/* Of what is compressed, the bytes that come out are those that a slot has. */
static void compared_unpacked(struct kunit *test)
{
	struct crypto_shash *digest = kota_digest_open(KOTA_DIGEST_SHA256);
	struct {
		struct kota_chunk chunk;
		u8 final[KOTA_DIGEST_LEN];
	} entry = { .chunk.stored_len = cpu_to_le32(17) };
	struct kota_image image;
	u8 found[KOTA_DIGEST_LEN];

	KUNIT_ASSERT_FALSE(test, IS_ERR(digest));
	KUNIT_ASSERT_EQ(
		test, kunit_add_action_or_reset(test, close_digest, digest), 0);
	make_image(&image, "firmware", 3, 12, KOTA_COMPRESSION_ZSTD);
	memcpy(entry.final, abc.stored, sizeof(entry.final));
	KUNIT_EXPECT_EQ(test,
			kota_chunk_compare(digest, &image, &entry.chunk, 0,
					   "abc", found),
			0);
	memcpy(entry.chunk.stored, abc.stored, sizeof(entry.chunk.stored));
	entry.final[0] ^= 1;
	KUNIT_EXPECT_EQ(test,
			kota_chunk_compare(digest, &image, &entry.chunk, 0,
					   "abc", found),
			-EREMOTEIO);
}

/* What the kernel cannot do at all is no other bytes: a cipher, a digest, that wait
 * for a key.
 */
static void algorithm_fails(struct kunit *test)
{
	struct kota_aead *aead = open_aead(test, some_key, 32);
	struct crypto_shash *keyed = crypto_alloc_shash("hmac(sha256)", 0, 0);
	u8 *buf = open_buffer(test, ABC_LEN);
	struct kota_refusal why = {};

	KUNIT_ASSERT_FALSE(test, IS_ERR(keyed));
	KUNIT_ASSERT_EQ(
		test, kunit_add_action_or_reset(test, close_digest, keyed), 0);
	memcpy(buf, "abc", 3);
	encrypt(test, aead, 3, buf, 3);
	EXPECT_REFUSED(
		test, kota_chunk_open(aead, keyed, &abc, 3, buf, ABC_LEN, &why),
		&why, ENOPKG, KOTA_CAUSE_ALGORITHM);
	EXPECT_REFUSED(test,
		       kota_chunk_check_root(keyed, "abc", 3, abc.stored, &why),
		       &why, ENOPKG, KOTA_CAUSE_ALGORITHM);
	crypto_aead_set_flags(aead->tfm, CRYPTO_TFM_NEED_KEY);
	EXPECT_REFUSED(test, kota_chunk_open_block(aead, 3, buf, ABC_LEN, &why),
		       &why, ENOPKG, KOTA_CAUSE_ALGORITHM);
}

static struct kunit_case chunk_cases[] = {
	KUNIT_CASE_PARAM(published_vector, gcm_gen_params),
	KUNIT_CASE_PARAM(nothing_but_a_tag, empty_gen_params),
	KUNIT_CASE_PARAM(any_bit_flipped, gcm_gen_params),
	KUNIT_CASE(lengths_and_offsets),
	KUNIT_CASE(key_lengths),
	KUNIT_CASE(opened),
	KUNIT_CASE(table_block),
	KUNIT_CASE(table_root),
	KUNIT_CASE(compared),
	KUNIT_CASE(compared_unpacked),
	KUNIT_CASE(algorithm_fails),
	{}
};

static struct kunit_suite chunk_suite = {
	.name = "kota_chunk",
	.test_cases = chunk_cases,
};

kunit_test_suite(chunk_suite);
