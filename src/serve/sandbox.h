/*
 * sandbox: what a process gives up before it looks at mail, so that a message that takes it over has gained
 * little: it is not root, cannot become it, starts no program, opens no file, reaches no other machine and no
 * other process. What it has open, it keeps.
 *
 *	sandbox_options_read(a, conf, &options, &report);
 *	rc = sandbox_find_user(&options, &user, &why);		in the parent, while it can look up names
 *	...
 *	rc = sandbox_enter(&options, &user, SANDBOX_WORKER, &paths, &sentence, &why);	in the child
 *
 * Landlock and seccomp are on when the kernel and the container let them; what is missing is named in the
 * sentence, and with `options.sandbox = "require"` the process does not start without it.
 */
#ifndef SERVE_SANDBOX_H
#define SERVE_SANDBOX_H

#include <sys/types.h>

#include "base/base.h"
#include "conf/conf.h"

enum sandbox_mode { SANDBOX_OFF, SANDBOX_ON, SANDBOX_REQUIRED };

struct sandbox_options {
	int mode;                /* enum sandbox_mode */
	struct span user, group; /* null: the account of the program */
};

/* Rows of the section `options`: user, group, sandbox. */
extern const struct conf_section sandbox_section;

void sandbox_options_read(struct arena *a, const struct conf *conf, struct sandbox_options *out,
	struct conf_report *report);

/* ---- who it runs as ---- */

enum { SANDBOX_NAME_MOST = 64, SANDBOX_GROUPS_MOST = 64 };

struct sandbox_user {
	bool is_needed; /* we are root: else there is nothing to give up */
	uid_t uid;
	gid_t gid;
	gid_t groups[SANDBOX_GROUPS_MOST]; /* others that the account is in */
	size_t group_count;
	char name[SANDBOX_NAME_MOST];
	bool is_fallback; /* it is `nobody`, because the machine has no account `winnow` */
};

/*
 * The account of the options, which must exist; without one `winnow`, else `nobody`. RC_NOT_FOUND, RC_INVALID
 * (root) with a sentence. Reads the files of accounts: for start-up only.
 */
enum rc sandbox_find_user(const struct sandbox_options *options, struct sandbox_user *out,
	struct why *why);

/*
 * Becomes the user, for good: no program that is started could get rights back, and the process has tried that
 * it cannot be root again. Core files stay possible, for RLIMIT_CORE decides whether there are any: what a
 * worker died of is worth more than hiding mail from the machine's own administrator.
 */
enum rc sandbox_drop(const struct sandbox_user *user, struct why *why);

/* ---- what it may do ---- */

enum sandbox_kind {
	SANDBOX_WORKER,   /* answers on sockets that are there */
	SANDBOX_RESOLVER, /* the same, and asks name servers */
	SANDBOX_KEEPER,   /* opens files as Landlock allows, and local sockets */
};

/* Folders or files, with all below them, what does not exist is passed over; and ports of TCP. */
struct sandbox_paths {
	const char *const *readable;
	size_t readable_count;
	const char *const *writable;
	size_t writable_count;
	const uint16_t *ports; /* of other machines, to connect to */
	size_t port_count;
};

/*
 * Opens nothing but these from now on, binds no TCP and connects it to these ports only (kernel 6.7), and signals
 * nobody outside (kernel 6.12). RC_NOT_FOUND: this kernel has no Landlock; RC_DENIED: it is not permitted here.
 */
enum rc sandbox_landlock(const struct sandbox_paths *paths, struct why *why);

/*
 * Only the system calls that such a process needs. Others fail with EPERM; those that nothing but an intruder
 * would try (exec, ptrace, mount, kernel modules, keys, bpf ...) end the process with SIGSYS. Memory cannot be
 * made executable: patterns are compiled before. RC_DENIED: it is not permitted here.
 */
enum rc sandbox_seccomp(enum sandbox_kind kind, struct why *why);

enum { SANDBOX_SENTENCE_MOST = 400 };

/*
 * All of it in order. `sentence` is for the start-up line: "user winnow, Landlock and seccomp are on". An error
 * only when the user cannot be changed, or something is missing that is required.
 */
enum rc sandbox_enter(const struct sandbox_options *options, const struct sandbox_user *user,
	enum sandbox_kind kind, const struct sandbox_paths *paths,
	char sentence[SANDBOX_SENTENCE_MOST], struct why *why);

#endif
