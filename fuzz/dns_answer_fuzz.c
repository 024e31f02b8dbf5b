/*
 * Messages of name servers: whatever the bytes are, the answer holds no more than is allowed, takes memory in
 * proportion, and survives a record. The first byte is the type that was asked for.
 */
#include "dns/inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span packet = span_from((const char *)data, size);
	struct arena *a = arena_make();
	const struct dns_answer *answer = NULL, *again;
	struct why why = {0};
	struct buf out;
	enum rc rc;

	if (size == 0 || size > UINT16_MAX) {
		arena_free(a);
		return 0;
	}
	rc = dns_answer_read(a, (enum dns_type)(data[0] % DNS_TYPE_COUNT),
		span_from_offset(packet, 1), &answer, &why);
	must(rc == RC_OK || (rc == RC_TEMPFAIL && why.text[0] != '\0'));
	must((rc == RC_OK) == (answer != NULL));
	/* at most 100 records, each with text of a bounded multiple of its bytes, and what names point to */
	must(arena_used(a) < (1 << 20) + 64 * size);
	if (answer != NULL) {
		must(answer->n <= 100 && (answer->status == DNS_FOUND) == (answer->n > 0));
		buf_init(&out, a, 16 << 20);
		dns_kind.print(&out, answer);
		must(!out.full && span_is_ascii(buf_span(&out)));
		again = dns_kind.parse(a, buf_span(&out));
		must(again != NULL && again->n == answer->n);
		for (size_t i = 0; i < answer->n; i++)
			must(span_equal(again->v[i].text, answer->v[i].text));
	}
	arena_free(a);
	return 0;
}
