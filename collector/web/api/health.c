/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A part fails when values, decisions or messages are lost or kept from people by it. That it
 * answers at all says that the loop turns. */
#include "collector/web/api/health.h"

#include <stdio.h>
#include <sys/statvfs.h>

#include "collector/alert/history.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/journal/journal.h"
#include "collector/notify/notify.h"
#include "collector/store/store.h"
#include "collector/web/api/member.h"
#include "zw/str.h"

#define BEHIND_MS INT64_C(900000) /* nothing was made durable in the RRDs for so long */
#define MAIL_MS INT64_C(900000)	  /* a message waits for so long */
#define DISK_FREE 0.01

enum health_state {
	HEALTH_OK,
	HEALTH_OFF, /* not configured; nothing fails by that */
	HEALTH_FAILING
};

/* One part, judged. */
struct part {
	enum health_state state;
	char message[320];
};

/* RRDs are written. */
static void
judge_store(const struct collector *c, int64_t wall_ms, struct part *p)
{
	const struct store_stats *st = store_stats(c->store);

	if (store_pid(c->store) <= 0)
		*p = (struct part){ HEALTH_FAILING,
			"zonewatch-store does not run; values wait in the journal" };
	else if (st->checkpoint_ms != 0 && wall_ms - (int64_t)st->checkpoint_ms > BEHIND_MS)
		*p = (struct part){ HEALTH_FAILING, "no checkpoint for more than 15 min" };
}

/* What came is kept. */
static void
judge_journal(const struct collector *c, int64_t wall_ms, struct part *p)
{
	(void)wall_ms;
	if (journal_damage(c->journal) > 0)
		snprintf(p->message, sizeof p->message, "%llu damaged places were found in it",
		    (unsigned long long)journal_damage(c->journal));
}

/* What was decided is kept. */
static void
judge_history(const struct collector *c, int64_t wall_ms, struct part *p)
{
	(void)wall_ms;
	const char *trouble = c->history != NULL ? history_trouble(c->history) : "";

	if (*trouble == '\0')
		return;
	p->state = HEALTH_FAILING;
	(void)str_copy(p->message, sizeof p->message, trouble);
}

/* People are told. */
static void
judge_mail(const struct collector *c, int64_t wall_ms, struct part *p)
{
	const struct notify_stats *n = notify_stats(c->notify);
	const char *off = notify_off(c->notify);

	if (off != NULL) {
		p->state = HEALTH_OFF;
		(void)str_copy(p->message, sizeof p->message, off);
	} else if (n->oldest_ms != 0 && wall_ms - n->oldest_ms > MAIL_MS) {
		p->state = HEALTH_FAILING;
		snprintf(p->message, sizeof p->message, "%llu wait, the oldest for %lld min: %s",
		    (unsigned long long)n->waiting, (long long)((wall_ms - n->oldest_ms) / 60000),
		    n->last_error);
	}
}

/* There is room for all that. */
static void
judge_disk(const struct collector *c, int64_t wall_ms, struct part *p)
{
	struct statvfs fs;

	(void)wall_ms;
	if (statvfs(c->conf->store.dir, &fs) == -1 || fs.f_blocks == 0)
		return;
	double part = (double)fs.f_bavail / (double)fs.f_blocks;
	snprintf(p->message, sizeof p->message, "%.1f %% free", 100 * part);
	if (part < DISK_FREE)
		p->state = HEALTH_FAILING;
}

static const struct {
	const char *name;
	void (*judge)(const struct collector *c, int64_t wall_ms, struct part *p);
} parts[] = {
	{ "store", judge_store },
	{ "journal", judge_journal },
	{ "history", judge_history },
	{ "mail", judge_mail },
	{ "disk", judge_disk },
};
#define NPARTS (sizeof parts / sizeof parts[0])

/* All parts; whether none fails. */
static bool
judge(const struct collector *c, int64_t wall_ms, struct part out[NPARTS])
{
	bool well = true;

	for (size_t i = 0; i < NPARTS; i++) {
		out[i] = (struct part){ HEALTH_OK, "" };
		parts[i].judge(c, wall_ms, &out[i]);
		well = well && out[i].state != HEALTH_FAILING;
	}
	return well;
}

int
health_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	static const char *const words[] = { "ok", "off", "failing" };
	struct part all[NPARTS];
	bool well = judge(c, rq->wall_ms, all);

	struct json j = member_begin(re);
	json_text(&j, "status", well ? "ok" : "failing");
	json_text(&j, "version", ZW_VERSION);
	json_array(&j, "parts");
	for (size_t i = 0; i < NPARTS; i++) {
		json_object(&j, NULL);
		json_text(&j, "name", parts[i].name);
		json_text(&j, "status", words[all[i].state]);
		json_text(&j, "message", all[i].message[0] != '\0' ? all[i].message : NULL);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	return well ? 200 : 503;
}

int
health_word(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct part all[NPARTS];
	bool well = judge(c, rq->wall_ms, all);
	const char *word = well ? "ok\n" : "failing\n";

	re->type = REPLY_TEXT;
	buf_put(&re->body, word, well ? 3 : 8);
	return well ? 200 : 503;
}
