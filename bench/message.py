"""The messages that are measured, about 15 KB each and always the same bytes: one with a text and an HTML part and
a small attachment, as people send them, and a newsletter of HTML with links and pictures."""

import base64
import quopri
import random

WORDS = """the a of and to in that it with for on as by from at this which harbour orchard boxes saturday
morning crane ladder apples basket weather ferry timetable invoice meeting because before after between
through whether already perhaps nothing something everybody people water light north street""".split()


def paragraph(rng, count):
    words = [rng.choice(WORDS) for _ in range(count)]
    words[0] = words[0].capitalize()
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) > 70:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    lines.append(line + ".")
    return "\r\n".join(lines)


def make(size=15000, seed=7):
    rng = random.Random(seed)
    paragraphs = [paragraph(rng, 60) for _ in range(9)]
    text = "\r\n\r\n".join(paragraphs)
    html = "<html><head><style>p { margin: 0 }</style></head><body>\r\n" + "\r\n".join(
        f'<p class=3D"x">{p}</p>' for p in paragraphs) + "\r\n</body></html>"
    head = """Received: from mail.orchard.example (mail.orchard.example [192.0.2.25])
\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))
\tby mx.harbour.example (Postfix) with ESMTPS id 4TqK1x0Jz9z1
\tfor <jonas@harbour.example>; Sun, 22 Nov 2026 10:12:31 +0000 (UTC)
Received: from [192.0.2.77] (dsl.isp.example [198.51.100.77])
\t(Authenticated sender: mira@orchard.example)
\tby mail.orchard.example (Postfix) with ESMTPSA id 7C1D240021
\tfor <jonas@harbour.example>; Sun, 22 Nov 2026 10:12:30 +0000 (UTC)
Date: Sun, 22 Nov 2026 11:12:29 +0100
From: =?utf-8?q?Mira_Lindstr=C3=B6m?= <mira@orchard.example>
To: Jonas Wendt <jonas@harbour.example>, "Port Office" <office@harbour.example>
Cc: crew@harbour.example
Subject: =?utf-8?q?=C3=84pfel_on_Saturday=2C_and_the_timetable?=
Message-ID: <b3d0a2f4-1c7e-4d8a@orchard.example>
In-Reply-To: <0001@harbour.example>
References: <0001@harbour.example>
User-Agent: Thunderbird
X-Priority: 3
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=_orchard_mixed"
""".replace("\n", "\r\n")
    body = (f"--=_orchard_mixed\r\nContent-Type: multipart/alternative; boundary=\"=_orchard_alt\"\r\n\r\n"
            f"--=_orchard_alt\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{text}\r\n"
            f"--=_orchard_alt\r\nContent-Type: text/html; charset=utf-8\r\n"
            f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{html}\r\n--=_orchard_alt--\r\n")
    message = head + "\r\n" + body
    rest = max(0, size - len(message) - 300) * 3 // 4
    attachment = base64.encodebytes(rng.randbytes(rest)).decode().replace("\n", "\r\n")
    return (message + "--=_orchard_mixed\r\nContent-Type: image/png; name=\"plan.png\"\r\n"
            "Content-Disposition: attachment; filename=\"plan.png\"\r\n"
            f"Content-Transfer-Encoding: base64\r\n\r\n{attachment}--=_orchard_mixed--\r\n").encode()


STYLE = """body { margin: 0; padding: 0; background: #f4f4f4; font-family: Arial, sans-serif }
table { border-collapse: collapse } a { color: #1155cc; text-decoration: none }
.head { font-size: 22px; color: #222222 } .text { font-size: 14px; line-height: 20px; color: #444444 }
.button { background-color: #1155cc; color: #ffffff; padding: 10px 18px }
@media only screen and (max-width: 480px) { .wide { width: 100% !important } .hide { display: none } }
"""


def article(rng, number):
    link = f"https://click.orchard.example/t/{rng.randrange(10**9)}?u=https%3A%2F%2Fwww.orchard.example%2Fnews%2F{number}"
    words = " ".join(paragraph(rng, 38).split())
    return f"""<tr><td align="center" style="padding: 12px 24px 0 24px" bgcolor="#ffffff">
<a href="{link}"><img src="https://img.orchard.example/{number}.jpg" width="552" height="210" alt="{rng.choice(WORDS)}" border="0"></a>
</td></tr><tr><td class="head" style="padding: 10px 24px; font-weight: bold"><a href="{link}">{words[:30].strip()}</a></td></tr>
<tr><td class="text" style="padding: 0 24px 12px 24px; color: #444444; font-size: 14px">{words}&nbsp;<a href="{link}&amp;m=1"
 style="color: #1155cc">More&hellip;</a></td></tr>
"""


def newsletter(size=17000, seed=7):
    rng = random.Random(seed)
    html = (f"<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>News</title><style>{STYLE}</style></head>\n"
            '<body><div style="display: none; max-height: 0">What happened this week at the harbour</div>\n'
            '<table width="600" class="wide" align="center" cellpadding="0" cellspacing="0">\n')
    foot = ('<tr><td class="text">You get this since you asked for it. <a href="https://click.orchard.example/leave">Leave</a>'
            ' or write to <a href="mailto:news@orchard.example">news@orchard.example</a></td></tr>\n</table></body></html>\n')
    for number in range(1000):
        html += article(rng, number)
        if len(html) * 1.2 > size - 1500:
            break
    head = """Received: from mail.orchard.example (mail.orchard.example [192.0.2.25])
\tby mx.harbour.example (Postfix) with ESMTPS id 4TqK1x0Jz9z1
\tfor <jonas@harbour.example>; Sun, 22 Nov 2026 10:12:31 +0000 (UTC)
Date: Sun, 22 Nov 2026 11:12:29 +0100
From: "Orchard News" <news@orchard.example>
To: jonas@harbour.example
Subject: What happened this week
Message-ID: <9e2c41@orchard.example>
List-Unsubscribe: <https://click.orchard.example/leave/1>, <mailto:leave@orchard.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_orchard_alt"
"""
    text = "\n".join(paragraph(rng, 20) for _ in range(2)) + "\nhttps://click.orchard.example/leave\n"
    encoded = quopri.encodestring(html.encode()).decode()
    message = (head + "\n--=_orchard_alt\nContent-Type: text/plain; charset=utf-8\n\n" + text +
               "\n--=_orchard_alt\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n" +
               encoded + "\n--=_orchard_alt--\n")
    return message.replace("\r\n", "\n").replace("\n", "\r\n").encode()


if __name__ == "__main__":
    import sys
    kinds = {"message": make, "newsletter": newsletter}
    sys.stdout.buffer.write(kinds[sys.argv[1] if len(sys.argv) > 1 else "message"]())
