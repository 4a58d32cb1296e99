/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * kota: the deliverable's format and the words that kernel and user space
 * share. Documentation: uapi/kota.rst, which is normative byte by byte.
 *
 * All integers are little-endian, all structs naturally aligned and without
 * padding; reserved members must be zero and are checked.
 */
#ifndef _UAPI_LINUX_KOTA_H
#define _UAPI_LINUX_KOTA_H

#include <linux/types.h>

/* Version of this interface: netlink family, device and format together. */
#define KOTA_ABI_VERSION		1

/* Limits. A length over its limit is EMSGSIZE before anything is allocated. */
#define KOTA_MAX_IMAGES			16
#define KOTA_MAX_TARGETS		16
#define KOTA_MAX_SIGNATURES		4
#define KOTA_MAX_CMS_LEN		8192		/* one signature, DER */
#define KOTA_MAX_ENVELOPES_LEN		(1U << 20)	/* all of them */
#define KOTA_MAX_ENC_LEN		1568		/* ML-KEM-1024 */
#define KOTA_MAX_TABLES_LEN		(16U << 20)	/* all of them */
#define KOTA_MAX_FRAMES_LEN		(1ULL << 48)
#define KOTA_MIN_LOG2_CHUNK		12
#define KOTA_MAX_LOG2_CHUNK		20
#define KOTA_MAX_ZSTD_EXTRA		64		/* frame over chunk */
#define KOTA_MAX_REVOKED		8
#define KOTA_MAX_RETIRED		4
#define KOTA_MAX_BLOB_LEN		1152		/* sealed root */
#define KOTA_MAX_ENVELOPES_AHEAD	16		/* given by netlink */
#define KOTA_MAX_ATTEMPTS		8		/* without progress */
#define KOTA_MAX_LEAP			(1ULL << 40)	/* of the sequence, if none offline signs */

#define KOTA_NAME_LEN			32	/* with at least one NUL */
#define KOTA_RELEASE_LEN		64	/* with at least one NUL */
#define KOTA_REASON_LEN			64	/* with at least one NUL */
#define KOTA_UUID_LEN			16
#define KOTA_DIGEST_LEN			32
#define KOTA_SALT_LEN			32
#define KOTA_CEK_LEN			32
#define KOTA_TAG_LEN			16
#define KOTA_NONCE_LEN			12
#define KOTA_LABEL_LEN			16
#define KOTA_TABLE_BLOCK_LEN		65536	/* plaintext bytes per tag */
#define KOTA_P256_PUBLIC_LEN		64	/* X || Y, big-endian */
#define KOTA_WRAPPED_LEN		(KOTA_CEK_LEN + KOTA_TAG_LEN)

/*
 * Levels of the framework. The larger of device tree and manifest is the
 * floor for every algorithm in use.
 */
enum kota_level {
	KOTA_LEVEL_BASIC = 0,
	KOTA_LEVEL_UPGRADED = 1,
	KOTA_LEVEL_ENHANCED = 2,
	KOTA_LEVEL_QUANTUM = 3,
};

enum kota_consent {
	KOTA_CONSENT_NONE = 0,
	KOTA_CONSENT_NOTIFY = 1,
	KOTA_CONSENT_REQUIRED = 2,
};

enum kota_digest {
	KOTA_DIGEST_SHA256 = 1,
	KOTA_DIGEST_SHA3_256 = 2,
};

enum kota_cipher {
	KOTA_CIPHER_AES_128_GCM = 1,
	KOTA_CIPHER_AES_256_GCM = 2,
};

enum kota_compression {
	KOTA_COMPRESSION_NONE = 0,
	KOTA_COMPRESSION_ZSTD = 1,
};

enum kota_suite {
	KOTA_SUITE_P256 = 1,
	KOTA_SUITE_P384 = 2,
	KOTA_SUITE_ML_KEM_768 = 3,
	KOTA_SUITE_ML_KEM_1024 = 4,
};

enum kota_ring {
	KOTA_RING_RELEASE = 1,
	KOTA_RING_OFFLINE = 2,
};

/* kota_manifest.flags */
#define KOTA_FLAG_RECOVERY		(1U << 0)

/* kota_manifest.handling */
#define KOTA_HANDLING_ERASE_SLOT	(1U << 0)
#define KOTA_HANDLING_NO_RESUME		(1U << 1)
#define KOTA_HANDLING_REBOOT_NOW	(1U << 2)
#define KOTA_HANDLING_EXTERNAL_POWER	(1U << 3)

#define KOTA_MAGIC			"KOTA\r\n\032\n"
#define KOTA_MANIFEST_MAGIC		"KOTAMNFT"
#define KOTA_MAGIC_LEN			8
#define KOTA_FORMAT_VERSION		1

/**
 * struct kota_prologue - first 64 bytes of a deliverable, not authenticated
 * @magic: KOTA_MAGIC
 * @version: KOTA_FORMAT_VERSION
 * @reserved0: zero
 * @manifest_len: bytes of the manifest section
 * @signatures_len: bytes of the signatures section
 * @envelopes_len: bytes of the envelopes section
 * @tables_len: bytes of the tables section, tags included
 * @reserved1: zero
 * @frames_len: bytes of the frames section, END included
 * @reserved2: zero
 */
struct kota_prologue {
	__u8	magic[KOTA_MAGIC_LEN];
	__le16	version;
	__le16	reserved0;
	__le32	manifest_len;
	__le32	signatures_len;
	__le32	envelopes_len;
	__le32	tables_len;
	__le32	reserved1;
	__le64	frames_len;
	__u8	reserved2[24];
};

/**
 * struct kota_retired - a signer that is good up to a sequence number
 * @key_id: SHA-256 of the signer's public key (contents of the BIT STRING
 *	of its SubjectPublicKeyInfo)
 * @last_sequence: highest sequence number that it may sign
 */
struct kota_retired {
	__u8	key_id[KOTA_DIGEST_LEN];
	__le64	last_sequence;
};

/**
 * struct kota_manifest - what is signed, followed by @nr_images kota_image
 * @magic: KOTA_MANIFEST_MAGIC
 * @version: KOTA_FORMAT_VERSION
 * @nr_images: images that follow, 0 to KOTA_MAX_IMAGES
 * @nr_revoked: entries used in @revoked
 * @nr_retired: entries used in @retired
 * @level: enum kota_level, the floor that the maker asks for
 * @consent: enum kota_consent
 * @digest: enum kota_digest, for the manifest digest
 * @reserved0: zero
 * @flags: KOTA_FLAG_*
 * @handling: KOTA_HANDLING_*
 * @reserved1: zero
 * @sequence: device-wide, the only rule of freshness
 * @min_sequence: the device refuses anything below from now on; 0: unchanged
 * @made: seconds since 1970, for people
 * @vendor_id: vendor UUID (RFC 9124), in network order
 * @class_id: class UUID (RFC 9124), in network order
 * @update_id: UUID of this update, in network order
 * @salt: random, fresh for each packing
 * @release: for people; printable ASCII, NUL-padded
 * @reserved2: zero
 * @revoked: key ids that are revoked, unused entries zero
 * @retired: signers that are retired, unused entries zero
 */
struct kota_manifest {
	__u8	magic[KOTA_MAGIC_LEN];
	__le16	version;
	__le16	nr_images;
	__le16	nr_revoked;
	__le16	nr_retired;
	__u8	level;
	__u8	consent;
	__u8	digest;
	__u8	reserved0;
	__le32	flags;
	__le32	handling;
	__le32	reserved1;
	__le64	sequence;
	__le64	min_sequence;
	__le64	made;
	__u8	vendor_id[KOTA_UUID_LEN];
	__u8	class_id[KOTA_UUID_LEN];
	__u8	update_id[KOTA_UUID_LEN];
	__u8	salt[KOTA_SALT_LEN];
	char	release[KOTA_RELEASE_LEN];
	__u8	reserved2[24];
	__u8	revoked[KOTA_MAX_REVOKED][KOTA_DIGEST_LEN];
	struct kota_retired retired[KOTA_MAX_RETIRED];
};

/**
 * struct kota_image - one image of a deliverable
 * @target: name from the device's fixed table, NUL-padded
 * @version: for people and for @precondition; printable ASCII, NUL-padded
 * @size: bytes of the image as it is installed, not 0
 * @log2_chunk: chunk size, KOTA_MIN_LOG2_CHUNK to KOTA_MAX_LOG2_CHUNK
 * @digest: enum kota_digest, for the table and its entries
 * @cipher: enum kota_cipher
 * @compression: enum kota_compression
 * @flags: zero
 * @root: digest of KOTA_TABLE_DOMAIN and the table
 * @precondition: version that must be installed; empty: any
 * @data_from: oldest version of persistent data that can be converted
 * @data_to: version of persistent data after the update; 0: none
 * @reserved: zero
 */
struct kota_image {
	char	target[KOTA_NAME_LEN];
	char	version[KOTA_NAME_LEN];
	__le64	size;
	__u8	log2_chunk;
	__u8	digest;
	__u8	cipher;
	__u8	compression;
	__le32	flags;
	__u8	root[KOTA_DIGEST_LEN];
	char	precondition[KOTA_NAME_LEN];
	__le32	data_from;
	__le32	data_to;
	__u8	reserved[40];
};

/**
 * struct kota_signature - head of one signature, followed by @len bytes of DER
 * @ring: enum kota_ring
 * @reserved: zero
 * @len: bytes of the detached CMS SignedData
 */
struct kota_signature {
	__u8	ring;
	__u8	reserved[3];
	__le32	len;
};

/**
 * struct kota_envelope - head of one envelope; @enc_len bytes of encapsulation
 *	and KOTA_WRAPPED_LEN bytes of wrapped content key follow
 * @suite: enum kota_suite
 * @enc_len: bytes of the encapsulation
 * @reserved: zero
 * @device: SHA-256 of the device's public key
 */
struct kota_envelope {
	__le16	suite;
	__le16	enc_len;
	__le32	reserved;
	__u8	device[KOTA_DIGEST_LEN];
};

/* Starts the input of an image's root digest; the table follows. */
#define KOTA_TABLE_DOMAIN		"kota table v1\0\0"	/* 16 bytes */

/**
 * struct kota_table - head of an image's table, @nr_chunks entries follow
 * @crc16: CRC-16/ARC (polynomial 0x8005 reflected, initial 0) of the image
 * @reserved0: zero
 * @nr_chunks: chunks of the image
 * @reserved1: zero
 */
struct kota_table {
	__le16	crc16;
	__le16	reserved0;
	__le32	nr_chunks;
	__le64	reserved1;
};

/**
 * struct kota_chunk - one entry of a table
 * @stored_len: bytes in the frame, after decryption, before decompression
 * @reserved: zero
 * @stored: digest of these bytes
 *
 * With compression, KOTA_DIGEST_LEN bytes follow each entry: the digest of
 * the final bytes. A chunk that does not shrink is a compressed one as well, and
 * then up to KOTA_MAX_ZSTD_EXTRA bytes longer than it will be.
 */
struct kota_chunk {
	__le32	stored_len;
	__le32	reserved;
	__u8	stored[KOTA_DIGEST_LEN];
};

enum kota_frame_type {
	KOTA_FRAME_DATA = 1,
	KOTA_FRAME_END = 2,
};

/**
 * struct kota_frame - head of a frame; DATA: @len bytes of ciphertext and
 *	KOTA_TAG_LEN bytes of tag follow; END: all else zero, nothing follows
 * @type: enum kota_frame_type
 * @image: index of the image in the manifest
 * @chunk: index of the chunk in the image
 * @len: bytes of ciphertext, without the tag
 * @reserved: zero
 */
struct kota_frame {
	__le16	type;
	__le16	image;
	__le32	chunk;
	__le32	len;
	__le32	reserved;
};

/**
 * struct kota_range - bytes of the deliverable that are still wanted
 * @pos: offset in the whole deliverable, as kota pack wrote it
 * @len: how many
 *
 * What read(2) of /dev/kota returns once all before the frames has been
 * written: an array, in ascending order, in the byte order of the machine. Each
 * range is made of whole frames; the last one has END.
 */
struct kota_range {
	__u64	pos;
	__u64	len;
};

/* Labels of the key derivation, NUL-padded to KOTA_LABEL_LEN. */
#define KOTA_LABEL_TABLE		"kota table\0\0\0\0\0"
#define KOTA_LABEL_FRAMES		"kota frames\0\0\0\0"
#define KOTA_LABEL_WRAP			"kota wrap\0\0\0\0\0\0"

/* PCR that is extended once the root key has been handed over. */
#define KOTA_CAP_PCR			12
/* Where provisioning persists the storage primary key. */
#define KOTA_SRK_HANDLE			0x81000001U
/* Description of the trusted key and its length in bytes. */
#define KOTA_ROOT_DESCRIPTION		"kota:root"
#define KOTA_ROOT_LEN			64

/* Steps, named as in the framework. */
enum kota_step {
	KOTA_STEP_NONE = 0,
	KOTA_STEP_RECEIVE = 1,
	KOTA_STEP_CHECK = 2,
	KOTA_STEP_ANNOUNCE = 3,
	KOTA_STEP_DISTRIBUTE = 4,
	KOTA_STEP_PROCESS = 5,
	KOTA_STEP_STAGE = 6,
	KOTA_STEP_APPLY = 7,
	KOTA_STEP_REVERIFY = 8,
	KOTA_STEP_ACTIVATE = 9,
	KOTA_STEP_CLEANUP = 10,
};

/*
 * Why a deliverable is refused: X(name, number, errno, sentence).
 * One errno for each cause, one cause for each errno.
 */
#define KOTA_CAUSES(X)							\
	X(MAGIC, 1, ENOEXEC, "not a kota deliverable")			\
	X(VERSION, 2, EPROTONOSUPPORT, "format version is not known")	\
	X(LENGTH, 3, EMSGSIZE, "a length is over its limit")		\
	X(FORMAT, 4, EPROTO, "malformed")				\
	X(UNSIGNED, 5, ENOMSG, "no signature that counts")		\
	X(CMS, 6, EILSEQ, "signature is not the strict CMS asked for")	\
	X(SIGNER, 7, ENOKEY, "no such signer in the ring")		\
	X(SIGNER_USE, 8, EACCES, "key may not sign deliverables")	\
	X(SIGNATURE, 9, EKEYREJECTED, "signature is wrong")		\
	X(VENDOR, 10, EXDEV, "made for another vendor")			\
	X(CLASS, 11, ENODEV, "made for another class of device")	\
	X(SEQUENCE, 12, ESTALE, "older than what is installed")		\
	X(LEVEL, 13, EPERM, "below the level of this device")		\
	X(UNSUPPORTED, 14, EOPNOTSUPP, "asks for what this version lacks") \
	X(PRECONDITION, 15, EBADE, "made for another installed version") \
	X(KEYS, 16, EUNATCH, "device keys are not loaded")		\
	X(ENVELOPE, 17, EDESTADDRREQ, "no envelope for this device")	\
	X(TAG, 18, EBADMSG, "authenticated decryption failed")		\
	X(TABLE, 19, EBADFD, "table does not match the signed digest")	\
	X(TARGET, 20, ENOENT, "no such target")				\
	X(SIZE, 21, EFBIG, "larger than the slot")			\
	X(BOOTED_SLOT, 22, EBADSLT, "which slot was booted is not known") \
	X(STATE, 23, ENOTRECOVERABLE, "state record is not usable")	\
	X(ORDER, 24, ESPIPE, "frame is out of order")			\
	X(DIGEST, 25, EUCLEAN, "chunk does not match its digest")	\
	X(MEDIUM, 26, EIO, "medium failed")				\
	X(REVERIFY, 27, EREMOTEIO, "medium holds other bytes")		\
	X(INCOMPLETE, 28, ENODATA, "stream ended before all chunks came") \
	X(EXTRA, 29, E2BIG, "bytes follow the end")			\
	X(INTERRUPTED, 30, EPIPE, "closed in the middle")		\
	X(MEMORY, 31, ENOMEM, "no memory")				\
	X(ALGORITHM, 32, ENOPKG, "algorithm is not in this kernel")	\
	X(QUORUM, 33, ENOTUNIQ, "not enough signers, or not distinct ones") \
	X(ROLE, 34, EBADR, "this signer may not say that")		\
	X(REVOKED, 35, EKEYREVOKED, "signer is revoked")		\
	X(RETIRED, 36, EKEYEXPIRED, "signer is retired")		\
	X(PRESENCE, 37, ENOTCONN, "nobody is present at the device")	\
	X(UNPACK, 38, ERANGE, "chunk does not decompress to its length") \
	X(SOURCE, 39, ELIBBAD, "slot to be copied is not what was installed") \
	X(BUSY, 40, EBUSY, "slots are in use by another deliverable")	\
	X(SUPERSEDED, 41, ECANCELED, "a later deliverable took over")	\
	X(SILENT, 42, ETIMEDOUT, "the writer has been silent for too long") \
	X(ATTEMPTS, 43, EDQUOT, "tried too often without progress")

#define KOTA_CAUSE_ENUM(name, number, error, sentence) \
	KOTA_CAUSE_##name = number,
enum kota_cause {
	KOTA_CAUSE_NONE = 0,
	KOTA_CAUSES(KOTA_CAUSE_ENUM)
};

#undef KOTA_CAUSE_ENUM

#endif /* _UAPI_LINUX_KOTA_H */
