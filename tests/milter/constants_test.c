/* The numbers of the protocol, held against the headers of libmilter. */
#include "milter/milter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* the sizes of data behind it are those of Sendmail's larger chunks */
#define _FFR_MDS_NEGOTIATE 1
#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#define SAME(ours, theirs) _Static_assert((ours) == (theirs), #ours " is not " #theirs)

SAME(MILTER_VERSION_MOST, SMFI_PROT_VERSION);
SAME(MILTER_CHUNK_MOST, MILTER_CHUNK_SIZE);
_Static_assert(MILTER_PACKET_MOST > MILTER_CHUNK_MOST, "a chunk fits");
_Static_assert(MILTER_PACKET_MOST_256K > MILTER_MDS_256K, "a chunk fits");
_Static_assert(MILTER_PACKET_MOST_1M > MILTER_MDS_1M, "a chunk fits");

SAME(MILTER_ABORT, SMFIC_ABORT);
SAME(MILTER_BODY, SMFIC_BODY);
SAME(MILTER_CONNECT, SMFIC_CONNECT);
SAME(MILTER_MACROS, SMFIC_MACRO);
SAME(MILTER_END, SMFIC_BODYEOB);
SAME(MILTER_HELO, SMFIC_HELO);
SAME(MILTER_QUIT_NEXT, SMFIC_QUIT_NC);
SAME(MILTER_HEADER, SMFIC_HEADER);
SAME(MILTER_MAIL, SMFIC_MAIL);
SAME(MILTER_HEADER_END, SMFIC_EOH);
SAME(MILTER_NEGOTIATE, SMFIC_OPTNEG);
SAME(MILTER_QUIT, SMFIC_QUIT);
SAME(MILTER_RCPT, SMFIC_RCPT);
SAME(MILTER_DATA, SMFIC_DATA);
SAME(MILTER_UNKNOWN, SMFIC_UNKNOWN);

SAME(MILTER_REPLY_SHUTDOWN, SMFIR_SHUTDOWN);
SAME(MILTER_REPLY_ACCEPT, SMFIR_ACCEPT);
SAME(MILTER_REPLY_CONTINUE, SMFIR_CONTINUE);
SAME(MILTER_REPLY_DISCARD, SMFIR_DISCARD);
SAME(MILTER_REPLY_CONNECTION_FAILS, SMFIR_CONN_FAIL);
SAME(MILTER_REPLY_PROGRESS, SMFIR_PROGRESS);
SAME(MILTER_REPLY_REJECT, SMFIR_REJECT);
SAME(MILTER_REPLY_SKIP, SMFIR_SKIP);
SAME(MILTER_REPLY_TEMPFAIL, SMFIR_TEMPFAIL);

SAME(MILTER_MAY_ADD_HEADERS, SMFIF_ADDHDRS);
SAME(MILTER_MAY_CHANGE_BODY, SMFIF_CHGBODY);
SAME(MILTER_MAY_ADD_RCPT, SMFIF_ADDRCPT);
SAME(MILTER_MAY_DROP_RCPT, SMFIF_DELRCPT);
SAME(MILTER_MAY_CHANGE_HEADERS, SMFIF_CHGHDRS);
SAME(MILTER_MAY_QUARANTINE, SMFIF_QUARANTINE);
SAME(MILTER_MAY_CHANGE_FROM, SMFIF_CHGFROM);
SAME(MILTER_MAY_ADD_RCPT_ARGS, SMFIF_ADDRCPT_PAR);
SAME(MILTER_MAY_NAME_MACROS, SMFIF_SETSYMLIST);

SAME(MILTER_STEP_NO_CONNECT, SMFIP_NOCONNECT);
SAME(MILTER_STEP_NO_HELO, SMFIP_NOHELO);
SAME(MILTER_STEP_NO_MAIL, SMFIP_NOMAIL);
SAME(MILTER_STEP_NO_RCPT, SMFIP_NORCPT);
SAME(MILTER_STEP_NO_BODY, SMFIP_NOBODY);
SAME(MILTER_STEP_NO_HEADERS, SMFIP_NOHDRS);
SAME(MILTER_STEP_NO_HEADER_END, SMFIP_NOEOH);
SAME(MILTER_STEP_MUTE_HEADER, SMFIP_NR_HDR);
SAME(MILTER_STEP_NO_UNKNOWN, SMFIP_NOUNKNOWN);
SAME(MILTER_STEP_NO_DATA, SMFIP_NODATA);
SAME(MILTER_STEP_SKIP, SMFIP_SKIP);
SAME(MILTER_STEP_REJECTED_RCPT, SMFIP_RCPT_REJ);
SAME(MILTER_STEP_MUTE_CONNECT, SMFIP_NR_CONN);
SAME(MILTER_STEP_MUTE_HELO, SMFIP_NR_HELO);
SAME(MILTER_STEP_MUTE_MAIL, SMFIP_NR_MAIL);
SAME(MILTER_STEP_MUTE_RCPT, SMFIP_NR_RCPT);
SAME(MILTER_STEP_MUTE_DATA, SMFIP_NR_DATA);
SAME(MILTER_STEP_MUTE_UNKNOWN, SMFIP_NR_UNKN);
SAME(MILTER_STEP_MUTE_HEADER_END, SMFIP_NR_EOH);
SAME(MILTER_STEP_MUTE_BODY, SMFIP_NR_BODY);
SAME(MILTER_STEP_LEADING_SPACE, SMFIP_HDR_LEADSPC);
SAME(MILTER_STEP_DATA_256K, SMFIP_MDS_256K);
SAME(MILTER_STEP_DATA_1M, SMFIP_MDS_1M);

SAME(MILTER_STAGE_CONNECT, SMFIM_CONNECT);
SAME(MILTER_STAGE_HELO, SMFIM_HELO);
SAME(MILTER_STAGE_MAIL, SMFIM_ENVFROM);
SAME(MILTER_STAGE_RCPT, SMFIM_ENVRCPT);
SAME(MILTER_STAGE_DATA, SMFIM_DATA);
SAME(MILTER_STAGE_END, SMFIM_EOM);
SAME(MILTER_STAGE_HEADER_END, SMFIM_EOH);

/* The replies that have data of their own, as their functions write them. */
static void replies_have_the_bytes_of_libmilter(void **state)
{
	static const char expected[] = {SMFIR_REPLYCODE, SMFIR_ADDHEADER, SMFIR_INSHEADER,
		SMFIR_CHGHEADER, SMFIR_CHGFROM, SMFIR_ADDRCPT, SMFIR_ADDRCPT_PAR, SMFIR_DELRCPT,
		SMFIR_REPLBODY, SMFIR_QUARANTINE};
	const struct span text = SPAN("x"), none = {0};
	struct arena *a = arena_make();
	struct buf out;
	size_t n = 0;

	(void)state;
	buf_init(&out, a, SIZE_MAX);
	milter_print_reply_text(&out, text);
	milter_print_add_header(&out, text, text);
	milter_print_insert_header(&out, 1, text, text);
	milter_print_change_header(&out, 1, text, text);
	milter_print_change_from(&out, text, none);
	milter_print_add_rcpt(&out, text, none);
	milter_print_add_rcpt(&out, text, text);
	milter_print_drop_rcpt(&out, text);
	milter_print_body(&out, text);
	milter_print_quarantine(&out, text);
	for (struct span rest = buf_span(&out); rest.n > 0; n++) {
		assert_true(n < sizeof(expected));
		assert_int_equal(rest.p[4], expected[n]);
		rest = span_from_offset(rest, 4 + (size_t)(unsigned char)rest.p[3]);
	}
	assert_int_equal(n, sizeof(expected));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_have_the_bytes_of_libmilter),
	};

	return cmocka_run_group_tests_name("milter/constants", tests, NULL, NULL);
}
