/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_ping: ICMP and ICMPv6 echo. The kernel's unprivileged ping sockets come first; where
 * net.ipv4.ping_group_range forbids them, raw sockets, which need CAP_NET_RAW.
 *
 * Who sends a reply is anybody's claim. It is taken for ours by its identifier and sequence, the
 * address asked, its length and 64 random bits in the payload. The kernel says when it came in, so
 * that a busy loop does not lengthen round trips. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <linux/icmp.h>

#include <event2/event.h>

#include "agent/gateway/probe_ping.h"
#include "zw/alloc.h"
#include "zw/clock.h"

#define HEADER 8	 /* type, code, checksum, identifier, sequence */
#define MAX_IP_HEADER 60 /* raw IPv4 sockets give it, too */
#define BURST 256	 /* packets read before the loop goes on with others */
#define SOCKET_BUFFER 2097152
#define STEP_US                                                                                    \
	200 /* clocks that moved further apart were set: then the kernel's time is no use          \
	     */

/* A family's socket, opened for its first echo. */
struct ping_socket {
	struct probe_ping *ping;
	int family;
	int fd; /* -1: not open */
	bool raw;
	uint16_t id;
	struct event *readable;
};

struct probe_ping {
	struct event_base *base;
	struct ping_socket sockets[2]; /* IPv4, IPv6 */
	uint16_t sequence;
	struct probe_ping_echo *waiting; /* hash by cookie */
};

/* Nothing open yet. */
static void *
ping_make(struct probe_env *env, struct err *e)
{
	struct probe_ping *p = xcalloc(1, sizeof *p);

	(void)e;
	p->base = probe_env_base(env);
	p->sockets[0] = (struct ping_socket){ .ping = p, .family = AF_INET, .fd = -1 };
	p->sockets[1] = (struct ping_socket){ .ping = p, .family = AF_INET6, .fd = -1 };
	return p;
}

/* The probes are gone, and their echoes with them. */
static void
ping_free(void *part)
{
	struct probe_ping *p = part;

	for (size_t i = 0; i < 2; i++) {
		if (p->sockets[i].readable != NULL)
			event_free(p->sockets[i].readable);
		if (p->sockets[i].fd != -1)
			close(p->sockets[i].fd);
	}
	free(p);
}

static const struct probe_part ping_part = { .make = ping_make, .free = ping_free };

/* The part. */
struct probe_ping *
probe_ping_of(struct probe_env *env, struct err *e)
{
	return probe_env_part(env, &ping_part, e);
}

/* RFC 1071; raw IPv4 sockets leave it to us. */
static uint16_t
checksum(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	if (n % 2 != 0)
		sum += (uint32_t)(p[n - 1] << 8);
	while (sum >> 16 != 0)
		sum = (sum & 0xFFFF) + (sum >> 16);
	return (uint16_t)~sum;
}

/* A reply, taken apart. */
struct ping_reply {
	uint16_t id;
	uint16_t sequence;
	uint64_t cookie;
	size_t size; /* of the payload */
};

/* Reads what a socket gave: 0, or -1 if it is no echo reply with a cookie. */
static int
reply_parse(const struct ping_socket *s, const uint8_t *p, size_t n, struct ping_reply *r)
{
	uint8_t type = s->family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;

	if (s->raw && s->family == AF_INET) {
		size_t ip = n > 0 ? (size_t)(p[0] & 0x0F) * 4 : 0;
		if (ip < 20 || ip > n)
			return -1;
		p += ip;
		n -= ip;
	}
	if (n < HEADER + PROBE_PING_MIN_SIZE || p[0] != type || p[1] != 0)
		return -1;
	r->id = (uint16_t)(p[4] << 8 | p[5]);
	r->sequence = (uint16_t)(p[6] << 8 | p[7]);
	memcpy(&r->cookie, p + HEADER, sizeof r->cookie);
	r->size = n - HEADER;
	return 0;
}

/* When the kernel had the packet, as wall microseconds; 0: it did not say. */
static int64_t
stamp_of(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		struct timespec ts;
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS ||
		    c->cmsg_len < CMSG_LEN(sizeof ts))
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof ts);
		return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
	}
	return 0;
}

/* By the kernel's stamp, unless the wall clock was set between. */
static int64_t
round_trip(const struct probe_ping_echo *echo, int64_t stamp_us)
{
	int64_t wall = clock_wall_us();
	int64_t mono = clock_mono_us();
	int64_t by_us = mono - echo->sent_mono_us;
	int64_t moved = (wall - mono) - (echo->sent_us - echo->sent_mono_us);
	int64_t by_kernel = stamp_us - echo->sent_us;

	if (stamp_us == 0 || moved > STEP_US || moved < -STEP_US || by_kernel < 0 ||
	    by_kernel > by_us)
		return by_us;
	return by_kernel;
}

/* Gives a reply to its echo. Replies that nobody waits for (late, twice, of other programs,
 * forged) are ignored. */
static void
ping_take(struct ping_socket *s, const uint8_t *p, size_t n, const struct sockaddr_storage *from,
    int64_t stamp_us)
{
	struct probe_ping_echo *echo = NULL;
	struct ping_reply r;

	if (reply_parse(s, p, n, &r) == -1)
		return;
	HASH_FIND(hh, s->ping->waiting, &r.cookie, sizeof r.cookie, echo);
	if (echo == NULL || r.id != s->id || r.sequence != echo->sequence || r.size != echo->size ||
	    !probe_name_same_host(from, &echo->to))
		return;
	int64_t us = round_trip(echo, stamp_us);
	probe_ping_forget(s->ping, echo);
	echo->answered(echo, us);
}

/* Reads what has come, in bounded turns. */
static void
ping_readable(evutil_socket_t fd, short what, void *arg)
{
	struct ping_socket *s = arg;
	uint8_t packet[MAX_IP_HEADER + HEADER + PROBE_PING_MAX_SIZE];

	(void)what;
	for (int i = 0; i < BURST; i++) {
		union {
			char bytes[CMSG_SPACE(sizeof(struct timespec)) + 64];
			struct cmsghdr align;
		} control;
		struct sockaddr_storage from = { 0 };
		struct iovec iov = { .iov_base = packet, .iov_len = sizeof packet };
		struct msghdr m = { .msg_name = &from,
			.msg_namelen = sizeof from,
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof control };
		ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);
		if (n == -1 && errno != EINTR)
			return;
		if (n > 0 && (m.msg_flags & MSG_TRUNC) == 0)
			ping_take(s, packet, (size_t)n, &from, stamp_of(&m));
	}
}

/* A ping socket: the kernel gives it an identifier, and only replies with that. */
static int
open_ping(struct ping_socket *s)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} u = { .sa.sa_family = (sa_family_t)s->family };
	socklen_t len = s->family == AF_INET ? sizeof u.v4 : sizeof u.v6;
	int fd = socket(s->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    s->family == AF_INET ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6);

	if (fd == -1)
		return -1;
	if (bind(fd, &u.sa, len) == -1 || getsockname(fd, &u.sa, &len) == -1) {
		close(fd);
		return -1;
	}
	s->raw = false;
	s->id = ntohs(s->family == AF_INET ? u.v4.sin_port : u.v6.sin6_port);
	return fd;
}

/* A raw socket that sees all replies that come to this machine, and nothing else. */
static int
open_raw(struct ping_socket *s)
{
	struct icmp_filter v4 = { .data = ~(1u << ICMP_ECHOREPLY) };
	struct icmp6_filter v6;
	int fd = socket(s->family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    s->family == AF_INET ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6);

	if (fd == -1)
		return -1;
	ICMP6_FILTER_SETBLOCKALL(&v6);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &v6);
	int rc = s->family == AF_INET
		     ? setsockopt(fd, SOL_RAW, ICMP_FILTER, &v4, sizeof v4)
		     : setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &v6, sizeof v6);
	if (rc == -1 || getrandom(&s->id, sizeof s->id, 0) != sizeof s->id) {
		close(fd);
		return -1;
	}
	s->raw = true;
	return fd;
}

/* Opens the family's socket by the way that is allowed. */
static int
socket_open(struct ping_socket *s, struct err *e)
{
	int one = 1, room = SOCKET_BUFFER;

	if ((s->fd = open_ping(s)) == -1 && (s->fd = open_raw(s)) == -1)
		return err_set(e,
		    "cannot send ICMP: %s; this user's group must be in net.ipv4.ping_group_range, "
		    "or the gateway have CAP_NET_RAW",
		    strerror(errno));
	(void)setsockopt(s->fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
	(void)setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	s->readable = event_new(s->ping->base, s->fd, EV_READ | EV_PERSIST, ping_readable, s);
	if (s->readable == NULL || event_add(s->readable, NULL) == -1) {
		if (s->readable != NULL)
			event_free(s->readable);
		s->readable = NULL;
		close(s->fd);
		s->fd = -1;
		return err_set(e, "cannot watch a socket for ICMP");
	}
	return 0;
}

/* Makes the packet; returns its length. */
static size_t
request_make(const struct ping_socket *s, const struct probe_ping_echo *echo, uint8_t *p)
{
	size_t n = HEADER + echo->size;

	memset(p, 0, HEADER);
	p[0] = s->family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	p[4] = (uint8_t)(s->id >> 8);
	p[5] = (uint8_t)s->id;
	p[6] = (uint8_t)(echo->sequence >> 8);
	p[7] = (uint8_t)echo->sequence;
	memcpy(p + HEADER, &echo->cookie, sizeof echo->cookie);
	for (size_t i = HEADER + sizeof echo->cookie; i < n; i++)
		p[i] = (uint8_t)i;
	if (s->family == AF_INET) { /* ICMPv6's is always the kernel's work */
		uint16_t sum = checksum(p, n);
		p[2] = (uint8_t)(sum >> 8);
		p[3] = (uint8_t)sum;
	}
	return n;
}

/* Fills an echo in, so that its reply can be told from all others. */
static int
echo_prepare(struct probe_ping *p, struct probe_ping_echo *echo, const struct probe_address *to,
    size_t size, struct err *e)
{
	if (getrandom(&echo->cookie, sizeof echo->cookie, 0) != sizeof echo->cookie)
		return err_set(e, "no random numbers: %s", strerror(errno));
	echo->sequence = p->sequence++;
	echo->size = size;
	echo->to = to->sa;
	return 0;
}

/* Whether the family's socket is open. */
bool
probe_ping_may(const struct probe_ping *p, const struct probe_address *to)
{
	return p->sockets[to->sa.ss_family == AF_INET6].fd != -1;
}

/* Sends, then waits: a reply cannot be read before this returns to the loop. */
int
probe_ping_send(struct probe_ping *p, struct probe_ping_echo *echo, const struct probe_address *to,
    size_t size, struct err *e)
{
	struct ping_socket *s = &p->sockets[to->sa.ss_family == AF_INET6];
	uint8_t packet[HEADER + PROBE_PING_MAX_SIZE];
	union {
		struct sockaddr sa;
		struct sockaddr_storage ss;
	} u = { .ss = to->sa };

	probe_ping_forget(p, echo);
	if (size < PROBE_PING_MIN_SIZE || size > PROBE_PING_MAX_SIZE)
		return err_set(e, "an echo of %zu bytes", size);
	if (s->fd == -1 && socket_open(s, e) == -1)
		return -1;
	if (echo_prepare(p, echo, to, size, e) == -1)
		return -1;
	size_t n = request_make(s, echo, packet);
	echo->sent_us = clock_wall_us();
	echo->sent_mono_us = clock_mono_us();
	if (sendto(s->fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL, &u.sa, to->len) == -1)
		return err_set(e, "%s", strerror(errno));
	HASH_ADD(hh, p->waiting, cookie, sizeof echo->cookie, echo);
	echo->waiting = true;
	return 0;
}

/* Takes it out of the hash. */
void
probe_ping_forget(struct probe_ping *p, struct probe_ping_echo *echo)
{
	if (!echo->waiting)
		return;
	HASH_DELETE(hh, p->waiting, echo);
	echo->waiting = false;
}
