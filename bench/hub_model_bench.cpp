// How fast the reference model of the hub is: packets and hub cycles a second of one core.
//
// Some hubs exchange rows, all to all, over wires with credits; every line that reaches a memory is
// compared with what was sent. No SystemC, no GoogleTest.
//
//   hub_model_bench [GPUs [rows per GPU [row bytes]]]
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <random>
#include <vector>

#include "model/hub/fixed_queue.hpp"
#include "model/hub/hub_setup.hpp"
#include "model/hub/port.hpp"

namespace moehub {
namespace {

constexpr int kWireCycles = 350;
constexpr int kAckCycles = 100;
constexpr int kCredits = 256;
constexpr int kRegions = 8;

std::uint64_t pattern(std::uint32_t row, std::uint32_t line) {
  return (std::uint64_t{row} << 32 | line) * 0x9e3779b97f4a7c15U;
}

struct Due {
  std::uint64_t due = 0;
  int value = 0;
};

// Packets under way. The one that became free last is used next, so that few lines of cache see them all.
class PacketPool {
 public:
  explicit PacketPool(int packets) : packets_(static_cast<std::size_t>(packets)) {
    for (int i = packets - 1; i >= 0; --i) free_.push_back(i);
  }
  Packet& operator[](int index) { return packets_[static_cast<std::size_t>(index)]; }
  int take() {
    const int index = free_.back();
    free_.pop_back();
    return index;
  }
  void give(int index) { free_.push_back(index); }

 private:
  std::vector<Packet> packets_;
  std::vector<int> free_;
};

struct Gpu {
  explicit Gpu(const HubParams& params, int gpus) : hub(make_model_hub(params, 200)) {
    for (int l = 0; l < params.lanes; ++l) {
      wires.emplace_back(gpus * kCredits);
      credits.emplace_back(gpus * kCredits);
      acks.emplace_back(params.outstanding);
      ack_free.push_back(0);
    }
    request.resize(static_cast<std::size_t>(params.lanes));
    next.resize(static_cast<std::size_t>(params.lanes));
  }

  std::unique_ptr<Hub> hub;
  std::vector<ref::FixedQueue<Due>> wires;  // into the GPU: packets of the pool
  std::vector<ref::FixedQueue<Due>> credits;
  std::vector<ref::FixedQueue<Due>> acks;
  std::vector<std::uint64_t> ack_free;
  std::vector<Packet> request;        // a lane
  std::vector<std::uint64_t> next;    // a lane: line of all rows, counted through
  std::vector<int> dst;               // of each row
  std::uint64_t written = 0;
  std::uint64_t wrong = 0;
};

class Bench {
 public:
  Bench(int gpus, int rows, int row_bytes)
      : rows_{static_cast<std::uint64_t>(rows)},
        lines_{static_cast<std::uint64_t>(row_bytes / kLineBytes)},
        pool_{gpus * gpus * kCredits * params_.lanes} {
    std::mt19937 random{1};
    for (int g = 0; g < gpus; ++g) {
      gpus_.push_back(std::make_unique<Gpu>(params_, gpus));
      Gpu& gpu = *gpus_.back();
      HubSetup setup;
      setup.self = g;
      setup.peers = PeerMask::first(gpus);
      setup.credits = kCredits;
      enable_hub(*gpu.hub, setup);
      for (int r = 0; r < kRegions; ++r) {
        RegionSetup region;
        region.base = static_cast<std::uint64_t>(r + 1) << 36;
        region.row_bytes = row_bytes;
        region.capacity_rows = (1 << 14) - 1;
        region.tile_base = 128 * r;
        region.sources = PeerMask::first(gpus);
        program_region(*gpu.hub, r, region);
      }
      wait_initialised(*gpu.hub);
      for (int i = 0; i < rows; ++i) {
        gpu.dst.push_back(static_cast<int>(random() % static_cast<unsigned>(gpus)));
      }
      for (std::size_t l = 0; l < lanes_; ++l) gpu.next[l] = l;
    }
  }

  int run() {
    const std::uint64_t total = rows_ * lines_ * gpus_.size();
    const std::clock_t start = std::clock();
    std::uint64_t written = 0;
    while (written < total) {
      written = 0;
      for (std::size_t g = 0; g < gpus_.size(); ++g) {
        step(g);
        written += gpus_[g]->written;
      }
      ++cycle_;
    }
    const double cpu_s = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    std::uint64_t wrong = 0;
    for (const auto& gpu : gpus_) wrong += gpu->wrong;
    const double hub_cycles = static_cast<double>(cycle_) * static_cast<double>(gpus_.size());
    std::printf("%zu hubs, %llu packets in %llu cycles, %.3f packets a cycle and lane\n", gpus_.size(),
                static_cast<unsigned long long>(total), static_cast<unsigned long long>(cycle_),
                static_cast<double>(total) / hub_cycles / static_cast<double>(lanes_));
    std::printf("%.2f s of one core: %.2f million packets/s, %.2f million hub cycles/s, %llu wrong\n", cpu_s,
                static_cast<double>(total) / cpu_s * 1e-6, hub_cycles / cpu_s * 1e-6,
                static_cast<unsigned long long>(wrong));
    return wrong == 0 ? 0 : 1;
  }

 private:
  // The next line of a lane: lines of all rows go round the lanes.
  const Packet* request(std::size_t g, std::size_t l) {
    Gpu& gpu = *gpus_[g];
    Packet& p = gpu.request[l];
    if (p.header.kind != PacketKind::none) return &p;
    const std::uint64_t row = gpu.next[l] / lines_;
    const std::uint64_t line = gpu.next[l] % lines_;
    if (row >= rows_) return nullptr;
    p.header.kind = PacketKind::rowsp;
    p.header.dst = static_cast<std::uint8_t>(gpu.dst[row]);
    p.header.row = static_cast<std::uint32_t>(row * gpus_.size() + g);
    p.header.region = static_cast<std::uint8_t>(p.header.row * 5 % kRegions);
    p.header.offset = static_cast<std::uint16_t>(line * kLineBytes);
    p.strb = kFullMask;
    const std::uint64_t base = pattern(p.header.row, static_cast<std::uint32_t>(line));
    for (std::size_t w = 0; w < p.data.size(); ++w) p.data[w] = base + w;
    // The row is found again at the memory by its first word.
    p.data[15] = p.header.row;
    gpu.next[l] += lanes_;
    return &p;
  }

  void step(std::size_t g) {
    Gpu& gpu = *gpus_[g];
    const HubOutputs& out = gpu.hub->outputs();
    HubInputs in;
    in.tile_ready = true;
    for (std::size_t l = 0; l < lanes_; ++l) {
      const Packet* p = request(g, l);
      if (p != nullptr) in.req[l] = p;
      const ref::FixedQueue<Due>& wire = gpu.wires[l];
      if (!wire.empty() && wire.front().due <= cycle_) in.rx[l] = &pool_[wire.front().value];
      const ref::FixedQueue<Due>& credits = gpu.credits[l];
      if (!credits.empty() && credits.front().due <= cycle_) in.credit_peer[l] = credits.front().value;
      ref::FixedQueue<Due>& acks = gpu.acks[l];
      if (!acks.empty() && acks.front().due <= cycle_) in.ack[l] = MemoryAck{acks.front().value, false};
      in.tx_ready[l] = true;
      in.write_ready[l] = true;
      if (out.tx[l] != nullptr) {
        const int packet = pool_.take();
        pool_[packet] = *out.tx[l];
        gpus_[out.tx[l]->header.dst]->wires[l].push({cycle_ + kWireCycles, packet});
      }
      if (out.write[l] != nullptr) {
        const MemoryWrite& w = *out.write[l];
        check(gpu, w);
        acks.push({cycle_ + kAckCycles, w.id});
      }
    }
    std::array<bool, kMaxLanes> requested{}, received{}, acked{};
    for (std::size_t l = 0; l < lanes_; ++l) {
      requested[l] = in.req[l] != nullptr && out.req_ready[l];
      received[l] = in.rx[l] != nullptr && out.rx_ready[l];
      acked[l] = in.ack[l].has_value() && out.ack_ready[l];
    }
    gpu.hub->step(in);
    for (std::size_t l = 0; l < lanes_; ++l) {
      if (requested[l]) gpu.request[l].header.kind = PacketKind::none;
      if (in.credit_peer[l] >= 0) gpu.credits[l].pop();
      if (acked[l]) gpu.acks[l].pop();
      if (!received[l]) continue;
      gpus_[in.rx[l]->header.src]->credits[l].push({cycle_ + kWireCycles, static_cast<int>(g)});
      pool_.give(gpu.wires[l].front().value);
      gpu.wires[l].pop();
    }
  }

  // The line names its row in the last word and its place in the row by its address.
  void check(Gpu& gpu, const MemoryWrite& w) const {
    const auto row = static_cast<std::uint32_t>(w.data[15]);
    const std::uint64_t in_region = w.addr & ((std::uint64_t{1} << 36) - 1);
    const auto line = static_cast<std::uint32_t>(in_region / kLineBytes % lines_);
    const std::uint64_t base = pattern(row, line);
    bool right = w.addr >> 36 == row * 5 % kRegions + 1;
    for (std::size_t i = 0; i < 15; ++i) right &= w.data[i] == base + i;
    ++gpu.written;
    if (!right) ++gpu.wrong;
  }

  const HubParams params_;
  const std::size_t lanes_ = static_cast<std::size_t>(params_.lanes);
  const std::uint64_t rows_;
  const std::uint64_t lines_;
  std::vector<std::unique_ptr<Gpu>> gpus_;
  PacketPool pool_;
  std::uint64_t cycle_ = 0;
};

}  // namespace
}  // namespace moehub

int main(int argc, char** argv) {
  const auto argument = [&](int index, int otherwise) {
    return argc > index ? std::atoi(argv[index]) : otherwise;
  };
  return moehub::Bench{argument(1, 8), argument(2, 2000), argument(3, 8192)}.run();
}
