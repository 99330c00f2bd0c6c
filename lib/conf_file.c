/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_file: reads one file and what it includes behind the guards: a regular file of bounded
 * size, looked over by conf_scan(), and only then parsed by libconfig. */
#include <stdlib.h>
#include <string.h>

#include "lib/conf_impl.h"
#include "zw/alloc.h"
#include "zw/fs.h"
#include "zw/str.h"

static const char utf8_bom[] = "\xef\xbb\xbf";

/* Add why a file cannot be read; its name begins the line and need not be said again. */
static void
add_unreadable(const char *path, const struct err *e, struct conf_errors *ce)
{
	const char *name = strstr(e->msg, path);
	const char *rest = name != NULL ? name + strlen(path) : "";
	int before = name != NULL ? (int)(name - e->msg) : (int)strlen(e->msg);

	while (before > 0 && e->msg[before - 1] == ' ')
		before--;
	if (before == 0)
		rest += strspn(rest, " ");
	conf_errors_add(ce, path, 0, "", "%.*s%s", before, e->msg, rest);
}

/* Read a file's text and look it over; *out is freed by the caller, also on errors. */
static int
read_text(const char *path, struct conf_errors *ce, struct conf_includes *inc, char **out)
{
	struct err e;
	size_t n;

	if (fs_read(path, CONF_MAX_FILE, out, &n, &e) == -1) {
		add_unreadable(path, &e, ce);
		return -1;
	}
	return conf_scan(*out, n, path, ce, inc);
}

/* Look over the files that a file includes, as libconfig will find them: below the directory of
 * the first. */
static int
check_includes(const char *dir, const struct conf_includes *inc, unsigned depth, unsigned *total,
    struct conf_errors *ce)
{
	int rc = 0;

	for (size_t i = 0; i < inc->n && depth < CONF_MAX_INCLUDE_DEPTH; i++) {
		struct conf_includes more = { 0 };
		char *text = NULL;
		char *path = xasprintf("%s/%s", dir, inc->v[i]);
		if (++*total > CONF_MAX_FILES) {
			conf_errors_add(
			    ce, path, 0, "", "more than %d included files", CONF_MAX_FILES);
			free(path);
			return -1;
		}
		conf_errors_file(ce, path);
		if (read_text(path, ce, &more, &text) == -1 ||
		    check_includes(dir, &more, depth + 1, total, ce) == -1)
			rc = -1;
		conf_includes_free(&more);
		free(text);
		free(path);
	}
	return rc;
}

/* The line of a text, without the blanks around it and bounded, for a message. */
static void
line_of(const char *text, unsigned line, char *dst, size_t size)
{
	while (line > 1 && (text = strchr(text, '\n')) != NULL) {
		text++;
		line--;
	}
	if (text == NULL)
		text = "";
	text += strspn(text, " \t");
	size_t n = strcspn(text, "\r\n");
	while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		n--;
	if (n >= size)
		n = size - 1;
	memcpy(dst, text, n);
	dst[n] = '\0';
}

/* Complain in libconfig's words, with the line they are about. */
static void
add_syntax_error(const struct conf_file *f, const char *text, struct conf_errors *ce)
{
	const char *file = config_error_file(&f->config);
	const char *why = config_error_text(&f->config);
	unsigned line =
	    config_error_line(&f->config) > 0 ? (unsigned)config_error_line(&f->config) : 0;
	char *other = NULL;
	char quoted[64] = "";
	size_t n;

	if (file == NULL)
		file = f->path;
	else if (fs_read(file, CONF_MAX_FILE, &other, &n, NULL) == 0)
		text = other;
	line_of(text, line, quoted, sizeof quoted);
	conf_errors_add(ce, file, line, "", "%s%s%s", why != NULL ? why : "cannot be parsed",
	    *quoted != '\0' ? " at or before: " : "", quoted);
	free(other);
}

/* Read one file. */
struct conf_file *
conf_file_read(const char *path, struct conf_errors *ce, bool *ok)
{
	struct conf_file *f = xcalloc(1, sizeof *f);
	struct conf_includes inc = { 0 };
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? xstrdup(".") : xasprintf("%.*s", (int)(slash - path), path);
	char *text = NULL;
	unsigned total = 0;

	config_init(&f->config);
	config_set_include_dir(&f->config, dir);
	f->path = conf_errors_file(ce, path);
	*ok =
	    read_text(path, ce, &inc, &text) == 0 && check_includes(dir, &inc, 1, &total, ce) == 0;
	if (*ok) {
		bool bom = strncmp(text, utf8_bom, 3) == 0;
		*ok = config_read_string(&f->config, text + (bom ? 3 : 0)) == CONFIG_TRUE;
		if (!*ok)
			add_syntax_error(f, text, ce);
	}
	conf_includes_free(&inc);
	free(text);
	free(dir);
	return f;
}

void
conf_file_free(struct conf_file *f)
{
	if (f == NULL)
		return;
	config_destroy(&f->config);
	free(f);
}

/* The file a setting stands in: libconfig knows only of included ones, for the first was given to
 * it as text. The config_t is the first member of our file. */
const char *
conf_file_of(const config_setting_t *s)
{
	const char *file = config_setting_source_file(s);
	const struct conf_file *f = (const struct conf_file *)(const void *)s->config;

	return file != NULL ? file : f->path;
}
