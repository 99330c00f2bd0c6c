/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool_room: what the spool gives up when it is full. At first the resolution of what is oldest:
 * of batches with the same series one a minute is kept, events are kept all; when everything is
 * thinned, the oldest segment goes. */
#include "agent/spool_room.h"
#include "zw/batch.h"
#include "zw/crc32c.h"
#include "zw/log.h"
#include "zw/wire.h"

#define ROOM_SETS 64 /* sets of series told apart within a minute */

/* The minute that is being thinned. */
struct thinning {
	int64_t minute;
	uint32_t sets[ROOM_SETS]; /* of series, that have a batch in it */
	unsigned nsets;
	struct spool_runs *gone;
};

/* What set of series a batch has; false if it cannot be told. */
static bool
room_set_of(struct batch_reader *b, uint32_t *set)
{
	int rc;

	*set = 0;
	while ((rc = batch_next(b)) == 1)
		*set = crc32c(*set, &b->id, sizeof b->id);
	return rc == 0;
}

/* Whether a record stays. */
static bool
room_keep(void *arg, const struct seglog_record *rec)
{
	struct thinning *t = arg;
	struct batch_reader b;
	struct err e;
	uint32_t set;

	if (rec->type != WIRE_BATCH || batch_open(&b, rec->data, rec->len, &e) == -1)
		return true;
	int64_t minute = b.time_s / 60;
	if (!room_set_of(&b, &set))
		return true;
	if (minute != t->minute)
		t->nsets = 0;
	t->minute = minute;
	for (unsigned i = 0; i < t->nsets; i++) {
		if (t->sets[i] == set) {
			spool_runs_add(t->gone, rec->lsn);
			return false;
		}
	}
	if (t->nsets < ROOM_SETS)
		t->sets[t->nsets++] = set;
	return true;
}

/* Drop the oldest segment. */
bool
spool_room_drop(struct seglog *log, struct spool_loss *loss)
{
	uint64_t second = seglog_boundary(log, 1);

	if (second == 0)
		return false;
	seglog_trim(log, second - 1);
	if (seglog_boundary(log, 0) != second)
		return false; /* it could not be removed */
	loss->dropped = second - 1;
	return true;
}

/* When the record was made that stands at an LSN or behind it; INT64_MAX if that is unknown. */
static int64_t
room_time_of(const char *dir, uint64_t lsn, uint64_t upto)
{
	struct seglog_reader *r;
	struct seglog_record rec;
	struct batch_reader b;
	struct err e;
	int64_t time_ms = INT64_MAX;

	if (seglog_reader_open(&r, dir, lsn, &e) == -1)
		return time_ms;
	while (seglog_read(r, upto, &rec, NULL, &e) == 1) {
		if (rec.type != WIRE_BATCH || batch_open(&b, rec.data, rec.len, &e) == -1)
			continue;
		time_ms = b.time_s * 1000;
		break;
	}
	seglog_reader_close(r);
	return time_ms;
}

/* Whether all of the oldest segment is too old: what follows it is. */
static bool
room_is_old(struct seglog *log, const char *dir, int64_t limit_ms)
{
	uint64_t second = seglog_boundary(log, 1);

	return second != 0 && room_time_of(dir, second, UINT64_MAX) < limit_ms;
}

/* Make room. */
void
spool_room_make(struct seglog *log, const char *dir, const struct spool_limits *limits,
    uint64_t more, int64_t now_ms, struct spool_loss *loss)
{
	struct thinning t = { .minute = -1, .gone = &loss->thinned };
	uint64_t dropped;
	struct err e;

	while (room_is_old(log, dir, now_ms - limits->max_age_ms))
		if (!spool_room_drop(log, loss))
			break;
	while (seglog_bytes(log) + more + limits->segment_bytes > limits->max_bytes) {
		int rc = seglog_thin(log, room_keep, &t, &dropped, &e);
		if (rc == -1)
			log_warnx("spool", "cannot thin: %s", e.msg);
		if (rc != 1 && !spool_room_drop(log, loss))
			break;
	}
}
