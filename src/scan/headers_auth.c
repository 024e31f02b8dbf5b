/*
 * Results of authentication as header fields, and the removal of those that claim to be ours.
 *
 * DESIGN: whoever reads Authentication-Results trusts the field with the right name in front, and reads it in his own
 * way: with a parser, or by a search. So a field goes when any reading of it names us: by the grammar of RFC 8601; with
 * comments, quotes, blanks and folds left out; with encoded words decoded; and when it does not follow the grammar,
 * wherever our name stands in it as a word. One field of somebody else too many is lost by that at worst.
 */
#include "scan/headers.h"

#include "auth/auth.h"

enum {
	CLAIMS_MOST = 100, /* of one name that are taken out one by one; past them all go */
	WORD_MOST = 256,   /* what span_find_nocase can look for */
};

/* Rspamd puts them there: below what the mail server itself has written at the top. */
enum { PLACE_BELOW_FIRST = 1 };

static int choose_place(const struct scan_headers *headers)
{
	return headers->place < 0 ? PLACE_BELOW_FIRST : headers->place;
}

/* Of the routine, of that for Authentication-Results, of the mail server, or of the machine. */
static struct span find_authserv_id(const struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r)
{
	const struct msg_envelope *envelope = &scan_verdict_msg(m->verdict)->envelope;

	if (r->hostname.n > 0)
		return r->hostname;
	if (headers->routines[SCAN_ROUTINE_AUTH_RESULTS].hostname.n > 0)
		return headers->routines[SCAN_ROUTINE_AUTH_RESULTS].hostname;
	if (envelope->server.n > 0)
		return envelope->server;
	return headers->routines[SCAN_ROUTINE_SERVER].hostname;
}

/* ---- writing ---- */

/* Lines as long as they may be: what looks for a part of a result does not unfold it first. */
static void make_field(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r, const struct buf *value)
{
	scan_make_field_done(m, r->header,
		scan_fold_value(m->arena, r->header, buf_span(value), true), choose_place(headers));
}

void scan_write_auth_results(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r)
{
	const struct msg *msg = scan_verdict_msg(m->verdict);
	const struct auth_results_parts parts = {
		.authserv_id = find_authserv_id(m, headers, r),
		.user = r->add_smtp_user ? msg->envelope.user : span_from(NULL, 0),
		.spf = auth_find_spf(msg),
		.dkim = auth_find_dkim(msg),
		.dmarc = auth_find_dmarc(msg),
	};
	struct buf out;

	buf_init(&out, m->arena, SCAN_FIELD_MOST);
	auth_results_print(&out, msg, &parts);
	make_field(m, headers, r, &out);
}

void scan_write_received_spf(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r)
{
	const struct msg *msg = scan_verdict_msg(m->verdict);
	const struct auth_spf *spf = auth_find_spf(msg);
	struct buf out;

	if (spf == NULL)
		return;
	buf_init(&out, m->arena, SCAN_FIELD_MOST);
	auth_received_spf_print(&out, msg, find_authserv_id(m, headers, r), spf);
	make_field(m, headers, r, &out);
}

/* ---- removing ---- */

static bool is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f;
}

static bool has_control(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (is_control(text.p[i]))
			return true;
	return false;
}

static bool is_word_byte(char c)
{
	return byte_is_alnum(c) || c == '-' || c == '_';
}

/* What stands behind the id, as a version behind a slash, makes it no other name unless it goes on with the name. */
static bool is_same_id(struct span said, struct span id)
{
	if (!span_starts_nocase(said, id))
		return false;
	said = span_from_offset(said, id.n);
	while (span_starts(said, SPAN(".")))
		said = span_from_offset(said, 1);
	return said.n == 0 || !is_word_byte(said.p[0]);
}

/* The id with no letter and no digit beside it; a dot behind it may end a sentence. */
static bool holds_id(struct span text, struct span id)
{
	for (size_t at = 0; id.n <= WORD_MOST && at + id.n <= text.n; at++) {
		size_t end;

		at += span_find_nocase(span_from_offset(text, at), id);
		end = at + id.n;
		if (end > text.n)
			return false;
		if ((at == 0 || (!is_word_byte(text.p[at - 1]) && text.p[at - 1] != '.')) &&
			(end == text.n || !is_word_byte(text.p[end])))
			return true;
	}
	return false;
}

/* Bytes of the text up to the first semicolon outside of comments, without all that is not part of a name. */
static struct span strip(struct arena *a, struct span text)
{
	size_t depth = 0;
	bool quoted = false;
	struct buf out;

	buf_init(&out, a, text.n);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '"' && depth == 0)
			quoted = !quoted;
		else if (c == '(' && !quoted)
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (c == ';' && depth == 0 && !quoted)
			break;
		else if (depth == 0 && c != '\\' && (unsigned char)c > ' ' && c != 0x7f)
			buf_add_byte(&out, c);
	}
	return buf_span(&out);
}

static bool names_id(struct arena *a, struct span value, struct span id)
{
	struct auth_results results;
	bool is_read = auth_results_parse(a, value, &results);

	if (is_read && is_same_id(results.authserv_id, id))
		return true;
	if (is_same_id(strip(a, value), id))
		return true;
	return (!is_read || results.is_malformed || has_control(value)) && holds_id(value, id);
}

static bool claims(struct scan_making *m, struct mime_header *field, struct span id)
{
	struct mime *mime = scan_verdict_msg(m->verdict)->mime;

	return id.n > 0 &&
		(names_id(m->arena, field->value, id) ||
			(span_find(field->value, SPAN("=?")) < field->value.n &&
				names_id(m->arena, mime_header_text(mime, field), id)));
}

static void remove_results_of(struct scan_making *m, struct span name, const struct span *ids,
	size_t id_count)
{
	const struct mime_part *root = scan_verdict_msg(m->verdict)->mime->root;
	struct mime_header *field = mime_find_header(root, name);
	size_t found = 0;

	for (int nth = 1; field != NULL; nth++, field = mime_next_header(root, field))
		for (size_t i = 0; i < id_count; i++) {
			if (!claims(m, field, ids[i]))
				continue;
			if (++found <= CLAIMS_MOST)
				scan_make_removal(m, name, nth);
			break;
		}
	/* and when there may be more than was looked at */
	if (found > CLAIMS_MOST || (root->defects & MIME_DEFECT(HEADER_TOO_MANY)) != 0)
		scan_make_removal(m, name, 0);
}

void scan_remove_auth_results(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r)
{
	static const struct span usual = SPAN_INIT("Authentication-Results");
	const struct span own = find_authserv_id(m, headers, r);
	const struct conf_list *others = &headers->remove_ar_from;

	if (others->n > 0)
		remove_results_of(m, r->header, others->v, others->n);
	else
		scan_make_removal(m, r->header, r->remove);
	if (others->n > 0 || r->remove != 0)
		remove_results_of(m, r->header, &own, 1);
	if (!span_equal_nocase(r->header, usual))
		remove_results_of(m, usual, &own, 1);
}
