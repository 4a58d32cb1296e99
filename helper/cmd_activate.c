// SPDX-License-Identifier: GPL-2.0
/*
 * "kota activate", "kota confirm", "kota rollback": what a person or a program says
 * of an update that is installed.
 */

#include <linux/kota_netlink.h>

#include "helper.h"

enum { OPT_HOOKS = 256, OPT_REASON };

static const char activate_usage[] =
	"Usage: kota activate [--hooks DIR]\n"
	"Has the update that was installed last booted next, on trial. Until it is confirmed\n"
	"or has failed no slot is written.\n"
	"\n"
	"      --hooks DIR   where boot.d is (default: " KOTA_HOOKS_BASE ")\n"
	"  -h, --help        show this\n";

static const char confirm_usage[] =
	"Usage: kota confirm [--hooks DIR]\n"
	"The update on trial is good: it stays, and nothing older is taken from now on.\n"
	"Asks no test; 'kota boot' does.\n"
	"\n"
	"      --hooks DIR   where boot.d is (default: " KOTA_HOOKS_BASE ")\n"
	"  -h, --help        show this\n";

static const char rollback_usage[] =
	"Usage: kota rollback [--reason TEXT] [--hooks DIR]\n"
	"The update that waits, or that is on trial, is no good. Where it runs, a reboot\n"
	"goes back to the slot before.\n"
	"\n"
	"      --reason TEXT  for 'kota why'\n"
	"      --hooks DIR    where boot.d is (default: " KOTA_HOOKS_BASE ")\n"
	"  -h, --help         show this\n";

static const struct option options[] = {
	{ "hooks", required_argument, NULL, OPT_HOOKS },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const struct option rollback_options[] = {
	{ "reason", required_argument, NULL, OPT_REASON },
	{ "hooks", required_argument, NULL, OPT_HOOKS },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* Large, and one is enough. */
static struct kota_trial trial = { .hooks = KOTA_HOOKS_BASE };
static const char *reason = "rolled back by hand";

static int activate(void)
{
	if (kota_trial_activate(&trial))
		return -1;
	printf("sequence %llu in slot %s is booted next, on trial; reboot\n",
	       trial.dev.trial.sequence, trial.dev.trial.slot);
	return 0;
}

static int confirm(void)
{
	if (kota_trial_confirm(&trial))
		return -1;
	printf("sequence %llu in slot %s is confirmed\n",
	       trial.dev.trial.sequence, trial.dev.trial.slot);
	return 0;
}

static int rollback(void)
{
	const struct kota_device_trial *t = &trial.dev.trial;

	if (kota_trial_rollback(&trial, reason))
		return -1;
	printf("sequence %llu in slot %s is given up%s\n", t->sequence, t->slot,
	       strcmp(t->slot, trial.dev.booted_slot) ?
		       "" :
		       "; reboot to go back to the slot before");
	return 0;
}

static int run(int argc, char **argv, const struct option *opts,
	       const char *usage, int (*order)(void))
{
	int opt, err;

	while ((opt = kota_getopt(argc, argv, opts, usage)) != KOTA_OPT_END) {
		if (opt == KOTA_OPT_HELP)
			return KOTA_EXIT_OK;
		if (opt == KOTA_OPT_BAD)
			return KOTA_EXIT_USAGE;
		if (opt == OPT_REASON)
			reason = optarg;
		else
			trial.hooks = optarg;
	}
	if (optind < argc)
		return kota_usage("'%s': %s takes no argument", argv[optind],
				  argv[0]);
	err = kota_trial_open(&trial) || order();
	kota_trial_close(&trial);
	return err ? KOTA_EXIT_REFUSED : KOTA_EXIT_OK;
}

/**
 * kota_cmd_activate() - run "kota activate"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_activate(int argc, char **argv)
{
	return run(argc, argv, options, activate_usage, activate);
}

/**
 * kota_cmd_confirm() - run "kota confirm"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_confirm(int argc, char **argv)
{
	return run(argc, argv, options, confirm_usage, confirm);
}

/**
 * kota_cmd_rollback() - run "kota rollback"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_rollback(int argc, char **argv)
{
	return run(argc, argv, rollback_options, rollback_usage, rollback);
}
