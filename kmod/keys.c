// SPDX-License-Identifier: GPL-2.0
/*
 * The device's keys: all that is derived from the root, by generation where it can
 * be rolled, and what is done with it: envelopes are opened. Of what is secret only
 * content keys leave this file, and the two that bind the state record.
 */

#include <linux/cred.h>
#include <linux/tpm.h>

#include "kota_private.h"

/**
 * kota_keys_open() - make the ring that takes the trusted key
 * @keys: zeroed
 *
 * Context: may sleep.
 * Return: 0 or -errno.
 */
int kota_keys_open(struct kota_keys *keys)
{
	struct key *ring;

	mutex_init(&keys->lock);
	init_rwsem(&keys->sem);
	ring = keyring_alloc(".kota-keys", GLOBAL_ROOT_UID, GLOBAL_ROOT_GID,
			     current_cred(),
			     KEY_POS_SEARCH | KEY_USR_VIEW | KEY_USR_WRITE,
			     KEY_ALLOC_NOT_IN_QUOTA, NULL, NULL);
	if (IS_ERR(ring))
		return PTR_ERR(ring);
	keys->ring = ring;
	keys->chip = tpm_default_chip();
	return 0;
}

/**
 * kota_keys_forget() - wipe what was derived
 * @keys: the keys, not published
 */
void kota_keys_forget(struct kota_keys *keys)
{
	memzero_explicit(&keys->secrets, sizeof(keys->secrets));
}

/**
 * kota_keys_close() - wipe the keys
 * @keys: from kota_keys_open(), or zeroed
 */
void kota_keys_close(struct kota_keys *keys)
{
	if (keys->ring) {
		key_revoke(keys->ring);
		key_put(keys->ring);
	}
	if (keys->chip)
		put_device(&keys->chip->dev);
	keys->ring = NULL;
	keys->chip = NULL;
	keys->loaded = false;
	kota_keys_forget(keys);
}

/* A scalar outside the curve's range is next to impossible: try the next one. */
static int derive_p256(struct kota_device_key *key, const u8 prk[KOTA_PRK_LEN],
		       const u8 origin[KOTA_DIGEST_LEN])
{
	__le32 generation = cpu_to_le32(key->is.generation);
	int err = -EINVAL;
	u8 try;

	for (try = 0; err == -EINVAL && try < 4; try++) {
		const struct kvec info[] = {
			{ KOTA_KDF_P256, sizeof(KOTA_KDF_P256) },
			{ &generation, sizeof(generation) },
			{ &try, sizeof(try) },
			{ (void *)origin, KOTA_DIGEST_LEN },
		};

		err = kota_hkdf_expand(prk, info, ARRAY_SIZE(info), key->p256,
				       sizeof(key->p256));
		if (!err)
			err = kota_p256_public(key->p256, key->is.public);
	}
	if (err)
		return err;
	return kota_digest_once(KOTA_DIGEST_SHA256, key->is.public,
				sizeof(key->is.public), key->is.id);
}

static int derive_one(const u8 prk[KOTA_PRK_LEN], const char *use, size_t len,
		      u8 out[KOTA_DIGEST_LEN])
{
	const struct kvec info = { (void *)use, len };

	return kota_hkdf_expand(prk, &info, 1, out, KOTA_DIGEST_LEN);
}

/**
 * kota_keys_derive_record() - derive what it takes to believe the record
 * @keys: their lock is held
 * @root: the root, which the caller wipes
 *
 * The record says which generations of device keys there are; so
 * kota_keys_derive_device() or kota_keys_forget() follows.
 *
 * Context: may sleep; caller holds keys->lock.
 * Return: 0 or -errno.
 */
int kota_keys_derive_record(struct kota_keys *keys,
			    const u8 root[KOTA_ROOT_LEN])
{
	struct kota_secrets *sec = &keys->secrets;
	int err;

	lockdep_assert_held(&keys->lock);
	err = kota_hkdf_extract(KOTA_KDF_ROOT_SALT, sizeof(KOTA_KDF_ROOT_SALT),
				root, KOTA_ROOT_LEN, sec->prk);
	if (!err)
		err = derive_one(sec->prk, KOTA_KDF_STATE_MAC,
				 sizeof(KOTA_KDF_STATE_MAC), sec->state_mac);
	if (!err)
		err = derive_one(sec->prk, KOTA_KDF_NV_AUTH,
				 sizeof(KOTA_KDF_NV_AUTH), sec->nv_auth);
	if (err)
		kota_keys_forget(keys);
	return err;
}

static struct kota_device_key *slot_of(struct kota_keys *keys, u32 generation)
{
	return &keys->secrets.device[generation - keys->first];
}

/**
 * kota_keys_derive_device() - derive the device's keys, and forget how
 * @keys: their lock is held; kota_keys_derive_record() has been done
 * @of: of the record, which is believed: the origin, and which generations there are
 *
 * The next generation is derived too: what it is derived from is gone afterwards. The
 * keys may be used once @keys->loaded is set, which is left to the caller.
 *
 * Context: may sleep; caller holds keys->lock.
 * Return: 0; -EINVAL for generations that can't be; -errno.
 */
int kota_keys_derive_device(struct kota_keys *keys,
			    const struct kota_state_security *of)
{
	u32 generation = le32_to_cpu(of->generation);
	struct kota_secrets *sec = &keys->secrets;
	u32 oldest = le32_to_cpu(of->oldest);
	int err = 0;
	u32 i;

	lockdep_assert_held(&keys->lock);
	if (!oldest || oldest > generation || generation == U32_MAX ||
	    generation - oldest >= KOTA_MAX_GENERATIONS)
		err = -EINVAL;
	keys->first = oldest;
	for (i = 0; !err && i < ARRAY_SIZE(sec->device); i++) {
		if (oldest + i > generation + 1)
			break;
		sec->device[i].is.generation = oldest + i;
		err = derive_p256(&sec->device[i], sec->prk, of->origin);
	}
	memzero_explicit(sec->prk, sizeof(sec->prk));
	if (err)
		kota_keys_forget(keys);
	else
		kota_keys_set_generations(keys, oldest, generation);
	return err;
}

/**
 * kota_keys_set_generations() - which device keys are in use from now on
 * @keys: the keys
 * @oldest: first generation; what is older is wiped
 * @generation: the last one
 *
 * Context: may sleep.
 */
void kota_keys_set_generations(struct kota_keys *keys, u32 oldest,
			       u32 generation)
{
	struct kota_secrets *sec = &keys->secrets;
	size_t i;

	down_write(&keys->sem);
	keys->oldest = oldest;
	keys->generation = generation;
	for (i = 0; i < ARRAY_SIZE(sec->device); i++)
		if (sec->device[i].is.generation < oldest)
			memzero_explicit(&sec->device[i],
					 sizeof(sec->device[i]));
	up_write(&keys->sem);
}

/**
 * kota_keys_loaded() - may the keys be used?
 * @keys: the keys
 *
 * Return: whether the root has been taken over and believed in this boot.
 */
bool kota_keys_loaded(struct kota_keys *keys)
{
	/* Pairs with the release in control.c: true makes the secrets visible. */
	return smp_load_acquire(&keys->loaded);
}

/**
 * kota_keys_get_identity() - a device key that is in use, to be shown
 * @keys: the keys, loaded
 * @back: 0: the newest; 1: the one before; and so on
 * @identity: its public half
 *
 * Context: may sleep.
 * Return: whether there is one.
 */
bool kota_keys_get_identity(struct kota_keys *keys, u32 back,
			    struct kota_identity *identity)
{
	bool found;

	down_read(&keys->sem);
	found = back <= keys->generation - keys->oldest;
	if (found)
		*identity = slot_of(keys, keys->generation - back)->is;
	up_read(&keys->sem);
	return found;
}

/* Caller holds keys->sem. */
static const struct kota_device_key *
find_device_key(struct kota_keys *keys, const struct kota_envelope *env)
{
	const struct kota_device_key *key;
	u32 i;

	for (i = keys->oldest; i <= keys->generation; i++) {
		key = slot_of(keys, i);
		if (!memcmp(env->device, key->is.id, sizeof(env->device)))
			return key;
	}
	return NULL;
}

/**
 * kota_keys_find() - is this envelope for this device?
 * @keys: the keys, loaded
 * @env: head of an envelope
 *
 * Context: may sleep.
 * Return: generation of the device key that it names, 0: none that is in use.
 */
u32 kota_keys_find(struct kota_keys *keys, const struct kota_envelope *env)
{
	const struct kota_device_key *key;
	u32 generation;

	down_read(&keys->sem);
	key = find_device_key(keys, env);
	generation = key ? key->is.generation : 0;
	up_read(&keys->sem);
	return generation;
}

/* wrap key = HKDF(ss, label | suite | enc | device public key | manifest digest) */
static int derive_wrap_key(const struct kota_device_key *key,
			   const struct kota_envelope *env,
			   const u8 *manifest_digest, u8 wrap_key[32])
{
	u8 *enc = (u8 *)(env + 1);
	const struct kvec info[] = {
		{ KOTA_LABEL_WRAP, KOTA_LABEL_LEN },
		{ (void *)&env->suite, sizeof(env->suite) },
		{ enc, KOTA_P256_PUBLIC_LEN },
		{ (void *)key->is.public, sizeof(key->is.public) },
		{ (void *)manifest_digest, KOTA_DIGEST_LEN },
	};
	u8 ss[KOTA_P256_SCALAR_LEN], prk[KOTA_PRK_LEN];
	int err;

	err = kota_p256_shared(key->p256, enc, ss);
	if (!err)
		err = kota_hkdf_extract(NULL, 0, ss, sizeof(ss), prk);
	if (!err)
		err = kota_hkdf_expand(prk, info, ARRAY_SIZE(info), wrap_key,
				       32);
	memzero_explicit(ss, sizeof(ss));
	memzero_explicit(prk, sizeof(prk));
	return err;
}

static int open_wrapped(const u8 wrap_key[32], const u8 *wrapped,
			u8 cek[KOTA_CEK_LEN])
{
	u8 *buf = kmemdup(wrapped, KOTA_WRAPPED_LEN, GFP_KERNEL);
	struct kota_aead aead = {};
	int err;

	if (!buf)
		return -ENOMEM;
	err = kota_aead_open(&aead, wrap_key, 32, KOTA_WRAPPED_LEN);
	if (!err)
		err = kota_aead_decrypt(&aead, 0, buf, KOTA_WRAPPED_LEN);
	if (!err)
		memcpy(cek, buf, KOTA_CEK_LEN);
	kota_aead_close(&aead);
	kfree_sensitive(buf);
	return err;
}

/* A key that has been retired meanwhile opens nothing. */
static int unwrap(struct kota_keys *keys, const struct kota_envelope *env,
		  const u8 *manifest_digest, u8 cek[KOTA_CEK_LEN])
{
	const struct kota_device_key *key;
	u8 wrap_key[32];
	int err = -ENOKEY;

	down_read(&keys->sem);
	key = find_device_key(keys, env);
	if (key)
		err = derive_wrap_key(key, env, manifest_digest, wrap_key);
	up_read(&keys->sem);
	if (!err)
		err = open_wrapped(wrap_key,
				   (u8 *)(env + 1) + KOTA_P256_PUBLIC_LEN, cek);
	memzero_explicit(wrap_key, sizeof(wrap_key));
	return err;
}

/**
 * kota_keys_unwrap() - get the content key out of an envelope for this device
 * @keys: the keys, loaded
 * @env: the envelope, its encapsulation and wrapped key behind it
 * @manifest_digest: what it is bound to
 * @cek: the content key
 * @why: cause of a refusal
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause: UNSUPPORTED, FORMAT, TAG,
 * MEMORY, ALGORITHM.
 */
int kota_keys_unwrap(struct kota_keys *keys, const struct kota_envelope *env,
		     const u8 manifest_digest[KOTA_DIGEST_LEN],
		     u8 cek[KOTA_CEK_LEN], struct kota_refusal *why)
{
	u16 suite = le16_to_cpu(env->suite);
	int err;

	if (suite != KOTA_SUITE_P256)
		return kota_refuse(why, KOTA_CAUSE_UNSUPPORTED,
				   "envelope suite %u|suite %u",
				   KOTA_SUITE_P256, suite);
	if (le16_to_cpu(env->enc_len) != KOTA_P256_PUBLIC_LEN)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "encapsulation of %u bytes|%u",
				   KOTA_P256_PUBLIC_LEN,
				   le16_to_cpu(env->enc_len));
	err = unwrap(keys, env, manifest_digest, cek);
	if (err == -ENOMEM)
		return kota_refuse_memory(why, "an envelope");
	if (err == -ENOPKG)
		return kota_refuse(why, KOTA_CAUSE_ALGORITHM,
				   "P-256 and AES-GCM|not here");
	if (err)
		return kota_refuse(why, KOTA_CAUSE_TAG,
				   "envelope for this device|%d", err);
	return 0;
}

/**
 * kota_keys_content() - derive a key of the deliverable
 * @cek: content key
 * @manifest: has the salt
 * @manifest_digest: digest of the whole section
 * @label: KOTA_LABEL_TABLE or KOTA_LABEL_FRAMES
 * @image: index of the image
 * @key: the key
 * @key_len: 16 or 32
 *
 * Context: may sleep.
 * Return: 0 or -errno.
 */
int kota_keys_content(const u8 cek[KOTA_CEK_LEN],
		      const struct kota_manifest *manifest,
		      const u8 manifest_digest[KOTA_DIGEST_LEN],
		      const char label[KOTA_LABEL_LEN], u16 image, u8 *key,
		      size_t key_len)
{
	__le16 idx = cpu_to_le16(image);
	const struct kvec info[] = {
		{ (void *)label, KOTA_LABEL_LEN },
		{ (void *)manifest_digest, KOTA_DIGEST_LEN },
		{ &idx, sizeof(idx) },
	};
	u8 prk[KOTA_PRK_LEN];
	int err;

	err = kota_hkdf_extract(manifest->salt, sizeof(manifest->salt), cek,
				KOTA_CEK_LEN, prk);
	if (!err)
		err = kota_hkdf_expand(prk, info, ARRAY_SIZE(info), key,
				       key_len);
	memzero_explicit(prk, sizeof(prk));
	return err;
}
