// SPDX-License-Identifier: GPL-2.0
/*
 * What root does to flash and keys beyond what tools do: boot root runs this.
 * Each door is first seen open, where nothing guards it.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <linux/if_alg.h>
#include <mtd/mtd-user.h>

#include "harness.h"
#include "kota_test.h"

#ifndef ALG_SET_KEY_BY_KEY_SERIAL
#define ALG_SET_KEY_BY_KEY_SERIAL	7
#endif

FIXTURE(flash) {
	char path[32];
	uint8_t before[4096];
};

FIXTURE_VARIANT(flash) {
	const char *name;
	bool open_to_root;
	bool whole;		/* a device, not a partition of one */
};

/* The memory of mtdram: there even a partition of one's own is to be had. */
FIXTURE_VARIANT_ADD(flash, whole_device) {
	.name = "mtdram test device", .open_to_root = true, .whole = true
};
/* Of the boot loader, for everybody to write: what the tests below can do. */
FIXTURE_VARIANT_ADD(flash, env) { .name = "env", .open_to_root = true };
FIXTURE_VARIANT_ADD(flash, slot_a) { .name = "slot-a" };
FIXTURE_VARIANT_ADD(flash, slot_b) { .name = "slot-b" };
FIXTURE_VARIANT_ADD(flash, state) { .name = "state" };

FIXTURE_SETUP(flash)
{
	ASSERT_LE(0, kt_mtd(variant->name));
	snprintf(self->path, sizeof(self->path), "/dev/mtd%d", kt_mtd(variant->name));
	ASSERT_EQ(0, kt_mtd_read(variant->name, 0, self->before, sizeof(self->before)));
}

FIXTURE_TEARDOWN(flash)
{
	uint8_t after[sizeof(self->before)];

	ASSERT_EQ(0, kt_mtd_read(variant->name, 0, after, sizeof(after)));
	if (!variant->open_to_root)
		EXPECT_EQ(0, memcmp(self->before, after, sizeof(after)));
}

TEST_F(flash, open_to_write)
{
	int flags[] = { O_WRONLY, O_RDWR, O_RDWR | O_SYNC }, i;

	for (i = 0; i < 3; i++) {
		int fd = open(self->path, flags[i]);

		if (variant->open_to_root) {
			EXPECT_LE(0, fd);
		} else {
			EXPECT_EQ(-1, fd);
			EXPECT_EQ(EACCES, errno);
		}
		close(fd);
	}
}

TEST_F(flash, erase_and_write)
{
	struct erase_info_user erase = { .length = 256 << 10 };
	int fd = open(self->path, variant->open_to_root ? O_RDWR : O_RDONLY);
	uint8_t bytes[64], found[64];

	ASSERT_LE(0, fd);
	kt_fill(bytes, sizeof(bytes), getpid());
	if (variant->open_to_root) {
		EXPECT_EQ(0, ioctl(fd, MEMERASE, &erase));
		EXPECT_EQ(sizeof(bytes), pwrite(fd, bytes, sizeof(bytes), 0));
		EXPECT_EQ(0, kt_mtd_read(variant->name, 0, found, sizeof(found)));
		EXPECT_EQ(0, memcmp(bytes, found, sizeof(found)));
	} else {
		EXPECT_EQ(-1, ioctl(fd, MEMERASE, &erase));
		EXPECT_EQ(EPERM, errno);
		EXPECT_EQ(-1, pwrite(fd, bytes, sizeof(bytes), 0));
		EXPECT_EQ(EBADF, errno);
	}
	close(fd);
}

/* No way in by the back: OOB, raw mode, bad blocks, locks, partitions. */
TEST_F(flash, ioctls)
{
	struct mtd_write_req req = { .start = 0, .len = 64, .mode = MTD_OPS_RAW };
	struct erase_info_user64 erase = { .length = 256 << 10 };
	struct mtd_oob_buf oob = { .length = 1, .ptr = (void *)"" };
	loff_t block = 0;
	uint8_t bytes[64] = { 0 };
	int fd = open(self->path, O_RDONLY);

	req.usr_data = (uintptr_t)bytes;
	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, ioctl(fd, MEMWRITE, &req));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, ioctl(fd, MEMERASE64, &erase));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, ioctl(fd, MEMWRITEOOB, &oob));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, ioctl(fd, MEMSETBADBLOCK, &block));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, ioctl(fd, MEMUNLOCK, &erase));
	EXPECT_EQ(EPERM, errno);
	close(fd);
}

/*
 * A partition of one's own, over what is protected: not below a partition, and of
 * the board's flash root has nothing else.
 */
TEST_F(flash, partition_of_ones_own)
{
	struct blkpg_partition part = { .start = 0, .length = 256 << 10, .devname = "evil" };
	struct blkpg_ioctl_arg arg = {
		.op = BLKPG_ADD_PARTITION, .datalen = sizeof(part), .data = &part,
	};
	int fd = open(self->path, variant->open_to_root ? O_RDWR : O_RDONLY);

	ASSERT_LE(0, fd);
	if (variant->whole) {
		ASSERT_EQ(0, ioctl(fd, BLKPG, &arg));
		EXPECT_LE(0, kt_mtd("evil"));
		part.pno = kt_mtd("evil");
		arg.op = BLKPG_DEL_PARTITION;
		EXPECT_EQ(0, ioctl(fd, BLKPG, &arg));
	} else {
		EXPECT_EQ(-1, ioctl(fd, BLKPG, &arg));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(-1, kt_mtd("evil"));
	close(fd);
}

/* ------------------------------------------------------------------ AF_ALG */

FIXTURE(af_alg) {
	int32_t serial;
	int fd;
};

FIXTURE_VARIANT(af_alg) {
	const char *env;
	bool works;
};

/* A trusted key of the tester's own works; the root, with the serial it had, not. */
FIXTURE_VARIANT_ADD(af_alg, key_of_ones_own) { .env = "SERIAL_OWN", .works = true };
FIXTURE_VARIANT_ADD(af_alg, root_key) { .env = "SERIAL_ROOT" };

FIXTURE_SETUP(af_alg)
{
	struct sockaddr_alg addr = {
		.salg_family = AF_ALG, .salg_type = "hash", .salg_name = "hmac(sha256)",
	};

	ASSERT_NE(NULL, getenv(variant->env));
	self->serial = strtol(getenv(variant->env), NULL, 0);
	ASSERT_LT(0, self->serial);
	self->fd = socket(AF_ALG, SOCK_SEQPACKET, 0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, bind(self->fd, (void *)&addr, sizeof(addr)));
}

FIXTURE_TEARDOWN(af_alg)
{
	close(self->fd);
}

TEST_F(af_alg, key_by_serial)
{
	int ret = setsockopt(self->fd, SOL_ALG, ALG_SET_KEY_BY_KEY_SERIAL, &self->serial,
			     sizeof(self->serial));

	if (variant->works) {
		EXPECT_EQ(0, ret) TH_LOG("%s", strerror(errno));
	} else {
		EXPECT_EQ(-1, ret);
		EXPECT_TRUE(errno == ENOKEY || errno == EKEYREVOKED || errno == EACCES)
			TH_LOG("%s", strerror(errno));
	}
}

TEST_HARNESS_MAIN
