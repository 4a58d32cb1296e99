// SPDX-License-Identifier: GPL-2.0
/*
 * Turns words into values and back: numbers, UUIDs, hex, the format's strings.
 */

#include <ctype.h>

#include "helper.h"

/**
 * kota_text_u64() - read a whole decimal (or 0x) number
 * @text: the number and nothing else
 * @value: where it goes
 *
 * Return: 0, or -1 when it is none or does not fit.
 */
int kota_text_u64(const char *text, u64 *value)
{
	char *end;

	/* strtoull() would take blanks, signs and octal numbers. */
	if (!isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	*value = strtoull(text, &end, strncmp(text, "0x", 2) ? 10 : 16);
	return errno || *end ? -1 : 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/**
 * kota_text_to_hex() - bytes from hex digits
 * @text: the digits, in pairs
 * @text_len: how many
 * @data: where the bytes go
 * @len: how many there are
 * @max: how many may be there
 *
 * Return: 0, or -1 when @text is not hex or too long.
 */
int kota_text_to_hex(const char *text, size_t text_len, u8 *data, size_t *len,
		     size_t max)
{
	size_t i;

	if (text_len % 2 || text_len / 2 > max)
		return -1;
	for (i = 0; i < text_len; i += 2) {
		int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);

		if (high < 0 || low < 0)
			return -1;
		data[i / 2] = high << 4 | low;
	}
	*len = text_len / 2;
	return 0;
}

/**
 * kota_text_from_hex() - hex digits of bytes
 * @data: the bytes
 * @len: how many
 * @text: room for 2 * @len + 1 characters
 */
void kota_text_from_hex(const u8 *data, size_t len, char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		text[2 * i] = digits[data[i] >> 4];
		text[2 * i + 1] = digits[data[i] & 15];
	}
	text[2 * len] = '\0';
}

/**
 * kota_text_uuid() - bytes of a UUID, in network order
 * @text: 36 characters, as in RFC 9562
 * @uuid: the bytes
 *
 * Return: 0, or -1 when it is none.
 */
int kota_text_uuid(const char *text, u8 uuid[KOTA_UUID_LEN])
{
	char digits[2 * KOTA_UUID_LEN + 1];
	size_t i, nr = 0, len;

	if (strlen(text) != 36)
		return -1;
	for (i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash != (text[i] == '-'))
			return -1;
		if (!dash)
			digits[nr++] = text[i];
	}
	return kota_text_to_hex(digits, nr, uuid, &len, KOTA_UUID_LEN);
}

/**
 * kota_text_from_uuid() - text of a UUID
 * @uuid: its bytes, in network order
 * @text: the text
 */
void kota_text_from_uuid(const u8 uuid[KOTA_UUID_LEN], char text[37])
{
	char hex[2 * KOTA_UUID_LEN + 1];

	kota_text_from_hex(uuid, KOTA_UUID_LEN, hex);
	snprintf(text, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
		 hex + 16, hex + 20);
}

/**
 * kota_text_is_clean() - may the format hold this string?
 * @text: the string
 * @size: bytes of the member that takes it, with a NUL
 *
 * Return: true for printable ASCII that fits.
 */
bool kota_text_is_clean(const char *text, size_t size)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	return i < size;
}

/**
 * kota_text_is_name() - may this be the name of a target?
 * @text: the name
 *
 * Return: true for 1 to 31 characters out of a-z, 0-9 and "-".
 */
bool kota_text_is_name(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len && !text[len] && len < KOTA_NAME_LEN;
}
