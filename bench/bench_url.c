/*
 * CPU time of URLs. Prints "NAME nanoseconds" each, the best of several rounds: a URL as newsletters have it, one that
 * browsers write otherwise, and a name with letters beyond ASCII.
 */
#include <stdio.h>

#include "url/url.h"

enum { ROUNDS = 9, TIMES = 20000 };

static const struct {
	const char *name;
	struct span url;
} cases[] = {
	{"url_parse_plain",
		SPAN_INIT("https://click.news.example.com/track/9f86d081884c7d659a2feaa0c55ad015?"
			  "utm_source=newsletter&utm_medium=email&id=4711")},
	{"url_parse_changed", SPAN_INIT("HTTP://www.Example.com")},
	{"url_parse_idn",
		SPAN_INIT("https://b\xc3\xbc"
			  "cher.example/katalog")},
};

static double measure(struct arena *a, struct span written)
{
	double best = 1e300;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = clock_cpu_ns();
		double ns;

		for (int i = 0; i < TIMES; i++) {
			struct url url;

			must(url_parse(a, written, NULL, &url));
		}
		ns = (double)(clock_cpu_ns() - start) / TIMES;
		best = ns < best ? ns : best;
		arena_reset(a);
	}
	return best;
}

int main(void)
{
	struct arena *a = arena_make();

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		printf("%s %.0f\n", cases[i].name, measure(a, cases[i].url));
	arena_free(a);
	return 0;
}
