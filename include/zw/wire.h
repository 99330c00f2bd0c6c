/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire: the frames between agent and collector, zonewatch-wire(7). Pure: bytes in, structs out.
 *
 * A frame is a header of 12 bytes and a payload:
 *
 *   0  u8   magic 'Z'
 *   1  u8   version, 1
 *   2  u8   type
 *   3  u8   flags
 *   4  u32  length of the payload, big-endian, at most WIRE_MAX_PAYLOAD
 *   8  u32  crc32c of the type byte and the payload, big-endian
 *
 * The checksum leaves the flags out, so that a batch may travel live and later again in order
 * without being encoded anew: its type and payload go unchanged from the agent's spool through
 * the connection into the collector's journal. */
#ifndef ZW_WIRE_H
#define ZW_WIRE_H

#include "zw/buf.h"
#include "zw/err.h"
#include "zw/metric.h"

#define WIRE_VERSION 1
#define WIRE_HEADER 12
#define WIRE_MAX_PAYLOAD 65524 /* a frame is at most 64 KiB */
#define WIRE_MAX_SERIES 4096   /* definitions a stream may make */
#define WIRE_MAX_TEXT 512      /* bytes of an event's or error's text */
#define WIRE_STREAM_ID 16

enum wire_type {
	WIRE_HELLO = 1,	  /* agent -> collector, first */
	WIRE_WELCOME = 2, /* collector -> agent, its answer */
	WIRE_DEFINE = 3,  /* agent: a series, before its first batch in this session */
	WIRE_BATCH = 4,	  /* agent: one moment's values; numbered */
	WIRE_EVENT = 5,	  /* agent: something that happened; numbered */
	WIRE_ACK = 6,	  /* collector: all numbers up to this are durable */
	WIRE_PING = 7,	  /* either */
	WIRE_PONG = 8,
	WIRE_ERROR = 9, /* collector: why a frame or the session is refused */
	WIRE_ENROLL =
	    10, /* agent, alone on a connection without a certificate: a token, a request */
	WIRE_RENEW = 11,      /* agent, in a session: a request for its next certificate */
	WIRE_CERTIFICATE = 12 /* collector: the answer to either */
};

/* A batch beside the order: shown and judged now, stored when it comes again in its turn. */
#define WIRE_FLAG_LIVE 0x01

struct wire_header {
	uint8_t type;
	uint8_t flags;
	uint32_t length;
	uint32_t crc;
};

struct wire_hello {
	uint8_t stream[WIRE_STREAM_ID]; /* random, made with the spool; numbers count within it */
	uint64_t first_seq;		/* oldest number still in the spool */
	uint64_t next_seq;		/* the number that the next record will get */
	int64_t sent_ms;		/* agent's wall clock */
	uint32_t step_s;
	char agent[64]; /* program and version, for people */
};

struct wire_welcome {
	uint64_t durable_seq;	/* highest number of this stream that is durable here; 0: none */
	int64_t hello_sent_ms;	/* echo of wire_hello.sent_ms */
	int64_t hello_recv_ms;	/* collector's wall clock when the hello arrived */
	int64_t sent_ms;	/* and when this left */
	uint32_t window_frames; /* most numbered frames that may be unacknowledged */
	uint32_t window_bytes;
	char node[NAME_MAX_NODE + 1]; /* who the collector takes the agent for */
};

enum wire_severity {
	WIRE_INFO = 0,
	WIRE_WARNING = 1,
	WIRE_CRITICAL = 2
};

struct wire_event {
	uint64_t seq;
	int64_t time_ms; /* agent's wall clock */
	enum wire_severity severity;
	uint32_t series;		/* id of the series concerned, or 0 */
	char code[NAME_MAX_SOURCE + 1]; /* a name: "source-stuck", "spool-thinned" */
	char text[WIRE_MAX_TEXT + 1];
};

struct wire_ping {
	int64_t sent_ms; /* sender's wall clock */
};

struct wire_pong {
	int64_t ping_sent_ms; /* echo */
	int64_t recv_ms;
};

enum wire_error_code {
	WIRE_E_IDENTITY = 1,  /* the certificate names no node of this site */
	WIRE_E_VERSION = 2,   /* no protocol version in common */
	WIRE_E_FRAME = 3,     /* malformed */
	WIRE_E_ORDER = 4,     /* not allowed at this point of the session */
	WIRE_E_LIMIT = 5,     /* too large, too many, too fast */
	WIRE_E_UNDEFINED = 6, /* a batch names a series that was not defined */
	WIRE_E_TIME = 7, /* a time stamp out of bounds; the record is skipped and acknowledged */
	WIRE_E_REPLACED = 8, /* a newer connection has the same identity */
	WIRE_E_STOPPING = 9, /* the collector is shutting down */
	WIRE_E_REVOKED = 10, /* the certificate was taken back */
	WIRE_E_ENROLL = 11   /* no certificate is given: of the token, the request, the rate */
};

/* A request is PKCS#10 in DER (RFC 2986); of it the collector takes the public key alone, for whom
 * it is the token or the session says. */
#define WIRE_MAX_REQUEST 4096
#define WIRE_MAX_TOKEN 64

struct wire_enroll {
	char token[WIRE_MAX_TOKEN + 1]; /* printable; the caller wipes it */
	char agent[64];			/* program and version, for people */
	const uint8_t *request;		/* borrowed from the payload */
	size_t nrequest;
};

/* Certificates in DER, one after the other: the node's, then its authority's. */
struct wire_certificate {
	const uint8_t *leaf; /* borrowed from the payload */
	size_t nleaf;
	const uint8_t *authority;
	size_t nauthority;
};

struct wire_error {
	uint8_t code;
	uint64_t seq; /* the record refused, or 0 for the session */
	char text[WIRE_MAX_TEXT + 1];
};

/* The header over these payload bytes. */
void wire_header_encode(
    uint8_t out[WIRE_HEADER], uint8_t type, uint8_t flags, const void *payload, uint32_t length);
/* Judges magic, version, type and length (against max): 0, or -1 and the reason. */
int wire_header_decode(const uint8_t in[WIRE_HEADER], uint32_t max, struct wire_header *h,
    struct err *e) __attribute__((warn_unused_result));
/* Whether the payload is what the header's checksum was made of. */
bool wire_payload_intact(const struct wire_header *h, const void *payload);
const char *wire_type_name(uint8_t type);

/* Encoders append a payload to b. Decoders read one payload of exactly n bytes and return 0, or
 * -1 and the reason; they allocate nothing. */
void wire_hello_encode(struct buf *b, const struct wire_hello *m);
int wire_hello_decode(const void *p, size_t n, struct wire_hello *m, struct err *e)
    __attribute__((warn_unused_result));
void wire_welcome_encode(struct buf *b, const struct wire_welcome *m);
int wire_welcome_decode(const void *p, size_t n, struct wire_welcome *m, struct err *e)
    __attribute__((warn_unused_result));
void wire_define_encode(struct buf *b, const struct series_def *def);
int wire_define_decode(const void *p, size_t n, struct series_def *def, struct err *e)
    __attribute__((warn_unused_result)); /* the result passes series_def_check() */
void wire_event_encode(struct buf *b, const struct wire_event *m);
int wire_event_decode(const void *p, size_t n, struct wire_event *m, struct err *e)
    __attribute__((warn_unused_result));
void wire_ack_encode(struct buf *b, uint64_t seq);
int wire_ack_decode(const void *p, size_t n, uint64_t *seq, struct err *e)
    __attribute__((warn_unused_result));
void wire_ping_encode(struct buf *b, const struct wire_ping *m);
int wire_ping_decode(const void *p, size_t n, struct wire_ping *m, struct err *e)
    __attribute__((warn_unused_result));
void wire_pong_encode(struct buf *b, const struct wire_pong *m);
int wire_pong_decode(const void *p, size_t n, struct wire_pong *m, struct err *e)
    __attribute__((warn_unused_result));
void wire_error_encode(struct buf *b, const struct wire_error *m);
int wire_error_decode(const void *p, size_t n, struct wire_error *m, struct err *e)
    __attribute__((warn_unused_result));
void wire_enroll_encode(struct buf *b, const struct wire_enroll *m);
int wire_enroll_decode(const void *p, size_t n, struct wire_enroll *m, struct err *e)
    __attribute__((warn_unused_result));
/* A RENEW's payload is the request itself, of 1 to WIRE_MAX_REQUEST bytes. */
void wire_certificate_encode(struct buf *b, const struct wire_certificate *m);
int wire_certificate_decode(const void *p, size_t n, struct wire_certificate *m, struct err *e)
    __attribute__((warn_unused_result));
/* The number of a BATCH or EVENT payload (both begin with it): 0, or -1. */
int wire_seq_peek(const void *p, size_t n, uint64_t *seq) __attribute__((warn_unused_result));

#endif
