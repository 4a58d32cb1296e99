// SPDX-License-Identifier: GPL-2.0
/*
 * Slots switch as a set: what a deliverable does not bring is copied from the slot
 * that runs to the other one, if that holds anything else. What the slot that runs
 * holds must be what was installed there.
 */

#include "kota_private.h"

/* For a slot that the record knows nothing of. */
#define UNKNOWN_LOG2_CHUNK 16

/**
 * struct copying - what a walk over a slot needs
 * @copy: the slot
 * @digest: of the slot's chunks
 * @content: chain of the digests so far
 * @buf: memory for a chunk
 * @other: for another one
 */
struct copying {
	struct kota_copy *copy;
	struct crypto_shash *digest;
	u8 content[KOTA_DIGEST_LEN];
	u8 *buf;
	u8 *other;
};

static u64 size_of(const struct kota_copy *copy)
{
	return le64_to_cpu(copy->entry.size);
}

static size_t len_at(const struct kota_copy *copy, u64 pos)
{
	return min_t(u64, 1U << copy->entry.log2_chunk, size_of(copy) - pos);
}

static int open_copying(struct copying *c, struct kota_copy *copy,
			struct kota_refusal *why)
{
	size_t chunk_len = 1U << copy->entry.log2_chunk;

	memset(c, 0, sizeof(*c));
	c->copy = copy;
	c->digest = kota_digest_open(copy->entry.digest);
	if (IS_ERR(c->digest))
		return kota_refuse(why,
				   kota_cause_of(PTR_ERR(c->digest),
						 KOTA_CAUSE_ALGORITHM),
				   "digest %s in this kernel|%ld",
				   kota_digest_name(copy->entry.digest),
				   PTR_ERR(c->digest));
	c->buf = kvmalloc(2 * chunk_len, GFP_KERNEL);
	if (!c->buf)
		return kota_refuse_memory(why, "copying slots");
	c->other = c->buf + chunk_len;
	return 0;
}

static void close_copying(struct copying *c)
{
	if (c->buf)
		kvfree_sensitive(c->buf, 2U << c->copy->entry.log2_chunk);
	kota_digest_close(c->digest);
}

static int medium_failed(const struct kota_copy *copy, const char *what,
			 int err, struct kota_refusal *why)
{
	return kota_refuse(why, kota_cause_of(err, KOTA_CAUSE_MEDIUM),
			   "%s %s|%d", copy->target->name, what, err);
}

/* One more chunk, at @c->buf, into the digest of all. */
static int add_chunk(struct copying *c, size_t len, struct kota_refusal *why)
{
	const struct kvec part = { c->buf, len };
	u8 digest[KOTA_DIGEST_LEN];
	int err = kota_digest(c->digest, &part, 1, digest);

	if (!err)
		err = kota_digest_chain(c->digest, c->content, digest);
	if (err)
		return kota_refuse(why,
				   kota_cause_of(err, KOTA_CAUSE_ALGORITHM),
				   "a digest of this kernel|%d", err);
	return 0;
}

static bool other_has(struct copying *c, u64 pos, size_t len)
{
	struct kota_copy *copy = c->copy;

	return !kota_target_peek(copy->target, copy->slot, pos, c->other,
				 len) &&
	       !memcmp(c->buf, c->other, len);
}

static int compare(struct copying *c, struct kota_refusal *why)
{
	struct kota_copy *copy = c->copy;
	u64 pos, size = size_of(copy);
	size_t len;
	int err;

	for (pos = 0; pos < size; pos += len) {
		len = len_at(copy, pos);
		err = kota_target_peek(copy->target, !copy->slot, pos, c->buf,
				       len);
		if (err)
			return medium_failed(copy, "read", err, why);
		err = add_chunk(c, len, why);
		if (err)
			return err;
		copy->same = copy->same && other_has(c, pos, len);
		cond_resched();
	}
	if (copy->known &&
	    memcmp(c->content, copy->entry.content, sizeof(c->content)))
		return kota_refuse(why, KOTA_CAUSE_SOURCE,
				   "%s as it was installed|other bytes",
				   copy->target->name);
	memcpy(copy->entry.content, c->content, sizeof(c->content));
	return 0;
}

/* What the slot that runs is known to hold; else all that it can hold. */
static void fill_entry(struct kota_copy *copy,
		       const struct kota_state_slot *active)
{
	copy->known = active && active->state == KOTA_SLOT_STATE_COMPLETE &&
		      active->log2_chunk >= KOTA_MIN_LOG2_CHUNK &&
		      active->log2_chunk <= KOTA_MAX_LOG2_CHUNK;
	if (copy->known) {
		copy->entry = *active;
		return;
	}
	memset(&copy->entry, 0, sizeof(copy->entry));
	copy->entry.state = KOTA_SLOT_STATE_COMPLETE;
	copy->entry.log2_chunk = UNKNOWN_LOG2_CHUNK;
	copy->entry.digest = KOTA_DIGEST_SHA256;
	copy->entry.size = cpu_to_le64(copy->target->capacity[!copy->slot]);
}

/*
 * Nothing but the image, or all that fits: then there is nothing behind it. What was
 * given up, or cut off, is written anew whatever it looks like.
 */
static bool is_whole(const struct kota_copy *copy,
		     const struct kota_state_slot *entry)
{
	if (entry && entry->state == KOTA_SLOT_STATE_INCOMPLETE)
		return false;
	return size_of(copy) == copy->target->capacity[copy->slot] ||
	       (entry && entry->state == KOTA_SLOT_STATE_COMPLETE &&
		entry->size == copy->entry.size);
}

/**
 * kota_copy_init() - what is known of the slots of a target
 * @copy: gets it
 * @t: the target
 * @slot: index of the slot that does not run
 * @rec: the state record
 *
 * Context: caller holds the lock of @rec.
 */
void kota_copy_init(struct kota_copy *copy, struct kota_target *t,
		    unsigned int slot, const struct kota_state_record *rec)
{
	const struct kota_state_slot *entry =
		kota_state_find_slot(rec, t->name, slot);

	memset(copy, 0, sizeof(*copy));
	copy->target = t;
	copy->slot = slot;
	fill_entry(copy, kota_state_find_slot(rec, t->name, !slot));
	copy->same = is_whole(copy, entry);
	if (entry && entry->state == KOTA_SLOT_STATE_COMPLETE)
		t->sound[slot] = true;
}

/**
 * kota_copy_compare() - does the other slot hold what the one that runs does?
 * @copy: from kota_copy_init(); completed
 * @why: cause of a refusal
 *
 * Touches nothing.
 *
 * Context: may sleep, and does so for as long as it takes to read both slots.
 * Return: 0, or the negative errno of a cause: SOURCE, SIZE, MEDIUM, MEMORY,
 * ALGORITHM.
 */
int kota_copy_compare(struct kota_copy *copy, struct kota_refusal *why)
{
	const char *name = copy->target->name;
	struct copying c;
	int err;

	if (size_of(copy) > copy->target->capacity[copy->slot])
		return kota_refuse(why, KOTA_CAUSE_SIZE,
				   "%s of at most %llu bytes|%llu", name,
				   copy->target->capacity[copy->slot],
				   size_of(copy));
	err = open_copying(&c, copy, why);
	if (!err)
		err = compare(&c, why);
	close_copying(&c);
	return err;
}

/**
 * kota_copy_check() - does the slot that runs hold what was installed there?
 * @copy: from kota_copy_init()
 * @why: cause of a refusal
 *
 * Touches nothing.
 *
 * Context: may sleep, and does so for as long as it takes to read the slot.
 * Return: 0, or the negative errno of a cause: SOURCE, also when nobody knows what
 * was installed; MEDIUM, MEMORY, ALGORITHM.
 */
int kota_copy_check(struct kota_copy *copy, struct kota_refusal *why)
{
	struct copying c;
	int err;

	if (!copy->known)
		return kota_refuse(why, KOTA_CAUSE_SOURCE,
				   "%s as it was installed|not in the record",
				   copy->target->name);
	/* What the other slot holds is of no interest. */
	copy->same = false;
	err = open_copying(&c, copy, why);
	if (!err)
		err = compare(&c, why);
	close_copying(&c);
	return err;
}

static int write_all(struct copying *c, struct kota_refusal *why)
{
	struct kota_copy *copy = c->copy;
	u64 pos, size = size_of(copy);
	size_t len;
	int err;

	for (pos = 0; pos < size; pos += len) {
		len = len_at(copy, pos);
		err = kota_target_peek(copy->target, !copy->slot, pos, c->buf,
				       len);
		if (!err)
			err = kota_target_write(copy->target, pos, c->buf, len);
		if (err)
			return medium_failed(copy, "copied", err, why);
		cond_resched();
	}
	err = kota_target_finish(copy->target);
	return err ? medium_failed(copy, "rest erased", err, why) : 0;
}

static int verify(struct copying *c, struct kota_refusal *why)
{
	struct kota_copy *copy = c->copy;
	u64 pos, size = size_of(copy);
	size_t len;
	int err;

	memset(c->content, 0, sizeof(c->content));
	for (pos = 0; pos < size; pos += len) {
		len = len_at(copy, pos);
		err = kota_target_read(copy->target, pos, c->buf, len);
		if (err)
			return medium_failed(copy, "read back", err, why);
		err = add_chunk(c, len, why);
		if (err)
			return err;
		cond_resched();
	}
	if (memcmp(c->content, copy->entry.content, sizeof(c->content)))
		return kota_refuse(why, KOTA_CAUSE_REVERIFY,
				   "%s as it was copied|other bytes",
				   copy->target->name);
	return 0;
}

/**
 * kota_copy_run() - copy, and compare with what was there to be copied
 * @copy: compared, not the same, marked incomplete; seal or abort is due then
 * @why: cause of a refusal
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause: MEDIUM, REVERIFY, MEMORY,
 * ALGORITHM.
 */
int kota_copy_run(struct kota_copy *copy, struct kota_refusal *why)
{
	struct copying c;
	int err;

	err = kota_target_begin(copy->target, copy->slot);
	if (err)
		return medium_failed(copy, "first block erased", err, why);
	copy->begun = true;
	err = open_copying(&c, copy, why);
	if (!err)
		err = write_all(&c, why);
	if (!err)
		err = verify(&c, why);
	close_copying(&c);
	return err;
}
