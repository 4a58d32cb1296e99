// SPDX-License-Identifier: GPL-2.0
/*
 * The TPM's NV index that the state record is bound to. It is an ordinary index:
 * its authorization value is derived from the root, which makes the kernel the only
 * one who can read or write it; the owner hierarchy may only define it and take it
 * away. What is in it is state.c's affair.
 *
 * TPM 2.0 Library, Part 3, sections 31 (NV) and 6 (response codes); all
 * authorizations are password sessions.
 */

#include <linux/tpm.h>
#include <linux/unaligned.h>

#include "kota_private.h"

/* What the kernel's headers lack. */
#define CC_NV_UNDEFINE_SPACE 0x0122
#define CC_NV_DEFINE_SPACE 0x012a
#define CC_NV_WRITE 0x0137
#define CC_NV_READ_PUBLIC 0x0169
#define RH_OWNER 0x40000001

#define RC_HIERARCHY 0x085
#define RC_HANDLE 0x08b
#define RC_AUTH_FAIL 0x08e
#define RC_BAD_AUTH 0x0a2
#define RC_AUTH_UNAVAILABLE 0x12f
#define RC_NV_RANGE 0x146
#define RC_NV_LOCKED 0x148
#define RC_NV_AUTHORIZATION 0x149
#define RC_NV_UNINITIALIZED 0x14a
#define RC_NV_SPACE 0x14b

#define ATTR_AUTHWRITE BIT(2)
#define ATTR_AUTHREAD BIT(18)
#define ATTR_NO_DA BIT(25)
#define ATTR_WRITTEN BIT(29)

/* Of a response: tag, size, code; then, with a session, the parameters' size. */
#define HEADER_LEN 10
#define PARAMS_POS (HEADER_LEN + 4)

/* What an index has to be to be ours. */
#define OUR_ATTRS (ATTR_AUTHREAD | ATTR_AUTHWRITE | ATTR_NO_DA)

/* TPM2B_NV_PUBLIC: size, handle; name's algorithm, attributes, policy, data's size */
#define ALG_POS (HEADER_LEN + 2 + 4)
#define ATTRS_POS (ALG_POS + 2)
#define POLICY_POS (ATTRS_POS + 4)
#define SIZE_POS (POLICY_POS + 2 + KOTA_DIGEST_LEN)
#define PUBLIC_LEN (4 + 2 + 4 + 2 + KOTA_DIGEST_LEN + 2)

static_assert(sizeof(struct kota_nv_index) == 56);

static void append_password(struct tpm_buf *buf, const u8 *auth, size_t len)
{
	/* size of what follows; session, nonce, attributes, password */
	tpm_buf_append_u32(buf, 4 + 2 + 1 + 2 + len);
	tpm_buf_append_u32(buf, TPM2_RS_PW);
	tpm_buf_append_u16(buf, 0);
	tpm_buf_append_u8(buf, 0);
	tpm_buf_append_u16(buf, len);
	tpm_buf_append(buf, auth, len);
}

/* 0, -EIO, or the TPM's own code without what says whose fault it is: positive. */
static int transmit(struct tpm_chip *chip, struct tpm_buf *buf, size_t min_len)
{
	int rc = tpm_try_get_ops(chip);

	if (rc)
		return -EIO;
	rc = tpm_transmit_cmd(chip, buf, min_len, NULL);
	tpm_put_ops(chip);
	return rc < 0 ? -EIO : tpm2_rc_value(rc);
}

/* What the TPM says about an index that we authorize by our own value. */
static int index_error(int rc)
{
	switch (rc) {
	case 0:
		return 0;
	case RC_HANDLE:
		return -ENXIO;
	case RC_NV_UNINITIALIZED:
		return -ENODATA;
	case RC_AUTH_FAIL:
	case RC_BAD_AUTH:
	case RC_AUTH_UNAVAILABLE:
	case RC_NV_AUTHORIZATION:
	case RC_NV_LOCKED:
	case RC_NV_RANGE:
		return -EKEYREJECTED;
	}
	if (rc > 0)
		kota_msg("NV index: TPM error %#x", rc);
	return -EIO;
}

/* The same about what the owner authorizes. */
static int owner_error(int rc)
{
	switch (rc) {
	case 0:
		return 0;
	case RC_AUTH_FAIL:
	case RC_BAD_AUTH:
	case RC_HIERARCHY:
	case RC_NV_AUTHORIZATION:
		return -EACCES;
	case RC_NV_SPACE:
		return -ENOSPC;
	}
	if (rc > 0)
		kota_msg("NV index, by the owner: TPM error %#x", rc);
	return -EIO;
}

static struct tpm_buf *begin_with_auth(const struct kota_nv *nv, u32 command)
{
	struct tpm_buf *buf = kota_compat_tpm_begin(TPM2_ST_SESSIONS, command);

	if (!buf)
		return NULL;
	/* who authorizes; what */
	tpm_buf_append_u32(buf, KOTA_NV_INDEX);
	tpm_buf_append_u32(buf, KOTA_NV_INDEX);
	append_password(buf, nv->auth, sizeof(nv->auth));
	return buf;
}

/**
 * struct nv_public - what anybody may know of an index
 * @written: it has been written to since it was defined
 * @is_ours: it is what kota_nv_define() makes
 * @purpose: its policy, where it is ours: the digest that it is to hold first
 */
struct nv_public {
	bool written;
	bool is_ours;
	u8 purpose[KOTA_DIGEST_LEN];
};

/* Beyond the policy only where that is of our length. */
static void take_public(const u8 *data, struct nv_public *pub)
{
	u32 attrs = get_unaligned_be32(data + ATTRS_POS);

	pub->written = attrs & ATTR_WRITTEN;
	pub->is_ours = (attrs & ~ATTR_WRITTEN) == OUR_ATTRS &&
		       get_unaligned_be16(data + HEADER_LEN) == PUBLIC_LEN &&
		       get_unaligned_be16(data + ALG_POS) == TPM_ALG_SHA256 &&
		       get_unaligned_be16(data + POLICY_POS) ==
			       KOTA_DIGEST_LEN &&
		       get_unaligned_be16(data + SIZE_POS) ==
			       sizeof(struct kota_nv_index);
	if (pub->is_ours)
		memcpy(pub->purpose, data + POLICY_POS + 2, KOTA_DIGEST_LEN);
}

static int read_public(struct tpm_chip *chip, struct nv_public *pub)
{
	struct tpm_buf *buf =
		kota_compat_tpm_begin(TPM2_ST_NO_SESSIONS, CC_NV_READ_PUBLIC);
	int err;

	if (!buf)
		return -ENOMEM;
	tpm_buf_append_u32(buf, KOTA_NV_INDEX);
	memset(pub, 0, sizeof(*pub));
	err = index_error(transmit(chip, buf, POLICY_POS + 2 - HEADER_LEN));
	if (!err)
		take_public(buf->data, pub);
	kota_compat_tpm_end(buf);
	return err;
}

/* Authorized by our value, which alone does not make it ours. */
static int read_data(struct kota_nv *nv, struct kota_nv_index *index)
{
	struct tpm_buf *buf = begin_with_auth(nv, TPM2_CC_NV_READ);
	int err;

	if (!buf)
		return -ENOMEM;
	tpm_buf_append_u16(buf, sizeof(*index));
	tpm_buf_append_u16(buf, 0);
	err = index_error(transmit(nv->chip, buf, 4 + 2 + sizeof(*index)));
	if (!err &&
	    get_unaligned_be16(buf->data + PARAMS_POS) != sizeof(*index))
		err = -EIO;
	if (!err)
		memcpy(index, buf->data + PARAMS_POS + 2, sizeof(*index));
	kota_compat_tpm_end(buf);
	return err;
}

/* First what it is: one that others can read or write tells nothing. */
static int read_index(struct kota_nv *nv, struct kota_nv_index *index)
{
	struct nv_public pub;
	int err = read_public(nv->chip, &pub);

	if (err)
		return err;
	if (!pub.is_ours)
		return -EKEYREJECTED;
	err = read_data(nv, index);
	if (err == -ENODATA) {
		memset(index, 0, sizeof(*index));
		memcpy(index->security, pub.purpose, KOTA_DIGEST_LEN);
	}
	return err;
}

static int write_index(struct kota_nv *nv, const struct kota_nv_index *index)
{
	struct tpm_buf *buf = begin_with_auth(nv, CC_NV_WRITE);
	int err;

	if (!buf)
		return -ENOMEM;
	tpm_buf_append_u16(buf, sizeof(*index));
	tpm_buf_append(buf, (const u8 *)index, sizeof(*index));
	tpm_buf_append_u16(buf, 0);
	err = index_error(transmit(nv->chip, buf, 0));
	kota_compat_tpm_end(buf);
	return err;
}

/**
 * kota_nv_open() - get ready to read and write the index
 * @nv: its read and write are set
 * @chip: the TPM; its caller keeps it
 * @auth: derived from the root
 */
void kota_nv_open(struct kota_nv *nv, struct tpm_chip *chip,
		  const u8 auth[KOTA_DIGEST_LEN])
{
	nv->chip = chip;
	memcpy(nv->auth, auth, sizeof(nv->auth));
	nv->read = read_index;
	nv->write = write_index;
}

/**
 * kota_nv_close() - wipe the authorization value
 * @nv: from kota_nv_open(), or zeroed
 */
void kota_nv_close(struct kota_nv *nv)
{
	memzero_explicit(nv, sizeof(*nv));
}

/**
 * kota_nv_look() - is there an index, whosever it is?
 * @chip: the TPM
 * @written: it has been written to since it was defined
 *
 * Context: may sleep.
 * Return: 0; -ENXIO when there is none; -ENOMEM; -EIO.
 */
int kota_nv_look(struct tpm_chip *chip, bool *written)
{
	struct nv_public pub;
	int err = read_public(chip, &pub);

	*written = pub.written;
	return err;
}

static int undefine(struct tpm_chip *chip, const struct kota_owner *owner)
{
	struct tpm_buf *buf =
		kota_compat_tpm_begin(TPM2_ST_SESSIONS, CC_NV_UNDEFINE_SPACE);
	int rc;

	if (!buf)
		return -ENOMEM;
	tpm_buf_append_u32(buf, RH_OWNER);
	tpm_buf_append_u32(buf, KOTA_NV_INDEX);
	append_password(buf, owner->auth, owner->len);
	rc = transmit(chip, buf, 0);
	kota_compat_tpm_end(buf);
	/* It need not be there. */
	return rc == RC_HANDLE ? 0 : owner_error(rc);
}

/**
 * kota_nv_define() - define the index with our authorization value, unwritten
 * @nv: opened
 * @owner: lends the owner's authorization
 * @first: what will be written to it first
 *
 * An index that has the handle is taken away: whether that may be is the caller's
 * affair. The digest in @first becomes its policy, which authorizes nothing, since no
 * attribute asks for it: it is the one place that is filled as the index is made.
 *
 * Context: may sleep.
 * Return: 0; -EACCES when the TPM refuses the owner's authorization; -ENOSPC;
 * -ENOMEM; -EIO.
 */
int kota_nv_define(struct kota_nv *nv, const struct kota_owner *owner,
		   const struct kota_nv_index *first)
{
	struct tpm_buf *buf;
	int err;

	err = undefine(nv->chip, owner);
	if (err)
		return err;
	buf = kota_compat_tpm_begin(TPM2_ST_SESSIONS, CC_NV_DEFINE_SPACE);
	if (!buf)
		return -ENOMEM;
	tpm_buf_append_u32(buf, RH_OWNER);
	append_password(buf, owner->auth, owner->len);
	tpm_buf_append_u16(buf, sizeof(nv->auth));
	tpm_buf_append(buf, nv->auth, sizeof(nv->auth));
	/* TPM2B_NV_PUBLIC */
	tpm_buf_append_u16(buf, PUBLIC_LEN);
	tpm_buf_append_u32(buf, KOTA_NV_INDEX);
	tpm_buf_append_u16(buf, TPM_ALG_SHA256);
	tpm_buf_append_u32(buf, OUR_ATTRS);
	tpm_buf_append_u16(buf, KOTA_DIGEST_LEN);
	tpm_buf_append(buf, first->security, KOTA_DIGEST_LEN);
	tpm_buf_append_u16(buf, sizeof(struct kota_nv_index));
	err = owner_error(transmit(nv->chip, buf, 0));
	kota_compat_tpm_end(buf);
	return err;
}
