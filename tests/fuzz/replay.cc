// SPDX-License-Identifier: BSD-3-Clause
// Drives one fuzz target without libFuzzer, so that g++ builds run the corpora: replays every file of a
// corpus, then a number of seeded mutations of them. The same seed gives the same inputs on every machine.
//
//   fuzz_replay_<target> --corpus DIRECTORY [--random COUNT] [--seed NUMBER]
//   fuzz_replay_<target> FILE...           (one input each, for instance one that failed)
//
// A failing input is printed in hexadecimal to standard error, whatever ends the process.
#include <unistd.h>
#include <csignal>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
/// Present when a sanitizer is linked in.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

using Input = std::vector<std::uint8_t>;

constexpr std::size_t kMaxInputBytes = 4096;
constexpr std::size_t kMaxMutations = 6;  ///< Steps from a corpus file to an input.

const Input* running_input = nullptr;

/// Writes the input that was running when the process ended; only async-signal-safe calls.
void report_running_input() {
    if (running_input == nullptr) return;
    static constexpr char kDigits[] = "0123456789abcdef";
    char line[2 * 64 + 1];
    const auto put = [](const char* text, std::size_t length) {
        [[maybe_unused]] const auto written = write(STDERR_FILENO, text, length);
    };
    put("failing input:\n", 15);
    for (std::size_t at = 0; at < running_input->size(); at += 64) {
        const std::size_t count = std::min<std::size_t>(64, running_input->size() - at);
        for (std::size_t i = 0; i < count; ++i) {
            line[2 * i] = kDigits[(*running_input)[at + i] >> 4];
            line[2 * i + 1] = kDigits[(*running_input)[at + i] & 15];
        }
        line[2 * count] = '\n';
        put(line, 2 * count + 1);
    }
}

void on_fatal_signal(int signal_number) {
    report_running_input();
    std::signal(signal_number, SIG_DFL);
    std::raise(signal_number);
}

void run_one(Input input) {
    input.shrink_to_fit();  // So that the address sanitizer sees a look behind the end.
    running_input = &input;
    LLVMFuzzerTestOneInput(input.data(), input.size());
    running_input = nullptr;
}

/// splitmix64: small, and the same everywhere.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }
    std::uint8_t octet() { return static_cast<std::uint8_t>(next()); }

  private:
    std::uint64_t state_;
};

/// One step: a bit, a byte, a limit value, a cut, an insertion, a repetition, or the tail of another input.
void mutate(Input& input, const std::vector<Input>& corpus, Random& random) {
    static constexpr std::uint8_t kLimits[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x0a, 0x0f, 0x3f, 0x40,
                                               0x44, 0x45, 0x4f, 0x50, 0x7f, 0x80, 0xf0, 0xfe, 0xff};
    if (input.empty()) input.push_back(random.octet());
    const std::size_t at = random.below(input.size());
    const auto place = input.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random.below(7)) {
        case 0:
            *place = static_cast<std::uint8_t>(*place ^ (1u << random.below(8)));
            break;
        case 1:
            *place = random.octet();
            break;
        case 2:
            *place = kLimits[random.below(std::size(kLimits))];
            break;
        case 3:
            input.resize(at);
            break;
        case 4: {
            Input inserted(1 + random.below(8));
            for (auto& octet : inserted) octet = random.octet();
            input.insert(place, inserted.begin(), inserted.end());
            break;
        }
        case 5: {
            const Input repeated(place,
                                 place + static_cast<std::ptrdiff_t>(1 + random.below(input.size() - at)));
            input.insert(place, repeated.begin(), repeated.end());
            break;
        }
        default: {
            const Input& other = corpus[random.below(corpus.size())];
            input.resize(at);
            const std::size_t from = other.empty() ? 0 : random.below(other.size());
            input.insert(input.end(), other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
        }
    }
    if (input.size() > kMaxInputBytes) input.resize(kMaxInputBytes);
}

bool read_file(const std::filesystem::path& path, Input& out) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return false;
    out.assign(std::istreambuf_iterator<char>(file), {});
    return !file.bad();
}

/// All files of the directory in the order of their names; empty when there are none or one can not be read.
std::vector<Input> read_corpus(const std::string& directory) {
    std::vector<std::filesystem::path> paths;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error))
        if (entry.is_regular_file()) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<Input> corpus;
    for (const auto& path : paths) {
        Input input;
        if (!read_file(path, input)) {
            std::fprintf(stderr, "can not read %s\n", path.c_str());
            return {};
        }
        corpus.push_back(std::move(input));
    }
    return corpus;
}

struct Options {
    std::string corpus;
    std::uint64_t random_inputs = 0;
    std::uint64_t seed = 1;
    std::vector<std::string> files;
    bool is_valid = true;
};

Options read_options(int count, char** arguments) {
    Options options;
    for (int i = 1; i < count && options.is_valid; ++i) {
        const std::string_view argument = arguments[i];
        if (!argument.starts_with("--")) {
            options.files.emplace_back(argument);
            continue;
        }
        const char* value = i + 1 < count ? arguments[++i] : nullptr;
        if (value == nullptr)
            options.is_valid = false;
        else if (argument == "--corpus")
            options.corpus = value;
        else if (argument == "--random")
            options.random_inputs = std::strtoull(value, nullptr, 10);
        else if (argument == "--seed")
            options.seed = std::strtoull(value, nullptr, 10);
        else
            options.is_valid = false;
    }
    if (options.corpus.empty() && options.files.empty()) options.is_valid = false;
    return options;
}

}  // namespace

int main(int count, char** arguments) {
    const Options options = read_options(count, arguments);
    if (!options.is_valid) {
        std::fprintf(stderr, "usage: %s --corpus DIRECTORY [--random COUNT] [--seed NUMBER] | FILE...\n",
                     arguments[0]);
        return 2;
    }
    for (const int signal_number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL})
        std::signal(signal_number, on_fatal_signal);
    if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(report_running_input);

    for (const std::string& path : options.files) {
        Input input;
        if (!read_file(path, input)) {
            std::fprintf(stderr, "can not read %s\n", path.c_str());
            return 2;
        }
        run_one(std::move(input));
    }
    if (options.corpus.empty()) return 0;

    const std::vector<Input> corpus = read_corpus(options.corpus);
    if (corpus.empty()) {
        std::fprintf(stderr, "no corpus in %s\n", options.corpus.c_str());
        return 1;
    }
    for (const Input& input : corpus) run_one(input);
    Random random{options.seed};
    for (std::uint64_t i = 0; i < options.random_inputs; ++i) {
        Input input = corpus[random.below(corpus.size())];
        for (std::size_t steps = 1 + random.below(kMaxMutations); steps > 0; --steps)
            mutate(input, corpus, random);
        run_one(std::move(input));
    }
    std::printf("replayed %zu corpus files and %llu mutations, seed %llu\n", corpus.size(),
                static_cast<unsigned long long>(options.random_inputs),
                static_cast<unsigned long long>(options.seed));
    return 0;
}
