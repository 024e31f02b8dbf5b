/*
 * Style sheets: what their rules say about an element.
 *
 * DESIGN: rules are found by the id, else the class, else the type of their last part, so that an element meets only
 * those that may be about it. So that a sheet made for it cannot take all our time, an element meets CANDIDATES_MOST
 * rules, and a document's search for ancestors ends after a number of steps. Names are compared without case, as
 * browsers do without a doctype, which is how mail programs show most mail. Browsers make elements that were not
 * written (html, body, tbody); they are not opened here, but a search for ancestors meets them where they would be.
 */
#include "html/html.h"

#include "html/view_inner.h"

enum {
	COMPOUNDS_MOST = 2 * HTML_RULES_MOST, /* parts of all selectors */
	CANDIDATES_MOST = 64,
	ELEMENT_CLASSES_MOST = 32, /* of an element: further ones are not looked up */
	STEPS_MOST = 2000000,
	NESTING_MOST = 4, /* at-rules within each other */
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
		VEC(struct html_compound);
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

/* ---- rules ---- */

static void index_rule(struct html_rules *rules, size_t which)
{
	struct rule *rule = &rules->rules.v[which];
	struct html_compound *last = &rules->compounds.v[rule->first + rule->count - 1];
	struct map **map = &rules->types;
	struct span key = last->type;
	uintptr_t newest = which + 1;

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

/* Without its style, which may never be needed; false when there is no room. */
static bool keep_rule(struct html_rules *rules, const struct html_selector *selector)
{
	struct rule *rule;

	if (rules->rules.n >= HTML_RULES_MOST ||
		rules->compounds.n + selector->n > COMPOUNDS_MOST) {
		rules->is_cut = true;
		return false;
	}
	rule = VEC_ADD(rules->arena, &rules->rules);
	rule->first = (uint32_t)rules->compounds.n;
	rule->count = (uint32_t)selector->n;
	rule->weight = selector->weight;
	for (size_t i = 0; i < selector->n; i++)
		*VEC_ADD(rules->arena, &rules->compounds) = selector->parts[i];
	return true;
}

/* Those of the list of selectors that are followed; none when one of them is broken. */
static void keep_rules(struct html_rules *rules, struct span selectors)
{
	size_t first_rule = rules->rules.n, first_compound = rules->compounds.n;
	struct html_selector selector;

	for (;;) {
		enum html_understood how = html_take_selector(rules->arena, &selectors, &selector);

		if (how == HTML_BROKEN) {
			rules->rules.n = first_rule;
			rules->compounds.n = first_compound;
			return;
		}
		if (how == HTML_KNOWN && !keep_rule(rules, &selector))
			return;
		if (selectors.n == 0)
			return;
		selectors = span_from_offset(selectors, 1);
	}
}

static void add_rules(struct html_rules *rules, struct span selectors,
	const struct html_style *style)
{
	size_t first = rules->rules.n;
	struct html_style *kept;

	keep_rules(rules, selectors);
	if (rules->rules.n == first)
		return;
	kept = ARENA_NEW(rules->arena, struct html_style);
	*kept = *style;
	for (size_t i = first; i < rules->rules.n; i++) {
		rules->rules.v[i].style = kept;
		index_rule(rules, i);
	}
}

/* ---- sheets ---- */

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
	struct html_style style = {0};
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
	add_rules(sheet->rules, selectors, &style);
}

static void read_rules(struct sheet *sheet, struct span text, unsigned nesting);

/* Whether the rules of the block behind `head` count. What it asks of a browser is taken as true. */
static bool is_entered(struct span head)
{
	if (span_starts_nocase(head, SPAN("@media")))
		return html_media_applies(span_from_offset(head, 6));
	if (span_starts_nocase(head, SPAN("@supports")))
		return !span_starts_nocase(span_trim(span_from_offset(head, 9)), SPAN("not"));
	return span_starts_nocase(head, SPAN("@layer"));
}

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
	if (span_starts_nocase(head, SPAN("@font-face")))
		read_rule(sheet, head, block, false);
	else if (nesting < NESTING_MOST && is_entered(head))
		read_rules(sheet, block, nesting + 1);
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

static bool has_class(struct html_rules *rules, struct span classes, struct span name)
{
	size_t count = 0;
	struct span class, rest = classes;
	bool is_found = false;

	while (!is_found && count < ELEMENT_CLASSES_MOST && html_next_word(&rest, &class)) {
		is_found = span_equal_nocase(class, name);
		count++;
	}
	/* blanks cost time as well */
	rules->steps += count + (classes.n - rest.n) / 16;
	return is_found;
}

static bool fits(struct html_rules *rules, const struct html_compound *c,
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
	if (c->whole.n > 0 && !span_equal(c->whole, element->classes))
		return false;
	for (size_t i = 0; i < c->class_count; i++)
		if (!has_class(rules, element->classes, c->classes[i]))
			return false;
	return true;
}

/* An open element, or one around it that was not written (section 13.1.2.4: their tags may be left out). */
struct spot {
	const struct html_element *elements;
	size_t at;
	enum html_tag implied; /* HTML_TAG_UNKNOWN: it was written */
};

static const struct html_element *element_of(const struct spot *spot)
{
	static const struct html_element html = {.tag = HTML_TAG_HTML},
					 body = {.tag = HTML_TAG_BODY},
					 tbody = {.tag = HTML_TAG_TBODY};

	switch (spot->implied) {
	case HTML_TAG_HTML:
		return &html;
	case HTML_TAG_BODY:
		return &body;
	case HTML_TAG_TBODY:
		return &tbody;
	default:
		return &spot->elements[spot->at];
	}
}

/* To the element around it; false at the document. The first of the elements is the document. */
static bool climb(struct spot *spot)
{
	enum html_tag tag = element_of(spot)->tag, parent;
	size_t above = spot->at - 1;

	while (above > 0 && spot->elements[above].is_gone)
		above--;
	parent = spot->elements[above].tag;
	if (tag == HTML_TAG_HTML && above == 0)
		return false;
	if (tag == HTML_TAG_TR && parent == HTML_TAG_TABLE) {
		spot->implied = HTML_TAG_TBODY;
	} else if ((above == 0 || parent == HTML_TAG_HTML) && tag != HTML_TAG_BODY &&
		tag != HTML_TAG_HEAD && tag != HTML_TAG_FRAMESET && tag != HTML_TAG_HTML) {
		spot->implied = HTML_TAG_BODY;
	} else if (above == 0) {
		spot->implied = HTML_TAG_HTML;
	} else {
		spot->at = above;
		spot->implied = HTML_TAG_UNKNOWN;
	}
	return true;
}

/* Parts of a selector from `*count` down that stand right within each other. What it leaves is for elements above. */
static bool chain_fits(struct html_rules *rules, const struct html_compound *compounds,
	size_t *count, struct spot *spot)
{
	size_t i = *count - 1;
	struct spot at = *spot;

	while (fits(rules, &compounds[i], element_of(&at))) {
		bool is_child = compounds[i].combinator == '>';

		if (i == 0 || !is_child) {
			*count = i;
			*spot = at;
			return true;
		}
		if (!climb(&at))
			return false;
		i--;
	}
	return false;
}

/*
 * From the last part to the first. Those that stand right within each other are looked for together: where they fit
 * nearest, they leave the most to the others, so that none is looked for twice.
 */
static bool rule_fits(struct html_rules *rules, const struct rule *rule,
	const struct html_element *elements, size_t n)
{
	const struct html_compound *compounds = rules->compounds.v + rule->first;
	struct spot spot = {elements, n - 1, HTML_TAG_UNKNOWN};
	size_t left = rule->count;

	if (!chain_fits(rules, compounds, &left, &spot))
		return false;
	while (left > 0) {
		do {
			if (!climb(&spot))
				return false;
			if (rules->steps > STEPS_MOST) {
				rules->is_cut = true;
				return false;
			}
		} while (!chain_fits(rules, compounds, &left, &spot));
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
		html_next_word(&classes, &class);
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
