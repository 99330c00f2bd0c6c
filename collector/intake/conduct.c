/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conduct: allowances of a node. Who has a certificate may connect; a handshake, a stream that is
 * remembered and a series that gets a file for years cost something that all share, so nobody gets
 * them without an end. */
#include "collector/intake/conduct.h"

#define MILLION INT64_C(1000000)
#define DAY_MS INT64_C(86400000)
/* An agent that restarts each quarter of a second for ever is borne. */
#define VISITS 32
#define VISITS_DAILY (INT64_C(4) * 86400)
/* Each new spool is a stream. */
#define STREAMS 64
#define STREAMS_DAILY (INT64_C(24) * 60)
/* Each is a process that signs, a line of the audit, and the register written anew. An agent needs
 * one in months; one that is killed again and again amid it, a few. */
#define RENEWALS 32
#define RENEWALS_DAILY 96
/* Definitions of each series: a spool that is lost has them come anew, and so do other labels. */
#define DEFINITIONS 8

bool
allowance_take(struct allowance *a, int64_t burst, int64_t daily, int64_t now_ms)
{
	int64_t passed = now_ms - a->at_ms;

	/* After a day nothing is left of what was used: the product stays small. */
	a->used -= passed >= DAY_MS ? a->used : passed * MILLION / DAY_MS * daily;
	/* Small steps of time must not be rounded away. */
	if (passed < DAY_MS)
		a->used -= passed * MILLION % DAY_MS * daily / DAY_MS;
	a->at_ms = now_ms;
	if (a->used < 0)
		a->used = 0;
	if (a->used > (burst - 1) * MILLION)
		return false;
	a->used += MILLION;
	return true;
}

bool
conduct_visit(struct conduct *c, int64_t now_ms)
{
	return allowance_take(&c->visits, VISITS, VISITS_DAILY, now_ms);
}

bool
conduct_stream(struct conduct *c, int64_t now_ms)
{
	return allowance_take(&c->streams, STREAMS, STREAMS_DAILY, now_ms);
}

bool
conduct_series(struct conduct *c, int64_t max, int64_t now_ms)
{
	return allowance_take(&c->series, max, max, now_ms);
}

bool
conduct_definition(struct conduct *c, int64_t max, int64_t now_ms)
{
	return allowance_take(&c->definitions, DEFINITIONS * max, DEFINITIONS * max, now_ms);
}

bool
conduct_renewal(struct conduct *c, int64_t now_ms)
{
	return allowance_take(&c->renewals, RENEWALS, RENEWALS_DAILY, now_ms);
}
