/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handover: copies of the sockets, which execv() does not close, and a variable with their numbers.
 * What the variable says is believed only as far as the descriptors are sockets that listen. */
#include "zw/handover.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zw/log.h"
#include "zw/str.h"

#define VARIABLE "ZONEWATCH_LISTENING" /* "7 9" */
#define MOST 8

struct sockets {
	int fds[MOST];
	size_t n;
};

/* Whether it is a socket that listens. */
static bool
listens(int fd)
{
	int on = 0;
	socklen_t len = sizeof on;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 && on != 0;
}

/* What the variable says. */
static struct sockets
read_variable(void)
{
	const char *text = getenv(VARIABLE);
	struct sockets s = { .n = 0 };
	char copy[64], *save = NULL;
	uint64_t number;

	if (text == NULL || str_copy(copy, sizeof copy, text) == -1)
		return s;
	for (char *w = strtok_r(copy, " ", &save); w != NULL && s.n < MOST;
	     w = strtok_r(NULL, " ", &save))
		if (str_to_u64(w, 3, 65535, &number) == 0 && listens((int)number))
			s.fds[s.n++] = (int)number;
	return s;
}

/* Let it say these; without any, nothing. */
static void
write_variable(const struct sockets *s)
{
	char text[64] = "";

	for (size_t i = 0; i < s->n; i++) {
		size_t at = strlen(text);
		if (str_format(text + at, sizeof text - at, "%s%d", i > 0 ? " " : "", s->fds[i]) ==
		    -1)
			break;
	}
	if (s->n == 0)
		(void)unsetenv(VARIABLE);
	else
		(void)setenv(VARIABLE, text, 1);
}

void
handover_begin(void)
{
	struct sockets s = read_variable();

	for (size_t i = 0; i < s.n; i++)
		(void)fcntl(s.fds[i], F_SETFD, FD_CLOEXEC);
}

/* Whether two addresses are one. */
static bool
same_address(const struct sockaddr *a, const struct sockaddr *b)
{
	struct sockaddr_in x4, y4;
	struct sockaddr_in6 x6, y6;

	if (a->sa_family != b->sa_family)
		return false;
	if (a->sa_family == AF_INET) {
		memcpy(&x4, a, sizeof x4);
		memcpy(&y4, b, sizeof y4);
		return x4.sin_port == y4.sin_port && x4.sin_addr.s_addr == y4.sin_addr.s_addr;
	}
	if (a->sa_family != AF_INET6)
		return false;
	memcpy(&x6, a, sizeof x6);
	memcpy(&y6, b, sizeof y6);
	return x6.sin6_port == y6.sin6_port && x6.sin6_scope_id == y6.sin6_scope_id &&
	       memcmp(&x6.sin6_addr, &y6.sin6_addr, sizeof x6.sin6_addr) == 0;
}

int
handover_take(const struct sockaddr *sa)
{
	struct sockets s = read_variable();

	for (size_t i = 0; i < s.n; i++) {
		struct sockaddr_storage ss = { 0 };
		socklen_t n = sizeof ss;
		int fd = s.fds[i];
		if (getsockname(fd, (struct sockaddr *)&ss, &n) == -1 ||
		    !same_address((struct sockaddr *)&ss, sa))
			continue;
		s.fds[i] = s.fds[--s.n];
		write_variable(&s);
		return fd;
	}
	return -1;
}

void
handover_pass(void)
{
	struct sockets s = read_variable();

	for (size_t i = 0; i < s.n; i++)
		(void)fcntl(s.fds[i], F_SETFD, 0);
}

void
handover_end(void)
{
	struct sockets s = read_variable();

	for (size_t i = 0; i < s.n; i++)
		close(s.fds[i]);
	(void)unsetenv(VARIABLE);
}

void
handover_offer(int fd)
{
	struct sockets s = read_variable();
	int copy = fcntl(fd, F_DUPFD, 3);

	if (copy == -1 || s.n == MOST) {
		log_warn("handover", "a listening socket cannot be handed over");
		if (copy != -1)
			close(copy);
		return;
	}
	s.fds[s.n++] = copy;
	write_variable(&s);
}
