/*
 * Effects: whatever stands in the configuration of milter_headers, in the envelope, the message, in evidence
 * and wishes, each field that comes out is one field. Pieces of the input, with a byte 0xfe between them:
 * configuration, queue id and user, server and recipients, evidence, name and value of wishes, message.
 */
#include "dns/dns.h"
#include "scan/scan.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum piece { CONF, QUEUE_ID, RCPTS, EVIDENCE, NAME, VALUE, PIECE_COUNT };

static struct span pieces[PIECE_COUNT];

static enum rc told_run(struct scan *s)
{
	scan_add_text(s, 0, 1, pieces[EVIDENCE]);
	scan_add_text(s, 0, 20, span_trim(pieces[EVIDENCE]));
	scan_add_text(s, 1, 1, pieces[NAME]);
	for (unsigned kind = SCAN_ADD_FIELD; kind <= SCAN_CHANGE_SUBJECT; kind++)
		scan_wish(s, (enum scan_wish_kind)kind, pieces[NAME], pieces[VALUE]);
	scan_wish(s, SCAN_ADD_FIELD, SPAN("X-Wish"), pieces[VALUE]);
	scan_wish(s, SCAN_ADD_FIELD, SPAN("DKIM-Signature"), pieces[VALUE]);
	if (pieces[VALUE].n % 2 == 1)
		scan_force(s, pieces[NAME].n % 2 == 1 ? "rewrite subject" : "discard", 1,
			pieces[VALUE]);
	return RC_OK;
}

static const struct scan_symbol told_symbols[] = {
	{.name = "TOLD", .score = 1, .meaning = "It was told."},
	{.name = "TOLD_TOO", .score = -2, .meaning = "It was told."},
};

static const struct check told = {
	.name = "told",
	.help = "Adds what it is told.",
	.stage = SCAN_MAIN,
	.symbols = told_symbols,
	.symbol_count = ARRAY_LEN(told_symbols),
	.run = told_run,
};

static const struct scan_config *make_config(struct arena *a)
{
	static const struct check *const checks[] = {&told};
	struct conf_text texts[] = {
		{.name = "fuzz.conf",
			.text = pieces[CONF],
			.layer = CONF_LAYER_FILE,
			.section = "milter_headers"},
	};
	struct conf_input input = {.texts = texts,
		.text_count = ARRAY_LEN(texts),
		.no_includes = true};
	struct conf_report report;

	conf_report_init(&report, a);
	return scan_config_make(a, conf_load(a, &input, &report), checks, 1, &report);
}

/* A second opinion on RFC 5322 section 2.2. */
static void check_name(struct span name)
{
	must(name.n > 0 && name.n <= 100);
	for (size_t i = 0; i < name.n; i++)
		must((unsigned char)name.p[i] > 32 && (unsigned char)name.p[i] < 127 &&
			name.p[i] != ':');
}

static void check_bytes(struct span value)
{
	for (size_t i = 0; i < value.n; i++) {
		char before = i > 0 ? value.p[i - 1] : ' ';

		if (value.p[i] == '\n')
			must(i + 1 < value.n && (value.p[i + 1] == ' ' || value.p[i + 1] == '\t'));
		else
			must((value.p[i] >= ' ' && value.p[i] <= '~') ||
				(value.p[i] == '\t' && before == '\n'));
	}
}

/* Written and read again it is one field. */
static void check_field(struct arena *a, struct span name, struct span value)
{
	struct span text = arena_printf(a, "%.*s: %.*s\n\nbody\n", SPAN_ARG(name), SPAN_ARG(value));
	struct span rest = text, line;
	struct mime *mime;

	check_name(name);
	must(value.n > 0 && value.n <= SCAN_FIELD_MOST);
	check_bytes(value);
	rest.n = name.n + 2 + value.n;
	while (span_next(&rest, '\n', &line))
		must(line.n <= 998 && span_trim(line).n > 0);
	mime = mime_parse(a, text);
	must(mime->root->header_count == 1);
	must(span_equal(mime->root->headers[0].name, name));
	must(span_equal(mime->root->headers[0].value, value));
	must(span_equal(mime->root->body, SPAN("body\n")));
}

static void check_address(struct span address)
{
	for (size_t i = 0; i < address.n; i++)
		must((unsigned char)address.p[i] >= ' ' && address.p[i] != 0x7f);
	must(span_is_utf8(address));
}

static void check_order(const struct scan_effects *effects)
{
	static const char *const signatures[] = {"DKIM-Signature", "ARC-"};
	bool signing = false;

	for (size_t i = 0; i < effects->field_count; i++) {
		bool is_one = false;

		for (size_t k = 0; k < ARRAY_LEN(signatures); k++)
			is_one |= span_starts_nocase(effects->fields[i].name,
					  span_of(signatures[k])) &&
				(k == 1 || effects->fields[i].name.n == 14);
		must(is_one || !signing);
		signing |= is_one;
	}
}

/* Of one name all of them, or each counted from the same end, the furthest away first. */
static void check_removals(const struct scan_effects *effects)
{
	for (size_t i = 1; i < effects->removal_count; i++) {
		const struct scan_field_removal *r = &effects->removals[i], *before = r - 1;

		if (span_equal_nocase(r->name, before->name))
			must(r->nth != 0 && (r->nth > 0) == (before->nth > 0) &&
				abs(r->nth) < abs(before->nth));
	}
}

static void check_effects(struct arena *a, const struct scan_effects *effects)
{
	must(effects->field_count <= SCAN_FIELDS_MOST &&
		effects->removal_count <= SCAN_FIELDS_MOST);
	for (size_t i = 0; i < effects->removal_count; i++)
		check_name(effects->removals[i].name);
	check_removals(effects);
	for (size_t i = 0; i < effects->field_count; i++) {
		check_field(a, effects->fields[i].name, effects->fields[i].value);
		must(effects->fields[i].place >= SCAN_FIELD_BELOW_ALL);
	}
	check_order(effects);
	if (effects->subject.n > 0)
		check_field(a, SPAN("Subject"), effects->subject);
	check_address(effects->sender);
	for (size_t i = 0; i < effects->add_rcpt_count; i++)
		check_address(effects->add_rcpts[i]);
	for (size_t i = 0; i < effects->drop_rcpt_count; i++)
		check_address(effects->drop_rcpts[i]);
	for (size_t i = 0; i < effects->note_count; i++)
		check_bytes(effects->notes[i]);
}

static void check_json(struct arena *a, const struct scan_effects *effects,
	const struct scan_verdict *v)
{
	struct json j;
	struct buf out;

	buf_init(&out, a, 32 << 20);
	json_init(&j, &out);
	json_open_object(&j);
	scan_print_effects_json(effects, v, &j);
	json_close(&j);
	must(!out.full && j.depth == 0 && span_is_utf8(buf_span(&out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_from((const char *)data, size), list;
	struct arena *a = arena_make();
	struct msg_envelope envelope = {.rcpt_count = 0};
	struct span rcpts[16];
	const struct scan_effects *effects;
	const struct scan_verdict *v;

	for (unsigned i = 0; i < PIECE_COUNT; i++)
		if (!span_next(&rest, (char)0xfe, &pieces[i]))
			pieces[i] = SPAN("");
	list = pieces[RCPTS];
	while (envelope.rcpt_count < ARRAY_LEN(rcpts) &&
		span_next(&list, ' ', &rcpts[envelope.rcpt_count]))
		envelope.rcpt_count++;
	envelope.rcpts = rcpts;
	envelope.queue_id = pieces[QUEUE_ID];
	if (pieces[QUEUE_ID].n % 3 == 0)
		envelope.user = pieces[QUEUE_ID];
	v = scan_whole(make_config(a), msg_make(a, &envelope, span_slice(rest, 0, 64 << 10)),
		need_memo_make(a, 0));
	effects = scan_effects_make(v);
	check_effects(a, effects);
	check_json(a, effects, v);
	arena_free(a);
	return 0;
}
