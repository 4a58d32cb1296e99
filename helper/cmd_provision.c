// SPDX-License-Identifier: GPL-2.0
/*
 * "kota provision": gives a new device its root key, and one that a recovery
 * statement permits it to a new one. Can be cut at any point and run again; on a
 * device that has a root key, only prints its identity.
 */

#include <unistd.h>
#include <linux/kota_netlink.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "helper.h"

/* Of a new owner: as long as the digest of the TPM's usual hash. */
#define NEW_AUTH_LEN 32
/* Of one that somebody else has made: what nobody guesses. */
#define MIN_AUTH_LEN 16

static const char usage[] =
	"Usage: kota provision [OPTION]...\n"
	"Has the kernel make the root key of a new device, seals it with the TPM, and\n"
	"prints the device's public identity as one line, for 'kota wrap --device'. May\n"
	"be cut off and run again; a device that has a root key keeps it, unless a\n"
	"recovery statement permits to replace it.\n"
	"\n"
	"      --owner-auth FILE       authorization of the TPM's owner hierarchy (default:\n"
	"                              empty)\n"
	"      --take-ownership        then set owner and lockout authorization to random\n"
	"                              bytes, and forget them; without it root can make\n"
	"                              the device forget what it has installed\n"
	"      --owner-auth-out FILE   the same, and keep them there\n"
	"  -h, --help                  show this\n";

enum { OPT_OWNER_AUTH = 256, OPT_TAKE, OPT_OUT };

static const struct option options[] = {
	{ "owner-auth", required_argument, NULL, OPT_OWNER_AUTH },
	{ "take-ownership", no_argument, NULL, OPT_TAKE },
	{ "owner-auth-out", required_argument, NULL, OPT_OUT },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct request {
	struct kota_tpm_auth owner;
	bool take;
	const char *out;
};

/* What nobody owns, root owns: then the TPM forgets what root wants it to. */
static int warn_unowned(struct kota_tpm *tpm, const struct request *req)
{
	bool owned = true;

	if (!req->take && kota_tpm_is_owned(tpm, &owned))
		return -1;
	if (!owned)
		kota_note(
			"WARNING: the TPM has no owner. Whoever becomes root on this device can take kota's NV index away, and with it the memory of what was installed and revoked. Close this with 'kota provision --take-ownership', or '--owner-auth-out FILE' if you keep a vault");
	return 0;
}

/* A PCR that others extend in each boot has its boot value in none. */
static int check_pcr(struct kota_tpm *tpm, const struct kota_device *dev,
		     enum kota_cap *cap)
{
	if (kota_tpm_read_cap(tpm, dev->cap_pcr, cap))
		return -1;
	if (*cap == KOTA_CAP_FOREIGN)
		return kota_error(
			"PCR %u has been extended in this boot, and not by kota; if the firmware or the boot loader does that, no boot could unseal the root key, else reboot and run this first",
			dev->cap_pcr);
	return 0;
}

/* Over tpmrm0: what stayed loaded in the TPM would keep the kernel from sealing. */
static int prepare_tpm(const struct kota_device *dev, const struct request *req,
		       enum kota_cap *cap)
{
	struct kota_tpm *tpm = kota_tpm_open(KOTA_TPM_MANAGED);
	int err = -1;

	if (tpm && !kota_tpm_lend_owner(tpm, &req->owner) &&
	    !warn_unowned(tpm, req) && !check_pcr(tpm, dev, cap))
		err = kota_tpm_make_primary(tpm, KOTA_SRK_HANDLE);
	kota_tpm_close(tpm);
	return err;
}

/*
 * What is sealed is unsealed once, to see that a boot will be able to; unless the PCR
 * has been extended in this boot, which load-keys does though there is nothing to load.
 */
static int put_root(const struct kota_device *dev, const struct request *req)
{
	u8 policy[KOTA_DIGEST_LEN], blob[KOTA_MAX_BLOB_LEN];
	enum kota_cap cap = KOTA_CAP_OPEN;
	size_t len;

	if (prepare_tpm(dev, req, &cap) ||
	    kota_tpm_policy_digest(dev->cap_pcr, policy))
		return -1;
	if (cap == KOTA_CAP_CLOSED) {
		kota_note(
			"PCR %u has been extended in this boot: whether the TPM unseals the root key shows in the next one",
			dev->cap_pcr);
		return kota_keyring_make_root(dev, policy);
	}
	return kota_keyring_seal_root(policy, blob, &len) ||
			       kota_keyring_load_root(dev, blob, len) ?
		       -1 :
		       0;
}

static int make_root(struct kota_netlink *nl, struct kota_device *dev,
		     const struct request *req)
{
	if (put_root(dev, req))
		return -1;
	if (kota_netlink_order(nl, KOTA_CMD_PROVISION, KOTA_A_DEVICE_OWNER_AUTH,
			       req->owner.data, req->owner.len)) {
		kota_keyring_drop_root(dev);
		return kota_error(
			"not provisioned; if the reason above is mended, reboot and run this again");
	}
	kota_note("provisioned");
	return kota_device_get(nl, dev);
}

static int provision(struct kota_netlink *nl, struct kota_device *dev,
		     const struct request *req)
{
	int err = kota_device_get(nl, dev);

	if (err)
		return err;
	if (dev->recovery)
		return make_root(nl, dev, req);
	switch (dev->key_state) {
	case KOTA_KEY_STATE_LOADED:
		kota_note("provisioned already");
		return 0;
	case KOTA_KEY_STATE_SEALED:
		kota_note("provisioned already; loading the keys");
		return kota_identity_load(nl, dev);
	case KOTA_KEY_STATE_UNPROVISIONED:
		return make_root(nl, dev, req);
	default:
		return kota_error(
			"the state record is not usable (rollback: %s); see RECOVERY in kota(8)",
			dev->rollback);
	}
}

static int read_auth(const char *path, struct kota_tpm_auth *auth)
{
	u8 *data = kota_file_read(path, sizeof(auth->data), &auth->len);

	if (!data)
		return -1;
	memcpy(auth->data, data, auth->len);
	OPENSSL_cleanse(data, auth->len);
	free(data);
	return 0;
}

/* A TPM does not count zeros at the end: of nothing else, they are no value at all. */
static int check_length(const char *path, const struct kota_tpm_auth *auth)
{
	size_t len = auth->len;

	while (len && !auth->data[len - 1])
		len--;
	if (len >= MIN_AUTH_LEN)
		return 0;
	return kota_error(
		"%s: an authorization has %d to %d bytes, this one has %zu; remove the file to get a new one",
		path, MIN_AUTH_LEN, KOTA_TPM_MAX_AUTH, len);
}

/* Kept first: what is cut off must not leave a TPM whose owner nobody knows. */
static int make_auth(const struct request *req, bool owned,
		     struct kota_tpm_auth *auth)
{
	const char *out = req->out;

	if (out && !access(out, F_OK))
		return read_auth(out, auth) ? -1 : check_length(out, auth);
	if (out && owned && !req->owner.len)
		return kota_error(
			"the TPM has an owner already, so nothing is set and %s is not made; lend the owner's authorization by --owner-auth",
			out);
	auth->len = NEW_AUTH_LEN;
	if (RAND_priv_bytes(auth->data, auth->len) != 1)
		return kota_error_openssl("random bytes");
	return out ? kota_file_write(out, 0600, auth->data, auth->len) : 0;
}

/* What is kept is worth something only if it is what the TPM wants. */
static int set_auth(struct kota_tpm *tpm, const struct request *req,
		    const struct kota_tpm_auth *auth)
{
	if (kota_tpm_take_ownership(tpm, auth))
		return -1;
	if (req->out && kota_tpm_check_owner(tpm, auth))
		return kota_error(
			"%s: not what the TPM's owner wants; find the right one, or lend it by --owner-auth",
			req->out);
	kota_note("TPM: owner and lockout authorization are set%s%s",
		  req->out ? "; the owner's is in " : "",
		  req->out ? req->out : "");
	return 0;
}

static int take_ownership(const struct request *req)
{
	struct kota_tpm *tpm = kota_tpm_open(KOTA_TPM_MANAGED);
	struct kota_tpm_auth auth = { 0 };
	bool owned = false;
	int err = -1;

	if (tpm && !kota_tpm_is_owned(tpm, &owned) &&
	    !kota_tpm_lend_owner(tpm, &req->owner) &&
	    !make_auth(req, owned, &auth))
		err = set_auth(tpm, req, &auth);
	kota_tpm_close(tpm);
	OPENSSL_cleanse(&auth, sizeof(auth));
	return err;
}

/* Return: 0, or enum kota_exit plus 1. */
static int read_options(int argc, char **argv, struct request *req)
{
	int opt;

	while ((opt = kota_getopt(argc, argv, options, usage)) !=
	       KOTA_OPT_END) {
		switch (opt) {
		case KOTA_OPT_HELP:
			return 1 + KOTA_EXIT_OK;
		case OPT_OWNER_AUTH:
			if (read_auth(optarg, &req->owner))
				return 1 + KOTA_EXIT_REFUSED;
			break;
		case OPT_OUT:
			req->out = optarg;
			req->take = true;
			break;
		case OPT_TAKE:
			req->take = true;
			break;
		default:
			return 1 + KOTA_EXIT_USAGE;
		}
	}
	if (optind < argc)
		return 1 + kota_usage("'%s': provision takes options only",
				      argv[optind]);
	return 0;
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
	struct request req = { 0 };
	int stop = read_options(argc, argv, &req);
	struct kota_netlink *nl;
	struct kota_device dev;
	int err;

	if (stop)
		return stop - 1;
	nl = kota_netlink_open();
	err = nl ? provision(nl, &dev, &req) : -1;
	kota_netlink_close(nl);
	if (!err && req.take)
		err = take_ownership(&req);
	OPENSSL_cleanse(&req.owner, sizeof(req.owner));
	if (!err)
		err = kota_identity_print(&dev);
	return err ? KOTA_EXIT_REFUSED : KOTA_EXIT_OK;
}
