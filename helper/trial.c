// SPDX-License-Identifier: GPL-2.0
/*
 * Of an update that is installed: has it booted, tested, confirmed, or taken back.
 * Tells the kernel and the boot loader, in the order that survives a cut between.
 */

#include <unistd.h>

#include <linux/kota_netlink.h>

#include "helper.h"

#define LOADER_SECONDS 60

/* With RAUC's words for a back end: set-primary SLOT, set-state SLOT good|bad. */
static int tell_loader(const struct kota_trial *t, const char *verb,
		       const char *slot, const char *state)
{
	struct kota_hooks h = {
		.base = t->hooks,
		.name = "boot",
		.meaning = "the boot loader knows",
		.seconds = LOADER_SECONDS,
		.args = { verb, slot, state },
	};

	return kota_hooks_run(&h);
}

static const char *other(const char *slot)
{
	return *slot == 'a' ? "b" : "a";
}

/**
 * kota_trial_open() - ask the kernel what there is
 * @t: filled in; its hooks are set
 *
 * Return: 0, or -1 after saying why.
 */
int kota_trial_open(struct kota_trial *t)
{
	t->nl = kota_netlink_open();
	return t->nl ? kota_device_get(t->nl, &t->dev) : -1;
}

/**
 * kota_trial_close() - after kota_trial_open(), whatever it said
 * @t: the trial
 */
void kota_trial_close(struct kota_trial *t)
{
	kota_netlink_close(t->nl);
}

/**
 * kota_trial_activate() - have the update that waits booted next
 * @t: the trial
 *
 * The record first: from then on no slot is written.
 *
 * Return: 0, or -1 after saying why.
 */
int kota_trial_activate(struct kota_trial *t)
{
	const struct kota_device_trial *trial = &t->dev.trial;

	if (kota_netlink_call(t->nl, KOTA_CMD_ACTIVATE, NULL, NULL) ||
	    kota_device_get(t->nl, &t->dev))
		return -1;
	if (!tell_loader(t, "set-primary", trial->slot, NULL))
		return 0;
	return kota_error(
		"the boot loader may not know of it, so what the next boot runs is not certain; run 'kota activate' again, or 'kota rollback'");
}

/**
 * kota_trial_confirm() - the update that runs is good
 * @t: the trial
 *
 * The loader first: cut off then, the next boot is the same trial again. The other
 * way round it could be out of tries, and go back from what counts.
 *
 * Return: 0; after saying why, 1 when the kernel does not confirm it, -1 when it was not
 * asked to.
 */
int kota_trial_confirm(struct kota_trial *t)
{
	if (t->dev.trial.phase != KOTA_PHASE_TRIAL)
		return kota_error(
			"no update is on trial; 'kota status' shows what there is");
	if (tell_loader(t, "set-state", t->dev.booted_slot, "good"))
		return -1;
	return kota_netlink_call(t->nl, KOTA_CMD_CONFIRM, NULL, NULL) ? 1 : 0;
}

/**
 * kota_trial_rollback() - the update that waits or runs is no good
 * @t: the trial
 * @reason: why, for people
 *
 * The record first: why outlives a cut then, and if its slot boots once more, it is
 * on trial once more.
 *
 * Return: 0, or -1 after saying why.
 */
int kota_trial_rollback(struct kota_trial *t, const char *reason)
{
	const struct kota_device_trial *trial = &t->dev.trial;
	char cut[KOTA_REASON_LEN];

	snprintf(cut, sizeof(cut), "%s", reason);
	if (kota_netlink_order(t->nl, KOTA_CMD_ROLLBACK, KOTA_A_DEVICE_REASON,
			       cut, strlen(cut) + 1))
		return -1;
	if (trial->phase == KOTA_PHASE_READY)
		return 0;
	return kota_trial_desert(t);
}

/**
 * kota_trial_desert() - have the slot of an update that has failed booted no more
 * @t: the trial
 *
 * Return: 0, or -1 after saying why.
 */
int kota_trial_desert(struct kota_trial *t)
{
	const char *bad = t->dev.trial.slot;

	if (tell_loader(t, "set-primary", other(bad), NULL))
		return -1;
	return tell_loader(t, "set-state", bad, "bad");
}

/**
 * kota_trial_test() - run what the board has to test itself
 * @t: the trial
 * @seconds: that all tests together may take
 * @failed: which said no
 *
 * Return: 0 when all agreed, or -1 after saying which did not.
 */
int kota_trial_test(struct kota_trial *t, unsigned int seconds,
		    char failed[KOTA_REASON_LEN])
{
	struct kota_hooks h = {
		.base = t->hooks,
		.name = "check",
		.meaning = "the update works",
		.seconds = seconds,
		.may_be_none = true,
	};
	char sequence[24];
	int err;

	snprintf(sequence, sizeof(sequence), "%llu", t->dev.trial.sequence);
	kota_hooks_env(&h, "KOTA_SLOT", t->dev.booted_slot);
	kota_hooks_env(&h, "KOTA_SEQUENCE", sequence);
	err = kota_hooks_run(&h);
	snprintf(failed, KOTA_REASON_LEN, "%s", h.failed);
	return err;
}

/**
 * kota_trial_keep() - the slot that runs gets all its tries back
 * @t: the trial; none is under way
 *
 * Return: 0, or -1 after saying why.
 */
int kota_trial_keep(struct kota_trial *t)
{
	return tell_loader(t, "set-state", t->dev.booted_slot, "good");
}

/**
 * kota_reboot() - reboot the device, the system's own way
 *
 * Return: only if it fails: -1 after saying why.
 */
int kota_reboot(void)
{
	static const char *const ways[] = { "/sbin/reboot", "/usr/sbin/reboot",
					    "/bin/reboot", "/usr/bin/reboot" };
	size_t i;

	sync();
	for (i = 0; i < ARRAY_SIZE(ways); i++)
		execl(ways[i], "reboot", (char *)NULL);
	return kota_error_errno("reboot: cannot be run; reboot the device");
}

/**
 * kota_trial_json() - the update that was installed last, as a member "update"
 * @j: where to
 * @t: as the kernel tells it
 */
void kota_trial_json(struct kota_json *j, const struct kota_device_trial *t)
{
	if (t->phase == KOTA_PHASE_NONE)
		return;
	kota_json_open(j, "update", '{');
	kota_json_string(j, "phase", kota_name_of(kota_phase_names, t->phase));
	kota_json_string(j, "slot", t->slot);
	kota_json_u64(j, "sequence", t->sequence);
	if (*t->reason)
		kota_json_string(j, "reason", t->reason);
	kota_json_close(j, '}');
}
