/*
 * Statements: `key = value`, `key: value`, `key value`, `section "name" { }`, objects, arrays, JSON.
 *
 * DESIGN: recursive descent, because the tree is what is made and CONF_DEPTH_MOST bounds the stack. An
 * error ends a statement, not the file: reading goes on behind it, so that all mistakes are told at once.
 */
#include "conf/inner.h"

static bool parse_value(struct reader *r, struct conf_node *node, unsigned depth);

void reader_init(struct reader *r, struct loading *load, const struct conf_source *source,
	struct span text)
{
	*r = (struct reader){.load = load, .source = source, .line = 1};
	if (span_starts(text, SPAN("\xef\xbb\xbf")))
		text = span_from_offset(text, 3);
	if (text.p == NULL)
		text = SPAN("");
	r->p = r->line_start = text.p;
	r->end = text.p + text.n;
}

static bool at_end(const struct reader *r)
{
	return r->p >= r->end || r->stopped || r->load->is_full;
}

static bool at(const struct reader *r, char c)
{
	return r->p < r->end && *r->p == c;
}

static enum conf_kind kind_ahead(const struct reader *r)
{
	if (at(r, '{'))
		return CONF_KIND_OBJECT;
	return at(r, '[') ? CONF_KIND_ARRAY : CONF_KIND_STRING;
}

/*
 * Whether what stands behind a key is its value: after `=` or `:`, a brace (which may come on a later
 * line), or a plain word on the same line. False: it is the next name of `section "name" {`.
 */
static bool ends_key(struct reader *r, bool *needs_value)
{
	*needs_value = false;
	lex_skip_space(r, false);
	if (at(r, '\n') || at(r, '\r')) {
		lex_skip_space(r, true);
		*needs_value = !at(r, '{') && !at(r, '[') && !at(r, '=') && !at(r, ':');
		if (*needs_value)
			return true;
	}
	if (at(r, '=') || at(r, ':')) {
		r->p++;
		return true;
	}
	return at(r, '{') || at(r, '[') || !lex_opens(r);
}

/* A value ends at a separator, a line end or a bracket; behind a bracket anything may follow. */
static void end_statement(struct reader *r)
{
	bool after_bracket = r->p[-1] == '}' || r->p[-1] == ']';

	lex_skip_space(r, false);
	if (at(r, ';') || at(r, ','))
		r->p++;
	else if (!at_end(r) && !after_bracket && !at(r, '\n') && !at(r, '}') && !at(r, ']')) {
		lex_error(r, "after the value should stand ; or a line end");
		lex_recover(r, false);
	}
}

/* To the value behind `=`; false, reported, when there is none. */
static bool find_value(struct reader *r, bool is_json)
{
	struct conf_origin origin = lex_origin(r);
	uint32_t line = r->line;

	lex_skip_space(r, true);
	if (!at_end(r) && !at(r, ';') && !at(r, ',') && !at(r, '}') && !at(r, ']') &&
		(r->line == line || is_json || at(r, '{') || at(r, '[') || at(r, '"') ||
			at(r, '\'')))
		return true;
	conf_error(r->load->report, origin, "here should stand a value");
	return false;
}

static bool check_depth(struct reader *r, unsigned depth)
{
	if (depth <= CONF_DEPTH_MOST)
		return true;
	lex_error(r, "sections and lists are more than %d deep", CONF_DEPTH_MOST);
	r->stopped = true; /* what follows would only be misunderstood */
	return false;
}

static void parse_statement(struct reader *r, struct conf_node *object, unsigned depth)
{
	struct conf_origin origin = lex_origin(r);
	struct span key;
	bool is_json, needs_value, is_named = false;

	for (; lex_key(r, &key, &is_json); origin = lex_origin(r), depth++, is_named = true) {
		struct conf_node *node;

		if (ends_key(r, &needs_value)) {
			if (needs_value)
				conf_error(r->load->report, origin, "%.*s has no value",
					SPAN_ARG(key));
			if (needs_value || !find_value(r, is_json && !is_named))
				return;
			if (lex_jinja(r))
				break;
			node = merge_slot(r, object, key, kind_ahead(r), false, origin);
			if (node == NULL)
				return;
			if (!parse_value(r, node, depth))
				break;
			end_statement(r);
			return;
		}
		object = merge_slot(r, object, key, CONF_KIND_OBJECT, true, origin);
		if (object == NULL || !check_depth(r, depth + 1))
			return;
		object->kind = CONF_KIND_OBJECT;
	}
	lex_recover(r, false);
}

/* Statements up to the brace that closes what was opened at `open`, or to the end of the text. */
static void parse_body(struct reader *r, struct conf_node *object, unsigned depth,
	const struct conf_origin *open)
{
	for (;;) {
		lex_skip_space(r, true);
		if (at_end(r))
			break;
		if (at(r, ';') || at(r, ',')) {
			r->p++;
		} else if (at(r, '}')) {
			if (open == NULL)
				lex_error(r, "this } closes nothing");
			r->p++;
			if (open != NULL)
				return;
		} else if (at(r, '{') && lex_jinja(r)) {
			continue;
		} else if (at(r, '.') && r->load->is_config) {
			macro_run(r, object, depth);
		} else {
			parse_statement(r, object, depth);
		}
	}
	if (open != NULL && !r->stopped && !r->load->is_full)
		conf_error(r->load->report, *open, "this { is never closed");
}

static void parse_object(struct reader *r, struct conf_node *node, unsigned depth)
{
	struct conf_origin open = lex_origin(r);

	if (!check_depth(r, depth + 1))
		return;
	node->kind = CONF_KIND_OBJECT;
	r->p++;
	parse_body(r, node, depth + 1, &open);
}

/* False: nothing more can be read. */
static bool parse_element(struct reader *r, struct conf_node *array, unsigned depth)
{
	struct conf_node *node;

	if (lex_jinja(r))
		return true;
	node = node_make(r->load, lex_origin(r));
	if (node == NULL)
		return false;
	node_add(r->load->arena, array, node);
	if (!parse_value(r, node, depth))
		lex_recover(r, true);
	return true;
}

/* Elements are parted by commas, semicolons or line ends. */
static void parse_array(struct reader *r, struct conf_node *node, unsigned depth)
{
	struct conf_origin open = lex_origin(r);

	if (!check_depth(r, depth + 1))
		return;
	node->kind = CONF_KIND_ARRAY;
	for (r->p++;;) {
		lex_skip_space(r, true);
		if (at_end(r) || at(r, '}'))
			break;
		if (at(r, ']')) {
			r->p++;
			return;
		}
		if (at(r, ',') || at(r, ';'))
			r->p++;
		else if (!parse_element(r, node, depth + 1))
			break;
	}
	if (!r->stopped && !r->load->is_full)
		conf_error(r->load->report, open, "this [ is never closed");
}

/* False: what stands here is no value, which is reported. */
static bool parse_value(struct reader *r, struct conf_node *node, unsigned depth)
{
	switch (kind_ahead(r)) {
	case CONF_KIND_OBJECT:
		parse_object(r, node, depth);
		return true;
	case CONF_KIND_ARRAY:
		parse_array(r, node, depth);
		return true;
	default:
		return lex_scalar(r, node);
	}
}

void parse_text(struct reader *r, struct conf_node *object, unsigned depth)
{
	lex_skip_space(r, true);
	if (at(r, '{') && !lex_jinja(r))
		parse_object(r, object, depth);
	else if (at(r, '[') && !r->load->is_config)
		parse_array(r, object, depth);
	else
		parse_body(r, object, depth, NULL);
	lex_skip_space(r, true);
	if (!at_end(r))
		lex_error(r, "after the last bracket should stand nothing");
}

const struct conf_node *conf_parse(struct arena *a, struct span text, const char *name,
	struct conf_report *report)
{
	struct loading load = {.arena = a, .report = report};
	const struct conf_source *source = source_make(&load, span_of(name), CONF_LAYER_FILE, 0);
	struct conf_node *root = node_make(&load, (struct conf_origin){source, 1, 1});
	struct reader r;

	root->kind = CONF_KIND_OBJECT;
	reader_init(&r, &load, source, text);
	if (text.n > CONF_FILE_MOST)
		lex_error(&r, "the text is larger than %d bytes", CONF_FILE_MOST);
	else
		parse_text(&r, root, 0);
	return root;
}

void parse_setting(struct loading *load, const struct conf_source *source, struct span text,
	struct conf_node *node)
{
	struct loading alone = {.arena = load->arena, .nodes = load->nodes};
	struct conf_report report;
	struct reader r;

	text = span_trim(text);
	conf_report_init(&report, load->arena);
	alone.report = &report;
	reader_init(&r, &alone, source, text);
	if (at(&r, '{') || at(&r, '[') || at(&r, '"')) {
		parse_value(&r, node, 0);
		lex_skip_space(&r, true);
		if (report.errors == 0 && r.p == r.end) {
			load->nodes = alone.nodes;
			return;
		}
		node_clear(node, node->origin);
	}
	scalar_set(node, text);
}
