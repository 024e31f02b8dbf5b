/*
 * Style sheets, with the selectors that mail uses: types, classes, ids, and where they stand in others.
 *
 * DESIGN: rules are found by the id, else the class, else the type of their last part, so that an element meets only
 * those that may be about it. Selectors of other kinds (attributes, siblings, most pseudo-classes) are passed over
 * with their rule. So that a sheet made for it cannot take all our time, an element meets CANDIDATES_MOST rules, and
 * a document's search for ancestors ends after a number of steps. Names are compared without case, as browsers do
 * without a doctype, which is how mail programs show most mail.
 */
#include "html/html.h"

#include "html/view_inner.h"

enum {
	COMPOUNDS_MOST = 2 * HTML_RULES_MOST, /* parts of all selectors */
	CLASSES_MOST = 3,                     /* of a part of a selector */
	CANDIDATES_MOST = 64,
	ELEMENT_CLASSES_MOST = 32, /* of an element: further ones are not looked up */
	STEPS_MOST = 2000000,
	NESTING_MOST = 4, /* at-rules within each other */
};

/* "td.x#y" */
struct compound {
	char combinator; /* how it stands to the one before it: ' ' or '>' */
	uint8_t class_count;
	enum html_tag tag; /* of the type, when it is a known one */
	struct span type;  /* null: any */
	struct span id;
	struct span classes[CLASSES_MOST];
};

struct rule {
	uint32_t first, count; /* its compounds */
	uint32_t weight;       /* specificity */
	uint32_t next;         /* of those with the same key, plus one */
	const struct html_style *style;
};

struct candidates {
	const struct rule *v[CANDIDATES_MOST];
	size_t n;
	size_t met;
};

struct html_rules {
	struct arena *arena;
	struct {
		VEC(struct rule);
	} rules;
	struct {
		VEC(struct compound);
	} compounds;
	/* the newest rule of each, plus one */
	struct map *ids, *classes, *types;
	uint32_t tags[HTML_TAG_COUNT];
	uint32_t any;
	struct candidates candidates; /* of the element that is looked at */
	size_t steps;
	bool is_cut;
};

struct html_rules *html_rules_make(struct arena *a)
{
	struct html_rules *rules = ARENA_NEW(a, struct html_rules);

	rules->arena = a;
	return rules;
}

size_t html_rules_count(const struct html_rules *rules)
{
	return rules->rules.n;
}

bool html_rules_are_cut(const struct html_rules *rules)
{
	return rules->is_cut;
}

/* ---- selectors ---- */

static bool is_name_byte(char c)
{
	return byte_is_alnum(c) || c == '-' || c == '_' || (c & 0x80) != 0;
}

static struct span take_name(struct span *rest)
{
	size_t n = 0;
	struct span name;

	while (n < rest->n && is_name_byte(rest->p[n]))
		n++;
	name = span_slice(*rest, 0, n);
	*rest = span_from_offset(*rest, n);
	return name;
}

static enum html_tag tag_of(struct span name)
{
	for (int i = 0; i < HTML_TAG_UNKNOWN; i++)
		if (span_equal_nocase(html_tag_name((enum html_tag)i), name))
			return (enum html_tag)i;
	return HTML_TAG_UNKNOWN;
}

/* One of ".x", "#x", "x", "*", ":link" into the compound; false for anything else. */
static bool parse_simple(struct span *rest, struct compound *out, uint32_t *weight)
{
	char kind = rest->p[0];
	struct span name;

	if (kind == '*') {
		*rest = span_from_offset(*rest, 1);
		return true;
	}
	if (kind == '.' || kind == '#' || kind == ':')
		*rest = span_from_offset(*rest, 1);
	name = take_name(rest);
	if (name.n == 0)
		return false;
	if (kind == '.') {
		if (out->class_count == CLASSES_MOST)
			return false;
		out->classes[out->class_count++] = name;
		*weight += 1 << 10;
	} else if (kind == '#') {
		out->id = name;
		*weight += 1 << 20;
	} else if (kind == ':') {
		*weight += 1 << 10;
		return span_equal_nocase(name, SPAN("link"));
	} else {
		out->type = name;
		out->tag = tag_of(name);
		*weight += 1;
	}
	return true;
}

static struct compound *add_compound(struct html_rules *rules)
{
	if (rules->compounds.n >= COMPOUNDS_MOST) {
		rules->is_cut = true;
		return NULL;
	}
	return VEC_ADD(rules->arena, &rules->compounds);
}

/* A selector without commas; false when it is not understood. */
static bool parse_selector(struct html_rules *rules, struct span text, struct rule *out)
{
	struct compound *c = NULL;
	char combinator = ' ';

	out->first = (uint32_t)rules->compounds.n;
	text = span_trim(text);
	while (text.n > 0) {
		if (byte_is_space(text.p[0]) || text.p[0] == '>') {
			if (text.p[0] == '>')
				combinator = '>';
			text = span_from_offset(text, 1);
			c = NULL;
			continue;
		}
		if (c == NULL) {
			c = add_compound(rules);
			if (c == NULL)
				return false;
			c->combinator = combinator;
			combinator = ' ';
		}
		if (!parse_simple(&text, c, &out->weight))
			return false;
	}
	out->count = (uint32_t)(rules->compounds.n - out->first);
	return c != NULL;
}

static void index_rule(struct html_rules *rules, struct rule *rule)
{
	struct compound *last = &rules->compounds.v[rule->first + rule->count - 1];
	struct map **map = &rules->types;
	struct span key = last->type;
	uintptr_t newest = rules->rules.n;

	if (last->id.n > 0) {
		map = &rules->ids;
		key = last->id;
	} else if (last->class_count > 0) {
		map = &rules->classes;
		key = last->classes[0];
	} else if (last->type.n == 0) {
		rule->next = rules->any;
		rules->any = (uint32_t)newest;
		return;
	} else if (last->tag != HTML_TAG_UNKNOWN) {
		rule->next = rules->tags[last->tag];
		rules->tags[last->tag] = (uint32_t)newest;
		return;
	}
	if (*map == NULL)
		*map = map_make_nocase(rules->arena);
	rule->next = (uint32_t)(uintptr_t)map_put(*map, key, (void *)newest);
}

static void add_rule(struct html_rules *rules, struct span selectors,
	const struct html_style *style)
{
	for (struct span selector; span_next(&selectors, ',', &selector);) {
		struct rule rule = {.style = style};
		size_t compounds = rules->compounds.n;

		if (rules->rules.n >= HTML_RULES_MOST) {
			rules->is_cut = true;
			return;
		}
		if (!parse_selector(rules, selector, &rule)) {
			rules->compounds.n = compounds;
			continue;
		}
		*VEC_ADD(rules->arena, &rules->rules) = rule;
		index_rule(rules, &rules->rules.v[rules->rules.n - 1]);
	}
}

/* ---- sheets ---- */

/* "screen", "all", "only screen", nothing: what speaks of sizes is about other screens. */
bool html_media_applies(struct span media)
{
	media = span_trim(media);
	if (media.n == 0)
		return true;
	for (struct span item; span_next(&media, ',', &item);) {
		item = span_trim(item);
		if (span_starts_nocase(item, SPAN("only ")))
			item = span_trim(span_from_offset(item, 5));
		if (span_equal_nocase(item, SPAN("all")) || span_equal_nocase(item, SPAN("screen")))
			return true;
	}
	return false;
}

/* Where the first of `stops` stands outside of quotes and of (); what they enclose is no end. */
static size_t find_stop(struct span s, const char *stops)
{
	struct span list = span_of(stops);
	char quote = '\0';

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '\\')
			i++;
		else if (quote != '\0')
			quote = c == quote || c == '\n' ? '\0' : quote;
		else if (span_has_byte(list, c))
			return i;
		else if (c == '"' || c == '\'')
			quote = c;
	}
	return s.n;
}

/* Takes what stands between the brace at the start and the one that closes it. */
static struct span take_block(struct span *rest)
{
	struct span s = span_from_offset(*rest, 1), block;
	size_t depth = 1, i = 0;

	while (i < s.n) {
		i += find_stop(span_from_offset(s, i), "{}");
		if (i >= s.n)
			break;
		depth = s.p[i] == '{' ? depth + 1 : depth - 1;
		if (depth == 0)
			break;
		i++;
	}
	block = span_slice(s, 0, i);
	*rest = span_from_offset(s, i + 1);
	return block;
}

struct sheet {
	struct html_rules *rules;
	html_url_sink *sink;
	void *arg;
	bool is_skipped; /* rules are known already */
};

static void read_rule(struct sheet *sheet, struct span selectors, struct span block, bool is_rule)
{
	struct html_style style = {0}, *kept;
	struct html_urls urls = {0};

	html_read_style(sheet->rules->arena, block, &style, &urls);
	sheet->rules->is_cut |= urls.is_cut;
	for (size_t i = 0; i < urls.n; i++)
		sheet->sink(sheet->arg, urls.v[i], false);
	if (!is_rule || style.set == 0 || sheet->is_skipped)
		return;
	if (sheet->rules->rules.n >= HTML_RULES_MOST) {
		sheet->rules->is_cut = true;
		return;
	}
	kept = ARENA_NEW(sheet->rules->arena, struct html_style);
	*kept = style;
	add_rule(sheet->rules, selectors, kept);
}

static void read_rules(struct sheet *sheet, struct span text, unsigned nesting);

/* What begins with @, up to its end. */
static struct span read_at_rule(struct sheet *sheet, struct span text, unsigned nesting)
{
	size_t end = find_stop(text, ";{");
	struct span head = span_trim(span_slice(text, 0, end)), block, url;

	if (end == text.n || text.p[end] == ';') {
		if (span_starts_nocase(head, SPAN("@import"))) {
			url = html_css_url(span_trim_start(span_from_offset(head, 7)));
			if (url.n > 0)
				sheet->sink(sheet->arg, url, true);
		}
		return span_from_offset(text, end + 1);
	}
	text = span_from_offset(text, end);
	block = take_block(&text);
	if (span_starts_nocase(head, SPAN("@media"))) {
		if (nesting < NESTING_MOST && html_media_applies(span_from_offset(head, 6)))
			read_rules(sheet, block, nesting + 1);
	} else if (span_starts_nocase(head, SPAN("@font-face"))) {
		read_rule(sheet, head, block, false);
	}
	return text;
}

static void read_rules(struct sheet *sheet, struct span text, unsigned nesting)
{
	for (;;) {
		size_t end;
		struct span selectors;

		text = span_trim_start(text);
		if (text.n == 0)
			return;
		if (span_starts(text, SPAN("<!--")) || span_starts(text, SPAN("-->"))) {
			text = span_from_offset(text, text.p[0] == '<' ? 4 : 3);
			continue;
		}
		if (text.p[0] == '@') {
			text = read_at_rule(sheet, text, nesting);
			continue;
		}
		if (text.p[0] == '}') {
			text = span_from_offset(text, 1);
			continue;
		}
		end = find_stop(text, "{");
		selectors = span_slice(text, 0, end);
		text = span_from_offset(text, end);
		if (text.n > 0)
			read_rule(sheet, selectors, take_block(&text), true);
	}
}

void html_rules_add(struct html_rules *rules, struct span text, html_url_sink *sink, void *arg)
{
	struct sheet sheet = {rules, sink, arg, false};

	read_rules(&sheet, html_css_uncomment(rules->arena, text), 0);
}

void html_rules_skip(struct html_rules *rules, struct span text, html_url_sink *sink, void *arg)
{
	struct sheet sheet = {rules, sink, arg, true};

	read_rules(&sheet, html_css_uncomment(rules->arena, text), 0);
}

/* ---- matching ---- */

/* raw loop: the words of a class attribute */
static bool next_class(struct span *rest, struct span *out)
{
	size_t n = 0;

	*rest = span_trim_start(*rest);
	while (n < rest->n && !byte_is_space(rest->p[n]))
		n++;
	*out = span_slice(*rest, 0, n);
	*rest = span_from_offset(*rest, n);
	return n > 0;
}

static bool has_class(struct html_rules *rules, struct span classes, struct span name)
{
	size_t n = 0;

	for (struct span class; n < ELEMENT_CLASSES_MOST && next_class(&classes, &class); n++) {
		rules->steps += 1 + class.n / 16;
		if (span_equal_nocase(class, name))
			return true;
	}
	return false;
}

static bool fits(struct html_rules *rules, const struct compound *c,
	const struct html_element *element)
{
	rules->steps++;
	if (c->class_count > 0 && element->classes.n == 0)
		return false;
	if (c->type.n > 0 &&
		(c->tag != element->tag ||
			(c->tag == HTML_TAG_UNKNOWN && !span_equal_nocase(c->type, element->name))))
		return false;
	if (c->id.n > 0 && !span_equal_nocase(c->id, element->id))
		return false;
	for (size_t i = 0; i < c->class_count; i++)
		if (!has_class(rules, element->classes, c->classes[i]))
			return false;
	return true;
}

/* From the last part to the first; each takes the nearest element that fits. */
static bool rule_fits(struct html_rules *rules, const struct rule *rule,
	const struct html_element *elements, size_t n)
{
	const struct compound *compounds = rules->compounds.v + rule->first;
	size_t at = n - 1;

	if (!fits(rules, &compounds[rule->count - 1], &elements[at]))
		return false;
	for (size_t i = rule->count - 1; i > 0; i--) {
		bool is_child = compounds[i].combinator == '>';

		/* the first element is the document, which no selector means */
		for (;;) {
			if (at <= 1 || rules->steps > STEPS_MOST)
				return false;
			at--;
			if (fits(rules, &compounds[i - 1], &elements[at]))
				break;
			if (is_child)
				return false;
		}
	}
	return true;
}

/* The stronger later; of the same weight the later one in the document. */
static void add_candidate(struct candidates *c, const struct rule *rule)
{
	size_t i = c->n++;

	for (; i > 0; i--) {
		const struct rule *before = c->v[i - 1];

		if (before->weight < rule->weight ||
			(before->weight == rule->weight && before < rule))
			break;
		c->v[i] = before;
	}
	c->v[i] = rule;
}

static void match_chain(struct html_rules *rules, uint32_t newest,
	const struct html_element *elements, size_t n, struct candidates *c)
{
	/* nearly always: the compiler puts this much into the caller */
	if (newest == 0)
		return;
	while (newest != 0) {
		const struct rule *rule = &rules->rules.v[newest - 1];

		if (c->met++ == CANDIDATES_MOST || rules->steps > STEPS_MOST) {
			rules->is_cut = true;
			return;
		}
		if (rule_fits(rules, rule, elements, n))
			add_candidate(c, rule);
		newest = rule->next;
	}
}

static uint32_t find_newest(const struct map *map, struct span key)
{
	return map == NULL || key.n == 0 ? 0 : (uint32_t)(uintptr_t)map_find(map, key);
}

void html_rules_match(struct html_rules *rules, const struct html_element *elements, size_t n,
	struct html_style *normal, struct html_style *important)
{
	const struct html_element *element = &elements[n - 1];
	struct candidates *c = &rules->candidates;
	struct span classes = element->classes;
	size_t count = 0;

	if (rules->rules.n == 0)
		return;
	c->n = c->met = 0;
	match_chain(rules, find_newest(rules->ids, element->id), elements, n, c);
	for (struct span class; rules->classes != NULL && count < ELEMENT_CLASSES_MOST &&
		next_class(&classes, &class);
		count++)
		match_chain(rules, find_newest(rules->classes, class), elements, n, c);
	match_chain(rules, rules->tags[element->tag], elements, n, c);
	if (element->tag == HTML_TAG_UNKNOWN)
		match_chain(rules, find_newest(rules->types, element->name), elements, n, c);
	match_chain(rules, rules->any, elements, n, c);
	for (size_t i = 0; i < c->n; i++) {
		const struct html_style *style = c->v[i]->style;

		html_merge_style(normal, style, ~style->important);
		html_merge_style(important, style, style->important);
	}
}
