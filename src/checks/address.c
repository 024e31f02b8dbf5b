/* What several checks ask of addresses. */
#include "checks/inner.h"

bool checks_is_address(const struct mime_address *a)
{
	return a->has_angle || a->domain.n > 0 || span_has_byte(a->addr, '@');
}

const struct mime_address *checks_first_address(const struct mime_addresses *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (checks_is_address(&list->v[i]))
			return &list->v[i];
	return list->n > 0 ? &list->v[0] : NULL;
}

struct span checks_name(const struct mime_address *a)
{
	return a->name.n > 0 || checks_is_address(a) ? a->name : a->addr;
}

bool checks_same_address(const struct mime_address *a, const struct mime_address *b)
{
	return a->addr.n > 0 && span_equal_nocase(a->addr, b->addr);
}

bool checks_same_domain(const struct mime_address *a, const struct mime_address *b)
{
	return a->domain.n > 0 && span_equal_nocase(a->domain, b->domain);
}

struct span checks_without_tag(struct span local)
{
	size_t plus = span_find_byte(local, '+');

	return plus == 0 ? local : span_slice(local, 0, plus);
}

bool checks_is_envelope_domain(struct msg *m, struct span domain)
{
	for (size_t i = 0; domain.n > 0 && i < m->envelope.rcpt_count; i++)
		if (span_equal_nocase(msg_envelope_rcpt(m, i)->domain, domain))
			return true;
	return false;
}

bool checks_is_header_domain(struct msg *m, struct span domain)
{
	const struct mime_addresses *rcpts = msg_recipients(m);

	for (size_t i = 0; domain.n > 0 && i < rcpts->n; i++)
		if (span_equal_nocase(rcpts->v[i].domain, domain))
			return true;
	return false;
}

struct span checks_find_title(struct span name)
{
	static const struct span titles[] = {SPAN_INIT("mr"), SPAN_INIT("mrs"), SPAN_INIT("dr")};

	for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
		struct span rest = span_from_offset(name, titles[i].n);

		if (span_starts_nocase(name, titles[i]) && rest.n > 0 &&
			(rest.p[0] == '.' || byte_is_space(rest.p[0])))
			return titles[i];
	}
	return span_from(NULL, 0);
}

void checks_add_pair(struct scan *s, unsigned symbol, struct span first, struct span second)
{
	scan_add_text(s, symbol, 1, first);
	scan_add_text(s, symbol, 0, second);
}
