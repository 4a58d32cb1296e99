// SPDX-License-Identifier: GPL-2.0
/*
 * What is still wanted: the device's answer is held against one worked out here,
 * byte for byte, then nothing but that is sent. Resuming, sparse streams, attempts
 * in vain.
 *
 * Wants a provisioned device with "signer" in its ring, slots of 1 MiB and the
 * partitions "slot-a-open" and "slot-b-open".
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <endian.h>
#include <sys/mman.h>

#include "harness.h"
#include "scene.h"

#define KIB		1024
#define UNIT		(256 * KIB)
#define MAX_RANGES	600
#define MAX_CHUNKS	1024

/* A deliverable, a session, and what the device says. */
struct stream {
	struct kt_scene scene;
	struct kt_deliverable d;
	struct kt_map map;
	struct kt_buf good;
	uint8_t *image;
	size_t size;
	uint64_t sequence;
	unsigned int later;
	struct kota_range ranges[MAX_RANGES];
	int nr;
	int fd;
};

static void pack_as(struct stream *s, size_t size, int log2_chunk, uint32_t handling,
		    bool compress)
{
	s->fd = -1;
	s->size = size;
	s->sequence = s->scene.before.sequence + 1 + s->later;
	s->image = malloc(size);
	kt_fill(s->image, size, s->sequence);
	kt_begin(&s->d, &s->scene.before, s->image, size, s->sequence);
	s->d.image[0].log2_chunk = log2_chunk;
	s->d.manifest.handling = htole32(handling);
	if (compress)
		kt_compress(&s->d);
	kt_retable(&s->d);
	kt_seal(&s->d);
	kt_sign(&s->d, "signer", 0);
	kt_wrap(&s->d, s->scene.before.public_key);
	s->good = kt_finish(&s->d, &s->map);
}

static void pack(struct stream *s, size_t size, int log2_chunk, uint32_t handling)
{
	pack_as(s, size, log2_chunk, handling, false);
}

static void end(struct stream *s)
{
	close(s->fd);
	kt_free(&s->d);
	free(s->good.data);
	free(s->image);
	kt_scene_end(&s->scene);
}

/* A session that has got all before the frames. */
static int head(struct stream *s, int flags)
{
	s->fd = open(KT_DEVICE, flags);
	return s->fd < 0 ? -errno : kt_write(s->fd, s->good.data, s->map.frames);
}

/* The same, and the question. */
static int ask(struct stream *s, unsigned int each)
{
	int err = head(s, O_RDWR);

	if (err)
		return err;
	s->nr = kt_ask(s->fd, s->ranges, MAX_RANGES, each);
	return s->nr < 0 ? s->nr : 0;
}

/* Send all up to @len bytes of the frames, and stop. */
static int cut(struct stream *s, size_t len)
{
	int err = head(s, O_WRONLY);

	if (!err)
		err = kt_write(s->fd, s->good.data + s->map.frames, len);
	close(s->fd);
	s->fd = -1;
	return err;
}

static bool installed(const struct stream *s)
{
	struct kt_status st;

	return !kt_status(&st, KT_TARGET) && st.sequence == s->sequence &&
	       st.slot[1].state == KOTA_SLOT_STATE_COMPLETE &&
	       st.slot[1].sequence == s->sequence && kt_scene_holds(s->image, s->size);
}

static int last_cause(void)
{
	struct kt_status st;

	return kt_status(&st, KT_TARGET) ? -1 : st.cause;
}

/* The answer as it has to be, from the bytes of both slots as they are. */
static int expect(const struct stream *s, struct kota_range *ranges)
{
	uint32_t chunk = 1U << s->d.image[0].log2_chunk, nr = (s->size + chunk - 1) / chunk, i;
	uint32_t unit = kt_first_unit(), group = chunk >= unit ? 1 : unit / chunk;
	uint32_t handling = le32toh(s->d.manifest.handling);
	size_t len;
	uint8_t *a = kt_mtd_copy("slot-a", &len), *b = kt_mtd_copy("slot-b", &len);
	bool wanted[MAX_CHUNKS], in_b[MAX_CHUNKS];
	uint64_t end = s->map.frames;
	int count = 0;

	for (i = 0; i < nr; i++) {
		size_t pos = (size_t)i * chunk;
		size_t part = pos + chunk > s->size ? s->size - pos : chunk;

		in_b[i] = !memcmp(b + pos, s->image + pos, part) &&
			  !(handling & (KOTA_HANDLING_ERASE_SLOT | KOTA_HANDLING_NO_RESUME));
		wanted[i] = memcmp(a + pos, s->image + pos, part);
	}
	for (i = group; i < nr; i += group) {
		size_t last = (size_t)(i + group) * chunk;
		bool all = last <= s->size || s->size % unit == 0;
		uint32_t j;

		for (j = i; all && j < i + group; j++)
			all = in_b[j];
		for (j = i; all && j < i + group; j++)
			wanted[j] = false;
	}
	free(a);
	free(b);
	for (i = 0; i < nr; i++) {
		size_t pos = kt_frame_pos(&s->d, &s->map, 0, i);

		if (!wanted[i])
			continue;
		if (!count || end != pos)
			ranges[count++].pos = pos;
		end = i + 1 < nr ? kt_frame_pos(&s->d, &s->map, 0, i + 1) : s->map.end;
		ranges[count - 1].len = end - ranges[count - 1].pos;
	}
	if (!count || end != s->map.end)
		ranges[count++].pos = s->map.end;
	ranges[count - 1].len = s->map.len - ranges[count - 1].pos;
	return count;
}

static uint64_t bytes_of(const struct kota_range *ranges, int nr)
{
	uint64_t sum = 0;

	while (nr--)
		sum += ranges[nr].len;
	return sum;
}

/* ------------------------------------------------------------------ resume */

FIXTURE(resume) {
	struct stream s;
};

FIXTURE_VARIANT(resume) {
	size_t size;
	int log2_chunk;
	uint32_t handling;
	int percent;		/* of the frames that come before the cut; 100: all but END */
	size_t in_a;		/* bytes from here on are in the slot that runs */
	bool compress;
	size_t less;		/* bytes that need not come, at least */
	unsigned int each;	/* ranges per read */
};

/* Slot b is whole: then nothing was cut off but what this boot will know of. */
static int begin_whole(struct kt_scene *sc)
{
	int err = kt_scene_begin(sc);

	if (err || sc->before.slot[1].state == KOTA_SLOT_STATE_COMPLETE)
		return err;
	err = kt_scene_good(sc);
	kt_scene_end(sc);
	return err ? err : kt_scene_begin(sc);
}

FIXTURE_SETUP(resume)
{
	memset(&self->s, 0, sizeof(self->s));
	ASSERT_EQ(0, begin_whole(&self->s.scene));
}

FIXTURE_TEARDOWN(resume)
{
	end(&self->s);
}

#define ADD(name_, size_, log2_, percent_, less_, ...)				\
	FIXTURE_VARIANT_ADD(resume, name_) {					\
		.size = size_, .log2_chunk = log2_, .percent = percent_, .less = less_,	\
		.each = 7, __VA_ARGS__						\
	};
#pragma GCC diagnostic ignored "-Woverride-init"

ADD(from_nothing, 700 * KIB, 16, 0, 0)
ADD(chunk_of_a_quarter, 900 * KIB, 16, 80, UNIT)
ADD(chunk_of_a_unit, 900 * KIB, 18, 90, 2 * UNIT)
ADD(chunk_of_two_units, 1024 * KIB, 19, 99, 0)
ADD(chunk_of_the_slot, 1024 * KIB, 20, 99, 0)
ADD(chunk_of_4k, 1000 * KIB, 12, 95, 2 * UNIT)
ADD(odd_size, 900 * KIB + 1, 16, 100, 2 * UNIT)
ADD(odd_size_large_chunk, 600 * KIB + 4095, 18, 100, UNIT)
ADD(unit_less_a_byte, 3 * UNIT - 1, 14, 100, UNIT)
ADD(unit_exactly, 3 * UNIT, 14, 100, 2 * UNIT)
ADD(chunk_of_two_units_and_a_half, 900 * KIB, 19, 100, 0)
ADD(chunk_of_two_units_exactly, 768 * KIB, 19, 100, UNIT)
ADD(unit_and_a_byte, 3 * UNIT + 1, 14, 100, 2 * UNIT)
ADD(whole_slot, 1024 * KIB, 15, 100, 3 * UNIT)
ADD(within_the_first_unit, 200 * KIB, 12, 60, 0)
ADD(cut_in_a_chunk, 900 * KIB, 16, 63, UNIT)
ADD(erase_slot, 900 * KIB, 16, 80, 0, .handling = KOTA_HANDLING_ERASE_SLOT)
ADD(no_resume, 900 * KIB, 16, 80, 0, .handling = KOTA_HANDLING_NO_RESUME)
ADD(one_range_each, 1000 * KIB, 12, 40, 0, .each = 1)
ADD(from_the_active_slot, 900 * KIB, 16, 0, 400 * KIB, .in_a = 400 * KIB)
ADD(from_both, 1000 * KIB, 14, 70, 450 * KIB, .in_a = 800 * KIB)
ADD(odd_tail_from_the_active_slot, 900 * KIB + 17, 12, 70, UNIT, .in_a = 850 * KIB)
ADD(all_from_the_active_slot, 600 * KIB + 3, 12, 0, 600 * KIB, .in_a = 1)
ADD(erase_slot_but_copy, 900 * KIB, 16, 80, 300 * KIB, .in_a = 500 * KIB,
    .handling = KOTA_HANDLING_ERASE_SLOT)

ADD(compressed, 900 * KIB, 16, 80, UNIT, .compress = true)
ADD(compressed_from_both, 1000 * KIB + 9, 13, 70, 450 * KIB, .in_a = 800 * KIB,
    .compress = true)

/* Cut off, asked again, and then no more than the answer is sent. */
TEST_F_TIMEOUT(resume, exactly, KT_FOREVER)
{
	struct stream *s = &self->s;
	struct kota_range right[MAX_RANGES];
	size_t frames, from = variant->in_a == 1 ? 0 : variant->in_a;
	int i, nr;

	pack_as(s, variant->size, variant->log2_chunk, variant->handling, variant->compress);
	frames = s->map.end - s->map.frames;
	if (variant->in_a) {
		ASSERT_EQ(0, kt_mtd_put("slot-a-open", from, s->image + from, s->size - from));
		kt_scene_end(&s->scene);
		ASSERT_EQ(0, kt_scene_begin(&s->scene));
	}
	if (variant->percent) {
		size_t len = variant->percent == 100 ? frames : frames / 100 * variant->percent;

		ASSERT_EQ(0, cut(s, len));
		EXPECT_EQ(KOTA_CAUSE_INTERRUPTED, last_cause());
		/* Before its first frame has come nothing is touched. */
		EXPECT_TRUE(len >= (1UL << variant->log2_chunk) + 32 ?
			    kt_scene_unbootable() : kt_scene_same_b(&s->scene));
	}
	nr = expect(s, right);
	ASSERT_EQ(0, ask(s, variant->each));
	ASSERT_EQ(nr, s->nr);
	for (i = 0; i < nr; i++) {
		EXPECT_EQ(right[i].pos, s->ranges[i].pos);
		EXPECT_EQ(right[i].len, s->ranges[i].len);
	}
	TH_LOG("%d ranges, %llu of %zu bytes", nr,
	       (unsigned long long)bytes_of(s->ranges, nr), frames + 16);
	EXPECT_GE(frames + 16, bytes_of(s->ranges, nr) + variant->less);
	if (!variant->percent && !variant->in_a)
		EXPECT_EQ(frames + 16, bytes_of(s->ranges, nr));
	EXPECT_FALSE(installed(s));
	EXPECT_EQ(0, kt_send(s->fd, s->good.data, s->ranges, s->nr));
	EXPECT_TRUE(installed(s));
	EXPECT_TRUE(kt_scene_same_a(&s->scene));
}

/* ------------------------------------------------------------------ sparse */

FIXTURE(sparse) {
	struct stream s;
};

static const uint8_t zeros[UNIT];

FIXTURE_SETUP(sparse)
{
	struct stream *s = &self->s;

	memset(s, 0, sizeof(*s));
	ASSERT_EQ(0, begin_whole(&s->scene));
	/* Units: the first wanted, 1 and 2 in slot b, 3 up to its end in slot a. */
	pack(s, 1000 * KIB, 16, 0);
	ASSERT_EQ(0, kt_mtd_put("slot-a-open", 3 * UNIT, s->image + 3 * UNIT, s->size - 3 * UNIT));
	kt_scene_end(&s->scene);
	ASSERT_EQ(0, kt_scene_begin(&s->scene));
	ASSERT_EQ(0, cut(s, kt_frame_pos(&s->d, &s->map, 0, 12) - s->map.frames));
	/* A disk's units are smaller: what the first one has more here is lost, too. */
	if (kt_first_unit() < UNIT)
		ASSERT_EQ(0, kt_mtd_put("slot-b-open", kt_first_unit(), zeros,
					UNIT - kt_first_unit()));
	ASSERT_EQ(0, ask(s, 3));
	ASSERT_EQ(2, s->nr);
	ASSERT_EQ(s->map.frames, s->ranges[0].pos);
	ASSERT_EQ(4 * (64 * KIB + 32), s->ranges[0].len);
	ASSERT_EQ(s->map.end, s->ranges[1].pos);
	ASSERT_EQ(16, s->ranges[1].len);
}

FIXTURE_TEARDOWN(sparse)
{
	struct stream *s = &self->s;

	EXPECT_TRUE(kt_scene_same_a(&s->scene));
	close(s->fd);
	s->fd = -1;
	EXPECT_EQ(0, kt_scene_good(&s->scene));
	end(s);
}

/* One chunk of it, as one who knows better sends it. */
static int send_chunk(struct stream *s, uint32_t chunk)
{
	const struct kota_range range = {
		kt_frame_pos(&s->d, &s->map, 0, chunk), 64 * KIB + 32
	};

	return kt_send(s->fd, s->good.data, &range, 1);
}

TEST_F_TIMEOUT(sparse, nothing_else_comes, KT_FOREVER)
{
	struct stream *s = &self->s;

	EXPECT_EQ(0, kt_send(s->fd, s->good.data, s->ranges, s->nr));
	EXPECT_TRUE(installed(s));
}

/* All of it, though little was wanted. */
TEST_F_TIMEOUT(sparse, all_comes, KT_FOREVER)
{
	struct stream *s = &self->s;

	EXPECT_EQ(0, kt_write(s->fd, s->good.data + s->map.frames,
			      s->good.len - s->map.frames));
	EXPECT_TRUE(installed(s));
}

/* Parts of what is kept, in the middle of a unit, and of what is copied. */
TEST_F_TIMEOUT(sparse, some_comes_that_is_not_wanted, KT_FOREVER)
{
	struct stream *s = &self->s;
	static const uint32_t more[] = { 5, 6, 11, 13 };
	int i;

	ASSERT_EQ(0, kt_send(s->fd, s->good.data, s->ranges, 1));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, send_chunk(s, more[i]));
	EXPECT_EQ(0, kt_send(s->fd, s->good.data, s->ranges + 1, 1));
	EXPECT_TRUE(installed(s));
}

/* What is not wanted is judged all the same. */
TEST_F_TIMEOUT(sparse, what_is_not_wanted_is_wrong, KT_FOREVER)
{
	struct stream *s = &self->s;
	size_t pos = kt_frame_pos(&s->d, &s->map, 0, 6);

	ASSERT_EQ(0, kt_send(s->fd, s->good.data, s->ranges, 1));
	s->good.data[pos + 100] ^= 1;
	EXPECT_EQ(-EBADMSG, send_chunk(s, 6));
	EXPECT_FALSE(installed(s));
	EXPECT_TRUE(kt_scene_unbootable());
}

TEST_F_TIMEOUT(sparse, wanted_left_out, KT_FOREVER)
{
	struct stream *s = &self->s;

	ASSERT_EQ(0, send_chunk(s, 0));
	EXPECT_EQ(-ESPIPE, send_chunk(s, 3));
	EXPECT_EQ(KOTA_CAUSE_ORDER, last_cause());
	EXPECT_TRUE(kt_scene_unbootable());
}

TEST_F_TIMEOUT(sparse, wanted_left_out_at_the_end, KT_FOREVER)
{
	struct stream *s = &self->s;

	ASSERT_EQ(0, send_chunk(s, 0));
	EXPECT_EQ(-ENODATA, kt_send(s->fd, s->good.data, s->ranges + 1, 1));
	EXPECT_EQ(KOTA_CAUSE_INCOMPLETE, last_cause());
	EXPECT_TRUE(kt_scene_unbootable());
}

TEST_F_TIMEOUT(sparse, backwards, KT_FOREVER)
{
	struct stream *s = &self->s;

	ASSERT_EQ(0, kt_send(s->fd, s->good.data, s->ranges, 1));
	ASSERT_EQ(0, send_chunk(s, 9));
	EXPECT_EQ(-ESPIPE, send_chunk(s, 8));
	EXPECT_TRUE(kt_scene_unbootable());
}

/* Not asked, and yet left out: then all is wanted. */
TEST_F_TIMEOUT(sparse, not_asked, KT_FOREVER)
{
	struct stream *s = &self->s;

	close(s->fd);
	ASSERT_EQ(0, head(s, O_RDWR));
	ASSERT_EQ(0, kt_send(s->fd, s->good.data, s->ranges, 1));
	EXPECT_EQ(-ESPIPE, send_chunk(s, 12));
	close(s->fd);
	ASSERT_EQ(0, head(s, O_RDWR));
	ASSERT_EQ(0, kt_send(s->fd, s->good.data, s->ranges, 1));
	EXPECT_EQ(-E2BIG, kt_send(s->fd, s->good.data, s->ranges + 1, 1));
	EXPECT_TRUE(kt_scene_unbootable());
}

/* The slot that runs was the base when the stream asked, and is another one now. */
TEST_F_TIMEOUT(sparse, precursor_changed, KT_FOREVER)
{
	struct stream *s = &self->s;
	struct kt_status st;

	ASSERT_EQ(0, kt_send(s->fd, s->good.data, s->ranges, 1));
	ASSERT_EQ(0, kt_mtd_put("slot-a-open", 3 * UNIT + 70 * KIB, "other bytes", 11));
	kt_scene_end(&s->scene);
	ASSERT_EQ(0, kt_scene_begin(&s->scene));
	EXPECT_EQ(-ELIBBAD, kt_send(s->fd, s->good.data, s->ranges + 1, 1));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(KOTA_CAUSE_SOURCE, st.cause);
	/* Everybody can read that, and nobody the table. */
	EXPECT_STREQ("chunk 13 as it was asked for", st.expected);
	EXPECT_STREQ("other bytes", st.found);
	EXPECT_EQ(KOTA_SLOT_STATE_INCOMPLETE, st.slot[1].state);
	EXPECT_TRUE(kt_scene_unbootable());
	/* Asked again, it is wanted. */
	close(s->fd);
	ASSERT_EQ(0, ask(s, 3));
	EXPECT_EQ(3, s->nr);
	EXPECT_EQ(0, kt_send(s->fd, s->good.data, s->ranges, s->nr));
	EXPECT_TRUE(installed(s));
}

/* What was kept is read back like all else. */
TEST_F_TIMEOUT(sparse, kept_changed, KT_FOREVER)
{
	struct stream *s = &self->s;
	struct kt_status st;

	ASSERT_EQ(0, kt_mtd_put("slot-b-open", 2 * UNIT + 5, "other bytes", 11));
	EXPECT_EQ(-EREMOTEIO, kt_send(s->fd, s->good.data, s->ranges, s->nr));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(KOTA_CAUSE_REVERIFY, st.cause);
	EXPECT_STREQ("chunk 8 as it was written", st.expected);
	EXPECT_STREQ("other bytes", st.found);
	EXPECT_TRUE(kt_scene_unbootable());
}

/* ------------------------------------------------------------------ reverify */

FIXTURE(reverify) {
	struct stream s;
};

/* What is on the medium is another byte, once all has been written but END. */
FIXTURE_VARIANT(reverify) {
	size_t size;
	int log2_chunk;
	size_t pos;		/* of the byte */
	int error;
	int cause;
	const char *expected;
	bool behind;		/* the image: on a disk anything may be there */
};

FIXTURE_SETUP(reverify)
{
	memset(&self->s, 0, sizeof(self->s));
	ASSERT_EQ(0, begin_whole(&self->s.scene));
}

FIXTURE_TEARDOWN(reverify)
{
	struct stream *s = &self->s;

	EXPECT_TRUE(kt_scene_same_a(&s->scene));
	close(s->fd);
	s->fd = -1;
	EXPECT_EQ(0, kt_scene_good(&s->scene));
	end(s);
}

#define CHANGED(name_, size_, log2_, pos_, chunk_)				\
	FIXTURE_VARIANT_ADD(reverify, name_) {					\
		.size = size_, .log2_chunk = log2_, .pos = pos_, .error = -EREMOTEIO,	\
		.cause = KOTA_CAUSE_REVERIFY,					\
		.expected = "chunk " #chunk_ " as it was written",		\
	};

CHANGED(second_unit, 900 * KIB, 16, UNIT, 4)
CHANGED(later_unit, 900 * KIB, 16, 2 * UNIT + 5, 8)
CHANGED(last_byte, 900 * KIB + 1, 16, 900 * KIB, 14)
CHANGED(rest_of_the_first_chunk, 1000 * KIB, 19, UNIT + 9, 0)
CHANGED(small_chunk, 1000 * KIB, 12, 999 * KIB, 249)

/* Behind the image nothing may be. */
FIXTURE_VARIANT_ADD(reverify, behind_the_image) {
	.size = 700 * KIB, .log2_chunk = 16, .pos = 3 * UNIT - 1, .error = -EIO,
	.cause = KOTA_CAUSE_MEDIUM, .expected = "rest of the slot erased", .behind = true,
};

FIXTURE_VARIANT_ADD(reverify, first_unit_behind_the_image) {
	.size = 200 * KIB, .log2_chunk = 16, .pos = UNIT - 1, .error = -EIO,
	.cause = KOTA_CAUSE_MEDIUM, .expected = "firmware: first block written",
	.behind = true,
};

/* Held back, this flash takes any bytes, also over others; mtd_kunit.c has one that can't. */
FIXTURE_VARIANT_ADD(reverify, first_unit) {
	.size = 900 * KIB, .log2_chunk = 16, .pos = 5,
};

TEST_F_TIMEOUT(reverify, changed_before_end, KT_FOREVER)
{
	struct stream *s = &self->s;
	int error = variant->behind && kt_on_disk() ? 0 : variant->error;
	struct kt_status st;
	uint8_t byte;

	pack(s, variant->size, variant->log2_chunk, 0);
	ASSERT_EQ(0, head(s, O_WRONLY));
	ASSERT_EQ(0, kt_write(s->fd, s->good.data + s->map.frames, s->map.end - s->map.frames));
	ASSERT_EQ(0, kt_mtd_read("slot-b", variant->pos, &byte, 1));
	byte ^= 0x10;
	ASSERT_EQ(0, kt_mtd_put("slot-b-open", variant->pos, &byte, 1));
	EXPECT_EQ(error, kt_write(s->fd, s->good.data + s->map.end, s->good.len - s->map.end));
	if (!error) {
		EXPECT_TRUE(installed(s));
		return;
	}
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(variant->cause, st.cause);
	EXPECT_EQ(s->sequence, st.refused_sequence);
	EXPECT_STREQ(variant->expected, st.expected);
	EXPECT_EQ(KOTA_SLOT_STATE_INCOMPLETE, st.slot[1].state);
	EXPECT_TRUE(kt_scene_unbootable());
}

/* ------------------------------------------------------------------ read */

FIXTURE(ask) {
	struct stream s;
	struct kota_range r[4];
};

FIXTURE_SETUP(ask)
{
	memset(&self->s, 0, sizeof(self->s));
	ASSERT_EQ(0, kt_scene_begin(&self->s.scene));
	pack(&self->s, 20000, 12, 0);
	self->s.fd = open(KT_DEVICE, O_RDWR);
	ASSERT_LE(0, self->s.fd);
}

FIXTURE_TEARDOWN(ask)
{
	struct stream *s = &self->s;

	EXPECT_TRUE(kt_scene_same_a(&s->scene));
	close(s->fd);
	s->fd = -1;
	EXPECT_EQ(0, kt_scene_good(&s->scene));
	end(s);
}

#define EXPECT_READ(error, len) do {					\
	EXPECT_EQ(-1, read(self->s.fd, self->r, len));			\
	EXPECT_EQ(error, errno);					\
} while (0)

TEST_F_TIMEOUT(ask, too_early, KT_FOREVER)
{
	struct stream *s = &self->s;
	const size_t ends[] = {
		0, 63, s->map.manifest + 1, s->map.signatures, s->map.envelopes, s->map.tables,
		s->map.frames - 1, s->map.frames
	};
	unsigned int i;

	for (i = 0; i < 7; i++) {
		EXPECT_READ(EAGAIN, 16);
		ASSERT_EQ(0, kt_write(s->fd, s->good.data + ends[i], ends[i + 1] - ends[i]));
	}
	EXPECT_EQ(16, read(s->fd, self->r, 16));
	EXPECT_EQ(s->map.frames, self->r[0].pos);
	EXPECT_EQ(s->map.len - s->map.frames, self->r[0].len);
	EXPECT_EQ(0, kt_write(s->fd, s->good.data + s->map.frames, self->r[0].len));
	EXPECT_TRUE(installed(s));
}

TEST_F_TIMEOUT(ask, too_late, KT_FOREVER)
{
	struct stream *s = &self->s;

	ASSERT_EQ(0, kt_write(s->fd, s->good.data, s->map.frames + 1));
	EXPECT_READ(EBUSY, 16);
	ASSERT_EQ(0, kt_write(s->fd, s->good.data + s->map.frames + 1, 5000));
	EXPECT_READ(EBUSY, 16);
	ASSERT_EQ(0, kt_write(s->fd, s->good.data + s->map.frames + 5001,
			      s->good.len - s->map.frames - 5001));
	EXPECT_READ(EBUSY, 16);
	EXPECT_TRUE(installed(s));
}

TEST_F_TIMEOUT(ask, after_a_verdict, KT_FOREVER)
{
	struct stream *s = &self->s;

	s->good.data[s->map.tables] ^= 1;
	EXPECT_EQ(-EBADMSG, kt_write(s->fd, s->good.data, s->map.frames));
	EXPECT_READ(EBADMSG, 16);
}

/* Whole ranges only, and each once. */
TEST_F_TIMEOUT(ask, sizes, KT_FOREVER)
{
	struct stream *s = &self->s;
	void *gone = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_EQ(0, kt_write(s->fd, s->good.data, s->map.frames));
	EXPECT_READ(EINVAL, 1);
	EXPECT_READ(EINVAL, 15);
	EXPECT_EQ(0, read(s->fd, self->r, 0));
	EXPECT_EQ(-1, read(s->fd, gone, 16));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(16, read(s->fd, self->r, 31));
	EXPECT_EQ(s->map.frames, self->r[0].pos);
	EXPECT_EQ(0, read(s->fd, self->r, sizeof(self->r)));
	EXPECT_EQ(0, read(s->fd, self->r, 16));
	EXPECT_EQ(-1, pread(s->fd, self->r, 16, 0));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(0, kt_write(s->fd, s->good.data + s->map.frames,
			      s->good.len - s->map.frames));
	EXPECT_TRUE(installed(s));
	munmap(gone, 4096);
}

TEST_F(ask, write_only)
{
	close(self->s.fd);
	ASSERT_EQ(0, head(&self->s, O_WRONLY));
	EXPECT_READ(EBADF, 16);
}

/* The head alone is "kota check": a question, which changes nothing. */
TEST_F_TIMEOUT(ask, head_and_close, KT_FOREVER)
{
	struct stream *s = &self->s;
	struct kt_status before = s->scene.before, st;

	ASSERT_EQ(0, kt_write(s->fd, s->good.data, s->map.frames));
	EXPECT_EQ(0, close(s->fd));
	ASSERT_EQ(0, ask(s, 1));
	EXPECT_EQ(0, close(s->fd));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(before.cause, st.cause);
	EXPECT_EQ(before.sequence, st.sequence);
	EXPECT_EQ(before.slot[1].state, st.slot[1].state);
	EXPECT_EQ(before.attempts, st.attempts);
	EXPECT_FALSE(st.busy);
	EXPECT_TRUE(kt_scene_same_b(&s->scene));
	/* A byte more, and it is a deliverable that was not finished. */
	s->fd = open(KT_DEVICE, O_WRONLY);
	ASSERT_EQ(0, kt_write(s->fd, s->good.data, s->map.frames + 1));
	EXPECT_EQ(-1, close(s->fd));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(KOTA_CAUSE_INTERRUPTED, last_cause());
	EXPECT_TRUE(kt_scene_same_b(&s->scene));
}

/* ------------------------------------------------------------------ attempts */

FIXTURE(attempts) {
	struct stream s;
};

FIXTURE_SETUP(attempts)
{
	struct stream *s = &self->s;
	int i;

	memset(s, 0, sizeof(*s));
	ASSERT_EQ(0, kt_scene_begin(&s->scene));
	pack(s, 700 * KIB, 16, 0);
	for (i = 0; i < KOTA_MAX_ATTEMPTS; i++)
		ASSERT_EQ(0, cut(s, 70 * KIB));
	EXPECT_EQ(KOTA_CAUSE_INTERRUPTED, last_cause());
}

FIXTURE_TEARDOWN(attempts)
{
	struct stream *s = &self->s;

	EXPECT_TRUE(kt_scene_same_a(&s->scene));
	close(s->fd);
	s->fd = -1;
	EXPECT_EQ(0, kt_scene_good(&s->scene));
	EXPECT_EQ(0, s->scene.after.attempts);
	end(s);
}

/* Refused before anything is erased, and again and again. */
TEST_F_TIMEOUT(attempts, too_many, KT_FOREVER)
{
	struct stream *s = &self->s;
	struct kt_status st;
	int i;

	/* Something to see an erase by. */
	ASSERT_EQ(0, kt_mtd_put("slot-b-open", 100, "still here", 10));
	kt_scene_end(&s->scene);
	ASSERT_EQ(0, kt_scene_begin(&s->scene));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-EDQUOT, cut(s, 70 * KIB));
		ASSERT_EQ(0, kt_status(&st, KT_TARGET));
		EXPECT_EQ(KOTA_CAUSE_ATTEMPTS, st.cause);
		EXPECT_EQ(KOTA_STEP_STAGE, st.step);
		EXPECT_EQ(KOTA_MAX_ATTEMPTS, st.attempts);
		EXPECT_TRUE(kt_scene_same_b(&s->scene));
	}
}

static void pack_another(struct stream *s, unsigned int later)
{
	free(s->image);
	free(s->good.data);
	kt_free(&s->d);
	s->later = later;
	pack(s, 700 * KIB, 16, 0);
}

/* Another one with the same number is not begun either; a later one is. */
TEST_F_TIMEOUT(attempts, of_another, KT_FOREVER)
{
	struct stream *s = &self->s;
	struct kt_status st;

	EXPECT_EQ(-EDQUOT, cut(s, 70 * KIB));
	pack_another(s, 0);
	EXPECT_EQ(-EDQUOT, cut(s, 70 * KIB));
	pack_another(s, 1);
	EXPECT_EQ(0, cut(s, 70 * KIB));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(1, st.attempts);
}

/* Two good ones that take turns: the later one begins the count anew, once. */
TEST_F_TIMEOUT(attempts, in_turn, KT_FOREVER)
{
	struct stream *s = &self->s;
	int i;

	for (i = 0; i < KOTA_MAX_ATTEMPTS; i++) {
		pack_another(s, 1 - i % 2);
		EXPECT_EQ(0, cut(s, 70 * KIB));
	}
	for (i = 0; i < 4; i++) {
		pack_another(s, i % 2);
		EXPECT_EQ(-EDQUOT, cut(s, 70 * KIB));
	}
}

/* When less is wanted than ever, the last attempt was not in vain. */
TEST_F_TIMEOUT(attempts, with_progress, KT_FOREVER)
{
	struct stream *s = &self->s;
	struct kt_status st;

	ASSERT_EQ(0, kt_mtd_put("slot-a-open", UNIT, s->image + UNIT, UNIT));
	kt_scene_end(&s->scene);
	ASSERT_EQ(0, kt_scene_begin(&s->scene));
	ASSERT_EQ(0, ask(s, 1));
	ASSERT_EQ(2, s->nr);
	ASSERT_EQ(0, kt_write(s->fd, s->good.data + s->ranges[0].pos, 70 * KIB));
	close(s->fd);
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(KOTA_CAUSE_INTERRUPTED, st.cause);
	EXPECT_EQ(1, st.attempts);
	/* Wanting all again is not progress. */
	EXPECT_EQ(0, cut(s, 70 * KIB));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(2, st.attempts);
}

/* ------------------------------------------------------------------ reboot */

#define LEFT	"/lab/run/resume.kota"

FIXTURE(reboot) {
	struct stream s;
};

FIXTURE_SETUP(reboot)
{
	memset(&self->s, 0, sizeof(self->s));
	ASSERT_EQ(0, kt_scene_begin(&self->s.scene));
}

FIXTURE_TEARDOWN(reboot)
{
	end(&self->s);
}

static int add_envelope(const void *envelope, size_t len)
{
	return kt_order(KOTA_CMD_ENVELOPE_ADD, KOTA_A_DEVICE_ENVELOPE, envelope, len);
}

/* The boot that is cut off: three of four units have come, and an envelope ahead. */
TEST_F_TIMEOUT(reboot, leave, KT_FOREVER)
{
	struct stream *s = &self->s;
	struct kt_status st;
	FILE *f;

	pack(s, 1000 * KIB, 16, 0);
	ASSERT_EQ(0, add_envelope(s->d.envelopes.data, s->d.envelopes.len));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	ASSERT_LT(0, st.envelopes_ahead);
	ASSERT_EQ(0, cut(s, kt_frame_pos(&s->d, &s->map, 0, 12) - s->map.frames));
	f = fopen(LEFT, "w");
	ASSERT_NE(NULL, f);
	ASSERT_EQ(1, fwrite(&s->map, sizeof(s->map), 1, f));
	ASSERT_EQ(1, fwrite(&s->sequence, sizeof(s->sequence), 1, f));
	ASSERT_EQ(1, fwrite(s->image, 1000 * KIB, 1, f));
	ASSERT_EQ(1, fwrite(s->good.data, s->good.len, 1, f));
	ASSERT_EQ(0, fclose(f));
}

/*
 * The next one: unit 1 is not wanted any more. Whether unit 2 was being written when
 * the power went, nobody knows.
 */
TEST_F_TIMEOUT(reboot, resume, KT_FOREVER)
{
	struct stream *s = &self->s;
	FILE *f = fopen(LEFT, "r");

	ASSERT_NE(NULL, f);
	s->size = 1000 * KIB;
	s->image = malloc(s->size);
	ASSERT_EQ(1, fread(&s->map, sizeof(s->map), 1, f));
	ASSERT_EQ(1, fread(&s->sequence, sizeof(s->sequence), 1, f));
	ASSERT_EQ(1, fread(s->image, s->size, 1, f));
	s->good.len = s->map.len;
	s->good.data = malloc(s->good.len);
	ASSERT_EQ(1, fread(s->good.data, s->good.len, 1, f));
	fclose(f);

	ASSERT_EQ(KOTA_SLOT_STATE_INCOMPLETE, s->scene.before.slot[1].state);
	ASSERT_EQ(1, s->scene.before.attempts);
	/* They were in memory. */
	EXPECT_EQ(0, s->scene.before.envelopes_ahead);
	ASSERT_EQ(0, ask(s, 5));
	ASSERT_EQ(2, s->nr);
	EXPECT_EQ(s->map.frames, s->ranges[0].pos);
	EXPECT_EQ(4 * (64 * KIB + 32), s->ranges[0].len);
	EXPECT_EQ(s->map.frames + 8 * (64 * KIB + 32), s->ranges[1].pos);
	EXPECT_EQ(s->map.len - s->ranges[1].pos, s->ranges[1].len);
	EXPECT_EQ(0, kt_send(s->fd, s->good.data, s->ranges, s->nr));
	EXPECT_TRUE(installed(s));
	EXPECT_TRUE(kt_scene_same_a(&s->scene));
}

/* ------------------------------------------------------------------ ahead */

FIXTURE(ahead) {
	struct stream s;
	uint8_t envelope[2000];
	size_t len;
};

FIXTURE_SETUP(ahead)
{
	struct stream *s = &self->s;

	memset(s, 0, sizeof(*s));
	ASSERT_EQ(0, kt_scene_begin(&s->scene));
	pack(s, 20000, 12, 0);
	/* The envelope apart, the deliverable without it. */
	self->len = s->d.envelopes.len;
	memcpy(self->envelope, s->d.envelopes.data, self->len);
	s->d.envelopes.len = 0;
	s->d.prologue.envelopes_len = 0;
	free(s->good.data);
	s->good = kt_finish(&s->d, &s->map);
}

FIXTURE_TEARDOWN(ahead)
{
	end(&self->s);
}

TEST_F_TIMEOUT(ahead, good, KT_FOREVER)
{
	struct stream *s = &self->s;
	struct kt_status st;

	EXPECT_EQ(-EDESTADDRREQ, kt_install(s->good.data, s->good.len, s->sequence));
	ASSERT_EQ(0, add_envelope(self->envelope, self->len));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(s->scene.before.envelopes_ahead + 1, st.envelopes_ahead);
	EXPECT_EQ(0, kt_install(s->good.data, s->good.len, s->sequence));
	EXPECT_TRUE(installed(s));
}

/* Behind the envelopes of others in the stream, too. */
TEST_F_TIMEOUT(ahead, among_others, KT_FOREVER)
{
	struct stream *s = &self->s;

	kt_wrap_stranger(&s->d);
	s->d.prologue.envelopes_len = 0;
	free(s->good.data);
	s->good = kt_finish(&s->d, &s->map);
	EXPECT_EQ(-EDESTADDRREQ, kt_install(s->good.data, s->good.len, s->sequence));
	ASSERT_EQ(0, add_envelope(self->envelope, self->len));
	EXPECT_EQ(0, kt_install(s->good.data, s->good.len, s->sequence));
	EXPECT_TRUE(installed(s));
}

/* Ours, but of another deliverable: it does not open, and the right one does. */
TEST_F_TIMEOUT(ahead, of_another_deliverable, KT_FOREVER)
{
	struct stream *s = &self->s;
	struct kt_deliverable other;

	kt_begin(&other, &s->scene.before, s->image, s->size, s->sequence);
	kt_seal(&other);
	kt_wrap(&other, s->scene.before.public_key);
	ASSERT_EQ(0, add_envelope(self->envelope, self->len));
	ASSERT_EQ(0, add_envelope(other.envelopes.data, other.envelopes.len));
	EXPECT_EQ(0, kt_install(s->good.data, s->good.len, s->sequence));
	EXPECT_TRUE(installed(s));
	kt_free(&other);
}

/* Sixteen are kept; the oldest goes. */
TEST_F_TIMEOUT(ahead, seventeenth, KT_FOREVER)
{
	struct stream *s = &self->s;
	struct kt_deliverable other;
	struct kt_status st;
	int i;

	kt_begin(&other, &s->scene.before, s->image, s->size, s->sequence);
	kt_seal(&other);
	kt_wrap(&other, s->scene.before.public_key);
	ASSERT_EQ(0, add_envelope(self->envelope, self->len));
	for (i = 1; i < KOTA_MAX_ENVELOPES_AHEAD; i++)
		ASSERT_EQ(0, add_envelope(other.envelopes.data, other.envelopes.len));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(KOTA_MAX_ENVELOPES_AHEAD, st.envelopes_ahead);
	ASSERT_EQ(0, head(s, O_WRONLY));
	close(s->fd);
	ASSERT_EQ(0, add_envelope(other.envelopes.data, other.envelopes.len));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(KOTA_MAX_ENVELOPES_AHEAD, st.envelopes_ahead);
	EXPECT_EQ(-EDESTADDRREQ, head(s, O_WRONLY));
	kt_free(&other);
}

TEST_F(ahead, malformed)
{
	uint8_t *env = self->envelope;
	struct kt_status st;

	EXPECT_EQ(-EINVAL, add_envelope(env, self->len - 1));
	EXPECT_EQ(-EINVAL, add_envelope(env, self->len + 1));
	EXPECT_EQ(-EINVAL, add_envelope(env, 39));
	EXPECT_EQ(-EINVAL, add_envelope(env, 0));
	env[4] = 1;
	EXPECT_EQ(-EINVAL, add_envelope(env, self->len));
	env[4] = 0;
	env[3] = 0xff;
	EXPECT_EQ(-EINVAL, add_envelope(env, self->len));
	EXPECT_GT(0, add_envelope(env, sizeof(self->envelope)));
	EXPECT_EQ(-EINVAL, kt_command(KOTA_CMD_ENVELOPE_ADD, NULL, 0, NULL, NULL));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(self->s.scene.before.envelopes_ahead, st.envelopes_ahead);
}

TEST_HARNESS_MAIN
