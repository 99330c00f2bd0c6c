/* SPDX-License-Identifier: GPL-3.0-or-later */
/* links: listeners that accept, and close what they accepted. */
#include <event2/event.h>
#include <event2/listener.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/sim/links.h"
#include "zw/alloc.h"
#include "zw/log.h"

struct links {
	struct event_base *base;
	unsigned port;
	struct evconnlistener *listeners[LINKS];
};

static const char *const titles[LINKS] = {
	"1 nömrəli tam orta məktəb",
	"2 nömrəli tam orta məktəb",
	"3 nömrəli tam orta məktəb",
	"4 nömrəli tam orta məktəb",
	"5 nömrəli tam orta məktəb",
	"6 nömrəli tam orta məktəb",
	"7 nömrəli tam orta məktəb",
	"8 nömrəli tam orta məktəb",
	"9 nömrəli tam orta məktəb",
	"10 nömrəli tam orta məktəb",
	"11 nömrəli tam orta məktəb",
	"12 nömrəli tam orta məktəb",
	"13 nömrəli tam orta məktəb",
	"14 nömrəli tam orta məktəb",
	"15 nömrəli tam orta məktəb",
	"16 nömrəli tam orta məktəb",
	"Fizika-riyaziyyat liseyi",
	"Təbiət elmləri liseyi",
	"Texniki lisey",
	"Musiqi kolleci",
	"Tibb kolleci",
	"Pedaqoji institut",
	"Uşaq bağçası 1",
	"Kitabxana",
};

/* A caller is let in and let go. */
static void
link_accepted(
    struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa, int len, void *arg)
{
	(void)listener;
	(void)sa;
	(void)len;
	(void)arg;
	close(fd);
}

/* Open a link's end. */
static int
link_open(struct links *l, unsigned link)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons((uint16_t)l->port) };

	sin.sin_addr.s_addr = htonl(0x7f001800u + link);
	l->listeners[link - 1] = evconnlistener_new_bind(l->base, link_accepted, l,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC, 16,
	    (struct sockaddr *)&sin, (int)sizeof sin);
	return l->listeners[link - 1] != NULL ? 0 : -1;
}

/* Open all. */
int
links_new(struct links **out, struct event_base *base, unsigned port, struct err *e)
{
	struct links *l = xcalloc(1, sizeof *l);

	l->base = base;
	l->port = port;
	for (unsigned i = 1; i <= LINKS; i++)
		if (link_open(l, i) == -1) {
			links_free(l);
			return err_set(e, "cannot listen on 127.0.24.%u:%u", i, port);
		}
	*out = l;
	return 0;
}

/* Close all. */
void
links_free(struct links *l)
{
	if (l == NULL)
		return;
	for (unsigned i = 0; i < LINKS; i++)
		if (l->listeners[i] != NULL)
			evconnlistener_free(l->listeners[i]);
	free(l);
}

/* Cut a link or mend it. */
void
links_set_down(struct links *l, unsigned link, bool down)
{
	if (link < 1 || link > LINKS || down == (l->listeners[link - 1] == NULL))
		return;
	if (down) {
		evconnlistener_free(l->listeners[link - 1]);
		l->listeners[link - 1] = NULL;
	} else if (link_open(l, link) == -1)
		log_warn("sim", "link %u does not come back", link);
}

/* Whose link it is. */
const char *
links_title(unsigned link)
{
	return link >= 1 && link <= LINKS ? titles[link - 1] : "";
}
