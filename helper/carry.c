// SPDX-License-Identifier: GPL-2.0
/*
 * Carries a deliverable to the kernel: first its head, on which the kernel judges
 * it; then what the kernel still wants of the rest, or all of it. Judges nothing:
 * the verdict is what write(2) and read(2) return.
 */

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "helper.h"

#define BLOCK_LEN (64 << 10)
#define RANGES_AT_ONCE 256

static void drain(struct kota_carry *c)
{
	if (kota_netlink_drain(c->events, kota_show_event, &c->show))
		kota_show_lost(&c->show);
}

static int get_number(dev_t *number)
{
	FILE *file = fopen(KOTA_DEVICE_NUMBER, "re");
	unsigned int high, low;
	int nr = file ? fscanf(file, "%u:%u", &high, &low) : 0;

	if (file)
		fclose(file);
	if (nr != 2)
		return kota_error(
			"%s cannot be read, so kota's device is not known; is /sys mounted?",
			KOTA_DEVICE_NUMBER);
	*number = makedev(high, low);
	return 0;
}

/* Other files take any bytes, and none of them is a verdict. */
static int check_device(const struct kota_carry *c)
{
	struct stat st;
	dev_t number = 0;

	if (fstat(c->out, &st))
		return kota_error_errno("%s", c->device);
	if (S_ISREG(st.st_mode))
		return kota_error(
			"%s: a file, as '>' makes where there is no device; remove it and reboot",
			c->device);
	if (get_number(&number))
		return -1;
	if (S_ISCHR(st.st_mode) && st.st_rdev == number)
		return 0;
	return kota_error("%s: not kota's device, which is %u:%u", c->device,
			  major(number), minor(number));
}

static int open_device(struct kota_carry *c)
{
	c->out = open(c->device, O_RDWR | O_CLOEXEC);
	if (c->out >= 0)
		return check_device(c);
	switch (errno) {
	case EBUSY:
		return kota_error(
			"another deliverable is being installed; wait for it ('kota status' shows its step)");
	case ENOENT:
	case ENXIO:
		return kota_error(
			"%s is not there; 'modprobe kota', and look into the kernel's log",
			c->device);
	case EACCES:
	case EPERM:
		return kota_error("%s: only root may install", c->device);
	}
	return kota_error_errno("%s: cannot be opened", c->device);
}

/* Only of a regular file it is known how long it is, and where one is in it. */
static void look_at_source(struct kota_carry *c)
{
	off_t pos = lseek(c->in, 0, SEEK_CUR);
	struct stat st;

	if (pos < 0 || fstat(c->in, &st) || !S_ISREG(st.st_mode))
		return;
	c->seekable = true;
	c->start = pos;
	c->size = st.st_size > pos ? st.st_size - pos : 0;
}

/**
 * kota_carry_begin() - open source and device, listen to events
 * @c: path, device and show are set; to be ended in any case
 *
 * Return: 0, or -1 after saying why.
 */
int kota_carry_begin(struct kota_carry *c)
{
	c->in = strcmp(c->path, "-") ? open(c->path, O_RDONLY | O_CLOEXEC) :
				       fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (c->in < 0)
		return kota_error_errno("%s: cannot be read", c->path);
	look_at_source(c);
	/* Before the device: the first event is not to be missed. */
	c->events = kota_netlink_subscribe();
	c->nl = c->events ? kota_netlink_open() : NULL;
	return c->nl ? open_device(c) : -1;
}

/* Events come while the source is slow, too. */
static ssize_t read_block(struct kota_carry *c, u8 *block, size_t len)
{
	struct pollfd fds[] = {
		{ .fd = c->in, .events = POLLIN },
		{ .fd = kota_netlink_fd(c->events), .events = POLLIN },
	};
	ssize_t nr;

	do {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return kota_error_errno("poll");
		if (fds[1].revents)
			drain(c);
	} while (!fds[0].revents);
	do
		nr = read(c->in, block, len);
	while (nr < 0 && errno == EINTR);
	return nr < 0 ? kota_error_errno("%s: cannot be read", c->path) : nr;
}

/*
 * What the kernel knows of it. An errno alone tells no cause: ENODEV is CLASS, or a
 * device that is gone. Return: 0, or -1 after saying that nobody knows.
 */
static int find_refusal(struct kota_carry *c, int error)
{
	static struct kota_device dev;

	drain(c);
	if (c->show.refusal.present && c->show.refusal.error == error) {
		c->refusal = c->show.refusal;
		return 0;
	}
	if (!kota_device_get(c->nl, &dev) && dev.refusal.present &&
	    dev.refusal.error == error) {
		c->refusal = dev.refusal;
		return 0;
	}
	errno = error;
	return kota_error_errno(
		"%s: failed after %llu bytes, and the kernel does not say why; look into its log",
		c->device, c->sent);
}

static void keep_head(struct kota_carry *c, const u8 *block, size_t len)
{
	if (c->sent >= sizeof(c->head))
		return;
	memcpy(c->head + c->sent, block,
	       min_t(size_t, len, sizeof(c->head) - c->sent));
}

/* Return: as kota_carry_head(). */
static int write_block(struct kota_carry *c, const u8 *block, size_t len)
{
	while (len) {
		ssize_t nr = write(c->out, block, len);
		int error = nr < 0 ? errno : 0;

		drain(c);
		if (error == EINTR)
			continue;
		if (error)
			return find_refusal(c, error);
		keep_head(c, block, nr);
		c->sent += nr;
		block += nr;
		len -= nr;
	}
	return 0;
}

static void close_device(struct kota_carry *c)
{
	if (c->out >= 0)
		close(c->out);
	c->out = -1;
}

/* The file ended before the deliverable did: closing tells the kernel. */
static void cut_short(struct kota_carry *c)
{
	struct kota_device_refusal *refusal = &c->refusal;

	close_device(c);
	drain(c);
	*refusal = (struct kota_device_refusal){
		.present = true,
		.step = KOTA_STEP_RECEIVE,
		.cause = KOTA_CAUSE_INCOMPLETE,
		.error = -kota_cause_errno(KOTA_CAUSE_INCOMPLETE),
	};
	snprintf(refusal->expected, sizeof(refusal->expected), "%llu bytes",
		 c->total ? c->total : sizeof(struct kota_prologue));
	snprintf(refusal->found, sizeof(refusal->found),
		 "end of file after %llu", c->sent);
}

/* The next @len bytes of the source. Return: 0 or -1, as kota_carry_head(). */
static int send(struct kota_carry *c, u64 len)
{
	static u8 block[BLOCK_LEN];

	while (len && !c->refusal.present) {
		ssize_t nr = read_block(c, block, min_t(u64, len, BLOCK_LEN));

		if (nr < 0)
			return -1;
		if (!nr) {
			cut_short(c);
			return 0;
		}
		if (write_block(c, block, nr))
			return -1;
		len -= nr;
	}
	return 0;
}

/* As the prologue has them; a wrong one has been refused long before they count. */
static void measure(struct kota_carry *c)
{
	const struct kota_prologue *p = (const void *)c->head;

	c->head_len = sizeof(*p) + (u64)le32_to_cpu(p->manifest_len) +
		      le32_to_cpu(p->signatures_len) +
		      le32_to_cpu(p->envelopes_len) +
		      le32_to_cpu(p->tables_len);
	c->total = c->head_len + le64_to_cpu(p->frames_len);
	c->wanted = c->total;
}

/**
 * kota_carry_head() - send all that is judged before anything is written
 * @c: begun
 *
 * Return: 0 with the refusal set where it was refused, or -1 after saying why the
 * kernel has no verdict.
 */
int kota_carry_head(struct kota_carry *c)
{
	int err = send(c, sizeof(struct kota_prologue));

	if (err || c->refusal.present)
		return err;
	measure(c);
	return send(c, c->head_len - sizeof(struct kota_prologue));
}

/**
 * kota_carry_manifest() - the manifest, which the kernel has found authentic
 * @c: with its head sent
 *
 * Return: the manifest.
 */
const struct kota_manifest *kota_carry_manifest(const struct kota_carry *c)
{
	return (const void *)(c->head + sizeof(struct kota_prologue));
}

/* Nothing that the kernel asks for lies outside, or goes back. */
static int check_range(const struct kota_carry *c,
		       const struct kota_range *range, u64 pos)
{
	if (range->pos >= pos && range->pos >= c->head_len && range->len &&
	    range->len <= c->total && range->pos <= c->total - range->len)
		return 0;
	return kota_error(
		"the kernel asks for %llu bytes at %llu, which this file does not have",
		(u64)range->len, (u64)range->pos);
}

static int add_ranges(struct kota_carry *c, const struct kota_range *range,
		      size_t nr)
{
	struct kota_range *more =
		realloc(c->range, (c->nr_ranges + nr) * sizeof(*more));
	size_t i;

	if (!more)
		return kota_error("no memory");
	c->range = more;
	for (i = 0; i < nr; i++) {
		if (check_range(c, &range[i], c->ranges_end))
			return -1;
		more[c->nr_ranges++] = range[i];
		c->ranges_end = range[i].pos + range[i].len;
		c->wanted += range[i].len;
	}
	return 0;
}

/**
 * kota_carry_need() - ask the kernel what it wants of the rest
 * @c: with its head sent
 *
 * Not asked where the whole is sent anyway: of what is no file, and of a file that
 * has not the length that it says; of that the kernel shall say what is wrong.
 *
 * Return: as kota_carry_head().
 */
int kota_carry_need(struct kota_carry *c)
{
	static struct kota_range range[RANGES_AT_ONCE];
	ssize_t nr;

	if (!c->seekable || c->size != c->total)
		return 0;
	c->wanted = c->head_len;
	c->sparse = true;
	while ((nr = read(c->out, range, sizeof(range)))) {
		if (nr < 0 && errno == EINTR)
			continue;
		if (nr < 0)
			return find_refusal(c, errno);
		if (add_ranges(c, range, nr / sizeof(*range)))
			return -1;
	}
	drain(c);
	/* The verdict is what END is answered by. */
	if (c->ranges_end != c->total)
		return kota_error(
			"the kernel does not ask for the end of this file, so it has no verdict; try --full");
	kota_show_need(&c->show, c->wanted, c->total, c->nr_ranges);
	return 0;
}

/* To the end of the source: what follows the deliverable is the kernel's to judge. */
static int send_all(struct kota_carry *c)
{
	static u8 block[BLOCK_LEN];
	ssize_t nr;

	do {
		nr = read_block(c, block, sizeof(block));
		if (nr < 0 || (nr && write_block(c, block, nr)))
			return -1;
	} while (nr && !c->refusal.present);
	if (!nr && c->sent < c->total)
		cut_short(c);
	return 0;
}

/**
 * kota_carry_rest() - send what is wanted
 * @c: with its head sent
 *
 * Return: as kota_carry_head().
 */
int kota_carry_rest(struct kota_carry *c)
{
	size_t i;

	if (!c->sparse)
		return send_all(c);
	for (i = 0; i < c->nr_ranges && !c->refusal.present; i++) {
		if (lseek(c->in, c->start + c->range[i].pos, SEEK_SET) < 0)
			return kota_error_errno("%s: cannot be read", c->path);
		if (send(c, c->range[i].len))
			return -1;
	}
	return 0;
}

/**
 * kota_carry_end() - close all; a stream that is not over is one that was cut
 * @c: begun
 */
void kota_carry_end(struct kota_carry *c)
{
	close_device(c);
	if (c->events)
		drain(c);
	if (c->in >= 0)
		close(c->in);
	c->in = -1;
	kota_netlink_close(c->events);
	kota_netlink_close(c->nl);
	free(c->range);
	c->events = NULL;
	c->nl = NULL;
	c->range = NULL;
}
