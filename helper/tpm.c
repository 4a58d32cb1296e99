// SPDX-License-Identifier: GPL-2.0
/*
 * The TPM, as far as user space has to do with it: storage primary, boot value
 * of the cap PCR, policy session. It never sees the root key.
 */

#include <time.h>
#include <openssl/crypto.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tcti_device.h>

#include "helper.h"

/* User space shares /dev/tpm0 one at a time: wait for the other one. */
#define OPEN_TRIES 50
#define OPEN_WAIT_MS 100

/* Each load-keys that is refused extends the cap PCR once more. */
#define MAX_CLOSINGS 256
/* By bytes of this, kmod/root.c. */
#define CLOSING 0xff

struct kota_tpm {
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys;
	ESYS_TR session;
	bool lent;
};

static int explain(const char *what, TSS2_RC rc)
{
	return kota_error("TPM: %s: %s (%#x)", what, Tss2_RC_Decode(rc), rc);
}

static TSS2_RC open_device(TSS2_TCTI_CONTEXT *tcti, size_t *len,
			   const char *path)
{
	const struct timespec wait = { .tv_nsec = OPEN_WAIT_MS * 1000000L };
	TSS2_RC rc = TSS2_BASE_RC_IO_ERROR;
	int i;

	for (i = 0; i < OPEN_TRIES; i++) {
		errno = 0;
		rc = Tss2_Tcti_Device_Init(tcti, len, path);
		if (!rc || errno != EBUSY)
			break;
		nanosleep(&wait, NULL);
	}
	return rc;
}

/**
 * kota_tpm_open() - open the TPM
 * @path: KOTA_TPM_RAW where real handles are wanted, KOTA_TPM_MANAGED elsewhere
 *
 * Return: the TPM, or NULL after saying why.
 */
struct kota_tpm *kota_tpm_open(const char *path)
{
	struct kota_tpm *tpm = calloc(1, sizeof(*tpm));
	size_t len = 0;
	TSS2_RC rc;

	if (!tpm)
		return NULL;
	/* We explain errors ourselves; whoever wants the library's words sets it. */
	setenv("TSS2_LOG", "all+none", 0);
	tpm->session = ESYS_TR_NONE;
	rc = Tss2_Tcti_Device_Init(NULL, &len, path);
	tpm->tcti = rc ? NULL : calloc(1, len);
	if (tpm->tcti) {
		rc = open_device(tpm->tcti, &len, path);
		if (rc) {
			free(tpm->tcti);
			tpm->tcti = NULL;
		}
	}
	if (tpm->tcti)
		rc = Esys_Initialize(&tpm->esys, tpm->tcti, NULL);
	if (!tpm->tcti || rc) {
		kota_error(
			"%s cannot be opened (%s); is there a TPM 2.0, does its driver run, and are you root?",
			path, Tss2_RC_Decode(rc));
		kota_tpm_close(tpm);
		return NULL;
	}
	return tpm;
}

/**
 * kota_tpm_close() - close the TPM; nothing of ours stays in it
 * @tpm: the TPM, NULL is good too
 */
void kota_tpm_close(struct kota_tpm *tpm)
{
	if (!tpm)
		return;
	kota_tpm_policy_end(tpm);
	Esys_Finalize(&tpm->esys);
	if (tpm->tcti)
		Tss2_Tcti_Finalize(tpm->tcti);
	free(tpm->tcti);
	free(tpm);
}

static TPML_PCR_SELECTION selection_of(unsigned int pcr)
{
	TPML_PCR_SELECTION selection = {
		.count = 1,
		.pcrSelections[0] = { .hash = TPM2_ALG_SHA256,
				      .sizeofSelect = 3 },
	};

	selection.pcrSelections[0].pcrSelect[pcr / 8] = 1 << pcr % 8;
	return selection;
}

/* What kota extends it by is known, and so are the values that it has then. */
static int judge_cap(const u8 value[KOTA_DIGEST_LEN], enum kota_cap *cap)
{
	u8 data[2 * KOTA_DIGEST_LEN] = { 0 };
	int i;

	memset(data + KOTA_DIGEST_LEN, CLOSING, KOTA_DIGEST_LEN);
	for (i = 0; i <= MAX_CLOSINGS; i++) {
		if (!memcmp(value, data, KOTA_DIGEST_LEN)) {
			*cap = i ? KOTA_CAP_CLOSED : KOTA_CAP_OPEN;
			return 0;
		}
		if (kota_format_digest(KOTA_DIGEST_SHA256, data, sizeof(data),
				       data))
			return -1;
	}
	*cap = KOTA_CAP_FOREIGN;
	return 0;
}

/**
 * kota_tpm_read_cap() - has the cap PCR been extended in this boot, and by whom?
 * @tpm: the TPM
 * @pcr: the PCR, below 24
 * @cap: the answer
 *
 * Return: 0, or -1 after saying why it is not known.
 */
int kota_tpm_read_cap(struct kota_tpm *tpm, unsigned int pcr,
		      enum kota_cap *cap)
{
	TPML_PCR_SELECTION selection = selection_of(pcr), *read = NULL;
	TPML_DIGEST *values = NULL;
	UINT32 counter;
	TSS2_RC rc;
	int err = 0;

	rc = Esys_PCR_Read(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
			   &selection, &counter, &read, &values);
	if (rc)
		return explain("reading a PCR", rc);
	if (values->count != 1 || values->digests[0].size != KOTA_DIGEST_LEN)
		err = kota_error(
			"TPM: has no SHA-256 bank; enable it in the firmware's setup");
	else
		err = judge_cap(values->digests[0].buffer, cap);
	Esys_Free(read);
	Esys_Free(values);
	return err;
}

/**
 * kota_tpm_close_cap() - extend the cap PCR, unless that has been done in this boot
 * @tpm: the TPM
 * @pcr: the PCR, below 24
 *
 * Believed once it has been read back. The policy of the root asks for the SHA-256
 * bank alone.
 *
 * Return: 0, or -1 after saying why.
 */
int kota_tpm_close_cap(struct kota_tpm *tpm, unsigned int pcr)
{
	TPML_DIGEST_VALUES values = {
		.count = 1,
		.digests[0].hashAlg = TPM2_ALG_SHA256,
	};
	enum kota_cap cap;
	TSS2_RC rc;

	if (kota_tpm_read_cap(tpm, pcr, &cap))
		return -1;
	if (cap != KOTA_CAP_OPEN)
		return 0;
	memset(values.digests[0].digest.sha256, CLOSING, KOTA_DIGEST_LEN);
	rc = Esys_PCR_Extend(tpm->esys, ESYS_TR_PCR0 + pcr, ESYS_TR_PASSWORD,
			     ESYS_TR_NONE, ESYS_TR_NONE, &values);
	if (rc)
		return explain("extending a PCR", rc);
	if (kota_tpm_read_cap(tpm, pcr, &cap))
		return -1;
	if (cap == KOTA_CAP_OPEN)
		return kota_error("TPM: a PCR was extended, and has not moved");
	return 0;
}

/**
 * kota_tpm_check_cap() - does the cap PCR have its boot value?
 * @tpm: the TPM
 * @pcr: the PCR, below 24
 *
 * Return: 0, or -1 after saying that it has another one, or why it is not known.
 */
int kota_tpm_check_cap(struct kota_tpm *tpm, unsigned int pcr)
{
	enum kota_cap cap;

	if (kota_tpm_read_cap(tpm, pcr, &cap))
		return -1;
	if (cap != KOTA_CAP_OPEN)
		return kota_error(
			"PCR %u has been extended in this boot, so the root key is out of reach until the next one; reboot, then run this first",
			pcr);
	return 0;
}

/* The ECC P-256 storage key of the TCG's provisioning guidance. */
static const TPM2B_PUBLIC storage_template = {
	.publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
				    TPMA_OBJECT_SENSITIVEDATAORIGIN |
				    TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA |
				    TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT,
		.parameters.eccDetail = {
			.symmetric = {
				.algorithm = TPM2_ALG_AES,
				.keyBits.aes = 128,
				.mode.aes = TPM2_ALG_CFB,
			},
			.scheme.scheme = TPM2_ALG_NULL,
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		},
		.unique.ecc = { .x.size = 32, .y.size = 32 },
	},
};

static bool is_storage_key(const TPMT_PUBLIC *public)
{
	const TPMA_OBJECT wanted = TPMA_OBJECT_FIXEDTPM |
				   TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;

	return (public->objectAttributes & wanted) == wanted;
}

/* Return: 1 when a storage key is there, 0 when nothing is, -1 after saying why. */
static int find_primary(struct kota_tpm *tpm, u32 handle)
{
	TPM2B_PUBLIC *public = NULL;
	ESYS_TR object;
	bool good;
	TSS2_RC rc;

	rc = Esys_TR_FromTPMPublic(tpm->esys, handle, ESYS_TR_NONE,
				   ESYS_TR_NONE, ESYS_TR_NONE, &object);
	/* TPM_RC_HANDLE: nothing there. Anything else would be written over. */
	if ((rc & 0xbf) == TPM2_RC_HANDLE)
		return 0;
	if (rc)
		return explain("looking for the storage primary", rc);
	rc = Esys_ReadPublic(tpm->esys, object, ESYS_TR_NONE, ESYS_TR_NONE,
			     ESYS_TR_NONE, &public, NULL, NULL);
	if (rc)
		return explain("reading the storage primary", rc);
	good = is_storage_key(&public->publicArea);
	Esys_Free(public);
	return good ? 1 :
		      kota_error(
			      "TPM: %#x holds something else than a storage key; free it with 'tpm2_evictcontrol -c %#x'",
			      handle, handle);
}

/**
 * kota_tpm_make_primary() - see to it that there is a storage primary
 * @tpm: the TPM, opened as KOTA_TPM_MANAGED: a transient object that stayed
 *	loaded would keep the kernel from sealing
 * @handle: where it is kept
 *
 * Return: 0, or -1 after saying why.
 */
int kota_tpm_make_primary(struct kota_tpm *tpm, u32 handle)
{
	const TPM2B_SENSITIVE_CREATE sensitive = { .size = 0 };
	const TPML_PCR_SELECTION no_pcr = { .count = 0 };
	const TPM2B_DATA no_data = { .size = 0 };
	ESYS_TR primary, kept;
	int there = find_primary(tpm, handle);
	TSS2_RC rc;

	if (there)
		return there < 0 ? -1 : 0;
	rc = Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
				ESYS_TR_NONE, ESYS_TR_NONE, &sensitive,
				&storage_template, &no_data, &no_pcr, &primary,
				NULL, NULL, NULL, NULL);
	if (rc)
		return explain(
			"making the storage primary, as the owner (who may have a password: --owner-auth)",
			rc);
	rc = Esys_EvictControl(tpm->esys, ESYS_TR_RH_OWNER, primary,
			       ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
			       handle, &kept);
	Esys_FlushContext(tpm->esys, primary);
	return rc ? explain("keeping the storage primary", rc) : 0;
}

static size_t put_u32(u8 *p, u32 value)
{
	value = htobe32(value);
	memcpy(p, &value, sizeof(value));
	return sizeof(value);
}

/* SHA-256 of the PCR's boot value, which is what PolicyPCR takes in. */
static int boot_value_digest(u8 digest[KOTA_DIGEST_LEN])
{
	static const u8 boot_value[KOTA_DIGEST_LEN];

	return kota_format_digest(KOTA_DIGEST_SHA256, boot_value,
				  sizeof(boot_value), digest);
}

/**
 * kota_tpm_policy_digest() - policy "the PCR has its boot value"
 * @pcr: the PCR, below 24
 * @digest: the policy digest
 *
 * Computed here, of zeros, and not by a trial session, which would take the
 * PCR's present value: TPM 2.0 Part 3, TPM2_PolicyPCR.
 *
 * Return: 0, or -1 after saying why.
 */
int kota_tpm_policy_digest(unsigned int pcr, u8 digest[KOTA_DIGEST_LEN])
{
	/* old policy (zeros) || command || PCR selection || digest of PCRs */
	u8 data[KOTA_DIGEST_LEN + 4 + 4 + 2 + 1 + 3 + KOTA_DIGEST_LEN] = { 0 };
	size_t off = KOTA_DIGEST_LEN;

	off += put_u32(data + off, TPM2_CC_PolicyPCR);
	off += put_u32(data + off, 1);
	data[off++] = TPM2_ALG_SHA256 >> 8;
	data[off++] = TPM2_ALG_SHA256 & 0xff;
	data[off++] = 3;
	data[off + pcr / 8] = 1 << pcr % 8;
	off += 3;
	if (boot_value_digest(data + off))
		return -1;
	return kota_format_digest(KOTA_DIGEST_SHA256, data, sizeof(data),
				  digest);
}

static TSS2_RC start_session(struct kota_tpm *tpm)
{
	const TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };

	return Esys_StartAuthSession(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				     ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				     NULL, TPM2_SE_POLICY, &none,
				     TPM2_ALG_SHA256, &tpm->session);
}

/**
 * kota_tpm_policy_begin() - begin a session that satisfies the policy
 * @tpm: the TPM, opened as KOTA_TPM_RAW: the kernel needs the real handle
 * @pcr: the PCR
 * @handle: handle of the session, good until kota_tpm_policy_end()
 *
 * Return: 0, or -1 after saying why.
 */
int kota_tpm_policy_begin(struct kota_tpm *tpm, unsigned int pcr, u32 *handle)
{
	TPML_PCR_SELECTION selection = selection_of(pcr);
	TPM2B_DIGEST digest = { .size = KOTA_DIGEST_LEN };
	TPM2_HANDLE tpm_handle;
	TSS2_RC rc;

	if (boot_value_digest(digest.buffer))
		return -1;
	rc = start_session(tpm);
	if (rc)
		return explain("beginning a policy session", rc);
	rc = Esys_PolicyPCR(tpm->esys, tpm->session, ESYS_TR_NONE, ESYS_TR_NONE,
			    ESYS_TR_NONE, &digest, &selection);
	if (rc)
		return explain("policy of the cap PCR", rc);
	rc = Esys_TR_GetTpmHandle(tpm->esys, tpm->session, &tpm_handle);
	if (rc)
		return explain("handle of the policy session", rc);
	*handle = tpm_handle;
	return 0;
}

/**
 * kota_tpm_policy_end() - end the session, if there is one
 * @tpm: the TPM
 */
void kota_tpm_policy_end(struct kota_tpm *tpm)
{
	/* Unsealing has ended it already; only a failure leaves it behind. */
	if (tpm->session != ESYS_TR_NONE)
		Esys_FlushContext(tpm->esys, tpm->session);
	tpm->session = ESYS_TR_NONE;
}

static int to_tpm2b(const struct kota_tpm_auth *auth, TPM2B_AUTH *out)
{
	if (auth->len > sizeof(out->buffer))
		return kota_error("an authorization value of %zu bytes",
				  auth->len);
	out->size = auth->len;
	memcpy(out->buffer, auth->data, auth->len);
	return 0;
}

/**
 * kota_tpm_lend_owner() - authorize as the owner from now on
 * @tpm: the TPM
 * @auth: what the owner hierarchy wants
 *
 * Return: 0, or -1 after saying why.
 */
int kota_tpm_lend_owner(struct kota_tpm *tpm, const struct kota_tpm_auth *auth)
{
	TPM2B_AUTH value = { 0 };
	TSS2_RC rc;

	if (to_tpm2b(auth, &value))
		return -1;
	rc = Esys_TR_SetAuth(tpm->esys, ESYS_TR_RH_OWNER, &value);
	OPENSSL_cleanse(&value, sizeof(value));
	tpm->lent = auth->len;
	return rc ? explain("authorizing as the owner", rc) : 0;
}

static int change_auth(struct kota_tpm *tpm, ESYS_TR who,
		       const struct kota_tpm_auth *auth, const char *name)
{
	TPM2B_AUTH value = { 0 };
	TSS2_RC rc;

	if (to_tpm2b(auth, &value))
		return -1;
	rc = Esys_HierarchyChangeAuth(tpm->esys, who, ESYS_TR_PASSWORD,
				      ESYS_TR_NONE, ESYS_TR_NONE, &value);
	OPENSSL_cleanse(&value, sizeof(value));
	return rc ? explain(name, rc) : 0;
}

static int read_permanent(struct kota_tpm *tpm, TPMA_PERMANENT *value)
{
	TPMS_CAPABILITY_DATA *data = NULL;
	TPMI_YES_NO more;
	TSS2_RC rc;

	rc = Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				ESYS_TR_NONE, TPM2_CAP_TPM_PROPERTIES,
				TPM2_PT_PERMANENT, 1, &more, &data);
	if (rc)
		return explain("who owns it", rc);
	*value = data->data.tpmProperties.tpmProperty[0].value;
	Esys_Free(data);
	return 0;
}

/**
 * kota_tpm_is_owned() - has the owner an authorization value that is not empty?
 * @tpm: the TPM
 * @owned: the answer
 *
 * Return: 0, or -1 after saying why it is not known.
 */
int kota_tpm_is_owned(struct kota_tpm *tpm, bool *owned)
{
	TPMA_PERMANENT set;
	int err = read_permanent(tpm, &set);

	if (!err)
		*owned = set & TPMA_PERMANENT_OWNERAUTHSET;
	return err;
}

/**
 * kota_tpm_take_ownership() - nobody but who knows it is owner or resets lockouts
 * @tpm: the TPM, the present owner's authorization lent
 * @auth: the new one, of both hierarchies
 *
 * What has an authorization already keeps it, unless that was lent: so it can be cut
 * off and run again.
 *
 * Return: 0, or -1 after saying why.
 */
int kota_tpm_take_ownership(struct kota_tpm *tpm,
			    const struct kota_tpm_auth *auth)
{
	TPMA_PERMANENT set = 0;
	int err = read_permanent(tpm, &set);

	if (!err && set & TPMA_PERMANENT_LOCKOUTAUTHSET)
		kota_note(
			"TPM: the lockout authorization had been set before, and stays what it was");
	else if (!err)
		err = change_auth(tpm, ESYS_TR_RH_LOCKOUT, auth,
				  "setting the lockout authorization");
	if (!err && (!(set & TPMA_PERMANENT_OWNERAUTHSET) || tpm->lent))
		err = change_auth(tpm, ESYS_TR_RH_OWNER, auth,
				  "setting the owner authorization");
	return err;
}

/**
 * kota_tpm_check_owner() - is this the owner's authorization?
 * @tpm: the TPM; it is lent afterwards
 * @auth: the authorization
 *
 * Return: 0, or -1 after saying that it is not, or why it is not known.
 */
int kota_tpm_check_owner(struct kota_tpm *tpm, const struct kota_tpm_auth *auth)
{
	/* Setting it to what it is changes nothing, and only the owner may. */
	if (kota_tpm_lend_owner(tpm, auth))
		return -1;
	return change_auth(tpm, ESYS_TR_RH_OWNER, auth,
			   "trying the owner authorization");
}

/**
 * kota_tpm_close_platform() - nobody can clear the TPM as the platform any more
 * @tpm: the TPM
 *
 * Until the next boot, of course. Firmware that keeps the platform's authorization
 * to itself refuses this, and has seen to the same.
 *
 * Return: whether it was open and is closed now.
 */
bool kota_tpm_close_platform(struct kota_tpm *tpm)
{
	return !Esys_HierarchyControl(tpm->esys, ESYS_TR_RH_PLATFORM,
				      ESYS_TR_PASSWORD, ESYS_TR_NONE,
				      ESYS_TR_NONE, ESYS_TR_RH_PLATFORM,
				      TPM2_NO);
}
