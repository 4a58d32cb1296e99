// SPDX-License-Identifier: GPL-2.0
/* What a session has running beside it. */

#include "kota_kunit.h"

/* Giving a slot up takes its time: no CPU's other work may have to wait for it. */
static void looked_after_on_no_cpu(struct kunit *test)
{
	struct kota *kota = test_zalloc(test, sizeof(*kota));
	struct kota_session *s;

	mutex_init(&kota->claim);
	s = kota_session_open(kota);
	KUNIT_ASSERT_FALSE(test, IS_ERR(s));
	KUNIT_EXPECT_TRUE(test, delayed_work_pending(&s->idle));
	KUNIT_EXPECT_PTR_EQ(test, s->idle.wq, system_dfl_wq);
	kota_session_close(s);
	KUNIT_EXPECT_EQ(test, atomic_read(&kota->seats), 0);
}

static struct kunit_case session_cases[] = {
	KUNIT_CASE(looked_after_on_no_cpu),
	{},
};

static struct kunit_suite session_suite = {
	.name = "kota_session",
	.test_cases = session_cases,
};

kunit_test_suite(session_suite);
