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

/* A root that our record does not know is not ours, and goes as it came. */
static int settle(struct kota_keys *keys, int err)
{
	if (err)
		kota_keys_forget(keys);
	else
		publish(keys);
	return err;
}

static int load_keys(struct kota *kota, struct kota_blob *blob)
{
	struct kota_keys *keys = &kota->keys;
	int err;

	switch (read_health(kota)) {
	case KOTA_STATE_BLANK:
		return -ENODATA;
	case KOTA_STATE_BROKEN:
		/* Of no use to us, and of none to a thief with a copy of the blob. */
		kota_keys_close_cap(keys);
		return -ENOTRECOVERABLE;
	case KOTA_STATE_UNPROVEN:
	case KOTA_STATE_GOOD:
		break;
	}
	err = kota_keys_take_root(keys, blob);
	if (err)
		return err;
	mutex_lock(&kota->state.lock);
	err = kota_state_authenticate(&kota->state, keys->secrets.state_mac);
	mutex_unlock(&kota->state.lock);
	return settle(keys, err);
}

static int provision(struct kota *kota, struct kota_blob *blob)
{
	struct kota_keys *keys = &kota->keys;
	int err;

	if (read_health(kota) != KOTA_STATE_BLANK)
		return -EEXIST;
	err = kota_keys_take_root(keys, blob);
	if (err)
		return err;
	mutex_lock(&kota->state.lock);
	err = kota_state_create(&kota->state, keys->secrets.state_mac,
				blob->data, blob->len);
	mutex_unlock(&kota->state.lock);
	return settle(keys, err);
}

/* One at a time, and once in a boot. */
static int with_keys(struct kota *kota,
		     int (*order)(struct kota *kota, struct kota_blob *blob))
{
	struct kota_blob *blob = kmalloc(sizeof(*blob), GFP_KERNEL);
	int err;

	if (!blob)
		return -ENOMEM;
	mutex_lock(&kota->keys.lock);
	err = kota->keys.loaded ? -EALREADY : order(kota, blob);
	mutex_unlock(&kota->keys.lock);
	kfree(blob);
	return err;
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
	return with_keys(kota, load_keys);
}

/**
 * kota_control_provision() - make a new device out of a blank one
 * @kota: the device
 *
 * Context: may sleep.
 * Return: 0; -EALREADY when it has been done in this boot; -EEXIST when the device
 * is provisioned; else as kota_keys_take_root() and kota_state_create().
 */
int kota_control_provision(struct kota *kota)
{
	return with_keys(kota, provision);
}
