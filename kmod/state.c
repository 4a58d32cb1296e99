// SPDX-License-Identifier: GPL-2.0
/*
 * The state record: two copies, numbered, each with a digest that tells whether
 * it is torn and a MAC that tells whether it is ours. A change is made to a third
 * one in memory and written over the copy that is not current; it counts when that
 * has been done, so a cut or a medium that fails leaves one of the two truths.
 *
 * What must never go back is bound by the TPM, which has its digest: the medium is
 * written first, then the TPM, so that at any moment one of the two copies is the
 * one that the TPM speaks of. The TPM is never told what the medium says, but once,
 * when nothing is in the index yet: then it was defined for that very record.
 */

#include <linux/random.h>

#include "kota_private.h"

/**
 * struct proof - what a copy is held against
 * @key: of the MAC
 * @index: what the TPM has
 * @nv_err: why that is not known; -ENODATA: nothing was ever written there, and
 *	@index has the digest of the first record, which is still to be bound
 * @ours: a copy was ours, whatever the TPM said
 * @failed: why a copy could not be looked at
 */
struct proof {
	const u8 *key;
	struct kota_nv_index index;
	int nv_err;
	bool ours;
	int failed;
};

static bool is_current(const struct kota_state_record *rec, struct proof *proof)
{
	struct kota_nv_index index;
	int err = kota_state_make_index(rec, &index);

	if (err) {
		proof->failed = err;
		return false;
	}
	if (proof->nv_err == -ENODATA)
		return !memcmp(index.security, proof->index.security,
			       sizeof(index.security));
	return !proof->nv_err && !memcmp(&index, &proof->index, sizeof(index));
}

/* A good copy, by what can be known: without a proof whole, with it the truth. */
static bool is_good(const struct kota_state_record *rec, struct proof *proof)
{
	if (!kota_state_is_whole(rec))
		return false;
	if (!proof)
		return true;
	if (!kota_state_is_ours(rec, proof->key))
		return false;
	proof->ours = true;
	return is_current(rec, proof);
}

/*
 * Look at both copies and keep the good one with the larger number. The first
 * record of a device goes to copy 0 and then to copy 1: while copy 1 is blank and
 * copy 0 not whole, there has never been one.
 */
static int choose_copy(struct kota_state *st, struct proof *proof)
{
	bool found = false, blank[KOTA_NR_COPIES] = {};
	struct kota_state_record *rec = st->next;
	unsigned int copy;
	bool torn = false;
	int err;

	for (copy = 0; copy < KOTA_NR_COPIES; copy++) {
		err = st->medium.read(&st->medium, copy, rec, sizeof(*rec));
		if (err) {
			kota_msg("state record: copy %u is not read: %d", copy,
				 err);
			if (proof)
				proof->failed = err;
			continue;
		}
		blank[copy] = kota_state_is_blank(rec);
		torn |= !copy && !blank[copy] && !kota_state_is_whole(rec);
		if (!is_good(rec, proof))
			continue;
		if (found &&
		    le64_to_cpu(rec->number) <= le64_to_cpu(st->rec->number))
			continue;
		memcpy(st->rec, rec, sizeof(*rec));
		st->current_copy = copy;
		found = true;
	}

	if (found)
		st->health = proof ? KOTA_STATE_GOOD : KOTA_STATE_UNPROVEN;
	else if (blank[1] && (blank[0] || torn))
		st->health = KOTA_STATE_BLANK;
	else
		st->health = KOTA_STATE_BROKEN;
	return found ? 0 : -ENOTRECOVERABLE;
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
	mutex_init(&st->lock);
	st->rec = kvzalloc(sizeof(*st->rec), GFP_KERNEL);
	st->next = kvzalloc(sizeof(*st->next), GFP_KERNEL);
	if (!st->rec || !st->next)
		return -ENOMEM;
	mutex_lock(&st->lock);
	choose_copy(st, NULL);
	mutex_unlock(&st->lock);
	return 0;
}

/**
 * kota_state_close() - wipe the keys and give up the memory
 * @st: from kota_state_open(), or zeroed
 */
void kota_state_close(struct kota_state *st)
{
	kvfree(st->rec);
	kvfree(st->next);
	kfree(st->recovery);
	st->rec = NULL;
	st->next = NULL;
	st->recovery = NULL;
	memzero_explicit(st->mac_key, sizeof(st->mac_key));
	kota_nv_close(&st->nv);
}

/**
 * kota_state_distrust() - nothing is written any more in this boot
 * @st: the state
 *
 * Context: caller holds st->lock.
 */
void kota_state_distrust(struct kota_state *st)
{
	lockdep_assert_held(&st->lock);
	st->health = KOTA_STATE_BROKEN;
	memzero_explicit(st->mac_key, sizeof(st->mac_key));
	kota_nv_close(&st->nv);
}

/**
 * kota_state_forget() - the root that was about to be taken over is not
 * @st: the state; what it knew without that root it still knows
 *
 * Context: caller holds st->lock.
 */
void kota_state_forget(struct kota_state *st)
{
	enum kota_state_health health = st->health;

	kota_state_distrust(st);
	if (health != KOTA_STATE_GOOD)
		st->health = health;
}

/* Tell the TPM what the truth is from now on. Not told is one thing, not sure two. */
static int bind(struct kota_state *st, const struct kota_state_record *rec)
{
	struct kota_nv_index index, found;
	int err = kota_state_make_index(rec, &index);

	if (err)
		return err;
	err = st->nv.write(&st->nv, &index);
	if (!err)
		return 0;
	kota_msg("state record: the TPM's NV index is not written: %d", err);
	/* The answer may have got lost, not the order. */
	if (st->nv.read(&st->nv, &found)) {
		kota_state_distrust(st);
		st->verdict = -ETIMEDOUT;
	} else if (!memcmp(&found, &index, sizeof(index))) {
		return 0;
	}
	return err;
}

/* Why no copy is believed. What could not be looked at may be good, some day. */
static int judge(const struct proof *proof)
{
	if (proof->failed)
		return proof->failed == -ENOMEM ? -ENOMEM : -EIO;
	if (!proof->ours)
		return -ENOTRECOVERABLE;
	if (!proof->nv_err || proof->nv_err == -ENODATA)
		return -ESTALE;
	return proof->nv_err;
}

/**
 * kota_state_authenticate() - find out whether the record is ours, and not an old one
 * @st: the state, its NV index opened
 * @mac_key: derived from the root
 *
 * Of the copies that are ours, the one that the TPM speaks of; of two, the newer.
 *
 * Context: may sleep; caller holds st->lock.
 * Return: 0; -ENOTRECOVERABLE when no copy is good under the key; -ESTALE when the
 * TPM speaks of another one than those that are there; -ENXIO when it has no index;
 * -EKEYREJECTED when the index that it has is not ours; -ENOMEM; -EIO.
 */
int kota_state_authenticate(struct kota_state *st,
			    const u8 mac_key[KOTA_DIGEST_LEN])
{
	struct proof proof = { .key = mac_key };
	int err;

	lockdep_assert_held(&st->lock);
	proof.nv_err = st->nv.read(&st->nv, &proof.index);
	err = choose_copy(st, &proof) ? judge(&proof) : 0;
	/* Cut off between the first record and the TPM, who has no truth yet. */
	if (!err && proof.nv_err == -ENODATA)
		err = bind(st, st->rec);
	if (err)
		/* Blank while a root could be loaded: somebody wiped it. */
		kota_state_distrust(st);
	else
		memcpy(st->mac_key, mac_key, sizeof(st->mac_key));
	st->verdict = err;
	return err;
}

/**
 * kota_state_permit() - let a new record replace what is there, in this boot
 * @st: the state
 * @begin: what its security part begins with; ours from now on, from kmalloc()
 *
 * Context: caller holds st->lock.
 */
void kota_state_permit(struct kota_state *st, struct kota_state_security *begin)
{
	lockdep_assert_held(&st->lock);
	kfree(st->recovery);
	st->recovery = begin;
}

/* Believed once it has been read back. */
static int write_copy(struct kota_state *st, unsigned int copy,
		      const struct kota_state_record *rec)
{
	struct kota_state_record *found = kvmalloc(sizeof(*found), GFP_KERNEL);
	struct kota_medium *m = &st->medium;
	int err;

	if (!found)
		return -ENOMEM;
	err = m->write(m, copy, rec, sizeof(*rec));
	if (!err)
		err = m->read(m, copy, found, sizeof(*found));
	if (!err && memcmp(found, rec, sizeof(*rec)))
		err = -EIO;
	kvfree(found);
	return err;
}

/* Over the copy that is not current; what is current stays so. */
static int write_other(struct kota_state *st)
{
	unsigned int copy = (st->current_copy + 1) % KOTA_NR_COPIES;
	struct kota_state_record *rec = st->next;
	int err;

	le64_add_cpu(&rec->number, 1);
	err = kota_state_seal(rec, st->mac_key);
	if (!err)
		err = write_copy(st, copy, rec);
	if (err)
		kota_msg("state record, copy %u: %d", copy, err);
	return err;
}

static void switch_copies(struct kota_state *st)
{
	st->current_copy = (st->current_copy + 1) % KOTA_NR_COPIES;
	swap(st->rec, st->next);
}

static void fill_first(struct kota_state *st, const u8 *blob, size_t blob_len)
{
	struct kota_state_record *rec = st->next;

	memset(rec, 0, sizeof(*rec));
	memcpy(rec->magic, KOTA_STATE_MAGIC, sizeof(rec->magic));
	rec->version = cpu_to_le16(KOTA_STATE_VERSION);
	rec->len = cpu_to_le32(sizeof(*rec));
	/* Above what is replaced, so that a reboot finds the new one. */
	rec->number = st->rec->number;
	if (st->recovery)
		rec->security = *st->recovery;
	get_random_bytes(rec->security.origin, sizeof(rec->security.origin));
	rec->security.generation = cpu_to_le32(1);
	rec->security.oldest = cpu_to_le32(1);
	rec->security.flags = cpu_to_le32(KOTA_SECURITY_NV);
	rec->blob_len = cpu_to_le32(blob_len);
	memcpy(rec->blob, blob, blob_len);
}

/* What is current, once more: a copy that is lost later is not missed then. */
static int write_again(struct kota_state *st)
{
	int err;

	kota_state_begin(st);
	err = write_other(st);
	if (!err)
		switch_copies(st);
	return err;
}

/* To both copies: kota_state_open() takes a second one for a proof of the first. */
static int write_first(struct kota_state *st)
{
	int err;

	st->current_copy = KOTA_NR_COPIES - 1;
	err = write_other(st);
	if (err)
		return err;
	switch_copies(st);
	err = write_again(st);
	return err ?: bind(st, st->rec);
}

/**
 * kota_state_draft() - make the first record of a device, in memory
 * @st: the state
 * @blob: sealed root
 * @blob_len: its bytes
 * @index: what the NV index will hold; to be defined for it
 *
 * Context: caller holds st->lock until kota_state_create(), or forgets the draft.
 * Return: 0, @st->next is the draft; -EEXIST unless there has never been a record, or
 * a recovery permits to replace it; -EINVAL for a blob of a length that can't be;
 * -errno.
 */
int kota_state_draft(struct kota_state *st, const u8 *blob, size_t blob_len,
		     struct kota_nv_index *index)
{
	lockdep_assert_held(&st->lock);
	if (st->health != KOTA_STATE_BLANK && !st->recovery)
		return -EEXIST;
	if (!blob_len || blob_len > KOTA_MAX_BLOB_LEN)
		return -EINVAL;
	fill_first(st, blob, blob_len);
	return kota_state_make_index(st->next, index);
}

/**
 * kota_state_create() - write the first record of a device
 * @st: the state, after kota_state_draft(); its NV index opened, defined for that
 *	draft and not written
 * @mac_key: derived from the root
 *
 * Context: may sleep; caller holds st->lock.
 * Return: 0 or -EIO.
 */
int kota_state_create(struct kota_state *st, const u8 mac_key[KOTA_DIGEST_LEN])
{
	int err;

	lockdep_assert_held(&st->lock);
	memcpy(st->mac_key, mac_key, sizeof(st->mac_key));
	err = write_first(st);
	if (err) {
		/* What a reboot will find counts. */
		kota_state_distrust(st);
		choose_copy(st, NULL);
		return -EIO;
	}
	st->health = KOTA_STATE_GOOD;
	st->verdict = 0;
	kfree(st->recovery);
	st->recovery = NULL;
	return 0;
}

/**
 * kota_state_begin() - begin to change the record
 * @st: the state
 *
 * Context: caller holds st->lock until kota_state_commit(), or forgets the change.
 * Return: the record to change; what @st->rec has stays what the medium has.
 */
struct kota_state_record *kota_state_begin(struct kota_state *st)
{
	lockdep_assert_held(&st->lock);
	memcpy(st->next, st->rec, sizeof(*st->next));
	return st->next;
}

/* Would the change of the record be a change of what the TPM has? */
static bool is_to_bind(const struct kota_state *st)
{
	return memcmp(&st->next->security, &st->rec->security,
		      sizeof(st->rec->security));
}

/*
 * Would the other copy, should this one get lost, have slots taken for what they are
 * not: nothing on trial, nothing that waits?
 */
static bool is_to_last(const struct kota_state *st)
{
	return memcmp(&st->next->trial, &st->rec->trial,
		      sizeof(st->rec->trial));
}

/**
 * kota_state_commit() - write the changed record over the copy that is not current
 * @st: the state, after kota_state_begin()
 *
 * Then, when what must never go back has changed, the TPM's NV index. Until that is
 * done the old record is the truth, and the next commit goes to the same copy. From
 * then on what the other copy has is old and no good, so it gets the new one, too,
 * and so it does when an update has gone a step; that this fails is no error: the
 * record has been changed, and is there.
 *
 * Context: may sleep; caller holds st->lock.
 * Return: 0; -ENOTRECOVERABLE when there is no good record; -ENOMEM; -EIO when
 * medium or TPM failed: the record is what it was.
 */
int kota_state_commit(struct kota_state *st)
{
	bool binds, lasts;
	int err;

	lockdep_assert_held(&st->lock);
	if (st->health != KOTA_STATE_GOOD)
		return -ENOTRECOVERABLE;
	binds = is_to_bind(st);
	lasts = binds || is_to_last(st);
	err = write_other(st);
	if (!err && binds)
		err = bind(st, st->next);
	if (err)
		return err == -ENOMEM ? err : -EIO;
	switch_copies(st);
	if (lasts)
		write_again(st);
	return 0;
}
