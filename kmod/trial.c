// SPDX-License-Identifier: GPL-2.0
/*
 * The life of an update once its slots are whole: it waits, is activated, runs on
 * trial, and is confirmed or has failed. Knows the steps from one to the next, and
 * neither where they are kept nor who may order them.
 */

#include "kota_private.h"

/**
 * kota_trial_note() - an update waits to be activated
 * @trial: of the record that is about to be written
 * @slot: index of the slots that hold it
 * @manifest: of the update
 * @manifest_digest: its digest
 */
void kota_trial_note(struct kota_state_trial *trial, unsigned int slot,
		     const struct kota_manifest *manifest,
		     const u8 manifest_digest[KOTA_DIGEST_LEN])
{
	memset(trial, 0, sizeof(*trial));
	trial->phase = KOTA_PHASE_READY;
	trial->slot = slot;
	trial->sequence = manifest->sequence;
	trial->min_sequence = manifest->min_sequence;
	memcpy(trial->manifest, manifest_digest, sizeof(trial->manifest));
}

/**
 * kota_trial_drop() - the slots of the update that waits are given up
 * @trial: of the record that is about to be written
 *
 * Why one has failed stays known until the next one waits; and what is older than
 * one that has not is still not taken in its place.
 */
void kota_trial_drop(struct kota_state_trial *trial)
{
	if (trial->phase == KOTA_PHASE_FAILED)
		return;
	trial->phase = KOTA_PHASE_NONE;
	trial->min_sequence = 0;
}

/**
 * kota_trial_holds() - must the slots stay as they are?
 * @trial: of the record
 * @booted: index of the slot that runs; negative: not known
 *
 * From activation until the update is confirmed or has failed one slot is what the
 * other falls back to; an update that has failed still runs until the reboot.
 *
 * Return: whether they must.
 */
bool kota_trial_holds(const struct kota_state_trial *trial, int booted)
{
	switch (trial->phase) {
	case KOTA_PHASE_PENDING:
	case KOTA_PHASE_TRIAL:
		return true;
	case KOTA_PHASE_FAILED:
		return booted == trial->slot;
	}
	return false;
}

/**
 * kota_trial_activate() - the update is what is to be booted
 * @trial: of the record that is about to be written
 *
 * One that has failed may be given another chance by who asks for it.
 *
 * Return: 0, also when it was before; -ENOENT when none waits, -EBUSY on trial.
 */
int kota_trial_activate(struct kota_state_trial *trial)
{
	switch (trial->phase) {
	case KOTA_PHASE_READY:
	case KOTA_PHASE_FAILED:
		trial->phase = KOTA_PHASE_PENDING;
		memset(trial->reason, 0, sizeof(trial->reason));
		return 0;
	case KOTA_PHASE_PENDING:
		return 0;
	case KOTA_PHASE_TRIAL:
		return -EBUSY;
	}
	return -ENOENT;
}

/**
 * kota_trial_fail() - the update is no good
 * @trial: of the record that is about to be written
 * @reason: for people
 */
void kota_trial_fail(struct kota_state_trial *trial, const char *reason)
{
	trial->phase = KOTA_PHASE_FAILED;
	strscpy_pad(trial->reason, reason, sizeof(trial->reason));
}

/**
 * kota_trial_reconcile() - what the slot that was booted says about the update
 * @trial: of the record that is about to be written
 * @booted: index of the slot that runs; negative: not known
 *
 * To be asked once in a boot. Where the update runs it is on trial, whoever chose
 * its slot; where it was to run and does not, it has failed.
 *
 * Return: whether @trial was changed.
 */
bool kota_trial_reconcile(struct kota_state_trial *trial, int booted)
{
	u8 phase = trial->phase;

	if (booted < 0 || phase == KOTA_PHASE_NONE)
		return false;
	if (booted == trial->slot) {
		trial->phase = KOTA_PHASE_TRIAL;
		memset(trial->reason, 0, sizeof(trial->reason));
	} else if (phase == KOTA_PHASE_PENDING) {
		kota_trial_fail(trial, "activated, but the other slot booted");
	} else if (phase == KOTA_PHASE_TRIAL) {
		kota_trial_fail(trial, "not confirmed before the reboot");
	}
	return trial->phase != phase;
}

/**
 * kota_trial_advance() - what must not go back once the update is confirmed
 * @trial: of the record
 * @sec: its security part, or a copy: to judge by what waits as if it were confirmed
 *
 * Nothing for an update that has failed, nor below what a statement has reached.
 */
void kota_trial_advance(const struct kota_state_trial *trial,
			struct kota_state_security *sec)
{
	if (trial->phase == KOTA_PHASE_FAILED)
		return;
	if (le64_to_cpu(trial->sequence) > le64_to_cpu(sec->sequence)) {
		sec->sequence = trial->sequence;
		memcpy(sec->manifest, trial->manifest, sizeof(sec->manifest));
	}
	if (le64_to_cpu(trial->min_sequence) > le64_to_cpu(sec->min_sequence))
		sec->min_sequence = trial->min_sequence;
}
