// SPDX-License-Identifier: GPL-2.0
/*
 * Envelopes that came before their deliverables: a few, in memory, the oldest
 * goes first. What they open, and whether they do, is keys.c's affair.
 */

#include "kota_private.h"

static size_t envelope_len(const struct kota_envelope *env)
{
	return sizeof(*env) + le16_to_cpu(env->enc_len) + KOTA_WRAPPED_LEN;
}

/* The limit that netlink has of its specification. */
static_assert(sizeof(struct kota_envelope) + KOTA_MAX_ENC_LEN +
		      KOTA_WRAPPED_LEN ==
	      1656);

/* An envelope of this length and no other; the stream's parser asks for the same. */
static bool is_whole(const struct kota_envelope *env, size_t len)
{
	return len >= sizeof(*env) && !env->reserved &&
	       le16_to_cpu(env->enc_len) <= KOTA_MAX_ENC_LEN &&
	       len == envelope_len(env);
}

/**
 * kota_ahead_open() - be ready to take envelopes
 * @ahead: zeroed
 */
void kota_ahead_open(struct kota_ahead *ahead)
{
	mutex_init(&ahead->lock);
}

/**
 * kota_ahead_close() - give them all up
 * @ahead: from kota_ahead_open(), or zeroed
 */
void kota_ahead_close(struct kota_ahead *ahead)
{
	unsigned int i;

	for (i = 0; i < KOTA_MAX_ENVELOPES_AHEAD; i++)
		kfree(ahead->envelopes[i]);
	memset(ahead->envelopes, 0, sizeof(ahead->envelopes));
}

/**
 * kota_ahead_add() - keep an envelope; the oldest goes if there are too many
 * @ahead: the envelopes
 * @data: head, encapsulation and wrapped key
 * @len: bytes of all
 *
 * Context: may sleep.
 * Return: 0; -EINVAL when it is no envelope; -ENOMEM.
 */
int kota_ahead_add(struct kota_ahead *ahead, const void *data, size_t len)
{
	struct kota_envelope *env = kmemdup(data, len, GFP_KERNEL);

	if (!env)
		return -ENOMEM;
	if (!is_whole(env, len)) {
		kfree(env);
		return -EINVAL;
	}
	mutex_lock(&ahead->lock);
	kfree(ahead->envelopes[KOTA_MAX_ENVELOPES_AHEAD - 1]);
	memmove(&ahead->envelopes[1], &ahead->envelopes[0],
		sizeof(ahead->envelopes) - sizeof(ahead->envelopes[0]));
	ahead->envelopes[0] = env;
	mutex_unlock(&ahead->lock);
	return 0;
}

/**
 * kota_ahead_get() - a copy of an envelope
 * @ahead: the envelopes
 * @idx: index, from 0, the newest
 *
 * Context: may sleep.
 * Return: the caller's to kfree(); NULL: there is none; or ERR_PTR(-ENOMEM).
 */
struct kota_envelope *kota_ahead_get(struct kota_ahead *ahead, unsigned int idx)
{
	struct kota_envelope *env = NULL;

	if (idx >= KOTA_MAX_ENVELOPES_AHEAD)
		return NULL;
	mutex_lock(&ahead->lock);
	if (ahead->envelopes[idx]) {
		env = kmemdup(ahead->envelopes[idx],
			      envelope_len(ahead->envelopes[idx]), GFP_KERNEL);
		if (!env)
			env = ERR_PTR(-ENOMEM);
	}
	mutex_unlock(&ahead->lock);
	return env;
}

/**
 * kota_ahead_count() - how many envelopes are kept?
 * @ahead: the envelopes
 *
 * Context: may sleep.
 * Return: their number.
 */
u32 kota_ahead_count(struct kota_ahead *ahead)
{
	u32 nr = 0;

	mutex_lock(&ahead->lock);
	while (nr < KOTA_MAX_ENVELOPES_AHEAD && ahead->envelopes[nr])
		nr++;
	mutex_unlock(&ahead->lock);
	return nr;
}
