/* Settings and schema: what a configuration makes of the process. */
#include "serve/inner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "checks/checks.h"

static struct serve_generation *make(struct arena *a, const char *const *settings, size_t n,
	struct conf_report *report)
{
	/* a folder that holds no configuration */
	struct serve_input input = {.path = "tests", .settings = settings, .setting_count = n};

	conf_report_init(report, a);
	return serve_generation_make(&input, report);
}

static struct span print_report(struct arena *a, const struct conf_report *report)
{
	struct buf out;

	buf_init(&out, a, 1 << 16);
	conf_report_print(&out, report);
	return buf_span(&out);
}

static void the_stock_configuration_has_nothing_wrong(void **state)
{
	struct arena *a = arena_make();
	struct conf_report report;
	struct serve_generation *g = make(a, NULL, 0, &report);

	(void)state;
	if (report.errors + report.warnings > 0)
		fail_msg("%.*s", SPAN_ARG(print_report(a, &report)));
	assert_true(conf_equal(g->conf->root, g->defaults->root));
	serve_generation_free(g);
	arena_free(a);
}

static void stock_caps_are_in_effect(void **state)
{
	static const struct {
		const char *path;
		double most;
	} caps[] = {
		{"group.headers.max_score", 8},
		{"group.subject.max_score", 6},
		{"group.excessqp.max_score", 2.4},
		{"group.excessb64.max_score", 3},
	};
	struct arena *a = arena_make();
	struct conf_report report;
	struct serve_generation *g = make(a, NULL, 0, &report);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(caps); i++) {
		double value;

		if (!conf_to_number(conf_find(g->conf->root, caps[i].path), &value) ||
			value != caps[i].most)
			fail_msg("%s is not %g", caps[i].path, caps[i].most);
	}
	serve_generation_free(g);
	arena_free(a);
}

/* A group that checks name and nobody describes would be shown without a word. */
static void every_group_of_a_check_is_described(void **state)
{
	struct arena *a = arena_make();
	struct conf_report report;
	struct serve_generation *g = make(a, NULL, 0, &report);

	(void)state;
	for (size_t i = 0; i < checks_count; i++) {
		for (size_t k = 0; k < checks_all[i]->symbol_count; k++) {
			struct span rest = span_of(checks_all[i]->symbols[k].group), name;

			while (span_next(&rest, ',', &name)) {
				const struct conf_node *group =
					conf_get(conf_find(g->conf->root, "group"),
						span_trim(name));

				if (conf_get(group, SPAN("description")) == NULL)
					fail_msg("the group \"%.*s\" is not in rules/groups.conf",
						SPAN_ARG(name));
			}
		}
	}
	serve_generation_free(g);
	arena_free(a);
}

static const struct setting_case {
	const char *name;
	const char *setting;
	const char *said; /* NULL: nothing */
	bool is_error;
} settings[] = {
	{"an address is taken", "worker.proxy.bind_socket=[::1]:25", NULL, false},
	{"an address that is none is an error", "worker.proxy.bind_socket=mx:25",
		"no address to listen on", true},
	{"a worker that does not speak milter is an error", "worker.proxy.milter=no",
		"speaks milter only", true},
	{"a worker that is switched off may not speak it", "worker.proxy.enabled=no", NULL, false},
	{"a name that is no header is an error", "worker.proxy.spam_header=a b",
		"not the name of a header", true},
	{"a setting that does not exist is an error with the nearest name",
		"worker.proxy.reject_mesage=x", "reject_message", true},
	{"an unlikely timeout is an error", "worker.proxy.timeout=0.1s", "timeout", true},
	{"a message over the limit of the program is an error", "options.max_message=51mb",
		"max_message", true},
	{"Rspamd's settings of a proxy are a warning", "worker.proxy.max_retries=5", "max_retries",
		false},
	{"a listener that is not there yet is a warning", "worker.controller.bind_socket=*:11334",
		"bind_socket", false},
	{"switching off what is not there is no warning", "worker.controller.enabled=false", NULL,
		false},
	{"scanning over HTTP listens where it is told", "worker.normal.bind_socket=*:11335", NULL,
		false},
	{"a wrong address for HTTP is an error", "worker.normal.bind_socket=nowhere:x", "nowhere:x",
		true},
	{"a socket of systemd is looked for when it is opened",
		"worker.proxy.bind_socket=systemd:x", NULL, false},
	{"a log to a file needs its name", "logging.type=file", "logging.filename", true},
	{"a level of Rspamd's is taken", "logging.level=silent", NULL, false},
	{"a level that does not exist is an error", "logging.level=loud", "level", true},
	{"a check is switched off by the section of its name", "gtube.enabled=false", NULL, false},
	{"an option of a check may stand in options", "options.gtube_patterns=all", NULL, false},
	{"a score for a symbol that does not exist is a warning", "symbols.NO_SUCH.score=1",
		"NO_SUCH", false},
};

static void settings_are_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		const struct setting_case *c = &settings[i];
		struct arena *a = arena_make();
		struct conf_report report;
		struct serve_generation *g = make(a, &c->setting, 1, &report);
		struct span said = print_report(a, &report);

		if ((report.errors > 0) != c->is_error ||
			(c->said == NULL ? said.n > 0
					 : span_find(said, span_of(c->said)) == said.n))
			fail_msg("%s: got \"%.*s\"", c->name, SPAN_ARG(said));
		serve_generation_free(g);
		arena_free(a);
	}
}

static void listeners_of_several_sections_are_joined(void **state)
{
	static const char text[] =
		"worker \"rspamd_proxy\" { bind_socket = \"127.0.0.1:1\"; reject_message = \"one\"; }\n"
		"worker \"normal\" { count = 2; }\n"
		"worker \"proxy\" { bind_socket = \"127.0.0.1:2, [::1]:2\"; }\n";
	struct conf_text file = {.name = "winnow.conf",
		.text = span_of(text),
		.layer = CONF_LAYER_FILE,
		.section = ""};
	struct conf_input input = {.texts = &file, .text_count = 1};
	struct arena *a = arena_make();
	struct conf_report report;
	struct serve_settings s;
	const struct conf *conf;

	(void)state;
	conf_report_init(&report, a);
	conf = conf_load(a, &input, &report);
	serve_settings_read(a, conf, &s, &report);
	assert_int_equal(report.errors, 0);
	assert_int_equal(s.proxy.sockets.n, 3);
	assert_true(span_equal(s.proxy.policy.reject_message, SPAN("one")));
	assert_int_equal(s.proxy.policy.message_most, MSG_BYTES_MOST);
	assert_int_equal(s.worker_count, 2);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_stock_configuration_has_nothing_wrong),
		cmocka_unit_test(stock_caps_are_in_effect),
		cmocka_unit_test(every_group_of_a_check_is_described),
		cmocka_unit_test(settings_are_checked),
		cmocka_unit_test(listeners_of_several_sections_are_joined),
	};

	return cmocka_run_group_tests_name("serve/generation", tests, NULL, NULL);
}
