// SPDX-License-Identifier: GPL-2.0
/*
 * "kota check": would the kernel take this deliverable? Sends its head, on which
 * the kernel judges, and no more.
 */

#include "helper.h"

static const char usage[] =
	"Usage: kota check [OPTION]... FILE|-\n"
	"Has the kernel judge a deliverable: signatures, device, sequence, targets, keys,\n"
	"envelope, tables. Changes nothing; what its chunks are, only installing tells.\n"
	"\n"
	"      --json          one JSON object per line\n"
	"      --device FILE   kota's device (default: " KOTA_DEVICE_PATH ")\n"
	"  -h, --help          show this\n"
	"\n"
	"Exit code: 0 good, 1 refused or failed, 2 wrong usage.\n";

enum { OPT_JSON = 256, OPT_DEVICE };

static const struct option options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "device", required_argument, NULL, OPT_DEVICE },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int check(struct kota_carry *c)
{
	int err = kota_carry_begin(c);
	bool good;

	if (!err)
		err = kota_carry_head(c);
	kota_carry_end(c);
	good = !err && !c->refusal.present;
	kota_show_checked(&c->show, &c->refusal, good);
	return good ? KOTA_EXIT_OK : KOTA_EXIT_REFUSED;
}

/**
 * kota_cmd_check() - run "kota check"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_check(int argc, char **argv)
{
	static struct kota_carry carry = KOTA_CARRY_INIT;
	bool json = false;
	int opt;

	while ((opt = kota_getopt(argc, argv, options, usage)) !=
	       KOTA_OPT_END) {
		if (opt == KOTA_OPT_HELP)
			return KOTA_EXIT_OK;
		if (opt == KOTA_OPT_BAD)
			return KOTA_EXIT_USAGE;
		if (opt == OPT_JSON)
			json = true;
		else
			carry.device = optarg;
	}
	if (optind + 1 != argc)
		return kota_usage(
			"one FILE, or - for standard input, is wanted");
	carry.path = argv[optind];
	kota_show_begin(&carry.show, json);
	return check(&carry);
}
