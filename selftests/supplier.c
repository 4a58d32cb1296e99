// SPDX-License-Identifier: GPL-2.0
/*
 * Something goes that the device tree says we need, and takes the device along while
 * files are open: what was begun is given up, the files know of no device any more,
 * and what comes back takes a good deliverable.
 *
 * Wants a provisioned device with lines of chips by gpio-sim, slots of 1 MiB, "signer"
 * in its ring, and KOTA_AGAIN=, a command that loads keys and signers.
 */

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "scene.h"

#define DRIVER		"/sys/bus/platform/drivers/gpio-sim/"
#define IMAGE_LEN	1000000
#define CHUNK		4096
#define FRAME		(16 + CHUNK + 16)

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), err = 0;

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* One of the chips that are still there, and not for long. */
static int take_supplier_away(void)
{
	glob_t found;
	int err = -ENOENT;

	if (!glob(DRIVER "gpio-sim-*", 0, NULL, &found))
		err = put(DRIVER "unbind", strrchr(found.gl_pathv[0], '/') + 1);
	globfree(&found);
	return err;
}

/* Without it, which is no supplier any more; with keys. */
static int bring_back(void)
{
	struct kt_status st;
	int err;

	err = put("/sys/bus/platform/drivers_probe", "kota");
	if (!err)
		err = kt_status(&st, KT_TARGET);
	return err ? err : system(getenv("KOTA_AGAIN"));
}

struct stream {
	struct kt_scene scene;
	struct kt_map map;
	struct kt_buf good;
	uint8_t *image;
	int fd;
};

static void begin(struct __test_metadata *_metadata, struct stream *s)
{
	uint64_t sequence;

	ASSERT_NE(NULL, getenv("KOTA_AGAIN"));
	ASSERT_EQ(0, kt_scene_begin(&s->scene));
	sequence = s->scene.before.sequence + 1;
	s->image = malloc(IMAGE_LEN);
	kt_fill(s->image, IMAGE_LEN, sequence);
	s->good = kt_make(&s->scene.before, s->image, IMAGE_LEN, sequence, 12, &s->map);
	s->fd = open(KT_DEVICE, O_RDWR);
	ASSERT_LE(0, s->fd);
}

static void end(struct __test_metadata *_metadata, struct stream *s)
{
	struct kt_status st;

	close(s->fd);
	EXPECT_TRUE(kt_scene_same_a(&s->scene));
	EXPECT_EQ(0, kt_scene_good(&s->scene));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_FALSE(st.busy);
	free(s->good.data);
	free(s->image);
	kt_scene_end(&s->scene);
}

static void expect_gone(struct __test_metadata *_metadata, int fd)
{
	struct kota_range range;
	struct kt_status st;
	int i;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-1, write(fd, "x", 1));
		EXPECT_EQ(ENODEV, errno);
		EXPECT_EQ(-1, read(fd, &range, sizeof(range)));
		EXPECT_EQ(ENODEV, errno);
	}
	EXPECT_EQ(-ENODEV, kt_status(&st, KT_TARGET));
	EXPECT_EQ(-ENODEV, kt_command(KOTA_CMD_KEYS_ROLL, NULL, 0, NULL, NULL));
	EXPECT_EQ(-1, open(KT_DEVICE, O_WRONLY));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(0, close(dup(fd)));
}

/* It is of the one that went, whatever there is by now. */
static void expect_gone_for_good(struct __test_metadata *_metadata, int fd)
{
	EXPECT_EQ(-1, write(fd, "x", 1));
	EXPECT_EQ(ENODEV, errno);
}

FIXTURE(supplier) {
	struct stream s;
};

FIXTURE_VARIANT(supplier) {
	size_t frames;		/* bytes of them; 0: none */
	bool head;
	bool asked;
	bool refused;
	bool all;
};

FIXTURE_SETUP(supplier)
{
	begin(_metadata, &self->s);
}

FIXTURE_TEARDOWN(supplier)
{
	end(_metadata, &self->s);
}

FIXTURE_VARIANT_ADD(supplier, not_a_byte) { .frames = 0 };
FIXTURE_VARIANT_ADD(supplier, checked) { .head = true };
FIXTURE_VARIANT_ADD(supplier, asked) { .head = true, .asked = true };
FIXTURE_VARIANT_ADD(supplier, in_the_middle) { .head = true, .frames = 100 * FRAME + 9 };
FIXTURE_VARIANT_ADD(supplier, refused) { .head = true, .frames = FRAME, .refused = true };
FIXTURE_VARIANT_ADD(supplier, complete) { .head = true, .all = true };

TEST_F_TIMEOUT(supplier, goes, KT_FOREVER)
{
	struct stream *s = &self->s;
	struct kota_range r[2];
	struct kt_status st;
	int other;

	if (variant->head)
		ASSERT_EQ(0, kt_write(s->fd, s->good.data, s->map.frames));
	if (variant->asked)
		ASSERT_EQ(1, kt_ask(s->fd, r, 2, 2));
	if (variant->frames)
		ASSERT_EQ(0, kt_write(s->fd, s->good.data + s->map.frames,
				      variant->frames));
	if (variant->refused)
		ASSERT_EQ(-EPROTO, kt_write(s->fd, s->image, 100));
	if (variant->all)
		ASSERT_EQ(0, kt_write(s->fd, s->good.data + s->map.frames,
				      s->good.len - s->map.frames));
	other = open(KT_DEVICE, O_RDWR);
	ASSERT_LE(0, other);
	ASSERT_EQ(0, take_supplier_away());
	expect_gone(_metadata, s->fd);
	expect_gone(_metadata, other);
	/* What was complete is; what was begun is not bootable. */
	EXPECT_TRUE(variant->frames ? kt_scene_unbootable() :
		    variant->all ? kt_scene_holds(s->image, IMAGE_LEN) :
		    kt_scene_same_b(&s->scene));
	ASSERT_EQ(0, bring_back());
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	if (variant->frames || variant->all)
		EXPECT_EQ(variant->all ? KOTA_SLOT_STATE_COMPLETE : KOTA_SLOT_STATE_INCOMPLETE,
			  st.slot[1].state);
	if (variant->frames && !variant->refused)
		EXPECT_EQ(KOTA_CAUSE_INTERRUPTED, st.cause);
	expect_gone_for_good(_metadata, s->fd);
	expect_gone_for_good(_metadata, other);
	EXPECT_EQ(0, close(other));
}

struct writer {
	int fd;
	const uint8_t *data;
	size_t len;
	int err;
	volatile bool stop;
};

static void *write_all(void *arg)
{
	struct writer *w = arg;

	w->err = write(w->fd, w->data, w->len) < 0 ? -errno : 0;
	return NULL;
}

static void *ask_for_status(void *arg)
{
	struct writer *w = arg;
	struct kt_status st;

	while (!w->stop && (!w->err || w->err == -ENODEV))
		w->err = kt_status(&st, KT_TARGET);
	return NULL;
}

FIXTURE(at_work) {
	struct stream s;
};

FIXTURE_SETUP(at_work)
{
	begin(_metadata, &self->s);
}

FIXTURE_TEARDOWN(at_work)
{
	end(_metadata, &self->s);
}

/* One write with all of it, which is at the frames; others ask for the state. */
TEST_F_TIMEOUT(at_work, goes, KT_FOREVER)
{
	struct stream *s = &self->s;
	struct writer w = { .fd = s->fd, .data = s->good.data, .len = s->good.len };
	struct writer asker = { 0 };
	pthread_t writing, asking;
	struct kt_status st;
	int i;

	ASSERT_EQ(0, pthread_create(&writing, NULL, write_all, &w));
	for (i = 0; i < 100000; i++) {
		ASSERT_EQ(0, kt_status(&st, KT_TARGET));
		if (st.slot[1].state == KOTA_SLOT_STATE_INCOMPLETE &&
		    s->scene.before.slot[1].state != KOTA_SLOT_STATE_INCOMPLETE)
			break;
	}
	ASSERT_EQ(0, pthread_create(&asking, NULL, ask_for_status, &asker));
	ASSERT_EQ(0, take_supplier_away());
	asker.stop = true;
	pthread_join(asking, NULL);
	pthread_join(writing, NULL);
	EXPECT_EQ(-ENODEV, w.err);
	EXPECT_TRUE(asker.err == 0 || asker.err == -ENODEV);
	EXPECT_TRUE(kt_scene_unbootable());
	expect_gone(_metadata, s->fd);
	ASSERT_EQ(0, bring_back());
}

/* ------------------------------------------------------------------- flash */

#define FLASH_DRIVER	"/sys/bus/platform/drivers/physmap-flash/"

FIXTURE(flash_driver) {
	struct stream s;
};

FIXTURE_SETUP(flash_driver)
{
	begin(_metadata, &self->s);
}

FIXTURE_TEARDOWN(flash_driver)
{
	end(_metadata, &self->s);
}

/* Not in the device tree as something that we need; we do all the same. */
TEST_F_TIMEOUT(flash_driver, goes, KT_FOREVER)
{
	struct stream *s = &self->s;
	char name[64];
	glob_t found;

	ASSERT_EQ(0, glob(FLASH_DRIVER "*.flash", 0, NULL, &found));
	snprintf(name, sizeof(name), "%s", strrchr(found.gl_pathv[0], '/') + 1);
	globfree(&found);
	ASSERT_EQ(0, kt_write(s->fd, s->good.data, s->map.frames + 100 * FRAME));
	ASSERT_EQ(0, put(FLASH_DRIVER "unbind", name));
	expect_gone(_metadata, s->fd);
	ASSERT_EQ(0, put(FLASH_DRIVER "bind", name));
	EXPECT_TRUE(kt_scene_unbootable());
	ASSERT_EQ(0, bring_back());
	expect_gone_for_good(_metadata, s->fd);
}

TEST_HARNESS_MAIN
