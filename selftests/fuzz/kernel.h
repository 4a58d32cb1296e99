/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What else of the kernel the rooms need that are fuzzed but are not part of the
 * helper: just enough for kota_private.h to compile. Included before everything;
 * the headers that kota_private.h asks for are empty.
 */
#ifndef KOTA_FUZZ_KERNEL_H
#define KOTA_FUZZ_KERNEL_H

#include <sys/types.h>
#include <sys/uio.h>

#include "kernel_shim.h"

/* Differences between kernels and their options are of no interest here. */
#define KOTA_COMPAT_H

typedef struct { int counter; } atomic_t;
typedef struct { int lock; } spinlock_t;
typedef struct { int head; } wait_queue_head_t;
typedef u64 ktime_t;
struct mutex { int owner; };
struct rw_semaphore { int count; };
struct list_head { struct list_head *next, *prev; };
struct work_struct { int data; };
struct delayed_work { struct work_struct work; };
struct miscdevice { int minor; };
struct completion { int done; };
struct kvec { void *iov_base; size_t iov_len; };
struct device;
struct device_node;
struct key;
struct sk_buff;
struct genl_info;

#define U64_MAX			((u64)~0ULL)
#define min(a, b)		((a) < (b) ? (a) : (b))
#define max(a, b)		((a) > (b) ? (a) : (b))
#define BIT(n)			(1UL << (n))
#define IS_ERR(p)		((unsigned long)(p) >= (unsigned long)-4095)
#define pr_notice_ratelimited(...) do { } while (0)

#endif /* KOTA_FUZZ_KERNEL_H */
