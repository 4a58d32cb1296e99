/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzzers share. A fuzzer gives a room any bytes; the sanitizers see what
 * it should not touch, and FUZZ_CHECK() what it should not say.
 */
#ifndef KOTA_FUZZ_H
#define KOTA_FUZZ_H

#include "parse.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define FUZZ_CHECK(cond)						\
	do {								\
		if (!(cond)) {						\
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();					\
		}							\
	} while (0)

/* A verdict is 0, or the errno of the cause that is told with printable texts. */
static inline void fuzz_verdict(int err, const struct kota_refusal *why)
{
	size_t i;

	if (!err) {
		FUZZ_CHECK(why->cause == KOTA_CAUSE_NONE);
		return;
	}
	FUZZ_CHECK(why->cause != KOTA_CAUSE_NONE);
	FUZZ_CHECK(err == kota_cause_errno(why->cause));
	FUZZ_CHECK(memchr(why->expected, 0, sizeof(why->expected)));
	FUZZ_CHECK(memchr(why->found, 0, sizeof(why->found)));
	for (i = 0; why->found[i]; i++)
		FUZZ_CHECK(why->found[i] >= 0x20 && why->found[i] < 0x7f);
}

/* Reads every byte: the sanitizer complains where there is none. */
static inline void fuzz_touch(const void *data, size_t len)
{
	const volatile u8 *p = data;

	while (len--)
		(void)*p++;
}

/* A copy that ends where its memory ends. */
static inline void *fuzz_copy(const void *data, size_t len)
{
	void *copy = malloc(len ?: 1);

	FUZZ_CHECK(copy);
	memcpy(copy, data, len);
	return copy;
}

#endif /* KOTA_FUZZ_H */
