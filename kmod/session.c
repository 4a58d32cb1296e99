// SPDX-License-Identifier: GPL-2.0
/*
 * The conductor of the stream: gets the bytes in, hands each item to the step that
 * it belongs to, keeps the verdict. The steps are conducted in check.c and
 * install.c; none of the three judges anything itself: the rooms do, and their
 * first no is the verdict for good.
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

static int refuse(struct kota_session *s, int err)
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
 * kota_session_is_open_ended() - has a stream begun that is not over?
 * @s: the session, locked
 *
 * Return: whether the verdict is still to come.
 */
bool kota_session_is_open_ended(struct kota_session *s)
{
	return s->touched && !s->complete && !s->verdict;
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

	if (kota_session_is_open_ended(s))
		refuse(s,
		       kota_refuse(&s->why, KOTA_CAUSE_INTERRUPTED,
				   "all bytes up to END|closed in the middle"));
	for (i = 0; i < s->nr_jobs; i++) {
		kota_aead_close(&s->jobs[i].aead);
		kota_digest_close(s->jobs[i].digest);
		/* What a digest is of may be guessed: a table is a secret. */
		if (s->jobs[i].table)
			kvfree_sensitive(s->jobs[i].table,
					 s->jobs[i].shape->table_len);
	}
	kota_unpack_close(&s->unpack);
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

static int bytes_after_end(struct kota_session *s)
{
	s->step = KOTA_STEP_RECEIVE;
	return kota_refuse(&s->why, KOTA_CAUSE_EXTRA,
			   "nothing after END|more bytes");
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
	if (s->complete)
		return ERR_PTR(refuse(s, bytes_after_end(s)));
	if (!s->touched) {
		s->touched = true;
		kota_event_enter(s, KOTA_STEP_RECEIVE, NULL);
	}
	window = kota_parse_window(&s->parser, len);
	return window ?: ERR_PTR(-EINVAL);
}

static int receive_manifest(struct kota_session *s,
			    const struct kota_item *item)
{
	s->manifest = kmemdup(item->data, item->len, GFP_KERNEL);
	if (!s->manifest)
		return kota_refuse(&s->why, KOTA_CAUSE_MEMORY,
				   "memory for the manifest|none");
	s->manifest_len = item->len;
	kota_event_done(s);
	kota_event_enter(s, KOTA_STEP_CHECK, NULL);
	if (!s->parser.prologue.signatures_len)
		return kota_refuse(&s->why, KOTA_CAUSE_UNSIGNED,
				   "a release signature|none");
	return 0;
}

/* The order of the sections is the order of the steps. */
static int take_item(struct kota_session *s, const struct kota_item *item,
		     bool more)
{
	int err;

	switch (item->type) {
	case KOTA_ITEM_NONE:
	case KOTA_ITEM_PROLOGUE:
		return 0;
	case KOTA_ITEM_MANIFEST:
		return receive_manifest(s, item);
	case KOTA_ITEM_SIGNATURE:
		return kota_check_signature(s, item);
	case KOTA_ITEM_ENVELOPE:
		return kota_check_envelope(s, item);
	case KOTA_ITEM_TABLE_BLOCK:
		err = kota_check_table(s, item);
		return err || !s->checked ? err : kota_install_begin(s);
	case KOTA_ITEM_FRAME:
		return kota_install_frame(s, item);
	case KOTA_ITEM_END:
		return more ? bytes_after_end(s) : kota_install_finish(s);
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
