/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests share: a device to talk to, and a maker of deliverables that
 * can spoil any piece of them under good signatures and good tags. The maker is
 * written from the format's description and shares no code with the helper.
 */
#ifndef KOTA_TEST_H
#define KOTA_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <openssl/evp.h>
#include <linux/kota.h>
#include <linux/kota_netlink.h>

#define KT_DEVICE	"/dev/kota"
#define KT_TARGET	"firmware"
/* Longer than any test takes; nothing is measured by it. */
#define KT_FOREVER	7200

/* device.c */

struct kt_slot {
	uint8_t		state;
	bool		booted;
	char		version[KOTA_NAME_LEN];
	uint64_t	sequence;
	uint64_t	size;
	uint64_t	capacity;
};

/* What the device says of itself. */
struct kt_status {
	uint32_t	abi;
	uint8_t		level;
	uint8_t		vendor_id[KOTA_UUID_LEN];
	uint8_t		class_id[KOTA_UUID_LEN];
	char		booted_slot[8];
	uint8_t		key_state;
	bool		has_public;
	uint8_t		public_key[KOTA_P256_PUBLIC_LEN];
	int32_t		release_ring;
	uint32_t	release_signers;
	int32_t		offline_ring;
	uint32_t	offline_signers;
	uint8_t		quorum;
	int32_t		key_ring;
	uint64_t	sequence;
	uint64_t	min_sequence;
	uint8_t		revoked[32][KOTA_DIGEST_LEN];
	unsigned int	nr_revoked;
	struct kota_retired retired[16];
	unsigned int	nr_retired;
	bool		busy;
	bool		protected;
	uint32_t	envelopes_ahead;
	uint32_t	attempts;
	struct kt_slot	slot[2];
	/* the last refusal */
	uint16_t	step;
	uint16_t	cause;
	uint16_t	error;
	uint64_t	refused_sequence;
	char		expected[128];
	char		found[128];
};

/* A prerequisite: met or not, and what was found. An algorithm: its driver. */
struct kt_fact {
	char		use[32];
	char		name[32];
	bool		met;
	char		text[128];
};

#define KT_MAX_FACTS	64

int kt_status(struct kt_status *st, const char *target);
int kt_facts(int kind, struct kt_fact fact[KT_MAX_FACTS]);
/* What the kernel said, for people, to the last order; empty: nothing. */
extern char kt_said[128];
int kt_command(int cmd, const void *blob, size_t len, void *reply, size_t *reply_len);
int kt_order(int cmd, int attr, const void *data, size_t len);
int kt_mtd(const char *name);
int kt_mtd_read(const char *name, uint64_t pos, void *buf, size_t len);
uint64_t kt_mtd_size(const char *name);
uint8_t *kt_mtd_copy(const char *name, size_t *len);
int kt_mtd_put(const char *name, uint64_t pos, const void *buf, size_t len);
int kt_write(int fd, const void *data, size_t len);
int kt_install(const void *data, size_t len, uint64_t sequence);
int kt_install_by(const void *data, size_t len, uint64_t sequence, size_t piece,
		  const char *target);
int kt_ask(int fd, struct kota_range *ranges, unsigned int max, unsigned int each);
int kt_send(int fd, const void *data, const struct kota_range *ranges, unsigned int nr);
int kt_errno(enum kota_cause cause);
uint64_t kt_seed(void);
uint64_t kt_random(uint64_t *state);
bool kt_is_debug(void);

/* disk.c */

bool kt_on_disk(void);
uint8_t kt_blank(void);
size_t kt_first_unit(void);
bool kt_disk(const char *name, char *dev, size_t size);
int kt_disk_open(const char *name, int flags);
uint64_t kt_disk_size(const char *name);
int kt_disk_read(const char *name, uint64_t pos, void *buf, size_t len);
int kt_disk_put(const char *name, uint64_t pos, const void *buf, size_t len);

/* deliverable.c */

struct kt_buf {
	uint8_t	*data;
	size_t	len;
};

void kt_append(struct kt_buf *b, const void *data, size_t len);

/* What an image is made of. */
struct kt_part {
	const uint8_t		*bytes;		/* not ours */
	size_t			size;
	struct kt_buf		*stored;	/* frames of zstd, by kt_compress() */
	struct kt_buf		table;		/* plaintext */
	bool			keep_root;	/* the image's root has been spoiled on purpose */
};

/*
 * A deliverable in the making. Between the calls below, and in their order, any
 * member may be changed.
 */
struct kt_deliverable {
	struct kota_prologue	prologue;	/* lengths: filled in by kt_finish() */
	struct kota_manifest	manifest;
	struct kota_image	image[KOTA_MAX_IMAGES];
	unsigned int		nr_images;	/* written out, whatever the manifest says */
	union {
		struct kt_part	part[KOTA_MAX_IMAGES];
		struct {			/* the first one, which most tests have */
			const uint8_t	*bytes;
			size_t		size;
			struct kt_buf	*stored;
			struct kt_buf	table;
			bool		keep_root;
		};
	};
	uint8_t			cek[KOTA_CEK_LEN];
	/* made by kt_seal() */
	struct kt_buf		signed_part;	/* the manifest section */
	uint8_t			manifest_digest[KOTA_DIGEST_LEN];
	struct kt_buf		tables;
	struct kt_buf		frames;
	/* made by kt_sign(), kt_wrap() */
	struct kt_buf		signatures;
	struct kt_buf		envelopes;
};

/* Where the sections of a finished deliverable begin. */
struct kt_map {
	size_t manifest, signatures, envelopes, tables, frames, end, len;
};

enum {
	KT_KEYID = 1 << 0,		/* name the signer by key id */
	KT_SHA3 = 1 << 1,		/* sha3-256 */
	KT_CERTS = 1 << 2,		/* embed the certificate */
	KT_NOATTR = 1 << 3,		/* no signed attributes */
	KT_SMIMECAP = 1 << 4,		/* S/MIME capabilities among the attributes */
	KT_SHA512 = 1 << 5,
	KT_SHA1 = 1 << 6,
	KT_ATTACHED = 1 << 7,		/* content inside */
	KT_TWICE = 1 << 8,		/* two SignerInfos */
	KT_SHA384 = 1 << 9,
	KT_SHA3_384 = 1 << 10,
};

void kt_begin(struct kt_deliverable *d, const struct kt_status *st,
	      const uint8_t *bytes, size_t size, uint64_t sequence);
void kt_compress(struct kt_deliverable *d);
void kt_add_image(struct kt_deliverable *d, const char *target, const uint8_t *bytes,
		  size_t size);
void kt_begin_statement(struct kt_deliverable *d, const struct kt_status *st,
			uint64_t sequence);
void kt_key_id(const char *signer, uint8_t id[KOTA_DIGEST_LEN]);
void kt_retable(struct kt_deliverable *d);
size_t kt_frame_pos(const struct kt_deliverable *d, const struct kt_map *map,
		    unsigned int image, uint32_t chunk);
void kt_seal(struct kt_deliverable *d);
struct kt_buf kt_cms(const struct kt_deliverable *d, const char *signer, int flags);
void kt_sign_with(struct kt_deliverable *d, uint8_t ring, const struct kt_buf *der);
void kt_sign_ring(struct kt_deliverable *d, uint8_t ring, const char *signer, int flags);
void kt_sign(struct kt_deliverable *d, const char *signer, int flags);
void kt_wrap(struct kt_deliverable *d, const uint8_t public_key[KOTA_P256_PUBLIC_LEN]);
void kt_wrap_stranger(struct kt_deliverable *d);
struct kt_buf kt_finish(struct kt_deliverable *d, struct kt_map *map);
void kt_free(struct kt_deliverable *d);
struct kt_buf kt_make(const struct kt_status *st, const uint8_t *bytes, size_t size,
		      uint64_t sequence, unsigned int log2_chunk, struct kt_map *map);
struct kt_buf kt_make_by(const char *signer, const struct kt_status *st, const uint8_t *bytes,
			 size_t size, uint64_t sequence, unsigned int log2_chunk,
			 struct kt_map *map);
void kt_warm_up(void);
void kt_fill(uint8_t *bytes, size_t size, uint64_t seed);
uint16_t kt_crc16(const uint8_t *data, size_t len);

#endif /* KOTA_TEST_H */
