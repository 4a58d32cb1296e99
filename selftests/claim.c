// SPDX-License-Identifier: GPL-2.0
/*
 * Two sessions: who owns the targets, who has to go, and what becomes of a writer
 * that says nothing.
 *
 * Wants a provisioned device with "signer" in its ring, and a module that was
 * loaded with silent_seconds=2 idle_seconds=6.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "scene.h"
#include "stuck.h"

#define IMAGE_LEN	50000
#define SILENT		2
#define IDLE		6

struct stream {
	struct kt_map map;
	struct kt_buf good;
	uint8_t image[IMAGE_LEN];
	uint64_t sequence;
	int fd;
};

static int parameter(const char *name)
{
	char path[128];
	FILE *f;
	int value = -1;

	snprintf(path, sizeof(path), "/sys/module/kota/parameters/%s", name);
	f = fopen(path, "r");
	if (f && fscanf(f, "%d", &value) != 1)
		value = -1;
	if (f)
		fclose(f);
	return value;
}

static void pack(struct stream *s, const struct kt_status *st, unsigned int ahead)
{
	s->sequence = st->sequence + ahead;
	kt_fill(s->image, IMAGE_LEN, s->sequence + ahead);
	s->good = kt_make(st, s->image, IMAGE_LEN, s->sequence, 12, &s->map);
	s->fd = -1;
}

static int head(struct stream *s)
{
	s->fd = open(KT_DEVICE, O_RDWR);
	return s->fd < 0 ? -errno : kt_write(s->fd, s->good.data, s->map.frames);
}

/* The frames from @from on, counted from the first one's head. */
static int frames(struct stream *s, size_t from, size_t len)
{
	if (from + len > s->map.len - s->map.frames)
		len = s->map.len - s->map.frames - from;
	return kt_write(s->fd, s->good.data + s->map.frames + from, len);
}

static bool installed(const struct stream *s)
{
	struct kt_status st;

	return !kt_status(&st, KT_TARGET) && st.sequence == s->sequence &&
	       st.slot[1].state == KOTA_SLOT_STATE_COMPLETE &&
	       kt_scene_holds(s->image, IMAGE_LEN);
}

static int last_cause(void)
{
	struct kt_status st;

	return kt_status(&st, KT_TARGET) ? -1 : st.cause;
}

#define HALF	((IMAGE_LEN / 2 / 4096) * (4096 + 32))
#define REST	((size_t)1 << 30)

FIXTURE(claim) {
	struct kt_scene scene;
	struct stream one;	/* the one that comes first */
	struct stream two;
};

FIXTURE_SETUP(claim)
{
	ASSERT_EQ(SILENT, parameter("silent_seconds"));
	ASSERT_EQ(IDLE, parameter("idle_seconds"));
	ASSERT_EQ(0, kt_scene_begin(&self->scene));
	pack(&self->one, &self->scene.before, 1);
	pack(&self->two, &self->scene.before, 2);
}

FIXTURE_TEARDOWN(claim)
{
	struct kt_status st;

	close(self->one.fd);
	close(self->two.fd);
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_FALSE(st.busy);
	EXPECT_TRUE(kt_scene_same_a(&self->scene));
	EXPECT_EQ(0, kt_scene_good(&self->scene));
	free(self->one.good.data);
	free(self->two.good.data);
	kt_scene_end(&self->scene);
}

static atomic_bool done;

static void *close_copies(void *arg)
{
	while (!done)
		close(dup(*(int *)arg));
	return NULL;
}

/* To close a copy of the descriptor is not to write. */
TEST_F_TIMEOUT(claim, copies_closed, KT_FOREVER)
{
	struct stream *s = &self->one;
	pthread_t thread;
	size_t i;
	int err = 0;

	s->fd = open(KT_DEVICE, O_WRONLY);
	ASSERT_LE(0, s->fd);
	done = false;
	ASSERT_EQ(0, pthread_create(&thread, NULL, close_copies, &s->fd));
	/* Byte by byte: often enough for the two to meet. */
	for (i = 0; !err && i < s->map.len - 1; i++)
		err = kt_write(s->fd, s->good.data + i, 1);
	EXPECT_EQ(0, err);
	EXPECT_EQ(0, kt_write(s->fd, s->good.data + i, s->good.len - i));
	done = true;
	pthread_join(thread, NULL);
	EXPECT_TRUE(installed(s));
}

/* A writer that is at it is not disturbed. */
TEST_F_TIMEOUT(claim, busy, KT_FOREVER)
{
	struct kota_range r[2];

	ASSERT_EQ(0, head(&self->one));
	ASSERT_EQ(0, head(&self->two));
	ASSERT_EQ(0, frames(&self->one, 0, HALF));
	EXPECT_EQ(-EBUSY, frames(&self->two, 0, REST));
	EXPECT_EQ(KOTA_CAUSE_BUSY, last_cause());
	EXPECT_EQ(-EBUSY, frames(&self->two, 0, REST));
	EXPECT_EQ(-EBUSY, kt_ask(self->two.fd, r, 2, 2));
	EXPECT_EQ(0, frames(&self->one, HALF, REST));
	EXPECT_TRUE(installed(&self->one));
}

/* One that only asked owns the targets as well. */
TEST_F_TIMEOUT(claim, busy_by_asking, KT_FOREVER)
{
	struct kota_range r[2];

	ASSERT_EQ(0, head(&self->one));
	ASSERT_EQ(1, kt_ask(self->one.fd, r, 2, 2));
	ASSERT_EQ(0, head(&self->two));
	EXPECT_EQ(-EBUSY, kt_ask(self->two.fd, r, 2, 2));
	EXPECT_EQ(KOTA_CAUSE_BUSY, last_cause());
	EXPECT_EQ(0, frames(&self->one, 0, REST));
	EXPECT_TRUE(installed(&self->one));
}

/* Silent, and something later comes. */
TEST_F_TIMEOUT(claim, take_over, KT_FOREVER)
{
	struct kt_status st;
	int fd;

	ASSERT_EQ(0, head(&self->one));
	ASSERT_EQ(0, frames(&self->one, 0, HALF));
	sleep(SILENT + 1);
	ASSERT_EQ(0, head(&self->two));
	ASSERT_EQ(0, frames(&self->two, 0, HALF));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(KOTA_CAUSE_SUPERSEDED, st.cause);
	EXPECT_EQ(self->one.sequence, st.refused_sequence);
	EXPECT_EQ(-ECANCELED, frames(&self->one, HALF, REST));
	EXPECT_EQ(-ECANCELED, frames(&self->one, HALF, 1));
	/* Its seat is free, though its file is open. */
	fd = open(KT_DEVICE, O_WRONLY);
	EXPECT_LE(0, fd);
	close(fd);
	EXPECT_EQ(0, frames(&self->two, HALF, REST));
	EXPECT_TRUE(installed(&self->two));
	close(self->one.fd);
	self->one.fd = -1;
	EXPECT_TRUE(installed(&self->two));
}

/* The same from one that has asked, and waits. */
TEST_F_TIMEOUT(claim, take_over_from_waiting, KT_FOREVER)
{
	struct kota_range r[2];

	ASSERT_EQ(0, head(&self->one));
	ASSERT_EQ(1, kt_ask(self->one.fd, r, 2, 2));
	sleep(SILENT + 1);
	ASSERT_EQ(0, head(&self->two));
	ASSERT_EQ(1, kt_ask(self->two.fd, r, 2, 2));
	EXPECT_EQ(-ECANCELED, frames(&self->one, 0, REST));
	EXPECT_EQ(0, frames(&self->two, 0, REST));
	EXPECT_TRUE(installed(&self->two));
}

/* A write of nothing is silence, and so is one of memory that is not there. */
static void say_nothing(int fd)
{
	void *volatile null = NULL;

	write(fd, "", 0);
	write(fd, null, 1);
	usleep(100000);
}

TEST_F_TIMEOUT(claim, take_over_from_empty_writes, KT_FOREVER)
{
	int i;

	ASSERT_EQ(0, head(&self->one));
	ASSERT_EQ(0, frames(&self->one, 0, HALF));
	for (i = 0; i < 10 * (SILENT + 1); i++)
		say_nothing(self->one.fd);
	ASSERT_EQ(0, head(&self->two));
	EXPECT_EQ(0, frames(&self->two, 0, REST));
	EXPECT_TRUE(installed(&self->two));
	EXPECT_EQ(-ECANCELED, frames(&self->one, HALF, REST));
}

/* Nobody else waits for his memory: whoever takes over, asks, or lets him go. */
static void take_over_from(struct __test_metadata *_metadata, struct stream *one,
			   struct stream *two, struct kt_stuck *s)
{
	struct kt_status st;

	ASSERT_EQ(0, head(one));
	ASSERT_EQ(0, frames(one, 0, s->writes ? HALF : 0));
	s->fd = one->fd;
	ASSERT_EQ(0, kt_stuck_begin(s));
	sleep(SILENT + 1);
	EXPECT_EQ(-EBUSY, frames(one, 0, 1));
	EXPECT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(0, head(two));
	EXPECT_EQ(0, frames(two, 0, REST));
	EXPECT_TRUE(installed(two));
	EXPECT_FALSE(s->back);
	ASSERT_EQ(0, kt_stuck_end(s, one->good.data + one->map.frames + HALF));
	EXPECT_EQ(-ECANCELED, frames(one, HALF, REST));
	EXPECT_TRUE(installed(two));
}

TEST_F_TIMEOUT(claim, take_over_from_a_stuck_reader, KT_FOREVER)
{
	struct kt_stuck s = { .writes = false };

	take_over_from(_metadata, &self->one, &self->two, &s);
	EXPECT_EQ(sizeof(struct kota_range), s.nr);
}

TEST_F_TIMEOUT(claim, take_over_from_a_stuck_writer, KT_FOREVER)
{
	struct kt_stuck s = { .writes = true };

	take_over_from(_metadata, &self->one, &self->two, &s);
	EXPECT_EQ(-1, s.nr);
	EXPECT_EQ(ECANCELED, s.err);
}

/* Silent, but what comes is not later: it has to wait. */
TEST_F_TIMEOUT(claim, not_by_an_earlier_one, KT_FOREVER)
{
	ASSERT_EQ(0, head(&self->two));
	ASSERT_EQ(0, frames(&self->two, 0, HALF));
	sleep(SILENT + 1);
	ASSERT_EQ(0, head(&self->one));
	EXPECT_EQ(-EBUSY, frames(&self->one, 0, REST));
	EXPECT_EQ(0, frames(&self->two, HALF, REST));
	EXPECT_TRUE(installed(&self->two));
}

TEST_F_TIMEOUT(claim, not_by_the_same_one, KT_FOREVER)
{
	struct stream again = self->one;

	ASSERT_EQ(0, head(&self->one));
	ASSERT_EQ(0, frames(&self->one, 0, HALF));
	sleep(SILENT + 1);
	ASSERT_EQ(0, head(&again));
	EXPECT_EQ(-EBUSY, frames(&again, 0, REST));
	close(again.fd);
	EXPECT_EQ(0, frames(&self->one, HALF, REST));
	EXPECT_TRUE(installed(&self->one));
}

/* Once the owner is gone, the one that was checked goes on. */
TEST_F_TIMEOUT(claim, after_a_close, KT_FOREVER)
{
	ASSERT_EQ(0, head(&self->one));
	ASSERT_EQ(0, head(&self->two));
	ASSERT_EQ(0, frames(&self->one, 0, HALF));
	close(self->one.fd);
	self->one.fd = -1;
	EXPECT_EQ(KOTA_CAUSE_INTERRUPTED, last_cause());
	EXPECT_EQ(0, frames(&self->two, 0, REST));
	EXPECT_TRUE(installed(&self->two));
}

/* Both were checked when both were newer than what is installed. */
TEST_F_TIMEOUT(claim, checked_but_too_old_by_now, KT_FOREVER)
{
	ASSERT_EQ(0, head(&self->one));
	ASSERT_EQ(0, head(&self->two));
	ASSERT_EQ(0, frames(&self->two, 0, REST));
	EXPECT_TRUE(installed(&self->two));
	close(self->two.fd);
	self->two.fd = -1;
	EXPECT_EQ(-ESTALE, frames(&self->one, 0, REST));
	EXPECT_EQ(KOTA_CAUSE_SEQUENCE, last_cause());
	EXPECT_TRUE(installed(&self->two));
}

/* One that is complete, but open: it owns nothing any more, and can undo nothing. */
TEST_F_TIMEOUT(claim, complete_one_gives_way, KT_FOREVER)
{
	ASSERT_EQ(0, head(&self->one));
	ASSERT_EQ(0, frames(&self->one, 0, REST));
	EXPECT_TRUE(installed(&self->one));
	ASSERT_EQ(0, head(&self->two));
	ASSERT_EQ(0, frames(&self->two, 0, HALF));
	EXPECT_EQ(-E2BIG, frames(&self->one, 0, 1));
	EXPECT_EQ(0, frames(&self->two, HALF, REST));
	EXPECT_TRUE(installed(&self->two));
	close(self->one.fd);
	self->one.fd = -1;
	EXPECT_TRUE(installed(&self->two));
}

/* ------------------------------------------------------------------ idle */

/* Nothing for so long: as if closed, and the seat is free. */
TEST_F_TIMEOUT(claim, silent_for_good, KT_FOREVER)
{
	struct kt_status st;
	int i;

	ASSERT_EQ(0, head(&self->one));
	ASSERT_EQ(0, frames(&self->one, 0, HALF));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_TRUE(st.busy);
	for (i = 0; i < 3 * IDLE && last_cause() != KOTA_CAUSE_SILENT; i++)
		sleep(1);
	EXPECT_LT(IDLE - 3, i);
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(KOTA_CAUSE_SILENT, st.cause);
	EXPECT_EQ(ETIMEDOUT, st.error);
	EXPECT_EQ(KOTA_SLOT_STATE_INCOMPLETE, st.slot[1].state);
	EXPECT_FALSE(st.busy);
	EXPECT_TRUE(kt_scene_unbootable());
	EXPECT_EQ(-ETIMEDOUT, frames(&self->one, HALF, REST));
	EXPECT_EQ(0, close(self->one.fd));
	EXPECT_EQ(KOTA_CAUSE_SILENT, last_cause());
	/* Nothing but the first unit was lost. */
	ASSERT_EQ(0, head(&self->one));
	EXPECT_EQ(0, frames(&self->one, 0, REST));
	EXPECT_TRUE(installed(&self->one));
}

/* Nothing said again and again is still nothing. */
TEST_F_TIMEOUT(claim, silent_with_empty_writes, KT_FOREVER)
{
	struct kota_range r[2];
	struct kt_status st = { .busy = true };
	int i;

	ASSERT_EQ(0, head(&self->one));
	ASSERT_EQ(1, kt_ask(self->one.fd, r, 2, 2));
	for (i = 0; i < 30 * IDLE && st.busy; i++) {
		say_nothing(self->one.fd);
		/* There are no more ranges. */
		read(self->one.fd, r, sizeof(r));
		ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	}
	EXPECT_FALSE(st.busy);
	EXPECT_EQ(KOTA_CAUSE_SILENT, last_cause());
	EXPECT_EQ(-ETIMEDOUT, frames(&self->one, 0, REST));
}

/* A byte now and then is enough. */
TEST_F_TIMEOUT(claim, slow_is_not_silent, KT_FOREVER)
{
	size_t i;

	ASSERT_EQ(0, head(&self->one));
	/* Longer than what is idle, all in all. */
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, frames(&self->one, i, 1));
		sleep(IDLE / 2);
	}
	EXPECT_EQ(0, frames(&self->one, i, REST));
	EXPECT_TRUE(installed(&self->one));
}

/* Opened and forgotten: no trace, and no seat. */
TEST_F_TIMEOUT(claim, never_a_byte, KT_FOREVER)
{
	int one = open(KT_DEVICE, O_WRONLY), two = open(KT_DEVICE, O_WRONLY), third, i;
	struct kt_status st;

	ASSERT_LE(0, one);
	ASSERT_LE(0, two);
	EXPECT_EQ(-1, open(KT_DEVICE, O_WRONLY));
	EXPECT_EQ(EBUSY, errno);
	for (i = 0, third = -1; i < 3 * IDLE && third < 0; i++) {
		sleep(1);
		third = open(KT_DEVICE, O_WRONLY);
	}
	EXPECT_LE(0, third);
	EXPECT_EQ(-ETIMEDOUT, kt_write(one, self->one.good.data, 8));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(self->scene.before.cause, st.cause);
	close(one);
	close(two);
	close(third);
}

/* Complete, and left open for ever: complete. */
TEST_F_TIMEOUT(claim, complete_and_left_open, KT_FOREVER)
{
	ASSERT_EQ(0, head(&self->one));
	ASSERT_EQ(0, frames(&self->one, 0, REST));
	sleep(IDLE + 2);
	EXPECT_TRUE(installed(&self->one));
	EXPECT_EQ(-E2BIG, frames(&self->one, 0, 1));
	EXPECT_TRUE(installed(&self->one));
}

TEST_HARNESS_MAIN
