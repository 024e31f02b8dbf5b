#include "scan/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fixed.h"

static const char *header_of(struct scene *s, const char *conf, struct span symbols)
{
	struct msg_envelope envelope = {.helo = symbols};
	const struct scan_verdict *v = fixed_scan(s, conf, &envelope);
	struct buf out;

	buf_init(&out, s->a, 64 << 10);
	scan_print_result_header(v, &out);
	return arena_string(s->a, buf_span(&out));
}

static void the_header_has_a_line_a_symbol(void **state)
{
	struct scene s;

	(void)state;
	assert_string_equal(header_of(&s, "", SPAN("D E:x,y")),
		"default: False [-3.00 / 15.00];\n\t D(-3.00)[];\n\t E(0.00)[x,y];");
	arena_free(s.a);
	assert_string_equal(header_of(&s, "", SPAN("A*20")),
		"default: True [20.00 / 15.00];\n\t A(20.00)[];");
	arena_free(s.a);
	assert_string_equal(header_of(&s, "", SPAN("E*-1 F*0.001")),
		"default: False [0.00 / 15.00];\n\t F(0.00)[];\n\t E(0.00)[];");
	arena_free(s.a);
}

static void what_a_composite_took_out_is_left_out_unless_it_counts(void **state)
{
	struct scene s;

	(void)state;
	assert_string_equal(header_of(&s, "composites { X { expression = A, score = 1 } }",
				    SPAN("A")),
		"default: False [1.00 / 15.00];\n\t X(1.00)[];");
	arena_free(s.a);
	assert_string_equal(
		header_of(&s,
			"composites { X { expression = A, score = 1, policy = remove_symbol } }",
			SPAN("A")),
		"default: False [2.00 / 15.00];\n\t A(1.00)[];\n\t X(1.00)[];");
	arena_free(s.a);
}

static void no_byte_of_evidence_can_break_the_header(void **state)
{
	char all[4 + 255];
	struct scene s;
	const char *header;

	(void)state;
	memcpy(all, "A:", 2);
	for (int i = 0; i < 255; i++)
		all[2 + i] = (char)(i + 1);
	/* what the test's own syntax needs */
	for (int i = 2; i < 257; i++)
		if (all[i] == ' ' || all[i] == '*' || all[i] == ',')
			all[i] = '.';
	header = header_of(&s, "", span_from(all, 257));
	assert_non_null(strstr(header, "\n\t A(1.00)[\\x01\\x02"));
	assert_non_null(strstr(header, "\\x0a"));
	for (const char *p = strstr(header, "A(1.00)"); *p != '\0'; p++)
		assert_true(*p >= 0x20 && *p < 0x7f);
	arena_free(s.a);
}

/* Ten symbols, each with more evidence than a line holds. */
static const struct scan_symbol wordy_symbols[] = {
	{.name = "W0", .score = 9, .meaning = "w"},
	{.name = "W1", .score = 1, .meaning = "w"},
	{.name = "W2", .score = 2, .meaning = "w"},
	{.name = "W3", .score = 3, .meaning = "w"},
	{.name = "W4", .score = 4, .meaning = "w"},
	{.name = "W5", .score = 5, .meaning = "w"},
	{.name = "W6", .score = 6, .meaning = "w"},
	{.name = "W7", .score = 7, .meaning = "w"},
	{.name = "W8", .score = 8, .meaning = "w"},
	{.name = "W9", .score = -9, .meaning = "w"},
};

static enum rc wordy_run(struct scan *s)
{
	for (unsigned i = 0; i < ARRAY_LEN(wordy_symbols); i++)
		for (int k = 0; k < 40; k++)
			scan_add_printf(s, i, k == 0, "%0100d", k);
	return RC_OK;
}

static const struct check wordy_check = {.name = "wordy",
	.help = "Says much.",
	.stage = SCAN_MAIN,
	.symbols = wordy_symbols,
	.symbol_count = ARRAY_LEN(wordy_symbols),
	.run = wordy_run};

static void a_long_header_is_cut_at_a_symbol_and_says_so(void **state)
{
	static const struct check *const checks[] = {&wordy_check};
	static const char *const names[] = {"W0", "W9", "W8", "W7", "W6", "W5", "W4", "W3"};
	struct msg_envelope envelope = {.rcpt_count = 0};
	struct span rest, line;
	struct scene s;
	struct buf out;

	(void)state;
	scene_open(&s, "", checks, 1);
	buf_init(&out, s.a, 64 << 10);
	scan_print_result_header(scan_whole(s.config, msg_make(s.a, &envelope, SPAN("\n")),
					 need_memo_make(s.a, 0)),
		&out);
	assert_true(out.n <= SCAN_HEADER_MOST);
	rest = buf_span(&out);
	assert_true(span_next_line(&rest, &line));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_true(span_next_line(&rest, &line));
		assert_true(span_starts(span_from_offset(line, 2), span_of(names[i])));
		assert_true(span_ends(line, SPAN("8,...];")));
		assert_true(line.n <= 998);
	}
	assert_true(span_equal(rest, SPAN("\t [2 more symbols];")));
	arena_free(s.a);
}

static void evidence_longer_than_a_line_is_cut(void **state)
{
	char evidence[2 + 250];
	struct scene s;
	const char *header;

	(void)state;
	memset(evidence, 0xff, sizeof(evidence));
	memcpy(evidence, "A:", 2);
	header = strchr(header_of(&s, "", span_from(evidence, sizeof(evidence))), '\n') + 1;
	assert_true(strlen(header) <= 998);
	assert_string_equal(header + strlen(header) - 13, "\\xff\\xff...];");
	arena_free(s.a);
}

static void the_json_has_the_shape_that_rspamds_clients_read(void **state)
{
	struct msg_envelope envelope = {.helo = SPAN("A:x B C")};
	struct scene s;
	const struct scan_verdict *v = fixed_scan(&s,
		"group g2 { max_score = 3 } composites { X { expression = A, score = 1 } }",
		&envelope);
	struct buf out;
	struct json j;

	(void)state;
	buf_init(&out, s.a, 64 << 10);
	json_init(&j, &out);
	json_open_object(&j);
	scan_print_json(v, s.config, &j);
	json_close(&j);
	assert_string_equal(arena_string(s.a, buf_span(&out)),
		"{\"is_skipped\":false,\"score\":4.0,\"required_score\":15.0,\"action\":\"greylist\","
		"\"thresholds\":{\"reject\":15.0,\"add header\":6.0,\"greylist\":4.0},\"symbols\":{"
		"\"B\":{\"name\":\"B\",\"score\":2.0,\"metric_score\":2.0,\"description\":\"b\"},"
		"\"C\":{\"name\":\"C\",\"score\":1.0,\"metric_score\":4.0,\"description\":\"c\","
		"\"score_alone\":4.0,\"capped_by\":\"g2\"},"
		"\"X\":{\"name\":\"X\",\"score\":1.0,\"metric_score\":1.0}},"
		"\"removed_symbols\":{\"A\":{\"name\":\"A\",\"score\":0.0,\"metric_score\":1.0,"
		"\"description\":\"a\",\"options\":[\"x\"],\"score_alone\":1.0,\"changed_by\":\"X\"}},"
		"\"groups\":{\"g1\":{\"name\":\"g1\",\"score\":2.0},\"g2\":{\"name\":\"g2\",\"score\":3.0}},"
		"\"not_checked\":[],\"messages\":{}}");
	arena_free(s.a);
}

static void the_old_form_has_symbols_beside_the_score(void **state)
{
	struct msg_envelope envelope = {.helo = SPAN("A:x B:y C")};
	struct scene s;
	const struct scan_verdict *v =
		fixed_scan(&s, "composites { X { expression = A, score = 1 } }", &envelope);
	struct scan_verdict skipped = *v;
	struct buf out;
	struct json j;

	(void)state;
	skipped.is_skipped = true;
	skipped.message = SPAN("no");
	buf_init(&out, s.a, 64 << 10);
	json_init(&j, &out);
	json_open_object(&j);
	scan_print_legacy_json(&skipped, &j);
	json_close(&j);
	assert_string_equal(arena_string(s.a, buf_span(&out)),
		"{\"default\":{\"is_spam\":true,\"is_skipped\":true,\"score\":7.0,\"required_score\":15.0,"
		"\"action\":\"add header\","
		"\"B\":{\"name\":\"B\",\"score\":2.0,\"description\":\"b\",\"options\":[\"y\"]},"
		"\"C\":{\"name\":\"C\",\"score\":4.0,\"description\":\"c\"},"
		"\"X\":{\"name\":\"X\",\"score\":1.0}},\"messages\":{\"smtp_message\":\"no\"}}");
	arena_free(s.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header_has_a_line_a_symbol),
		cmocka_unit_test(what_a_composite_took_out_is_left_out_unless_it_counts),
		cmocka_unit_test(no_byte_of_evidence_can_break_the_header),
		cmocka_unit_test(a_long_header_is_cut_at_a_symbol_and_says_so),
		cmocka_unit_test(evidence_longer_than_a_line_is_cut),
		cmocka_unit_test(the_json_has_the_shape_that_rspamds_clients_read),
		cmocka_unit_test(the_old_form_has_symbols_beside_the_score),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
