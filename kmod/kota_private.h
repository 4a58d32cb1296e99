/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the rooms of kota know of each other. The sections are the files, in the
 * order in which a byte of the stream passes them. session.c (bytes) and
 * control.c (words) conduct; no other room calls a room.
 */
#ifndef KOTA_PRIVATE_H
#define KOTA_PRIVATE_H

#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/key.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/uio.h>
#include <linux/workqueue.h>
#include <uapi/linux/kota_netlink.h>

#include "compat.h"
#include "parse.h"

struct crypto_aead;
struct crypto_shash;
struct aead_request;
struct mtd_info;
struct scatterlist;
struct sk_buff;
struct tpm_chip;
struct ZSTD_DCtx_s;
struct file;
struct kota;
struct kota_session;
struct kota_state_security;

/* The one message: rate-limited, never a key, a nonce or plaintext. */
#define kota_msg(fmt, ...) \
	pr_notice_ratelimited("kota: " fmt "\n", ##__VA_ARGS__)

/* board.c: what the device tree says, fixed once probed */

/**
 * struct kota_board - identity and policy of this device
 * @level: floor of enum kota_level
 * @vendor_id: vendor UUID, network order
 * @class_id: class UUID, network order
 * @booted_slot: label of the slot that runs; empty: not known
 * @quorum: signers that a deliverable with images needs, 1 or 2
 */
struct kota_board {
	u8	level;
	u8	quorum;
	u8	vendor_id[KOTA_UUID_LEN];
	u8	class_id[KOTA_UUID_LEN];
	char	booted_slot[8];
};

int kota_board_read(struct kota_board *board, struct device *dev);
int kota_board_booted(const struct kota_board *board);
bool kota_board_has_presence(struct device *dev);
int __must_check
kota_board_check_presence(struct device *dev, struct kota_refusal *why);

/* prerequisite.c: what the promises against root rest on */

#define KOTA_NR_PREREQUISITES	15

void kota_prerequisite_check(struct kota *kota);
const char *kota_prerequisite_tell(const struct kota *kota, unsigned int idx,
				   const char **detail);

/* algorithm.c: what may be used at this device's floor, and who does it */

#define KOTA_NR_ALGORITHMS	9
#define KOTA_DRIVER_LEN		128

void kota_algorithm_find(struct kota *kota);
const char *kota_algorithm_tell(const struct kota *kota, unsigned int idx,
				const char **use);

/* crypto/digest.c */

const char *kota_digest_name(enum kota_digest alg);
struct crypto_shash *kota_digest_open(enum kota_digest alg);
void kota_digest_close(struct crypto_shash *tfm);
int kota_digest(struct crypto_shash *tfm, const struct kvec *parts,
		size_t nr_parts, u8 out[KOTA_DIGEST_LEN]);
int kota_digest_chain(struct crypto_shash *tfm, u8 chain[KOTA_DIGEST_LEN],
		      const u8 next[KOTA_DIGEST_LEN]);
int kota_digest_once(enum kota_digest alg, const void *data, size_t len,
		     u8 out[KOTA_DIGEST_LEN]);

/* crypto/aead.c */

/**
 * struct kota_aead - decrypts under one key
 * @tfm: gcm(aes)
 * @req: its request
 * @sg: room for the pages of the longest ciphertext
 * @nr_sg: entries of @sg
 */
struct kota_aead {
	struct crypto_aead	*tfm;
	struct aead_request	*req;
	struct scatterlist	*sg;
	unsigned int		nr_sg;
};

int kota_aead_open(struct kota_aead *aead, const u8 *key, size_t key_len,
		   size_t max_len);
void kota_aead_close(struct kota_aead *aead);
int __must_check
kota_aead_decrypt(struct kota_aead *aead, u64 idx, u8 *buf, size_t ct_len);

/* crypto/hkdf.c */

#define KOTA_PRK_LEN	32

int kota_hmac(const u8 *key, size_t key_len, const struct kvec *parts,
	      size_t nr_parts, u8 out[KOTA_DIGEST_LEN]);
int kota_hkdf_extract(const u8 *salt, size_t salt_len, const u8 *ikm,
		      size_t ikm_len, u8 prk[KOTA_PRK_LEN]);
int kota_hkdf_expand(const u8 prk[KOTA_PRK_LEN], const struct kvec *info,
		     size_t nr_info, u8 *okm, size_t okm_len);

/* crypto/p256.c */

#define KOTA_P256_SCALAR_LEN	32

int kota_p256_public(const u8 scalar[KOTA_P256_SCALAR_LEN],
		     u8 public[KOTA_P256_PUBLIC_LEN]);
int kota_p256_shared(const u8 scalar[KOTA_P256_SCALAR_LEN],
		     const u8 peer[KOTA_P256_PUBLIC_LEN],
		     u8 secret[KOTA_P256_SCALAR_LEN]);

/* signature.c */

/**
 * struct kota_rings - keyrings that signers live in
 * @anchors: holds the anchors that are compiled in; nothing can be added
 * @release: takes what the release anchor certified, and is empty after a load
 * @offline: the same under the offline anchor
 * @has_offline: an offline anchor is compiled in
 */
struct kota_rings {
	struct key *anchors;
	struct key *release;
	struct key *offline;
	bool has_offline;
};

/**
 * struct kota_signer - who made a good signature
 * @ring: enum kota_ring that its key is in
 * @key_id: SHA-256 of its public key
 * @name: of its certificate, for people
 */
struct kota_signer {
	u8	ring;
	u8	key_id[KOTA_DIGEST_LEN];
	char	name[KOTA_REFUSAL_TEXT_LEN];
};

/* anchors.S: certificates in DER, possibly of no bytes */
extern const u8 kota_release_anchor[];
extern const u8 kota_release_anchor_end[];
extern const u8 kota_offline_anchor[];
extern const u8 kota_offline_anchor_end[];

int kota_signature_open(struct kota_rings *rings);
void kota_signature_close(struct kota_rings *rings);
u32 kota_signature_count(const struct key *ring);
int __must_check
kota_signature_verify(const struct kota_rings *rings, u8 ring,
		      const u8 *manifest, size_t manifest_len,
		      const u8 *der, size_t len, struct kota_signer *signer,
		      struct kota_refusal *why);

/* keys.c */

/*
 * The HKDF table: everything that is derived from the root, one line per use.
 * Info strings are never reused; a generation number or counter may follow.
 */
#define KOTA_KDF_ROOT_SALT	"kota root v1"
#define KOTA_KDF_P256		"kota device p256"	/* u32 generation, u8 try, origin */
#define KOTA_KDF_STATE_MAC	"kota state mac"
#define KOTA_KDF_NV_AUTH	"kota nv auth"

/* Generations of the device key whose envelopes are opened, at most. */
#define KOTA_MAX_GENERATIONS	4

/**
 * struct kota_identity - one generation of the device's key, as all may know it
 * @generation: counts from 1; 0: none
 * @public: X || Y
 * @id: SHA-256 of @public, names the device's envelopes
 */
struct kota_identity {
	u32	generation;
	u8	public[KOTA_P256_PUBLIC_LEN];
	u8	id[KOTA_DIGEST_LEN];
};

/**
 * struct kota_device_key - the same with its secret
 * @is: the public half
 * @p256: private key, big-endian scalar
 */
struct kota_device_key {
	struct kota_identity is;
	u8	p256[KOTA_P256_SCALAR_LEN];
};

/**
 * struct kota_secrets - what is derived from the root, wiped as one
 * @prk: what all else is derived from; only until kota_keys_derive_device()
 * @state_mac: key of the state record's MAC
 * @nv_auth: authorization value of the TPM's NV index
 * @device: device keys by generation: those in use, and the one after them
 */
struct kota_secrets {
	u8	prk[KOTA_PRK_LEN];
	u8	state_mac[KOTA_DIGEST_LEN];
	u8	nv_auth[KOTA_DIGEST_LEN];
	struct kota_device_key device[KOTA_MAX_GENERATIONS + 1];
};

/* The root, as the TPM sealed it. */
struct kota_blob {
	size_t	len;
	u8	data[KOTA_MAX_BLOB_LEN];
};

/**
 * struct kota_keys - the device's keys
 * @lock: serialises the orders; taken before state.lock
 * @ring: takes the trusted key
 * @chip: the TPM, pinned when first seen; NULL: none yet
 * @loaded: @secrets are valid; set once, read with smp_load_acquire()
 * @rolled: has been done in this boot, guarded by @lock
 * @secrets: derived from the root
 * @first: generation of the first device key among these
 * @sem: guards the two below, and the device keys that fall out of use; innermost
 * @generation: of the device key that envelopes should be made for
 * @oldest: first generation whose envelopes are opened
 */
struct kota_keys {
	struct mutex	lock;	/* of the orders */
	struct key	*ring;
	struct tpm_chip	*chip;
	bool		loaded;
	bool		rolled;
	struct kota_secrets secrets;
	u32		first;
	struct rw_semaphore sem;	/* of the generations */
	u32		generation;
	u32		oldest;
};

int kota_keys_open(struct kota_keys *keys);
void kota_keys_close(struct kota_keys *keys);
void kota_keys_forget(struct kota_keys *keys);
int kota_keys_derive_record(struct kota_keys *keys, const u8 root[KOTA_ROOT_LEN]);
int kota_keys_derive_device(struct kota_keys *keys,
			    const struct kota_state_security *of);
void kota_keys_set_generations(struct kota_keys *keys, u32 oldest, u32 generation);
bool kota_keys_loaded(struct kota_keys *keys);
bool kota_keys_get_identity(struct kota_keys *keys, u32 back,
			    struct kota_identity *identity);
u32 kota_keys_find(struct kota_keys *keys, const struct kota_envelope *env);
int __must_check
kota_keys_unwrap(struct kota_keys *keys, const struct kota_envelope *env,
		 const u8 manifest_digest[KOTA_DIGEST_LEN],
		 u8 cek[KOTA_CEK_LEN], struct kota_refusal *why);
int kota_keys_content(const u8 cek[KOTA_CEK_LEN],
		      const struct kota_manifest *manifest,
		      const u8 manifest_digest[KOTA_DIGEST_LEN],
		      const char label[KOTA_LABEL_LEN], u16 image,
		      u8 *key, size_t key_len);

/* unpack.c */

/**
 * struct kota_unpack - memory to decompress a chunk in
 * @ctx: the decompressor, in @workspace
 * @workspace: its memory
 * @workspace_len: bytes of it
 * @out: what came out, of @cap bytes
 * @cap: bytes of the largest chunk
 */
struct kota_unpack {
	struct ZSTD_DCtx_s	*ctx;
	void			*workspace;
	size_t			workspace_len;
	u8			*out;
	u32			cap;
};

int kota_unpack_open(struct kota_unpack *u, u32 chunk_len);
void kota_unpack_close(struct kota_unpack *u);
int __must_check
kota_unpack_chunk(struct kota_unpack *u, u32 idx, const u8 *frame,
		  size_t frame_len, u32 len, struct kota_refusal *why);

/* ahead.c */

/**
 * struct kota_ahead - envelopes that were given ahead of their deliverables
 * @lock: guards all below
 * @envelopes: the newest first; NULL: none, nor any further
 */
struct kota_ahead {
	struct mutex		lock;	/* of all below */
	struct kota_envelope	*envelopes[KOTA_MAX_ENVELOPES_AHEAD];
};

void kota_ahead_open(struct kota_ahead *ahead);
void kota_ahead_close(struct kota_ahead *ahead);
int kota_ahead_add(struct kota_ahead *ahead, const void *data, size_t len);
struct kota_envelope *kota_ahead_get(struct kota_ahead *ahead, unsigned int idx);
u32 kota_ahead_count(struct kota_ahead *ahead);

/* root.c */

int kota_root_pin_chip(struct kota_keys *keys);
int kota_root_close_cap(struct kota_keys *keys);
int kota_root_take(struct kota_keys *keys, struct kota_blob *blob);

/* chunk.c */

int __must_check
kota_chunk_compare(struct crypto_shash *digest, const struct kota_image *image,
		   const struct kota_chunk *entry, u32 idx, const u8 *buf,
		   u8 found[KOTA_DIGEST_LEN]);
int __must_check
kota_chunk_open(struct kota_aead *aead, struct crypto_shash *digest,
		const struct kota_chunk *entry, u32 idx, u8 *buf, size_t ct_len,
		struct kota_refusal *why);
int __must_check
kota_chunk_unpack(struct kota_unpack *u, struct crypto_shash *digest,
		  const struct kota_image *image, const struct kota_chunk *entry,
		  u32 idx, const u8 **bytes, struct kota_refusal *why);
int __must_check
kota_chunk_open_block(struct kota_aead *aead, u32 idx, u8 *buf, size_t ct_len,
		      struct kota_refusal *why);
int __must_check
kota_chunk_check_root(struct crypto_shash *digest, const u8 *table, size_t len,
		      const u8 root[KOTA_DIGEST_LEN], struct kota_refusal *why);

/* target.c */

struct kota_target;

/**
 * struct kota_target_ops - a kind of target
 * @compatible: of its device-tree node
 * @type: its name, for people
 * @open: find the slots of @np for @dev; -EPROBE_DEFER when they may still come
 * @close: give them up
 * @begin: make @slot unbootable: nothing of what it held may start any more
 * @write: put bytes at @pos; called in ascending order, without gaps
 * @skip: leave the next @len bytes as the medium has them; whole units, and never
 *	the first one
 * @finish: all bytes have come; make the rest of the slot blank and check that
 * @read: what the slot will hold, from the medium where it is there already
 * @peek: what a slot holds that is not being written
 * @seal: write what was held back; the slot is whole afterwards
 * @abort: leave the slot unbootable; also after @seal
 * @fades: what was being erased or written when power went may read right, or
 *	blank, and not stay so
 *
 * Called with the session's lock held, between begin and seal or abort by one
 * session only. All return 0 or -errno and may sleep. Ranges lie within the
 * slot: target.c sees to it.
 */
struct kota_target_ops {
	const char *compatible;
	const char *type;
	int (*open)(struct kota_target *t, struct device *dev, struct device_node *np);
	void (*close)(struct kota_target *t);
	int (*begin)(struct kota_target *t, unsigned int slot);
	int (*write)(struct kota_target *t, u64 pos, const u8 *buf, size_t len);
	int (*skip)(struct kota_target *t, u64 pos, u64 len);
	int (*finish)(struct kota_target *t, u64 len);
	int (*read)(struct kota_target *t, u64 pos, u8 *buf, size_t len);
	int (*peek)(struct kota_target *t, unsigned int slot, u64 pos, u8 *buf, size_t len);
	int (*seal)(struct kota_target *t);
	void (*abort)(struct kota_target *t);
	bool fades;
};

#define KOTA_NR_SLOTS	2

/**
 * struct kota_extent - where bytes lie, for comparison with others only
 * @device: what they are on; NULL: nothing that others could be on
 * @pos: offset on it
 * @len: how many
 */
struct kota_extent {
	const void	*device;
	u64		pos;
	u64		len;
};

/**
 * struct kota_target - one entry of the device's fixed table
 * @name: from the device tree
 * @slotted: of a kind that kota knows, and so one of the set that switches, whether
 *	it can be used or not
 * @ops: its kind; NULL: the entry is not usable, see @reason
 * @priv: of the kind
 * @protected: no user of this system can write its slots but kota
 * @capacity: bytes of each slot
 * @unit: bytes that are erased or replaced as one, of each slot
 * @extent: where each slot lies
 * @reason: why it can't be used
 * @sound: of each slot: no erase or write of it was cut off, as far back as the
 *	record called it complete; a boot does not know before the record says so
 * @erase_rest: finish has to blank all of the slot, where it would not anyway; set
 *	anew by begin
 * @pos: bytes written since begin
 * @slot: that is being written
 * @writing: between begin and seal or abort
 */
struct kota_target {
	char	name[KOTA_NAME_LEN];
	bool	slotted;
	const struct kota_target_ops *ops;
	void	*priv;
	bool	protected;
	u64	capacity[KOTA_NR_SLOTS];
	u32	unit[KOTA_NR_SLOTS];
	struct kota_extent extent[KOTA_NR_SLOTS];
	const char *reason;
	bool	sound[KOTA_NR_SLOTS];
	bool	erase_rest;
	u64	pos;
	unsigned int slot;
	bool	writing;
};

/* Labels of slots: "a", "b". */
static inline char kota_slot_label(unsigned int slot)
{
	return 'a' + slot;
}

int kota_target_open_all(struct kota *kota, struct device_node *node);
void kota_target_close_all(struct kota *kota);
struct kota_target *kota_target_find(struct kota *kota, const char *name);
const struct kota_target *kota_target_find_unfit(const struct kota *kota);
int kota_target_begin(struct kota_target *t, unsigned int slot);
int kota_target_write(struct kota_target *t, u64 pos, const u8 *buf, size_t len);
int kota_target_skip(struct kota_target *t, u64 pos, u64 len);
int kota_target_peek(struct kota_target *t, unsigned int slot, u64 pos, u8 *buf,
		     size_t len);
int kota_target_finish(struct kota_target *t);
int kota_target_read(struct kota_target *t, u64 pos, u8 *buf, size_t len);
int kota_target_seal(struct kota_target *t);
void kota_target_abort(struct kota_target *t);

/* targets/ */

/**
 * struct mtd_target - two slots, and the one that is being written
 * @slots: the partitions, of a flash or of a test
 * @held: contents of the first erase block, until it is written
 * @held_len: bytes of it that have come
 * @bounce: memory that any controller can write from and read to
 * @bounce_len: bytes of it
 * @erased: offset up to which the slot is erased, written or kept
 */
struct mtd_target {
	struct mtd_info *slots[KOTA_NR_SLOTS];
	u8	*held;
	size_t	held_len;
	u8	*bounce;
	size_t	bounce_len;
	u64	erased;
};

extern const struct kota_target_ops kota_mtd_target_ops;
extern const struct kota_target_ops kota_block_target_ops;

/* reverify.c */

int __must_check
kota_reverify(struct kota_target *t, const struct kota_image *image,
	      const struct kota_image_shape *shape, const u8 *table,
	      struct crypto_shash *digest, u8 *buf,
	      u8 content[KOTA_DIGEST_LEN], struct kota_refusal *why);

/* nv.c */

#define KOTA_NV_INDEX		0x01804b54U	/* owner's range; "KT" */

/**
 * struct kota_nv_index - contents of the TPM's NV index
 * @magic: KOTA_NV_MAGIC
 * @min_sequence: the record's
 * @receipt: zero; room for the index of a one-time receipt key
 * @security: SHA-256 of the record's struct kota_state_security
 *
 * Compared as a whole with what the record makes of it: no member counts by itself.
 */
struct kota_nv_index {
	u8	magic[8];
	__le64	min_sequence;
	__le64	receipt;
	u8	security[KOTA_DIGEST_LEN];
};

#define KOTA_NV_MAGIC	"KOTA NV1"

/**
 * struct kota_nv - the index, ours or a test's
 * @read: get what is in it
 * @write: replace it as a whole
 * @chip: the TPM
 * @auth: authorization value, derived from the root
 *
 * Both return 0; -ENXIO when there is no index; -EKEYREJECTED when its
 * authorization value or its form is not ours; -ENOMEM; -EIO. @read returns
 * -ENODATA for an index of ours that was never written, and in its place that digest
 * which it was defined for. They may sleep.
 */
struct kota_nv {
	int (*read)(struct kota_nv *nv, struct kota_nv_index *index);
	int (*write)(struct kota_nv *nv, const struct kota_nv_index *index);
	struct tpm_chip *chip;
	u8 auth[KOTA_DIGEST_LEN];
};

/**
 * struct kota_owner - who owns the TPM
 * @auth: authorization value of the owner hierarchy
 * @len: its bytes; 0: it is empty
 */
struct kota_owner {
	const u8 *auth;
	size_t len;
};

void kota_nv_open(struct kota_nv *nv, struct tpm_chip *chip,
		  const u8 auth[KOTA_DIGEST_LEN]);
void kota_nv_close(struct kota_nv *nv);
int kota_nv_look(struct tpm_chip *chip, bool *written);
int kota_nv_define(struct kota_nv *nv, const struct kota_owner *owner,
		   const struct kota_nv_index *first);

/* state.c */

#define KOTA_STATE_MAGIC	"KOTASTAT"
#define KOTA_STATE_VERSION	1
#define KOTA_NR_COPIES		2

#define KOTA_SECURITY_NV	BIT(0)	/* bound by the TPM's NV index, as all are */

#define KOTA_STATE_MAX_REVOKED	32
#define KOTA_STATE_MAX_RETIRED	16

/**
 * struct kota_state_security - what must never go back
 * @sequence: highest sequence number that was confirmed
 * @manifest: digest of the manifest that had it
 * @min_sequence: anything below is refused
 * @generation: of the device keys that are in use
 * @oldest: first generation whose envelopes are still opened
 * @flags: KOTA_SECURITY_NV
 * @nr_revoked: entries used in @revoked
 * @nr_retired: entries used in @retired
 * @origin: random, drawn when the device was provisioned; the same root makes other
 *	device keys the next time
 * @revoked: key ids of signers that are revoked
 * @retired: signers that are good up to a sequence number
 *
 * Its SHA-256 is in the TPM's NV index.
 */
struct kota_state_security {
	__le64	sequence;
	u8	manifest[KOTA_DIGEST_LEN];
	__le64	min_sequence;
	__le32	generation;
	__le32	oldest;
	__le32	flags;
	__le16	nr_revoked;
	__le16	nr_retired;
	u8	origin[KOTA_DIGEST_LEN];
	u8	revoked[KOTA_STATE_MAX_REVOKED][KOTA_DIGEST_LEN];
	struct kota_retired retired[KOTA_STATE_MAX_RETIRED];
};

/* One slot of a target, as the state record has it. */
struct kota_state_slot {
	u8	state;		/* enum kota_slot_state */
	u8	log2_chunk;	/* of @content; 0: @content is not known */
	u8	digest;		/* enum kota_digest, of @content */
	u8	reserved[5];
	__le64	sequence;
	__le64	size;		/* bytes of the image */
	char	version[KOTA_NAME_LEN];
	u8	root[KOTA_DIGEST_LEN];
	u8	manifest[KOTA_DIGEST_LEN];	/* its digest */
	u8	content[KOTA_DIGEST_LEN];	/* chain of the chunks' digests */
};

/**
 * struct kota_state_attempts - how often deliverables were begun in vain
 * @sequence: highest number among them
 * @reserved0: zero
 * @wanted: fewest bytes of the stream that were still wanted since it was seen
 * @nr: attempts since these became fewer
 * @reserved1: zero
 */
struct kota_state_attempts {
	__le64	sequence;
	u8	reserved0[24];
	__le64	wanted;
	__le32	nr;
	__le32	reserved1;
};

/**
 * struct kota_state_trial - the update that was installed last
 * @phase: enum kota_phase; KOTA_PHASE_NONE: its slots were given up, only @sequence
 *	and @manifest count
 * @slot: index of the slots that hold it
 * @reserved: zero
 * @sequence: its number
 * @min_sequence: anything below is refused once it is confirmed
 * @manifest: its digest
 * @reason: why it has failed; for people
 *
 * Not part of what the TPM's NV index binds: until the update is confirmed, nothing
 * that must never go back has changed.
 */
struct kota_state_trial {
	u8	phase;
	u8	slot;
	u8	reserved[6];
	__le64	sequence;
	__le64	min_sequence;
	u8	manifest[KOTA_DIGEST_LEN];
	char	reason[KOTA_REASON_LEN];
};

struct kota_state_target {
	char	name[KOTA_NAME_LEN];
	struct kota_state_slot slots[KOTA_NR_SLOTS];
};

/**
 * struct kota_state_record - what outlives a reboot, on the medium
 * @magic: KOTA_STATE_MAGIC
 * @version: KOTA_STATE_VERSION
 * @reserved0: zero
 * @len: bytes of the record
 * @number: counts up with each write; the larger of two good copies is true
 * @security: what must never go back
 * @targets: by name; unused ones zero
 * @attempts: since something was installed
 * @refusal_step: enum kota_step of the last refusal
 * @refusal_cause: enum kota_cause of it; 0: none
 * @reserved1: zero
 * @refusal_sequence: of the refused deliverable; 0: not known
 * @expected: text of the refusal
 * @found: text of the refusal
 * @trial: the update that was installed last
 * @reserved2: zero
 * @blob_len: bytes of @blob
 * @blob: sealed root, as the trusted key type made it
 * @mac: HMAC-SHA256 of all before under the derived key: is it ours?
 * @digest: SHA-256 of all before: is this copy torn?
 */
struct kota_state_record {
	u8	magic[8];
	__le16	version;
	__le16	reserved0;
	__le32	len;
	__le64	number;
	struct kota_state_security security;
	struct kota_state_target targets[KOTA_MAX_TARGETS];
	struct kota_state_attempts attempts;
	__le16	refusal_step;
	__le16	refusal_cause;
	__le32	reserved1;
	__le64	refusal_sequence;
	char	expected[KOTA_REFUSAL_TEXT_LEN];
	char	found[KOTA_REFUSAL_TEXT_LEN];
	struct kota_state_trial trial;
	u8	reserved2[4];
	__le32	blob_len;
	u8	blob[KOTA_MAX_BLOB_LEN];
	u8	mac[KOTA_DIGEST_LEN];
	u8	digest[KOTA_DIGEST_LEN];
};

/**
 * struct kota_medium - where the two copies lie
 * @read: read @len bytes of copy @copy
 * @write: replace copy @copy; a cut may leave anything in it, and in it only
 * @close: give the medium up; NULL: not open
 * @extent: where they lie; fixed once open
 * @priv: of the medium
 */
struct kota_medium {
	int (*read)(struct kota_medium *m, unsigned int copy, void *buf, size_t len);
	int (*write)(struct kota_medium *m, unsigned int copy, const void *buf, size_t len);
	void (*close)(struct kota_medium *m);
	struct kota_extent extent;
	void *priv;
};

/* What is known of the copies. */
enum kota_state_health {
	KOTA_STATE_BLANK,	/* there has never been a record */
	KOTA_STATE_UNPROVEN,	/* a whole copy, the MAC key is not there yet */
	KOTA_STATE_GOOD,	/* authenticated */
	KOTA_STATE_BROKEN,	/* neither blank nor good */
};

/**
 * struct kota_state - the state record
 * @lock: guards all members and the medium
 * @medium: where the copies lie
 * @nv: what the record is bound to; zeroed: not opened
 * @verdict: why no copy is believed, -errno of kota_state_authenticate(); -ETIMEDOUT:
 *	the TPM did not say later in this boot what it has; 0: none has been refused
 * @recovery: what the security part of a record begins with that may replace the
 *	one that is there, in this boot; NULL: none may
 * @health: what the copies are worth
 * @current_copy: copy that @rec came from or went to
 * @protected: user space can't write the copies; fixed once probed
 * @rec: the record, as the medium has it
 * @next: the record, as it is about to be written
 * @mac_key: valid when @health is KOTA_STATE_GOOD
 */
struct kota_state {
	struct mutex		lock;	/* of all members */
	struct kota_medium	medium;
	struct kota_nv		nv;
	int			verdict;
	struct kota_state_security *recovery;
	enum kota_state_health	health;
	unsigned int		current_copy;
	bool			protected;
	struct kota_state_record *rec;
	struct kota_state_record *next;
	u8			mac_key[KOTA_DIGEST_LEN];
};

int kota_state_open(struct kota_state *st);
void kota_state_close(struct kota_state *st);
int kota_state_authenticate(struct kota_state *st, const u8 mac_key[KOTA_DIGEST_LEN]);
void kota_state_distrust(struct kota_state *st);
void kota_state_forget(struct kota_state *st);
void kota_state_permit(struct kota_state *st, struct kota_state_security *begin);
int kota_state_draft(struct kota_state *st, const u8 *blob, size_t blob_len,
		     struct kota_nv_index *index);
int kota_state_create(struct kota_state *st, const u8 mac_key[KOTA_DIGEST_LEN]);
struct kota_state_record *kota_state_begin(struct kota_state *st);
int kota_state_commit(struct kota_state *st);

/* state_form.c */

int kota_state_seal(struct kota_state_record *rec, const u8 key[KOTA_DIGEST_LEN]);
bool kota_state_is_blank(const struct kota_state_record *rec);
bool kota_state_is_whole(const struct kota_state_record *rec);
bool kota_state_is_ours(const struct kota_state_record *rec, const u8 key[KOTA_DIGEST_LEN]);
int kota_state_make_index(const struct kota_state_record *rec, struct kota_nv_index *index);
const struct kota_state_slot *
kota_state_find_slot(const struct kota_state_record *rec, const char *target,
		     unsigned int slot);
struct kota_state_slot *kota_state_make_slot(struct kota_state_record *rec,
					     const char *target, unsigned int slot);

/* flash.c */

struct mtd_info *kota_flash_get(struct device *dev, struct device_node *np);
const char *kota_flash_judge(struct mtd_info *mtd);
bool kota_flash_is_protected(struct mtd_info *mtd);
struct kota_extent kota_flash_extent(struct mtd_info *mtd);
void kota_flash_unlock(struct mtd_info *mtd);
int kota_flash_erase(struct mtd_info *mtd, u64 pos, u64 len);
int kota_flash_write(struct mtd_info *mtd, u64 pos, const u8 *buf, size_t len);
int kota_flash_read(struct mtd_info *mtd, u64 pos, u8 *buf, size_t len);

/* state_mtd.c */

int kota_state_mtd_open(struct kota_medium *m, struct device *dev, bool *protected);

/* disk.c */

/**
 * struct kota_disk - an open partition of a disk
 * @file: the partition; NULL: not open
 * @bounce: memory that any controller can read and write
 * @exclusive: for us alone to write
 * @size: its bytes
 * @sector: bytes that are read or written at least, a power of two
 *
 * Locking: the owner's.
 */
struct kota_disk {
	struct file	*file;
	u8		*bounce;
	bool		exclusive;
	u64		size;
	u32		sector;
};

int kota_disk_open(struct kota_disk *d, struct device_node *node,
		   const char *label, bool exclusive);
const char *kota_disk_reason(int err);
void kota_disk_close(struct kota_disk *d);
bool kota_disk_is_live(const struct kota_disk *d);
struct kota_extent kota_disk_extent(const struct kota_disk *d);
int kota_disk_read(struct kota_disk *d, u64 pos, u8 *buf, size_t len);
int kota_disk_write(struct kota_disk *d, u64 pos, const u8 *buf, size_t len);
int kota_disk_zero(struct kota_disk *d, u64 pos, u64 len);
int kota_disk_check_zero(struct kota_disk *d, u64 pos, u64 len);
int kota_disk_flush(struct kota_disk *d);

/* state_block.c */

int kota_state_block_open(struct kota_medium *m, struct device *dev, bool *protected);

/* policy.c */

/* Does it permit to provision the device anew? */
static inline bool kota_manifest_is_recovery(const struct kota_manifest *m)
{
	return le32_to_cpu(m->flags) & KOTA_FLAG_RECOVERY;
}

/**
 * struct kota_facts - what this device is, for policy to judge by
 * @board: identity and floor
 * @keys_loaded: envelopes can be opened
 * @has_offline: an offline anchor is compiled in
 * @state_good: the state record is authentic
 * @held: the slots must stay as they are
 * @security: the record's, as it was when the facts were gathered, and as if what
 *	waits were confirmed; where the record is not authentic, what
 *	kota_security_inherit() takes of it
 */
struct kota_facts {
	const struct kota_board *board;
	bool	keys_loaded;
	bool	has_offline;
	bool	state_good;
	bool	held;
	struct kota_state_security security;
};

/**
 * struct kota_place - where an image would go
 * @known: this device has the target, and it can be used
 * @slot: index of the slot that does not run; counts when the booted one is known
 * @whole: the record says that it is complete
 * @capacity: its bytes
 * @installed: version in the slot that runs; empty: not known
 */
struct kota_place {
	bool	known;
	unsigned int slot;
	bool	whole;
	u64	capacity;
	char	installed[KOTA_NAME_LEN];
};

int __must_check
kota_policy_check_manifest(const struct kota_facts *facts,
			   const struct kota_manifest *manifest,
			   const u8 manifest_digest[KOTA_DIGEST_LEN],
			   struct kota_refusal *why);
int __must_check
kota_policy_check_signers(const struct kota_facts *facts,
			  const struct kota_manifest *manifest,
			  const struct kota_signer *signers, unsigned int nr,
			  struct kota_refusal *why);
int __must_check
kota_policy_check_image(const struct kota_facts *facts,
			const struct kota_manifest *manifest,
			const struct kota_image *image,
			const struct kota_place *place,
			struct kota_refusal *why);

/* trial.c: from slots that are whole to an update that counts */

void kota_trial_note(struct kota_state_trial *trial, unsigned int slot,
		     const struct kota_manifest *manifest,
		     const u8 manifest_digest[KOTA_DIGEST_LEN]);
void kota_trial_drop(struct kota_state_trial *trial);
bool kota_trial_holds(const struct kota_state_trial *trial, int booted);
int __must_check kota_trial_activate(struct kota_state_trial *trial);
void kota_trial_fail(struct kota_state_trial *trial, const char *reason);
bool kota_trial_reconcile(struct kota_state_trial *trial, int booted);
void kota_trial_advance(const struct kota_state_trial *trial,
			struct kota_state_security *sec);

/* security.c */

bool kota_security_is_revoked(const struct kota_state_security *sec,
			      const u8 key_id[KOTA_DIGEST_LEN]);
u64 kota_security_last_sequence(const struct kota_state_security *sec,
				const u8 key_id[KOTA_DIGEST_LEN]);
void kota_security_inherit(struct kota_state_security *sec,
			   const struct kota_state_security *unproven,
			   bool protected);
int __must_check
kota_security_restrict(struct kota_state_security *sec,
		       const struct kota_manifest *manifest,
		       struct kota_refusal *why);
int __must_check
kota_security_apply(struct kota_state_security *sec,
		    const struct kota_manifest *manifest,
		    const u8 manifest_digest[KOTA_DIGEST_LEN],
		    struct kota_refusal *why);

/* event.c */

/**
 * struct kota_event - one event, as listeners of the netlink group get it
 * @step: enum kota_step
 * @outcome: enum kota_outcome
 * @detail: for people
 * @image: index; counts with @total
 * @done: bytes done
 * @total: bytes in all; 0: not told
 * @refusal: with KOTA_OUTCOME_REFUSED
 */
struct kota_event {
	u16	step;
	u8	outcome;
	const char *detail;
	u16	image;
	u64	done;
	u64	total;
	const struct kota_refusal *refusal;
};

void kota_event_send(const struct kota_event *ev);
void kota_event_enter(struct kota_session *s, u16 step, const char *detail);
void kota_event_done(struct kota_session *s);
void kota_event_close(void);

/* need.c: which bytes of a stream are still wanted */

/* Where the bytes of a chunk come from. */
enum kota_source {
	KOTA_SOURCE_STREAM,	/* the writer has to bring them */
	KOTA_SOURCE_KEEP,	/* the slot holds them, in whole units */
	KOTA_SOURCE_COPY,	/* the slot that runs holds them, at the same place */
};

/**
 * struct kota_need - how far a walk over the frames of a deliverable has come
 * @pos: offset of the next frame in the whole deliverable
 * @image: its image; the number of images: END; one more: over
 * @chunk: its chunk
 */
struct kota_need {
	u64	pos;
	u32	image;
	u32	chunk;
};

struct kota_job;

int kota_need_scan(struct kota_job *job, bool keep, u8 *buf);
u32 kota_need_group(const struct kota_job *job);
bool kota_need_next(const struct kota_job *jobs, unsigned int nr_jobs,
		    struct kota_need *at, struct kota_range *range);
u64 kota_need_sum(const struct kota_job *jobs, unsigned int nr_jobs);
int __must_check
kota_need_attempt(struct kota_state_attempts *attempts,
		  u64 sequence, u64 wanted, struct kota_refusal *why);

/* copy.c: what the deliverable does not bring */

/**
 * struct kota_copy - a slot that is to hold what the one that runs does
 * @target: both are of
 * @slot: index of the one that is written
 * @entry: what the record has to say of it; content: after kota_copy_compare()
 * @known: @entry comes from the record, and the slot that runs has to match it
 * @same: nothing has to be written
 * @begun: the slot has been touched
 */
struct kota_copy {
	struct kota_target	*target;
	unsigned int		slot;
	struct kota_state_slot	entry;
	bool			known;
	bool			same;
	bool			begun;
};

void kota_copy_init(struct kota_copy *copy, struct kota_target *t,
		    unsigned int slot, const struct kota_state_record *rec);
int __must_check
kota_copy_compare(struct kota_copy *copy, struct kota_refusal *why);
int __must_check kota_copy_check(struct kota_copy *copy, struct kota_refusal *why);
int __must_check kota_copy_run(struct kota_copy *copy, struct kota_refusal *why);

/* record.c: what an install writes to the state record */

int __must_check kota_record_begin(struct kota_session *s);
int __must_check kota_record_copies(struct kota_session *s);
int __must_check kota_record_complete(struct kota_session *s);
int __must_check kota_record_undo(struct kota_session *s);

/* check.c and install.c: the steps that session.c conducts */

/**
 * struct kota_job - one image on its way
 * @image: in the session's manifest
 * @shape: in the session's parser
 * @target: where it goes
 * @slot: index of the slot
 * @table: plaintext of its table
 * @digest: its digest
 * @aead: key of the table, later of the frames
 * @plan: enum kota_source of each chunk; NULL: all are to come
 * @content: chain of the chunks' digests, as read from the medium
 * @next: index of the chunk that has to come
 * @told: bytes done, as listeners know
 * @begun: the slot has been touched
 */
struct kota_job {
	const struct kota_image		*image;
	const struct kota_image_shape	*shape;
	struct kota_target		*target;
	unsigned int			slot;
	u8				*table;
	struct crypto_shash		*digest;
	struct kota_aead		aead;
	u8				*plan;
	u8				content[KOTA_DIGEST_LEN];
	u32				next;
	u64				told;
	bool				begun;
};

/**
 * struct kota_session - one deliverable, from open to release
 * @caller: held by the one who writes or reads, across faults of his memory; only
 *	ever tried for
 * @list: of all sessions, session.c guards it
 * @idle: ends a session whose writer is silent
 * @lock: held while bytes are judged, never across a fault; guards all below
 * @kota: the device; NULL: it is gone
 * @verdict: 0, or the errno that every further write gets
 * @step: enum kota_step
 * @touched: a byte has come
 * @authentic: the signatures are good
 * @checked: all before the frames is good
 * @asked: what is still wanted has been asked for: the rest may be left out
 * @staged: slots may have been touched
 * @noted: the record may say that the slots are complete, or a recovery is permitted
 * @complete: END has been judged good
 * @seated: one of the sessions that may be open
 * @expiring: its time is over, and nothing can keep it any more
 * @last_byte: jiffies when a byte was last taken, or a range told
 * @parser: cuts the stream
 * @manifest: our copy, immutable once taken
 * @manifest_len: its bytes
 * @manifest_digest: its digest
 * @signers: who made the good signatures so far
 * @nr_signers: how many
 * @generation: of the device key whose envelope gave @cek; 0: none has yet
 * @cek: content key, wiped once the frames' keys are derived
 * @jobs: one for each image
 * @nr_jobs: how many
 * @unpack: memory to decompress in, where an image is compressed
 * @current_job: index of the one whose frames come
 * @copies: one for each target that the deliverable lacks
 * @nr_copies: how many
 * @need: how far the answer to read(2) has been given
 * @spare: memory for one chunk of any image, with @asked
 * @spare_len: its bytes
 * @why: the refusal
 */
struct kota_session {
	struct mutex		caller;	/* of write and read */
	struct list_head	list;
	struct delayed_work	idle;
	struct mutex		lock;	/* of all below */
	struct kota		*kota;
	int			verdict;
	u16			step;
	bool			touched;
	bool			authentic;
	bool			checked;
	bool			asked;
	bool			staged;
	bool			noted;
	bool			complete;
	bool			seated;
	bool			expiring;
	unsigned long		last_byte;
	struct kota_parser	parser;
	struct kota_manifest	*manifest;
	size_t			manifest_len;
	u8			manifest_digest[KOTA_DIGEST_LEN];
	struct kota_signer	signers[KOTA_MAX_SIGNATURES];
	unsigned int		nr_signers;
	u32			generation;
	u8			cek[KOTA_CEK_LEN];
	struct kota_job		*jobs;
	unsigned int		nr_jobs;
	struct kota_unpack	unpack;
	unsigned int		current_job;
	struct kota_copy	*copies;
	unsigned int		nr_copies;
	struct kota_need	need;
	u8			*spare;
	size_t			spare_len;
	struct kota_refusal	why;
};

int __must_check kota_check_signature(struct kota_session *s, const struct kota_item *item);
int __must_check kota_check_envelope(struct kota_session *s, const struct kota_item *item);
int __must_check kota_check_table(struct kota_session *s, const struct kota_item *item);
int __must_check kota_check_again(struct kota_session *s);

int __must_check kota_install_ask(struct kota_session *s);
int __must_check kota_install_begin(struct kota_session *s);
int __must_check kota_install_frame(struct kota_session *s, const struct kota_item *item);
int __must_check kota_install_finish(struct kota_session *s);
void kota_install_abort(struct kota_session *s);
void kota_install_settle(struct kota_session *s);

/* set.c: the slots of all targets, conducted by install.c */

int __must_check kota_set_copy(struct kota_session *s);
int __must_check kota_set_seal(struct kota_session *s);

/* stream.c */

void kota_stream_wipe(struct kota_session *s);
void kota_stream_end(struct kota_session *s);

/* verdict.c */

int kota_verdict_give(struct kota_session *s, int err);

/* claim.c: who owns the targets */

int __must_check kota_claim_take(struct kota_session *s);
void kota_claim_drop(struct kota_session *s);
void kota_claim_leave_seat(struct kota_session *s);

/* session.c: bytes */

struct kota_session *kota_session_open(struct kota *kota);
void kota_session_close(struct kota_session *s);
void kota_session_end_all(struct kota *kota);
bool kota_session_enter(struct kota_session *s);
void kota_session_leave(struct kota_session *s);
int __must_check kota_session_lock(struct kota_session *s);
bool kota_session_trylock(struct kota_session *s);
void kota_session_unlock(struct kota_session *s);
u8 *kota_session_window(struct kota_session *s, size_t *len);
int kota_session_push(struct kota_session *s, size_t len, bool more);
int kota_session_need(struct kota_session *s, struct kota_range *range);
void kota_session_needed(struct kota_session *s);
bool kota_session_is_open_ended(struct kota_session *s);

/* control.c: words */

int kota_control_load_keys(struct kota *kota);
int kota_control_provision(struct kota *kota, const struct kota_owner *owner);
int kota_control_roll(struct kota *kota);
int kota_control_retire(struct kota *kota);
int kota_control_add_envelope(struct kota *kota, const void *data, size_t len);

/* activate.c: what comes after an install */

int kota_activate(struct kota *kota);
int kota_activate_confirm(struct kota *kota);
int kota_activate_rollback(struct kota *kota, const char *reason);
void kota_activate_reconcile(struct kota *kota);

/* status.c */

int kota_status_put(struct sk_buff *skb, struct kota *kota);

/* netlink.c */

int kota_netlink_open(void);
void kota_netlink_close(void);
void kota_netlink_attach(struct kota *kota);

/* dev.c */

int kota_dev_open(struct kota *kota);
void kota_dev_close(struct kota *kota);

/* main.c */

#define KOTA_MAX_SESSIONS	2	/* one to take over from the other */

/**
 * struct kota - the device
 * @dev: of the device-tree node
 * @misc: /dev/kota
 * @going: no more bytes are taken; READ_ONCE()
 * @seats: sessions that are open
 * @step: enum kota_step of the last one heard of, for status; READ_ONCE()
 * @claim: guards @owner; taken inside a session's lock
 * @owner: the one session that may read and write the targets; NULL: none
 * @board: fixed once probed
 * @rings: fixed once probed
 * @targets: the fixed table
 * @nr_targets: entries of it
 * @keys: has its own lock
 * @ahead: has its own lock
 * @state: has its own lock
 * @refusal: the last one since boot; guarded by state.lock
 * @refusal_sequence: of that deliverable; 0: not known; guarded by state.lock
 * @refusals_kept: how many this boot has written to the medium
 * @prerequisite_met: of each row of prerequisite.c; fixed once probed
 * @driver: of each row of algorithm.c, empty: none; fixed once probed
 */
struct kota {
	struct device		*dev;
	struct miscdevice	misc;
	bool			going;
	atomic_t		seats;
	u16			step;
	struct mutex		claim;	/* of @owner */
	struct kota_session	*owner;
	struct kota_board	board;
	struct kota_rings	rings;
	struct kota_target	targets[KOTA_MAX_TARGETS];
	unsigned int		nr_targets;
	struct kota_keys	keys;
	struct kota_ahead	ahead;
	struct kota_state	state;
	struct kota_refusal	refusal;
	u64			refusal_sequence;
	unsigned int		refusals_kept;
	bool			prerequisite_met[KOTA_NR_PREREQUISITES];
	char			driver[KOTA_NR_ALGORITHMS][KOTA_DRIVER_LEN];
};

#endif /* KOTA_PRIVATE_H */
