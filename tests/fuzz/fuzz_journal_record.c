/* link: zwjournal */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes what is done with the contents of the journal's records: taking one apart, its number, and
 * marks. What can be taken apart is put together to the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "collector/journal/journal.h"
#include "collector/journal/marks.h"
#include "collector/journal/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal_record jr;
	struct err e;
	struct buf b = { 0 };
	uint64_t seq;

	if (size < 1 || size > SEGLOG_MAX_DATA)
		return 0;
	struct seglog_record rec = { .lsn = 1, .type = data[0], .data = data + 1, .len = size - 1 };
	if (rec.type == JOURNAL_MARKS) {
		struct marks *m = marks_new();
		marks_load(m, rec.data, rec.len);
		marks_encode(m, &b);
		marks_free(m);
	} else if (journal_record_decode(&rec, &jr, &e) == 0) {
		record_encode(&b, jr.stream, jr.sender, jr.recv_ms, jr.payload, jr.len);
		if (b.len != rec.len || memcmp(b.data, rec.data, b.len) != 0)
			abort();
		(void)!wire_seq_peek(jr.payload, jr.len, &seq);
	}
	buf_free(&b);
	return 0;
}
