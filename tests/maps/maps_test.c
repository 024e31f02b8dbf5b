#include "maps/maps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* Each test has a folder of its own. */
static char folder[64];
static struct arena *a;
static struct conf_report report;

static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/winnow-maps-XXXXXX");
	a = arena_make();
	conf_report_init(&report, a);
	return mkdtemp(folder) == NULL;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	arena_free(a);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static void write_file(const char *path, const char *text)
{
	char full[256];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", folder, path);
	for (char *p = full + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		(void)mkdir(full, 0700);
		*p = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static const struct conf *make_conf(void)
{
	struct conf *conf = ARENA_NEW(a, struct conf);

	conf->folder = span_of(folder);
	return conf;
}

/* As a new generation does. */
static const struct maps_domains *read_map(const char *name)
{
	conf_report_init(&report, a);
	return maps_read_domains(a, make_conf(), &report, name);
}

/* The key of the entry that holds for the host, or "". */
static void expect(const struct maps_domains *map, const char *host, const char *key)
{
	const struct maps_entry *entry = maps_find_domain(map, span_of(host));
	struct span found = entry == NULL ? SPAN("") : entry->key;

	if (!span_equal(found, span_of(key)))
		fail_msg("%s: \"%.*s\", not \"%s\"", host, SPAN_ARG(found), key);
}

static void expect_text(const struct maps_domains *map, const char *host, const char *value)
{
	const struct maps_entry *entry = maps_find_domain(map, span_of(host));

	assert_non_null(entry);
	if (!span_equal(entry->value, span_of(value)))
		fail_msg("%s: \"%.*s\", not \"%s\"", host, SPAN_ARG(entry->value), value);
}

static void a_map_that_nobody_wrote_is_empty(void **state)
{
	const struct maps_domains *map = read_map("nothing");

	(void)state;
	assert_int_equal(maps_count_domains(map), 0);
	expect(map, "example.org", "");
	expect(map, "", "");
	map = maps_read_domains(a, NULL, NULL, "nothing");
	assert_int_equal(maps_count_domains(map), 0);
	assert_int_equal(report.errors + report.warnings, 0);
}

static void an_entry_holds_for_all_below_it_and_the_nearest_wins(void **state)
{
	const struct maps_domains *map;

	(void)state;
	write_file("local.d/maps.d/mine.map",
		"# a comment\n"
		"\n"
		"example.org\n"
		"  Deep.Example.ORG \t of all  kinds # with a comment\r\n"
		"*.star.example\n"
		".dot.example\n"
		"b\xc3\xbc"
		"cher.example\n"
		"zip");
	map = read_map("mine");
	assert_int_equal(report.errors + report.warnings, 0);
	assert_int_equal(maps_count_domains(map), 6);
	expect(map, "example.org", "example.org");
	expect(map, "EXAMPLE.org.", "example.org");
	expect(map, "a.b.c.d.e.f.g.example.org", "example.org");
	expect(map, "x.deep.example.org", "deep.example.org");
	expect_text(map, "x.deep.example.org", "of all  kinds");
	expect_text(map, "example.org", "");
	expect(map, "notexample.org", "");
	expect(map, "org", "");
	expect(map, "example.org.evil.example", "");
	expect(map, "a.star.example", "star.example");
	expect(map, "dot.example", "dot.example");
	expect(map, "www.xn--bcher-kva.example", "xn--bcher-kva.example");
	expect(map, "archive.zip", "zip");
	expect(map, ".", "");
	expect(map, "..", "");
}

static void a_file_adds_to_the_stock_map_and_takes_away_from_it(void **state)
{
	const struct maps_domains *map = read_map("redirectors");
	size_t stock = maps_count_domains(map);

	(void)state;
	assert_true(stock > 100);
	expect(map, "bit.ly", "bit.ly");
	write_file("local.d/maps.d/redirectors.map", "go.example.org\n! bit.ly\n!never.example\n");
	map = read_map("redirectors");
	assert_int_equal(report.errors + report.warnings, 0);
	assert_int_equal(maps_count_domains(map), stock);
	expect(map, "bit.ly", "");
	expect(map, "tinyurl.com", "tinyurl.com");
	expect(map, "x.go.example.org", "go.example.org");
}

static void a_file_of_override_takes_the_place_of_all(void **state)
{
	const struct maps_domains *map;

	(void)state;
	write_file("local.d/maps.d/redirectors.map", "local.example\n");
	write_file("override.d/maps.d/redirectors.map", "only.example\n");
	map = read_map("redirectors");
	assert_int_equal(maps_count_domains(map), 1);
	expect(map, "only.example", "only.example");
}

static void files_by_the_names_of_rspamd_are_read(void **state)
{
	static const struct {
		const char *path, *map;
	} files[] = {
		{"local.d/maps.d/redirectors.inc", "redirectors"},
		{"local.d/redirectors.inc", "redirectors"},
		{"local.d/maps.d/redirectors.inc.local", "redirectors"},
		{"local.d/redirectors.inc.local", "redirectors"},
		{"local.d/maps.d/phishing_whitelist.inc", "phishing_whitelist"},
		{"local.d/maps.d/surbl-whitelist.inc.local", "surbl_whitelist"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char name[32];

		snprintf(name, sizeof(name), "n%zu.example", i);
		write_file(files[i].path, name);
		expect(read_map(files[i].map), name, name);
		expect(read_map("trackers"), name, "");
	}
}

static void what_is_no_line_is_told_with_its_place_and_the_rest_counts(void **state)
{
	struct conf_message *told;

	(void)state;
	write_file("local.d/maps.d/mine.map",
		"good.example\nhttps://bad.example/\n/^bad/\na@bad.example\n"
		"two..dots.example\nlast.example\n");
	assert_int_equal(maps_count_domains(read_map("mine")), 2);
	assert_int_equal(report.errors, 0);
	assert_int_equal(report.warnings, 4);
	told = report.messages.v;
	assert_true(span_find(told->text, SPAN("mine.map:2:1: ")) < told->text.n);
	assert_true(span_find(told->text, SPAN("\"https://bad.example/\"")) < told->text.n);

	write_file("local.d/maps.d/mine.map", "a/\nb/\nc/\nd/\ne/\nf/\ng/\ngood.example\n");
	assert_int_equal(maps_count_domains(read_map("mine")), 1);
	assert_int_equal(report.warnings, 6);
	told = &report.messages.v[5];
	assert_true(span_find(told->text, SPAN("2 more lines")) < told->text.n);
}

static void what_stands_behind_a_name_in_a_stock_map_is_told(void **state)
{
	const struct maps_domains *map;

	(void)state;
	write_file("local.d/maps.d/trackers.map",
		"bad line here?? %%\ngood.example # of ours\n! list-manage.com\n");
	map = read_map("trackers");
	assert_int_equal(report.warnings, 1);
	assert_true(span_find(report.messages.v[0].text, SPAN("trackers.map:1:1: ")) <
		report.messages.v[0].text.n);
	expect(map, "x.bad", "");
	expect(map, "good.example", "good.example");
	expect(map, "list-manage.com", "");
}

static void a_misspelt_file_is_told_once(void **state)
{
	(void)state;
	write_file("local.d/maps.d/tracker.map", "good.example\n");
	write_file("local.d/maps.d/blocked_senders.map", "x\n");
	write_file("local.d/maps.d/redirectors.map", "go.example\n");
	(void)read_map("trackers");
	assert_int_equal(report.warnings, 1);
	assert_true(span_find(report.messages.v[0].text, SPAN("maps.d/tracker.map:1:1: ")) <
		report.messages.v[0].text.n);
	assert_true(span_find(report.messages.v[0].text, SPAN("\"trackers.map\"")) <
		report.messages.v[0].text.n);
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
	(void)state;
	write_file("local.d/maps.d/redirectors.map/x", "");
	assert_true(maps_count_domains(read_map("redirectors")) > 100);
	assert_int_equal(report.errors, 1);
}

static void stock_maps_are_there_and_hold_what_they_say(void **state)
{
	static const char *const cases[][3] = {
		{"redirectors", "t.co", "t.co"},
		{"redirectors", "example.org", ""},
		{"trackers", "xyz.us1.list-manage.com", "list-manage.com"},
		{"trackers", "u123.ct.sendgrid.net", "ct.sendgrid.net"},
		{"trackers", "click.mailjet.com", "mailjet.com"},
		{"trackers", "fra1.qualtrics.com", "qualtrics.com"},
		{"trackers", "example.org", ""},
		{"surbl_whitelist", "www.w3.org", "w3.org"},
		{"surbl_whitelist", "sub.onmicrosoft.com", ""},
		{"phishing_whitelist", "example.org", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		expect(read_map(cases[i][0]), cases[i][1], cases[i][2]);
	assert_int_equal(report.errors + report.warnings, 0);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void a_map_is_read_once_in_a_generation(void **state)
{
	const struct conf *conf = make_conf(), *next = make_conf();
	struct arena *other = arena_make();
	const struct maps_domains *map, *elsewhere;

	(void)state;
	write_file("local.d/maps.d/mine.map", "a.example\nno/domain\n");
	map = maps_read_domains(a, conf, &report, "mine");
	assert_int_equal(report.messages.n, 1);
	write_file("local.d/maps.d/mine.map", "a.example\nb.example\nc.example\n");
	assert_ptr_equal(maps_read_domains(a, conf, &report, "mine"), map);
	assert_int_equal(report.messages.n, 1);
	assert_ptr_not_equal(maps_read_domains(a, conf, &report, "other"), map);
	/* another configuration, or memory that lives for another time */
	assert_int_equal(maps_count_domains(maps_read_domains(a, next, &report, "mine")), 3);
	elsewhere = maps_read_domains(other, next, &report, "mine");
	assert_int_equal(maps_count_domains(elsewhere), 3);
	arena_reset(other);
	write_file("local.d/maps.d/mine.map", "");
	assert_int_equal(maps_count_domains(maps_read_domains(other, next, &report, "mine")), 0);
	arena_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_map_that_nobody_wrote_is_empty),
		IN_FOLDER(a_map_is_read_once_in_a_generation),
		IN_FOLDER(an_entry_holds_for_all_below_it_and_the_nearest_wins),
		IN_FOLDER(a_file_adds_to_the_stock_map_and_takes_away_from_it),
		IN_FOLDER(a_file_of_override_takes_the_place_of_all),
		IN_FOLDER(files_by_the_names_of_rspamd_are_read),
		IN_FOLDER(what_is_no_line_is_told_with_its_place_and_the_rest_counts),
		IN_FOLDER(what_stands_behind_a_name_in_a_stock_map_is_told),
		IN_FOLDER(a_misspelt_file_is_told_once),
		IN_FOLDER(a_file_that_cannot_be_read_is_an_error),
		IN_FOLDER(stock_maps_are_there_and_hold_what_they_say),
	};

	return cmocka_run_group_tests_name("maps/maps", tests, NULL, NULL);
}
