// SPDX-License-Identifier: GPL-2.0
/*
 * "kota inspect": shows what a deliverable says, without keys and without
 * belief: the kernel's parser reads it, and what is shown may all be a lie.
 */

#include <time.h>

#include "helper.h"

static const char usage[] =
	"Usage: kota inspect [--json] [--cert CERT.pem]... FILE|-\n"
	"Shows all that can be read of a deliverable without keys. Nothing is verified\n"
	"but its form and, for each signature, that it speaks of this manifest.\n"
	"\n"
	"      --cert FILE   certificate, PEM or DER, that signatures are verified by;\n"
	"                    shows whose they are, and their key ids\n"
	"      --json        for programs\n"
	"  -h, --help        show this\n"
	"\n"
	"Exit code: 0 well-formed, and so is each signature, over this manifest, and with\n"
	"--cert by one of the certificates given, 1 not, 2 wrong usage.\n";

enum { OPT_JSON = 256, OPT_CERT };

static const struct option options[] = {
	{ "cert", required_argument, NULL, OPT_CERT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static u64 u(__le64 value)
{
	return le64_to_cpu(value);
}

static void print_uuid(const char *name, const u8 uuid[KOTA_UUID_LEN])
{
	char text[37];

	kota_text_from_uuid(uuid, text);
	printf("  %-13s %s\n", name, text);
}

static void print_hex(const char *name, const u8 digest[KOTA_DIGEST_LEN])
{
	char text[2 * KOTA_DIGEST_LEN + 1];

	kota_text_from_hex(digest, KOTA_DIGEST_LEN, text);
	printf("  %-13s %s\n", name, text);
}

static void print_lengths(const struct kota_package *pkg)
{
	const struct kota_prologue *p = &pkg->prologue;

	printf("sections, bytes\n");
	printf("  %-13s %zu\n", "prologue", sizeof(*p));
	printf("  %-13s %u\n", "manifest", le32_to_cpu(p->manifest_len));
	printf("  %-13s %u\n", "signatures", le32_to_cpu(p->signatures_len));
	printf("  %-13s %u\n", "envelopes", le32_to_cpu(p->envelopes_len));
	printf("  %-13s %u\n", "tables", le32_to_cpu(p->tables_len));
	printf("  %-13s %llu\n", "frames", u(p->frames_len));
}

static void print_made(u64 made)
{
	time_t when = made;
	char text[32] = "";
	struct tm tm;

	/* Only years that people can read. */
	if (made < 253402300800ULL && gmtime_r(&when, &tm))
		strftime(text, sizeof(text), ", %Y-%m-%d %H:%M:%S UTC", &tm);
	printf("  %-13s %llu%s\n", "made", made, text);
}

static void print_key_ids(const struct kota_manifest *m)
{
	unsigned int i;

	for (i = 0; i < le16_to_cpu(m->nr_revoked); i++)
		print_hex("revokes", m->revoked[i]);
	for (i = 0; i < le16_to_cpu(m->nr_retired); i++) {
		print_hex("retires", m->retired[i].key_id);
		printf("  %-13s sequence %llu\n", "  good up to",
		       u(m->retired[i].last_sequence));
	}
}

static void print_manifest(const struct kota_package *pkg, const u8 *digest)
{
	const struct kota_manifest *m = kota_package_manifest(pkg);
	char handling[128];

	printf("%s\n", m->nr_images ? "manifest" : "statement");
	printf("  %-13s %s\n", "release", m->release);
	printf("  %-13s %llu\n", "sequence", u(m->sequence));
	if (m->min_sequence)
		printf("  %-13s %llu\n", "min sequence", u(m->min_sequence));
	print_uuid("vendor", m->vendor_id);
	print_uuid("class", m->class_id);
	print_uuid("update", m->update_id);
	printf("  %-13s %s\n", "level",
	       kota_name_of(kota_level_names, m->level));
	printf("  %-13s %s\n", "consent",
	       kota_name_of(kota_consent_names, m->consent));
	print_made(u(m->made));
	if (m->flags & htole32(KOTA_FLAG_RECOVERY))
		printf("  %-13s permits to provision the device anew\n",
		       "recovery");
	if (m->handling) {
		kota_field_handling_text(le32_to_cpu(m->handling), handling,
					 sizeof(handling));
		printf("  %-13s %s\n", "handling", handling);
	}
	print_key_ids(m);
	printf("  %-13s %s\n", "digest by",
	       kota_name_of(kota_digest_names, m->digest));
	print_hex("digest", digest);
}

static void print_compression(const struct kota_image *image, u64 ct_len)
{
	printf("  %-13s %s", "compression",
	       kota_name_of(kota_compression_names, image->compression));
	if (image->compression != KOTA_COMPRESSION_NONE)
		printf(", to %llu bytes, %.1f %%", ct_len,
		       100.0 * ct_len / u(image->size));
	putchar('\n');
}

static void print_image(const struct kota_package *pkg, unsigned int i,
			const struct kota_package_tail *tail)
{
	const struct kota_image *image =
		&kota_manifest_images(kota_package_manifest(pkg))[i];

	printf("image %u\n", i);
	printf("  %-13s %s\n", "target", image->target);
	printf("  %-13s %s\n", "version", image->version);
	if (image->precondition[0])
		printf("  %-13s %s\n", "precondition", image->precondition);
	printf("  %-13s %llu\n", "size", u(image->size));
	printf("  %-13s %llu of %u, at most %u bytes each\n", "chunks",
	       tail->frames[i], pkg->parser.shape[i].nr_chunks,
	       pkg->parser.shape[i].chunk_len);
	printf("  %-13s %s\n", "cipher",
	       kota_name_of(kota_cipher_names, image->cipher));
	print_compression(image, tail->ct_len[i]);
	if (image->data_to)
		printf("  %-13s %u to %u\n", "data version",
		       le32_to_cpu(image->data_from),
		       le32_to_cpu(image->data_to));
	printf("  %-13s %s\n", "digest by",
	       kota_name_of(kota_digest_names, image->digest));
	print_hex("root", image->root);
}

static void print_envelopes(const struct kota_package *pkg)
{
	struct kota_envelope env;
	size_t off = 0;

	if (!kota_package_manifest(pkg)->nr_images)
		return;
	if (!pkg->envelopes_len)
		printf("envelopes: none; 'kota wrap' adds them\n");
	else
		printf("envelopes\n");
	while (kota_package_next_envelope(pkg, &off, &env))
		print_hex(kota_name_of(kota_suite_names,
				       le16_to_cpu(env.suite)),
			  env.device);
}

/* Return: as kota_signatures_print(). */
static int print_all(const struct kota_package *pkg, const u8 *digest,
		     const struct kota_package_tail *tail)
{
	unsigned int i;
	int err;

	print_lengths(pkg);
	print_manifest(pkg, digest);
	for (i = 0; i < pkg->parser.nr_images; i++)
		print_image(pkg, i, tail);
	err = kota_signatures_print(pkg);
	print_envelopes(pkg);
	return err;
}

static void json_lengths(struct kota_json *j, const struct kota_prologue *p)
{
	kota_json_open(j, "sections", '{');
	kota_json_u64(j, "prologue", sizeof(*p));
	kota_json_u64(j, "manifest", le32_to_cpu(p->manifest_len));
	kota_json_u64(j, "signatures", le32_to_cpu(p->signatures_len));
	kota_json_u64(j, "envelopes", le32_to_cpu(p->envelopes_len));
	kota_json_u64(j, "tables", le32_to_cpu(p->tables_len));
	kota_json_u64(j, "frames", u(p->frames_len));
	kota_json_close(j, '}');
}

static void json_key_ids(struct kota_json *j, const struct kota_manifest *m)
{
	unsigned int i;

	kota_json_open(j, "revoked", '[');
	for (i = 0; i < le16_to_cpu(m->nr_revoked); i++)
		kota_json_hex(j, NULL, m->revoked[i], KOTA_DIGEST_LEN);
	kota_json_close(j, ']');
	kota_json_open(j, "retired", '[');
	for (i = 0; i < le16_to_cpu(m->nr_retired); i++) {
		kota_json_open(j, NULL, '{');
		kota_json_hex(j, "key_id", m->retired[i].key_id,
			      KOTA_DIGEST_LEN);
		kota_json_u64(j, "last_sequence",
			      u(m->retired[i].last_sequence));
		kota_json_close(j, '}');
	}
	kota_json_close(j, ']');
}

static void json_manifest(struct kota_json *j, const struct kota_manifest *m,
			  const u8 *digest)
{
	kota_json_open(j, "manifest", '{');
	kota_json_string(j, "release", m->release);
	kota_json_u64(j, "sequence", u(m->sequence));
	kota_json_u64(j, "min_sequence", u(m->min_sequence));
	kota_json_uuid(j, "vendor", m->vendor_id);
	kota_json_uuid(j, "class", m->class_id);
	kota_json_uuid(j, "update", m->update_id);
	kota_json_string(j, "level", kota_name_of(kota_level_names, m->level));
	kota_json_string(j, "consent",
			 kota_name_of(kota_consent_names, m->consent));
	kota_json_u64(j, "made", u(m->made));
	kota_json_bool(j, "recovery", m->flags & htole32(KOTA_FLAG_RECOVERY));
	kota_field_handling_json(j, le32_to_cpu(m->handling));
	kota_json_hex(j, "salt", m->salt, KOTA_SALT_LEN);
	json_key_ids(j, m);
	kota_json_string(j, "digest_by",
			 kota_name_of(kota_digest_names, m->digest));
	kota_json_hex(j, "digest", digest, KOTA_DIGEST_LEN);
	kota_json_close(j, '}');
}

static void json_image(struct kota_json *j, const struct kota_image *image,
		       const struct kota_image_shape *shape, u64 frames,
		       u64 ct_len)
{
	kota_json_open(j, NULL, '{');
	kota_json_string(j, "target", image->target);
	kota_json_string(j, "version", image->version);
	kota_json_string(j, "precondition", image->precondition);
	kota_json_u64(j, "size", u(image->size));
	kota_json_u64(j, "chunk_len", shape->chunk_len);
	kota_json_u64(j, "chunks", shape->nr_chunks);
	kota_json_u64(j, "frames", frames);
	kota_json_string(j, "cipher",
			 kota_name_of(kota_cipher_names, image->cipher));
	kota_json_string(j, "compression",
			 kota_name_of(kota_compression_names,
				      image->compression));
	kota_json_u64(j, "stored", ct_len);
	kota_json_u64(j, "data_from", le32_to_cpu(image->data_from));
	kota_json_u64(j, "data_to", le32_to_cpu(image->data_to));
	kota_json_string(j, "digest_by",
			 kota_name_of(kota_digest_names, image->digest));
	kota_json_hex(j, "root", image->root, KOTA_DIGEST_LEN);
	kota_json_close(j, '}');
}

static void json_envelopes(struct kota_json *j, const struct kota_package *pkg)
{
	struct kota_envelope env;
	size_t off = 0;

	kota_json_open(j, "envelopes", '[');
	while (kota_package_next_envelope(pkg, &off, &env)) {
		kota_json_open(j, NULL, '{');
		kota_json_string(j, "suite",
				 kota_name_of(kota_suite_names,
					      le16_to_cpu(env.suite)));
		kota_json_hex(j, "device", env.device, KOTA_DIGEST_LEN);
		kota_json_close(j, '}');
	}
	kota_json_close(j, ']');
}

/* Return: as kota_signatures_json(). */
static int json_all(const struct kota_package *pkg, const u8 *digest,
		    const struct kota_package_tail *tail)
{
	const struct kota_manifest *m = kota_package_manifest(pkg);
	struct kota_json j;
	unsigned int i;
	int err;

	kota_json_begin(&j, stdout, true);
	json_lengths(&j, &pkg->prologue);
	json_manifest(&j, m, digest);
	kota_json_open(&j, "images", '[');
	for (i = 0; i < pkg->parser.nr_images; i++)
		json_image(&j, &kota_manifest_images(m)[i],
			   &pkg->parser.shape[i], tail->frames[i],
			   tail->ct_len[i]);
	kota_json_close(&j, ']');
	err = kota_signatures_json(&j, pkg);
	json_envelopes(&j, pkg);
	kota_json_end(&j);
	return err;
}

static int inspect(const char *path, bool json)
{
	u8 digest[KOTA_DIGEST_LEN];
	struct kota_package_tail tail;
	struct kota_package pkg;
	int err = kota_package_open(&pkg, path);

	if (!err)
		err = kota_package_walk(&pkg, &tail);
	if (!err)
		err = kota_format_digest(kota_package_manifest(&pkg)->digest,
					 pkg.manifest, pkg.manifest_len,
					 digest);
	if (!err && json)
		err = json_all(&pkg, digest, &tail);
	else if (!err)
		err = print_all(&pkg, digest, &tail);
	kota_package_close(&pkg);
	return err;
}

static int take_option(int opt, bool *json)
{
	if (opt == OPT_JSON) {
		*json = true;
		return 0;
	}
	return kota_signatures_add_cert(optarg);
}

/**
 * kota_cmd_inspect() - run "kota inspect"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_inspect(int argc, char **argv)
{
	bool json = false;
	int opt;

	while ((opt = kota_getopt(argc, argv, options, usage)) !=
	       KOTA_OPT_END) {
		if (opt == KOTA_OPT_HELP)
			return KOTA_EXIT_OK;
		if (opt == KOTA_OPT_BAD || take_option(opt, &json))
			return KOTA_EXIT_USAGE;
	}
	if (optind + 1 != argc)
		return kota_usage(
			"one FILE, or - for standard input, is wanted");
	return inspect(argv[optind], json) ? KOTA_EXIT_REFUSED : KOTA_EXIT_OK;
}
