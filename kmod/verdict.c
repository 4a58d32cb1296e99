// SPDX-License-Identifier: GPL-2.0
/*
 * A no, and what comes of it: slots that were begun are left without a beginning,
 * the record remembers, listeners are told, and what was got of the stream is wiped.
 * Whether it is one, others judge.
 */

#include "kota_private.h"

/* Refusals that a boot may write to the medium: each costs an erase. */
#define MAX_REFUSALS_KEPT 32

/* What a stranger sends is told as long as we run, and not worth an erase. */
static bool is_worth_keeping(const struct kota_session *s,
			     const struct kota_state_record *rec)
{
	return s->authentic && s->kota->refusals_kept < MAX_REFUSALS_KEPT &&
	       (le16_to_cpu(rec->refusal_cause) != s->why.cause ||
		le16_to_cpu(rec->refusal_step) != s->why.step ||
		strncmp(rec->expected, s->why.expected,
			sizeof(rec->expected)) ||
		strncmp(rec->found, s->why.found, sizeof(rec->found)));
}

static void remember_refusal(struct kota_session *s)
{
	u64 sequence = s->authentic ? le64_to_cpu(s->manifest->sequence) : 0;
	struct kota_state *st = &s->kota->state;
	struct kota_state_record *rec;

	mutex_lock(&st->lock);
	s->kota->refusal = s->why;
	s->kota->refusal_sequence = sequence;
	if (st->health == KOTA_STATE_GOOD && is_worth_keeping(s, st->rec)) {
		rec = kota_state_begin(st);
		rec->refusal_step = cpu_to_le16(s->why.step);
		rec->refusal_cause = cpu_to_le16(s->why.cause);
		rec->refusal_sequence = cpu_to_le64(sequence);
		strscpy_pad(rec->expected, s->why.expected,
			    sizeof(rec->expected));
		strscpy_pad(rec->found, s->why.found, sizeof(rec->found));
		if (!kota_state_commit(st))
			s->kota->refusals_kept++;
	}
	mutex_unlock(&st->lock);
}

/**
 * kota_verdict_give() - refuse a deliverable, for good
 * @s: the session, locked or closing; its refusal is noted
 * @err: negative errno of the cause
 *
 * The claim to the targets is the caller's to give up.
 *
 * Context: may sleep.
 * Return: @err.
 */
int kota_verdict_give(struct kota_session *s, int err)
{
	const struct kota_event ev = {
		.step = s->step,
		.outcome = KOTA_OUTCOME_REFUSED,
		.refusal = &s->why,
	};

	s->verdict = err;
	s->why.step = s->step;
	kota_install_abort(s);
	s->complete = false;
	remember_refusal(s);
	kota_msg("refused: step %u, cause %u: expected %s, found %s",
		 s->why.step, s->why.cause, s->why.expected, s->why.found);
	kota_event_send(&ev);
	kota_stream_end(s);
	return err;
}
