/*
 * html: an HTML document as a browser and its reader have it: tokens, and what of them is seen.
 *
 * The input is UTF-8 and must live as long as what is made of it; nothing is copied that can be pointed at. Nothing
 * fails: whatever comes, there is a view of it. Time is linear in the document. Memory is at most
 * HTML_MEMORY_FACTOR times its size plus HTML_MEMORY_MORE.
 *
 *	const struct html_view *view = html_read(a, document);
 *	look_at(view->text);
 *	for (size_t i = 0; i < view->link_count; i++)
 *		follow(view->links[i].url);
 */
#ifndef HTML_HTML_H
#define HTML_HTML_H

#include "base/base.h"

enum {
	HTML_BYTES_MOST = 10 << 20, /* of a document: what follows is not looked at */
	HTML_ATTRS_MOST = 128,      /* attributes of a tag; of further ones those the view knows */
	HTML_ATTRS_MORE = 48,       /* as many as it may know */
	HTML_DEPTH_MOST = 512,   /* open elements, as in browsers; the last makes way for others */
	HTML_RULES_MOST = 2000,  /* of all style sheets of a document */
	HTML_LINKS_MOST = 10000, /* half of them such that lead somewhere */
	HTML_IMAGES_MOST = 5000,
	HTML_FORMS_MOST = 1000,
	HTML_HIDDEN_MOST = 5000, /* pieces of hidden text */
	HTML_MEMORY_FACTOR = 32,
	HTML_MEMORY_MORE = 1 << 20,
};

/* ---- elements: tags.c ---- */

/* TAG(constant, name): those that something here knows by name, in the order of their names. */
#define HTML_TAGS(TAG)                                                                             \
	TAG(A, "a")                                                                                \
	TAG(ADDRESS, "address")                                                                    \
	TAG(APPLET, "applet")                                                                      \
	TAG(AREA, "area")                                                                          \
	TAG(ARTICLE, "article")                                                                    \
	TAG(ASIDE, "aside")                                                                        \
	TAG(AUDIO, "audio")                                                                        \
	TAG(B, "b")                                                                                \
	TAG(BASE, "base")                                                                          \
	TAG(BIG, "big")                                                                            \
	TAG(BLOCKQUOTE, "blockquote")                                                              \
	TAG(BODY, "body")                                                                          \
	TAG(BR, "br")                                                                              \
	TAG(BUTTON, "button")                                                                      \
	TAG(CANVAS, "canvas")                                                                      \
	TAG(CAPTION, "caption")                                                                    \
	TAG(CENTER, "center")                                                                      \
	TAG(CODE, "code")                                                                          \
	TAG(COL, "col")                                                                            \
	TAG(COLGROUP, "colgroup")                                                                  \
	TAG(DD, "dd")                                                                              \
	TAG(DEL, "del")                                                                            \
	TAG(DETAILS, "details")                                                                    \
	TAG(DIALOG, "dialog")                                                                      \
	TAG(DIV, "div")                                                                            \
	TAG(DL, "dl")                                                                              \
	TAG(DT, "dt")                                                                              \
	TAG(EM, "em")                                                                              \
	TAG(EMBED, "embed")                                                                        \
	TAG(FIELDSET, "fieldset")                                                                  \
	TAG(FIGCAPTION, "figcaption")                                                              \
	TAG(FIGURE, "figure")                                                                      \
	TAG(FONT, "font")                                                                          \
	TAG(FOOTER, "footer")                                                                      \
	TAG(FORM, "form")                                                                          \
	TAG(FRAME, "frame")                                                                        \
	TAG(FRAMESET, "frameset")                                                                  \
	TAG(H1, "h1")                                                                              \
	TAG(H2, "h2")                                                                              \
	TAG(H3, "h3")                                                                              \
	TAG(H4, "h4")                                                                              \
	TAG(H5, "h5")                                                                              \
	TAG(H6, "h6")                                                                              \
	TAG(HEAD, "head")                                                                          \
	TAG(HEADER, "header")                                                                      \
	TAG(HR, "hr")                                                                              \
	TAG(HTML, "html")                                                                          \
	TAG(I, "i")                                                                                \
	TAG(IFRAME, "iframe")                                                                      \
	TAG(IMG, "img")                                                                            \
	TAG(INPUT, "input")                                                                        \
	TAG(KEYGEN, "keygen")                                                                      \
	TAG(LABEL, "label")                                                                        \
	TAG(LEGEND, "legend")                                                                      \
	TAG(LI, "li")                                                                              \
	TAG(LINK, "link")                                                                          \
	TAG(MAIN, "main")                                                                          \
	TAG(MAP, "map")                                                                            \
	TAG(MARQUEE, "marquee")                                                                    \
	TAG(MATH, "math")                                                                          \
	TAG(MENU, "menu")                                                                          \
	TAG(META, "meta")                                                                          \
	TAG(NAV, "nav")                                                                            \
	TAG(NOBR, "nobr")                                                                          \
	TAG(NOEMBED, "noembed")                                                                    \
	TAG(NOFRAMES, "noframes")                                                                  \
	TAG(NOSCRIPT, "noscript")                                                                  \
	TAG(OBJECT, "object")                                                                      \
	TAG(OL, "ol")                                                                              \
	TAG(OPTGROUP, "optgroup")                                                                  \
	TAG(OPTION, "option")                                                                      \
	TAG(P, "p")                                                                                \
	TAG(PARAM, "param")                                                                        \
	TAG(PLAINTEXT, "plaintext")                                                                \
	TAG(PRE, "pre")                                                                            \
	TAG(PROGRESS, "progress")                                                                  \
	TAG(S, "s")                                                                                \
	TAG(SCRIPT, "script")                                                                      \
	TAG(SECTION, "section")                                                                    \
	TAG(SELECT, "select")                                                                      \
	TAG(SMALL, "small")                                                                        \
	TAG(SOURCE, "source")                                                                      \
	TAG(SPAN, "span")                                                                          \
	TAG(STRIKE, "strike")                                                                      \
	TAG(STRONG, "strong")                                                                      \
	TAG(STYLE, "style")                                                                        \
	TAG(SUB, "sub")                                                                            \
	TAG(SUMMARY, "summary")                                                                    \
	TAG(SUP, "sup")                                                                            \
	TAG(SVG, "svg")                                                                            \
	TAG(TABLE, "table")                                                                        \
	TAG(TBODY, "tbody")                                                                        \
	TAG(TD, "td")                                                                              \
	TAG(TEMPLATE, "template")                                                                  \
	TAG(TEXTAREA, "textarea")                                                                  \
	TAG(TFOOT, "tfoot")                                                                        \
	TAG(TH, "th")                                                                              \
	TAG(THEAD, "thead")                                                                        \
	TAG(TITLE, "title")                                                                        \
	TAG(TR, "tr")                                                                              \
	TAG(TRACK, "track")                                                                        \
	TAG(TT, "tt")                                                                              \
	TAG(U, "u")                                                                                \
	TAG(UL, "ul")                                                                              \
	TAG(VIDEO, "video")                                                                        \
	TAG(WBR, "wbr")                                                                            \
	TAG(XMP, "xmp")

enum html_tag {
#define TAG(constant, name) HTML_TAG_##constant,
	HTML_TAGS(TAG)
#undef TAG
		HTML_TAG_UNKNOWN, /* any other: its name tells */
	HTML_TAG_COUNT
};

enum { HTML_TAG_NAME_MOST = 10 }; /* bytes of the longest of them */

/* By the name in lower case. */
enum html_tag html_find_tag(struct span name);
/* "unknown" for HTML_TAG_UNKNOWN. */
struct span html_tag_name(enum html_tag tag);

/* ---- tokens: tokenizer.c ---- */

/* Where the tokenizer stands at the start, or is put by what has been read (HTML Standard section 13.2.5). */
enum html_state {
	HTML_DATA,
	HTML_RCDATA,  /* in title, textarea */
	HTML_RAWTEXT, /* in style, xmp, iframe, noembed, noframes */
	HTML_SCRIPT,
	HTML_PLAINTEXT,
	HTML_CDATA, /* within svg and math */
};

enum html_token_kind {
	HTML_TEXT, /* `text`: a piece of it, character references resolved; several may follow each other */
	HTML_START_TAG, /* `name`, `tag`, `attrs`, `is_self_closing` */
	HTML_END_TAG,   /* the same; attributes of an end tag mean nothing and are not kept */
	HTML_COMMENT,   /* `text` */
	HTML_DOCTYPE, /* `name` null when missing, `public_id`, `system_id` likewise; `is_quirky` */
};

struct html_attr {
	struct span name;  /* lower case */
	struct span value; /* character references resolved; the empty span without a value */
};

struct html_token {
	enum html_token_kind kind;
	enum html_tag tag;
	struct span name; /* lower case */
	struct span text;
	const struct html_attr *attrs; /* each name once: the first counts, as in browsers */
	size_t attr_count;
	struct span public_id, system_id;
	bool is_self_closing;
	bool is_quirky;
	bool is_cut;       /* it had more than HTML_ATTRS_MOST attributes: some were left out */
	size_t start, end; /* its place in the input */
};

/* To be treated as opaque. */
struct html_tokenizer {
	struct arena *arena;
	struct span input;
	size_t at;
	enum html_state state;
	size_t text_end; /* where the text of the state ends, once it was looked for */
	bool has_text_end;
	bool has_foreign;       /* CDATA sections are known: the reader stands in svg or math */
	struct span last_start; /* name of the last start tag: what ends RCDATA and the like */
	char *spare;            /* room for small copies */
	size_t spare_n;
	struct html_attr attrs[HTML_ATTRS_MOST + HTML_ATTRS_MORE];
	uint32_t attr_keys[HTML_ATTRS_MOST]; /* hashes of their names */
	uint64_t known_attrs;                /* of a tag with too many, those that the view knows */
};

/*
 * The tokens of a document, by the states of the HTML Standard section 13.2.5, line ends made LF as section 13.2.3.5
 * says, and no token for the end. Positions are bytes of `input`. Bytes from 0x80 on are passed on as they are. What
 * cannot be pointed at is copied into `a`. `last_start` may be empty.
 */
void html_tokenizer_init(struct html_tokenizer *t, struct arena *a, struct span input,
	enum html_state state, struct span last_start);
/* False at the end. The token's `attrs` hold until the next call. */
bool html_next_token(struct html_tokenizer *t, struct html_token *out);
/*
 * What whoever builds a tree says after a start tag: the text of title, style, script and so on is no markup. Section
 * 13.2.6.4 tells which state belongs to which tag; html_state_of does.
 */
void html_set_state(struct html_tokenizer *t, enum html_state state);
/* CDATA sections are comments but in foreign elements (svg, math). */
void html_set_foreign(struct html_tokenizer *t, bool is_foreign);
/* HTML_DATA for tags whose content is markup. Scripts do not run in mail, so that of noscript is. */
enum html_state html_state_of(enum html_tag tag);

/* ---- the view: view.c, style.c, tree.c ---- */

/* WHY(constant, name for dumps and evidence, meaning) */
#define HTML_REASONS(WHY)                                                                          \
	WHY(DISPLAY, "display", "display: none, or an element that is not shown")                  \
	WHY(VISIBILITY, "visibility", "visibility: hidden or collapse")                            \
	WHY(FONT_SIZE, "font-size", "letters of no or nearly no size")                             \
	WHY(COLOR, "color", "letters in the colour of what is behind them, or nearly")             \
	WHY(OPACITY, "opacity", "wholly or nearly transparent")                                    \
	WHY(OFF_SCREEN, "off-screen", "moved out of the window, or clipped away")                  \
	WHY(ZERO_BOX, "zero-box", "in a box without width or height")                              \
	WHY(ATTRIBUTE, "hidden", "the attribute hidden")                                           \
	WHY(COMMENT, "comment", "a comment")

enum html_why {
#define WHY(constant, name, meaning) HTML_WHY_##constant,
	HTML_REASONS(WHY)
#undef WHY
		HTML_WHY_COUNT
};

const char *html_why_name(enum html_why why);

struct html_hidden {
	struct span text; /* as it would be read */
	enum html_why why;
	/* how near to being seen, where that is a matter of degree (COLOR, FONT_SIZE, OPACITY): 0 not at all, 1 just */
	double degree;
	size_t elements; /* that hide a part of it; 0 for a comment */
	size_t start;    /* where it begins in the document */
};

enum html_link_kind {
	HTML_LINK_ANCHOR,  /* a, area: somebody follows it */
	HTML_LINK_FORM,    /* form action, formaction of buttons */
	HTML_LINK_REFRESH, /* meta refresh */
	HTML_LINK_IMAGE, /* img, input type=image, source, srcset, background, and url() in styles */
	HTML_LINK_STYLESHEET, /* link rel=stylesheet, @import */
	HTML_LINK_EMBEDDED, /* script, iframe, frame, object, embed, applet, audio, video, track */
	HTML_LINK_BASE,     /* base: what relative ones are relative to */
	HTML_LINK_SCRIPT,   /* a string of a script: in script, onclick and the like, javascript: */
	HTML_LINK_OTHER,    /* link of other kinds, cite, longdesc, ping, ... */
};

struct html_link {
	enum html_link_kind kind;
	enum html_tag tag;
	struct span
		attr; /* the attribute it stood in: "href"; "script" in the text of that element */
	struct span url; /* as written, character references resolved, blanks around it gone */
	struct span
		text; /* what a reader sees of it: its visible text, else the alt or title of an image in it */
	struct span hidden_text;     /* text in it that is not seen */
	size_t text_start, text_end; /* where its visible text stands in view->text */
	bool is_hidden;              /* nobody sees it */
	bool has_image;              /* an image stands in it */
	bool has_download;           /* the attribute download */
	size_t start;                /* of its tag in the document */
};

struct html_image {
	struct span url; /* as of html_link; empty without src */
	struct span alt;
	int width, height; /* pixels by attribute or style; -1: not given */
	bool is_embedded;  /* cid: or data: */
	bool is_linked;    /* within a link */
	bool is_hidden;
};

struct html_form {
	struct span action; /* may be empty */
	bool is_post;
	size_t field_count;
	size_t password_count;
};

/* SIGHT(constant, name for dumps, meaning): what the document has or does. */
#define HTML_SIGHTS(SIGHT)                                                                         \
	SIGHT(SCRIPT, "script", "a script")                                                        \
	SIGHT(HANDLER, "event-handler", "an attribute that runs a script (onclick, ...)")          \
	SIGHT(SCRIPT_URL, "script-url", "a javascript: or vbscript: link")                         \
	SIGHT(DATA_URL, "data-url", "a data: link that is no image")                               \
	SIGHT(EXTERNAL_STYLE, "external-style", "a style sheet from elsewhere")                    \
	SIGHT(REFRESH, "meta-refresh", "leads elsewhere by itself")                                \
	SIGHT(DOWNLOAD, "download", "a link that saves what it brings")                            \
	SIGHT(BLOB, "blob", "a script that makes a file of itself (Blob, atob, msSaveBlob)")       \
	SIGHT(FORM, "form", "a form")                                                              \
	SIGHT(PASSWORD, "password-field", "a field for a password")                                \
	SIGHT(FRAME, "frame", "another document within")                                           \
	SIGHT(OBJECT, "object", "an object, embed or applet")                                      \
	SIGHT(BASE, "base", "changes what links are relative to")                                  \
	SIGHT(SVG, "svg", "a drawing within")                                                      \
	SIGHT(CONDITIONAL, "conditional-comment",                                                  \
		"a comment that some programs of Microsoft read")                                  \
	SIGHT(UNBALANCED, "unbalanced", "elements that are not closed or closed twice")            \
	SIGHT(DEEP, "deep", "elements nested over the limit")                                      \
	SIGHT(LIMIT, "limit", "more of something than is looked at")

enum html_sight {
#define SIGHT(constant, name, meaning) HTML_BIT_##constant,
	HTML_SIGHTS(SIGHT)
#undef SIGHT
		HTML_SIGHT_COUNT
};

/* HTML_SCRIPT...: use HTML_SIGHT(SCRIPT) */
#define HTML_SIGHT(constant) (1u << HTML_BIT_##constant)

const char *html_sight_name(enum html_sight sight);

struct html_view {
	/*
	 * What a reader sees: UTF-8, blanks as one, a line end at each block and br, cells of a row with a blank between,
	 * pre as it stands; alternatives of images are not in it.
	 */
	struct span text;
	/* Where in the document the text was written: steps as of struct text_step, which this room does not know. */
	const struct html_step {
		size_t text, document;
	} * steps;
	size_t step_count;
	struct span title;
	const struct html_hidden *hidden;
	size_t hidden_count;
	size_t hidden_bytes;           /* of all hidden text but comments */
	const struct html_link *links; /* in the order of the document */
	size_t link_count;
	const struct html_image *images;
	size_t image_count;
	const struct html_form *forms;
	size_t form_count;
	struct span base;              /* href of the first base with one; or null */
	unsigned sights;               /* bits of HTML_SIGHT() */
	uint32_t tags[HTML_TAG_COUNT]; /* how many start tags of each */
	size_t tag_count;
	size_t depth_most; /* how deep elements are nested */
	size_t comment_count;
};

const struct html_view *html_read(struct arena *a, struct span document);
/* Where the byte of view->text was written. */
size_t html_find_origin(const struct html_view *view, size_t offset);
/*
 * The charset that a document in an unknown, ASCII-compatible charset names in a meta element within its first 1024
 * bytes (HTML Standard section 13.2.3.2); null when it does not.
 */
struct span html_find_charset(struct span document);

/* ---- dump: dump.c ---- */

/* {"text", "hidden": [{"text", "why"}], "links": [{"url", "text", "tag"}], ...}: its members into an open object. */
void html_print_json(const struct html_view *view, struct json *j);

#endif
