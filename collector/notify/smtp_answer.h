/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smtp_answer: a line of a relay's answer (RFC 5321, 4.2). Pure. */
#ifndef COLLECTOR_SMTP_ANSWER_H
#define COLLECTOR_SMTP_ANSWER_H

#include <stddef.h>

/* The code of the line that ends an answer, 200 to 599; 0: the answer goes on, or it is none. */
int smtp_answer_code(const char *line, size_t n);
/* The line without its end, cut to what dst holds; bytes as they came. */
void smtp_answer_text(char *dst, size_t size, const char *line, size_t n);

#endif
