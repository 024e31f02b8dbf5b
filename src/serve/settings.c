/* Settings of the process: listeners, limits. */
#include "serve/serve.h"

#include <stdlib.h>
#include <unistd.h>

#include "serve/inner.h"

#define STATE_DIR "/var/lib/winnow"

/* Of the workers that nobody has asked for: more would only help where mail comes in thousands a second. */
enum { USUAL_WORKERS_MOST = 4 };

/* ---- worker.proxy ---- */

#define COUNT_HELP                                                                                    \
	"How many worker processes there are; of the sections the largest number counts. 0: as many " \
	"as processors, at most 4."

static const struct conf_option proxy_rows[] = {
	CONF_BOOL(struct serve_proxy, enabled, "enabled", "true", "Whether it listens at all."),
	CONF_BOOL(struct serve_proxy, milter, "milter", "true",
		"Speak milter; worker.normal speaks HTTP."),
	CONF_LIST_COMMA(struct serve_proxy, sockets, "bind_socket", "127.0.0.1:11332",
		"Where mail servers connect to: an address and a port (127.0.0.1:11332, [::1]:11332, "
		"localhost:11332, *:11332) or the path of a socket; several are listed. Behind a path "
		"may stand who may connect: \"/run/winnow/milter.sock mode=0660 owner=winnow "
		"group=postfix\"; without group= it is the owner's own. \"systemd:NAME\" is a socket "
		"that systemd has opened."),
	CONF_ALIAS("bind", "bind_socket"),
	CONF_ALIAS("listen", "bind_socket"),
	CONF_INT(struct serve_proxy, count, "count", "0", -1, SERVE_WORKERS_MOST, COUNT_HELP),
	CONF_TIME(struct serve_proxy, timeout, "timeout", "2min", 1, 3600,
		"How long a mail server may stop in the middle of a command, or leave a reply "
		"unread. After a reload, sessions that are open have as long to come to their end."),
	/*
	 * Rspamd's users have `timeout = 120s` in their files. Were that the end of silence, too, a client
	 * who takes longer for his message would never get it through.
	 */
	CONF_TIME(struct serve_proxy, idle_timeout, "idle_timeout", "2h", 1, 86400,
		"After how much silence between commands a connection is closed. Mail servers are "
		"silent while a message comes in: this must be longer than the slowest takes."),
	CONF_INT(struct serve_proxy, connections_most, "max_connections", "10000", 0, 1000000,
		"How many connections may be open in a worker; more are closed at once. 0: as many as "
		"the system allows."),
	CONF_NODE(struct serve_proxy, upstream, "upstream",
		"Where Rspamd's proxy scans. Messages are scanned here (self_scan); other hosts are "
		"passed over with a warning."),
	CONF_IGNORED("max_retries", "messages are scanned here, not passed on"),
	CONF_IGNORED("client_ca_name", "connections are not encrypted"),
	CONF_IGNORED("log_tag_type", "each line of a message has its queue id"),
};

static const struct conf_section section_proxy = {
	.path = "worker.proxy",
	.rows = proxy_rows,
	.row_count = ARRAY_LEN(proxy_rows),
	.size = sizeof(struct serve_proxy),
	.help = "Where mail servers connect to with the milter protocol.",
};

/* ---- worker.normal ---- */

static const struct conf_option normal_rows[] = {
	CONF_BOOL(struct serve_normal, enabled, "enabled", "true", "Whether it listens at all."),
	CONF_LIST_COMMA(struct serve_normal, sockets, "bind_socket", "127.0.0.1:11333",
		"Where clients post messages over HTTP, as in worker.proxy. Whoever can connect may "
		"have messages scanned: it is not for the open internet."),
	CONF_ALIAS("bind", "bind_socket"),
	CONF_ALIAS("listen", "bind_socket"),
	CONF_INT(struct serve_normal, count, "count", "0", -1, SERVE_WORKERS_MOST, COUNT_HELP),
	CONF_TIME(struct serve_normal, timeout, "timeout", "60s", 1, 3600,
		"How long a client may be silent within a request, or leave a reply unread."),
	CONF_TIME(struct serve_normal, request_timeout, "request_timeout", "5min", 1, 86400,
		"How long a request may take to come in as a whole, however it trickles."),
	CONF_TIME(struct serve_normal, idle_timeout, "idle_timeout", "2min", 1, 86400,
		"After how much silence between requests a connection is closed."),
	CONF_INT(struct serve_normal, connections_most, "max_connections", "10000", 1, 1000000,
		"How many connections may be open in a worker; more are refused."),
	CONF_IGNORED("max_tasks", "messages under way are bounded by options.max_held"),
	CONF_IGNORED("task_timeout", "options.task_timeout holds for all listeners"),
	CONF_IGNORED("keypair", "connections are not encrypted"),
	CONF_IGNORED("encrypted_only", "connections are not encrypted"),
	CONF_IGNORED("allow_file_and_shm_inputs",
		"workers cannot open files: clients send the message itself"),
	CONF_IGNORED("mime", "any input is scanned, whatever it is"),
};

static const struct conf_section section_normal = {
	.path = "worker.normal",
	.rows = normal_rows,
	.row_count = ARRAY_LEN(normal_rows),
	.size = sizeof(struct serve_normal),
	.help = "Scanning over HTTP, as Rspamd's clients ask for it.",
};

/* ---- worker.controller ---- */

struct controller {
	bool enabled;
};

static const struct conf_option controller_rows[] = {
	CONF_BOOL(struct controller, enabled, "enabled", "false",
		"Whether it listens; there is nothing to listen yet."),
	CONF_IGNORED("bind_socket", "this version has no web page: worker.normal serves /metrics"),
	CONF_IGNORED("bind", "this version has no web page: worker.normal serves /metrics"),
	CONF_IGNORED("listen", "this version has no web page: worker.normal serves /metrics"),
	CONF_IGNORED("count", "there is no controller yet"),
};

static const struct conf_section section_controller = {
	.path = "worker.controller",
	.rows = controller_rows,
	.row_count = ARRAY_LEN(controller_rows),
	.size = sizeof(struct controller),
	.help = "The web page; not there yet.",
};

/* ---- options and the program itself ---- */

struct process_options {
	size_t message_most, held_most;
};

static const struct conf_option option_rows[] = {
	CONF_SIZE(struct process_options, message_most, "max_message", "50mb", 1024, MSG_BYTES_MOST,
		"Bytes of a message that are looked at; the rest of a larger one is not."),
	CONF_SIZE(struct process_options, held_most, "max_held", "256mb", 1 << 20, 1ULL << 40,
		"Bytes of messages that a worker holds at a time while they come in; one that finds "
		"no room is put off (451, over HTTP 503)."),
};

static const struct conf_section section_options = {
	.path = "options",
	.rows = option_rows,
	.row_count = ARRAY_LEN(option_rows),
	.size = sizeof(struct process_options),
	.help = "Of the program as a whole.",
};

struct program_options {
	struct span state_dir;
};

static const struct conf_option program_rows[] = {
	CONF_STRING(struct program_options, state_dir, "state_dir", STATE_DIR,
		"The folder of what the filter keeps, and of the socket by which `winnow stats` asks "
		"it. WINNOW_STATE_DIR in the environment counts before it."),
};

static const struct conf_section section_program = {
	.path = "",
	.rows = program_rows,
	.row_count = ARRAY_LEN(program_rows),
	.size = sizeof(struct program_options),
	.help = "At the top of winnow.conf.",
};

const struct conf_section *const serve_sections[] = {
	&section_program,
	&section_proxy,
	&section_normal,
	&section_controller,
	&section_options,
	&serve_logging_section,
	&sandbox_section,
	&dns_section,
};
const size_t serve_section_count = ARRAY_LEN(serve_sections);

/* ---- reading ---- */

static void check_sockets(const struct conf_list *sockets, uint16_t port,
	const struct conf_node *section, struct conf_report *report)
{
	struct serve_address addresses[SERVE_ADDRESSES_MOST];
	struct why why;

	for (size_t i = 0; i < sockets->n; i++)
		if (!span_starts(span_trim(sockets->v[i]), SPAN(SERVE_SYSTEMD_PREFIX)) &&
			serve_address_parse(sockets->v[i], port, addresses, &why) == 0)
			conf_error(report, conf_origin_of(section, "bind_socket"), "%s", why.text);
}

/* Messages are scanned here, so an upstream that names other hosts has no effect. */
static void check_upstreams(const struct conf_node *upstreams, struct conf_report *report)
{
	for (size_t i = 0; i < conf_value_count(upstreams); i++) {
		const struct conf_node *named = conf_value(upstreams, i);

		for (size_t k = 0; k < conf_count(named); k++) {
			const struct conf_node *upstream = conf_at(named, k);
			const struct conf_node *hosts = conf_get(upstream, SPAN("hosts"));
			bool scans_here = false;

			(void)conf_to_bool(conf_get(upstream, SPAN("self_scan")), &scans_here);
			if (!scans_here && hosts != NULL)
				conf_warn(report, hosts->origin,
					"messages are scanned here and not passed on to other "
					"hosts: this has no effect");
		}
	}
}

static void read_proxy(struct arena *a, const struct conf_node *section, struct serve_proxy *out,
	struct conf_report *report)
{
	(void)conf_fill(a, section, proxy_rows, ARRAY_LEN(proxy_rows), out, report);
	out->enabled &= out->count >= 0;
	if (!out->enabled)
		return;
	milter_policy_read(a, section, &out->policy, report);
	check_sockets(&out->sockets, serve_ports[BOARD_MILTER], section, report);
	check_upstreams(out->upstream, report);
	if (!out->milter)
		conf_error(report, conf_origin_of(section, "milter"),
			"worker.proxy speaks milter only: set enabled = false to close it");
}

static void read_normal(struct arena *a, const struct conf_node *section, struct serve_normal *out,
	struct conf_report *report)
{
	(void)conf_fill(a, section, normal_rows, ARRAY_LEN(normal_rows), out, report);
	out->enabled &= out->count >= 0;
	if (out->enabled)
		check_sockets(&out->sockets, serve_ports[BOARD_HTTP], section, report);
	out->http = (struct http_settings){
		.timeout = out->timeout,
		.idle_timeout = out->idle_timeout,
		.request_timeout = out->request_timeout,
		.connections_most = (size_t)out->connections_most,
	};
}

static size_t choose_worker_count(const struct serve_settings *settings)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int most = 0;

	if (settings->proxy.enabled)
		most = settings->proxy.count;
	if (settings->normal.enabled && settings->normal.count > most)
		most = settings->normal.count;
	if (most > 0)
		return (size_t)most;
	return processors < 1 ? 1 : num_min((size_t)processors, USUAL_WORKERS_MOST);
}

void serve_settings_read(struct arena *a, const struct conf *conf, struct serve_settings *out,
	struct conf_report *report)
{
	const char *state_dir = getenv("WINNOW_STATE_DIR");
	struct process_options options;
	struct program_options program;
	struct dns_settings dns;

	*out = (struct serve_settings){0};
	(void)conf_fill(a, conf_find(conf->root, "options"), option_rows, ARRAY_LEN(option_rows),
		&options, report);
	(void)conf_fill(a, conf->root, program_rows, ARRAY_LEN(program_rows), &program, report);
	serve_logging_read(a, conf, &out->log, report);
	sandbox_options_read(a, conf, &out->sandbox, report);
	dns_settings_read(a, conf, &dns, report);
	out->dns = dns_sources_read(a, &dns, report);
	read_proxy(a, conf_find(conf->root, "worker.proxy"), &out->proxy, report);
	read_normal(a, conf_find(conf->root, "worker.normal"), &out->normal, report);
	out->proxy.policy.message_most = options.message_most;
	out->normal.http.message_most = options.message_most;
	out->held_most = options.held_most;
	out->worker_count = choose_worker_count(out);
	out->state_dir = program.state_dir;
	if (state_dir != NULL && *state_dir != '\0')
		out->state_dir = arena_copy(a, span_of(state_dir));
}
