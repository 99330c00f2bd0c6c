/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alloc: memory that is always there. A daemon that cannot get a few bytes cannot say so by mail
 * either; it ends, is started again and recovers from its log. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"
#include "zw/log.h"

/* Memory of n bytes, uninitialised. */
void *
xmalloc(size_t n)
{
	void *p = malloc(n ? n : 1);
	if (p == NULL)
		fatal("memory", "cannot get %zu bytes", n);
	return p;
}

/* Zeroed memory for n things of this size. */
void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);
	if (p == NULL)
		fatal("memory", "cannot get %zu times %zu bytes", n, size);
	return p;
}

/* Make room for n things of this size at p (may be NULL), keeping what is there. */
void *
xreallocarray(void *p, size_t n, size_t size)
{
	void *q = reallocarray(p, n ? n : 1, size ? size : 1);
	if (q == NULL)
		fatal("memory", "cannot get %zu times %zu bytes", n, size);
	return q;
}

/* Make room for one more than n things of this size at p, doubling it: a list that grows so is not
 * copied each time. */
void *
xgrow(void *p, size_t n, size_t size)
{
	return (n & (n - 1)) == 0 ? xreallocarray(p, n > 0 ? 2 * n : 1, size) : p;
}

/* A copy of n bytes. */
void *
xmemdup(const void *p, size_t n)
{
	void *q = xmalloc(n);
	if (n > 0)
		memcpy(q, p, n);
	return q;
}

/* A copy of a string. */
char *
xstrdup(const char *s)
{
	return xmemdup(s, strlen(s) + 1);
}

/* A formatted string of whatever length it needs. */
char *
xasprintf(const char *fmt, ...)
{
	char *s;
	va_list ap;

	va_start(ap, fmt);
	int n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n == -1)
		fatal("memory", "cannot format a string");
	return s;
}
