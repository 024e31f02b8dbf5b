/*
 * Authentication-Results and Received-SPF, written (RFC 8601, RFC 7208 section 9.1), in the order and the words that
 * filters of Rspamd's users look for.
 */
#include "auth/auth.h"

#include "auth/results_inner.h"

/* Behind a method's result: ` name=value`; nothing for an empty value. */
static void print_property(struct buf *out, const char *name, struct span value)
{
	if (value.n == 0)
		return;
	buf_printf(out, " %s=", name);
	auth_print_value(out, value);
}

static void begin_method(struct buf *out, const char *method, const char *result)
{
	buf_printf(out, ";\n\t%s=%s", method, result);
}

/* ---- SPF ---- */

/* Sentences in which %I is the client's address, %D whose domain it is and %W why it went wrong. */
static const char *const spf_sentences[] = {
	[AUTH_SPF_NONE] = "domain of %D publishes no SPF record",
	[AUTH_SPF_NEUTRAL] = "%I is neither permitted nor denied by domain of %D",
	[AUTH_SPF_PASS] = "domain of %D designates %I as permitted sender",
	[AUTH_SPF_FAIL] = "domain of %D does not designate %I as permitted sender",
	[AUTH_SPF_SOFTFAIL] = "%I is neither permitted nor denied by domain of %D",
	[AUTH_SPF_TEMPERROR] = "the SPF record of domain of %D could not be looked up%W",
	[AUTH_SPF_PERMERROR] = "the SPF record of domain of %D cannot be used%W",
};

/* What was checked, to be shown: the envelope sender, or for the null sender the HELO name. */
static struct span show_identity(const struct msg *m, const struct auth_spf *spf)
{
	struct span shown = span_from(NULL, 0);

	if (!spf->of_helo)
		shown = auth_show_address(m->arena,
			spf->sender.n > 0 ? spf->sender : m->envelope.from);
	if (shown.n == 0)
		shown = auth_show_address(m->arena, spf->domain);
	return shown;
}

void auth_spf_print_sentence(struct buf *out, const struct msg *m, const struct auth_spf *spf)
{
	struct span identity = show_identity(m, spf);

	must((unsigned)spf->result < ARRAY_LEN(spf_sentences));
	if (identity.n == 0) {
		buf_add_string(out, "no domain to check");
		return;
	}
	for (const char *c = spf_sentences[spf->result]; *c != '\0'; c++) {
		if (*c != '%') {
			buf_add_byte(out, *c);
			continue;
		}
		switch (*++c) {
		case 'I':
			auth_print_comment(out, m->envelope.address);
			break;
		case 'D':
			auth_print_comment(out, identity);
			break;
		default:
			buf_add_string(out, spf->why.n > 0 ? ": " : "");
			auth_print_comment(out, spf->why);
		}
	}
}

static void print_spf(struct buf *out, const struct msg *m, struct span authserv_id,
	const struct auth_spf *spf)
{
	begin_method(out, "spf", auth_spf_word(spf->result));
	buf_add_string(out, " (");
	auth_print_comment(out, authserv_id);
	buf_add_string(out, ": ");
	auth_spf_print_sentence(out, m, spf);
	buf_add_byte(out, ')');
	print_property(out, spf->of_helo ? "smtp.helo" : "smtp.mailfrom", show_identity(m, spf));
}

/* ---- DKIM ---- */

/* What cannot be a domain or a selector is not worth showing; null then. */
static struct span show_name(struct span name)
{
	if (name.n > RESULTS_VALUE_MOST)
		return span_from(NULL, 0);
	for (size_t i = 0; i < name.n; i++)
		if (!byte_is_alnum(name.p[i]) && !span_has_byte(SPAN("-_."), name.p[i]))
			return span_from(NULL, 0);
	return name;
}

/* RFC 6008: the least that tells signatures apart, at least eight characters. */
static struct span show_signature(struct span base64)
{
	enum { SHOWN = 8 };
	struct span start = span_slice(base64, 0, SHOWN);

	for (size_t i = 0; i < start.n; i++)
		if (!byte_is_alnum(start.p[i]) && start.p[i] != '+' && start.p[i] != '/')
			return span_slice(start, 0, i);
	return start;
}

static void print_signature(struct buf *out, const struct auth_signature *s)
{
	begin_method(out, "dkim", auth_dkim_word(s->result));
	/* our own words: their parentheses are closed */
	if (s->result != AUTH_DKIM_PASS)
		buf_printf(out, " (%s)", auth_dkim_sentence(s->reason));
	print_property(out, "header.d", show_name(s->domain));
	print_property(out, "header.s", show_name(s->selector));
	print_property(out, "header.b", show_signature(s->signature));
}

/* Whole results or none: a domain that is cut off is another domain. */
static bool has_room(const struct buf *out)
{
	enum { RESULT_MOST = 1000, DMARC_MOST = 1500 };

	return out->most - out->n >= RESULT_MOST + DMARC_MOST;
}

static void print_dkim(struct buf *out, const struct auth_dkim *dkim)
{
	/* what was not verified may have passed: only a message without signatures is `none` */
	if (dkim->n == 0 && dkim->ignored == 0)
		begin_method(out, "dkim", auth_dkim_word(AUTH_DKIM_NONE));
	for (size_t i = 0; i < dkim->n && has_room(out); i++)
		print_signature(out, &dkim->v[i]);
}

/* ---- DMARC ---- */

static void print_dmarc(struct buf *out, const struct auth_dmarc *dmarc)
{
	const char *policy = auth_policy_word(dmarc->policy);

	begin_method(out, "dmarc", auth_dmarc_word(dmarc->result));
	if (dmarc->result == AUTH_DMARC_PASS)
		buf_printf(out, " (policy=%s)", policy);
	else if (dmarc->why.n > 0) {
		buf_add_string(out, " reason=");
		auth_print_quoted(out, dmarc->why);
	}
	print_property(out, "header.from", show_name(dmarc->from_domain));
	if (dmarc->result == AUTH_DMARC_FAIL)
		buf_printf(out, " (policy=%s)", policy);
	else if (dmarc->result == AUTH_DMARC_TEMPERROR || dmarc->result == AUTH_DMARC_PERMERROR)
		buf_printf(out, " (policy=%s)", auth_dmarc_word(dmarc->result));
}

/* ---- all of it ---- */

void auth_results_print(struct buf *out, const struct msg *m,
	const struct auth_results_parts *parts)
{
	size_t start;

	auth_print_value(out, parts->authserv_id);
	start = out->n;
	if (parts->user.n > 0) {
		begin_method(out, "auth", "pass");
		print_property(out, "smtp.auth", auth_show_address(m->arena, parts->user));
		print_property(out, "smtp.mailfrom", auth_show_address(m->arena, m->envelope.from));
	}
	if (parts->spf != NULL)
		print_spf(out, m, parts->authserv_id, parts->spf);
	if (parts->dkim != NULL)
		print_dkim(out, parts->dkim);
	if (parts->dmarc != NULL)
		print_dmarc(out, parts->dmarc);
	if (out->n == start)
		buf_add_string(out, "; none");
}
