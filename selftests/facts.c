// SPDX-License-Identifier: GPL-2.0
/*
 * What status says of this kernel: the prerequisites of the promises against root,
 * and who does the cryptography. Each is held against what the kernel says of
 * itself elsewhere.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "harness.h"
#include "kota_test.h"

static const char *const prerequisites[] = {
	"signed-modules", "lockdown", "memory-secret", "no-devmem", "no-unsigned-kexec",
	"no-mtd-master", "no-mtd-cmdline", "no-spidev", "no-uio", "no-vfio-platform",
	"no-vtpm-proxy", "no-gpio-user", "no-suspend", "no-overrides", "state-protected",
};

#define NR_PREREQUISITES	(sizeof(prerequisites) / sizeof(prerequisites[0]))

/* The line is in the configuration that the kernel carries. */
static bool configured(const char *line)
{
	char command[128];

	snprintf(command, sizeof(command), "zcat /proc/config.gz | grep -qx '%s'", line);
	return system(command) == 0;
}

static const struct kt_fact *find(const struct kt_fact *fact, int nr, const char *name)
{
	int i;

	for (i = 0; i < nr; i++)
		if (!strcmp(fact[i].name, name))
			return &fact[i];
	return NULL;
}

FIXTURE(facts) {
	struct kt_fact fact[KT_MAX_FACTS];
	int nr;
};

FIXTURE_SETUP(facts)
{
	memset(self, 0, sizeof(*self));
}

FIXTURE_TEARDOWN(facts)
{
}

/*
 * The release kernel meets them all, the debug kernel can't meet two; and one boot
 * has a partition over the state record.
 */
TEST_F(facts, prerequisites)
{
	size_t i;

	self->nr = kt_facts(KOTA_A_DEVICE_PREREQUISITE, self->fact);
	EXPECT_EQ((int)NR_PREREQUISITES, self->nr);
	for (i = 0; i < NR_PREREQUISITES; i++) {
		const struct kt_fact *f = find(self->fact, self->nr, prerequisites[i]);
		bool expected = true;

		ASSERT_NE(NULL, f) TH_LOG("no %s", prerequisites[i]);
		if (kt_is_debug())
			expected = strcmp(f->name, "lockdown") && strcmp(f->name, "no-overrides");
		if (!strcmp(f->name, "state-protected"))
			expected = kt_mtd("state-open") < 0;
		EXPECT_EQ(expected, f->met) TH_LOG("%s: %s", f->name, f->text);
		EXPECT_LT(0, (int)strlen(f->text));
	}
}

TEST_F(facts, prerequisites_as_configured)
{
	static const struct {
		const char *name;
		const char *line;
		bool met;
	} row[] = {
		{ "lockdown", "CONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY=y", true },
		{ "signed-modules", "CONFIG_MODULE_SIG_FORCE=y", true },
		{ "no-overrides", "CONFIG_FAULT_INJECTION=y", false },
		{ "no-devmem", "# CONFIG_DEVMEM is not set", true },
		{ "no-mtd-master", "# CONFIG_MTD_PARTITIONED_MASTER is not set", true },
		{ "no-mtd-cmdline", "# CONFIG_MTD_CMDLINE_PARTS is not set", true },
		{ "no-uio", "# CONFIG_UIO is not set", true },
		{ "no-gpio-user", "# CONFIG_GPIO_CDEV is not set", true },
		{ "no-suspend", "# CONFIG_SUSPEND is not set", true },
	};
	const struct kt_fact *f;
	size_t i;

	self->nr = kt_facts(KOTA_A_DEVICE_PREREQUISITE, self->fact);
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		f = find(self->fact, self->nr, row[i].name);
		ASSERT_NE(NULL, f);
		EXPECT_EQ(configured(row[i].line) == row[i].met, f->met) TH_LOG("%s", f->name);
	}
}

/* /proc/crypto knows each driver. */
TEST_F(facts, algorithms)
{
	static const char *const wanted[] = {
		"ECDSA P-256", "ECDSA P-384", "RSA", "SHA-256", "SHA3-256", "ECDH P-256",
		"AES-256-GCM", "HMAC-SHA256",
	};
	struct kt_status st;
	char command[256];
	size_t i;
	int j;

	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	self->nr = kt_facts(KOTA_A_DEVICE_ALGORITHM, self->fact);
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		EXPECT_TRUE(find(self->fact, self->nr, wanted[i]) != NULL)
			TH_LOG("number %zu of the list is missing", i);
	EXPECT_EQ(st.level == KOTA_LEVEL_BASIC,
		  find(self->fact, self->nr, "AES-128-GCM") != NULL);
	for (j = 0; j < self->nr; j++) {
		TH_LOG("%s: %s by %s", self->fact[j].use, self->fact[j].name, self->fact[j].text);
		EXPECT_LT(0, (int)strlen(self->fact[j].use));
		snprintf(command, sizeof(command), "grep -qx 'driver *: %s' /proc/crypto",
			 self->fact[j].text);
		EXPECT_EQ(0, system(command)) TH_LOG("%s", self->fact[j].text);
	}
}

/* What is said not to be there is not there. */
TEST_F(facts, ways_around)
{
	static const char *const paths[] = {
		"/dev/mem", "/dev/port", "/proc/kcore", "/dev/uio0", "/dev/vfio/vfio",
		"/dev/vtpmx", "/dev/gpiochip0", "/sys/class/gpio/export",
		"/sys/bus/spi/drivers/spidev", "/sys/kernel/tracing/kprobe_events",
	};
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		EXPECT_EQ(-1, access(paths[i], F_OK)) TH_LOG("number %zu of the list", i);
	EXPECT_EQ(-1, syscall(SYS_kexec_load, 0, 0, NULL, 0));
	EXPECT_EQ(ENOSYS, errno);
	EXPECT_EQ(-1, syscall(SYS_kexec_file_load, -1, -1, 0, NULL, 0));
	EXPECT_EQ(ENOSYS, errno);
	EXPECT_EQ(-1, syscall(SYS_bpf, 0, NULL, 0));
	EXPECT_EQ(ENOSYS, errno);
}

TEST_HARNESS_MAIN
