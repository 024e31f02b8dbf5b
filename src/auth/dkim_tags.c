/* Tag lists (RFC 6376 section 3.2), of signatures and of keys. */
#include "auth/dkim_inner.h"

/* Folds have CRLF in them, or LF where the message has it. */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span trim(struct span s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = span_from_offset(s, 1);
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool is_name(struct span name)
{
	if (name.n == 0 || !byte_is_alpha(name.p[0]))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!byte_is_alnum(name.p[i]) && name.p[i] != '_')
			return false;
	return true;
}

/* VALCHAR and blanks; UTF-8 as well (RFC 8616 section 3). */
static bool is_value(struct span value)
{
	for (size_t i = 0; i < value.n; i++)
		if (!is_blank(value.p[i]) &&
			((unsigned char)value.p[i] < 0x21 || value.p[i] == 0x7f))
			return false;
	return true;
}

static const struct auth_tag *find(const struct auth_tags *tags, struct span name)
{
	for (size_t i = 0; i < tags->n; i++)
		if (span_equal(tags->v[i].name, name))
			return &tags->v[i];
	return NULL;
}

bool auth_tags_parse(struct span text, struct auth_tags *out)
{
	out->n = 0;
	for (struct span item; span_next(&text, ';', &item);) {
		size_t equals = span_find_byte(item, '=');
		struct auth_tag tag = {
			.name = trim(span_slice(item, 0, equals)),
			.raw = span_from_offset(item, equals + 1),
		};

		if (equals == item.n && tag.name.n == 0 && text.n == 0)
			break;
		tag.value = trim(tag.raw);
		if (equals == item.n || !is_name(tag.name) || !is_value(tag.value))
			return false;
		if (find(out, tag.name) != NULL || out->n == AUTH_TAGS_MOST)
			return false;
		out->v[out->n++] = tag;
	}
	return out->n > 0;
}

const struct auth_tag *auth_tags_find(const struct auth_tags *tags, const char *name)
{
	return find(tags, span_of(name));
}

struct span auth_tags_value(const struct auth_tags *tags, const char *name)
{
	const struct auth_tag *tag = auth_tags_find(tags, name);

	return tag == NULL ? (struct span){0} : tag->value;
}

bool auth_tags_next_item(struct span *rest, struct span *out)
{
	if (!span_next(rest, ':', out))
		return false;
	*out = trim(*out);
	return true;
}

bool auth_tags_has_item(struct span list, struct span item)
{
	for (struct span one; auth_tags_next_item(&list, &one);)
		if (span_equal_nocase(one, item))
			return true;
	return false;
}

bool auth_tags_decode_base64(struct arena *a, struct span text, struct span *out)
{
	unsigned defects = 0;

	*out = codec_decode_base64(a, text, &defects);
	return out->n > 0 && defects == 0;
}
