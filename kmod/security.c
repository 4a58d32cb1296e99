// SPDX-License-Identifier: GPL-2.0
/*
 * What must never go back: sequence numbers, signers that are revoked or retired.
 * Says what a manifest adds to it, and answers questions. Knows neither where it
 * is kept nor who may say so.
 */

#include "kota_private.h"

/**
 * kota_security_is_revoked() - is a signer revoked?
 * @sec: of the state record
 * @key_id: SHA-256 of the signer's public key
 *
 * Return: whether it is.
 */
bool kota_security_is_revoked(const struct kota_state_security *sec,
			      const u8 key_id[KOTA_DIGEST_LEN])
{
	u16 i;

	for (i = 0; i < le16_to_cpu(sec->nr_revoked); i++)
		if (!memcmp(sec->revoked[i], key_id, KOTA_DIGEST_LEN))
			return true;
	return false;
}

static struct kota_retired *find_retired(const struct kota_state_security *sec,
					 const u8 *key_id)
{
	u16 i;

	for (i = 0; i < le16_to_cpu(sec->nr_retired); i++)
		if (!memcmp(sec->retired[i].key_id, key_id, KOTA_DIGEST_LEN))
			return (struct kota_retired *)&sec->retired[i];
	return NULL;
}

/**
 * kota_security_last_sequence() - up to where is a signer good?
 * @sec: of the state record
 * @key_id: SHA-256 of the signer's public key
 *
 * Return: the last sequence number that it may sign; U64_MAX: not retired.
 */
u64 kota_security_last_sequence(const struct kota_state_security *sec,
				const u8 key_id[KOTA_DIGEST_LEN])
{
	const struct kota_retired *r = find_retired(sec, key_id);

	return r ? le64_to_cpu(r->last_sequence) : U64_MAX;
}

/**
 * kota_security_inherit() - take over what even a record that is not proven may say
 * @sec: zeroed
 * @unproven: of that record; the counts may be any
 * @protected: nobody but kota can have written it
 *
 * Signers that are no more, since that can only refuse. Sequence numbers where the
 * medium is protected: or a recovery that has been used would be good again, whenever
 * somebody keeps the record from being proven. Not elsewhere: a stranger's would keep
 * the device from its recovery, which any other offline signer can sign.
 */
void kota_security_inherit(struct kota_state_security *sec,
			   const struct kota_state_security *unproven,
			   bool protected)
{
	if (protected) {
		sec->sequence = unproven->sequence;
		sec->min_sequence = unproven->min_sequence;
		memcpy(sec->manifest, unproven->manifest,
		       sizeof(sec->manifest));
	}
	memcpy(sec->revoked, unproven->revoked, sizeof(sec->revoked));
	sec->nr_revoked =
		cpu_to_le16(min_t(u16, le16_to_cpu(unproven->nr_revoked),
				  KOTA_STATE_MAX_REVOKED));
	memcpy(sec->retired, unproven->retired, sizeof(sec->retired));
	sec->nr_retired =
		cpu_to_le16(min_t(u16, le16_to_cpu(unproven->nr_retired),
				  KOTA_STATE_MAX_RETIRED));
}

static int revoke(struct kota_state_security *sec, const u8 *key_id,
		  struct kota_refusal *why)
{
	u16 nr = le16_to_cpu(sec->nr_revoked);

	if (kota_security_is_revoked(sec, key_id))
		return 0;
	if (nr >= KOTA_STATE_MAX_REVOKED)
		return kota_refuse(why, KOTA_CAUSE_LENGTH,
				   "at most %u revoked signers, ever|one more",
				   KOTA_STATE_MAX_REVOKED);
	memcpy(sec->revoked[nr], key_id, KOTA_DIGEST_LEN);
	sec->nr_revoked = cpu_to_le16(nr + 1);
	return 0;
}

/* A period that has been set can be shortened, and never be made longer. */
static int retire(struct kota_state_security *sec,
		  const struct kota_retired *retired, struct kota_refusal *why)
{
	struct kota_retired *r = find_retired(sec, retired->key_id);
	u16 nr = le16_to_cpu(sec->nr_retired);

	if (r) {
		if (le64_to_cpu(retired->last_sequence) <
		    le64_to_cpu(r->last_sequence))
			r->last_sequence = retired->last_sequence;
		return 0;
	}
	if (nr >= KOTA_STATE_MAX_RETIRED)
		return kota_refuse(why, KOTA_CAUSE_LENGTH,
				   "at most %u retired signers, ever|one more",
				   KOTA_STATE_MAX_RETIRED);
	sec->retired[nr] = *retired;
	sec->nr_retired = cpu_to_le16(nr + 1);
	return 0;
}

/**
 * kota_security_restrict() - what a manifest says of signers takes effect
 * @sec: of the record that is about to be written, or a copy to try it on
 * @manifest: judged good, by this very @sec or an older one
 * @why: cause of a refusal; @sec is then of no use
 *
 * That can only refuse, and does not wait until an update is confirmed.
 *
 * Return: 0, or the negative errno of a cause: SEQUENCE when another one with a
 * higher number took effect since it was judged, LENGTH when a list is full.
 */
int kota_security_restrict(struct kota_state_security *sec,
			   const struct kota_manifest *manifest,
			   struct kota_refusal *why)
{
	int err = 0;
	u16 i;

	if (le64_to_cpu(manifest->sequence) < le64_to_cpu(sec->sequence))
		return kota_refuse(why, KOTA_CAUSE_SEQUENCE,
				   "sequence above %llu|%llu",
				   le64_to_cpu(sec->sequence),
				   le64_to_cpu(manifest->sequence));
	for (i = 0; !err && i < le16_to_cpu(manifest->nr_revoked); i++)
		err = revoke(sec, manifest->revoked[i], why);
	for (i = 0; !err && i < le16_to_cpu(manifest->nr_retired); i++)
		err = retire(sec, &manifest->retired[i], why);
	return err;
}

/**
 * kota_security_apply() - all that a manifest says takes effect
 * @sec: of the record that is about to be written, or a copy to try it on
 * @manifest: judged good, by this very @sec or an older one
 * @manifest_digest: its digest
 * @why: cause of a refusal; @sec is then of no use
 *
 * The same manifest again changes nothing. A recovery begins with nothing of what was.
 *
 * Return: as kota_security_restrict().
 */
int kota_security_apply(struct kota_state_security *sec,
			const struct kota_manifest *manifest,
			const u8 manifest_digest[KOTA_DIGEST_LEN],
			struct kota_refusal *why)
{
	__le64 reached = sec->sequence;
	int err;

	if (kota_manifest_is_recovery(manifest)) {
		memset(sec, 0, sizeof(*sec));
		sec->sequence = reached;
	}
	err = kota_security_restrict(sec, manifest, why);
	if (err)
		return err;
	sec->sequence = manifest->sequence;
	memcpy(sec->manifest, manifest_digest, sizeof(sec->manifest));
	if (le64_to_cpu(manifest->min_sequence) >
	    le64_to_cpu(sec->min_sequence))
		sec->min_sequence = manifest->min_sequence;
	return 0;
}
