-- A server that goes away in the middle does no harm to the next.
dofile(SCRIPTS .. "/common.lua")

for _ = 1, 5 do
	conn = open()
	negotiate(conn, nil, nil, nil)
	client(conn, "mail.example.org", "192.0.2.1")
	envelope(conn, "VANISH", "ben@example.net")
	mt.disconnect(conn, false)
end
conn = open()
negotiate(conn, nil, nil, nil)
client(conn, "mail.example.org", "192.0.2.1")
envelope(conn, "STAYS", "ben@example.net")
header(conn, HAM)
must(finish(conn, "See you at noon.\r\n") == SMFIR_ACCEPT, "the message was not let through")
mt.disconnect(conn)
