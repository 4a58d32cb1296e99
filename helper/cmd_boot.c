// SPDX-License-Identifier: GPL-2.0
/*
 * "kota boot": once in each boot, when the board is up. An update on trial is tested,
 * then confirmed or given up.
 */

#include <linux/kota_netlink.h>

#include "helper.h"

enum { OPT_HOOKS = 256, OPT_SECONDS, OPT_REBOOT };

static const char usage[] =
	"Usage: kota boot [--reboot] [--hooks DIR] [--seconds N]\n"
	"To be run once in each boot, after 'kota load-keys', when the board is up. Where an\n"
	"update is on trial, asks check.d whether it works, and confirms it or goes back.\n"
	"Else tells the boot loader that the slot that runs is good.\n"
	"\n"
	"      --reboot      go back at once, when the update is no good\n"
	"      --hooks DIR   where boot.d and check.d are (default: " KOTA_HOOKS_BASE
	")\n"
	"      --seconds N   that all of check.d may take (default: 300)\n"
	"  -h, --help        show this\n";

static const struct option options[] = {
	{ "reboot", no_argument, NULL, OPT_REBOOT },
	{ "hooks", required_argument, NULL, OPT_HOOKS },
	{ "seconds", required_argument, NULL, OPT_SECONDS },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* Large, and one is enough. */
static struct kota_trial trial = { .hooks = KOTA_HOOKS_BASE };
static unsigned int seconds = 300;
static bool may_reboot;

static int go_back(const char *reason)
{
	if (kota_trial_rollback(&trial, reason))
		kota_note("the slot has to run out of tries by itself");
	kota_error("sequence %llu in slot %s is no good: %s; %s",
		   trial.dev.trial.sequence, trial.dev.trial.slot, reason,
		   may_reboot ? "rebooting" : "reboot to go back");
	if (may_reboot)
		kota_reboot();
	return -1;
}

static int judge(void)
{
	char failed[KOTA_REASON_LEN];
	int err;

	if (kota_trial_test(&trial, seconds, failed))
		return go_back(failed);
	err = kota_trial_confirm(&trial);
	/* The loader holds it for good by now: it would boot it for ever. */
	if (err > 0)
		return go_back("the kernel did not confirm it");
	if (err)
		return kota_error(
			"the update passed its tests, and is not confirmed; run 'kota boot' again");
	printf("sequence %llu in slot %s is confirmed\n",
	       trial.dev.trial.sequence, trial.dev.trial.slot);
	return 0;
}

static int boot(void)
{
	const struct kota_device *dev = &trial.dev;

	if (dev->key_state != KOTA_KEY_STATE_LOADED)
		return kota_error(
			"the keys are not loaded in this boot; run 'kota load-keys'");
	if (!*dev->booted_slot)
		return kota_error(
			"which slot was booted is not known; the boot script has to set kota,booted-slot in /chosen");
	switch (dev->trial.phase) {
	case KOTA_PHASE_TRIAL:
		return judge();
	case KOTA_PHASE_PENDING:
		/* Activated in this boot: the loader has its orders. */
		return 0;
	case KOTA_PHASE_FAILED:
		if (!strcmp(dev->trial.slot, dev->booted_slot))
			return kota_error(
				"the update that runs has failed: %s; reboot to go back",
				dev->trial.reason);
		kota_note("sequence %llu in slot %s has failed: %s",
			  dev->trial.sequence, dev->trial.slot,
			  dev->trial.reason);
		if (kota_trial_desert(&trial))
			return -1;
		break;
	}
	return kota_trial_keep(&trial);
}

/**
 * kota_cmd_boot() - run "kota boot"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_boot(int argc, char **argv)
{
	int opt, err;

	while ((opt = kota_getopt(argc, argv, options, usage)) !=
	       KOTA_OPT_END) {
		if (opt == KOTA_OPT_HELP)
			return KOTA_EXIT_OK;
		if (opt == KOTA_OPT_BAD)
			return KOTA_EXIT_USAGE;
		if (opt == OPT_REBOOT)
			may_reboot = true;
		else if (opt == OPT_HOOKS)
			trial.hooks = optarg;
		else if (kota_hooks_take_seconds("--seconds", optarg, &seconds))
			return KOTA_EXIT_USAGE;
	}
	if (optind < argc)
		return kota_usage("'%s': boot takes no argument", argv[optind]);
	err = kota_trial_open(&trial) || boot();
	kota_trial_close(&trial);
	return err ? KOTA_EXIT_REFUSED : KOTA_EXIT_OK;
}
