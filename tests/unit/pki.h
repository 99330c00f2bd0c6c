/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pki: for tests: a directory with an authority and certificates by conf/pki.sh, made in /tmp. */
#ifndef TEST_PKI_H
#define TEST_PKI_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zw/str.h"

#define PKI_SH ZW_TEST_DATA "/../../conf/pki.sh"

/* Run a command of the shell; its output only matters when it fails. */
static inline void pki_run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static inline void
pki_run(const char *fmt, ...)
{
	char cmd[4096], quiet[4200];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(cmd, sizeof cmd, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof cmd ||
	    str_format(quiet, sizeof quiet, "( %s ) >/dev/null", cmd) == -1 || system(quiet) != 0) {
		fprintf(stderr, "failed: %s\n", cmd);
		abort();
	}
}

/* A new directory with an authority, a certificate for localhost and 127.0.0.1, and one for each
 * of the named nodes. */
static inline void
pki_make(char dir[64], const char *nodes)
{
	str_copy(dir, 64, "/tmp/zw-test-XXXXXX");
	if (mkdtemp(dir) == NULL)
		abort();
	pki_run("sh %s %s init", PKI_SH, dir);
	pki_run("sh %s %s collector localhost 127.0.0.1", PKI_SH, dir);
	if (nodes[0] != '\0')
		pki_run("sh %s %s nodes %s", PKI_SH, dir, nodes);
}

static inline void
pki_remove(const char *dir)
{
	pki_run("rm -rf %s", dir);
}

/* DIR/BELOW, in one of a few buffers that are used in turn. */
static inline const char *
pki_path(const char *dir, const char *below)
{
	static char paths[8][256];
	static unsigned turn;
	char *p = paths[turn++ % 8];

	if (str_format(p, 256, "%s/%s", dir, below) == -1)
		abort();
	return p;
}

#endif
