// SPDX-License-Identifier: GPL-2.0
/*
 * kota: makes signed and encrypted deliverables, carries them to the kernel,
 * and tells people what became of them. Here: which file does which command.
 */

#include <signal.h>

#include "helper.h"

#ifndef KOTA_RELEASE
#define KOTA_RELEASE "0.1"
#endif

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "pack", kota_cmd_pack, "make a deliverable from an image" },
	{ "sign", kota_cmd_sign, "sign a deliverable, or attach a signature" },
	{ "wrap", kota_cmd_wrap, "give devices the key of a deliverable" },
	{ "inspect", kota_cmd_inspect,
	  "show what a deliverable says without keys" },
	{ "provision", kota_cmd_provision,
	  "give a new device its root key, print its identity" },
	{ "load-keys", kota_cmd_load_keys,
	  "give the kernel its signers and its root key" },
	{ "keys", kota_cmd_keys,
	  "show the device's keys, roll or retire them" },
	{ "check", kota_cmd_check,
	  "would the kernel take it? changes nothing" },
	{ "install", kota_cmd_install, "install a deliverable" },
	{ "activate", kota_cmd_activate,
	  "have the update that waits booted, on trial" },
	{ "confirm", kota_cmd_confirm, "the update on trial is good" },
	{ "rollback", kota_cmd_rollback,
	  "the update that waits or runs is not" },
	{ "boot", kota_cmd_boot,
	  "at each boot: test an update on trial, confirm it or go back" },
	{ "envelope", kota_cmd_envelope,
	  "give the kernel envelopes ahead of their deliverables" },
	{ "status", kota_cmd_status, "show device, keys, targets and slots" },
	{ "why", kota_cmd_why, "explain the last refusal" },
	{ "watch", kota_cmd_watch, "show events as they come" },
};

const struct option kota_no_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* The short forms are the values of the long ones. */
static void short_options(const struct option *options, char text[64])
{
	size_t len = 0;

	for (; options->name && len < 60; options++) {
		if (options->val > 'z')
			continue;
		text[len++] = options->val;
		if (options->has_arg == required_argument)
			text[len++] = ':';
	}
	text[len] = '\0';
}

/**
 * kota_getopt() - next option of a command
 * @argc: of the command
 * @argv: of the command
 * @options: its options, "help" with the value 'h' among them; values that are
 *	letters are short options as well
 * @usage: text for --help
 *
 * Return: the option's value, or one of KOTA_OPT_*.
 */
int kota_getopt(int argc, char **argv, const struct option *options,
		const char *usage)
{
	char letters[64];
	int opt;

	short_options(options, letters);
	opt = getopt_long(argc, argv, letters, options, NULL);
	if (opt == 'h') {
		fputs(usage, stdout);
		return KOTA_OPT_HELP;
	}
	if (opt == '?') {
		fprintf(stderr, "Try 'kota %s --help'.\n", argv[0]);
		return KOTA_OPT_BAD;
	}
	return opt == -1 ? KOTA_OPT_END : opt;
}

static int help(FILE *out)
{
	size_t i;

	fputs("Usage: kota COMMAND [OPTION]... [ARGUMENT]...\n\n", out);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-10s %s\n", commands[i].name,
			commands[i].help);
	fputs("\n'kota COMMAND --help' shows the options of a command, 'man kota' all.\n"
	      "Exit code: 0 good, 1 refused or failed, 2 wrong usage; of load-keys also\n"
	      "3: the root key may still be had.\n",
	      out);
	return out == stdout ? KOTA_EXIT_OK : KOTA_EXIT_USAGE;
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
	return !strcmp(word, a) || !strcmp(word, b);
}

/* The exit code is the kernel's verdict, whoever reads what is shown. */
static bool gives_verdict(const struct command *c)
{
	return c->run == kota_cmd_check || c->run == kota_cmd_install;
}

/* Not SIG_IGN: what is run from here would inherit it. */
static void on_sigpipe(int sig)
{
	(void)sig;
}

/* Was all that was shown taken? Where it was not, the rest is no success. */
static int check_shown(int code, bool verdict)
{
	if (!fflush(stdout) && !ferror(stdout))
		return code;
	kota_error("standard output cannot be written; not all was shown");
	return verdict || code ? code : KOTA_EXIT_REFUSED;
}

static int run(const char *name, int argc, char **argv)
{
	const struct command *c = commands;

	while (c < commands + ARRAY_SIZE(commands) && strcmp(c->name, name))
		c++;
	if (c == commands + ARRAY_SIZE(commands))
		return kota_usage("no command '%s'; 'kota help' lists them",
				  name);
	/* A reader who goes away does not end what is under way. */
	if (gives_verdict(c))
		signal(SIGPIPE, on_sigpipe);
	return check_shown(c->run(argc, argv), gives_verdict(c));
}

static int version(void)
{
	printf("kota %s (interface %d)\n", KOTA_RELEASE, KOTA_ABI_VERSION);
	return KOTA_EXIT_OK;
}

int main(int argc, char **argv)
{
	char *help_of[] = { argv[argc > 2 ? 2 : 0], "--help", NULL };

	if (argc < 2)
		return help(stderr);
	if (is_one_of(argv[1], "help", "--help") && argc > 2)
		return run(argv[2], 2, help_of);
	if (is_one_of(argv[1], "help", "--help") || !strcmp(argv[1], "-h"))
		return check_shown(help(stdout), false);
	if (is_one_of(argv[1], "--version", "-V"))
		return check_shown(version(), false);
	return run(argv[1], argc - 1, argv + 1);
}
