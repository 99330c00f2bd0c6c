/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The air of a zone. Each inlet has a line through its last minute; one that lies (far from the
 * others, and moving otherwise) counts for nothing but its own alert. While cooling is off, or the
 * inlets rise, a course of the median inlet is kept: it teaches how this zone heats. The countdown
 * is that of the inlet which reaches the limit first; its band goes from the fastest course without
 * decay that the samples allow to the slowest with it. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/thermal.h"
#include "collector/alert/thermal_fit.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define INLETS_MAX 1024
#define UNITS_MAX_N 64
#define SUPPLIES_MAX 64
#define SAMPLES 64	    /* of an inlet: a minute of one a second */
#define WINDOW_MS 60000	    /* of the slope */
#define SLOW_MS 200000	    /* of inlets that are asked seldom: their last three */
#define LIVE_MS 30000	    /* at least; else three of its steps */
#define STEP_MAX_MS 120000  /* that is believed */
#define AHEAD_MS 15000	    /* a line goes on at least so far behind its last sample */
#define LIES_BY 6.0	    /* K from the median inlet */
#define LIES_SURELY 20.0    /* likewise, however it moves */
#define MOVES_OTHERWISE 0.5 /* K/min from the median slope */
#define COURSE 512
#define COURSE_MS 5000 /* between its points */
#define EVENT_MS 60000 /* shorter ones teach nothing */
#define EVENT_RISE 1.0 /* K, likewise */
#define FALLING (-0.1) /* K/min: it cools again */
#define APPROACH 0.1   /* K/min: slower is none */
#define LEARNED_MAX 50
#define SLOPE_Z 1.64	  /* standard errors to either side */
#define TAU_UNKNOWN_S 300 /* as fast a decay as is met, where none was learned */
#define TAU_SPREAD 1.5	  /* a learned one to either side, at least */
#define RATE_SPREAD 0.3	  /* of a learned first rate, at least */

struct sample {
	int64_t at_ms;
	double v;
};

struct inlet {
	uint32_t sid;
	unsigned field;
	char node[NAME_MAX_NODE + 1];
	struct sample samples[SAMPLES];
	unsigned n; /* ever; the last is samples[(n - 1) % SAMPLES] */
	bool live;  /* as of the tick */
	bool lies;  /* likewise */
	struct fit_line line;
};

struct unit {
	bool known;
	bool cools;
	int64_t since_ms;
};

struct supply {
	uint32_t sid;
	struct sample last;
};

/* How the median inlet went since cooling stopped. */
struct course {
	bool open;
	int64_t began_ms;
	double t[COURSE]; /* s since then */
	double v[COURSE];
	size_t n;
	double power;
	int64_t last_ms;
};

struct thermal {
	double limit;
	double power;
	struct inlet **inlets;
	size_t ninlets;
	struct unit units[UNITS_MAX_N];
	struct supply supplies[SUPPLIES_MAX];
	size_t nsupplies;
	struct course course;
	struct thermal_event learned[LEARNED_MAX];
	size_t nlearned;
};

/* Nothing known yet. */
struct thermal *
thermal_new(double limit)
{
	struct thermal *t = xcalloc(1, sizeof *t);
	t->limit = limit;
	t->power = NAN;
	return t;
}

/* Free it. */
void
thermal_free(struct thermal *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->ninlets; i++)
		free(t->inlets[i]);
	free(t->inlets);
	free(t);
}

/* The inlet of this number, made when it is met first; NULL: there are too many. */
static struct inlet *
find_inlet(struct thermal *t, uint32_t sid, unsigned field, const char *node)
{
	for (size_t i = 0; i < t->ninlets; i++)
		if (t->inlets[i]->sid == sid && t->inlets[i]->field == field)
			return t->inlets[i];
	if (t->ninlets == INLETS_MAX)
		return NULL;
	struct inlet *in = xcalloc(1, sizeof *in);
	in->sid = sid;
	in->field = field;
	(void)str_copy(in->node, sizeof in->node, node);
	t->inlets = xreallocarray(t->inlets, t->ninlets + 1, sizeof in);
	t->inlets[t->ninlets++] = in;
	return in;
}

/* The i-th newest sample. */
static const struct sample *
newest(const struct inlet *in, unsigned i)
{
	return &in->samples[(in->n - 1 - i) % SAMPLES];
}

/* Its last value. */
static double
value_of(const struct inlet *in)
{
	return newest(in, 0)->v;
}

/* A reading; one that is older than the last adds nothing. */
void
thermal_inlet(
    struct thermal *t, uint32_t sid, unsigned field, const char *node, int64_t at_ms, double value)
{
	struct inlet *in = find_inlet(t, sid, field, node);
	if (in == NULL || !isfinite(value) || (in->n > 0 && at_ms <= newest(in, 0)->at_ms))
		return;
	in->samples[in->n++ % SAMPLES] = (struct sample){ .at_ms = at_ms, .v = value };
}

/* The hottest, at once and not at the next tick: of those that did not lie then, and none of a
 * value that only the others can make credible. */
void
thermal_hottest(const struct thermal *t, struct zone_air *air)
{
	double hottest = NAN;
	for (size_t i = 0; i < t->ninlets; i++) {
		const struct inlet *in = t->inlets[i];
		if (!in->live || in->lies || !(fabs(value_of(in) - air->mean) <= LIES_BY) ||
		    value_of(in) <= hottest)
			continue;
		hottest = value_of(in);
		air->hottest = hottest;
		air->sid = in->sid;
		air->field = in->field;
		(void)str_copy(air->node, sizeof air->node, in->node);
	}
}

/* A unit's state. */
void
thermal_unit(struct thermal *t, unsigned index, bool cools, int64_t since_ms)
{
	if (index >= UNITS_MAX_N)
		return;
	t->units[index] = (struct unit){ .known = true, .cools = cools, .since_ms = since_ms };
}

/* A supply's reading. */
void
thermal_supply(struct thermal *t, uint32_t sid, int64_t at_ms, double value)
{
	size_t i = 0;
	while (i < t->nsupplies && t->supplies[i].sid != sid)
		i++;
	if (i == SUPPLIES_MAX || !isfinite(value))
		return;
	if (i == t->nsupplies)
		t->nsupplies++;
	t->supplies[i].sid = sid;
	t->supplies[i].last = (struct sample){ .at_ms = at_ms, .v = value };
}

/* The load. */
void
thermal_power(struct thermal *t, double watts)
{
	t->power = watts;
}

/* The newest first; the oldest goes when there are too many. */
void
thermal_learn(struct thermal *t, const struct thermal_event *ev)
{
	size_t i = t->nlearned < LEARNED_MAX ? t->nlearned++ : LEARNED_MAX - 1;
	for (; i > 0 && t->learned[i - 1].began_ms < ev->began_ms; i--)
		t->learned[i] = t->learned[i - 1];
	t->learned[i] = *ev;
}

/* Whether it still sends: three of its steps at most are between. */
static bool
is_live(const struct inlet *in, int64_t now_ms)
{
	int64_t step_ms = 0;
	if (in->n == 0)
		return false;
	if (in->n > 1)
		step_ms = newest(in, 0)->at_ms - newest(in, 1)->at_ms;
	if (step_ms > STEP_MAX_MS)
		step_ms = STEP_MAX_MS;
	return now_ms - newest(in, 0)->at_ms <= (3 * step_ms > LIVE_MS ? 3 * step_ms : LIVE_MS);
}

/* The line through its last minute, or its last three samples; only from from_ms on, if that leaves
 * enough. */
static struct fit_line
line_of(const struct inlet *in, int64_t from_ms, int64_t now_ms)
{
	double t[SAMPLES], v[SAMPLES];
	size_t n = 0;
	unsigned kept = in->n < SAMPLES ? in->n : SAMPLES;
	int64_t end_ms = newest(in, 0)->at_ms;
	for (unsigned i = 0; i < kept; i++) {
		const struct sample *s = newest(in, i);
		int64_t age_ms = end_ms - s->at_ms;
		if (age_ms > (n < 3 ? SLOW_MS : WINDOW_MS) || s->at_ms < from_ms)
			break;
		t[n] = (double)(s->at_ms - now_ms) / 1000;
		v[n++] = s->v;
	}
	return fit_line(t, v, n, 0);
}

/* Cooling units by their state. */
static void
sum_units(const struct thermal *t, struct zone_air *air)
{
	for (size_t i = 0; i < UNITS_MAX_N; i++) {
		const struct unit *u = &t->units[i];
		air->units += u->known;
		if (!u->known || u->cools)
			continue;
		air->off++;
		if (u->since_ms > air->off_ms)
			air->off_ms = u->since_ms;
	}
}

/* Each inlet's line. Of those that began to rise a moment ago, with the cooling, only what came
 * since. */
static void
draw_lines(struct thermal *t, int64_t off_ms, int64_t now_ms)
{
	for (size_t i = 0; i < t->ninlets; i++) {
		struct inlet *in = t->inlets[i];
		in->lies = false;
		in->live = is_live(in, now_ms);
		if (!in->live)
			continue;
		in->line = line_of(in, off_ms, now_ms);
		if (!in->line.known && off_ms != 0 && now_ms - off_ms > WINDOW_MS)
			in->line = line_of(in, 0, now_ms);
	}
}

/* Where the line of an inlet is now. A sample may be minutes old (after a restart, before the
 * agents are back): how the air went since then nobody knows, and the line goes on for one more
 * step only.
 */
static double
value_now(const struct inlet *in, int64_t now_ms)
{
	const struct sample *last = newest(in, 0);
	int64_t ahead_ms = in->n > 1 ? last->at_ms - newest(in, 1)->at_ms : 0;
	if (ahead_ms > WINDOW_MS)
		ahead_ms = WINDOW_MS;
	if (ahead_ms < AHEAD_MS)
		ahead_ms = AHEAD_MS;
	int64_t over_ms = now_ms - last->at_ms - ahead_ms;
	double value = in->line.value;
	return over_ms > 0 ? value - in->line.slope * (double)over_ms / 1000 : value;
}

/* The median of what a function says of the live inlets that do not lie; NAN: of none. */
static double
median_of(const struct thermal *t, double (*of)(const struct inlet *in))
{
	double v[INLETS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < t->ninlets; i++) {
		const struct inlet *in = t->inlets[i];
		if (in->live && !in->lies && isfinite(of(in)))
			v[n++] = of(in);
	}
	return fit_median(v, n);
}

/* Its slope, K/min. */
static double
slope_of(const struct inlet *in)
{
	return in->line.known ? in->line.slope * 60 : NAN;
}

/* Find those that lie, if there are enough to tell who does. */
static void
find_liars(struct thermal *t)
{
	double mid = median_of(t, value_of), slope = median_of(t, slope_of);
	size_t live = 0;
	for (size_t i = 0; i < t->ninlets; i++)
		live += t->inlets[i]->live;
	for (size_t i = 0; live >= 3 && i < t->ninlets; i++) {
		struct inlet *in = t->inlets[i];
		double off = in->live ? fabs(value_of(in) - mid) : 0;
		double turn = fabs(slope_of(in) - slope);
		if (off > LIES_SURELY || (off > LIES_BY && !(turn < MOVES_OTHERWISE)))
			in->lies = true;
	}
}

/* Hottest, mean, how many rise. */
static void
sum_inlets(struct thermal *t, struct zone_air *air)
{
	double sum = 0;
	size_t n = 0;
	for (size_t i = 0; i < t->ninlets; i++) {
		const struct inlet *in = t->inlets[i];
		if (!in->live)
			continue;
		air->inlets++;
		air->rising += in->line.known && slope_of(in) > THERMAL_RISING;
		if (in->lies)
			continue;
		sum += value_of(in);
		n++;
		if (!isnan(air->hottest) && value_of(in) <= air->hottest)
			continue;
		air->hottest = value_of(in);
		air->sid = in->sid;
		air->field = in->field;
		(void)str_copy(air->node, sizeof air->node, in->node);
	}
	air->mean = n > 0 ? sum / (double)n : NAN;
	air->rate = median_of(t, slope_of);
}

/* The warmest supply that is live. */
static void
sum_supplies(const struct thermal *t, int64_t now_ms, struct zone_air *air)
{
	for (size_t i = 0; i < t->nsupplies; i++) {
		const struct sample *s = &t->supplies[i].last;
		if (now_ms - s->at_ms <= STEP_MAX_MS && !(s->v <= air->supply))
			air->supply = s->v;
	}
}

/* What earlier events say: of tau the median and how far they are apart; of the first rate, by the
 * load of now. */
struct past_events {
	double tau;    /* s; INFINITY: not known */
	double spread; /* factor to either side */
	double rate;   /* K/s; NAN */
	double error;
	unsigned n;
};

/* The spread of sorted values around their median: the greatest of the factors, but of many the
 * extremes do not count. */
static double
spread_of(const double *v, size_t n, double least)
{
	size_t cut = n / 10;
	double mid = v[n / 2];
	return fmax(least, fmax(v[n - 1 - cut] / mid, mid / v[cut]));
}

/* The rate at the very beginning, K/s: that of the first two minutes had decayed for one. */
static double
first_of(const struct thermal_event *ev)
{
	return ev->first_rate / 60 * (ev->tau_s > 0 ? exp(60 / ev->tau_s) : 1);
}

/* Sum up what was learned. */
static struct past_events
recall(const struct thermal *t)
{
	struct past_events p = { .tau = INFINITY, .rate = NAN };
	double tau[LEARNED_MAX], rate[LEARNED_MAX];
	size_t ntau = 0, nrate = 0;
	for (size_t i = 0; i < t->nlearned; i++) {
		const struct thermal_event *ev = &t->learned[i];
		bool load = ev->power > 0 && t->power > 0;
		if (isfinite(ev->tau_s) && ev->tau_s > 0)
			tau[ntau++] = ev->tau_s;
		if (isfinite(ev->first_rate) && ev->first_rate > 0)
			rate[nrate++] = first_of(ev) * (load ? t->power / ev->power : 1);
	}
	p.n = (unsigned)(ntau > nrate ? ntau : nrate);
	if (ntau > 0) {
		p.tau = fit_median(tau, ntau);
		p.spread = spread_of(tau, ntau, ntau < 3 ? TAU_SPREAD * TAU_SPREAD : TAU_SPREAD);
	}
	if (nrate > 0) {
		p.rate = fit_median(rate, nrate);
		p.error = p.rate * (spread_of(rate, nrate, 1 + RATE_SPREAD) - 1);
	}
	return p;
}

/* The slope that an inlet has now, of its own line and half of it the median's, and of what was
 * learned while the line says little yet. */
static double
slope_now(const struct past_events *p, const struct inlet *in, const struct zone_air *air,
    int64_t now_ms, double *error)
{
	bool began = air->off > 0 && air->off == air->units && now_ms - air->off_ms <= WINDOW_MS;
	double slope = NAN;
	*error = NAN;
	if (in->line.known) {
		slope = in->line.slope;
		if (isfinite(air->rate))
			slope = (slope + air->rate / 60) / 2;
		slope *= isinf(p->tau) ? 1 : exp(-in->line.mid_s / p->tau);
		*error = in->line.error;
	}
	if (!began || isnan(p->rate))
		return slope;
	if (isnan(slope)) {
		*error = p->error;
		return p->rate;
	}
	double a = 1 / (*error * *error), b = 1 / (p->error * p->error);
	*error = sqrt(1 / (a + b));
	return (slope * a + p->rate * b) / (a + b);
}

/* The countdown of one inlet, into air if it is the first to be there. */
static void
count_down(const struct thermal *t, const struct past_events *p, const struct inlet *in,
    struct zone_air *air, int64_t now_ms)
{
	double error;
	double slope = slope_now(p, in, air, now_ms, &error);
	double value = in->line.known ? value_now(in, now_ms) : value_of(in);
	double by = t->limit - value;
	bool learned = isfinite(p->tau);
	double slow = learned ? p->tau / p->spread : TAU_UNKNOWN_S;
	double fast = learned ? p->tau * p->spread : INFINITY;
	if (!(slope * 60 > APPROACH) || slope < error)
		return;
	double left = fit_left(by, slope, p->tau);
	if (left > THERMAL_FAR_S)
		left = fit_left(by, slope, fast);
	if (left > THERMAL_FAR_S || (!isnan(air->left_s) && left >= air->left_s))
		return;
	air->left_s = left;
	air->earliest_s = fmin(left, fit_left(by - 0.1, slope + SLOPE_Z * error, fast));
	double latest = fit_left(by + 0.1, slope - SLOPE_Z * error, slow);
	air->latest_s = fmin(THERMAL_FAR_S, fmax(left, latest));
	air->learned = p->n;
}

/* Until the limit, if it is being approached: cooling is off, or most of the inlets rise. */
static void
foresee(const struct thermal *t, struct zone_air *air, int64_t now_ms)
{
	struct past_events p = recall(t);
	if (air->hottest >= t->limit) {
		air->left_s = air->earliest_s = air->latest_s = 0;
		return;
	}
	if (air->off == 0 && 2 * air->rising < air->inlets)
		return;
	for (size_t i = 0; i < t->ninlets; i++)
		if (t->inlets[i]->live && !t->inlets[i]->lies)
			count_down(t, &p, t->inlets[i], air, now_ms);
}

/* What the course taught. False: nothing. */
static bool
conclude(const struct course *c, struct thermal_event *ev)
{
	double top = -INFINITY;
	size_t n = 0, first = 0;
	for (size_t i = 0; i < c->n; i++) {
		if (c->v[i] > top) {
			top = c->v[i];
			n = i + 1; /* what comes behind the top is cooling again */
		}
		if (c->t[i] <= 120)
			first = i + 1;
	}
	*ev = (struct thermal_event){ .began_ms = c->began_ms, .tau_s = NAN, .power = c->power };
	if (n == 0 || c->t[n - 1] * 1000 < EVENT_MS || top - c->v[0] < EVENT_RISE)
		return false;
	struct fit_line line = fit_line(c->t, c->v, first < n ? first : n, 0);
	if (!line.known || line.slope * 60 < APPROACH)
		return false;
	ev->first_rate = line.slope * 60;
	ev->rise = top - c->v[0];
	ev->tau_s = fit_tau(c->t, c->v, n);
	return true;
}

/* Add a point; a long course keeps every other. */
static void
draw_course(struct course *c, double value, int64_t now_ms)
{
	if (now_ms - c->last_ms < COURSE_MS)
		return;
	c->last_ms = now_ms;
	if (c->n == COURSE) {
		for (size_t i = 0; i < COURSE / 2; i++) {
			c->t[i] = c->t[2 * i];
			c->v[i] = c->v[2 * i];
		}
		c->n = COURSE / 2;
	}
	c->t[c->n] = (double)(now_ms - c->began_ms) / 1000;
	c->v[c->n++] = value;
}

/* Follow a heating from its beginning to its end. */
static void
follow(struct thermal *t, const struct zone_air *air, int64_t now_ms,
    void (*learned)(void *arg, const struct thermal_event *ev), void *arg)
{
	struct course *c = &t->course;
	struct thermal_event ev;
	bool heats = air->rate > THERMAL_RISING && 2 * air->rising > air->inlets;
	bool off = air->off > 0 && air->off == air->units;
	if (!c->open && (off || (air->units == 0 && heats)) && !isnan(air->mean)) {
		*c = (struct course){ .open = true, .began_ms = now_ms, .power = t->power };
		if (off && now_ms - air->off_ms < EVENT_MS)
			c->began_ms = air->off_ms;
	}
	if (!c->open)
		return;
	double mid = median_of(t, value_of);
	if (!isnan(mid))
		draw_course(c, mid, now_ms);
	bool over = air->units > 0 ? !off : air->rate < FALLING;
	if (!over)
		return;
	c->open = false;
	if (!conclude(c, &ev))
		return;
	thermal_learn(t, &ev);
	if (learned != NULL)
		learned(arg, &ev);
}

/* Sum up. */
void
thermal_tick(struct thermal *t, int64_t now_ms, struct zone_air *air,
    void (*learned)(void *arg, const struct thermal_event *ev), void *arg)
{
	*air = (struct zone_air){
		.hottest = NAN,
		.mean = NAN,
		.rate = NAN,
		.limit = t->limit,
		.supply = NAN,
		.power = t->power,
		.left_s = NAN,
		.earliest_s = NAN,
		.latest_s = NAN,
	};
	sum_units(t, air);
	draw_lines(t, air->off_ms, now_ms);
	find_liars(t);
	sum_inlets(t, air);
	sum_supplies(t, now_ms, air);
	foresee(t, air, now_ms);
	follow(t, air, now_ms, learned, arg);
}
