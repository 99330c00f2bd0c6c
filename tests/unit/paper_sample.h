/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A made-up report with everything that is hard to set: long names, big tables, all kinds of cell,
 * charts, all letters of the three languages. */
#ifndef TESTS_UNIT_PAPER_SAMPLE_H
#define TESTS_UNIT_PAPER_SAMPLE_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/report/chart/chart.h"
#include "collector/report/paper/doc.h"

#define SAMPLE_END_S INT64_C(1793476800) /* 2026-11-01 00:00 +04:00 */
#define SAMPLE_ROWS 500

/* A table of every kind of cell. */
static void
sample_servers(struct doc *d, size_t rows)
{
	static const struct doc_column columns[] = {
		{ .title = "Server" },
		{ .title = "Zone" },
		{ .title = "State" },
		{ .title = "Availability", .unit = "%", .number = true },
		{ .title = "Change", .unit = "%", .number = true },
		{ .title = "Downtime", .number = true },
		{ .title = "Longest since", .number = true },
		{ .title = "Mean power", .unit = "W", .number = true },
	};
	const enum doc_state states[] = { DOC_OK, DOC_WARNING, DOC_CRITICAL, DOC_UNKNOWN };

	doc_table(d, "availability-servers", "Servers, the worst first", columns, 8);
	for (size_t i = 0; i < rows; i++) {
		char name[64];
		snprintf(name, sizeof name, "srv-%03zu%s", i,
		    i % 7 == 3 ? "-məlumat-bazası-əsas.bakı.example" : "");
		struct cell cells[] = { cell_text(name),
			cell_text(i % 2 == 0 ? "Zona A" : "Zona B"),
			cell_state(states[i % 4], NULL), cell_number(100 - (double)i / 7, 3),
			cell_change(100, 100 - (double)i / 99, i % 3 == 0 ? 1 : 3),
			cell_duration((double)i * 3671),
			cell_time(SAMPLE_END_S - (int64_t)i * 9973),
			cell_number(i % 11 == 5 ? NAN : 1234.5 * (double)i, 0) };
		doc_row(d, cells);
	}
	struct cell total[] = { cell_text("Total"), cell_text(NULL), cell_text(NULL),
		cell_number(99.5, 3), cell_change(1, 2, 3), cell_duration(86400 * 3), cell_time(0),
		cell_number(123456789, 0) };
	doc_total(d, total);
	doc_table_end(d, NULL);
}

/* Lines of a month, with a gap. */
static struct chart *
sample_chart(enum lang l, double mean)
{
	struct chart *c = chart_new(CHART_LINES, l);
	double mid[720], low[720], high[720];

	for (size_t i = 0; i < 720; i++) {
		mid[i] = i > 300 && i < 330 ? NAN : mean + 2 * sin((double)i / 24 * 6.2832);
		low[i] = mid[i] - 0.7;
		high[i] = mid[i] + 1.2;
	}
	c->unit = strdup("Cel");
	c->start_s = SAMPLE_END_S - 31 * 86400;
	c->end_s = SAMPLE_END_S;
	chart_line(c, "Zona A", mid, low, high, 720);
	chart_limit(c, 27, "27 °C", false);
	return c;
}

/* The same in a language. The caller frees it. */
static struct doc *
sample_new(enum lang l, size_t rows)
{
	struct doc *d = doc_new(l);
	static const struct doc_column texts[] = { { .title = "No.", .number = true },
		{ .title = "Incident" }, { .title = "Cause", .weight = 2 }, { .title = "Action" } };

	doc_front(d, &(struct doc_front){
			 .organisation = "Azərbaycan Respublikasının Elm və Təhsil Nazirliyi",
			 .centre = "Məlumat emalı mərkəzi",
			 .title = l == LANG_EN	 ? "Monthly report"
				  : l == LANG_AZ ? "Aylıq hesabat"
						 : "Ежемесячный отчёт",
			 .period = l == LANG_EN	  ? "October 2026"
				   : l == LANG_AZ ? "oktyabr 2026"
						  : "октябрь 2026",
			 .data_end_s = SAMPLE_END_S,
			 .completeness = 0.99731,
			 .version = "0.1.0",
			 .revision = "4f3a9c01b2d7",
			 .prepared = "Şəbnəm Qəhrəmanova, İT şöbəsinin müdiri",
		     });
	doc_heading(d, 1, "summary", "Xülasə: ə ğ ı İ ö ş ü ç Ə");
	doc_card(d, "Availability of the site", "99,987 %", "+0,012 % against September", DOC_OK);
	doc_card(d, "Incidents", "14", "3 critical, 11 warnings", DOC_WARNING);
	doc_card(d, "Hottest inlet", "31,4 °C", "srv-017, 12.10.2026 14:20", DOC_CRITICAL);
	doc_card(d, "Energy", "123 456 kWh", "PUE not known", DOC_UNKNOWN);
	doc_paragraph(d,
	    "99,987 % of the time all four zones were available; two incidents cost 5 min 40 s. "
	    "The "
	    "hottest inlet was 31,4 °C at srv-017 in zone B on 12.10.2026 at 14:20, when in-row "
	    "cooling unit 2 stood still for 41 minutes after its filter had clogged. "
	    "Энергопотребление "
	    "составило 123 456 кВт·ч.");
	doc_item(d, true, "Replace the filter of in-row cooling unit 2; it has run 4 300 hours.");
	doc_item(d, true, "Decide on the second uplink of institution 17: it was down six times.");
	doc_item(d, false, "A point without a number.");
	doc_note(d, "Formula: availability = up / (up + down), no data left out.");
	doc_heading(d, 2, "summary-charts", "Charts");
	doc_chart(d, "inlet", sample_chart(l, 22), "Inlet temperature by zone, with extremes", 1);
	doc_chart(d, "inlet-a", sample_chart(l, 21), "Zone A", 0.5);
	doc_chart(d, "inlet-b", sample_chart(l, 24), "Zone B", 0.5);
	doc_heading(d, 1, "availability", "Availability");
	doc_heading(d, 2, "servers", "Servers");
	sample_servers(d, rows);
	doc_heading(d, 2, "incidents-five", "The five longest incidents");
	doc_table(d, "incidents", "Incidents", texts, 4);
	for (size_t i = 0; i < 5; i++) {
		struct cell cells[] = { cell_number((double)(14 + i), 0),
			cell_text("UPS-1 on battery; half of zone A without its second supply"),
			cell_text(
			    "A breaker of the ministry's own substation tripped during the planned "
			    "works of the energy company, of which the centre was not told; see "
			    "letter 14/2026."),
			cell_text("=HYPERLINK(\"http://example\") \"quoted\"; semicolon") };
		doc_row(d, cells);
	}
	doc_table_end(d, NULL);
	doc_table(d, "nothing", "Tests of the generator", texts, 4);
	doc_table_end(d, "No test in this period.");
	doc_appendix(d);
	doc_heading(d, 1, "method", "Method and gaps");
	for (size_t i = 0; i < 40; i++)
		doc_paragraph(d, "Averages are weighted by time; a row of which less than half is "
				 "known is no data. "
				 "Minima and maxima come from the archives MIN and MAX, the 95th "
				 "percentile is of "
				 "the rows' averages and names their step.");
	return d;
}

#endif
