/* link: zwpaper */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The PDF: two runs agree, tables break, the same document gives the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collector/report/paper/page.h"
#include "collector/report/paper/pdf.h"
#include "collector/report/paper/sheet.h"
#include "tests/unit/paper_sample.h"
#include "zw/buf.h"
#include "zw/fs.h"

int
main(void)
{
	lang_init();
	setenv("TZ", "Asia/Baku", 1);
	for (int l = 0; l < LANG_N; l++) {
		struct doc *d = sample_new(l, 60);
		struct buf b = { 0 };
		struct err e;
		char path[200];
		assert_int_equal(pdf_write(&b, d, SAMPLE_END_S, &e), 0);
		snprintf(path, sizeof path, "/tmp/w/paper-out/s.%s.pdf", lang_word(l));
		assert_int_equal(fs_replace(path, b.data, b.len, &e), 0);
		buf_clear(&b);
		assert_int_equal(sheet_write(&b, d, SAMPLE_END_S, &e), 0);
		snprintf(path, sizeof path, "/tmp/w/paper-out/s.%s.csv.zip", lang_word(l));
		assert_int_equal(fs_replace(path, b.data, b.len, &e), 0);
		buf_clear(&b);
		assert_int_equal(page_write(&b, d, SAMPLE_END_S, &e), 0);
		snprintf(path, sizeof path, "/tmp/w/paper-out/s.%s.html", lang_word(l));
		assert_int_equal(fs_replace(path, b.data, b.len, &e), 0);
		buf_free(&b);
		doc_free(d);
	}
	return 0;
}
