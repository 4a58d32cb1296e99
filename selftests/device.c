// SPDX-License-Identifier: GPL-2.0
/*
 * The device as the tests see it: generic netlink without a library, flash by
 * its character devices, deliverables by write(2).
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <mtd/mtd-user.h>

#include "kota_test.h"

#define REPLY_LEN	32768

char kt_said[128];

static struct nlattr *put_attr(struct nlmsghdr *nlh, int type, const void *data, size_t len)
{
	struct nlattr *nla = (void *)((char *)nlh + NLMSG_ALIGN(nlh->nlmsg_len));

	nla->nla_type = type;
	nla->nla_len = NLA_HDRLEN + len;
	memcpy((char *)nla + NLA_HDRLEN, data, len);
	nlh->nlmsg_len = NLMSG_ALIGN(nlh->nlmsg_len) + NLA_ALIGN(nla->nla_len);
	return nla;
}

/* The kernel's words follow the head of the request; it was told not to repeat more. */
static void take_words(const struct nlmsghdr *nlh)
{
	const char *end = (const char *)nlh + nlh->nlmsg_len;
	const struct nlattr *nla = (const void *)((const char *)NLMSG_DATA(nlh) +
						  sizeof(struct nlmsgerr));

	kt_said[0] = '\0';
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	for (; (const char *)nla + NLA_HDRLEN <= end && nla->nla_len >= NLA_HDRLEN;
	     nla = (const void *)((const char *)nla + NLA_ALIGN(nla->nla_len)))
		if (nla->nla_type == NLMSGERR_ATTR_MSG)
			snprintf(kt_said, sizeof(kt_said), "%s", (const char *)nla + NLA_HDRLEN);
}

/* One request, one reply; 0 or -errno. @reply: what follows the genl header. */
static int transact(int family, int cmd, int attr, const void *data, size_t len,
		    void *reply, size_t *reply_len)
{
	static char buf[REPLY_LEN];
	struct nlmsghdr *nlh = (void *)buf;
	struct genlmsghdr *genl = NLMSG_DATA(nlh);
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC), err = 0;
	bool acked = false;
	int one = 1;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	memset(buf, 0, 4096);
	nlh->nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = 1;
	genl->cmd = cmd;
	genl->version = 1;
	if (attr)
		put_attr(nlh, attr, data, len);
	if (send(fd, buf, nlh->nlmsg_len, 0) < 0)
		err = -errno;
	while (!err && !acked) {
		ssize_t nr = recv(fd, buf, sizeof(buf), 0);

		if (nr < 0) {
			err = -errno;
			break;
		}
		for (nlh = (void *)buf; NLMSG_OK(nlh, nr); nlh = NLMSG_NEXT(nlh, nr)) {
			if (nlh->nlmsg_type == NLMSG_ERROR) {
				err = ((struct nlmsgerr *)NLMSG_DATA(nlh))->error;
				take_words(nlh);
				acked = true;
			} else if (reply) {
				size_t have = nlh->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN);

				if (have > *reply_len)
					have = *reply_len;
				memcpy(reply, (char *)NLMSG_DATA(nlh) + GENL_HDRLEN, have);
				*reply_len = have;
			}
		}
	}
	close(fd);
	return err;
}

#define for_each_attr(nla, data, len)						\
	for (nla = (const void *)(data);					\
	     (const char *)nla + NLA_HDRLEN <= (const char *)(data) + (len) &&	\
	     nla->nla_len >= NLA_HDRLEN;					\
	     nla = (const void *)((const char *)nla + NLA_ALIGN(nla->nla_len)))

static const void *attr_data(const struct nlattr *nla)
{
	return (const char *)nla + NLA_HDRLEN;
}

static size_t attr_len(const struct nlattr *nla)
{
	return nla->nla_len - NLA_HDRLEN;
}

static int attr_type(const struct nlattr *nla)
{
	return nla->nla_type & NLA_TYPE_MASK;
}

/* Numbers of any width, little-endian as the machine. */
static uint64_t attr_number(const struct nlattr *nla)
{
	uint64_t value = 0;

	memcpy(&value, attr_data(nla), attr_len(nla) < 8 ? attr_len(nla) : 8);
	return value;
}

static void attr_text(const struct nlattr *nla, char *text, size_t size)
{
	snprintf(text, size, "%.*s", (int)attr_len(nla), (const char *)attr_data(nla));
}

static int family_id(void)
{
	static int id;
	char reply[2048];
	size_t len = sizeof(reply);
	const struct nlattr *nla;
	int err;

	if (id)
		return id;
	err = transact(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME,
		       KOTA_FAMILY_NAME, sizeof(KOTA_FAMILY_NAME), reply, &len);
	if (err)
		return err;
	for_each_attr(nla, reply, len)
		if (attr_type(nla) == CTRL_ATTR_FAMILY_ID)
			return attr_number(nla);
	return -ENOENT;
}

/**
 * kt_command() - one order over netlink
 * @cmd: KOTA_CMD_*
 * @blob: goes along as KOTA_A_DEVICE_BLOB; NULL: nothing does
 * @len: bytes of it
 * @reply: attributes of the answer; NULL: not wanted
 * @reply_len: room there, then bytes of it
 *
 * Return: 0 or -errno.
 */
int kt_command(int cmd, const void *blob, size_t len, void *reply, size_t *reply_len)
{
	int family = family_id();

	if (family < 0)
		return family;
	return transact(family, cmd, blob ? KOTA_A_DEVICE_BLOB : 0, blob, len, reply, reply_len);
}

/* An order with one attribute; 0 or -errno. */
int kt_order(int cmd, int attr, const void *data, size_t len)
{
	int family = family_id();

	return family < 0 ? family : transact(family, cmd, attr, data, len, NULL, NULL);
}

static void read_slot(const struct nlattr *nest, struct kt_status *st)
{
	const struct nlattr *nla;
	struct kt_slot slot = { 0 };
	char label[8] = "";

	for_each_attr(nla, attr_data(nest), attr_len(nest)) {
		switch (attr_type(nla)) {
		case KOTA_A_SLOT_LABEL:
			attr_text(nla, label, sizeof(label));
			break;
		case KOTA_A_SLOT_STATE:
			slot.state = attr_number(nla);
			break;
		case KOTA_A_SLOT_BOOTED:
			slot.booted = true;
			break;
		case KOTA_A_SLOT_VERSION:
			attr_text(nla, slot.version, sizeof(slot.version));
			break;
		case KOTA_A_SLOT_SEQUENCE:
			slot.sequence = attr_number(nla);
			break;
		case KOTA_A_SLOT_SIZE:
			slot.size = attr_number(nla);
			break;
		case KOTA_A_SLOT_CAPACITY:
			slot.capacity = attr_number(nla);
			break;
		}
	}
	if (label[0] == 'a' || label[0] == 'b')
		st->slot[label[0] - 'a'] = slot;
}

static void read_target(const struct nlattr *nest, const char *target, struct kt_status *st)
{
	const struct nlattr *nla;
	char name[KOTA_NAME_LEN] = "";

	for_each_attr(nla, attr_data(nest), attr_len(nest))
		if (attr_type(nla) == KOTA_A_TARGET_NAME)
			attr_text(nla, name, sizeof(name));
	if (strcmp(name, target))
		return;
	for_each_attr(nla, attr_data(nest), attr_len(nest)) {
		if (attr_type(nla) == KOTA_A_TARGET_PROTECTED)
			st->protected = true;
		if (attr_type(nla) == KOTA_A_TARGET_SLOT)
			read_slot(nla, st);
	}
}

static void read_refusal(const struct nlattr *nest, struct kt_status *st)
{
	const struct nlattr *nla;

	for_each_attr(nla, attr_data(nest), attr_len(nest)) {
		switch (attr_type(nla)) {
		case KOTA_A_REFUSAL_STEP:
			st->step = attr_number(nla);
			break;
		case KOTA_A_REFUSAL_CAUSE:
			st->cause = attr_number(nla);
			break;
		case KOTA_A_REFUSAL_ERRNO:
			st->error = attr_number(nla);
			break;
		case KOTA_A_REFUSAL_EXPECTED:
			attr_text(nla, st->expected, sizeof(st->expected));
			break;
		case KOTA_A_REFUSAL_FOUND:
			attr_text(nla, st->found, sizeof(st->found));
			break;
		case KOTA_A_REFUSAL_SEQUENCE:
			st->refused_sequence = attr_number(nla);
			break;
		}
	}
}

static void read_retired(const struct nlattr *nest, struct kt_status *st)
{
	struct kota_retired *r = &st->retired[st->nr_retired % 16];
	const struct nlattr *nla;

	st->nr_retired++;
	for_each_attr(nla, attr_data(nest), attr_len(nest)) {
		switch (attr_type(nla)) {
		case KOTA_A_RETIRED_KEY_ID:
			memcpy(r->key_id, attr_data(nla), sizeof(r->key_id));
			break;
		case KOTA_A_RETIRED_LAST_SEQUENCE:
			r->last_sequence = attr_number(nla);
			break;
		}
	}
}

/* What lasts, and who may say so. */
static void read_security(const struct nlattr *nla, struct kt_status *st)
{
	switch (attr_type(nla)) {
	case KOTA_A_DEVICE_OFFLINE_RING:
		st->offline_ring = attr_number(nla);
		break;
	case KOTA_A_DEVICE_OFFLINE_SIGNERS:
		st->offline_signers = attr_number(nla);
		break;
	case KOTA_A_DEVICE_QUORUM:
		st->quorum = attr_number(nla);
		break;
	case KOTA_A_DEVICE_MIN_SEQUENCE:
		st->min_sequence = attr_number(nla);
		break;
	case KOTA_A_DEVICE_REVOKED:
		memcpy(st->revoked[st->nr_revoked++ % 32], attr_data(nla), KOTA_DIGEST_LEN);
		break;
	case KOTA_A_DEVICE_RETIRED:
		read_retired(nla, st);
		break;
	}
}

static void read_device(const struct nlattr *nla, const char *target, struct kt_status *st)
{
	switch (attr_type(nla)) {
	case KOTA_A_DEVICE_ABI:
		st->abi = attr_number(nla);
		break;
	case KOTA_A_DEVICE_LEVEL:
		st->level = attr_number(nla);
		break;
	case KOTA_A_DEVICE_VENDOR_ID:
		memcpy(st->vendor_id, attr_data(nla), sizeof(st->vendor_id));
		break;
	case KOTA_A_DEVICE_CLASS_ID:
		memcpy(st->class_id, attr_data(nla), sizeof(st->class_id));
		break;
	case KOTA_A_DEVICE_BOOTED_SLOT:
		attr_text(nla, st->booted_slot, sizeof(st->booted_slot));
		break;
	case KOTA_A_DEVICE_KEY_STATE:
		st->key_state = attr_number(nla);
		break;
	case KOTA_A_DEVICE_PUBLIC_KEY:
		st->has_public = true;
		memcpy(st->public_key, attr_data(nla), sizeof(st->public_key));
		break;
	case KOTA_A_DEVICE_RELEASE_RING:
		st->release_ring = attr_number(nla);
		break;
	case KOTA_A_DEVICE_RELEASE_SIGNERS:
		st->release_signers = attr_number(nla);
		break;
	case KOTA_A_DEVICE_KEY_RING:
		st->key_ring = attr_number(nla);
		break;
	case KOTA_A_DEVICE_SEQUENCE:
		st->sequence = attr_number(nla);
		break;
	case KOTA_A_DEVICE_ENVELOPES_AHEAD:
		st->envelopes_ahead = attr_number(nla);
		break;
	case KOTA_A_DEVICE_ATTEMPTS:
		st->attempts = attr_number(nla);
		break;
	case KOTA_A_DEVICE_BUSY:
		st->busy = true;
		break;
	case KOTA_A_DEVICE_TARGET:
		read_target(nla, target, st);
		break;
	case KOTA_A_DEVICE_REFUSAL:
		read_refusal(nla, st);
		break;
	}
}

/**
 * kt_status() - ask the device
 * @st: what it says
 * @target: whose slots are wanted
 *
 * Return: 0 or -errno.
 */
int kt_status(struct kt_status *st, const char *target)
{
	static char reply[REPLY_LEN];
	size_t len = sizeof(reply);
	const struct nlattr *nla;
	int err = kt_command(KOTA_CMD_DEVICE_GET, NULL, 0, reply, &len);

	memset(st, 0, sizeof(*st));
	if (err)
		return err;
	for_each_attr(nla, reply, len) {
		read_device(nla, target, st);
		read_security(nla, st);
	}
	return 0;
}

/* The members of both kinds of nests have the same types, in other places. */
static void read_fact(const struct nlattr *nest, bool is_algorithm, struct kt_fact *fact)
{
	const struct nlattr *nla;

	for_each_attr(nla, attr_data(nest), attr_len(nest)) {
		int type = attr_type(nla);

		if (is_algorithm && type == KOTA_A_ALGORITHM_USE)
			attr_text(nla, fact->use, sizeof(fact->use));
		else if (type == (is_algorithm ? KOTA_A_ALGORITHM_NAME : KOTA_A_PREREQUISITE_NAME))
			attr_text(nla, fact->name, sizeof(fact->name));
		else if (!is_algorithm && type == KOTA_A_PREREQUISITE_MET)
			fact->met = true;
		else
			attr_text(nla, fact->text, sizeof(fact->text));
	}
}

/**
 * kt_facts() - what status has of a kind of facts
 * @kind: KOTA_A_DEVICE_PREREQUISITE or KOTA_A_DEVICE_ALGORITHM
 * @fact: they, zeroed before
 *
 * Return: how many, or -errno.
 */
int kt_facts(int kind, struct kt_fact fact[KT_MAX_FACTS])
{
	static char reply[REPLY_LEN];
	size_t len = sizeof(reply);
	const struct nlattr *nla;
	int nr = 0, err = kt_command(KOTA_CMD_DEVICE_GET, NULL, 0, reply, &len);

	if (err)
		return err;
	for_each_attr(nla, reply, len)
		if (attr_type(nla) == kind && nr < KT_MAX_FACTS)
			read_fact(nla, kind == KOTA_A_DEVICE_ALGORITHM, &fact[nr++]);
	return nr;
}

/**
 * kt_mtd() - number of an MTD device
 * @name: its name
 *
 * Return: the number, -1: no such device.
 */
int kt_mtd(const char *name)
{
	char line[256], found[128];
	FILE *f = fopen("/proc/mtd", "r");
	int nr, ret = -1;

	while (f && ret < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "mtd%d: %*x %*x \"%127[^\"]\"", &nr, found) == 2 &&
		    !strcmp(found, name))
			ret = nr;
	if (f)
		fclose(f);
	return ret;
}

/* Size of an MTD device, or of a partition of that name; 0: no such device. */
uint64_t kt_mtd_size(const char *name)
{
	char line[256], found[128];
	unsigned long long size, ret = 0;
	FILE *f;

	if (kt_on_disk())
		return kt_disk_size(name);
	f = fopen("/proc/mtd", "r");
	while (f && !ret && fgets(line, sizeof(line), f))
		if (sscanf(line, "mtd%*d: %llx %*x \"%127[^\"]\"", &size, found) == 2 &&
		    !strcmp(found, name))
			ret = size;
	if (f)
		fclose(f);
	return ret;
}

/* 0 or -errno; all of it or nothing. */
int kt_mtd_read(const char *name, uint64_t pos, void *buf, size_t len)
{
	char path[32];
	size_t done = 0;
	ssize_t nr = 0;
	int fd;

	if (kt_on_disk())
		return kt_disk_read(name, pos, buf, len);
	snprintf(path, sizeof(path), "/dev/mtd%d", kt_mtd(name));
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return -errno;
	while (done < len) {
		nr = pread(fd, (char *)buf + done, len - done, pos + done);
		if (nr <= 0)
			break;
		done += nr;
	}
	close(fd);
	return done == len ? 0 : nr < 0 ? -errno : -EIO;
}

/* All of an MTD device or a partition; NULL: can't be read. */
uint8_t *kt_mtd_copy(const char *name, size_t *len)
{
	uint8_t *copy;

	*len = kt_mtd_size(name);
	copy = *len ? malloc(*len) : NULL;
	if (copy && kt_mtd_read(name, 0, copy, *len)) {
		free(copy);
		copy = NULL;
	}
	return copy;
}

/*
 * Erase the blocks that these bytes lie in, and write them with the rest as it was;
 * 0 or -errno.
 */
int kt_mtd_put(const char *name, uint64_t pos, const void *buf, size_t len)
{
	struct mtd_info_user info;
	struct erase_info_user erase;
	char path[32];
	uint8_t *old;
	int fd, err = 0;

	if (kt_on_disk())
		return kt_disk_put(name, pos, buf, len);
	snprintf(path, sizeof(path), "/dev/mtd%d", kt_mtd(name));
	fd = open(path, O_RDWR);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, MEMGETINFO, &info))
		err = -errno;
	erase.start = pos / info.erasesize * info.erasesize;
	erase.length = (pos + len + info.erasesize - 1) / info.erasesize * info.erasesize -
		       erase.start;
	old = malloc(erase.length);
	if (!err && (!old || pread(fd, old, erase.length, erase.start) != erase.length))
		err = -EIO;
	if (!err) {
		memcpy(old + (pos - erase.start), buf, len);
		if (ioctl(fd, MEMERASE, &erase) ||
		    pwrite(fd, old, erase.length, erase.start) != erase.length)
			err = -errno;
	}
	free(old);
	close(fd);
	return err;
}

/**
 * kt_ask() - what does the device still want?
 * @fd: a session whose head has been written
 * @ranges: the answer
 * @max: room there
 * @each: ranges per read
 *
 * Return: how many ranges, or -errno.
 */
int kt_ask(int fd, struct kota_range *ranges, unsigned int max, unsigned int each)
{
	unsigned int nr = 0;
	ssize_t got;

	while (nr < max) {
		if (each > max - nr)
			each = max - nr;
		got = read(fd, ranges + nr, each * sizeof(*ranges));
		if (got < 0)
			return -errno;
		if (!got)
			return nr;
		nr += got / sizeof(*ranges);
	}
	return -E2BIG;
}

/* Nothing but these ranges of a deliverable; 0 or -errno. */
int kt_send(int fd, const void *data, const struct kota_range *ranges, unsigned int nr)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < nr; i++)
		err = kt_write(fd, (const char *)data + ranges[i].pos, ranges[i].len);
	return err;
}

/* All of it, as cat does; 0 or -errno. */
int kt_write(int fd, const void *data, size_t len)
{
	while (len) {
		ssize_t nr = write(fd, data, len);

		if (nr < 0)
			return -errno;
		data = (const char *)data + nr;
		len -= nr;
	}
	return 0;
}

/**
 * kt_install_by() - give the device a deliverable, in pieces
 * @data: the deliverable
 * @len: its bytes
 * @sequence: its number, never used before
 * @piece: bytes per write; 0: all at once
 * @target: where it goes
 *
 * Return: 0: the device has it; else -errno of a write or, where the writes went
 * well but the deliverable was not complete, of the refusal that the close brought.
 */
int kt_install_by(const void *data, size_t len, uint64_t sequence, size_t piece,
		  const char *target)
{
	int fd = open(KT_DEVICE, O_WRONLY), err = 0;
	struct kt_status st;
	size_t off = 0;

	if (fd < 0)
		return -errno;
	while (!err && off < len) {
		size_t part = piece && piece < len - off ? piece : len - off;

		err = kt_write(fd, (const char *)data + off, part);
		off += part;
	}
	close(fd);
	if (err)
		return err;
	err = kt_status(&st, target);
	if (err)
		return err;
	if (st.sequence == sequence)
		return 0;
	return st.error ? -st.error : -EINVAL;
}

/* The same with one write. */
int kt_install(const void *data, size_t len, uint64_t sequence)
{
	return kt_install_by(data, len, sequence, 0, KT_TARGET);
}

/* Negative errno of a cause, from the table in the uapi header. */
int kt_errno(enum kota_cause cause)
{
	switch (cause) {
#define CASE(name, number, error, sentence) \
	case KOTA_CAUSE_##name: \
		return -(error);
	KOTA_CAUSES(CASE)
#undef CASE
	default:
		return 0;
	}
}

/* SEED= of the environment, else a fresh one. */
uint64_t kt_seed(void)
{
	const char *text = getenv("SEED");
	uint64_t seed = 0;
	int fd;

	if (text && *text)
		return strtoull(text, NULL, 0);
	fd = open("/dev/urandom", O_RDONLY);
	if (read(fd, &seed, sizeof(seed)) != sizeof(seed))
		seed = getpid();
	close(fd);
	return seed;
}

/* SplitMix64: small, and the same everywhere. */
uint64_t kt_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

bool kt_is_debug(void)
{
	const char *config = getenv("KOTA_CONFIG");

	return config && !strcmp(config, "debug");
}
