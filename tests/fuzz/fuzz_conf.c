/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as a configuration: it loads, and then what is dumped of it loads again to the same; or
 * it is refused with at least one complaint. The files live in memory (memfd), beside nothing. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collector/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 loses the texts it has read when it meets a syntax error. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig.so";
}

/* Load a text from a file in memory; errors go to `errors`. */
static void *
load(const void *text, size_t n, void (*check)(void *, struct conf_errors *), FILE *errors)
{
	char path[64];
	void *conf = NULL;
	unsigned count = 0;
	int fd = memfd_create("conf", MFD_CLOEXEC);

	assert(fd != -1 && write(fd, text, n) == (ssize_t)n);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int rc = conf_load(&collector_conf_table, path, &conf, check, errors, &count);
	assert((rc == 0) == (count == 0) && (rc == 0) == (conf != NULL));
	close(fd);
	return conf;
}

/* What -D would print; freed by the caller. */
static char *
dump(const void *conf, size_t *n)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, n);

	assert(f != NULL);
	conf_dump(&collector_conf_table, conf, f);
	fclose(f);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *said = NULL, *first, *second;
	size_t said_n = 0, first_n, second_n;

	if (n > 65536)
		return 0;
	FILE *errors = open_memstream(&said, &said_n);
	assert(errors != NULL);
	void *conf = load(data, n, collector_conf_review, errors);
	fclose(errors);
	assert(conf != NULL || said_n > 0); /* of what loads there may be warnings */
	free(said);
	if (conf == NULL)
		return 0;
	first = dump(conf, &first_n);
	conf_free(&collector_conf_table, conf);
	conf = load(first, first_n, collector_conf_check, stderr);
	assert(conf != NULL);
	second = dump(conf, &second_n);
	assert(strcmp(first, second) == 0);
	conf_free(&collector_conf_table, conf);
	free(first);
	free(second);
	return 0;
}
