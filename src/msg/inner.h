/* What the files of this room have for each other. */
#ifndef MSG_INNER_H
#define MSG_INNER_H

#include "msg/msg.h"

/* Makes the fact; msg.c keeps it. */
const struct msg_texts *msg_read_texts(struct msg *m);

/* flowed.c. A plain text as it is shown: of format=flowed (RFC 3676) paragraphs are one line each. */
struct span msg_join_flowed(struct arena *a, const struct mime_part *part, struct span text);
/*
 * Calendars and cards: without folds (RFC 5545 section 3.1, RFC 6350 section 3.2), which may stand within characters,
 * so before the charset is undone; and without the escapes of values (RFC 5545 section 3.3.11).
 */
struct span msg_join_folds(struct arena *a, struct span bytes);
struct span msg_undo_escapes(struct arena *a, struct span text);

struct msg_content {
	struct msg_urls urls;
	struct msg_mentions mentions;
};

const struct msg_content *msg_read_content(struct msg *m);

#endif
