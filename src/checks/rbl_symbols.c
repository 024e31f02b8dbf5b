/* Symbols of the stock lists, with what they count and mean; which answer is which stands in rules/rbl.conf. */
#include "checks/rbl.h"

#define FAILED                                                                                       \
	"What is shown was asked for and got no answer; why stands behind it. Nothing is concluded " \
	"from it. A list that does not answer at all is switched off until it does."

/* ROW(name, score, groups, meaning, explain) */
#define ROW(name_, score_, group_, meaning_, explain_)                                             \
	{                                                                                          \
		.name = (name_), .score = (score_), .group = (group_), .meaning = (meaning_),      \
		.explain = (explain_)                                                              \
	}
/* The worst address of a chain counts, not their number. */
#define ROW_ONCE(name_, score_, group_, meaning_, explain_)                                        \
	{                                                                                          \
		.name = (name_), .score = (score_), .group = (group_), .meaning = (meaning_),      \
		.explain = (explain_), .one_shot = true                                            \
	}
#define ROW_CALLBACK(name_, meaning_, explain_)                                                    \
	{                                                                                          \
		.name = (name_), .group = "rbl", .meaning = (meaning_), .explain = (explain_),     \
		.kind = SCAN_CALLBACK                                                              \
	}

const struct scan_symbol rbl_symbols[] = {
	ROW_CALLBACK("RBL_CALLBACK", "Asks lists of DNS",
		"Stands for the whole check: switching it off switches off all lists."),
	ROW_CALLBACK("RBL_CALLBACK_WHITE", "Asks lists of DNS",
		"As RBL_CALLBACK: lists of the wanted are asked by the same check."),
	ROW_CALLBACK("SPAMHAUS_CHECK", "Asks Spamhaus",
		"As RBL_CALLBACK: all lists are asked by the same check."),
	ROW_CALLBACK("BLOCKLISTDE_CHECK", "Asks blocklist.de",
		"As RBL_CALLBACK: all lists are asked by the same check."),
	ROW("RBL_SPAMHAUS", 0, "rbl,spamhaus",
		"The client is in Spamhaus ZEN, with an unknown code",
		"The client's address is shown. The list has answered with a code that "
		"is not known here, which is shown: nothing is concluded from it."),
	ROW("RBL_SPAMHAUS_SBL", 4, "rbl,spamhaus", "The client is in Spamhaus SBL",
		"The client's address is shown. Spamhaus has seen it send or support "
		"spam. SBL entries are made by people, with evidence: "
		"check.spamhaus.org shows it and tells its owner how to be taken out."),
	ROW("RBL_SPAMHAUS_CSS", 2, "rbl,spamhaus", "The client is in Spamhaus CSS",
		"The client's address is shown. Spamhaus' automatic list of senders "
		"with a low reputation: bulk mail to traps, hosts that send in turns. "
		"Entries end by themselves when the sending ends; check.spamhaus.org "
		"shows them."),
	ROW("RBL_SPAMHAUS_XBL", 4, "rbl,spamhaus", "The client is in Spamhaus XBL",
		"The client's address is shown. An infected machine, an open proxy or a "
		"hijacked account has sent from there. Whoever owns it cleans it and "
		"removes the entry at check.spamhaus.org."),
	ROW("RBL_SPAMHAUS_PBL", 2, "rbl,spamhaus", "The client is in Spamhaus PBL",
		"The client's address is shown. The provider says that no mail server "
		"stands there: addresses of end users, who send through their "
		"provider's server."),
	ROW("RBL_SPAMHAUS_DROP", 7, "rbl,spamhaus", "The client is in Spamhaus DROP",
		"The client's address is shown. The network is run or was hijacked by "
		"criminals, and nothing from it is wanted."),
	ROW("RBL_SPAMHAUS_BLOCKED", 0, "rbl,spamhaus,blocked",
		"Spamhaus refuses: too many questions",
		"More was asked than Spamhaus allows free of charge. Get a key for its "
		"data query service, or switch the list off in rbl.conf; until then the "
		"list is not asked."),
	ROW("RBL_SPAMHAUS_BLOCKED_OPENRESOLVER", 0, "rbl,spamhaus,blocked",
		"Spamhaus refuses: a public resolver asks",
		"Spamhaus does not answer resolvers that many share. Set "
		"options.dns.mode = recurse, or get a key for its data query service; "
		"until then the list is not asked."),
	ROW("RECEIVED_SPAMHAUS", 0, "rbl,spamhaus",
		"An earlier hop is in Spamhaus ZEN, with an unknown code",
		"The address of an earlier hop is shown, as a Received field tells it. "
		"The list has answered with a code that is not known here, which is "
		"shown: nothing is concluded from it."),
	ROW_ONCE("RECEIVED_SPAMHAUS_SBL", 3, "rbl,spamhaus", "An earlier hop is in Spamhaus SBL",
		"The address of an earlier hop is shown, as a Received field tells it. "
		"Spamhaus has seen it send or support spam. SBL entries are made by "
		"people, with evidence: check.spamhaus.org shows it and tells its owner "
		"how to be taken out."),
	ROW_ONCE("RECEIVED_SPAMHAUS_CSS", 1, "rbl,spamhaus", "An earlier hop is in Spamhaus CSS",
		"The address of an earlier hop is shown, as a Received field tells it. "
		"Spamhaus' automatic list of senders with a low reputation: bulk mail "
		"to traps, hosts that send in turns. Entries end by themselves when the "
		"sending ends; check.spamhaus.org shows them."),
	ROW_ONCE("RECEIVED_SPAMHAUS_XBL", 1, "rbl,spamhaus", "An earlier hop is in Spamhaus XBL",
		"The address of an earlier hop is shown, as a Received field tells it. "
		"An infected machine, an open proxy or a hijacked account has sent from "
		"there. Whoever owns it cleans it and removes the entry at "
		"check.spamhaus.org."),
	ROW_ONCE("RECEIVED_SPAMHAUS_PBL", 0, "rbl,spamhaus", "An earlier hop is in Spamhaus PBL",
		"The address of an earlier hop is shown, as a Received field tells it. "
		"The provider says that no mail server stands there: addresses of end "
		"users, who send through their provider's server. A person who writes "
		"mail at home has such an address, so it counts nothing."),
	ROW_ONCE("RECEIVED_SPAMHAUS_DROP", 6, "rbl,spamhaus", "An earlier hop is in Spamhaus DROP",
		"The address of an earlier hop is shown, as a Received field tells it. "
		"The network is run or was hijacked by criminals, and nothing from it "
		"is wanted."),
	ROW("RECEIVED_SPAMHAUS_BLOCKED", 0, "rbl,spamhaus,blocked",
		"Spamhaus refuses: too many questions",
		"More was asked than Spamhaus allows free of charge. Get a key for its "
		"data query service, or switch the list off in rbl.conf; until then the "
		"list is not asked."),
	ROW("RECEIVED_SPAMHAUS_BLOCKED_OPENRESOLVER", 0, "rbl,spamhaus,blocked",
		"Spamhaus refuses: a public resolver asks",
		"Spamhaus does not answer resolvers that many share. Set "
		"options.dns.mode = recurse, or get a key for its data query service; "
		"until then the list is not asked."),
	ROW("SPAMHAUS_FAIL", 0, "rbl,spamhaus", "Spamhaus ZEN did not answer", FAILED),
	ROW("RBL_BLOCKLISTDE", 4, "rbl,blocklistde", "The client is in blocklist.de",
		"The client's address is shown. It was reported for attacks on mail, "
		"web or ssh servers within the last 48 hours; entries end by "
		"themselves, or at www.blocklist.de."),
	ROW_ONCE("RECEIVED_BLOCKLISTDE", 3, "rbl,blocklistde", "An earlier hop is in blocklist.de",
		"The address of an earlier hop is shown, as a Received field tells it. "
		"It was reported for attacks within the last 48 hours; entries end by "
		"themselves, or at www.blocklist.de."),
	ROW("BLOCKLISTDE_FAIL", 0, "rbl,blocklistde", "blocklist.de did not answer", FAILED),
	ROW("MAILSPIKE", 0, "rbl,mailspike", "The client is at Mailspike, with an unknown code",
		"The list has answered with a code that is not known here, which is "
		"shown: nothing is concluded from it."),
	ROW("RBL_MAILSPIKE_WORST", 2, "rbl,mailspike",
		"The client has the worst reputation at Mailspike",
		"The client's address is shown. Mailspike rates senders by the mail "
		"that its members get from them: mailspike.org shows how, and takes "
		"objections."),
	ROW("RBL_MAILSPIKE_VERYBAD", 1.5, "rbl,mailspike",
		"The client has a very bad reputation at Mailspike",
		"The client's address is shown. Mailspike rates senders by the mail "
		"that its members get from them: mailspike.org shows how, and takes "
		"objections."),
	ROW("RBL_MAILSPIKE_BAD", 1, "rbl,mailspike", "The client has a bad reputation at Mailspike",
		"The client's address is shown. Mailspike rates senders by the mail "
		"that its members get from them: mailspike.org shows how, and takes "
		"objections."),
	ROW("RWL_MAILSPIKE_NEUTRAL", 0, "rbl,mailspike",
		"The client has a neutral reputation at Mailspike",
		"The client's address is shown. Mailspike rates senders by the mail "
		"that its members get from them: mailspike.org shows how, and takes "
		"objections."),
	ROW("RWL_MAILSPIKE_POSSIBLE", 0, "rbl,mailspike",
		"The client has a perhaps good reputation at Mailspike",
		"The client's address is shown. Mailspike rates senders by the mail "
		"that its members get from them: mailspike.org shows how, and takes "
		"objections."),
	ROW("RWL_MAILSPIKE_GOOD", -0.1, "rbl,mailspike",
		"The client has a good reputation at Mailspike",
		"The client's address is shown. Mailspike rates senders by the mail "
		"that its members get from them: mailspike.org shows how, and takes "
		"objections."),
	ROW("RWL_MAILSPIKE_VERYGOOD", -0.2, "rbl,mailspike",
		"The client has a very good reputation at Mailspike",
		"The client's address is shown. Mailspike rates senders by the mail "
		"that its members get from them: mailspike.org shows how, and takes "
		"objections."),
	ROW("RWL_MAILSPIKE_EXCELLENT", -0.4, "rbl,mailspike",
		"The client has an excellent reputation at Mailspike",
		"The client's address is shown. Mailspike rates senders by the mail "
		"that its members get from them: mailspike.org shows how, and takes "
		"objections."),
	ROW("MAILSPIKE_FAIL", 0, "rbl,mailspike", "Mailspike did not answer", FAILED),
	ROW("RBL_SEM", 1, "rbl,sem", "The client is in SpamEatingMonkey's list",
		"The client's address is shown. It has sent to traps; entries end after "
		"15 days without spam, or at spameatingmonkey.com."),
	ROW("RBL_SEM_FAIL", 0, "rbl,sem", "SpamEatingMonkey's list did not answer", FAILED),
	ROW("RBL_SEM_IPV6", 1, "rbl,sem", "The client is in SpamEatingMonkey's list of IPv6",
		"The client's address is shown. It has sent to traps; entries end after "
		"15 days without spam, or at spameatingmonkey.com."),
	ROW("RBL_SEM_IPV6_FAIL", 0, "rbl,sem", "SpamEatingMonkey's list of IPv6 did not answer",
		FAILED),
	ROW("RBL_VIRUSFREE_BOTNET", 2, "rbl", "The client is in the botnet list of virusfree.cz",
		"The client's address is shown. It behaves as infected machines do, as "
		"virusfree.cz has seen it."),
	ROW("RBL_VIRUSFREE_UNKNOWN", 0, "rbl",
		"The client is at virusfree.cz, with an unknown code",
		"The list has answered with a code that is not known here, which is "
		"shown: nothing is concluded from it."),
	ROW("RBL_VIRUSFREE_UNKNOWN_FAIL", 0, "rbl", "virusfree.cz did not answer", FAILED),
	ROW("RBL_SENDERSCORE", 2, "rbl,senderscore", "The client is in Sender Score's block list",
		"The client's address is shown. The list is off unless it is switched "
		"on, because it answers only those who have registered."),
	ROW("RBL_SENDERSCORE_FAIL", 0, "rbl,senderscore", "Sender Score did not answer", FAILED),
	ROW("RCVD_IN_DNSWL", 0, "rbl,dnswl", "dnswl.org, with an unknown code",
		"The list has answered with a code that is not known here, which is "
		"shown: nothing is concluded from it."),
	ROW("RCVD_IN_DNSWL_NONE", 0, "rbl,dnswl", "A server with no trust at dnswl.org",
		"dnswl.org lists servers that send wanted mail, and how sure it is of "
		"it. The address of the client or of an earlier hop is shown."),
	ROW("RCVD_IN_DNSWL_LOW", -0.1, "rbl,dnswl", "A server with low trust at dnswl.org",
		"dnswl.org lists servers that send wanted mail, and how sure it is of "
		"it. The address of the client or of an earlier hop is shown."),
	ROW("RCVD_IN_DNSWL_MED", -0.2, "rbl,dnswl", "A server with medium trust at dnswl.org",
		"dnswl.org lists servers that send wanted mail, and how sure it is of "
		"it. The address of the client or of an earlier hop is shown."),
	ROW("RCVD_IN_DNSWL_HI", -0.5, "rbl,dnswl", "A server with high trust at dnswl.org",
		"dnswl.org lists servers that send wanted mail, and how sure it is of "
		"it. The address of the client or of an earlier hop is shown."),
	ROW("DNSWL_BLOCKED", 0, "rbl,dnswl,blocked", "dnswl.org refuses: too many questions",
		"More was asked than dnswl.org allows free of charge, or through a "
		"resolver that many share. Set options.dns.mode = recurse, or subscribe "
		"at dnswl.org."),
	ROW("RCVD_IN_DNSWL_FAIL", 0, "rbl,dnswl", "dnswl.org did not answer", FAILED),
	ROW("DWL_DNSWL", 0, "rbl,dnswl", "The signing domain is at dnswl.org, with an unknown code",
		"Shown only when the list has `unknown = true` in rbl.conf: it has answered with a code "
		"that is not known here, and nothing is concluded from it."),
	ROW("DWL_DNSWL_NONE", 0, "rbl,dnswl", "The signing domain has no trust at dnswl.org",
		"A DKIM signature of the domain that is shown verifies, and dnswl.org "
		"lists the domain among those that send wanted mail, and how sure it is "
		"of it."),
	ROW("DWL_DNSWL_LOW", -1, "rbl,dnswl", "The signing domain has low trust at dnswl.org",
		"A DKIM signature of the domain that is shown verifies, and dnswl.org "
		"lists the domain among those that send wanted mail, and how sure it is "
		"of it."),
	ROW("DWL_DNSWL_MED", -2, "rbl,dnswl", "The signing domain has medium trust at dnswl.org",
		"A DKIM signature of the domain that is shown verifies, and dnswl.org "
		"lists the domain among those that send wanted mail, and how sure it is "
		"of it."),
	ROW("DWL_DNSWL_HI", -3.5, "rbl,dnswl", "The signing domain has high trust at dnswl.org",
		"A DKIM signature of the domain that is shown verifies, and dnswl.org "
		"lists the domain among those that send wanted mail, and how sure it is "
		"of it."),
	ROW("DWL_DNSWL_BLOCKED", 0, "rbl,dnswl,blocked", "dnswl.org refuses: too many questions",
		"As DNSWL_BLOCKED, for its list of domains."),
	ROW("DWL_DNSWL_FAIL", 0, "rbl,dnswl", "dnswl.org's list of domains did not answer", FAILED),
	ROW_ONCE("PH_SURBL_MULTI", 7.5, "surbl,surblorg,phishing",
		"A domain of the message is in SURBL: phishing",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. It serves pages that "
		"imitate others to catch passwords. SURBL lists it; "
		"surbl.org/surbl-analysis looks a domain up and takes objections."),
	ROW_ONCE("MW_SURBL_MULTI", 7.5, "surbl,surblorg",
		"A domain of the message is in SURBL: malware",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. It serves malware. "
		"SURBL lists it; surbl.org/surbl-analysis looks a domain up and "
		"takes objections."),
	ROW_ONCE("ABUSE_SURBL", 5, "surbl,surblorg", "A domain of the message is in SURBL: abuse",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. It is advertised by "
		"spam. SURBL lists it; surbl.org/surbl-analysis looks a domain up "
		"and takes objections."),
	ROW_ONCE("CRACKED_SURBL", 5, "surbl,surblorg",
		"A domain of the message is in SURBL: a cracked site",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. Somebody has broken "
		"into the site, and what stands there may not be its owner's. "
		"SURBL lists it; surbl.org/surbl-analysis looks a domain up and "
		"takes objections."),
	ROW_ONCE("CT_SURBL", 0, "surbl,surblorg",
		"A domain of the message is in SURBL: a click tracker",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. It counts clicks and "
		"leads on; that alone says nothing bad. SURBL lists it; "
		"surbl.org/surbl-analysis looks a domain up and takes objections."),
	ROW_ONCE("DM_SURBL", 0, "surbl,surblorg",
		"A domain of the message is in SURBL: disposable mail",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. It gives mail "
		"addresses for minutes. SURBL lists it; surbl.org/surbl-analysis "
		"looks a domain up and takes objections."),
	ROW_ONCE("SURBL_BLOCKED", 0, "surbl,surblorg,blocked", "SURBL refuses to answer",
		"More was asked than the list allows free of charge, or through a "
		"resolver that many share. Set options.dns.mode = recurse, or get "
		"access of your own from its owner; the list is off until it "
		"answers again."),
	ROW("SURBL_MULTI", 0, "rbl", "SURBL, with unknown bits",
		"Of what is shown SURBL says something whose meaning is not known "
		"here: nothing is concluded from it."),
	ROW("SURBL_MULTI_FAIL", 0, "rbl", "SURBL did not answer", FAILED),
	ROW("SURBL_HASHBL", 0, "rbl", "SURBL's list of hashes, with an unknown code",
		"Of what is shown SURBL's list of hashed URLs says something whose "
		"meaning is not known here: nothing is concluded from it."),
	ROW("SURBL_HASHBL_PHISH", 0, "rbl", "In SURBL's list of hashes: phishing",
		"Host and path of a URL, or an address of mail, are shown. Of sites "
		"that strangers share SURBL lists single pages by their digests, and "
		"addresses likewise. This one imitates others to catch passwords. "
		"surbl.org/surbl-analysis takes objections."),
	ROW("SURBL_HASHBL_MALWARE", 0, "rbl", "In SURBL's list of hashes: malware",
		"Host and path of a URL, or an address of mail, are shown. Of sites "
		"that strangers share SURBL lists single pages by their digests, and "
		"addresses likewise. This one serves malware. "
		"surbl.org/surbl-analysis takes objections."),
	ROW("SURBL_HASHBL_ABUSE", 0, "rbl", "In SURBL's list of hashes: abuse",
		"Host and path of a URL, or an address of mail, are shown. Of sites "
		"that strangers share SURBL lists single pages by their digests, and "
		"addresses likewise. This one is advertised by spam. "
		"surbl.org/surbl-analysis takes objections."),
	ROW("SURBL_HASHBL_CRACKED", 0, "rbl", "In SURBL's list of hashes: a cracked site",
		"Host and path of a URL, or an address of mail, are shown. Of sites "
		"that strangers share SURBL lists single pages by their digests, and "
		"addresses likewise. Somebody has broken in there. "
		"surbl.org/surbl-analysis takes objections."),
	ROW("SURBL_HASHBL_EMAIL", 0, "rbl", "In SURBL's list of hashes: an address of mail",
		"Host and path of a URL, or an address of mail, are shown. Of sites "
		"that strangers share SURBL lists single pages by their digests, and "
		"addresses likewise. Spammers want answers there. "
		"surbl.org/surbl-analysis takes objections."),
	ROW("SURBL_HASHBL_FAIL", 0, "rbl", "SURBL's list of hashes did not answer", FAILED),
	ROW_ONCE("URIBL_BLACK", 7.5, "surbl,uribl", "A domain of the message is in URIBL black",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. It stands in spam and "
		"in nothing else that URIBL has seen. lookup.uribl.com shows "
		"entries and takes objections."),
	ROW_ONCE("URIBL_GREY", 2.5, "surbl,uribl", "A domain of the message is in URIBL grey",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. It stands in bulk "
		"mail, some of it unwanted. lookup.uribl.com shows entries and "
		"takes objections."),
	ROW_ONCE("URIBL_RED", 0.5, "surbl,uribl", "A domain of the message is in URIBL red",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. It is new to URIBL's "
		"traps or hides its owner; such entries are made by machines. "
		"lookup.uribl.com shows entries and takes objections."),
	ROW_ONCE("URIBL_BLOCKED", 0, "surbl,uribl,blocked", "URIBL refuses to answer",
		"More was asked than the list allows free of charge, or through a "
		"resolver that many share. Set options.dns.mode = recurse, or get "
		"access of your own from its owner; the list is off until it "
		"answers again."),
	ROW_ONCE("URIBL_MULTI", 0, "surbl,uribl", "URIBL, with unknown bits",
		"Of what is shown URIBL says something whose meaning is not known "
		"here: nothing is concluded from it."),
	ROW("URIBL_MULTI_FAIL", 0, "rbl", "URIBL did not answer", FAILED),
	ROW_ONCE("RSPAMD_URIBL", 4.5, "surbl,rspamdbl",
		"A domain of the message is in Rspamd's list of URLs",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. The list is asked for "
		"a hash of it. It is filled from traps of the Rspamd project; "
		"bl.rspamd.com looks a domain up."),
	ROW("RSPAMD_URIBL_FAIL", 0, "rbl", "Rspamd's list of URLs did not answer", FAILED),
	ROW_ONCE("RSPAMD_EMAILBL", 2.5, "surbl,rspamdbl", "An address of mail is in Rspamd's list",
		"The address stands in the text or in Reply-To. The list is asked "
		"for a hash of it and holds addresses at which spammers want "
		"answers; bl.rspamd.com looks one up."),
	ROW("RSPAMD_EMAILBL_FAIL", 0, "rbl", "Rspamd's list of addresses did not answer", FAILED),
	ROW_ONCE("MSBL_EBL", 7.5, "surbl,ebl", "An address of mail is in MSBL's list",
		"The address stands in the text or in Reply-To. The list is asked "
		"for a hash of it and holds addresses at which spammers, "
		"advance-fee fraud above all, want answers; msbl.org tells more "
		"and takes objections."),
	ROW_ONCE("MSBL_EBL_GREY", 0.5, "surbl,ebl", "An address of mail is in MSBL's grey list",
		"The address stands in the text or in Reply-To. MSBL has seen it "
		"in spam, but not only there."),
	ROW("MSBL_EBL_FAIL", 0, "rbl", "MSBL's list of addresses did not answer", FAILED),
	ROW_ONCE("DBL", 0, "surbl,spamhaus",
		"A domain of the message is in Spamhaus DBL, with an unknown code",
		"Of what is shown Spamhaus DBL says something whose meaning is not "
		"known here: nothing is concluded from it."),
	ROW_ONCE("DBL_SPAM", 6.5, "surbl,spamhaus",
		"A domain of the message is in Spamhaus DBL: spam",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. It is advertised by "
		"spam, or sends it. check.spamhaus.org shows why and how an entry "
		"is taken out."),
	ROW_ONCE("DBL_PHISH", 7.5, "surbl,spamhaus",
		"A domain of the message is in Spamhaus DBL: phishing",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. It serves pages that "
		"imitate others to catch passwords. check.spamhaus.org shows why "
		"and how an entry is taken out."),
	ROW_ONCE("DBL_MALWARE", 7.5, "surbl,spamhaus",
		"A domain of the message is in Spamhaus DBL: malware",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. It serves malware. "
		"check.spamhaus.org shows why and how an entry is taken out."),
	ROW_ONCE("DBL_BOTNET", 7.5, "surbl,spamhaus",
		"A domain of the message is in Spamhaus DBL: a botnet's",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. Infected machines are "
		"commanded from there. check.spamhaus.org shows why and how an "
		"entry is taken out."),
	ROW_ONCE("DBL_ABUSE", 5, "surbl,spamhaus",
		"A domain of the message is in Spamhaus DBL: abused for spam",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. The domain is "
		"somebody's who has done nothing wrong, but spam leads there. "
		"check.spamhaus.org shows why and how an entry is taken out."),
	ROW_ONCE("DBL_ABUSE_REDIR", 5, "surbl,spamhaus",
		"A domain of the message is in Spamhaus DBL: an abused redirector",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. The domain is "
		"somebody's who has done nothing wrong, but it leads on to "
		"wherever spammers want. check.spamhaus.org shows why and how an "
		"entry is taken out."),
	ROW_ONCE("DBL_ABUSE_PHISH", 6.5, "surbl,spamhaus",
		"A domain of the message is in Spamhaus DBL: abused for phishing",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. The domain is "
		"somebody's who has done nothing wrong, but pages that catch "
		"passwords were put there. check.spamhaus.org shows why and how an "
		"entry is taken out."),
	ROW_ONCE("DBL_ABUSE_MALWARE", 6.5, "surbl,spamhaus",
		"A domain of the message is in Spamhaus DBL: abused for malware",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. The domain is "
		"somebody's who has done nothing wrong, but malware was put there. "
		"check.spamhaus.org shows why and how an entry is taken out."),
	ROW_ONCE("DBL_ABUSE_BOTNET", 6.5, "surbl,spamhaus",
		"A domain of the message is in Spamhaus DBL: abused by a botnet",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. The domain is "
		"somebody's who has done nothing wrong, but infected machines are "
		"commanded from there. check.spamhaus.org shows why and how an "
		"entry is taken out."),
	ROW_ONCE("DBL_PROHIBIT", 0, "surbl,spamhaus",
		"Spamhaus DBL was asked for an address of the internet",
		"The list holds names alone. Its stock settings never ask for an "
		"address: set no_ip = true in a list of your own."),
	ROW_ONCE("DBL_BLOCKED_OPENRESOLVER", 0, "surbl,spamhaus,blocked",
		"Spamhaus DBL refuses: an open resolver",
		"The question came through a resolver that many share, which "
		"Spamhaus does not answer. Set options.dns.mode = recurse, or get "
		"a key."),
	ROW_ONCE("DBL_BLOCKED", 0, "surbl,spamhaus,blocked",
		"Spamhaus DBL refuses: too many questions",
		"More was asked than the list allows free of charge, or through a "
		"resolver that many share. Set options.dns.mode = recurse, or get "
		"access of your own from its owner; the list is off until it "
		"answers again."),
	ROW("DBL_FAIL", 0, "rbl", "Spamhaus DBL did not answer", FAILED),
	ROW_ONCE("SPAMHAUS_ZEN_URIBL", 0, "surbl,spamhaus",
		"A host of the message is in Spamhaus ZEN, with an unknown code",
		"The address that the name in the message has, and the name, is "
		"shown. The list is off unless it is switched on: it is asked for "
		"hosts of everybody whom your users write with."),
	ROW_ONCE("URIBL_SBL", 6.5, "surbl,spamhaus", "A host of the message is in Spamhaus SBL",
		"The address that the name in the message has, and the name, is "
		"shown. The list is off unless it is switched on: it is asked for "
		"hosts of everybody whom your users write with."),
	ROW_ONCE("URIBL_SBL_CSS", 5, "surbl,spamhaus", "A host of the message is in Spamhaus CSS",
		"The address that the name in the message has, and the name, is "
		"shown. The list is off unless it is switched on: it is asked for "
		"hosts of everybody whom your users write with."),
	ROW_ONCE("URIBL_XBL", 3, "surbl,spamhaus", "A host of the message is in Spamhaus XBL",
		"The address that the name in the message has, and the name, is "
		"shown. The list is off unless it is switched on: it is asked for "
		"hosts of everybody whom your users write with."),
	ROW_ONCE("URIBL_PBL", 0.01, "surbl,spamhaus", "A host of the message is in Spamhaus PBL",
		"The address that the name in the message has, and the name, is "
		"shown. The list is off unless it is switched on: it is asked for "
		"hosts of everybody whom your users write with."),
	ROW_ONCE("URIBL_DROP", 5, "surbl,spamhaus", "A host of the message is in Spamhaus DROP",
		"The address that the name in the message has, and the name, is "
		"shown. The list is off unless it is switched on: it is asked for "
		"hosts of everybody whom your users write with."),
	ROW("SPAMHAUS_ZEN_URIBL_FAIL", 0, "rbl",
		"Spamhaus ZEN did not answer for a host of the message", FAILED),
	ROW_ONCE("SEM_URIBL", 3.5, "surbl,sem",
		"A domain of the message is in SpamEatingMonkey's list",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. It stands in spam to "
		"traps; spameatingmonkey.com looks a domain up."),
	ROW_ONCE("SEM_URIBL_UNKNOWN", 0, "surbl,sem",
		"SpamEatingMonkey's list of URLs, with unknown bits",
		"Of what is shown SpamEatingMonkey's list of URLs says something "
		"whose meaning is not known here: nothing is concluded from it."),
	ROW("SEM_URIBL_UNKNOWN_FAIL", 0, "rbl", "SpamEatingMonkey's list of URLs did not answer",
		FAILED),
	ROW_ONCE("SEM_URIBL_FRESH15", 3, "surbl,sem",
		"A domain of the message is younger than 15 days",
		"The domain, and where it was met, is shown: a URL, an address of "
		"mail, a name of the client or a signature. It was registered "
		"within the last 15 days, as SpamEatingMonkey has it: spammers use "
		"domains up while they are new."),
	ROW_ONCE("SEM_URIBL_FRESH15_UNKNOWN", 0, "surbl,sem",
		"SpamEatingMonkey's list of new domains, with unknown bits",
		"Of what is shown SpamEatingMonkey's list of new domains says "
		"something whose meaning is not known here: nothing is concluded "
		"from it."),
	ROW("SEM_URIBL_FRESH15_UNKNOWN_FAIL", 0, "rbl",
		"SpamEatingMonkey's list of new domains did not answer", FAILED),
};

_Static_assert(ARRAY_LEN(rbl_symbols) == RBL_SYMBOL_COUNT, "the door says how many");
