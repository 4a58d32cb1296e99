// SPDX-License-Identifier: GPL-2.0
/*
 * The state record, on a medium that can be cut, spoilt and made to fail, by changes
 * that the TPM is not told of: nv_kunit.c has those that it is.
 */

#include "kota_kunit.h"

#define LEN sizeof(struct kota_state_record)

static const u8 our_key[KOTA_DIGEST_LEN] = { 1, 2, 3 };
static const u8 other_key[KOTA_DIGEST_LEN] = { 1, 2, 4 };
static const u8 test_blob[] = "sealed root";

struct fake {
	struct kota_state st;
	u8 *copies[KOTA_NR_COPIES];
	unsigned int writes[KOTA_NR_COPIES];
	int read_err[KOTA_NR_COPIES];
	int write_err;
	bool forgets;
	struct kota_nv_index index;
	int nv_err;
};

static int fake_read(struct kota_medium *m, unsigned int copy, void *buf,
		     size_t len)
{
	struct fake *f = m->priv;

	memcpy(buf, f->copies[copy], len);
	return f->read_err[copy];
}

static int fake_write(struct kota_medium *m, unsigned int copy, const void *buf,
		      size_t len)
{
	struct fake *f = m->priv;

	if (f->write_err)
		return f->write_err;
	memcpy(f->copies[copy], buf, len);
	f->copies[copy][len / 2] ^= f->forgets;
	f->writes[copy]++;
	return 0;
}

static int fake_nv_read(struct kota_nv *nv, struct kota_nv_index *index)
{
	struct fake *f = container_of(nv, struct fake, st.nv);

	*index = f->index;
	return f->nv_err;
}

static int fake_nv_write(struct kota_nv *nv, const struct kota_nv_index *index)
{
	struct fake *f = container_of(nv, struct fake, st.nv);

	f->index = *index;
	f->nv_err = 0;
	return 0;
}

/* A record that is given up takes this with it. */
static void open_nv(struct fake *f)
{
	f->st.nv.read = fake_nv_read;
	f->st.nv.write = fake_nv_write;
}

static void close_state(void *st)
{
	kota_state_close(st);
}

/* What a reboot does. */
static void reopen(struct kunit *test, struct fake *f)
{
	kota_state_close(&f->st);
	memset(&f->st, 0, sizeof(f->st));
	f->st.medium = (struct kota_medium){
		.read = fake_read,
		.write = fake_write,
		.priv = f,
	};
	open_nv(f);
	KUNIT_ASSERT_EQ(test, kota_state_open(&f->st), 0);
}

static struct fake *make_fake(struct kunit *test, u8 blank)
{
	struct fake *f = test_zalloc(test, sizeof(*f));
	unsigned int i;

	for (i = 0; i < KOTA_NR_COPIES; i++) {
		f->copies[i] = test_zalloc(test, LEN);
		memset(f->copies[i], blank, LEN);
	}
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, close_state, &f->st), 0);
	reopen(test, f);
	return f;
}

static int create(struct fake *f, size_t blob_len)
{
	static u8 blob[KOTA_MAX_BLOB_LEN + 1];
	struct kota_nv_index first;
	int err;

	memcpy(blob, test_blob, sizeof(test_blob));
	mutex_lock(&f->st.lock);
	err = kota_state_draft(&f->st, blob, blob_len, &first);
	if (!err) {
		open_nv(f);
		f->index = first;
		f->nv_err = -ENODATA;
		err = kota_state_create(&f->st, our_key);
	}
	mutex_unlock(&f->st.lock);
	return err;
}

static int authenticate(struct fake *f, const u8 *key)
{
	int err;

	mutex_lock(&f->st.lock);
	err = kota_state_authenticate(&f->st, key);
	mutex_unlock(&f->st.lock);
	return err;
}

static int commit(struct fake *f, u64 sequence)
{
	int err;

	mutex_lock(&f->st.lock);
	kota_state_begin(&f->st)->refusal_sequence = cpu_to_le64(sequence);
	err = kota_state_commit(&f->st);
	mutex_unlock(&f->st.lock);
	return err;
}

static u64 sequence(const struct fake *f)
{
	return le64_to_cpu(f->st.rec->refusal_sequence);
}

static u64 number(const struct fake *f, unsigned int copy)
{
	return le64_to_cpu(
		((struct kota_state_record *)f->copies[copy])->number);
}

/* Created, which takes both copies, and committed with sequences 1 to @nr. */
static struct fake *make_used(struct kunit *test, unsigned int nr)
{
	struct fake *f = make_fake(test, 0xff);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, create(f, sizeof(test_blob)), 0);
	for (i = 1; i <= nr; i++)
		KUNIT_ASSERT_EQ(test, commit(f, i), 0);
	return f;
}

static void create_on_blank(struct kunit *test)
{
	static const u8 fills[][2] = { { 0xff, 0xff }, { 0, 0 }, { 0xff, 0 } };
	struct fake *f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fills); i++) {
		f = make_fake(test, fills[i][0]);
		memset(f->copies[1], fills[i][1], LEN);
		reopen(test, f);
		KUNIT_EXPECT_EQ(test, f->st.health, KOTA_STATE_BLANK);
		KUNIT_ASSERT_EQ(test, create(f, sizeof(test_blob)), 0);
		KUNIT_EXPECT_EQ(test, f->st.health, KOTA_STATE_GOOD);
		KUNIT_EXPECT_EQ(test, f->writes[0], 1);
		KUNIT_EXPECT_EQ(test, f->writes[1], 1);

		reopen(test, f);
		KUNIT_EXPECT_EQ(test, f->st.health, KOTA_STATE_UNPROVEN);
		KUNIT_EXPECT_EQ(test, le32_to_cpu(f->st.rec->blob_len),
				sizeof(test_blob));
		KUNIT_EXPECT_MEMEQ(test, f->st.rec->blob, test_blob,
				   sizeof(test_blob));
		KUNIT_EXPECT_EQ(test, authenticate(f, our_key), 0);
		KUNIT_EXPECT_EQ(test, f->st.health, KOTA_STATE_GOOD);
	}
}

static void create_blob_len(struct kunit *test)
{
	struct fake *f = make_fake(test, 0xff);

	KUNIT_EXPECT_EQ(test, create(f, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, create(f, KOTA_MAX_BLOB_LEN + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, f->writes[0] + f->writes[1], 0);
	KUNIT_EXPECT_EQ(test, f->st.health, KOTA_STATE_BLANK);
	KUNIT_EXPECT_EQ(test, create(f, KOTA_MAX_BLOB_LEN), 0);
}

static void create_on_used(struct kunit *test)
{
	struct fake *f = make_used(test, 1);

	KUNIT_EXPECT_EQ(test, create(f, sizeof(test_blob)), -EEXIST);
	reopen(test, f);
	KUNIT_EXPECT_EQ(test, create(f, sizeof(test_blob)), -EEXIST);
	memset(f->copies[0], 0xff, LEN);
	memset(f->copies[1], 0x5a, LEN);
	reopen(test, f);
	KUNIT_EXPECT_EQ(test, f->st.health, KOTA_STATE_BROKEN);
	KUNIT_EXPECT_EQ(test, create(f, sizeof(test_blob)), -EEXIST);
}

static void create_fails(struct kunit *test)
{
	struct fake *f = make_fake(test, 0xff);

	f->write_err = -EIO;
	KUNIT_EXPECT_EQ(test, create(f, sizeof(test_blob)), -EIO);
	KUNIT_EXPECT_NE(test, f->st.health, KOTA_STATE_GOOD);
	f->write_err = 0;
	KUNIT_EXPECT_EQ(test, commit(f, 1), -ENOTRECOVERABLE);
	KUNIT_EXPECT_EQ(test, create(f, sizeof(test_blob)), 0);
	reopen(test, f);
	KUNIT_EXPECT_EQ(test, authenticate(f, our_key), 0);
}

/* Provisioning can be cut at any point and run again. */
static void create_cut(struct kunit *test)
{
	u8 *whole = test_zalloc(test, LEN);
	struct fake *f = make_used(test, 0);
	const struct kota_nv_index index = f->index;
	size_t off;

	memcpy(whole, f->copies[0], LEN);
	for (off = 0; off < LEN; off += 64) {
		f = make_fake(test, 0xff);
		memcpy(f->copies[0], whole, off);
		reopen(test, f);
		KUNIT_EXPECT_EQ_MSG(test, f->st.health, KOTA_STATE_BLANK,
				    "at %zu", off);
		KUNIT_EXPECT_EQ_MSG(test, create(f, sizeof(test_blob)), 0,
				    "at %zu", off);
	}
	f->index = index;
	for (off = 0; off < LEN; off += 64) {
		memset(f->copies[1], 0xff, LEN);
		memcpy(f->copies[0], whole, LEN);
		memcpy(f->copies[1], whole, off);
		reopen(test, f);
		KUNIT_EXPECT_EQ_MSG(test, f->st.health, KOTA_STATE_UNPROVEN,
				    "at %zu", off);
		KUNIT_EXPECT_EQ_MSG(test, authenticate(f, our_key), 0, "at %zu",
				    off);
	}
}

static void commit_alternates(struct kunit *test)
{
	struct fake *f = make_used(test, 0);
	unsigned int i;

	for (i = 1; i < 6; i++) {
		KUNIT_ASSERT_EQ(test, commit(f, 10 * i), 0);
		KUNIT_EXPECT_EQ(test, f->st.current_copy, (i + 1) % 2);
		KUNIT_EXPECT_EQ(test, number(f, (i + 1) % 2),
				number(f, i % 2) + 1);
		KUNIT_EXPECT_EQ(test, f->writes[0], 1 + (i + 1) / 2);
		KUNIT_EXPECT_EQ(test, f->writes[1], 1 + i / 2);
	}
	reopen(test, f);
	KUNIT_EXPECT_EQ(test, authenticate(f, our_key), 0);
	KUNIT_EXPECT_EQ(test, sequence(f), 50);
	KUNIT_EXPECT_EQ(test, f->st.current_copy, 0);
	KUNIT_ASSERT_EQ(test, commit(f, 60), 0);
	KUNIT_EXPECT_EQ(test, f->writes[1], 4);
}

static void commit_without_key(struct kunit *test)
{
	struct fake *f = make_fake(test, 0xff);

	KUNIT_EXPECT_EQ(test, commit(f, 1), -ENOTRECOVERABLE);
	f = make_used(test, 1);
	reopen(test, f);
	KUNIT_EXPECT_EQ(test, commit(f, 2), -ENOTRECOVERABLE);
	KUNIT_EXPECT_EQ(test, authenticate(f, other_key), -ENOTRECOVERABLE);
	KUNIT_EXPECT_EQ(test, commit(f, 2), -ENOTRECOVERABLE);
}

static void commit_fails(struct kunit *test)
{
	struct fake *f = make_used(test, 3);

	f->write_err = -EROFS;
	KUNIT_EXPECT_EQ(test, commit(f, 4), -EIO);
	/* What was not written was never there, for the next commit either. */
	KUNIT_EXPECT_EQ(test, sequence(f), 3);
	KUNIT_EXPECT_EQ(test, f->st.current_copy, 0);
	reopen(test, f);
	KUNIT_EXPECT_EQ(test, authenticate(f, our_key), 0);
	KUNIT_EXPECT_EQ(test, sequence(f), 3);
	/* Again, and to the same copy as before. */
	f->write_err = 0;
	KUNIT_EXPECT_EQ(test, commit(f, 4), 0);
	KUNIT_EXPECT_EQ(test, f->st.current_copy, 1);
}

/* What is not there afterwards was not written, whatever the medium said. */
static void not_kept(struct kunit *test)
{
	struct fake *f = make_used(test, 3);

	f->forgets = true;
	KUNIT_EXPECT_EQ(test, commit(f, 4), -EIO);
	KUNIT_EXPECT_EQ(test, sequence(f), 3);
	f->forgets = false;
	reopen(test, f);
	KUNIT_EXPECT_EQ(test, authenticate(f, our_key), 0);
	KUNIT_EXPECT_EQ(test, sequence(f), 3);
}

/*
 * The write of sequence 4 or 5 was cut at @off: its first bytes are new, the
 * rest is old, blank or anything. The truth is the other copy's.
 */
static void torn_at(struct kunit *test, struct fake *f, unsigned int copy,
		    const u8 *whole, const u8 *rest, size_t off)
{
	unsigned int i;
	u64 last = number(f, !copy);

	memcpy(f->copies[copy], whole, off);
	memcpy(f->copies[copy] + off, rest + off, LEN - off);
	for (i = 0; i < 2; i++) { /* also after a further reboot */
		reopen(test, f);
		KUNIT_EXPECT_EQ_MSG(test, f->st.health, KOTA_STATE_UNPROVEN,
				    "at %zu", off);
		KUNIT_EXPECT_EQ_MSG(test, authenticate(f, our_key), 0, "at %zu",
				    off);
		KUNIT_EXPECT_EQ_MSG(test, f->st.current_copy, !copy, "at %zu",
				    off);
		KUNIT_EXPECT_EQ_MSG(test, le64_to_cpu(f->st.rec->number), last,
				    "at %zu", off);
	}
}

static void torn(struct kunit *test)
{
	u8 *old = test_zalloc(test, LEN), *whole = test_zalloc(test, LEN);
	u8 *blank = test_zalloc(test, LEN);
	unsigned int nr, copy;
	struct fake *f;
	size_t off;

	memset(blank, 0xff, LEN);
	for (nr = 3; nr < 5; nr++) {
		f = make_used(test, nr);
		copy = !f->st.current_copy;
		memcpy(old, f->copies[copy], LEN);
		KUNIT_ASSERT_EQ(test, commit(f, nr + 1), 0);
		KUNIT_ASSERT_EQ(test, f->st.current_copy, copy);
		memcpy(whole, f->copies[copy], LEN);
		/* From 64 on: before, nothing has been written that differs. */
		for (off = 64; off < LEN; off += 64) {
			torn_at(test, f, copy, whole, old, off);
			torn_at(test, f, copy, whole, blank, off);
		}
		torn_at(test, f, copy, whole, blank, 0);
		torn_at(test, f, copy, whole, old, 0);
		torn_at(test, f, copy, whole, old, LEN - 1);
	}
}

static void any_byte_spoilt(struct kunit *test)
{
	struct fake *f = make_used(test, 2);
	size_t off;

	for (off = 0; off < LEN; off += 13) {
		f->copies[1][off] ^= 1;
		reopen(test, f);
		KUNIT_EXPECT_EQ(test, authenticate(f, our_key), 0);
		KUNIT_EXPECT_EQ_MSG(test, sequence(f), 1, "at %zu", off);
		f->copies[1][off] ^= 1;
	}
}

static void both_torn(struct kunit *test)
{
	struct fake *f = make_used(test, 2);

	f->copies[0][100] ^= 1;
	f->copies[1][LEN - KOTA_DIGEST_LEN - 1] ^= 1;
	reopen(test, f);
	KUNIT_EXPECT_EQ(test, f->st.health, KOTA_STATE_BROKEN);
	KUNIT_EXPECT_EQ(test, sequence(f), 0);
	KUNIT_EXPECT_EQ(test, authenticate(f, our_key), -ENOTRECOVERABLE);
	KUNIT_EXPECT_EQ(test, f->st.health, KOTA_STATE_BROKEN);
}

/* A copy from earlier days in either place: the larger number is true. */
static void stale_copy(struct kunit *test)
{
	u8 *stale = test_zalloc(test, LEN);
	unsigned int copy;
	struct fake *f;

	for (copy = 0; copy < KOTA_NR_COPIES; copy++) {
		f = make_used(test, 2 + copy);
		memcpy(stale, f->copies[!copy], LEN);
		KUNIT_ASSERT_EQ(test, commit(f, 8), 0);
		KUNIT_ASSERT_EQ(test, commit(f, 9), 0);
		KUNIT_ASSERT_EQ(test, f->st.current_copy, !copy);
		memcpy(f->copies[copy], stale, LEN);
		reopen(test, f);
		KUNIT_EXPECT_EQ(test, sequence(f), 9);
		KUNIT_EXPECT_EQ(test, authenticate(f, our_key), 0);
		KUNIT_EXPECT_EQ(test, sequence(f), 9);
		KUNIT_EXPECT_EQ(test, f->st.current_copy, !copy);
	}
}

static void another_key(struct kunit *test)
{
	struct fake *f = make_used(test, 2);

	reopen(test, f);
	KUNIT_EXPECT_EQ(test, authenticate(f, other_key), -ENOTRECOVERABLE);
	KUNIT_EXPECT_EQ(test, f->st.health, KOTA_STATE_BROKEN);
	/* Still there to be looked at. */
	KUNIT_EXPECT_EQ(test, sequence(f), 2);
}

/* A stranger's copy with a larger number and a good digest beside ours. */
static void strangers_copy(struct kunit *test)
{
	struct fake *f = make_used(test, 2), *g = make_used(test, 5);
	struct kota_state_record *rec = (void *)f->copies[0];

	memcpy(rec, g->copies[0], LEN);
	rec->mac[0] ^= 1;
	KUNIT_ASSERT_EQ(test,
			kota_digest_once(KOTA_DIGEST_SHA256, rec,
					 offsetof(typeof(*rec), digest),
					 rec->digest),
			0);
	reopen(test, f);
	KUNIT_EXPECT_EQ(test, sequence(f), 5);
	KUNIT_EXPECT_EQ(test, authenticate(f, our_key), 0);
	KUNIT_EXPECT_EQ(test, sequence(f), 2);
	KUNIT_EXPECT_EQ(test, f->st.current_copy, 1);
}

static void wiped(struct kunit *test)
{
	struct fake *f = make_fake(test, 0xff);

	KUNIT_EXPECT_EQ(test, authenticate(f, our_key), -ENOTRECOVERABLE);
	KUNIT_EXPECT_EQ(test, f->st.health, KOTA_STATE_BROKEN);
	KUNIT_EXPECT_EQ(test, create(f, sizeof(test_blob)), -EEXIST);
}

static void read_fails(struct kunit *test)
{
	struct fake *f = make_used(test, 2);

	f->read_err[1] = -EIO;
	reopen(test, f);
	KUNIT_EXPECT_EQ(test, authenticate(f, our_key), 0);
	KUNIT_EXPECT_EQ(test, sequence(f), 1);
	f->read_err[0] = -EIO;
	reopen(test, f);
	KUNIT_EXPECT_EQ(test, f->st.health, KOTA_STATE_BROKEN);
	/* What can't be read is not said to be damaged, or old. */
	KUNIT_EXPECT_EQ(test, authenticate(f, our_key), -EIO);
	f->read_err[0] = 0;
	reopen(test, f);
	f->index.security[0] ^= 1;
	KUNIT_EXPECT_EQ(test, authenticate(f, our_key), -EIO);
	f->read_err[1] = 0;
	reopen(test, f);
	KUNIT_EXPECT_EQ(test, authenticate(f, our_key), -ESTALE);

	/* Not blank: what can't be read may be anything. */
	f = make_fake(test, 0xff);
	f->read_err[1] = -EIO;
	reopen(test, f);
	KUNIT_EXPECT_EQ(test, f->st.health, KOTA_STATE_BROKEN);
}

static int never(struct kota_nv *nv, struct kota_nv_index *index)
{
	return -EIO;
}

/* Nothing that the root gave stays, whatever had become of the record by then. */
static void forgotten(struct kunit *test)
{
	static const enum kota_state_health health[][2] = {
		{ KOTA_STATE_BLANK, KOTA_STATE_BLANK },
		{ KOTA_STATE_UNPROVEN, KOTA_STATE_UNPROVEN },
		{ KOTA_STATE_GOOD, KOTA_STATE_BROKEN },
		{ KOTA_STATE_BROKEN, KOTA_STATE_BROKEN },
	};
	struct fake *f = make_used(test, 1);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(health); i++) {
		f->st.health = health[i][0];
		f->st.nv.read = never;
		memset(f->st.nv.auth, 0x5a, sizeof(f->st.nv.auth));
		memset(f->st.mac_key, 0x5a, sizeof(f->st.mac_key));
		mutex_lock(&f->st.lock);
		kota_state_forget(&f->st);
		mutex_unlock(&f->st.lock);
		KUNIT_EXPECT_EQ(test, f->st.health, health[i][1]);
		KUNIT_EXPECT_TRUE(test,
				  !memchr_inv(&f->st.nv, 0, sizeof(f->st.nv)));
		KUNIT_EXPECT_TRUE(test, !memchr_inv(f->st.mac_key, 0,
						    sizeof(f->st.mac_key)));
	}
}

static void slots(struct kunit *test)
{
	struct fake *f = make_used(test, 0);
	const struct kota_state_slot *found;
	struct kota_state_record *rec;
	struct kota_state_slot *s;
	unsigned int i;
	char name[8];

	KUNIT_EXPECT_NULL(test, kota_state_find_slot(f->st.rec, "t0", 0));
	mutex_lock(&f->st.lock);
	rec = kota_state_begin(&f->st);
	for (i = 0; i < KOTA_MAX_TARGETS; i++) {
		snprintf(name, sizeof(name), "t%u", i);
		s = kota_state_make_slot(rec, name, 1);
		if (s)
			s->sequence = cpu_to_le64(100 + i);
		KUNIT_EXPECT_NOT_NULL(test, s);
	}
	KUNIT_EXPECT_NULL(test, kota_state_make_slot(rec, "more", 0));
	KUNIT_EXPECT_NULL(test, kota_state_find_slot(f->st.rec, "t0", 0));
	KUNIT_EXPECT_EQ(test, kota_state_commit(&f->st), 0);
	mutex_unlock(&f->st.lock);

	reopen(test, f);
	found = kota_state_find_slot(f->st.rec, "t11", 1);
	KUNIT_EXPECT_TRUE(test, found && le64_to_cpu(found->sequence) == 111);
	found = kota_state_find_slot(f->st.rec, "t1", 1);
	KUNIT_EXPECT_TRUE(test, found && le64_to_cpu(found->sequence) == 101);
	found = kota_state_find_slot(f->st.rec, "t1", 0);
	KUNIT_EXPECT_TRUE(test, found && !found->sequence);
}

static struct kunit_case state_cases[] = { KUNIT_CASE(create_on_blank),
					   KUNIT_CASE(create_blob_len),
					   KUNIT_CASE(create_on_used),
					   KUNIT_CASE(create_fails),
					   KUNIT_CASE(create_cut),
					   KUNIT_CASE(commit_alternates),
					   KUNIT_CASE(commit_without_key),
					   KUNIT_CASE(commit_fails),
					   KUNIT_CASE(not_kept),
					   KUNIT_CASE(torn),
					   KUNIT_CASE(any_byte_spoilt),
					   KUNIT_CASE(both_torn),
					   KUNIT_CASE(stale_copy),
					   KUNIT_CASE(another_key),
					   KUNIT_CASE(strangers_copy),
					   KUNIT_CASE(wiped),
					   KUNIT_CASE(read_fails),
					   KUNIT_CASE(forgotten),
					   KUNIT_CASE(slots),
					   {} };

static struct kunit_suite state_suite = {
	.name = "kota_state",
	.test_cases = state_cases,
};

kunit_test_suite(state_suite);
