/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zonewatch-tell CONF: mails for an agent or gateway that the collector is silent, or that it is
 * back. Run by them only then (agent/deadman_mail.c), so that neither links what mailing needs. The
 * facts come on standard input; CONF says where and how, and holds no secret itself. Exit code 0:
 * the mail has been taken. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/deadman_conf.h"
#include "agent/tell/letter.h"
#include "agent/tell/post.h"
#include "zw/fs.h"
#include "zw/lang.h"
#include "zw/log.h"
#include "zw/sandbox.h"

#define PROGRAM "zonewatch-tell"

/* All of the standard input. */
static int
read_facts(struct deadman_facts *f, struct err *e)
{
	struct buf b = { 0 };
	char part[4096];
	ssize_t n;
	int rc;

	while ((n = read(STDIN_FILENO, part, sizeof part)) > 0 && b.len <= DEADMAN_FACTS_MAX)
		buf_put(&b, part, (size_t)n);
	if (n == -1 || b.len > DEADMAN_FACTS_MAX)
		rc = err_set(e, "cannot read the facts");
	else
		rc = deadman_facts_decode((const char *)b.data, b.len, f, e);
	buf_free(&b);
	return rc;
}

/* Writes the mail and hands it over. */
static int
tell(const struct conf_deadman_mail *c, struct err *e)
{
	struct deadman_facts *f = malloc(sizeof *f);
	struct buf mail = { 0 };
	char id[LETTER_MAX_ID], name[LETTER_MAX_ID + 8];
	int rc = f == NULL ? err_set(e, "out of memory") : read_facts(f, e);

	if (rc == 0) {
		letter_write(&mail, c, f);
		letter_id(id, c->from, f->id, f->over);
		(void)snprintf(name, sizeof name, "%s.eml", id);
		rc = post_send(c, name, &mail, e);
	}
	buf_free(&mail);
	free(f);
	return rc;
}

/* Before anything of others is read, the facts, the relay's answers: the files that mailing needs.
 */
static int
confine(const struct conf_deadman_mail *c, struct err *e)
{
	struct sandbox box = { .calls = SANDBOX_TCP };
	const char *dir = post_maildir(c);

	if (dir != NULL && fs_mkdirs(dir, 0700, e) == -1)
		return -1;
	sandbox_system(&box);
	sandbox_path(&box, SANDBOX_READ, lang_dir());
	sandbox_path(&box, SANDBOX_READ, "/etc/ssl/certs");
	sandbox_path(&box, SANDBOX_READ, "/run/systemd/resolve");
	sandbox_path(&box, SANDBOX_READ, c->ca);
	sandbox_path(&box, SANDBOX_READ, c->password_file);
	sandbox_path(&box, SANDBOX_WRITE, dir);
	int rc = sandbox_files(&box, e);
	sandbox_free(&box);
	return rc;
}

int
main(int argc, char **argv)
{
	unsigned errors = 0;
	void *conf = NULL;
	struct err e;

	log_init(PROGRAM, LOG_LEVEL_INFO);
	if (argc != 2 || argv[1][0] == '-') {
		fprintf(stderr, "usage: " PROGRAM " CONF < facts\n");
		return 64;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	(void)umask(077);
	lang_init();
	if (conf_load(&deadman_mail_table, argv[1], &conf, NULL, stderr, &errors) == -1)
		return 1;
	int rc = confine(conf, &e);
	if (rc == 0)
		rc = tell(conf, &e);
	if (rc == -1)
		log_warnx("mail", "%s", e.msg);
	conf_free(&deadman_mail_table, conf);
	return rc == 0 ? 0 : 1;
}
