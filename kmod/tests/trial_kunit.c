// SPDX-License-Identifier: GPL-2.0
/* An update goes from phase to phase, and only the ways that there are. */

#include "kota_kunit.h"

static const u8 digest[KOTA_DIGEST_LEN] = { 0xd1 };

/* Sequence 7, minimum 3, in slot b. */
static struct kota_state_trial make_trial(u8 phase)
{
	struct kota_state_trial trial;
	struct kota_manifest m;

	make_manifest(&m, 1);
	m.min_sequence = cpu_to_le64(3);
	kota_trial_note(&trial, 1, &m, digest);
	trial.phase = phase;
	return trial;
}

static void noted(struct kunit *test)
{
	struct kota_state_trial trial = make_trial(KOTA_PHASE_READY);

	KUNIT_EXPECT_EQ(test, le64_to_cpu(trial.sequence), 7);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(trial.min_sequence), 3);
	KUNIT_EXPECT_EQ(test, trial.slot, 1);
	KUNIT_EXPECT_MEMEQ(test, trial.manifest, digest, sizeof(digest));
}

/* What each phase becomes when slot a, slot b, or nobody knows which was booted. */
static void reconciled(struct kunit *test)
{
	static const struct {
		u8 phase, a, b;
	} cases[] = {
		{ KOTA_PHASE_NONE, KOTA_PHASE_NONE, KOTA_PHASE_NONE },
		{ KOTA_PHASE_READY, KOTA_PHASE_READY, KOTA_PHASE_TRIAL },
		{ KOTA_PHASE_PENDING, KOTA_PHASE_FAILED, KOTA_PHASE_TRIAL },
		{ KOTA_PHASE_TRIAL, KOTA_PHASE_FAILED, KOTA_PHASE_TRIAL },
		{ KOTA_PHASE_FAILED, KOTA_PHASE_FAILED, KOTA_PHASE_TRIAL },
	};
	struct kota_state_trial trial;
	unsigned int i;
	int booted;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		for (booted = -1; booted < 2; booted++) {
			u8 phase = cases[i].phase;
			u8 expected = phase;

			if (booted == 0)
				expected = cases[i].a;
			else if (booted == 1)
				expected = cases[i].b;

			trial = make_trial(phase);
			KUNIT_EXPECT_EQ_MSG(
				test, kota_trial_reconcile(&trial, booted),
				expected != phase, "phase %u, booted %d", phase,
				booted);
			KUNIT_EXPECT_EQ_MSG(test, trial.phase, expected,
					    "phase %u, booted %d", phase,
					    booted);
			KUNIT_EXPECT_EQ_MSG(test, !*trial.reason,
					    trial.phase != KOTA_PHASE_FAILED ||
						    phase == KOTA_PHASE_FAILED,
					    "phase %u, booted %d", phase,
					    booted);
		}
}

static void activated(struct kunit *test)
{
	static const int expected[] = {
		[KOTA_PHASE_NONE] = -ENOENT, [KOTA_PHASE_READY] = 0,
		[KOTA_PHASE_PENDING] = 0,    [KOTA_PHASE_TRIAL] = -EBUSY,
		[KOTA_PHASE_FAILED] = 0,
	};
	struct kota_state_trial trial;
	u8 phase;

	for (phase = 0; phase < ARRAY_SIZE(expected); phase++) {
		trial = make_trial(phase);
		KUNIT_EXPECT_EQ(test, kota_trial_activate(&trial),
				expected[phase]);
		KUNIT_EXPECT_EQ(test, trial.phase,
				expected[phase] ? phase : KOTA_PHASE_PENDING);
	}
}

static void slots_held(struct kunit *test)
{
	struct kota_state_trial trial;
	int booted;
	u8 phase;

	for (phase = 0; phase <= KOTA_PHASE_FAILED; phase++)
		for (booted = -1; booted < 2; booted++) {
			bool held = phase == KOTA_PHASE_PENDING ||
				    phase == KOTA_PHASE_TRIAL ||
				    (phase == KOTA_PHASE_FAILED && booted == 1);

			trial = make_trial(phase);
			KUNIT_EXPECT_EQ(test, kota_trial_holds(&trial, booted),
					held);
		}
}

/* What never goes back only grows, and a failed update adds nothing. */
static void advances(struct kunit *test)
{
	struct kota_state_trial trial = make_trial(KOTA_PHASE_TRIAL);
	struct kota_state_security *sec = test_zalloc(test, sizeof(*sec));

	sec->sequence = cpu_to_le64(5);
	kota_trial_advance(&trial, sec);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(sec->sequence), 7);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(sec->min_sequence), 3);
	KUNIT_EXPECT_MEMEQ(test, sec->manifest, digest, sizeof(digest));

	memset(sec, 0, sizeof(*sec));
	sec->sequence = cpu_to_le64(8);
	sec->min_sequence = cpu_to_le64(4);
	kota_trial_advance(&trial, sec);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(sec->sequence), 8);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(sec->min_sequence), 4);
	KUNIT_EXPECT_EQ(test, sec->manifest[0], 0);

	memset(sec, 0, sizeof(*sec));
	trial.phase = KOTA_PHASE_FAILED;
	kota_trial_advance(&trial, sec);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(sec->sequence), 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(sec->min_sequence), 0);
}

/* Its number goes on to count, its minimum does not; a failure is remembered. */
static void dropped(struct kunit *test)
{
	struct kota_state_trial trial = make_trial(KOTA_PHASE_READY);
	struct kota_state_security *sec = test_zalloc(test, sizeof(*sec));

	kota_trial_drop(&trial);
	KUNIT_EXPECT_EQ(test, trial.phase, KOTA_PHASE_NONE);
	kota_trial_advance(&trial, sec);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(sec->sequence), 7);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(sec->min_sequence), 0);

	trial = make_trial(KOTA_PHASE_TRIAL);
	kota_trial_fail(&trial, "no good");
	kota_trial_drop(&trial);
	KUNIT_EXPECT_EQ(test, trial.phase, KOTA_PHASE_FAILED);
	KUNIT_EXPECT_STREQ(test, trial.reason, "no good");
}

/* Longer than there is room for, and shorter than what was there. */
static void reasons(struct kunit *test)
{
	struct kota_state_trial trial = make_trial(KOTA_PHASE_TRIAL);
	char text[2 * KOTA_REASON_LEN];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	kota_trial_fail(&trial, text);
	KUNIT_EXPECT_EQ(test, strlen(trial.reason), KOTA_REASON_LEN - 1);
	kota_trial_fail(&trial, "y");
	KUNIT_EXPECT_NULL(test,
			  memchr_inv(trial.reason + 1, 0, KOTA_REASON_LEN - 1));
}

static struct kunit_case trial_cases[] = {
	KUNIT_CASE(noted),     KUNIT_CASE(reconciled),
	KUNIT_CASE(activated), KUNIT_CASE(slots_held),
	KUNIT_CASE(advances),  KUNIT_CASE(dropped),
	KUNIT_CASE(reasons),   {}
};

static struct kunit_suite trial_suite = {
	.name = "kota_trial",
	.test_cases = trial_cases,
};

kunit_test_suite(trial_suite);
