/*
 * What the files of the view share: what styles say, what they make of an element, the open elements, and the view
 * while it is made.
 */
#ifndef HTML_VIEW_INNER_H
#define HTML_VIEW_INNER_H

#include "html/html.h"

/* ---- colours: colour.c ---- */

/* Red, green, blue and alpha, a byte each, red first. False for what is no colour of CSS. */
bool html_parse_colour(struct span text, uint32_t *out);
/* As bgcolor and the like are read. False when the attribute is to be ignored. */
bool html_parse_old_colour(struct span text, uint32_t *out);
/* What is seen of `over` before the opaque colour `under`: opaque. */
uint32_t html_blend_colour(uint32_t over, uint32_t under);
/* How well two opaque colours are told apart: under 1 nobody does. */
double html_contrast(uint32_t one, uint32_t other);

/* ---- declarations: style.c ---- */

/* PROP(constant): what a declaration may say that decides whether something is seen. */
#define HTML_PROPS(PROP)                                                                           \
	PROP(DISPLAY)                                                                              \
	PROP(VISIBILITY)                                                                           \
	PROP(FONT_SIZE)                                                                            \
	PROP(LINE_HEIGHT)                                                                          \
	PROP(COLOUR)                                                                               \
	PROP(BACK_COLOUR)                                                                          \
	PROP(BACK_IMAGE)                                                                           \
	PROP(OPACITY)                                                                              \
	PROP(POSITION)                                                                             \
	PROP(FLOAT)                                                                                \
	PROP(LEFT)                                                                                 \
	PROP(TOP)                                                                                  \
	PROP(RIGHT)                                                                                \
	PROP(BOTTOM)                                                                               \
	PROP(MARGIN_LEFT)                                                                          \
	PROP(MARGIN_TOP)                                                                           \
	PROP(TEXT_INDENT)                                                                          \
	PROP(TRANSFORM)                                                                            \
	PROP(CLIP)                                                                                 \
	PROP(CLIP_PATH)                                                                            \
	PROP(OVERFLOW)                                                                             \
	PROP(WIDTH)                                                                                \
	PROP(HEIGHT)                                                                               \
	PROP(MAX_WIDTH)                                                                            \
	PROP(MAX_HEIGHT)                                                                           \
	PROP(WHITE_SPACE)                                                                          \
	PROP(FOLDED) /* what it holds is not shown; no declaration says so */

enum html_prop {
#define PROP(constant) HTML_PROP_##constant,
	HTML_PROPS(PROP)
#undef PROP
		HTML_PROP_COUNT
};

#define HTML_PROP(constant) (UINT32_C(1) << HTML_PROP_##constant)

enum html_display {
	HTML_INLINE,
	HTML_INLINE_BLOCK,
	HTML_BLOCK,
	HTML_CELL,
	HTML_ROW,
	HTML_TABLE, /* a block whose width and height are no limits */
	HTML_NONE,
};

enum html_position { HTML_STATIC, HTML_RELATIVE, HTML_ABSOLUTE, HTML_FIXED };

enum html_unit {
	HTML_WORD, /* a word of the property: an enum above, or yes and no */
	HTML_COLOUR,
	HTML_NUMBER,
	HTML_PX,
	HTML_WINDOW, /* pixels, by the size of the window */
	HTML_EM,
	HTML_PERCENT,
	HTML_AUTO,
};

struct html_value {
	enum html_unit unit;
	union {
		float number;
		uint32_t word; /* or a colour */
	};
};

struct html_style {
	uint32_t set;       /* bits of HTML_PROP(): what it says at all */
	uint32_t important; /* and what with !important */
	struct html_value v[HTML_PROP_COUNT];
};

enum { HTML_URLS_MOST = 8 };

/* What stood in url() of some declarations. */
struct html_urls {
	struct span v[HTML_URLS_MOST];
	size_t n;
	bool is_cut;
};

/*
 * Reads declarations, as a style attribute has them, over what is in `out` and `urls` already. Takes memory from `a`
 * only for escapes and comments of CSS.
 */
void html_read_style(struct arena *a, struct span text, struct html_style *out,
	struct html_urls *urls);
/* Takes from `from` what the bits of `which` name and `from` sets. */
void html_merge_style(struct html_style *into, const struct html_style *from, uint32_t which);
/* "12", "12px", "50%", as attributes and old mail have it; false for what is no length. */
bool html_parse_length(struct span text, struct html_value *out);
/* The URL of "url(...)" or of a string, without quotes; null when the text begins with neither. */
struct span html_css_url(struct span text);
/* Without comments; `text` itself when it has none. */
struct span html_css_uncomment(struct arena *a, struct span text);
/* Escapes of CSS undone: \64, \000064 and a blank, \d for any other byte; `text` itself when it has none. */
struct span html_css_unescape(struct arena *a, struct span text);
/* How many bytes the round bracket that `text` begins with takes with what is in it; 0 when it is not closed. */
size_t html_css_bracket(struct span text);

/* ---- selectors: selectors.c ---- */

enum {
	HTML_CLASSES_MOST = 3, /* of a part of a selector */
	HTML_PARTS_MOST = 16,
};

/* "td.x#y" */
struct html_compound {
	char combinator; /* how it stands to the one before it: ' ' or '>' */
	uint8_t class_count;
	enum html_tag tag; /* of the type, when it is a known one */
	struct span type;  /* null: any */
	struct span id;
	struct span whole; /* all of the class attribute; null: it does not matter */
	struct span classes[HTML_CLASSES_MOST];
};

struct html_selector {
	struct html_compound parts[HTML_PARTS_MOST];
	size_t n;
	uint32_t weight; /* specificity */
};

enum html_understood {
	HTML_BROKEN, /* and voids the rule */
	HTML_OTHER,  /* of a kind that is not followed */
	HTML_KNOWN,
};

/* Takes a selector off a list, up to its comma. Takes memory from `a` for escapes. */
enum html_understood html_take_selector(struct arena *a, struct span *rest,
	struct html_selector *out);

/* ---- media: media.c ---- */

/* True for media that a screen is, in windows of any usual width. */
bool html_media_applies(struct span media);

/* ---- style sheets: rules.c ---- */

struct html_rules;
struct html_element;

struct html_rules *html_rules_make(struct arena *a);
size_t html_rules_count(const struct html_rules *rules);
/* More rules than HTML_RULES_MOST, or more work than is done for them. */
bool html_rules_are_cut(const struct html_rules *rules);
/* Where url() and @import of a sheet go. */
typedef void html_url_sink(void *arg, struct span url, bool is_import);
/* A sheet of a style element. */
void html_rules_add(struct html_rules *rules, struct span sheet, html_url_sink *sink, void *arg);
/* The same without the rules: its URLs. */
void html_rules_skip(struct html_rules *rules, struct span sheet, html_url_sink *sink, void *arg);
/*
 * Merges what the rules say about `elements[n - 1]`, whose ancestors are the others: first what is not important, the
 * stronger later, and what is !important likewise into `important`.
 */
void html_rules_match(struct html_rules *rules, const struct html_element *elements, size_t n,
	struct html_style *normal, struct html_style *important);

/* ---- what a style makes of an element: look.c ---- */

struct html_look {
	float font; /* pixels */
	float opacity;
	uint32_t colour;
	uint32_t back; /* opaque */
	enum html_display display;
	enum html_why why;      /* HTML_WHY_COUNT: it is seen */
	enum html_why for_good; /* what no element within can undo; HTML_WHY_COUNT: nothing */
	float degree;
	float contrast;     /* of colour and back */
	bool is_back_known; /* no image there */
	bool is_invisible;  /* visibility */
	bool is_pre;
};

void html_look_init(struct html_look *out);
/* The look of an element that says `style` within one that looks as `parent`. */
void html_look_make(const struct html_look *parent, const struct html_style *style,
	struct html_look *out);
/* What browsers say about an element themselves. */
enum html_display html_display_of(enum html_tag tag);
void html_default_style(enum html_tag tag, struct html_style *out);

/* ---- attributes: attrs.c ---- */

#define HTML_KNOWN_ATTRS(ATTR)                                                                     \
	ATTR(ACTION, "action")                                                                     \
	ATTR(ALT, "alt")                                                                           \
	ATTR(ARCHIVE, "archive")                                                                   \
	ATTR(BACKGROUND, "background")                                                             \
	ATTR(BGCOLOR, "bgcolor")                                                                   \
	ATTR(CITE, "cite")                                                                         \
	ATTR(CLASS, "class")                                                                       \
	ATTR(CODE, "code")                                                                         \
	ATTR(CODEBASE, "codebase")                                                                 \
	ATTR(COLOR, "color")                                                                       \
	ATTR(CONTENT, "content")                                                                   \
	ATTR(DATA, "data")                                                                         \
	ATTR(DOWNLOAD, "download")                                                                 \
	ATTR(DYNSRC, "dynsrc")                                                                     \
	ATTR(FACE, "face")                                                                         \
	ATTR(FORMACTION, "formaction")                                                             \
	ATTR(HEIGHT, "height")                                                                     \
	ATTR(HIDDEN, "hidden")                                                                     \
	ATTR(HREF, "href")                                                                         \
	ATTR(HTTP_EQUIV, "http-equiv")                                                             \
	ATTR(ID, "id")                                                                             \
	ATTR(LINK, "link")                                                                         \
	ATTR(LONGDESC, "longdesc")                                                                 \
	ATTR(LOWSRC, "lowsrc")                                                                     \
	ATTR(MANIFEST, "manifest")                                                                 \
	ATTR(MEDIA, "media")                                                                       \
	ATTR(METHOD, "method")                                                                     \
	ATTR(ONCLICK, "onclick")                                                                   \
	ATTR(ONERROR, "onerror")                                                                   \
	ATTR(ONLOAD, "onload")                                                                     \
	ATTR(ONMOUSEOVER, "onmouseover")                                                           \
	ATTR(OPEN, "open")                                                                         \
	ATTR(PING, "ping")                                                                         \
	ATTR(POSTER, "poster")                                                                     \
	ATTR(PROFILE, "profile")                                                                   \
	ATTR(REL, "rel")                                                                           \
	ATTR(SIZE, "size")                                                                         \
	ATTR(SRC, "src")                                                                           \
	ATTR(SRCDOC, "srcdoc")                                                                     \
	ATTR(SRCSET, "srcset")                                                                     \
	ATTR(STYLE, "style")                                                                       \
	ATTR(TEXT, "text")                                                                         \
	ATTR(TITLE, "title")                                                                       \
	ATTR(TYPE, "type")                                                                         \
	ATTR(WIDTH, "width")                                                                       \
	ATTR(XLINK_HREF, "xlink:href")

enum html_known_attr {
#define ATTR(constant, name) HTML_ATTR_##constant,
	HTML_KNOWN_ATTRS(ATTR)
#undef ATTR
		HTML_KNOWN_ATTR_COUNT
};

#define HTML_ATTR(constant) (UINT64_C(1) << HTML_ATTR_##constant)

/* The attributes of a tag that mean something here. */
struct html_known_attrs {
	uint64_t set; /* bits of HTML_ATTR() */
	bool has_handler;
	struct span v[HTML_KNOWN_ATTR_COUNT]; /* those that are set */
};

/* HTML_KNOWN_ATTR_COUNT when it means nothing here. */
enum html_known_attr html_find_attr(struct span name);
void html_sort_attrs(const struct html_token *token, struct html_known_attrs *out);
/* Null when it is not there. */
struct span html_attr(const struct html_known_attrs *attrs, enum html_known_attr which);
struct span html_attr_name(enum html_known_attr which);
/* What the element holds is for programs that do not know it, or for readers who open it. */
bool html_is_folded(const struct html_element *e, const struct html_known_attrs *attrs);
/* Takes the next word off a list with blanks between, as class and rel have it. */
bool html_next_word(struct span *rest, struct span *out);

/* ---- visible text: text.c ---- */

enum html_gap { HTML_GAP_NONE, HTML_GAP_BLANK, HTML_GAP_LINE, HTML_GAP_LINES };

/* Text as a reader has it, being put together. */
struct html_writer {
	struct buf out;
	enum html_gap gap; /* what comes before the next letter */
};

void html_writer_init(struct html_writer *w, struct arena *a, size_t most);
/* A larger gap takes the place of a smaller one. */
void html_add_gap(struct html_writer *w, enum html_gap gap);
/* The end of a line that br makes: two of them leave a line empty. */
void html_add_line_end(struct html_writer *w);

struct html_steps {
	VEC(struct html_step);
};

/* Text and where it came from: `raw` begins at `origin` of the document, and is `text` itself where nothing changed. */
struct html_place {
	struct span text, raw;
	size_t origin;
};

/* There is text, and all of it is blanks that go together with others. */
bool html_is_blank(struct span text);
/* Adds text. Gives where its first letter came to stand, SIZE_MAX when it was blank. `steps` may be NULL. */
size_t html_add_text(struct html_writer *w, struct html_place place, bool is_pre, struct arena *a,
	struct html_steps *steps);

/* ---- open elements: tree.c ---- */

struct html_element {
	enum html_tag tag;
	struct span name, id, classes;
	struct html_style style; /* what is said about it */
	struct html_look look;
	size_t link;       /* that it stands in, plus one; 0: in none */
	unsigned name_key; /* of an element that is not known by its tag */
	unsigned marker;   /* the depth of the cell or the like that it stands in */
	bool is_foreign;   /* an element of svg or math */
	bool has_foreign;  /* and so is what stands in it */
	bool has_summary;  /* a details element that has shown one */
	size_t hider;      /* which of the elements that hide their text holds it; 0: none */
	bool is_gone;      /* closed, while what was opened in it is not */
};

enum {
	HTML_PENDING_MOST = 16,
	HTML_NAME_KEYS = 4096,
};

struct html_tree {
	struct html_element *open; /* at most HTML_DEPTH_MOST; the first stands for the document */
	size_t n;
	uint32_t open_of[HTML_TAG_COUNT];
	uint16_t unknown_of[HTML_NAME_KEYS]; /* open ones of unknown tags, by their keys */
	uint32_t over_of[HTML_TAG_COUNT];    /* open, but a deeper one took their place */
	size_t over;
	/* formatting elements that others closed: they go on in the next text (section 13.2.4.3) */
	struct html_element *pending;
	size_t pending_count;
	size_t crossings;
	/* the largest gap of those that were closed, and of those that take room, until somebody takes them */
	enum html_gap gap, seen_gap;
	bool is_unbalanced;
	bool is_cut; /* formatting that others closed was not kept in mind any more */
};

void html_tree_init(struct html_tree *t, struct arena *a);
void html_tree_reset(struct html_tree *t);
struct html_element *html_tree_top(struct html_tree *t);
/*
 * What a start tag closes before its element is opened (sections 13.1.2.4 and 13.2.6.4.7). False when the tag means
 * nothing where it stands, as td does outside of tables.
 */
bool html_tree_imply(struct html_tree *t, enum html_tag tag);
/* The element to be opened next, within the top: its `look` is not made yet. */
struct html_element *html_tree_next(struct html_tree *t, enum html_tag tag, struct span name);
/*
 * In what the next element, or text (HTML_TAG_UNKNOWN), is seen: the top, but what stands in a table and in no cell of
 * it is shown before the table (section 13.2.6.1, foster parenting).
 */
const struct html_element *html_tree_parent(const struct html_tree *t, enum html_tag tag);
/* Opens it; false beyond HTML_DEPTH_MOST, where it takes the place of the top. */
bool html_tree_push(struct html_tree *t);
/* Closes down to `depth` elements. */
void html_tree_close(struct html_tree *t, size_t depth);
/* Formatting elements that others closed are opened again: before text and what stands in it. */
void html_tree_resume(struct html_tree *t);
/* An end tag; false when there was nothing to close. */
bool html_tree_end(struct html_tree *t, enum html_tag tag, struct span name);
bool html_is_void(enum html_tag tag);
/* It stands within text. */
bool html_is_inline(enum html_tag tag);
/* What may not stand in svg or math and ends them (section 13.2.6.5). */
bool html_is_breakout(const struct html_token *token);
/* What the edge of an element puts between texts. */
enum html_gap html_gap_of(const struct html_element *e);
/* It takes room, if perhaps nobody sees what is there. */
bool html_is_shown(const struct html_look *look);

/* ---- links, images, forms, sights: links.c ---- */

/* Links that are counted together. */
enum html_share { HTML_LEADING, HTML_FETCHED, HTML_OTHERS, HTML_SHARE_COUNT };

/* Of a link while the view is made. */
struct html_link_more {
	size_t hidden_start, hidden_end; /* in the hidden text */
	struct span alt;                 /* of the first image that has one */
	bool has_text;                   /* text_start and text_end are set */
	bool has_seen;                   /* an image in it is seen */
};

/* A piece of hidden text while the view is made: where it stands in all of it. */
struct html_piece {
	struct html_hidden hidden;
	size_t from, to;
};

/* A style attribute that was read before: mail says the same many times. */
struct html_cached {
	struct span text;
	struct html_style style;
	struct html_urls urls;
};

enum { HTML_CACHED = 128 };

struct html_cache {
	uint8_t places[2 * HTML_CACHED]; /* by the hash of the text: which of `v`, plus one */
	size_t n;
	struct html_cached v[HTML_CACHED];
};

struct html_reader {
	struct arena *arena;
	struct span document;
	struct html_view *view;
	struct html_tree tree;
	struct html_rules *rules;
	bool has_rules; /* the second time: all sheets have been read */
	bool has_late;  /* a sheet came after what it may be about */
	bool has_begun; /* the body, whether its tag was written or not */
	bool has_body;  /* there was something for sheets to be about */
	bool is_sheet_on;
	bool skip_line_end; /* the one right behind <pre> */
	struct span sheet;  /* of the open style element */
	struct buf sheet_buf;
	size_t sheet_start;
	struct html_known_attrs attrs;
	struct html_style important; /* what rules say so about the element that is opened */
	struct html_writer seen, unseen, title;
	struct html_steps steps;
	struct {
		VEC(struct html_link);
	} links;
	size_t links_of[HTML_SHARE_COUNT];
	struct {
		VEC(struct html_link_more);
	} more;
	struct {
		VEC(struct html_image);
	} images;
	struct {
		VEC(struct html_form);
	} forms;
	struct {
		VEC(struct html_piece);
	} hidden;
	size_t hider_count, last_hider; /* of html_element, and that of the last hidden text */
	bool is_hiding;                 /* the last piece of hidden text goes on */
	bool has_title;
	size_t form; /* the open form, plus one */
	uint32_t link_colour;
	struct html_cache *cache;
	size_t documents;               /* of data: URLs that were read */
	struct html_tokenizer *reading; /* of markup within the document, once there was some */
};

/* What a start tag brings along; `e` is its element, whose link is set when it is one. `r->attrs` are its attributes. */
void html_note_tag(struct html_reader *r, const struct html_token *token, struct html_element *e);
/* A link that is no element; `url` as written. Gives its number plus one, or 0. */
size_t html_note_url(struct html_reader *r, enum html_link_kind kind, enum html_tag tag,
	struct span attr, struct span url, size_t start, bool is_hidden);
/* Links of a comment that only programs of Microsoft read. False when it is another comment. */
bool html_note_conditional(struct html_reader *r, const struct html_token *token);
/* A piece of the text of a script that stands at `start`. */
void html_note_script(struct html_reader *r, struct span script, size_t start);

/* ---- scripts, and documents of data: URLs: script.c ---- */

/* Whose script it is: what its links say of themselves. */
struct html_script {
	enum html_tag tag;
	struct span attr;
	size_t start;
	bool is_hidden;
};

/* The URLs of its strings become links; gives the number of the first plus one, or 0. */
size_t html_note_script_urls(struct html_reader *r, struct span text,
	const struct html_script *script);
/* %41 and the like undone; `text` itself when it has none. */
struct span html_unescape_percent(struct arena *a, struct span text);
/* The document that a data: URL holds (RFC 2397), as UTF-8; null for data that is none. */
struct span html_data_document(struct arena *a, struct span url);

/* The texts of links, cut out of the texts, which no longer move. */
void html_finish_links(struct html_reader *r);

#endif
