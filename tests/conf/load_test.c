#include "compact.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each test stands in a folder of its own; paths in messages are relative to it. */
static char folder[64];
static int home = -1;

static int enter_folder(void **state)
{
	set_up(state);
	snprintf(folder, sizeof(folder), "/tmp/winnow-conf-XXXXXX");
	home = open(".", O_RDONLY | O_DIRECTORY);
	return mkdtemp(folder) == NULL || chdir(folder) == -1 || home == -1;
}

static int leave_folder(void **state)
{
	char command[128];

	if (fchdir(home) == -1)
		return -1;
	close(home);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	if (system(command) != 0)
		return -1;
	return tear_down(state);
}

static void write_file(const char *path, const char *text)
{
	char part[256];
	FILE *f;

	for (const char *p = path; (p = strchr(p, '/')) != NULL; p++) {
		snprintf(part, sizeof(part), "%.*s", (int)(p - path), path);
		(void)mkdir(part, 0700);
	}
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

struct file {
	const char *path, *text;
};

static void write_files(const struct file *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		write_file(files[i].path, files[i].text);
}

#define WRITE(...)                                                                                 \
	write_files((struct file[]){__VA_ARGS__},                                                  \
		sizeof((struct file[]){__VA_ARGS__}) / sizeof(struct file))

static bool knows_symbol(const void *context, struct span name)
{
	(void)context;
	return span_equal(name, SPAN("R_SPF_FAIL")) || span_equal(name, SPAN("both"));
}

static const struct conf_section worker_section = {.path = "worker.normal", .is_open = true};
static const struct conf_section both_section = {.path = "both", .is_open = true};
static const struct conf_section *const sections[] = {&worker_section, &both_section};
static const struct conf_schema schema = {sections, ARRAY_LEN(sections), knows_symbol, NULL};

static const struct conf *load(const char *path)
{
	struct conf_input input = {.path = path, .schema = &schema};

	return conf_load(a, &input, &report);
}

static void expect_load(const char *name, const char *path, const char *tree, const char *errors)
{
	const struct conf *conf = load(path);

	expect_text(name, "tree", compact(conf->root), tree);
	expect_text(name, "report", printed_report(), errors);
}

/* ---- folders ---- */

static void a_folder_that_is_not_there_is_an_error_unless_it_is_the_default(void **state)
{
	struct conf_input input = {.path = "etc", .path_optional = true};

	(void)state;
	expect_text("optional", "tree", compact(conf_load(a, &input, &report)->root), "{}");
	assert_int_equal(report.errors, 0);
	expect_load("missing", "etc", "{}", "etc:1:1: No such file or directory\n");
}

static void an_empty_folder_is_no_error(void **state)
{
	(void)state;
	mkdir("etc", 0700);
	expect_load("empty", "etc/", "{}", "");
}

static void the_layers_of_a_folder(void **state)
{
	(void)state;
	WRITE({"etc/winnow.conf", "m { a = 1; s { x = 1 } }\noptions { o = 1 }"},
		{"etc/local.d/m.conf", "b = 2; s { y = 2 }"},
		{"etc/local.d/options.inc", "o = 2; p = 3"},
		{"etc/override.d/m.conf", "s { z = 3 }"}, {"etc/local.d/other.conf", ""});
	expect_load("folder", "etc", "{m={a=1;s={z=3};b=2};options={o=2;p=3};other={}}", "");
	conf_report_init(&report, a);
	expect_load("the folder's winnow.conf stands for the folder", "etc/winnow.conf",
		"{m={a=1;s={z=3};b=2};options={o=2;p=3};other={}}", "");
	assert_int_equal(load("etc")->sources.n, 5);
}

static void a_file_of_another_name_is_read_alone(void **state)
{
	(void)state;
	WRITE({"etc/mine.conf", "m { a = 1 }"}, {"etc/local.d/m.conf", "b = 2"});
	expect_load("alone", "etc/mine.conf", "{m={a=1}}", "");
}

/* The program may go to another folder later: a path that was relative then would be wrong. */
static void folders_in_variables_start_at_the_root(void **state)
{
	struct span got, want;

	(void)state;
	WRITE({"etc/winnow.conf", "a = \"$CONFDIR ${LOCAL_CONFDIR}\"\n.include \"sub/b.inc\""},
		{"etc/sub/b.inc", "b = \"$CURDIR $FILENAME\""});
	got = compact(load("etc")->root);
	want = arena_printf(a, "{a=\"%s/etc %s/etc\";b=\"%s/etc/sub %s/etc/sub/b.inc\"}", folder,
		folder, folder, folder);
	expect_text("variables", "tree", got, arena_string(a, want));
}

static void files_that_are_no_configuration_are_passed_over(void **state)
{
	(void)state;
	WRITE({"etc/local.d/m.conf.rpmnew", "= 1"}, {"etc/local.d/m.conf~", "= 1"},
		{"etc/local.d/m.conf.bak", "= 1"}, {"etc/local.d/.m.conf", "= 1"},
		{"etc/local.d/allow.map", "a@b"}, {"etc/local.d/2tld.inc", "co.uk"},
		{"etc/local.d/2tld.inc.local", "co.uk"}, {"etc/local.d/rspamd.lua", "x ="},
		{"etc/local.d/common.conf", "= 1"}, {"etc/local.d/maps.d/x.conf", "= 1"});
	expect_load("other files", "etc", "{}", "");
}

static void small_files_belong_to_their_section(void **state)
{
	(void)state;
	WRITE({"etc/local.d/R_SPF_FAIL.conf", "enabled = false"},
		{"etc/local.d/both.conf", "x = 1"},
		{"etc/local.d/multimap.conf", "enabled = false"},
		{"etc/local.d/headers_group.conf", "enabled = false"},
		{"etc/local.d/worker-rspamd_proxy.inc", "milter = yes"},
		{"etc/local.d/composites.conf", "C { score = 1 }"},
		{"etc/local.d/settings.conf", "s { priority = 1 }"},
		{"etc/local.d/classifier-bayes.conf", "min_learns = 5"},
		{"etc/local.d/dkim.v2.conf", "x = 1"});
	expect_load("sections", "etc",
		"{symbols={R_SPF_FAIL={enabled=no}};both={x=1};classifier={bayes={min_learns=5}};"
		"composites={C={score=1}};dkim.v2={x=1};group={headers={enabled=no}};"
		"multimap={enabled=no};settings={s={priority=1}};worker={proxy={milter=yes}}}",
		"");
}

static void an_rspamd_folder(void **state)
{
	struct conf_text stock = {"stock",
		SPAN("options { a = 1; l = [1] } multimap { X { x = 1 } } worker \"normal\" { n = 1 }"),
		CONF_LAYER_DEFAULT, NULL};
	struct conf_input input = {.texts = &stock, .text_count = 1, .path = "etc"};
	const struct conf *conf;

	(void)state;
	WRITE({"etc/rspamd.conf", "{= stock =}"}, {"etc/modules.d/multimap.conf", "= 1"},
		{"etc/rspamd.conf.local",
			"options { a = 2; l = [2]; b = 3 }\nmultimap { Y { y = 1 } }\nworker \"normal\" { n = "
			"2 }\nmine { z = 1 }"},
		{"etc/modules.local.d/own.conf", "own { q = 1 }"},
		{"etc/local.d/multimap.conf", "Z { z = 1 }"},
		{"etc/local.d/worker-normal.inc", "n = 3"});
	conf = conf_load(a, &input, &report);
	/* the core reads all pieces, of a module the first counts, a worker is another one */
	expect_text("local", "tree", compact(conf->root),
		"{options={a=2;l=[2];b=3};multimap=<{X={x=1};Z={z=1}},{Y={y=1}}>;"
		"worker={normal=<{n=3},{n=2}>};mine={z=1};own={q=1}}");
	expect_text("local", "report", printed_report(), "");
	expect_text("the first is found", "value",
		compact(conf_find(conf->root, "worker.normal.n")), "3");

	write_file("etc/rspamd.conf.override", "multimap { Q { q = 1 } }\noptions { only = 1 }");
	write_file("etc/rspamd.conf.local.override", "worker \"normal\" { n = 9 }");
	conf = conf_load(a, &input, &report);
	expect_text("override", "tree", compact(conf->root),
		"{options={only=1};multimap={Q={q=1}};worker={normal={n=9}};mine={z=1};own={q=1}}");
}

/* ---- includes ---- */

static const char block[] =
	"worker \"normal\" {\n"
	"    bind_socket = \"localhost:11333\";\n"
	"    .include \"$CONFDIR/worker-normal.inc\"\n"
	"    .include(try=true; priority=1,duplicate=merge) "
	"\"$LOCAL_CONFDIR/local.d/worker-normal.inc\"\n"
	"    .include(try=true; priority=10) \"$LOCAL_CONFDIR/override.d/worker-normal.inc\"\n"
	"}\n";

static void the_block_of_a_top_level_file_works_verbatim(void **state)
{
	(void)state;
	write_file("etc/winnow.conf", block);
	expect_load("without files", "etc", "{worker={normal={bind_socket=\"localhost:11333\"}}}",
		"");

	WRITE({"etc/local.d/worker-normal.inc", "bind_socket = \"*:11333\"; count = 4; l = [1]"},
		{"etc/override.d/worker-normal.inc", "count = 1"});
	expect_load("with files, each once", "etc",
		"{worker={normal={bind_socket=\"*:11333\";count=1;l=[1]}}}", "");
	expect_text("override", "layer",
		span_of(conf_layer_name(
			conf_find(load("etc")->root, "worker.normal.count")->origin.source->layer)),
		"override.d");
	write_file("etc/top.conf", block);
	expect_load("as a file alone", "etc/top.conf",
		"{worker={normal={bind_socket=\"*:11333\";count=1;l=[1]}}}", "");
}

/* rspamd.conf copied away from its tree: common.conf would have included local.d for each module. */
static void stock_files_that_are_compiled_in_bring_local_d_along(void **state)
{
	(void)state;
	WRITE({"etc/rspamd.conf", ".include \"$CONFDIR/common.conf\"\nm { a = 1 }"},
		{"etc/local.d/m.conf", "b = 2"}, {"etc/override.d/m.conf", "c = 3"},
		{"etc/rspamd.conf.override", "o { x = 1 }"}, {"etc/winnow.conf", "= 1"});
	expect_load("rspamd.conf", "etc/rspamd.conf", "{m={a=1;b=2;c=3};o={x=1}}", "");
}

/* As users of Rspamd write them. */
static void small_files_of_rspamd_users(void **state)
{
	static const struct {
		struct file file;
		const char *path, *tree;
	} cases[] = {
		{{"etc/local.d/multimap.conf",
			 "LOCAL_BL_FROM {\n  type = \"from\";\n  map = "
			 "\"$LOCAL_CONFDIR/local.d/maps.d/bl.map\"\n  score = 7.0\n  regexp = true;\n}\n"},
			"multimap.LOCAL_BL_FROM.regexp", "yes"},
		{{"etc/local.d/milter_headers.conf",
			 "use = [\"x-spamd-bar\", \"authentication-results\"];\nskip_local = "
			 "false;\nroutines { x-spamd-bar { header = 'X-Bar'; remove = 0; } }"},
			"milter_headers",
			"{use=[\"x-spamd-bar\",\"authentication-results\"];skip_local=no;"
			"routines={x-spamd-bar={header=\"X-Bar\";remove=0}}}"},
		{{"etc/local.d/ratelimit.conf",
			 "rates {\n to = {\n  bucket = {\n   burst = 100;\n   rate = \"33 / "
			 "1min\";\n  }\n }\n}\nwhitelisted_rcpts = \"postmaster,mailer-daemon\";"},
			"ratelimit.rates.to.bucket", "{burst=100;rate=\"33 / 1min\"}"},
		{{"etc/local.d/groups.conf",
			 "symbols = {\n  \"BAYES_SPAM\" {\n    weight = 6.0;\n  }\n}\ngroup "
			 "\"mine\" {\n max_score = 12.0\n symbols { \"X\" { weight = -1 } }\n}"},
			"group.mine", "{max_score=12;symbols={X={weight=-1}}}"},
		{{"etc/local.d/force_actions.conf",
			 "rules {\n R {\n  action = \"reject\";\n  expression = \"(A | B) & !C\";\n  "
			 "honor_action = [\"reject\", \"soft reject\"]; } }"},
			"force_actions.rules.R.honor_action", "[\"reject\",\"soft reject\"]"},
		{{"etc/local.d/logging.inc",
			 "log_format =<<EOD\nid: <$mid>,$if_qid{ qid: <$>,}\nrcpts: <$smtp_rcpts>\nEOD\n"
			 "level = \"info\";"},
			"logging.log_format",
			"\"id: <$mid>,$if_qid{ qid: <$>,}\nrcpts: <$smtp_rcpts>\""},
		{{"etc/local.d/options.inc",
			 "dns {\n  nameserver = [\"127.0.0.1:53:10\"];\n  timeout = 1s;\n}\nlocal_addrs = "
			 "[192.168.0.0/16, 10.0.0.0/8, fd00::/8];\ncontrol_socket = "
			 "\"$DBDIR/rspamd.sock mode=0600\";"},
			"options.local_addrs", "[\"192.168.0.0/16\",\"10.0.0.0/8\",\"fd00::/8\"]"},
		{{"etc/local.d/worker-controller.inc",
			 "password = "
			 "\"$2$g95yw17gqqnztyfxyo1ckqnbudgefkzs$xy\";\nbind_socket = "
			 "\"*:11334\";\nbind_socket = \"/run/w.sock mode=0666 owner=nobody\";"},
			"worker.controller",
			"{password=\"$2$g95yw17gqqnztyfxyo1ckqnbudgefkzs$xy\";"
			"bind_socket=<\"*:11334\",\"/run/w.sock mode=0666 owner=nobody\">}"},
		{{"etc/local.d/dkim_signing.conf",
			 "path = \"/var/lib/dkim/$domain.$selector.key\";\nselector = 2024;\ndomain { "
			 "example.com { selectors [ { path: '/x'; selector: \"s\" } ] } }"},
			"dkim_signing.domain.\"example.com\".selectors",
			"[{path=\"/x\";selector=\"s\"}]"},
		{{"etc/local.d/regexp.conf",
			 "'MY_RULE' {\n re = 'Subject=/^\\s*(?:re|fwd):.{1,3}$/i{header} & "
			 "From=/\\.example$/H';\n score = 2;\n}"},
			"regexp.MY_RULE.re",
			"\"Subject=/^\\s*(?:re|fwd):.{1,3}$/i{header} & From=/\\.example$/H\""},
		{{"etc/local.d/actions.conf",
			 "reject = null;\nadd_header = 6.5; # note\ngreylist = 4"},
			"actions", "{reject=null;add_header=6.5;greylist=4}"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		write_file(cases[i].file.path, cases[i].file.text);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct conf_node *node = conf_find(load("etc")->root, cases[i].path);

		assert_non_null(node);
		expect_text(cases[i].file.path, "tree", compact(node), cases[i].tree);
	}
	expect_text("all", "report", printed_report(), "");
}

static void a_missing_file_is_an_error_unless_it_is_tried_or_stock(void **state)
{
	(void)state;
	write_file("etc/winnow.conf",
		".include \"$CONFDIR/common.conf\"\n.include \"$CONFDIR/groups.conf\"\n"
		".include(try=true) \"nothing.conf\"\n.try_include \"nothing.conf\"\n"
		".include(glob=true) \"$CONFDIR/modules.d/*.conf\"\n"
		"  .include \"nothing.conf\"\n.include \"local.d/worker-normal.inc\"\n");
	expect_load("missing", "etc", "{}",
		"etc/winnow.conf:6:3: etc/nothing.conf: there is no such file\n"
		"etc/winnow.conf:7:1: etc/local.d/worker-normal.inc: there is no such file\n");
}

static void priorities_and_duplicates_of_includes(void **state)
{
	(void)state;
	WRITE({"etc/winnow.conf",
		      "m {\n a = 1; l = [1]; s { x = 1 }\n"
		      ".include \"equal.conf\"\n}\n"
		      "n { a = 1; l = [1]; s { x = 1 }\n.include(duplicate=rewrite) \"equal.conf\" }\n"
		      "o { a = 1; l = [1]; s { x = 1 }\n.include(priority=3) \"equal.conf\" }\n"
		      "p { a = 1; l = [1]; s { x = 1 }\n.include(priority=3;duplicate=merge) "
		      "\"equal.conf\"\n.include(priority=2) \"low.conf\" }\n"
		      "q { a = 1; l = [1]\n.include(duplicate=error) \"equal.conf\" }\n"
		      "r { a = 1\n.include(prefix=true, key=sub, target=object) \"equal.conf\" }\n"},
		{"etc/equal.conf", "a = 2; l = [2]; s { y = 2 }"},
		{"etc/low.conf", "a = 9; b = 3"});
	expect_load("includes", "etc",
		"{m={a=<1,2>;l=<[1],[2]>;s=<{x=1},{y=2}>};"
		"n={a=2;l=[2];s={y=2}};"
		"o={a=2;l=[2];s={y=2}};"
		"p={a=2;l=[1,2];s={x=1;y=2};b=3};"
		"q={a=1;l=[1];s={y=2}};"
		"r={a=1;sub={a=2;l=[2];s={y=2}}}}",
		"etc/equal.conf:1:1: q.a is already set in etc/winnow.conf:12\n"
		"etc/equal.conf:1:8: q.l is already set in etc/winnow.conf:12\n");
}

static void dynamic_beats_local_but_local_appends_to_its_lists(void **state)
{
	(void)state;
	WRITE({"etc/winnow.conf",
		      "m { a = 1; l = [1]\n.include(priority=5) \"dynamic.conf\"\n"
		      ".include(priority=1, duplicate=merge) \"local.d/m.conf\" }"},
		{"etc/dynamic.conf", "a = 2; l = [2]"}, {"etc/local.d/m.conf", "a = 3; l = [3]"});
	expect_load("dynamic", "etc", "{m={a=2;l=[2,3]}}", "");
}

static void globs_are_sorted_and_relative_to_their_file(void **state)
{
	(void)state;
	WRITE({"etc/winnow.conf", ".include(glob=true) \"parts/*.conf\""},
		{"etc/parts/b.conf", "b = 1\n.include \"c.inc\""}, {"etc/parts/a.conf", "a = 1"},
		{"etc/parts/c.inc", "c = 1"});
	expect_load("glob", "etc", "{a=1;b=1;c=1}", "");
}

static void includes_that_are_refused(void **state)
{
	(void)state;
	WRITE({"etc/winnow.conf",
		".include \"https://example.org/x.conf\"\n.include(url=true) \"x.conf\"\n"
		".include(priority=16) \"x.conf\"\n.include(duplicate=often) \"x.conf\"\n"
		".include(try) \"x.conf\"\n.include\n.include \"parts\"\n.include \"pipe\"\n"
		".include \"/dev/null\"\n.inherit \"nobody\"\n.priority much\nend = 1"});
	mkdir("etc/parts", 0700);
	assert_int_equal(mkfifo("etc/pipe", 0600), 0);
	expect_load("refused", "etc", "{end=1}",
		"etc/winnow.conf:1:1: a configuration is not read from the network\n"
		"etc/winnow.conf:2:18: the parameter url of .include is not supported here\n"
		"etc/winnow.conf:3:21: \"16\" is no value for priority\n"
		"etc/winnow.conf:4:25: \"often\" is no value for duplicate\n"
		"etc/winnow.conf:5:13: here should stand NAME=VALUE or )\n"
		"etc/winnow.conf:6:9: here should stand a value\n"
		"etc/winnow.conf:7:1: etc/parts is not a file\n"
		"etc/winnow.conf:8:1: etc/pipe is not a file\n"
		"etc/winnow.conf:10:1: there is no section nobody to inherit from so far\n"
		"etc/winnow.conf:11:1: .priority takes a number from 0 to 15\n");
}

static void circles_end(void **state)
{
	(void)state;
	WRITE({"etc/winnow.conf", "a = 1\n.include \"b.conf\"\nz = 1"},
		{"etc/b.conf", "b = 1\n.include \"./../etc/winnow.conf\""});
	expect_load("circle", "etc", "{a=1;b=1;z=1}",
		"etc/b.conf:2:1: etc/./../etc/winnow.conf includes itself\n");
}

static void includes_are_capped(void **state)
{
	char path[64], text[256];

	(void)state;
	for (int i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "etc/%d.conf", i);
		snprintf(text, sizeof(text), ".include \"%d.conf\"\nk%d = 1", i + 1, i);
		write_file(path, text);
	}
	(void)load("etc/0.conf");
	assert_int_equal(report.errors, 1);
	expect_text("deep", "report", printed_report(),
		"etc/15.conf:1:1: files include each other more than 16 deep\n");

	/* each level reads the next one three times */
	for (int i = 0; i < 12; i++) {
		snprintf(path, sizeof(path), "etc/%d.conf", i);
		snprintf(text, sizeof(text),
			".include \"%d.conf\"\n.include \"%d.conf\"\n.include \"%d.conf\"", i + 1,
			i + 1, i + 1);
		write_file(path, text);
	}
	write_file("etc/12.conf", "");
	conf_report_init(&report, a);
	(void)load("etc/0.conf");
	assert_int_equal(report.errors, 1);
	assert_true(span_ends(printed_report(), SPAN(": more than 1000 files\n")));
}

static void files_are_capped(void **state)
{
	(void)state;
	write_file("etc/winnow.conf", "a = 1");
	assert_int_equal(truncate("etc/winnow.conf", CONF_FILE_MOST + 1), 0);
	expect_load("large", "etc", "{}",
		"etc/winnow.conf:1:1: etc/winnow.conf: larger than 10485760 bytes\n");
}

static void a_file_that_cannot_be_read_is_an_error_also_when_it_is_tried(void **state)
{
	(void)state;
	WRITE({"etc/winnow.conf", ".try_include \"loop\""});
	assert_int_equal(symlink("loop", "etc/loop"), 0);
	expect_load("loop", "etc", "{}",
		"etc/winnow.conf:1:1: etc/loop: Too many levels of symbolic links\n");
}

/* ---- environment and command line ---- */

static void the_environment_and_the_command_line(void **state)
{
	static const char *const environment[] = {
		"PATH=/bin",
		"WINNOW_STATE_DIR=/x",
		"WINNOW_SET_worker__proxy__count=7",
		"WINNOW_SET_options__a=environment",
		"WINNOW_SET_options__p=4711",
		"WINNOW_SET_options__s__FILE=secret",
		"WINNOW_SET_options__l=[1, 2]",
		"WINNOW_SET_options__o={ x = 1 }",
		"WINNOW_SET_options__b={broken",
		"WINNOW_SET_options__v=$CONFDIR # no comment",
		"WINNOW_SET_options__q=\"quoted\"",
		"WINNOW_SET_options__e=",
		"WINNOW_SET_m__s=5",
		NULL,
	};
	static const char *const settings[] = {"options.a = line", "actions.add_header=null",
		"group.\"x.y\".max=3", "worker.rspamd_proxy.n=1"};
	struct conf_input input = {.path = "etc",
		.environ = environment,
		.settings = settings,
		.setting_count = ARRAY_LEN(settings)};
	const struct conf *conf;

	(void)state;
	WRITE({"etc/winnow.conf", "options { a = file }\nm { s { x = 1 } }"},
		{"etc/override.d/options.inc", "a = override"}, {"secret", "12 34\r\n"});
	conf = conf_load(a, &input, &report);
	expect_text("all", "tree", compact(conf->root),
		"{options={a=\"line\";p=4711;s=\"12 34\";l=[1,2];o={x=1};b=\"{broken\";"
		"v=\"$CONFDIR # no comment\";q=\"quoted\";e=\"\"};m={s=5};worker={proxy={count=7;n=1}};"
		"actions={add_header=null};group={x.y={max=3}}}");
	expect_text("all", "report", printed_report(), "");
	assert_true(conf_find(conf->root, "options.s")->is_secret);
	expect_text("environment", "place",
		conf_origin_print(a, conf_find(conf->root, "options.p")->origin),
		"WINNOW_SET_options__p:1");
	expect_text("command line", "place",
		conf_origin_print(a, conf_find(conf->root, "options.a")->origin), "command line:1");
}

static void settings_that_are_none(void **state)
{
	static const char *const environment[] = {"WINNOW_SET_=1", "WINNOW_SET_a____b=1",
		"WINNOW_SET_a__FILE=nothing", "WINNOW_SET_l__x=1", NULL};
	static const char *const settings[] = {"a", "=1", "a.=1", "a..b=1"};
	struct conf_text text = {"t", SPAN("l = [1]"), CONF_LAYER_DEFAULT, NULL};
	struct conf_input input = {.texts = &text,
		.text_count = 1,
		.environ = environment,
		.settings = settings,
		.setting_count = ARRAY_LEN(settings)};

	(void)state;
	expect_text("none", "tree", compact(conf_load(a, &input, &report)->root), "{l=[1]}");
	expect_text("none", "report", printed_report(),
		"WINNOW_SET_:1:1: a setting has the form WINNOW_SET_section__key=value\n"
		"WINNOW_SET_a____b:1:1: a setting has the form WINNOW_SET_section__key=value\n"
		"WINNOW_SET_a__FILE:1:1: nothing: No such file or directory\n"
		"WINNOW_SET_l__x:1:1: l is a section { } here and a list in t:1: they cannot be merged\n"
		"command line:1:1: \"a\": a setting has the form section.key=value\n"
		"command line:1:1: \"=1\": a setting has the form section.key=value\n"
		"command line:1:1: \"a.=1\": a setting has the form section.key=value\n"
		"command line:1:1: \"a..b=1\": a setting has the form section.key=value\n");
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_folder_that_is_not_there_is_an_error_unless_it_is_the_default),
		IN_FOLDER(an_empty_folder_is_no_error),
		IN_FOLDER(the_layers_of_a_folder),
		IN_FOLDER(a_file_of_another_name_is_read_alone),
		IN_FOLDER(folders_in_variables_start_at_the_root),
		IN_FOLDER(files_that_are_no_configuration_are_passed_over),
		IN_FOLDER(small_files_belong_to_their_section),
		IN_FOLDER(an_rspamd_folder),
		IN_FOLDER(the_block_of_a_top_level_file_works_verbatim),
		IN_FOLDER(stock_files_that_are_compiled_in_bring_local_d_along),
		IN_FOLDER(small_files_of_rspamd_users),
		IN_FOLDER(a_missing_file_is_an_error_unless_it_is_tried_or_stock),
		IN_FOLDER(priorities_and_duplicates_of_includes),
		IN_FOLDER(dynamic_beats_local_but_local_appends_to_its_lists),
		IN_FOLDER(globs_are_sorted_and_relative_to_their_file),
		IN_FOLDER(includes_that_are_refused),
		IN_FOLDER(circles_end),
		IN_FOLDER(includes_are_capped),
		IN_FOLDER(files_are_capped),
		IN_FOLDER(a_file_that_cannot_be_read_is_an_error_also_when_it_is_tried),
		IN_FOLDER(the_environment_and_the_command_line),
		IN_FOLDER(settings_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
