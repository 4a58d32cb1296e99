// SPDX-License-Identifier: GPL-2.0
/*
 * "kota install": carries a deliverable to the kernel and shows what the kernel
 * says of it. Judges nothing: the verdict is what write(2) returns.
 */

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "helper.h"

#define DEFAULT_DEVICE "/dev/kota"
#define BLOCK_LEN (64 << 10)

static const char usage[] =
	"Usage: kota install [--json] [--device FILE] FILE|-\n"
	"Installs a deliverable, from a file or from standard input, and shows each step\n"
	"as it happens.\n"
	"\n"
	"      --json          one JSON object per line\n"
	"      --device FILE   kota's device (default: " DEFAULT_DEVICE ")\n"
	"  -h, --help          show this\n"
	"\n"
	"Exit code: 0 installed, 1 refused or failed, 2 wrong usage.\n";

enum { OPT_JSON = 256, OPT_DEVICE };

static const struct option options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "device", required_argument, NULL, OPT_DEVICE },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/**
 * struct installing - a deliverable on its way
 * @path: where it comes from
 * @device: where it goes
 * @in: open @path
 * @out: open @device
 * @nl: for requests
 * @events: for events
 * @show: shows the events
 * @prologue: first bytes, to know how many there are to be
 * @sent: bytes that the kernel has taken
 */
struct installing {
	const char *path;
	const char *device;
	int in;
	int out;
	struct kota_netlink *nl;
	struct kota_netlink *events;
	struct kota_show show;
	struct kota_prologue prologue;
	u64 sent;
};

static void drain(struct installing *ins)
{
	if (kota_netlink_drain(ins->events, kota_show_event, &ins->show))
		kota_show_lost(&ins->show);
}

static int open_device(struct installing *ins)
{
	ins->out = open(ins->device, O_WRONLY | O_CLOEXEC);
	if (ins->out >= 0)
		return 0;
	switch (errno) {
	case EBUSY:
		return kota_error(
			"another deliverable is being installed; wait for it ('kota status' shows its step)");
	case ENOENT:
	case ENXIO:
		return kota_error(
			"%s is not there; 'modprobe kota', and look into the kernel's log",
			ins->device);
	case EACCES:
	case EPERM:
		return kota_error("%s: only root may install", ins->device);
	}
	return kota_error_errno("%s: cannot be opened", ins->device);
}

static int open_all(struct installing *ins)
{
	ins->in = strcmp(ins->path, "-") ?
			  open(ins->path, O_RDONLY | O_CLOEXEC) :
			  fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (ins->in < 0)
		return kota_error_errno("%s: cannot be read", ins->path);
	/* Before the device: the first event is not to be missed. */
	ins->events = kota_netlink_subscribe();
	ins->nl = ins->events ? kota_netlink_open() : NULL;
	return ins->nl ? open_device(ins) : -1;
}

static void close_all(struct installing *ins)
{
	if (ins->in >= 0)
		close(ins->in);
	if (ins->out >= 0)
		close(ins->out);
	kota_netlink_close(ins->events);
	kota_netlink_close(ins->nl);
}

/* Events come while the source is slow, too. */
static ssize_t read_block(struct installing *ins, u8 *block)
{
	struct pollfd fds[] = {
		{ .fd = ins->in, .events = POLLIN },
		{ .fd = kota_netlink_fd(ins->events), .events = POLLIN },
	};
	ssize_t nr;

	do {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return kota_error_errno("poll");
		if (fds[1].revents)
			drain(ins);
	} while (!fds[0].revents);
	do
		nr = read(ins->in, block, BLOCK_LEN);
	while (nr < 0 && errno == EINTR);
	return nr < 0 ? kota_error_errno("%s: cannot be read", ins->path) : nr;
}

static void keep_prologue(struct installing *ins, const u8 *block, size_t len)
{
	if (ins->sent >= sizeof(ins->prologue))
		return;
	len = min_t(size_t, len, sizeof(ins->prologue) - ins->sent);
	memcpy((u8 *)&ins->prologue + ins->sent, block, len);
}

/* Return: 0, or the errno that is the verdict. */
static int write_block(struct installing *ins, const u8 *block, size_t len)
{
	while (len) {
		ssize_t nr = write(ins->out, block, len);
		int error = nr < 0 ? errno : 0;

		drain(ins);
		if (error == EINTR)
			continue;
		if (error)
			return error;
		keep_prologue(ins, block, nr);
		ins->sent += nr;
		block += nr;
		len -= nr;
	}
	return 0;
}

/* As the prologue has it; a wrong one has been refused long before this counts. */
static u64 expected_len(const struct installing *ins)
{
	const struct kota_prologue *p = &ins->prologue;

	return sizeof(*p) + (u64)le32_to_cpu(p->manifest_len) +
	       le32_to_cpu(p->signatures_len) + le32_to_cpu(p->envelopes_len) +
	       le32_to_cpu(p->tables_len) + le64_to_cpu(p->frames_len);
}

/* What the kernel knows, else what the errno tells. */
static void find_refusal(struct installing *ins, int error,
			 struct kota_device_refusal *refusal)
{
	static struct kota_device dev;

	if (ins->show.refusal.present && ins->show.refusal.error == error) {
		*refusal = ins->show.refusal;
		return;
	}
	if (!kota_device_get(ins->nl, &dev) && dev.refusal.present &&
	    dev.refusal.error == error) {
		*refusal = dev.refusal;
		return;
	}
	*refusal = (struct kota_device_refusal){
		.present = true,
		.step = ins->show.step,
		.cause = kota_advice_cause(error),
		.error = error,
	};
}

/* The file ended before the deliverable did: closing tells the kernel. */
static void cut_short(struct installing *ins,
		      struct kota_device_refusal *refusal)
{
	bool in_prologue = ins->sent < sizeof(ins->prologue);

	close(ins->out);
	ins->out = -1;
	drain(ins);
	*refusal = (struct kota_device_refusal){
		.present = true,
		.step = KOTA_STEP_RECEIVE,
		.cause = KOTA_CAUSE_INCOMPLETE,
		.error = -kota_cause_errno(KOTA_CAUSE_INCOMPLETE),
	};
	snprintf(refusal->expected, sizeof(refusal->expected), "%llu bytes",
		 in_prologue ? sizeof(ins->prologue) : expected_len(ins));
	snprintf(refusal->found, sizeof(refusal->found),
		 "end of file after %llu", ins->sent);
}

/* Return: 0 when the kernel has given its verdict, -1 after saying why not. */
static int carry(struct installing *ins, struct kota_device_refusal *refusal)
{
	static u8 block[BLOCK_LEN];
	ssize_t nr;
	int error;

	for (;;) {
		nr = read_block(ins, block);
		if (nr < 0)
			return -1;
		if (!nr)
			break;
		error = write_block(ins, block, nr);
		if (error) {
			find_refusal(ins, error, refusal);
			return 0;
		}
	}
	if (ins->sent < sizeof(ins->prologue) || ins->sent < expected_len(ins))
		cut_short(ins, refusal);
	return 0;
}

static int install(struct installing *ins)
{
	struct kota_device_refusal refusal = { .present = false };
	int err = open_all(ins);

	if (!err)
		err = carry(ins, &refusal);
	if (!err)
		kota_show_verdict(&ins->show, &refusal, ins->sent);
	close_all(ins);
	return err || refusal.present ? KOTA_EXIT_REFUSED : KOTA_EXIT_OK;
}

/**
 * kota_cmd_install() - run "kota install"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_install(int argc, char **argv)
{
	struct installing ins = { .device = DEFAULT_DEVICE,
				  .in = -1,
				  .out = -1 };
	bool json = false;
	int opt;

	while ((opt = kota_getopt(argc, argv, options, usage)) !=
	       KOTA_OPT_END) {
		if (opt == KOTA_OPT_HELP)
			return KOTA_EXIT_OK;
		if (opt == KOTA_OPT_BAD)
			return KOTA_EXIT_USAGE;
		if (opt == OPT_JSON)
			json = true;
		else
			ins.device = optarg;
	}
	if (optind + 1 != argc)
		return kota_usage(
			"one FILE, or - for standard input, is wanted");
	ins.path = argv[optind];
	kota_show_begin(&ins.show, json);
	return install(&ins);
}
