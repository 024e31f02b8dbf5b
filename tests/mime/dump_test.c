/* What `winnow dump mime` prints: golden files in tests/data/mime, rewritten when WINNOW_BLESS is set. */
#include "outline.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static const char *source_folder(void)
{
	const char *source = getenv("WINNOW_SOURCE");

	return source == NULL ? "." : source;
}

static void write_golden(const char *path, struct span text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd == -1 || !file_write_fd(fd, text))
		fail_msg("%s cannot be written", path);
	close(fd);
}

static bool check_file(const char *path, const char *golden)
{
	struct arena *a = arena_make();
	struct span message, expected = {0}, got;
	struct why why = {0};
	bool good;

	if (file_read(a, path, 1 << 20, &message, &why) != RC_OK)
		fail_msg("%s", why.text);
	got = outline_json(mime_parse(a, message));
	if (getenv("WINNOW_BLESS") != NULL)
		write_golden(golden, got);
	good = file_read(a, golden, 1 << 20, &expected, &why) == RC_OK && span_equal(got, expected);
	if (!good)
		print_error("%s: got\n%.*s%s\n", path, SPAN_ARG(got), why.text);
	arena_free(a);
	return good;
}

static void messages_are_dumped_as_before(void **state)
{
	const char *source = source_folder();
	char folder[1024], path[2048], golden[2048];
	size_t files = 0, wrong = 0;
	struct dirent **names;
	int n;

	(void)state;
	snprintf(folder, sizeof(folder), "%s/tests/data/mime", source);
	n = scandir(folder, &names, NULL, alphasort);
	if (n == -1)
		fail_msg("%s cannot be read", folder);
	for (int i = 0; i < n; i++) {
		struct span name = span_of(names[i]->d_name);

		if (span_ends(name, SPAN(".eml"))) {
			snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
			snprintf(golden, sizeof(golden), "%s/%.*s.json", folder, (int)name.n - 4,
				name.p);
			files++;
			wrong += !check_file(path, golden);
		}
		free(names[i]);
	}
	free(names);
	assert_true(files > 5);
	assert_int_equal(wrong, 0);
}

struct dump_case {
	const char *name;
	struct span message;
	const char *json;
};

#define ABC                                                                                        \
	"\"size\":3,\"sha256\":\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""
#define NONE                                                                                       \
	"\"size\":0,\"sha256\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""

static const struct dump_case cases[] = {
	{"nothing", BYTES(""),
		"{\"defects\":[\"empty-message\",\"no-headers\",\"no-body\"],\"part\":{\"type\":\"text/plain\","
		"\"headers\":[]," NONE ",\"text\":\"\",\"defects\":[\"no-headers\",\"no-body\"]}}"},
	{"a text", BYTES("A: b\n\nabc"),
		"{\"defects\":[],\"part\":{\"type\":\"text/plain\",\"headers\":[[\"A\",\"b\"]]," ABC
		",\"text\":\"abc\",\"defects\":[]}}"},
	{"a part that is no text has none, and everything else in lower case",
		BYTES("MIME-Version: 1.0\nContent-Type: IMAGE/PNG; NAME=x\n"
		      "Content-Transfer-Encoding: BASE64\nContent-Disposition: Inline\n\nYWJj\n"),
		"{\"defects\":[],\"part\":{\"type\":\"image/png\",\"encoding\":\"base64\","
		"\"disposition\":\"inline\",\"filename\":\"x\",\"headers\":[[\"MIME-Version\",\"1.0\"],"
		"[\"Content-Type\",\"IMAGE/PNG; NAME=x\"],[\"Content-Transfer-Encoding\",\"BASE64\"],"
		"[\"Content-Disposition\",\"Inline\"]]," ABC ",\"defects\":[]}}"},
	{"a message has content and a tree",
		BYTES("MIME-Version: 1.0\nContent-Type: message/rfc822\n\nabc"),
		"{\"defects\":[\"no-headers\",\"no-body\"],\"part\":{\"type\":\"message/rfc822\",\"headers\":"
		"[[\"MIME-Version\",\"1.0\"],[\"Content-Type\",\"message/rfc822\"]]," ABC
		",\"defects\":[],\"message\":{\"type\":\"text/plain\",\"headers\":[]," ABC
		",\"text\":\"abc\",\"defects\":[\"no-headers\",\"no-body\"]}}}"},
	{"a multipart with parts has no content",
		BYTES("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
		      "Content-Type: text/plain; charset=US-ASCII\n\nabc\n--b--\n"),
		"{\"defects\":[],\"part\":{\"type\":\"multipart/mixed\",\"headers\":[[\"MIME-Version\",\"1.0\"],"
		"[\"Content-Type\",\"multipart/mixed; boundary=b\"]],\"defects\":[],\"parts\":[{"
		"\"type\":\"text/plain\",\"charset\":\"us-ascii\",\"headers\":[[\"Content-Type\","
		"\"text/plain; charset=US-ASCII\"]]," ABC ",\"text\":\"abc\",\"defects\":[]}]}}"},
	{"defects of decoding are told as well", BYTES("A: \xe4\n\nabc"),
		"{\"defects\":[\"header-8bit\"],\"part\":{\"type\":\"text/plain\",\"headers\":[[\"A\","
		"\"\xc3\xa4\"]]," ABC ",\"text\":\"abc\",\"defects\":[\"header-8bit\"]}}"},
};

static void the_object_is(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *a = arena_make();
		struct buf out;
		struct json j;
		bool good;

		buf_init(&out, a, 1 << 20);
		json_init(&j, &out);
		mime_print_json(mime_parse(a, cases[i].message), &j);
		good = span_equal(buf_span(&out), span_of(cases[i].json));
		if (!good)
			print_error("%s:\n  got      %.*s\n  expected %s\n", cases[i].name,
				SPAN_ARG(buf_span(&out)), cases[i].json);
		wrong += !good;
		arena_free(a);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_dumped_as_before),
		cmocka_unit_test(the_object_is),
	};

	return cmocka_run_group_tests_name("mime/dump", tests, NULL, NULL);
}
