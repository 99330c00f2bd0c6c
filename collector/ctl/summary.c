/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole in ten lines: what is wrong, then every queue between an agent and a mail. */
#include "collector/ctl/summary.h"

#include <stdio.h>
#include <string.h>

#include "collector/ctl/answer.h"
#include "collector/ctl/ctl.h"
#include "zw/term.h"
#include "zw/units.h"

/* The ending of a word of which there are so many. */
static const char *
plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

/* A count as people read it. */
struct figure {
	char text[UNITS_MAX];
};

static struct figure
figure(const json_t *o, const char *key, const char *unit)
{
	struct figure f;
	units_format(f.text, sizeof f.text, (double)answer_int(o, key), unit);
	return f;
}

/* The site, its state, how long it has been up. */
static void
print_head(struct ctl *ctl, const json_t *root, const char *state)
{
	char up[UNITS_MAX];
	answer_age(up, sizeof up, root, "uptime_s");
	term_print(stdout, ctl->colour, term_of_state(state), "●");
	fputc(' ', stdout);
	term_print(stdout, ctl->colour, TERM_BOLD, answer_text(root, "site"));
	fputs(": ", stdout);
	term_print(stdout, ctl->colour, term_of_state(state), state);
	if (json_is_false(json_object_get(json_object_get(root, "store"), "running"))) {
		fputs("\n  ", stdout);
		term_print(stdout, ctl->colour, TERM_RED,
		    "The store is not running: values are kept in the journal, but no graph "
		    "grows.");
	}
	printf("\n  zonewatch %s at %s, up %s\n", answer_text(root, "version"),
	    client_url(ctl->client), up);
}

/* Nodes by state, alerts by severity. */
static void
print_health(const json_t *root)
{
	const json_t *n = json_object_get(root, "nodes");
	const json_t *a = json_object_get(root, "alerts");
	printf("  Nodes    %lld: %lld ok, %lld warning, %lld critical, %lld no data, %lld "
	       "without values yet\n",
	    (long long)answer_int(n, "total"), (long long)answer_int(n, "ok"),
	    (long long)answer_int(n, "warning"), (long long)answer_int(n, "critical"),
	    (long long)answer_int(n, "no-data"), (long long)answer_int(n, "never-seen"));
	int64_t open = answer_int(root, "open_incidents");
	printf("  Alerts   %lld critical, %lld warning, %lld info, %lld pending, %lld silenced; "
	       "%lld incident%s open\n",
	    (long long)answer_int(a, "critical"), (long long)answer_int(a, "warning"),
	    (long long)answer_int(a, "info"), (long long)answer_int(a, "pending"),
	    (long long)answer_int(a, "silenced"), (long long)open, plural(open));
}

/* From the agents into the RRDs. */
static void
print_data(const json_t *root)
{
	const json_t *in = json_object_get(root, "intake");
	const json_t *j = json_object_get(root, "journal");
	const json_t *s = json_object_get(root, "store");
	char checkpoint[UNITS_MAX + 16] = "no checkpoint yet";
	int64_t at = answer_int(s, "checkpoint_ms");
	if (at != 0) {
		char age[UNITS_MAX];
		units_duration(age, sizeof age, answer_int(root, "now_ms") - at);
		snprintf(checkpoint, sizeof checkpoint, "checkpoint %s ago", age);
	}
	printf("  Intake   %lld connection%s, %s values, %s, %lld refused, %lld rejected\n",
	    (long long)answer_int(in, "connections"), plural(answer_int(in, "connections")),
	    figure(in, "values", "1").text, figure(in, "bytes", "By").text,
	    (long long)answer_int(in, "refused"), (long long)answer_int(in, "rejected"));
	printf("  Journal  %s, records %lld to %lld, %lld damaged place%s\n",
	    figure(j, "bytes", "By").text, (long long)answer_int(j, "first_lsn"),
	    (long long)answer_int(j, "last_lsn"), (long long)answer_int(j, "damage"),
	    plural(answer_int(j, "damage")));
	printf("  Store    %s, %s files, %s values written, %s gathered, %s, %lld error%s\n",
	    json_is_true(json_object_get(s, "running")) ? "running" : "NOT RUNNING",
	    figure(s, "files", "1").text, figure(s, "values", "1").text,
	    figure(s, "pending", "1").text, checkpoint, (long long)answer_int(s, "errors"),
	    plural(answer_int(s, "errors")));
}

/* What people got. */
static void
print_mail(const json_t *root)
{
	const json_t *m = json_object_get(root, "mail");
	const char *error = answer_text(m, "last_error");
	const char *off = answer_text(m, "off");
	if (*off != '\0') {
		printf("  Mail     off (%s)\n", off);
		return;
	}
	printf("  Mail     %lld waiting, %lld sent, %lld failed, %lld %s\n",
	    (long long)answer_int(m, "waiting"), (long long)answer_int(m, "sent"),
	    (long long)answer_int(m, "failed"), (long long)answer_int(m, "retries"),
	    answer_int(m, "retries") == 1 ? "retry" : "retries");
	if (*error != '\0' && answer_int(m, "waiting") > 0) {
		fputs("           ", stdout);
		term_print(stdout, false, TERM_PLAIN, error);
		fputc('\n', stdout);
	}
}

int
summary_run(struct ctl *ctl)
{
	json_t *root;
	if (answer_get(ctl, "/api/v1/status", NULL, &root) == -1)
		return CTL_FAILED;
	const char *state = answer_text(root, "state");
	int rc = strcmp(state, "critical") == 0 ? CTL_CRITICAL : CTL_OK;
	if (!ctl->json) {
		print_head(ctl, root, state);
		print_health(root);
		print_data(root);
		print_mail(root);
	}
	json_decref(root);
	return rc;
}
