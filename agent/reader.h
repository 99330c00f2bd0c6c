/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reader: the threads' side of the runner, and what both sides share. Only runner.c and reader.c
 * include this. */
#ifndef AGENT_READER_H
#define AGENT_READER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "agent/emit.h"
#include "agent/source.h"

struct reader;

/* What is read with a deadline of its own: a source, or an item of one. */
struct unit {
	TAILQ_ENTRY(unit) all;
	TAILQ_ENTRY(unit) queue;
	struct opened *of;
	char *item; /* NULL: the source itself */
	char instance[NAME_MAX_NODE + 1];
	uint64_t listed; /* the number of the items() that named it last */
	int64_t last_us; /* when it was last read well, monotonic; 0: never */
	int error;	 /* errno of the last read */
	bool queued;
	bool busy;  /* a thread reads it */
	bool stuck; /* and past its deadline */
	bool gone;  /* an item that is not there any more; its thread frees it */
};
TAILQ_HEAD(units, unit);

/* A source that is open. */
struct opened {
	const struct source *src;
	void *state;
	struct unit unit;
	uint64_t listings; /* calls of items() */
	struct unit *next; /* the item that is listed next most likely */
};

/* What the loop is to be told. */
struct note {
	TAILQ_ENTRY(note) link;
	enum {
		NOTE_STUCK,
		NOTE_BACK,
		NOTE_FAILED,
		NOTE_WORKS
	} what;
	const struct source *src;
	char instance[NAME_MAX_NODE + 1];
	int error;
};
TAILQ_HEAD(notes, note);

/* Shared by the loop and all threads, all under lock but what says otherwise. Freed by whoever
 * leaves last. */
struct readers {
	pthread_mutex_t lock;
	pthread_cond_t some; /* queue, ending or a reader's alone changed */
	pthread_cond_t left; /* a thread ended */
	unsigned refs;	     /* threads, and the runner */
	bool ending;
	int wake_fd;	       /* eventfd of the loop */
	struct opened *opened; /* array, set before the first thread */
	size_t nopened;
	struct units units; /* all, items included */
	size_t nunits;
	struct units queue; /* to be read in this step */
	uint64_t step;
	TAILQ_HEAD(, reader) list;
	struct reader *worker; /* the one that takes from the queue; NULL: none */
	unsigned alone;
	unsigned stuck;
	struct buf results; /* of this step */
	struct notes notes;
	int64_t read_us; /* in this step */
};

/* A thread. */
struct reader {
	TAILQ_ENTRY(reader) link;
	struct readers *rs;
	struct unit *unit; /* what it reads; NULL: nothing */
	int64_t begun_ms;  /* monotonic */
	uint64_t step;	   /* in which it began */
	bool alone;	   /* ends after this unit */
	struct emit out;
};

/* All below: with the lock held. */
/* Starts the worker: 0, or an errno. */
int reader_start(struct readers *rs);
/* Whether all units of the step have answered or are stuck. */
bool reader_step_done(const struct readers *rs);
void reader_enqueue(struct readers *rs, struct unit *u);
void reader_note(struct readers *rs, int what, const struct unit *u);
/* Gives up one reference; the last frees all. Unlocks. */
void reader_leave(struct readers *rs);

#endif
