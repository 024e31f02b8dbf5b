/*
 * SPF. Each line is a text that names of a made-up zone answer with, as TXT; the first line is the sender, the
 * second the HELO name. Whatever they say: an evaluation ends within its questions, it says the same when
 * answers come one by one, what it hands out for an SMTP reply is printable, and a name that macros give fits.
 */
#include "auth/spf_inner.h"

enum { QUESTIONS_MOST = SPF_QUESTIONS_MOST };

/* Answers at once, or one question a run when `late`. */
struct world {
	struct arena *arena;
	struct span lines;
	bool late;
	struct need *open;
};

static struct span line_at(struct span lines, size_t wanted)
{
	struct span line = SPAN("");

	for (size_t i = 0; span_next_line(&lines, &line); i++)
		if (i == wanted)
			return line;
	return SPAN("");
}

/* The name's last byte but those of ".example" chooses what it has. */
static void answer(const struct world *w, struct need *need)
{
	struct dns_answer *a = ARENA_NEW(w->arena, struct dns_answer);
	struct dns_record *records = ARENA_ARRAY(w->arena, struct dns_record, 12);
	struct span name = need->key, type;
	size_t sum = 0;

	must(span_next(&name, ' ', &type));
	for (size_t i = 0; i < name.n; i++)
		sum += (unsigned char)name.p[i];
	need->rc = RC_OK;
	need->answer = a;
	a->v = records;
	a->status = DNS_FOUND;
	a->n = 1 + sum % 3;
	if (sum % 11 == 0)
		*a = (struct dns_answer){.status = sum % 2 ? DNS_NO_NAME : DNS_NO_DATA};
	if (sum % 13 == 0)
		need->rc = why_set(&need->why, RC_TEMPFAIL, "timeout");
	if (span_equal(type, SPAN("MX")) || span_equal(type, SPAN("PTR")))
		a->n = a->n > 0 ? 1 + sum % 12 : 0;
	if (span_equal(type, SPAN("TXT")))
		a->n = num_min(a->n, 1);
	for (size_t i = 0; i < a->n; i++) {
		records[i].preference = (unsigned)(sum % (i + 2));
		records[i].text = span_equal(type, SPAN("A")) ? SPAN("192.0.2.1")
			: span_equal(type, SPAN("AAAA"))      ? SPAN("2001:db8::1")
			: span_equal(type, SPAN("TXT"))       ? line_at(w->lines, sum % 7)
							: arena_printf(w->arena, "h%zu.example", i);
	}
}

static enum rc ask(void *ctx, struct arena *a, struct need *need)
{
	struct world *w = ctx;

	if (w->late) {
		must(w->open == NULL || span_starts(need->key, SPAN("A")));
		need->driver_data = w->open;
		w->open = need;
		return RC_WAIT;
	}
	answer(w, need);
	return need->rc;
}

/* The question that came last is answered first. */
static void answer_one(struct world *w, struct need_memo *memo)
{
	struct need *need = w->open, answered = {.kind = need->kind, .key = need->key};

	w->open = need->driver_data;
	answer(w, &answered);
	need->why = answered.why;
	need_answer(memo, need, answered.rc, answered.answer);
}

static const struct auth_spf *evaluate(struct world *w, const struct auth_spf_query *query,
	struct auth_trace *trace)
{
	struct need_memo *memo = need_memo_make(w->arena, 1795351538);
	const struct need_driver driver = {.kind = &dns_kind, .ctx = w, .ask = ask};
	const struct auth_spf *out;
	struct needs needs = {0};

	need_memo_use(memo, &driver);
	for (;;) {
		needs_init(&needs, memo, QUESTIONS_MOST + 1);
		if (auth_spf_evaluate(w->arena, &needs, query, trace, &out) == RC_OK)
			break;
		must(need_pending(&needs) && needs.asked <= QUESTIONS_MOST);
		answer_one(w, memo);
	}
	must(needs.asked <= QUESTIONS_MOST);
	return out;
}

static void must_be_printable(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		must(text.p[i] >= ' ' && text.p[i] <= '~');
}

static void must_be_sane(const struct auth_spf *spf)
{
	bool is_error = spf->result >= AUTH_SPF_TEMPERROR;

	must_be_printable(spf->explanation);
	must(span_is_null(spf->explanation) || spf->result == AUTH_SPF_FAIL);
	must(!is_error || (spf->why.n > 0 && span_is_null(spf->mechanism)));
	must(span_is_null(spf->mechanism) == span_is_null(spf->record_domain));
	must(spf->lookups <= AUTH_SPF_LOOKUPS_MOST && spf->voids <= AUTH_SPF_VOID_MOST + 1);
	must(!spf->is_plus_all || spf->result == AUTH_SPF_PASS);
}

/* A domain-spec that passes has a name that fits, and the parser ends on whatever the line holds. */
static void try_line(struct arena *a, struct span line)
{
	struct spf_check c = {
		.arena = a,
		.sender = line,
		.local = SPAN("strong-bad"),
		.host = SPAN("email.example.com"),
		.address = SPAN("192.0.2.3"),
		.is_v4 = true,
		.has_names = true,
	};
	struct span where, text;
	struct spf_record record;
	const char *wrong;
	struct spf_name name;

	if (auth_spf_is_record(line) &&
		auth_spf_check_record(line, &record, &wrong, &where) == RC_INVALID)
		must(where.n > 0 && wrong != NULL);
	if (auth_spf_is_domain_spec(line) && !span_has_byte(line, 't') &&
		auth_spf_expand_name(&c, line, c.host, &name) == RC_OK)
		must(name.text.n <= SPF_NAME_MOST);
	if (span_find_nocase(line, SPAN("%{t")) == line.n &&
		auth_spf_expand_text(&c, line, c.host, &text) == RC_OK)
		must_be_printable(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_make();
	struct world w = {.arena = a, .lines = span_from((const char *)data, size)};
	struct auth_trace trace = {.arena = a};
	struct auth_spf_query query = {
		.address = size % 2 == 0 ? SPAN("192.0.2.1") : SPAN("2001:db8::1"),
		.sender = line_at(w.lines, 0),
		.helo = line_at(w.lines, 1),
	};
	const struct auth_spf *at_once, *late;

	for (struct span rest = w.lines, line; span_next_line(&rest, &line);)
		try_line(a, line);
	at_once = evaluate(&w, &query, &trace);
	must_be_sane(at_once);
	must(trace.lines.n <= AUTH_TRACE_MOST);
	w.late = true;
	late = evaluate(&w, &query, NULL);
	must(late->result == at_once->result && late->lookups == at_once->lookups);
	must(span_equal(late->mechanism, at_once->mechanism));
	must(span_equal(late->why, at_once->why));
	must(span_equal(late->explanation, at_once->explanation));
	arena_free(a);
	return 0;
}
