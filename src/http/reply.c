/* Replies: a verdict as JSON in Rspamd's forms, and the bytes of the wire. */
#include "http/http.h"

#include <math.h>

#include "http/inner.h"

/* ---- verdicts ---- */

/* Of a message that nobody has looked at. */
static void print_skipped(struct json *j, const struct scan_config *config)
{
	const struct scan_action *const *actions;
	double required = 0;
	size_t n;

	actions = scan_config_actions(config, &n);
	for (size_t i = 0; i < n; i++)
		if (actions[i]->has_threshold)
			required = actions[i]->threshold;
	json_key(j, "is_skipped");
	json_bool(j, true);
	json_key(j, "score");
	json_double(j, 0);
	json_key(j, "required_score");
	json_double(j, required);
	json_key(j, "action");
	json_text(j, actions[0]->name);
	json_key(j, "symbols");
	json_open_object(j);
	json_close(j);
	json_key(j, "messages");
	json_open_object(j);
	json_close(j);
}

/* Whatever the mail held, a line stays one. */
static void print_line(struct buf *out, const char *name, struct span value)
{
	buf_add_string(out, name);
	for (size_t i = 0; i < value.n; i++)
		buf_add_byte(out, (unsigned char)value.p[i] < 0x20 ? ' ' : value.p[i]);
	buf_add_string(out, "\r\n");
}

/* Exim reads these lines, in this order. */
static void print_rspamc(struct buf *out, const struct scan_verdict *v)
{
	struct span id = msg_id(scan_verdict_msg(v));

	buf_printf(out, "Metric: default; %s; %.2f / %.2f / 0.0\r\n",
		scan_is_spam(v) ? "True" : "False", v->score, isnan(v->required) ? 0 : v->required);
	print_line(out, "Action: ", v->action->name);
	for (size_t i = 0; i < v->hit_count; i++)
		if (!v->hits[i].removed || v->hits[i].score != 0)
			buf_printf(out, "Symbol: %.*s(%.2f)\r\n", SPAN_ARG(v->hits[i].rule->name),
				v->hits[i].score);
	if (v->message.n > 0)
		print_line(out, "Message: ", v->message);
	print_line(out, "Message-ID: ", span_is_null(id) ? SPAN("undef") : id);
}

static void print_scanned(struct json *j, enum http_form form, bool wants_objects,
	const struct scan_verdict *v, const struct scan_config *config)
{
	const struct scan_effects *effects = scan_effects_make(v);
	struct span id = msg_id(scan_verdict_msg(v));

	if (form == HTTP_FORM_LEGACY) {
		scan_print_legacy_json(v, j);
		scan_print_legacy_effects_json(effects, v, j);
	} else {
		scan_print_json(v, config, j);
		scan_print_effects_json(effects, v, j);
	}
	scan_print_content_json(v, wants_objects, j);
	json_key(j, "message-id");
	json_text(j, span_is_null(id) ? SPAN("undef") : id);
}

void http_print_verdict(struct buf *out, enum http_form form, bool wants_objects,
	const struct scan_verdict *verdict, const struct scan_config *config, uint64_t microseconds)
{
	struct json j;

	if (form == HTTP_FORM_RSPAMC) {
		print_rspamc(out, verdict);
		return;
	}
	json_init(&j, out);
	json_open_object(&j);
	if (verdict == NULL)
		print_skipped(&j, config);
	else
		print_scanned(&j, form, wants_objects, verdict, config);
	json_key(&j, "time_real");
	json_double(&j, (double)microseconds / 1e6);
	json_close(&j);
}

/* ---- the wire ---- */

static const char *find_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{200, "OK"},
		{408, "Request Timeout"},
		{413, "Content Too Large"},
		{500, "Internal Server Error"},
		{503, "Service Unavailable"},
	};

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Error";
}

/* Rspamd tells its sentence there too, and `rspamc` shows no other place. */
static void print_reason(struct buf *out, const struct http_reply *reply)
{
	struct span reason = span_of(reply->reason);

	if (reason.n == 0)
		reason = span_of(find_reason(reply->status));
	for (size_t i = 0; i < reason.n; i++)
		buf_add_byte(out, (unsigned char)reason.p[i] < 0x20 ? ' ' : reason.p[i]);
}

/* No headers; the end of the connection is the end of the reply. */
static void print_rspamc_reply(struct buf *out, const struct http_reply *reply)
{
	if (reply->status == 200) {
		buf_add_string(out, "RSPAMD/1.3 0 EX_OK\r\n");
		buf_add(out, reply->body);
		return;
	}
	buf_printf(out, "RSPAMD/1.3 %d ", reply->status);
	print_reason(out, reply);
	buf_add_string(out, "\r\n");
}

void http_print_reply(struct buf *out, const struct http_reply *reply, double now)
{
	enum { HEAD_ROOM = 512 };
	struct span date = clock_print_http(out->arena, (int64_t)now);

	if (reply->is_rspamc) {
		print_rspamc_reply(out, reply);
		return;
	}
	(void)buf_reserve(out, reply->body.n + HEAD_ROOM);
	buf_printf(out, "HTTP/1.1 %d ", reply->status);
	print_reason(out, reply);
	buf_add_string(out, "\r\nServer: winnow/" WINNOW_VERSION "\r\nDate: ");
	buf_add(out, date);
	buf_printf(out, "\r\nContent-Type: %s\r\nContent-Length: %zu\r\n", reply->type,
		reply->body.n);
	if (reply->is_closing)
		buf_add_string(out, "Connection: close\r\n");
	else if (reply->is_old)
		buf_add_string(out, "Connection: keep-alive\r\n");
	if (reply->allowed != 0) {
		buf_add_string(out, "Allow: ");
		http_print_methods(out, reply->allowed);
		buf_add_string(out, "\r\n");
	}
	if (reply->status == 503)
		buf_add_string(out, "Retry-After: 10\r\n");
	buf_add_string(out, "\r\n");
	if (!reply->is_bodyless)
		buf_add(out, reply->body);
}
