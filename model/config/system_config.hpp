// The machine that is simulated: GPU, fabric, hub, what software costs on it, and how a model is laid out on
// it.
//
// Plain values, one struct a section of a file in sim/systems. The defaults are the DGX-H800 of the
// MoE-Hub paper; every figure has its source beside it:
//   data sheet   NVIDIA H100 / H800 SXM5 data sheets
//   AIC          ai-dynamo/aiconfigurator, commit 095f58a5 (measured tables)
//   profile-data deepseek-ai/profile-data (measured)
//   MoE-Hub      arXiv 2605.05888
//   measured     on an H100, docs/gpu-measurements.md
//   assumption   usual in the field, no source found
// A new value needs a line here and a line in sim/config_keys.cpp.
#pragma once

#include <string>

#include "model/config/placement_config.hpp"

namespace moehub {

struct GpuConfig {
  int sms = 132;                ///< data sheet
  double clock_ghz = 1.83;      ///< under tensor load; assumption
  double bf16_tflops = 989;     ///< dense; data sheet
  double fp8_tflops = 1978;     ///< dense; data sheet
  double hbm_tb_per_s = 3.35;   ///< data sheet
  /// Usable share in kernels: GEMMs that only read weights 0.81 to 0.85, kernels on tokens 0.81 to 0.89, reads
  /// alone 0.92; measured.
  double hbm_efficiency = 0.83;
  double hbm_gb = 80;           ///< data sheet
  double l2_mb = 50;            ///< data sheet

  double gemm_efficiency = 0.82;        ///< share of an SM's peak that a tile of an expert GEMM reaches; measured
  double gemm_block_overhead_us = 1.5;  ///< fill and drain of a tile's pipeline; 2.1 alone, overlapped less; measured
  int gemm_tile_m = 128;  ///< rows of a thread block's tile; CUTLASS' usual shape, assumption
  int gemm_tile_n = 128;  ///< columns; the same
  double sm_gb_per_s = 96;       ///< one SM copies within L2, both ways counted; measured
  double gate_efficiency = 0.5;  ///< share of the peak that the gate's GEMM reaches (7168 x 256); measured
  double attention_efficiency = 0.6;  ///< of attention's core: 0.5 to 0.75; FlashAttention-3, arXiv 2407.08608
  double route_block_us = 4.0;   ///< gate GEMM's fill, scores, top-k, once an SM; assumption
  double move_block_us = 1.0;    ///< fill and drain of a thread block that only moves data; measured
  double memory_write_latency_ns = 200;  ///< write to L2 until acknowledged; assumption
};

struct FabricConfig {
  int gpus = 8;                         ///< of the run; more than a node has: several nodes
  int gpus_per_node = 8;                ///< in one NVLink domain; data sheet
  int planes = 4;                       ///< NVSwitch chips; MoE-Hub
  int links_per_gpu = 8;                ///< NVLink 4 ports; H800 data sheet
  double gb_per_s_per_direction = 200;  ///< per GPU, all links; data sheet: 400 both directions
  double gpu_to_switch_ns = 250;        ///< one way; MoE-Hub
  double switch_transit_ns = 100;       ///< assumption
  int header_flits = 1;                 ///< flits of 16 B; MoE-Hub, NVLink 1 (Hot Chips 2016)
  /// Link layer: of every frame the bytes that hold sequence number, CRC and error correction. NVLink's
  /// are not public; 16 of 256 is what CXL 3 and, within 2 %, PCIe 6 spend on links of the same
  /// signalling (PAM4); assumption.
  int frame_bytes = 256;
  int frame_overhead_bytes = 16;
  /// Packets for which one flit of acknowledgement and credits goes back; assumption. Together with
  /// headers and frames: 0.833 of the line rate is payload one way, 0.828 both ways; measured 0.82 to
  /// 0.84 (NVIDIA/nccl#1264; NCCL itself reckons with 20.6 of 25 GB/s a link).
  int packets_per_ack = 16;
  /// Room of a virtual output queue of a switch plane. A GPU's share of a plane (50 GB/s) over a
  /// credit round trip of 2 x 250 ns + transit needs 30 KB in flight: 209 packets of 144 B.
  int credits_per_voq = 256;            ///< packets; assumption
  int receive_buffer_packets = 256;     ///< of a lane of a GPU, for the same round trip; assumption
};

/// Between nodes: one NIC a GPU.
struct NetworkConfig {
  double gb_per_s_per_direction = 50;  ///< of a NIC: 400 Gb/s InfiniBand NDR; data sheet
  double same_rail_ns = 2800;   ///< 64 B, GPUs on one leaf switch; DeepSeek, arXiv 2505.09343
  double cross_rail_ns = 3700;  ///< across the spine; the same
  double gpu_to_nic_ns = 300;   ///< doorbell or credit over PCIe, one way; assumption
  int frame_bytes = 4096;       ///< largest MTU of InfiniBand
  int frame_header_bytes = 42;  ///< LRH 8, BTH 12, RETH 16, ICRC 4, VCRC 2; InfiniBand Architecture 1.4
  int window_kb = 1024;         ///< on the way to one NIC: three times rate x round trip; assumption
};

/// Scheduling policies of the egress; each can be switched off for ablation (hub_pkg::policy_t).
struct HubPolicy {
  bool merge = true;        ///< stores to the same line leave as one packet
  bool timer = true;        ///< entries past their deadline go first
  bool priority = true;     ///< critical stores before `.nop`
  bool full_first = true;   ///< full lines before partial ones
  bool row_order = true;    ///< smallest RowID first; off: oldest first
  bool round_robin = true;  ///< turns between peers; off: stay on a peer until it has nothing to send
};

/// The hub. The sizes are those the RTL is built with (hub.sv's parameters); what a register sets at
/// run time says so. Figures without a source are this project's choice (docs/architecture.md).
struct HubConfig {
  double clock_ghz = 1.0;
  int lanes = 4;         ///< packets per cycle, in and out
  int peers = 8;         ///< GPUs that a hub can address, itself included
  int entries = 64;      ///< merge-buffer lines of one peer's partition; MoE-Hub
  int rat_entries = 4096;  ///< rows in the row table: banks x sets x ways; register: sets in use
  int rat_banks = 16;    ///< MoE-Hub
  int rat_ways = 4;
  int regions = 64;
  int windows = 8;
  int tiles = 1024;
  int depth = 16;        ///< packets in an ingress lane's window
  int outstanding = 256; ///< memory writes of a lane without acknowledgement
  int spill_slots = 64;  ///< rows in the spill list of one set
  int miss_ctx = 4;      ///< misses handled at the same time

  int tile_rows = 128;         ///< rows that make a tile ready; register; a power of two
  int merge_tick_cycles = 16;  ///< cycles of one tick of an entry's age; register
  int merge_age_ticks = 4;     ///< ticks before a partial line may leave; register
  int deadline_age_ticks = 12; ///< ticks before an entry goes first; register
  int spill_latency_cycles = 400;  ///< of the spill memory (HBM read); assumption
  HubPolicy policy;            ///< register

  /// Sets of a bank that `rat_entries` amounts to.
  int rat_sets() const { return rat_entries / (rat_banks * rat_ways); }
};

struct SoftwareConfig {
  double kernel_launch_us = 3.0;  ///< from the CPU, median; profile-data
  double kernel_gap_us = 1.9;     ///< between kernels on one stream; measured
  double graph_gap_us = 1.1;      ///< the same in a CUDA graph; measured
  double stream_sync_us = 15;     ///< synchronise and copy counts to the host, 10 to 20; assumption
  double poll_us = 0.6;           ///< flag written until the consumer's poll sees it; measured

  /// Exchange of counts and offsets before an all-to-all: base + per token and GPU. Least squares
  /// over 30 points, 8 GPUs; AIC.
  double mediation_base_us = 13.0;
  double mediation_ns_per_token = 7.17;

  /// What the copy loop of one SM moves over NVLink: DeepEP's normal kernels with 4 to 16 SMs (17.1 to
  /// 17.9); NCCL from 4 to 16 MiB a rank (two loops a peer: 17.1); AIC, H100.
  double sm_copy_gb_per_s = 17.3;

  // NCCL's all-to-all; AIC, version 2.27, 8 H100.
  double nccl_base_us = 7.2;      ///< of 512 B
  int nccl_sms = 32;              ///< channels, a thread block each
  /// A message of so many bytes is divided between two of them, and between four; fitted to 0.5 to 16 MiB
  /// a rank.
  int nccl_two_loops_kb = 128;
  int nccl_four_loops_kb = 8192;
  int nccl_step_kb = 64;          ///< that the receiver copies out of its buffer at a time; the same fit
  /// Share of what NVLink can carry that its loops keep busy: 128 to 512 MiB a rank add 1075 us, 328 of
  /// 373 GB/s, and 256 MiB alone take 761 us, 309. A100: 211 of 249.
  double nccl_link_share = 0.84;

  /// The host, for each expert's GEMM of Transformer Engine: 32 experts more on a GPU add 0.90 ms to the layer
  /// over one grouped kernel a GEMM; Comet's artifact (ZSL98/Megatron-LM).
  double te_gemm_us = 14;

  // FasterMoE: laekov/fastmoe.
  int fastermoe_group_gpus = 4;    ///< of a slice: its default
  double fastermoe_call_us = 10;   ///< the host, between two experts; assumption

  /// Share of what NVLink can carry that the copy loops of Comet and CCFuser keep busy: NCCL's; assumption.
  double fused_link_share = 0.84;
  int comet_column_groups = 4;     ///< that GEMM2 and its way home are cut into; bytedance/flux

  // DeepEP; AIC, 8 H100, hidden 7168, top 8 of 256.
  int deepep_sms = 24;             ///< of its normal kernels
  double deepep_kernel_us = 11;    ///< a kernel without data: 13.2 us low latency, less the path
  double deepep_notify_us = 13;    ///< counts between GPUs and to the host: normal less low latency, 1 token
  double deepep_combine_notify_us = 34;    ///< buffers made ready before combine; the same
  double deepep_layout_ns_per_token = 25;  ///< layout kernel: 74 to 142 us for 4096 tokens; profile-data
  double deepep_link_share = 0.80;  ///< 4096 to 16384 tokens: 290 to 302 of 373 GB/s
  double deepep_ll_link_share = 0.64;  ///< 128 to 1024 tokens: 216 to 280 GB/s
};

/// What goes wrong in a run, all off by default: faults that a hub must survive, or that a run must report.
struct FaultConfig {
  double bit_error_rate = 0;     ///< of each bit on an NVLink; a frame that is hit is sent again
  double lost_credit_rate = 0;   ///< of each credit that a switch plane sends back
  int plane_down = -1;           ///< plane that carries nothing for a while; -1: none
  double plane_down_us = 0;      ///< of each layer, from here
  double plane_up_us = 0;        ///< until here; longer than 100 us is a standstill
  double ack_spread_ns = 0;      ///< memory acknowledges a hub's writes later by up to this, in any order
  double write_error_rate = 0;   ///< of a hub's writes, answered with an error and not done
  int seed = 1;
};

struct SystemConfig {
  std::string name = "dgx-h800";
  GpuConfig gpu;
  FabricConfig fabric;
  NetworkConfig network;
  HubConfig hub;
  SoftwareConfig software;
  PlacementConfig placement;
  FaultConfig faults;
};

/// Checks what no single value shows: more GPUs than the hub has peers, a row table that does not
/// divide into banks and ways, ... `file` names the system in the InputError that is thrown.
void validate(const SystemConfig& system, const std::string& file);

}  // namespace moehub
