/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The true figures of a simulated past, a JSON text: what happened, when; and of every month, for
 * what a report speaks of, the figures of its rows of 5 min and of 1 h. From the model, without any
 * of the report's code. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/sim/history.h"
#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/fs.h"
#include "zw/json.h"

#define MAX_MONTHS 64
#define HOUR_CELLS (3600 / HISTORY_CELL)

struct history_truth {
	const struct era *h;
	int64_t months[MAX_MONTHS + 1]; /* beginnings, and the end of the last */
	size_t nmonths;
	struct buf fields; /* elements of an array */
	struct json fields_json;
	struct buf incidents;
	struct json incidents_json;
};

/* The local months from the beginning to the end. */
static void
find_months(struct history_truth *t)
{
	time_t at = (time_t)t->h->from_s;
	struct tm tm;

	localtime_r(&at, &tm);
	for (int i = 0; t->nmonths < MAX_MONTHS; i++) {
		struct tm first = {
			.tm_year = tm.tm_year, .tm_mon = tm.tm_mon + i, .tm_mday = 1, .tm_isdst = -1
		};
		int64_t begin = (int64_t)mktime(&first);
		t->months[t->nmonths] = begin;
		if (begin >= t->h->end_s)
			break;
		t->nmonths++;
	}
}

/* Empty. */
struct history_truth *
history_truth_new(const struct era *h)
{
	struct history_truth *t = xcalloc(1, sizeof *t);

	t->h = h;
	find_months(t);
	t->fields_json = json_over(&t->fields);
	json_array(&t->fields_json, NULL);
	t->incidents_json = json_over(&t->incidents);
	json_array(&t->incidents_json, NULL);
	return t;
}

/* The end. */
void
history_truth_free(struct history_truth *t)
{
	if (t == NULL)
		return;
	buf_free(&t->fields);
	buf_free(&t->incidents);
	free(t);
}

/* Whether a report speaks of the field. */
static bool
is_wanted(const struct series_def *def, unsigned field)
{
	static const char *const wanted[] = { "thermal/inlet", "cooling/rack_inlet", "cooling/mode",
		"cooling/fan_speed", "cooling/supply", "cooling/return", "cooling/cool_output",
		"temperature/value", "humidity/value", "dewpoint_made/value", "pdu/power",
		"pdu/energy", "it_power/value", "site_it_power/value", "icmp/up", "icmp/rtt",
		"icmp/loss", "tcp/up", "ups/charge", "ups/runtime", "ups/battery_temp",
		"ups/output_source", "ups_output/load", "filesystem/used_percent", "cpu/busy",
		"memory/used_percent", "uptime/uptime", "runhours/value", "air/inlet_max",
		"rci/high", "rci/low", "snmp/uptime" };

	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		size_t n = strlen(def->source);
		if (strncmp(wanted[i], def->source, n) == 0 && wanted[i][n] == '/' &&
		    strcmp(wanted[i] + n + 1, def->fields[field].name) == 0)
			return true;
	}
	return false;
}

/* Ascending. */
static int
compare_numbers(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The figures of rows of so many cells within a month, as an object: nearest-rank 95th percentile
 * of the means, extremes with the beginning of their rows. */
static void
put_stat(struct history_truth *t, const char *key, const struct history_cells *c, unsigned field,
    int64_t from_s, int64_t to_s, size_t cells)
{
	int64_t row_s = (int64_t)cells * HISTORY_CELL;
	int64_t at = from_s > t->h->from_s ? from_s : t->h->from_s;
	double *means = xcalloc((size_t)((to_s - from_s) / row_s) + 1, sizeof *means);
	double sum = 0, least = INFINITY, most = -INFINITY;
	int64_t least_at = 0, most_at = 0;
	size_t n = 0;

	at = (at + row_s - 1) / row_s * row_s;
	for (; at + row_s <= to_s && at + row_s <= t->h->fine_s; at += row_s) {
		double row[3];
		size_t cell = (size_t)((at - t->h->from_s) / HISTORY_CELL);
		history_row(c, field, cell, cell + cells, row);
		if (isnan(row[CELL_MEAN]))
			continue;
		means[n++] = row[CELL_MEAN];
		sum += row[CELL_MEAN];
		if (row[CELL_LEAST] < least) {
			least = row[CELL_LEAST];
			least_at = at;
		}
		if (row[CELL_MOST] > most) {
			most = row[CELL_MOST];
			most_at = at;
		}
	}
	qsort(means, n, sizeof *means, compare_numbers);
	struct json *j = &t->fields_json;
	json_object(j, key);
	json_int(j, "known_s", (int64_t)n * row_s);
	if (n > 0) {
		json_number(j, "mean", sum / (double)n);
		json_number(j, "min", least);
		json_int(j, "min_at_s", least_at);
		json_number(j, "max", most);
		json_int(j, "max_at_s", most_at);
		json_number(j, "p95", means[(size_t)ceil(0.95 * (double)n) - 1]);
		json_number(j, "integral", sum * (double)row_s);
	}
	json_end(j);
	free(means);
}

/* A field, month by month. */
static void
put_field(struct history_truth *t, size_t node, const struct series_def *def, unsigned field,
    const struct history_cells *c)
{
	struct json *j = &t->fields_json;
	const struct history_node *n = &t->h->nodes[node];
	char series[NAME_MAX_SOURCE + NAME_MAX_NODE + 2];

	series_name(series, def->source, def->instance);
	json_object(j, NULL);
	json_text(j, "node", n->name);
	json_text(j, "zone", n->zone < t->h->nzones ? t->h->zones[n->zone] : "");
	json_text(j, "series", series);
	json_text(j, "field", def->fields[field].name);
	json_array(j, "months");
	for (size_t m = 0; m < t->nmonths; m++) {
		json_object(j, NULL);
		put_stat(t, "300", c, field, t->months[m], t->months[m + 1], 1);
		put_stat(t, "3600", c, field, t->months[m], t->months[m + 1], HOUR_CELLS);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

/* A series. */
void
history_truth_series(struct history_truth *t, size_t node, const struct series_def *def,
    const struct history_cells *c)
{
	if (t->h->o.truth == NULL)
		return;
	for (unsigned f = 0; f < def->nfields; f++)
		if (is_wanted(def, f))
			put_field(t, node, def, f, c);
}

/* An incident. */
void
history_truth_incident(struct history_truth *t, const struct history_incident *in)
{
	struct json *j = &t->incidents_json;

	json_object(j, NULL);
	json_uint(j, "id", in->id);
	json_text(j, "zone", in->zone);
	json_text(j, "node", in->node);
	json_text(j, "rule", in->rule);
	json_text(j, "severity", in->severity);
	json_int(j, "opened_ms", in->opened_ms);
	json_int(j, "closed_ms", in->closed_ms);
	json_int(j, "ack_ms", in->ack_ms);
	json_uint(j, "alerts", in->alerts);
	json_flag(j, "muted", in->muted);
	json_end(j);
}

static const char *const kind_words[EVENT_KINDS] = {
	[EVENT_SERVER_DOWN] = "server-down",
	[EVENT_MAINTENANCE] = "maintenance",
	[EVENT_LINK_DOWN] = "link-down",
	[EVENT_LINK_WORKS] = "link-works",
	[EVENT_SWITCH_DOWN] = "switch-down",
	[EVENT_COOLING_FAILS] = "cooling-fails",
	[EVENT_COOLING_SILENT] = "cooling-silent",
	[EVENT_COOLING_TEST] = "cooling-test",
	[EVENT_BATTERY] = "battery",
	[EVENT_BATTERY_TEST] = "battery-test",
	[EVENT_COLLECTOR_DOWN] = "collector-down",
	[EVENT_GAP] = "gap",
	[EVENT_CLOCK_STEP] = "clock-step",
	[EVENT_DISK_FILLS] = "disk-fills",
	[EVENT_LEAK] = "leak",
	[EVENT_FLOOD] = "flood",
	[EVENT_CHATTER] = "chatter",
	[EVENT_DOOR] = "door",
	[EVENT_PROBE_DEAD] = "probe-dead",
	[EVENT_INLET_DEAD] = "inlet-dead",
};

/* What happened. */
static void
put_events(const struct history_truth *t, struct json *j)
{
	json_array(j, "events");
	for (size_t i = 0; i < t->h->nevents; i++) {
		const struct history_event *ev = &t->h->events[i];
		json_object(j, NULL);
		json_text(j, "kind", kind_words[ev->kind]);
		json_text(j, "node", ev->kind == EVENT_GAP ? "" : t->h->nodes[ev->node].name);
		json_int(j, "from_s", ev->from_s);
		json_int(j, "to_s", ev->to_s);
		json_end(j);
	}
	json_end(j);
}

/* Who is there, since when. */
static void
put_nodes(const struct history_truth *t, struct json *j)
{
	static const char *const words[] = { "server", "agent", "gateway", "link", "device",
		"summary" };

	json_array(j, "nodes");
	for (size_t i = 0; i < t->h->nnodes; i++) {
		const struct history_node *n = &t->h->nodes[i];
		json_object(j, NULL);
		json_text(j, "name", n->name);
		json_text(j, "kind", words[n->kind]);
		json_text(j, "zone", n->zone < t->h->nzones ? t->h->zones[n->zone] : "");
		json_int(j, "born_s", n->born_s);
		json_end(j);
	}
	json_end(j);
}

/* Seconds of events of these kinds of a node within a month. */
static int64_t
seconds_of(const struct history_truth *t, size_t m, size_t node, unsigned kinds, unsigned *count)
{
	int64_t sum = 0;

	*count = 0;
	for (size_t i = 0; i < t->h->nevents; i++) {
		const struct history_event *ev = &t->h->events[i];
		int64_t from = ev->from_s > t->months[m] ? ev->from_s : t->months[m];
		int64_t to = ev->to_s < t->months[m + 1] ? ev->to_s : t->months[m + 1];
		bool shared =
		    ev->kind == EVENT_SWITCH_DOWN && t->h->nodes[node].kind == HISTORY_LINK &&
		    t->h->nodes[node].number < 8 && strncmp(t->h->nodes[node].name, "link", 4) == 0;
		if ((kinds & 1u << ev->kind) == 0 || to <= from ||
		    (ev->node != node && !shared && ev->kind != EVENT_GAP))
			continue;
		sum += to - from;
		++*count;
	}
	return sum;
}

/* Samples of a node within a month, of whole hours. */
static struct history_tally
samples_of(const struct history_truth *t, size_t m, size_t node)
{
	struct history_tally sum = { 0 };
	const struct history_tally *hours = t->h->tallies[node];

	for (int64_t at = t->months[m]; hours != NULL && at < t->months[m + 1]; at += 3600) {
		if (at < t->h->from_s || at >= t->h->end_s)
			continue;
		const struct history_tally *one = &hours[at / 3600 - t->h->from_s / 3600];
		sum.expected += one->expected;
		sum.received += one->received;
		sum.late += one->late;
	}
	return sum;
}

/* How long each node was down, or not known, in a month. */
static void
put_month(const struct history_truth *t, struct json *j, size_t m)
{
	const unsigned down = 1u << EVENT_SERVER_DOWN | 1u << EVENT_LINK_DOWN |
			      1u << EVENT_SWITCH_DOWN | 1u << EVENT_COOLING_SILENT;
	const unsigned works = 1u << EVENT_MAINTENANCE | 1u << EVENT_LINK_WORKS;
	unsigned count;

	json_object(j, NULL);
	json_int(j, "from_s", t->months[m]);
	json_int(j, "to_s", t->months[m + 1]);
	json_object(j, "nodes");
	for (size_t i = 0; i < t->h->nnodes; i++) {
		const struct history_node *n = &t->h->nodes[i];
		if (n->kind == HISTORY_SUMMARY)
			continue;
		json_object(j, n->name);
		json_int(j, "down_s", seconds_of(t, m, i, down, &count));
		json_uint(j, "outages", count);
		json_int(j, "planned_s", seconds_of(t, m, i, works, &count));
		json_int(j, "gap_s",
		    seconds_of(t, m, i, 1u << EVENT_GAP | 1u << EVENT_CLOCK_STEP, &count));
		json_int(j, "standby_s",
		    seconds_of(
			t, m, i, 1u << EVENT_COOLING_FAILS | 1u << EVENT_COOLING_TEST, &count));
		json_int(j, "battery_s", seconds_of(t, m, i, 1u << EVENT_BATTERY, &count));
		json_uint(j, "transfers", count);
		(void)seconds_of(t, m, i, 1u << EVENT_BATTERY_TEST, &count);
		json_uint(j, "tests", count);
		struct history_tally sum = samples_of(t, m, i);
		json_number(j, "expected", sum.expected);
		json_number(j, "received", sum.received);
		json_number(j, "late", sum.late);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

/* The two arrays that were gathered, as they are. */
static void
put_raw(struct buf *b, const char *key, const struct buf *array)
{
	buf_put(b, ",\n\"", 3);
	buf_put(b, key, strlen(key));
	buf_put(b, "\":", 2);
	buf_put(b, array->data, array->len);
	buf_put(b, "]", 1);
}

/* Write it. */
int
history_truth_write(const struct history_truth *t, const char *path, struct err *e)
{
	struct buf b = { 0 };
	struct json j = json_over(&b);

	json_object(&j, NULL);
	json_uint(&j, "seed", t->h->o.seed);
	json_int(&j, "from_s", t->h->from_s);
	json_int(&j, "fine_s", t->h->fine_s);
	json_int(&j, "end_s", t->h->end_s);
	put_nodes(t, &j);
	put_events(t, &j);
	json_array(&j, "months");
	for (size_t m = 0; m < t->nmonths; m++)
		put_month(t, &j, m);
	json_end(&j);
	put_raw(&b, "incidents", &t->incidents);
	put_raw(&b, "fields", &t->fields);
	buf_put(&b, "}\n", 2);
	int rc = fs_replace(path, b.data, b.len, e);
	buf_free(&b);
	return rc;
}
