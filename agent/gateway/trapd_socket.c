/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trapd_socket: the socket that traps come to. An answer leaves by the address that it was sent to:
 * senders of informs hear no other. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/gateway/trapd_int.h"
#include "zw/str.h"

#define RECEIVE_BUFFER (4 << 20) /* bytes; the kernel may give less */

/* Bind, or say why not. */
static int
bind_to(int fd, const struct sockaddr *sa, unsigned len, struct err *e)
{
	int on = 1, off = 0, size = RECEIVE_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) == -1)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (sa->sa_family == AF_INET6) {
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
	} else
		(void)setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
	if (bind(fd, sa, len) == -1)
		return err_set(e, "traps cannot be received: %s", strerror(errno));
	return 0;
}

int
trapd_socket_open(const struct sockaddr *sa, unsigned len, struct err *e)
{
	int fd = socket(sa->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return err_set(e, "no socket for traps: %s", strerror(errno));
	if (bind_to(fd, sa, len, e) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Which of our addresses it was sent to. */
static void
destination(struct trapd_message *m, struct msghdr *h)
{
	m->has_to4 = m->has_to6 = false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo to;
			memcpy(&to, CMSG_DATA(c), sizeof to);
			m->to4 = (struct in_pktinfo){ .ipi_spec_dst = to.ipi_spec_dst };
			m->has_to4 = true;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&m->to6, CMSG_DATA(c), sizeof m->to6);
			m->has_to6 = true;
		}
	}
}

int
trapd_socket_read(int fd, struct trapd_message *m)
{
	union {
		char room[256];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = m->data, .iov_len = TRAPD_MAX_MESSAGE };
	struct msghdr h = { .msg_name = &m->from,
		.msg_namelen = sizeof m->from,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control };
	ssize_t n = recvmsg(fd, &h, 0);

	if (n == -1)
		return -1;
	m->n = (size_t)n;
	m->fromlen = h.msg_namelen;
	destination(m, &h);
	return 0;
}

void
trapd_socket_answer(int fd, const struct trapd_message *m, const void *data, size_t n)
{
	union {
		char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
		struct cmsghdr c;
	} control = { .room = { 0 } };
	struct sockaddr_storage to = m->from;
	uint8_t copy[TRAPD_MAX_MESSAGE];
	struct iovec iov = { .iov_base = copy, .iov_len = n };
	struct msghdr h = {
		.msg_name = &to, .msg_namelen = m->fromlen, .msg_iov = &iov, .msg_iovlen = 1
	};

	if (n > sizeof copy)
		return;
	memcpy(copy, data, n);
	if (m->has_to4 || m->has_to6) {
		size_t len = m->has_to6 ? sizeof m->to6 : sizeof m->to4;
		h.msg_control = &control;
		h.msg_controllen = CMSG_SPACE(len);
		control.c.cmsg_level = m->has_to6 ? IPPROTO_IPV6 : IPPROTO_IP;
		control.c.cmsg_type = m->has_to6 ? IPV6_PKTINFO : IP_PKTINFO;
		control.c.cmsg_len = CMSG_LEN(len);
		memcpy(CMSG_DATA(&control.c),
		    m->has_to6 ? (const void *)&m->to6 : (const void *)&m->to4, len);
	}
	(void)sendmsg(fd, &h, MSG_DONTWAIT | MSG_NOSIGNAL); /* lost: the sender asks again */
}

void
trapd_socket_text(char *dst, size_t size, const struct sockaddr_storage *from)
{
	const void *address;
	struct sockaddr_in a4;
	struct sockaddr_in6 a6;

	if (from->ss_family == AF_INET6) {
		memcpy(&a6, from, sizeof a6);
		address = &a6.sin6_addr;
		if (IN6_IS_ADDR_V4MAPPED(&a6.sin6_addr)) {
			inet_ntop(AF_INET, a6.sin6_addr.s6_addr + 12, dst, (socklen_t)size);
			return;
		}
	} else {
		memcpy(&a4, from, sizeof a4);
		address = &a4.sin_addr;
	}
	if (inet_ntop(from->ss_family, address, dst, (socklen_t)size) == NULL)
		str_copy(dst, size, "?");
}
