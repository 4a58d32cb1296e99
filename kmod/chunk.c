// SPDX-License-Identifier: GPL-2.0
/*
 * Authenticated decryption (AES-GCM, SP 800-38D) of one frame or table block,
 * in place. Does not know what the bytes are.
 */

#include <crypto/aead.h>
#include <linux/scatterlist.h>
#include <linux/vmalloc.h>

#include "kota_private.h"

MODULE_SOFTDEP("pre: gcm");

/**
 * kota_chunk_open() - make ready to decrypt under a key
 * @chunks: zeroed
 * @key: AES key
 * @key_len: 16 or 32
 * @max_len: bytes of the longest ciphertext, tag included
 *
 * Context: may sleep.
 * Return: 0, -ENOPKG when this kernel lacks AES-GCM, -ENOMEM.
 */
int kota_chunk_open(struct kota_chunks *chunks, const u8 *key, size_t key_len,
		    size_t max_len)
{
	int err = -ENOMEM;

	chunks->tfm = crypto_alloc_aead("gcm(aes)", 0, 0);
	if (IS_ERR(chunks->tfm)) {
		err = PTR_ERR(chunks->tfm);
		chunks->tfm = NULL;
		return err == -ENOENT ? -ENOPKG : err;
	}
	chunks->nr_sg = DIV_ROUND_UP(max_len, PAGE_SIZE) + 1;
	chunks->sg = kvmalloc_array(chunks->nr_sg, sizeof(*chunks->sg), GFP_KERNEL);
	chunks->req = aead_request_alloc(chunks->tfm, GFP_KERNEL);
	if (!chunks->sg || !chunks->req)
		goto fail;
	err = crypto_aead_setauthsize(chunks->tfm, KOTA_TAG_LEN);
	if (!err)
		err = crypto_aead_setkey(chunks->tfm, key, key_len);
	if (err)
		goto fail;
	return 0;

fail:
	kota_chunk_close(chunks);
	return err;
}

/**
 * kota_chunk_close() - give up key and memory
 * @chunks: from kota_chunk_open(), or zeroed
 */
void kota_chunk_close(struct kota_chunks *chunks)
{
	if (chunks->req)
		aead_request_free(chunks->req);
	kvfree(chunks->sg);
	if (chunks->tfm)
		crypto_free_aead(chunks->tfm);
	memset(chunks, 0, sizeof(*chunks));
}

/* The cipher wants pages, and the buffer may lie in vmalloc space. */
static int map_buffer(struct kota_chunks *chunks, u8 *buf, size_t len)
{
	unsigned int nr = 0;

	sg_init_table(chunks->sg, chunks->nr_sg);
	if (!is_vmalloc_addr(buf)) {
		sg_set_buf(chunks->sg, buf, len);
		sg_mark_end(chunks->sg);
		return 0;
	}
	while (len) {
		size_t part = min_t(size_t, len, PAGE_SIZE - offset_in_page(buf));

		if (WARN_ON_ONCE(nr == chunks->nr_sg))
			return -EINVAL;
		sg_set_page(&chunks->sg[nr++], vmalloc_to_page(buf), part,
			    offset_in_page(buf));
		buf += part;
		len -= part;
	}
	sg_mark_end(&chunks->sg[nr - 1]);
	return 0;
}

/**
 * kota_chunk_decrypt() - decrypt in place and check the tag
 * @chunks: from kota_chunk_open()
 * @idx: index of the chunk or block, which is its nonce
 * @buf: ciphertext and tag; the plaintext afterwards
 * @ct_len: bytes of both
 *
 * Context: may sleep.
 * Return: 0, -EBADMSG when the tag is wrong (@buf is of no use then), -errno.
 */
int kota_chunk_decrypt(struct kota_chunks *chunks, u64 idx, u8 *buf, size_t ct_len)
{
	u8 nonce[KOTA_NONCE_LEN] = { };
	DECLARE_CRYPTO_WAIT(wait);
	int err;

	if (ct_len <= KOTA_TAG_LEN)
		return -EBADMSG;
	err = map_buffer(chunks, buf, ct_len);
	if (err)
		return err;
	put_unaligned_le64(idx, nonce);
	aead_request_set_callback(chunks->req, CRYPTO_TFM_REQ_MAY_BACKLOG |
				  CRYPTO_TFM_REQ_MAY_SLEEP, crypto_req_done, &wait);
	aead_request_set_ad(chunks->req, 0);
	aead_request_set_crypt(chunks->req, chunks->sg, chunks->sg, ct_len, nonce);
	return crypto_wait_req(crypto_aead_decrypt(chunks->req), &wait);
}
