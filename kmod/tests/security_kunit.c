// SPDX-License-Identifier: GPL-2.0
/* What must never go back, doesn't, whatever is applied in whatever order. */

#include "kota_kunit.h"

struct scene {
	struct kota_state_security sec;
	struct kota_state_security before;
	struct kota_manifest m;
	struct kota_refusal why;
};

static const u8 digest[KOTA_DIGEST_LEN] = { 0xd1 };

static void make_key_id(u8 id[KOTA_DIGEST_LEN], u16 key)
{
	memset(id, 0x11, KOTA_DIGEST_LEN);
	put_unaligned_le16(key, id + KOTA_DIGEST_LEN - 2);
}

/* A device at 5, and a statement 7 that says nothing yet. */
static struct scene *make_scene(struct kunit *test)
{
	struct scene *s = test_zalloc(test, sizeof(*s));

	s->sec.sequence = cpu_to_le64(5);
	make_manifest(&s->m, 0);
	return s;
}

static void say_revoked(struct scene *s, u16 first, u16 nr)
{
	u16 i;

	s->m.nr_revoked = cpu_to_le16(nr);
	for (i = 0; i < nr; i++)
		make_key_id(s->m.revoked[i], first + i);
}

static void say_retired(struct scene *s, u16 key, u64 last)
{
	s->m.nr_retired = cpu_to_le16(1);
	make_key_id(s->m.retired[0].key_id, key);
	s->m.retired[0].last_sequence = cpu_to_le64(last);
}

static int apply(struct scene *s)
{
	memset(&s->why, 0, sizeof(s->why));
	s->before = s->sec;
	return kota_security_apply(&s->sec, &s->m, digest, &s->why);
}

static u64 last_of(struct scene *s, u16 key)
{
	u8 id[KOTA_DIGEST_LEN];

	make_key_id(id, key);
	return kota_security_last_sequence(&s->sec, id);
}

static bool is_revoked(struct scene *s, u16 key)
{
	u8 id[KOTA_DIGEST_LEN];

	make_key_id(id, key);
	return kota_security_is_revoked(&s->sec, id);
}

static void sequence_and_digest(struct kunit *test)
{
	struct scene *s = make_scene(test);

	KUNIT_EXPECT_EQ(test, apply(s), 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(s->sec.sequence), 7);
	KUNIT_EXPECT_MEMEQ(test, s->sec.manifest, digest, sizeof(digest));
	KUNIT_EXPECT_EQ(test, le16_to_cpu(s->sec.nr_revoked), 0);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(s->sec.nr_retired), 0);
	/* The same again: nothing. */
	KUNIT_EXPECT_EQ(test, apply(s), 0);
	KUNIT_EXPECT_MEMEQ(test, &s->sec, &s->before, sizeof(s->sec));
}

/* Judged when the device was at 5; another one with a higher number came first. */
static void overtaken(struct kunit *test)
{
	struct scene *s = make_scene(test);

	s->sec.sequence = cpu_to_le64(8);
	say_revoked(s, 1, 1);
	EXPECT_REFUSED(test, apply(s), &s->why, ESTALE, KOTA_CAUSE_SEQUENCE);
	KUNIT_EXPECT_MEMEQ(test, &s->sec, &s->before, sizeof(s->sec));
}

static void minimum_only_grows(struct kunit *test)
{
	static const u64 said[] = { 0, 3, 100, 99, 0, U64_MAX, 1 };
	struct scene *s = make_scene(test);
	u64 max = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(said); i++) {
		s->m.min_sequence = cpu_to_le64(said[i]);
		max = max(max, said[i]);
		KUNIT_EXPECT_EQ(test, apply(s), 0);
		KUNIT_EXPECT_EQ(test, le64_to_cpu(s->sec.min_sequence), max);
	}
}

static void revoked_for_good(struct kunit *test)
{
	struct scene *s = make_scene(test);
	u16 key;

	say_revoked(s, 1, 3);
	KUNIT_EXPECT_EQ(test, apply(s), 0);
	/* Two that are known, one of them twice, and a new one. */
	say_revoked(s, 2, 3);
	make_key_id(s->m.revoked[1], 2);
	KUNIT_EXPECT_EQ(test, apply(s), 0);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(s->sec.nr_revoked), 4);
	say_revoked(s, 0, 0);
	KUNIT_EXPECT_EQ(test, apply(s), 0);
	for (key = 0; key < 6; key++)
		KUNIT_EXPECT_EQ(test, is_revoked(s, key), key >= 1 && key <= 4);
}

static void retired_only_sooner(struct kunit *test)
{
	static const u64 said[] = { 50, 60, 40, 45, U64_MAX, 40, 0, 9 };
	struct scene *s = make_scene(test);
	u64 min = U64_MAX;
	size_t i;

	KUNIT_EXPECT_EQ(test, last_of(s, 1), U64_MAX);
	for (i = 0; i < ARRAY_SIZE(said); i++) {
		say_retired(s, 1, said[i]);
		min = min(min, said[i]);
		KUNIT_EXPECT_EQ(test, apply(s), 0);
		KUNIT_EXPECT_EQ(test, last_of(s, 1), min);
	}
	KUNIT_EXPECT_EQ(test, le16_to_cpu(s->sec.nr_retired), 1);
	KUNIT_EXPECT_EQ(test, last_of(s, 2), U64_MAX);
	/* Beyond the count there is nothing. */
	make_key_id(s->sec.retired[1].key_id, 2);
	KUNIT_EXPECT_EQ(test, last_of(s, 2), U64_MAX);
}

static void lists_full(struct kunit *test)
{
	struct scene *s = make_scene(test);
	u16 i;

	for (i = 0; i < KOTA_STATE_MAX_REVOKED; i += KOTA_MAX_REVOKED) {
		say_revoked(s, i, KOTA_MAX_REVOKED);
		KUNIT_EXPECT_EQ(test, apply(s), 0);
	}
	/* What is there already needs no room. */
	KUNIT_EXPECT_EQ(test, apply(s), 0);
	say_revoked(s, 1000, 1);
	EXPECT_REFUSED(test, apply(s), &s->why, EMSGSIZE, KOTA_CAUSE_LENGTH);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(s->sec.nr_revoked),
			KOTA_STATE_MAX_REVOKED);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(s->sec.nr_retired), 0);

	say_revoked(s, 0, 0);
	for (i = 0; i < KOTA_STATE_MAX_RETIRED; i++) {
		say_retired(s, i, 9);
		KUNIT_EXPECT_EQ(test, apply(s), 0);
	}
	say_retired(s, 0, 8);
	KUNIT_EXPECT_EQ(test, apply(s), 0);
	KUNIT_EXPECT_EQ(test, last_of(s, 0), 8);
	say_retired(s, 1000, 9);
	EXPECT_REFUSED(test, apply(s), &s->why, EMSGSIZE, KOTA_CAUSE_LENGTH);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(s->sec.nr_retired),
			KOTA_STATE_MAX_RETIRED);
}

/* What was, a recovery has no use for: a list that is full does not stop it. */
static void recovery_begins_anew(struct kunit *test)
{
	struct scene *s = make_scene(test);
	u16 i;

	for (i = 0; i < KOTA_STATE_MAX_REVOKED; i += KOTA_MAX_REVOKED) {
		say_revoked(s, i, KOTA_MAX_REVOKED);
		KUNIT_EXPECT_EQ(test, apply(s), 0);
	}
	say_revoked(s, 1000, 1);
	s->m.flags = cpu_to_le32(KOTA_FLAG_RECOVERY);
	KUNIT_EXPECT_EQ(test, apply(s), 0);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(s->sec.nr_revoked), 1);
	KUNIT_EXPECT_TRUE(test, is_revoked(s, 1000));
	s->m.sequence = cpu_to_le64(6);
	EXPECT_REFUSED(test, apply(s), &s->why, ESTALE, KOTA_CAUSE_SEQUENCE);
}

/* What a manifest says nothing about stays as it is. */
static void rest_untouched(struct kunit *test)
{
	struct scene *s = make_scene(test);

	s->sec.generation = cpu_to_le32(3);
	s->sec.oldest = cpu_to_le32(2);
	s->sec.flags = cpu_to_le32(KOTA_SECURITY_NV);
	say_revoked(s, 1, 8);
	say_retired(s, 9, 9);
	KUNIT_EXPECT_EQ(test, apply(s), 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(s->sec.generation), 3);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(s->sec.oldest), 2);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(s->sec.flags), KOTA_SECURITY_NV);
}

/* Nobody but kota can have written it: then its numbers count, and its lists do. */
static void inherited_protected(struct kunit *test)
{
	struct kota_state_security *found = test_zalloc(test, sizeof(*found));
	struct scene *s = make_scene(test);

	memset(&s->sec, 0, sizeof(s->sec));
	found->sequence = cpu_to_le64(60);
	found->min_sequence = cpu_to_le64(55);
	memset(found->manifest, 0xd1, sizeof(found->manifest));
	found->nr_revoked = cpu_to_le16(1);
	make_key_id(found->revoked[0], 1);
	kota_security_inherit(&s->sec, found, true);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(s->sec.sequence), 60);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(s->sec.min_sequence), 55);
	KUNIT_EXPECT_MEMEQ(test, s->sec.manifest, found->manifest,
			   sizeof(found->manifest));
	KUNIT_EXPECT_TRUE(test, is_revoked(s, 1));
}

/* A stranger's record: its signers are refused, its counts and numbers not believed. */
static void inherited(struct kunit *test)
{
	struct kota_state_security *found = test_zalloc(test, sizeof(*found));
	struct scene *s = make_scene(test);
	u16 i;

	memset(found, 0xff, sizeof(*found));
	for (i = 0; i < KOTA_STATE_MAX_REVOKED; i++)
		make_key_id(found->revoked[i], i);
	make_key_id(found->retired[0].key_id, 50);
	found->retired[0].last_sequence = cpu_to_le64(3);
	memset(&s->sec, 0, sizeof(s->sec));
	kota_security_inherit(&s->sec, found, false);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(s->sec.nr_revoked),
			KOTA_STATE_MAX_REVOKED);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(s->sec.nr_retired),
			KOTA_STATE_MAX_RETIRED);
	for (i = 0; i < KOTA_STATE_MAX_REVOKED + 1; i++)
		KUNIT_EXPECT_EQ(test, is_revoked(s, i),
				i < KOTA_STATE_MAX_REVOKED);
	KUNIT_EXPECT_EQ(test, last_of(s, 50), 3);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(s->sec.sequence), 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(s->sec.min_sequence), 0);

	memset(&s->sec, 0, sizeof(s->sec));
	found->nr_revoked = cpu_to_le16(2);
	found->nr_retired = 0;
	kota_security_inherit(&s->sec, found, false);
	KUNIT_EXPECT_TRUE(test, is_revoked(s, 1));
	KUNIT_EXPECT_FALSE(test, is_revoked(s, 2));
	KUNIT_EXPECT_EQ(test, last_of(s, 50), U64_MAX);
}

static struct kunit_case security_cases[] = { KUNIT_CASE(sequence_and_digest),
					      KUNIT_CASE(overtaken),
					      KUNIT_CASE(minimum_only_grows),
					      KUNIT_CASE(revoked_for_good),
					      KUNIT_CASE(retired_only_sooner),
					      KUNIT_CASE(lists_full),
					      KUNIT_CASE(rest_untouched),
					      KUNIT_CASE(inherited),
					      KUNIT_CASE(recovery_begins_anew),
					      KUNIT_CASE(inherited_protected),
					      {} };

static struct kunit_suite security_suite = {
	.name = "kota_security",
	.test_cases = security_cases,
};

kunit_test_suite(security_suite);
