/* What is served: one row a path and its methods. */
#include "http/http.h"

#include "http/inner.h"

/* ---- pages ---- */

static void print_ping(const struct http_service *service, struct http_page *out)
{
	buf_add_string(&out->text, "pong\r\n");
}

static void print_metrics(const struct http_service *service, struct http_page *out)
{
	out->type = "text/plain; version=0.0.4; charset=utf-8";
	service->print_metrics(service->ctx, &out->text);
}

static void print_stat(const struct http_service *service, struct http_page *out)
{
	out->type = "application/json";
	service->print_stat(service->ctx, &out->text);
}

static void print_health(const struct http_service *service, struct http_page *out)
{
	struct why why = {""};

	out->type = "application/json";
	if (service->is_healthy(service->ctx, &why)) {
		buf_add_string(&out->text, "{\"success\":true}");
		return;
	}
	out->status = 500;
	http_print_error(&out->text, 500, why.text);
}

static void print_actions(const struct http_service *service, struct http_page *out)
{
	const struct scan_action *const *actions;
	struct json j;
	size_t n;

	out->type = "application/json";
	actions = scan_config_actions(service->config(service->ctx), &n);
	json_init(&j, &out->text);
	json_open_array(&j);
	for (size_t i = 0; i < n; i++) {
		json_open_object(&j);
		json_key(&j, "action");
		json_text(&j, actions[i]->name);
		json_key(&j, "value");
		if (actions[i]->has_threshold)
			json_double(&j, actions[i]->threshold);
		else
			json_null(&j);
		json_close(&j);
	}
	json_close(&j);
}

/* ---- the list of symbols ---- */

static struct span group_of(const struct scan_rule *rule)
{
	return rule->group_count > 0 ? rule->groups[0] : SPAN("ungrouped");
}

static void print_rule(struct json *j, const struct scan_rule *rule)
{
	json_open_object(j);
	json_key(j, "symbol");
	json_text(j, rule->name);
	json_key(j, "weight");
	json_double(j, rule->score);
	if (rule->description.n > 0) {
		json_key(j, "description");
		json_text(j, rule->description);
	}
	json_close(j);
}

struct group {
	struct span name;
	struct {
		VEC(const struct scan_rule *);
	} rules;
};

struct groups {
	VEC(struct group);
};

/* By the first group of each symbol; there are some dozens of groups. */
static void add_rule(struct arena *a, struct groups *groups, const struct scan_rule *rule)
{
	struct span name = group_of(rule);
	size_t i = 0;

	while (i < groups->n && !span_equal(groups->v[i].name, name))
		i++;
	if (i == groups->n)
		VEC_ADD(a, groups)->name = name;
	*VEC_ADD(a, &groups->v[i].rules) = rule;
}

static void print_symbols(const struct http_service *service, struct http_page *out)
{
	const struct scan_rule *const *rules;
	struct arena *a = out->text.arena;
	struct groups groups = {0};
	struct json j;
	size_t n;

	out->type = "application/json";
	rules = scan_config_rules(service->config(service->ctx), &n);
	for (size_t i = 0; i < n; i++)
		if (rules[i]->enabled)
			add_rule(a, &groups, rules[i]);
	json_init(&j, &out->text);
	json_open_array(&j);
	for (size_t i = 0; i < groups.n; i++) {
		json_open_object(&j);
		json_key(&j, "group");
		json_text(&j, groups.v[i].name);
		json_key(&j, "rules");
		json_open_array(&j);
		for (size_t k = 0; k < groups.v[i].rules.n; k++)
			print_rule(&j, groups.v[i].rules.v[k]);
		json_close(&j);
		json_close(&j);
	}
	json_close(&j);
}

/* ---- the rows ---- */

enum { MESSAGE = HTTP_GET | HTTP_POST | HTTP_PUT, PAGE = HTTP_GET | HTTP_HEAD_ONLY };

static const struct http_route routes[] = {
	{.path = "/checkv2", .methods = MESSAGE, .form = HTTP_FORM_PLAIN},
	{.path = "/check", .methods = MESSAGE, .form = HTTP_FORM_LEGACY},
	{.path = "/scan", .methods = MESSAGE, .form = HTTP_FORM_LEGACY},
	{.path = "/symbols", .methods = HTTP_POST | HTTP_PUT, .form = HTTP_FORM_LEGACY},
	{.path = "/process", .methods = MESSAGE, .form = HTTP_FORM_LEGACY},
	{.path = "/report", .methods = MESSAGE, .form = HTTP_FORM_LEGACY},
	{.path = "/report_ifspam", .methods = MESSAGE, .form = HTTP_FORM_LEGACY},
	{.path = "/skip", .methods = MESSAGE, .form = HTTP_FORM_SKIP},
	{.path = "CHECK", .methods = HTTP_RSPAMC, .form = HTTP_FORM_RSPAMC},
	{.path = "SYMBOLS", .methods = HTTP_RSPAMC, .form = HTTP_FORM_RSPAMC},
	{.path = "/checkv3",
		.methods = MESSAGE,
		.refusal = {501, "/checkv3 is not there yet: ask /checkv2"}},
	{.path = "/ping", .methods = PAGE | HTTP_POST, .print = print_ping},
	{.path = "/symbols", .methods = PAGE, .print = print_symbols},
	{.path = "/actions", .methods = PAGE, .print = print_actions},
	{.path = "/metrics", .methods = PAGE, .print = print_metrics},
	{.path = "/stat", .methods = PAGE, .print = print_stat},
	{.path = "/health", .methods = PAGE, .print = print_health},
	{.path = "/healthy", .methods = PAGE, .print = print_health},
	{.path = "/ready", .methods = PAGE, .print = print_health},
};

static const struct {
	const char *name;
	enum http_method method;
} methods[] = {
	{"GET", HTTP_GET},
	{"HEAD", HTTP_HEAD_ONLY},
	{"POST", HTTP_POST},
	{"PUT", HTTP_PUT},
};

enum http_method http_find_method(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (span_equal(name, span_of(methods[i].name)))
			return methods[i].method;
	return HTTP_OTHER;
}

void http_print_methods(struct buf *out, unsigned allowed)
{
	const char *between = "";

	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		if ((allowed & methods[i].method) == 0)
			continue;
		buf_printf(out, "%s%s", between, methods[i].name);
		between = ", ";
	}
}

const struct http_route *http_find_route(struct span path, enum http_method method,
	unsigned *allowed, struct http_refusal *refusal)
{
	*allowed = 0;
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		bool is_rspamc = routes[i].methods == HTTP_RSPAMC;

		if (is_rspamc != (method == HTTP_RSPAMC) ||
			!span_equal(path, span_of(routes[i].path)))
			continue;
		if ((routes[i].methods & method) == 0) {
			*allowed |= routes[i].methods;
			continue;
		}
		*allowed = 0;
		*refusal = routes[i].refusal;
		return refusal->status == 0 ? &routes[i] : NULL;
	}
	*refusal = *allowed == 0 ? (struct http_refusal){404, "There is no such path"}
				 : (struct http_refusal){405, "The path takes another method"};
	return NULL;
}

static void print_routes(struct json *j)
{
	json_key(j, "routes");
	json_open_array(j);
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		struct buf line;

		if (routes[i].refusal.status != 0 || routes[i].methods == HTTP_RSPAMC)
			continue;
		buf_init(&line, j->out->arena, 64);
		http_print_methods(&line, routes[i].methods);
		buf_printf(&line, " %s", routes[i].path);
		json_text(j, buf_span(&line));
	}
	json_close(j);
}

void http_print_error(struct buf *out, int status, const char *sentence)
{
	struct json j;

	json_init(&j, out);
	json_open_object(&j);
	json_key(&j, "error");
	json_string(&j, sentence);
	json_key(&j, "error_domain");
	json_string(&j, "winnow");
	if (status == 404)
		print_routes(&j);
	json_close(&j);
}
