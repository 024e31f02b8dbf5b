/* Writing the tree as UCL that reads back to an equal one. */
#include "conf/inner.h"

#include <string.h>

enum { LINE_MOST = 80 };

static const struct conf_style plain_style = {false, false, NULL};

/* ---- secrets ---- */

/* Also of modules that no schema knows. */
static bool is_secret_name(struct span key)
{
	static const struct span names[] = {
		SPAN_INIT("password"),
		SPAN_INIT("passwd"),
		SPAN_INIT("secret"),
		SPAN_INIT("token"),
		SPAN_INIT("api_key"),
		SPAN_INIT("privkey"),
		SPAN_INIT("private_key"),
		SPAN_INIT("secret_key"),
		SPAN_INIT("encryption_key"),
		SPAN_INIT("keypair"),
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (span_ends_nocase(key, names[i]))
			return true;
	return false;
}

/* Whether a section's pattern stands for the object, keys compared from the last to the first. */
static bool matches(struct span pattern, const struct conf_node *object)
{
	struct span keys[16], rest = pattern;
	size_t n = 0;

	while (n < ARRAY_LEN(keys) && path_next(&rest, &keys[n]))
		n++;
	for (; object->parent != NULL; object = object->parent) {
		if (object->parent->is_implicit)
			continue; /* the list has the key */
		if (n == 0)
			return false;
		n--;
		if (!span_equal(keys[n], SPAN("*")) && !span_equal(keys[n], object->key))
			return false;
	}
	return n == 0;
}

static bool is_secret_row(const struct conf_schema *schema, const struct conf_node *node)
{
	for (size_t i = 0; schema != NULL && i < schema->count; i++) {
		const struct conf_section *s = schema->sections[i];

		for (size_t k = 0; k < s->row_count; k++)
			if (s->rows[k].is_secret &&
				span_equal(span_of(s->rows[k].key), node->key) &&
				matches(span_of(s->path), node->parent))
				return true;
	}
	return false;
}

static bool is_hidden(const struct conf_node *node, const struct conf_style *style)
{
	for (; !style->secrets && node->parent != NULL; node = node->parent)
		if (node->is_secret || is_secret_name(node->key) ||
			is_secret_row(style->schema, node))
			return true;
	return false;
}

/* ---- words ---- */

/* A dollar before what may be a variable, and the braces of Jinja: nobody may expand them again. */
static bool is_expanded(char c, char next)
{
	if (c == '$')
		return byte_is_alnum(next) || next == '_' || next == '{' || next == '$';
	return c == '{' && (next == '%' || next == '=');
}

static void print_text(struct buf *out, struct span text)
{
	static const char values[] = "\n\r\t\b\f\"\\", names[] = "nrtbf\"\\";

	buf_add_byte(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i], next = i + 1 < text.n ? text.p[i + 1] : '\0';
		const char *at = c == '\0' ? NULL : strchr(values, c);

		if (at != NULL)
			buf_printf(out, "\\%c", names[at - values]);
		else if (c == '$' && is_expanded(c, next))
			buf_add_string(out, "\\$");
		else if ((unsigned char)c < ' ' || is_expanded(c, next))
			buf_printf(out, "\\u%04x", (unsigned char)c);
		else
			buf_add_byte(out, c);
	}
	buf_add_byte(out, '"');
}

static void print_key(struct buf *out, struct span key)
{
	bool plain = key.n > 0;

	for (size_t i = 0; i < key.n; i++)
		plain = plain && (byte_is_alnum(key.p[i]) || key.p[i] == '_' || key.p[i] == '-');
	if (plain)
		buf_add(out, key);
	else
		print_text(out, key);
}

static void print_scalar(struct buf *out, const struct conf_node *node,
	const struct conf_style *style)
{
	if (node->kind == CONF_KIND_NULL)
		buf_add_string(out, "null");
	else if (is_hidden(node, style))
		buf_add_string(out, "\"***\"");
	else if (node->kind == CONF_KIND_STRING)
		print_text(out, node->text);
	else
		buf_add(out, node->text);
}

static bool is_scalar(const struct conf_node *node)
{
	return node->kind != CONF_KIND_OBJECT && node->kind != CONF_KIND_ARRAY;
}

void print_inline(struct buf *out, const struct conf_node *node, const struct conf_style *style)
{
	bool object = node->kind == CONF_KIND_OBJECT;

	if (is_scalar(node)) {
		print_scalar(out, node, style);
		return;
	}
	buf_add_string(out, object ? "{" : "[");
	for (size_t i = 0; i < conf_count(node); i++) {
		const struct conf_node *child = conf_at(node, i);

		buf_add_string(out, i == 0 ? (object ? " " : "") : ", ");
		if (object) {
			print_key(out, child->key);
			buf_add_string(out, " = ");
		}
		print_inline(out, child, style);
	}
	buf_add_string(out, object ? " }" : "]");
}

/* ---- lines ---- */

/* In a comment no byte may end the line. */
void print_place(struct buf *out, const struct conf_node *node)
{
	const struct conf_source *source = node->origin.source;

	if (source == NULL) {
		buf_add_string(out, " default");
		return;
	}
	buf_add_byte(out, ' ');
	for (size_t i = 0; i < source->name.n; i++)
		buf_add_byte(out, (unsigned char)source->name.p[i] < ' ' ? '?' : source->name.p[i]);
	buf_printf(out, ":%u %s", node->origin.line, conf_layer_name(source->layer));
}

static void indent(struct buf *out, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		buf_add(out, SPAN("    "));
}

static void end_line(struct buf *out, const struct conf_node *node, const struct conf_style *style)
{
	if (style->origin) {
		buf_add_string(out, " #");
		print_place(out, node);
	}
	buf_add_byte(out, '\n');
}

static bool fits_line(const struct conf_node *array, const struct conf_style *style)
{
	size_t n = 0;

	if (style->origin && conf_count(array) > 0)
		return false;
	for (size_t i = 0; i < conf_count(array); i++) {
		const struct conf_node *element = conf_at(array, i);

		if (!is_scalar(element))
			return false;
		n += 4 + (element->kind == CONF_KIND_NULL ? 4 : element->text.n);
	}
	return n <= LINE_MOST;
}

static void print_content(struct buf *out, const struct conf_node *object, unsigned depth,
	const struct conf_style *style);

/* A value behind its key or as an element, up to its line end; `end` is the separator. */
static void print_value(struct buf *out, const struct conf_node *node, unsigned depth,
	const char *end, const struct conf_style *style)
{
	if (node->kind == CONF_KIND_OBJECT) {
		buf_add_byte(out, '{');
		end_line(out, node, style);
		print_content(out, node, depth + 1, style);
		indent(out, depth);
		buf_printf(out, "}%s\n", strcmp(end, ",") == 0 ? end : "");
		return;
	}
	if (is_scalar(node) || fits_line(node, style)) {
		print_inline(out, node, style);
		buf_add_string(out, end);
		end_line(out, node, style);
		return;
	}
	buf_add_byte(out, '[');
	end_line(out, node, style);
	for (size_t i = 0; i < conf_count(node); i++) {
		indent(out, depth + 1);
		print_value(out, conf_at(node, i), depth + 1, ",", style);
	}
	indent(out, depth);
	buf_printf(out, "]%s\n", end);
}

/* A key that was written several times is written so again. */
static void print_member(struct buf *out, const struct conf_node *node, unsigned depth,
	const struct conf_style *style)
{
	for (size_t i = 0; i < conf_value_count(node); i++) {
		const struct conf_node *value = conf_value(node, i);

		indent(out, depth);
		print_key(out, node->key);
		buf_add_string(out, value->kind == CONF_KIND_OBJECT ? " " : " = ");
		print_value(out, value, depth, ";", style);
	}
}

static void print_content(struct buf *out, const struct conf_node *object, unsigned depth,
	const struct conf_style *style)
{
	for (size_t i = 0; i < conf_count(object); i++)
		print_member(out, conf_at(object, i), depth, style);
}

void conf_print(struct buf *out, const struct conf_node *node, const struct conf_style *style)
{
	if (style == NULL)
		style = &plain_style;
	if (node->kind == CONF_KIND_OBJECT)
		print_content(out, node, 0, style);
	else if (node->parent == NULL || node->parent->kind == CONF_KIND_ARRAY)
		print_value(out, node, 0, "", style);
	else
		print_member(out, node, 0, style);
}
