/* SPDX-License-Identifier: GPL-2.0 */
/* A caller whose memory does not come: stuck.c. */
#ifndef KOTA_TEST_STUCK_H
#define KOTA_TEST_STUCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define KT_STUCK_LEN	4096

/* A thread in a write, or in a read; @fd and @writes are the test's to set. */
struct kt_stuck {
	int fd;
	bool writes;		/* KT_STUCK_LEN bytes; else it reads one range */
	uint8_t *page;
	int uffd;
	pthread_t thread;
	ssize_t nr;		/* what the call returned, once it is back */
	int err;
	atomic_bool back;
};

int kt_stuck_begin(struct kt_stuck *s);
int kt_stuck_end(struct kt_stuck *s, const void *data);

#endif /* KOTA_TEST_STUCK_H */
