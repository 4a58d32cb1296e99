// SPDX-License-Identifier: GPL-2.0
/*
 * A device that is not ready yet takes nothing. The boot runs these one by one,
 * with what it does to the device in between.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "scene.h"

FIXTURE(early) {
	struct kt_scene scene;
	struct kt_buf b;
};

FIXTURE_SETUP(early)
{
	static uint8_t image[5000];
	struct kt_deliverable d;

	ASSERT_EQ(0, kt_scene_begin(&self->scene));
	kt_fill(image, sizeof(image), 1);
	kt_begin(&d, &self->scene.before, image, sizeof(image), 1000000);
	kt_seal(&d);
	kt_sign(&d, "signer", 0);
	kt_wrap_stranger(&d);
	self->b = kt_finish(&d, NULL);
	kt_free(&d);
}

FIXTURE_TEARDOWN(early)
{
	EXPECT_TRUE(kt_scene_same_a(&self->scene));
	EXPECT_TRUE(kt_scene_same_b(&self->scene));
	free(self->b.data);
	kt_scene_end(&self->scene);
}

/* Nobody may sign: then nothing is good, and not everything. */
TEST_F(early, empty_ring)
{
	struct kt_status st;

	ASSERT_EQ(0, self->scene.before.release_signers);
	EXPECT_EQ(-ENOKEY, kt_install(self->b.data, self->b.len, 1000000));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(KOTA_CAUSE_SIGNER, st.cause);
	EXPECT_EQ(KOTA_STEP_CHECK, st.step);
}

TEST_F(early, keys_not_loaded)
{
	struct kt_status st;

	ASSERT_EQ(1, self->scene.before.release_signers);
	EXPECT_NE(KOTA_KEY_STATE_LOADED, self->scene.before.key_state);
	EXPECT_FALSE(self->scene.before.has_public);
	EXPECT_EQ(-EUNATCH, kt_install(self->b.data, self->b.len, 1000000));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(KOTA_CAUSE_KEYS, st.cause);
	EXPECT_EQ(KOTA_STEP_CHECK, st.step);
}

/* No trusted key is in kota's ring: nothing can be taken over. */
TEST_F(early, nothing_to_load)
{
	if (self->scene.before.key_state == KOTA_KEY_STATE_UNPROVISIONED) {
		EXPECT_EQ(-ENODATA, kt_command(KOTA_CMD_KEYS_LOAD, NULL, 0, NULL, NULL));
		EXPECT_EQ(-ENOKEY, kt_command(KOTA_CMD_PROVISION, NULL, 0, NULL, NULL));
	} else {
		EXPECT_EQ(-ENOKEY, kt_command(KOTA_CMD_KEYS_LOAD, NULL, 0, NULL, NULL));
		EXPECT_EQ(-EEXIST, kt_command(KOTA_CMD_PROVISION, NULL, 0, NULL, NULL));
	}
}

/* Which slot runs is not known: then none is the one that may be written. */
TEST_F(early, booted_slot_not_known)
{
	struct kt_deliverable d;
	struct kt_status st;
	static uint8_t image[100];
	struct kt_buf b;

	kt_begin(&d, &self->scene.before, image, sizeof(image), 1000001);
	d.image[0].cipher = KOTA_CIPHER_AES_256_GCM;
	kt_seal(&d);
	kt_sign(&d, "signer", 0);
	kt_wrap(&d, self->scene.before.public_key);
	b = kt_finish(&d, NULL);
	EXPECT_EQ(-EBADSLT, kt_install(b.data, b.len, 1000001));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(KOTA_CAUSE_BOOTED_SLOT, st.cause);
	EXPECT_STREQ("", st.booted_slot);
	kt_free(&d);
	free(b.data);
}

/* The device tree's level is a floor, whatever the manifest asks for. */
TEST_F(early, level_of_the_board)
{
	struct kt_status st;

	ASSERT_EQ(KOTA_LEVEL_UPGRADED, self->scene.before.level);
	EXPECT_EQ(-EPERM, kt_install(self->b.data, self->b.len, 1000000));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(KOTA_CAUSE_LEVEL, st.cause);
}

TEST_HARNESS_MAIN
