/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fitness: what conf_check.c and conf_review.c say of the configuration alone; then its files, by
 * reading them as the collector would; then, if that is all right, what census.c says. */
#include "collector/fitness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/census.h"
#include "collector/conf.h"
#include "zw/fs.h"
#include "zw/tls.h"

/* Whether a file is there and its owner's alone, without reading it: the authority's key is read by
 * zonewatch-issuer and by nobody else. */
static int
secret_check(const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) == -1 || access(path, R_OK) == -1)
		return err_set(e, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, "%s: no regular file", path);
	if ((st.st_mode & 077) != 0)
		return err_set(e, "%s: mode %04o lets others read it; chmod 600 it", path,
		    (unsigned)st.st_mode & 07777);
	return 0;
}

/* Complain of the files that the configuration names and the collector could not start with: their
 * key's line is as wrong as any other's. */
static void
check_files(const struct conf_collector *c, struct conf_errors *ce)
{
	const struct conf_tls *t = &c->tls;
	struct tls *tls = NULL;
	char *secret = NULL;
	struct err e;

	if (t->ca != NULL && t->cert != NULL && t->key != NULL &&
	    tls_server_new(&tls, t->ca, t->cert, t->key, &e) == -1)
		conf_complain(ce, t, NULL, "%s", e.msg);
	tls_free(tls);
	tls = NULL;
	if (c->web.certificate != NULL && c->web.key != NULL &&
	    tls_page_new(&tls, c->web.certificate, c->web.key, &e) == -1)
		conf_complain(ce, &c->web, "certificate", "%s", e.msg);
	tls_free(tls);
	if (c->enroll.ca_key != NULL && secret_check(c->enroll.ca_key, &e) == -1)
		conf_complain(ce, &c->enroll, "ca_key", "%s", e.msg);
	if (c->web.token_file != NULL && fs_read_secret(c->web.token_file, &secret, &e) == -1)
		conf_complain(ce, &c->web, "token_file", "%s", e.msg);
	free(secret);
	secret = NULL;
	if (c->mail.password_file != NULL &&
	    fs_read_secret(c->mail.password_file, &secret, &e) == -1)
		conf_complain(ce, &c->mail, "password_file", "%s", e.msg);
	free(secret);
}

void
fitness_review(void *conf, struct conf_errors *ce)
{
	collector_conf_review(conf, ce);
	check_files(conf, ce);
	if (conf_errors_count(ce) == 0)
		census_review(conf, ce);
}
