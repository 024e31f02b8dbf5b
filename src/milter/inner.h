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

/* Header fields that we write, and whose incoming copies we remove. */
enum milter_field { MILTER_FIELD_RESULT, MILTER_FIELD_SPAM, MILTER_FIELD_COUNT };

struct milter_session {
	struct arena *arena; /* the connection's: what is in it grows no more once it was used */
	const struct milter_policy *policy;
	struct milter_parser parser;
	enum milter_phase phase;
	struct milter_options options; /* as negotiated */
	struct why why;

	struct buf hostname, address, helo;
	bool is_network, has_helo;
	struct buf macros[MILTER_MACRO_STAGE_COUNT];

	struct arena *message_arena;
	struct span from;
	struct {
		VEC(struct span);
	} rcpts;
	size_t rcpt_count;
	struct msg_builder *bytes;
	bool is_cut, is_overloaded;
	size_t copies[MILTER_FIELD_COUNT]; /* of our fields in the message that came */
	struct msg_input input;            /* what stands above, once it is whole */
};

/* The latest value of a macro, by its name without {}; null when no stage gave it. */
struct span milter_find_macro(const struct milter_session *s, struct span name);
/* What the server said about the connection and the message, in the message's arena. */
struct msg_envelope milter_make_envelope(const struct milter_session *s);
/* All replies to a message. */
void milter_print_verdict(const struct milter_session *s, const struct scan_verdict *verdict,
	const struct scan_effects *effects, struct buf *out);
void milter_print_defer(const struct milter_session *s, struct buf *out);
struct span milter_field_name(const struct milter_session *s, enum milter_field field);

#endif
