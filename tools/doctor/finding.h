// SPDX-License-Identifier: BSD-3-Clause
// What the doctor found: a verdict, a fact, why it matters, and the command that mends it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ringsock::doctor {

enum class Verdict {
    ok,       ///< As good as it gets, or as good as is needed.
    note,     ///< Works, but some ways of running are slower or closed.
    problem,  ///< What was asked for will not work.
};

struct Finding {
    Verdict verdict = Verdict::ok;
    std::string topic;  ///< One or two words, the same on every machine: programs look for it.
    std::string what;   ///< The fact.
    std::string why;    ///< What it means for Ringsock.
    std::string cure;   ///< A command for a shell; empty where there is nothing to mend.
};

/// The page as it grows, in chapters.
class Findings {
  public:
    struct Chapter {
        std::string title;
        std::vector<Finding> findings;
    };

    void chapter(std::string title) { chapters_.push_back({std::move(title), {}}); }
    void ok(std::string topic, std::string what, std::string why) {
        add({Verdict::ok, std::move(topic), std::move(what), std::move(why), {}});
    }
    void note(std::string topic, std::string what, std::string why, std::string cure) {
        add({Verdict::note, std::move(topic), std::move(what), std::move(why), std::move(cure)});
    }
    void problem(std::string topic, std::string what, std::string why, std::string cure) {
        add({Verdict::problem, std::move(topic), std::move(what), std::move(why), std::move(cure)});
    }

    [[nodiscard]] const std::vector<Chapter>& chapters() const { return chapters_; }
    [[nodiscard]] int count(Verdict verdict) const {
        int number = 0;
        for (const Chapter& c : chapters_)
            for (const Finding& f : c.findings) number += f.verdict == verdict ? 1 : 0;
        return number;
    }

  private:
    void add(Finding finding) { chapters_.back().findings.push_back(std::move(finding)); }
    std::vector<Chapter> chapters_;
};

}  // namespace ringsock::doctor
