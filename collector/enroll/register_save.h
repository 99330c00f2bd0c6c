/* SPDX-License-Identifier: GPL-3.0-or-later */
/* register_save: the register's file, written whole by a thread; changes that come while it writes
 * go together into the next turn. */
#ifndef COLLECTOR_ENROLL_REGISTER_SAVE_H
#define COLLECTOR_ENROLL_REGISTER_SAVE_H

#include "collector/enroll/register.h"

#define REGISTER_MAX_FILE (32 << 20) /* bytes */
/* So large the file of what was taken back may grow until it is written anew at a start. */
#define REGISTER_MAX_REVOKED (256 << 10)

struct register_save;
struct event_base;
struct worker;

enum register_loaded {
	REGISTER_READ,	/* or there is none yet */
	REGISTER_COPY,	/* the file is damaged (why) and was put aside; its copy was read */
	REGISTER_LOST,	/* so is the copy, or both are gone: it has only what was taken back */
	REGISTER_FAILED /* it cannot be put aside; *e says why */
};
/* Reads the file, which is kept twice: PATH and PATH.copy; then PATH.revoked, which says what was
 * taken back and is only added to. */
enum register_loaded register_load(struct reg *r, const char *path, struct register_revoked *known,
    struct err *why, struct err *e);
/* All borrowed; the worker outlives it. */
struct register_save *register_save_new(
    struct event_base *base, struct worker *worker, const char *path, const struct reg *r);
/* What is not written yet is submitted; those who wait are answered by worker_free(), which must
 * come before register_save_free(). NULL is fine. */
void register_save_end(struct register_save *s);
void register_save_free(struct register_save *s);
/* The register has changed: it is written soon. */
void register_save_changed(struct register_save *s);
/* It has: the certificates of a node, or one by its number, were taken back. */
void register_save_revoked(
    struct register_save *s, const char *node, const uint8_t *serial, size_t n);
/* A moment of use has: it is written at the next tick. */
void register_save_used(struct register_save *s);
/* Once a minute: writes what waits for it, and what failed. */
void register_save_tick(struct register_save *s);
/* done() in the loop, never within the call, when all changes until now are on disk, or the write
 * failed. */
void register_save_wait(struct register_save *s, void (*done)(void *arg, bool ok), void *arg);

#endif
