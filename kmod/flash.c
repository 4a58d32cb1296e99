// SPDX-License-Identifier: GPL-2.0
/*
 * What all users of an MTD partition need: is it fit, is it protected, and access
 * that goes through its master, since the partition itself is read-only. Offsets
 * are those of the partition.
 */

#include <linux/device.h>
#include <linux/mtd/mtd.h>
#include <linux/of_platform.h>
#include <linux/platform_device.h>

#include "kota_private.h"

/* What the driver of the flash is bound to. Several chips as one have no parent. */
static struct device *get_flash(struct mtd_info *mtd)
{
	struct mtd_info *master = mtd_get_master(mtd);
	struct platform_device *pdev;

	if (master->dev.parent)
		return get_device(master->dev.parent);
	pdev = of_find_device_by_node(mtd_get_of_node(master));
	return pdev ? &pdev->dev : NULL;
}

/**
 * kota_flash_get() - get the MTD partition of a device-tree node
 * @dev: who is going to use it; is unbound before the driver of the flash is, which
 *	root may do at any time: what the partition is made of is gone then
 * @np: the node
 *
 * Context: may sleep; only while @dev is being probed. put_mtd_device() gives it back.
 * Return: the partition, or ERR_PTR: -EPROBE_DEFER when it may still come; -ENODEV
 * when the flash is just going, or is no device's.
 */
struct mtd_info *kota_flash_get(struct device *dev, struct device_node *np)
{
	struct mtd_info *mtd = of_get_mtd_device_by_node(np);
	struct device_link *link = NULL;
	struct device *flash;

	if (IS_ERR(mtd))
		return mtd;
	flash = get_flash(mtd);
	if (flash)
		link = device_link_add(dev, flash, DL_FLAG_AUTOREMOVE_CONSUMER);
	put_device(flash);
	if (link)
		return mtd;
	put_mtd_device(mtd);
	return ERR_PTR(-ENODEV);
}

/**
 * kota_flash_judge() - can kota use this partition?
 * @mtd: the partition
 *
 * Return: NULL, or what is wrong with it, for people.
 */
const char *kota_flash_judge(struct mtd_info *mtd)
{
	struct mtd_info *master = mtd_get_master(mtd);

	if (mtd_type_is_nand(mtd) || mtd->writesize != 1)
		return "not NOR flash or RAM";
	if (!(master->flags & MTD_WRITEABLE))
		return "flash can't be written";
	if (mtd_mod_by_eb(mtd_get_master_ofs(mtd, 0), mtd) ||
	    mtd_mod_by_eb(mtd->size, mtd) || mtd->size < mtd->erasesize)
		return "not made of whole erase blocks";
	return NULL;
}

/* Is there a partition below @parent that user space can write, in this range? */
static bool is_overlapped(struct mtd_info *parent, struct mtd_info *mtd)
{
	u64 begin = mtd_get_master_ofs(mtd, 0), end = begin + mtd->size;
	struct mtd_info *other;

	list_for_each_entry(other, &parent->partitions, part.node) {
		u64 pos = mtd_get_master_ofs(other, 0);

		if (other->flags & MTD_WRITEABLE && pos < end &&
		    begin < pos + other->size)
			return true;
		if (is_overlapped(other, mtd))
			return true;
	}
	return false;
}

/**
 * kota_flash_is_protected() - is it for kota alone to write?
 * @mtd: the partition
 *
 * Context: may sleep.
 * Return: whether user space can write neither the partition, nor its master, nor
 * another partition at the same place.
 */
bool kota_flash_is_protected(struct mtd_info *mtd)
{
	struct mtd_info *master = mtd_get_master(mtd);
	bool overlapped;

	if (!mtd_is_partition(mtd) || mtd->flags & MTD_WRITEABLE ||
	    IS_ENABLED(CONFIG_MTD_PARTITIONED_MASTER))
		return false;
	mutex_lock(&master->master.partitions_lock);
	overlapped = is_overlapped(master, mtd);
	mutex_unlock(&master->master.partitions_lock);
	return !overlapped;
}

/**
 * kota_flash_extent() - where does it lie?
 * @mtd: the partition
 *
 * Return: its place on its master.
 */
struct kota_extent kota_flash_extent(struct mtd_info *mtd)
{
	return (struct kota_extent){
		.device = mtd_get_master(mtd),
		.pos = mtd_get_master_ofs(mtd, 0),
		.len = mtd->size,
	};
}

/**
 * kota_flash_unlock() - unlock what may be locked after a reset
 * @mtd: the partition
 *
 * The kernel does this for partitions that can be written, which ours can't.
 *
 * Context: may sleep.
 */
void kota_flash_unlock(struct mtd_info *mtd)
{
	int err = mtd_unlock(mtd_get_master(mtd), mtd_get_master_ofs(mtd, 0),
			     mtd->size);

	if (err && err != -EOPNOTSUPP)
		kota_msg("%s: unlock: %d", mtd->name, err);
}

/**
 * kota_flash_erase() - erase whole blocks
 * @mtd: the partition
 * @pos: start of a block
 * @len: bytes, of whole blocks
 *
 * Context: may sleep.
 * Return: 0; -EINVAL outside the partition or of parts of blocks; -errno.
 */
int kota_flash_erase(struct mtd_info *mtd, u64 pos, u64 len)
{
	struct erase_info erase = {
		.addr = mtd_get_master_ofs(mtd, pos),
		.len = len,
	};

	if (pos > mtd->size || len > mtd->size - pos ||
	    mtd_mod_by_eb(pos, mtd) || mtd_mod_by_eb(len, mtd))
		return -EINVAL;
	return mtd_erase(mtd_get_master(mtd), &erase);
}

/**
 * kota_flash_write() - write erased bytes
 * @mtd: the partition
 * @pos: offset
 * @buf: memory that a controller can read: no vmalloc
 * @len: bytes
 *
 * Context: may sleep.
 * Return: 0; -EINVAL outside the partition; -EIO; -errno.
 */
int kota_flash_write(struct mtd_info *mtd, u64 pos, const u8 *buf, size_t len)
{
	size_t done = 0;
	int err;

	if (pos > mtd->size || len > mtd->size - pos)
		return -EINVAL;
	err = mtd_write(mtd_get_master(mtd), mtd_get_master_ofs(mtd, pos), len,
			&done, buf);
	if (err)
		return err;
	return done == len ? 0 : -EIO;
}

/**
 * kota_flash_read() - read from the medium
 * @mtd: the partition
 * @pos: offset
 * @buf: memory that a controller can write: no vmalloc
 * @len: bytes
 *
 * Bit flips that were corrected are no error.
 *
 * Context: may sleep.
 * Return: 0; -EIO; -errno.
 */
int kota_flash_read(struct mtd_info *mtd, u64 pos, u8 *buf, size_t len)
{
	size_t done = 0;
	int err = mtd_read(mtd, pos, len, &done, buf);

	if (err && !mtd_is_bitflip(err))
		return err;
	return done == len ? 0 : -EIO;
}
