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
/* Each takes about a millisecond. Texts after them, of a digest or a chain of replies, are taken for the same. */
enum { DETECTIONS_MOST = 16 };

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

struct reading_of_texts {
	struct msg *msg;
	struct msg_texts *texts;
	size_t texts_left, bytes_left;
	unsigned detections;
	struct span detected; /* the charset of the last one */
};

/* ---- charsets ---- */

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

static struct span detect(struct reading_of_texts *r, struct span bytes, bool is_html)
{
	if (r->detections < DETECTIONS_MOST) {
		r->detections++;
		r->detected = codec_detect_charset(r->msg->arena, bytes, is_html);
	}
	return r->detected;
}

/* Neither the label nor a mark has told; `label` is null or wrong. */
static void decode_unlabelled(struct reading_of_texts *r, struct msg_text *text, struct span bytes,
	struct span label, struct span meta)
{
	struct arena *a = r->msg->arena;
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
	if (decode_as(a, text, bytes, detect(r, bytes, text->is_html), MSG_CHARSET_DETECTED))
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

static void decode(struct reading_of_texts *r, struct msg_text *text, struct span bytes,
	struct span label)
{
	struct arena *a = r->msg->arena;
	struct span mark = codec_find_mark(bytes), known = codec_find_charset(label);
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
	decode_unlabelled(r, text, bytes, label, meta);
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

static void read_bytes(struct reading_of_texts *r, struct msg_text *text, struct span type,
	struct span subtype, struct span bytes, struct span charset)
{
	struct arena *a = r->msg->arena;
	bool is_folded = is_folded_type(type, subtype);

	if (is_folded)
		bytes = msg_join_folds(a, bytes);
	decode(r, text, bytes, charset);
	if (is_folded)
		text->source = msg_undo_escapes(a, text->source);
	else if (!text->is_html && span_equal(subtype, SPAN("plain")))
		text->source = msg_join_flowed(a, text->part, text->source);
}

/* A text that may be read. */
struct candidate {
	struct msg_text text;
	struct span type, subtype, bytes, charset;
	bool is_taken;
};

/* False when the part is no text. */
static bool describe_part(struct mime *mime, struct mime_part *part, struct candidate *out)
{
	bool is_html = is_html_type(part->type, part->subtype);
	bool is_attachment = mime_part_is_attachment(part);

	if (part->message != NULL || (mime_part_is_multipart(part) && !is_undivided(part)))
		return false;
	if (!span_equal(part->type, SPAN("text")) && !is_html && !is_undivided(part)) {
		if (!has_html_name(part->filename))
			return false;
		is_html = true;
	}
	out->text.part = part;
	out->text.is_html = is_html || (is_attachment && has_html_name(part->filename));
	out->text.is_attachment = is_attachment || !span_equal(part->type, SPAN("text"));
	out->type = part->type;
	out->subtype = part->subtype;
	out->charset = part->charset;
	out->bytes = mime_part_source(mime, part);
	return true;
}

static bool describe_reading(struct mime *mime, const struct mime_reading *reading,
	struct candidate *out)
{
	bool is_html = is_html_type(reading->type, reading->subtype);

	if (span_is_null(reading->bytes))
		return false;
	if (!span_equal(reading->type, SPAN("text")) && !is_html) {
		if (!has_html_name(reading->filename))
			return false;
		is_html = true;
	}
	out->text.part = mime->parts[reading->of->id];
	out->text.reading = reading;
	out->text.is_html = is_html;
	out->text.is_attachment = mime_part_is_attachment(reading->of);
	out->type = reading->type;
	out->subtype = reading->subtype;
	out->charset = reading->charset;
	out->bytes = reading->bytes;
	return true;
}

/* ---- which of them are read, when they are too many ---- */

/* What programs show first is read first, so that nothing beside it displaces it. */
enum rank { RANK_HTML, RANK_FIRST, RANK_BODY, RANK_ATTACHED_HTML, RANK_ATTACHED, RANK_COUNT };

static enum rank rank_of(const struct msg_text *text)
{
	const struct mime_part *part = text->part;

	if (text->is_attachment)
		return text->is_html ? RANK_ATTACHED_HTML : RANK_ATTACHED;
	if (text->is_html)
		return RANK_HTML;
	return part->parent == NULL || part->parent->children == part ? RANK_FIRST : RANK_BODY;
}

/* As much of it as there is room for. */
static void take(struct reading_of_texts *r, struct candidate *c)
{
	if (r->texts_left == 0) {
		r->texts->cuts |= MSG_CUT(TEXTS);
		return;
	}
	if (c->bytes.n > r->bytes_left)
		r->texts->cuts |= rank_of(&c->text) == RANK_ATTACHED ? MSG_CUT(ATTACHED)
								     : MSG_CUT(TEXT_BYTES);
	if ((c->text.part->defects & MIME_DEFECT(DEPTH_LIMIT)) != 0)
		r->texts->cuts |= MSG_CUT(DEPTH);
	c->is_taken = true;
	c->bytes = span_slice(c->bytes, 0, r->bytes_left);
	r->texts_left--;
	r->bytes_left -= c->bytes.n;
}

static void take_by_rank(struct reading_of_texts *r, struct candidate *all, size_t n)
{
	for (unsigned rank = 0; rank < RANK_COUNT; rank++)
		for (size_t i = 0; i < n; i++)
			if (rank_of(&all[i].text) == (enum rank)rank)
				take(r, &all[i]);
}

static void read_candidate(struct reading_of_texts *r, const struct candidate *c)
{
	struct msg_text *text = &r->texts->v[r->texts->n];

	if (!c->is_taken)
		return;
	r->texts->n++;
	*text = c->text;
	text->facts = ARENA_NEW(r->msg->arena, struct msg_text_facts);
	read_bytes(r, text, c->type, c->subtype, c->bytes, c->charset);
}

/* Its label says otherwise, and so programs show it; but its words are these. */
static void read_as_utf8(struct reading_of_texts *r, struct mime_part *part)
{
	struct mime_reading *reading = ARENA_NEW(r->msg->arena, struct mime_reading);
	struct candidate c = {.is_taken = false};

	*reading = (struct mime_reading){.of = part,
		.why = MIME_BIT_AMBIGUOUS_CHARSET,
		.type = part->type,
		.subtype = part->subtype,
		.charset = SPAN("utf-8"),
		.filename = part->filename,
		.bytes = mime_part_source(r->msg->mime, part)};
	if (!describe_reading(r->msg->mime, reading, &c))
		return;
	take(r, &c);
	read_candidate(r, &c);
}

const struct msg_texts *msg_read_texts(struct msg *m)
{
	const struct mime_readings *readings = mime_other_readings(m->mime);
	size_t most = m->mime->part_count + readings->n, n = 0, part_texts = 0;
	struct candidate *all = ARENA_ARRAY(m->arena, struct candidate, most);
	struct reading_of_texts r = {.msg = m,
		.texts = ARENA_NEW(m->arena, struct msg_texts),
		.texts_left = MSG_TEXTS_MOST,
		.bytes_left = MSG_TEXT_BYTES_MOST};

	for (size_t i = 0; i < m->mime->part_count; i++)
		n += describe_part(m->mime, m->mime->parts[i], &all[n]);
	for (size_t i = 0; i < readings->n; i++)
		n += describe_reading(m->mime, &readings->v[i], &all[n]);
	take_by_rank(&r, all, n);
	/* each may have one more reading: read_as_utf8 */
	r.texts->v = ARENA_ARRAY(m->arena, struct msg_text, num_min(2 * n, MSG_TEXTS_MOST));
	for (size_t i = 0; i < n; i++) {
		read_candidate(&r, &all[i]);
		part_texts += all[i].is_taken && all[i].text.reading == NULL;
	}
	for (size_t i = 0; i < part_texts; i++)
		if ((r.texts->v[i].charset_defects & MSG_CHARSET_DEFECT(IS_UTF8)) != 0)
			read_as_utf8(&r, r.texts->v[i].part);
	return r.texts;
}

const char *msg_cut_name(enum msg_cut cut)
{
	static const char *const names[] = {
#define CUT(constant, name) name,
		MSG_CUTS(CUT)
#undef CUT
	};

	return names[cut];
}

unsigned msg_cuts(struct msg *m)
{
	const struct msg_texts *texts = msg_texts(m);
	unsigned cuts = texts->cuts;

	if (msg_urls(m)->is_cut)
		cuts |= MSG_CUT(URLS);
	if (msg_mentions(m)->is_cut)
		cuts |= MSG_CUT(MENTIONS);
	for (size_t i = 0; i < texts->n; i++) {
		const struct html_view *view = msg_text_html(m, &texts->v[i]);

		if (view != NULL && (view->sights & HTML_SIGHT(LIMIT)) != 0)
			cuts |= texts->v[i].is_attachment ? MSG_CUT(ATTACHED) : MSG_CUT(HTML);
	}
	return cuts;
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
