// SPDX-License-Identifier: GPL-2.0
/*
 * Reads small files whole, and writes files so that they are there complete or
 * not at all.
 */

#include <fcntl.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/crypto.h>

#include "helper.h"

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
		out->path = strdup(path);
	}
	return out->path ? 0 : kota_error_errno("%s: cannot be written", path);
}

/**
 * kota_output_begin() - open a file under a temporary name beside its own
 * @out: the output
 * @path: the name that it will get
 * @mode: its permissions; without any for others they hold, else only for a new file
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
		out->fd = mkostemp(out->temp, O_CLOEXEC);
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

	if (fsync(out->fd) || rename(out->temp, out->path)) {
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
		unlink(out->temp);
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
