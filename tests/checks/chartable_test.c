#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_chartable;

#define TEXT(body)                                                                                 \
	"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" body "\n"
#define HTML(body)                                                                                 \
	"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" body "\n"

static const struct harness_case cases[] = {
	{"English", TEXT("Dear customer, your account is fine."), ""},
	{"Cyrillic letters in English words", TEXT("Yоur accоunt is blocked"),
		"R_MIXED_CHARSET(2.50)[text: 2 of 4: Y\u043eur]"},
	{"all of a text", TEXT("Yоur accоunt 2026"),
		"R_MIXED_CHARSET(5.00)[text: 2 of 2: Y\u043eur]"},
	{"at the threshold it is none",
		TEXT("one two three four five six seven раypаl аpplе gооglе"), ""},
	{"over the threshold", TEXT("two three four five six seven раypаl аpplе gооglе"),
		"R_MIXED_CHARSET(1.67)[text: 3 of 9: \u0440\u0430yp\u0430l]"},
	{"the threshold can be set", TEXT("one two three раypаl"),
		"R_MIXED_CHARSET(1.25)[text: 1 of 4: \u0440\u0430yp\u0430l]",
		.settings = "chartable { threshold = 0.2; }"},
	{"Latin letters in Russian words", TEXT("Скидкa нa всe товaры"),
		"R_MIXED_CHARSET(5.00)[text: 4 of 4: \u0421\u043a\u0438\u0434\u043aa]"},
	{"in HTML what is seen counts", HTML("<p>Y<b>о</b>ur accоunt</p>"),
		"R_MIXED_CHARSET(5.00)[HTML: 2 of 2: Y\u043eur]"},
	{"the Subject", "Subject: =?utf-8?q?Your_acc=D0=BEunt?=\n\nhi\n",
		"R_MIXED_CHARSET(2.50)[Subject: 1 of 2: acc\u043eunt]"},
	{"an attachment is not read",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\n"
		"Content-Type: text/plain; charset=utf-8\nContent-Disposition: attachment; filename=a.txt\n"
		"\nYоur accоunt\n--b--\n",
		""},
	{"a host", HTML("<a href=\"http://exаmple.org/\">here</a>"),
		"R_MIXED_CHARSET_URL(7.00)[ex\u0430mple.org (xn--exmple-4nf.org)]"},
	{"a host of one script", HTML("<a href=\"http://пример.example/\">here</a>"), ""},
	/* what people write */
	{"German", TEXT("Schöne Grüße aus München, die Straße ist gesperrt"), ""},
	{"Russian with names and units",
		TEXT("Купите USB-кабель для iPhone 15, SMS-рассылка, 3D-модель, 5µm"), ""},
	{"Ukrainian", TEXT("Доброго дня, надсилаємо її з'ясовані об'єми"), ""},
	{"Serbian in both scripts", TEXT("Добар дан / Dobar dan, Љубљана, Njegoš"), ""},
	{"Greek with brand names", TEXT("Το νέο iPhone και το Windows είναι εδώ, με 10kΩ και ΔT"),
		""},
	{"Vietnamese with accents apart",
		TEXT("Tie\u0302\u0301ng Vie\u0323\u0302t, xin cha\u0300o ba\u0323n"), ""},
	{"Japanese", TEXT("LINEで送る。東京タワーのTシャツ、お問い合わせ"), ""},
	{"Chinese", TEXT("用iPhone手机打开APP下载，A股上涨"), ""},
	{"Korean", TEXT("LG전자와 SK텔레콤의 신제품 IT뉴스"), ""},
	{"Hebrew and Arabic with Latin names", TEXT("הiPhone החדש الـWindows الجديد"), ""},
	{"Hindi and Thai", TEXT("नमस्ते iPhone में, ใช้iPhoneได้"), ""},
	{"Georgian, Armenian", TEXT("გამარჯობა Windows-ის, Բարև Windows-ի"), ""},
};

static void mixed_scripts_are_told(void **state)
{
	(void)state;
	harness_check_table(&check_chartable, cases, ARRAY_LEN(cases));
}

static void wrong_thresholds_are_refused(void **state)
{
	(void)state;
	harness_expect_wrong(&check_chartable, "chartable { threshold = 1.5; }", "threshold");
}

static void the_symbols_can_have_other_names(void **state)
{
	static const struct harness_case renamed[] = {
		{"of words", TEXT("pаypal"), "MIXED(5.00)[text: 1 of 1: pаypal]",
			.settings = "chartable { symbol = MIXED; }"},
		{"of hosts", HTML("<a href=\"http://pаypal.example/\">here</a>"),
			"MIXED_URL(7.00)[pаypal.example (xn--pypal-4ve.example)]",
			.settings = "chartable { url_symbol = MIXED_URL; }"},
		{"as Rspamd has them", TEXT("pаypal"),
			"R_MIXED_CHARSET(5.00)[text: 1 of 1: pаypal]",
			.settings =
				"chartable { threshold = 0.300000; symbol = \"R_MIXED_CHARSET\"; }"},
	};

	(void)state;
	harness_check_table(&check_chartable, renamed, ARRAY_LEN(renamed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mixed_scripts_are_told),
		cmocka_unit_test(wrong_thresholds_are_refused),
		cmocka_unit_test(the_symbols_can_have_other_names),
	};

	return cmocka_run_group_tests_name("checks/chartable", tests, NULL, NULL);
}
