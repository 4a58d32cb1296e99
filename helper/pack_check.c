// SPDX-License-Identifier: GPL-2.0
/*
 * Is it complete, and does it make sense together? The last look at what is to be
 * packed before an image is read.
 */

#include <time.h>
#include <openssl/rand.h>

#include "helper.h"

static bool is_zero(const u8 *data, size_t len)
{
	return !memchr_inv(data, 0, len);
}

/* Options that have no match in a description come last. */
static int check_complete(const struct kota_pack_request *req)
{
	const struct kota_manifest *m = &req->manifest;
	const struct kota_pack_image *image = &req->image[0];
	bool options = !req->description && !req->statement;
	const struct {
		bool missing;
		const char *name, *value;
	} wanted[] = {
		{ options && !image->path, "image", "FILE" },
		{ options && !image->image.target[0], "target", "NAME" },
		{ options && !image->image.version[0], "image-version", "V" },
		{ !m->sequence, "sequence", "N" },
		{ is_zero(m->vendor_id, KOTA_UUID_LEN), "vendor", "UUID" },
		{ is_zero(m->class_id, KOTA_UUID_LEN), "class", "UUID" },
		{ !m->release[0], "release", "TEXT" },
		{ !req->output, "output", "FILE" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		if (!wanted[i].missing)
			continue;
		if (req->description && strcmp(wanted[i].name, "output"))
			return kota_error(
				"%s: '%s' is missing; say it there, or give --%s %s",
				req->description, wanted[i].name,
				wanted[i].name, wanted[i].value);
		return kota_error("--%s %s is missing; see 'kota pack --help'",
				  wanted[i].name, wanted[i].value);
	}
	return 0;
}

/* With the file in front where there is one; what lacks is in no line of it. */
static int complain(const struct kota_pack_request *req, const char *text)
{
	if (req->description)
		return kota_error("%s: %s", req->description, text);
	return kota_error("%s", text);
}

static int check_statement(const struct kota_pack_request *req)
{
	const struct kota_manifest *m = &req->manifest;
	bool recovery = m->flags & htole32(KOTA_FLAG_RECOVERY);

	if (!req->statement && recovery)
		return complain(
			req,
			"recovery is a statement of its own, without images: use --statement");
	if (!req->statement && !req->nr_images)
		return complain(
			req,
			"no images; describe at least one, or make a statement: --statement");
	if (!req->statement)
		return 0;
	if (req->nr_images)
		return complain(req, "a statement has no images");
	if (m->handling)
		return complain(
			req,
			"a statement has no handling, for nothing is installed");
	if (!m->nr_revoked && !m->nr_retired && !m->min_sequence && !recovery)
		return complain(
			req,
			"a statement that says nothing; use --revoke, --retire, --min-sequence or --recovery");
	return 0;
}

static int check_supported(const struct kota_pack_request *req)
{
	const struct kota_manifest *m = &req->manifest;
	unsigned int i;

	if (m->level > KOTA_LEVEL_UPGRADED)
		return kota_error(
			"level %s: this version makes basic and upgraded",
			kota_name_of(kota_level_names, m->level));
	if (m->consent > KOTA_CONSENT_NOTIFY)
		return kota_error(
			"consent required: this version makes none and notify");
	for (i = 0; i < req->nr_images; i++)
		if (m->level >= KOTA_LEVEL_UPGRADED &&
		    req->image[i].image.cipher == KOTA_CIPHER_AES_128_GCM)
			return kota_error(
				"%s%scipher aes-128-gcm is below level upgraded; use aes-256-gcm",
				req->image[i].where ? req->image[i].where : "",
				req->image[i].where ? ": " : "");
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

static int set_defaults(struct kota_manifest *m)
{
	if (!m->digest)
		m->digest = KOTA_DIGEST_SHA256;
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

/**
 * kota_pack_check() - is this all that packing needs?
 * @req: what was asked for; gets what is usual where nothing was said
 *
 * Return: 0, or -1 after saying what is missing or does not go together.
 */
int kota_pack_check(struct kota_pack_request *req)
{
	if (check_complete(req) || check_statement(req) || check_supported(req))
		return -1;
	return set_defaults(&req->manifest);
}
