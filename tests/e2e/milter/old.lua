-- A server of version 2: no step is known, each command is answered, clients of all kinds.
dofile(SCRIPTS .. "/common.lua")

for _, address in ipairs({"192.0.2.1", "2001:db8::1", "unspec"}) do
	conn = open()
	negotiate(conn, 2, 0x3F, 0x7F)
	client(conn, "mail.example.org", address)
	must(mt.getreply(conn) == SMFIR_CONTINUE, "no answer to helo")
	envelope(conn, "OLD", "ben@example.net")
	must(mt.getreply(conn) == SMFIR_CONTINUE, "no answer to rcpt")
	header(conn, HAM)
	must(mt.getreply(conn) == SMFIR_CONTINUE, "no answer to the end of the header")
	must(finish(conn, "See you at noon.\r\n") == SMFIR_ACCEPT, "it was not let through")
	mt.disconnect(conn)
end
