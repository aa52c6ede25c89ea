#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The laws of the house, as a test: tidy.py [REPOSITORY]. Prints TAP, one line a law; exit code 1: broken.

rooms.txt says who may include whom, bans.txt which words a room may not use, long_files.txt which files may
be long.
"""
import os
import re
import sys

from source import INCLUDE, Rooms, Tree, blank, line_of, resolve, without_comments

COLUMNS = 110
FILE_LINES = 600
FUNCTION_LINES = 70
LICENCE = 'SPDX-License-Identifier: BSD-3-Clause'
HERE = os.path.dirname(os.path.abspath(__file__))


class Laws:
    """Each law yields its violations as 'path:line: what'."""

    def __init__(self, root, tables=HERE):
        self.tree = Tree(root)
        self.rooms = Rooms(os.path.join(tables, 'rooms.txt'))
        self.tables = tables

    def includes(self):
        """every include follows rooms.txt"""
        for path in self.tree.code():
            room = self.rooms.room_of(path)
            if room is None:
                yield f'{path}:1: stands in no room of rooms.txt'
                continue
            text = without_comments(self.tree.files[path])
            for match in INCLUDE.finditer(text):
                where = f'{path}:{line_of(text, match.start(1))}'
                target = resolve(self.tree, path, match[1])
                if target is None:
                    if room != 'compat' and not room.startswith(('tests', 'examples')):
                        yield f'{where}: "{match[1]}" is no file of ours (system headers go in <>)'
                    continue
                target_room = self.rooms.room_of(target)
                if target_room is not None and not self.rooms.may(room, target_room, target):
                    yield f'{where}: {room} may not include {target_room} ("{match[1]}")'

    def bans(self):
        """no room uses a word of bans.txt"""
        for pattern, rooms, why in self.ban_table():
            for path in self.tree.code():
                if self.rooms.room_of(path) in rooms:
                    text = self.tree.bare[path]
                    for match in pattern.finditer(text):
                        line = line_of(text, match.start())
                        if not self.excused(path, line, why):
                            yield f'{path}:{line}: "{match[0].strip()}": {why}'

    def excused(self, path, line, why):
        """Code in a data-path room that is not on the data path says so in a comment on its line."""
        text = self.tree.files[path].split('\n')[line - 1].lower()
        return 'data path' in why and 'not the data path' in text

    def ban_table(self):
        with open(os.path.join(self.tables, 'bans.txt'), encoding='utf-8') as lines:
            for line in lines:
                if line.strip() and not line.startswith('#'):
                    pattern, rooms, why = (part.strip() for part in re.split(r'\s+;\s+', line))
                    names = rooms.split()
                    if names[0] == 'all':
                        names = list(self.rooms.table)
                    elif names[0] == 'all-but':
                        names = [room for room in self.rooms.table if room not in names]
                    yield re.compile(pattern), names, why

    def widths(self):
        """no line of code is wider than 110 columns, none ends in spaces"""
        for path in self.tree.sources():
            for number, line in enumerate(self.tree.files[path].split('\n'), 1):
                if len(line) > COLUMNS:
                    yield f'{path}:{number}: {len(line)} columns'
                if line != line.rstrip():
                    yield f'{path}:{number}: ends in spaces'

    def licences(self):
        """each source says its licence first"""
        for path in self.tree.sources():
            lines = self.tree.files[path].split('\n')
            if LICENCE not in lines[1 if lines[0].startswith('#!') else 0]:
                yield f'{path}:1: line 1 is not "{LICENCE}"'

    def machine_paths(self):
        """nothing names a place on somebody's machine"""
        place = re.compile(r'/(?:' + '|'.join(('work', 'farm', 'root', 'home')) + r')/[a-z.]')
        for path, text in self.tree.files.items():
            for match in place.finditer(text):
                yield f'{path}:{line_of(text, match.start())}: {match[0]}...'

    def file_lengths(self):
        """no file is longer than 600 lines without a reason in long_files.txt"""
        reasons = {}
        with open(os.path.join(self.tables, 'long_files.txt'), encoding='utf-8') as lines:
            for line in lines:
                if line.strip() and not line.startswith('#'):
                    path, _, reason = line.strip().partition(' ')
                    reasons[path] = reason.strip()
        for path in self.tree.sources():
            length = self.tree.files[path].count('\n')
            if length > FILE_LINES and not reasons.get(path):
                yield f'{path}:{FILE_LINES + 1}: {length} lines; split it or say why in long_files.txt'
        for path in reasons:
            if self.tree.files.get(path, '').count('\n') <= FILE_LINES:
                yield f'tests/tidy/long_files.txt:1: {path} needs no exception (any more)'

    def unbuilt(self):
        """each source file is named in a meson.build"""
        named = set()
        for meson, text in self.tree.files.items():
            if os.path.basename(meson) == 'meson.build':
                folder = os.path.dirname(meson)
                for name in re.findall(r"'([^'\n]+\.cc?)'", text):
                    named.add(os.path.normpath(os.path.join(folder, name)))
        for path in self.tree.code():
            if path.endswith(('.cc', '.c')) and path not in named and not self.named_in_parts(path):
                yield f'{path}:1: no meson.build names it'

    def named_in_parts(self, path):
        """A loop over names builds 'x.cc' and 'x_test.cc' out of 'x'."""
        stem = re.escape(os.path.basename(path).rsplit('.', 1)[0])
        folder = os.path.dirname(path)
        while True:
            meson = self.tree.files.get(os.path.join(folder, 'meson.build'), '')
            if re.search(rf"'({stem}|{re.sub('_test$', '', stem)})'", meson):
                return True
            if not folder:
                return False
            folder = os.path.dirname(folder)

    def owners(self):
        """an unfinished thing names its issue"""
        words = '|'.join(('TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'))
        word = re.compile(rf'\b({words})\b(?!\(#\d+\))')
        for path in self.tree.sources():
            text = self.tree.files[path]
            for match in word.finditer(text):
                yield f'{path}:{line_of(text, match.start())}: {match[0]} without its issue, as in "(#12)"'

    LAWS = (includes, bans, widths, licences, machine_paths, file_lengths, unbuilt, owners)

    def long_functions(self):
        """A warning, not a law: past about 70 lines a function asks to be split."""
        for path, text in self.tree.bare.items():
            for name, first, last in functions(text):
                if last - first + 1 > FUNCTION_LINES:
                    yield f'{path}:{first}: {name} has {last - first + 1} lines'


HEAD = re.compile(r'([~\w:]+|operator\S+)\s*\([^;{}]*$', re.DOTALL)
NO_FUNCTION = re.compile(r'^\s*(?:if|for|while|switch|catch|else|do|return)\b|\b(?:namespace|enum)\b'
                         r'|^\s*extern\s*"')
MACRO = re.compile(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', re.MULTILINE)
TYPE = re.compile(r'\b(?:class|struct|union)\s+(?:\w+\s*\([^)]*\)\s*)?[\w:]+[^()]*$')


def functions(text):
    """Yields (name, first line, last line) of each outermost function body in bare code."""
    text = MACRO.sub(lambda m: blank(m[0]), text)
    depth, inside, since = 0, None, 0
    for match in re.finditer(r'[{};]', text):
        mark, position = match[0], match.start()
        if mark == '{':
            head = text[since:position]
            named = HEAD.search(head)
            if inside is None and named and not NO_FUNCTION.search(head) and not TYPE.search(head):
                inside = (depth, named[1], line_of(text, since + len(head) - len(head.lstrip())))
            depth += 1
        elif mark == '}':
            depth -= 1
            if inside and depth == inside[0]:
                yield inside[1], inside[2], line_of(text, position)
                inside = None
        since = position + 1


def main(arguments):
    root = os.path.abspath(arguments[0] if arguments else os.path.join(HERE, '..', '..'))
    laws = Laws(root)
    broken = 0
    print(f'1..{len(Laws.LAWS)}')
    for number, law in enumerate(Laws.LAWS, 1):
        violations = list(law(laws))
        for violation in violations:
            print(f'# {violation}')
        print(f'{"not ok" if violations else "ok"} {number} - {law.__doc__}')
        broken += bool(violations)
    for warning in laws.long_functions():
        print(f'# warning: {warning}')
    return 1 if broken else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
