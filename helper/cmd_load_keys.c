// SPDX-License-Identifier: GPL-2.0
/*
 * "kota load-keys": at each boot, gives the kernel the certificates of the
 * signers and the sealed root key.
 */

#include <signal.h>
#include <unistd.h>
#include <linux/kota_netlink.h>

#include "helper.h"

#define RELEASE_DIR "/etc/kota/release.d"
#define OFFLINE_DIR "/etc/kota/offline.d"

static const char usage[] =
	"Usage: kota load-keys [--signers DIRECTORY] [--offline-signers DIRECTORY]\n"
	"To be run at each boot, early, whether the module is there or not: has the TPM\n"
	"unseal the root key for the kernel, and adds the certificates of the signers to\n"
	"the kernel's rings, which take only what their anchors have signed. After that,\n"
	"be it that it has failed, nobody can unseal the key before the next boot.\n"
	"\n"
	"      --signers DIR           certificates of release signers, *.der\n"
	"                              (default: " RELEASE_DIR ")\n"
	"      --offline-signers DIR   certificates of offline signers, *.der\n"
	"                              (default: " OFFLINE_DIR ")\n"
	"  -h, --help                  show this\n"
	"\n"
	"Exit code: 0 loaded, 1 refused or failed, 2 wrong usage, 3 failed, and the root key\n"
	"may still be had: reboot.\n";

enum { OPT_SIGNERS = 256, OPT_OFFLINE };

static const struct option options[] = {
	{ "signers", required_argument, NULL, OPT_SIGNERS },
	{ "offline-signers", required_argument, NULL, OPT_OFFLINE },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* Directories of certificates; NULL: the usual one, if it is there. */
struct directories {
	const char *release;
	const char *offline;
};

static int load_release(const struct kota_device *dev, const char *dir)
{
	unsigned int nr;
	int err;

	if (!dir && access(RELEASE_DIR, F_OK)) {
		kota_note("%s is not there, so no signer is added",
			  RELEASE_DIR);
		return 0;
	}
	err = kota_keyring_add_signers(dev->release_ring,
				       dir ? dir : RELEASE_DIR, &nr);
	printf("signers: %u added\n", nr);
	return err;
}

/* Many devices do without: nothing is said where there is nothing. */
static int load_offline(const struct kota_device *dev, const char *dir)
{
	unsigned int nr;
	int err;

	if (!dir && access(OFFLINE_DIR, F_OK))
		return 0;
	if (!dev->has_offline)
		return kota_error(
			"%s: the module was built without an anchor for offline signers",
			dir ? dir : OFFLINE_DIR);
	err = kota_keyring_add_signers(dev->offline_ring,
				       dir ? dir : OFFLINE_DIR, &nr);
	printf("offline signers: %u added\n", nr);
	return err;
}

static int load_root(struct kota_netlink *nl, struct kota_device *dev)
{
	switch (dev->key_state) {
	case KOTA_KEY_STATE_LOADED:
		puts("root key: loaded already");
		return 0;
	case KOTA_KEY_STATE_SEALED:
		if (kota_identity_load(nl, dev)) {
			kota_note(
				"until this is mended nothing can be installed; see RECOVERY in kota(8)");
			return -1;
		}
		puts("root key: loaded");
		return 0;
	case KOTA_KEY_STATE_UNPROVISIONED:
		kota_error(
			"this device has no root key yet; run 'kota provision'");
		break;
	default:
		kota_error(
			"the state record is not usable (rollback: %s); see RECOVERY in kota(8)",
			dev->rollback);
	}
	/* Refused, but not before it has closed the cap. */
	kota_netlink_call(nl, KOTA_CMD_KEYS_LOAD, NULL, NULL);
	return -1;
}

static void note_missing(const struct kota_device *dev)
{
	if (!dev->release_signers)
		kota_note(
			"no release signer is in the kernel: nothing can be installed");
	else if (dev->quorum > 1 && !dev->offline_signers)
		kota_note(
			"no offline signer is in the kernel, and the device wants a second signature: nothing can be installed");
}

static int load_signers(struct kota_netlink *nl, struct kota_device *dev,
			const struct directories *dirs)
{
	int err = load_release(dev, dirs->release);

	if (load_offline(dev, dirs->offline))
		err = -1;
	return kota_device_get(nl, dev) ? -1 : err;
}

/*
 * The root first: what reads files that others may have put there can take its time,
 * or come to grief, when nobody can have the root any more. Neither keeps the other
 * away: without a root the signers may still say that the device be recovered.
 */
static int load_keys(struct kota_netlink *nl, const struct directories *dirs)
{
	struct kota_device dev = { 0 };
	int err = nl ? kota_device_get(nl, &dev) : -1;
	bool found = !err, open = false;

	if (found)
		err = load_root(nl, &dev);
	/* The kernel may not have been asked, or not have been able to. */
	if (err)
		open = kota_identity_close_cap();
	kota_identity_lock_platform();
	if (found && load_signers(nl, &dev, dirs))
		err = -1;
	if (!err)
		note_missing(&dev);
	if (open)
		return KOTA_EXIT_OPEN;
	return err ? KOTA_EXIT_REFUSED : KOTA_EXIT_OK;
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
	struct directories dirs = { NULL };
	int opt, verdict;

	while ((opt = kota_getopt(argc, argv, options, usage)) !=
	       KOTA_OPT_END) {
		if (opt == KOTA_OPT_HELP)
			return KOTA_EXIT_OK;
		if (opt == KOTA_OPT_BAD)
			return KOTA_EXIT_USAGE;
		if (opt == OPT_SIGNERS)
			dirs.release = optarg;
		else
			dirs.offline = optarg;
	}
	if (optind < argc)
		return kota_usage("'%s': load-keys takes options only",
				  argv[optind]);
	/* Who does not listen to what we say must not end us before the cap is closed. */
	signal(SIGPIPE, SIG_IGN);
	nl = kota_netlink_open();
	verdict = load_keys(nl, &dirs);
	kota_netlink_close(nl);
	if (verdict == KOTA_EXIT_OPEN)
		kota_error(
			"whoever becomes root may have the TPM unseal the root key in this boot");
	return verdict;
}
