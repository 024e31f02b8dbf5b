/* $VAR and ${VAR}: where this installation keeps its things. */
#include "conf/inner.h"

#include <string.h>
#include <unistd.h>

static struct span host_name(struct arena *a)
{
	char name[256] = "";

	if (gethostname(name, sizeof(name) - 1) == -1)
		return SPAN("localhost");
	return arena_copy(a, span_of(name));
}

/* "0.1.0" has the parts 0 (major), 1 (minor) and 0.1 (branch). */
static struct span version_part(size_t first, size_t last)
{
	struct span version = SPAN(WINNOW_VERSION), rest = version, part;
	const char *start = version.p;

	for (size_t i = 0; i <= last && span_next(&rest, '.', &part); i++) {
		if (i == first)
			start = part.p;
		if (i == last)
			return span_from(start, (size_t)(part.p + part.n - start));
	}
	return version;
}

void variables_make(struct loading *load, const struct conf_input *input, struct span folder)
{
	static const char *const shares[][2] = {
		{"SHAREDIR", ""},
		{"RULESDIR", "/rules"},
		{"PLUGINSDIR", "/plugins"},
		{"WWWDIR", "/www"},
	};
	struct {
		VEC(struct conf_variable);
	} all = {0};
	struct arena *a = load->arena;
	const struct conf_variable ours[] = {
		{"CONFDIR", folder},
		{"LOCAL_CONFDIR", folder},
		{"RUNDIR", SPAN("/run/winnow")},
		{"DBDIR", SPAN("/var/lib/winnow")},
		{"LOGDIR", SPAN("/var/log/winnow")},
		{"PREFIX", SPAN("/usr")},
		{"VERSION", SPAN(WINNOW_VERSION)},
		{"VERSION_MAJOR", version_part(0, 0)},
		{"VERSION_MINOR", version_part(1, 1)},
		{"BRANCH_VERSION", version_part(0, 1)},
		{"HOSTNAME", host_name(a)},
	};

	for (size_t i = 0; i < input->variable_count; i++)
		*VEC_ADD(a, &all) = input->variables[i];
	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		*VEC_ADD(a, &all) = ours[i];
	for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
		struct span value = arena_printf(a, "/usr/share/winnow%s", shares[i][1]);

		*VEC_ADD(a, &all) = (struct conf_variable){shares[i][0], value};
	}
	load->variables = all.v;
	load->variable_count = all.n;
}

/* Takes the variable when its name is longer than what was found before. */
static void consider(struct span text, const char *name, struct span value, size_t *best,
	struct span *out)
{
	struct span n = span_of(name);

	if (n.n <= *best || !span_starts(text, n))
		return;
	*best = n.n;
	*out = value;
}

size_t variable_find(const struct reader *r, struct span text, struct span *out)
{
	bool braced = text.n > 0 && *text.p == '{';
	size_t best = 0, close;

	if (braced) {
		text = span_slice(text, 1, 64);
		close = span_find_byte(text, '}');
		if (close == text.n)
			return 0;
		text = span_slice(text, 0, close);
	}
	for (size_t i = 0; i < r->load->variable_count; i++)
		consider(text, r->load->variables[i].name, r->load->variables[i].value, &best, out);
	consider(text, "CURDIR", r->folder, &best, out);
	consider(text, "FILENAME", r->file, &best, out);
	if (!braced)
		return best;
	return best > 0 && best == text.n ? best + 2 : 0;
}
