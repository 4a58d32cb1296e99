// SPDX-License-Identifier: GPL-2.0
/*
 * The conductor of the stream: one function per step of the framework, in the
 * order of the steps. Judges nothing itself; the rooms do, and their first no
 * is the verdict for good.
 */

#include "kota_private.h"

/**
 * struct job - one image on its way
 * @image: in the session's manifest
 * @shape: in the session's parser
 * @target: where it goes
 * @slot: index of the slot
 * @table: plaintext of its table
 * @digest: its digest
 * @aead: key of the table, later of the frames
 * @next: index of the chunk that has to come
 * @told: bytes done, as listeners know
 * @begun: the slot has been touched
 */
struct job {
	const struct kota_image		*image;
	const struct kota_image_shape	*shape;
	struct kota_target		*target;
	unsigned int			slot;
	u8				*table;
	struct crypto_shash		*digest;
	struct kota_aead		aead;
	u32				next;
	u64				told;
	bool				begun;
};

/**
 * struct kota_session - one deliverable, from open to release
 * @kota: the device
 * @lock: held by the one who writes; guards all below
 * @verdict: 0, or the errno that every further write gets
 * @step: enum kota_step
 * @touched: a byte has come
 * @complete: END has been judged good
 * @parser: cuts the stream
 * @manifest: our copy, immutable once taken
 * @manifest_len: its bytes
 * @manifest_digest: its digest
 * @nr_signatures: good ones so far
 * @have_cek: @cek is valid
 * @cek: content key, wiped once the frames' keys are derived
 * @jobs: one for each image
 * @nr_jobs: how many
 * @why: the refusal
 */
struct kota_session {
	struct kota		*kota;
	struct mutex		lock;
	int			verdict;
	u16			step;
	bool			touched;
	bool			complete;
	struct kota_parser	parser;
	struct kota_manifest	*manifest;
	size_t			manifest_len;
	u8			manifest_digest[KOTA_DIGEST_LEN];
	unsigned int		nr_signatures;
	bool			have_cek;
	u8			cek[KOTA_CEK_LEN];
	struct job		*jobs;
	unsigned int		nr_jobs;
	struct kota_refusal	why;
};

static void tell(struct kota_session *s, u8 outcome, const char *detail)
{
	const struct kota_event ev = {
		.step = s->step, .outcome = outcome, .detail = detail,
	};

	kota_event_send(&ev);
}

static void begin_step(struct kota_session *s, u16 step, const char *detail)
{
	s->step = step;
	WRITE_ONCE(s->kota->step, step);
	tell(s, KOTA_OUTCOME_BEGUN, detail);
}

static int no_memory(struct kota_session *s, const char *what)
{
	return kota_refuse(&s->why, KOTA_CAUSE_MEMORY, "memory for %s|none", what);
}

/* RECEIVE */

static int receive_manifest(struct kota_session *s, const struct kota_item *item)
{
	s->manifest = kmemdup(item->data, item->len, GFP_KERNEL);
	if (!s->manifest)
		return no_memory(s, "the manifest");
	s->manifest_len = item->len;
	tell(s, KOTA_OUTCOME_DONE, NULL);
	begin_step(s, KOTA_STEP_CHECK, NULL);
	if (!s->parser.prologue.signatures_len)
		return kota_refuse(&s->why, KOTA_CAUSE_UNSIGNED, "a release signature|none");
	return 0;
}

/* CHECK */

static int digest_manifest(struct kota_session *s)
{
	int err = kota_digest_once(s->manifest->digest, s->manifest, s->manifest_len,
				   s->manifest_digest);

	if (err)
		return kota_refuse(&s->why, KOTA_CAUSE_ALGORITHM, "manifest digest %u|%d",
				   s->manifest->digest, err);
	return 0;
}

static int open_job(struct kota_session *s, struct job *job, u16 idx)
{
	int err;

	job->image = &kota_manifest_images(s->manifest)[idx];
	job->shape = &s->parser.shape[idx];
	err = kota_policy_check_image(s->kota, s->manifest, job->image, &job->slot, &s->why);
	if (err)
		return err;
	job->target = kota_target_find(s->kota, job->image->target);
	job->digest = kota_digest_open(job->image->digest);
	if (IS_ERR(job->digest)) {
		err = PTR_ERR(job->digest);
		job->digest = NULL;
		return kota_refuse(&s->why, KOTA_CAUSE_ALGORITHM, "image digest %u|%d",
				   job->image->digest, err);
	}
	return 0;
}

/* All signatures are good: now, and not before, the manifest is looked into. */
static int check_manifest(struct kota_session *s)
{
	u16 nr_images, i;
	int err;

	err = kota_manifest_check((u8 *)s->manifest, s->manifest_len, &s->why);
	if (!err)
		err = digest_manifest(s);
	if (!err)
		err = kota_policy_check_manifest(s->kota, s->manifest, s->manifest_digest,
						 &s->why);
	if (err)
		return err;

	nr_images = le16_to_cpu(s->manifest->nr_images);
	s->jobs = kcalloc(nr_images, sizeof(*s->jobs), GFP_KERNEL);
	if (!s->jobs)
		return no_memory(s, "the images");
	s->nr_jobs = nr_images;
	for (i = 0; i < nr_images; i++) {
		err = open_job(s, &s->jobs[i], i);
		if (err)
			return err;
	}
	if (!s->parser.prologue.envelopes_len)
		return kota_refuse(&s->why, KOTA_CAUSE_ENVELOPE, "an envelope|none");
	return kota_parse_plan(&s->parser, kota_manifest_images(s->manifest), nr_images,
			       &s->why);
}

static int check_signature(struct kota_session *s, const struct kota_item *item)
{
	const struct kota_signature *sig = (const void *)item->data;
	int err;

	err = kota_signature_verify(&s->kota->rings, sig->ring, (u8 *)s->manifest,
				    s->manifest_len, item->data + sizeof(*sig),
				    item->len - sizeof(*sig), &s->why);
	if (err)
		return err;
	s->nr_signatures++;
	return item->last ? check_manifest(s) : 0;
}

static int check_envelope(struct kota_session *s, const struct kota_item *item)
{
	const struct kota_envelope *env = (const void *)item->data;
	struct kota_keys *keys = &s->kota->keys;
	int err;

	if (!s->have_cek && kota_keys_is_mine(keys, env)) {
		err = kota_keys_unwrap(keys, env, s->manifest_digest, s->cek, &s->why);
		if (err)
			return err;
		s->have_cek = true;
	}
	if (item->last && !s->have_cek)
		return kota_refuse(&s->why, KOTA_CAUSE_ENVELOPE, "envelope for %8phN..|for others",
				   keys->device_id);
	return 0;
}

/* Key @job's cipher for its table or its frames. */
static int open_aead(struct kota_session *s, struct job *job, const char *label,
		     size_t max_len)
{
	size_t key_len = job->image->cipher == KOTA_CIPHER_AES_128_GCM ? 16 : 32;
	u8 key[32];
	int err;

	kota_aead_close(&job->aead);
	err = kota_keys_content(s->cek, s->manifest, s->manifest_digest, label,
				job - s->jobs, key, key_len);
	if (!err)
		err = kota_aead_open(&job->aead, key, key_len, max_len);
	memzero_explicit(key, sizeof(key));
	if (err == -ENOMEM)
		return no_memory(s, "the cipher");
	if (err)
		return kota_refuse(&s->why, KOTA_CAUSE_ALGORITHM, "AES-GCM and HKDF|%d", err);
	return 0;
}

static int begin_table(struct kota_session *s, struct job *job)
{
	job->table = kvmalloc(job->shape->table_len, GFP_KERNEL);
	if (!job->table)
		return no_memory(s, "the table");
	return open_aead(s, job, KOTA_LABEL_TABLE, KOTA_TABLE_BLOCK_LEN + KOTA_TAG_LEN);
}

static int finish_table(struct kota_session *s, struct job *job)
{
	int err;

	err = kota_chunk_check_root(job->digest, job->table, job->shape->table_len,
				    job->image->root, &s->why);
	if (!err)
		err = kota_manifest_check_table(job->table, job->image, job->shape, &s->why);
	if (!err)
		err = open_aead(s, job, KOTA_LABEL_FRAMES,
				job->shape->chunk_len + KOTA_TAG_LEN);
	return err;
}

static int install(struct kota_session *s);

static int check_table(struct kota_session *s, const struct kota_item *item)
{
	struct job *job = &s->jobs[item->image];
	int err;

	err = item->block ? 0 : begin_table(s, job);
	if (!err)
		err = kota_chunk_open_block(&job->aead, item->block, item->data, item->len,
					    &s->why);
	if (err)
		return err;
	memcpy(job->table + (size_t)item->block * KOTA_TABLE_BLOCK_LEN, item->data,
	       item->len - KOTA_TAG_LEN);
	if (!item->last)
		return 0;
	err = finish_table(s, job);
	if (err || item->image + 1 < s->nr_jobs)
		return err;
	memzero_explicit(s->cek, sizeof(s->cek));
	return install(s);
}

/* STAGE: what the record says of a slot, before it is touched and after. */

static int note_slot(struct kota_session *s, struct job *job, u8 slot_state)
{
	struct kota_state *st = &s->kota->state;
	struct kota_state_slot *slot;
	int err = -ENOSPC;

	mutex_lock(&st->lock);
	slot = kota_state_find_slot(st, job->target->name, job->slot, true);
	if (slot) {
		memset(slot, 0, sizeof(*slot));
		slot->state = slot_state;
		if (slot_state == KOTA_SLOT_STATE_COMPLETE) {
			slot->sequence = s->manifest->sequence;
			slot->size = job->image->size;
			memcpy(slot->version, job->image->version, sizeof(slot->version));
			memcpy(slot->root, job->image->root, sizeof(slot->root));
			memcpy(slot->manifest, s->manifest_digest, sizeof(slot->manifest));
			st->rec->sequence = s->manifest->sequence;
			memcpy(st->rec->manifest, s->manifest_digest,
			       sizeof(st->rec->manifest));
		}
		err = kota_state_commit(st);
	}
	mutex_unlock(&st->lock);
	if (err)
		return kota_refuse(&s->why, KOTA_CAUSE_MEDIUM, "the state record written|%d", err);
	return 0;
}

static int stage(struct kota_session *s, struct job *job)
{
	int err = note_slot(s, job, KOTA_SLOT_STATE_INCOMPLETE);

	if (err)
		return err;
	err = kota_target_begin(job->target, job->slot);
	if (err == -ENOMEM)
		return no_memory(s, "the target");
	if (err)
		return kota_refuse(&s->why, KOTA_CAUSE_MEDIUM, "first block erased|%d", err);
	job->begun = true;
	return 0;
}

/* ANNOUNCE, DISTRIBUTE, STAGE: all is known and good, nothing is touched yet. */
static int install(struct kota_session *s)
{
	const struct job *first = &s->jobs[0];
	char detail[KOTA_NAME_LEN + 16];
	unsigned int i;
	int err;

	tell(s, KOTA_OUTCOME_DONE, NULL);
	begin_step(s, KOTA_STEP_ANNOUNCE, s->manifest->release);
	tell(s, KOTA_OUTCOME_DONE, NULL);

	snprintf(detail, sizeof(detail), "%s, slot %c", first->target->name,
		 kota_slot_label(first->slot));
	begin_step(s, KOTA_STEP_DISTRIBUTE, detail);
	tell(s, KOTA_OUTCOME_DONE, NULL);

	begin_step(s, KOTA_STEP_STAGE, NULL);
	for (i = 0; i < s->nr_jobs; i++) {
		err = stage(s, &s->jobs[i]);
		if (err)
			return err;
	}
	tell(s, KOTA_OUTCOME_DONE, NULL);

	begin_step(s, KOTA_STEP_PROCESS, first->image->cipher == KOTA_CIPHER_AES_128_GCM ?
		   "AES-128-GCM" : "AES-256-GCM");
	begin_step(s, KOTA_STEP_APPLY, detail);
	return 0;
}

/* PROCESS, APPLY */

static void tell_progress(struct kota_session *s, struct job *job)
{
	u64 total = le64_to_cpu(job->image->size), done = job->target->pos;
	const struct kota_event ev = {
		.step = KOTA_STEP_APPLY, .outcome = KOTA_OUTCOME_PROGRESS,
		.image = job - s->jobs, .done = done, .total = total,
	};

	if (done < total && done - job->told < max_t(u64, total / 100, SZ_64K))
		return;
	job->told = done;
	kota_event_send(&ev);
}

static int process_frame(struct kota_session *s, const struct kota_item *item)
{
	struct job *job = &s->jobs[le16_to_cpu(item->frame.image)];
	u32 chunk = le32_to_cpu(item->frame.chunk);
	const struct kota_chunk *entry;
	int err;

	s->step = KOTA_STEP_PROCESS;
	if (chunk != job->next || chunk >= job->shape->nr_chunks)
		return kota_refuse(&s->why, KOTA_CAUSE_ORDER, "chunk %u|chunk %u",
				   job->next, chunk);
	entry = kota_table_entry(job->table, job->shape, chunk);
	err = kota_chunk_open(&job->aead, job->digest, entry, chunk, item->data, item->len,
			      &s->why);
	if (err)
		return err;

	s->step = KOTA_STEP_APPLY;
	err = kota_target_write(job->target, (u64)chunk << job->image->log2_chunk,
				item->data, le32_to_cpu(entry->stored_len));
	if (err)
		return kota_refuse(&s->why, KOTA_CAUSE_MEDIUM, "chunk %u written|%d", chunk, err);
	job->next++;
	tell_progress(s, job);
	return 0;
}

/* REVERIFY */

static int reverify(struct kota_session *s, struct job *job)
{
	int err;

	if (job->next != job->shape->nr_chunks)
		return kota_refuse(&s->why, KOTA_CAUSE_INCOMPLETE, "%u chunks|%u",
				   job->shape->nr_chunks, job->next);
	err = kota_target_finish(job->target);
	if (err)
		return kota_refuse(&s->why, KOTA_CAUSE_MEDIUM, "rest of the slot erased|%d", err);
	/* The parser has nothing more to put into its memory. */
	return kota_reverify(job->target, job->image, job->shape, job->table, job->digest,
			     s->parser.buf, &s->why);
}

static int seal(struct kota_session *s, struct job *job)
{
	int err = kota_target_seal(job->target);

	if (err == -EREMOTEIO)
		return kota_refuse(&s->why, KOTA_CAUSE_REVERIFY, "first block as written|other bytes");
	if (err)
		return kota_refuse(&s->why, KOTA_CAUSE_MEDIUM, "first block written|%d", err);
	return note_slot(s, job, KOTA_SLOT_STATE_COMPLETE);
}

static int finish(struct kota_session *s, bool more)
{
	unsigned int i;
	int err;

	if (more) {
		s->step = KOTA_STEP_RECEIVE;
		return kota_refuse(&s->why, KOTA_CAUSE_EXTRA, "nothing after END|more bytes");
	}
	s->step = KOTA_STEP_PROCESS;
	tell(s, KOTA_OUTCOME_DONE, NULL);
	s->step = KOTA_STEP_APPLY;
	tell(s, KOTA_OUTCOME_DONE, NULL);

	begin_step(s, KOTA_STEP_REVERIFY, "digest and CRC-16, from the medium");
	for (i = 0; i < s->nr_jobs; i++) {
		err = reverify(s, &s->jobs[i]);
		if (err)
			return err;
	}
	for (i = 0; i < s->nr_jobs; i++) {
		err = seal(s, &s->jobs[i]);
		if (err)
			return err;
	}
	tell(s, KOTA_OUTCOME_DONE, NULL);
	s->complete = true;
	return 0;
}

/* The verdict, and what has to be undone. */

static void remember_refusal(struct kota_session *s)
{
	u64 sequence = s->jobs ? le64_to_cpu(s->manifest->sequence) : 0;
	struct kota_state *st = &s->kota->state;
	struct kota_state_record *rec = st->rec;

	mutex_lock(&st->lock);
	s->kota->refusal = s->why;
	s->kota->refusal_sequence = sequence;
	/* The same refusal again is not worth an erase. */
	if (st->health == KOTA_STATE_GOOD &&
	    (le16_to_cpu(rec->refusal_cause) != s->why.cause ||
	     le16_to_cpu(rec->refusal_step) != s->why.step ||
	     strncmp(rec->expected, s->why.expected, sizeof(rec->expected)) ||
	     strncmp(rec->found, s->why.found, sizeof(rec->found)))) {
		rec->refusal_step = cpu_to_le16(s->why.step);
		rec->refusal_cause = cpu_to_le16(s->why.cause);
		rec->refusal_sequence = cpu_to_le64(sequence);
		strscpy_pad(rec->expected, s->why.expected, sizeof(rec->expected));
		strscpy_pad(rec->found, s->why.found, sizeof(rec->found));
		kota_state_commit(st);
	}
	mutex_unlock(&st->lock);
}

static void abort_jobs(struct kota_session *s)
{
	struct kota_refusal why = s->why;
	unsigned int i;

	for (i = 0; i < s->nr_jobs; i++) {
		struct job *job = &s->jobs[i];

		if (!job->begun)
			continue;
		kota_target_abort(job->target);
		if (s->complete)
			note_slot(s, job, KOTA_SLOT_STATE_INCOMPLETE);
		job->begun = false;
	}
	s->why = why;
}

static int refuse(struct kota_session *s, int err)
{
	const struct kota_event ev = {
		.step = s->step, .outcome = KOTA_OUTCOME_REFUSED, .refusal = &s->why,
	};

	s->verdict = err;
	s->why.step = s->step;
	abort_jobs(s);
	s->complete = false;
	remember_refusal(s);
	kota_msg("refused: step %u, cause %u: expected %s, found %s", s->why.step,
		 s->why.cause, s->why.expected, s->why.found);
	kota_event_send(&ev);
	return err;
}

/**
 * kota_session_open() - begin a session
 * @kota: the device
 *
 * Context: may sleep.
 * Return: the session, or ERR_PTR: -EBUSY when there is one, -ENOMEM.
 */
struct kota_session *kota_session_open(struct kota *kota)
{
	struct kota_session *s;

	if (atomic_cmpxchg(&kota->busy, 0, 1))
		return ERR_PTR(-EBUSY);
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s || kota_parse_begin(&s->parser)) {
		kfree(s);
		atomic_set(&kota->busy, 0);
		return ERR_PTR(-ENOMEM);
	}
	s->kota = kota;
	mutex_init(&s->lock);
	return s;
}

/**
 * kota_session_close() - end a session; what is not complete is undone
 * @s: the session
 *
 * Context: may sleep.
 */
void kota_session_close(struct kota_session *s)
{
	struct kota *kota = s->kota;
	unsigned int i;

	if (s->touched && !s->complete && !s->verdict)
		refuse(s, kota_refuse(&s->why, KOTA_CAUSE_INTERRUPTED,
				      "all bytes up to END|closed in the middle"));
	for (i = 0; i < s->nr_jobs; i++) {
		kota_aead_close(&s->jobs[i].aead);
		kota_digest_close(s->jobs[i].digest);
		kvfree(s->jobs[i].table);
	}
	kfree(s->jobs);
	kfree(s->manifest);
	kota_parse_end(&s->parser);
	kfree_sensitive(s);
	WRITE_ONCE(kota->step, KOTA_STEP_NONE);
	/* Pairs with the exchange in kota_session_open(). */
	atomic_set_release(&kota->busy, 0);
}

/**
 * kota_session_trylock() - become the one who writes
 * @s: the session
 *
 * Return: whether nobody else is.
 */
bool kota_session_trylock(struct kota_session *s)
{
	return mutex_trylock(&s->lock);
}

/**
 * kota_session_unlock() - let others write
 * @s: the session
 */
void kota_session_unlock(struct kota_session *s)
{
	mutex_unlock(&s->lock);
}

/**
 * kota_session_window() - where the next bytes of the stream go
 * @s: the session, locked
 * @len: bytes that fit there, at least 1
 *
 * Return: the window, or ERR_PTR: the verdict, once there is one.
 */
u8 *kota_session_window(struct kota_session *s, size_t *len)
{
	u8 *window;

	if (s->verdict)
		return ERR_PTR(s->verdict);
	if (s->complete) {
		s->step = KOTA_STEP_RECEIVE;
		return ERR_PTR(refuse(s, kota_refuse(&s->why, KOTA_CAUSE_EXTRA,
						     "nothing after END|more bytes")));
	}
	if (!s->touched) {
		s->touched = true;
		begin_step(s, KOTA_STEP_RECEIVE, NULL);
	}
	window = kota_parse_window(&s->parser, len);
	return window ?: ERR_PTR(-EINVAL);
}

static int take_item(struct kota_session *s, const struct kota_item *item, bool more)
{
	switch (item->type) {
	case KOTA_ITEM_NONE:
	case KOTA_ITEM_PROLOGUE:
		return 0;
	case KOTA_ITEM_MANIFEST:
		return receive_manifest(s, item);
	case KOTA_ITEM_SIGNATURE:
		return check_signature(s, item);
	case KOTA_ITEM_ENVELOPE:
		return check_envelope(s, item);
	case KOTA_ITEM_TABLE_BLOCK:
		return check_table(s, item);
	case KOTA_ITEM_FRAME:
		return process_frame(s, item);
	case KOTA_ITEM_END:
		return finish(s, more);
	}
	return -EINVAL;
}

/**
 * kota_session_push() - bytes have been put into the window
 * @s: the session, locked
 * @len: how many, at least 1
 * @more: the writer has more at hand
 *
 * With the last byte of the stream comes the verdict.
 *
 * Context: may sleep, and does so for as long as a medium takes.
 * Return: 0, or the negative errno of a cause, which is the verdict for good.
 */
int kota_session_push(struct kota_session *s, size_t len, bool more)
{
	struct kota_item item;
	int err;

	err = kota_parse_advance(&s->parser, len, &item, &s->why);
	if (!err)
		err = take_item(s, &item, more);
	return err ? refuse(s, err) : 0;
}
