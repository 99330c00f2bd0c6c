/* link: zwprobe */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever a plugin prints makes fields that a series can have; whatever a name server sends is
 * read within its bounds. The first byte says which of the two. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "agent/gateway/probe_dns_message.h"
#include "agent/gateway/probe_perf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A plugin's output. */
static void
perf(const char *p, size_t n)
{
	static const char *const own[PROBE_PERF_OWN] = { "up", "status", "time" };
	struct series_def def = { .source = "exec", .step_s = 10 };
	struct probe_perf perf;
	struct err *none = NULL;
	char line[32];

	probe_perf_read(&perf, p, n, own, line, sizeof line);
	assert(strlen(line) < sizeof line);
	assert(perf.n <= PROBE_PERF_MAX);
	def.nfields = perf.n;
	memcpy(def.fields, perf.fields, sizeof perf.fields);
	assert(perf.n == 0 || series_def_check(&def, none) == 0);
}

/* A name server's answer, under a head that fits the question. */
static void
dns(const uint8_t *data, size_t n, enum probe_dns_type type)
{
	uint8_t q[PROBE_DNS_MAX_QUESTION], p[PROBE_DNS_MAX_MESSAGE];
	struct probe_dns_answer a;
	char want[] = "192.0.2.1";
	char *expect[] = { want };
	size_t nq = probe_dns_question(q, 7, "www.example.org", type);

	if (n > sizeof p - nq)
		n = sizeof p - nq;
	memcpy(p, q, nq);
	memcpy(p + nq, data, n);
	p[2] |= 0x80;
	p[6] = n > 0 ? data[0] & 1 : 0;
	p[7] = n > 1 ? data[1] : 0;
	if (probe_dns_read(p, nq + n, q, nq, expect, 1, &a) == 0) {
		assert(a.count <= PROBE_DNS_MAX_ANSWERS);
		assert(strlen(a.first) < PROBE_DNS_MAX_NAME);
	}
	(void)!probe_dns_read(data, n, q, nq, expect, 1, &a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum probe_dns_type types[] = { PROBE_DNS_A, PROBE_DNS_AAAA, PROBE_DNS_PTR };

	if (size == 0)
		return 0;
	if (data[0] % 4 == 3)
		perf((const char *)data + 1, size - 1);
	else
		dns(data + 1, size - 1, types[data[0] % 4]);
	return 0;
}
