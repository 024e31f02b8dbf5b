/*
 * How fast URLs are found in plain text: ordinary prose with an address or a link in every other kilobyte, and prose
 * without any. Prints "find_prose MB/s" and "find_links MB/s", the best of several rounds.
 */
#include <stdio.h>

#include "url/url.h"

enum { ROUNDS = 15, BYTES = 4 << 20 };

static const char prose[] =
	"The committee met on Tuesday at 10:30 in the small hall, and the minutes of the last\n"
	"meeting were read; nobody objected. Mrs. Weaver said that the roof (see the report\n"
	"of March) would cost 12,500 at least, i.e. more than was set aside. \"We will not\n"
	"wait another year,\" she said. Mr. Hart asked whether the builders had been told...\n"
	"They had. The vote was 7 to 2, with one member absent: the work begins in June.\n"
	"After the break the garden was discussed, as well as the fence, the path behind the\n"
	"school, and what the children should be allowed to plant there. Version 1.2 of the\n"
	"plan is to be sent to all members before the end of the month. Thanks to everybody\n"
	"who has helped with the summer party; it was a great success, and the weather held.\n";

static const char links[] = "More is at https://www.example.org/minutes/2026/03.html or from "
			    "secretary@example.org, and the\nplan on www.example.com as before.\n";

/* MB/s over the text, the best round. */
static double measure(struct span text, size_t expected)
{
	double best = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct arena *a = arena_make();
		struct url_finds finds = {0};
		uint64_t start = clock_cpu_ns();

		url_find_all(a, text, SIZE_MAX, &finds);
		start = clock_cpu_ns() - start;
		must(finds.n == expected);
		if ((double)text.n * 1e3 / (double)start > best)
			best = (double)text.n * 1e3 / (double)start;
		arena_free(a);
	}
	return best;
}

static void run(struct arena *a, const char *name, bool with_links)
{
	struct buf text;
	size_t expected = 0;

	buf_init(&text, a, 2 * BYTES);
	while (text.n < BYTES) {
		buf_add(&text, span_of(prose));
		buf_add(&text, span_of(prose));
		if (with_links) {
			buf_add(&text, span_of(links));
			expected += 3;
		}
	}
	printf("%s %.0f MB/s\n", name, measure(buf_span(&text), expected));
}

int main(void)
{
	struct arena *a = arena_make();

	run(a, "find_prose", false);
	run(a, "find_links", true);
	arena_free(a);
	return 0;
}
