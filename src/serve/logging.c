/* The section `logging`: where lines go. */
#include "serve/serve.h"

#include <string.h>

#include "serve/inner.h"

struct logging {
	int type, format, level, facility;
	bool json, is_untimed;
	struct span path;
};

static const struct conf_word types[] = {
	{"console", LOG_CONSOLE},
	{"file", LOG_FILE},
	{"syslog", LOG_SYSLOG},
	{"journald", LOG_JOURNALD},
};

static const struct conf_word formats[] = {
	{"logfmt", LOG_FORMAT_LOGFMT},
	{"json", LOG_FORMAT_JSON},
};

/* Rspamd has "message" beside "notice", and "silent" and "critical". */
static const struct conf_word levels[] = {
	{"error", LOG_LEVEL_ERROR},
	{"critical", LOG_LEVEL_ERROR},
	{"silent", LOG_LEVEL_ERROR},
	{"warning", LOG_LEVEL_WARNING},
	{"notice", LOG_LEVEL_NOTICE},
	{"message", LOG_LEVEL_NOTICE},
	{"info", LOG_LEVEL_INFO},
	{"debug", LOG_LEVEL_DEBUG},
};

/* Numbers of RFC 3164; Rspamd's users write them with LOG_ or without. */
static const struct conf_word facilities[] = {
	{"mail", 2},
	{"LOG_MAIL", 2},
	{"user", 1},
	{"LOG_USER", 1},
	{"daemon", 3},
	{"LOG_DAEMON", 3},
	{"auth", 4},
	{"LOG_AUTH", 4},
	{"cron", 9},
	{"LOG_CRON", 9},
	{"local0", 16},
	{"LOG_LOCAL0", 16},
	{"local1", 17},
	{"LOG_LOCAL1", 17},
	{"local2", 18},
	{"LOG_LOCAL2", 18},
	{"local3", 19},
	{"LOG_LOCAL3", 19},
	{"local4", 20},
	{"LOG_LOCAL4", 20},
	{"local5", 21},
	{"LOG_LOCAL5", 21},
	{"local6", 22},
	{"LOG_LOCAL6", 22},
	{"local7", 23},
	{"LOG_LOCAL7", 23},
};

static const struct conf_option rows[] = {
	CONF_WORD(struct logging, type, "type", "console", types,
		"Where lines go: console is standard output; file needs filename; syslog is the "
		"daemon at /dev/log; journald gets each field of a line as a field of its own."),
	CONF_WORD(struct logging, format, "format", "logfmt", formats,
		"The form of a line: key=value, or one JSON object."),
	CONF_WORD(struct logging, level, "level", "notice", levels,
		"The least urgent lines that are written; the line of a message is a notice."),
	CONF_STRING(struct logging, path, "filename", NULL,
		"The file of type = file, which is opened again on SIGUSR1; for syslog and "
		"journald the path of their socket, where it is not the usual one."),
	CONF_WORD(struct logging, facility, "facility", "mail", facilities,
		"What syslog sorts lines by."),
	CONF_BOOL(struct logging, is_untimed, "systemd", "false",
		"Lines have no time of their own, because who takes them notes it."),
	CONF_ALIAS("log_systemd", "systemd"),
	CONF_BOOL(struct logging, json, "log_json", "false", "The same as format = json."),
	CONF_ALIAS("json", "log_json"),
	CONF_IGNORED("color", "lines have no colours"),
	CONF_IGNORED("log_color", "lines have no colours"),
};

const struct conf_section serve_logging_section = {
	.path = "logging",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.size = sizeof(struct logging),
	.help = "The log.",
};

static bool is_path(struct span path)
{
	return path.n > 0 && path.n < LOG_PATH_MOST && *path.p == '/' && !span_has_byte(path, '\0');
}

void serve_logging_read(struct arena *a, const struct conf *conf, struct log_target *out,
	struct conf_report *report)
{
	const struct conf_node *section = conf_find(conf->root, "logging");
	struct logging logging;

	(void)conf_fill(a, section, rows, ARRAY_LEN(rows), &logging, report);
	*out = (struct log_target){
		.type = (enum log_type)logging.type,
		.format = logging.json ? LOG_FORMAT_JSON : (enum log_format)logging.format,
		.level = (enum log_level)logging.level,
		.facility = logging.facility,
		.is_untimed = logging.is_untimed,
	};
	if (out->type == LOG_CONSOLE)
		return;
	if (is_path(logging.path)) {
		memcpy(out->path, logging.path.p, logging.path.n);
	} else if (logging.path.n > 0) {
		conf_error(report, conf_origin_of(section, "filename"),
			"\"%.*s\" is no path of a file: write one that begins with / and has fewer "
			"than %d bytes",
			SPAN_ARG(span_slice(logging.path, 0, 100)), LOG_PATH_MOST);
		out->type = LOG_CONSOLE;
	} else if (out->type == LOG_FILE) {
		conf_error(report, conf_origin_of(section, "type"),
			"logging to a file needs its name: set logging.filename");
		out->type = LOG_CONSOLE;
	}
}
