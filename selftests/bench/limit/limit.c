// SPDX-License-Identifier: GPL-2.0
/*
 * What an update can't be faster than on one CPU: over the same bytes, in the same
 * pieces, AES-256-GCM decryption, SHA-256 and a write to the medium; then a read
 * from it, SHA-256 and CRC-16. No copy from user space, no erase, no parser.
 *
 *	insmod limit.ko mtd=NAME mib=N chunk=BYTES
 *
 * tells the nanoseconds of each in the log, and does not stay loaded.
 */

#include <crypto/aead.h>
#include <crypto/hash.h>
#include <linux/crc16.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mtd/mtd.h>
#include <linux/mtd/partitions.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#define TAG 16

static char *mtd = "";
module_param(mtd, charp, 0);
static unsigned int mib = 1;
module_param(mib, uint, 0);
static unsigned int chunk = 65536;
module_param(chunk, uint, 0);

struct limit {
	struct mtd_info *part, *master;
	struct crypto_aead *aead;
	struct aead_request *req;
	struct crypto_shash *sha;
	u8 *sealed, *buf;
	u16 crc;
	u64 ns[6];
};

enum { AES, SHA_THERE, WRITTEN, READ_BACK, SHA_BACK, CRC_BACK };

static const char *const names[] = { "aes", "sha", "write", "read", "sha", "crc" };

static int cipher(struct limit *l, u8 *buf, bool encrypt)
{
	u8 nonce[12] = {};
	struct scatterlist sg;
	DECLARE_CRYPTO_WAIT(wait);

	sg_init_one(&sg, buf, chunk + TAG);
	aead_request_set_callback(l->req, CRYPTO_TFM_REQ_MAY_SLEEP, crypto_req_done, &wait);
	aead_request_set_ad(l->req, 0);
	aead_request_set_crypt(l->req, &sg, &sg, encrypt ? chunk : chunk + TAG, nonce);
	return crypto_wait_req(encrypt ? crypto_aead_encrypt(l->req) :
			       crypto_aead_decrypt(l->req), &wait);
}

static int digest(struct limit *l)
{
	u8 md[32];

	return crypto_shash_tfm_digest(l->sha, l->buf, chunk, md);
}

static u64 since(u64 *from)
{
	u64 now = ktime_get_ns(), ns = now - *from;

	*from = now;
	return ns;
}

static int there(struct limit *l, u64 pos)
{
	size_t done;
	u64 t;
	int err;

	memcpy(l->buf, l->sealed, chunk + TAG);
	t = ktime_get_ns();
	err = cipher(l, l->buf, false);
	l->ns[AES] += since(&t);
	if (!err)
		err = digest(l);
	l->ns[SHA_THERE] += since(&t);
	if (!err)
		err = mtd_write(l->master, pos, chunk, &done, l->buf);
	l->ns[WRITTEN] += since(&t);
	return err;
}

static int back(struct limit *l, u64 pos)
{
	u64 t = ktime_get_ns();
	size_t done;
	int err;

	err = mtd_read(l->master, pos, chunk, &done, l->buf);
	l->ns[READ_BACK] += since(&t);
	if (!err)
		err = digest(l);
	l->ns[SHA_BACK] += since(&t);
	l->crc = crc16(l->crc, l->buf, chunk);
	l->ns[CRC_BACK] += since(&t);
	return err;
}

static int measure(struct limit *l)
{
	u64 pos, size = (u64)mib << 20, start = mtd_get_master_ofs(l->part, 0), sum = 0;
	int err = 0, i;

	for (pos = 0; !err && pos < size; pos += chunk)
		err = there(l, start + pos);
	for (pos = 0; !err && pos < size; pos += chunk)
		err = back(l, start + pos);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		pr_info("limit: part %s %llu\n", names[i], l->ns[i]);
		sum += l->ns[i];
	}
	pr_info("limit: sum %u %llu\n", mib, sum);
	return err;
}

static int prepare(struct limit *l)
{
	static const u8 key[32] = { 1, 2, 3 };

	l->part = get_mtd_device_nm(mtd);
	if (IS_ERR(l->part))
		return PTR_ERR(l->part);
	l->master = mtd_get_master(l->part);
	l->aead = crypto_alloc_aead("gcm(aes)", 0, 0);
	l->sha = crypto_alloc_shash("sha256", 0, 0);
	if (IS_ERR(l->aead) || IS_ERR(l->sha))
		return -ENOENT;
	l->req = aead_request_alloc(l->aead, GFP_KERNEL);
	l->sealed = kzalloc(chunk + TAG, GFP_KERNEL);
	l->buf = kzalloc(chunk + TAG, GFP_KERNEL);
	if (!l->req || !l->sealed || !l->buf)
		return -ENOMEM;
	return crypto_aead_setauthsize(l->aead, TAG) ?:
	       crypto_aead_setkey(l->aead, key, sizeof(key)) ?:
	       cipher(l, l->sealed, true);
}

static int __init limit_init(void)
{
	struct limit l = {};
	int err = prepare(&l) ?: measure(&l);

	kfree(l.sealed);
	kfree(l.buf);
	if (l.req)
		aead_request_free(l.req);
	if (!IS_ERR_OR_NULL(l.aead))
		crypto_free_aead(l.aead);
	if (!IS_ERR_OR_NULL(l.sha))
		crypto_free_shash(l.sha);
	if (!IS_ERR_OR_NULL(l.part))
		put_mtd_device(l.part);
	/* Nothing to stay for */
	return err ?: -EAGAIN;
}
module_init(limit_init);

MODULE_DESCRIPTION("What an update can't be faster than");
MODULE_LICENSE("GPL");
