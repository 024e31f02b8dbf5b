/* The header as a whole: fields that are broken, missing, repeated or oddly spelled. */
#include "checks/checks.h"

enum {
	BROKEN,
	MISSING_ESSENTIAL,
	MULTIPLE_UNIQUE,
	MV_CASE,
	XM_CASE,
	MISSING_MIMEOLE,
	MISSING_XM_UA
};

static const struct scan_symbol symbols[] = {
	[BROKEN] = {.name = "BROKEN_HEADERS",
		.score = 10,
		.group = "headers",
		.meaning = "The header is broken",
		.explain =
			"Among the header fields stands a line that is no field, a field has "
			"blanks before its colon, or the empty line that ends the header is "
			"missing. Mail programs disagree on where such a header ends, which hides "
			"text from filters. Good mail servers do not send it; home-made scripts "
			"do, and a message cut off while it was saved to a file looks the same."},
	[MISSING_ESSENTIAL] = {.name = "MISSING_ESSENTIAL_HEADERS",
		.score = 7,
		.group = "blankspam",
		.meaning = "None of the usual header fields is there",
		.explain = "The message has no From, To, Subject, Date, Message-ID nor any other "
			   "of the fields that may stand only once. Bots probe servers with such "
			   "messages. Tests typed by hand and broken scripts look like this too."},
	[MULTIPLE_UNIQUE] = {.name = "MULTIPLE_UNIQUE_HEADERS",
		.score = 7,
		.group = "headers",
		.one_shot = true,
		.meaning = "A field that may stand only once is repeated",
		.explain =
			"RFC 5322 allows these fields once. When there are two, a filter or a "
			"signature may look at one of them and the reader sees the other; a "
			"second From or Content-Type is therefore worth the full score, a second "
			"Date or Cc a tenth. Some list servers and gateways add a field instead "
			"of replacing it. The evidence names the fields."},
	[MV_CASE] = {.name = "MV_CASE",
		.where = "MIME-Version",
		.score = 0.5,
		.group = "headers",
		.meaning = "MIME-Version is spelled Mime-Version",
		.explain = "Case does not matter in names of fields, but most programs write "
			   "MIME-Version and many kits for mass mail write Mime-Version. Apple "
			   "Mail and some libraries spell it so too, hence the small score."},
	[XM_CASE] = {.name = "XM_CASE",
		.where = "X-Mailer",
		.score = 0.5,
		.group = "headers",
		.meaning = "X-Mailer is spelled X-mailer",
		.explain = "Programs that name themselves write X-Mailer; X-mailer comes from "
			   "templates that somebody typed. Home-made scripts do it too."},
	[MISSING_MIMEOLE] = {.name = "MISSING_MIMEOLE",
		.where = "X-MSMail-Priority",
		.score = 2,
		.group = "headers",
		.one_shot = true,
		.meaning = "X-MSMail-Priority without X-MimeOLE",
		.explain =
			"Outlook Express and old Outlook wrote X-MSMail-Priority and X-MimeOLE "
			"together. Spam software that poses as one of them often copies only the "
			"first. Outlook 10 and later and SquirrelMail write the first alone and "
			"are left out; other webmail that offers priorities may be hit."},
	[MISSING_XM_UA] = {.name = "MISSING_XM_UA",
		.group = "headers",
		.one_shot = true,
		.meaning = "The program that wrote it does not name itself",
		.explain = "There is neither X-Mailer nor User-Agent. Mail of services and of many "
			   "web interfaces has none either. Information for other rules."},
};

/* How bad a repetition is: from what readers and signatures rely on to what hardly matters. */
static const struct {
	struct span name;
	double weight;
} unique[] = {
	{SPAN_INIT("Content-Transfer-Encoding"), 1},
	{SPAN_INIT("Content-Type"), 1},
	{SPAN_INIT("From"), 1},
	{SPAN_INIT("Reply-To"), 1},
	{SPAN_INIT("Sender"), 1},
	{SPAN_INIT("Subject"), 0.7},
	{SPAN_INIT("Message-ID"), 0.7},
	{SPAN_INIT("In-Reply-To"), 0.7},
	{SPAN_INIT("References"), 0.3},
	{SPAN_INIT("To"), 0.2},
	{SPAN_INIT("Date"), 0.1},
	{SPAN_INIT("Cc"), 0.1},
	{SPAN_INIT("Bcc"), 0.1},
};

static void check_unique(struct scan *s, const struct mime_part *root)
{
	unsigned counts[ARRAY_LEN(unique)] = {0};
	bool any = false;

	for (size_t i = 0; i < root->header_count; i++) {
		struct span name = root->headers[i].name;

		for (size_t k = 0; k < ARRAY_LEN(unique); k++)
			if (name.n == unique[k].name.n && span_equal_nocase(name, unique[k].name))
				counts[k]++;
	}
	for (size_t k = 0; k < ARRAY_LEN(unique); k++) {
		any = any || counts[k] > 0;
		if (counts[k] > 1)
			scan_add_text(s, MULTIPLE_UNIQUE, unique[k].weight, unique[k].name);
	}
	if (!any)
		scan_add(s, MISSING_ESSENTIAL);
}

static void check_spelling(struct scan *s, const struct mime_part *root)
{
	bool version = false, mailer = false;

	for (size_t i = 0; i < root->header_count; i++) {
		version = version || span_equal(root->headers[i].name, SPAN("Mime-Version"));
		mailer = mailer || span_equal(root->headers[i].name, SPAN("X-mailer"));
	}
	if (version)
		scan_add(s, MV_CASE);
	if (mailer)
		scan_add(s, XM_CASE);
}

/* "Microsoft Outlook 16.0", "Microsoft Office Outlook 12.0": a version of two digits. */
static bool is_later_outlook(struct span mailer)
{
	if (span_starts(mailer, SPAN("Microsoft Outlook ")))
		mailer = span_from_offset(mailer, sizeof("Microsoft Outlook ") - 1);
	else if (span_starts(mailer, SPAN("Microsoft Office Outlook ")))
		mailer = span_from_offset(mailer, sizeof("Microsoft Office Outlook ") - 1);
	else
		return false;
	return mailer.n > 2 && byte_is_digit(mailer.p[0]) && byte_is_digit(mailer.p[1]) &&
		mailer.p[2] == '.';
}

static void check_mailer(struct scan *s, const struct mime_part *root)
{
	const struct mime_header *mailer = mime_find_header(root, SPAN("X-Mailer"));
	struct span name = mailer == NULL ? SPAN("") : mailer->value;

	if (mailer == NULL && mime_find_header(root, SPAN("User-Agent")) == NULL)
		scan_add(s, MISSING_XM_UA);
	if (mime_find_header(root, SPAN("X-MSMail-Priority")) == NULL ||
		mime_find_header(root, SPAN("X-MimeOLE")) != NULL)
		return;
	if (!is_later_outlook(name) && span_find(name, SPAN("SquirrelMail")) == name.n)
		scan_add(s, MISSING_MIMEOLE);
}

static enum rc run(struct scan *s)
{
	const struct mime_part *root = s->msg->mime->root;
	const uint64_t broken = MIME_DEFECT(HEADER_GARBAGE) |
		MIME_DEFECT(HEADER_SPACE_BEFORE_COLON) | MIME_DEFECT(NO_BODY);

	if (root->header_count > 0 && (root->defects & broken) != 0)
		scan_add(s, BROKEN);
	check_unique(s, root);
	check_spelling(s, root);
	check_mailer(s, root);
	return RC_OK;
}

const struct check check_headers = {
	.name = "headers",
	.help = "Looks for broken, missing and repeated header fields.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
