// SPDX-License-Identifier: GPL-2.0
/*
 * A device's public identity as a line of text, and the envelope that gives
 * this device, and no other, the content key.
 */

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "helper.h"

#define COORD_LEN 32

/* What the wrap key is bound to: suite, both public keys, the manifest. */
struct wrap_info {
	u8 label[KOTA_LABEL_LEN];
	__le16 suite;
	u8 enc[KOTA_P256_PUBLIC_LEN];
	u8 device[KOTA_P256_PUBLIC_LEN];
	u8 manifest_digest[KOTA_DIGEST_LEN];
};

static_assert(sizeof(struct wrap_info) == 16 + 2 + 64 + 64 + 32);

/* Fails for a point that is not on the curve. */
static EVP_PKEY *public_of(const u8 key[KOTA_P256_PUBLIC_LEN])
{
	u8 point[1 + KOTA_P256_PUBLIC_LEN] = { POINT_CONVERSION_UNCOMPRESSED };
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
						 (char *)"P-256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
						  point, sizeof(point)),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY_CTX *check = NULL;
	EVP_PKEY *pkey = NULL;

	memcpy(point + 1, key, KOTA_P256_PUBLIC_LEN);
	if (ctx && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) == 1)
		check = EVP_PKEY_CTX_new(pkey, NULL);
	if (!check || EVP_PKEY_public_check(check) != 1) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	EVP_PKEY_CTX_free(check);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static int public_bytes(EVP_PKEY *pkey, u8 key[KOTA_P256_PUBLIC_LEN])
{
	u8 point[1 + KOTA_P256_PUBLIC_LEN];
	size_t len;

	if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY,
					    point, sizeof(point), &len) != 1 ||
	    len != sizeof(point) || point[0] != POINT_CONVERSION_UNCOMPRESSED)
		return kota_error_openssl("ephemeral key");
	memcpy(key, point + 1, KOTA_P256_PUBLIC_LEN);
	return 0;
}

static int agree(EVP_PKEY *own, EVP_PKEY *peer, u8 secret[COORD_LEN])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
	size_t len = COORD_LEN;
	int err = 0;

	if (!ctx || EVP_PKEY_derive_init(ctx) != 1 ||
	    EVP_PKEY_derive_set_peer(ctx, peer) != 1 ||
	    EVP_PKEY_derive(ctx, secret, &len) != 1 || len != COORD_LEN)
		err = kota_error_openssl("key agreement");
	EVP_PKEY_CTX_free(ctx);
	return err;
}

/* The encapsulation of a fresh secret to @dev. */
static int encapsulate(const struct kota_device_public *dev,
		       u8 enc[KOTA_P256_PUBLIC_LEN], u8 secret[COORD_LEN])
{
	EVP_PKEY *peer = public_of(dev->key);
	EVP_PKEY *own = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	int err;

	if (!peer || !own)
		err = kota_error_openssl("ephemeral key");
	else
		err = public_bytes(own, enc);
	if (!err)
		err = agree(own, peer, secret);
	EVP_PKEY_free(own);
	EVP_PKEY_free(peer);
	return err;
}

/**
 * kota_envelope_make() - wrap a content key for one device
 * @dev: the device
 * @manifest_digest: of the package
 * @cek: the content key
 * @out: the envelope
 *
 * Return: 0, or -1 after saying why.
 */
int kota_envelope_make(const struct kota_device_public *dev,
		       const u8 manifest_digest[KOTA_DIGEST_LEN],
		       const u8 cek[KOTA_CEK_LEN],
		       u8 out[KOTA_P256_ENVELOPE_LEN])
{
	const struct kota_envelope head = {
		.suite = htole16(KOTA_SUITE_P256),
		.enc_len = htole16(KOTA_P256_PUBLIC_LEN),
	};
	u8 *enc = out + sizeof(head), *wrapped = enc + KOTA_P256_PUBLIC_LEN;
	struct wrap_info info = { .suite = head.suite };
	u8 secret[COORD_LEN], key[32];
	int err;

	memcpy(out, &head, sizeof(head));
	memcpy(out + offsetof(struct kota_envelope, device), dev->id,
	       sizeof(dev->id));
	err = encapsulate(dev, enc, secret);
	if (!err) {
		memcpy(info.label, KOTA_LABEL_WRAP, sizeof(info.label));
		memcpy(info.enc, enc, sizeof(info.enc));
		memcpy(info.device, dev->key, sizeof(info.device));
		memcpy(info.manifest_digest, manifest_digest,
		       sizeof(info.manifest_digest));
		err = kota_format_hkdf(NULL, 0, secret, sizeof(secret),
				       (void *)&info, sizeof(info), key,
				       sizeof(key));
	}
	if (!err)
		err = kota_format_seal_once(key, cek, KOTA_CEK_LEN, wrapped);
	OPENSSL_cleanse(secret, sizeof(secret));
	OPENSSL_cleanse(key, sizeof(key));
	return err;
}

static int take_key(const char *text, struct kota_device_public *dev)
{
	u8 key[66]; /* 64, and 2 that stand for the padding */
	EVP_PKEY *pkey;

	if (strlen(text) != 88 || text[86] != '=' || text[85] == '=' ||
	    EVP_DecodeBlock(key, (const u8 *)text, 88) != 66)
		return kota_error(
			"device identity: the key is not 64 bytes in base64");
	memcpy(dev->key, key, sizeof(dev->key));
	pkey = public_of(dev->key);
	if (!pkey)
		return kota_error(
			"device identity: the key is not a point of P-256; was the line damaged?");
	EVP_PKEY_free(pkey);
	return kota_format_digest(KOTA_DIGEST_SHA256, dev->key,
				  sizeof(dev->key), dev->id);
}

/**
 * kota_envelope_parse_device() - read a device's public identity
 * @line: "kota-device-v1 p256 GENERATION BASE64", as "kota provision" prints it
 * @dev: the device
 *
 * Return: 0, or -1 after saying why.
 */
int kota_envelope_parse_device(const char *line, struct kota_device_public *dev)
{
	char word[17], suite[17], generation[17], key[129], more[2];
	u64 number;

	if (sscanf(line, "%16s %16s %16s %128s %1s", word, suite, generation,
		   key, more) != 4 ||
	    strcmp(word, KOTA_IDENTITY_WORD))
		return kota_error(
			"not a device identity; a line '%s p256 1 BASE64' is wanted, as 'kota provision' prints it",
			KOTA_IDENTITY_WORD);
	if (strcmp(suite, kota_name_of(kota_suite_names, KOTA_SUITE_P256)))
		return kota_error(
			"device identity: suite %s: this version knows p256",
			suite);
	if (kota_text_u64(generation, &number) || number > UINT32_MAX)
		return kota_error("device identity: '%s' is no generation",
				  generation);
	dev->suite = KOTA_SUITE_P256;
	dev->generation = number;
	return take_key(key, dev);
}

/**
 * kota_envelope_print_device() - write a device's public identity
 * @dev: the device, a P-256 one
 * @line: the line, without its end
 *
 * Return: 0, or -1 after saying why.
 */
int kota_envelope_print_device(const struct kota_device_public *dev,
			       char line[KOTA_IDENTITY_MAX])
{
	u8 base64[89];

	if (dev->suite != KOTA_SUITE_P256)
		return kota_error(
			"device key of suite %u: this version knows p256",
			dev->suite);
	EVP_EncodeBlock(base64, dev->key, sizeof(dev->key));
	snprintf(line, KOTA_IDENTITY_MAX, "%s %s %u %s", KOTA_IDENTITY_WORD,
		 kota_name_of(kota_suite_names, dev->suite), dev->generation,
		 base64);
	return 0;
}
