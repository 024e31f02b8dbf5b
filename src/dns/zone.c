/* A table of records that stands for the network, and the driver that answers from it at once. */
#include "dns/dns.h"

#include "dns/inner.h"

/* How a name answers a type that it has no records of. */
enum fate { FATE_NONE, FATE_TIMEOUT, FATE_SERVFAIL, FATE_NXDOMAIN };

struct name {
	enum fate fate;
	struct span cname; /* null when there is none */
	struct {
		VEC(struct dns_record);
	} records[DNS_TYPE_COUNT];
};

struct dns_zone {
	struct arena *arena;
	struct map *names; /* lower case, without the final dot */
};

struct dns_zone *dns_zone_make(struct arena *a)
{
	struct dns_zone *zone = ARENA_NEW(a, struct dns_zone);

	zone->arena = a;
	zone->names = map_make_nocase(a);
	return zone;
}

static struct span without_dot(struct span name)
{
	if (name.n > 1 && name.p[name.n - 1] == '.')
		name.n--;
	return name;
}

static struct name *get_name(struct dns_zone *zone, struct span name)
{
	struct name *n = map_find(zone->names, name);

	if (n == NULL) {
		n = ARENA_NEW(zone->arena, struct name);
		(void)map_put(zone->names, arena_copy(zone->arena, name), n);
	}
	return n;
}

/* `\032` for a byte by its number, `\;` for one as it is (RFC 1035 section 5.1). */
static bool undo_escapes(struct arena *a, struct span word, struct span *out)
{
	struct buf b;

	*out = word;
	if (!span_has_byte(word, '\\'))
		return true;
	buf_init(&b, a, word.n);
	while (word.n > 0)
		if (!dns_take_byte(&word, &b))
			return false;
	*out = buf_span(&b);
	return true;
}

/* Up to a `;` that stands outside of quotes. */
static struct span without_comment(struct span line)
{
	bool quoted = false;

	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '\\')
			i++;
		else if (line.p[i] == '"')
			quoted = !quoted;
		else if (line.p[i] == ';' && !quoted)
			return span_slice(line, 0, i);
	}
	return line;
}

static enum fate find_fate(struct span word)
{
	static const char *const words[] = {"", "TIMEOUT", "SERVFAIL", "NXDOMAIN"};

	for (unsigned i = 1; i < ARRAY_LEN(words); i++)
		if (span_equal_nocase(word, span_of(words[i])))
			return (enum fate)i;
	return FATE_NONE;
}

/* The strings of a TXT are one text (RFC 7208 section 3.3), a bare word counts as a string. */
static const char *parse_strings(struct arena *a, struct span data, struct span *out)
{
	struct buf b;

	buf_init(&b, a, data.n);
	if (data.n == 0)
		return "a string is missing";
	while (data.n > 0) {
		struct span word;

		if (*data.p == '"') {
			if (!dns_take_string(&data, &b))
				return "a string is not closed or has a wrong escape";
			data = span_trim_start(data);
		} else if (dns_take_word(&data, &word)) {
			buf_add(&b, word);
		}
	}
	*out = buf_span(&b);
	return NULL;
}

static const char *parse_data(struct arena *a, enum dns_type type, struct span data,
	struct dns_record *out)
{
	struct span word;
	uint64_t preference;

	if (type == DNS_TXT || type == DNS_SPF)
		return parse_strings(a, data, &out->text);
	if (type == DNS_SOA || type == DNS_TLSA) {
		out->text = arena_copy(a, data);
		return data.n == 0 ? "data is missing" : NULL;
	}
	if (type == DNS_MX) {
		if (!dns_take_word(&data, &word) || !num_parse_u64(word, UINT16_MAX, &preference))
			return "an MX needs a preference from 0 to 65535";
		out->preference = (unsigned)preference;
	}
	if (!dns_take_word(&data, &word) || data.n > 0)
		return "one name or address must stand here";
	out->text = arena_copy(a, type == DNS_A || type == DNS_AAAA ? word : without_dot(word));
	return NULL;
}

/* NULL when all is well, else what is wrong. */
static const char *parse_line(struct dns_zone *zone, struct span line)
{
	struct span rest = span_trim(without_comment(line)), word, name, type_name;
	struct dns_record record = {0};
	const char *wrong;
	struct name *n;
	enum dns_type type;

	if (rest.n == 0)
		return NULL;
	if (!dns_take_word(&rest, &word) || !dns_take_word(&rest, &type_name))
		return "a line is `name TYPE data`";
	if (!undo_escapes(zone->arena, without_dot(word), &name) || !dns_is_name(name))
		return "this is no domain name";
	n = get_name(zone, name);
	if (find_fate(type_name) != FATE_NONE) {
		n->fate = find_fate(type_name);
		return rest.n == 0 ? NULL : "TIMEOUT, SERVFAIL and NXDOMAIN have no data";
	}
	if (!dns_find_type(type_name, &type))
		return "unknown type (A, AAAA, MX, TXT, PTR, NS, SOA, CNAME, TLSA, SPF, TIMEOUT, "
		       "SERVFAIL, NXDOMAIN)";
	wrong = parse_data(zone->arena, type, rest, &record);
	if (wrong != NULL)
		return wrong;
	if (type == DNS_CNAME)
		n->cname = record.text;
	*VEC_ADD(zone->arena, &n->records[type]) = record;
	return NULL;
}

enum rc dns_zone_parse(struct arena *a, struct span text, struct dns_zone **out, struct why *why)
{
	struct dns_zone *zone = dns_zone_make(a);
	unsigned number = 0;

	if (text.n > DNS_ZONE_MOST)
		return why_set(why, RC_LIMIT, "a zone of over %d bytes", DNS_ZONE_MOST);
	for (struct span line; span_next_line(&text, &line);) {
		const char *wrong = parse_line(zone, line);

		number++;
		if (wrong != NULL)
			return why_set(why, RC_INVALID, "line %u: %s", number, wrong);
	}
	*out = zone;
	return RC_OK;
}

/* The name that holds the answer, over CNAMEs; NULL with *fate when there is none. */
static const struct name *follow(const struct dns_zone *zone, struct span name, enum dns_type type,
	enum fate *fate)
{
	for (int i = 0; i <= DNS_CNAMES_MOST; i++) {
		const struct name *n = map_find(zone->names, name);

		*fate = FATE_NONE;
		if (n != NULL && n->records[type].n > 0)
			return n;
		*fate = n == NULL ? FATE_NXDOMAIN : n->fate;
		if (*fate != FATE_NONE)
			return NULL;
		if (span_is_null(n->cname))
			return n;
		name = n->cname;
	}
	*fate = FATE_SERVFAIL; /* a loop, as a resolver would say */
	return NULL;
}

static enum rc ask_zone(void *ctx, struct arena *a, struct need *need)
{
	const struct dns_zone *zone = ctx;
	struct dns_answer *answer = ARENA_NEW(a, struct dns_answer);
	struct span name = need->key, type_name;
	const struct name *n;
	enum dns_type type;
	enum fate fate;

	must(span_next(&name, ' ', &type_name) && dns_find_type(type_name, &type));
	n = follow(zone, name, type, &fate);
	if (fate == FATE_TIMEOUT)
		return why_set(&need->why, RC_TEMPFAIL, "timeout");
	if (fate == FATE_SERVFAIL)
		return why_set(&need->why, RC_TEMPFAIL, "server failure");
	answer->status = n == NULL ? DNS_NO_NAME : DNS_NO_DATA;
	if (n != NULL && n->records[type].n > 0) {
		answer->status = DNS_FOUND;
		answer->v = n->records[type].v;
		answer->n = n->records[type].n;
	}
	need->answer = answer;
	return RC_OK;
}

const struct need_driver *dns_zone_driver(struct arena *a, struct dns_zone *zone)
{
	struct need_driver *driver = ARENA_NEW(a, struct need_driver);

	*driver = (struct need_driver){.kind = &dns_kind, .ctx = zone, .ask = ask_zone};
	return driver;
}
