#include "sim/config_keys.hpp"

#include <algorithm>
#include <limits>

namespace moehub {
namespace {

constexpr double kTiny = 1e-9;  // lowest for what must be above 0
constexpr double kHuge = 1e9;

// Changes (insert, delete, replace one letter) that turn one word into the other.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string last_part(const std::string& name) { return name.substr(name.rfind('.') + 1); }

}  // namespace

std::vector<ConfigKey> system_keys(SystemConfig& system) {
  GpuConfig& gpu = system.gpu;
  FabricConfig& fabric = system.fabric;
  NetworkConfig& network = system.network;
  HubConfig& hub = system.hub;
  SoftwareConfig& software = system.software;
  PlacementConfig& placement = system.placement;
  FaultConfig& faults = system.faults;
  return {
      {"name", &system.name},

      {"gpu.sms", &gpu.sms, 1, 1024},
      {"gpu.clock_ghz", &gpu.clock_ghz, 0.1, 10},
      {"gpu.bf16_tflops", &gpu.bf16_tflops, kTiny, kHuge},
      {"gpu.fp8_tflops", &gpu.fp8_tflops, kTiny, kHuge},
      {"gpu.hbm_tb_per_s", &gpu.hbm_tb_per_s, kTiny, kHuge},
      {"gpu.hbm_efficiency", &gpu.hbm_efficiency, kTiny, 1},
      {"gpu.hbm_gb", &gpu.hbm_gb, kTiny, kHuge},
      {"gpu.l2_mb", &gpu.l2_mb, kTiny, kHuge},
      {"gpu.gemm_efficiency", &gpu.gemm_efficiency, kTiny, 1},
      {"gpu.gemm_block_overhead_us", &gpu.gemm_block_overhead_us, 0, kHuge},
      {"gpu.gemm_tile_m", &gpu.gemm_tile_m, 1, 4096},
      {"gpu.gemm_tile_n", &gpu.gemm_tile_n, 1, 4096},
      {"gpu.sm_gb_per_s", &gpu.sm_gb_per_s, kTiny, kHuge},
      {"gpu.gate_efficiency", &gpu.gate_efficiency, kTiny, 1},
      {"gpu.attention_efficiency", &gpu.attention_efficiency, kTiny, 1},
      {"gpu.route_block_us", &gpu.route_block_us, 0, kHuge},
      {"gpu.move_block_us", &gpu.move_block_us, 0, kHuge},
      {"gpu.memory_write_latency_ns", &gpu.memory_write_latency_ns, 1, 1e6},

      {"fabric.gpus", &fabric.gpus, 1, 96},
      {"fabric.gpus_per_node", &fabric.gpus_per_node, 1, 96},
      {"fabric.planes", &fabric.planes, 1, 64},
      {"fabric.links_per_gpu", &fabric.links_per_gpu, 1, 256},
      {"fabric.gb_per_s_per_direction", &fabric.gb_per_s_per_direction, kTiny, 1e5},
      {"fabric.gpu_to_switch_ns", &fabric.gpu_to_switch_ns, 1, 1e6},
      {"fabric.switch_transit_ns", &fabric.switch_transit_ns, 0, 1e6},
      {"fabric.header_flits", &fabric.header_flits, 1, 16},
      {"fabric.frame_bytes", &fabric.frame_bytes, 1, 1 << 20},
      {"fabric.frame_overhead_bytes", &fabric.frame_overhead_bytes, 0, 1 << 20},
      {"fabric.packets_per_ack", &fabric.packets_per_ack, 1, 4095},
      {"fabric.credits_per_voq", &fabric.credits_per_voq, 1, 4095},
      {"fabric.receive_buffer_packets", &fabric.receive_buffer_packets, 1, 65536},

      {"network.gb_per_s_per_direction", &network.gb_per_s_per_direction, kTiny, 1e5},
      {"network.same_rail_ns", &network.same_rail_ns, 1, 1e6},
      {"network.cross_rail_ns", &network.cross_rail_ns, 1, 1e6},
      {"network.gpu_to_nic_ns", &network.gpu_to_nic_ns, 1, 1e6},
      {"network.frame_bytes", &network.frame_bytes, 128, 1 << 20},
      {"network.frame_header_bytes", &network.frame_header_bytes, 0, 4096},
      {"network.window_kb", &network.window_kb, 1, 1 << 20},

      {"hub.clock_ghz", &hub.clock_ghz, 0.1, 10},
      {"hub.lanes", &hub.lanes, 1, 8},
      {"hub.peers", &hub.peers, 1, 96},
      {"hub.entries", &hub.entries, 1, 4096},
      {"hub.rat_entries", &hub.rat_entries, 1, 1 << 24},
      {"hub.rat_banks", &hub.rat_banks, 1, 256},
      {"hub.rat_ways", &hub.rat_ways, 1, 64},
      {"hub.regions", &hub.regions, 1, 256},
      {"hub.windows", &hub.windows, 1, 256},
      {"hub.tiles", &hub.tiles, 1, 65536},
      {"hub.depth", &hub.depth, 1, 1024},
      {"hub.outstanding", &hub.outstanding, 1, 65536},
      {"hub.spill_slots", &hub.spill_slots, 1, 65536},
      {"hub.miss_ctx", &hub.miss_ctx, 1, 256},
      {"hub.tile_rows", &hub.tile_rows, 1, 1 << 15},
      {"hub.merge_tick_cycles", &hub.merge_tick_cycles, 1, 65535},
      {"hub.merge_age_ticks", &hub.merge_age_ticks, 0, 15},
      {"hub.deadline_age_ticks", &hub.deadline_age_ticks, 0, 15},
      {"hub.spill_latency_cycles", &hub.spill_latency_cycles, 1, 1 << 20},
      {"hub.policy.merge", &hub.policy.merge},
      {"hub.policy.timer", &hub.policy.timer},
      {"hub.policy.priority", &hub.policy.priority},
      {"hub.policy.full_first", &hub.policy.full_first},
      {"hub.policy.row_order", &hub.policy.row_order},
      {"hub.policy.round_robin", &hub.policy.round_robin},

      {"software.kernel_launch_us", &software.kernel_launch_us, 0, kHuge},
      {"software.kernel_gap_us", &software.kernel_gap_us, 0, kHuge},
      {"software.graph_gap_us", &software.graph_gap_us, 0, kHuge},
      {"software.stream_sync_us", &software.stream_sync_us, 0, kHuge},
      {"software.poll_us", &software.poll_us, 0, kHuge},
      {"software.mediation_base_us", &software.mediation_base_us, 0, kHuge},
      {"software.mediation_ns_per_token", &software.mediation_ns_per_token, 0, kHuge},
      {"software.sm_copy_gb_per_s", &software.sm_copy_gb_per_s, kTiny, kHuge},
      {"software.nccl_base_us", &software.nccl_base_us, 0, kHuge},
      {"software.nccl_sms", &software.nccl_sms, 1, 1024},
      {"software.nccl_two_loops_kb", &software.nccl_two_loops_kb, 1, 1 << 20},
      {"software.nccl_four_loops_kb", &software.nccl_four_loops_kb, 1, 1 << 20},
      {"software.nccl_step_kb", &software.nccl_step_kb, 0, 1 << 20},
      {"software.nccl_link_share", &software.nccl_link_share, kTiny, 1},
      {"software.te_gemm_us", &software.te_gemm_us, 0, kHuge},
      {"software.fastermoe_group_gpus", &software.fastermoe_group_gpus, 1, 1024},
      {"software.fastermoe_call_us", &software.fastermoe_call_us, 0, kHuge},
      {"software.fused_link_share", &software.fused_link_share, kTiny, 1},
      {"software.comet_column_groups", &software.comet_column_groups, 1, 1024},
      {"software.deepep_sms", &software.deepep_sms, 1, 1024},
      {"software.deepep_kernel_us", &software.deepep_kernel_us, 0, kHuge},
      {"software.deepep_notify_us", &software.deepep_notify_us, 0, kHuge},
      {"software.deepep_combine_notify_us", &software.deepep_combine_notify_us, 0, kHuge},
      {"software.deepep_layout_ns_per_token", &software.deepep_layout_ns_per_token, 0, kHuge},
      {"software.deepep_link_share", &software.deepep_link_share, kTiny, 1},
      {"software.deepep_ll_link_share", &software.deepep_ll_link_share, kTiny, 1},

      {"placement.experts", &placement.experts},
      {"placement.redundant_experts", &placement.redundant_experts, 0, 4096},
      {"placement.attention_tp", &placement.attention_tp, 1, 96},

      {"faults.bit_error_rate", &faults.bit_error_rate, 0, 1e-4},
      {"faults.lost_credit_rate", &faults.lost_credit_rate, 0, 0.5},
      {"faults.plane_down", &faults.plane_down, -1, 63},
      {"faults.plane_down_us", &faults.plane_down_us, 0, kHuge},
      {"faults.plane_up_us", &faults.plane_up_us, 0, kHuge},
      {"faults.ack_spread_ns", &faults.ack_spread_ns, 0, 1e5},
      {"faults.write_error_rate", &faults.write_error_rate, 0, 0.5},
      {"faults.seed", &faults.seed, 0, 2147483647},
  };
}

std::vector<ConfigKey> model_keys(ModelConfig& model) {
  constexpr bool kRequired = true;
  return {
      {"name", &model.name, 0, 0, kRequired},
      {"hidden", &model.hidden, 1, 1 << 20, kRequired},
      {"expert_ffn", &model.expert_ffn, 1, 1 << 20, kRequired},
      {"num_experts", &model.num_experts, 1, 4096, kRequired},
      {"top_k", &model.top_k, 1, 4096, kRequired},
      {"shared_experts", &model.shared_experts, 0, 64},
      {"shared_ffn", &model.shared_ffn, 0, 1 << 20},
      {"layers", &model.layers, 1, 4096, kRequired},
      {"moe_layers", &model.moe_layers, 1, 4096, kRequired},
      {"first_dense", &model.first_dense, 0, 4096},
      {"heads", &model.heads, 0, 4096},
      {"kv_heads", &model.kv_heads, 0, 4096},
      {"head_dim", &model.head_dim, 0, 4096},
      {"value_dim", &model.value_dim, 0, 4096},
      {"q_rank", &model.q_rank, 0, 1 << 20},
      {"kv_rank", &model.kv_rank, 0, 1 << 20},
      {"rope_dim", &model.rope_dim, 0, 4096},
      {"dense_ffn", &model.dense_ffn, 0, 1 << 20},
      {"dtype_bytes", &model.dtype_bytes, 1, 4},
      {"gated", &model.gated},
      {"scoring", &model.scoring},
      {"expert_groups", &model.expert_groups, 1, 4096},
      {"groups_per_token", &model.groups_per_token, 1, 4096},
      {"group_score", &model.group_score},
  };
}

std::string nearest_key(const std::string& name, const std::vector<ConfigKey>& keys) {
  std::string nearest;
  std::string all;
  constexpr std::size_t kLongest = 64;  // of a name that can be near one
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const ConfigKey& key : keys) {
    all += (all.empty() ? "one of " : ", ") + key.name;
    if (name.size() > kLongest) continue;
    // A key under the wrong section, or none, is near when its last part is.
    const std::size_t distance =
        std::min(edit_distance(name, key.name),
                 edit_distance(last_part(name), last_part(key.name)) + 1);
    if (distance < least) {
      least = distance;
      nearest = key.name;
    }
  }
  return !nearest.empty() && least <= 1 + last_part(nearest).size() / 3 ? nearest : all;
}

}  // namespace moehub
