/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each row says what it is; the values are asked of the collector's parts at once. */
#include "collector/vitals.h"

#include <math.h>
#include <string.h>
#include <sys/statvfs.h>

#include "collector/alert/history.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/damage.h"
#include "collector/derive/derive.h"
#include "collector/intake/intake.h"
#include "collector/journal/journal.h"
#include "collector/notify/notify.h"
#include "collector/pace.h"
#include "collector/reports.h"
#include "collector/store/store.h"
#include "zw/clock.h"
#include "zw/lang.h"
#include "zw/str.h"
#include "zw/tls.h"

enum {
	V_CONNECTIONS,
	V_JOURNAL,
	V_STORE_RUNNING,
	V_CHECKPOINT_AGE,
	V_QUARANTINED,
	V_HISTORY_WAITING,
	V_MAIL_WAITING,
	V_MAIL_OLDEST,
	V_DISK_FREE,
	V_CERT_LEFT,
	V_LOOP_LONGEST,
	V_REPORTS_FAILED,
	V_DAMAGED,
	V_JOURNAL_STUCK,
	V_N
};

static const struct field_row rows[V_N] = {
	[V_CONNECTIONS] = { "connections", FIELD_GAUGE, "1", 0, NAN, N_("Agents connected") },
	[V_JOURNAL] = { "journal", FIELD_GAUGE, "By", 0, NAN,
	    N_("Journal not yet in RRDs and history") },
	[V_STORE_RUNNING] = { "store_running", FIELD_GAUGE, "1", 0, 1,
	    N_("Whether values are stored") },
	[V_CHECKPOINT_AGE] = { "checkpoint_age", FIELD_GAUGE, "s", 0, NAN,
	    N_("Since values were made durable last") },
	[V_QUARANTINED] = { "quarantined", FIELD_GAUGE, "1", 0, NAN,
	    N_("Damaged RRDs put aside since the start") },
	[V_HISTORY_WAITING] = { "history_waiting", FIELD_GAUGE, "1", 0, NAN,
	    N_("Entries of the history that wait for the disk") },
	[V_MAIL_WAITING] = { "mail_waiting", FIELD_GAUGE, "1", 0, NAN, N_("Messages that wait") },
	[V_MAIL_OLDEST] = { "mail_oldest", FIELD_GAUGE, "s", 0, NAN,
	    N_("Since the oldest of them was made") },
	[V_DISK_FREE] = { "disk_free", FIELD_GAUGE, "%", 0, 100,
	    N_("Free of the file system of store.dir") },
	[V_CERT_LEFT] = { "cert_left", FIELD_GAUGE, "d", NAN, NAN,
	    N_("Until the collector's certificate ends") },
	[V_LOOP_LONGEST] = { "loop_longest", FIELD_GAUGE, "ms", 0, NAN,
	    N_("Longest turn of the event loop, by CPU time") },
	[V_REPORTS_FAILED] = { "reports_failed", FIELD_GAUGE, "1", 0, NAN,
	    N_("Reports that failed and are tried again") },
	[V_DAMAGED] = { "damaged", FIELD_STATE, "1", 0, 1, N_("Whether a file was found damaged") },
	[V_JOURNAL_STUCK] = { "journal_stuck", FIELD_GAUGE, "s", 0, NAN,
	    N_("Since the journal takes nothing for want of space") },
};

void
vitals_def(struct series_def *def)
{
	*def = (struct series_def){ .step_s = DERIVE_STEP, .nfields = V_N };
	(void)str_copy(def->node, sizeof def->node, "site");
	(void)str_copy(def->source, sizeof def->source, "collector");
	for (unsigned i = 0; i < V_N; i++)
		field_from_row(&def->fields[i], &rows[i]);
}

bool
vitals_describe(const struct collector *c, struct series_def *def)
{
	vitals_def(def);
	return damage_describe(c->damage, def, V_DAMAGED, clock_mono_ms());
}

/* Seconds since a wall moment; 0: there was none. */
static double
age_of(int64_t then_ms, int64_t now_ms)
{
	return then_ms == 0 || then_ms > now_ms ? 0 : (double)(now_ms - then_ms) / 1000;
}

/* The part of the file system that is free for us. */
static double
disk_free(const char *dir)
{
	struct statvfs fs;

	if (statvfs(dir, &fs) == -1 || fs.f_blocks == 0)
		return NAN;
	return 100.0 * (double)fs.f_bavail / (double)fs.f_blocks;
}

void
vitals_values(const struct collector *c, int64_t wall_ms, double values[METRIC_MAX_FIELDS])
{
	const struct store_stats *st = store_stats(c->store);
	const struct notify_stats *n = notify_stats(c->notify);

	values[V_CONNECTIONS] =
	    c->intake != NULL ? (double)intake_stats(c->intake)->connections : NAN;
	values[V_JOURNAL] = (double)journal_bytes(c->journal);
	values[V_STORE_RUNNING] = store_pid(c->store) > 0 ? 1 : 0;
	values[V_CHECKPOINT_AGE] = age_of((int64_t)st->checkpoint_ms, wall_ms);
	values[V_QUARANTINED] = (double)st->quarantined;
	values[V_HISTORY_WAITING] = (double)history_waiting(c->history);
	values[V_MAIL_WAITING] = (double)n->waiting;
	values[V_MAIL_OLDEST] = age_of(n->oldest_ms, wall_ms);
	values[V_DISK_FREE] = disk_free(c->conf->store.dir);
	values[V_LOOP_LONGEST] = c->pace != NULL ? pace_longest_ms(c->pace) : NAN;
	values[V_REPORTS_FAILED] = c->reports != NULL ? reports_failing(c->reports) : NAN;
	values[V_DAMAGED] = damage_value(c->damage, clock_mono_ms());
	int64_t stuck_ms = journal_stuck_ms(c->journal);
	values[V_JOURNAL_STUCK] = stuck_ms == 0 ? 0 : (double)(clock_mono_ms() - stuck_ms) / 1000;
	values[V_CERT_LEFT] = NAN;
	if (c->tls != NULL)
		values[V_CERT_LEFT] = (double)(tls_own_not_after_ms(c->tls) - wall_ms) / 86400000;
}
