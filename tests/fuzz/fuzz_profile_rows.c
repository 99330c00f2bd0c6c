/* link: zwprofile */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hostile device before all shipped profiles. The input says what it answers: first which profile
 * (two bytes), then for each binding: which of the profile's columns (a byte), what is appended to
 * it (a count and bytes), the type (a byte), the value (a count and bytes). Whatever it is, each
 * series can be defined, and each value is a number with a plausible status. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/rows.h"
#include "zw/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct profiles *all;

/* Loads the profiles once. */
static void
load(void)
{
	const char *dirs[] = { ZW_PROFILES };

	profiles_load(&all, dirs, 1, stderr);
	assert(profiles_count(all) > 0);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	load();
	return 0;
}

/* One binding of the input. */
static void
read_binding(struct cursor *c, struct walk *w, const struct oid *roots, size_t nroots)
{
	struct oid_buf o = { .n = 0 }, value = { .n = 0 };
	struct varbind v = { .type = VARBIND_NULL };
	const struct oid *root = &roots[cursor_u8(c) % nroots];
	unsigned tail = cursor_u8(c) % 8;

	assert(oid_append(&o, *root) == 0);
	for (unsigned i = 0; i < tail && o.n < OID_MAX; i++)
		o.id[o.n++] = cursor_u8(c);
	v.oid = oid_of(&o);
	v.type = (enum varbind_type)(cursor_u8(c) % (VARBIND_END_OF_MIB + 1));
	size_t n = cursor_u8(c);
	if (n > cursor_left(c))
		n = cursor_left(c);
	const uint8_t *p = cursor_bytes(c, n);
	if (p == NULL)
		return;
	for (size_t i = 0; i < n && i < OID_MAX; i++)
		value.id[value.n++] = p[i];
	uint64_t bits = 0;
	memcpy(&bits, p, n < sizeof bits ? n : sizeof bits);
	if (v.type == VARBIND_OID) {
		v.oid_value = oid_of(&value);
	} else if (v.type == VARBIND_STRING || v.type == VARBIND_ADDRESS) {
		v.bytes.p = p;
		v.bytes.n = n;
	} else {
		v.u = v.type == VARBIND_COUNTER64 || v.type == VARBIND_REAL ? bits : (uint32_t)bits;
		if (v.type == VARBIND_INTEGER)
			v.i = (int32_t)bits;
	}
	(void)walk_add(w, &v);
}

/* What must hold of every row. */
static void
check_row(const struct rows *r, size_t i)
{
	const struct row *row = rows_at(r, i);
	struct err e;

	assert(row->def.nfields == 0 || series_def_check(&row->def, &e) == 0);
	assert(str_is_text(row->title, strlen(row->title)));
	assert(row->child[0] == '\0' || str_is_name(row->child, NAME_MAX_NODE));
	(void)rows_holds(r, i);
	(void)rows_fresh(r, i);
	for (unsigned f = 0; f < row->nvalues; f++) {
		struct row_value v;
		struct row_limits l;
		struct metric_state st;
		rows_value(r, i, f, &v);
		assert((v.status == VALUE_OK) == !isnan(v.value) && !isinf(v.value));
		assert(str_is_text(v.text, strlen(v.text)) && str_is_text(v.raw, strlen(v.raw)));
		assert(rows_field(r, i, f)->name[0] != '\0');
		rows_limits(r, i, f, &l);
		assert(!(l.low >= l.high) && !(l.low_warning >= l.high_warning));
		(void)rows_discontinuity(r, i, f);
		(void)metric_state(row->def.states, f, v.value, &st);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct cursor c = cursor_over(data, n);
	struct oid *roots;
	struct walk *w = walk_new();

	if (all == NULL)
		load();
	const struct profile *p = profiles_at(all, cursor_be16(&c) % profiles_count(all));
	size_t nroots = rows_wanted(&p, 1, &roots);
	while (nroots > 0 && cursor_left(&c) > 0)
		read_binding(&c, w, roots, nroots);
	struct rows *r = rows_new(&p, 1, w, NULL);
	for (size_t i = 0; i < rows_nslots(r); i++)
		rows_take(rows_slot(r, i), walk_find(w, rows_slot(r, i)->oid));
	for (size_t i = 0; i < rows_count(r); i++)
		check_row(r, i);
	rows_free(r);
	/* All at once, for names that several make. */
	const struct profile *every[512];
	size_t m = 0;
	for (size_t i = 0; i < profiles_count(all) && m < 512; i++)
		every[m++] = profiles_at(all, i);
	if (n % 64 == 0) {
		r = rows_new(every, m, w, NULL);
		for (size_t i = 0; i < rows_count(r); i++)
			check_row(r, i);
		rows_free(r);
	}
	free(roots);
	walk_free(w);
	return 0;
}
