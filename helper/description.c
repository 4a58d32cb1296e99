// SPDX-License-Identifier: GPL-2.0
/*
 * Reads from a file what is to be packed: a manifest and its images, in the
 * notation of libconfig. Whatever is wrong is told with file and line.
 */

#include <libgen.h>
#include <libconfig.h>
#include <unistd.h>

#include "helper.h"

#define WHAT_MAX 512

/**
 * struct reading - a description that is being read
 * @req: where it all goes
 * @path: of the description
 * @image: the image whose settings are being read
 */
struct reading {
	struct kota_pack_request *req;
	const char *path;
	struct kota_pack_image *image;
};

/* One setting that may stand in a group. */
struct known {
	const char *name;
	int (*take)(struct reading *r, config_setting_t *setting,
		    const char *what);
};

/* "FILE:LINE: NAME", for messages. */
static void make_what(const struct reading *r, const config_setting_t *setting,
		      const char *name, char what[WHAT_MAX])
{
	const char *file = config_setting_source_file(setting);

	snprintf(what, WHAT_MAX, "%s:%u%s%s", file ? file : r->path,
		 config_setting_source_line(setting), name ? ": " : "",
		 name ? name : "");
}

/* Text or number as text; NULL after saying that it is neither. */
static const char *text_of(const config_setting_t *setting, const char *what,
			   char number[24])
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_STRING:
		return config_setting_get_string(setting);
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		snprintf(number, 24, "%lld", config_setting_get_int64(setting));
		return number;
	}
	kota_error("%s: a text in quotes is wanted", what);
	return NULL;
}

/* Beside the description, unless it is absolute. */
static char *path_beside(const char *description, const char *file)
{
	char *copy = strdup(description), *path = NULL;

	if (copy && *file != '/' && strchr(copy, '/')) {
		if (asprintf(&path, "%s/%s", dirname(copy), file) < 0)
			path = NULL;
	} else {
		path = strdup(file);
	}
	free(copy);
	return path;
}

/* A key id, or the file of a certificate. */
static char *signer_beside(const char *description, const char *signer)
{
	u8 id[KOTA_DIGEST_LEN];

	return kota_keyid_is_hex(signer, id) ? strdup(signer) :
					       path_beside(description, signer);
}

static int take_signer(const struct reading *r, const char *what,
		       const char *text, const char *last)
{
	struct kota_manifest *m = &r->req->manifest;
	char *signer = signer_beside(r->path, text);
	int err;

	if (!signer)
		err = kota_error("no memory");
	else if (last)
		err = kota_field_retire(what, signer, last, m);
	else
		err = kota_field_revoke(what, signer, m);
	free(signer);
	return err;
}

/* ---- settings of the manifest */

/* A setting that one function of fields.c takes as text. */
#define TAKE(name, call)                                                     \
	static int take_##name(struct reading *r, config_setting_t *setting, \
			       const char *what)                             \
	{                                                                    \
		struct kota_manifest *m = &r->req->manifest;                 \
		struct kota_pack_image *image = r->image;                    \
		char number[24];                                             \
		const char *text = text_of(setting, what, number);           \
                                                                             \
		(void)m;                                                     \
		(void)image;                                                 \
		return text ? call : -1;                                     \
	}

TAKE(vendor, kota_field_uuid(what, text, m->vendor_id))
TAKE(class, kota_field_uuid(what, text, m->class_id))
TAKE(update, kota_field_uuid(what, text, m->update_id))
TAKE(release, kota_field_text(what, text, m->release, sizeof(m->release)))
TAKE(sequence, kota_field_sequence(what, text, &m->sequence))
TAKE(min_sequence, kota_field_sequence(what, text, &m->min_sequence))
TAKE(level, kota_field_name(what, kota_level_names, text, &m->level))
TAKE(consent, kota_field_name(what, kota_consent_names, text, &m->consent))
TAKE(manifest_digest,
     kota_field_name(what, kota_digest_names, text, &m->digest))
TAKE(one_handling, kota_field_handling(what, text, m))
TAKE(one_revoke, take_signer(r, what, text, NULL))

/* One text, or several in an array or a list. */
static int take_each(struct reading *r, config_setting_t *setting,
		     const char *what,
		     int (*take)(struct reading *r, config_setting_t *setting,
				 const char *what))
{
	int i, nr;

	if (!config_setting_is_array(setting) &&
	    !config_setting_is_list(setting))
		return take(r, setting, what);
	nr = config_setting_length(setting);
	for (i = 0; i < nr; i++)
		if (take(r, config_setting_get_elem(setting, i), what))
			return -1;
	return 0;
}

static int take_handling(struct reading *r, config_setting_t *setting,
			 const char *what)
{
	return take_each(r, setting, what, take_one_handling);
}

static int take_revoke(struct reading *r, config_setting_t *setting,
		       const char *what)
{
	return take_each(r, setting, what, take_one_revoke);
}

static int take_one_retire(struct reading *r, config_setting_t *setting,
			   const char *what)
{
	config_setting_t *last;
	const char *signer, *text;
	char number[24];

	last = config_setting_is_group(setting) ?
		       config_setting_get_member(setting, "last-sequence") :
		       NULL;
	if (!last || config_setting_length(setting) != 2 ||
	    !config_setting_lookup_string(setting, "signer", &signer))
		return kota_error(
			"%s: { signer = \"CERTIFICATE\"; last-sequence = N; } is wanted",
			what);
	text = text_of(last, what, number);
	if (!text)
		return -1;
	return take_signer(r, what, signer, text);
}

static int take_retire(struct reading *r, config_setting_t *setting,
		       const char *what)
{
	if (config_setting_is_group(setting))
		return take_one_retire(r, setting, what);
	if (!config_setting_is_list(setting))
		return kota_error("%s: a list ( { ... }, { ... } ) is wanted",
				  what);
	return take_each(r, setting, what, take_one_retire);
}

static int get_bool(config_setting_t *setting, const char *what, bool *value)
{
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL)
		return kota_error("%s: true or false is wanted", what);
	*value = config_setting_get_bool(setting);
	return 0;
}

static int take_statement(struct reading *r, config_setting_t *setting,
			  const char *what)
{
	return get_bool(setting, what, &r->req->statement);
}

static int take_recovery(struct reading *r, config_setting_t *setting,
			 const char *what)
{
	bool value = false;

	if (get_bool(setting, what, &value))
		return -1;
	if (value)
		r->req->manifest.flags |= htole32(KOTA_FLAG_RECOVERY);
	return 0;
}

/* ---- settings of an image */

static int take_path(const struct reading *r, const char *text,
		     const char *what)
{
	char *path = path_beside(r->path, text);

	if (!path)
		return kota_error("no memory");
	free(r->image->path);
	r->image->path = path;
	if (!access(path, R_OK))
		return 0;
	return kota_error_errno("%s %s: cannot be read", what, path);
}

TAKE(file, take_path(r, text, what))
TAKE(target, kota_field_target(what, text, image->image.target))
TAKE(version, kota_field_text(what, text, image->image.version,
			      sizeof(image->image.version)))
TAKE(precondition, kota_field_text(what, text, image->image.precondition,
				   sizeof(image->image.precondition)))
TAKE(chunk, kota_field_chunk(what, text, &image->image.log2_chunk))
TAKE(cipher,
     kota_field_name(what, kota_cipher_names, text, &image->image.cipher))
TAKE(digest,
     kota_field_name(what, kota_digest_names, text, &image->image.digest))
TAKE(compress, kota_field_compress(what, text, image))

static const struct known image_settings[] = {
	{ "file", take_file },
	{ "target", take_target },
	{ "version", take_version },
	{ "precondition", take_precondition },
	{ "chunk", take_chunk },
	{ "cipher", take_cipher },
	{ "digest", take_digest },
	{ "compress", take_compress },
	{ NULL, NULL },
};

/* ---- groups */

static int complain_unknown(const struct known *known, const char *what)
{
	char all[WHAT_MAX] = "";
	size_t len = 0;

	for (; known->name && len < sizeof(all); known++)
		len += snprintf(all + len, sizeof(all) - len, "%s%s",
				len ? ", " : "", known->name);
	return kota_error("%s: not known; settings here are: %s", what, all);
}

static int take_group(struct reading *r, config_setting_t *group,
		      const struct known *known)
{
	int i, nr = config_setting_length(group);

	for (i = 0; i < nr; i++) {
		config_setting_t *setting = config_setting_get_elem(group, i);
		const char *name = config_setting_name(setting);
		const struct known *k = known;
		char what[WHAT_MAX];

		make_what(r, setting, name, what);
		while (k->name && strcmp(k->name, name))
			k++;
		if (!k->name)
			return complain_unknown(known, what);
		if (k->take(r, setting, what))
			return -1;
	}
	return 0;
}

static int check_image(const struct reading *r)
{
	const struct kota_pack_image *image = r->image, *other;
	const char *missing = !image->path	       ? "file" :
			      !image->image.target[0]  ? "target" :
			      !image->image.version[0] ? "version" :
							 NULL;

	if (missing)
		return kota_error("%s: this image lacks '%s'", image->where,
				  missing);
	for (other = r->req->image; other < image; other++)
		if (!strcmp(other->image.target, image->image.target))
			return kota_error(
				"%s: target %s has an image already, at %s",
				image->where, image->image.target,
				other->where);
	return 0;
}

static int take_image(struct reading *r, config_setting_t *group)
{
	char what[WHAT_MAX];

	make_what(r, group, NULL, what);
	if (!config_setting_is_group(group))
		return kota_error(
			"%s: an image is { file = ...; target = ...; version = ...; }",
			what);
	if (r->req->nr_images == KOTA_MAX_IMAGES)
		return kota_error("%s: a deliverable has at most %d images",
				  what, KOTA_MAX_IMAGES);
	r->image = kota_pack_add_image(r->req, what);
	if (!r->image || take_group(r, group, image_settings))
		return -1;
	return check_image(r);
}

static int take_images(struct reading *r, config_setting_t *setting,
		       const char *what)
{
	int i, nr = config_setting_length(setting);

	if (!config_setting_is_list(setting))
		return kota_error("%s: a list ( { ... }, { ... } ) is wanted",
				  what);
	for (i = 0; i < nr; i++)
		if (take_image(r, config_setting_get_elem(setting, i)))
			return -1;
	return 0;
}

static const struct known settings[] = {
	{ "vendor", take_vendor },
	{ "class", take_class },
	{ "update", take_update },
	{ "release", take_release },
	{ "sequence", take_sequence },
	{ "min-sequence", take_min_sequence },
	{ "level", take_level },
	{ "consent", take_consent },
	{ "manifest-digest", take_manifest_digest },
	{ "handling", take_handling },
	{ "revoke", take_revoke },
	{ "retire", take_retire },
	{ "statement", take_statement },
	{ "recovery", take_recovery },
	{ "images", take_images },
	{ NULL, NULL },
};

/* Nothing goes to libconfig unseen. */
static const char **include(config_t *config, const char *dir, const char *path,
			    const char **error)
{
	const char **files =
		config_default_include_func(config, dir, path, error);
	size_t i;

	for (i = 0; files && files[i]; i++)
		if (kota_description_check(files[i]))
			*error = "what is included here is not usable";
	if (!*error || !files)
		return files;
	for (i = 0; files[i]; i++)
		free((char *)files[i]);
	free(files);
	return NULL;
}

static int parse(config_t *config, const char *path)
{
	const char *file;

	if (kota_description_check(path))
		return -1;
	if (config_read_file(config, path) == CONFIG_TRUE)
		return 0;
	if (config_error_type(config) != CONFIG_ERR_PARSE)
		return kota_error_errno("%s: cannot be read", path);
	file = config_error_file(config);
	return kota_error("%s:%d: %s", file ? file : path,
			  config_error_line(config), config_error_text(config));
}

static void set_include_dir(config_t *config, const char *path)
{
	char *copy = strdup(path);

	if (copy)
		config_set_include_dir(config, dirname(copy));
	free(copy);
}

/**
 * kota_description_read() - read what is to be packed
 * @path: the description
 * @req: where it goes; whatever it does not say stays as it is
 *
 * Return: 0, or -1 after saying what is wrong, with file and line.
 */
int kota_description_read(const char *path, struct kota_pack_request *req)
{
	struct reading r = { .req = req, .path = path };
	config_t config;
	int err;

	config_init(&config);
	config_set_include_func(&config, include);
	set_include_dir(&config, path);
	err = parse(&config, path);
	if (!err)
		err = take_group(&r, config_root_setting(&config), settings);
	config_destroy(&config);
	return err;
}
