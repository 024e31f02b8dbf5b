/*
 * Received: who handed the message to whom, as the receiving server wrote it down.
 *
 * DESIGN: the clauses (from, by, via, with, id, for) are known by their keywords outside of comments; what
 * servers add stands in comments, which are known by how they begin. Nothing asks which server wrote the
 * line, but for Exim, whose `from name ([address])` means a verified name where Sendmail means a HELO.
 * The client chooses its HELO, so nothing that could be one is believed: the word behind `from` is never a
 * keyword, and of several addresses in the from clause the last counts, since servers write what they
 * know behind what they were told.
 */
#include "mime/mime.h"

#include <string.h>

#include "mime/inner.h"

enum clause { NO_CLAUSE, FROM, BY, VIA, WITH, ID, FOR, OTHER_CLAUSE };

struct reader {
	struct span s;
	size_t at;
	struct mime_received *out;
	enum clause clause;
	size_t words;   /* of the clause so far */
	bool commented; /* it has a comment */
	bool seen[OTHER_CLAUSE];
	struct span from[3]; /* the first words of the from clause */
	size_t from_words;
	bool helo_told; /* by a comment, so the word behind `from` is a host name */
	bool nameless;  /* the address stood in its comment without a name */
	bool exim;
	bool cipher_follows; /* the word of Exim's clause `tls` */
	size_t tail;         /* behind the last value: a date when there is no `;` */
	size_t date;         /* behind the last `;`, or 0 */
};

/* Lengths first: nearly all comparisons end there. */
static bool is(struct span s, const char *word)
{
	size_t n = strlen(word);

	return s.n == n && span_equal_nocase(s, span_from(word, n));
}

static bool starts(struct span s, struct span start)
{
	return s.n >= start.n && byte_lower(*s.p) == byte_lower(*start.p) &&
		span_equal_nocase(span_from(s.p, start.n), start);
}

static bool begins(struct span s, const char *start)
{
	return starts(s, span_from(start, strlen(start)));
}

static void set_once(struct span *out, struct span value)
{
	if (span_is_null(*out) && value.n > 0)
		*out = value;
}

static bool ends_word(char c)
{
	static const bool ends[256] = {
		['('] = true,
		[','] = true,
		[';'] = true,
		[' '] = true,
		['\t'] = true,
		['\r'] = true,
		['\n'] = true,
	};

	return ends[(unsigned char)c];
}

/* At least one byte. A pair with a backslash is not taken apart: mime_skip_comment does not either. */
static size_t skip_word(struct span s, size_t at)
{
	do
		at += s.p[at] == '\\' ? 2 : 1;
	while (at < s.n && !ends_word(s.p[at]));
	return num_min(at, s.n);
}

/* ---- the inside of a comment ---- */

/* Words between blanks, commas and semicolons; a comment within is one word with its parentheses. */
static bool next_word(struct span *rest, struct span *out)
{
	size_t start = 0, end;

	while (start < rest->n && rest->p[start] != '(' && ends_word(rest->p[start]))
		start++;
	if (start == rest->n)
		return false;
	end = rest->p[start] == '(' ? mime_skip_comment(*rest, start) : 0;
	if (end == 0)
		end = skip_word(*rest, start);
	*out = span_slice(*rest, start, end - start);
	*rest = span_from_offset(*rest, end);
	return true;
}

/*
 * The IP address of `[1.2.3.4]`, `[IPv6:2001:db8::1]`, `[1.2.3.4]:25`, `1.2.3.4:25`, `ident@1.2.3.4` or
 * `1.2.3.4`; the null span for anything else.
 */
static struct span read_address(struct span word)
{
	static const struct span null;
	size_t at = span_find_last_byte(word, '@');

	word = span_from_offset(word, at < word.n ? at + 1 : 0);
	if (span_starts(word, SPAN("/"))) /* Oracle's gateways */
		word = span_from_offset(word, 1);
	if (word.n > 0 && word.p[0] == '[') {
		word = span_slice(word, 1, span_find_byte(word, ']') - 1);
	} else if (span_count_byte(word, ':') == 1) {
		word = span_slice(word, 0, span_find_byte(word, ':'));
	}
	if (begins(word, "IPv6:"))
		word = span_from_offset(word, 5);
	return mime_is_ip(word) ? word : null;
}

/* A name as the server looked it up, without ident and final dot; null when it found none. */
static struct span read_hostname(struct span word)
{
	size_t at = span_find_last_byte(word, '@');

	word = span_from_offset(word, at < word.n ? at + 1 : 0);
	if (span_ends(word, SPAN(".")))
		word.n--;
	if (word.n == 0 || is(word, "unknown") || is(word, "unverified") || word.p[0] == '[' ||
		mime_is_ip(word))
		return span_from(NULL, 0);
	return word;
}

static void take_helo(struct reader *r, struct span word)
{
	if (span_ends(word, SPAN("\"")))
		word.n--;
	if (word.n == 0)
		return;
	r->out->helo = word;
	r->helo_told = true;
}

/* A HELO word and the name behind it. */
static bool read_helo(struct reader *r, struct span word, struct span *comment)
{
	static const char *const words[] = {"HELO", "EHLO", "LHLO", "\"HELO", "\"EHLO"};

	if (begins(word, "helo=")) {
		take_helo(r, span_from_offset(word, 5));
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (is(word, words[i])) {
			if (next_word(comment, &word))
				take_helo(r, word);
			return true;
		}
	return false;
}

/* `(name [address])`, `(HELO name)`, `([address]:port helo=name)` and their like in the from clause. */
static void read_client(struct reader *r, struct span comment)
{
	struct span word, name = {0};
	size_t names = 0;

	while (next_word(&comment, &word)) {
		size_t bracket = span_find_byte(word, '[');
		struct span address;

		if (read_helo(r, word, &comment))
			continue;
		if (bracket > 0 && bracket < word.n && word.p[bracket - 1] != '@') {
			name = span_slice(word, 0, bracket); /* `name[address]` */
			names++;
			word = span_from_offset(word, bracket);
		}
		address = read_address(word);
		if (!span_is_null(address)) {
			r->out->address = address;
			r->out->hostname = read_hostname(names == 1 ? name : SPAN(""));
			r->nameless = names == 0;
		} else if (is(word, "(may be forged)")) {
			r->out->hostname = span_from(NULL, 0);
		} else if (word.p[0] != '(' && !span_has_byte(word, '=')) {
			name = word;
			names++; /* several are a remark, "Not Verified", not a name */
		}
	}
}

static void take_cipher(struct reader *r, struct span version, struct span cipher)
{
	r->out->tls = true;
	set_once(&r->out->tls_version, version);
	set_once(&r->out->tls_cipher, cipher);
}

/* "TLS1.3:TLS_AES_256_GCM_SHA384:256", "TLSv1/SSLv3,256bits,AES256-SHA" or only a version. */
static void read_exim_tls(struct reader *r, struct span text)
{
	struct span version = {0}, cipher = {0};

	(void)span_next(&text, ':', &version);
	(void)span_next(&text, ':', &cipher);
	take_cipher(r, is(version, "TLS") ? span_from(NULL, 0) : version, cipher);
}

/* "using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) ...", "version=TLS1_3 cipher=...". */
static void read_named_tls(struct reader *r, struct span comment)
{
	struct span word, version = {0}, cipher = {0};

	while (next_word(&comment, &word)) {
		if (begins(word, "version="))
			set_once(&version, span_from_offset(word, 8));
		else if (begins(word, "cipher="))
			set_once(&cipher, span_from_offset(word, 7));
		else if (is(word, "cipher") && next_word(&comment, &word))
			set_once(&cipher, word);
		else if (begins(word, "TLSv") || begins(word, "SSLv"))
			set_once(&version, word);
	}
	take_cipher(r, version, cipher);
}

/* "Cipher TLSv1:RC4-SHA:128" of old Exims. */
static void read_old_exim_tls(struct reader *r, struct span comment)
{
	read_exim_tls(r, span_trim_start(span_from_offset(comment, 6)));
}

/* "AUTH: LOGIN user, TLS: TLSv1/SSLv3,256bits,AES256-SHA" of Courier; either half may stand alone. */
static void read_courier(struct reader *r, struct span comment)
{
	struct span word, version = {0}, cipher = {0};

	while (next_word(&comment, &word)) {
		if (is(word, "AUTH:") && next_word(&comment, &word)) {
			r->out->authenticated = true;
			if (next_word(&comment, &word))
				set_once(&r->out->user, word);
		} else if (is(word, "TLS:") && next_word(&comment, &version)) {
			(void)next_word(&comment, &cipher);
			(void)next_word(&comment, &cipher);
			take_cipher(r, version, cipher);
		}
	}
}

/* "Authenticated sender: joe", "authenticated bits=0", "SquirrelMail authenticated user joe". */
static void read_authenticated(struct reader *r, struct span comment)
{
	static const char *const before_user[] = {"sender:", "sender", "user:", "user", "as",
		"as:"};
	struct span word;

	while (next_word(&comment, &word) && !begins(word, "authenticated"))
		continue;
	r->out->authenticated = true;
	if (!next_word(&comment, &word))
		return;
	for (size_t i = 0; i < ARRAY_LEN(before_user); i++)
		if (is(word, before_user[i]))
			set_once(&r->out->user, span_trim(comment));
}

/* "user=joe mech=LOGIN bits=0" of Sendmail. */
static void read_sendmail_user(struct reader *r, struct span comment)
{
	struct span word;

	r->out->authenticated = true;
	if (next_word(&comment, &word))
		set_once(&r->out->user, span_from_offset(word, 5));
}

/* "account joe@example.org [1.2.3.4] verified" of CommuniGate. */
static void read_account(struct reader *r, struct span comment)
{
	struct span word;

	r->out->authenticated = true;
	(void)next_word(&comment, &word);
	if (next_word(&comment, &word))
		set_once(&r->out->user, word);
	if (r->clause == FROM)
		read_client(r, comment);
}

static void read_exim_mark(struct reader *r, struct span comment)
{
	(void)comment;
	r->exim = true;
}

static void skip_remark(struct reader *r, struct span comment)
{
	(void)r;
	(void)comment;
}

/* Comments by their start; the first row that fits. */
static const struct comment_kind {
	struct span start;
	void (*read)(struct reader *r, struct span comment);
} comment_kinds[] = {
	{SPAN_INIT("using "), read_named_tls},
	{SPAN_INIT("version="), read_named_tls},
	{SPAN_INIT("TLS: "), read_courier},
	{SPAN_INIT("AUTH: "), read_courier},
	{SPAN_INIT("TLS"), read_exim_tls},
	{SPAN_INIT("Cipher "), read_old_exim_tls},
	{SPAN_INIT("authenticated"), read_authenticated},
	{SPAN_INIT("SquirrelMail authenticated"), read_authenticated},
	{SPAN_INIT("user="), read_sendmail_user},
	{SPAN_INIT("account "), read_account},
	{SPAN_INIT("Exim "), read_exim_mark},
	{SPAN_INIT("envelope-"), skip_remark},
	{SPAN_INIT("No client certificate"), skip_remark},
	{SPAN_INIT("Client "), skip_remark},
};

/* "joe@1.2.3.4 with login" as qmail's patches for SMTP AUTH write it. */
static bool read_login(struct reader *r, struct span comment)
{
	struct span who, with, address;

	if (!next_word(&comment, &who) || !next_word(&comment, &with) || !is(with, "with"))
		return false;
	address = read_address(who);
	if (span_is_null(address) || !span_has_byte(who, '@'))
		return false;
	r->out->address = address;
	r->out->authenticated = true;
	set_once(&r->out->user, span_slice(who, 0, span_find_last_byte(who, '@')));
	return true;
}

static void read_comment(struct reader *r, struct span comment)
{
	comment = span_trim(comment);
	for (size_t i = 0; i < ARRAY_LEN(comment_kinds); i++)
		if (starts(comment, comment_kinds[i].start)) {
			comment_kinds[i].read(r, comment);
			return;
		}
	if (r->clause == FROM && !read_login(r, comment))
		read_client(r, comment);
}

/* ---- the clauses ---- */

static enum clause find_clause(struct span word)
{
	static const char names[][5] = {[FROM] = "from",
		[BY] = "by",
		[VIA] = "via",
		[WITH] = "with",
		[ID] = "id",
		[FOR] = "for"};

	if (word.n < 2 || word.n > 4)
		return NO_CLAUSE;
	for (enum clause i = FROM; i <= FOR; i++)
		if (is(word, names[i]))
			return i;
	return NO_CLAUSE;
}

/*
 * True when the word starts a clause. What the client may have chosen never does: behind `from` only a
 * `by` that has its own word, not a comment, is a keyword.
 */
static bool starts_clause(const struct reader *r, enum clause found)
{
	struct span rest;

	if (found == NO_CLAUSE)
		return false;
	if (r->clause != FROM || r->words > 0 || r->commented)
		return true;
	rest = span_trim_start(span_from_offset(r->s, r->at));
	return found == BY && rest.n > 0 && rest.p[0] != '(';
}

static void open_clause(struct reader *r, enum clause found)
{
	bool late = found == FROM && r->clause != NO_CLAUSE;

	r->clause = r->seen[found] || late ? OTHER_CLAUSE : found;
	r->seen[found] = true;
	r->words = 0;
	r->commented = false;
	r->out->from_given |= r->clause == FROM;
}

/* The address of `for`; null for "multiple recipients". */
static struct span read_recipient(struct span word)
{
	if (span_ends(word, SPAN(",")))
		word.n--;
	if (word.n > 1 && word.p[0] == '<' && word.p[word.n - 1] == '>')
		return span_slice(word, 1, word.n - 2);
	return begins(word, "<") || is(word, "multiple") ? span_from(NULL, 0) : word;
}

/* The protocol may have several words: all up to a comment. Exim adds `tls CIPHER` behind one. */
static void take_protocol(struct reader *r, struct span word)
{
	struct span *with = &r->out->with;

	if (r->cipher_follows) {
		take_cipher(r, span_from(NULL, 0), word);
		r->cipher_follows = false;
	} else if (r->commented) {
		r->cipher_follows = is(word, "tls");
	} else if (r->words == 0) {
		*with = word;
	} else {
		*with = span_from(with->p, (size_t)(word.p + word.n - with->p));
	}
}

/* OpenSMTPD writes `auth=yes user=joe` behind the id. */
static void take_behind_id(struct reader *r, struct span word)
{
	if (is(word, "auth=yes"))
		r->out->authenticated = true;
	else if (r->out->authenticated && begins(word, "user="))
		set_once(&r->out->user, span_from_offset(word, 5));
}

static void take_word(struct reader *r, struct span word)
{
	struct mime_received *out = r->out;

	if (r->clause == FROM && r->from_words < ARRAY_LEN(r->from))
		r->from[r->from_words++] = word;
	else if (r->clause == WITH)
		take_protocol(r, word);
	else if (r->clause == BY && r->words == 0)
		out->by = word;
	else if (r->clause == ID && r->words == 0)
		out->id = word;
	else if (r->clause == FOR && r->words == 0)
		out->for_address = read_recipient(word);
	else if (r->clause == ID)
		take_behind_id(r, word);
	if (r->words++ == 0)
		r->tail = r->at;
}

/* `<...>` may hold what ends other words; not another `<`, so that no two searches overlap. */
static size_t skip_angled(struct span s, size_t at)
{
	for (size_t end = at + 1; end < s.n && s.p[end] != '<' && !mime_is_blank(s.p[end]); end++)
		if (s.p[end] == '>')
			return end + 1;
	return 0;
}

static void read_word(struct reader *r)
{
	size_t start = r->at, end = 0;
	struct span word;
	enum clause found;

	if (r->s.p[start] == '<')
		end = skip_angled(r->s, start);
	r->at = end > 0 ? end : skip_word(r->s, start);
	word = span_slice(r->s, start, r->at - start);
	found = find_clause(word);
	if (r->clause == FROM && r->words > 0 && found == FROM)
		return; /* Smail: `from name from [address]` */
	if (starts_clause(r, found))
		open_clause(r, found);
	else
		take_word(r, word);
}

static void read_piece(struct reader *r)
{
	char c = r->s.p[r->at];
	size_t end;

	if (c == ';') {
		r->date = ++r->at;
		if (r->clause != FROM)
			r->clause = OTHER_CLAUSE;
		return;
	}
	if (c == '(') {
		end = mime_skip_comment(r->s, r->at);
		if (end > 0) {
			read_comment(r, span_slice(r->s, r->at + 1, end - r->at - 2));
			r->commented = true;
			r->at = end;
			return;
		}
	}
	if (ends_word(c))
		r->at++;
	else
		read_word(r);
}

/* ---- what follows from all of it ---- */

/* `from userid 1000`, `from mail pickup service` and Exim's `from joe by here with local`. */
static bool is_local(const struct reader *r)
{
	uint64_t number;

	if (!span_is_null(r->out->address))
		return false;
	if (begins(r->out->with, "local"))
		return true;
	if (r->from_words == 2 && (is(r->from[0], "userid") || is(r->from[0], "uid")))
		return num_parse_u64(r->from[1], UINT32_MAX, &number);
	return r->from_words == 3 && is(r->from[0], "mail") && is(r->from[1], "pickup") &&
		is(r->from[2], "service");
}

static void settle_from(struct reader *r)
{
	struct mime_received *out = r->out;
	struct span first = r->from[0];

	if (is_local(r)) {
		out->from_given = false;
		out->helo = span_from(NULL, 0);
		return;
	}
	for (size_t i = r->from_words; i-- > 0 && span_is_null(out->address);)
		out->address = read_address(r->from[i]);
	if (!r->helo_told)
		out->helo = first;
	if (span_is_null(out->hostname) && (r->helo_told || (r->exim && r->nameless)))
		out->hostname = read_hostname(first);
}

/* RFC 3848, RFC 6531, and what was in use before and beside them. */
static void settle_protocol(struct mime_received *out)
{
	static const struct {
		struct span name;
		bool tls, authenticated;
	} protocols[] = {
		{SPAN_INIT("ESMTPS"), true, false},
		{SPAN_INIT("ESMTPA"), false, true},
		{SPAN_INIT("ESMTPSA"), true, true},
		{SPAN_INIT("LMTPS"), true, false},
		{SPAN_INIT("LMTPA"), false, true},
		{SPAN_INIT("LMTPSA"), true, true},
		{SPAN_INIT("UTF8SMTPS"), true, false},
		{SPAN_INIT("UTF8SMTPA"), false, true},
		{SPAN_INIT("UTF8SMTPSA"), true, true},
		{SPAN_INIT("UTF8LMTPS"), true, false},
		{SPAN_INIT("UTF8LMTPA"), false, true},
		{SPAN_INIT("UTF8LMTPSA"), true, true},
		{SPAN_INIT("SMTPS"), true, false},
		{SPAN_INIT("SMTPA"), false, true},
		{SPAN_INIT("SMTPSA"), true, true},
		{SPAN_INIT("ASMTP"), false, true},
		{SPAN_INIT("HTTPS"), true, false},
	};
	size_t tls = span_find_nocase(out->with, SPAN("/TLS/"));

	for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
		if (span_equal_nocase(out->with, protocols[i].name)) {
			out->tls |= protocols[i].tls;
			out->authenticated |= protocols[i].authenticated;
		}
	if (tls < out->with.n) { /* "ESMTP/TLS/CIPHER" */
		out->tls = true;
		set_once(&out->tls_cipher, span_from_offset(out->with, tls + 5));
	}
}

/* A protocol of several words may be folded: each gap becomes one space. */
static struct span join_words(struct arena *a, struct span text)
{
	struct buf out;

	if (!span_has_byte(text, '\n') && !span_has_byte(text, '\r'))
		return text;
	buf_init(&out, a, text.n);
	for (size_t i = 0; i < text.n; i++) {
		if (!mime_is_blank(text.p[i]))
			buf_add_byte(&out, text.p[i]);
		else if (!mime_is_blank(text.p[i - 1]))
			buf_add_byte(&out, ' ');
	}
	return buf_span(&out);
}

bool mime_parse_received(struct arena *a, struct span value, struct mime_received *out)
{
	struct reader r = {.s = value, .out = out};

	*out = (struct mime_received){0};
	while (r.at < value.n)
		read_piece(&r);
	settle_from(&r);
	settle_protocol(out);
	out->with = join_words(a, out->with);
	out->date_valid =
		mime_parse_date(span_from_offset(value, r.date > 0 ? r.date : r.tail), &out->date);
	if (!r.seen[FROM] && !r.seen[BY] && !(out->date_valid && r.date > 0)) {
		*out = (struct mime_received){0};
		return false;
	}
	return true;
}
