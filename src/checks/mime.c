/* How the message is built: its parts, their types and encodings, and what contradicts itself. */
#include "checks/inner.h"

enum {
	CALLBACK,
	MISSING_TEXT,
	MISSING_HTML,
	MISSING_VERSION,
	HTML_ONLY,
	BASE64_TEXT,
	BASE64_TEXT_BOGUS,
	BROKEN_TYPE,
	MISSING_DISPOSITION,
	MIXED_BOGUS,
	BAD_7BIT,
	HAS_ATTACHMENT,
	EMPTY,
};

static const struct scan_symbol symbols[] = {
	[CALLBACK] = {.name = "CHECK_MIME",
		.group = "headers",
		.kind = SCAN_CALLBACK,
		.meaning = "Looks at how the message is built",
		.explain = "Stands for the whole check: switching it off switches off the symbols "
			   "about the parts of a message."},
	[MISSING_TEXT] = {.name = "MIME_MA_MISSING_TEXT",
		.where = "Content-Type",
		.score = 2,
		.group = "headers",
		.meaning = "multipart/alternative without plain text",
		.explain = "multipart/alternative offers the same content in several forms, the "
			   "plain text first. Here no part is plain text, so there is nothing to "
			   "choose from: kits for mass mail copy the form without filling it. Some "
			   "newsletters and calendar programs do the same."},
	[MISSING_HTML] = {.name = "MIME_MA_MISSING_HTML",
		.where = "Content-Type",
		.score = 1,
		.group = "headers",
		.meaning = "multipart/alternative without HTML",
		.explain = "multipart/alternative offers the same content in several forms, as a "
			   "rule plain text and HTML. Here no part is HTML, so the form serves no "
			   "purpose. Invitations with plain text and a calendar part, and list "
			   "servers that cut HTML out, do it too."},
	[MISSING_VERSION] = {.name = "MISSING_MIME_VERSION",
		.score = 2,
		.group = "headers",
		.meaning = "MIME fields but no MIME-Version",
		.explain = "The message has Content-Type or Content-Transfer-Encoding but not the "
			   "MIME-Version field that RFC 2045 demands with them. Hand-made spam "
			   "forgets it; so do old scripts and a few devices."},
	[HTML_ONLY] = {.name = "MIME_HTML_ONLY",
		.where = "Content-Type",
		.score = 0.2,
		.group = "headers",
		.one_shot = true,
		.meaning = "The text is HTML without a plain form before it",
		.explain =
			"The first text of the message is HTML, so that there is no plain text to "
			"read in its place. Much spam is made so, and by now much good mail of "
			"shops and services too, hence the small score."},
	[BASE64_TEXT] = {.name = "MIME_BASE64_TEXT",
		.where = "Content-Transfer-Encoding",
		.score = 0.1,
		.group = "mime",
		.meaning = "A text part is in base64",
		.explain =
			"A text is encoded as if it were a file, so that it cannot be read without "
			"a mail program. Mail in scripts other than Latin needs that, and some "
			"programs always do it; by itself it says little."},
	[BASE64_TEXT_BOGUS] = {.name = "MIME_BASE64_TEXT_BOGUS",
		.where = "Content-Transfer-Encoding",
		.score = 1,
		.group = "mime",
		.meaning = "A text part of pure ASCII is in base64",
		.explain =
			"A text that holds nothing but ASCII needs no base64. The encoding hides "
			"the words from simple filters, which is what spam wants. Some newsletter "
			"systems and programs that attach logs encode everything alike."},
	[BROKEN_TYPE] = {.name = "BROKEN_CONTENT_TYPE",
		.where = "Content-Type",
		.score = 1.5,
		.group = "headers",
		.meaning = "A Content-Type cannot be read",
		.explain =
			"The Content-Type of some part is not of the form type/subtype. Programs "
			"guess differently what such a part is, which helps to smuggle files past "
			"filters. Old or home-made programs write \"text\" alone and the like."},
	[MISSING_DISPOSITION] = {.name = "CTYPE_MISSING_DISPOSITION",
		.where = "Content-Type",
		.score = 4,
		.group = "mime",
		.meaning = "A file of unknown kind is not marked as attachment",
		.explain =
			"A part is application/octet-stream, bytes of unknown kind, and neither "
			"marked as attachment nor a piece that HTML refers to by its Content-ID. "
			"Mail programs mark what their user attaches; kits that send harmful files "
			"often do not. Scripts that attach files by hand may forget it too."},
	[MIXED_BOGUS] = {.name = "CTYPE_MIXED_BOGUS",
		.where = "Content-Type",
		.score = 1,
		.group = "mime",
		.meaning = "multipart/mixed around nothing but text",
		.explain =
			"multipart/mixed is for text with attachments, but all that it holds is "
			"one or two texts. Kits for mass mail build every message so. List servers "
			"that add a footer as a part of its own do it too."},
	[BAD_7BIT] = {.name = "R_BAD_CTE_7BIT",
		.where = "Content-Transfer-Encoding",
		.score = 3.5,
		.group = "headers",
		.meaning = "8-bit bytes in a text declared as 7bit",
		.explain =
			"The Content-Transfer-Encoding promises 7bit, yet the text holds bytes "
			"beyond ASCII. Spam software fills a template with any text and never "
			"looks. Text that says it is UTF-8 counts less, since careless but honest "
			"programs err like that."},
	[HAS_ATTACHMENT] = {.name = "HAS_ATTACHMENT",
		.group = "body",
		.meaning = "There is an attachment",
		.explain = "Some part is marked as attachment by its Content-Disposition. "
			   "Information for other rules."},
	[EMPTY] = {.name = "COMPLETELY_EMPTY",
		.score = 15,
		.group = "blankspam",
		.meaning = "The message has no bytes at all",
		.explain = "Neither header nor body: nothing that a person would send. Bots probe "
			   "servers so, and broken programs hand over empty files."},
};

/* What is said at most once of a message, collected over its parts. */
struct found {
	bool alternative, plain, html, first_text_seen, html_first;
	bool base64, base64_ascii, broken_type, attachment;
	bool bare_stream, bad_7bit, bad_7bit_utf8;
	bool other_than_text; /* what multipart/mixed is for */
	unsigned texts;
};

/* The declared transfer encoding: of the part, else of the multipart or message around it. */
static bool is_declared_7bit(const struct mime_part *part)
{
	while (span_is_null(part->encoding_text) && part->parent != NULL)
		part = part->parent;
	return span_equal(part->encoding_text, SPAN("7bit"));
}

static void look_at_text(struct scan *s, struct mime_part *part, struct found *f)
{
	bool html = span_equal(part->subtype, SPAN("html"));

	f->html = f->html || html;
	f->plain = f->plain || span_equal(part->subtype, SPAN("plain"));
	if (!f->first_text_seen && !(html && part->disposition == MIME_ATTACHMENT)) {
		f->first_text_seen = true;
		f->html_first = html;
	}
	if (part->encoding == MIME_BASE64) {
		f->base64 = true;
		if (!f->base64_ascii && span_is_ascii(mime_part_bytes(s->msg->mime, part)))
			f->base64_ascii = true;
	} else if (!f->bad_7bit && part->encoding == MIME_7BIT && is_declared_7bit(part) &&
		!span_is_ascii(part->body)) {
		f->bad_7bit = true;
		f->bad_7bit_utf8 = span_equal(part->charset, SPAN("utf-8"));
	}
}

bool checks_is_broken_type(const struct mime_part *part)
{
	const struct mime_header *field;

	if ((part->defects & MIME_DEFECT(TYPE_INVALID)) == 0)
		return false;
	field = mime_find_header(part, SPAN("Content-Type"));
	while (field != NULL && field->value.n == 0)
		field = mime_next_header(part, field);
	return field != NULL;
}

/* A file of unknown kind that nothing says what to do with. */
static bool is_bare_stream(const struct mime_part *part)
{
	return mime_part_is(part, "application", "octet-stream") &&
		part->disposition != MIME_ATTACHMENT &&
		mime_find_header(part, SPAN("Content-ID")) == NULL &&
		mime_find_header(part, SPAN("Content-Type")) != NULL &&
		!(part->parent != NULL && mime_part_is(part->parent, "multipart", "encrypted"));
}

static void look_at_part(struct scan *s, struct mime_part *part, struct found *f)
{
	bool text = span_equal(part->type, SPAN("text"));

	f->alternative = f->alternative || mime_part_is(part, "multipart", "alternative");
	f->attachment = f->attachment || part->disposition == MIME_ATTACHMENT;
	f->broken_type = f->broken_type || checks_is_broken_type(part);
	f->bare_stream = f->bare_stream || is_bare_stream(part);
	if (text)
		look_at_text(s, part, f);
	if (text && part->disposition != MIME_ATTACHMENT && part->filename.n == 0)
		f->texts++;
	else if (!mime_part_is_multipart(part))
		f->other_than_text = true;
}

static void report(struct scan *s, const struct found *f)
{
	const struct mime_part *root = s->msg->mime->root;

	if (f->alternative && !f->plain)
		scan_add(s, MISSING_TEXT);
	if (f->alternative && !f->html)
		scan_add(s, MISSING_HTML);
	if (f->html_first)
		scan_add(s, HTML_ONLY);
	if (f->base64)
		scan_add(s, BASE64_TEXT);
	if (f->base64_ascii)
		scan_add(s, BASE64_TEXT_BOGUS);
	if (f->broken_type)
		scan_add(s, BROKEN_TYPE);
	if (f->bare_stream)
		scan_add(s, MISSING_DISPOSITION);
	if (f->attachment)
		scan_add(s, HAS_ATTACHMENT);
	/* text in two forms or text with a footer; three texts are put together on purpose */
	if (mime_part_is(root, "multipart", "mixed") && !f->other_than_text && f->texts <= 2)
		scan_add(s, MIXED_BOGUS);
}

static void report_7bit(struct scan *s, const struct found *f)
{
	double weight = f->bad_7bit_utf8 ? 0.3 : 1;

	if (!f->bad_7bit)
		return;
	scan_add_text(s, BAD_7BIT, weight, SPAN("7bit"));
	if (f->bad_7bit_utf8)
		scan_add_text(s, BAD_7BIT, 0, SPAN("utf8"));
}

static enum rc run(struct scan *s)
{
	const struct mime *m = s->msg->mime;
	struct found found = {0};

	if (s->msg->bytes.n == 0) {
		scan_add(s, EMPTY);
		return RC_OK;
	}
	for (size_t i = 0; i < m->part_count; i++)
		look_at_part(s, m->parts[i], &found);
	report(s, &found);
	report_7bit(s, &found);
	if (mime_find_header(m->root, SPAN("MIME-Version")) == NULL &&
		(mime_find_header(m->root, SPAN("Content-Type")) != NULL ||
			mime_find_header(m->root, SPAN("Content-Transfer-Encoding")) != NULL))
		scan_add(s, MISSING_VERSION);
	return RC_OK;
}

const struct check check_mime = {
	.name = "mime",
	.help = "Looks at the parts of a message and how they are encoded.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
