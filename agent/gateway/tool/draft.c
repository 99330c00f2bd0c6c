/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft: every number of a maker's own objects becomes a field, for it is easier to strike out what
 * one does not want than to find what is missing. What is not sure stands in a comment. */
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/rows.h"
#include "agent/gateway/tool/draft_int.h"

static const uint32_t sysdescr[] = { 1, 3, 6, 1, 2, 1, 1, 1, 0 };
static const uint32_t sysobjectid[] = { 1, 3, 6, 1, 2, 1, 1, 2, 0 };

/* Whether a maker made it; net-snmp's own are those of the host. */
static bool
is_private(struct oid o)
{
	static const uint32_t enterprises[] = { 1, 3, 6, 1, 4, 1 };

	return o.n > 7 && oid_is_under(o, (struct oid){ enterprises, 6 }) && o.id[6] != 8072 &&
	       o.id[6] != 2021;
}

/* Whether a profile has it already. */
static bool
is_covered(const struct draft *d, struct oid o)
{
	for (size_t i = 0; i < d->ncovered; i++)
		if (oid_is_under(o, d->covered[i]))
			return true;
	return false;
}

/* Whether a group of MIB-2 is about the agent's own protocols: system, ip, icmp, tcp, udp, snmp. */
static bool
is_protocol(uint32_t group)
{
	return group == 1 || (group >= 4 && group <= 7) || group == 11;
}

/* Whether it is drafted. */
bool
draft_wants(const struct draft *d, struct oid o)
{
	static const uint32_t mib2[] = { 1, 3, 6, 1, 2, 1 };

	if (o.n < 9)
		return false;
	if (d->scope == DRAFT_ANY)
		return !oid_is_under(o, (struct oid){ mib2, 6 }) || !is_protocol(o.id[6]);
	return is_private(o) && (d->scope == DRAFT_PRIVATE || !is_covered(d, o));
}

/* The profiles that the walk's device has, and what they ask for. */
static void
find_covered(struct draft *d, const struct profiles *all)
{
	const struct varbind *v = walk_find(d->w, (struct oid){ sysobjectid, 9 });
	struct oid id = { 0 };

	if (v != NULL && v->type == VARBIND_OID)
		id = v->oid_value;
	if (all != NULL)
		d->nmatching = profiles_match(all, id, d->w, d->matching, DRAFT_MAX_PROFILES);
	d->ncovered = rows_wanted(d->matching, d->nmatching, &d->covered);
}

/* A text of a device between quotes, as libconfig reads it; its first line, cut. */
static void
print_text(FILE *f, const char *text)
{
	size_t n = strcspn(text, "\r\n");

	if (n > 70)
		n = 70;
	while (n > 0 && !str_is_text(text, n))
		n--;
	fputc('"', f);
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"' || text[i] == '\\')
			fputc('\\', f);
		fputc(text[i], f);
	}
	fputc('"', f);
}

/* What stands above all. */
static void
print_head(FILE *f, const struct draft *d)
{
	fputs(
	    "# A draft by zonewatchctl snmp walk --profile-draft; see zonewatch-profile(5).\n"
	    "# Behind each field stand values that were seen, and what they may be. Keep what\n"
	    "# matters and strike out the rest; give it its name, unit and scale, and say what\n"
	    "# means that there is no value (none). state?: small numbers that may be states; say\n"
	    "# what each code means and how bad it is, and add the codes that were not seen; or\n"
	    "# take kind and states off. Then try it: zonewatchctl snmp poll ... --profiles DIR\n",
	    f);
	if (d->scope == DRAFT_ANY)
		fputs("# It has no numbers under 1.3.6.1.4.1; these are of standard MIBs.\n", f);
	if (d->nmatching == 0)
		return;
	fputs(d->scope == DRAFT_NEW
		  ? "# Left out is what profiles have that match it already:"
		  : "# All that it has is in profiles already, so that you may need no other:",
	    f);
	for (size_t i = 0; i < d->nmatching; i++)
		fprintf(f, " %s", profile_name(d->matching[i]));
	fputc('\n', f);
}

/* Name, title and match. A sysObjectID that net-snmp came with says nothing of the device. */
static void
print_who(FILE *f, const struct draft *d, const char *name)
{
	static const uint32_t netsnmp[] = { 1, 3, 6, 1, 4, 1, 8072 };
	const struct varbind *descr = walk_find(d->w, (struct oid){ sysdescr, 9 });
	const struct varbind *id = walk_find(d->w, (struct oid){ sysobjectid, 9 });
	char text[256] = "", oid[OID_MAX_TEXT];
	bool known = id != NULL && id->type == VARBIND_OID && id->oid_value.n > 6;

	if (descr != NULL && descr->type == VARBIND_STRING)
		varbind_text(text, sizeof text, descr->bytes.p, descr->bytes.n);
	fprintf(f, "name = \"%s\";\ntitle = ", name);
	print_text(f, text[0] != '\0' ? text : name);
	fputs(";\nmatch = ( {", f);
	if (known)
		fprintf(f, " sysobjectid = \"%s\";", oid_format(oid, id->oid_value));
	if (d->first.n > 0 && (!known || oid_is_under(id->oid_value, (struct oid){ netsnmp, 7 })))
		fprintf(f, " probe = [ \"%s\" ];", oid_format(oid, d->first));
	fputs(" } );\n", f);
}

/* The maps of states. */
static void
print_maps(const struct draft *d)
{
	if (d->nmaps == 0)
		return;
	fputs("states = (\n", d->f);
	for (size_t i = 0; i < d->nmaps; i++) {
		const struct draft_map *m = &d->maps[i];
		fprintf(d->f, "\t{ name = \"%s\"; values = [", m->name);
		for (unsigned k = 0; k < m->guess.nstates; k++) {
			const struct guess_state *s = &m->guess.states[k];
			fprintf(d->f, "%s \"%d %s %s\"", k > 0 ? "," : "", (int)s->code,
			    s->severity, s->word);
		}
		fprintf(d->f, " ]; }%s\n", i + 1 < d->nmaps ? "," : "");
	}
	fputs(");\n", d->f);
}

/* Everything but the head, in the first scope in which there is something. */
static char *
make_body(struct draft *d)
{
	char *body = NULL;
	size_t size = 0;

	for (d->scope = DRAFT_NEW;; d->scope++) {
		d->f = open_memstream(&body, &size);
		if (d->f == NULL)
			return NULL;
		fputs("scalars = (\n", d->f);
		draft_scalars(d);
		fputs("\n);\ntables = (\n", d->f);
		draft_tables(d);
		fputs("\n);\n", d->f);
		print_maps(d);
		fclose(d->f);
		if (d->result.fields > 0 || d->scope == DRAFT_ANY)
			return body;
		free(body);
		body = NULL;
	}
}

/* Print a profile of the walk. */
void
draft_print(FILE *f, const struct walk *w, const struct profiles *all, const char *name,
    struct draft_result *out)
{
	struct draft d = { .w = w };

	find_covered(&d, all);
	shape_find(&d.shape, w);
	char *body = make_body(&d);
	print_head(f, &d);
	print_who(f, &d, name);
	fputs(body != NULL ? body : "", f);
	*out = d.result;
	free(body);
	free(d.maps);
	free(d.covered);
	shape_clear(&d.shape);
}
