// SPDX-License-Identifier: GPL-2.0
/*
 * No memory: each allocation that the installation of a deliverable makes fails
 * once. It is installed all the same, or refused for that reason; nothing is lost,
 * and the next one is taken. That nothing leaks, kmemleak sees at the end of the
 * boot. Wants CONFIG_FAILSLAB, and debugfs.
 *
 * Asked for by name (T=starve.plain) it is each; else every 4th, from one on that
 * the seed decides.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "scene.h"

#define FAILSLAB	"/sys/kernel/debug/failslab/"
#define IMAGE_LEN	5000		/* two chunks of 4 KiB */
/* More than there are: they come to an end, or it is no deliverable's. */
#define MAX_NTH		5000
#define SAMPLE		4

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

/* The allocation of this task that fails; 0: none. */
static bool arm(int fd, unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	return pwrite(fd, text, len, 0) == len;
}

/* Allocations that were left until one would have failed; 0: it has. */
static unsigned int disarm(int fd)
{
	char text[16] = "";
	ssize_t nr = pread(fd, text, sizeof(text) - 1, 0);

	return arm(fd, 0) && nr > 0 ? strtoul(text, NULL, 10) : ~0U;
}

FIXTURE(starve) {
	struct kt_scene scene;
	int fd;			/* which one fails */
	unsigned int taken, refused, wrong;
	uint8_t image[IMAGE_LEN];
};

FIXTURE_VARIANT(starve) {
	bool compressed;
};

FIXTURE_VARIANT_ADD(starve, plain) { };
FIXTURE_VARIANT_ADD(starve, compressed) { .compressed = true };

FIXTURE_SETUP(starve)
{
	ASSERT_EQ(0, kt_scene_begin(&self->scene));
	/* What may wait for memory may fail as well; and each time in silence. */
	ASSERT_TRUE(put(FAILSLAB "ignore-gfp-wait", "N"));
	ASSERT_TRUE(put(FAILSLAB "verbose", "0"));
	self->fd = open("/proc/thread-self/fail-nth", O_RDWR);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(starve)
{
	close(self->fd);
	kt_scene_end(&self->scene);
}

static struct kt_buf make(const struct kt_status *st, uint8_t *image, uint64_t sequence,
			  bool compressed)
{
	struct kt_deliverable d;
	struct kt_buf b;

	kt_fill(image, IMAGE_LEN, sequence);
	if (compressed)
		memset(image, 0x55, IMAGE_LEN / 2);
	kt_begin(&d, st, image, IMAGE_LEN, sequence);
	d.image[0].log2_chunk = 12;
	if (compressed)
		kt_compress(&d);
	kt_retable(&d);
	kt_seal(&d);
	kt_sign(&d, "signer", 0);
	kt_wrap(&d, st->public_key);
	b = kt_finish(&d, NULL);
	kt_free(&d);
	return b;
}

/* The errno of open or write; what is armed counts up to the end of the close. */
static int install(int nth_fd, unsigned int nth, const struct kt_buf *b, unsigned int *left)
{
	int fd, err;

	if (!arm(nth_fd, nth))
		return -EBADF;
	fd = open(KT_DEVICE, O_WRONLY);
	err = fd < 0 ? -errno : kt_write(fd, b->data, b->len);
	if (fd >= 0)
		close(fd);
	*left = disarm(nth_fd);
	return err;
}

TEST_F_TIMEOUT(starve, each_allocation, KT_FOREVER)
{
	struct kt_status before, now;
	uint64_t sequence = self->scene.before.sequence, seed = kt_seed();
	unsigned int step = *(getenv("KOTA_TEST") ?: "") ? 1 : SAMPLE;
	unsigned int first = 1 + seed % step, nth, left = 0;
	struct kt_buf b;
	int err;

	TH_LOG("SEED=%#llx", (unsigned long long)seed);
	for (nth = first; !left && nth < MAX_NTH; nth += step) {
		ASSERT_EQ(0, kt_status(&before, KT_TARGET));
		b = make(&before, self->image, ++sequence, variant->compressed);
		err = install(self->fd, nth, &b, &left);
		free(b.data);
		ASSERT_EQ(0, kt_status(&now, KT_TARGET));
		if (!err && now.sequence == sequence && kt_scene_holds(self->image, IMAGE_LEN)) {
			self->taken++;
			continue;
		}
		self->refused++;
		/* That errno is open's, or that of one cause. */
		if (err != -ENOMEM || now.sequence != before.sequence || left) {
			self->wrong++;
			TH_LOG("allocation %u: %s; cause %u: %s | %s", nth, strerror(-err),
			       now.cause, now.expected, now.found);
		}
	}
	TH_LOG("every %u. allocation, from %u on up to %u: %u times refused, %u of them wrongly; %u times taken",
	       step, first, nth - step, self->refused, self->wrong, self->taken);
	EXPECT_EQ(0, self->wrong);
	/* They have come to an end, and mattered; a sample may meet few that do. */
	EXPECT_NE(0, left);
	EXPECT_LT(step == 1 ? 10 : 0, self->refused);
	EXPECT_TRUE(kt_scene_same_a(&self->scene));
	EXPECT_EQ(0, kt_scene_good(&self->scene));
}

TEST_HARNESS_MAIN
