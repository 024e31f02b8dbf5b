/* winnow dump: what the parsers saw, as JSON. */
#include "cli/cli.h"

#include <string.h>

#include "cli/inner.h"

static void dump_mime(struct msg *m, struct json *j)
{
	mime_print_json(m->mime, j);
}

static const struct {
	const char *name;
	void (*print)(struct msg *m, struct json *j);
} dumps[] = {
	{"mime", dump_mime},
};

enum { OUTPUT_MOST = 1 << 30 };

static int dump_message(void *ctx, struct arena *a, const struct cli_message *message)
{
	const size_t *which = ctx;
	struct msg_envelope envelope = {0};
	struct msg *m = msg_make(a, &envelope, message->bytes);
	struct json j;
	struct buf out;

	buf_init(&out, a, OUTPUT_MOST);
	json_init(&j, &out);
	dumps[*which].print(m, &j);
	buf_add_byte(&out, '\n');
	cli_print(buf_span(&out));
	return CLI_DONE;
}

static int run_dump(struct cli *cli)
{
	size_t which = 0;

	if (cli->arguments.n < 2)
		return cli_usage(cli, "say what to dump, and of which message");
	while (which < ARRAY_LEN(dumps) && strcmp(dumps[which].name, cli->arguments.v[0]) != 0)
		which++;
	if (which == ARRAY_LEN(dumps))
		return cli_usage(cli, "there is no dump of %s", cli->arguments.v[0]);
	/* what is left are messages */
	cli->arguments.v++;
	cli->arguments.n--;
	return cli_each_message(cli, "dumping", dump_message, &which);
}

const struct cli_command cli_command_dump = {
	.name = "dump",
	.summary = "what the parsers saw in a message, as JSON",
	.arguments = "mime FILE|DIR|MBOX|-...",
	.about =
		"Prints one JSON object a message. mime: the tree of parts with their types, decoded\n"
		"headers, sizes, digests and text, and everything that is odd about them.",
	.examples = "winnow dump mime message.eml\tthe tree of parts\n"
		    "winnow dump mime - < message.eml\tof a message from standard input",
	.run = run_dump,
};
