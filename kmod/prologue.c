// SPDX-License-Identifier: GPL-2.0
/*
 * Form of the prologue. It is not authenticated: all that it can do is to say how long
 * the sections are, and no more than that is taken from it.
 */

#include "parse.h"

static int check_lengths(const struct kota_prologue *pro,
			 struct kota_refusal *why)
{
	const u32 max_manifest = sizeof(struct kota_manifest) +
				 KOTA_MAX_IMAGES * sizeof(struct kota_image);
	const size_t max_signatures =
		KOTA_MAX_SIGNATURES *
		(sizeof(struct kota_signature) + KOTA_MAX_CMS_LEN);
	u32 manifest_len = le32_to_cpu(pro->manifest_len);
	u64 frames_len = le64_to_cpu(pro->frames_len);

	if (manifest_len > max_manifest)
		return kota_refuse(why, KOTA_CAUSE_LENGTH,
				   "manifest of at most %u bytes|%u",
				   max_manifest, manifest_len);
	if (le32_to_cpu(pro->signatures_len) > max_signatures)
		return kota_refuse(why, KOTA_CAUSE_LENGTH,
				   "signatures of at most %zu bytes|%u",
				   max_signatures,
				   le32_to_cpu(pro->signatures_len));
	if (le32_to_cpu(pro->envelopes_len) > KOTA_MAX_ENVELOPES_LEN)
		return kota_refuse(why, KOTA_CAUSE_LENGTH,
				   "envelopes of at most %u bytes|%u",
				   KOTA_MAX_ENVELOPES_LEN,
				   le32_to_cpu(pro->envelopes_len));
	if (le32_to_cpu(pro->tables_len) > KOTA_MAX_TABLES_LEN)
		return kota_refuse(why, KOTA_CAUSE_LENGTH,
				   "tables of at most %u bytes|%u",
				   KOTA_MAX_TABLES_LEN,
				   le32_to_cpu(pro->tables_len));
	if (frames_len > KOTA_MAX_FRAMES_LEN)
		return kota_refuse(why, KOTA_CAUSE_LENGTH,
				   "frames of at most %llu bytes|%llu",
				   KOTA_MAX_FRAMES_LEN, frames_len);
	if (manifest_len < sizeof(struct kota_manifest) ||
	    (manifest_len - sizeof(struct kota_manifest)) %
		    sizeof(struct kota_image))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "manifest of %zu + n * %zu bytes|%u",
				   sizeof(struct kota_manifest),
				   sizeof(struct kota_image), manifest_len);
	if (frames_len < sizeof(struct kota_frame))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "frames with an END|%llu bytes", frames_len);
	return 0;
}

/**
 * kota_prologue_check() - is this the beginning of a deliverable?
 * @pro: the prologue
 * @why: cause of a refusal
 *
 * Return: 0, or the negative errno of a cause: MAGIC, VERSION, FORMAT, LENGTH.
 */
int kota_prologue_check(const struct kota_prologue *pro,
			struct kota_refusal *why)
{
	if (memcmp(pro->magic, KOTA_MAGIC, KOTA_MAGIC_LEN))
		return kota_refuse(why, KOTA_CAUSE_MAGIC, "KOTA magic|%*ph",
				   KOTA_MAGIC_LEN, pro->magic);
	if (le16_to_cpu(pro->version) != KOTA_FORMAT_VERSION)
		return kota_refuse(why, KOTA_CAUSE_VERSION,
				   "format %u|format %u", KOTA_FORMAT_VERSION,
				   le16_to_cpu(pro->version));
	if (pro->reserved0 || pro->reserved1 ||
	    memchr_inv(pro->reserved2, 0, sizeof(pro->reserved2)))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "reserved bytes of zero|prologue");
	return check_lengths(pro, why);
}
