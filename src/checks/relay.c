/*
 * Who really delivered a message when it came through a relay that is trusted: the walk back over Received fields.
 *
 * DESIGN: it is read from Received fields, which anybody can write, so the question is which ones are believed. A
 * field that a trusted host has written itself is true: it tells the address from which that host got the message.
 * The mail server in front of us saw the client's address with its own eyes; when that address is trusted, the
 * newest field is one that the trusted host wrote (or our mail server's own, about that very client: then the
 * next one). When the host in that field is trusted, too, it wrote the field below, and so on. The walk ends at
 * the first host that is not trusted: it is the client, and all that stands below is what it claims. A field that
 * cannot be read ends the walk before it, with the message's client unchanged: a trusted host may have
 * written it about a client whose greeting was made to spoil it, and the field below would be that client's.
 *
 * Configurations differ in whom they trust: hosts by their addresses or verified names, those of our own networks, a
 * fixed number of hosts, or what a user of our own who has authenticated hands in.
 */
#include "checks/inner.h"

#include <string.h>

/* One host on the way, as somebody trusted has seen it; `helo` is what it called itself. */
struct host {
	struct msg_client as;
	struct ip ip;
	bool authenticated; /* to whoever wrote the field */
};

struct walk {
	struct scan *scan;
	const struct mime_header *next; /* Received fields, newest first */
	size_t fields;
};

static void begin(struct walk *w, struct scan *s, struct host *client)
{
	const struct msg_envelope *e = &s->msg->envelope;

	*w = (struct walk){.scan = s};
	w->next = mime_find_header(s->msg->mime->root, SPAN("Received"));
	*client = (struct host){.as = {e->address, e->hostname, e->helo}};
}

enum found { FOUND, NO_MORE, ODD };

/* The host that the next field tells of. */
static enum found step(struct walk *w, bool is_first, struct host *host)
{
	struct ip client = host->ip;

	while (w->next != NULL) {
		struct mime_received r;
		struct span value = w->next->value;

		w->next = mime_next_header(w->scan->msg->mime->root, w->next);
		if (++w->fields > MIME_RECEIVED_MOST ||
			!mime_parse_received(w->scan->arena, value, &r))
			return ODD;
		/* within the trusted host itself */
		if (!r.from_given)
			continue;
		if (!ip_parse(r.address, &host->ip))
			return ODD;
		/* so, too; or our mail server's own field, about the client that we know */
		if (ip_is_own(&host->ip) || (is_first && ip_equal(&host->ip, &client)))
			continue;
		host->as = (struct msg_client){r.address, r.hostname, r.helo};
		host->authenticated = r.authenticated;
		return FOUND;
	}
	return NO_MORE;
}

static bool is_in(const struct map *set, struct span name)
{
	return set != NULL && name.n > 0 && map_find(set, name) != NULL;
}

/* Whether what the host has written is believed; the first place is that of the client. */
static bool trusts(const struct scan *s, const struct checks_relays *relays,
	const struct host *host, size_t place)
{
	switch (relays->trust) {
	case CHECKS_RELAYS_BY_ADDRESS:
		return checks_nets_have(&relays->nets, host->as.address);
	case CHECKS_RELAYS_BY_NAME:
		return is_in(relays->names, host->as.hostname);
	case CHECKS_RELAYS_LOCAL:
		return scan_is_local_address(s, &host->ip);
	case CHECKS_RELAYS_BY_COUNT:
		return place < relays->count;
	case CHECKS_RELAYS_AUTHENTICATED:
		/* our user answers for his server, down to where somebody has authenticated to it */
		return place > 1 ? !host->authenticated
				 : scan_is_authenticated(s) &&
				(relays->users == NULL ||
					is_in(relays->users, s->msg->envelope.user));
	}
	panic("relays of the unknown kind %d", (int)relays->trust);
}

bool checks_find_client(struct scan *s, const struct checks_relays *relays, struct msg_client *out)
{
	struct walk walk;
	struct host host;
	size_t place = 1;

	begin(&walk, s, &host);
	if (!ip_parse(host.as.address, &host.ip))
		return false;
	for (; trusts(s, relays, &host, place); place++) {
		struct host next = host;
		enum found found = step(&walk, place == 1, &next);

		if (found == ODD)
			return false;
		if (found == NO_MORE)
			break;
		host = next;
	}
	*out = host.as;
	return place > 1 && (relays->trust != CHECKS_RELAYS_AUTHENTICATED || host.authenticated) &&
		(relays->trust != CHECKS_RELAYS_BY_COUNT || place == relays->count);
}
