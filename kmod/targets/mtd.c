// SPDX-License-Identifier: GPL-2.0
/*
 * Target on NOR-like MTD: two partitions as slots. They are read-only for
 * everybody; kota writes through their master. The first erase block is erased
 * first and written last, so that a slot which is not whole cannot boot.
 */

#include <linux/mtd/mtd.h>
#include <linux/of.h>

#include "../kota_private.h"

#define BOUNCE_LEN SZ_64K
#define PROGRAM_UNIT 64 /* divides every erase block */
#define FIRST_LOOK 64

static struct mtd_info *current_slot(const struct kota_target *t)
{
	struct mtd_target *m = t->priv;

	return m->slots[t->slot];
}

/* What failed is as little to be relied on as what was cut off. */
static int doubt(struct kota_target *t, int err)
{
	if (err)
		t->sound[t->slot] = false;
	return err;
}

/*
 * What ends short is filled up with blank bytes, which program nothing: flash
 * with ECC takes whole units, and a write buffer may not take a single word.
 */
static int program(struct mtd_target *m, struct mtd_info *mtd, u64 pos,
		   const u8 *buf, size_t len)
{
	while (len) {
		size_t part = min(len, m->bounce_len);
		size_t whole = min(ALIGN(part, PROGRAM_UNIT), m->bounce_len);
		int err;

		memcpy(m->bounce, buf, part);
		memset(m->bounce + part, 0xff, whole - part);
		err = kota_flash_write(mtd, pos, m->bounce, whole);
		if (err)
			return err;
		pos += part;
		buf += part;
		len -= part;
	}
	return 0;
}

static int read_by(u8 *bounce, size_t bounce_len, struct mtd_info *mtd, u64 pos,
		   u8 *buf, size_t len)
{
	while (len) {
		size_t part = min(len, bounce_len);
		int err = kota_flash_read(mtd, pos, bounce, part);

		if (err)
			return err;
		memcpy(buf, bounce, part);
		pos += part;
		buf += part;
		len -= part;
	}
	return 0;
}

/* What is not blank mostly shows it at once: the first look is a short one. */
static int check_blank(struct mtd_target *m, struct mtd_info *mtd, u64 pos,
		       u64 end)
{
	size_t look = FIRST_LOOK;

	for (; pos < end; look = m->bounce_len) {
		size_t part = min_t(u64, end - pos, look);
		int err = kota_flash_read(mtd, pos, m->bounce, part);

		if (err)
			return err;
		if (memchr_inv(m->bounce, 0xff, part))
			return -EIO;
		pos += part;
		cond_resched();
	}
	return 0;
}

static bool is_blank(struct mtd_target *m, struct mtd_info *mtd, u64 pos)
{
	return m->bounce && !check_blank(m, mtd, pos, pos + mtd->erasesize);
}

/*
 * Not what is blank already: an erase wears the block out. But one that was cut off
 * may have left it looking so, with bits that fall back later.
 */
static int erase_block(struct kota_target *t, u64 pos)
{
	struct mtd_info *mtd = current_slot(t);

	if (t->sound[t->slot] && is_blank(t->priv, mtd, pos))
		return 0;
	return doubt(t, kota_flash_erase(mtd, pos, mtd->erasesize));
}

static void free_buffers(struct mtd_target *m)
{
	kvfree_sensitive(m->held, m->held_len);
	m->held = NULL;
	m->held_len = 0;
	kfree_sensitive(m->bounce);
	m->bounce = NULL;
}

static int mtd_begin(struct kota_target *t, unsigned int slot)
{
	struct mtd_target *m = t->priv;
	struct mtd_info *mtd = m->slots[slot];
	int err;

	m->held = kvmalloc(mtd->erasesize, GFP_KERNEL);
	m->bounce_len = BOUNCE_LEN;
	m->bounce = mtd_kmalloc_up_to(mtd, &m->bounce_len);
	if (!m->held || !m->bounce) {
		free_buffers(m);
		return -ENOMEM;
	}
	m->held_len = 0;
	kota_flash_unlock(mtd);
	err = doubt(t, kota_flash_erase(mtd, 0, mtd->erasesize));
	if (err) {
		free_buffers(m);
		return err;
	}
	m->erased = mtd->erasesize;
	return 0;
}

/* Memory takes bytes as it is: where all is replaced, nothing need go before. */
static bool wants_erase(const struct mtd_info *mtd, u64 block, u64 end)
{
	return !(mtd->flags & MTD_NO_ERASE) || block + mtd->erasesize > end;
}

static int mtd_put(struct kota_target *t, u64 pos, const u8 *buf, size_t len)
{
	struct mtd_info *mtd = current_slot(t);
	struct mtd_target *m = t->priv;
	int err;

	if (pos < mtd->erasesize) {
		size_t part = min_t(u64, len, mtd->erasesize - pos);

		memcpy(m->held + pos, buf, part);
		m->held_len = pos + part;
		pos += part;
		buf += part;
		len -= part;
	}
	while (m->erased < pos + len) {
		err = wants_erase(mtd, m->erased, pos + len) ?
			      erase_block(t, m->erased) :
			      0;
		if (err)
			return err;
		m->erased += mtd->erasesize;
	}
	return doubt(t, program(m, mtd, pos, buf, len));
}

static int mtd_skip(struct kota_target *t, u64 pos, u64 len)
{
	struct mtd_target *m = t->priv;

	m->erased = pos + len;
	return 0;
}

static int mtd_finish(struct kota_target *t, u64 len)
{
	struct mtd_info *mtd = current_slot(t);
	struct mtd_target *m = t->priv;

	while (m->erased < mtd->size) {
		int err = erase_block(t, m->erased);

		if (err)
			return err;
		m->erased += mtd->erasesize;
		cond_resched();
	}
	return doubt(t, check_blank(m, mtd, max_t(u64, len, mtd->erasesize),
				    mtd->size));
}

static int mtd_get(struct kota_target *t, u64 pos, u8 *buf, size_t len)
{
	struct mtd_info *mtd = current_slot(t);
	struct mtd_target *m = t->priv;

	if (pos < mtd->erasesize) {
		size_t part = min_t(u64, len, mtd->erasesize - pos);

		memcpy(buf, m->held + pos, part);
		pos += part;
		buf += part;
		len -= part;
	}
	return read_by(m->bounce, m->bounce_len, mtd, pos, buf, len);
}

static int mtd_peek(struct kota_target *t, unsigned int slot, u64 pos, u8 *buf,
		    size_t len)
{
	struct mtd_target *m = t->priv;
	struct mtd_info *mtd = m->slots[slot];
	size_t bounce_len = BOUNCE_LEN;
	u8 *bounce;
	int err;

	bounce = mtd_kmalloc_up_to(mtd, &bounce_len);
	if (!bounce)
		return -ENOMEM;
	err = read_by(bounce, bounce_len, mtd, pos, buf, len);
	kfree_sensitive(bounce);
	return err;
}

/* The first block, from memory whose digest has just been checked. */
static int mtd_seal(struct kota_target *t)
{
	struct mtd_info *mtd = current_slot(t);
	struct mtd_target *m = t->priv;
	size_t off;
	int err;

	err = program(m, mtd, 0, m->held, m->held_len);
	for (off = 0; !err && off < m->held_len; off += m->bounce_len) {
		size_t part = min(m->bounce_len, m->held_len - off);

		err = kota_flash_read(mtd, off, m->bounce, part);
		if (!err && memcmp(m->bounce, m->held + off, part))
			err = -EREMOTEIO;
	}
	if (!err)
		err = check_blank(m, mtd, m->held_len, mtd->erasesize);
	if (!err)
		free_buffers(m);
	return doubt(t, err);
}

/* If the first block is blank, it is so by mtd_begin(). */
static void mtd_abort(struct kota_target *t)
{
	struct mtd_info *mtd = current_slot(t);
	int err = 0;

	if (!is_blank(t->priv, mtd, 0))
		err = doubt(t, kota_flash_erase(mtd, 0, mtd->erasesize));
	if (err)
		kota_msg("%s: first block could not be erased: %d", mtd->name,
			 err);
	free_buffers(t->priv);
}

static void mtd_target_close(struct kota_target *t)
{
	struct mtd_target *m = t->priv;
	unsigned int i;

	for (i = 0; i < KOTA_NR_SLOTS; i++)
		if (m->slots[i])
			put_mtd_device(m->slots[i]);
	kfree(m);
	t->priv = NULL;
}

static int open_slot(struct kota_target *t, struct device *dev,
		     struct device_node *np, unsigned int i)
{
	struct device_node *slot = of_parse_phandle(np, "slots", i);
	struct mtd_target *m = t->priv;
	struct mtd_info *mtd;

	if (!slot) {
		t->reason = "two slots are wanted";
		return -EINVAL;
	}
	mtd = kota_flash_get(dev, slot);
	of_node_put(slot);
	if (IS_ERR(mtd)) {
		t->reason = "slot is not there";
		return PTR_ERR(mtd);
	}
	m->slots[i] = mtd;
	t->reason = kota_flash_judge(mtd);
	if (t->reason)
		return -EINVAL;
	t->capacity[i] = mtd->size;
	t->unit[i] = mtd->erasesize;
	t->extent[i] = kota_flash_extent(mtd);
	t->protected &= kota_flash_is_protected(mtd);
	return 0;
}

static int mtd_target_open(struct kota_target *t, struct device *dev,
			   struct device_node *np)
{
	struct mtd_target *m;
	unsigned int i;
	int err = 0;

	m = kzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return -ENOMEM;
	t->priv = m;
	t->protected = true;
	for (i = 0; !err && i < KOTA_NR_SLOTS; i++)
		err = open_slot(t, dev, np, i);
	if (err)
		mtd_target_close(t);
	return err;
}

const struct kota_target_ops kota_mtd_target_ops = {
	.compatible = "kota,mtd-target",
	.type = "mtd",
	.open = mtd_target_open,
	.close = mtd_target_close,
	.begin = mtd_begin,
	.write = mtd_put,
	.skip = mtd_skip,
	.finish = mtd_finish,
	.read = mtd_get,
	.peek = mtd_peek,
	.seal = mtd_seal,
	.abort = mtd_abort,
	.fades = true,
};
