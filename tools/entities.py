#!/usr/bin/env python3
"""Writes the table of named character references (HTML Standard section 13.5) as C: entities.py OUT."""
import sys
from html.entities import html5

HEAD = """/* Made by tools/entities.py. */
#include "html/inner.h"

"""


def literal(data):
    """Bytes as C string literals, a few to a line; each byte apart, so that no escape runs into the next one."""
    lines = [data[i:i + 64] for i in range(0, len(data), 64)]
    return "\n".join('\t"' + "".join(f"\\{byte:03o}" for byte in line) + '"' for line in lines)


def main():
    names, values, places, rows = b"", b"", {}, []
    first = [0] * 129
    for name, value in sorted((name.encode(), value.encode()) for name, value in html5.items()):
        if value not in places:
            places[value] = len(values)
            values += value
        rows.append((len(names), places[value], len(name), len(value)))
        names += name
        first[name[0] + 1] = len(rows)
    for i in range(1, 129):
        first[i] = max(first[i], first[i - 1])
    text = HEAD
    text += f"const char html_entity_names[] =\n{literal(names)};\n\n"
    text += f"const char html_entity_values[] =\n{literal(values)};\n\n"
    text += "const struct html_entity html_entities[] = {\n"
    text += "".join("\t{%d, %d, %d, %d},\n" % row for row in rows) + "};\n\n"
    text += "const uint16_t html_entity_first[129] = {\n"
    text += "".join(f"\t{n},\n" for n in first) + "};\n"
    with open(sys.argv[1], "w", encoding="ascii") as out:
        out.write(text)


main()
