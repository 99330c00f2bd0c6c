/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paperdrv DIR ROWS: writes the made-up report of tests/unit/paper_sample.h, which has what is hard
 * to set, in all languages and formats, for test_paper.py. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/report/paper/page.h"
#include "collector/report/paper/pdf.h"
#include "collector/report/paper/sheet.h"
#include "tests/unit/paper_sample.h"
#include "zw/alloc.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/str.h"

/* One file. */
static void
write_one(const char *dir, const struct doc *d, const char *suffix,
    int (*write)(struct buf *b, const struct doc *d, int64_t when_s, struct err *e))
{
	char *path = xasprintf("%s/sample.%s.%s", dir, lang_word(doc_lang(d)), suffix);
	struct buf b = { 0 };
	struct err e;

	if (write(&b, d, SAMPLE_END_S, &e) == -1 || fs_replace(path, b.data, b.len, &e) == -1)
		fatalx("paperdrv", "%s", e.msg);
	buf_free(&b);
	free(path);
}

int
main(int argc, char **argv)
{
	uint64_t rows;

	log_init("paperdrv", LOG_LEVEL_INFO);
	if (argc != 3 || str_to_u64(argv[2], 0, 10000, &rows) == -1)
		fatalx("paperdrv", "usage: paperdrv DIR ROWS");
	lang_init();
	(void)setenv("TZ", "Asia/Baku", 1);
	tzset();
	for (int l = 0; l < LANG_N; l++) {
		struct doc *d = sample_new((enum lang)l, (size_t)rows);
		write_one(argv[1], d, "pdf", pdf_write);
		write_one(argv[1], d, "html", page_write);
		write_one(argv[1], d, "csv.zip", sheet_write);
		doc_free(d);
	}
	return 0;
}
