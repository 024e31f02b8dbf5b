/*
 * Text of HTML that nobody sees.
 *
 * DESIGN. Hidden text alone says little: nearly every newsletter has a line that only the list of messages shows, and
 * many have a second layout for small screens. So pieces count little by themselves, and letters in the colour of the
 * paper count by how many they are, and how many beside those that are seen. A piece that is nearly seen counts for
 * less. What has no letters (a spacer, blanks to fill a line of the list) is no text.
 */
#include "checks/inner.h"

enum { CALLBACK, WHITE, ZERO_FONT, MANY };

enum {
	LITTLE = 200,    /* letters: the line that the list of messages shows has no more */
	MUCH = 1000,     /* letters: the score is full */
	PIECES = 10,     /* of text: the score is full */
	TOLD_MOST = 5,   /* pieces in evidence */
	WORDS_MOST = 60, /* bytes of a piece in evidence */
};

static const struct scan_symbol symbols[] = {
	[CALLBACK] = {.name = "HTML_VISIBLE_CHECKS",
		.group = "html",
		.kind = SCAN_CALLBACK,
		.meaning = "Looks for text that nobody sees",
		.explain = "Stands for the whole check: switching it off switches off the symbols "
			   "about hidden text."},
	[WHITE] = {.name = "R_WHITE_ON_WHITE",
		.score = 4,
		.group = "html",
		.one_shot = true,
		.meaning = "Letters in the colour of what is behind them",
		.explain =
			"There is text that cannot be told from its background, or is wholly "
			"transparent. Spam fills up with innocent words in this way, which only "
			"filters read. Up to 200 letters count next to nothing, since newsletters "
			"hide the line so that the list of messages shows; the score is full "
			"from 1000 letters on if they are a good part of the text. The evidence "
			"is how many letters are hidden, and how they begin."},
	[ZERO_FONT] = {.name = "ZERO_FONT",
		.score = 1,
		.group = "html",
		.one_shot = true,
		.meaning = "Letters of no size",
		.explain =
			"There is text in letters so small that nobody can read them. Put "
			"between letters that are seen, they break up the words that filters look "
			"for; long ones are innocent words for filters alone. Newsletters hide a "
			"line in this way, so that a single short piece counts little. The score "
			"is full with ten pieces or much text. The evidence is how many letters "
			"are hidden, and how they begin."},
	[MANY] = {.name = "MANY_INVISIBLE_PARTS",
		.score = 1,
		.group = "html",
		.one_shot = true,
		.meaning = "Pieces of text are hidden",
		.explain =
			"Text is hidden in whatever way: not displayed, without size, in the "
			"colour of its background, transparent, moved out of the window. One piece "
			"is the rule in newsletters; the score is full with ten. Layouts for "
			"small screens bring several. The evidence is how many pieces and "
			"letters there are of each kind."},
};

/* The sums over all HTML of the message. */
struct sums {
	size_t pieces, letters; /* all of them */
	struct {
		size_t pieces, letters;
	} by[HTML_WHY_COUNT];
	struct {
		size_t pieces;
		double letters; /* those that are nearly seen count as fewer */
	} white, zero;
};

/* Blanks of all kinds are no letters, nor is what takes no room. */
static bool is_letter(uint32_t c)
{
	return c > 0x20 && c != 0x7f && c != 0xa0 && c != 0x034f && c != 0x3000 &&
		(c < 0x2000 || c > 0x200f) && (c < 0x80 || !text_is_invisible(c));
}

static size_t count_letters(struct span text)
{
	size_t n = 0;

	while (text.n > 0) {
		unsigned char first = (unsigned char)*text.p;

		if (first >= 0x80) {
			n += is_letter(utf8_next(&text));
			continue;
		}
		n += first > 0x20 && first != 0x7f;
		text = span_from(text.p + 1, text.n - 1);
	}
	return n;
}

/* The first words of a piece, without line ends. */
static struct span first_words(struct arena *a, struct span text)
{
	struct buf out;

	buf_init(&out, a, WORDS_MOST + UTF8_CHAR_MOST);
	text = span_trim(text);
	while (text.n > 0 && out.n < WORDS_MOST) {
		uint32_t c = utf8_next(&text);

		if (is_letter(c))
			utf8_add(&out, c);
		else if (out.n > 0 && out.p[out.n - 1] != ' ')
			buf_add_byte(&out, ' ');
	}
	return buf_span(&out);
}

static void tell_piece(struct scan *s, unsigned symbol, size_t nth, const struct html_hidden *piece,
	size_t letters)
{
	if (nth <= TOLD_MOST)
		scan_add_printf(s, symbol, 0, "%zu letters (%s): %.*s", letters,
			html_why_name(piece->why), SPAN_ARG(first_words(s->arena, piece->text)));
}

static void add_piece(struct scan *s, const struct html_hidden *piece, struct sums *sums)
{
	size_t letters = count_letters(piece->text);
	double hidden = (double)letters * (1 - piece->degree);
	size_t n = piece->elements > 1 ? piece->elements : 1;

	if (letters == 0)
		return;
	sums->pieces += n;
	sums->letters += letters;
	sums->by[piece->why].pieces += n;
	sums->by[piece->why].letters += letters;
	switch (piece->why) {
	case HTML_WHY_COLOR:
	case HTML_WHY_OPACITY:
		sums->white.pieces++;
		sums->white.letters += hidden;
		tell_piece(s, WHITE, sums->white.pieces, piece, letters);
		break;
	case HTML_WHY_FONT_SIZE:
		tell_piece(s, ZERO_FONT, sums->zero.pieces + 1, piece, letters);
		sums->zero.pieces += n;
		sums->zero.letters += hidden;
		break;
	default:
		break;
	}
}

/* 0 to 1: next to nothing for a short line, all for much text that is a good part of the whole. */
static double weigh_letters(double hidden, size_t visible)
{
	double size = (hidden - LITTLE) / (MUCH - LITTLE);
	double share = 2 * hidden / (hidden + (double)visible);

	if (size <= 0)
		return 0.05;
	return 0.05 + 0.95 * (size < 1 ? size : 1) * (share < 1 ? share : 1);
}

/* 0 to 1: one piece is half of a tenth. */
static double weigh_pieces(size_t n)
{
	return n >= PIECES ? 1 : n <= 1 ? 0.05 : (double)(n - 1) / PIECES;
}

static void tell_all(struct scan *s, const struct sums *sums)
{
	for (int i = 0; i < HTML_WHY_COUNT; i++)
		if (sums->by[i].pieces > 0)
			scan_add_printf(s, MANY, 0, "%s: %zu pieces, %zu letters",
				html_why_name((enum html_why)i), sums->by[i].pieces,
				sums->by[i].letters);
}

/* The HTML of a text that a reader is shown, or NULL. */
static const struct html_view *find_view(struct scan *s, struct msg_text *text)
{
	return text->is_attachment ? NULL : msg_text_html(s->msg, text);
}

static size_t count_visible(struct scan *s, const struct msg_texts *texts)
{
	size_t n = 0;

	for (size_t i = 0; i < texts->n; i++) {
		const struct html_view *view = find_view(s, &texts->v[i]);

		if (view != NULL)
			n += count_letters(view->text);
	}
	return n;
}

static void add_sums(struct scan *s, const struct sums *sums, const struct msg_texts *texts)
{
	const struct span nothing = {0};
	size_t visible;

	if (sums->pieces == 0)
		return;
	scan_add_text(s, MANY, weigh_pieces(sums->pieces), nothing);
	tell_all(s, sums);
	if (sums->white.pieces + sums->zero.pieces == 0)
		return;
	visible = count_visible(s, texts);
	if (sums->white.pieces > 0)
		scan_add_text(s, WHITE, weigh_letters(sums->white.letters, visible), nothing);
	if (sums->zero.pieces > 0) {
		double letters = weigh_letters(sums->zero.letters, visible);
		double pieces = weigh_pieces(sums->zero.pieces);

		scan_add_text(s, ZERO_FONT, letters > pieces ? letters : pieces, nothing);
	}
}

static enum rc run(struct scan *s)
{
	const struct msg_texts *texts = msg_texts(s->msg);
	struct sums sums = {0};

	for (size_t i = 0; i < texts->n; i++) {
		const struct html_view *view = find_view(s, &texts->v[i]);

		for (size_t k = 0; view != NULL && k < view->hidden_count; k++)
			if (view->hidden[k].why != HTML_WHY_COMMENT)
				add_piece(s, &view->hidden[k], &sums);
	}
	add_sums(s, &sums, texts);
	return RC_OK;
}

const struct check check_html_visible = {
	.name = "html_visible",
	.help = "Looks for text of HTML that nobody sees.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
