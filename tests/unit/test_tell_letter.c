/* link: zwtell */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The letter: what it says, and that whatever the facts are it is ASCII in short lines, with no
 * header but ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/deadman_conf.h"
#include "agent/tell/letter.h"

/* Facts of an ordinary silence. */
static struct deadman_facts *
facts(bool over)
{
	struct deadman_facts *f = calloc(1, sizeof *f);

	f->over = over;
	f->id = 0xabc;
	f->quiet_ms = 1795312800000;
	f->now_ms = f->quiet_ms + 125000;
	f->peers = 37;
	f->heard = 36;
	strcpy(f->node, "srv-01");
	strcpy(f->collectors, "monitor.dc.example:7481");
	strcpy(f->unheard, "srv-09");
	return f;
}

/* How it mails. */
static struct conf_deadman_mail *
conf(void)
{
	struct conf_deadman_mail *c = conf_defaults(&deadman_mail_table);

	c->to.v = calloc(2, sizeof *c->to.v);
	c->to.v[0] = strdup("a@dc.example");
	c->to.v[1] = strdup("b@dc.example");
	c->to.n = 2;
	return c;
}

/* Its bytes as a string. */
static char *
text(void (*write)(struct buf *b, void *arg), void *arg)
{
	struct buf b = { 0 };

	write(&b, arg);
	buf_u8(&b, 0);
	return (char *)b.data;
}

static void
write_english(struct buf *b, void *arg)
{
	letter_text(b, "en", arg);
}

static void
write_whole(struct buf *b, void *arg)
{
	struct conf_deadman_mail *c = conf();

	letter_write(b, c, arg);
	conf_free(&deadman_mail_table, c);
}

static void
test_silent(void **state)
{
	struct deadman_facts *f = facts(false);
	char *s = text(write_english, f);

	(void)state;
	assert_ptr_equal(
	    strstr(s, "Monitoring is silent: no agent reaches the collector for 2 min 5 s\n\n"), s);
	assert_non_null(
	    strstr(s, "The collector (monitor.dc.example:7481) has taken nothing since "));
	assert_non_null(strstr(s, "neither can any of the 36 other agents that it hears, of 37."));
	assert_non_null(strstr(s, "\nNot heard: srv-09.\n"));
	free(s);
	f->peers = f->heard = 0;
	f->unheard[0] = '\0';
	s = text(write_english, f);
	assert_non_null(strstr(s, "\nsrv-01, which writes this, cannot deliver.\n"));
	assert_null(strstr(s, "Not heard"));
	free(s);
	free(f);
}

static void
test_over(void **state)
{
	struct deadman_facts *f = facts(true);
	char *s = text(write_english, f);

	(void)state;
	assert_ptr_equal(
	    strstr(s, "Monitoring is back: the collector was silent for 2 min 5 s\n\n"), s);
	free(s);
	s = text(write_whole, f);
	assert_non_null(strstr(s, "\r\nMessage-ID: <0000000000000abc.over.deadman@localhost>\r\n"));
	assert_non_null(
	    strstr(s, "\r\nReferences: <0000000000000abc.silent.deadman@localhost>\r\n"));
	assert_non_null(strstr(s, "\r\nTo: a@dc.example,\r\n b@dc.example\r\n"));
	free(s);
	free(f);
}

/* Names come from configurations: what is in them can neither break lines nor the mail. */
static void
test_hostile(void **state)
{
	struct deadman_facts *f = facts(false);
	char *s;
	size_t line = 0;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof f->unheard; i += 2)
		memcpy(f->unheard + i, i % 8 == 0 ? "\r\n" : "\xc9\x99", 2);
	strcpy(f->collectors, "x\r\n.\r\nBcc: y@z\r\n\r\n");
	s = text(write_whole, f);
	assert_null(strstr(s, "\nBcc"));
	assert_null(strstr(s, "\n.\r"));
	for (const char *p = s; *p != '\0'; p++) {
		assert_true((*p >= ' ' && *p <= '~') || *p == '\r' || *p == '\n');
		assert_true(*p != '\n' || p[-1] == '\r');
		assert_true(*p != '\r' || p[1] == '\n');
		line = *p == '\n' ? 0 : line + 1;
		assert_true(line <= 79);
	}
	free(s);
	free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_over),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
