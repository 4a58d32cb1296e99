// SPDX-License-Identifier: GPL-2.0
/*
 * The words for the numbers of linux/kota.h and linux/kota_netlink.h.
 */

#include <linux/kota_netlink.h>

#include "helper.h"

const struct kota_name kota_digest_names[] = {
	{ "sha256", KOTA_DIGEST_SHA256 },
	{ "sha3-256", KOTA_DIGEST_SHA3_256 },
	{ NULL, 0 },
};

const struct kota_name kota_cipher_names[] = {
	{ "aes-128-gcm", KOTA_CIPHER_AES_128_GCM },
	{ "aes-256-gcm", KOTA_CIPHER_AES_256_GCM },
	{ NULL, 0 },
};

const struct kota_name kota_compression_names[] = {
	{ "none", KOTA_COMPRESSION_NONE },
	{ "zstd", KOTA_COMPRESSION_ZSTD },
	{ NULL, 0 },
};

const struct kota_name kota_level_names[] = {
	{ "basic", KOTA_LEVEL_BASIC },
	{ "upgraded", KOTA_LEVEL_UPGRADED },
	{ "enhanced", KOTA_LEVEL_ENHANCED },
	{ "quantum", KOTA_LEVEL_QUANTUM },
	{ NULL, 0 },
};

const struct kota_name kota_consent_names[] = {
	{ "none", KOTA_CONSENT_NONE },
	{ "notify", KOTA_CONSENT_NOTIFY },
	{ "required", KOTA_CONSENT_REQUIRED },
	{ NULL, 0 },
};

const struct kota_name kota_ring_names[] = {
	{ "release", KOTA_RING_RELEASE },
	{ "offline", KOTA_RING_OFFLINE },
	{ NULL, 0 },
};

const struct kota_name kota_suite_names[] = {
	{ "p256", KOTA_SUITE_P256 },
	{ "p384", KOTA_SUITE_P384 },
	{ "ml-kem-768", KOTA_SUITE_ML_KEM_768 },
	{ "ml-kem-1024", KOTA_SUITE_ML_KEM_1024 },
	{ NULL, 0 },
};

const struct kota_name kota_phase_names[] = {
	{ "none", KOTA_PHASE_NONE },	   { "ready", KOTA_PHASE_READY },
	{ "pending", KOTA_PHASE_PENDING }, { "trial", KOTA_PHASE_TRIAL },
	{ "failed", KOTA_PHASE_FAILED },   { NULL, 0 },
};

const struct kota_name kota_step_names[] = {
	{ "none", KOTA_STEP_NONE },
	{ "receive", KOTA_STEP_RECEIVE },
	{ "check", KOTA_STEP_CHECK },
	{ "announce", KOTA_STEP_ANNOUNCE },
	{ "distribute", KOTA_STEP_DISTRIBUTE },
	{ "process", KOTA_STEP_PROCESS },
	{ "stage", KOTA_STEP_STAGE },
	{ "apply", KOTA_STEP_APPLY },
	{ "reverify", KOTA_STEP_REVERIFY },
	{ "activate", KOTA_STEP_ACTIVATE },
	{ "cleanup", KOTA_STEP_CLEANUP },
	{ NULL, 0 },
};

const struct kota_name kota_outcome_names[] = {
	{ "begun", KOTA_OUTCOME_BEGUN },
	{ "progress", KOTA_OUTCOME_PROGRESS },
	{ "done", KOTA_OUTCOME_DONE },
	{ "refused", KOTA_OUTCOME_REFUSED },
	{ NULL, 0 },
};

const struct kota_name kota_slot_state_names[] = {
	{ "unknown", KOTA_SLOT_STATE_UNKNOWN },
	{ "incomplete", KOTA_SLOT_STATE_INCOMPLETE },
	{ "complete", KOTA_SLOT_STATE_COMPLETE },
	{ NULL, 0 },
};

const struct kota_name kota_key_state_names[] = {
	{ "unprovisioned", KOTA_KEY_STATE_UNPROVISIONED },
	{ "sealed", KOTA_KEY_STATE_SEALED },
	{ "loaded", KOTA_KEY_STATE_LOADED },
	{ "unusable", KOTA_KEY_STATE_UNUSABLE },
	{ NULL, 0 },
};

/**
 * kota_name_of() - the word for a value
 * @names: table that ends with a NULL name
 * @value: the value
 *
 * Return: its name, or "unknown".
 */
const char *kota_name_of(const struct kota_name *names, int value)
{
	for (; names->name; names++)
		if (names->value == value)
			return names->name;
	return "unknown";
}

/**
 * kota_name_value() - the value of a word on the command line
 * @names: table that ends with a NULL name
 * @option: the option that it belongs to, for the message
 * @name: the word
 *
 * Return: the value, or -1 after saying which words there are.
 */
int kota_name_value(const struct kota_name *names, const char *option,
		    const char *name)
{
	const struct kota_name *n;
	char all[256] = "";

	for (n = names; n->name; n++) {
		size_t len = strlen(all);

		if (!strcmp(n->name, name))
			return n->value;
		snprintf(all + len, sizeof(all) - len, "%s%s", len ? ", " : "",
			 n->name);
	}
	return kota_error("%s %s: not known; it is one of: %s", option, name,
			  all);
}
