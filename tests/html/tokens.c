/*
 * The tokens of documents, for the suites of tests: each line of the input is a case, `state TAB last start tag TAB
 * document` in hexadecimal digits, each line of the output its tokens as a JSON array. Strings of tokens are written in
 * hexadecimal digits, too, since documents may hold what JSON does not.
 */
#include <stdio.h>

#include "html/html.h"

enum { INPUT_MOST = 64 << 20, OUTPUT_MOST = 1 << 30 };

static struct span read_hex(struct arena *a, struct span text)
{
	char *p = arena_alloc_raw(a, text.n / 2 + 1);

	for (size_t i = 0; i + 1 < text.n; i += 2)
		p[i / 2] = (char)(byte_hex_value(text.p[i]) * 16 + byte_hex_value(text.p[i + 1]));
	return span_from(p, text.n / 2);
}

static void print_hex(struct json *j, struct arena *a, struct span text)
{
	struct buf out;

	if (span_is_null(text)) {
		json_null(j);
		return;
	}
	buf_init(&out, a, 2 * text.n + 1);
	for (size_t i = 0; i < text.n; i++)
		buf_printf(&out, "%02x", (unsigned char)text.p[i]);
	json_text(j, buf_span(&out));
}

static void print_token(struct json *j, struct arena *a, const struct html_token *token)
{
	static const char *const kinds[] = {"Character", "StartTag", "EndTag", "Comment",
		"DOCTYPE"};

	json_open_array(j);
	json_string(j, kinds[token->kind]);
	if (token->kind == HTML_TEXT || token->kind == HTML_COMMENT)
		print_hex(j, a, token->text);
	else
		print_hex(j, a, token->name);
	if (token->kind == HTML_START_TAG) {
		json_open_object(j);
		for (size_t i = 0; i < token->attr_count; i++) {
			struct buf name;

			buf_init(&name, a, 2 * token->attrs[i].name.n + 1);
			for (size_t k = 0; k < token->attrs[i].name.n; k++)
				buf_printf(&name, "%02x", (unsigned char)token->attrs[i].name.p[k]);
			json_key_span(j, buf_span(&name));
			print_hex(j, a, token->attrs[i].value);
		}
		json_close(j);
		if (token->is_self_closing)
			json_bool(j, true);
	}
	if (token->kind == HTML_DOCTYPE) {
		print_hex(j, a, token->public_id);
		print_hex(j, a, token->system_id);
		json_bool(j, !token->is_quirky);
	}
	json_close(j);
}

static void print_case(struct arena *a, struct span line, struct buf *out)
{
	struct span state = SPAN(""), last = SPAN(""), document = SPAN("");
	struct html_tokenizer t;
	struct html_token token;
	struct json j;

	span_next(&line, '\t', &state);
	span_next(&line, '\t', &last);
	span_next(&line, '\t', &document);
	json_init(&j, out);
	json_open_array(&j);
	html_tokenizer_init(&t, a, read_hex(a, document), (enum html_state)(state.p[0] - '0'),
		read_hex(a, last));
	html_set_foreign(&t, state.p[0] - '0' == HTML_CDATA);
	while (html_next_token(&t, &token))
		print_token(&j, a, &token);
	json_close(&j);
	buf_add_byte(out, '\n');
}

int main(void)
{
	struct arena *a = arena_make();
	struct span input, line;
	struct buf out;
	struct why why;

	buf_init(&out, a, OUTPUT_MOST);
	if (file_read(a, "-", INPUT_MOST, &input, &why) != RC_OK)
		return 1;
	while (span_next_line(&input, &line))
		print_case(a, line, &out);
	fwrite(out.p, 1, out.n, stdout);
	arena_free(a);
	return 0;
}
