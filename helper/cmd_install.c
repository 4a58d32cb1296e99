// SPDX-License-Identifier: GPL-2.0
/*
 * "kota install": has a deliverable carried to the kernel, asks the board where
 * the deliverable says so, and tells how it ended.
 */

#include <unistd.h>

#include "helper.h"

/* By default; the kernel waits, and takes a writer for silent after 120 s. */
#define HOOK_SECONDS 60

static const char usage[] =
	"Usage: kota install [OPTION]... FILE|-\n"
	"Installs a deliverable, from a file or from standard input, and shows each step\n"
	"as it happens. Of a file only that is sent which the device does not hold.\n"
	"\n"
	"      --full          send the whole file; nothing is reused\n"
	"      --reboot        reboot when it is installed, if its maker asks for that\n"
	"      --hooks DIR     where the board's hooks are (default: " KOTA_HOOKS_BASE
	")\n"
	"      --hook-timeout SECONDS\n"
	"                      that all of them together have (default: 60)\n"
	"      --json          one JSON object per line\n"
	"      --device FILE   kota's device (default: " KOTA_DEVICE_PATH ")\n"
	"  -h, --help          show this\n"
	"\n"
	"Exit code: 0 installed, 1 refused or failed, 2 wrong usage.\n";

enum {
	OPT_JSON = 256,
	OPT_DEVICE,
	OPT_FULL,
	OPT_REBOOT,
	OPT_HOOKS,
	OPT_TIMEOUT
};

static const struct option options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "device", required_argument, NULL, OPT_DEVICE },
	{ "full", no_argument, NULL, OPT_FULL },
	{ "reboot", no_argument, NULL, OPT_REBOOT },
	{ "hooks", required_argument, NULL, OPT_HOOKS },
	{ "hook-timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/**
 * struct installing - an installation
 * @carry: the stream
 * @hooks: directory of the hooks' directories
 * @hook_seconds: that the hooks have, all of them together
 * @hooks_took: of that, ms
 * @staged: the board was asked to get ready
 * @full: send everything
 * @reboot: may reboot the device
 */
struct installing {
	struct kota_carry carry;
	const char *hooks;
	unsigned int hook_seconds;
	unsigned long long hooks_took;
	bool staged;
	bool full;
	bool reboot;
};

static bool is_asked_for(const struct installing *ins, u32 handling)
{
	const struct kota_manifest *m = kota_carry_manifest(&ins->carry);

	return m->handling & htole32(handling);
}

/* What the hooks learn of the deliverable; authentic, printable. */
static void describe(const struct installing *ins, struct kota_hooks *h)
{
	const struct kota_manifest *m = kota_carry_manifest(&ins->carry);
	const struct kota_image *image = kota_manifest_images(m);
	char sequence[24], update[37], targets[KOTA_MAX_IMAGES * KOTA_NAME_LEN];
	size_t len = 0;
	unsigned int i;

	targets[0] = '\0';
	for (i = 0; i < le16_to_cpu(m->nr_images); i++)
		len += snprintf(targets + len, sizeof(targets) - len, "%s%s",
				len ? " " : "", image[i].target);
	snprintf(sequence, sizeof(sequence), "%llu", le64_to_cpu(m->sequence));
	kota_text_from_uuid(m->update_id, update);
	kota_hooks_env(h, "KOTA_RELEASE", m->release);
	kota_hooks_env(h, "KOTA_SEQUENCE", sequence);
	kota_hooks_env(h, "KOTA_UPDATE", update);
	kota_hooks_env(h, "KOTA_TARGETS", targets);
}

static int ask_for_power(struct installing *ins)
{
	struct kota_hooks h = {
		.base = ins->hooks,
		.name = "power",
		.meaning = "there is external power",
		.seconds = ins->hook_seconds,
	};
	int err;

	if (!is_asked_for(ins, KOTA_HANDLING_EXTERNAL_POWER))
		return 0;
	describe(ins, &h);
	err = kota_hooks_run(&h);
	ins->hooks_took = h.took;
	if (!err)
		return 0;
	return kota_error(
		"not installed, and nothing was changed: this deliverable wants external power; connect it and try again");
}

/* The kernel has judged and counted by now, and nothing is erased yet. */
static int stage(struct installing *ins)
{
	struct kota_hooks h = {
		.base = ins->hooks,
		.name = "stage",
		.meaning = "the board is ready",
		.seconds = ins->hook_seconds,
		.took = ins->hooks_took,
		.may_be_none = true,
	};

	ins->staged = true;
	describe(ins, &h);
	if (!kota_hooks_run(&h))
		return 0;
	return kota_error("not installed, and nothing was changed: %s",
			  *h.failed ? h.failed : "stage.d cannot be used");
}

/* Whatever came of it: what was made ready is to be undone. */
static void clean_up(const struct installing *ins, bool installed)
{
	struct kota_hooks h = {
		.base = ins->hooks,
		.name = "cleanup",
		.meaning = "nothing is left behind",
		.seconds = ins->hook_seconds,
		.may_be_none = true,
	};

	if (!ins->staged)
		return;
	describe(ins, &h);
	kota_hooks_env(&h, "KOTA_RESULT", installed ? "installed" : "refused");
	if (kota_hooks_run(&h))
		kota_note("%s; the verdict stands",
			  *h.failed ? h.failed : "cleanup.d cannot be used");
}

/* Return: as kota_carry_head(). */
static int carry(struct installing *ins)
{
	struct kota_carry *c = &ins->carry;
	int err = kota_carry_begin(c);

	if (!err)
		err = kota_carry_head(c);
	if (err || c->refusal.present)
		return err;
	err = ask_for_power(ins);
	if (!err)
		err = stage(ins);
	if (!err && !ins->full)
		err = kota_carry_need(c);
	if (err || c->refusal.present)
		return err;
	return kota_carry_rest(c);
}

static int install(struct installing *ins)
{
	struct kota_carry *c = &ins->carry;
	int err = carry(ins);
	bool installed = !err && !c->refusal.present;
	struct kota_verdict verdict = {
		.installed = installed,
		.sent = c->sent,
		.left_out = c->total - c->wanted,
		.reboot = installed &&
			  is_asked_for(ins, KOTA_HANDLING_REBOOT_NOW),
	};

	kota_carry_end(c);
	clean_up(ins, installed);
	if (err && !c->show.json)
		return KOTA_EXIT_REFUSED;
	kota_show_verdict(&c->show, &c->refusal, &verdict);
	if (verdict.reboot && ins->reboot)
		return kota_reboot() ? KOTA_EXIT_REFUSED : KOTA_EXIT_OK;
	return installed ? KOTA_EXIT_OK : KOTA_EXIT_REFUSED;
}

static int take_option(struct installing *ins, int opt, bool *json)
{
	switch (opt) {
	case OPT_JSON:
		*json = true;
		break;
	case OPT_DEVICE:
		ins->carry.device = optarg;
		break;
	case OPT_FULL:
		ins->full = true;
		break;
	case OPT_REBOOT:
		ins->reboot = true;
		break;
	case OPT_HOOKS:
		ins->hooks = optarg;
		break;
	case OPT_TIMEOUT:
		return kota_hooks_take_seconds("--hook-timeout", optarg,
					       &ins->hook_seconds);
	}
	return 0;
}

/**
 * kota_cmd_install() - run "kota install"
 * @argc: of the command
 * @argv: of the command
 *
 * Return: enum kota_exit.
 */
int kota_cmd_install(int argc, char **argv)
{
	static struct installing ins = { .carry = KOTA_CARRY_INIT,
					 .hooks = KOTA_HOOKS_BASE,
					 .hook_seconds = HOOK_SECONDS };
	bool json = false;
	int opt;

	while ((opt = kota_getopt(argc, argv, options, usage)) !=
	       KOTA_OPT_END) {
		if (opt == KOTA_OPT_HELP)
			return KOTA_EXIT_OK;
		if (opt == KOTA_OPT_BAD || take_option(&ins, opt, &json))
			return KOTA_EXIT_USAGE;
	}
	if (optind + 1 != argc)
		return kota_usage(
			"one FILE, or - for standard input, is wanted");
	ins.carry.path = argv[optind];
	kota_show_begin(&ins.carry.show, json);
	return install(&ins);
}
