/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile_compile: from the keys of a profile to what the rows are made by. It is done twice: while
 * the file is checked, with somewhere to complain to, and then for good. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/profile_impl.h"
#include "zw/alloc.h"
#include "zw/str.h"

/* A compilation under way. */
struct compile {
	struct profile *p;
	struct profile_pool *pool;
	struct conf_errors *ce; /* NULL: nothing is left to complain of */
	bool trap;		/* what is compiled now is of a trap */
};

#define COMPLAIN(c_, element_, key_, ...)                                                          \
	do {                                                                                       \
		if ((c_)->ce != NULL)                                                              \
			conf_complain((c_)->ce, element_, key_, __VA_ARGS__);                      \
	} while (0)

/* The i-th element of a list of structs. */
#define AT(list_, type_, i_) (&((const type_ *)(list_)->v)[i_])

/* An OID of a key; n == 0 when there is none or it is wrong. */
static struct oid
compile_oid(struct compile *c, const void *element, const char *key, const char *text)
{
	struct oid_buf o;

	if (text == NULL)
		return (struct oid){ 0 };
	if (oid_parse(text, &o) == 0)
		return profile_oid(c->pool, oid_of(&o));
	COMPLAIN(c, element, key, "\"%s\" is no OID", text);
	return (struct oid){ 0 };
}

/* A list of OIDs. */
static struct oid *
compile_oids(struct compile *c, const void *element, const char *key, const struct conf_texts *t)
{
	struct oid *v = profile_get(c->pool, t->n, sizeof *v);

	for (size_t i = 0; i < t->n; i++)
		v[i] = compile_oid(c, element, key, t->v[i]);
	return v;
}

/* Bytes of octets are told apart in traps only. */
static void
check_bytes(
    struct compile *c, const void *element, const char *key, const struct profile_column *column)
{
	if (column->first_byte > 0 && !c->trap)
		COMPLAIN(c, element, key, "\"#\" is of traps");
}

/* A column; absent when there is none. */
static struct profile_column
compile_column(struct compile *c, const void *element, const char *key, const char *text)
{
	struct profile_column column = { 0 };
	struct err e;

	if (text == NULL)
		return column;
	if (profile_parse_column(c->pool, text, &column, &e) == 0) {
		check_bytes(c, element, key, &column);
		return column;
	}
	COMPLAIN(c, element, key, "\"%s\" is no column: %s", text, e.msg);
	return (struct profile_column){ 0 };
}

/* A list of conditions. */
static struct profile_conditions
compile_conditions(
    struct compile *c, const void *element, const char *key, const struct conf_texts *t)
{
	struct profile_conditions out = { .v = profile_get(c->pool, t->n, sizeof *out.v) };
	struct err e;

	for (size_t i = 0; i < t->n; i++)
		if (profile_parse_condition(c->pool, t->v[i], &out.v[out.n], &e) == 0)
			check_bytes(c, element, key, &out.v[out.n++].column);
		else
			COMPLAIN(c, element, key, "\"%s\" is no condition: %s", t->v[i], e.msg);
	return out;
}

/* A template; empty when there is none. */
static struct profile_template
compile_template(struct compile *c, const void *element, const char *key, const char *text)
{
	struct profile_template out = { 0 };
	struct err e;

	if (text == NULL)
		return out;
	if (profile_parse_template(c->pool, text, &out, &e) == -1) {
		COMPLAIN(c, element, key, "\"%s\" is no template: %s", text, e.msg);
		return (struct profile_template){ 0 };
	}
	for (size_t i = 0; i < out.n; i++)
		check_bytes(c, element, key, &out.v[i].column);
	return out;
}

/* A map of states by its name, or NULL. */
static const struct profile_states *
compile_states(struct compile *c, const void *element, const char *name)
{
	if (name == NULL)
		return NULL;
	for (size_t i = 0; i < c->p->nstates; i++)
		if (c->p->states[i].name != NULL && strcmp(c->p->states[i].name, name) == 0)
			return &c->p->states[i];
	COMPLAIN(c, element, "states", "\"%s\" is none of the profile's maps of states", name);
	return NULL;
}

/* The place of a text among its choices; they have been checked, so that another means that there
 * is none. */
static int
choice(const char *text, const char *const *words, int n)
{
	for (int i = 0; i < n && text != NULL; i++)
		if (strcmp(text, words[i]) == 0)
			return i;
	return -1;
}

/* A field's kind; -1: none. */
static int
compile_kind(const char *text)
{
	static const char *const words[] = { "gauge", "counter", "state" };

	return choice(text, words, 3);
}

/* A conversion; -1: none is said. */
static int
compile_convert(const char *text)
{
	static const char *const words[] = { "none", "unsigned32", "signed32", "fahrenheit",
		"optical-power", "hex-float" };

	return choice(text, words, 6);
}

/* Severities by patterns. */
static struct profile_states
compile_severities(struct compile *c, const struct conf_field *f)
{
	struct profile_states out = { .v = profile_get(c->pool, f->severities.n, sizeof *out.v) };
	struct err e;

	for (size_t i = 0; i < f->severities.n; i++)
		if (profile_parse_severity(c->pool, f->severities.v[i], &out.v[out.n], &e) == 0)
			out.n++;
		else
			COMPLAIN(c, f, "severities", "\"%s\": %s", f->severities.v[i], e.msg);
	return out;
}

/* Factors from columns. */
static void
compile_factors(struct compile *c, const struct conf_field *f, struct profile_field *out)
{
	struct err e;

	for (size_t i = 0; i < f->scale_from.n && out->nfactors < PROFILE_MAX_FACTORS; i++)
		if (profile_parse_factor(
			c->pool, f->scale_from.v[i], &out->factors[out->nfactors], &e) == 0)
			out->nfactors++;
		else
			COMPLAIN(c, f, "scale_from", "\"%s\": %s", f->scale_from.v[i], e.msg);
}

/* One field. */
static void
compile_field(struct compile *c, const struct conf_field *f, struct profile_field *out)
{
	char *when = f->fahrenheit_when;
	const struct conf_texts fahrenheit = { .v = &when, .n = when != NULL };

	profile_check_field(c->ce, f);
	out->conf = f;
	out->column = compile_column(c, f, "oid", f->oid);
	int kind = compile_kind(f->kind), convert = compile_convert(f->convert);
	out->kind = kind == -1 ? FIELD_GAUGE : (enum field_kind)kind;
	out->convert = convert == -1 ? PROFILE_CONVERT_NONE : (enum profile_convert)convert;
	profile_parse_values(c->pool, &f->none, &out->none);
	out->none_when = compile_conditions(c, f, "none_when", &f->none_when);
	out->none_when_all = compile_conditions(c, f, "none_when_all", &f->none_when_all);
	compile_factors(c, f, out);
	out->fahrenheit = compile_conditions(c, f, "fahrenheit_when", &fahrenheit);
	out->states = compile_states(c, f, f->states);
	out->states_from = compile_column(c, f, "states_from", f->states_from);
	out->severities = compile_severities(c, f);
	out->discontinuity = compile_column(c, f, "discontinuity", f->discontinuity);
	out->limits[PROFILE_LOW] = compile_column(c, f, "low", f->low);
	out->limits[PROFILE_LOW_WARNING] = compile_column(c, f, "low_warning", f->low_warning);
	out->limits[PROFILE_HIGH_WARNING] = compile_column(c, f, "high_warning", f->high_warning);
	out->limits[PROFILE_HIGH] = compile_column(c, f, "high", f->high);
}

/* The fields of a series. */
static void
compile_fields(struct compile *c, const struct conf_list *list, struct profile_group *g)
{
	g->fields = profile_get(c->pool, list->n, sizeof *g->fields);
	g->nfields = list->n;
	for (size_t i = 0; i < list->n; i++) {
		const struct conf_field *f = AT(list, struct conf_field, i);
		compile_field(c, f, &g->fields[i]);
		for (size_t j = 0; j < i && f->name != NULL; j++) {
			const char *other = AT(list, struct conf_field, j)->name;
			if (other != NULL && strcmp(f->name, other) == 0)
				COMPLAIN(c, f, "name", "\"%s\" is there twice", f->name);
		}
	}
}

/* Fields whose kind is state must know their states; those of a table's first field may come by
 * the row's type. */
static void
check_states(struct compile *c, const struct profile_group *g)
{
	for (size_t i = 0; i < g->nfields; i++) {
		const struct profile_field *f = &g->fields[i];
		if (f->kind == FIELD_STATE && f->conf->states == NULL &&
		    f->conf->states_from == NULL && (i > 0 || g->ntypes == 0))
			COMPLAIN(c, f->conf, NULL, "a state needs states or states_from");
	}
}

/* What one text of type_from means. */
static void
compile_type(struct compile *c, const struct profile_group *g, const struct conf_rowtype *t,
    struct profile_type *out)
{
	const struct profile_field *f = g->nfields > 0 ? &g->fields[0] : NULL;

	out->conf = t;
	profile_parse_values(c->pool, &t->is, &out->is);
	out->kind = compile_kind(t->kind);
	out->convert = compile_convert(t->convert);
	profile_parse_values(c->pool, &t->none, &out->none);
	out->states = compile_states(c, t, t->states);
	profile_check_type(c->ce, t);
	if (f == NULL)
		return;
	int kind = out->kind != -1 ? out->kind : (int)f->kind;
	if (kind == FIELD_STATE && t->states == NULL && f->conf->states == NULL &&
	    f->conf->states_from == NULL)
		COMPLAIN(c, t, NULL, "a state needs states");
	if (kind != FIELD_STATE && t->states != NULL)
		COMPLAIN(c, t, "states", "is of a kind = \"state\" only");
}

/* A group of scalars. */
static void
compile_scalars(struct compile *c, const struct conf_scalars *s, struct profile_group *g)
{
	g->scalars = s;
	g->source = s->source;
	g->interval_ms = s->interval;
	profile_check_source(c->ce, s, s->source);
	g->only = compile_conditions(c, s, "only", &s->only);
	compile_fields(c, &s->fields, g);
	check_states(c, g);
	for (size_t i = 0; i < g->nfields; i++)
		if (g->fields[i].column.at == PROFILE_AT_PART ||
		    g->fields[i].column.at == PROFILE_AT_NEAR)
			COMPLAIN(c, g->fields[i].conf, "oid", "\"@\" is of tables");
}

/* The column or template that tells a row's type. */
static struct profile_template
compile_type_from(struct compile *c, const struct conf_rowset *t)
{
	struct profile_template out = { 0 };

	if (t->type_from == NULL || strchr(t->type_from, '{') != NULL)
		return compile_template(c, t, "type_from", t->type_from);
	out.v = profile_get(c->pool, 1, sizeof *out.v);
	out.v[0].column = compile_column(c, t, "type_from", t->type_from);
	out.n = out.v[0].column.oid.n > 0;
	return out;
}

/* A table. */
static void
compile_table(struct compile *c, const struct conf_rowset *t, struct profile_group *g)
{
	bool own = false;

	g->table = t;
	g->source = t->source;
	g->interval_ms = t->interval;
	profile_check_source(c->ce, t, t->source);
	g->key = compile_template(c, t, "key", t->key);
	g->instance = compile_template(c, t, "instance", t->instance);
	g->title = compile_template(c, t, "title", t->title);
	g->child = compile_template(c, t, "child", t->child);
	g->only = compile_conditions(c, t, "only", &t->only);
	g->skip = compile_conditions(c, t, "skip", &t->skip);
	g->type_from = compile_type_from(c, t);
	compile_fields(c, &t->fields, g);
	g->ntypes = t->types.n;
	g->types = profile_get(c->pool, t->types.n, sizeof *g->types);
	for (size_t i = 0; i < t->types.n; i++)
		compile_type(c, g, AT(&t->types, struct conf_rowtype, i), &g->types[i]);
	check_states(c, g);
	if ((t->type_from != NULL) != (t->types.n > 0))
		COMPLAIN(c, t, t->type_from != NULL ? "type_from" : "types",
		    "types and type_from need each other");
	for (size_t i = 0; i < g->nfields; i++)
		own |= g->fields[i].column.oid.n > 0 && g->fields[i].column.at == PROFILE_AT_ROW;
	if (!own && g->nfields > 0)
		COMPLAIN(c, t, "fields", "none has a column of the table itself, without \"@\"");
}

/* A condition of a match. */
static void
compile_match(struct compile *c, const struct conf_condition *m, struct profile_match *out)
{
	out->sysobjectid = compile_oid(c, m, "sysobjectid", m->sysobjectid);
	out->probe = compile_oids(c, m, "probe", &m->probe);
	out->nprobe = m->probe.n;
	out->absent = compile_oids(c, m, "absent", &m->absent);
	out->nabsent = m->absent.n;
	out->when = compile_conditions(c, m, "when", &m->when);
	bool any = m->sysobjectid == NULL && m->probe.n == 0;
	for (size_t i = 0; i < out->when.n; i++) {
		const struct profile_condition *when = &out->when.v[i];
		const struct oid o = when->column.oid;
		if (when->column.at != PROFILE_AT_ROW || o.n < 2 || o.id[o.n - 1] != 0)
			COMPLAIN(c, m, "when",
			    "a condition here is of a single object, whose OID ends in .0");
		any &= when->op == PROFILE_HAS_NOT;
	}
	if (any)
		COMPLAIN(c, m, NULL, "has no sysobjectid, probe or when: every device would match");
}

/* A trap. */
static void
compile_trap(struct compile *c, const struct conf_trap *t, struct profile_trap *out)
{
	c->trap = true;
	out->conf = t;
	out->oid = compile_oid(c, t, "oid", t->oid);
	out->when = compile_conditions(c, t, "when", &t->when);
	out->key = profile_get(c->pool, t->key.n, sizeof *out->key);
	out->nkey = t->key.n;
	for (size_t i = 0; i < t->key.n; i++)
		out->key[i] = compile_column(c, t, "key", t->key.v[i]);
	out->text = compile_template(c, t, "text", t->text);
	out->samples.source = t->source;
	profile_check_source(c->ce, t, t->source);
	compile_fields(c, &t->samples, &out->samples);
	check_states(c, &out->samples);
	for (size_t i = 0; i < t->samples.n; i++)
		profile_check_sample(c->ce, AT(&t->samples, struct conf_field, i));
	if (t->samples.n > 0 && t->source == NULL)
		COMPLAIN(c, t, "samples", "need a source");
	c->trap = false;
}

/* The order of traps: by OID, those of the same as in the file. */
static int
trap_cmp(const void *a, const void *b)
{
	const struct profile_trap *x = a, *y = b;
	int c = oid_cmp(x->oid, y->oid);

	return c != 0 ? c : x->conf < y->conf ? -1 : x->conf > y->conf;
}

/* All maps of states. */
static void
compile_maps(struct compile *c, const struct conf_list *list)
{
	struct profile *p = c->p;
	struct err e;

	p->states = profile_get(c->pool, list->n, sizeof *p->states);
	p->nstates = list->n;
	for (size_t i = 0; i < list->n; i++) {
		const struct conf_statemap *m = AT(list, struct conf_statemap, i);
		struct profile_states *out = &p->states[i];
		out->name = m->name;
		out->v = profile_get(c->pool, m->values.n, sizeof *out->v);
		for (size_t j = 0; j < m->values.n; j++)
			if (profile_parse_state(c->pool, m->values.v[j], &out->v[out->n], &e) == 0)
				out->n++;
			else
				COMPLAIN(c, m, "values", "\"%s\" %s", m->values.v[j], e.msg);
	}
}

/* All groups and tables. */
static void
compile_groups(struct compile *c, const struct conf_profile *conf)
{
	struct profile *p = c->p;
	size_t n = conf->scalars.n;

	p->ngroups = n + conf->tables.n;
	p->groups = profile_get(c->pool, p->ngroups, sizeof *p->groups);
	for (size_t i = 0; i < n; i++)
		compile_scalars(c, AT(&conf->scalars, struct conf_scalars, i), &p->groups[i]);
	for (size_t i = 0; i < conf->tables.n; i++)
		compile_table(c, AT(&conf->tables, struct conf_rowset, i), &p->groups[n + i]);
}

/* Compile a profile. */
struct profile *
profile_compile(struct conf_profile *conf, struct conf_errors *ce)
{
	struct profile *p = xcalloc(1, sizeof *p);
	struct compile c = { .p = p, .pool = &p->pool, .ce = ce };

	p->conf = conf;
	p->nmatch = conf->match.n;
	p->match = profile_get(c.pool, p->nmatch, sizeof *p->match);
	for (size_t i = 0; i < p->nmatch; i++)
		compile_match(&c, AT(&conf->match, struct conf_condition, i), &p->match[i]);
	compile_maps(&c, &conf->states);
	compile_groups(&c, conf);
	p->ntraps = conf->traps.n;
	p->traps = profile_get(c.pool, p->ntraps, sizeof *p->traps);
	for (size_t i = 0; i < p->ntraps; i++)
		compile_trap(&c, AT(&conf->traps, struct conf_trap, i), &p->traps[i]);
	if (p->ntraps > 0)
		qsort(p->traps, p->ntraps, sizeof *p->traps, trap_cmp);
	if (p->ngroups == 0 && p->ntraps == 0)
		COMPLAIN(&c, conf, NULL, "has neither scalars nor tables nor traps");
	return p;
}
