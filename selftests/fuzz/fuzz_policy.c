// SPDX-License-Identifier: GPL-2.0
/*
 * Facts and signers from 256 bytes, then a manifest of good form: what policy
 * accepts has to be right by the manual's own words, said once more here.
 */

#include "fuzz.h"
#include "kota_private.h"

#define KNOBS 256

static const u8 *knobs;

static u8 knob(unsigned int i)
{
	return knobs[i % KNOBS];
}

/* What makes a difference is set by knobs; what seldom fits by chance, to fit. */
static void set_facts(struct kota_facts *f, struct kota_board *b, const struct kota_manifest *m)
{
	struct kota_state_security *sec = &f->security;
	unsigned int i;

	f->board = b;
	b->level = knob(0) % 4;
	b->quorum = 1 + knob(1) % 2;
	memcpy(b->vendor_id, m->vendor_id, KOTA_UUID_LEN);
	memcpy(b->class_id, m->class_id, KOTA_UUID_LEN);
	b->vendor_id[3] ^= knob(2) == 1;
	b->class_id[15] ^= knob(3) == 1;
	strcpy(b->booted_slot, knob(4) == 1 ? "" : "a");
	f->keys_loaded = knob(5) != 1;
	f->state_good = knob(6) != 1;
	f->has_offline = knob(7) & 1;
	sec->sequence = cpu_to_le64(le64_to_cpu(m->sequence) + knob(8) % 4 - 2);
	sec->min_sequence = cpu_to_le64(le64_to_cpu(m->sequence) + knob(9) % 4 - 2);
	if (knob(33) & 1)
		sec->sequence = sec->min_sequence = 0;
	sec->manifest[0] = knob(10) & 1;
	sec->nr_revoked = cpu_to_le16(knob(11) % 3);
	sec->nr_retired = cpu_to_le16(knob(12) % 3);
	for (i = 0; i < 2; i++) {
		/* No key is in a list twice. */
		sec->revoked[i][0] = knob(13 + i) % 2 + 2 * i;
		sec->retired[i].key_id[0] = knob(15 + i) % 2 + 2 * i;
		sec->retired[i].last_sequence =
			cpu_to_le64(le64_to_cpu(m->sequence) + knob(17 + i) % 4 - 2);
	}
}

static unsigned int set_signers(struct kota_signer s[KOTA_MAX_SIGNATURES])
{
	unsigned int i, nr = knob(20) % (KOTA_MAX_SIGNATURES + 1);

	for (i = 0; i < nr; i++) {
		s[i].ring = knob(21 + i) & 1 ? KOTA_RING_RELEASE : KOTA_RING_OFFLINE;
		s[i].key_id[0] = knob(25 + i) % 4;
		strcpy(s[i].name, "somebody");
	}
	return nr;
}

static void check_manifest(const struct kota_facts *f, const struct kota_manifest *m)
{
	u64 have = le64_to_cpu(f->security.sequence), seq = le64_to_cpu(m->sequence);
	bool recovery = le32_to_cpu(m->flags) & KOTA_FLAG_RECOVERY;

	FUZZ_CHECK(!memcmp(m->vendor_id, f->board->vendor_id, KOTA_UUID_LEN));
	FUZZ_CHECK(!memcmp(m->class_id, f->board->class_id, KOTA_UUID_LEN));
	FUZZ_CHECK(seq > have || (seq == have && (!f->security.manifest[0] ||
						  (recovery && !f->state_good))));
	FUZZ_CHECK(f->board->level < KOTA_LEVEL_ENHANCED && m->level < KOTA_LEVEL_ENHANCED);
	FUZZ_CHECK(seq >= le64_to_cpu(f->security.min_sequence));
	FUZZ_CHECK(recovery || (f->keys_loaded && f->state_good));
}

static void check_signers(const struct kota_facts *f, const struct kota_manifest *m,
			  const struct kota_signer *s, unsigned int nr)
{
	u64 seq = le64_to_cpu(m->sequence), limit = 1ULL << 40;
	bool leap = seq > limit && seq - limit > le64_to_cpu(f->security.sequence) &&
		    seq - limit > le64_to_cpu(f->security.min_sequence);
	bool lasting = m->nr_revoked || m->nr_retired || m->min_sequence || leap;
	bool release = false, offline = false;
	unsigned int i, j;

	for (i = 0; i < nr; i++) {
		release |= s[i].ring == KOTA_RING_RELEASE;
		offline |= s[i].ring == KOTA_RING_OFFLINE;
		for (j = 0; j < i; j++)
			FUZZ_CHECK(memcmp(s[i].key_id, s[j].key_id, KOTA_DIGEST_LEN));
		for (j = 0; j < le16_to_cpu(f->security.nr_revoked); j++)
			FUZZ_CHECK(memcmp(s[i].key_id, f->security.revoked[j], KOTA_DIGEST_LEN));
		for (j = 0; j < le16_to_cpu(m->nr_revoked); j++)
			FUZZ_CHECK(memcmp(s[i].key_id, m->revoked[j], KOTA_DIGEST_LEN));
		for (j = 0; j < le16_to_cpu(f->security.nr_retired); j++)
			FUZZ_CHECK(memcmp(s[i].key_id, f->security.retired[j].key_id, KOTA_DIGEST_LEN) ||
				   le64_to_cpu(m->sequence) <=
				   le64_to_cpu(f->security.retired[j].last_sequence));
	}
	FUZZ_CHECK(nr);
	FUZZ_CHECK(!m->nr_images || release);
	FUZZ_CHECK(!m->nr_images || f->board->quorum < 2 || offline);
	FUZZ_CHECK(!lasting || !f->has_offline || offline);
	FUZZ_CHECK(!(le32_to_cpu(m->flags) & KOTA_FLAG_RECOVERY) || offline);
}

static void check_image(const struct kota_facts *f, const struct kota_manifest *m)
{
	struct kota_place place = { .known = knob(30) != 1, .capacity = knob(31) * 1024ULL };
	const struct kota_image *image = kota_manifest_images(m);
	struct kota_refusal why = { 0 };
	int err;

	if (knob(32) != 1)
		memcpy(place.installed, image->precondition, sizeof(place.installed));
	err = kota_policy_check_image(f, m, image, &place, &why);
	fuzz_verdict(err, &why);
	if (err)
		return;
	FUZZ_CHECK(place.known && *f->board->booted_slot);
	FUZZ_CHECK(le64_to_cpu(image->size) <= place.capacity);
	FUZZ_CHECK(image->cipher == KOTA_CIPHER_AES_256_GCM ||
		   !(f->board->level || m->level));
	FUZZ_CHECK(!*image->precondition || !strcmp(image->precondition, place.installed));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct kota_signer signer[KOTA_MAX_SIGNATURES] = { 0 };
	static const u8 manifest_digest[KOTA_DIGEST_LEN];
	const struct kota_manifest *m;
	struct kota_board board = { 0 };
	struct kota_facts facts = { 0 };
	struct kota_refusal why = { 0 };
	unsigned int nr;
	void *section;
	int err;

	if (size < KNOBS)
		return 0;
	knobs = data;
	section = fuzz_copy(data + KNOBS, size - KNOBS);
	m = section;
	if (!kota_manifest_check(section, size - KNOBS, &why)) {
		set_facts(&facts, &board, m);
		nr = set_signers(signer);
		err = kota_policy_check_signers(&facts, m, signer, nr, &why);
		fuzz_verdict(err, &why);
		if (!err)
			check_signers(&facts, m, signer, nr);
		memset(&why, 0, sizeof(why));
		err = kota_policy_check_manifest(&facts, m, manifest_digest, &why);
		fuzz_verdict(err, &why);
		if (!err)
			check_manifest(&facts, m);
		if (m->nr_images)
			check_image(&facts, m);
	}
	free(section);
	return 0;
}
