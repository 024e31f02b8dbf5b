/*
 * channel: short notes between a process and its child, each with at most one descriptor. A note arrives
 * whole or not at all; the end of the other process is seen as the end of the channel.
 */
#ifndef SERVE_CHANNEL_H
#define SERVE_CHANNEL_H

#include "base/base.h"

enum channel_word {
	/* upwards: from a loader to the supervisor */
	CHANNEL_LISTENS = 'L', /* the descriptor listens on the address in the text: keep it */
	CHANNEL_LOG =
		'F', /* the log, as a struct log_target; downwards: its new descriptor alone */
	CHANNEL_DRAIN_TIME = 'T', /* microseconds that this generation may take to drain */
	/* upwards: whoever starts is ready to serve */
	CHANNEL_READY = 'R',
	/* downwards */
	CHANNEL_DRAIN = 'D', /* take nothing new, end when what is open has ended */
	CHANNEL_STOP = 'S',  /* end as soon as messages under way have their answer */
	CHANNEL_END = 'E',   /* end now */
};

enum { CHANNEL_TEXT_MOST = 8192 };

struct channel_note {
	enum channel_word word;
	int fd; /* -1: none; else the receiver's own */
	char text[CHANNEL_TEXT_MOST];
	size_t n;
};

/* Two ends, not inherited over exec. False with errno. */
bool channel_make(int ends[2]);
/* `fd` stays open here; -1: none. False when the other end is gone or is full of notes. */
bool channel_send(int channel, enum channel_word word, struct span text, int fd);

enum channel_state { CHANNEL_NOTE, CHANNEL_NOTHING, CHANNEL_GONE };

/* The next note, without waiting. */
enum channel_state channel_receive(int channel, struct channel_note *out);

#endif
