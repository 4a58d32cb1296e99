// SPDX-License-Identifier: GPL-2.0
/*
 * The state record bound to an NV index, in a world whose power can go at any step:
 * before, within and after each write to medium and TPM.
 */

#include "kota_kunit.h"

#define LEN sizeof(struct kota_state_record)
#define FOREVER 1000000

static const u8 our_key[KOTA_DIGEST_LEN] = { 1, 2, 3 };
static const u8 new_key[KOTA_DIGEST_LEN] = { 3, 2, 1 };
static const u8 test_blob[] = "sealed root";

/**
 * struct world - a device
 * @st: the state, gone with each reboot
 * @copies: the medium
 * @index: the TPM's
 * @nv_err: 0, or what the TPM says to all that is asked
 * @power: steps until it goes; a write takes two
 * @writes: to the medium
 * @nv_writes: to the index
 */
struct world {
	struct kota_state st;
	u8 *copies[KOTA_NR_COPIES];
	struct kota_nv_index index;
	int nv_err;
	unsigned int power;
	unsigned int writes;
	unsigned int nv_writes;
};

static struct world *world_of(struct kota_nv *nv)
{
	return container_of(nv, struct world, st.nv);
}

static bool step(struct world *w)
{
	if (!w->power)
		return false;
	w->power--;
	return true;
}

static int read_copy(struct kota_medium *m, unsigned int copy, void *buf,
		     size_t len)
{
	struct world *w = m->priv;

	memcpy(buf, w->copies[copy], len);
	return w->power ? 0 : -EIO;
}

static int write_copy(struct kota_medium *m, unsigned int copy, const void *buf,
		      size_t len)
{
	struct world *w = m->priv;

	if (!step(w))
		return -EIO;
	memset(w->copies[copy], 0xff, len);
	memcpy(w->copies[copy], buf, len / 2);
	if (!step(w))
		return -EIO;
	memcpy(w->copies[copy], buf, len);
	w->writes++;
	return 0;
}

static int read_nv(struct kota_nv *nv, struct kota_nv_index *index)
{
	struct world *w = world_of(nv);

	if (!w->power)
		return -EIO;
	*index = w->index;
	return w->nv_err;
}

/* The TPM writes all or nothing; its answer may get lost. */
static int write_nv(struct kota_nv *nv, const struct kota_nv_index *index)
{
	struct world *w = world_of(nv);

	if (!step(w))
		return -EIO;
	if (w->nv_err && w->nv_err != -ENODATA)
		return w->nv_err;
	w->index = *index;
	w->nv_err = 0;
	w->nv_writes++;
	return step(w) ? 0 : -EIO;
}

static void close_state(void *st)
{
	kota_state_close(st);
}

static void reboot(struct kunit *test, struct world *w)
{
	kota_state_close(&w->st);
	memset(&w->st, 0, sizeof(w->st));
	w->st.medium = (struct kota_medium){
		.read = read_copy,
		.write = write_copy,
		.priv = w,
	};
	w->st.nv.read = read_nv;
	w->st.nv.write = write_nv;
	w->power = FOREVER;
	KUNIT_ASSERT_EQ(test, kota_state_open(&w->st), 0);
}

/* A blank medium, and an index that was defined just now. */
static struct world *make_world(struct kunit *test)
{
	struct world *w = test_zalloc(test, sizeof(*w));
	unsigned int i;

	for (i = 0; i < KOTA_NR_COPIES; i++) {
		w->copies[i] = test_zalloc(test, LEN);
		memset(w->copies[i], 0xff, LEN);
	}
	w->nv_err = -ENODATA;
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, close_state, &w->st), 0);
	reboot(test, w);
	return w;
}

/* An index is defined for the record that is about to be made; its power may go. */
static int create(struct world *w, const u8 *key)
{
	struct kota_nv_index first;
	int err;

	mutex_lock(&w->st.lock);
	err = kota_state_draft(&w->st, test_blob, sizeof(test_blob), &first);
	if (!err) {
		memset(&w->index, 0, sizeof(w->index));
		memcpy(w->index.security, first.security,
		       sizeof(first.security));
		w->nv_err = -ENODATA;
		err = kota_state_create(&w->st, key);
	}
	mutex_unlock(&w->st.lock);
	return err;
}

static int authenticate(struct world *w, const u8 *key)
{
	int err;

	mutex_lock(&w->st.lock);
	err = kota_state_authenticate(&w->st, key);
	mutex_unlock(&w->st.lock);
	return err;
}

static int commit(struct world *w, u64 sequence)
{
	int err;

	mutex_lock(&w->st.lock);
	kota_state_begin(&w->st)->security.sequence = cpu_to_le64(sequence);
	err = kota_state_commit(&w->st);
	mutex_unlock(&w->st.lock);
	return err;
}

/* A change that the TPM need not know of. */
static int note(struct world *w, u16 cause)
{
	int err;

	mutex_lock(&w->st.lock);
	kota_state_begin(&w->st)->refusal_cause = cpu_to_le16(cause);
	err = kota_state_commit(&w->st);
	mutex_unlock(&w->st.lock);
	return err;
}

static void permit(struct kunit *test, struct world *w, u64 sequence)
{
	struct kota_state_security *begin = kzalloc(sizeof(*begin), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, begin);
	begin->sequence = cpu_to_le64(sequence);
	begin->min_sequence = cpu_to_le64(sequence - 1);
	mutex_lock(&w->st.lock);
	kota_state_permit(&w->st, begin);
	mutex_unlock(&w->st.lock);
}

static u64 sequence(const struct world *w)
{
	return le64_to_cpu(w->st.rec->security.sequence);
}

/* In use, with sequences 1 to @nr installed. */
static struct world *make_used(struct kunit *test, unsigned int nr)
{
	struct world *w = make_world(test);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, create(w, our_key), 0);
	for (i = 1; i <= nr; i++)
		KUNIT_ASSERT_EQ(test, commit(w, i), 0);
	return w;
}

/* Refused, and neither medium nor TPM is told anything. */
static void expect_refused(struct kunit *test, struct world *w, int error)
{
	const struct kota_nv_index index = w->index;
	unsigned int writes = w->nv_writes;

	reboot(test, w);
	KUNIT_EXPECT_EQ(test, authenticate(w, our_key), error);
	KUNIT_EXPECT_EQ(test, w->st.verdict, error);
	KUNIT_EXPECT_EQ(test, w->st.health, KOTA_STATE_BROKEN);
	KUNIT_EXPECT_EQ(test, commit(w, 77), -ENOTRECOVERABLE);
	KUNIT_EXPECT_EQ(test, create(w, our_key), -EEXIST);
	KUNIT_EXPECT_EQ(test, w->nv_writes, writes);
	KUNIT_EXPECT_MEMEQ(test, &w->index, &index, sizeof(index));
}

static void bound(struct kunit *test)
{
	struct world *w = make_used(test, 2);
	u8 digest[KOTA_DIGEST_LEN];

	KUNIT_EXPECT_EQ(test, w->nv_writes, 3);
	KUNIT_ASSERT_EQ(test,
			kota_digest_once(KOTA_DIGEST_SHA256,
					 &w->st.rec->security,
					 sizeof(w->st.rec->security), digest),
			0);
	KUNIT_EXPECT_MEMEQ(test, w->index.security, digest, sizeof(digest));
	KUNIT_EXPECT_MEMEQ(test, w->index.magic, KOTA_NV_MAGIC,
			   sizeof(w->index.magic));
	/* Only what must never go back is worth a write to the TPM. */
	KUNIT_EXPECT_EQ(test, note(w, 7), 0);
	KUNIT_EXPECT_EQ(test, w->nv_writes, 3);
	reboot(test, w);
	KUNIT_EXPECT_EQ(test, authenticate(w, our_key), 0);
	KUNIT_EXPECT_EQ(test, sequence(w), 2);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(w->st.rec->refusal_cause), 7);
}

/* Whichever copy is lost between two boots: the other one is as good. */
static void both_good(struct kunit *test)
{
	unsigned int copy, nr, i;
	u8 *now[KOTA_NR_COPIES];
	struct world *w;

	for (nr = 0; nr < 4; nr++) {
		w = make_used(test, nr);
		for (i = 0; i < KOTA_NR_COPIES; i++) {
			now[i] = test_zalloc(test, LEN);
			memcpy(now[i], w->copies[i], LEN);
		}
		for (copy = 0; copy < KOTA_NR_COPIES; copy++) {
			for (i = 0; i < KOTA_NR_COPIES; i++)
				memcpy(w->copies[i], now[i], LEN);
			w->copies[copy][LEN / 2] ^= 1;
			reboot(test, w);
			KUNIT_EXPECT_EQ_MSG(test, authenticate(w, our_key), 0,
					    "%u, without copy %u", nr, copy);
			KUNIT_EXPECT_EQ(test, sequence(w), nr);
		}
		/* And that is mended by the next change that the TPM hears of. */
		KUNIT_EXPECT_EQ(test, commit(w, 9), 0);
		w->copies[w->st.current_copy][LEN / 2] ^= 1;
		reboot(test, w);
		KUNIT_EXPECT_EQ(test, authenticate(w, our_key), 0);
		KUNIT_EXPECT_EQ(test, sequence(w), 9);
	}
}

/* The second copy can't be written: what has been changed has been changed. */
static void second_copy_fails(struct kunit *test)
{
	struct world *w = make_used(test, 1);
	unsigned int copy = w->st.current_copy, power;

	/* Two for the medium, two for the TPM, and what is left for the other. */
	for (power = 4; power < 6; power++) {
		w->power = power;
		KUNIT_EXPECT_EQ(test, commit(w, power), 0);
		KUNIT_EXPECT_EQ(test, w->st.current_copy, !copy);
		w->power = FOREVER;
		/* It is the one that is written next. */
		KUNIT_EXPECT_EQ(test, note(w, power), 0);
		KUNIT_EXPECT_EQ(test, w->st.current_copy, copy);
		reboot(test, w);
		KUNIT_EXPECT_EQ(test, authenticate(w, our_key), 0);
		KUNIT_EXPECT_EQ(test, sequence(w), power);
		KUNIT_EXPECT_EQ(test, le16_to_cpu(w->st.rec->refusal_cause),
				power);
	}
}

/* Of what the TPM is not told, one copy is enough: it may be written often. */
static void note_is_one_write(struct kunit *test)
{
	struct world *w = make_used(test, 1);
	unsigned int writes = w->writes;

	KUNIT_EXPECT_EQ(test, note(w, 1), 0);
	KUNIT_EXPECT_EQ(test, w->writes, writes + 1);
	KUNIT_EXPECT_EQ(test, commit(w, 2), 0);
	KUNIT_EXPECT_EQ(test, w->writes, writes + 3);
}

/* With the right MAC, but not bound: no such record was ever made. */
static void unbound(struct kunit *test)
{
	struct world *w = make_used(test, 1);
	struct kota_state_record *rec;
	unsigned int i;

	for (i = 0; i < KOTA_NR_COPIES; i++) {
		rec = (void *)w->copies[i];
		rec->security.flags = 0;
		KUNIT_ASSERT_EQ(test, kota_state_seal(rec, our_key), 0);
	}
	expect_refused(test, w, -ENOTRECOVERABLE);
	/* Nor by an index that would speak of it. */
	KUNIT_ASSERT_EQ(test,
			kota_state_make_index((void *)w->copies[0], &w->index),
			0);
	expect_refused(test, w, -ENOTRECOVERABLE);
}

/* What the next boot finds is one of the two truths, and it goes on from there. */
static void cut_commit(struct kunit *test)
{
	unsigned int power, nr;
	struct world *w;
	int err;

	for (nr = 1; nr < 3; nr++) {
		for (power = 0; power < 8; power++) {
			w = make_used(test, nr);
			w->power = power;
			err = commit(w, 9);
			reboot(test, w);
			KUNIT_ASSERT_EQ_MSG(test, authenticate(w, our_key), 0,
					    "after %u steps", power);
			/* Two for the medium; with the third the TPM knows. */
			KUNIT_EXPECT_EQ_MSG(test, sequence(w),
					    power < 3 ? nr : 9,
					    "after %u steps", power);
			KUNIT_EXPECT_EQ_MSG(test, err, power < 4 ? -EIO : 0,
					    "after %u steps", power);
			KUNIT_EXPECT_EQ(test, note(w, 1), 0);
			KUNIT_EXPECT_EQ(test, commit(w, 10), 0);
			reboot(test, w);
			KUNIT_EXPECT_EQ(test, authenticate(w, our_key), 0);
			KUNIT_EXPECT_EQ(test, sequence(w), 10);
		}
	}
}

/* Cut off while it is provisioned: it is blank and may be, or it is provisioned. */
static void cut_create(struct kunit *test)
{
	unsigned int power;
	struct world *w;

	for (power = 0; power < 8; power++) {
		w = make_world(test);
		w->power = power;
		create(w, our_key);
		reboot(test, w);
		if (w->st.health == KOTA_STATE_BLANK) {
			KUNIT_EXPECT_LT(test, power, 2);
			/* By this it is known for one that was never used. */
			KUNIT_EXPECT_EQ(test, w->nv_err, -ENODATA);
			KUNIT_EXPECT_EQ(test, create(w, our_key), 0);
		} else {
			KUNIT_EXPECT_EQ_MSG(test, authenticate(w, our_key), 0,
					    "after %u steps", power);
		}
		KUNIT_EXPECT_EQ(test, w->nv_err, 0);
		KUNIT_EXPECT_EQ(test, w->nv_writes, 1);
		KUNIT_EXPECT_EQ(test, commit(w, 1), 0);
	}
}

static void cut_recovery(struct kunit *test)
{
	unsigned int power;
	struct world *w;

	for (power = 0; power < 8; power++) {
		w = make_used(test, 5);
		reboot(test, w);
		/* Defined anew, for another root. */
		w->nv_err = -ENODATA;
		KUNIT_EXPECT_EQ(test, create(w, new_key), -EEXIST);
		permit(test, w, 20);
		w->power = power;
		create(w, new_key);
		reboot(test, w);
		if (authenticate(w, new_key)) {
			KUNIT_EXPECT_LT(test, power, 2);
			KUNIT_EXPECT_EQ(test, create(w, new_key), -EEXIST);
			reboot(test, w);
			permit(test, w, 20);
			KUNIT_EXPECT_EQ(test, create(w, new_key), 0);
		}
		KUNIT_EXPECT_EQ(test, sequence(w), 20);
		KUNIT_EXPECT_EQ(test,
				le64_to_cpu(w->st.rec->security.min_sequence),
				19);
		KUNIT_EXPECT_EQ(test, le64_to_cpu(w->index.min_sequence), 19);
		/* Once: it has been used up. */
		KUNIT_EXPECT_EQ(test, create(w, new_key), -EEXIST);
		KUNIT_EXPECT_EQ(test, commit(w, 21), 0);
		reboot(test, w);
		KUNIT_EXPECT_EQ(test, authenticate(w, our_key),
				-ENOTRECOVERABLE);
	}
}

/*
 * Provisioned anew by the same root, which the MAC can't tell: neither a record of the
 * device's first life, nor the first one of all, is bound to the index that is empty.
 */
static void old_record(struct kunit *test)
{
	u8 *old[KOTA_NR_COPIES];
	unsigned int nr, power, i;
	struct world *w;

	for (nr = 0; nr < 3; nr++) {
		for (power = 0; power < 6; power++) {
			w = make_used(test, nr);
			for (i = 0; i < KOTA_NR_COPIES; i++) {
				old[i] = test_zalloc(test, LEN);
				memcpy(old[i], w->copies[i], LEN);
				memset(w->copies[i], 0xff, LEN);
			}
			reboot(test, w);
			w->power = power;
			create(w, our_key);
			for (i = 0; i < KOTA_NR_COPIES; i++)
				memcpy(w->copies[i], old[i], LEN);
			expect_refused(test, w, -ESTALE);
		}
	}
}

/* The one root, two lives: what else is derived from it differs by this. */
static void origins_differ(struct kunit *test)
{
	struct world *w = make_used(test, 1);
	u8 origin[KOTA_DIGEST_LEN];
	unsigned int i;

	memcpy(origin, w->st.rec->security.origin, sizeof(origin));
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(origin, 0, sizeof(origin)));
	for (i = 0; i < KOTA_NR_COPIES; i++) {
		KUNIT_EXPECT_MEMEQ(test, origin,
				   ((struct kota_state_record *)w->copies[i])
					   ->security.origin,
				   sizeof(origin));
		memset(w->copies[i], 0xff, LEN);
	}
	reboot(test, w);
	KUNIT_ASSERT_EQ(test, create(w, our_key), 0);
	KUNIT_EXPECT_MEMNEQ(test, origin, w->st.rec->security.origin,
			    sizeof(origin));
}

static void index_gone(struct kunit *test)
{
	struct world *w = make_used(test, 3);

	w->nv_err = -ENXIO;
	expect_refused(test, w, -ENXIO);
	w->nv_err = -EKEYREJECTED;
	expect_refused(test, w, -EKEYREJECTED);
	w->nv_err = -EIO;
	expect_refused(test, w, -EIO);
	w->nv_err = 0;
	w->index.magic[0] ^= 1;
	expect_refused(test, w, -ESTALE);
	w->index.magic[0] ^= 1;
	reboot(test, w);
	KUNIT_EXPECT_EQ(test, authenticate(w, our_key), 0);
}

/* Both copies of earlier days, of the same sequence number too. */
static void older_medium(struct kunit *test)
{
	u8 *old[KOTA_NR_COPIES], *now[KOTA_NR_COPIES];
	struct world *w = make_used(test, 3);
	unsigned int i;

	for (i = 0; i < KOTA_NR_COPIES; i++) {
		old[i] = test_zalloc(test, LEN);
		now[i] = test_zalloc(test, LEN);
		memcpy(old[i], w->copies[i], LEN);
	}
	mutex_lock(&w->st.lock);
	kota_state_begin(&w->st)->security.generation = cpu_to_le32(2);
	KUNIT_EXPECT_EQ(test, kota_state_commit(&w->st), 0);
	mutex_unlock(&w->st.lock);
	KUNIT_EXPECT_EQ(test, note(w, 1), 0);
	for (i = 0; i < KOTA_NR_COPIES; i++) {
		memcpy(now[i], w->copies[i], LEN);
		memcpy(w->copies[i], old[i], LEN);
	}
	KUNIT_EXPECT_EQ(test, sequence(w), 3);
	expect_refused(test, w, -ESTALE);
	/* One torn beside it. */
	memset(w->copies[0], 0xff, LEN);
	expect_refused(test, w, -ESTALE);
	memcpy(w->copies[1], w->copies[0], LEN / 2);
	memset(w->copies[0], 0x5a, LEN);
	expect_refused(test, w, -ENOTRECOVERABLE);
	/* One of today is enough, wherever the old one lies. */
	for (i = 0; i < KOTA_NR_COPIES; i++) {
		memcpy(w->copies[i], now[i], LEN);
		memcpy(w->copies[!i], old[!i], LEN);
		reboot(test, w);
		KUNIT_EXPECT_EQ(test, authenticate(w, our_key), 0);
		KUNIT_EXPECT_EQ(test, w->st.current_copy, i);
	}
}

/* The TPM says no: nothing has changed, and the next change is made. */
static void index_refuses(struct kunit *test)
{
	struct world *w = make_used(test, 1);
	unsigned int copy = w->st.current_copy;

	w->nv_err = -EKEYREJECTED;
	/* The index is not ours any more: no more changes in this boot. */
	KUNIT_EXPECT_EQ(test, commit(w, 2), -EIO);
	KUNIT_EXPECT_EQ(test, sequence(w), 1);
	KUNIT_EXPECT_EQ(test, w->st.current_copy, copy);
	KUNIT_EXPECT_EQ(test, note(w, 1), -ENOTRECOVERABLE);
	w->nv_err = 0;
	reboot(test, w);
	KUNIT_EXPECT_EQ(test, authenticate(w, our_key), 0);
	KUNIT_EXPECT_EQ(test, sequence(w), 1);
	KUNIT_EXPECT_EQ(test, commit(w, 2), 0);
}

static int fail_once(struct kota_nv *nv, const struct kota_nv_index *index)
{
	nv->write = write_nv;
	return -EIO;
}

static int lose_answer(struct kota_nv *nv, const struct kota_nv_index *index)
{
	nv->write = write_nv;
	write_nv(nv, index);
	return -EIO;
}

static void index_write_fails(struct kunit *test)
{
	struct world *w = make_used(test, 1);
	unsigned int copy = w->st.current_copy;

	w->st.nv.write = fail_once;
	KUNIT_EXPECT_EQ(test, commit(w, 2), -EIO);
	KUNIT_EXPECT_EQ(test, sequence(w), 1);
	KUNIT_EXPECT_EQ(test, note(w, 1), 0);
	KUNIT_EXPECT_EQ(test, w->st.current_copy, !copy);
	reboot(test, w);
	KUNIT_EXPECT_EQ(test, authenticate(w, our_key), 0);
	KUNIT_EXPECT_EQ(test, sequence(w), 1);

	w->st.nv.write = lose_answer;
	KUNIT_EXPECT_EQ(test, commit(w, 3), 0);
	KUNIT_EXPECT_EQ(test, sequence(w), 3);
	KUNIT_EXPECT_EQ(test, note(w, 2), 0);
	reboot(test, w);
	KUNIT_EXPECT_EQ(test, authenticate(w, our_key), 0);
	KUNIT_EXPECT_EQ(test, sequence(w), 3);
}

static struct kunit_case nv_cases[] = { KUNIT_CASE(bound),
					KUNIT_CASE(both_good),
					KUNIT_CASE(second_copy_fails),
					KUNIT_CASE(note_is_one_write),
					KUNIT_CASE(unbound),
					KUNIT_CASE(cut_commit),
					KUNIT_CASE(cut_create),
					KUNIT_CASE(cut_recovery),
					KUNIT_CASE(old_record),
					KUNIT_CASE(origins_differ),
					KUNIT_CASE(index_gone),
					KUNIT_CASE(older_medium),
					KUNIT_CASE(index_refuses),
					KUNIT_CASE(index_write_fails),
					{} };

static struct kunit_suite nv_suite = {
	.name = "kota_nv",
	.test_cases = nv_cases,
};

kunit_test_suite(nv_suite);
