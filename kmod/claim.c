// SPDX-License-Identifier: GPL-2.0
/*
 * Who may have the targets: of the sessions that are open one owns them. Another
 * one takes over from an owner that is silent, if it brings something later.
 */

#include <linux/delay.h>

#include "kota_private.h"

static unsigned int silent_seconds = 10;
module_param(silent_seconds, uint, 0444);
MODULE_PARM_DESC(
	silent_seconds,
	"a later deliverable takes over from a writer that is silent for so long");

/**
 * kota_claim_leave_seat() - let another session be opened
 * @s: the session, locked or closing; nothing happens the second time
 */
void kota_claim_leave_seat(struct kota_session *s)
{
	if (!s->seated)
		return;
	s->seated = false;
	/* Pairs with the full barrier in kota_session_open(). */
	if (atomic_dec_return_release(&s->kota->seats) == 0)
		WRITE_ONCE(s->kota->step, KOTA_STEP_NONE);
}

static unsigned int silence(const struct kota_session *s)
{
	return jiffies_to_msecs(jiffies - s->last_byte) / MSEC_PER_SEC;
}

/* The owner, locked too, either goes or it does not. */
static int push_aside(struct kota_session *s, struct kota_session *owner)
{
	u64 ours = le64_to_cpu(s->manifest->sequence);
	u64 theirs = le64_to_cpu(owner->manifest->sequence);

	if (owner->complete) {
		kota_install_settle(owner);
		return 0;
	}
	if (ours <= theirs)
		return kota_refuse(&s->why, KOTA_CAUSE_BUSY,
				   "sequence above %llu, or patience|%llu",
				   theirs, ours);
	if (silence(owner) < silent_seconds)
		return kota_refuse(&s->why, KOTA_CAUSE_BUSY,
				   "a writer silent for %u s|%u s",
				   silent_seconds, silence(owner));
	kota_verdict_give(
		owner, kota_refuse(&owner->why, KOTA_CAUSE_SUPERSEDED,
				   "no later deliverable|sequence %llu", ours));
	kota_claim_leave_seat(owner);
	return 0;
}

/* -EAGAIN: the owner's time is over, and it is about to go. */
static int replace(struct kota_session *s, struct kota_session *owner)
{
	int err;

	/* Only tried for: its lock comes before the claim's. */
	if (mutex_trylock(&owner->lock)) {
		err = push_aside(s, owner);
		mutex_unlock(&owner->lock);
		return err;
	}
	if (READ_ONCE(owner->expiring))
		return -EAGAIN;
	return kota_refuse(&s->why, KOTA_CAUSE_BUSY,
			   "a writer that is silent|it writes");
}

static int try_to_take(struct kota_session *s)
{
	struct kota *kota = s->kota;
	int err = 0;

	mutex_lock(&kota->claim);
	if (kota->owner && kota->owner != s)
		err = replace(s, kota->owner);
	if (!err)
		kota->owner = s;
	mutex_unlock(&kota->claim);
	return err;
}

/**
 * kota_claim_take() - become the session that owns the targets
 * @s: the session, locked; all checked
 *
 * What may have changed since the check is judged once more.
 *
 * Context: may sleep, and does so for as long as an owner whose time is over takes
 * to give its slots up.
 * Return: 0, or the negative errno of a cause: BUSY, or any of the check.
 */
int kota_claim_take(struct kota_session *s)
{
	int err;

	while ((err = try_to_take(s)) == -EAGAIN)
		msleep(20);
	return err ?: kota_check_again(s);
}

/**
 * kota_claim_drop() - own the targets no more
 * @s: the session; nothing happens if it does not
 *
 * Context: may sleep.
 */
void kota_claim_drop(struct kota_session *s)
{
	struct kota *kota = s->kota;

	mutex_lock(&kota->claim);
	if (kota->owner == s)
		kota->owner = NULL;
	mutex_unlock(&kota->claim);
}
