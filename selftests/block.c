// SPDX-License-Identifier: GPL-2.0
/*
 * What is special about slots on a disk: a page cache that must not lie, others
 * who could open the partition, a disk that can go away.
 *
 * Wants a provisioned device with the signer "signer" in the ring, KOTA_SLOTS=, and
 * a file system (ext2) in slot a.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <endian.h>
#include <linux/blkpg.h>

#include "harness.h"
#include "scene.h"

#define MNT		"/tmp/mnt"
#define KIB		1024
#define UNIT		(128 * KIB)
#define SECTOR		512
#define IMAGE_LEN	(300 * KIB + 100)	/* ends amidst a sector */
#define CHUNK		(64 * KIB)
#define FRAME		(16 + CHUNK + 16)

FIXTURE(block) {
	struct kt_scene scene;
	struct kt_deliverable d;
	struct kt_map map;
	struct kt_buf b;
	uint8_t *image;
	uint64_t sequence;
	int session;
};

FIXTURE_SETUP(block)
{
	ASSERT_TRUE(kt_on_disk());
	ASSERT_EQ(0, kt_scene_begin(&self->scene));
	mkdir(MNT, 0755);
	self->session = -1;
	self->sequence = self->scene.before.sequence + 1;
	self->image = malloc(IMAGE_LEN);
	ASSERT_NE(NULL, self->image);
	kt_fill(self->image, IMAGE_LEN, self->sequence);
	kt_begin(&self->d, &self->scene.before, self->image, IMAGE_LEN, self->sequence);
}

FIXTURE_TEARDOWN(block)
{
	if (self->session >= 0)
		close(self->session);
	EXPECT_TRUE(kt_scene_same_a(&self->scene));
	free(self->b.data);
	free(self->image);
	kt_free(&self->d);
	kt_scene_end(&self->scene);
}

static void finish(struct kt_deliverable *d, const struct kt_scene *sc, struct kt_buf *b,
		   struct kt_map *map)
{
	kt_seal(d);
	kt_sign(d, "signer", 0);
	kt_wrap(d, sc->before.public_key);
	*b = kt_finish(d, map);
}

/* Through the page cache, where kt_disk_read() goes past it. */
static int read_cached(const char *name, uint8_t *buf, size_t len)
{
	int fd = kt_disk_open(name, O_RDONLY);
	ssize_t nr;

	if (fd < 0)
		return fd;
	nr = pread(fd, buf, len, 0);
	close(fd);
	return nr == len ? 0 : -EIO;
}

static bool is_all(const uint8_t *bytes, size_t len, uint8_t value)
{
	while (len--)
		if (*bytes++ != value)
			return false;
	return true;
}

/* Fill slot b with bytes that no image leaves. */
static int soil(uint8_t value)
{
	size_t size = kt_disk_size("slot-b"), done = 0;
	uint8_t *bytes = malloc(size);
	int fd = kt_disk_open("slot-b", O_WRONLY);
	ssize_t nr;

	if (fd < 0 || !bytes)
		return -1;
	memset(bytes, value, size);
	while (done < size) {
		nr = pwrite(fd, bytes + done, size - done, done);
		if (nr <= 0)
			break;
		done += nr;
	}
	fsync(fd);
	close(fd);
	free(bytes);
	return done == size ? 0 : -1;
}

/* Somebody has read the slot, and keeps it open: he sees what was written. */
TEST_F_TIMEOUT(block, cache_agrees, KT_FOREVER)
{
	size_t size = kt_disk_size("slot-b");
	uint8_t *cached = malloc(size), *direct = malloc(size);
	int reader;

	ASSERT_EQ(0, soil(0x5a));
	reader = kt_disk_open("slot-b", O_RDONLY);
	ASSERT_LE(0, reader);
	ASSERT_EQ(0, read_cached("slot-b", cached, size));
	ASSERT_TRUE(is_all(cached, size, 0x5a));
	finish(&self->d, &self->scene, &self->b, NULL);
	ASSERT_EQ(0, kt_install(self->b.data, self->b.len, self->sequence));
	ASSERT_EQ(0, read_cached("slot-b", cached, size));
	ASSERT_EQ(0, kt_disk_read("slot-b", 0, direct, size));
	EXPECT_EQ(0, memcmp(cached, direct, size));
	EXPECT_EQ(0, memcmp(direct, self->image, IMAGE_LEN));
	close(reader);
	free(cached);
	free(direct);
}

/* Bytes that somebody has written and nobody has flushed do not come back later. */
TEST_F_TIMEOUT(block, cache_of_a_writer_is_gone, KT_FOREVER)
{
	uint8_t bytes[4096];
	int reader, writer;

	memset(bytes, 0x77, sizeof(bytes));
	reader = kt_disk_open("slot-b", O_RDONLY);	/* keeps the cache alive */
	writer = kt_disk_open("slot-b", O_WRONLY);
	ASSERT_LE(0, reader);
	ASSERT_LE(0, writer);
	ASSERT_EQ(sizeof(bytes), pwrite(writer, bytes, sizeof(bytes), 8 * KIB));
	close(writer);
	finish(&self->d, &self->scene, &self->b, NULL);
	ASSERT_EQ(0, kt_install(self->b.data, self->b.len, self->sequence));
	sync();
	EXPECT_TRUE(kt_scene_holds(self->image, IMAGE_LEN));
	close(reader);
}

/* What reads on finds nothing of an older image for a sector, the rest is as it was. */
TEST_F_TIMEOUT(block, sector_behind_the_image_is_zero, KT_FOREVER)
{
	size_t size = kt_disk_size("slot-b"), end = (IMAGE_LEN + SECTOR - 1) / SECTOR * SECTOR;
	uint8_t *now = malloc(size);

	ASSERT_EQ(0, soil(0xee));
	finish(&self->d, &self->scene, &self->b, NULL);
	ASSERT_EQ(0, kt_install(self->b.data, self->b.len, self->sequence));
	ASSERT_EQ(0, kt_disk_read("slot-b", 0, now, size));
	EXPECT_EQ(0, memcmp(now, self->image, IMAGE_LEN));
	EXPECT_TRUE(is_all(now + IMAGE_LEN, end + SECTOR - IMAGE_LEN, 0));
	EXPECT_TRUE(is_all(now + end + SECTOR, size - end - SECTOR, 0xee));
	free(now);
}

/* An image of whole sectors that fills the first unit; one within it. */
TEST_F_TIMEOUT(block, sector_behind_the_first_unit_is_zero, KT_FOREVER)
{
	static const size_t lens[] = { UNIT, UNIT - SECTOR, UNIT - 1, SECTOR, 1 };
	size_t size = kt_disk_size("slot-b"), i;
	uint8_t *now = malloc(size);

	for (i = 0; i < 5; i++) {
		size_t rest = lens[i] > UNIT - SECTOR ? UNIT + SECTOR : UNIT;
		struct kt_buf b = kt_make(&self->scene.before, self->image, lens[i],
					  self->sequence + i, 12, NULL);

		ASSERT_EQ(0, soil(0xee));
		ASSERT_EQ(0, kt_install(b.data, b.len, self->sequence + i));
		ASSERT_EQ(0, kt_disk_read("slot-b", 0, now, size));
		EXPECT_EQ(0, memcmp(now, self->image, lens[i]));
		EXPECT_TRUE(is_all(now + lens[i], rest - lens[i], 0));
		EXPECT_TRUE(is_all(now + rest, size - rest, 0xee));
		free(b.data);
	}
	free(now);
}

TEST_F_TIMEOUT(block, erased_whole_where_asked_for, KT_FOREVER)
{
	size_t size = kt_disk_size("slot-b");
	uint8_t *now = malloc(size);

	ASSERT_EQ(0, soil(0xee));
	self->d.manifest.handling = htole32(KOTA_HANDLING_ERASE_SLOT);
	finish(&self->d, &self->scene, &self->b, NULL);
	ASSERT_EQ(0, kt_install(self->b.data, self->b.len, self->sequence));
	ASSERT_EQ(0, kt_disk_read("slot-b", 0, now, size));
	EXPECT_EQ(0, memcmp(now, self->image, IMAGE_LEN));
	EXPECT_TRUE(is_all(now + IMAGE_LEN, size - IMAGE_LEN, 0));
	free(now);
}

/* With all frames but the last, or with all of them and without END. */
static int send_until(struct __test_metadata *_metadata, FIXTURE_DATA(block) *self, size_t len)
{
	finish(&self->d, &self->scene, &self->b, &self->map);
	self->session = open(KT_DEVICE, O_WRONLY);
	if (self->session < 0)
		return -errno;
	return kt_write(self->session, self->b.data, len ? len : self->map.end);
}

TEST_F_TIMEOUT(block, first_unit_comes_last, KT_FOREVER)
{
	uint8_t *now = malloc(IMAGE_LEN);

	ASSERT_EQ(0, soil(0xee));
	finish(&self->d, &self->scene, &self->b, &self->map);
	self->session = open(KT_DEVICE, O_WRONLY);
	ASSERT_LE(0, self->session);
	/* Zeroed first: one frame, which is held back, and nothing else. */
	ASSERT_EQ(0, kt_write(self->session, self->b.data, self->map.frames + FRAME));
	ASSERT_EQ(0, kt_disk_read("slot-b", 0, now, IMAGE_LEN));
	EXPECT_TRUE(is_all(now, UNIT, 0));
	EXPECT_TRUE(is_all(now + UNIT, IMAGE_LEN - UNIT, 0xee));
	/* All frames: it is the only thing that is missing. */
	ASSERT_EQ(0, kt_write(self->session, self->b.data + self->map.frames + FRAME,
			      self->map.end - self->map.frames - FRAME));
	ASSERT_EQ(0, kt_disk_read("slot-b", 0, now, IMAGE_LEN));
	EXPECT_TRUE(is_all(now, UNIT, 0));
	EXPECT_EQ(0, memcmp(now + UNIT, self->image + UNIT, IMAGE_LEN - UNIT));
	ASSERT_EQ(0, kt_write(self->session, self->b.data + self->map.end,
			      self->map.len - self->map.end));
	EXPECT_TRUE(kt_scene_holds(self->image, IMAGE_LEN));
	free(now);
}

/* Nobody else writes it, claims it or mounts it meanwhile; reading is free. */
TEST_F_TIMEOUT(block, exclusive_while_writing, KT_FOREVER)
{
	char dev[64], path[128];
	int fd;

	ASSERT_TRUE(kt_disk("slot-b", dev, sizeof(dev)));
	snprintf(path, sizeof(path), "/dev/%s", dev);
	ASSERT_EQ(0, send_until(_metadata, self, 0));
	EXPECT_EQ(-EBUSY, kt_disk_open("slot-b", O_WRONLY));
	EXPECT_EQ(-EBUSY, kt_disk_open("slot-b", O_RDWR));
	EXPECT_EQ(-EBUSY, kt_disk_open("slot-b", O_RDONLY | O_EXCL));
	EXPECT_EQ(-1, mount(path, MNT, "ext2", MS_RDONLY, NULL));
	EXPECT_EQ(EBUSY, errno);
	fd = kt_disk_open("slot-b", O_RDONLY);
	EXPECT_LE(0, fd);
	close(fd);
	ASSERT_EQ(0, kt_write(self->session, self->b.data + self->map.end,
			      self->map.len - self->map.end));
	close(self->session);
	self->session = -1;
	/* Whole: it may be used. */
	fd = kt_disk_open("slot-b", O_RDONLY | O_EXCL);
	EXPECT_LE(0, fd);
	close(fd);
	EXPECT_TRUE(kt_scene_holds(self->image, IMAGE_LEN));
}

/* Who has it open for writing, or mounted, is not pulled the rug from under. */
TEST_F_TIMEOUT(block, in_use_is_refused, KT_FOREVER)
{
	static const int flags[] = { O_WRONLY, O_RDWR, O_RDONLY | O_EXCL };
	struct kt_status st;
	int fd, i;

	finish(&self->d, &self->scene, &self->b, NULL);
	for (i = 0; i < 3; i++) {
		fd = kt_disk_open("slot-b", flags[i]);
		ASSERT_LE(0, fd);
		EXPECT_EQ(kt_errno(KOTA_CAUSE_MEDIUM),
			  kt_install(self->b.data, self->b.len, self->sequence));
		ASSERT_EQ(0, kt_status(&st, KT_TARGET));
		EXPECT_EQ(KOTA_CAUSE_MEDIUM, st.cause);
		EXPECT_TRUE(kt_scene_same_b(&self->scene));
		close(fd);
	}
	EXPECT_EQ(0, kt_install(self->b.data, self->b.len, self->sequence));
	EXPECT_TRUE(kt_scene_holds(self->image, IMAGE_LEN));
}

/* The system runs from slot a while slot b is written. */
TEST_F_TIMEOUT(block, active_slot_is_mounted, KT_FOREVER)
{
	char dev[64], path[128];
	struct stat st;

	ASSERT_TRUE(kt_disk("slot-a", dev, sizeof(dev)));
	snprintf(path, sizeof(path), "/dev/%s", dev);
	ASSERT_EQ(0, mount(path, MNT, "ext2", MS_RDONLY, NULL));
	finish(&self->d, &self->scene, &self->b, NULL);
	EXPECT_EQ(0, kt_install(self->b.data, self->b.len, self->sequence));
	EXPECT_EQ(0, stat(MNT "/lost+found", &st));
	EXPECT_EQ(0, umount(MNT));
	EXPECT_TRUE(kt_scene_holds(self->image, IMAGE_LEN));
}

/* And what it holds can be taken from there, not from the stream. */
TEST_F_TIMEOUT(block, active_slot_is_copied, KT_FOREVER)
{
	char dev[64], path[128];
	struct kota_range range[4];

	ASSERT_TRUE(kt_disk("slot-a", dev, sizeof(dev)));
	snprintf(path, sizeof(path), "/dev/%s", dev);
	ASSERT_EQ(0, soil(0xee));
	ASSERT_EQ(0, kt_disk_read("slot-a", 0, self->image, IMAGE_LEN));
	kt_retable(&self->d);
	finish(&self->d, &self->scene, &self->b, &self->map);
	ASSERT_EQ(0, mount(path, MNT, "ext2", MS_RDONLY, NULL));
	self->session = open(KT_DEVICE, O_RDWR);
	ASSERT_LE(0, self->session);
	EXPECT_EQ(0, kt_write(self->session, self->b.data, self->map.frames));
	EXPECT_EQ(1, kt_ask(self->session, range, 4, 4));
	EXPECT_EQ(self->map.end, range[0].pos);
	EXPECT_EQ(self->map.len - self->map.end, range[0].len);
	EXPECT_EQ(0, kt_send(self->session, self->b.data, range, 1));
	EXPECT_EQ(0, umount(MNT));
	EXPECT_TRUE(kt_scene_holds(self->image, IMAGE_LEN));
}

/* A file of sysfs about the disk ("../") or the partition of slot b; NULL: none. */
static FILE *attribute(const char *name)
{
	char dev[64], path[128];

	if (!kt_disk("slot-b", dev, sizeof(dev)))
		return NULL;
	snprintf(path, sizeof(path), "/sys/class/block/%s/%s", dev, name);
	return fopen(path, "r");
}

/* A number out of it, the nth; -1: there is none. */
static long long number(const char *name, int nth)
{
	FILE *f = attribute(name);
	long long value = -1;

	while (f && nth-- && fscanf(f, "%lld", &value) == 1)
		;
	if (f)
		fclose(f);
	return nth < 0 ? value : -1;
}

/* Flushes of the disk that are done: Documentation/block/stat.rst. */
static long long flushes(void)
{
	return number("../stat", 16);
}

/* The first unit is gone for good before anything is written, and comes back last. */
TEST_F_TIMEOUT(block, flushed, KT_FOREVER)
{
	long long before, begun, written;

	finish(&self->d, &self->scene, &self->b, &self->map);
	/* No update waits any more. */
	self->session = open(KT_DEVICE, O_WRONLY);
	ASSERT_LE(0, self->session);
	ASSERT_EQ(0, kt_write(self->session, self->b.data, self->map.frames + FRAME));
	close(self->session);
	self->session = open(KT_DEVICE, O_WRONLY);
	ASSERT_LE(0, self->session);
	before = flushes();
	ASSERT_LE(0, before);
	ASSERT_EQ(0, kt_write(self->session, self->b.data, self->map.frames + FRAME));
	begun = flushes();
	/* Record and unit */
	EXPECT_EQ(before + 2, begun);
	ASSERT_EQ(0, kt_write(self->session, self->b.data + self->map.frames + FRAME,
			      self->map.end - self->map.frames - FRAME));
	written = flushes();
	EXPECT_EQ(begun, written);
	ASSERT_EQ(0, kt_write(self->session, self->b.data + self->map.end,
			      self->map.len - self->map.end));
	/* All but the unit, the unit, the record, and that once more */
	EXPECT_EQ(written + 4, flushes());
}

static int resize(uint64_t size)
{
	struct blkpg_partition part = {
		.start = number("start", 1) * SECTOR,
		.length = size,
		.pno = number("partition", 1),
	};
	struct blkpg_ioctl_arg arg = {
		.op = BLKPG_RESIZE_PARTITION, .datalen = sizeof(part), .data = &part,
	};
	char dev[64], path[128];
	int fd, err;

	if (!kt_disk("slot-b", dev, sizeof(dev)))
		return -ENODEV;
	dev[strcspn(dev, "0123456789")] = '\0';
	snprintf(path, sizeof(path), "/dev/%s", dev);
	fd = open(path, O_RDONLY);
	err = ioctl(fd, BLKPG, &arg) ? -errno : 0;
	close(fd);
	return err;
}

/* Not the partition any more that the size of an image was held against. */
TEST_F_TIMEOUT(block, resized_is_refused, KT_FOREVER)
{
	size_t size = kt_disk_size("slot-b");
	struct kt_status st;

	finish(&self->d, &self->scene, &self->b, NULL);
	ASSERT_EQ(0, resize(size - UNIT));
	EXPECT_EQ(kt_errno(KOTA_CAUSE_MEDIUM),
		  kt_install(self->b.data, self->b.len, self->sequence));
	ASSERT_EQ(0, resize(size));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(KOTA_CAUSE_MEDIUM, st.cause);
	EXPECT_TRUE(kt_scene_same_b(&self->scene));
	EXPECT_EQ(0, kt_install(self->b.data, self->b.len, self->sequence));
	EXPECT_TRUE(kt_scene_holds(self->image, IMAGE_LEN));
}

/* Interrupted: only the first unit is lost. */
TEST_F_TIMEOUT(block, interrupted, KT_FOREVER)
{
	uint8_t *now = malloc(IMAGE_LEN);

	ASSERT_EQ(0, soil(0xee));
	ASSERT_EQ(0, send_until(_metadata, self, 0));
	close(self->session);
	self->session = -1;
	EXPECT_TRUE(kt_scene_unbootable());
	ASSERT_EQ(0, kt_disk_read("slot-b", 0, now, IMAGE_LEN));
	EXPECT_EQ(0, memcmp(now + UNIT, self->image + UNIT, IMAGE_LEN - UNIT));
	EXPECT_EQ(0, kt_scene_good(&self->scene));
	free(now);
}

/* Sent once more after END: the slot was whole and is not any more. */
TEST_F_TIMEOUT(block, undone_after_it_was_whole, KT_FOREVER)
{
	finish(&self->d, &self->scene, &self->b, &self->map);
	self->session = open(KT_DEVICE, O_WRONLY);
	ASSERT_LE(0, self->session);
	ASSERT_EQ(0, kt_write(self->session, self->b.data, self->b.len));
	EXPECT_TRUE(kt_scene_holds(self->image, IMAGE_LEN));
	EXPECT_EQ(kt_errno(KOTA_CAUSE_EXTRA), kt_write(self->session, "", 1));
	EXPECT_TRUE(kt_scene_unbootable());
}

/* The virtio device under a partition: "virtio5". */
static bool virtio_of(const char *name, char *virtio, size_t size)
{
	char dev[64], path[128], real[PATH_MAX], *found;

	if (!kt_disk(name, dev, sizeof(dev)))
		return false;
	snprintf(path, sizeof(path), "/sys/class/block/%s", dev);
	if (!realpath(path, real))
		return false;
	found = strstr(real, "/virtio");
	/* a003e00.virtio_mmio has no slash before it */
	if (!found || !strchr(found + 1, '/'))
		return false;
	*strchr(found + 1, '/') = '\0';
	snprintf(virtio, size, "%s", found + 1);
	return true;
}

static int bind(const char *what, const char *virtio)
{
	char path[128];
	int fd, err = 0;

	snprintf(path, sizeof(path), "/sys/bus/virtio/drivers/virtio_blk/%s", what);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, virtio, strlen(virtio)) < 0)
		err = -errno;
	close(fd);
	return err;
}

FIXTURE(gone) {
	struct kt_scene scene;
	struct kt_deliverable d;
	struct kt_map map;
	struct kt_buf b;
	uint8_t *image;
	uint64_t sequence;
	char virtio[64];
};

FIXTURE_VARIANT(gone) {
	size_t frames;		/* that have been written by then */
	bool all;		/* all of them */
	uint16_t step;		/* that comes to know */
};

FIXTURE_VARIANT_ADD(gone, before_the_first_frame) { .frames = 0, .step = KOTA_STEP_STAGE };
FIXTURE_VARIANT_ADD(gone, after_the_first_frame) { .frames = 1, .step = KOTA_STEP_APPLY };
FIXTURE_VARIANT_ADD(gone, in_the_middle) { .frames = 3, .step = KOTA_STEP_APPLY };
FIXTURE_VARIANT_ADD(gone, before_the_end) { .all = true, .step = KOTA_STEP_REVERIFY };

/* The record is elsewhere, on flash. */
FIXTURE_SETUP(gone)
{
	ASSERT_EQ(0, kt_scene_begin(&self->scene));
	ASSERT_TRUE(virtio_of("slot-b", self->virtio, sizeof(self->virtio)));
	self->sequence = self->scene.before.sequence + 1;
	self->image = malloc(IMAGE_LEN);
	ASSERT_NE(NULL, self->image);
	kt_fill(self->image, IMAGE_LEN, self->sequence);
	kt_begin(&self->d, &self->scene.before, self->image, IMAGE_LEN, self->sequence);
	finish(&self->d, &self->scene, &self->b, &self->map);
}

FIXTURE_TEARDOWN(gone)
{
	free(self->b.data);
	free(self->image);
	kt_free(&self->d);
	kt_scene_end(&self->scene);
}

/* How many ranges are wanted of the image, as a deliverable with this number. */
static int ask(FIXTURE_DATA(gone) *self, uint64_t sequence)
{
	struct kt_deliverable d;
	struct kota_range range[4];
	struct kt_map map;
	struct kt_buf b;
	int fd, nr;

	kt_begin(&d, &self->scene.before, self->image, IMAGE_LEN, sequence);
	finish(&d, &self->scene, &b, &map);
	fd = open(KT_DEVICE, O_RDWR);
	nr = fd < 0 ? -errno : kt_write(fd, b.data, map.frames);
	if (!nr)
		nr = kt_ask(fd, range, 4, 4);
	close(fd);
	free(b.data);
	kt_free(&d);
	return nr;
}

TEST_F_TIMEOUT(gone, and_back, KT_FOREVER)
{
	size_t pos = variant->all ? self->map.end : self->map.frames + variant->frames * FRAME;
	struct kt_status st;
	int session;

	/* Both slots are looked at, by a disk that will not be there any more. */
	EXPECT_EQ(1, ask(self, self->sequence));
	session = open(KT_DEVICE, O_WRONLY);
	ASSERT_LE(0, session);
	ASSERT_EQ(0, kt_write(session, self->b.data, pos));
	ASSERT_EQ(0, bind("unbind", self->virtio));
	EXPECT_EQ(0, kt_disk_size("slot-b"));
	EXPECT_EQ(kt_errno(KOTA_CAUSE_MEDIUM),
		  kt_write(session, self->b.data + pos, self->b.len - pos));
	close(session);
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(KOTA_CAUSE_MEDIUM, st.cause);
	EXPECT_EQ(variant->step, st.step);
	EXPECT_EQ(KOTA_SLOT_STATE_INCOMPLETE, st.slot[1].state);
	EXPECT_EQ(self->scene.before.sequence, st.sequence);
	/* And as long as it is away. */
	EXPECT_EQ(kt_errno(KOTA_CAUSE_MEDIUM),
		  kt_install(self->b.data, self->b.len, self->sequence));
	ASSERT_EQ(0, bind("bind", self->virtio));
	EXPECT_TRUE(kt_scene_same_a(&self->scene));
	EXPECT_EQ(0, kt_install(self->b.data, self->b.len, self->sequence));
	EXPECT_TRUE(kt_scene_holds(self->image, IMAGE_LEN));
	/* The disk that came back is looked at: its slot has the second unit. */
	EXPECT_EQ(2, ask(self, self->sequence + 1));
}

TEST_HARNESS_MAIN
