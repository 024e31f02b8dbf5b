/*
 * mime: the bytes of a message as a tree of parts, with what is odd about them (RFC 5322, 2045-2049,
 * 2183, 6532). Parsing never fails: whatever comes, there is a tree, and each oddity is a named defect.
 *
 * Nothing is copied: names, values and bodies are spans of the message. What costs (decoding a body, a
 * charset, a header value) is done when first asked for, once. Time is linear in the message. Memory is
 * at most MIME_MEMORY_FACTOR times its size plus MIME_MEMORY_MORE, which only thousands of tiny parts and
 * fields come near to; encoded messages inside are in it, for they are decoded to be parsed. What is
 * decoded later comes on top: at most the size of the bodies that are asked for.
 *
 *	struct mime *m = mime_parse(a, bytes);
 *	struct mime_header *h = mime_find_header(m->root, SPAN("Subject"));
 *	struct span subject = mime_header_text(m, h);
 *
 *	for (size_t i = 0; i < m->part_count; i++)
 *		if (mime_part_is_text(m->parts[i]))
 *			look_at(mime_part_text(m, m->parts[i]));
 */
#ifndef MIME_MIME_H
#define MIME_MIME_H

#include "base/base.h"
#include "codec/codec.h"

enum {
	MIME_DEPTH_MOST = 64,         /* nesting of parts: deeper ones stay undivided bytes */
	MIME_PARTS_MOST = 2000,       /* parts of a message: what follows belongs to the last one */
	MIME_HEADERS_MOST = 5000,     /* header fields of a message over all parts */
	MIME_HEADER_MOST = 256 << 10, /* bytes of one field that are looked at */
	MIME_ADDRESSES_MOST = 10000,  /* of one header */
	MIME_RECEIVED_MOST = 100,     /* Received fields that are parsed */
	MIME_MEMORY_FACTOR = 8,
	MIME_MEMORY_MORE = 4 << 20,
};

/* DEFECT(constant, name, meaning): bits above those of codec.h; a part holds both kinds. */
#define MIME_DEFECTS(DEFECT)                                                                       \
	DEFECT(EMPTY_MESSAGE, "empty-message", "no bytes at all")                                  \
	DEFECT(NO_HEADERS, "no-headers", "the part has no header fields")                          \
	DEFECT(NO_BODY, "no-body", "the header is not ended by an empty line")                     \
	DEFECT(HEADER_GARBAGE, "header-garbage", "a line among the headers that is no field")      \
	DEFECT(HEADER_SPACE_BEFORE_COLON, "header-space-before-colon",                             \
		"blanks between the name of a field and its colon")                                \
	DEFECT(HEADER_NAME_INVALID, "header-name-invalid", "a field name with forbidden bytes")    \
	DEFECT(HEADER_NUL, "header-nul", "a NUL byte in the header")                               \
	DEFECT(HEADER_LONG_LINE, "header-long-line", "a header line over 998 bytes")               \
	DEFECT(HEADER_TOO_LONG, "header-too-long", "a field over the limit, cut")                  \
	DEFECT(HEADER_TOO_MANY, "header-too-many", "fields over the limit, left out")              \
	DEFECT(HEADER_DUPLICATE, "header-duplicate", "a field that may stand only once, repeated") \
	DEFECT(HEADER_FOLD_EMPTY, "header-fold-empty", "a folded line of nothing but blanks")      \
	DEFECT(LINE_MIXED, "line-mixed", "line ends of several kinds in one message")              \
	DEFECT(LINE_BARE_CR, "line-bare-cr", "a CR without LF")                                    \
	DEFECT(LINE_LONG, "line-long", "a body line over 998 bytes")                               \
	DEFECT(BODY_NUL, "body-nul", "a NUL byte in a body that is not binary")                    \
	DEFECT(MBOX_FROM, "mbox-from", "an mbox From line before the header")                      \
	DEFECT(TYPE_MISSING, "type-missing", "a part of a MIME message without Content-Type")      \
	DEFECT(TYPE_INVALID, "type-invalid", "a Content-Type that cannot be parsed")               \
	DEFECT(TYPE_DUPLICATE, "type-duplicate", "several Content-Type fields that disagree")      \
	DEFECT(ENCODING_UNKNOWN, "encoding-unknown", "an unknown Content-Transfer-Encoding")       \
	DEFECT(ENCODING_DUPLICATE, "encoding-duplicate",                                           \
		"several Content-Transfer-Encoding fields that disagree")                          \
	DEFECT(ENCODING_ON_MULTIPART, "encoding-on-multipart",                                     \
		"an encoding on a multipart or message")                                           \
	DEFECT(ENCODING_8BIT, "encoding-8bit", "8-bit bytes in a part declared 7bit")              \
	DEFECT(CHARSET_MISSING, "charset-missing", "8-bit text without a charset")                 \
	DEFECT(BOUNDARY_MISSING, "boundary-missing", "a multipart without a boundary parameter")   \
	DEFECT(BOUNDARY_EMPTY, "boundary-empty", "an empty or overlong boundary")                  \
	DEFECT(BOUNDARY_NOT_FOUND, "boundary-not-found",                                           \
		"a boundary that never stands in the body")                                        \
	DEFECT(BOUNDARY_UNCLOSED, "boundary-unclosed", "a multipart without its closing boundary") \
	DEFECT(BOUNDARY_REPEATED, "boundary-repeated",                                             \
		"a multipart with the boundary of its parent")                                     \
	DEFECT(BOUNDARY_AFTER_CLOSE, "boundary-after-close", "parts behind the closing boundary")  \
	DEFECT(BOUNDARY_GARBAGE, "boundary-garbage", "text behind a closing boundary")             \
	DEFECT(BOUNDARY_LINE_ODD, "boundary-line-odd", "a line that goes on behind a boundary")    \
	DEFECT(DEPTH_LIMIT, "depth-limit", "parts nested over the limit")                          \
	DEFECT(PARTS_LIMIT, "parts-limit", "parts over the limit")                                 \
	DEFECT(ADDRESS_INVALID, "address-invalid", "an address that cannot be parsed")             \
	DEFECT(ADDRESS_LIMIT, "address-limit", "addresses over the limit, left out")               \
	DEFECT(DATE_INVALID, "date-invalid", "a date that cannot be parsed")                       \
	DEFECT(RECEIVED_INVALID, "received-invalid", "a Received field that is no trace line")     \
	DEFECT(ORIGIN_MISSING, "origin-missing", "a message without From or Date")                 \
	DEFECT(MIME_VERSION_MISSING, "mime-version-missing", "MIME fields without MIME-Version")   \
	DEFECT(SMUGGLED_END, "smuggled-end",                                                       \
		"a line end around a lone dot that servers read differently")

enum mime_defect {
	MIME_BIT_FIRST = CODEC_DEFECT_COUNT - 1,
#define DEFECT(constant, name, meaning) MIME_BIT_##constant,
	MIME_DEFECTS(DEFECT)
#undef DEFECT
		MIME_DEFECT_COUNT
};

_Static_assert(MIME_DEFECT_COUNT <= 64, "defects are bits of one word");

#define MIME_DEFECT(constant) (UINT64_C(1) << MIME_BIT_##constant)

/* The name and the meaning of the defect with this bit index, of codec.h or of here. */
const char *mime_defect_name(unsigned bit);
const char *mime_defect_meaning(unsigned bit);

/* One header field. */
struct mime_header {
	struct span name; /* as written, without blanks before the colon */
	struct span
		value; /* behind the colon: folds and encoded words inside, without outer blanks */
	struct span line; /* the whole field with name and folds, without its last line end */
	uint32_t hash;    /* of the name, the same in upper and lower case */
	uint32_t part;    /* id of the part that it stands in */
	bool decoded;
	struct codec_words words; /* use mime_header_text and mime_header_words */
};

enum mime_encoding {
	MIME_7BIT,
	MIME_8BIT,
	MIME_BINARY,
	MIME_QP,
	MIME_BASE64,
	MIME_UU, /* x-uuencode and its other names; also a block found in a text */
	MIME_YENC,
	MIME_ENCODING_UNKNOWN /* read as if it were not there */
};

enum mime_disposition { MIME_DISPOSITION_NONE, MIME_INLINE, MIME_ATTACHMENT };

struct mime_part {
	unsigned id; /* its place in document order; the root is 0 */
	unsigned depth;
	struct mime_part *parent;   /* NULL for the root */
	struct mime_part *children; /* parts of a multipart, blocks found in a text */
	struct mime_part *message;  /* the root of a message/rfc822 */
	struct mime_part *next;     /* sibling */

	struct mime_header *headers;
	size_t header_count;
	struct span header_bytes; /* from the first field to the empty line, which is left out */
	struct span body;         /* as it stands in the message, still encoded */

	struct span
		type; /* "text", "multipart", ... lower case; defaults filled in (RFC 2045 5.2) */
	struct span subtype; /* "plain" */
	bool type_given;     /* there was a Content-Type that could be parsed */
	struct codec_params type_params;
	struct span charset;  /* of the parameter, lower case, or null */
	struct span boundary; /* of a multipart, or null */
	enum mime_encoding encoding;
	struct span encoding_text; /* as written, lower case; null when there was none */
	enum mime_disposition disposition;
	struct span disposition_text; /* lower case, or null */
	struct span filename;   /* UTF-8, of Content-Disposition, else name= of the type; or null */
	struct span content_id; /* without <>, or null */
	uint64_t defects;

	bool body_decoded, text_made;
	struct span decoded, text; /* use mime_part_bytes and mime_part_text */
};

enum mime_line_end { MIME_LF, MIME_CRLF, MIME_CR };

struct mime {
	struct arena *arena;
	struct span bytes;
	struct span envelope_line; /* the mbox From line without its line end, or null */
	struct mime_part *root;
	struct mime_part **parts; /* all parts in document order: parts[i]->id == i */
	size_t part_count;
	enum mime_line_end line_end;          /* the most frequent kind of the header */
	uint64_t defects;                     /* of the message as a whole */
	const struct mime_readings *readings; /* use mime_other_readings, */
	unsigned *ambiguities; /* of the parts; use mime_part_ambiguities; NULL when none has any */
};

/* The bytes must live as long as the arena. */
struct mime *mime_parse(struct arena *a, struct span bytes);
/* All defects of the message and of its parts together, including those of what was decoded so far. */
uint64_t mime_defects(const struct mime *m);

/* The first field of this name (any case), the next one of the same name, and how many there are. */
struct mime_header *mime_find_header(const struct mime_part *part, struct span name);
struct mime_header *mime_next_header(const struct mime_part *part, const struct mime_header *after);
size_t mime_count_headers(const struct mime_part *part, struct span name);
/* The decoded value: UTF-8, unfolded; the empty span for NULL. Made once. */
struct span mime_header_text(struct mime *m, struct mime_header *h);
/* How it was encoded. */
const struct codec_words *mime_header_words(struct mime *m, struct mime_header *h);

bool mime_part_is(const struct mime_part *part, const char *type, const char *subtype);
bool mime_part_is_multipart(const struct mime_part *part);
/* text/..., and no attachment by disposition. */
bool mime_part_is_text(const struct mime_part *part);
bool mime_part_is_attachment(const struct mime_part *part);
/* The body with its transfer encoding undone. Made once. */
struct span mime_part_bytes(struct mime *m, struct mime_part *part);
/* The same without the blocks (uuencode, yEnc) that are parts of their own. Made anew for a part with blocks. */
struct span mime_part_source(struct mime *m, struct mime_part *part);
/* A text part's body as UTF-8 (any other part's too, when asked). Made once. */
struct span mime_part_text(struct mime *m, struct mime_part *part);

/* ---- what other programs may see: readings.c ---- */

/* WHY(constant, name for evidence, meaning): why a part can be read in several ways. */
#define MIME_AMBIGUITIES(WHY)                                                                        \
	WHY(TYPE, "content-type", "several Content-Type fields that disagree")                       \
	WHY(ENCODING, "content-transfer-encoding",                                                   \
		"several Content-Transfer-Encoding fields that disagree, or one that is misspelled") \
	WHY(BOUNDARY, "boundary", "several boundaries, or one that programs read differently")       \
	WHY(BASE64, "base64", "base64 with padding or foreign bytes in the middle")                  \
	WHY(QP, "quoted-printable", "broken escapes")                                                \
	WHY(NUL, "nul", "NUL bytes, at which some programs stop")                                    \
	WHY(NAME, "file-name", "a file name that is given in several ways")                          \
	WHY(HEADER, "header", "a line among the header fields that is none")                         \
	WHY(COMMENT, "comment", "comments within a Content field")                                   \
	WHY(LINE, "line-end", "lone CRs, which end a line for some programs")                        \
	WHY(NESTED, "nested-encoding", "an encoding on a multipart, or encoded twice")               \
	WHY(CHARSET, "charset", "a charset that is given in several ways")

enum mime_ambiguity {
#define WHY(constant, name, meaning) MIME_BIT_AMBIGUOUS_##constant,
	MIME_AMBIGUITIES(WHY)
#undef WHY
		MIME_AMBIGUITY_COUNT
};

#define MIME_AMBIGUOUS(constant) (1u << MIME_BIT_AMBIGUOUS_##constant)

const char *mime_ambiguity_name(enum mime_ambiguity why);
const char *mime_ambiguity_meaning(enum mime_ambiguity why);

enum {
	MIME_READINGS_MOST = 32,             /* of a message, over all its parts */
	MIME_READINGS_BYTES_MOST = 16 << 20, /* of what they decode to, in sum */
};

/* A part as another program may see it: its own type, name and body. The tree itself is one reading, and not in here. */
struct mime_reading {
	const struct mime_part *of; /* the part of the tree that is read differently */
	enum mime_ambiguity why;
	struct span type, subtype, charset; /* lower case; charset may be null */
	struct span filename;               /* or null */
	struct span bytes;                  /* decoded; the null span when only its name differs */
};

struct mime_readings {
	const struct mime_reading *v;
	size_t n;
	bool is_cut; /* there would be more: MIME_READINGS_MOST or _BYTES_MOST */
};

/*
 * Every plausible other reading of the message, each once, none that equals what the tree has. Where another boundary
 * or type makes another tree, its parts are readings. Made when first asked for, once. Linear: each reading decodes a
 * body once more, and their sum is bounded. Memory beside that of the tree: at most 64 times the message and
 * 48 MB, which only mail that is built for it comes near to.
 */
const struct mime_readings *mime_other_readings(struct mime *m);
/* Why the part can be read in several ways: bits of MIME_AMBIGUOUS; 0: only one way. */
unsigned mime_part_ambiguities(struct mime *m, const struct mime_part *part);

/* ---- addresses: address.c ---- */

struct mime_address {
	struct span raw;  /* this mailbox as written, without outer blanks */
	struct span name; /* display name: UTF-8, unquoted, with the comments beside its words; or a
				comment in its place; empty when none */
	struct span addr; /* local@domain without <>, comments and folding; empty for <> */
	struct span local;  /* unquoted; points into addr or is unquoted from it */
	struct span domain; /* without brackets of a literal left out: "[1.2.3.4]" stays */
	struct span group;  /* name of the group it stands in, or null */
	bool valid; /* RFC 5321 mailbox syntax (RFC 6531: UTF-8; `_` as in host names that are met),
				local <= 64, domain <= 255 bytes */
	bool has_angle; /* written with <> */
	bool padded;    /* blanks directly within <> */
	bool glued;     /* a name and its < with no blank between them */
	bool has_route; /* obsolete source route, left out of addr */
	bool quoted_local;
	bool raw_8bit; /* 8-bit bytes in the address itself */
};

struct mime_addresses {
	struct mime_address *v;
	size_t n;
	uint64_t defects;
};

/*
 * An address list (RFC 5322 section 3.4 with its obsolete forms, groups and comments), as header value
 * still encoded. What is no address gives an entry with valid = false and `raw` set, so that nothing is
 * lost. Empty list items are skipped. "undisclosed-recipients:;" gives none.
 *
 * ADDRESS_INVALID in the defects marks a list with an entry that is not valid, and also one that mail
 * programs may read in different ways (a missing comma, an unclosed quote, several addresses in one pair
 * of angles): then all the addresses that they may see are entries.
 */
void mime_parse_addresses(struct arena *a, struct span value, struct mime_addresses *out);
/*
 * One mailbox as it stands in SMTP, `<local@domain>` or without <>; false when it is not valid, which <>
 * is not: `out` then says what was there.
 */
bool mime_parse_mailbox(struct arena *a, struct span text, struct mime_address *out);

/* ---- dates: date.c ---- */

struct mime_date {
	int64_t seconds; /* since 1970, UTC */
	int zone;        /* seconds east of UTC */
	bool zone_known; /* false for -0000 and military letters (RFC 5322 section 4.3) */
	bool obsolete; /* any form but that of RFC 5322 section 3.3; a last comment belongs to it */
};

/*
 * RFC 5322 section 3.3 with obsolete forms and what is met in practice (RFC 3339, asctime, missing
 * weekday, zone or seconds, dots, full month names). False when there is no date in it, and `out` is left
 * alone; impossible days and hours are not a date, nor what has other text around it or is before the
 * year 1 or behind 9999 in UTC.
 */
bool mime_parse_date(struct span value, struct mime_date *out);

/* ---- Received: received.c ---- */

struct mime_received {
	struct span helo;     /* what the client called itself */
	struct span hostname; /* its name by reverse DNS as the server saw it; null when unknown or
				   not believed ("may be forged") */
	struct span address;  /* its IP address as text, without brackets and "IPv6:"; or null */
	struct span by;       /* the server */
	struct span with;     /* protocol as written: ESMTPSA, LMTP, "HTTP" ... */
	struct span for_address; /* without <>, or null */
	struct span id;
	struct span tls_version; /* "TLSv1.3" when written, or null */
	struct span tls_cipher;
	struct span user;   /* authenticated sender when written, or null */
	bool tls;           /* by protocol (...S) or by a TLS comment */
	bool authenticated; /* by protocol (...A) or by a comment or clause */
	bool from_given;    /* it has a `from` clause: not a local submission */
	bool date_valid;
	struct mime_date date;
};

/*
 * One Received value (RFC 5321 section 4.4, RFC 3848) as Postfix, Sendmail, Exim, Exchange, Google, qmail
 * and others write it. False when it is no trace line at all; `out` is then zero.
 */
bool mime_parse_received(struct arena *a, struct span value, struct mime_received *out);

/* ---- dump: dump.c ---- */

/*
 * The JSON object of `winnow dump mime`. All that is made when asked for is made, and the address, Date
 * and Received fields of each message are parsed, so that their defects are told as well: ADDRESS_INVALID,
 * ADDRESS_LIMIT, DATE_INVALID, RECEIVED_INVALID and, of the outer message, ORIGIN_MISSING (RFC 5322
 * section 3.6) are found here alone and stay in the parts. A scan parses these fields where it needs them.
 */
void mime_print_json(struct mime *m, struct json *j);

#endif
