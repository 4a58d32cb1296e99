// SPDX-License-Identifier: GPL-2.0
/*
 * Who has to sign what, on a device that has both rings: enough signers and
 * distinct ones, statements that revoke, retire and set a minimum, and what is
 * left of these when the device has been started again.
 *
 * Wants in the rings all signers that are named below. Statements last: the boots
 * say which tests run, and in which order.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <endian.h>

#include "harness.h"
#include "scene.h"

#define IMAGE_LEN	20000
#define RELEASE		KOTA_RING_RELEASE
#define OFFLINE		KOTA_RING_OFFLINE

struct by {
	uint8_t ring;
	const char *signer;
	int cms;
};

struct device {
	struct kt_scene scene;
	struct kt_deliverable d;
	struct kt_status st;		/* after the last one was sent */
	uint64_t sequence;		/* of the next one */
	uint8_t image[IMAGE_LEN];
};

static int begin(struct device *dev)
{
	int err = kt_scene_begin(&dev->scene);

	dev->sequence = dev->scene.before.sequence + 1;
	if (dev->scene.before.min_sequence > dev->sequence)
		dev->sequence = dev->scene.before.min_sequence;
	return err;
}

static void say_image(struct device *dev)
{
	kt_free(&dev->d);
	kt_fill(dev->image, IMAGE_LEN, dev->sequence);
	kt_begin(&dev->d, &dev->scene.before, dev->image, IMAGE_LEN, dev->sequence);
	dev->d.image[0].log2_chunk = 12;
	kt_retable(&dev->d);
}

static void say_statement(struct device *dev)
{
	kt_free(&dev->d);
	kt_begin_statement(&dev->d, &dev->scene.before, dev->sequence);
}

static void say_revoked(struct device *dev, const char *signer)
{
	struct kota_manifest *m = &dev->d.manifest;
	uint16_t nr = le16toh(m->nr_revoked);

	kt_key_id(signer, m->revoked[nr]);
	m->nr_revoked = htole16(nr + 1);
}

static void say_retired(struct device *dev, const char *signer, uint64_t last)
{
	struct kota_manifest *m = &dev->d.manifest;

	m->nr_retired = htole16(1);
	kt_key_id(signer, m->retired[0].key_id);
	m->retired[0].last_sequence = htole64(last);
}

/* What has been said, signed by these. */
static struct kt_buf finish(struct device *dev, const struct by *by)
{
	kt_seal(&dev->d);
	for (; by->ring; by++)
		kt_sign_ring(&dev->d, by->ring, by->signer, by->cms);
	if (dev->d.nr_images)
		kt_wrap(&dev->d, dev->scene.before.public_key);
	return kt_finish(&dev->d, NULL);
}

/* Sent, and a number used up; 0 or -errno. */
static int send(struct device *dev, const struct by *by)
{
	struct kt_buf b = finish(dev, by);
	int err = kt_install(b.data, b.len, dev->sequence);

	free(b.data);
	kt_status(&dev->st, KT_TARGET);
	if (!err)
		dev->sequence++;
	return err;
}

static int send_by(struct device *dev, uint8_t ring, const char *signer)
{
	const struct by by[] = { { ring, signer }, { 0 } };

	return send(dev, by);
}

/* An image and its signer. */
static int install_by(struct device *dev, const char *signer)
{
	say_image(dev);
	return send_by(dev, RELEASE, signer);
}

static bool is_revoked(const struct kt_status *st, const char *signer)
{
	uint8_t id[KOTA_DIGEST_LEN];
	unsigned int i;

	kt_key_id(signer, id);
	for (i = 0; i < st->nr_revoked; i++)
		if (!memcmp(id, st->revoked[i], sizeof(id)))
			return true;
	return false;
}

/* ------------------------------------------------------------------ quorum */

FIXTURE(quorum) {
	struct device dev;
};

FIXTURE_VARIANT(quorum) {
	struct by by[5];
	void (*say)(struct device *dev);
	void (*spoil)(struct device *dev);
	uint16_t cause;		/* 0: goes in */
};

FIXTURE_SETUP(quorum)
{
	ASSERT_EQ(0, begin(&self->dev));
	ASSERT_EQ(2, self->dev.scene.before.quorum);
}

FIXTURE_TEARDOWN(quorum)
{
	kt_free(&self->dev.d);
	kt_scene_end(&self->dev.scene);
}

#define BY(...) .by = { __VA_ARGS__ }
#define ADD(name_, by_, cause_, ...)					\
	FIXTURE_VARIANT_ADD(quorum, name_) {				\
		by_, .cause = KOTA_CAUSE_##cause_, __VA_ARGS__		\
	};

ADD(both, BY({ RELEASE, "signer" }, { OFFLINE, "offline-signer" }), NONE)
ADD(both_the_other_way, BY({ OFFLINE, "offline-signer" }, { RELEASE, "signer" }), NONE)
ADD(both_algorithms, BY({ RELEASE, "signer-rsa3072" }, { OFFLINE, "offline-p384", KT_SHA384 }),
    NONE)
ADD(four, BY({ RELEASE, "signer" }, { RELEASE, "signer2" }, { OFFLINE, "offline-signer" },
	     { OFFLINE, "offline-signer2", KT_KEYID }), NONE)
ADD(release_only, BY({ RELEASE, "signer" }), QUORUM)
ADD(two_release, BY({ RELEASE, "signer" }, { RELEASE, "signer2" }), QUORUM)
ADD(offline_only, BY({ OFFLINE, "offline-signer" }), QUORUM)
ADD(two_offline, BY({ OFFLINE, "offline-signer" }, { OFFLINE, "offline-signer2" }), QUORUM)
ADD(release_twice, BY({ RELEASE, "signer" }, { RELEASE, "signer", KT_KEYID }), QUORUM)
ADD(one_key_in_both_rings, BY({ RELEASE, "both" }, { OFFLINE, "both-offline" }), QUORUM)
ADD(one_key_in_both_rings_and_a_third,
    BY({ RELEASE, "both" }, { OFFLINE, "offline-signer" }, { OFFLINE, "both-offline" }), QUORUM)
ADD(release_twice_and_offline,
    BY({ RELEASE, "signer" }, { OFFLINE, "offline-signer" }, { RELEASE, "signer" }), QUORUM)
ADD(release_as_offline, BY({ RELEASE, "signer" }, { OFFLINE, "signer2" }), SIGNER)
ADD(offline_as_release, BY({ RELEASE, "offline-signer" }, { OFFLINE, "offline-signer2" }), SIGNER)
ADD(stranger_as_offline, BY({ RELEASE, "signer" }, { OFFLINE, "stranger-signer" }), SIGNER)

/* The offline signer saw another manifest, and signed that. */
static void sign_what_was_seen(struct device *dev)
{
	struct kt_buf der;

	dev->d.signed_part.data[200] ^= 1;
	der = kt_cms(&dev->d, "offline-signer", 0);
	dev->d.signed_part.data[200] ^= 1;
	kt_sign_with(&dev->d, OFFLINE, &der);
	free(der.data);
}

ADD(offline_saw_another_manifest, BY({ RELEASE, "signer" }), SIGNATURE,
    .spoil = sign_what_was_seen)

static void statement(struct device *dev)
{
	say_statement(dev);
}

/* Offline alone: a release key that is lost must not be needed to revoke it. */
ADD(statement_offline, BY({ OFFLINE, "offline-signer" }), NONE, .say = statement)
ADD(statement_release, BY({ RELEASE, "signer" }), ROLE, .say = statement)
ADD(statement_one_key_twice, BY({ OFFLINE, "both-offline" }, { RELEASE, "both" }), QUORUM,
    .say = statement)

static struct kt_buf finish_spoilt(struct device *dev, const struct by *by,
				   void (*spoil)(struct device *dev))
{
	if (!spoil)
		return finish(dev, by);
	kt_seal(&dev->d);
	kt_sign(&dev->d, by->signer, 0);
	spoil(dev);
	kt_wrap(&dev->d, dev->scene.before.public_key);
	return kt_finish(&dev->d, NULL);
}

TEST_F_TIMEOUT(quorum, signers, KT_FOREVER)
{
	struct device *dev = &self->dev;
	struct kt_status st;
	struct kt_buf b;
	int err;

	if (variant->say)
		variant->say(dev);
	else
		say_image(dev);
	b = finish_spoilt(dev, variant->by, variant->spoil);
	err = kt_install(b.data, b.len, dev->sequence);
	free(b.data);
	ASSERT_EQ(0, kt_status(&st, KT_TARGET));
	if (variant->cause) {
		EXPECT_EQ(kt_errno(variant->cause), err);
		EXPECT_EQ(variant->cause, st.cause);
		EXPECT_EQ(KOTA_STEP_CHECK, st.step);
		EXPECT_EQ(dev->scene.before.sequence, st.sequence);
		EXPECT_TRUE(kt_scene_same_b(&dev->scene));
	} else {
		EXPECT_EQ(0, err);
		EXPECT_TRUE(dev->d.nr_images ? kt_scene_holds(dev->image, IMAGE_LEN) :
					       kt_scene_same_b(&dev->scene));
	}
	if (err != kt_errno(variant->cause))
		TH_LOG("expected \"%s\", found \"%s\"", st.expected, st.found);
	EXPECT_TRUE(kt_scene_same_a(&dev->scene));
	EXPECT_EQ(0, kt_scene_good(&dev->scene));
}

/* ----------------------------------------------------------------- lasting */

FIXTURE(lasting) {
	struct device dev;
};

FIXTURE_SETUP(lasting)
{
	ASSERT_EQ(0, begin(&self->dev));
	ASSERT_EQ(1, self->dev.scene.before.quorum);
	ASSERT_LT(0, self->dev.scene.before.offline_signers);
}

/* No statement touches a slot. */
FIXTURE_TEARDOWN(lasting)
{
	EXPECT_TRUE(kt_scene_same_a(&self->dev.scene));
	EXPECT_EQ(0, install_by(&self->dev, "signer"));
	kt_free(&self->dev.d);
	kt_scene_end(&self->dev.scene);
}

/* A release key has leaked; the offline one, and nobody else, says so. */
TEST_F(lasting, revokes_a_signer)
{
	const struct by both[] = { { RELEASE, "leaked" }, { RELEASE, "signer" }, { 0 } };
	struct device *dev = &self->dev;
	uint8_t state;

	ASSERT_EQ(0, install_by(dev, "leaked"));
	state = dev->st.slot[1].state;

	say_statement(dev);
	say_revoked(dev, "leaked");
	EXPECT_EQ(-EBADR, send_by(dev, RELEASE, "signer"));
	EXPECT_FALSE(is_revoked(&dev->st, "leaked"));
	ASSERT_EQ(0, install_by(dev, "leaked"));

	say_statement(dev);
	say_revoked(dev, "leaked");
	ASSERT_EQ(0, send_by(dev, OFFLINE, "offline-signer"));
	EXPECT_TRUE(is_revoked(&dev->st, "leaked"));
	EXPECT_EQ(1, dev->st.nr_revoked);
	EXPECT_EQ(state, dev->st.slot[1].state);
	EXPECT_TRUE(kt_scene_holds(dev->image, IMAGE_LEN));

	EXPECT_EQ(-EKEYREVOKED, install_by(dev, "leaked"));
	EXPECT_EQ(KOTA_CAUSE_REVOKED, dev->st.cause);
	EXPECT_EQ(KOTA_STEP_CHECK, dev->st.step);
	/* A good signer next to it does not help. */
	say_image(dev);
	EXPECT_EQ(-EKEYREVOKED, send(dev, both));
	EXPECT_EQ(0, install_by(dev, "signer2"));
}

TEST_F(lasting, cannot_be_signed_by_whom_it_revokes)
{
	struct device *dev = &self->dev;

	say_statement(dev);
	say_revoked(dev, "offline-signer");
	EXPECT_EQ(-EKEYREVOKED, send_by(dev, OFFLINE, "offline-signer"));
	EXPECT_FALSE(is_revoked(&dev->st, "offline-signer"));
	say_statement(dev);
	say_retired(dev, "offline-signer", dev->sequence - 1);
	EXPECT_EQ(-EKEYEXPIRED, send_by(dev, OFFLINE, "offline-signer"));
	EXPECT_EQ(0, dev->st.nr_retired);
}

/* Up to its last number, and not beyond. */
TEST_F(lasting, retires_a_signer)
{
	struct device *dev = &self->dev;
	uint64_t last = dev->sequence + 2;

	say_statement(dev);
	say_retired(dev, "signer3", last);
	ASSERT_EQ(0, send_by(dev, OFFLINE, "offline-signer2"));
	ASSERT_EQ(1, dev->st.nr_retired);
	EXPECT_EQ(last, dev->st.retired[0].last_sequence);
	EXPECT_EQ(0, install_by(dev, "signer3"));
	EXPECT_EQ(0, install_by(dev, "signer3"));
	EXPECT_EQ(last, dev->st.sequence);
	EXPECT_EQ(-EKEYEXPIRED, install_by(dev, "signer3"));
	EXPECT_EQ(KOTA_CAUSE_RETIRED, dev->st.cause);
	/* Longer it can't be made. */
	say_statement(dev);
	say_retired(dev, "signer3", last + 100);
	ASSERT_EQ(0, send_by(dev, OFFLINE, "offline-signer2"));
	EXPECT_EQ(last, dev->st.retired[0].last_sequence);
	EXPECT_EQ(-EKEYEXPIRED, install_by(dev, "signer3"));
	EXPECT_EQ(0, install_by(dev, "signer"));
}

/* Newer than what it has, but older than what its maker still stands for. */
TEST_F(lasting, sets_the_minimum)
{
	struct device *dev = &self->dev;
	uint64_t minimum = dev->sequence + 50;

	say_statement(dev);
	dev->d.manifest.min_sequence = htole64(minimum);
	EXPECT_EQ(-EBADR, send_by(dev, RELEASE, "signer"));
	EXPECT_EQ(0, dev->st.min_sequence);
	say_statement(dev);
	dev->d.manifest.min_sequence = htole64(minimum);
	ASSERT_EQ(0, send_by(dev, OFFLINE, "offline-signer"));
	EXPECT_EQ(minimum, dev->st.min_sequence);

	dev->sequence = minimum - 1;
	EXPECT_EQ(-ESTALE, install_by(dev, "signer"));
	EXPECT_EQ(KOTA_CAUSE_SEQUENCE, dev->st.cause);
	EXPECT_NE(NULL, strstr(dev->st.expected, "minimum"));
	dev->sequence = minimum;
	EXPECT_EQ(0, install_by(dev, "signer"));
	/* Lower it can't be made. */
	say_statement(dev);
	dev->d.manifest.min_sequence = htole64(1);
	ASSERT_EQ(0, send_by(dev, OFFLINE, "offline-signer"));
	EXPECT_EQ(minimum, dev->st.min_sequence);
}

/* The same again is fine, an older one is not. */
TEST_F(lasting, replayed)
{
	const struct by by[] = { { OFFLINE, "offline-signer" }, { 0 } };
	struct device *dev = &self->dev;
	uint64_t first = dev->sequence;
	struct kt_buf b, other;

	say_statement(dev);
	b = finish(dev, by);
	EXPECT_EQ(0, kt_install(b.data, b.len, first));
	EXPECT_EQ(0, kt_install(b.data, b.len, first));
	/* Another one with the same number */
	say_statement(dev);
	other = finish(dev, by);
	EXPECT_EQ(-ESTALE, kt_install(other.data, other.len, ~0ULL));
	free(other.data);
	dev->sequence++;
	ASSERT_EQ(0, install_by(dev, "signer"));
	EXPECT_EQ(-ESTALE, kt_install(b.data, b.len, first));
	free(b.data);
}

/* Said together with an image: it counts when the image is in, and not before. */
TEST_F(lasting, with_an_image)
{
	const struct by by[] = { { RELEASE, "signer" }, { OFFLINE, "offline-signer" }, { 0 } };
	struct device *dev = &self->dev;
	unsigned int nr = dev->scene.before.nr_revoked;
	struct kt_buf b;

	say_image(dev);
	say_revoked(dev, "signer-p384");
	b = finish(dev, by);
	b.data[b.len - sizeof(struct kota_frame) - 1] ^= 1;
	EXPECT_EQ(-EBADMSG, kt_install(b.data, b.len, dev->sequence));
	ASSERT_EQ(0, kt_status(&dev->st, KT_TARGET));
	EXPECT_EQ(nr, dev->st.nr_revoked);
	b.data[b.len - sizeof(struct kota_frame) - 1] ^= 1;
	EXPECT_EQ(0, kt_install(b.data, b.len, dev->sequence));
	dev->sequence++;
	ASSERT_EQ(0, kt_status(&dev->st, KT_TARGET));
	EXPECT_EQ(nr + 1, dev->st.nr_revoked);
	EXPECT_TRUE(is_revoked(&dev->st, "signer-p384"));
	EXPECT_TRUE(kt_scene_holds(dev->image, IMAGE_LEN));
	free(b.data);
}

/* By its bytes: it counts with the last one, and stays when more come. */
TEST_F(lasting, cut_and_extended)
{
	const struct by by[] = { { OFFLINE, "offline-signer" }, { 0 } };
	struct device *dev = &self->dev;
	struct kt_buf b;

	say_statement(dev);
	b = finish(dev, by);
	EXPECT_EQ(-EPIPE, kt_install(b.data, b.len - 1, dev->sequence));
	ASSERT_EQ(0, kt_status(&dev->st, KT_TARGET));
	EXPECT_EQ(dev->scene.before.sequence, dev->st.sequence);
	kt_append(&b, "", 1);
	/* In a write of its own: the one before has said that it counts. */
	EXPECT_EQ(-E2BIG, kt_install_by(b.data, b.len, dev->sequence, b.len - 1, KT_TARGET));
	ASSERT_EQ(0, kt_status(&dev->st, KT_TARGET));
	EXPECT_EQ(dev->sequence, dev->st.sequence);
	EXPECT_EQ(0, kt_install_by(b.data, b.len - 1, dev->sequence, 7, KT_TARGET));
	dev->sequence++;
	free(b.data);
}

TEST_F(lasting, for_another)
{
	struct device *dev = &self->dev;

	say_statement(dev);
	say_revoked(dev, "signer");
	dev->d.manifest.vendor_id[0] ^= 1;
	EXPECT_EQ(-EXDEV, send_by(dev, OFFLINE, "offline-signer"));
	say_statement(dev);
	say_revoked(dev, "signer");
	dev->d.manifest.class_id[15] ^= 1;
	EXPECT_EQ(-ENODEV, send_by(dev, OFFLINE, "offline-signer"));
	say_statement(dev);
	say_revoked(dev, "signer");
	dev->d.manifest.sequence = htole64(dev->sequence - 1);
	EXPECT_EQ(-ESTALE, send_by(dev, OFFLINE, "offline-signer"));
	EXPECT_FALSE(is_revoked(&dev->st, "signer"));
}

/* As many as there is room for, and what is known needs none. */
TEST_F(lasting, lists_full)
{
	struct device *dev = &self->dev;
	unsigned int left = 32 - dev->scene.before.nr_revoked, i;
	struct kota_manifest *m = &dev->d.manifest;

	while (left) {
		unsigned int nr = left < KOTA_MAX_REVOKED ? left : KOTA_MAX_REVOKED;

		say_statement(dev);
		m->nr_revoked = htole16(nr);
		for (i = 0; i < nr; i++)
			memset(m->revoked[i], left - i, KOTA_DIGEST_LEN);
		ASSERT_EQ(0, send_by(dev, OFFLINE, "offline-signer"));
		left -= nr;
	}
	EXPECT_EQ(32, dev->st.nr_revoked);
	say_statement(dev);
	m->nr_revoked = htole16(1);
	memset(m->revoked[0], 99, KOTA_DIGEST_LEN);
	EXPECT_EQ(-EMSGSIZE, send_by(dev, OFFLINE, "offline-signer"));
	EXPECT_EQ(KOTA_CAUSE_LENGTH, dev->st.cause);
	EXPECT_EQ(KOTA_STEP_CHECK, dev->st.step);
	say_statement(dev);
	say_revoked(dev, "leaked");
	EXPECT_EQ(0, send_by(dev, OFFLINE, "offline-signer"));
	EXPECT_EQ(32, dev->st.nr_revoked);
	EXPECT_EQ(-EKEYREVOKED, install_by(dev, "leaked"));
}

/* -------------------------------------------------------------- afterwards */

FIXTURE(afterwards) {
	struct device dev;
};

FIXTURE_SETUP(afterwards)
{
	ASSERT_EQ(0, begin(&self->dev));
}

FIXTURE_TEARDOWN(afterwards)
{
	kt_free(&self->dev.d);
	kt_scene_end(&self->dev.scene);
}

/* The device was off, the module is fresh, the certificates are in the ring again. */
TEST_F(afterwards, revoked)
{
	EXPECT_TRUE(is_revoked(&self->dev.scene.before, "leaked"));
	EXPECT_EQ(-EKEYREVOKED, install_by(&self->dev, "leaked"));
	EXPECT_EQ(KOTA_CAUSE_REVOKED, self->dev.st.cause);
}

TEST_F(afterwards, retired)
{
	ASSERT_EQ(1, self->dev.scene.before.nr_retired);
	EXPECT_EQ(-EKEYEXPIRED, install_by(&self->dev, "signer3"));
}

TEST_F(afterwards, minimum)
{
	ASSERT_LT(0, self->dev.scene.before.min_sequence);
	self->dev.sequence = self->dev.scene.before.min_sequence - 1;
	EXPECT_EQ(-ESTALE, install_by(&self->dev, "signer"));
	EXPECT_NE(NULL, strstr(self->dev.st.expected, "minimum"));
}

/* The others are as good as ever. */
TEST_F(afterwards, good)
{
	EXPECT_EQ(0, install_by(&self->dev, "signer"));
	EXPECT_EQ(0, install_by(&self->dev, "signer2"));
}

TEST_HARNESS_MAIN
