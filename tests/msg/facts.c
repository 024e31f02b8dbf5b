/* Makes all facts of messages: facts FILE... Prints a line each: bytes of it, bytes of memory, its name. For tests/e2e. */
#include "msg/msg.h"

#include <stdio.h>

enum { BYTES_MOST = 64 << 20 };

static void make_facts(struct msg *m)
{
	const struct msg_texts *texts = msg_texts(m);

	for (size_t i = 0; i < texts->n; i++) {
		(void)msg_text_html(m, &texts->v[i]);
		(void)msg_text_words(m, &texts->v[i]);
		(void)msg_text_scripts(m, &texts->v[i]);
		(void)msg_text_folded(m, &texts->v[i]);
		(void)msg_text_skeleton(m, &texts->v[i]);
		(void)msg_text_language(m, &texts->v[i]);
	}
	(void)msg_urls(m);
	(void)msg_mentions(m);
	(void)mime_other_readings(m->mime);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct arena *file = arena_make(), *a = arena_make();
		struct msg_envelope envelope = {0};
		struct span bytes;
		struct why why;

		if (file_read(file, argv[i], BYTES_MOST, &bytes, &why) != RC_OK) {
			(void)fprintf(stderr, "%s: %s\n", argv[i], why.text);
			return 1;
		}
		make_facts(msg_make(a, &envelope, bytes));
		(void)printf("%zu %zu %s\n", bytes.n, arena_peak(a), argv[i]);
		arena_free(a);
		arena_free(file);
	}
	return 0;
}
