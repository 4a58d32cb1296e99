// SPDX-License-Identifier: GPL-2.0
/*
 * Record and slots never disagree in the dangerous direction: no record that a
 * boot finds says of a slot that it is complete when it has been given up, whatever
 * the medium does and says. What a refused session leaves behind.
 */

#include "kota_kunit.h"

#define LEN sizeof(struct kota_state_record)

static const u8 our_key[KOTA_DIGEST_LEN] = { 1, 2, 3 };

/* What becomes of a write of the record. */
enum fate {
	TAKEN,
	LOST, /* said to have failed, and so it has */
	TAKEN_AND_DENIED, /* said to have failed */
};

struct fake {
	struct kota *kota;
	struct kota_session *s;
	struct kota_image image;
	struct kota_image_shape shape;
	u8 *copies[KOTA_NR_COPIES];
	enum fate next; /* of the next write */
	enum fate later; /* of all further ones */
	unsigned int writes;
	unsigned int aborts;
	int nv_err;
	struct kota_nv_index index;
};

static struct fake *the_fake;

static int fake_read(struct kota_medium *m, unsigned int copy, void *buf,
		     size_t len)
{
	struct fake *f = m->priv;

	memcpy(buf, f->copies[copy], len);
	return 0;
}

static int fake_write(struct kota_medium *m, unsigned int copy, const void *buf,
		      size_t len)
{
	struct fake *f = m->priv;
	enum fate fate = f->next;

	f->next = f->later;
	f->writes++;
	if (fate != LOST)
		memcpy(f->copies[copy], buf, len);
	return fate == TAKEN ? 0 : -EIO;
}

static int fake_nv_read(struct kota_nv *nv, struct kota_nv_index *index)
{
	*index = the_fake->index;
	return the_fake->nv_err;
}

/* The order arrives, its answer may not. */
static int fake_nv_write(struct kota_nv *nv, const struct kota_nv_index *index)
{
	the_fake->index = *index;
	return the_fake->nv_err;
}

static void fake_abort(struct kota_target *t)
{
	the_fake->aborts++;
}

static const struct kota_target_ops fake_ops = {
	.abort = fake_abort,
};

static void open_state(struct kunit *test, struct fake *f)
{
	struct kota_state *st = &f->kota->state;

	memset(st, 0, sizeof(*st));
	st->medium = (struct kota_medium){
		.read = fake_read,
		.write = fake_write,
		.priv = f,
	};
	st->nv.read = fake_nv_read;
	st->nv.write = fake_nv_write;
	KUNIT_ASSERT_EQ(test, kota_state_open(st), 0);
}

static void close_fake(void *p)
{
	struct fake *f = p;

	kota_stream_end(f->s);
	kota_state_close(&f->kota->state);
}

/* All that an install changes: sealed, and the record is to say so. */
static struct fake *make_fake(struct kunit *test)
{
	struct fake *f = test_zalloc(test, sizeof(*f));
	struct kota_session *s = test_zalloc(test, sizeof(*s));
	int err;

	the_fake = f;
	f->kota = test_zalloc(test, sizeof(*f->kota));
	f->s = s;
	f->copies[0] = test_zalloc(test, LEN);
	f->copies[1] = test_zalloc(test, LEN);
	open_state(test, f);
	s->kota = f->kota;
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, close_fake, f), 0);
	mutex_lock(&f->kota->state.lock);
	err = kota_state_draft(&f->kota->state, "blob", 4, &f->index);
	if (!err)
		err = kota_state_create(&f->kota->state, our_key);
	mutex_unlock(&f->kota->state.lock);
	KUNIT_ASSERT_EQ(test, err, 0);

	strscpy(f->kota->targets[0].name, "app");
	f->kota->targets[0].ops = &fake_ops;
	f->kota->nr_targets = 1;
	s->manifest = kzalloc(sizeof(*s->manifest), GFP_KERNEL);
	s->jobs = kcalloc(1, sizeof(*s->jobs), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, s->manifest && s->jobs);
	make_manifest(s->manifest, 1);
	make_image(&f->image, "app", 5000, 12, KOTA_COMPRESSION_NONE);
	KUNIT_ASSERT_EQ(test,
			kota_manifest_shape(&f->image, &f->shape, &s->why), 0);
	s->nr_jobs = 1;
	s->jobs[0].image = &f->image;
	s->jobs[0].shape = &f->shape;
	s->jobs[0].table = kvzalloc(f->shape.table_len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s->jobs[0].table);
	s->jobs[0].target = &f->kota->targets[0];
	s->jobs[0].slot = 1;
	KUNIT_ASSERT_EQ(test, kota_record_begin(s), 0);
	s->jobs[0].begun = true;
	f->writes = 0;
	return f;
}

/* What the record says of the slot, after a reboot. */
static u8 found_by_boot(struct kunit *test, struct fake *f)
{
	struct kota_state *st = &f->kota->state;
	const struct kota_state_slot *slot;
	int err;

	kota_state_close(st);
	open_state(test, f);
	f->nv_err = 0;
	mutex_lock(&st->lock);
	err = kota_state_authenticate(st, our_key);
	mutex_unlock(&st->lock);
	KUNIT_ASSERT_EQ(test, err, 0);
	slot = kota_state_find_slot(st->rec, "app", 1);
	KUNIT_ASSERT_NOT_NULL(test, slot);
	return slot->state;
}

static void completed(struct kunit *test)
{
	struct fake *f = make_fake(test);

	KUNIT_EXPECT_EQ(test, kota_record_complete(f->s), 0);
	/* Both copies: an update waits. */
	KUNIT_EXPECT_EQ(test, f->writes, 2);
	KUNIT_EXPECT_EQ(test, found_by_boot(test, f), KOTA_SLOT_STATE_COMPLETE);
}

/* The medium has it, and says that it has not: taken back, then given up. */
static void taken_and_denied(struct kunit *test)
{
	struct fake *f = make_fake(test);

	f->next = TAKEN_AND_DENIED;
	EXPECT_REFUSED(test, kota_record_complete(f->s), &f->s->why, EIO,
		       KOTA_CAUSE_MEDIUM);
	kota_install_abort(f->s);
	KUNIT_EXPECT_EQ(test, f->aborts, 1);
	KUNIT_EXPECT_EQ(test, f->s->why.cause, KOTA_CAUSE_MEDIUM);
	KUNIT_EXPECT_EQ(test, found_by_boot(test, f),
			KOTA_SLOT_STATE_INCOMPLETE);
}

/*
 * And can't be taken back either: then the slot stays as whole as it is. The same
 * deliverable once more, so the TPM does not tell the one record from the other.
 */
static void taken_and_denied_for_good(struct kunit *test)
{
	struct fake *f = make_fake(test);

	KUNIT_EXPECT_EQ(test, kota_record_complete(f->s), 0);
	KUNIT_EXPECT_EQ(test, kota_record_begin(f->s), 0);
	f->next = TAKEN_AND_DENIED;
	f->later = LOST;
	KUNIT_EXPECT_EQ(test, kota_record_complete(f->s), -EIO);
	kota_install_abort(f->s);
	KUNIT_EXPECT_EQ(test, f->aborts, 0);
	KUNIT_EXPECT_FALSE(test, f->s->jobs[0].begun);
	KUNIT_EXPECT_EQ(test, found_by_boot(test, f), KOTA_SLOT_STATE_COMPLETE);
}

/* Refused after it was complete, and the record can't be changed any more. */
static void undone_in_vain(struct kunit *test)
{
	struct fake *f = make_fake(test);

	KUNIT_EXPECT_EQ(test, kota_record_complete(f->s), 0);
	f->next = LOST;
	kota_install_abort(f->s);
	KUNIT_EXPECT_EQ(test, f->aborts, 0);
	KUNIT_EXPECT_EQ(test, found_by_boot(test, f), KOTA_SLOT_STATE_COMPLETE);
	/* The same where it can. */
	f = make_fake(test);
	KUNIT_EXPECT_EQ(test, kota_record_complete(f->s), 0);
	kota_install_abort(f->s);
	KUNIT_EXPECT_EQ(test, f->aborts, 1);
	KUNIT_EXPECT_EQ(test, found_by_boot(test, f),
			KOTA_SLOT_STATE_INCOMPLETE);
}

/* The TPM has got the order and does not answer: which record counts is not known. */
static void tpm_is_silent(struct kunit *test)
{
	struct fake *f = make_fake(test);

	/* Which is told of signers at once. */
	f->s->manifest->nr_revoked = cpu_to_le16(1);
	f->nv_err = -EIO;
	KUNIT_EXPECT_EQ(test, kota_record_complete(f->s), -EIO);
	KUNIT_EXPECT_EQ(test, f->kota->state.health, KOTA_STATE_BROKEN);
	kota_install_abort(f->s);
	KUNIT_EXPECT_EQ(test, f->aborts, 0);
	KUNIT_EXPECT_EQ(test, found_by_boot(test, f), KOTA_SLOT_STATE_COMPLETE);
}

static void name_target(char name[KOTA_NAME_LEN], unsigned int i)
{
	snprintf(name, KOTA_NAME_LEN, "t%u", i);
}

static bool knows(struct fake *f, const char *name)
{
	return kota_state_find_slot(f->kota->state.rec, name, 1);
}

/*
 * An update has renamed the target, and there were others of other names before: what
 * no target has any more makes room, and nothing else does.
 */
static void names_given_back(struct kunit *test)
{
	struct fake *f = make_fake(test);
	struct kota_state *st = &f->kota->state;
	struct kota_state_record *rec;
	char name[KOTA_NAME_LEN];
	unsigned int i;

	mutex_lock(&st->lock);
	rec = kota_state_begin(st);
	for (i = 0; i < KOTA_MAX_TARGETS; i++) {
		name_target(rec->targets[i].name, i);
		if (i != 7)
			name_target(
				f->kota->targets[f->kota->nr_targets++].name,
				i);
	}
	KUNIT_EXPECT_EQ(test, kota_state_commit(st), 0);
	mutex_unlock(&st->lock);
	KUNIT_EXPECT_FALSE(test, knows(f, "app"));

	KUNIT_EXPECT_EQ(test, kota_record_begin(f->s), 0);
	KUNIT_EXPECT_TRUE(test, knows(f, "app"));
	for (i = 0; i < KOTA_MAX_TARGETS; i++) {
		name_target(name, i);
		KUNIT_EXPECT_EQ_MSG(test, knows(f, name), i != 7, "%s", name);
	}
	KUNIT_EXPECT_EQ(test, kota_record_complete(f->s), 0);
	KUNIT_EXPECT_EQ(test, found_by_boot(test, f), KOTA_SLOT_STATE_COMPLETE);
}

/* As long as there is room, what a target was called is kept. */
static void names_kept(struct kunit *test)
{
	struct fake *f = make_fake(test);
	struct kota_state *st = &f->kota->state;
	struct kota_state_record *rec;
	unsigned int i;

	mutex_lock(&st->lock);
	rec = kota_state_begin(st);
	memset(rec->targets, 0, sizeof(rec->targets));
	for (i = 0; i < KOTA_MAX_TARGETS - 1; i++)
		name_target(rec->targets[i].name, i);
	KUNIT_EXPECT_EQ(test, kota_state_commit(st), 0);
	mutex_unlock(&st->lock);
	KUNIT_EXPECT_EQ(test, kota_record_begin(f->s), 0);
	KUNIT_EXPECT_TRUE(test, knows(f, "app"));
	KUNIT_EXPECT_TRUE(test, knows(f, "t0"));
	KUNIT_EXPECT_TRUE(test, knows(f, "t14"));
}

/* Nothing has been promised yet: nothing is written, the slot is given up. */
static void before_the_end(struct kunit *test)
{
	struct fake *f = make_fake(test);

	kota_install_abort(f->s);
	KUNIT_EXPECT_EQ(test, f->aborts, 1);
	KUNIT_EXPECT_EQ(test, f->writes, 0);
	KUNIT_EXPECT_EQ(test, found_by_boot(test, f),
			KOTA_SLOT_STATE_INCOMPLETE);
}

/* The permission goes with the statement, and another's does not. */
static void recovery_is_withdrawn(struct kunit *test)
{
	struct fake *f = make_fake(test);
	struct kota_session *s = f->s;

	/* A statement has no images. */
	kota_stream_wipe(s);
	s->nr_jobs = 0;
	s->manifest->flags = cpu_to_le32(KOTA_FLAG_RECOVERY);
	KUNIT_EXPECT_EQ(test, kota_record_complete(s), 0);
	KUNIT_EXPECT_NOT_NULL(test, f->kota->state.recovery);
	kota_install_abort(s);
	KUNIT_EXPECT_NULL(test, f->kota->state.recovery);

	KUNIT_EXPECT_EQ(test, kota_record_complete(s), 0);
	kota_install_settle(s);
	kota_install_abort(s);
	KUNIT_EXPECT_NOT_NULL(test, f->kota->state.recovery);
	KUNIT_EXPECT_EQ(test, f->writes, 0);
}

/* The file may stay open for as long as its owner likes. */
static void verdict_wipes(struct kunit *test)
{
	struct fake *f = make_fake(test);
	struct kota_session *s = f->s;
	int err;

	memset(s->cek, 0x5a, sizeof(s->cek));
	err = kota_refuse(&s->why, KOTA_CAUSE_TAG, "one|another");
	KUNIT_EXPECT_EQ(test, kota_verdict_give(s, err), -EBADMSG);
	KUNIT_EXPECT_EQ(test, s->verdict, -EBADMSG);
	KUNIT_EXPECT_EQ(test, f->aborts, 1);
	KUNIT_EXPECT_NULL(test, memchr_inv(s->cek, 0, sizeof(s->cek)));
	KUNIT_EXPECT_NULL(test, s->manifest);
	KUNIT_EXPECT_NULL(test, s->jobs);
	KUNIT_EXPECT_EQ(test, s->why.cause, KOTA_CAUSE_TAG);
}

static struct kunit_case record_cases[] = { KUNIT_CASE(completed),
					    KUNIT_CASE(taken_and_denied),
					    KUNIT_CASE(
						    taken_and_denied_for_good),
					    KUNIT_CASE(undone_in_vain),
					    KUNIT_CASE(tpm_is_silent),
					    KUNIT_CASE(names_given_back),
					    KUNIT_CASE(names_kept),
					    KUNIT_CASE(before_the_end),
					    KUNIT_CASE(recovery_is_withdrawn),
					    KUNIT_CASE(verdict_wipes),
					    {} };

static struct kunit_suite record_suite = {
	.name = "kota_record",
	.test_cases = record_cases,
};

kunit_test_suite(record_suite);
