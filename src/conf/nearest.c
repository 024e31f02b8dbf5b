/* "did you mean": the nearest of the words that would have been right. */
#include "conf/inner.h"

/* One edit in three letters is a slip, more is another word. */
static size_t distance_most(size_t length)
{
	return num_min(1 + length / 3, 4);
}

void nearest_offer(struct nearest *nearest, struct span name)
{
	size_t distance = num_edit_distance(nearest->word, name);

	if (distance == 0 || distance > distance_most(nearest->word.n))
		return;
	if (nearest->distance != 0 && distance >= nearest->distance)
		return;
	nearest->best = name;
	nearest->distance = distance;
}

struct span nearest_print(struct arena *a, const struct nearest *nearest)
{
	if (nearest->distance == 0)
		return SPAN("");
	return arena_printf(a, "; did you mean \"%.*s\"?", SPAN_ARG(nearest->best));
}
