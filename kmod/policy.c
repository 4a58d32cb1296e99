// SPDX-License-Identifier: GPL-2.0
/*
 * What this device accepts: vendor and class, freshness, who has to sign what,
 * level, preconditions. Judges a manifest whose signatures and form are good by
 * the facts that it is given; looks nothing up, changes nothing.
 */

#include "kota_private.h"

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
 * another one with the same number may not, unless it is a recovery of what is
 * not known to be authentic: it names the newest number that devices have.
 */
static int check_sequence(const struct kota_facts *facts,
			  const struct kota_manifest *m,
			  const u8 *manifest_digest, struct kota_refusal *why)
{
	const struct kota_state_security *sec = &facts->security;
	u64 installed = le64_to_cpu(sec->sequence);
	u64 minimum = le64_to_cpu(sec->min_sequence);
	u64 sequence = le64_to_cpu(m->sequence);

	if (sequence < minimum)
		return kota_refuse(why, KOTA_CAUSE_SEQUENCE,
				   "minimum sequence %llu|%llu", minimum,
				   sequence);
	if (sequence > installed)
		return 0;
	if (sequence == installed &&
	    (!memcmp(sec->manifest, manifest_digest, sizeof(sec->manifest)) ||
	     (!facts->state_good && kota_manifest_is_recovery(m))))
		return 0;
	return kota_refuse(why, KOTA_CAUSE_SEQUENCE, "sequence above %llu|%llu",
			   installed, sequence);
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
	if (m->consent == KOTA_CONSENT_REQUIRED)
		return unsupported(why, "consent");
	return 0;
}

/* A recovery is for a device that has no keys and no record that is believed. */
static int check_ready(const struct kota_facts *facts,
		       const struct kota_manifest *m, struct kota_refusal *why)
{
	if (kota_manifest_is_recovery(m))
		return 0;
	if (!facts->keys_loaded)
		return kota_refuse(why, KOTA_CAUSE_KEYS,
				   "kota load-keys in this boot|not done");
	if (!facts->state_good)
		return kota_refuse(why, KOTA_CAUSE_STATE,
				   "an authentic state record|none");
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
	if (!err)
		err = check_ready(facts, manifest, why);
	if (err)
		return err;
	err = check_sequence(facts, manifest, manifest_digest, why);
	if (err)
		return err;
	return check_supported(facts, manifest, why);
}

/*
 * What the manifest itself says counts already: it would otherwise take effect
 * and be, from then on, one that nobody may have signed.
 */
static bool is_revoked(const struct kota_facts *facts,
		       const struct kota_manifest *m, const u8 *key_id)
{
	u16 i;

	for (i = 0; i < le16_to_cpu(m->nr_revoked); i++)
		if (!memcmp(m->revoked[i], key_id, KOTA_DIGEST_LEN))
			return true;
	return kota_security_is_revoked(&facts->security, key_id);
}

static u64 last_sequence(const struct kota_facts *facts,
			 const struct kota_manifest *m, const u8 *key_id)
{
	u64 last = kota_security_last_sequence(&facts->security, key_id);
	u16 i;

	for (i = 0; i < le16_to_cpu(m->nr_retired); i++)
		if (!memcmp(m->retired[i].key_id, key_id, KOTA_DIGEST_LEN))
			last = min_t(u64, last,
				     le64_to_cpu(m->retired[i].last_sequence));
	return last;
}

static int check_signer(const struct kota_facts *facts,
			const struct kota_manifest *m,
			const struct kota_signer *signer,
			struct kota_refusal *why)
{
	u64 sequence = le64_to_cpu(m->sequence);
	u64 last = last_sequence(facts, m, signer->key_id);

	if (is_revoked(facts, m, signer->key_id))
		return kota_refuse(why, KOTA_CAUSE_REVOKED,
				   "a signer that is not revoked|%s",
				   signer->name);
	if (sequence > last)
		return kota_refuse(why, KOTA_CAUSE_RETIRED,
				   "sequence up to %llu, by this signer|%llu",
				   last, sequence);
	return 0;
}

/* One key is one signer, whatever ring and certificate it comes with. */
static int check_distinct(const struct kota_signer *signers, unsigned int nr,
			  struct kota_refusal *why)
{
	unsigned int i, j;

	for (i = 0; i < nr; i++)
		for (j = 0; j < i; j++)
			if (!memcmp(signers[i].key_id, signers[j].key_id,
				    KOTA_DIGEST_LEN))
				return kota_refuse(
					why, KOTA_CAUSE_QUORUM,
					"signers with keys of their own|%s twice",
					signers[i].name);
	return 0;
}

static bool has_signer(const struct kota_signer *signers, unsigned int nr,
		       u8 ring)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (signers[i].ring == ring)
			return true;
	return false;
}

/* Does it say anything that outlives the images? */
static bool is_security(const struct kota_manifest *m)
{
	return !m->nr_images || m->nr_revoked || m->nr_retired ||
	       m->min_sequence || kota_manifest_is_recovery(m);
}

/* Sequence numbers that are used up last, too: nobody gets them back. */
static bool is_leap(const struct kota_facts *facts,
		    const struct kota_manifest *m)
{
	u64 reached = max(le64_to_cpu(facts->security.sequence),
			  le64_to_cpu(facts->security.min_sequence));
	u64 sequence = le64_to_cpu(m->sequence);

	return sequence > reached && sequence - reached > KOTA_MAX_LEAP;
}

/* Images want a release signer, and where the board says so an offline one. */
static int check_quorum(const struct kota_facts *facts,
			const struct kota_signer *signers, unsigned int nr,
			struct kota_refusal *why)
{
	if (!has_signer(signers, nr, KOTA_RING_RELEASE))
		return kota_refuse(why, KOTA_CAUSE_QUORUM,
				   "a release signature|%u, none of them", nr);
	if (facts->board->quorum > 1 &&
	    !has_signer(signers, nr, KOTA_RING_OFFLINE))
		return kota_refuse(
			why, KOTA_CAUSE_QUORUM,
			"a release and an offline signature|%u, none offline",
			nr);
	return 0;
}

/*
 * What lasts is for offline signers to say, alone if need be: a release key that
 * has leaked must not be needed to revoke it. Where no such signer can be, any will
 * do, but never for a recovery.
 */
static int check_role(const struct kota_facts *facts,
		      const struct kota_manifest *m,
		      const struct kota_signer *signers, unsigned int nr,
		      struct kota_refusal *why)
{
	bool recovery = kota_manifest_is_recovery(m);

	if (!nr)
		return kota_refuse(why, KOTA_CAUSE_UNSIGNED,
				   "a signature|none");
	if ((!facts->has_offline && !recovery) ||
	    has_signer(signers, nr, KOTA_RING_OFFLINE))
		return 0;
	if (!is_security(m))
		return kota_refuse(
			why, KOTA_CAUSE_ROLE,
			"an offline signer for this leap|sequence %llu",
			le64_to_cpu(m->sequence));
	return kota_refuse(why, KOTA_CAUSE_ROLE,
			   "an offline signer for what lasts|%s",
			   signers[0].name);
}

/**
 * kota_policy_check_signers() - may these signers say that, and are they enough?
 * @facts: what the device is
 * @manifest: signatures and form are good
 * @signers: who made the signatures
 * @nr: how many
 * @why: cause of a refusal
 *
 * Return: 0, or the negative errno of a cause: REVOKED, RETIRED, QUORUM, ROLE,
 * UNSIGNED.
 */
int kota_policy_check_signers(const struct kota_facts *facts,
			      const struct kota_manifest *manifest,
			      const struct kota_signer *signers,
			      unsigned int nr, struct kota_refusal *why)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < nr; i++)
		err = check_signer(facts, manifest, &signers[i], why);
	if (!err)
		err = check_distinct(signers, nr, why);
	if (!err && manifest->nr_images)
		err = check_quorum(facts, signers, nr, why);
	if (!err && (is_security(manifest) || is_leap(facts, manifest)))
		err = check_role(facts, manifest, signers, nr, why);
	return err;
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
 * BOOTED_SLOT, BUSY, SIZE, PRECONDITION.
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
	if (facts->held)
		return kota_refuse(why, KOTA_CAUSE_BUSY,
				   "no update on trial|one activated");
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
