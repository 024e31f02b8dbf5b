/* milter_headers: its configuration, and what of it concerns a message. */
#include "scan/headers.h"

#include <limits.h>
#include <unistd.h>

struct options {
	struct conf_list use;
	bool extended_spam_headers, remove_upstream_spam_flag;
	bool skip_local, skip_authenticated, skip_all;
	struct conf_list local_headers, authenticated_headers;
	struct conf_list extended_headers_rcpt, remove_ar_from;
	int modify_mode, default_headers_order;
	const struct conf_node *custom, *routines;
};

static const struct conf_word mode_words[] = {{"compat", 0}, {"override", 1}};

#define WINNOWS_OWN "x-spamd-result"

static const struct conf_option rows[] = {
	CONF_LIST(struct options, use, "use", WINNOWS_OWN,
		"The routines that write header fields, by name."),
	CONF_BOOL(struct options, extended_spam_headers, "extended_spam_headers", "no",
		"Also x-spamd-result, x-rspamd-server, x-rspamd-queue-id and x-rspamd-action."),
	CONF_BOOL(struct options, remove_upstream_spam_flag, "remove_upstream_spam_flag", "yes",
		"Take X-Spam fields out that came with the message (the routine remove-spam-flag)."),
	CONF_BOOL(struct options, skip_local, "skip_local", "yes",
		"Write nothing into mail of clients in options.local_addrs."),
	CONF_BOOL(struct options, skip_authenticated, "skip_authenticated", "yes",
		"Write nothing into mail of clients that have authenticated."),
	CONF_BOOL(struct options, skip_all, "skip_all", "no",
		"Write nothing, but for extended_headers_rcpt."),
	CONF_LIST(struct options, local_headers, "local_headers", WINNOWS_OWN,
		"Routines that skip_local does not concern; none of itself once `use` is written."),
	CONF_LIST(struct options, authenticated_headers, "authenticated_headers", WINNOWS_OWN,
		"Routines that skip_authenticated does not concern; none of itself once `use` is written."),
	CONF_LIST(struct options, extended_headers_rcpt, "extended_headers_rcpt", NULL,
		"Recipients (user@domain, user or @domain) for whom nothing is skipped."),
	CONF_LIST(struct options, remove_ar_from, "remove_ar_from", NULL,
		"Servers whose Authentication-Results are taken out; without any: all of them."),
	CONF_WORD(struct options, modify_mode, "headers_modify_mode", "compat", mode_words,
		"Accepted for Rspamd's sake: both modes do the same here."),
	CONF_INT(struct options, default_headers_order, "default_headers_order", "-1", -1, 1000,
		"Where fields are put: 0 above all others, 1 below the first, -1 below all."),
	CONF_NODE(struct options, custom, "custom", "Routines in Lua: not there yet."),
};

const struct conf_section scan_section_headers = {
	.path = "milter_headers",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.size = sizeof(struct options),
	.help = "Header fields that tell of the verdict.",
	.is_module = true,
};

static const struct {
	struct span name;
} names[SCAN_ROUTINE_COUNT] = {
#define ROUTINE(constant, text) {SPAN_INIT(text)},
	SCAN_ROUTINES(ROUTINE)
#undef ROUTINE
};

/* ---- reading ---- */

static bool find_routine(struct span name, enum scan_routine_id *out)
{
	/* Rspamd asks for this name when it looks whether the bar is skipped */
	if (span_equal(name, SPAN("x-rspamd-bar")))
		name = SPAN("x-spamd-bar");
	for (unsigned i = 0; i < SCAN_ROUTINE_COUNT; i++) {
		if (!span_equal(names[i].name, name))
			continue;
		*out = (enum scan_routine_id)i;
		return true;
	}
	return false;
}

static void tell_unknown(struct conf_report *report, struct conf_origin origin, const char *key,
	struct span name)
{
	size_t best = SIZE_MAX, nearest = 0;

	for (size_t i = 0; i < SCAN_ROUTINE_COUNT; i++) {
		size_t distance = num_edit_distance(name, names[i].name);

		if (distance < best) {
			best = distance;
			nearest = i;
		}
	}
	if (best <= num_min(1 + name.n / 3, 4))
		conf_error(report, origin,
			"milter_headers.%s: there is no routine \"%.*s\"; did you mean \"%.*s\"?",
			key, SPAN_ARG(name), SPAN_ARG(names[nearest].name));
	else
		conf_error(report, origin, "milter_headers.%s: there is no routine \"%.*s\"", key,
			SPAN_ARG(name));
}

static void activate(struct scan_headers *headers, enum scan_routine_id id)
{
	for (size_t i = 0; i < headers->active_count; i++)
		if (headers->active[i] == id)
			return;
	headers->active[headers->active_count++] = id;
}

/* Where the name stands in the list's file: of its element, or of the whole value. */
static struct conf_origin origin_of(const struct conf_node *section, const char *key, size_t i)
{
	const struct conf_node *list = conf_get(section, span_of(key));

	return i < conf_count(list) ? conf_at(list, i)->origin : conf_origin_of(section, key);
}

static void read_use(struct scan_headers *headers, const struct conf_node *section,
	const struct options *options, struct conf_report *report)
{
	static const enum scan_routine_id extended[] = {SCAN_ROUTINE_SPAMD_RESULT,
		SCAN_ROUTINE_SERVER, SCAN_ROUTINE_QUEUE_ID, SCAN_ROUTINE_ACTION};

	for (size_t i = 0; options->extended_spam_headers && i < ARRAY_LEN(extended); i++)
		activate(headers, extended[i]);
	for (size_t i = 0; i < options->use.n; i++) {
		struct conf_origin origin = origin_of(section, "use", i);
		enum scan_routine_id id;

		if (!find_routine(options->use.v[i], &id)) {
			if (conf_get(options->custom, options->use.v[i]) == NULL)
				tell_unknown(report, origin, "use", options->use.v[i]);
			continue;
		}
		activate(headers, id);
		if (scan_routine_gap(id) != NULL)
			conf_warn(report, origin,
				"the routine %.*s takes its field out of incoming mail, but writes "
				"nothing yet: %s",
				SPAN_ARG(options->use.v[i]), scan_routine_gap(id));
	}
	if (options->remove_upstream_spam_flag)
		activate(headers, SCAN_ROUTINE_REMOVE_SPAM_FLAG);
}

/* Exceptions from a skip; `written`: the user's own, and not those of a configuration without `use`. */
static void read_exceptions(const struct conf_node *section, const char *key,
	const struct conf_list *list, bool is_configured, bool *out, struct conf_report *report)
{
	if (is_configured && conf_get(section, span_of(key)) == NULL)
		return;
	for (size_t i = 0; i < list->n; i++) {
		enum scan_routine_id id;

		if (find_routine(list->v[i], &id))
			out[id] = true;
		else
			conf_warn(report, origin_of(section, key, i),
				"milter_headers.%s: there is no routine \"%.*s\"", key,
				SPAN_ARG(list->v[i]));
	}
}

static struct span find_hostname(struct arena *a)
{
	char name[256] = "";

	if (gethostname(name, sizeof(name) - 1) == -1 || name[0] == '\0')
		return SPAN("localhost");
	return arena_copy(a, span_of(name));
}

static void read_routine(struct arena *a, struct scan_headers *headers, enum scan_routine_id id,
	const struct conf_node *section, struct conf_report *report)
{
	const struct conf_section *about = &scan_routine_sections[id];
	struct scan_routine *r = &headers->routines[id];
	struct scan_routine preset;

	(void)conf_fill(a, section, about->rows, about->row_count, r, report);
	(void)conf_fill(a, NULL, about->rows, about->row_count, &preset, NULL);
	if (id == SCAN_ROUTINE_SERVER && r->hostname.n == 0)
		r->hostname = find_hostname(a);
	if (scan_is_field_name(r->header))
		return;
	if (!span_is_null(r->header))
		conf_error(report, conf_origin_of(section, "header"),
			"\"%.*s\" is not the name of a header field", SPAN_ARG(r->header));
	r->header = preset.header;
}

/* A map of Rspamd's may also be a file or an address; those are not read here. */
static void check_rcpts(const struct conf_node *section, struct conf_list *rcpts,
	struct conf_report *report)
{
	static const char *const starts[] = {"/", "file:", "map:", "regexp;", "glob;",
		"http:", "https:", "sign+", "fallback+"};

	for (size_t i = 0; i < rcpts->n; i++)
		for (size_t k = 0; k < ARRAY_LEN(starts); k++)
			if (span_starts_nocase(rcpts->v[i], span_of(starts[k])))
				conf_error(report, origin_of(section, "extended_headers_rcpt", i),
					"milter_headers.extended_headers_rcpt: maps are not read yet; "
					"write the recipients into the configuration");
}

const struct scan_headers *scan_headers_read(struct arena *a, const struct conf *conf,
	struct conf_report *report)
{
	const struct conf_node *section = conf_find(conf->root, "milter_headers");
	const struct conf_node *routines = conf_find(section, "routines");
	struct scan_headers *headers = ARENA_NEW(a, struct scan_headers);
	struct options options = {.custom = NULL};
	bool is_configured;

	headers->enabled = conf_module_enabled(conf, "milter_headers", true);
	if (!headers->enabled)
		return headers;
	(void)conf_fill(a, section, rows, ARRAY_LEN(rows), &options, report);
	is_configured = conf_get(section, SPAN("use")) != NULL || options.extended_spam_headers;
	if (options.custom != NULL)
		conf_warn(report, options.custom->origin,
			"milter_headers.custom needs Lua, which is not there yet: its header fields "
			"are not written");
	for (unsigned i = 0; i < SCAN_ROUTINE_COUNT; i++)
		read_routine(a, headers, (enum scan_routine_id)i, conf_get(routines, names[i].name),
			report);
	scan_routine_check_lists(headers, report);
	read_use(headers, section, &options, report);
	headers->skip_all = options.skip_all;
	headers->skip_local = options.skip_local;
	headers->skip_authenticated = options.skip_authenticated;
	read_exceptions(section, "local_headers", &options.local_headers, is_configured,
		headers->for_local, report);
	read_exceptions(section, "authenticated_headers", &options.authenticated_headers,
		is_configured, headers->for_authenticated, report);
	headers->extended_rcpts = options.extended_headers_rcpt;
	check_rcpts(section, &headers->extended_rcpts, report);
	headers->remove_ar_from = options.remove_ar_from;
	headers->place = options.default_headers_order;
	return headers;
}

/* ---- a message ---- */

/* By the whole address, by its user, or by its domain with the @. */
static bool is_listed(const struct conf_list *list, struct span rcpt)
{
	size_t at = span_find_last_byte(rcpt, '@');

	if (at == rcpt.n)
		return false;
	for (size_t i = 0; i < list->n; i++)
		if (span_equal_nocase(list->v[i], rcpt) ||
			span_equal_nocase(list->v[i], span_slice(rcpt, 0, at)) ||
			span_equal_nocase(list->v[i], span_from_offset(rcpt, at)))
			return true;
	return false;
}

static bool wants_all(const struct scan_headers *headers, const struct msg_envelope *envelope)
{
	for (size_t i = 0; headers->extended_rcpts.n > 0 && i < envelope->rcpt_count; i++)
		if (is_listed(&headers->extended_rcpts, envelope->rcpts[i]))
			return true;
	return false;
}

struct skips {
	bool all, local, authenticated;
};

static struct skips choose_skips(const struct scan_making *m, const struct scan_headers *headers)
{
	const struct scan s = {.msg = scan_verdict_msg(m->verdict),
		.task = (struct scan_task *)(uintptr_t)m->verdict->task};

	if (wants_all(headers, &s.msg->envelope))
		return (struct skips){0};
	return (struct skips){
		.all = headers->skip_all,
		.local = headers->skip_local && scan_is_local(&s),
		.authenticated = headers->skip_authenticated && scan_is_authenticated(&s),
	};
}

void scan_headers_write(struct scan_making *m, const struct scan_headers *headers)
{
	struct skips skips;

	if (!headers->enabled)
		return;
	skips = choose_skips(m, headers);
	for (size_t i = 0; i < headers->active_count; i++) {
		enum scan_routine_id id = headers->active[i];
		bool skip = skips.all || (skips.local && !headers->for_local[id]) ||
			(skips.authenticated && !headers->for_authenticated[id]);

		/*
		 * What reads our fields further on does not know whether we have skipped a message: a
		 * field that came with it would count as ours.
		 */
		if (!skip || !scan_routine_is_foreign(id))
			scan_routine_remove(m, headers, id);
		if (!skip)
			scan_routine_write(m, headers, id);
	}
}
