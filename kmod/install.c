// SPDX-License-Identifier: GPL-2.0
/*
 * ANNOUNCE to REVERIFY, conducted: from a deliverable that is known to be good to
 * slots that hold it, and back again when it turns out not to be.
 */

#include "kota_private.h"

/* What the record says of a slot: before it is touched, and once it is whole. */
static void fill_slot(const struct kota_session *s, const struct kota_job *job,
		      struct kota_state_record *rec,
		      struct kota_state_slot *slot)
{
	slot->sequence = s->manifest->sequence;
	slot->size = job->image->size;
	memcpy(slot->version, job->image->version, sizeof(slot->version));
	memcpy(slot->root, job->image->root, sizeof(slot->root));
	memcpy(slot->manifest, s->manifest_digest, sizeof(slot->manifest));
	rec->security.sequence = s->manifest->sequence;
	memcpy(rec->security.manifest, s->manifest_digest,
	       sizeof(rec->security.manifest));
}

static int note_slot(struct kota_session *s, struct kota_job *job,
		     u8 slot_state)
{
	struct kota_state *st = &s->kota->state;
	struct kota_state_record *rec;
	struct kota_state_slot *slot;
	int err = -ENOSPC;

	mutex_lock(&st->lock);
	rec = kota_state_begin(st);
	slot = kota_state_make_slot(rec, job->target->name, job->slot);
	if (slot) {
		memset(slot, 0, sizeof(*slot));
		slot->state = slot_state;
		if (slot_state == KOTA_SLOT_STATE_COMPLETE)
			fill_slot(s, job, rec, slot);
		err = kota_state_commit(st);
	}
	mutex_unlock(&st->lock);
	if (err)
		return kota_refuse(&s->why, KOTA_CAUSE_MEDIUM,
				   "the state record written|%d", err);
	job->noted = slot_state == KOTA_SLOT_STATE_COMPLETE;
	return 0;
}

static int stage(struct kota_session *s, struct kota_job *job)
{
	int err = note_slot(s, job, KOTA_SLOT_STATE_INCOMPLETE);

	if (err)
		return err;
	err = kota_target_begin(job->target, job->slot);
	if (err == -ENOMEM)
		return kota_refuse(&s->why, KOTA_CAUSE_MEMORY,
				   "memory for the target|none");
	if (err)
		return kota_refuse(&s->why, KOTA_CAUSE_MEDIUM,
				   "first block erased|%d", err);
	job->begun = true;
	return 0;
}

/* AES-128 or AES-256, for people. */
static const char *cipher_name(const struct kota_image *image)
{
	return image->cipher == KOTA_CIPHER_AES_128_GCM ? "AES-128-GCM" :
							  "AES-256-GCM";
}

/**
 * kota_install_begin() - all is known and good: make the slots ready
 * @s: the session, locked; all checked, nothing touched yet
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause: MEDIUM, MEMORY.
 */
int kota_install_begin(struct kota_session *s)
{
	const struct kota_job *first = &s->jobs[0];
	char where[KOTA_NAME_LEN + 16];
	unsigned int i;
	int err;

	kota_event_done(s);
	kota_event_enter(s, KOTA_STEP_ANNOUNCE, s->manifest->release);
	kota_event_done(s);

	snprintf(where, sizeof(where), "%s, slot %c", first->target->name,
		 kota_slot_label(first->slot));
	kota_event_enter(s, KOTA_STEP_DISTRIBUTE, where);
	kota_event_done(s);

	kota_event_enter(s, KOTA_STEP_STAGE, NULL);
	for (i = 0; i < s->nr_jobs; i++) {
		err = stage(s, &s->jobs[i]);
		if (err)
			return err;
	}
	kota_event_done(s);

	kota_event_enter(s, KOTA_STEP_PROCESS, cipher_name(first->image));
	kota_event_enter(s, KOTA_STEP_APPLY, where);
	return 0;
}

static void tell_progress(struct kota_session *s, struct kota_job *job)
{
	u64 total = le64_to_cpu(job->image->size), done = job->target->pos;
	const struct kota_event ev = {
		.step = KOTA_STEP_APPLY,
		.outcome = KOTA_OUTCOME_PROGRESS,
		.image = job - s->jobs,
		.done = done,
		.total = total,
	};

	if (done < total &&
	    done - job->told < max_t(u64, div_u64(total, 100), SZ_64K))
		return;
	job->told = done;
	kota_event_send(&ev);
}

/**
 * kota_install_frame() - open a chunk, and write what came out
 * @s: the session, locked
 * @item: KOTA_ITEM_FRAME
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause.
 */
int kota_install_frame(struct kota_session *s, const struct kota_item *item)
{
	struct kota_job *job = &s->jobs[le16_to_cpu(item->frame.image)];
	u32 chunk = le32_to_cpu(item->frame.chunk);
	const struct kota_chunk *entry;
	const u8 *bytes = item->data;
	int err;

	s->step = KOTA_STEP_PROCESS;
	if (chunk != job->next || chunk >= job->shape->nr_chunks)
		return kota_refuse(&s->why, KOTA_CAUSE_ORDER,
				   "chunk %u|chunk %u", job->next, chunk);
	entry = kota_table_entry(job->table, job->shape, chunk);
	err = kota_chunk_open(&job->aead, job->digest, entry, chunk, item->data,
			      item->len, &s->why);
	if (!err)
		err = kota_chunk_unpack(&s->unpack, job->digest, job->image,
					entry, chunk, &bytes, &s->why);
	if (err)
		return err;

	s->step = KOTA_STEP_APPLY;
	err = kota_target_write(job->target,
				(u64)chunk << job->image->log2_chunk, bytes,
				kota_manifest_chunk_len(job->image, chunk));
	if (err)
		return kota_refuse(&s->why, KOTA_CAUSE_MEDIUM,
				   "chunk %u written|%d", chunk, err);
	job->next++;
	tell_progress(s, job);
	return 0;
}

static int reverify(struct kota_session *s, struct kota_job *job)
{
	int err;

	if (job->next != job->shape->nr_chunks)
		return kota_refuse(&s->why, KOTA_CAUSE_INCOMPLETE,
				   "%u chunks|%u", job->shape->nr_chunks,
				   job->next);
	err = kota_target_finish(job->target);
	if (err)
		return kota_refuse(&s->why, KOTA_CAUSE_MEDIUM,
				   "rest of the slot erased|%d", err);
	/* The parser has nothing more to put into its memory. */
	return kota_reverify(job->target, job->image, job->shape, job->table,
			     job->digest, s->parser.buf, &s->why);
}

static int seal(struct kota_session *s, struct kota_job *job)
{
	int err = kota_target_seal(job->target);

	if (err == -EREMOTEIO)
		return kota_refuse(&s->why, KOTA_CAUSE_REVERIFY,
				   "first block as written|other bytes");
	if (err)
		return kota_refuse(&s->why, KOTA_CAUSE_MEDIUM,
				   "first block written|%d", err);
	return note_slot(s, job, KOTA_SLOT_STATE_COMPLETE);
}

/**
 * kota_install_finish() - all frames have come: read back, compare, make whole
 * @s: the session, locked
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause.
 */
int kota_install_finish(struct kota_session *s)
{
	unsigned int i;
	int err = 0;

	s->step = KOTA_STEP_PROCESS;
	kota_event_done(s);
	s->step = KOTA_STEP_APPLY;
	kota_event_done(s);

	kota_event_enter(s, KOTA_STEP_REVERIFY,
			 "digest and CRC-16, from the medium");
	for (i = 0; !err && i < s->nr_jobs; i++)
		err = reverify(s, &s->jobs[i]);
	for (i = 0; !err && i < s->nr_jobs; i++)
		err = seal(s, &s->jobs[i]);
	if (err)
		return err;
	kota_event_done(s);
	s->complete = true;
	return 0;
}

/**
 * kota_install_abort() - leave no slot bootable that was begun
 * @s: the session, locked or closing; keeps its refusal
 *
 * Context: may sleep.
 */
void kota_install_abort(struct kota_session *s)
{
	struct kota_refusal why = s->why;
	unsigned int i;

	for (i = 0; i < s->nr_jobs; i++) {
		struct kota_job *job = &s->jobs[i];

		if (!job->begun)
			continue;
		/* The record first: it must never promise what is not there. */
		if (job->noted)
			note_slot(s, job, KOTA_SLOT_STATE_INCOMPLETE);
		kota_target_abort(job->target);
		job->begun = false;
	}
	s->why = why;
}
