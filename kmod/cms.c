// SPDX-License-Identifier: GPL-2.0
/*
 * Strict walk over a detached CMS SignedData (RFC 5652), before the kernel's
 * BER decoder gets to see it: DER only, one signer, no certificates, no choice
 * where none is needed. What can be flipped without a change of meaning is
 * refused here. Verifies nothing.
 *
 *	ContentInfo { signedData, [0] SignedData }
 *	SignedData { version, SET { digest }, SEQUENCE { data }, SET { SignerInfo } }
 *	SignerInfo { version, sid, digest, [0] signedAttrs, algorithm, signature }
 */

#include "parse.h"

#define TAG_INTEGER 0x02
#define TAG_OCTETS 0x04
#define TAG_OID 0x06
#define TAG_UTC_TIME 0x17
#define TAG_GENERALIZED_TIME 0x18
#define TAG_SEQUENCE 0x30
#define TAG_SET 0x31
#define TAG_0 0x80 /* [0] IMPLICIT, primitive */
#define TAG_0_CONS 0xa0 /* [0], constructed */

/* RSA-4096, the largest that the kernel verifies. */
#define MAX_RSA_LEN 512

/* What is left to read. */
struct der {
	const u8 *data;
	size_t len;
};

/* A digest, by its OID with tag and length. */
struct cms_digest {
	const char *name;
	u8 oid[11];
};

enum {
	SHA256,
	SHA384,
	SHA512,
	SHA3_256,
	SHA3_384,
};

#define OID_NIST(arc, number) \
	{ 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, arc, number }

static const struct cms_digest digests[] = {
	[SHA256] = { "sha256", OID_NIST(2, 1) },
	[SHA384] = { "sha384", OID_NIST(2, 2) },
	[SHA512] = { "sha512", OID_NIST(2, 3) },
	[SHA3_256] = { "sha3-256", OID_NIST(2, 8) },
	[SHA3_384] = { "sha3-384", OID_NIST(2, 9) },
};

/* A way to sign: a kind of key, with a digest that is as strong at least. */
struct cms_algo {
	const struct cms_digest *digest;
	const char *key_algo;
	u8 number_len; /* most bytes of r and of s, without the sign's; 0: RSA */
	u8 oid_len;
	u8 oid[13]; /* with tag and length, parameters too */
};

/* rsaEncryption, NULL: what CMS has for PKCS#1 v1.5 (RFC 3370, 3.2) */
#define RSA(hash)         \
	{ &digests[hash], \
	  "rsa",          \
	  0,              \
	  13,             \
	  { 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0 } }
#define P256(hash, len, ...) \
	{ &digests[hash], "ecdsa-nist-p256", 32, len, __VA_ARGS__ }
#define P384(hash, len, ...) \
	{ &digests[hash], "ecdsa-nist-p384", 48, len, __VA_ARGS__ }
#define OID_X962(number) { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, number }

static const struct cms_algo algos[] = {
	P256(SHA256, 10, OID_X962(2)),
	P256(SHA3_256, 11, OID_NIST(3, 10)),
	P384(SHA384, 10, OID_X962(3)),
	P384(SHA512, 10, OID_X962(4)),
	P384(SHA3_384, 11, OID_NIST(3, 11)),
	RSA(SHA256),
	RSA(SHA384),
	RSA(SHA512),
};

static const u8 oid_signed_data[] = { 6,    9,	  0x2a, 0x86, 0x48, 0x86,
				      0xf7, 0x0d, 1,	7,    2 };

static const u8 oid_data[] = {
	6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1
};

enum {
	CONTENT_TYPE,
	MESSAGE_DIGEST,
	SIGNING_TIME,
};

/* RFC 5652, 11.1 to 11.3 */
#define OID_PKCS9(number) \
	{ 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, number }

static const u8 attributes[][11] = {
	[CONTENT_TYPE] = OID_PKCS9(3),
	[MESSAGE_DIGEST] = OID_PKCS9(4),
	[SIGNING_TIME] = OID_PKCS9(5),
};

/* X.690, 10.1: definite length in as few bytes as possible; here, up to 64 KiB. */
static bool der_length(struct der *in, size_t *len)
{
	const u8 *p = in->data;
	size_t nr = 1;

	if (!in->len)
		return false;
	if (p[0] < 0x80) {
		*len = p[0];
	} else if (p[0] == 0x81 && in->len >= 2 && p[1] >= 0x80) {
		*len = p[1];
		nr = 2;
	} else if (p[0] == 0x82 && in->len >= 3 && p[1]) {
		*len = p[1] << 8 | p[2];
		nr = 3;
	} else {
		return false;
	}
	in->data += nr;
	in->len -= nr;
	return *len <= in->len;
}

/* Take the element with @tag off @in; its contents are @out. */
static bool der_take(struct der *in, u8 tag, struct der *out)
{
	size_t len;

	if (!in->len || in->data[0] != tag)
		return false;
	in->data++;
	in->len--;
	if (!der_length(in, &len))
		return false;
	out->data = in->data;
	out->len = len;
	in->data += len;
	in->len -= len;
	return true;
}

/* Take exactly these bytes off @in. */
static bool der_take_bytes(struct der *in, const u8 *bytes, size_t len)
{
	if (in->len < len || memcmp(in->data, bytes, len))
		return false;
	in->data += len;
	in->len -= len;
	return true;
}

/* AlgorithmIdentifier of a digest: no parameters, or NULL (RFC 5754, 2). */
static const struct cms_digest *take_digest(struct der *in, bool *with_null)
{
	static const u8 null[] = { 5, 0 };
	struct der id;
	size_t i;

	if (!der_take(in, TAG_SEQUENCE, &id))
		return NULL;
	for (i = 0; i < ARRAY_SIZE(digests); i++) {
		if (!der_take_bytes(&id, digests[i].oid,
				    sizeof(digests[i].oid)))
			continue;
		*with_null = der_take_bytes(&id, null, sizeof(null));
		return id.len ? NULL : &digests[i];
	}
	return NULL;
}

/* AlgorithmIdentifier of a signature, one that goes with @digest. */
static const struct cms_algo *take_algo(struct der *in,
					const struct cms_digest *digest)
{
	struct der id;
	size_t i;

	if (!der_take(in, TAG_SEQUENCE, &id))
		return NULL;
	for (i = 0; i < ARRAY_SIZE(algos); i++)
		if (algos[i].digest == digest && id.len == algos[i].oid_len &&
		    !memcmp(id.data, algos[i].oid, id.len))
			return &algos[i];
	return NULL;
}

/* In as few bytes as possible (X.690, 8.3.2). */
static bool is_shortest(const struct der *num)
{
	return num->len == 1 ||
	       (num->len && num->data[0] != (num->data[1] & 0x80 ? 0xff : 0));
}

/* Positive, in as few bytes as possible; without the sign's byte. */
static bool take_number(struct der *in, struct der *num)
{
	if (!der_take(in, TAG_INTEGER, num) || !is_shortest(num) ||
	    num->data[0] & 0x80)
		return false;
	if (num->data[0])
		return true;
	num->data++;
	num->len--;
	return num->len;
}

static bool take_positive(struct der *in, size_t max_len)
{
	struct der num;

	return take_number(in, &num) && num.len <= max_len;
}

/*
 * ECDSA-Sig-Value { r, s } (RFC 5480, appendix A), or as many bytes as an RSA
 * modulus has, which the verification compares.
 */
static bool take_value(struct der *in, const struct cms_algo *algo)
{
	struct der outer, sig;

	if (!der_take(in, TAG_OCTETS, &outer))
		return false;
	if (!algo->number_len)
		return outer.len && outer.len <= MAX_RSA_LEN;
	return der_take(&outer, TAG_SEQUENCE, &sig) && !outer.len &&
	       take_positive(&sig, algo->number_len) &&
	       take_positive(&sig, algo->number_len) && !sig.len;
}

/* issuerAndSerialNumber goes with version 1, subjectKeyIdentifier with 3. */
static bool take_signer_id(struct der *in, u8 version, struct kota_cms *cms)
{
	struct der sid, part;

	if (version == 3) {
		if (!der_take(in, TAG_0, &sid) || !sid.len)
			return false;
		cms->skid = sid.data;
		cms->skid_len = sid.len;
		return true;
	}
	if (!der_take(in, TAG_SEQUENCE, &sid) ||
	    !der_take(&sid, TAG_SEQUENCE, &part))
		return false;
	cms->issuer = part.data;
	cms->issuer_len = part.len;
	if (!der_take(&sid, TAG_INTEGER, &part) || !is_shortest(&part) ||
	    sid.len)
		return false;
	cms->serial = part.data;
	cms->serial_len = part.len;
	return true;
}

/* The one value of an attribute; of a signing time only that it is one. */
static bool take_attribute_value(struct der values, unsigned int attribute)
{
	struct der value;

	switch (attribute) {
	case CONTENT_TYPE:
		return der_take_bytes(&values, oid_data, sizeof(oid_data)) &&
		       !values.len;
	case MESSAGE_DIGEST:
		return der_take(&values, TAG_OCTETS, &value) && value.len &&
		       !values.len;
	case SIGNING_TIME:
		return (der_take(&values, TAG_UTC_TIME, &value) ||
			der_take(&values, TAG_GENERALIZED_TIME, &value)) &&
		       !values.len;
	}
	return false;
}

/* The order of a SET OF (X.690, 11.6). */
static bool precedes(const struct der *a, const struct der *b)
{
	int order = memcmp(a->data, b->data, min_t(size_t, a->len, b->len));

	return order ? order < 0 : a->len < b->len;
}

/*
 * SignedAttributes (RFC 5652, 11): the content's type and digest, once each; at
 * most one signing time. What nobody looks at is not taken along.
 */
static bool take_attributes(struct der *in)
{
	struct der attrs, attr, values, whole, last = { in->data, 0 };
	unsigned int seen = 0, i;

	if (!der_take(in, TAG_0_CONS, &attrs))
		return false;
	while (attrs.len) {
		whole = attrs;
		if (!der_take(&attrs, TAG_SEQUENCE, &attr))
			return false;
		whole.len -= attrs.len;
		if (!precedes(&last, &whole))
			return false;
		last = whole;
		for (i = 0; i < ARRAY_SIZE(attributes); i++)
			if (der_take_bytes(&attr, attributes[i],
					   sizeof(attributes[i])))
				break;
		if (i == ARRAY_SIZE(attributes) || seen & 1U << i)
			return false;
		seen |= 1U << i;
		if (!der_take(&attr, TAG_SET, &values) || attr.len ||
		    !take_attribute_value(values, i))
			return false;
	}
	return seen & 1U << CONTENT_TYPE && seen & 1U << MESSAGE_DIGEST;
}

static const char *walk_signer_info(struct der si, u8 version, bool with_null,
				    const struct cms_digest *digest,
				    struct kota_cms *cms)
{
	const u8 version_bytes[] = { TAG_INTEGER, 1, version };
	const struct cms_algo *algo;
	bool null_again;

	if (!der_take_bytes(&si, version_bytes, sizeof(version_bytes)))
		return "version of SignerInfo";
	if (!take_signer_id(&si, version, cms))
		return "signer identifier";
	if (take_digest(&si, &null_again) != digest || null_again != with_null)
		return "digest of SignerInfo";
	if (!take_attributes(&si))
		return "signed attributes";
	algo = take_algo(&si, digest);
	if (!algo)
		return "signature algorithm";
	if (!take_value(&si, algo))
		return "signature value";
	if (si.len)
		return "bytes after the signature";
	cms->digest = digest->name;
	cms->key_algo = algo->key_algo;
	return NULL;
}

static const char *walk_signed_data(struct der sd, struct kota_cms *cms)
{
	const struct cms_digest *digest;
	struct der version, set, content, signer;
	bool with_null;

	if (!der_take(&sd, TAG_INTEGER, &version) || version.len != 1 ||
	    (version.data[0] != 1 && version.data[0] != 3))
		return "version of SignedData";
	if (!der_take(&sd, TAG_SET, &set))
		return "digest algorithms";
	digest = take_digest(&set, &with_null);
	if (!digest || set.len)
		return "digest algorithm";
	if (!der_take(&sd, TAG_SEQUENCE, &content) ||
	    !der_take_bytes(&content, oid_data, sizeof(oid_data)) ||
	    content.len)
		return "content, which must be detached";
	/* A certificate, [0], or a revocation list, [1], would stand here. */
	if (!der_take(&sd, TAG_SET, &set) || sd.len)
		return "certificates, or no SignerInfo";
	if (!der_take(&set, TAG_SEQUENCE, &signer) || set.len)
		return "not one SignerInfo";
	return walk_signer_info(signer, version.data[0], with_null, digest,
				cms);
}

static const char *walk(const u8 *der, size_t len, struct kota_cms *cms)
{
	struct der in = { der, len }, info, explicit, sd;

	if (!der_take(&in, TAG_SEQUENCE, &info) || in.len)
		return "not one ContentInfo";
	if (!der_take_bytes(&info, oid_signed_data, sizeof(oid_signed_data)))
		return "not SignedData";
	if (!der_take(&info, TAG_0_CONS, &explicit) || info.len)
		return "not one content";
	if (!der_take(&explicit, TAG_SEQUENCE, &sd) || explicit.len)
		return "not one SignedData";
	return walk_signed_data(sd, cms);
}

/**
 * kota_cms_walk() - is this the one form of signature that is accepted?
 * @der: the CMS SignedData
 * @len: its bytes
 * @cms: what was found; points into @der
 * @why: cause of a refusal
 *
 * Return: 0, or the negative errno of the cause CMS.
 */
int kota_cms_walk(const u8 *der, size_t len, struct kota_cms *cms,
		  struct kota_refusal *why)
{
	const char *wrong;

	memset(cms, 0, sizeof(*cms));
	wrong = walk(der, len, cms);
	if (wrong)
		return kota_refuse(
			why, KOTA_CAUSE_CMS,
			"detached CMS, one signer, no certificates|%s", wrong);
	return 0;
}

/**
 * kota_cms_rsa_bits() - size of an RSA key
 * @key: RSAPublicKey (RFC 8017, A.1.1), as the certificate has it
 * @len: its bytes
 *
 * Strict, so that one key has one encoding, and one id.
 *
 * Return: bits of the modulus; 0 when this is no such key.
 */
unsigned int kota_cms_rsa_bits(const u8 *key, size_t len)
{
	struct der in = { key, len }, seq, modulus, exponent;

	if (!der_take(&in, TAG_SEQUENCE, &seq) || in.len ||
	    !take_number(&seq, &modulus) || !take_number(&seq, &exponent) ||
	    seq.len)
		return 0;
	return 8 * modulus.len - (8 - fls(modulus.data[0]));
}

#define POINT_UNCOMPRESSED 4

/**
 * kota_cms_is_whole_point() - has a point the one encoding that is accepted?
 * @key_algo: its curve, as the kernel calls the kind of key
 * @key: the point (SEC 1, 2.3.3), as the certificate has it
 * @len: its bytes
 *
 * The kernel also takes points whose coordinates begin with zeros that are left out:
 * one key would have several ids.
 *
 * Return: whether it has both coordinates in full; false for other kinds of keys.
 */
bool kota_cms_is_whole_point(const char *key_algo, const u8 *key, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(algos); i++)
		if (algos[i].number_len && !strcmp(algos[i].key_algo, key_algo))
			return len == 2 * (size_t)algos[i].number_len + 1 &&
			       key[0] == POINT_UNCOMPRESSED;
	return false;
}
