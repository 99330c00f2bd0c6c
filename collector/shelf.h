/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shelf: the past reports, below store.dir in reports/. A report of the name STEM ("2026-10", of a
 * zone "2026-10_B") is its manifest STEM.json and the files named there; what has no manifest is no
 * report. All of it waits for the disk: for a thread, not for the event loop.
 *
 * The manifest, as zonewatch-report writes it:
 *
 *	{"period": "2026-10", "zone": null | "B",
 *	 "data_end_s": 1793476800 | null,
 *	 "completeness": 99.7 | null,                          percent
 *	 "summary": {"az": ["sentence", ...], "ru": [...]},    of the languages that it was made in
 *	 "files": [{"name": "2026-10.az.pdf", "bytes": 412345, "sha256": "64 hex digits"}, ...]}
 */
#ifndef COLLECTOR_SHELF_H
#define COLLECTOR_SHELF_H

#include <stddef.h>
#include <stdint.h>

#include "collector/report/figures/period.h"
#include "zw/err.h"
#include "zw/lang.h"
#include "zw/str.h"

#define SHELF_MAX_REPORTS 2048
#define SHELF_MAX_NAME (PERIOD_NAME + NAME_MAX_NODE + 2)
#define SHELF_MAX_FILE (SHELF_MAX_NAME + 16)
#define SHELF_MAX_SUMMARY 4096 /* bytes of a language's sentences; more is left out */

enum shelf_form {
	SHELF_PDF,
	SHELF_HTML,
	SHELF_CSV
};
#define SHELF_FORMS 3

struct shelf_file {
	char name[SHELF_MAX_FILE]; /* in reports/ */
	enum lang lang;
	enum shelf_form form;
	uint64_t bytes;
	char sha256[65]; /* "" if it is not known */
};

struct shelf_report {
	char name[SHELF_MAX_NAME];
	char zone[NAME_MAX_NODE + 1]; /* "": the whole site */
	struct period period;
	int64_t data_end_s;  /* 0: there was no data */
	double completeness; /* percent; NAN: not known */
	int64_t made_ms;     /* wall; when the manifest was written */
	unsigned langs;	     /* bits 1 << enum lang */
	struct shelf_file files[LANG_N * SHELF_FORMS];
	size_t nfiles;
	char *summary[LANG_N]; /* sentences, a line each; NULL: none */
};

/* The name of a report: "2026-10", "2026-W43", "2026-10-01_2026-10-15", with a zone "2026-10_B". */
void shelf_name(char dst[SHELF_MAX_NAME], const struct period *p, const char *zone);
/* The word of a form: "pdf", "csv". */
const char *shelf_form_word(enum shelf_form f);
/* Frees what it points to. */
void shelf_report_clear(struct shelf_report *r);
/* A file of this language and form, or NULL. */
const struct shelf_file *shelf_file(const struct shelf_report *r, enum lang l, enum shelf_form f);

/* Reads DIR/NAME.json, and sees that the files are there. */
int shelf_read(struct shelf_report *r, const char *dir, const char *name, struct err *e)
    __attribute__((warn_unused_result));
/* All reports of DIR, which is made if it is absent; the newest period first. What cannot be read
 * is said and left out; what a run left half-made (DIR/making) is removed. Frees by
 * shelf_report_clear() of each, and free(). */
int shelf_scan(const char *dir, struct shelf_report **out, size_t *n, struct err *e)
    __attribute__((warn_unused_result));
/* A report that was made in FROM takes its place in DIR, durably: its files, then its manifest,
 * then the files go that the one before had and this one has not. FROM is removed. */
int shelf_adopt(struct shelf_report *r, const char *dir, const char *from, const char *name,
    struct err *e) __attribute__((warn_unused_result));
/* Removes a report: its manifest, then its files. */
int shelf_remove(const char *dir, const struct shelf_report *r, struct err *e)
    __attribute__((warn_unused_result));
/* Removes a directory with the files in it. */
void shelf_discard(const char *from);
/* By period and zone, as lists are shown: the newest first, the site before its zones, a month
 * before its weeks. */
int shelf_compare(const void *a, const void *b);

#endif
