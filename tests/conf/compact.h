/*
 * What the tests of conf share: an arena, a tree on one line, and a report as text.
 *
 * Compact form: {a=1;b="text";c=[1,"x"];d=<1,2>;e=yes;f=null;g=60s}; < > is a key written several times.
 */
#ifndef TESTS_CONF_COMPACT_H
#define TESTS_CONF_COMPACT_H

#include "conf/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct arena *a;
static struct conf_report report;

static int set_up(void **state)
{
	(void)state;
	a = arena_make();
	conf_report_init(&report, a);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static void compact_add(struct buf *out, const struct conf_node *node)
{
	bool object = node->kind == CONF_KIND_OBJECT;

	switch (node->kind) {
	case CONF_KIND_STRING:
		buf_printf(out, "\"%.*s\"", SPAN_ARG(node->text));
		return;
	case CONF_KIND_NUMBER:
		buf_printf(out, "%.15g%s", node->number, node->is_time ? "s" : "");
		return;
	case CONF_KIND_BOOL:
		buf_add_string(out, node->boolean ? "yes" : "no");
		return;
	case CONF_KIND_NULL:
		buf_add_string(out, "null");
		return;
	default:
		break;
	}
	buf_add_string(out, object ? "{" : node->is_implicit ? "<" : "[");
	for (size_t i = 0; i < conf_count(node); i++) {
		const struct conf_node *child = conf_at(node, i);

		assert_ptr_equal(child->parent, node);
		if (i > 0)
			buf_add_byte(out, object ? ';' : ',');
		if (object)
			buf_printf(out, "%.*s=", SPAN_ARG(child->key));
		compact_add(out, child);
	}
	buf_add_string(out, object ? "}" : node->is_implicit ? ">" : "]");
}

__attribute__((unused)) static struct span compact(const struct conf_node *node)
{
	struct buf b;

	buf_init(&b, a, 1 << 20);
	compact_add(&b, node);
	return buf_span(&b);
}

__attribute__((unused)) static struct span printed_report(void)
{
	struct buf b;

	buf_init(&b, a, 1 << 20);
	conf_report_print(&b, &report);
	return buf_span(&b);
}

__attribute__((unused)) static void expect_text(const char *name, const char *what, struct span got,
	const char *want)
{
	if (span_equal(got, span_of(want)))
		return;
	print_message("case: %s\n%s:\n%.*s\ninstead of:\n%s\n", name, what, SPAN_ARG(got), want);
	fail();
}

#endif
