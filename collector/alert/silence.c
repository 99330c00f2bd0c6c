/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Silences, and what one covers. They are kept in an array, the newest last; what is in force is
 * worked out of each one's own times (silence_window.c for recurring ones) and remembered until it
 * changes, for every alert is held against all of them at each tick. */
#include "collector/alert/silence.h"

#include <stdlib.h>
#include <string.h>

#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define DAY_MS INT64_C(86400000)
/* How far ahead one may begin; and how long a recurring one may last. */
#define AHEAD_MS (366 * DAY_MS)
#define RECURRING_MS (10 * 366 * DAY_MS)
#define WEEK_MIN (7 * 1440)

/* A silence, and whether it is in force, which holds in [from_ms, until_ms). */
struct entry {
	struct silence s;
	bool active;
	int64_t from_ms;
	int64_t until_ms;
};

struct silences {
	struct entry **items; /* each by itself: pointers to them are handed out */
	size_t n;
	size_t room;
	uint64_t last; /* highest number given */
};

struct silences *
silences_new(void)
{
	return xcalloc(1, sizeof(struct silences));
}

void
silences_free(struct silences *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->items[i]);
	free(s->items);
	free(s);
}

/* Appends a copy. */
static struct entry *
append(struct silences *s, const struct silence *one)
{
	if (s->n == s->room) {
		s->room = s->room == 0 ? 16 : 2 * s->room;
		s->items = xreallocarray(s->items, s->room, sizeof(struct entry *));
	}
	struct entry *en = xcalloc(1, sizeof *en);
	en->s = *one;
	s->items[s->n++] = en;
	return en;
}

/* Whether the text is what one line may hold: UTF-8 without controls or characters that turn the
 * text around them, and not only blanks. */
static int
judge_line(const char *what, const char *s, size_t size, struct err *e)
{
	char copy[ALERT_MAX_TEXT];

	if (memchr(s, '\0', size) == NULL)
		return err_set(e, "%s: at most %zu bytes", what, size - 1);
	if (s[strspn(s, " ")] == '\0')
		return err_set(e, "%s is missing", what);
	if (!str_is_text(s, strlen(s)))
		return err_set(e, "%s must be one line of UTF-8", what);
	(void)str_copy(copy, sizeof copy, s);
	str_straighten(copy);
	if (strcmp(copy, s) != 0)
		return err_set(e, "%s has a character that turns the text around it", what);
	return 0;
}

/* Whether a byte may be in a pattern: what names are made of, and the star. */
static bool
is_pattern_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '-' || c == '*';
}

/* Whether each byte of a pattern may be in one. */
static int
judge_pattern(const char *what, const char *p, struct err *e)
{
	if (memchr(p, '\0', SILENCE_MAX_PATTERN) == NULL)
		return err_set(e, "%s: at most %d bytes", what, SILENCE_MAX_PATTERN - 1);
	for (; *p != '\0'; p++) {
		if (!is_pattern_byte(*p))
			return err_set(
			    e, "%s: a name, in which * stands for any text, is needed", what);
	}
	return 0;
}

/* Whether the patterns are some, and sane. */
static int
judge_match(const struct silence_match *m, struct err *e)
{
	if (judge_pattern("zone", m->zone, e) == -1 || judge_pattern("node", m->node, e) == -1 ||
	    judge_pattern("source", m->source, e) == -1 || judge_pattern("rule", m->rule, e) == -1)
		return -1;
	if (*m->zone == '\0' && *m->node == '\0' && *m->source == '\0' && *m->rule == '\0')
		return err_set(e, "at least one of zone, node, source and rule must be given");
	return 0;
}

/* Whether beginning and end are sane. s->starts_ms is not before now. */
static int
judge_times(const struct silence *s, int64_t now_ms, struct err *e)
{
	int64_t longest = s->days != 0 ? RECURRING_MS : SILENCE_MAX_MS;

	if (s->starts_ms - now_ms > AHEAD_MS)
		return err_set(e, "it would begin in more than a year");
	if (s->ends_ms == 0 && s->kind == SILENCE_OUT_OF_SERVICE)
		return 0;
	if (s->ends_ms == 0)
		return err_set(e, "an end is missing; only out-of-service may be without");
	if (s->ends_ms <= s->starts_ms)
		return err_set(e, "it would end before it begins, or at once");
	if (s->ends_ms - s->starts_ms > longest)
		return err_set(e, "it may last for at most %d days", (int)(longest / DAY_MS));
	return 0;
}

/* Whether the window of a recurring one is one. */
static int
judge_window(const struct silence *s, struct err *e)
{
	if (s->days == 0 && (s->from_min != 0 || s->minutes != 0))
		return err_set(e, "a recurring window needs its days");
	if (s->days == 0)
		return 0;
	if (s->days >= 1u << 7 || s->from_min >= 1440 || s->minutes == 0 || s->minutes > WEEK_MIN)
		return err_set(e, "the recurring window is none");
	return 0;
}

/* How many are in force or to come. */
static size_t
pending_count(const struct silences *s, int64_t now_ms)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->items[i]->s.id != 0 &&
		     (s->items[i]->s.ends_ms == 0 || s->items[i]->s.ends_ms > now_ms);
	return n;
}

/* Forgets those of which gone() is true. */
static void
forget(struct silences *s, bool (*gone)(const struct silence *one, int64_t now_ms), int64_t now_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (gone(&s->items[i]->s, now_ms))
			free(s->items[i]);
		else
			s->items[kept++] = s->items[i];
	}
	s->n = kept;
}

/* Whether it ended. */
static bool
is_over(const struct silence *one, int64_t now_ms)
{
	return one->id != 0 && one->ends_ms != 0 && one->ends_ms <= now_ms;
}

int
silences_add(struct silences *s, const struct silence *want, int64_t now_ms,
    const struct silence **added, struct err *e)
{
	struct silence one = *want;

	if (silence_word(one.kind) == NULL)
		return err_set(e, "the kind is none");
	if (judge_line("author", one.author, sizeof one.author, e) == -1 ||
	    judge_line("reason", one.reason, sizeof one.reason, e) == -1 ||
	    judge_match(&one.match, e) == -1 || judge_window(&one, e) == -1)
		return -1;
	if (one.starts_ms < now_ms)
		one.starts_ms = now_ms; /* nobody was spared what was told already */
	if (judge_times(&one, now_ms, e) == -1)
		return -1;
	if (pending_count(s, now_ms) >= SILENCE_MAX)
		return err_set(e, "there are %d silences already", SILENCE_MAX);
	if (s->n >= 2 * SILENCE_MAX)
		forget(s, is_over, now_ms);
	one.id = ++s->last;
	one.created_ms = now_ms;
	one.ended_by[0] = '\0';
	*added = &append(s, &one)->s;
	return 0;
}

int
silence_judge_zone(const struct silence_match *m, const struct site *site, struct err *e)
{
	if (*m->zone == '\0' || str_covers(m->zone, "site"))
		return 0;
	for (size_t i = 0; i < site_nzones(site); i++) {
		if (str_covers(m->zone, site_zone_at(site, i)->name))
			return 0;
	}
	return err_set(e, "zone: there is none of this name");
}

/* The entry of a number, or NULL. */
static struct entry *
entry_of(const struct silences *s, uint64_t id)
{
	for (size_t i = s->n; id != 0 && i > 0; i--) {
		if (s->items[i - 1]->s.id == id)
			return s->items[i - 1];
	}
	return NULL;
}

/* The entry of one that is not over, or NULL and why. */
static struct entry *
lasting(const struct silences *s, uint64_t id, int64_t now_ms, struct err *e)
{
	struct entry *en = entry_of(s, id);

	if (id == 0)
		(void)err_set(e, "it is the configuration's; it ends there");
	else if (en == NULL)
		(void)err_set(e, "there is no such silence");
	else if (en->s.ends_ms != 0 && en->s.ends_ms <= now_ms)
		(void)err_set(e, "it is over already");
	else
		return en;
	return NULL;
}

int
silences_end(struct silences *s, uint64_t id, const char *author, int64_t now_ms,
    const struct silence **ended, struct err *e)
{
	struct entry *en = lasting(s, id, now_ms, e);
	char who[ALERT_MAX_AUTHOR];

	if (en == NULL)
		return -1;
	if (str_copy(who, sizeof who, author) == -1)
		return err_set(e, "author: at most %zu bytes", sizeof who - 1);
	if (judge_line("author", who, sizeof who, e) == -1)
		return -1;
	en->s.ends_ms = now_ms;
	if (en->s.starts_ms > now_ms)
		en->s.starts_ms = now_ms;
	(void)str_copy(en->s.ended_by, sizeof en->s.ended_by, who);
	en->from_ms = en->until_ms = 0;
	*ended = &en->s;
	return 0;
}

int
silences_extend(struct silences *s, uint64_t id, int64_t ends_ms, int64_t now_ms,
    const struct silence **changed, struct err *e)
{
	struct entry *en = lasting(s, id, now_ms, e);

	if (en == NULL)
		return -1;
	struct silence want = en->s;
	want.ends_ms = ends_ms;
	/* By what is left of it: one that was extended often began long ago. */
	if (want.starts_ms < now_ms)
		want.starts_ms = now_ms;
	if (judge_times(&want, now_ms, e) == -1)
		return -1;
	en->s.ends_ms = ends_ms;
	en->from_ms = en->until_ms = 0;
	*changed = &en->s;
	return 0;
}

void
silences_restore(struct silences *s, const struct silence *one)
{
	if (one->id > s->last)
		s->last = one->id;
	if (entry_of(s, one->id) == NULL)
		append(s, one);
}

/* Whether it ended more than a day ago. */
static bool
is_long_over(const struct silence *one, int64_t now_ms)
{
	return one->ends_ms != 0 && one->ends_ms < now_ms - DAY_MS;
}

/* Whether it is the configuration's. */
static bool
is_configured(const struct silence *one, int64_t now_ms)
{
	(void)now_ms;
	return one->id == 0;
}

void
silences_tick(struct silences *s, int64_t now_ms)
{
	forget(s, is_long_over, now_ms);
}

void
silences_forget_configured(struct silences *s)
{
	forget(s, is_configured, 0);
}

size_t
silences_count(const struct silences *s)
{
	return s->n;
}

const struct silence *
silences_at(const struct silences *s, size_t i)
{
	return &s->items[s->n - 1 - i]->s;
}

const struct silence *
silences_find(const struct silences *s, uint64_t id)
{
	const struct entry *en = entry_of(s, id);

	return en == NULL ? NULL : &en->s;
}

/* Whether a pattern covers a series by its whole name, or by what stands before the first dash. */
static bool
covers_source(const char *pattern, const char *series)
{
	char source[sizeof((struct alert *)0)->series];

	if (str_covers(pattern, series))
		return true;
	(void)str_copy(source, sizeof source, series);
	source[strcspn(source, "-")] = '\0';
	return str_covers(pattern, source);
}

bool
silence_matches(const struct silence_match *m, const char *zone, const char *node,
    const char *series, const char *rule)
{
	return (*m->zone == '\0' || str_covers(m->zone, zone)) &&
	       (*m->node == '\0' || str_covers(m->node, node)) &&
	       (*m->rule == '\0' || str_covers(m->rule, rule)) &&
	       (*m->source == '\0' || covers_source(m->source, series));
}

/* Whether an entry is in force, asked anew only when that may have changed. */
static bool
entry_is_active(struct entry *en, int64_t now_ms)
{
	if (now_ms < en->from_ms || now_ms >= en->until_ms) {
		int64_t next = silence_next_ms(&en->s, now_ms);
		en->active = silence_is_active(&en->s, now_ms);
		en->from_ms = now_ms;
		en->until_ms = next == 0 ? INT64_MAX : next;
	}
	return en->active;
}

const struct silence *
silences_cover(const struct silences *s, const struct alert *a, int64_t now_ms)
{
	const struct silence *best = NULL;

	for (size_t i = s->n; i > 0; i--) {
		struct entry *en = s->items[i - 1];
		if (best != NULL && en->s.kind <= best->kind)
			continue;
		if (entry_is_active(en, now_ms) && silence_matches(&en->s.match, a->zone, a->node,
						       a->series, a->rule == NULL ? "" : a->rule))
			best = &en->s;
	}
	return best;
}

/* Whether a series of the node is of the source; the rule cannot be known here. */
static bool
has_source(const struct silence_match *m, const struct node *n)
{
	for (size_t i = 0; i < n->nseries; i++) {
		if (covers_source(m->source, n->series[i]->name))
			return true;
	}
	return *m->source == '\0';
}

size_t
silence_preview(
    const struct silence_match *m, const struct site *site, const struct node **nodes, size_t n)
{
	size_t all = 0;

	for (size_t i = 0; i < site_nnodes(site); i++) {
		const struct node *nd = site_node_at(site, i);
		const char *zone = nd->zone == NULL ? "site" : nd->zone->name;
		if ((*m->zone != '\0' && !str_covers(m->zone, zone)) ||
		    (*m->node != '\0' && !str_covers(m->node, nd->name)) || !has_source(m, nd))
			continue;
		if (all < n)
			nodes[all] = nd;
		all++;
	}
	return all;
}

/* The words of the kinds, in their order. */
static const char *const kind_words[] = { "silence", "maintenance", "out-of-service" };

const char *
silence_word(enum silence_kind kind)
{
	size_t k = (size_t)kind;

	return k < sizeof kind_words / sizeof kind_words[0] ? kind_words[k] : NULL;
}

int
silence_kind_of(const char *word)
{
	for (size_t k = 0; k < sizeof kind_words / sizeof kind_words[0]; k++) {
		if (strcmp(word, kind_words[k]) == 0)
			return (int)k;
	}
	return -1;
}
