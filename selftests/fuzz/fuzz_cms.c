// SPDX-License-Identifier: GPL-2.0
/*
 * The strict walk over a signature: what it finds lies inside, and any walk that
 * succeeds has found a signer and an algorithm.
 */

#include "fuzz.h"

static bool inside(const u8 *part, size_t len, const u8 *der, size_t size)
{
	return part >= der && len <= size && (size_t)(part - der) <= size - len;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u8 *der = fuzz_copy(data, size);
	struct kota_refusal why = { 0 };
	struct kota_cms cms = { 0 };
	int err = kota_cms_walk(der, size, &cms, &why);

	fuzz_verdict(err, &why);
	if (!err) {
		FUZZ_CHECK(cms.digest && cms.key_algo);
		if (cms.issuer) {
			FUZZ_CHECK(inside(cms.issuer, cms.issuer_len, der, size));
			FUZZ_CHECK(inside(cms.serial, cms.serial_len, der, size));
		} else {
			FUZZ_CHECK(cms.skid_len);
			FUZZ_CHECK(inside(cms.skid, cms.skid_len, der, size));
		}
		/* Nothing may follow, nothing may be missing. */
		FUZZ_CHECK(size < 2 || kota_cms_walk(der, size - 1, &cms, &why));
	}
	free(der);
	return 0;
}
