// SPDX-License-Identifier: GPL-2.0
/*
 * Slots on NOR, of a flash that counts its erases: a block that looks blank is
 * erased or not, by what is known of how the slot was left.
 */

#include <linux/mtd/mtd.h>

#include "kota_kunit.h"

#define BLOCK SZ_4K
#define NR_BLOCKS 6
#define SLOT_LEN (NR_BLOCKS * BLOCK)
#define IMAGE_LEN (2 * BLOCK + 100)

/* One slot: bytes, erases of each block, and the one that can't be erased. */
struct fake {
	struct mtd_info mtd;
	u8 bytes[SLOT_LEN];
	unsigned int erases[NR_BLOCKS];
	unsigned int broken;
};

static int fake_erase(struct mtd_info *mtd, struct erase_info *erase)
{
	struct fake *f = mtd->priv;
	unsigned int block = div_u64(erase->addr, BLOCK);

	f->erases[block]++;
	if (block == f->broken)
		return -EIO;
	memset(f->bytes + erase->addr, 0xff, erase->len);
	return 0;
}

static int fake_read(struct mtd_info *mtd, loff_t pos, size_t len, size_t *done,
		     u_char *buf)
{
	struct fake *f = mtd->priv;

	memcpy(buf, f->bytes + pos, len);
	*done = len;
	return 0;
}

/* Bits go down only. */
static int fake_write(struct mtd_info *mtd, loff_t pos, size_t len,
		      size_t *done, const u_char *buf)
{
	struct fake *f = mtd->priv;
	size_t i;

	for (i = 0; i < len; i++)
		f->bytes[pos + i] &= buf[i];
	*done = len;
	return 0;
}

struct scene {
	struct kota_target target;
	struct mtd_target slots;
	struct fake *fake;
	u8 image[IMAGE_LEN];
};

static void close_scene(void *p)
{
	struct scene *sc = p;

	if (sc->target.writing)
		kota_target_abort(&sc->target);
}

/* Slot b is blank. */
static struct scene *make_scene(struct kunit *test, bool sound)
{
	struct scene *sc = test_zalloc(test, sizeof(*sc));
	struct fake *f = test_zalloc(test, sizeof(*f));

	f->mtd.type = MTD_NORFLASH;
	f->mtd.flags = MTD_CAP_NORFLASH;
	f->mtd.size = SLOT_LEN;
	f->mtd.erasesize = BLOCK;
	f->mtd.writesize = 1;
	f->mtd.writebufsize = 1;
	f->mtd.name = "fake";
	f->mtd.priv = f;
	f->mtd._erase = fake_erase;
	f->mtd._read = fake_read;
	f->mtd._write = fake_write;
	memset(f->bytes, 0xff, sizeof(f->bytes));
	f->broken = NR_BLOCKS;
	memset(sc->image, 0x5a, sizeof(sc->image));
	sc->fake = f;
	sc->slots.slots[1] = &f->mtd;
	sc->target.ops = &kota_mtd_target_ops;
	sc->target.priv = &sc->slots;
	sc->target.capacity[1] = SLOT_LEN;
	sc->target.unit[1] = BLOCK;
	sc->target.sound[1] = sound;
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, close_scene, sc), 0);
	return sc;
}

/* All but the first block. */
static int write_rest(struct scene *sc)
{
	struct kota_target *t = &sc->target;
	int err = kota_target_begin(t, 1);

	if (!err)
		err = kota_target_write(t, 0, sc->image, IMAGE_LEN);
	return err ?: kota_target_finish(t);
}

static int install(struct scene *sc)
{
	return write_rest(sc) ?: kota_target_seal(&sc->target);
}

static bool is_installed(const struct scene *sc)
{
	const u8 *bytes = sc->fake->bytes;

	return !memcmp(bytes, sc->image, IMAGE_LEN) &&
	       !memchr_inv(bytes + IMAGE_LEN, 0xff, SLOT_LEN - IMAGE_LEN);
}

/* Whole until now: what is blank was erased to its end. */
static void blank_is_not_erased(struct kunit *test)
{
	struct scene *sc = make_scene(test, true);
	unsigned int i;

	sc->fake->bytes[4 * BLOCK + 7] = 0;
	KUNIT_ASSERT_EQ(test, install(sc), 0);
	KUNIT_EXPECT_TRUE(test, is_installed(sc));
	for (i = 0; i < NR_BLOCKS; i++)
		KUNIT_EXPECT_EQ_MSG(test, sc->fake->erases[i], !i || i == 4,
				    "%u", i);
}

/* An erase may have been cut off in any block, though all look blank. */
static void blank_is_erased_after_a_cut(struct kunit *test)
{
	struct scene *sc = make_scene(test, false);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, install(sc), 0);
	KUNIT_EXPECT_TRUE(test, is_installed(sc));
	for (i = 0; i < NR_BLOCKS; i++)
		KUNIT_EXPECT_EQ_MSG(test, sc->fake->erases[i], 1, "%u", i);
}

/* An erase that fails is one that was cut off, for the next session. */
static void failure_is_a_cut(struct kunit *test)
{
	struct scene *sc = make_scene(test, true);
	unsigned int i;

	sc->fake->broken = 3;
	sc->fake->bytes[3 * BLOCK] = 0;
	KUNIT_EXPECT_EQ(test, install(sc), -EIO);
	KUNIT_EXPECT_FALSE(test, sc->target.sound[1]);
	kota_target_abort(&sc->target);
	memset(sc->fake->bytes, 0xff, SLOT_LEN);
	memset(sc->fake->erases, 0, sizeof(sc->fake->erases));
	sc->fake->broken = NR_BLOCKS;
	KUNIT_ASSERT_EQ(test, install(sc), 0);
	for (i = 0; i < NR_BLOCKS; i++)
		KUNIT_EXPECT_EQ_MSG(test, sc->fake->erases[i], 1, "%u", i);
}

/* The first block was erased when the session began, cut or not. */
static void abort_does_not_erase_twice(struct kunit *test)
{
	struct scene *sc = make_scene(test, false);

	KUNIT_ASSERT_EQ(test, kota_target_begin(&sc->target, 1), 0);
	kota_target_abort(&sc->target);
	KUNIT_EXPECT_EQ(test, sc->fake->erases[0], 1);
	/* But what has been written goes, also after the seal. */
	KUNIT_ASSERT_EQ(test, install(sc), 0);
	kota_target_abort(&sc->target);
	KUNIT_EXPECT_EQ(test, sc->fake->erases[0], 3);
	KUNIT_EXPECT_NULL(test, memchr_inv(sc->fake->bytes, 0xff, BLOCK));
}

/* While it is held back its place loses a bit, which a write does not give back. */
static void first_block_is_read_back(struct kunit *test)
{
	struct scene *sc = make_scene(test, true);

	KUNIT_ASSERT_EQ(test, write_rest(sc), 0);
	sc->fake->bytes[5] = 0xef;
	KUNIT_EXPECT_EQ(test, kota_target_seal(&sc->target), -EREMOTEIO);
	KUNIT_EXPECT_FALSE(test, sc->target.sound[1]);
	kota_target_abort(&sc->target);
	KUNIT_EXPECT_NULL(test, memchr_inv(sc->fake->bytes, 0xff, BLOCK));
	KUNIT_ASSERT_EQ(test, install(sc), 0);
	KUNIT_EXPECT_TRUE(test, is_installed(sc));
}

static struct kunit_case mtd_cases[] = {
	KUNIT_CASE(blank_is_not_erased),
	KUNIT_CASE(blank_is_erased_after_a_cut),
	KUNIT_CASE(failure_is_a_cut),
	KUNIT_CASE(abort_does_not_erase_twice),
	KUNIT_CASE(first_block_is_read_back),
	{},
};

static struct kunit_suite mtd_suite = {
	.name = "kota_mtd",
	.test_cases = mtd_cases,
};

kunit_test_suite(mtd_suite);
