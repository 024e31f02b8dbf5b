-- Several messages on one connection: let through, refused, let through again.
dofile(SCRIPTS .. "/common.lua")

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n"

conn = open()
negotiate(conn, nil, nil, nil)
client(conn, "mail.example.org", "192.0.2.1")

envelope(conn, "FIRST", "ben@example.net")
header(conn, HAM)
must(finish(conn, "See you at noon.\r\n") == SMFIR_ACCEPT, "the first was not let through")

envelope(conn, "SECOND", "ben@example.net")
header(conn, HAM)
must(finish(conn, GTUBE) == SMFIR_REPLYCODE, "the second was not refused")
must(not mt.eom_check(conn, MT_HDRADD), "a refused message was changed")

envelope(conn, "THIRD", "ben@example.net")
header(conn, HAM)
must(finish(conn, "See you at noon.\r\n") == SMFIR_ACCEPT, "the third was not let through")
mt.disconnect(conn)
