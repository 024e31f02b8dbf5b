/*
 * milter: the mail server's filter protocol, as Postfix and Sendmail speak it (versions 2 to 6): wire.c
 * makes events of bytes and bytes of replies, session.c follows one connection from its negotiation over
 * any number of messages to its end. Nothing here does I/O, waits or knows of an event loop.
 *
 *	struct milter_session *s = milter_session_make(&policy);
 *
 *	switch (milter_session_feed(s, &bytes, &out)) {		as bytes come
 *	case MILTER_WANTS_BYTES:	... send `out`, wait for more
 *	case MILTER_WANTS_VERDICT:	... scan milter_session_input(s), then
 *		milter_session_judge(s, verdict, effects, &out);
 *		... send `out`, feed the rest of `bytes`
 *	case MILTER_WANTS_CLOSE:	... log milter_session_why(s), close
 *	}
 *	milter_session_free(s);
 */
#ifndef MILTER_MILTER_H
#define MILTER_MILTER_H

#include "base/base.h"
#include "conf/conf.h"
#include "msg/msg.h"
#include "scan/scan.h"

/* ---- the wire: wire.c ---- */

enum {
	MILTER_VERSION_LEAST = 2,
	MILTER_VERSION_MOST = 6,
	MILTER_CHUNK_MOST = 65535, /* bytes of a body chunk */
	/*
	 * Bytes of a packet that is taken. A chunk is at most 64 KiB as long as nobody offers more; but
	 * Postfix sends a header field as one packet, up to its header_size_limit of 100 KiB. Where larger
	 * chunks are negotiated, a packet may be as much larger.
	 */
	MILTER_PACKET_MOST = 128 << 10,
	MILTER_PACKET_MOST_256K = MILTER_PACKET_MOST + (192 << 10),
	MILTER_PACKET_MOST_1M = MILTER_PACKET_MOST + (960 << 10),
};

/* What comes from the mail server. The values are the bytes of the protocol. */
enum milter_command {
	MILTER_BROKEN = 0, /* not a packet: the parser cannot go on; `text` is a sentence */
	MILTER_ABORT = 'A',
	MILTER_BODY = 'B',
	MILTER_CONNECT = 'C',
	MILTER_MACROS = 'D',
	MILTER_END = 'E', /* of the message; may hold its last bytes */
	MILTER_HELO = 'H',
	MILTER_QUIT_NEXT = 'K', /* the client has gone, the same connection serves the next one */
	MILTER_HEADER = 'L',
	MILTER_MAIL = 'M',
	MILTER_HEADER_END = 'N',
	MILTER_NEGOTIATE = 'O',
	MILTER_QUIT = 'Q',
	MILTER_RCPT = 'R',
	MILTER_DATA = 'T',
	MILTER_UNKNOWN = 'U', /* an SMTP command that the server does not know */
	MILTER_COMMAND_MOST = MILTER_UNKNOWN,
};

/* What goes back, where it has no data of its own. */
enum milter_reply {
	MILTER_REPLY_SHUTDOWN = '4',
	MILTER_REPLY_ACCEPT = 'a',
	MILTER_REPLY_CONTINUE = 'c',
	MILTER_REPLY_DISCARD = 'd',
	MILTER_REPLY_CONNECTION_FAILS = 'f',
	MILTER_REPLY_PROGRESS = 'p', /* still at it: the server's timeout starts again */
	MILTER_REPLY_REJECT = 'r',
	MILTER_REPLY_SKIP = 's', /* no more body chunks, please; needs MILTER_STEP_SKIP */
	MILTER_REPLY_TEMPFAIL = 't',
};

/* What a filter may do to a message: bits of milter_options.actions. */
enum {
	MILTER_MAY_ADD_HEADERS = 0x1,
	MILTER_MAY_CHANGE_BODY = 0x2,
	MILTER_MAY_ADD_RCPT = 0x4,
	MILTER_MAY_DROP_RCPT = 0x8,
	MILTER_MAY_CHANGE_HEADERS = 0x10,
	MILTER_MAY_QUARANTINE = 0x20,
	MILTER_MAY_CHANGE_FROM = 0x40,
	MILTER_MAY_ADD_RCPT_ARGS = 0x80,
	MILTER_MAY_NAME_MACROS = 0x100,
};

/* How the dialogue goes: bits of milter_options.steps. */
enum {
	MILTER_STEP_NO_CONNECT = 0x1, /* the server does not send it */
	MILTER_STEP_NO_HELO = 0x2,
	MILTER_STEP_NO_MAIL = 0x4,
	MILTER_STEP_NO_RCPT = 0x8,
	MILTER_STEP_NO_BODY = 0x10,
	MILTER_STEP_NO_HEADERS = 0x20,
	MILTER_STEP_NO_HEADER_END = 0x40,
	MILTER_STEP_MUTE_HEADER = 0x80, /* the filter does not answer it */
	MILTER_STEP_NO_UNKNOWN = 0x100,
	MILTER_STEP_NO_DATA = 0x200,
	MILTER_STEP_SKIP = 0x400,
	MILTER_STEP_REJECTED_RCPT = 0x800, /* recipients that the server refuses are sent, too */
	MILTER_STEP_MUTE_CONNECT = 0x1000,
	MILTER_STEP_MUTE_HELO = 0x2000,
	MILTER_STEP_MUTE_MAIL = 0x4000,
	MILTER_STEP_MUTE_RCPT = 0x8000,
	MILTER_STEP_MUTE_DATA = 0x10000,
	MILTER_STEP_MUTE_UNKNOWN = 0x20000,
	MILTER_STEP_MUTE_HEADER_END = 0x40000,
	MILTER_STEP_MUTE_BODY = 0x80000,
	MILTER_STEP_LEADING_SPACE = 0x100000, /* header values with the blank behind the colon */
	MILTER_STEP_DATA_256K = 0x10000000,   /* chunks may be larger */
	MILTER_STEP_DATA_1M = 0x20000000,
};

/* Stages for which a filter may name the macros that it wants. */
enum milter_stage {
	MILTER_STAGE_CONNECT,
	MILTER_STAGE_HELO,
	MILTER_STAGE_MAIL,
	MILTER_STAGE_RCPT,
	MILTER_STAGE_DATA,
	MILTER_STAGE_END,
	MILTER_STAGE_HEADER_END,
};

struct milter_options {
	uint32_t version;
	uint32_t actions;
	uint32_t steps;
};

/* One packet. Spans point into the input or the parser, until it is called again. */
struct milter_event {
	enum milter_command command;
	struct milter_options options; /* NEGOTIATE */
	/*
	 * CONNECT: the client's name; HELO: its argument; MAIL, RCPT: the address as written; HEADER: the
	 * name; UNKNOWN: the command; BODY, END: bytes; BROKEN: what is wrong.
	 */
	struct span text;
	struct span value; /* HEADER; may hold NULs */
	/* MAIL, RCPT: ESMTP arguments; MACROS: names and values by turns. See milter_next_string. */
	struct span list;
	enum milter_command stage; /* MACROS: the command that they go with */
	char family;               /* CONNECT: '4', '6', 'L' (a local socket), 'U' (unknown) */
	uint16_t port;
	struct span address; /* of the client as text; null for family U */
};

/*
 * Takes the next string off a list of NUL-terminated ones; false at its end.
 */
bool milter_next_string(struct span *list, struct span *out);

/* Bytes in, however they are cut, events out. Holds at most one packet. */
struct milter_parser {
	size_t packet_most; /* MILTER_PACKET_MOST at first */
	struct arena *arena;
	struct buf pending; /* a packet that came in pieces, with its length in front */
	bool taken;         /* what is pending was the last event */
	struct why why;     /* set once it is broken */
};

void milter_parser_init(struct milter_parser *p);
void milter_parser_done(struct milter_parser *p);
/*
 * Takes the next event off the front of `rest`. False: everything was taken, more bytes are needed. After
 * MILTER_BROKEN all further bytes are swallowed.
 */
bool milter_parse(struct milter_parser *p, struct span *rest, struct milter_event *out);
/* From now on packets may have this size; it is at least MILTER_PACKET_MOST. */
void milter_parser_allow(struct milter_parser *p, size_t packet_most);
/* Gives memory back, for connections that sleep between messages. The last event becomes invalid. */
void milter_parser_shrink(struct milter_parser *p);

/*
 * Replies, added to `out`. Strings end at their first NUL, the protocol knows no other way. Values of
 * header fields have LF before each folded line.
 */
void milter_print_reply(struct buf *out, enum milter_reply reply);
/* With the macros wanted at each stage (names with blanks between; null: as the server likes). */
enum { MILTER_STAGE_COUNT = MILTER_STAGE_HEADER_END + 1 };
void milter_print_options(struct buf *out, const struct milter_options *options,
	const struct span macros[MILTER_STAGE_COUNT]);
/* "554 5.7.1 text"; a `%` in the text must be doubled by the caller. */
void milter_print_reply_text(struct buf *out, struct span text);
void milter_print_add_header(struct buf *out, struct span name, struct span value);
/* `index` 0: before all others. */
void milter_print_insert_header(struct buf *out, uint32_t index, struct span name,
	struct span value);
/* `index` counts the fields of this name from 1; an empty value removes the field. */
void milter_print_change_header(struct buf *out, uint32_t index, struct span name,
	struct span value);
/* Addresses with <>; `args` are ESMTP arguments or null. */
void milter_print_change_from(struct buf *out, struct span address, struct span args);
void milter_print_add_rcpt(struct buf *out, struct span address, struct span args);
void milter_print_drop_rcpt(struct buf *out, struct span address);
/* A new body, in as many packets as it takes. */
void milter_print_body(struct buf *out, struct span body);
void milter_print_quarantine(struct buf *out, struct span reason);

/* ---- one connection: session.c ---- */

/*
 * What the mail server is told. A text that the administrator wrote counts first, then the text of the
 * check that forced the verdict, then a default; null: nothing was written. A text may begin with a reply
 * code (RFC 5321) and an enhanced one (RFC 3463), "550 5.7.1 Not here": they are used when they fit the
 * verdict, 5 for reject and 4 for soft reject, and otherwise replaced.
 */
struct milter_policy {
	struct span spam_header;
	struct span reject_message;
	struct span tempfail_message;
	struct span quarantine_message;
	bool discard_on_reject;
	bool quarantine_on_reject;
	size_t message_most; /* bytes of a message that are kept; the rest is not looked at */
};

/* Of worker.proxy; serve has more rows of the same section. */
extern const struct conf_section milter_section;

/*
 * Fills the texts and switches from a section worker.proxy (NULL: the defaults). `message_most` is the
 * caller's.
 */
void milter_policy_read(struct arena *a, const struct conf_node *section, struct milter_policy *out,
	struct conf_report *report);

enum milter_state { MILTER_WANTS_BYTES, MILTER_WANTS_VERDICT, MILTER_WANTS_CLOSE };

enum {
	/* What one call may add to `out`, beyond the size of its input. */
	MILTER_OUTPUT_MOST = 1 << 20,
	/* Bytes of all header fields that are kept; of a message with more the rest of its header is cut. */
	MILTER_HEADER_MOST = 1 << 20,
	/*
	 * Mail servers search the header from its top for each field that we remove. A message that has more
	 * fields, or more forged copies of our own, would keep some of them or take a server's time by its
	 * square, so it is refused when it would have been let through.
	 */
	MILTER_FIELDS_MOST = 10000,
	MILTER_REMOVALS_MOST = 500,
};

struct milter_session;

/* `policy` must outlive it. */
struct milter_session *milter_session_make(const struct milter_policy *policy);
void milter_session_free(struct milter_session *s);
/*
 * Takes bytes off the front of `rest` and adds replies to `out`. Stops at the end of a message, when it
 * wants its verdict: the bytes behind stay in `rest`.
 */
enum milter_state milter_session_feed(struct milter_session *s, struct span *rest, struct buf *out);
/* The message whose verdict is wanted. It and its arena live until the session is judged or freed. */
const struct msg_input *milter_session_input(const struct milter_session *s);
/* What is known of the message under way, before it is whole; valid until the session is called again. */
struct msg_input milter_session_peek(const struct milter_session *s);
/*
 * What it takes of the memory for all, beyond that of any connection: the message under way with its envelope,
 * a packet that has not come to its end, large macros.
 */
size_t milter_session_bytes(const struct milter_session *s);
/*
 * Only after MILTER_WANTS_BYTES, within a message (not milter_session_is_idle): there is no memory for it. Its bytes are forgotten, what comes of it is passed over, and
 * the mail server is told to try again later at its end, which needs no verdict.
 */
void milter_session_overload(struct milter_session *s);
/* While the verdict takes long: tells the server to be patient, where it understands that. */
void milter_session_progress(struct milter_session *s, struct buf *out);
/*
 * Replies to the message as the verdict says, with what is to be done to it, and forgets the message. The
 * n-th field of a name is the n-th that came, for changes the n-th of those that are not removed; what the
 * message does not have is neither changed nor removed. The order: envelope, removals, changes,
 * Authentication-Results, other new fields, signatures.
 */
void milter_session_judge(struct milter_session *s, const struct scan_verdict *verdict,
	const struct scan_effects *effects, struct buf *out);
/* Lets the mail server try again later and forgets the message: no verdict can be had. */
void milter_session_defer(struct milter_session *s, struct buf *out);
/*
 * What was left out of the changes to messages so far, because the mail server does not let us or because it
 * cannot be said in the protocol: a sentence, each thing once in the life of a session; null when there is
 * nothing new. Of a message that was refused for its header (see above) it tells each time, for its verdict
 * says otherwise. It lives until the next call.
 */
struct span milter_session_left_out(struct milter_session *s);
/* True when the mail server has begun a command and not ended it. */
bool milter_session_is_halfway(const struct milter_session *s);
/* True in between messages: nothing is lost when the connection ends now. */
bool milter_session_is_idle(const struct milter_session *s);
/* Why it wants to be closed; empty when the mail server said QUIT. */
struct span milter_session_why(const struct milter_session *s);

#endif
