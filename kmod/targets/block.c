// SPDX-License-Identifier: GPL-2.0
/*
 * Target on a disk: two partitions as slots, by their names. Written by bios, past
 * the page cache, and held exclusively while that goes on. The first unit is zeroed
 * first and written last, so that a slot which is not whole has no beginning. The
 * whole disk stays open to root: this kind can't be protected.
 */

#include <linux/of.h>

#include "../kota_private.h"

/* Has what boot loaders and file systems know an image by; divides by a sector. */
#define UNIT SZ_128K

/**
 * struct block_target - two slots, and the one that is being written
 * @node: controller of the disk
 * @labels: names of the partitions, in the device tree
 * @writer: the one that is being written, exclusive
 * @readers: to look at, each opened when it is first wanted
 * @held: contents of the first unit, until it is written
 * @held_len: bytes of it that have come
 */
struct block_target {
	struct device_node *node;
	const char *labels[KOTA_NR_SLOTS];
	struct kota_disk writer;
	struct kota_disk readers[KOTA_NR_SLOTS];
	u8 *held;
	size_t held_len;
};

static void end_writing(struct block_target *b)
{
	kota_disk_close(&b->writer);
	kvfree_sensitive(b->held, UNIT);
	b->held = NULL;
	b->held_len = 0;
}

/* The partition may have become another one since it was looked at first. */
static int open_slot(struct kota_target *t, struct kota_disk *d,
		     unsigned int slot, bool exclusive)
{
	struct block_target *b = t->priv;
	int err = kota_disk_open(d, b->node, b->labels[slot], exclusive);

	if (err == -EPROBE_DEFER)
		return -ENODEV;
	if (!err && d->size != t->capacity[slot]) {
		kota_disk_close(d);
		err = -ENXIO;
	}
	return err;
}

static int zero_first(struct block_target *b)
{
	int err = kota_disk_zero(&b->writer, 0, UNIT);

	return err ?: kota_disk_flush(&b->writer);
}

static int block_begin(struct kota_target *t, unsigned int slot)
{
	struct block_target *b = t->priv;
	int err;

	b->held = kvmalloc(UNIT, GFP_KERNEL);
	if (!b->held)
		return -ENOMEM;
	b->held_len = 0;
	err = open_slot(t, &b->writer, slot, true);
	if (!err)
		err = zero_first(b);
	if (err)
		end_writing(b);
	return err;
}

static int block_put(struct kota_target *t, u64 pos, const u8 *buf, size_t len)
{
	struct block_target *b = t->priv;

	if (pos < UNIT) {
		size_t part = min_t(u64, len, UNIT - pos);

		memcpy(b->held + pos, buf, part);
		b->held_len = pos + part;
		pos += part;
		buf += part;
		len -= part;
	}
	return len ? kota_disk_write(&b->writer, pos, buf, len) : 0;
}

static int block_skip(struct kota_target *t, u64 pos, u64 len)
{
	return 0;
}

/*
 * What reads on behind the image finds zeros, for a sector at least. Up to the end
 * of the first unit they are there already.
 */
static int block_finish(struct kota_target *t, u64 len)
{
	struct block_target *b = t->priv;
	u64 pos = ALIGN(len, b->writer.sector);
	u64 end = t->erase_rest ? t->capacity[t->slot] : pos + b->writer.sector;
	int err = 0;

	pos = max_t(u64, pos, UNIT);
	end = min(end, t->capacity[t->slot]);
	if (pos < end)
		err = kota_disk_zero(&b->writer, pos, end - pos);
	if (!err)
		err = kota_disk_flush(&b->writer);
	if (!err && pos < end)
		err = kota_disk_check_zero(&b->writer, pos, end - pos);
	return err;
}

static int block_get(struct kota_target *t, u64 pos, u8 *buf, size_t len)
{
	struct block_target *b = t->priv;

	if (pos < UNIT) {
		size_t part = min_t(u64, len, UNIT - pos);

		memcpy(buf, b->held + pos, part);
		pos += part;
		buf += part;
		len -= part;
	}
	return kota_disk_read(&b->writer, pos, buf, len);
}

/* A disk that went and came back is another one to the kernel. */
static int block_peek(struct kota_target *t, unsigned int slot, u64 pos,
		      u8 *buf, size_t len)
{
	struct block_target *b = t->priv;
	struct kota_disk *reader = &b->readers[slot];
	int err = 0;

	if (reader->file && !kota_disk_is_live(reader))
		kota_disk_close(reader);
	if (!reader->file)
		err = open_slot(t, reader, slot, false);
	return err ?: kota_disk_read(reader, pos, buf, len);
}

/* The first unit, from memory whose digest has just been checked. */
static int block_seal(struct kota_target *t)
{
	struct block_target *b = t->priv;
	u8 *found = kvmalloc(UNIT, GFP_KERNEL);
	int err;

	if (!found)
		return -ENOMEM;
	memset(b->held + b->held_len, 0, UNIT - b->held_len);
	err = kota_disk_write(&b->writer, 0, b->held, UNIT);
	if (!err)
		err = kota_disk_flush(&b->writer);
	if (!err)
		err = kota_disk_read(&b->writer, 0, found, UNIT);
	if (!err && memcmp(found, b->held, UNIT))
		err = -EREMOTEIO;
	kvfree_sensitive(found, UNIT);
	if (!err)
		end_writing(b);
	return err;
}

static void block_abort(struct kota_target *t)
{
	struct block_target *b = t->priv;
	int err = 0;

	if (!b->writer.file)
		err = open_slot(t, &b->writer, t->slot, true);
	if (!err)
		err = zero_first(b);
	if (err)
		kota_msg("%s: first unit could not be zeroed: %d",
			 b->labels[t->slot], err);
	end_writing(b);
}

static void block_target_close(struct kota_target *t)
{
	struct block_target *b = t->priv;
	unsigned int i;

	for (i = 0; i < KOTA_NR_SLOTS; i++)
		kota_disk_close(&b->readers[i]);
	of_node_put(b->node);
	kfree(b);
	t->priv = NULL;
}

static const char *judge(const struct kota_disk *d, int err)
{
	if (err)
		return kota_disk_reason(err) ?: "partition can't be opened";
	return d->size < UNIT ? "partition is smaller than 128 KiB" : NULL;
}

static int look_at_slot(struct kota_target *t, struct device_node *np,
			unsigned int i)
{
	struct block_target *b = t->priv;
	struct kota_disk d = {};
	int err;

	if (of_property_read_string_index(np, "slot-labels", i,
					  &b->labels[i])) {
		t->reason = "two slots are wanted";
		return -EINVAL;
	}
	err = kota_disk_open(&d, b->node, b->labels[i], false);
	t->reason = judge(&d, err);
	t->capacity[i] = d.size;
	t->unit[i] = UNIT;
	if (!err)
		t->extent[i] = kota_disk_extent(&d);
	kota_disk_close(&d);
	return err ?: t->reason ? -EINVAL : 0;
}

static int block_target_open(struct kota_target *t, struct device *dev,
			     struct device_node *np)
{
	struct block_target *b = kzalloc(sizeof(*b), GFP_KERNEL);
	unsigned int i;
	int err = 0;

	if (!b)
		return -ENOMEM;
	t->priv = b;
	b->node = of_parse_phandle(np, "disk", 0);
	if (!b->node) {
		t->reason = "no disk in the device tree";
		err = -EINVAL;
	}
	for (i = 0; !err && i < KOTA_NR_SLOTS; i++)
		err = look_at_slot(t, np, i);
	if (err)
		block_target_close(t);
	return err;
}

const struct kota_target_ops kota_block_target_ops = {
	.compatible = "kota,block-target",
	.type = "block",
	.open = block_target_open,
	.close = block_target_close,
	.begin = block_begin,
	.write = block_put,
	.skip = block_skip,
	.finish = block_finish,
	.read = block_get,
	.peek = block_peek,
	.seal = block_seal,
	.abort = block_abort,
};
