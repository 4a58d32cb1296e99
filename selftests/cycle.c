// SPDX-License-Identifier: GPL-2.0
/*
 * cycle N: the module comes and goes N times, each time with its rings filled, a
 * device provisioned anew and an install aborted midway. Whoever calls it looks
 * for what was lost. Wants "state-open", by which the device is made blank.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <mtd/mtd-user.h>

#include "harness.h"
#include "kota_test.h"

#define CYCLES		100
#define IMAGE_LEN	600000	/* three erase blocks are touched */

static int load_module(void)
{
	char path[256];
	int fd, err;

	snprintf(path, sizeof(path), "%s/kota.ko", getenv("STAGE") ?: ".");
	fd = open(path, O_RDONLY);
	err = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return err;
}

static int unload_module(void)
{
	return syscall(SYS_delete_module, "kota", O_NONBLOCK) ? -errno : 0;
}

static int make_blank(void)
{
	struct erase_info_user erase = { .length = kt_mtd_size("state-open") };
	char path[32];
	int fd, err;

	snprintf(path, sizeof(path), "/dev/mtd%d", kt_mtd("state-open"));
	fd = open(path, O_RDWR);
	err = ioctl(fd, MEMERASE, &erase) ? -errno : 0;
	close(fd);
	return err;
}

/*
 * The TPM would know better than to take it for a new one: TPM2_NV_UndefineSpace by
 * the owner, whose password is empty.
 */
static int forget_index(void)
{
	static const uint8_t command[] = {
		0x80, 0x02, 0, 0, 0, 31, 0, 0, 0x01, 0x22,
		0x40, 0, 0, 0x01, 0x01, 0x80, 0x4b, 0x54,
		0, 0, 0, 9, 0x40, 0, 0, 0x09, 0, 0, 0, 0, 0,
	};
	uint8_t answer[64];
	int fd = open("/dev/tpmrm0", O_RDWR), err = 0;

	if (write(fd, command, sizeof(command)) != sizeof(command) ||
	    read(fd, answer, sizeof(answer)) < 10 || answer[8] || answer[9])
		err = -EIO;
	close(fd);
	return err;
}

static int add_key_to(int ring, const char *type, const char *description, const void *data,
		      size_t len)
{
	return syscall(SYS_add_key, type, description, data, len, ring) < 0 ? -errno : 0;
}

static int add_signer(int ring, const char *name)
{
	static uint8_t der[4096];
	char path[256];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "%s/%s.der", getenv("PKI") ?: ".", name);
	fd = open(path, O_RDONLY);
	len = read(fd, der, sizeof(der));
	close(fd);
	return len <= 0 ? -EINVAL : add_key_to(ring, "asymmetric", NULL, der, len);
}

/* No policy and so no session: the PCR may have any value. */
static int add_root(int ring, const char *description)
{
	static const char command[] = "new 64 keyhandle=0x81000001";

	return add_key_to(ring, "trusted", description, command, strlen(command));
}

FIXTURE(cycle) {
	uint8_t image[IMAGE_LEN];
};

FIXTURE_SETUP(cycle)
{
	kt_fill(self->image, IMAGE_LEN, 1);
}

FIXTURE_TEARDOWN(cycle)
{
}

TEST_F_TIMEOUT(cycle, hundred_times, KT_FOREVER)
{
	uint64_t seed = kt_seed();
	int i;

	TH_LOG("SEED=%#llx", (unsigned long long)seed);
	for (i = 0; i < CYCLES; i++) {
		struct kt_status st;
		struct kt_map map;
		struct kt_buf b;
		size_t len;
		int fd;

		ASSERT_EQ(0, make_blank());
		/* The first time there is none. */
		ASSERT_EQ(i ? 0 : -EIO, forget_index());
		ASSERT_EQ(0, load_module());
		ASSERT_EQ(0, kt_status(&st, KT_TARGET));
		ASSERT_EQ(KOTA_KEY_STATE_UNPROVISIONED, st.key_state);
		ASSERT_EQ(0, add_root(st.key_ring, "tests"));
		ASSERT_EQ(0, add_root(st.key_ring, KOTA_ROOT_DESCRIPTION));
		ASSERT_EQ(0, kt_command(KOTA_CMD_PROVISION, NULL, 0, NULL, NULL));
		ASSERT_EQ(0, add_signer(st.release_ring, "signer"));
		ASSERT_EQ(0, add_signer(st.release_ring, "signer2"));
		ASSERT_EQ(0, kt_status(&st, KT_TARGET));
		ASSERT_EQ(2, st.release_signers);
		ASSERT_EQ(KOTA_KEY_STATE_LOADED, st.key_state);
		b = kt_make(&st, self->image, IMAGE_LEN, 7, 14, &map);
		/* Anywhere, mostly among the frames; sometimes by a wrong byte. */
		len = 1 + kt_random(&seed) % (b.len - 1);
		if (i % 4 == 3)
			b.data[map.frames + (len % (map.end - map.frames))] ^= 1;
		fd = open(KT_DEVICE, O_WRONLY);
		ASSERT_LE(0, fd);
		kt_write(fd, b.data, i % 4 == 3 ? b.len : len);
		ASSERT_EQ(-EWOULDBLOCK, unload_module());
		close(fd);
		free(b.data);
		ASSERT_EQ(0, kt_status(&st, KT_TARGET));
		ASSERT_NE(0, st.cause);
		ASSERT_EQ(0, unload_module());
	}
	TH_LOG("%d cycles", i);
}

TEST_HARNESS_MAIN
