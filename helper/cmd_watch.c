// SPDX-License-Identifier: GPL-2.0
/*
 * "kota watch": events as they come. Those that were lost it asks the kernel for,
 * which keeps the last ones; what is missing then it says, and how things stand.
 */

#include <poll.h>
#include <unistd.h>
#include <linux/kota_netlink.h>

#include "helper.h"

static const char usage[] =
	"Usage: kota watch [--json]\n"
	"Shows the kernel's events, with their numbers, until it is interrupted. Begins\n"
	"with how things stand, and tells it again where events were lost, and where the\n"
	"module was loaded anew.\n"
	"\n"
	"      --json   one JSON object per line\n"
	"  -h, --help   show this\n";

enum { OPT_JSON = 256 };

static const struct option options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/**
 * struct watching - what is seen
 * @nl: for requests
 * @kept: for events that were lost, while @nl asks how things stand
 * @events: for events
 * @json: for programs
 * @number: of the last event; 0: none yet
 * @untold: how things stand with a module that came is not told yet
 */
struct watching {
	struct kota_netlink *nl;
	struct kota_netlink *kept;
	struct kota_netlink *events;
	bool json;
	u64 number;
	bool untold;
};

/* A module that came has to find its parts first: it is looked for its device. */
#define LOOK_MS 500

static void json_state(const struct kota_device *dev)
{
	struct kota_json j;

	kota_json_begin(&j, stdout, false);
	kota_json_string(&j, "event", "state");
	kota_json_bool(&j, "busy", dev->busy);
	kota_json_string(&j, "step", kota_name_of(kota_step_names, dev->step));
	kota_json_string(&j, "key_state",
			 kota_name_of(kota_key_state_names, dev->key_state));
	kota_json_u64(&j, "sequence", dev->sequence);
	if (dev->refusal.present)
		kota_advice_json(&j, "refusal", &dev->refusal);
	kota_json_end(&j);
}

static void print_state(const struct kota_device *dev)
{
	printf("%8s now: ", "");
	if (dev->busy)
		printf("receiving, at %s",
		       kota_name_of(kota_step_names, dev->step));
	else
		printf("nothing is received");
	printf("; installed: sequence %llu; root key %s\n", dev->sequence,
	       kota_name_of(kota_key_state_names, dev->key_state));
	fflush(stdout);
}

static int tell_state(struct watching *w)
{
	static struct kota_device dev;

	if (kota_device_get(w->nl, &dev))
		return -1;
	w->untold = false;
	if (w->json)
		json_state(&dev);
	else
		print_state(&dev);
	return 0;
}

static void tell_module(const struct watching *w, bool loaded)
{
	struct kota_json j;

	if (!w->json) {
		printf("%8s kota was %s\n", "",
		       loaded ? "loaded anew: numbers begin again" :
				"unloaded");
	} else {
		kota_json_begin(&j, stdout, false);
		kota_json_string(&j, "event", "module");
		kota_json_bool(&j, "loaded", loaded);
		kota_json_end(&j);
	}
	fflush(stdout);
}

/* Events number @from to @to did not come. */
static void tell_gap(const struct watching *w, u64 from, u64 to)
{
	struct kota_json j;

	if (!w->json) {
		printf("%8llu to %llu: lost\n", from, to);
		return;
	}
	kota_json_begin(&j, stdout, false);
	kota_json_string(&j, "event", "lost");
	kota_json_u64(&j, "from", from);
	kota_json_u64(&j, "to", to);
	kota_json_end(&j);
}

static void print_event(const struct kota_device_event *event)
{
	const char *detail = event->detail;

	if (event->refusal.present)
		detail = kota_advice_sentence(event->refusal.cause);
	printf("%8llu %-11s %s", event->number,
	       kota_name_of(kota_step_names, event->step),
	       kota_name_of(kota_outcome_names, event->outcome));
	if (event->total)
		printf(": image %u, %llu of %llu bytes", event->image,
		       event->done, event->total);
	if (detail[0])
		printf(": %s", detail);
	putchar('\n');
	if (event->refusal.present)
		kota_advice_print(stdout, &event->refusal);
}

static void show(struct watching *w, const struct kota_device_event *event)
{
	w->number = event->number;
	if (w->json)
		kota_show_json_event(event);
	else
		print_event(event);
}

/**
 * struct filling - events that were lost, as the kernel has kept them
 * @w: takes them
 * @end: number of the first one that was not lost
 */
struct filling {
	struct watching *w;
	u64 end;
};

static void on_kept(struct nlmsghdr *hdr, void *arg)
{
	struct kota_device_event event;
	struct filling *f = arg;
	struct watching *w = f->w;

	if (kota_device_event(hdr, &event) || event.number <= w->number ||
	    event.number >= f->end)
		return;
	if (event.number > w->number + 1) {
		tell_gap(w, w->number + 1, event.number - 1);
		tell_state(w);
	}
	show(w, &event);
}

/* Events came, up to @end, that we have not seen. */
static void fill_gap(struct watching *w, u64 end)
{
	struct filling f = { .w = w, .end = end };

	kota_netlink_dump(w->kept, KOTA_CMD_EVENT_GET, on_kept, &f);
	if (end == w->number + 1)
		return;
	tell_gap(w, w->number + 1, end - 1);
	tell_state(w);
}

static void on_event(struct nlmsghdr *hdr, void *arg)
{
	struct kota_device_event event;
	struct watching *w = arg;

	if (kota_device_event(hdr, &event))
		return;
	if (w->untold)
		tell_state(w);
	if (w->number && event.number > w->number + 1)
		fill_gap(w, event.number);
	show(w, &event);
	fflush(stdout);
}

static void unsubscribe(struct watching *w)
{
	kota_netlink_close(w->events);
	kota_netlink_close(w->kept);
	kota_netlink_close(w->nl);
	w->events = NULL;
	w->kept = NULL;
	w->nl = NULL;
}

/* What was subscribed to before stays until there is something new. */
static int subscribe(struct watching *w)
{
	struct kota_netlink *events = kota_netlink_subscribe();
	struct kota_netlink *nl = events ? kota_netlink_open() : NULL;
	struct kota_netlink *kept = nl ? kota_netlink_open() : NULL;

	if (!kept) {
		kota_netlink_close(nl);
		kota_netlink_close(events);
		return -1;
	}
	unsubscribe(w);
	w->events = events;
	w->kept = kept;
	w->nl = nl;
	return 0;
}

/*
 * The kernel's family has another number now, and counts events from 1. It may have
 * gone again: that has been told to us, then, and any other failure is one.
 * Return: 0, or -1 after saying why.
 */
static int follow_module(struct watching *w)
{
	enum kota_module module = kota_netlink_module(w->events);

	while (module != KOTA_MODULE_STAYED) {
		w->untold = module == KOTA_MODULE_CAME;
		tell_module(w, w->untold);
		w->number = 0;
		if (!w->untold || !subscribe(w))
			return 0;
		kota_netlink_drain(w->events, on_event, w);
		module = kota_netlink_module(w->events);
		if (module == KOTA_MODULE_STAYED)
			return -1;
	}
	return 0;
}

/* Return: 0, or -1 after saying why. */
static int await_events(struct watching *w)
{
	struct pollfd fd = { kota_netlink_fd(w->events), POLLIN, 0 };
	int nr = poll(&fd, 1, w->untold ? LOOK_MS : -1);

	if (nr < 0 && errno != EINTR)
		return kota_error_errno("poll");
	if (!nr && !access(KOTA_DEVICE_NUMBER, F_OK))
		tell_state(w);
	return 0;
}

/* That events were lost shows in the numbers of those that come. */
static int watch(struct watching *w)
{
	if (subscribe(w) || tell_state(w))
		return -1;
	while (!await_events(w)) {
		kota_netlink_drain(w->events, on_event, w);
		if (follow_module(w) || ferror(stdout))
			return -1;
	}
	return -1;
}

/**
 * kota_cmd_watch() - run "kota watch"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_watch(int argc, char **argv)
{
	struct watching w = { .json = false };
	int opt;

	while ((opt = kota_getopt(argc, argv, options, usage)) !=
	       KOTA_OPT_END) {
		if (opt == KOTA_OPT_HELP)
			return KOTA_EXIT_OK;
		if (opt == KOTA_OPT_BAD)
			return KOTA_EXIT_USAGE;
		w.json = true;
	}
	if (optind < argc)
		return kota_usage("'%s': watch takes no argument",
				  argv[optind]);
	watch(&w);
	unsubscribe(&w);
	return KOTA_EXIT_REFUSED;
}
