// SPDX-License-Identifier: GPL-2.0
/*
 * The fields of a manifest and of its images, from words that people write: on
 * the command line or in a description. @what says where, for the message:
 * "--target", or "update.cfg:12: target".
 */

#include <zstd.h>

#include "helper.h"

#define DEFAULT_ZSTD_LEVEL 12

static const struct kota_name handling_names[] = {
	{ "erase-slot", KOTA_HANDLING_ERASE_SLOT },
	{ "no-resume", KOTA_HANDLING_NO_RESUME },
	{ "reboot-now", KOTA_HANDLING_REBOOT_NOW },
	{ "external-power", KOTA_HANDLING_EXTERNAL_POWER },
	{ NULL, 0 },
};

/**
 * kota_field_text() - take a text for people
 * @what: where it stands
 * @text: the text
 * @member: where it goes, filled up with NULs
 * @size: bytes of @member
 *
 * Return: 0, or -1 after saying why.
 */
int kota_field_text(const char *what, const char *text, char *member,
		    size_t size)
{
	if (!*text || !kota_text_is_clean(text, size))
		return kota_error(
			"%s: 1 to %zu characters of printable ASCII are wanted",
			what, size - 1);
	memset(member, 0, size);
	memcpy(member, text, strlen(text));
	return 0;
}

/**
 * kota_field_target() - take the name of a target
 * @what: where it stands
 * @text: the name
 * @member: where it goes
 *
 * Return: 0, or -1 after saying why.
 */
int kota_field_target(const char *what, const char *text,
		      char member[KOTA_NAME_LEN])
{
	if (!kota_text_is_name(text))
		return kota_error(
			"%s %s: a name has 1 to %d characters of a-z, 0-9 and '-'",
			what, text, KOTA_NAME_LEN - 1);
	return kota_field_text(what, text, member, KOTA_NAME_LEN);
}

/**
 * kota_field_uuid() - take a UUID
 * @what: where it stands
 * @text: the UUID
 * @uuid: where it goes
 *
 * Return: 0, or -1 after saying why.
 */
int kota_field_uuid(const char *what, const char *text, u8 uuid[KOTA_UUID_LEN])
{
	if (!kota_text_uuid(text, uuid))
		return 0;
	return kota_error("%s %s: not a UUID; 'uuidgen' makes one", what, text);
}

/**
 * kota_field_sequence() - take a sequence number
 * @what: where it stands
 * @text: the number
 * @sequence: where it goes
 *
 * Return: 0, or -1 after saying why.
 */
int kota_field_sequence(const char *what, const char *text, __le64 *sequence)
{
	u64 value;

	if (kota_text_u64(text, &value) || !value)
		return kota_error("%s %s: a number from 1 on is wanted", what,
				  text);
	*sequence = htole64(value);
	return 0;
}

/**
 * kota_field_name() - take one of a few words
 * @what: where it stands
 * @names: the words
 * @text: the word
 * @member: where its value goes
 *
 * Return: 0, or -1 after saying why.
 */
int kota_field_name(const char *what, const struct kota_name *names,
		    const char *text, u8 *member)
{
	int value = kota_name_value(names, what, text);

	if (value < 0)
		return -1;
	*member = value;
	return 0;
}

/**
 * kota_field_chunk() - take the size of chunks
 * @what: where it stands
 * @text: the size, with K or M
 * @log2_chunk: where its logarithm goes
 *
 * Return: 0, or -1 after saying why.
 */
int kota_field_chunk(const char *what, const char *text, u8 *log2_chunk)
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
		"%s %s: 4K, 8K, 16K, 32K, 64K, 128K, 256K, 512K or 1M is wanted",
		what, text);
}

/**
 * kota_field_compress() - take the kind of compression
 * @what: where it stands
 * @text: "none", "zstd" or "zstd:LEVEL"
 * @image: where it goes
 *
 * Return: 0, or -1 after saying why.
 */
int kota_field_compress(const char *what, const char *text,
			struct kota_pack_image *image)
{
	u64 level = DEFAULT_ZSTD_LEVEL;

	if (!strcmp(text, "none")) {
		image->image.compression = KOTA_COMPRESSION_NONE;
		return 0;
	}
	if (strncmp(text, "zstd", 4) || (text[4] && text[4] != ':'))
		return kota_error(
			"%s %s: not known; it is one of: none, zstd, zstd:LEVEL",
			what, text);
	if (text[4] && (kota_text_u64(text + 5, &level) || !level ||
			level > (u64)ZSTD_maxCLevel()))
		return kota_error("%s %s: the level is a number from 1 to %d",
				  what, text, ZSTD_maxCLevel());
	image->image.compression = KOTA_COMPRESSION_ZSTD;
	image->zstd_level = level;
	return 0;
}

/**
 * kota_field_handling() - take one word on how a deliverable is to be handled
 * @what: where it stands
 * @text: the word
 * @m: where its flag goes
 *
 * Return: 0, or -1 after saying why.
 */
int kota_field_handling(const char *what, const char *text,
			struct kota_manifest *m)
{
	int value = kota_name_value(handling_names, what, text);

	if (value < 0)
		return -1;
	m->handling |= htole32(value);
	return 0;
}

/**
 * kota_field_handling_text() - the words for handling flags
 * @handling: KOTA_HANDLING_*
 * @text: where they go, separated by ", "
 * @size: bytes there
 */
void kota_field_handling_text(u32 handling, char *text, size_t size)
{
	const struct kota_name *n;
	size_t len = 0;

	text[0] = '\0';
	for (n = handling_names; n->name && len < size; n++)
		if (handling & n->value)
			len += snprintf(text + len, size - len, "%s%s",
					len ? ", " : "", n->name);
}

/**
 * kota_field_handling_json() - the words for handling flags, as a list
 * @j: writer
 * @handling: KOTA_HANDLING_*
 */
void kota_field_handling_json(struct kota_json *j, u32 handling)
{
	const struct kota_name *n;

	kota_json_open(j, "handling", '[');
	for (n = handling_names; n->name; n++)
		if (handling & n->value)
			kota_json_string(j, NULL, n->name);
	kota_json_close(j, ']');
}

static bool is_listed(const struct kota_manifest *m, const u8 *id)
{
	unsigned int i;

	for (i = 0; i < le16_to_cpu(m->nr_revoked); i++)
		if (!memcmp(m->revoked[i], id, KOTA_DIGEST_LEN))
			return true;
	for (i = 0; i < le16_to_cpu(m->nr_retired); i++)
		if (!memcmp(m->retired[i].key_id, id, KOTA_DIGEST_LEN))
			return true;
	return false;
}

/**
 * kota_field_revoke() - take a signer that is revoked
 * @what: where it stands
 * @text: a certificate, or a key id in hex
 * @m: where it goes
 *
 * Return: 0, or -1 after saying why.
 */
int kota_field_revoke(const char *what, const char *text,
		      struct kota_manifest *m)
{
	u16 nr = le16_to_cpu(m->nr_revoked);
	u8 id[KOTA_DIGEST_LEN];

	if (kota_keyid_get(what, text, id))
		return -1;
	if (is_listed(m, id))
		return kota_error("%s %s: this key was named before", what,
				  text);
	if (nr == KOTA_MAX_REVOKED)
		return kota_error(
			"%s %s: one deliverable revokes at most %d keys; make another one for the rest",
			what, text, KOTA_MAX_REVOKED);
	memcpy(m->revoked[nr], id, sizeof(id));
	m->nr_revoked = htole16(nr + 1);
	return 0;
}

/**
 * kota_field_retire() - take a signer that is good up to a sequence number
 * @what: where it stands
 * @signer: a certificate, or a key id in hex
 * @sequence: the last number that it may sign
 * @m: where it goes
 *
 * Return: 0, or -1 after saying why.
 */
int kota_field_retire(const char *what, const char *signer,
		      const char *sequence, struct kota_manifest *m)
{
	u16 nr = le16_to_cpu(m->nr_retired);
	u8 id[KOTA_DIGEST_LEN];
	u64 last;

	if (kota_text_u64(sequence, &last))
		return kota_error(
			"%s %s: the last sequence number that the key may sign is wanted, found '%s'",
			what, signer, sequence);
	if (kota_keyid_get(what, signer, id))
		return -1;
	if (is_listed(m, id))
		return kota_error("%s %s: this key was named before", what,
				  signer);
	if (nr == KOTA_MAX_RETIRED)
		return kota_error(
			"%s %s: one deliverable retires at most %d keys; make another one for the rest",
			what, signer, KOTA_MAX_RETIRED);
	memcpy(m->retired[nr].key_id, id, sizeof(id));
	m->retired[nr].last_sequence = htole64(last);
	m->nr_retired = htole16(nr + 1);
	return 0;
}
