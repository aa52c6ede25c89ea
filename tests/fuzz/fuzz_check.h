// SPDX-License-Identifier: BSD-3-Clause
// What a fuzz target says when a property does not hold: the property, the place, and the end of the process,
// which both libFuzzer and replay.cc report together with the input.
#pragma once

#include <cstdio>
#include <cstdlib>

#define FUZZ_CHECK(property)                                                                            \
    do {                                                                                                \
        if (!(property)) {                                                                              \
            std::fprintf(stderr, "%s:%d: property does not hold: %s\n", __FILE__, __LINE__, #property); \
            std::abort();                                                                               \
        }                                                                                               \
    } while (false)
