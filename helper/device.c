// SPDX-License-Identifier: GPL-2.0
/*
 * Reads what the kernel says of the device and of events into plain structs.
 * Texts come out printable, and attributes that are not there as zeros.
 */

#include <linux/kota_netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "helper.h"

#define LAST_PCR 23

static u64 number(struct nlattr *attr)
{
	if (!attr)
		return 0;
	switch (nla_len(attr)) {
	case 1:
		return nla_get_u8(attr);
	case 2:
		return nla_get_u16(attr);
	case 4:
		return nla_get_u32(attr);
	case 8:
		return nla_get_u64(attr);
	}
	return 0;
}

static void text(struct nlattr *attr, char *member, size_t size)
{
	char *p;

	member[0] = '\0';
	if (!attr)
		return;
	nla_strlcpy(member, attr, size);
	for (p = member; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
}

static bool bytes(struct nlattr *attr, void *member, size_t size)
{
	if (!attr || (size_t)nla_len(attr) != size)
		return false;
	memcpy(member, nla_data(attr), size);
	return true;
}

static void take_refusal(struct nlattr *nest,
			 struct kota_device_refusal *refusal)
{
	struct nlattr *tb[KOTA_A_REFUSAL_MAX + 1];

	if (!nest || nla_parse_nested(tb, KOTA_A_REFUSAL_MAX, nest, NULL))
		return;
	refusal->present = true;
	refusal->step = number(tb[KOTA_A_REFUSAL_STEP]);
	refusal->cause = number(tb[KOTA_A_REFUSAL_CAUSE]);
	refusal->error = number(tb[KOTA_A_REFUSAL_ERRNO]);
	refusal->has_sequence = tb[KOTA_A_REFUSAL_SEQUENCE];
	refusal->sequence = number(tb[KOTA_A_REFUSAL_SEQUENCE]);
	text(tb[KOTA_A_REFUSAL_EXPECTED], refusal->expected,
	     sizeof(refusal->expected));
	text(tb[KOTA_A_REFUSAL_FOUND], refusal->found, sizeof(refusal->found));
}

static void take_slot(struct nlattr *nest, struct kota_device_target *target)
{
	struct nlattr *tb[KOTA_A_SLOT_MAX + 1];
	struct kota_device_slot *slot;

	if (target->nr_slots == KOTA_DEVICE_SLOTS ||
	    nla_parse_nested(tb, KOTA_A_SLOT_MAX, nest, NULL))
		return;
	slot = &target->slot[target->nr_slots++];
	text(tb[KOTA_A_SLOT_LABEL], slot->label, sizeof(slot->label));
	slot->state = number(tb[KOTA_A_SLOT_STATE]);
	slot->booted = tb[KOTA_A_SLOT_BOOTED];
	text(tb[KOTA_A_SLOT_VERSION], slot->version, sizeof(slot->version));
	slot->sequence = number(tb[KOTA_A_SLOT_SEQUENCE]);
	slot->size = number(tb[KOTA_A_SLOT_SIZE]);
	slot->capacity = number(tb[KOTA_A_SLOT_CAPACITY]);
	slot->has_root =
		bytes(tb[KOTA_A_SLOT_ROOT], slot->root, sizeof(slot->root));
}

static void take_target(struct nlattr *nest, struct kota_device *dev)
{
	struct nlattr *tb[KOTA_A_TARGET_MAX + 1], *attr;
	struct kota_device_target *target;
	int rest;

	if (dev->nr_targets == KOTA_MAX_TARGETS ||
	    nla_parse_nested(tb, KOTA_A_TARGET_MAX, nest, NULL))
		return;
	target = &dev->target[dev->nr_targets++];
	text(tb[KOTA_A_TARGET_NAME], target->name, sizeof(target->name));
	text(tb[KOTA_A_TARGET_TYPE], target->type, sizeof(target->type));
	text(tb[KOTA_A_TARGET_REASON], target->reason, sizeof(target->reason));
	target->is_protected = tb[KOTA_A_TARGET_PROTECTED];
	nla_for_each_nested(attr, nest, rest)
		if (nla_type(attr) == KOTA_A_TARGET_SLOT)
			take_slot(attr, target);
}

static void take_retired(struct nlattr *nest, struct kota_device *dev)
{
	struct nlattr *tb[KOTA_A_RETIRED_MAX + 1];
	struct kota_device_retired *retired;

	if (dev->nr_retired == KOTA_DEVICE_RETIRED ||
	    nla_parse_nested(tb, KOTA_A_RETIRED_MAX, nest, NULL))
		return;
	retired = &dev->retired[dev->nr_retired++];
	bytes(tb[KOTA_A_RETIRED_KEY_ID], retired->key_id,
	      sizeof(retired->key_id));
	retired->last_sequence = number(tb[KOTA_A_RETIRED_LAST_SEQUENCE]);
}

static void take_revoked(struct nlattr *attr, struct kota_device *dev)
{
	if (dev->nr_revoked < KOTA_DEVICE_REVOKED &&
	    bytes(attr, dev->revoked[dev->nr_revoked], KOTA_DIGEST_LEN))
		dev->nr_revoked++;
}

static void take_signers(struct nlattr **tb, struct kota_device *dev)
{
	dev->release_ring = number(tb[KOTA_A_DEVICE_RELEASE_RING]);
	dev->release_signers = number(tb[KOTA_A_DEVICE_RELEASE_SIGNERS]);
	dev->has_offline = tb[KOTA_A_DEVICE_OFFLINE_RING];
	dev->offline_ring = number(tb[KOTA_A_DEVICE_OFFLINE_RING]);
	dev->offline_signers = number(tb[KOTA_A_DEVICE_OFFLINE_SIGNERS]);
	dev->quorum = number(tb[KOTA_A_DEVICE_QUORUM]);
	dev->min_sequence = number(tb[KOTA_A_DEVICE_MIN_SEQUENCE]);
}

static void take_keys(struct nlattr **tb, struct kota_device *dev)
{
	struct kota_device_public *identity = &dev->identity;

	dev->key_state = number(tb[KOTA_A_DEVICE_KEY_STATE]);
	dev->key_ring = number(tb[KOTA_A_DEVICE_KEY_RING]);
	dev->cap_pcr = number(tb[KOTA_A_DEVICE_CAP_PCR]);
	identity->suite = number(tb[KOTA_A_DEVICE_SUITE]);
	identity->generation = number(tb[KOTA_A_DEVICE_GENERATION]);
	dev->has_public = bytes(tb[KOTA_A_DEVICE_PUBLIC_KEY], identity->key,
				sizeof(identity->key));
}

static void take_key(struct nlattr *nest, struct kota_device *dev)
{
	struct nlattr *tb[KOTA_A_KEY_MAX + 1];
	struct kota_device_public *key;

	if (dev->nr_keys == KOTA_DEVICE_KEYS ||
	    nla_parse_nested(tb, KOTA_A_KEY_MAX, nest, NULL))
		return;
	key = &dev->key[dev->nr_keys];
	key->generation = number(tb[KOTA_A_KEY_GENERATION]);
	key->suite = number(tb[KOTA_A_KEY_SUITE]);
	if (bytes(tb[KOTA_A_KEY_PUBLIC], key->key, sizeof(key->key)))
		dev->nr_keys++;
}

static void take_prerequisite(struct nlattr *nest, struct kota_device *dev)
{
	struct nlattr *tb[KOTA_A_PREREQUISITE_MAX + 1];
	struct kota_device_prerequisite *pre;

	if (dev->nr_prerequisites == KOTA_DEVICE_FACTS ||
	    nla_parse_nested(tb, KOTA_A_PREREQUISITE_MAX, nest, NULL))
		return;
	pre = &dev->prerequisite[dev->nr_prerequisites++];
	text(tb[KOTA_A_PREREQUISITE_NAME], pre->name, sizeof(pre->name));
	text(tb[KOTA_A_PREREQUISITE_DETAIL], pre->detail, sizeof(pre->detail));
	pre->met = tb[KOTA_A_PREREQUISITE_MET];
}

static void take_algorithm(struct nlattr *nest, struct kota_device *dev)
{
	struct nlattr *tb[KOTA_A_ALGORITHM_MAX + 1];
	struct kota_device_algorithm *alg;

	if (dev->nr_algorithms == KOTA_DEVICE_FACTS ||
	    nla_parse_nested(tb, KOTA_A_ALGORITHM_MAX, nest, NULL))
		return;
	alg = &dev->algorithm[dev->nr_algorithms++];
	text(tb[KOTA_A_ALGORITHM_USE], alg->use, sizeof(alg->use));
	text(tb[KOTA_A_ALGORITHM_NAME], alg->name, sizeof(alg->name));
	text(tb[KOTA_A_ALGORITHM_DRIVER], alg->driver, sizeof(alg->driver));
}

static void take_trial(struct nlattr *nest, struct kota_device_trial *trial)
{
	struct nlattr *tb[KOTA_A_TRIAL_MAX + 1];

	if (!nest || nla_parse_nested(tb, KOTA_A_TRIAL_MAX, nest, NULL))
		return;
	trial->phase = number(tb[KOTA_A_TRIAL_PHASE]);
	text(tb[KOTA_A_TRIAL_SLOT], trial->slot, sizeof(trial->slot));
	trial->sequence = number(tb[KOTA_A_TRIAL_SEQUENCE]);
	text(tb[KOTA_A_TRIAL_REASON], trial->reason, sizeof(trial->reason));
}

/* What may come several times. */
static void take_multiple(struct nlattr *attr, struct kota_device *dev)
{
	switch (nla_type(attr)) {
	case KOTA_A_DEVICE_TARGET:
		return take_target(attr, dev);
	case KOTA_A_DEVICE_KEY:
		return take_key(attr, dev);
	case KOTA_A_DEVICE_REVOKED:
		return take_revoked(attr, dev);
	case KOTA_A_DEVICE_RETIRED:
		return take_retired(attr, dev);
	case KOTA_A_DEVICE_PREREQUISITE:
		return take_prerequisite(attr, dev);
	case KOTA_A_DEVICE_ALGORITHM:
		return take_algorithm(attr, dev);
	}
}

static void on_device(struct nlmsghdr *hdr, void *arg)
{
	struct nlattr *tb[KOTA_A_DEVICE_MAX + 1], *attr;
	struct kota_device *dev = arg;
	int rest;

	if (genlmsg_parse(hdr, 0, tb, KOTA_A_DEVICE_MAX, NULL))
		return;
	dev->abi = number(tb[KOTA_A_DEVICE_ABI]);
	dev->level = number(tb[KOTA_A_DEVICE_LEVEL]);
	bytes(tb[KOTA_A_DEVICE_VENDOR_ID], dev->vendor_id,
	      sizeof(dev->vendor_id));
	bytes(tb[KOTA_A_DEVICE_CLASS_ID], dev->class_id, sizeof(dev->class_id));
	text(tb[KOTA_A_DEVICE_BOOTED_SLOT], dev->booted_slot,
	     sizeof(dev->booted_slot));
	dev->sequence = number(tb[KOTA_A_DEVICE_SEQUENCE]);
	dev->confirmed_sequence = number(tb[KOTA_A_DEVICE_CONFIRMED_SEQUENCE]);
	take_trial(tb[KOTA_A_DEVICE_TRIAL], &dev->trial);
	text(tb[KOTA_A_DEVICE_ROLLBACK], dev->rollback, sizeof(dev->rollback));
	dev->nv_index = number(tb[KOTA_A_DEVICE_NV_INDEX]);
	dev->recovery = tb[KOTA_A_DEVICE_RECOVERY];
	dev->state_protected = tb[KOTA_A_DEVICE_STATE_PROTECTED];
	dev->busy = tb[KOTA_A_DEVICE_BUSY];
	dev->step = number(tb[KOTA_A_DEVICE_STEP]);
	take_keys(tb, dev);
	take_signers(tb, dev);
	take_refusal(tb[KOTA_A_DEVICE_REFUSAL], &dev->refusal);
	dev->envelopes_ahead = number(tb[KOTA_A_DEVICE_ENVELOPES_AHEAD]);
	dev->attempts = number(tb[KOTA_A_DEVICE_ATTEMPTS]);
	nlmsg_for_each_attr(attr, hdr, GENL_HDRLEN, rest)
		take_multiple(attr, dev);
}

/**
 * kota_device_get() - what the kernel says of the device
 * @nl: socket for requests
 * @dev: the device
 *
 * Return: 0, or -1 after saying why.
 */
int kota_device_get(struct kota_netlink *nl, struct kota_device *dev)
{
	memset(dev, 0, sizeof(*dev));
	if (kota_netlink_call(nl, KOTA_CMD_DEVICE_GET, on_device, dev))
		return -1;
	if (dev->abi != KOTA_ABI_VERSION)
		return kota_error(
			"the module speaks interface %u, this helper %d; install the two of one release",
			dev->abi, KOTA_ABI_VERSION);
	if (dev->cap_pcr > LAST_PCR)
		return kota_error("the module names PCR %u, which no TPM has",
				  dev->cap_pcr);
	return 0;
}

struct blob {
	u8 *data;
	size_t len;
};

static void on_blob(struct nlmsghdr *hdr, void *arg)
{
	struct nlattr *tb[KOTA_A_DEVICE_MAX + 1], *attr;
	struct blob *blob = arg;

	if (genlmsg_parse(hdr, 0, tb, KOTA_A_DEVICE_MAX, NULL))
		return;
	attr = tb[KOTA_A_DEVICE_BLOB];
	if (!attr || nla_len(attr) > KOTA_MAX_BLOB_LEN)
		return;
	blob->len = nla_len(attr);
	memcpy(blob->data, nla_data(attr), blob->len);
}

/**
 * kota_device_blob() - the sealed root, as the state record keeps it
 * @nl: socket for requests
 * @data: the sealed root
 * @len: bytes of it
 *
 * Return: 0, or -1 after saying why.
 */
int kota_device_blob(struct kota_netlink *nl, u8 data[KOTA_MAX_BLOB_LEN],
		     size_t *len)
{
	struct blob blob = { .data = data };

	if (kota_netlink_call(nl, KOTA_CMD_BLOB_GET, on_blob, &blob))
		return -1;
	*len = blob.len;
	return blob.len ?
		       0 :
		       kota_error("the state record holds no sealed root key");
}

/**
 * kota_device_event() - read an event
 * @hdr: the message
 * @event: the event
 *
 * Return: 0, or -1 when it is something else.
 */
int kota_device_event(struct nlmsghdr *hdr, struct kota_device_event *event)
{
	struct nlattr *tb[KOTA_A_EVENT_MAX + 1];

	if ((genlmsg_hdr(hdr)->cmd != KOTA_CMD_EVENT_NTF &&
	     genlmsg_hdr(hdr)->cmd != KOTA_CMD_EVENT_GET) ||
	    genlmsg_parse(hdr, 0, tb, KOTA_A_EVENT_MAX, NULL))
		return -1;
	memset(event, 0, sizeof(*event));
	event->number = number(tb[KOTA_A_EVENT_NUMBER]);
	event->step = number(tb[KOTA_A_EVENT_STEP]);
	event->outcome = number(tb[KOTA_A_EVENT_OUTCOME]);
	text(tb[KOTA_A_EVENT_DETAIL], event->detail, sizeof(event->detail));
	event->has_image = tb[KOTA_A_EVENT_IMAGE];
	event->image = number(tb[KOTA_A_EVENT_IMAGE]);
	event->done = number(tb[KOTA_A_EVENT_DONE]);
	event->total = number(tb[KOTA_A_EVENT_TOTAL]);
	take_refusal(tb[KOTA_A_EVENT_REFUSAL], &event->refusal);
	return 0;
}
