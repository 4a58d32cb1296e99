// SPDX-License-Identifier: GPL-2.0
/*
 * The state record's two copies on a partition of a disk, one in each half, for
 * boards without MTD. Held exclusively as long as the device is there.
 */

#include <linux/of.h>

#include "kota_private.h"

#define COPY_ALIGN SZ_4K

/* Start of a copy: the halves begin at the largest sectors that there are. */
static u64 copy_pos(const struct kota_disk *d, unsigned int copy)
{
	return copy * ALIGN_DOWN(d->size / KOTA_NR_COPIES, COPY_ALIGN);
}

static int read_copy(struct kota_medium *m, unsigned int copy, void *data,
		     size_t len)
{
	struct kota_disk *d = m->priv;

	return kota_disk_read(d, copy_pos(d, copy), data, len);
}

static int write_copy(struct kota_medium *m, unsigned int copy,
		      const void *data, size_t len)
{
	struct kota_disk *d = m->priv;
	int err = kota_disk_write(d, copy_pos(d, copy), data, len);

	return err ?: kota_disk_flush(d);
}

static void close_medium(struct kota_medium *m)
{
	kota_disk_close(m->priv);
	kfree(m->priv);
	m->priv = NULL;
}

static const char *text_of(int err)
{
	switch (err) {
	case -EBUSY:
		return "somebody else uses it";
	case -ENOSPC:
		return "too small for two copies";
	default:
		return kota_disk_reason(err) ?: "can't be opened";
	}
}

static int open_disk(struct kota_disk *d, struct device_node *np)
{
	struct device_node *node = of_parse_phandle(np, "kota,state-disk", 0);
	const char *label;
	int err = -ENODEV;

	if (node && !of_property_read_string(np, "kota,state-label", &label))
		err = kota_disk_open(d, node, label, true);
	of_node_put(node);
	if (!err && copy_pos(d, 1) < ALIGN(sizeof(struct kota_state_record),
					   COPY_ALIGN)) {
		kota_disk_close(d);
		err = -ENOSPC;
	}
	return err;
}

/**
 * kota_state_block_open() - find the partition that "kota,state-disk" and
 *	"kota,state-label" name
 * @m: the medium
 * @dev: the device
 * @protected: whether it is for kota alone to write: the disk is not
 *
 * Context: may sleep.
 * Return: 0; -EPROBE_DEFER when it may still come; -ENODEV when the device tree
 * names none; -ENOENT when there is none of that name; -ENOTUNIQ when there are
 * several; -EBUSY when somebody else uses it; -ENOSPC for one too small; -errno.
 */
int kota_state_block_open(struct kota_medium *m, struct device *dev,
			  bool *protected)
{
	struct kota_disk *d = kzalloc(sizeof(*d), GFP_KERNEL);
	int err;

	if (!d)
		return -ENOMEM;
	err = open_disk(d, dev->of_node);
	if (err) {
		kfree(d);
		return dev_err_probe(dev, err, "state partition: %s\n",
				     text_of(err));
	}
	*protected = false;
	dev_warn(
		dev,
		"state partition: root can write the disk, so nothing in it is safe\n");
	m->extent = kota_disk_extent(d);
	m->priv = d;
	m->read = read_copy;
	m->write = write_copy;
	m->close = close_medium;
	return 0;
}
