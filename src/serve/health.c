/* Does the filter work? It judges a message of its own and sees whether the verdict can be right. */
#include "serve/inner.h"

#include "need/need.h"

/* The test text that filters know as spam stands in it, and nothing in its header is amiss. */
static const char message[] =
	"From: Health <health@winnow.example>\r\n"
	"To: Filter <filter@winnow.example>\r\n"
	"Subject: Is the filter well?\r\n"
	"Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
	"Message-ID: <health@winnow.example>\r\n"
	"MIME-Version: 1.0\r\n"
	"Content-Type: text/plain; charset=us-ascii\r\n"
	"\r\n"
	"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n";

bool serve_is_healthy(const struct scan_config *config, struct why *why)
{
	struct msg_envelope envelope = {.from = SPAN("health@winnow.example")};
	struct arena *a = arena_make();
	struct msg *msg = msg_make(a, &envelope, span_of(message));
	/* without drivers: nothing is asked of the world, so that it has no say in this */
	const struct scan_verdict *v = scan_whole(config, msg, need_memo_make(a, clock_wall()));
	bool has_gtube = false, is_well = msg_from(msg)->n == 1;

	/* an administrator may have switched it off; when it is found it must decide */
	for (size_t i = 0; i < v->hit_count; i++)
		has_gtube |= span_equal(v->hits[i].rule->name, SPAN("GTUBE"));
	is_well &= has_gtube == (v->forced_by != NULL);
	if (!is_well)
		(void)why_set(why, RC_INVALID, "the built-in test message was judged wrongly: %.*s",
			SPAN_ARG(v->action->name));
	arena_free(a);
	return is_well;
}
