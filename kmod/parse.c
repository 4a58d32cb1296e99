// SPDX-License-Identifier: GPL-2.0
/*
 * Pull parser: cuts the stream into items and checks their form. No I/O, no
 * policy, no cryptography; the conductor decides what an item is worth.
 *
 * The caller asks for a window, puts bytes there and says how many; an item
 * comes back when one is whole. So a byte is copied once, from the writer into
 * the memory that is then judged and used.
 */

#include "parse.h"

enum {
	SECTION_PROLOGUE,
	SECTION_MANIFEST,
	SECTION_SIGNATURE_HEAD,
	SECTION_SIGNATURE_BODY,
	SECTION_ENVELOPE_HEAD,
	SECTION_ENVELOPE_BODY,
	SECTION_TABLE,
	SECTION_FRAME_HEAD,
	SECTION_FRAME_BODY,
	SECTION_OVER,
};

/* Holds every item up to the tables; kota_parse_plan() makes it larger. */
#define FIRST_CAP (sizeof(struct kota_signature) + KOTA_MAX_CMS_LEN)

static_assert(sizeof(struct kota_manifest) +
		      KOTA_MAX_IMAGES * sizeof(struct kota_image) <=
	      FIRST_CAP);
static_assert(sizeof(struct kota_envelope) + KOTA_MAX_ENC_LEN +
		      KOTA_WRAPPED_LEN <=
	      FIRST_CAP);

/* Begin an item of @len bytes in @section. */
static void expect(struct kota_parser *p, u8 section, size_t len)
{
	p->section = section;
	p->have = 0;
	p->want = len;
}

/* The item at hand turns out to have @len bytes more than its head. */
static void expect_more(struct kota_parser *p, u8 section, size_t len)
{
	p->section = section;
	p->want += len;
}

static size_t table_block_len(const struct kota_parser *p)
{
	u32 done = p->block * KOTA_TABLE_BLOCK_LEN;

	return min_t(u32, KOTA_TABLE_BLOCK_LEN,
		     p->shape[p->image].table_len - done) +
	       KOTA_TAG_LEN;
}

static void begin_frames(struct kota_parser *p)
{
	p->left = le64_to_cpu(p->prologue.frames_len);
	expect(p, SECTION_FRAME_HEAD, sizeof(struct kota_frame));
}

static void begin_tables(struct kota_parser *p)
{
	p->left = le32_to_cpu(p->prologue.tables_len);
	if (!p->left)
		return begin_frames(p);
	/* How long a block is, only kota_parse_plan() can tell. */
	expect(p, SECTION_TABLE, p->nr_images ? table_block_len(p) : 0);
}

static void begin_envelopes(struct kota_parser *p)
{
	p->left = le32_to_cpu(p->prologue.envelopes_len);
	if (!p->left)
		return begin_tables(p);
	expect(p, SECTION_ENVELOPE_HEAD, sizeof(struct kota_envelope));
}

static void begin_signatures(struct kota_parser *p)
{
	p->left = le32_to_cpu(p->prologue.signatures_len);
	if (!p->left)
		return begin_envelopes(p);
	expect(p, SECTION_SIGNATURE_HEAD, sizeof(struct kota_signature));
}

static int take_prologue(struct kota_parser *p, struct kota_item *item,
			 struct kota_refusal *why)
{
	struct kota_prologue *pro = &p->prologue;
	int err;

	memcpy(pro, p->buf, sizeof(*pro));
	err = kota_prologue_check(pro, why);
	if (err)
		return err;

	item->type = KOTA_ITEM_PROLOGUE;
	item->last = true;
	expect(p, SECTION_MANIFEST, le32_to_cpu(pro->manifest_len));
	return 0;
}

static int take_manifest(struct kota_parser *p, struct kota_item *item)
{
	item->type = KOTA_ITEM_MANIFEST;
	item->last = true;
	begin_signatures(p);
	return 0;
}

static int take_signature_head(struct kota_parser *p, struct kota_refusal *why)
{
	const struct kota_signature *sig = (const void *)p->buf;
	u32 len = le32_to_cpu(sig->len);

	if (++p->nr_signatures > KOTA_MAX_SIGNATURES)
		return kota_refuse(why, KOTA_CAUSE_LENGTH,
				   "at most %u signatures|%u",
				   KOTA_MAX_SIGNATURES, p->nr_signatures);
	if (len > KOTA_MAX_CMS_LEN)
		return kota_refuse(why, KOTA_CAUSE_LENGTH,
				   "signature of at most %u bytes|%u",
				   KOTA_MAX_CMS_LEN, len);
	if (memchr_inv(sig->reserved, 0, sizeof(sig->reserved)))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "reserved bytes of zero|signature");
	if (!len || p->left < sizeof(*sig) + len)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "a signature within %llu bytes|%u", p->left,
				   len);
	p->left -= sizeof(*sig) + len;
	expect_more(p, SECTION_SIGNATURE_BODY, len);
	return 0;
}

static int take_signature(struct kota_parser *p, struct kota_item *item,
			  struct kota_refusal *why)
{
	item->type = KOTA_ITEM_SIGNATURE;
	item->last = !p->left;
	if (item->last) {
		begin_envelopes(p);
		return 0;
	}
	if (p->left < sizeof(struct kota_signature))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "a signature's head|%llu bytes", p->left);
	expect(p, SECTION_SIGNATURE_HEAD, sizeof(struct kota_signature));
	return 0;
}

static int take_envelope_head(struct kota_parser *p, struct kota_refusal *why)
{
	const struct kota_envelope *env = (const void *)p->buf;
	u32 rest = le16_to_cpu(env->enc_len) + KOTA_WRAPPED_LEN;

	if (le16_to_cpu(env->enc_len) > KOTA_MAX_ENC_LEN)
		return kota_refuse(why, KOTA_CAUSE_LENGTH,
				   "encapsulation of at most %u bytes|%u",
				   KOTA_MAX_ENC_LEN, le16_to_cpu(env->enc_len));
	if (env->reserved)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "reserved bytes of zero|envelope");
	if (p->left < sizeof(*env) + rest)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "an envelope within %llu bytes|%u", p->left,
				   rest);
	p->left -= sizeof(*env) + rest;
	expect_more(p, SECTION_ENVELOPE_BODY, rest);
	return 0;
}

static int take_envelope(struct kota_parser *p, struct kota_item *item,
			 struct kota_refusal *why)
{
	item->type = KOTA_ITEM_ENVELOPE;
	item->last = !p->left;
	if (item->last) {
		begin_tables(p);
		return 0;
	}
	if (p->left < sizeof(struct kota_envelope))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "an envelope's head|%llu bytes", p->left);
	expect(p, SECTION_ENVELOPE_HEAD, sizeof(struct kota_envelope));
	return 0;
}

static int take_table_block(struct kota_parser *p, struct kota_item *item)
{
	item->type = KOTA_ITEM_TABLE_BLOCK;
	item->image = p->image;
	item->block = p->block++;
	item->last = p->block * KOTA_TABLE_BLOCK_LEN >=
		     p->shape[p->image].table_len;
	p->left -= item->len;
	if (item->last) {
		p->image++;
		p->block = 0;
	}
	/* kota_parse_plan() saw that the blocks add up to the section. */
	if (!p->left)
		begin_frames(p);
	else
		expect(p, SECTION_TABLE, table_block_len(p));
	return 0;
}

static int take_end(struct kota_parser *p, struct kota_item *item,
		    struct kota_refusal *why)
{
	const struct kota_frame *frame = &p->frame;

	if (frame->image || frame->chunk || frame->len)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "an END of zeros|other bytes");
	if (p->left && !p->sparse)
		return kota_refuse(why, KOTA_CAUSE_EXTRA,
				   "nothing after END|%llu bytes", p->left);
	item->type = KOTA_ITEM_END;
	item->last = true;
	p->section = SECTION_OVER;
	return 0;
}

static int take_frame_head(struct kota_parser *p, struct kota_item *item,
			   struct kota_refusal *why)
{
	struct kota_frame *frame = &p->frame;
	u32 len, max_len;
	u16 image;

	memcpy(frame, p->buf, sizeof(*frame));
	p->left -= sizeof(*frame);
	if (frame->reserved)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "reserved bytes of zero|frame");
	if (le16_to_cpu(frame->type) == KOTA_FRAME_END)
		return take_end(p, item, why);
	if (le16_to_cpu(frame->type) != KOTA_FRAME_DATA)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "DATA or END frame|type %u",
				   le16_to_cpu(frame->type));

	image = le16_to_cpu(frame->image);
	len = le32_to_cpu(frame->len);
	if (image >= p->nr_images)
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "image below %u|image %u", p->nr_images,
				   image);
	max_len = p->shape[image].chunk_len + p->shape[image].extra_len;
	if (len > max_len)
		return kota_refuse(why, KOTA_CAUSE_LENGTH,
				   "chunk of at most %u bytes|%u", max_len,
				   len);
	/* An END has to fit behind it. */
	if (!len || p->left < (u64)len + KOTA_TAG_LEN + sizeof(*frame))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "a frame within %llu bytes|%u", p->left,
				   len);
	p->left -= len + KOTA_TAG_LEN;
	expect(p, SECTION_FRAME_BODY, len + KOTA_TAG_LEN);
	return 0;
}

static int take_frame(struct kota_parser *p, struct kota_item *item)
{
	item->type = KOTA_ITEM_FRAME;
	item->frame = p->frame;
	expect(p, SECTION_FRAME_HEAD, sizeof(struct kota_frame));
	return 0;
}

/**
 * kota_parse_begin() - make a parser ready for the first byte of a stream
 * @p: zeroed parser
 *
 * Context: may sleep.
 * Return: 0, or -ENOMEM.
 */
int kota_parse_begin(struct kota_parser *p)
{
	p->buf = kvmalloc(FIRST_CAP, GFP_KERNEL);
	if (!p->buf)
		return -ENOMEM;
	p->cap = FIRST_CAP;
	expect(p, SECTION_PROLOGUE, sizeof(struct kota_prologue));
	return 0;
}

/**
 * kota_parse_end() - give up a parser's memory, which held plaintext
 * @p: the parser
 */
void kota_parse_end(struct kota_parser *p)
{
	kvfree_sensitive(p->buf, p->cap);
	memset(p, 0, sizeof(*p));
	p->section = SECTION_OVER;
}

/**
 * kota_parse_window() - where the next bytes of the stream go
 * @p: the parser
 * @len: bytes that fit there, at least 1 unless the stream is over
 *
 * Return: the window, or NULL when the stream is over.
 */
u8 *kota_parse_window(struct kota_parser *p, size_t *len)
{
	*len = 0;
	if (p->section == SECTION_OVER || WARN_ON_ONCE(p->want > p->cap) ||
	    WARN_ON_ONCE(p->have >= p->want))
		return NULL;
	*len = p->want - p->have;
	return p->buf + p->have;
}

/**
 * kota_parse_advance() - bytes have been put into the window
 * @p: the parser
 * @len: how many
 * @item: the item that they completed; KOTA_ITEM_NONE: none yet
 * @why: cause of a refusal
 *
 * Return: 0, or the negative errno of a cause: MAGIC, VERSION, LENGTH, FORMAT,
 * EXTRA. The parser is of no use after that.
 */
int kota_parse_advance(struct kota_parser *p, size_t len,
		       struct kota_item *item, struct kota_refusal *why)
{
	memset(item, 0, sizeof(*item));
	if (WARN_ON_ONCE(len > p->want - p->have))
		return -EINVAL;
	p->have += len;
	if (p->have < p->want)
		return 0;

	item->data = p->buf;
	item->len = p->want;
	switch (p->section) {
	case SECTION_PROLOGUE:
		return take_prologue(p, item, why);
	case SECTION_MANIFEST:
		return take_manifest(p, item);
	case SECTION_SIGNATURE_HEAD:
		return take_signature_head(p, why);
	case SECTION_SIGNATURE_BODY:
		return take_signature(p, item, why);
	case SECTION_ENVELOPE_HEAD:
		return take_envelope_head(p, why);
	case SECTION_ENVELOPE_BODY:
		return take_envelope(p, item, why);
	case SECTION_TABLE:
		return take_table_block(p, item);
	case SECTION_FRAME_HEAD:
		return take_frame_head(p, item, why);
	case SECTION_FRAME_BODY:
		return take_frame(p, item);
	}
	WARN_ON_ONCE(1);
	return -EINVAL;
}

/**
 * kota_parse_is_at_frames() - is the first byte of the frames the next one?
 * @p: the parser
 *
 * Return: whether all before the frames has been handed out, and nothing of them
 * has come.
 */
bool kota_parse_is_at_frames(const struct kota_parser *p)
{
	return p->section == SECTION_FRAME_HEAD && !p->have &&
	       p->left == le64_to_cpu(p->prologue.frames_len);
}

/**
 * kota_parse_plan() - tell the parser what the manifest says of the rest
 * @p: the parser, with all that precedes the envelopes taken
 * @images: the images of the manifest that is believed
 * @nr_images: how many
 * @why: cause of a refusal
 *
 * Makes room for the largest item to come, so the item last handed out is gone.
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of a cause: LENGTH, FORMAT, MEMORY.
 */
int kota_parse_plan(struct kota_parser *p, const struct kota_image *images,
		    u16 nr_images, struct kota_refusal *why)
{
	u64 tables_len = 0, frames_len = sizeof(struct kota_frame);
	size_t cap = FIRST_CAP;
	bool exact = true;
	u16 i;

	for (i = 0; i < nr_images; i++) {
		struct kota_image_shape *shape = &p->shape[i];
		u32 blocks;
		int err;

		err = kota_manifest_shape(&images[i], shape, why);
		if (err)
			return err;
		blocks = DIV_ROUND_UP(shape->table_len, KOTA_TABLE_BLOCK_LEN);
		tables_len += shape->table_len + (u64)blocks * KOTA_TAG_LEN;
		frames_len += le64_to_cpu(images[i].size) +
			      (u64)shape->nr_chunks *
				      (sizeof(struct kota_frame) +
				       shape->extra_len + KOTA_TAG_LEN);
		exact &= images[i].compression == KOTA_COMPRESSION_NONE;
		cap = max3(cap,
			   (size_t)shape->chunk_len + shape->extra_len +
				   KOTA_TAG_LEN,
			   min_t(size_t, shape->table_len,
				 KOTA_TABLE_BLOCK_LEN) +
				   KOTA_TAG_LEN);
	}
	if (tables_len != le32_to_cpu(p->prologue.tables_len))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "tables of %llu bytes|%u", tables_len,
				   le32_to_cpu(p->prologue.tables_len));
	/* Found here, and not at END when the slot has been written. */
	if (le64_to_cpu(p->prologue.frames_len) > frames_len ||
	    (exact && le64_to_cpu(p->prologue.frames_len) != frames_len))
		return kota_refuse(why, KOTA_CAUSE_FORMAT,
				   "frames of %llu bytes|%llu", frames_len,
				   le64_to_cpu(p->prologue.frames_len));

	if (cap > p->cap) {
		kvfree(p->buf);
		p->cap = 0;
		p->buf = kvmalloc(cap, GFP_KERNEL);
		if (!p->buf)
			return kota_refuse(why, KOTA_CAUSE_MEMORY,
					   "%zu bytes for an item|none", cap);
		p->cap = cap;
	}
	p->nr_images = nr_images;
	if (p->section == SECTION_TABLE)
		expect(p, SECTION_TABLE, table_block_len(p));
	return 0;
}
