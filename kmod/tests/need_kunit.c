// SPDX-License-Identifier: GPL-2.0
/*
 * What is still wanted of a stream, byte for byte, from slots that are memory; the
 * count of attempts; envelopes that were given ahead.
 */

#include "kota_kunit.h"

#define UNIT SZ_16K
#define SLOT_LEN (8 * UNIT)
#define FRAMES_AT 1000 /* where the frames begin in the deliverable */
#define FRAME(n) ((u64)sizeof(struct kota_frame) + (n) + KOTA_TAG_LEN)

/* Two slots in memory, of which some bytes can't be read. */
struct fake {
	u8 slot[KOTA_NR_SLOTS][SLOT_LEN];
	u64 broken;
	unsigned int peeks;
};

static int fake_peek(struct kota_target *t, unsigned int slot, u64 pos, u8 *buf,
		     size_t len)
{
	struct fake *f = t->priv;

	f->peeks++;
	if (f->broken >= pos && f->broken < pos + len)
		return -EIO;
	memcpy(buf, f->slot[slot] + pos, len);
	return 0;
}

static const struct kota_target_ops fake_ops = {
	.peek = fake_peek,
};

static const struct kota_target_ops fading_ops = {
	.peek = fake_peek,
	.fades = true,
};

/* An image, its table, and a target whose slots hold nothing of it. */
struct scene {
	struct kota_image image;
	struct kota_image_shape shape;
	struct kota_target target;
	struct kota_job job;
	struct fake *fake;
	u8 *bytes;
	u8 *buf;
};

static void close_scene(void *p)
{
	struct scene *sc = p;

	kvfree(sc->job.plan);
	kota_digest_close(sc->job.digest);
}

static struct scene *make_scene(struct kunit *test, u64 size, u8 log2_chunk,
				u32 unit)
{
	struct scene *sc = test_zalloc(test, sizeof(*sc));
	struct kota_refusal why;
	struct kota_chunk *entry;
	u32 i;

	make_image(&sc->image, "app", size, log2_chunk, KOTA_COMPRESSION_NONE);
	KUNIT_ASSERT_EQ(test, kota_manifest_shape(&sc->image, &sc->shape, &why),
			0);
	sc->fake = test_zalloc(test, sizeof(*sc->fake));
	sc->bytes = test_zalloc(test, size);
	sc->buf = test_zalloc(test, 1U << log2_chunk);
	for (i = 0; i < size; i++)
		sc->bytes[i] = i * 7 + (i >> 8) + 1;
	sc->fake->broken = U64_MAX;
	sc->target.ops = &fake_ops;
	sc->target.priv = sc->fake;
	sc->target.capacity[0] = SLOT_LEN;
	sc->target.capacity[1] = SLOT_LEN;
	sc->target.unit[0] = unit;
	sc->target.unit[1] = unit;

	sc->job.image = &sc->image;
	sc->job.shape = &sc->shape;
	sc->job.target = &sc->target;
	sc->job.slot = 1;
	sc->job.table = test_zalloc(test, sc->shape.table_len);
	sc->job.digest = kota_digest_open(KOTA_DIGEST_SHA256);
	KUNIT_ASSERT_FALSE(test, IS_ERR(sc->job.digest));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, close_scene, sc),
			0);
	entry = (void *)(sc->job.table + sizeof(struct kota_table));
	for (i = 0; i < sc->shape.nr_chunks; i++) {
		u32 len = kota_manifest_chunk_len(&sc->image, i);

		entry[i].stored_len = cpu_to_le32(len);
		KUNIT_ASSERT_EQ(
			test,
			kota_digest_once(KOTA_DIGEST_SHA256,
					 sc->bytes + ((u64)i << log2_chunk),
					 len, entry[i].stored),
			0);
	}
	return sc;
}

/* Bytes of the image into a slot, as an install that was cut off left them. */
static void put(struct scene *sc, unsigned int slot, size_t from, size_t to)
{
	memcpy(sc->fake->slot[slot] + from, sc->bytes + from, to - from);
}

/* The plan as text: S, K, C. */
static const char *plan_of(struct kunit *test, struct scene *sc, bool keep)
{
	char *text = test_zalloc(test, sc->shape.nr_chunks + 1);
	u32 i;

	KUNIT_ASSERT_EQ(test, kota_need_scan(&sc->job, keep, sc->buf), 0);
	for (i = 0; i < sc->shape.nr_chunks; i++)
		text[i] = "SKC"[sc->job.plan[i]];
	return text;
}

static void nothing_is_there(struct kunit *test)
{
	struct scene *sc = make_scene(test, 3 * UNIT, 12, UNIT);

	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SSSSSSSSSSSS");
}

static void kept_in_whole_units(struct kunit *test)
{
	struct scene *sc = make_scene(test, 4 * UNIT, 12, UNIT);

	/* The first unit never; the third lacks its last byte. */
	put(sc, 1, 0, 3 * UNIT - 1);
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SSSSKKKKSSSSSSSS");
	put(sc, 1, 0, 3 * UNIT);
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SSSSKKKKKKKKSSSS");
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, false), "SSSSSSSSSSSSSSSS");
}

static void kept_in_whole_chunks(struct kunit *test)
{
	struct scene *sc = make_scene(test, 8 * UNIT, 15, UNIT);

	put(sc, 1, 0, 7 * UNIT);
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SKKS");
}

/* Which one was being written when power went is not known: the last of each row. */
static void cut_on_flash(struct kunit *test)
{
	struct scene *sc = make_scene(test, 8 * UNIT, 13, UNIT);

	sc->target.ops = &fading_ops;
	put(sc, 1, 0, 4 * UNIT);
	put(sc, 1, 5 * UNIT, 6 * UNIT);
	put(sc, 1, 7 * UNIT, 8 * UNIT);
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SSKKKKSSSSSSSSSS");
	put(sc, 1, 0, 8 * UNIT);
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SSKKKKKKKKKKKKSS");
	put(sc, 0, 7 * UNIT, 8 * UNIT);
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SSKKKKKKKKKKKKCC");
	/* Of the other slot nothing is said. */
	sc->target.sound[0] = true;
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SSKKKKKKKKKKKKCC");
	sc->target.sound[1] = true;
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SSKKKKKKKKKKKKKK");
	/* Chunks of more than a unit, and an end that is always wanted. */
	sc = make_scene(test, 7 * UNIT + 1, 15, UNIT);
	sc->target.ops = &fading_ops;
	put(sc, 1, 0, 7 * UNIT + 1);
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SKSS");
	sc->target.sound[1] = true;
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SKKS");
}

/* What lies behind the image in its last unit is not known. */
static void ragged_end(struct kunit *test)
{
	struct scene *sc = make_scene(test, 3 * UNIT - 1, 12, UNIT);

	put(sc, 1, 0, 3 * UNIT - 1);
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SSSSKKKKSSSS");
	sc = make_scene(test, 2 * UNIT + 1, 12, UNIT);
	put(sc, 1, 0, 2 * UNIT + 1);
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SSSSKKKKS");
	/* Chunks of two units, the last of one and a half, then of one. */
	sc = make_scene(test, 5 * UNIT + UNIT / 2, 15, UNIT);
	put(sc, 1, 0, 5 * UNIT + UNIT / 2);
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SKS");
	sc = make_scene(test, 5 * UNIT, 15, UNIT);
	put(sc, 1, 0, 5 * UNIT);
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SKK");
}

/* Neither divides the other, or there are no units: nothing is kept. */
static void units_that_do_not_fit(struct kunit *test)
{
	struct scene *sc = make_scene(test, 4 * UNIT, 14, 3 * SZ_4K + 1);

	put(sc, 1, 0, 4 * UNIT);
	KUNIT_EXPECT_EQ(test, kota_need_group(&sc->job), 0);
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SSSS");
	sc->target.unit[1] = 0;
	KUNIT_EXPECT_EQ(test, kota_need_group(&sc->job), 0);
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SSSS");
	sc->target.unit[1] = SZ_4K;
	KUNIT_EXPECT_EQ(test, kota_need_group(&sc->job), 1);
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SKKK");
	/* Not a power of two, but of whole chunks. */
	sc = make_scene(test, 4 * UNIT, 12, 3 * SZ_4K);
	KUNIT_EXPECT_EQ(test, kota_need_group(&sc->job), 3);
	put(sc, 1, 0, 4 * UNIT);
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SSSKKKKKKKKKKKKS");
}

static void copied_from_the_other(struct kunit *test)
{
	struct scene *sc = make_scene(test, 3 * UNIT - 5, 12, UNIT);

	put(sc, 0, SZ_4K, 2 * SZ_4K);
	put(sc, 0, 2 * UNIT, 3 * UNIT - 5);
	put(sc, 1, UNIT, 2 * UNIT);
	put(sc, 0, UNIT, 2 * UNIT);
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SCSSKKKKCCCC");
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, false), "SCSSCCCCCCCC");
	/* At another place it is of no use. */
	memset(sc->fake->slot[0], 0, SLOT_LEN);
	memcpy(sc->fake->slot[0] + SZ_8K, sc->bytes + SZ_4K, SZ_4K);
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "SSSSKKKKSSSS");
}

/* Who was to be told is killed: nobody knows of a plan, so there is none. */
static void interrupted(struct kunit *test)
{
	struct scene *sc = make_scene(test, 4 * UNIT, 12, UNIT);
	struct kota_session *s = test_zalloc(test, sizeof(*s));

	put(sc, 1, 0, 4 * UNIT);
	s->manifest = test_zalloc(test, sizeof(*s->manifest));
	s->jobs = &sc->job;
	s->nr_jobs = 1;
	sigaddset(&current->pending.signal, SIGKILL);
	set_thread_flag(TIF_SIGPENDING);
	KUNIT_EXPECT_EQ(test, kota_install_ask(s), -EINTR);
	sigdelset(&current->pending.signal, SIGKILL);
	clear_thread_flag(TIF_SIGPENDING);
	KUNIT_EXPECT_NULL(test, sc->job.plan);
	KUNIT_EXPECT_EQ(test, kota_install_ask(s), 0);
	KUNIT_EXPECT_NOT_NULL(test, sc->job.plan);
	kvfree(s->spare);
}

static void unreadable(struct kunit *test)
{
	struct scene *sc = make_scene(test, 3 * UNIT, 12, UNIT);

	put(sc, 1, 0, 3 * UNIT);
	put(sc, 0, 0, 3 * UNIT);
	sc->fake->broken = UNIT + SZ_4K + 9;
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "CCCCCSCCKKKK");
	/* A slot that is shorter than the image. */
	sc->fake->broken = U64_MAX;
	sc->target.capacity[0] = SZ_8K;
	KUNIT_EXPECT_STREQ(test, plan_of(test, sc, true), "CCSSKKKKKKKK");
}

/* The next range is this one. */
static void expect_range(struct kunit *test, const struct kota_job *jobs,
			 unsigned int nr, struct kota_need *at, u64 pos,
			 u64 len)
{
	struct kota_range range = {};

	KUNIT_ASSERT_TRUE(test, kota_need_next(jobs, nr, at, &range));
	KUNIT_EXPECT_EQ(test, range.pos, pos);
	KUNIT_EXPECT_EQ(test, range.len, len);
}

static void expect_over(struct kunit *test, const struct kota_job *jobs,
			unsigned int nr, struct kota_need *at)
{
	struct kota_range range;

	KUNIT_EXPECT_FALSE(test, kota_need_next(jobs, nr, at, &range));
	KUNIT_EXPECT_FALSE(test, kota_need_next(jobs, nr, at, &range));
}

/* Two images of 3 chunks each, the second one's last chunk has 100 bytes. */
static struct kota_job *make_jobs(struct kunit *test)
{
	struct kota_job *jobs = test_zalloc(test, 2 * sizeof(*jobs));
	struct scene *one = make_scene(test, 3 * SZ_4K, 12, UNIT);
	struct scene *two = make_scene(test, 2 * SZ_4K + 100, 12, UNIT);

	jobs[0] = one->job;
	jobs[1] = two->job;
	return jobs;
}

static void all_is_one_range(struct kunit *test)
{
	struct kota_job *jobs = make_jobs(test);
	struct kota_need at = { .pos = FRAMES_AT };
	u64 all = 5 * FRAME(SZ_4K) + FRAME(100) + 16;

	KUNIT_EXPECT_EQ(test, kota_need_sum(jobs, 2), all);
	expect_range(test, jobs, 2, &at, FRAMES_AT, all);
	expect_over(test, jobs, 2, &at);
}

static void ranges_are_exact(struct kunit *test)
{
	u8 one[] = { KOTA_SOURCE_STREAM, KOTA_SOURCE_KEEP, KOTA_SOURCE_STREAM };
	u8 two[] = { KOTA_SOURCE_STREAM, KOTA_SOURCE_COPY, KOTA_SOURCE_COPY };
	struct kota_job *jobs = make_jobs(test);
	struct kota_need at = { .pos = FRAMES_AT };
	u64 end = FRAMES_AT + 5 * FRAME(SZ_4K) + FRAME(100);

	jobs[0].plan = one;
	jobs[1].plan = two;
	expect_range(test, jobs, 2, &at, FRAMES_AT, FRAME(SZ_4K));
	/* Across the border of the images. */
	expect_range(test, jobs, 2, &at, FRAMES_AT + 2 * FRAME(SZ_4K),
		     2 * FRAME(SZ_4K));
	expect_range(test, jobs, 2, &at, end, 16);
	expect_over(test, jobs, 2, &at);
	KUNIT_EXPECT_EQ(test, kota_need_sum(jobs, 2), 3 * FRAME(SZ_4K) + 16);

	/* END belongs to what is before it. */
	two[2] = KOTA_SOURCE_STREAM;
	one[0] = KOTA_SOURCE_KEEP;
	at = (struct kota_need){ .pos = FRAMES_AT };
	expect_range(test, jobs, 2, &at, FRAMES_AT + 2 * FRAME(SZ_4K),
		     2 * FRAME(SZ_4K));
	expect_range(test, jobs, 2, &at, end - FRAME(100), FRAME(100) + 16);
	expect_over(test, jobs, 2, &at);
}

static void nothing_but_end(struct kunit *test)
{
	u8 none[] = { KOTA_SOURCE_KEEP, KOTA_SOURCE_COPY, KOTA_SOURCE_COPY };
	struct kota_job *jobs = make_jobs(test);
	struct kota_need at = { .pos = FRAMES_AT };

	jobs[0].plan = none;
	jobs[1].plan = none;
	KUNIT_EXPECT_EQ(test, kota_need_sum(jobs, 2), 16);
	expect_range(test, jobs, 2, &at,
		     FRAMES_AT + 5 * FRAME(SZ_4K) + FRAME(100), 16);
	expect_over(test, jobs, 2, &at);
	/* A statement has no images at all. */
	at = (struct kota_need){ .pos = FRAMES_AT };
	expect_range(test, NULL, 0, &at, FRAMES_AT, 16);
	expect_over(test, NULL, 0, &at);
}

static void attempts(struct kunit *test)
{
	struct kota_state_attempts a = {};
	struct kota_refusal why = {};
	int i;

	for (i = 0; i < KOTA_MAX_ATTEMPTS; i++)
		KUNIT_EXPECT_EQ(test, kota_need_attempt(&a, 7, 5000, &why), 0);
	EXPECT_REFUSED(test, kota_need_attempt(&a, 7, 5000, &why), &why, EDQUOT,
		       KOTA_CAUSE_ATTEMPTS);
	EXPECT_REFUSED(test, kota_need_attempt(&a, 7, 6000, &why), &why, EDQUOT,
		       KOTA_CAUSE_ATTEMPTS);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(a.nr), KOTA_MAX_ATTEMPTS);
	/* Less than ever; then more again, which is no progress. */
	KUNIT_EXPECT_EQ(test, kota_need_attempt(&a, 7, 4999, &why), 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(a.nr), 1);
	for (i = 1; i < KOTA_MAX_ATTEMPTS; i++)
		KUNIT_EXPECT_EQ(
			test,
			kota_need_attempt(&a, 7, i % 2 ? 9000 : 4999, &why), 0);
	EXPECT_REFUSED(test, kota_need_attempt(&a, 7, 4999, &why), &why, EDQUOT,
		       KOTA_CAUSE_ATTEMPTS);
	/* A later one begins anew. */
	KUNIT_EXPECT_EQ(test, kota_need_attempt(&a, 8, 9000, &why), 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(a.nr), 1);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(a.wanted), 9000);
}

/* Two that take turns have one count; so has one with the number of another. */
static void attempts_in_turn(struct kunit *test)
{
	struct kota_state_attempts a = {};
	struct kota_refusal why = {};
	int i;

	KUNIT_EXPECT_EQ(test, kota_need_attempt(&a, 7, 5000, &why), 0);
	for (i = 0; i < KOTA_MAX_ATTEMPTS; i++)
		KUNIT_EXPECT_EQ_MSG(
			test, kota_need_attempt(&a, 8 - i % 2, 5000, &why), 0,
			"%d", i);
	EXPECT_REFUSED(test, kota_need_attempt(&a, 7, 5000, &why), &why, EDQUOT,
		       KOTA_CAUSE_ATTEMPTS);
	EXPECT_REFUSED(test, kota_need_attempt(&a, 8, 5000, &why), &why, EDQUOT,
		       KOTA_CAUSE_ATTEMPTS);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(a.sequence), 8);
	KUNIT_EXPECT_EQ(test, kota_need_attempt(&a, 9, 5000, &why), 0);
}

static void close_ahead(void *p)
{
	kota_ahead_close(p);
}

/* An envelope that can be told from others by its first byte of content. */
static int add(struct kota_ahead *ahead, u8 mark, int more, u32 reserved)
{
	u8 data[sizeof(struct kota_envelope) + 8 + KOTA_WRAPPED_LEN + 1] = {};
	struct kota_envelope *env = (void *)data;

	env->enc_len = cpu_to_le16(8);
	env->reserved = cpu_to_le32(reserved);
	env->device[0] = mark;
	return kota_ahead_add(ahead, data, sizeof(data) - 1 + more);
}

static int mark_of(struct kota_ahead *ahead, unsigned int idx)
{
	struct kota_envelope *env = kota_ahead_get(ahead, idx);
	int mark = env ? env->device[0] : -1;

	kfree(env);
	return mark;
}

static void ahead(struct kunit *test)
{
	struct kota_ahead *ahead = test_zalloc(test, sizeof(*ahead));
	u8 i;

	kota_ahead_open(ahead);
	KUNIT_ASSERT_EQ(test,
			kunit_add_action_or_reset(test, close_ahead, ahead), 0);
	KUNIT_EXPECT_EQ(test, kota_ahead_count(ahead), 0);
	KUNIT_EXPECT_EQ(test, mark_of(ahead, 0), -1);
	KUNIT_EXPECT_EQ(test, add(ahead, 1, 1, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, add(ahead, 1, -1, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, add(ahead, 1, 0, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, kota_ahead_add(ahead, "", 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, kota_ahead_count(ahead), 0);
	for (i = 1; i <= KOTA_MAX_ENVELOPES_AHEAD; i++)
		KUNIT_EXPECT_EQ(test, add(ahead, i, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, mark_of(ahead, 0), 16);
	KUNIT_EXPECT_EQ(test, mark_of(ahead, 15), 1);
	KUNIT_EXPECT_EQ(test, add(ahead, 17, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, kota_ahead_count(ahead),
			KOTA_MAX_ENVELOPES_AHEAD);
	KUNIT_EXPECT_EQ(test, mark_of(ahead, 0), 17);
	KUNIT_EXPECT_EQ(test, mark_of(ahead, 15), 2);
	KUNIT_EXPECT_EQ(test, mark_of(ahead, 16), -1);
}

static struct kunit_case need_cases[] = {
	KUNIT_CASE(nothing_is_there),
	KUNIT_CASE(kept_in_whole_units),
	KUNIT_CASE(kept_in_whole_chunks),
	KUNIT_CASE(cut_on_flash),
	KUNIT_CASE(ragged_end),
	KUNIT_CASE(units_that_do_not_fit),
	KUNIT_CASE(copied_from_the_other),
	KUNIT_CASE(interrupted),
	KUNIT_CASE(unreadable),
	KUNIT_CASE(all_is_one_range),
	KUNIT_CASE(ranges_are_exact),
	KUNIT_CASE(nothing_but_end),
	KUNIT_CASE(attempts),
	KUNIT_CASE(attempts_in_turn),
	KUNIT_CASE(ahead),
	{},
};

static struct kunit_suite need_suite = {
	.name = "kota_need",
	.test_cases = need_cases,
};

kunit_test_suite(need_suite);
