// SPDX-License-Identifier: GPL-2.0
/*
 * "kota load-keys": at each boot, gives the kernel the certificates of the
 * release signers and the sealed root key.
 */

#include <unistd.h>
#include <linux/kota_netlink.h>

#include "helper.h"

#define DEFAULT_DIR "/etc/kota/release.d"

static const char usage[] =
	"Usage: kota load-keys [--signers DIRECTORY]\n"
	"To be run at each boot, early: adds the certificates of the release signers to\n"
	"the kernel's ring, which takes only what its anchor has signed, and has the TPM\n"
	"unseal the root key for the kernel. After that nobody can unseal it before the\n"
	"next boot.\n"
	"\n"
	"      --signers DIR   certificates, *.der (default: " DEFAULT_DIR ")\n"
	"  -h, --help          show this\n";

enum { OPT_SIGNERS = 256 };

static const struct option options[] = {
	{ "signers", required_argument, NULL, OPT_SIGNERS },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int load_signers(const struct kota_device *dev, const char *dir)
{
	unsigned int nr;
	int err;

	if (!dir && access(DEFAULT_DIR, F_OK)) {
		kota_note("%s is not there, so no signer is added",
			  DEFAULT_DIR);
		return 0;
	}
	err = kota_keyring_add_signers(dev, dir ? dir : DEFAULT_DIR, &nr);
	printf("signers: %u added\n", nr);
	return err;
}

static int load_root(struct kota_netlink *nl, struct kota_device *dev)
{
	switch (dev->key_state) {
	case KOTA_KEY_STATE_LOADED:
		puts("root key: loaded already");
		return 0;
	case KOTA_KEY_STATE_SEALED:
		if (kota_identity_load(nl, dev))
			return -1;
		puts("root key: loaded");
		return 0;
	case KOTA_KEY_STATE_UNPROVISIONED:
		return kota_error(
			"this device has no root key yet; run 'kota provision'");
	default:
		return kota_error(
			"the state record is not usable: damaged, or another device's; look into the kernel's log");
	}
}

static int load_keys(struct kota_netlink *nl, const char *dir)
{
	struct kota_device dev;
	int err;

	if (kota_device_get(nl, &dev))
		return -1;
	/* One bad certificate must not keep the root key away. */
	err = load_signers(&dev, dir);
	kota_identity_lock_platform();
	if (load_root(nl, &dev) || kota_device_get(nl, &dev))
		return -1;
	if (!dev.release_signers)
		kota_note(
			"no release signer is in the kernel: nothing can be installed");
	return err;
}

/**
 * kota_cmd_load_keys() - run "kota load-keys"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_load_keys(int argc, char **argv)
{
	struct kota_netlink *nl;
	const char *dir = NULL;
	int opt, err;

	while ((opt = kota_getopt(argc, argv, options, usage)) !=
	       KOTA_OPT_END) {
		if (opt == KOTA_OPT_HELP)
			return KOTA_EXIT_OK;
		if (opt == KOTA_OPT_BAD)
			return KOTA_EXIT_USAGE;
		dir = optarg;
	}
	if (optind < argc)
		return kota_usage("'%s': load-keys takes options only",
				  argv[optind]);
	nl = kota_netlink_open();
	err = nl ? load_keys(nl, dir) : -1;
	kota_netlink_close(nl);
	return err ? KOTA_EXIT_REFUSED : KOTA_EXIT_OK;
}
