# SPDX-License-Identifier: BSD-3-Clause
"""Reads the repository for tidy.py: which files, which rooms, what is code and what is comment."""
import os
import re

CODE = ('.h', '.cc', '.c')
SCRIPTS = ('.py', '.sh')
TEXT = CODE + SCRIPTS + ('.md', '.toml', '.txt', '.build', '.pkt', '.in')
TREES = ('runtime', 'nic', 'api', 'bench', 'tests', 'configs')

COMMENT = r'//[^\n]*|/\*.*?\*/'
STRING = (r'R"(?P<mark>\w*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"'
          r'|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])*\'')
TOKEN = re.compile(f'(?P<comment>{COMMENT})|(?P<string>{STRING})', re.DOTALL)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"\n]+)"', re.MULTILINE)


def blank(text):
    """As many lines and columns, nothing to read."""
    return re.sub(r'[^\n]', ' ', text)


def without_comments(text):
    return TOKEN.sub(lambda m: blank(m[0]) if m['comment'] else m[0], text)


def bare_code(text):
    """Comments and the insides of string literals are gone; lines keep their numbers."""
    return TOKEN.sub(lambda m: blank(m[0]) if m['comment'] else '"' + blank(m[0][1:-1]) + '"', text)


def line_of(text, position):
    return text.count('\n', 0, position) + 1


class Tree:
    """The files of a repository below `root`, read once."""

    def __init__(self, root):
        self.root = root
        self.files = {}                                # path -> text
        for top in TREES:
            for folder, folders, names in os.walk(os.path.join(root, top)):
                folders[:] = sorted(f for f in folders if f not in ('build', '__pycache__', 'corpus'))
                for name in sorted(names):
                    self.take(os.path.relpath(os.path.join(folder, name), root))
        for name in ('README.md', 'meson.build', 'meson_options.txt', '.ci/run'):
            if os.path.exists(os.path.join(root, name)):
                self.take(name)
        self.bare = {path: bare_code(self.files[path]) for path in self.code()}

    def take(self, path):
        full = os.path.join(self.root, path)
        script = '.' not in os.path.basename(path) and os.access(full, os.X_OK)
        if path.endswith(TEXT) or script:
            with open(full, encoding='utf-8', errors='replace') as file:
                self.files[path] = file.read()

    def code(self):
        return [path for path in self.files if path.endswith(CODE)]

    def sources(self):
        """Code and scripts: what has a licence line and a width."""
        endings = CODE + SCRIPTS
        return [path for path, text in self.files.items() if path.endswith(endings) or text[:2] == '#!']


class Rooms:
    """rooms.txt: {room: (directory, allowed rooms, allowed doors)}."""

    def __init__(self, path):
        self.table = {}
        with open(path, encoding='utf-8') as lines:
            for line in lines:
                words = line.split()
                if words and not words[0].startswith('#'):
                    allowed = [word for word in words[2:] if word != '-']
                    doors = [tuple(word.split('!')) for word in allowed if '!' in word]
                    self.table[words[0]] = (words[1], [word for word in allowed if '!' not in word], doors)

    def room_of(self, path):
        fitting = [(len(directory), room) for room, (directory, _, _) in self.table.items()
                   if path.startswith(directory + '/')]
        return max(fitting)[1] if fitting else None

    def may(self, room, target_room, target_path):
        directory, allowed, doors = self.table[room]
        if target_room == room or '*' in allowed or target_room in allowed:
            return True
        inside = os.path.relpath(target_path, self.table[target_room][0])
        return (target_room, inside) in doors


ROOTS = ('runtime', 'nic', 'api/include', 'api', 'bench', 'tests', '.')


def resolve(tree, includer, name):
    """The file of ours that `#include "name"` in `includer` finds, or None."""
    for root in (os.path.dirname(includer),) + ROOTS:
        path = os.path.normpath(os.path.join(root, name))
        if path in tree.files:
            return path
    return None
