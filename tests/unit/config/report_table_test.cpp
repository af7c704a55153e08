// The table of a run: every figure of summary.json is in it, and what is missing is named.
#include "sim/report_table.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/input_error.hpp"

namespace moehub {
namespace {

nlohmann::json summary() {
  return nlohmann::json::parse(R"({
    "schema": 1,
    "config": {"system": "dgx-h800", "model": "mixtral-8x7b", "gpus": 8, "tokens_per_gpu": 512,
               "top_k": 2, "num_experts": 8, "trace": "normal:std=0.032", "seed": 3, "hub": "rtl"},
    "flows": {
      "moehub": {"layer_us": 101.25, "dispatch_us": 11, "compute_us": 80, "combine_us": 12,
                 "exposed_comm_us": 5, "speedup_of_hub": 1, "ideal_fraction": 0.9},
      "megatron-te": {"layer_us": 202.5, "dispatch_us": 41, "compute_us": 80, "combine_us": 42,
                      "exposed_comm_us": 83, "speedup_of_hub": 2, "ideal_fraction": null}},
    "hub": {"packets": 1234, "lines": 1200, "payload_bytes": 2000000, "wire_bytes": 2500000,
            "link_utilisation": 0.5, "merge_ratio": 3.5, "rat_hits": 11, "rat_allocs": 12,
            "rat_spills": 13, "rat_fills": 14,
            "ingress_latency_cycles": {"p50": 12, "p99": 20, "p999": 30, "max": 99},
            "row_latency_ns": {"p50": 700, "p99": 900, "p999": 950, "max": 1000},
            "rows_by_expert": [1, 2], "max_over_mean_load": 1.42},
    "check": {"ok": true, "rows_expected": 77, "rows_delivered": 76, "rows_lost": 1,
              "rows_duplicated": 2, "bytes_wrong": 3, "tiles_early": 4, "tiles_missing": 5,
              "refused": {"stale": 6, "full": 0}},
    "host": {"wall_s": 12.5, "hub_cycles": 5000, "hub_cycles_per_s": 400, "packets_per_s": 98.7,
             "peak_rss_mb": 55, "ranks": 1}})");
}

TEST(ReportTable, ShowsWhatTheSummarySays) {
  const std::string table = report_table(summary(), "summary.json");
  for (const char* part :
       {"mixtral-8x7b on dgx-h800: 8 GPUs x 512 tokens, top 2 of 8 experts, normal:std=0.032, seed 3, "
        "hub rtl",
        "101.2", "202.5", "2.00x", "90.00 %", "1234 packets", "2.0 MB payload in 2.5 MB", "50.0 %",
        "merge ratio 3.50", "11 hits, 12 rows, 13 spills, 14 fills", "1.42 x mean",
        "12 / 20 / 30 / 99 cycles", "check  ok: 76 of 77 rows delivered, 1 lost, 2 duplicated, "
        "3 bytes wrong, 4 tiles early, 5 tiles missing, 6 refused (stale)", "99 packets/s", "55 MB"}) {
    EXPECT_THAT(table, testing::HasSubstr(part));
  }
  EXPECT_THAT(table, testing::Not(testing::HasSubstr("(full)")));
  nlohmann::json failed = summary();
  failed["check"]["ok"] = false;
  EXPECT_THAT(report_table(failed, "f"), testing::HasSubstr("check  FAILED"));
}

TEST(ReportTable, ARunWithoutHubHasNoHubLines) {
  nlohmann::json json = summary();
  json.erase("hub");
  EXPECT_THAT(report_table(json, "f"), testing::Not(testing::HasSubstr("row table")));
}

TEST(ReportTable, WhatIsMissingIsNamed) {
  const auto refuse = [](const char* pointer, const std::string& place) {
    nlohmann::json json = summary();
    json[nlohmann::json::json_pointer(pointer)] = nlohmann::json::array();
    test::expect_input_error([&] { report_table(json, "d/summary.json"); },
                             {"d/summary.json: " + place});
  };
  refuse("/schema", "schema");
  refuse("/flows", "flows");
  refuse("/flows/moehub/layer_us", "flows.moehub.layer_us");
  refuse("/hub/row_latency_ns/p999", "hub.row_latency_ns.p999");
  refuse("/check/refused", "check.refused");
  refuse("/check/ok", "check.ok");
  refuse("/config/trace", "config.trace");
  test::expect_input_error([] { report_table(nlohmann::json::array(), "f"); }, {"f: "});
  nlohmann::json newer = summary();
  newer["schema"] = 2;
  test::expect_input_error([&] { report_table(newer, "f"); }, {"schema: 2, expected 1"});
}

}  // namespace
}  // namespace moehub
