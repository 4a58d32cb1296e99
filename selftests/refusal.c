// SPDX-License-Identifier: GPL-2.0
/*
 * Each way in which a deliverable can be wrong, under good signatures and tags
 * wherever these are not the thing that is wrong. Every one: its errno, its
 * cause and step, slots as they must be, and a good deliverable goes in next.
 *
 * Wants a provisioned device with signers "signer", "signer2" and, offline,
 * "offline-signer" in the rings, and certificates of which each breaks one rule.
 */

#include <stdlib.h>
#include <string.h>
#include <endian.h>

#include "harness.h"
#include "scene.h"

#define IMAGE_LEN	20000	/* five chunks of 4 KiB */

FIXTURE(refusal) {
	struct kt_scene scene;
	struct kt_deliverable d;
	uint8_t image[IMAGE_LEN];
	uint64_t sequence;
};

FIXTURE_VARIANT(refusal) {
	/* changes the manifest, images, table before anything depends on them */
	void (*spoil)(struct kt_deliverable *d);
	/* changes ciphertexts, lengths, signatures, before it is put together */
	void (*spoil_sealed)(struct kt_deliverable *d);
	/* changes the bytes; may make them longer */
	void (*spoil_bytes)(struct kt_buf *b, const struct kt_map *m);
	const char *signer;	/* "": nobody; NULL: "signer" */
	uint8_t ring;		/* 0: release */
	int cms;		/* KT_* */
	bool no_envelope;
	uint16_t step;
	uint16_t cause;
	bool staged;		/* slot b has been touched by then */
};

FIXTURE_SETUP(refusal)
{
	ASSERT_EQ(0, kt_scene_begin(&self->scene));
	self->sequence = self->scene.before.sequence + 2;
	kt_fill(self->image, IMAGE_LEN, self->sequence);
	kt_begin(&self->d, &self->scene.before, self->image, IMAGE_LEN, self->sequence);
	self->d.image[0].log2_chunk = 12;
	kt_retable(&self->d);
}

FIXTURE_TEARDOWN(refusal)
{
	kt_free(&self->d);
	kt_scene_end(&self->scene);
}

TEST_F_TIMEOUT(refusal, refused, KT_FOREVER)
{
	struct kt_deliverable *d = &self->d;
	struct kt_status st;
	struct kt_map map;
	struct kt_buf b;

	if (variant->spoil)
		variant->spoil(d);
	kt_seal(d);
	if (!variant->signer || *variant->signer)
		kt_sign_ring(d, variant->ring ?: KOTA_RING_RELEASE, variant->signer ?: "signer",
			     variant->cms);
	if (!variant->no_envelope)
		kt_wrap(d, self->scene.before.public_key);
	if (variant->spoil_sealed)
		variant->spoil_sealed(d);
	b = kt_finish(d, &map);
	if (variant->spoil_bytes)
		variant->spoil_bytes(&b, &map);

	EXPECT_EQ(kt_errno(variant->cause), kt_install(b.data, b.len, self->sequence));
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	EXPECT_EQ(variant->cause, st.cause);
	EXPECT_EQ(variant->step, st.step);
	EXPECT_EQ(kt_errno(variant->cause), -st.error);
	EXPECT_NE('\0', st.expected[0]);
	EXPECT_NE('\0', st.found[0]);
	EXPECT_EQ(self->scene.before.sequence, st.sequence);
	EXPECT_FALSE(st.busy);
	EXPECT_TRUE(kt_scene_same_a(&self->scene));
	if (variant->staged) {
		EXPECT_TRUE(kt_scene_unbootable());
		EXPECT_EQ(KOTA_SLOT_STATE_INCOMPLETE, st.slot[1].state);
	} else {
		EXPECT_TRUE(kt_scene_same_b(&self->scene));
		EXPECT_EQ(self->scene.before.slot[1].state, st.slot[1].state);
	}
	if (_metadata->exit_code != KSFT_PASS)
		TH_LOG("expected \"%s\", found \"%s\"", st.expected, st.found);
	EXPECT_EQ(0, kt_scene_good(&self->scene));
	EXPECT_TRUE(kt_scene_same_a(&self->scene));
	free(b.data);
}

static void set_name(char name[KOTA_NAME_LEN], const char *text)
{
	memset(name, 0, KOTA_NAME_LEN);
	strcpy(name, text);
}

static void say_no_image(struct kt_deliverable *d)
{
	d->manifest.nr_images = 0;
	d->nr_images = 0;
}

static void carry_a_table(struct kt_deliverable *d)
{
	kt_append(&d->tables, "0123456789abcdef", 16);
}

static void carry_a_frame(struct kt_deliverable *d)
{
	struct kota_frame head = { .type = htole16(KOTA_FRAME_DATA), .len = htole32(16) };
	struct kt_buf frames = { 0 };

	kt_append(&frames, &head, sizeof(head));
	kt_append(&frames, "0123456789abcdef0123456789abcdef", 32);
	kt_append(&frames, d->frames.data, d->frames.len);
	free(d->frames.data);
	d->frames = frames;
}

#define ADD(name_, hook_, step_, cause_, ...)				\
	FIXTURE_VARIANT_ADD(refusal, name_) {				\
		hook_ .step = KOTA_STEP_##step_, .cause = KOTA_CAUSE_##cause_, __VA_ARGS__ \
	};

/* The manifest, an image, the table says what it must not. */
#define SAYS(name_, step_, cause_, ...)					\
	static void say_##name_(struct kt_deliverable *d) { __VA_ARGS__; } \
	ADD(name_, .spoil = say_##name_ COMMA, step_, cause_)
#define COMMA ,

/* The table says so; its root digest is right. */
#define TABLE_SAYS(name_, cause_, ...)					\
	static void say_##name_(struct kt_deliverable *d)		\
	{								\
		struct kota_table *table = (void *)d->table.data;	\
		struct kota_chunk *entry = (void *)(table + 1);		\
		(void)entry;						\
		__VA_ARGS__;						\
	}								\
	ADD(name_, .spoil = say_##name_ COMMA, CHECK, cause_)

/* The same, found out when the slot has been touched. */
#define LATE_TABLE_SAYS(name_, step_, cause_, ...)			\
	static void say_##name_(struct kt_deliverable *d)		\
	{								\
		struct kota_table *table = (void *)d->table.data;	\
		struct kota_chunk *entry = (void *)(table + 1);		\
		(void)entry;						\
		__VA_ARGS__;						\
	}								\
	ADD(name_, .spoil = say_##name_ COMMA, step_, cause_, .staged = true)

/* What is around the signed part. */
#define CARRIES(name_, step_, cause_, ...)				\
	static void carry_##name_(struct kt_deliverable *d) { __VA_ARGS__; } \
	ADD(name_, .spoil_sealed = carry_##name_ COMMA, step_, cause_)
#define LATE_CARRIES(name_, step_, cause_, ...)				\
	static void carry_##name_(struct kt_deliverable *d) { __VA_ARGS__; } \
	ADD(name_, .spoil_sealed = carry_##name_ COMMA, step_, cause_, .staged = true)

/* The bytes as they come. */
#define COMES(name_, step_, cause_, ...)				\
	static void come_##name_(struct kt_buf *b, const struct kt_map *m) { __VA_ARGS__; } \
	ADD(name_, .spoil_bytes = come_##name_ COMMA, step_, cause_)
#define LATE_COMES(name_, step_, cause_, ...)				\
	static void come_##name_(struct kt_buf *b, const struct kt_map *m) { __VA_ARGS__; } \
	ADD(name_, .spoil_bytes = come_##name_ COMMA, step_, cause_, .staged = true)

/* Prologue: nothing is believed, all is bounded. */
SAYS(magic, RECEIVE, MAGIC, d->prologue.magic[0] = 'k')
SAYS(format_version, RECEIVE, VERSION, d->prologue.version = htole16(2))
SAYS(prologue_reserved, RECEIVE, FORMAT, d->prologue.reserved2[23] = 1)
SAYS(manifest_too_long, RECEIVE, LENGTH, d->prologue.manifest_len = htole32(3713))
SAYS(manifest_4g, RECEIVE, LENGTH, d->prologue.manifest_len = htole32(0xffffffff))
SAYS(manifest_2g, RECEIVE, LENGTH, d->prologue.manifest_len = htole32(0x80000000))
SAYS(manifest_empty_but, RECEIVE, FORMAT, d->prologue.manifest_len = htole32(1))
SAYS(manifest_odd, RECEIVE, FORMAT, d->prologue.manifest_len = htole32(833))
SAYS(signatures_too_long, RECEIVE, LENGTH, d->prologue.signatures_len = htole32(32801))
SAYS(signatures_4g, RECEIVE, LENGTH, d->prologue.signatures_len = htole32(0xffffffff))
SAYS(envelopes_too_long, RECEIVE, LENGTH, d->prologue.envelopes_len = htole32((1 << 20) + 1))
SAYS(envelopes_2g, RECEIVE, LENGTH, d->prologue.envelopes_len = htole32(0x7fffffff))
SAYS(tables_too_long, RECEIVE, LENGTH, d->prologue.tables_len = htole32((16 << 20) + 1))
SAYS(tables_4g, RECEIVE, LENGTH, d->prologue.tables_len = htole32(0xffffffff))
SAYS(frames_too_long, RECEIVE, LENGTH, d->prologue.frames_len = htole64((1ULL << 48) + 1))
SAYS(frames_2_63, RECEIVE, LENGTH, d->prologue.frames_len = htole64(1ULL << 63))
SAYS(frames_all_ones, RECEIVE, LENGTH, d->prologue.frames_len = htole64(~0ULL))
SAYS(frames_without_end, RECEIVE, FORMAT, d->prologue.frames_len = htole64(15))
SAYS(frames_2g, CHECK, FORMAT, d->prologue.frames_len = htole64(0x80000000))
SAYS(frames_4g_and_1, CHECK, FORMAT, d->prologue.frames_len = htole64(0x100000001))
SAYS(tables_1_more, CHECK, FORMAT, d->prologue.tables_len = htole32(233))

/* Signatures: who, over what, in which form. */
ADD(unsigned, .signer = "" COMMA, CHECK, UNSIGNED)
ADD(stranger, .signer = "stranger-signer" COMMA, CHECK, SIGNER)
ADD(signed_by_anchor, .signer = "release-anchor" COMMA, CHECK, SIGNER_USE)
ADD(signed_by_leaf_of_leaf, .signer = "leaf-issued" COMMA, CHECK, SIGNER)
ADD(signed_by_other_ring, .signer = "offline-signer" COMMA, CHECK, SIGNER)
ADD(signed_by_offline_anchor, .ring = KOTA_RING_OFFLINE COMMA .signer = "offline-anchor" COMMA,
    CHECK, SIGNER_USE)
ADD(signed_by_other_ring_offline, .ring = KOTA_RING_OFFLINE COMMA, CHECK, SIGNER)
ADD(signer_p384_sha256, .signer = "signer-p384" COMMA, CHECK, CMS)
ADD(signer_rsa2048, .signer = "signer-rsa2048" COMMA, CHECK, SIGNER_USE)
ADD(signer_rsa3072_sha3, .signer = "signer-rsa3072" COMMA .cms = KT_SHA3 COMMA, CHECK, CMS)
ADD(signer_not_for_signing, .signer = "no-sign" COMMA, CHECK, SIGNER_USE)
ADD(signer_is_ca, .signer = "sub-ca" COMMA, CHECK, SIGNER_USE)
ADD(signer_may_certify, .signer = "cert-sign" COMMA, CHECK, SIGNER_USE)
ADD(cms_with_certificate, .cms = KT_CERTS COMMA, CHECK, CMS)
ADD(cms_without_attributes, .cms = KT_NOATTR COMMA, CHECK, CMS)
ADD(cms_attached, .cms = KT_ATTACHED COMMA, CHECK, CMS)
ADD(cms_two_signers, .cms = KT_TWICE COMMA, CHECK, CMS)
ADD(cms_sha1, .cms = KT_SHA1 COMMA, CHECK, CMS)
ADD(cms_sha384, .cms = KT_SHA384 COMMA, CHECK, SIGNER_USE)
ADD(cms_sha512, .cms = KT_SHA512 COMMA, CHECK, SIGNER_USE)
ADD(cms_smimecap, .cms = KT_SMIMECAP COMMA, CHECK, CMS)
CARRIES(cms_trailing_byte, CHECK, CMS,
	kt_append(&d->signatures, "", 1);
	((struct kota_signature *)d->signatures.data)->len = htole32(d->signatures.len - 8))
CARRIES(cms_ber_length, CHECK, CMS,
	/* 30 82 xx xx becomes 30 83 00 xx xx */
	struct kt_buf der = { 0 };
	kt_append(&der, "\x30\x83\x00", 3);
	kt_append(&der, d->signatures.data + 8 + 2, d->signatures.len - 8 - 2);
	d->signatures.len = 0;
	kt_sign_with(d, KOTA_RING_RELEASE, &der))
CARRIES(cms_empty_sequence, CHECK, CMS,
	struct kt_buf der = { (uint8_t *)"\x30\x00", 2 };
	d->signatures.len = 0;
	kt_sign_with(d, KOTA_RING_RELEASE, &der))
CARRIES(signature_over_other_manifest, CHECK, SIGNATURE,
	d->signed_part.data[200] ^= 1)
CARRIES(signature_of_no_bytes, CHECK, FORMAT,
	((struct kota_signature *)d->signatures.data)->len = 0)
CARRIES(signature_4g, CHECK, LENGTH,
	((struct kota_signature *)d->signatures.data)->len = htole32(0xffffffff))
CARRIES(signature_too_long, CHECK, LENGTH,
	((struct kota_signature *)d->signatures.data)->len = htole32(KOTA_MAX_CMS_LEN + 1))
CARRIES(signature_past_section, CHECK, FORMAT,
	((struct kota_signature *)d->signatures.data)->len = htole32(KOTA_MAX_CMS_LEN))
CARRIES(signature_reserved, CHECK, FORMAT,
	((struct kota_signature *)d->signatures.data)->reserved[1] = 1)
CARRIES(signature_offline_ring, CHECK, SIGNER,
	((struct kota_signature *)d->signatures.data)->ring = KOTA_RING_OFFLINE)
CARRIES(signature_ring_3, CHECK, UNSUPPORTED,
	((struct kota_signature *)d->signatures.data)->ring = 3)
CARRIES(signature_ring_0, CHECK, UNSUPPORTED,
	((struct kota_signature *)d->signatures.data)->ring = 0)
CARRIES(signatures_five, CHECK, LENGTH,
	int i;
	for (i = 0; i < 4; i++)
		kt_sign(d, "signer2", 0))
CARRIES(signer_twice, CHECK, QUORUM, kt_sign(d, "signer", 0))
CARRIES(signer_twice_the_same, CHECK, QUORUM,
	kt_append(&d->signatures, d->signatures.data, d->signatures.len))
CARRIES(signer_twice_by_key_id, CHECK, QUORUM, kt_sign(d, "signer", KT_KEYID))
ADD(signer_offline_only, .ring = KOTA_RING_OFFLINE COMMA .signer = "offline-signer" COMMA,
    CHECK, QUORUM)
CARRIES(second_signature_wrong, CHECK, SIGNER, kt_sign(d, "stranger-signer", 0))
CARRIES(second_signature_over_other, CHECK, SIGNATURE,
	struct kt_buf der = kt_cms(d, "signer2", 0);
	der.data[der.len - 1] ^= 1;
	kt_sign_with(d, KOTA_RING_RELEASE, &der))
CARRIES(signature_head_torn, CHECK, FORMAT, kt_append(&d->signatures, "\1\0\0", 3))

/* Manifest: form, under a good signature. */
SAYS(manifest_magic, CHECK, FORMAT, d->manifest.magic[7] = 'S')
SAYS(manifest_version, CHECK, VERSION, d->manifest.version = htole16(0))
SAYS(manifest_reserved0, CHECK, FORMAT, d->manifest.reserved0 = 1)
SAYS(manifest_reserved1, CHECK, FORMAT, d->manifest.reserved1 = htole32(1))
SAYS(manifest_reserved2, CHECK, FORMAT, d->manifest.reserved2[0] = 1)
SAYS(level_4, CHECK, FORMAT, d->manifest.level = 4)
SAYS(consent_3, CHECK, FORMAT, d->manifest.consent = 3)
SAYS(manifest_digest_0, CHECK, FORMAT, d->manifest.digest = 0)
SAYS(manifest_digest_3, CHECK, FORMAT, d->manifest.digest = 3)
SAYS(flags_unknown, CHECK, FORMAT, d->manifest.flags = htole32(2))
SAYS(handling_unknown, CHECK, FORMAT, d->manifest.handling = htole32(0x10))
SAYS(release_control_character, CHECK, FORMAT, strcpy(d->manifest.release, "\033[2J"))
SAYS(release_without_nul, CHECK, FORMAT, memset(d->manifest.release, 'x', KOTA_RELEASE_LEN))
SAYS(release_bytes_after_nul, CHECK, FORMAT, d->manifest.release[63] = 'x'; d->manifest.release[62] = 0)
SAYS(images_counted_17, CHECK, LENGTH, d->manifest.nr_images = htole16(17))
SAYS(images_counted_65535, CHECK, LENGTH, d->manifest.nr_images = htole16(0xffff))
SAYS(images_counted_2_of_1, CHECK, FORMAT, d->manifest.nr_images = htole16(2))
SAYS(images_counted_0_of_1, CHECK, FORMAT, d->manifest.nr_images = 0)
SAYS(revoked_counted_9, CHECK, LENGTH, d->manifest.nr_revoked = htole16(9))
SAYS(retired_counted_5, CHECK, LENGTH, d->manifest.nr_retired = htole16(5))
SAYS(revoked_unused_not_zero, CHECK, FORMAT, d->manifest.revoked[7][31] = 1)
SAYS(retired_unused_not_zero, CHECK, FORMAT, d->manifest.retired[0].last_sequence = htole64(1))

/* Manifest: what this version lacks is refused, not ignored. */
SAYS(second_target_not_usable, CHECK, TARGET,
	d->manifest.nr_images = htole16(2); d->nr_images = 2;
	d->image[1] = d->image[0]; set_name(d->image[1].target, "fabric"))
SAYS(level_enhanced, CHECK, UNSUPPORTED, d->manifest.level = KOTA_LEVEL_ENHANCED)
SAYS(level_quantum, CHECK, UNSUPPORTED, d->manifest.level = KOTA_LEVEL_QUANTUM)
SAYS(consent_required, CHECK, UNSUPPORTED, d->manifest.consent = KOTA_CONSENT_REQUIRED)
SAYS(data_conversion, CHECK, UNSUPPORTED, d->image[0].data_to = htole32(1))

/* What outlives the images, said by a release signer where there are offline ones. */
SAYS(revokes, CHECK, ROLE,
	d->manifest.nr_revoked = htole16(1); d->manifest.revoked[0][0] = 1)
SAYS(retires, CHECK, ROLE,
	d->manifest.nr_retired = htole16(1); d->manifest.retired[0].key_id[0] = 1)
SAYS(min_sequence, CHECK, ROLE, d->manifest.min_sequence = htole64(1))
SAYS(sequence_leap, CHECK, ROLE,	/* the device is at two less */
	d->manifest.sequence = htole64(le64toh(d->manifest.sequence) + KOTA_MAX_LEAP - 1))
SAYS(sequence_all_ones, CHECK, ROLE, d->manifest.sequence = htole64(UINT64_MAX))
ADD(statement_by_release, .spoil = say_no_image COMMA .no_envelope = true COMMA, CHECK, ROLE)

/* Statements, form. */
ADD(statement_with_envelope, .spoil = say_no_image COMMA .ring = KOTA_RING_OFFLINE COMMA
    .signer = "offline-signer" COMMA, CHECK, FORMAT)
ADD(statement_with_table, .spoil = say_no_image COMMA .spoil_sealed = carry_a_table COMMA
    .ring = KOTA_RING_OFFLINE COMMA .signer = "offline-signer" COMMA
    .no_envelope = true COMMA, CHECK, FORMAT)
ADD(statement_with_frame, .spoil = say_no_image COMMA .spoil_sealed = carry_a_frame COMMA
    .ring = KOTA_RING_OFFLINE COMMA .signer = "offline-signer" COMMA
    .no_envelope = true COMMA, CHECK, FORMAT)
SAYS(recovery_with_image, CHECK, FORMAT, d->manifest.flags = htole32(KOTA_FLAG_RECOVERY))

/* Manifest: not for this device, or not now. */
SAYS(other_vendor, CHECK, VENDOR, d->manifest.vendor_id[15] ^= 1)
SAYS(vendor_zero, CHECK, VENDOR, memset(d->manifest.vendor_id, 0, KOTA_UUID_LEN))
SAYS(other_class, CHECK, CLASS, d->manifest.class_id[0] ^= 0x80)
SAYS(class_zero, CHECK, CLASS, memset(d->manifest.class_id, 0, KOTA_UUID_LEN))
SAYS(sequence_0, CHECK, SEQUENCE, d->manifest.sequence = 0)
SAYS(sequence_same_as_installed, CHECK, SEQUENCE,
	d->manifest.sequence = htole64(le64toh(d->manifest.sequence) - 2))
SAYS(sequence_lower, CHECK, SEQUENCE,
	d->manifest.sequence = htole64(le64toh(d->manifest.sequence) - 3))
SAYS(upgraded_with_aes_128, CHECK, LEVEL, d->manifest.level = KOTA_LEVEL_UPGRADED)
SAYS(precondition, CHECK, PRECONDITION, strcpy(d->image[0].precondition, "v0.0"))

/* Image: form. */
SAYS(target_empty, CHECK, FORMAT, d->image[0].target[0] = 0;
	memset(d->image[0].target, 0, KOTA_NAME_LEN))
SAYS(target_traversal, CHECK, FORMAT, strcpy(d->image[0].target, "../firmware"))
SAYS(target_absolute, CHECK, FORMAT, strcpy(d->image[0].target, "/dev/mtd0"))
SAYS(target_without_nul, CHECK, FORMAT, memset(d->image[0].target, 'f', KOTA_NAME_LEN))
SAYS(target_bytes_after_nul, CHECK, FORMAT, d->image[0].target[31] = 'x'; d->image[0].target[30] = 0)
SAYS(target_twice, CHECK, FORMAT,
	d->manifest.nr_images = htole16(2); d->nr_images = 2; d->image[1] = d->image[0])
SAYS(version_empty, CHECK, FORMAT, memset(d->image[0].version, 0, KOTA_NAME_LEN))
SAYS(version_without_nul, CHECK, FORMAT, memset(d->image[0].version, 'v', KOTA_NAME_LEN))
SAYS(precondition_without_nul, CHECK, FORMAT, memset(d->image[0].precondition, 'v', KOTA_NAME_LEN))
SAYS(size_0, CHECK, FORMAT, d->image[0].size = 0)
SAYS(size_2_63, CHECK, LENGTH, d->image[0].size = htole64(1ULL << 63))
SAYS(size_all_ones, CHECK, LENGTH, d->image[0].size = htole64(~0ULL))
SAYS(chunk_2k, CHECK, FORMAT, d->image[0].log2_chunk = 11)
SAYS(chunk_2m, CHECK, FORMAT, d->image[0].log2_chunk = 21)
SAYS(chunk_2_255, CHECK, FORMAT, d->image[0].log2_chunk = 255)
SAYS(image_digest_0, CHECK, FORMAT, d->image[0].digest = 0)
SAYS(image_digest_3, CHECK, FORMAT, d->image[0].digest = 3)
SAYS(cipher_0, CHECK, FORMAT, d->image[0].cipher = 0)
SAYS(cipher_3, CHECK, FORMAT, d->image[0].cipher = 3)
SAYS(compression_2, CHECK, FORMAT, d->image[0].compression = 2)
SAYS(image_flags, CHECK, FORMAT, d->image[0].flags = htole32(1))
SAYS(image_reserved, CHECK, FORMAT, d->image[0].reserved[39] = 1)
SAYS(data_from_above_to, CHECK, FORMAT, d->image[0].data_from = htole32(1))

/* Image: where it goes. */
SAYS(target_not_known, CHECK, TARGET, set_name(d->image[0].target, "bootloader"))
SAYS(target_not_usable, CHECK, TARGET, set_name(d->image[0].target, "fabric"))
SAYS(size_1_over_slot, CHECK, SIZE,
	d->image[0].size = htole64(kt_mtd_size("slot-b") + 1))
SAYS(size_2g, CHECK, SIZE, d->image[0].size = htole64(0x80000000))
SAYS(size_2g_less_1, CHECK, SIZE, d->image[0].size = htole64(0x7fffffff))
SAYS(size_4g, CHECK, SIZE, d->image[0].size = htole64(0x100000000))
SAYS(size_4g_and_a_bit, CHECK, SIZE, d->image[0].size = htole64(0x100000000 + IMAGE_LEN))
SAYS(size_2_48, CHECK, SIZE, d->image[0].size = htole64(1ULL << 48))
SAYS(size_other_than_frames, CHECK, FORMAT, d->image[0].size = htole64(IMAGE_LEN + 1))

/* Envelopes. */
ADD(no_envelope, .no_envelope = true COMMA, CHECK, ENVELOPE)
CARRIES(envelope_for_another, CHECK, ENVELOPE, d->envelopes.len = 0; kt_wrap_stranger(d))
CARRIES(envelope_of_another_for_us, CHECK, TAG,
	uint8_t us[KOTA_DIGEST_LEN];
	memcpy(us, d->envelopes.data + 8, sizeof(us));
	d->envelopes.len = 0;
	kt_wrap_stranger(d);
	memcpy(d->envelopes.data + 8, us, sizeof(us)))
CARRIES(envelope_of_other_content_key, CHECK, TAG,
	struct kt_status st;
	kt_status(&st, KT_TARGET);
	d->envelopes.len = 0;
	d->cek[0] ^= 1;
	kt_wrap(d, st.public_key))
CARRIES(envelope_bound_to_other_manifest, CHECK, TAG,
	struct kt_status st;
	kt_status(&st, KT_TARGET);
	d->envelopes.len = 0;
	d->manifest_digest[0] ^= 1;
	kt_wrap(d, st.public_key))
CARRIES(envelope_suite_p384, CHECK, UNSUPPORTED,
	((struct kota_envelope *)d->envelopes.data)->suite = htole16(KOTA_SUITE_P384))
CARRIES(envelope_suite_0, CHECK, UNSUPPORTED,
	((struct kota_envelope *)d->envelopes.data)->suite = 0)
CARRIES(envelope_enc_too_long, CHECK, LENGTH,
	((struct kota_envelope *)d->envelopes.data)->enc_len = htole16(KOTA_MAX_ENC_LEN + 1))
CARRIES(envelope_past_section, CHECK, FORMAT,
	((struct kota_envelope *)d->envelopes.data)->enc_len = htole16(65))
CARRIES(envelope_enc_short, CHECK, FORMAT,
	((struct kota_envelope *)d->envelopes.data)->enc_len = htole16(63))
CARRIES(envelope_enc_0, CHECK, FORMAT,
	((struct kota_envelope *)d->envelopes.data)->enc_len = 0)
CARRIES(envelope_reserved, CHECK, FORMAT,
	((struct kota_envelope *)d->envelopes.data)->reserved = htole32(1))
CARRIES(envelope_point_not_on_curve, CHECK, TAG, d->envelopes.data[40 + 63] ^= 1)
CARRIES(envelope_point_zero, CHECK, TAG, memset(d->envelopes.data + 40, 0, 64))
CARRIES(envelope_point_all_ones, CHECK, TAG, memset(d->envelopes.data + 40, 0xff, 64))
CARRIES(envelope_head_torn, CHECK, FORMAT, kt_append(&d->envelopes, "\1", 1))

/* Tables: under a good root digest, where that is not what is wrong. */
SAYS(root_digest, CHECK, TABLE, d->keep_root = true; memset(d->image[0].root, 7, 32))
SAYS(root_digest_zero, CHECK, TABLE, d->keep_root = true)
TABLE_SAYS(table_chunks_more, FORMAT, table->nr_chunks = htole32(6))
TABLE_SAYS(table_chunks_0, FORMAT, table->nr_chunks = 0)
TABLE_SAYS(table_reserved0, FORMAT, table->reserved0 = htole16(1))
TABLE_SAYS(table_reserved1, FORMAT, table->reserved1 = htole64(1))
TABLE_SAYS(entry_reserved, FORMAT, entry[4].reserved = htole32(1))
TABLE_SAYS(entry_of_0_bytes, FORMAT, entry[2].stored_len = 0)
TABLE_SAYS(entry_too_long, FORMAT, entry[0].stored_len = htole32(4097))
TABLE_SAYS(entry_4g, FORMAT, entry[0].stored_len = htole32(0xffffffff))
TABLE_SAYS(entry_short, FORMAT, entry[0].stored_len = htole32(4095))
TABLE_SAYS(last_entry_long, FORMAT, entry[4].stored_len = htole32(4096))
LATE_TABLE_SAYS(entry_digest, PROCESS, DIGEST, entry[3].stored[0] ^= 1)
LATE_TABLE_SAYS(entry_digest_zero, PROCESS, DIGEST, memset(entry[4].stored, 0, 32))
LATE_TABLE_SAYS(entries_swapped, PROCESS, DIGEST,
	struct kota_chunk first = entry[0]; entry[0] = entry[1]; entry[1] = first)
LATE_TABLE_SAYS(crc, REVERIFY, REVERIFY, table->crc16 ^= htole16(0x100))
CARRIES(table_ciphertext, CHECK, TAG, d->tables.data[5] ^= 1)
CARRIES(table_tag, CHECK, TAG, d->tables.data[d->tables.len - 1] ^= 1)

/* Frames. A frame is 16 + 4096 + 16 bytes, the last one 16 + 3616 + 16. */
#define FRAME		(16 + 4096 + 16)
#define HEAD(idx)	((struct kota_frame *)(d->frames.data + (idx) * FRAME))
LATE_CARRIES(frame_twice, PROCESS, ORDER,
	memcpy(d->frames.data + FRAME, d->frames.data, FRAME))
LATE_CARRIES(frames_swapped, PROCESS, ORDER,
	uint8_t first[FRAME];
	memcpy(first, d->frames.data, FRAME);
	memcpy(d->frames.data, d->frames.data + FRAME, FRAME);
	memcpy(d->frames.data + FRAME, first, FRAME))
LATE_CARRIES(frames_swapped_renumbered, PROCESS, TAG,
	uint8_t first[FRAME];
	memcpy(first, d->frames.data, FRAME);
	memcpy(d->frames.data, d->frames.data + FRAME, FRAME);
	memcpy(d->frames.data + FRAME, first, FRAME);
	HEAD(0)->chunk = 0; HEAD(1)->chunk = htole32(1))
LATE_CARRIES(frame_skipped, PROCESS, ORDER, HEAD(0)->chunk = htole32(1))
LATE_CARRIES(frame_beyond_table, PROCESS, ORDER, HEAD(4)->chunk = htole32(5))
LATE_CARRIES(frame_4g, PROCESS, ORDER, HEAD(0)->chunk = htole32(0xffffffff))
CARRIES(frame_of_other_image, CHECK, FORMAT, HEAD(0)->image = htole16(1))
CARRIES(frame_type, CHECK, FORMAT, HEAD(0)->type = htole16(3))
CARRIES(frame_reserved, CHECK, FORMAT, HEAD(0)->reserved = htole32(1))
LATE_CARRIES(frame_short, PROCESS, FORMAT, HEAD(0)->len = htole32(4095))
CARRIES(frame_too_long, CHECK, LENGTH, HEAD(0)->len = htole32(4097))
CARRIES(frame_of_4g, CHECK, LENGTH, HEAD(0)->len = htole32(0xffffffff))
CARRIES(frame_empty, CHECK, FORMAT, HEAD(0)->len = 0)
LATE_CARRIES(last_chunk_one_bit, PROCESS, TAG, d->frames.data[4 * FRAME + 16 + 3000] ^= 4)
LATE_CARRIES(last_chunk_tag, PROCESS, TAG, d->frames.data[d->frames.len - 17] ^= 1)
LATE_CARRIES(end_early, APPLY, EXTRA,
	memset(HEAD(4), 0, 16); HEAD(4)->type = htole16(KOTA_FRAME_END))
LATE_CARRIES(end_with_length, APPLY, FORMAT,
	d->frames.data[d->frames.len - 8] = 1)
LATE_CARRIES(end_missing, APPLY, FORMAT,
	d->frames.data[d->frames.len - 16] = KOTA_FRAME_DATA)

/* The bytes as they come. */
LATE_COMES(byte_after_end, RECEIVE, EXTRA, kt_append(b, "", 1))
LATE_COMES(deliverable_after_end, RECEIVE, EXTRA, kt_append(b, b->data, b->len))
COMES(empty_magic_only, RECEIVE, INTERRUPTED, b->len = KOTA_MAGIC_LEN)
COMES(cut_in_manifest, RECEIVE, INTERRUPTED, b->len = m->manifest + 100)
COMES(cut_in_signature, CHECK, INTERRUPTED, b->len = m->signatures + 9)
COMES(cut_in_table, CHECK, INTERRUPTED, b->len = m->tables + 1)
COMES(cut_in_first_head, CHECK, INTERRUPTED, b->len = m->frames + 1)
COMES(cut_in_first_frame, CHECK, INTERRUPTED, b->len = m->frames + FRAME - 1)
LATE_COMES(cut_in_frames, APPLY, INTERRUPTED, b->len = m->frames + FRAME + 1)
LATE_COMES(cut_before_end, APPLY, INTERRUPTED, b->len = m->end)
LATE_COMES(cut_by_one_byte, APPLY, INTERRUPTED, b->len--)

TEST_HARNESS_MAIN
