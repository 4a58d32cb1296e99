// SPDX-License-Identifier: GPL-2.0
/*
 * Shows the steps of an installation as the kernel tells them: a bar and lines
 * on a terminal, lines elsewhere, JSON for programs.
 */

#include <linux/kota_netlink.h>

#include "helper.h"

/* Without a terminal: a line each time so many percent are done. */
#define LINE_PERCENT 10

/**
 * kota_show_begin() - make ready to show
 * @show: what is shown
 * @json: one JSON object per line
 */
void kota_show_begin(struct kota_show *show, bool json)
{
	*show = (struct kota_show){ .json = json };
	kota_progress_begin(&show->bar, "", 0);
	if (json)
		show->bar.bar = false;
}

/**
 * kota_show_json_event() - an event, for programs
 * @event: the event
 */
void kota_show_json_event(const struct kota_device_event *event)
{
	struct kota_json j;

	kota_json_begin(&j, stdout, false);
	kota_json_string(&j, "event", "step");
	kota_json_u64(&j, "number", event->number);
	kota_json_string(&j, "step",
			 kota_name_of(kota_step_names, event->step));
	kota_json_string(&j, "outcome",
			 kota_name_of(kota_outcome_names, event->outcome));
	if (event->detail[0])
		kota_json_string(&j, "detail", event->detail);
	if (event->has_image)
		kota_json_u64(&j, "image", event->image);
	if (event->total) {
		kota_json_u64(&j, "done", event->done);
		kota_json_u64(&j, "total", event->total);
	}
	if (event->refusal.present)
		kota_advice_json(&j, "refusal", &event->refusal);
	kota_json_end(&j);
}

/* One line per step, when it ends, with what was said when it began, or why. */
static void print_step(struct kota_show *show,
		       const struct kota_device_event *event)
{
	const char *detail = event->detail;

	if (event->outcome == KOTA_OUTCOME_REFUSED && event->refusal.present)
		detail = kota_advice_sentence(event->refusal.cause);
	else if (event->step < KOTA_SHOW_STEPS && !detail[0])
		detail = show->detail[event->step];
	kota_progress_clear(&show->bar);
	printf("%-11s %s%s%s\n", kota_name_of(kota_step_names, event->step),
	       kota_name_of(kota_outcome_names, event->outcome),
	       detail[0] ? ": " : "", detail);
	fflush(stdout);
}

static void print_progress(struct kota_show *show,
			   const struct kota_device_event *event)
{
	int percent;

	if (!event->total)
		return;
	if (show->bar.bar) {
		kota_progress_update(&show->bar, event->done);
		return;
	}
	percent = (int)(100.0 * event->done / event->total);
	if (percent < show->next_percent)
		return;
	show->next_percent = percent - percent % LINE_PERCENT + LINE_PERCENT;
	printf("%-11s %3d %%, %llu of %llu bytes\n",
	       kota_name_of(kota_step_names, event->step), percent, event->done,
	       event->total);
	fflush(stdout);
}

static void begin_step(struct kota_show *show,
		       const struct kota_device_event *event)
{
	bool bar = show->bar.bar;

	if (event->step == show->step && event->total == show->bar.total)
		return;
	kota_progress_clear(&show->bar);
	kota_progress_begin(&show->bar,
			    kota_name_of(kota_step_names, event->step),
			    event->total);
	show->bar.bar = bar;
	show->step = event->step;
	show->next_percent = LINE_PERCENT;
}

/**
 * kota_show_event() - show an event, for kota_netlink_drain()
 * @hdr: the message
 * @arg: struct kota_show
 */
void kota_show_event(struct nlmsghdr *hdr, void *arg)
{
	struct kota_show *show = arg;
	struct kota_device_event event;

	if (kota_device_event(hdr, &event))
		return;
	if (show->number && event.number != show->number + 1)
		kota_show_lost(show);
	show->number = event.number;
	if (event.refusal.present)
		show->refusal = event.refusal;
	begin_step(show, &event);
	if (event.outcome == KOTA_OUTCOME_BEGUN && event.step < KOTA_SHOW_STEPS)
		memcpy(show->detail[event.step], event.detail,
		       sizeof(event.detail));
	if (show->json)
		kota_show_json_event(&event);
	else if (event.outcome == KOTA_OUTCOME_PROGRESS)
		print_progress(show, &event);
	else if (event.outcome != KOTA_OUTCOME_BEGUN)
		print_step(show, &event);
}

/**
 * kota_show_lost() - say that events got lost; the verdict does not depend on them
 * @show: what is shown
 */
void kota_show_lost(struct kota_show *show)
{
	if (show->lost)
		return;
	show->lost = true;
	kota_progress_clear(&show->bar);
	kota_note("some events got lost, so not every step is shown");
}

static void json_need(u64 wanted, u64 total, size_t nr)
{
	struct kota_json j;

	kota_json_begin(&j, stdout, false);
	kota_json_string(&j, "event", "need");
	kota_json_u64(&j, "wanted", wanted);
	kota_json_u64(&j, "total", total);
	kota_json_u64(&j, "ranges", nr);
	kota_json_end(&j);
}

/**
 * kota_show_need() - show how much of the deliverable the kernel wants
 * @show: what is shown
 * @wanted: bytes that will be sent, the head included
 * @total: bytes of the deliverable
 * @nr: ranges that it wants
 */
void kota_show_need(struct kota_show *show, u64 wanted, u64 total, size_t nr)
{
	kota_progress_clear(&show->bar);
	if (show->json)
		json_need(wanted, total, nr);
	else if (wanted < total)
		printf("%-11s %llu of %llu bytes; the rest is on the device\n",
		       "wanted", wanted, total);
	fflush(stdout);
}

static void json_verdict(const struct kota_device_refusal *refusal,
			 const struct kota_verdict *verdict)
{
	struct kota_json j;

	kota_json_begin(&j, stdout, false);
	kota_json_string(&j, "event", "verdict");
	kota_json_bool(&j, "installed", verdict->installed);
	kota_json_u64(&j, "sent", verdict->sent);
	kota_json_u64(&j, "left_out", verdict->left_out);
	kota_json_bool(&j, "reboot", verdict->reboot);
	if (refusal->present)
		kota_advice_json(&j, "refusal", refusal);
	kota_json_end(&j);
}

static void print_refusal(const struct kota_device_refusal *refusal)
{
	puts("refused");
	kota_advice_print(stdout, refusal);
}

/**
 * kota_show_verdict() - show how an installation ended
 * @show: what is shown
 * @refusal: why it was refused, if it was
 * @verdict: the rest
 */
void kota_show_verdict(struct kota_show *show,
		       const struct kota_device_refusal *refusal,
		       const struct kota_verdict *verdict)
{
	kota_progress_clear(&show->bar);
	if (show->json)
		json_verdict(refusal, verdict);
	else if (refusal->present)
		print_refusal(refusal);
	else
		puts("installed");
	if (!show->json && verdict->reboot)
		puts("reboot the device now: the maker of this deliverable asks for it");
	fflush(stdout);
}

/**
 * kota_show_checked() - show what the kernel thinks of a deliverable
 * @show: what is shown
 * @refusal: why it is refused, if it is
 * @good: it would be taken; if neither, it was said why nobody knows
 */
void kota_show_checked(struct kota_show *show,
		       const struct kota_device_refusal *refusal, bool good)
{
	struct kota_json j;

	kota_progress_clear(&show->bar);
	if (show->json) {
		kota_json_begin(&j, stdout, false);
		kota_json_string(&j, "event", "verdict");
		kota_json_bool(&j, "good", good);
		if (refusal->present)
			kota_advice_json(&j, "refusal", refusal);
		kota_json_end(&j);
	} else if (refusal->present) {
		print_refusal(refusal);
	} else if (good) {
		puts("good: the kernel takes it; nothing was changed");
	}
	fflush(stdout);
}
