// SPDX-License-Identifier: GPL-2.0
/* order keys-load|provision: one order over netlink, for tests in shell. */

#include <stdio.h>
#include <string.h>

#include "kota_test.h"

int main(int argc, char **argv)
{
	int cmd = argc == 2 && !strcmp(argv[1], "provision") ? KOTA_CMD_PROVISION :
		  argc == 2 && !strcmp(argv[1], "keys-load") ? KOTA_CMD_KEYS_LOAD : 0;
	int err = cmd ? kt_command(cmd, NULL, 0, NULL, NULL) : -1;

	if (err)
		printf("%s: %s\n", argv[1], strerror(-err));
	return err ? 1 : 0;
}
