// SPDX-License-Identifier: GPL-2.0
/*
 * A progress bar on standard error when that is a terminal, nothing otherwise.
 */

#include <sys/ioctl.h>
#include <unistd.h>

#include "helper.h"

#define BAR_MAX 50
/* Columns beside the bar: name, percent, bytes. */
#define BESIDE 42

static int bar_width(void)
{
	struct winsize size;
	int width;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		size.ws_col = 80;
	width = size.ws_col - BESIDE;
	return width < 0 ? 0 : width > BAR_MAX ? BAR_MAX : width;
}

static void draw(struct kota_progress *p, u64 done)
{
	int width = bar_width(), full = width * p->percent / 100, i;

	fprintf(stderr, "\r\033[K%-12s ", p->what);
	if (width) {
		fputc('[', stderr);
		for (i = 0; i < width; i++)
			fputc(i < full ? '#' : '.', stderr);
		fputs("] ", stderr);
	}
	fprintf(stderr, "%3d %%  %.1f MiB", p->percent, done / 1048576.0);
	fflush(stderr);
	p->shown = true;
}

/**
 * kota_progress_begin() - make a bar ready
 * @p: the bar
 * @what: one word that stands before it
 * @total: bytes at 100 %, 0 when it is not known
 */
void kota_progress_begin(struct kota_progress *p, const char *what, u64 total)
{
	*p = (struct kota_progress){
		.what = what,
		.total = total,
		.percent = -1,
		.bar = isatty(STDERR_FILENO),
	};
}

/**
 * kota_progress_update() - move the bar
 * @p: the bar
 * @done: bytes done
 */
void kota_progress_update(struct kota_progress *p, u64 done)
{
	int percent = 0;

	if (!p->bar)
		return;
	if (p->total)
		percent = done >= p->total ? 100 :
					     (int)(100.0 * done / p->total);
	if (percent == p->percent)
		return;
	p->percent = percent;
	draw(p, done);
}

/**
 * kota_progress_clear() - free the line for other output
 * @p: the bar; the next update draws it again
 */
void kota_progress_clear(struct kota_progress *p)
{
	if (!p->shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	p->shown = false;
	p->percent = -1;
}
