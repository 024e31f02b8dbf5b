#include "auth/auth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* ---- reading ---- */

static const struct {
	const char *name, *value, *told;
} parsed[] = {
	{"nothing was checked", "mx.example; none", "mx.example"},
	{"an id alone", "mx.example", "mx.example"},
	{"one result", "mx.example; spf=pass smtp.mailfrom=a.example",
		"mx.example|spf=pass smtp.mailfrom=[a.example]"},
	{"several of them, folded",
		"mx.example;\r\n\tdkim=pass header.d=a.example header.b=\"ab/c\";\n spf=fail",
		"mx.example|dkim=pass header.d=[a.example] header.b=[ab/c]|spf=fail"},
	{"a version of the whole and of a method", "mx.example 1; spf / 2 = pass",
		"mx.example|spf=pass"},
	{"comments everywhere",
		"(a) mx.example (b (c) \\) d) 1 (e); (f) spf (g) / (h) 1 (i) = (j) pass (k) reason (l) = "
		"(m) \"x y\" (n) smtp (o) . (p) helo (q) = (r) a (s)",
		"mx.example|spf=pass reason=[x y] smtp.helo=[a]"},
	{"a comment without an end", "mx.example; spf=pass (x", "mx.example malformed"},
	{"a comment without an end at the start", "(x mx.example; spf=pass", "no id"},
	{"a quoted id with pairs and folds", "\"mx\\.exam\r\nple\"; none", "mx.example"},
	{"a quote without an end", "\"mx.example; none", "no id"},
	{"nothing", " \t ", "no id"},
	{"no id", "; spf=pass", "no id"},
	{"quoted local parts", "i; spf=pass smtp.mailfrom=\"a; (b\"@c.example x.y=@d.example",
		"i|spf=pass smtp.mailfrom=[a; (b@c.example] x.y=[@d.example]"},
	{"words with other signs", "i; spf=pass smtp.mailfrom=SRS0=a/b=c@d.example",
		"i|spf=pass smtp.mailfrom=[SRS0=a/b=c@d.example]"},
	{"a property without a type", "i; dmarc=pass action=none header.from=a.example",
		"i|dmarc=pass .action=[none] header.from=[a.example]"},
	{"semicolons too many", "i;; spf=pass; ;dkim=none;", "i|spf=pass|dkim=none"},
	{"none is a method's result, too", "i; dkim=none; none", "i|dkim=none"},
	{"what cannot be read ends it", "i; spf=pass; dkim pass; dmarc=pass",
		"i|spf=pass malformed"},
	{"a method that breaks off is left out", "i; spf=pass smtp.=x", "i malformed"},
	{"a closing parenthesis too many", "i; spf=pass ) dkim=pass", "i malformed"},
	{"text behind the id", "i j; spf=pass", "i malformed"},
	{"a result within a comment is none", "i; spf=none (; dkim=pass)", "i|spf=none"},
	{"a result within quotes is none", "i; spf=none reason=\"; dkim=pass\"",
		"i|spf=none reason=[; dkim=pass]"},
};

static const char *tell_results(struct arena *a, struct span value)
{
	struct auth_results r;
	struct buf out;

	if (!auth_results_parse(a, value, &r))
		return "no id";
	buf_init(&out, a, 100000);
	buf_add(&out, r.authserv_id);
	for (size_t i = 0; i < r.method_count; i++) {
		const struct auth_method *method = &r.methods[i];

		buf_printf(&out, "|%.*s=%.*s", SPAN_ARG(method->method), SPAN_ARG(method->result));
		if (!span_is_null(method->reason))
			buf_printf(&out, " reason=[%.*s]", SPAN_ARG(method->reason));
		for (size_t k = 0; k < method->property_count; k++)
			buf_printf(&out, " %.*s.%.*s=[%.*s]", SPAN_ARG(method->properties[k].type),
				SPAN_ARG(method->properties[k].name),
				SPAN_ARG(method->properties[k].value));
	}
	buf_add_string(&out, r.is_malformed ? " malformed" : "");
	return arena_string(a, buf_span(&out));
}

static void a_field_is_read_however_it_is_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(parsed); i++) {
		struct arena *a = arena_make();
		const char *told = tell_results(a, span_of(parsed[i].value));

		if (strcmp(told, parsed[i].told) != 0)
			fail_msg("%s: %s", parsed[i].name, told);
		arena_free(a);
	}
}

static void methods_and_properties_are_capped(void **state)
{
	static const struct {
		const char *piece;
		size_t n, methods, properties;
		bool is_malformed;
	} cases[] = {
		{"; spf=pass", AUTH_RESULTS_MOST, AUTH_RESULTS_MOST, 0, false},
		{"; spf=pass", AUTH_RESULTS_MOST + 1, AUTH_RESULTS_MOST, 0, true},
		{"; spf=pass a.b=c d.e=f g.h=i j.k=l", 50, 50, 4, false},
		{"; spf=pass a.b=c d.e=f g.h=i j.k=l", 51, 50, 4, true},
		{";", 100000, 0, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *a = arena_make();
		struct auth_results r;
		struct buf value;

		buf_init(&value, a, 1 << 20);
		buf_add_string(&value, "i");
		for (size_t k = 0; k < cases[i].n; k++)
			buf_add_string(&value, cases[i].piece);
		assert_true(auth_results_parse(a, buf_span(&value), &r));
		assert_int_equal(r.method_count, cases[i].methods);
		assert_int_equal(r.is_malformed, cases[i].is_malformed);
		if (r.method_count > 0)
			assert_int_equal(r.methods[0].property_count, cases[i].properties);
		arena_free(a);
	}
}

static void properties_of_one_method_are_capped(void **state)
{
	(void)state;
	for (size_t n = AUTH_PROPERTIES_MOST; n <= AUTH_PROPERTIES_MOST + 1; n++) {
		struct arena *a = arena_make();
		struct auth_results r;
		struct buf value;

		buf_init(&value, a, 1 << 20);
		buf_add_string(&value, "i; spf=pass");
		for (size_t k = 0; k < n; k++)
			buf_add_string(&value, " a.b=c");
		assert_true(auth_results_parse(a, buf_span(&value), &r));
		assert_int_equal(r.is_malformed, n > AUTH_PROPERTIES_MOST);
		assert_int_equal(r.method_count, n > AUTH_PROPERTIES_MOST ? 0 : 1);
		arena_free(a);
	}
}

static void hostile_fields_take_linear_time(void **state)
{
	static const char *const pieces[] = {"(", "\"", "()", "; none (", "\\", "a=", ";",
		"; a=b c.d=\"", "; none"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		struct arena *a = arena_make();
		struct auth_results r;
		struct buf value;
		uint64_t start;

		buf_init(&value, a, 2 << 20);
		buf_add_string(&value, "i ");
		while (value.n < 1 << 20)
			buf_add_string(&value, pieces[i]);
		start = clock_cpu_ns();
		(void)auth_results_parse(a, buf_span(&value), &r);
		if (clock_cpu_ns() - start > UINT64_C(1000000000))
			fail_msg("%s takes too long", pieces[i]);
		arena_free(a);
	}
}

/* ---- writing ---- */

#define IP .address = SPAN_INIT("192.0.2.1")
#define BY(text) .from = SPAN_INIT(text)
#define SENDER(text, on) .sender = SPAN_INIT(text), .domain = SPAN_INIT(on)

static const struct {
	const char *name;
	struct msg_envelope envelope;
	struct auth_spf spf;
	const char *value;
} spfs[] = {
	{"pass", {IP, BY("a@b.example")},
		{.result = AUTH_SPF_PASS, SENDER("a@b.example", "b.example")},
		"spf=pass (mx.example: domain of a@b.example designates 192.0.2.1 as permitted sender) "
		"smtp.mailfrom=a@b.example"},
	{"fail", {IP, BY("a@b.example")},
		{.result = AUTH_SPF_FAIL, SENDER("a@b.example", "b.example")},
		"spf=fail (mx.example: domain of a@b.example does not designate 192.0.2.1 as permitted "
		"sender) smtp.mailfrom=a@b.example"},
	{"softfail", {IP, BY("a@b.example")},
		{.result = AUTH_SPF_SOFTFAIL, SENDER("a@b.example", "b.example")},
		"spf=softfail (mx.example: 192.0.2.1 is neither permitted nor denied by domain of "
		"a@b.example) smtp.mailfrom=a@b.example"},
	{"neutral", {IP, BY("a@b.example")},
		{.result = AUTH_SPF_NEUTRAL, SENDER("a@b.example", "b.example")},
		"spf=neutral (mx.example: 192.0.2.1 is neither permitted nor denied by domain of "
		"a@b.example) smtp.mailfrom=a@b.example"},
	{"none", {IP, BY("a@b.example")}, {SENDER("a@b.example", "b.example")},
		"spf=none (mx.example: domain of a@b.example publishes no SPF record) "
		"smtp.mailfrom=a@b.example"},
	{"nothing to check", {IP}, {.result = AUTH_SPF_NONE},
		"spf=none (mx.example: no domain to check)"},
	{"temperror", {IP, BY("a@b.example")},
		{.result = AUTH_SPF_TEMPERROR,
			SENDER("a@b.example", "b.example"),
			.why = SPAN_INIT("dns TXT b.example: timeout")},
		"spf=temperror (mx.example: the SPF record of domain of a@b.example could not be looked "
		"up: dns TXT b.example: timeout) smtp.mailfrom=a@b.example"},
	{"permerror, and the reason cannot break out", {IP, BY("a@b.example")},
		{.result = AUTH_SPF_PERMERROR,
			SENDER("a@b.example", "b.example"),
			.why = SPAN_INIT("x) ; dkim=pass (\"\\\r\ny\xff")},
		"spf=permerror (mx.example: the SPF record of domain of a@b.example cannot be used: x? ? "
		"dkim?pass ?????y?) smtp.mailfrom=a@b.example"},
	{"the null sender", {IP, BY("")},
		{.result = AUTH_SPF_PASS,
			.of_helo = true,
			SENDER("postmaster@h.example", "h.example")},
		"spf=pass (mx.example: domain of h.example designates 192.0.2.1 as permitted sender) "
		"smtp.helo=h.example"},
	{"an address with many signs stays as it is", {IP, BY("SRS0=ab/c=d@b.example")},
		{SENDER("SRS0=ab/c=d@b.example", "b.example")},
		"spf=none (mx.example: domain of SRS0=ab/c=d@b.example publishes no SPF record) "
		"smtp.mailfrom=SRS0=ab/c=d@b.example"},
	{"a quoted local part", {IP, BY("\"a; (b\\\"\"@b.example")},
		{SENDER("\"a; (b\\\"\"@b.example", "b.example")},
		"spf=none (mx.example: domain of ?a? ?b???@b.example publishes no SPF record) "
		"smtp.mailfrom=\"\\\"a; (b\\\\\\\"\\\"@b.example\""},
	{"a local part that reads as a result", {IP, BY("dkim=pass@b.example")},
		{SENDER("dkim=pass@b.example", "b.example")},
		"spf=none (mx.example: domain of b.example publishes no SPF record) "
		"smtp.mailfrom=b.example"},
	{"the same with blanks and quotes", {IP, BY("\"x; DMARC \t=pass\"@b.example")},
		{SENDER("\"x; DMARC \t=pass\"@b.example", "b.example")},
		"spf=none (mx.example: domain of b.example publishes no SPF record) "
		"smtp.mailfrom=b.example"},
	{"letters of other scripts", {IP, BY("\xc3\xa4@m\xc3\xbc.example")},
		{SENDER("\xc3\xa4@m\xc3\xbc.example", "xn--m-xha.example")},
		"spf=none (mx.example: domain of xn--m-xha.example publishes no SPF record) "
		"smtp.mailfrom=xn--m-xha.example"},
};

static struct span print(struct arena *a, const struct msg_envelope *envelope,
	const struct auth_results_parts *parts)
{
	struct msg *m = msg_make(a, envelope, SPAN("Subject: x\n\ny\n"));
	struct buf out;

	buf_init(&out, a, 100000);
	auth_results_print(&out, m, parts);
	return buf_span(&out);
}

static void spf_is_written_in_every_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(spfs); i++) {
		struct arena *a = arena_make();
		const struct auth_results_parts parts = {.authserv_id = SPAN("mx.example"),
			.spf = &spfs[i].spf};
		struct span value = print(a, &spfs[i].envelope, &parts);
		struct auth_results r;

		if (!span_equal(value, arena_printf(a, "mx.example;\n\t%s", spfs[i].value)))
			fail_msg("%s: %.*s", spfs[i].name, SPAN_ARG(value));
		assert_true(auth_results_parse(a, value, &r));
		assert_false(r.is_malformed);
		assert_int_equal(r.method_count, 1);
		arena_free(a);
	}
}

#define DKIM_PASS .result = AUTH_DKIM_PASS

static const struct {
	const char *name;
	struct auth_dkim dkim;
	const char *value;
} dkims[] = {
	{"no signature", {.n = 0}, ";\n\tdkim=none"},
	{"signatures that were not looked at", {.ignored = 3}, "; none"},
	{"two signatures",
		{.n = 2,
			.v = (const struct auth_signature[]){{DKIM_PASS,
								     .domain =
									     SPAN_INIT("a.example"),
								     .selector = SPAN_INIT("s.t"),
								     .signature = SPAN_INIT(
									     "abc+EFGHIJ")},
				{.result = AUTH_DKIM_TEMPERROR,
					.reason = AUTH_DKIM_KEY_UNANSWERED_REASON,
					.domain = SPAN_INIT("b.example"),
					.selector = SPAN_INIT("s"),
					.signature = SPAN_INIT("a/b")}}},
		";\n\tdkim=pass header.d=a.example header.s=s.t header.b=abc+EFGH"
		";\n\tdkim=temperror (the key could not be looked up) header.d=b.example header.s=s "
		"header.b=\"a/b\""},
	{"values that would break out",
		{.n = 1,
			.v = (const struct auth_signature[]){{DKIM_PASS,
				.domain = SPAN_INIT("a.example; spf=pass"),
				.selector = SPAN_INIT("dmarc=pass"),
				.signature = SPAN_INIT("ab;c")}}},
		";\n\tdkim=pass header.b=ab"},
	{"nothing could be read",
		{.n = 1,
			.v = (const struct auth_signature[]){{.result = AUTH_DKIM_PERMERROR,
				.reason = AUTH_DKIM_SYNTAX_REASON}}},
		";\n\tdkim=permerror (the signature field is malformed)"},
};

static void each_signature_is_written(void **state)
{
	static const struct msg_envelope envelope = {IP};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(dkims); i++) {
		struct arena *a = arena_make();
		const struct auth_results_parts parts = {.authserv_id = SPAN("i"),
			.dkim = &dkims[i].dkim};
		struct span value = print(a, &envelope, &parts);

		if (!span_equal(span_from_offset(value, 1), span_of(dkims[i].value)))
			fail_msg("%s: %.*s", dkims[i].name, SPAN_ARG(value));
		arena_free(a);
	}
}

static void signatures_that_have_no_room_are_left_out(void **state)
{
	static const struct msg_envelope envelope = {IP, BY("a@b.example")};
	static const struct auth_dmarc dmarc = {.from_domain = SPAN_INIT("c.example")};
	struct arena *a = arena_make();
	struct auth_signature *v = ARENA_ARRAY(a, struct auth_signature, 200);
	const struct auth_dkim dkim = {.v = v, .n = 200};
	const struct auth_results_parts parts = {.authserv_id = SPAN("i"),
		.dkim = &dkim,
		.dmarc = &dmarc};
	struct auth_results r;
	struct buf out, name;

	(void)state;
	buf_init(&name, a, 300);
	while (name.n < 300)
		buf_add_string(&name, "abc.de");
	for (size_t i = 0; i < dkim.n; i++)
		v[i] = (struct auth_signature){.result = AUTH_DKIM_FAIL,
			.domain = buf_span(&name),
			.selector = buf_span(&name)};
	buf_init(&out, a, 8192);
	auth_results_print(&out, msg_make(a, &envelope, SPAN("Subject: x\n\ny\n")), &parts);
	assert_false(out.full);
	assert_true(auth_results_parse(a, buf_span(&out), &r) && !r.is_malformed);
	assert_in_range(r.method_count, 5, 20);
	for (size_t i = 0; i + 1 < r.method_count; i++)
		assert_true(span_equal(r.methods[i].properties[0].value, buf_span(&name)));
	assert_true(span_equal(r.methods[r.method_count - 1].method, SPAN("dmarc")));
	arena_free(a);
}

static void every_reason_keeps_the_field_whole(void **state)
{
	static const struct msg_envelope envelope = {IP};

	(void)state;
	for (unsigned i = 0; i < AUTH_DKIM_REASON_COUNT; i++) {
		struct arena *a = arena_make();
		const struct auth_signature s = {.result = AUTH_DKIM_FAIL,
			.reason = (enum auth_dkim_reason)i,
			.domain = SPAN("a.example")};
		const struct auth_dkim dkim = {.v = &s, .n = 1};
		const struct auth_results_parts parts = {.authserv_id = SPAN("i"), .dkim = &dkim};

		assert_string_equal(tell_results(a, print(a, &envelope, &parts)),
			"i|dkim=fail header.d=[a.example]");
		arena_free(a);
	}
}

static const struct {
	const char *name;
	struct auth_dmarc dmarc;
	const char *value;
} dmarcs[] = {
	{"pass",
		{.result = AUTH_DMARC_PASS,
			.from_domain = SPAN_INIT("a.example"),
			.policy = AUTH_POLICY_REJECT},
		"dmarc=pass (policy=reject) header.from=a.example"},
	{"fail",
		{.result = AUTH_DMARC_FAIL,
			.from_domain = SPAN_INIT("a.example"),
			.why = SPAN_INIT("No valid SPF, No valid DKIM")},
		"dmarc=fail reason=\"No valid SPF, No valid DKIM\" header.from=a.example (policy=none)"},
	{"none", {.from_domain = SPAN_INIT("a.example")}, "dmarc=none header.from=a.example"},
	{"none without an author", {.why = SPAN_INIT("there is no From field")},
		"dmarc=none reason=\"there is no From field\""},
	{"temperror",
		{.result = AUTH_DMARC_TEMPERROR,
			.from_domain = SPAN_INIT("a.example"),
			.why = SPAN_INIT("\"x\\\n")},
		"dmarc=temperror reason=\"\\\"x\\\\?\" header.from=a.example (policy=temperror)"},
	{"permerror", {.result = AUTH_DMARC_PERMERROR, .from_domain = SPAN_INIT("a.example")},
		"dmarc=permerror header.from=a.example (policy=permerror)"},
};

static void dmarc_is_written_in_every_form(void **state)
{
	static const struct msg_envelope envelope = {IP};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(dmarcs); i++) {
		struct arena *a = arena_make();
		const struct auth_results_parts parts = {.authserv_id = SPAN("i"),
			.dmarc = &dmarcs[i].dmarc};
		struct span value = print(a, &envelope, &parts);

		if (!span_equal(value, arena_printf(a, "i;\n\t%s", dmarcs[i].value)))
			fail_msg("%s: %.*s", dmarcs[i].name, SPAN_ARG(value));
		assert_null(strstr(tell_results(a, value), "malformed"));
		arena_free(a);
	}
}

static void the_parts_that_were_checked_are_written(void **state)
{
	static const struct msg_envelope envelope = {IP, BY("a@b.example")};
	static const struct auth_spf spf = {.result = AUTH_SPF_FAIL,
		SENDER("a@b.example", "b.example")};
	static const struct auth_dkim dkim = {.n = 0};
	static const struct auth_dmarc dmarc = {.from_domain = SPAN_INIT("c.example")};
	static const struct {
		struct auth_results_parts parts;
		const char *told;
	} cases[] = {
		{{.authserv_id = SPAN_INIT("i")}, "i"},
		{{.authserv_id = SPAN_INIT("i j\"")}, "i j\""},
		{{.authserv_id = SPAN_INIT("i"), .spf = &spf, .dkim = &dkim, .dmarc = &dmarc},
			"i|spf=fail smtp.mailfrom=[a@b.example]|dkim=none|dmarc=none "
			"header.from=[c.example]"},
		{{.authserv_id = SPAN_INIT("i"), .user = SPAN_INIT("joe"), .dkim = &dkim},
			"i|auth=pass smtp.auth=[joe] smtp.mailfrom=[a@b.example]|dkim=none"},
		{{.authserv_id = SPAN_INIT("i"), .user = SPAN_INIT("j; spf=pass")},
			"i|auth=pass smtp.mailfrom=[a@b.example]"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *a = arena_make();

		assert_string_equal(tell_results(a, print(a, &envelope, &cases[i].parts)),
			cases[i].told);
		arena_free(a);
	}
}

/* ---- Received-SPF ---- */

static const struct {
	const char *name;
	struct msg_envelope envelope;
	struct auth_spf spf;
	const char *value;
} received[] = {
	{"softfail", {IP, BY("a@b.example"), .helo = SPAN_INIT("h.example")},
		{.result = AUTH_SPF_SOFTFAIL,
			SENDER("a@b.example", "b.example"),
			.mechanism = SPAN_INIT("~all")},
		"softfail (mx.example: 192.0.2.1 is neither permitted nor denied by domain of "
		"a@b.example) client-ip=\"192.0.2.1\"; envelope-from=\"a@b.example\"; "
		"helo=\"h.example\"; receiver=\"mx.example\"; identity=\"mailfrom\"; "
		"mechanism=\"~all\""},
	{"the null sender, and a HELO that would break out",
		{IP, BY(""), .helo = SPAN_INIT("x (\"y\";\r\n z")},
		{.result = AUTH_SPF_PERMERROR,
			.of_helo = true,
			SENDER("postmaster@h.example", "h.example"),
			.why = SPAN_INIT("a\"b")},
		"permerror (mx.example: the SPF record of domain of h.example cannot be used: a?b) "
		"client-ip=\"192.0.2.1\"; receiver=\"mx.example\"; identity=\"helo\"; "
		"problem=\"a\\\"b\""},
};

static void received_spf_is_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(received); i++) {
		struct arena *a = arena_make();
		struct msg *m = msg_make(a, &received[i].envelope, SPAN("Subject: x\n\ny\n"));
		struct buf out;

		buf_init(&out, a, 10000);
		auth_received_spf_print(&out, m, SPAN("mx.example"), &received[i].spf);
		if (!span_equal(buf_span(&out), span_of(received[i].value)))
			fail_msg("%s: %.*s", received[i].name, SPAN_ARG(buf_span(&out)));
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_field_is_read_however_it_is_written),
		cmocka_unit_test(methods_and_properties_are_capped),
		cmocka_unit_test(properties_of_one_method_are_capped),
		cmocka_unit_test(hostile_fields_take_linear_time),
		cmocka_unit_test(spf_is_written_in_every_form),
		cmocka_unit_test(each_signature_is_written),
		cmocka_unit_test(signatures_that_have_no_room_are_left_out),
		cmocka_unit_test(every_reason_keeps_the_field_whole),
		cmocka_unit_test(dmarc_is_written_in_every_form),
		cmocka_unit_test(the_parts_that_were_checked_are_written),
		cmocka_unit_test(received_spf_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
