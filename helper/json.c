// SPDX-License-Identifier: GPL-2.0
/*
 * Writes JSON as it goes: no tree, no memory.
 */

#include "helper.h"

static void indent(struct kota_json *j)
{
	unsigned int i;

	if (!j->lines)
		return;
	fputc('\n', j->out);
	for (i = 0; i < j->depth; i++)
		fputs("  ", j->out);
}

static void put_string(struct kota_json *j, const char *text)
{
	fputc('"', j->out);
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			fprintf(j->out, "\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			fprintf(j->out, "\\u%04x", c);
		else
			fputc(c, j->out);
	}
	fputc('"', j->out);
}

static void put_key(struct kota_json *j, const char *key)
{
	if (j->comma)
		fputc(',', j->out);
	if (j->comma && !j->lines)
		fputc(' ', j->out);
	if (j->depth)
		indent(j);
	j->comma = true;
	if (!key)
		return;
	put_string(j, key);
	fputs(": ", j->out);
}

/**
 * kota_json_begin() - begin a document, which is an object
 * @j: the writer
 * @out: where it goes
 * @lines: indent it over many lines
 */
void kota_json_begin(struct kota_json *j, FILE *out, bool lines)
{
	*j = (struct kota_json){ .out = out, .lines = lines };
	kota_json_open(j, NULL, '{');
}

/**
 * kota_json_end() - end the document and its line
 * @j: the writer
 */
void kota_json_end(struct kota_json *j)
{
	kota_json_close(j, '}');
	fputc('\n', j->out);
	fflush(j->out);
}

/**
 * kota_json_open() - begin an object or a list
 * @j: the writer
 * @key: its name, NULL in a list
 * @bracket: "{" or "["
 */
void kota_json_open(struct kota_json *j, const char *key, char bracket)
{
	put_key(j, key);
	fputc(bracket, j->out);
	j->depth++;
	j->comma = false;
}

/**
 * kota_json_close() - end what kota_json_open() began
 * @j: the writer
 * @bracket: "}" or "]"
 */
void kota_json_close(struct kota_json *j, char bracket)
{
	j->depth--;
	if (j->comma)
		indent(j);
	fputc(bracket, j->out);
	j->comma = true;
}

/**
 * kota_json_string() - a string
 * @j: the writer
 * @key: its name, NULL in a list
 * @value: the string, of bytes that stand for themselves
 */
void kota_json_string(struct kota_json *j, const char *key, const char *value)
{
	put_key(j, key);
	put_string(j, value);
}

/**
 * kota_json_u64() - a number
 * @j: the writer
 * @key: its name, NULL in a list
 * @value: the number
 */
void kota_json_u64(struct kota_json *j, const char *key, u64 value)
{
	put_key(j, key);
	fprintf(j->out, "%llu", value);
}

/**
 * kota_json_bool() - true or false
 * @j: the writer
 * @key: its name, NULL in a list
 * @value: which
 */
void kota_json_bool(struct kota_json *j, const char *key, bool value)
{
	put_key(j, key);
	fputs(value ? "true" : "false", j->out);
}

/**
 * kota_json_hex() - bytes, as a string of hex digits
 * @j: the writer
 * @key: its name, NULL in a list
 * @data: the bytes
 * @len: how many
 */
void kota_json_hex(struct kota_json *j, const char *key, const u8 *data,
		   size_t len)
{
	size_t i;

	put_key(j, key);
	fputc('"', j->out);
	for (i = 0; i < len; i++)
		fprintf(j->out, "%02x", data[i]);
	fputc('"', j->out);
}

/**
 * kota_json_uuid() - a UUID, as a string
 * @j: the writer
 * @key: its name, NULL in a list
 * @uuid: its bytes, in network order
 */
void kota_json_uuid(struct kota_json *j, const char *key,
		    const u8 uuid[KOTA_UUID_LEN])
{
	char text[37];

	kota_text_from_uuid(uuid, text);
	kota_json_string(j, key, text);
}
