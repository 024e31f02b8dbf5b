#include "html/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct span dump(struct arena *a, struct span document)
{
	struct buf out;
	struct json j;

	buf_init(&out, a, 1 << 20);
	json_init(&j, &out);
	json_open_object(&j);
	html_print_json(html_read(a, document), &j);
	json_close(&j);
	return buf_span(&out);
}

static void test_everything_is_printed(void **state)
{
	struct arena *a = arena_make();
	struct span json = dump(a,
		SPAN("<title>t</title><p>a<a href=u download>b<img src=i alt=c width=2 "
		     "height=3></a><b style=color:white>d</b><p hidden>e<form action=f "
		     "method=post><input type=password>"));

	(void)state;
	assert_string_equal(arena_string(a, json),
		"{\"text\":\"ab\",\"hidden\":[{\"text\":\"d\",\"why\":\"color\",\"degree\":0.0},"
		"{\"text\":\"e\",\"why\":\"hidden\"}],"
		"\"links\":[{\"url\":\"u\",\"text\":\"b\",\"tag\":\"a\",\"attribute\":\"href\",\"kind\":\"anchor\",\"image\":true,\"download\":true},"
		"{\"url\":\"i\",\"text\":\"\",\"tag\":\"img\",\"attribute\":\"src\",\"kind\":\"image\"},"
		"{\"url\":\"f\",\"text\":\"\",\"tag\":\"form\",\"attribute\":\"action\",\"kind\":\"form\"}],"
		"\"images\":[{\"url\":\"i\",\"alt\":\"c\",\"width\":2,\"height\":3,\"linked\":true}],"
		"\"forms\":[{\"action\":\"f\",\"method\":\"post\",\"fields\":1,\"passwords\":1}],"
		"\"title\":\"t\",\"base\":null,"
		"\"sights\":[\"download\",\"form\",\"password-field\",\"unbalanced\"],"
		"\"tags\":{\"a\":1,\"b\":1,\"form\":1,\"img\":1,\"input\":1,\"p\":2,\"title\":1},"
		"\"hidden_bytes\":2,\"tag_count\":8,\"comments\":0,\"depth\":2}");
	arena_free(a);
}

static void test_names(void **state)
{
	(void)state;
	for (int i = 0; i < HTML_WHY_COUNT; i++)
		assert_true(span_of(html_why_name((enum html_why)i)).n > 0);
	for (int i = 0; i < HTML_SIGHT_COUNT; i++)
		assert_true(span_of(html_sight_name((enum html_sight)i)).n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything_is_printed),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
