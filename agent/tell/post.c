/* SPDX-License-Identifier: GPL-3.0-or-later */
/* post: the relay by libcurl in its simplest form: one mail, one connection, then the program ends.
 */
#include "agent/tell/post.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/deadman_conf.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/str.h"

#define URL_MAX 512
#define ADDRESS_MAX 260

/* What is still to be read of the mail. */
struct reading {
	const uint8_t *p;
	size_t left;
};

/* CURLOPT_READFUNCTION. */
static size_t
read_cb(char *dst, size_t size, size_t n, void *arg)
{
	struct reading *r = arg;
	size_t take = size * n < r->left ? size * n : r->left;

	memcpy(dst, r->p, take);
	r->p += take;
	r->left -= take;
	return take;
}

/* How TLS is to be used; a password never goes without it. */
static long
tls_of(const struct conf_deadman_mail *c)
{
	if (strcmp(c->starttls, "never") == 0)
		return CURLUSESSL_NONE;
	return strcmp(c->starttls, "offered") == 0 && c->user == NULL ? CURLUSESSL_TRY
								      : CURLUSESSL_ALL;
}

/* Where, and how to get in. */
static int
set_relay(CURL *h, const struct conf_deadman_mail *c, struct err *e)
{
	const char *domain = strchr(c->from, '@');
	char url[URL_MAX], *password = NULL;
	size_t n = strlen(c->transport);

	if (n > 0 && c->transport[n - 1] == '/')
		n--;
	if (str_format(url, sizeof url, "%.*s/%s", (int)n, c->transport,
		domain != NULL ? domain + 1 : "localhost") == -1)
		return err_set(e, "the transport is too long");
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)c->timeout);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)c->timeout);
	curl_easy_setopt(h, CURLOPT_USE_SSL, tls_of(c));
	curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (c->ca != NULL) {
		curl_easy_setopt(h, CURLOPT_CAINFO, c->ca);
		curl_easy_setopt(h, CURLOPT_CAPATH, NULL);
	}
	if (c->user == NULL || c->password_file == NULL)
		return 0;
	if (fs_read_secret(c->password_file, &password, e) == -1)
		return -1;
	curl_easy_setopt(h, CURLOPT_USERNAME, c->user);
	curl_easy_setopt(h, CURLOPT_PASSWORD, password);
	/* Else a user with an '@' makes libcurl ask for Kerberos. */
	curl_easy_setopt(h, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN;AUTH=CRAM-MD5");
	explicit_bzero(password, strlen(password));
	free(password);
	return 0;
}

/* From whom to whom. */
static struct curl_slist *
set_envelope(CURL *h, const struct conf_deadman_mail *c)
{
	struct curl_slist *to = NULL;
	char address[ADDRESS_MAX];

	(void)snprintf(address, sizeof address, "<%s>", c->from);
	curl_easy_setopt(h, CURLOPT_MAIL_FROM, address);
	for (size_t i = 0; i < c->to.n; i++) {
		(void)snprintf(address, sizeof address, "<%s>", c->to.v[i]);
		to = curl_slist_append(to, address);
	}
	curl_easy_setopt(h, CURLOPT_MAIL_RCPT, to);
	/* One address that is gone shall not keep the mail from the others. */
	curl_easy_setopt(h, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
	return to;
}

/* To the relay. */
static int
send_smtp(const struct conf_deadman_mail *c, const struct buf *mail, struct err *e)
{
	struct reading r = { .p = mail->data, .left = mail->len };
	char why[CURL_ERROR_SIZE] = "";
	struct curl_slist *to = NULL;
	CURLcode code;
	CURL *h;
	int rc = -1;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (h = curl_easy_init()) == NULL)
		return err_set(e, "cannot start libcurl");
	if (set_relay(h, c, e) == -1)
		goto out;
	to = set_envelope(h, c);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, why);
	curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(h, CURLOPT_READFUNCTION, read_cb);
	curl_easy_setopt(h, CURLOPT_READDATA, &r);
	curl_easy_setopt(h, CURLOPT_INFILESIZE_LARGE, (curl_off_t)mail->len);
	code = curl_easy_perform(h);
	rc = code == CURLE_OK ? 0
			      : err_set(e, "%s: %s", c->transport,
				    *why != '\0' ? why : curl_easy_strerror(code));
out:
	curl_slist_free_all(to);
	curl_easy_cleanup(h);
	curl_global_cleanup();
	return rc;
}

/* Into tmp, flushed, then into new. */
static int
send_maildir(const char *dir, const char *name, const struct buf *mail, struct err *e)
{
	static const char *const parts[] = { "cur", "new", "tmp" };
	char from[PATH_MAX], to[PATH_MAX], path[PATH_MAX];

	for (size_t i = 0; i < 3; i++)
		if (str_format(path, sizeof path, "%s/%s", dir, parts[i]) == -1 ||
		    fs_mkdirs(path, 0700, e) == -1)
			return err_set(e, "cannot make the maildir %s", dir);
	if (str_format(from, sizeof from, "%s/tmp/%s", dir, name) == -1 ||
	    str_format(to, sizeof to, "%s/new/%s", dir, name) == -1)
		return err_set(e, "%s: path too long", dir);
	int fd = open(from, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return err_set(e, "%s: %s", from, strerror(errno));
	int rc = fs_pwrite(fd, mail->data, mail->len, 0) == -1 || fsync(fd) == -1 ? -1 : 0;
	if (rc == -1)
		(void)err_set(e, "%s: %s", from, strerror(errno));
	close(fd);
	if (rc == 0 && rename(from, to) == -1)
		rc = err_set(e, "%s: %s", to, strerror(errno));
	return rc;
}

const char *
post_maildir(const struct conf_deadman_mail *c)
{
	static const char scheme[] = "maildir:";
	const size_t n = sizeof scheme - 1;

	return c->transport != NULL && strncmp(c->transport, scheme, n) == 0 ? c->transport + n
									     : NULL;
}

int
post_send(
    const struct conf_deadman_mail *c, const char *name, const struct buf *mail, struct err *e)
{
	const char *dir = post_maildir(c);

	if (c->transport == NULL || c->to.n == 0)
		return err_set(e, "the configuration names no transport or nobody to mail to");
	if (dir != NULL)
		return send_maildir(dir, name, mail, e);
	return send_smtp(c, mail, e);
}
