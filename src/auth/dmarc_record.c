/*
 * DMARC records (RFC 7489 section 6.3, RFC 9091, and the tags psd, np and t of the successor).
 *
 * DESIGN: of two readings of a broken record the milder one is taken, as section 6.6.3 asks for: a `p`, `sp` or
 * `np` that is missing or unknown means `none` when somebody wants reports, else the record cannot be used.
 * All other errors are passed over in favour of defaults, and of a tag that stands twice the first one counts.
 */
#include "auth/dmarc_inner.h"

/* What a tag is written to; each at most once. */
struct reading {
	struct dmarc_record *out;
	unsigned seen;  /* bits of the rows below */
	bool is_broken; /* a policy that is none */
	bool has_p, has_sp, has_np;
};

static bool read_policy(struct span value, enum auth_policy *out)
{
	for (enum auth_policy p = AUTH_POLICY_NONE; p <= AUTH_POLICY_REJECT; p++) {
		if (!span_equal_nocase(value, span_of(auth_policy_word(p))))
			continue;
		*out = p;
		return true;
	}
	return false;
}

static void read_p(struct reading *r, struct span value)
{
	r->has_p = read_policy(value, &r->out->p);
}

static void read_sp(struct reading *r, struct span value)
{
	r->has_sp = read_policy(value, &r->out->sp);
	r->is_broken |= !r->has_sp;
}

static void read_np(struct reading *r, struct span value)
{
	r->has_np = read_policy(value, &r->out->np);
	r->is_broken |= !r->has_np;
}

static void read_psd(struct reading *r, struct span value)
{
	if (span_equal_nocase(value, SPAN("y")))
		r->out->psd = DMARC_PSD_YES;
	else if (span_equal_nocase(value, SPAN("n")))
		r->out->psd = DMARC_PSD_NO;
}

static void read_t(struct reading *r, struct span value)
{
	r->out->is_testing = span_equal_nocase(value, SPAN("y"));
}

static void read_pct(struct reading *r, struct span value)
{
	uint64_t pct;

	if (num_parse_u64(value, 100, &pct))
		r->out->pct = (unsigned)pct;
}

static void read_adkim(struct reading *r, struct span value)
{
	r->out->strict_dkim = span_equal_nocase(value, SPAN("s"));
}

static void read_aspf(struct reading *r, struct span value)
{
	r->out->strict_spf = span_equal_nocase(value, SPAN("s"));
}

static void read_rua(struct reading *r, struct span value)
{
	r->out->rua = value;
}

static void read_ruf(struct reading *r, struct span value)
{
	r->out->ruf = value;
}

static void read_fo(struct reading *r, struct span value)
{
	r->out->fo = value;
}

static const struct {
	const char *name;
	void (*read)(struct reading *r, struct span value);
} tags[] = {
	{"p", read_p},
	{"sp", read_sp},
	{"np", read_np},
	{"psd", read_psd},
	{"t", read_t},
	{"pct", read_pct},
	{"adkim", read_adkim},
	{"aspf", read_aspf},
	{"rua", read_rua},
	{"ruf", read_ruf},
	{"fo", read_fo},
};

static void read_tag(struct reading *r, struct span name, struct span value)
{
	for (unsigned i = 0; i < ARRAY_LEN(tags); i++) {
		if (!span_equal_nocase(name, span_of(tags[i].name)))
			continue;
		if ((r->seen & 1U << i) == 0)
			tags[i].read(r, value);
		r->seen |= 1U << i;
		return;
	}
}

/* False without "=". */
static bool split_tag(struct span tag, struct span *name, struct span *value)
{
	size_t at = span_find_byte(tag, '=');

	*name = span_trim(span_slice(tag, 0, at));
	*value = span_trim(span_from_offset(tag, at + 1));
	return at < tag.n;
}

/* A scheme, a colon, and something without blanks (RFC 3986); "!10m" behind it limits the report's size. */
static bool is_uri(struct span text)
{
	size_t colon = span_find_byte(text, ':');

	if (colon == 0 || colon + 1 >= text.n || !byte_is_alpha(text.p[0]))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c <= ' ' || c > '~')
			return false;
		if (i < colon && !byte_is_alnum(c) && c != '+' && c != '-' && c != '.')
			return false;
	}
	return true;
}

static bool has_uri(struct span list)
{
	for (struct span uri; span_next(&list, ',', &uri);)
		if (is_uri(span_trim(uri)))
			return true;
	return false;
}

/* What follows from what was not written. */
static void fill_in(struct reading *r)
{
	struct dmarc_record *out = r->out;

	if (!r->has_p || r->is_broken) {
		out->p = out->sp = out->np = AUTH_POLICY_NONE;
		if (!has_uri(out->rua))
			out->why = r->has_p ? "the policy for subdomains is not known (sp=, np=)"
					    : "no policy that is known (p=)";
		return;
	}
	if (!r->has_sp)
		out->sp = out->p;
	if (!r->has_np)
		out->np = out->sp;
}

bool auth_dmarc_parse_record(struct span text, struct dmarc_record *out)
{
	struct span rest = text, tag, name, value;
	struct reading r = {.out = out};

	*out = (struct dmarc_record){.pct = 100};
	if (!span_next(&rest, ';', &tag) || !split_tag(tag, &name, &value) ||
		!span_equal_nocase(name, SPAN("v")) || !span_equal(value, SPAN("DMARC1")))
		return false;
	while (span_next(&rest, ';', &tag))
		if (split_tag(tag, &name, &value))
			read_tag(&r, name, value);
	fill_in(&r);
	return true;
}
