// SPDX-License-Identifier: GPL-2.0
/*
 * Looks at the text of a description before libconfig does. That takes 010 for 8,
 * cuts what is too large for it, and keeps no word of how it was written.
 */

#include <ctype.h>

#include "helper.h"

#define MAX_TEXT_LEN (1 << 20)
/* Of any number that fits into 63 bits. */
#define MAX_DIGITS 18

struct text {
	const char *path;
	const char *p;
	unsigned int line;
};

static void advance(struct text *t, size_t len)
{
	for (; len && *t->p; len--)
		t->line += *t->p++ == '\n';
}

static bool is_at(const struct text *t, const char *word)
{
	return !strncmp(t->p, word, strlen(word));
}

/* Where it ends nowhere, libconfig will say so. */
static void skip_to(struct text *t, const char *end)
{
	while (*t->p && !is_at(t, end))
		advance(t, 1);
	advance(t, strlen(end));
}

static void skip_string(struct text *t)
{
	advance(t, 1);
	while (*t->p && *t->p != '"')
		advance(t, *t->p == '\\' ? 2 : 1);
	advance(t, 1);
}

/* Floats are nobody's, which is told where one is taken. */
static bool is_plain(const char *digits)
{
	size_t nr = strspn(digits, "0123456789");
	char next = digits[nr];

	return nr <= MAX_DIGITS && (nr < 2 || *digits != '0') &&
	       (!isalnum((unsigned char)next) || strchr("eELl", next));
}

/* A name, or a number with whatever letters are in it. */
static size_t word_len(const char *p)
{
	size_t len = 0;

	while (isalnum((unsigned char)p[len]) || p[len] == '-' || p[len] == '_')
		len++;
	return len;
}

static int take_number(struct text *t)
{
	size_t len = word_len(t->p);

	if (!is_plain(t->p))
		return kota_error(
			"%s:%u: %.*s: a number is decimal, begins with no 0 and has at most %d digits; put any other in quotes",
			t->path, t->line, (int)len, t->p, MAX_DIGITS);
	advance(t, len);
	return 0;
}

static int take_one(struct text *t)
{
	if (*t->p == '"')
		skip_string(t);
	else if (*t->p == '#' || is_at(t, "//"))
		skip_to(t, "\n");
	else if (is_at(t, "/*"))
		skip_to(t, "*/");
	else if (isalpha((unsigned char)*t->p))
		advance(t, word_len(t->p));
	else if (isdigit((unsigned char)*t->p))
		return take_number(t);
	else
		advance(t, 1);
	return 0;
}

static int check(const char *path, const char *text, size_t len)
{
	struct text t = { .path = path, .p = text, .line = 1 };

	if (strlen(text) != len)
		return kota_error("%s: not a text", path);
	while (*t.p)
		if (take_one(&t))
			return -1;
	return 0;
}

/**
 * kota_description_check() - would libconfig misread it?
 * @path: a description, or a file that one includes
 *
 * Return: 0, or -1 after saying what is wrong, with file and line.
 */
int kota_description_check(const char *path)
{
	size_t len;
	u8 *data = kota_file_read(path, MAX_TEXT_LEN, &len);
	int err;

	if (!data)
		return -1;
	data[len] = '\0';
	err = check(path, (const char *)data, len);
	free(data);
	return err;
}
