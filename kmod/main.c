// SPDX-License-Identifier: GPL-2.0
/*
 * Binds to the device-tree node and opens the rooms, in the order in which they
 * need each other; closes them in the opposite one.
 */

#include <linux/of.h>
#include <linux/platform_device.h>

#include "kota_private.h"

static int open_medium(struct kota *kota)
{
	struct kota_state *st = &kota->state;

	if (of_property_present(kota->dev->of_node, "kota,state-disk"))
		return kota_state_block_open(&st->medium, kota->dev,
					     &st->protected);
	return kota_state_mtd_open(&st->medium, kota->dev, &st->protected);
}

static int open_rooms(struct kota *kota)
{
	struct device_node *targets;
	int err;

	err = kota_board_read(&kota->board, kota->dev);
	if (err)
		return err;
	err = open_medium(kota);
	if (err)
		return err;
	err = kota_state_open(&kota->state);
	if (err)
		return err;
	targets = of_get_child_by_name(kota->dev->of_node, "targets");
	if (!targets)
		return dev_err_probe(kota->dev, -ENODEV,
				     "no targets in the device tree\n");
	err = kota_target_open_all(kota, targets);
	of_node_put(targets);
	if (err)
		return dev_err_probe(kota->dev, err, "targets\n");
	err = kota_signature_open(&kota->rings);
	if (err)
		return dev_err_probe(kota->dev, err, "signer rings\n");
	if (kota->board.quorum > 1 && !kota->rings.has_offline)
		dev_warn(
			kota->dev,
			"kota,quorum is 2, but no offline anchor is built in: no image will be accepted\n");
	err = kota_keys_open(&kota->keys);
	if (err)
		return err;
	kota_prerequisite_check(kota);
	kota_algorithm_find(kota);
	kota_ahead_open(&kota->ahead);
	mutex_init(&kota->claim);
	return kota_dev_open(kota);
}

/* What was not opened is zero, which each room takes for closed. */
static void close_rooms(struct kota *kota)
{
	kota_ahead_close(&kota->ahead);
	kota_keys_close(&kota->keys);
	kota_signature_close(&kota->rings);
	kota_target_close_all(kota);
	kota_state_close(&kota->state);
	if (kota->state.medium.close)
		kota->state.medium.close(&kota->state.medium);
}

static int probe(struct platform_device *pdev)
{
	struct kota *kota = kzalloc(sizeof(*kota), GFP_KERNEL);
	int err;

	if (!kota)
		return -ENOMEM;
	kota->dev = &pdev->dev;
	err = open_rooms(kota);
	if (err) {
		close_rooms(kota);
		kfree_sensitive(kota);
		return err;
	}
	platform_set_drvdata(pdev, kota);
	kota_netlink_attach(kota);
	return 0;
}

/*
 * By rmmod, which waits for the last close; or because something went that the
 * device tree says we need, and then files may be open.
 */
static void remove(struct platform_device *pdev)
{
	struct kota *kota = platform_get_drvdata(pdev);

	kota_netlink_attach(NULL);
	kota_dev_close(kota);
	kota_session_end_all(kota);
	close_rooms(kota);
	kfree_sensitive(kota);
}

static const struct of_device_id kota_of_match[] = { { .compatible =
							       "kota,updater" },
						     {} };
MODULE_DEVICE_TABLE(of, kota_of_match);

static struct platform_driver kota_driver = {
	.probe	= probe,
	.remove	= remove,
	.driver	= {
		.name = "kota",
		.of_match_table = kota_of_match,
		/* Keys that are loaded are not given up for a write to sysfs. */
		.suppress_bind_attrs = true,
	},
};

static int __init kota_init(void)
{
	int err;

	err = kota_netlink_open();
	if (err)
		return err;
	err = platform_driver_register(&kota_driver);
	if (err) {
		kota_netlink_close();
		kota_event_close();
	}
	return err;
}
module_init(kota_init);

static void __exit kota_exit(void)
{
	/* First: no handler may be on its way to a device that goes. */
	kota_netlink_close();
	platform_driver_unregister(&kota_driver);
	kota_event_close();
}
module_exit(kota_exit);

MODULE_DESCRIPTION("Verified over-the-air firmware updates");
MODULE_LICENSE("GPL");
