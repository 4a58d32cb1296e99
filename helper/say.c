// SPDX-License-Identifier: GPL-2.0
/*
 * Messages for people, on standard error. None of them carries a secret.
 */

#include <openssl/err.h>

#include "helper.h"

static void say(const char *fmt, va_list args, const char *tail)
{
	fputs("kota: ", stderr);
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "%s%s\n", tail ? ": " : "", tail ? tail : "");
}

/**
 * kota_error() - say what failed
 * @fmt: printf format: what failed, and what to do about it
 *
 * Return: -1, for "return kota_error(...)".
 */
int kota_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args, NULL);
	va_end(args);
	return -1;
}

/**
 * kota_error_errno() - say what failed, and errno's text
 * @fmt: printf format: what failed
 *
 * Return: -1.
 */
int kota_error_errno(const char *fmt, ...)
{
	const char *text = strerror(errno);
	va_list args;

	va_start(args, fmt);
	say(fmt, args, text);
	va_end(args);
	return -1;
}

/**
 * kota_error_openssl() - say what failed, and OpenSSL's reason
 * @fmt: printf format: what failed
 *
 * Return: -1.
 */
int kota_error_openssl(const char *fmt, ...)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	va_list args;

	va_start(args, fmt);
	say(fmt, args, reason ? reason : "OpenSSL gives no reason");
	va_end(args);
	ERR_clear_error();
	return -1;
}

/**
 * kota_usage() - say what is wrong with the command line
 * @fmt: printf format: what, and what would be right
 *
 * Return: KOTA_EXIT_USAGE, for "return kota_usage(...)".
 */
int kota_usage(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args, NULL);
	va_end(args);
	return KOTA_EXIT_USAGE;
}

/**
 * kota_note() - say something that is no error
 * @fmt: printf format
 */
void kota_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args, NULL);
	va_end(args);
}
