/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few words of the kernel that kmod/parse.c, manifest.c, refusal.c and cms.c
 * speak, for building these rooms in user space. Nothing else includes it but
 * through kmod/parse.h.
 */
#ifndef KOTA_KERNEL_SHIM_H
#define KOTA_KERNEL_SHIM_H

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef int32_t s32;
/* Not uint64_t: the kernel prints it with %llu on every machine. */
typedef unsigned long long u64;

#define __printf(fmt, args)	__attribute__((format(gnu_printf, fmt, args)))
#ifndef __must_check
#define __must_check		__attribute__((warn_unused_result))
#endif

/* static_assert() without a message, as the kernel has it. */
#undef static_assert
#define static_assert(...)	KOTA_ASSERT_PICK(__VA_ARGS__, #__VA_ARGS__, "")
#define KOTA_ASSERT_PICK(expr, text, ...) _Static_assert(expr, text)

#define le16_to_cpu(x)		le16toh(x)
#define le32_to_cpu(x)		le32toh(x)
#define le64_to_cpu(x)		((u64)le64toh(x))
#define cpu_to_le16(x)		htole16(x)
#define cpu_to_le32(x)		htole32(x)
#define cpu_to_le64(x)		htole64(x)

#define min_t(type, a, b)	((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b)	((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define max3(a, b, c)		max_t(typeof(a), max_t(typeof(a), a, b), c)
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))

/* Number of the highest bit that is set, from 1. */
static inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

static inline bool WARN_ON_ONCE(bool cond)
{
	return cond;
}

#define GFP_KERNEL		0
#define kvmalloc(len, gfp)	malloc(len)
#define kvfree(p)		free(p)

static inline void kvfree_sensitive(void *p, size_t len)
{
	if (p)
		explicit_bzero(p, len);
	free(p);
}

static inline void *memchr_inv(const void *data, int c, size_t len)
{
	const u8 *p = data;

	for (; len; len--, p++)
		if (*p != (u8)c)
			return (void *)p;
	return NULL;
}

static inline ssize_t strscpy(char *dst, const char *src, size_t size)
{
	size_t len = strnlen(src, size);

	if (!size)
		return -E2BIG;
	if (len == size)
		len--;
	memcpy(dst, src, len);
	dst[len] = '\0';
	return src[len] ? -E2BIG : (ssize_t)len;
}

int vscnprintf(char *buf, size_t size, const char *fmt, va_list args);

#endif /* KOTA_KERNEL_SHIM_H */
