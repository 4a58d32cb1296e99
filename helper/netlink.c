// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink to the family "kota": requests with one answer, and events.
 * What is in the messages is device.c's affair.
 */

#include <sys/socket.h>
#include <linux/genetlink.h>
#include <linux/kota_netlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "helper.h"

/* Events must not get lost while a chunk is on its way into the slot. */
#define EVENTS_BUFFER (1 << 20)

struct kota_netlink {
	struct nl_sock *sock;
	int family;
	enum kota_module module;
};

/* One exchange: what came back. */
struct exchange {
	void (*reply)(struct nlmsghdr *hdr, void *arg);
	void *arg;
	int error; /* negative errno, 0, or 1 while open */
	char text[KOTA_TEXT_MAX]; /* what the kernel says about the error */
};

static struct kota_netlink *open_socket(void)
{
	struct kota_netlink *nl = calloc(1, sizeof(*nl));
	int err;

	if (!nl)
		return NULL;
	nl->sock = nl_socket_alloc();
	err = nl->sock ? genl_connect(nl->sock) : -NLE_NOMEM;
	if (!err) {
		nl->family = genl_ctrl_resolve(nl->sock, KOTA_FAMILY_NAME);
		if (nl->family >= 0)
			return nl;
		kota_error(
			"the kernel does not know kota; 'modprobe kota', and look into the kernel's log");
	} else {
		kota_error("netlink: %s", nl_geterror(err));
	}
	kota_netlink_close(nl);
	return NULL;
}

/**
 * kota_netlink_open() - open a socket for requests
 *
 * Return: the socket, or NULL after saying why.
 */
struct kota_netlink *kota_netlink_open(void)
{
	struct kota_netlink *nl = open_socket();
	int one = 1;

	/* Only makes errors more telling. */
	if (nl)
		setsockopt(nl_socket_get_fd(nl->sock), SOL_NETLINK,
			   NETLINK_EXT_ACK, &one, sizeof(one));
	return nl;
}

/*
 * Both are looked up before one is joined: an event would be taken for an answer.
 *
 * Return: 0, or a negative error of libnl's.
 */
static int join_groups(struct kota_netlink *nl)
{
	int events = genl_ctrl_resolve_grp(nl->sock, KOTA_FAMILY_NAME,
					   KOTA_MCGRP_EVENTS);
	int families = genl_ctrl_resolve_grp(nl->sock, "nlctrl", "notify");

	if (events < 0 || families < 0)
		return events < 0 ? events : families;
	return nl_socket_add_memberships(nl->sock, events, families, 0);
}

/**
 * kota_netlink_subscribe() - open a socket that gets the events
 *
 * What is subscribed to ends with the module, and does not come again with it: the
 * kernel's word of families that go and come is had as well.
 *
 * Return: the socket, which never blocks, or NULL after saying why.
 */
struct kota_netlink *kota_netlink_subscribe(void)
{
	struct kota_netlink *nl = open_socket();
	int err;

	if (!nl)
		return NULL;
	nl_socket_disable_seq_check(nl->sock);
	err = join_groups(nl);
	if (!err)
		err = nl_socket_set_buffer_size(nl->sock, EVENTS_BUFFER, 0);
	if (!err)
		err = nl_socket_set_nonblocking(nl->sock);
	if (!err)
		return nl;
	kota_error("no events from the kernel: %s", nl_geterror(err));
	kota_netlink_close(nl);
	return NULL;
}

/**
 * kota_netlink_close() - close a socket
 * @nl: the socket, NULL is good too
 */
void kota_netlink_close(struct kota_netlink *nl)
{
	if (!nl)
		return;
	nl_socket_free(nl->sock);
	free(nl);
}

/**
 * kota_netlink_fd() - for poll()
 * @nl: the socket
 *
 * Return: its file descriptor.
 */
int kota_netlink_fd(const struct kota_netlink *nl)
{
	return nl_socket_get_fd(nl->sock);
}

static int on_reply(struct nl_msg *msg, void *arg)
{
	struct exchange *ex = arg;

	if (ex->reply)
		ex->reply(nlmsg_hdr(msg), ex->arg);
	return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct exchange *ex = arg;

	(void)msg;
	ex->error = 0;
	return NL_STOP;
}

/* The kernel's own words are in an attribute behind the request's header. */
static void take_text(const struct nlmsgerr *err, struct exchange *ex)
{
	const struct nlmsghdr *hdr =
		(const void *)((const char *)err - NLMSG_HDRLEN);
	size_t off = sizeof(*err), len = hdr->nlmsg_len - NLMSG_HDRLEN;
	struct nlattr *attr;

	if (!(hdr->nlmsg_flags & NLM_F_CAPPED))
		off += err->msg.nlmsg_len - sizeof(err->msg);
	off = NLMSG_ALIGN(off);
	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS) || off >= len)
		return;
	attr = nla_find((struct nlattr *)((char *)err + off), len - off,
			NLMSGERR_ATTR_MSG);
	if (attr)
		nla_strlcpy(ex->text, attr, sizeof(ex->text));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct exchange *ex = arg;

	(void)from;
	ex->error = err->error;
	take_text(err, ex);
	return NL_STOP;
}

static int exchange(struct kota_netlink *nl, struct nl_msg *msg,
		    struct exchange *ex)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err;

	if (!cb)
		return kota_error("no memory");
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_reply, ex);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, ex);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_ack, ex);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, ex);
	ex->error = 1;
	err = nl_send_auto(nl->sock, msg);
	while (err >= 0 && ex->error > 0)
		err = nl_recvmsgs(nl->sock, cb);
	nl_cb_put(cb);
	if (ex->error > 0)
		return kota_error("netlink: %s", nl_geterror(err));
	return 0;
}

/*
 * The errnos of orders. Those of deliverables mean other things: linux/kota.h.
 */
static const char *sentence(int error)
{
	switch (error) {
	case EPERM:
		return "only root may do this";
	case EALREADY:
		return "the root key has been loaded in this boot already";
	case ENODATA:
		return "this device has no root key yet; run 'kota provision'";
	case EEXIST:
		return "this device has a state record already, so it is not provisioned again";
	case EACCES:
		return "the TPM wants the owner's authorization; lend it by --owner-auth";
	case EADDRINUSE:
		return "the TPM knows that this device was provisioned; see RECOVERY in kota(8)";
	case EAGAIN:
		return "this goes once in a boot; reboot first";
	case EKEYREJECTED:
		return "the TPM's NV index is not the one that kota made; see RECOVERY in kota(8)";
	case ENOSPC:
		return "no room for more; retire older device keys, or free an NV index of the TPM";
	case ENXIO:
		return "the TPM has lost its NV index; see RECOVERY in kota(8)";
	case ESTALE:
		return "the state record is older than what the TPM knows; see RECOVERY in kota(8)";
	case EUNATCH:
		return "the keys are not loaded in this boot; run 'kota load-keys'";
	case ENOTRECOVERABLE:
		return "the state record is damaged, or not this device's";
	case ENOKEY:
		return "no root key was put into the kernel's ring";
	case EINVAL:
		return "the root key has a wrong length";
	case ENODEV:
		return "no board is ready: the device tree has no kota node, a part that it names is missing, or there is no TPM; look into the kernel's log";
	case EIO:
	case EROFS:
		return "the TPM or the state partition failed; look into the kernel's log";
	}
	return strerror(error);
}

static int explain(const struct exchange *ex)
{
	if (ex->text[0])
		return kota_error("the kernel refuses: %s (%s)", ex->text,
				  strerror(-ex->error));
	return kota_error("the kernel refuses: %s", sentence(-ex->error));
}

static struct nl_msg *begin_request(struct kota_netlink *nl, int cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (msg && genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, nl->family, 0,
			       flags, cmd, KOTA_FAMILY_VERSION))
		return msg;
	nlmsg_free(msg);
	kota_error("no memory");
	return NULL;
}

static int send_request(struct kota_netlink *nl, struct nl_msg *msg,
			struct exchange *ex)
{
	int err = exchange(nl, msg, ex);

	if (!err && ex->error)
		err = explain(ex);
	return err;
}

/**
 * kota_netlink_call() - send a request and wait for the answer
 * @nl: the socket
 * @cmd: KOTA_CMD_*
 * @reply: called with the answer, may be NULL
 * @arg: for @reply
 *
 * Return: 0, or -1 after saying why.
 */
int kota_netlink_call(struct kota_netlink *nl, int cmd,
		      void (*reply)(struct nlmsghdr *hdr, void *arg), void *arg)
{
	struct exchange ex = { .reply = reply, .arg = arg };
	struct nl_msg *msg = begin_request(nl, cmd, NLM_F_ACK);
	int err = msg ? send_request(nl, msg, &ex) : -1;

	nlmsg_free(msg);
	return err;
}

/**
 * kota_netlink_dump() - send a request that has any number of answers
 * @nl: the socket
 * @cmd: KOTA_CMD_*
 * @reply: called with each answer
 * @arg: for @reply
 *
 * Return: 0, or -1 after saying why.
 */
int kota_netlink_dump(struct kota_netlink *nl, int cmd,
		      void (*reply)(struct nlmsghdr *hdr, void *arg), void *arg)
{
	struct exchange ex = { .reply = reply, .arg = arg };
	struct nl_msg *msg = begin_request(nl, cmd, NLM_F_DUMP);
	int err = msg ? send_request(nl, msg, &ex) : -1;

	nlmsg_free(msg);
	return err;
}

/**
 * kota_netlink_order() - the same with something that goes along, and no answer
 * @nl: the socket
 * @cmd: KOTA_CMD_*
 * @attr: KOTA_A_DEVICE_*
 * @data: its contents
 * @len: bytes of them
 *
 * Return: 0, or -1 after saying why.
 */
int kota_netlink_order(struct kota_netlink *nl, int cmd, int attr,
		       const void *data, size_t len)
{
	struct exchange ex = { 0 };
	struct nl_msg *msg = begin_request(nl, cmd, NLM_F_ACK);
	int err = -1;

	if (msg && nla_put(msg, attr, len, data))
		kota_error("no memory");
	else if (msg)
		err = send_request(nl, msg, &ex);
	nlmsg_free(msg);
	return err;
}

struct draining {
	struct kota_netlink *nl;
	struct exchange ex;
};

static void take_family(struct kota_netlink *nl, struct nlmsghdr *hdr)
{
	struct nlattr *tb[CTRL_ATTR_MAX + 1];

	if (genlmsg_parse(hdr, 0, tb, CTRL_ATTR_MAX, NULL) ||
	    !tb[CTRL_ATTR_FAMILY_NAME] ||
	    nla_strcmp(tb[CTRL_ATTR_FAMILY_NAME], KOTA_FAMILY_NAME))
		return;
	if (genlmsg_hdr(hdr)->cmd == CTRL_CMD_NEWFAMILY)
		nl->module = KOTA_MODULE_CAME;
	else if (genlmsg_hdr(hdr)->cmd == CTRL_CMD_DELFAMILY)
		nl->module = KOTA_MODULE_WENT;
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct draining *d = arg;

	if (nlmsg_hdr(msg)->nlmsg_type != GENL_ID_CTRL)
		return on_reply(msg, &d->ex);
	take_family(d->nl, nlmsg_hdr(msg));
	return NL_OK;
}

/**
 * kota_netlink_module() - did the module go, or come, since the last question?
 * @nl: from kota_netlink_subscribe(), drained
 *
 * Return: enum kota_module. Of one that came a new subscription has the events.
 */
enum kota_module kota_netlink_module(struct kota_netlink *nl)
{
	enum kota_module module = nl->module;

	nl->module = KOTA_MODULE_STAYED;
	return module;
}

/**
 * kota_netlink_drain() - take all events that have come
 * @nl: from kota_netlink_subscribe()
 * @event: called with each
 * @arg: for @event
 *
 * Return: 0, or -1 when events got lost.
 */
int kota_netlink_drain(struct kota_netlink *nl,
		       void (*event)(struct nlmsghdr *hdr, void *arg),
		       void *arg)
{
	struct draining d = { .nl = nl, .ex = { .reply = event, .arg = arg } };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err;

	if (!cb)
		return -1;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_event, &d);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_reply,
		  &(struct exchange){ 0 });
	do
		err = nl_recvmsgs(nl->sock, cb);
	while (err >= 0);
	nl_cb_put(cb);
	return err == -NLE_AGAIN ? 0 : -1;
}
