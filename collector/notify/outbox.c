/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mail waits until its time has come and the mail that it answers is through; then its graph is
 * drawn (for three seconds at most), the message is built and goes to the transport; then its
 * outcome is stored, or it waits again. At most four are on their way at once, those first that
 * were tried least, so that a backlog does not hold up what is new.
 *
 * Times are steady milliseconds (zw/clock.h), which compare with the stored wall times. */
#include "collector/notify/outbox.h"

#include <event2/event.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "collector/conf.h"
#include "collector/notify/maildir.h"
#include "collector/notify/mime.h"
#include "collector/notify/smtp.h"
#include "collector/notify/text.h"
#include "collector/report/render.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"

#define AT_ONCE SMTP_LANES
#define GRAPH_WAIT_MS 3000
#define GRAPH_LEAST_S 600 /* of a series that is younger than what is shown */
#define GRAPH_BEFORE_S (3 * 3600)
#define GRAPH_AFTER_S (30 * 60)
#define GRAPH_LONGEST_S (24 * 3600)
#define LAST_DELAY_MS (15 * 60000)
#define COMPLAIN_EVERY_MS 60000

enum delivery_state {
	DELIVERY_WAITING,
	DELIVERY_DRAWING,
	DELIVERY_SENDING
};

/* Between a graph that was asked for and its delivery, either of which may end first. */
struct ticket {
	struct delivery *delivery; /* NULL: nobody waits any more */
};

struct delivery {
	TAILQ_ENTRY(delivery) link;
	struct outbox *outbox;
	struct mail *mail;
	enum delivery_state state;
	bool unreachable; /* the last try did not get as far as a session */
	bool fresh;	  /* it was tried again at once already */
	bool reached;	  /* somebody has it */
	struct ticket *ticket;
	struct event *patience; /* for the graph */
	char **to;		/* those who still wait, while sending */
	size_t nto;
};

struct outbox {
	struct event_base *base;
	const struct conf_collector *conf;
	const struct site *site;
	struct render *render;
	struct history *history;
	struct notify_stats *stats;
	struct event *timer;
	struct smtp *smtp; /* or */
	struct maildir *maildir;
	unsigned active;
	bool failing; /* the last try of any mail failed */
	struct log_throttle complaint;
	TAILQ_HEAD(, delivery) all;
};

static void outbox_start(struct delivery *d);

int64_t
outbox_delay_ms(unsigned tries)
{
	static const int seconds[] = { 15, 30, 60, 120, 300, 600 };

	if (tries == 0 || tries > sizeof seconds / sizeof seconds[0])
		return tries == 0 ? 0 : LAST_DELAY_MS;
	return (int64_t)seconds[tries - 1] * 1000;
}

/* The oldest mail that waits, for those who watch. */
static void
outbox_count(struct outbox *o)
{
	struct delivery *d;

	o->stats->waiting = 0;
	o->stats->oldest_ms = 0;
	TAILQ_FOREACH (d, &o->all, link) {
		o->stats->waiting++;
		if (o->stats->oldest_ms == 0 || d->mail->created_ms < o->stats->oldest_ms)
			o->stats->oldest_ms = d->mail->created_ms;
	}
}

/* Whether the mail answers one that is not yet through. */
static bool
is_blocked(const struct outbox *o, const struct delivery *d)
{
	const struct delivery *other;

	if (d->mail->references == NULL)
		return false;
	TAILQ_FOREACH (other, &o->all, link) {
		if (other != d && strcmp(other->mail->message_id, d->mail->references) == 0)
			return true;
	}
	return false;
}

/* The mail to try now, or NULL and in *next_ms when one will be due (-1: none). */
static struct delivery *
outbox_choose(const struct outbox *o, int64_t now_ms, int64_t *next_ms)
{
	struct delivery *d, *best = NULL;

	*next_ms = -1;
	TAILQ_FOREACH (d, &o->all, link) {
		if (d->state != DELIVERY_WAITING ||
		    (best != NULL && d->mail->tries >= best->mail->tries))
			continue;
		if (d->mail->next_ms > now_ms) {
			if (*next_ms == -1 || d->mail->next_ms < *next_ms)
				*next_ms = d->mail->next_ms;
		} else if (!is_blocked(o, d)) {
			best = d;
		}
	}
	return best;
}

/* Starts what is due and sets the timer for what is not. */
static void
outbox_kick(evutil_socket_t fd, short what, void *arg)
{
	struct outbox *o = arg;
	int64_t next_ms = -1;

	(void)fd;
	(void)what;
	while (o->active < AT_ONCE) {
		int64_t now_ms = clock_steady_ms();
		struct delivery *d = outbox_choose(o, now_ms, &next_ms);
		if (d == NULL) {
			int64_t wait = next_ms - now_ms;
			struct timeval tv = { wait / 1000, wait % 1000 * 1000 };
			if (next_ms != -1)
				evtimer_add(o->timer, &tv);
			return;
		}
		o->active++;
		outbox_start(d);
	}
}

/* A delivery's end for this run of the program. */
static void
delivery_free(struct delivery *d)
{
	TAILQ_REMOVE(&d->outbox->all, d, link);
	if (d->ticket != NULL)
		d->ticket->delivery = NULL;
	if (d->patience != NULL)
		event_free(d->patience);
	for (size_t i = 0; i < d->nto; i++)
		free(d->to[i]);
	free(d->to);
	mail_free(d->mail);
	free(d);
}

/* The addresses of a list as an array. */
static void
split(const char *list, char ***out, size_t *n)
{
	*out = NULL;
	*n = 0;
	while (*list != '\0') {
		size_t len = strcspn(list, ",");
		*out = xreallocarray(*out, *n + 1, sizeof(char *));
		(*out)[(*n)++] = xasprintf("%.*s", (int)len, list);
		list += len;
		list += strspn(list, ", ");
	}
}

/* The mail is through or given up. */
static void
delivery_end(struct delivery *d, bool sent, const char *why)
{
	struct outbox *o = d->outbox;
	struct mail *m = d->mail;

	history_mail_outcome(o->history, m->id, sent ? "sent" : "failed", m->tries, 0, why);
	if (sent) {
		o->stats->sent++;
		log_info(
		    "mail", "incident %" PRIu64 " (%s) went to %s", m->incident, m->kind, m->to);
	} else {
		o->stats->failed++;
		str_copy(o->stats->last_error, sizeof o->stats->last_error, why);
		log_warnx("mail", "incident %" PRIu64 " (%s) to %s failed for good: %s",
		    m->incident, m->kind, m->to, why);
	}
	delivery_free(d);
}

/* The last try did not succeed: once more later, or no more. */
static void
delivery_retry(struct delivery *d, const char *why)
{
	struct outbox *o = d->outbox;
	struct mail *m = d->mail;
	int64_t now_ms = clock_steady_ms();
	uint32_t r;
	unsigned held;

	m->tries++;
	o->stats->retries++;
	str_copy(o->stats->last_error, sizeof o->stats->last_error, why);
	if (now_ms - m->created_ms >= o->conf->mail.give_up) {
		delivery_end(d, false, why);
		return;
	}
	if (log_throttle_pass(&o->complaint, now_ms, &held))
		log_warnx("mail",
		    "incident %" PRIu64 " (%s) is not delivered yet: %s (%u more such)",
		    m->incident, m->kind, why, held);
	evutil_secure_rng_get_bytes(&r, sizeof r);
	int64_t delay = outbox_delay_ms(m->tries);
	m->next_ms = now_ms + delay + delay * (int64_t)(r % 1000) / 5000;
	o->failing = true;
	d->state = DELIVERY_WAITING;
	history_mail_outcome(o->history, m->id, "waiting", m->tries, m->next_ms, why);
}

/* The transport is back: what waits only because it was away is tried now. */
static void
outbox_recovered(struct outbox *o)
{
	struct delivery *d;

	if (!o->failing)
		return;
	o->failing = false;
	log_info("mail", "delivered again");
	TAILQ_FOREACH (d, &o->all, link) {
		if (d->unreachable)
			d->mail->next_ms = 0;
	}
}

/* This try is over: room for the next. */
static void
delivery_leave(struct delivery *d)
{
	for (size_t i = 0; i < d->nto; i++)
		free(d->to[i]);
	free(d->to);
	d->to = NULL;
	d->nto = 0;
	d->outbox->active--;
	event_active(d->outbox->timer, EV_TIMEOUT, 0);
}

/* Says who was refused for good and keeps in the mail who still waits; returns how many do. */
static size_t
delivery_sort(struct delivery *d, const struct smtp_result *r, size_t *accepted)
{
	struct outbox *o = d->outbox;
	struct buf rest = { 0 };
	size_t waiting = 0;

	for (size_t i = 0; i < r->n; i++) {
		*accepted += r->fates[i] == SMTP_ACCEPTED;
		if (r->fates[i] == SMTP_REFUSED) {
			o->stats->refused++;
			log_warnx("mail", "incident %" PRIu64 " (%s): %s is refused for good: %s",
			    d->mail->incident, d->mail->kind, d->to[i], r->why);
		}
		if (r->fates[i] != SMTP_RETRY)
			continue;
		if (waiting++ > 0)
			buf_put(&rest, ", ", 2);
		buf_put(&rest, d->to[i], strlen(d->to[i]));
	}
	buf_u8(&rest, '\0');
	if (waiting > 0 && waiting < r->n) {
		free(d->mail->rest);
		d->mail->rest = xstrdup((const char *)rest.data);
		history_mail_rest(o->history, d->mail->id, d->mail->rest);
	}
	buf_free(&rest);
	return waiting;
}

/* The relay's verdict. */
static void
outbox_smtp_done(void *arg, const struct smtp_result *r)
{
	struct delivery *d = arg;
	struct outbox *o = d->outbox;
	size_t accepted = 0;

	size_t waiting = delivery_sort(d, r, &accepted);
	bool again = r->stale && !d->fresh;
	delivery_leave(d);
	d->unreachable = r->unreachable;
	d->reached = d->reached || accepted > 0;
	if (!r->unreachable)
		outbox_recovered(o);
	if (again) {
		d->fresh = true;
		d->state = DELIVERY_WAITING;
	} else if (waiting > 0) {
		delivery_retry(d, r->why);
	} else {
		/* Those that were refused were said; one that has it is enough to call it sent. */
		delivery_end(d, d->reached, *r->why == '\0' ? "accepted" : r->why);
	}
	outbox_count(o);
}

/* It is in the maildir, or not. */
static void
outbox_maildir_done(void *arg, const char *why)
{
	struct delivery *d = arg;
	struct outbox *o = d->outbox;

	delivery_leave(d);
	d->unreachable = why != NULL;
	if (why == NULL) {
		outbox_recovered(o);
		delivery_end(d, true, "stored");
	} else {
		delivery_retry(d, why);
	}
	outbox_count(o);
}

/* A file's name, in the order of the mails; the same mail makes the same file. */
static void
file_name(char *dst, size_t size, const struct mail *m)
{
	char left[96];

	snprintf(
	    left, sizeof left, "%.*s", (int)strcspn(m->message_id + 1, "@"), m->message_id + 1);
	for (char *p = left; *p != '\0'; p++) {
		if (*p == '/')
			*p = '-';
	}
	snprintf(dst, size, "%013" PRId64 "-%06" PRId64 ".%s.eml", m->created_ms, m->id, left);
}

/* The message as bytes. */
static int
outbox_build(const struct outbox *o, const struct mail *m, const uint8_t *png, size_t n,
    struct buf *b, struct err *e)
{
	char number[24];

	snprintf(number, sizeof number, "%" PRIu64, m->incident);
	const struct mime_header headers[] = {
		{ "X-Zonewatch-Zone", m->zone },
		{ "X-Zonewatch-Severity", text_severity(m->severity) },
		{ "X-Zonewatch-Incident", number },
	};
	const struct mime_mail mm = { .from_name = "Zonewatch",
		.from = o->conf->mail.from,
		.to = m->to,
		.subject = m->subject,
		.message_id = m->message_id,
		.references = m->references,
		.date_ms = m->created_ms,
		.headers = headers,
		.nheaders = sizeof headers / sizeof headers[0],
		.text = m->text,
		.html = m->html,
		.png = png,
		.png_len = n };
	return mime_build(b, &mm, e);
}

/* Builds the message, with or without a graph, and hands it to the transport. */
static void
delivery_send(struct delivery *d, const uint8_t *png, size_t n)
{
	struct outbox *o = d->outbox;
	struct mail *m = d->mail;
	struct buf message = { 0 };
	char name[128];
	struct err e;

	if (d->patience != NULL) {
		event_free(d->patience);
		d->patience = NULL;
	}
	d->state = DELIVERY_SENDING;
	if (outbox_build(o, m, png, n, &message, &e) == -1) {
		buf_free(&message);
		delivery_leave(d);
		delivery_end(d, false, e.msg);
		outbox_count(o);
	} else if (o->smtp != NULL) {
		split(m->rest != NULL ? m->rest : m->to, &d->to, &d->nto);
		smtp_send(
		    o->smtp, o->conf->mail.from, d->to, d->nto, &message, outbox_smtp_done, d);
	} else {
		file_name(name, sizeof name, m);
		maildir_send(o->maildir, name, &message, outbox_maildir_done, d);
	}
}

/* The graph is there, or there is none. */
static void
outbox_drawn(void *arg, const uint8_t *data, size_t n, const char *why)
{
	struct ticket *ticket = arg;
	struct delivery *d = ticket->delivery;

	free(ticket);
	if (d == NULL)
		return;
	d->ticket = NULL;
	if (data == NULL)
		log_warnx("mail", "incident %" PRIu64 " (%s) goes without its graph: %s",
		    d->mail->incident, d->mail->kind, why == NULL ? "no reason" : why);
	delivery_send(d, data, data == NULL ? 0 : n);
}

/* The graph takes too long. */
static void
outbox_impatient(evutil_socket_t fd, short what, void *arg)
{
	struct delivery *d = arg;

	(void)fd;
	(void)what;
	d->ticket->delivery = NULL;
	d->ticket = NULL;
	log_warnx("mail", "incident %" PRIu64 " (%s) goes without its graph: not drawn in %d s",
	    d->mail->incident, d->mail->kind, GRAPH_WAIT_MS / 1000);
	delivery_send(d, NULL, 0);
}

/* Asks for the graph: the three hours up to now, and in any case the incident's beginning. */
static void
delivery_draw(struct delivery *d, const struct series *se)
{
	struct outbox *o = d->outbox;
	const struct mail *m = d->mail;
	int64_t end_s = clock_steady_ms() / 1000;
	struct timeval tv = { GRAPH_WAIT_MS / 1000, GRAPH_WAIT_MS % 1000 * 1000 };

	if (end_s > m->created_ms / 1000 + GRAPH_AFTER_S)
		end_s = m->created_ms / 1000 + GRAPH_AFTER_S;
	int64_t start_s = end_s - GRAPH_BEFORE_S;
	if (m->graph_mark_s != 0 && start_s > m->graph_mark_s - GRAPH_AFTER_S)
		start_s = m->graph_mark_s - GRAPH_AFTER_S;
	if (start_s < end_s - GRAPH_LONGEST_S)
		start_s = end_s - GRAPH_LONGEST_S;
	char title[3 * NAME_MAX_NODE + NAME_MAX_SOURCE + NAME_MAX_FIELD + 8];
	bool all = m->graph_field == NULL;
	snprintf(title, sizeof title, "%s %s%s%s", se->node->name, se->name, all ? "" : "/",
	    all ? "" : m->graph_field);
	const struct render_graph g = { .series = &se,
		.nseries = 1,
		.field = m->graph_field,
		.start_s = start_s,
		.end_s = end_s,
		.width = 560,
		.height = 180,
		.format = RENDER_PNG,
		.limit = m->graph_limit,
		.mark_s = m->graph_mark_s,
		.title = title,
		.trim_s = GRAPH_LEAST_S };
	d->state = DELIVERY_DRAWING;
	d->ticket = xcalloc(1, sizeof *d->ticket);
	d->ticket->delivery = d;
	d->patience = evtimer_new(o->base, outbox_impatient, d);
	evtimer_add(d->patience, &tv);
	render_graph(o->render, &g, outbox_drawn, d->ticket);
}

/* Its turn has come. */
static void
outbox_start(struct delivery *d)
{
	struct outbox *o = d->outbox;
	const struct series *se = NULL;

	if (o->conf->mail.graph && o->render != NULL && d->mail->graph_sid != 0)
		se = site_series(o->site, d->mail->graph_sid);
	if (se != NULL)
		delivery_draw(d, se);
	else
		delivery_send(d, NULL, 0);
}

void
outbox_take(struct outbox *o, struct mail *m)
{
	struct delivery *d = xcalloc(1, sizeof *d);
	int64_t latest = clock_steady_ms() + LAST_DELAY_MS + LAST_DELAY_MS / 5;

	d->outbox = o;
	d->mail = m;
	d->reached = m->rest != NULL;
	/* Stored while the clock was ahead: no longer than it ever waits. */
	if (m->next_ms > latest)
		m->next_ms = latest;
	TAILQ_INSERT_TAIL(&o->all, d, link);
	outbox_count(o);
	event_active(o->timer, EV_TIMEOUT, 0);
}

int
outbox_new(struct outbox **out, struct event_base *base, const struct conf_collector *conf,
    const char *hostname, const struct site *site, struct render *render, struct history *history,
    struct notify_stats *stats, struct err *e)
{
	struct outbox *o = xcalloc(1, sizeof *o);
	int rc;

	*o = (struct outbox){ .base = base,
		.conf = conf,
		.site = site,
		.render = render,
		.history = history,
		.stats = stats,
		.complaint = { .every_ms = COMPLAIN_EVERY_MS } };
	TAILQ_INIT(&o->all);
	o->timer = evtimer_new(base, outbox_kick, o);
	if (o->timer == NULL) {
		rc = err_set(e, "cannot make a timer");
	} else if (strncmp(conf->mail.transport, "maildir:", 8) == 0) {
		rc = maildir_new(&o->maildir, base, conf->mail.transport + 8, e);
	} else {
		rc = smtp_new(&o->smtp, base, &conf->mail, hostname, e);
	}
	if (rc == -1) {
		outbox_free(o);
		return -1;
	}
	*out = o;
	return 0;
}

void
outbox_free(struct outbox *o)
{
	if (o == NULL)
		return;
	smtp_free(o->smtp);
	maildir_free(o->maildir);
	while (!TAILQ_EMPTY(&o->all))
		delivery_free(TAILQ_FIRST(&o->all));
	if (o->timer != NULL)
		event_free(o->timer);
	free(o);
}
