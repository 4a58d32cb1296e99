// SPDX-License-Identifier: GPL-2.0
/*
 * What this device accepts: vendor and class, freshness, level, preconditions.
 * Reads a manifest whose signature and form are good; changes nothing.
 */

#include "kota_private.h"

/* Handling that needs nothing: a slot is always erased whole, and never resumed. */
#define MET_HANDLING	(KOTA_HANDLING_ERASE_SLOT | KOTA_HANDLING_NO_RESUME)

static u8 floor_level(const struct kota *kota, const struct kota_manifest *m)
{
	return max(kota->board.level, m->level);
}

static int check_identity(const struct kota_board *board, const struct kota_manifest *m,
			  struct kota_refusal *why)
{
	if (memcmp(m->vendor_id, board->vendor_id, KOTA_UUID_LEN))
		return kota_refuse(why, KOTA_CAUSE_VENDOR, "%pUb|%pUb",
				   board->vendor_id, m->vendor_id);
	if (memcmp(m->class_id, board->class_id, KOTA_UUID_LEN))
		return kota_refuse(why, KOTA_CAUSE_CLASS, "%pUb|%pUb",
				   board->class_id, m->class_id);
	return 0;
}

/*
 * The same manifest may come again, after a failed update of the same slot;
 * another one with the same number may not.
 */
static int check_sequence(struct kota_state *st, const struct kota_manifest *m,
			  const u8 *manifest_digest, struct kota_refusal *why)
{
	u64 sequence = le64_to_cpu(m->sequence), installed;
	bool same;

	mutex_lock(&st->lock);
	installed = le64_to_cpu(st->rec->sequence);
	same = !memcmp(st->rec->manifest, manifest_digest, KOTA_DIGEST_LEN);
	mutex_unlock(&st->lock);
	if (sequence > installed || (sequence == installed && same))
		return 0;
	return kota_refuse(why, KOTA_CAUSE_SEQUENCE, "sequence above %llu|%llu",
			   installed, sequence);
}

static int unsupported(struct kota_refusal *why, const char *what)
{
	return kota_refuse(why, KOTA_CAUSE_UNSUPPORTED, "what this version can do|%s", what);
}

static int check_supported(const struct kota *kota, const struct kota_manifest *m,
			   struct kota_refusal *why)
{
	if (floor_level(kota, m) > KOTA_LEVEL_UPGRADED)
		return unsupported(why, "level enhanced or quantum");
	if (!m->nr_images)
		return unsupported(why, "a statement without images");
	if (le16_to_cpu(m->nr_images) > 1)
		return unsupported(why, "several images");
	if (m->nr_revoked || m->nr_retired || m->min_sequence)
		return unsupported(why, "revocation, retirement or minimum sequence");
	if (m->consent == KOTA_CONSENT_REQUIRED)
		return unsupported(why, "consent");
	if (m->flags)
		return unsupported(why, "recovery");
	if (le32_to_cpu(m->handling) & ~MET_HANDLING)
		return unsupported(why, "reboot now or external power");
	return 0;
}

/**
 * kota_policy_check_manifest() - is this deliverable for this device, now?
 * @kota: the device
 * @manifest: signature and form are good
 * @manifest_digest: its digest
 * @why: cause of a refusal
 *
 * Context: may sleep; takes state.lock.
 * Return: 0, or the negative errno of a cause: KEYS, STATE, VENDOR, CLASS,
 * SEQUENCE, UNSUPPORTED.
 */
int kota_policy_check_manifest(struct kota *kota,
			       const struct kota_manifest *manifest,
			       const u8 manifest_digest[KOTA_DIGEST_LEN],
			       struct kota_refusal *why)
{
	int err;

	err = check_identity(&kota->board, manifest, why);
	if (err)
		return err;
	if (!kota_keys_loaded(&kota->keys))
		return kota_refuse(why, KOTA_CAUSE_KEYS, "kota load-keys in this boot|not done");
	if (READ_ONCE(kota->state.health) != KOTA_STATE_GOOD)
		return kota_refuse(why, KOTA_CAUSE_STATE, "an authentic state record|none");
	err = check_sequence(&kota->state, manifest, manifest_digest, why);
	if (err)
		return err;
	return check_supported(kota, manifest, why);
}

static int check_precondition(struct kota_state *st, const struct kota_image *image,
			      unsigned int active, struct kota_refusal *why)
{
	const struct kota_state_slot *slot;
	char installed[KOTA_NAME_LEN] = "unknown";

	if (!*image->precondition)
		return 0;
	mutex_lock(&st->lock);
	slot = kota_state_find_slot(st, image->target, active, false);
	if (slot && slot->state == KOTA_SLOT_STATE_COMPLETE)
		strscpy(installed, slot->version, sizeof(installed));
	mutex_unlock(&st->lock);
	if (strcmp(installed, image->precondition))
		return kota_refuse(why, KOTA_CAUSE_PRECONDITION, "installed %s|%s",
				   image->precondition, installed);
	return 0;
}

/**
 * kota_policy_check_image() - may this image be written, and where to?
 * @kota: the device
 * @manifest: accepted
 * @image: one of its images
 * @slot: index of the slot that it goes to
 * @why: cause of a refusal
 *
 * Context: may sleep; takes state.lock.
 * Return: 0, or the negative errno of a cause: LEVEL, UNSUPPORTED, TARGET,
 * BOOTED_SLOT, SIZE, PRECONDITION.
 */
int kota_policy_check_image(struct kota *kota, const struct kota_manifest *manifest,
			    const struct kota_image *image, unsigned int *slot,
			    struct kota_refusal *why)
{
	const struct kota_target *t = kota_target_find(kota, image->target);
	unsigned int active;

	if (image->compression != KOTA_COMPRESSION_NONE)
		return unsupported(why, "compression");
	if (image->data_to)
		return unsupported(why, "conversion of data");
	if (floor_level(kota, manifest) >= KOTA_LEVEL_UPGRADED &&
	    image->cipher != KOTA_CIPHER_AES_256_GCM)
		return kota_refuse(why, KOTA_CAUSE_LEVEL, "AES-256-GCM|AES-128-GCM");
	if (!t)
		return kota_refuse(why, KOTA_CAUSE_TARGET, "a target of this device|%s",
				   image->target);
	if (!*kota->board.booted_slot)
		return kota_refuse(why, KOTA_CAUSE_BOOTED_SLOT, "kota,booted-slot in /chosen|none");
	active = kota->board.booted_slot[0] - kota_slot_label(0);
	*slot = !active;
	if (le64_to_cpu(image->size) > t->capacity[*slot])
		return kota_refuse(why, KOTA_CAUSE_SIZE, "at most %llu bytes|%llu",
				   t->capacity[*slot], le64_to_cpu(image->size));
	return check_precondition(&kota->state, image, active, why);
}
