// SPDX-License-Identifier: GPL-2.0
/*
 * Reads small files whole, and writes files so that they are there complete or
 * not at all.
 */

#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/crypto.h>

#include "helper.h"

/* What ends a process from outside, and leaves it the time to tidy up. */
static const int endings[] = { SIGHUP,	SIGINT,	 SIGQUIT, SIGPIPE,
			       SIGTERM, SIGXCPU, SIGXFSZ };

/* The names that go away when it is ended. Changed while no signal comes. */
#define MAX_TEMPS 4
static const char *temps[MAX_TEMPS];

static void on_ending(int sig)
{
	size_t i;

	for (i = 0; i < MAX_TEMPS; i++)
		if (temps[i])
			unlink(temps[i]);
	signal(sig, SIG_DFL);
	raise(sig);
}

/* Who ignores a signal, as under nohup, or has an own way with it, keeps that. */
static void catch_endings(void)
{
	struct sigaction action = { .sa_handler = on_ending }, old;
	size_t i;

	sigfillset(&action.sa_mask);
	for (i = 0; i < ARRAY_SIZE(endings); i++)
		if (!sigaction(endings[i], NULL, &old) &&
		    old.sa_handler == SIG_DFL)
			sigaction(endings[i], &action, NULL);
}

static void hold_signals(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, before);
}

static void let_signals(const sigset_t *before)
{
	sigprocmask(SIG_SETMASK, before, NULL);
}

static const char **find_temp(const char *temp)
{
	size_t i;

	for (i = 0; i < MAX_TEMPS; i++)
		if (temps[i] == temp)
			return &temps[i];
	return NULL;
}

/* Return: as mkostemp(); the name goes away when we are ended. */
static int make_temp(char *temp)
{
	const char **place;
	sigset_t before;
	int fd;

	catch_endings();
	hold_signals(&before);
	place = find_temp(NULL);
	errno = EMFILE;
	fd = place ? mkostemp(temp, O_CLOEXEC) : -1;
	if (fd >= 0)
		*place = temp;
	let_signals(&before);
	return fd;
}

/* Return: as rename(), or unlink() without a name that it gets. */
static int drop_temp(const char *temp, const char *path)
{
	const char **place;
	sigset_t before;
	int err;

	hold_signals(&before);
	place = find_temp(temp);
	err = path ? rename(temp, path) : unlink(temp);
	if (place && (!path || !err))
		*place = NULL;
	let_signals(&before);
	return err;
}

static mode_t without_umask(mode_t mode)
{
	mode_t mask = umask(0);

	umask(mask);
	return mode & ~mask;
}

/*
 * What gets replaced: where a link leads to, and nothing but a file, which keeps its
 * permissions. What is secret is nobody else's, whatever it replaces.
 */
static int find_place(struct kota_output *out, const char *path, mode_t *mode)
{
	struct stat st;

	if (!strcmp(path, "-"))
		return kota_error(
			"-: a whole file is written, not standard output; name a file");
	if (!stat(path, &st)) {
		if (!S_ISREG(st.st_mode))
			return kota_error(
				"%s: not a regular file, so it is not replaced",
				path);
		if (*mode & 0077)
			*mode = st.st_mode & 0777;
		out->path = realpath(path, NULL);
	} else if (errno == ENOENT && lstat(path, &st)) {
		*mode = without_umask(*mode);
		out->path = strdup(path);
	}
	return out->path ? 0 : kota_error_errno("%s: cannot be written", path);
}

/**
 * kota_output_begin() - open a file under a temporary name beside its own
 * @out: the output
 * @path: the name that it will get
 * @mode: its permissions; without any for others they hold, else only for a new file,
 *	as far as the umask leaves them
 *
 * The temporary name goes away, too, when a signal ends us.
 *
 * Return: 0, or -1 after saying why.
 */
int kota_output_begin(struct kota_output *out, const char *path, mode_t mode)
{
	*out = (struct kota_output){ .fd = -1 };
	if (find_place(out, path, &mode))
		return -1;
	if (asprintf(&out->temp, "%s.XXXXXX", out->path) < 0)
		out->temp = NULL;
	else
		out->fd = make_temp(out->temp);
	if (out->fd >= 0 && !fchmod(out->fd, mode))
		return 0;
	kota_error_errno("%s: cannot be written", path);
	kota_output_abort(out);
	return -1;
}

/* A rename is lasting once the directory is on the medium. */
static void sync_directory(const char *path)
{
	char *copy = strdup(path);
	int fd;

	if (!copy)
		return;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

/**
 * kota_output_commit() - give the file its name, replacing another one
 * @out: the output; it is closed in any case
 *
 * Return: 0, or -1 after saying why.
 */
int kota_output_commit(struct kota_output *out)
{
	int err = 0;

	if (fsync(out->fd) || drop_temp(out->temp, out->path)) {
		err = kota_error_errno("%s: cannot be written", out->path);
	} else {
		sync_directory(out->path);
		free(out->temp);
		out->temp = NULL;
	}
	kota_output_abort(out);
	return err;
}

/**
 * kota_output_abort() - close and forget the file
 * @out: the output; nothing happens when it is closed already
 */
void kota_output_abort(struct kota_output *out)
{
	if (out->fd >= 0 && out->temp)
		drop_temp(out->temp, NULL);
	if (out->fd >= 0)
		close(out->fd);
	free(out->temp);
	free(out->path);
	out->fd = -1;
	out->temp = NULL;
	out->path = NULL;
}

/**
 * kota_write_all() - write, however short the writes are
 * @fd: file
 * @data: bytes
 * @len: how many
 *
 * Return: 0, or -1 with errno; nothing has been said.
 */
int kota_write_all(int fd, const void *data, size_t len)
{
	const u8 *p = data;

	while (len) {
		ssize_t nr = write(fd, p, len);

		if (nr < 0 && errno == EINTR)
			continue;
		if (nr < 0)
			return -1;
		p += nr;
		len -= nr;
	}
	return 0;
}

/**
 * kota_file_write() - replace a small file at once
 * @path: its name
 * @mode: its permissions
 * @data: its bytes
 * @len: how many
 *
 * Return: 0, or -1 after saying why.
 */
int kota_file_write(const char *path, mode_t mode, const void *data, size_t len)
{
	struct kota_output out;

	if (kota_output_begin(&out, path, mode))
		return -1;
	if (kota_write_all(out.fd, data, len)) {
		kota_error_errno("%s: cannot be written", path);
		kota_output_abort(&out);
		return -1;
	}
	return kota_output_commit(&out);
}

static u8 *read_open_file(int fd, const char *path, size_t max, size_t *len)
{
	u8 *data = malloc(max + 1); /* + 1 tells a file that is too long */
	ssize_t nr = 0;

	if (!data) {
		kota_error("no memory");
		return NULL;
	}
	for (*len = 0; *len <= max; *len += nr) {
		nr = read(fd, data + *len, max + 1 - *len);
		if (nr <= 0)
			break;
	}
	if (nr >= 0 && *len <= max)
		return data;
	if (nr < 0)
		kota_error_errno("%s: cannot be read", path);
	else
		kota_error(
			"%s: longer than %zu bytes, which is not what belongs here",
			path, max);
	OPENSSL_cleanse(data, max + 1);
	free(data);
	return NULL;
}

/**
 * kota_file_read() - read a small file whole
 * @path: its name
 * @max: bytes that it may have
 * @len: bytes that it has
 *
 * Return: its bytes and room for one more (to be freed, wiped where secret), or NULL
 * after saying why.
 */
u8 *kota_file_read(const char *path, size_t max, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	u8 *data;

	if (fd < 0) {
		kota_error_errno("%s: cannot be read", path);
		return NULL;
	}
	data = read_open_file(fd, path, max, len);
	close(fd);
	return data;
}
