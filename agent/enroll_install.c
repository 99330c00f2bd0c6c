/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enroll_install: makes a key, asks for its certificate, installs both. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/enroll_install.h"
#include "zw/fs.h"
#include "zw/str.h"

#define MAX_KEY 65536 /* bytes of a key's file */
#define MAX_MARK 256

/* Whether the user can write where this file lies, which a renewal does, too. */
static int
judge_directory(const char *file, const struct enroll_place *place, struct err *e)
{
	char dir[PATH_MAX];

	if (str_copy(dir, sizeof dir, file) == -1)
		return err_set(e, "%.64s...: the path is too long", file);
	char *slash = strrchr(dir, '/');
	if (slash != NULL)
		*slash = '\0';
	if (access(slash != NULL ? dir : ".", W_OK | X_OK) == 0)
		return 0;
	return err_set(e,
	    "%s cannot write in %s, so it could not renew %s there. Let the configuration's "
	    "section "
	    "tls name files in %s, or give the directory to %s",
	    place->user != NULL ? place->user : "this user", dir, file, place->default_dir,
	    place->user != NULL ? place->user : "it");
}

/* What is kept of a token beside the key that was made for it. */
static void
mark_of(const char *token, char mark[2 * DIGEST_SIZE + 1])
{
	uint8_t digest[DIGEST_SIZE];

	digest_make(token, strlen(token), digest);
	for (size_t i = 0; i < sizeof digest; i++)
		(void)!str_format(mark + 2 * i, 3, "%02x", digest[i]);
}

/* Whether the key that is there was made for this invitation. */
static bool
is_marked(const char *path, const char *mark)
{
	char *text = NULL;
	size_t n;
	bool same = fs_read(path, MAX_MARK, &text, &n, NULL) == 0 && strcmp(text, mark) == 0;

	free(text);
	return same;
}

/* The key that is installed was made for this invitation, and waits to be certified again. */
static int
wait_again(const struct cert_pair *p, const char *waiting, struct err *e)
{
	char *key = NULL;
	size_t n;

	if (fs_read(p->key, MAX_KEY, &key, &n, e) == -1)
		return -1;
	int rc = fs_replace(waiting, key, n, e);
	explicit_bzero(key, n);
	free(key);
	return rc;
}

/* A request by a key that is this invitation's alone: the one that was made for it when this was
 * run before, for the collector answers no other; else a new one. */
static int
make_request(const struct cert_pair *p, const char *waiting, const char *token, struct buf *request,
    struct err *e)
{
	char mark[2 * DIGEST_SIZE + 1], path[PATH_MAX];

	mark_of(token, mark);
	if (str_format(path, sizeof path, "%s.token", p->key) == -1)
		return err_set(e, "%.64s...: the path is too long", p->key);
	if (is_marked(path, mark) &&
	    (access(waiting, F_OK) == 0 || wait_again(p, waiting, e) == 0) &&
	    cert_request(request, waiting, e) == 0)
		return 0;
	buf_clear(request);
	if (cert_pair_renew(p, request, e) == -1)
		return -1;
	return fs_replace(path, mark, strlen(mark), e);
}

/* Ask. */
static enum enroll_result
ask(const struct enroll_question *q, const struct cert_pair *p, const char *waiting,
    struct buf *leaf, struct buf *authority, struct err *e)
{
	struct buf request = { 0 };
	enum enroll_result rc = ENROLL_HERE;

	if (make_request(p, waiting, q->token, &request, e) == 0)
		rc = enroll_ask(q, &request, leaf, authority, e);
	buf_free(&request);
	return rc;
}

/* What was done. */
static void
say_done(const struct enroll_place *place, const struct tls_identity *id,
    const struct cert_facts *f, FILE *out)
{
	char end[16] = "?", more[32] = "";
	time_t t = (time_t)(f->not_after_ms / 1000);
	struct tm tm;

	if (gmtime_r(&t, &tm) != NULL)
		strftime(end, sizeof end, "%Y-%m-%d", &tm);
	if (id->n > 1)
		(void)!str_format(more, sizeof more, " and %zu more", id->n - 1);
	fprintf(out,
	    "this machine is %s%s now; its certificate is good until %s and renews itself\n"
	    "  installed %s, %s, %s%s%s\n",
	    id->nodes[0], more, end, place->pair.ca, place->pair.cert, place->pair.key,
	    place->user != NULL ? ", of " : "", place->user != NULL ? place->user : "");
}

/* Judge what came, and put it in its place. */
static enum enroll_result
install(const struct enroll_place *place, const struct buf *leaf, const struct buf *authority,
    FILE *out, struct err *e)
{
	struct tls_identity id;
	struct cert_facts f;
	enum enroll_result rc = ENROLL_HERE;

	if (cert_facts_of_der(&f, leaf->data, leaf->len, e) == -1 ||
	    tls_identity_of_der(leaf->data, leaf->len, &id, e) == -1)
		return ENROLL_REFUSED;
	if (place->one_node && id.n != 1) {
		err_set(e,
		    "the invitation is a gateway's: it speaks for %zu nodes. Run it as "
		    "zonewatch-gateway enroll, with a new one",
		    id.n);
		rc = ENROLL_REFUSED;
	} else if (cert_pair_install(&place->pair, leaf->data, leaf->len, authority->data,
		       authority->len, NULL, e) == 0) {
		say_done(place, &id, &f, out);
		rc = ENROLL_DONE;
	}
	tls_identity_clear(&id);
	return rc;
}

/* Makes a key, asks for its certificate, installs both. */
enum enroll_result
enroll_install(
    const struct enroll_question *q, const struct enroll_place *place, FILE *out, struct err *e)
{
	const struct cert_pair *p = &place->pair;
	struct buf leaf = { 0 }, authority = { 0 };
	char waiting[PATH_MAX];

	if (str_format(waiting, sizeof waiting, "%s.new", p->key) == -1) {
		err_set(e, "%.64s...: the path is too long", p->key);
		return ENROLL_HERE;
	}
	if (judge_directory(p->key, place, e) == -1 || judge_directory(p->cert, place, e) == -1 ||
	    judge_directory(p->ca, place, e) == -1 || cert_pair_recover(p, e) == -1)
		return ENROLL_HERE;
	enum enroll_result rc = ask(q, p, waiting, &leaf, &authority, e);
	if (rc == ENROLL_DONE)
		rc = install(place, &leaf, &authority, out, e);
	buf_free(&leaf);
	buf_free(&authority);
	return rc;
}
