// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's keyrings: has the root sealed, puts the sealed root where kota
 * takes it from, and adds signers. The root itself stays in the kernel.
 */

#include <dirent.h>
#include <keyutils.h>

#include "helper.h"

#define MAX_CERT_LEN 65536
/* "load ", hex of the blob, options. */
#define COMMAND_LEN (2 * KOTA_MAX_BLOB_LEN + 128)

static int read_blob(key_serial_t key, u8 blob[KOTA_MAX_BLOB_LEN], size_t *len)
{
	void *text = NULL;
	long text_len = keyctl_read_alloc(key, &text);
	int err = 0;

	if (text_len < 0)
		return kota_error_errno("the sealed root key cannot be read");
	if (!text_len ||
	    kota_text_to_hex(text, text_len, blob, len, KOTA_MAX_BLOB_LEN))
		err = kota_error("the sealed root key has an unknown form");
	free(text);
	return err;
}

/* "new": the kernel makes the root, and the TPM seals it under @policy. */
static key_serial_t make_root(const u8 policy[KOTA_DIGEST_LEN],
			      key_serial_t ring)
{
	char hex[2 * KOTA_DIGEST_LEN + 1], command[256];
	key_serial_t key;

	kota_text_from_hex(policy, KOTA_DIGEST_LEN, hex);
	snprintf(
		command, sizeof(command),
		"new %d keyhandle=0x%08x migratable=0 hash=sha256 policydigest=%s",
		KOTA_ROOT_LEN, KOTA_SRK_HANDLE, hex);
	key = add_key("trusted", KOTA_ROOT_DESCRIPTION, command,
		      strlen(command), ring);
	if (key < 0 && errno == ENODEV)
		return kota_error(
			"the kernel has no trusted keys; it needs CONFIG_TRUSTED_KEYS and a TPM when it starts");
	if (key < 0)
		return kota_error_errno(
			"the TPM does not seal a root key; the kernel's log says more");
	return key;
}

/**
 * kota_keyring_seal_root() - have the kernel make a root key and the TPM seal it
 * @policy: policy digest, without which it can't be unsealed
 * @blob: the sealed key
 * @len: bytes of it
 *
 * Nobody else may have /dev/tpm0 open with objects in it meanwhile.
 *
 * Return: 0, or -1 after saying why.
 */
int kota_keyring_seal_root(const u8 policy[KOTA_DIGEST_LEN],
			   u8 blob[KOTA_MAX_BLOB_LEN], size_t *len)
{
	/* The process keyring is ours alone, and goes when we go. */
	key_serial_t key = make_root(policy, KEY_SPEC_PROCESS_KEYRING);
	int err;

	if (key < 0)
		return -1;
	err = read_blob(key, blob, len);
	keyctl_unlink(key, KEY_SPEC_PROCESS_KEYRING);
	return err;
}

/**
 * kota_keyring_make_root() - the same, straight into the ring that kota takes it from
 * @dev: the device
 * @policy: policy digest
 *
 * For when the policy can't be met in this boot any more.
 *
 * Return: 0, or -1 after saying why.
 */
int kota_keyring_make_root(const struct kota_device *dev,
			   const u8 policy[KOTA_DIGEST_LEN])
{
	keyctl_clear(dev->key_ring);
	return make_root(policy, dev->key_ring) < 0 ? -1 : 0;
}

static int load_blob(key_serial_t ring, const u8 *blob, size_t len, u32 policy)
{
	char command[COMMAND_LEN], hex[2 * KOTA_MAX_BLOB_LEN + 1];

	kota_text_from_hex(blob, len, hex);
	snprintf(command, sizeof(command),
		 "load %s keyhandle=0x%08x policyhandle=0x%08x", hex,
		 KOTA_SRK_HANDLE, policy);
	/* What an attempt that was cut short left there would be in the way. */
	keyctl_clear(ring);
	if (add_key("trusted", KOTA_ROOT_DESCRIPTION, command, strlen(command),
		    ring) >= 0)
		return 0;
	if (errno == EPERM)
		return kota_error(
			"the TPM does not unseal the root key: it was sealed by another TPM, or PCR %d has been extended; the kernel's log says which",
			KOTA_CAP_PCR);
	return kota_error_errno(
		"the root key cannot be unsealed; the kernel's log says more");
}

/**
 * kota_keyring_load_root() - put the root into the ring that kota takes it from
 * @dev: the device
 * @blob: the sealed root
 * @len: bytes of it, at most KOTA_MAX_BLOB_LEN
 *
 * Return: 0, or -1 after saying why.
 */
int kota_keyring_load_root(const struct kota_device *dev, const u8 *blob,
			   size_t len)
{
	struct kota_tpm *tpm = kota_tpm_open(KOTA_TPM_RAW);
	u32 handle;
	int err = tpm ? kota_tpm_check_cap(tpm, dev->cap_pcr) : -1;

	if (!err)
		err = kota_tpm_policy_begin(tpm, dev->cap_pcr, &handle);
	if (!err)
		err = load_blob(dev->key_ring, blob, len, handle);
	kota_tpm_close(tpm);
	return err;
}

/**
 * kota_keyring_drop_root() - take the root out again, if kota has not taken it
 * @dev: the device
 */
void kota_keyring_drop_root(const struct kota_device *dev)
{
	keyctl_clear(dev->key_ring);
}

static const char *explain_signer(int error)
{
	switch (error) {
	case ENOKEY:
	case EKEYREJECTED:
		return "not signed by the anchor for this ring that is compiled into kota; only certificates from it count";
	case EBADMSG:
	case EINVAL:
	case ENOPKG:
		return "not an X.509 certificate in DER that this kernel understands; 'openssl x509 -outform DER' makes DER";
	case EPERM:
		return "the ring takes none; it is sealed";
	case EACCES:
		return "only root may add signers";
	}
	return strerror(error);
}

static int add_signer(key_serial_t ring, const char *path)
{
	size_t len;
	u8 *der = kota_file_read(path, MAX_CERT_LEN, &len);
	int err = 0;

	if (!der)
		return -1;
	/* Without a description the kernel names the key after its subject. */
	if (add_key("asymmetric", NULL, der, len, ring) < 0)
		err = kota_error("%s: refused: %s", path,
				 explain_signer(errno));
	free(der);
	return err;
}

static int is_der(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 4 && !strcmp(entry->d_name + len - 4, ".der");
}

/**
 * kota_keyring_add_signers() - add all certificates of a directory
 * @ring: the device's ring of such signers
 * @dir: the directory; its *.der are taken in order of their names
 * @nr_added: how many were taken
 *
 * Return: 0, or -1 after saying which were refused, and why; the others are in.
 */
int kota_keyring_add_signers(s32 ring, const char *dir, unsigned int *nr_added)
{
	struct dirent **entries;
	int nr = scandir(dir, &entries, is_der, alphasort), err = 0, i;
	char *path;

	*nr_added = 0;
	if (nr < 0)
		return kota_error_errno("%s: cannot be read", dir);
	for (i = 0; i < nr; i++) {
		if (asprintf(&path, "%s/%s", dir, entries[i]->d_name) < 0) {
			err = kota_error("no memory");
		} else {
			if (add_signer(ring, path))
				err = -1;
			else
				(*nr_added)++;
			free(path);
		}
		free(entries[i]);
	}
	free(entries);
	return err;
}
