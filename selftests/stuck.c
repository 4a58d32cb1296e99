// SPDX-License-Identifier: GPL-2.0
/*
 * A caller whose memory does not come: each access to it waits for the test. So a
 * write lasts for as long as the test wants, on any machine.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <linux/kota.h>
#include <linux/userfaultfd.h>

#include "stuck.h"

static int page_that_does_not_come(struct kt_stuck *s)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	s->uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	s->page = mmap(NULL, KT_STUCK_LEN, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	reg.range.start = (uintptr_t)s->page;
	reg.range.len = KT_STUCK_LEN;
	return s->uffd < 0 || s->page == MAP_FAILED || ioctl(s->uffd, UFFDIO_API, &api) ||
	       ioctl(s->uffd, UFFDIO_REGISTER, &reg);
}

static void *get_stuck(void *arg)
{
	struct kt_stuck *s = arg;

	s->nr = s->writes ? write(s->fd, s->page, KT_STUCK_LEN) :
			    read(s->fd, s->page, sizeof(struct kota_range));
	s->err = s->nr < 0 ? errno : 0;
	s->back = true;
	return NULL;
}

/* The kernel has met the page. */
static int is_stuck(struct kt_stuck *s)
{
	struct pollfd poll_fd = { .fd = s->uffd, .events = POLLIN };
	struct uffd_msg msg;

	return poll(&poll_fd, 1, 10000) != 1 || read(s->uffd, &msg, sizeof(msg)) != sizeof(msg) ||
	       msg.event != UFFD_EVENT_PAGEFAULT;
}

/* Begin the call, and come back when it waits; 0, or not. */
int kt_stuck_begin(struct kt_stuck *s)
{
	return page_that_does_not_come(s) || pthread_create(&s->thread, NULL, get_stuck, s) ||
	       is_stuck(s);
}

/* Let the page come, with KT_STUCK_LEN bytes of @data, and the call end; 0, or not. */
int kt_stuck_end(struct kt_stuck *s, const void *data)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)s->page,
		.src = (uintptr_t)data,
		.len = KT_STUCK_LEN,
	};

	if (ioctl(s->uffd, UFFDIO_COPY, &copy))
		return -1;
	pthread_join(s->thread, NULL);
	munmap(s->page, KT_STUCK_LEN);
	close(s->uffd);
	return 0;
}
