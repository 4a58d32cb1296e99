// SPDX-License-Identifier: GPL-2.0
/*
 * "kota sign": adds a signature over the manifest, made here or elsewhere.
 */

#include "helper.h"

static const char usage[] =
	"Usage: kota sign --key KEY.pem --cert CERT.pem [OPTION]... FILE\n"
	"       kota sign --attach SIGNATURE.cms [--cert CERT.pem] [OPTION]... FILE\n"
	"Signs the manifest of a deliverable, or adds a signature that was made over\n"
	"FILE.manifest elsewhere. A signature of the same signer for the same ring is\n"
	"replaced; with --cert, whatever the certificate and --keyid.\n"
	"\n"
	"      --key KEY         private key: a file in PEM, or a URI such as\n"
	"                        'pkcs11:token=T;object=O;type=private'\n"
	"      --cert FILE       certificate of the key, PEM or DER\n"
	"      --attach FILE     detached CMS in DER; verified if --cert is given\n"
	"      --ring NAME       release (default), offline: who the signer is\n"
	"      --md NAME         sha256, sha384, sha512, sha3-256, sha3-384 (default: as\n"
	"                        strong as the key)\n"
	"      --keyid           name the signer by key id, not by issuer and serial\n"
	"      --provider NAME   of OpenSSL, that understands the URI (default: pkcs11)\n"
	"      --quiet           do not show the openssl command that does the same\n"
	"  -h, --help            show this\n";

enum {
	OPT_KEY = 256,
	OPT_CERT,
	OPT_ATTACH,
	OPT_RING,
	OPT_MD,
	OPT_KEYID,
	OPT_PROVIDER,
	OPT_QUIET
};

static const struct option options[] = {
	{ "key", required_argument, NULL, OPT_KEY },
	{ "cert", required_argument, NULL, OPT_CERT },
	{ "attach", required_argument, NULL, OPT_ATTACH },
	{ "ring", required_argument, NULL, OPT_RING },
	{ "md", required_argument, NULL, OPT_MD },
	{ "keyid", no_argument, NULL, OPT_KEYID },
	{ "provider", required_argument, NULL, OPT_PROVIDER },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* Digests of signatures; which of them a key takes, cms.c knows. */
static const struct kota_name md_names[] = {
	{ "sha256", 0 },   { "sha384", 1 },   { "sha512", 2 },
	{ "sha3-256", 3 }, { "sha3-384", 4 }, { NULL, 0 },
};

struct signing {
	struct kota_cms_request cms;
	const char *attach;
	const char *path;
	int ring;
	bool quiet;
};

static int take_option(struct signing *s, int opt)
{
	switch (opt) {
	case OPT_KEY:
		s->cms.key = optarg;
		return 0;
	case OPT_CERT:
		s->cms.cert_path = optarg;
		return 0;
	case OPT_ATTACH:
		s->attach = optarg;
		return 0;
	case OPT_RING:
		s->ring = kota_name_value(kota_ring_names, "--ring", optarg);
		return s->ring < 0 ? -1 : 0;
	case OPT_MD:
		s->cms.md = optarg;
		return kota_name_value(md_names, "--md", optarg) < 0 ? -1 : 0;
	case OPT_PROVIDER:
		s->cms.provider = optarg;
		return 0;
	case OPT_KEYID:
		s->cms.key_id = true;
		return 0;
	case OPT_QUIET:
		s->quiet = true;
		return 0;
	}
	return -1;
}

static int check_options(const struct signing *s)
{
	if (!s->attach && (!s->cms.key || !s->cms.cert_path))
		return kota_error(
			"--key and --cert, or --attach, are missing; see 'kota sign --help'");
	if (s->attach && s->cms.key)
		return kota_error(
			"--key and --attach: a signature is made here or elsewhere, not both");
	return 0;
}

/* A word that a shell takes as one. */
static void print_word(const char *option, const char *word)
{
	printf(" %s '", option);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*word);
	putchar('\'');
}

/* The PIN is nobody's business who reads what was printed. */
static char *without_pin(const char *key)
{
	const char *pin = strstr(key, "pin-value=");
	char *copy;

	if (!pin)
		return strdup(key);
	pin += strlen("pin-value=");
	if (asprintf(&copy, "%.*sPIN%s", (int)(pin - key), key,
		     pin + strcspn(pin, ";&?")) < 0)
		return NULL;
	return copy;
}

static void print_key(const struct kota_cms_request *cms)
{
	char *key = without_pin(cms->key);

	if (kota_key_is_uri(cms->key, cms->provider)) {
		print_word("-provider",
			   cms->provider ? cms->provider : KOTA_KEY_PROVIDER);
		print_word("-provider", "default");
	}
	print_word("-inkey", key ? key : "KEY");
	free(key);
}

static void print_equivalent(const struct signing *s)
{
	char *manifest;

	if (asprintf(&manifest, "%s.manifest", s->path) < 0)
		return;
	printf("The same with OpenSSL, for 'kota sign --attach':\n"
	       "  openssl cms -sign -binary -nocerts -nosmimecap%s -md %s -outform DER",
	       s->cms.key_id ? " -keyid" : "", s->cms.md);
	print_word("-in", manifest);
	print_word("-signer", s->cms.cert_path);
	print_key(&s->cms);
	print_word("-out", "signature.cms");
	putchar('\n');
	free(manifest);
}

static int get_signature(struct signing *s, const struct kota_package *pkg,
			 u8 **der, size_t *len)
{
	if (!s->attach)
		return kota_cms_sign(&s->cms, pkg->manifest, pkg->manifest_len,
				     der, len);
	*der = kota_file_read(s->attach, KOTA_MAX_CMS_LEN, len);
	return *der ? 0 : -1;
}

/* Nothing goes in that a device would refuse for its form. */
static int check_signature(const struct signing *s,
			   const struct kota_package *pkg, const u8 *der,
			   size_t len, struct kota_cms_info *info)
{
	if (len > KOTA_MAX_CMS_LEN)
		return kota_error("signature has %zu bytes, devices take %d",
				  len, KOTA_MAX_CMS_LEN);
	if (kota_cms_describe(der, len, pkg->manifest, pkg->manifest_len, info))
		return -1;
	if (!info->digest_matches)
		return kota_error(
			"%s: not a signature over the manifest of %s; sign %s.manifest as it is now",
			s->attach ? s->attach : "signature", s->path, s->path);
	if (!s->cms.cert_path)
		return 0;
	return kota_cms_verify(s->cms.cert_path, pkg->manifest,
			       pkg->manifest_len, der, len);
}

/* The signer is named in the same words, or the key is the certificate's. */
static bool is_same_signer(const struct signing *s,
			   const struct kota_package *pkg,
			   const struct kota_package_signature *sig,
			   const struct kota_cms_info *info)
{
	struct kota_cms_info other;

	if (sig->ring != s->ring ||
	    kota_cms_describe(sig->der, sig->len, pkg->manifest,
			      pkg->manifest_len, &other))
		return false;
	return !strcmp(other.signer, info->signer) ||
	       (s->cms.cert_path &&
		kota_cms_is_by_key(s->cms.cert_path, sig->der, sig->len));
}

/*
 * Where the signature goes: behind all that are not of this signer. Devices refuse
 * a key that has signed twice.
 */
static struct kota_package_signature *
find_place(const struct signing *s, struct kota_package *pkg,
	   const struct kota_cms_info *info)
{
	unsigned int i, kept = 0;

	for (i = 0; i < pkg->nr_sigs; i++)
		if (is_same_signer(s, pkg, &pkg->sig[i], info))
			free(pkg->sig[i].der);
		else
			pkg->sig[kept++] = pkg->sig[i];
	pkg->nr_sigs = kept;
	if (pkg->nr_sigs == KOTA_MAX_SIGNATURES) {
		kota_error("%s: has %d signatures already", pkg->path,
			   KOTA_MAX_SIGNATURES);
		return NULL;
	}
	return &pkg->sig[pkg->nr_sigs++];
}

/* What lasts is not a release signer's to say, on devices with offline ones. */
static void note_role(const struct signing *s, const struct kota_package *pkg)
{
	const struct kota_manifest *m = kota_package_manifest(pkg);
	bool offline = s->ring == KOTA_RING_OFFLINE;
	unsigned int i;

	for (i = 0; i < pkg->nr_sigs; i++)
		offline |= pkg->sig[i].ring == KOTA_RING_OFFLINE;
	if (!offline && (!m->nr_images || m->nr_revoked || m->nr_retired ||
			 m->min_sequence))
		kota_note(
			"%s says what lasts: devices that have offline signers want a signature of one, --ring offline",
			s->path);
}

static void print_signed(const struct signing *s,
			 const struct kota_cms_info *info)
{
	char hex[2 * KOTA_DIGEST_LEN + 1];
	u8 id[KOTA_DIGEST_LEN];

	printf("%s: signed for ring %s by %s\n", s->path,
	       kota_name_of(kota_ring_names, s->ring), info->signer);
	if (!s->cms.cert_path || kota_keyid_get("--cert", s->cms.cert_path, id))
		return;
	kota_text_from_hex(id, sizeof(id), hex);
	printf("%s: key id %s\n", s->path, hex);
}

static int sign_package(struct signing *s, struct kota_package *pkg)
{
	struct kota_package_signature *place;
	struct kota_cms_info info;
	u8 *der;
	size_t len;

	if (get_signature(s, pkg, &der, &len))
		return -1;
	place = check_signature(s, pkg, der, len, &info) ?
			NULL :
			find_place(s, pkg, &info);
	if (!place) {
		free(der);
		return -1;
	}
	*place = (struct kota_package_signature){ s->ring, der, len };
	if (kota_package_rewrite(pkg))
		return -1;
	print_signed(s, &info);
	note_role(s, pkg);
	return 0;
}

static int sign(struct signing *s)
{
	struct kota_package pkg;
	int err = kota_package_open(&pkg, s->path);

	if (!err)
		err = sign_package(s, &pkg);
	kota_package_close(&pkg);
	if (!err && !s->attach && !s->quiet)
		print_equivalent(s);
	return err;
}

/**
 * kota_cmd_sign() - run "kota sign"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_sign(int argc, char **argv)
{
	struct signing s = { .ring = KOTA_RING_RELEASE };
	int opt;

	while ((opt = kota_getopt(argc, argv, options, usage)) !=
	       KOTA_OPT_END) {
		if (opt == KOTA_OPT_HELP)
			return KOTA_EXIT_OK;
		if (opt == KOTA_OPT_BAD || take_option(&s, opt))
			return KOTA_EXIT_USAGE;
	}
	if (optind + 1 != argc)
		return kota_usage("one FILE is wanted; see 'kota sign --help'");
	s.path = argv[optind];
	if (check_options(&s))
		return KOTA_EXIT_USAGE;
	return sign(&s) ? KOTA_EXIT_REFUSED : KOTA_EXIT_OK;
}
