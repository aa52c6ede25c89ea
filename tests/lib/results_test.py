#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The counter of tests/run counts what happened: outputs of each protocol, the awkward ends included."""
import unittest

import results

GTEST = """[==========] Running 5 tests from 2 test suites.
[ RUN      ] A.Passes
[       OK ] A.Passes (0 ms)
[ RUN      ] A.Prints
a line without its end[       OK ] A.Prints (0 ms)
[ RUN      ] A.Skips
../a.cc:3: Skipped
no tun device
[  SKIPPED ] A.Skips (0 ms)
[ RUN      ] I/P.Fails/1
../a.cc:7: Failure
[  FAILED  ] I/P.Fails/1, where GetParam() = 2 (0 ms)
[==========] 4 tests from 2 test suites ran. (0 ms total)
[  PASSED  ] 2 tests.
[  SKIPPED ] 1 test, listed below:
[  SKIPPED ] A.Skips
[  FAILED  ] 1 test, listed below:
[  FAILED  ] I/P.Fails/1, where GetParam() = 2

  YOU HAVE 1 DISABLED TEST
"""

BEGIN = '[==========] Running 2 tests from 1 test suite.\n'


def outcomes(result, stdout, code=0):
    return [case[:2] for case in results.cases_of({'result': result, 'stdout': stdout, 'returncode': code})]


class CasesOf(unittest.TestCase):
    def test_googletest_program_counts_each_case_once(self):
        self.assertEqual(outcomes('FAIL', GTEST, 1), [
            ('A.Passes', 'passed'), ('A.Prints', 'passed'), ('A.Skips', 'skipped'), ('I/P.Fails/1', 'failed'),
            ('disabled case 1', 'skipped')])

    def test_skip_carries_its_reason(self):
        details = [case[2] for case in results.cases_of({'result': 'FAIL', 'stdout': GTEST})]
        self.assertEqual(details[2], 'no tun device')

    def test_case_that_takes_the_program_down_is_a_failure(self):
        text = BEGIN + '[ RUN      ] A.b\n[       OK ] A.b (0 ms)\n[ RUN      ] A.c\n'
        self.assertEqual(outcomes('FAIL', text, -6), [('A.b', 'passed'), ('A.c', 'failed')])

    def test_case_whose_result_is_missing_is_a_failure(self):
        text = BEGIN + '[ RUN      ] A.b\n[ RUN      ] A.c\n[       OK ] A.c (0 ms)\n'
        self.assertEqual(outcomes('OK', text), [('A.b', 'failed'), ('A.c', 'passed')])

    def test_program_that_fails_after_its_cases_passed_is_a_failure(self):
        text = BEGIN + '[ RUN      ] A.b\n[       OK ] A.b (0 ms)\n[  PASSED  ] 1 test.\n'
        self.assertEqual(outcomes('FAIL', text, 23), [('A.b', 'passed'), ('(the program)', 'failed')])

    def test_timeout_is_a_failure(self):
        self.assertEqual(outcomes('TIMEOUT', ''), [('(the program)', 'failed')])

    def test_tap_script_counts_each_line(self):
        text = '1..4\nok 1 - a\nnot ok 2 - b c\nok 3 - tap # SKIP no tun\nok 4 - z\n# a comment\n'
        self.assertEqual(outcomes('FAIL', text), [
            ('a', 'passed'), ('b c', 'failed'), ('tap', 'skipped'), ('z', 'passed')])

    def test_failed_line_carries_what_was_said_before_it(self):
        text = '1..2\n# fine\nok 1 - a\n# x.h:3: wide\nnot ok 2 - b\n'
        cases = results.cases_of({'result': 'FAIL', 'stdout': text})
        self.assertEqual(cases, [('a', 'passed', ''), ('b', 'failed', '\n    x.h:3: wide')])

    def test_exit_code_77_is_a_skip_with_the_last_line_as_reason(self):
        cases = results.cases_of({'result': 'SKIP', 'stdout': 'looking\nno /dev/net/tun\n', 'returncode': 77})
        self.assertEqual(cases, [('', 'skipped', 'no /dev/net/tun')])

    def test_tap_script_that_cannot_run_at_all_is_one_skip(self):
        cases = results.cases_of({'result': 'SKIP', 'stdout': '1..0 # SKIP no namespaces here\n'})
        self.assertEqual(cases, [('', 'skipped', 'no namespaces here')])

    def test_plain_program_counts_once(self):
        self.assertEqual(outcomes('OK', 'hello\n'), [('', 'passed')])


if __name__ == '__main__':
    unittest.main()
