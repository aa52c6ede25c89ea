// SPDX-License-Identifier: BSD-3-Clause
#include "host/stats_json.h"

#include "base/json_text.h"

namespace ringsock {

StatsWriter::StatsWriter(const std::string& host_name) : text_("{\"host\":" + json_text(host_name)) {}

void StatsWriter::field(const char* name, std::uint64_t value) {
    if (next_field_ == fields_.size()) fields_.emplace_back(name, 0);
    fields_[next_field_++].second += value;
}

void StatsWriter::add_engine(const Engine& engine) {
    const EngineStats& s = engine.stats();
    next_field_ = 0;  // The same fields in the same order, engine after engine: sums.
    shares_.push_back({engine.connections(), s.active_opens, s.passive_opens, s.rx_frames, s.tx_frames, {}});
    field("connections", engine.connections());
    field("time_waits", engine.time_waits());
    field("packets_unread", engine.packets_unread());
    field("passes", s.passes);
    field("busy_passes", s.busy_passes);
    field("rx_frames", s.rx_frames);
    field("tx_frames", s.tx_frames);
    field("not_for_us", s.not_for_us);
    field("fragments", s.fragments);
    field("unknown_kind", s.unknown_kind);
    std::uint64_t other = 0, missing = 0;  // What carriers kept from the engine.
    for (std::size_t i = 0; i < engine.carriers(); ++i) {
        other += engine.carrier(i).counters().vlan_other;
        missing += engine.carrier(i).counters().vlan_missing;
    }
    std::uint64_t dropped = other + missing;
    for (std::size_t i = 1; i < kDropReasons; ++i) {
        const auto reason = static_cast<DropReason>(i);
        dropped += s.dropped[i];
        field(("dropped_" + std::string(name_of(reason))).c_str(),
              s.dropped[i] + (reason == DropReason::vlan_other ? other : 0));
    }
    field("dropped_vlan_missing", missing);
    field("dropped", dropped);
    field("requests", s.requests);
    field("stale_requests", s.stale_requests);
    field("active_opens", s.active_opens);
    field("passive_opens", s.passive_opens);
    field("established", s.established);
    field("failed_opens", s.failed_opens);
    field("refused_syns", s.refused_syns);
    field("backlog_drops", s.backlog_drops);
    field("resets_sent", s.resets_sent);
    field("resets_received", s.resets_received);
    field("time_wait_made", s.time_wait_made);
    field("time_wait_recycled", s.time_wait_recycled);
    field("time_wait_reused", s.time_wait_reused);
    field("no_tcb", s.no_tcb);
    field("no_cell", s.no_cell);
    field("no_flow_slot", s.no_flow_slot);
    field("no_port", s.no_port);
    field("no_packet", s.no_packet);
    field("udp_in", s.udp_in);
    field("udp_out", s.udp_out);
    field("udp_no_port", s.udp_no_port);
    field("udp_queue_full", s.udp_queue_full);
    field("udp_filtered", s.udp_filtered);
    field("icmp_in", s.icmp_in);
    field("icmp_errors_used", s.icmp_errors_used);
    field("icmp_echo", s.icmp_echo);
    field("icmp_sent", s.icmp_sent);
    field("arp_in", s.arp_in);
    field("arp_sent", s.arp_sent);
    field("neighbor_failures", s.neighbor_failures);
    field("neighbor_drops", s.neighbor_drops);
    field("tx_blocked", s.tx_blocked);
    field("events_set", s.events_set);
    field("wakes", s.wakes);
    field("link_changes", s.link_changes);
    field("neighborhoods", s.neighborhoods);
}

void StatsWriter::add_nic(const std::string& name, const Nic& nic) {
    const NicPools pools = nic.pools(0);
    nics_ += nics_.empty() ? "" : ",";
    nics_ += "{\"name\":" + json_text(name) + ",\"packets_total\":" + std::to_string(pools.packets_total) +
             ",\"packets_in_use\":" + std::to_string(pools.packets_in_use) +
             ",\"packets_held\":" + std::to_string(pools.packets_held) +
             ",\"headers_in_use\":" + std::to_string(pools.headers_in_use) +
             ",\"references_in_use\":" + std::to_string(pools.references_in_use) + ",\"counters\":{";
    bool first = true;
    for (const NicCounter& counter : nic.extended_stats()) {
        if (!first) nics_ += ',';
        nics_ += json_text(counter.name);
        nics_ += ':';
        nics_ += std::to_string(counter.value);
        first = false;
    }
    nics_ += "}}";
}

void StatsWriter::add_captures(const std::string& json) {
    captures_ = json;
}

void StatsWriter::add_steering(const SteerCounters& counters) {
    SteerCounters& sum = shares_.back().steering;
    sum.handed_out += counters.handed_out;
    sum.handed_in += counters.handed_in;
    sum.shared += counters.shared;
    sum.sent_by_other += counters.sent_by_other;
    sum.full += counters.full;
}

void StatsWriter::finish_shares() {
    next_field_ = fields_.size();
    field("engines", shares_.size());
    const std::size_t sums = next_field_;
    std::string each;
    for (const Share& share : shares_) {
        next_field_ = sums;
        field("frames_handed_out", share.steering.handed_out);
        field("frames_handed_in", share.steering.handed_in);
        field("frames_shared", share.steering.shared);
        field("frames_sent_by_other", share.steering.sent_by_other);
        field("frames_lost_in_hand_off", share.steering.full);
        each += each.empty() ? "" : ",";
        each += "{\"connections\":" + std::to_string(share.connections) +
                ",\"active_opens\":" + std::to_string(share.active_opens) +
                ",\"passive_opens\":" + std::to_string(share.passive_opens) +
                ",\"rx_frames\":" + std::to_string(share.rx_frames) +
                ",\"tx_frames\":" + std::to_string(share.tx_frames) +
                ",\"frames_handed_out\":" + std::to_string(share.steering.handed_out) +
                ",\"frames_handed_in\":" + std::to_string(share.steering.handed_in) + '}';
    }
    field("frames_to_kernel", kernel_.to_kernel);
    field("frames_from_kernel", kernel_.from_kernel);
    field("frames_lost_to_kernel", kernel_.lost_to_kernel);
    field("frames_lost_from_kernel", kernel_.lost_from_kernel);
    field("frames_refused_by_kernel", kernel_.refused);
    field("left_out_of_tables", left_out_);
    for (const auto& [name, value] : fields_) text_ += ",\"" + name + "\":" + std::to_string(value);
    text_ += ",\"each_engine\":[" + each + ']';
}

void StatsWriter::add_kernel(const TapCounters& counters) {
    kernel_.to_kernel += counters.to_kernel;
    kernel_.from_kernel += counters.from_kernel;
    kernel_.lost_to_kernel += counters.lost_to_kernel;
    kernel_.lost_from_kernel += counters.lost_from_kernel;
    kernel_.refused += counters.refused;
}

std::string StatsWriter::finish() {
    finish_shares();
    return text_ + ",\"nics\":[" + nics_ + "],\"captures\":" + captures_ + "}";
}

}  // namespace ringsock
