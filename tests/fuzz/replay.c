/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay: runs a fuzz target over the files of its corpus, where libFuzzer is not at hand. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "zw/err.h"
#include "zw/fs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Feed one file of the corpus to the target. */
static int
replay_file(const char *dir, const char *name)
{
	char path[4096];
	char *data;
	size_t n;
	struct err e;

	if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) >= sizeof path ||
	    fs_read(path, 1 << 20, &data, &n, &e) == -1)
		return -1;
	/* A copy of the exact size, so that the sanitizer sees a read past the end. */
	uint8_t *exact = malloc(n ? n : 1);
	for (size_t i = 0; i < n; i++)
		exact[i] = (uint8_t)data[i];
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	free(data);
	return 0;
}

int
main(int argc, char **argv)
{
	unsigned files = 0;

	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);
		if (d == NULL) {
			perror(argv[i]);
			return 1;
		}
		for (struct dirent *de; (de = readdir(d)) != NULL;)
			if (de->d_name[0] != '.' && replay_file(argv[i], de->d_name) == 0)
				files++;
		closedir(d);
	}
	printf("%u files replayed\n", files);
	return files == 0;
}
