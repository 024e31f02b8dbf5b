-- What the dialogues share. PORT and SCRIPTS come from the command line of miltertest.

-- miltertest ends with status 1 after an error, but does not say which.
function fail(what)
	mt.echo(what)
	error(what)
end

function must(ok, what)
	if not ok then
		fail(what)
	end
end

-- Functions of mt return nil when all went well, or what is wrong.
function done(problem, what)
	if problem ~= nil then
		fail(what .. ": " .. tostring(problem))
	end
end

function open()
	local conn = mt.connect("inet:" .. PORT .. "@127.0.0.1", 40, 0.05)
	must(conn ~= nil, "no connection to port " .. PORT)
	return conn
end

-- miltertest takes steps before actions, whatever its manual says.
function negotiate(conn, version, actions, steps)
	done(mt.negotiate(conn, version, steps, actions), "negotiation")
end

function client(conn, name, address)
	mt.macro(conn, SMFIC_CONNECT, "j", "mx.example.net", "{daemon_name}", "test")
	done(mt.conninfo(conn, name, address), "connect")
	done(mt.helo(conn, "mail.example.org"), "helo")
end

function envelope(conn, id, ...)
	mt.macro(conn, SMFIC_MAIL, "i", id)
	done(mt.mailfrom(conn, "<ann@example.org>", "SIZE=1000"), "mail")
	for _, rcpt in ipairs({...}) do
		mt.macro(conn, SMFIC_RCPT, "i", id, "{rcpt_addr}", rcpt, "{rcpt_mailer}", "local")
		done(mt.rcptto(conn, "<" .. rcpt .. ">"), "rcpt")
	end
end

function header(conn, fields)
	for _, field in ipairs(fields) do
		done(mt.header(conn, field[1], field[2]), "header " .. field[1])
	end
	done(mt.eoh(conn), "end of the header")
end

function finish(conn, body)
	done(mt.bodystring(conn, body), "body")
	done(mt.eom(conn), "end of the message")
	return mt.getreply(conn)
end

HAM = {
	{"From", "Ann <ann@example.org>"},
	{"To", "ben@example.net"},
	{"Subject", "Lunch"},
	{"Date", "Sun, 22 Nov 2026 12:00:00 +0100"},
	{"Message-ID", "<1@example.org>"},
}
