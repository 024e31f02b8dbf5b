/* num: numbers from text: the whole span, bounded, in no locale. `out` is set only on success. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include "base/span.h"

/* Decimal digits only, no sign, no space; false when empty, not a number or above `most`. */
bool num_parse_u64(struct span text, uint64_t most, uint64_t *out);
/* An optional sign; false outside least..most. */
bool num_parse_i64(struct span text, int64_t least, int64_t most, int64_t *out);
/*
 * 12, -1.5, .5, 1e3; no hex, infinity or NaN. At most 300 bytes, and +-1e300; the nearest double, so that
 * what was printed with 17 digits comes back.
 */
bool num_parse_double(struct span text, double *out);
/* Hexadecimal digits, without 0x. */
bool num_parse_hex(struct span text, uint64_t most, uint64_t *out);
/* Digits at the start of the text; returns how many were read, 0 when none or too large. */
size_t num_read_u64(struct span text, uint64_t most, uint64_t *out);

/* The smaller and the larger of two sizes. */
size_t num_min(size_t a, size_t b);
size_t num_max(size_t a, size_t b);

/*
 * How many single edits (insert, drop, change, swap of neighbours) lie between two short words, for
 * "did you mean"; SIZE_MAX when either is over 64 bytes.
 */
size_t num_edit_distance(struct span a, struct span b);

#endif
