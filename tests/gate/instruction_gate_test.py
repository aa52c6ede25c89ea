#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The instruction gate measures what it says and can fail: shown on a program whose cost can be raised."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import instruction_gate

GATE = os.path.join(instruction_gate.HERE, 'instruction_gate.py')
# An operation of about 1000 (or COST) instructions after a start of many more; volatile keeps each one.
PROGRAM = r"""
#include <stdlib.h>
int main(int argc, char** argv) {
    volatile unsigned sink = 0;
    for (unsigned i = 0; i < 500000; ++i) sink = i;
    for (long n = atol(argv[2]); n > 0; --n)
        for (unsigned i = 0; i < COST; ++i) sink = i;
    return argc == 3 ? 0 : 9;
}
"""


class Gate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        source = os.path.join(cls.folder, 'program.c')
        with open(source, 'w', encoding='utf-8') as file:
            file.write(PROGRAM)
        for cost in (300, 310):
            program = f'{cls.folder}/cost{cost}'
            subprocess.run(['cc', '-O1', f'-DCOST={cost}', source, '-o', program], check=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def gate(self, cost, *more):
        command = [sys.executable, GATE, '--figures', f'{self.folder}/figures.json', *more,
                   f'{self.folder}/cost{cost}', 'spin', '200']
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def test_written_figure_holds_and_a_dearer_path_fails(self):
        first = self.gate(300)
        self.assertEqual(first.returncode, 1, first)
        self.assertIn('no figure is committed', first.stdout)
        self.assertEqual(self.gate(300, '--update').returncode, 0)
        with open(f'{self.folder}/figures.json', encoding='utf-8') as file:
            figure = json.load(file)['spin']
        self.assertTrue(600 < figure < 1800, figure)           # the start of 500 000 rounds is not in it
        again = self.gate(300)
        self.assertEqual(again.returncode, 0, again)
        dearer = self.gate(310)
        self.assertEqual(dearer.returncode, 1, dearer)
        self.assertIn('outside 2%', dearer.stdout)

    def test_program_that_fails_is_no_measurement(self):
        command = [sys.executable, GATE, '/bin/false', 'x', '1']
        self.assertEqual(subprocess.run(command, capture_output=True, check=False).returncode, 2)

    def test_cheaper_is_outside_too(self):
        self.assertFalse(instruction_gate.verdict('x', 97.0, 100.0)[0])
        self.assertTrue(instruction_gate.verdict('x', 98.5, 100.0)[0])
        self.assertTrue(instruction_gate.verdict('x', 101.9, 100.0)[0])
        self.assertFalse(instruction_gate.verdict('x', 102.1, 100.0)[0])


if __name__ == '__main__':
    unittest.main()
