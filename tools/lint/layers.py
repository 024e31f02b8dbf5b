#!/usr/bin/env python3
"""A room includes only doors (room/room.h) of lower layers; nothing includes in a circle.

The layers are the rows of room_layers in src/meson.build.
"""
import re

from common import Report, files, line_of, read, without_comments

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]*)[>"]', re.M)


def layers():
    table = re.search(r"room_layers = \[(.*?)^\]", read("src/meson.build"), re.S | re.M)[1]
    rows = re.findall(r"^\s*\[(.*?)\]", table, re.M)
    return {room: n for n, row in enumerate(rows, 1) for room in re.findall(r"'(\w+)'", row)}


def check_include(path, room, target, layer):
    """What is wrong with `target` standing in a file of `room`, or None."""
    other, _, name = target.partition("/")
    if not name:
        return f'"{target}": includes are written "room/file.h", from src/'
    if other not in layer:
        return f'"{target}": no room of that name in src/meson.build'
    if other == room:
        return None
    if name != other + ".h":
        return f'"{target}" is inside {other}; only its door "{other}/{other}.h" may be used from {room}'
    if layer[other] >= layer[room]:
        return f"{room} (layer {layer[room]}) may not use {other} (layer {layer[other]})"
    return None


def find_circle(graph):
    """A list of files that include each other in a circle, or None."""
    done = set()

    def walk(path, trail):
        if path in trail:
            return trail[trail.index(path):] + [path]
        if path in done or path not in graph:
            return None
        for _, target in graph[path]:
            found = walk(target, trail + [path])
            if found:
                return found
        done.add(path)
        return None

    for path in graph:
        found = walk(path, [])
        if found:
            return found
    return None


def main():
    report, layer, graph = Report(), layers(), {}
    for path in files(r"src/.*\.(c|h|def)$"):
        room = path.split("/")[1]
        if room not in layer:
            report.add(path, 1, f"the room {room} is not in room_layers of src/meson.build")
            continue
        text = without_comments(read(path))
        found = [(line_of(text, m.start(1)), m[1], m[2]) for m in INCLUDE.finditer(text)]
        ours = [(line, target) for line, quote, target in found
                if quote == '"' or target.split("/")[0] in layer and "/" in target]
        for line, target in ours:
            wrong = check_include(path, room, target, layer)
            if wrong:
                report.add(path, line, wrong)
        # So every header is proved to stand on its own, and a file shows whose it is.
        if path.endswith(".c") and not (found and found[0][1] == '"'
                                        and found[0][2].startswith(room + "/")):
            report.add(path, found[0][0] if found else 1,
                       f'the first include must be the own door "{room}/{room}.h" or an inner header')
        graph[path] = [(line, "src/" + target) for line, target in ours]
    circle = find_circle(graph)
    if circle:
        line = next(line for line, target in graph[circle[0]] if target == circle[1])
        report.add(circle[0], line, "includes in a circle: " + " -> ".join(circle))
    report.exit()


main()
