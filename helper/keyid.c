// SPDX-License-Identifier: GPL-2.0
/*
 * The id of a signer's key, by which manifests revoke and retire it.
 */

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "helper.h"

/* PEM or DER; says nothing. */
static X509 *load(const char *path)
{
	BIO *bio = BIO_new_file(path, "r");
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	if (!cert && bio && BIO_seek(bio, 0) == 0)
		cert = d2i_X509_bio(bio, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return cert;
}

/**
 * kota_keyid_is_hex() - is this a key id itself, and no file?
 * @text: what somebody wrote
 * @id: the id, where it is
 *
 * Return: whether it is.
 */
bool kota_keyid_is_hex(const char *text, u8 id[KOTA_DIGEST_LEN])
{
	size_t len;

	return !kota_text_to_hex(text, strlen(text), id, &len,
				 KOTA_DIGEST_LEN) &&
	       len == KOTA_DIGEST_LEN;
}

/**
 * kota_keyid_get() - the id of a key that somebody names
 * @what: where it stands, for the message
 * @text: 64 hex digits, or the file of a certificate, PEM or DER
 * @id: SHA-256 of the public key as it stands in the certificate
 *
 * Return: 0, or -1 after saying why.
 */
int kota_keyid_get(const char *what, const char *text, u8 id[KOTA_DIGEST_LEN])
{
	const ASN1_BIT_STRING *key;
	X509 *cert;
	int err;

	if (kota_keyid_is_hex(text, id))
		return 0;
	cert = load(text);
	if (!cert)
		return kota_error(
			"%s %s: neither a certificate that can be read nor a key id, which has %d hex digits",
			what, text, 2 * KOTA_DIGEST_LEN);
	key = X509_get0_pubkey_bitstr(cert);
	err = kota_format_digest(KOTA_DIGEST_SHA256, ASN1_STRING_get0_data(key),
				 ASN1_STRING_length(key), id);
	X509_free(cert);
	return err;
}
