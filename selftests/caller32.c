// SPDX-License-Identifier: GPL-2.0
/*
 * A 32-bit program on a 64-bit kernel: the same sizes, the same calls, the same
 * verdicts. Static, and without a library of its own: caller32 GOOD SPOILT, two
 * deliverables that a 64-bit program made. Prints TAP.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <linux/kota.h>
#include <linux/kota_netlink.h>
#include <linux/netlink.h>

#define DEVICE	"/dev/kota"

_Static_assert(sizeof(void *) == 4, "built for 32 bits");

static const char *good, *spoilt;

static uint8_t *load(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	uint8_t *data;

	if (fd < 0 || fstat(fd, &st) || !(data = malloc(st.st_size)) ||
	    read(fd, data, st.st_size) != st.st_size) {
		printf("Bail out! %s: %s\n", path, strerror(errno));
		exit(1);
	}
	close(fd);
	*len = st.st_size;
	return data;
}

/* 0 or the errno of the write that brought the verdict. */
static int deliver(const char *path, size_t piece)
{
	size_t len, off = 0;
	uint8_t *data = load(path, &len);
	int fd = open(DEVICE, O_WRONLY), err = fd < 0 ? errno : 0;

	while (!err && off < len) {
		ssize_t nr = write(fd, data + off, len - off < piece ? len - off : piece);

		if (nr < 0)
			err = errno;
		else
			off += nr;
	}
	if (close(fd) && !err)
		err = errno;
	free(data);
	return err;
}

static bool sizes(void)
{
	return sizeof(struct kota_prologue) == 64 && sizeof(struct kota_manifest) == 640 &&
	       sizeof(struct kota_image) == 192 && sizeof(struct kota_retired) == 40 &&
	       sizeof(struct kota_signature) == 8 && sizeof(struct kota_envelope) == 40 &&
	       sizeof(struct kota_table) == 16 && sizeof(struct kota_chunk) == 40 &&
	       sizeof(struct kota_frame) == 16 && sizeof(struct kota_range) == 16;
}

static bool offsets(void)
{
	return offsetof(struct kota_prologue, frames_len) == 32 &&
	       offsetof(struct kota_manifest, sequence) == 32 &&
	       offsetof(struct kota_manifest, retired) == 480 &&
	       offsetof(struct kota_retired, last_sequence) == 32 &&
	       offsetof(struct kota_image, size) == 64 &&
	       offsetof(struct kota_table, reserved1) == 8 &&
	       offsetof(struct kota_range, len) == 8;
}

static bool refused(void)
{
	return deliver(spoilt, 4096) == EBADMSG;
}

static bool installs(void)
{
	return deliver(good, 1 << 20) == 0;
}

/* The same manifest again is no older one. */
static bool installs_by_odd_pieces(void)
{
	return deliver(good, 777) == 0;
}

static bool by_writev(void)
{
	size_t len;
	uint8_t *data = load(good, &len);
	struct iovec iov[2] = { { data, 10 }, { data + 10, 54 } };
	int fd = open(DEVICE, O_WRONLY);
	bool is_good = writev(fd, iov, 2) == 64;

	close(fd);
	free(data);
	return is_good;
}

static bool no_positions(void)
{
	int fd = open(DEVICE, O_WRONLY);
	bool is_good = lseek(fd, 0, SEEK_CUR) == -1 && errno == ESPIPE;

	is_good &= pwrite(fd, "x", 1, 0) == -1 && errno == ESPIPE;
	close(fd);
	return is_good;
}

static bool no_ioctl(void)
{
	int fd = open(DEVICE, O_WRONLY), value = 0;
	bool is_good = ioctl(fd, _IOW('k', 1, int), &value) == -1 && errno == ENOTTY;

	close(fd);
	return is_good;
}

static bool second_opener(void)
{
	int fd[3], i;
	bool is_good = false;

	/* As many as there may be, and one more */
	for (i = 0; i < 3; i++) {
		fd[i] = open(DEVICE, O_WRONLY);
		if (fd[i] < 0)
			break;
	}
	is_good = i > 0 && i < 3 && errno == EBUSY;
	while (i--)
		close(fd[i]);
	return is_good;
}

/* One request over generic netlink; the bytes of the answer, or -errno. */
static int ask(uint16_t family, uint8_t cmd, const char *name, char *buf, size_t size)
{
	struct nlmsghdr *nlh = (void *)buf;
	struct genlmsghdr *genl = NLMSG_DATA(nlh);
	struct nlattr *nla = (void *)((char *)genl + GENL_HDRLEN);
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC), nr;

	memset(buf, 0, 256);
	nlh->nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	genl->cmd = cmd;
	genl->version = 1;
	if (name) {
		nla->nla_type = CTRL_ATTR_FAMILY_NAME;
		nla->nla_len = NLA_HDRLEN + strlen(name) + 1;
		strcpy((char *)nla + NLA_HDRLEN, name);
		nlh->nlmsg_len += NLA_ALIGN(nla->nla_len);
	}
	nr = send(fd, buf, nlh->nlmsg_len, 0) < 0 ? -errno : recv(fd, buf, size, 0);
	close(fd);
	if (nr > 0 && nlh->nlmsg_type == NLMSG_ERROR)
		return ((struct nlmsgerr *)NLMSG_DATA(nlh))->error;
	return nr;
}

static const struct nlattr *attr(const char *buf, int len, int type)
{
	int off = NLMSG_LENGTH(GENL_HDRLEN);

	while (off + NLA_HDRLEN <= len) {
		const struct nlattr *nla = (const void *)(buf + off);

		if ((nla->nla_type & NLA_TYPE_MASK) == type)
			return nla;
		if (nla->nla_len < NLA_HDRLEN)
			break;
		off += NLA_ALIGN(nla->nla_len);
	}
	return NULL;
}

static bool status(void)
{
	static char buf[32768];
	const struct nlattr *nla;
	uint16_t family;
	uint32_t abi;
	uint64_t sequence;
	int len = ask(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, KOTA_FAMILY_NAME, buf, sizeof(buf));

	nla = len > 0 ? attr(buf, len, CTRL_ATTR_FAMILY_ID) : NULL;
	if (!nla)
		return false;
	memcpy(&family, (const char *)nla + NLA_HDRLEN, sizeof(family));
	len = ask(family, KOTA_CMD_DEVICE_GET, NULL, buf, sizeof(buf));
	nla = len > 0 ? attr(buf, len, KOTA_A_DEVICE_ABI) : NULL;
	if (!nla || nla->nla_len != NLA_HDRLEN + 4)
		return false;
	memcpy(&abi, (const char *)nla + NLA_HDRLEN, sizeof(abi));
	nla = attr(buf, len, KOTA_A_DEVICE_SEQUENCE);
	if (!nla || nla->nla_len != NLA_HDRLEN + 8)
		return false;
	memcpy(&sequence, (const char *)nla + NLA_HDRLEN, sizeof(sequence));
	/* Beyond 32 bits, as GOOD has it */
	return abi == KOTA_ABI_VERSION && sequence >> 32;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool (*run)(void);
	} tests[] = {
		{ "sizes", sizes }, { "offsets", offsets }, { "no_positions", no_positions },
		{ "no_ioctl", no_ioctl }, { "by_writev", by_writev },
		{ "second_opener", second_opener }, { "refused", refused },
		{ "installs", installs }, { "installs_by_odd_pieces", installs_by_odd_pieces },
		{ "status", status },
	};
	unsigned int i, nr = sizeof(tests) / sizeof(tests[0]);
	int failed = 0;

	if (argc != 3)
		return 2;
	good = argv[1];
	spoilt = argv[2];
	printf("1..%u\n", nr);
	for (i = 0; i < nr; i++) {
		bool is_good;

		errno = 0;
		is_good = tests[i].run();
		if (!is_good)
			printf("# errno %d, %s\n", errno, strerror(errno));
		printf("%s %u - caller32.%s\n", is_good ? "ok" : "not ok", i + 1, tests[i].name);
		fflush(stdout);
		failed |= !is_good;
	}
	return failed;
}
