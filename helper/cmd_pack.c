// SPDX-License-Identifier: GPL-2.0
/*
 * "kota pack": reads what the manifest is to say from the command line.
 */

#include <sys/stat.h>
#include <time.h>
#include <openssl/rand.h>

#include "helper.h"

static const char usage[] =
	"Usage: kota pack --image FILE --target NAME --image-version V --sequence N\n"
	"                 --vendor UUID --class UUID --release TEXT -o FILE|DIRECTORY\n"
	"                 [OPTION]...\n"
	"Makes an unsigned deliverable. Sign and wrap it next. Beside it come FILE.cek,\n"
	"the secret key for 'kota wrap', and FILE.manifest, the bytes that are signed.\n"
	"\n"
	"      --image FILE           what is to be installed\n"
	"      --target NAME          where to: a name in the device's table\n"
	"      --image-version V      version of the image\n"
	"      --sequence N           grows with each deliverable for a device\n"
	"      --vendor UUID          who makes the device\n"
	"      --class UUID           which devices it is for\n"
	"      --release TEXT         name of this release, for people\n"
	"  -o, --output FILE          the deliverable; in a directory: update.kota\n"
	"      --update UUID          id of this update (default: random)\n"
	"      --level LEVEL          basic (default), upgraded: the least to accept\n"
	"      --consent KIND         none (default), notify\n"
	"      --cipher NAME          aes-256-gcm (default), aes-128-gcm\n"
	"      --digest NAME          of the image: sha256 (default), sha3-256\n"
	"      --manifest-digest NAME of the manifest: sha256 (default), sha3-256\n"
	"      --chunk SIZE           4K to 1M, a power of two (default 64K)\n"
	"      --precondition V       only where this version is installed\n"
	"  -h, --help                 show this\n";

enum {
	OPT_IMAGE = 256,
	OPT_TARGET,
	OPT_VERSION,
	OPT_SEQUENCE,
	OPT_VENDOR,
	OPT_CLASS,
	OPT_RELEASE,
	OPT_UPDATE,
	OPT_LEVEL,
	OPT_CONSENT,
	OPT_CIPHER,
	OPT_DIGEST,
	OPT_MANIFEST_DIGEST,
	OPT_CHUNK,
	OPT_PRECONDITION,
};

static const struct option options[] = {
	{ "image", required_argument, NULL, OPT_IMAGE },
	{ "target", required_argument, NULL, OPT_TARGET },
	{ "image-version", required_argument, NULL, OPT_VERSION },
	{ "sequence", required_argument, NULL, OPT_SEQUENCE },
	{ "vendor", required_argument, NULL, OPT_VENDOR },
	{ "class", required_argument, NULL, OPT_CLASS },
	{ "release", required_argument, NULL, OPT_RELEASE },
	{ "output", required_argument, NULL, 'o' },
	{ "update", required_argument, NULL, OPT_UPDATE },
	{ "level", required_argument, NULL, OPT_LEVEL },
	{ "consent", required_argument, NULL, OPT_CONSENT },
	{ "cipher", required_argument, NULL, OPT_CIPHER },
	{ "digest", required_argument, NULL, OPT_DIGEST },
	{ "manifest-digest", required_argument, NULL, OPT_MANIFEST_DIGEST },
	{ "chunk", required_argument, NULL, OPT_CHUNK },
	{ "precondition", required_argument, NULL, OPT_PRECONDITION },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int take_text(const char *option, const char *text, char *member,
		     size_t size)
{
	if (!*text || !kota_text_is_clean(text, size))
		return kota_error(
			"%s: 1 to %zu characters of printable ASCII are wanted",
			option, size - 1);
	memset(member, 0, size);
	memcpy(member, text, strlen(text));
	return 0;
}

static int take_target(const char *text, char member[KOTA_NAME_LEN])
{
	if (!kota_text_is_name(text))
		return kota_error(
			"--target %s: a name has 1 to %d characters of a-z, 0-9 and '-'",
			text, KOTA_NAME_LEN - 1);
	return take_text("--target", text, member, KOTA_NAME_LEN);
}

static int take_uuid(const char *option, const char *text, u8 *uuid)
{
	if (!kota_text_uuid(text, uuid))
		return 0;
	return kota_error("%s %s: not a UUID; 'uuidgen' makes one", option,
			  text);
}

static int take_sequence(const char *text, __le64 *sequence)
{
	u64 value;

	if (kota_text_u64(text, &value) || !value)
		return kota_error("--sequence %s: a number from 1 on is wanted",
				  text);
	*sequence = htole64(value);
	return 0;
}

static int take_name(const char *option, const struct kota_name *names,
		     const char *text, u8 *member)
{
	int value = kota_name_value(names, option, text);

	if (value < 0)
		return -1;
	*member = value;
	return 0;
}

static int take_chunk(const char *text, u8 *log2_chunk)
{
	char digits[16];
	size_t len = strlen(text);
	u64 size = 0;
	int i, shift = 0;

	snprintf(digits, sizeof(digits), "%s", text);
	if (len && len < sizeof(digits) && strchr("kKM", text[len - 1])) {
		shift = text[len - 1] == 'M' ? 20 : 10;
		digits[len - 1] = '\0';
	}
	if (len < sizeof(digits) && !kota_text_u64(digits, &size))
		for (i = KOTA_MIN_LOG2_CHUNK; i <= KOTA_MAX_LOG2_CHUNK; i++)
			if (size && size <= 1U << 20 &&
			    size << shift == 1ULL << i) {
				*log2_chunk = i;
				return 0;
			}
	return kota_error(
		"--chunk %s: 4K, 8K, 16K, 32K, 64K, 128K, 256K, 512K or 1M is wanted",
		text);
}

static int take_option(struct kota_pack_request *req, int opt, const char *text)
{
	struct kota_manifest *m = &req->manifest;
	struct kota_image *image = &req->image;

	switch (opt) {
	case OPT_IMAGE:
		req->image_path = text;
		return 0;
	case 'o':
		req->output = text;
		return 0;
	case OPT_TARGET:
		return take_target(text, image->target);
	case OPT_VERSION:
		return take_text("--image-version", text, image->version,
				 sizeof(image->version));
	case OPT_PRECONDITION:
		return take_text("--precondition", text, image->precondition,
				 sizeof(image->precondition));
	case OPT_RELEASE:
		return take_text("--release", text, m->release,
				 sizeof(m->release));
	case OPT_SEQUENCE:
		return take_sequence(text, &m->sequence);
	case OPT_VENDOR:
		return take_uuid("--vendor", text, m->vendor_id);
	case OPT_CLASS:
		return take_uuid("--class", text, m->class_id);
	case OPT_UPDATE:
		return take_uuid("--update", text, m->update_id);
	case OPT_LEVEL:
		return take_name("--level", kota_level_names, text, &m->level);
	case OPT_CONSENT:
		return take_name("--consent", kota_consent_names, text,
				 &m->consent);
	case OPT_CIPHER:
		return take_name("--cipher", kota_cipher_names, text,
				 &image->cipher);
	case OPT_DIGEST:
		return take_name("--digest", kota_digest_names, text,
				 &image->digest);
	case OPT_MANIFEST_DIGEST:
		return take_name("--manifest-digest", kota_digest_names, text,
				 &m->digest);
	case OPT_CHUNK:
		return take_chunk(text, &image->log2_chunk);
	}
	return -1;
}

static bool is_zero(const u8 *data, size_t len)
{
	return !memchr_inv(data, 0, len);
}

static int check_complete(const struct kota_pack_request *req)
{
	const struct kota_manifest *m = &req->manifest;
	const struct {
		bool missing;
		const char *option;
	} wanted[] = {
		{ !req->image_path, "--image FILE" },
		{ !req->image.target[0], "--target NAME" },
		{ !req->image.version[0], "--image-version V" },
		{ !m->sequence, "--sequence N" },
		{ is_zero(m->vendor_id, KOTA_UUID_LEN), "--vendor UUID" },
		{ is_zero(m->class_id, KOTA_UUID_LEN), "--class UUID" },
		{ !m->release[0], "--release TEXT" },
		{ !req->output, "-o FILE" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		if (wanted[i].missing)
			return kota_error(
				"%s is missing; see 'kota pack --help'",
				wanted[i].option);
	return 0;
}

static int check_supported(const struct kota_pack_request *req)
{
	if (req->manifest.level > KOTA_LEVEL_UPGRADED)
		return kota_error(
			"--level %s: this version makes basic and upgraded",
			kota_name_of(kota_level_names, req->manifest.level));
	if (req->manifest.consent > KOTA_CONSENT_NOTIFY)
		return kota_error(
			"--consent required: this version makes none and notify");
	if (req->manifest.level >= KOTA_LEVEL_UPGRADED &&
	    req->image.cipher == KOTA_CIPHER_AES_128_GCM)
		return kota_error(
			"--cipher aes-128-gcm is below --level upgraded; use aes-256-gcm");
	return 0;
}

/* Reproducible where somebody asks for it, as reproducible-builds.org says. */
static int set_made(struct kota_manifest *m)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	u64 made = time(NULL);

	if (epoch && kota_text_u64(epoch, &made))
		return kota_error(
			"SOURCE_DATE_EPOCH=%s: seconds since 1970 are wanted",
			epoch);
	m->made = htole64(made);
	return 0;
}

static int set_defaults(struct kota_pack_request *req)
{
	struct kota_manifest *m = &req->manifest;

	memcpy(m->magic, KOTA_MANIFEST_MAGIC, KOTA_MAGIC_LEN);
	m->version = htole16(KOTA_FORMAT_VERSION);
	m->nr_images = htole16(1);
	if (!req->image.cipher)
		req->image.cipher = KOTA_CIPHER_AES_256_GCM;
	if (is_zero(m->update_id, KOTA_UUID_LEN)) {
		if (RAND_bytes(m->update_id, KOTA_UUID_LEN) != 1)
			return kota_error_openssl("random numbers");
		m->update_id[6] = (m->update_id[6] & 0x0f) |
				  0x40; /* version 4 */
		m->update_id[8] = (m->update_id[8] & 0x3f) |
				  0x80; /* RFC 9562 */
	}
	return set_made(m);
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
	if (!err) {
		printf("%s: packed, neither signed nor wrapped yet\n", path);
		printf("%s.cek: secret, for 'kota wrap'; never ship it\n",
		       path);
		printf("%s.manifest: what is signed\n", path);
	}
	free(path);
	return err;
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
	struct kota_pack_request req = {
		.manifest = { .digest = KOTA_DIGEST_SHA256 },
		.image = { .digest = KOTA_DIGEST_SHA256, .log2_chunk = 16 },
	};
	int opt;

	while ((opt = kota_getopt(argc, argv, options, usage)) !=
	       KOTA_OPT_END) {
		if (opt == KOTA_OPT_HELP)
			return KOTA_EXIT_OK;
		if (opt == KOTA_OPT_BAD || take_option(&req, opt, optarg))
			return KOTA_EXIT_USAGE;
	}
	if (optind < argc)
		return kota_usage(
			"'%s': pack takes options only; the image is --image FILE",
			argv[optind]);
	if (check_complete(&req) || check_supported(&req) || set_defaults(&req))
		return KOTA_EXIT_USAGE;
	return pack(&req) ? KOTA_EXIT_REFUSED : KOTA_EXIT_OK;
}
