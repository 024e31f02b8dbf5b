/*
 * Inside of cli: what the probes of `winnow doctor` share. A probe is written like a check: it asks, returns RC_WAIT
 * when an answer is not there yet, and is run again from its start; what it has told then is forgotten.
 */
#ifndef CLI_DOCTOR_INNER_H
#define CLI_DOCTOR_INNER_H

#include "cli/inner.h"
#include "dns/dns.h"

enum doctor_mark { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_ERROR };

struct doctor_finding {
	enum doctor_mark mark;
	struct span what;
	const char *why, *todo; /* why it matters, what to do; NULL: nothing */
};

struct doctor;

struct doctor_probe {
	const char *topic;
	bool of_domain; /* only with --domain */
	bool of_server; /* only with --domain or --ip */
	enum rc (*look)(struct doctor *d);
};

struct doctor_run {
	const struct doctor_probe *probe;
	bool done;
	struct {
		VEC(struct doctor_finding);
	} findings;
};

enum { DOCTOR_SERVERS_MOST = 8 };

struct doctor {
	const struct cli *cli;
	struct arena *arena;
	const struct serve_generation *generation;
	const struct conf_report *report;
	struct cli_answers answers;
	struct needs *needs;
	struct doctor_run *run; /* whose turn it is */
	struct span domain;     /* --domain in A-labels, or null */
	struct span address;    /* --ip, or null */
	/* of doctor_look_listed: a scan for each server, which goes on where it was */
	struct scan_task *scans[DOCTOR_SERVERS_MOST];
};

/* A finding of the probe whose turn it is. */
void doctor_tell(struct doctor *d, enum doctor_mark mark, const char *why, const char *todo,
	const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Asks. Whatever is neither RC_OK nor RC_WAIT has been told. */
enum rc doctor_ask(struct doctor *d, enum dns_type type, struct span name,
	const struct dns_answer **out);

/* Whether DNS answers, and rightly: what it says otherwise is worth nothing. RC_OK or RC_WAIT. */
enum rc doctor_test_dns(struct doctor *d, bool *out);

/* Addresses from which mail of the domain comes, as far as we know: --ip, or those of its MX hosts. */
struct doctor_servers {
	struct span v[DOCTOR_SERVERS_MOST];
	size_t n;
	bool guessed; /* of the MX hosts: others may send */
};
/* RC_OK or RC_WAIT; what cannot be looked up is left out. */
enum rc doctor_find_servers(struct doctor *d, struct doctor_servers *out);

enum rc doctor_look_spf(struct doctor *d);
enum rc doctor_look_server_spf(struct doctor *d);
enum rc doctor_look_dmarc(struct doctor *d);
enum rc doctor_look_dkim(struct doctor *d);
enum rc doctor_look_mx(struct doctor *d);
enum rc doctor_look_ptr(struct doctor *d);
enum rc doctor_look_lists(struct doctor *d);
enum rc doctor_look_listed(struct doctor *d);

#endif
