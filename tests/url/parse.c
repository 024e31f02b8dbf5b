/*
 * URLs on lines, as JSON: for the tests of the URL Standard. A line is the URL and, behind a tab, its base if it has
 * one; bytes may be written as \xHH. Each gives an object a line, or null for what is none.
 */
#include <stdio.h>

#include "url/url.h"

enum { INPUT_MOST = 64 << 20, LINE_MOST = 1 << 20 };

static struct span unescape(struct arena *a, struct span text)
{
	struct buf out;

	buf_init(&out, a, text.n);
	while (text.n > 0) {
		if (span_starts(text, SPAN("\\x")) && text.n >= 4) {
			must(byte_hex_value(text.p[2]) >= 0 && byte_hex_value(text.p[3]) >= 0);
			buf_add_byte(&out,
				(char)(byte_hex_value(text.p[2]) << 4 | byte_hex_value(text.p[3])));
			text = span_from_offset(text, 4);
		} else {
			buf_add_byte(&out, *text.p);
			text = span_from_offset(text, 1);
		}
	}
	return buf_span(&out);
}

static void print_odd(struct json *j, uint32_t odd)
{
	json_key(j, "odd");
	json_open_array(j);
	for (unsigned i = 0; i < URL_ODDITY_COUNT; i++)
		if ((odd >> i & 1) != 0)
			json_string(j, url_oddity_name(i));
	json_close(j);
}

static void print_url(struct json *j, const struct url *url)
{
	const struct {
		const char *name;
		struct span text;
	} parts[] = {
		{"href", url->href},
		{"scheme", url->scheme},
		{"user", url->user},
		{"password", url->password},
		{"host", url->host},
		{"path", url->path},
		{"query", url->query},
		{"fragment", url->fragment},
		{"domain", url->domain},
	};

	json_open_object(j);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		json_key(j, parts[i].name);
		if (span_is_null(parts[i].text))
			json_null(j);
		else
			json_text(j, parts[i].text);
	}
	json_key(j, "port");
	json_int(j, url->port);
	print_odd(j, url->odd);
	json_close(j);
}

static void print_line(struct arena *a, struct span line)
{
	size_t tab = span_find_byte(line, '\t');
	struct span base_text = span_from_offset(line, tab + 1);
	struct url base, url;
	struct buf out;
	struct json j;

	buf_init(&out, a, LINE_MOST);
	json_init(&j, &out);
	if ((tab == line.n || url_parse(a, unescape(a, base_text), NULL, &base)) &&
		url_parse(a, unescape(a, span_slice(line, 0, tab)), tab == line.n ? NULL : &base,
			&url))
		print_url(&j, &url);
	else
		json_null(&j);
	printf("%.*s\n", SPAN_ARG(buf_span(&out)));
}

int main(void)
{
	struct arena *a = arena_make(), *scratch = arena_make();
	struct span text, line;
	struct why why;

	if (file_read(a, "-", INPUT_MOST, &text, &why) != RC_OK)
		panic("%s", why.text);
	while (span_next_line(&text, &line)) {
		print_line(scratch, line);
		arena_reset(scratch);
	}
	arena_free(scratch);
	arena_free(a);
	return 0;
}
