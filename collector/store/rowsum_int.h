/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rowsum_int: what the parts of rowsum share: where things are in both files, the states, and both
 * files open. */
#ifndef COLLECTOR_ROWSUM_INT_H
#define COLLECTOR_ROWSUM_INT_H

#include "collector/store/rowsum.h"

#define ROWSUM_MAGIC "ZWSUMS1\n"
#define ROWSUM_MAGIC_BYTES 8
#define ROWSUM_STATE_AT(slot) (1024u * (1 + (slot)))
#define ROWSUM_STATE_BYTES 1024
#define ROWSUM_CHUNK_BLOCKS 512 /* are read at once */

struct rowsum_place {
	uint32_t row;  /* the newest */
	uint32_t part; /* checksum of its block up to it */
};

struct rowsum_state {
	uint64_t number;
	uint32_t identity;
	int64_t last_s;
	unsigned narchives;
	struct rowsum_place places[RRDFILE_MAX_ARCHIVES];
};

/* Both files, open, and the states that are whole (number 0: none). */
struct rowsum_work {
	const struct rowsum *s;
	int sums;
	int rrd;
	struct rowsum_state slot[2];
	bool damaged; /* neither is whole, and the file is not new */
};

/* Where an archive is in both files. */
struct rowsum_span {
	uint64_t rows_at; /* in the RRD */
	uint64_t sums_at;
	uint64_t rows;
	size_t width; /* bytes of a row */
};

/* How many blocks an archive has. */
uint64_t rowsum_blocks(uint64_t rows);
/* Where an archive is. */
struct rowsum_span rowsum_span_of(const struct rrdfile *f, unsigned archive);
/* How many rows a block has. */
uint64_t rowsum_rows_in(const struct rowsum_span *sp, uint64_t block);
/* n bytes from there: 0, or -1 and errno (EBADMSG at the file's end). */
int rowsum_read_at(int fd, void *dst, size_t n, uint64_t at);
/* Read both states. A file that was just made and is of no bytes has none. */
int rowsum_read_states(struct rowsum_work *w);
/* The newer state, or NULL. */
struct rowsum_state *rowsum_newest(struct rowsum_work *w);
/* Write a state over the older one. */
int rowsum_write_state(struct rowsum_work *w, struct rowsum_state *st);
/* Rows of an archive that are full since 1970 at a moment. */
int64_t rowsum_rows_until(const struct rrdfile *f, unsigned archive, int64_t time_s);
/* How many rows the file has got since the state; less than 0 when it was rewound. */
int64_t rowsum_rows_since(
    const struct rowsum_work *w, const struct rowsum_state *st, unsigned archive);
/* Whether the state is of this file, and the file's newest rows are where they must be by the time
 * that passed since. */
bool rowsum_belongs(const struct rowsum_work *w, const struct rowsum_state *st);
/* Open both files. */
enum rowsum_result rowsum_begin(struct rowsum_work *w, const struct rowsum *s, bool make);
/* Close them. errno is kept. */
enum rowsum_result rowsum_end(struct rowsum_work *w, enum rowsum_result r);
/* Open both files and read the state that goes with the RRD. */
enum rowsum_result rowsum_resume(
    struct rowsum_work *w, const struct rowsum *s, struct rowsum_state **st);
/* Sum n blocks of an archive as they are. *part, if one of them holds the row `upto`, gets the sum
 * of its block up to it. */
int rowsum_sum_blocks(struct rowsum_work *w, const struct rowsum_span *sp, uint64_t block,
    uint64_t n, uint64_t upto, uint32_t *part);

#endif
