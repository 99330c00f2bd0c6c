/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile_trap: what a trap means by a profile. Its columns are objects among its variable
 * bindings, with whatever instance. */
#include <math.h>
#include <string.h>

#include "agent/gateway/rows_impl.h"
#include "zw/str.h"

#define SAMPLE_STEP 10 /* s */

/* A trap's variable bindings. */
struct bindings {
	const struct varbind *v;
	size_t n;
};

/* Makes a number of some bytes of a value; false when it has none there. */
static bool
take_bytes(struct slot *s, const struct profile_column *c)
{
	uint64_t number = 0;

	if (s->type != VARBIND_STRING || s->n < c->last_byte)
		return false;
	for (unsigned i = c->first_byte - 1; i < c->last_byte; i++)
		number = number << 8 | (uint8_t)s->bytes[i];
	*s = (struct slot){ .type = VARBIND_GAUGE32, .u = number };
	return true;
}

/* The binding of an object. */
static bool
ask_trap(const void *arg, const struct profile_column *c, struct oid index, struct slot *out)
{
	const struct bindings *b = arg;

	(void)index;
	for (size_t i = 0; i < b->n; i++)
		if (oid_is_under(b->v[i].oid, c->oid) && varbind_has_value(&b->v[i])) {
			rows_take(out, &b->v[i]);
			return c->first_byte == 0 || take_bytes(out, c);
		}
	return false;
}

/* The first with this OID and conditions that hold. */
const struct profile_trap *
profile_trap(const struct profile *p, struct oid trap, const struct varbind *v, size_t n)
{
	const struct bindings b = { .v = v, .n = n };
	struct rows_asker a = { .ask = ask_trap, .arg = &b };
	size_t low = 0, high = p->ntraps;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (oid_cmp(p->traps[mid].oid, trap) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < p->ntraps && oid_cmp(p->traps[low].oid, trap) == 0; low++)
		if (rows_all_hold(&a, &p->traps[low].when))
			return &p->traps[low];
	return NULL;
}

/* Its configuration. */
const struct conf_trap *
profile_trap_conf(const struct profile_trap *t)
{
	return t->conf;
}

/* How bad it is. */
enum metric_severity
profile_trap_severity(const struct profile_trap *t)
{
	for (int i = METRIC_OK; i < METRIC_UNKNOWN; i++)
		if (strcmp(t->conf->severity, metric_severity_name((enum metric_severity)i)) == 0)
			return (enum metric_severity)i;
	return METRIC_UNKNOWN;
}

/* Takes out what bindings that did not come leave behind: double blanks, blanks and a colon at the
 * end. */
static void
tidy(char *text)
{
	size_t n = 0;

	for (const char *p = text; *p != '\0'; p++)
		if (*p != ' ' || (n > 0 && text[n - 1] != ' '))
			text[n++] = *p;
	while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == ':'))
		n--;
	text[n] = '\0';
}

/* What happened, for people. */
void
profile_trap_text(
    const struct profile_trap *t, const struct varbind *v, size_t n, char *dst, size_t size)
{
	const struct bindings b = { .v = v, .n = n };
	struct rows_asker a = { .ask = ask_trap, .arg = &b };
	char oid[OID_MAX_TEXT];

	(void)rows_template(&a, &t->text, dst, size);
	tidy(dst);
	if (dst[0] == '\0')
		(void)str_copy(
		    dst, size, t->conf->name != NULL ? t->conf->name : oid_format(oid, t->oid));
}

/* What tells things of its name apart. */
void
profile_trap_key(
    const struct profile_trap *t, const struct varbind *v, size_t n, char *dst, size_t size)
{
	const struct bindings b = { .v = v, .n = n };
	char text[ROWS_MAX_TEXT], all[ROWS_MAX_TEXT] = "";
	size_t at = 0;

	dst[0] = '\0';
	for (size_t i = 0; i < t->nkey; i++) {
		struct slot said = { .type = VARBIND_NO_INSTANCE };
		text[0] = '\0';
		if (ask_trap(&b, &t->key[i], (struct oid){ 0 }, &said))
			rows_said_text(text, sizeof text, &said);
		int len = snprintf(all + at, sizeof all - at, "%s%s", i > 0 ? "-" : "", text);
		if (len < 0 || (size_t)len >= sizeof all - at)
			break;
		at += (size_t)len;
	}
	if (t->nkey > 0)
		str_to_name(dst, size, all);
}

/* The value of one sample; NAN when the trap does not carry it. */
static double
sample_value(const struct profile_field *f, const struct slot *said)
{
	struct row_value value;
	struct rows_cell c = { .kind = f->kind,
		.scaling = { .multiply = f->conf->scale,
		    .divide = 1,
		    .offset = f->conf->offset,
		    .convert = f->convert,
		    .fahrenheit = f->convert == PROFILE_FAHRENHEIT },
		.min = f->conf->min,
		.max = f->conf->max,
		.none = &f->none,
		.nnone = 1,
		.states = f->states };

	rows_work_out(&c, said, NULL, &value);
	return value.value;
}

/* Its bindings as values. */
bool
profile_trap_samples(const struct profile_trap *t, const struct varbind *v, size_t n,
    struct series_def *def, double *values)
{
	const struct bindings b = { .v = v, .n = n };
	bool any = false;

	*def = (struct series_def){ .step_s = SAMPLE_STEP };
	if (t->samples.nfields == 0)
		return false;
	(void)str_copy(def->source, sizeof def->source, t->samples.source);
	for (size_t i = 0; i < t->samples.nfields && def->nfields < METRIC_MAX_FIELDS; i++) {
		const struct profile_field *f = &t->samples.fields[i];
		struct slot said = { .type = VARBIND_NO_INSTANCE };
		struct field *out = &def->fields[def->nfields];
		rows_name_field(out, f->conf->name,
		    f->conf->label != NULL ? f->conf->label : f->conf->name, f->conf->unit);
		out->kind = f->kind;
		if (f->kind != FIELD_STATE) {
			out->min = f->conf->min;
			out->max = f->conf->max;
		}
		if (f->states != NULL)
			rows_tell_states(def, def->nfields, f->states);
		(void)ask_trap(&b, &f->column, (struct oid){ 0 }, &said);
		values[def->nfields] = sample_value(f, &said);
		any |= !isnan(values[def->nfields++]);
	}
	return any;
}
