// SPDX-License-Identifier: GPL-2.0
/*
 * The state record's two copies on an MTD partition, one in each half.
 */

#include <linux/mtd/mtd.h>
#include <linux/of.h>

#include "kota_private.h"

/* Start of a copy: the halves begin at erase blocks. */
static u64 copy_pos(struct mtd_info *mtd, unsigned int copy)
{
	u64 half = div_u64(mtd->size, KOTA_NR_COPIES);

	return copy * (half - mtd_mod_by_eb(half, mtd));
}

/* Bytes of the erase blocks that a record lies in. */
static u64 copy_span(struct mtd_info *mtd)
{
	return (u64)mtd->erasesize *
	       DIV_ROUND_UP(sizeof(struct kota_state_record), mtd->erasesize);
}

static int read_copy(struct kota_medium *m, unsigned int copy, void *data,
		     size_t len)
{
	struct mtd_info *mtd = m->priv;
	u8 *buf = kmalloc(len, GFP_KERNEL);
	int err;

	if (!buf)
		return -ENOMEM;
	err = kota_flash_read(mtd, copy_pos(mtd, copy), buf, len);
	if (!err)
		memcpy(data, buf, len);
	kfree(buf);
	return err;
}

static int write_copy(struct kota_medium *m, unsigned int copy,
		      const void *data, size_t len)
{
	struct mtd_info *mtd = m->priv;
	u64 pos = copy_pos(mtd, copy);
	u8 *buf = kmemdup(data, len, GFP_KERNEL);
	int err;

	if (!buf)
		return -ENOMEM;
	err = kota_flash_erase(mtd, pos, copy_span(mtd));
	if (!err)
		err = kota_flash_write(mtd, pos, buf, len);
	kfree(buf);
	return err;
}

static void close_medium(struct kota_medium *m)
{
	put_mtd_device(m->priv);
	m->priv = NULL;
}

static int judge(struct mtd_info *mtd, struct device *dev)
{
	const char *wrong = kota_flash_judge(mtd);

	if (wrong)
		return dev_err_probe(dev, -EINVAL, "state partition: %s\n",
				     wrong);
	if (copy_pos(mtd, 1) < copy_span(mtd))
		return dev_err_probe(
			dev, -ENOSPC,
			"state partition: too small for two copies\n");
	return 0;
}

/**
 * kota_state_mtd_open() - find the partition that "kota,state" points to
 * @m: the medium
 * @dev: the device
 * @protected: whether it is for kota alone to write
 *
 * Context: may sleep.
 * Return: 0; -EPROBE_DEFER when it may still come; -ENODEV when the device tree
 * names none; -EINVAL for a flash that is not fit; -ENOSPC for one too small.
 */
int kota_state_mtd_open(struct kota_medium *m, struct device *dev,
			bool *protected)
{
	struct device_node *np =
		of_parse_phandle(dev->of_node, "kota,state", 0);
	struct mtd_info *mtd;
	int err;

	if (!np)
		return dev_err_probe(dev, -ENODEV,
				     "no kota,state in the device tree\n");
	mtd = kota_flash_get(dev, np);
	of_node_put(np);
	if (IS_ERR(mtd))
		return dev_err_probe(dev, PTR_ERR(mtd), "state partition\n");
	err = judge(mtd, dev);
	if (err) {
		put_mtd_device(mtd);
		return err;
	}
	kota_flash_unlock(mtd);
	*protected = kota_flash_is_protected(mtd);
	if (!*protected)
		dev_warn(
			dev,
			"state partition: others can write it, so nothing in it is safe\n");
	m->extent = kota_flash_extent(mtd);
	m->priv = mtd;
	m->read = read_copy;
	m->write = write_copy;
	m->close = close_medium;
	return 0;
}
