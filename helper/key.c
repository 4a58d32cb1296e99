// SPDX-License-Identifier: GPL-2.0
/*
 * Private keys of signers: in a file, or in a token that a provider of OpenSSL
 * reaches, which then signs without giving the key away.
 */

#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include "helper.h"

static EVP_PKEY *load_file(const char *path)
{
	BIO *bio = BIO_new_file(path, "r");
	EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) :
			       NULL;

	if (!pkey)
		kota_error_openssl("%s: no private key in PEM", path);
	BIO_free(bio);
	return pkey;
}

/* The first private key among what the URI names. */
static EVP_PKEY *take_key(OSSL_STORE_CTX *store)
{
	OSSL_STORE_INFO *info;
	EVP_PKEY *pkey = NULL;

	OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY);
	while (!pkey && !OSSL_STORE_eof(store)) {
		info = OSSL_STORE_load(store);
		if (!info && OSSL_STORE_error(store))
			break;
		if (info &&
		    OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			pkey = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	return pkey;
}

/* A provider that is asked for keeps the usual one from being loaded. */
static int load_provider(const char *name)
{
	if (OSSL_PROVIDER_load(NULL, name) &&
	    OSSL_PROVIDER_load(NULL, "default"))
		return 0;
	return kota_error_openssl(
		"provider %s cannot be loaded; is its package installed?",
		name);
}

static EVP_PKEY *load_uri(const char *uri, const char *provider)
{
	OSSL_STORE_CTX *store;
	EVP_PKEY *pkey;

	if (load_provider(provider))
		return NULL;
	/* Asks for the PIN, where the URI has none. */
	store = OSSL_STORE_open(uri, UI_OpenSSL(), NULL, NULL, NULL);
	pkey = store ? take_key(store) : NULL;
	if (!pkey)
		kota_error_openssl(
			"--key: provider %s has no private key by that URI; for a token it needs the URI's object, type=private and a right PIN, and the path of the token's module",
			provider);
	OSSL_STORE_close(store);
	return pkey;
}

/**
 * kota_key_is_uri() - does a key live in a token?
 * @key: what was given with --key
 * @provider: what was given with --provider, or NULL
 *
 * Return: whether it has to be asked for through a provider.
 */
bool kota_key_is_uri(const char *key, const char *provider)
{
	return provider || !strncmp(key, "pkcs11:", 7);
}

/**
 * kota_key_load() - get hold of a private key
 * @key: file in PEM, or a URI
 * @provider: of OpenSSL, that understands the URI; NULL: the one for PKCS #11
 *
 * Return: the key, to be freed, or NULL after saying why.
 */
EVP_PKEY *kota_key_load(const char *key, const char *provider)
{
	if (kota_key_is_uri(key, provider))
		return load_uri(key, provider ? provider : KOTA_KEY_PROVIDER);
	return load_file(key);
}
