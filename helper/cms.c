// SPDX-License-Identifier: GPL-2.0
/*
 * Signatures: detached CMS SignedData with one signer, signed attributes, no
 * certificates, no S/MIME capabilities; just what the kernel accepts.
 */

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "helper.h"

/* The keys that devices take, and the digests that go with each; first the usual one. */
static const struct key_kind {
	const char *name; /* of the group, or "RSA" */
	const char *md[4];
} key_kinds[] = {
	{ "prime256v1", { "sha256", "sha3-256" } },
	{ "secp384r1", { "sha384", "sha512", "sha3-384" } },
	{ "RSA", { "sha256", "sha384", "sha512" } },
};

#define MIN_RSA_BITS 3072
#define MAX_RSA_BITS 4096

/* PEM or DER. */
static X509 *load_cert(const char *path)
{
	BIO *bio = BIO_new_file(path, "r");
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	if (!cert && bio && BIO_seek(bio, 0) == 0)
		cert = d2i_X509_bio(bio, NULL);
	if (!cert)
		kota_error_openssl("%s: no certificate", path);
	BIO_free(bio);
	return cert;
}

static const struct key_kind *find_kind(EVP_PKEY *public)
{
	char name[32] = "";
	size_t i;

	if (EVP_PKEY_is_a(public, "RSA"))
		strcpy(name, "RSA");
	else if (EVP_PKEY_is_a(public, "EC"))
		EVP_PKEY_get_group_name(public, name, sizeof(name), NULL);
	for (i = 0; i < ARRAY_SIZE(key_kinds); i++)
		if (!strcmp(name, key_kinds[i].name))
			return &key_kinds[i];
	return NULL;
}

/* The digest that was asked for, or the usual one. */
static int choose_md(struct kota_cms_request *req, const struct key_kind *kind)
{
	size_t i;

	if (!req->md)
		req->md = kind->md[0];
	for (i = 0; kind->md[i]; i++)
		if (!strcmp(req->md, kind->md[i]))
			return 0;
	return kota_error("--md %s: does not go with the key of %s; %s does",
			  req->md, req->cert_path, kind->md[0]);
}

static int check_usage(const struct kota_cms_request *req, X509 *cert)
{
	const u32 both = KU_DIGITAL_SIGNATURE | KU_KEY_CERT_SIGN;

	/* X509_check_ca() believes in no CA that may not certify; devices do. */
	if ((X509_get_key_usage(cert) & both) == KU_DIGITAL_SIGNATURE &&
	    !(X509_get_extension_flags(cert) & EXFLAG_CA))
		return 0;
	return kota_error(
		"%s: a signer's certificate has keyUsage digitalSignature and is no CA; make one with basicConstraints=critical,CA:FALSE and keyUsage=critical,digitalSignature",
		req->cert_path);
}

/* Say here what the device would refuse later. */
static int check_key(struct kota_cms_request *req, EVP_PKEY *pkey, X509 *cert)
{
	EVP_PKEY *public = X509_get0_pubkey(cert);
	const struct key_kind *kind = public ? find_kind(public) : NULL;
	int bits;

	if (X509_check_private_key(cert, pkey) != 1)
		return kota_error("--key is not the key of the certificate %s",
				  req->cert_path);
	if (check_usage(req, cert))
		return -1;
	if (!kind)
		return kota_error(
			"%s: devices take ECDSA keys on P-256 and P-384, and RSA keys",
			req->cert_path);
	bits = EVP_PKEY_get_bits(public);
	if (EVP_PKEY_is_a(public, "RSA") && bits != MIN_RSA_BITS &&
	    bits != MAX_RSA_BITS)
		return kota_error(
			"%s: an RSA key of %d bits; devices take %d and %d",
			req->cert_path, bits, MIN_RSA_BITS, MAX_RSA_BITS);
	return choose_md(req, kind);
}

static CMS_ContentInfo *make_cms(const struct kota_cms_request *req,
				 EVP_PKEY *pkey, X509 *cert, BIO *manifest)
{
	const unsigned int flags = CMS_DETACHED | CMS_BINARY | CMS_NOCERTS |
				   CMS_NOSMIMECAP;
	CMS_ContentInfo *cms =
		CMS_sign(NULL, NULL, NULL, NULL, flags | CMS_PARTIAL);

	if (cms &&
	    CMS_add1_signer(cms, cert, pkey, EVP_get_digestbyname(req->md),
			    flags | (req->key_id ? CMS_USE_KEYID : 0)) &&
	    CMS_final(cms, manifest, NULL, flags) == 1)
		return cms;
	kota_error_openssl("signing for %s", req->cert_path);
	CMS_ContentInfo_free(cms);
	return NULL;
}

static int sign_with(const struct kota_cms_request *req, EVP_PKEY *pkey,
		     X509 *cert, const u8 *manifest, size_t manifest_len,
		     u8 **der, size_t *len)
{
	BIO *bio = BIO_new_mem_buf(manifest, manifest_len);
	CMS_ContentInfo *cms = bio ? make_cms(req, pkey, cert, bio) : NULL;
	u8 *end;
	int der_len;

	BIO_free(bio);
	if (!cms)
		return -1;
	der_len = i2d_CMS_ContentInfo(cms, NULL);
	*der = der_len > 0 ? malloc(der_len) : NULL;
	end = *der;
	if (*der)
		der_len = i2d_CMS_ContentInfo(cms, &end);
	CMS_ContentInfo_free(cms);
	if (!*der)
		return kota_error_openssl("signature");
	*len = der_len;
	return 0;
}

/**
 * kota_cms_sign() - sign a manifest
 * @req: with what; its digest is filled in
 * @manifest: the manifest section
 * @manifest_len: bytes of it
 * @der: the signature, to be freed
 * @len: bytes of it
 *
 * Return: 0, or -1 after saying why.
 */
int kota_cms_sign(struct kota_cms_request *req, const u8 *manifest,
		  size_t manifest_len, u8 **der, size_t *len)
{
	X509 *cert = load_cert(req->cert_path);
	EVP_PKEY *pkey = cert ? kota_key_load(req->key, req->provider) : NULL;
	int err = -1;

	if (pkey && !check_key(req, pkey, cert))
		err = sign_with(req, pkey, cert, manifest, manifest_len, der,
				len);
	EVP_PKEY_free(pkey);
	X509_free(cert);
	return err;
}

static CMS_ContentInfo *parse(const u8 *der, size_t len)
{
	const u8 *end = der;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &end, len);

	if (cms && end == der + len)
		return cms;
	if (cms)
		kota_error("signature: %zu bytes follow the CMS",
			   (size_t)(der + len - end));
	else
		kota_error_openssl("signature: not CMS in DER");
	CMS_ContentInfo_free(cms);
	return NULL;
}

static bool is_by(X509 *cert, const u8 *manifest, size_t manifest_len,
		  const u8 *der, size_t len)
{
	const unsigned int flags = CMS_DETACHED | CMS_BINARY | CMS_NOINTERN |
				   CMS_NO_SIGNER_CERT_VERIFY;
	CMS_ContentInfo *cms = parse(der, len);
	STACK_OF(X509) *certs = sk_X509_new_null();
	BIO *bio = BIO_new_mem_buf(manifest, manifest_len);
	bool good = cms && certs && bio && sk_X509_push(certs, cert) > 0 &&
		    CMS_verify(cms, certs, NULL, bio, NULL, flags) == 1;

	BIO_free(bio);
	sk_X509_free(certs);
	CMS_ContentInfo_free(cms);
	return good;
}

/**
 * kota_cms_is_by() - is a signature good by the certificate of its signer?
 * @cert_path: the certificate; who made it is not asked
 * @manifest: the manifest section
 * @manifest_len: bytes of it
 * @der: the signature
 * @len: bytes of it
 *
 * Return: whether it is; says why when there is no certificate.
 */
bool kota_cms_is_by(const char *cert_path, const u8 *manifest,
		    size_t manifest_len, const u8 *der, size_t len)
{
	X509 *cert = load_cert(cert_path);
	bool good = cert && is_by(cert, manifest, manifest_len, der, len);

	ERR_clear_error();
	X509_free(cert);
	return good;
}

/**
 * kota_cms_is_by_key() - has the key of a certificate made a signature?
 * @cert_path: the certificate; what it is called does not matter
 * @der: the signature, of the form that kota_cms_describe() wants
 * @len: bytes of it
 *
 * Return: whether it has, be its signer named by key id, or by the issuer and the
 * serial number of whatever certificate; says why when there is no certificate.
 */
bool kota_cms_is_by_key(const char *cert_path, const u8 *der, size_t len)
{
	X509 *cert = load_cert(cert_path);
	CMS_ContentInfo *cms = cert ? parse(der, len) : NULL;
	CMS_SignerInfo *signer;
	bool good = false;

	if (cms) {
		signer = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
		CMS_SignerInfo_set1_signer_cert(signer, cert);
		good = CMS_SignerInfo_verify(signer) == 1;
	}
	ERR_clear_error();
	CMS_ContentInfo_free(cms);
	X509_free(cert);
	return good;
}

/**
 * kota_cms_verify() - verify a signature by the certificate of its signer
 * @cert_path: the certificate; who made it is not asked
 * @manifest: the manifest section
 * @manifest_len: bytes of it
 * @der: the signature
 * @len: bytes of it
 *
 * Return: 0, or -1 after saying why.
 */
int kota_cms_verify(const char *cert_path, const u8 *manifest,
		    size_t manifest_len, const u8 *der, size_t len)
{
	X509 *cert = load_cert(cert_path);
	bool good = cert && is_by(cert, manifest, manifest_len, der, len);

	if (cert && !good)
		kota_error_openssl(
			"signature is not one by %s over this manifest",
			cert_path);
	X509_free(cert);
	return good ? 0 : -1;
}

static int put_signer_id(CMS_SignerInfo *signer, struct kota_cms_info *info)
{
	ASN1_OCTET_STRING *key_id = NULL;
	ASN1_INTEGER *serial = NULL;
	X509_NAME *issuer = NULL;
	char *name = NULL, *number = NULL;

	if (CMS_SignerInfo_get0_signer_id(signer, &key_id, &issuer, &serial) !=
	    1)
		return kota_error_openssl("signature: no signer");
	info->key_id = key_id;
	if (key_id) {
		name = OPENSSL_buf2hexstr(ASN1_STRING_get0_data(key_id),
					  ASN1_STRING_length(key_id));
		snprintf(info->signer, sizeof(info->signer), "key id %s",
			 name ? name : "?");
	} else {
		BIGNUM *bn = ASN1_INTEGER_to_BN(serial, NULL);

		/* Escapes what is not printable. */
		name = X509_NAME_oneline(issuer, NULL, 0);
		number = bn ? BN_bn2hex(bn) : NULL;
		snprintf(info->signer, sizeof(info->signer),
			 "issuer %.380s, serial %.64s", name ? name : "?",
			 number ? number : "?");
		BN_free(bn);
	}
	OPENSSL_free(name);
	OPENSSL_free(number);
	return 0;
}

static bool digest_matches(CMS_SignerInfo *signer, const X509_ALGOR *algorithm,
			   const u8 *manifest, size_t manifest_len)
{
	const EVP_MD *md = EVP_get_digestbyobj(algorithm->algorithm);
	ASN1_OCTET_STRING *attr;
	u8 digest[EVP_MAX_MD_SIZE];
	unsigned int len;

	attr = CMS_signed_get0_data_by_OBJ(signer,
					   OBJ_nid2obj(NID_pkcs9_messageDigest),
					   -3, V_ASN1_OCTET_STRING);
	if (!attr || !md ||
	    EVP_Digest(manifest, manifest_len, digest, &len, md, NULL) != 1)
		return false;
	return ASN1_STRING_length(attr) == (int)len &&
	       !memcmp(ASN1_STRING_get0_data(attr), digest, len);
}

static int check_form(CMS_ContentInfo *cms)
{
	STACK_OF(CMS_SignerInfo) * signers;
	STACK_OF(X509) * certs;
	int nr_certs;

	if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed)
		return kota_error("signature: CMS, but not SignedData");
	signers = CMS_get0_SignerInfos(cms);
	if (sk_CMS_SignerInfo_num(signers) != 1)
		return kota_error(
			"signature: %d signers in one CMS; attach one CMS for each",
			sk_CMS_SignerInfo_num(signers));
	certs = CMS_get1_certs(cms);
	nr_certs = certs ? sk_X509_num(certs) : 0;
	sk_X509_pop_free(certs, X509_free);
	if (nr_certs)
		return kota_error(
			"signature: holds certificates; sign with -nocerts");
	if (CMS_is_detached(cms) != 1)
		return kota_error(
			"signature: holds the content; make it detached");
	if (CMS_signed_get_attr_count(sk_CMS_SignerInfo_value(signers, 0)) <= 0)
		return kota_error(
			"signature: has no signed attributes; sign without -noattr");
	if (CMS_signed_get_attr_by_NID(sk_CMS_SignerInfo_value(signers, 0),
				       NID_SMIMECapabilities, -1) >= 0)
		return kota_error(
			"signature: has S/MIME capabilities; sign with -nosmimecap");
	return 0;
}

/* By the code of the device, which has the last word on the form. */
static int check_walk(const u8 *der, size_t len)
{
	struct kota_refusal why = { .cause = 0 };
	struct kota_cms walked;

	if (!kota_cms_walk(der, len, &walked, &why))
		return 0;
	return kota_error(
		"signature: devices refuse its form: %s; sign with the openssl command that 'kota sign' prints",
		why.found);
}

/**
 * kota_cms_describe() - what can be told of a signature without a certificate
 * @der: the signature
 * @len: bytes of it
 * @manifest: the manifest section
 * @manifest_len: bytes of it
 * @info: what is told
 *
 * Return: 0, or -1 after saying what makes it a signature that devices refuse.
 */
int kota_cms_describe(const u8 *der, size_t len, const u8 *manifest,
		      size_t manifest_len, struct kota_cms_info *info)
{
	CMS_ContentInfo *cms = parse(der, len);
	X509_ALGOR *digest, *algorithm;
	CMS_SignerInfo *signer;
	int err = cms && !check_form(cms) ? check_walk(der, len) : -1;

	memset(info, 0, sizeof(*info));
	if (!err) {
		signer = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
		err = put_signer_id(signer, info);
		CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest,
					 &algorithm);
		OBJ_obj2txt(info->digest, sizeof(info->digest),
			    digest->algorithm, 0);
		OBJ_obj2txt(info->algorithm, sizeof(info->algorithm),
			    algorithm->algorithm, 0);
		info->digest_matches =
			digest_matches(signer, digest, manifest, manifest_len);
	}
	CMS_ContentInfo_free(cms);
	return err;
}
