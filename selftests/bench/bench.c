// SPDX-License-Identifier: GPL-2.0
/*
 * Installs an image of so many MiB, and tells how long the kernel took for it and
 * how much memory of its own: bench TARGET MIB LOG2CHUNK. Making the deliverable is
 * not in the time, and neither is anything else in user space.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <endian.h>

#include "kota_test.h"

#define MIB	(1UL << 20)
/* As much as cat or kota install write at once */
#define PIECE	(128 << 10)

/* The image, in the memory of one MiB. */
static uint8_t *map_image(size_t size)
{
	int fd = memfd_create("image", 0);
	uint8_t *image = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *one;
	size_t off;

	if (fd < 0 || image == MAP_FAILED || ftruncate(fd, MIB))
		return NULL;
	one = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (one == MAP_FAILED)
		return NULL;
	kt_fill(one, MIB, 1);
	for (off = 0; off < size; off += MIB)
		if (mmap(image + off, MIB, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
			return NULL;
	return image;
}

/* What the module has allocated, 0: this kernel does not tell. */
static uint64_t own_memory(void)
{
	FILE *f = fopen("/proc/allocinfo", "r");
	unsigned long long size, sum = 0;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "[kota]") && sscanf(line, "%llu", &size) == 1)
			sum += size;
	if (f)
		fclose(f);
	return sum;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

struct result {
	double seconds;
	uint64_t peak;
};

/* The memory is looked at now and then, outside of the time. */
static int push(int fd, const struct kt_buf *b, struct result *r)
{
	size_t off = 0, looked = 0;

	while (off < b->len) {
		size_t len = b->len - off < PIECE ? b->len - off : PIECE;
		double start = now();
		int err = kt_write(fd, b->data + off, len);

		r->seconds += now() - start;
		if (err)
			return err;
		off += len;
		if (off - looked >= b->len / 16 || off == b->len) {
			uint64_t sum = own_memory();

			looked = off;
			if (sum > r->peak)
				r->peak = sum;
		}
	}
	return 0;
}

static int install(const char *target, size_t size, unsigned int log2_chunk, struct result *r)
{
	struct kt_deliverable d;
	struct kt_buf head, frames;
	struct kt_status st;
	uint8_t *image = map_image(size);
	int fd, err;

	if (!image || kt_status(&st, target))
		return -EINVAL;
	kt_begin(&d, &st, image, size, st.sequence + 1);
	memset(d.image[0].target, 0, KOTA_NAME_LEN);
	strcpy(d.image[0].target, target);
	d.image[0].cipher = KOTA_CIPHER_AES_256_GCM;
	d.image[0].log2_chunk = log2_chunk;
	kt_retable(&d);
	kt_seal(&d);
	kt_sign(&d, "signer", 0);
	kt_wrap(&d, st.public_key);
	munmap(image, size);
	frames = d.frames;
	d.prologue.frames_len = htole64(frames.len);
	d.frames = (struct kt_buf) { 0 };
	head = kt_finish(&d, NULL);
	kt_free(&d);
	fd = open(KT_DEVICE, O_WRONLY);
	if (fd < 0)
		return -errno;
	err = push(fd, &head, r);
	if (!err)
		err = push(fd, &frames, r);
	if (close(fd) && !err)
		err = -errno;
	free(head.data);
	free(frames.data);
	return err;
}

int main(int argc, char **argv)
{
	struct result r = { 0 };
	size_t mib;
	int err;

	if (argc != 4)
		return 2;
	mib = strtoul(argv[2], NULL, 0);
	err = install(argv[1], mib * MIB, strtoul(argv[3], NULL, 0), &r);
	if (err) {
		fprintf(stderr, "bench: %s\n", strerror(-err));
		return 1;
	}
	printf("kota %zu %.0f %llu\n", mib, r.seconds * 1e9, (unsigned long long)r.peak);
	return 0;
}
