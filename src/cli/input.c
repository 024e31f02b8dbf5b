/* From arguments to messages: files, folders, mboxes, standard input. */
#include "cli/cli.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/inner.h"

enum {
	FILE_MOST = 1 << 30, /* an mbox may be larger than a message */
	FOLDER_DEPTH_MOST = 32,
};

struct paths {
	VEC(const char *);
};

static int compare_paths(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void list_folder(struct arena *a, const char *folder, int depth, struct paths *out);

/*
 * What lies in a folder: files, also by links, and folders, but not by links, which may lead in a circle.
 * A pipe or device there would be waited for.
 */
static void list_entry(struct arena *a, const char *path, int depth, struct paths *out)
{
	struct stat own, target;

	if (lstat(path, &own) == -1 || stat(path, &target) == -1)
		return;
	if (S_ISDIR(own.st_mode))
		list_folder(a, path, depth, out);
	else if (S_ISREG(target.st_mode))
		*VEC_ADD(a, out) = path;
}

/* What was named itself may be anything. */
static void list_path(struct arena *a, const char *path, struct paths *out)
{
	struct stat st;

	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		list_folder(a, path, 0, out);
	else
		*VEC_ADD(a, out) = path;
}

static void list_folder(struct arena *a, const char *folder, int depth, struct paths *out)
{
	DIR *d = depth > FOLDER_DEPTH_MOST ? NULL : opendir(folder);
	struct paths names = {0};
	const struct dirent *entry;

	if (d == NULL) {
		cli_complain("%s: the folder cannot be read", folder);
		return;
	}
	while ((entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			*VEC_ADD(a, &names) = arena_printf(a, "%s/%s", folder, entry->d_name).p;
	(void)closedir(d);
	if (names.n > 1)
		qsort(names.v, names.n, sizeof(*names.v), compare_paths);
	for (size_t i = 0; i < names.n; i++)
		list_entry(a, names.v[i], depth + 1, out);
}

static void list_arguments(const struct cli *cli, struct arena *a, struct paths *out)
{
	for (size_t i = 0; i < cli->arguments.n; i++)
		list_path(a, cli->arguments.v[i], out);
}

/*
 * Whether a line "From ..." begins a message of an mbox: it ends with a time and a year ("Sun Nov 22
 * 11:12:29 2026"), as text that begins with that word does not.
 */
static bool is_from_line(struct span box, size_t at)
{
	struct span line, rest = span_from_offset(box, at), tail;
	size_t colon;

	if (!span_next_line(&rest, &line))
		return false;
	line = span_trim_end(span_slice(line, 0, 1000));
	colon = span_find_last_byte(line, ':');
	if (colon + 3 >= line.n || colon == 0 || !byte_is_digit(line.p[colon - 1]) ||
		!byte_is_digit(line.p[colon + 1]))
		return false;
	tail = span_from_offset(line, line.n - 4);
	return num_parse_u64(tail, 9999, &(uint64_t){0});
}

/* Where the message at the start of an mbox ends: before the next From line behind an empty line. */
static size_t mbox_message_length(struct span box)
{
	size_t at = 0;

	for (;;) {
		size_t found = span_find(span_from_offset(box, at), SPAN("\nFrom "));

		at += found;
		if (at >= box.n)
			return box.n;
		if (at > 0 &&
			(box.p[at - 1] == '\n' ||
				(box.p[at - 1] == '\r' && at > 1 && box.p[at - 2] == '\n')) &&
			is_from_line(box, at + 1))
			return at + 1;
		at++;
	}
}

struct walk {
	cli_message_fn *fn;
	void *ctx;
	struct arena *arena; /* of one message, emptied after each */
	struct cli_progress progress;
	size_t done;
	int status;
	bool failed; /* some could not be read */
};

/* False when the walk is to end. */
static bool give(struct walk *w, const struct cli_message *message)
{
	int status;

	if (message->bytes.n > MSG_BYTES_MOST) {
		cli_complain("%s: a message of over %d bytes", message->path, MSG_BYTES_MOST);
		w->failed = true;
		return true;
	}
	status = w->fn(w->ctx, w->arena, message);
	arena_reset(w->arena);
	cli_progress_step(&w->progress, ++w->done);
	if (status == CLI_FAILED || status == CLI_USAGE) {
		w->status = status;
		return false;
	}
	if (status == CLI_SPAM)
		w->status = CLI_SPAM;
	return true;
}

static bool give_file(struct walk *w, struct arena *a, const char *path)
{
	struct cli_message message = {.path = path};
	struct span rest;
	struct why why;

	if (file_read(a, path, FILE_MOST, &rest, &why) != RC_OK) {
		cli_complain("%s", why.text);
		w->failed = true;
		return true;
	}
	if (!span_starts(rest, SPAN("From ")) || mbox_message_length(rest) == rest.n) {
		message.bytes = rest;
		return give(w, &message);
	}
	while (rest.n > 0) {
		size_t n = mbox_message_length(rest);

		message.number++;
		message.bytes = span_slice(rest, 0, n);
		rest = span_from_offset(rest, n);
		if (!give(w, &message))
			return false;
	}
	return true;
}

int cli_each_message(const struct cli *cli, const char *what, cli_message_fn *fn, void *ctx)
{
	struct walk w = {.fn = fn, .ctx = ctx, .arena = arena_make()};
	struct arena *file = arena_make();
	struct paths paths = {0};

	list_arguments(cli, cli->arena, &paths);
	cli_progress_start(&w.progress, what, paths.n > 1 ? paths.n : 0);
	for (size_t i = 0; i < paths.n; i++) {
		bool go_on = give_file(&w, file, paths.v[i]);

		arena_reset(file);
		if (!go_on)
			break;
	}
	cli_progress_end(&w.progress);
	arena_free(file);
	arena_free(w.arena);
	return w.status == CLI_DONE && w.failed ? CLI_FAILED : w.status;
}

bool cli_is_single(const struct cli *cli)
{
	struct arena *a = arena_make();
	struct paths paths = {0};
	struct span bytes;
	bool single;

	list_arguments(cli, a, &paths);
	single = paths.n == 1;
	/* standard input can be read only once: it is taken for one message */
	if (single && strcmp(paths.v[0], "-") != 0 &&
		file_read(a, paths.v[0], FILE_MOST, &bytes, NULL) == RC_OK)
		single =
			!span_starts(bytes, SPAN("From ")) || mbox_message_length(bytes) == bytes.n;
	arena_free(a);
	return single;
}

struct span cli_message_name(struct arena *a, const struct cli_message *message)
{
	if (message->number == 0)
		return span_of(message->path);
	return arena_printf(a, "%s:%zu", message->path, message->number);
}
