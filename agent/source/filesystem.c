/* SPDX-License-Identifier: GPL-3.0-or-later */
/* filesystem: how full the mounted file systems are (/proc/self/mountinfo, statvfs(3)).
 *
 * Of a device that is mounted at several places only the shortest mount point counts, of several
 * mounts at one place only the topmost. statvfs() of a network file system or of FUSE may not
 * come back for hours, so each mount is an item of its own.
 *
 * Whether a file system is read-only is a matter of its superblock, which all mount namespaces
 * share. statvfs() and the options of a mount tell of our own namespace only, in which a service
 * manager may have made read-only what is not. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "agent/conf.h"
#include "agent/names.h"
#include "agent/procfs.h"
#include "agent/source.h"
#include "zw/alloc.h"

#define MAX_BYTES 1e18
#define MAX_INODES 1e18
#define MAX_MOUNTS 65536

/* The first byte of an item. */
#define READ_ONLY 'r'
#define WRITABLE 'w'

static const struct field_row fields[] = {
	{ "total", FIELD_GAUGE, "By", 0, MAX_BYTES, "Size of the file system." },
	{ "free", FIELD_GAUGE, "By", 0, MAX_BYTES, "Room for files of ordinary users." },
	{ "used", FIELD_GAUGE, "By", 0, MAX_BYTES, "Room taken." },
	{ "used_percent", FIELD_GAUGE, "%", 0, 100,
	    "Share of the room that is taken, as df says." },
	{ "inodes_total", FIELD_GAUGE, "1", 0, MAX_INODES, "Files that there can be." },
	{ "inodes_free", FIELD_GAUGE, "1", 0, MAX_INODES, "Files that there can be yet." },
	{ "inodes_used_percent", FIELD_GAUGE, "%", 0, 100, "Share of the inodes that is taken." },
	{ "read_only", FIELD_STATE, "1", 0, 1, "1 when nothing can be written." },
};
enum {
	NFIELDS = sizeof fields / sizeof fields[0]
};

struct filesystem {
	const char *root;
	const struct conf_sources *conf;
	struct procfs mountinfo;
	char *last; /* the text that names was made of */
	struct names names;
};

/* A line of mountinfo. The texts are owned. */
struct mount {
	char *point;
	char *type;
	uint64_t major;
	uint64_t minor;
	size_t line;
	bool read_only;
	bool wanted;
};

/* The mounts of one reading. */
struct mounts {
	struct mount *v;
	size_t n;
	size_t cap;
};

/* Closes all. */
static void
filesystem_close(void *state)
{
	struct filesystem *f = state;
	procfs_close(&f->mountinfo);
	names_clear(&f->names);
	free(f->last);
	free(f);
}

/* Opens the list of mounts. */
static void *
filesystem_open(const char *root, const struct conf_sources *conf)
{
	struct filesystem *f = xcalloc(1, sizeof *f);
	f->root = root;
	f->conf = conf;
	f->mountinfo = (struct procfs)PROCFS_CLOSED;
	f->names.data_size = sizeof(bool); /* whether it is read-only */
	if (procfs_open_own(&f->mountinfo, root, "mountinfo") == 0)
		return f;
	filesystem_close(f);
	return NULL;
}

/* Undoes the kernel's \040, \011, \012, \134 and \043 in place (show_mountinfo(), mangle()). */
static void
unescape(char *s)
{
	char *to = s;
	for (const char *p = s; *p != '\0'; to++) {
		if (p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' && p[2] <= '7' &&
		    p[3] >= '0' && p[3] <= '7') {
			*to = (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
			p += 4;
		} else {
			*to = *p++;
		}
	}
	*to = '\0';
}

/* The next word of the line, allocated and unescaped; NULL at the line's end. */
static char *
word(const char **p)
{
	while (**p == ' ')
		(*p)++;
	size_t n = strcspn(*p, " \n");
	if (n == 0)
		return NULL;
	char *w = xcalloc(n + 1, 1);
	memcpy(w, *p, n);
	unescape(w);
	*p += n;
	return w;
}

/* Steps behind the " - " that ends the optional fields of a line. */
static bool
skip_optional(const char **p)
{
	size_t n = strcspn(*p, "\n");
	const char *dash = memmem(*p, n, " - ", 3);
	if (dash == NULL)
		return false;
	*p = dash + 3;
	return true;
}

/* Frees one mount's texts. */
static void
mount_clear(struct mount *m)
{
	free(m->point);
	free(m->type);
}

/* Whether the options behind the type and the source, which may be empty, begin with "ro"
 * (show_mountinfo()). */
static bool
is_read_only(const char *p)
{
	for (int i = 0; i < 2; i++) {
		p += strcspn(p, " \n");
		p += *p == ' ';
	}
	return strncmp(p, "ro", 2) == 0 && strchr(", \n", p[2]) != NULL;
}

/* Reads "id parent major:minor root point options [optional...] - type source options". */
static bool
parse_line(const char *p, struct mount *m)
{
	uint64_t ids[2];
	*m = (struct mount){ 0 };
	if (procfs_u64s(&p, ids, 2) < 2 || !procfs_u64(&p, &m->major) || *p++ != ':' ||
	    !procfs_u64(&p, &m->minor))
		return false;
	free(word(&p));
	m->point = word(&p);
	if (m->point != NULL && m->point[0] == '/' && skip_optional(&p)) {
		m->read_only = is_read_only(p);
		m->type = word(&p);
	}
	if (m->type != NULL)
		return true;
	mount_clear(m);
	return false;
}

/* Reads all lines. */
static void
parse(const char *text, struct mounts *list)
{
	bool more = *text != '\0';
	for (const char *p = text; more && list->n < MAX_MOUNTS; more = procfs_next_line(&p)) {
		if (list->n == list->cap) {
			list->cap = list->cap == 0 ? 32 : list->cap * 2;
			list->v = xreallocarray(list->v, list->cap, sizeof *list->v);
		}
		if (parse_line(p, &list->v[list->n])) {
			list->v[list->n].line = list->n;
			list->n++;
		}
	}
}

/* Orders by place, the topmost first. */
static int
by_point(const void *a, const void *b)
{
	const struct mount *x = a;
	const struct mount *y = b;
	int order = strcmp(x->point, y->point);
	return order != 0 ? order : (x->line < y->line) - (x->line > y->line);
}

/* Orders by device; within one those that are wanted first, then the shortest place, then as they
 * were mounted. */
static int
by_device(const void *a, const void *b)
{
	const struct mount *x = a;
	const struct mount *y = b;
	if (x->major != y->major)
		return x->major < y->major ? -1 : 1;
	if (x->minor != y->minor)
		return x->minor < y->minor ? -1 : 1;
	if (x->wanted != y->wanted)
		return x->wanted ? -1 : 1;
	size_t nx = strlen(x->point);
	size_t ny = strlen(y->point);
	if (nx != ny)
		return nx < ny ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

/* Orders as they were mounted. */
static int
by_line(const void *a, const void *b)
{
	const struct mount *x = a;
	const struct mount *y = b;
	return (x->line > y->line) - (x->line < y->line);
}

/* Decides which mounts are watched: those that the configuration lets be, that are not covered by
 * another at the same place and that are their device's first. */
static void
judge(const struct filesystem *f, struct mount *v, size_t n)
{
	qsort(v, n, sizeof *v, by_point);
	for (size_t i = 0; i < n; i++)
		v[i].wanted = (i == 0 || strcmp(v[i - 1].point, v[i].point) != 0) &&
			      !names_match(&f->conf->filesystem.ignore_types, v[i].type) &&
			      !names_match(&f->conf->filesystem.ignore, v[i].point);
	qsort(v, n, sizeof *v, by_device);
	for (size_t i = 1; i < n; i++)
		if (v[i].major == v[i - 1].major && v[i].minor == v[i - 1].minor)
			v[i].wanted = false;
	qsort(v, n, sizeof *v, by_line);
}

/* Makes the instances of the mounts in the text that was read. */
static void
update(struct filesystem *f)
{
	struct mounts list = { 0 };
	parse(f->mountinfo.text, &list);
	if (list.n > 0)
		judge(f, list.v, list.n);
	names_begin(&f->names);
	for (size_t i = 0; i < list.n; i++) {
		bool fresh = false;
		struct name *name = NULL;
		if (list.v[i].wanted)
			name = names_see(&f->names, list.v[i].point, &fresh);
		if (name != NULL)
			*(bool *)name->data = list.v[i].read_only;
		mount_clear(&list.v[i]);
	}
	names_end(&f->names);
	free(list.v);
}

/* Names the mounts that there are, as READ_ONLY or WRITABLE and the path. Mounts seldom change: the
 * text that is the same is not read again. */
static int
filesystem_items(
    void *state, void (*add)(void *arg, const char *instance, const char *item), void *arg)
{
	struct filesystem *f = state;
	if (procfs_read(&f->mountinfo) == -1)
		return -1;
	if (f->last == NULL || strcmp(f->last, f->mountinfo.text) != 0) {
		free(f->last);
		f->last = xstrdup(f->mountinfo.text);
		update(f);
	}
	for (size_t i = 0; i < f->names.n; i++) {
		const struct name *name = f->names.v[i];
		char *item = xasprintf("%c%s%s", *(const bool *)name->data ? READ_ONLY : WRITABLE,
		    strcmp(f->root, "/") == 0 ? "" : f->root, name->raw);
		add(arg, name->instance, item);
		free(item);
	}
	return 0;
}

/* Asks one file system. */
static int
filesystem_read_item(const char *item, double *values)
{
	struct statvfs st;
	if (statvfs(item + 1, &st) == -1)
		return -1;
	double block = (double)(st.f_frsize > 0 ? st.f_frsize : st.f_bsize);
	double used = (double)(st.f_blocks > st.f_bfree ? st.f_blocks - st.f_bfree : 0);
	double reach = used + (double)st.f_bavail;
	double inodes = (double)st.f_files;
	double inodes_used = (double)(st.f_files > st.f_ffree ? st.f_files - st.f_ffree : 0);
	values[0] = (double)st.f_blocks * block;
	values[1] = (double)st.f_bavail * block;
	values[2] = used * block;
	values[3] = reach > 0 ? procfs_round(used / reach * 100, 100) : NAN;
	/* A file system that makes inodes as it needs them says 0 (btrfs). */
	values[4] = inodes > 0 ? inodes : NAN;
	values[5] = inodes > 0 ? (double)st.f_ffree : NAN;
	values[6] = inodes > 0 ? procfs_round(inodes_used / inodes * 100, 100) : NAN;
	values[7] = item[0] == READ_ONLY;
	return 0;
}

const struct source source_filesystem = {
	.name = "filesystem",
	.help = "How full the mounted file systems are.",
	.fields = fields,
	.nfields = NFIELDS,
	.open = filesystem_open,
	.close = filesystem_close,
	.items = filesystem_items,
	.read_item = filesystem_read_item,
};
