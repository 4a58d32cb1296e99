// SPDX-License-Identifier: GPL-2.0
/*
 * A stream through the pull parser, cut into pieces, as session.c drives it: each
 * section comes in its place, and each item lies in memory of its own.
 */

#include "fuzz.h"

/* The manifest that a signature would have made believable. */
struct stream {
	u8 *manifest;
	size_t len;
	u8 last_type;
};

static int take(struct stream *s, struct kota_parser *p, const struct kota_item *item,
		struct kota_refusal *why)
{
	const struct kota_manifest *m;

	fuzz_touch(item->data, item->len);
	FUZZ_CHECK(item->type >= s->last_type);
	s->last_type = item->type;
	if (item->type == KOTA_ITEM_MANIFEST) {
		s->manifest = fuzz_copy(item->data, item->len);
		s->len = item->len;
	}
	/* What check.c does when the last signature is good */
	if (item->type != KOTA_ITEM_SIGNATURE || !item->last)
		return 0;
	if (kota_manifest_check(s->manifest, s->len, why))
		return -1;
	m = (const void *)s->manifest;
	return kota_parse_plan(p, kota_manifest_images(m), le16_to_cpu(m->nr_images), why);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	size_t step = size ? 1 + data[size - 1] * 16 : 1, len;
	struct kota_parser p = { 0 };
	struct kota_refusal why = { 0 };
	struct stream s = { 0 };
	struct kota_item item;
	int err = kota_parse_begin(&p);
	u8 *window;

	while (!err && size) {
		window = kota_parse_window(&p, &len);
		FUZZ_CHECK(!window == !len);
		if (!window)
			break;
		len = min_t(size_t, min_t(size_t, len, step), size);
		memcpy(window, data, len);
		data += len;
		size -= len;
		err = kota_parse_advance(&p, len, &item, &why);
		fuzz_verdict(err, &why);
		if (!err && item.type != KOTA_ITEM_NONE)
			err = take(&s, &p, &item, &why);
		/* session.c refuses a stream without a signature */
		if (item.type == KOTA_ITEM_MANIFEST && !p.prologue.signatures_len)
			break;
	}
	kota_parse_end(&p);
	free(s.manifest);
	return 0;
}
