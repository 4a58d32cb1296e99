// SPDX-License-Identifier: GPL-2.0
/*
 * The root: taken over from the trusted key that the TPM has unsealed, once in a
 * boot, and the door closed behind it. It lives on the stack here, and nowhere else.
 */

#include <keys/trusted-type.h>
#include <linux/tpm.h>

#include "kota_private.h"

/*
 * Copy root and blob once. The payload may be replaced or revoked under our feet;
 * taken together, the two belong to each other.
 */
static int copy_root(struct key *key, u8 root[KOTA_ROOT_LEN],
		     struct kota_blob *blob)
{
	const struct trusted_key_payload *payload;
	int err = 0;

	down_read(&key->sem);
	payload = dereference_key_locked(key);
	if (!payload) {
		err = -EKEYREVOKED;
	} else if (payload->key_len != KOTA_ROOT_LEN ||
		   payload->blob_len > sizeof(blob->data)) {
		err = -EINVAL;
	} else {
		memcpy(root, payload->key, KOTA_ROOT_LEN);
		memcpy(blob->data, payload->blob, payload->blob_len);
		blob->len = payload->blob_len;
	}
	up_read(&key->sem);
	return err;
}

/* Extend the cap PCR in every bank. The value does not matter, that it moves does. */
static int extend_cap(struct tpm_chip *chip)
{
	struct tpm_digest *digests;
	u32 i;
	int err;

	digests =
		kcalloc(chip->nr_allocated_banks, sizeof(*digests), GFP_KERNEL);
	if (!digests)
		return -ENOMEM;
	for (i = 0; i < chip->nr_allocated_banks; i++) {
		digests[i].alg_id = chip->allocated_banks[i].alg_id;
		memset(digests[i].digest, 0xff,
		       chip->allocated_banks[i].digest_size);
	}
	err = tpm_pcr_extend(chip, KOTA_CAP_PCR, digests);
	kfree(digests);
	return err;
}

/**
 * kota_root_pin_chip() - see to it that there is a TPM, the same from now on
 * @keys: their lock is held
 *
 * Return: 0 or -ENODEV.
 */
int kota_root_pin_chip(struct kota_keys *keys)
{
	lockdep_assert_held(&keys->lock);
	if (!keys->chip)
		keys->chip = tpm_default_chip();
	return keys->chip ? 0 : -ENODEV;
}

/**
 * kota_root_close_cap() - let the TPM unseal the root for nobody, until a reboot
 * @keys: their lock is held
 *
 * Context: may sleep.
 * Return: 0; -ENODEV without a TPM; -ENOMEM; -EIO when the PCR has not moved.
 */
int kota_root_close_cap(struct kota_keys *keys)
{
	struct tpm_digest before = { .alg_id = TPM_ALG_SHA256 }, after = before;
	int err, read_err;

	lockdep_assert_held(&keys->lock);
	if (kota_root_pin_chip(keys))
		return -ENODEV;
	/* Extended whatever the reading says: a closed door first, a verdict then. */
	read_err = tpm_pcr_read(keys->chip, KOTA_CAP_PCR, &before);
	err = extend_cap(keys->chip);
	if (err == -ENOMEM)
		return err;
	if (!read_err)
		read_err = tpm_pcr_read(keys->chip, KOTA_CAP_PCR, &after);
	/* The TPM's own codes are positive. */
	if (err || read_err ||
	    !memcmp(before.digest, after.digest, KOTA_DIGEST_LEN))
		return -EIO;
	return 0;
}

/* What the trusted key in the ring has, which is gone from there then. */
static int take_key(struct kota_keys *keys, u8 root[KOTA_ROOT_LEN],
		    struct kota_blob *blob)
{
	key_ref_t ref;
	struct key *key;
	int err;

	/* Not request_key(): a caller could have a key of that name of his own. */
	ref = keyring_search(make_key_ref(keys->ring, true), &key_type_trusted,
			     KOTA_ROOT_DESCRIPTION, false);
	if (IS_ERR(ref))
		return -ENOKEY;
	key = key_ref_to_ptr(ref);
	err = copy_root(key, root, blob);
	key_revoke(key);
	key_invalidate(key);
	key_put(key);
	return err;
}

/**
 * kota_root_take() - take the root over and derive what the record needs
 * @keys: their lock is held
 * @blob: the root, as the TPM sealed it
 *
 * The trusted key in the ring is copied, revoked and invalidated, and the cap
 * PCR extended, whether there is such a key and the rest succeeds, or not.
 * kota_keys_derive_device() or kota_keys_forget() follows.
 *
 * Context: may sleep; caller holds keys->lock.
 * Return: 0; -EALREADY when it has been done; -ENOKEY when no trusted key is in
 * the ring; -EINVAL when it has another length; -ENODEV without a TPM; -EIO when
 * the cap PCR could not be extended; -errno.
 */
int kota_root_take(struct kota_keys *keys, struct kota_blob *blob)
{
	u8 root[KOTA_ROOT_LEN];
	int err, cap_err;

	lockdep_assert_held(&keys->lock);
	if (keys->loaded)
		return -EALREADY;
	err = take_key(keys, root, blob);
	/* Who comes without the key now could come with it later. */
	cap_err = kota_root_close_cap(keys);
	if (cap_err)
		err = cap_err;
	if (!err)
		err = kota_keys_derive_record(keys, root);
	memzero_explicit(root, sizeof(root));
	return err;
}
