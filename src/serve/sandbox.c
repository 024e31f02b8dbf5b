/* Giving up rights: the user, and all protections in order. */
#include "serve/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* ---- options ---- */

static const struct conf_word modes[] = {
	{"true", SANDBOX_ON},
	{"yes", SANDBOX_ON},
	{"on", SANDBOX_ON},
	{"false", SANDBOX_OFF},
	{"no", SANDBOX_OFF},
	{"off", SANDBOX_OFF},
	{"require", SANDBOX_REQUIRED},
};

static const struct conf_option rows[] = {
	CONF_STRING(struct sandbox_options, user, "user", NULL,
		"The account that workers run as when the program is started by root: its name or "
		"number. Without one it is winnow, and nobody where that does not exist."),
	CONF_STRING(struct sandbox_options, group, "group", NULL,
		"The group that workers run as; without one it is the account's own."),
	CONF_WORD(struct sandbox_options, mode, "sandbox", "true", modes,
		"Whether workers may do only what they need (Landlock and seccomp). true: as far as "
		"the system lets us; \"require\": the program does not start without; false: no."),
};

const struct conf_section sandbox_section = {
	.path = "options",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.size = sizeof(struct sandbox_options),
	.help = "Of the program as a whole.",
};

void sandbox_options_read(struct arena *a, const struct conf *conf, struct sandbox_options *out,
	struct conf_report *report)
{
	(void)conf_fill(a, conf_find(conf->root, "options"), rows, ARRAY_LEN(rows), out, report);
}

/* ---- who it runs as ---- */

/* The highest id means "unchanged" to the system calls, and 0 is who we do not want to be. */
static bool read_id(struct span text, uint64_t *out)
{
	return num_parse_u64(text, UINT32_MAX - 1, out);
}

static bool copy_name(struct span text, char out[SANDBOX_NAME_MOST])
{
	if (text.n == 0 || text.n >= SANDBOX_NAME_MOST || span_has_byte(text, '\0'))
		return false;
	memcpy(out, text.p, text.n);
	out[text.n] = '\0';
	return true;
}

static const struct passwd *find_account(struct span text, char name[SANDBOX_NAME_MOST])
{
	const struct passwd *account;
	uint64_t id;

	if (!copy_name(text, name))
		return NULL;
	account = getpwnam(name);
	return account == NULL && read_id(text, &id) ? getpwuid((uid_t)id) : account;
}

/* The groups that the account is in, beside its first. */
static void find_groups(struct sandbox_user *user, const struct passwd *account)
{
	int n = SANDBOX_GROUPS_MOST;

	user->group_count = 0;
	if (getgrouplist(account->pw_name, user->gid, user->groups, &n) > 0)
		user->group_count = (size_t)n;
}

static enum rc find_group(struct span text, gid_t *out, struct why *why)
{
	char name[SANDBOX_NAME_MOST];
	const struct group *group = copy_name(text, name) ? getgrnam(name) : NULL;
	uint64_t id;

	if (group == NULL && !read_id(text, &id))
		return why_set(why, RC_NOT_FOUND,
			"options.group: this machine has no group \"%.*s\"",
			SPAN_ARG(span_slice(text, 0, SANDBOX_NAME_MOST)));
	*out = group != NULL ? group->gr_gid : (gid_t)id;
	return RC_OK;
}

enum rc sandbox_find_user(const struct sandbox_options *options, struct sandbox_user *out,
	struct why *why)
{
	bool is_named = options->user.n > 0;
	const struct passwd *account;
	enum rc rc = RC_OK;

	*out = (struct sandbox_user){.is_needed = geteuid() == 0};
	if (!out->is_needed)
		return RC_OK;
	account = find_account(is_named ? options->user : SPAN("winnow"), out->name);
	if (account == NULL && !is_named) {
		account = find_account(SPAN("nobody"), out->name);
		out->is_fallback = true;
	}
	if (account == NULL)
		return why_set(why, RC_NOT_FOUND,
			"options.user: this machine has no account \"%s\": make it with `adduser "
			"--system --group winnow`, or name another one",
			out->name);
	out->uid = account->pw_uid;
	out->gid = account->pw_gid;
	find_groups(out, account);
	if (options->group.n > 0)
		rc = find_group(options->group, &out->gid, why);
	if (rc == RC_OK && out->uid == 0)
		return why_set(why, RC_INVALID,
			"options.user: workers do not run as root: name another account");
	return rc;
}

static bool can_be_root_again(void)
{
	uid_t real, effective, saved;
	gid_t real_group, effective_group, saved_group;

	if (setuid(0) != -1 || seteuid(0) != -1 || setresuid(0, 0, 0) != -1)
		return true;
	if (getresuid(&real, &effective, &saved) == -1 ||
		getresgid(&real_group, &effective_group, &saved_group) == -1)
		return true;
	return real == 0 || effective == 0 || saved == 0;
}

enum rc sandbox_drop(const struct sandbox_user *user, struct why *why)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return why_set(why, RC_DENIED, "the process cannot give up getting more rights: %s",
			strerror(errno));
	if (!user->is_needed)
		return RC_OK;
	if (setgroups(user->group_count, user->groups) == -1 ||
		setresgid(user->gid, user->gid, user->gid) == -1 ||
		setresuid(user->uid, user->uid, user->uid) == -1)
		return why_set(why, RC_DENIED, "the process cannot become the user %s: %s",
			user->name, strerror(errno));
	if (can_be_root_again())
		return why_set(why, RC_DENIED, "the process is %s now, and still can be root",
			user->name);
	/* changing the user has switched it off */
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return RC_OK;
}

/* ---- all of it ---- */

static void add_word(char *sentence, const char *before, const char *text)
{
	size_t n = strlen(sentence);

	(void)snprintf(sentence + n, SANDBOX_SENTENCE_MOST - n, "%s%s", n == 0 ? "" : before, text);
}

static void print_user(const struct sandbox_user *user, char *sentence)
{
	char number[32];

	(void)snprintf(number, sizeof(number), "uid %u", (unsigned)getuid());
	if (user->name[0] == '\0') {
		add_word(sentence, "", number);
		return;
	}
	add_word(sentence, "", "user ");
	add_word(sentence, "", user->name);
	if (user->is_fallback)
		add_word(sentence, " ",
			"(there is no account winnow: `adduser --system --group winnow` makes it)");
}

enum rc sandbox_enter(const struct sandbox_options *options, const struct sandbox_user *user,
	enum sandbox_kind kind, const struct sandbox_paths *paths,
	char sentence[SANDBOX_SENTENCE_MOST], struct why *why)
{
	bool is_required = options->mode == SANDBOX_REQUIRED;
	struct why missing;
	enum rc rc;

	sentence[0] = '\0';
	rc = sandbox_drop(user, why);
	if (rc != RC_OK)
		return rc;
	print_user(user, sentence);
	if (options->mode == SANDBOX_OFF) {
		add_word(sentence, ", ", "sandbox is switched off");
		return RC_OK;
	}
	rc = sandbox_landlock(paths, &missing);
	if (rc == RC_OK)
		add_word(sentence, ", ", "Landlock is on");
	else
		add_word(sentence, ", ", missing.text);
	if (rc == RC_OK || !is_required) {
		rc = sandbox_seccomp(kind, &missing);
		if (rc == RC_OK)
			add_word(sentence, ", ", "seccomp is on");
		else
			add_word(sentence, ", ", missing.text);
	}
	if (rc != RC_OK && is_required)
		return why_set(why, RC_DENIED, "options.sandbox is \"require\", but %s",
			missing.text);
	return RC_OK;
}
