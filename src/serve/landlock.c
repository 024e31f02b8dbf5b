/*
 * Landlock: the kernel's own list of what a process may open. By system calls of our own, for the C library has
 * none; constants that Debian's header is too old for are those of the kernel's interface.
 */
#include "serve/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "serve/sandbox_inner.h"

/* struct landlock_ruleset_attr as version 6 knows it; an older kernel is told a shorter length. */
struct ruleset {
	uint64_t files, net, scope;
};

/* struct landlock_net_port_attr of version 4, and the type of such a rule. */
struct port_rule {
	uint64_t access, port;
};

enum { PORT_RULE = 2, CONNECT = 1 << 1 };

enum {
	FILES_1 = (1 << 13) - 1, /* all rights of the first version */
	TRUNCATE = 1 << 14,      /* since version 3 */
	DEVICES = 1 << 15,       /* version 5 */
	TCP = 1 << 0 | 1 << 1,   /* version 4: bind, connect */
	SCOPE = 1 << 0 | 1 << 1, /* version 6: abstract sockets and signals */
	READ = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	WRITE = READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
		LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
		LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK |
		LANDLOCK_ACCESS_FS_REFER | TRUNCATE,
	OF_A_FILE = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE,
};

/* What the kernel of this version can forbid; returns the bytes of it that it knows. */
static size_t set_rules(int version, struct ruleset *out)
{
	*out = (struct ruleset){.files = FILES_1};
	if (version >= 2)
		out->files |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		out->files |= TRUNCATE;
	if (version >= 4)
		out->net = TCP;
	if (version >= 5)
		out->files |= DEVICES;
	if (version >= 6)
		out->scope = SCOPE;
	return version >= 6    ? sizeof(*out)
		: version >= 4 ? offsetof(struct ruleset, scope)
			       : offsetof(struct ruleset, net);
}

static enum rc tell(struct why *why, const char *doing)
{
	if (errno == ENOSYS || errno == EOPNOTSUPP)
		return why_set(why, RC_NOT_FOUND,
			"Landlock is not there: the kernel does not have "
			"it or it is switched off");
	return why_set(why, RC_DENIED, "Landlock is off: the system does not let us %s: %s", doing,
		strerror(errno));
}

/* What does not exist needs no right. */
static bool add_path(int ruleset, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = rights};
	struct stat st;
	bool ok = false;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd == -1)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES;
	if (fstat(rule.parent_fd, &st) != -1) {
		if (!S_ISDIR(st.st_mode))
			rule.allowed_access &= OF_A_FILE;
		ok = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule,
			     0) != -1;
	}
	(void)close(rule.parent_fd);
	return ok;
}

static bool add_paths(int ruleset, const struct sandbox_paths *paths, uint64_t known)
{
	bool ok = true;

	for (size_t i = 0; ok && i < paths->readable_count; i++)
		ok = add_path(ruleset, paths->readable[i], READ & known);
	for (size_t i = 0; ok && i < paths->writable_count; i++)
		ok = add_path(ruleset, paths->writable[i], WRITE & known);
	/* the sanitizers look at the process's own maps and threads */
	if (ok && SANDBOX_IS_SANITIZED)
		ok = add_path(ruleset, "/proc", READ & known);
	return ok;
}

static bool add_ports(int ruleset, const struct sandbox_paths *paths, uint64_t known)
{
	bool ok = true;

	for (size_t i = 0; ok && (known & CONNECT) != 0 && i < paths->port_count; i++) {
		struct port_rule rule = {.access = CONNECT, .port = paths->ports[i]};

		ok = syscall(SYS_landlock_add_rule, ruleset, PORT_RULE, &rule, 0) != -1;
	}
	return ok;
}

enum rc sandbox_landlock(const struct sandbox_paths *paths, struct why *why)
{
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset rules;
	enum rc rc = RC_OK;
	size_t size;
	int fd;

	if (version == -1)
		return tell(why, "ask for it");
	size = set_rules((int)version, &rules);
	fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
	if (fd == -1)
		return tell(why, "make rules");
	/* without root it is permitted only to those who give up getting more rights */
	if (!add_paths(fd, paths, rules.files))
		rc = tell(why, "name the paths");
	else if (!add_ports(fd, paths, rules.net))
		rc = tell(why, "name the ports");
	else if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
		syscall(SYS_landlock_restrict_self, fd, 0) == -1)
		rc = tell(why, "use it");
	(void)close(fd);
	return rc;
}
