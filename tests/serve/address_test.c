#include "serve/inner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

static const struct address_case {
	const char *name;
	const char *text;
	const char *expected; /* the addresses with blanks between; NULL: none */
} cases[] = {
	{"an IPv4 address and a port", "127.0.0.1:25", "127.0.0.1:25"},
	{"blanks around it do not count", " 127.0.0.1:25 ", "127.0.0.1:25"},
	{"without a port it is milter's", "192.0.2.1", "192.0.2.1:11332"},
	{"an IPv6 address in brackets and a port", "[2001:DB8::1]:25", "[2001:db8::1]:25"},
	{"an IPv6 address without a port", "[::1]", "[::1]:11332"},
	{"an IPv6 address may lack its brackets when it has no port", "::1", "[::1]:11332"},
	{"localhost is both families", "localhost:25", "127.0.0.1:25 [::1]:25"},
	{"a star is everything", "*:25", "0.0.0.0:25 [::]:25"},
	{"a star of one family", "*v4:25", "0.0.0.0:25"},
	{"a star of the other family", "*v6", "[::]:11332"},
	{"port 0 is any port", "127.0.0.1:0", "127.0.0.1:0"},
	{"the highest port", "127.0.0.1:65535", "127.0.0.1:65535"},
	{"a path is a local socket", "/run/winnow/milter.sock", "/run/winnow/milter.sock"},
	{"a port over the highest is none", "127.0.0.1:65536", NULL},
	{"a port must be a number", "127.0.0.1:x", NULL},
	{"a port must be there behind its colon", "127.0.0.1:", NULL},
	{"a name is not looked up", "mx.example.org:25", NULL},
	{"nothing is no address", "", NULL},
	{"a port alone is no address", ":25", NULL},
	{"brackets must be closed", "[::1:25", NULL},
	{"behind brackets comes a colon", "[::1]25", NULL},
	{"half an address is none", "127.0.0:25", NULL},
	{"words behind a path are no part of it", "/run/x mode=0666", "/run/x"},
	{"a path over the limit is none",
		"/0123456789012345678901234567890123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789",
		NULL},
};

static void addresses_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct serve_address found[SERVE_ADDRESSES_MOST];
		struct arena *a = arena_make();
		struct why why = {""};
		size_t n = serve_address_parse(span_of(cases[i].text), 11332, found, &why);
		struct buf out;

		buf_init(&out, a, 1024);
		for (size_t k = 0; k < n; k++) {
			buf_add_string(&out, k == 0 ? "" : " ");
			buf_add(&out, ip_print_socket(a, (struct sockaddr *)&found[k].socket));
		}
		if (!span_equal(buf_span(&out), span_of(cases[i].expected)))
			fail_msg("%s: got \"%.*s\"", cases[i].name, SPAN_ARG(buf_span(&out)));
		if ((n == 0) != (why.text[0] != '\0'))
			fail_msg("%s: the sentence is \"%s\"", cases[i].name, why.text);
		arena_free(a);
	}
}

static void only_the_second_of_two_families_is_optional(void **state)
{
	struct serve_address found[SERVE_ADDRESSES_MOST];

	(void)state;
	assert_int_equal(serve_address_parse(SPAN("localhost"), 11332, found, NULL), 2);
	assert_false(found[0].optional);
	assert_true(found[1].optional);
	assert_int_equal(serve_address_parse(SPAN("[::1]"), 11332, found, NULL), 1);
	assert_false(found[0].optional);
}

/* -1: not set */
static const struct word_case {
	const char *name;
	const char *text;
	int mode, owner, group;
} word_cases[] = {
	{"a path alone sets nothing", "/s", -1, -1, -1},
	{"all words", "/s mode=0660 owner=3 group=4", 0660, 3, 4},
	{"in another order, with more blanks", "/s  group=4\towner=3   mode=0660 ", 0660, 3, 4},
	{"a mode needs no leading zero", "/s mode=660", 0660, -1, -1},
	{"the lowest mode", "/s mode=0", 0, -1, -1},
	{"the highest mode", "/s mode=0777", 0777, -1, -1},
	{"an owner's name brings its group", "/s owner=root", -1, 0, 0},
	{"an owner's number brings none", "/s owner=0", -1, 0, -1},
	{"a group behind the owner counts", "/s owner=root group=4", -1, 0, 4},
	{"a group before the owner counts", "/s group=4 owner=root", -1, 0, 4},
	{"a group by name", "/s group=root", -1, -1, 0},
	{"a large id", "/s group=2147483647", -1, -1, 2147483647},
};

static void words_behind_a_path_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(word_cases); i++) {
		const struct word_case *c = &word_cases[i];
		struct serve_address found[SERVE_ADDRESSES_MOST];
		struct why why = {""};

		if (serve_address_parse(span_of(c->text), 11332, found, &why) != 1)
			fail_msg("%s: %s", c->name, why.text);
		if (c->mode != (found->has_mode ? (int)found->mode : -1) ||
			c->owner != (found->has_owner ? (int)found->owner : -1) ||
			c->group != (found->has_group ? (int)found->group : -1))
			fail_msg("%s: got %o %u %u", c->name, found->mode, found->owner,
				found->group);
	}
}

static const struct refusal {
	const char *name;
	const char *text;
	const char *words; /* of the sentence */
} refusals[] = {
	{"9 is not octal", "/s mode=0690", "\"mode=0690\": a mode is"},
	{"a mode over 0777", "/s mode=01000", "\"mode=01000\": a mode is"},
	{"a mode that would wrap", "/s mode=40000000000000000000660", "a mode is"},
	{"an empty mode", "/s mode= owner=0", "\"mode=\": a mode is"},
	{"an unknown owner", "/s owner=no.such.user", "\"owner=no.such.user\": this machine"},
	{"an unknown group", "/s group=no.such.group", "\"group=no.such.group\": this machine"},
	{"an empty owner", "/s owner=", "\"owner=\": this machine"},
	{"the id that means unchanged", "/s owner=4294967295", "\"owner=4294967295\""},
	{"an unknown word", "/s mode=0660 user=x", "\"user=x\" is no word"},
	{"a word without a value", "/s mode", "\"mode\" is no word"},
	{"a wrong word behind a wrong value is told first", "/s mode=9 x", "\"x\" is no word"},
};

static void wrong_words_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		struct serve_address found[SERVE_ADDRESSES_MOST];
		struct why why = {""};

		if (serve_address_parse(span_of(refusals[i].text), 11332, found, &why) != 0)
			fail_msg("%s: taken", refusals[i].name);
		if (strstr(why.text, refusals[i].words) == NULL)
			fail_msg("%s: the sentence is \"%s\"", refusals[i].name, why.text);
	}
}

static void a_socket_has_the_permissions_that_were_asked_for(void **state)
{
	static const unsigned modes[] = {0660, 0777, 0600};
	/* only root may give a file away */
	unsigned owner = geteuid() == 0 ? 1 : geteuid(), group = geteuid() == 0 ? 2 : getegid();
	char folder[] = "/tmp/serve_address.XXXXXX";
	struct arena *a = arena_make();

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		struct span text = arena_printf(a, "%s/s owner=%u mode=%o group=%u", folder, owner,
			modes[i], group);
		struct serve_address found[SERVE_ADDRESSES_MOST];
		struct why why = {""};
		struct stat st;
		const char *path;
		int fd;

		assert_int_equal(serve_address_parse(text, 11332, found, &why), 1);
		if (serve_address_listen(found, &fd, &why) != RC_OK)
			fail_msg("%s", why.text);
		path = ((const struct sockaddr_un *)(const void *)&found->socket)->sun_path;
		assert_int_equal(stat(path, &st), 0);
		assert_true(S_ISSOCK(st.st_mode));
		assert_int_equal(st.st_mode & 07777, modes[i]);
		assert_int_equal(st.st_uid, owner);
		assert_int_equal(st.st_gid, group);
		/* the next round finds a socket that nobody listens on */
		assert_int_equal(close(fd), 0);
		if (i + 1 == ARRAY_LEN(modes))
			assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(folder), 0);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(only_the_second_of_two_families_is_optional),
		cmocka_unit_test(words_behind_a_path_are_read),
		cmocka_unit_test(wrong_words_are_named),
		cmocka_unit_test(a_socket_has_the_permissions_that_were_asked_for),
	};

	return cmocka_run_group_tests_name("serve/address", tests, NULL, NULL);
}
