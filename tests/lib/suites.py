#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Chooses the tests of one build, by tests/suites.txt, the level and --only.

    suites.py select BUILD_DIR BUILD LEVEL [SUITE...]    prints lines "test NAME" and "target FILE"
    suites.py program BUILD_DIR NAME                     prints where the build puts that program
"""
import json
import os
import subprocess
import sys

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'suites.txt')
LEVELS = ['default', 'full', 'nightly']


def read_table():
    """Returns {suite: (builds, level, proves)} in the order of the file."""
    table = {}
    with open(TABLE, encoding='utf-8') as lines:
        for line in lines:
            if line.strip() and not line.startswith('#'):
                suite, builds, level, proves = line.split(None, 3)
                table[suite] = (builds.split(','), level, proves.strip())
    return table


def introspect(build_dir, what):
    return json.loads(subprocess.check_output(['meson', 'introspect', build_dir, what], text=True))


def runs(suites, table, build, level, only):
    """A test runs when one of its suites was asked for and all of them allow this build and level."""
    if only and not set(only) & set(suites):
        return False
    allowed = all(build in table[suite][0] for suite in suites)
    # A suite asked for by name runs at its own level: asking is permission enough.
    due = all(LEVELS.index(table[suite][1]) <= LEVELS.index(level) or suite in only for suite in suites)
    return allowed and due


def select(build_dir, build, level, only):
    table = read_table()
    files = {target['id']: target['filename'] for target in introspect(build_dir, '--targets')}
    targets = {}
    for test in introspect(build_dir, '--tests'):
        suites = [suite.split(':', 1)[-1] for suite in test['suite']]
        unknown = [suite for suite in suites if suite not in table]
        if unknown or not suites:
            sys.exit(f"error: test '{test['name']}' names no suite of tests/suites.txt: {' '.join(unknown)}")
        if runs(suites, table, build, level, only):
            print('test', test['name'])
            for identity in test['depends']:
                for file in files.get(identity, []):
                    targets[os.path.relpath(file, build_dir)] = True
    for file in targets:
        print('target', file)


def program(build_dir, name):
    for target in introspect(build_dir, '--targets'):
        if target['name'] == name and target['type'] == 'executable':
            print(os.path.relpath(target['filename'][0], build_dir))
            return
    sys.exit(f"error: the build has no program '{name}'")


def main(arguments):
    if arguments[:1] == ['select'] and len(arguments) >= 4:
        select(os.path.abspath(arguments[1]), arguments[2], arguments[3], arguments[4:])
    elif arguments[:1] == ['program'] and len(arguments) == 3:
        program(os.path.abspath(arguments[1]), arguments[2])
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    main(sys.argv[1:])
