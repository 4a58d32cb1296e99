// SPDX-License-Identifier: GPL-2.0
/*
 * Slots on a disk, for tests that know them by the names that they have on flash:
 * with KOTA_SLOTS=fw slot-a is the partition fw-a. Read past the page cache.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kota_test.h"

#define ALIGNMENT	4096

bool kt_on_disk(void)
{
	return getenv("KOTA_SLOTS");
}

/* What nothing was written to reads as, and how much of that makes a slot dead. */
uint8_t kt_blank(void)
{
	return kt_on_disk() ? 0 : 0xff;
}

size_t kt_first_unit(void)
{
	return kt_on_disk() ? 128 << 10 : 256 << 10;
}

/* "slot-b" and "slot-b-open" are "fw-b"; other names are as they are. */
static const char *partition_name(const char *name)
{
	static char real[64];

	if (!kt_on_disk() || strncmp(name, "slot-", 5))
		return name;
	snprintf(real, sizeof(real), "%s-%c", getenv("KOTA_SLOTS"), name[5]);
	return real;
}

static bool has_name(const char *dev, const char *name)
{
	char path[512], line[128], wanted[128];
	bool found = false;
	FILE *f;

	snprintf(wanted, sizeof(wanted), "PARTNAME=%s\n", name);
	snprintf(path, sizeof(path), "/sys/class/block/%s/uevent", dev);
	f = fopen(path, "r");
	while (f && !found && fgets(line, sizeof(line), f))
		found = !strcmp(line, wanted);
	if (f)
		fclose(f);
	return found;
}

/**
 * kt_disk() - name of a partition's device
 * @name: of the partition, or of a slot
 * @dev: the name, without /dev
 * @size: room there
 *
 * Return: whether there is one.
 */
bool kt_disk(const char *name, char *dev, size_t size)
{
	DIR *dir = opendir("/sys/class/block");
	struct dirent *entry;
	bool found = false;

	name = partition_name(name);
	while (dir && !found && (entry = readdir(dir))) {
		found = has_name(entry->d_name, name);
		if (found)
			snprintf(dev, size, "%s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* Sectors, as an attribute of a partition has them; 0: no such partition. */
static uint64_t sectors_of(const char *name, const char *attribute)
{
	char dev[64], path[128];
	unsigned long long sectors = 0;
	FILE *f;

	if (!kt_disk(name, dev, sizeof(dev)))
		return 0;
	snprintf(path, sizeof(path), "/sys/class/block/%s/%s", dev, attribute);
	f = fopen(path, "r");
	if (f && fscanf(f, "%llu", &sectors) != 1)
		sectors = 0;
	if (f)
		fclose(f);
	return sectors;
}

/* Bytes; 0: no such partition. */
uint64_t kt_disk_size(const char *name)
{
	return sectors_of(name, "size") * 512;
}

/* Opens a partition; a descriptor or -errno. */
int kt_disk_open(const char *name, int flags)
{
	char dev[64], path[128];
	int fd;

	if (!kt_disk(name, dev, sizeof(dev)))
		return -ENODEV;
	snprintf(path, sizeof(path), "/dev/%s", dev);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The disk that a partition is on, past the page cache. */
static int open_whole(const char *name)
{
	char dev[64], path[128], *digits;
	int fd;

	if (!kt_disk(name, dev, sizeof(dev)))
		return -ENODEV;
	/* vdb12 is on vdb */
	digits = dev + strcspn(dev, "0123456789");
	*digits = '\0';
	snprintf(path, sizeof(path), "/dev/%s", dev);
	fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * Write bytes of a partition by way of the whole disk, as root can whoever holds
 * the partition; 0 or -errno.
 */
int kt_disk_put(const char *name, uint64_t pos, const void *buf, size_t len)
{
	size_t off = pos % 512, whole = (off + len + 511) / 512 * 512;
	uint64_t start = sectors_of(name, "start") * 512 + pos - off;
	uint8_t *aligned = NULL;
	int fd = open_whole(name), err = 0;

	if (fd < 0)
		return fd;
	if (posix_memalign((void **)&aligned, ALIGNMENT, whole))
		err = -ENOMEM;
	else if (pread(fd, aligned, whole, start) != whole)
		err = -EIO;
	if (!err) {
		memcpy(aligned + off, buf, len);
		if (pwrite(fd, aligned, whole, start) != whole)
			err = -EIO;
	}
	free(aligned);
	close(fd);
	return err;
}

/* All of it from the device, or nothing; 0 or -errno. */
int kt_disk_read(const char *name, uint64_t pos, void *buf, size_t len)
{
	size_t off = pos % ALIGNMENT;
	size_t whole = (off + len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	uint8_t *aligned = NULL;
	size_t done = 0;
	ssize_t nr = 1;
	int fd, err;

	fd = kt_disk_open(name, O_RDONLY | O_DIRECT);
	if (fd < 0)
		return fd;
	if (posix_memalign((void **)&aligned, ALIGNMENT, whole)) {
		close(fd);
		return -ENOMEM;
	}
	while (done < off + len && nr > 0) {
		nr = pread(fd, aligned + done, whole - done, pos - off + done);
		if (nr > 0)
			done += nr;
	}
	err = done >= off + len ? 0 : nr < 0 ? -errno : -EIO;
	if (!err)
		memcpy(buf, aligned + off, len);
	free(aligned);
	close(fd);
	return err;
}
