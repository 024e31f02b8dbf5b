/* How the Subject is written: length, case, encoding, and replies that answer nothing. */
#include "checks/checks.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

enum { MISSING, LONG, ALL_CAPS, EXCESS_BASE64, EXCESS_QP, FAKE_REPLY };

/* In characters. The score grows with the length and is full at the second figure. */
enum { LONG_FROM = 200, LONG_FULL = 400, CAPS_FULL = 40 };

static const struct scan_symbol symbols[] = {
	[MISSING] = {.name = "MISSING_SUBJECT",
		.score = 2,
		.group = "headers",
		.one_shot = true,
		.meaning = "There is no Subject",
		.explain = "Mail programs write the field even when their user left it empty; here "
			   "the field itself is missing. Spam software and scripts leave it out, "
			   "and so do some fax gateways and machines that report by mail."},
	[LONG] = {.name = "LONG_SUBJ",
		.where = "Subject",
		.score = 3,
		.group = "subject",
		.meaning = "The Subject is very long",
		.explain = "The Subject has more than 200 characters, marks like Re: not counted. "
			   "Spam puts its whole text there, where filters used to look less. The "
			   "score grows with the length and is full at 400 characters. Ticket "
			   "systems and long threads of lists can come near it. The evidence is "
			   "the length."},
	[ALL_CAPS] = {.name = "SUBJ_ALL_CAPS",
		.where = "Subject",
		.score = 3,
		.group = "subject",
		.meaning = "The Subject is written in capitals",
		.explain = "There are letters in the Subject, marks like Re: left aside, and none "
			   "of them is a small one. Advertisement shouts like this; people who "
			   "write everything in capitals and machines that report a short code do "
			   "it too, so short subjects count little and the full score needs 40 "
			   "characters. The evidence is the length."},
	[EXCESS_BASE64] = {.name = "SUBJ_EXCESS_BASE64",
		.where = "Subject",
		.score = 1.5,
		.group = "excessb64",
		.one_shot = true,
		.meaning = "The Subject is in base64 without need",
		.explain = "An encoded word with base64 holds nothing but ASCII, which needs no "
			   "encoding: the encoding only hides words from simple filters. Some "
			   "newsletter systems encode every Subject, whatever is in it."},
	[EXCESS_QP] = {.name = "SUBJ_EXCESS_QP",
		.where = "Subject",
		.score = 1.2,
		.group = "excessqp",
		.one_shot = true,
		.meaning = "The Subject is in quoted-printable without need",
		.explain = "An encoded word of the Q kind holds nothing but ASCII, which needs no "
			   "encoding: the encoding only hides words from simple filters. Some "
			   "newsletter systems encode every Subject, whatever is in it."},
	[FAKE_REPLY] = {.name = "FAKE_REPLY",
		.where = "Subject",
		.score = 1,
		.group = "headers",
		.meaning = "A reply by its Subject, but it answers no message",
		.explain = "The Subject begins with Re: but neither In-Reply-To nor References "
			   "names the message that it would answer. Spam pretends to go on with a "
			   "talk that never was. Some old programs, ticket systems and people who "
			   "type Re: themselves do it too."},
};

/* "Re: Fwd: text" without what mail programs put before it. */
static struct span strip_marks(struct span subject)
{
	static const struct span marks[] = {SPAN_INIT("re:"), SPAN_INIT("fwd:"), SPAN_INIT("fw:"),
		SPAN_INIT("aw:"), SPAN_INIT("sv:")};
	size_t i = 0;

	subject = span_trim_start(subject);
	while (i < ARRAY_LEN(marks)) {
		if (!span_starts_nocase(subject, marks[i])) {
			i++;
			continue;
		}
		subject = span_trim_start(span_from_offset(subject, marks[i].n));
		i = 0;
	}
	return subject;
}

struct letters {
	size_t chars;
	bool upper, lower;
};

/* Letters with case are those of Unicode's categories Ll and Lu; many scripts have none. */
static struct letters count_letters(struct span text)
{
	const uint8_t *p = (const uint8_t *)text.p;
	struct letters out = {0};
	UChar32 c;

	for (size_t i = 0; i < text.n; out.chars++) {
		U8_NEXT_OR_FFFD(p, i, text.n, c);
		if (c < 0x80) {
			out.upper = out.upper || (c >= 'A' && c <= 'Z');
			out.lower = out.lower || (c >= 'a' && c <= 'z');
			continue;
		}
		switch (u_charType(c)) {
		case U_UPPERCASE_LETTER:
			out.upper = true;
			break;
		case U_LOWERCASE_LETTER:
			out.lower = true;
			break;
		default:
			break;
		}
	}
	return out;
}

static double share(size_t n, size_t of)
{
	return n < of ? (double)n / (double)of : 1;
}

static void check_text(struct scan *s, struct span subject)
{
	struct letters letters = count_letters(strip_marks(subject));

	if (letters.chars > LONG_FROM)
		scan_add_printf(s, LONG, share(letters.chars, LONG_FULL), "%zu", letters.chars);
	if (letters.upper && !letters.lower)
		scan_add_printf(s, ALL_CAPS, share(letters.chars, CAPS_FULL), "%zu", letters.chars);
}

static void check_encoding(struct scan *s, struct mime_header *field)
{
	const struct codec_words *words = mime_header_words(s->msg->mime, field);

	if ((words->base64 == 0 && words->qp == 0) || !span_is_ascii(words->text))
		return;
	if (words->base64 > 0)
		scan_add(s, EXCESS_BASE64);
	if (words->qp > 0)
		scan_add(s, EXCESS_QP);
}

static enum rc run(struct scan *s)
{
	const struct mime_part *root = s->msg->mime->root;
	struct mime_header *field = mime_find_header(root, SPAN("Subject"));
	struct span subject = msg_subject(s->msg);

	if (field == NULL) {
		scan_add(s, MISSING);
		return RC_OK;
	}
	check_text(s, subject);
	check_encoding(s, field);
	if (span_starts_nocase(span_trim_start(subject), SPAN("re:")) &&
		mime_find_header(root, SPAN("In-Reply-To")) == NULL &&
		mime_find_header(root, SPAN("References")) == NULL)
		scan_add(s, FAKE_REPLY);
	return RC_OK;
}

const struct check check_subject = {
	.name = "subject",
	.help = "Looks at how the Subject is written.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
