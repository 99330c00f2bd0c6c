/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each agent and gateway says of itself: by its own series, of which the counters are since
 * its start. Who lost something, waits, or has a certificate that ends soon comes first. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "collector/web/pages/systempage.h"
#include "collector/web/view.h"
#include "zw/alloc.h"
#include "zw/units.h"

#define CERT_SOON_D 30
#define CLOCK_OFF_S 1.0

/* One of them. */
struct speaker {
	const struct node *node;
	const struct series *self;
	double trouble; /* the greater the earlier it stands */
};

/* The series in which it tells of itself; NULL: none yet. */
static const struct series *
self_of(const struct node *n)
{
	for (size_t i = 0; i < n->nseries; i++)
		if (n->series[i]->instance[0] == '\0' &&
		    (strcmp(n->series[i]->source, "agent") == 0 ||
			strcmp(n->series[i]->source, "gateway") == 0))
			return n->series[i];
	return NULL;
}

/* A field of it: of a counter what it counted since the agent's start. NAN: it has none such. */
static double
field_of(const struct series *se, const char *name)
{
	unsigned i = se != NULL ? site_field(se, name) : 0;

	if (se == NULL || i >= se->nfields || se->last.time_s == 0)
		return NAN;
	return se->fields[i].kind == FIELD_COUNTER ? se->raw[i] : se->last.values[i];
}

/* How much is wrong with it. */
static double
trouble_of(const struct node *n, const struct series *se)
{
	static const char *const lost[] = { "dropped", "rejected", "missed" };
	double sum = n->connected ? 0 : 1e6;

	for (size_t i = 0; i < sizeof lost / sizeof lost[0]; i++) {
		double v = field_of(se, lost[i]);
		sum += isnan(v) ? 0 : v;
	}
	double cert = field_of(se, "cert_left"), clock = field_of(se, "clock_offset");
	if (!isnan(cert) && cert < CERT_SOON_D)
		sum += 1e5;
	if (!isnan(clock) && fabs(clock) > CLOCK_OFF_S)
		sum += 1e5;
	return sum;
}

/* The most troubled first, else as configured. */
static int
compare(const void *x, const void *y)
{
	const struct speaker *a = x, *b = y;

	if (a->trouble != b->trouble)
		return a->trouble > b->trouble ? -1 : 1;
	return a->node->index < b->node->index ? -1 : a->node->index > b->node->index;
}

/* A value; warn: it is worth a look. */
static void
cell(struct buf *b, enum lang l, double v, const char *unit, bool warn)
{
	char text[UNITS_MAX] = "–";

	if (!isnan(v))
		lang_value(text, sizeof text, v, unit, l);
	html_raw(
	    b, warn ? "<td class=\"number\"><strong class=\"warn\">▲ " : "<td class=\"number\">");
	html_text(b, text);
	html_raw(b, warn ? "</strong></td>" : "</td>");
}

/* One of them. */
static void
put_row(struct buf *b, const struct collector *c, const struct request *rq, const struct speaker *s)
{
	static const char *const counts[] = { "spool_records", "dropped", "rejected", "missed" };
	enum lang l = rq->lang;

	html_raw(b, "<tr><td class=\"nowrap\">");
	bits_node(b, c, s->node->name);
	html_raw(b, "</td><td class=\"nowrap\">");
	html_text(b, s->node->agent);
	html_raw(b, "</td><td class=\"nowrap\">");
	if (s->node->connected)
		html_text(b, s->node->peer);
	else
		page_say(b, l, "not connected");
	html_raw(b, "</td>");
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		double v = field_of(s->self, counts[i]);
		cell(b, l, v, "1", i > 0 && v > 0);
	}
	double clock = field_of(s->self, "clock_offset"), cert = field_of(s->self, "cert_left");
	cell(b, l, clock, "s", fabs(clock) > CLOCK_OFF_S);
	cell(b, l, field_of(s->self, "round_trip"), "ms", false);
	cell(b, l, cert, "d", cert < CERT_SOON_D);
	html_raw(b, "</tr>\n");
}

/* All who speak for themselves, in order; freed by the caller. */
static size_t
collect(const struct collector *c, struct speaker **out)
{
	size_t n = 0, all = site_nnodes(c->site);

	*out = xcalloc(all + 1, sizeof **out);
	for (size_t i = 0; i < all; i++) {
		const struct node *node = site_node_at(c->site, i);
		const struct series *self = self_of(node);
		if (self == NULL && (node->kind != NODE_SERVER || node->via != NULL))
			continue;
		(*out)[n++] = (struct speaker){ node, self, trouble_of(node, self) };
	}
	qsort(*out, n, sizeof **out, compare);
	return n;
}

/* What no program keeps, said by name. */
static void
put_foot(struct buf *b, enum lang l)
{
	html_raw(b, "<p class=\"hint\">");
	page_say(b, l,
	    "Lost, refused and missed count since the agent's start. What an agent could not "
	    "count itself, being off, is seen as a gap in its graphs.");
	html_raw(b, "</p>\n");
}

void
systempage_agents(struct buf *b, const struct collector *c, const struct request *rq)
{
	static const char *const heads[] = { N_("Node"), N_("Program"), N_("Connection"),
		">" N_("Wait"), ">" N_("Lost"), ">" N_("Refused"), ">" N_("Missed steps"),
		">" N_("Clock off by"), ">" N_("Round trip"), ">" N_("Certificate"), NULL };
	struct speaker *all;
	size_t n = collect(c, &all), from = (size_t)bits_asked(rq).page * BITS_PAGE;

	html_raw(b, "<h2>");
	page_say(b, rq->lang, "Agents and gateways: clock, certificate, losses");
	html_raw(b, "</h2>\n<p><a href=\"/agents\">");
	page_say(b, rq->lang, N_("Certificates and invitations"));
	html_raw(b, "</a></p>\n");
	bits_table(b, rq->lang, NULL, heads);
	for (size_t i = from; i < n && i < from + BITS_PAGE; i++)
		put_row(b, c, rq, &all[i]);
	bits_table_end(b);
	bits_pages(b, rq, "/system", (unsigned)(from / BITS_PAGE), n > from + BITS_PAGE);
	put_foot(b, rq->lang);
	free(all);
}
