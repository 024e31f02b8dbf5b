/* Collects what is wrong, each with its place. */
#include "conf/inner.h"

const char *conf_layer_name(enum conf_layer layer)
{
	static const char *const names[] = {
		[CONF_LAYER_DEFAULT] = "default",
		[CONF_LAYER_FILE] = "winnow.conf",
		[CONF_LAYER_LOCAL] = "local.d",
		[CONF_LAYER_OVERRIDE] = "override.d",
		[CONF_LAYER_ENVIRONMENT] = "environment",
		[CONF_LAYER_COMMAND] = "command line",
	};

	return names[layer];
}

struct span conf_origin_print(struct arena *a, struct conf_origin origin)
{
	if (origin.source == NULL)
		return SPAN("default");
	return arena_printf(a, "%.*s:%u", SPAN_ARG(origin.source->name), origin.line);
}

void conf_report_init(struct conf_report *report, struct arena *a)
{
	*report = (struct conf_report){.arena = a};
}

__attribute__((format(printf, 3, 0))) static struct span print_message(struct arena *a,
	struct conf_origin origin, const char *format, va_list ap)
{
	struct span sentence = arena_vprintf(a, format, ap);

	if (origin.source == NULL)
		return sentence;
	return arena_printf(a, "%.*s:%u:%u: %.*s", SPAN_ARG(origin.source->name), origin.line,
		origin.column, SPAN_ARG(sentence));
}

__attribute__((format(printf, 4, 0))) static void add(struct conf_report *report, bool is_error,
	struct conf_origin origin, const char *format, va_list ap)
{
	struct span text;

	if (report == NULL)
		return;
	if (report->messages.n < CONF_ERRORS_MOST) {
		text = print_message(report->arena, origin, format, ap);
		/* a room that reads an option again would tell again what is wrong with it */
		for (size_t i = 0; i < report->messages.n; i++)
			if (span_equal(report->messages.v[i].text, text))
				return;
		*VEC_ADD(report->arena, &report->messages) =
			(struct conf_message){is_error, origin, text};
	}
	if (is_error)
		report->errors++;
	else
		report->warnings++;
}

void conf_error(struct conf_report *report, struct conf_origin origin, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	add(report, true, origin, format, ap);
	va_end(ap);
}

void conf_warn(struct conf_report *report, struct conf_origin origin, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	add(report, false, origin, format, ap);
	va_end(ap);
}

void conf_report_print(struct buf *out, const struct conf_report *report)
{
	size_t kept = report->messages.n, all = report->errors + report->warnings;

	for (size_t i = 0; i < kept; i++) {
		const struct conf_message *m = &report->messages.v[i];

		buf_printf(out, "%.*s%s\n", SPAN_ARG(m->text), m->is_error ? "" : " (warning)");
	}
	if (all > kept)
		buf_printf(out, "... and %zu more\n", all - kept);
}
