/* SPDX-License-Identifier: GPL-3.0-or-later */
/* channel mail: the message built as RFC 5322 wants it, to a relay (smtp) or into a maildir. One
 * that met a kept connection which was dead is tried again at once, on a new one. One with a file
 * beside it is built by a thread, which reads the file. */
#include <event2/event.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "collector/conf.h"
#include "collector/notify/channel.h"
#include "collector/notify/maildir.h"
#include "collector/notify/mime.h"
#include "collector/notify/smtp.h"
#include "collector/notify/text.h"
#include "zw/alloc.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/str.h"
#include "zw/worker.h"

#define MAX_FILE (8 * 1024 * 1024)

struct mail_channel {
	struct event_base *base;
	const struct conf_mail *conf;
	const char *dir;       /* that files beside messages are below */
	struct worker *worker; /* builds those that have one; NULL until there is one */
	bool closing;
	struct smtp *smtp; /* or */
	struct maildir *maildir;
	LIST_HEAD(, letter) letters;
};

/* A message on its way; what it points to is borrowed. */
struct letter {
	LIST_ENTRY(letter) link;
	struct mail_channel *channel;
	const struct mail *m;
	char *const *to;
	size_t nto;
	const uint8_t *png, *map;
	size_t png_len, map_len;
	struct buf message; /* built by the thread */
	int built;	    /* whether: 0 or -1 and why */
	bool again;	    /* it is its second try */
	struct event *turn; /* for the answer to what could not be built */
	struct err why;
	channel_done done;
	void *arg;
};

static int
mail_check(const struct conf_collector *conf, const char *address, struct err *e)
{
	if (conf->mail.transport == NULL)
		return err_set(e, "mail.transport must say how mail is sent");
	return mime_is_address(address) ? 0 : err_set(e, "\"%s\" is no mail address", address);
}

static void
mail_close(void *state)
{
	struct mail_channel *c = state;
	struct letter *l;

	c->closing = true;
	worker_free(c->worker);
	smtp_free(c->smtp);
	maildir_free(c->maildir);
	while ((l = LIST_FIRST(&c->letters)) != NULL) {
		LIST_REMOVE(l, link);
		if (l->turn != NULL)
			event_free(l->turn);
		buf_free(&l->message);
		free(l);
	}
	free(c);
}

static int
mail_open(void **state, struct event_base *base, const struct conf_collector *conf,
    const char *hostname, struct err *e)
{
	struct mail_channel *c = xcalloc(1, sizeof *c);
	int rc;

	c->base = base;
	c->conf = &conf->mail;
	c->dir = conf->store.dir;
	LIST_INIT(&c->letters);
	if (strncmp(c->conf->transport, "maildir:", 8) == 0)
		rc = maildir_new(&c->maildir, base, c->conf->transport + 8, e);
	else
		rc = smtp_new(&c->smtp, base, c->conf, hostname, e);
	if (rc == -1) {
		mail_close(c);
		return -1;
	}
	*state = c;
	return 0;
}

/* The message as bytes. file may be NULL. */
static int
letter_build(const struct letter *l, const struct mime_file *file, struct buf *b, struct err *e)
{
	const struct mail *m = l->m;
	char number[24];

	snprintf(number, sizeof number, "%" PRIu64, m->incident);
	const struct mime_header headers[] = {
		{ "X-Zonewatch-Zone", m->zone },
		{ "X-Zonewatch-Severity", text_severity(m->severity) },
		{ "X-Zonewatch-Incident", number },
	};
	const struct mime_mail mm = { .from_name = "Zonewatch",
		.from = l->channel->conf->from,
		.to = m->to,
		.subject = m->subject,
		.message_id = m->message_id,
		.references = m->references,
		.date_ms = m->created_ms,
		.headers = headers,
		.nheaders = sizeof headers / sizeof headers[0],
		.text = m->text,
		.html = m->html,
		.png = l->png,
		.png_len = l->png_len,
		.map = l->map,
		.map_len = l->map_len,
		.file = file };
	return mime_build(b, &mm, e);
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

/* Tells what became of it: the same of all, or (fates) of each. */
static void
letter_end(struct letter *l, const enum channel_fate *fates, enum channel_fate all,
    const char *const *replies, const char *reply, bool unreachable)
{
	enum channel_fate *same = xcalloc(l->nto + 1, sizeof *same);

	for (size_t i = 0; i < l->nto; i++)
		same[i] = all;
	struct channel_result r = { .n = l->nto,
		.fates = fates != NULL ? fates : same,
		.replies = replies,
		.unreachable = unreachable,
		.reply = reply };
	LIST_REMOVE(l, link);
	l->done(l->arg, &r);
	free(same);
	buf_free(&l->message);
	free(l);
}

static void letter_send(struct letter *l);

/* The relay's verdict. */
static void
mail_sent(void *arg, const struct smtp_result *r)
{
	static const enum channel_fate fate_of[] = { [SMTP_RETRY] = CHANNEL_RETRY,
		[SMTP_ACCEPTED] = CHANNEL_ACCEPTED,
		[SMTP_REFUSED] = CHANNEL_REFUSED };
	struct letter *l = arg;

	if (r->stale && !l->again) {
		l->again = true;
		letter_send(l);
		return;
	}
	enum channel_fate *fates = xcalloc(r->n + 1, sizeof *fates);
	const char **replies = xcalloc(r->n + 1, sizeof *replies);
	for (size_t i = 0; i < r->n; i++) {
		fates[i] = fate_of[r->fates[i]];
		replies[i] = r->fates[i] == SMTP_ACCEPTED ? "250 accepted" : r->why;
	}
	letter_end(l, fates, CHANNEL_RETRY, replies, *r->why == '\0' ? "accepted" : r->why,
	    r->unreachable);
	free(fates);
	free(replies);
}

/* It is in the maildir, or not. */
static void
mail_stored(void *arg, const char *why)
{
	letter_end(arg, NULL, why == NULL ? CHANNEL_ACCEPTED : CHANNEL_RETRY, NULL,
	    why == NULL ? "stored" : why, why != NULL);
}

/* In the next turn of the loop: it could not be built. */
static void
letter_unbuilt(evutil_socket_t fd, short what, void *arg)
{
	struct letter *l = arg;

	(void)fd;
	(void)what;
	event_free(l->turn);
	l->turn = NULL;
	letter_end(l, NULL, CHANNEL_REFUSED, NULL, l->why.msg, false);
}

/* It is built, or cannot be: to the transport. */
static void
letter_go(struct letter *l)
{
	struct mail_channel *c = l->channel;
	char name[128];

	if (l->built == -1) {
		buf_free(&l->message);
		l->turn = evtimer_new(c->base, letter_unbuilt, l);
		event_active(l->turn, EV_TIMEOUT, 0);
	} else if (c->smtp != NULL) {
		smtp_send(c->smtp, c->conf->from, l->to, l->nto, &l->message, mail_sent, l);
	} else {
		file_name(name, sizeof name, l->m);
		maildir_send(c->maildir, name, &l->message, mail_stored, l);
	}
}

/* The type by the name's end. */
static const char *
type_of(const char *name)
{
	const char *end = strrchr(name, '.');

	return end != NULL && strcmp(end, ".pdf") == 0 ? "application/pdf"
						       : "application/octet-stream";
}

/* In the thread: reads the file and builds the message with it; or, if it is gone, without. */
static void
letter_load(void *arg)
{
	struct letter *l = arg;
	const char *attach = l->m->attach, *slash = strrchr(attach, '/');
	struct mime_file file = { .name = slash != NULL ? slash + 1 : attach,
		.type = type_of(attach) };
	char path[PATH_MAX], *bytes = NULL;
	struct err e;
	int rc;

	if (attach[0] == '/' || strstr(attach, "..") != NULL ||
	    str_format(path, sizeof path, "%s/%s", l->channel->dir, attach) == -1)
		rc = err_set(&e, "\"%s\" is no file that may be attached", attach);
	else
		rc = fs_read(path, MAX_FILE, &bytes, &file.n, &e);
	if (rc == -1)
		log_warnx("mail", "%s goes without its file: %s", l->m->kind, e.msg);
	file.p = (const uint8_t *)bytes;
	l->built = letter_build(l, rc == 0 ? &file : NULL, &l->message, &l->why);
	free(bytes);
}

/* In the loop. */
static void
letter_loaded(void *arg)
{
	struct letter *l = arg;

	if (!l->channel->closing)
		letter_go(l);
}

/* Builds it and hands it to the transport; with a file by way of the thread. */
static void
letter_send(struct letter *l)
{
	struct mail_channel *c = l->channel;
	struct err e;

	buf_free(&l->message);
	if (l->m->attach != NULL && c->worker == NULL &&
	    worker_new(&c->worker, c->base, "attach", &e) == -1)
		log_warnx("mail", "%s goes without its file: %s", l->m->kind, e.msg);
	if (l->m->attach != NULL && c->worker != NULL) {
		worker_submit(c->worker, letter_load, letter_loaded, l);
		return;
	}
	l->built = letter_build(l, NULL, &l->message, &l->why);
	letter_go(l);
}

static void
mail_send(void *state, const struct mail *m, char *const *to, size_t nto, const uint8_t *png,
    size_t png_len, const uint8_t *map, size_t map_len, channel_done done, void *arg)
{
	struct letter *l = xcalloc(1, sizeof *l);

	*l = (struct letter){ .channel = state,
		.m = m,
		.to = to,
		.nto = nto,
		.png = png,
		.png_len = png_len,
		.map = map,
		.map_len = map_len,
		.done = done,
		.arg = arg };
	LIST_INSERT_HEAD(&l->channel->letters, l, link);
	letter_send(l);
}

const struct channel channel_mail = { .name = "mail",
	.help = "Mail, through a relay or into a maildir.",
	.lanes = SMTP_LANES,
	.check = mail_check,
	.open = mail_open,
	.close = mail_close,
	.send = mail_send };
