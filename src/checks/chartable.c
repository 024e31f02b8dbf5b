/*
 * Words that mix letters of scripts that nobody mixes: written to be read by people and not by filters.
 *
 * DESIGN: the share of such words decides, not that there is one: a slip of the keyboard, or an ending at a foreign name,
 * is in much honest mail. Each text and the Subject are judged alone, so that a long harmless part does not cover for
 * what is shown.
 */
#include "checks/inner.h"

enum { MIXED, MIXED_URL };

/* Words of the Subject; and hosts that are shown. */
enum { SUBJECT_WORDS_MOST = 1000, SHOWN_MOST = 5 };

static const struct scan_symbol symbols[] = {
	[MIXED] = {.name = "R_MIXED_CHARSET",
		.score = 5,
		.group = "headers",
		.one_shot = true,
		.meaning = "Words that mix scripts",
		.explain =
			"More words than chartable.threshold allows, of a text or of the Subject, "
			"mix letters of scripts that no language uses together, as Cyrillic ones "
			"within a Latin word that look just like those they stand for. So spam "
			"and fraud get past filters that look for words. The score grows with the "
			"share of such words; the evidence tells where, how many, and one of them."},
	[MIXED_URL] = {.name = "R_MIXED_CHARSET_URL",
		.score = 7,
		.group = "headers",
		.one_shot = true,
		.meaning = "The host of a URL mixes scripts",
		.explain =
			"A label of a host's name mixes letters of scripts that no language uses "
			"together. It reads like a name that it is not. The evidence is the host "
			"as it reads and as DNS has it."},
};

struct options {
	double threshold;
	struct span symbol, url_symbol;
};

static const struct conf_option options[] = {
	CONF_DOUBLE(struct options, threshold, "threshold", "0.3", 0, 1,
		"The share of words that may mix scripts."),
	CONF_STRING(struct options, symbol, "symbol", "R_MIXED_CHARSET",
		"The symbol for words that mix scripts."),
	CONF_STRING(struct options, url_symbol, "url_symbol", "R_MIXED_CHARSET_URL",
		"The symbol for hosts that mix scripts."),
};

struct prepared {
	unsigned mixed, mixed_url; /* the symbols */
};

static void look_at_words(struct scan *s, const char *where, const struct text_words *words)
{
	const struct options *o = s->options;
	const struct prepared *p = s->prepared;
	struct span first = {NULL, 0};
	size_t all = 0, mixed = 0;
	double share;

	for (size_t i = 0; i < words->n; i++) {
		all += !words->v[i].is_number;
		if (!words->v[i].is_mixed)
			continue;
		if (mixed++ == 0)
			first = words->v[i].text;
	}
	share = mixed == 0 ? 0 : (double)mixed / (double)all;
	if (share > o->threshold)
		scan_add_printf(s, p->mixed, share, "%s: %zu of %zu: %.*s", where, mixed, all,
			SPAN_ARG(first));
}

static void look_at_urls(struct scan *s)
{
	const struct msg_urls *urls = msg_urls(s->msg);
	const struct prepared *p = s->prepared;
	struct span before = {NULL, 0};
	unsigned told = 0;

	for (size_t i = 0; i < urls->n && told < SHOWN_MOST; i++) {
		const struct url *url = &urls->v[i].url;

		if ((url->odd & URL_ODD(MIXED_SCRIPTS)) == 0 || span_equal(url->host, before))
			continue;
		before = url->host;
		told++;
		scan_add_printf(s, p->mixed_url, 1, "%.*s (%.*s)",
			SPAN_ARG(url_host_unicode(s->arena, url->host)), SPAN_ARG(url->host));
	}
}

static enum rc run(struct scan *s)
{
	const struct msg_texts *texts = msg_texts(s->msg);
	struct span subject = msg_subject(s->msg);
	struct text_words words;

	if (!span_is_ascii(subject)) {
		text_split_words(s->arena, subject, SUBJECT_WORDS_MOST, &words);
		look_at_words(s, "Subject", &words);
	}
	for (size_t i = 0; i < texts->n; i++) {
		struct msg_text *text = &texts->v[i];

		/* what is ASCII mixes nothing */
		if (!text->is_attachment && !span_is_ascii(msg_text_visible(s->msg, text)))
			look_at_words(s, text->is_html ? "HTML" : "text",
				msg_text_words(s->msg, text));
	}
	look_at_urls(s);
	return RC_OK;
}

/* The symbol under the name that the configuration gives it. */
static unsigned name_symbol(struct scan_preparing *p, unsigned symbol, struct span name,
	const char *key)
{
	struct scan_symbol row = symbols[symbol];
	int made;

	if (span_equal(name, span_of(row.name)))
		return symbol;
	row.name = arena_string(p->arena, name);
	made = scan_prepare_symbol(p, &row, conf_origin_of(p->section, key));
	return made == -1 ? symbol : (unsigned)made;
}

static void *prepare(struct scan_preparing *p, const void *options_)
{
	const struct options *o = options_;
	struct prepared *made = ARENA_NEW(p->arena, struct prepared);

	made->mixed = name_symbol(p, MIXED, o->symbol, "symbol");
	made->mixed_url = name_symbol(p, MIXED_URL, o->url_symbol, "url_symbol");
	return made;
}

const struct check check_chartable = {
	.name = "chartable",
	.help = "Looks for words and hosts that mix scripts.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.options = options,
	.option_count = ARRAY_LEN(options),
	.options_size = sizeof(struct options),
	.prepare = prepare,
	.run = run,
};
