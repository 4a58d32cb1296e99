// SPDX-License-Identifier: GPL-2.0
/*
 * Asks the board: runs the executables of a directory, in the order of their
 * names, without a shell. The first that does not exit with 0 stops it all.
 */

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "helper.h"

#define POLL_MS 20
#define MAX_SECONDS 3600

/**
 * struct running - the hooks of a directory, while they are run
 * @h: which
 * @env: their environment
 * @end: when the last of them has to have answered, ms
 */
struct running {
	struct kota_hooks *h;
	char **env;
	unsigned long long end;
};

/* As run-parts has it: no backups, no leftovers of a package manager. */
static int is_hook_name(const struct dirent *entry)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	return !entry->d_name[strspn(entry->d_name, good)];
}

/* Whoever can write it would run as root. */
static int check_owner(const char *path, const struct stat *st)
{
	if ((!st->st_uid || st->st_uid == geteuid()) &&
	    !(st->st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	return kota_error(
		"%s: can be written by others, so it is not run; 'chown root' and 'chmod go-w' it",
		path);
}

static char **make_environment(const struct kota_hooks *h)
{
	char **env = calloc(KOTA_HOOKS_ENV + 3, sizeof(*env));
	unsigned int i, nr = 0;

	if (!env)
		return NULL;
	env[nr++] = strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	if (asprintf(&env[nr++], "KOTA_HOOK=%s", h->name) < 0)
		env[nr - 1] = NULL;
	for (i = 0; i < h->nr_env; i++)
		if (asprintf(&env[nr++], "%s=%s", h->env[i].name,
			     h->env[i].value) < 0)
			env[nr - 1] = NULL;
	return env;
}

static void free_environment(char **env)
{
	char **p;

	for (p = env; p && *p; p++)
		free(*p);
	free(env);
}

/* Standard output is not theirs: it may be a program's. */
static void become(const struct kota_hooks *h, const char *path, char **env)
{
	char *argv[] = { (char *)path, (char *)h->args[0], (char *)h->args[1],
			 (char *)h->args[2], NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setpgid(0, 0);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		_exit(127);
	signal(SIGPIPE, SIG_DFL);
	execve(path, argv, env);
	kota_error_errno("%s: cannot be run", path);
	_exit(127);
}

static unsigned long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

/* Return: 0, or -1 after saying that it took too long, or that nobody knows. */
static int wait_for(const struct running *r, const char *path, pid_t pid,
		    int *status)
{
	const struct timespec pause = { .tv_nsec = POLL_MS * 1000000 };
	pid_t ended;

	while (!(ended = waitpid(pid, status, WNOHANG))) {
		if (now_ms() >= r->end) {
			/* It may have left its group. */
			kill(-pid, SIGKILL);
			kill(pid, SIGKILL);
			waitpid(pid, status, 0);
			return kota_error(
				"%s: still running, and the hooks have had %u s, so it was ended; mend it and try again",
				path, r->h->seconds);
		}
		nanosleep(&pause, NULL);
	}
	return ended == pid ?
		       0 :
		       kota_error_errno("%s: what it says is not known", path);
}

static int run_one(const struct running *r, const char *path)
{
	int status = -1;
	pid_t pid;

	if (now_ms() >= r->end)
		return kota_error(
			"%s: not run, since the hooks before it took all of the %u s that they have; mend them and try again",
			path, r->h->seconds);
	fflush(NULL);
	/* Who ignores it, as we may have been started, is never told of a no. */
	signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (pid < 0)
		return kota_error_errno("%s: cannot be run", path);
	if (!pid)
		become(r->h, path, r->env);
	/* Here too: it may be ended before it gets that far. */
	setpgid(pid, pid);
	if (wait_for(r, path, pid, &status))
		return -1;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (WIFEXITED(status))
		return kota_error("%s says no: exit status %d", path,
				  WEXITSTATUS(status));
	return kota_error("%s was ended by signal %d", path, WTERMSIG(status));
}

static int say_no(const struct running *r, const char *dir, const char *name)
{
	snprintf(r->h->failed, sizeof(r->h->failed), "%.16s/%.39s failed",
		 basename(dir), name);
	return -1;
}

/* Return: 1 when it was run and agreed, 0 when it is no hook, -1. */
static int try_one(const struct running *r, const char *dir, const char *name)
{
	struct stat st;
	char *path;
	int ret = 0;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return kota_error("no memory");
	if (stat(path, &st))
		ret = kota_error_errno("%s", path);
	else if (!S_ISREG(st.st_mode))
		ret = 0;
	else if (!(st.st_mode & 0111))
		kota_note("%s: not executable, passed over", path);
	else if (check_owner(path, &st) || run_one(r, path))
		ret = say_no(r, dir, name);
	else
		ret = 1;
	free(path);
	return ret;
}

static int run_all(struct kota_hooks *h, const char *dir, unsigned int *nr_run)
{
	const unsigned long long begin = now_ms() - h->took;
	struct dirent **list = NULL;
	const struct running r = { h, make_environment(h),
				   begin + h->seconds * 1000ULL };
	int nr = scandir(dir, &list, is_hook_name, alphasort), i, ret = 0;

	for (i = 0; i < nr; i++) {
		if (ret >= 0)
			ret = r.env ? try_one(&r, dir, list[i]->d_name) : -1;
		*nr_run += ret > 0;
		free(list[i]);
	}
	free(list);
	free_environment(r.env);
	h->took = now_ms() - begin;
	return ret < 0 ? -1 : 0;
}

/**
 * kota_hooks_take_seconds() - read how long hooks may take
 * @option: that says so, for people
 * @text: its value
 * @seconds: the same
 *
 * Return: 0, or -1 after saying why.
 */
int kota_hooks_take_seconds(const char *option, const char *text,
			    unsigned int *seconds)
{
	u64 value;

	if (kota_text_u64(text, &value) || !value || value > MAX_SECONDS)
		return kota_error("%s %s: 1 to %d seconds", option, text,
				  MAX_SECONDS);
	*seconds = value;
	return 0;
}

/**
 * kota_hooks_env() - a variable that the hooks will find
 * @h: the hooks
 * @name: its name
 * @value: its value, copied
 */
void kota_hooks_env(struct kota_hooks *h, const char *name, const char *value)
{
	if (h->nr_env == KOTA_HOOKS_ENV)
		return;
	h->env[h->nr_env].name = name;
	snprintf(h->env[h->nr_env].value, sizeof(h->env[0].value), "%s", value);
	h->nr_env++;
}

/**
 * kota_hooks_run() - run the hooks of a directory
 * @h: which, with what environment, for how long
 *
 * Nobody to ask is no yes, unless it was said to be: a directory without hooks stops
 * it, too.
 *
 * Return: 0 when all agreed, or -1 after saying which did not.
 */
int kota_hooks_run(struct kota_hooks *h)
{
	unsigned int nr_run = 0;
	struct stat st;
	char *dir;
	int err = 0;

	if (asprintf(&dir, "%s/%s.d", h->base, h->name) < 0)
		return kota_error("no memory");
	if (!stat(dir, &st))
		err = check_owner(dir, &st) ? -1 : run_all(h, dir, &nr_run);
	if (!err && !nr_run && !h->may_be_none)
		err = kota_error(
			"%s: nobody to ask; put an executable there that exits with 0 when %s",
			dir, h->meaning);
	free(dir);
	return err;
}
