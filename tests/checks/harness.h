/*
 * harness: tables of messages and of what a check must find in them.
 *
 *	static const struct harness_case cases[] = {
 *		{"a message without From lacks it", "To: a@example.org\n\n", "MISSING_FROM(2.00)"},
 *		{"...", "...", "...", .from = "a@example.org", .rcpts = "b@example.org c@example.org"},
 *	};
 *
 *	harness_check_table(&check_missing, cases, ARRAY_LEN(cases));
 */
#ifndef TESTS_CHECKS_HARNESS_H
#define TESTS_CHECKS_HARNESS_H

#include "checks/checks.h"

/* A case leaves out what does not matter to it. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* Fri, 13 Feb 2026 12:00:00 GMT: the time of cases that set none. */
#define HARNESS_NOW 1770984000.0

struct harness_case {
	const char *name;     /* a sentence */
	const char *message;  /* header, empty line, body */
	const char *expected; /* as harness_scan gives it */
	const char *from;     /* envelope sender; NULL: not known, "": the null sender */
	const char *rcpts;    /* envelope recipients with a blank between; NULL: none */
	const char *address;  /* of the client */
	const char *hostname;
	const char *helo;
	const char *user;
	const char *tls_version;
	double now;           /* 0: HARNESS_NOW */
	const char *settings; /* configuration, as in a file; NULL: the defaults */
	bool over_network;
	const char *zone; /* answers to questions; NULL: no name exists */
};

/*
 * What one check (NULL: all of them) finds: "NAME(score)[evidence, evidence] NAME(score)", in the order of
 * registration, with the score before composites and caps, "?NAME: why" for a check that could not be finished, and
 * "=> ACTION" at the end when an action was forced. `message` overrides the case's when not null, for messages that hold a NUL or are made.
 */
struct span harness_scan(struct arena *a, const struct check *check, const struct harness_case *c,
	struct span message);

/* Fails with the case's name when a result is not as expected, or not the same a second time. */
void harness_check_table(const struct check *check, const struct harness_case *cases, size_t n);
/* A single made message: fails when the result differs. */
void harness_check_made(const struct check *check, const char *name, struct span message,
	const char *expected);

/* Fails when these settings are no error whose sentence holds `piece`. */
void harness_expect_wrong(const struct check *check, const char *settings, const char *piece);

/* `text` as many times, for messages that are long. */
struct span harness_repeat(struct arena *a, const char *text, size_t times);

#endif
