// SPDX-License-Identifier: GPL-2.0
/*
 * The conductor of what comes after an install: ACTIVATE, the trial, CLEANUP. What
 * the boot loader is told is user space's; the record says pending before that, and
 * is reconciled with the slot that was booted.
 */

#include "kota_private.h"

static void tell(const struct kota_state_trial *trial, u16 step, u8 outcome)
{
	char detail[KOTA_REASON_LEN + 64];
	const struct kota_event ev = {
		.step = step,
		.outcome = outcome,
		.detail = detail,
	};

	snprintf(detail, sizeof(detail), "sequence %llu, slot %c%s%s",
		 le64_to_cpu(trial->sequence), kota_slot_label(trial->slot),
		 *trial->reason ? ": " : "", trial->reason);
	kota_msg("step %u: %s", step, detail);
	kota_event_send(&ev);
}

/* Are all slots of the set what an install has left, whichever it was? */
static bool is_set_whole(const struct kota *kota,
			 const struct kota_state_record *rec, unsigned int slot)
{
	const struct kota_state_slot *entry;
	unsigned int i;

	for (i = 0; i < kota->nr_targets; i++) {
		if (!kota->targets[i].ops)
			continue;
		entry = kota_state_find_slot(rec, kota->targets[i].name, slot);
		if (!entry || entry->state != KOTA_SLOT_STATE_COMPLETE)
			return false;
	}
	return true;
}

static int fill_activate(struct kota *kota, struct kota_state_record *rec)
{
	struct kota_state_trial *trial = &rec->trial;

	if (trial->phase != KOTA_PHASE_NONE &&
	    !is_set_whole(kota, rec, trial->slot))
		return -ENOENT;
	/* A statement may have come since it was installed. */
	if (le64_to_cpu(trial->sequence) <
	    le64_to_cpu(rec->security.min_sequence))
		return trial->phase == KOTA_PHASE_NONE ? -ENOENT : -ERANGE;
	return kota_trial_activate(trial);
}

static int fill_confirm(struct kota *kota, struct kota_state_record *rec)
{
	struct kota_state_trial *trial = &rec->trial;

	if (trial->phase != KOTA_PHASE_TRIAL)
		return -ENOENT;
	kota_trial_advance(trial, &rec->security);
	memset(trial, 0, sizeof(*trial));
	return 0;
}

/* One change of the record; @trial: what it was, or has become. */
static int change(struct kota *kota,
		  int (*fill)(struct kota *kota, struct kota_state_record *rec),
		  struct kota_state_trial *trial)
{
	struct kota_state *st = &kota->state;
	struct kota_state_record *rec;
	int err;

	if (!kota_keys_loaded(&kota->keys))
		return -EUNATCH;
	mutex_lock(&st->lock);
	rec = kota_state_begin(st);
	*trial = rec->trial;
	err = fill(kota, rec);
	if (!err && memcmp(rec, st->rec, sizeof(*rec)))
		err = kota_state_commit(st);
	mutex_unlock(&st->lock);
	return err;
}

/* What a target has to say of what it runs. */
static void report(const struct kota_copy *copy, const struct kota_refusal *why,
		   int err)
{
	char detail[2 * KOTA_NAME_LEN + 32];
	const struct kota_event ev = {
		.step = KOTA_STEP_CLEANUP,
		.outcome = err ? KOTA_OUTCOME_REFUSED : KOTA_OUTCOME_PROGRESS,
		.detail = detail,
		.refusal = err ? why : NULL,
	};

	snprintf(detail, sizeof(detail), "%s %.*s: %s", copy->target->name,
		 (int)sizeof(copy->entry.version), copy->entry.version,
		 err ? "not what was installed" : "what was installed");
	kota_msg("%s", detail);
	kota_event_send(&ev);
}

static int check_target(struct kota *kota, struct kota_target *t, int booted)
{
	struct kota_refusal why = { .step = KOTA_STEP_CLEANUP };
	struct kota_copy *copy = kzalloc(sizeof(*copy), GFP_KERNEL);
	int err;

	if (!copy)
		return -ENOMEM;
	mutex_lock(&kota->state.lock);
	kota_copy_init(copy, t, !booted, kota->state.rec);
	mutex_unlock(&kota->state.lock);
	err = kota_copy_check(copy, &why);
	report(copy, &why, err);
	kfree(copy);
	return err == -ENOMEM || err == -EIO ? err : err ? -EREMOTEIO : 0;
}

/* No slot is written while an update is on trial: nothing changes meanwhile. */
static int check_targets(struct kota *kota)
{
	int booted = kota_board_booted(&kota->board), err = 0;
	struct kota_state *st = &kota->state;
	bool on_trial;
	unsigned int i;

	mutex_lock(&st->lock);
	on_trial = st->rec->trial.phase == KOTA_PHASE_TRIAL;
	mutex_unlock(&st->lock);
	if (!on_trial)
		return -ENOENT;
	for (i = 0; !err && i < kota->nr_targets; i++)
		if (kota->targets[i].ops)
			err = check_target(kota, &kota->targets[i], booted);
	return err;
}

/**
 * kota_activate() - the update that waits is what is to be booted
 * @kota: the device
 *
 * The boot loader is to be told afterwards. Until the update is confirmed or has
 * failed no slot is written.
 *
 * Context: may sleep.
 * Return: 0, also when it was before; -ENOENT when no update waits; -EBUSY when it is
 * on trial already; -ERANGE when a minimum has gone beyond it; -EUNATCH when the keys
 * are not loaded; else as kota_state_commit().
 */
int kota_activate(struct kota *kota)
{
	struct kota_state_trial trial;
	int err = change(kota, fill_activate, &trial);

	if (!err)
		tell(&trial, KOTA_STEP_ACTIVATE, KOTA_OUTCOME_BEGUN);
	return err;
}

/**
 * kota_activate_confirm() - the update that runs is good
 * @kota: the device
 *
 * Its sequence number is what must not go back from now on, here and nowhere else.
 * But first each target reports what it runs, which has to be what was installed.
 *
 * Context: may sleep, and does so for as long as it takes to read the slots that run.
 * Return: 0; -ENOENT when none is on trial; -EREMOTEIO when something else runs than
 * what was installed; -EUNATCH when the keys are not loaded; else as
 * kota_state_commit().
 */
int kota_activate_confirm(struct kota *kota)
{
	struct kota_state_trial trial;
	int err = -EUNATCH;

	/* One at a time: the targets have one walk over a slot in them. */
	mutex_lock(&kota->keys.lock);
	if (kota_keys_loaded(&kota->keys))
		err = check_targets(kota);
	if (!err)
		err = change(kota, fill_confirm, &trial);
	mutex_unlock(&kota->keys.lock);
	if (!err)
		tell(&trial, KOTA_STEP_CLEANUP, KOTA_OUTCOME_DONE);
	return err;
}

/**
 * kota_activate_rollback() - the update that waits or runs is no good
 * @kota: the device
 * @reason: for people; cut where it is too long
 *
 * The boot loader is to be told afterwards. Where the update runs, it does until the
 * reboot, and no slot is written until then.
 *
 * Context: may sleep.
 * Return: 0; -ENOENT when there is none that could fail; -EUNATCH when the keys are
 * not loaded; else as kota_state_commit().
 */
int kota_activate_rollback(struct kota *kota, const char *reason)
{
	struct kota_state *st = &kota->state;
	struct kota_state_trial trial;
	int err;

	if (!kota_keys_loaded(&kota->keys))
		return -EUNATCH;
	mutex_lock(&st->lock);
	trial = st->rec->trial;
	if (trial.phase == KOTA_PHASE_NONE ||
	    trial.phase == KOTA_PHASE_FAILED) {
		err = -ENOENT;
	} else {
		kota_trial_fail(&trial, reason);
		kota_state_begin(st)->trial = trial;
		err = kota_state_commit(st);
	}
	mutex_unlock(&st->lock);
	if (!err)
		tell(&trial, KOTA_STEP_CLEANUP, KOTA_OUTCOME_REFUSED);
	return err;
}

/**
 * kota_activate_reconcile() - compare what was to be booted with what was
 * @kota: the device; its record has just been authenticated, for this boot
 *
 * A record that can't be written stays as it is: the next boot tries again, and
 * until then no slot is written.
 *
 * Context: may sleep.
 */
void kota_activate_reconcile(struct kota *kota)
{
	struct kota_state *st = &kota->state;
	struct kota_state_trial trial;
	bool changed;
	int err = 0;

	mutex_lock(&st->lock);
	trial = st->rec->trial;
	changed = kota_trial_reconcile(&trial, kota_board_booted(&kota->board));
	if (changed) {
		kota_state_begin(st)->trial = trial;
		err = kota_state_commit(st);
	}
	mutex_unlock(&st->lock);
	if (err)
		kota_msg("which slot was booted is not noted: %d", err);
	else if (changed && trial.phase == KOTA_PHASE_FAILED)
		tell(&trial, KOTA_STEP_CLEANUP, KOTA_OUTCOME_REFUSED);
	else if (changed)
		tell(&trial, KOTA_STEP_ACTIVATE, KOTA_OUTCOME_DONE);
}
