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

struct span milter_find_macro(const struct milter_session *s, struct span name)
{
	for (size_t i = MILTER_MACRO_STAGE_COUNT; i-- > 0;) {
		struct span list = buf_span(&s->macros[i]), key, value;

		while (milter_next_string(&list, &key) && milter_next_string(&list, &value))
			if (span_equal(without_braces(key), name))
				return value;
	}
	return span_from(NULL, 0);
}

static struct span known(struct span text)
{
	return text.n == 0 ? span_from(NULL, 0) : text;
}

/* An IP address in its usual form, or null: servers write `IPv6:::1` and `::ffff:192.0.2.1`, too. */
static struct span read_address(struct arena *a, struct span text)
{
	struct in6_addr six;
	char out[INET6_ADDRSTRLEN];

	if (span_starts_nocase(text, SPAN("IPv6:")))
		text = span_from_offset(text, 5);
	if (inet_pton(AF_INET, arena_string(a, text), &six) == 1)
		return text;
	if (inet_pton(AF_INET6, arena_string(a, text), &six) != 1)
		return span_from(NULL, 0);
	if (IN6_IS_ADDR_V4MAPPED(&six))
		(void)inet_ntop(AF_INET, &six.s6_addr[12], out, sizeof(out));
	else
		(void)inet_ntop(AF_INET6, &six, out, sizeof(out));
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
	struct span address = buf_span(&s->address);

	if (address.n == 0)
		address = milter_find_macro(s, SPAN("client_addr"));
	address = read_address(s->message_arena, address);
	return (struct msg_envelope){
		.from = s->from,
		.rcpts = s->rcpts.v,
		.rcpt_count = s->rcpts.n,
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
