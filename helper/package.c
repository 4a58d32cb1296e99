// SPDX-License-Identifier: GPL-2.0
/*
 * Reads a package through the kernel's own parser, and writes it anew with
 * other signatures or envelopes. Decrypts nothing, believes nothing.
 */

#include <fcntl.h>
#include <unistd.h>

#include "helper.h"

#define COPY_LEN (1 << 20)

/**
 * kota_package_explain() - say what is wrong with a package
 * @pkg: the package, refused
 *
 * Return: -1.
 */
int kota_package_explain(const struct kota_package *pkg)
{
	const struct kota_refusal *why = &pkg->why;

	return kota_error("%s: %s: expected %s, found %s",
			  strcmp(pkg->path, "-") ? pkg->path : "standard input",
			  kota_advice_sentence(why->cause), why->expected,
			  why->found);
}

static ssize_t read_some(const struct kota_package *pkg, void *data, size_t len)
{
	ssize_t nr;

	do
		nr = read(pkg->fd, data, len);
	while (nr < 0 && errno == EINTR);
	if (nr < 0)
		kota_error_errno("%s: cannot be read", pkg->path);
	return nr;
}

/* The next item. Return: 0, or -1 after saying why. */
static int next_item(struct kota_package *pkg, struct kota_item *item)
{
	*item = (struct kota_item){ .type = KOTA_ITEM_NONE };
	while (item->type == KOTA_ITEM_NONE) {
		size_t len;
		u8 *window = kota_parse_window(&pkg->parser, &len);
		ssize_t nr;

		if (!window)
			return kota_error("%s: the stream is over", pkg->path);
		nr = read_some(pkg, window, len);
		if (nr < 0)
			return -1;
		if (!nr) {
			kota_refuse(&pkg->why, KOTA_CAUSE_INCOMPLETE,
				    "%zu bytes more|end of file", len);
			return kota_package_explain(pkg);
		}
		if (kota_parse_advance(&pkg->parser, nr, item, &pkg->why))
			return kota_package_explain(pkg);
	}
	return 0;
}

static void *copy_of(const void *data, size_t len)
{
	void *copy = malloc(len);

	if (!copy)
		kota_error("no memory");
	else
		memcpy(copy, data, len);
	return copy;
}

static int take_manifest(struct kota_package *pkg, const struct kota_item *item)
{
	const struct kota_manifest *manifest;

	pkg->manifest_len = item->len;
	pkg->manifest = copy_of(item->data, item->len);
	if (!pkg->manifest)
		return -1;
	if (kota_manifest_check(pkg->manifest, pkg->manifest_len, &pkg->why))
		return kota_package_explain(pkg);
	manifest = kota_package_manifest(pkg);
	/* The item is copied, and nothing of the next one has come. */
	if (kota_parse_plan(&pkg->parser, kota_manifest_images(manifest),
			    le16_to_cpu(manifest->nr_images), &pkg->why))
		return kota_package_explain(pkg);
	return 0;
}

static int take_signature(struct kota_package *pkg,
			  const struct kota_item *item)
{
	const struct kota_signature *head = (const void *)item->data;
	struct kota_package_signature *sig = &pkg->sig[pkg->nr_sigs];

	sig->ring = head->ring;
	sig->len = item->len - sizeof(*head);
	sig->der = copy_of(head + 1, sig->len);
	if (!sig->der)
		return -1;
	pkg->nr_sigs++;
	return 0;
}

static int take_envelope(struct kota_package *pkg, const struct kota_item *item)
{
	u8 *more = realloc(pkg->envelopes, pkg->envelopes_len + item->len);

	if (!more)
		return kota_error("no memory");
	memcpy(more + pkg->envelopes_len, item->data, item->len);
	pkg->envelopes = more;
	pkg->envelopes_len += item->len;
	return 0;
}

static int take_prologue(struct kota_package *pkg)
{
	pkg->prologue = pkg->parser.prologue;
	pkg->tail_pos = sizeof(pkg->prologue) +
			le32_to_cpu(pkg->prologue.manifest_len) +
			le32_to_cpu(pkg->prologue.signatures_len) +
			le32_to_cpu(pkg->prologue.envelopes_len);
	return 0;
}

static int take_item(struct kota_package *pkg, const struct kota_item *item)
{
	switch (item->type) {
	case KOTA_ITEM_PROLOGUE:
		return take_prologue(pkg);
	case KOTA_ITEM_MANIFEST:
		return take_manifest(pkg, item);
	case KOTA_ITEM_SIGNATURE:
		return take_signature(pkg, item);
	default:
		return take_envelope(pkg, item);
	}
}

/**
 * kota_package_open() - read a package up to its tables
 * @pkg: the package; to be closed in any case
 * @path: its name, "-" for standard input
 *
 * Return: 0, or -1 after saying why.
 */
int kota_package_open(struct kota_package *pkg, const char *path)
{
	u64 have = 0;
	struct kota_item item;

	*pkg = (struct kota_package){ .path = path };
	pkg->fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) :
				      fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (pkg->fd < 0)
		return kota_error_errno("%s: cannot be read", path);
	if (kota_parse_begin(&pkg->parser))
		return kota_error("no memory");
	do {
		if (next_item(pkg, &item) || take_item(pkg, &item))
			return -1;
		have += item.len;
	} while (have < pkg->tail_pos);
	return 0;
}

/**
 * kota_package_first_block() - the first block of the first table, encrypted
 * @pkg: the package, just opened
 * @block: the block and its tag
 * @max: bytes there
 * @len: bytes of the block, without the tag
 *
 * Return: 0, or -1 after saying why.
 */
int kota_package_first_block(struct kota_package *pkg, u8 *block, size_t max,
			     size_t *len)
{
	struct kota_item item;

	if (next_item(pkg, &item))
		return -1;
	if (item.type != KOTA_ITEM_TABLE_BLOCK || item.len > max)
		return kota_error("%s: has no table", pkg->path);
	memcpy(block, item.data, item.len);
	*len = item.len - KOTA_TAG_LEN;
	return 0;
}

static int check_nothing_follows(struct kota_package *pkg)
{
	u8 byte;
	ssize_t nr = read_some(pkg, &byte, 1);

	if (nr > 0) {
		kota_refuse(&pkg->why, KOTA_CAUSE_EXTRA,
			    "end of file|more bytes");
		return kota_package_explain(pkg);
	}
	return nr;
}

/**
 * kota_package_walk() - read the rest of a package
 * @pkg: the package, just opened
 * @tail: what is there
 *
 * Return: 0, or -1 after saying what is wrong.
 */
int kota_package_walk(struct kota_package *pkg, struct kota_package_tail *tail)
{
	struct kota_item item;

	memset(tail, 0, sizeof(*tail));
	do {
		if (next_item(pkg, &item))
			return -1;
		if (item.type == KOTA_ITEM_TABLE_BLOCK)
			tail->table_blocks++;
		if (item.type == KOTA_ITEM_FRAME) {
			u16 image = le16_to_cpu(item.frame.image);

			tail->frames[image]++;
			tail->ct_len[image] += item.len - KOTA_TAG_LEN;
		}
	} while (item.type != KOTA_ITEM_END);
	return check_nothing_follows(pkg);
}

static size_t signatures_len(const struct kota_package *pkg)
{
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < pkg->nr_sigs; i++)
		len += sizeof(struct kota_signature) + pkg->sig[i].len;
	return len;
}

static int write_head(const struct kota_package *pkg, int fd)
{
	struct kota_prologue prologue = pkg->prologue;
	unsigned int i;

	prologue.signatures_len = htole32(signatures_len(pkg));
	prologue.envelopes_len = htole32(pkg->envelopes_len);
	if (kota_write_all(fd, &prologue, sizeof(prologue)) ||
	    kota_write_all(fd, pkg->manifest, pkg->manifest_len))
		return -1;
	for (i = 0; i < pkg->nr_sigs; i++) {
		const struct kota_signature head = {
			.ring = pkg->sig[i].ring,
			.len = htole32(pkg->sig[i].len),
		};

		if (kota_write_all(fd, &head, sizeof(head)) ||
		    kota_write_all(fd, pkg->sig[i].der, pkg->sig[i].len))
			return -1;
	}
	return kota_write_all(fd, pkg->envelopes, pkg->envelopes_len);
}

/* Tables and frames go over as they are. */
static int write_tail(const struct kota_package *pkg, struct kota_output *out)
{
	u64 want = le32_to_cpu(pkg->prologue.tables_len) +
		   le64_to_cpu(pkg->prologue.frames_len);
	u8 *data = malloc(COPY_LEN);
	u64 done = 0;
	ssize_t nr = 1;
	int err = 0;

	if (!data)
		return kota_error("no memory");
	while (!err && nr > 0) {
		nr = pread(pkg->fd, data, COPY_LEN, pkg->tail_pos + done);
		if (nr < 0)
			err = kota_error_errno("%s: cannot be read", pkg->path);
		else if (kota_write_all(out->fd, data, nr))
			err = kota_error_errno("%s: cannot be written",
					       pkg->path);
		else
			done += nr;
	}
	if (!err && done != want)
		err = kota_error(
			"%s: has %llu bytes of tables and frames, its prologue says %llu; get or make it again",
			pkg->path, done, want);
	free(data);
	return err;
}

/**
 * kota_package_rewrite() - replace a package by what is in memory of it now
 * @pkg: the package, with other signatures or envelopes
 *
 * Return: 0, or -1 after saying why; the file is the old one then.
 */
int kota_package_rewrite(struct kota_package *pkg)
{
	struct kota_output out;
	int err;

	if (kota_output_begin(&out, pkg->path, 0644))
		return -1;
	if (write_head(pkg, out.fd))
		err = kota_error_errno("%s: cannot be written", pkg->path);
	else
		err = write_tail(pkg, &out);
	if (!err)
		return kota_output_commit(&out);
	kota_output_abort(&out);
	return err;
}

/**
 * kota_package_close() - give up all memory of a package
 * @pkg: the package
 */
void kota_package_close(struct kota_package *pkg)
{
	unsigned int i;

	if (pkg->fd >= 0)
		close(pkg->fd);
	kota_parse_end(&pkg->parser);
	for (i = 0; i < pkg->nr_sigs; i++)
		free(pkg->sig[i].der);
	free(pkg->manifest);
	free(pkg->envelopes);
	pkg->fd = -1;
}

/**
 * kota_package_next_envelope() - go through the envelopes
 * @pkg: the package
 * @off: where to look, 0 at first; moves behind the envelope
 * @env: its head, copied: in the section it may stand anywhere
 *
 * The parser has checked that the lengths in them fit the section.
 *
 * Return: whether there is one more.
 */
bool kota_package_next_envelope(const struct kota_package *pkg, size_t *off,
				struct kota_envelope *env)
{
	if (*off >= pkg->envelopes_len)
		return false;
	memcpy(env, pkg->envelopes + *off, sizeof(*env));
	*off += sizeof(*env) + le16_to_cpu(env->enc_len) + KOTA_WRAPPED_LEN;
	return true;
}
