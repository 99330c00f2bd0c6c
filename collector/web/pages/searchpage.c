/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is there now comes from memory, past incidents from the history; one list each. */
#include "collector/web/pages/searchpage.h"

#include <stdlib.h>
#include <string.h>

#include "collector/web/api/member.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/incidentlist.h"
#include "collector/web/pages/page.h"
#include "collector/web/pages/story.h"
#include "collector/web/search.h"
#include "collector/web/words.h"
#include "zw/str.h"

#define PAST 20
#define SUGGESTED 12 /* by the API, if it is not asked for more */

static const char *const kinds[SEARCH_KINDS] = { N_("Zone"), N_("Node"), N_("Link"), N_("Incident"),
	N_("Alert"), N_("Values"), N_("Rule"), N_("Silence"), N_("Event") };

/* What is asked. */
static const char *
question_of(const struct request *rq)
{
	const char *q = request_param(rq, "q");

	return q != NULL ? q : "";
}

/* The field, which is the page's first thing. */
static void
put_form(struct buf *b, const struct request *rq)
{
	html_raw(b, "<form class=\"act filter\" method=\"get\" action=\"/search\" "
		    "role=\"search\">\n");
	bits_field(b, rq->lang,
	    &(struct bits_field){ .name = "q",
		.label = N_("Search for"),
		.type = "search",
		.value = question_of(rq),
		.max = WORDS_MAX_TEXT - 1 });
	bits_button(b, rq->lang, "Search");
	html_raw(b, "</form>\n");
}

/* One hit. */
static void
put_hit(struct buf *b, enum lang l, const struct search_hit *h)
{
	html_raw(b, "<li><small>");
	page_say(b, l, kinds[h->kind]);
	html_raw(b, "</small><span><a href=\"");
	html_text(b, h->address);
	html_raw(b, "\">");
	html_text(b, h->name);
	html_raw(b, "</a>");
	if (h->text[0] != '\0') {
		html_raw(b, " <small>");
		html_text(b, h->text);
		html_raw(b, "</small>");
	}
	html_raw(b, "</span></li>\n");
}

/* What is there now. */
static void
put_now(struct buf *b, const struct story *s)
{
	struct search_result *r = search_run(s->c, question_of(s->rq), s->rq->lang, s->rq->wall_ms);

	if (r->n > 0) {
		html_raw(b, "<ul class=\"hits\">\n");
		for (size_t i = 0; i < r->n; i++)
			put_hit(b, s->rq->lang, &r->hits[i]);
		html_raw(b, "</ul>\n");
	} else if (question_of(s->rq)[0] != '\0') {
		html_raw(b, "<p class=\"calm\">");
		page_say(b, s->rq->lang, "Nothing of what is there now has all these words.");
		html_raw(b, "</p>\n");
	}
	if (r->more) {
		html_raw(b, "<p class=\"hint\">");
		page_say(b, s->rq->lang, "There is more; a further word finds less.");
		html_raw(b, "</p>\n");
	}
	free(r);
}

/* Incidents that are over. */
static void
put_past(struct buf *b, const struct story *s)
{
	size_t n = story_count(s->root, "incidents"), shown = 0;
	enum lang l = s->rq->lang;
	char cause[600];

	for (size_t i = 0; i < n; i++) {
		const struct json_t *row = story_row(s->root, "incidents", i);
		if (story_int(row, "closed_ms") == 0)
			continue;
		if (shown++ == 0) {
			html_raw(b, "<h2>");
			page_say(b, l, "Past incidents");
			html_raw(b, "</h2>\n<ul class=\"hits\">\n");
		}
		incidentlist_past_cause(cause, sizeof cause, row, l);
		html_raw(b, "<li><small>");
		bits_time(b, l, story_int(row, "opened_ms"), s->rq->wall_ms);
		html_raw(b, "</small><span><a href=\"/incident/");
		html_textf(b, "%lld", (long long)story_int(row, "id"));
		html_raw(b, "\">");
		html_text(b, cause);
		html_raw(b, "</a> <small>");
		html_textf(b, "#%lld", (long long)story_int(row, "id"));
		html_raw(b, "</small></span></li>\n");
	}
	if (shown > 0)
		html_raw(b, "</ul>\n");
	if (n < PAST)
		return;
	html_raw(b, "<p><a href=\"/incidents?q=");
	html_query(b, question_of(s->rq));
	html_raw(b, "\">");
	page_say(b, l, "All past incidents with this");
	html_raw(b, "</a></p>\n");
}

/* The page. */
static void
put(struct reply *re, const struct story *s)
{
	struct buf *b = &re->body;

	page_begin(re, s->c, s->rq, &(struct page){ .title = lang_text(s->rq->lang, "Search") });
	html_raw(b, "<h1>");
	page_say(b, s->rq->lang, "Search");
	html_raw(b, "</h1>\n");
	put_form(b, s->rq);
	put_now(b, s);
	put_past(b, s);
	page_end(b);
}

/* Who gives the whole name of a zone, node or link wants to be there: its address into `dst`. */
static bool
goes_there(char *dst, size_t size, const struct collector *c, const struct request *rq)
{
	struct search_result *r = search_run(c, question_of(rq), rq->lang, rq->wall_ms);
	const struct search_hit *h = r->hits;
	bool is = r->n > 0 && h->rank == SEARCH_EXACT && h->kind <= SEARCH_LINK &&
		  str_copy(dst, size, h->address) == 0;

	free(r);
	return is;
}

int
searchpage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	const char *q = question_of(rq);

	if (*q == '\0') {
		put(re, &(struct story){ .c = c, .rq = rq });
		return 200;
	}
	if (goes_there(re->where, sizeof re->where, c, rq)) {
		re->location = re->where;
		return 303;
	}
	return story_ask(c, rq, re,
	    &(struct history_ask){ .what = "stories", .text = q, .lang = rq->lang, .limit = PAST },
	    put, NULL);
}

int
searchpage_api(const struct collector *c, const struct request *rq, struct reply *re)
{
	const char *limit = request_param(rq, "limit");
	uint64_t max = SUGGESTED;

	if (limit != NULL && str_to_u64(limit, 1, 200, &max) == -1)
		return reply_error(re, 400, "bad-parameter", "limit= is no number from 1 to 200");
	struct search_result *r = search_run(c, question_of(rq), rq->lang, rq->wall_ms);
	struct json j = member_begin(re);
	json_array(&j, "hits");
	for (size_t i = 0; i < r->n && i < max; i++) {
		json_object(&j, NULL);
		json_text(&j, "kind", search_word(r->hits[i].kind));
		json_text(&j, "name", r->hits[i].name);
		json_text(&j, "text", r->hits[i].text);
		json_text(&j, "address", r->hits[i].address);
		json_end(&j);
	}
	json_end(&j);
	json_flag(&j, "more", r->more || r->n > max);
	json_end(&j);
	free(r);
	return 200;
}
