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
static int settle(struct kota *kota, int err)
{
	struct kota_state *st = &kota->state;

	if (!err) {
		publish(&kota->keys);
		return 0;
	}
	kota_keys_forget(&kota->keys);
	mutex_lock(&st->lock);
	kota_state_forget(st);
	mutex_unlock(&st->lock);
	return err;
}

/* Which generations there are stands in the record, once that is believed. */
static int believe(struct kota *kota)
{
	struct kota_keys *keys = &kota->keys;
	struct kota_state *st = &kota->state;
	int err;

	mutex_lock(&st->lock);
	kota_nv_open(&st->nv, keys->chip, keys->secrets.nv_auth);
	err = kota_state_authenticate(st, keys->secrets.state_mac);
	if (!err)
		err = kota_keys_derive_device(keys, &st->rec->security);
	mutex_unlock(&st->lock);
	return err;
}

/*
 * Of no use to us, and of none to a thief with a copy of the blob, whose record it
 * may have been. That the door is open would be worse than what is wrong here.
 */
static int turn_away(struct kota_keys *keys, int err)
{
	return kota_root_close_cap(keys) ?: err;
}

static int load_keys(struct kota *kota, struct kota_blob *blob)
{
	struct kota_keys *keys = &kota->keys;
	int err;

	switch (read_health(kota)) {
	case KOTA_STATE_BLANK:
		return turn_away(keys, -ENODATA);
	case KOTA_STATE_BROKEN:
		return turn_away(keys, -ENOTRECOVERABLE);
	case KOTA_STATE_UNPROVEN:
	case KOTA_STATE_GOOD:
		break;
	}
	err = kota_root_take(keys, blob);
	if (!err)
		err = settle(kota, believe(kota));
	if (!err)
		kota_activate_reconcile(kota);
	return err;
}

/* A recovery is for another root: who asks for one may not trust the old. */
static int check_root(struct kota_state *st, const struct kota_blob *blob)
{
	struct kota_nv_index index;
	int err;

	if (!st->recovery)
		return 0;
	err = st->nv.read(&st->nv, &index);
	if (!err || err == -ENODATA)
		return -EKEYREJECTED;
	if (blob->len == le32_to_cpu(st->rec->blob_len) &&
	    !memcmp(blob->data, st->rec->blob, blob->len))
		return -EKEYREJECTED;
	return 0;
}

/*
 * The index first, empty, and for this one record; the record; then the index gets
 * what the record says. Cut off, it leaves an index for a record that is nowhere, or
 * for the one that is there.
 */
static int begin_anew(struct kota *kota, const struct kota_owner *owner,
		      const struct kota_blob *blob)
{
	struct kota_keys *keys = &kota->keys;
	struct kota_state *st = &kota->state;
	struct kota_nv_index first;
	int err;

	mutex_lock(&st->lock);
	kota_nv_open(&st->nv, keys->chip, keys->secrets.nv_auth);
	err = check_root(st, blob);
	if (!err)
		err = kota_state_draft(st, blob->data, blob->len, &first);
	if (!err)
		err = kota_keys_derive_device(keys, &st->next->security);
	if (!err)
		err = kota_nv_define(&st->nv, owner, &first);
	if (!err)
		err = kota_state_create(st, keys->secrets.state_mac);
	mutex_unlock(&st->lock);
	return err;
}

/*
 * Who owns the TPM and can write the medium can make any device look like a new one:
 * where the board can tell whether somebody is there, somebody has to be.
 */
static int check_presence(struct kota *kota)
{
	struct kota_refusal why;

	if (!kota_board_has_presence(kota->dev))
		return 0;
	return kota_board_check_presence(kota->dev, &why);
}

/*
 * A device is new when neither medium nor TPM know of it: an index that was never
 * written is what an attempt that was cut off leaves.
 */
static int may_provision(struct kota *kota)
{
	struct kota_state *st = &kota->state;
	bool written = false, recovery, blank;
	int err;

	mutex_lock(&st->lock);
	recovery = st->recovery;
	blank = st->health == KOTA_STATE_BLANK;
	mutex_unlock(&st->lock);
	if (recovery)
		return 0;
	if (!blank)
		return -EEXIST;
	err = kota_root_pin_chip(&kota->keys);
	if (!err)
		err = kota_nv_look(kota->keys.chip, &written);
	if (err && err != -ENXIO)
		return err;
	return written ? -EADDRINUSE : check_presence(kota);
}

static int provision(struct kota *kota, const struct kota_owner *owner,
		     struct kota_blob *blob)
{
	int err = may_provision(kota);

	if (!err)
		err = kota_root_take(&kota->keys, blob);
	return err ?: settle(kota, begin_anew(kota, owner, blob));
}

/**
 * kota_control_load_keys() - take over the root key of a provisioned device
 * @kota: the device
 *
 * Afterwards the TPM unseals the root for nobody until a reboot, whatever became of
 * this, unless memory or the TPM failed.
 *
 * Context: may sleep.
 * Return: 0; -EALREADY when it has been done; -ENODATA when the device is not
 * provisioned; else as kota_root_take() and kota_state_authenticate().
 */
int kota_control_load_keys(struct kota *kota)
{
	struct kota_blob *blob = kmalloc(sizeof(*blob), GFP_KERNEL);
	int err;

	if (!blob)
		return -ENOMEM;
	mutex_lock(&kota->keys.lock);
	err = kota->keys.loaded ? -EALREADY : load_keys(kota, blob);
	mutex_unlock(&kota->keys.lock);
	kfree(blob);
	return err;
}

/**
 * kota_control_provision() - make a new device out of a blank one
 * @kota: the device
 * @owner: lends the authorization of the TPM's owner hierarchy
 *
 * Context: may sleep.
 * Return: 0; -EALREADY when it has been done in this boot; -EEXIST when the device
 * has a record, -EADDRINUSE when only the TPM knows that it had one; -ENOTCONN when
 * the board wants somebody to be there, and nobody is; -EKEYREJECTED when the root is
 * the one that a recovery is to replace; else as kota_root_take(), kota_nv_define()
 * and kota_state_create().
 */
int kota_control_provision(struct kota *kota, const struct kota_owner *owner)
{
	struct kota_blob *blob = kmalloc(sizeof(*blob), GFP_KERNEL);
	int err;

	if (!blob)
		return -ENOMEM;
	mutex_lock(&kota->keys.lock);
	err = kota->keys.loaded ? -EALREADY : provision(kota, owner, blob);
	mutex_unlock(&kota->keys.lock);
	kfree(blob);
	return err;
}

/* Record and TPM first: what they don't know is not in use. */
static int change_generations(struct kota *kota, u32 oldest, u32 generation)
{
	struct kota_state *st = &kota->state;
	struct kota_state_record *rec;
	int err;

	mutex_lock(&st->lock);
	rec = kota_state_begin(st);
	rec->security.oldest = cpu_to_le32(oldest);
	rec->security.generation = cpu_to_le32(generation);
	err = kota_state_commit(st);
	mutex_unlock(&st->lock);
	if (!err)
		kota_keys_set_generations(&kota->keys, oldest, generation);
	return err;
}

static int roll(struct kota *kota)
{
	struct kota_keys *keys = &kota->keys;
	int err;

	if (!keys->loaded)
		return -EUNATCH;
	if (keys->rolled)
		return -EAGAIN;
	if (keys->generation - keys->oldest == KOTA_MAX_GENERATIONS - 1)
		return -ENOSPC;
	err = change_generations(kota, keys->oldest, keys->generation + 1);
	keys->rolled = !err;
	return err;
}

/**
 * kota_control_roll() - use the next generation of device keys as well
 * @kota: the device
 *
 * Context: may sleep.
 * Return: 0; -EUNATCH when the keys are not loaded; -EAGAIN when it has been done in
 * this boot; -ENOSPC when older ones have to be retired first; else as
 * kota_state_commit().
 */
int kota_control_roll(struct kota *kota)
{
	int err;

	mutex_lock(&kota->keys.lock);
	err = roll(kota);
	mutex_unlock(&kota->keys.lock);
	return err;
}

/**
 * kota_control_retire() - use no generation of device keys but the newest
 * @kota: the device
 *
 * Context: may sleep.
 * Return: 0, also when there is no other; -EUNATCH when the keys are not loaded;
 * else as kota_state_commit().
 */
int kota_control_retire(struct kota *kota)
{
	struct kota_keys *keys = &kota->keys;
	int err = 0;

	mutex_lock(&keys->lock);
	if (!keys->loaded)
		err = -EUNATCH;
	else if (keys->oldest != keys->generation)
		err = change_generations(kota, keys->generation,
					 keys->generation);
	mutex_unlock(&keys->lock);
	return err;
}

/**
 * kota_control_add_envelope() - keep an envelope for a deliverable to come
 * @kota: the device
 * @data: the envelope
 * @len: its bytes
 *
 * Context: may sleep.
 * Return: 0; -EINVAL when it is none; -ENOMEM.
 */
int kota_control_add_envelope(struct kota *kota, const void *data, size_t len)
{
	return kota_ahead_add(&kota->ahead, data, len);
}
