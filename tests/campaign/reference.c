/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwstore */
/* reference: what the RRDs must be, made by a clean librrd from the log of frames of the simulator
 * (tests/sim/framelog.h) alone, and compared with those of the store byte by byte.
 *
 *   reference --frames FILE --rrd DIR --archive STEP:KEEP... [--heartbeat STEPS] [--keep DIR]
 *	[--list FILE]
 *
 * It knows nothing of journal, keeper and checkpoints. What is acknowledged follows from the log:
 * an ACK covers what its stream sent in order up to its number; a WELCOME covers what the sessions
 * before sent up to its number, and what they sent beyond it was never taken. After the last answer
 * of a stream some frames may be open: the first ones of them may be in the files, but in all files
 * the same number of them.
 *
 * --list writes "node number" of each acknowledged frame. The last line is JSON with what was
 *compared. 0: all is as it must be; 1: it is not, and each difference is a line on stderr; 2: it
 *could not be looked at. */
#include <dirent.h>
#include <ftw.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/campaign/reference_log.h"
#include "tests/campaign/reference_rrd.h"
#include "zw/alloc.h"
#include "zw/batch.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/str.h"
#include "zw/wire.h"

#define MAX_LOG (1u << 31)
#define MAX_SAID 20 /* differences told */

struct check {
	struct reference_shape shape;
	const char *frames;
	const char *rrd_dir;
	const char *list;
	char dir[PATH_MAX]; /* of the clean files */
	bool keep;
	struct reference_log *log;
	uint64_t samples;
	uint64_t values;
	uint64_t compared;
	uint64_t equal;
	unsigned wrong;
};

/* One more thing that is not as it must be. */
static void
wrong(struct check *c, const char *what)
{
	if (c->wrong++ < MAX_SAID)
		fprintf(stderr, "reference: %s\n", what);
}

/* One series' values of a frame. */
static int
feed(struct check *c, struct reference_series *s, const struct batch_reader *b, struct err *e)
{
	double values[METRIC_MAX_FIELDS];

	for (unsigned i = 0; i < s->def.nfields; i++)
		values[i] = i < b->nvalues ? b->values[i] : (double)NAN;
	return reference_rrd_row(s, c->dir, &c->shape, b->time_s, values, e);
}

/* All that is acknowledged, in order. */
static int
feed_all(struct check *c, struct err *e)
{
	const struct reference_frame *f;

	for (size_t i = 0; (f = reference_log_taken(c->log, i)) != NULL; i++) {
		struct batch_reader b;
		int rc;
		if (f->type != WIRE_BATCH)
			continue;
		if (batch_open(&b, f->payload, f->n, e) == -1)
			return -1;
		while ((rc = batch_next(&b)) == 1) {
			struct reference_series *s = reference_log_series(c->log, f->stream, b.id);
			if (s == NULL)
				return err_set(
				    e, "frame %" PRIu64 " names an unknown series", f->seq);
			c->samples++;
			c->values += b.nvalues;
			if (feed(c, s, &b, e) == -1)
				return -1;
		}
		if (rc == -1)
			return err_set(e, "frame %" PRIu64 " is malformed", f->seq);
	}
	return 0;
}

/* Take an open frame's values of one series into its clean file: 1, 0 if it has none, -1. */
static int
feed_open(struct check *c, struct reference_series *s, const struct reference_frame *f, bool look,
    struct err *e)
{
	struct batch_reader b;

	if (f->type != WIRE_BATCH)
		return 0;
	if (batch_open(&b, f->payload, f->n, e) == -1)
		return -1;
	while (batch_next(&b) == 1)
		if (reference_log_series(c->log, f->stream, b.id) == s)
			return !look && feed(c, s, &b, e) == -1 ? -1 : 1;
	return 0;
}

/* The files are the same with this many open frames of the stream; and with so many more as have
 * nothing of the series. The number must be one for all series of the stream. */
static int
settle(struct check *c, struct reference_series *s, struct reference_stream *stream, unsigned low,
    struct err *e)
{
	const struct reference_frame *f;
	unsigned high = low;
	int rc = 0;

	while (rc == 0 && (f = reference_log_open(stream, high)) != NULL &&
	       (rc = feed_open(c, s, f, true, e)) == 0)
		high++;
	c->equal++;
	if (!reference_log_settle(stream, low, high))
		wrong(c, "series of one frame: some of them are in the files, and some are not");
	return rc == -1 ? -1 : reference_rrd_true(s, &c->compared, e);
}

/* Compare a file; while it differs, the open frames of its stream are taken in one by one. */
static int
compare(struct check *c, struct reference_series *s, struct reference_stream *stream, struct err *e)
{
	char path[PATH_MAX];
	const struct reference_frame *f;
	struct err first, why;
	unsigned taken = 0;

	if (str_format(path, sizeof path, "%s/%s", c->rrd_dir, s->name) == -1)
		return err_set(e, "a path is too long");
	bool same = s->made ? reference_rrd_same(s, path, &first) : access(path, F_OK) == -1;
	if (!s->made)
		err_set(&first, "%s is there, and nothing of it was acknowledged", s->name);
	for (; !same && (f = reference_log_open(stream, taken)) != NULL; taken++) {
		if (feed_open(c, s, f, false, e) == -1)
			return -1;
		same = s->made && reference_rrd_same(s, path, &why);
	}
	if (same && s->made)
		return settle(c, s, stream, taken, e);
	if (!same)
		wrong(c, first.msg);
	return 0;
}

/* Files of known nodes that nobody sent. */
static void
look_for_more(struct check *c, const char *node)
{
	char path[PATH_MAX], text[PATH_MAX + 64];

	if (str_format(path, sizeof path, "%s/%s", c->rrd_dir, node) == -1)
		return;
	DIR *d = opendir(path);
	for (struct dirent *de; d != NULL && (de = readdir(d)) != NULL;) {
		(void)snprintf(path, sizeof path, "%s/%s", node, de->d_name);
		if (de->d_name[0] == '.' || reference_log_named(c->log, path))
			continue;
		(void)snprintf(text, sizeof text, "%s is there, and nobody sent it", path);
		wrong(c, text);
	}
	if (d != NULL)
		closedir(d);
}

/* Remove one entry of a tree. */
static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

/* "10:172800". */
static int
read_archive(struct reference_shape *s, char *text)
{
	char *colon = strchr(text, ':');

	if (colon == NULL || s->narchives == REFERENCE_MAX_ARCHIVES)
		return -1;
	*colon = '\0';
	return str_to_i64(text, 1, 86400, &s->archives[s->narchives].step_s) == -1 ||
		       str_to_i64(colon + 1, 1, INT64_C(1) << 40,
			   &s->archives[s->narchives++].keep_s) == -1
		   ? -1
		   : 0;
}

/* The options. */
static int
read_options(struct check *c, int argc, char **argv)
{
	static const struct option rows[] = { { "frames", 1, NULL, 'f' }, { "rrd", 1, NULL, 'r' },
		{ "archive", 1, NULL, 'a' }, { "heartbeat", 1, NULL, 'h' },
		{ "keep", 1, NULL, 'k' }, { "list", 1, NULL, 'l' }, { NULL, 0, NULL, 0 } };
	int o;

	while ((o = getopt_long(argc, argv, "", rows, NULL)) != -1) {
		if (o == 'f')
			c->frames = optarg;
		else if (o == 'r')
			c->rrd_dir = optarg;
		else if (o == 'l')
			c->list = optarg;
		else if (o == 'k')
			c->keep = str_copy(c->dir, sizeof c->dir, optarg) == 0;
		else if (o == 'a' && read_archive(&c->shape, optarg) == 0)
			continue;
		else if (o != 'h' || str_to_double(optarg, &c->shape.heartbeat) == -1)
			return -1;
	}
	return c->frames != NULL && c->rrd_dir != NULL && c->shape.narchives > 0 ? 0 : -1;
}

/* A directory in memory, if there is such. */
static int
make_dir(struct check *c, struct err *e)
{
	if (c->keep)
		return fs_mkdirs(c->dir, 0700, e);
	(void)str_copy(c->dir, sizeof c->dir, "/dev/shm/zw-reference-XXXXXX");
	if (mkdtemp(c->dir) != NULL)
		return 0;
	(void)str_copy(c->dir, sizeof c->dir, "/tmp/zw-reference-XXXXXX");
	return mkdtemp(c->dir) != NULL ? 0 : err_set(e, "cannot make a directory");
}

/* The numbers of all frames that are acknowledged. */
static int
write_list(struct check *c, struct err *e)
{
	const struct reference_frame *f;
	FILE *out = c->list != NULL ? fopen(c->list, "we") : NULL;

	if (out == NULL)
		return c->list == NULL ? 0 : err_set(e, "cannot write %s", c->list);
	for (size_t i = 0; (f = reference_log_taken(c->log, i)) != NULL; i++)
		fprintf(out, "%s %" PRIu64 "\n", reference_log_sender(f->stream), f->seq);
	return fclose(out) == 0 ? 0 : err_set(e, "cannot write %s", c->list);
}

/* Feed, compare, look for more. */
static int
check(struct check *c, struct err *e)
{
	struct reference_series *s;
	struct reference_stream *stream;
	char *data;
	size_t n;

	if (fs_read(c->frames, MAX_LOG, &data, &n, e) == -1)
		return -1;
	c->log = reference_log_read((const uint8_t *)data, n, e);
	int rc = c->log == NULL || make_dir(c, e) == -1 ? -1 : feed_all(c, e);
	for (size_t i = 0; rc == 0 && (s = reference_log_each(c->log, i, &stream)) != NULL; i++)
		rc = compare(c, s, stream, e);
	for (size_t i = 0; rc == 0 && reference_log_node(c->log, i) != NULL; i++)
		look_for_more(c, reference_log_node(c->log, i));
	if (rc == 0)
		rc = write_list(c, e);
	if (!c->keep && c->dir[0] != '\0')
		(void)nftw(c->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	if (rc == 0) {
		const struct reference_counts *k = reference_log_counts(c->log);
		printf("{\"sent\": %" PRIu64 ", \"acknowledged\": %" PRIu64
		       ", \"refused\": %" PRIu64 ", \"never_taken\": %" PRIu64
		       ", \"again\": %" PRIu64 ", \"open\": %" PRIu64 ", \"streams\": %" PRIu64
		       ", \"sessions\": %" PRIu64 ", \"samples\": %" PRIu64 ", \"values\": %" PRIu64
		       ", \"equal_files\": %" PRIu64 ", \"values_compared\": %" PRIu64
		       ", \"late\": %" PRIu64 ", \"wrong\": %u}\n",
		    k->sent, k->acknowledged, k->refused, k->never_taken, k->again,
		    reference_log_open_count(c->log), k->streams, k->sessions, c->samples,
		    c->values, c->equal, c->compared, reference_log_late(c->log), c->wrong);
	}
	reference_log_free(c->log);
	free(data);
	return rc;
}

int
main(int argc, char **argv)
{
	struct check c = { .shape = { .heartbeat = 2.5 } };
	struct err e = { "" };

	log_init("reference", LOG_LEVEL_INFO);
	if (read_options(&c, argc, argv) == -1) {
		fprintf(stderr, "reference --frames FILE --rrd DIR --archive STEP:KEEP "
				"[--heartbeat STEPS] [--keep DIR]\n");
		return 2;
	}
	if (check(&c, &e) == -1) {
		fprintf(stderr, "reference: %s\n", e.msg);
		return 2;
	}
	return c.wrong > 0;
}
