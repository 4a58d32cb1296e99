/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	uapi/kota.yaml */
/* YNL-GEN kernel header */
/* To regenerate run: uapi/ynl-regen.sh */

#ifndef _LINUX_KOTA_GEN_H
#define _LINUX_KOTA_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/kota_netlink.h>

int kota_nl_pre_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		     struct genl_info *info);

int kota_nl_device_get_doit(struct sk_buff *skb, struct genl_info *info);
int kota_nl_blob_get_doit(struct sk_buff *skb, struct genl_info *info);
int kota_nl_provision_doit(struct sk_buff *skb, struct genl_info *info);
int kota_nl_keys_load_doit(struct sk_buff *skb, struct genl_info *info);
int kota_nl_keys_roll_doit(struct sk_buff *skb, struct genl_info *info);
int kota_nl_keys_retire_doit(struct sk_buff *skb, struct genl_info *info);
int kota_nl_envelope_add_doit(struct sk_buff *skb, struct genl_info *info);
int kota_nl_event_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int kota_nl_activate_doit(struct sk_buff *skb, struct genl_info *info);
int kota_nl_confirm_doit(struct sk_buff *skb, struct genl_info *info);
int kota_nl_rollback_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	KOTA_NLGRP_EVENTS,
};

extern struct genl_family kota_nl_family;

#endif /* _LINUX_KOTA_GEN_H */
