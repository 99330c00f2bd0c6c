/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts the report together. */
#include "collector/report/paper/paper.h"

#include <stdbool.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/report/figures/completeness.h"
#include "collector/report/figures/figures.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/page.h"
#include "collector/report/paper/pdf.h"
#include "collector/report/paper/section.h"
#include "collector/report/paper/section_parts.h"
#include "collector/report/paper/sheet.h"

int64_t
paper_data_end(const struct figures *f)
{
	int64_t end = f->plant->data_end_s;

	return end > f->now.period.to_s ? f->now.period.to_s : end;
}

/* Begins a line of its own with a capital: "Октябрь 2026". Months in the report's languages begin
 * with a letter of ASCII or of the Russian alphabet. */
static void
begin_large(char *s, enum lang l)
{
	unsigned char *u = (unsigned char *)s;

	if (l == LANG_AZ && *s == 'i') {
		memmove(s + 2, s + 1, strlen(s));
		memcpy(s, "İ", 2);
	} else if (*s >= 'a' && *s <= 'z') {
		*s = (char)(*s - 'a' + 'A');
	} else if (u[0] == 0xd0 && u[1] >= 0xb0 && u[1] <= 0xbf) {
		u[1] = (unsigned char)(u[1] - 0x20); /* а to п */
	} else if (u[0] == 0xd1 && u[1] >= 0x80 && u[1] <= 0x8f) {
		u[0] = 0xd0; /* р to я */
		u[1] = (unsigned char)(u[1] + 0x20);
	}
}

/* The cover. */
static void
put_front(struct doc *d, const struct figures *f, const char *revision)
{
	static const char *const titles[] = { [PERIOD_MONTH] = N_("Monthly report"),
		[PERIOD_WEEK] = N_("Weekly report"),
		[PERIOD_DAYS] = N_("Report") };
	const struct conf_collector *conf = f->plant->conf;
	char period[96];

	period_title(&f->now.period, period, sizeof period - 1, doc_lang(d));
	begin_large(period, doc_lang(d));
	doc_front(d, &(struct doc_front){
			 .organisation = conf->report.organisation,
			 .centre = conf->site,
			 .title = doc_text(d, titles[f->now.period.kind]),
			 .period = period,
			 .zone = f->zone == NULL ? NULL : f->zone->title,
			 .data_end_s = paper_data_end(f),
			 .completeness = f->now.completeness->part,
			 .version = ZW_VERSION,
			 .revision = revision,
			 .prepared = conf->report.prepared,
			 .approved = conf->report.approved,
		     });
}

/* Whether a section says itself where its charts by definition stand; else they end it. */
static bool
places_graphs(const char *section)
{
	static const char *const names[] = { "availability", "environment", "power" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], section) == 0)
			return true;
	return false;
}

struct doc *
paper_new(const struct figures *f, const char *revision, enum lang l)
{
	static void (*const sections[])(struct doc * d, const struct figures *f) = {
#define SECTION(name) section_##name,
		SECTIONS(SECTION)
#undef SECTION
	};
	const size_t n = sizeof sections / sizeof sections[0];
	struct doc *d = doc_new(l);

	put_front(d, f, revision);
	static const char *const names[] = {
#define SECTION(name) #name,
		SECTIONS(SECTION)
#undef SECTION
	};
	for (size_t i = 0; i < n; i++) {
		if (i == n - 1) /* what method and gaps are, is told behind the report proper */
			doc_appendix(d);
		sections[i](d, f);
		if (!places_graphs(names[i]))
			section_graphs(d, f, names[i], NULL);
	}
	return d;
}

/* Their names, and how each is made. */
static const struct {
	const char *suffix;
	int (*write)(struct buf *b, const struct doc *d, int64_t made_s, struct err *e);
} formats[] = {
	{ "pdf", pdf_write },
	{ "html", page_write },
	{ "csv.zip", sheet_write },
};

const char *
paper_suffix(size_t format)
{
	return formats[format].suffix;
}

int
paper_write(struct buf *b, const struct doc *d, size_t format, int64_t made_s, struct err *e)
{
	return formats[format].write(b, d, made_s, e);
}
