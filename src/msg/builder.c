/* A message that comes in pieces, as it is read from a connection. */
#include "msg/msg.h"

/* Most mail fits, so that it is never copied again; what is not filled costs no memory. */
enum { FIRST_ROOM = 32 << 10 };

struct msg_builder {
	struct buf bytes;
};

struct msg_builder *msg_builder_make(struct arena *a, size_t most)
{
	struct msg_builder *b = ARENA_NEW(a, struct msg_builder);

	buf_init(&b->bytes, a, most);
	(void)buf_reserve(&b->bytes, num_min(most, FIRST_ROOM));
	return b;
}

enum rc msg_builder_add(struct msg_builder *b, struct span piece)
{
	buf_add(&b->bytes, piece);
	return b->bytes.full ? RC_LIMIT : RC_OK;
}

struct span msg_builder_bytes(const struct msg_builder *b)
{
	return buf_span(&b->bytes);
}
