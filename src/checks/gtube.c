/* The test strings by which everybody can see what a filter does with spam. */
#include "checks/checks.h"

enum { GTUBE };

/* Above whatever an administrator forces: a test must show the filter, not the settings. */
enum { PRIORITY = 1000 };

static const struct scan_symbol symbols[] = {
	[GTUBE] = {.name = "GTUBE",
		.meaning = "The standard test string was found",
		.explain =
			"A text of the message holds the string that spam filters agreed on for "
			"tests. It counts nothing, but forces the action that it stands for: "
			"reject as a rule, and with options.gtube_patterns = all also the milder "
			"ones of its variants. Nobody sends it but to test; switch it off with "
			"options.gtube_patterns = disable."},
};

enum patterns { NONE, REJECT, ALL };

struct options {
	unsigned patterns;
};

static const struct conf_word words[] = {{"disable", NONE}, {"reject", REJECT}, {"all", ALL}};

static const struct conf_option options[] = {
	CONF_WORD(struct options, patterns, "gtube_patterns", "reject", words,
		"Which test strings act: reject: the one that everybody knows, which is rejected; all: "
		"also those for `add header`, `rewrite subject` and `no action`; disable: none."),
};

/* Behind the letter that says what is to be done. */
#define STRING "JS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"

static const struct {
	char letter;
	const char *action;
} actions[] = {
	{'X', "reject"},
	{'Y', "add header"},
	{'Z', "rewrite subject"},
	{'A', "no action"},
};

/* Notes which of the first `n` actions the text asks for. */
static void find_letters(struct span text, size_t n, bool found[])
{
	size_t at;

	while ((at = span_find(text, SPAN(STRING))) < text.n) {
		for (size_t i = 0; at > 0 && i < n; i++)
			found[i] = found[i] || text.p[at - 1] == actions[i].letter;
		text = span_from_offset(text, at + sizeof(STRING) - 1);
	}
}

static enum rc run(struct scan *s)
{
	const struct options *o = s->options;
	struct mime *m = s->msg->mime;
	size_t n = o->patterns == ALL ? ARRAY_LEN(actions) : 1;
	bool found[ARRAY_LEN(actions)] = {false};

	if (o->patterns == NONE)
		return RC_OK;
	for (size_t i = 0; i < m->part_count; i++)
		if (span_equal(m->parts[i]->type, SPAN("text")))
			find_letters(mime_part_text(m, m->parts[i]), n, found);
	for (size_t i = 0; i < n; i++) {
		if (!found[i])
			continue;
		scan_add(s, GTUBE);
		scan_force(s, actions[i].action, PRIORITY, SPAN("Gtube pattern"));
	}
	return RC_OK;
}

const struct check check_gtube = {
	.name = "gtube",
	.help = "Finds the standard test string.",
	.section = "options",
	.stage = SCAN_FIRST,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.options = options,
	.option_count = ARRAY_LEN(options),
	.options_size = sizeof(struct options),
	.run = run,
};
