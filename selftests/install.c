// SPDX-License-Identifier: GPL-2.0
/*
 * What has to go in, and then lies in the slot byte for byte with nothing behind
 * it, while the other slot is as it was.
 *
 * Wants a provisioned device with signers "signer", "signer2", "signer-p384" and
 * "signer-rsa3072" in the ring.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <endian.h>
#include <sys/time.h>

#include "harness.h"
#include "scene.h"

/* More than any image of the variants, but for the whole slot. */
#define WHOLE_SLOT	0

#define KIB	1024
#define MIB	(1024 * KIB)

FIXTURE(install) {
	struct kt_scene scene;
	struct kt_deliverable d;
	uint8_t *image;
	size_t size;
	uint64_t sequence;
};

FIXTURE_VARIANT(install) {
	size_t size;
	uint8_t log2_chunk;
	uint8_t level;
	uint8_t cipher;
	uint8_t digest;
	uint8_t manifest_digest;
	int cms;
	const char *signer;	/* NULL: "signer" */
	bool strangers;		/* envelopes for others around ours */
	bool two_signers;
	uint16_t consent;
	uint32_t handling;
	long clock;		/* seconds since 1970; 0: as it is */
	uint64_t jump;		/* of the sequence number */
	bool half_blank;	/* the first half of each 4 KiB */
};

FIXTURE_SETUP(install)
{
	size_t off;

	ASSERT_EQ(0, kt_scene_begin(&self->scene));
	self->sequence = self->scene.before.sequence + 1 + variant->jump;
	self->size = variant->size == WHOLE_SLOT ? self->scene.b_len : variant->size;
	self->image = malloc(self->size);
	ASSERT_NE(NULL, self->image);
	kt_fill(self->image, self->size, self->sequence);
	for (off = 0; variant->half_blank && off < self->size; off += 4 * KIB)
		memset(self->image + off, kt_blank(), 2 * KIB);
}

FIXTURE_TEARDOWN(install)
{
	kt_free(&self->d);
	free(self->image);
	kt_scene_end(&self->scene);
}

#define ADD(name_, size_, log2_, ...)						\
	FIXTURE_VARIANT_ADD(install, name_) {					\
		.size = size_, .log2_chunk = log2_, .cipher = KOTA_CIPHER_AES_128_GCM, \
		.digest = KOTA_DIGEST_SHA256, .manifest_digest = KOTA_DIGEST_SHA256,   \
		__VA_ARGS__							\
	};
#pragma GCC diagnostic ignored "-Woverride-init"

ADD(one_byte, 1, 12)
ADD(one_chunk, 4096, 12)
ADD(one_chunk_and_a_byte, 4097, 12)
ADD(smallest_in_largest_chunk, 1, 20)
ADD(first_block_less_a_byte, 256 * KIB - 1, 16)
ADD(first_block, 256 * KIB, 16)
ADD(first_block_and_a_byte, 256 * KIB + 1, 16)
ADD(chunks_across_blocks, 3 * MIB + 5, 20)
ADD(table_of_two_blocks, 8 * MIB, 12)
ADD(whole_slot, WHOLE_SLOT, 18)
/* Blocks that look blank at first have to be erased all the same. */
ADD(half_blank, 4 * MIB, 18, .half_blank = true)
ADD(aes_256, 100000, 14, .cipher = KOTA_CIPHER_AES_256_GCM)
ADD(sha3, 100000, 14, .digest = KOTA_DIGEST_SHA3_256)
ADD(sha3_manifest, 100000, 14, .manifest_digest = KOTA_DIGEST_SHA3_256)
ADD(upgraded, 100000, 14, .level = KOTA_LEVEL_UPGRADED, .cipher = KOTA_CIPHER_AES_256_GCM)
ADD(signed_by_key_id, 1000, 12, .cms = KT_KEYID)
ADD(signed_with_sha3, 1000, 12, .cms = KT_SHA3)
ADD(signed_with_sha3_by_key_id, 1000, 12, .cms = KT_SHA3 | KT_KEYID)
ADD(signed_p384, 1000, 12, .signer = "signer-p384", .cms = KT_SHA384)
ADD(signed_p384_sha512, 1000, 12, .signer = "signer-p384", .cms = KT_SHA512 | KT_KEYID)
ADD(signed_p384_sha3, 1000, 12, .signer = "signer-p384", .cms = KT_SHA3_384)
ADD(signed_rsa3072, 1000, 12, .signer = "signer-rsa3072")
ADD(signed_rsa3072_sha384, 1000, 12, .signer = "signer-rsa3072", .cms = KT_SHA384 | KT_KEYID)
ADD(signed_rsa3072_sha512, 1000, 12, .signer = "signer-rsa3072", .cms = KT_SHA512)
ADD(two_signers, 1000, 12, .two_signers = true)
ADD(among_envelopes_of_others, 1000, 12, .strangers = true)
ADD(notify, 1000, 12, .consent = KOTA_CONSENT_NOTIFY)
ADD(handling_that_is_met, 1000, 12,
    .handling = KOTA_HANDLING_ERASE_SLOT | KOTA_HANDLING_NO_RESUME)
ADD(handling_of_others, 1000, 12,
    .handling = KOTA_HANDLING_REBOOT_NOW | KOTA_HANDLING_EXTERNAL_POWER)
ADD(clock_1970, 1000, 12, .clock = 86400)
ADD(clock_2099, 1000, 12, .clock = 4070908800)
ADD(sequence_beyond_32_bits, 1000, 12, .jump = 1ULL << 33)

TEST_F_TIMEOUT(install, and_compare, KT_FOREVER)
{
	struct kt_deliverable *d = &self->d;
	struct timeval now, then = { .tv_sec = variant->clock };
	struct kt_status st;
	struct kt_buf b;
	int err;

	kt_begin(d, &self->scene.before, self->image, self->size, self->sequence);
	d->manifest.level = variant->level;
	d->manifest.consent = variant->consent;
	d->manifest.handling = htole32(variant->handling);
	d->manifest.digest = variant->manifest_digest;
	d->image[0].log2_chunk = variant->log2_chunk;
	d->image[0].digest = variant->digest;
	d->image[0].cipher = variant->cipher;
	kt_retable(d);
	kt_seal(d);
	kt_sign(d, variant->signer ?: "signer", variant->cms);
	if (variant->two_signers)
		kt_sign(d, "signer2", 0);
	if (variant->strangers)
		kt_wrap_stranger(d);
	kt_wrap(d, self->scene.before.public_key);
	if (variant->strangers)
		kt_wrap_stranger(d);
	b = kt_finish(d, NULL);

	gettimeofday(&now, NULL);
	if (variant->clock)
		ASSERT_EQ(0, settimeofday(&then, NULL));
	err = kt_install(b.data, b.len, self->sequence);
	if (variant->clock)
		settimeofday(&now, NULL);
	free(b.data);

	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	if (err)
		TH_LOG("expected \"%s\", found \"%s\"", st.expected, st.found);
	ASSERT_EQ(0, err);
	EXPECT_TRUE(kt_scene_holds(self->image, self->size));
	EXPECT_TRUE(kt_scene_same_a(&self->scene));
	EXPECT_EQ(KOTA_SLOT_STATE_COMPLETE, st.slot[1].state);
	EXPECT_EQ(self->sequence, st.slot[1].sequence);
	EXPECT_EQ(self->size, st.slot[1].size);
	EXPECT_STREQ(d->image[0].version, st.slot[1].version);
	EXPECT_EQ(self->sequence, st.sequence);
	EXPECT_EQ(!kt_on_disk(), st.protected);
	EXPECT_TRUE(st.slot[0].booted);
	EXPECT_FALSE(st.slot[1].booted);
	EXPECT_FALSE(st.busy);
	if (variant->half_blank)
		EXPECT_EQ(0, kt_scene_good(&self->scene));
}

TEST_HARNESS_MAIN
