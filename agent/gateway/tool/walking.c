/* SPDX-License-Identifier: GPL-3.0-or-later */
/* walking: a recording of a device, as snmpwalk -On writes it, so that a profile can be written and
 * tried far from it; or a first draft of that profile. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/tool/draft.h"
#include "agent/gateway/tool/session.h"
#include "zw/alloc.h"

/* Bytes as snmpwalk prints them: text in quotes where it is text, else hex. */
static void
print_bytes(FILE *f, const struct varbind *v)
{
	bool plain = v->bytes.n > 0;

	for (size_t i = 0; i < v->bytes.n; i++)
		plain = plain && v->bytes.p[i] >= ' ' && v->bytes.p[i] <= '~' &&
			v->bytes.p[i] != '"' && v->bytes.p[i] != '\\';
	if (v->bytes.n == 0) {
		fputs("STRING: \"\"", f);
	} else if (plain) {
		fprintf(f, "STRING: \"%.*s\"", (int)v->bytes.n, (const char *)v->bytes.p);
	} else {
		fputs("Hex-STRING:", f);
		for (size_t i = 0; i < v->bytes.n; i++)
			fprintf(f, " %02X", v->bytes.p[i]);
	}
}

/* A value as snmpwalk prints it. */
static void
print_value(FILE *f, const struct varbind *v)
{
	char text[OID_MAX_TEXT];

	switch (v->type) {
	case VARBIND_INTEGER:
		fprintf(f, "INTEGER: %lld", (long long)v->i);
		break;
	case VARBIND_COUNTER32:
	case VARBIND_GAUGE32:
	case VARBIND_COUNTER64:
		fprintf(f, "%s: %llu", varbind_type_name(v->type), (unsigned long long)v->u);
		break;
	case VARBIND_TICKS:
		fprintf(f, "Timeticks: (%llu)", (unsigned long long)v->u);
		break;
	case VARBIND_STRING:
		print_bytes(f, v);
		break;
	case VARBIND_ADDRESS:
		varbind_format(text, sizeof text, v);
		fprintf(f, "IpAddress: %s", text);
		break;
	case VARBIND_OID:
		fprintf(f, "OID: .%s", oid_format(text, v->oid_value));
		break;
	case VARBIND_REAL:
		fprintf(f, "Opaque: Float: %.9g", v->d);
		break;
	default:
		fputs("NULL", f);
	}
}

/* The whole walk. */
static void
print_walk(FILE *f, const struct walk *w)
{
	char oid[OID_MAX_TEXT];

	for (size_t i = 0; i < walk_count(w); i++) {
		const struct varbind *v = walk_at(w, i);
		if (!varbind_has_value(v))
			continue;
		fprintf(f, ".%s = ", oid_format(oid, v->oid));
		print_value(f, v);
		fputc('\n', f);
	}
}

/* The roots of the arguments; without any, what the standards and the makers have. */
static size_t
take_roots(const struct tool *t, struct oid_buf *bufs, struct oid *roots)
{
	static const char *const usual[] = { "1.3.6.1.2.1", "1.3.6.1.4.1", "1.0.8802" };
	size_t n = t->nargs > 1 ? (size_t)t->nargs - 1 : sizeof usual / sizeof usual[0];

	for (size_t i = 0; i < n; i++) {
		const char *text = t->nargs > 1 ? t->args[i + 1] : usual[i];
		if (oid_parse(text, &bufs[i]) == -1) {
			tool_complain("\"%s\" is no OID", text);
			return 0;
		}
		roots[i] = oid_of(&bufs[i]);
	}
	return n;
}

/* Writes the walk, or a draft of a profile. */
static int
write_out(struct tool *t, const struct walk *w)
{
	FILE *f = t->output != NULL ? fopen(t->output, "w") : stdout;

	if (f == NULL) {
		tool_complain("%s: %s", t->output, strerror(errno));
		return TOOL_FAILED;
	}
	if (t->draft)
		draft_print(f, w, t->output);
	else
		print_walk(f, w);
	bool bad = ferror(f) != 0;
	if ((t->output != NULL ? fclose(f) : fflush(f)) != 0 || bad) {
		tool_complain("%s: %s", t->output != NULL ? t->output : "stdout", strerror(errno));
		return TOOL_FAILED;
	}
	return TOOL_OK;
}

/* Walks an agent. */
static bool
walk_agent(struct tool *t, struct walk *w)
{
	struct oid_buf *bufs = xcalloc(TOOL_MAX_ARGS, sizeof *bufs);
	struct oid roots[TOOL_MAX_ARGS];
	struct session s;
	size_t n = take_roots(t, bufs, roots);
	bool ok = false;

	if (n > 0 && session_open(&s, t, t->args[0]) == 0) {
		ok = session_walk(&s, roots, n, w);
		if (!ok)
			tool_complain("%s: %s%s%s; %zu objects were answered", t->args[0],
			    snmpio_status_text(s.result.status), s.reason[0] != '\0' ? ": " : "",
			    s.reason, walk_count(w));
		session_close(&s);
	}
	free(bufs);
	return ok;
}

/* walk ADDRESS [OID...], or walk --file RECORDING --profile-draft */
int
walk_run(struct tool *t)
{
	struct walk *w = walk_new();
	struct err e;
	size_t bad = 0;
	int rc = TOOL_FAILED;

	if ((t->file != NULL) == (t->nargs > 0)) {
		tool_complain("walk wants an address, the name of a device, or --file RECORDING");
		rc = TOOL_USAGE;
	} else if (t->file != NULL) {
		if (walk_read(w, t->file, &bad, &e) == 0)
			rc = write_out(t, w);
		else
			tool_complain("%s", e.msg);
	} else {
		bool whole = walk_agent(t, w);
		/* Half a walk is better than none. */
		if (walk_count(w) > 0)
			rc = write_out(t, w);
		if (!whole)
			rc = TOOL_FAILED;
	}
	walk_free(w);
	return rc;
}
