// SPDX-License-Identifier: GPL-2.0
/*
 * ANNOUNCE to REVERIFY, conducted: from a deliverable that is known to be good to
 * slots that hold it, and back again when it turns out not to be.
 */

#include "kota_private.h"

/* The largest chunk of any image. */
static size_t spare_len(const struct kota_session *s)
{
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < s->nr_jobs; i++)
		len = max_t(size_t, len, s->jobs[i].shape->chunk_len);
	return len;
}

/* A plan that nobody was told is none. */
static void drop_plans(struct kota_session *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_jobs; i++) {
		kvfree(s->jobs[i].plan);
		s->jobs[i].plan = NULL;
	}
}

/**
 * kota_install_ask() - find out which bytes of the stream are still wanted
 * @s: the session, locked; all checked, nothing touched yet
 *
 * Context: may sleep, and does so for as long as it takes to read the slots.
 * Return: 0, or the negative errno of the cause MEMORY; -EINTR is no refusal.
 */
int kota_install_ask(struct kota_session *s)
{
	const u32 anew = KOTA_HANDLING_ERASE_SLOT | KOTA_HANDLING_NO_RESUME;
	bool keep = !(le32_to_cpu(s->manifest->handling) & anew);
	unsigned int i;
	int err;

	s->spare_len = spare_len(s);
	if (!s->spare && s->spare_len) {
		s->spare = kvmalloc(s->spare_len, GFP_KERNEL);
		if (!s->spare)
			return kota_refuse_memory(&s->why, "a chunk");
	}
	for (i = 0; i < s->nr_jobs; i++) {
		err = kota_need_scan(&s->jobs[i], keep, s->spare);
		if (err) {
			drop_plans(s);
			return err == -ENOMEM ?
				       kota_refuse_memory(&s->why, "the plan") :
				       err;
		}
	}
	return 0;
}

static int stage(struct kota_session *s, struct kota_job *job)
{
	u32 handling = le32_to_cpu(s->manifest->handling);
	int err = kota_target_begin(job->target, job->slot);

	if (err)
		return kota_refuse(&s->why,
				   kota_cause_of(err, KOTA_CAUSE_MEDIUM),
				   "first block erased|%d", err);
	job->target->erase_rest = handling & KOTA_HANDLING_ERASE_SLOT;
	job->begun = true;
	return 0;
}

/* AES-128 or AES-256, for people. */
static const char *cipher_name(const struct kota_image *image)
{
	return image->cipher == KOTA_CIPHER_AES_128_GCM ? "AES-128-GCM" :
							  "AES-256-GCM";
}

static void distribute(struct kota_session *s)
{
	char where[KOTA_NAME_LEN + 16];
	unsigned int i;

	for (i = 0; i < s->nr_jobs; i++) {
		snprintf(where, sizeof(where), "%s, slot %c",
			 s->jobs[i].target->name,
			 kota_slot_label(s->jobs[i].slot));
		kota_event_enter(s, KOTA_STEP_DISTRIBUTE, where);
	}
	kota_event_done(s);
}

/**
 * kota_install_begin() - all is known and good: make the slots ready
 * @s: the session, locked; all checked, nothing touched yet
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause: ATTEMPTS, MEDIUM, MEMORY.
 */
int kota_install_begin(struct kota_session *s)
{
	unsigned int i;
	int err;

	s->staged = true;
	kota_event_enter(s, KOTA_STEP_ANNOUNCE, s->manifest->release);
	kota_event_done(s);
	if (!s->nr_jobs)
		return 0;
	distribute(s);

	kota_event_enter(s, KOTA_STEP_STAGE, NULL);
	err = kota_record_begin(s);
	for (i = 0; !err && i < s->nr_jobs; i++)
		err = stage(s, &s->jobs[i]);
	if (err)
		return err;
	kota_event_done(s);

	kota_event_enter(s, KOTA_STEP_PROCESS, cipher_name(s->jobs[0].image));
	kota_event_enter(s, KOTA_STEP_APPLY, s->jobs[0].image->target);
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

static u8 source_of(const struct kota_job *job, u32 chunk)
{
	return job->plan ? job->plan[chunk] : KOTA_SOURCE_STREAM;
}

static u64 pos_of(const struct kota_job *job, u32 chunk)
{
	return (u64)chunk << job->image->log2_chunk;
}

/* The first chunk of a unit takes the others along. */
static int keep_chunk(struct kota_session *s, struct kota_job *job, u32 chunk)
{
	u32 group = kota_need_group(job);
	int err = 0;

	if (!(chunk % group))
		err = kota_target_skip(job->target, pos_of(job, chunk),
				       min(pos_of(job, group),
					   le64_to_cpu(job->image->size) -
						   pos_of(job, chunk)));
	if (err)
		return kota_refuse(&s->why,
				   kota_cause_of(err, KOTA_CAUSE_MEDIUM),
				   "chunk %u kept|%d", chunk, err);
	return 0;
}

static int write_chunk(struct kota_session *s, struct kota_job *job, u32 chunk,
		       const u8 *data)
{
	u32 len = kota_manifest_chunk_len(job->image, chunk);
	int err;

	err = kota_target_write(job->target, pos_of(job, chunk), data, len);
	if (err)
		return kota_refuse(&s->why,
				   kota_cause_of(err, KOTA_CAUSE_MEDIUM),
				   "chunk %u written|%d", chunk, err);
	return 0;
}

/* It was there when the stream asked; now it is judged before it is written. */
static int copy_chunk(struct kota_session *s, struct kota_job *job, u32 chunk)
{
	const struct kota_chunk *entry =
		kota_table_entry(job->table, job->shape, chunk);
	u32 len = kota_manifest_chunk_len(job->image, chunk);
	u8 found[KOTA_DIGEST_LEN];
	int err;

	err = kota_target_peek(job->target, !job->slot, pos_of(job, chunk),
			       s->spare, len);
	if (err)
		return kota_refuse(&s->why,
				   kota_cause_of(err, KOTA_CAUSE_MEDIUM),
				   "chunk %u read from slot %c|%d", chunk,
				   kota_slot_label(!job->slot), err);
	err = kota_chunk_compare(job->digest, job->image, entry, chunk,
				 s->spare, found);
	if (err == -EREMOTEIO)
		return kota_refuse(&s->why, KOTA_CAUSE_SOURCE,
				   "chunk %u as it was asked for|other bytes",
				   chunk);
	if (err)
		return kota_refuse(&s->why,
				   kota_cause_of(err, KOTA_CAUSE_ALGORITHM),
				   "a digest of this kernel|%d", err);
	return write_chunk(s, job, chunk, s->spare);
}

/*
 * What the stream left out of @job, up to @end. Stops before a chunk that it had
 * to bring.
 */
static int fill(struct kota_session *s, struct kota_job *job, u32 end)
{
	int err = 0;

	s->step = KOTA_STEP_APPLY;
	while (!err && job->next < end) {
		u8 source = source_of(job, job->next);

		if (source == KOTA_SOURCE_STREAM)
			return 0;
		err = source == KOTA_SOURCE_KEEP ?
			      keep_chunk(s, job, job->next) :
			      copy_chunk(s, job, job->next);
		if (err)
			return err;
		job->next++;
		tell_progress(s, job);
		cond_resched();
	}
	return 0;
}

/* Frames come in the order of images and chunks: go on to this one, if it may be. */
static int advance(struct kota_session *s, u32 image, u32 chunk)
{
	struct kota_job *job = &s->jobs[s->current_job];
	int err;

	while (s->current_job < image) {
		err = fill(s, job, job->shape->nr_chunks);
		if (err)
			return err;
		if (job->next < job->shape->nr_chunks)
			break;
		job = &s->jobs[++s->current_job];
	}
	if (s->current_job == image) {
		err = fill(s, job, min(chunk, job->shape->nr_chunks));
		if (err)
			return err;
	}
	s->step = KOTA_STEP_PROCESS;
	if (s->current_job != image || job->next != chunk ||
	    chunk >= job->shape->nr_chunks)
		return kota_refuse(&s->why, KOTA_CAUSE_ORDER,
				   "image %u, chunk %u|image %u, chunk %u",
				   s->current_job, job->next, image, chunk);
	return 0;
}

/**
 * kota_install_frame() - open a chunk, and write what came out
 * @s: the session, locked
 * @item: KOTA_ITEM_FRAME
 *
 * A chunk that was not wanted is judged like any other; where the slot keeps it,
 * that is all.
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

	err = advance(s, le16_to_cpu(item->frame.image), chunk);
	if (err)
		return err;
	entry = kota_table_entry(job->table, job->shape, chunk);
	err = kota_chunk_open(&job->aead, job->digest, entry, chunk, item->data,
			      item->len, &s->why);
	if (!err)
		err = kota_chunk_unpack(&s->unpack, job->digest, job->image,
					entry, chunk, &bytes, &s->why);
	if (err)
		return err;

	s->step = KOTA_STEP_APPLY;
	err = source_of(job, chunk) == KOTA_SOURCE_KEEP ?
		      keep_chunk(s, job, chunk) :
		      write_chunk(s, job, chunk, bytes);
	if (err)
		return err;
	job->next++;
	tell_progress(s, job);
	return 0;
}

static int fill_rest(struct kota_session *s, struct kota_job *job)
{
	int err = fill(s, job, job->shape->nr_chunks);

	if (err)
		return err;
	if (job->next != job->shape->nr_chunks)
		return kota_refuse(&s->why, KOTA_CAUSE_INCOMPLETE,
				   "%u chunks of image %u|%u",
				   job->shape->nr_chunks, (u32)(job - s->jobs),
				   job->next);
	return 0;
}

static int reverify(struct kota_session *s, struct kota_job *job)
{
	int err;

	err = kota_target_finish(job->target);
	if (err)
		return kota_refuse(&s->why,
				   kota_cause_of(err, KOTA_CAUSE_MEDIUM),
				   "rest of the slot erased|%d", err);
	/* The parser has nothing more to put into its memory. */
	return kota_reverify(job->target, job->image, job->shape, job->table,
			     job->digest, s->parser.buf, job->content, &s->why);
}

/* All prepared, then all read back, then all made whole. */
static int finish_slots(struct kota_session *s)
{
	unsigned int i;
	int err = 0;

	s->step = KOTA_STEP_PROCESS;
	for (i = 0; !err && i < s->nr_jobs; i++)
		err = fill_rest(s, &s->jobs[i]);
	if (err)
		return err;
	s->step = KOTA_STEP_PROCESS;
	kota_event_done(s);
	s->step = KOTA_STEP_APPLY;
	kota_event_done(s);

	kota_event_enter(s, KOTA_STEP_REVERIFY,
			 "digest and CRC-16, from the medium");
	for (i = 0; !err && i < s->nr_jobs; i++)
		err = reverify(s, &s->jobs[i]);
	if (!err)
		err = kota_set_copy(s);
	return err ?: kota_set_seal(s);
}

/**
 * kota_install_finish() - END: read back, compare, make whole, and say so
 * @s: the session, locked; begun
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause.
 */
int kota_install_finish(struct kota_session *s)
{
	int err = s->nr_jobs ? finish_slots(s) : 0;

	if (!err)
		err = kota_record_complete(s);
	if (err)
		return err;
	if (s->nr_jobs)
		kota_event_done(s);
	s->complete = true;
	return 0;
}

/**
 * kota_install_abort() - leave no slot bootable that was begun
 * @s: the session, locked or closing; keeps its refusal
 *
 * What was copied stays, once the record knows of it: it is what runs. So do whole
 * slots, where the record can't be kept from promising them.
 *
 * Context: may sleep.
 */
void kota_install_abort(struct kota_session *s)
{
	struct kota_refusal why = s->why;
	bool noted = s->noted;
	unsigned int i, nr_jobs, nr_copies;

	/* The record first: it must never promise what is not there. */
	nr_jobs = kota_record_undo(s) ? 0 : s->nr_jobs;
	nr_copies = noted ? 0 : s->nr_copies;
	for (i = 0; i < nr_jobs; i++)
		if (s->jobs[i].begun)
			kota_target_abort(s->jobs[i].target);
	for (i = 0; i < nr_copies; i++)
		if (s->copies[i].begun)
			kota_target_abort(s->copies[i].target);
	kota_install_settle(s);
	s->why = why;
}

/**
 * kota_install_settle() - what the session has done to the slots stays
 * @s: the session, locked or closing
 */
void kota_install_settle(struct kota_session *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_jobs; i++)
		s->jobs[i].begun = false;
	for (i = 0; i < s->nr_copies; i++)
		s->copies[i].begun = false;
	s->noted = false;
}
