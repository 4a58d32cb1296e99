// SPDX-License-Identifier: GPL-2.0
/*
 * CHECK, conducted: signatures, then the manifest, then the envelope, then the
 * tables. Touches no target.
 */

#include "kota_private.h"

static int digest_manifest(struct kota_session *s)
{
	int err = kota_digest_once(s->manifest->digest, s->manifest,
				   s->manifest_len, s->manifest_digest);

	if (err)
		return kota_refuse(&s->why,
				   kota_cause_of(err, KOTA_CAUSE_ALGORITHM),
				   "manifest digest %s in this kernel|%d",
				   kota_digest_name(s->manifest->digest), err);
	return 0;
}

/* What policy judges by, as it is at this moment. */
static void gather_facts(struct kota *kota, struct kota_facts *facts)
{
	struct kota_state *st = &kota->state;

	memset(facts, 0, sizeof(*facts));
	facts->board = &kota->board;
	facts->keys_loaded = kota_keys_loaded(&kota->keys);
	facts->has_offline = kota->rings.has_offline;
	mutex_lock(&st->lock);
	facts->state_good = st->health == KOTA_STATE_GOOD;
	if (facts->state_good) {
		facts->security = st->rec->security;
		kota_trial_advance(&st->rec->trial, &facts->security);
		facts->held = kota_trial_holds(&st->rec->trial,
					       kota_board_booted(&kota->board));
	} else {
		kota_security_inherit(&facts->security, &st->rec->security,
				      st->protected);
		if (st->protected)
			kota_trial_advance(&st->rec->trial, &facts->security);
	}
	mutex_unlock(&st->lock);
}

static void find_place(struct kota *kota, const struct kota_target *t,
		       struct kota_place *place)
{
	unsigned int active = kota_board_booted(&kota->board) == 1;
	struct kota_state *st = &kota->state;
	const struct kota_state_slot *slot;

	memset(place, 0, sizeof(*place));
	if (!t)
		return;
	place->known = true;
	place->slot = !active;
	place->capacity = t->capacity[place->slot];
	mutex_lock(&st->lock);
	slot = kota_state_find_slot(st->rec, t->name, place->slot);
	place->whole = slot && slot->state == KOTA_SLOT_STATE_COMPLETE;
	slot = kota_state_find_slot(st->rec, t->name, active);
	if (slot && slot->state == KOTA_SLOT_STATE_COMPLETE)
		strscpy(place->installed, slot->version,
			sizeof(place->installed));
	mutex_unlock(&st->lock);
}

static int open_job(struct kota_session *s, const struct kota_facts *facts,
		    u16 idx)
{
	struct kota_job *job = &s->jobs[idx];
	struct kota_place place;
	int err;

	job->image = &kota_manifest_images(s->manifest)[idx];
	job->shape = &s->parser.shape[idx];
	job->target = kota_target_find(s->kota, job->image->target);
	find_place(s->kota, job->target, &place);
	err = kota_policy_check_image(facts, s->manifest, job->image, &place,
				      &s->why);
	if (err)
		return err;
	job->slot = place.slot;
	job->digest = kota_digest_open(job->image->digest);
	if (IS_ERR(job->digest)) {
		err = PTR_ERR(job->digest);
		job->digest = NULL;
		return kota_refuse(&s->why,
				   kota_cause_of(err, KOTA_CAUSE_ALGORITHM),
				   "image digest %s in this kernel|%d",
				   kota_digest_name(job->image->digest), err);
	}
	return 0;
}

/* A statement writes no slot; all else switches those of all targets. */
static int check_set(struct kota_session *s)
{
	const struct kota_target *unfit = kota_target_find_unfit(s->kota);

	if (!s->manifest->nr_images || !unfit)
		return 0;
	return kota_refuse(&s->why, KOTA_CAUSE_TARGET,
			   "all targets of the set|%s: %s", unfit->name,
			   unfit->reason);
}

static int open_jobs(struct kota_session *s, const struct kota_facts *facts)
{
	u16 nr_images = le16_to_cpu(s->manifest->nr_images), i;
	int err = check_set(s);

	if (err)
		return err;
	s->jobs = kcalloc(nr_images, sizeof(*s->jobs), GFP_KERNEL);
	if (!s->jobs)
		return kota_refuse_memory(&s->why, "the images");
	s->nr_jobs = nr_images;
	for (i = 0; !err && i < nr_images; i++)
		err = open_job(s, facts, i);
	return err;
}

/* Memory for the largest chunk that has to be decompressed. */
static int open_unpack(struct kota_session *s)
{
	u32 chunk_len = 0;
	unsigned int i;

	for (i = 0; i < s->nr_jobs; i++)
		if (s->jobs[i].image->compression != KOTA_COMPRESSION_NONE)
			chunk_len = max(chunk_len, s->jobs[i].shape->chunk_len);
	if (chunk_len && kota_unpack_open(&s->unpack, chunk_len))
		return kota_refuse_memory(&s->why, "decompression");
	return 0;
}

/* All tables are good: now the length of the frames is known to the byte. */
static int finish_tables(struct kota_session *s)
{
	const struct kota_prologue *p = &s->parser.prologue;
	u64 frames_len = kota_need_sum(s->jobs, s->nr_jobs);

	if (frames_len != le64_to_cpu(p->frames_len))
		return kota_refuse(&s->why, KOTA_CAUSE_FORMAT,
				   "frames of %llu bytes|%llu", frames_len,
				   le64_to_cpu(p->frames_len));
	s->need.pos = sizeof(*p) + le32_to_cpu(p->manifest_len) +
		      le32_to_cpu(p->signatures_len) +
		      le32_to_cpu(p->envelopes_len) +
		      le32_to_cpu(p->tables_len);
	s->checked = true;
	return 0;
}

/* Nothing is encrypted in a statement: what could open it has no place in it. */
static int check_statement(struct kota_session *s)
{
	const struct kota_prologue *p = &s->parser.prologue;

	if (p->envelopes_len)
		return kota_refuse(&s->why, KOTA_CAUSE_FORMAT,
				   "a statement without envelopes|%u bytes",
				   le32_to_cpu(p->envelopes_len));
	return finish_tables(s);
}

/* Which deliverable an envelope is for, shows when it opens. */
static int try_ahead(struct kota_session *s)
{
	struct kota_keys *keys = &s->kota->keys;
	struct kota_envelope *env;
	struct kota_refusal why;
	unsigned int i;
	u32 generation;
	int err = 0;

	for (i = 0; !s->generation && err != -ENOMEM; i++) {
		env = kota_ahead_get(&s->kota->ahead, i);
		if (!env)
			return 0;
		if (IS_ERR(env))
			break;
		generation = kota_keys_find(keys, env);
		if (generation)
			err = kota_keys_unwrap(keys, env, s->manifest_digest,
					       s->cek, &why);
		if (generation && !err)
			s->generation = generation;
		kfree(env);
	}
	return s->generation ? 0 : kota_refuse_memory(&s->why, "an envelope");
}

static int no_envelope(struct kota_session *s)
{
	struct kota_identity id = {};

	if (!s->parser.prologue.envelopes_len)
		return kota_refuse(&s->why, KOTA_CAUSE_ENVELOPE,
				   "an envelope|none");
	kota_keys_get_identity(&s->kota->keys, 0, &id);
	return kota_refuse(&s->why, KOTA_CAUSE_ENVELOPE,
			   "envelope for %8phN..|for others", id.id);
}

/* The envelopes section is over, or there is none. */
static int settle_envelopes(struct kota_session *s)
{
	int err = s->generation ? 0 : try_ahead(s);

	if (err)
		return err;
	return s->generation ? 0 : no_envelope(s);
}

/*
 * By the facts as they are at this moment; on their copy the manifest is tried out,
 * then @then goes on.
 */
static int judge(struct kota_session *s,
		 int (*then)(struct kota_session *s,
			     const struct kota_facts *facts))
{
	struct kota_facts *facts = kmalloc(sizeof(*facts), GFP_KERNEL);
	int err;

	if (!facts)
		return kota_refuse_memory(&s->why, "the facts");
	gather_facts(s->kota, facts);
	err = kota_policy_check_manifest(facts, s->manifest, s->manifest_digest,
					 &s->why);
	if (!err)
		err = kota_policy_check_signers(facts, s->manifest, s->signers,
						s->nr_signers, &s->why);
	if (!err && kota_manifest_is_recovery(s->manifest))
		err = kota_board_check_presence(s->kota->dev, &s->why);
	if (!err)
		err = kota_security_apply(&facts->security, s->manifest,
					  s->manifest_digest, &s->why);
	if (!err)
		err = then(s, facts);
	kfree(facts);
	return err;
}

/* All signatures are good: now, and not before, the manifest is looked into. */
static int check_manifest(struct kota_session *s)
{
	int err;

	err = kota_manifest_check((u8 *)s->manifest, s->manifest_len, &s->why);
	if (!err)
		err = digest_manifest(s);
	if (!err)
		err = judge(s, open_jobs);
	if (!err)
		err = kota_parse_plan(&s->parser,
				      kota_manifest_images(s->manifest),
				      s->nr_jobs, &s->why);
	if (err)
		return err;
	err = open_unpack(s);
	if (err)
		return err;
	if (!s->nr_jobs)
		return check_statement(s);
	return s->parser.prologue.envelopes_len ? 0 : settle_envelopes(s);
}

/**
 * kota_check_signature() - judge a signature, and with the last one the manifest
 * @s: the session, locked
 * @item: KOTA_ITEM_SIGNATURE
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause.
 */
int kota_check_signature(struct kota_session *s, const struct kota_item *item)
{
	const struct kota_signature *sig = (const void *)item->data;
	int err;

	err = kota_signature_verify(&s->kota->rings, sig->ring,
				    (u8 *)s->manifest, s->manifest_len,
				    item->data + sizeof(*sig),
				    item->len - sizeof(*sig),
				    &s->signers[s->nr_signers], &s->why);
	if (err)
		return err;
	s->nr_signers++;
	if (!item->last)
		return 0;
	s->authentic = true;
	return check_manifest(s);
}

/**
 * kota_check_envelope() - take the content key, if this envelope is for us
 * @s: the session, locked
 * @item: KOTA_ITEM_ENVELOPE
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause.
 */
int kota_check_envelope(struct kota_session *s, const struct kota_item *item)
{
	const struct kota_envelope *env = (const void *)item->data;
	struct kota_keys *keys = &s->kota->keys;
	u32 generation = kota_keys_find(keys, env);
	int err;

	if (generation && generation == s->generation)
		return kota_refuse(&s->why, KOTA_CAUSE_FORMAT,
				   "one envelope for a device key|two");
	/* Of two for different generations either will do. */
	if (generation && !s->generation) {
		err = kota_keys_unwrap(keys, env, s->manifest_digest, s->cek,
				       &s->why);
		if (err)
			return err;
		s->generation = generation;
	}
	return item->last ? settle_envelopes(s) : 0;
}

/* Key @job's cipher for its table or its frames. */
static int open_aead(struct kota_session *s, struct kota_job *job,
		     const char *label, size_t max_len)
{
	size_t key_len = job->image->cipher == KOTA_CIPHER_AES_128_GCM ? 16 :
									 32;
	u8 key[32];
	int err;

	kota_aead_close(&job->aead);
	err = kota_keys_content(s->cek, s->manifest, s->manifest_digest, label,
				job - s->jobs, key, key_len);
	if (!err)
		err = kota_aead_open(&job->aead, key, key_len, max_len);
	memzero_explicit(key, sizeof(key));
	if (err == -ENOMEM)
		return kota_refuse_memory(&s->why, "the cipher");
	if (err)
		return kota_refuse(&s->why, KOTA_CAUSE_ALGORITHM,
				   "AES-GCM and HKDF|%d", err);
	return 0;
}

static int begin_table(struct kota_session *s, struct kota_job *job)
{
	job->table = kvmalloc(job->shape->table_len, GFP_KERNEL);
	if (!job->table)
		return kota_refuse_memory(&s->why, "the table");
	return open_aead(s, job, KOTA_LABEL_TABLE,
			 KOTA_TABLE_BLOCK_LEN + KOTA_TAG_LEN);
}

static int finish_table(struct kota_session *s, struct kota_job *job)
{
	int err;

	err = kota_chunk_check_root(job->digest, job->table,
				    job->shape->table_len, job->image->root,
				    &s->why);
	if (!err)
		err = kota_manifest_check_table(job->table, job->image,
						job->shape, &s->why);
	if (!err)
		err = open_aead(s, job, KOTA_LABEL_FRAMES,
				job->shape->chunk_len + job->shape->extra_len +
					KOTA_TAG_LEN);
	return err;
}

/**
 * kota_check_table() - decrypt a block of a table, and judge a table that is whole
 * @s: the session, locked
 * @item: KOTA_ITEM_TABLE_BLOCK
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause.
 */
int kota_check_table(struct kota_session *s, const struct kota_item *item)
{
	struct kota_job *job = &s->jobs[item->image];
	int err;

	err = item->block ? 0 : begin_table(s, job);
	if (!err)
		err = kota_chunk_open_block(&job->aead, item->block, item->data,
					    item->len, &s->why);
	if (err)
		return err;
	memcpy(job->table + (size_t)item->block * KOTA_TABLE_BLOCK_LEN,
	       item->data, item->len - KOTA_TAG_LEN);
	if (!item->last)
		return 0;
	err = finish_table(s, job);
	if (err || item->image + 1 < s->nr_jobs)
		return err;
	memzero_explicit(s->cek, sizeof(s->cek));
	return finish_tables(s);
}

static int check_places(struct kota_session *s, const struct kota_facts *facts)
{
	struct kota_place place;
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < s->nr_jobs; i++) {
		struct kota_job *job = &s->jobs[i];

		find_place(s->kota, job->target, &place);
		err = kota_policy_check_image(facts, s->manifest, job->image,
					      &place, &s->why);
		/* And stays so, until power is lost or the medium fails. */
		if (!err && place.whole)
			job->target->sound[job->slot] = true;
	}
	return err;
}

/**
 * kota_check_again() - judge once more what another session may have changed
 * @s: the session, locked; all checked, nothing touched yet
 *
 * A session may wait between its check and its first frame while another one
 * installs something newer, or revokes the signers.
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause.
 */
int kota_check_again(struct kota_session *s)
{
	return judge(s, check_places);
}
