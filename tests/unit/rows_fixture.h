/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tests of rows share: a device of one profile and a walk, its values, other answers. */
#ifndef TESTS_ROWS_FIXTURE_H
#define TESTS_ROWS_FIXTURE_H

#include "profile_fixture.h"

/* A device of profiles and a walk. */
struct device {
	struct fixture f;
	struct walk *w;
	struct rows *r;
};

/* Makes a device of one profile's body and a .snmprec text; slots are filled. */
static inline void
device_open(struct device *d, const char *body, const char *walk, const struct rows_opts *o)
{
	size_t bad;
	const struct profile *p;
	char *text = xasprintf("name = \"p\"; title = \"A device\";\n%s", body);

	fixture_open(&d->f);
	fixture_file(&d->f, "p.conf", text);
	free(text);
	fixture_load(&d->f, NULL);
	assert_string_equal(d->f.said, "");
	d->w = fixture_walk(walk, &bad);
	assert_non_null(d->w);
	assert_int_equal(bad, 0);
	p = profiles_at(d->f.all, 0);
	d->r = rows_new(&p, 1, d->w, o);
	fixture_take(d->r, d->w);
	for (size_t i = 0; i < rows_count(d->r); i++) {
		struct err e = { .msg = "" };
		if (rows_at(d->r, i)->def.nfields > 0 &&
		    series_def_check(&rows_at(d->r, i)->def, &e) == -1)
			fail_msg("%s", e.msg);
	}
}

/* Frees it. */
static inline void
device_close(struct device *d)
{
	rows_free(d->r);
	walk_free(d->w);
	fixture_close(&d->f);
}

/* Checks a value: its number (NAN: none) and status. */
static inline void
check(const struct device *d, const char *series, const char *field, double want,
    enum value_status status)
{
	struct row_value v = fixture_value(d->r, series, field);

	if (v.status != status || isnan(v.value) != isnan(want) ||
	    fabs(v.value - want) > 1e-9 * fmax(1, fabs(want)))
		fail_msg("%s %s: %.12g %s (raw \"%s\"), not %.12g %s", series, field, v.value,
		    value_status_name(v.status), v.raw, want, value_status_name(status));
}

/* Replaces the answer of one OID. */
static inline void
answer(struct device *d, const char *oid, const struct varbind *v)
{
	struct oid_buf o;

	assert_int_equal(oid_parse(oid, &o), 0);
	for (size_t i = 0; i < rows_nslots(d->r); i++)
		if (oid_cmp(rows_slot(d->r, i)->oid, oid_of(&o)) == 0) {
			rows_take(rows_slot(d->r, i), v);
			return;
		}
	fail_msg("%s is not asked for", oid);
}

/* The same with a text. */
static inline void
answer_text(struct device *d, const char *oid, const char *text)
{
	struct varbind v = { .type = VARBIND_STRING };

	v.bytes.p = (const uint8_t *)text;
	v.bytes.n = strlen(text);
	answer(d, oid, &v);
}

/* The same with a number. */
static inline void
answer_integer(struct device *d, const char *oid, int64_t i)
{
	struct varbind v = { .type = VARBIND_INTEGER };

	v.i = i;
	answer(d, oid, &v);
}

#endif
