/* winnow dump: what the parsers saw, as JSON. */
#include "cli/cli.h"

#include <string.h>

#include "cli/inner.h"

static void dump_mime(struct msg *m, struct json *j)
{
	mime_print_json(m->mime, j);
}

static void dump_html(struct msg *m, struct json *j)
{
	json_open_object(j);
	msg_print_html_json(m, j);
	json_close(j);
}

static void dump_urls(struct msg *m, struct json *j)
{
	json_open_array(j);
	msg_print_urls_json(m, j);
	json_close(j);
}

static void dump_text(struct msg *m, struct json *j)
{
	json_open_object(j);
	msg_print_texts_json(m, j);
	json_close(j);
}

static const struct dump {
	const char *name;
	void (*print)(struct msg *m, struct json *j);
	bool reads_documents; /* files of HTML, too */
} dumps[] = {
	{"mime", dump_mime, false},
	{"text", dump_text, true},
	{"html", dump_html, true},
	{"urls", dump_urls, true},
};

/* A document by itself, as the only part of a message. Its charset is what it says itself. */
static struct span wrap_document(struct arena *a, struct span document)
{
	struct span header = SPAN("MIME-Version: 1.0\n"
				  "Content-Type: text/html\n"
				  "Content-Transfer-Encoding: binary\n\n");
	struct buf out;

	buf_init(&out, a, header.n + document.n);
	buf_add(&out, header);
	buf_add(&out, document);
	return buf_span(&out);
}

static bool is_document(const char *path)
{
	struct span name = span_of(path);

	return span_ends_nocase(name, SPAN(".html")) || span_ends_nocase(name, SPAN(".htm"));
}

enum { OUTPUT_MOST = 1 << 30 };

static int dump_message(void *ctx, struct arena *a, const struct cli_message *message)
{
	const struct dump *dump = ctx;
	struct msg_envelope envelope = {0};
	bool is_wrapped = dump->reads_documents && is_document(message->path);
	struct span bytes = is_wrapped ? wrap_document(a, message->bytes) : message->bytes;
	struct msg *m = msg_make(a, &envelope, bytes);
	struct json j;
	struct buf out;

	buf_init(&out, a, OUTPUT_MOST);
	json_init(&j, &out);
	dump->print(m, &j);
	buf_add_byte(&out, '\n');
	cli_print(buf_span(&out));
	return CLI_DONE;
}

static int run_dump(struct cli *cli)
{
	struct dump dump;
	size_t which = 0;

	if (cli->arguments.n < 2)
		return cli_usage(cli, "say what to dump, and of which message");
	while (which < ARRAY_LEN(dumps) && strcmp(dumps[which].name, cli->arguments.v[0]) != 0)
		which++;
	if (which == ARRAY_LEN(dumps))
		return cli_usage(cli, "there is no dump of %s", cli->arguments.v[0]);
	dump = dumps[which];
	/* what is left are messages */
	cli->arguments.v++;
	cli->arguments.n--;
	return cli_each_message(cli, "dumping", dump_message, &dump);
}

const struct cli_command cli_command_dump = {
	.name = "dump",
	.summary = "what the parsers saw in a message, as JSON",
	.arguments = "mime|text|html|urls FILE|DIR|MBOX|-...",
	.about =
		"Prints one line of JSON a message.\n"
		"  mime  the tree of parts with their types, decoded headers, sizes, digests and\n"
		"        text, and everything that is odd about them\n"
		"  text  every text: its charset and how that is known, its language and scripts,\n"
		"        and what a reader sees of it\n"
		"  html  what is seen and what is hidden, and why; links, images, forms; of all HTML\n"
		"        parts together\n"
		"  urls  where it leads: an array of URLs with host, registrable domain, the place\n"
		"        and tag in which they stand, their text, and what is odd about them\n"
		"For all but mime, a file whose name ends in .html or .htm is a document by itself.",
	.examples = "winnow dump mime message.eml\tthe tree of parts\n"
		    "winnow dump mime - < message.eml\tof a message from standard input\n"
		    "winnow dump urls message.eml\twhere it leads\n"
		    "winnow dump html page.html\twhat is seen of a document",
	.run = run_dump,
};
