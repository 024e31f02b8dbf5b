/*
 * Address lists: From, To, Cc, Reply-To and what else holds mailboxes.
 *
 * DESIGN: one pass of tokens cuts the value into mailboxes, a second one over each mailbox makes its name
 * and address. A list is not read by the grammar of RFC 5322, which would give nothing for the broken
 * half of what arrives; the rule is that whatever a mail program might take for an address becomes an
 * entry, and that a list with a second reading is marked (ADDRESS_INVALID in its defects). The choices:
 *
 * - An unclosed quote, comment or bracket is none: its first byte stands for itself, so it cannot hide
 *   the addresses behind it. An unclosed < ends at the next comma.
 * - `a@b <c@d>`: what has angles is the address, all before it is the name, as every mail program shows it.
 * - `<a@b> <c@d>`, `a@b c@d`: two addresses with a missing comma, never one that wins.
 * - `John j@example.org`: an address without its angles; the words before it are its name.
 * - `a@b@c`: the last @ counts for the domain, and the address is not valid.
 * - `Doe, John <j@example.org>`: a comma behind words without an @ belongs to the name when angles follow.
 * - `;` separates like a comma. A name before `:` is a group only when a `;` follows or nothing does.
 * - A comma or semicolon within an encoded word does not separate, which is how names with commas are
 *   met, but marks the list: others may cut there. An angle ends the encoded word.
 * - Comments beside the words of a name are part of it, as they are on the reader's screen.
 */
#include "mime/mime.h"

#include "mime/inner.h"

/* RFC 5321 section 4.5.3.1, RFC 1035 section 2.3.4. */
enum {
	LOCAL_MOST = 64,
	DOMAIN_MOST = 255,
	LABEL_MOST = 63,
};

#define NOWHERE SIZE_MAX

/* Only blanks and folds: other control bytes at the ends make an address what it is not. */
static struct span trim(struct span s)
{
	while (s.n > 0 && mime_is_blank(s.p[s.n - 1]))
		s.n--;
	while (s.n > 0 && mime_is_blank(*s.p))
		s = span_from_offset(s, 1);
	return s;
}

/* ---- the address itself ---- */

/* atext of RFC 5322 besides letters and digits. */
static const bool atext_marks[256] = {
	['!'] = true,
	['#'] = true,
	['$'] = true,
	['%'] = true,
	['&'] = true,
	['\''] = true,
	['*'] = true,
	['+'] = true,
	['-'] = true,
	['/'] = true,
	['='] = true,
	['?'] = true,
	['^'] = true,
	['_'] = true,
	['`'] = true,
	['{'] = true,
	['|'] = true,
	['}'] = true,
	['~'] = true,
};

/* RFC 6532 adds all of UTF-8. */
static bool is_atext(char c)
{
	return byte_is_alnum(c) || (c & 0x80) != 0 || atext_marks[(unsigned char)c];
}

static bool is_dot_atom(struct span s)
{
	bool after_dot = true;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.' ? after_dot : !is_atext(s.p[i]))
			return false;
		after_dot = s.p[i] == '.';
	}
	return !after_dot;
}

/* Quoted-string of RFC 5321 section 4.1.2: the whole of `s`, of printable bytes. */
static bool is_quoted_string(struct span s)
{
	if (s.n < 2 || s.p[0] != '"' || mime_skip_quoted(s, 0) != s.n)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	return true;
}

/* `_` is no letter of RFC 5321 but of host names as they are; servers take it. */
static bool is_host_name(struct span s)
{
	struct span label;

	while (span_next(&s, '.', &label)) {
		if (label.n == 0 || label.p[0] == '-' || label.p[label.n - 1] == '-')
			return false;
		if (label.n > LABEL_MOST && span_is_ascii(label))
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!byte_is_alnum(label.p[i]) && label.p[i] != '-' && label.p[i] != '_' &&
				(label.p[i] & 0x80) == 0)
				return false;
	}
	return true;
}

/* address-literal of RFC 5321 section 4.1.3: IPv4, "IPv6:" and IPv6; no other tag was ever registered. */
static bool is_literal(struct span s)
{
	if (s.n < 2 || s.p[0] != '[' || s.p[s.n - 1] != ']')
		return false;
	s = span_slice(s, 1, s.n - 2);
	if (!span_starts_nocase(s, SPAN("IPv6:")))
		return !span_has_byte(s, ':') && mime_is_ip(s);
	s = span_from_offset(s, 5);
	return span_has_byte(s, ':') && mime_is_ip(s);
}

static bool is_domain(struct span s)
{
	if (s.n == 0 || s.n > DOMAIN_MOST)
		return false;
	return s.p[0] == '[' ? is_literal(s) : is_host_name(s);
}

/* Drops the backslash of each pair. */
static struct span unescape(struct arena *a, struct span s)
{
	struct buf out;

	if (!span_has_byte(s, '\\'))
		return s;
	buf_init(&out, a, s.n);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		buf_add_byte(&out, s.p[i]);
	}
	return buf_span(&out);
}

/* Fills addr and what follows from it; the last @ outside of quotes is at `at`, addr.n for none. */
static void set_parts(struct arena *a, struct mime_address *out, struct span addr, size_t at)
{
	bool has_at = at < addr.n;

	out->addr = addr;
	out->local = span_slice(addr, 0, at);
	out->domain = span_from_offset(addr, has_at ? at + 1 : addr.n);
	out->quoted_local = is_quoted_string(out->local);
	out->raw_8bit = !span_is_ascii(addr);
	out->valid = has_at && out->local.n <= LOCAL_MOST && is_domain(out->domain) &&
		(out->quoted_local || is_dot_atom(out->local)) &&
		(!out->raw_8bit || span_is_utf8(addr));
	if (out->quoted_local)
		out->local = unescape(a, span_slice(out->local, 1, out->local.n - 2));
}

static void add_without_line_ends(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\r' && s.p[i] != '\n')
			buf_add_byte(out, s.p[i]);
}

/* Two words with blanks or comments between them are one address when a dot or @ stands at the gap. */
static bool joins(char before, char after)
{
	return before == '.' || before == '@' || after == '.' || after == '@';
}

/*
 * Reads an address with blanks and comments within (RFC 5322 section 4.4). A gap that has no right to
 * be there stays as one space, so that two words never become one valid address.
 */
static void set_gapped_parts(struct arena *a, struct mime_address *out, struct span text)
{
	struct mime_lexer lex = {.s = text};
	struct buf clean;
	size_t at = NOWHERE;
	bool gap = false;

	buf_init(&clean, a, text.n);
	for (struct mime_token t; (t = mime_next_token(&lex)).kind != MIME_TOKEN_END;) {
		if (t.kind == MIME_TOKEN_BLANK || t.kind == MIME_TOKEN_COMMENT) {
			gap = true;
			continue;
		}
		if (gap && clean.n > 0 && !joins(clean.p[clean.n - 1], text.p[t.start]))
			buf_add_byte(&clean, ' ');
		gap = false;
		if (t.kind == '@')
			at = clean.n;
		add_without_line_ends(&clean, span_slice(text, t.start, t.end - t.start));
	}
	set_parts(a, out, buf_span(&clean), num_min(at, clean.n));
}

/* True when the address is not simply there, byte by byte. */
static bool has_gaps_or_quotes(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (mime_is_blank(s.p[i]) || s.p[i] == '"' || s.p[i] == '(' || s.p[i] == '\\')
			return true;
	return false;
}

static void set_address(struct arena *a, struct mime_address *out, struct span text)
{
	if (has_gaps_or_quotes(text))
		set_gapped_parts(a, out, text);
	else
		set_parts(a, out, text, span_find_last_byte(text, '@'));
}

/* ---- names ---- */

/*
 * The text of a phrase with quotes and backslashes undone. Of comments beside words the parentheses
 * stay; a phrase of nothing but comments is the text of the last one.
 */
static struct span unquote_phrase(struct arena *a, struct span phrase, bool words,
	uint64_t *defects)
{
	struct mime_lexer lex = {.s = phrase};
	struct buf out;

	buf_init(&out, a, phrase.n);
	for (struct mime_token t; (t = mime_next_token(&lex)).kind != MIME_TOKEN_END;) {
		struct span text = span_slice(phrase, t.start, t.end - t.start);

		if (t.kind == MIME_TOKEN_QUOTED) {
			text = unescape(a, span_slice(text, 1, text.n - 2));
			if (codec_has_words(text))
				*defects |= CODEC_WORD_IN_QUOTES;
		} else if (t.kind == MIME_TOKEN_COMMENT && words) {
			text = unescape(a, text);
		} else if (t.kind == MIME_TOKEN_COMMENT) {
			buf_clear(&out);
			text = unescape(a, span_slice(text, 1, text.n - 2));
		}
		buf_add(&out, text);
	}
	return buf_span(&out);
}

/* True when there is more in it than blanks and comments. */
static bool has_words(struct span phrase)
{
	struct mime_lexer lex = {.s = phrase};

	for (struct mime_token t; (t = mime_next_token(&lex)).kind != MIME_TOKEN_END;)
		if (t.kind != MIME_TOKEN_BLANK && t.kind != MIME_TOKEN_COMMENT)
			return true;
	return false;
}

static struct span decode_phrase(struct arena *a, struct span phrase, uint64_t *defects)
{
	struct codec_words words;
	unsigned seen = 0;

	phrase = trim(phrase);
	if (phrase.n == 0)
		return SPAN("");
	if (span_has_byte(phrase, '"') || span_has_byte(phrase, '('))
		phrase = unquote_phrase(a, phrase, has_words(phrase), defects);
	codec_decode_words(a, phrase, &words, &seen);
	*defects |= seen;
	return span_trim(words.text);
}

/* ---- the list ---- */

enum item_state { IN_PHRASE, IN_ANGLE, AFTER_ANGLE };

/* The mailbox that is being read, as offsets into the value. */
struct item {
	enum item_state state;
	bool follows;    /* it came behind a mailbox without a comma */
	bool has_word;   /* more than comments outside of angles */
	bool has_at;     /* an @ outside of angles */
	bool angle_at;   /* one within them */
	bool angle_used; /* something but blanks behind the < */
	bool in_route, has_route;
	size_t held,
		held_end;  /* words before a comma, perhaps of a name; held is NOWHERE for none */
	size_t start, end; /* without outer blanks; start is NOWHERE while there is nothing */
	size_t name_end;   /* where the first < stands */
	size_t angle;      /* where that of the address stands */
	size_t addr_start; /* behind the < and the route */
	size_t addr_end;   /* where the > stands or should */
};

static const struct item no_item = {.held = NOWHERE, .start = NOWHERE};

struct list {
	struct arena *arena;
	struct mime_lexer lex;
	struct item item;
	struct {
		VEC(struct mime_address);
	} found;
	struct span group;     /* null outside of one */
	size_t last_semicolon; /* of the value; its length when there is none */
	uint64_t defects;
};

static void mark(struct list *l)
{
	l->defects |= MIME_DEFECT(ADDRESS_INVALID);
}

static struct span cut(const struct list *l, size_t start, size_t end)
{
	return span_slice(l->lex.s, start, end - start);
}

/* NULL past the limit. */
static struct mime_address *add_entry(struct list *l, struct span raw)
{
	struct mime_address *entry;

	if (l->found.n == MIME_ADDRESSES_MOST) {
		l->defects |= MIME_DEFECT(ADDRESS_LIMIT);
		return NULL;
	}
	entry = VEC_ADD(l->arena, &l->found);
	entry->raw = raw;
	entry->group = l->group;
	return entry;
}

/* The name is in `before`, or else in a comment of `behind`. */
static void fill_entry(struct list *l, struct mime_address *entry, struct span before,
	struct span addr, struct span behind)
{
	if (span_starts_nocase(addr, SPAN("mailto:"))) {
		addr = span_from_offset(addr, 7);
		mark(l);
	}
	set_address(l->arena, entry, addr);
	entry->name = decode_phrase(l->arena, before, &l->defects);
	if (entry->name.n == 0 && !has_words(behind))
		entry->name = decode_phrase(l->arena, behind, &l->defects);
	if (!entry->valid)
		mark(l);
}

static void add_angled(struct list *l, const struct item *it)
{
	size_t start = num_min(it->held, it->start);
	struct mime_address *entry = add_entry(l, cut(l, start, it->end));
	struct span inner = cut(l, it->addr_start, it->addr_end);
	const char *p = l->lex.s.p;

	if (entry == NULL)
		return;
	entry->has_angle = true;
	entry->has_route = it->has_route;
	entry->padded = it->angle + 1 < it->addr_end &&
		(mime_is_blank(p[it->angle + 1]) || mime_is_blank(p[it->addr_end - 1]));
	entry->glued = it->name_end > it->start && !mime_is_blank(p[it->name_end - 1]);
	fill_entry(l, entry, cut(l, start, it->name_end), inner,
		cut(l, num_min(it->addr_end + 1, it->end), it->end));
}

/* Words that belong together: an address when there is an @, else part of a name. */
struct cluster {
	size_t start, end;
	size_t behind; /* end of the comments behind it */
	bool has_at;
};

/* Takes the next cluster off the tokens from `*ahead` on; leaves the token behind it there. */
static bool next_cluster(struct mime_lexer *lex, struct mime_token *ahead, struct cluster *out)
{
	const char *p = lex->s.p;
	bool gap = false;

	*out = (struct cluster){.start = NOWHERE};
	for (; ahead->kind != MIME_TOKEN_END; *ahead = mime_next_token(lex)) {
		if (ahead->kind == MIME_TOKEN_BLANK || ahead->kind == MIME_TOKEN_COMMENT ||
			ahead->kind == '>') {
			gap = true;
			if (ahead->kind != MIME_TOKEN_BLANK)
				out->behind = ahead->end;
			continue;
		}
		gap |= ahead->kind == MIME_TOKEN_QUOTED;
		if (out->start == NOWHERE)
			out->start = ahead->start;
		else if (gap && !joins(p[out->end - 1], p[ahead->start]))
			return true;
		gap = ahead->kind == MIME_TOKEN_QUOTED; /* `"John"j@example.org` */
		out->end = out->behind = ahead->end;
		out->has_at |= ahead->kind == '@';
	}
	return out->start != NOWHERE;
}

/* Without any @: `root` is an address without a domain, several or quoted words are only a name. */
static void add_no_address(struct list *l, struct span piece)
{
	struct mime_lexer lex = {.s = piece};
	struct mime_token ahead = mime_next_token(&lex);
	struct mime_address *entry = add_entry(l, piece);
	struct cluster c;
	bool single;

	if (entry == NULL)
		return;
	single = next_cluster(&lex, &ahead, &c) && ahead.kind == MIME_TOKEN_END &&
		piece.p[c.start] != '"' && !codec_has_words(piece);
	if (single)
		fill_entry(l, entry, span_slice(piece, 0, c.start),
			span_slice(piece, c.start, c.end - c.start),
			span_from_offset(piece, c.end));
	else
		fill_entry(l, entry, piece, SPAN(""), SPAN(""));
}

/*
 * A piece without angles. Each cluster with an @ is an entry whose name is what stands before it, or a
 * comment behind it; words behind the last one are only in its `raw`.
 */
static void add_bare(struct list *l, struct span piece)
{
	struct mime_lexer lex = {.s = piece};
	struct mime_token ahead = mime_next_token(&lex);
	struct mime_address *entry = NULL;
	struct cluster c;
	size_t start = 0, end = 0;

	while (next_cluster(&lex, &ahead, &c)) {
		struct span before = span_slice(piece, end, c.start - end);

		if (!c.has_at)
			continue;
		if (entry != NULL || has_words(before))
			mark(l);
		start = end;
		end = ahead.kind == MIME_TOKEN_END ? piece.n : ahead.start;
		entry = add_entry(l, span_slice(piece, start, c.behind - start));
		if (entry == NULL)
			return;
		fill_entry(l, entry, before, span_slice(piece, c.start, c.end - c.start),
			span_slice(piece, c.end, end - c.end));
	}
	if (entry == NULL) {
		add_no_address(l, piece);
	} else if (end < piece.n) {
		mark(l);
		entry->raw = span_from_offset(piece, start);
	}
}

/* The held words were no name: each piece between commas is an entry. */
static void add_held(struct list *l, const struct item *it)
{
	struct mime_lexer lex = {.s = cut(l, it->held, it->held_end)};
	struct mime_token t;
	size_t start = NOWHERE, end = 0;

	if (it->held == NOWHERE)
		return;
	do {
		t = mime_next_token(&lex);
		if (t.kind == ',' || t.kind == MIME_TOKEN_END) {
			add_no_address(l, span_slice(lex.s, start, end - start));
			start = NOWHERE;
		} else if (t.kind != MIME_TOKEN_BLANK) {
			start = num_min(start, t.start);
			end = t.end;
		}
	} while (t.kind != MIME_TOKEN_END);
}

/* Words behind a mailbox that are none themselves belong to its `raw`. */
static void add_trailing(struct list *l, size_t end)
{
	struct span *raw = &l->found.v[l->found.n - 1].raw;

	*raw = span_from(raw->p, (size_t)(l->lex.s.p + end - raw->p));
}

static void finish_item(struct list *l)
{
	struct item it = l->item;
	bool angled = it.state != IN_PHRASE;

	l->item = no_item;
	if (!angled)
		add_held(l, &it);
	if (it.start == NOWHERE || (!angled && !it.has_word))
		return;
	if (it.follows || (angled && it.held != NOWHERE) || it.state == IN_ANGLE)
		mark(l);
	if (it.state == IN_ANGLE)
		it.addr_end = it.end;
	if (angled)
		add_angled(l, &it);
	else if (it.follows && !it.has_at)
		add_trailing(l, it.end);
	else
		add_bare(l, cut(l, it.start, it.end));
}

static void extend(struct item *it, const struct mime_token *t)
{
	if (it->start == NOWHERE)
		it->start = t->start;
	it->end = t->end;
}

/* True when nothing but blanks and comments follows. */
static bool is_last(const struct list *l)
{
	struct mime_lexer lex = l->lex;
	struct mime_token t;

	do
		t = mime_next_token(&lex);
	while (t.kind == MIME_TOKEN_BLANK || t.kind == MIME_TOKEN_COMMENT);
	return t.kind == MIME_TOKEN_END;
}

/* Groups do not nest (RFC 5322 section 3.4); without its `;` one would swallow names such as `Re: x`. */
static bool opens_group(const struct list *l, size_t colon)
{
	if (!span_is_null(l->group) || l->item.follows || l->item.has_at)
		return false;
	return (colon < l->last_semicolon && l->last_semicolon < l->lex.s.n) || is_last(l);
}

static void open_group(struct list *l)
{
	const struct item *it = &l->item;

	add_held(l, it);
	if (it->start == NOWHERE) {
		mark(l);
		l->group = SPAN("");
	} else {
		l->group = decode_phrase(l->arena, cut(l, it->start, it->end), &l->defects);
	}
	l->item = no_item;
}

static void separate(struct list *l, int separator)
{
	finish_item(l);
	if (separator == ',')
		return;
	if (span_is_null(l->group))
		mark(l);
	l->group = span_from(NULL, 0);
}

/* `Doe, John <j@example.org>`: only an angle tells that what stands before a comma is a name. */
static void hold_words(struct item *it)
{
	if (it->held == NOWHERE)
		it->held = it->start;
	it->held_end = it->end;
	it->start = NOWHERE;
	it->has_word = false;
}

static void open_angle(struct list *l, const struct mime_token *t)
{
	struct item *it = &l->item;

	extend(it, t);
	it->state = IN_ANGLE;
	it->name_end = it->angle = t->start;
	it->addr_start = t->end;
	it->angle_at = it->angle_used = it->in_route = it->has_route = false;
}

static void take_in_phrase(struct list *l, const struct mime_token *t)
{
	struct item *it = &l->item;

	if (t->kind == MIME_TOKEN_BLANK)
		return;
	if (t->kind == ',' && it->has_word && !it->has_at && !it->follows)
		hold_words(it);
	else if (t->kind == ',' || t->kind == ';')
		separate(l, t->kind);
	else if (t->kind == '<')
		open_angle(l, t);
	else if (t->kind == ':' && opens_group(l, t->start))
		open_group(l);
	else {
		it->has_word |= t->kind != MIME_TOKEN_COMMENT;
		it->has_at |= t->kind == '@';
		extend(it, t);
		if (t->kind == '>')
			mark(l);
	}
}

/* `<<`, `<x <` and `<a@b <`: which of them is the angle of the address. */
static void take_second_angle(struct list *l, const struct mime_token *t)
{
	struct item *it = &l->item;
	size_t name_end = it->name_end;

	mark(l);
	if (it->angle_at) {
		finish_item(l);
		it->follows = true;
		name_end = t->start;
	}
	if (it->angle_used)
		name_end = t->start;
	open_angle(l, t);
	it->name_end = name_end;
}

/* A comma within a source route stands before the next @. */
static bool stays_in_route(const struct list *l)
{
	struct span rest = span_trim_start(span_from_offset(l->lex.s, l->lex.at));

	return l->item.in_route && rest.n > 0 && rest.p[0] == '@';
}

static void take_in_angle(struct list *l, const struct mime_token *t)
{
	struct item *it = &l->item;

	if (t->kind == '<') {
		take_second_angle(l, t);
		return;
	}
	if (t->kind == ';' || (t->kind == ',' && !stays_in_route(l))) {
		separate(l, t->kind);
		return;
	}
	if (t->kind == MIME_TOKEN_BLANK)
		return;
	extend(it, t);
	if (t->kind == '>') {
		it->state = AFTER_ANGLE;
		it->addr_end = t->start;
	} else if (t->kind == ':' && it->in_route) {
		it->in_route = false;
		it->has_route = true;
		it->addr_start = t->end;
	} else if (t->kind == '@') {
		it->in_route |= !it->angle_used;
		it->angle_at = true;
	}
	it->angle_used = true;
}

static void take_after_angle(struct list *l, const struct mime_token *t)
{
	if (t->kind == MIME_TOKEN_BLANK)
		return;
	if (t->kind == ',' || t->kind == ';') {
		separate(l, t->kind);
	} else if (t->kind == MIME_TOKEN_COMMENT || t->kind == '>') {
		extend(&l->item, t);
		if (t->kind == '>')
			mark(l);
	} else {
		finish_item(l);
		l->item.follows = true;
		take_in_phrase(l, t);
	}
}

/* The last `;` that is neither quoted nor in a comment; only a list with a colon has to know. */
static size_t find_last_semicolon(struct span value)
{
	struct mime_lexer lex = {.s = value};
	size_t last = value.n;

	if (!span_has_byte(value, ':') || !span_has_byte(value, ';'))
		return last;
	for (struct mime_token t; (t = mime_next_token(&lex)).kind != MIME_TOKEN_END;)
		if (t.kind == ';')
			last = t.start;
	return last;
}

void mime_parse_addresses(struct arena *a, struct span value, struct mime_addresses *out)
{
	struct list l = {.arena = a, .lex = {.s = value}, .item = no_item};
	struct mime_token t;

	l.last_semicolon = find_last_semicolon(value);
	while ((l.defects & MIME_DEFECT(ADDRESS_LIMIT)) == 0 &&
		(t = mime_next_token(&l.lex)).kind != MIME_TOKEN_END) {
		switch (l.item.state) {
		case IN_PHRASE:
			take_in_phrase(&l, &t);
			break;
		case IN_ANGLE:
			take_in_angle(&l, &t);
			break;
		case AFTER_ANGLE:
			take_after_angle(&l, &t);
		}
	}
	finish_item(&l);
	if (l.lex.broken)
		mark(&l);
	*out = (struct mime_addresses){l.found.v, l.found.n, l.defects};
}

/* The length of the source route "@a,@b:" with its colon, or 0. */
static size_t route_length(struct span s)
{
	struct span hosts = span_slice(s, 0, span_find_byte(s, ':')), host;
	size_t n = hosts.n;

	if (n == s.n)
		return 0;
	while (span_next(&hosts, ',', &host))
		if (!span_starts(host, SPAN("@")) || !is_host_name(span_from_offset(host, 1)))
			return 0;
	return n + 1;
}

bool mime_parse_mailbox(struct arena *a, struct span text, struct mime_address *out)
{
	struct span addr = trim(text);
	size_t route;

	*out = (struct mime_address){.raw = addr, .name = SPAN("")};
	if (addr.n > 1 && addr.p[0] == '<' && addr.p[addr.n - 1] == '>') {
		out->has_angle = true;
		addr = span_slice(addr, 1, addr.n - 2);
		out->padded = trim(addr).n < addr.n;
	}
	route = route_length(addr);
	out->has_route = route > 0;
	addr = span_from_offset(addr, route);
	set_parts(a, out, addr, span_find_last_byte(addr, '@'));
	return out->valid;
}
