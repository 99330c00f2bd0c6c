/* SPDX-License-Identifier: GPL-3.0-or-later */
/* walking: a recording of a device, as snmpwalk -On writes it, so that a profile can be written and
 * tried far from it; or a first draft of that profile. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/gateway/describe.h"
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
	static const char *const usual[] = { "1.3.6.1.2.1", "1.3.6.1.4.1", "1.3.6.1.6.3.10",
		"1.0.8802" };
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

/* The walk as JSON: {"oid", "type", "value"} of each object; numbers as numbers, bytes that are no
 * text as hex. */
static void
print_json(FILE *f, const struct walk *w)
{
	char oid[OID_MAX_TEXT], text[8192];
	json_t *list = json_array();

	for (size_t i = 0; i < walk_count(w); i++) {
		const struct varbind *v = walk_at(w, i);
		json_t *value = NULL;
		if (!varbind_has_value(v))
			continue;
		varbind_format(text, sizeof text, v);
		if (v->type == VARBIND_INTEGER)
			value = json_integer((json_int_t)v->i);
		else if (v->type == VARBIND_REAL && isfinite(v->d))
			value = json_real(v->d);
		else if ((v->type == VARBIND_COUNTER32 || v->type == VARBIND_GAUGE32 ||
			     v->type == VARBIND_COUNTER64 || v->type == VARBIND_TICKS) &&
			 v->u <= INT64_MAX)
			value = json_integer((json_int_t)v->u);
		else
			value = describe_text(text);
		json_array_append_new(
		    list, json_pack("{s:s,s:s,s:o}", "oid", oid_format(oid, v->oid), "type",
			      varbind_type_name(v->type), "value", value));
	}
	json_dumpf(list, f, JSON_INDENT(1));
	fputc('\n', f);
	json_decref(list);
}

/* The name of a profile that goes to this file, for they must be the same; what is redirected there
 * has a name too. */
static void
name_profile(char dst[NAME_MAX_NODE + 1], const char *path)
{
	char target[4096];

	if (path == NULL) {
		ssize_t n = readlink("/proc/self/fd/1", target, sizeof target - 1);
		target[n > 0 ? n : 0] = '\0';
		path = target[0] == '/' ? target : "";
	}
	const char *base = strrchr(path, '/');
	base = base != NULL ? base + 1 : path;
	size_t n = strlen(base), end = strlen(".conf");
	char *stem = n > end && strcmp(base + n - end, ".conf") == 0 ? xmemdup(base, n - end + 1)
								     : xstrdup("draft");
	if (n > end && strcmp(base + n - end, ".conf") == 0)
		stem[n - end] = '\0';
	str_to_name(dst, NAME_MAX_NODE + 1, stem);
	free(stem);
}

/* A draft of a profile as text, without what is in the profiles that there are; NULL and a
 * complaint. */
static char *
make_draft(struct tool *t, const struct walk *w)
{
	char name[NAME_MAX_NODE + 1], *text = NULL;
	struct draft_result r = { 0 };
	size_t size = 0;
	struct profiles *all = tool_profiles(t);
	FILE *f = all != NULL ? open_memstream(&text, &size) : NULL;

	if (f == NULL) {
		profiles_free(all);
		return NULL;
	}
	name_profile(name, t->output);
	draft_print(f, w, all, name, &r);
	fclose(f);
	profiles_free(all);
	if (r.fields > 0) {
		tool_complain("a draft of %zu fields in %zu series", r.fields, r.series);
		return text;
	}
	tool_complain("there is nothing to draft: no numbers in the walk");
	free(text);
	return NULL;
}

/* Opens what is written to. A draft does not take the place of a profile, for that may have been
 * worked on. */
static FILE *
open_output(const struct tool *t)
{
	if (t->output == NULL || strcmp(t->output, "-") == 0)
		return stdout;
	FILE *f = fopen(t->output, t->draft ? "wx" : "w");
	if (f == NULL)
		tool_complain("%s: %s%s", t->output, strerror(errno),
		    errno == EEXIST ? "; a draft does not take its place" : "");
	return f;
}

/* Writes the walk, or a draft of a profile. */
static int
write_out(struct tool *t, const struct walk *w)
{
	char *draft = t->draft ? make_draft(t, w) : NULL;
	FILE *f = t->draft && draft == NULL ? NULL : open_output(t);

	if (f == NULL) {
		free(draft);
		return TOOL_FAILED;
	}
	if (t->draft)
		fputs(draft, f);
	else if (t->json)
		print_json(f, w);
	else
		print_walk(f, w);
	free(draft);
	bool bad = ferror(f) != 0;
	if ((f != stdout ? fclose(f) : fflush(f)) != 0 || bad) {
		tool_complain(
		    "%s: %s", f != stdout ? t->output : "the standard output", strerror(errno));
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
		if (!ok) {
			session_complain(&s, t->args[0]);
			if (walk_count(w) > 0)
				tool_complain("the walk is not whole: %zu objects were answered",
				    walk_count(w));
		}
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

	if (t->file != NULL) {
		if (walk_read(w, t->file, &bad, &e) == 0)
			rc = write_out(t, w);
		else
			tool_complain("%s", e.msg);
	} else {
		bool whole = walk_agent(t, w);
		/* Half a walk is better than none. */
		if (walk_count(w) > 0)
			rc = write_out(t, w);
		else if (whole)
			tool_complain("%s: it answers, but has no objects there", t->args[0]);
		if (!whole)
			rc = TOOL_FAILED;
	}
	walk_free(w);
	return rc;
}
