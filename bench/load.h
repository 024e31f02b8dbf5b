/*
 * load: a mail server (milter) or client (HTTP) that is cheap to run, so that what is measured beside it is the
 * filter. dialogue.c prepares the bytes of a message once and knows where a reply ends; load.c sends them over
 * any number of connections and takes the time.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "base/base.h"

enum load_protocol { LOAD_MILTER, LOAD_HTTP };

/* What is said until the other side has to answer. */
enum { LOAD_TURNS_MOST = 2 };

struct load_dialogue {
	enum load_protocol protocol;
	struct span opening;  /* of a connection, answered by one reply; empty: there is none */
	struct span greeting; /* in front of the connection's first message */
	struct span turns[LOAD_TURNS_MOST]; /* of a message, each answered by one reply */
	size_t turn_count;
	struct span farewell; /* before a connection is closed */
};

/* Of a whole message with CRLF. */
void load_dialogue_make(struct arena *a, enum load_protocol protocol, struct span message,
	struct load_dialogue *out);

enum load_heard {
	LOAD_HEARD_PART,     /* the reply goes on */
	LOAD_HEARD_REPLY,    /* and the other side can take the next turn */
	LOAD_HEARD_LAST,     /* a reply, behind which the other side closes */
	LOAD_HEARD_REFUSAL,  /* a reply, but no verdict */
	LOAD_HEARD_NONSENSE, /* what comes is not the protocol, or not what we can speak */
};

/* Looks at all bytes that have come since the last turn. */
enum load_heard load_hear(const struct load_dialogue *d, struct span bytes);

#endif
