/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zonewatch-issuer: signs one certificate and ends; started by zonewatch-collector:
 *
 *   zonewatch-issuer -a CA.CRT -k CA.KEY -d DAYS REQUEST NODE...
 *
 * REQUEST is PKCS#10 in base64. The certificate goes to the standard output in lines "leaf BASE64",
 * whose bytes together are its DER; what is wrong to the standard error. It is the only program
 * that reads the authority's key, it reads nothing else from outside than its arguments, and it
 * lives for milliseconds: what speaks with the network never has the key in its memory. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "zw/base64.h"
#include "zw/cert.h"
#include "zw/sandbox.h"
#include "zw/str.h"
#include "zw/wire.h"

#define MAX_CPU_S 5
#define MAX_DAYS 825
#define LINE_BYTES 300 /* of DER, 400 characters */

static const char usage[] = "usage: zonewatch-issuer -a CA.CRT -k CA.KEY -d DAYS REQUEST NODE...\n";

/* What is asked. */
struct job {
	const char *ca;
	const char *key;
	uint64_t days;
	struct buf request;
	const char *const *nodes;
	size_t nnodes;
};

/* No time without end, and no file. */
static void
limit_process(void)
{
	(void)setrlimit(RLIMIT_CPU, &(struct rlimit){ MAX_CPU_S, MAX_CPU_S });
	(void)setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, 0 });
	(void)signal(SIGPIPE, SIG_IGN);
}

/* The arguments. */
static int
read_arguments(struct job *j, int argc, char **argv, struct err *e)
{
	const char *days = NULL;
	int c;

	while ((c = getopt(argc, argv, "+a:k:d:")) != -1) {
		if (c == 'a')
			j->ca = optarg;
		else if (c == 'k')
			j->key = optarg;
		else if (c == 'd')
			days = optarg;
		else
			return err_set(e, "no such option");
	}
	if (j->ca == NULL || j->key == NULL || days == NULL || argc - optind < 2)
		return err_set(e, "something is missing");
	if (str_to_u64(days, 1, MAX_DAYS, &j->days) == -1)
		return err_set(e, "-d %.20s: 1 to %d days", days, MAX_DAYS);
	const char *text = argv[optind];
	if (strlen(text) > 2 * WIRE_MAX_REQUEST ||
	    base64_take(&j->request, text, strlen(text)) == -1)
		return err_set(e, "the request is no base64");
	union {
		char **in;
		const char *const *out;
	} names = { .in = argv + optind + 1 };
	j->nodes = names.out;
	j->nnodes = (size_t)(argc - optind - 1);
	return 0;
}

/* From here on: the two files are read, and no core has the key in it. */
static int
confine(const struct job *j, struct err *e)
{
	struct sandbox box = { 0 };

	sandbox_system(&box);
	sandbox_path(&box, SANDBOX_READ, j->ca);
	sandbox_path(&box, SANDBOX_READ, j->key);
	int rc = sandbox_enter(&box, e);
	sandbox_free(&box);
	return rc;
}

/* The certificate in lines. */
static int
tell(const struct buf *leaf, struct err *e)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < leaf->len; i += LINE_BYTES) {
		size_t n = leaf->len - i < LINE_BYTES ? leaf->len - i : LINE_BYTES;
		buf_text(&text, "leaf ");
		base64_put(&text, leaf->data + i, n, false);
		buf_text(&text, "\n");
	}
	bool ok = fwrite(text.data, 1, text.len, stdout) == text.len && fflush(stdout) == 0;
	buf_free(&text);
	return ok ? 0 : err_set(e, "nobody listens");
}

int
main(int argc, char **argv)
{
	struct cert_authority *a = NULL;
	struct buf leaf = { 0 };
	struct job j = { 0 };
	struct err e;

	limit_process();
	if (read_arguments(&j, argc, argv, &e) == -1) {
		fprintf(stderr, "zonewatch-issuer: %s\n%s", e.msg, usage);
		buf_free(&j.request);
		return 64;
	}
	int rc = confine(&j, &e);
	if (rc == 0)
		rc = cert_authority_load(&a, j.ca, j.key, &e);
	if (rc == 0)
		rc = cert_issue(&leaf, a, j.request.data, j.request.len, j.nodes, j.nnodes,
		    (unsigned)j.days, &e);
	cert_authority_free(a);
	if (rc == 0)
		rc = tell(&leaf, &e);
	if (rc == -1)
		fprintf(stderr, "zonewatch-issuer: %s\n", e.msg);
	buf_free(&leaf);
	buf_free(&j.request);
	return rc == 0 ? 0 : 1;
}
