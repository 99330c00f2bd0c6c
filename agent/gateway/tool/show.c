/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show: what the running gateway knows, by its control socket. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/gateway/control.h"
#include "agent/gateway/tool/tool.h"
#include "agent/gateway/tool/values.h"
#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/table.h"
#include "zw/units.h"

#define MAX_ANSWER (64u << 20)

/* Connects to the gateway's socket: a descriptor, or -1 and a complaint. */
static int
dial(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const struct timeval patience = { .tv_sec = 10 };

	if (str_copy(sun.sun_path, sizeof sun.sun_path, path) == -1) {
		tool_complain("%s: longer than a socket's name may be", path);
		return -1;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
	    connect(fd, (struct sockaddr *)&sun, sizeof sun) == 0)
		return fd;
	const char *why = strerror(errno);
	tool_complain("%s: %s; does the gateway run, and may you open its socket?", path, why);
	if (fd != -1)
		close(fd);
	return -1;
}

/* Reads until the gateway closes. */
static int
read_all(int fd, struct buf *b)
{
	ssize_t n;

	do {
		uint8_t *p = buf_extend(b, 65536);
		n = read(fd, p, 65536);
		b->len -= 65536 - (n > 0 ? (size_t)n : 0);
	} while (n > 0 && b->len < MAX_ANSWER);
	return n == 0 ? 0 : -1;
}

/* Sends a line to the gateway and reads the object it answers; NULL and a complaint. */
static json_t *
ask(struct tool *t, const char *line)
{
	const struct conf_gateway *g = tool_conf(t);
	struct buf b = { 0 };
	json_t *j = NULL;

	if (g == NULL)
		return NULL;
	char *path = xasprintf("%s/%s", g->state_dir, CONTROL_NAME);
	int fd = dial(path);
	free(path);
	if (fd == -1)
		return NULL;
	char *text = xasprintf("%s\n", line);
	size_t len = strlen(text);
	if (len < CONTROL_MAX_LINE && write(fd, text, len) == (ssize_t)len && read_all(fd, &b) == 0)
		j = json_loadb((const char *)b.data, b.len, 0, NULL);
	free(text);
	buf_free(&b);
	close(fd);
	if (j == NULL)
		tool_complain("the gateway gave no answer that can be read");
	const char *error = json_string_value(json_object_get(j, "error"));
	if (error != NULL) {
		const char *rest = strchr(line, ' ');
		tool_complain(
		    "%s%s%s", rest != NULL ? rest + 1 : "", rest != NULL ? ": " : "", error);
		json_decref(j);
		return NULL;
	}
	return j;
}

/* Prints the answer as it is. */
static int
dump(json_t *j)
{
	json_dumpf(j, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(j);
	return TOOL_OK;
}

/* A text of an object, or "". */
static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s != NULL ? s : "";
}

/* A number of seconds of an object as an age. */
static void
cell_age(struct table *tab, const json_t *o, const char *key)
{
	char text[UNITS_MAX];
	const json_t *v = json_object_get(o, key);

	if (!json_is_number(v)) {
		table_cell(tab, "never");
		return;
	}
	units_duration(text, sizeof text, (int64_t)(json_number_value(v) * 1000));
	table_cell(tab, text);
}

/* The names of a list, parted by blanks. */
static char *
join(const json_t *list)
{
	char *all = xstrdup("");
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v)
	{
		char *more = xasprintf("%s%s%s", all, i > 0 ? " " : "", json_string_value(v));
		free(all);
		all = more;
	}
	return all;
}

/* All devices, a line each. */
static int
show_devices(struct tool *t)
{
	static const char *const heads[] = { "device", "address", "state", ">series", ">rtt",
		"answered", "profiles", NULL };
	json_t *j = ask(t, "devices");
	size_t i;
	json_t *d;

	if (j == NULL)
		return TOOL_FAILED;
	if (t->json)
		return dump(j);
	struct table *tab = table_new(heads);
	json_array_foreach(json_object_get(j, "devices"), i, d)
	{
		bool ok = json_is_true(json_object_get(d, "answers"));
		char *names = join(json_object_get(d, "profiles"));
		table_cell(tab, text_of(d, "node"));
		table_cell(tab, text_of(d, "address"));
		table_color(tab, ok ? TERM_GREEN : TERM_RED,
		    ok ? text_of(d, "stage") : text_of(d, "trouble"));
		table_cellf(
		    tab, "%lld", (long long)json_integer_value(json_object_get(d, "series")));
		table_cellf(tab, "%.1f ms", json_number_value(json_object_get(d, "rtt_s")) * 1000);
		cell_age(tab, d, "age_s");
		table_cell(tab, names);
		free(names);
	}
	table_print(tab, stdout, t->colour, "The gateway has no devices.");
	table_free(tab);
	json_decref(j);
	return TOOL_OK;
}

/* What traps have raised. */
static void
print_raised(const struct tool *t, const json_t *raised)
{
	static const char *const heads[] = { "raised", "on", "severity", "since", "text", NULL };
	size_t i;
	json_t *r;

	if (json_array_size(raised) == 0)
		return;
	struct table *tab = table_new(heads);
	json_array_foreach(raised, i, r)
	{
		table_cell(tab, text_of(r, "instance"));
		table_cell(tab, text_of(r, "node"));
		table_color(tab, term_of_state(text_of(r, "severity")), text_of(r, "severity"));
		cell_age(tab, r, "since_s");
		table_cell(tab, text_of(r, "text"));
	}
	putchar('\n');
	table_print(tab, stdout, t->colour, "");
	table_free(tab);
}

/* One device: what it is, and every value. */
static int
show_device(struct tool *t, const char *node)
{
	char *line = xasprintf("device %s", node);
	json_t *j = ask(t, line);

	free(line);
	if (j == NULL)
		return TOOL_FAILED;
	if (t->json)
		return dump(j);
	char *names = join(json_object_get(j, "profiles"));
	printf("%s at %s: %s\n", text_of(j, "node"), text_of(j, "address"), text_of(j, "descr"));
	printf("sysObjectID %s; profiles: %s\n", text_of(j, "sysobjectid"), names);
	free(names);
	if (!json_is_true(json_object_get(j, "answers")))
		printf("It does not answer: %s\n", text_of(j, "trouble"));
	putchar('\n');
	values_print(json_object_get(j, "values"), true, t->colour);
	print_raised(t, json_object_get(j, "raised"));
	json_decref(j);
	return TOOL_OK;
}

/* show [DEVICE] */
int
show_run(struct tool *t)
{
	return t->nargs == 0 ? show_devices(t) : show_device(t, t->args[0]);
}

/* How many came, and what was refused why. */
static void
print_received(const json_t *r)
{
	const char *why;
	json_t *n;

	if (!json_is_object(r)) {
		printf("The gateway receives no traps: traps.listen is not set.\n");
		return;
	}
	printf("accepted %lld, repeated %lld",
	    (long long)json_integer_value(json_object_get(r, "accepted")),
	    (long long)json_integer_value(json_object_get(r, "duplicates")));
	json_object_foreach(json_object_get(r, "refused"), why, n)
	{
		if (json_integer_value(n) > 0)
			printf(", refused (%s) %lld", why, (long long)json_integer_value(n));
	}
	printf("\n\n");
}

/* traps */
int
traps_run(struct tool *t)
{
	static const char *const heads[] = { ">ago", "from", "device", "trap", "severity", "text",
		NULL };
	json_t *j = ask(t, "traps");
	size_t i;
	json_t *r;

	if (j == NULL)
		return TOOL_FAILED;
	if (t->json)
		return dump(j);
	print_received(json_object_get(j, "received"));
	struct table *tab = table_new(heads);
	json_array_foreach(json_object_get(j, "traps"), i, r)
	{
		bool known = json_is_true(json_object_get(r, "known"));
		cell_age(tab, r, "age_s");
		table_cell(tab, text_of(r, "from"));
		table_cell(tab, text_of(r, "node"));
		if (!known)
			table_cellf(tab, "unknown: %s", text_of(r, "oid"));
		else
			table_cell(tab, text_of(r, text_of(r, "name")[0] != '\0' ? "name" : "oid"));
		table_color(tab, term_of_state(text_of(r, "severity")), text_of(r, "severity"));
		table_cell(tab, text_of(r, "text"));
	}
	table_print(tab, stdout, t->colour, "No trap has come since the gateway started.");
	table_free(tab);
	print_raised(t, json_object_get(j, "raised"));
	json_decref(j);
	return TOOL_OK;
}

/* The values of a probe, as "rtt 1.2 ms, loss 0 %". */
static char *
list_values(const json_t *values)
{
	char *all = xstrdup("");
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)values, key, v)
	{
		char number[32] = "unknown";
		if (json_is_number(v))
			snprintf(number, sizeof number, "%.6g", json_number_value(v));
		char *more = xasprintf("%s%s%s %s", all, *all != '\0' ? ", " : "", key, number);
		free(all);
		all = more;
	}
	return all;
}

/* probes */
int
probes_run(struct tool *t)
{
	static const char *const heads[] = { "node", "probe", "name", "values", "answered", "text",
		NULL };
	json_t *j = ask(t, "probes");
	size_t i;
	json_t *p;

	if (j == NULL)
		return TOOL_FAILED;
	if (t->json)
		return dump(j);
	struct table *tab = table_new(heads);
	json_array_foreach(json_object_get(j, "probes"), i, p)
	{
		const json_t *values = json_object_get(p, "values");
		bool up = json_number_value(json_object_get(values, "up")) == 1;
		char *text = list_values(values);
		table_cell(tab, text_of(p, "node"));
		table_cell(tab, text_of(p, "source"));
		table_cell(tab, text_of(p, "instance"));
		table_color(tab, up ? TERM_PLAIN : TERM_RED, text);
		cell_age(tab, p, "age_s");
		table_cell(tab, text_of(p, "text"));
		free(text);
	}
	table_print(tab, stdout, t->colour, "The gateway has no probes.");
	table_free(tab);
	json_decref(j);
	return TOOL_OK;
}

/* end DEVICE ALARM */
int
end_run(struct tool *t)
{
	char *line = xasprintf("end %s %s", t->args[0], t->args[1]);
	json_t *j = ask(t, line);

	free(line);
	if (j == NULL)
		return TOOL_FAILED;
	printf("%s: %s is ended\n", t->args[0], t->args[1]);
	json_decref(j);
	return TOOL_OK;
}
