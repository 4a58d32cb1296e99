// SPDX-License-Identifier: GPL-2.0
/*
 * "kota envelope": gives the kernel envelopes ahead of their deliverables.
 */

#include <linux/kota_netlink.h>

#include "helper.h"

static const char usage[] =
	"Usage: kota envelope FILE\n"
	"Gives the kernel the envelopes for this device that are in a file, for\n"
	"deliverables that come without one. It keeps 16, the oldest goes first, and\n"
	"forgets them at reboot. 'kota wrap --detach' makes such files.\n"
	"\n"
	"  -h, --help   show this\n";

/* One of them, of whatever suite. */
struct one {
	struct kota_envelope head;
	u8 rest[KOTA_MAX_ENC_LEN + KOTA_WRAPPED_LEN];
};

/* Return: bytes of the next one, 0 at the end, -1 after saying what is wrong. */
static ssize_t read_one(FILE *file, const char *path, struct one *one)
{
	size_t nr = fread(&one->head, 1, sizeof(one->head), file);
	size_t rest = le16_to_cpu(one->head.enc_len) + KOTA_WRAPPED_LEN;

	if (!nr && feof(file))
		return 0;
	if (nr == sizeof(one->head) && !one->head.reserved &&
	    rest <= sizeof(one->rest) &&
	    fread(one->rest, 1, rest, file) == rest)
		return sizeof(one->head) + rest;
	if (ferror(file))
		return kota_error_errno("%s: cannot be read", path);
	return kota_error(
		"%s: not a file of envelopes; 'kota wrap --detach' makes one",
		path);
}

static int key_id(const struct kota_device_public *key, u8 id[KOTA_DIGEST_LEN])
{
	return kota_format_digest(KOTA_DIGEST_SHA256, key->key,
				  sizeof(key->key), id);
}

static bool is_for(const struct kota_device *dev,
		   const struct kota_envelope *env)
{
	u8 id[KOTA_DIGEST_LEN];
	unsigned int i;

	if (!key_id(&dev->identity, id) && !memcmp(id, env->device, sizeof(id)))
		return true;
	for (i = 0; i < dev->nr_keys; i++)
		if (!key_id(&dev->key[i], id) &&
		    !memcmp(id, env->device, sizeof(id)))
			return true;
	return false;
}

static int give(struct kota_netlink *nl, const struct kota_device *dev,
		const char *path, FILE *file)
{
	struct one one = { 0 };
	unsigned int nr = 0;
	ssize_t len;

	while ((len = read_one(file, path, &one)) > 0) {
		if (!is_for(dev, &one.head))
			continue;
		if (kota_netlink_order(nl, KOTA_CMD_ENVELOPE_ADD,
				       KOTA_A_DEVICE_ENVELOPE, &one, len))
			return -1;
		nr++;
	}
	if (len < 0)
		return -1;
	if (!nr)
		return kota_error(
			"%s: no envelope in it is for this device; 'kota status' shows its identity",
			path);
	printf("%u given ahead\n", nr);
	return 0;
}

static int give_file(struct kota_netlink *nl, const char *path)
{
	static struct kota_device dev;
	FILE *file;
	int err = kota_device_get(nl, &dev);

	if (err)
		return err;
	if (!dev.has_public)
		return kota_error(
			"the keys are not loaded in this boot, so it is not known which envelopes are for this device; run 'kota load-keys'");
	file = fopen(path, "re");
	if (!file)
		return kota_error_errno("%s: cannot be read", path);
	err = give(nl, &dev, path, file);
	fclose(file);
	return err;
}

static int run(const char *path)
{
	struct kota_netlink *nl = kota_netlink_open();
	int err = nl ? give_file(nl, path) : -1;

	kota_netlink_close(nl);
	return err;
}

/**
 * kota_cmd_envelope() - run "kota envelope"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_envelope(int argc, char **argv)
{
	int opt = kota_getopt(argc, argv, kota_no_options, usage);

	if (opt == KOTA_OPT_HELP)
		return KOTA_EXIT_OK;
	if (opt == KOTA_OPT_BAD)
		return KOTA_EXIT_USAGE;
	if (optind + 1 != argc)
		return kota_usage("one FILE is wanted");
	return run(argv[optind]) ? KOTA_EXIT_REFUSED : KOTA_EXIT_OK;
}
