/*
 * The texts of a message as UTF-8, and what is made of them when somebody asks.
 *
 * DESIGN: of what is said about a charset, a byte order mark counts most, since no text begins with one by chance; then
 * the label of the part, then the meta element of HTML, then what the bytes look like. Mail programs agree on that as
 * far as the label is right. Where it cannot be right they go apart, some show broken characters and some guess:
 * here the guess is taken, since it is what makes sense to a reader.
 */
#include "msg/inner.h"

/* What was made so far. */
struct msg_text_facts {
	struct text_words *words;
	struct text_scripts *scripts;
	struct text_form *folded, *skeleton;
	bool language_made;
	struct text_language language;
};

const char *msg_charset_defect_name(enum msg_charset_defect defect)
{
	static const char *const names[] = {
#define DEFECT(constant, name, meaning) name,
		MSG_CHARSET_DEFECTS(DEFECT)
#undef DEFECT
	};

	return names[defect];
}

/* ---- charsets ---- */

static const struct {
	struct span mark, charset;
} marks[] = {
	{SPAN_INIT("\xef\xbb\xbf"), SPAN_INIT("utf-8")},
	/* before that of UTF-16, which it begins with */
	{SPAN_INIT("\xff\xfe\0\0"), SPAN_INIT("utf-32le")},
	{SPAN_INIT("\xff\xfe"), SPAN_INIT("utf-16le")},
	{SPAN_INIT("\xfe\xff"), SPAN_INIT("utf-16be")},
	{SPAN_INIT("\0\0\xfe\xff"), SPAN_INIT("utf-32be")},
};

static struct span find_mark(struct span bytes)
{
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (span_starts(bytes, marks[i].mark))
			return marks[i].charset;
	return span_from(NULL, 0);
}

/* `utf-16` says nothing of the order of bytes: that is what the mark is for. */
static bool is_same_charset(struct span a, struct span b)
{
	struct span wide = span_slice(a, 0, 6);

	if (span_equal(wide, SPAN("utf-16")) || span_equal(wide, SPAN("utf-32")))
		return span_starts(b, wide);
	return span_equal(a, b);
}

/*
 * The charset that the document names; null without one. It could be read, so it is not one of two bytes a
 * character, whatever it says (HTML Standard section 13.2.3.2).
 */
static struct span find_meta(const struct msg_text *text, struct span bytes)
{
	struct span meta;

	if (!text->is_html)
		return span_from(NULL, 0);
	meta = html_find_charset(bytes);
	if (span_is_null(meta))
		return meta;
	meta = codec_find_charset(meta);
	if (span_starts(meta, SPAN("utf-16")) || span_starts(meta, SPAN("utf-32")))
		return SPAN("utf-8");
	return meta;
}

/* A stray byte in a long text is an accident; a tenth of all that is not ASCII is another charset. */
static bool is_mostly_broken(struct span decoded)
{
	size_t other = 0, broken = 0;

	for (struct span rest = decoded; rest.n > 0;) {
		uint32_t c = utf8_next(&rest);

		other += c >= 0x80;
		broken += c == UTF8_REPLACEMENT;
	}
	return broken * 10 >= other;
}

/* False when the bytes are not of that charset; then nothing is set. */
static bool decode_as(struct arena *a, struct msg_text *text, struct span bytes,
	struct span charset, enum msg_charset_by by)
{
	unsigned defects = 0;
	struct span decoded;

	if (span_is_null(charset) ||
		(span_equal(charset, SPAN("us-ascii")) && !span_is_ascii(bytes)))
		return false;
	decoded = codec_to_utf8(a, charset, bytes, &defects);
	if ((defects & CODEC_CHARSET_INVALID) != 0 && is_mostly_broken(decoded))
		return false;
	text->source = decoded;
	text->charset = charset;
	text->charset_by = by;
	return true;
}

/* Neither the label nor a mark has told; `label` is null or wrong. */
static void decode_unlabelled(struct arena *a, struct msg_text *text, struct span bytes,
	struct span label, struct span meta)
{
	unsigned defects = 0;
	bool is_ascii = span_is_ascii(bytes);

	if (decode_as(a, text, bytes, meta, MSG_CHARSET_META))
		return;
	if (label.n == 0 && !is_ascii && span_is_null(meta))
		text->charset_defects |= MSG_CHARSET_DEFECT(MISSING);
	if (is_ascii || span_is_utf8(bytes)) {
		text->source = bytes;
		return;
	}
	if (decode_as(a, text, bytes, codec_detect_charset(a, bytes, text->is_html),
		    MSG_CHARSET_DETECTED))
		return;
	text->charset = codec_find_charset(label);
	text->charset_by = span_is_null(text->charset) ? MSG_CHARSET_NONE : MSG_CHARSET_LABEL;
	text->source = codec_to_utf8(a, label, bytes, &defects);
}

static void decode(struct arena *a, struct msg_text *text, struct span bytes, struct span label)
{
	struct span mark = find_mark(bytes), known = codec_find_charset(label);
	struct span meta = find_meta(text, bytes);

	if (label.n > 0 && span_is_null(known))
		text->charset_defects |= MSG_CHARSET_DEFECT(UNKNOWN);
	if (!span_is_null(mark) && decode_as(a, text, bytes, mark, MSG_CHARSET_BOM)) {
		if (!span_is_null(known) && !is_same_charset(mark, known))
			text->charset_defects |= MSG_CHARSET_DEFECT(BOM_DIFFERS);
		return;
	}
	if (decode_as(a, text, bytes, known, MSG_CHARSET_LABEL)) {
		/* in ASCII all of them are the same */
		if (!span_is_null(meta) && !span_equal(meta, known) && !span_is_ascii(bytes))
			text->charset_defects |= MSG_CHARSET_DEFECT(META_DIFFERS);
		return;
	}
	if (!span_is_null(known))
		text->charset_defects |= MSG_CHARSET_DEFECT(LABEL_WRONG);
	decode_unlabelled(a, text, bytes, label, meta);
}

/* ---- which parts are texts ---- */

/* What a browser opens for its name, whatever the type says. */
static bool has_html_name(struct span filename)
{
	static const struct span ends[] = {SPAN_INIT(".html"), SPAN_INIT(".htm"),
		SPAN_INIT(".shtml"), SPAN_INIT(".xhtml"), SPAN_INIT(".xht"), SPAN_INIT(".svg")};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (span_ends_nocase(span_trim(filename), ends[i]))
			return true;
	return false;
}

static bool is_html_type(struct span type, struct span subtype)
{
	return span_equal(subtype, SPAN("html")) ||
		(span_equal(type, SPAN("application")) && span_equal(subtype, SPAN("xhtml+xml")));
}

struct reading_of_texts {
	struct msg *msg;
	struct msg_texts *texts;
	size_t bytes_left;
};

/* The next text, with room for `bytes`, which are cut to what is left; NULL when there is none. */
static struct msg_text *add_text(struct reading_of_texts *r, struct span *bytes)
{
	if (r->texts->n == MSG_TEXTS_MOST || bytes->n > r->bytes_left)
		r->texts->is_cut = true;
	if (r->texts->n == MSG_TEXTS_MOST)
		return NULL;
	*bytes = span_slice(*bytes, 0, r->bytes_left);
	r->bytes_left -= bytes->n;
	return &r->texts->v[r->texts->n++];
}

static void read_part(struct reading_of_texts *r, struct mime_part *part)
{
	struct arena *a = r->msg->arena;
	bool is_html = is_html_type(part->type, part->subtype);
	struct msg_text *text;
	struct span bytes;

	if (mime_part_is_multipart(part) || part->message != NULL)
		return;
	if (!span_equal(part->type, SPAN("text")) && !is_html) {
		if (!has_html_name(part->filename))
			return;
		is_html = true;
	}
	if (r->texts->n == MSG_TEXTS_MOST) {
		r->texts->is_cut = true;
		return;
	}
	bytes = mime_part_source(r->msg->mime, part);
	text = add_text(r, &bytes);
	text->part = part;
	text->is_html = is_html || (mime_part_is_attachment(part) && has_html_name(part->filename));
	text->is_attachment =
		mime_part_is_attachment(part) || !span_equal(part->type, SPAN("text"));
	decode(a, text, bytes, part->charset);
}

static void read_reading(struct reading_of_texts *r, const struct mime_reading *reading)
{
	struct span bytes = reading->bytes;
	bool is_html = is_html_type(reading->type, reading->subtype);
	struct mime *mime = r->msg->mime;
	struct msg_text *text;

	if (span_is_null(bytes))
		return;
	if (!span_equal(reading->type, SPAN("text")) && !is_html) {
		if (!has_html_name(reading->filename))
			return;
		is_html = true;
	}
	text = add_text(r, &bytes);
	if (text == NULL)
		return;
	text->part = mime->parts[reading->of->id];
	text->reading = reading;
	text->is_html = is_html;
	text->is_attachment = mime_part_is_attachment(reading->of);
	decode(r->msg->arena, text, bytes, reading->charset);
}

const struct msg_texts *msg_read_texts(struct msg *m)
{
	const struct mime_readings *readings = mime_other_readings(m->mime);
	struct reading_of_texts r = {.msg = m, .bytes_left = MSG_TEXT_BYTES_MOST};

	r.texts = ARENA_NEW(m->arena, struct msg_texts);
	r.texts->v = ARENA_ARRAY(m->arena, struct msg_text,
		num_min(m->mime->part_count + readings->n, MSG_TEXTS_MOST));
	for (size_t i = 0; i < m->mime->part_count; i++)
		read_part(&r, m->mime->parts[i]);
	for (size_t i = 0; i < readings->n; i++)
		read_reading(&r, &readings->v[i]);
	r.texts->is_cut |= readings->is_cut;
	for (size_t i = 0; i < r.texts->n; i++)
		r.texts->v[i].facts = ARENA_NEW(m->arena, struct msg_text_facts);
	return r.texts;
}

/* ---- what is made of a text ---- */

const struct html_view *msg_text_html(struct msg *m, struct msg_text *text)
{
	if (text->is_html && text->view == NULL)
		text->view = html_read(m->arena, text->source);
	return text->view;
}

struct span msg_text_visible(struct msg *m, struct msg_text *text)
{
	const struct html_view *view = msg_text_html(m, text);

	return view != NULL ? view->text : text->source;
}

const struct text_words *msg_text_words(struct msg *m, struct msg_text *text)
{
	struct msg_text_facts *f = text->facts;

	if (f->words == NULL) {
		f->words = ARENA_NEW(m->arena, struct text_words);
		text_split_words(m->arena, msg_text_visible(m, text), TEXT_WORDS_MOST, f->words);
	}
	return f->words;
}

const struct text_scripts *msg_text_scripts(struct msg *m, struct msg_text *text)
{
	struct msg_text_facts *f = text->facts;

	if (f->scripts == NULL) {
		f->scripts = ARENA_NEW(m->arena, struct text_scripts);
		text_count_scripts(msg_text_visible(m, text), f->scripts);
	}
	return f->scripts;
}

const struct text_form *msg_text_folded(struct msg *m, struct msg_text *text)
{
	struct msg_text_facts *f = text->facts;

	if (f->folded == NULL) {
		f->folded = ARENA_NEW(m->arena, struct text_form);
		text_make_folded(m->arena, msg_text_visible(m, text), f->folded);
	}
	return f->folded;
}

const struct text_form *msg_text_skeleton(struct msg *m, struct msg_text *text)
{
	struct msg_text_facts *f = text->facts;

	if (f->skeleton == NULL) {
		f->skeleton = ARENA_NEW(m->arena, struct text_form);
		text_make_skeleton(m->arena, msg_text_visible(m, text), f->skeleton);
	}
	return f->skeleton;
}

struct text_language msg_text_language(struct msg *m, struct msg_text *text)
{
	struct msg_text_facts *f = text->facts;

	if (!f->language_made) {
		f->language_made = true;
		f->language =
			text_find_language(msg_text_words(m, text), msg_text_scripts(m, text));
	}
	return f->language;
}
