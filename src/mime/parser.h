/*
 * parser: what the files that make the tree share. Inner to this room.
 *
 * A message is read by one cursor that goes over its lines once, from the first to the last (struct
 * mime_scan). Whoever reads a part leaves the cursor behind the boundary line that ended it and says in
 * `hit` which multipart that line belongs to; so an inner multipart that was never closed ends by itself
 * when its parent's boundary comes.
 */
#ifndef MIME_PARSER_H
#define MIME_PARSER_H

#include "mime/mime.h"

enum {
	MIME_LINE_MOST = 998,     /* RFC 5322 section 2.1.1 */
	MIME_BOUNDARY_MOST = 70,  /* RFC 2046 section 5.1.1; longer ones are used as well */
	MIME_PARAMS_MOST = 10000, /* parameters of Content-Type fields of a message that are kept */
	/* Encoded messages within messages are decoded up to this many times the bytes of the whole one:
	 * each level of base64 takes three quarters of the one above. */
	MIME_DECODE_FACTOR = 3,
};

/* What a run of bytes holds anywhere: tells which of the slower looks can be left out. */
struct mime_survey {
	bool nul;
	bool high; /* 8-bit bytes */
	bool crlf; /* line ends of each kind */
	bool lone_lf;
	bool lone_cr;
};

/* A multipart whose parts are being read. They lie in the frames of those who read them. */
struct mime_open {
	struct mime_open *outer;
	struct mime_part *part;
	struct span boundary; /* without blanks at its end, until a line is seen that has them */
	struct span full;     /* as the parameter says */
	unsigned repeats; /* closing lines that inner multiparts of the same boundary may take */
	bool closed;      /* its closing line was seen: what still comes is the epilogue */
};

/* The boundary line that ended a part; `open` is NULL when the bytes ended. */
struct mime_hit {
	struct mime_open *open;
	bool close;
	const char *start; /* of the line, or the end of the bytes */
};

/* How other programs read what the tree reads in one way: all false for the tree. */
struct mime_how {
	bool cr_is_text;     /* a CR without LF ends no line */
	bool starts_suffice; /* a line that starts with a boundary is one, whatever follows */
	bool whole_lines;    /* a line with anything but blanks behind a boundary is none */
	bool goes_on;        /* parts may follow the closing boundary */
};

/* What all cursors of one message have in common. */
struct mime_build {
	struct mime *m;
	struct arena *scratch; /* of the header or field that is read; emptied for the next */
	struct {
		VEC(struct mime_part *);
	} parts;
	struct {
		VEC(struct mime_header);
	} fields;           /* of the header that is read: copied out when it is complete */
	size_t field_count; /* of all headers so far */
	size_t param_count;
	struct mime_how how;
	size_t decoded_left; /* bytes of encoded messages that may still be decoded and parsed */
};

struct mime_scan {
	struct mime_build *build;
	struct mime_survey survey;
	const char *start;
	const char *end;
	const char *at; /* where the next line begins */
	/* With lone CRs: the first LF and CR at or behind the line that was asked for last. */
	const char *asked;
	const char *next_lf;
	const char *next_cr;
	bool cr_lines; /* the header has no LF: a CR ends its lines */
	struct mime_open *open;
	struct mime_hit hit;
	bool long_line; /* since they were last cleared: a line over MIME_LINE_MOST, */
	bool uu_line;   /* a line that may begin a block of uuencode, */
	bool yenc_line; /* or of yEnc */
};

void mime_scan_init(struct mime_scan *s, struct mime_build *build, struct span bytes);

/*
 * The line at `p`, which is not the end: returns where the next one starts and puts the end of its text,
 * without the line end, into `text_end`. A line ends with LF, CRLF, a lone CR, or CR CR LF, which comes
 * of converting twice.
 */
const char *mime_scan_line(struct mime_scan *s, const char *p, const char **text_end);
/* Goes behind the next boundary line of an open multipart, or to the end; fills hit. */
void mime_scan_to_boundary(struct mime_scan *s);

/*
 * Reads the header at the cursor into the part and leaves the cursor at the first byte of the body: behind
 * the empty line, or where the header ends without one, be it a boundary, the end, or text.
 */
void mime_read_header(struct mime_scan *s, struct mime_part *part);
/* The Content fields of a header that was read: type, charset, encoding, disposition, file name. */
void mime_read_content(struct mime_build *b, struct mime_part *part);

/* A message, read as another program may. */
struct mime *mime_parse_as(struct arena *a, struct span bytes, const struct mime_how *how);
/* A body, read as that of a part with these header fields, which must live as long as the arena. */
struct mime *mime_parse_body(struct arena *a, struct mime_header *fields, size_t n,
	struct span body, const struct mime_how *how);

/* What the value of a Content-Transfer-Encoding names first; `exact`: and nothing else. */
enum mime_encoding mime_find_encoding(struct span value, bool *exact);
bool mime_part_is_message(const struct mime_part *part);
/*
 * A part of a multipart/digest, its header read, that begins with the empty line: the usual form, for
 * message/rfc822 is the type by default there (RFC 2046 section 5.1.5).
 */
bool mime_part_is_plain_digest(const struct mime_part *part);
/* An encoding that changes the bytes. */
bool mime_part_is_encoded(const struct mime_part *part);

#endif
