/*
 * Patterns by PCRE2.
 *
 * DESIGN: PCRE2 backtracks, and its match limit bounds the steps from each place where a match may start,
 * not their sum; its JIT does not even count all of them. `x\w*Z` over a long word of x takes the square
 * of its length, whatever the limit. So a short subject is matched by JIT under a limit that shrinks with
 * its length, where even the square is a millisecond. A longer one, and one that reached that limit,
 * is matched by a second compilation that calls back before each item of the pattern: the callback counts
 * every step and every byte passed, and ends the match at a budget. That is several times slower than
 * plain JIT on usual text. Cutting long subjects into windows was rejected, since it loses matches; a
 * limit by the clock, since then a verdict could not be repeated.
 */
#include "match/match.h"

#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
	/* Bytes of a short subject. A backreference compares many bytes in one step. */
	QUICK_MOST = 1024,
	QUICK_BACKREF_MOST = 256,
	/* For a short subject; the places where a match may start share them. */
	QUICK_STEPS = 500000,
	/* For any other one, and for each of its bytes. */
	COUNTED_STEPS = 2000000,
	COUNTED_STEPS_PER_BYTE = 8,
	/* What makes one step more: bytes that an item ran over, and that a backreference may compare. */
	BYTES_PER_STEP = 16,
	BACKREF_BYTES_PER_STEP = 64,
	/* Of the interpreter, which runs where there is no JIT. */
	HEAP_KIB_MOST = 20000,
	JIT_STACK_FIRST = 32 << 10,
	JIT_STACK_MOST = 1 << 20,
};

struct match_pattern {
	pcre2_code *quick;
	pcre2_code *counted;
	size_t quick_most; /* bytes of a subject for the quick one */
	bool has_backrefs;
};

/* What matching needs besides the pattern: one for the process, as it does one thing at a time. */
static struct engine {
	pcre2_match_context *context;
	pcre2_match_data *data;
	pcre2_jit_stack *stack;
} engine;

static void make_engine(void)
{
	if (engine.data != NULL)
		return;
	engine.context = pcre2_match_context_create(NULL);
	engine.stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MOST, NULL);
	/* one pair: nobody asks for groups */
	engine.data = pcre2_match_data_create(1, NULL);
	if (engine.context == NULL || engine.stack == NULL || engine.data == NULL)
		panic("out of memory: no room to match patterns");
	(void)pcre2_set_heap_limit(engine.context, HEAP_KIB_MOST);
	pcre2_jit_stack_assign(engine.context, NULL, engine.stack);
}

/* A pattern as it was written: the regexp, where it starts, and the options of its flags. */
struct source {
	struct span regexp;
	size_t offset;
	uint32_t options;
};

static uint32_t option_of_flag(char flag)
{
	switch (flag) {
	case 'i':
		return PCRE2_CASELESS;
	case 'm':
		return PCRE2_MULTILINE;
	case 's':
		return PCRE2_DOTALL;
	case 'x':
		return PCRE2_EXTENDED;
	case 'u':
		return PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
	default:
		return 0;
	}
}

static enum rc read_source(struct span text, struct source *out, struct why *why)
{
	size_t end;

	*out = (struct source){.regexp = text};
	if (text.n > MATCH_PATTERN_MOST)
		return why_set(why, RC_LIMIT, "a pattern of more than %d bytes",
			MATCH_PATTERN_MOST);
	if (text.n == 0 || *text.p != '/')
		return RC_OK;
	end = span_find_last_byte(text, '/');
	if (end == 0)
		return why_set(why, RC_INVALID, "the closing / is missing");
	out->regexp = span_slice(text, 1, end - 1);
	out->offset = 1;
	for (size_t i = end + 1; i < text.n; i++) {
		uint32_t option = option_of_flag(text.p[i]);

		if (option == 0)
			return why_set(why, RC_INVALID,
				"at %zu: \"%c\" is no flag of a pattern (i m s x u)", i, text.p[i]);
		out->options |= option;
	}
	return RC_OK;
}

static pcre2_code *compile(const struct source *source, uint32_t options, struct why *why)
{
	PCRE2_SIZE at = 0;
	pcre2_code *code;
	int error = 0;

	options |= source->options | PCRE2_NEVER_BACKSLASH_C;
	/* "(*UTF)" in the pattern would make a subject that is not UTF-8 an error */
	if ((options & PCRE2_UTF) == 0)
		options |= PCRE2_NEVER_UTF;
	code = pcre2_compile((PCRE2_SPTR)source->regexp.p, source->regexp.n, options, &error, &at,
		NULL);
	if (code == NULL) {
		char text[256] = "";

		(void)pcre2_get_error_message(error, (PCRE2_UCHAR *)text, sizeof(text));
		(void)why_set(why, RC_INVALID, "at %zu: %s", source->offset + at, text);
		return NULL;
	}
	return code;
}

static void free_pattern(void *thing)
{
	struct match_pattern *pattern = thing;

	pcre2_code_free(pattern->quick);
	pcre2_code_free(pattern->counted);
}

enum rc match_compile(struct arena *a, struct span pattern, struct match_pattern **out,
	struct why *why)
{
	struct match_pattern *made;
	struct source source;
	uint32_t backrefs = 0;
	enum rc rc = read_source(pattern, &source, why);

	if (rc != RC_OK)
		return rc;
	if (source.regexp.n == 0)
		source.regexp.p = "";
	make_engine();
	made = ARENA_NEW(a, struct match_pattern);
	arena_at_end(a, free_pattern, made);
	/* what is made possessive does not count its steps back, of which there may be many */
	made->quick = compile(&source, PCRE2_NO_AUTO_POSSESS, why);
	if (made->quick == NULL)
		return RC_INVALID;
	/* without JIT, which some systems forbid, the interpreter does the same under the same limits */
	(void)pcre2_jit_compile(made->quick, PCRE2_JIT_COMPLETE);
	/* callouts make a pattern larger, so it can be too large only now */
	made->counted = compile(&source, PCRE2_AUTO_CALLOUT, why);
	if (made->counted == NULL)
		return RC_INVALID;
	(void)pcre2_pattern_info(made->quick, PCRE2_INFO_BACKREFMAX, &backrefs);
	made->has_backrefs = backrefs > 0;
	made->quick_most = made->has_backrefs ? QUICK_BACKREF_MOST : QUICK_MOST;
	*out = made;
	return RC_OK;
}

static enum rc find(const pcre2_code *code, struct span subject, struct span *out)
{
	const PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(engine.data);
	size_t start;
	int rc = pcre2_match(code, (PCRE2_SPTR)subject.p, subject.n, 0, 0, engine.data,
		engine.context);

	if (rc == PCRE2_ERROR_NOMATCH)
		return RC_NOT_FOUND;
	/* a limit on steps, memory or nesting: other errors need a wrong call */
	if (rc < 0)
		return RC_LIMIT;
	must(bounds[1] <= subject.n);
	/* \K in a lookahead can move the start past the end, where the library allows it */
	start = num_min(bounds[0], bounds[1]);
	if (out != NULL)
		*out = span_slice(subject, start, bounds[1] - start);
	return RC_OK;
}

struct budget {
	uint64_t left;
	size_t last; /* where the last step was in the subject */
	bool has_backrefs;
};

/* What backreferences might compare in the next step: all that groups hold. */
static uint64_t count_captured(const pcre2_callout_block *block)
{
	uint64_t bytes = 0;

	for (uint32_t i = 1; i < block->capture_top; i++) {
		size_t start = block->offset_vector[2 * i], end = block->offset_vector[2 * i + 1];

		if (start != PCRE2_UNSET && end > start)
			bytes += end - start;
	}
	return bytes;
}

static int count_step(pcre2_callout_block *block, void *data)
{
	struct budget *budget = data;
	size_t at = block->current_position;
	size_t run = at > budget->last ? at - budget->last : budget->last - at;
	uint64_t cost = 1 + run / BYTES_PER_STEP;

	if (budget->has_backrefs)
		cost += count_captured(block) / BACKREF_BYTES_PER_STEP;
	budget->last = at;
	if (cost > budget->left)
		return PCRE2_ERROR_CALLOUT;
	budget->left -= cost;
	return 0;
}

static enum rc find_counted(const struct match_pattern *pattern, struct span subject,
	struct span *out)
{
	struct budget budget = {
		.left = COUNTED_STEPS + (uint64_t)COUNTED_STEPS_PER_BYTE * subject.n,
		.has_backrefs = pattern->has_backrefs,
	};
	enum rc rc;

	/*
	 * By JIT only from its first use on, and again is nothing: of a thousand patterns most never meet
	 * a long subject, and their code with callouts would be most of the memory. It takes 50 us.
	 */
	(void)pcre2_jit_compile(pattern->counted, PCRE2_JIT_COMPLETE);
	(void)pcre2_set_callout(engine.context, count_step, &budget);
	(void)pcre2_set_match_limit(engine.context, UINT32_MAX);
	rc = find(pattern->counted, subject, out);
	(void)pcre2_set_callout(engine.context, NULL, NULL);
	return rc;
}

enum rc match_find(const struct match_pattern *pattern, struct span subject, struct span *out)
{
	enum rc rc = RC_LIMIT;

	if (subject.n == 0)
		subject.p = "";
	if (subject.n <= pattern->quick_most) {
		(void)pcre2_set_match_limit(engine.context,
			(uint32_t)(QUICK_STEPS / (subject.n + 1)));
		rc = find(pattern->quick, subject, out);
	}
	if (rc == RC_LIMIT)
		rc = find_counted(pattern, subject, out);
	return rc;
}
