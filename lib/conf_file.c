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

/* The name of an included file: below the directory of the first, also if it begins with '/'; so
 * does libconfig. */
static char *
included_path(const char *dir, const char *name)
{
	return strcmp(dir, ".") == 0 && name[0] != '/' ? xstrdup(name)
						       : xasprintf("%s/%s", dir, name);
}

/* A reason without the file's name, which is said otherwise. */
static void
cut_name(struct err *e, const char *path)
{
	char *name = strstr(e->msg, path);

	if (name == NULL)
		return;
	char *rest = name + strlen(path);
	while (name > e->msg && name[-1] == ' ')
		name--;
	if (name == e->msg)
		rest += strspn(rest, " ");
	memmove(name, rest, strlen(rest) + 1);
}

/* Read a file's text and look it over; *out is freed by the caller, also on errors. from and line
 * say where it is included, from NULL: nowhere. */
static int
read_text(const char *path, const char *from, unsigned line, struct conf_errors *ce,
    struct conf_includes *inc, char **out)
{
	struct err e;
	size_t n;

	if (fs_read(path, CONF_MAX_FILE, out, &n, &e) == 0) {
		/* libconfig takes no comment in a last line without an end. */
		if (from == NULL && n > 0 && (*out)[n - 1] != '\n') {
			*out = xreallocarray(*out, n + 2, 1);
			memcpy(*out + n++, "\n", 2);
		}
		return conf_scan(*out, n, path, ce, inc);
	}
	if (from == NULL) {
		cut_name(&e, path);
		conf_errors_add(ce, path, 0, "", "%s", e.msg);
	} else {
		conf_errors_add(ce, from, line, "@include", "%s", e.msg);
	}
	return -1;
}

/* Look over the files that a file includes, as libconfig will find them: below the directory of
 * the first. */
static int
check_includes(const char *dir, const char *from, const struct conf_includes *inc, unsigned depth,
    unsigned *total, struct conf_errors *ce)
{
	int rc = 0;

	for (size_t i = 0; i < inc->n && depth < CONF_MAX_INCLUDE_DEPTH; i++) {
		struct conf_includes more = { 0 };
		char *text = NULL;
		if (++*total > CONF_MAX_FILES) {
			conf_errors_add(ce, from, inc->v[i].line, "@include",
			    "more than %d files are included", CONF_MAX_FILES);
			return -1;
		}
		char *path = included_path(dir, inc->v[i].name);
		conf_errors_file(ce, path);
		if (read_text(path, from, inc->v[i].line, ce, &more, &text) == -1 ||
		    check_includes(dir, path, &more, depth + 1, total, ce) == -1)
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
add_syntax_error(struct conf_file *f, const char *text)
{
	const char *included = config_error_file(&f->config);
	const char *why = config_error_text(&f->config);
	int at = config_error_line(&f->config);
	unsigned line = at > 0 ? (unsigned)at : 0;
	char *path = included != NULL ? included_path(f->dir, included) : xstrdup(f->path);
	char *other = NULL;
	char quoted[64] = "";
	size_t n;

	if (included != NULL && fs_read(path, CONF_MAX_FILE, &other, &n, NULL) == 0)
		text = other;
	line_of(text, line, quoted, sizeof quoted);
	conf_errors_add(f->ce, path, line, "", "%s%s%s", why != NULL ? why : "cannot be parsed",
	    *quoted != '\0' ? " at or before: " : "", quoted);
	free(other);
	free(path);
}

/* Read one file. */
struct conf_file *
conf_file_read(const char *path, struct conf_errors *ce, bool *ok)
{
	struct conf_file *f = xcalloc(1, sizeof *f);
	struct conf_includes inc = { 0 };
	const char *slash = strrchr(path, '/');
	char *text = NULL;
	unsigned total = 0;

	f->ce = ce;
	f->path = conf_errors_file(ce, path);
	f->dir = slash == NULL ? xstrdup(".") : xasprintf("%.*s", (int)(slash - path), path);
	config_init(&f->config);
	config_set_include_dir(&f->config, f->dir);
	*ok = read_text(path, NULL, 0, ce, &inc, &text) == 0 &&
	      check_includes(f->dir, path, &inc, 1, &total, ce) == 0;
	if (*ok) {
		bool bom = strncmp(text, utf8_bom, 3) == 0;
		*ok = config_read_string(&f->config, text + (bom ? 3 : 0)) == CONFIG_TRUE;
		if (!*ok)
			add_syntax_error(f, text);
	}
	conf_includes_free(&inc);
	free(text);
	return f;
}

void
conf_file_free(struct conf_file *f)
{
	if (f == NULL)
		return;
	config_destroy(&f->config);
	free(f->dir);
	free(f);
}

/* The file a setting stands in: libconfig knows only of included ones, for the first was given to
 * it as text. The config_t is the first member of our file. */
const char *
conf_file_of(const config_setting_t *s)
{
	const char *included = config_setting_source_file(s);
	const struct conf_file *f = (const struct conf_file *)(const void *)s->config;

	if (included == NULL)
		return f->path;
	char *path = included_path(f->dir, included);
	const char *known = conf_errors_file(f->ce, path);
	free(path);
	return known;
}
