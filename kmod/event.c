// SPDX-License-Identifier: GPL-2.0
/*
 * Events: what happens, told to the listeners of the netlink group. They may get
 * lost; the number shows it. The last ones are kept, and can be asked for.
 */

#include "kota_private.h"
#include "netlink_gen.h"

#define NR_KEPT 64

/**
 * struct kept - an event as it was sent
 * @number: of the event; 0: none
 * @attrs: its attributes; NULL: there was no memory for them
 * @len: bytes of these
 */
struct kept {
	u64 number;
	void *attrs;
	size_t len;
};

/* Guards all below. Held while an event is sent: they come in their order. */
static DEFINE_MUTEX(lock);
static u64 last_number;
static struct kept kept[NR_KEPT];

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

static struct sk_buff *make_message(const struct kota_event *ev, u64 number)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *head;

	if (!skb)
		return NULL;
	head = genlmsg_put(skb, 0, 0, &kota_nl_family, 0, KOTA_CMD_EVENT_NTF);
	if (!head || put_event(skb, ev, number)) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, head);
	return skb;
}

/* In the place of the oldest. */
static void keep(u64 number, struct sk_buff *skb)
{
	struct genlmsghdr *head = nlmsg_data(nlmsg_hdr(skb));
	struct kept *k = &kept[number % NR_KEPT];

	kfree(k->attrs);
	k->number = number;
	k->len = genlmsg_len(head);
	k->attrs = kmemdup(genlmsg_data(head), k->len, GFP_KERNEL);
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
	struct sk_buff *skb;

	mutex_lock(&lock);
	skb = make_message(ev, ++last_number);
	if (skb) {
		keep(last_number, skb);
		/* -ESRCH: nobody listens. */
		genlmsg_multicast(&kota_nl_family, skb, 0, KOTA_NLGRP_EVENTS,
				  GFP_KERNEL);
	}
	mutex_unlock(&lock);
}

static int put_kept(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct kept *k)
{
	void *head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				 cb->nlh->nlmsg_seq, &kota_nl_family,
				 NLM_F_MULTI, KOTA_CMD_EVENT_GET);

	if (!head)
		return -EMSGSIZE;
	if (nla_append(skb, k->len, k->attrs)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

/**
 * kota_nl_event_get_dumpit() - the events that are kept, the oldest first
 * @skb: takes as many as fit
 * @cb: of the dump; its first argument is the number of the last one told
 *
 * Context: may sleep.
 * Return: bytes of @skb; 0 at the end.
 */
int kota_nl_event_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	u64 number = cb->args[0] + 1;

	mutex_lock(&lock);
	if (last_number >= NR_KEPT)
		number = max(number, last_number - NR_KEPT + 1);
	for (; number <= last_number; number++) {
		const struct kept *k = &kept[number % NR_KEPT];

		if (k->number == number && k->attrs && put_kept(skb, cb, k))
			break;
		cb->args[0] = number;
	}
	mutex_unlock(&lock);
	return skb->len;
}

/**
 * kota_event_close() - give up what is kept; nothing is sent any more
 */
void kota_event_close(void)
{
	unsigned int i;

	for (i = 0; i < NR_KEPT; i++)
		kfree(kept[i].attrs);
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
