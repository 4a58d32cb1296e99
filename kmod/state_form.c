// SPDX-License-Identifier: GPL-2.0
/*
 * The form of the state record: whether a copy is blank, whole and ours, what it says
 * of a slot, and what of it the TPM's NV index has. Knows neither medium nor TPM.
 */

#include <crypto/utils.h>

#include "kota_private.h"

static_assert(sizeof(struct kota_state_security) == 1760);
static_assert(sizeof(struct kota_state_slot) == 152);
static_assert(sizeof(struct kota_state_target) == 336);
static_assert(sizeof(struct kota_state_trial) == 120);
static_assert(sizeof(struct kota_state_record) == 8696);

static int compute_digest(const struct kota_state_record *rec,
			  u8 out[KOTA_DIGEST_LEN])
{
	return kota_digest_once(KOTA_DIGEST_SHA256, rec,
				offsetof(struct kota_state_record, digest),
				out);
}

static int compute_mac(const struct kota_state_record *rec,
		       const u8 key[KOTA_DIGEST_LEN], u8 out[KOTA_DIGEST_LEN])
{
	const struct kvec part = { (void *)rec,
				   offsetof(struct kota_state_record, mac) };

	return kota_hmac(key, KOTA_DIGEST_LEN, &part, 1, out);
}

/**
 * kota_state_seal() - make a record one that is whole and ours
 * @rec: complete but for this
 * @key: of the MAC
 *
 * Return: 0 or -errno.
 */
int kota_state_seal(struct kota_state_record *rec,
		    const u8 key[KOTA_DIGEST_LEN])
{
	return compute_mac(rec, key, rec->mac) ?:
						 compute_digest(rec, rec->digest);
}

/**
 * kota_state_is_blank() - has this never been a record?
 * @rec: what was read
 *
 * Return: whether it is all one bits, as on erased flash, or all zero.
 */
bool kota_state_is_blank(const struct kota_state_record *rec)
{
	return !memchr_inv(rec, 0xff, sizeof(*rec)) ||
	       !memchr_inv(rec, 0, sizeof(*rec));
}

/**
 * kota_state_is_whole() - is it a record of a version that is understood, not torn?
 * @rec: what was read
 *
 * Return: whether it is; whose it is, is another question.
 */
bool kota_state_is_whole(const struct kota_state_record *rec)
{
	u8 digest[KOTA_DIGEST_LEN];

	return !memcmp(rec->magic, KOTA_STATE_MAGIC, sizeof(rec->magic)) &&
	       le16_to_cpu(rec->version) == KOTA_STATE_VERSION &&
	       le32_to_cpu(rec->len) == sizeof(*rec) &&
	       le32_to_cpu(rec->blob_len) <= KOTA_MAX_BLOB_LEN &&
	       !compute_digest(rec, digest) &&
	       !memcmp(digest, rec->digest, sizeof(digest));
}

/**
 * kota_state_is_ours() - has this device made it?
 * @rec: a whole record
 * @key: of the MAC
 *
 * One that is not bound to the TPM it has never made, whatever the MAC says.
 *
 * Return: whether it has, be it long ago.
 */
bool kota_state_is_ours(const struct kota_state_record *rec,
			const u8 key[KOTA_DIGEST_LEN])
{
	u8 mac[KOTA_DIGEST_LEN];
	bool ours;

	ours = le32_to_cpu(rec->security.flags) == KOTA_SECURITY_NV &&
	       !compute_mac(rec, key, mac) &&
	       !crypto_memneq(mac, rec->mac, sizeof(mac));
	memzero_explicit(mac, sizeof(mac));
	return ours;
}

/**
 * kota_state_make_index() - what the NV index holds when a record is the truth
 * @rec: the record
 * @index: the contents
 *
 * Return: 0 or -errno.
 */
int kota_state_make_index(const struct kota_state_record *rec,
			  struct kota_nv_index *index)
{
	memset(index, 0, sizeof(*index));
	memcpy(index->magic, KOTA_NV_MAGIC, sizeof(index->magic));
	index->min_sequence = rec->security.min_sequence;
	return kota_digest_once(KOTA_DIGEST_SHA256, &rec->security,
				sizeof(rec->security), index->security);
}

/**
 * kota_state_find_slot() - what a record has on a slot
 * @rec: the record
 * @target: its name
 * @slot: index of the slot
 *
 * Return: the entry, or NULL when there is none.
 */
const struct kota_state_slot *
kota_state_find_slot(const struct kota_state_record *rec, const char *target,
		     unsigned int slot)
{
	unsigned int i;

	for (i = 0; i < KOTA_MAX_TARGETS; i++)
		if (!strncmp(rec->targets[i].name, target, KOTA_NAME_LEN))
			return &rec->targets[i].slots[slot];
	return NULL;
}

/**
 * kota_state_make_slot() - the same for a change, made when there is none
 * @rec: from kota_state_begin()
 * @target: its name
 * @slot: index of the slot
 *
 * Return: the entry, or NULL when there is no room for one.
 */
struct kota_state_slot *kota_state_make_slot(struct kota_state_record *rec,
					     const char *target,
					     unsigned int slot)
{
	struct kota_state_target *unused = NULL;
	unsigned int i;

	for (i = 0; i < KOTA_MAX_TARGETS; i++) {
		struct kota_state_target *t = &rec->targets[i];

		if (!strncmp(t->name, target, sizeof(t->name)))
			return &t->slots[slot];
		if (!*t->name && !unused)
			unused = t;
	}
	if (!unused)
		return NULL;
	strscpy(unused->name, target, sizeof(unused->name));
	return &unused->slots[slot];
}
