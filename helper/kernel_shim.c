// SPDX-License-Identifier: GPL-2.0
/*
 * vscnprintf() with the one extension that refusals use, %*ph: bytes in hex.
 * Knows plain integers and strings besides; anything else ends the text.
 */

#include "kernel_shim.h"

struct out {
	char *buf;
	size_t size;
	size_t len;
};

static void put(struct out *o, const char *text)
{
	for (; *text && o->len + 1 < o->size; text++)
		o->buf[o->len++] = *text;
	o->buf[o->len] = '\0';
}

static void put_hex(struct out *o, const u8 *data, int nr)
{
	char text[4];
	int i;

	for (i = 0; i < nr; i++) {
		snprintf(text, sizeof(text), i ? " %02x" : "%02x", data[i]);
		put(o, text);
	}
}

static void put_number(struct out *o, char conv, bool alt, u64 value)
{
	char text[32];

	if (conv == 'd')
		snprintf(text, sizeof(text), "%lld", (long long)value);
	else if (conv == 'x')
		snprintf(text, sizeof(text), alt && value ? "0x%llx" : "%llx",
			 value);
	else
		snprintf(text, sizeof(text), "%llu", value);
	put(o, text);
}

/* One integer of the length that @mods ("", "l", "ll", "z") says. */
static u64 take_number(va_list *args, char mod, int nr_mods, bool is_signed)
{
	if (mod == 'z')
		return va_arg(*args, size_t);
	if (nr_mods == 2)
		return va_arg(*args, unsigned long long);
	if (nr_mods == 1)
		return is_signed ? (u64)va_arg(*args, long) :
				   va_arg(*args, unsigned long);
	return is_signed ? (u64)va_arg(*args, int) :
			   va_arg(*args, unsigned int);
}

/* One conversion; @f points behind the percent sign. */
static const char *put_conversion(struct out *o, const char *f, va_list *args)
{
	bool alt = *f == '#';
	int width = 0, nr_mods = 0;
	char mod = 0;

	f += alt;
	if (*f == '*') {
		width = va_arg(*args, int);
		f++;
	}
	for (; *f == 'l' || *f == 'z'; f++, nr_mods++)
		mod = *f;

	switch (*f) {
	case 's':
		put(o, va_arg(*args, const char *));
		return f + 1;
	case 'p':
		put_hex(o, va_arg(*args, const u8 *), width);
		return f + 1 + (f[1] == 'h');
	case 'd':
	case 'u':
	case 'x':
		put_number(o, *f, alt,
			   take_number(args, mod, nr_mods, *f == 'd'));
		return f + 1;
	}
	return "";
}

/**
 * vscnprintf() - print as the kernel does
 * @buf: where to
 * @size: bytes there, at least 1
 * @fmt: format
 * @args: its arguments
 *
 * Return: characters in @buf, without the NUL.
 */
int vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { .buf = buf, .size = size };
	char one[2] = "";
	va_list copy;

	va_copy(copy, args);
	*buf = '\0';
	while (*fmt) {
		if (*fmt == '%' && fmt[1] != '%') {
			fmt = put_conversion(&o, fmt + 1, &copy);
			continue;
		}
		fmt += *fmt == '%';
		one[0] = *fmt++;
		put(&o, one);
	}
	va_end(copy);
	return o.len;
}
