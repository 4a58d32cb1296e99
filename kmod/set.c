// SPDX-License-Identifier: GPL-2.0
/*
 * The slots of all targets as one set: which targets the deliverable lacks, and the
 * moment when all slots get their beginnings. What is copied, copy.c knows.
 */

#include "kota_private.h"

static bool is_brought(const struct kota_session *s,
		       const struct kota_target *t)
{
	unsigned int i;

	for (i = 0; i < s->nr_jobs; i++)
		if (s->jobs[i].target == t)
			return true;
	return false;
}

/* Every target that has slots, and that the deliverable does not bring. */
static int open_copies(struct kota_session *s)
{
	struct kota *kota = s->kota;
	unsigned int i;

	s->copies = kcalloc(kota->nr_targets, sizeof(*s->copies), GFP_KERNEL);
	if (!s->copies)
		return kota_refuse_memory(&s->why, "the other targets");
	mutex_lock(&kota->state.lock);
	for (i = 0; i < kota->nr_targets; i++)
		if (kota->targets[i].ops && !is_brought(s, &kota->targets[i]))
			kota_copy_init(&s->copies[s->nr_copies++],
				       &kota->targets[i], s->jobs[0].slot,
				       kota->state.rec);
	mutex_unlock(&kota->state.lock);
	return 0;
}

/**
 * kota_set_copy() - bring what the deliverable lacks into the other slots
 * @s: the session, locked; its images are written and compared
 *
 * Context: may sleep, and does so for as long as it takes to read the slots.
 * Return: 0, or the negative errno of a cause: SOURCE, SIZE, MEDIUM, REVERIFY,
 * MEMORY, ALGORITHM.
 */
int kota_set_copy(struct kota_session *s)
{
	unsigned int i;
	int err;

	err = open_copies(s);
	for (i = 0; !err && i < s->nr_copies; i++)
		err = kota_copy_compare(&s->copies[i], &s->why);
	if (!err)
		err = kota_record_copies(s);
	for (i = 0; !err && i < s->nr_copies; i++)
		if (!s->copies[i].same)
			err = kota_copy_run(&s->copies[i], &s->why);
	return err;
}

static int seal(struct kota_session *s, struct kota_target *t)
{
	int err = kota_target_seal(t);

	if (err == -EREMOTEIO)
		return kota_refuse(&s->why, KOTA_CAUSE_REVERIFY,
				   "%s: first block as written|other bytes",
				   t->name);
	if (err)
		return kota_refuse(&s->why,
				   kota_cause_of(err, KOTA_CAUSE_MEDIUM),
				   "%s: first block written|%d", t->name, err);
	return 0;
}

/**
 * kota_set_seal() - write what was held back of every slot
 * @s: the session, locked; all slots are compared
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause: MEDIUM, REVERIFY.
 */
int kota_set_seal(struct kota_session *s)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < s->nr_jobs; i++)
		err = seal(s, s->jobs[i].target);
	for (i = 0; !err && i < s->nr_copies; i++)
		if (s->copies[i].begun)
			err = seal(s, s->copies[i].target);
	return err;
}
