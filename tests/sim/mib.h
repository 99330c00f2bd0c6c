/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mib: what a simulated device answers: a sorted set of OIDs with typed values, which its model
 * changes at each tick. */
#ifndef SIM_MIB_H
#define SIM_MIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/gateway/varbind.h"

struct mib;

struct mib *mib_new(void);
void mib_free(struct mib *m);

/* Copies; a value of the same OID is replaced. */
void mib_put(struct mib *m, const struct varbind *v);
size_t mib_count(const struct mib *m);
/* Pointers are valid until the MIB changes; NULL: none. */
const struct varbind *mib_find(const struct mib *m, struct oid o);
/* The first after o. */
const struct varbind *mib_after(const struct mib *m, struct oid o);
/* Whether there is another instance of what seems to be o's object or table column: noSuchInstance
 * instead of noSuchObject. */
bool mib_has_siblings(const struct mib *m, struct oid o);

/* The same by texts of OIDs, which the program itself wrote. */
void mib_int(struct mib *m, int64_t v, const char *oid, ...) __attribute__((format(printf, 3, 4)));
void mib_null(struct mib *m, const char *oid, ...) __attribute__((format(printf, 2, 3)));
void mib_gauge(struct mib *m, double v, const char *oid, ...) __attribute__((format(printf, 3, 4)));
void mib_ticks(struct mib *m, uint64_t v, const char *oid, ...)
    __attribute__((format(printf, 3, 4)));
/* The low 32 bits: it wraps. */
void mib_counter32(struct mib *m, uint64_t v, const char *oid, ...)
    __attribute__((format(printf, 3, 4)));
void mib_counter64(struct mib *m, uint64_t v, const char *oid, ...)
    __attribute__((format(printf, 3, 4)));
void mib_text(struct mib *m, const char *v, const char *oid, ...)
    __attribute__((format(printf, 3, 4)));
void mib_oid(struct mib *m, const char *v, const char *oid, ...)
    __attribute__((format(printf, 3, 4)));
void mib_forget(struct mib *m, const char *oid, ...) __attribute__((format(printf, 2, 3)));

#endif
