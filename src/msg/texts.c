/*
 * The texts of a message as UTF-8, and what is made of them when somebody asks.
 *
 * DESIGN: of what is said about a charset, a byte order mark counts most, since no text begins with one by chance; then
 * the label of the part, then the meta element of HTML, then what the bytes look like. Mail programs agree on that as
 * far as the label is right. Where it cannot be right they go apart, some show broken characters and some guess:
 * here the guess is taken, since it is what makes sense to a reader.
 */
#include "msg/inner.h"

/* Characters that show that a text is UTF-8; fewer may be chance. */
enum { MULTIBYTE_LEAST = 3 };

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

/* Bytes that make characters do so by chance here and there; when most do not, it is another charset. */
static bool is_mostly_broken(struct span decoded)
{
	size_t other = 0, broken = 0;

	for (struct span rest = decoded; rest.n > 0;) {
		uint32_t c = utf8_next(&rest);

		other += c >= 0x80;
		broken += c == UTF8_REPLACEMENT;
	}
	return broken * 2 >= other;
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
	if ((defects & CODEC_CHARSET_INVALID) != 0) {
		if (is_mostly_broken(decoded))
			return false;
		text->charset_defects |= MSG_CHARSET_DEFECT(DAMAGED);
	}
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

/* Of valid UTF-8: are there so many characters beyond ASCII? */
static bool has_multibyte(struct span text, size_t least)
{
	size_t n = 0;

	while (text.n > 0 && n < least)
		n += utf8_next(&text) >= 0x80;
	return n == least;
}

/* Where each byte is a character, nobody writes those that together are valid UTF-8 again and again. */
static bool is_utf8_in_disguise(struct span bytes, struct span charset)
{
	static const struct span single[] = {SPAN_INIT("iso-8859-"), SPAN_INIT("windows-"),
		SPAN_INIT("koi8-")};
	bool is_single = false;

	for (size_t i = 0; i < ARRAY_LEN(single); i++)
		is_single = is_single || span_starts(charset, single[i]);
	return is_single && !span_is_ascii(bytes) && span_is_utf8(bytes) &&
		has_multibyte(bytes, MULTIBYTE_LEAST);
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
		if (is_utf8_in_disguise(bytes, known))
			text->charset_defects |= MSG_CHARSET_DEFECT(IS_UTF8);
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

/* What stands in lines that are folded: calendars and cards. */
static bool is_folded_type(struct span type, struct span subtype)
{
	static const struct span folded[] = {SPAN_INIT("calendar"), SPAN_INIT("vcard"),
		SPAN_INIT("x-vcard"), SPAN_INIT("x-vcalendar"), SPAN_INIT("directory")};

	for (size_t i = 0; i < ARRAY_LEN(folded); i++)
		if (span_equal(type, SPAN("text")) && span_equal(subtype, folded[i]))
			return true;
	return false;
}

/*
 * What programs show the bytes of, or some of them do: delivery reports, pieces of messages, and what is nested so deep
 * that it was not divided.
 */
static bool is_undivided(const struct mime_part *part)
{
	if (mime_part_is_multipart(part))
		return part->children == NULL && (part->defects & MIME_DEFECT(DEPTH_LIMIT)) != 0;
	return span_equal(part->type, SPAN("message")) && part->message == NULL;
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

static void read_bytes(struct reading_of_texts *r, struct msg_text *text, struct span type,
	struct span subtype, struct span bytes, struct span charset)
{
	struct arena *a = r->msg->arena;
	bool is_folded = is_folded_type(type, subtype);

	if (is_folded)
		bytes = msg_join_folds(a, bytes);
	decode(a, text, bytes, charset);
	if (is_folded)
		text->source = msg_undo_escapes(a, text->source);
	else if (!text->is_html && span_equal(subtype, SPAN("plain")))
		text->source = msg_join_flowed(a, text->part, text->source);
}

static void read_part(struct reading_of_texts *r, struct mime_part *part)
{
	bool is_html = is_html_type(part->type, part->subtype);
	struct msg_text *text;
	struct span bytes;

	if (part->message != NULL || (mime_part_is_multipart(part) && !is_undivided(part)))
		return;
	if (!span_equal(part->type, SPAN("text")) && !is_html && !is_undivided(part)) {
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
	if (is_undivided(part) && (part->defects & MIME_DEFECT(DEPTH_LIMIT)) != 0)
		r->texts->is_cut = true;
	read_bytes(r, text, part->type, part->subtype, bytes, part->charset);
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
	read_bytes(r, text, reading->type, reading->subtype, bytes, reading->charset);
}

/* Its label says otherwise, and so programs show it; but its words are these. */
static void read_as_utf8(struct reading_of_texts *r, struct mime_part *part)
{
	struct mime_reading *reading = ARENA_NEW(r->msg->arena, struct mime_reading);

	*reading = (struct mime_reading){.of = part,
		.why = MIME_BIT_AMBIGUOUS_CHARSET,
		.type = part->type,
		.subtype = part->subtype,
		.charset = SPAN("utf-8"),
		.filename = part->filename,
		.bytes = mime_part_source(r->msg->mime, part)};
	read_reading(r, reading);
}

const struct msg_texts *msg_read_texts(struct msg *m)
{
	const struct mime_readings *readings = mime_other_readings(m->mime);
	struct reading_of_texts r = {.msg = m, .bytes_left = MSG_TEXT_BYTES_MOST};
	size_t part_texts;

	r.texts = ARENA_NEW(m->arena, struct msg_texts);
	r.texts->v = ARENA_ARRAY(m->arena, struct msg_text,
		num_min(2 * m->mime->part_count + readings->n, MSG_TEXTS_MOST));
	for (size_t i = 0; i < m->mime->part_count; i++)
		read_part(&r, m->mime->parts[i]);
	part_texts = r.texts->n;
	for (size_t i = 0; i < readings->n; i++)
		read_reading(&r, &readings->v[i]);
	for (size_t i = 0; i < part_texts; i++)
		if ((r.texts->v[i].charset_defects & MSG_CHARSET_DEFECT(IS_UTF8)) != 0)
			read_as_utf8(&r, r.texts->v[i].part);
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
