/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What /api/v1/status says in figures, as families of Prometheus, made at once: some hundred lines,
 * and one for each node. The values of the series come after it, in parts (metricvalues.c). */
#include "collector/web/api/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/alert.h"
#include "collector/alert/history.h"
#include "collector/alert/thermal.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/intake/intake.h"
#include "collector/journal/journal.h"
#include "collector/notify/notify.h"
#include "collector/pace.h"
#include "collector/site/site.h"
#include "collector/store/store.h"
#include "collector/web/api/exposition.h"
#include "collector/web/api/filter.h"
#include "collector/web/api/metricvalues.h"
#include "collector/web/survey.h"
#include "collector/web/view.h"
#include "zw/alloc.h"
#include "zw/tls.h"

/* A family of one sample without labels. */
static void
gauge(struct exposition *x, const char *name, const char *unit, const char *help, double v)
{
	if (isnan(v))
		return;
	exposition_family(x, name, EXPOSITION_GAUGE, unit, help);
	exposition_sample(x, NULL, v, 0);
}

/* The same of what only grows. */
static void
counter(struct exposition *x, const char *name, const char *unit, const char *help, uint64_t v)
{
	exposition_family(x, name, EXPOSITION_COUNTER, unit, help);
	exposition_count(x, NULL, v);
}

/* A wall moment in seconds; left out while there was none. */
static void
moment(struct exposition *x, const char *name, const char *help, int64_t ms)
{
	gauge(x, name, "seconds", help, ms == 0 ? NAN : (double)ms / 1000);
}

/* The program. */
static void
put_build(struct exposition *x, const struct collector *c)
{
	const char *const labels[] = { "version", ZW_VERSION, NULL };

	exposition_family(x, "zonewatch_build", EXPOSITION_INFO, NULL, "The collector's version.");
	exposition_sample(x, labels, 1, 0);
	moment(x, "zonewatch_start_time_seconds", "When the collector began.", c->started_ms);
	if (c->tls != NULL)
		moment(x, "zonewatch_certificate_end_time_seconds",
		    "When the collector's certificate ends.", tls_own_not_after_ms(c->tls));
}

/* Nodes of each zone by state, those of no zone as "site". */
static void
put_nodes(struct exposition *x, const struct collector *c, int64_t steady_ms)
{
	struct survey all;

	survey_take(&all, c, steady_ms);
	exposition_family(x, "zonewatch_nodes", EXPOSITION_GAUGE, NULL,
	    "Nodes by zone and state; each is in one state.");
	for (size_t i = 0; i <= all.nzones; i++) {
		const struct zone *z = i < all.nzones ? site_zone_at(c->site, i) : NULL;
		for (int s = 0; s < VIEW_NSTATES; s++) {
			const char *const labels[] = { "zone", z != NULL ? z->name : "site",
				"state", view_word((enum view_state)s), NULL };
			exposition_count(x, labels, all.zones[i].counts.by[s]);
		}
	}
	survey_free(&all);
	exposition_family(x, "zonewatch_node_up", EXPOSITION_GAUGE, NULL,
	    "1: the node's values are live; 0: they are too old, or none came yet.");
	for (size_t i = 0; i < site_nnodes(c->site); i++) {
		const struct node *n = site_node_at(c->site, i);
		const char *const labels[] = { "zone", n->zone != NULL ? n->zone->name : "site",
			"node", n->name, NULL };
		if (n->kind != NODE_SUMMARY)
			exposition_count(
			    x, labels, n->seen_ms != 0 && !site_is_stale(n, steady_ms));
	}
}

/* What the air of the zones is told as. */
static const struct {
	const char *name;
	const char *unit;
	const char *help;
	size_t offset;
	double factor;
} airs[] = {
	{ "zonewatch_zone_inlet_temperature_celsius", "celsius", "The zone's hottest inlet.",
	    offsetof(struct zone_air, hottest), 1 },
	{ "zonewatch_zone_inlet_temperature_mean_celsius", "celsius", "Mean of its inlets.",
	    offsetof(struct zone_air, mean), 1 },
	{ "zonewatch_zone_inlet_temperature_limit_celsius", "celsius", "The critical limit.",
	    offsetof(struct zone_air, limit), 1 },
	{ "zonewatch_zone_supply_temperature_celsius", "celsius", "Its warmest supply air.",
	    offsetof(struct zone_air, supply), 1 },
	{ "zonewatch_zone_power_watts", "watts", "Power of the zone's servers.",
	    offsetof(struct zone_air, power), 1 },
	{ "zonewatch_zone_thermal_countdown_seconds", "seconds",
	    "Until the limit is reached as it heats now; absent while it does not.",
	    offsetof(struct zone_air, left_s), 1 },
};

/* The air of the zones that have inlets. */
static void
put_air(struct exposition *x, const struct collector *c)
{
	for (size_t k = 0; k < sizeof airs / sizeof airs[0]; k++) {
		exposition_family(x, airs[k].name, EXPOSITION_GAUGE, airs[k].unit, airs[k].help);
		for (size_t i = 0; i < site_nzones(c->site); i++) {
			const struct zone *z = site_zone_at(c->site, i);
			const struct zone_air *a = engine_air(c->engine, z);
			const char *const labels[] = { "zone", z->name, NULL };
			double v;
			if (a == NULL || a->inlets == 0)
				continue;
			memcpy(&v, (const char *)a + airs[k].offset, sizeof v);
			if (!isnan(v))
				exposition_sample(x, labels, v * airs[k].factor, 0);
		}
	}
}

/* How many alerts of a zone are what. */
struct alert_counts {
	uint64_t firing[WIRE_CRITICAL + 1];
	uint64_t pending;
	uint64_t muted;
};

/* The row of a zone by its name; the last is the site's. */
static struct alert_counts *
counts_of(const struct collector *c, struct alert_counts *all, const char *zone)
{
	const struct zone *z = site_zone(c->site, zone);
	return &all[z != NULL ? z->index : site_nzones(c->site)];
}

/* Each alert once. */
static void
count_alerts(const struct collector *c, struct alert_counts *all)
{
	for (size_t i = 0; i < engine_nalerts(c->engine); i++) {
		const struct alert *a = engine_alert_at(c->engine, i);
		struct alert_counts *n = counts_of(c, all, a->zone);
		if (a->state == ALERT_PENDING)
			n->pending++;
		else if (a->state >= ALERT_RESOLVED)
			continue;
		else if ((a->flags & ALERT_MUTED) != 0)
			n->muted++;
		else
			n->firing[a->severity]++;
	}
}

/* Alerts by zone and severity. */
static void
put_alerts(struct exposition *x, const struct collector *c)
{
	size_t n = site_nzones(c->site) + 1;
	struct alert_counts *all = xcalloc(n, sizeof *all);
	uint64_t open = 0;

	count_alerts(c, all);
	exposition_family(x, "zonewatch_alerts", EXPOSITION_GAUGE, NULL,
	    "Alerts that fire, and that somebody is told of, by zone and severity.");
	for (size_t i = 0; i < n; i++)
		for (int s = WIRE_INFO; s <= WIRE_CRITICAL; s++) {
			const char *const labels[] = { "zone",
				i < n - 1 ? site_zone_at(c->site, i)->name : "site", "severity",
				view_severity(s), NULL };
			exposition_count(x, labels, all[i].firing[s]);
		}
	for (int what = 0; what < 2; what++) {
		exposition_family(x,
		    what == 0 ? "zonewatch_alerts_pending" : "zonewatch_alerts_silenced",
		    EXPOSITION_GAUGE, NULL,
		    what == 0 ? "Alerts whose condition has not held for long enough yet."
			      : "Alerts that fire and of which nobody is told.");
		for (size_t i = 0; i < n; i++) {
			const char *const labels[] = { "zone",
				i < n - 1 ? site_zone_at(c->site, i)->name : "site", NULL };
			exposition_count(x, labels, what == 0 ? all[i].pending : all[i].muted);
		}
	}
	free(all);
	for (size_t i = 0; i < engine_nincidents(c->engine); i++)
		open += engine_incident_at(c->engine, i)->closed_ms == 0;
	gauge(x, "zonewatch_incidents_open", NULL, "Incidents that are open.", (double)open);
}

/* What came in, and the journal. */
static void
put_intake(struct exposition *x, const struct collector *c)
{
	const struct intake_stats *in = intake_stats(c->intake);

	gauge(x, "zonewatch_intake_connections", NULL, "Agents and gateways connected.",
	    in->connections);
	counter(x, "zonewatch_intake_accepted", NULL, "Sessions accepted.", in->accepted);
	counter(
	    x, "zonewatch_intake_refused", NULL, "Handshakes and identities refused.", in->refused);
	counter(x, "zonewatch_intake_frames", NULL, "Frames received.", in->frames);
	counter(x, "zonewatch_intake_batches", NULL, "Batches received.", in->batches);
	counter(x, "zonewatch_intake_values", NULL, "Values received.", in->values);
	counter(x, "zonewatch_intake_live_batches", NULL,
	    "Batches that were shown before they were durable.", in->live);
	counter(x, "zonewatch_intake_duplicates", NULL, "Batches that were durable already.",
	    in->duplicates);
	counter(
	    x, "zonewatch_intake_rejected", NULL, "Records answered by an error.", in->rejected);
	counter(x, "zonewatch_intake_bytes", "bytes", "Bytes received.", in->bytes);
	gauge(x, "zonewatch_journal_size_bytes", "bytes",
	    "The journal: what is not yet in RRDs and history.", (double)journal_bytes(c->journal));
	counter(x, "zonewatch_journal_records", NULL, "Records made durable, ever.",
	    journal_last(c->journal));
	counter(x, "zonewatch_journal_damage", NULL, "Damaged places found in the journal.",
	    journal_damage(c->journal));
}

/* The store and the history. */
static void
put_store(struct exposition *x, const struct collector *c)
{
	const struct store_stats *st = store_stats(c->store);

	gauge(x, "zonewatch_store_up", NULL, "Whether values are written into RRDs.",
	    store_pid(c->store) > 0);
	gauge(x, "zonewatch_store_pending_values", NULL, "Values gathered, not yet in an RRD.",
	    (double)st->pending);
	gauge(x, "zonewatch_store_lag_records", NULL,
	    "Records of the journal that the store has not yet taken in.",
	    journal_last(c->journal) > st->applied_lsn
		? (double)(journal_last(c->journal) - st->applied_lsn)
		: 0);
	gauge(x, "zonewatch_store_files", NULL, "RRDs.", (double)st->files);
	counter(x, "zonewatch_store_values", NULL, "Values written into RRDs.", st->values);
	counter(x, "zonewatch_store_updates", NULL, "Updates of RRDs.", st->updates);
	counter(x, "zonewatch_store_late_samples", NULL,
	    "Samples left out, older than the RRD's newest.", st->late);
	counter(x, "zonewatch_store_quarantined", NULL, "Damaged RRDs put aside.", st->quarantined);
	counter(x, "zonewatch_store_errors", NULL, "Errors of librrd.", st->errors);
	moment(x, "zonewatch_store_checkpoint_time_seconds",
	    "When values were made durable in RRDs last.", (int64_t)st->checkpoint_ms);
	moment(x, "zonewatch_store_scrub_time_seconds",
	    "When all rows of RRDs had been compared with their checksums last.",
	    (int64_t)st->scrubbed_ms);
	counter(x, "zonewatch_store_damaged_rows", NULL,
	    "Rows of RRDs that were found changed and made unknown.", st->damaged_rows);
	if (c->history == NULL)
		return;
	gauge(x, "zonewatch_history_waiting_entries", NULL,
	    "Entries of the history that wait for the disk.", (double)history_waiting(c->history));
	gauge(x, "zonewatch_history_up", NULL, "Whether the history could be written last.",
	    *history_trouble(c->history) == '\0');
}

/* What each channel's figures are told as. */
static const struct {
	const char *name;
	enum exposition_type type;
	const char *help;
	size_t offset;
} channels[] = {
	{ "zonewatch_messages_waiting", EXPOSITION_GAUGE, "Messages that wait.",
	    offsetof(struct notify_channel, waiting) },
	{ "zonewatch_messages_sent", EXPOSITION_COUNTER, "Messages handed over.",
	    offsetof(struct notify_channel, sent) },
	{ "zonewatch_messages_failed", EXPOSITION_COUNTER, "Messages given up.",
	    offsetof(struct notify_channel, failed) },
	{ "zonewatch_messages_refused_recipients", EXPOSITION_COUNTER,
	    "Recipients refused for good.", offsetof(struct notify_channel, refused) },
	{ "zonewatch_messages_retries", EXPOSITION_COUNTER, "Tries after the first.",
	    offsetof(struct notify_channel, retries) },
};

/* Messages by channel, and the sign of life. */
static void
put_notify(struct exposition *x, const struct collector *c)
{
	const struct notify_stats *n = notify_stats(c->notify);

	for (size_t k = 0; k < sizeof channels / sizeof channels[0]; k++) {
		exposition_family(x, channels[k].name, channels[k].type, NULL, channels[k].help);
		for (size_t i = 0; i < n->nchannels; i++) {
			const char *const labels[] = { "channel", n->channels[i].name, NULL };
			uint64_t v;
			memcpy(&v, (const char *)&n->channels[i] + channels[k].offset, sizeof v);
			exposition_count(x, labels, v);
		}
	}
	exposition_family(x, "zonewatch_messages_oldest_time_seconds", EXPOSITION_GAUGE, "seconds",
	    "When the oldest message that waits was made; absent without one.");
	for (size_t i = 0; i < n->nchannels; i++) {
		const char *const labels[] = { "channel", n->channels[i].name, NULL };
		if (n->channels[i].oldest_ms != 0)
			exposition_sample(x, labels, (double)n->channels[i].oldest_ms / 1000, 0);
	}
	gauge(x, "zonewatch_mail_up", NULL, "Whether anybody gets messages.",
	    notify_off(c->notify) == NULL);
	counter(x, "zonewatch_pings", NULL, "Signs of life that were answered.", n->pings);
	counter(x, "zonewatch_pings_unanswered", NULL, "Signs of life that were not.", n->unpinged);
}

/* Turns of the event loop. */
static void
put_pace(struct exposition *x, const struct pace *p)
{
	double bounds[PACE_CLASSES - 1];

	if (p == NULL)
		return;
	for (size_t i = 0; i < PACE_CLASSES - 1; i++)
		bounds[i] = pace_bounds[i] / 1000;
	exposition_histogram(x, "zonewatch_loop_turn_seconds",
	    "CPU time of the turns of the collector's event loop.", bounds, p->by, PACE_CLASSES,
	    (double)p->us / 1e6);
	gauge(x, "zonewatch_loop_turn_longest_seconds", "seconds",
	    "The longest turn of the last seconds.", pace_longest_ms(p) / 1000);
}

/* The collector's own figures, without the end. */
static void
put_own(struct exposition *x, const struct collector *c, const struct request *rq)
{
	put_build(x, c);
	put_nodes(x, c, rq->steady_ms);
	put_air(x, c);
	put_alerts(x, c);
	put_intake(x, c);
	put_store(x, c);
	put_notify(x, c);
	put_pace(x, c->pace);
}

int
metrics_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	const char *values = request_param(rq, "values");
	struct exposition x = { .b = &re->body, .open = exposition_wants_open(rq->accept) };
	int status = 200;

	if (!filter_is_known(c, rq, re, &status))
		return status;
	re->type = x.open ? REPLY_OPENMETRICS : REPLY_PROMETHEUS;
	if (values == NULL || strcmp(values, "only") != 0)
		put_own(&x, c, rq);
	if (values != NULL && strcmp(values, "0") != 0) {
		struct buf own = { 0 };
		struct exposition all = { .b = &own, .open = true };
		put_own(&all, c, rq);
		metricvalues_begin(c, rq, re, x.open, &own);
		buf_free(&own);
	} else {
		exposition_end(&x);
	}
	return 200;
}
