/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control: each client has a line's worth of memory, a few seconds and one answer; at most a few at
 * once, so that nobody can keep the gateway from its work. */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/gateway/control.h"
#include "agent/gateway/describe.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"

#define MAX_CLIENTS 16
#define PATIENCE_MS 5000

struct client {
	struct control *control;
	struct bufferevent *bev;
	struct client *next;
	bool answered;
};

struct control {
	struct event_base *base;
	struct evconnlistener *listener;
	char *path;
	struct gateway *gateway;
	struct client *clients;
	unsigned n;
};

/* Closes and forgets a client. */
static void
client_free(struct client *cl)
{
	struct client **p = &cl->control->clients;

	while (*p != cl)
		p = &(*p)->next;
	*p = cl->next;
	cl->control->n--;
	bufferevent_free(cl->bev);
	free(cl);
}

/* A client asked a line. */
static void
on_read(struct bufferevent *bev, void *arg)
{
	struct client *cl = arg;
	size_t n;

	if (cl->answered)
		return;
	char *line = evbuffer_readln(bufferevent_get_input(bev), &n, EVBUFFER_EOL_LF);
	if (line == NULL) {
		if (evbuffer_get_length(bufferevent_get_input(bev)) >= CONTROL_MAX_LINE)
			client_free(cl);
		return;
	}
	cl->answered = true;
	char *answer = describe_answer(cl->control->gateway, line);
	bufferevent_write(bev, answer, strlen(answer));
	bufferevent_write(bev, "\n", 1);
	free(answer);
	free(line);
}

/* All was sent. */
static void
on_written(struct bufferevent *bev, void *arg)
{
	struct client *cl = arg;
	(void)bev;

	if (cl->answered)
		client_free(cl);
}

/* It closed, or took too long. */
static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	client_free(arg);
}

/* A new client. */
static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa, int len, void *arg)
{
	struct control *c = arg;
	const struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	(void)l;
	(void)sa;
	(void)len;

	if (c->n == MAX_CLIENTS) {
		evutil_closesocket(fd);
		return;
	}
	struct client *cl = xcalloc(1, sizeof *cl);
	cl->control = c;
	cl->bev = bufferevent_socket_new(c->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (cl->bev == NULL)
		fatalx("control", "cannot serve a client");
	cl->next = c->clients;
	c->clients = cl;
	c->n++;
	bufferevent_setcb(cl->bev, on_read, on_written, on_event, cl);
	bufferevent_setwatermark(cl->bev, EV_READ, 0, CONTROL_MAX_LINE);
	bufferevent_set_timeouts(cl->bev, &patience, &patience);
	bufferevent_enable(cl->bev, EV_READ | EV_WRITE);
}

/* Opens the socket, in place of one that a gateway before left behind. */
static int
open_socket(const char *path, struct err *e)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	if (str_copy(sun.sun_path, sizeof sun.sun_path, path) == -1)
		return err_set(e, "%s: longer than a socket's name may be (%zu bytes)", path,
		    sizeof sun.sun_path - 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return err_set(e, "socket: %s", strerror(errno));
	if (connect(fd, (struct sockaddr *)&sun, sizeof sun) == 0) {
		close(fd);
		return err_set(e, "%s: another gateway runs on this state directory", path);
	}
	unlink(path);
	mode_t mask = umask(0117);
	int rc = bind(fd, (struct sockaddr *)&sun, sizeof sun);
	umask(mask);
	if (rc == -1 || listen(fd, MAX_CLIENTS) == -1) {
		err_set(e, "%s: %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

/* Open the socket. */
int
control_new(struct control **out, struct event_base *base, const char *state_dir, struct err *e)
{
	struct control *c = xcalloc(1, sizeof *c);

	c->base = base;
	c->path = xasprintf("%s/%s", state_dir, CONTROL_NAME);
	int fd = open_socket(c->path, e);
	if (fd == -1) {
		free(c->path);
		free(c);
		return -1;
	}
	c->listener = evconnlistener_new(
	    base, on_accept, c, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (c->listener == NULL)
		fatalx("control", "cannot listen");
	*out = c;
	return 0;
}

/* Close everything. */
void
control_free(struct control *c)
{
	if (c == NULL)
		return;
	evconnlistener_free(c->listener);
	while (c->clients != NULL)
		client_free(c->clients);
	unlink(c->path);
	free(c->path);
	free(c);
}

/* Tell of another gateway. */
void
control_set(struct control *c, struct gateway *g)
{
	c->gateway = g;
}
