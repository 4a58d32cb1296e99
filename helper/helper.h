/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the helper share. The sections are the file names, in the
 * order of a deliverable's life: say and read, make, look, carry, talk.
 */
#ifndef KOTA_HELPER_H
#define KOTA_HELPER_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <openssl/evp.h>

#include "../kmod/parse.h"

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))

/* Exit codes. Internal functions return 0, or -1 when they have said why. */
enum kota_exit {
	KOTA_EXIT_OK = 0,
	KOTA_EXIT_REFUSED = 1,
	KOTA_EXIT_USAGE = 2,
	KOTA_EXIT_OPEN = 3,	/* load-keys: the root key may still be had */
};

/* kota.c */

int kota_getopt(int argc, char **argv, const struct option *options,
		const char *usage);
extern const struct option kota_no_options[];

/* Returned by kota_getopt() besides the options' own values. */
enum {
	KOTA_OPT_END = -1,	/* no option follows */
	KOTA_OPT_BAD = -2,	/* it was said what is wrong: return KOTA_EXIT_USAGE */
	KOTA_OPT_HELP = -3,	/* help was printed: return KOTA_EXIT_OK */
};

/* cmd_*.c */

int kota_cmd_pack(int argc, char **argv);
int kota_cmd_sign(int argc, char **argv);
int kota_cmd_wrap(int argc, char **argv);
int kota_cmd_inspect(int argc, char **argv);
int kota_cmd_provision(int argc, char **argv);
int kota_cmd_load_keys(int argc, char **argv);
int kota_cmd_keys(int argc, char **argv);
int kota_cmd_activate(int argc, char **argv);
int kota_cmd_confirm(int argc, char **argv);
int kota_cmd_rollback(int argc, char **argv);
int kota_cmd_boot(int argc, char **argv);
int kota_cmd_check(int argc, char **argv);
int kota_cmd_envelope(int argc, char **argv);
int kota_cmd_install(int argc, char **argv);
int kota_cmd_status(int argc, char **argv);
int kota_cmd_why(int argc, char **argv);
int kota_cmd_watch(int argc, char **argv);

/* say.c */

__printf(1, 2)
int kota_error(const char *fmt, ...);
__printf(1, 2)
int kota_error_errno(const char *fmt, ...);
__printf(1, 2)
int kota_error_openssl(const char *fmt, ...);
__printf(1, 2)
int kota_usage(const char *fmt, ...);
__printf(1, 2)
void kota_note(const char *fmt, ...);

/* text.c */

int kota_text_u64(const char *text, u64 *value);
int kota_text_uuid(const char *text, u8 uuid[KOTA_UUID_LEN]);
void kota_text_from_uuid(const u8 uuid[KOTA_UUID_LEN], char text[37]);
void kota_text_from_hex(const u8 *data, size_t len, char *text);
int kota_text_to_hex(const char *text, size_t text_len, u8 *data,
		     size_t *len, size_t max);
bool kota_text_is_name(const char *text);
bool kota_text_is_clean(const char *text, size_t size);

/* names.c */

struct kota_name {
	const char *name;
	int value;
};

extern const struct kota_name kota_digest_names[];
extern const struct kota_name kota_cipher_names[];
extern const struct kota_name kota_level_names[];
extern const struct kota_name kota_consent_names[];
extern const struct kota_name kota_ring_names[];
extern const struct kota_name kota_suite_names[];
extern const struct kota_name kota_phase_names[];
extern const struct kota_name kota_step_names[];
extern const struct kota_name kota_outcome_names[];
extern const struct kota_name kota_slot_state_names[];
extern const struct kota_name kota_key_state_names[];
extern const struct kota_name kota_compression_names[];

int kota_name_value(const struct kota_name *names, const char *option,
		    const char *name);
const char *kota_name_of(const struct kota_name *names, int value);

/* file.c */

/* A file that replaces another one at once, or not at all. */
struct kota_output {
	char *path;	/* the name it gets */
	char *temp;	/* the name it has until then; NULL: nothing open */
	int fd;
};

int kota_output_begin(struct kota_output *out, const char *path, mode_t mode);
int kota_output_commit(struct kota_output *out);
void kota_output_abort(struct kota_output *out);
int kota_write_all(int fd, const void *data, size_t len);
int kota_file_write(const char *path, mode_t mode, const void *data, size_t len);
u8 *kota_file_read(const char *path, size_t max, size_t *len);

/* format.c */

int kota_format_digest_begin(EVP_MD_CTX *ctx, int digest);
int kota_format_digest(int digest, const void *data, size_t len,
		       u8 out[KOTA_DIGEST_LEN]);
int kota_format_root(int digest, const u8 *table, size_t len,
		     u8 root[KOTA_DIGEST_LEN]);
u16 kota_format_crc16(u16 crc, const u8 *data, size_t len);

/* What the keys of one package are derived from. Wiped by its owner. */
struct kota_content_key {
	u8 cek[KOTA_CEK_LEN];
	u8 salt[KOTA_SALT_LEN];
	u8 manifest_digest[KOTA_DIGEST_LEN];
};

/* One AES-GCM key, ready for many messages. */
struct kota_cipher_ctx {
	EVP_CIPHER_CTX *evp;
};

int kota_format_hkdf(const u8 *salt, size_t salt_len, const u8 *ikm,
		     size_t ikm_len, const u8 *info, size_t info_len,
		     u8 *out, size_t out_len);
int kota_format_seal_begin(struct kota_cipher_ctx *ctx,
			   const struct kota_content_key *key,
			   const char label[KOTA_LABEL_LEN], u16 image,
			   int cipher);
int kota_format_seal(struct kota_cipher_ctx *ctx, u64 idx,
		     const u8 *pt, size_t pt_len, u8 *ct);
int kota_format_open(struct kota_cipher_ctx *ctx, u64 idx,
		     const u8 *ct, size_t ct_len, u8 *pt);
void kota_format_seal_end(struct kota_cipher_ctx *ctx);
int kota_format_seal_once(const u8 key[32], const u8 *pt,
			  size_t pt_len, u8 *ct);

/* package.c */

struct kota_package_signature {
	u8 ring;
	u8 *der;
	size_t len;
};

/* A package's sections up to the tables, and a parser that stands there. */
struct kota_package {
	const char *path;	/* for messages */
	int fd;
	struct kota_parser parser;
	struct kota_refusal why;
	struct kota_prologue prologue;
	u8 *manifest;	/* kota_manifest_check() has accepted it */
	size_t manifest_len;
	struct kota_package_signature sig[KOTA_MAX_SIGNATURES];
	unsigned int nr_sigs;
	u8 *envelopes;	/* the section */
	size_t envelopes_len;
	u64 tail_pos;	/* where the tables begin in the file */
};

/* What follows the head, counted. */
struct kota_package_tail {
	u32 table_blocks;
	u64 frames[KOTA_MAX_IMAGES];
	u64 ct_len[KOTA_MAX_IMAGES];	/* bytes of ciphertext in frames */
};

int kota_package_open(struct kota_package *pkg, const char *path);
int kota_package_first_block(struct kota_package *pkg, u8 *block, size_t max,
			     size_t *len);
int kota_package_walk(struct kota_package *pkg, struct kota_package_tail *tail);
int kota_package_rewrite(struct kota_package *pkg);
void kota_package_close(struct kota_package *pkg);
int kota_package_explain(const struct kota_package *pkg);

static inline const struct kota_manifest *
kota_package_manifest(const struct kota_package *pkg)
{
	return (const struct kota_manifest *)pkg->manifest;
}

bool kota_package_next_envelope(const struct kota_package *pkg, size_t *off,
				struct kota_envelope *env);

/* fields.c */

struct kota_json;
struct kota_pack_image;

int kota_field_text(const char *what, const char *text, char *member,
		    size_t size);
int kota_field_target(const char *what, const char *text,
		      char member[KOTA_NAME_LEN]);
int kota_field_uuid(const char *what, const char *text, u8 uuid[KOTA_UUID_LEN]);
int kota_field_sequence(const char *what, const char *text, __le64 *sequence);
int kota_field_name(const char *what, const struct kota_name *names,
		    const char *text, u8 *member);
int kota_field_chunk(const char *what, const char *text, u8 *log2_chunk);
int kota_field_compress(const char *what, const char *text,
			struct kota_pack_image *image);
int kota_field_handling(const char *what, const char *text,
			struct kota_manifest *m);
void kota_field_handling_text(u32 handling, char *text, size_t size);
void kota_field_handling_json(struct kota_json *j, u32 handling);
int kota_field_revoke(const char *what, const char *text,
		      struct kota_manifest *m);
int kota_field_retire(const char *what, const char *signer,
		      const char *sequence, struct kota_manifest *m);

/* keyid.c */

bool kota_keyid_is_hex(const char *text, u8 id[KOTA_DIGEST_LEN]);
int kota_keyid_get(const char *what, const char *text, u8 id[KOTA_DIGEST_LEN]);

/* compress.c */

struct kota_compress {
	void *ctx;	/* ZSTD_CCtx */
};

int kota_compress_begin(struct kota_compress *zc, int level, u8 log2_chunk);
int kota_compress_chunk(struct kota_compress *zc, const u8 *in, size_t len,
			u8 *out, size_t max, size_t *out_len);
size_t kota_compress_bound(size_t len);
void kota_compress_end(struct kota_compress *zc);

/* pack.c */

struct kota_pack_image {
	char *path;
	char *where;	/* it was described, for messages; NULL: by options */
	struct kota_image image;
	int zstd_level;
};

struct kota_pack_request {
	const char *output;		/* path of the package */
	const char *description;	/* NULL: by options alone */
	bool statement;
	struct kota_manifest manifest;
	struct kota_pack_image image[KOTA_MAX_IMAGES];
	unsigned int nr_images;
};

struct kota_pack_image *kota_pack_add_image(struct kota_pack_request *req,
					    const char *where);
void kota_pack_release(struct kota_pack_request *req);
int kota_pack(struct kota_pack_request *req);

/* pack_check.c */

int kota_pack_check(struct kota_pack_request *req);

/* description.c, description_text.c */

int kota_description_read(const char *path, struct kota_pack_request *req);
int kota_description_check(const char *path);

/* pack_image.c */

struct kota_packing_image {
	struct kota_pack_image *req;
	u16 idx;
	int fd;
	u64 size;
	u64 stored_len;	/* bytes of all chunks in their frames */
	struct kota_image_shape shape;
	struct kota_compress zc;
	u8 *table;	/* plaintext, @shape.table_len bytes */
	u8 *chunk;	/* plaintext of one */
	u8 *stored;	/* the same, compressed */
	size_t stored_cap;
	u8 *sealed;	/* ciphertext of one chunk or block, tag */
};

struct kota_progress;

int kota_pack_image_begin(struct kota_packing_image *pi);
int kota_pack_image_digest(struct kota_packing_image *pi,
			   struct kota_progress *progress);
int kota_pack_image_write_table(struct kota_packing_image *pi,
				const struct kota_content_key *key,
				struct kota_output *out);
int kota_pack_image_write_frames(struct kota_packing_image *pi,
				 const struct kota_content_key *key,
				 struct kota_output *out,
				 struct kota_progress *progress);
void kota_pack_image_end(struct kota_packing_image *pi);

/* key.c */

#define KOTA_KEY_PROVIDER	"pkcs11"

bool kota_key_is_uri(const char *key, const char *provider);
EVP_PKEY *kota_key_load(const char *key, const char *provider);

/* cms.c */

#define KOTA_CMS_ID_LEN		512

struct kota_cms_info {
	char signer[KOTA_CMS_ID_LEN];	/* "issuer ..., serial ..." or "key id ..." */
	char digest[32];
	char algorithm[64];
	bool key_id;			/* signer is a subject key identifier */
	bool digest_matches;		/* of the manifest that was given */
};

struct kota_cms_request {
	const char *key;	/* file in PEM, or a URI */
	const char *provider;	/* of OpenSSL, for a URI; NULL: PKCS #11's */
	const char *cert_path;
	const char *md;		/* NULL: the usual one of the key, put in here */
	bool key_id;
};

int kota_cms_sign(struct kota_cms_request *req, const u8 *manifest,
		  size_t manifest_len, u8 **der, size_t *len);
bool kota_cms_is_by(const char *cert_path, const u8 *manifest,
		    size_t manifest_len, const u8 *der, size_t len);
bool kota_cms_is_by_key(const char *cert_path, const u8 *der, size_t len);
int kota_cms_verify(const char *cert_path, const u8 *manifest,
		    size_t manifest_len, const u8 *der, size_t len);
int kota_cms_describe(const u8 *der, size_t len, const u8 *manifest,
		      size_t manifest_len, struct kota_cms_info *info);

/* signatures.c */

int kota_signatures_add_cert(const char *path);
int kota_signatures_print(const struct kota_package *pkg);
int kota_signatures_json(struct kota_json *j, const struct kota_package *pkg);

/* envelope.c */

#define KOTA_IDENTITY_WORD	"kota-device-v1"
#define KOTA_IDENTITY_MAX	256

struct kota_device_public {
	u16 suite;
	u32 generation;
	u8 key[KOTA_P256_PUBLIC_LEN];
	u8 id[KOTA_DIGEST_LEN];
};

#define KOTA_P256_ENVELOPE_LEN	(sizeof(struct kota_envelope) + \
				 KOTA_P256_PUBLIC_LEN + KOTA_WRAPPED_LEN)

int kota_envelope_parse_device(const char *line, struct kota_device_public *dev);
int kota_envelope_print_device(const struct kota_device_public *dev,
			       char line[KOTA_IDENTITY_MAX]);
int kota_envelope_make(const struct kota_device_public *dev,
		       const u8 manifest_digest[KOTA_DIGEST_LEN],
		       const u8 cek[KOTA_CEK_LEN],
		       u8 out[KOTA_P256_ENVELOPE_LEN]);

/* progress.c */

struct kota_progress {
	const char *what;
	u64 total;		/* bytes; 0: not known */
	int percent;		/* last one shown */
	bool bar;		/* on a terminal */
	bool shown;		/* a bar is on the line where the cursor is */
};

void kota_progress_begin(struct kota_progress *p, const char *what, u64 total);
void kota_progress_update(struct kota_progress *p, u64 done);
void kota_progress_clear(struct kota_progress *p);

/* json.c */

struct kota_json {
	FILE *out;
	unsigned int depth;
	bool comma;
	bool lines;	/* indented, for whole documents */
};

void kota_json_begin(struct kota_json *j, FILE *out, bool lines);
void kota_json_end(struct kota_json *j);
void kota_json_open(struct kota_json *j, const char *key, char bracket);
void kota_json_close(struct kota_json *j, char bracket);
void kota_json_string(struct kota_json *j, const char *key, const char *value);
void kota_json_u64(struct kota_json *j, const char *key, u64 value);
void kota_json_bool(struct kota_json *j, const char *key, bool value);
void kota_json_hex(struct kota_json *j, const char *key, const u8 *data,
		   size_t len);
void kota_json_uuid(struct kota_json *j, const char *key,
		    const u8 uuid[KOTA_UUID_LEN]);

/* netlink.c */

struct kota_netlink;
struct nlmsghdr;

enum kota_module {
	KOTA_MODULE_STAYED,
	KOTA_MODULE_WENT,
	KOTA_MODULE_CAME,
};

struct kota_netlink *kota_netlink_open(void);
struct kota_netlink *kota_netlink_subscribe(void);
void kota_netlink_close(struct kota_netlink *nl);
int kota_netlink_fd(const struct kota_netlink *nl);
int kota_netlink_call(struct kota_netlink *nl, int cmd,
		      void (*reply)(struct nlmsghdr *hdr, void *arg), void *arg);
int kota_netlink_dump(struct kota_netlink *nl, int cmd,
		      void (*reply)(struct nlmsghdr *hdr, void *arg), void *arg);
int kota_netlink_order(struct kota_netlink *nl, int cmd, int attr,
		       const void *data, size_t len);
enum kota_module kota_netlink_module(struct kota_netlink *nl);
int kota_netlink_drain(struct kota_netlink *nl,
		       void (*event)(struct nlmsghdr *hdr, void *arg), void *arg);

/* device.c */

#define KOTA_TEXT_MAX		128

struct kota_device_refusal {
	bool present;
	u16 step;
	u16 cause;
	u16 error;
	bool has_sequence;
	u64 sequence;
	char expected[KOTA_TEXT_MAX];
	char found[KOTA_TEXT_MAX];
};

struct kota_device_slot {
	char label[KOTA_NAME_LEN];
	u8 state;
	bool booted;
	char version[KOTA_NAME_LEN];
	u64 sequence;
	u64 size;
	u64 capacity;
	bool has_root;
	u8 root[KOTA_DIGEST_LEN];
};

#define KOTA_DEVICE_SLOTS	4
#define KOTA_DEVICE_KEYS	4
#define KOTA_DEVICE_FACTS	32	/* prerequisites, algorithms */

struct kota_device_target {
	char name[KOTA_NAME_LEN];
	char type[KOTA_NAME_LEN];
	char reason[KOTA_TEXT_MAX];
	bool is_protected;
	struct kota_device_slot slot[KOTA_DEVICE_SLOTS];
	unsigned int nr_slots;
};

#define KOTA_DEVICE_REVOKED	32
#define KOTA_DEVICE_RETIRED	16

struct kota_device_retired {
	u8 key_id[KOTA_DIGEST_LEN];
	u64 last_sequence;
};

struct kota_device_prerequisite {
	char name[KOTA_NAME_LEN];
	char detail[KOTA_TEXT_MAX];
	bool met;
};

struct kota_device_algorithm {
	char use[KOTA_NAME_LEN];
	char name[KOTA_NAME_LEN];
	char driver[KOTA_TEXT_MAX];	/* empty: this kernel lacks it */
};

/* The update that was installed last, until it is confirmed. */
struct kota_device_trial {
	u8 phase;		/* enum kota_phase */
	char slot[KOTA_NAME_LEN];
	u64 sequence;
	char reason[KOTA_TEXT_MAX];	/* why it has failed */
};

struct kota_device {
	u32 abi;
	u8 level;
	u8 vendor_id[KOTA_UUID_LEN];
	u8 class_id[KOTA_UUID_LEN];
	char booted_slot[KOTA_NAME_LEN];
	u8 key_state;
	bool has_public;
	struct kota_device_public identity;
	struct kota_device_public key[KOTA_DEVICE_KEYS];	/* newest first */
	unsigned int nr_keys;
	s32 release_ring;
	u32 release_signers;
	bool has_offline;	/* the module has an anchor for offline signers */
	s32 offline_ring;
	u32 offline_signers;
	u8 quorum;
	s32 key_ring;
	u64 sequence;		/* newest that has not failed */
	u64 confirmed_sequence;
	u64 min_sequence;
	struct kota_device_trial trial;
	u8 revoked[KOTA_DEVICE_REVOKED][KOTA_DIGEST_LEN];
	unsigned int nr_revoked;
	struct kota_device_retired retired[KOTA_DEVICE_RETIRED];
	unsigned int nr_retired;
	struct kota_device_prerequisite prerequisite[KOTA_DEVICE_FACTS];
	unsigned int nr_prerequisites;
	struct kota_device_algorithm algorithm[KOTA_DEVICE_FACTS];
	unsigned int nr_algorithms;
	u32 envelopes_ahead;
	u32 attempts;
	char rollback[KOTA_TEXT_MAX];
	u32 nv_index;		/* 0: none */
	bool recovery;		/* may be provisioned anew, in this boot */
	bool state_protected;
	bool busy;
	u16 step;
	u32 cap_pcr;
	struct kota_device_target target[KOTA_MAX_TARGETS];
	unsigned int nr_targets;
	struct kota_device_refusal refusal;
};

struct kota_device_event {
	u64 number;
	u16 step;
	u8 outcome;
	char detail[KOTA_TEXT_MAX];
	bool has_image;
	u16 image;
	u64 done;
	u64 total;
	struct kota_device_refusal refusal;
};

int kota_device_get(struct kota_netlink *nl, struct kota_device *dev);
int kota_device_blob(struct kota_netlink *nl, u8 blob[KOTA_MAX_BLOB_LEN],
		     size_t *len);
int kota_device_event(struct nlmsghdr *hdr, struct kota_device_event *event);

/* advice.c */

const char *kota_advice_sentence(unsigned int cause);
const char *kota_advice_name(unsigned int cause);
const char *kota_advice_next(unsigned int cause);
void kota_advice_print(FILE *out, const struct kota_device_refusal *refusal);
void kota_advice_json(struct kota_json *j, const char *key,
		      const struct kota_device_refusal *refusal);

/* show.c */

#define KOTA_SHOW_STEPS		(KOTA_STEP_CLEANUP + 1)

struct kota_show {
	bool json;
	bool lost;		/* events; was said */
	u64 number;	/* of the last event */
	u16 step;
	int next_percent;	/* for a line without a terminal */
	char detail[KOTA_SHOW_STEPS][KOTA_TEXT_MAX];	/* from the begin of a step */
	struct kota_progress bar;
	struct kota_device_refusal refusal;	/* the last one told */
};

void kota_show_begin(struct kota_show *show, bool json);
void kota_show_event(struct nlmsghdr *hdr, void *arg);
void kota_show_lost(struct kota_show *show);
void kota_show_json_event(const struct kota_device_event *event);
void kota_show_need(struct kota_show *show, u64 wanted, u64 total, size_t nr);

/* How an installation ended. */
struct kota_verdict {
	bool installed;
	u64 sent;	/* bytes that the kernel has taken */
	u64 left_out;	/* bytes that it did not want */
	bool reboot;	/* is asked for by the deliverable */
};

void kota_show_verdict(struct kota_show *show,
		       const struct kota_device_refusal *refusal,
		       const struct kota_verdict *verdict);
void kota_show_checked(struct kota_show *show,
		       const struct kota_device_refusal *refusal, bool good);

/* carry.c */

#define KOTA_DEVICE_PATH	"/dev/kota"
/* The number of the device that the module has made, while there is one. */
#define KOTA_DEVICE_NUMBER	"/sys/class/misc/kota/dev"

/* A deliverable on its way to the kernel. */
struct kota_carry {
	const char *path;	/* where it comes from */
	const char *device;	/* where it goes */
	int in;
	int out;
	bool seekable;		/* @path is a regular file */
	u64 start;		/* where in it the deliverable begins */
	u64 size;		/* bytes from there to its end */
	struct kota_netlink *nl;	/* for requests */
	struct kota_netlink *events;
	struct kota_show show;
	/* prologue and manifest, once they are sent */
	u8 head[sizeof(struct kota_prologue) + sizeof(struct kota_manifest) +
		KOTA_MAX_IMAGES * sizeof(struct kota_image)]
		__attribute__((aligned(8)));
	u64 head_len;	/* bytes before the frames */
	u64 total;	/* bytes of the deliverable */
	u64 wanted;	/* bytes of it that are sent */
	u64 sent;	/* bytes that the kernel has taken */
	bool sparse;	/* what the kernel wants is in @range */
	struct kota_range *range;
	size_t nr_ranges;
	u64 ranges_end;
	struct kota_device_refusal refusal;
};

#define KOTA_CARRY_INIT	{ .device = KOTA_DEVICE_PATH, .in = -1, .out = -1 }

int kota_carry_begin(struct kota_carry *c);
int kota_carry_head(struct kota_carry *c);
const struct kota_manifest *kota_carry_manifest(const struct kota_carry *c);
int kota_carry_need(struct kota_carry *c);
int kota_carry_rest(struct kota_carry *c);
void kota_carry_end(struct kota_carry *c);

/* hooks.c */

#define KOTA_HOOKS_BASE		"/etc/kota"
#define KOTA_HOOKS_ENV		8

struct kota_hooks {
	const char *base;	/* the directory of directories */
	const char *name;	/* of the hook: BASE/NAME.d */
	const char *meaning;	/* of exit status 0, for people */
	unsigned int seconds;	/* that all of them together may take */
	unsigned long long took;	/* of that, ms; goes on from run to run */
	const char *args[3];	/* of each; NULL: no more */
	bool may_be_none;	/* a board without such hooks agrees */
	char failed[KOTA_REASON_LEN];	/* which did not agree */
	struct {
		const char *name;
		char value[KOTA_MAX_IMAGES * KOTA_NAME_LEN];
	} env[KOTA_HOOKS_ENV];
	unsigned int nr_env;
};

void kota_hooks_env(struct kota_hooks *h, const char *name, const char *value);
int kota_hooks_run(struct kota_hooks *h);
int kota_hooks_take_seconds(const char *option, const char *text,
			    unsigned int *seconds);

/* trial.c */

struct kota_trial {
	const char *hooks;	/* the directory of directories */
	struct kota_netlink *nl;
	struct kota_device dev;
};

int kota_trial_open(struct kota_trial *t);
void kota_trial_close(struct kota_trial *t);
int kota_trial_activate(struct kota_trial *t);
int kota_trial_test(struct kota_trial *t, unsigned int seconds,
		    char failed[KOTA_REASON_LEN]);
int kota_trial_confirm(struct kota_trial *t);
int kota_trial_rollback(struct kota_trial *t, const char *reason);
int kota_trial_desert(struct kota_trial *t);
int kota_trial_keep(struct kota_trial *t);
int kota_reboot(void);
void kota_trial_json(struct kota_json *j, const struct kota_device_trial *t);

/* tpm.c */

#define KOTA_TPM_RAW		"/dev/tpm0"
#define KOTA_TPM_MANAGED	"/dev/tpmrm0"

struct kota_tpm;

/* Longest authorization value: a digest of a TPM's largest hash. */
#define KOTA_TPM_MAX_AUTH	64

struct kota_tpm_auth {
	u8 data[KOTA_TPM_MAX_AUTH];
	size_t len;		/* 0: empty, as a TPM comes */
};

struct kota_tpm *kota_tpm_open(const char *path);
void kota_tpm_close(struct kota_tpm *tpm);
/* Of the cap PCR, as this boot has it. */
enum kota_cap {
	KOTA_CAP_OPEN,		/* its boot value: the TPM unseals the root */
	KOTA_CAP_CLOSED,	/* extended by kota, and by nobody else */
	KOTA_CAP_FOREIGN,	/* extended by others */
};

int kota_tpm_read_cap(struct kota_tpm *tpm, unsigned int pcr,
		      enum kota_cap *cap);
int kota_tpm_close_cap(struct kota_tpm *tpm, unsigned int pcr);
int kota_tpm_check_cap(struct kota_tpm *tpm, unsigned int pcr);
int kota_tpm_make_primary(struct kota_tpm *tpm, u32 handle);
int kota_tpm_policy_digest(unsigned int pcr, u8 digest[KOTA_DIGEST_LEN]);
int kota_tpm_policy_begin(struct kota_tpm *tpm, unsigned int pcr,
			  u32 *handle);
void kota_tpm_policy_end(struct kota_tpm *tpm);
int kota_tpm_lend_owner(struct kota_tpm *tpm, const struct kota_tpm_auth *auth);
int kota_tpm_is_owned(struct kota_tpm *tpm, bool *owned);
int kota_tpm_take_ownership(struct kota_tpm *tpm,
			    const struct kota_tpm_auth *auth);
int kota_tpm_check_owner(struct kota_tpm *tpm,
			 const struct kota_tpm_auth *auth);
bool kota_tpm_close_platform(struct kota_tpm *tpm);

/* keyring.c */

int kota_keyring_seal_root(const u8 policy[KOTA_DIGEST_LEN],
			   u8 blob[KOTA_MAX_BLOB_LEN], size_t *len);
int kota_keyring_make_root(const struct kota_device *dev,
			   const u8 policy[KOTA_DIGEST_LEN]);
int kota_keyring_load_root(const struct kota_device *dev, const u8 *blob,
			   size_t len);
void kota_keyring_drop_root(const struct kota_device *dev);
int kota_keyring_add_signers(s32 ring, const char *dir,
			     unsigned int *nr_added);

/* identity.c */

int kota_identity_print(const struct kota_device *dev);
void kota_identity_lock_platform(void);
int kota_identity_close_cap(void);
int kota_identity_load(struct kota_netlink *nl, struct kota_device *dev);

#endif /* KOTA_HELPER_H */
