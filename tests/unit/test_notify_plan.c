/* link: zwnotify */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is told what of an incident, and when: in virtual time, each step also over a restart (which
 * leaves of a group only what the history keeps). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "collector/conf.h"
#include "collector/notify/plan.h"
#include "zw/str.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define T0 INT64_C(1700000000000)

/* A recipient or two, an incident, and what was told of it; a trace with a letter for each act. */
struct rig {
	struct conf_collector conf;
	struct conf_recipient recipients[4];
	char zone[8], site[8];
	char *zones[1];
	char *hours[1];
	struct plan plan;
	struct incident in;
	struct plan_case c;
	struct told told[4];
	int64_t now;
	char trace[256];
};

static const char letters[] = ".OURECH"; /* in the order of enum plan_act */

static void
rig_init(struct rig *r, size_t n)
{
	struct err e;

	*r = (struct rig){ .now = T0 };
	r->conf.notify.group_wait = 30 * SECOND;
	r->conf.notify.update_every = 5 * MINUTE;
	r->conf.notify.remind_first = 10 * MINUTE;
	r->conf.notify.remind_every = 30 * MINUTE;
	for (size_t i = 0; i < n; i++) {
		static char addresses[4][16] = { "a@x", "b@x", "c@x", "d@x" };
		r->recipients[i].address = addresses[i];
		r->recipients[i].budget = 20;
	}
	r->conf.recipients = (struct conf_list){ .v = r->recipients, .n = n };
	r->in = (struct incident){ .id = 7, .opened_ms = T0, .changed_ms = T0 };
	(void)str_copy(r->in.zone, sizeof r->in.zone, "A");
	r->c = (struct plan_case){ .in = &r->in, .now = WIRE_WARNING, .worst = WIRE_WARNING };
	r->c.fresh = true;
	assert_int_equal(plan_init(&r->plan, &r->conf, &e), 0);
}

/* The same configuration read anew, after a recipient was changed. */
static void
rig_reload(struct rig *r)
{
	struct err e;

	plan_clear(&r->plan);
	assert_int_equal(plan_init(&r->plan, &r->conf, &e), 0);
}

/* The program ends and starts: only what the history keeps is left. */
static void
restart(struct rig *r)
{
	struct plan_group old[4];
	struct err e;

	for (size_t g = 0; g < r->plan.ngroups; g++)
		old[g] = r->plan.groups[g];
	plan_clear(&r->plan);
	assert_int_equal(plan_init(&r->plan, &r->conf, &e), 0);
	for (size_t g = 0; g < r->plan.ngroups; g++) {
		r->plan.groups[g].hour_ms = old[g].hour_ms;
		r->plan.groups[g].spent = old[g].spent;
		r->plan.groups[g].held = r->told[g].digested;
		r->plan.groups[g].held_ms = r->told[g].digested ? r->told[g].last_ms : 0;
	}
	r->c.fresh = false;
}

/* Something that a mail says changed. */
static void
change(struct rig *r)
{
	r->in.changed_ms = r->now;
}

static void
critical(struct rig *r)
{
	r->c.now = r->c.worst = WIRE_CRITICAL;
	r->c.urgent_ms = r->now;
	change(r);
}

static void
end(struct rig *r)
{
	r->in.closed_ms = r->now;
	r->c.now = -1;
	r->c.urgent_ms = 0;
	change(r);
}

/* Does what is due for a group until nothing is, with a restart before and after each. */
static void
step_group(struct rig *r, size_t g)
{
	for (int i = 0; i < 10; i++) {
		struct plan_group *group = &r->plan.groups[g];
		enum plan_act act = plan_next(&r->plan, group, &r->c, &r->told[g], r->now);
		size_t n = strlen(r->trace);
		if (act == PLAN_NOTHING)
			return;
		plan_done(group, &r->told[g], &r->c, act, r->now);
		r->trace[n] = letters[act];
		r->trace[n + 1] = '\0';
		bool fresh = r->c.fresh;
		restart(r);
		r->c.fresh = fresh;
	}
	fail_msg("it does not end: %s", r->trace);
}

/* Lets time pass, and asks each second; when plan_due() said that nothing would be due before, that
 * must be so. */
static const char *
pass(struct rig *r, int64_t ms)
{
	static char taken[256];

	r->trace[0] = '\0';
	for (int64_t end_ms = r->now + ms;; r->now += SECOND) {
		for (size_t g = 0; g < r->plan.ngroups; g++) {
			struct plan_due due =
			    plan_due(&r->plan, &r->plan.groups[g], &r->c, &r->told[g], r->now);
			size_t n = strlen(r->trace);
			step_group(r, g);
			assert_true(due.at_ms <= r->now || strlen(r->trace) == n);
			due = plan_due(&r->plan, &r->plan.groups[g], &r->c, &r->told[g], r->now);
			assert_true(due.act == PLAN_NOTHING || due.at_ms > r->now);
		}
		if (r->now >= end_ms)
			break;
	}
	(void)str_copy(taken, sizeof taken, r->trace);
	return taken;
}

#define assert_pass(r, ms, acts) assert_string_equal(pass(r, ms), acts)

/* A warning is told 30 s after it opened; its end with the story. */
static void
warning(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	assert_pass(&r, 29 * SECOND, "");
	assert_pass(&r, SECOND, "O");
	assert_pass(&r, 24 * HOUR, ""); /* no reminder of a warning */
	end(&r);
	assert_pass(&r, MINUTE, "C");
	assert_pass(&r, HOUR, "");
	plan_clear(&r.plan);
}

/* What is over within 30 s and never was critical is told to nobody. */
static void
fleeting(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	assert_pass(&r, 20 * SECOND, "");
	end(&r);
	assert_pass(&r, HOUR, "");
	plan_clear(&r.plan);
}

/* A critical one at once, reminders 10 min later and then each 30 min, until somebody has it. */
static void
reminders(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	critical(&r);
	assert_pass(&r, 0, "O");
	assert_pass(&r, 10 * MINUTE - SECOND, "");
	assert_pass(&r, SECOND, "R");
	assert_pass(&r, 30 * MINUTE - SECOND, "");
	assert_pass(&r, SECOND, "R");
	assert_pass(&r, HOUR, "RR");
	assert_int_equal(r.told[0].reminders, 4);
	r.now += SECOND;
	(void)str_copy(r.in.ack.author, sizeof r.in.ack.author, "aysel");
	r.in.ack.at_ms = r.now;
	r.c.urgent_ms = 0;
	change(&r);
	assert_pass(&r, 30 * SECOND, "U"); /* who has it */
	assert_pass(&r, 5 * HOUR, "");
	/* It expires: nobody has it again. One reminder, not all that were missed. */
	r.in.ack.author[0] = '\0';
	r.c.urgent_ms = T0;
	change(&r);
	assert_pass(&r, MINUTE, "R");
	assert_pass(&r, 30 * MINUTE - MINUTE, "R");
	end(&r);
	assert_pass(&r, 0, "C");
	plan_clear(&r.plan);
}

/* What changes is told at most each 5 min; that it got critical at once. */
static void
updates(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	assert_pass(&r, 30 * SECOND, "O");
	for (int i = 0; i < 600; i++) { /* ten minutes of changes */
		r.now += SECOND;
		change(&r);
		(void)pass(&r, 0);
		if (i == 299 || i == 599)
			assert_string_equal(r.trace, "U");
		else
			assert_string_equal(r.trace, "");
	}
	assert_pass(&r, HOUR, "");
	change(&r);
	assert_pass(&r, 0, "U"); /* the first after a while at once */
	r.now += 10 * SECOND;
	critical(&r);
	assert_pass(&r, 0, "U");
	assert_int_equal(r.told[0].severity, WIRE_CRITICAL);
	/* Warning, and critical again: the lesser is told first, in its time. */
	r.c.now = WIRE_WARNING;
	r.c.urgent_ms = 0;
	change(&r);
	assert_pass(&r, MINUTE, "");
	critical(&r);
	assert_pass(&r, 3 * MINUTE, "");
	assert_pass(&r, 2 * MINUTE, "U");
	plan_clear(&r.plan);
}

/* An acknowledgement is told within 30 s, and not again with what else changed. */
static void
acknowledged(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	critical(&r);
	assert_pass(&r, MINUTE, "O");
	(void)str_copy(r.in.ack.author, sizeof r.in.ack.author, "aysel");
	r.in.ack.at_ms = r.now;
	r.c.urgent_ms = 0;
	change(&r);
	assert_pass(&r, 30 * SECOND, "U");
	assert_pass(&r, 3 * HOUR, "");
	plan_clear(&r.plan);
}

/* Criticals only: told when it gets so, told when it no longer is, and nothing of what is less. */
static void
severity(void **state)
{
	static char word[] = "critical";
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	r.recipients[0].severity = word;
	rig_reload(&r);
	assert_pass(&r, 10 * MINUTE, "");
	critical(&r);
	assert_pass(&r, 0, "O");
	r.now += SECOND;
	r.c.now = WIRE_WARNING;
	r.c.urgent_ms = 0;
	change(&r);
	assert_pass(&r, 5 * MINUTE, "U");
	change(&r);
	assert_pass(&r, HOUR, "");
	end(&r);
	assert_pass(&r, 0, "C");
	plan_clear(&r.plan);
}

/* The countdown: each step is told at once, and once, however it goes up and down; not to those who
 * want criticals alone while it is none, and not to those who were not told of the opening. */
static void
countdown(void **state)
{
	static char word[] = "critical";
	struct rig r;

	(void)state;
	rig_init(&r, 2);
	r.recipients[1].severity = word;
	rig_reload(&r);
	assert_int_equal(plan_near(NAN), PLAN_FAR);
	assert_int_equal(plan_near(3601), PLAN_FAR);
	assert_int_equal(plan_near(3600), PLAN_KNOWN);
	assert_int_equal(plan_near(600), PLAN_KNOWN);
	assert_int_equal(plan_near(599), PLAN_SOON);
	assert_int_equal(plan_near(179), PLAN_AT_HAND);
	assert_int_equal(plan_near(0), PLAN_REACHED);
	assert_pass(&r, MINUTE, "O");
	r.c.near = PLAN_KNOWN;
	assert_pass(&r, MINUTE, "U"); /* without any other change */
	r.c.near = PLAN_FAR;
	assert_pass(&r, MINUTE, "");
	r.c.near = PLAN_KNOWN;
	assert_pass(&r, MINUTE, "");
	/* Critical, and nearer: one message, and the opening of the other. */
	r.now += SECOND;
	critical(&r);
	r.c.near = PLAN_SOON;
	assert_pass(&r, MINUTE, "UO");
	r.c.near = PLAN_AT_HAND;
	assert_pass(&r, 0, "UU");
	r.now += SECOND;
	r.c.near = PLAN_REACHED;
	assert_pass(&r, MINUTE, "UU");
	r.c.near = PLAN_AT_HAND;
	assert_pass(&r, SECOND, "");
	r.c.near = PLAN_REACHED;
	assert_pass(&r, MINUTE, "");
	plan_clear(&r.plan);
}

/* The opening that tells the countdown is the step itself; a critical's step passes the budget, a
 * warning's does not. */
static void
countdown_budget(void **state)
{
	struct rig r;

	(void)state;
	for (int k = 0; k < 2; k++) {
		rig_init(&r, 1);
		r.recipients[0].budget = 1;
		rig_reload(&r);
		if (k == 1)
			critical(&r);
		r.c.near = PLAN_SOON;
		assert_pass(&r, MINUTE, "O");
		r.c.near = PLAN_AT_HAND;
		assert_pass(&r, MINUTE, k == 1 ? "U" : "H");
		plan_clear(&r.plan);
	}
}

/* The cause moves to another zone: who was told of the opening is told of the rest, to the end. */
static void
moves(void **state)
{
	static char a[] = "A", b[] = "B";
	char *of_a[] = { a }, *of_b[] = { b };
	struct rig r;

	(void)state;
	rig_init(&r, 2);
	r.recipients[0].zones = (struct conf_texts){ .v = of_a, .n = 1 };
	r.recipients[1].zones = (struct conf_texts){ .v = of_b, .n = 1 };
	rig_reload(&r);
	assert_pass(&r, MINUTE, "O");
	(void)str_copy(r.in.zone, sizeof r.in.zone, "B");
	change(&r);
	assert_pass(&r, 0, "O"); /* those of B, who learn of it now */
	assert_pass(&r, 5 * MINUTE, "U");
	end(&r);
	assert_pass(&r, 0, "CC");
	plan_clear(&r.plan);
}

/* Other channels than mail take one address: the same wishes are no group. */
static void
one_address(void **state)
{
	static char webhook[] = "webhook", x[] = "http://x/", y[] = "http://y/";
	struct rig r;

	(void)state;
	rig_init(&r, 4);
	assert_int_equal(r.plan.ngroups, 1);
	r.recipients[2].via = r.recipients[3].via = webhook;
	r.recipients[2].address = x;
	r.recipients[3].address = y;
	rig_reload(&r);
	assert_int_equal(r.plan.ngroups, 3);
	assert_string_equal(r.plan.groups[0].to, "a@x, b@x");
	assert_string_equal(r.plan.groups[1].to, x);
	assert_string_equal(r.plan.groups[2].to, y);
	assert_int_not_equal(r.plan.groups[1].number, r.plan.groups[2].number);
	plan_clear(&r.plan);
}

/* Zones; the site is one of them. */
static void
zones(void **state)
{
	static char a[] = "A", site[] = "site";
	char *of_a[] = { a }, *of_site[] = { site };
	struct rig r;

	(void)state;
	rig_init(&r, 2);
	r.recipients[0].zones = (struct conf_texts){ .v = of_a, .n = 1 };
	r.recipients[1].zones = (struct conf_texts){ .v = of_site, .n = 1 };
	rig_reload(&r);
	assert_int_equal(r.plan.ngroups, 2);
	assert_pass(&r, MINUTE, "O");
	assert_true(r.told[0].opened_ms != 0 && r.told[1].opened_ms == 0);
	memset(r.told, 0, sizeof r.told);
	(void)str_copy(r.in.zone, sizeof r.in.zone, "site");
	assert_pass(&r, 0, "O");
	assert_true(r.told[0].opened_ms == 0 && r.told[1].opened_ms != 0);
	plan_clear(&r.plan);
}

/* Those with the same wishes are one group, whichever list they are in. */
static void
groups(void **state)
{
	static char d[] = "d@x", az[] = "az";
	struct conf_recipient more = { .address = d, .budget = 20, .daily = true };
	struct rig r;

	(void)state;
	rig_init(&r, 3);
	r.recipients[1].language = az;
	r.conf.mail.recipients = (struct conf_list){ .v = &more, .n = 1 };
	rig_reload(&r);
	assert_int_equal(r.plan.ngroups, 2);
	assert_string_equal(r.plan.groups[0].to, "a@x, c@x, d@x");
	assert_string_equal(r.plan.groups[0].daily, "d@x");
	assert_string_equal(r.plan.groups[1].to, "b@x");
	assert_null(r.plan.groups[1].daily);
	assert_ptr_equal(plan_group(&r.plan, r.plan.groups[1].number), &r.plan.groups[1]);
	assert_null(plan_group(&r.plan, 1));
	plan_clear(&r.plan);
}

/* Outside of the hours nothing goes; what is open when they begin is told then, with the end of
 * what was told before, but not what ended meanwhile. */
static void
hours(void **state)
{
	static char window[] = "daily 09:00-18:00";
	char *windows[] = { window };
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	r.recipients[0].hours = (struct conf_texts){ .v = windows, .n = 1 };
	rig_reload(&r);
	int64_t midnight = T0 / (24 * HOUR) * (24 * HOUR);
	r.now = r.in.opened_ms = r.in.changed_ms = midnight + 20 * HOUR;
	critical(&r);
	assert_pass(&r, 13 * HOUR - SECOND, "");
	assert_pass(&r, SECOND, "O"); /* 09:00 */
	assert_pass(&r, 9 * HOUR - SECOND, "RRRRRRRRRRRRRRRRRR");
	end(&r); /* 17:59:59 */
	assert_pass(&r, 0, "C");

	memset(r.told, 0, sizeof r.told);
	r.in.closed_ms = 0;
	critical(&r);
	assert_pass(&r, 0, "O");
	r.now += 6 * HOUR; /* 23:59:59, told before and over now */
	end(&r);
	assert_pass(&r, 9 * HOUR, "");
	assert_pass(&r, 2 * SECOND, "C");

	memset(r.told, 0, sizeof r.told);
	r.in.closed_ms = 0;
	r.now = midnight + 3 * 24 * HOUR;
	critical(&r);
	r.c.fresh = true;
	assert_pass(&r, HOUR, "");
	end(&r);
	assert_pass(&r, 24 * HOUR, ""); /* it was over before they began */
	plan_clear(&r.plan);
}

/* The next in the chain hears of criticals that nobody had for 10 min, and then as the others. */
static void
escalation(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 2);
	r.recipients[1].after = 10 * MINUTE;
	rig_reload(&r);
	assert_pass(&r, HOUR, "O"); /* a warning: nothing for them */
	critical(&r);
	assert_pass(&r, 10 * MINUTE - SECOND, "U");
	assert_pass(&r, SECOND, "RE");
	assert_pass(&r, 30 * MINUTE, "RR");
	r.now += SECOND;
	(void)str_copy(r.in.ack.author, sizeof r.in.ack.author, "aysel");
	r.in.ack.at_ms = r.now;
	r.c.urgent_ms = 0;
	change(&r);
	assert_pass(&r, 30 * SECOND, "UU");
	assert_pass(&r, HOUR, "");
	end(&r);
	assert_pass(&r, MINUTE, "CC");
	plan_clear(&r.plan);
}

/* Acknowledged in time, it goes no further; its end neither. */
static void
escalation_averted(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	r.recipients[0].after = 10 * MINUTE;
	rig_reload(&r);
	critical(&r);
	assert_pass(&r, 9 * MINUTE, "");
	(void)str_copy(r.in.ack.author, sizeof r.in.ack.author, "aysel");
	r.in.ack.at_ms = r.now;
	r.c.urgent_ms = 0;
	change(&r);
	assert_pass(&r, 5 * HOUR, "");
	end(&r);
	assert_pass(&r, HOUR, "");
	plan_clear(&r.plan);
}

/* Muted: nothing until it no longer is; muted later: nothing more but the end. */
static void
muted(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	r.c.now = r.c.worst = -1;
	assert_pass(&r, HOUR, "");
	critical(&r); /* unmuted */
	assert_pass(&r, 0, "O");
	r.c.now = -1;
	r.c.urgent_ms = 0;
	change(&r);
	assert_pass(&r, 3 * HOUR, "");
	end(&r);
	assert_pass(&r, 0, "C");
	/* Never loud: no end either. */
	memset(r.told, 0, sizeof r.told);
	r.c.worst = -1;
	assert_pass(&r, HOUR, "");
	plan_clear(&r.plan);
}

/* A critical that came and went between two looks has its story; not one of before the start. */
static void
between_looks(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	critical(&r);
	end(&r);
	r.c.fresh = false;
	assert_pass(&r, MINUTE, "");
	r.c.fresh = true;
	assert_pass(&r, MINUTE, "C");
	plan_clear(&r.plan);
}

/* The n-th incident, a warning, of its own at this time; whether it was told or held. */
static enum plan_act
another(struct rig *r, int64_t now, int now_severity, struct told *told)
{
	struct incident in = { .id = 100, .opened_ms = now - MINUTE, .changed_ms = now };
	struct plan_case c = { .in = &in, .now = now_severity, .worst = now_severity };

	c.urgent_ms = now_severity == WIRE_CRITICAL ? now : 0;
	(void)str_copy(in.zone, sizeof in.zone, "A");
	enum plan_act act = plan_next(&r->plan, &r->plan.groups[0], &c, told, now);
	plan_done(&r->plan.groups[0], told, &c, act, now);
	return act;
}

/* 20 an hour; then one digest, 30 min after the first that was held or with the hour's end. What is
 * critical passes. */
static void
budget(void **state)
{
	struct told told[40] = { 0 };
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	for (int i = 0; i < 20; i++)
		assert_int_equal(another(&r, T0 + i, WIRE_WARNING, &told[i]), PLAN_OPEN);
	restart(&r);
	struct plan_group *g = &r.plan.groups[0];
	assert_int_equal(plan_digest_ms(g, T0), INT64_MAX);
	for (int i = 20; i < 30; i++)
		assert_int_equal(another(&r, T0 + MINUTE, WIRE_WARNING, &told[i]), PLAN_HOLD);
	assert_int_equal(g->held, 10);
	assert_int_equal(plan_digest_ms(g, T0 + MINUTE), T0 + 31 * MINUTE);
	for (int i = 30; i < 40; i++)
		assert_int_equal(another(&r, T0 + 2 * MINUTE, WIRE_CRITICAL, &told[i]), PLAN_OPEN);
	/* One that is held gets critical: it is told at once, and no more held. */
	assert_int_equal(another(&r, T0 + 3 * MINUTE, WIRE_CRITICAL, &told[20]), PLAN_OPEN);
	assert_int_equal(g->held, 9);
	assert_false(told[20].digested);
	/* A new hour. */
	struct told late = { 0 };
	assert_int_equal(another(&r, T0 + HOUR, WIRE_WARNING, &late), PLAN_OPEN);
	assert_int_equal(g->spent, 1);
	/* Held near the hour's end: the digest comes with it. */
	g->hour_ms = T0;
	g->spent = 20;
	g->held = 0;
	struct told last = { 0 };
	assert_int_equal(another(&r, T0 + 50 * MINUTE, WIRE_WARNING, &last), PLAN_HOLD);
	assert_int_equal(plan_digest_ms(g, T0 + 50 * MINUTE), T0 + HOUR);
	plan_clear(&r.plan);
}

/* What is held is told by the digest alone: neither update nor end besides. */
static void
held(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	r.plan.groups[0].spent = 20;
	r.plan.groups[0].hour_ms = T0;
	assert_pass(&r, 30 * SECOND, "H");
	change(&r);
	assert_pass(&r, 10 * MINUTE, "");
	end(&r);
	assert_pass(&r, 2 * HOUR, "");
	plan_clear(&r.plan);
}

/* A sensor that comes and goes each 40 s for an hour, each time an incident of its own: the budget
 * bounds what is told. */
static void
flapping(void **state)
{
	unsigned messages = 0;
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	for (int i = 0; i < 90; i++) {
		memset(r.told, 0, sizeof r.told[0]);
		r.in.closed_ms = 0;
		r.in.opened_ms = r.in.changed_ms = r.now;
		r.c.now = WIRE_WARNING;
		(void)pass(&r, 35 * SECOND);
		messages += (unsigned)strcspn(r.trace, "H");
		end(&r);
		(void)pass(&r, 5 * SECOND);
		messages += (unsigned)strcspn(r.trace, "H");
	}
	assert_true(messages <= 20);
	plan_clear(&r.plan);
}

/* What becomes critical in another part of the house does not wait for the next update; more of the
 * same does. */
static void
further_part(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	r.c.topics = 1U << TOPIC_POWER;
	critical(&r);
	assert_pass(&r, SECOND, "O");
	change(&r);
	assert_pass(&r, SECOND, "");
	r.c.topics |= 1U << TOPIC_COOLING;
	change(&r);
	assert_pass(&r, 0, "U");
	r.c.topics &= ~(1U << TOPIC_POWER);
	change(&r);
	assert_pass(&r, 10 * SECOND, "");
	r.c.topics |= 1U << TOPIC_POWER; /* it was told before */
	change(&r);
	assert_pass(&r, 4 * MINUTE, "");
	/* That the limit is reached says of the air all there is to say. */
	r.c.near = PLAN_REACHED;
	assert_pass(&r, 0, "U");
	r.c.topics |= 1U << TOPIC_AIR;
	change(&r);
	assert_pass(&r, 10 * SECOND, "");
	plan_clear(&r.plan);
}

/* What was critical when they were told is over, and something else is: that is no update that can
 * wait. The same after a restart, in which all is urgent anew, is nothing new. */
static void
critical_again(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	critical(&r);
	r.c.began_ms = r.now;
	assert_pass(&r, SECOND, "O");
	assert_pass(&r, 30 * SECOND, "");
	r.c.urgent_ms = r.now; /* a restart */
	assert_pass(&r, SECOND, "");
	r.c.began_ms = r.now;
	change(&r);
	assert_pass(&r, SECOND, "U");
	assert_pass(&r, 30 * SECOND, "");
	plan_clear(&r.plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(warning),
		cmocka_unit_test(fleeting),
		cmocka_unit_test(reminders),
		cmocka_unit_test(updates),
		cmocka_unit_test(acknowledged),
		cmocka_unit_test(severity),
		cmocka_unit_test(countdown),
		cmocka_unit_test(countdown_budget),
		cmocka_unit_test(moves),
		cmocka_unit_test(one_address),
		cmocka_unit_test(zones),
		cmocka_unit_test(groups),
		cmocka_unit_test(hours),
		cmocka_unit_test(escalation),
		cmocka_unit_test(escalation_averted),
		cmocka_unit_test(muted),
		cmocka_unit_test(between_looks),
		cmocka_unit_test(budget),
		cmocka_unit_test(held),
		cmocka_unit_test(further_part),
		cmocka_unit_test(critical_again),
		cmocka_unit_test(flapping),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
