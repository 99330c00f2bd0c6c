/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tank: one series' RRD file and the samples that wait for it. */
#ifndef COLLECTOR_TANK_H
#define COLLECTOR_TANK_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "collector/store/pending.h"
#include "collector/store/rrdfile.h"
#include "zw/err.h"

struct keeper;
struct series_def;

enum tank_state {
	TANK_ABSENT, /* no file: it is made at the first writing */
	TANK_READY
};

struct tank {
	uint32_t sid;
	enum tank_state state;
	bool adopted;	   /* nobody knows which records are in the file */
	bool dirty;	   /* written since its image was taken */
	bool stuck;	   /* what is pending could not be written; due_ms says when to try again */
	unsigned failures; /* of librrd in a row */
	bool sealed;	   /* the header was seen after our last change of it */
	uint32_t seal;	   /* its checksum then: nobody else may change it */
	int64_t last_s;	   /* time of the newest sample taken in */
	uint64_t applied_lsn; /* samples up to here are in the file */
	uint64_t first_lsn;   /* of the samples pending */
	uint64_t last_lsn;
	int64_t due_ms; /* monotonic: when to write */
	struct pending rows;
};

/* Where a series' file is: its path, and its name below the directory of RRDs (may be NULL). */
void tank_path(const struct keeper *k, uint32_t sid, char path[PATH_MAX], char name[RRDFILE_PATH]);
/* Writes what is pending into the file, making or widening it where needed. What cannot be written
 * is tried again later. -1: the checkpoint cannot be written, the program must end. */
int tank_write(struct keeper *k, struct tank *t, int64_t now_ms, struct err *e)
    __attribute__((warn_unused_result));
/* Takes what lies behind a moment out of the file, so that a sample of then has its place; lsn is
 * that sample's. 1, 0 if it cannot be done now, -1 as above. */
int tank_rewind(struct keeper *k, struct tank *t, uint64_t lsn, int64_t time_s, int64_t now_ms,
    struct err *e) __attribute__((warn_unused_result));
/* Moves the file to DIR/quarantine; the next samples make a new one. */
int tank_quarantine(struct keeper *k, struct tank *t, const char *why, struct err *e)
    __attribute__((warn_unused_result));
/* Where a file of this name (below the directory of RRDs) goes when it is put aside. */
int tank_aside(const struct keeper *k, const char *name, char away[PATH_MAX], struct err *e)
    __attribute__((warn_unused_result));
/* Reads and judges the file's header as it must be before it is used: 1 and *header (freed by the
 * caller), 0 when it cannot be read now or had to be put aside, -1: somebody changed it, or as
 * above. */
int tank_read(struct keeper *k, struct tank *t, const char *path, struct rrdfile *f,
    uint8_t **header, struct err *e) __attribute__((warn_unused_result));
/* The latest moment that a file's last update may have: no time stamp may wedge a file. */
int64_t tank_max_time(void);

/* Whether a header is the one that was left; the same to be remembered. */
bool tank_is_sealed(const struct tank *t, const uint8_t *header, size_t n);
void tank_seal(struct tank *t, const uint8_t *header, size_t n);

#endif
