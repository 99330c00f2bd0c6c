/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page and the API as the rest of the collector sees them: made from the configuration. */
#include "collector/web/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/util.h>

#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/damage.h"
#include "collector/web/accounts.h"
#include "collector/web/auth.h"
#include "collector/web/http.h"
#include "collector/web/live.h"
#include "collector/web/wall.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/tls.h"

struct web {
	struct collector *c;
	struct http *http;
	struct auth_hosts hosts;
	struct tls *tls;
	char *token;
	char *accounts_path;
};

/* The token of the file, whole and usable. */
static int
read_token(struct web *w, const char *path, struct err *e)
{
	struct err why;
	if (fs_read_secret(path, &w->token, &why) == -1)
		return err_set(e, "web.token_file: %s", why.msg);
	if (auth_check_token(w->token, &why) == -1)
		return err_set(e, "web.token_file: %s: %s", path, why.msg);
	return 0;
}

/* The accounts cannot be read (e says why): nobody would be told of anything if that kept the
 * collector from its start. A mode that is too open is mended; anything else is put aside, and
 * begun anew: the token of the configuration is then the only way in. */
static int
web_mend_accounts(struct web *w, struct err *e)
{
	char *aside =
	    xasprintf("%s.damaged-%lld", w->accounts_path, (long long)clock_wall_ms() / 1000);
	struct err why = *e;
	struct stat st;
	int rc = lstat(w->accounts_path, &st);

	if (rc == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) != 0 && st.st_uid == geteuid())
		rc = chmod(w->accounts_path, 0600);
	else if (rc == 0)
		rc = rename(w->accounts_path, aside);
	free(aside);
	if (rc == -1)
		return -1;
	log_warnx("web", "accounts: %s; mended or put aside, and gone on", why.msg);
	damage_note(w->c->damage, "accounts.json", why.msg, clock_mono_ms());
	return 0;
}

int
web_new(struct web **out, struct event_base *base, struct collector *c, struct err *e)
{
	const struct conf_web *conf = &c->conf->web;
	struct web *w = xcalloc(1, sizeof *w);
	struct err why;
	struct sockaddr_storage ss;
	int len = sizeof ss;
	*out = NULL;
	w->c = c;
	if (evutil_parse_sockaddr_port(conf->listen, (struct sockaddr *)&ss, &len) == -1) {
		err_set(e, "web.listen: \"%s\" is not an address:port", conf->listen);
		goto fail;
	}
	if (read_token(w, conf->token_file, e) == -1)
		goto fail;
	w->accounts_path = xasprintf("%s/accounts.json", c->conf->store.dir);
	auth_hosts_init(&w->hosts, conf->listen, conf->url);
	struct accounts_options who = {
		.path = w->accounts_path,
		.token = w->token,
		.idle_ms = conf->session,
		.longest_ms = conf->session_longest,
	};
	if (accounts_new(&c->accounts, base, &who, e) == -1 &&
	    (web_mend_accounts(w, e) == -1 || accounts_new(&c->accounts, base, &who, e) == -1))
		goto fail;
	/* A quarter of the connections is for what is not a stream. */
	int64_t most = conf->max_connections - conf->max_connections / 4;
	c->live =
	    live_new(base, c, (unsigned)(conf->max_streams < most ? conf->max_streams : most));
	c->wall = wall_new(base, c);
	if (conf->certificate != NULL && conf->key != NULL &&
	    tls_page_new(&w->tls, conf->certificate, conf->key, &why) == -1) {
		err_set(e, "web.certificate: %s", why.msg);
		goto fail;
	}
	struct http_options o = {
		.collector = c,
		.hosts = &w->hosts,
		.max_connections = (unsigned)conf->max_connections,
		.tls = w->tls,
		.behind_tls = conf->url != NULL && strncmp(conf->url, "https://", 8) == 0,
	};
	if (http_new(&w->http, base, (struct sockaddr *)&ss, len, &o, &why) == -1) {
		err_set(e, "web.listen: cannot listen on %s: %s", conf->listen, why.msg);
		goto fail;
	}
	log_info("web", "listens on %s://%s/", w->tls != NULL ? "https" : "http", conf->listen);
	*out = w;
	return 0;
fail:
	web_free(w);
	return -1;
}

/* Take another token, if the file holds another. */
static int
renew_token(struct web *w, const char *path, struct err *e)
{
	char *old = w->token;

	w->token = NULL;
	if (read_token(w, path, e) == -1) {
		free(w->token);
		w->token = old;
		return -1;
	}
	if (strcmp(old, w->token) != 0)
		accounts_use_token(w->c->accounts, w->token);
	explicit_bzero(old, strlen(old));
	free(old);
	return 0;
}

int
web_renew(struct web *w, struct err *e)
{
	const struct conf_web *conf = &w->c->conf->web;

	if (w->tls != NULL && tls_page_reload(w->tls, conf->certificate, conf->key, e) == -1)
		return -1;
	return renew_token(w, conf->token_file, e);
}

int
web_listener(const struct web *w)
{
	return http_listener(w->http);
}

void
web_free(struct web *w)
{
	if (w == NULL)
		return;
	http_free(w->http);
	live_free(w->c->live);
	w->c->live = NULL;
	wall_free(w->c->wall);
	w->c->wall = NULL;
	accounts_free(w->c->accounts);
	w->c->accounts = NULL;
	free(w->accounts_path);
	tls_free(w->tls);
	auth_hosts_clear(&w->hosts);
	if (w->token != NULL)
		explicit_bzero(w->token, strlen(w->token));
	free(w->token);
	free(w);
}
