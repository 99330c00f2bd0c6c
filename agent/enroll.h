/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enroll: the command "zonewatch-agent enroll" and "zonewatch-gateway enroll": a machine without a
 * certificate comes to one by an invitation, and renews it by itself from then on. */
#ifndef AGENT_ENROLL_H
#define AGENT_ENROLL_H

#include <stdbool.h>

#include "zw/cert.h"

struct enroll_about {
	const char *program;	  /* "zonewatch-agent"; also the unit's name and the user's */
	const char *name;	  /* "agent": agent.crt, agent.key */
	const char *default_conf; /* path */
	const char *default_dir;  /* of the certificate: the service's user can write there */
	bool one_node;		  /* an agent speaks for itself alone */
	/* Where a configuration that is there says that the certificate lies: 0 with strings that
	 * the caller frees, or -1 with the reasons printed. */
	int (*pair)(const char *conf, char **ca, char **cert, char **key);
};

/* Whether the command line asks for it. */
bool enroll_wanted(int argc, char **argv);
/* Does it; returns the program's exit code: enum enroll_result, or 64. */
int enroll_main(const struct enroll_about *about, int argc, char **argv);

#endif
