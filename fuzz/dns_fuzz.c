/*
 * Zones and records. The first byte chooses: a zone is parsed and asked for every type of a few names, and
 * what it answers must survive a record; or a record is read, and what was read must print to a record
 * that reads back to the same bytes.
 */
#include "dns/dns.h"

static const struct need_kind *const kinds[] = {&dns_kind};

static struct span print_memo(struct arena *a, const struct need_memo *memo)
{
	struct buf out;

	buf_init(&out, a, NEED_RECORD_MOST);
	need_memo_print(memo, &out);
	return buf_span(&out);
}

static void must_survive_a_record(struct arena *a, const struct need_memo *memo)
{
	struct span record = print_memo(a, memo);
	struct need_memo *again;
	struct why why;

	must(span_is_utf8(record));
	if (need_memo_read(a, record, kinds, ARRAY_LEN(kinds), &again, &why) != RC_OK)
		panic("%s", why.text);
	must(span_equal(print_memo(a, again), record));
}

static void ask_all(struct needs *needs, struct span name)
{
	for (unsigned type = 0; type < DNS_TYPE_COUNT; type++) {
		const struct dns_answer *answer;
		enum rc rc = dns_need(needs, (enum dns_type)type, name, &answer);

		must(rc == RC_OK || rc == RC_TEMPFAIL || rc == RC_INVALID || rc == RC_LIMIT);
		must((rc == RC_OK) == (answer != NULL));
		if (answer != NULL)
			must((answer->status == DNS_FOUND) == (answer->n > 0));
	}
}

/* Each first word of a line is a name that the zone may know. */
static void try_zone(struct arena *a, struct span text)
{
	struct need_memo *memo = need_memo_make(a, 0);
	struct needs needs = {0};
	struct dns_zone *zone;
	struct why why;

	if (dns_zone_parse(a, text, &zone, &why) != RC_OK) {
		must(span_starts(span_of(why.text), SPAN("line ")));
		return;
	}
	need_memo_use(memo, dns_zone_driver(a, zone));
	needs_init(&needs, memo, 1000);
	for (struct span line, word; span_next_line(&text, &line);) {
		line = span_trim_start(line);
		if (span_next(&line, ' ', &word))
			ask_all(&needs, word);
	}
	must_survive_a_record(a, memo);
}

static void try_record(struct arena *a, struct span text)
{
	struct need_memo *memo;
	struct why why;

	if (need_memo_read(a, text, kinds, ARRAY_LEN(kinds), &memo, &why) == RC_OK)
		must_survive_a_record(a, memo);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_make();
	struct span text = span_from((const char *)data, size);

	if (size > 0 && *text.p == 'z')
		try_zone(a, span_from_offset(text, 1));
	else if (size > 0)
		try_record(a, span_from_offset(text, 1));
	arena_free(a);
	return 0;
}
