/* link: zwprofile */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile-try: what the profiles make of a recording, for those who write profiles.
 *
 *   profile-try --profiles DIR [--json] [--expect TSV] [--profile NAME]... RECORDING
 *
 * Prints which profiles match, and every value: OID, source-instance, child, field, raw, value,
 * unit, status, severity, state's text, title. --profile takes these instead of those that match.
 * --print-scdoc prints the keys of profiles for the manual instead. --expect compares with a table
 * of the truth (shared/recordings/NAME.expected.tsv). Exits 1 when a profile has errors or a value
 * is not the truth. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/rows.h"
#include "zw/alloc.h"
#include "zw/fs.h"

#define MAX_PROFILES 64

struct
try {
	const char *dirs[8];
	size_t ndirs;
	const char *names[MAX_PROFILES];
	size_t nnames;
	const char *expect;
	bool json;
	struct profiles *all;
	struct walk *w;
	struct rows *r;
};

/* A column of the table of the truth. */
enum {
	COL_CLASS,
	COL_INDEX,
	COL_DESCR,
	COL_OID,
	COL_TYPE,
	COL_RAW,
	COL_LIBRENMS,
	COL_TRUTH,
	COL_UNIT,
	COL_STATE,
	COL_STATUS,
	COLS
};

/* A text as a JSON string. */
static void
put_json(const char *text)
{
	putchar('"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('"');
}

/* One value. */
static void
print_value(const struct try *t, size_t i, unsigned f)
{
	const struct row *row = rows_at(t->r, i);
	const struct field *field = rows_field(t->r, i, f);
	struct row_value v;
	char oid[OID_MAX_TEXT], number[32], name[128];

	rows_value(t->r, i, f, &v);
	oid_format(oid, rows_oid(t->r, i, f));
	str_from_double(number, v.shown);
	series_name(name, row->def.source, row->def.instance);
	const char *status =
	    f >= row->def.nfields && v.status == VALUE_OK ? "shown" : value_status_name(v.status);
	const char *const texts[] = { oid, name, row->child, field->name, v.raw, number,
		field->unit, status, metric_severity_name(v.severity), v.text, row->title,
		profile_name(row->profile) };
	static const char *const keys[] = { "oid", "series", "child", "field", "raw", "value",
		"unit", "status", "severity", "state", "title", "profile" };
	for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
		if (!t->json) {
			printf("%s%s", k > 0 ? "\t" : "", texts[k][0] != '\0' ? texts[k] : "-");
			continue;
		}
		printf("%s\"%s\":", k > 0 ? "," : "{", keys[k]);
		if (strcmp(keys[k], "value") == 0)
			printf("%s", isnan(v.shown) ? "null" : number);
		else
			put_json(texts[k]);
	}
	puts(t->json ? "}" : "");
}

/* Feeds all slots from the walk. */
static void
take_all(struct try *t)
{
	for (size_t i = 0; i < rows_nslots(t->r); i++) {
		struct slot *s = rows_slot(t->r, i);
		const struct varbind *v = walk_find(t->w, s->oid);
		if (v != NULL)
			rows_take(s, v);
	}
}

/* The profiles to try. */
static size_t
choose(struct try *t, const struct profile **out)
{
	struct oid_buf o;
	struct oid sysobjectid = { 0 };
	char text[OID_MAX_TEXT];

	for (size_t i = 0; i < t->nnames; i++)
		if ((out[i] = profiles_named(t->all, t->names[i])) == NULL) {
			fprintf(stderr, "profile-try: no profile \"%s\" was loaded\n", t->names[i]);
			exit(2);
		}
	if (t->nnames > 0)
		return t->nnames;
	if (oid_parse("1.3.6.1.2.1.1.2.0", &o) == 0) {
		const struct varbind *v = walk_find(t->w, oid_of(&o));
		if (v != NULL && v->type == VARBIND_OID)
			sysobjectid = v->oid_value;
	}
	fprintf(stderr, "sysObjectID %s\n", oid_format(text, sysobjectid));
	return profiles_match(t->all, sysobjectid, t->w, out, MAX_PROFILES);
}

/* Cuts a line into its columns. */
static void
cut(char *line, const char *out[COLS])
{
	for (int i = 0; i < COLS; i++)
		out[i] = "";
	for (int i = 0; i < COLS && line != NULL; i++)
		out[i] = strsep(&line, "\t\r");
}

/* The best value that was read of an OID: false when none was. */
static bool
find_value(const struct try *t, const char *text, struct row_value *out)
{
	struct oid_buf o;
	struct row_value v;
	bool found = false;

	if (oid_parse(text, &o) == -1)
		return false;
	for (size_t i = 0; i < rows_count(t->r); i++)
		for (unsigned f = 0; f < rows_at(t->r, i)->nvalues; f++) {
			if (oid_cmp(rows_oid(t->r, i, f), oid_of(&o)) != 0)
				continue;
			rows_value(t->r, i, f, &v);
			if (!found || v.status == VALUE_OK)
				*out = v;
			found = true;
		}
	return found;
}

/* Whether a value is the truth: within 0.5 %, or half of the truth's last digit. */
static bool
is_true(double value, const char *truth)
{
	char *end;
	double want = strtod(truth, &end);
	const char *point = strchr(truth, '.');
	double digit = point != NULL ? pow(10, -(double)(end - point - 1)) : 1;

	return end != truth && fabs(value - want) <= fmax(fabs(want) * 0.005, digit * 0.5 + 1e-9);
}

/* What is wrong with a value; NULL: nothing. */
static const char *
judge(const char *const col[COLS], bool found, const struct row_value *v)
{
	const char *slash = strrchr(col[COL_STATE], '/');
	bool state = strcmp(col[COL_CLASS], "state") == 0;

	if (strcmp(col[COL_STATUS], "na") == 0 || strcmp(col[COL_STATE], "absent/unknown") == 0)
		return found && v->status == VALUE_OK ? "must have no value" : NULL;
	if (!found)
		return "is not read";
	if (v->status != VALUE_OK)
		return "has no value";
	if (!is_true(v->value, col[COL_TRUTH]))
		return "is wrong";
	if (state && slash != NULL && strcmp(slash + 1, metric_severity_name(v->severity)) != 0)
		return "has another severity";
	return NULL;
}

/* Compares with the truth; the number of values that are not it. */
static unsigned
compare(const struct try *t)
{
	char *text, *rest, *line;
	size_t n;
	struct err e;
	unsigned good = 0, bad = 0, doubtful = 0;

	if (fs_read(t->expect, 16u << 20, &text, &n, &e) == -1) {
		fprintf(stderr, "profile-try: %s\n", e.msg);
		exit(2);
	}
	rest = text;
	while ((line = strsep(&rest, "\n")) != NULL) {
		const char *col[COLS];
		struct row_value v = { .value = NAN };
		if (line[0] == '#' || line[0] == '\0')
			continue;
		cut(line, col);
		if (strcmp(col[COL_STATUS], "suspect") == 0) {
			doubtful++;
			continue;
		}
		bool found = find_value(t, col[COL_OID], &v);
		const char *wrong = judge(col, found, &v);
		good += wrong == NULL;
		bad += wrong != NULL;
		if (wrong != NULL)
			printf(
			    "MISMATCH\t%s\t%s %s\t%s: %s\traw %s, expected %s %s %s, got %.10g %s "
			    "%s\n",
			    col[COL_OID], col[COL_CLASS], col[COL_DESCR], col[COL_STATUS], wrong,
			    col[COL_RAW], col[COL_TRUTH], col[COL_UNIT], col[COL_STATE], v.shown,
			    found ? value_status_name(v.status) : "unread",
			    found ? metric_severity_name(v.severity) : "");
	}
	free(text);
	printf("SCORE\t%u of %u right, %u suspect and not judged\n", good, good + bad, doubtful);
	return bad;
}

/* Reads the command line; the recording. */
static const char *
read_options(struct try *t, int argc, char **argv)
{
	static const struct option options[] = { { "profiles", required_argument, NULL, 'd' },
		{ "profile", required_argument, NULL, 'p' },
		{ "expect", required_argument, NULL, 'e' }, { "json", no_argument, NULL, 'j' },
		{ "print-scdoc", no_argument, NULL, 's' }, { NULL, 0, NULL, 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "d:p:e:j", options, NULL)) != -1)
		if (c == 'd' && t->ndirs < 8)
			t->dirs[t->ndirs++] = optarg;
		else if (c == 'p' && t->nnames < MAX_PROFILES)
			t->names[t->nnames++] = optarg;
		else if (c == 'e')
			t->expect = optarg;
		else if (c == 'j')
			t->json = true;
		else if (c == 's') {
			conf_print_scdoc(&profile_conf_table, stdout);
			exit(0);
		} else
			return NULL;
	return t->ndirs > 0 && argc - optind == 1 ? argv[optind] : NULL;
}

/* Prints all values and checks what must hold for every series. */
static unsigned
print_rows(const struct try *t)
{
	unsigned bad = 0;
	struct err e;

	for (size_t i = 0; i < rows_count(t->r); i++) {
		const struct row *row = rows_at(t->r, i);
		if (row->def.nfields > 0 && series_def_check(&row->def, &e) == -1) {
			printf("BUG\t%s-%s: %s\n", row->def.source, row->def.instance, e.msg);
			bad++;
		}
		for (unsigned f = 0; f < row->nvalues; f++)
			print_value(t, i, f);
	}
	return bad;
}

int
main(int argc, char **argv)
{
	struct try t = { 0 };
	const struct profile *chosen[MAX_PROFILES];
	const char *path = read_options(&t, argc, argv);
	size_t bad_lines;
	struct err e;

	if (path == NULL) {
		fprintf(stderr, "usage: profile-try --profiles DIR [--json] [--expect TSV] "
				"[--profile NAME]... RECORDING\n");
		return 2;
	}
	t.w = walk_new();
	unsigned errors = profiles_load(&t.all, t.dirs, t.ndirs, stderr);
	if (walk_read(t.w, path, &bad_lines, &e) == -1) {
		fprintf(stderr, "profile-try: %s\n", e.msg);
		walk_free(t.w);
		profiles_free(t.all);
		return 2;
	}
	fprintf(stderr, "%zu bindings, %zu lines that are none; %zu profiles, %u errors\n",
	    walk_count(t.w), bad_lines, profiles_count(t.all), errors);
	size_t n = choose(&t, chosen);
	for (size_t i = 0; i < n; i++)
		fprintf(
		    stderr, "profile %s: %s\n", profile_name(chosen[i]), profile_title(chosen[i]));
	t.r = rows_new(chosen, n, t.w, NULL);
	take_all(&t);
	errors += print_rows(&t);
	fprintf(stderr, "%zu rows, %zu slots, %u left out\n", rows_count(t.r), rows_nslots(t.r),
	    rows_left_out(t.r));
	if (t.expect != NULL)
		errors += compare(&t);
	rows_free(t.r);
	walk_free(t.w);
	profiles_free(t.all);
	return errors > 0;
}
