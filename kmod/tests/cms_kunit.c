// SPDX-License-Identifier: GPL-2.0
/*
 * The strict walk over CMS, with OpenSSL's signatures. Where the walk does not
 * look - the names of the signer, the signed attributes, r and s - the
 * verification does; everywhere else no bit may be different.
 */

#include "kota_kunit.h"
#include "cms_vectors.h"

struct cms_good {
	const char *name;
	const u8 *der;
	size_t len;
	const struct cms_range *free;
	size_t nr_free;
	const char *digest;
	const char *key_algo;
	bool by_key_id;
	u8 number_len; /* most bytes of r, the sign's too; 0: RSA */
};

#define GOOD(name)                                         \
	cms_##name, sizeof(cms_##name), cms_##name##_free, \
		ARRAY_SIZE(cms_##name##_free)
#define P256 "ecdsa-nist-p256"
#define P384 "ecdsa-nist-p384"

static const struct cms_good goods[] = {
	{ "P-256, sha256, issuer and serial number", GOOD(sha256), "sha256",
	  P256, false, 33 },
	{ "P-256, sha3-256, subject key identifier", GOOD(sha3_256), "sha3-256",
	  P256, true, 33 },
	{ "P-384, sha384", GOOD(p384), "sha384", P384, false, 49 },
	{ "P-384, sha512, subject key identifier", GOOD(p384_sha512), "sha512",
	  P384, true, 49 },
	{ "P-384, sha3-384", GOOD(p384_sha3), "sha3-384", P384, false, 49 },
	{ "RSA, sha256", GOOD(rsa), "sha256", "rsa", false, 0 },
	{ "RSA, sha384, subject key identifier", GOOD(rsa_sha384), "sha384",
	  "rsa", true, 0 },
	{ "RSA, sha512", GOOD(rsa_sha512), "sha512", "rsa", false, 0 },
};

KUNIT_ARRAY_PARAM_DESC(good, goods, name);

struct cms_bad {
	const char *name;
	const u8 *der;
	size_t len;
};

#define BAD(name) { #name, cms_##name, sizeof(cms_##name) }

static const struct cms_bad bads[] = {
	BAD(certificates),
	BAD(two_signers),
	BAD(attached),
	BAD(content_type),
	BAD(no_attributes),
	BAD(rsa_sha1),
	BAD(rsa_sha3),
	BAD(rsa_pss),
	BAD(p384_sha256),
	BAD(sha1),
	BAD(sha3_512),
	BAD(indefinite),
	{ "empty", cms_sha256, 0 },
	{ "one byte", cms_sha256, 1 },
};

KUNIT_ARRAY_PARAM_DESC(bad, bads, name);

static bool is_free(const struct cms_good *g, size_t off)
{
	size_t i;

	for (i = 0; i < g->nr_free; i++)
		if (off >= g->free[i].off &&
		    off - g->free[i].off < g->free[i].len)
			return true;
	return false;
}

static void good_is_accepted(struct kunit *test)
{
	const struct cms_good *g = test->param_value;
	struct kota_refusal why = {};
	struct kota_cms cms;

	KUNIT_ASSERT_EQ(test, kota_cms_walk(g->der, g->len, &cms, &why), 0);
	KUNIT_EXPECT_EQ(test, why.cause, KOTA_CAUSE_NONE);
	KUNIT_EXPECT_STREQ(test, cms.key_algo, g->key_algo);
	KUNIT_EXPECT_STREQ(test, cms.digest, g->digest);
	if (g->by_key_id) {
		KUNIT_EXPECT_PTR_EQ(test, cms.skid, g->der + g->free[0].off);
		KUNIT_EXPECT_EQ(test, cms.skid_len, g->free[0].len);
		KUNIT_EXPECT_NULL(test, cms.issuer);
		KUNIT_EXPECT_NULL(test, cms.serial);
	} else {
		KUNIT_EXPECT_PTR_EQ(test, cms.issuer, g->der + g->free[0].off);
		KUNIT_EXPECT_EQ(test, cms.issuer_len, g->free[0].len);
		KUNIT_EXPECT_PTR_EQ(test, cms.serial, g->der + g->free[1].off);
		KUNIT_EXPECT_EQ(test, cms.serial_len, g->free[1].len);
		KUNIT_EXPECT_NULL(test, cms.skid);
	}
}

/* S/MIME capabilities are a signed attribute that nobody would look at. */
static void other_attributes(struct kunit *test)
{
	struct kota_refusal why = {};
	struct kota_cms cms;

	EXPECT_REFUSED(test,
		       kota_cms_walk(cms_smimecap, sizeof(cms_smimecap), &cms,
				     &why),
		       &why, EILSEQ, KOTA_CAUSE_CMS);
}

static void bad_is_refused(struct kunit *test)
{
	const struct cms_bad *b = test->param_value;
	struct kota_refusal why = {};
	struct kota_cms cms;

	EXPECT_REFUSED(test, kota_cms_walk(b->der, b->len, &cms, &why), &why,
		       EILSEQ, KOTA_CAUSE_CMS);
}

/* In memory of its very length, so that KASAN sees a read beyond. */
static int walk_copy(struct kunit *test, const u8 *der, size_t len,
		     struct kota_refusal *why)
{
	u8 *copy = kmemdup(der, len, GFP_KERNEL);
	struct kota_cms cms;
	int err;

	KUNIT_ASSERT_NOT_NULL(test, copy);
	memset(why, 0, sizeof(*why));
	err = kota_cms_walk(copy, len, &cms, why);
	kfree(copy);
	return err;
}

static void truncated_anywhere(struct kunit *test)
{
	const struct cms_good *g = test->param_value;
	struct kota_refusal why;
	size_t len;

	for (len = 0; len < g->len; len++)
		KUNIT_EXPECT_EQ_MSG(test, walk_copy(test, g->der, len, &why),
				    -EILSEQ, "%zu bytes", len);
}

static void byte_behind(struct kunit *test)
{
	const struct cms_good *g = test->param_value;
	u8 *der = test_zalloc(test, g->len + 1);
	struct kota_refusal why;

	memcpy(der, g->der, g->len);
	EXPECT_REFUSED(test, walk_copy(test, der, g->len + 1, &why), &why,
		       EILSEQ, KOTA_CAUSE_CMS);
}

static void any_bit_flipped(struct kunit *test)
{
	const struct cms_good *g = test->param_value;
	u8 *der = test_zalloc(test, g->len);
	struct kota_refusal why;
	size_t bit, off;

	memcpy(der, g->der, g->len);
	for (bit = 0; bit < 8 * g->len; bit++) {
		off = bit / 8;
		if (is_free(g, off))
			continue;
		der[off] ^= BIT(bit % 8);
		KUNIT_EXPECT_EQ_MSG(test, walk_copy(test, der, g->len, &why),
				    -EILSEQ, "offset %zu bit %zu", off,
				    bit % 8);
		der[off] ^= BIT(bit % 8);
	}
}

/* Where the contents of the element at @off begin. */
static size_t contents_of(const u8 *der, size_t off)
{
	return off + (der[off + 1] < 0x80 ? 2 : 2 + (der[off + 1] & 0x7f));
}

static size_t put_length(u8 *out, size_t len, bool wasteful)
{
	if (len > 0xff || (wasteful && len > 0x7f)) {
		out[0] = 0x82 + wasteful * (len > 0xff);
		out[1] = 0;
		put_unaligned_be16(len, out + 1 + wasteful * (len > 0xff));
		return 3 + wasteful * (len > 0xff);
	}
	if (len > 0x7f || wasteful) {
		out[0] = 0x81;
		out[1] = len;
		return 2;
	}
	out[0] = len;
	return 1;
}

enum damage {
	WASTE, /* a length of more bytes than needed */
	EXTRA, /* a NULL more at the end of the contents */
	EMPTY, /* no contents */
};

/*
 * Copies DER with the element that starts at @victim damaged, and all lengths
 * around it right. Takes tags of one byte.
 */
static size_t copy_damaged(const u8 *in, size_t len, size_t at, size_t victim,
			   enum damage how, u8 *out)
{
	static const u8 null[] = { 5, 0 };
	size_t done = 0, off = 0;

	while (off < len) {
		bool hit = at + off == victim;
		size_t head = in[off + 1] < 0x80 ? 2 : 2 + (in[off + 1] & 0x7f);
		size_t inner = in[off + 1], n, i;
		u8 *body = out + done + 5;

		if (head > 2)
			for (inner = 0, i = 2; i < head; i++)
				inner = inner << 8 | in[off + i];
		if (hit && how == EMPTY) {
			n = 0;
		} else if (in[off] & 0x20) {
			n = copy_damaged(in + off + head, inner,
					 at + off + head, victim, how, body);
		} else {
			memcpy(body, in + off + head, inner);
			n = inner;
		}
		if (hit && how == EXTRA) {
			memcpy(body + n, null, sizeof(null));
			n += sizeof(null);
		}
		out[done++] = in[off];
		i = put_length(out + done, n, hit && how == WASTE);
		memmove(out + done + i, body, n);
		done += i + n;
		off += head + inner;
	}
	return done;
}

/* Each element in turn, but for those below the ones that are free. */
static void damage_each(struct kunit *test, enum damage how)
{
	const struct cms_good *g = test->param_value;
	u8 *der = test_zalloc(test, g->len + 64);
	struct kota_refusal why;
	unsigned int nr = 0;
	size_t victim, len;

	len = copy_damaged(g->der, g->len, 0, SIZE_MAX, how, der);
	KUNIT_ASSERT_EQ(test, len, g->len);
	KUNIT_ASSERT_MEMEQ(test, der, g->der, len);

	for (victim = 0; victim < g->len; victim++) {
		if (is_free(g, victim) ||
		    (how == EXTRA && is_free(g, contents_of(g->der, victim))))
			continue;
		/* No issuer is an issuer whose key nobody has. */
		if (how == EMPTY && !g->by_key_id &&
		    victim + 2 == g->free[0].off)
			continue;
		len = copy_damaged(g->der, g->len, 0, victim, how, der);
		if (len == g->len)
			continue; /* nothing starts there */
		nr++;
		KUNIT_EXPECT_EQ_MSG(test, walk_copy(test, der, len, &why),
				    -EILSEQ, "element at %zu", victim);
	}
	KUNIT_EXPECT_GT(test, nr, 15);
}

static void length_not_minimal(struct kunit *test)
{
	damage_each(test, WASTE);
}

static void element_too_many(struct kunit *test)
{
	damage_each(test, EXTRA);
}

static void element_empty(struct kunit *test)
{
	damage_each(test, EMPTY);
}

/* RFC 5754, 2: a digest has no parameters, or NULL. Twice the same, here. */
static void digest_with_null(struct kunit *test)
{
	const struct cms_good *g = test->param_value;
	u8 *once = test_zalloc(test, g->len + 64),
	   *twice = test_zalloc(test, g->len + 64);
	size_t first, second, len;
	struct kota_refusal why;

	/* AlgorithmIdentifiers are 13 bytes here; the first starts at 28. */
	first = 28;
	for (second = first + 13; second < g->len - 13; second++)
		if (!memcmp(g->der + second, g->der + first, 13))
			break;
	len = copy_damaged(g->der, g->len, 0, first, EXTRA, once);
	KUNIT_ASSERT_EQ(test, len, g->len + 2);
	KUNIT_EXPECT_EQ(test, walk_copy(test, once, len, &why), -EILSEQ);
	len = copy_damaged(once, len, 0, second + 2, EXTRA, twice);
	KUNIT_ASSERT_GT(test, len, g->len + 2);
	KUNIT_EXPECT_EQ(test, walk_copy(test, twice, len, &why), 0);
	len = copy_damaged(g->der, g->len, 0, second, EXTRA, once);
	KUNIT_EXPECT_EQ(test, walk_copy(test, once, len, &why), -EILSEQ);
}

/* -r, r with a byte more than needed, r of 0, r too long, r absent. */
static void form_of_r(struct kunit *test)
{
	static const u8 heads[][4] = {
		{ 2, 1, 0x80 }, { 2, 2, 0, 1 },	   { 2, 1, 0 },
		{ 2, 0 },	{ 2, 2, 0, 0x7f }, { 2, 2, 0xff, 0xff },
	};
	const struct cms_good *g = test->param_value;
	const struct cms_range *r = &g->free[g->nr_free - 2];
	u8 *der = test_zalloc(test, g->len);
	struct kota_refusal why;
	size_t i;

	if (!g->number_len)
		return; /* RSA has one number, of any bytes */
	/* The rest of r's room becomes part of s: too long, refused too. */
	for (i = 0; i < ARRAY_SIZE(heads); i++) {
		memcpy(der, g->der, g->len);
		memcpy(der + r->off - 2, heads[i], 2 + heads[i][1]);
		EXPECT_REFUSED(test, walk_copy(test, der, g->len, &why), &why,
			       EILSEQ, KOTA_CAUSE_CMS);
	}
	/* In place, so that nothing but the number itself is wrong. */
	memcpy(der, g->der, g->len);
	memset(der + r->off, 0, r->len);
	EXPECT_REFUSED(test, walk_copy(test, der, g->len, &why), &why, EILSEQ,
		       KOTA_CAUSE_CMS);
	der[r->off] = 0x80;
	EXPECT_REFUSED(test, walk_copy(test, der, g->len, &why), &why, EILSEQ,
		       KOTA_CAUSE_CMS);
	der[r->off] = 0;
	der[r->off + 1] = 0x7f;
	EXPECT_REFUSED(test, walk_copy(test, der, g->len, &why), &why, EILSEQ,
		       KOTA_CAUSE_CMS);
	der[r->off + 1] = 0x80;
	KUNIT_EXPECT_EQ(test, walk_copy(test, der, g->len, &why), 0);
	/* A byte more than the curve has, unless it is the sign's. */
	der[r->off] = 0x7f;
	KUNIT_EXPECT_EQ(test, walk_copy(test, der, g->len, &why),
			r->len == g->number_len ? -EILSEQ : 0);
}

/* As many bytes as the largest key's signatures have, and two more. */
static void rsa_too_long(struct kunit *test)
{
	const size_t at = cms_rsa_free[3].off - 4, room = sizeof(cms_rsa) + 256;
	u8 *in = test_zalloc(test, room), *out = test_zalloc(test, room);
	size_t len = sizeof(cms_rsa), value;
	struct kota_refusal why;

	memcpy(in, cms_rsa, len);
	for (value = cms_rsa_free[3].len; value <= 512; value += 2) {
		KUNIT_EXPECT_EQ_MSG(test, walk_copy(test, in, len, &why), 0,
				    "%zu bytes", value);
		len = copy_damaged(in, len, 0, at, EXTRA, out);
		memcpy(in, out, len);
	}
	EXPECT_REFUSED(test, walk_copy(test, in, len, &why), &why, EILSEQ,
		       KOTA_CAUSE_CMS);
}

static void rsa_bits(struct kunit *test)
{
	/* Too small for anything but counting bits; the last ones no keys. */
	static const struct {
		u8 key[10];
		unsigned int bits;
	} small[] = {
		{ { 0x30, 6, 2, 1, 0x01, 2, 1, 3 }, 1 },
		{ { 0x30, 6, 2, 1, 0x7f, 2, 1, 3 }, 7 },
		{ { 0x30, 7, 2, 2, 0x00, 0x80, 2, 1, 3 }, 8 },
		{ { 0x30, 7, 2, 2, 0x01, 0x00, 2, 1, 3 }, 9 },
		{ { 0x30, 7, 2, 2, 0x00, 0x7f, 2, 1, 3 }, 0 },
		{ { 0x30, 6, 2, 1, 0x80, 2, 1, 3 }, 0 },
		{ { 0x30, 6, 2, 1, 0x00, 2, 1, 3 }, 0 },
		{ { 0x30, 6, 2, 1, 0x7f, 2, 1, 0 }, 0 },
		{ { 0x30, 7, 2, 1, 0x7f, 2, 2, 0, 3 }, 0 },
		{ { 0x30, 3, 2, 1, 0x7f }, 0 },
	};
	u8 *key = test_zalloc(test, sizeof(cms_public_rsa3072) + 1);
	u8 *out = test_zalloc(test, sizeof(cms_public_rsa3072) + 16);
	size_t len, i;

	KUNIT_EXPECT_EQ(test,
			kota_cms_rsa_bits(cms_public_rsa2048,
					  sizeof(cms_public_rsa2048)),
			2048);
	KUNIT_EXPECT_EQ(test,
			kota_cms_rsa_bits(cms_public_rsa3072,
					  sizeof(cms_public_rsa3072)),
			3072);
	for (i = 0; i < ARRAY_SIZE(small); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    kota_cms_rsa_bits(small[i].key,
						      2 + small[i].key[1]),
				    small[i].bits, "row %zu", i);
	memcpy(key, cms_public_rsa3072, sizeof(cms_public_rsa3072));
	for (len = 0; len < sizeof(cms_public_rsa3072); len++)
		KUNIT_EXPECT_EQ(test, kota_cms_rsa_bits(key, len), 0);
	/* Neither longer by zeros, nor negative, nor with something behind it. */
	key[9] = 0;
	KUNIT_EXPECT_EQ(test,
			kota_cms_rsa_bits(key, sizeof(cms_public_rsa3072)), 0);
	key[8] = 0x80;
	KUNIT_EXPECT_EQ(test,
			kota_cms_rsa_bits(key, sizeof(cms_public_rsa3072)), 0);
	memcpy(key, cms_public_rsa3072, sizeof(cms_public_rsa3072));
	KUNIT_EXPECT_EQ(test,
			kota_cms_rsa_bits(key, sizeof(cms_public_rsa3072) + 1),
			0);
	len = copy_damaged(key, sizeof(cms_public_rsa3072), 0, 0, EXTRA, out);
	KUNIT_EXPECT_EQ(test, kota_cms_rsa_bits(out, len), 0);
}

static void whole_points(struct kunit *test)
{
	static const struct {
		const char *algo;
		u8 first;
		size_t len;
		bool whole;
	} row[] = {
		{ "ecdsa-nist-p256", 4, 65, true },
		{ "ecdsa-nist-p384", 4, 97, true },
		/* Both coordinates without their first byte, which is zero. */
		{ "ecdsa-nist-p256", 4, 63, false },
		{ "ecdsa-nist-p384", 4, 95, false },
		{ "ecdsa-nist-p256", 4, 67, false },
		{ "ecdsa-nist-p256", 4, 97, false },
		{ "ecdsa-nist-p384", 4, 65, false },
		{ "ecdsa-nist-p256", 2, 65, false },
		{ "ecdsa-nist-p256", 4, 0, false },
		{ "ecdsa-nist-p521", 4, 133, false },
		{ "rsa", 4, 65, false },
	};
	u8 *key = test_zalloc(test, 133);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		key[0] = row[i].first;
		KUNIT_EXPECT_EQ_MSG(test,
				    kota_cms_is_whole_point(row[i].algo, key,
							    row[i].len),
				    row[i].whole, "row %zu", i);
	}
}

static struct kunit_case cms_cases[] = {
	KUNIT_CASE_PARAM(good_is_accepted, good_gen_params),
	KUNIT_CASE(other_attributes),
	KUNIT_CASE_PARAM(bad_is_refused, bad_gen_params),
	KUNIT_CASE_PARAM(truncated_anywhere, good_gen_params),
	KUNIT_CASE_PARAM(byte_behind, good_gen_params),
	KUNIT_CASE_PARAM(any_bit_flipped, good_gen_params),
	KUNIT_CASE_PARAM(length_not_minimal, good_gen_params),
	KUNIT_CASE_PARAM(element_too_many, good_gen_params),
	KUNIT_CASE_PARAM(element_empty, good_gen_params),
	KUNIT_CASE_PARAM(digest_with_null, good_gen_params),
	KUNIT_CASE_PARAM(form_of_r, good_gen_params),
	KUNIT_CASE(rsa_too_long),
	KUNIT_CASE(rsa_bits),
	KUNIT_CASE(whole_points),
	{}
};

static struct kunit_suite cms_suite = {
	.name = "kota_cms",
	.test_cases = cms_cases,
};

kunit_test_suite(cms_suite);
