/*
 * base: what every room stands on, and nothing that knows of mail.
 *
 * Memory comes from an arena that lives as long as one thing lives (a message, a connection, a
 * configuration); text is a span that points into it; what grows says how far it may grow. Functions
 * that can fail for reasons outside the program return `enum rc` and fill a `struct why`. Our own
 * mistakes end the process through `must()` and `panic()`: the worker dies, the mail stays queued.
 *
 *	struct arena *a = arena_make();
 *	struct buf out;
 *
 *	buf_init(&out, a, 1000);
 *	buf_printf(&out, "%.*s has %zu parts", SPAN_ARG(name), n);
 *	write_span(buf_span(&out));
 *	arena_free(a);
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include "base/rc.h"
#include "base/panic.h"
#include "base/span.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "base/map.h"
#include "base/num.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "base/json.h"
#include "base/ip.h"
#include "base/log.h"

#endif
