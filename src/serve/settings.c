/* Settings of the process: listeners, limits, log. */
#include "serve/serve.h"

#include "serve/inner.h"

/* ---- worker.proxy ---- */

static const struct conf_option proxy_rows[] = {
	CONF_BOOL(struct serve_proxy, enabled, "enabled", "true", "Whether it listens at all."),
	CONF_BOOL(struct serve_proxy, milter, "milter", "true",
		"Speak milter; there is no other way to speak here."),
	CONF_LIST_COMMA(struct serve_proxy, sockets, "bind_socket", "127.0.0.1:11332",
		"Where mail servers connect to: an address and a port (127.0.0.1:11332, [::1]:11332, "
		"localhost:11332, *:11332) or the path of a socket; several are listed. Behind a path "
		"may stand who may connect: \"/run/winnow/milter.sock mode=0660 owner=winnow "
		"group=postfix\"; without group= it is the owner's own."),
	CONF_TIME(struct serve_proxy, timeout, "timeout", "2min", 1, 3600,
		"How long a mail server may stop in the middle of a command, or leave a reply "
		"unread."),
	/*
	 * Rspamd's users have `timeout = 120s` in their files. Were that the end of silence, too, a client
	 * who takes longer for his message would never get it through.
	 */
	CONF_TIME(struct serve_proxy, idle_timeout, "idle_timeout", "2h", 1, 86400,
		"After how much silence between commands a connection is closed. Mail servers are "
		"silent while a message comes in: this must be longer than the slowest takes."),
	CONF_INT(struct serve_proxy, connections_most, "max_connections", "1000", 0, 1000000,
		"How many connections may be open; more are closed at once. 0: as many as the system "
		"allows."),
	CONF_IGNORED("max_retries", "messages are scanned here, not passed on"),
	CONF_IGNORED("client_ca_name", "connections are not encrypted"),
	CONF_IGNORED("log_tag_type", "lines begin with the queue id"),
};

static const struct conf_section section_proxy = {
	.path = "worker.proxy",
	.rows = proxy_rows,
	.row_count = ARRAY_LEN(proxy_rows),
	.size = sizeof(struct serve_proxy),
	.help = "Where mail servers connect to with the milter protocol.",
};

#define NO_SERVICE "this version serves milter only, as worker.proxy says"

static const struct conf_option other_worker_rows[] = {
	CONF_IGNORED("bind_socket", NO_SERVICE),
};

static const struct conf_section section_normal = {
	.path = "worker.normal",
	.rows = other_worker_rows,
	.row_count = ARRAY_LEN(other_worker_rows),
	.help = "Scanning over HTTP; not there yet.",
};

static const struct conf_section section_controller = {
	.path = "worker.controller",
	.rows = other_worker_rows,
	.row_count = ARRAY_LEN(other_worker_rows),
	.help = "The web page; not there yet.",
};

/* ---- options ---- */

struct process_options {
	size_t message_most;
};

static const struct conf_option option_rows[] = {
	CONF_SIZE(struct process_options, message_most, "max_message", "50mb", 1024, MSG_BYTES_MOST,
		"Bytes of a message that are looked at; the rest of a larger one is not."),
};

static const struct conf_section section_options = {
	.path = "options",
	.rows = option_rows,
	.row_count = ARRAY_LEN(option_rows),
	.size = sizeof(struct process_options),
	.help = "Of the program as a whole.",
};

/* ---- logging ---- */

enum log_type { LOG_CONSOLE, LOG_FILE, LOG_SYSLOG };

struct log_options {
	int type;
	int level;
};

static const struct conf_word log_types[] = {
	{"console", LOG_CONSOLE},
	{"file", LOG_FILE},
	{"syslog", LOG_SYSLOG},
};

/* Rspamd has "message" beside "notice", and "silent". */
static const struct conf_word log_levels[] = {
	{"error", LOG_LEVEL_ERROR},
	{"silent", LOG_LEVEL_ERROR},
	{"warning", LOG_LEVEL_WARNING},
	{"notice", LOG_LEVEL_NOTICE},
	{"message", LOG_LEVEL_NOTICE},
	{"info", LOG_LEVEL_INFO},
	{"debug", LOG_LEVEL_DEBUG},
};

static const struct conf_option log_rows[] = {
	CONF_WORD(struct log_options, type, "type", "console", log_types,
		"Where lines go: console is standard output."),
	CONF_WORD(struct log_options, level, "level", "notice", log_levels,
		"The least urgent lines that are written; the line of a message is a notice."),
	CONF_IGNORED("filename", "lines go to standard output"),
	CONF_IGNORED("facility", "lines go to standard output"),
	CONF_IGNORED("color", "lines are plain text"),
	CONF_IGNORED("systemd", "lines are plain text"),
};

static const struct conf_section section_logging = {
	.path = "logging",
	.rows = log_rows,
	.row_count = ARRAY_LEN(log_rows),
	.size = sizeof(struct log_options),
	.help = "The log.",
};

const struct conf_section *const serve_sections[] = {
	&section_proxy,
	&section_normal,
	&section_controller,
	&section_options,
	&section_logging,
};
const size_t serve_section_count = ARRAY_LEN(serve_sections);

/* ---- reading ---- */

static struct conf_origin origin_of(const struct conf_node *section, struct span key)
{
	const struct conf_node *node = conf_get(section, key);

	return node == NULL ? (struct conf_origin){0} : node->origin;
}

static void check_sockets(const struct serve_proxy *proxy, const struct conf_node *section,
	struct conf_report *report)
{
	struct serve_address addresses[SERVE_ADDRESSES_MOST];
	struct why why;

	for (size_t i = 0; i < proxy->sockets.n; i++)
		if (serve_address_parse(proxy->sockets.v[i], addresses, &why) == 0)
			conf_error(report, origin_of(section, SPAN("bind_socket")), "%s", why.text);
}

static void read_proxy(struct arena *a, const struct conf_node *section, struct serve_proxy *out,
	struct conf_report *report)
{
	(void)conf_fill(a, section, proxy_rows, ARRAY_LEN(proxy_rows), out, report);
	if (!out->enabled)
		return;
	milter_policy_read(a, section, &out->policy, report);
	check_sockets(out, section, report);
	if (!out->milter)
		conf_error(report, origin_of(section, SPAN("milter")),
			"worker.proxy speaks milter only: set enabled = false to close it");
}

void serve_settings_read(struct arena *a, const struct conf *conf, const struct scan_config *scan,
	struct serve_settings *out, struct conf_report *report)
{
	const struct conf_node *logging = conf_find(conf->root, "logging");
	struct process_options options;
	struct log_options log;

	*out = (struct serve_settings){0};
	(void)conf_fill(a, conf_find(conf->root, "options"), option_rows, ARRAY_LEN(option_rows),
		&options, report);
	(void)conf_fill(a, logging, log_rows, ARRAY_LEN(log_rows), &log, report);
	if (log.type != LOG_CONSOLE)
		conf_warn(report, origin_of(logging, SPAN("type")),
			"this version logs to standard output only");
	out->log_level = log.level;
	read_proxy(a, conf_find(conf->root, "worker.proxy"), &out->proxy, report);
	out->proxy.policy.message_most = options.message_most;
}
