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
		"{\"defects\":[\"empty-message\",\"no-headers\",\"no-body\",\"origin-missing\"],\"part\":{\"type\":\"text/plain\","
		"\"headers\":[]," NONE
		",\"text\":\"\",\"defects\":[\"no-headers\",\"no-body\",\"origin-missing\"]}}"},
	{"a text", BYTES("A: b\n\nabc"),
		"{\"defects\":[\"origin-missing\"],\"part\":{\"type\":\"text/plain\",\"headers\":[[\"A\",\"b\"]]," ABC
		",\"text\":\"abc\",\"defects\":[\"origin-missing\"]}}"},
	{"a part that is no text has none, and everything else in lower case",
		BYTES("MIME-Version: 1.0\nContent-Type: IMAGE/PNG; NAME=x\n"
		      "Content-Transfer-Encoding: BASE64\nContent-Disposition: Inline\n\nYWJj\n"),
		"{\"defects\":[\"origin-missing\"],\"part\":{\"type\":\"image/png\",\"encoding\":\"base64\","
		"\"disposition\":\"inline\",\"filename\":\"x\",\"headers\":[[\"MIME-Version\",\"1.0\"],"
		"[\"Content-Type\",\"IMAGE/PNG; NAME=x\"],[\"Content-Transfer-Encoding\",\"BASE64\"],"
		"[\"Content-Disposition\",\"Inline\"]]," ABC ",\"defects\":[\"origin-missing\"]}}"},
	{"a message has content and a tree",
		BYTES("MIME-Version: 1.0\nContent-Type: message/rfc822\n\nabc"),
		"{\"defects\":[\"no-headers\",\"no-body\",\"origin-missing\"],\"part\":{\"type\":\"message/rfc822\",\"headers\":"
		"[[\"MIME-Version\",\"1.0\"],[\"Content-Type\",\"message/rfc822\"]]," ABC
		",\"defects\":[\"origin-missing\"],\"message\":{\"type\":\"text/plain\",\"headers\":[]," ABC
		",\"text\":\"abc\",\"defects\":[\"no-headers\",\"no-body\"]}}}"},
	{"a multipart with parts has no content",
		BYTES("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
		      "Content-Type: text/plain; charset=US-ASCII\n\nabc\n--b--\n"),
		"{\"defects\":[\"origin-missing\"],\"part\":{\"type\":\"multipart/mixed\",\"headers\":[[\"MIME-Version\",\"1.0\"],"
		"[\"Content-Type\",\"multipart/mixed; boundary=b\"]],\"defects\":[\"origin-missing\"],\"parts\":[{"
		"\"type\":\"text/plain\",\"charset\":\"us-ascii\",\"headers\":[[\"Content-Type\","
		"\"text/plain; charset=US-ASCII\"]]," ABC ",\"text\":\"abc\",\"defects\":[]}]}}"},
	{"defects of decoding are told as well", BYTES("A: \xe4\n\nabc"),
		"{\"defects\":[\"header-8bit\",\"origin-missing\"],\"part\":{\"type\":\"text/plain\",\"headers\":[[\"A\","
		"\"\xc3\xa4\"]]," ABC
		",\"text\":\"abc\",\"defects\":[\"header-8bit\",\"origin-missing\"]}}"},
};

static struct span dump(struct arena *a, struct mime *m)
{
	struct buf out;
	struct json j;

	buf_init(&out, a, 1 << 20);
	json_init(&j, &out);
	mime_print_json(m, &j);
	return buf_span(&out);
}

static void the_object_is(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *a = arena_make();
		struct span got = dump(a, mime_parse(a, cases[i].message));
		bool good = span_equal(got, span_of(cases[i].json));

		if (!good)
			print_error("%s:\n  got      %.*s\n  expected %s\n", cases[i].name,
				SPAN_ARG(got), cases[i].json);
		wrong += !good;
		arena_free(a);
	}
	assert_int_equal(wrong, 0);
}

#define FROM "From: a@b.example\n"
#define DATE "Date: Thu, 1 Jan 1970 00:00:00 +0000\n"
#define TRACE "Received: from a by b; Thu, 1 Jan 1970 00:00:00 +0000\n"
#define ATTACHED FROM DATE "MIME-Version: 1.0\nContent-Type: message/rfc822\n\n"

struct field_case {
	const char *name;
	const char *message;
	unsigned part; /* whose defects they are */
	const char *defects;
};

static const struct field_case field_cases[] = {
	{"good fields",
		FROM DATE TRACE "Sender: a@b.example\nReply-To: A <a@b.example>\n"
				"To: undisclosed-recipients:;\nCc: a@b.example, c@d.example\n"
				"Bcc: \"x, y\" <a@b.example>\n\nx",
		0, ""},
	{"a From that several programs read differently", DATE "From: a@b, <c@d, ,\"x\n\nx", 0,
		"address-invalid"},
	{"an unclosed comment in To", FROM DATE "To: (unclosed\n\nx", 0, "address-invalid"},
	{"an address that is not valid in Sender", FROM DATE "Sender: a b\n\nx", 0,
		"address-invalid"},
	{"in Reply-To", FROM DATE "Reply-To: <>\n\nx", 0, "address-invalid"},
	{"in Cc", FROM DATE "cc: a@b.example, nobody\n\nx", 0, "address-invalid"},
	{"in Bcc", FROM DATE "Bcc: a@@b\n\nx", 0, "address-invalid"},
	{"in the second field of a name", FROM DATE "Cc: a@b.example\nCc: <>\n\nx", 0,
		"header-duplicate address-invalid"},
	{"other fields may hold what they like", FROM DATE "X-To: (unclosed\nResent: foo\n\nx", 0,
		""},
	{"a Date that is none", FROM "Date: foo\n\nx", 0, "date-invalid"},
	{"a Date of an old form is one", FROM "Date: Thu Jan  1 00:00:00 1970\n\nx", 0, ""},
	{"a Received that is none", TRACE "Received: garbage\n" FROM DATE "\nx", 0,
		"received-invalid"},
	{"no From", DATE "\nx", 0, "origin-missing"},
	{"no Date", FROM "\nx", 0, "origin-missing"},
	{"the message outside is good", ATTACHED "Date: foo\n\nx", 0, ""},
	{"and the attached one has defects of its own, but may lack From",
		ATTACHED "Date: foo\nTo: (unclosed\nReceived: garbage\n\nx", 1,
		"address-invalid date-invalid received-invalid"},
	{"the fields of a part that is no message mean nothing",
		FROM DATE "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
			  "Content-Type: text/plain\nDate: foo\nTo: (unclosed\n\nx\n--b--\n",
		1, ""},
};

static void fields_of_messages_are_looked_at(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(field_cases); i++) {
		const struct field_case *c = &field_cases[i];
		struct arena *a = arena_make();
		struct mime *m = mime_parse(a, span_of(c->message));
		struct span got;
		bool good;

		(void)dump(a, m);
		got = outline_defects(a, m->parts[c->part]->defects);
		good = span_equal(got, span_of(c->defects));
		if (!good)
			print_error("%s: got \"%.*s\"\n", c->name, SPAN_ARG(got));
		wrong += !good;
		arena_free(a);
	}
	assert_int_equal(wrong, 0);
}

static void not_all_received_fields_are_parsed(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (size_t good = MIME_RECEIVED_MOST - 1; good <= MIME_RECEIVED_MOST; good++) {
		struct mime *m;
		struct buf text;

		buf_init(&text, a, 1 << 20);
		for (size_t i = 0; i < good; i++)
			buf_add(&text, SPAN(TRACE));
		buf_add(&text, SPAN("Received: garbage\n" FROM DATE "\nx"));
		m = mime_parse(a, buf_span(&text));
		(void)dump(a, m);
		assert_int_equal((m->root->defects & MIME_DEFECT(RECEIVED_INVALID)) != 0,
			good < MIME_RECEIVED_MOST);
	}
	arena_free(a);
}

/* A scan does not pay for what only the dump tells. */
static void the_tree_alone_does_not_look_at_them(void **state)
{
	struct arena *a = arena_make();
	struct mime *m = mime_parse(a, SPAN("To: (unclosed\nReceived: garbage\n\nx"));

	(void)state;
	assert_int_equal(mime_defects(m), 0);
	(void)dump(a, m);
	assert_int_equal(mime_defects(m),
		MIME_DEFECT(ADDRESS_INVALID) | MIME_DEFECT(RECEIVED_INVALID) |
			MIME_DEFECT(ORIGIN_MISSING));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_dumped_as_before),
		cmocka_unit_test(the_object_is),
		cmocka_unit_test(fields_of_messages_are_looked_at),
		cmocka_unit_test(not_all_received_fields_are_parsed),
		cmocka_unit_test(the_tree_alone_does_not_look_at_them),
	};

	return cmocka_run_group_tests_name("mime/dump", tests, NULL, NULL);
}
