// SPDX-License-Identifier: GPL-2.0
/*
 * Authenticated decryption (AES-GCM, SP 800-38D) in place, of buffers that may lie
 * in vmalloc space. Does not know what the bytes are.
 */

#include <crypto/aead.h>
#include <linux/scatterlist.h>
#include <linux/vmalloc.h>

#include "../kota_private.h"

MODULE_SOFTDEP("pre: gcm");

/**
 * kota_aead_open() - make ready to decrypt under a key
 * @aead: zeroed
 * @key: AES key
 * @key_len: 16 or 32
 * @max_len: bytes of the longest ciphertext, tag included
 *
 * Context: may sleep.
 * Return: 0, -ENOPKG when this kernel lacks AES-GCM, -ENOMEM.
 */
int kota_aead_open(struct kota_aead *aead, const u8 *key, size_t key_len,
		   size_t max_len)
{
	int err = -ENOMEM;

	aead->tfm = crypto_alloc_aead("gcm(aes)", 0, 0);
	if (IS_ERR(aead->tfm)) {
		err = PTR_ERR(aead->tfm);
		aead->tfm = NULL;
		return err == -ENOENT ? -ENOPKG : err;
	}
	aead->nr_sg = DIV_ROUND_UP(max_len, PAGE_SIZE) + 1;
	aead->sg = kvmalloc_array(aead->nr_sg, sizeof(*aead->sg), GFP_KERNEL);
	aead->req = aead_request_alloc(aead->tfm, GFP_KERNEL);
	if (!aead->sg || !aead->req)
		goto fail;
	err = crypto_aead_setauthsize(aead->tfm, KOTA_TAG_LEN);
	if (!err)
		err = crypto_aead_setkey(aead->tfm, key, key_len);
	if (err)
		goto fail;
	return 0;

fail:
	kota_aead_close(aead);
	return err;
}

/**
 * kota_aead_close() - give up key and memory
 * @aead: from kota_aead_open(), or zeroed
 */
void kota_aead_close(struct kota_aead *aead)
{
	if (aead->req)
		aead_request_free(aead->req);
	kvfree(aead->sg);
	if (aead->tfm)
		crypto_free_aead(aead->tfm);
	memset(aead, 0, sizeof(*aead));
}

/* The cipher wants pages, and the buffer may lie in vmalloc space. */
static int map_buffer(struct kota_aead *aead, u8 *buf, size_t len)
{
	unsigned int nr = 0;

	sg_init_table(aead->sg, aead->nr_sg);
	if (!is_vmalloc_addr(buf)) {
		sg_set_buf(aead->sg, buf, len);
		sg_mark_end(aead->sg);
		return 0;
	}
	while (len) {
		size_t part =
			min_t(size_t, len, PAGE_SIZE - offset_in_page(buf));

		if (WARN_ON_ONCE(nr == aead->nr_sg))
			return -EINVAL;
		sg_set_page(&aead->sg[nr++], vmalloc_to_page(buf), part,
			    offset_in_page(buf));
		buf += part;
		len -= part;
	}
	sg_mark_end(&aead->sg[nr - 1]);
	return 0;
}

/**
 * kota_aead_decrypt() - decrypt in place and check the tag
 * @aead: from kota_aead_open()
 * @idx: number that makes the nonce: 64 bits little-endian, then zeros
 * @buf: ciphertext and tag; the plaintext afterwards
 * @ct_len: bytes of both
 *
 * Context: may sleep.
 * Return: 0, -EBADMSG when the tag is wrong (@buf is of no use then), -errno.
 */
int kota_aead_decrypt(struct kota_aead *aead, u64 idx, u8 *buf, size_t ct_len)
{
	u8 nonce[KOTA_NONCE_LEN] = {};
	DECLARE_CRYPTO_WAIT(wait);
	int err;

	if (ct_len <= KOTA_TAG_LEN)
		return -EBADMSG;
	err = map_buffer(aead, buf, ct_len);
	if (err)
		return err;
	put_unaligned_le64(idx, nonce);
	aead_request_set_callback(aead->req,
				  CRYPTO_TFM_REQ_MAY_BACKLOG |
					  CRYPTO_TFM_REQ_MAY_SLEEP,
				  crypto_req_done, &wait);
	aead_request_set_ad(aead->req, 0);
	aead_request_set_crypt(aead->req, aead->sg, aead->sg, ct_len, nonce);
	return crypto_wait_req(crypto_aead_decrypt(aead->req), &wait);
}
