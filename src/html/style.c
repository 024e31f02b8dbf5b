/*
 * Declarations of CSS: those properties by which something is hidden.
 *
 * DESIGN: a declaration that is not understood is passed over, as browsers do; so is what they understand and we do
 * not (calc(), var()). Its element then looks as if nothing had been said, and is seen: better a text too much in the
 * view than one too few.
 */
#include "html/html.h"

#include "html/view_inner.h"

struct unit {
	char name[6];
	enum html_unit unit;
	float factor;
};

/* The window of vw and vh is 800 x 600. */
static const struct unit units[] = {
	{"px", HTML_PX, 1},
	{"%", HTML_PERCENT, 1},
	{"em", HTML_EM, 1},
	{"pt", HTML_PX, 4.0f / 3},
	{"rem", HTML_PX, 16},
	{"", HTML_PX, 1}, /* in quirks mode, which mail mostly has */
	{"ex", HTML_EM, 0.5f},
	{"ch", HTML_EM, 0.5f},
	{"pc", HTML_PX, 16},
	{"in", HTML_PX, 96},
	{"cm", HTML_PX, 37.8f},
	{"mm", HTML_PX, 3.78f},
	{"q", HTML_PX, 0.945f},
	{"vw", HTML_WINDOW, 8},
	{"vh", HTML_WINDOW, 6},
	{"vmin", HTML_WINDOW, 6},
	{"vmax", HTML_WINDOW, 8},
};

struct word {
	char name[24];
	uint32_t value;
};

/* How many bytes of the start are a number. */
static size_t number_length(struct span s)
{
	size_t i = 0;

	if (i < s.n && (s.p[i] == '+' || s.p[i] == '-'))
		i++;
	while (i < s.n && byte_is_digit(s.p[i]))
		i++;
	if (i + 1 < s.n && s.p[i] == '.' && byte_is_digit(s.p[i + 1]))
		i++;
	while (i < s.n && byte_is_digit(s.p[i]))
		i++;
	return i;
}

bool html_parse_length(struct span text, struct html_value *out)
{
	size_t n = number_length(text);
	struct span unit = span_from_offset(text, n);
	double number;

	if (n == 0 || n > 40 || !num_parse_double(span_slice(text, 0, n), &number))
		return false;
	if (number > 1e9 || number < -1e9)
		number = number > 0 ? 1e9 : -1e9;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (!span_equal_nocase(unit, span_of(units[i].name)))
			continue;
		out->unit = units[i].unit;
		out->number = (float)number * units[i].factor;
		return true;
	}
	return false;
}

static bool parse_length_or_auto(struct span text, struct html_value *out)
{
	static const struct span autos[] = {SPAN_INIT("auto"), SPAN_INIT("none"),
		SPAN_INIT("normal"), SPAN_INIT("initial")};

	if (html_parse_length(text, out))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(autos); i++) {
		if (!span_equal_nocase(text, autos[i]))
			continue;
		out->unit = HTML_AUTO;
		out->number = 0;
		return true;
	}
	return false;
}

static bool find_word(struct span text, const struct word *words, size_t n, struct html_value *out)
{
	for (size_t i = 0; i < n; i++) {
		if (!span_equal_nocase(text, span_of(words[i].name)))
			continue;
		out->unit = HTML_WORD;
		out->word = words[i].value;
		return true;
	}
	return false;
}

static bool parse_display(struct span text, struct html_value *out)
{
	static const struct word words[] = {
		{"none", HTML_NONE},
		{"block", HTML_BLOCK},
		{"inline", HTML_INLINE},
		{"inline-block", HTML_INLINE_BLOCK},
		{"table-cell", HTML_CELL},
		{"table", HTML_TABLE},
		{"table-row", HTML_ROW},
		{"inline-table", HTML_INLINE_BLOCK},
		{"flex", HTML_BLOCK},
		{"inline-flex", HTML_INLINE_BLOCK},
		{"grid", HTML_BLOCK},
		{"inline-grid", HTML_INLINE_BLOCK},
		{"flow-root", HTML_BLOCK},
		{"list-item", HTML_BLOCK},
		{"table-row-group", HTML_TABLE},
		{"table-header-group", HTML_TABLE},
		{"table-footer-group", HTML_TABLE},
		{"table-caption", HTML_BLOCK},
		{"table-column", HTML_NONE},
		{"table-column-group", HTML_NONE},
		{"contents", HTML_INLINE},
		{"initial", HTML_INLINE},
		{"unset", HTML_INLINE},
	};

	return find_word(text, words, ARRAY_LEN(words), out);
}

static bool parse_visibility(struct span text, struct html_value *out)
{
	static const struct word words[] = {{"visible", 0}, {"hidden", 1}, {"collapse", 1},
		{"initial", 0}};

	return find_word(text, words, ARRAY_LEN(words), out);
}

static bool parse_position(struct span text, struct html_value *out)
{
	static const struct word words[] = {
		{"static", HTML_STATIC},
		{"initial", HTML_STATIC},
		{"relative", HTML_RELATIVE},
		{"sticky", HTML_RELATIVE},
		{"absolute", HTML_ABSOLUTE},
		{"fixed", HTML_FIXED},
	};

	return find_word(text, words, ARRAY_LEN(words), out);
}

static bool parse_float(struct span text, struct html_value *out)
{
	static const struct word words[] = {{"none", 0}, {"left", 1}, {"right", 1}};

	return find_word(text, words, ARRAY_LEN(words), out);
}

static bool parse_overflow(struct span text, struct html_value *out)
{
	static const struct word words[] = {{"visible", 0}, {"hidden", 1}, {"clip", 1}, {"auto", 0},
		{"scroll", 0}};

	return find_word(text, words, ARRAY_LEN(words), out);
}

static bool parse_white_space(struct span text, struct html_value *out)
{
	static const struct word words[] = {{"normal", 0}, {"nowrap", 0}, {"pre", 1},
		{"pre-wrap", 1}, {"pre-line", 1}, {"break-spaces", 1}, {"initial", 0}};

	return find_word(text, words, ARRAY_LEN(words), out);
}

static bool parse_font_size(struct span text, struct html_value *out)
{
	static const struct word sizes[] = {{"medium", 16}, {"small", 13}, {"x-small", 10},
		{"xx-small", 9}, {"large", 18}, {"x-large", 24}, {"xx-large", 32},
		{"xxx-large", 48}, {"initial", 16}};

	if (find_word(text, sizes, ARRAY_LEN(sizes), out)) {
		out->unit = HTML_PX;
		out->number = (float)out->word;
		return true;
	}
	if (span_equal_nocase(text, SPAN("smaller")) || span_equal_nocase(text, SPAN("larger"))) {
		out->unit = HTML_EM;
		out->number = byte_lower(text.p[0]) == 's' ? 1 / 1.2f : 1.2f;
		return true;
	}
	return html_parse_length(text, out) && out->number >= 0;
}

static bool parse_line_height(struct span text, struct html_value *out)
{
	if (!parse_length_or_auto(text, out))
		return false;
	/* a bare number is a multiple of the letters' size */
	if (out->unit == HTML_PX && number_length(text) == text.n)
		out->unit = HTML_EM;
	return out->number >= 0;
}

static bool parse_opacity(struct span text, struct html_value *out)
{
	double number;
	bool is_percent = span_ends(text, SPAN("%"));

	text.n -= is_percent;
	if (!num_parse_double(text, &number))
		return false;
	number = is_percent ? number / 100 : number;
	out->unit = HTML_NUMBER;
	out->number = number < 0 ? 0 : number > 1 ? 1 : (float)number;
	return true;
}

/* filter: alpha(opacity=0), opacity(0) */
static bool parse_filter(struct span text, struct html_value *out)
{
	size_t at = span_find_nocase(text, SPAN("opacity"));
	struct span rest = span_from_offset(text, at + 7), number;
	bool is_old = rest.n > 0 && rest.p[0] == '=';

	rest = span_from_offset(rest, 1);
	number = span_slice(rest, 0, number_length(rest));
	if (!parse_opacity(number, out))
		return false;
	if (is_old || span_starts(span_from_offset(rest, number.n), SPAN("%"))) {
		double percent;

		if (!num_parse_double(number, &percent))
			return false;
		out->number = percent < 0 ? 0 : percent > 100 ? 1 : (float)(percent / 100);
	}
	return true;
}

static bool parse_colour(struct span text, struct html_value *out)
{
	if (span_equal_nocase(text, SPAN("inherit")) ||
		span_equal_nocase(text, SPAN("currentcolor")) ||
		span_equal_nocase(text, SPAN("unset"))) {
		out->unit = HTML_AUTO;
		return true;
	}
	if (span_equal_nocase(text, SPAN("initial"))) {
		out->unit = HTML_COLOUR;
		out->word = 0xff;
		return true;
	}
	out->unit = HTML_COLOUR;
	return html_parse_colour(text, &out->word);
}

static bool parse_back_colour(struct span text, struct html_value *out)
{
	if (span_equal_nocase(text, SPAN("initial")) || span_equal_nocase(text, SPAN("unset")))
		text = SPAN("transparent");
	out->unit = HTML_COLOUR;
	return html_parse_colour(text, &out->word);
}

/* What paints more than a colour, or what only a browser knows: a gradient, var(), color-mix(), oklch(). */
static bool is_image(struct span text)
{
	uint32_t colour;

	return span_has_byte(text, '(') && !html_parse_colour(text, &colour);
}

static bool parse_back_image(struct span text, struct html_value *out)
{
	out->unit = HTML_WORD;
	out->word = is_image(text);
	return out->word != 0 || span_equal_nocase(text, SPAN("none")) ||
		span_equal_nocase(text, SPAN("initial"));
}

/* The numbers in the brackets of a function; percentages count five to the hundred of pixels. */
static size_t read_numbers(struct span text, struct html_value *out, size_t most)
{
	size_t n = 0;

	text = span_from_offset(text, span_find_byte(text, '(') + 1);
	for (size_t i = 0; i < text.n && text.p[i] != ')' && n < most;) {
		size_t start = i;

		while (i < text.n && !byte_is_space(text.p[i]) && text.p[i] != ',' &&
			text.p[i] != ')')
			i++;
		if (i == start)
			i++;
		else if (html_parse_length(span_slice(text, start, i - start), &out[n]))
			n++;
		else
			return n;
	}
	return n;
}

/* What moves by so much is seen nowhere. */
static bool is_away(struct html_value v)
{
	return (v.unit == HTML_PX && (v.number <= -500 || v.number >= 3000)) ||
		(v.unit == HTML_WINDOW && (v.number <= -500 || v.number >= 800));
}

/* True for what leaves nothing, or takes it far away. */
static bool parse_transform(struct span text, struct html_value *out)
{
	struct html_value numbers[2];
	size_t n;

	out->unit = HTML_WORD;
	out->word = 0;
	n = read_numbers(text, numbers, ARRAY_LEN(numbers));
	for (size_t i = 0; i < n; i++) {
		if (span_starts_nocase(text, SPAN("scale")))
			out->word |= numbers[i].number < 0.05f && numbers[i].number > -0.05f;
		else if (span_starts_nocase(text, SPAN("translate")))
			out->word |= is_away(numbers[i]);
	}
	return true;
}

/* clip: rect(top, right, bottom, left), where what is left is a pixel or less in a direction. */
static bool parse_clip(struct span text, struct html_value *out)
{
	struct html_value v[4];

	out->unit = HTML_WORD;
	out->word = 0;
	if (span_starts_nocase(text, SPAN("rect(")) && read_numbers(text, v, 4) == 4)
		out->word = v[2].number - v[0].number <= 1 || v[1].number - v[3].number <= 1;
	return true;
}

static bool takes_all(struct html_value one, struct html_value other)
{
	return one.unit == HTML_PERCENT && other.unit == HTML_PERCENT &&
		one.number + other.number >= 100;
}

/* clip-path: inset(50%) and more from both sides, circle(0), ellipse(9px 0) */
static bool parse_clip_path(struct span text, struct html_value *out)
{
	struct html_value v[4];
	size_t n = read_numbers(text, v, ARRAY_LEN(v));

	out->unit = HTML_WORD;
	out->word = 0;
	if (n == 0)
		return true;
	if (span_starts_nocase(text, SPAN("inset(")))
		out->word = takes_all(v[0], v[n > 2 ? 2 : 0]) ||
			takes_all(v[n > 1 ? 1 : 0],
				v[n > 3                 ? 3
						: n > 1 ? 1
							: 0]);
	else if (span_starts_nocase(text, SPAN("circle(")))
		out->word = v[0].number <= 0.5f;
	else if (span_starts_nocase(text, SPAN("ellipse(")))
		out->word = v[0].number <= 0.5f || (n > 1 && v[1].number <= 0.5f);
	return true;
}

/* ---- one declaration ---- */

static void set(struct html_style *style, enum html_prop prop, struct html_value value,
	bool is_important)
{
	uint32_t bit = UINT32_C(1) << prop;

	if ((style->important & bit) != 0 && !is_important)
		return;
	style->set |= bit;
	if (is_important)
		style->important |= bit;
	style->v[prop] = value;
}

/* The next piece of a value, up to a blank outside of brackets and quotes. */
static bool next_piece(struct span *rest, struct span *out)
{
	size_t i = 0, depth = 0;
	char quote = '\0';

	*rest = span_trim_start(*rest);
	if (rest->n == 0)
		return false;
	for (; i < rest->n; i++) {
		char c = rest->p[i];

		if (quote != '\0')
			quote = c == quote ? '\0' : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (byte_is_space(c) && depth == 0)
			break;
	}
	*out = span_slice(*rest, 0, i);
	*rest = span_from_offset(*rest, i);
	return true;
}

static void read_background(struct span text, struct html_style *style, bool is_important)
{
	struct html_value colour = {HTML_COLOUR, {.word = 0}}, image = {HTML_WORD, {.word = 0}};

	for (struct span piece; next_piece(&text, &piece);) {
		struct html_value v;

		if (is_image(piece))
			image.word = 1;
		else if (parse_back_colour(piece, &v))
			colour = v;
	}
	set(style, HTML_PROP_BACK_COLOUR, colour, is_important);
	set(style, HTML_PROP_BACK_IMAGE, image, is_important);
}

/* A colour that cannot be told is as good as an image: what stands on it may be seen. */
static void read_back_colour(struct span text, struct html_style *style, bool is_important)
{
	struct html_value v, unknown = {HTML_WORD, {.word = 1}};

	if (is_image(text))
		set(style, HTML_PROP_BACK_IMAGE, unknown, is_important);
	else if (parse_back_colour(text, &v))
		set(style, HTML_PROP_BACK_COLOUR, v, is_important);
}

/* "italic bold 12px/30px serif": the first piece with a unit is the size. */
static void read_font(struct span text, struct html_style *style, bool is_important)
{
	for (struct span piece; next_piece(&text, &piece);) {
		size_t slash = span_find_byte(piece, '/');
		struct span size = span_slice(piece, 0, slash);
		struct html_value v;
		double weight;

		if (span_equal_nocase(size, SPAN("normal")) ||
			(num_parse_double(size, &weight) && weight != 0) ||
			!parse_font_size(size, &v))
			continue;
		set(style, HTML_PROP_FONT_SIZE, v, is_important);
		if (slash < piece.n && parse_line_height(span_from_offset(piece, slash + 1), &v))
			set(style, HTML_PROP_LINE_HEIGHT, v, is_important);
		return;
	}
}

static void read_margin(struct span text, struct html_style *style, bool is_important)
{
	struct html_value v[4];
	size_t n = 0;

	for (struct span piece; n < 4 && next_piece(&text, &piece); n++)
		if (!parse_length_or_auto(piece, &v[n]))
			return;
	if (n == 0)
		return;
	set(style, HTML_PROP_MARGIN_TOP, v[0], is_important);
	set(style, HTML_PROP_MARGIN_LEFT, v[n == 4 ? 3 : n > 1 ? 1 : 0], is_important);
}

struct property {
	struct span name;
	enum html_prop prop;
	bool (*parse)(struct span text, struct html_value *out);
	void (*read)(struct span text, struct html_style *style, bool is_important);
};

/* in the order of their names */
static const struct property properties[] = {
	{SPAN_INIT("-webkit-clip-path"), HTML_PROP_CLIP_PATH, parse_clip_path, NULL},
	{SPAN_INIT("background"), 0, NULL, read_background},
	{SPAN_INIT("background-color"), 0, NULL, read_back_colour},
	{SPAN_INIT("background-image"), HTML_PROP_BACK_IMAGE, parse_back_image, NULL},
	{SPAN_INIT("bottom"), HTML_PROP_BOTTOM, parse_length_or_auto, NULL},
	{SPAN_INIT("clip"), HTML_PROP_CLIP, parse_clip, NULL},
	{SPAN_INIT("clip-path"), HTML_PROP_CLIP_PATH, parse_clip_path, NULL},
	{SPAN_INIT("color"), HTML_PROP_COLOUR, parse_colour, NULL},
	{SPAN_INIT("display"), HTML_PROP_DISPLAY, parse_display, NULL},
	{SPAN_INIT("filter"), HTML_PROP_OPACITY, parse_filter, NULL},
	{SPAN_INIT("float"), HTML_PROP_FLOAT, parse_float, NULL},
	{SPAN_INIT("font"), 0, NULL, read_font},
	{SPAN_INIT("font-size"), HTML_PROP_FONT_SIZE, parse_font_size, NULL},
	{SPAN_INIT("height"), HTML_PROP_HEIGHT, parse_length_or_auto, NULL},
	{SPAN_INIT("left"), HTML_PROP_LEFT, parse_length_or_auto, NULL},
	{SPAN_INIT("line-height"), HTML_PROP_LINE_HEIGHT, parse_line_height, NULL},
	{SPAN_INIT("margin"), 0, NULL, read_margin},
	{SPAN_INIT("margin-left"), HTML_PROP_MARGIN_LEFT, parse_length_or_auto, NULL},
	{SPAN_INIT("margin-top"), HTML_PROP_MARGIN_TOP, parse_length_or_auto, NULL},
	{SPAN_INIT("max-height"), HTML_PROP_MAX_HEIGHT, parse_length_or_auto, NULL},
	{SPAN_INIT("max-width"), HTML_PROP_MAX_WIDTH, parse_length_or_auto, NULL},
	{SPAN_INIT("opacity"), HTML_PROP_OPACITY, parse_opacity, NULL},
	{SPAN_INIT("overflow"), HTML_PROP_OVERFLOW, parse_overflow, NULL},
	{SPAN_INIT("overflow-x"), HTML_PROP_OVERFLOW, parse_overflow, NULL},
	{SPAN_INIT("overflow-y"), HTML_PROP_OVERFLOW, parse_overflow, NULL},
	{SPAN_INIT("position"), HTML_PROP_POSITION, parse_position, NULL},
	{SPAN_INIT("right"), HTML_PROP_RIGHT, parse_length_or_auto, NULL},
	{SPAN_INIT("text-indent"), HTML_PROP_TEXT_INDENT, parse_length_or_auto, NULL},
	{SPAN_INIT("top"), HTML_PROP_TOP, parse_length_or_auto, NULL},
	{SPAN_INIT("transform"), HTML_PROP_TRANSFORM, parse_transform, NULL},
	{SPAN_INIT("visibility"), HTML_PROP_VISIBILITY, parse_visibility, NULL},
	{SPAN_INIT("white-space"), HTML_PROP_WHITE_SPACE, parse_white_space, NULL},
	{SPAN_INIT("width"), HTML_PROP_WIDTH, parse_length_or_auto, NULL},
};

static const struct property *find_property(struct span name)
{
	size_t low = 0, high = ARRAY_LEN(properties);

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = span_compare_nocase(name, properties[middle].name);

		if (order == 0)
			return &properties[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* css-syntax-3 section 4.3.7 */
struct span html_css_unescape(struct arena *a, struct span text)
{
	struct buf out;

	if (!span_has_byte(text, '\\'))
		return text;
	/* "\0" becomes U+FFFD, which is longer */
	buf_init(&out, a, 2 * text.n + UTF8_CHAR_MOST);
	for (size_t i = 0; i < text.n;) {
		uint32_t c = 0;
		size_t n = 0;

		if (text.p[i] != '\\') {
			buf_add_byte(&out, text.p[i++]);
			continue;
		}
		for (i++; n < 6 && i < text.n && byte_hex_value(text.p[i]) >= 0; n++)
			c = c << 4 | (uint32_t)byte_hex_value(text.p[i++]);
		if (n > 0) {
			utf8_add(&out, c);
			i += i < text.n && byte_is_space(text.p[i]);
		} else if (i < text.n) {
			buf_add_byte(&out, text.p[i++]);
		}
	}
	return buf_span(&out);
}

struct span html_css_uncomment(struct arena *a, struct span text)
{
	struct buf out;
	char quote = '\0';

	if (span_find(text, SPAN("/*")) == text.n)
		return text;
	buf_init(&out, a, text.n);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (quote != '\0') {
			quote = c == quote || c == '\n' ? '\0' : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '(' && i >= 3 &&
			span_equal_nocase(span_slice(text, i - 3, 3), SPAN("url"))) {
			/* in url() without quotes a comment is none */
			quote = i + 1 < text.n && (text.p[i + 1] == '"' || text.p[i + 1] == '\'')
				? '\0'
				: ')';
		} else if (c == '/' && i + 1 < text.n && text.p[i + 1] == '*') {
			struct span rest = span_from_offset(text, i + 2);

			i += 2 + span_find(rest, SPAN("*/")) + 1;
			continue;
		}
		buf_add_byte(&out, c);
	}
	return buf_span(&out);
}

size_t html_css_bracket(struct span text)
{
	size_t depth = 0;
	char quote = '\0';

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '\\')
			i++;
		else if (quote != '\0')
			quote = c == quote ? '\0' : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '(')
			depth++;
		else if (c == ')' && --depth == 0)
			return i + 1;
	}
	return 0;
}

struct span html_css_url(struct span text)
{
	bool is_function = span_starts_nocase(text, SPAN("url("));
	char quote;

	if (is_function)
		text = span_trim_start(span_from_offset(text, 4));
	if (text.n == 0)
		return span_from(NULL, 0);
	quote = text.p[0];
	if (quote == '"' || quote == '\'') {
		text = span_from_offset(text, 1);
		return span_trim(span_slice(text, 0, span_find_byte(text, quote)));
	}
	if (!is_function)
		return span_from(NULL, 0);
	return span_trim(span_slice(text, 0, span_find_byte(text, ')')));
}

static void find_urls(struct span value, struct html_urls *urls)
{
	while (value.n > 4) {
		size_t at = span_find_nocase(value, SPAN("url("));
		struct span url;

		if (at == value.n)
			return;
		url = html_css_url(span_from_offset(value, at));
		value = span_from_offset(value, at + 4);
		if (url.n == 0)
			continue;
		if (urls->n == HTML_URLS_MOST) {
			urls->is_cut = true;
			return;
		}
		urls->v[urls->n++] = url;
		value = span_from_offset(value, (size_t)(url.p - value.p) + url.n);
	}
}

static void read_declaration(struct arena *a, struct span name, struct span value,
	struct html_style *out, struct html_urls *urls)
{
	const struct property *p;
	size_t mark;
	bool is_important = false;
	struct html_value v;

	value = span_trim(html_css_unescape(a, value));
	if (span_has_byte(value, '('))
		find_urls(value, urls);
	p = find_property(html_css_unescape(a, span_trim(name)));
	if (p == NULL)
		return;
	mark = span_find_last_byte(value, '!');
	if (mark < value.n) {
		is_important = span_equal_nocase(span_trim(span_from_offset(value, mark + 1)),
			SPAN("important"));
		value = span_trim(span_slice(value, 0, mark));
	}
	if (p->read != NULL)
		p->read(value, out, is_important);
	else if (p->parse(value, &v))
		set(out, p->prop, v, is_important);
}

/* Up to the semicolon that ends a declaration: outside of quotes and brackets. */
static size_t declaration_end(struct span s, size_t *colon)
{
	size_t depth = 0;
	char quote = '\0';

	*colon = s.n;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '\\') {
			i++;
		} else if (quote != '\0') {
			quote = c == quote ? '\0' : quote;
		} else if (c == ';') {
			if (depth == 0)
				return i;
		} else if (c == ':') {
			if (*colon == s.n)
				*colon = i;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '(') {
			depth++;
		} else if (c == ')' && depth > 0) {
			depth--;
		}
	}
	return s.n;
}

void html_read_style(struct arena *a, struct span text, struct html_style *out,
	struct html_urls *urls)
{
	text = html_css_uncomment(a, text);
	while (text.n > 0) {
		size_t colon, end = declaration_end(text, &colon);

		if (colon < end)
			read_declaration(a, span_slice(text, 0, colon),
				span_slice(text, colon + 1, end - colon - 1), out, urls);
		text = span_from_offset(text, end + 1);
	}
}

void html_merge_style(struct html_style *into, const struct html_style *from, uint32_t which)
{
	uint32_t bits = from->set & which;

	into->set |= bits;
	for (; bits != 0; bits &= bits - 1) {
		int prop = __builtin_ctz(bits);

		into->v[prop] = from->v[prop];
	}
}
