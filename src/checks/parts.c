/* Texts as wholes: alternatives that do not say the same, and a message of hardly any text. */
#include "checks/inner.h"

enum symbol { PARTS_DIFFER, SHORT_PART };

static const struct scan_symbol symbols[] = {
	[PARTS_DIFFER] = {.name = "R_PARTS_DIFFER",
		.score = 1,
		.group = "body",
		.meaning = "Plain text and HTML of a message say different things",
		.explain =
			"A message in two forms should say the same in both: a program shows "
			"one of them. Spam puts harmless words in the form that is not shown. "
			"Shown is which part of the words stands in one form alone; from half on "
			"it counts, and the more, the more. Newsletters that write no more than a "
			"link into the plain text are met, too."},
	[SHORT_PART] = {.name = "SINGLE_SHORT_PART",
		.meaning = "The message is one short text",
		.explain = "The message has a single part with less than 64 characters of text. "
			   "Short notes are written so, and tests of whether an address exists. "
			   "Counts nothing alone; other rules ask for it."},
};

enum { SHORT_MOST = 63, SURE_WORDS_LEAST = 31 };

/* The nearest multipart/alternative that the part stands in, or NULL. */
static const struct mime_part *find_alternative(const struct mime_part *part)
{
	for (part = part->parent; part != NULL; part = part->parent)
		if (mime_part_is(part, "multipart", "alternative"))
			return part;
	return NULL;
}

static bool is_body(const struct msg_text *text)
{
	return text->reading == NULL && !text->is_attachment;
}

static struct msg_text *find_html_beside(const struct msg_texts *texts,
	const struct mime_part *alternative)
{
	for (size_t i = 0; i < texts->n; i++)
		if (is_body(&texts->v[i]) && texts->v[i].is_html &&
			find_alternative(texts->v[i].part) == alternative)
			return &texts->v[i];
	return NULL;
}

/* The words that are no part of a URL or an address: where HTML has a link, plain text has to spell it out. */
static void leave_out_urls(struct scan *s, struct msg_text *text, struct text_hashes *hashes)
{
	struct span visible = msg_text_visible(s->msg, text);
	const struct text_words *words = msg_text_words(s->msg, text);
	struct url_finds finds = {0};
	size_t at = 0;

	url_find_all(s->arena, visible, URL_FINDS_MOST, &finds);
	hashes->n = 0;
	for (size_t i = 0; i < words->n; i++) {
		size_t start = (size_t)(words->v[i].text.p - visible.p);

		while (at < finds.n && finds.v[at].start + finds.v[at].text.n <= start)
			at++;
		if (at == finds.n || start < finds.v[at].start)
			hashes->v[hashes->n++] = hashes->v[i];
	}
}

static void compare(struct scan *s, struct msg_text *plain, struct msg_text *html)
{
	struct text_hashes a, b;
	double distance;

	text_hash_words(s->arena, msg_text_words(s->msg, plain), &a);
	text_hash_words(s->arena, msg_text_words(s->msg, html), &b);
	/* what is the same with its URLs is so without them: the cheap question first */
	if (text_compare_words(s->arena, &a, &b) < 0.5)
		return;
	leave_out_urls(s, plain, &a);
	leave_out_urls(s, html, &b);
	/* nothing but links and pictures */
	if (a.n + b.n == 0)
		return;
	distance = text_compare_words(s->arena, &a, &b);
	if (distance <= 0.5)
		return;
	/* of few words, a few make much of a difference */
	scan_add_printf(s, PARTS_DIFFER, (distance - 0.5) * (a.n + b.n >= SURE_WORDS_LEAST ? 2 : 1),
		"%.1f%%", distance * 100);
}

static void compare_alternatives(struct scan *s, const struct msg_texts *texts)
{
	for (size_t i = 0; i < texts->n; i++) {
		struct msg_text *plain = &texts->v[i];
		const struct mime_part *alternative = find_alternative(plain->part);
		struct msg_text *html;

		if (!is_body(plain) || plain->is_html || alternative == NULL ||
			!mime_part_is(plain->part, "text", "plain"))
			continue;
		html = find_html_beside(texts, alternative);
		if (html == NULL)
			continue;
		/* one pair tells enough, and many would cost */
		compare(s, plain, html);
		return;
	}
}

static enum rc run(struct scan *s)
{
	const struct msg_texts *texts = msg_texts(s->msg);

	compare_alternatives(s, texts);
	if (s->msg->mime->part_count == 1 && texts->n >= 1 &&
		utf8_count(span_trim(msg_text_visible(s->msg, &texts->v[0]))) <= SHORT_MOST)
		scan_add(s, SHORT_PART);
	return RC_OK;
}

const struct check check_parts = {
	.name = "parts",
	.help = "Compares the forms of a message, and finds those of hardly any text.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
