// SPDX-License-Identifier: GPL-2.0
/*
 * "kota why": explains the last refusal, and what to do about it.
 */

#include <linux/kota_netlink.h>

#include "helper.h"

static const char usage[] =
	"Usage: kota why [--json]\n"
	"Explains the last refusal: step, cause, what was expected, what was found, and\n"
	"what to do next. The kernel remembers it across reboots.\n"
	"\n"
	"      --json   for programs\n"
	"  -h, --help   show this\n";

enum { OPT_JSON = 256 };

static const struct option options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void print_json(const struct kota_device_refusal *refusal,
		       const struct kota_device_trial *t)
{
	struct kota_json j;

	kota_json_begin(&j, stdout, true);
	kota_json_bool(&j, "refused", refusal->present);
	if (refusal->present)
		kota_advice_json(&j, "refusal", refusal);
	if (t->phase == KOTA_PHASE_FAILED)
		kota_trial_json(&j, t);
	kota_json_end(&j);
}

/* That an update went back is told first: it is what people come for. */
static void print_text(const struct kota_device *dev)
{
	const struct kota_device_trial *t = &dev->trial;
	bool failed = t->phase == KOTA_PHASE_FAILED;

	if (failed)
		printf("the update to sequence %llu in slot %s has failed: %s\n",
		       t->sequence, t->slot, t->reason);
	if (dev->refusal.present)
		kota_advice_print(stdout, &dev->refusal);
	else if (!failed)
		puts("nothing has been refused");
}

/**
 * kota_cmd_why() - run "kota why"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_why(int argc, char **argv)
{
	struct kota_netlink *nl;
	static struct kota_device dev;
	bool json = false;
	int opt, err;

	while ((opt = kota_getopt(argc, argv, options, usage)) !=
	       KOTA_OPT_END) {
		if (opt == KOTA_OPT_HELP)
			return KOTA_EXIT_OK;
		if (opt == KOTA_OPT_BAD)
			return KOTA_EXIT_USAGE;
		json = true;
	}
	if (optind < argc)
		return kota_usage("'%s': why takes no argument", argv[optind]);
	nl = kota_netlink_open();
	err = nl ? kota_device_get(nl, &dev) : -1;
	kota_netlink_close(nl);
	if (err)
		return KOTA_EXIT_REFUSED;
	if (json)
		print_json(&dev.refusal, &dev.trial);
	else
		print_text(&dev);
	return KOTA_EXIT_OK;
}
