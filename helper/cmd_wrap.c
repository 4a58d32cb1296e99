// SPDX-License-Identifier: GPL-2.0
/*
 * "kota wrap": adds envelopes, so that the devices named can open a package.
 */

#include <search.h>
#include <openssl/crypto.h>

#include "helper.h"

static const char usage[] =
	"Usage: kota wrap --device IDENTITY|FILE [--device ...] [OPTION]... FILE\n"
	"Wraps the content key of a deliverable for devices. An older envelope for the\n"
	"same device is replaced. Signatures stay good.\n"
	"\n"
	"      --device WHAT   'kota-device-v1 p256 1 BASE64', as 'kota provision' prints\n"
	"                      it, or a file of such lines; may be given many times\n"
	"      --cek FILE      the content key that pack wrote (default: FILE.cek)\n"
	"      --detach OUT    put the envelopes into a file of their own, for\n"
	"                      'kota envelope' on the device; FILE stays as it is\n"
	"  -h, --help          show this\n";

enum { OPT_DEVICE = 256, OPT_CEK, OPT_DETACH };

static const struct option options[] = {
	{ "device", required_argument, NULL, OPT_DEVICE },
	{ "cek", required_argument, NULL, OPT_CEK },
	{ "detach", required_argument, NULL, OPT_DETACH },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct wrapping {
	const char *path;
	const char *cek_path;
	const char *detach;
	struct kota_device_public *dev;
	size_t nr_devs;
	struct kota_content_key key;
};

static int add_device(struct wrapping *w, const char *line)
{
	struct kota_device_public *more =
		realloc(w->dev, (w->nr_devs + 1) * sizeof(*more));

	if (!more)
		return kota_error("no memory");
	w->dev = more;
	if (kota_envelope_parse_device(line, &more[w->nr_devs]))
		return -1;
	w->nr_devs++;
	return 0;
}

/* Empty lines and comments are for people. */
static int add_devices(struct wrapping *w, const char *path)
{
	size_t before = w->nr_devs, size = 0;
	FILE *file = fopen(path, "re");
	char *line = NULL;
	int err = 0, nr;

	if (!file)
		return kota_error_errno(
			"--device %s: neither a device identity nor a file that can be read",
			path);
	for (nr = 1; !err && getline(&line, &size, file) > 0; nr++) {
		if (line[strspn(line, " \t\r\n")] && line[0] != '#')
			err = add_device(w, line);
		if (err)
			kota_error("%s: line %d is at fault", path, nr);
	}
	if (!err && w->nr_devs == before)
		err = kota_error("%s: no device identity in it", path);
	free(line);
	fclose(file);
	return err;
}

static int take_option(struct wrapping *w, int opt)
{
	if (opt == OPT_CEK) {
		w->cek_path = optarg;
		return 0;
	}
	if (opt == OPT_DETACH) {
		w->detach = optarg;
		return 0;
	}
	if (!strncmp(optarg, KOTA_IDENTITY_WORD " ",
		     sizeof(KOTA_IDENTITY_WORD)))
		return add_device(w, optarg);
	return add_devices(w, optarg);
}

static int load_cek(struct wrapping *w)
{
	u8 *cek;
	size_t len;

	cek = kota_file_read(w->cek_path, KOTA_CEK_LEN, &len);
	if (!cek)
		return -1;
	if (len == KOTA_CEK_LEN)
		memcpy(w->key.cek, cek, KOTA_CEK_LEN);
	OPENSSL_cleanse(cek, len);
	free(cek);
	return len == KOTA_CEK_LEN ?
		       0 :
		       kota_error("%s: not a content key, which has %d bytes",
				  w->cek_path, KOTA_CEK_LEN);
}

/* A device would find out that the key is another package's; say it here. */
static int check_cek(struct wrapping *w, struct kota_package *pkg)
{
	const struct kota_manifest *manifest = kota_package_manifest(pkg);
	static u8 block[KOTA_TABLE_BLOCK_LEN + KOTA_TAG_LEN];
	struct kota_cipher_ctx ctx = { NULL };
	size_t len;
	int err;

	memcpy(w->key.salt, manifest->salt, sizeof(w->key.salt));
	if (kota_format_digest(manifest->digest, pkg->manifest,
			       pkg->manifest_len, w->key.manifest_digest) ||
	    kota_package_first_block(pkg, block, sizeof(block), &len))
		return -1;
	err = kota_format_seal_begin(&ctx, &w->key, KOTA_LABEL_TABLE, 0,
				     kota_manifest_images(manifest)->cipher);
	if (!err && kota_format_open(&ctx, 0, block, len, block))
		err = kota_error(
			"%s: not the content key of %s; pack writes the two together",
			w->cek_path, w->path);
	OPENSSL_cleanse(block, sizeof(block));
	kota_format_seal_end(&ctx);
	return err;
}

/* For whom, by what: the heads of two envelopes. */
static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct kota_envelope));
}

static void leave(void *envelope)
{
	(void)envelope;
}

/* Room for one more for each device. With those that are there, in a tree. */
static int make_room(const struct wrapping *w, struct kota_package *pkg,
		     void **tree)
{
	struct kota_envelope env;
	size_t off = 0, next = 0;
	u8 *more = realloc(pkg->envelopes,
			   pkg->envelopes_len +
				   w->nr_devs * KOTA_P256_ENVELOPE_LEN);

	if (!more)
		return kota_error("no memory");
	pkg->envelopes = more;
	for (; kota_package_next_envelope(pkg, &next, &env); off = next)
		if (!tsearch(more + off, tree, compare))
			return kota_error("no memory");
	return 0;
}

/* The envelopes that a deliverable brings are limited, those apart are not. */
static int check_room(const struct wrapping *w, const struct kota_package *pkg)
{
	if (w->detach || pkg->envelopes_len <= KOTA_MAX_ENVELOPES_LEN)
		return 0;
	return kota_error(
		"%s: the envelopes in it are limited to %u bytes, %zu devices; those in a file of their own (--detach) are not",
		pkg->path, KOTA_MAX_ENVELOPES_LEN,
		KOTA_MAX_ENVELOPES_LEN / KOTA_P256_ENVELOPE_LEN);
}

/* Over the one that this device has already, or behind all. */
static int wrap_for(const struct wrapping *w, struct kota_package *pkg,
		    const struct kota_device_public *dev, void **tree)
{
	u8 *place = pkg->envelopes + pkg->envelopes_len, **found;
	struct kota_envelope head = {
		.suite = htole16(dev->suite),
		.enc_len = htole16(KOTA_P256_PUBLIC_LEN),
	};

	memcpy(head.device, dev->id, sizeof(head.device));
	memcpy(place, &head, sizeof(head));
	found = tsearch(place, tree, compare);
	if (!found)
		return kota_error("no memory");
	if (*found == place)
		pkg->envelopes_len += KOTA_P256_ENVELOPE_LEN;
	if (check_room(w, pkg))
		return -1;
	return kota_envelope_make(dev, w->key.manifest_digest, w->key.cek,
				  *found);
}

static int wrap_all(const struct wrapping *w, struct kota_package *pkg)
{
	void *tree = NULL;
	size_t i;
	int err = make_room(w, pkg, &tree);

	for (i = 0; !err && i < w->nr_devs; i++)
		err = wrap_for(w, pkg, &w->dev[i], &tree);
	tdestroy(tree, leave);
	return err;
}

static int wrap_package(struct wrapping *w, struct kota_package *pkg)
{
	if (!kota_package_manifest(pkg)->nr_images)
		return kota_error(
			"%s: a statement has no images, so there is no key to wrap; sign it, and it is complete",
			pkg->path);
	if (load_cek(w) || check_cek(w, pkg))
		return -1;
	if (w->detach)
		pkg->envelopes_len = 0;
	if (wrap_all(w, pkg))
		return -1;
	if (w->detach)
		return kota_file_write(w->detach, 0644, pkg->envelopes,
				       pkg->envelopes_len);
	return kota_package_rewrite(pkg);
}

static int wrap(struct wrapping *w)
{
	char *beside = NULL, hex[2 * KOTA_DIGEST_LEN + 1];
	struct kota_package pkg;
	size_t i;
	int err;

	if (!w->cek_path && asprintf(&beside, "%s.cek", w->path) < 0)
		return kota_error("no memory");
	if (!w->cek_path)
		w->cek_path = beside;
	err = kota_package_open(&pkg, w->path);
	if (!err)
		err = wrap_package(w, &pkg);
	kota_package_close(&pkg);
	OPENSSL_cleanse(&w->key, sizeof(w->key));
	for (i = 0; !err && i < w->nr_devs; i++) {
		kota_text_from_hex(w->dev[i].id, KOTA_DIGEST_LEN, hex);
		printf("%s: wrapped for device %s\n",
		       w->detach ? w->detach : w->path, hex);
	}
	free(beside);
	return err;
}

static int parse_options(struct wrapping *w, int argc, char **argv)
{
	int opt;

	while ((opt = kota_getopt(argc, argv, options, usage)) !=
	       KOTA_OPT_END) {
		if (opt == KOTA_OPT_HELP)
			return KOTA_EXIT_OK;
		if (opt == KOTA_OPT_BAD || take_option(w, opt))
			return KOTA_EXIT_USAGE;
	}
	if (optind + 1 != argc)
		return kota_usage("one FILE is wanted; see 'kota wrap --help'");
	if (!w->nr_devs)
		return kota_usage(
			"--device is missing; 'kota provision' on the device prints what to give");
	w->path = argv[optind];
	return wrap(w) ? KOTA_EXIT_REFUSED : KOTA_EXIT_OK;
}

/**
 * kota_cmd_wrap() - run "kota wrap"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_wrap(int argc, char **argv)
{
	struct wrapping w = { NULL };
	int code = parse_options(&w, argc, argv);

	free(w.dev);
	return code;
}
