// SPDX-License-Identifier: GPL-2.0
/*
 * "kota status": what the kernel says of device, keys, targets and slots.
 */

#include <linux/kota_netlink.h>

#include "helper.h"

static const char usage[] =
	"Usage: kota status [--json]\n"
	"Shows device, keys, targets, slots and the last refusal.\n"
	"\n"
	"      --json   for programs\n"
	"  -h, --help   show this\n";

enum { OPT_JSON = 256 };

static const struct option options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void print_line(const char *name, const char *value)
{
	printf("  %-13s %s\n", name, value[0] ? value : "not known");
}

static void print_keys(const struct kota_device *dev)
{
	char line[KOTA_IDENTITY_MAX];
	unsigned int i;

	printf("keys\n");
	print_line("root key",
		   kota_name_of(kota_key_state_names, dev->key_state));
	if (dev->has_public &&
	    !kota_envelope_print_device(&dev->identity, line))
		print_line("identity", line);
	for (i = 1; i < dev->nr_keys; i++)
		if (!kota_envelope_print_device(&dev->key[i], line))
			print_line("older", line);
	if (dev->envelopes_ahead)
		printf("  %-13s %u given ahead\n", "envelopes",
		       dev->envelopes_ahead);
}

/* From slots that are whole to an update that counts. */
static void print_trial(const struct kota_device *dev)
{
	const struct kota_device_trial *t = &dev->trial;

	if (dev->confirmed_sequence != dev->sequence)
		printf("  %-13s %llu\n", "confirmed", dev->confirmed_sequence);
	if (t->phase == KOTA_PHASE_NONE)
		return;
	printf("  %-13s sequence %llu in slot %s: %s", "update", t->sequence,
	       t->slot, kota_name_of(kota_phase_names, t->phase));
	printf("%s%s\n", *t->reason ? ", " : "", t->reason);
}

static void print_signers(const struct kota_device *dev)
{
	char id[2 * KOTA_DIGEST_LEN + 1];
	unsigned int i;

	printf("signers\n");
	print_line("wanted", dev->quorum > 1 ? "one release and one offline" :
					       "one release");
	printf("  %-13s %u in ring %d\n", "release", dev->release_signers,
	       dev->release_ring);
	if (dev->has_offline)
		printf("  %-13s %u in ring %d\n", "offline",
		       dev->offline_signers, dev->offline_ring);
	else
		print_line("offline", "no anchor for them in the module");
	for (i = 0; i < dev->nr_revoked; i++) {
		kota_text_from_hex(dev->revoked[i], KOTA_DIGEST_LEN, id);
		print_line("revoked", id);
	}
	for (i = 0; i < dev->nr_retired; i++) {
		kota_text_from_hex(dev->retired[i].key_id, KOTA_DIGEST_LEN, id);
		print_line("retired", id);
		printf("  %-13s sequence %llu\n", "  good up to",
		       dev->retired[i].last_sequence);
	}
}

static void print_device(const struct kota_device *dev)
{
	char text[37];

	printf("device\n");
	kota_text_from_uuid(dev->vendor_id, text);
	print_line("vendor", text);
	kota_text_from_uuid(dev->class_id, text);
	print_line("class", text);
	print_line("level", kota_name_of(kota_level_names, dev->level));
	print_line("booted slot", dev->booted_slot);
	printf("  %-13s %llu\n", "sequence", dev->sequence);
	print_trial(dev);
	if (dev->min_sequence)
		printf("  %-13s %llu\n", "at least", dev->min_sequence);
	print_line("rollback", dev->rollback);
	print_line("state record", dev->state_protected ?
					   "protected: only kota writes it" :
					   "NOT protected: root can write it");
	if (dev->recovery)
		print_line("recovery",
			   "permitted in this boot: run 'kota provision'");
	if (dev->busy)
		printf("  %-13s %s\n", "receiving, at",
		       kota_name_of(kota_step_names, dev->step));
	if (dev->attempts)
		printf("  %-13s %u of %d in vain\n", "attempts", dev->attempts,
		       KOTA_MAX_ATTEMPTS);
}

/* Those that are not met stand out. */
static void print_prerequisites(const struct kota_device *dev)
{
	unsigned int i;

	if (dev->nr_prerequisites)
		printf("prerequisites of what is promised against root\n");
	for (i = 0; i < dev->nr_prerequisites; i++)
		printf("  %-17s %-7s %s\n", dev->prerequisite[i].name,
		       dev->prerequisite[i].met ? "met" : "NOT MET",
		       dev->prerequisite[i].detail);
}

static void print_algorithms(const struct kota_device *dev)
{
	unsigned int i;

	if (dev->nr_algorithms)
		printf("algorithms at this level\n");
	for (i = 0; i < dev->nr_algorithms; i++)
		printf("  %-13s %-12s %s\n", dev->algorithm[i].use,
		       dev->algorithm[i].name,
		       dev->algorithm[i].driver[0] ? dev->algorithm[i].driver :
						     "NOT in this kernel");
}

static void print_slot(const struct kota_device_slot *slot)
{
	char root[2 * KOTA_DIGEST_LEN + 1];

	printf("  slot %-8s %s%s", slot->label,
	       kota_name_of(kota_slot_state_names, slot->state),
	       slot->booted ? ", booted" : "");
	if (slot->version[0])
		printf(", version %s, sequence %llu", slot->version,
		       slot->sequence);
	if (slot->size)
		printf(", %llu of %llu bytes", slot->size, slot->capacity);
	else
		printf(", holds %llu bytes", slot->capacity);
	putchar('\n');
	if (slot->has_root) {
		kota_text_from_hex(slot->root, KOTA_DIGEST_LEN, root);
		print_line("  root", root);
	}
}

static void print_target(const struct kota_device_target *target)
{
	unsigned int i;

	printf("target %s\n", target->name);
	if (target->reason[0]) {
		print_line("NOT usable", target->reason);
		return;
	}
	print_line("type", target->type);
	print_line("protected", target->is_protected ?
					"yes: only kota writes it" :
					"NO: root can write it");
	for (i = 0; i < target->nr_slots; i++)
		print_slot(&target->slot[i]);
}

static void print_all(const struct kota_device *dev)
{
	unsigned int i;

	print_device(dev);
	print_keys(dev);
	print_signers(dev);
	for (i = 0; i < dev->nr_targets; i++)
		print_target(&dev->target[i]);
	print_prerequisites(dev);
	print_algorithms(dev);
	if (!dev->refusal.present)
		return;
	printf("last refusal\n");
	kota_advice_print(stdout, &dev->refusal);
}

static void json_slot(struct kota_json *j, const struct kota_device_slot *slot)
{
	kota_json_open(j, NULL, '{');
	kota_json_string(j, "label", slot->label);
	kota_json_string(j, "state",
			 kota_name_of(kota_slot_state_names, slot->state));
	kota_json_bool(j, "booted", slot->booted);
	kota_json_string(j, "version", slot->version);
	kota_json_u64(j, "sequence", slot->sequence);
	kota_json_u64(j, "size", slot->size);
	kota_json_u64(j, "capacity", slot->capacity);
	if (slot->has_root)
		kota_json_hex(j, "root", slot->root, KOTA_DIGEST_LEN);
	kota_json_close(j, '}');
}

static void json_target(struct kota_json *j,
			const struct kota_device_target *target)
{
	unsigned int i;

	kota_json_open(j, NULL, '{');
	kota_json_string(j, "name", target->name);
	kota_json_string(j, "type", target->type);
	kota_json_bool(j, "protected", target->is_protected);
	if (target->reason[0])
		kota_json_string(j, "reason", target->reason);
	kota_json_open(j, "slots", '[');
	for (i = 0; i < target->nr_slots; i++)
		json_slot(j, &target->slot[i]);
	kota_json_close(j, ']');
	kota_json_close(j, '}');
}

static void json_signers(struct kota_json *j, const struct kota_device *dev)
{
	unsigned int i;

	kota_json_u64(j, "quorum", dev->quorum);
	kota_json_u64(j, "release_ring", dev->release_ring);
	kota_json_u64(j, "release_signers", dev->release_signers);
	if (dev->has_offline) {
		kota_json_u64(j, "offline_ring", dev->offline_ring);
		kota_json_u64(j, "offline_signers", dev->offline_signers);
	}
	kota_json_open(j, "revoked", '[');
	for (i = 0; i < dev->nr_revoked; i++)
		kota_json_hex(j, NULL, dev->revoked[i], KOTA_DIGEST_LEN);
	kota_json_close(j, ']');
	kota_json_open(j, "retired", '[');
	for (i = 0; i < dev->nr_retired; i++) {
		kota_json_open(j, NULL, '{');
		kota_json_hex(j, "key_id", dev->retired[i].key_id,
			      KOTA_DIGEST_LEN);
		kota_json_u64(j, "last_sequence",
			      dev->retired[i].last_sequence);
		kota_json_close(j, '}');
	}
	kota_json_close(j, ']');
}

static void json_device(struct kota_json *j, const struct kota_device *dev)
{
	char line[KOTA_IDENTITY_MAX];
	unsigned int i;

	kota_json_u64(j, "abi", dev->abi);
	kota_json_uuid(j, "vendor", dev->vendor_id);
	kota_json_uuid(j, "class", dev->class_id);
	kota_json_string(j, "level",
			 kota_name_of(kota_level_names, dev->level));
	kota_json_string(j, "booted_slot", dev->booted_slot);
	kota_json_u64(j, "sequence", dev->sequence);
	kota_json_u64(j, "confirmed_sequence", dev->confirmed_sequence);
	kota_json_u64(j, "min_sequence", dev->min_sequence);
	kota_trial_json(j, &dev->trial);
	kota_json_string(j, "rollback", dev->rollback);
	if (dev->nv_index)
		kota_json_u64(j, "nv_index", dev->nv_index);
	kota_json_bool(j, "recovery", dev->recovery);
	kota_json_bool(j, "state_protected", dev->state_protected);
	kota_json_bool(j, "busy", dev->busy);
	kota_json_string(j, "step", kota_name_of(kota_step_names, dev->step));
	kota_json_string(j, "key_state",
			 kota_name_of(kota_key_state_names, dev->key_state));
	if (dev->has_public &&
	    !kota_envelope_print_device(&dev->identity, line))
		kota_json_string(j, "identity", line);
	kota_json_open(j, "keys", '[');
	for (i = 0; i < dev->nr_keys; i++)
		if (!kota_envelope_print_device(&dev->key[i], line))
			kota_json_string(j, NULL, line);
	kota_json_close(j, ']');
	kota_json_u64(j, "key_ring", dev->key_ring);
	kota_json_u64(j, "cap_pcr", dev->cap_pcr);
	kota_json_u64(j, "envelopes_ahead", dev->envelopes_ahead);
	kota_json_u64(j, "attempts", dev->attempts);
	kota_json_u64(j, "max_attempts", KOTA_MAX_ATTEMPTS);
}

static void json_facts(struct kota_json *j, const struct kota_device *dev)
{
	unsigned int i;

	kota_json_open(j, "prerequisites", '[');
	for (i = 0; i < dev->nr_prerequisites; i++) {
		kota_json_open(j, NULL, '{');
		kota_json_string(j, "name", dev->prerequisite[i].name);
		kota_json_bool(j, "met", dev->prerequisite[i].met);
		kota_json_string(j, "detail", dev->prerequisite[i].detail);
		kota_json_close(j, '}');
	}
	kota_json_close(j, ']');
	kota_json_open(j, "algorithms", '[');
	for (i = 0; i < dev->nr_algorithms; i++) {
		kota_json_open(j, NULL, '{');
		kota_json_string(j, "use", dev->algorithm[i].use);
		kota_json_string(j, "name", dev->algorithm[i].name);
		if (dev->algorithm[i].driver[0])
			kota_json_string(j, "driver", dev->algorithm[i].driver);
		kota_json_close(j, '}');
	}
	kota_json_close(j, ']');
}

static void json_all(const struct kota_device *dev)
{
	struct kota_json j;
	unsigned int i;

	kota_json_begin(&j, stdout, true);
	json_device(&j, dev);
	json_signers(&j, dev);
	json_facts(&j, dev);
	kota_json_open(&j, "targets", '[');
	for (i = 0; i < dev->nr_targets; i++)
		json_target(&j, &dev->target[i]);
	kota_json_close(&j, ']');
	if (dev->refusal.present)
		kota_advice_json(&j, "refusal", &dev->refusal);
	kota_json_end(&j);
}

/**
 * kota_cmd_status() - run "kota status"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_status(int argc, char **argv)
{
	struct kota_netlink *nl;
	static struct kota_device dev;
	bool json = false;
	int opt, err;

	while ((opt = kota_getopt(argc, argv, options, usage)) !=
	       KOTA_OPT_END) {
		if (opt == KOTA_OPT_HELP)
			return KOTA_EXIT_OK;
		if (opt == KOTA_OPT_BAD)
			return KOTA_EXIT_USAGE;
		json = true;
	}
	if (optind < argc)
		return kota_usage("'%s': status takes no argument",
				  argv[optind]);
	nl = kota_netlink_open();
	err = nl ? kota_device_get(nl, &dev) : -1;
	kota_netlink_close(nl);
	if (err)
		return KOTA_EXIT_REFUSED;
	if (json)
		json_all(&dev);
	else
		print_all(&dev);
	return KOTA_EXIT_OK;
}
