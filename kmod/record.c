// SPDX-License-Identifier: GPL-2.0
/*
 * What an install writes to the state record: before slots are touched, and once
 * all of them are whole. Each is one write, so the slots switch as a set.
 */

#include "kota_private.h"

static bool has_target(const struct kota *kota, const char *name)
{
	unsigned int i;

	for (i = 0; i < kota->nr_targets; i++)
		if (!strncmp(kota->targets[i].name, name, KOTA_NAME_LEN))
			return true;
	return false;
}

/* The first entry of a target that the device had, and has no more. */
static bool drop_foreign(const struct kota *kota, struct kota_state_record *rec)
{
	unsigned int i;

	for (i = 0; i < KOTA_MAX_TARGETS; i++)
		if (!has_target(kota, rec->targets[i].name)) {
			memset(&rec->targets[i], 0, sizeof(rec->targets[i]));
			return true;
		}
	return false;
}

/*
 * An update may bring a device tree with other names, and the next one others again:
 * what they were is kept for as long as there is room.
 */
static struct kota_state_slot *make_slot(const struct kota_session *s,
					 struct kota_state_record *rec,
					 const struct kota_target *t,
					 unsigned int slot)
{
	struct kota_state_slot *entry =
		kota_state_make_slot(rec, t->name, slot);

	if (!entry && drop_foreign(s->kota, rec))
		entry = kota_state_make_slot(rec, t->name, slot);
	return entry;
}

static int mark_incomplete(const struct kota_session *s,
			   struct kota_state_record *rec,
			   const struct kota_target *t, unsigned int slot)
{
	struct kota_state_slot *entry = make_slot(s, rec, t, slot);

	if (!entry)
		return -ENOSPC;
	memset(entry, 0, sizeof(*entry));
	entry->state = KOTA_SLOT_STATE_INCOMPLETE;
	return 0;
}

static bool is_held(const struct kota_session *s,
		    const struct kota_state_record *rec)
{
	return kota_trial_holds(&rec->trial,
				kota_board_booted(&s->kota->board));
}

/* Whatever waited in these slots is no more. */
static int mark_jobs(struct kota_session *s, struct kota_state_record *rec)
{
	unsigned int i;
	int err = 0;

	kota_trial_drop(&rec->trial);
	for (i = 0; !err && i < s->nr_jobs; i++)
		err = mark_incomplete(s, rec, s->jobs[i].target,
				      s->jobs[i].slot);
	return err;
}

static int mark_copies(struct kota_session *s, struct kota_state_record *rec)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < s->nr_copies; i++)
		if (!s->copies[i].same)
			err = mark_incomplete(s, rec, s->copies[i].target,
					      s->copies[i].slot);
	return err;
}

static int fill_job(const struct kota_session *s, const struct kota_job *job,
		    struct kota_state_record *rec)
{
	struct kota_state_slot *slot =
		make_slot(s, rec, job->target, job->slot);

	if (!slot)
		return -ENOSPC;
	memset(slot, 0, sizeof(*slot));
	slot->state = KOTA_SLOT_STATE_COMPLETE;
	slot->log2_chunk = job->image->log2_chunk;
	slot->digest = job->image->digest;
	slot->sequence = s->manifest->sequence;
	slot->size = job->image->size;
	memcpy(slot->version, job->image->version, sizeof(slot->version));
	memcpy(slot->root, job->image->root, sizeof(slot->root));
	memcpy(slot->manifest, s->manifest_digest, sizeof(slot->manifest));
	memcpy(slot->content, job->content, sizeof(slot->content));
	return 0;
}

static int fill_copy(const struct kota_session *s, const struct kota_copy *copy,
		     struct kota_state_record *rec)
{
	struct kota_state_slot *slot =
		make_slot(s, rec, copy->target, copy->slot);

	if (!slot)
		return -ENOSPC;
	*slot = copy->entry;
	return 0;
}

/*
 * A statement counts at once. Images wait: what they bring must never go back only
 * once they are confirmed.
 */
static int fill_security(struct kota_session *s, struct kota_state_record *rec)
{
	int err;

	if (!s->nr_jobs)
		return kota_security_apply(&rec->security, s->manifest,
					   s->manifest_digest, &s->why);
	err = kota_security_restrict(&rec->security, s->manifest, &s->why);
	if (!err)
		kota_trial_note(&rec->trial, s->jobs[0].slot, s->manifest,
				s->manifest_digest);
	return err;
}

/* All that the deliverable changes. */
static int fill_all(struct kota_session *s, struct kota_state_record *rec)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < s->nr_jobs; i++)
		err = fill_job(s, &s->jobs[i], rec);
	for (i = 0; !err && i < s->nr_copies; i++)
		err = fill_copy(s, &s->copies[i], rec);
	memset(&rec->attempts, 0, sizeof(rec->attempts));
	if (!err)
		err = fill_security(s, rec);
	/* A write that fails may have reached the medium: from here on it counts. */
	s->noted = !err;
	return err;
}

/*
 * One change of the record, all of it or nothing. What the record has no room for
 * (-ENOSPC) is no refusal yet; all else that @fill says is one.
 */
static int change(struct kota_session *s,
		  int (*fill)(struct kota_session *s,
			      struct kota_state_record *rec))
{
	struct kota_state *st = &s->kota->state;
	int err;

	mutex_lock(&st->lock);
	err = fill(s, kota_state_begin(st));
	if (!err || err == -ENOSPC) {
		err = err ?: kota_state_commit(st);
		if (err)
			err = kota_refuse(&s->why,
					  kota_cause_of(err, KOTA_CAUSE_MEDIUM),
					  "the state record written|%d", err);
	}
	mutex_unlock(&st->lock);
	return err;
}

/**
 * kota_record_begin() - slots of the deliverable are about to be touched
 * @s: the session, locked
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause: BUSY, ATTEMPTS, MEDIUM, MEMORY.
 */
int kota_record_begin(struct kota_session *s)
{
	u64 wanted = kota_need_sum(s->jobs, s->nr_jobs);
	struct kota_state *st = &s->kota->state;
	struct kota_state_record *rec;
	int err;

	mutex_lock(&st->lock);
	rec = kota_state_begin(st);
	/* It may have been activated since all was checked. */
	if (is_held(s, rec))
		err = kota_refuse(&s->why, KOTA_CAUSE_BUSY,
				  "no update on trial|one activated");
	else
		err = kota_need_attempt(&rec->attempts,
					le64_to_cpu(s->manifest->sequence),
					wanted, &s->why);
	if (err)
		goto out;
	err = mark_jobs(s, rec);
	if (!err)
		err = kota_state_commit(st);
	if (err)
		err = kota_refuse(&s->why,
				  kota_cause_of(err, KOTA_CAUSE_MEDIUM),
				  "the state record written|%d", err);
out:
	mutex_unlock(&st->lock);
	return err;
}

/**
 * kota_record_copies() - slots that are copied are about to be touched
 * @s: the session, locked; its copies are compared
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause: MEDIUM, MEMORY.
 */
int kota_record_copies(struct kota_session *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_copies; i++)
		if (!s->copies[i].same)
			return change(s, mark_copies);
	return 0;
}

/* Nothing is written: it is what a new record will begin with. */
static int permit(struct kota_session *s)
{
	struct kota_state_security *begin = kzalloc(sizeof(*begin), GFP_KERNEL);
	struct kota_state *st = &s->kota->state;
	int err;

	if (!begin)
		return kota_refuse_memory(&s->why, "a recovery");
	err = kota_security_apply(begin, s->manifest, s->manifest_digest,
				  &s->why);
	if (err) {
		kfree(begin);
		return err;
	}
	mutex_lock(&st->lock);
	kota_state_permit(st, begin);
	mutex_unlock(&st->lock);
	s->noted = true;
	return 0;
}

/**
 * kota_record_complete() - all slots are whole: what counts from now on
 * @s: the session, locked
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause: SEQUENCE, LENGTH, MEDIUM, MEMORY.
 */
int kota_record_complete(struct kota_session *s)
{
	if (kota_manifest_is_recovery(s->manifest))
		return permit(s);
	return change(s, fill_all);
}

/* An update that was activated in the meantime is what the loader will boot. */
static int take_back(struct kota_session *s, struct kota_state_record *rec)
{
	return is_held(s, rec) ? -EBUSY : mark_jobs(s, rec);
}

static void withdraw(struct kota_state *st)
{
	mutex_lock(&st->lock);
	kota_state_permit(st, NULL);
	mutex_unlock(&st->lock);
}

/**
 * kota_record_undo() - what the deliverable was to make complete is not, after all
 * @s: the session, locked or closing
 *
 * After a write of which nobody knows whether it reached the medium, too.
 *
 * Context: may sleep.
 * Return: 0 when the record says so; else, for all that is known, it still promises
 * what the slots hold.
 */
int kota_record_undo(struct kota_session *s)
{
	bool noted = s->noted;

	s->noted = false;
	if (!noted)
		return 0;
	if (s->nr_jobs)
		return change(s, take_back);
	if (kota_manifest_is_recovery(s->manifest))
		withdraw(&s->kota->state);
	return 0;
}
