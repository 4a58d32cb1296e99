// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	uapi/kota.yaml */
/* YNL-GEN kernel source */
/* To regenerate run: uapi/ynl-regen.sh */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/kota_netlink.h>

/* KOTA_CMD_PROVISION - do */
static const struct nla_policy kota_provision_nl_policy[KOTA_A_DEVICE_OWNER_AUTH + 1] = {
	[KOTA_A_DEVICE_OWNER_AUTH] = NLA_POLICY_MAX_LEN(64),
};

/* KOTA_CMD_ENVELOPE_ADD - do */
static const struct nla_policy kota_envelope_add_nl_policy[KOTA_A_DEVICE_ENVELOPE + 1] = {
	[KOTA_A_DEVICE_ENVELOPE] = NLA_POLICY_MAX_LEN(1656),
};

/* KOTA_CMD_ROLLBACK - do */
static const struct nla_policy kota_rollback_nl_policy[KOTA_A_DEVICE_REASON + 1] = {
	[KOTA_A_DEVICE_REASON] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* Ops table for kota */
static const struct genl_split_ops kota_nl_ops[] = {
	{
		.cmd	= KOTA_CMD_DEVICE_GET,
		.doit	= kota_nl_device_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= KOTA_CMD_BLOB_GET,
		.pre_doit	= kota_nl_pre_doit,
		.doit		= kota_nl_blob_get_doit,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= KOTA_CMD_PROVISION,
		.pre_doit	= kota_nl_pre_doit,
		.doit		= kota_nl_provision_doit,
		.policy		= kota_provision_nl_policy,
		.maxattr	= KOTA_A_DEVICE_OWNER_AUTH,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= KOTA_CMD_KEYS_LOAD,
		.pre_doit	= kota_nl_pre_doit,
		.doit		= kota_nl_keys_load_doit,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= KOTA_CMD_KEYS_ROLL,
		.pre_doit	= kota_nl_pre_doit,
		.doit		= kota_nl_keys_roll_doit,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= KOTA_CMD_KEYS_RETIRE,
		.pre_doit	= kota_nl_pre_doit,
		.doit		= kota_nl_keys_retire_doit,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= KOTA_CMD_ENVELOPE_ADD,
		.pre_doit	= kota_nl_pre_doit,
		.doit		= kota_nl_envelope_add_doit,
		.policy		= kota_envelope_add_nl_policy,
		.maxattr	= KOTA_A_DEVICE_ENVELOPE,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= KOTA_CMD_EVENT_GET,
		.dumpit	= kota_nl_event_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= KOTA_CMD_ACTIVATE,
		.pre_doit	= kota_nl_pre_doit,
		.doit		= kota_nl_activate_doit,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= KOTA_CMD_CONFIRM,
		.pre_doit	= kota_nl_pre_doit,
		.doit		= kota_nl_confirm_doit,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= KOTA_CMD_ROLLBACK,
		.pre_doit	= kota_nl_pre_doit,
		.doit		= kota_nl_rollback_doit,
		.policy		= kota_rollback_nl_policy,
		.maxattr	= KOTA_A_DEVICE_REASON,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
};

static const struct genl_multicast_group kota_nl_mcgrps[] = {
	[KOTA_NLGRP_EVENTS] = { "events", },
};

struct genl_family kota_nl_family __ro_after_init = {
	.name		= KOTA_FAMILY_NAME,
	.version	= KOTA_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= kota_nl_ops,
	.n_split_ops	= ARRAY_SIZE(kota_nl_ops),
	.mcgrps		= kota_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(kota_nl_mcgrps),
};
