// SPDX-License-Identifier: GPL-2.0
/*
 * Shows the signatures of a deliverable, and by whom they are where certificates
 * are named; says of which one devices would not take it.
 */

#include "helper.h"

#define MAX_CERTS 16

/* What --cert has named. */
static const char *certs[MAX_CERTS];
static unsigned int nr_certs;

/**
 * struct seen - what can be told of a signature
 * @well_formed: @info is there; without it nothing else is
 * @info: what it says of itself
 * @cert: the certificate that it is good by, NULL: none of those named
 * @id: the key id of @cert
 */
struct seen {
	bool well_formed;
	struct kota_cms_info info;
	const char *cert;
	u8 id[KOTA_DIGEST_LEN];
};

/**
 * kota_signatures_add_cert() - one certificate more that signatures are verified by
 * @path: of it, PEM or DER; kept
 *
 * Return: 0, or -1 after saying that there are too many.
 */
int kota_signatures_add_cert(const char *path)
{
	if (nr_certs == MAX_CERTS)
		return kota_error("--cert: at most %d", MAX_CERTS);
	certs[nr_certs++] = path;
	return 0;
}

static void find_cert(const struct kota_package *pkg,
		      const struct kota_package_signature *sig, struct seen *s)
{
	unsigned int i;

	for (i = 0; i < nr_certs && !s->cert; i++)
		if (kota_cms_is_by(certs[i], pkg->manifest, pkg->manifest_len,
				   sig->der, sig->len) &&
		    !kota_keyid_get("--cert", certs[i], s->id))
			s->cert = certs[i];
}

/* Return: 0, or -1 after saying what is wrong with it. */
static int look(const struct kota_package *pkg, unsigned int idx,
		struct seen *s)
{
	const struct kota_package_signature *sig = &pkg->sig[idx];

	*s = (struct seen){ .well_formed = false };
	if (kota_cms_describe(sig->der, sig->len, pkg->manifest,
			      pkg->manifest_len, &s->info))
		return kota_error("%s: signature %u is none that devices take",
				  pkg->path, idx);
	s->well_formed = true;
	if (!s->info.digest_matches)
		return kota_error("%s: signature %u is over another manifest",
				  pkg->path, idx);
	find_cert(pkg, sig, s);
	if (nr_certs && !s->cert)
		return kota_error(
			"%s: signature %u is by none of the certificates given",
			pkg->path, idx);
	return 0;
}

/* Without --cert it is no error that nobody has signed yet. */
static int check_there(const struct kota_package *pkg)
{
	if (pkg->nr_sigs || !nr_certs)
		return 0;
	return kota_error("%s: has no signature", pkg->path);
}

static void print_cert(const struct seen *s)
{
	char id[2 * KOTA_DIGEST_LEN + 1];

	if (!s->cert) {
		printf("  %-13s none of the certificates given\n",
		       "verified by");
		return;
	}
	kota_text_from_hex(s->id, sizeof(s->id), id);
	printf("  %-13s %s\n  %-13s %s\n", "verified by", s->cert, "key id",
	       id);
}

static void print_seen(const struct seen *s)
{
	const struct kota_cms_info *info = &s->info;

	printf("  %-13s %s\n  %-13s %s, %s\n  %-13s %s\n", "signer",
	       info->signer, "algorithms", info->algorithm, info->digest,
	       "speaks of",
	       !info->digest_matches ? "ANOTHER manifest" :
	       nr_certs		     ? "this manifest" :
				       "this manifest (not verified here)");
	if (nr_certs)
		print_cert(s);
}

/**
 * kota_signatures_print() - show the signatures, for people
 * @pkg: the deliverable
 *
 * Return: 0, or -1 after saying of which one devices would not take it, or with
 * certificates that one is by none of them.
 */
int kota_signatures_print(const struct kota_package *pkg)
{
	int err = check_there(pkg);
	struct seen s;
	unsigned int i;

	if (!pkg->nr_sigs)
		printf("signatures: none; 'kota sign' adds one\n");
	for (i = 0; i < pkg->nr_sigs; i++) {
		printf("signature %u\n  %-13s %s\n  %-13s %zu\n", i, "ring",
		       kota_name_of(kota_ring_names, pkg->sig[i].ring), "bytes",
		       pkg->sig[i].len);
		if (look(pkg, i, &s))
			err = -1;
		if (s.well_formed)
			print_seen(&s);
	}
	return err;
}

static void json_seen(struct kota_json *j,
		      const struct kota_package_signature *sig,
		      const struct seen *s)
{
	kota_json_open(j, NULL, '{');
	kota_json_string(j, "ring", kota_name_of(kota_ring_names, sig->ring));
	kota_json_u64(j, "len", sig->len);
	kota_json_bool(j, "well_formed", s->well_formed);
	if (s->well_formed) {
		kota_json_string(j, "signer", s->info.signer);
		kota_json_bool(j, "key_id", s->info.key_id);
		kota_json_string(j, "algorithm", s->info.algorithm);
		kota_json_string(j, "digest", s->info.digest);
		kota_json_bool(j, "this_manifest", s->info.digest_matches);
		kota_json_bool(j, "verified", s->cert);
	}
	if (s->cert) {
		kota_json_string(j, "verified_by", s->cert);
		kota_json_hex(j, "signer_key_id", s->id, sizeof(s->id));
	}
	kota_json_close(j, '}');
}

/**
 * kota_signatures_json() - the same for programs
 * @j: writer, where a member is wanted
 * @pkg: the deliverable
 *
 * Return: as kota_signatures_print().
 */
int kota_signatures_json(struct kota_json *j, const struct kota_package *pkg)
{
	int err = check_there(pkg);
	struct seen s;
	unsigned int i;

	kota_json_open(j, "signatures", '[');
	for (i = 0; i < pkg->nr_sigs; i++) {
		if (look(pkg, i, &s))
			err = -1;
		json_seen(j, &pkg->sig[i], &s);
	}
	kota_json_close(j, ']');
	return err;
}
