// SPDX-License-Identifier: GPL-2.0
/*
 * Copying of a slot to the other one, both in memory: what the record knows of them,
 * and a medium that fails, forgets, or holds something else than was installed.
 */

#include "kota_kunit.h"

#define SLOT_LEN 150000 /* neither chunks nor units */
#define IMAGE_LEN 70001
#define LOG2_CHUNK 12

/* Two slots; @active runs. */
struct fake {
	u8 slot[KOTA_NR_SLOTS][SLOT_LEN];
	u64 unreadable[KOTA_NR_SLOTS]; /* an offset; U64_MAX: none */
	u64 unwritable;
	u64 forgotten; /* is not what was written */
	int begin_err;
	int finish_err;
	u64 finished; /* with so many bytes */
	unsigned int touched;
};

static bool hits(u64 where, u64 pos, size_t len)
{
	return where >= pos && where < pos + len;
}

static int fake_begin(struct kota_target *t, unsigned int slot)
{
	struct fake *f = t->priv;

	f->touched++;
	return f->begin_err;
}

static int fake_write(struct kota_target *t, u64 pos, const u8 *buf, size_t len)
{
	struct fake *f = t->priv;

	if (hits(f->unwritable, pos, len))
		return -EIO;
	memcpy(f->slot[t->slot] + pos, buf, len);
	if (hits(f->forgotten, pos, len))
		f->slot[t->slot][f->forgotten] ^= 1;
	return 0;
}

static int fake_finish(struct kota_target *t, u64 len)
{
	struct fake *f = t->priv;

	f->finished = len;
	memset(f->slot[t->slot] + len, 0xff, SLOT_LEN - len);
	return f->finish_err;
}

static int fake_peek(struct kota_target *t, unsigned int slot, u64 pos, u8 *buf,
		     size_t len)
{
	struct fake *f = t->priv;

	if (hits(f->unreadable[slot], pos, len))
		return -EIO;
	memcpy(buf, f->slot[slot] + pos, len);
	return 0;
}

static int fake_read(struct kota_target *t, u64 pos, u8 *buf, size_t len)
{
	return fake_peek(t, t->slot, pos, buf, len);
}

static const struct kota_target_ops fake_ops = {
	.begin = fake_begin,
	.write = fake_write,
	.finish = fake_finish,
	.read = fake_read,
	.peek = fake_peek,
};

struct scene {
	struct kota_target target;
	struct kota_state_record *rec;
	struct fake *fake;
	struct kota_copy copy;
	struct kota_refusal why;
};

/* Slot a runs, slot b holds the same bytes, and the record knows nothing. */
static struct scene *make_scene(struct kunit *test)
{
	struct scene *sc = test_zalloc(test, sizeof(*sc));
	struct fake *f = test_zalloc(test, sizeof(*f));
	u32 i;

	for (i = 0; i < SLOT_LEN; i++)
		f->slot[0][i] = i * 11 + (i >> 9) + 3;
	memcpy(f->slot[1], f->slot[0], SLOT_LEN);
	f->unreadable[0] = U64_MAX;
	f->unreadable[1] = U64_MAX;
	f->unwritable = U64_MAX;
	f->forgotten = U64_MAX;
	strscpy(sc->target.name, "app", sizeof(sc->target.name));
	sc->target.ops = &fake_ops;
	sc->target.priv = f;
	sc->target.capacity[0] = SLOT_LEN;
	sc->target.capacity[1] = SLOT_LEN;
	sc->rec = test_zalloc(test, sizeof(*sc->rec));
	sc->fake = f;
	return sc;
}

/* What the record is to say of a slot: the image of slot a, as it is now. */
static struct kota_state_slot *know(struct kunit *test, struct scene *sc,
				    unsigned int slot)
{
	struct kota_state_slot *entry =
		kota_state_make_slot(sc->rec, "app", slot);
	struct crypto_shash *tfm = kota_digest_open(KOTA_DIGEST_SHA256);
	u32 pos, len;

	KUNIT_ASSERT_FALSE(test, IS_ERR(tfm));
	memset(entry, 0, sizeof(*entry));
	entry->state = KOTA_SLOT_STATE_COMPLETE;
	entry->log2_chunk = LOG2_CHUNK;
	entry->digest = KOTA_DIGEST_SHA256;
	entry->size = cpu_to_le64(IMAGE_LEN);
	strscpy(entry->version, "1.0", sizeof(entry->version));
	for (pos = 0; pos < IMAGE_LEN; pos += len) {
		struct kvec part = { sc->fake->slot[0] + pos, 0 };
		u8 digest[KOTA_DIGEST_LEN];

		len = min_t(u32, 1U << LOG2_CHUNK, IMAGE_LEN - pos);
		part.iov_len = len;
		KUNIT_EXPECT_EQ(test, kota_digest(tfm, &part, 1, digest), 0);
		KUNIT_EXPECT_EQ(test,
				kota_digest_chain(tfm, entry->content, digest),
				0);
	}
	kota_digest_close(tfm);
	return entry;
}

static int compare(struct scene *sc)
{
	memset(&sc->why, 0, sizeof(sc->why));
	kota_copy_init(&sc->copy, &sc->target, 1, sc->rec);
	return kota_copy_compare(&sc->copy, &sc->why);
}

static void not_known(struct kunit *test)
{
	struct scene *sc = make_scene(test);

	KUNIT_EXPECT_EQ(test, compare(sc), 0);
	KUNIT_EXPECT_FALSE(test, sc->copy.known);
	KUNIT_EXPECT_TRUE(test, sc->copy.same);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(sc->copy.entry.size), SLOT_LEN);
	KUNIT_EXPECT_EQ(test, sc->copy.entry.state, KOTA_SLOT_STATE_COMPLETE);
	/* The first byte, the last one: all that it can hold counts. */
	sc->fake->slot[1][0] ^= 1;
	KUNIT_EXPECT_EQ(test, compare(sc), 0);
	KUNIT_EXPECT_FALSE(test, sc->copy.same);
	sc->fake->slot[1][0] ^= 1;
	sc->fake->slot[1][SLOT_LEN - 1] ^= 0x80;
	KUNIT_EXPECT_EQ(test, compare(sc), 0);
	KUNIT_EXPECT_FALSE(test, sc->copy.same);
	KUNIT_EXPECT_EQ(test, sc->fake->touched, 0);
}

/* An entry of nonsense is as good as none; nor is one that is not complete. */
static void not_believed(struct kunit *test)
{
	static const u8 wrong[] = { 0, KOTA_MIN_LOG2_CHUNK - 1,
				    KOTA_MAX_LOG2_CHUNK + 1, 64, 255 };
	struct scene *sc = make_scene(test);
	struct kota_state_slot *entry = know(test, sc, 0);
	size_t i;

	KUNIT_EXPECT_EQ(test, compare(sc), 0);
	KUNIT_EXPECT_TRUE(test, sc->copy.known);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		entry->log2_chunk = wrong[i];
		KUNIT_EXPECT_EQ(test, compare(sc), 0);
		KUNIT_EXPECT_FALSE(test, sc->copy.known);
	}
	for (i = KOTA_MIN_LOG2_CHUNK; i <= KOTA_MAX_LOG2_CHUNK; i++) {
		entry->log2_chunk = i;
		kota_copy_init(&sc->copy, &sc->target, 1, sc->rec);
		KUNIT_EXPECT_TRUE(test, sc->copy.known);
	}
	entry->state = KOTA_SLOT_STATE_INCOMPLETE;
	KUNIT_EXPECT_EQ(test, compare(sc), 0);
	KUNIT_EXPECT_FALSE(test, sc->copy.known);
}

/* Only an image of that size, and whole, has nothing behind it. */
static void same(struct kunit *test)
{
	struct scene *sc = make_scene(test);
	struct kota_state_slot *other;

	know(test, sc, 0);
	KUNIT_EXPECT_EQ(test, compare(sc), 0);
	KUNIT_EXPECT_FALSE(test, sc->copy.same);
	other = know(test, sc, 1);
	KUNIT_EXPECT_EQ(test, compare(sc), 0);
	KUNIT_EXPECT_TRUE(test, sc->copy.same);
	other->size = cpu_to_le64(IMAGE_LEN + 1);
	KUNIT_EXPECT_EQ(test, compare(sc), 0);
	KUNIT_EXPECT_FALSE(test, sc->copy.same);
	other->size = cpu_to_le64(IMAGE_LEN);
	other->state = KOTA_SLOT_STATE_INCOMPLETE;
	KUNIT_EXPECT_EQ(test, compare(sc), 0);
	KUNIT_EXPECT_FALSE(test, sc->copy.same);
	other->state = KOTA_SLOT_STATE_COMPLETE;
	sc->fake->slot[1][IMAGE_LEN - 1] ^= 1;
	KUNIT_EXPECT_EQ(test, compare(sc), 0);
	KUNIT_EXPECT_FALSE(test, sc->copy.same);
	sc->fake->slot[1][IMAGE_LEN - 1] ^= 1;
	sc->fake->slot[1][IMAGE_LEN] ^= 1;
	KUNIT_EXPECT_EQ(test, compare(sc), 0);
	KUNIT_EXPECT_TRUE(test, sc->copy.same);
}

/* Byte for byte the same, but nobody knows how it came about. */
static void cut_off_is_not_the_same(struct kunit *test)
{
	struct scene *sc = make_scene(test);
	struct kota_state_slot *other = know(test, sc, 1);

	other->state = KOTA_SLOT_STATE_INCOMPLETE;
	KUNIT_EXPECT_EQ(test, compare(sc), 0);
	KUNIT_EXPECT_FALSE(test, sc->copy.same);
	KUNIT_EXPECT_FALSE(test, sc->target.sound[1]);
	other->state = KOTA_SLOT_STATE_UNKNOWN;
	KUNIT_EXPECT_EQ(test, compare(sc), 0);
	KUNIT_EXPECT_TRUE(test, sc->copy.same);
	KUNIT_EXPECT_FALSE(test, sc->target.sound[1]);
	other->state = KOTA_SLOT_STATE_COMPLETE;
	KUNIT_EXPECT_EQ(test, compare(sc), 0);
	KUNIT_EXPECT_TRUE(test, sc->target.sound[1]);
	KUNIT_EXPECT_FALSE(test, sc->target.sound[0]);
}

static void source_changed(struct kunit *test)
{
	static const u32 at[] = { 0, 4095, 4096, IMAGE_LEN - 1 };
	struct scene *sc = make_scene(test);
	size_t i;

	know(test, sc, 0);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		sc->fake->slot[0][at[i]] ^= 1;
		EXPECT_REFUSED(test, compare(sc), &sc->why, ELIBBAD,
			       KOTA_CAUSE_SOURCE);
		sc->fake->slot[0][at[i]] ^= 1;
	}
	/* Behind the image anybody's bytes may be. */
	sc->fake->slot[0][IMAGE_LEN] ^= 1;
	KUNIT_EXPECT_EQ(test, compare(sc), 0);
	KUNIT_EXPECT_EQ(test, sc->fake->touched, 0);
}

static void unreadable(struct kunit *test)
{
	struct scene *sc = make_scene(test);

	sc->fake->unreadable[0] = SLOT_LEN - 1;
	EXPECT_REFUSED(test, compare(sc), &sc->why, EIO, KOTA_CAUSE_MEDIUM);
	sc->fake->unreadable[0] = U64_MAX;
	sc->fake->unreadable[1] = 0;
	KUNIT_EXPECT_EQ(test, compare(sc), 0);
	KUNIT_EXPECT_FALSE(test, sc->copy.same);
}

static void does_not_fit(struct kunit *test)
{
	struct scene *sc = make_scene(test);

	sc->target.capacity[1] = SLOT_LEN - 1;
	EXPECT_REFUSED(test, compare(sc), &sc->why, EFBIG, KOTA_CAUSE_SIZE);
	/* The image alone does. */
	know(test, sc, 0);
	sc->target.capacity[1] = IMAGE_LEN;
	KUNIT_EXPECT_EQ(test, compare(sc), 0);
	sc->target.capacity[1] = IMAGE_LEN - 1;
	EXPECT_REFUSED(test, compare(sc), &sc->why, EFBIG, KOTA_CAUSE_SIZE);
}

/* An older image in slot b, and what the record knows of slot a goes along. */
static struct scene *make_stale(struct kunit *test)
{
	struct scene *sc = make_scene(test);

	know(test, sc, 0);
	memset(sc->fake->slot[1], 0xee, SLOT_LEN);
	KUNIT_ASSERT_EQ(test, compare(sc), 0);
	KUNIT_ASSERT_FALSE(test, sc->copy.same);
	return sc;
}

static int run(struct scene *sc)
{
	memset(&sc->why, 0, sizeof(sc->why));
	sc->target.writing = false;
	return kota_copy_run(&sc->copy, &sc->why);
}

static void copied(struct kunit *test)
{
	struct scene *sc = make_stale(test);

	KUNIT_EXPECT_EQ(test, run(sc), 0);
	KUNIT_EXPECT_TRUE(test, sc->copy.begun);
	KUNIT_EXPECT_EQ(test, sc->fake->touched, 1);
	KUNIT_EXPECT_EQ(test, sc->target.slot, 1);
	KUNIT_EXPECT_EQ(test, sc->fake->finished, IMAGE_LEN);
	KUNIT_EXPECT_MEMEQ(test, sc->fake->slot[1], sc->fake->slot[0],
			   IMAGE_LEN);
	KUNIT_EXPECT_MEMEQ(test, &sc->copy.entry,
			   kota_state_find_slot(sc->rec, "app", 0),
			   sizeof(sc->copy.entry));
}

static void medium_fails(struct kunit *test)
{
	struct scene *sc = make_stale(test);
	struct fake *f = sc->fake;

	f->begin_err = -EIO;
	EXPECT_REFUSED(test, run(sc), &sc->why, EIO, KOTA_CAUSE_MEDIUM);
	KUNIT_EXPECT_FALSE(test, sc->copy.begun);
	f->begin_err = 0;
	f->unwritable = IMAGE_LEN - 1;
	EXPECT_REFUSED(test, run(sc), &sc->why, EIO, KOTA_CAUSE_MEDIUM);
	KUNIT_EXPECT_TRUE(test, sc->copy.begun);
	f->unwritable = U64_MAX;
	f->unreadable[0] = 5000;
	EXPECT_REFUSED(test, run(sc), &sc->why, EIO, KOTA_CAUSE_MEDIUM);
	f->unreadable[0] = U64_MAX;
	f->unreadable[1] = IMAGE_LEN - 1;
	EXPECT_REFUSED(test, run(sc), &sc->why, EIO, KOTA_CAUSE_MEDIUM);
	f->unreadable[1] = U64_MAX;
	f->finish_err = -EIO;
	EXPECT_REFUSED(test, run(sc), &sc->why, EIO, KOTA_CAUSE_MEDIUM);
	f->finish_err = 0;
	KUNIT_EXPECT_EQ(test, run(sc), 0);
}

/* What was written is read back; and what is read now was compared before. */
static void other_bytes(struct kunit *test)
{
	struct scene *sc = make_stale(test);

	sc->fake->forgotten = IMAGE_LEN - 1;
	EXPECT_REFUSED(test, run(sc), &sc->why, EREMOTEIO, KOTA_CAUSE_REVERIFY);
	sc->fake->forgotten = U64_MAX;
	sc->fake->slot[0][4096] ^= 1;
	EXPECT_REFUSED(test, run(sc), &sc->why, EREMOTEIO, KOTA_CAUSE_REVERIFY);
	sc->fake->slot[0][4096] ^= 1;
	KUNIT_EXPECT_EQ(test, run(sc), 0);
}

static struct kunit_case copy_cases[] = { KUNIT_CASE(not_known),
					  KUNIT_CASE(not_believed),
					  KUNIT_CASE(same),
					  KUNIT_CASE(cut_off_is_not_the_same),
					  KUNIT_CASE(source_changed),
					  KUNIT_CASE(unreadable),
					  KUNIT_CASE(does_not_fit),
					  KUNIT_CASE(copied),
					  KUNIT_CASE(medium_fails),
					  KUNIT_CASE(other_bytes),
					  {} };

static struct kunit_suite copy_suite = {
	.name = "kota_copy",
	.test_cases = copy_cases,
};

kunit_test_suite(copy_suite);
