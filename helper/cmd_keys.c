// SPDX-License-Identifier: GPL-2.0
/*
 * "kota keys": the device's keys by generation; begins to use the next one, and
 * stops to use the older ones.
 */

#include <linux/kota_netlink.h>

#include "helper.h"

static const char usage[] =
	"Usage: kota keys [roll|retire]\n"
	"Prints the public identities of the device that envelopes can be made for, the\n"
	"newest first.\n"
	"\n"
	"  roll     use the next generation of device keys from now on; envelopes for the\n"
	"           older ones are still opened. Once in a boot.\n"
	"  retire   open envelopes for the newest generation only, when no deliverable\n"
	"           for the older ones is on its way any more\n"
	"\n"
	"  -h, --help   show this\n";

static int print_keys(const struct kota_device *dev)
{
	char line[KOTA_IDENTITY_MAX];
	unsigned int i;

	if (!dev->nr_keys)
		return kota_error(
			"the keys are not loaded in this boot; run 'kota load-keys'");
	for (i = 0; i < dev->nr_keys; i++) {
		if (kota_envelope_print_device(&dev->key[i], line))
			return -1;
		puts(line);
	}
	return fflush(stdout) ? kota_error_errno("standard output") : 0;
}

static int run(struct kota_netlink *nl, int order)
{
	struct kota_device dev;

	if (order && kota_netlink_call(nl, order, NULL, NULL))
		return -1;
	return kota_device_get(nl, &dev) ? -1 : print_keys(&dev);
}

/**
 * kota_cmd_keys() - run "kota keys"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_keys(int argc, char **argv)
{
	int opt = kota_getopt(argc, argv, kota_no_options, usage);
	struct kota_netlink *nl;
	int order = 0, err;

	if (opt != KOTA_OPT_END)
		return opt == KOTA_OPT_HELP ? KOTA_EXIT_OK : KOTA_EXIT_USAGE;
	if (optind + 1 < argc)
		return kota_usage("keys takes one word, 'roll' or 'retire'");
	if (optind < argc && !strcmp(argv[optind], "roll"))
		order = KOTA_CMD_KEYS_ROLL;
	else if (optind < argc && !strcmp(argv[optind], "retire"))
		order = KOTA_CMD_KEYS_RETIRE;
	else if (optind < argc)
		return kota_usage("'%s': keys takes 'roll' or 'retire'",
				  argv[optind]);
	nl = kota_netlink_open();
	err = nl ? run(nl, order) : -1;
	kota_netlink_close(nl);
	return err ? KOTA_EXIT_REFUSED : KOTA_EXIT_OK;
}
