/* link: zwprofile */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every profile that is shipped: it loads, has a recording tests/data/walks/NAME.walk, matches it,
 * and each of its fields finds something in it, or in one of NAME.*.walk, where devices of a family
 * differ. A profile cannot arrive untested. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "agent/gateway/profile_impl.h"
#include "profile_fixture.h"

#define PROFILES ZW_TEST_DATA "/../../conf/profiles"
#define WALKS ZW_TEST_DATA "/walks"
#define MAX_PROFILES 512
#define MAX_GROUPS 128 /* of a profile: profile.def */

/* All errors are printed before the test fails. */
static unsigned errors;

/* One complaint. */
static void __attribute__((format(printf, 2, 3)))
complain(const struct profile *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "conf/profiles/%s.conf: ", profile_name(p));
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	errors++;
}

/* A recording; NULL if it is none. */
static struct walk *
recording(const struct profile *p, const char *file)
{
	char path[1024];
	struct walk *w = walk_new();
	size_t bad;
	struct err e = { .msg = "" };

	snprintf(path, sizeof path, "%s/%s", WALKS, file);
	if (walk_read(w, path, &bad, &e) == 0 && bad == 0)
		return w;
	complain(p, "%s: %zu lines are none of a walk", e.msg[0] != '\0' ? e.msg : path, bad);
	walk_free(w);
	return NULL;
}

/* Whether the profile matches the recording, when it says what it matches. */
static void
check_match(const struct profiles *all, const struct profile *p, const struct walk *w)
{
	const struct profile *v[MAX_PROFILES];
	struct oid_buf o;
	struct oid sysobjectid = { 0 };

	assert_int_equal(oid_parse("1.3.6.1.2.1.1.2.0", &o), 0);
	const struct varbind *vb = walk_find(w, oid_of(&o));
	if (vb != NULL && vb->type == VARBIND_OID)
		sysobjectid = vb->oid_value;
	size_t n = profiles_match(all, sysobjectid, w, v, MAX_PROFILES);
	for (size_t i = 0; i < n; i++)
		if (v[i] == p)
			return;
	if (profile_conf(p)->match.n > 0)
		complain(p, "does not match its own recording (or is covered there)");
}

/* Whether any row of a group has this field. */
static bool
is_found(const struct rows *r, const struct profile_group *g, const struct profile_field *field)
{
	for (size_t i = 0; i < rows_count(r); i++)
		for (unsigned f = 0; f < rows_at(r, i)->nvalues; f++) {
			struct oid o = rows_oid(r, i, f);
			const struct profile_column *c = &field->column;
			/* A column or an object under it; of this group, for others may have it
			 * too. */
			bool same =
			    g->scalars != NULL ? oid_cmp(o, c->oid) == 0 : oid_is_under(o, c->oid);
			if (o.n > 0 && same &&
			    strcmp(rows_field(r, i, f)->name, field->conf->name) == 0)
				return true;
		}
	return false;
}

/* Takes note of the fields that find something. */
static void
find_fields(const struct profile *p, const struct rows *r, bool *found)
{
	for (size_t i = 0, n = 0; i < p->ngroups; i++)
		for (size_t j = 0; j < p->groups[i].nfields; j++, n++)
			found[n] |= is_found(r, &p->groups[i], &p->groups[i].fields[j]);
}

/* Those that did not in any recording. */
static void
check_fields(const struct profile *p, const bool *found)
{
	for (size_t i = 0, n = 0; i < p->ngroups; i++)
		for (size_t j = 0; j < p->groups[i].nfields; j++, n++) {
			const struct profile_group *g = &p->groups[i];
			if (!found[n])
				complain(p,
				    "%s[#%zu] (%s): field %s (%s) matches nothing in the walks",
				    g->scalars != NULL ? "scalars" : "tables",
				    g->scalars != NULL ? i + 1 : i + 1 - p->conf->scalars.n,
				    g->source, g->fields[j].conf->name, g->fields[j].conf->oid);
		}
}

/* The values are well-formed: states are known ones, numbers are, series can be defined. */
static void
check_values(const struct profile *p, const struct rows *r)
{
	unsigned ok = 0;

	for (size_t i = 0; i < rows_count(r); i++) {
		const struct row *row = rows_at(r, i);
		struct err e;
		if (row->def.nfields > 0 && series_def_check(&row->def, &e) == -1)
			complain(p, "%s-%s: %s", row->def.source, row->def.instance, e.msg);
		for (unsigned f = 0; f < row->nvalues; f++) {
			struct row_value v;
			rows_value(r, i, f, &v);
			ok += v.status == VALUE_OK;
			if (v.status == VALUE_UNREADABLE)
				complain(p, "%s-%s %s: \"%s\" is not understood", row->def.source,
				    row->def.instance, rows_field(r, i, f)->name, v.raw);
		}
	}
	if (ok == 0 && p->ngroups > 0)
		complain(p, "has no value at all in its recording");
}

/* What a profile covers must be there, or the name is wrong. */
static void
check_covers(const struct profiles *all, const struct profile *p)
{
	const struct conf_texts *t = &profile_conf(p)->covers;

	for (size_t i = 0; i < t->n; i++)
		if (profiles_named(all, t->v[i]) == NULL)
			complain(p, "covers \"%s\", which is none", t->v[i]);
}

/* One recording of a profile. */
static void
check_recording(const struct profiles *all, const struct profile *p, const char *file, bool *found)
{
	struct walk *w = recording(p, file);

	if (w == NULL)
		return;
	check_match(all, p, w);
	struct rows *r = rows_new(&p, 1, w, NULL);
	fixture_take(r, w);
	find_fields(p, r, found);
	check_values(p, r);
	rows_free(r);
	walk_free(w);
}

/* All recordings of a profile: NAME.walk, and NAME.*.walk. */
static void
check_profile(const struct profiles *all, const struct profile *p)
{
	DIR *d = opendir(WALKS);
	struct dirent *entry;
	bool *found = xcalloc(MAX_GROUPS * METRIC_MAX_FIELDS, sizeof *found);
	char main_file[NAME_MAX_NODE + 8];
	size_t n = strlen(profile_name(p));

	snprintf(main_file, sizeof main_file, "%s.walk", profile_name(p));
	check_recording(all, p, main_file, found);
	while (d != NULL && (entry = readdir(d)) != NULL) {
		size_t len = strlen(entry->d_name);
		if (len > n + 6 && strncmp(entry->d_name, profile_name(p), n) == 0 &&
		    entry->d_name[n] == '.' && strcmp(entry->d_name + len - 5, ".walk") == 0)
			check_recording(all, p, entry->d_name, found);
	}
	if (d != NULL)
		closedir(d);
	check_fields(p, found);
	free(found);
}

/* All profiles. */
static void
test_shipped(void **state)
{
	(void)state;
	const char *dirs[] = { PROFILES };
	struct profiles *all;
	unsigned broken = profiles_load(&all, dirs, 1, stderr);

	assert_true(profiles_count(all) > 0);
	for (size_t i = 0; i < profiles_count(all); i++) {
		check_covers(all, profiles_at(all, i));
		if (profiles_at(all, i)->ngroups > 0) /* else it is of traps only */
			check_profile(all, profiles_at(all, i));
	}
	profiles_free(all);
	assert_int_equal(broken, 0);
	assert_int_equal(errors, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_shipped) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
