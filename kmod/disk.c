// SPDX-License-Identifier: GPL-2.0
/*
 * What all users of a partition of a disk need: find it by its name below the
 * controller that the device tree points to, and access by bios, past the page
 * cache. Offsets are those of the partition.
 */

#include <linux/blkdev.h>
#include <linux/of.h>
#include <linux/of_platform.h>
#include <linux/pagemap.h>
#include <linux/platform_device.h>

#include "kota_private.h"

#define BOUNCE_LEN SZ_64K
#define MAX_SECTOR SZ_4K /* the smallest chunk */

struct search {
	const char *label;
	dev_t found;
	unsigned int nr_found;
	unsigned int nr_disks;
};

/* An open waits until the partitions of a disk that is just coming are known. */
static void await_partitions(struct block_device *disk)
{
	struct file *file =
		bdev_file_open_by_dev(disk->bd_dev, BLK_OPEN_READ, NULL, NULL);

	if (!IS_ERR(file))
		bdev_fput(file);
}

static int look_below(struct device *dev, void *data);

static int look_at(struct device *dev, void *data)
{
	struct search *s = data;
	struct block_device *bdev;

	if (!dev->class || strcmp(dev->class->name, "block"))
		return look_below(dev, data);
	bdev = dev_to_bdev(dev);
	if (!bdev_is_partition(bdev)) {
		s->nr_disks++;
		await_partitions(bdev);
		return look_below(dev, data);
	}
	if (bdev->bd_meta_info &&
	    !strcmp((char *)bdev->bd_meta_info->volname, s->label)) {
		s->found = bdev->bd_dev;
		s->nr_found++;
	}
	return 0;
}

static int look_below(struct device *dev, void *data)
{
	return device_for_each_child(dev, data, look_at);
}

static int find(struct device_node *node, const char *label, dev_t *dev)
{
	struct platform_device *pdev = of_find_device_by_node(node);
	struct search s = { .label = label };

	if (!pdev)
		return -EPROBE_DEFER;
	look_below(&pdev->dev, &s);
	put_device(&pdev->dev);
	if (!s.nr_disks)
		return -EPROBE_DEFER;
	if (!s.nr_found)
		return -ENOENT;
	if (s.nr_found > 1)
		return -ENOTUNIQ;
	*dev = s.found;
	return 0;
}

/* What others have left in the page cache must not come over what we write. */
static int forget_cache(struct kota_disk *d)
{
	int err = sync_blockdev(file_bdev(d->file));

	return err ?: invalidate_inode_pages2(d->file->f_mapping);
}

/**
 * kota_disk_open() - open a partition
 * @d: zeroed
 * @node: controller of its disk
 * @label: name of the partition
 * @exclusive: to write; nobody else may write it or mount it, as far as the kernel
 *	is configured so, until it is closed
 *
 * Context: may sleep.
 * Return: 0; -EPROBE_DEFER when there is no disk; -ENOENT when it has no such
 * partition; -ENOTUNIQ when there are several; -EBUSY when somebody else uses it;
 * -EINVAL for sectors that are too large; -errno.
 */
int kota_disk_open(struct kota_disk *d, struct device_node *node,
		   const char *label, bool exclusive)
{
	blk_mode_t mode = BLK_OPEN_READ;
	dev_t dev;
	int err;

	if (exclusive)
		mode |= BLK_OPEN_WRITE | BLK_OPEN_RESTRICT_WRITES;
	err = find(node, label, &dev);
	if (err)
		return err;
	d->bounce = kmalloc(BOUNCE_LEN, GFP_KERNEL);
	if (!d->bounce)
		return -ENOMEM;
	d->file = bdev_file_open_by_dev(dev, mode, exclusive ? d : NULL, NULL);
	if (IS_ERR(d->file)) {
		err = PTR_ERR(d->file);
		d->file = NULL;
		kota_disk_close(d);
		return err;
	}
	d->exclusive = exclusive;
	d->size = bdev_nr_bytes(file_bdev(d->file));
	d->sector = bdev_logical_block_size(file_bdev(d->file));
	err = d->sector > MAX_SECTOR ? -EINVAL : 0;
	if (!err && exclusive)
		err = forget_cache(d);
	if (err)
		kota_disk_close(d);
	return err;
}

/**
 * kota_disk_reason() - why a partition was not found
 * @err: negative errno of kota_disk_open()
 *
 * Return: the reason, for people; NULL when it is another one.
 */
const char *kota_disk_reason(int err)
{
	switch (err) {
	case -EPROBE_DEFER:
		return "disk is not there";
	case -ENOENT:
		return "disk has no partition of that name";
	case -ENOTUNIQ:
		return "disk has two partitions of that name";
	default:
		return NULL;
	}
}

/**
 * kota_disk_close() - close a partition
 * @d: open, or zeroed
 *
 * Context: may sleep.
 */
void kota_disk_close(struct kota_disk *d)
{
	if (d->file) {
		if (d->exclusive && forget_cache(d))
			kota_msg("%pg: its cache may be stale",
				 file_bdev(d->file));
		bdev_fput(d->file);
	}
	kfree_sensitive(d->bounce);
	memset(d, 0, sizeof(*d));
}

/**
 * kota_disk_is_live() - is the disk still there?
 * @d: open
 *
 * Return: whether it has not been taken away.
 */
bool kota_disk_is_live(const struct kota_disk *d)
{
	return disk_live(file_bdev(d->file)->bd_disk);
}

/**
 * kota_disk_extent() - where does it lie?
 * @d: open
 *
 * Return: its place on its disk.
 */
struct kota_extent kota_disk_extent(const struct kota_disk *d)
{
	struct block_device *bdev = file_bdev(d->file);

	return (struct kota_extent){
		.device = bdev->bd_disk,
		.pos = (u64)get_start_sect(bdev) << SECTOR_SHIFT,
		.len = d->size,
	};
}

/* One bio, from or to the bounce buffer; whole sectors. */
static int transfer(struct kota_disk *d, blk_opf_t op, u64 pos, size_t len)
{
	struct bio_vec vec;
	struct bio bio;
	int err;

	bio_init(&bio, file_bdev(d->file), &vec, 1, op);
	bio.bi_iter.bi_sector = pos >> SECTOR_SHIFT;
	__bio_add_page(&bio, virt_to_page(d->bounce), len,
		       offset_in_page(d->bounce));
	err = submit_bio_wait(&bio);
	bio_uninit(&bio);
	return err;
}

/**
 * kota_disk_read() - read from the device
 * @d: open
 * @pos: offset
 * @buf: any memory
 * @len: bytes
 *
 * Context: may sleep.
 * Return: 0; -EINVAL outside the partition; -errno of the device.
 */
int kota_disk_read(struct kota_disk *d, u64 pos, u8 *buf, size_t len)
{
	if (pos > d->size || len > d->size - pos)
		return -EINVAL;
	while (len) {
		size_t off = pos & (d->sector - 1);
		size_t part = min(len, BOUNCE_LEN - off);
		int err = transfer(d, REQ_OP_READ, pos - off,
				   ALIGN(off + part, d->sector));

		if (err)
			return err;
		memcpy(buf, d->bounce + off, part);
		pos += part;
		buf += part;
		len -= part;
		cond_resched();
	}
	return 0;
}

/**
 * kota_disk_write() - write to the device
 * @d: open, exclusive
 * @pos: offset of a sector
 * @buf: any memory
 * @len: bytes; a last sector that is not whole is filled up with zeros
 *
 * Context: may sleep.
 * Return: 0; -EINVAL outside the partition or amidst a sector; -errno of the
 * device.
 */
int kota_disk_write(struct kota_disk *d, u64 pos, const u8 *buf, size_t len)
{
	if (pos > d->size || len > d->size - pos || pos & (d->sector - 1))
		return -EINVAL;
	while (len) {
		size_t part = min_t(size_t, len, BOUNCE_LEN);
		size_t whole = ALIGN(part, d->sector);
		int err;

		memcpy(d->bounce, buf, part);
		memset(d->bounce + part, 0, whole - part);
		err = transfer(d, REQ_OP_WRITE | REQ_SYNC, pos, whole);
		if (err)
			return err;
		pos += part;
		buf += part;
		len -= part;
		cond_resched();
	}
	return 0;
}

/**
 * kota_disk_zero() - make a range zero
 * @d: open, exclusive
 * @pos: offset of a sector
 * @len: bytes of whole sectors
 *
 * Context: may sleep.
 * Return: 0; -EINVAL outside the partition or amidst a sector; -errno of the
 * device.
 */
int kota_disk_zero(struct kota_disk *d, u64 pos, u64 len)
{
	if (pos > d->size || len > d->size - pos ||
	    (pos | len) & (d->sector - 1))
		return -EINVAL;
	return blkdev_issue_zeroout(file_bdev(d->file), pos >> SECTOR_SHIFT,
				    len >> SECTOR_SHIFT, GFP_KERNEL, 0);
}

/**
 * kota_disk_check_zero() - is a range zero, as read from the device?
 * @d: open
 * @pos: offset of a sector
 * @len: bytes of whole sectors
 *
 * Context: may sleep.
 * Return: 0; -EIO when it is not; -errno of the device.
 */
int kota_disk_check_zero(struct kota_disk *d, u64 pos, u64 len)
{
	while (len) {
		size_t part = min_t(u64, len, BOUNCE_LEN);
		int err = transfer(d, REQ_OP_READ, pos, part);

		if (err)
			return err;
		if (memchr_inv(d->bounce, 0, part))
			return -EIO;
		pos += part;
		len -= part;
		cond_resched();
	}
	return 0;
}

/**
 * kota_disk_flush() - what was written is on the medium afterwards
 * @d: open, exclusive
 *
 * Context: may sleep.
 * Return: 0; -errno of the device.
 */
int kota_disk_flush(struct kota_disk *d)
{
	return blkdev_issue_flush(file_bdev(d->file));
}
