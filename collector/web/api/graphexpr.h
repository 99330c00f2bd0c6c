/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphexpr: a target of Graphite taken apart: a path with patterns, or functions of such. Pure;
 * bounded. */
#ifndef COLLECTOR_WEB_API_GRAPHEXPR_H
#define COLLECTOR_WEB_API_GRAPHEXPR_H

#include <stdbool.h>
#include <stddef.h>

#include "zw/err.h"

#define GRAPHEXPR_MAX_TEXT 1024
#define GRAPHEXPR_MAX_NODES 64
#define GRAPHEXPR_MAX_DEPTH 8

enum graphexpr_kind {
	GRAPHEXPR_PATH,
	GRAPHEXPR_NUMBER,
	GRAPHEXPR_TEXT,
	GRAPHEXPR_CALL
};

/* The functions there are. */
enum graphexpr_function {
	GRAPHEXPR_ALIAS,
	GRAPHEXPR_ALIAS_BY_NODE,
	GRAPHEXPR_SUMMARIZE,
	GRAPHEXPR_SCALE,
	GRAPHEXPR_OFFSET,
	GRAPHEXPR_AVERAGE, /* from here on many lines become one */
	GRAPHEXPR_SUM,
	GRAPHEXPR_MAX,
	GRAPHEXPR_MIN
};

struct graphexpr_node {
	enum graphexpr_kind kind;
	enum graphexpr_function function; /* of a call */
	const char *text;		  /* its own part of the target, n bytes */
	size_t n;
	double number;
	int parent; /* -1: the root */
	int first;  /* of its arguments; -1: none */
	int next;   /* its brother; -1: it is the last */
};

struct graphexpr {
	char text[GRAPHEXPR_MAX_TEXT]; /* what the nodes point into: it must not be moved */
	struct graphexpr_node nodes[GRAPHEXPR_MAX_NODES]; /* the first is the root */
	int n;
};

/* 0, or -1 and the reason. */
int graphexpr_parse(struct graphexpr *x, const char *target, struct err *e)
    __attribute__((warn_unused_result));
/* Whether many lines become one. */
bool graphexpr_joins(const struct graphexpr_node *n);
/* Whether a text is covered by a pattern of n bytes: * ? [a-z] {one,other}. Bounded: false for
 * what would take too long. */
bool graphexpr_covers(const char *pattern, size_t n, const char *text);

#endif
