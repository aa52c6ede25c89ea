// SPDX-License-Identifier: BSD-3-Clause
#include "tools/doctor/page.h"

#include "base/json_text.h"
#include "tools/doctor/probe.h"

namespace ringsock::doctor {
namespace {

const char* name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::ok:
            return "ok";
        case Verdict::note:
            return "note";
        case Verdict::problem:
            break;
    }
    return "problem";
}

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.resize(width, ' ');
    return text;
}

}  // namespace

std::string as_page(const Findings& findings) {
    std::string page;
    for (const Findings::Chapter& chapter : findings.chapters()) {
        page += chapter.title + "\n";
        for (const Finding& f : chapter.findings) {
            page += "  " + padded(name_of(f.verdict), 8) + padded(f.topic + ":", 16) + " " + f.what;
            if (!f.why.empty()) page += " - " + f.why;
            page += "\n";
            if (!f.cure.empty()) page += "          cure: " + f.cure + "\n";
        }
    }
    const int problems = findings.count(Verdict::problem);
    page += counted(static_cast<std::uint64_t>(problems), "problem") + ", " +
            counted(static_cast<std::uint64_t>(findings.count(Verdict::note)), "note") +
            (problems == 0 ? ": nothing stands in the way\n" : ": mend the problems first\n");
    return page;
}

std::string as_json(const Findings& findings) {
    std::string json = "{\"problems\":" + std::to_string(findings.count(Verdict::problem)) +
                       ",\"notes\":" + std::to_string(findings.count(Verdict::note)) + ",\"findings\":[";
    bool first = true;
    for (const Findings::Chapter& chapter : findings.chapters()) {
        for (const Finding& f : chapter.findings) {
            json += std::string(first ? "" : ",") + "\n{\"chapter\":" + json_text(chapter.title) +
                    ",\"verdict\":" + json_text(name_of(f.verdict)) + ",\"topic\":" + json_text(f.topic) +
                    ",\"what\":" + json_text(f.what) + ",\"why\":" + json_text(f.why) +
                    ",\"cure\":" + json_text(f.cure) + "}";
            first = false;
        }
    }
    return json + "\n]}\n";
}

}  // namespace ringsock::doctor
