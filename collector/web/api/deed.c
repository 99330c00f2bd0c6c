/* SPDX-License-Identifier: GPL-3.0-or-later */
/* First the accounts' file, then the audit: who reads "done" may pull the plug. */
#include "collector/web/api/deed.h"

#include <stdlib.h>
#include <string.h>

#include "collector/alert/history.h"
#include "collector/collector.h"
#include "collector/enroll/enroll.h"
#include "collector/web/accounts.h"
#include "zw/alloc.h"
#include "zw/str.h"

/* Who waits for the disk. */
struct deed {
	const struct collector *c;
	struct ticket *ticket;
	const char *type;
	char back[96];
	struct buf answer;
};

const char *
deed_author(const struct request *rq)
{
	const char *author = request_param(rq, "author");

	if (rq->who->name[0] != '\0')
		return rq->who->name;
	return author != NULL && *author != '\0' && strlen(author) < WHO_MAX_NAME ? author
										  : "token";
}

/* It is on disk; nobody waits for it here. */
static void
kept(void *arg, bool ok)
{
	(void)arg;
	(void)ok;
}

void
deed_note(const struct collector *c, int64_t wall_ms, const char *author, const char *kind,
    const char *what, const char *text)
{
	if (c->history == NULL) /* there is none beside a web under test */
		return;
	history_act(c->history, wall_ms, author, kind, 0, what, text);
	history_sync(c->history, 0, kept, NULL);
}

/* The audit has its line, or will. */
static void
noted(void *arg, bool ok)
{
	struct deed *d = arg;

	(void)ok;
	if (d->answer.len > 0)
		ticket_answer(d->ticket, 200, d->type, d->answer.data, d->answer.len);
	else
		ticket_redirect(d->ticket, d->back, "");
	/* It may hold a key that is shown this once. */
	if (d->answer.len > 0)
		explicit_bzero(d->answer.data, d->answer.len);
	buf_free(&d->answer);
	free(d);
}

/* The file is written, or cannot be. */
static void
written(void *arg, bool ok)
{
	struct deed *d = arg;

	if (ok && d->c->history != NULL) {
		history_sync(d->c->history, 0, noted, d);
	} else if (ok) {
		noted(d, true);
	} else {
		ticket_error(d->ticket, 503, "not-stored",
		    "it holds for now, but cannot be written to disk; see the collector's log");
		buf_free(&d->answer);
		free(d);
	}
}

/* What is to be answered when something else is on disk. */
static struct deed *
deed_new(const struct collector *c, struct reply *re, const char *back)
{
	struct deed *d = xcalloc(1, sizeof *d);

	d->c = c;
	d->type = re->api ? REPLY_JSON : REPLY_HTML;
	d->answer = re->body;
	re->body = (struct buf){ 0 };
	(void)str_copy(d->back, sizeof d->back, back);
	d->ticket = ticket_take(re);
	return d;
}

int
deed_later(const struct collector *c, struct reply *re, const char *back)
{
	accounts_sync(c->accounts, written, deed_new(c, re, back));
	return REPLY_LATER;
}

int
deed_later_agents(const struct collector *c, struct reply *re, const char *back)
{
	enroll_sync(c->enroll, written, deed_new(c, re, back));
	return REPLY_LATER;
}

int
deed_refuse(
    const struct request *rq, struct reply *re, int status, const char *code, const char *text)
{
	return reply_error(re, status, code, "%s", re->api ? text : lang_text(rq->lang, text));
}
