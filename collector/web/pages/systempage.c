/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong comes first, as sentences; then each part with its figures; then the agents
 * (systemagents.c); then the graphs of the collector's own series. */
#include "collector/web/pages/systempage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "collector/alert/history.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/conf_loaded.h"
#include "collector/intake/intake.h"
#include "collector/journal/journal.h"
#include "collector/notify/notify.h"
#include "collector/pace.h"
#include "collector/site/site.h"
#include "collector/store/store.h"
#include "collector/web/live.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "zw/tls.h"
#include "zw/units.h"

#define DAY_MS INT64_C(86400000)
#define CERT_SOON_MS (30 * DAY_MS)
#define DISK_LOW 10 /* % free */
#define MAX_OPEN 4  /* figures */

/* A value with its unit. */
static void
fact_value(struct buf *b, enum lang l, const char *label, double v, const char *unit)
{
	char text[UNITS_MAX];

	lang_value(text, sizeof text, v, unit, l);
	bits_fact_text(b, l, label, text);
}

/* A moment; 0: a dash. */
static void
fact_moment(struct buf *b, const struct request *rq, const char *label, int64_t ms, bool left)
{
	enum lang l = rq->lang;

	bits_fact(b, l, label);
	if (ms == 0) {
		html_text(b, "–");
	} else {
		bits_time(b, l, ms, rq->wall_ms);
		html_raw(b, " <small>");
		if (left)
			bits_span(b, l, rq->wall_ms, ms);
		else
			page_ago(b, l, ms, rq->wall_ms);
		html_raw(b, "</small>");
	}
	bits_fact_end(b);
}

/* A card's beginning; its facts follow. */
static void
card(struct buf *b, enum lang l, const char *title)
{
	html_raw(b, "<section class=\"card\">\n<h2>");
	page_say(b, l, title);
	html_raw(b, "</h2>\n<dl class=\"facts\">\n");
}

/* Its end. */
static void
card_end(struct buf *b)
{
	html_raw(b, "</dl>\n</section>\n");
}

/* --- what is wrong --------------------------------------------------------------------------- */

/* One sentence; detail, which comes from elsewhere, stands behind it. */
static void
complain(struct buf *b, enum lang l, unsigned *n, const char *text, const char *detail)
{
	(*n)++;
	html_raw(b, "<p class=\"alarm\">✕ ");
	page_say(b, l, text);
	if (detail != NULL && *detail != '\0')
		html_textf(b, " (%s)", detail);
	html_raw(b, "</p>\n");
}

/* How much of store.dir's file system is free, in % and bytes; -1: it cannot be told. */
static int
disk_free(const struct collector *c, double *percent, double *bytes)
{
	struct statvfs fs;

	if (statvfs(c->conf->store.dir, &fs) == -1 || fs.f_blocks == 0)
		return -1;
	*percent = 100.0 * (double)fs.f_bavail / (double)fs.f_blocks;
	*bytes = (double)fs.f_bavail * (double)fs.f_frsize;
	return 0;
}

/* All that is wrong with the collector itself, or that nothing is. */
static void
put_complaints(struct buf *b, const struct collector *c, const struct request *rq)
{
	const struct notify_stats *no = notify_stats(c->notify);
	const char *off = notify_off(c->notify);
	enum lang l = rq->lang;
	double percent, bytes;
	unsigned n = 0;

	if (store_pid(c->store) <= 0)
		complain(b, l, &n,
		    N_("The store is not running: values are kept in the journal, but no graph "
		       "grows."),
		    NULL);
	if (store_stats(c->store)->quarantined > 0)
		complain(b, l, &n, N_("Damaged files of values were put aside."), NULL);
	if (journal_damage(c->journal) > 0)
		complain(b, l, &n, N_("The journal has damaged places."), NULL);
	if (c->history != NULL && *history_trouble(c->history) != '\0')
		complain(
		    b, l, &n, N_("The history cannot be written."), history_trouble(c->history));
	if (off != NULL)
		complain(b, l, &n, N_("Nobody gets mails."), off);
	if (no->waiting > 0 && no->last_error[0] != '\0')
		complain(b, l, &n, N_("Messages wait, and the last try failed."), no->last_error);
	if (no->ping_error[0] != '\0')
		complain(b, l, &n, N_("The sign of life is not answered."), no->ping_error);
	if (disk_free(c, &percent, &bytes) == 0 && percent < DISK_LOW)
		complain(b, l, &n, N_("The disk is nearly full."), NULL);
	if (c->tls != NULL && tls_own_not_after_ms(c->tls) - rq->wall_ms < CERT_SOON_MS)
		complain(b, l, &n, N_("The collector's certificate ends soon."), NULL);
	if (c->loaded != NULL && c->loaded->refused_ms != 0)
		complain(b, l, &n,
		    N_("The configuration on disk was refused; the old one is in force."),
		    c->loaded->why);
	else if (c->loaded != NULL && conf_loaded_is_stale(c->loaded, c->conf))
		complain(b, l, &n,
		    N_("The configuration on disk has changed and was not loaded yet."), NULL);
	if (n > 0)
		return;
	html_raw(b, "<p class=\"calm\">✓ ");
	page_say(b, l, "Nothing is wrong with the monitoring itself.");
	html_raw(b, "</p>\n");
}

/* --- its parts ------------------------------------------------------------------------------- */

/* The program. */
static void
put_program(struct buf *b, const struct collector *c, const struct request *rq)
{
	enum lang l = rq->lang;
	double percent, bytes;

	card(b, l, N_("Collector"));
	bits_fact_text(b, l, "Version", ZW_VERSION);
	fact_moment(b, rq, N_("Runs since"), c->started_ms, false);
	if (c->loaded != NULL)
		fact_moment(b, rq, N_("Configuration loaded"), c->loaded->loaded_ms, false);
	if (disk_free(c, &percent, &bytes) == 0) {
		char text[UNITS_MAX], share[32];
		lang_value(text, sizeof text, bytes, "By", l);
		lang_number(share, sizeof share, percent, 1, l);
		bits_fact(b, l, "Free on its disk");
		html_textf(b, "%s (%s %%)", text, share);
		bits_fact_end(b);
	}
	if (c->tls != NULL)
		fact_moment(b, rq, N_("Certificate ends"), tls_own_not_after_ms(c->tls), true);
	card_end(b);
}

/* What comes in. */
static void
put_intake(struct buf *b, const struct collector *c, enum lang l)
{
	const struct intake_stats *in = intake_stats(c->intake);

	card(b, l, N_("Intake"));
	bits_fact_count(b, l, N_("Connections"), in->connections);
	bits_fact_count(b, l, N_("Accepted since the start"), in->accepted);
	bits_fact_count(b, l, N_("Refused"), in->refused);
	bits_fact_count(b, l, N_("Values"), in->values);
	bits_fact_count(b, l, N_("Sent twice"), in->duplicates);
	bits_fact_count(b, l, N_("Records with an error"), in->rejected);
	fact_value(b, l, N_("Received"), (double)in->bytes, "By");
	card_end(b);
}

/* Where values go. */
static void
put_store(struct buf *b, const struct collector *c, const struct request *rq)
{
	const struct store_stats *st = store_stats(c->store);
	enum lang l = rq->lang;
	uint64_t last = journal_last(c->journal);

	card(b, l, N_("Journal and store"));
	bits_fact_count(b, l, N_("Journal position"), last);
	bits_fact_count(
	    b, l, N_("Store behind by"), last > st->applied_lsn ? last - st->applied_lsn : 0);
	fact_value(b, l, N_("Journal"), (double)journal_bytes(c->journal), "By");
	bits_fact_count(b, l, N_("Files of values"), st->files);
	bits_fact_count(b, l, N_("Values gathered, not yet in files"), st->pending);
	fact_moment(b, rq, N_("Made durable last"), (int64_t)st->checkpoint_ms, false);
	bits_fact_count(b, l, N_("Values too old to store"), st->late);
	bits_fact_count(b, l, N_("Errors"), st->errors);
	bits_fact_count(b, l, N_("Put aside as damaged"), st->quarantined);
	card_end(b);
}

/* The last error of the channels, a line each. */
static void
put_channels(struct buf *b, const struct collector *c, const struct request *rq)
{
	static const char *const heads[] = { N_("Channel"), ">" N_("Wait"), ">" N_("Handed over"),
		">" N_("Tried again"), ">" N_("Not delivered"), N_("Last error"), NULL };
	const struct notify_stats *no = notify_stats(c->notify);
	enum lang l = rq->lang;

	if (no->nchannels == 0)
		return;
	bits_table(b, l, NULL, heads);
	for (size_t i = 0; i < no->nchannels; i++) {
		const struct notify_channel *ch = &no->channels[i];
		const uint64_t counts[] = { ch->waiting, ch->sent, ch->retries, ch->failed };
		html_raw(b, "<tr><td>");
		html_text(b, bits_word(l, ch->name));
		html_raw(b, "</td>");
		for (size_t k = 0; k < 4; k++) {
			html_raw(b, "<td class=\"number\">");
			html_textf(b, "%llu", (unsigned long long)counts[k]);
			html_raw(b, "</td>");
		}
		html_raw(b, "<td class=\"wide\">");
		html_text(b, ch->last_error[0] != '\0' ? ch->last_error : "–");
		html_raw(b, "</td></tr>\n");
	}
	bits_table_end(b);
}

/* What was told to people. */
static void
put_messages(struct buf *b, const struct collector *c, const struct request *rq)
{
	const struct notify_stats *no = notify_stats(c->notify);
	enum lang l = rq->lang;

	card(b, l, N_("Messages"));
	bits_fact_count(b, l, N_("Wait"), no->waiting);
	fact_moment(b, rq, N_("The oldest of them"), no->oldest_ms, false);
	bits_fact_count(b, l, N_("Handed over"), no->sent);
	bits_fact_count(b, l, N_("Not delivered"), no->failed);
	if (c->conf->notify.ping_url != NULL)
		fact_moment(b, rq, N_("Sign of life answered"), no->pinged_ms, false);
	html_raw(b, "</dl>\n");
	put_channels(b, c, rq);
	html_raw(b, "<p><a href=\"/messages\">");
	page_say(b, l, "All messages with the answers");
	html_raw(b, "</a></p>\n</section>\n");
}

/* The history and the web. */
static void
put_faces(struct buf *b, const struct collector *c, enum lang l)
{
	card(b, l, N_("History and pages"));
	if (c->history != NULL)
		bits_fact_count(
		    b, l, N_("Entries that wait for the disk"), history_waiting(c->history));
	if (c->live != NULL) {
		bits_fact_count(b, l, N_("Browsers that follow"), live_count(c->live));
		bits_fact_count(b, l, N_("Dropped, being too slow"), live_dropped(c->live));
	}
	if (c->pace != NULL) {
		char took[UNITS_MAX];
		lang_value(took, sizeof took, pace_longest_ms(c->pace), "ms", l);
		bits_fact_text(b, l, N_("Longest turn of the event loop"), took);
	}
	card_end(b);
}

/* A picture of one of the collector's own values. */
static void
put_graph(struct buf *b, const struct request *rq, const struct series *se, const struct field *f)
{
	int64_t end_s = (rq->wall_ms / 1000 + 299) / 300 * 300;

	html_raw(b, "<figure class=\"graph card\"><figcaption>");
	page_say(b, rq->lang, f->label);
	html_raw(b, "</figcaption><img loading=\"lazy\" width=\"580\" height=\"180\" "
		    "src=\"/api/v1/graph?series=");
	html_query(b, se->node->name);
	html_raw(b, "/");
	html_query(b, se->name);
	html_raw(b, "&amp;field=");
	html_query(b, f->name);
	html_textf(b, "&start=%lld&end=%lld&width=500&height=110&format=svg",
	    (long long)end_s - 86400, (long long)end_s);
	html_raw(b, "\" alt=\"");
	page_say(b, rq->lang, f->label);
	html_raw(b, "\"></figure>\n");
}

/* Those of the last day; all but the first few unfold, and are not asked for before. */
static void
put_graphs(struct buf *b, const struct collector *c, const struct request *rq)
{
	const struct series *se = site_series_named(c->site, "site/collector");

	if (se == NULL)
		return;
	html_raw(b, "<h2>");
	page_say(b, rq->lang, "The last day");
	html_raw(b, "</h2>\n<div class=\"grid\">\n");
	for (unsigned i = 0; i < se->nfields; i++) {
		if (i == MAX_OPEN) {
			html_raw(b, "</div>\n<details class=\"folded\" id=\"figures\">\n<summary>");
			page_sayf(b, rq->lang, N_("and %zu more"), (size_t)se->nfields - i);
			html_raw(b, "</summary>\n<div class=\"grid\">\n");
		}
		put_graph(b, rq, se, &se->fields[i]);
	}
	html_raw(b, se->nfields > MAX_OPEN ? "</div>\n</details>\n" : "</div>\n");
}

int
systempage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct buf *b = &re->body;

	page_begin(re, c, rq,
	    &(struct page){
		.title = lang_text(rq->lang, "System"), .here = "/system", .live = "system" });
	html_raw(b, "<h1>");
	page_say(b, rq->lang, "System: the monitoring itself");
	html_raw(b, "</h1>\n");
	put_complaints(b, c, rq);
	html_raw(b, "<div class=\"grid even\">\n");
	put_program(b, c, rq);
	put_intake(b, c, rq->lang);
	put_store(b, c, rq);
	put_faces(b, c, rq->lang);
	html_raw(b, "</div>\n");
	put_messages(b, c, rq);
	systempage_agents(b, c, rq);
	put_graphs(b, c, rq);
	page_end(b);
	return 200;
}
