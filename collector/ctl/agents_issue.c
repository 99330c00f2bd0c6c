/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The offline way: key and request are made here, the collector signs, and a directory is left to
 * be carried to the machine. The key goes nowhere else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/ctl/acts.h"
#include "collector/ctl/agents.h"
#include "collector/ctl/answer.h"
#include "zw/alloc.h"
#include "zw/base64.h"
#include "zw/cert.h"
#include "zw/fs.h"
#include "zw/str.h"

/* Where they are to lie: the service must be able to write there. %s: "agent". */
#define DIR "/var/lib/zonewatch-%s/tls"

/* Where a file of the directory is. */
static char *
path_of(const struct ctl *ctl, const char *stem, const char *end)
{
	return xasprintf("%s/%s%s", ctl->output, stem, end);
}

/* Writes one of the files; anybody may read it but the key. */
static int
put(const struct ctl *ctl, const char *stem, const char *end, const char *text, struct err *e)
{
	char *path = path_of(ctl, stem, end);
	int rc = fs_replace(path, text, strlen(text), e);

	if (rc == 0 && chmod(path, 0644) == -1)
		rc = err_set(e, "%s: %s", path, strerror(errno));
	free(path);
	return rc;
}

/* The configuration that goes with them. */
static int
put_conf(const struct ctl *ctl, const char *stem, const char *collector, struct err *e)
{
	char *text = xasprintf(
	    "# Written by \"zonewatchctl agent issue %s\". All keys: zonewatch-%s.conf(5).\n"
	    "collectors = [ \"%s\" ];\n"
	    "# It renews its certificate here by itself.\n"
	    "tls = {\n\tca = \"" DIR "/ca.crt\";\n\tcert = \"" DIR "/%s.crt\";\n"
	    "\tkey = \"" DIR "/%s.key\";\n};\n",
	    ctl->args[1], stem, collector, stem, stem, stem, stem, stem);
	int rc = put(ctl, stem, ".conf", text, e);

	free(text);
	return rc;
}

/* A key in a new directory, and a request by it in base64. */
static int
make_request(const struct ctl *ctl, const char *stem, struct buf *text, struct err *e)
{
	struct buf der = { 0 };
	char *key;

	if (mkdir(ctl->output, 0700) == -1)
		return errno == EEXIST
			   ? err_set(e, "%s is there already; give a directory that is not",
				 ctl->output)
			   : err_set(e, "%s: %s", ctl->output, strerror(errno));
	key = path_of(ctl, stem, ".key");
	int rc = cert_key_make(key, e) == 0 && cert_request(&der, key, e) == 0 ? 0 : -1;
	if (rc == 0)
		base64_put(text, der.data, der.len, false);
	buf_u8(text, 0);
	buf_free(&der);
	free(key);
	return rc;
}

/* Takes back what was made, when no certificate came. */
static void
clean(const struct ctl *ctl, const char *stem)
{
	static const char *const ends[] = { ".key", ".crt", ".conf" };

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		char *path = path_of(ctl, stem, ends[i]);
		(void)unlink(path);
		free(path);
	}
	char *ca = path_of(ctl, "ca", ".crt");
	(void)unlink(ca);
	free(ca);
	(void)rmdir(ctl->output);
}

/* Where agents reach the collector: as told, else as the collector knows. */
static int
find_collector(struct ctl *ctl, char dst[300], struct err *e)
{
	struct buf body = { 0 };
	json_t *root = NULL;

	if (ctl->collector != NULL)
		return str_copy(dst, 300, ctl->collector);
	if (client_get(ctl->client, "/api/v1/agents", NULL, &body, e) == -1) {
		buf_free(&body);
		return -1;
	}
	root = json_loadb((const char *)body.data, body.len, 0, NULL);
	int rc = str_copy(dst, 300, answer_text(root, "collector"));
	if (rc == -1 || dst[0] == '\0')
		rc = err_set(e, "the collector's certificate names no host; say where agents reach "
				"it: --collector HOST:PORT");
	json_decref(root);
	buf_free(&body);
	return rc;
}

/* Has the request signed. */
static json_t *
ask(struct ctl *ctl, const char *request, struct err *e)
{
	const struct client_param form[] = {
		{ "node", ctl->args[1] },
		{ "zone", ctl->zone },
		{ "speaks_for", ctl->speaks_for },
		{ "request", request },
		{ "author", acts_author(ctl) },
		{ NULL, NULL },
	};
	struct buf body = { 0 };
	json_t *root = NULL;

	if (client_post(ctl->client, "/api/v1/agents/issue", form, &body, e) == 0) {
		root = json_loadb((const char *)body.data, body.len, 0, NULL);
		if (root == NULL)
			err_set(e, "the collector's answer is no JSON");
		else if (ctl->json)
			answer_indent(stdout, (const char *)body.data, body.len);
	}
	buf_free(&body);
	return root;
}

/* What is to be done with the directory. */
static void
tell(const struct ctl *ctl, const char *stem, const json_t *root)
{
	char ends[48];

	answer_time(ends, sizeof ends, root, "ends_ms");
	printf("%s/%s.key, %s.crt, ca.crt, %s.conf\n", ctl->output, stem, stem, stem);
	fflush(stdout);
	fprintf(stderr,
	    "Carry them to %s: %s.conf into /etc/zonewatch, the others into " DIR ", of the "
	    "service's user, the key of mode 0600; then delete them here. The certificate is good "
	    "until %s, and renews itself there.\n",
	    ctl->args[1], stem, stem, ends);
}

int
agents_issue(struct ctl *ctl)
{
	const char *stem = ctl->speaks_for != NULL ? "gateway" : "agent";
	struct buf request = { 0 };
	char collector[300];
	json_t *root = NULL;
	struct err e;
	int rc = find_collector(ctl, collector, &e);

	if (rc == 0 && (rc = make_request(ctl, stem, &request, &e)) == 0) {
		root = ask(ctl, (const char *)request.data, &e);
		rc = root != NULL &&
			     put(ctl, stem, ".crt", answer_text(root, "certificate"), &e) == 0 &&
			     put(ctl, "ca", ".crt", answer_text(root, "authority"), &e) == 0 &&
			     put_conf(ctl, stem, collector, &e) == 0
			 ? 0
			 : -1;
		if (rc == -1)
			clean(ctl, stem);
	}
	if (rc == -1)
		ctl_complain("%s", e.msg);
	else if (!ctl->json)
		tell(ctl, stem, root);
	json_decref(root);
	buf_free(&request);
	return rc == 0 ? CTL_OK : CTL_FAILED;
}
