// SPDX-License-Identifier: GPL-2.0
/*
 * The conductor of the stream: gets the bytes in, hands each item to the step that
 * it belongs to, keeps the verdict. The steps are conducted in check.c and
 * install.c; none of the three judges anything itself: the rooms do, and their
 * first no is the verdict for good.
 *
 * Two sessions may be open, so that one can take over from the other. The one that
 * asks what is wanted, or whose first frame comes, owns the targets from then on.
 */

#include "kota_private.h"

static unsigned int idle_seconds = 120;
module_param(idle_seconds, uint, 0444);
MODULE_PARM_DESC(idle_seconds,
		 "a stream whose writer is silent for so long ends");

/* All files that are open, of whatever device: they outlive it. */
static LIST_HEAD(sessions);
static DEFINE_MUTEX(sessions_lock);

static int refuse(struct kota_session *s, int err)
{
	kota_verdict_give(s, err);
	kota_claim_drop(s);
	return err;
}

/* The file stays open, and that is all: a silent writer holds nothing. */
static void expire(struct kota_session *s)
{
	/* Who wants the targets waits for us, from now on. */
	WRITE_ONCE(s->expiring, true);
	if (s->touched && !s->complete && !s->verdict)
		refuse(s, kota_refuse(&s->why, KOTA_CAUSE_SILENT,
				      "a byte within %u s|none", idle_seconds));
	else if (!s->verdict && !s->complete)
		s->verdict = kota_cause_errno(KOTA_CAUSE_SILENT);
	kota_install_settle(s);
	kota_claim_drop(s);
	kota_stream_end(s);
	kota_claim_leave_seat(s);
}

/* 0 would end a session before its first byte; jiffies tell no longer times. */
static unsigned long idle_limit(void)
{
	return clamp_t(unsigned long, idle_seconds, 1, MAX_JIFFY_OFFSET / HZ) *
	       HZ;
}

/* Not on one CPU's queue: to give up a slot takes as long as its medium does. */
static void watch(struct kota_session *s, unsigned long delay)
{
	queue_delayed_work(system_dfl_wq, &s->idle, delay);
}

static void look_after(struct work_struct *work)
{
	struct kota_session *s =
		container_of(to_delayed_work(work), struct kota_session, idle);
	unsigned long limit = idle_limit(), passed = 0;

	/* While the lock is held, bytes are judged, or the device goes. */
	if (mutex_trylock(&s->lock)) {
		passed = s->kota ? jiffies - s->last_byte : limit;
		if (s->kota && passed >= limit)
			expire(s);
		mutex_unlock(&s->lock);
	}
	if (passed < limit)
		watch(s, limit - passed);
}

/**
 * kota_session_open() - begin a session
 * @kota: the device
 *
 * Context: may sleep.
 * Return: the session, or ERR_PTR: -EBUSY when there are two, -ENOMEM.
 */
struct kota_session *kota_session_open(struct kota *kota)
{
	struct kota_session *s;

	/* Pairs with kota_claim_leave_seat(): what the one before left is seen. */
	if (!atomic_add_unless(&kota->seats, 1, KOTA_MAX_SESSIONS))
		return ERR_PTR(-EBUSY);
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s || kota_parse_begin(&s->parser)) {
		kfree(s);
		atomic_dec(&kota->seats);
		return ERR_PTR(-ENOMEM);
	}
	s->kota = kota;
	s->seated = true;
	s->last_byte = jiffies;
	mutex_init(&s->caller);
	mutex_init(&s->lock);
	mutex_lock(&sessions_lock);
	list_add(&s->list, &sessions);
	mutex_unlock(&sessions_lock);
	INIT_DELAYED_WORK(&s->idle, look_after);
	watch(s, idle_limit());
	return s;
}

/**
 * kota_session_is_open_ended() - has a stream begun that is not over?
 * @s: the session, locked
 *
 * One that ends before its frames has asked a question, which has been answered.
 *
 * Return: whether the verdict is still to come.
 */
bool kota_session_is_open_ended(struct kota_session *s)
{
	return s->touched && !s->complete && !s->verdict &&
	       !(s->checked && kota_parse_is_at_frames(&s->parser));
}

/* What is not complete is undone; the device is not touched any more. */
static void leave(struct kota_session *s, const char *why)
{
	if (!s->kota)
		return;
	if (kota_session_is_open_ended(s))
		refuse(s, kota_refuse(&s->why, KOTA_CAUSE_INTERRUPTED,
				      "all bytes up to END|%s", why));
	kota_claim_drop(s);
	kota_stream_end(s);
	kota_claim_leave_seat(s);
	s->kota = NULL;
}

/**
 * kota_session_close() - end a session; what is not complete is undone
 * @s: the session
 *
 * Context: may sleep.
 */
void kota_session_close(struct kota_session *s)
{
	cancel_delayed_work_sync(&s->idle);
	/* A later deliverable may just be pushing us aside. */
	mutex_lock(&s->lock);
	leave(s, "closed in the middle");
	mutex_unlock(&s->lock);
	mutex_lock(&sessions_lock);
	list_del(&s->list);
	mutex_unlock(&sessions_lock);
	kfree_sensitive(s);
}

/**
 * kota_session_end_all() - end all sessions of a device that goes
 * @kota: the device; no session is opened any more
 *
 * Their files stay open and know of no device. Whoever judges bytes at this moment
 * is waited for, and takes no more of them.
 *
 * Context: may sleep, and does so for as long as a medium takes.
 */
void kota_session_end_all(struct kota *kota)
{
	struct kota_session *s;

	/* Pairs with kota_session_window(). */
	WRITE_ONCE(kota->going, true);
	mutex_lock(&sessions_lock);
	list_for_each_entry(s, &sessions, list) {
		mutex_lock(&s->lock);
		leave(s, "the device went");
		mutex_unlock(&s->lock);
	}
	mutex_unlock(&sessions_lock);
}

/**
 * kota_session_enter() - become the one who writes or reads
 * @s: the session
 *
 * May be held while the caller's memory comes, or never does: nobody waits for it.
 *
 * Return: whether nobody else is.
 */
bool kota_session_enter(struct kota_session *s)
{
	return mutex_trylock(&s->caller);
}

/**
 * kota_session_leave() - let others write or read
 * @s: the session
 */
void kota_session_leave(struct kota_session *s)
{
	mutex_unlock(&s->caller);
}

/**
 * kota_session_lock() - keep everybody else out, for as long as bytes are judged
 * @s: the session, entered
 *
 * Never while user memory is waited for: who takes over and who ends silent
 * sessions takes the lock as well.
 *
 * Context: may sleep.
 * Return: 0; -ENODEV when the device is gone.
 */
int kota_session_lock(struct kota_session *s)
{
	mutex_lock(&s->lock);
	if (s->kota)
		return 0;
	mutex_unlock(&s->lock);
	return -ENODEV;
}

/**
 * kota_session_trylock() - keep everybody else out, if nobody is in
 * @s: the session
 *
 * Return: whether it is locked and has its device; who is in has a verdict to come.
 */
bool kota_session_trylock(struct kota_session *s)
{
	if (!mutex_trylock(&s->lock))
		return false;
	if (s->kota)
		return true;
	mutex_unlock(&s->lock);
	return false;
}

/**
 * kota_session_unlock() - let others in
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
 * Return: the window, or ERR_PTR: the verdict, once there is one; -ENODEV when the
 * device is about to go.
 */
u8 *kota_session_window(struct kota_session *s, size_t *len)
{
	u8 *window;

	if (s->verdict)
		return ERR_PTR(s->verdict);
	if (READ_ONCE(s->kota->going))
		return ERR_PTR(-ENODEV);
	if (s->complete)
		return ERR_PTR(refuse(s, bytes_after_end(s)));
	window = kota_parse_window(&s->parser, len);
	return window ?: ERR_PTR(-EINVAL);
}

static int receive_manifest(struct kota_session *s,
			    const struct kota_item *item)
{
	s->manifest = kmemdup(item->data, item->len, GFP_KERNEL);
	if (!s->manifest)
		return kota_refuse_memory(&s->why, "the manifest");
	s->manifest_len = item->len;
	kota_event_done(s);
	kota_event_enter(s, KOTA_STEP_CHECK, NULL);
	if (!s->parser.prologue.signatures_len)
		return kota_refuse(&s->why, KOTA_CAUSE_UNSIGNED,
				   "a release signature|none");
	return 0;
}

/* With the first frame, and not before, the targets are touched. */
static int begin(struct kota_session *s)
{
	int err;

	if (s->staged)
		return 0;
	/* Which judges once more: CHECK is not done before. */
	err = kota_claim_take(s);
	if (err)
		return err;
	kota_event_done(s);
	return kota_install_begin(s);
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
		return kota_check_table(s, item);
	case KOTA_ITEM_FRAME:
		err = begin(s);
		return err ?: kota_install_frame(s, item);
	case KOTA_ITEM_END:
		if (more)
			return bytes_after_end(s);
		err = begin(s);
		return err ?: kota_install_finish(s);
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

	if (!s->touched) {
		s->touched = true;
		kota_event_enter(s, KOTA_STEP_RECEIVE, NULL);
	}
	err = kota_parse_advance(&s->parser, len, &item, &s->why);
	if (!err)
		err = take_item(s, &item, more);
	/* Only now: the medium's time is not the writer's. */
	s->last_byte = jiffies;
	if (err)
		return refuse(s, err);
	if (s->complete)
		kota_stream_wipe(s);
	return 0;
}

static int ask(struct kota_session *s)
{
	int err = kota_claim_take(s);

	if (!err)
		err = kota_install_ask(s);
	if (err == -EINTR)
		return err;
	if (err)
		return refuse(s, err);
	s->asked = true;
	s->parser.sparse = true;
	s->last_byte = jiffies;
	return 0;
}

/**
 * kota_session_need() - the next range of the deliverable that is still wanted
 * @s: the session, locked
 * @range: the range; the same again until kota_session_needed()
 *
 * Context: may sleep; the first time for as long as it takes to read the slots.
 * Return: 1; 0 when there are no more; -EAGAIN before all tables are good; -EBUSY
 * once frames have come; -EINTR when a fatal signal is pending; the verdict, once
 * there is one.
 */
int kota_session_need(struct kota_session *s, struct kota_range *range)
{
	struct kota_need at;
	int err;

	if (s->verdict)
		return s->verdict;
	if (!s->checked)
		return -EAGAIN;
	if (!kota_parse_is_at_frames(&s->parser))
		return -EBUSY;
	err = s->asked ? 0 : ask(s);
	if (err)
		return err;
	at = s->need;
	return kota_need_next(s->jobs, s->nr_jobs, &at, range);
}

/**
 * kota_session_needed() - the range has been told
 * @s: the session, locked, after kota_session_need()
 */
void kota_session_needed(struct kota_session *s)
{
	struct kota_range range;

	kota_need_next(s->jobs, s->nr_jobs, &s->need, &range);
	s->last_byte = jiffies;
}
