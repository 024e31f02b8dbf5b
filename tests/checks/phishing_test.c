#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "../scan/scene.h"
#include "auth/inner.h"

extern const struct check check_dkim, check_phishing;

#define HTML(body) "Content-Type: text/html; charset=utf-8\n\n" body "\n"
#define LINK(url, text) HTML("<a href=\"" url "\">" text "</a>")
#define HIT(score, what) "PHISHING(" score ")[" what "]"
#define REDIRECTOR(what) "REDIRECTOR_FALSE(0.00)[" what "]"

static const struct harness_case cases[] = {
	{"the text is no address", LINK("http://evil.example/", "Click here"), ""},
	{"the text names one beside words",
		LINK("http://evil.example/", "Click here (www.example.org)"), ""},
	{"the same host", LINK("https://www.example.org/a", "www.example.org"), ""},
	{"another host of the same domain", LINK("https://news.example.org/a", "www.example.org"),
		""},
	{"the same in other letters", LINK("https://EXAMPLE.org/a", "Example.Org"), ""},
	{"another domain", LINK("http://evil.example/", "www.example.org"),
		HIT("4.00", "www.example.org->evil.example")},
	{"another domain, with a scheme",
		LINK("http://evil.example/", "https://bank.example/login"),
		HIT("4.00", "bank.example->evil.example")},
	{"signs around the text", LINK("http://evil.example/", "&gt;&gt; www.example.org &lt;&lt;"),
		HIT("4.00", "www.example.org->evil.example")},
	{"tags within the text", LINK("http://evil.example/", "www.<b>example</b>.org"),
		HIT("4.00", "www.example.org->evil.example")},
	{"an address of a host for a name", LINK("http://203.0.113.7/", "www.example.org"),
		HIT("4.00", "www.example.org->203.0.113.7")},
	{"neighbours below a public suffix", LINK("http://evil.co.uk/", "http://good.co.uk/"),
		HIT("4.00", "good.co.uk->evil.co.uk")},
	{"several count once",
		HTML("<a href=\"http://evil.example/\">www.example.org</a> "
		     "<a href=\"http://bad.example/\">www.example.net</a>"),
		HIT("4.00", "www.example.org->evil.example, www.example.net->bad.example")},
	{"a plain text has no links", "Subject: x\n\nwww.example.org http://evil.example/\n", ""},
	{"an image is no link",
		HTML("<img src=\"http://evil.example/x.png\" alt=\"www.example.org\">"), ""},
	{"an address of mail", LINK("mailto:a@evil.example", "www.example.org"), ""},
	{"the text is an address of mail", LINK("http://evil.example/", "a@example.org"), ""},
	{"the name is cut short in the text",
		LINK("https://verylonghostname.shop.com/x", "https://verylongho..."), ""},
	{"or with one sign for the dots",
		LINK("https://verylonghostname.shop.com/x",
			"https://verylonghostname.sh\xe2\x80\xa6"),
		""},
	{"what is cut within a name may lead anywhere",
		LINK("https://click.evil.example/x", "https://www.verylongho..."), ""},
	{"it is cut within its top-level domain",
		LINK("https://www.orchard.company/x", "www.orchard.com..."), ""},
	{"dots behind a whole name do not excuse it",
		LINK("http://evil.example/", "https://www.orchard.com..."),
		HIT("4.00", "www.orchard.com->evil.example")},
	{"nor does a path that is cut",
		LINK("http://evil.example/", "https://www.example.org/a/lo..."),
		HIT("4.00", "www.example.org->evil.example")},
	{"a single label is no place", LINK("http://evil.example/", "http://localhost/"), ""},
};

static const struct harness_case like_cases[] = {
	{"a letter is another one", LINK("http://examp1e.org/", "www.example.org"),
		HIT("6.00", "www.example.org->examp1e.org")},
	{"letters of another script", LINK("http://ex\xd0\xb0mple.org/", "www.example.org"),
		HIT("6.00", "www.example.org->xn--exmple-4nf.org")},
	{"the name stands before the domain",
		LINK("http://www.example.org.evil.example/", "www.example.org"),
		HIT("6.00", "www.example.org->www.example.org.evil.example")},
	{"the name stands in the domain",
		LINK("http://orchard-login.example/", "https://www.orchard.com/"),
		HIT("6.00", "www.orchard.com->orchard-login.example")},
	{"another top-level domain", LINK("http://orchard.net/", "www.orchard.com"),
		HIT("2.00", "www.orchard.com->orchard.net")},
	{"a short name is like many", LINK("http://abd.net/", "www.abc.com"),
		HIT("4.00", "www.abc.com->abd.net")},
};

#define SAFE(target) "https://eur01.safelinks.protection.outlook.com/?url=" target "&data=x"

static const struct harness_case service_cases[] = {
	{"a tracker of newsletters",
		LINK("https://orchard.us1.list-manage.com/track/click?u=1", "www.example.org"),
		REDIRECTOR("www.example.org->orchard.us1.list-manage.com")},
	{"Mailjet", LINK("https://x1y2.mjt.lu/lnk/AAAA/1/x", "www.example.org"),
		REDIRECTOR("www.example.org->x1y2.mjt.lu")},
	{"SendGrid", LINK("https://u12.ct.sendgrid.net/ls/click?upn=x", "www.example.org"),
		REDIRECTOR("www.example.org->u12.ct.sendgrid.net")},
	{"Qualtrics", LINK("https://fra1.qualtrics.com/jfe/form/SV_1", "www.example.org"),
		REDIRECTOR("www.example.org->fra1.qualtrics.com")},
	{"Mailgun, HubSpot, SparkPost, Constant Contact, Salesforce",
		HTML("<a href=\"https://email.mailgun.net/c/1\">www.example.org</a> "
		     "<a href=\"https://d1.hubspotlinks.com/x\">www.example.org</a> "
		     "<a href=\"https://x.spmailtechno.com/f/a\">www.example.org</a> "
		     "<a href=\"https://r20.rs6.net/tn.jsp?f=1\">www.example.org</a> "
		     "<a href=\"https://click.exct.net/?qs=1\">www.example.org</a>"),
		REDIRECTOR("www.example.org->email.mailgun.net, "
			   "www.example.org->d1.hubspotlinks.com, "
			   "www.example.org->x.spmailtechno.com, "
			   "www.example.org->r20.rs6.net, www.example.org->click.exct.net")},
	{"a shortener", LINK("https://bit.ly/3abc", "www.example.org"),
		REDIRECTOR("www.example.org->bit.ly")},
	{"a safe link that leads where the text says",
		LINK(SAFE("https%3A%2F%2Fwww.example.org%2Fx"), "www.example.org"),
		REDIRECTOR("www.example.org->eur01.safelinks.protection.outlook.com")},
	{"a safe link that leads elsewhere",
		LINK(SAFE("https%3A%2F%2Fevil.example%2Fx"), "www.example.org"),
		HIT("4.00", "www.example.org->evil.example")},
	{"a safe link to a tracker",
		LINK(SAFE("https%3A%2F%2Forchard.us1.list-manage.com%2Ftrack"), "www.example.org"),
		REDIRECTOR("www.example.org->orchard.us1.list-manage.com")},
	{"Google leads where the text says",
		LINK("https://www.google.com/url?q=https://www.example.org/", "www.example.org"),
		REDIRECTOR("www.example.org->www.google.com")},
	{"Google leads elsewhere",
		LINK("https://www.google.com/url?q=https://evil.example/", "www.example.org"),
		HIT("4.00", "www.example.org->www.google.com")},
	{"anybody may carry the address that he shows",
		LINK("http://evil.example/?u=https%3A%2F%2Fwww.example.org%2F", "www.example.org"),
		HIT("4.00", "www.example.org->evil.example")},
};

static void links_that_show_another_domain_are_told(void **state)
{
	(void)state;
	harness_check_table(&check_phishing, cases, ARRAY_LEN(cases));
}

static void likeness_counts(void **state)
{
	(void)state;
	harness_check_table(&check_phishing, like_cases, ARRAY_LEN(like_cases));
}

static void known_services_are_excused_unless_they_lead_elsewhere(void **state)
{
	(void)state;
	harness_check_table(&check_phishing, service_cases, ARRAY_LEN(service_cases));
}

static void the_symbol_can_have_another_name(void **state)
{
	static const struct harness_case renamed[] = {
		{"another name", LINK("http://evil.example/", "www.example.org"),
			"DECEIVING_LINK(4.00)[www.example.org->evil.example]",
			.settings = "phishing { symbol = DECEIVING_LINK }"},
		{"keys of feeds are no error", LINK("http://evil.example/", "www.example.org"),
			HIT("4.00", "www.example.org->evil.example"),
			.settings = "phishing { openphish_enabled = false; phishtank_enabled = "
				    "true; exceptions { REDIRECTOR_FALSE = [\"/x\"] } }"},
		{"switched off", LINK("http://evil.example/", "www.example.org"), "",
			.settings = "phishing { enabled = false }"},
	};

	(void)state;
	harness_check_table(&check_phishing, renamed, ARRAY_LEN(renamed));
}

static void the_last_of_many_links_is_looked_at(void **state)
{
	struct arena *a = arena_make();
	struct buf out;

	(void)state;
	buf_init(&out, a, 4 << 20);
	buf_add_string(&out, "Content-Type: text/html\n\n");
	for (unsigned i = 0; i < 4000; i++)
		buf_printf(&out, "<a href=\"https://example.org/%u\">www.example.org</a>\n", i);
	buf_add_string(&out, "<a href=\"http://evil.example/\">www.example.org</a>\n");
	harness_check_made(&check_phishing, "behind 4,000 links", buf_span(&out),
		HIT("4.00", "www.example.org->evil.example"));
	arena_free(a);
}

/* ---- with signatures ---- */

static const struct check *const two_checks[] = {&check_dkim, &check_phishing};

/* What is found when these two domains, or one, have signed. */
static void expect_signed(const char *name, const char *first, const char *second,
	const char *message, const char *expected)
{
	struct auth_signature signatures[2] = {
		{.result = AUTH_DKIM_PASS, .domain = span_of(first)},
		{.result = AUTH_DKIM_PASS, .domain = span_of(second)},
	};
	struct auth_dkim dkim = {.v = signatures, .n = second == NULL ? 1 : 2};
	struct arena *a = arena_make();
	struct need_memo *memo = need_memo_make(a, HARNESS_NOW);
	struct msg_envelope envelope = {0};
	struct msg *m = msg_make(a, &envelope, span_of(message));
	const struct scan_verdict *v;
	struct scene scene;
	struct buf out;

	auth_facts_of(m)->dkim.result = &dkim;
	scene_open(&scene, "dkim { enabled = no }", two_checks, ARRAY_LEN(two_checks));
	v = scan_whole(scene.config, m, memo);
	buf_init(&out, a, 1000);
	for (size_t i = 0; i < v->hit_count; i++)
		buf_printf(&out, "%.*s(%.2f)", SPAN_ARG(v->hits[i].rule->name), v->hits[i].score);
	if (!span_equal(buf_span(&out), span_of(expected)))
		fail_msg("%s: \"%.*s\", not \"%s\"", name, SPAN_ARG(buf_span(&out)), expected);
	arena_free(scene.a);
	arena_free(a);
}

#define FROM(domain) "From: mira@" domain "\n"

static void signatures_excuse_what_they_can_speak_for(void **state)
{
	static const char own[] =
		FROM("example.org") LINK("http://go.mailer.example/1", "www.example.org");
	static const char other[] =
		FROM("orchard.example") LINK("http://go.orchard.example/1", "www.example.org");

	(void)state;
	expect_signed("the service has signed beside the author", "example.org", "mailer.example",
		own, "");
	expect_signed("the author alone has signed", "example.org", NULL, own, "PHISHING(4.00)");
	expect_signed("the service alone has signed", "mailer.example", NULL, own,
		"PHISHING(4.00)");
	expect_signed("the author shows another domain and leads to his own", "orchard.example",
		NULL, other, "PHISHING(2.00)");
	expect_signed("somebody else has signed", "example.com", NULL, other, "PHISHING(4.00)");
}

/* ---- with maps ---- */

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void maps_except_domains(void **state)
{
	static const struct {
		const char *map, *text, *message, *expected;
	} rows[] = {
		{"phishing_whitelist", "example.org",
			LINK("http://evil.example/", "www.example.org"), "PHISHED_WHITELISTED"},
		{"phishing_whitelist", "evil.example",
			LINK("http://evil.example/", "www.example.org"), "PHISHED_WHITELISTED"},
		{"phishing_whitelist", "other.example",
			LINK("http://evil.example/", "www.example.org"), "PHISHING"},
		{"trackers", "evil.example", LINK("http://evil.example/", "www.example.org"),
			"REDIRECTOR_FALSE"},
		{"phishing_strict", "example.org", LINK("https://bit.ly/3abc", "www.example.org"),
			"PHISHING"},
		{"phishing_feed_exclusion", "evil.example", LINK("http://evil.example/", "here"),
			"PHISHED_EXCLUDED"},
	};
	char folder[] = "/tmp/winnow-phishing-XXXXXX", path[128];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/local.d", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/local.d/maps.d", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena *a = arena_make();
		static const struct conf_text text = {.name = "settings",
			.text = SPAN_INIT("dkim { enabled = no }"),
			.layer = CONF_LAYER_FILE,
			.section = ""};
		struct conf_input input = {.path = folder, .texts = &text, .text_count = 1};
		struct msg_envelope envelope = {0};
		const struct scan_verdict *v;
		struct conf_report report;
		char name[64];

		snprintf(name, sizeof(name), "local.d/maps.d/%s.map", rows[i].map);
		write_file(folder, name, rows[i].text);
		conf_report_init(&report, a);
		v = scan_whole(scan_config_make(a, conf_load(a, &input, &report), two_checks, 2,
				       &report),
			msg_make(a, &envelope, span_of(rows[i].message)),
			need_memo_make(a, HARNESS_NOW));
		assert_int_equal(report.errors, 0);
		assert_int_equal(v->hit_count, 1);
		if (!span_equal(v->hits[0].rule->name, span_of(rows[i].expected)))
			fail_msg("%s %s: %.*s, not %s", rows[i].map, rows[i].text,
				SPAN_ARG(v->hits[0].rule->name), rows[i].expected);
		write_file(folder, name, "");
		arena_free(a);
	}
	snprintf(path, sizeof(path), "rm -r %s", folder);
	assert_int_equal(system(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_that_show_another_domain_are_told),
		cmocka_unit_test(likeness_counts),
		cmocka_unit_test(known_services_are_excused_unless_they_lead_elsewhere),
		cmocka_unit_test(the_symbol_can_have_another_name),
		cmocka_unit_test(the_last_of_many_links_is_looked_at),
		cmocka_unit_test(signatures_excuse_what_they_can_speak_for),
		cmocka_unit_test(maps_except_domains),
	};

	return cmocka_run_group_tests_name("checks/phishing", tests, NULL, NULL);
}
