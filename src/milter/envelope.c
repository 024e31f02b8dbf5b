/* What the mail server said beside the message, as the envelope that a scan sees. */
#include "milter/milter.h"

#include "milter/inner.h"

static struct span without_braces(struct span name)
{
	if (span_starts(name, SPAN("{")) && span_ends(name, SPAN("}")))
		return span_slice(name, 1, name.n - 2);
	return name;
}

struct span milter_find_macro(const struct milter_session *s, enum milter_command command,
	struct span name)
{
	size_t stage = span_find_byte(SPAN(MILTER_MACRO_STAGES), (char)command);
	struct span list = buf_span(&s->macros[stage]), key, value;

	while (milter_next_string(&list, &key) && milter_next_string(&list, &value))
		if (span_equal(without_braces(key), name))
			return value;
	return span_from(NULL, 0);
}

/* What the envelope is made of: their latest values that say something, empty ones do not count. */
#define WANTED(MACRO)                                                                              \
	MACRO(CLIENT_RESOLVE, "client_resolve")                                                    \
	MACRO(CLIENT_NAME, "client_name")                                                          \
	MACRO(CLIENT_ADDRESS, "client_addr")                                                       \
	MACRO(USER, "auth_authen")                                                                 \
	MACRO(QUEUE_ID, "i")                                                                       \
	MACRO(SERVER, "j")                                                                         \
	MACRO(TLS_VERSION, "tls_version")                                                          \
	MACRO(TLS_CIPHER, "cipher")                                                                \
	MACRO(PROTOCOL, "r")

enum macro {
#define MACRO(constant, name) MACRO_##constant,
	WANTED(MACRO)
#undef MACRO
		MACRO_COUNT
};

static const struct span macro_names[MACRO_COUNT] = {
#define MACRO(constant, name) SPAN_INIT(name),
	WANTED(MACRO)
#undef MACRO
};

static void read_macros(const struct milter_session *s, struct span out[MACRO_COUNT])
{
	for (size_t i = 0; i < MILTER_MACRO_STAGE_COUNT; i++) {
		struct span list = buf_span(&s->macros[i]), key, value;

		while (milter_next_string(&list, &key) && milter_next_string(&list, &value)) {
			key = without_braces(key);
			for (size_t k = 0; k < MACRO_COUNT && value.n > 0; k++)
				if (key.n == macro_names[k].n && span_equal(key, macro_names[k]))
					out[k] = value;
		}
	}
}

/* An IP address in its usual form, or null: servers write `IPv6:::1` and `::ffff:192.0.2.1`, too. */
static struct span read_address(struct arena *a, struct span text)
{
	struct ip ip;

	return ip_parse(text, &ip) ? ip_print(a, &ip) : span_from(NULL, 0);
}

/*
 * The verified name of the client. Postfix sends "unknown" when it has none; Sendmail sends "[192.0.2.1]",
 * or a name that is not verified and says so in a macro.
 */
static struct span find_hostname(const struct milter_session *s, const struct span *macros)
{
	struct span name = buf_span(&s->hostname), proof = macros[MACRO_CLIENT_RESOLVE];

	if (name.n == 0)
		name = macros[MACRO_CLIENT_NAME];
	if (!span_is_null(proof) && !span_equal(proof, SPAN("OK")))
		return span_from(NULL, 0);
	if (name.n == 0 || span_equal_nocase(name, SPAN("unknown")) || span_starts(name, SPAN("[")))
		return span_from(NULL, 0);
	return name;
}

struct msg_envelope milter_make_envelope(const struct milter_session *s)
{
	const struct milter_message *m = &s->message;
	struct span address = buf_span(&s->address), macros[MACRO_COUNT] = {0};

	read_macros(s, macros);
	if (address.n == 0)
		address = macros[MACRO_CLIENT_ADDRESS];
	return (struct msg_envelope){
		.from = m->from,
		.from_args = m->from_args,
		.rcpts = m->rcpts.v,
		.rcpt_args = m->has_rcpt_args ? m->rcpt_args.v : NULL,
		.rcpt_count = m->rcpts.n,
		.address = read_address(m->arena, address),
		.hostname = find_hostname(s, macros),
		.helo = s->has_helo ? buf_span(&s->helo) : span_from(NULL, 0),
		.user = macros[MACRO_USER],
		.queue_id = macros[MACRO_QUEUE_ID],
		.server = macros[MACRO_SERVER],
		.tls_version = macros[MACRO_TLS_VERSION],
		.tls_cipher = macros[MACRO_TLS_CIPHER],
		.protocol = macros[MACRO_PROTOCOL],
		.over_network = s->is_network,
		.over_local_socket = s->is_local_socket,
	};
}
