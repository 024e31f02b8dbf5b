/* Inside of auth: how text of mail is written into fields about its authentication. */
#ifndef AUTH_RESULTS_INNER_H
#define AUTH_RESULTS_INNER_H

#include "auth/auth.h"

enum { RESULTS_VALUE_MOST = 320, RESULTS_COMMENT_MOST = 250 }; /* bytes of one value */

/* A token as it is, else a quoted string (RFC 8601 section 2.2: value). */
void auth_print_value(struct buf *out, struct span text);
/* As it can stand in a comment: nothing that could end it, or look like a result. */
void auth_print_comment(struct buf *out, struct span text);
/* Always as a quoted string (RFC 7208 section 9.1). */
void auth_print_quoted(struct buf *out, struct span text);
/*
 * An address or domain to be shown: printable ASCII, cut at RESULTS_VALUE_MOST. Without its local part where that
 * would read as a result or cannot be shown; null when nothing is left.
 */
struct span auth_show_address(struct arena *a, struct span address);

/*
 * What SPF found, as a sentence for comments: "192.0.2.1 is neither permitted nor denied by domain of
 * a@b.example".
 */
void auth_spf_print_sentence(struct buf *out, const struct msg *m, const struct auth_spf *spf);

#endif
