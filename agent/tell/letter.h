/* SPDX-License-Identifier: GPL-3.0-or-later */
/* letter: a mail of the dead-man's switch as bytes, RFC 5322 and MIME. Pure but for the time zone.
 * All of it is ASCII in lines that end in CRLF, whatever the facts are. */
#ifndef AGENT_TELL_LETTER_H
#define AGENT_TELL_LETTER_H

#include "agent/deadman_facts.h"

struct conf_deadman_mail;

#define LETTER_MAX_ID 400

/* The Message-ID's inner part: the same for the same facts, so that what is sent twice can be
 * known; the end of a silence refers to its beginning, whoever wrote that. */
void letter_id(char dst[LETTER_MAX_ID], const char *from, uint64_t id, bool over);
/* Appends the whole mail. */
void letter_write(
    struct buf *b, const struct conf_deadman_mail *conf, const struct deadman_facts *f);
/* Appends subject, an empty line and text alone, in UTF-8. */
void letter_text(struct buf *b, const char *language, const struct deadman_facts *f);

#endif
