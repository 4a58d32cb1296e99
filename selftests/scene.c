// SPDX-License-Identifier: GPL-2.0
/*
 * A device before and after: what a refusal must leave alone, and that a good
 * deliverable is taken afterwards.
 */

#include <stdlib.h>
#include <string.h>

#include "scene.h"

int kt_scene_begin(struct kt_scene *sc)
{
	memset(sc, 0, sizeof(*sc));
	if (kt_status(&sc->before, KT_TARGET))
		return -1;
	sc->a = kt_mtd_copy("slot-a", &sc->a_len);
	sc->b = kt_mtd_copy("slot-b", &sc->b_len);
	return sc->a && sc->b ? 0 : -1;
}

void kt_scene_end(struct kt_scene *sc)
{
	free(sc->a);
	free(sc->b);
}

static bool same(const char *mtd, const uint8_t *bytes, size_t len)
{
	size_t now_len;
	uint8_t *now = kt_mtd_copy(mtd, &now_len);
	bool same = now && now_len == len && !memcmp(now, bytes, len);

	free(now);
	return same;
}

bool kt_scene_same_a(const struct kt_scene *sc)
{
	return same("slot-a", sc->a, sc->a_len);
}

bool kt_scene_same_b(const struct kt_scene *sc)
{
	return same("slot-b", sc->b, sc->b_len);
}

/* The first block or unit of slot b is blank: nothing starts from it. */
bool kt_scene_unbootable(void)
{
	static uint8_t block[256 << 10], blank[256 << 10];
	size_t len = kt_first_unit();

	memset(blank, kt_blank(), len);
	return !kt_mtd_read("slot-b", 0, block, len) && !memcmp(block, blank, len);
}

/* Where slot b has to be blank up to, behind an image. */
static size_t blank_to(size_t size, size_t len)
{
	size_t end = (size + 511) / 512 * 512 + 512;

	if (!kt_on_disk())
		return len;
	if (end < kt_first_unit())
		end = kt_first_unit();
	return end < len ? end : len;
}

/* Slot b holds the image and otherwise nothing; on a disk nothing for a sector. */
bool kt_scene_holds(const uint8_t *image, size_t size)
{
	size_t len, i, end;
	uint8_t *b = kt_mtd_copy("slot-b", &len), blank = kt_blank();
	bool good = b && size <= len && !memcmp(b, image, size);

	end = blank_to(size, len);
	for (i = size; good && i < end; i++)
		good = b[i] == blank;
	free(b);
	return good;
}

/* Above whatever a test has tried in vain. */
#define LATER	1000

/* A fresh good deliverable goes in, and is then what slot b holds. */
int kt_scene_good(struct kt_scene *sc)
{
	struct kt_status st;
	static uint8_t image[20000];
	struct kt_buf good;
	int err = kt_status(&st, KT_TARGET);

	if (err)
		return err;
	kt_fill(image, sizeof(image), st.sequence + LATER);
	good = kt_make(&st, image, sizeof(image), st.sequence + LATER, 12, NULL);
	err = kt_install(good.data, good.len, st.sequence + LATER);
	free(good.data);
	if (!err && !kt_scene_holds(image, sizeof(image)))
		err = -1;
	if (!err)
		err = kt_status(&sc->after, KT_TARGET);
	if (!err && sc->after.slot[1].state != KOTA_SLOT_STATE_COMPLETE)
		err = -2;
	return err;
}
