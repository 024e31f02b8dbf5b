/* Inside of need: the memo's members, shared by the asking half and the record half. */
#ifndef NEED_INNER_H
#define NEED_INNER_H

#include "need/need.h"

struct need_memo {
	struct arena *arena;
	struct map *needs; /* "kind key" to struct need, in order of asking */
	struct {
		VEC(const struct need_driver *);
	} drivers;
	size_t open;
	size_t asked;
	const char *closed; /* why nothing more is asked, or NULL */
	void (*on_answer)(void *ctx);
	void *on_answer_ctx;
};

extern const struct need_kind need_time_kind;

/* Without the time, which the caller must add. */
struct need_memo *need_memo_make_empty(struct arena *a);
struct need *need_memo_find(const struct need_memo *memo, const struct need_kind *kind,
	struct span key);
/* A new open need; kind and key together must be under NEED_KEY_MOST bytes. */
struct need *need_memo_add(struct need_memo *memo, const struct need_kind *kind, struct span key);

#endif
