// SPDX-License-Identifier: GPL-2.0
/*
 * "kota pack": reads what the manifest is to say from the command line, from a
 * description, or from both.
 */

#include <sys/stat.h>

#include "helper.h"

static const char usage[] =
	"Usage: kota pack --image FILE --target NAME --image-version V\n"
	"                 --sequence N --vendor UUID --class UUID --release TEXT\n"
	"                 -o FILE|DIRECTORY [OPTION]...\n"
	"       kota pack --description FILE -o FILE|DIRECTORY [OPTION]...\n"
	"       kota pack --statement --sequence N --vendor UUID --class UUID\n"
	"                 --release TEXT -o FILE|DIRECTORY [OPTION]...\n"
	"Makes an unsigned deliverable. Sign and wrap it next. Beside it come FILE.cek,\n"
	"the secret key for 'kota wrap', and FILE.manifest, the bytes that are signed.\n"
	"\n"
	"      --description FILE     all that follows, and several images, from a file;\n"
	"                             options for the manifest outdo what it says\n"
	"      --statement            no image: only what is said about keys and sequence\n"
	"  -o, --output FILE          the deliverable; in a directory: update.kota\n"
	"\n"
	"The manifest:\n"
	"      --sequence N           grows with each deliverable for a device\n"
	"      --vendor UUID          who makes the device\n"
	"      --class UUID           which devices it is for\n"
	"      --release TEXT         name of this release, for people\n"
	"      --update UUID          id of this update (default: random)\n"
	"      --level LEVEL          basic (default), upgraded: the least to accept\n"
	"      --consent KIND         none (default), notify\n"
	"      --manifest-digest NAME sha256 (default), sha3-256\n"
	"      --handling WORD        erase-slot, no-resume, reboot-now, external-power;\n"
	"                             may be given many times\n"
	"      --min-sequence N       devices refuse anything below from then on\n"
	"      --revoke SIGNER        a certificate, or a key id in hex: never again\n"
	"      --retire SIGNER:N      good only up to sequence number N\n"
	"      --recovery             permits to provision anew; with --statement only\n"
	"\n"
	"The image:\n"
	"      --image FILE           what is to be installed\n"
	"      --target NAME          where to: a name in the device's table\n"
	"      --image-version V      version of the image\n"
	"      --cipher NAME          aes-256-gcm (default), aes-128-gcm\n"
	"      --digest NAME          sha256 (default), sha3-256\n"
	"      --chunk SIZE           4K to 1M, a power of two (default 64K)\n"
	"      --compress KIND        none (default), zstd, zstd:LEVEL\n"
	"      --precondition V       only where this version is installed\n"
	"  -h, --help                 show this\n";

enum {
	OPT_DESCRIPTION = 256,
	OPT_STATEMENT,
	OPT_SEQUENCE,
	OPT_VENDOR,
	OPT_CLASS,
	OPT_RELEASE,
	OPT_UPDATE,
	OPT_LEVEL,
	OPT_CONSENT,
	OPT_MANIFEST_DIGEST,
	OPT_HANDLING,
	OPT_MIN_SEQUENCE,
	OPT_REVOKE,
	OPT_RETIRE,
	OPT_RECOVERY,
	/* of the image, all that follow */
	OPT_IMAGE,
	OPT_TARGET,
	OPT_VERSION,
	OPT_CIPHER,
	OPT_DIGEST,
	OPT_CHUNK,
	OPT_COMPRESS,
	OPT_PRECONDITION,
	OPT_BEYOND,
};

static const struct option options[] = {
	{ "description", required_argument, NULL, OPT_DESCRIPTION },
	{ "statement", no_argument, NULL, OPT_STATEMENT },
	{ "output", required_argument, NULL, 'o' },
	{ "sequence", required_argument, NULL, OPT_SEQUENCE },
	{ "vendor", required_argument, NULL, OPT_VENDOR },
	{ "class", required_argument, NULL, OPT_CLASS },
	{ "release", required_argument, NULL, OPT_RELEASE },
	{ "update", required_argument, NULL, OPT_UPDATE },
	{ "level", required_argument, NULL, OPT_LEVEL },
	{ "consent", required_argument, NULL, OPT_CONSENT },
	{ "manifest-digest", required_argument, NULL, OPT_MANIFEST_DIGEST },
	{ "handling", required_argument, NULL, OPT_HANDLING },
	{ "min-sequence", required_argument, NULL, OPT_MIN_SEQUENCE },
	{ "revoke", required_argument, NULL, OPT_REVOKE },
	{ "retire", required_argument, NULL, OPT_RETIRE },
	{ "recovery", no_argument, NULL, OPT_RECOVERY },
	{ "image", required_argument, NULL, OPT_IMAGE },
	{ "target", required_argument, NULL, OPT_TARGET },
	{ "image-version", required_argument, NULL, OPT_VERSION },
	{ "cipher", required_argument, NULL, OPT_CIPHER },
	{ "digest", required_argument, NULL, OPT_DIGEST },
	{ "chunk", required_argument, NULL, OPT_CHUNK },
	{ "compress", required_argument, NULL, OPT_COMPRESS },
	{ "precondition", required_argument, NULL, OPT_PRECONDITION },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* As they were given; a description, wherever it is named, comes first. */
struct given {
	int opt;
	const char *text;
};

static const char *option_name(int opt)
{
	const struct option *o = options;

	while (o->name && o->val != opt)
		o++;
	return o->name ? o->name : "";
}

static bool is_of_image(int opt)
{
	return opt >= OPT_IMAGE && opt < OPT_BEYOND;
}

static int take_retire(const char *text, struct kota_manifest *m)
{
	char *signer = strdup(text), *colon;
	int err;

	if (!signer)
		return kota_error("no memory");
	colon = strrchr(signer, ':');
	if (!colon) {
		err = kota_error(
			"--retire %s: SIGNER:N is wanted, with the last sequence number that it may sign",
			text);
	} else {
		*colon = '\0';
		err = kota_field_retire("--retire", signer, colon + 1, m);
	}
	free(signer);
	return err;
}

static int take_of_image(struct kota_pack_image *pi, int opt, const char *what,
			 const char *text)
{
	struct kota_image *image = &pi->image;

	switch (opt) {
	case OPT_IMAGE:
		free(pi->path);
		pi->path = strdup(text);
		return pi->path ? 0 : kota_error("no memory");
	case OPT_TARGET:
		return kota_field_target(what, text, image->target);
	case OPT_VERSION:
		return kota_field_text(what, text, image->version,
				       sizeof(image->version));
	case OPT_PRECONDITION:
		return kota_field_text(what, text, image->precondition,
				       sizeof(image->precondition));
	case OPT_CIPHER:
		return kota_field_name(what, kota_cipher_names, text,
				       &image->cipher);
	case OPT_DIGEST:
		return kota_field_name(what, kota_digest_names, text,
				       &image->digest);
	case OPT_CHUNK:
		return kota_field_chunk(what, text, &image->log2_chunk);
	}
	return kota_field_compress(what, text, pi);
}

static int take_of_manifest(struct kota_pack_request *req, int opt,
			    const char *what, const char *text)
{
	struct kota_manifest *m = &req->manifest;

	switch (opt) {
	case 'o':
		req->output = text;
		return 0;
	case OPT_STATEMENT:
		req->statement = true;
		return 0;
	case OPT_RECOVERY:
		m->flags |= htole32(KOTA_FLAG_RECOVERY);
		return 0;
	case OPT_RELEASE:
		return kota_field_text(what, text, m->release,
				       sizeof(m->release));
	case OPT_SEQUENCE:
		return kota_field_sequence(what, text, &m->sequence);
	case OPT_MIN_SEQUENCE:
		return kota_field_sequence(what, text, &m->min_sequence);
	case OPT_VENDOR:
		return kota_field_uuid(what, text, m->vendor_id);
	case OPT_CLASS:
		return kota_field_uuid(what, text, m->class_id);
	case OPT_UPDATE:
		return kota_field_uuid(what, text, m->update_id);
	case OPT_LEVEL:
		return kota_field_name(what, kota_level_names, text, &m->level);
	case OPT_CONSENT:
		return kota_field_name(what, kota_consent_names, text,
				       &m->consent);
	case OPT_MANIFEST_DIGEST:
		return kota_field_name(what, kota_digest_names, text,
				       &m->digest);
	case OPT_HANDLING:
		return kota_field_handling(what, text, m);
	case OPT_REVOKE:
		return kota_field_revoke(what, text, m);
	case OPT_RETIRE:
		return take_retire(text, m);
	}
	return -1;
}

static int take(struct kota_pack_request *req, const struct given *g)
{
	char what[64];

	snprintf(what, sizeof(what), "--%s", option_name(g->opt));
	if (!is_of_image(g->opt))
		return take_of_manifest(req, g->opt, what, g->text);
	if (req->description)
		return kota_error(
			"%s: with --description images are described in %s",
			what, req->description);
	if (!req->nr_images && !kota_pack_add_image(req, NULL))
		return -1;
	return take_of_image(&req->image[0], g->opt, what, g->text);
}

static int take_all(struct kota_pack_request *req, const struct given *given,
		    size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (given[i].opt == OPT_DESCRIPTION && req->description)
			return kota_error("--description: only one is taken");
		else if (given[i].opt == OPT_DESCRIPTION)
			req->description = given[i].text;
	if (req->description && kota_description_read(req->description, req))
		return -1;
	for (i = 0; i < nr; i++)
		if (given[i].opt != OPT_DESCRIPTION && take(req, &given[i]))
			return -1;
	return 0;
}

/* A directory takes update.kota. */
static char *output_path(const char *output)
{
	struct stat st;
	char *path;

	if (stat(output, &st) || !S_ISDIR(st.st_mode))
		return strdup(output);
	return asprintf(&path, "%s/update.kota", output) < 0 ? NULL : path;
}

static int pack(struct kota_pack_request *req)
{
	char *path = output_path(req->output);
	int err;

	if (!path)
		return kota_error("no memory");
	req->output = path;
	err = kota_pack(req);
	if (!err && req->statement) {
		printf("%s: a statement, not signed yet; it needs no wrapping\n",
		       path);
	} else if (!err) {
		printf("%s: packed, neither signed nor wrapped yet\n", path);
		printf("%s.cek: secret, for 'kota wrap'; never ship it\n",
		       path);
	}
	if (!err)
		printf("%s.manifest: what is signed\n", path);
	free(path);
	return err;
}

/* Return: enum kota_exit. */
static int run(struct kota_pack_request *req, int argc, char **argv,
	       struct given *given)
{
	size_t nr = 0;
	int opt;

	while ((opt = kota_getopt(argc, argv, options, usage)) !=
	       KOTA_OPT_END) {
		if (opt == KOTA_OPT_HELP)
			return KOTA_EXIT_OK;
		if (opt == KOTA_OPT_BAD)
			return KOTA_EXIT_USAGE;
		given[nr++] = (struct given){ opt, optarg };
	}
	if (optind < argc)
		return kota_usage(
			"'%s': pack takes options only; the image is --image FILE",
			argv[optind]);
	if (take_all(req, given, nr) || kota_pack_check(req))
		return KOTA_EXIT_USAGE;
	return pack(req) ? KOTA_EXIT_REFUSED : KOTA_EXIT_OK;
}

/**
 * kota_cmd_pack() - run "kota pack"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_pack(int argc, char **argv)
{
	struct kota_pack_request *req = calloc(1, sizeof(*req));
	struct given *given = calloc(argc, sizeof(*given));
	int code = KOTA_EXIT_REFUSED;

	if (req && given)
		code = run(req, argc, argv, given);
	else
		kota_error("no memory");
	if (req)
		kota_pack_release(req);
	free(req);
	free(given);
	return code;
}
