/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mime: a mail as bytes: RFC 5322 header, RFC 2047 words, MIME parts. Pure. Everything it writes is
 * US-ASCII in lines that end in CRLF and, addresses and ids apart, have at most 76 characters,
 * whatever it is given: no text can begin a header of its own or end the mail. */
#ifndef COLLECTOR_MIME_H
#define COLLECTOR_MIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/buf.h"
#include "zw/err.h"

#define MIME_MAX_ADDRESS 254 /* RFC 5321 4.5.3.1.3, without the brackets */
#define MIME_MAX_ID 250
#define MIME_MAX_HEADER 1024 /* bytes of a header's text; more is cut */
#define MIME_DATE 40
/* Where the text's HTML shows the graph and the floor map. A line that holds one goes when there is
 * no such picture. */
#define MIME_GRAPH_SRC "src=\"cid:graph\""
#define MIME_MAP_SRC "src=\"cid:map\""

struct mime_header {
	const char *name; /* ours: letters and '-' */
	const char *text; /* UTF-8; anything */
};

/* What is attached. All borrowed. */
struct mime_file {
	const char *name; /* UTF-8; anything */
	const char *type; /* ours: "application/pdf" */
	const uint8_t *p;
	size_t n;
};

/* All borrowed. */
struct mime_mail {
	const char *from_name; /* UTF-8 */
	const char *from;      /* address */
	const char *to;	       /* addresses, separated by ", " */
	const char *subject;   /* UTF-8 */
	const char *message_id;
	const char *references; /* or NULL */
	int64_t date_ms;	/* wall */
	const struct mime_header *headers;
	size_t nheaders;
	const char *text;   /* UTF-8, lines end in \n */
	const char *html;   /* likewise */
	const uint8_t *png; /* NULL: no graph */
	size_t png_len;
	const uint8_t *map; /* NULL: no floor map */
	size_t map_len;
	const struct mime_file *file; /* attached; NULL: none */
};

/* Whether s is an address as mail goes to: dot-atom@domain or dot-atom@[literal] in ASCII. */
bool mime_is_address(const char *s);
/* Whether s is a domain name: letters, digits, '-' in labels of at most 63. */
bool mime_is_domain(const char *s);
/* "Sun, 22 Nov 2026 04:51:01 +0400": local time, English whatever the locale. */
void mime_date(char dst[MIME_DATE], int64_t wall_ms);
/* Appends "Name: text\r\n"; text that is not plain short ASCII becomes encoded words. */
void mime_header(struct buf *b, const char *name, const char *text);
/* Appends quoted-printable of UTF-8 text; what is no UTF-8 becomes U+FFFD. Ends in CRLF. */
void mime_quoted_printable(struct buf *b, const char *text);
/* Appends base64 in lines. */
void mime_base64(struct buf *b, const uint8_t *p, size_t n);
/* Appends the whole mail: 0, or -1 and the reason, when an address or an id is none. */
int mime_build(struct buf *b, const struct mime_mail *m, struct err *e)
    __attribute__((warn_unused_result));

#endif
