// SPDX-License-Identifier: GPL-2.0
/*
 * "kota envelope": gives the kernel envelopes ahead of their deliverables.
 */

#include <linux/kota_netlink.h>

#include "helper.h"

/* A file for a fleet: two million devices. */
#define MAX_FILE_LEN (256U << 20)

static const char usage[] =
	"Usage: kota envelope FILE\n"
	"Gives the kernel the envelopes for this device that are in a file, for\n"
	"deliverables that come without one. It keeps 16, the oldest goes first, and\n"
	"forgets them at reboot. 'kota wrap --detach' makes such files.\n"
	"\n"
	"  -h, --help   show this\n";

/* The first one in @data, or NULL after saying that there is none. */
static const struct kota_envelope *next(const char *path, const u8 *data,
					size_t left, size_t *len)
{
	const struct kota_envelope *env = (const void *)data;

	*len = sizeof(*env) + KOTA_WRAPPED_LEN;
	if (left >= *len)
		*len += le16_to_cpu(env->enc_len);
	if (left >= *len && !env->reserved &&
	    le16_to_cpu(env->enc_len) <= KOTA_MAX_ENC_LEN)
		return env;
	kota_error(
		"%s: not a file of envelopes; 'kota wrap --detach' makes one",
		path);
	return NULL;
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
		const char *path, const u8 *data, size_t left)
{
	const struct kota_envelope *env;
	unsigned int nr = 0;
	size_t len;

	for (; left; data += len, left -= len) {
		env = next(path, data, left, &len);
		if (!env)
			return -1;
		if (!is_for(dev, env))
			continue;
		if (kota_netlink_order(nl, KOTA_CMD_ENVELOPE_ADD,
				       KOTA_A_DEVICE_ENVELOPE, env, len))
			return -1;
		nr++;
	}
	if (!nr)
		return kota_error(
			"%s: no envelope in it is for this device; 'kota status' shows its identity",
			path);
	printf("%u given ahead\n", nr);
	return 0;
}

static int run(const char *path)
{
	struct kota_netlink *nl = kota_netlink_open();
	static struct kota_device dev;
	u8 *data = NULL;
	size_t len = 0;
	int err = nl ? kota_device_get(nl, &dev) : -1;

	if (!err && !dev.has_public)
		err = kota_error(
			"the keys are not loaded in this boot, so it is not known which envelopes are for this device; run 'kota load-keys'");
	if (!err)
		data = kota_file_read(path, MAX_FILE_LEN, &len);
	if (data)
		err = give(nl, &dev, path, data, len);
	else
		err = -1;
	free(data);
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
