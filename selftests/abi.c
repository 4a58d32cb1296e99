// SPDX-License-Identifier: GPL-2.0
/*
 * The interface itself: sizes, open, write in all its shapes, who may say what.
 * Wants a provisioned device with "signer" in its ring.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <linux/capability.h>

#include "harness.h"
#include "scene.h"
#include "stuck.h"

/* No test may hang on a device that does. */
#define TRIES	1000000

FIXTURE(abi) {
};

FIXTURE_SETUP(abi)
{
}

FIXTURE_TEARDOWN(abi)
{
}

/* Pinned: user space was built with these numbers. */
TEST_F(abi, sizes)
{
	EXPECT_EQ(64, sizeof(struct kota_prologue));
	EXPECT_EQ(640, sizeof(struct kota_manifest));
	EXPECT_EQ(192, sizeof(struct kota_image));
	EXPECT_EQ(40, sizeof(struct kota_retired));
	EXPECT_EQ(8, sizeof(struct kota_signature));
	EXPECT_EQ(40, sizeof(struct kota_envelope));
	EXPECT_EQ(16, sizeof(struct kota_table));
	EXPECT_EQ(40, sizeof(struct kota_chunk));
	EXPECT_EQ(16, sizeof(struct kota_frame));
	EXPECT_EQ(16, sizeof(struct kota_range));
}

/* A number that has been given away never means anything else. */
TEST_F(abi, netlink_numbers)
{
	EXPECT_EQ(1, KOTA_CMD_DEVICE_GET);
	EXPECT_EQ(2, KOTA_CMD_BLOB_GET);
	EXPECT_EQ(3, KOTA_CMD_PROVISION);
	EXPECT_EQ(4, KOTA_CMD_KEYS_LOAD);
	EXPECT_EQ(5, KOTA_CMD_KEYS_ROLL);
	EXPECT_EQ(6, KOTA_CMD_KEYS_RETIRE);
	EXPECT_EQ(7, KOTA_CMD_ENVELOPE_ADD);
	EXPECT_EQ(8, KOTA_CMD_EVENT_NTF);
	EXPECT_EQ(9, KOTA_CMD_EVENT_GET);
	EXPECT_EQ(1, KOTA_A_DEVICE_ABI);
	EXPECT_EQ(9, KOTA_A_DEVICE_PUBLIC_KEY);
	EXPECT_EQ(17, KOTA_A_DEVICE_TARGET);
	EXPECT_EQ(18, KOTA_A_DEVICE_REFUSAL);
	EXPECT_EQ(30, KOTA_A_DEVICE_PREREQUISITE);
	EXPECT_EQ(31, KOTA_A_DEVICE_ALGORITHM);
	EXPECT_EQ(6, KOTA_A_REFUSAL_SEQUENCE);
	EXPECT_EQ(8, KOTA_A_SLOT_CAPACITY);
	EXPECT_EQ(5, KOTA_A_TARGET_REASON);
	EXPECT_EQ(8, KOTA_A_EVENT_REFUSAL);
	EXPECT_EQ(3, KOTA_A_ALGORITHM_DRIVER);
	EXPECT_EQ(3, KOTA_A_PREREQUISITE_DETAIL);
}

/* An errno that meant two things would not tell what happened. */
TEST_F(abi, causes)
{
#define CAUSE(name, number, error, sentence) { number, error },
	static const int causes[][2] = { KOTA_CAUSES(CAUSE) };
#undef CAUSE
	int i, j, nr = sizeof(causes) / sizeof(causes[0]);

	EXPECT_EQ(43, nr);
	for (i = 0; i < nr; i++) {
		EXPECT_EQ(i + 1, causes[i][0]);
		for (j = 0; j < i; j++)
			EXPECT_NE(causes[i][1], causes[j][1]);
	}
}

TEST_F(abi, version)
{
	struct kt_status st;

	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(KOTA_ABI_VERSION, st.abi);
}

/* ------------------------------------------------------------------ open */

FIXTURE(open) {
};

FIXTURE_VARIANT(open) {
	int flags;
	int error;
};

FIXTURE_SETUP(open)
{
}

FIXTURE_TEARDOWN(open)
{
}

FIXTURE_VARIANT_ADD(open, write_only) { .flags = O_WRONLY, .error = 0 };
FIXTURE_VARIANT_ADD(open, read_only) { .flags = O_RDONLY, .error = EACCES };
FIXTURE_VARIANT_ADD(open, read_write) { .flags = O_RDWR, .error = 0 };
FIXTURE_VARIANT_ADD(open, append) { .flags = O_WRONLY | O_APPEND, .error = 0 };
FIXTURE_VARIANT_ADD(open, truncate) { .flags = O_WRONLY | O_TRUNC, .error = 0 };
FIXTURE_VARIANT_ADD(open, exclusive_create) {
	.flags = O_WRONLY | O_CREAT | O_EXCL, .error = EEXIST
};

TEST_F(open, flags)
{
	int fd = open(KT_DEVICE, variant->flags, 0600);

	if (variant->error) {
		EXPECT_EQ(-1, fd);
		EXPECT_EQ(variant->error, errno);
	} else {
		EXPECT_LE(0, fd);
	}
	close(fd);
	/* A failed open leaves nothing taken. */
	fd = open(KT_DEVICE, O_WRONLY);
	EXPECT_LE(0, fd);
	close(fd);
}

/* Two, so that one can take over from the other; what they may do: claim.c */
TEST_F(abi, third_opener)
{
	struct kt_status st;
	int fd = open(KT_DEVICE, O_WRONLY), second = open(KT_DEVICE, O_RDWR);

	ASSERT_LE(0, fd);
	ASSERT_LE(0, second);
	EXPECT_EQ(-1, open(KT_DEVICE, O_WRONLY));
	EXPECT_EQ(EBUSY, errno);
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_TRUE(st.busy);
	close(fd);
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_TRUE(st.busy);
	fd = open(KT_DEVICE, O_WRONLY);
	EXPECT_LE(0, fd);
	close(fd);
	close(second);
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_FALSE(st.busy);
}

/* Opened and closed without a byte: nothing was refused, nothing was touched. */
TEST_F(abi, open_and_close)
{
	struct kt_scene sc;
	struct kt_status st;
	int fd;

	ASSERT_EQ(0, kt_scene_begin(&sc));
	fd = open(KT_DEVICE, O_WRONLY);
	ASSERT_LE(0, fd);
	close(fd);
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(sc.before.cause, st.cause);
	EXPECT_TRUE(kt_scene_same_b(&sc));
	kt_scene_end(&sc);
}

/* ------------------------------------------------------------------ write */

#define IMAGE_LEN	20000

FIXTURE(write) {
	struct kt_scene scene;
	struct kt_map map;
	struct kt_buf good;
	uint8_t image[IMAGE_LEN];
	uint64_t sequence;
	int fd;
};

FIXTURE_SETUP(write)
{
	ASSERT_EQ(0, kt_scene_begin(&self->scene));
	self->sequence = self->scene.before.sequence + 1;
	kt_fill(self->image, IMAGE_LEN, self->sequence);
	self->good = kt_make(&self->scene.before, self->image, IMAGE_LEN, self->sequence, 12,
			     &self->map);
	self->fd = open(KT_DEVICE, O_WRONLY);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(write)
{
	close(self->fd);
	free(self->good.data);
	EXPECT_TRUE(kt_scene_same_a(&self->scene));
	EXPECT_EQ(0, kt_scene_good(&self->scene));
	kt_scene_end(&self->scene);
}

static bool installed(uint64_t sequence)
{
	struct kt_status st;

	return !kt_status(&st, KT_TARGET) && st.sequence == sequence &&
	       st.slot[1].state == KOTA_SLOT_STATE_COMPLETE && st.slot[1].sequence == sequence;
}

static int last_cause(void)
{
	struct kt_status st;

	return kt_status(&st, KT_TARGET) ? -1 : st.cause;
}

TEST_F_TIMEOUT(write, at_once, KT_FOREVER)
{
	EXPECT_EQ(self->good.len, write(self->fd, self->good.data, self->good.len));
	EXPECT_TRUE(installed(self->sequence));
	EXPECT_TRUE(kt_scene_holds(self->image, IMAGE_LEN));
	close(self->fd);
	EXPECT_TRUE(installed(self->sequence));
}

TEST_F_TIMEOUT(write, one_byte_each, KT_FOREVER)
{
	size_t i;

	for (i = 0; i < self->good.len; i++)
		ASSERT_EQ(1, write(self->fd, self->good.data + i, 1));
	EXPECT_TRUE(installed(self->sequence));
	EXPECT_TRUE(kt_scene_holds(self->image, IMAGE_LEN));
}

TEST_F_TIMEOUT(write, odd_sizes, KT_FOREVER)
{
	uint64_t seed = kt_seed();
	size_t off = 0;

	TH_LOG("SEED=%#llx", (unsigned long long)seed);
	while (off < self->good.len) {
		size_t len = 1 + kt_random(&seed) % 777;

		if (len > self->good.len - off)
			len = self->good.len - off;
		ASSERT_EQ(len, write(self->fd, self->good.data + off, len));
		off += len;
	}
	EXPECT_TRUE(installed(self->sequence));
	EXPECT_TRUE(kt_scene_holds(self->image, IMAGE_LEN));
}

TEST_F_TIMEOUT(write, vectors, KT_FOREVER)
{
	struct iovec iov[3] = {
		{ self->good.data, 1000 },
		{ self->good.data + 1000, 1 },
		{ self->good.data + 1001, self->good.len - 1001 },
	};

	/* Without write_iter a vector is three writes. */
	EXPECT_EQ(self->good.len, writev(self->fd, iov, 3));
	EXPECT_TRUE(installed(self->sequence));
}

TEST_F(write, nothing)
{
	EXPECT_EQ(0, write(self->fd, self->good.data, 0));
	EXPECT_EQ(0, kt_write(self->fd, self->good.data, self->good.len));
	EXPECT_EQ(0, write(self->fd, self->good.data, 0));
	EXPECT_TRUE(installed(self->sequence));
}

TEST_F(write, no_seeking)
{
	ASSERT_EQ(100, write(self->fd, self->good.data, 100));
	lseek(self->fd, 0, SEEK_SET);
	EXPECT_EQ(-1, pwrite(self->fd, self->good.data, 100, 0));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(0, kt_write(self->fd, self->good.data + 100, self->good.len - 100));
	EXPECT_TRUE(installed(self->sequence));
}

TEST_F(write, no_ioctl)
{
	EXPECT_EQ(-1, ioctl(self->fd, 0x4b01, 0));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, read(self->fd, self->image, 1));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ((long)MAP_FAILED, (long)mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, self->fd, 0));
}

/* Memory that ends in the middle: what was there is taken, and the rest later. */
TEST_F(write, fault_in_the_middle)
{
	size_t page = sysconf(_SC_PAGESIZE), off = 0;
	uint8_t *mem = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t nr;

	ASSERT_NE((long)MAP_FAILED, (long)mem);
	ASSERT_EQ(0, mprotect(mem + 2 * page, page, PROT_NONE));
	memcpy(mem, self->good.data, 2 * page);
	EXPECT_EQ(-1, write(self->fd, mem + 2 * page, page));
	EXPECT_EQ(EFAULT, errno);
	/* A short count, then EFAULT. */
	while (off < 2 * page) {
		nr = write(self->fd, mem + off, 3 * page - off);
		ASSERT_LT(0, nr);
		off += nr;
	}
	EXPECT_EQ(2 * page, off);
	EXPECT_EQ(-1, write(self->fd, mem + 2 * page, page));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, kt_write(self->fd, self->good.data + off, self->good.len - off));
	EXPECT_TRUE(installed(self->sequence));
	EXPECT_TRUE(kt_scene_holds(self->image, IMAGE_LEN));
	munmap(mem, 3 * page);
}

/*
 * So few bytes before memory that is not there that a processor may load them and
 * what is behind them at once: they are taken, and nobody spins.
 */
TEST_F(write, fault_behind_few_bytes)
{
	size_t page = sysconf(_SC_PAGESIZE), off = 0, few, left;
	uint8_t *mem = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t nr;

	ASSERT_NE((long)MAP_FAILED, (long)mem);
	ASSERT_EQ(0, mprotect(mem + page, page, PROT_NONE));
	for (few = 1; few < 80; few++) {
		memcpy(mem + page - few, self->good.data + off, few);
		for (left = few; left; left -= nr) {
			nr = write(self->fd, mem + page - left, left + page);
			ASSERT_LT(0, nr);
			ASSERT_GE(left, nr);
		}
		off += few;
	}
	EXPECT_EQ(0, kt_write(self->fd, self->good.data + off, self->good.len - off));
	EXPECT_TRUE(installed(self->sequence));
	munmap(mem, 2 * page);
}

TEST_F(write, bad_pointers)
{
	void *volatile null = NULL;

	EXPECT_EQ(-1, write(self->fd, null, 64));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, write(self->fd, (void *)-4096UL, 64));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, kt_write(self->fd, self->good.data, self->good.len));
	EXPECT_TRUE(installed(self->sequence));
}

/* The first no is the last word. */
TEST_F(write, error_stays)
{
	int i;

	self->good.data[self->map.frames + 16] ^= 1;
	EXPECT_EQ(-EBADMSG, kt_write(self->fd, self->good.data, self->good.len));
	self->good.data[self->map.frames + 16] ^= 1;
	for (i = 0; i < 10; i++) {
		EXPECT_EQ(-1, write(self->fd, self->good.data, self->good.len));
		EXPECT_EQ(EBADMSG, errno);
		EXPECT_EQ(-1, write(self->fd, self->good.data, 1));
		EXPECT_EQ(EBADMSG, errno);
	}
	EXPECT_EQ(KOTA_CAUSE_TAG, last_cause());
	close(self->fd);
	EXPECT_EQ(KOTA_CAUSE_TAG, last_cause());
	EXPECT_TRUE(kt_scene_unbootable());
}

TEST_F(write, closed_in_the_middle)
{
	struct kt_status st;

	ASSERT_EQ(0, kt_write(self->fd, self->good.data, self->map.frames + 5000));
	close(self->fd);
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(KOTA_CAUSE_INTERRUPTED, st.cause);
	EXPECT_EQ(EPIPE, st.error);
	EXPECT_EQ(KOTA_SLOT_STATE_INCOMPLETE, st.slot[1].state);
	EXPECT_TRUE(kt_scene_unbootable());
}

/*
 * Close says so to those who listen, but only who has the last descriptor ends the
 * stream; no byte, or a verdict: nothing is left to say.
 */
TEST_F(write, close_tells)
{
	int other = dup(self->fd);

	EXPECT_EQ(0, close(other));
	ASSERT_EQ(0, kt_write(self->fd, self->good.data, 1000));
	other = dup(self->fd);
	EXPECT_EQ(-1, close(other));
	EXPECT_EQ(EPIPE, errno);
	ASSERT_EQ(0, kt_write(self->fd, self->good.data + 1000, self->good.len - 1000));
	EXPECT_EQ(0, close(self->fd));
	EXPECT_TRUE(installed(self->sequence));
	self->fd = open(KT_DEVICE, O_WRONLY);
	EXPECT_EQ(-ENOEXEC, kt_write(self->fd, self->image, 64));
	EXPECT_EQ(0, close(self->fd));
	self->fd = open(KT_DEVICE, O_WRONLY);
	ASSERT_EQ(0, kt_write(self->fd, self->good.data, 1000));
	EXPECT_EQ(-1, close(self->fd));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(KOTA_CAUSE_INTERRUPTED, last_cause());
}

/* A byte after END, in the write that brought END. */
TEST_F(write, extra_in_the_same)
{
	struct kt_buf b = { 0 };

	kt_append(&b, self->good.data, self->good.len);
	kt_append(&b, "x", 1);
	EXPECT_EQ(-E2BIG, kt_write(self->fd, b.data, b.len));
	EXPECT_FALSE(installed(self->sequence));
	EXPECT_TRUE(kt_scene_unbootable());
	free(b.data);
}

/* The same in a later one: what had been complete is so no more. */
TEST_F(write, extra_in_a_later_one)
{
	struct kt_status st;

	EXPECT_EQ(0, kt_write(self->fd, self->good.data, self->good.len));
	EXPECT_TRUE(installed(self->sequence));
	EXPECT_EQ(-1, write(self->fd, "x", 1));
	EXPECT_EQ(E2BIG, errno);
	EXPECT_EQ(-1, write(self->fd, "x", 1));
	EXPECT_EQ(E2BIG, errno);
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(KOTA_SLOT_STATE_INCOMPLETE, st.slot[1].state);
	EXPECT_EQ(KOTA_CAUSE_EXTRA, st.cause);
	EXPECT_TRUE(kt_scene_unbootable());
}

/* The same deliverable once more: nothing that is newer was lost. */
TEST_F(write, the_same_again)
{
	EXPECT_EQ(0, kt_write(self->fd, self->good.data, self->good.len));
	close(self->fd);
	EXPECT_EQ(0, kt_install(self->good.data, self->good.len, self->sequence));
	EXPECT_TRUE(kt_scene_holds(self->image, IMAGE_LEN));
}

/* ------------------------------------------------------------------ at once */

struct writer {
	int fd;
	uint64_t busy;
	volatile bool *stop;
};

/* Writes zero bytes, which change nothing but have to wait like others. */
static void *intrude(void *arg)
{
	struct writer *w = arg;
	int i;

	for (i = 0; i < TRIES && !*w->stop; i++)
		if (write(w->fd, "", 1) < 0 && errno == EBUSY)
			w->busy++;
		else
			break;
	return NULL;
}

/*
 * Two writers of one open file. The intruder's byte either finds the device
 * taken, EBUSY, or gets between two writes, and then the stream is refused: in no
 * case is there another image in the slot.
 */
TEST_F_TIMEOUT(write, intruder, KT_FOREVER)
{
	volatile bool stop = false;
	struct writer w = { .fd = dup(self->fd), .stop = &stop };
	pthread_t thread;
	int err;

	ASSERT_LE(0, w.fd);
	ASSERT_EQ(0, pthread_create(&thread, NULL, intrude, &w));
	err = kt_write(self->fd, self->good.data, self->good.len);
	stop = true;
	pthread_join(thread, NULL);
	TH_LOG("EBUSY %llu times, stream: %d", (unsigned long long)w.busy, err);
	if (!err) {
		EXPECT_TRUE(kt_scene_holds(self->image, IMAGE_LEN) || kt_scene_unbootable());
	} else {
		EXPECT_FALSE(installed(self->sequence) && !kt_scene_unbootable());
	}
	close(w.fd);
}

/* A write that lasts, and another one meanwhile: EBUSY, nothing mixed. */
TEST_F_TIMEOUT(write, two_threads, KT_FOREVER)
{
	struct kt_stuck s = { .fd = self->fd, .writes = true };
	size_t at = self->map.frames;
	int i;

	ASSERT_EQ(0, kt_write(self->fd, self->good.data, at));
	ASSERT_EQ(0, kt_stuck_begin(&s));
	for (i = 0; i < 10; i++) {
		EXPECT_EQ(-1, write(self->fd, "x", i % 2));
		EXPECT_EQ(EBUSY, errno);
	}
	EXPECT_FALSE(s.back);
	ASSERT_EQ(0, kt_stuck_end(&s, self->good.data + at));
	EXPECT_EQ(KT_STUCK_LEN, s.nr);
	at += KT_STUCK_LEN;
	EXPECT_EQ(0, kt_write(self->fd, self->good.data + at, self->good.len - at));
	EXPECT_TRUE(installed(self->sequence));
	EXPECT_TRUE(kt_scene_holds(self->image, IMAGE_LEN));
}

/* The child of a fork has the same stream, not another one. */
TEST_F_TIMEOUT(write, fork, KT_FOREVER)
{
	size_t half = self->good.len / 2;
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(kt_write(self->fd, self->good.data, half) ? 1 : 0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	EXPECT_EQ(0, kt_write(self->fd, self->good.data + half, self->good.len - half));
	EXPECT_TRUE(installed(self->sequence));
}

#define FRAME	(4096 + 32)

/* The module stays while the device is open, wherever the stream is. */
TEST_F(write, module_in_use)
{
	const struct kt_map *map = &self->map;
	const size_t ends[] = {
		0, 100, map->signatures, map->envelopes, map->tables, map->tables + 50,
		map->frames, map->frames + 1000, map->frames + 2 * FRAME, map->end, map->len
	};
	size_t off = 0;
	int i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		ASSERT_EQ(0, kt_write(self->fd, self->good.data + off, ends[i] - off))
			TH_LOG("up to %zu", ends[i]);
		off = ends[i];
		ASSERT_EQ(-1, syscall(SYS_delete_module, "kota", O_NONBLOCK))
			TH_LOG("after %zu", off);
		ASSERT_EQ(EWOULDBLOCK, errno);
	}
	EXPECT_TRUE(installed(self->sequence));
}

/* ------------------------------------------------------------------ killed */

FIXTURE(killed) {
	struct kt_scene scene;
	struct kt_map map;
	struct kt_buf good;
	uint8_t image[IMAGE_LEN];
	uint64_t sequence;
};

/* Where the writer is when it dies, and what is known and touched by then. */
FIXTURE_VARIANT(killed) {
	size_t section;		/* of struct kt_map */
	size_t more;
	bool in_a_write;
	bool question;		/* which has been answered: nothing is refused */
	bool known;		/* the deliverable, by its signature */
	bool touched;		/* the slot */
};

#define KILLED(name, section_, more_, ...)						\
	FIXTURE_VARIANT_ADD(killed, name) {						\
		.section = offsetof(struct kt_map, section_), .more = more_, __VA_ARGS__	\
	};
KILLED(in_the_manifest, manifest, 100)
KILLED(before_the_signatures, signatures, 0)
KILLED(after_the_signatures, envelopes, 0, .known = true)
KILLED(in_the_table, tables, 50, .known = true)
KILLED(before_the_frames, frames, 0, .question = true)
KILLED(in_the_first_frame, frames, 1000, .known = true)
KILLED(after_the_first_frame, frames, FRAME, .known = true, .touched = true)
KILLED(between_frames, frames, 3 * FRAME, .known = true, .touched = true)
KILLED(before_end, end, 0, .known = true, .touched = true)
KILLED(in_end, end, 15, .known = true, .touched = true)
KILLED(in_a_write, frames, 2 * FRAME, .in_a_write = true, .known = true, .touched = true)
KILLED(in_a_write_of_the_manifest, manifest, 1, .in_a_write = true)

FIXTURE_SETUP(killed)
{
	int fd = open(KT_DEVICE, O_WRONLY);

	/* Whatever was refused last, it was not what is killed. */
	ASSERT_EQ(-ENOEXEC, kt_write(fd, self->image, sizeof(self->image)));
	close(fd);
	ASSERT_EQ(0, kt_scene_begin(&self->scene));
	ASSERT_EQ(KOTA_CAUSE_MAGIC, self->scene.before.cause);
	self->sequence = self->scene.before.sequence + 1;
	kt_fill(self->image, IMAGE_LEN, self->sequence);
	self->good = kt_make(&self->scene.before, self->image, IMAGE_LEN, self->sequence, 12,
			     &self->map);
}

FIXTURE_TEARDOWN(killed)
{
	free(self->good.data);
	EXPECT_TRUE(kt_scene_same_a(&self->scene));
	EXPECT_EQ(0, kt_scene_good(&self->scene));
	kt_scene_end(&self->scene);
}

/* Writes so much, says so, and waits to be killed. */
static void write_up_to(const struct kt_buf *good, size_t len, bool in_a_write, int say)
{
	struct kt_stuck s = { .fd = open(KT_DEVICE, O_WRONLY), .writes = true };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (s.fd < 0 || kt_write(s.fd, good->data, len) ||
	    (in_a_write && kt_stuck_begin(&s)) || write(say, "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* As a close in the middle: what was begun is undone, and the next one finds it free. */
TEST_F_TIMEOUT(killed, writer, KT_FOREVER)
{
	size_t at = *(size_t *)((char *)&self->map + variant->section) + variant->more;
	struct kt_status st;
	int pipes[2], status;
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(pipes));
	pid = fork();
	if (!pid)
		write_up_to(&self->good, at, variant->in_a_write, pipes[1]);
	close(pipes[1]);
	/* Nothing comes when it did not get so far. */
	ASSERT_EQ(1, read(pipes[0], &byte, 1));
	close(pipes[0]);
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_TRUE(st.busy);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSIGNALED(status));

	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_FALSE(st.busy);
	EXPECT_EQ(self->scene.before.sequence, st.sequence);
	if (variant->question) {
		EXPECT_EQ(self->scene.before.cause, st.cause);
		EXPECT_EQ(self->scene.before.refused_sequence, st.refused_sequence);
	} else {
		EXPECT_EQ(KOTA_CAUSE_INTERRUPTED, st.cause);
		EXPECT_EQ(variant->known ? self->sequence : 0, st.refused_sequence);
	}
	if (variant->touched) {
		EXPECT_EQ(KOTA_SLOT_STATE_INCOMPLETE, st.slot[1].state);
		EXPECT_TRUE(kt_scene_unbootable());
	} else {
		EXPECT_EQ(self->scene.before.slot[1].state, st.slot[1].state);
		EXPECT_TRUE(kt_scene_same_b(&self->scene));
	}
}

/* ------------------------------------------------------------------ double fetch */

/* One byte has two values by turns, as fast as they can be written. */
struct changer {
	uint8_t *byte;
	uint8_t bits;
	volatile bool begun;
	volatile bool stop;
};

static void *change(void *arg)
{
	struct changer *c = arg;

	while (!c->stop) {
		__atomic_fetch_xor(c->byte, c->bits, __ATOMIC_RELAXED);
		c->begun = true;
	}
	return NULL;
}

FIXTURE(double_fetch) {
	struct kt_scene scene;
	uint8_t image[IMAGE_LEN];
};

/*
 * The byte, and how its two values differ. Those of the manifest are both valid, and
 * it is told later which one the device took: were it judged by one and used by the
 * other, it would show. Anywhere else one of them is refused with @error.
 */
FIXTURE_VARIANT(double_fetch) {
	size_t section;		/* of struct kt_map */
	int more;
	uint8_t bits;
	int error;
};

#define DOUBLE_FETCH(name, section_, more_, bits_, error_)				\
	FIXTURE_VARIANT_ADD(double_fetch, name) {					\
		.section = offsetof(struct kt_map, section_), .more = more_,		\
		.bits = bits_, .error = error_,						\
	};
/* "v1" or "w1" */
DOUBLE_FETCH(manifest, manifest,
	     sizeof(struct kota_manifest) + offsetof(struct kota_image, version), 1, EKEYREJECTED)
/* Or so much later */
DOUBLE_FETCH(manifest_sequence, manifest,
	     offsetof(struct kota_manifest, sequence) + 3, 1, EKEYREJECTED)
/* In the number that is the signature, or in the digest that it signs */
DOUBLE_FETCH(signature, envelopes, -5, 0x80, EKEYREJECTED)
DOUBLE_FETCH(envelope, envelopes, 120, 0x80, EBADMSG)
DOUBLE_FETCH(table, tables, 50, 0x80, EBADMSG)
DOUBLE_FETCH(frame_head, frames, 4, 0x80, ESPIPE)
DOUBLE_FETCH(ciphertext, frames, 3000, 0x80, EBADMSG)

FIXTURE_SETUP(double_fetch)
{
	ASSERT_EQ(0, kt_scene_begin(&self->scene));
}

FIXTURE_TEARDOWN(double_fetch)
{
	EXPECT_TRUE(kt_scene_same_a(&self->scene));
	EXPECT_EQ(0, kt_scene_good(&self->scene));
	kt_scene_end(&self->scene);
}

/* Has the device what was signed, and nothing of the other value? */
static bool has_what_was_signed(const uint8_t *image, uint64_t sequence)
{
	struct kt_status st;
	char version[KOTA_NAME_LEN];

	snprintf(version, sizeof(version), "v%llu", (unsigned long long)sequence);
	return !kt_status(&st, KT_TARGET) && st.sequence == sequence &&
	       st.slot[1].sequence == sequence && !strcmp(st.slot[1].version, version) &&
	       kt_scene_holds(image, IMAGE_LEN);
}

/*
 * The writer's memory changes all the time, in one byte. What was judged is what
 * is used: either all of it was right, or it is refused.
 */
TEST_F_TIMEOUT(double_fetch, never_wrong_bytes, KT_FOREVER)
{
	int i, good = 0, refused = 0, rounds = kt_is_debug() ? 15 : 50;
	time_t limit = time(NULL) + (kt_is_debug() ? 100 : 30);

	/* Both must have been seen; on a busy machine that may take longer. */
	for (i = 0; i < rounds || ((good < 3 || refused < 3) && time(NULL) < limit); i++) {
		struct kt_status st;
		struct changer c = { .bits = variant->bits };
		struct kt_map map;
		struct kt_buf b;
		pthread_t thread;
		uint64_t sequence;
		int err;

		ASSERT_EQ(0, kt_status(&st, KT_TARGET));
		/* Later each time: attempts in vain are limited. */
		sequence = st.sequence + 1 + i;
		kt_fill(self->image, IMAGE_LEN, sequence);
		b = kt_make(&st, self->image, IMAGE_LEN, sequence, 12, &map);
		c.byte = b.data + *(size_t *)((char *)&map + variant->section) + variant->more;
		ASSERT_EQ(0, pthread_create(&thread, NULL, change, &c));
		while (!c.begun)
			sched_yield();
		err = kt_install(b.data, b.len, sequence);
		c.stop = true;
		pthread_join(thread, NULL);
		free(b.data);
		if (err) {
			ASSERT_EQ(-variant->error, err);
			refused++;
			continue;
		}
		ASSERT_TRUE(has_what_was_signed(self->image, sequence));
		good++;
	}
	TH_LOG("%d taken whole, %d refused", good, refused);
	EXPECT_LE(3, good);
	EXPECT_LE(3, refused);
}

/* ------------------------------------------------------------------ splice */

/* A pipe's pages can be changed after they were given: no splice, or a copy. */
TEST_F(abi, by_splice)
{
	int fd = open(KT_DEVICE, O_WRONLY), pipes[2];
	struct kt_status before, after;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, kt_status(&before, KT_TARGET));
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(8, write(pipes[1], KOTA_MAGIC, 8));
	EXPECT_EQ(-1, splice(pipes[0], NULL, fd, NULL, 8, 0));
	EXPECT_EQ(EINVAL, errno);
	close(pipes[0]);
	close(pipes[1]);
	close(fd);
	ASSERT_EQ(0, kt_status(&after, KT_TARGET));
	EXPECT_EQ(before.sequence, after.sequence);
}

TEST_F(abi, by_sendfile)
{
	int fd = open(KT_DEVICE, O_WRONLY), file = open("/proc/self/exe", O_RDONLY);

	ASSERT_LE(0, fd);
	ASSERT_LE(0, file);
	EXPECT_EQ(-1, sendfile(fd, file, NULL, 64));
	EXPECT_EQ(EINVAL, errno);
	close(file);
	close(fd);
}

/* ------------------------------------------------------------------ who may */

FIXTURE(unprivileged) {
};

FIXTURE_VARIANT(unprivileged) {
	int cap;	/* that is missing; -1: all, and root's id */
};

FIXTURE_VARIANT_ADD(unprivileged, without_sys_admin) { .cap = CAP_SYS_ADMIN };
FIXTURE_VARIANT_ADD(unprivileged, without_net_admin) { .cap = CAP_NET_ADMIN };
FIXTURE_VARIANT_ADD(unprivileged, nobody) { .cap = -1 };

FIXTURE_SETUP(unprivileged)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (variant->cap < 0) {
		ASSERT_EQ(0, setresgid(65534, 65534, 65534));
		ASSERT_EQ(0, setresuid(65534, 65534, 65534));
		return;
	}
	ASSERT_EQ(0, syscall(SYS_capget, &head, data));
	data[variant->cap / 32].effective &= ~(1U << variant->cap % 32);
	data[variant->cap / 32].permitted &= ~(1U << variant->cap % 32);
	ASSERT_EQ(0, syscall(SYS_capset, &head, data));
}

FIXTURE_TEARDOWN(unprivileged)
{
}

TEST_F(unprivileged, orders)
{
	char blob[100] = "";
	size_t len = sizeof(blob);

	EXPECT_EQ(-EPERM, kt_command(KOTA_CMD_PROVISION, NULL, 0, NULL, NULL));
	EXPECT_EQ(-EPERM, kt_command(KOTA_CMD_KEYS_LOAD, NULL, 0, NULL, NULL));
	EXPECT_EQ(-EPERM, kt_command(KOTA_CMD_KEYS_ROLL, NULL, 0, NULL, NULL));
	EXPECT_EQ(-EPERM, kt_command(KOTA_CMD_KEYS_RETIRE, NULL, 0, NULL, NULL));
	EXPECT_EQ(-EPERM, kt_command(KOTA_CMD_BLOB_GET, NULL, 0, blob, &len));
	EXPECT_EQ(-EPERM, kt_order(KOTA_CMD_ENVELOPE_ADD, KOTA_A_DEVICE_ENVELOPE, blob,
				   sizeof(blob)));
}

/* Status is for everybody, and holds no secret. */
TEST_F(unprivileged, status)
{
	struct kt_status st;

	EXPECT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(KOTA_KEY_STATE_LOADED, st.key_state);
}

/* It is root's by its owner and mode, and by no capability: who judges is the device. */
TEST_F(unprivileged, device)
{
	const int flags[] = { O_WRONLY, O_RDWR };
	int i, fd;

	for (i = 0; i < 2; i++) {
		fd = open(KT_DEVICE, flags[i]);
		if (variant->cap < 0) {
			EXPECT_EQ(-1, fd);
			EXPECT_EQ(EACCES, errno);
			continue;
		}
		ASSERT_LE(0, fd);
		EXPECT_EQ(8, write(fd, KOTA_MAGIC, 8));
		close(fd);
	}
}

/* The privileged one gets another answer: a device that has a root keeps it. */
TEST_F(abi, orders_by_root)
{
	char blob[2000] = "";
	size_t len = sizeof(blob);

	EXPECT_EQ(-EALREADY, kt_command(KOTA_CMD_PROVISION, NULL, 0, NULL, NULL));
	/* An attribute that the order does not take. */
	EXPECT_EQ(-EINVAL, kt_command(KOTA_CMD_PROVISION, blob, 100, NULL, NULL));
	EXPECT_EQ(-EALREADY, kt_command(KOTA_CMD_KEYS_LOAD, NULL, 0, NULL, NULL));
	EXPECT_EQ(0, kt_command(KOTA_CMD_BLOB_GET, NULL, 0, blob, &len));
	EXPECT_LT(100, len);
	EXPECT_EQ(-EINVAL, kt_order(KOTA_CMD_ENVELOPE_ADD, KOTA_A_DEVICE_ENVELOPE, blob, 100));
	EXPECT_EQ(-EOPNOTSUPP, kt_command(__KOTA_CMD_MAX + 10, NULL, 0, NULL, NULL));
}

TEST_HARNESS_MAIN
