// SPDX-License-Identifier: GPL-2.0
/*
 * Explains refusals: the sentence of the cause, and what to do next.
 */

#include "helper.h"

static const struct {
	const char *name;
	int error;
	const char *error_name;
	const char *sentence;
} causes[] = {
#define CAUSE(name, number, error, sentence) \
	[number] = { #name, error, #error, sentence },
	KOTA_CAUSES(CAUSE)
#undef CAUSE
};

static const char *const next[] = {
	[KOTA_CAUSE_MAGIC] =
		"Check that the file is a deliverable: 'kota inspect FILE'.",
	[KOTA_CAUSE_VERSION] =
		"Pack it with a helper of the device's version, or update kota on the device.",
	[KOTA_CAUSE_LENGTH] =
		"Pack it again within the limits; 'kota inspect FILE' shows the lengths.",
	[KOTA_CAUSE_FORMAT] =
		"The file is damaged or was not made by kota: fetch it again, then 'kota inspect FILE'.",
	[KOTA_CAUSE_UNSIGNED] =
		"Sign it: 'kota sign --key KEY.pem --cert CERT.pem FILE'.",
	[KOTA_CAUSE_CMS] =
		"Sign with 'kota sign', or with the openssl command that it prints.",
	[KOTA_CAUSE_SIGNER] =
		"Check who signed, and for which ring: 'kota inspect FILE'. If it is one of yours, put the certificate into /etc/kota/release.d, an offline signer's into /etc/kota/offline.d, and run 'kota load-keys'.",
	[KOTA_CAUSE_SIGNER_USE] =
		"Sign with a key whose certificate has keyUsage digitalSignature and is no CA.",
	[KOTA_CAUSE_SIGNATURE] =
		"The manifest is not the one that was signed: fetch the file again. If it stays so, do not trust its origin.",
	[KOTA_CAUSE_VENDOR] =
		"It is for another maker's devices. Get the one for this device; 'kota status' shows the vendor id.",
	[KOTA_CAUSE_CLASS] =
		"It is for another class of device. Get the one for this class; 'kota status' shows the class id.",
	[KOTA_CAUSE_SEQUENCE] =
		"A newer one is installed, another one with its number, or one that has set the minimum sequence higher; 'kota status' shows both. Its maker has to pack it again with a higher sequence number, an old image too.",
	[KOTA_CAUSE_LEVEL] =
		"Pack and sign it for the level of this device; 'kota status' shows the level.",
	[KOTA_CAUSE_UNSUPPORTED] =
		"Update kota on the device first, or pack without that feature.",
	[KOTA_CAUSE_PRECONDITION] =
		"Install the version that it asks for first.",
	[KOTA_CAUSE_KEYS] =
		"Run 'kota load-keys'; on a new device 'kota provision'.",
	[KOTA_CAUSE_ENVELOPE] =
		"Wrap it for this device: 'kota wrap --device IDENTITY FILE'; 'kota status' shows the identity.",
	[KOTA_CAUSE_TAG] =
		"The encrypted bytes are damaged, or the envelope is: fetch the file again.",
	[KOTA_CAUSE_TABLE] =
		"The table is not the one that was signed: fetch the file again. If it stays so, pack it again.",
	[KOTA_CAUSE_TARGET] =
		"Pack it for a target of this device. Where a target of the set cannot be used, nothing is installed until that is mended: 'kota status' says which, and why.",
	[KOTA_CAUSE_SIZE] =
		"The image does not fit the slot; 'kota status' shows how much does.",
	[KOTA_CAUSE_BOOTED_SLOT] =
		"The boot loader has to set /chosen/kota,booted-slot in the device tree to the slot that it boots.",
	[KOTA_CAUSE_STATE] =
		"The TPM did not say later in this boot what its index holds, so it is not known what was installed. Reboot, then run 'kota load-keys'; if it stays so, look into the kernel's log.",
	[KOTA_CAUSE_ORDER] =
		"The stream was cut or mixed up on its way: fetch the file again and install it from the start.",
	[KOTA_CAUSE_DIGEST] =
		"A chunk is not the one that was signed: fetch the file again. If it stays so, pack it again.",
	[KOTA_CAUSE_MEDIUM] =
		"The medium failed. Look into the kernel's log, then try again; if it stays so, the part is worn or broken.",
	[KOTA_CAUSE_REVERIFY] =
		"The medium does not keep what is written. Try again; if it stays so, the part is worn or broken.",
	[KOTA_CAUSE_INCOMPLETE] = "The file ends too early: fetch it again.",
	[KOTA_CAUSE_EXTRA] =
		"The file has bytes behind its end: fetch it again.",
	[KOTA_CAUSE_INTERRUPTED] =
		"The writer stopped in the middle. Install it again: what is on the device already is not sent twice.",
	[KOTA_CAUSE_MEMORY] =
		"Free memory and try again, or pack with a smaller --chunk.",
	[KOTA_CAUSE_ALGORITHM] =
		"Enable the algorithm in the device's kernel, or pack and sign with another one.",
	[KOTA_CAUSE_QUORUM] =
		"This device wants a release signer and an offline signer, two keys: 'kota sign --ring offline' adds the second; 'kota inspect FILE' shows who has signed.",
	[KOTA_CAUSE_ROLE] =
		"Have it signed by an offline signer: 'kota sign --ring offline'. Only they revoke, retire, raise the minimum sequence, recover, and go far ahead in sequence numbers.",
	[KOTA_CAUSE_REVOKED] =
		"The signer's key is revoked for good; 'kota status' lists such keys. Sign with another key, and do not trust what this one signed.",
	[KOTA_CAUSE_RETIRED] =
		"The signer's key is good only for older sequence numbers; 'kota status' shows up to which. Sign with the key that follows it.",
	[KOTA_CAUSE_PRESENCE] =
		"Press the device's service button while you install it; the board's device tree names it, presence-gpios.",
	[KOTA_CAUSE_UNPACK] =
		"The chunk was not compressed as devices want it: pack it again with 'kota pack --compress zstd'.",
	[KOTA_CAUSE_SOURCE] =
		"The slot that runs has changed since it was installed, so it is not copied. Use a deliverable that brings an image for every target.",
	[KOTA_CAUSE_BUSY] =
		"Wait until the other one is done; 'kota status' shows its step. A later one takes over only when the other's writer has been silent for a while. Where an update was activated, it has to be confirmed or given up first: reboot, or run 'kota rollback' and reboot.",
	[KOTA_CAUSE_SUPERSEDED] =
		"A deliverable with a higher sequence number is being installed instead. Nothing is to be done.",
	[KOTA_CAUSE_SILENT] =
		"The source of the bytes stalled. Install it again: what is on the device already is not sent twice.",
	[KOTA_CAUSE_ATTEMPTS] =
		"So many attempts ended without progress that this one would only wear the medium out. Find out why they failed ('kota watch', the kernel's log); a deliverable with a higher sequence number is not affected.",
};

/* Every cause has its advice. */
static_assert(ARRAY_SIZE(causes) == ARRAY_SIZE(next));

static bool is_known(unsigned int cause)
{
	return cause < ARRAY_SIZE(causes) && causes[cause].name;
}

/**
 * kota_advice_sentence() - what a cause means
 * @cause: enum kota_cause
 *
 * Return: the sentence of linux/kota.h.
 */
const char *kota_advice_sentence(unsigned int cause)
{
	return is_known(cause) ? causes[cause].sentence :
				 "cause is not known to this helper";
}

/**
 * kota_advice_name() - name of a cause
 * @cause: enum kota_cause
 *
 * Return: as in KOTA_CAUSE_name.
 */
const char *kota_advice_name(unsigned int cause)
{
	return is_known(cause) ? causes[cause].name : "UNKNOWN";
}

/**
 * kota_advice_next() - what to do about a cause
 * @cause: enum kota_cause
 *
 * Return: a sentence or two.
 */
const char *kota_advice_next(unsigned int cause)
{
	return is_known(cause) ?
		       next[cause] :
		       "Install the helper that belongs to the module.";
}

/**
 * kota_advice_print() - a refusal, for people
 * @out: where to
 * @refusal: the refusal
 */
void kota_advice_print(FILE *out, const struct kota_device_refusal *refusal)
{
	unsigned int cause = refusal->cause;

	fprintf(out, "  step      %s\n",
		kota_name_of(kota_step_names, refusal->step));
	fprintf(out, "  cause     %s: %s\n", kota_advice_name(cause),
		kota_advice_sentence(cause));
	if (is_known(cause) && causes[cause].error == refusal->error)
		fprintf(out, "  errno     %s\n", causes[cause].error_name);
	else
		fprintf(out, "  errno     %u, %s\n", refusal->error,
			strerror(refusal->error));
	fprintf(out, "  expected  %s\n", refusal->expected);
	fprintf(out, "  found     %s\n", refusal->found);
	if (refusal->has_sequence)
		fprintf(out, "  sequence  %llu\n", refusal->sequence);
	fprintf(out, "  next      %s\n", kota_advice_next(cause));
}

/**
 * kota_advice_json() - a refusal, for programs
 * @j: writer
 * @key: its name
 * @refusal: the refusal
 */
void kota_advice_json(struct kota_json *j, const char *key,
		      const struct kota_device_refusal *refusal)
{
	unsigned int cause = refusal->cause;

	kota_json_open(j, key, '{');
	kota_json_string(j, "step",
			 kota_name_of(kota_step_names, refusal->step));
	kota_json_string(j, "cause", kota_advice_name(cause));
	kota_json_string(j, "sentence", kota_advice_sentence(cause));
	kota_json_u64(j, "errno", refusal->error);
	if (is_known(cause) && causes[cause].error == refusal->error)
		kota_json_string(j, "errno_name", causes[cause].error_name);
	kota_json_string(j, "expected", refusal->expected);
	kota_json_string(j, "found", refusal->found);
	if (refusal->has_sequence)
		kota_json_u64(j, "sequence", refusal->sequence);
	kota_json_string(j, "next", kota_advice_next(cause));
	kota_json_close(j, '}');
}
