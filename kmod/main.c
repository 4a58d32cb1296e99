// SPDX-License-Identifier: GPL-2.0
/*
 * Module entry: binds to the device-tree node and wires the rooms together.
 */

#include <linux/module.h>

static int __init kota_init(void)
{
	return 0;
}
module_init(kota_init);

static void __exit kota_exit(void)
{
}
module_exit(kota_exit);

MODULE_DESCRIPTION("Verified over-the-air firmware updates");
MODULE_LICENSE("GPL");
