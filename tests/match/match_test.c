#include "match/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static struct arena *a;

static int set_up(void **state)
{
	(void)state;
	a = arena_make();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

struct find_case {
	const char *name;
	const char *pattern;
	struct span subject;
	struct span piece; /* null: not found */
};

static const struct find_case find_cases[] = {
	{"a bare pattern", "b+", SPAN_INIT("abbc"), SPAN_INIT("bb")},
	{"a pattern between slashes", "/b+/", SPAN_INIT("abbc"), SPAN_INIT("bb")},
	{"a slash within", "/a/b/", SPAN_INIT("xa/b"), SPAN_INIT("a/b")},
	{"an escaped slash within", "/a\\/b/", SPAN_INIT("xa/b"), SPAN_INIT("a/b")},
	{"a slash later in a bare pattern", "a/b/i", SPAN_INIT("xa/b/i"), SPAN_INIT("a/b/i")},
	{"the leftmost piece", "/a|b/", SPAN_INIT("xba"), SPAN_INIT("b")},
	{"nothing found", "/b/", SPAN_INIT("aaa"), {NULL, 0}},
	{"case matters", "/B/", SPAN_INIT("b"), {NULL, 0}},
	{"flag i: it does not", "/B/i", SPAN_INIT("b"), SPAN_INIT("b")},
	{"^ is the start of the subject", "/^b/", SPAN_INIT("a\nb"), {NULL, 0}},
	{"flag m: or of a line", "/^b/m", SPAN_INIT("a\nb"), SPAN_INIT("b")},
	{". is no line end", "/a.b/", SPAN_INIT("a\nb"), {NULL, 0}},
	{"flag s: it is", "/a.b/s", SPAN_INIT("a\nb"), SPAN_INIT("a\nb")},
	{"flag x: blanks and comments", "/ a b # c\n d /x", SPAN_INIT("abd"), SPAN_INIT("abd")},
	{"several flags", "/ A . b/ixs", SPAN_INIT("a\nb"), SPAN_INIT("a\nb")},
	{"without u a dot is a byte", "/^.$/", SPAN_INIT("\xc3\xa4"), {NULL, 0}},
	{"with u a dot is a character", "/^.$/u", SPAN_INIT("\xc3\xa4"), SPAN_INIT("\xc3\xa4")},
	{"with u case is that of Unicode", "/\xc3\x84/iu", SPAN_INIT("\xc3\xa4"),
		SPAN_INIT("\xc3\xa4")},
	{"without u any byte may stand in a pattern", "/\\xff/", SPAN_INIT("a\xff"),
		SPAN_INIT("\xff")},
	{"with u what is not UTF-8 is no error", "/b/u",
		SPAN_INIT("\xff\xc3"
			  "b"),
		SPAN_INIT("b")},
	{"with u what is not UTF-8 matches nothing", "/^.*$/u", SPAN_INIT("a\xff"), {NULL, 0}},
	{"with u a character that is cut off", "/a./u", SPAN_INIT("a\xc3"), {NULL, 0}},
	{"an empty pattern matches emptily", "//", SPAN_INIT("abc"), SPAN_INIT("")},
	{"an empty bare pattern too", "", SPAN_INIT("abc"), SPAN_INIT("")},
	{"an empty piece", "/x*/", SPAN_INIT("abc"), SPAN_INIT("")},
	{"an empty subject", "/^$/", SPAN_INIT(""), SPAN_INIT("")},
	{"a subject that is not there", "/^$/", {NULL, 0}, SPAN_INIT("")},
	{"nothing in nothing", "/a/", {NULL, 0}, {NULL, 0}},
	{"a NUL in the subject", "/a.b/", SPAN_INIT("a\0b"), SPAN_INIT("a\0b")},
	{"a start that is moved", "/ab\\Kc/", SPAN_INIT("abc"), SPAN_INIT("c")},
	{"looking back", "/(?<=a)b/", SPAN_INIT("bab"), SPAN_INIT("b")},
	{"looking ahead", "/a(?!b)/", SPAN_INIT("abac"), SPAN_INIT("a")},
	{"a backreference", "/(.)\\1/", SPAN_INIT("abccd"), SPAN_INIT("cc")},
	{"recursion", "/\\((?:[^()]|(?R))*\\)/", SPAN_INIT("x(a(b)c)"), SPAN_INIT("(a(b)c)")},
};

/* `subject` behind so many bytes that it is matched with counted steps. */
static struct span make_long(struct span subject)
{
	struct buf text;

	buf_init(&text, a, 10000);
	for (int i = 0; i < 5000; i++)
		buf_add_byte(&text, i % 2 == 0 ? '\r' : '\n');
	buf_add(&text, subject);
	return buf_span(&text);
}

static void check_piece(const struct find_case *c, enum rc rc, struct span piece)
{
	if (rc != (span_is_null(c->piece) ? RC_NOT_FOUND : RC_OK))
		fail_msg("%s: %s", c->name, rc_name(rc));
	if (rc == RC_OK && !span_equal(piece, c->piece))
		fail_msg("%s: \"%.*s\"", c->name, SPAN_ARG(piece));
}

static void pieces_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(find_cases); i++) {
		const struct find_case *c = &find_cases[i];
		struct match_pattern *pattern = NULL;
		struct span piece = {0};
		struct why why = {""};

		if (match_compile(a, span_of(c->pattern), &pattern, &why) != RC_OK)
			fail_msg("%s: %s", c->name, why.text);
		check_piece(c, match_find(pattern, c->subject, &piece), piece);
		assert_int_equal(match_find(pattern, c->subject, NULL),
			span_is_null(c->piece) ? RC_NOT_FOUND : RC_OK);
		/* ^ and what is empty would match elsewhere in the long subject */
		if (strchr(c->pattern, '^') == NULL && (span_is_null(c->piece) || c->piece.n > 0))
			check_piece(c, match_find(pattern, make_long(c->subject), &piece), piece);
	}
}

struct error_case {
	const char *name;
	const char *pattern;
	const char *why; /* its start */
};

static const struct error_case error_cases[] = {
	{"no closing slash", "/abc", "the closing / is missing"},
	{"a slash alone", "/", "the closing / is missing"},
	{"an unknown flag", "/abc/iz", "at 6: \"z\" is no flag of a pattern (i m s x u)"},
	{"a path is no pattern", "/etc/passwd", "at 5: \"p\" is no flag of a pattern"},
	{"a group that is not closed", "/a(b/", "at 4: missing closing parenthesis"},
	{"the same without slashes", "a(b", "at 3: missing closing parenthesis"},
	{"nothing to repeat", "/*/", "at "},
	{"UTF-8 that is forced", "/(*UTF)a/", "at "},
	{"half a character", "/\\C/u", "at "},
	{"what is not UTF-8 in a pattern of UTF-8", "/\xff/u", "at "},
	{"repeats that would be too large", "/(((a{1,999}){1,999}){1,999}){1,999}/", "at "},
};

static void mistakes_are_told_with_their_place(void **state)
{
	char large[MATCH_PATTERN_MOST + 1];
	struct match_pattern *pattern = NULL;
	struct why why = {""};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(error_cases); i++) {
		const struct error_case *c = &error_cases[i];

		if (match_compile(a, span_of(c->pattern), &pattern, &why) != RC_INVALID ||
			!span_starts(span_of(why.text), span_of(c->why)))
			fail_msg("%s: %s", c->name, why.text);
		assert_int_equal(match_compile(a, span_of(c->pattern), &pattern, NULL), RC_INVALID);
	}
	memset(large, 'a', sizeof(large));
	assert_int_equal(match_compile(a, span_from(large, sizeof(large)), &pattern, &why),
		RC_LIMIT);
	assert_null(pattern);
}

struct stall_case {
	const char *name;
	const char *pattern;
	const char *repeat;
	size_t n;
	const char *tail;
	bool may_find; /* or give up; never anything else */
};

/* Without a bound these take from seconds to longer than the universe is old. */
static const struct stall_case stall_cases[] = {
	{"nested repeats", "/(a+)+$/", "a", 35, "b", false},
	{"nested repeats of a long subject", "/(a+)+$/", "a", 50000, "b", false},
	{"alternatives that are alike", "/(a|a)*[bc]/", "a", 60, "", false},
	{"the square of a long word", "/x(?:y|z)?\\w*Z/", "xy", 1000000, " Z", false},
	{"the square of a short word", "/x(?:y|z)?\\w*Z/", "xy", 1024, " Z", false},
	{"looking ahead at each place", "/\\w(?=\\d+[xy])/", "1", 300000, "", false},
	{"runs that are never given back", "/x(?:y|z)?\\w*+[zw]/", "xy", 500000, "", false},
	{"cubes", "/x.*y.*[zw]/", "xy", 1000, "", false},
	{"cubes of a long subject", "/x.*y.*[zw]/", "xy", 200000, "", false},
	{"backreferences", "/(.*)\\1[bc]/", "a", 256, "", false},
	{"backreferences in a long subject", "/(.*)\\1[bc]/", "a", 200000, "", false},
	{"recursion into itself", "/((?R)|a)*[bc]/", "a", 10000, "", false},
	{"many iterations that each hold memory", "/(?:x|y)+z/", "xy", 1000000, "z ", true},
};

static void no_subject_stalls(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(stall_cases); i++) {
		const struct stall_case *c = &stall_cases[i];
		struct match_pattern *pattern = NULL;
		size_t repeat = strlen(c->repeat), tail = strlen(c->tail);
		char *text = arena_alloc(a, c->n);
		enum rc rc;
		uint64_t start;

		for (size_t k = 0; k < c->n; k++)
			text[k] = c->repeat[k % repeat];
		memcpy(text + c->n - tail, c->tail, tail);
		assert_int_equal(match_compile(a, span_of(c->pattern), &pattern, NULL), RC_OK);
		start = clock_cpu_ns();
		rc = match_find(pattern, span_from(text, c->n), NULL);
		/* two seconds: ten times what the slowest takes with all sanitizers on */
		if (clock_cpu_ns() - start > 2000000000)
			fail_msg("%s: %.1f s", c->name, (double)(clock_cpu_ns() - start) / 1e9);
		if (rc != RC_LIMIT && rc != (c->may_find ? RC_OK : RC_NOT_FOUND))
			fail_msg("%s: %s", c->name, rc_name(rc));
		assert_int_equal(match_find(pattern, span_from(text, c->n), NULL), rc);
	}
}

static void usual_patterns_do_not_give_up_on_long_text(void **state)
{
	static const char *const patterns[] = {
		"/https?:\\/\\/[^\\/]+\\/[a-z0-9]{32}\\//i",
		"/\\b(?:free|cheap)\\s+(?:meds|pills)\\b/i",
		"/^Subject:.*\\bpills\\b/mi",
		"/<a\\s[^>]*href=[^>]*onclick/i",
		"/[a-z0-9._-]+@[a-z0-9-]+\\.example\\b/i",
		"/(?:dear|hello) .{0,200}(?:winner|beneficiary)/is",
		"/(\\w)\\1{5}/",
	};
	static const char line[] =
		"Dear friend, see <a href=\"http://www.example.com/a/b\">here</a> or mail a.b@example.com "
		"for free advice on cheap things.\n";
	struct buf text;

	(void)state;
	buf_init(&text, a, 256 << 10);
	while (!text.full)
		buf_add_string(&text, line);
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		struct match_pattern *pattern = NULL;
		enum rc rc;

		assert_int_equal(match_compile(a, span_of(patterns[i]), &pattern, NULL), RC_OK);
		rc = match_find(pattern, buf_span(&text), NULL);
		if (rc != RC_NOT_FOUND)
			fail_msg("%s: %s", patterns[i], rc_name(rc));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_found),
		cmocka_unit_test(mistakes_are_told_with_their_place),
		cmocka_unit_test(no_subject_stalls),
		cmocka_unit_test(usual_patterns_do_not_give_up_on_long_text),
	};

	return cmocka_run_group_tests_name("match", tests, set_up, tear_down);
}
