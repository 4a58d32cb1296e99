// SPDX-License-Identifier: GPL-2.0
/*
 * What the promises against root rest on, as far as the kernel that runs can
 * tell: its configuration, and what it enforces. Only looks and tells; refuses
 * nothing.
 */

#include <linux/security.h>

#include "kota_private.h"

/**
 * struct row - one prerequisite
 * @name: for people and programs; never changes its meaning
 * @built: met by the way this kernel was built; counts when @ask is NULL
 * @ask: is it met? Of this kernel, as it runs
 * @yes: what was found when it is met
 * @no: what was found when it is not
 */
struct row {
	const char *name;
	bool built;
	bool (*ask)(const struct kota *kota);
	const char *yes;
	const char *no;
};

static bool modules_are_signed(const struct kota *kota)
{
	return !IS_ENABLED(CONFIG_MODULES) || is_module_sig_enforced();
}

static bool is_locked_down(const struct kota *kota)
{
	return security_locked_down(LOCKDOWN_INTEGRITY_MAX);
}

/*
 * Integrity keeps root from writing the kernel's memory. These read it, device
 * keys included; only confidentiality keeps root from them.
 */
#define READERS                                                               \
	(IS_ENABLED(CONFIG_PROC_KCORE) || IS_ENABLED(CONFIG_BPF_SYSCALL) ||   \
	 IS_ENABLED(CONFIG_PROBE_EVENTS) || IS_ENABLED(CONFIG_PERF_EVENTS) || \
	 IS_ENABLED(CONFIG_KGDB_KDB))

static bool memory_is_secret(const struct kota *kota)
{
	return !READERS || security_locked_down(LOCKDOWN_KCORE);
}

static bool state_is_protected(const struct kota *kota)
{
	return kota->state.protected;
}

static const struct row rows[KOTA_NR_PREREQUISITES] = {
	{ .name = "signed-modules",
	  .ask = modules_are_signed,
	  .yes = "only signed modules load",
	  .no = "modules load without a signature" },
	{ .name = "lockdown",
	  .ask = is_locked_down,
	  .yes = "integrity or better",
	  .no = "off" },
	{ .name = "memory-secret",
	  .ask = memory_is_secret,
	  .yes = "root cannot read the kernel's memory",
	  .no = "kcore, BPF, probe events, perf or kdb, and no lockdown=confidentiality" },
	{ .name = "no-devmem",
	  .built = !IS_ENABLED(CONFIG_DEVMEM) && !IS_ENABLED(CONFIG_DEVPORT),
	  .yes = "not in this kernel",
	  .no = "CONFIG_DEVMEM or CONFIG_DEVPORT" },
	{ .name = "no-unsigned-kexec",
	  .built = !IS_ENABLED(CONFIG_KEXEC) &&
		   (!IS_ENABLED(CONFIG_KEXEC_FILE) ||
		    IS_ENABLED(CONFIG_KEXEC_SIG_FORCE)),
	  .yes = "no kexec, or of signed kernels only",
	  .no = "CONFIG_KEXEC, or CONFIG_KEXEC_FILE without KEXEC_SIG_FORCE" },
	{ .name = "no-mtd-master",
	  .built = !IS_ENABLED(CONFIG_MTD_PARTITIONED_MASTER),
	  .yes = "no device for a whole flash",
	  .no = "CONFIG_MTD_PARTITIONED_MASTER" },
	{ .name = "no-mtd-cmdline",
	  .built = !IS_ENABLED(CONFIG_MTD_CMDLINE_PARTS),
	  .yes = "mtdparts= does nothing",
	  .no = "CONFIG_MTD_CMDLINE_PARTS" },
	{ .name = "no-spidev",
	  .built = !IS_ENABLED(CONFIG_SPI_SPIDEV),
	  .yes = "not in this kernel",
	  .no = "CONFIG_SPI_SPIDEV" },
	{ .name = "no-uio",
	  .built = !IS_ENABLED(CONFIG_UIO),
	  .yes = "not in this kernel",
	  .no = "CONFIG_UIO" },
	{ .name = "no-vfio-platform",
	  .built = !IS_ENABLED(CONFIG_VFIO_PLATFORM),
	  .yes = "not in this kernel",
	  .no = "CONFIG_VFIO_PLATFORM" },
	{ .name = "no-vtpm-proxy",
	  .built = !IS_ENABLED(CONFIG_TCG_VTPM_PROXY),
	  .yes = "not in this kernel",
	  .no = "CONFIG_TCG_VTPM_PROXY" },
	{ .name = "no-gpio-user",
	  .built = !IS_ENABLED(CONFIG_GPIO_CDEV) &&
		   !IS_ENABLED(CONFIG_GPIO_SYSFS),
	  .yes = "user space drives no lines",
	  .no = "CONFIG_GPIO_CDEV or CONFIG_GPIO_SYSFS" },
	{ .name = "no-suspend",
	  .built = !IS_ENABLED(CONFIG_SUSPEND) &&
		   !IS_ENABLED(CONFIG_HIBERNATION),
	  .yes = "the TPM is not reset but with the processor",
	  .no = "CONFIG_SUSPEND or CONFIG_HIBERNATION" },
	{ .name = "no-overrides",
	  .built = !IS_ENABLED(CONFIG_BPF_KPROBE_OVERRIDE) &&
		   !IS_ENABLED(CONFIG_FAULT_INJECTION),
	  .yes = "no function's answer can be replaced",
	  .no = "CONFIG_BPF_KPROBE_OVERRIDE or CONFIG_FAULT_INJECTION" },
	{ .name = "state-protected",
	  .ask = state_is_protected,
	  .yes = "only kota writes the state record",
	  .no = "user space can write the state record" },
};

/**
 * kota_prerequisite_check() - find out which prerequisites are met
 * @kota: the device, its state record found
 *
 * Asked once, when the device is found: what is met stays so.
 */
void kota_prerequisite_check(struct kota *kota)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		kota->prerequisite_met[i] = rows[i].ask ? rows[i].ask(kota) :
							  rows[i].built;
}

/**
 * kota_prerequisite_tell() - one prerequisite, for status
 * @kota: the device
 * @idx: below KOTA_NR_PREREQUISITES
 * @detail: what was found, for people
 *
 * Return: its name. Whether it is met is in @kota.
 */
const char *kota_prerequisite_tell(const struct kota *kota, unsigned int idx,
				   const char **detail)
{
	*detail = kota->prerequisite_met[idx] ? rows[idx].yes : rows[idx].no;
	return rows[idx].name;
}
