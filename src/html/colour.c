/* Colours of CSS (css-color-4) and of the attributes of old (HTML Standard section 2.3.6), and how far two are apart. */
#include "html/html.h"

#include <math.h>

#include "html/view_inner.h"

struct named {
	char name[21];
	uint32_t rgb;
};

/* in the order of their names */
static const struct named names[] = {
	{"aliceblue", 0xf0f8ff},
	{"antiquewhite", 0xfaebd7},
	{"aqua", 0x00ffff},
	{"aquamarine", 0x7fffd4},
	{"azure", 0xf0ffff},
	{"beige", 0xf5f5dc},
	{"bisque", 0xffe4c4},
	{"black", 0x000000},
	{"blanchedalmond", 0xffebcd},
	{"blue", 0x0000ff},
	{"blueviolet", 0x8a2be2},
	{"brown", 0xa52a2a},
	{"burlywood", 0xdeb887},
	{"cadetblue", 0x5f9ea0},
	{"chartreuse", 0x7fff00},
	{"chocolate", 0xd2691e},
	{"coral", 0xff7f50},
	{"cornflowerblue", 0x6495ed},
	{"cornsilk", 0xfff8dc},
	{"crimson", 0xdc143c},
	{"cyan", 0x00ffff},
	{"darkblue", 0x00008b},
	{"darkcyan", 0x008b8b},
	{"darkgoldenrod", 0xb8860b},
	{"darkgray", 0xa9a9a9},
	{"darkgreen", 0x006400},
	{"darkgrey", 0xa9a9a9},
	{"darkkhaki", 0xbdb76b},
	{"darkmagenta", 0x8b008b},
	{"darkolivegreen", 0x556b2f},
	{"darkorange", 0xff8c00},
	{"darkorchid", 0x9932cc},
	{"darkred", 0x8b0000},
	{"darksalmon", 0xe9967a},
	{"darkseagreen", 0x8fbc8f},
	{"darkslateblue", 0x483d8b},
	{"darkslategray", 0x2f4f4f},
	{"darkslategrey", 0x2f4f4f},
	{"darkturquoise", 0x00ced1},
	{"darkviolet", 0x9400d3},
	{"deeppink", 0xff1493},
	{"deepskyblue", 0x00bfff},
	{"dimgray", 0x696969},
	{"dimgrey", 0x696969},
	{"dodgerblue", 0x1e90ff},
	{"firebrick", 0xb22222},
	{"floralwhite", 0xfffaf0},
	{"forestgreen", 0x228b22},
	{"fuchsia", 0xff00ff},
	{"gainsboro", 0xdcdcdc},
	{"ghostwhite", 0xf8f8ff},
	{"gold", 0xffd700},
	{"goldenrod", 0xdaa520},
	{"gray", 0x808080},
	{"green", 0x008000},
	{"greenyellow", 0xadff2f},
	{"grey", 0x808080},
	{"honeydew", 0xf0fff0},
	{"hotpink", 0xff69b4},
	{"indianred", 0xcd5c5c},
	{"indigo", 0x4b0082},
	{"ivory", 0xfffff0},
	{"khaki", 0xf0e68c},
	{"lavender", 0xe6e6fa},
	{"lavenderblush", 0xfff0f5},
	{"lawngreen", 0x7cfc00},
	{"lemonchiffon", 0xfffacd},
	{"lightblue", 0xadd8e6},
	{"lightcoral", 0xf08080},
	{"lightcyan", 0xe0ffff},
	{"lightgoldenrodyellow", 0xfafad2},
	{"lightgray", 0xd3d3d3},
	{"lightgreen", 0x90ee90},
	{"lightgrey", 0xd3d3d3},
	{"lightpink", 0xffb6c1},
	{"lightsalmon", 0xffa07a},
	{"lightseagreen", 0x20b2aa},
	{"lightskyblue", 0x87cefa},
	{"lightslategray", 0x778899},
	{"lightslategrey", 0x778899},
	{"lightsteelblue", 0xb0c4de},
	{"lightyellow", 0xffffe0},
	{"lime", 0x00ff00},
	{"limegreen", 0x32cd32},
	{"linen", 0xfaf0e6},
	{"magenta", 0xff00ff},
	{"maroon", 0x800000},
	{"mediumaquamarine", 0x66cdaa},
	{"mediumblue", 0x0000cd},
	{"mediumorchid", 0xba55d3},
	{"mediumpurple", 0x9370db},
	{"mediumseagreen", 0x3cb371},
	{"mediumslateblue", 0x7b68ee},
	{"mediumspringgreen", 0x00fa9a},
	{"mediumturquoise", 0x48d1cc},
	{"mediumvioletred", 0xc71585},
	{"midnightblue", 0x191970},
	{"mintcream", 0xf5fffa},
	{"mistyrose", 0xffe4e1},
	{"moccasin", 0xffe4b5},
	{"navajowhite", 0xffdead},
	{"navy", 0x000080},
	{"oldlace", 0xfdf5e6},
	{"olive", 0x808000},
	{"olivedrab", 0x6b8e23},
	{"orange", 0xffa500},
	{"orangered", 0xff4500},
	{"orchid", 0xda70d6},
	{"palegoldenrod", 0xeee8aa},
	{"palegreen", 0x98fb98},
	{"paleturquoise", 0xafeeee},
	{"palevioletred", 0xdb7093},
	{"papayawhip", 0xffefd5},
	{"peachpuff", 0xffdab9},
	{"peru", 0xcd853f},
	{"pink", 0xffc0cb},
	{"plum", 0xdda0dd},
	{"powderblue", 0xb0e0e6},
	{"purple", 0x800080},
	{"rebeccapurple", 0x663399},
	{"red", 0xff0000},
	{"rosybrown", 0xbc8f8f},
	{"royalblue", 0x4169e1},
	{"saddlebrown", 0x8b4513},
	{"salmon", 0xfa8072},
	{"sandybrown", 0xf4a460},
	{"seagreen", 0x2e8b57},
	{"seashell", 0xfff5ee},
	{"sienna", 0xa0522d},
	{"silver", 0xc0c0c0},
	{"skyblue", 0x87ceeb},
	{"slateblue", 0x6a5acd},
	{"slategray", 0x708090},
	{"slategrey", 0x708090},
	{"snow", 0xfffafa},
	{"springgreen", 0x00ff7f},
	{"steelblue", 0x4682b4},
	{"tan", 0xd2b48c},
	{"teal", 0x008080},
	{"thistle", 0xd8bfd8},
	{"tomato", 0xff6347},
	{"turquoise", 0x40e0d0},
	{"violet", 0xee82ee},
	{"wheat", 0xf5deb3},
	{"white", 0xffffff},
	{"whitesmoke", 0xf5f5f5},
	{"window", 0xffffff}, /* the system colours that mail programs write */
	{"windowtext", 0x000000},
	{"yellow", 0xffff00},
	{"yellowgreen", 0x9acd32},
};

static bool find_name(struct span text, uint32_t *out)
{
	size_t low = 0, high = ARRAY_LEN(names);

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = span_compare_nocase(text, span_of(names[middle].name));

		if (order == 0) {
			*out = names[middle].rgb << 8 | 0xff;
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

/* #rgb, #rgba, #rrggbb, #rrggbbaa without the sign. */
static bool parse_hex(struct span digits, uint32_t *out)
{
	uint32_t value = 0;

	if (digits.n != 3 && digits.n != 4 && digits.n != 6 && digits.n != 8)
		return false;
	for (size_t i = 0; i < digits.n; i++) {
		int digit = byte_hex_value(digits.p[i]);

		if (digit < 0)
			return false;
		value = value << 4 | (uint32_t)digit;
		if (digits.n <= 4)
			value = value << 4 | (uint32_t)digit;
	}
	*out = digits.n == 3 || digits.n == 6 ? value << 8 | 0xff : value;
	return true;
}

static uint32_t to_byte(double value)
{
	if (!(value > 0))
		return 0;
	return value >= 255 ? 255 : (uint32_t)(value + 0.5);
}

/* A number, or a percentage of `whole`; false for anything else, as `none` or var(). */
static bool parse_part(struct span text, double whole, double *out)
{
	bool is_percent = span_ends(text, SPAN("%"));

	if (is_percent)
		text.n--;
	else if (span_ends_nocase(text, SPAN("deg")))
		text.n -= 3;
	if (!num_parse_double(text, out))
		return false;
	if (is_percent)
		*out = *out / 100 * whole;
	return true;
}

static double hue_part(double low, double high, double hue)
{
	hue -= 360 * floor(hue / 360);
	if (hue < 60)
		return low + (high - low) * hue / 60;
	if (hue < 180)
		return high;
	if (hue < 240)
		return low + (high - low) * (240 - hue) / 60;
	return low;
}

static uint32_t from_hsl(double hue, double saturation, double lightness)
{
	double high, low;

	saturation = fmin(fmax(saturation, 0), 1);
	lightness = fmin(fmax(lightness, 0), 1);
	high = lightness <= 0.5 ? lightness * (1 + saturation)
				: lightness + saturation - lightness * saturation;
	low = 2 * lightness - high;
	return to_byte(255 * hue_part(low, high, hue + 120)) << 24 |
		to_byte(255 * hue_part(low, high, hue)) << 16 |
		to_byte(255 * hue_part(low, high, hue - 120)) << 8;
}

/* rgb(1, 2, 3), rgb(1 2 3 / 50%), hsl(...) and both with an a: what stands in the brackets. */
static bool parse_function(struct span inside, bool is_hsl, uint32_t *out)
{
	double part[4] = {0, 0, 0, 1};
	size_t n = 0;

	for (size_t i = 0; i < inside.n && n < 4;) {
		size_t start = i;
		double whole = n == 3 || (is_hsl && n > 0) ? 1 : 255;

		while (i < inside.n && !byte_is_space(inside.p[i]) && inside.p[i] != ',' &&
			inside.p[i] != '/')
			i++;
		if (i == start) {
			i++;
			continue;
		}
		if (!parse_part(span_slice(inside, start, i - start), whole, &part[n]))
			return false;
		n++;
	}
	if (n < 3)
		return false;
	if (is_hsl)
		*out = from_hsl(part[0], part[1], part[2]);
	else
		*out = to_byte(part[0]) << 24 | to_byte(part[1]) << 16 | to_byte(part[2]) << 8;
	*out |= to_byte(part[3] * 255);
	return true;
}

bool html_parse_colour(struct span text, uint32_t *out)
{
	size_t bracket;

	text = span_trim(text);
	if (text.n == 0)
		return false;
	if (text.p[0] == '#')
		return parse_hex(span_from_offset(text, 1), out);
	if (text.p[text.n - 1] == ')') {
		struct span inside;

		bracket = span_find_byte(text, '(');
		inside = span_slice(text, bracket + 1, text.n - bracket - 2);
		if (span_starts_nocase(text, SPAN("rgb")))
			return parse_function(inside, false, out);
		return span_starts_nocase(text, SPAN("hsl")) && parse_function(inside, true, out);
	}
	if (span_equal_nocase(text, SPAN("transparent"))) {
		*out = 0;
		return true;
	}
	return find_name(text, out);
}

/*
 * The rules for parsing a legacy color value (HTML Standard section 2.3.6): anything is a colour, what is no digit
 * counts as 0, thirds of the text are the parts.
 */
bool html_parse_old_colour(struct span text, uint32_t *out)
{
	char digits[129];
	size_t n = 0, third, skip = 0, width;
	uint32_t rgb = 0;

	text = span_trim(text);
	if (text.n == 0 || span_equal_nocase(text, SPAN("transparent")))
		return false;
	if (find_name(text, out))
		return true;
	if (text.n == 4 && text.p[0] == '#' && parse_hex(span_from_offset(text, 1), out))
		return true;
	if (text.p[0] == '#')
		text = span_from_offset(text, 1);
	for (size_t i = 0; i < text.n && n < 128; i++)
		digits[n++] = byte_hex_value(text.p[i]) < 0 ? '0' : text.p[i];
	while (n == 0 || n % 3 != 0)
		digits[n++] = '0';
	width = third = n / 3;
	if (width > 8) {
		skip = width - 8;
		width = 8;
	}
	while (width > 2 && digits[skip] == '0' && digits[third + skip] == '0' &&
		digits[2 * third + skip] == '0') {
		skip++;
		width--;
	}
	if (width > 2)
		width = 2;
	for (size_t part = 0; part < 3; part++) {
		uint32_t value = 0;

		for (size_t i = 0; i < width; i++)
			value = value << 4 |
				(uint32_t)byte_hex_value(digits[part * third + skip + i]);
		rgb = rgb << 8 | value;
	}
	*out = rgb << 8 | 0xff;
	return true;
}

uint32_t html_blend_colour(uint32_t over, uint32_t under)
{
	uint32_t alpha = over & 0xff, out = 0xff;

	if (alpha == 0xff)
		return over;
	for (unsigned shift = 8; shift < 32; shift += 8) {
		uint32_t o = over >> shift & 0xff, u = under >> shift & 0xff;

		out |= (o * alpha + u * (255 - alpha) + 127) / 255 << shift;
	}
	return out;
}

/* Relative luminance with a gamma of 2, which is near enough to sRGB's here: 0 black, 1 white. */
static double luminance(uint32_t colour)
{
	double r = (colour >> 24) / 255.0, g = (colour >> 16 & 0xff) / 255.0;
	double b = (colour >> 8 & 0xff) / 255.0;

	return 0.2126 * r * r + 0.7152 * g * g + 0.0722 * b * b;
}

/*
 * DESIGN: the contrast ratio of WCAG tells how well letters are read, but it knows brightness only: pure red on a grey
 * of the same brightness is seen. So letters count as hidden when neither the ratio nor any of the three parts tells
 * them from what is behind them. A contrast of 1.25 is #dfdfdf on white.
 */
double html_contrast(uint32_t one, uint32_t other)
{
	double a = luminance(one), b = luminance(other), ratio, parts = 0;

	for (unsigned shift = 8; shift < 32; shift += 8) {
		int difference = (int)(one >> shift & 0xff) - (int)(other >> shift & 0xff);

		parts = fmax(parts, difference < 0 ? -difference : difference);
	}
	ratio = ((a > b ? a : b) + 0.05) / ((a > b ? b : a) + 0.05);
	return fmax((ratio - 1) / 0.25, parts / 48);
}
