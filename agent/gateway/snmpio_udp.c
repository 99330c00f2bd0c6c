/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpio_udp: a connected UDP socket as a transport of net-snmp. Its own ones hear anybody who
 * knows the port, and its sessions break (and lose memory) when a send fails, as it does on a
 * connected socket after an ICMP error: here a failed send counts as lost on the way, its reason is
 * noted, and the retries go on, so that a device that reboots is found again. */
#include <errno.h>
#include <time.h>
#include <linux/errqueue.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/gateway/snmpio_int.h"
#include "zw/alloc.h"

#define MAX_MESSAGE 65507 /* bytes of a UDP datagram over IPv4 */

static const oid udp_domain[] = { 1, 3, 6, 1, 6, 1, 1 }; /* snmpUDPDomain, RFC 3417 */

/* Whether the error means that the network gave the packet back. */
static bool
is_unreachable(int error)
{
	return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH ||
	       error == EHOSTDOWN || error == ENETDOWN;
}

/* Note an error. */
static void
note(struct snmpio_udp *u, int error)
{
	if (error == EAGAIN || error == EINTR)
		return;
	if (is_unreachable(error))
		u->unreachable = true;
	else
		u->error = error;
}

/* Empty the socket's queue of ICMP errors, which would keep it readable for ever. */
static void
drain(struct snmpio_udp *u)
{
	char data[64], control[512];
	struct iovec iov = { .iov_base = data, .iov_len = sizeof data };

	for (;;) {
		struct msghdr m = { .msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof control };
		if (recvmsg(u->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) == -1)
			return;
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
			struct sock_extended_err se;
			if (c->cmsg_len < CMSG_LEN(sizeof se))
				continue;
			memcpy(&se, CMSG_DATA(c), sizeof se);
			note(u, (int)se.ee_errno);
		}
	}
}

/* net-snmp's f_recv. */
static int
receive(netsnmp_transport *t, void *buf, int size, void **opaque, int *olength)
{
	struct snmpio_udp *u = t->data;
	ssize_t n = recv(u->fd, buf, (size_t)size, 0);

	*opaque = NULL;
	*olength = 0;
	if (n == -1) {
		note(u, errno);
		drain(u);
		return -1;
	}
	u->got = true;
	if (n == 0) /* an empty datagram: nothing to parse */
		t->flags |= NETSNMP_TRANSPORT_FLAG_EMPTY_PKT;
	return (int)n;
}

/* net-snmp's f_send. An error that waits is told by the first send, which then sends nothing. */
static int
transmit(netsnmp_transport *t, const void *buf, int size, void **opaque, int *olength)
{
	struct snmpio_udp *u = t->data;
	ssize_t n = -1;

	(void)opaque;
	(void)olength;
	u->error = 0;
	for (int i = 0; i < 3 && n == -1; i++) {
		n = send(u->fd, buf, (size_t)size, MSG_NOSIGNAL);
		if (n == -1)
			note(u, errno);
	}
	if (n != -1) {
		u->error = 0;
		u->unreachable = false;
	}
	return size;
}

/* net-snmp's f_close. The data are not net-snmp's to free. */
static int
shut(netsnmp_transport *t)
{
	struct snmpio_udp *u = t->data;

	close(u->fd);
	u->fd = -1;
	t->data = NULL;
	t->sock = -1;
	return 0;
}

/* net-snmp's f_fmtaddr: for its log only. */
static char *
format(netsnmp_transport *t, const void *data, int len)
{
	(void)t;
	(void)data;
	(void)len;
	return xstrdup("peer");
}

int
snmpio_udp_open(struct snmpio_udp *u, const struct sockaddr *sa, unsigned salen, struct err *e)
{
	int on = 1;
	int fd = socket(sa->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	*u = (struct snmpio_udp){ .fd = -1 };
	if (fd == -1)
		return err_set(e, "no socket: %s", strerror(errno));
	if (connect(fd, sa, salen) == -1) {
		int error = errno;
		close(fd);
		return err_set(e, "no way to its address: %s", strerror(error));
	}
	if (sa->sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
	else
		(void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
	u->fd = fd;
	return 0;
}

netsnmp_transport *
snmpio_udp_transport(struct snmpio_udp *u)
{
	netsnmp_transport *t = xcalloc(1, sizeof *t);

	t->domain = udp_domain;
	t->domain_length = OID_LENGTH(udp_domain);
	t->sock = u->fd;
	t->data = u;
	t->msgMaxSize = MAX_MESSAGE;
	t->f_recv = receive;
	t->f_send = transmit;
	t->f_close = shut;
	t->f_fmtaddr = format;
	return t;
}
