/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two lists of the history, newest first, with filters and pages. */
#include "collector/web/pages/auditpage.h"

#include <string.h>

#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "collector/web/pages/story.h"
#include "zw/lang.h"
#include "zw/str.h"
#include "zw/units.h"

static const char *const kinds[] = { "login", "login-failed", "logout", "password", "acknowledge",
	"unacknowledge", "comment", "silence", "silence-extend", "silence-end", "collector-start",
	"reload", "reload-refused", "config", "limit-change", "node-new", "node-gone", "series-new",
	"series-gone", "restart", "clock", NULL };
static const char *const states[] = { "waiting", "sent", "failed", "superseded", NULL };

/* A list, and the choice that it has. */
struct list {
	const char *path;
	const char *here; /* the entry of the navigation that it belongs to */
	const char *title;
	const char *heading;
	const char *param; /* the choice's name */
	const char *label;
	const char *const *words;
	const char *what; /* asked of the history (history_ask.h) */
	const char *rows; /* the member that has them */
	const char *const *heads;
	void (*put_row)(struct buf *b, const struct story *s, const struct json_t *row);
};

/* What is shown. */
static void
put_filter(struct buf *b, const struct request *rq, const struct list *list)
{
	html_raw(b, "<form class=\"act filter\" method=\"get\" role=\"search\" action=\"");
	html_raw(b, list->path);
	html_raw(b, "\">\n");
	bits_choice(b, rq->lang, list->param, list->label, N_("all"), list->words,
	    request_param(rq, list->param));
	bits_field(b, rq->lang,
	    &(struct bits_field){ .name = "q",
		.label = N_("Text"),
		.type = "search",
		.value = request_param(rq, "q") });
	bits_days(b, rq);
	bits_button(b, rq->lang, "Show");
	html_raw(b, "</form>\n");
}

/* Asks for a list by the address. */
static int
ask(const struct collector *c, const struct request *rq, struct reply *re, const struct list *list,
    void (*put)(struct reply *re, const struct story *s))
{
	struct bits_span span = bits_asked(rq);

	return story_ask(c, rq, re,
	    &(struct history_ask){ .what = list->what,
		.from_ms = span.from_ms,
		.to_ms = span.to_ms,
		.word = bits_param(rq, list->param),
		.text = bits_param(rq, "q"),
		.skip = span.page * BITS_PAGE,
		.limit = BITS_PAGE + 1 },
	    put, NULL);
}

/* The foot of a list: nothing found, or the way to more. */
static void
put_foot(struct buf *b, const struct request *rq, const struct list *list, size_t n)
{
	if (n == 0) {
		html_raw(b, "<p class=\"calm\">");
		page_say(b, rq->lang, "Nothing here.");
		html_raw(b, "</p>\n");
	}
	bits_pages(b, rq, list->path, bits_asked(rq).page, n > BITS_PAGE);
}

/* The page of a list. */
static void
put_list(struct reply *re, const struct story *s, const struct list *list)
{
	struct buf *b = &re->body;
	enum lang l = s->rq->lang;
	size_t n = story_count(s->root, list->rows);

	page_begin(re, s->c, s->rq,
	    &(struct page){ .title = lang_text(l, list->title), .here = list->here });
	html_raw(b, "<h1>");
	page_say(b, l, list->heading);
	html_raw(b, "</h1>\n");
	put_filter(b, s->rq, list);
	if (n > 0) {
		bits_table(b, l, NULL, list->heads);
		for (size_t i = 0; i < n && i < BITS_PAGE; i++)
			list->put_row(b, s, story_row(s->root, list->rows, i));
		bits_table_end(b);
	}
	put_foot(b, s->rq, list, n);
	page_end(b);
}

/* --- acts ------------------------------------------------------------------------------------ */

/* What an act was about; of the collector's start, since when it was away. */
static void
put_what(struct buf *b, const struct story *s, const struct json_t *row)
{
	const char *what = story_text(row, "what");
	int64_t away_ms;
	char since[64];
	if (strcmp(story_text(row, "kind"), "collector-start") != 0) {
		html_text(b, what);
	} else if (str_to_i64(what, 1, INT64_MAX, &away_ms) == 0) {
		lang_time(since, sizeof since, away_ms, s->rq->lang);
		page_sayf(b, s->rq->lang, "away since %s", since);
	}
}

/* Its words; of a restart, when the machine began. */
static void
put_words(struct buf *b, const struct story *s, const struct json_t *row)
{
	const char *text = story_text(row, "text");
	int64_t began_ms;
	char at[64];

	if (strcmp(story_text(row, "kind"), "restart") == 0 &&
	    str_to_i64(text, 1, INT64_MAX, &began_ms) == 0) {
		lang_time(at, sizeof at, began_ms, s->rq->lang);
		html_text(b, at);
	} else {
		html_text(b, text);
	}
}

/* One act. */
static void
act_row(struct buf *b, const struct story *s, const struct json_t *row)
{
	enum lang l = s->rq->lang;
	int64_t incident = story_int(row, "incident");

	html_raw(b, "<tr><td class=\"nowrap\">");
	bits_time(b, l, story_int(row, "time_ms"), s->rq->wall_ms);
	html_raw(b, "</td><td class=\"nowrap\">");
	html_text(b, story_text(row, "author"));
	html_raw(b, "</td><td>");
	html_text(b, bits_word(l, story_text(row, "kind")));
	html_raw(b, "</td><td>");
	if (incident > 0)
		bits_incident(b, (uint64_t)incident);
	html_text(b, incident > 0 && *story_text(row, "what") != '\0' ? " " : "");
	put_what(b, s, row);
	html_raw(b, "</td><td class=\"wide\">");
	put_words(b, s, row);
	html_raw(b, "</td></tr>\n");
}

static const char *const act_heads[] = { N_("Time"), N_("Who"), N_("Act"), N_("About"), N_("Words"),
	NULL };
static const struct list acts = {
	.path = "/audit",
	.here = "/audit",
	.title = N_("Audit"),
	.heading = N_("Audit: what people did"),
	.param = "kind",
	.label = N_("Act"),
	.words = kinds,
	.what = "acts",
	.rows = "acts",
	.heads = act_heads,
	.put_row = act_row,
};

/* The page of acts. */
static void
put_acts(struct reply *re, const struct story *s)
{
	put_list(re, s, &acts);
}

int
auditpage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	return ask(c, rq, re, &acts, put_acts);
}

/* --- messages -------------------------------------------------------------------------------- */

/* What the other side said to each recipient. */
static void
put_deliveries(struct buf *b, const struct story *s, const struct json_t *row)
{
	enum lang l = s->rq->lang;
	size_t n = story_count(row, "deliveries");
	char took[UNITS_MAX];

	for (size_t i = 0; i < n; i++) {
		const struct json_t *d = story_row(row, "deliveries", i);
		int64_t ms = story_int(d, "time_ms");
		html_raw(b, i > 0 ? "<br>" : "");
		html_text(b, story_text(d, "to"));
		html_textf(b, ": %s ", bits_word(l, story_text(d, "state")));
		bits_time(b, l, ms, s->rq->wall_ms);
		lang_duration(took, sizeof took, ms - story_int(row, "created_ms"), l);
		html_raw(b, " <small>");
		page_sayf(b, l, "after %s", took);
		if (*story_text(d, "reply") != '\0')
			html_textf(b, " – “%s”", story_text(d, "reply"));
		html_raw(b, "</small>");
	}
	if (n == 0)
		html_text(b, story_text(row, "to"));
}

/* What became of it. */
static void
put_state(struct buf *b, const struct story *s, const struct json_t *row)
{
	enum lang l = s->rq->lang;
	const char *state = story_text(row, "state"), *reply = story_text(row, "reply");
	int64_t tries = story_int(row, "tries");

	html_raw(b, strcmp(state, "failed") == 0 ? "<strong>✕ " : "<strong>");
	html_text(b, bits_word(l, state));
	html_raw(b, "</strong>");
	if (tries > 1 || (tries > 0 && strcmp(state, "sent") != 0)) {
		html_raw(b, "<br><small>");
		html_textf(b, lang_plural(l, "%lld try", "%lld tries", (unsigned long)tries),
		    (long long)tries);
		html_raw(b, "</small>");
	}
	if (*reply != '\0' && strcmp(state, "sent") != 0) {
		html_raw(b, "<br><small>");
		html_text(b, reply);
		html_raw(b, "</small>");
	}
}

/* One message. */
static void
message_row(struct buf *b, const struct story *s, const struct json_t *row)
{
	enum lang l = s->rq->lang;
	int64_t incident = story_int(row, "incident");

	html_raw(b, "<tr><td class=\"nowrap\">");
	bits_time(b, l, story_int(row, "created_ms"), s->rq->wall_ms);
	html_raw(b, "</td><td>");
	put_state(b, s, row);
	html_raw(b, "<br><small>");
	html_textf(b, "%s, %s", bits_word(l, story_text(row, "via")),
	    bits_word(l, story_text(row, "kind")));
	html_raw(b, "</small></td><td class=\"wide\">");
	html_text(b, story_text(row, "subject"));
	if (incident > 0) {
		html_raw(b, " ");
		bits_incident(b, (uint64_t)incident);
	}
	html_raw(b, "</td><td class=\"wide\">");
	put_deliveries(b, s, row);
	html_raw(b, "</td></tr>\n");
}

static const char *const message_heads[] = { N_("Made"), N_("State"), N_("Subject"),
	N_("Recipients and answers"), NULL };
static const struct list messages = {
	.path = "/messages",
	.here = "/system",
	.title = N_("Messages"),
	.heading = N_("Messages: what was handed over to whom"),
	.param = "state",
	.label = N_("State"),
	.words = states,
	.what = "ledger",
	.rows = "mails",
	.heads = message_heads,
	.put_row = message_row,
};

/* The page of messages. */
static void
put_messages(struct reply *re, const struct story *s)
{
	put_list(re, s, &messages);
}

int
auditpage_messages(const struct collector *c, const struct request *rq, struct reply *re)
{
	return ask(c, rq, re, &messages, put_messages);
}
