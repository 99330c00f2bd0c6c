/* link: zwreports */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as a period is refused, or is one of whole days whose name is read as the same again,
 * with one before it and, of months and weeks, one after it. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/agenda.h"
#include "collector/shelf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A period, whatever it is called. */
static void
look(const struct period *p)
{
	char name[PERIOD_NAME], title[256], file[SHELF_MAX_NAME];
	struct period again, before = period_before(p);
	struct err e;

	assert(p->to_s > p->from_s && period_days(p) > 0 && period_days(p) <= 400);
	assert(before.to_s == p->from_s && before.from_s < before.to_s);
	period_name(p, name);
	assert(period_parse(&again, name, &e) == 0);
	assert(again.from_s == p->from_s && again.to_s == p->to_s && again.kind == p->kind);
	for (int l = 0; l < LANG_N; l++)
		period_title(p, title, sizeof title, (enum lang)l);
	shelf_name(file, p, "zone");
	assert(strstr(file, "..") == NULL && strchr(file, '/') == NULL);
	if (p->kind == PERIOD_DAYS)
		return;
	struct period due, after = agenda_after(p);
	assert(after.from_s == p->to_s && after.to_s > after.from_s);
	(void)agenda_due(p, 360, p->to_s + 40 * INT64_C(86400), &due);
	assert(due.from_s >= p->to_s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const zones[] = { "Asia/Baku", "UTC", "America/Santiago" };
	struct period p;
	unsigned minutes;
	struct err e;

	if (size < 1 || size > 200)
		return 0;
	setenv("TZ", zones[data[0] % 3], 1);
	tzset();
	char text[200];
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (period_parse(&p, text, &e) == 0)
		look(&p);
	if (agenda_at(text, &minutes, &e) == 0)
		assert(minutes < 24 * 60);
	return 0;
}
