/* link: zwfeed */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A site of agents in virtual time, with a network that loses, delays and is cut: how many mails
 * that the collector is silent, and that it is over, come of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/deadman.h"

#define MOST 38
#define TICK 500
#define START 1000000000LL
#define MINUTE 60000LL
#define FLYING_MAX 20000

struct flying {
	int64_t at_ms;
	unsigned from, to;
	struct deadman_said said;
};

struct agent {
	struct deadman d;
	int64_t delivered_ms;
	int64_t mail_done_ms; /* 0: none under way */
	bool up;
	bool reaches; /* the collector, if that lives */
	bool relay;   /* takes its mails */
	unsigned group;
	unsigned silent, over, lost, back; /* what it did */
};

struct site {
	unsigned n;
	int64_t now;
	bool collector;
	unsigned loss; /* % */
	unsigned delay_ms;
	uint64_t seed;
	struct agent agents[MOST];
	struct flying flying[FLYING_MAX];
	size_t nflying;
};

/* xorshift64*. */
static uint32_t
draw(struct site *s)
{
	s->seed ^= s->seed >> 12;
	s->seed ^= s->seed << 25;
	s->seed ^= s->seed >> 27;
	return (uint32_t)((s->seed * UINT64_C(2685821657736338717)) >> 32);
}

/* Options of the agent of that rank. */
static struct deadman_opts
opts(unsigned n, unsigned self)
{
	return (struct deadman_opts){
		.after_ms = 2 * MINUTE, .stagger_ms = 20000, .n = n, .self = self, .mails = true
	};
}

/* All up, in one network, the collector too. */
static struct site *
site_new(unsigned n, unsigned loss, uint64_t seed)
{
	struct site *s = calloc(1, sizeof *s);

	s->n = n;
	s->now = START;
	s->collector = true;
	s->loss = loss;
	s->delay_ms = 5;
	s->seed = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	for (unsigned i = 0; i < n; i++) {
		struct deadman_opts o = opts(n, i);
		s->agents[i] = (struct agent){ .up = true, .reaches = true, .relay = true };
		deadman_init(&s->agents[i].d, &o, NULL, s->now);
	}
	return s;
}

/* The agent tells all others that it can reach. */
static void
say(struct site *s, unsigned from)
{
	struct deadman_said said;

	deadman_say(&s->agents[from].d, s->now, &said);
	for (unsigned to = 0; to < s->n; to++) {
		if (to == from || s->agents[to].group != s->agents[from].group ||
		    draw(s) % 100 < s->loss)
			continue;
		assert_true(s->nflying < FLYING_MAX);
		s->flying[s->nflying++] =
		    (struct flying){ .at_ms = s->now + 1 + draw(s) % s->delay_ms,
			    .from = from,
			    .to = to,
			    .said = said };
	}
}

/* One agent's turn. */
static void
turn(struct site *s, unsigned i)
{
	struct agent *a = &s->agents[i];

	if (s->collector && a->reaches && (s->now / 1000 + i) % 10 == 0)
		a->delivered_ms = s->now;
	if (a->mail_done_ms != 0 && s->now >= a->mail_done_ms) {
		bool silent = a->d.part == DEADMAN_SENDING;
		a->mail_done_ms = 0;
		if (a->relay)
			*(silent ? &a->silent : &a->over) += 1;
		deadman_mailed(&a->d, s->now, a->relay);
	}
	struct deadman_turn t =
	    deadman_turn(&a->d, s->now, a->delivered_ms, ((uint64_t)draw(s) << 32) | draw(s));
	assert_false(t.mail_silent && t.mail_over);
	if (t.mail_silent || t.mail_over) {
		assert_int_equal(a->mail_done_ms, 0);
		a->mail_done_ms = s->now + 3000;
	}
	a->lost += t.tell_lost;
	a->back += t.tell_back;
	if (t.say)
		say(s, i);
}

/* Let time pass. */
static void
run(struct site *s, int64_t ms)
{
	for (int64_t end = s->now + ms; s->now < end; s->now += TICK) {
		size_t kept = 0;
		for (size_t i = 0; i < s->nflying; i++) {
			struct flying f = s->flying[i];
			if (f.at_ms > s->now)
				s->flying[kept++] = f;
			else if (s->agents[f.to].up)
				deadman_heard(&s->agents[f.to].d, s->now, f.from, &f.said);
		}
		s->nflying = kept;
		for (unsigned i = 0; i < s->n; i++)
			if (s->agents[i].up)
				turn(s, i);
	}
}

/* Mails in all. */
static void
count(const struct site *s, unsigned *silent, unsigned *over)
{
	*silent = *over = 0;
	for (unsigned i = 0; i < s->n; i++) {
		*silent += s->agents[i].silent;
		*over += s->agents[i].over;
	}
}

/* So many of each, no more and no less. */
static void
expect(const struct site *s, unsigned silent, unsigned over)
{
	unsigned a, b;

	count(s, &a, &b);
	if (a != silent || b != over)
		fail_msg(
		    "%u mails of silence and %u of its end, not %u and %u", a, b, silent, over);
}

/* Loss and seeds for the cases that must hold whatever the network does. */
static const unsigned losses[] = { 0, 10, 30, 50 };

/* The collector dies and comes back: one mail, by the first in rank; all say so; one that it is
 * over. */
static void
test_dies(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 4 * 10; k++) {
		struct site *s = site_new(MOST, losses[k % 4], k);
		run(s, 10 * MINUTE);
		expect(s, 0, 0);
		s->collector = false;
		run(s, 2 * MINUTE - 15000);
		expect(s, 0, 0);
		run(s, 40000);
		expect(s, 1, 0);
		assert_int_equal(s->agents[0].silent, 1);
		run(s, 120 * MINUTE);
		expect(s, 1, 0);
		for (unsigned i = 0; i < MOST; i++)
			assert_int_equal(s->agents[i].lost, 1);
		s->collector = true;
		run(s, MINUTE);
		expect(s, 1, 1);
		run(s, 30 * MINUTE);
		expect(s, 1, 1);
		for (unsigned i = 0; i < MOST; i++)
			assert_int_equal(s->agents[i].back, 1);
		/* And again. */
		s->collector = false;
		run(s, 20 * MINUTE);
		expect(s, 2, 1);
		free(s);
	}
}

/* A collector that is away for less than `after`, over and over, is no news. */
static void
test_short(void **state)
{
	struct site *s = site_new(MOST, 30, 7);

	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		run(s, 2 * MINUTE);
		s->collector = false;
		run(s, 90000);
		s->collector = true;
	}
	expect(s, 0, 0);
	for (unsigned i = 0; i < MOST; i++)
		assert_int_equal(s->agents[i].lost, 0);
	free(s);
}

/* One that delivers no more but hears the others: it says so, and mails nothing. */
static void
test_one_cut_off(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 4 * 5; k++) {
		struct site *s = site_new(k % 3 == 0 ? 2 : MOST, losses[k % 4], k);
		run(s, 5 * MINUTE);
		s->agents[0].reaches = false;
		run(s, 300 * MINUTE);
		expect(s, 0, 0);
		assert_int_equal(s->agents[0].lost, 1);
		assert_int_equal(s->agents[1].lost, 0);
		s->agents[0].reaches = true;
		run(s, 5 * MINUTE);
		assert_int_equal(s->agents[0].back, 1);
		free(s);
	}
}

/* One that reaches nobody at all knows nothing of the collector. */
static void
test_alone(void **state)
{
	struct site *s = site_new(MOST, 10, 3);

	(void)state;
	run(s, 5 * MINUTE);
	s->agents[0].reaches = false;
	s->agents[0].group = 1;
	run(s, 300 * MINUTE);
	expect(s, 0, 0);
	assert_int_equal(s->agents[0].lost, 1);
	/* Nor is it in a hurry when it hears them again and the collector is silent just then. */
	s->collector = false;
	run(s, 10000);
	s->agents[0].group = 0;
	run(s, 10 * MINUTE);
	expect(s, 1, 0);
	free(s);
}

/* All are alone: a dead network mails nothing. */
static void
test_all_alone(void **state)
{
	struct site *s = site_new(MOST, 0, 3);

	(void)state;
	run(s, 5 * MINUTE);
	s->collector = false;
	for (unsigned i = 0; i < MOST; i++)
		s->agents[i].group = i;
	run(s, 60 * MINUTE);
	expect(s, 0, 0);
	free(s);
}

/* The only one that takes part. */
static void
test_only(void **state)
{
	struct site *s = site_new(1, 0, 3);

	(void)state;
	run(s, 5 * MINUTE);
	s->collector = false;
	run(s, 60 * MINUTE);
	expect(s, 1, 0);
	s->collector = true;
	run(s, MINUTE);
	expect(s, 1, 1);
	free(s);
}

/* Half of the site is cut from the other, with the collector or without: a mail of each part that
 * has none, and each ends what it began. */
static void
test_partitions(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 4 * 6; k++) {
		struct site *s = site_new(MOST, losses[k % 4], k + 100);
		bool lives = k % 2 == 0;
		unsigned parts = lives ? 1 : 2;
		run(s, 5 * MINUTE);
		s->collector = lives;
		for (unsigned i = 0; i < MOST; i++) {
			s->agents[i].group = i % 3 == 0;
			s->agents[i].reaches = i % 3 == 0;
		}
		run(s, 60 * MINUTE);
		expect(s, parts, 0);
		/* The parts are joined, the collector as before. */
		for (unsigned i = 0; i < MOST; i++)
			s->agents[i].group = 0;
		run(s, 20 * MINUTE);
		expect(s, parts, lives ? parts : 0);
		for (unsigned i = 0; i < MOST; i++)
			s->agents[i].reaches = true;
		s->collector = true;
		run(s, 20 * MINUTE);
		expect(s, parts, parts);
		free(s);
	}
}

/* The first in rank are down: who is next goes when its turn has come. */
static void
test_ranks(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 4; k++) {
		struct site *s = site_new(MOST, losses[k], k);
		run(s, 5 * MINUTE);
		for (unsigned i = 0; i < 5; i++)
			s->agents[i].up = false;
		s->collector = false;
		run(s, 2 * MINUTE + 5 * 20000 - 12000);
		expect(s, 0, 0);
		run(s, 30000);
		expect(s, 1, 0);
		assert_int_equal(s->agents[5].silent, 1);
		free(s);
	}
}

/* The holder dies after its mail: another takes its place, without a second mail, and says that it
 * is over. When the first comes back in between, with what it remembers, there is one in charge. */
static void
test_holder_dies(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 4 * 4; k++) {
		struct site *s = site_new(MOST, losses[k % 4], k);
		struct deadman_memo memo;
		run(s, 5 * MINUTE);
		s->collector = false;
		run(s, 3 * MINUTE);
		expect(s, 1, 0);
		s->agents[0].up = false;
		deadman_memo(&s->agents[0].d, &memo);
		assert_true(memo.mailed);
		run(s, 30 * MINUTE);
		expect(s, 1, 0);
		if (k % 2 == 1) {
			struct deadman_opts o = opts(MOST, 0);
			deadman_init(&s->agents[0].d, &o, &memo, s->now);
			s->agents[0].up = true;
			run(s, 10 * MINUTE);
			expect(s, 1, 0);
			assert_int_equal(s->agents[0].d.part, DEADMAN_MAILED);
		}
		s->collector = true;
		run(s, 10 * MINUTE);
		expect(s, 1, 1);
		free(s);
	}
}

/* The holder is killed before its mail has left: the next in rank mails. */
static void
test_claim_dies(void **state)
{
	struct site *s = site_new(MOST, 10, 5);

	(void)state;
	run(s, 5 * MINUTE);
	s->collector = false;
	while (s->agents[0].d.part != DEADMAN_SENDING)
		run(s, TICK);
	s->agents[0].up = false;
	run(s, 10 * MINUTE);
	expect(s, 1, 0);
	assert_int_equal(s->agents[0].silent, 0);
	free(s);
}

/* The relay takes nothing of the first: another mails. Then of none: they go on trying, not all at
 * once, and one mail comes when it takes them again. */
static void
test_relay(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 4; k++) {
		struct site *s = site_new(MOST, losses[k], k);
		run(s, 5 * MINUTE);
		s->agents[0].relay = false;
		s->collector = false;
		run(s, 20 * MINUTE);
		expect(s, 1, 0);
		assert_int_equal(s->agents[0].silent, 0);
		s->collector = true;
		run(s, 5 * MINUTE);
		expect(s, 1, 1);
		for (unsigned i = 0; i < MOST; i++)
			s->agents[i].relay = false;
		s->collector = false;
		run(s, 90 * MINUTE);
		expect(s, 1, 1);
		for (unsigned i = 0; i < MOST; i++)
			s->agents[i].relay = true;
		run(s, 60 * MINUTE);
		expect(s, 2, 1);
		free(s);
	}
}

/* That it is over is mailed when the relay takes it, by the same one, once. */
static void
test_over_is_owed(void **state)
{
	struct site *s = site_new(MOST, 10, 5);

	(void)state;
	run(s, 5 * MINUTE);
	s->collector = false;
	run(s, 5 * MINUTE);
	expect(s, 1, 0);
	s->agents[0].relay = false;
	s->collector = true;
	run(s, 10 * MINUTE);
	expect(s, 1, 0);
	s->agents[0].relay = true;
	run(s, 31 * MINUTE);
	expect(s, 1, 1);
	free(s);
}

/* All start with the collector dead, as after a power cut: one mail, `after` the start. */
static void
test_start(void **state)
{
	struct site *s = site_new(MOST, 30, 9);

	(void)state;
	s->collector = false;
	run(s, 2 * MINUTE - 5000);
	expect(s, 0, 0);
	run(s, 20 * MINUTE);
	expect(s, 1, 0);
	free(s);
}

/* What goes round must grow old: agents that hear each other much and late, for a day. */
static void
test_tidings_age(void **state)
{
	struct site *s = site_new(12, 0, 11);

	(void)state;
	s->delay_ms = 4000;
	run(s, 5 * MINUTE);
	s->collector = false;
	run(s, 8 * MINUTE);
	expect(s, 1, 0);
	s->agents[0].up = false;
	run(s, 30 * MINUTE);
	unsigned holders = 0;
	for (unsigned i = 1; i < 12; i++)
		holders += s->agents[i].d.part == DEADMAN_MAILED;
	assert_int_equal(holders, 1);
	expect(s, 1, 0);
	free(s);
}

/* Likewise of a holder who is no more, when each tiding takes long and there are many. */
static void
test_holds_age(void **state)
{
	struct site *s = site_new(MOST, 0, 12);

	(void)state;
	run(s, 5 * MINUTE);
	s->collector = false;
	run(s, 5 * MINUTE);
	expect(s, 1, 0);
	s->agents[0].up = false;
	s->delay_ms = 25000;
	run(s, 20 * MINUTE);
	unsigned holders = 0;
	for (unsigned i = 1; i < MOST; i++)
		holders += s->agents[i].d.part == DEADMAN_MAILED;
	assert_true(holders >= 1);
	expect(s, 1, 0);
	free(s);
}

/* Until one has claimed it, and the others were told. */
static void
claim_it(struct deadman *d, unsigned self, int64_t *now)
{
	struct deadman_opts o = opts(3, self);
	const struct deadman_said silent = { .own_age_ms = -1, .live_age_ms = -1 };

	*now = START;
	deadman_init(d, &o, NULL, *now);
	while (d->part == DEADMAN_STILL) {
		*now += TICK;
		deadman_heard(d, *now, 2, &silent);
		assert_false(deadman_turn(d, *now, 0, 5).mail_silent);
		assert_true(*now < START + 10 * MINUTE);
	}
	assert_int_equal(d->part, DEADMAN_CLAIMED);
}

/* Two claim it at once: before either mails, the lower rank wins; one that has mailed wins. */
static void
test_claims_cross(void **state)
{
	const struct deadman_said first = {
		.own_age_ms = -1, .live_age_ms = -1, .held = true, .holder = 0, .id = 9
	};
	struct deadman_said second = first;
	struct deadman d;
	int64_t now;

	(void)state;
	second.holder = 1;
	claim_it(&d, 1, &now);
	deadman_heard(&d, now, 0, &first);
	assert_int_equal(d.part, DEADMAN_STILL);
	assert_false(deadman_turn(&d, now + 3000, 0, 5).mail_silent);
	claim_it(&d, 0, &now);
	deadman_heard(&d, now, 1, &second);
	assert_int_equal(d.part, DEADMAN_CLAIMED);
	assert_true(deadman_turn(&d, now + 3000, 0, 5).mail_silent);
	claim_it(&d, 0, &now);
	second.mailed = true;
	deadman_heard(&d, now, 1, &second);
	assert_int_equal(d.part, DEADMAN_STILL);
	/* What a stranger to the list says, or says of one, is nothing. */
	claim_it(&d, 1, &now);
	second.holder = 3;
	deadman_heard(&d, now, 0, &second);
	deadman_heard(&d, now, 3, &first);
	deadman_heard(&d, now, 1, &first);
	assert_int_equal(d.part, DEADMAN_CLAIMED);
}

/* One without a mail section takes part in the talk, and never mails. */
static void
test_no_mail(void **state)
{
	struct site *s = site_new(3, 0, 1);

	(void)state;
	s->agents[0].d.o.mails = false;
	run(s, 5 * MINUTE);
	s->collector = false;
	run(s, 20 * MINUTE);
	expect(s, 1, 0);
	assert_int_equal(s->agents[1].silent, 1);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dies),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_one_cut_off),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_all_alone),
		cmocka_unit_test(test_only),
		cmocka_unit_test(test_partitions),
		cmocka_unit_test(test_ranks),
		cmocka_unit_test(test_holder_dies),
		cmocka_unit_test(test_claim_dies),
		cmocka_unit_test(test_relay),
		cmocka_unit_test(test_over_is_owed),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_tidings_age),
		cmocka_unit_test(test_holds_age),
		cmocka_unit_test(test_claims_cross),
		cmocka_unit_test(test_no_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
