// SPDX-License-Identifier: GPL-2.0
/* Refusals: the table of causes, and the words. */

#include "kota_kunit.h"

/* Read from the table in linux/kota.h; that it is the manual's, people check. */
#define CAUSE_ROW(name, number, error, sentence) \
	{ number, -(error), #name, sentence },
static const struct {
	u16 number;
	int err;
	const char *name;
	const char *sentence;
} causes[] = { KOTA_CAUSES(CAUSE_ROW) };

#undef CAUSE_ROW

static void one_errno_per_cause(struct kunit *test)
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(causes); i++) {
		KUNIT_EXPECT_EQ_MSG(test, causes[i].number, i + 1, "%s",
				    causes[i].name);
		KUNIT_EXPECT_EQ_MSG(test, kota_cause_errno(causes[i].number),
				    causes[i].err, "%s", causes[i].name);
		for (j = 0; j < i; j++) {
			KUNIT_EXPECT_NE_MSG(test, causes[i].err, causes[j].err,
					    "%s and %s", causes[i].name,
					    causes[j].name);
			KUNIT_EXPECT_STRNEQ(test, causes[i].sentence,
					    causes[j].sentence);
		}
	}
}

static void unknown_cause(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, kota_cause_errno(KOTA_CAUSE_NONE), -EINVAL);
	KUNIT_EXPECT_EQ(test, kota_cause_errno(ARRAY_SIZE(causes) + 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, kota_cause_errno(0xffff), -EINVAL);
}

static void words(struct kunit *test)
{
	struct kota_refusal why = { .step = KOTA_STEP_CHECK };
	int err;

	err = kota_refuse(&why, KOTA_CAUSE_SIZE, "at most %u|%u", 5, 6);
	EXPECT_REFUSED(test, err, &why, EFBIG, KOTA_CAUSE_SIZE);
	KUNIT_EXPECT_EQ(test, why.step, KOTA_STEP_CHECK);
	KUNIT_EXPECT_STREQ(test, why.expected, "at most 5");
	KUNIT_EXPECT_STREQ(test, why.found, "6");

	kota_refuse(&why, KOTA_CAUSE_SIZE, "no bar");
	KUNIT_EXPECT_STREQ(test, why.expected, "no bar");
	KUNIT_EXPECT_STREQ(test, why.found, "");
}

/* Its own bar parts the two, and no other does, wherever it stands. */
static void words_with_bars(struct kunit *test)
{
	struct kota_refusal why = {};

	kota_refuse(&why, KOTA_CAUSE_PRECONDITION, "%s or %s|%s", "1|0", "|",
		    "2|3|");
	KUNIT_EXPECT_STREQ(test, why.expected, "1|0 or |");
	KUNIT_EXPECT_STREQ(test, why.found, "2|3|");
	kota_refuse(&why, KOTA_CAUSE_PRECONDITION, "%s|", "|");
	KUNIT_EXPECT_STREQ(test, why.expected, "|");
	KUNIT_EXPECT_STREQ(test, why.found, "");
	kota_refuse(&why, KOTA_CAUSE_PRECONDITION, "%s", "a|b");
	KUNIT_EXPECT_STREQ(test, why.expected, "a|b");
	KUNIT_EXPECT_STREQ(test, why.found, "");
}

/* What a stranger sent must not reach a terminal as it is. */
static void words_are_printable(struct kunit *test)
{
	struct kota_refusal why = {};

	kota_refuse(&why, KOTA_CAUSE_TARGET, "a target|%s",
		    "a\033[2J\n\x7f\xc3\xa4z");
	KUNIT_EXPECT_STREQ(test, why.found, "a?[2J????z");
}

static void words_are_cut(struct kunit *test)
{
	char text[3 * KOTA_REFUSAL_TEXT_LEN];
	struct kota_refusal why = {};

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	kota_refuse(&why, KOTA_CAUSE_TARGET, "%.70s|%s", text, text);
	KUNIT_EXPECT_EQ(test, strnlen(why.expected, sizeof(why.expected)),
			KOTA_REFUSAL_TEXT_LEN - 1);
	KUNIT_EXPECT_LT(test, strnlen(why.found, sizeof(why.found)),
			KOTA_REFUSAL_TEXT_LEN);
	kota_refuse(&why, KOTA_CAUSE_TARGET, "%s", text);
	KUNIT_EXPECT_EQ(test, strnlen(why.expected, sizeof(why.expected)),
			KOTA_REFUSAL_TEXT_LEN - 1);
	KUNIT_EXPECT_STREQ(test, why.found, "");
}

static struct kunit_case refusal_cases[] = { KUNIT_CASE(one_errno_per_cause),
					     KUNIT_CASE(unknown_cause),
					     KUNIT_CASE(words),
					     KUNIT_CASE(words_with_bars),
					     KUNIT_CASE(words_are_printable),
					     KUNIT_CASE(words_are_cut),
					     {} };

static struct kunit_suite refusal_suite = {
	.name = "kota_refusal",
	.test_cases = refusal_cases,
};

kunit_test_suite(refusal_suite);
