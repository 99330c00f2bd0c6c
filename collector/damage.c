/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files are named in the order in which they were found, as many as a label has room for; those
 * before the last quiet while are forgotten. */
#include "collector/damage.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/site/events.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/str.h"

#define TELL_MS (5 * 60 * 1000)
#define WORD_MS 30000 /* by then it was told; who ends before leaves it to the next */
#define MAX_NAMES 3   /* in a label; the events have all */
#define MAX_NAME 160
#define WORD "ended-because"

struct damage {
	struct site *site;
	struct events *events;
	char names[MAX_NAMES][MAX_NAME];
	unsigned n;	 /* found in this while */
	int64_t last_ms; /* monotonic: when the last one was */
	bool changed;
	bool described; /* the label names something */
	char *word;	/* the file with the word that was left, until it was told; or NULL */
	int64_t word_ms;
};

struct damage *
damage_new(struct site *site, struct events *events)
{
	struct damage *d = xcalloc(1, sizeof *d);

	d->site = site;
	d->events = events;
	return d;
}

void
damage_free(struct damage *d)
{
	if (d != NULL)
		free(d->word);
	free(d);
}

/* Whether there is something to tell of. */
static bool
is_fresh(const struct damage *d, int64_t now_ms)
{
	return d->n > 0 && now_ms - d->last_ms < TELL_MS;
}

/* An event of the whole site. */
static void
add_event(struct damage *d, const char *file, const char *why)
{
	struct wire_event ev = { .time_ms = clock_wall_ms(), .severity = WIRE_WARNING };
	const struct node *n = d->site != NULL ? site_summary(d->site, NULL) : NULL;

	if (n == NULL)
		return;
	(void)str_copy(ev.code, sizeof ev.code, "damage");
	(void)snprintf(ev.text, sizeof ev.text, "%s: %s", file, why);
	str_straighten(ev.text);
	events_add(d->events, n, NULL, &ev);
}

/* A file was found damaged. */
void
damage_note(struct damage *d, const char *file, const char *why, int64_t now_ms)
{
	if (d == NULL)
		return;
	add_event(d, file, why);
	if (!is_fresh(d, now_ms))
		d->n = 0;
	d->last_ms = now_ms;
	d->changed = true;
	for (unsigned i = 0; i < d->n && i < MAX_NAMES; i++)
		if (strcmp(d->names[i], file) == 0)
			return;
	if (d->n < MAX_NAMES)
		(void)snprintf(d->names[d->n], MAX_NAME, "%s", file);
	d->n++;
}

/* What a file was called before it was put aside: NODE_SERIES.rrd.TIME is rrd/NODE/SERIES.rrd, a
 * segment is of its log, and NAME.damaged-TIME is NAME. */
static void
name_of(char file[MAX_NAME], const char *below, const char *name)
{
	char *end, *slash;

	(void)snprintf(file, MAX_NAME, "%.16s%.*s", below, MAX_NAME - 17, name);
	if (strcmp(below, "/quarantine") != 0) {
		end = *below == '/' ? strstr(file, "/quarantine") : strstr(file, ".damaged-");
		if (end != NULL)
			*end = '\0';
		memmove(file, file + (*file == '/'), strlen(file) + (*file != '/'));
		return;
	}
	(void)snprintf(file, MAX_NAME, "rrd/%.*s", MAX_NAME - 5, name);
	if ((end = strstr(file, ".rrd.")) != NULL)
		end[4] = '\0';
	if ((slash = strchr(file, '_')) != NULL)
		*slash = '/';
}

/* What lies in dir, is called so and came there of late, is noted. */
static void
scan(struct damage *d, const char *dir, const char *below, const char *part, int64_t now_ms)
{
	char path[PATH_MAX], file[MAX_NAME];
	struct stat st;

	if (str_format(path, sizeof path, "%s%s", dir, below) == -1)
		return;
	DIR *open = opendir(path);
	for (const struct dirent *de; open != NULL && (de = readdir(open)) != NULL;) {
		if (de->d_name[0] == '.' || strstr(de->d_name, part) == NULL ||
		    fstatat(dirfd(open), de->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
		    clock_wall_ms() / 1000 - st.st_ctime > TELL_MS / 1000)
			continue;
		name_of(file, below, de->d_name);
		damage_note(d, file, "was put aside shortly before this start", now_ms);
	}
	if (open != NULL)
		closedir(open);
}

/* Leave word; not flushed, for that could last. */
void
damage_leave(const char *dir, const char *why)
{
	char path[PATH_MAX];

	if (str_format(path, sizeof path, "%s/" WORD, dir) == -1)
		return;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return;
	if (fs_pwrite(fd, why, strlen(why), 0) == -1)
		(void)unlink(path);
	close(fd);
}

/* Take the word that was left. */
static void
scan_word(struct damage *d, const char *dir, int64_t now_ms)
{
	char path[PATH_MAX], *why = NULL;
	size_t n;
	struct err e;

	if (str_format(path, sizeof path, "%s/" WORD, dir) == -1 ||
	    fs_read(path, 511, &why, &n, &e) == -1)
		return;
	damage_note(d, "journal", why, now_ms);
	log_warnx("collector", "ended before for this reason: %s", why);
	free(why);
	free(d->word);
	d->word = xstrdup(path);
	d->word_ms = now_ms;
}

/* The word was told. */
static void
drop_word(struct damage *d, int64_t now_ms)
{
	if (d->word == NULL || now_ms - d->word_ms < WORD_MS)
		return;
	(void)unlink(d->word);
	free(d->word);
	d->word = NULL;
}

/* What was put aside of late. */
void
damage_scan(struct damage *d, const char *dir, int64_t now_ms)
{
	scan_word(d, dir, now_ms);
	scan(d, dir, "/quarantine", ".rrd.", now_ms);
	scan(d, dir, "/journal/quarantine", "", now_ms);
	scan(d, dir, "/catalog/quarantine", "", now_ms);
	scan(d, dir, "", ".damaged-", now_ms);
}

/* Whether to tell. */
double
damage_value(const struct damage *d, int64_t now_ms)
{
	return d != NULL && is_fresh(d, now_ms) ? 1 : 0;
}

/* "Damaged: a, b and 3 more", as many names as there is room for. */
static void
say(const struct damage *d, char *dst, size_t size)
{
	char more[24] = "";

	for (unsigned told = d->n < MAX_NAMES ? d->n : MAX_NAMES; told > 0; told--) {
		size_t at = (size_t)snprintf(dst, size, "Damaged: ");
		for (unsigned i = 0; i < told && at < size; i++)
			at += (size_t)snprintf(
			    dst + at, size - at, "%s%s", i > 0 ? ", " : "", d->names[i]);
		if (d->n > told)
			(void)snprintf(more, sizeof more, " and %u more", d->n - told);
		if (at + strlen(more) < size) {
			(void)str_copy(dst + at, size - at, more);
			return;
		}
	}
}

/* What to tell. */
bool
damage_describe(struct damage *d, struct series_def *def, unsigned field, int64_t now_ms)
{
	static const struct metric_state raised = {
		.code = 1, .severity = METRIC_WARNING, .text = METRIC_RAISED
	};

	if (d != NULL)
		drop_word(d, now_ms);
	if (d == NULL || (!d->changed && d->described == is_fresh(d, now_ms)))
		return false;
	d->changed = false;
	d->described = is_fresh(d, now_ms);
	if (d->described) {
		say(d, def->fields[field].label, sizeof def->fields[field].label);
		(void)metric_state_add(def, field, &raised);
	}
	return true;
}
