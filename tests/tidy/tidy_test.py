#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Each law of tidy.py can fail: a violation planted in a small house is found, and nothing else."""
import os
import tempfile
import unittest

import tidy
from source import bare_code

LICENCE = '// SPDX-License-Identifier: BSD-3-Clause\n'
HOUSE = {
    'runtime/base/address.h': LICENCE + '// Addresses.\n',
    'runtime/wire/checksum.h': LICENCE + '#include "base/address.h"\n',
    'runtime/tcp/seq.cc': LICENCE + '#include "wire/checksum.h"\n// WSAConnect, new ideas, rte_mbuf: talk.\n',
    'runtime/tcp/meson.build': "static_library('tcp', 'seq.cc')\n",
    'nic/nic.h': LICENCE,
    'nic/dpdk/eal.h': LICENCE + '#include <rte_eal.h>\n',
    'runtime/host/host.h': LICENCE + '#include "nic.h"\n',
    'api/examples/echo.cc': LICENCE + '#include "ringsock/ws2.h"\n',
    'api/examples/meson.build': "foreach name : ['echo']\n executable(name, name + '.cc')\nendforeach\n",
    'api/include/ringsock/ws2.h': LICENCE,
}


class Laws(unittest.TestCase):
    def broken(self, law, files):
        """What `law` says of the small house with `files` laid over it."""
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**HOUSE, **files}.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), 'w', encoding='utf-8') as file:
                    file.write(text)
            return list(getattr(tidy.Laws(root), law)())

    def expect(self, law, path, text, line, word):
        found = self.broken(law, {path: text})
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f'{path}:{line}: '), found)
        self.assertIn(word, found[0])

    def test_clean_house_breaks_no_law(self):
        for law in tidy.Laws.LAWS:
            self.assertEqual(self.broken(law.__name__, {}), [])

    def test_include_against_the_table(self):
        text = LICENCE + '\n#include "tcp/seq.h"\n'
        found = self.broken('includes', {'runtime/wire/x.h': text, 'runtime/tcp/seq.h': LICENCE})
        self.assertEqual(found, ['runtime/wire/x.h:3: wire may not include tcp ("tcp/seq.h")'])

    def test_include_in_a_comment_is_no_include(self):
        self.assertEqual(self.broken('includes', {'runtime/wire/x.h': LICENCE + '// #include "nic.h"\n'}), [])

    def test_only_the_door_of_nic_is_open_to_host(self):
        text = LICENCE + '#include "dpdk/eal.h"\n'
        self.expect('includes', 'runtime/host/topology.h', text, 2, 'host may not include nic')

    def test_engine_does_not_see_nic(self):
        text = LICENCE + '#include "nic.h"\n'
        self.expect('includes', 'runtime/engine/x.h', text, 2, 'engine may not include nic')

    def test_include_of_nothing(self):
        self.expect('includes', 'runtime/tcp/x.h', LICENCE + '#include "tcp/gone.h"\n', 2, 'no file of ours')

    def test_file_outside_every_room(self):
        self.expect('includes', 'runtime/attic/x.h', LICENCE, 1, 'no room')

    def test_banned_words(self):
        for path, text, word in (
                ('runtime/engine/x.h', 'struct rte_mbuf;', 'rte_mbuf'),
                ('runtime/tcp/x.h', 'int e = WSAECONNREFUSED;', 'WSAECONNREFUSED'),
                ('runtime/inet/x.h', 'auto* p = new Entry[4];', 'new'),
                ('runtime/engine/x.h', 'void* p = malloc(4);', 'malloc'),
                ('runtime/tcp/x.h', 'auto t = __rdtsc();', '__rdtsc'),
                ('runtime/udp/x.h', 'clock_gettime(CLOCK_MONOTONIC, &t);', 'clock_gettime'),
                ('runtime/inet/x.h', 'auto t = std::chrono::steady_clock::now();', 'now'),
                ('runtime/tcp/x.h', 'int iss = rand();', 'rand'),
                ('runtime/engine/x.h', 'std::mutex lock;', 'std::mutex'),
                ('runtime/engine/x.h', 'n.fetch_add(1);', 'fetch_add'),
                ('runtime/udp/x.h', 'printf("%d", 1);', 'printf'),
                ('runtime/ring/x.h', 'volatile int ready;', 'volatile'),
                ('runtime/wire/x.h', 'std::vector<int> options;', 'std::vector'),
                ('nic/dpdk/x.h', 'throw 1;', 'throw'),
                ('api/spi/x.h', 'using namespace std;', 'using namespace std')):
            with self.subTest(path=path, text=text):
                self.expect('bans', path, LICENCE + '\n' + text + '\n', 3, word)

    def test_words_that_only_look_banned(self):
        text = LICENCE + 'asm volatile("pause");\nauto s = "malloc(3) WSAStartup";\n' \
            'int renew = 1\'000\'000;\n::new (place) Entry;\nint operand(int);\n/* throw\n   new Entry */\n'
        self.assertEqual(self.broken('bans', {'runtime/tcp/x.h': text}), [])

    def test_law_of_the_data_path_excuses_what_says_that_it_is_elsewhere(self):
        text = LICENCE + 'n.fetch_add(1);  // Somebody sleeps: not the data path.\n'
        self.assertEqual(self.broken('bans', {'runtime/engine/x.h': text}), [])
        text = LICENCE + 'auto t = __rdtsc();  // Not the data path.\n'
        self.assertEqual(len(self.broken('bans', {'runtime/engine/x.h': text})), 1)

    def test_wide_line(self):
        self.expect('widths', 'runtime/tcp/x.h', LICENCE + '// ' + 'x' * 108 + '\n', 2, '111 columns')

    def test_column_is_a_character_not_a_byte(self):
        self.assertEqual(self.broken('widths', {'runtime/tcp/x.h': LICENCE + '// ' + '§' * 107 + '\n'}), [])

    def test_spaces_at_the_end(self):
        self.expect('widths', 'runtime/tcp/x.h', LICENCE + 'int a; \n', 2, 'spaces')

    def test_missing_licence(self):
        self.expect('licences', 'tests/x.py', '#!/usr/bin/env python3\n"""Nothing."""\n', 1, 'SPDX')

    def test_machine_path(self):
        self.expect('machine_paths', 'bench/README.md', 'see /ho' + 'me/somebody/notes\n', 1, '/ho' + 'me/s')

    def test_long_file(self):
        self.expect('file_lengths', 'runtime/tcp/x.h', LICENCE + 'int a;\n' * 600, 601, '601 lines')

    def test_unbuilt_source(self):
        self.expect('unbuilt', 'runtime/tcp/forgotten.cc', LICENCE, 1, 'no meson.build')

    def test_unowned_work(self):
        self.expect('owners', 'nic/x.h', LICENCE + '// TO' + 'DO: later\n', 2, 'issue')

    def test_long_function_is_seen(self):
        body = 'int Engine::receive(int a) noexcept {\n' + '    a += 1;\n' * 70 + '}\n'
        text = LICENCE + 'namespace a {\n' + body + '}\n'
        found = self.broken('long_functions', {'runtime/engine/x.h': text})
        self.assertEqual(found, ['runtime/engine/x.h:3: Engine::receive has 72 lines'])

    def test_long_class_is_no_long_function(self):
        body = 'class Engine {\n' + '    int a() const { return 1; }\n' * 80 + '};\n'
        self.assertEqual(self.broken('long_functions', {'runtime/engine/x.h': LICENCE + body}), [])

    def test_digit_separators_do_not_open_a_literal(self):
        self.assertIn('rte_ring', bare_code("int a = 1'000; rte_ring r; char c = 'x';"))


if __name__ == '__main__':
    unittest.main()
