// SPDX-License-Identifier: GPL-2.0
/*
 * What provision and load-keys have in common: the sealed root goes to the
 * kernel, the public identity comes from it.
 */

#include <linux/kota_netlink.h>

#include "helper.h"

/**
 * kota_identity_print() - print the device's public identity on standard output
 * @dev: the device, keys loaded
 *
 * Return: 0, or -1 after saying why.
 */
int kota_identity_print(const struct kota_device *dev)
{
	char line[KOTA_IDENTITY_MAX];

	if (!dev->has_public)
		return kota_error("the kernel does not show a public key");
	if (kota_envelope_print_device(&dev->identity, line))
		return -1;
	puts(line);
	return fflush(stdout) ? kota_error_errno("standard output") : 0;
}

/**
 * kota_identity_load() - give the kernel the sealed root of its state record
 * @nl: socket for requests
 * @dev: the device, its keys sealed; read anew afterwards
 *
 * The kernel is asked even if it will refuse: it closes the cap first.
 *
 * Return: 0, or -1 after saying why.
 */
int kota_identity_load(struct kota_netlink *nl, struct kota_device *dev)
{
	u8 blob[KOTA_MAX_BLOB_LEN];
	size_t len;
	int err;

	err = kota_device_blob(nl, blob, &len);
	if (!err)
		err = kota_keyring_load_root(dev, blob, len);
	if (kota_netlink_call(nl, KOTA_CMD_KEYS_LOAD, NULL, NULL)) {
		kota_keyring_drop_root(dev);
		return -1;
	}
	return err ? -1 : kota_device_get(nl, dev);
}

/**
 * kota_identity_close_cap() - see to it that the TPM gives the root to nobody
 *
 * For when the kernel may not have done so: there may be no device, or no module.
 *
 * Return: 0: it does not, until the next boot; -1 after saying why that is not known.
 */
int kota_identity_close_cap(void)
{
	struct kota_tpm *tpm = kota_tpm_open(KOTA_TPM_MANAGED);
	int err = tpm ? kota_tpm_close_cap(tpm, KOTA_CAP_PCR) : -1;

	kota_tpm_close(tpm);
	return err;
}

/**
 * kota_identity_lock_platform() - close the platform hierarchy, where that is open
 *
 * Through it whoever is root could clear the TPM, and with it the device's memory
 * of what it must not go back to.
 */
void kota_identity_lock_platform(void)
{
	struct kota_tpm *tpm = kota_tpm_open(KOTA_TPM_MANAGED);

	if (tpm && kota_tpm_close_platform(tpm))
		kota_note(
			"TPM: the platform hierarchy is closed until the next boot");
	kota_tpm_close(tpm);
}
