// SPDX-License-Identifier: GPL-2.0
/*
 * The fixed table of targets, and what holds for every kind of them: ranges lie
 * within the slot, bytes come in order, begin is answered by seal or abort.
 */

#include <linux/of.h>

#include "kota_private.h"

static const struct kota_target_ops *const kinds[] = {
	&kota_mtd_target_ops,
	&kota_block_target_ops,
};

static const struct kota_target_ops *kind_of(struct device_node *np)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (of_device_is_compatible(np, kinds[i]->compatible))
			return kinds[i];
	return NULL;
}

static bool overlap(const struct kota_extent *a, const struct kota_extent *b)
{
	return a->device && a->device == b->device &&
	       a->pos < b->pos + b->len && b->pos < a->pos + a->len;
}

/* With the state record, a slot that has come before, or its own other one. */
static bool overlaps(const struct kota *kota, const struct kota_target *t,
		     unsigned int slot)
{
	const struct kota_extent *here = &t->extent[slot];
	const struct kota_target *other;
	unsigned int i;

	for (other = kota->targets; other < t; other++)
		for (i = 0; i < KOTA_NR_SLOTS; i++)
			if (other->ops && overlap(here, &other->extent[i]))
				return true;
	for (i = 0; i < slot; i++)
		if (overlap(here, &t->extent[i]))
			return true;
	return overlap(here, &kota->state.medium.extent);
}

/* To write one would destroy what runs, or what has just been written. */
static int open_apart(struct kota *kota, struct kota_target *t,
		      struct device_node *np, const struct kota_target_ops *ops)
{
	unsigned int i;
	int err;

	err = ops->open(t, kota->dev, np);
	for (i = 0; !err && i < KOTA_NR_SLOTS; i++) {
		if (!overlaps(kota, t, i))
			continue;
		ops->close(t);
		t->reason = "slots overlap";
		err = -EINVAL;
	}
	return err;
}

/* One name is one entry of the state record. */
static bool is_taken(const struct kota *kota, const struct kota_target *t)
{
	const struct kota_target *other;

	for (other = kota->targets; other < t; other++)
		if (!strcmp(other->name, t->name))
			return true;
	return false;
}

/*
 * An entry that can't be used stays in the table, with the reason. So does one whose
 * driver may still come, once nothing waits for drivers any more: a device that is
 * never there could not load its keys either.
 */
static int open_one(struct kota *kota, struct kota_target *t,
		    struct device_node *np)
{
	const struct kota_target_ops *ops = kind_of(np);
	int err;

	if (snprintf(t->name, sizeof(t->name), "%pOFn", np) >= sizeof(t->name))
		return -ENAMETOOLONG;
	if (is_taken(kota, t))
		return -EEXIST;
	if (!ops) {
		t->reason = "compatible is not known";
		return 0;
	}
	t->slotted = true;
	err = open_apart(kota, t, np, ops);
	if (err == -EPROBE_DEFER)
		err = driver_deferred_probe_check_state(kota->dev);
	if (err == -EPROBE_DEFER || err == -ENOMEM)
		return err;
	if (err) {
		kota_msg("target %s: %s (%d)", t->name,
			 t->reason ?: "not usable", err);
		if (!t->reason)
			t->reason = "not usable";
		return 0;
	}
	t->ops = ops;
	return 0;
}

/**
 * kota_target_open_all() - read the table of targets from the device tree
 * @kota: the device
 * @node: its "targets" node
 *
 * Context: may sleep.
 * Return: 0; -EPROBE_DEFER; -E2BIG for more than KOTA_MAX_TARGETS; -EEXIST for two
 * of one name, which only their addresses tell apart; -ENAMETOOLONG; -errno.
 */
int kota_target_open_all(struct kota *kota, struct device_node *node)
{
	struct device_node *np;
	int err;

	for_each_available_child_of_node(node, np) {
		if (kota->nr_targets == KOTA_MAX_TARGETS)
			err = -E2BIG;
		else
			err = open_one(kota, &kota->targets[kota->nr_targets],
				       np);
		if (err) {
			of_node_put(np);
			kota_target_close_all(kota);
			return err;
		}
		kota->nr_targets++;
	}
	return 0;
}

/**
 * kota_target_close_all() - give the targets up
 * @kota: the device
 */
void kota_target_close_all(struct kota *kota)
{
	while (kota->nr_targets) {
		struct kota_target *t = &kota->targets[--kota->nr_targets];

		if (t->ops)
			t->ops->close(t);
		memset(t, 0, sizeof(*t));
	}
}

/**
 * kota_target_find() - find a target that can be used
 * @kota: the device
 * @name: name from the device tree, NUL-terminated
 *
 * Return: the target or NULL.
 */
struct kota_target *kota_target_find(struct kota *kota, const char *name)
{
	unsigned int i;

	for (i = 0; i < kota->nr_targets; i++)
		if (kota->targets[i].ops &&
		    !strcmp(kota->targets[i].name, name))
			return &kota->targets[i];
	return NULL;
}

/**
 * kota_target_find_unfit() - is there a target that can't go along with the others?
 * @kota: the device
 *
 * All slots switch as a set. So one that can't be used and is not written would
 * start with whatever it holds.
 *
 * Return: a target that has slots by its kind, and can't be used; or NULL.
 */
const struct kota_target *kota_target_find_unfit(const struct kota *kota)
{
	unsigned int i;

	for (i = 0; i < kota->nr_targets; i++)
		if (kota->targets[i].slotted && !kota->targets[i].ops)
			return &kota->targets[i];
	return NULL;
}

/**
 * kota_target_begin() - make a slot unbootable and start to write it
 * @t: the target
 * @slot: index of the slot
 *
 * Context: may sleep.
 * Return: 0; -EBUSY when it is being written; -errno of the medium.
 */
int kota_target_begin(struct kota_target *t, unsigned int slot)
{
	int err;

	if (t->writing || WARN_ON_ONCE(slot >= KOTA_NR_SLOTS))
		return -EBUSY;
	t->slot = slot;
	t->pos = 0;
	t->erase_rest = false;
	err = t->ops->begin(t, slot);
	t->writing = !err;
	return err;
}

/**
 * kota_target_write() - write the next bytes
 * @t: the target
 * @pos: offset in the slot; where the last write ended
 * @buf: the bytes
 * @len: how many
 *
 * Context: may sleep.
 * Return: 0; -ENOSPC beyond the slot; -ESPIPE out of order; -errno of the medium.
 */
int kota_target_write(struct kota_target *t, u64 pos, const u8 *buf, size_t len)
{
	u64 capacity = t->capacity[t->slot];
	int err;

	if (WARN_ON_ONCE(!t->writing) || pos != t->pos)
		return -ESPIPE;
	if (pos > capacity || len > capacity - pos)
		return -ENOSPC;
	err = t->ops->write(t, pos, buf, len);
	if (!err)
		t->pos += len;
	return err;
}

/**
 * kota_target_skip() - leave the next bytes as the medium has them
 * @t: the target
 * @pos: offset in the slot; where the last write ended
 * @len: how many; whole units
 *
 * Context: may sleep.
 * Return: 0; -ENOSPC beyond the slot; -ESPIPE out of order; -EINVAL for the first
 * unit, or for parts of units; -errno of the medium.
 */
int kota_target_skip(struct kota_target *t, u64 pos, u64 len)
{
	u64 capacity = t->capacity[t->slot];
	u32 unit = t->unit[t->slot], in_pos, in_len;
	int err;

	if (WARN_ON_ONCE(!t->writing) || pos != t->pos)
		return -ESPIPE;
	if (pos > capacity || len > capacity - pos)
		return -ENOSPC;
	if (!unit || !pos)
		return -EINVAL;
	div_u64_rem(pos, unit, &in_pos);
	div_u64_rem(len, unit, &in_len);
	if (in_pos || in_len)
		return -EINVAL;
	err = t->ops->skip(t, pos, len);
	if (!err)
		t->pos += len;
	return err;
}

/**
 * kota_target_peek() - what does a slot hold that is not being written?
 * @t: the target
 * @slot: index of the slot
 * @pos: offset in the slot
 * @buf: where to
 * @len: bytes
 *
 * Context: may sleep.
 * Return: 0; -ENOSPC beyond the slot; -EBUSY when it is being written; -errno of
 * the medium.
 */
int kota_target_peek(struct kota_target *t, unsigned int slot, u64 pos, u8 *buf,
		     size_t len)
{
	if (WARN_ON_ONCE(slot >= KOTA_NR_SLOTS) ||
	    (t->writing && slot == t->slot))
		return -EBUSY;
	if (pos > t->capacity[slot] || len > t->capacity[slot] - pos)
		return -ENOSPC;
	return t->ops->peek(t, slot, pos, buf, len);
}

/**
 * kota_target_finish() - all bytes have come
 * @t: the target
 *
 * Context: may sleep.
 * Return: 0; -errno of the medium.
 */
int kota_target_finish(struct kota_target *t)
{
	if (WARN_ON_ONCE(!t->writing))
		return -EINVAL;
	return t->ops->finish(t, t->pos);
}

/**
 * kota_target_read() - read what was written, from the medium
 * @t: the target
 * @pos: offset in the slot
 * @buf: where to
 * @len: bytes
 *
 * Context: may sleep.
 * Return: 0; -ENOSPC beyond what was written; -errno of the medium.
 */
int kota_target_read(struct kota_target *t, u64 pos, u8 *buf, size_t len)
{
	if (pos > t->pos || len > t->pos - pos)
		return -ENOSPC;
	return t->ops->read(t, pos, buf, len);
}

/**
 * kota_target_seal() - write what was held back
 * @t: the target, re-verified
 *
 * Context: may sleep.
 * Return: 0; -errno of the medium, then abort is due.
 */
int kota_target_seal(struct kota_target *t)
{
	int err;

	if (WARN_ON_ONCE(!t->writing))
		return -EINVAL;
	err = t->ops->seal(t);
	if (!err)
		t->writing = false;
	return err;
}

/**
 * kota_target_abort() - leave the slot unbootable
 * @t: the target; nothing happens unless kota_target_begin() succeeded
 *
 * Context: may sleep.
 */
void kota_target_abort(struct kota_target *t)
{
	t->ops->abort(t);
	t->writing = false;
}
