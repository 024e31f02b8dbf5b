/* Filling structs from rows. */
#include "conf/inner.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { VALUE_SHOWN_MOST = 60 };

/* Past this a bound is as good as none. */
static const double no_bound = 1e18;

/* ---- what a row accepts, for the sentence ---- */

static void print_amount(struct buf *out, enum conf_type type, double value)
{
	static const struct {
		double factor;
		const char *name;
	} sizes[] = {{1 << 30, "gb"}, {1 << 20, "mb"}, {1 << 10, "kb"}},
	  times[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	bool is_size = type == CONF_TYPE_SIZE;
	size_t n = is_size ? ARRAY_LEN(sizes) : ARRAY_LEN(times);

	for (size_t i = 0; value > 0 && type != CONF_TYPE_DOUBLE && type != CONF_TYPE_INT && i < n;
		i++) {
		double factor = is_size ? sizes[i].factor : times[i].factor;

		if (fmod(value, factor) != 0)
			continue;
		buf_printf(out, "%.0f%s", value / factor, is_size ? sizes[i].name : times[i].name);
		return;
	}
	buf_printf(out, fabs(value) < no_bound && value == floor(value) ? "%.0f" : "%g", value);
}

static void print_range(struct buf *out, const struct conf_option *row)
{
	static const char *const names[] = {
		[CONF_TYPE_INT] = "a whole number",
		[CONF_TYPE_DOUBLE] = "a number",
		[CONF_TYPE_SIZE] = "a size",
		[CONF_TYPE_TIME] = "a time",
	};
	bool from = row->least > -no_bound, to = row->most < no_bound;

	buf_add_string(out, names[row->type]);
	if (from) {
		buf_add_string(out, to ? " from " : " of ");
		print_amount(out, row->type, row->least);
	}
	if (to) {
		buf_add_string(out, from ? " to " : " up to ");
		print_amount(out, row->type, row->most);
	} else if (from) {
		buf_add_string(out, " or more");
	}
}

static void print_expected(struct buf *out, const struct conf_option *row)
{
	switch (row->type) {
	case CONF_TYPE_BOOL:
		buf_add_string(out, "yes or no");
		break;
	case CONF_TYPE_STRING:
		buf_add_string(out, "a text");
		break;
	case CONF_TYPE_LIST:
		buf_add_string(out, "a list of texts");
		break;
	case CONF_TYPE_WORD:
		for (size_t i = 0; i < row->word_count; i++)
			buf_printf(out, "%s%s",
				i == 0                             ? ""
					: i + 1 == row->word_count ? " or "
								   : ", ",
				row->words[i].name);
		break;
	default:
		print_range(out, row);
		break;
	}
}

static void print_found(struct buf *out, const struct conf_option *row,
	const struct conf_node *node)
{
	struct span text;

	if (!conf_to_text(node, &text)) {
		buf_add_string(out, conf_kind_name(node->kind));
		return;
	}
	if (row->is_secret || node->is_secret) {
		buf_add_string(out, "what stands here");
		return;
	}
	buf_add_byte(out, '"');
	for (size_t i = 0; i < text.n && i < VALUE_SHOWN_MOST; i++)
		buf_add_byte(out, (unsigned char)text.p[i] < ' ' ? ' ' : text.p[i]);
	buf_add_string(out, text.n > VALUE_SHOWN_MOST ? "...\"" : "\"");
}

static void report_value(struct arena *a, const struct conf_option *row,
	const struct conf_node *node, struct conf_report *report)
{
	struct span path;
	struct buf b;

	if (report == NULL)
		return;
	path = conf_path(a, node);
	buf_init(&b, a, 4096);
	print_expected(&b, row);
	buf_add_string(&b, ", not ");
	print_found(&b, row, node);
	conf_error(report, node->origin, "%.*s must be %.*s", SPAN_ARG(path),
		SPAN_ARG(buf_span(&b)));
}

/* ---- values ---- */

static void add_pieces(struct arena *a, struct span text, bool comma, size_t *capacity,
	struct conf_list *out)
{
	if (!comma) {
		*(struct span *)vec_add(a, (void **)&out->v, &out->n, capacity, sizeof(*out->v)) =
			text;
		return;
	}
	for (struct span rest = text, piece; span_next(&rest, ',', &piece);) {
		piece = span_trim(piece);
		if (piece.n > 0)
			add_pieces(a, piece, false, capacity, out);
	}
}

/* Lists of lists come from a key that was written several times. */
static bool add_node(struct arena *a, const struct conf_node *node, bool comma, size_t *capacity,
	struct conf_list *out)
{
	struct span text;

	if (node->kind == CONF_KIND_NULL)
		return true;
	if (conf_to_text(node, &text)) {
		add_pieces(a, text, comma, capacity, out);
		return true;
	}
	if (node->kind != CONF_KIND_ARRAY)
		return false;
	for (size_t i = 0; i < conf_count(node); i++)
		if (!add_node(a, conf_at(node, i), comma, capacity, out))
			return false;
	return true;
}

bool conf_to_list(struct arena *a, const struct conf_node *node, bool comma, struct conf_list *out)
{
	size_t capacity = 0;

	*out = (struct conf_list){NULL, 0};
	if (node == NULL)
		return true;
	/* the environment and the command line have no other way to write a list */
	if (node->origin.source != NULL && node->origin.source->layer >= CONF_LAYER_ENVIRONMENT)
		comma = true;
	return add_node(a, node, comma, &capacity, out);
}

static bool read_word(const struct conf_option *row, const struct conf_node *node, int *out)
{
	struct span text;

	if (!conf_to_text(node, &text))
		return false;
	for (size_t i = 0; i < row->word_count; i++) {
		if (!span_equal_nocase(text, span_of(row->words[i].name)))
			continue;
		*out = row->words[i].value;
		return true;
	}
	return false;
}

/* Whole numbers keep all their bits, which a double would not. */
static bool read_int(const struct conf_node *node, int64_t *out)
{
	struct conf_node value = *node;

	if (node->kind == CONF_KIND_STRING && !scalar_read_number(span_trim(node->text), &value))
		return false;
	if (node->kind != CONF_KIND_STRING && node->kind != CONF_KIND_NUMBER)
		return false;
	*out = value.integer;
	return value.is_integer;
}

static bool set_int(const struct conf_option *row, const struct conf_node *node, void *field)
{
	int64_t value;

	if (!read_int(node, &value) || (double)value < row->least || (double)value > row->most)
		return false;
	if (row->width == sizeof(int64_t)) {
		memcpy(field, &value, sizeof(value));
		return true;
	}
	if (value < INT_MIN || value > INT_MAX)
		return false;
	memcpy(field, &(int){(int)value}, sizeof(int));
	return true;
}

static bool set_size(const struct conf_option *row, const struct conf_node *node, void *field)
{
	double value;

	if (!conf_to_number(node, &value) || value < 0 || value < row->least || value > row->most ||
		value > 9e18)
		return false;
	memcpy(field, &(size_t){(size_t)value}, sizeof(size_t));
	return true;
}

static bool set_double(const struct conf_option *row, const struct conf_node *node, void *field)
{
	double value;

	if (!conf_to_number(node, &value) || value < row->least || value > row->most)
		return false;
	memcpy(field, &value, sizeof(value));
	return true;
}

/* False: not of the type, or out of bounds; the field is as it was. */
static bool set_field(struct arena *a, const struct conf_option *row, const struct conf_node *node,
	void *field)
{
	switch (row->type) {
	case CONF_TYPE_BOOL:
		return conf_to_bool(node, field);
	case CONF_TYPE_INT:
		return set_int(row, node, field);
	case CONF_TYPE_SIZE:
		return set_size(row, node, field);
	case CONF_TYPE_DOUBLE:
	case CONF_TYPE_TIME:
		return set_double(row, node, field);
	case CONF_TYPE_STRING:
		return conf_to_text(node, field);
	case CONF_TYPE_WORD:
		return read_word(row, node, field);
	case CONF_TYPE_LIST:
		return conf_to_list(a, node, row->is_comma, field);
	case CONF_TYPE_NODE:
		memcpy(field, &node, sizeof(node));
		return true;
	case CONF_TYPE_ALIAS:
	case CONF_TYPE_IGNORED:
		break;
	}
	return true;
}

/* ---- rows ---- */

/* The value that a row has when nothing is written. */
static void set_nothing(const struct conf_option *row, void *field)
{
	double none = NAN;

	memset(field, 0, row->width);
	if (row->type == CONF_TYPE_DOUBLE || row->type == CONF_TYPE_TIME)
		memcpy(field, &none, sizeof(none));
}

void option_default_node(const struct conf_option *row, struct conf_node *out)
{
	struct span text = span_of(row->default_text);

	if (row->type == CONF_TYPE_STRING || row->type == CONF_TYPE_WORD ||
		row->type == CONF_TYPE_LIST) {
		out->kind = CONF_KIND_STRING;
		out->text = text;
	} else {
		scalar_set(out, text);
	}
}

static void set_default(struct arena *a, const struct conf_option *row, void *field)
{
	struct conf_node node = {0};

	set_nothing(row, field);
	if (row->default_text == NULL)
		return;
	option_default_node(row, &node);
	if (row->type == CONF_TYPE_LIST)
		(void)conf_to_list(a, &node, true, field);
	else if (!set_field(a, row, &node, field))
		panic("the default of %s is not valid: %s", row->key, row->default_text);
}

const struct conf_node *option_find(const struct conf_node *section, const struct conf_option *rows,
	size_t n, const struct conf_option *row)
{
	const struct conf_node *node;

	if (strcmp(row->key, "*") == 0)
		return section;
	node = conf_get(section, span_of(row->key));
	for (size_t i = 0; node == NULL && i < n; i++)
		if (rows[i].type == CONF_TYPE_ALIAS && strcmp(rows[i].alias_of, row->key) == 0)
			node = conf_get(section, span_of(rows[i].key));
	return node;
}

static bool takes_many(const struct conf_option *row)
{
	return row->type == CONF_TYPE_LIST || row->type == CONF_TYPE_NODE;
}

static bool takes_null(const struct conf_option *row)
{
	return takes_many(row) || row->type == CONF_TYPE_DOUBLE || row->type == CONF_TYPE_STRING;
}

static bool fill_row(struct arena *a, const struct conf_node *node, const struct conf_option *row,
	void *field, struct conf_report *report)
{
	set_default(a, row, field);
	if (node == NULL)
		return true;
	if (node->is_implicit && !takes_many(row)) {
		conf_warn(report, conf_value(node, 1)->origin,
			"%s is written %zu times: the first one counts", row->key,
			conf_value_count(node));
		node = conf_value(node, 0);
	}
	if (node->kind == CONF_KIND_NULL) {
		if (takes_null(row))
			set_nothing(row, field);
		return true;
	}
	if (set_field(a, row, node, field))
		return true;
	report_value(a, row, node, report);
	return false;
}

bool conf_fill(struct arena *a, const struct conf_node *section, const struct conf_option *rows,
	size_t n, void *out, struct conf_report *report)
{
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		const struct conf_option *row = &rows[i];

		if (row->type == CONF_TYPE_ALIAS || row->type == CONF_TYPE_IGNORED)
			continue;
		ok &= fill_row(a, option_find(section, rows, n, row), row,
			(char *)out + row->offset, report);
	}
	return ok;
}
