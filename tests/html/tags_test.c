#include "html/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void every_element_is_found_by_its_name(void **state)
{
	(void)state;
	for (int i = 0; i < HTML_TAG_UNKNOWN; i++) {
		struct span name = html_tag_name((enum html_tag)i);

		assert_true(name.n <= HTML_TAG_NAME_MOST);
		if (html_find_tag(name) != (enum html_tag)i)
			fail_msg("%.*s is not found", SPAN_ARG(name));
	}
}

static void elements_stand_in_the_order_of_their_names(void **state)
{
	(void)state;
	for (int i = 1; i < HTML_TAG_UNKNOWN; i++)
		assert_true(span_compare(html_tag_name((enum html_tag)(i - 1)),
				    html_tag_name((enum html_tag)i)) < 0);
}

static void other_names_are_unknown(void **state)
{
	static const struct span names[] = {SPAN_INIT(""), SPAN_INIT("t"), SPAN_INIT("tdd"),
		SPAN_INIT("TD"), SPAN_INIT("z"), SPAN_INIT("jj"), SPAN_INIT("qqq"), SPAN_INIT("{"),
		SPAN_INIT("`"), SPAN_INIT("\xc3\xa4"), SPAN_INIT("unknown"), SPAN_INIT("td\0"),
		SPAN_INIT("blockquotes"), SPAN_INIT("x"), SPAN_INIT("zzzzzzzzzzzzzzzzzzzz")};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(html_find_tag(names[i]), HTML_TAG_UNKNOWN);
	assert_true(span_equal(html_tag_name(HTML_TAG_UNKNOWN), SPAN("unknown")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_element_is_found_by_its_name),
		cmocka_unit_test(elements_stand_in_the_order_of_their_names),
		cmocka_unit_test(other_names_are_unknown),
	};

	return cmocka_run_group_tests_name("html/tags", tests, NULL, NULL);
}
