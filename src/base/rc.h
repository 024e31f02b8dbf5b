/*
 * rc: how a function that depends on the world says how it went, and `struct why`: the sentence that
 * goes with it. Libraries fill a why and return; only the edge of the program logs it.
 */
#ifndef BASE_RC_H
#define BASE_RC_H

/* RC(constant, name, text): the one list from which the enum and the texts are made. */
#define RC_LIST(RC)                                                                                \
	RC(OK, "ok", "done")                                                                       \
	RC(WAIT, "wait", "waiting for an answer")                                                  \
	RC(TEMPFAIL, "tempfail", "no answer for now")                                              \
	RC(LIMIT, "limit", "a limit was reached")                                                  \
	RC(INVALID, "invalid", "not valid")                                                        \
	RC(NOT_FOUND, "not_found", "not found")                                                    \
	RC(DENIED, "denied", "not permitted")

enum rc {
#define RC(constant, name, text) RC_##constant,
	RC_LIST(RC)
#undef RC
};

/* Names for logs and records: "ok", "tempfail", ...; and a few words for people. */
const char *rc_name(enum rc rc);
const char *rc_text(enum rc rc);

/* A sentence for a person; overlong ones are cut. `why` may be NULL: then only the code counts. */
struct why {
	char text[512];
};

/* Fills `why` and gives back `rc`, so that a failing function can end with `return why_set(...)`. */
enum rc why_set(struct why *why, enum rc rc, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
