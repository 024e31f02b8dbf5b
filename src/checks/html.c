/*
 * How the HTML of a message is made: images in place of text, links to bare addresses, styles from elsewhere.
 *
 * A message may have several texts in HTML; each symbol is told once, of the text in which it weighs most.
 */
#include "checks/inner.h"

enum {
	EXT_CSS,
	SHORT_IMG_1,
	SHORT_IMG_2,
	SHORT_IMG_3,
	TO_HTTPS,
	TO_IP,
	EMPTY_IMAGE,
	SUSPICIOUS_IMAGES,
	SYMBOL_COUNT
};

enum {
	SHORT_1 = 1024, /* bytes of visible text */
	SHORT_2 = 1536,
	SHORT_3 = 2048,
	EMPTY = 50, /* bytes of visible text that say nothing */
	/* width and height of an image together, in pixels */
	IMAGE_COUNTS = 100,
	IMAGE_SHORT = 210,
	IMAGE_LARGE = 400,
	IMAGE_MOST = 20000,
	PIXELS_A_WORD = 100, /* of an image are as much as a word */
	URL_SHOWN = 100,     /* bytes of a URL in evidence */
	TOLD_MOST = 10,      /* links in evidence */
};

#define SHORT(name_, score_, size_)                                                                \
	{                                                                                          \
		.name = (name_), .score = (score_), .group = "html",                               \
		.meaning = "Little text and a linked image that the message brings along",         \
		.explain = "The visible text of the HTML has " size_                               \
			   ", and an image that is attached or part of the HTML is a link. So "    \
			   "that filters have nothing to read, spam paints its words. A short "    \
			   "letter with a company's logo as a link looks alike. The evidence is "  \
			   "the length of the text and the size of the image."                     \
	}

static const struct scan_symbol symbols[] = {
	[EXT_CSS] = {.name = "EXT_CSS",
		.score = 1,
		.group = "html",
		.meaning = "A style sheet is fetched from elsewhere",
		.explain = "The HTML names a style sheet on another machine. Most mail programs do "
			   "not fetch it; those that do tell the sender that the message was read, "
			   "and what is seen can be changed later. The large services that give "
			   "out web fonts, which newsletters use, do not count. The evidence is "
			   "the address."},
	[SHORT_IMG_1] = SHORT("HTML_SHORT_LINK_IMG_1", 2, "less than 1024 bytes"),
	[SHORT_IMG_2] = SHORT("HTML_SHORT_LINK_IMG_2", 1, "1024 to 1535 bytes"),
	[SHORT_IMG_3] = SHORT("HTML_SHORT_LINK_IMG_3", 0.5, "1536 to 2047 bytes"),
	[TO_HTTPS] = {.name = "HTTP_TO_HTTPS",
		.score = 0.5,
		.group = "html",
		.meaning = "A link shows https and leads to http",
		.explain = "The text of a link is an address with https, but the link leads to one "
			   "without encryption. Phishing shows the real address of a bank and "
			   "leads elsewhere; mailing services that count clicks do it as well. The "
			   "evidence is what is shown and where it leads."},
	[TO_IP] = {.name = "HTTP_TO_IP",
		.score = 1,
		.group = "html",
		.meaning = "A link leads to a number and not to a name",
		.explain = "The host of a link is an IP address. What wants to be trusted has a "
			   "name; cracked machines and hosts of a day have none. Devices and "
			   "programs of an own network report so, too. The evidence is where the "
			   "links lead."},
	[EMPTY_IMAGE] = {.name = "R_EMPTY_IMAGE",
		.score = 2,
		.group = "html",
		.meaning = "Nearly no text but a large image",
		.explain = "The visible text of the HTML has less than 50 bytes, and there is an "
			   "image that is no link, whose width and height together are 400 pixels "
			   "or more. The words may be painted, so that filters cannot read them; "
			   "people who send a photograph do it as well. The evidence is the length "
			   "of the text and the size of the image."},
	[SUSPICIOUS_IMAGES] = {.name = "R_SUSPICIOUS_IMAGES",
		.score = 5,
		.group = "html",
		.meaning = "Linked images are more than the text beside them",
		.explain =
			"Images that are links are weighed against the words: each 100 pixels "
			"of width and height count as one word. The score is full when there "
			"are no words at all, and nothing when both are equal. Advertisement "
			"that is one large picture to click on looks like this, that of spammers "
			"and that of honest shops. The evidence is the number of images and of "
			"words."},
};

/* What is to be told of the message; weight 0: nothing. */
struct finding {
	double weight;
	struct span evidence;
};

struct findings {
	struct scan *scan;
	struct finding v[SYMBOL_COUNT];
};

static void note(struct findings *f, unsigned symbol, double weight, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void note(struct findings *f, unsigned symbol, double weight, const char *format, ...)
{
	struct finding *finding = &f->v[symbol];
	va_list ap;

	if (weight <= finding->weight)
		return;
	finding->weight = weight;
	va_start(ap, format);
	finding->evidence = arena_vprintf(f->scan->arena, format, ap);
	va_end(ap);
}

/* Width and height together; 0 for an image that nobody sees, or whose size is not said. */
static int size_of(const struct html_image *image)
{
	int width = image->width, height = image->height;

	if (image->is_hidden || width <= 0 || height <= 0)
		return 0;
	if (width > IMAGE_MOST || height > IMAGE_MOST)
		return IMAGE_MOST;
	return width + height;
}

static void check_short(struct findings *f, size_t text, const struct html_image *image)
{
	unsigned symbol = text < SHORT_1 ? SHORT_IMG_1 : text < SHORT_2 ? SHORT_IMG_2 : SHORT_IMG_3;

	if (text < SHORT_3 && image->is_linked && image->is_embedded &&
		size_of(image) >= IMAGE_SHORT)
		note(f, symbol, 1, "%zu bytes of text, %dx%d", text, image->width, image->height);
}

static void check_empty(struct findings *f, size_t text, const struct html_image *image)
{
	if (text < EMPTY && !image->is_linked && size_of(image) >= IMAGE_LARGE)
		note(f, EMPTY_IMAGE, 1, "%zu bytes of text, %dx%d", text, image->width,
			image->height);
}

static void check_images(struct findings *f, struct msg_text *text, const struct html_view *view)
{
	size_t linked = 0, words;
	double images = 0;

	for (size_t i = 0; i < view->image_count; i++) {
		const struct html_image *image = &view->images[i];

		check_short(f, view->text.n, image);
		check_empty(f, view->text.n, image);
		if (image->is_linked && size_of(image) > IMAGE_COUNTS) {
			images += (double)size_of(image) / PIXELS_A_WORD;
			linked++;
		}
	}
	if (linked == 0)
		return;
	words = msg_text_words(f->scan->msg, text)->n;
	if (images > (double)words)
		note(f, SUSPICIOUS_IMAGES, (images - (double)words) / (images + (double)words),
			"%zu linked images, %zu words", linked, words);
}

/* Services that give out letters to the mail of everybody. */
static const struct span fonts[] = {
	SPAN_INIT("fonts.googleapis.com/"),
	SPAN_INIT("fonts.bunny.net/"),
	SPAN_INIT("use.typekit.net/"),
	SPAN_INIT("cloud.typography.com/"),
	SPAN_INIT("fast.fonts.net/"),
	SPAN_INIT("use.fontawesome.com/"),
};

/* True for a sheet of another machine, but for those of web fonts. */
static bool is_external(struct span url)
{
	size_t host = span_starts_nocase(url, SPAN("http://")) ? 7
		: span_starts_nocase(url, SPAN("https://"))    ? 8
		: span_starts(url, SPAN("//"))                 ? 2
							       : 0;

	if (host == 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(fonts); i++)
		if (span_starts_nocase(span_from_offset(url, host), fonts[i]))
			return false;
	return true;
}

static void check_links(struct findings *f, const struct html_view *view)
{
	for (size_t i = 0; i < view->link_count; i++) {
		const struct html_link *link = &view->links[i];

		if (link->kind == HTML_LINK_STYLESHEET && is_external(link->url))
			note(f, EXT_CSS, 1, "%.*s", SPAN_ARG(span_slice(link->url, 0, URL_SHOWN)));
		if (link->kind == HTML_LINK_ANCHOR &&
			span_starts_nocase(link->text, SPAN("https://")) &&
			span_starts_nocase(link->url, SPAN("http:")))
			note(f, TO_HTTPS, 1, "%.*s leads to %.*s",
				SPAN_ARG(span_slice(link->text, 0, URL_SHOWN)),
				SPAN_ARG(span_slice(link->url, 0, URL_SHOWN)));
	}
}

/* Numbers are written in many ways: it takes the URLs as they were parsed. */
static void check_numbers(struct scan *s)
{
	const struct msg_urls *urls = msg_urls(s->msg);
	size_t told = 0;

	for (size_t i = 0; i < urls->n && told < TOLD_MOST; i++) {
		const struct msg_url *u = &urls->v[i];

		if (u->place != MSG_IN_HTML || u->link == NULL ||
			u->link->kind != HTML_LINK_ANCHOR ||
			(u->url.host_kind != URL_HOST_IPV4 && u->url.host_kind != URL_HOST_IPV6))
			continue;
		scan_add_text(s, TO_IP, told == 0 ? 1 : 0, span_slice(u->url.href, 0, URL_SHOWN));
		told++;
	}
}

static enum rc run(struct scan *s)
{
	const struct msg_texts *texts = msg_texts(s->msg);
	struct findings f = {.scan = s};

	for (size_t i = 0; i < texts->n; i++) {
		struct msg_text *text = &texts->v[i];
		const struct html_view *view =
			text->is_attachment ? NULL : msg_text_html(s->msg, text);

		if (view == NULL)
			continue;
		check_images(&f, text, view);
		check_links(&f, view);
	}
	for (unsigned i = 0; i < SYMBOL_COUNT; i++)
		if (f.v[i].weight > 0)
			scan_add_text(s, i, f.v[i].weight, f.v[i].evidence);
	check_numbers(s);
	return RC_OK;
}

const struct check check_html = {
	.name = "html",
	.help = "Looks at how the HTML of a message is made: images in place of text, links to numbers, styles from elsewhere.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
