// SPDX-License-Identifier: GPL-2.0
/*
 * "kota provision": gives a new device its root key. Can be cut at any point
 * and run again; on a device that has one, only prints its identity.
 */

#include <linux/kota_netlink.h>

#include "helper.h"

static const char usage[] =
	"Usage: kota provision\n"
	"Has the kernel make the root key of a new device, seals it with the TPM, and\n"
	"prints the device's public identity as one line, for 'kota wrap --device'. May\n"
	"be cut off and run again; a device that has a root key keeps it.\n"
	"\n"
	"  -h, --help   show this\n";

/* Over tpmrm0: what stayed loaded in the TPM would keep the kernel from sealing. */
static int prepare_tpm(const struct kota_device *dev)
{
	struct kota_tpm *tpm = kota_tpm_open(KOTA_TPM_MANAGED);
	int err = -1;

	if (tpm && !kota_tpm_check_cap(tpm, dev->cap_pcr))
		err = kota_tpm_make_primary(tpm, KOTA_SRK_HANDLE);
	kota_tpm_close(tpm);
	return err;
}

static int make_root(struct kota_netlink *nl, struct kota_device *dev)
{
	u8 policy[KOTA_DIGEST_LEN], blob[KOTA_MAX_BLOB_LEN];
	size_t len;

	if (prepare_tpm(dev) || kota_tpm_policy_digest(dev->cap_pcr, policy) ||
	    kota_keyring_seal_root(policy, blob, &len) ||
	    kota_keyring_load_root(dev, blob, len))
		return -1;
	if (kota_netlink_call(nl, KOTA_CMD_PROVISION, NULL, NULL)) {
		kota_keyring_drop_root(dev);
		return kota_error(
			"not provisioned; if the reason above is mended, reboot and run this again");
	}
	kota_note("provisioned");
	return kota_device_get(nl, dev);
}

static int provision(struct kota_netlink *nl, struct kota_device *dev)
{
	int err = kota_device_get(nl, dev);

	if (err)
		return err;
	switch (dev->key_state) {
	case KOTA_KEY_STATE_LOADED:
		kota_note("provisioned already");
		break;
	case KOTA_KEY_STATE_SEALED:
		kota_note("provisioned already; loading the keys");
		err = kota_identity_load(nl, dev);
		break;
	case KOTA_KEY_STATE_UNPROVISIONED:
		err = make_root(nl, dev);
		break;
	default:
		err = kota_error(
			"the state record is not usable: damaged, or another device's; look into the kernel's log");
	}
	return err ? err : kota_identity_print(dev);
}

/**
 * kota_cmd_provision() - run "kota provision"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_provision(int argc, char **argv)
{
	int opt = kota_getopt(argc, argv, kota_no_options, usage);
	struct kota_netlink *nl;
	struct kota_device dev;
	int err;

	if (opt != KOTA_OPT_END)
		return opt == KOTA_OPT_HELP ? KOTA_EXIT_OK : KOTA_EXIT_USAGE;
	if (optind < argc)
		return kota_usage("'%s': provision takes no argument",
				  argv[optind]);
	nl = kota_netlink_open();
	err = nl ? provision(nl, &dev) : -1;
	kota_netlink_close(nl);
	return err ? KOTA_EXIT_REFUSED : KOTA_EXIT_OK;
}
