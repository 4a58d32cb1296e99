// SPDX-License-Identifier: GPL-2.0
/*
 * The state of the device, as a netlink message: what it is, what it holds, what it
 * refused last. Changes nothing.
 */

#include <net/netlink.h>

#include "kota_private.h"

static int put_u64(struct sk_buff *skb, int attr, u64 value, int pad)
{
	return nla_put_u64_64bit(skb, attr, value, pad);
}

/* A name on the medium fills its field, or ends with a NUL in it. */
static int put_name(struct sk_buff *skb, int attr, const char *s, size_t size)
{
	char name[KOTA_RELEASE_LEN + 1] = {};

	memcpy(name, s, strnlen(s, min(size, sizeof(name) - 1)));
	return nla_put_string(skb, attr, name);
}

static int put_slot(struct sk_buff *skb, struct kota *kota,
		    const struct kota_target *t, unsigned int idx)
{
	const char label[] = { kota_slot_label(idx), '\0' };
	const struct kota_state_slot *slot;
	struct nlattr *nest = nla_nest_start(skb, KOTA_A_TARGET_SLOT);

	slot = kota_state_find_slot(kota->state.rec, t->name, idx);
	if (!nest || nla_put_string(skb, KOTA_A_SLOT_LABEL, label) ||
	    nla_put_u8(skb, KOTA_A_SLOT_STATE,
		       slot ? slot->state : KOTA_SLOT_STATE_UNKNOWN) ||
	    put_u64(skb, KOTA_A_SLOT_CAPACITY, t->capacity[idx],
		    KOTA_A_SLOT_PAD))
		return -EMSGSIZE;
	if (!strcmp(kota->board.booted_slot, label) &&
	    nla_put_flag(skb, KOTA_A_SLOT_BOOTED))
		return -EMSGSIZE;
	if (slot && slot->state == KOTA_SLOT_STATE_COMPLETE &&
	    (put_name(skb, KOTA_A_SLOT_VERSION, slot->version,
		      sizeof(slot->version)) ||
	     put_u64(skb, KOTA_A_SLOT_SEQUENCE, le64_to_cpu(slot->sequence),
		     KOTA_A_SLOT_PAD) ||
	     put_u64(skb, KOTA_A_SLOT_SIZE, le64_to_cpu(slot->size),
		     KOTA_A_SLOT_PAD) ||
	     nla_put(skb, KOTA_A_SLOT_ROOT, sizeof(slot->root), slot->root)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_target(struct sk_buff *skb, struct kota *kota,
		      const struct kota_target *t)
{
	struct nlattr *nest = nla_nest_start(skb, KOTA_A_DEVICE_TARGET);
	unsigned int i;

	if (!nest || nla_put_string(skb, KOTA_A_TARGET_NAME, t->name))
		return -EMSGSIZE;
	if (!t->ops) {
		if (nla_put_string(skb, KOTA_A_TARGET_REASON, t->reason))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
		return 0;
	}
	if (nla_put_string(skb, KOTA_A_TARGET_TYPE, t->ops->type) ||
	    (t->protected && nla_put_flag(skb, KOTA_A_TARGET_PROTECTED)))
		return -EMSGSIZE;
	for (i = 0; i < KOTA_NR_SLOTS; i++)
		if (put_slot(skb, kota, t, i))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* The last refusal of this boot, or the one that the record remembers. */
static int put_refusal(struct sk_buff *skb, struct kota *kota)
{
	const struct kota_state_record *rec = kota->state.rec;
	struct kota_refusal why = kota->refusal;
	u64 sequence = kota->refusal_sequence;
	struct nlattr *nest;

	if (!why.cause) {
		why.step = le16_to_cpu(rec->refusal_step);
		why.cause = le16_to_cpu(rec->refusal_cause);
		memcpy(why.expected, rec->expected, sizeof(why.expected) - 1);
		memcpy(why.found, rec->found, sizeof(why.found) - 1);
		sequence = le64_to_cpu(rec->refusal_sequence);
	}
	if (!why.cause)
		return 0;
	nest = nla_nest_start(skb, KOTA_A_DEVICE_REFUSAL);
	if (!nest || nla_put_u16(skb, KOTA_A_REFUSAL_STEP, why.step) ||
	    nla_put_u16(skb, KOTA_A_REFUSAL_CAUSE, why.cause) ||
	    nla_put_u16(skb, KOTA_A_REFUSAL_ERRNO,
			-kota_cause_errno(why.cause)) ||
	    nla_put_string(skb, KOTA_A_REFUSAL_EXPECTED, why.expected) ||
	    nla_put_string(skb, KOTA_A_REFUSAL_FOUND, why.found))
		return -EMSGSIZE;
	if (sequence &&
	    put_u64(skb, KOTA_A_REFUSAL_SEQUENCE, sequence, KOTA_A_REFUSAL_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static u8 key_state(struct kota *kota)
{
	switch (kota->state.health) {
	case KOTA_STATE_BLANK:
		return KOTA_KEY_STATE_UNPROVISIONED;
	case KOTA_STATE_UNPROVEN:
		return KOTA_KEY_STATE_SEALED;
	case KOTA_STATE_GOOD:
		return KOTA_KEY_STATE_LOADED;
	case KOTA_STATE_BROKEN:
		break;
	}
	return KOTA_KEY_STATE_UNUSABLE;
}

static int put_board(struct sk_buff *skb, const struct kota_board *board)
{
	if (nla_put_u32(skb, KOTA_A_DEVICE_ABI, KOTA_ABI_VERSION) ||
	    nla_put_u8(skb, KOTA_A_DEVICE_LEVEL, board->level) ||
	    nla_put(skb, KOTA_A_DEVICE_VENDOR_ID, sizeof(board->vendor_id),
		    board->vendor_id) ||
	    nla_put(skb, KOTA_A_DEVICE_CLASS_ID, sizeof(board->class_id),
		    board->class_id))
		return -EMSGSIZE;
	if (*board->booted_slot &&
	    nla_put_string(skb, KOTA_A_DEVICE_BOOTED_SLOT, board->booted_slot))
		return -EMSGSIZE;
	return 0;
}

static int put_rings(struct sk_buff *skb, struct kota *kota)
{
	const struct kota_rings *rings = &kota->rings;

	if (nla_put_s32(skb, KOTA_A_DEVICE_KEY_RING, kota->keys.ring->serial) ||
	    nla_put_s32(skb, KOTA_A_DEVICE_RELEASE_RING,
			rings->release->serial) ||
	    nla_put_u32(skb, KOTA_A_DEVICE_RELEASE_SIGNERS,
			kota_signature_count(rings->release)) ||
	    nla_put_u8(skb, KOTA_A_DEVICE_QUORUM, kota->board.quorum) ||
	    nla_put_u32(skb, KOTA_A_DEVICE_CAP_PCR, KOTA_CAP_PCR))
		return -EMSGSIZE;
	if (rings->has_offline &&
	    (nla_put_s32(skb, KOTA_A_DEVICE_OFFLINE_RING,
			 rings->offline->serial) ||
	     nla_put_u32(skb, KOTA_A_DEVICE_OFFLINE_SIGNERS,
			 kota_signature_count(rings->offline))))
		return -EMSGSIZE;
	return 0;
}

static int put_retired(struct sk_buff *skb, const struct kota_retired *retired)
{
	struct nlattr *nest = nla_nest_start(skb, KOTA_A_DEVICE_RETIRED);

	if (!nest ||
	    nla_put(skb, KOTA_A_RETIRED_KEY_ID, sizeof(retired->key_id),
		    retired->key_id) ||
	    put_u64(skb, KOTA_A_RETIRED_LAST_SEQUENCE,
		    le64_to_cpu(retired->last_sequence), KOTA_A_RETIRED_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_trial(struct sk_buff *skb, const struct kota_state_trial *trial)
{
	const char label[] = { kota_slot_label(trial->slot % KOTA_NR_SLOTS),
			       '\0' };
	struct nlattr *nest;

	if (trial->phase == KOTA_PHASE_NONE)
		return 0;
	nest = nla_nest_start(skb, KOTA_A_DEVICE_TRIAL);
	if (!nest || nla_put_u8(skb, KOTA_A_TRIAL_PHASE, trial->phase) ||
	    nla_put_string(skb, KOTA_A_TRIAL_SLOT, label) ||
	    put_u64(skb, KOTA_A_TRIAL_SEQUENCE, le64_to_cpu(trial->sequence),
		    KOTA_A_TRIAL_PAD))
		return -EMSGSIZE;
	if (*trial->reason && put_name(skb, KOTA_A_TRIAL_REASON, trial->reason,
				       sizeof(trial->reason)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* What is installed, whether it counts yet or not. */
static int put_sequences(struct sk_buff *skb,
			 const struct kota_state_record *rec)
{
	u64 confirmed = le64_to_cpu(rec->security.sequence);
	const struct kota_state_trial *trial = &rec->trial;
	u64 newest = confirmed;

	if (trial->phase != KOTA_PHASE_FAILED)
		newest = max(newest, le64_to_cpu(trial->sequence));
	if (put_u64(skb, KOTA_A_DEVICE_SEQUENCE, newest, KOTA_A_DEVICE_PAD) ||
	    put_u64(skb, KOTA_A_DEVICE_CONFIRMED_SEQUENCE, confirmed,
		    KOTA_A_DEVICE_PAD))
		return -EMSGSIZE;
	return put_trial(skb, trial);
}

/* What the record says must never go back. */
static int put_security(struct sk_buff *skb,
			const struct kota_state_security *sec)
{
	u16 i;

	if (put_u64(skb, KOTA_A_DEVICE_MIN_SEQUENCE,
		    le64_to_cpu(sec->min_sequence), KOTA_A_DEVICE_PAD))
		return -EMSGSIZE;
	/* Not authenticated before the keys are loaded: the counts may be any. */
	for (i = 0; i < min_t(u16, le16_to_cpu(sec->nr_revoked),
			      KOTA_STATE_MAX_REVOKED);
	     i++)
		if (nla_put(skb, KOTA_A_DEVICE_REVOKED, sizeof(sec->revoked[i]),
			    sec->revoked[i]))
			return -EMSGSIZE;
	for (i = 0; i < min_t(u16, le16_to_cpu(sec->nr_retired),
			      KOTA_STATE_MAX_RETIRED);
	     i++)
		if (put_retired(skb, &sec->retired[i]))
			return -EMSGSIZE;
	return 0;
}

static int put_key(struct sk_buff *skb, const struct kota_identity *id)
{
	struct nlattr *nest = nla_nest_start(skb, KOTA_A_DEVICE_KEY);

	if (!nest || nla_put_u32(skb, KOTA_A_KEY_GENERATION, id->generation) ||
	    nla_put_u16(skb, KOTA_A_KEY_SUITE, KOTA_SUITE_P256) ||
	    nla_put(skb, KOTA_A_KEY_PUBLIC, sizeof(id->public), id->public))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* The newest is what envelopes should be made for; all that are in use follow. */
static int put_keys(struct sk_buff *skb, struct kota *kota)
{
	struct kota_keys *keys = &kota->keys;
	struct kota_identity id;
	u32 back;

	if (!kota_keys_loaded(keys))
		return 0;
	for (back = 0; kota_keys_get_identity(keys, back, &id); back++) {
		if (!back &&
		    (nla_put_u16(skb, KOTA_A_DEVICE_SUITE, KOTA_SUITE_P256) ||
		     nla_put_u32(skb, KOTA_A_DEVICE_GENERATION,
				 id.generation) ||
		     nla_put(skb, KOTA_A_DEVICE_PUBLIC_KEY, sizeof(id.public),
			     id.public)))
			return -EMSGSIZE;
		if (put_key(skb, &id))
			return -EMSGSIZE;
	}
	return 0;
}

/* What promise 7 rests on; for the sake of people also why the device is locked. */
static const char *rollback(const struct kota_state *st)
{
	switch (st->verdict) {
	case -ESTALE:
		return "refused: the TPM knows of a newer state record";
	case -ENXIO:
		return "refused: the TPM has lost its NV index";
	case -EKEYREJECTED:
		return "refused: the TPM's NV index is not ours";
	case -ETIMEDOUT:
		return "not known: the TPM fell silent in this boot";
	case -EIO:
	case -ENOMEM:
		return "refused: record or NV index could not be read";
	}
	if (st->health == KOTA_STATE_GOOD)
		return "TPM NV index 0x01804b54";
	return "medium only";
}

static int put_rollback(struct sk_buff *skb, const struct kota_state *st)
{
	if (nla_put_string(skb, KOTA_A_DEVICE_ROLLBACK, rollback(st)))
		return -EMSGSIZE;
	if (st->health == KOTA_STATE_GOOD &&
	    nla_put_u32(skb, KOTA_A_DEVICE_NV_INDEX, KOTA_NV_INDEX))
		return -EMSGSIZE;
	if (st->protected && nla_put_flag(skb, KOTA_A_DEVICE_STATE_PROTECTED))
		return -EMSGSIZE;
	if (st->recovery && nla_put_flag(skb, KOTA_A_DEVICE_RECOVERY))
		return -EMSGSIZE;
	return 0;
}

static int put_prerequisites(struct sk_buff *skb, const struct kota *kota)
{
	const char *name, *detail;
	struct nlattr *nest;
	unsigned int i;

	for (i = 0; i < KOTA_NR_PREREQUISITES; i++) {
		name = kota_prerequisite_tell(kota, i, &detail);
		nest = nla_nest_start(skb, KOTA_A_DEVICE_PREREQUISITE);
		if (!nest ||
		    nla_put_string(skb, KOTA_A_PREREQUISITE_NAME, name) ||
		    nla_put_string(skb, KOTA_A_PREREQUISITE_DETAIL, detail) ||
		    (kota->prerequisite_met[i] &&
		     nla_put_flag(skb, KOTA_A_PREREQUISITE_MET)))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int put_algorithms(struct sk_buff *skb, const struct kota *kota)
{
	const char *name, *use;
	struct nlattr *nest;
	unsigned int i;

	for (i = 0; i < KOTA_NR_ALGORITHMS; i++) {
		name = kota_algorithm_tell(kota, i, &use);
		if (!name)
			continue;
		nest = nla_nest_start(skb, KOTA_A_DEVICE_ALGORITHM);
		if (!nest || nla_put_string(skb, KOTA_A_ALGORITHM_USE, use) ||
		    nla_put_string(skb, KOTA_A_ALGORITHM_NAME, name) ||
		    (*kota->driver[i] &&
		     nla_put_string(skb, KOTA_A_ALGORITHM_DRIVER,
				    kota->driver[i])))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

/**
 * kota_status_put() - the reply to who asks for the state of the device
 * @skb: message that it is appended to
 * @kota: the device
 *
 * Context: caller holds state.lock.
 * Return: 0, or -EMSGSIZE when it does not fit.
 */
int kota_status_put(struct sk_buff *skb, struct kota *kota)
{
	unsigned int i;

	lockdep_assert_held(&kota->state.lock);
	if (put_board(skb, &kota->board) || put_rings(skb, kota) ||
	    put_keys(skb, kota) || put_rollback(skb, &kota->state) ||
	    put_sequences(skb, kota->state.rec) ||
	    put_security(skb, &kota->state.rec->security) ||
	    nla_put_u8(skb, KOTA_A_DEVICE_KEY_STATE, key_state(kota)) ||
	    nla_put_u16(skb, KOTA_A_DEVICE_STEP, READ_ONCE(kota->step)))
		return -EMSGSIZE;
	if (atomic_read(&kota->seats) && nla_put_flag(skb, KOTA_A_DEVICE_BUSY))
		return -EMSGSIZE;
	for (i = 0; i < kota->nr_targets; i++)
		if (put_target(skb, kota, &kota->targets[i]))
			return -EMSGSIZE;
	if (put_prerequisites(skb, kota) || put_algorithms(skb, kota))
		return -EMSGSIZE;
	if (nla_put_u32(skb, KOTA_A_DEVICE_ENVELOPES_AHEAD,
			kota_ahead_count(&kota->ahead)) ||
	    nla_put_u32(skb, KOTA_A_DEVICE_ATTEMPTS,
			le32_to_cpu(kota->state.rec->attempts.nr)))
		return -EMSGSIZE;
	return put_refusal(skb, kota);
}
