// SPDX-License-Identifier: GPL-2.0
/*
 * NIST P-256 (FIPS 186-5, SP 800-56A) by the kernel's kpp "ecdh-nist-p256":
 * the public key of a scalar and a shared secret. Knows no protocol.
 */

#include <crypto/ecdh.h>
#include <crypto/kpp.h>
#include <linux/scatterlist.h>

#include "../kota_private.h"

/* Asked for by name, which no alias of the module carries. */
MODULE_SOFTDEP("pre: ecdh_generic");

/* Memory that the scatterlists may point to; holds the secret. */
struct work {
	u8 scalar[64]; /* as crypto_ecdh_encode_key() packs it */
	u8 in[KOTA_P256_PUBLIC_LEN];
	u8 out[KOTA_P256_PUBLIC_LEN];
};

static struct crypto_kpp *open_kpp(struct work *w,
				   const u8 scalar[KOTA_P256_SCALAR_LEN])
{
	const struct ecdh params = {
		.key = (char *)scalar,
		.key_size = KOTA_P256_SCALAR_LEN,
	};
	unsigned int len = crypto_ecdh_key_len(&params);
	struct crypto_kpp *kpp;
	int err;

	if (WARN_ON_ONCE(len > sizeof(w->scalar)))
		return ERR_PTR(-EINVAL);
	kpp = crypto_alloc_kpp("ecdh-nist-p256", 0, 0);
	if (IS_ERR(kpp))
		return PTR_ERR(kpp) == -ENOENT ? ERR_PTR(-ENOPKG) : kpp;
	err = crypto_ecdh_encode_key(w->scalar, len, &params);
	if (!err)
		err = crypto_kpp_set_secret(kpp, w->scalar, len);
	if (err) {
		crypto_free_kpp(kpp);
		return ERR_PTR(err);
	}
	return kpp;
}

/* @in_len 0: the public key; else the shared secret with the peer in w->in. */
static int run_kpp(struct crypto_kpp *kpp, struct work *w, size_t in_len,
		   size_t out_len)
{
	struct kpp_request *req = kpp_request_alloc(kpp, GFP_KERNEL);
	struct scatterlist in, out;
	DECLARE_CRYPTO_WAIT(wait);
	int err;

	if (!req)
		return -ENOMEM;
	sg_init_one(&in, w->in, sizeof(w->in));
	sg_init_one(&out, w->out, out_len);
	kpp_request_set_input(req, in_len ? &in : NULL, in_len);
	kpp_request_set_output(req, &out, out_len);
	kpp_request_set_callback(
		req, CRYPTO_TFM_REQ_MAY_BACKLOG | CRYPTO_TFM_REQ_MAY_SLEEP,
		crypto_req_done, &wait);
	err = in_len ? crypto_kpp_compute_shared_secret(req) :
		       crypto_kpp_generate_public_key(req);
	err = crypto_wait_req(err, &wait);
	kpp_request_free(req);
	return err;
}

static int p256(const u8 scalar[KOTA_P256_SCALAR_LEN], const u8 *peer, u8 *out,
		size_t out_len)
{
	struct work *w = kzalloc(sizeof(*w), GFP_KERNEL);
	struct crypto_kpp *kpp;
	int err;

	if (!w)
		return -ENOMEM;
	kpp = open_kpp(w, scalar);
	if (IS_ERR(kpp)) {
		err = PTR_ERR(kpp);
		goto out_free;
	}
	if (peer)
		memcpy(w->in, peer, sizeof(w->in));
	err = run_kpp(kpp, w, peer ? sizeof(w->in) : 0, out_len);
	if (!err)
		memcpy(out, w->out, out_len);
	crypto_free_kpp(kpp);
out_free:
	kfree_sensitive(w);
	return err;
}

/**
 * kota_p256_public() - public key of a private key
 * @scalar: private key, big-endian
 * @public: X || Y, big-endian
 *
 * Context: may sleep.
 * Return: 0, -EINVAL when the scalar is not in [2, n - 3], -ENOPKG when this
 * kernel lacks the curve.
 */
int kota_p256_public(const u8 scalar[KOTA_P256_SCALAR_LEN],
		     u8 public[KOTA_P256_PUBLIC_LEN])
{
	return p256(scalar, NULL, public, KOTA_P256_PUBLIC_LEN);
}

/**
 * kota_p256_shared() - ECDH (SP 800-56A, 5.7.1.2)
 * @scalar: private key, big-endian
 * @peer: public key of the other side, X || Y; a point off the curve is refused
 * @secret: X coordinate of the shared point, big-endian
 *
 * Context: may sleep.
 * Return: 0, -EINVAL for a bad scalar or point, -ENOPKG when this kernel lacks
 * the curve.
 */
int kota_p256_shared(const u8 scalar[KOTA_P256_SCALAR_LEN],
		     const u8 peer[KOTA_P256_PUBLIC_LEN],
		     u8 secret[KOTA_P256_SCALAR_LEN])
{
	return p256(scalar, peer, secret, KOTA_P256_SCALAR_LEN);
}
