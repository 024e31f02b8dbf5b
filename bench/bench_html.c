/*
 * Speed of HTML on one core: prints "html_tokens MB/s" and "html_view MB/s", the best of several rounds, over a
 * newsletter of nested tables, inline styles, tracked links, references and text, as mailing services write them; and
 * "html_tokens_crlf" over the same with the line ends of mail.
 */
#include <stdio.h>

#include "html/html.h"

enum { ROUNDS = 9, SECTIONS = 40, SIZE_MOST = 1 << 20, ROUND_NS = 50000000 };

static const char head[] =
	"<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n"
	"<html xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
	"<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\n"
	"<title>News of the week</title>\n<style type=\"text/css\">\n"
	"body { margin: 0; padding: 0; -webkit-text-size-adjust: 100%; }\n"
	"table, td { border-collapse: collapse; }\n"
	"img { border: 0; height: auto; line-height: 100%; outline: none; }\n"
	"@media only screen and (max-width: 480px) { .column { width: 100% !important; } }\n"
	".button a { color: #ffffff; text-decoration: none; }\n</style>\n</head>\n"
	"<BODY BGCOLOR=\"#f4f4f4\">\n"
	"<!--[if mso]><table width=\"600\"><tr><td><![endif]-->\n"
	"<div style=\"display:none;font-size:1px;color:#f4f4f4\">What happened this week &#8211; in short</div>\n";

static const char section[] =
	"<table role=\"presentation\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" align=\"center\" style=\"width:600px;background-color:#ffffff\">\n"
	"  <tr>\n    <td align=\"center\" valign=\"top\" style=\"padding: 20px 30px; font-family: Arial, Helvetica, sans-serif; font-size: 16px; line-height: 24px; color: #333333;\">\n"
	"      <a href=\"https://click.example.net/track?id=%u&amp;list=7f3a9c&amp;to=https%%3A%%2F%%2Fwww.example.org%%2Farticles%%2F%u\" target=\"_blank\" style=\"color:#0a66c2;text-decoration:none\"><img src=\"https://images.example.net/news/%u/header.png\" width=\"540\" height=\"180\" alt=\"A picture of the article\" style=\"display:block\"></a>\n"
	"      <h2 style=\"margin:0 0 10px 0;font-size:22px\">The council &amp; the new bridge, part %u</h2>\n"
	"      <p style=\"margin: 0 0 16px 0;\">After a long debate the council has decided to build the bridge where the old ferry used to land. "
	"Work begins in spring and is to end within two years&nbsp;&mdash; if the river allows it. "
	"Those who live nearby may look at the plans in the town hall on every Tuesday from nine to five.</p>\n"
	"      <P>Questions go to <A HREF=\"mailto:bridge@example.org\">bridge@example.org</A>,<BR>or to the office&rsquo;s desk.</P>\n"
	"      <ul class=\"list\">\n        <li>Costs: 4&nbsp;million</li>\n        <li>Length: 310 metres</li>\n        <li><b>Opening</b>: autumn</li>\n      </ul>\n"
	"      <table class=button bgcolor=#0a66c2><tr><td style='border-radius:4px'><a class=\"link\" href=\"https://www.example.org/articles/%u\">Read on</a></td></tr></table>\n"
	"    </td>\n  </tr>\n</table>\n";

static const char tail[] =
	"<p class=\"footer\" style=\"font-size:11px;color:#888888\">You get this since you have asked for it. "
	"<a href=\"https://click.example.net/unsubscribe?u=42\">Unsubscribe</a> &copy; Example Press</p>\n"
	"<!--[if mso]></td></tr></table><![endif]-->\n</BODY>\n</html>\n";

static struct span make_newsletter(struct arena *a)
{
	struct buf out;

	buf_init(&out, a, SIZE_MOST);
	buf_add_string(&out, head);
	for (unsigned i = 0; i < SECTIONS; i++)
		buf_printf(&out, section, i, i, i, i, i);
	buf_add_string(&out, tail);
	must(!out.full);
	return buf_span(&out);
}

static struct span with_crlf(struct arena *a, struct span text)
{
	struct buf out;

	buf_init(&out, a, SIZE_MOST);
	for (struct span line; span_next_line(&text, &line);) {
		buf_add(&out, line);
		buf_add_string(&out, "\r\n");
	}
	return buf_span(&out);
}

static size_t read_tokens(struct arena *a, struct span document)
{
	struct html_tokenizer t;
	struct html_token token;
	size_t n = 0;

	html_tokenizer_init(&t, a, document, HTML_DATA, SPAN(""));
	while (html_next_token(&t, &token)) {
		if (token.kind == HTML_START_TAG && html_state_of(token.tag) != HTML_DATA)
			html_set_state(&t, html_state_of(token.tag));
		n++;
	}
	return n;
}

static size_t read_view(struct arena *a, struct span document)
{
	const struct html_view *view = html_read(a, document);

	return view->text.n;
}

static void measure(const char *name, struct span document,
	size_t (*run)(struct arena *a, struct span document))
{
	struct arena *a = arena_make();
	double best = 0;
	unsigned count = 1;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = clock_cpu_ns(), ns;
		double speed;

		for (unsigned i = 0; i < count; i++) {
			must(run(a, document) > 0);
			arena_reset(a);
		}
		ns = clock_cpu_ns() - start;
		speed = (double)document.n * count * 1000 / (double)(ns + 1);
		if (speed > best)
			best = speed;
		if (ns < ROUND_NS) {
			count *= 2;
			round = -1;
		}
	}
	printf("%s %.0f\n", name, best);
	arena_free(a);
}

int main(void)
{
	struct arena *a = arena_make();
	struct span newsletter = make_newsletter(a), lines = with_crlf(a, newsletter);

	measure("html_tokens", newsletter, read_tokens);
	measure("html_tokens_crlf", lines, read_tokens);
	measure("html_view", newsletter, read_view);
	measure("html_view_crlf", lines, read_view);
	arena_free(a);
	return 0;
}
