// SPDX-License-Identifier: GPL-2.0
/*
 * Policy on signers, as a function: who has to sign what, and whose signature
 * counts no more.
 */

#include "kota_kunit.h"

#define R KOTA_RING_RELEASE
#define O KOTA_RING_OFFLINE

/* A signer: ring, and number of the key. 0: none. */
#define BY(ring, key) ((ring) << 4 | (key))

struct signers_case {
	const char *name;
	u8 by[KOTA_MAX_SIGNATURES];
	u8 quorum;
	bool no_anchor; /* for offline signers */
	bool image;
	bool revokes; /* the manifest does, key 9 */
	bool retires; /* the same */
	bool sets_minimum;
	bool recovers;
	u64 reached; /* by the device */
	u64 leap; /* beyond that */
	int error;
	enum kota_cause cause;
};

#define QUORUM .error = ENOTUNIQ, .cause = KOTA_CAUSE_QUORUM
#define ROLE .error = EBADR, .cause = KOTA_CAUSE_ROLE

static const struct signers_case signers_cases[] = {
	{ "image, release", { BY(R, 1) }, 1, .image = true },
	{ "image, two release", { BY(R, 1), BY(R, 2) }, 1, .image = true },
	{ "image, both", { BY(R, 1), BY(O, 2) }, 1, .image = true },
	{ "image, offline", { BY(O, 2) }, 1, .image = true, QUORUM },
	{ "image, nobody", { 0 }, 1, .image = true, QUORUM },
	{ "image, the same twice",
	  { BY(R, 1), BY(R, 1) },
	  1,
	  .image = true,
	  QUORUM },
	{ "quorum, both", { BY(R, 1), BY(O, 2) }, 2, .image = true },
	{ "quorum, the other way", { BY(O, 2), BY(R, 1) }, 2, .image = true },
	{ "quorum, four",
	  { BY(R, 1), BY(O, 2), BY(R, 3), BY(O, 4) },
	  2,
	  .image = true },
	{ "quorum, release", { BY(R, 1) }, 2, .image = true, QUORUM },
	{ "quorum, two release",
	  { BY(R, 1), BY(R, 2) },
	  2,
	  .image = true,
	  QUORUM },
	{ "quorum, offline", { BY(O, 2) }, 2, .image = true, QUORUM },
	{ "quorum, two offline",
	  { BY(O, 2), BY(O, 3) },
	  2,
	  .image = true,
	  QUORUM },
	{ "quorum, one key in both rings",
	  { BY(R, 1), BY(O, 1) },
	  2,
	  .image = true,
	  QUORUM },
	{ "quorum, one key in both rings and another",
	  { BY(R, 1), BY(O, 2), BY(O, 1) },
	  2,
	  .image = true,
	  QUORUM },
	{ "quorum, no offline anchor",
	  { BY(R, 1) },
	  2,
	  .no_anchor = true,
	  .image = true,
	  QUORUM },
	{ "statement, offline", { BY(O, 2) }, 1 },
	{ "statement, offline, quorum", { BY(O, 2) }, 2 },
	{ "statement, both", { BY(R, 1), BY(O, 2) }, 1, .revokes = true },
	{ "statement, release", { BY(R, 1) }, 1, ROLE },
	{ "statement, release, quorum", { BY(R, 1) }, 2, .revokes = true, ROLE },
	{ "statement, release, no offline anchor",
	  { BY(R, 1) },
	  1,
	  .no_anchor = true,
	  .revokes = true,
	  .retires = true,
	  .sets_minimum = true },
	{ "statement, nobody",
	  { 0 },
	  1,
	  .no_anchor = true,
	  .error = ENOMSG,
	  .cause = KOTA_CAUSE_UNSIGNED },
	{ "statement, the same twice", { BY(O, 2), BY(O, 2) }, 1, QUORUM },
	{ "image that revokes, release",
	  { BY(R, 1) },
	  1,
	  .image = true,
	  .revokes = true,
	  ROLE },
	{ "image that retires, release",
	  { BY(R, 1) },
	  1,
	  .image = true,
	  .retires = true,
	  ROLE },
	{ "image that sets the minimum, release",
	  { BY(R, 1) },
	  1,
	  .image = true,
	  .sets_minimum = true,
	  ROLE },
	{ "image that does it all, both",
	  { BY(R, 1), BY(O, 2) },
	  1,
	  .image = true,
	  .revokes = true,
	  .retires = true,
	  .sets_minimum = true },
	{ "image that does it all, release, no offline anchor",
	  { BY(R, 1) },
	  1,
	  .no_anchor = true,
	  .image = true,
	  .revokes = true,
	  .retires = true,
	  .sets_minimum = true },
	{ "leap as far as may be, release",
	  { BY(R, 1) },
	  1,
	  .image = true,
	  .leap = KOTA_MAX_LEAP },
	{ "leap, release",
	  { BY(R, 1) },
	  1,
	  .image = true,
	  .leap = KOTA_MAX_LEAP + 1,
	  ROLE },
	{ "leap to the end, release",
	  { BY(R, 1) },
	  1,
	  .image = true,
	  .reached = 5,
	  .leap = U64_MAX - 5,
	  ROLE },
	{ "leap to the end, from close by",
	  { BY(R, 1) },
	  1,
	  .image = true,
	  .reached = U64_MAX - KOTA_MAX_LEAP,
	  .leap = KOTA_MAX_LEAP },
	{ "leap, both",
	  { BY(R, 1), BY(O, 2) },
	  1,
	  .image = true,
	  .leap = U64_MAX },
	{ "leap, release, no offline anchor",
	  { BY(R, 1) },
	  1,
	  .no_anchor = true,
	  .image = true,
	  .leap = U64_MAX },
	{ "recovery, offline", { BY(O, 2) }, 1, .recovers = true },
	{ "recovery, release", { BY(R, 1) }, 1, .recovers = true, ROLE },
	{ "recovery, release, no offline anchor",
	  { BY(R, 1) },
	  1,
	  .no_anchor = true,
	  .recovers = true,
	  ROLE },
};

KUNIT_ARRAY_PARAM_DESC(signers, signers_cases, name);

static void make_key_id(u8 id[KOTA_DIGEST_LEN], u8 key)
{
	memset(id, key, KOTA_DIGEST_LEN);
}

static unsigned int make_signers(struct kota_signer *signers, const u8 *by)
{
	unsigned int nr;

	for (nr = 0; nr < KOTA_MAX_SIGNATURES && by[nr]; nr++) {
		signers[nr].ring = by[nr] >> 4;
		make_key_id(signers[nr].key_id, by[nr] & 15);
		snprintf(signers[nr].name, sizeof(signers[nr].name), "key %u",
			 by[nr] & 15);
	}
	return nr;
}

static void signers_of_what(struct kunit *test)
{
	const struct signers_case *c = test->param_value;
	struct kota_signer *signers =
		test_zalloc(test, KOTA_MAX_SIGNATURES * sizeof(*signers));
	struct kota_manifest *m = test_zalloc(test, sizeof(*m));
	struct kota_facts *facts = test_zalloc(test, sizeof(*facts));
	struct kota_board board = { .quorum = c->quorum };
	struct kota_refusal why = {};
	unsigned int nr = make_signers(signers, c->by);
	int err;

	make_manifest(m, c->image);
	if (c->revokes) {
		m->nr_revoked = cpu_to_le16(1);
		make_key_id(m->revoked[0], 9);
	}
	if (c->retires) {
		m->nr_retired = cpu_to_le16(1);
		make_key_id(m->retired[0].key_id, 9);
	}
	m->min_sequence = cpu_to_le64(c->sets_minimum);
	m->flags = cpu_to_le32(c->recovers ? KOTA_FLAG_RECOVERY : 0);
	facts->board = &board;
	facts->has_offline = !c->no_anchor;
	m->sequence = cpu_to_le64(c->reached + c->leap);
	facts->security.sequence = cpu_to_le64(c->reached);
	err = kota_policy_check_signers(facts, m, signers, nr, &why);
	if (c->error)
		EXPECT_REFUSED(test, err, &why, c->error, c->cause);
	else
		KUNIT_EXPECT_EQ_MSG(test, err, 0, "%s|%s", why.expected,
				    why.found);
}

/* From what must be reached at least, too. */
static void leap_from_the_minimum(struct kunit *test)
{
	struct kota_signer *by =
		test_zalloc(test, KOTA_MAX_SIGNATURES * sizeof(*by));
	static const u8 release[KOTA_MAX_SIGNATURES] = { BY(R, 1) };
	struct kota_manifest *m = test_zalloc(test, sizeof(*m));
	struct kota_facts *facts = test_zalloc(test, sizeof(*facts));
	struct kota_board board = { .quorum = 1 };
	struct kota_refusal why = {};

	make_manifest(m, 1);
	make_signers(by, release);
	facts->board = &board;
	facts->has_offline = true;
	facts->security.sequence = cpu_to_le64(5);
	facts->security.min_sequence = cpu_to_le64(100);
	m->sequence = cpu_to_le64(100 + KOTA_MAX_LEAP);
	KUNIT_EXPECT_EQ(test, kota_policy_check_signers(facts, m, by, 1, &why),
			0);
	facts->security.min_sequence = cpu_to_le64(99);
	EXPECT_REFUSED(test, kota_policy_check_signers(facts, m, by, 1, &why),
		       &why, EBADR, KOTA_CAUSE_ROLE);
}

struct life {
	struct kota_facts facts;
	struct kota_board board;
	struct kota_manifest m;
	struct kota_signer by[2];
	struct kota_refusal why;
};

/* A manifest with sequence number 7, signed by key 1 and offline by key 2. */
static struct life *make_life(struct kunit *test)
{
	static const u8 by[KOTA_MAX_SIGNATURES] = { BY(R, 1), BY(O, 2) };
	struct life *l = test_zalloc(test, sizeof(*l));
	struct kota_signer all[KOTA_MAX_SIGNATURES] = {};

	make_signers(all, by);
	memcpy(l->by, all, sizeof(l->by));
	make_manifest(&l->m, 1);
	l->board.quorum = 2;
	l->facts.board = &l->board;
	l->facts.has_offline = true;
	return l;
}

static int judge(struct life *l)
{
	memset(&l->why, 0, sizeof(l->why));
	return kota_policy_check_signers(&l->facts, &l->m, l->by, 2, &l->why);
}

static void revoked_signer(struct kunit *test)
{
	struct life *l = make_life(test);
	struct kota_state_security *sec = &l->facts.security;
	u8 key;

	for (key = 0; key < 5; key++) {
		sec->nr_revoked = cpu_to_le16(2);
		make_key_id(sec->revoked[0], 8);
		make_key_id(sec->revoked[1], key);
		if (key == 1 || key == 2)
			EXPECT_REFUSED(test, judge(l), &l->why, EKEYREVOKED,
				       KOTA_CAUSE_REVOKED);
		else
			KUNIT_EXPECT_EQ(test, judge(l), 0);
	}
	/* Beyond the count there is nothing. */
	sec->nr_revoked = cpu_to_le16(1);
	make_key_id(sec->revoked[1], 1);
	KUNIT_EXPECT_EQ(test, judge(l), 0);
	make_key_id(l->m.revoked[0], 1);
	make_key_id(l->m.retired[0].key_id, 1);
	KUNIT_EXPECT_EQ(test, judge(l), 0);
}

/* Signatures that were not there do not count, whatever is behind the last one. */
static void beyond_the_last(struct kunit *test)
{
	struct life *l = make_life(test);

	memset(&l->why, 0, sizeof(l->why));
	EXPECT_REFUSED(test,
		       kota_policy_check_signers(&l->facts, &l->m, l->by, 1,
						 &l->why),
		       &l->why, ENOTUNIQ, KOTA_CAUSE_QUORUM);
	l->board.quorum = 1;
	l->by[1] = l->by[0];
	KUNIT_EXPECT_EQ(test,
			kota_policy_check_signers(&l->facts, &l->m, l->by, 1,
						  &l->why),
			0);
}

/* Nobody can be revoked by what he signed himself, and have it counted. */
static void revokes_itself(struct kunit *test)
{
	struct life *l = make_life(test);

	l->m.nr_revoked = cpu_to_le16(1);
	make_key_id(l->m.revoked[0], 3);
	KUNIT_EXPECT_EQ(test, judge(l), 0);
	l->m.nr_revoked = cpu_to_le16(2);
	make_key_id(l->m.revoked[1], 4);
	KUNIT_EXPECT_EQ(test, judge(l), 0);
	make_key_id(l->m.revoked[1], 2);
	EXPECT_REFUSED(test, judge(l), &l->why, EKEYREVOKED,
		       KOTA_CAUSE_REVOKED);
}

static void retired_signer(struct kunit *test)
{
	struct life *l = make_life(test);
	struct kota_state_security *sec = &l->facts.security;
	u64 last;

	sec->nr_retired = cpu_to_le16(1);
	make_key_id(sec->retired[0].key_id, 1);
	for (last = 5; last < 10; last++) {
		sec->retired[0].last_sequence = cpu_to_le64(last);
		if (last < 7)
			EXPECT_REFUSED(test, judge(l), &l->why, EKEYEXPIRED,
				       KOTA_CAUSE_RETIRED);
		else
			KUNIT_EXPECT_EQ(test, judge(l), 0);
	}
	sec->retired[0].last_sequence = 0;
	make_key_id(sec->retired[0].key_id, 3);
	KUNIT_EXPECT_EQ(test, judge(l), 0);
}

static void retires_itself(struct kunit *test)
{
	struct life *l = make_life(test);

	l->m.nr_retired = cpu_to_le16(1);
	make_key_id(l->m.retired[0].key_id, 1);
	l->m.retired[0].last_sequence = cpu_to_le64(7);
	KUNIT_EXPECT_EQ(test, judge(l), 0);
	l->m.retired[0].last_sequence = cpu_to_le64(6);
	EXPECT_REFUSED(test, judge(l), &l->why, EKEYEXPIRED,
		       KOTA_CAUSE_RETIRED);
	make_key_id(l->m.retired[0].key_id, 3);
	l->m.nr_retired = cpu_to_le16(2);
	make_key_id(l->m.retired[1].key_id, 2);
	l->m.retired[1].last_sequence = cpu_to_le64(6);
	EXPECT_REFUSED(test, judge(l), &l->why, EKEYEXPIRED,
		       KOTA_CAUSE_RETIRED);
}

/* Nor does he get more time by giving it to himself. */
static void extends_itself(struct kunit *test)
{
	struct life *l = make_life(test);
	struct kota_state_security *sec = &l->facts.security;

	sec->nr_retired = cpu_to_le16(1);
	make_key_id(sec->retired[0].key_id, 1);
	sec->retired[0].last_sequence = cpu_to_le64(6);
	l->m.nr_retired = cpu_to_le16(1);
	make_key_id(l->m.retired[0].key_id, 1);
	l->m.retired[0].last_sequence = cpu_to_le64(100);
	EXPECT_REFUSED(test, judge(l), &l->why, EKEYEXPIRED,
		       KOTA_CAUSE_RETIRED);
}

/* Above what is installed, not below the minimum; the same manifest again. */
static void sequence(struct kunit *test)
{
	static const u8 mine[KOTA_DIGEST_LEN] = { 1 };
	static const u8 other[KOTA_DIGEST_LEN] = { 2 };
	static const struct {
		u64 installed, minimum;
		const u8 *digest;
		bool good;
	} rows[] = {
		{ 6, 0, other, true },	     { 7, 0, other, false },
		{ 7, 0, mine, true },	     { 8, 0, mine, false },
		{ 6, 7, other, true },	     { 6, 8, other, false },
		{ 7, 8, mine, false },	     { 0, U64_MAX, other, false },
		{ U64_MAX, 0, mine, false },
	};
	struct life *l = make_life(test);
	size_t i;
	int err;

	l->facts.keys_loaded = true;
	l->facts.state_good = true;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		l->facts.security.sequence = cpu_to_le64(rows[i].installed);
		l->facts.security.min_sequence = cpu_to_le64(rows[i].minimum);
		memcpy(l->facts.security.manifest, mine, sizeof(mine));
		memset(&l->why, 0, sizeof(l->why));
		err = kota_policy_check_manifest(&l->facts, &l->m,
						 rows[i].digest, &l->why);
		if (rows[i].good)
			KUNIT_EXPECT_EQ_MSG(test, err, 0, "row %zu", i);
		else
			EXPECT_REFUSED(test, err, &l->why, ESTALE,
				       KOTA_CAUSE_SEQUENCE);
	}
}

/*
 * A record that is not proven, of which the numbers count all the same: a recovery
 * that was used is none any more, one that names the newest number is one.
 */
static void recovery_unproven(struct kunit *test)
{
	static const u8 digest[KOTA_DIGEST_LEN] = { 3 };
	struct life *l = make_life(test);
	u64 sequence = le64_to_cpu(l->m.sequence);
	int err;

	l->m.nr_images = 0;
	l->m.flags = cpu_to_le32(KOTA_FLAG_RECOVERY);
	l->facts.security.sequence = cpu_to_le64(sequence + 1);
	err = kota_policy_check_manifest(&l->facts, &l->m, digest, &l->why);
	EXPECT_REFUSED(test, err, &l->why, ESTALE, KOTA_CAUSE_SEQUENCE);
	l->facts.security.sequence = l->m.sequence;
	l->facts.security.min_sequence = l->m.sequence;
	KUNIT_EXPECT_EQ(test,
			kota_policy_check_manifest(&l->facts, &l->m, digest,
						   &l->why),
			0);
	l->facts.security.min_sequence = cpu_to_le64(sequence + 1);
	err = kota_policy_check_manifest(&l->facts, &l->m, digest, &l->why);
	EXPECT_REFUSED(test, err, &l->why, ESTALE, KOTA_CAUSE_SEQUENCE);
}

/* Neither keys nor a record: what a recovery is for. An old one stays an old one. */
static void recovery(struct kunit *test)
{
	static const u8 digest[KOTA_DIGEST_LEN] = { 3 };
	struct life *l = make_life(test);
	int err;

	err = kota_policy_check_manifest(&l->facts, &l->m, digest, &l->why);
	EXPECT_REFUSED(test, err, &l->why, EUNATCH, KOTA_CAUSE_KEYS);
	l->facts.keys_loaded = true;
	err = kota_policy_check_manifest(&l->facts, &l->m, digest, &l->why);
	EXPECT_REFUSED(test, err, &l->why, ENOTRECOVERABLE, KOTA_CAUSE_STATE);
	l->facts.keys_loaded = false;
	l->m.nr_images = 0;
	l->m.flags = cpu_to_le32(KOTA_FLAG_RECOVERY);
	KUNIT_EXPECT_EQ(test,
			kota_policy_check_manifest(&l->facts, &l->m, digest,
						   &l->why),
			0);
	l->facts.state_good = true;
	l->facts.security.sequence = l->m.sequence;
	err = kota_policy_check_manifest(&l->facts, &l->m, digest, &l->why);
	EXPECT_REFUSED(test, err, &l->why, ESTALE, KOTA_CAUSE_SEQUENCE);
	l->facts.security.sequence = 0;
	l->m.class_id[0] ^= 1;
	err = kota_policy_check_manifest(&l->facts, &l->m, digest, &l->why);
	EXPECT_REFUSED(test, err, &l->why, ENODEV, KOTA_CAUSE_CLASS);
}

/* A device, an image and a place that go together; each row spoils one thing. */
struct fit {
	const char *name;
	u8 board, level;
	u8 cipher; /* 0: AES-256 */
	u64 size; /* 0: 1000, all that the place takes */
	u32 data_to;
	bool nowhere;
	bool no_slot;
	const char *wants;
	const char *has;
	int error;
	enum kota_cause cause;
};

#define AES_128 .cipher = KOTA_CIPHER_AES_128_GCM
#define REFUSED(errno_, cause_) .error = errno_, .cause = KOTA_CAUSE_##cause_

static const struct fit fits[] = {
	{ "fits" },
	{ "a byte less", .size = 999 },
	{ "a byte more", .size = 1001, REFUSED(EFBIG, SIZE) },
	{ "2^63", .size = 1ULL << 63, REFUSED(EFBIG, SIZE) },
	{ "converts data", .data_to = 1, REFUSED(EOPNOTSUPP, UNSUPPORTED) },
	{ "AES-128", AES_128 },
	{ "AES-128, board upgraded", 1, 0, AES_128, REFUSED(EPERM, LEVEL) },
	{ "AES-128, manifest upgraded", 0, 1, AES_128, REFUSED(EPERM, LEVEL) },
	{ "AES-256, both upgraded", 1, 1 },
	{ "no such target", .nowhere = true, REFUSED(ENOENT, TARGET) },
	{ "booted slot not known", .no_slot = true,
	  REFUSED(EBADSLT, BOOTED_SLOT) },
	{ "precondition met", .wants = "1.0", .has = "1.0" },
	{ "precondition not met", .wants = "1.0", .has = "1.01",
	  REFUSED(EBADE, PRECONDITION) },
	{ "precondition, nothing known", .wants = "1.0",
	  REFUSED(EBADE, PRECONDITION) },
	{ "no precondition", .has = "2.0" },
};

KUNIT_ARRAY_PARAM_DESC(fit, fits, name);

static void image(struct kunit *test)
{
	const struct fit *f = test->param_value;
	struct life *l = make_life(test);
	struct kota_image *img = test_zalloc(test, sizeof(*img));
	struct kota_place *place = test_zalloc(test, sizeof(*place));
	int err;

	make_image(img, "app", f->size ?: 1000, 12, KOTA_COMPRESSION_NONE);
	img->cipher = f->cipher ?: KOTA_CIPHER_AES_256_GCM;
	img->data_to = cpu_to_le32(f->data_to);
	strscpy(img->precondition, f->wants ?: "", sizeof(img->precondition));
	strscpy(place->installed, f->has ?: "", sizeof(place->installed));
	place->known = !f->nowhere;
	place->capacity = 1000;
	l->board.level = f->board;
	l->m.level = f->level;
	strscpy(l->board.booted_slot, f->no_slot ? "" : "a",
		sizeof(l->board.booted_slot));
	err = kota_policy_check_image(&l->facts, &l->m, img, place, &l->why);
	EXPECT_REFUSED(test, err, &l->why, f->error, f->cause);
}

/* The board is of this vendor and class, and asks nobody. */
static void manifest_for_another(struct kunit *test)
{
	static const u8 digest[KOTA_DIGEST_LEN] = { 3 };
	struct life *l = make_life(test);
	int i;

	l->facts.keys_loaded = true;
	l->facts.state_good = true;
	for (i = 0; i < KOTA_UUID_LEN; i++) {
		l->m.vendor_id[i] ^= 0x40;
		EXPECT_REFUSED(test,
			       kota_policy_check_manifest(&l->facts, &l->m,
							  digest, &l->why),
			       &l->why, EXDEV, KOTA_CAUSE_VENDOR);
		l->m.vendor_id[i] ^= 0x40;
		l->m.class_id[i] ^= 1;
		EXPECT_REFUSED(test,
			       kota_policy_check_manifest(&l->facts, &l->m,
							  digest, &l->why),
			       &l->why, ENODEV, KOTA_CAUSE_CLASS);
		l->m.class_id[i] ^= 1;
	}
	l->m.consent = KOTA_CONSENT_NOTIFY;
	KUNIT_EXPECT_EQ(test,
			kota_policy_check_manifest(&l->facts, &l->m, digest,
						   &l->why),
			0);
	l->m.consent = KOTA_CONSENT_REQUIRED;
	EXPECT_REFUSED(test,
		       kota_policy_check_manifest(&l->facts, &l->m, digest,
						  &l->why),
		       &l->why, EOPNOTSUPP, KOTA_CAUSE_UNSUPPORTED);
}

/* What the board wants is a floor, what the manifest wants another. */
static void levels(struct kunit *test)
{
	static const u8 digest[KOTA_DIGEST_LEN] = { 3 };
	struct life *l = make_life(test);
	u8 board, wanted;
	int err;

	l->facts.keys_loaded = true;
	l->facts.state_good = true;
	for (board = 0; board <= KOTA_LEVEL_QUANTUM; board++) {
		for (wanted = 0; wanted <= KOTA_LEVEL_QUANTUM; wanted++) {
			l->board.level = board;
			l->m.level = wanted;
			memset(&l->why, 0, sizeof(l->why));
			err = kota_policy_check_manifest(&l->facts, &l->m,
							 digest, &l->why);
			if (max(board, wanted) > KOTA_LEVEL_UPGRADED)
				EXPECT_REFUSED(test, err, &l->why, EOPNOTSUPP,
					       KOTA_CAUSE_UNSUPPORTED);
			else
				KUNIT_EXPECT_EQ(test, err, 0);
		}
	}
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE_PARAM(signers_of_what, signers_gen_params),
	KUNIT_CASE(leap_from_the_minimum),
	KUNIT_CASE(revoked_signer),
	KUNIT_CASE(beyond_the_last),
	KUNIT_CASE(revokes_itself),
	KUNIT_CASE(retired_signer),
	KUNIT_CASE(retires_itself),
	KUNIT_CASE(extends_itself),
	KUNIT_CASE(levels),
	KUNIT_CASE(manifest_for_another),
	KUNIT_CASE_PARAM(image, fit_gen_params),
	KUNIT_CASE(sequence),
	KUNIT_CASE(recovery),
	KUNIT_CASE(recovery_unproven),
	{}
};

static struct kunit_suite policy_suite = {
	.name = "kota_policy",
	.test_cases = policy_cases,
};

kunit_test_suite(policy_suite);
