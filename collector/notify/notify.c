/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which mails an incident makes, and for whom. Recipients with the same wishes (zones, severity)
 * are a group and get one mail together; a group's number is made of its wishes, so that the mail
 * of the incident's end finds that of its opening also after recipients came or went. */
#include "collector/notify/notify.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/rule.h"
#include "collector/conf.h"
#include "collector/notify/mime.h"
#include "collector/notify/outbox.h"
#include "collector/notify/text.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/crc32c.h"
#include "zw/log.h"
#include "zw/units.h"

#define TOLD_KEPT 256
#define TOGETHER_MS 2000 /* what fires within it has the same cause */

struct group {
	char *wishes; /* "a,b/warning": sorted zones ("*": all) and severity */
	uint32_t number;
	const struct conf_recipient *first; /* for the zones */
	enum wire_severity severity;
	char *to; /* addresses, separated by ", " */
};

/* That a group was told of an incident's opening, so that it is not worded again and again. */
struct told_open {
	uint64_t incident;
	uint32_t group;
};

struct notify {
	const struct conf_collector *conf;
	const struct site *site;
	struct history *history;
	struct outbox *outbox; /* NULL: no mail is sent */
	const char *hostname;
	struct group *groups;
	size_t ngroups;
	struct told_open told[TOLD_KEPT];
	size_t ntold; /* in all; the place of the next is this modulo TOLD_KEPT */
	struct notify_stats stats;
};

/* Order of zone names, for qsort. */
static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The wishes of a recipient as a text. */
static char *
wishes_of(const struct conf_recipient *r)
{
	char *list = xstrdup(r->zones.n == 0 ? "*" : "");
	char **names = xmalloc((r->zones.n + 1) * sizeof *names);

	for (size_t i = 0; i < r->zones.n; i++)
		names[i] = r->zones.v[i];
	qsort(names, r->zones.n, sizeof *names, compare_names);
	for (size_t i = 0; i < r->zones.n; i++) {
		char *longer = xasprintf("%s%s%s", list, i == 0 ? "" : ",", names[i]);
		free(list);
		list = longer;
	}
	free(names);
	char *wishes = xasprintf("%s/%s", list, r->severity);
	free(list);
	return wishes;
}

/* The severity of a word; the configuration allows no other. */
static enum wire_severity
severity_of(const char *word)
{
	if (strcmp(word, "critical") == 0)
		return WIRE_CRITICAL;
	return strcmp(word, "info") == 0 ? WIRE_INFO : WIRE_WARNING;
}

/* Puts a recipient into its group. */
static void
group_add(struct notify *n, const struct conf_recipient *r)
{
	char *wishes = wishes_of(r);
	struct group *g = NULL;

	for (size_t i = 0; i < n->ngroups && g == NULL; i++) {
		if (strcmp(n->groups[i].wishes, wishes) == 0)
			g = &n->groups[i];
	}
	if (g != NULL) {
		char *to = xasprintf("%s, %s", g->to, r->address);
		free(g->to);
		g->to = to;
		free(wishes);
		return;
	}
	n->groups = xreallocarray(n->groups, n->ngroups + 1, sizeof *n->groups);
	n->groups[n->ngroups++] = (struct group){ .wishes = wishes,
		.number = crc32c(0, wishes, strlen(wishes)),
		.first = r,
		.severity = severity_of(r->severity),
		.to = xstrdup(r->address) };
}

/* Whether the group wants mail of this zone. */
static bool
group_wants(const struct group *g, const char *zone)
{
	for (size_t i = 0; i < g->first->zones.n; i++) {
		if (strcmp(g->first->zones.v[i], zone) == 0)
			return true;
	}
	return g->first->zones.n == 0;
}

/* Judges the addresses and groups the recipients. */
static int
notify_prepare(struct notify *n, struct err *e)
{
	const struct conf_mail *c = &n->conf->mail;
	const struct conf_recipient *r = c->recipients.v;

	if (!mime_is_address(c->from))
		return err_set(e, "mail.from: \"%s\" is no mail address", c->from);
	n->hostname = c->hostname != NULL ? c->hostname : strrchr(c->from, '@') + 1;
	if (!mime_is_domain(n->hostname))
		return err_set(e, "mail.hostname: \"%s\" is no domain name", n->hostname);
	for (size_t i = 0; i < c->recipients.n; i++) {
		if (!mime_is_address(r[i].address))
			return err_set(
			    e, "mail.recipients: \"%s\" is no mail address", r[i].address);
		group_add(n, &r[i]);
	}
	if (n->ngroups == 0)
		log_warnx("mail", "nobody is to get mails: mail.recipients is empty");
	return 0;
}

struct notify *
notify_new(struct event_base *base, const struct conf_collector *conf, const struct site *site,
    struct render *render, struct history *history, struct err *e)
{
	struct notify *n = xcalloc(1, sizeof *n);

	n->conf = conf;
	n->site = site;
	n->history = history;
	if (conf->mail.transport == NULL)
		return n;
	if (notify_prepare(n, e) == -1 || outbox_new(&n->outbox, base, conf, n->hostname, site,
					      render, history, &n->stats, e) == -1) {
		notify_free(n);
		return NULL;
	}
	return n;
}

void
notify_free(struct notify *n)
{
	if (n == NULL)
		return;
	outbox_free(n->outbox);
	for (size_t i = 0; i < n->ngroups; i++) {
		free(n->groups[i].wishes);
		free(n->groups[i].to);
	}
	free(n->groups);
	free(n);
}

/* Whether the group had the incident's opening, as far as is remembered; if not, it has now. */
static bool
told_before(struct notify *n, uint64_t incident, uint32_t group)
{
	size_t kept = n->ntold < TOLD_KEPT ? n->ntold : TOLD_KEPT;

	for (size_t i = 0; i < kept; i++) {
		if (n->told[i].incident == incident && n->told[i].group == group)
			return true;
	}
	n->told[n->ntold++ % TOLD_KEPT] =
	    (struct told_open){ .incident = incident, .group = group };
	return false;
}

/* The rule of an alert; NULL: it is no more, or the engine's own. */
static const struct conf_rule *
rule_of(const struct notify *n, const struct alert *a)
{
	const struct conf_rule *rules = n->conf->rules.v;

	for (size_t i = 0; i < n->conf->rules.n; i++) {
		if (strcmp(rules[i].name, a->rule) == 0)
			return &rules[i];
	}
	return NULL;
}

/* Whether its rule looks at the states of all devices, so that only the reason says what it is. */
static bool
is_generic(const struct notify *n, const struct alert *a)
{
	const struct conf_rule *rule = rule_of(n, a);
	const struct rule_kind *kind = rule != NULL ? rule_kind(rule->kind) : NULL;

	return kind != NULL && kind->states && rule->source == NULL && *a->node != '\0';
}

/* Whether a comes before b in a mail: the worse, then the earlier; of those of one moment what has
 * a rule of its own, which is more of a cause than a relay that closed for it. */
static bool
is_before(const struct notify *n, const struct alert *a, const struct alert *b)
{
	if (b == NULL || a->severity != b->severity)
		return b == NULL || a->severity > b->severity;
	bool together = llabs(a->fired_ms - b->fired_ms) <= TOGETHER_MS;
	if (together && is_generic(n, a) != is_generic(n, b))
		return is_generic(n, b);
	return a->id < b->id;
}

/* Whether the mail speaks of the alert: at the end of all, else of those that fire. */
static bool
concerns(const struct alert *a, const struct incident *in, bool closed)
{
	bool firing = a->state == ALERT_FIRING || a->state == ALERT_CLEARING;

	return a->id != 0 && a->incident == in->id && (closed || firing);
}

/* How bad a value is, to tell which is worst: the greater or, if low, the less. Of a rule on states
 * their severity, and what is fine is none of them. NAN: none. */
static double
rank_of(const struct series *se, unsigned field, const struct rule_kind *kind, bool low)
{
	double v = se->last.time_s == 0 ? NAN : se->last.values[field];
	struct metric_state st;

	if (kind == NULL || !kind->states)
		return low ? -v : v;
	if (!site_state(se, field, v, &st) || st.severity == METRIC_OK)
		return NAN;
	return st.severity == METRIC_CRITICAL ? 2 : 1;
}

/* Puts a value among the worst, if it is one of them. */
static void
worst_add(struct text_facts *f, const struct text_value *v)
{
	size_t at = f->nworst;

	while (at > 0 && v->rank > f->worst[at - 1].rank)
		at--;
	if (at == TEXT_MAX_WORST)
		return;
	if (f->nworst < TEXT_MAX_WORST)
		f->nworst++;
	for (size_t i = f->nworst - 1; i > at; i--)
		f->worst[i] = f->worst[i - 1];
	f->worst[at] = *v;
}

/* Whether the rule looks at the series, as far as its name tells. */
static bool
covers(const struct conf_rule *rule, const struct series *se)
{
	for (size_t i = 0; i < rule->except.n; i++) {
		if (str_covers(rule->except.v[i], se->source))
			return false;
	}
	return (rule->source == NULL || str_covers(rule->source, se->source)) &&
	       (rule->instance == NULL || str_covers(rule->instance, se->instance));
}

/* The worst value of a node among those that the rule looks at; of none its rank is NAN. */
static struct text_value
worst_of(const struct node *node, const struct conf_rule *rule, bool low)
{
	struct text_value worst = { .node = node, .rank = NAN };
	const struct rule_kind *kind = rule_kind(rule->kind);

	for (size_t i = 0; i < node->nseries; i++) {
		const struct series *se = node->series[i];
		for (unsigned k = 0; k < se->nfields && covers(rule, se); k++) {
			if (rule->field != NULL && !str_covers(rule->field, se->fields[k].name))
				continue;
			double rank = rank_of(se, k, kind, low);
			if (isnan(rank) || rank <= worst.rank)
				continue;
			worst = (struct text_value){
				.node = node, .series = se, .field = k, .rank = rank
			};
		}
	}
	return worst;
}

/* The nodes that make an aggregate bad: the worst of those whose values are live. */
static void
gather_worst(const struct notify *n, struct text_facts *f)
{
	const struct alert *a = f->alert;
	const struct conf_rule *rule = rule_of(n, a);
	const struct rule_kind *kind = rule != NULL ? rule_kind(rule->kind) : NULL;
	if (kind == NULL || !kind->needs_field)
		return;
	bool low = strstr(a->reason, "below") != NULL;
	for (size_t i = 0; i < site_nnodes(n->site); i++) {
		const struct node *node = site_node_at(n->site, i);
		if (f->zone != NULL && node->zone != f->zone)
			continue;
		if (site_is_stale(node, clock_steady_ms()))
			continue;
		struct text_value v = worst_of(node, rule, low);
		if (!isnan(v.rank))
			worst_add(f, &v);
	}
}

/* What the mail tells of. */
static void
gather(const struct notify *n, const struct engine *e, const struct incident *in, bool closed,
    int64_t now_ms, struct text_facts *f)
{
	size_t count = engine_nalerts(e);

	closed = closed || in->closed_ms != 0; /* it opened and ended in one turn: of a backlog */
	*f = (struct text_facts){ .site = site_title(n->site),
		.url = n->conf->web.url,
		.zone = site_zone(n->site, in->zone),
		.incident = in,
		.now_ms = now_ms };
	for (size_t i = 0; i < count; i++) {
		const struct alert *a = engine_alert_at(e, i);
		if (concerns(a, in, closed) && is_before(n, a, f->alert))
			f->alert = a;
	}
	for (size_t i = 0; i < count; i++) {
		const struct alert *a = engine_alert_at(e, i);
		if (a == f->alert || !concerns(a, in, closed))
			continue;
		if (f->nothers < TEXT_MAX_OTHERS)
			f->others[f->nothers++] = a;
		else
			f->nmore++;
	}
	f->generic = f->alert != NULL && is_generic(n, f->alert);
	if (f->alert != NULL && *f->alert->node != '\0')
		f->node = site_node(n->site, f->alert->node);
	if (f->alert != NULL && f->alert->sid != 0)
		f->series = site_series(n->site, f->alert->sid);
	if (f->alert != NULL && *f->alert->node == '\0')
		gather_worst(n, f);
	f->graph = n->conf->mail.graph && f->alert != NULL && f->alert->sid != 0;
}

/* The limit, if it is one of the field that the graph shows (and not a number of nodes). */
static double
graph_limit(const struct notify *n, const struct alert *a)
{
	const struct series *se = site_series(n->site, a->sid);
	char unit[METRIC_MAX_UNIT + 8];

	for (unsigned i = 0; se != NULL && i < se->nfields; i++) {
		units_of_field(unit, sizeof unit, se->fields[i].kind, se->fields[i].unit);
		if (strcmp(se->fields[i].name, a->field) == 0 && a->unit != NULL &&
		    (strcmp(a->unit, unit) == 0 || strcmp(a->unit, se->fields[i].unit) == 0))
			return a->limit;
	}
	return NAN;
}

/* The Message-ID of a group's mail about an incident. */
static char *
message_id(
    const struct notify *n, const struct incident *in, const char *kind, const struct group *g)
{
	return xasprintf("<incident-%" PRIu64 ".%s.%08" PRIx32 ".%s@%s>", in->id, kind, g->number,
	    history_install(n->history), n->hostname);
}

/* One group's mail. */
static struct mail *
mail_new(const struct notify *n, const struct group *g, const struct text_facts *f, bool closed)
{
	struct mail *m = xcalloc(1, sizeof *m);
	const struct alert *a = f->alert;

	m->incident = f->incident->id;
	m->kind = xstrdup(closed ? "close" : "open");
	m->zone = xstrdup(f->incident->zone);
	m->severity = f->incident->severity;
	m->to = xstrdup(g->to);
	m->message_id = message_id(n, f->incident, m->kind, g);
	if (closed)
		m->references = message_id(n, f->incident, "open", g);
	m->created_ms = m->next_ms = f->now_ms;
	m->graph_limit = NAN;
	if (f->graph) {
		m->graph_sid = a->sid;
		m->graph_field = *a->field == '\0' ? NULL : xstrdup(a->field);
		m->graph_limit = graph_limit(n, a);
		m->graph_mark_s = f->incident->opened_ms / 1000;
	}
	if (closed)
		text_closed(m, f);
	else
		text_opened(m, f);
	return m;
}

void
notify_incident(struct notify *n, const struct engine *e, const struct incident *in,
    enum alert_change_kind kind, int64_t now_ms)
{
	bool closed = kind == CHANGE_CLOSED;
	struct text_facts f = { 0 };

	if (n->outbox == NULL)
		return;
	for (size_t i = 0; i < n->ngroups; i++) {
		const struct group *g = &n->groups[i];
		if (in->severity < g->severity || !group_wants(g, in->zone))
			continue;
		if (!closed && told_before(n, in->id, g->number))
			continue;
		if (f.incident == NULL)
			gather(n, e, in, closed, now_ms, &f);
		history_mail(n->history, mail_new(n, g, &f, closed));
	}
}

void
notify_take(struct notify *n, struct mail *m)
{
	if (n->outbox != NULL) {
		outbox_take(n->outbox, m);
		return;
	}
	/* It stays in the history, for a start with a transport. */
	n->stats.waiting++;
	mail_free(m);
}

const struct notify_stats *
notify_stats(const struct notify *n)
{
	return &n->stats;
}

const char *
notify_off(const struct notify *n)
{
	if (n->outbox == NULL)
		return "no transport configured";
	return n->ngroups == 0 ? "no recipients configured" : NULL;
}
