// SPDX-License-Identifier: GPL-2.0
/*
 * The module's own memory while it installs 1 MiB and 256 MiB: the same, but for
 * the table. Wants /proc/allocinfo, and a target "bulk" with large slots.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <endian.h>

#include "harness.h"
#include "kota_test.h"

#define TARGET		"bulk"
#define MIB		(1UL << 20)
#define MAX_LINES	256
#define INFO_LEN	(4 * MIB)

/* One place in the module that allocates, and the most it has held. */
struct place {
	char name[160];
	uint64_t most;
};

struct account {
	pthread_mutex_t lock;
	struct place place[MAX_LINES];
	int nr;
	uint64_t peak;		/* of the sum */
	unsigned int samples;
	volatile bool stop;
};

static void note(struct account *acc, const char *name, uint64_t size)
{
	int i;

	for (i = 0; i < acc->nr && strcmp(acc->place[i].name, name); i++)
		;
	if (i == MAX_LINES)
		return;
	if (i == acc->nr) {
		strcpy(acc->place[i].name, name);
		acc->nr++;
	}
	if (size > acc->place[i].most)
		acc->place[i].most = size;
}

/* One look at /proc/allocinfo. */
static void sample(struct account *acc)
{
	FILE *f = fopen("/proc/allocinfo", "r");
	char line[512], where[256], func[128], name[160];
	unsigned long long size, sum = 0;

	if (!f)
		return;
	pthread_mutex_lock(&acc->lock);
	while (fgets(line, sizeof(line), f)) {
		if (!strstr(line, "[kota]") ||
		    sscanf(line, "%llu %*u %255s [kota] func:%127s", &size, where, func) != 3)
			continue;
		sum += size;
		snprintf(name, sizeof(name), "%.80s %.70s", func, strrchr(where, '/') ?: where);
		note(acc, name, size);
	}
	if (sum > acc->peak)
		acc->peak = sum;
	acc->samples++;
	pthread_mutex_unlock(&acc->lock);
	fclose(f);
}

static void *watch(void *arg)
{
	struct account *acc = arg;

	while (!acc->stop)
		sample(acc);
	return NULL;
}

/* In pieces, with a look after each: what stays allocated is not missed. */
static int write_watched(int fd, const struct kt_buf *b, struct account *acc)
{
	size_t off = 0;
	int err = 0;

	while (!err && off < b->len) {
		size_t len = b->len - off < b->len / 16 + 1 ? b->len - off : b->len / 16 + 1;

		err = kt_write(fd, b->data + off, len);
		off += len;
		sample(acc);
	}
	return err;
}

static bool holds(uint64_t seed, size_t size)
{
	uint8_t *image = malloc(size), *piece = malloc(MIB);
	bool good = image && piece;
	size_t off;

	kt_fill(image, size, seed);
	for (off = 0; good && off < size; off += MIB)
		good = !kt_mtd_read("bulk-b", off, piece, MIB) && !memcmp(piece, image + off, MIB);
	free(image);
	free(piece);
	return good;
}

/* The file stays open, at @fd. */
static int install_open(size_t size, struct account *acc, size_t *table_len, int *fd)
{
	uint8_t *image = malloc(size);
	struct kt_deliverable d;
	struct kt_buf head, frames;
	struct kt_status st;
	pthread_t thread;
	int err;

	if (!image || kt_status(&st, TARGET))
		return -EINVAL;
	kt_fill(image, size, st.sequence + 1);
	kt_begin(&d, &st, image, size, st.sequence + 1);
	memset(d.image[0].target, 0, KOTA_NAME_LEN);
	strcpy(d.image[0].target, TARGET);
	kt_seal(&d);
	kt_sign(&d, "signer", 0);
	kt_wrap(&d, st.public_key);
	*table_len = d.table.len;
	free(image);
	/* The frames are long: not copied once more. */
	frames = d.frames;
	d.prologue.frames_len = htole64(frames.len);
	d.frames = (struct kt_buf) { 0 };
	head = kt_finish(&d, NULL);
	kt_free(&d);

	*fd = open(KT_DEVICE, O_WRONLY);
	if (*fd < 0)
		return -errno;
	acc->stop = false;
	pthread_create(&thread, NULL, watch, acc);
	err = write_watched(*fd, &head, acc);
	if (!err)
		err = write_watched(*fd, &frames, acc);
	acc->stop = true;
	pthread_join(thread, NULL);
	free(head.data);
	free(frames.data);
	if (!err && !holds(st.sequence + 1, size))
		err = -EIO;
	return err;
}

static int install(size_t size, struct account *acc, size_t *table_len)
{
	int fd = -1, err = install_open(size, acc, table_len, &fd);

	close(fd);
	return err;
}

static size_t power_of_2(size_t n)
{
	size_t p = 1;

	while (p < n)
		p *= 2;
	return p;
}

FIXTURE(memory) {
	struct account small;
	struct account large;
};

FIXTURE_SETUP(memory)
{
	memset(self, 0, sizeof(*self));
	pthread_mutex_init(&self->small.lock, NULL);
	pthread_mutex_init(&self->large.lock, NULL);
	ASSERT_LT(0, kt_mtd_size("bulk-b"));
}

FIXTURE_TEARDOWN(memory)
{
}

/*
 * As much as a copy of the state record has, of which there are two for a moment:
 * that moment may be seen with one image, and not with the other.
 */
#define RECORD	16384

TEST_F_TIMEOUT(memory, does_not_grow, KT_FOREVER)
{
	size_t small_table, large_table, grown = 0;
	struct account *s = &self->small, *l = &self->large;
	struct account idle = { .lock = PTHREAD_MUTEX_INITIALIZER };
	int i, j;

	sample(&idle);
	ASSERT_LT(0, idle.peak) TH_LOG("no line of [kota] in /proc/allocinfo");
	ASSERT_EQ(0, install(256 * MIB, l, &large_table));
	/* Often enough for what is there for a moment to be seen in the small one, too. */
	do {
		ASSERT_EQ(0, install(MIB, s, &small_table));
	} while (s->samples < l->samples / 4);
	TH_LOG("idle: %llu bytes", (unsigned long long)idle.peak);
	TH_LOG("1 MiB: peak %llu bytes in %u samples, table %zu", (unsigned long long)s->peak,
	       s->samples, small_table);
	TH_LOG("256 MiB: peak %llu bytes in %u samples, table %zu", (unsigned long long)l->peak,
	       l->samples, large_table);
	for (i = 0; i < l->nr; i++) {
		struct place *p = &l->place[i];
		uint64_t before = 0;

		for (j = 0; j < s->nr; j++)
			if (!strcmp(s->place[j].name, p->name))
				before = s->place[j].most;
		if (p->most)
			TH_LOG("%8llu %8llu  %s", (unsigned long long)before,
			       (unsigned long long)p->most, p->name);
		if (p->most > before + (before ? 4096 : RECORD))
			grown++;
	}
	/* The allocator hands out powers of two. */
	EXPECT_GE(s->peak + power_of_2(large_table) + 2 * RECORD, l->peak);
	EXPECT_EQ(1, grown);
	EXPECT_LT(10, s->samples);
	EXPECT_LT(10, l->samples);
}

/* Bytes that a place has, and what all have. */
static uint64_t held(const struct account *acc, const char *func)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < acc->nr; i++)
		if (!strncmp(acc->place[i].name, func, strlen(func)))
			sum += acc->place[i].most;
	return sum;
}

/* Bytes but for the events that are kept, which has to do with what came before. */
static uint64_t but_events(const struct account *acc)
{
	return acc->peak - held(acc, "keep ");
}

/*
 * Good, and the file stays open: no table, no buffer, no plan. What a byte after END
 * would undo is known still: the manifest, and which slots there are.
 */
TEST_F_TIMEOUT(memory, success_wipes, KT_FOREVER)
{
	struct account before = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct account after = { .lock = PTHREAD_MUTEX_INITIALIZER };
	static const char *const kept[] = {
		"kota_session_open", "receive_manifest", "open_jobs", "open_copies"
	};
	uint64_t more = 0;
	struct kt_status st;
	size_t table_len;
	int fd = -1, i;

	sample(&before);
	ASSERT_EQ(0, install_open(MIB, &self->small, &table_len, &fd));
	sample(&after);
	EXPECT_LT(before.peak + table_len, self->small.peak);
	for (i = 0; i < 4; i++)
		more += held(&after, kept[i]) - held(&before, kept[i]);
	for (i = 0; i < after.nr; i++)
		if (after.place[i].most)
			TH_LOG("%8llu  %s", (unsigned long long)after.place[i].most,
			       after.place[i].name);
	EXPECT_LT(0, more);
	EXPECT_EQ(but_events(&before) + more, but_events(&after));
	/* And it is undone. */
	EXPECT_EQ(-E2BIG, kt_write(fd, "", 1));
	ASSERT_EQ(0, kt_status(&st, TARGET));
	EXPECT_EQ(KOTA_SLOT_STATE_INCOMPLETE, st.slot[1].state);
	memset(&after, 0, sizeof(after));
	pthread_mutex_init(&after.lock, NULL);
	sample(&after);
	EXPECT_EQ(but_events(&before) + held(&after, "kota_session_open"),
		  but_events(&after));
	close(fd);
}

TEST_HARNESS_MAIN
