// SPDX-License-Identifier: GPL-2.0
/*
 * Words of user space: hands orders to control.c, and asks status.c what to reply.
 * The family and its policies are generated from uapi/kota.yaml.
 */

#include <linux/capability.h>

#include "kota_private.h"
#include "netlink_gen.h"

/*
 * Set while the device is ready; the family lives as long as the module. Whoever
 * answers for the device holds the lock: it does not go under his feet.
 */
static struct kota *the_kota;
static DECLARE_RWSEM(the_lock);

int kota_nl_pre_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		     struct genl_info *info)
{
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

/* Until put_kota() it does not go; NULL: there is none, and nothing to put. */
static struct kota *get_kota(void)
{
	down_read(&the_lock);
	if (the_kota)
		return the_kota;
	up_read(&the_lock);
	return NULL;
}

static void put_kota(void)
{
	up_read(&the_lock);
}

/* What @put puts into it, under the lock of the state. */
static int fill(struct sk_buff *skb,
		int (*put)(struct sk_buff *skb, struct kota *kota))
{
	struct kota *kota = get_kota();
	int err;

	if (!kota)
		return -ENODEV;
	mutex_lock(&kota->state.lock);
	err = put(skb, kota);
	mutex_unlock(&kota->state.lock);
	put_kota();
	return err;
}

static int reply(struct genl_info *info, u8 cmd,
		 int (*put)(struct sk_buff *skb, struct kota *kota))
{
	struct sk_buff *skb = genlmsg_new(SZ_16K, GFP_KERNEL);
	void *head;
	int err;

	if (!skb)
		return -ENOMEM;
	head = genlmsg_put_reply(skb, info, &kota_nl_family, 0, cmd);
	err = head ? fill(skb, put) : -EMSGSIZE;
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

int kota_nl_device_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return reply(info, KOTA_CMD_DEVICE_GET, kota_status_put);
}

static int put_blob(struct sk_buff *skb, struct kota *kota)
{
	const struct kota_state_record *rec = kota->state.rec;

	if (!rec->blob_len)
		return -ENODATA;
	return nla_put(skb, KOTA_A_DEVICE_BLOB, le32_to_cpu(rec->blob_len),
		       rec->blob);
}

int kota_nl_blob_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return reply(info, KOTA_CMD_BLOB_GET, put_blob);
}

/* What to do next; the errno alone means other things elsewhere. */
static const struct {
	int err;
	const char *text;
} sentences[] = {
	{ -EACCES, "the TPM refuses the owner's authorization" },
	{ -EADDRINUSE,
	  "the TPM has an NV index of a device that was provisioned" },
	{ -EAGAIN, "once in a boot; reboot first" },
	{ -EALREADY, "done before, in this boot" },
	{ -EBUSY, "the update is on trial: confirm it or roll it back" },
	{ -EEXIST, "the device has a state record" },
	{ -EINVAL, "kota:root is not 64 bytes under a TPM's blob" },
	{ -EIO, "medium or TPM failed; the kernel's log says more" },
	{ -EKEYREJECTED,
	  "the TPM's NV index is not ours, or the root is an old one" },
	{ -EKEYREVOKED, "the trusted key kota:root has been revoked" },
	{ -ENODATA, "the device is not provisioned" },
	{ -ENODEV, "no device, or no TPM" },
	{ -ENOENT, "no update waits, or none is on trial" },
	{ -ENOKEY, "no trusted key kota:root in the key ring" },
	{ -ENOMEM, "no memory" },
	{ -ENOPKG, "this kernel lacks P-256 or HMAC-SHA256" },
	{ -ENOSPC, "no room: older device keys, or NV indexes" },
	{ -ENOTCONN, "nobody is present at the device" },
	{ -ENOTRECOVERABLE,
	  "no record is authentic under this root; or the TPM fell silent: reboot" },
	{ -ENXIO, "the TPM has lost its NV index" },
	{ -ERANGE, "the update is below the minimum sequence by now" },
	{ -EREMOTEIO,
	  "what runs is not what was installed; the kernel's log says where" },
	{ -ESTALE, "the state record is older than the TPM's NV index" },
	{ -EUNATCH, "the keys are not loaded in this boot" },
};

static int explain(struct genl_info *info, int err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sentences); i++)
		if (err == sentences[i].err && info->extack)
			info->extack->_msg = sentences[i].text;
	return err;
}

int kota_nl_provision_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[KOTA_A_DEVICE_OWNER_AUTH];
	struct kota_owner owner = {};
	struct kota *kota;
	int err;

	if (attr) {
		owner.auth = nla_data(attr);
		owner.len = nla_len(attr);
	}
	kota = get_kota();
	if (!kota)
		return explain(info, -ENODEV);
	err = kota_control_provision(kota, &owner);
	put_kota();
	return explain(info, err);
}

static int obey(struct genl_info *info, int (*order)(struct kota *kota))
{
	struct kota *kota = get_kota();
	int err;

	if (!kota)
		return explain(info, -ENODEV);
	err = order(kota);
	put_kota();
	return explain(info, err);
}

int kota_nl_keys_load_doit(struct sk_buff *skb, struct genl_info *info)
{
	return obey(info, kota_control_load_keys);
}

int kota_nl_keys_roll_doit(struct sk_buff *skb, struct genl_info *info)
{
	return obey(info, kota_control_roll);
}

int kota_nl_keys_retire_doit(struct sk_buff *skb, struct genl_info *info)
{
	return obey(info, kota_control_retire);
}

int kota_nl_activate_doit(struct sk_buff *skb, struct genl_info *info)
{
	return obey(info, kota_activate);
}

int kota_nl_confirm_doit(struct sk_buff *skb, struct genl_info *info)
{
	return obey(info, kota_activate_confirm);
}

int kota_nl_rollback_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *reason = info->attrs[KOTA_A_DEVICE_REASON];
	struct kota *kota = get_kota();
	int err;

	if (!kota)
		return explain(info, -ENODEV);
	err = kota_activate_rollback(kota,
				     reason ? nla_data(reason) : "rolled back");
	put_kota();
	return explain(info, err);
}

int kota_nl_envelope_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *envelope = info->attrs[KOTA_A_DEVICE_ENVELOPE];
	struct kota *kota;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, KOTA_A_DEVICE_ENVELOPE))
		return -EINVAL;
	kota = get_kota();
	if (!kota)
		return -ENODEV;
	err = kota_control_add_envelope(kota, nla_data(envelope),
					nla_len(envelope));
	put_kota();
	if (err == -EINVAL)
		NL_SET_ERR_MSG_ATTR(info->extack, envelope, "no envelope");
	return err;
}

/**
 * kota_netlink_open() - register the family
 *
 * Context: may sleep; once, when the module is loaded.
 * Return: 0 or -errno.
 */
int kota_netlink_open(void)
{
	return genl_register_family(&kota_nl_family);
}

/**
 * kota_netlink_close() - unregister the family; no handler runs afterwards
 */
void kota_netlink_close(void)
{
	genl_unregister_family(&kota_nl_family);
}

/**
 * kota_netlink_attach() - answer for a device from now on
 * @kota: the device, ready; NULL: none
 *
 * Context: may sleep, and does so for as long as an order is carried out: who
 * has answered for the device before is done then.
 */
void kota_netlink_attach(struct kota *kota)
{
	down_write(&the_lock);
	the_kota = kota;
	up_write(&the_lock);
}
