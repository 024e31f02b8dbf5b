/*
 * checks: everything that can be said of a message, one file a family. A file ends with one `struct
 * check` named check_NAME; a row CHECK(NAME) in list.def makes it known to the program: its symbols, its
 * options, its page. What a check is and may do stands in scan/scan.h.
 *
 *	config = scan_config_make(a, conf, checks_all, checks_count, &report);
 */
#ifndef CHECKS_CHECKS_H
#define CHECKS_CHECKS_H

#include "auth/auth.h"
#include "dns/dns.h"
#include "scan/scan.h"

/* In the order of list.def, which is the order of symbols in verdicts. */
extern const struct check *const checks_all[];
extern const size_t checks_count;

/* How the checks evaluate the standards by this configuration, for tools that must come to the same result. */
struct auth_dkim_options checks_dkim_options(const struct scan_config *config);
struct auth_dmarc_options checks_dmarc_options(const struct scan_config *config);
/* The symbol that a signature becomes. */
const char *checks_dkim_symbol(const struct auth_signature *signature);

/*
 * The block lists that the configuration has switched on, to be tested before they are believed
 * (dns_lists_watch): `kind` says which test points they have.
 */
void checks_each_list(const struct scan_config *config,
	void (*fn)(void *ctx, struct span zone, enum dns_list_kind kind), void *ctx);
/* Seconds between two tests of a list (rbl.test_interval); 0: lists are switched off. */
double checks_list_interval(const struct scan_config *config);

#endif
