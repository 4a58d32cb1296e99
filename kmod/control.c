// SPDX-License-Identifier: GPL-2.0
/*
 * The conductor of words: provisioning, and loading the keys at each boot. Bytes
 * of a deliverable do not pass here.
 */

#include "kota_private.h"

static enum kota_state_health read_health(struct kota *kota)
{
	enum kota_state_health health;

	mutex_lock(&kota->state.lock);
	health = kota->state.health;
	mutex_unlock(&kota->state.lock);
	return health;
}

/* The secrets are whole before anybody is told that they may be used. */
static void publish(struct kota_keys *keys)
{
	/* Pairs with kota_keys_loaded(). */
	smp_store_release(&keys->loaded, true);
}

/**
 * kota_control_load_keys() - take over the root key of a provisioned device
 * @kota: the device
 *
 * Context: may sleep.
 * Return: 0; -EALREADY when it has been done; -ENODATA when the device is not
 * provisioned; -ENOTRECOVERABLE when the state record is not authentic under this
 * root; else as kota_keys_take_root().
 */
int kota_control_load_keys(struct kota *kota)
{
	struct kota_keys *keys = &kota->keys;
	int err;

	mutex_lock(&keys->lock);
	err = keys->loaded ? -EALREADY : 0;
	if (!err && read_health(kota) == KOTA_STATE_BLANK)
		err = -ENODATA;
	if (!err && read_health(kota) == KOTA_STATE_BROKEN)
		err = -ENOTRECOVERABLE;
	if (!err)
		err = kota_keys_take_root(keys);
	if (!err) {
		mutex_lock(&kota->state.lock);
		err = kota_state_authenticate(&kota->state, keys->secrets.state_mac);
		mutex_unlock(&kota->state.lock);
		/* A root that our record does not know is not ours. */
		if (err)
			kota_keys_forget(keys);
		else
			publish(keys);
	}
	mutex_unlock(&keys->lock);
	return err;
}

/**
 * kota_control_provision() - make a new device out of a blank one
 * @kota: the device
 * @blob: the sealed root, for the boots to come
 * @blob_len: its bytes
 *
 * Context: may sleep.
 * Return: 0; -EEXIST unless the state record is blank; -EINVAL for a blob of an
 * impossible length; else as kota_keys_take_root() and kota_state_create().
 */
int kota_control_provision(struct kota *kota, const u8 *blob, size_t blob_len)
{
	struct kota_keys *keys = &kota->keys;
	int err;

	if (!blob_len || blob_len > KOTA_MAX_BLOB_LEN)
		return -EINVAL;
	mutex_lock(&keys->lock);
	err = read_health(kota) == KOTA_STATE_BLANK ? 0 : -EEXIST;
	if (!err)
		err = kota_keys_take_root(keys);
	if (!err) {
		mutex_lock(&kota->state.lock);
		err = kota_state_create(&kota->state, keys->secrets.state_mac, blob, blob_len);
		mutex_unlock(&kota->state.lock);
		if (err)
			kota_keys_forget(keys);
		else
			publish(keys);
	}
	mutex_unlock(&keys->lock);
	return err;
}
