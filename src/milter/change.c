/*
 * What is done to a message that is let through, as packets.
 *
 * DESIGN: the protocol names a field by its name and its number among the fields of that name, and servers
 * do not agree on whether a removed one still counts (Sendmail: yes, Postfix: no). So fields are removed from
 * the last to the first, and a field that stays is changed before others of its name go: then both kinds of
 * servers do the same.
 */
#include "milter/milter.h"

#include "milter/inner.h"

enum {
	REST = 1 << 10,        /* of MILTER_OUTPUT_MOST, for what ends the answer */
	PACKET_MOST_BARE = 16, /* length, reply, number and NULs */
	ADDRESS_MOST = 1000,
};

enum mark { STAYS, GOES, GONE };

struct milter_plan {
	struct milter_session *s;
	const struct milter_message *m;
	const struct scan_effects *effects;
	uint8_t *marks; /* enum mark of each field that came */
	struct buf *out;
	size_t end; /* of what `out` may hold */
};

static bool may(const struct milter_session *s, uint32_t action)
{
	return (s->options.actions & action) != 0;
}

/* Whether there can be one more packet with so many bytes of text; notes when there cannot. */
static bool can_print(struct milter_plan *p, uint32_t action, size_t size)
{
	if (!may(p->s, action)) {
		p->s->left_out |= action;
		return false;
	}
	if (p->out->n + PACKET_MOST_BARE + size > p->end) {
		p->s->left_out |= MILTER_LEFT_OUT_ROOM;
		return false;
	}
	return true;
}

static bool is_named(const struct milter_plan *p, size_t i, struct span name)
{
	/* the length first: this is asked for each pair of a field that came and one that goes */
	return p->m->names.v[i].n == name.n && span_equal_nocase(p->m->names.v[i], name);
}

/* ---- which fields go ---- */

/* The n-th from the top, from the bottom, or all. */
static void mark(struct milter_plan *p, struct span name, int nth)
{
	unsigned wanted = nth < 0 ? -(unsigned)nth : (unsigned)nth, seen = 0;
	size_t n = p->m->names.n;

	for (size_t k = 0; k < n; k++) {
		size_t i = nth < 0 ? n - 1 - k : k;

		if (is_named(p, i, name) && (++seen == wanted || nth == 0))
			p->marks[i] = GOES;
	}
}

/* A message with two subjects would show the wrong one in some programs. */
static void mark_further_subjects(struct milter_plan *p)
{
	bool has_one = false;

	for (size_t i = 0; i < p->m->names.n; i++) {
		if (p->marks[i] != STAYS || !is_named(p, i, SPAN("Subject")))
			continue;
		if (has_one)
			p->marks[i] = GOES;
		has_one = true;
	}
}

struct milter_plan *milter_plan_make(struct milter_session *s, const struct scan_effects *effects)
{
	struct arena *a = s->message.arena;
	struct milter_plan *p = ARENA_NEW(a, struct milter_plan);
	size_t going = 0;

	p->s = s;
	p->m = &s->message;
	p->effects = effects;
	p->marks = ARENA_ARRAY(a, uint8_t, p->m->names.n);
	/* whoever sends mail could otherwise say for us what we think of it */
	for (size_t i = 0; i < effects->removal_count; i++)
		mark(p, effects->removals[i].name, effects->removals[i].nth);
	mark(p, s->policy->spam_header, 0);
	if (!span_is_null(effects->subject))
		mark_further_subjects(p);
	for (size_t i = 0; i < p->m->names.n; i++)
		going += p->marks[i] == GOES;
	if (may(s, MILTER_MAY_CHANGE_HEADERS) &&
		(going > MILTER_REMOVALS_MOST || p->m->has_more_names))
		return NULL;
	return p;
}

/* ---- removals and changes ---- */

static void remove_fields(struct milter_plan *p, struct span name)
{
	uint32_t number = 0;

	for (size_t i = 0; i < p->m->names.n; i++)
		number += is_named(p, i, name);
	for (size_t i = p->m->names.n; number > 0; number--) {
		while (!is_named(p, --i, name))
			;
		if (p->marks[i] != GOES)
			continue;
		p->marks[i] = GONE;
		if (can_print(p, MILTER_MAY_CHANGE_HEADERS, name.n))
			milter_print_change_header(p->out, number, name, SPAN(""));
	}
}

/* The server puts one blank behind the colon, unless we have agreed that we do. */
static struct span spaced(const struct milter_plan *p, struct span value)
{
	struct buf out;

	if ((p->s->options.steps & MILTER_STEP_LEADING_SPACE) == 0)
		return value;
	buf_init(&out, p->m->arena, 1 + value.n);
	(void)buf_reserve(&out, 1 + value.n);
	buf_add_byte(&out, ' ');
	buf_add(&out, value);
	return buf_span(&out);
}

/* The number among all fields of its name of the n-th that stays; 0 when there is none. */
static uint32_t find_staying(const struct milter_plan *p, struct span name, unsigned nth)
{
	uint32_t number = 0;
	unsigned staying = 0;

	for (size_t i = 0; i < p->m->names.n; i++) {
		if (!is_named(p, i, name))
			continue;
		number++;
		if (p->marks[i] == STAYS && ++staying == nth)
			return number;
	}
	return 0;
}

/*
 * A number past the last would make servers add a field, so that one is left out. An empty value would remove
 * it, so a blank stands for that.
 */
static void change_field(struct milter_plan *p, struct span name, unsigned nth, struct span value)
{
	uint32_t number = find_staying(p, name, nth);

	value = value.n == 0 ? SPAN(" ") : spaced(p, value);
	if (number > 0 && can_print(p, MILTER_MAY_CHANGE_HEADERS, name.n + value.n))
		milter_print_change_header(p->out, number, name, value);
}

static bool loses_fields(const struct milter_plan *p, struct span name)
{
	for (size_t i = 0; i < p->m->names.n; i++)
		if (p->marks[i] != STAYS && is_named(p, i, name))
			return true;
	return false;
}

/* Of fields that lose others of their name, or of the rest. */
static void change_fields(struct milter_plan *p, bool of_losing)
{
	const struct scan_effects *e = p->effects;

	for (size_t i = 0; i < e->change_count; i++)
		if (loses_fields(p, e->changes[i].name) == of_losing)
			change_field(p, e->changes[i].name, e->changes[i].nth, e->changes[i].value);
	if (!span_is_null(e->subject) && loses_fields(p, SPAN("Subject")) == of_losing)
		change_field(p, SPAN("Subject"), 1, e->subject);
}

/* ---- additions ---- */

static void add_field(struct milter_plan *p, const struct scan_field *field)
{
	struct span value = spaced(p, field->value);

	if (!can_print(p, MILTER_MAY_ADD_HEADERS, field->name.n + value.n))
		return;
	if (field->place >= 0 && p->s->options.version > MILTER_VERSION_LEAST)
		milter_print_insert_header(p->out, (uint32_t)field->place, field->name, value);
	else
		milter_print_add_header(p->out, field->name, value);
}

static bool writes(const struct scan_effects *effects, struct span name)
{
	for (size_t i = 0; i < effects->field_count; i++)
		if (span_equal_nocase(effects->fields[i].name, name))
			return true;
	return false;
}

static void add_fields(struct milter_plan *p, bool is_spam)
{
	const struct scan_effects *e = p->effects;
	struct scan_field subject = {SPAN("Subject"), e->subject, SCAN_FIELD_BELOW_ALL};
	struct scan_field spam = {p->s->policy->spam_header, SPAN("Yes"), SCAN_FIELD_BELOW_ALL};

	for (enum scan_rank rank = 0; rank < SCAN_RANK_COUNT; rank++) {
		for (size_t i = 0; i < e->field_count; i++)
			if (scan_rank_field(e->fields[i].name) == rank)
				add_field(p, &e->fields[i]);
		if (rank != SCAN_RANK_USUAL)
			continue;
		if (is_spam && !writes(e, spam.name))
			add_field(p, &spam);
		if (!span_is_null(e->subject) && find_staying(p, subject.name, 1) == 0)
			add_field(p, &subject);
	}
}

/* ---- envelope ---- */

/* Nothing that could end the address or its line; blanks only where they can be quoted. */
static bool is_address(struct span text)
{
	bool is_quoted = span_starts(text, SPAN("\""));

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < ' ' || c == 0x7f || c == '<' || c == '>' || (c == ' ' && !is_quoted))
			return false;
	}
	return text.n <= ADDRESS_MOST && span_is_utf8(text);
}

/* With its brackets; null when it cannot be written. */
static struct span print_address(struct milter_plan *p, uint32_t action, struct span address)
{
	if (!can_print(p, action, address.n + sizeof("<>SMTPUTF8")))
		return span_from(NULL, 0);
	if (is_address(address))
		return arena_printf(p->m->arena, "<%.*s>", SPAN_ARG(address));
	p->s->left_out |= MILTER_LEFT_OUT_ADDRESS;
	return span_from(NULL, 0);
}

/* What the client has said of his message (SIZE, ENVID ...) stays as it is without arguments. */
static void change_sender(struct milter_plan *p)
{
	struct span sender = p->effects->sender, address;
	struct span args = span_is_ascii(sender) ? span_from(NULL, 0) : SPAN("SMTPUTF8");

	if (span_is_null(sender))
		return;
	address = print_address(p, MILTER_MAY_CHANGE_FROM, sender);
	if (!span_is_null(address))
		milter_print_change_from(p->out, address, args);
}

static void change_rcpts(struct milter_plan *p)
{
	const struct scan_effects *e = p->effects;
	struct span address;

	/* dropped first: what is dropped and added stays */
	for (size_t i = 0; i < e->drop_rcpt_count; i++) {
		address = print_address(p, MILTER_MAY_DROP_RCPT, e->drop_rcpts[i]);
		if (address.n > 2)
			milter_print_drop_rcpt(p->out, address);
	}
	for (size_t i = 0; i < e->add_rcpt_count; i++) {
		address = print_address(p, MILTER_MAY_ADD_RCPT, e->add_rcpts[i]);
		if (address.n > 2)
			milter_print_add_rcpt(p->out, address, span_from(NULL, 0));
	}
}

void milter_plan_print(struct milter_plan *p, bool is_spam, struct buf *out)
{
	const struct scan_effects *e = p->effects;

	p->out = out;
	p->end = out->n + MILTER_OUTPUT_MOST - REST;
	change_sender(p);
	change_rcpts(p);
	change_fields(p, true);
	for (size_t i = 0; i < e->removal_count; i++)
		remove_fields(p, e->removals[i].name);
	remove_fields(p, p->s->policy->spam_header);
	if (!span_is_null(e->subject))
		remove_fields(p, SPAN("Subject"));
	change_fields(p, false);
	add_fields(p, is_spam);
}
