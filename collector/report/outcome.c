/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums of a trial: alerts that were worth telling of, incidents, messages by what they are and to
 * whom, the rules that fired most. */
#include "collector/report/outcome.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "zw/alloc.h"
#include "zw/json.h"
#include "zw/table.h"
#include "zw/units.h"

#define NEAR_MS 300000
#define ACTS (PLAN_HOLD + 1)
#define TOP 10

/* How often a rule fired. */
struct hits {
	const char *rule;
	size_t n;
};

/* The sums of one trial. */
struct sums {
	size_t alerts;
	size_t incidents;
	size_t messages;
	size_t acts[ACTS];
	size_t *groups; /* of the plan, in its order */
	struct hits *rules;
	size_t nrules;
};

/* The most frequent first, then by name. */
static int
compare_hits(const void *a, const void *b)
{
	const struct hits *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return strcmp(x->rule, y->rule);
}

/* Count an alert for its rule. */
static void
hit(struct sums *s, const char *rule)
{
	size_t i = 0;

	while (i < s->nrules && strcmp(s->rules[i].rule, rule) != 0)
		i++;
	if (i == s->nrules) {
		s->rules = xreallocarray(s->rules, s->nrules + 1, sizeof *s->rules);
		s->rules[s->nrules++] = (struct hits){ .rule = rule };
	}
	s->rules[i].n++;
}

/* Sum up. */
static struct sums
sum_up(const struct trial *t)
{
	const struct plan *p = trial_plan(t);
	struct sums s = { .groups = xcalloc(p->ngroups + 1, sizeof *s.groups) };

	for (size_t i = 0; i < trial_nalerts(t); i++)
		hit(&s, trial_alert(t, i)->rule);
	for (size_t i = 0; i < trial_nmessages(t); i++) {
		const struct trial_message *m = trial_message(t, i);
		s.acts[m->act]++;
		for (size_t g = 0; g < p->ngroups; g++)
			s.groups[g] += p->groups[g].number == m->group;
	}
	s.alerts = trial_nalerts(t);
	s.incidents = trial_nincidents(t);
	s.messages = trial_nmessages(t);
	if (s.nrules > 0)
		qsort(s.rules, s.nrules, sizeof *s.rules, compare_hits);
	return s;
}

static void
sums_clear(struct sums *s)
{
	free(s->groups);
	free(s->rules);
}

size_t
outcome_match(struct known *known, size_t n, const struct trial *t)
{
	size_t missed = 0;

	for (size_t i = 0; i < n; i++) {
		struct known *k = &known[i];
		k->missed = true;
		for (size_t j = 0; j < trial_nincidents(t) && k->missed; j++) {
			const struct incident *in = trial_incident(t, j);
			bool place = strcmp(in->zone, k->zone) == 0 ||
				     strcmp(in->zone, "site") == 0 || strcmp(k->zone, "site") == 0;
			bool before = in->closed_ms != 0 && in->closed_ms + NEAR_MS < k->opened_ms;
			bool after = k->closed_ms != 0 && k->closed_ms + NEAR_MS < in->opened_ms;
			k->missed = !place || before || after;
		}
		missed += k->missed;
	}
	return missed;
}

/* "2026-11-22 12:00 +04:00", local time. */
static const char *
moment(char dst[32], int64_t time_s)
{
	time_t t = (time_t)time_s;
	struct tm tm;
	char text[20];

	dst[0] = '\0';
	if (localtime_r(&t, &tm) == NULL || strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm) == 0)
		return dst;
	long away = labs(tm.tm_gmtoff / 60);
	snprintf(dst, 32, "%s %c%02ld:%02ld", text, tm.tm_gmtoff < 0 ? '-' : '+', away / 60 % 24,
	    away % 60);
	return dst;
}

/* What was read. */
static void
print_span(const struct outcome *o, FILE *f)
{
	const struct replay_sum *s = o->sum;
	char from[32], to[32], text[UNITS_MAX];

	fprintf(f, "%s to %s: %zu series, %llu readings", moment(from, s->start_s),
	    moment(to, s->end_s), s->nseries, (unsigned long long)s->nreadings);
	if (s->nunread > 0)
		fprintf(f, " (%zu more series have no file that can be read)", s->nunread);
	fputs("\nRows of", f);
	for (size_t i = 0; i < s->nspans; i++) {
		units_duration(text, sizeof text, s->spans[i].step_s * 1000);
		fprintf(
		    f, "%s %s from %s", i > 0 ? "," : "", text, moment(from, s->spans[i].from_s));
	}
	fputs(s->nspans > 0 ? ": averages, of states the worst\n\n" : " none\n\n", f);
}

/* A line with both figures. */
static void
row(struct table *t, const char *what, size_t in_force, const struct sums *proposed, size_t other)
{
	table_cell(t, what);
	table_cellf(t, "%zu", in_force);
	if (proposed != NULL)
		table_cellf(t, "%zu", other);
}

/* How often a rule fired. */
static size_t
hits_of(const struct sums *s, const char *rule)
{
	for (size_t i = 0; i < s->nrules; i++)
		if (strcmp(s->rules[i].rule, rule) == 0)
			return s->rules[i].n;
	return 0;
}

/* A rule is among the first of one of the two. */
static void
print_rules(const struct sums *a, const struct sums *b, FILE *f)
{
	static const char *const heads[] = { "RULE", ">IN FORCE", ">PROPOSED", NULL };
	static const char *const alone[] = { "RULE", ">ALERTS", NULL };
	struct table *t = table_new(b != NULL ? heads : alone);

	for (size_t i = 0; i < a->nrules && i < TOP; i++)
		row(t, a->rules[i].rule, a->rules[i].n, b,
		    b != NULL ? hits_of(b, a->rules[i].rule) : 0);
	for (size_t i = 0; b != NULL && i < b->nrules && i < TOP; i++) {
		size_t k = 0;
		while (k < a->nrules && k < TOP && strcmp(a->rules[k].rule, b->rules[i].rule) != 0)
			k++;
		if (k == a->nrules || k == TOP)
			row(t, b->rules[i].rule, hits_of(a, b->rules[i].rule), b, b->rules[i].n);
	}
	table_print(t, f, false, "No rule fired.");
	table_free(t);
}

/* Messages to whom. A group's number is made of its wishes, so the same is in both. */
static void
print_groups(const struct outcome *o, const struct sums *a, const struct sums *b, FILE *f)
{
	const struct plan *p = trial_plan(o->in_force);
	const struct plan *q = b != NULL ? trial_plan(o->proposed) : NULL;

	if (p->ngroups > 0)
		fputs("Messages, by whom they would have gone to:\n", f);
	for (size_t i = 0; i < p->ngroups; i++)
		fprintf(f, "  in force: %zu to %s by %s\n", a->groups[i], p->groups[i].to,
		    p->groups[i].via);
	for (size_t i = 0; q != NULL && i < q->ngroups; i++)
		fprintf(f, "  proposed: %zu to %s by %s\n", b->groups[i], q->groups[i].to,
		    q->groups[i].via);
}

/* The figures, one beside the other. */
static void
print_figures(const struct sums *a, const struct sums *b, FILE *f)
{
	static const char *const heads[] = { "", ">IN FORCE", ">PROPOSED", NULL };
	static const char *const alone[] = { "", ">IN FORCE", NULL };
	struct table *t = table_new(b != NULL ? heads : alone);

	row(t, "alerts", a->alerts, b, b != NULL ? b->alerts : 0);
	row(t, "incidents", a->incidents, b, b != NULL ? b->incidents : 0);
	row(t, "messages", a->messages, b, b != NULL ? b->messages : 0);
	for (int i = PLAN_OPEN; i < ACTS; i++) {
		char what[32] = "  ";
		(void)str_copy(what + 2, sizeof what - 2, plan_word((enum plan_act)i));
		if (a->acts[i] > 0 || (b != NULL && b->acts[i] > 0))
			row(t, what, a->acts[i], b, b != NULL ? b->acts[i] : 0);
	}
	table_print(t, f, false, "");
	table_free(t);
}

/* The known incidents that were missed. */
static size_t
count_missed(const struct outcome *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->nknown; i++)
		n += o->known[i].missed;
	return n;
}

void
outcome_print(const struct outcome *o, FILE *f)
{
	struct sums a = sum_up(o->in_force), b = { 0 };
	const struct sums *other = NULL;
	char at[32];

	if (o->proposed != NULL) {
		b = sum_up(o->proposed);
		other = &b;
	}
	print_span(o, f);
	print_figures(&a, other, f);
	print_groups(o, &a, other, f);
	if (trial_plan(o->in_force)->ngroups == 0)
		fputs("  nobody gets any: the configuration has no recipients\n", f);
	fputc('\n', f);
	print_rules(&a, other, f);
	fputc('\n', f);
	for (size_t i = 0; i < o->nknown; i++)
		if (o->known[i].missed)
			fprintf(f, "missed: zone %s, opened %s\n", o->known[i].zone,
			    moment(at, o->known[i].opened_ms / 1000));
	if (other != NULL)
		fprintf(f, "%zu %s instead of %zu; ", b.messages,
		    b.messages == 1 ? "message" : "messages", a.messages);
	else
		fprintf(f, "%zu %s; ", a.messages, a.messages == 1 ? "message" : "messages");
	fprintf(f, "missed %zu of %zu %s\n", count_missed(o), o->nknown,
	    o->from_history ? "known incidents" : "incidents that the rules in force have");
	sums_clear(&a);
	sums_clear(&b);
}

/* The sums of one trial. */
static void
put_sums(struct json *j, const char *key, const struct trial *t)
{
	const struct plan *p = trial_plan(t);
	struct sums s = sum_up(t);

	json_object(j, key);
	json_uint(j, "alerts", s.alerts);
	json_uint(j, "incidents", s.incidents);
	json_uint(j, "messages", s.messages);
	json_object(j, "acts");
	for (int i = PLAN_OPEN; i < ACTS; i++)
		json_uint(j, plan_word((enum plan_act)i), s.acts[i]);
	json_end(j);
	json_array(j, "recipients");
	for (size_t i = 0; i < p->ngroups; i++) {
		json_object(j, NULL);
		json_text(j, "to", p->groups[i].to);
		json_text(j, "via", p->groups[i].via);
		json_uint(j, "messages", s.groups[i]);
		json_end(j);
	}
	json_end(j);
	json_array(j, "rules");
	for (size_t i = 0; i < s.nrules; i++) {
		json_object(j, NULL);
		json_text(j, "rule", s.rules[i].rule);
		json_uint(j, "alerts", s.rules[i].n);
		json_end(j);
	}
	json_end(j);
	json_end(j);
	sums_clear(&s);
}

/* The known incidents. */
static void
put_known(struct json *j, const struct outcome *o)
{
	json_object(j, "known");
	json_text(j, "source", o->from_history ? "history" : "rules in force");
	json_uint(j, "total", o->nknown);
	json_uint(j, "missed", count_missed(o));
	json_array(j, "incidents");
	for (size_t i = 0; i < o->nknown; i++) {
		json_object(j, NULL);
		json_text(j, "zone", o->known[i].zone);
		json_int(j, "opened_ms", o->known[i].opened_ms);
		json_int(j, "closed_ms", o->known[i].closed_ms);
		json_flag(j, "missed", o->known[i].missed);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

void
outcome_print_json(const struct outcome *o, FILE *f)
{
	const struct replay_sum *s = o->sum;
	struct buf b = { 0 };
	struct json j = json_over(&b);

	json_object(&j, NULL);
	json_int(&j, "from_s", s->start_s);
	json_int(&j, "to_s", s->end_s);
	json_uint(&j, "series", s->nseries);
	json_uint(&j, "unread", s->nunread);
	json_uint(&j, "readings", s->nreadings);
	json_array(&j, "rows");
	for (size_t i = 0; i < s->nspans; i++) {
		json_object(&j, NULL);
		json_int(&j, "from_s", s->spans[i].from_s);
		json_int(&j, "step_s", s->spans[i].step_s);
		json_end(&j);
	}
	json_end(&j);
	put_sums(&j, "in_force", o->in_force);
	if (o->proposed != NULL)
		put_sums(&j, "proposed", o->proposed);
	else
		json_null(&j, "proposed");
	put_known(&j, o);
	json_number(&j, "seconds", o->seconds);
	json_end(&j);
	fwrite(b.data, 1, b.len, f);
	fputc('\n', f);
	buf_free(&b);
}
