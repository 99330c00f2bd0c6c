/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tests of a program's configuration share: text in, complaints out. */
#ifndef TESTS_CONF_FIXTURE_H
#define TESTS_CONF_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zw/conf.h"

/* Load a text; *said gets the complaints without the file's name, for free(). NULL on errors. */
static inline void *
fixture_load(const struct conf_table *table, void (*check)(void *, struct conf_errors *),
    const char *text, char **said)
{
	char path[] = "/tmp/zw-conf-XXXXXX";
	char *raw = NULL;
	size_t n = 0;
	void *conf = NULL;
	unsigned errors = 0;
	int fd = mkstemp(path);
	FILE *f = fd != -1 ? fdopen(fd, "w") : NULL;

	if (f == NULL)
		abort();
	fputs(text, f);
	fclose(f);
	f = open_memstream(&raw, &n);
	if (conf_load(table, path, &conf, check, f, &errors) == -1 && errors == 0)
		abort();
	fclose(f);
	unlink(path);
	char *out = calloc(1, n + 1);
	for (const char *p = raw; *p != '\0';) {
		if (strncmp(p, path, strlen(path)) == 0 && p[strlen(path)] == ':')
			p += strlen(path) + 1;
		else
			out[strlen(out)] = *p++;
	}
	free(raw);
	*said = out;
	return conf;
}

#endif
