// SPDX-License-Identifier: GPL-2.0
/*
 * The state record: two copies, numbered, each with a digest that tells whether
 * it is torn and a MAC that tells whether it is ours. The copy that is not the
 * current one is written, so that a cut leaves one of the two truths.
 */

#include <crypto/utils.h>

#include "kota_private.h"

static_assert(sizeof(struct kota_state_slot) == 120);
static_assert(sizeof(struct kota_state_target) == 272);
static_assert(sizeof(struct kota_state_record) == 5904);

static int compute_digest(const struct kota_state_record *rec, u8 out[KOTA_DIGEST_LEN])
{
	return kota_digest_once(KOTA_DIGEST_SHA256, rec,
				offsetof(struct kota_state_record, digest), out);
}

static int compute_mac(const struct kota_state_record *rec,
		       const u8 key[KOTA_DIGEST_LEN], u8 out[KOTA_DIGEST_LEN])
{
	const struct kvec part = {
		(void *)rec, offsetof(struct kota_state_record, mac)
	};

	return kota_hmac(key, KOTA_DIGEST_LEN, &part, 1, out);
}

static bool is_blank(const struct kota_state_record *rec)
{
	return !memchr_inv(rec, 0xff, sizeof(*rec)) || !memchr_inv(rec, 0, sizeof(*rec));
}

/* A whole copy of a version that is understood; whose, is another question. */
static bool is_whole(const struct kota_state_record *rec)
{
	u8 digest[KOTA_DIGEST_LEN];

	return !memcmp(rec->magic, KOTA_STATE_MAGIC, sizeof(rec->magic)) &&
	       le16_to_cpu(rec->version) == KOTA_STATE_VERSION &&
	       le32_to_cpu(rec->len) == sizeof(*rec) &&
	       le32_to_cpu(rec->blob_len) <= KOTA_MAX_BLOB_LEN &&
	       !compute_digest(rec, digest) &&
	       !memcmp(digest, rec->digest, sizeof(digest));
}

static bool is_ours(const struct kota_state_record *rec, const u8 key[KOTA_DIGEST_LEN])
{
	u8 mac[KOTA_DIGEST_LEN];
	bool ours;

	ours = !compute_mac(rec, key, mac) && !crypto_memneq(mac, rec->mac, sizeof(mac));
	memzero_explicit(mac, sizeof(mac));
	return ours;
}

/*
 * Look at both copies and keep the good one with the larger number. With @key
 * good means ours, without it whole.
 */
static int choose_copy(struct kota_state *st, const u8 *key)
{
	struct kota_state_record *rec = kvmalloc(sizeof(*rec), GFP_KERNEL);
	bool found = false, blank = true;
	unsigned int copy;

	if (!rec)
		return -ENOMEM;
	for (copy = 0; copy < KOTA_NR_COPIES; copy++) {
		if (st->medium.read(&st->medium, copy, rec, sizeof(*rec))) {
			blank = false;
			continue;
		}
		if (is_blank(rec))
			continue;
		blank = false;
		if (!is_whole(rec) || (key && !is_ours(rec, key)))
			continue;
		if (found && le64_to_cpu(rec->number) <= le64_to_cpu(st->rec->number))
			continue;
		memcpy(st->rec, rec, sizeof(*rec));
		st->current_copy = copy;
		found = true;
	}
	kvfree(rec);

	if (found)
		st->health = key ? KOTA_STATE_GOOD : KOTA_STATE_UNPROVEN;
	else
		st->health = blank ? KOTA_STATE_BLANK : KOTA_STATE_BROKEN;
	if (!found)
		memset(st->rec, 0, sizeof(*st->rec));
	return 0;
}

/**
 * kota_state_open() - read the record as far as that is possible without keys
 * @st: zeroed but for its medium
 *
 * A record that is broken is no error: the device can tell so.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int kota_state_open(struct kota_state *st)
{
	int err;

	mutex_init(&st->lock);
	st->rec = kvzalloc(sizeof(*st->rec), GFP_KERNEL);
	if (!st->rec)
		return -ENOMEM;
	mutex_lock(&st->lock);
	err = choose_copy(st, NULL);
	mutex_unlock(&st->lock);
	return err;
}

/**
 * kota_state_close() - wipe the key and give up the memory
 * @st: from kota_state_open(), or zeroed
 */
void kota_state_close(struct kota_state *st)
{
	kvfree(st->rec);
	st->rec = NULL;
	memzero_explicit(st->mac_key, sizeof(st->mac_key));
}

/**
 * kota_state_authenticate() - find out whether the record is ours
 * @st: the state
 * @mac_key: derived from the root
 *
 * Context: may sleep; caller holds st->lock.
 * Return: 0; -ENOTRECOVERABLE when no copy is good under the key; -ENOMEM.
 */
int kota_state_authenticate(struct kota_state *st, const u8 mac_key[KOTA_DIGEST_LEN])
{
	int err;

	lockdep_assert_held(&st->lock);
	memcpy(st->mac_key, mac_key, sizeof(st->mac_key));
	err = choose_copy(st, mac_key);
	if (err)
		return err;
	if (st->health != KOTA_STATE_GOOD) {
		/* Blank while a root could be loaded: somebody wiped it. */
		st->health = KOTA_STATE_BROKEN;
		return -ENOTRECOVERABLE;
	}
	return 0;
}

/**
 * kota_state_create() - write the first record of a device
 * @st: the state
 * @mac_key: derived from the root
 * @blob: sealed root
 * @blob_len: its bytes
 *
 * Context: may sleep; caller holds st->lock.
 * Return: 0; -EEXIST unless both copies are blank; -EINVAL for a blob of a
 * length that can't be; -EIO; -ENOMEM.
 */
int kota_state_create(struct kota_state *st, const u8 mac_key[KOTA_DIGEST_LEN],
		      const u8 *blob, size_t blob_len)
{
	int err;

	lockdep_assert_held(&st->lock);
	if (st->health != KOTA_STATE_BLANK)
		return -EEXIST;
	if (!blob_len || blob_len > KOTA_MAX_BLOB_LEN)
		return -EINVAL;
	memset(st->rec, 0, sizeof(*st->rec));
	memcpy(st->rec->magic, KOTA_STATE_MAGIC, sizeof(st->rec->magic));
	st->rec->version = cpu_to_le16(KOTA_STATE_VERSION);
	st->rec->len = cpu_to_le32(sizeof(*st->rec));
	st->rec->blob_len = cpu_to_le32(blob_len);
	memcpy(st->rec->blob, blob, blob_len);
	memcpy(st->mac_key, mac_key, sizeof(st->mac_key));
	st->current_copy = KOTA_NR_COPIES - 1;
	st->health = KOTA_STATE_GOOD;
	err = kota_state_commit(st);
	if (err) {
		/* Good is what a reboot finds: blank still, or torn. */
		st->health = KOTA_STATE_BROKEN;
		memzero_explicit(st->mac_key, sizeof(st->mac_key));
		choose_copy(st, NULL);
	}
	return err;
}

/**
 * kota_state_commit() - write the record to the copy that is not current
 * @st: the state, with its record changed
 *
 * Context: may sleep; caller holds st->lock.
 * Return: 0; -ENOTRECOVERABLE when there is no good record; -EIO when the medium
 * failed: the current copy is still what it was.
 */
int kota_state_commit(struct kota_state *st)
{
	unsigned int copy = (st->current_copy + 1) % KOTA_NR_COPIES;
	struct kota_state_record *rec = st->rec;
	int err;

	lockdep_assert_held(&st->lock);
	if (st->health != KOTA_STATE_GOOD)
		return -ENOTRECOVERABLE;
	le64_add_cpu(&rec->number, 1);
	err = compute_digest(rec, rec->digest);
	if (!err)
		err = compute_mac(rec, st->mac_key, rec->mac);
	if (!err)
		err = st->medium.write(&st->medium, copy, rec, sizeof(*rec));
	if (err) {
		kota_msg("state record, copy %u: %d", copy, err);
		return -EIO;
	}
	st->current_copy = copy;
	return 0;
}

/**
 * kota_state_find_slot() - what the record has on a slot
 * @st: the state
 * @target: its name
 * @slot: index of the slot
 * @create: make an entry when there is none
 *
 * Context: caller holds st->lock.
 * Return: the entry, or NULL: no such entry, or no room for one.
 */
struct kota_state_slot *kota_state_find_slot(struct kota_state *st, const char *target,
					     unsigned int slot, bool create)
{
	struct kota_state_target *unused = NULL;
	unsigned int i;

	lockdep_assert_held(&st->lock);
	for (i = 0; i < KOTA_MAX_TARGETS; i++) {
		struct kota_state_target *t = &st->rec->targets[i];

		if (!strncmp(t->name, target, sizeof(t->name)))
			return &t->slots[slot];
		if (!*t->name && !unused)
			unused = t;
	}
	if (!create || !unused)
		return NULL;
	strscpy(unused->name, target, sizeof(unused->name));
	return &unused->slots[slot];
}
