/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files are what counts: the list is read from them at each start, so that nothing has to be
 * kept in step. A manifest is written by a program of ours, but lies on a disk where anybody with
 * rights may have been: every name in it is judged before it is used. */
#include "collector/shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/fs.h"
#include "zw/log.h"

#define MAX_MANIFEST (256 * 1024)
#define MAX_TIME_S INT64_C(7258118400) /* 2200: no data end later */
#define MANIFEST ".json"
#define MAKING "making"

static const struct {
	const char *word;
	const char *ending;
} forms[SHELF_FORMS] = {
	[SHELF_PDF] = { "pdf", ".pdf" },
	[SHELF_HTML] = { "html", ".html" },
	[SHELF_CSV] = { "csv", ".csv.zip" },
};

void
shelf_name(char dst[SHELF_MAX_NAME], const struct period *p, const char *zone)
{
	char period[PERIOD_NAME];

	period_name(p, period);
	char *dots = strstr(period, "..");
	if (dots != NULL) {
		/* No name of ours has two dots, by which paths go up. */
		*dots = '_';
		memmove(dots + 1, dots + 2, strlen(dots + 2) + 1);
	}
	snprintf(
	    dst, SHELF_MAX_NAME, "%s%s%.*s", period, *zone != '\0' ? "_" : "", NAME_MAX_NODE, zone);
}

const char *
shelf_form_word(enum shelf_form f)
{
	return forms[f].word;
}

void
shelf_report_clear(struct shelf_report *r)
{
	for (size_t i = 0; i < LANG_N; i++) {
		free(r->summary[i]);
		r->summary[i] = NULL;
	}
}

const struct shelf_file *
shelf_file(const struct shelf_report *r, enum lang l, enum shelf_form f)
{
	for (size_t i = 0; i < r->nfiles; i++)
		if (r->files[i].lang == l && r->files[i].form == f)
			return &r->files[i];
	return NULL;
}

/* A path of three parts. */
static int
path_of(char dst[PATH_MAX], const char *dir, const char *name, const char *ending, struct err *e)
{
	return str_format(dst, PATH_MAX, "%s/%s%s", dir, name, ending) == 0
		   ? 0
		   : err_set(e, "%s: the path is too long", dir);
}

/* Which of the report's nine files a name is; -1: none, whatever it says. */
static int
which_file(const struct shelf_report *r, const char *name, struct shelf_file *f)
{
	for (int l = 0; l < LANG_N; l++) {
		for (int form = 0; form < SHELF_FORMS; form++) {
			snprintf(f->name, sizeof f->name, "%s.%s%s", r->name,
			    lang_word((enum lang)l), forms[form].ending);
			f->lang = (enum lang)l;
			f->form = (enum shelf_form)form;
			if (strcmp(f->name, name) == 0)
				return 0;
		}
	}
	return -1;
}

/* A file of the manifest, which must lie there as it is described. */
static int
read_file(struct shelf_report *r, const char *dir, const json_t *row, struct err *e)
{
	const char *name = json_string_value(json_object_get(row, "name"));
	const char *sum = json_string_value(json_object_get(row, "sha256"));
	json_int_t bytes = json_integer_value(json_object_get(row, "bytes"));
	struct shelf_file f = { 0 };
	char path[PATH_MAX];
	struct stat st;

	if (name == NULL || which_file(r, name, &f) == -1 || shelf_file(r, f.lang, f.form) != NULL)
		return err_set(e, "it names a file that is none of its own");
	if (path_of(path, dir, f.name, "", e) == -1)
		return -1;
	if (lstat(path, &st) == -1)
		return err_set(e, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size != bytes)
		return err_set(e, "%s is not the file that the manifest describes", path);
	f.bytes = (uint64_t)bytes;
	if (sum != NULL && strlen(sum) == 64 && strspn(sum, "0123456789abcdef") == 64)
		(void)str_copy(f.sha256, sizeof f.sha256, sum);
	r->files[r->nfiles++] = f;
	r->langs |= 1U << f.lang;
	return 0;
}

/* The sentences of a language, a line each. */
static char *
read_summary(const json_t *list)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));
		if (s == NULL || !str_is_text(s, strlen(s)) ||
		    b.len + strlen(s) + 2 > SHELF_MAX_SUMMARY)
			continue;
		buf_text(&b, s);
		buf_u8(&b, '\n');
	}
	if (b.len == 0)
		return NULL;
	b.data[b.len - 1] = '\0';
	return (char *)b.data;
}

/* Takes a manifest apart. */
static int
read_manifest(struct shelf_report *r, const char *dir, const json_t *root, struct err *e)
{
	const char *period = json_string_value(json_object_get(root, "period"));
	const char *zone = json_string_value(json_object_get(root, "zone"));
	const json_t *files = json_object_get(root, "files");
	const json_t *complete = json_object_get(root, "completeness");
	char name[SHELF_MAX_NAME];

	if (period == NULL || period_parse(&r->period, period, e) == -1)
		return err_set(e, "it names no period");
	if (zone != NULL &&
	    (!str_is_name(zone, NAME_MAX_NODE) || str_copy(r->zone, sizeof r->zone, zone) == -1))
		return err_set(e, "it names an impossible zone");
	shelf_name(name, &r->period, r->zone);
	if (strcmp(name, r->name) != 0)
		return err_set(e, "it is that of %s", name);
	for (size_t i = 0; i < json_array_size(files); i++)
		if (read_file(r, dir, json_array_get(files, i), e) == -1)
			return -1;
	if (r->nfiles == 0)
		return err_set(e, "it names no files");
	r->data_end_s = json_integer_value(json_object_get(root, "data_end_s"));
	if (r->data_end_s < 0 || r->data_end_s > MAX_TIME_S)
		return err_set(e, "its data end at an impossible time");
	r->completeness = json_is_number(complete) ? json_number_value(complete) : NAN;
	if (r->completeness < 0 || r->completeness > 100)
		return err_set(e, "its completeness is impossible");
	for (int l = 0; l < LANG_N; l++)
		r->summary[l] = read_summary(
		    json_object_get(json_object_get(root, "summary"), lang_word((enum lang)l)));
	return 0;
}

int
shelf_read(struct shelf_report *r, const char *dir, const char *name, struct err *e)
{
	char path[PATH_MAX], *text = NULL;
	struct stat st;
	struct err why;
	size_t n = 0;

	*r = (struct shelf_report){ .completeness = NAN };
	if (str_copy(r->name, sizeof r->name, name) == -1)
		return err_set(e, "%s: the name is too long", name);
	if (path_of(path, dir, name, MANIFEST, e) == -1 ||
	    fs_read(path, MAX_MANIFEST, &text, &n, e) == -1)
		return -1;
	json_t *root = json_loadb(text, n, 0, NULL);
	int rc = stat(path, &st) == -1	 ? err_set(&why, "%s", strerror(errno))
		 : !json_is_object(root) ? err_set(&why, "it is no JSON object")
					 : read_manifest(r, dir, root, &why);
	json_decref(root);
	free(text);
	if (rc == -1) {
		shelf_report_clear(r);
		return err_set(e, "%s: %s", path, why.msg);
	}
	r->made_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
	return 0;
}

/* Opens a directory; not one that a link leads to, since its files are to be removed. */
static DIR *
open_own(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd != -1 ? fdopendir(fd) : NULL;

	if (fd != -1 && d == NULL)
		close(fd);
	return d;
}

void
shelf_discard(const char *from)
{
	DIR *d = open_own(from);
	struct dirent *de;

	while (d != NULL && (de = readdir(d)) != NULL)
		if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0)
			(void)unlinkat(dirfd(d), de->d_name, 0);
	if (d != NULL)
		closedir(d);
	(void)rmdir(from);
}

/* Removes what runs of the past left. */
static void
clear_making(const char *dir)
{
	char making[PATH_MAX], one[PATH_MAX];
	struct dirent *de;

	if (str_format(making, sizeof making, "%s/" MAKING, dir) == -1)
		return;
	DIR *d = open_own(making);
	while (d != NULL && (de = readdir(d)) != NULL)
		if (de->d_name[0] != '.' &&
		    str_format(one, sizeof one, "%s/%s", making, de->d_name) == 0)
			shelf_discard(one);
	if (d != NULL)
		closedir(d);
}

/* The newest first. */
int
shelf_compare(const void *a, const void *b)
{
	const struct shelf_report *x = a, *y = b;

	if (x->period.to_s != y->period.to_s)
		return x->period.to_s > y->period.to_s ? -1 : 1;
	if (x->period.from_s != y->period.from_s)
		return x->period.from_s < y->period.from_s ? -1 : 1;
	if (x->period.kind != y->period.kind)
		return x->period.kind < y->period.kind ? -1 : 1;
	return strcmp(x->zone, y->zone);
}

/* The report of a manifest's file name, if it is one; said if it cannot be read. What there is no
 * room for is counted in *left. */
static void
scan_one(const char *dir, const char *file, struct shelf_report **v, size_t *n, size_t *left)
{
	const size_t end = sizeof MANIFEST - 1;
	size_t len = strlen(file);
	char name[SHELF_MAX_NAME];
	struct shelf_report r;
	struct err e;

	if (len <= end || len - end >= sizeof name || strcmp(file + len - end, MANIFEST) != 0 ||
	    file[0] == '.')
		return;
	if (*n == SHELF_MAX_REPORTS) {
		(*left)++;
		return;
	}
	memcpy(name, file, len - end);
	name[len - end] = '\0';
	if (shelf_read(&r, dir, name, &e) == -1) {
		log_warnx("reports", "%s; it is left out of the list", e.msg);
		return;
	}
	*v = xreallocarray(*v, *n + 1, sizeof **v);
	(*v)[(*n)++] = r;
}

int
shelf_scan(const char *dir, struct shelf_report **out, size_t *n, struct err *e)
{
	struct dirent *de;
	size_t left = 0;

	*out = NULL;
	*n = 0;
	if (fs_mkdirs(dir, 0700, e) == -1)
		return -1;
	clear_making(dir);
	DIR *d = opendir(dir);
	if (d == NULL)
		return err_set(e, "cannot read %s: %s", dir, strerror(errno));
	while ((de = readdir(d)) != NULL)
		scan_one(dir, de->d_name, out, n, &left);
	closedir(d);
	if (left > 0)
		log_warnx("reports", "%s has more than %d reports: %zu are left out of the list",
		    dir, SHELF_MAX_REPORTS, left);
	if (*n > 1)
		qsort(*out, *n, sizeof **out, shelf_compare);
	return 0;
}

/* Makes a file durable where it is. */
static int
sync_file(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd == -1 || fsync(fd) == -1) {
		err_set(e, "cannot flush %s: %s", path, strerror(errno));
		if (fd != -1)
			close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

/* Moves a file of the report. */
static int
move(const char *from, const char *dir, const char *name, const char *ending, struct err *e)
{
	char old[PATH_MAX], new[PATH_MAX];

	if (path_of(old, from, name, ending, e) == -1 || path_of(new, dir, name, ending, e) == -1 ||
	    sync_file(old, e) == -1)
		return -1;
	if (chmod(old, 0600) == -1 || rename(old, new) == -1)
		return err_set(e, "cannot rename %s: %s", old, strerror(errno));
	return 0;
}

/* Removes the report's files, but for those that another has. */
static void
remove_files(const char *dir, const struct shelf_report *r, const struct shelf_report *but)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < r->nfiles; i++) {
		const struct shelf_file *f = &r->files[i];
		if ((but == NULL || shelf_file(but, f->lang, f->form) == NULL) &&
		    path_of(path, dir, f->name, "", NULL) == 0)
			(void)unlink(path);
	}
}

int
shelf_adopt(
    struct shelf_report *r, const char *dir, const char *from, const char *name, struct err *e)
{
	struct shelf_report before;
	bool again = shelf_read(&before, dir, name, NULL) == 0;
	int rc = shelf_read(r, from, name, e);

	for (size_t i = 0; rc == 0 && i < r->nfiles; i++)
		rc = move(from, dir, r->files[i].name, "", e);
	if (rc == 0)
		rc = move(from, dir, name, MANIFEST, e);
	if (rc == 0)
		rc = fs_sync_dir(dir, e);
	if (rc == 0 && again)
		remove_files(dir, &before, r);
	if (again)
		shelf_report_clear(&before);
	if (rc == -1)
		shelf_report_clear(r);
	shelf_discard(from);
	return rc;
}

int
shelf_remove(const char *dir, const struct shelf_report *r, struct err *e)
{
	char path[PATH_MAX];

	if (path_of(path, dir, r->name, MANIFEST, e) == -1)
		return -1;
	if (unlink(path) == -1 && errno != ENOENT)
		return err_set(e, "cannot remove %s: %s", path, strerror(errno));
	remove_files(dir, r, NULL);
	return 0;
}
