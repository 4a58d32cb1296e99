/* SPDX-License-Identifier: GPL-2.0 */
/* A device before and after: scene.c. */
#ifndef KOTA_TEST_SCENE_H
#define KOTA_TEST_SCENE_H

#include "kota_test.h"

/* Slots as they were, byte for byte: more than a digest tells. */
struct kt_scene {
	struct kt_status before;
	struct kt_status after;		/* once kt_scene_good() has run */
	uint8_t	*a, *b;
	size_t	a_len, b_len;
};

int kt_scene_begin(struct kt_scene *sc);
void kt_scene_end(struct kt_scene *sc);
bool kt_scene_same_a(const struct kt_scene *sc);
bool kt_scene_same_b(const struct kt_scene *sc);
bool kt_scene_unbootable(void);
bool kt_scene_holds(const uint8_t *image, size_t size);
int kt_scene_good(struct kt_scene *sc);

#endif /* KOTA_TEST_SCENE_H */
