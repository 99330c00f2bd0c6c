/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program that ends at any moment and starts again tells the same as one that never ended: the
 * same transitions, at the same times, under the same numbers. Rows are kept as the changes told
 * them, memory as it was saved some time before, readings since then are read again. */
#include "alert_fixture.h"
#include "collector/alert/silence.h"
#include "zw/err.h"
#include "zw/str.h"
#include "zw/units.h"

#define NODES 5
#define STEPS 400
#define KEPT 4096
#define STATES 256
#define SEEDS 24

struct state {
	char key[320];
	unsigned char bytes[8192];
	size_t n;
};

struct world {
	struct fx *f;
	char *told; /* a line for each transition */
	size_t room, used;
	struct alert rows[KEPT];
	char units[KEPT][UNITS_MAX];
	bool gone[KEPT]; /* dropped */
	struct incident incidents[KEPT];
	struct silences *hush; /* outlasts the engine */
	struct state states[STATES];
	size_t nstates;
	int saved; /* step */
};

static unsigned
next_random(unsigned *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

/* As history does it, and a line to compare. */
static void
world_changed(void *arg, const struct alert_change *ch)
{
	struct world *w = arg;
	const struct alert *a = ch->alert;
	if (a != NULL) {
		assert_true(a->id < KEPT);
		w->rows[a->id] = *a;
		(void)str_copy(w->units[a->id], UNITS_MAX, a->unit);
		w->rows[a->id].unit = w->units[a->id];
		w->gone[a->id] = ch->kind == CHANGE_DROPPED;
	}
	if (ch->incident != NULL) {
		assert_true(ch->incident->id < KEPT);
		w->incidents[ch->incident->id] = *ch->incident;
	}
	/* Who has just started waits before it says that something is silent. */
	if (ch->kind == CHANGE_WORSE || ch->kind == CHANGE_CAUSE || ch->kind == CHANGE_NO_DATA ||
	    ch->kind == CHANGE_DATA)
		return;
	if (w->used + 200 > w->room)
		w->told = xreallocarray(w->told, w->room += 65536, 1);
	w->used += (size_t)snprintf(w->told + w->used, 200, "%lld %c %s %s %llu %llu %lld\n",
	    (long long)(ch->now_ms - FX_T0), FX_ALL[ch->kind], a != NULL ? a->rule : "-",
	    a != NULL ? a->node : "-", a != NULL ? (unsigned long long)a->id : 0,
	    ch->incident != NULL ? (unsigned long long)ch->incident->id : 0,
	    a != NULL ? (long long)(a->since_ms - FX_T0) : 0);
}

static void
put_state(void *arg, const char *key, const void *bytes, size_t n)
{
	struct world *w = arg;
	assert_true(w->nstates < STATES);
	struct state *s = &w->states[w->nstates++];
	assert_true(n <= sizeof s->bytes && strlen(key) < sizeof s->key);
	memcpy(s->key, key, strlen(key) + 1);
	memcpy(s->bytes, bytes, n);
	s->n = n;
}

static void
open_site(struct world *w)
{
	struct fx *f = w->f;
	f->site = site_new(&f->conf);
	for (size_t i = 0; i < NODES; i++)
		fx_define(f, i, "thermal", "");
	f->e = engine_new(&f->conf, f->site, f->now_ms, world_changed, w);
	engine_use_silences(f->e, w->hush);
	fx_connect(f);
}

static struct world *
world_new(void)
{
	struct world *w = xcalloc(1, sizeof *w);
	struct fx *f = w->f = fx_new(1, NODES);
	w->hush = silences_new();
	fx_hot(f, "hot", 32);
	struct conf_rule *r = fx_hot(f, "warm", 27);
	r->for_ = 35000;
	r->clear_for = 45000;
	fx_number(r, "clear", 26);
	r = fx_hot(f, "average", 29);
	r->scope = fx_text(f, "zone");
	r->aggregate = fx_text(f, "average");
	r->for_ = 20000;
	r = fx_rule(f, "rising", "rate");
	r->source = fx_text(f, "thermal");
	r->field = fx_text(f, "inlet");
	fx_number(r, "above", 3);
	r->clear_for = 30000;
	r = fx_hot(f, "many", 30);
	r->scope = fx_text(f, "zone");
	r->aggregate = fx_text(f, "count");
	r->count = 2;
	fx_number(r, "clear", 28);
	open_site(w);
	return w;
}

static void
world_free(struct world *w)
{
	free(w->told);
	fx_free(w->f);
	silences_free(w->hush);
	free(w);
}

/* One step's readings; NAN: it says nothing. */
static void
feed(struct world *w, const double *v, bool judge)
{
	struct fx *f = w->f;
	for (uint32_t i = 0; i < NODES; i++) {
		struct series *se = site_series(f->site, i + 1);
		if (!site_update(se, f->now_ms / 1000, f->now_ms, 1, &v[i]))
			continue;
		if (judge)
			engine_reading(f->e, se, f->now_ms);
		else
			engine_warm(f->e, se, f->now_ms);
	}
	if (judge)
		engine_tick(f->e, f->now_ms);
}

/* End and start again, at this step, before its readings. */
static void
restart(struct world *w, double (*v)[NODES], int at)
{
	struct fx *f = w->f;
	int64_t now_ms = f->now_ms;
	engine_free(f->e);
	site_free(f->site);
	open_site(w);
	for (size_t i = 0; i < KEPT; i++) {
		if (w->incidents[i].id != 0)
			engine_restore_incident(f->e, &w->incidents[i]);
	}
	uint64_t last = 0;
	for (size_t i = 0; i < KEPT; i++) {
		if (w->rows[i].id != 0)
			last = i;
		if (w->rows[i].id != 0 && !w->gone[i])
			engine_restore_alert(f->e, &w->rows[i]);
	}
	engine_restore_ids(f->e, last, 0);
	for (size_t i = 0; i < w->nstates; i++)
		engine_load(f->e, w->states[i].key, w->states[i].bytes, w->states[i].n);
	for (int k = w->saved; k < at; k++) {
		f->now_ms = FX_T0 + (int64_t)(k + 1) * FX_STEP;
		feed(w, v[k], false);
	}
	f->now_ms = now_ms;
}

/* Somebody has the newest incident, for two minutes. */
static void
acknowledge(struct world *w)
{
	struct engine *e = w->f->e;
	struct ack ack = { .author = "Aysel", .until_ms = w->f->now_ms + 120000 };
	struct err err;
	if (engine_nincidents(e) == 0 || engine_incident_at(e, 0)->closed_ms != 0)
		return;
	assert_int_equal(engine_acknowledge(
			     e, engine_incident_at(e, 0)->id, 0, &ack, "Aysel", w->f->now_ms, &err),
	    0);
}

/* One rule of a node is silenced for three minutes. */
static void
hush(struct world *w, unsigned node)
{
	struct silence s = { .author = "Aysel", .reason = "work on it" };
	const struct silence *added;
	struct err err;
	snprintf(s.match.node, sizeof s.match.node, "a%02u", node % NODES + 1);
	(void)str_copy(s.match.rule, sizeof s.match.rule, node % 2 == 0 ? "hot" : "*");
	s.starts_ms = w->f->now_ms;
	s.ends_ms = w->f->now_ms + 180000;
	assert_int_equal(silences_add(w->hush, &s, w->f->now_ms, &added, &err), 0);
}

/* The same script through both. */
static void
play(unsigned seed)
{
	unsigned start = seed;
	static double v[STEPS][NODES];
	double level[NODES] = { 24, 25, 26, 27, 28 };
	struct world *a = world_new(), *b = world_new();
	unsigned restarts = 0;
	for (int k = 0; k < STEPS; k++) {
		for (size_t i = 0; i < NODES; i++) {
			level[i] += ((double)(next_random(&seed) % 100) - 49.5) / 25;
			level[i] += (28 - level[i]) / 30;
			v[k][i] = next_random(&seed) % 50 == 0 ? NAN : level[i];
		}
	}
	for (int k = 0; k < STEPS; k++) {
		fx_pass(a->f, FX_STEP);
		fx_pass(b->f, FX_STEP);
		if (k - b->saved >= 4 && next_random(&seed) % 8 == 0) {
			restart(b, v, k);
			restarts++;
		}
		if (k - b->saved >= 12) {
			b->nstates = 0;
			b->saved = k;
			engine_save(b->f->e, put_state, b);
		}
		feed(a, v[k], true);
		feed(b, v[k], true);
		if (next_random(&seed) % 20 == 0) {
			acknowledge(a);
			acknowledge(b);
		}
		if (next_random(&seed) % 20 == 0) {
			unsigned node = next_random(&seed);
			hush(a, node);
			hush(b, node);
		}
	}
	assert_true(restarts > 10 && a->used > 1000);
	assert_non_null(strstr(a->told, " m "));
	assert_non_null(strstr(a->told, " A "));
	if (strcmp(a->told, b->told) != 0) {
		size_t n = 0, from;
		while (a->told[n] == b->told[n])
			n++;
		from = n > 300 ? n - 300 : 0;
		fail_msg("seed %u: told differently:\n%.600s\n--- after restarts:\n%.600s", start,
		    a->told + from, b->told + from);
	}
	world_free(a);
	world_free(b);
}

static void
test_exact(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++)
		play(seed);
}

/* Bytes of nobody, and of another size. */
static void
test_foreign(void **state)
{
	(void)state;
	struct world *w = world_new();
	char bytes[600] = { 1 };
	engine_load(w->f->e, "", bytes, sizeof bytes);
	engine_load(w->f->e, "s/hot/a01/thermal/inlet", bytes, 3);
	engine_load(w->f->e, "s/hot/a01/thermal/inlet", bytes, sizeof bytes);
	engine_load(w->f->e, "s/none/x01/thermal/inlet", bytes, sizeof bytes);
	engine_load(w->f->e, "m/many/a01/thermal/inlet", bytes, sizeof bytes);
	engine_load(w->f->e, "g/average/A/inlet/", bytes, sizeof bytes);
	engine_load(w->f->e, "////", bytes, sizeof bytes);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_foreign),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
