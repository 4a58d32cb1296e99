// SPDX-License-Identifier: GPL-2.0
/*
 * The state record's two copies on an MTD partition, one in each half, written
 * through the partition's master: the partition itself is read-only.
 */

#include <linux/mtd/mtd.h>
#include <linux/of.h>

#include "kota_private.h"

/* Start of a copy: the halves begin at erase blocks. */
static u64 copy_pos(const struct mtd_info *mtd, unsigned int copy)
{
	return copy * mtd_div_by_eb(mtd->size / KOTA_NR_COPIES,
				    (struct mtd_info *)mtd) * (u64)mtd->erasesize;
}

static int read_copy(struct kota_medium *m, unsigned int copy, void *buf, size_t len)
{
	struct mtd_info *mtd = m->priv;
	size_t done = 0;
	int err;

	err = mtd_read(mtd, copy_pos(mtd, copy), len, &done, buf);
	if (err && !mtd_is_bitflip(err))
		return err;
	return done == len ? 0 : -EIO;
}

static int erase_copy(struct mtd_info *master, u64 pos, size_t len)
{
	struct erase_info erase = {
		.addr = pos,
		.len = ALIGN(len, master->erasesize),
	};

	return mtd_erase(master, &erase);
}

static int write_copy(struct kota_medium *m, unsigned int copy, const void *data, size_t len)
{
	struct mtd_info *mtd = m->priv, *master = mtd_get_master(mtd);
	u64 pos = mtd_get_master_ofs(mtd, copy_pos(mtd, copy));
	size_t padded = ALIGN(len, master->writesize), done = 0;
	u8 *buf = kmalloc(padded, GFP_KERNEL);
	int err;

	if (!buf)
		return -ENOMEM;
	memcpy(buf, data, len);
	memset(buf + len, 0xff, padded - len);
	err = erase_copy(master, pos, len);
	if (!err)
		err = mtd_write(master, pos, padded, &done, buf);
	if (!err && done != padded)
		err = -EIO;
	/* Believed once it has been read back. */
	if (!err) {
		memset(buf, 0, len);
		err = read_copy(m, copy, buf, len);
	}
	if (!err && memcmp(buf, data, len))
		err = -EIO;
	kfree(buf);
	return err;
}

/**
 * kota_state_mtd_open() - find the partition that "kota,state" points to
 * @m: the medium
 * @dev: the device
 *
 * Context: may sleep.
 * Return: 0; -EPROBE_DEFER when it may still come; -ENODEV when the device tree
 * names none; -ENOSPC when it has less than two erase blocks or they are too
 * small; -EROFS when the flash itself can't be written.
 */
int kota_state_mtd_open(struct kota_medium *m, struct device *dev)
{
	struct device_node *np = of_parse_phandle(dev->of_node, "kota,state", 0);
	struct mtd_info *mtd;
	int err = 0;

	if (!np)
		return dev_err_probe(dev, -ENODEV, "no kota,state in the device tree\n");
	mtd = of_get_mtd_device_by_node(np);
	of_node_put(np);
	if (IS_ERR(mtd))
		return dev_err_probe(dev, PTR_ERR(mtd), "state partition\n");
	if (copy_pos(mtd, 1) < ALIGN(sizeof(struct kota_state_record), mtd->erasesize))
		err = -ENOSPC;
	else if (!(mtd_get_master(mtd)->flags & MTD_WRITEABLE))
		err = -EROFS;
	if (err) {
		put_mtd_device(mtd);
		return dev_err_probe(dev, err, "state partition\n");
	}
	m->priv = mtd;
	m->read = read_copy;
	m->write = write_copy;
	return 0;
}

/**
 * kota_state_mtd_close() - give the partition up
 * @m: from kota_state_mtd_open(), or zeroed
 */
void kota_state_mtd_close(struct kota_medium *m)
{
	if (m->priv)
		put_mtd_device(m->priv);
	m->priv = NULL;
}
