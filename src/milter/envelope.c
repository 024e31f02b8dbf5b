/* What the mail server said beside the message, as the envelope that a scan sees. */
#include "milter/milter.h"

#include <arpa/inet.h>

#include "milter/inner.h"

static struct span without_braces(struct span name)
{
	if (span_starts(name, SPAN("{")) && span_ends(name, SPAN("}")))
		return span_slice(name, 1, name.n - 2);
	return name;
}

static struct span find_in_stage(const struct milter_session *s, size_t stage, struct span name)
{
	struct span list = buf_span(&s->macros[stage]), key, value;

	while (milter_next_string(&list, &key) && milter_next_string(&list, &value))
		if (span_equal(without_braces(key), name))
			return value;
	return span_from(NULL, 0);
}

struct span milter_find_macro(const struct milter_session *s, struct span name)
{
	struct span value = {0};

	for (size_t i = MILTER_MACRO_STAGE_COUNT; i-- > 0 && value.n == 0;)
		value = find_in_stage(s, i, name);
	return value;
}

struct span milter_find_macro_of(const struct milter_session *s, enum milter_command command,
	struct span name)
{
	return find_in_stage(s, span_find_byte(SPAN(MILTER_MACRO_STAGES), (char)command), name);
}

static struct span known(struct span text)
{
	return text.n == 0 ? span_from(NULL, 0) : text;
}

/* An IP address in its usual form, or null: servers write `IPv6:::1` and `::ffff:192.0.2.1`, too. */
static struct span read_address(struct arena *a, struct span text)
{
	char out[INET6_ADDRSTRLEN];
	struct ip ip;

	if (!ip_parse(text, &ip))
		return span_from(NULL, 0);
	if (ip_is_v4(&ip))
		(void)inet_ntop(AF_INET, &ip.bytes[12], out, sizeof(out));
	else
		(void)inet_ntop(AF_INET6, ip.bytes, out, sizeof(out));
	return arena_copy(a, span_of(out));
}

/*
 * The verified name of the client. Postfix sends "unknown" when it has none; Sendmail sends "[192.0.2.1]",
 * or a name that is not verified and says so in a macro.
 */
static struct span find_hostname(const struct milter_session *s)
{
	struct span name = buf_span(&s->hostname);
	struct span proof = milter_find_macro(s, SPAN("client_resolve"));

	if (name.n == 0)
		name = milter_find_macro(s, SPAN("client_name"));
	if (!span_is_null(proof) && !span_equal(proof, SPAN("OK")))
		return span_from(NULL, 0);
	if (span_equal_nocase(name, SPAN("unknown")) || span_starts(name, SPAN("[")))
		return span_from(NULL, 0);
	return known(name);
}

struct msg_envelope milter_make_envelope(const struct milter_session *s)
{
	const struct milter_message *m = &s->message;
	struct span address = buf_span(&s->address);

	if (address.n == 0)
		address = milter_find_macro(s, SPAN("client_addr"));
	address = read_address(m->arena, address);
	return (struct msg_envelope){
		.from = m->from,
		.from_args = m->from_args,
		.rcpts = m->rcpts.v,
		.rcpt_args = m->has_rcpt_args ? m->rcpt_args.v : NULL,
		.rcpt_count = m->rcpts.n,
		.address = address,
		.hostname = find_hostname(s),
		.helo = s->has_helo ? buf_span(&s->helo) : span_from(NULL, 0),
		.user = known(milter_find_macro(s, SPAN("auth_authen"))),
		.queue_id = known(milter_find_macro(s, SPAN("i"))),
		.server = known(milter_find_macro(s, SPAN("j"))),
		.tls_version = known(milter_find_macro(s, SPAN("tls_version"))),
		.tls_cipher = known(milter_find_macro(s, SPAN("cipher"))),
		.protocol = known(milter_find_macro(s, SPAN("r"))),
		.over_network = s->is_network,
	};
}
