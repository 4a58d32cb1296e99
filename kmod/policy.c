// SPDX-License-Identifier: GPL-2.0
/*
 * What this device accepts: vendor and class, freshness, level, preconditions.
 * Judges a manifest whose signature and form are good by the facts that it is
 * given; looks nothing up, changes nothing.
 */

#include "kota_private.h"

/* Handling that needs nothing: a slot is always erased whole, and never resumed. */
#define MET_HANDLING (KOTA_HANDLING_ERASE_SLOT | KOTA_HANDLING_NO_RESUME)

static u8 floor_level(const struct kota_facts *facts,
		      const struct kota_manifest *m)
{
	return max(facts->board->level, m->level);
}

static int check_identity(const struct kota_board *board,
			  const struct kota_manifest *m,
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
static int check_sequence(const struct kota_facts *facts,
			  const struct kota_manifest *m,
			  const u8 *manifest_digest, struct kota_refusal *why)
{
	u64 sequence = le64_to_cpu(m->sequence);

	if (sequence > facts->sequence)
		return 0;
	if (sequence == facts->sequence &&
	    !memcmp(facts->manifest, manifest_digest, sizeof(facts->manifest)))
		return 0;
	return kota_refuse(why, KOTA_CAUSE_SEQUENCE, "sequence above %llu|%llu",
			   facts->sequence, sequence);
}

static int unsupported(struct kota_refusal *why, const char *what)
{
	return kota_refuse(why, KOTA_CAUSE_UNSUPPORTED,
			   "what this version can do|%s", what);
}

static int check_supported(const struct kota_facts *facts,
			   const struct kota_manifest *m,
			   struct kota_refusal *why)
{
	if (floor_level(facts, m) > KOTA_LEVEL_UPGRADED)
		return unsupported(why, "level enhanced or quantum");
	if (!m->nr_images)
		return unsupported(why, "a statement without images");
	if (m->nr_revoked || m->nr_retired || m->min_sequence)
		return unsupported(
			why, "revocation, retirement or minimum sequence");
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
 * @facts: what the device is
 * @manifest: signature and form are good
 * @manifest_digest: its digest
 * @why: cause of a refusal
 *
 * Return: 0, or the negative errno of a cause: VENDOR, CLASS, KEYS, STATE,
 * SEQUENCE, UNSUPPORTED.
 */
int kota_policy_check_manifest(const struct kota_facts *facts,
			       const struct kota_manifest *manifest,
			       const u8 manifest_digest[KOTA_DIGEST_LEN],
			       struct kota_refusal *why)
{
	int err;

	err = check_identity(facts->board, manifest, why);
	if (err)
		return err;
	if (!facts->keys_loaded)
		return kota_refuse(why, KOTA_CAUSE_KEYS,
				   "kota load-keys in this boot|not done");
	if (!facts->state_good)
		return kota_refuse(why, KOTA_CAUSE_STATE,
				   "an authentic state record|none");
	err = check_sequence(facts, manifest, manifest_digest, why);
	if (err)
		return err;
	return check_supported(facts, manifest, why);
}

/**
 * kota_policy_check_image() - may this image be written to its place?
 * @facts: what the device is
 * @manifest: accepted
 * @image: one of its images
 * @place: where it would go
 * @why: cause of a refusal
 *
 * Return: 0, or the negative errno of a cause: UNSUPPORTED, LEVEL, TARGET,
 * BOOTED_SLOT, SIZE, PRECONDITION.
 */
int kota_policy_check_image(const struct kota_facts *facts,
			    const struct kota_manifest *manifest,
			    const struct kota_image *image,
			    const struct kota_place *place,
			    struct kota_refusal *why)
{
	if (image->data_to)
		return unsupported(why, "conversion of data");
	if (floor_level(facts, manifest) >= KOTA_LEVEL_UPGRADED &&
	    image->cipher != KOTA_CIPHER_AES_256_GCM)
		return kota_refuse(why, KOTA_CAUSE_LEVEL,
				   "AES-256-GCM|AES-128-GCM");
	if (!place->known)
		return kota_refuse(why, KOTA_CAUSE_TARGET,
				   "a target of this device|%s", image->target);
	if (!*facts->board->booted_slot)
		return kota_refuse(why, KOTA_CAUSE_BOOTED_SLOT,
				   "kota,booted-slot in /chosen|none");
	if (le64_to_cpu(image->size) > place->capacity)
		return kota_refuse(why, KOTA_CAUSE_SIZE,
				   "at most %llu bytes|%llu", place->capacity,
				   le64_to_cpu(image->size));
	if (*image->precondition &&
	    strcmp(place->installed, image->precondition))
		return kota_refuse(why, KOTA_CAUSE_PRECONDITION,
				   "installed %s|%s", image->precondition,
				   *place->installed ? place->installed :
						       "not known");
	return 0;
}
