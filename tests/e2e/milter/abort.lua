-- An abort behind each stage; the message that follows knows nothing of the one before.
dofile(SCRIPTS .. "/common.lua")

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n"

stages = {
	function() done(mt.mailfrom(conn, "<gone@example.org>"), "mail") end,
	function() done(mt.rcptto(conn, "<gone@example.net>"), "rcpt") end,
	function() done(mt.data(conn), "data") end,
	function() done(mt.header(conn, "X-Spam", "No"), "header") end,
	function() done(mt.eoh(conn), "end of the header") end,
	function() done(mt.bodystring(conn, GTUBE), "body") end,
}

conn = open()
negotiate(conn, nil, nil, nil)
client(conn, "mail.example.org", "192.0.2.1")
for last = 1, #stages do
	for i = 1, last do
		stages[i]()
	end
	done(mt.abort(conn), "abort")
end
envelope(conn, "AFTER", "ben@example.net")
header(conn, HAM)
must(finish(conn, "See you at noon.\r\n") == SMFIR_ACCEPT, "the message was not let through")
must(not mt.eom_check(conn, MT_HDRDELETE, "X-Spam"), "a field of an aborted message is removed")
mt.disconnect(conn)
