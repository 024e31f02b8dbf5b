/* What the answers of a list mean: addresses, and patterns of addresses as Rspamd's files have them. */
#include "checks/rbl.h"

/* One of the four numbers; returns how many bytes it took, or 0. */
static size_t parse_number(struct span text, uint8_t *least, uint8_t *most)
{
	uint64_t value;
	size_t n = num_read_u64(text, 255, &value);

	if (n > 0) {
		*least = *most = (uint8_t)value;
		return n;
	}
	if (!span_starts(text, SPAN("%d")))
		return 0;
	*least = 0;
	*most = span_starts(text, SPAN("%d+")) ? 255 : 9;
	return *most == 255 ? 3 : 2;
}

bool rbl_parse_code(struct span text, struct rbl_code *out, size_t *place)
{
	struct span rest = text;

	/* a pattern of Lua's may say that it is the whole */
	if (span_starts(rest, SPAN("^")))
		rest = span_from_offset(rest, 1);
	if (span_ends(rest, SPAN("$")))
		rest.n--;
	for (int i = 0; i < 4; i++) {
		size_t n;

		if (i > 0) {
			/* the escaped form, too: in a pattern a dot alone is any byte */
			n = span_starts(rest, SPAN("%.")) ? 2 : span_starts(rest, SPAN("."));
			*place = (size_t)(rest.p - text.p) + 1;
			if (n == 0)
				return false;
			rest = span_from_offset(rest, n);
		}
		*place = (size_t)(rest.p - text.p) + 1;
		n = parse_number(rest, &out->least[i], &out->most[i]);
		if (n == 0)
			return false;
		rest = span_from_offset(rest, n);
	}
	*place = (size_t)(rest.p - text.p) + 1;
	return rest.n == 0;
}

bool rbl_code_has(const struct rbl_code *code, const uint8_t address[4])
{
	uint32_t number = (uint32_t)address[1] << 16 | (uint32_t)address[2] << 8 | address[3];

	if (code->bits != 0)
		return (number & code->bits) != 0;
	for (int i = 0; i < 4; i++)
		if (address[i] < code->least[i] || address[i] > code->most[i])
			return false;
	return true;
}
