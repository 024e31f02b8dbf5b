#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_dmarc;

#define M(domain) "From: mira@" domain "\n\nhi\n"
#define CLIENT .address = "192.0.2.25", .from = "mira@pass.example", .zone = zone
#define NONE_VALID "No valid SPF, No valid DKIM"
#define STRANGER .address = "192.0.2.26", .from = "mira@pass.example", .zone = zone

static const char zone[] = "pass.example TXT \"v=spf1 ip4:192.0.2.25 -all\"\n"
			   "_dmarc.pass.example TXT \"v=DMARC1; p=reject\"\n"
			   "_dmarc.open.example TXT \"v=DMARC1; p=none\"\n"
			   "open.example A 192.0.2.1\n"
			   "_dmarc.doubt.example TXT \"v=DMARC1; p=quarantine\"\n"
			   "doubt.example A 192.0.2.1\n"
			   "_dmarc.sample.example TXT \"v=DMARC1; p=reject; pct=0\"\n"
			   "sample.example A 192.0.2.1\n"
			   "_dmarc.trial.example TXT \"v=DMARC1; p=reject; t=y\"\n"
			   "trial.example A 192.0.2.1\n"
			   "_dmarc.twice.example TXT \"v=DMARC1; p=none\"\n"
			   "_dmarc.twice.example TXT \"v=DMARC1; p=reject\"\n"
			   "_dmarc.slow.example TIMEOUT\n"
			   "_dmarc.example TXT \"no policy\"\n"
			   "slowspf.example TIMEOUT\n"
			   "_dmarc.slowspf.example TXT \"v=DMARC1; p=reject\"\n";

#define REJECTED "DMARC_POLICY_REJECT(2.00)[pass.example : " NONE_VALID ", reject]"
#define ACTIONS                                                                                    \
	"dmarc { actions { reject = \"reject\"; quarantine = \"add_header\"; softfail = "          \
	"\"add header\" } }"

static const struct harness_case cases[] = {
	{"SPF speaks for the author", M("pass.example"),
		"DMARC_POLICY_ALLOW(-0.50)[pass.example, reject]", CLIENT},
	{"nobody speaks for the author", M("pass.example"), REJECTED, STRANGER},
	{"SPF speaks for somebody else", M("doubt.example"),
		"DMARC_POLICY_QUARANTINE(1.50)[doubt.example : SPF not aligned (relaxed), No valid "
		"DKIM, quarantine]",
		CLIENT},
	{"the owner asks for nothing", M("open.example"),
		"DMARC_POLICY_SOFTFAIL(0.10)[open.example : " NONE_VALID ", none]", STRANGER},
	{"a sample that the message is not in", M("sample.example"),
		"DMARC_POLICY_QUARANTINE(1.50)[sample.example : " NONE_VALID
		", reject, sampled_out]",
		STRANGER},
	{"no policy", M("none.example"), "DMARC_NA(0.00)[none.example]", STRANGER},
	{"no author", "To: a@example.org\n\nhi\n", "DMARC_NA(0.00)[there is no From field]",
		STRANGER},
	{"several records", M("twice.example"),
		"DMARC_BAD_POLICY(0.00)[twice.example : _dmarc.twice.example has several records]",
		STRANGER},
	{"a policy that nobody answers for", M("slow.example"),
		"DMARC_DNSFAIL(0.00)[slow.example : _dmarc.slow.example could not be looked up] "
		"?dmarc: dns TXT _dmarc.slow.example: timeout",
		STRANGER},
	{"SPF that nobody answers for", M("slowspf.example"),
		"DMARC_DNSFAIL(0.00)[slowspf.example : SPF could not be worked out] "
		"?dmarc: SPF could not be worked out",
		.address = "192.0.2.25", .from = "mira@slowspf.example", .zone = zone},
	{"two authors, both forged: the worse of both",
		"From: mira@open.example, jonas@pass.example\n\nhi\n",
		"DMARC_POLICY_REJECT(2.00)[pass.example : From names several domains, " NONE_VALID
		", reject]",
		STRANGER},

	{"our own network", M("pass.example"), "", .address = "192.168.1.1", .zone = zone},
	{"our own network, when it is wanted", M("none.example"), "DMARC_NA(0.00)[none.example]",
		.address = "192.168.1.1", .zone = zone,
		.settings = "dmarc { auth_and_local_conf = true }"},
	{"or by the other option", M("none.example"), "DMARC_NA(0.00)[none.example]",
		.address = "192.168.1.1", .zone = zone, .settings = "dmarc { check_local = true }"},
	{"who has authenticated", M("pass.example"), "", STRANGER, .user = "mira"},
	{"who has authenticated, when it is wanted", M("none.example"),
		"DMARC_NA(0.00)[none.example]", STRANGER, .user = "mira",
		.settings = "dmarc { check_authed = true }"},
	{"a failure that SPF could have cured is not told", M("pass.example"), "", STRANGER,
		.settings = "spf { enabled = false }"},
	{"a failure that DKIM could have cured is not told", M("pass.example"), "", STRANGER,
		.settings = "dkim { enabled = false }"},
	{"a pass is told without DKIM", M("pass.example"),
		"DMARC_POLICY_ALLOW(-0.50)[pass.example, reject]", CLIENT,
		.settings = "dkim { enabled = false }"},
	{"a message from a file is judged", M("pass.example"), REJECTED, .zone = zone},

	{"an action for a policy", M("pass.example"), REJECTED " => reject", STRANGER,
		.settings = ACTIONS},
	{"of another policy", M("doubt.example"),
		"DMARC_POLICY_QUARANTINE(1.50)[doubt.example : " NONE_VALID
		", quarantine] => add header",
		STRANGER, .settings = ACTIONS},
	{"of the mildest policy", M("open.example"),
		"DMARC_POLICY_SOFTFAIL(0.10)[open.example : " NONE_VALID ", none] => add header",
		STRANGER, .settings = ACTIONS},
	{"no action for a pass", M("pass.example"),
		"DMARC_POLICY_ALLOW(-0.50)[pass.example, reject]", CLIENT, .settings = ACTIONS},
	{"the score may ask for more", M("open.example"),
		"DMARC_POLICY_SOFTFAIL(20.00)[open.example : " NONE_VALID ", none]", STRANGER,
		.settings = ACTIONS " symbols { DMARC_POLICY_SOFTFAIL { score = 20 } }"},
	{"organisations by the public list", M("a.none.example"), "DMARC_NA(0.00)[a.none.example]",
		STRANGER, .settings = "dmarc { org_domain = \"psl\" }"},
};

static void results_become_symbols(void **state)
{
	(void)state;
	harness_check_table(&check_dmarc, cases, ARRAY_LEN(cases));
}

static void wrong_actions_are_told(void **state)
{
	static const char *const wrong[] = {"dmarc { actions { reject = \"refuse\" } }",
		"dmarc { actions { none = \"reject\" } }", "dmarc { actions = [1] }"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		harness_expect_wrong(&check_dmarc, wrong[i], "dmarc.actions");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_become_symbols),
		cmocka_unit_test(wrong_actions_are_told),
	};

	return cmocka_run_group_tests_name("checks/dmarc", tests, NULL, NULL);
}
