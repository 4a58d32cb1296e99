// SPDX-License-Identifier: GPL-2.0
/*
 * What a session has running beside it, and the numbers of what it tells.
 */

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/net.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "../netlink_gen.h"
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

/* An owner that is locked, and leaves a while after it may. */
struct leaving {
	struct work_struct work;
	struct kota_session *owner;
	struct completion locked;
	struct completion may;
};

static void leave_slowly(struct work_struct *work)
{
	struct leaving *l = container_of(work, struct leaving, work);

	mutex_lock(&l->owner->lock);
	complete(&l->locked);
	wait_for_completion(&l->may);
	msleep(200);
	kota_claim_drop(l->owner);
	mutex_unlock(&l->owner->lock);
}

static int take_from(struct leaving *l, struct kota_session *s)
{
	int err;

	s->kota->owner = l->owner;
	init_completion(&l->locked);
	init_completion(&l->may);
	queue_work(system_dfl_wq, &l->work);
	wait_for_completion(&l->locked);
	if (l->owner->expiring)
		complete(&l->may);
	err = kota_claim_take(s);
	complete(&l->may);
	flush_work(&l->work);
	return err;
}

/* Who has the lock because he is silent does not write. */
static void expiring_is_waited_for(struct kunit *test)
{
	struct kota *kota = test_zalloc(test, sizeof(*kota));
	struct leaving *l = test_zalloc(test, sizeof(*l));
	struct kota_session *s;

	mutex_init(&kota->claim);
	mutex_init(&kota->state.lock);
	init_rwsem(&kota->keys.sem);
	kota->state.rec = test_zalloc(test, sizeof(*kota->state.rec));
	s = kota_session_open(kota);
	l->owner = kota_session_open(kota);
	KUNIT_ASSERT_FALSE(test, IS_ERR(s) || IS_ERR(l->owner));
	INIT_WORK(&l->work, leave_slowly);

	/* The claim is all that there is: what it is for is another's. */
	s->manifest = kzalloc(sizeof(*s->manifest), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s->manifest);
	s->manifest->vendor_id[0] = 1;

	KUNIT_EXPECT_EQ(test, take_from(l, s), -EBUSY);
	KUNIT_EXPECT_EQ(test, s->why.cause, KOTA_CAUSE_BUSY);
	l->owner->expiring = true;
	take_from(l, s);
	KUNIT_EXPECT_EQ(test, s->why.cause, KOTA_CAUSE_VENDOR);
	KUNIT_EXPECT_PTR_EQ(test, kota->owner, s);
	kota_session_close(l->owner);
	kota_session_close(s);
}

static void close_listener(void *p)
{
	sock_release(p);
}

static struct socket *listen(struct kunit *test)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	int group = kota_nl_family.mcgrp_offset + KOTA_NLGRP_EVENTS;
	struct socket *sock;
	int err;

	KUNIT_ASSERT_EQ(test,
			sock_create_kern(&init_net, AF_NETLINK, SOCK_RAW,
					 NETLINK_GENERIC, &sock),
			0);
	KUNIT_ASSERT_EQ(
		test, kunit_add_action_or_reset(test, close_listener, sock), 0);
	KUNIT_ASSERT_EQ(test, kernel_bind(sock, (void *)&addr, sizeof(addr)),
			0);
	err = sock->ops->setsockopt(sock, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
				    KERNEL_SOCKPTR(&group), sizeof(group));
	KUNIT_ASSERT_EQ(test, err, 0);
	return sock;
}

/* The number of the next event of this step, which somebody else's are not. */
static u64 next_number(struct socket *sock, u16 step)
{
	struct sk_buff *skb;
	u64 number = 0;

	while (!number && (skb = skb_dequeue(&sock->sk->sk_receive_queue))) {
		struct nlmsghdr *nlh = nlmsg_hdr(skb);
		struct nlattr *nr =
			nlmsg_find_attr(nlh, GENL_HDRLEN, KOTA_A_EVENT_NUMBER);
		struct nlattr *of =
			nlmsg_find_attr(nlh, GENL_HDRLEN, KOTA_A_EVENT_STEP);

		if (nr && of && nla_get_u16(of) == step)
			number = nla_get_u64(nr);
		consume_skb(skb);
	}
	return number;
}

/* One that can't be sent leaves a gap, and one gap. */
static void lost_event_counts_once(struct kunit *test)
{
	struct kota_event ev = { .step = 0x4b54 };
	struct socket *sock = listen(test);
	char *much = test_zalloc(test, SZ_32K);
	u64 first, second;

	memset(much, 'x', SZ_32K - 1);
	kota_event_send(&ev);
	ev.detail = much;
	kota_event_send(&ev);
	ev.detail = NULL;
	kota_event_send(&ev);
	first = next_number(sock, ev.step);
	second = next_number(sock, ev.step);
	KUNIT_EXPECT_NE(test, first, 0);
	KUNIT_EXPECT_EQ(test, second, first + 2);
	KUNIT_EXPECT_EQ(test, next_number(sock, ev.step), 0);
}

static struct kunit_case session_cases[] = {
	KUNIT_CASE(looked_after_on_no_cpu),
	KUNIT_CASE(expiring_is_waited_for),
	KUNIT_CASE(lost_event_counts_once),
	{},
};

static struct kunit_suite session_suite = {
	.name = "kota_session",
	.test_cases = session_cases,
};

kunit_test_suite(session_suite);
