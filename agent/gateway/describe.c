/* SPDX-License-Identifier: GPL-3.0-or-later */
/* describe: answers are built whole; the greatest, a device with thousands of values, is some
 * hundred KiB. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/feed.h"
#include "agent/gateway/describe.h"
#include "agent/gateway/gateway.h"
#include "zw/clock.h"

/* A number, or null where there is none. */
static json_t *
number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

/* Text of a device. */
json_t *
describe_text(const char *s)
{
	char safe[4 * 256];
	json_t *j = json_string(s);

	if (j != NULL)
		return j;
	str_escape(safe, sizeof safe, s, strlen(s));
	return json_string(safe);
}

/* Wall milliseconds as an age; null for never. */
static json_t *
age(int64_t ms)
{
	return ms == 0 ? json_null() : json_real((double)(clock_wall_ms() - ms) / 1000);
}

/* The limits that the device has for a value, if any. */
static void
add_limits(json_t *o, const struct rows *r, size_t row, unsigned field)
{
	struct row_limits l;

	rows_limits(r, row, field, &l);
	if (isnan(l.low) && isnan(l.low_warning) && isnan(l.high_warning) && isnan(l.high))
		return;
	json_object_set_new(o, "limits",
	    json_pack("{s:o,s:o,s:o,s:o}", "low", number(l.low), "low_warning",
		number(l.low_warning), "high_warning", number(l.high_warning), "high",
		number(l.high)));
}

/* One value. */
static json_t *
describe_value(const struct rows *r, size_t i, unsigned field, double age_s)
{
	const struct row *row = rows_at(r, i);
	const struct field *f = rows_field(r, i, field);
	struct row_value v;
	char oid[OID_MAX_TEXT] = "";

	rows_value(r, i, field, &v);
	struct oid o = rows_oid(r, i, field);
	double scale, offset;
	bool scaled = rows_scaling(r, i, field, &scale, &offset);
	if (o.n > 0)
		oid_format(oid, o);
	json_t *j = json_pack(
	    "{s:s,s:s,s:s,s:s,s:s,s:o,s:s,s:o,s:s,s:o,s:o,s:o,s:o,s:s,s:s,s:o,s:s,s:b,s:o}", "oid",
	    oid, "profile", profile_name(row->profile), "source", row->def.source, "instance",
	    row->def.instance, "child", row->child, "title", describe_text(row->title), "field",
	    f->name, "label", describe_text(f->label), "kind", field_kind_name(f->kind), "raw",
	    describe_text(v.raw), "scale", scaled ? number(scale) : json_null(), "offset",
	    scaled ? number(offset) : json_null(), "value", number(v.shown), "unit", f->unit,
	    "status", value_status_name(v.status), "state", describe_text(v.text), "severity",
	    metric_severity_name(v.severity), "stored", (int)(field < row->def.nfields), "age_s",
	    number(age_s));
	add_limits(j, r, i, field);
	return j;
}

/* All values of the rows. */
json_t *
describe_rows(const struct rows *r, double (*age_s)(const void *arg, size_t row), const void *arg)
{
	json_t *all = json_array();

	for (size_t i = 0; r != NULL && i < rows_count(r); i++) {
		double a = age_s != NULL ? age_s(arg, i) : NAN;
		for (unsigned f = 0; f < rows_at(r, i)->nvalues; f++)
			json_array_append_new(all, describe_value(r, i, f, a));
	}
	return all;
}

/* The names of the profiles it has. */
static json_t *
profile_names(const struct device_info *info)
{
	json_t *all = json_array();

	for (size_t i = 0; i < info->nprofiles; i++)
		json_array_append_new(all, json_string(profile_name(info->profiles[i])));
	return all;
}

/* A device, without its values. */
static json_t *
describe_device(const struct device *d)
{
	struct device_info in;

	device_info(d, &in);
	return json_pack(
	    "{s:s,s:s,s:s,s:s,s:b,s:s,s:o,s:o,s:o,s:o,s:s,s:o,s:i,s:I,s:I,s:I,s:i,s:i}", "node",
	    in.conf->node, "address", in.conf->address, "credential", in.conf->credential, "stage",
	    in.stage, "answers", (int)in.answers, "trouble", in.trouble, "age_s",
	    age(in.answered_ms), "rtt_s", number(in.rtt_s), "uptime_s", number(in.uptime_s),
	    "descr", describe_text(in.descr), "sysobjectid", in.sysobjectid, "profiles",
	    profile_names(&in), "series", (int)(in.rows != NULL ? rows_count(in.rows) : 0), "polls",
	    (json_int_t)in.polls, "failed_polls", (json_int_t)in.failed_polls, "late_polls",
	    (json_int_t)in.late_polls, "varbinds", (int)in.limits.varbinds, "repetitions",
	    (int)in.limits.repetitions);
}

/* Age of a device's row. */
static double
row_age(const void *arg, size_t row)
{
	int64_t ms = device_row_ms(arg, row);
	return ms == 0 ? NAN : (double)(clock_wall_ms() - ms) / 1000;
}

/* The device of this name, or NULL. */
static struct device *
find_device(struct gateway *g, const char *node)
{
	size_t n;
	struct device *const *d = gateway_devices(g, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(device_node(d[i]), node) == 0)
			return d[i];
	return NULL;
}

/* What a trap raised. */
static json_t *
describe_alarm(const struct alarm *a)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:o,s:o}", "node", a->node, "instance", a->instance,
	    "severity", metric_severity_name(a->severity), "text", a->text, "since_s",
	    age(a->since_ms), "age_s", age(a->told_ms));
}

/* "device NODE": all of it. */
static json_t *
answer_device(struct gateway *g, const char *node)
{
	struct device *d = find_device(g, node);
	struct alarms *alarms = gateway_alarms(g);
	json_t *raised = json_array();
	struct device_info info;

	if (d == NULL) {
		json_decref(raised);
		return json_pack("{s:s,s:s}", "error", "no such device", "node", node);
	}
	json_t *j = describe_device(d);
	device_info(d, &info);
	json_object_set_new(j, "values", describe_rows(info.rows, row_age, d));
	for (size_t i = 0; i < alarms_count(alarms); i++)
		if (strcmp(alarms_at(alarms, i)->node, node) == 0)
			json_array_append_new(raised, describe_alarm(alarms_at(alarms, i)));
	json_object_set_new(j, "raised", raised);
	return j;
}

/* "devices". */
static json_t *
answer_devices(struct gateway *g)
{
	size_t n;
	struct device *const *d = gateway_devices(g, &n);
	json_t *all = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(all, describe_device(d[i]));
	return json_pack("{s:o}", "devices", all);
}

/* What was refused, by reason. */
static json_t *
describe_trapd(const struct trapd *t)
{
	struct trapd_stats st;

	if (t == NULL)
		return json_null();
	trapd_stats(t, &st);
	json_t *refused = json_object();
	for (unsigned i = 0; i < TRAPD_REFUSALS; i++)
		json_object_set_new(refused, trapd_refusal_name((enum trapd_refusal)i),
		    json_integer((json_int_t)st.refused[i]));
	return json_pack("{s:I,s:I,s:o}", "accepted", (json_int_t)st.accepted, "duplicates",
	    (json_int_t)st.duplicates, "refused", refused);
}

/* "traps": the latest, and what they raised. */
static json_t *
answer_traps(struct gateway *g)
{
	struct alarms *alarms = gateway_alarms(g);
	json_t *all = json_array(), *raised = json_array();
	const struct traps_entry *en;

	for (size_t i = 0; (en = traps_at(gateway_traps(g), i)) != NULL; i++)
		json_array_append_new(
		    all, json_pack("{s:s,s:s,s:s,s:s,s:b,s:s,s:s,s:o}", "node", en->node, "from",
			     en->from, "oid", en->oid, "name", en->name, "known", (int)en->known,
			     "severity", metric_severity_name(en->severity), "text", en->text,
			     "age_s", age(en->time_ms)));
	for (size_t i = 0; i < alarms_count(alarms); i++)
		json_array_append_new(raised, describe_alarm(alarms_at(alarms, i)));
	return json_pack("{s:o,s:o,s:I,s:o}", "traps", all, "raised", raised, "unknown",
	    (json_int_t)traps_unknown(gateway_traps(g)), "received",
	    describe_trapd(gateway_trapd(g)));
}

/* "probes". */
static json_t *
answer_probes(struct gateway *g)
{
	const struct prober *p = gateway_prober(g);
	json_t *all = json_array();

	for (size_t i = 0; i < prober_count(p); i++) {
		const struct probe_result *r;
		int64_t ms;
		const struct series_def *def = prober_at(p, i, &r, &ms);
		json_t *values = json_object();
		for (unsigned f = 0; ms != 0 && f < def->nfields && f < r->nvalues; f++)
			json_object_set_new(values, def->fields[f].name, number(r->values[f]));
		json_array_append_new(
		    all, json_pack("{s:s,s:s,s:s,s:o,s:o,s:o}", "node", def->node, "source",
			     def->source, "instance", def->instance, "values", values, "text",
			     describe_text(ms != 0 ? r->text : ""), "age_s", age(ms)));
	}
	return json_pack("{s:o}", "probes", all);
}

/* "status": the gateway itself. */
static json_t *
answer_status(struct gateway *g)
{
	struct feed_stats fs;
	struct snmpio_stats is;
	size_t n;

	feed_stats(gateway_feed(g), &fs);
	snmpio_stats(gateway_io(g), &is);
	(void)gateway_devices(g, &n);
	return json_pack("{s:s,s:s,s:b,s:I,s:I,s:I,s:i,s:i,s:o}", "node", gateway_node(g),
	    "version", ZW_VERSION, "connected", (int)fs.connected, "spool_records",
	    (json_int_t)fs.spool_records, "requests", (json_int_t)is.requests, "timeouts",
	    (json_int_t)is.timeouts, "devices", (int)n, "probes",
	    (int)prober_count(gateway_prober(g)), "traps", describe_trapd(gateway_trapd(g)));
}

/* "end NODE INSTANCE". */
static json_t *
answer_end(struct gateway *g, char *words)
{
	char *node = strsep(&words, " ");

	if (words == NULL || alarms_end(gateway_alarms(g), node, words) == -1)
		return json_pack("{s:s}", "error", "nothing of this name is raised");
	return json_pack("{s:b}", "ended", 1);
}

/* Chooses by the first word. */
static json_t *
answer(struct gateway *g, char *line)
{
	char *rest = line;
	const char *word = strsep(&rest, " ");

	if (g == NULL)
		return json_pack("{s:s}", "error", "the gateway is starting");
	if (strcmp(word, "status") == 0)
		return answer_status(g);
	if (strcmp(word, "devices") == 0)
		return answer_devices(g);
	if (strcmp(word, "device") == 0 && rest != NULL)
		return answer_device(g, rest);
	if (strcmp(word, "probes") == 0)
		return answer_probes(g);
	if (strcmp(word, "traps") == 0)
		return answer_traps(g);
	if (strcmp(word, "end") == 0 && rest != NULL)
		return answer_end(g, rest);
	return json_pack("{s:s}", "error", "not a line that is understood");
}

/* Answer a line. */
char *
describe_answer(struct gateway *g, const char *line)
{
	char *copy = strdup(line);
	json_t *j = copy != NULL ? answer(g, copy) : NULL;
	char *out = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;

	json_decref(j);
	free(copy);
	return out != NULL ? out : strdup("{\"error\":\"cannot be told\"}");
}
