/* Inside of milter: one connection, its client and its message. */
#ifndef MILTER_INNER_H
#define MILTER_INNER_H

#include "milter/milter.h"

/* Where a connection stands: bits, so that a command can tell where it may come. */
enum milter_phase {
	MILTER_PHASE_START = 1, /* nothing is negotiated */
	MILTER_PHASE_IDLE = 2,
	MILTER_PHASE_ENVELOPE = 4, /* from MAIL on */
	MILTER_PHASE_HEADER = 8,
	MILTER_PHASE_BODY = 16,
	MILTER_PHASE_VERDICT = 32, /* the message is whole, its verdict is awaited */
	MILTER_PHASE_CLOSED = 64,
};

/* Stages that macros come with, in their order: what a later one says counts. */
#define MILTER_MACRO_STAGES "CHMRTLNBE"
enum {
	MILTER_MACRO_STAGE_COUNT = sizeof(MILTER_MACRO_STAGES) - 1,
	MILTER_MACRO_STAGES_OF_CLIENT = 2
};

/* What could not be done to a message, beside the actions that were not negotiated. */
enum {
	MILTER_LEFT_OUT_ROOM = 1 << 16,    /* it would not fit into MILTER_OUTPUT_MOST */
	MILTER_LEFT_OUT_ADDRESS = 1 << 17, /* it is no address */
	MILTER_LEFT_OUT_MESSAGE = 1 << 18, /* all of it was refused: told of each message */
};

struct milter_spans {
	VEC(struct span);
};

/* The message under way; all of it is forgotten at once. */
struct milter_message {
	struct arena *arena; /* NULL: there is no message */
	struct span from, from_args;
	struct milter_spans rcpts, rcpt_args; /* of the same length */
	size_t rcpt_count;
	size_t refused_count; /* by the server, and told to us all the same */
	bool has_rcpt_args;
	struct msg_builder *bytes;
	struct milter_spans names; /* of the header fields that came, in their order */
	bool has_more_names;       /* than MILTER_FIELDS_MOST */
	size_t header_bytes;
	bool is_cut;  /* bytes were left out */
	bool is_full; /* no byte can come in any more */
	bool is_overloaded;
	struct msg_input input; /* what stands above, once it is whole */
};

struct milter_session {
	struct arena *arena; /* the connection's: what is in it grows no more once it was used */
	const struct milter_policy *policy;
	size_t bytes_at_first; /* what it takes without macros */
	struct milter_parser parser;
	enum milter_phase phase;
	struct milter_options options; /* as negotiated */
	struct why why;

	struct buf hostname, address, helo;
	bool is_network, is_local_socket, has_helo;
	struct buf macros[MILTER_MACRO_STAGE_COUNT];
	bool rcpt_macros_are_new; /* they belong to the recipient that comes next */

	struct milter_message message;
	uint32_t left_out, told; /* MILTER_MAY_*, MILTER_LEFT_OUT_* */
	struct buf left_out_text;
};

/* The value of a macro that came with a command, by its name without {}; null when it did not. */
struct span milter_find_macro(const struct milter_session *s, enum milter_command command,
	struct span name);
/* What the server said about the connection and the message, in the message's arena. */
struct msg_envelope milter_make_envelope(const struct milter_session *s);

/* All replies to a message: answer.c. What could not be done is noted in the session. */
void milter_print_verdict(struct milter_session *s, const struct scan_verdict *verdict,
	const struct scan_effects *effects, struct buf *out);
void milter_print_defer(const struct milter_session *s, struct buf *out);

/* What is done to a message that is let through: change.c. */
struct milter_plan;
/* NULL: the message has more fields to be removed than can be, and must not be let through. */
struct milter_plan *milter_plan_make(struct milter_session *s, const struct scan_effects *effects);
/* `is_spam`: with the field that says so. */
void milter_plan_print(struct milter_plan *plan, bool is_spam, struct buf *out);

#endif
