/*
 * msg: one message: its envelope, its bytes, its tree, and the facts about it that checks share. A fact
 * is made when it is first asked for, once.
 *
 *	struct msg_builder *b = msg_builder_make(a, MSG_BYTES_MOST);
 *	msg_builder_add(b, chunk);				as it comes from the wire
 *	struct msg *m = msg_make(a, &envelope, msg_builder_bytes(b));
 *
 *	const struct mime_addresses *from = msg_from(m);
 */
#ifndef MSG_MSG_H
#define MSG_MSG_H

#include "base/base.h"
#include "html/html.h"
#include "mime/mime.h"
#include "text/text.h"
#include "url/url.h"

enum { MSG_BYTES_MOST = 50 << 20, MSG_RECIPIENTS_MOST = 1024 };

/* What the mail server knows beyond the message. Null spans: not known (an empty one was said). */
struct msg_envelope {
	struct span from;         /* envelope sender without <>; empty for the null sender */
	const struct span *rcpts; /* without <> */
	size_t rcpt_count;
	struct span address;  /* the client's IP address as text, without brackets */
	struct span hostname; /* its verified name; null when there is none or it is "unknown" */
	struct span helo;
	struct span user; /* who has authenticated, or null */
	/* ESMTP arguments with blanks between: "SIZE=1234 SMTPUTF8 ENVID=x"; null: none */
	struct span from_args;
	const struct span *rcpt_args; /* one for each of rcpts; NULL: none has any */
	struct span queue_id;
	struct span server; /* the mail server's name (milter macro {j}) */
	struct span tls_version;
	struct span tls_cipher;
	struct span protocol;   /* "ESMTPS" when known */
	bool over_network;      /* a client handed it in: the connection counts as the last hop */
	bool over_local_socket; /* from this very machine: the client counts as one of our own */
};

/* A message as a listener took it, before anything has looked into it. */
struct msg_input {
	struct arena *arena;
	struct msg_envelope envelope;
	struct span bytes;
	size_t rcpt_count;    /* recipients, also those past MSG_RECIPIENTS_MOST */
	size_t refused_count; /* recipients that the mail server has refused itself */
	bool is_cut;          /* it was larger than what is kept */
};

struct auth_facts;

struct msg {
	struct arena *arena;
	struct msg_envelope envelope;
	struct span bytes;
	struct mime *mime;
	struct msg_facts *facts; /* of msg.c */
	struct auth_facts *auth; /* of the room auth; NULL until it is asked */
};

/* Who delivered a message; null spans as in the envelope. */
struct msg_client {
	struct span address, hostname, helo;
};

/*
 * The envelope is copied, the bytes are not. When the sender is not known, it is what a Return-Path
 * field says: so it is with mail that was delivered before.
 */
struct msg *msg_make(struct arena *a, const struct msg_envelope *envelope, struct span bytes);
/*
 * From now on somebody else counts as the client: the one who handed the message to a relay that is trusted.
 * Copied. Only before anything was asked of the room auth.
 */
void msg_set_client(struct msg *m, const struct msg_client *client);

/* Collects a message that comes in pieces. */
struct msg_builder;
struct msg_builder *msg_builder_make(struct arena *a, size_t most);
/* RC_LIMIT once it is larger than `most`; what was too much is left out. */
enum rc msg_builder_add(struct msg_builder *b, struct span piece);
struct span msg_builder_bytes(const struct msg_builder *b);

/* Addresses of the header fields of this name together (From, To, Cc, Reply-To, Sender ...). */
const struct mime_addresses *msg_addresses(struct msg *m, struct span header);
const struct mime_addresses *msg_from(struct msg *m);
const struct mime_addresses *msg_reply_to(struct msg *m);
/* To, Cc and Bcc together, in that order: whom the message names. */
const struct mime_addresses *msg_recipients(struct msg *m);

/* The envelope sender and recipients, parsed; `valid` false for what is no mailbox; NULL when unknown. */
const struct mime_address *msg_envelope_from(struct msg *m);
const struct mime_address *msg_envelope_rcpt(struct msg *m, size_t i);

/*
 * The Received fields, newest first. What cannot be parsed, and what tells of a way within one machine
 * (neither `from` nor `by`), is left out and counted.
 */
struct msg_hops {
	const struct mime_received *v;
	size_t n;
	size_t unparsed;
	/*
	 * The client is a hop more: its address is known and the newest field names another one or
	 * none. So it is before the mail server has written its own field, as for a milter.
	 */
	bool client_apart;
};
const struct msg_hops *msg_hops(struct msg *m);

/* ---- what a reader would see: texts.c ---- */

enum {
	MSG_TEXTS_MOST = 200,         /* texts of a message that are read */
	MSG_TEXT_BYTES_MOST = 8 << 20 /* of them in sum: the rest is left out */
};

/* CUT(constant, name): of what the message has more than is looked at. */
#define MSG_CUTS(CUT)                                                                              \
	CUT(TEXTS, "texts")                                                                        \
	CUT(TEXT_BYTES, "bytes of text")                                                           \
	CUT(ATTACHED, "attached text") /* it alone: bytes of plain text, links of a document */    \
	CUT(DEPTH, "nesting")                                                                      \
	CUT(HTML, "HTML") /* links, images, styles ... of a document */                            \
	CUT(URLS, "URLs")                                                                          \
	CUT(MENTIONS, "addresses")

enum msg_cut {
#define CUT(constant, name) MSG_BIT_CUT_##constant,
	MSG_CUTS(CUT)
#undef CUT
		MSG_CUT_COUNT
};

#define MSG_CUT(constant) (1u << MSG_BIT_CUT_##constant)

const char *msg_cut_name(enum msg_cut cut);
/* Bits of MSG_CUT(): caps that texts, HTML, URLs and addresses of the message have met. Makes all of these. */
unsigned msg_cuts(struct msg *m);

/* How the charset of a text came to be known. */
enum msg_charset_by {
	MSG_CHARSET_NONE, /* not said, and plain ASCII or UTF-8 */
	MSG_CHARSET_LABEL,
	MSG_CHARSET_BOM,
	MSG_CHARSET_META,     /* of the HTML */
	MSG_CHARSET_DETECTED, /* from the bytes */
};

/* CHARSETS(constant, name, meaning): disagreements about the charset of a text. */
#define MSG_CHARSET_DEFECTS(DEFECT)                                                                \
	DEFECT(LABEL_WRONG, "charset-label-wrong",                                                 \
		"bytes that cannot be in the charset of the label")                                \
	DEFECT(BOM_DIFFERS, "charset-bom-differs",                                                 \
		"a byte order mark of another charset than the label")                             \
	DEFECT(META_DIFFERS, "charset-meta-differs",                                               \
		"HTML that names another charset than the label")                                  \
	DEFECT(UNKNOWN, "charset-unknown", "a label that nobody knows")                            \
	DEFECT(MISSING, "charset-missing", "8-bit text without a label")                           \
	DEFECT(DAMAGED, "charset-damaged", "some bytes that are not valid in the charset")         \
	DEFECT(IS_UTF8, "charset-is-utf-8", "UTF-8 that is labelled as a charset of one byte")

enum msg_charset_defect {
#define DEFECT(constant, name, meaning) MSG_BIT_CHARSET_##constant,
	MSG_CHARSET_DEFECTS(DEFECT)
#undef DEFECT
		MSG_CHARSET_DEFECT_COUNT
};

#define MSG_CHARSET_DEFECT(constant) (1u << MSG_BIT_CHARSET_##constant)

const char *msg_charset_defect_name(enum msg_charset_defect defect);

/*
 * A text of the message: each text part that is no attachment, text attachments too, parts of message/... that are no
 * message as attachments, and other readings of parts (mime_other_readings) that are text, with `reading` set; so is what
 * is UTF-8 under another label. Lines that were wrapped or folded for transport are joined. What is costly is made when
 * it is asked for.
 */
struct msg_text {
	struct mime_part *part;
	const struct mime_reading *reading; /* NULL: the part as the tree has it */
	bool is_html;
	bool is_attachment;
	struct span charset; /* canonical name; null: ASCII or UTF-8 that nobody named */
	enum msg_charset_by charset_by;
	unsigned charset_defects; /* bits of MSG_CHARSET_DEFECT() */
	struct span source;       /* UTF-8: of HTML the document itself */
	/* use the functions */
	const struct html_view *view;
	struct msg_text_facts *facts;
};

struct msg_texts {
	struct msg_text *v;
	size_t n;
	unsigned cuts; /* use msg_cuts */
};

/*
 * All texts in the order of the parts, then the other readings. When they are too many, bodies come before attachments,
 * and of either HTML, then what is first in its multipart. Made once.
 */
const struct msg_texts *msg_texts(struct msg *m);
/* The HTML of a text; NULL when it is none. */
const struct html_view *msg_text_html(struct msg *m, struct msg_text *text);
/* What a reader sees: a plain text itself, the visible text of HTML. */
struct span msg_text_visible(struct msg *m, struct msg_text *text);
/* Of the visible text. */
const struct text_words *msg_text_words(struct msg *m, struct msg_text *text);
const struct text_scripts *msg_text_scripts(struct msg *m, struct msg_text *text);
const struct text_form *msg_text_folded(struct msg *m, struct msg_text *text);
const struct text_form *msg_text_skeleton(struct msg *m, struct msg_text *text);
struct text_language msg_text_language(struct msg *m, struct msg_text *text);

/* ---- where it leads: urls.c ---- */

enum {
	MSG_URLS_MOST = 10000,
	MSG_OTHER_URLS_MOST = MSG_URLS_MOST / 2, /* that are no links of HTML, nor carried by one */
};

/* WHERE(constant, name for dumps): where a URL was met. */
#define MSG_PLACES(WHERE)                                                                          \
	WHERE(SUBJECT, "subject")                                                                  \
	WHERE(TEXT, "text")             /* a plain text */                                         \
	WHERE(HTML, "html")             /* an attribute: `link` says more */                       \
	WHERE(HTML_TEXT, "html-text")   /* the visible text of HTML */                             \
	WHERE(HIDDEN, "hidden")         /* text of HTML that nobody sees */                        \
	WHERE(INSIDE, "query")          /* within another URL */                                   \
	WHERE(HEADER, "header")         /* List-Unsubscribe and the like */                        \
	WHERE(ATTACHMENT, "attachment") /* a text that is attached */

enum msg_place {
#define WHERE(constant, name) MSG_IN_##constant,
	MSG_PLACES(WHERE)
#undef WHERE
		MSG_PLACE_COUNT
};

const char *msg_place_name(enum msg_place place);

struct msg_url {
	struct url url;
	enum msg_place place;
	const struct msg_text *text;   /* that it stands in; NULL for the header */
	const struct html_link *link;  /* of HTML, attached or not; else NULL */
	const struct msg_url *carrier; /* of MSG_IN_INSIDE: the URL that it stands in */
	struct span shown;             /* what the reader sees of it */
	/*
	 * Of a link whose text is itself a URL or a host: where it seems to lead. NULL for others, and when the host is
	 * a single label or cut short ("www.exam..."). Parsed, not in the list of its own.
	 */
	const struct url *displayed;
	bool is_embedded;      /* an image or a style sheet, which nobody follows */
	bool is_other_reading; /* only another reading has it */
	unsigned count;        /* how often this very URL is in this place */
};

struct msg_urls {
	const struct msg_url
		*v; /* in the order in which they were met; each URL once for each place */
	size_t n;
	bool is_cut;
};

/*
 * What msg_urls and msg_mentions, which are made together, take at most, beyond what their texts and HTML do: by the
 * bytes of the message and of its texts.
 */
#define MSG_URLS_MEMORY_MOST(bytes) (((size_t)64 << 20) + 32 * (size_t)(bytes))

/* All of them. Made once. */
const struct msg_urls *msg_urls(struct msg *m);
/* It is shown as a URL of another registrable domain than the one that it leads to. */
bool msg_url_lies(const struct msg_url *u);

/* A mail address that the content names: mailto: or written out. Lower-case domain, each once. */
struct msg_mention {
	struct span address; /* local@domain */
	struct span domain;
	enum msg_place place;
};

struct msg_mentions {
	const struct msg_mention *v;
	size_t n;
	bool is_cut; /* there were more */
};

const struct msg_mentions *msg_mentions(struct msg *m);

/* The decoded Subject; the null span when there is none. */
struct span msg_subject(struct msg *m);
/* Message-ID without blanks and <>; null when there is none, empty when it is empty. */
struct span msg_id(struct msg *m);
/* The Date field; NULL when it is missing, `seconds` only when `valid`. */
struct msg_date {
	bool valid;
	struct mime_date date;
};
const struct msg_date *msg_date(struct msg *m);
/* SHA-256 of the bytes, as 64 hexadecimal digits: the message's name in records. */
struct span msg_digest(struct msg *m);

/* ---- dump: dump.c ---- */

/* The objects of `winnow dump urls`, as elements of an open array, and of `winnow dump text` and `dump html`, as members. */
void msg_print_urls_json(struct msg *m, struct json *j);
void msg_print_texts_json(struct msg *m, struct json *j);
void msg_print_html_json(struct msg *m, struct json *j);

#endif
