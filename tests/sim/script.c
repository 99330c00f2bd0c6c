/* SPDX-License-Identifier: GPL-3.0-or-later */
/* script: reads the faults of a simulation. Pure. */
#include <stdio.h>
#include <string.h>

#include "tests/sim/script.h"

static const struct {
	const char *name;
	const char *target; /* the word before '=' */
} kinds[] = {
	[FAULT_COOLING] = { "cooling-failure", "zone" },
	[FAULT_HOST] = { "host-dies", "node" },
	[FAULT_DISK] = { "disk-fills", "node" },
	[FAULT_CPU] = { "cpu-busy", "node" },
	[FAULT_UPS] = { "ups-on-battery", "node" },
	[FAULT_LEAK] = { "leak", "zone" },
	[FAULT_DOOR] = { "door-open", "zone" },
	[FAULT_SMOKE] = { "smoke", "zone" },
	[FAULT_SILENT] = { "snmp-silent", "node" },
	[FAULT_SLOW] = { "snmp-slow", "node" },
	[FAULT_REBOOT] = { "snmp-reboot", "node" },
	[FAULT_LINK] = { "link-down", "node" },
	[FAULT_PROBE] = { "probe-lost", "probe" },
};

#define NKINDS (sizeof kinds / sizeof kinds[0])

/* A fault's word. */
const char *
fault_name(enum fault_kind kind)
{
	return kinds[kind].name;
}

/* The kind and target of "KIND WORD=NAME". */
static int
script_kind(struct fault *f, const char *kind, const char *target, struct err *e)
{
	for (size_t k = 0; k < NKINDS; k++) {
		size_t n = strlen(kinds[k].target);
		if (strcmp(kind, kinds[k].name) != 0)
			continue;
		if (strncmp(target, kinds[k].target, n) != 0 || target[n] != '=' ||
		    !str_is_name(target + n + 1, NAME_MAX_NODE))
			return err_set(e, "%s wants %s=NAME", kind, kinds[k].target);
		f->kind = (enum fault_kind)k;
		return str_copy(f->target, sizeof f->target, target + n + 1);
	}
	return err_set(e, "unknown fault \"%s\"", kind);
}

/* One line's words. */
static int
script_line(struct fault *f, char *line, struct err *e)
{
	char *words[8] = { NULL }, *save = NULL;
	size_t n = 0;

	for (char *w = strtok_r(line, " \t", &save); w != NULL && n < 8;
	     w = strtok_r(NULL, " \t", &save))
		words[n++] = w;
	if (n < 3 || n % 2 == 0)
		return err_set(e, "wants AFTER KIND TARGET [for DURATION] [every DURATION]");
	if (str_to_duration(words[0], &f->after_ms) == -1)
		return err_set(e, "\"%s\" is no duration", words[0]);
	if (script_kind(f, words[1], words[2], e) == -1)
		return -1;
	for (size_t i = 3; i + 1 < n; i += 2) {
		int64_t *to = strcmp(words[i], "for") == 0     ? &f->for_ms
			      : strcmp(words[i], "every") == 0 ? &f->every_ms
							       : NULL;
		if (to == NULL || str_to_duration(words[i + 1], to) == -1)
			return err_set(e, "\"%s %s\" is not understood", words[i], words[i + 1]);
	}
	return 0;
}

/* Read a script. */
int
script_parse(struct script *s, const char *text, struct err *e)
{
	char line[256];
	struct err why;

	s->n = 0;
	for (unsigned number = 1; *text != '\0'; number++) {
		size_t n = strcspn(text, "\n"), used = strcspn(text, "#\n");
		if (used >= sizeof line)
			return err_set(e, "line %u is too long", number);
		memcpy(line, text, used);
		line[used] = '\0';
		text += n + (text[n] == '\n');
		if (line[strspn(line, " \t")] == '\0')
			continue;
		if (s->n == SCRIPT_MAX)
			return err_set(e, "more than %d faults", SCRIPT_MAX);
		s->faults[s->n] = (struct fault){ 0 };
		if (script_line(&s->faults[s->n], line, &why) == -1)
			return err_set(e, "line %u: %s", number, why.msg);
		s->n++;
	}
	return 0;
}

/* Whether a fault is there now. */
int
fault_active(const struct fault *f, int64_t elapsed_ms)
{
	int64_t t = elapsed_ms - f->after_ms;

	if (t < 0)
		return 0;
	if (f->every_ms > 0)
		t %= f->every_ms;
	return f->for_ms == 0 || t < f->for_ms;
}
