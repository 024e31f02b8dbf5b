/*
 * msg: one message: its envelope, its bytes, its tree, and the facts about it that checks share. A fact
 * is made when it is first asked for, once.
 *
 *	struct msg_builder *b = msg_builder_make(a, MSG_BYTES_MOST);
 *	msg_builder_add(b, chunk);				as it comes from the wire
 *	struct msg *m = msg_make(a, &envelope, msg_builder_bytes(b));
 *
 *	const struct mime_addresses *from = msg_from(m);
 */
#ifndef MSG_MSG_H
#define MSG_MSG_H

#include "base/base.h"
#include "mime/mime.h"

enum { MSG_BYTES_MOST = 50 << 20, MSG_RECIPIENTS_MOST = 1024 };

/* What the mail server knows beyond the message. Null spans: not known (an empty one was said). */
struct msg_envelope {
	struct span from;         /* envelope sender without <>; empty for the null sender */
	const struct span *rcpts; /* without <> */
	size_t rcpt_count;
	struct span address;  /* the client's IP address as text, without brackets */
	struct span hostname; /* its verified name; null when there is none or it is "unknown" */
	struct span helo;
	struct span user; /* who has authenticated, or null */
	/* ESMTP arguments with blanks between: "SIZE=1234 SMTPUTF8 ENVID=x"; null: none */
	struct span from_args;
	const struct span *rcpt_args; /* one for each of rcpts; NULL: none has any */
	struct span queue_id;
	struct span server; /* the mail server's name (milter macro {j}) */
	struct span tls_version;
	struct span tls_cipher;
	struct span protocol;   /* "ESMTPS" when known */
	bool over_network;      /* a client handed it in: the connection counts as the last hop */
	bool over_local_socket; /* from this very machine: the client counts as one of our own */
};

/* A message as a listener took it, before anything has looked into it. */
struct msg_input {
	struct arena *arena;
	struct msg_envelope envelope;
	struct span bytes;
	size_t rcpt_count;    /* recipients, also those past MSG_RECIPIENTS_MOST */
	size_t refused_count; /* recipients that the mail server has refused itself */
	bool is_cut;          /* it was larger than what is kept */
};

struct auth_facts;

struct msg {
	struct arena *arena;
	struct msg_envelope envelope;
	struct span bytes;
	struct mime *mime;
	struct msg_facts *facts; /* of msg.c */
	struct auth_facts *auth; /* of the room auth; NULL until it is asked */
};

/* Who delivered a message; null spans as in the envelope. */
struct msg_client {
	struct span address, hostname, helo;
};

/*
 * The envelope is copied, the bytes are not. When the sender is not known, it is what a Return-Path
 * field says: so it is with mail that was delivered before.
 */
struct msg *msg_make(struct arena *a, const struct msg_envelope *envelope, struct span bytes);
/*
 * From now on somebody else counts as the client: the one who handed the message to a relay that is trusted.
 * Copied. Only before anything was asked of the room auth.
 */
void msg_set_client(struct msg *m, const struct msg_client *client);

/* Collects a message that comes in pieces. */
struct msg_builder;
struct msg_builder *msg_builder_make(struct arena *a, size_t most);
/* RC_LIMIT once it is larger than `most`; what was too much is left out. */
enum rc msg_builder_add(struct msg_builder *b, struct span piece);
struct span msg_builder_bytes(const struct msg_builder *b);

/* Addresses of the header fields of this name together (From, To, Cc, Reply-To, Sender ...). */
const struct mime_addresses *msg_addresses(struct msg *m, struct span header);
const struct mime_addresses *msg_from(struct msg *m);
const struct mime_addresses *msg_reply_to(struct msg *m);
/* To, Cc and Bcc together, in that order: whom the message names. */
const struct mime_addresses *msg_recipients(struct msg *m);

/* The envelope sender and recipients, parsed; `valid` false for what is no mailbox; NULL when unknown. */
const struct mime_address *msg_envelope_from(struct msg *m);
const struct mime_address *msg_envelope_rcpt(struct msg *m, size_t i);

/*
 * The Received fields, newest first. What cannot be parsed, and what tells of a way within one machine
 * (neither `from` nor `by`), is left out and counted.
 */
struct msg_hops {
	const struct mime_received *v;
	size_t n;
	size_t unparsed;
	/*
	 * The client is a hop more: its address is known and the newest field names another one or
	 * none. So it is before the mail server has written its own field, as for a milter.
	 */
	bool client_apart;
};
const struct msg_hops *msg_hops(struct msg *m);

/* The decoded Subject; the null span when there is none. */
struct span msg_subject(struct msg *m);
/* Message-ID without blanks and <>; null when there is none, empty when it is empty. */
struct span msg_id(struct msg *m);
/* The Date field; NULL when it is missing, `seconds` only when `valid`. */
struct msg_date {
	bool valid;
	struct mime_date date;
};
const struct msg_date *msg_date(struct msg *m);
/* SHA-256 of the bytes, as 64 hexadecimal digits: the message's name in records. */
struct span msg_digest(struct msg *m);

#endif
