// SPDX-License-Identifier: GPL-2.0
/*
 * order WHAT: one order over netlink, for tests in shell. Says its errno, and what
 * the kernel has to say to it.
 */

#include <stdio.h>
#include <string.h>

#include "kota_test.h"

static const struct {
	const char *name;
	int cmd;
} orders[] = {
	{ "provision", KOTA_CMD_PROVISION },
	{ "keys-load", KOTA_CMD_KEYS_LOAD },
	{ "keys-roll", KOTA_CMD_KEYS_ROLL },
	{ "keys-retire", KOTA_CMD_KEYS_RETIRE },
	{ NULL, 0 },
};

int main(int argc, char **argv)
{
	size_t i;
	int err;

	for (i = 0; orders[i].name; i++) {
		if (argc != 2 || strcmp(argv[1], orders[i].name))
			continue;
		err = kt_command(orders[i].cmd, NULL, 0, NULL, NULL);
		if (err)
			printf("%s: %s: %s\n", argv[1], strerror(-err), kt_said);
		return err ? 1 : 0;
	}
	fprintf(stderr, "order: what?\n");
	return 2;
}
