// SPDX-License-Identifier: GPL-2.0
/*
 * Several images, and slots that switch as a set: all of them or none, and what the
 * deliverable lacks is copied by the device.
 *
 * Wants a provisioned device with "signer" in its ring, the targets "firmware" and
 * "app" with slots of 1 MiB, and partitions by which the slots can be changed.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <endian.h>

#include "harness.h"
#include "scene.h"

#define KIB		1024
#define APP		"app"
#define FW_LEN		(300 * KIB + 7)
#define APP_LEN		(600 * KIB + 1)
#define SLOT_LEN	(1024 * KIB)

struct pair {
	struct kt_scene scene;
	struct kt_status app;		/* before */
	struct kt_deliverable d;
	struct kt_map map;
	struct kt_buf good;
	uint8_t fw[FW_LEN];
	uint8_t bytes[APP_LEN];
	uint64_t sequence;
};

static bool holds(const char *mtd, const uint8_t *image, size_t size)
{
	size_t len, i;
	uint8_t *now = kt_mtd_copy(mtd, &len);
	bool good = now && size <= len && !memcmp(now, image, size);

	for (i = size; good && i < len; i++)
		good = now[i] == 0xff;
	free(now);
	return good;
}

static bool same_bytes(const char *one, const char *two)
{
	size_t len, len2;
	uint8_t *a = kt_mtd_copy(one, &len), *b = kt_mtd_copy(two, &len2);
	bool same = a && b && len == len2 && !memcmp(a, b, len);

	free(a);
	free(b);
	return same;
}

static bool is_unbootable(const char *mtd)
{
	static uint8_t block[256 * KIB];
	size_t i;

	if (kt_mtd_read(mtd, 0, block, sizeof(block)))
		return false;
	for (i = 0; i < sizeof(block); i++)
		if (block[i] != 0xff)
			return false;
	return true;
}

static void begin_pair(struct pair *p)
{
	p->sequence = p->scene.before.sequence + 1;
	kt_fill(p->fw, FW_LEN, p->sequence);
	kt_fill(p->bytes, APP_LEN, p->sequence + 1000);
	kt_begin(&p->d, &p->scene.before, p->fw, FW_LEN, p->sequence);
}

static void finish_pair(struct pair *p)
{
	kt_seal(&p->d);
	kt_sign(&p->d, "signer", 0);
	kt_wrap(&p->d, p->scene.before.public_key);
	p->good = kt_finish(&p->d, &p->map);
}

static void end_pair(struct pair *p)
{
	kt_free(&p->d);
	free(p->good.data);
	kt_scene_end(&p->scene);
}

/* Something else in the slot that runs, and nothing that the record knows. */
static int give_app(uint64_t seed)
{
	static uint8_t bytes[SLOT_LEN];

	kt_fill(bytes, sizeof(bytes), seed);
	return kt_mtd_put("app-a-open", 0, bytes, sizeof(bytes));
}

/* ------------------------------------------------------------------ pair */

FIXTURE(pair) {
	struct pair p;
};

FIXTURE_SETUP(pair)
{
	struct pair *p = &self->p;

	memset(p, 0, sizeof(*p));
	ASSERT_EQ(0, kt_scene_begin(&p->scene));
	ASSERT_EQ(0, kt_status(&p->app, APP));
	begin_pair(p);
	kt_add_image(&p->d, APP, p->bytes, APP_LEN);
}

FIXTURE_TEARDOWN(pair)
{
	EXPECT_TRUE(kt_scene_same_a(&self->p.scene));
	EXPECT_EQ(0, kt_scene_good(&self->p.scene));
	end_pair(&self->p);
}

static void expect_both(struct __test_metadata *_metadata, struct pair *p)
{
	struct kt_status fw, app;

	ASSERT_EQ(0, kt_status(&fw, KT_TARGET));
	ASSERT_EQ(0, kt_status(&app, APP));
	EXPECT_EQ(p->sequence, fw.sequence);
	EXPECT_EQ(KOTA_SLOT_STATE_COMPLETE, fw.slot[1].state);
	EXPECT_EQ(KOTA_SLOT_STATE_COMPLETE, app.slot[1].state);
	EXPECT_EQ(p->sequence, fw.slot[1].sequence);
	EXPECT_EQ(p->sequence, app.slot[1].sequence);
	EXPECT_EQ(APP_LEN, app.slot[1].size);
	EXPECT_TRUE(holds("slot-b", p->fw, FW_LEN));
	EXPECT_TRUE(holds("app-b", p->bytes, APP_LEN));
}

static void expect_none(struct __test_metadata *_metadata, struct pair *p, int cause)
{
	struct kt_status fw, app;

	ASSERT_EQ(0, kt_status(&fw, KT_TARGET));
	ASSERT_EQ(0, kt_status(&app, APP));
	EXPECT_EQ(cause, fw.cause);
	EXPECT_EQ(p->scene.before.sequence, fw.sequence);
	EXPECT_EQ(KOTA_SLOT_STATE_INCOMPLETE, fw.slot[1].state);
	EXPECT_EQ(KOTA_SLOT_STATE_INCOMPLETE, app.slot[1].state);
	EXPECT_TRUE(is_unbootable("slot-b"));
	EXPECT_TRUE(is_unbootable("app-b"));
}

TEST_F_TIMEOUT(pair, both, KT_FOREVER)
{
	struct pair *p = &self->p;

	finish_pair(p);
	EXPECT_EQ(0, kt_install(p->good.data, p->good.len, p->sequence));
	expect_both(_metadata, p);
}

/* Each has its own chunks, digest and cipher. */
TEST_F_TIMEOUT(pair, unlike, KT_FOREVER)
{
	struct pair *p = &self->p;

	p->d.image[1].log2_chunk = 12;
	p->d.image[1].digest = KOTA_DIGEST_SHA3_256;
	p->d.image[1].cipher = KOTA_CIPHER_AES_256_GCM;
	kt_retable(&p->d);
	finish_pair(p);
	EXPECT_EQ(0, kt_install(p->good.data, p->good.len, p->sequence));
	expect_both(_metadata, p);
}

/* The other way round in the manifest. */
TEST_F_TIMEOUT(pair, turned, KT_FOREVER)
{
	struct pair *p = &self->p;
	struct kota_image image = p->d.image[0];
	struct kt_part part = p->d.part[0];

	p->d.image[0] = p->d.image[1];
	p->d.part[0] = p->d.part[1];
	p->d.image[1] = image;
	p->d.part[1] = part;
	finish_pair(p);
	EXPECT_EQ(0, kt_install(p->good.data, p->good.len, p->sequence));
	expect_both(_metadata, p);
}

/* All was well up to the last chunk of the last image: then none is whole. */
TEST_F_TIMEOUT(pair, bad_in_the_last_chunk, KT_FOREVER)
{
	struct pair *p = &self->p;

	finish_pair(p);
	p->good.data[p->map.end - 100] ^= 1;
	EXPECT_EQ(-EBADMSG, kt_install(p->good.data, p->good.len, p->sequence));
	expect_none(_metadata, p, KOTA_CAUSE_TAG);
}

/* The last thing that is looked at in the last image. */
TEST_F_TIMEOUT(pair, bad_crc_of_the_last, KT_FOREVER)
{
	struct pair *p = &self->p;

	((struct kota_table *)p->d.part[1].table.data)->crc16 ^= htole16(1);
	finish_pair(p);
	EXPECT_EQ(-EREMOTEIO, kt_install(p->good.data, p->good.len, p->sequence));
	expect_none(_metadata, p, KOTA_CAUSE_REVERIFY);
}

TEST_F_TIMEOUT(pair, cut_between_the_images, KT_FOREVER)
{
	struct pair *p = &self->p;

	finish_pair(p);
	EXPECT_EQ(-EPIPE, kt_install(p->good.data, kt_frame_pos(&p->d, &p->map, 1, 0),
				     p->sequence));
	expect_none(_metadata, p, KOTA_CAUSE_INTERRUPTED);
}

/* A byte after END, in a later write: what both had been is undone. */
TEST_F_TIMEOUT(pair, extra, KT_FOREVER)
{
	struct pair *p = &self->p;
	struct kt_status fw, app;
	int fd = open(KT_DEVICE, O_WRONLY);

	finish_pair(p);
	ASSERT_EQ(0, kt_write(fd, p->good.data, p->good.len));
	expect_both(_metadata, p);
	EXPECT_EQ(-E2BIG, kt_write(fd, "", 1));
	close(fd);
	ASSERT_EQ(0, kt_status(&fw, KT_TARGET));
	ASSERT_EQ(0, kt_status(&app, APP));
	EXPECT_EQ(KOTA_SLOT_STATE_INCOMPLETE, fw.slot[1].state);
	EXPECT_EQ(KOTA_SLOT_STATE_INCOMPLETE, app.slot[1].state);
	EXPECT_TRUE(is_unbootable("slot-b"));
	EXPECT_TRUE(is_unbootable("app-b"));
}

/* One of the targets is not there: nothing of the other is touched. */
TEST_F_TIMEOUT(pair, one_target_not_known, KT_FOREVER)
{
	struct pair *p = &self->p;

	strcpy(p->d.image[1].target, "apps");
	finish_pair(p);
	EXPECT_EQ(-ENOENT, kt_install(p->good.data, p->good.len, p->sequence));
	EXPECT_TRUE(kt_scene_same_b(&p->scene));
}

/* Frames of the second image before, or between, those of the first. */
TEST_F_TIMEOUT(pair, images_alternate, KT_FOREVER)
{
	struct pair *p = &self->p;
	struct kota_range r[3] = {
		{ 0, 0 }, { 0, 64 * KIB + 32 }, { 0, 64 * KIB + 32 },
	};
	int fd;

	finish_pair(p);
	r[0].len = p->map.frames;
	r[1].pos = kt_frame_pos(&p->d, &p->map, 0, 0);
	r[2].pos = kt_frame_pos(&p->d, &p->map, 1, 0);
	fd = open(KT_DEVICE, O_WRONLY);
	EXPECT_EQ(-ESPIPE, kt_send(fd, p->good.data, r, 3));
	close(fd);
	expect_none(_metadata, p, KOTA_CAUSE_ORDER);
	fd = open(KT_DEVICE, O_WRONLY);
	r[1] = r[2];
	EXPECT_EQ(-ESPIPE, kt_send(fd, p->good.data, r, 2));
	close(fd);
	expect_none(_metadata, p, KOTA_CAUSE_ORDER);
}

/* Resumed where the first image had come, and half of the second one. */
TEST_F_TIMEOUT(pair, resumed, KT_FOREVER)
{
	struct pair *p = &self->p;
	struct kota_range r[8];
	int fd, nr;

	finish_pair(p);
	EXPECT_EQ(-EPIPE, kt_install(p->good.data, kt_frame_pos(&p->d, &p->map, 1, 8),
				     p->sequence));
	fd = open(KT_DEVICE, O_RDWR);
	ASSERT_EQ(0, kt_write(fd, p->good.data, p->map.frames));
	nr = kt_ask(fd, r, 8, 8);
	/* Not unit 1 of either: 300 KiB and a bit end in it, so of the second only. */
	ASSERT_EQ(2, nr);
	EXPECT_EQ(p->map.frames, r[0].pos);
	EXPECT_EQ(kt_frame_pos(&p->d, &p->map, 1, 4) - p->map.frames, r[0].len);
	EXPECT_EQ(kt_frame_pos(&p->d, &p->map, 1, 8), r[1].pos);
	EXPECT_EQ(p->map.len - r[1].pos, r[1].len);
	EXPECT_EQ(0, kt_send(fd, p->good.data, r, nr));
	close(fd);
	expect_both(_metadata, p);
}

/* ------------------------------------------------------------------ stale */

FIXTURE(stale) {
	struct pair p;
};

FIXTURE_SETUP(stale)
{
	struct pair *p = &self->p;

	memset(p, 0, sizeof(*p));
	ASSERT_EQ(0, kt_scene_begin(&p->scene));
	ASSERT_EQ(0, kt_status(&p->app, APP));
	begin_pair(p);
	finish_pair(p);
}

FIXTURE_TEARDOWN(stale)
{
	EXPECT_TRUE(kt_scene_same_a(&self->p.scene));
	end_pair(&self->p);
}

/* Nothing is known of the slot that runs: all of it is copied. */
TEST_F_TIMEOUT(stale, not_known_is_copied_whole, KT_FOREVER)
{
	struct pair *p = &self->p;
	struct kt_status app;

	ASSERT_EQ(KOTA_SLOT_STATE_UNKNOWN, p->app.slot[0].state);
	ASSERT_EQ(0, give_app(p->sequence));
	ASSERT_FALSE(same_bytes("app-a", "app-b"));
	EXPECT_EQ(0, kt_install(p->good.data, p->good.len, p->sequence));
	EXPECT_TRUE(same_bytes("app-a", "app-b"));
	EXPECT_TRUE(holds("slot-b", p->fw, FW_LEN));
	ASSERT_EQ(0, kt_status(&app, APP));
	EXPECT_EQ(KOTA_SLOT_STATE_COMPLETE, app.slot[1].state);
	EXPECT_EQ(SLOT_LEN, app.slot[1].size);
}

/* What is the same already is left alone: both slots end in the same state. */
TEST_F_TIMEOUT(stale, same_stays, KT_FOREVER)
{
	struct pair *p = &self->p;
	struct kt_status app;

	ASSERT_EQ(0, give_app(p->sequence));
	EXPECT_EQ(0, kt_install(p->good.data, p->good.len, p->sequence));
	ASSERT_TRUE(same_bytes("app-a", "app-b"));
	EXPECT_EQ(0, kt_scene_good(&p->scene));
	EXPECT_TRUE(same_bytes("app-a", "app-b"));
	ASSERT_EQ(0, kt_status(&app, APP));
	EXPECT_EQ(KOTA_SLOT_STATE_COMPLETE, app.slot[1].state);
}

/* One bit of the other slot has changed since: copied anew. */
TEST_F_TIMEOUT(stale, changed_other_slot, KT_FOREVER)
{
	struct pair *p = &self->p;

	ASSERT_EQ(0, give_app(p->sequence));
	EXPECT_EQ(0, kt_install(p->good.data, p->good.len, p->sequence));
	ASSERT_EQ(0, kt_mtd_put("app-b-open", SLOT_LEN - 4, "xyz", 3));
	ASSERT_FALSE(same_bytes("app-a", "app-b"));
	EXPECT_EQ(0, kt_scene_good(&p->scene));
	EXPECT_TRUE(same_bytes("app-a", "app-b"));
}

/* The stream is refused: nothing was copied, nothing was marked. */
TEST_F_TIMEOUT(stale, refused, KT_FOREVER)
{
	struct pair *p = &self->p;
	struct kt_status app;
	size_t len;
	uint8_t *before;

	ASSERT_EQ(0, give_app(p->sequence + 7));
	before = kt_mtd_copy("app-b", &len);
	p->good.data[p->map.end - 1] ^= 1;
	EXPECT_EQ(-EBADMSG, kt_install(p->good.data, p->good.len, p->sequence));
	ASSERT_EQ(0, kt_status(&app, APP));
	EXPECT_EQ(p->app.slot[1].state, app.slot[1].state);
	EXPECT_TRUE(holds("app-b", before, len));
	free(before);
}

/* A byte after END undoes what the stream brought; what was copied is what runs. */
TEST_F_TIMEOUT(stale, copied_stays, KT_FOREVER)
{
	struct pair *p = &self->p;
	struct kt_status fw, app;
	int fd;

	ASSERT_EQ(0, give_app(p->sequence + 11));
	fd = open(KT_DEVICE, O_WRONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, kt_write(fd, p->good.data, p->good.len));
	ASSERT_TRUE(same_bytes("app-a", "app-b"));
	EXPECT_EQ(-E2BIG, kt_write(fd, "", 1));
	close(fd);
	ASSERT_EQ(0, kt_status(&fw, KT_TARGET));
	ASSERT_EQ(0, kt_status(&app, APP));
	EXPECT_EQ(KOTA_SLOT_STATE_INCOMPLETE, fw.slot[1].state);
	EXPECT_EQ(KOTA_SLOT_STATE_COMPLETE, app.slot[1].state);
	EXPECT_TRUE(is_unbootable("slot-b"));
	EXPECT_TRUE(same_bytes("app-a", "app-b"));
	EXPECT_EQ(0, kt_scene_good(&p->scene));
}

/* ------------------------------------------------------------------ last */

FIXTURE(last) {
	struct pair p;
};

FIXTURE_SETUP(last)
{
	memset(&self->p, 0, sizeof(self->p));
	ASSERT_EQ(0, kt_scene_begin(&self->p.scene));
	begin_pair(&self->p);
}

FIXTURE_TEARDOWN(last)
{
	end_pair(&self->p);
}

/* For the boot after: both targets hold what the record knows. */
TEST_F_TIMEOUT(last, both_stay, KT_FOREVER)
{
	struct pair *p = &self->p;

	kt_add_image(&p->d, APP, p->bytes, APP_LEN);
	finish_pair(p);
	EXPECT_EQ(0, kt_install(p->good.data, p->good.len, p->sequence));
	expect_both(_metadata, p);
}

/* ------------------------------------------------------------------ known */

/*
 * The boot after, with slot b booted: what the record knows of it has to be what
 * it holds.
 */
FIXTURE(known) {
	struct pair p;
};

FIXTURE_SETUP(known)
{
	struct pair *p = &self->p;

	memset(p, 0, sizeof(*p));
	ASSERT_EQ(0, kt_scene_begin(&p->scene));
	ASSERT_EQ(0, kt_status(&p->app, APP));
	ASSERT_STREQ("b", p->app.booted_slot);
	ASSERT_EQ(KOTA_SLOT_STATE_COMPLETE, p->app.slot[1].state);
	begin_pair(p);
	finish_pair(p);
}

FIXTURE_TEARDOWN(known)
{
	EXPECT_TRUE(kt_scene_same_b(&self->p.scene));
	end_pair(&self->p);
}

static int install(struct pair *p)
{
	struct kt_status st;
	int fd = open(KT_DEVICE, O_WRONLY), err = kt_write(fd, p->good.data, p->good.len);

	close(fd);
	if (!err)
		err = kt_status(&st, KT_TARGET);
	return err ?: st.sequence == p->sequence ? 0 : -EINVAL;
}

/* Version, size and content go along; what lay behind the image does not. */
TEST_F_TIMEOUT(known, copied, KT_FOREVER)
{
	struct pair *p = &self->p;
	struct kt_status app;
	uint8_t *b;
	size_t len;

	EXPECT_EQ(0, install(p));
	b = kt_mtd_copy("app-b", &len);
	EXPECT_TRUE(holds("app-a", b, p->app.slot[1].size));
	free(b);
	ASSERT_EQ(0, kt_status(&app, APP));
	EXPECT_EQ(KOTA_SLOT_STATE_COMPLETE, app.slot[0].state);
	EXPECT_STREQ(p->app.slot[1].version, app.slot[0].version);
	EXPECT_EQ(p->app.slot[1].sequence, app.slot[0].sequence);
	EXPECT_EQ(p->app.slot[1].size, app.slot[0].size);
	EXPECT_TRUE(holds("slot-a", p->fw, FW_LEN));
}

/* One bit of the slot that runs is another one: not to be spread, nor activated. */
TEST_F_TIMEOUT(known, changed_active_slot, KT_FOREVER)
{
	struct pair *p = &self->p;
	struct kt_status fw, app;
	uint8_t byte;

	ASSERT_EQ(0, kt_mtd_read("app-b", 500000, &byte, 1));
	byte ^= 0x10;
	ASSERT_EQ(0, kt_mtd_put("app-b-open", 500000, &byte, 1));
	EXPECT_EQ(-ELIBBAD, install(p));
	ASSERT_EQ(0, kt_status(&fw, KT_TARGET));
	ASSERT_EQ(0, kt_status(&app, APP));
	EXPECT_EQ(KOTA_CAUSE_SOURCE, fw.cause);
	EXPECT_EQ(p->scene.before.sequence, fw.sequence);
	EXPECT_EQ(KOTA_SLOT_STATE_INCOMPLETE, fw.slot[0].state);
	EXPECT_EQ(p->app.slot[0].state, app.slot[0].state);
	EXPECT_TRUE(is_unbootable("slot-a"));
	byte ^= 0x10;
	ASSERT_EQ(0, kt_mtd_put("app-b-open", 500000, &byte, 1));
	EXPECT_EQ(0, install(p));
}

TEST_HARNESS_MAIN
