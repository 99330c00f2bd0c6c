/* SPDX-License-Identifier: GPL-3.0-or-later */
/* post: hands a mail to a relay or puts it into a maildir; blocks. */
#ifndef AGENT_TELL_POST_H
#define AGENT_TELL_POST_H

#include "zw/buf.h"
#include "zw/err.h"

struct conf_deadman_mail;

/* The directory of the transport "maildir:DIR"; NULL: it is a relay. */
const char *post_maildir(const struct conf_deadman_mail *c);
/* name: of the file in a maildir. 0 when it has been taken for at least one recipient. */
int post_send(const struct conf_deadman_mail *c, const char *name, const struct buf *mail,
    struct err *e) __attribute__((warn_unused_result));

#endif
