// SPDX-License-Identifier: GPL-2.0
/*
 * Refusals: one errno per cause, and the words that go with it. Judges nothing.
 */

#include "parse.h"

/**
 * kota_cause_errno() - errno of a cause
 * @cause: why something was refused
 *
 * Return: the negative errno of the table in linux/kota.h, -EINVAL for a cause
 * that is not in it.
 */
int kota_cause_errno(enum kota_cause cause)
{
	static const int errnos[] = {
	/* clang-format off */
#define KOTA_CAUSE_ERRNO(name, number, error, sentence) \
	[number] = error,
		/* clang-format on */
		KOTA_CAUSES(KOTA_CAUSE_ERRNO)
#undef KOTA_CAUSE_ERRNO
	};

	if ((size_t)cause >= ARRAY_SIZE(errnos) || !errnos[cause])
		return -EINVAL;
	return -errnos[cause];
}

/* Texts go to terminals and logs, and hold what a stranger may have sent. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			*text = '?';
}

/**
 * kota_refuse() - note why something is refused
 * @why: where to note it; its step is left alone
 * @cause: the cause
 * @fmt: printf format of "expected|found"; only a bar of its own parts the two
 *
 * Return: the cause's negative errno, for "return kota_refuse(...)".
 */
int kota_refuse(struct kota_refusal *why, enum kota_cause cause,
		const char *fmt, ...)
{
	char text[2 * KOTA_REFUSAL_TEXT_LEN], head[KOTA_REFUSAL_TEXT_LEN];
	size_t expected_len, len;
	va_list args;

	WARN_ON_ONCE(strcspn(fmt, "|") >= sizeof(head));
	/* What is told may hold bars, too: how long is it up to ours? */
	snprintf(head, sizeof(head), "%.*s", (int)strcspn(fmt, "|"), fmt);
	va_start(args, fmt);
	expected_len = vsnprintf(NULL, 0, head, args);
	va_end(args);
	va_start(args, fmt);
	len = vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	make_printable(text);

	why->found[0] = '\0';
	if (expected_len < len) {
		text[expected_len] = '\0';
		strscpy(why->found, text + expected_len + 1,
			sizeof(why->found));
	}
	strscpy(why->expected, text, sizeof(why->expected));
	why->cause = cause;
	return kota_cause_errno(cause);
}

/**
 * kota_refuse_memory() - note that there is no memory
 * @why: where to note it
 * @what: what it was wanted for, for people
 *
 * Return: the negative errno of the cause MEMORY.
 */
int kota_refuse_memory(struct kota_refusal *why, const char *what)
{
	return kota_refuse(why, KOTA_CAUSE_MEMORY, "memory for %s|none", what);
}
