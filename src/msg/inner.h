/* What the files of this room have for each other. */
#ifndef MSG_INNER_H
#define MSG_INNER_H

#include "msg/msg.h"

/* Makes the fact; msg.c keeps it. */
const struct msg_texts *msg_read_texts(struct msg *m);

struct msg_content {
	struct msg_urls urls;
	struct msg_mentions mentions;
};

const struct msg_content *msg_read_content(struct msg *m);

#endif
