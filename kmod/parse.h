/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rooms that look at a stranger's bytes and do nothing else: refusals, pull
 * parser, form of the manifest, form of a signature. Also built in user space
 * ("kota inspect", fuzzing), hence a header apart.
 */
#ifndef KOTA_PARSE_H
#define KOTA_PARSE_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#else
#include "kernel_shim.h"
#endif
#include <uapi/linux/kota.h>

/* refusal.c */

#define KOTA_REFUSAL_TEXT_LEN	64	/* bytes of @expected or @found, NUL too */

/**
 * struct kota_refusal - why a deliverable was refused
 * @step: enum kota_step, set by the conductor
 * @cause: enum kota_cause; KOTA_CAUSE_NONE: nothing refused
 * @expected: what would have been accepted, for people
 * @found: what came instead, for people, printable
 */
struct kota_refusal {
	u16	step;
	u16	cause;
	char	expected[KOTA_REFUSAL_TEXT_LEN];
	char	found[KOTA_REFUSAL_TEXT_LEN];
};

int kota_cause_errno(enum kota_cause cause);
__printf(3, 4)
int kota_refuse(struct kota_refusal *why, enum kota_cause cause,
		const char *fmt, ...);
int kota_refuse_memory(struct kota_refusal *why, const char *what);

/* Want of memory says nothing about a stranger's bytes, or about a medium. */
static inline enum kota_cause kota_cause_of(int err, enum kota_cause cause)
{
	return err == -ENOMEM ? KOTA_CAUSE_MEMORY : cause;
}

/* parse.c */

/* Items that the parser hands out, in the order of the stream. */
enum kota_item_type {
	KOTA_ITEM_NONE,		/* more bytes are wanted */
	KOTA_ITEM_PROLOGUE,	/* struct kota_prologue */
	KOTA_ITEM_MANIFEST,	/* the section, not looked into */
	KOTA_ITEM_SIGNATURE,	/* struct kota_signature and its DER */
	KOTA_ITEM_ENVELOPE,	/* struct kota_envelope, enc, wrapped key */
	KOTA_ITEM_TABLE_BLOCK,	/* ciphertext and tag */
	KOTA_ITEM_FRAME,	/* ciphertext and tag; @frame is its head */
	KOTA_ITEM_END,		/* the stream is over */
};

/**
 * struct kota_item - one whole item of the stream
 * @type: what it is
 * @last: no other item of this section follows (of this image, for tables)
 * @image: table blocks: index of the image
 * @block: table blocks: index of the block in the image's table
 * @data: the bytes, in the parser's memory, valid until the next window
 * @len: bytes at @data
 * @frame: KOTA_ITEM_FRAME: its head
 */
struct kota_item {
	enum kota_item_type type;
	bool		last;
	u16		image;
	u32		block;
	u8		*data;
	size_t		len;
	struct kota_frame frame;
};

/* What the tables and frames of one image measure, known from the manifest. */
struct kota_image_shape {
	u32	nr_chunks;
	u32	entry_len;	/* bytes of one table entry */
	u32	table_len;	/* plaintext bytes of the table */
	u32	chunk_len;	/* bytes of a full chunk */
	u32	extra_len;	/* by which a chunk may be longer in its frame */
};

/**
 * struct kota_parser - where in the stream we are
 * @section: enum, private to parse.c
 * @buf: memory of the item that is being filled, owned by the parser
 * @cap: bytes allocated at @buf
 * @have: bytes of the item that have come
 * @want: bytes of the item as far as it is known
 * @sparse: the frames section may end before all its bytes have come
 * @left: bytes of the current section that belong to no item yet
 * @prologue: copied out once it is whole
 * @frame: head of the frame whose body is being taken
 * @nr_signatures: heads of signatures seen
 * @nr_images: images in @shape
 * @shape: set by kota_parse_plan()
 * @image: tables: index of the image
 * @block: tables: index of the block
 */
struct kota_parser {
	u8	section;
	bool	sparse;
	u8	*buf;
	size_t	cap;
	size_t	have;
	size_t	want;
	u64	left;
	struct kota_prologue prologue;
	struct kota_frame frame;
	u16	nr_signatures;
	u16	nr_images;
	struct kota_image_shape shape[KOTA_MAX_IMAGES];
	u16	image;
	u32	block;
};

int kota_parse_begin(struct kota_parser *p);
void kota_parse_end(struct kota_parser *p);
u8 *kota_parse_window(struct kota_parser *p, size_t *len);
int kota_parse_advance(struct kota_parser *p, size_t len,
		       struct kota_item *item, struct kota_refusal *why);
bool kota_parse_is_at_frames(const struct kota_parser *p);
int kota_parse_plan(struct kota_parser *p, const struct kota_image *images,
		    u16 nr_images, struct kota_refusal *why);

/* prologue.c */

int kota_prologue_check(const struct kota_prologue *pro, struct kota_refusal *why);

/* manifest.c */

int kota_manifest_check(const u8 *data, size_t len, struct kota_refusal *why);
int kota_manifest_shape(const struct kota_image *image,
			struct kota_image_shape *shape,
			struct kota_refusal *why);
u32 kota_manifest_chunk_len(const struct kota_image *image, u32 chunk);
int kota_manifest_check_table(const u8 *table, const struct kota_image *image,
			      const struct kota_image_shape *shape,
			      struct kota_refusal *why);

/* The images that follow a manifest which kota_manifest_check() accepted. */
static inline const struct kota_image *
kota_manifest_images(const struct kota_manifest *manifest)
{
	return (const struct kota_image *)(manifest + 1);
}

/* Entry @idx of a table which kota_manifest_check_table() accepted. */
static inline const struct kota_chunk *
kota_table_entry(const u8 *table, const struct kota_image_shape *shape, u32 idx)
{
	return (const struct kota_chunk *)(table + sizeof(struct kota_table) +
					   (size_t)idx * shape->entry_len);
}

/* Digest of the final bytes: behind the entry when the chunk was compressed. */
static inline const u8 *kota_table_final(const struct kota_chunk *entry,
					 const struct kota_image *image)
{
	return image->compression == KOTA_COMPRESSION_NONE ?
		       entry->stored :
		       (const u8 *)(entry + 1);
}

/* cms.c */

/**
 * struct kota_cms - what the strict walk found in a CMS SignedData
 * @issuer: DER of the signer's issuer name, without its tag; NULL: @skid counts
 * @issuer_len: bytes of it
 * @serial: serial number, without its tag
 * @serial_len: bytes of it
 * @skid: subject key identifier
 * @skid_len: bytes of it
 * @digest: name of the digest, as the crypto API has it
 * @key_algo: prefix of the public key's algorithm, as the key service has it
 *
 * All point into the signature.
 */
struct kota_cms {
	const u8	*issuer;
	size_t		issuer_len;
	const u8	*serial;
	size_t		serial_len;
	const u8	*skid;
	size_t		skid_len;
	const char	*digest;
	const char	*key_algo;
};

int kota_cms_walk(const u8 *der, size_t len, struct kota_cms *cms,
		  struct kota_refusal *why);
unsigned int kota_cms_rsa_bits(const u8 *key, size_t len);
bool kota_cms_is_whole_point(const char *key_algo, const u8 *key, size_t len);

#endif /* KOTA_PARSE_H */
