// SPDX-License-Identifier: GPL-2.0
/*
 * Signer rings, and the verdict on one signature: the walk names the signer,
 * the ring has its key, that key alone verifies. What a signature permits,
 * policy.c knows.
 */

#include <crypto/public_key.h>
#include <keys/asymmetric-type.h>
#include <linux/cred.h>
#include <linux/verification.h>

#include "kota_private.h"

/* NIST SP 800-57, part 1: 128 bits of strength, as P-256 has. */
#define MIN_RSA_BITS 3072

static struct key *alloc_ring(const char *name, key_perm_t perm)
{
	return keyring_alloc(name, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID,
			     current_cred(), perm, KEY_ALLOC_NOT_IN_QUOTA, NULL,
			     NULL);
}

/*
 * What signs deliverables must not be what decides who may. And of a kind whose
 * signature on a certificate can be verified at any time: check_certified().
 */
static int check_anchor(const struct key *key, const char *name)
{
	const struct public_key *pub = asymmetric_key_public_key(key);

	if (strcmp(pub->pkey_algo, "rsa") &&
	    !strstarts(pub->pkey_algo, "ecdsa-")) {
		kota_msg("the anchor of %s has a key of type %s", name,
			 pub->pkey_algo);
		return -EINVAL;
	}
	if (test_bit(KEY_EFLAG_CA, &pub->key_eflags) &&
	    test_bit(KEY_EFLAG_KEYCERTSIGN, &pub->key_eflags))
		return 0;
	kota_msg("the anchor of %s is no certification authority", name);
	return -EINVAL;
}

/*
 * The anchor certifies signers. It is in no ring that signers are looked up in. NULL
 * where there is none.
 */
static struct key *add_anchor(struct key *anchors, const char *name,
			      const u8 *der, size_t len)
{
	key_ref_t ref;
	int err;

	if (!len)
		return NULL;
	ref = key_create_or_update(
		make_key_ref(anchors, true), "asymmetric", NULL, der, len,
		KEY_POS_VIEW | KEY_POS_SEARCH | KEY_USR_VIEW,
		KEY_ALLOC_NOT_IN_QUOTA | KEY_ALLOC_BYPASS_RESTRICTION);
	if (IS_ERR(ref)) {
		kota_msg("the anchor of %s cannot be used: %ld", name,
			 PTR_ERR(ref));
		return ERR_CAST(ref);
	}
	err = check_anchor(key_ref_to_ptr(ref), name);
	if (!err)
		return key_ref_to_ptr(ref);
	key_ref_put(ref);
	return ERR_PTR(err);
}

/*
 * The ring takes only what the anchor signed. No ":chain", which would let any
 * signer certify others. Root sees the ring as soon as it exists, and can stretch
 * the time that the anchor's verification takes: the ring can't be written before
 * it is restricted, and without an anchor never.
 */
static int restrict_ring(struct key *ring, const struct key *anchor)
{
	char restriction[40];
	int err;

	if (!anchor)
		return keyring_restrict(make_key_ref(ring, true), NULL, NULL);
	snprintf(restriction, sizeof(restriction), "key_or_keyring:%d",
		 anchor->serial);
	err = keyring_restrict(make_key_ref(ring, true), "asymmetric",
			       restriction);
	if (err)
		return err;
	down_write(&ring->sem);
	ring->perm |= KEY_USR_WRITE;
	up_write(&ring->sem);
	return 0;
}

/* A ring for the signers that the anchor certifies; without one, for none. */
static struct key *make_ring(const char *name, const struct key *anchor)
{
	struct key *ring;
	int err;

	ring = alloc_ring(name, KEY_POS_SEARCH | KEY_USR_VIEW | KEY_USR_READ |
					KEY_USR_SEARCH);
	if (IS_ERR(ring))
		return ring;
	err = restrict_ring(ring, anchor);
	if (!err)
		return ring;
	key_revoke(ring);
	key_put(ring);
	return ERR_PTR(err);
}

/* Whatever certificates they came in. */
static bool is_same_key(const struct key *a, const struct key *b)
{
	const struct public_key *pub_a = asymmetric_key_public_key(a);
	const struct public_key *pub_b = asymmetric_key_public_key(b);

	return pub_a->keylen == pub_b->keylen &&
	       !memcmp(pub_a->key, pub_b->key, pub_a->keylen);
}

/* Two rings that one key certifies for would be worth one signature, not two. */
static int make_rings(struct kota_rings *rings, const struct key *release,
		      const struct key *offline)
{
	struct key *ring;

	if (release && offline && is_same_key(release, offline)) {
		kota_msg("the two anchors have the same key");
		return -EINVAL;
	}
	ring = make_ring(".kota-release", release);
	if (IS_ERR(ring))
		return PTR_ERR(ring);
	rings->release = ring;
	ring = make_ring(".kota-offline", offline);
	if (IS_ERR(ring))
		return PTR_ERR(ring);
	rings->offline = ring;
	rings->has_offline = offline;
	return keyring_restrict(make_key_ref(rings->anchors, true), NULL, NULL);
}

static int add_anchors(struct kota_rings *rings)
{
	struct key *release, *offline;
	int err;

	release = add_anchor(rings->anchors, ".kota-release",
			     kota_release_anchor,
			     kota_release_anchor_end - kota_release_anchor);
	if (IS_ERR(release))
		return PTR_ERR(release);
	if (!release)
		kota_msg(
			"built without a release anchor: no release signer will be accepted");
	offline = add_anchor(rings->anchors, ".kota-offline",
			     kota_offline_anchor,
			     kota_offline_anchor_end - kota_offline_anchor);
	err = PTR_ERR_OR_ZERO(offline);
	if (!err) {
		err = make_rings(rings, release, offline);
		key_put(offline);
	}
	key_put(release);
	return err;
}

/**
 * kota_signature_open() - make the rings
 * @rings: zeroed
 *
 * Context: may sleep.
 * Return: 0 or -errno; -EINVAL and the like when an anchor that is compiled in
 * is no certificate, or not one of a certification authority, or both have the same
 * key.
 */
int kota_signature_open(struct kota_rings *rings)
{
	struct key *ring = alloc_ring(
		".kota-anchors", KEY_POS_SEARCH | KEY_POS_WRITE | KEY_USR_VIEW);
	int err;

	if (IS_ERR(ring))
		return PTR_ERR(ring);
	rings->anchors = ring;
	err = add_anchors(rings);
	if (err)
		kota_signature_close(rings);
	return err;
}

static void drop_ring(struct key **ring)
{
	if (!*ring)
		return;
	key_revoke(*ring);
	key_put(*ring);
	*ring = NULL;
}

/**
 * kota_signature_close() - give up the rings and all that is in them
 * @rings: from kota_signature_open(), or zeroed
 */
void kota_signature_close(struct kota_rings *rings)
{
	drop_ring(&rings->offline);
	drop_ring(&rings->release);
	drop_ring(&rings->anchors);
}

/**
 * kota_signature_count() - how many signers there are
 * @ring: one of the rings
 *
 * Return: keys in it.
 */
u32 kota_signature_count(const struct key *ring)
{
	return READ_ONCE(ring->keys.nr_leaves_on_tree);
}

/* The kernel compares an id with all that a key has, of whatever kind they are. */
static bool is_named(const struct key *key, const struct kota_cms *cms,
		     const struct asymmetric_key_id *id)
{
	const struct asymmetric_key_ids *ids = asymmetric_key_ids(key);

	return ids && asymmetric_key_id_same(ids->id[cms->issuer ? 0 : 1], id);
}

/*
 * The live, unrevoked key that the signature names, or ERR_PTR. One that is still
 * being made has no name yet.
 */
static struct key *find_signer(struct key *ring, const struct kota_cms *cms)
{
	struct asymmetric_key_id *id;
	struct key *key;

	if (cms->issuer)
		id = asymmetric_key_generate_id(cms->serial, cms->serial_len,
						cms->issuer, cms->issuer_len);
	else
		id = asymmetric_key_generate_id(cms->skid, cms->skid_len, "",
						0);
	if (IS_ERR(id))
		return ERR_CAST(id);
	key = find_asymmetric_key(ring, id, NULL, NULL, false);
	if (!IS_ERR(key) && key_is_positive(key) && !is_named(key, cms, id)) {
		key_put(key);
		key = ERR_PTR(-ENOKEY);
	}
	kfree(id);
	return key;
}

/*
 * request_key(2) links what it makes into any ring that its caller may write, and
 * does not ask what that ring is restricted to. So whether the anchor certified the
 * key is asked again.
 */
static int check_certified(struct key *ring, const struct key *key,
			   struct kota_refusal *why)
{
	const struct key_restriction *only = ring->restrict_link;
	int err = -ENOKEY;

	if (only && only->check)
		err = only->check(ring, key->type, &key->payload, only->key);
	if (err)
		return kota_refuse(why, kota_cause_of(err, KOTA_CAUSE_SIGNER),
				   "a signer that the anchor certifies|%s (%d)",
				   key->description ?: "", err);
	return 0;
}

/* As strong as it has to be, and in its one encoding. */
static int check_key(const struct public_key *pub, struct kota_refusal *why)
{
	unsigned int bits;

	if (!strcmp(pub->pkey_algo, "rsa")) {
		bits = kota_cms_rsa_bits(pub->key, pub->keylen);
		if (bits < MIN_RSA_BITS)
			return kota_refuse(why, KOTA_CAUSE_SIGNER_USE,
					   "RSA of at least %u bits|%u",
					   MIN_RSA_BITS, bits);
	} else if (!kota_cms_is_whole_point(pub->pkey_algo, pub->key,
					    pub->keylen)) {
		return kota_refuse(why, KOTA_CAUSE_SIGNER_USE,
				   "%s point, uncompressed|%u bytes",
				   pub->pkey_algo, pub->keylen);
	}
	return 0;
}

/*
 * The ring's restriction looks at the anchor's signature only: what the
 * certificate may be used for, and of which kind the key is, is judged here.
 */
static int check_use(const struct key *key, const struct kota_cms *cms,
		     struct kota_refusal *why)
{
	const struct public_key *pub = asymmetric_key_public_key(key);

	if (test_bit(KEY_EFLAG_CA, &pub->key_eflags) ||
	    test_bit(KEY_EFLAG_KEYCERTSIGN, &pub->key_eflags))
		return kota_refuse(why, KOTA_CAUSE_SIGNER_USE,
				   "no certification authority|%s",
				   key->description);
	if (!test_bit(KEY_EFLAG_DIGITALSIG, &pub->key_eflags))
		return kota_refuse(why, KOTA_CAUSE_SIGNER_USE,
				   "usage digitalSignature|%s",
				   key->description);
	if (strcmp(pub->pkey_algo, cms->key_algo))
		return kota_refuse(why, KOTA_CAUSE_SIGNER_USE, "%s key|%s key",
				   cms->key_algo, pub->pkey_algo);
	return check_key(pub, why);
}

/*
 * The kernel's verifier accepts any key of the ring that it is given, so it is
 * given a ring with this one.
 */
static int verify_with(struct key *key, const u8 *manifest, size_t manifest_len,
		       const u8 *der, size_t len)
{
	struct key *alone = alloc_ring(".kota-signer", KEY_POS_SEARCH);
	int err;

	if (IS_ERR(alone))
		return PTR_ERR(alone);
	err = key_link(alone, key);
	if (!err)
		err = verify_pkcs7_signature(manifest, manifest_len, der, len,
					     alone,
					     VERIFYING_FIRMWARE_SIGNATURE, NULL,
					     NULL);
	key_revoke(alone);
	key_put(alone);
	return err;
}

/* Who that was, for policy to judge by. */
static int fill_signer(struct kota_signer *signer, u8 ring,
		       const struct key *key, struct kota_refusal *why)
{
	const struct public_key *pub = asymmetric_key_public_key(key);
	int err;

	signer->ring = ring;
	strscpy(signer->name, key->description ?: "");
	err = kota_digest_once(KOTA_DIGEST_SHA256, pub->key, pub->keylen,
			       signer->key_id);
	if (err)
		return kota_refuse(why,
				   kota_cause_of(err, KOTA_CAUSE_ALGORITHM),
				   "SHA-256 for the key id|%d", err);
	return 0;
}

/* The key that the signature names, when it may sign. */
static struct key *get_signer(struct key *ring, const struct kota_cms *cms,
			      struct kota_refusal *why)
{
	struct key *key;
	int err;

	if (!kota_signature_count(ring))
		return ERR_PTR(
			kota_refuse(why, KOTA_CAUSE_SIGNER,
				    "a signer in the ring|the ring is empty"));
	key = find_signer(ring, cms);
	if (IS_ERR(key))
		return ERR_PTR(kota_refuse(
			why, kota_cause_of(PTR_ERR(key), KOTA_CAUSE_SIGNER),
			"a signer in the ring|%s %*phN (%ld)",
			cms->issuer ? "serial" : "key id",
			(int)min_t(size_t,
				   cms->issuer ? cms->serial_len :
						 cms->skid_len,
				   20),
			cms->issuer ? cms->serial : cms->skid, PTR_ERR(key)));
	/* Acquires: what another task is making is not looked into. */
	if (key_is_positive(key))
		err = check_use(key, cms, why);
	else
		err = kota_refuse(why, KOTA_CAUSE_SIGNER,
				  "a signer in the ring|an unfinished key");
	if (!err)
		return key;
	key_put(key);
	return ERR_PTR(err);
}

/**
 * kota_signature_verify() - verify one signature over the manifest
 * @rings: the rings
 * @ring: enum kota_ring that the signature claims
 * @manifest: the signed bytes
 * @manifest_len: how many
 * @der: detached CMS SignedData
 * @len: its bytes
 * @signer: who made it
 * @why: cause of a refusal
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause: UNSUPPORTED, CMS, SIGNER,
 * SIGNER_USE, SIGNATURE, ALGORITHM, MEMORY.
 */
int kota_signature_verify(const struct kota_rings *rings, u8 ring,
			  const u8 *manifest, size_t manifest_len,
			  const u8 *der, size_t len, struct kota_signer *signer,
			  struct kota_refusal *why)
{
	struct key *from, *key;
	struct kota_cms cms;
	int err;

	if (ring != KOTA_RING_RELEASE && ring != KOTA_RING_OFFLINE)
		return kota_refuse(why, KOTA_CAUSE_UNSUPPORTED,
				   "release or offline ring|ring %u", ring);
	err = kota_cms_walk(der, len, &cms, why);
	if (err)
		return err;
	from = ring == KOTA_RING_RELEASE ? rings->release : rings->offline;
	key = get_signer(from, &cms, why);
	if (IS_ERR(key))
		return PTR_ERR(key);
	err = verify_with(key, manifest, manifest_len, der, len);
	if (err == -ENOPKG)
		err = kota_refuse(why, KOTA_CAUSE_ALGORITHM,
				  "%s in this kernel|%d", cms.digest, err);
	else if (err)
		err = kota_refuse(why, kota_cause_of(err, KOTA_CAUSE_SIGNATURE),
				  "signature by %s|%d", key->description, err);
	else
		err = check_certified(from, key, why) ?:
			      fill_signer(signer, ring, key, why);
	key_put(key);
	return err;
}
