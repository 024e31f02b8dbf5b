/*
 * json: writes JSON as it goes, commas and escapes included. Text that is not UTF-8 gets U+FFFD for each
 * bad byte, so that what comes out is always valid JSON whatever the mail held, as long as the buffer
 * did not get full. In an object each value needs its key, and only there: else the process ends.
 *
 *	struct json j;
 *
 *	json_init(&j, &buf);
 *	json_open_object(&j);
 *	json_key(&j, "score");
 *	json_double(&j, 5.0);
 *	json_close(&j);
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

enum { JSON_DEPTH_MOST = 1000 };

struct json {
	struct buf *out;
	bool pretty;
	bool after_key;
	unsigned depth;
	uint8_t levels[JSON_DEPTH_MOST]; /* bit 0: an object, bit 1: has an element */
};

void json_init(struct json *j, struct buf *out);
/* Two spaces a level and a line an element. */
void json_init_pretty(struct json *j, struct buf *out);
void json_open_object(struct json *j);
void json_open_array(struct json *j);
/* Closes what was opened last. */
void json_close(struct json *j);
void json_key(struct json *j, const char *name);
void json_key_span(struct json *j, struct span name);
void json_text(struct json *j, struct span text);
void json_string(struct json *j, const char *text);
void json_int(struct json *j, int64_t value);
/* The shortest form of at most 15 digits; what JSON cannot hold becomes null. */
void json_double(struct json *j, double value);
void json_bool(struct json *j, bool value);
void json_null(struct json *j);

#endif
