#include "scan/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "wishing.h"

#define PLAIN "Subject: x\n\ny\n"
#define NO_FLAG "remove_upstream_spam_flag = no;"
#define USE(name) "milter_headers { use = [\"" name "\"]; " NO_FLAG " }"
#define WITH(name, routine)                                                                        \
	"milter_headers { use = [\"" name "\"]; " NO_FLAG " routines { " name " { " routine " } } }"

static const struct row {
	const char *name;
	const char *conf;
	const char *symbols;
	const char *effects;
	const struct msg_envelope *envelope; /* NULL: an empty one */
	const char *message;                 /* NULL: PLAIN */
} rows[] = {
	{"without configuration winnow says why", "", "D E:x,y",
		"- X-Rspamd-Pre-Result\n- X-Spam\n- X-Spamd-Result\n"
		"X-Spamd-Result: default: False [-3.00 / 15.00];\n\t D(-3.00)[];\n\t E(0.00)[x,y];\n",
		NULL, NULL},
	{"without configuration also to its own people", "", "E",
		"- X-Rspamd-Pre-Result\n- X-Spam\n- X-Spamd-Result\n"
		"X-Spamd-Result: default: False [0.00 / 15.00];\n\t E(0.00)[];\n",
		&(const struct msg_envelope){.address = SPAN_INIT("10.1.2.3")}, NULL},
	{"a module that is off does nothing",
		"milter_headers { enabled = false; use = [nonsense] }", "A", "", NULL, NULL},
	{"`use` replaces the default", "milter_headers { use = [] }", "A", "- X-Spam\n", NULL,
		NULL},
	{"`use` may be a word", "milter_headers { use = x-spam-level; " NO_FLAG " }", "A*2",
		"- X-Spam-Level\nX-Spam-Level: **\n", NULL, NULL},
	{"the flag of others is taken out unless told", "milter_headers { use = []; " NO_FLAG " }",
		"A", "", NULL, NULL},

	{"a bar of points", USE("x-spamd-bar"), "A*2.99", "- X-Spamd-Bar\nX-Spamd-Bar: ++\n", NULL,
		NULL},
	{"a bar of what a sum of fractions means", USE("x-spamd-bar"), "A*0.7 B*0.15",
		"- X-Spamd-Bar\nX-Spamd-Bar: +\n", NULL, NULL},
	{"a bar of points below zero", USE("x-spamd-bar"), "D*1.1",
		"- X-Spamd-Bar\nX-Spamd-Bar: ---\n", NULL, NULL},
	{"a bar of nearly nothing", USE("x-spamd-bar"), "A*-0.99",
		"- X-Spamd-Bar\nX-Spamd-Bar: /\n", NULL, NULL},
	{"a bar in signs of one's own",
		WITH("x-spamd-bar", "positive = \"ab\"; header = X-Bar; remove = -1"), "A*3",
		"- X-Bar -1\nX-Bar: ababab\n", NULL, NULL},
	{"a bar that has an empty sign is left out", WITH("x-spamd-bar", "neutral = \"\""), "E",
		"- X-Spamd-Bar\n", NULL, NULL},
	{"stars for spam", USE("x-spam-level"), "A*13",
		"- X-Spam-Level\nX-Spam-Level: *************\n", NULL, NULL},
	{"no stars below a point", USE("x-spam-level"), "A*0.9", "- X-Spam-Level\n", NULL, NULL},
	{"other stars", WITH("x-spam-level", "char = x"), "A*3",
		"- X-Spam-Level\nX-Spam-Level: xxx\n", NULL, NULL},
	{"the status of ham", USE("x-spam-status"), "D",
		"- X-Spam-Status\nX-Spam-Status: No, score=-3.00\n", NULL, NULL},
	{"greylisting is no spam", USE("x-spam-status"), "C",
		"- X-Spam-Status\nX-Spam-Status: No, score=4.00\n", NULL, NULL},
	{"the status of spam", USE("x-spam-status"), "A*6.304",
		"- X-Spam-Status\nX-Spam-Status: Yes, score=6.30\n", NULL, NULL},
	{"what counts most comes first", USE("x-spamd-result"), "A B D E F",
		"- X-Rspamd-Pre-Result\n- X-Spamd-Result\n"
		"X-Spamd-Result: default: False [-1.00 / 15.00];\n\t D(-3.00)[];\n\t B(2.00)[];\n"
		"\t A(1.00)[];\n\t F(-1.00)[];\n\t E(0.00)[];\n",
		NULL, NULL},
	{"symbols by name", WITH("x-spamd-result", "sort_by = name"), "D A B",
		"- X-Rspamd-Pre-Result\n- X-Spamd-Result\n"
		"X-Spamd-Result: default: False [0.00 / 15.00];\n\t A(1.00)[];\n\t B(2.00)[];\n"
		"\t D(-3.00)[];\n",
		NULL, NULL},
	{"only a refusal is True", "actions { reject = 1 } " USE("x-spamd-result"), "A",
		"- X-Rspamd-Pre-Result\n- X-Spamd-Result\n"
		"X-Spamd-Result: default: True [1.00 / 1.00];\n\t A(1.00)[];\n",
		NULL, NULL},
	{"marked spam is not True", USE("x-spamd-result"), "A*7",
		"- X-Rspamd-Pre-Result\n- X-Spamd-Result\n"
		"X-Spamd-Result: default: False [7.00 / 15.00];\n\t A(7.00)[];\n",
		NULL, NULL},
	{"who forced the action stands beside",
		"milter_headers { use = [x-spamd-result]; skip_authenticated = no; " NO_FLAG " }",
		"A",
		"- X-Rspamd-Pre-Result\n- X-Spamd-Result\n"
		"X-Spamd-Result: default: False [1.00 / 15.00];\n\t A(1.00)[];\n"
		"X-Rspamd-Pre-Result: action=add header;\n\tmodule=fixed;\n\tis so\n",
		&(const struct msg_envelope){.user = SPAN_INIT("add header"),
			.queue_id = SPAN_INIT("is so")},
		NULL},
	{"who forced the action, alone",
		"milter_headers { use = [x-rspamd-pre-result]; "
		"skip_authenticated = no; " NO_FLAG " }",
		"A", "- X-Rspamd-Pre-Result\nX-Rspamd-Pre-Result: action=reject;\n\tmodule=fixed\n",
		&(const struct msg_envelope){.user = SPAN_INIT("reject")}, NULL},
	{"the server's name", WITH("x-rspamd-server", "hostname = mx.example"), "A",
		"- X-Rspamd-Server\nX-Rspamd-Server: mx.example\n", NULL, NULL},
	{"the queue id", USE("x-rspamd-queue-id"), "A",
		"- X-Rspamd-Queue-Id\nX-Rspamd-Queue-Id: 4Xy\n",
		&(const struct msg_envelope){.queue_id = SPAN_INIT("4Xy")}, NULL},
	{"no queue id is no field", USE("x-rspamd-queue-id"), "A", "- X-Rspamd-Queue-Id\n", NULL,
		NULL},
	{"the action", USE("x-rspamd-action"), "A*6",
		"- X-Rspamd-Action\nX-Rspamd-Action: add header\n", NULL, NULL},
	{"a field in spam", USE("spam-header"), "A*6", "- Deliver-To\nDeliver-To: Junk\n", NULL,
		NULL},
	{"no such field in ham", USE("spam-header"), "A", "- Deliver-To\n", NULL, NULL},
	{"a field of one's own in spam", WITH("spam-header", "header = X-S; value = \"a b\""),
		"A*6", "- X-S\nX-S: a b\n", NULL, NULL},
	{"a virus by its evidence", WITH("x-virus", "symbols = [A, B, C]; status_infected = bad"),
		"A:eicar,x B", "- X-Virus\nX-Virus: bad, eicar,x,unknown\n", NULL, NULL},
	{"no virus, no word", WITH("x-virus", "symbols = [A]"), "B", "- X-Virus\n", NULL, NULL},
	{"no virus, and a word for it", WITH("x-virus", "symbols = [A]; status_clean = clean"), "B",
		"- X-Virus\nX-Virus: clean\n", NULL, NULL},
	{"a scanner that failed",
		WITH("x-virus",
			"symbols = [A]; symbols_fail = [B]; status_clean = clean; "
			"status_fail = failed"),
		"B:timeout", "- X-Virus\nX-Virus: failed(timeout)\n", NULL, NULL},
	{"fields of one's own",
		WITH("add-headers",
			"headers { X-A = 1; X-B = [b, c]; X-C = d; X-C = e; X-D = {} }"),
		"A", "- X-A\n- X-B\n- X-C\n- X-D\nX-A: 1\nX-B: b\nX-B: c\nX-C: d\nX-C: e\n", NULL,
		NULL},
	{"fields to be taken out, those further away first",
		WITH("remove-headers",
			"headers { X-A = 0; X-B = [1, 3, 2, 1]; X-C = [-1, -3, -2]; X-a = 2 }"),
		"A", "- X-A\n- X-B 3\n- X-B 2\n- X-B 1\n- X-C -3\n- X-C -2\n- X-C -1\n", NULL,
		NULL},
	{"from both ends, one field is not taken out twice",
		WITH("remove-headers", "headers { X-A = [1, -1, 3, -2, -4]; X-B = [1, -1] }"), "A",
		"- X-A 3\n- X-A 2\n- X-A 1\n- X-B 1\n", NULL,
		"X-A: 1\nX-A: 2\nX-B: 1\nx-a: 3\n\ny\n"},
	{"a field to be taken out", WITH("remove-header", "header = X-C; remove = 2"), "A",
		"- X-C 2\n", NULL, NULL},
	{"all of the extended fields",
		"milter_headers { extended_spam_headers = yes; use = [x-spam-level]; "
		"routines { x-rspamd-server { hostname = h } } }",
		"A",
		"- X-Rspamd-Action\n- X-Rspamd-Pre-Result\n- X-Rspamd-Queue-Id\n- X-Rspamd-Server\n"
		"- X-Spam\n- X-Spam-Level\n- X-Spamd-Result\n"
		"X-Spamd-Result: default: False [1.00 / 15.00];\n\t A(1.00)[];\nX-Rspamd-Server: h\n"
		"X-Rspamd-Queue-Id: q\nX-Rspamd-Action: no action\nX-Spam-Level: *\n",
		&(const struct msg_envelope){.queue_id = SPAN_INIT("q")}, NULL},
	{"a place for all",
		"milter_headers { use = [x-spam-level]; default_headers_order = 1; " NO_FLAG " }",
		"A", "- X-Spam-Level\nX-Spam-Level@1: *\n", NULL, NULL},
	{"results are told, and those of others are taken out",
		WITH("authentication-results", "hostname = mx.example"), "A",
		"- Authentication-Results\nAuthentication-Results@1: mx.example; none\n", NULL,
		NULL},
	{"the mail server's name is ours, and who has authenticated is told",
		"milter_headers { use = [authentication-results]; skip_authenticated = no; " NO_FLAG
		" }",
		"A",
		"- Authentication-Results\nAuthentication-Results@1: mta.example;\n"
		"\tauth=pass smtp.auth=\"no action\"\n",
		&(const struct msg_envelope){.user = SPAN_INIT("no action"),
			.server = SPAN_INIT("mta.example")},
		NULL},
	{"who has authenticated is not told",
		"milter_headers { use = [authentication-results]; skip_authenticated = no; " NO_FLAG
		" routines { authentication-results { add_smtp_user = no } } }",
		"A", "- Authentication-Results\nAuthentication-Results@1: mta.example; none\n",
		&(const struct msg_envelope){.user = SPAN_INIT("no action"),
			.server = SPAN_INIT("mta.example")},
		NULL},
	{"a place of one's own for results",
		"milter_headers { use = [authentication-results]; default_headers_order = 3; " NO_FLAG
		" }",
		"A", "- Authentication-Results\nAuthentication-Results@3: mta.example; none\n",
		&(const struct msg_envelope){.server = SPAN_INIT("mta.example")}, NULL},
	{"results of SPF are not told where it was not checked",
		WITH("received-spf", "hostname = mx.example"), "A", "- Received-SPF\n", NULL, NULL},
	{"results of named others are taken out",
		"milter_headers { use = [authentication-results]; remove_ar_from = [\"mx.example\"]; " NO_FLAG
		" }",
		"A",
		"- Authentication-Results 3\n- Authentication-Results 1\n"
		"Authentication-Results@1: mta.example; none\n",
		&(const struct msg_envelope){.server = SPAN_INIT("mta.example")},
		"Authentication-Results: mx.example; none\nAuthentication-Results: other.example; none\n"
		"authentication-results:\n MX.example;\n none\n\nx\n"},
	{"what claims to be ours goes whatever is kept",
		"milter_headers { use = [authentication-results]; remove_ar_from = [\"mx.example\"]; " NO_FLAG
		" }",
		"A",
		"- Authentication-Results 3\n- Authentication-Results 1\n"
		"Authentication-Results@1: mta.example; none\n",
		&(const struct msg_envelope){.server = SPAN_INIT("mta.example")},
		"Authentication-Results: mta.example; none\nAuthentication-Results: other.example; none\n"
		"Authentication-Results: mx.example; none\n\nx\n"},
	{"what claims to be ours goes where one field is to go",
		WITH("authentication-results", "hostname = mta.example; remove = 1"), "A",
		"- Authentication-Results 3\n- Authentication-Results 1\n"
		"Authentication-Results@1: mta.example; none\n",
		NULL,
		"Authentication-Results: a.example; none\nAuthentication-Results: b.example; none\n"
		"Authentication-Results: mta.example; none\n\nx\n"},
	{"what claims to be ours goes also where our field has another name",
		WITH("authentication-results", "hostname = mta.example; header = X-AR"), "A",
		"- Authentication-Results 2\n- X-AR\nX-AR@1: mta.example; none\n", NULL,
		"Authentication-Results: a.example; none\n"
		"Authentication-Results: mta.example; none\n\nx\n"},

	{"local clients see nothing, and forged fields go all the same", USE("x-spam-level"), "A",
		"- X-Spam-Level\n",
		&(const struct msg_envelope){.address = SPAN_INIT("192.168.1.1")}, NULL},
	{"local clients when told",
		"milter_headers { use = [x-spam-level]; skip_local = no; " NO_FLAG " }", "A",
		"- X-Spam-Level\nX-Spam-Level: *\n",
		&(const struct msg_envelope){.address = SPAN_INIT("::1")}, NULL},
	{"local clients for some fields",
		"milter_headers { use = [x-spam-level, x-spamd-bar]; local_headers = [x-rspamd-bar]; " NO_FLAG
		" }",
		"A", "- X-Spam-Level\n- X-Spamd-Bar\nX-Spamd-Bar: +\n",
		&(const struct msg_envelope){.address = SPAN_INIT("127.0.0.1")}, NULL},
	{"strangers are no local clients", USE("x-spam-level"), "A",
		"- X-Spam-Level\nX-Spam-Level: *\n",
		&(const struct msg_envelope){.address = SPAN_INIT("192.0.2.1")}, NULL},
	{"those who have logged in see nothing", USE("x-spam-level"), "A", "- X-Spam-Level\n",
		&(const struct msg_envelope){.user = SPAN_INIT("no action")}, NULL},
	{"those who have logged in, for some fields",
		"milter_headers { use = [x-spam-level]; authenticated_headers = [x-spam-level]; " NO_FLAG
		" }",
		"A", "- X-Spam-Level\nX-Spam-Level: *\n",
		&(const struct msg_envelope){.user = SPAN_INIT("no action")}, NULL},
	{"nobody sees anything",
		"milter_headers { use = [x-spam-level]; skip_all = yes; " NO_FLAG " }", "A",
		"- X-Spam-Level\n", NULL, NULL},
	{"what a skip leaves out of foreign fields",
		"milter_headers { use = [remove-header, add-headers]; skip_all = yes; " NO_FLAG
		" routines { remove-header { header = X-A } add-headers { headers { X-B = b } } } }",
		"A", "- X-B\n", NULL, NULL},
	{"some recipients see all",
		"milter_headers { use = [x-spam-level]; skip_all = yes; " NO_FLAG
		" extended_headers_rcpt = [\"@b.example\"] }",
		"A", "- X-Spam-Level\nX-Spam-Level: *\n",
		&(const struct msg_envelope){.rcpts =
						     (const struct span[]){SPAN_INIT("x@a.example"),
							     SPAN_INIT("y@B.example")},
			.rcpt_count = 2},
		NULL},
	{"a recipient by the name alone",
		"milter_headers { use = [x-spam-level]; skip_all = yes; " NO_FLAG
		" extended_headers_rcpt = [\"y\"] }",
		"A", "- X-Spam-Level\nX-Spam-Level: *\n",
		&(const struct msg_envelope){.rcpts = (const struct span[]){SPAN_INIT(
						     "y@b.example")},
			.rcpt_count = 1},
		NULL},
	{"other recipients do not",
		"milter_headers { use = [x-spam-level]; skip_all = yes; " NO_FLAG
		" extended_headers_rcpt = [\"@b.example\", \"z\", \"q@a.example\"] }",
		"A", "- X-Spam-Level\n",
		&(const struct msg_envelope){.rcpts = (const struct span
							     []){SPAN_INIT("x@sub.b.example"),
						     SPAN_INIT("z")},
			.rcpt_count = 2},
		NULL},
};

static void a_row_writes_what_it_says(void **state)
{
	(void)state;
	wishing_count = 0;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		struct msg_envelope envelope = {.helo = span_of(row->symbols)};
		const struct scan_effects *effects;
		struct scene s;
		const char *told;

		if (row->envelope != NULL)
			envelope = *row->envelope;
		envelope.helo = span_of(row->symbols);
		effects = scan_effects_make(wishing_scan(&s, row->conf, &envelope,
			span_of(row->message == NULL ? PLAIN : row->message)));
		told = wishing_tell(s.a, effects);
		if (strcmp(told, row->effects) != 0 || s.report.errors > 0)
			fail_msg("%s: %s%s", row->name, scene_report(&s), told);
		arena_free(s.a);
	}
}

static const struct {
	const char *name, *conf, *report;
} wrong[] = {
	{"an unknown routine", "milter_headers {\n use = [x-spam-level,\n x-spamd-rseult] }",
		"test.conf:3:2: milter_headers.use: there is no routine \"x-spamd-rseult\"; did you mean "
		"\"x-spamd-result\"?\n"},
	{"a routine that is like none", "milter_headers { use = [whatever] }",
		"test.conf:1:25: milter_headers.use: there is no routine \"whatever\"\n"},
	{"a name that is none",
		"milter_headers { routines { x-spamd-bar { header = \"X Bar\" } } }",
		"test.conf:1:43: \"X Bar\" is not the name of a header field\n"},
	{"an empty name", "milter_headers { routines { x-spamd-bar { header = \"\" } } }",
		"test.conf:1:43: \"\" is not the name of a header field\n"},
	{"no name",
		"milter_headers { use = x-spamd-bar; routines { x-spamd-bar { header = null } } }",
		""},
	{"an exception that is none", "milter_headers { use = []; local_headers = [X-Spam] }",
		"test.conf:1:45: milter_headers.local_headers: there is no routine \"X-Spam\" (warning)\n"},
	{"Lua", "milter_headers { use = [mine]; custom { mine = \"return 1\" } }",
		"test.conf:1:32: milter_headers.custom needs Lua, which is not there yet: its header "
		"fields are not written (warning)\n"},
	{"a routine without its source", "milter_headers { use = [fuzzy-hashes] }",
		"test.conf:1:25: the routine fuzzy-hashes takes its field out of incoming mail, but "
		"writes nothing yet: there are no fuzzy hashes (warning)\n"},
	{"recipients in a file", "milter_headers { extended_headers_rcpt = \"/etc/rcpts\" }",
		"test.conf:1:18: milter_headers.extended_headers_rcpt: maps are not read yet; write the "
		"recipients into the configuration\n"},
	{"values that cannot be written",
		"milter_headers { routines { add-headers { headers {\n"
		" X-A = { b = c }\n X-B = [ d,\n  null ]\n X-C = yes } } } }",
		"test.conf:2:2: \"X-A\" is not written: its value is a section { }, not text (warning)\n"
		"test.conf:4:3: \"X-B\" is not written: its value is null, not text (warning)\n"},
	{"what cannot be taken out",
		"milter_headers { routines { remove-headers { headers {\n"
		" X-A = first\n X-B = [ 1,\n  1.5 ]\n X-C = 1001\n \"X D\" = 1 } } } }",
		"test.conf:2:2: \"X-A\" is not taken out: which one must be a whole number from -1000 to "
		"1000 (warning)\n"
		"test.conf:4:3: \"X-B\" is not taken out: which one must be a whole number from -1000 to "
		"1000 (warning)\n"
		"test.conf:5:2: \"X-C\" is not taken out: which one must be a whole number from -1000 to "
		"1000 (warning)\n"
		"test.conf:6:2: \"X D\" is not the name of a header field\n"},
	{"a remove that is no number",
		"milter_headers { routines { x-spamd-bar { remove = many } } }",
		"test.conf:1:43: milter_headers.routines.x-spamd-bar.remove must be a whole number "
		"from -1000 to 1000, not \"many\"\n"},
};

static void what_is_wrong_is_told_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct scene s;

		scene_open(&s, wrong[i].conf, wishing_checks, ARRAY_LEN(wishing_checks));
		if (strcmp(scene_report(&s), wrong[i].report) != 0)
			fail_msg("%s: %s", wrong[i].name, scene_report(&s));
		arena_free(s.a);
	}
}

/* ---- fields that claim to be ours ---- */

#define OURS "mta.example"

static const struct {
	const char *name;
	struct span value;
	bool goes;
} claims[] = {
	{"as we write it", SPAN_INIT(OURS "; none"), true},
	{"in upper case", SPAN_INIT("MTA.Example; spf=pass"), true},
	{"with a dot behind it", SPAN_INIT(OURS ".; spf=pass"), true},
	{"alone", SPAN_INIT(OURS), true},
	{"with a version", SPAN_INIT(OURS " 1; spf=pass"), true},
	{"with a version behind a slash", SPAN_INIT(OURS "/1; spf=pass"), true},
	{"with a host behind it", SPAN_INIT(OURS "@x.example; spf=pass"), true},
	{"with a dot and more behind it", SPAN_INIT(OURS "./1; spf=pass"), true},
	{"quoted", SPAN_INIT("\"" OURS "\"; spf=pass"), true},
	{"quoted with pairs", SPAN_INIT("\"mta\\.exampl\\e\"; spf=pass"), true},
	{"quoted in part", SPAN_INIT("mta.\"example\"; spf=pass"), true},
	{"behind a comment", SPAN_INIT("(other.example;) (a (b)) " OURS "; spf=pass"), true},
	{"before a comment", SPAN_INIT(OURS "(x); spf=pass"), true},
	{"a comment within", SPAN_INIT("mta.(x)example; spf=pass"), true},
	{"folded before it", SPAN_INIT("\n\t " OURS "\n ; spf=pass"), true},
	{"folded within", SPAN_INIT("mta.\n example; spf=pass"), true},
	{"as an encoded word", SPAN_INIT("=?utf-8?q?mta=2Eexample?=; spf=pass"), true},
	{"behind a NUL", SPAN_INIT("x\0" OURS "; spf=pass"), true},
	{"a NUL within", SPAN_INIT("mta\0.example; spf=pass"), true},
	{"behind a comment that is not closed", SPAN_INIT("(x " OURS "; spf=pass"), true},
	{"behind a quote that is not closed", SPAN_INIT("\"x " OURS "; spf=pass"), true},
	{"behind other words", SPAN_INIT("x " OURS "; spf=pass"), true},
	{"behind a semicolon", SPAN_INIT("; " OURS "; spf=pass"), true},
	{"of somebody else", SPAN_INIT("other.example; spf=pass smtp.mailfrom=x." OURS), false},
	{"of somebody else, who names us",
		SPAN_INIT("other.example; spf=pass (" OURS ": x) a.b=" OURS), false},
	{"of a name that ends as ours", SPAN_INIT("x" OURS "; spf=pass"), false},
	{"of a name below ours", SPAN_INIT("x." OURS "; spf=pass"), false},
	{"of a name whose first labels are ours", SPAN_INIT(OURS ".x; spf=pass"), false},
	{"of a name that begins as ours", SPAN_INIT(OURS "s; spf=pass"), false},
	{"of somebody else, not to be read, who names another",
		SPAN_INIT("other.example; spf x." OURS), false},
	{"of somebody else, not to be read, who names us",
		SPAN_INIT("other.example; spf " OURS "."), true},
};

static void no_field_that_claims_to_be_ours_stays(void **state)
{
	static const struct msg_envelope envelope = {.server = SPAN_INIT(OURS)};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
		struct scene s;
		struct buf message;
		const struct scan_effects *effects;
		struct arena *a = arena_make();

		buf_init(&message, a, 10000);
		buf_add_string(&message,
			"Authentication-Results: z.example; none\n"
			"Authentication-Results:");
		buf_add(&message, claims[i].value);
		buf_add_string(&message, "\nSubject: x\n\ny\n");
		effects = scan_effects_make(wishing_scan(&s,
			"milter_headers { use = [authentication-results]; "
			"remove_ar_from = [nobody.example]; " NO_FLAG " }",
			&envelope, buf_span(&message)));
		if (effects->removal_count != (claims[i].goes ? 1 : 0) ||
			(claims[i].goes && effects->removals[0].nth != 2))
			fail_msg("%s", claims[i].name);
		arena_free(s.a);
		arena_free(a);
	}
}

static void of_very_many_claims_all_go(void **state)
{
	static const struct msg_envelope envelope = {.server = SPAN_INIT(OURS)};
	struct arena *a = arena_make();
	struct buf message;
	struct scene s;
	const struct scan_effects *effects;

	(void)state;
	buf_init(&message, a, 1 << 20);
	for (unsigned i = 0; i < 1500; i++)
		buf_add_string(&message, "Authentication-Results: " OURS "; none\n");
	effects = scan_effects_make(wishing_scan(&s,
		"milter_headers { use = [authentication-results]; "
		"remove_ar_from = [nobody.example]; " NO_FLAG " }",
		&envelope, buf_span(&message)));
	assert_int_equal(effects->removal_count, 1);
	assert_int_equal(effects->removals[0].nth, 0);
	arena_free(s.a);
	arena_free(a);
}

/* No blank to fold at: with its name it must stay within a line. */
static void a_bar_ends_before_a_line_does(void **state)
{
	struct msg_envelope envelope = {.helo = SPAN("A*100000")};
	const struct scan_effects *effects;
	struct scene s;

	(void)state;
	effects = scan_effects_make(wishing_scan(&s,
		"milter_headers { use = [x-spamd-bar, x-spam-level]; " NO_FLAG
		" routines { x-spam-level { char = abc } } }",
		&envelope, SPAN(PLAIN)));
	assert_int_equal(effects->fields[0].value.n, 850);
	assert_int_equal(effects->fields[1].value.n, 849);
	arena_free(s.a);
}

static void recipients_with_another_verdict_are_named(void **state)
{
	static const struct span rcpts[] = {SPAN_INIT("a@x.example"), SPAN_INIT("b@x.example"),
		SPAN_INIT("c\n@x.example")};
	static const size_t first[] = {0}, second[] = {1, 2};
	struct msg_envelope envelope = {.helo = SPAN("A"), .rcpts = rcpts, .rcpt_count = 3};
	const char *conf = USE("x-winnow-recipients");
	const struct scan_verdict *v;
	struct scan_verdict own, other;
	struct scan_share shares[] = {{&own, first, 1}, {&other, second, 2}};
	struct scene s;

	(void)state;
	v = wishing_scan(&s, conf, &envelope, SPAN(PLAIN));
	own = other = *v;
	other.action = scan_config_find_action(s.config, SPAN("add header"));
	other.score = 7;
	assert_string_equal(wishing_tell(s.a, scan_effects_make(&own)), "- X-Winnow-Recipients\n");
	own.shares = shares;
	own.share_count = 2;
	assert_string_equal(wishing_tell(s.a, scan_effects_make(&own)),
		"- X-Winnow-Recipients\nX-Winnow-Recipients: b@x.example: add header, score=7.00;\n"
		"\tc\\x0a@x.example: add header, score=7.00\n");
	arena_free(s.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_writes_what_it_says),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
		cmocka_unit_test(no_field_that_claims_to_be_ours_stays),
		cmocka_unit_test(of_very_many_claims_all_go),
		cmocka_unit_test(a_bar_ends_before_a_line_does),
		cmocka_unit_test(recipients_with_another_verdict_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
