// SPDX-License-Identifier: GPL-2.0
/*
 * Manifests of good form, one after the other, take effect: what must never go back
 * does not.
 */

#include "fuzz.h"
#include "kota_private.h"

static void compare(const struct kota_state_security *before,
		    const struct kota_state_security *after)
{
	u16 i;

	FUZZ_CHECK(le64_to_cpu(after->sequence) >= le64_to_cpu(before->sequence));
	FUZZ_CHECK(le64_to_cpu(after->min_sequence) >= le64_to_cpu(before->min_sequence));
	FUZZ_CHECK(le16_to_cpu(after->nr_revoked) <= KOTA_STATE_MAX_REVOKED);
	FUZZ_CHECK(le16_to_cpu(after->nr_retired) <= KOTA_STATE_MAX_RETIRED);
	for (i = 0; i < le16_to_cpu(before->nr_revoked); i++)
		FUZZ_CHECK(kota_security_is_revoked(after, before->revoked[i]));
	for (i = 0; i < le16_to_cpu(before->nr_retired); i++)
		FUZZ_CHECK(kota_security_last_sequence(after, before->retired[i].key_id) <=
			   le64_to_cpu(before->retired[i].last_sequence));
}

static void said(const struct kota_manifest *m, const struct kota_state_security *after)
{
	u16 i;

	FUZZ_CHECK(after->sequence == m->sequence);
	for (i = 0; i < le16_to_cpu(m->nr_revoked); i++)
		FUZZ_CHECK(kota_security_is_revoked(after, m->revoked[i]));
	for (i = 0; i < le16_to_cpu(m->nr_retired); i++)
		FUZZ_CHECK(kota_security_last_sequence(after, m->retired[i].key_id) <=
			   le64_to_cpu(m->retired[i].last_sequence));
	FUZZ_CHECK(le64_to_cpu(after->min_sequence) >= le64_to_cpu(m->min_sequence));
}

/* Of a record that is not proven: no count of it is believed. */
static void inherit(const u8 *data, size_t size, bool protected)
{
	struct kota_state_security unproven = { 0 }, sec = { 0 };
	u16 i;

	memcpy(&unproven, data, min_t(size_t, size, sizeof(unproven)));
	kota_security_inherit(&sec, &unproven, protected);
	FUZZ_CHECK(le16_to_cpu(sec.nr_revoked) <= KOTA_STATE_MAX_REVOKED);
	FUZZ_CHECK(le16_to_cpu(sec.nr_retired) <= KOTA_STATE_MAX_RETIRED);
	FUZZ_CHECK(sec.sequence == (protected ? unproven.sequence : 0));
	FUZZ_CHECK(sec.min_sequence == (protected ? unproven.min_sequence : 0));
	for (i = 0; i < KOTA_STATE_MAX_REVOKED && i < le16_to_cpu(unproven.nr_revoked); i++)
		FUZZ_CHECK(kota_security_is_revoked(&sec, unproven.revoked[i]));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct kota_state_security sec = { 0 }, next;
	static const u8 manifest_digest[KOTA_DIGEST_LEN];
	size_t len;

	inherit(data, size, false);
	inherit(data, size, true);
	for (; size >= sizeof(struct kota_manifest); data += len, size -= len) {
		const struct kota_manifest *m = (const void *)data;
		struct kota_refusal why = { 0 };
		void *section;
		int err;

		len = sizeof(*m) + le16_to_cpu(m->nr_images) * sizeof(struct kota_image);
		len = min_t(size_t, len, size);
		section = fuzz_copy(data, len);
		m = section;
		if (!kota_manifest_check(section, len, &why)) {
			next = sec;
			err = kota_security_apply(&next, m, manifest_digest, &why);
			fuzz_verdict(err, &why);
			if (!err) {
				if (!kota_manifest_is_recovery(m))
					compare(&sec, &next);
				said(m, &next);
				sec = next;
			}
		}
		free(section);
	}
	return 0;
}
