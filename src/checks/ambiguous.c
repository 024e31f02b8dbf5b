/*
 * Parts that mail programs read in different ways, and texts whose charset is doubtful.
 *
 * DESIGN: the contents of the other readings are looked at as those of the tree are (URLs, texts, names); this
 * check only says that there are some. What broken software makes as well counts nothing or little, what
 * takes two fields that contradict each other counts fully.
 */
#include "checks/inner.h"

enum { AMBIGUOUS, READINGS_LIMIT, CHARSET_MISMATCH, CONTENT_LIMIT };

static const struct scan_symbol symbols[] = {
	[AMBIGUOUS] = {.name = "MIME_AMBIGUOUS",
		.score = 1,
		.group = "mime_types",
		.one_shot = true,
		.meaning = "Mail programs differ in what they see in a part",
		.explain =
			"A part can be read in several ways: it has two types, encodings or "
			"boundaries, a misspelled encoding, NUL bytes, comments in odd places. "
			"What one program shows stays hidden from another, so that a filter that "
			"reads it in one way alone misses what the recipient sees. All readings "
			"are looked at here. The evidence names the part, the reason and what "
			"another program would see. Broken base64 or quoted-printable and names "
			"of the same kind of file are told without a score, for old mail software "
			"makes them too."},
	[READINGS_LIMIT] = {.name = "MIME_READINGS_LIMIT",
		.score = 2,
		.group = "mime_types",
		.meaning = "More readings of the parts than are looked at",
		.explain =
			"The parts of the message can be read in so many ways, or what they hold "
			"is so large, that not all readings were looked at. No honest program "
			"makes such mail: it is built to hide something in one reading of many."},
	[CHARSET_MISMATCH] = {.name = "CHARSET_MISMATCH",
		.score = 0.5,
		.group = "mime_types",
		.one_shot = true,
		.meaning = "A text is in another charset than it says",
		.explain =
			"The charset of the Content-Type, the byte order mark, the HTML itself and "
			"the bytes do not agree. Programs then show different letters, and words "
			"can be hidden so. A byte order mark that contradicts the label counts; "
			"the other disagreements, which careless programs make every day, are "
			"only told."},
	[CONTENT_LIMIT] = {.name = "CONTENT_LIMIT",
		.score = 2,
		.group = "mime_types",
		.one_shot = true,
		.meaning = "More texts, links or addresses than are looked at",
		.explain =
			"The message has so much of something that not all of it was looked at: "
			"200 texts, 8 MB of them, 10,000 URLs, links and styles of an HTML "
			"document, 64 levels of parts. Mail is built so to put what must not be "
			"found behind the limit. Large plain texts that are attached, as logs are, "
			"and long lists of addresses are only told. The evidence is what was too "
			"much; `winnow dump urls` shows what was found."},
};

/* How much it counts that there was too much. */
static const double cut_weights[MSG_CUT_COUNT] = {
	[MSG_BIT_CUT_TEXTS] = 1,
	[MSG_BIT_CUT_TEXT_BYTES] = 1,
	[MSG_BIT_CUT_ATTACHED] = 0,
	[MSG_BIT_CUT_DEPTH] = 1,
	[MSG_BIT_CUT_HTML] = 1,
	[MSG_BIT_CUT_URLS] = 1,
	[MSG_BIT_CUT_MENTIONS] = 0,
};

/* How much the reason counts. */
static const double weights[MIME_AMBIGUITY_COUNT] = {
	[MIME_BIT_AMBIGUOUS_TYPE] = 1,
	[MIME_BIT_AMBIGUOUS_ENCODING] = 1,
	[MIME_BIT_AMBIGUOUS_BOUNDARY] = 1,
	[MIME_BIT_AMBIGUOUS_BASE64] = 0,
	[MIME_BIT_AMBIGUOUS_QP] = 0,
	[MIME_BIT_AMBIGUOUS_NUL] = 1,
	[MIME_BIT_AMBIGUOUS_NAME] = 1, /* when it is of another kind of file */
	[MIME_BIT_AMBIGUOUS_HEADER] = 0.5,
	[MIME_BIT_AMBIGUOUS_COMMENT] = 0.5,
	[MIME_BIT_AMBIGUOUS_LINE] = 0.5,
	[MIME_BIT_AMBIGUOUS_NESTED] = 1,
	[MIME_BIT_AMBIGUOUS_CHARSET] = 0.5,
};

static const double charset_weights[MSG_CHARSET_DEFECT_COUNT] = {
	[MSG_BIT_CHARSET_BOM_DIFFERS] = 1,
};

static struct span extension(struct span name)
{
	size_t dot = span_find_last_byte(name, '.');

	return span_trim(span_from_offset(name, dot == name.n ? dot : dot + 1));
}

/* What runs when it is opened, shows pages of its own, or wraps such files. */
static bool is_dangerous(struct span ext)
{
	static const struct span list = SPAN_INIT(
		" exe com scr pif bat cmd ps1 psm1 vbs vbe js jse wsf wsh wsc hta lnk url msi msp jar "
		"cpl dll reg inf chm sct iso img vhd vhdx cab ace docm dotm xlsm xlam xll pptm ppam "
		"htm html shtml xhtml xht mht mhtml svg zip rar 7z gz tar apk app dmg pkg sh py one ");
	char word[16];

	if (ext.n == 0 || ext.n + 3 > sizeof(word) || span_has_byte(ext, ' '))
		return false;
	word[0] = word[ext.n + 1] = ' ';
	for (size_t i = 0; i < ext.n; i++)
		word[i + 1] = byte_lower(ext.p[i]);
	return span_find(list, span_from(word, ext.n + 2)) < list.n;
}

/*
 * One name of a kind and one of none is what software makes that leaves the end of a name out in one of two places
 * (signatures of OpenPGP, for one): it matters for what is dangerous alone.
 */
static bool is_other_kind(struct span name, struct span other)
{
	struct span a = extension(name), b = extension(other);

	if (a.n > 0 && b.n > 0)
		return !span_equal_nocase(a, b);
	return is_dangerous(a) || is_dangerous(b);
}

static double weight_of(const struct mime_reading *r)
{
	if (r->why == MIME_BIT_AMBIGUOUS_NAME && !is_other_kind(r->filename, r->of->filename))
		return 0;
	return weights[r->why];
}

static void report_reading(struct scan *s, const struct mime_reading *r)
{
	const char *why = mime_ambiguity_name(r->why);

	if (span_is_null(r->bytes))
		scan_add_printf(s, AMBIGUOUS, weight_of(r), "%u: %s: %.*s", r->of->id, why,
			SPAN_ARG(r->filename));
	else
		scan_add_printf(s, AMBIGUOUS, weight_of(r), "%u: %s: %.*s/%.*s of %zu bytes",
			r->of->id, why, SPAN_ARG(r->type), SPAN_ARG(r->subtype), r->bytes.n);
}

static void report_charset(struct scan *s, const struct msg_text *text)
{
	for (unsigned bit = 0; bit < MSG_CHARSET_DEFECT_COUNT; bit++)
		if ((text->charset_defects >> bit & 1) != 0)
			scan_add_printf(s, CHARSET_MISMATCH, charset_weights[bit], "%u: %s",
				text->part->id, msg_charset_defect_name(bit));
}

static void report_cuts(struct scan *s, unsigned cuts)
{
	for (unsigned bit = 0; bit < MSG_CUT_COUNT; bit++)
		if ((cuts >> bit & 1) != 0)
			scan_add_text(s, CONTENT_LIMIT, cut_weights[bit],
				span_of(msg_cut_name(bit)));
}

static enum rc run(struct scan *s)
{
	const struct mime_readings *readings = mime_other_readings(s->msg->mime);
	const struct msg_texts *texts = msg_texts(s->msg);

	for (size_t i = 0; i < readings->n; i++)
		report_reading(s, &readings->v[i]);
	if (readings->is_cut)
		scan_add(s, READINGS_LIMIT);
	for (size_t i = 0; i < texts->n; i++)
		if (texts->v[i].reading == NULL)
			report_charset(s, &texts->v[i]);
	report_cuts(s, msg_cuts(s->msg));
	return RC_OK;
}

const struct check check_ambiguous = {
	.name = "ambiguous",
	.help = "Parts that mail programs read in different ways.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
