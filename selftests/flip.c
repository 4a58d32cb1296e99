// SPDX-License-Identifier: GPL-2.0
/*
 * Item by item, every bit of what is not ciphertext, and a thousand bits of what
 * is: none may be flipped. A thousand truncations, two hundred splices of two
 * deliverables that are both good: none is taken.
 *
 * SEED= repeats a run. The debug kernel gets every 64th bit, from an offset that
 * the seed decides, and fewer truncations and splices: it says so.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "scene.h"

#define IMAGE_LEN	5000	/* two chunks of 4 KiB, 904 bytes in the last */
#define LAST_HEAD	(16 + 4096 + 16)
#define EVERY		64	/* on the debug kernel */
#define RSA		"signer-rsa3072"

enum section {
	PROLOGUE, MANIFEST, SIGNATURE, CMS, ENVELOPE, TABLES, FRAME_HEADS, END, CIPHERTEXT
};

/* What a flip in byte @off of a section may be answered with. */
static bool is_right(enum section section, size_t off, int error)
{
	bool length = error == EMSGSIZE || error == EPROTO;

	switch (section) {
	case PROLOGUE:
		return off < 8 ? error == ENOEXEC : off < 10 ? error == EPROTONOSUPPORT :
		       off < 12 ? error == EPROTO : off < 28 ? length :
		       off < 32 ? error == EPROTO : off < 40 ? length : error == EPROTO;
	case MANIFEST:
		return error == EKEYREJECTED;
	case SIGNATURE:
		return off < 1 ? error == EOPNOTSUPP : off < 4 ? error == EPROTO :
		       length || error == EILSEQ;
	case CMS:
		return error == EILSEQ || error == ENOKEY || error == EKEYREJECTED;
	case ENVELOPE:
		return off < 2 ? error == EOPNOTSUPP : off < 4 ? length :
		       off < 8 ? error == EPROTO : off < 40 ? error == EDESTADDRREQ :
		       error == EBADMSG;
	case TABLES:
	case CIPHERTEXT:
		return error == EBADMSG;
	case FRAME_HEADS:
		return off < 4 ? error == EPROTO : off < 8 ? error == ESPIPE :
		       off < 12 ? length : error == EPROTO;
	case END:
		return error == EPROTO;
	}
	return false;
}

struct stream {
	struct kt_scene scene;
	struct kt_map map;
	struct kt_buf good;
	unsigned int turn;
	uint8_t image[IMAGE_LEN];
	uint64_t sequence;
	uint64_t seed;
};

static int stream_begin(struct stream *s, const char *signer)
{
	if (kt_scene_begin(&s->scene))
		return -1;
	/* Well above: what it goes by is never taken for what was installed. */
	s->sequence = s->scene.before.sequence + 10;
	s->seed = kt_seed();
	kt_fill(s->image, IMAGE_LEN, s->seed);
	s->good = kt_make_by(signer, &s->scene.before, s->image, IMAGE_LEN, s->sequence, 12,
			     &s->map);
	return 0;
}

/* The same, packed anew, and later. */
static void renew(struct stream *s)
{
	/* ECDSA signatures differ in length. */
	do {
		free(s->good.data);
		s->good = kt_make(&s->scene.before, s->image, IMAGE_LEN, ++s->sequence, 12, NULL);
	} while (s->good.len != s->map.len);
}

/* Attempts in vain are limited, until something later comes; one is for the good end. */
static bool is_worn(struct stream *s)
{
	return ++s->turn % (KOTA_MAX_ATTEMPTS - 1) == 0;
}

FIXTURE(flip) {
	struct stream s;
	unsigned int tried;
	unsigned int wrong;
};

FIXTURE_VARIANT(flip) {
	enum section section;
	bool staged;		/* the slot has been touched by then */
	/* NULL: "signer". RSA is quicker to verify, and takes long to sign anew */
	const char *signer;
};

FIXTURE_SETUP(flip)
{
	ASSERT_EQ(0, stream_begin(&self->s, variant->signer ?: "signer"));
}

FIXTURE_TEARDOWN(flip)
{
	free(self->s.good.data);
	kt_scene_end(&self->s.scene);
}

FIXTURE_VARIANT_ADD(flip, prologue) { .section = PROLOGUE };
FIXTURE_VARIANT_ADD(flip, manifest) { .section = MANIFEST, .signer = RSA };
FIXTURE_VARIANT_ADD(flip, signature_head) { .section = SIGNATURE };
FIXTURE_VARIANT_ADD(flip, cms) { .section = CMS };
FIXTURE_VARIANT_ADD(flip, envelope) { .section = ENVELOPE, .signer = RSA };
FIXTURE_VARIANT_ADD(flip, tables) { .section = TABLES, .signer = RSA };
FIXTURE_VARIANT_ADD(flip, frame_heads) { .section = FRAME_HEADS, .staged = true };
FIXTURE_VARIANT_ADD(flip, end) { .section = END, .staged = true };
FIXTURE_VARIANT_ADD(flip, ciphertext) { .section = CIPHERTEXT, .staged = true };

static void flip(struct __test_metadata *_metadata, struct stream *s, enum section section,
		 size_t start, size_t bit, unsigned int *wrong)
{
	struct kt_buf *b = &s->good;
	uint8_t *byte;
	int err;

	/* Before the frames a flip is no attempt. */
	if (section >= FRAME_HEADS && is_worn(s))
		renew(s);
	byte = b->data + start + bit / 8;

	*byte ^= 1 << bit % 8;
	err = kt_install(b->data, b->len, s->sequence);
	*byte ^= 1 << bit % 8;
	if (err && is_right(section, bit / 8, -err))
		return;
	if (++*wrong <= 5)
		TH_LOG("byte %zu, bit %zu: %s", bit / 8, bit % 8,
		       err ? strerror(-err) : "taken");
}

static unsigned int every(struct __test_metadata *_metadata, struct stream *s,
			  enum section section, size_t start, size_t end, unsigned int *wrong)
{
	size_t step = kt_is_debug() ? EVERY : 1, bit = kt_is_debug() ? s->seed % EVERY : 0;
	unsigned int nr = 0;

	for (; bit < (end - start) * 8; bit += step, nr++)
		flip(_metadata, s, section, start, bit, wrong);
	return nr;
}

/* Some place in the ciphertext of a frame. */
static size_t ciphertext_bit(struct stream *s)
{
	size_t bit = kt_random(&s->seed) % (IMAGE_LEN * 8);

	/* Counted from the first frame's head. */
	return bit + 8 * (bit < 4096 * 8 ? 16 : LAST_HEAD - 4096 + 16);
}

TEST_F_TIMEOUT(flip, every_bit_refused, KT_FOREVER)
{
	struct stream *s = &self->s;
	struct kt_map *m = &s->map;
	unsigned int nr = 0, wrong = 0, i, count = kt_is_debug() ? 50 : 1000;
	struct kt_status st;

	TH_LOG("SEED=%#llx%s", (unsigned long long)s->seed,
	       kt_is_debug() ? ", a sample of the bits on this kernel" : "");
	switch (variant->section) {
	case PROLOGUE:
		nr = every(_metadata, s, PROLOGUE, 0, m->manifest, &wrong);
		break;
	case MANIFEST:
		nr = every(_metadata, s, MANIFEST, m->manifest, m->signatures, &wrong);
		break;
	case SIGNATURE:
		nr = every(_metadata, s, SIGNATURE, m->signatures, m->signatures + 8, &wrong);
		break;
	case CMS:
		nr = every(_metadata, s, CMS, m->signatures + 8, m->envelopes, &wrong);
		break;
	case ENVELOPE:
		nr = every(_metadata, s, ENVELOPE, m->envelopes, m->tables, &wrong);
		break;
	case TABLES:
		nr = every(_metadata, s, TABLES, m->tables, m->frames, &wrong);
		break;
	case FRAME_HEADS:
		nr = every(_metadata, s, FRAME_HEADS, m->frames, m->frames + 16, &wrong);
		nr += every(_metadata, s, FRAME_HEADS, m->frames + LAST_HEAD,
			    m->frames + LAST_HEAD + 16, &wrong);
		break;
	case END:
		nr = every(_metadata, s, END, m->end, m->len, &wrong);
		break;
	case CIPHERTEXT:
		for (; nr < count; nr++)
			flip(_metadata, s, CIPHERTEXT, m->frames, ciphertext_bit(s), &wrong);
		/* The tags, too. */
		for (i = 0; i < 128; i += kt_is_debug() ? 16 : 1, nr++)
			flip(_metadata, s, CIPHERTEXT, m->end - 16, i, &wrong);
		break;
	}
	TH_LOG("%u flips, %u not refused as they should be", nr, wrong);
	EXPECT_LT(0, nr);
	EXPECT_EQ(0, wrong);
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(s->scene.before.sequence, st.sequence);
	EXPECT_TRUE(kt_scene_same_a(&s->scene));
	if (variant->staged) {
		EXPECT_TRUE(kt_scene_unbootable());
	} else {
		EXPECT_TRUE(kt_scene_same_b(&s->scene));
	}
	/* The very deliverable whose bits were flipped. */
	EXPECT_EQ(0, kt_install(s->good.data, s->good.len, s->sequence));
	EXPECT_TRUE(kt_scene_holds(s->image, IMAGE_LEN));
	EXPECT_TRUE(kt_scene_same_a(&s->scene));
}

FIXTURE(stream) {
	struct stream s;
	struct stream other;	/* later by one */
};

/* Both later than either was: attempts are counted for the latest one seen. */
static void renew_both(struct stream *s, struct stream *other)
{
	s->sequence = other->sequence;
	renew(s);
	other->sequence = s->sequence;
	renew(other);
}

FIXTURE_SETUP(stream)
{
	struct stream *s = &self->s;

	ASSERT_EQ(0, stream_begin(s, "signer"));
	self->other.scene = s->scene;
	self->other.sequence = s->sequence + 1;
	kt_fill(self->other.image, IMAGE_LEN, s->seed + 1);
	self->other.good = kt_make(&s->scene.before, self->other.image, IMAGE_LEN,
				   self->other.sequence, 12, &self->other.map);
	TH_LOG("SEED=%#llx", (unsigned long long)s->seed);
}

FIXTURE_TEARDOWN(stream)
{
	struct stream *s = &self->s, *other = &self->other;

	renew_both(s, other);
	EXPECT_TRUE(kt_scene_same_a(&s->scene));
	EXPECT_EQ(0, kt_install(s->good.data, s->good.len, s->sequence));
	EXPECT_TRUE(kt_scene_holds(s->image, IMAGE_LEN));
	EXPECT_EQ(0, kt_install(other->good.data, other->good.len, other->sequence));
	EXPECT_TRUE(kt_scene_holds(other->image, IMAGE_LEN));
	free(other->good.data);
	free(s->good.data);
	kt_scene_end(&s->scene);
}

TEST_F_TIMEOUT(stream, truncated, KT_FOREVER)
{
	struct stream *s = &self->s;
	int i, wrong = 0, count = kt_is_debug() ? 50 : 1000;

	for (i = 0; i < count; i++) {
		size_t len = 1 + kt_random(&s->seed) % (s->good.len - 1);
		int err;

		/* Up to its first frame a stream is no attempt. */
		if (len >= s->map.frames + LAST_HEAD && is_worn(s))
			renew(s);
		err = kt_install(s->good.data, len, s->sequence);
		/* The head alone is a question, and no deliverable. */
		if (err == -EPIPE || len == s->map.frames)
			continue;
		if (++wrong <= 5)
			TH_LOG("%zu of %zu bytes: %d", len, s->good.len, err);
	}
	TH_LOG("%d truncations, %d not refused as they should be", count, wrong);
	EXPECT_EQ(0, wrong);
}

/* Where a section begins, every second time, else anywhere. */
static size_t place(uint64_t *seed, const struct kt_map *m)
{
	const size_t sections[] = {
		m->manifest, m->signatures, m->envelopes, m->tables, m->frames,
		m->frames + LAST_HEAD, m->end, m->len,
	};

	if (kt_random(seed) % 2)
		return sections[kt_random(seed) % 8];
	return kt_random(seed) % (m->len + 1);
}

/* Refused, but not for what it is. */
static bool is_no_answer(int err)
{
	return err == -EDQUOT || err == -EBUSY || err == -EUNATCH || err == -ENOMEM;
}

TEST_F_TIMEOUT(stream, spliced, KT_FOREVER)
{
	struct stream *s = &self->s, *other = &self->other;
	int i, wrong = 0, count = kt_is_debug() ? 25 : 200;

	for (i = 0; i < count; i++) {
		bool swap = kt_random(&s->seed) % 2;
		const struct kt_buf *one = swap ? &other->good : &s->good;
		const struct kt_buf *two = swap ? &s->good : &other->good;
		size_t head = place(&s->seed, swap ? &other->map : &s->map);
		size_t tail = place(&s->seed, swap ? &s->map : &other->map);
		struct kt_buf b = { 0 };
		int err;

		if (is_worn(s))
			renew_both(s, other);
		/* Half of them in step: the same place in both. */
		if (kt_random(&s->seed) % 2)
			tail = head < two->len ? head : two->len;
		kt_append(&b, one->data, head);
		kt_append(&b, two->data + tail, two->len - tail);
		if (!b.len || (b.len == one->len && !memcmp(b.data, one->data, b.len)) ||
		    (b.len == two->len && !memcmp(b.data, two->data, b.len))) {
			i--;	/* not a splice but one of the two */
			free(b.data);
			continue;
		}
		err = kt_install(b.data, b.len, s->sequence);
		if (!err || is_no_answer(err) || kt_install(NULL, 0, other->sequence) == 0) {
			if (++wrong <= 5)
				TH_LOG("%zu bytes of one, the other from %zu: %d", head, tail, err);
		}
		free(b.data);
	}
	TH_LOG("%d splices, %d taken", count, wrong);
	EXPECT_EQ(0, wrong);
}

TEST_HARNESS_MAIN
