/* Received-SPF: what SPF found, as a field of its own (RFC 7208 section 9.1). */
#include "auth/auth.h"

#include "auth/results_inner.h"

static void print_pair(struct buf *out, bool *first, const char *key, struct span value)
{
	if (value.n == 0)
		return;
	buf_printf(out, "%s%s=", *first ? " " : "; ", key);
	auth_print_quoted(out, value);
	*first = false;
}

void auth_received_spf_print(struct buf *out, const struct msg *m, struct span receiver,
	const struct auth_spf *spf)
{
	bool first = true;

	buf_printf(out, "%s (", auth_spf_word(spf->result));
	auth_print_comment(out, receiver);
	buf_add_string(out, ": ");
	auth_spf_print_sentence(out, m, spf);
	buf_add_byte(out, ')');
	print_pair(out, &first, "client-ip", m->envelope.address);
	print_pair(out, &first, "envelope-from", auth_show_address(m->arena, m->envelope.from));
	print_pair(out, &first, "helo", auth_show_address(m->arena, m->envelope.helo));
	print_pair(out, &first, "receiver", receiver);
	print_pair(out, &first, "identity", spf->of_helo ? SPAN("helo") : SPAN("mailfrom"));
	print_pair(out, &first, "mechanism", spf->mechanism);
	print_pair(out, &first, "problem", spf->why);
}
