-- A message through every stage, answered where the filter has not asked to be mute.
dofile(SCRIPTS .. "/common.lua")

conn = open()
-- No mute stage is offered: each one must be answered.
negotiate(conn, 6, 0x1FF, 0x100400)

mt.macro(conn, SMFIC_CONNECT, "j", "mx.example.net")
done(mt.conninfo(conn, "mail.example.org", "192.0.2.1"), "connect")
must(mt.getreply(conn) == SMFIR_CONTINUE, "no answer to connect")
done(mt.helo(conn, "mail.example.org"), "helo")
must(mt.getreply(conn) == SMFIR_CONTINUE, "no answer to helo")
mt.macro(conn, SMFIC_MAIL, "i", "STAGES")
done(mt.mailfrom(conn, "<ann@example.org>", "SIZE=1000", "BODY=8BITMIME"), "mail")
must(mt.getreply(conn) == SMFIR_CONTINUE, "no answer to mail")
done(mt.rcptto(conn, "<ben@example.net>", "NOTIFY=NEVER"), "rcpt")
must(mt.getreply(conn) == SMFIR_CONTINUE, "no answer to rcpt")
done(mt.data(conn), "data")
must(mt.getreply(conn) == SMFIR_CONTINUE, "no answer to data")
for _, field in ipairs(HAM) do
	done(mt.header(conn, field[1], field[2]), "header")
	must(mt.getreply(conn) == SMFIR_CONTINUE, "no answer to a header field")
end
done(mt.eoh(conn), "end of the header")
must(mt.getreply(conn) == SMFIR_CONTINUE, "no answer to the end of the header")
done(mt.bodystring(conn, "See you at noon.\r\n"), "body")
must(mt.getreply(conn) == SMFIR_CONTINUE, "no answer to the body")
done(mt.eom(conn), "end of the message")
must(mt.getreply(conn) == SMFIR_ACCEPT, "the message was not let through")
must(mt.eom_check(conn, MT_HDRADD, "X-Spamd-Result") or
	mt.eom_check(conn, MT_HDRINSERT, "X-Spamd-Result"), "no result was written")
mt.disconnect(conn)
