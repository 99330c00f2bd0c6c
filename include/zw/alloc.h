/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alloc: memory that is always there; running out of it ends the program with a message. */
#ifndef ZW_ALLOC_H
#define ZW_ALLOC_H

#include <stddef.h>

/* All return memory that the caller frees with free(), never NULL. */
void *xmalloc(size_t n);
void *xcalloc(size_t n, size_t size);
void *xreallocarray(void *p, size_t n, size_t size);
/* Room for one more than n; for lists that only this makes room for. */
void *xgrow(void *p, size_t n, size_t size);
void *xmemdup(const void *p, size_t n);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
