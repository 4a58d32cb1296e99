// SPDX-License-Identifier: GPL-2.0
/*
 * Events: what happens, told to the listeners of the netlink group. They may get
 * lost; the number shows it, and the state can be asked for.
 */

#include "kota_private.h"
#include "netlink_gen.h"

static atomic64_t event_number = ATOMIC64_INIT(0);

static int put_refusal(struct sk_buff *skb, const struct kota_refusal *why)
{
	struct nlattr *nest = nla_nest_start(skb, KOTA_A_EVENT_REFUSAL);

	if (!nest || nla_put_u16(skb, KOTA_A_REFUSAL_STEP, why->step) ||
	    nla_put_u16(skb, KOTA_A_REFUSAL_CAUSE, why->cause) ||
	    nla_put_u16(skb, KOTA_A_REFUSAL_ERRNO,
			-kota_cause_errno(why->cause)) ||
	    nla_put_string(skb, KOTA_A_REFUSAL_EXPECTED, why->expected) ||
	    nla_put_string(skb, KOTA_A_REFUSAL_FOUND, why->found))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_event(struct sk_buff *skb, const struct kota_event *ev,
		     u64 number)
{
	if (nla_put_u64_64bit(skb, KOTA_A_EVENT_NUMBER, number,
			      KOTA_A_EVENT_PAD) ||
	    nla_put_u16(skb, KOTA_A_EVENT_STEP, ev->step) ||
	    nla_put_u8(skb, KOTA_A_EVENT_OUTCOME, ev->outcome))
		return -EMSGSIZE;
	if (ev->detail && nla_put_string(skb, KOTA_A_EVENT_DETAIL, ev->detail))
		return -EMSGSIZE;
	if (ev->total && (nla_put_u16(skb, KOTA_A_EVENT_IMAGE, ev->image) ||
			  nla_put_u64_64bit(skb, KOTA_A_EVENT_DONE, ev->done,
					    KOTA_A_EVENT_PAD) ||
			  nla_put_u64_64bit(skb, KOTA_A_EVENT_TOTAL, ev->total,
					    KOTA_A_EVENT_PAD)))
		return -EMSGSIZE;
	return ev->refusal ? put_refusal(skb, ev->refusal) : 0;
}

/**
 * kota_event_send() - tell the listeners
 * @ev: what happened
 *
 * An event that can't be sent leaves a gap in the numbers.
 *
 * Context: may sleep.
 */
void kota_event_send(const struct kota_event *ev)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	u64 number = atomic64_inc_return(&event_number);
	void *head;

	if (!skb)
		return;
	head = genlmsg_put(skb, 0, 0, &kota_nl_family, 0, KOTA_CMD_EVENT_NTF);
	if (!head || put_event(skb, ev, number)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, head);
	/* -ESRCH: nobody listens. */
	genlmsg_multicast(&kota_nl_family, skb, 0, KOTA_NLGRP_EVENTS,
			  GFP_KERNEL);
}

/**
 * kota_event_enter() - a session enters a step
 * @s: the session, locked
 * @step: enum kota_step
 * @detail: for people, or NULL
 *
 * Context: may sleep.
 */
void kota_event_enter(struct kota_session *s, u16 step, const char *detail)
{
	const struct kota_event ev = {
		.step = step,
		.outcome = KOTA_OUTCOME_BEGUN,
		.detail = detail,
	};

	s->step = step;
	WRITE_ONCE(s->kota->step, step);
	kota_event_send(&ev);
}

/**
 * kota_event_done() - a session has done its step
 * @s: the session, locked
 *
 * Context: may sleep.
 */
void kota_event_done(struct kota_session *s)
{
	const struct kota_event ev = {
		.step = s->step,
		.outcome = KOTA_OUTCOME_DONE,
	};

	kota_event_send(&ev);
}
