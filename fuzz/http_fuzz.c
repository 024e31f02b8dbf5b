/*
 * HTTP over a pair of sockets: whatever comes, cut anywhere, the same messages are judged and the same replies
 * come back; each is a reply that a client can read, and nothing is held when all is over.
 *
 * The first byte says how: its lowest bit whether verdicts come at once or later, the other bits where the bytes
 * are cut.
 */
#include "http/http.h"

#include <stdlib.h>

#include "../tests/http/play.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * What was judged and what came back, as one text. How much is held depends on how the bytes are cut, so the text is
 * the same for all cuts only as long as `held_most` is no limit.
 */
static struct span play(struct arena *a, const struct scan_config *config, struct span bytes,
	enum play_manner manner, unsigned cut, size_t held_most)
{
	struct play p;
	struct span told;
	struct buf out;

	play_open(&p, config);
	p.manner = manner;
	p.held_most = held_most;
	play_send_cut(&p, bytes, cut);
	if (!p.is_closed) {
		(void)shutdown(p.fd, SHUT_WR);
		play_turn(&p);
		must(p.is_closed);
	}
	must(p.held_peak <= p.held_most);
	must(p.cancels == 0);
	told = play_tell(&p);
	/* a line "?" is what no client could read */
	must(!span_starts(told, SPAN("? ")) && span_find(told, SPAN("\n? ")) == told.n);
	buf_init(&out, a, SIZE_MAX);
	buf_add(&out, buf_span(&p.seen));
	buf_add(&out, told);
	play_close(&p);
	return buf_span(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct scan_config *config;
	struct arena *a = arena_make();
	struct span bytes = span_from_offset(span_from((const char *)data, size), 1), whole;
	unsigned cut = size > 0 ? data[0] >> 1 : 0;
	enum play_manner manner = size > 0 && (data[0] & 1) != 0 ? PLAY_LATER : PLAY_ANSWERS;

	if (config == NULL) {
		/* one for all inputs; it is still reachable at the end */
		static struct arena *config_arena;

		config_arena = arena_make();
		config = play_make_config(config_arena);
		log_set_level(LOG_LEVEL_ERROR);
	}
	/* more does not lead further */
	bytes = span_slice(bytes, 0, 16 << 10);
	whole = play(a, config, bytes, PLAY_ANSWERS, 0, SIZE_MAX);
	must(span_equal(whole, play(a, config, bytes, manner, 2 + cut, SIZE_MAX)));
	if (size < 600)
		must(span_equal(whole, play(a, config, bytes, manner, 1, SIZE_MAX)));
	/* too little for any message, for most, for some */
	(void)play(a, config, bytes, manner, cut, (size_t)(64 << (cut % 12)));
	arena_free(a);
	return 0;
}
