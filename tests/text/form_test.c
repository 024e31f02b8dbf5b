#include "text/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const struct {
	const char *name;
	struct span text;
	struct span folded,
		skeleton; /* null: what Unicode takes for alike grows from year to year */
	size_t invisible, confused;
} cases[] = {
	{"nothing", SPAN_INIT(""), SPAN_INIT(""), SPAN_INIT(""), 0, 0},
	{"ASCII gets lower case, and its line ends stay", SPAN_INIT("Buy NOW,\r\nit's 0 O l 1 m"),
		SPAN_INIT("buy now,\r\nit's 0 o l 1 m"), SPAN_INIT("buy now,\r\nit's 0 o l 1 m"), 0,
		0},
	{"@ and [ stand beside the letters", SPAN_INIT("@AZ[`az{"), SPAN_INIT("@az[`az{"),
		SPAN_INIT("@az[`az{"), 0, 0},
	{"NUL is a byte like others", SPAN_INIT("A\0B"), SPAN_INIT("a\0b"), SPAN_INIT("a\0b"), 0,
		0},
	{"capitals of other scripts", SPAN_INIT("ÄÖ ПРИВЕТ ΣΊΣΥΦΟΣ"),
		SPAN_INIT("äö привет σίσυφοσ"), {NULL, 0}, 0, 0},
	{"sharp s is two letters", SPAN_INIT("Straße"), SPAN_INIT("strasse"), SPAN_INIT("strasse"),
		0, 0},
	{"wide letters", SPAN_INIT("ＰａｙＰａｌ！"), SPAN_INIT("paypal!"), SPAN_INIT("paypal!"), 0,
		0},
	{"letters of mathematics", SPAN_INIT("𝐏𝐚𝐲𝓟𝓪𝓵"), SPAN_INIT("paypal"), SPAN_INIT("paypal"), 0,
		0},
	{"letters in circles", SPAN_INIT("Ⓟⓐⓨ"), SPAN_INIT("pay"), SPAN_INIT("pay"), 0, 0},
	{"ligatures", SPAN_INIT("oﬀer"), SPAN_INIT("offer"), SPAN_INIT("offer"), 0, 0},
	{"half-width kana and their sound marks", SPAN_INIT("ｶﾞ"), SPAN_INIT("ガ"), SPAN_INIT("ガ"),
		0, 0},
	{"a blank that does not break is a blank", SPAN_INIT("a\u00a0b"), SPAN_INIT("a b"),
		SPAN_INIT("a b"), 0, 0},
	{"an accent joins its letter", SPAN_INIT("Cafe\u0301"), SPAN_INIT("café"),
		SPAN_INIT("café"), 0, 0},
	{"two accents in either order", SPAN_INIT("a\u0302\u0323"), SPAN_INIT("ậ"), SPAN_INIT("ậ"),
		0, 0},
	{"an accent joins over what is not seen", SPAN_INIT("e\u200d\u0301!"), SPAN_INIT("é!"),
		SPAN_INIT("é!"), 1, 0},
	{"a mark below moves before one above", SPAN_INIT("x\u0301\u0323"),
		SPAN_INIT("x\u0323\u0301"), SPAN_INIT("x\u0323\u0301"), 0, 0},
	{"also behind a letter that has its accent", SPAN_INIT("\u00e9\u0323"),
		SPAN_INIT("\u1eb9\u0301"), SPAN_INIT("\u1eb9\u0301"), 0, 0},
	{"an accent without a letter", SPAN_INIT("\u0301a"), SPAN_INIT("\u0301a"),
		SPAN_INIT("\u0301a"), 0, 0},
	{"syllables of Hangul are put together", SPAN_INIT("\u1112\u1161\u11ab"), SPAN_INIT("한"),
		SPAN_INIT("한"), 0, 0},
	{"zero width, joiners, soft hyphens", SPAN_INIT("vi\u200bag\u00adr\u200da\ufeff"),
		SPAN_INIT("viagra"), SPAN_INIT("viagra"), 4, 0},
	{"bidi controls, variation selectors, tags", SPAN_INIT("\u202ea\ufe0fb\U000e0061\u2069"),
		SPAN_INIT("ab"), SPAN_INIT("ab"), 4, 0},
	{"Cyrillic for Latin", SPAN_INIT("раураl Сорy"), SPAN_INIT("раураl сорy"),
		SPAN_INIT("paypal copy"), 0, 8},
	{"capitals that look Latin, where the small letter does not", SPAN_INIT("ВАNК"),
		SPAN_INIT("ваnк"), SPAN_INIT("bank"), 0, 3},
	{"an accent on a lookalike", SPAN_INIT("а\u0301"), SPAN_INIT("а\u0301"), SPAN_INIT("á"), 0,
		1},
	{"bytes that are not valid",
		SPAN_INIT("a\xff"
			  "b\xc3"),
		SPAN_INIT("a\ufffd"
			  "b\ufffd"),
		SPAN_INIT("a\ufffd"
			  "b\ufffd"),
		0, 0},
	{"Thai with a vowel and a tone on one letter", SPAN_INIT("ที่นี่"), SPAN_INIT("ที่นี่"),
		SPAN_INIT("ที่นี่"), 0, 0},
};

static void check_form(const char *name, const char *which, const struct text_form *form,
	struct span expected)
{
	if (!span_equal(form->text, expected))
		fail_msg("%s: %s: %.*s", name, which, SPAN_ARG(form->text));
}

static void texts_are_folded(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text_form folded, skeleton;

		text_make_folded(a, cases[i].text, &folded);
		text_make_skeleton(a, cases[i].text, &skeleton);
		check_form(cases[i].name, "folded", &folded, cases[i].folded);
		if (span_is_null(cases[i].skeleton))
			continue;
		check_form(cases[i].name, "skeleton", &skeleton, cases[i].skeleton);
		if (folded.invisible != cases[i].invisible ||
			skeleton.invisible != cases[i].invisible || folded.confused != 0 ||
			skeleton.confused != cases[i].confused)
			fail_msg("%s: %zu %zu not seen, %zu %zu alike", cases[i].name,
				folded.invisible, skeleton.invisible, folded.confused,
				skeleton.confused);
	}
	arena_free(a);
}

static void what_does_not_change_is_not_copied(void **state)
{
	static const struct span texts[] = {SPAN_INIT(""),
		SPAN_INIT("plain text, of a few lines\n"), SPAN_INIT("grün, привет, 你好 — “so”")};
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct text_form form;

		text_make_folded(a, texts[i], &form);
		assert_ptr_equal(form.text.p, texts[i].p);
		assert_int_equal(form.step_count, 0);
	}
	assert_int_equal(arena_used(a), 0);
	arena_free(a);
}

static const struct {
	const char *name;
	struct span text, found; /* in the folded text */
	size_t origin;
} places[] = {
	{"before any change", SPAN_INIT("go: \u00adx"), SPAN_INIT("go"), 0},
	{"behind what was left out", SPAN_INIT("go: \u00adx"), SPAN_INIT("x"), 6},
	{"a blank of two bytes", SPAN_INIT("go\u00a0x"), SPAN_INIT(" x"), 2},
	{"behind it", SPAN_INIT("go\u00a0x"), SPAN_INIT("x"), 4},
	{"the second letter of a sharp s", SPAN_INIT("Fuß!"), SPAN_INIT("s!"), 2},
	{"behind a sharp s", SPAN_INIT("Fuß!"), SPAN_INIT("!"), 4},
	{"within a ligature", SPAN_INIT("eﬃx"), SPAN_INIT("ix"), 1},
	{"behind an accent", SPAN_INIT("ae\u0301x"), SPAN_INIT("x"), 4},
	{"the letter of an accent", SPAN_INIT("ae\u0301x"), SPAN_INIT("é"), 1},
	{"a capital of two bytes stands where it stood", SPAN_INIT("ÄÖÜ"), SPAN_INIT("ü"), 4},
	{"behind a broken byte",
		SPAN_INIT("a\xff"
			  "b"),
		SPAN_INIT("b"), 2},
};

static void places_lead_back(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct text_form form;
		size_t at, origin;

		text_make_folded(a, places[i].text, &form);
		at = span_find(form.text, places[i].found);
		origin = text_find_origin(&form, at);
		if (at == form.text.n || origin != places[i].origin)
			fail_msg("%s: %zu leads to %zu", places[i].name, at, origin);
		if (text_find_origin(&form, form.text.n) != places[i].text.n)
			fail_msg("%s: the end leads to %zu", places[i].name,
				text_find_origin(&form, form.text.n));
	}
	arena_free(a);
}

/* ---- what holds for any text ---- */

/* Pieces that do something to each other, or to nobody. */
static const char *const pieces[] = {"a", "B", "E", " ", "word ", "\n", "é", "É", "ß", "\u0301",
	"\u0323", "\u0302", "\u200b", "\u00ad", "\ufe0f", "ﬁ", "Ａ", "\u00a0", "а", "В", "Ж", "你",
	"한", "\u1112", "\u1161", "\u11ab", "ｶ", "ﾞ", "\xff", "\xe2\x82", "\xf0\x9f\x98\x80",
	"\ufdfa", "\u0e48", "\u0e38", "กี", "हि", "\u093c", "\u094d", "ا", "\u0651", "\u064e", "0",
	"\u3000", "Ⅷ", "\u202e", "İ", "ŉ"};

static uint64_t random_state = 1;

static size_t next_random(size_t most)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (size_t)(random_state >> 33) % most;
}

static struct span make_text(struct arena *a, size_t count)
{
	struct buf b;

	buf_init(&b, a, 10000);
	for (size_t i = 0; i < count; i++)
		buf_add_string(&b, pieces[next_random(ARRAY_LEN(pieces))]);
	return buf_span(&b);
}

static void (*const forms[])(struct arena *a, struct span text,
	struct text_form *out) = {text_make_folded, text_make_skeleton};

static void a_form_of_a_form_is_itself(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (unsigned i = 0; i < 40000; i++) {
		struct span text = make_text(a, 1 + next_random(8));
		struct text_form once, twice;

		forms[i % 2](a, text, &once);
		forms[i % 2](a, once.text, &twice);
		if (!span_equal(once.text, twice.text) || twice.invisible + twice.confused > 0)
			fail_msg("%.*s: %.*s, then %.*s", SPAN_ARG(text), SPAN_ARG(once.text),
				SPAN_ARG(twice.text));
		assert_true(span_is_utf8(once.text));
		arena_reset(a);
	}
	arena_free(a);
}

static void each_character_has_a_form_that_stays(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (uint32_t c = 0; c < 0x110000; c++) {
		char bytes[UTF8_CHAR_MOST];
		struct span text = span_from(bytes, utf8_write(c, bytes));

		for (size_t k = 0; k < ARRAY_LEN(forms); k++) {
			struct text_form once, twice;

			forms[k](a, text, &once);
			forms[k](a, once.text, &twice);
			if (!span_equal(once.text, twice.text))
				fail_msg("U+%04X: %.*s, then %.*s", c, SPAN_ARG(once.text),
					SPAN_ARG(twice.text));
		}
		arena_reset(a);
	}
	arena_free(a);
}

/* A line end joins nothing: texts cut there have the forms of their pieces. */
static void pieces_have_the_form_of_the_whole(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		struct span x = make_text(a, next_random(12)), y = make_text(a, next_random(12));
		struct span whole = arena_printf(a, "%.*s\n%.*s", SPAN_ARG(x), SPAN_ARG(y));
		struct span end = span_from_offset(whole, x.n);
		struct text_form fx, fy, f;

		forms[i % 2](a, x, &fx);
		forms[i % 2](a, end, &fy);
		forms[i % 2](a, whole, &f);
		if (!span_equal(f.text,
			    arena_printf(a, "%.*s%.*s", SPAN_ARG(fx.text), SPAN_ARG(fy.text))) ||
			f.invisible != fx.invisible + fy.invisible ||
			f.confused != fx.confused + fy.confused)
			fail_msg("%.*s: %.*s", SPAN_ARG(whole), SPAN_ARG(f.text));
		arena_reset(a);
	}
	arena_free(a);
}

static void check_origins(struct span text, const struct text_form *form)
{
	size_t before = 0;

	for (size_t i = 0; i <= form->text.n; i++) {
		size_t origin = text_find_origin(form, i);

		if (origin < before || origin > text.n)
			fail_msg("%.*s: byte %zu leads to %zu, after %zu", SPAN_ARG(text), i,
				origin, before);
		if (origin < text.n && (unsigned char)text.p[origin] < 0x80 && i < form->text.n &&
			(unsigned char)form->text.p[i] < 0x80 &&
			byte_lower(text.p[origin]) != form->text.p[i])
			fail_msg("%.*s: byte %zu is another letter", SPAN_ARG(text), i);
		before = origin;
	}
	assert_int_equal(text_find_origin(form, form->text.n), text.n);
}

static void places_never_go_back(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		struct span text = make_text(a, 1 + next_random(20));
		struct text_form form;

		forms[i % 2](a, text, &form);
		check_origins(text, &form);
		arena_reset(a);
	}
	arena_free(a);
}

static void a_text_that_is_too_long_is_cut(void **state)
{
	struct arena *a = arena_make();
	char *p = arena_alloc_raw(a, TEXT_BYTES_MOST + 2);
	struct text_form form;

	(void)state;
	memset(p, 'a', TEXT_BYTES_MOST + 2);
	text_make_folded(a, span_from(p, TEXT_BYTES_MOST), &form);
	assert_false(form.is_cut);
	memcpy(p + TEXT_BYTES_MOST - 1, "\xe2\x82\xac", 3);
	text_make_folded(a, span_from(p, TEXT_BYTES_MOST + 2), &form);
	assert_true(form.is_cut);
	assert_int_equal(form.text.n, TEXT_BYTES_MOST - 1);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_folded),
		cmocka_unit_test(what_does_not_change_is_not_copied),
		cmocka_unit_test(places_lead_back),
		cmocka_unit_test(a_form_of_a_form_is_itself),
		cmocka_unit_test(each_character_has_a_form_that_stays),
		cmocka_unit_test(pieces_have_the_form_of_the_whole),
		cmocka_unit_test(places_never_go_back),
		cmocka_unit_test(a_text_that_is_too_long_is_cut),
	};

	return cmocka_run_group_tests_name("text/form", tests, NULL, NULL);
}
