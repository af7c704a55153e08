// Memory: bandwidth of HBM and L2, of all SMs and of a few, L2's reach, latencies.
//
// Build and run (measure.py does both):  nvcc -O3 -std=c++17 -arch=native memory.cu -o memory && ./memory
//
//   hbm_read, _write, _copy       a buffer far beyond L2; copy counts bytes read and bytes written
//   sweep_own                     reading a working set again and again, each thread block its own part of it
//   sweep_handover                a kernel for each pass, in a graph; each pass reads on another SM what one
//   SM read in
//                                 the pass before (the gap between kernels is in it)
//   shared_l2                     16 MB in L2, read by groups of `share` SMs at a time
//   few_l2_*, few_hbm_*           the same on few SMs, one block of 1024 threads each; _bulk_read,
//   _bulk_write:
//                                 the copy engine (cp.async.bulk) between memory and a ring in shared memory
//   latency_*                     one thread chases pointers
//   store_fence, fence            one thread: a store to L2 and a fence behind it; the fence alone
#include <numeric>
#include <random>

#include "probe.hpp"

namespace {

enum Op { kRead, kWrite, kCopy };

// A pass takes `columns` chunks of a block's size, as many apart as there are groups of `share` blocks; a
// group's blocks take the same chunks. Groups begin at chunk `shift`. `steps` chunks in all.
template <Op op>
__global__ void move(const uint4* __restrict__ in, uint4* __restrict__ out, unsigned columns, unsigned shift,
                     unsigned share, unsigned long long steps) {
  constexpr int kUnroll = 4;
  const unsigned groups = gridDim.x / share;
  const unsigned group = (blockIdx.x / share + shift) % groups;
  unsigned column = 0;
  uint4 sum = {0, 0, 0, 0};
  for (unsigned long long s = 0; s < steps; s += kUnroll) {
    std::size_t at[kUnroll];
    uint4 v[kUnroll];
#pragma unroll
    for (int u = 0; u < kUnroll; ++u) {
      at[u] = (static_cast<std::size_t>(column) * groups + group) * blockDim.x + threadIdx.x;
      if (++column == columns) column = 0;
    }
#pragma unroll
    for (int u = 0; u < kUnroll; ++u) {
      if (op != kWrite) v[u] = __ldcg(in + at[u]);
    }
#pragma unroll
    for (int u = 0; u < kUnroll; ++u) {
      if (op == kWrite) out[at[u]] = make_uint4(s, group, column, u);
      if (op == kCopy) out[at[u]] = v[u];
      if (op == kRead) {
        sum.x ^= v[u].x;
        sum.y ^= v[u].y;
        sum.z ^= v[u].z;
        sum.w ^= v[u].w;
      }
    }
  }
  if (op == kRead && (sum.x ^ sum.y ^ sum.z ^ sum.w) == 0x12345678) out[threadIdx.x] = sum;
}

struct Shape {
  int blocks;
  int threads;
  int shared_bytes;
  int share = 1;
};

// GB/s of an operation over `set_bytes` (rounded to whole chunks a group), `moved_bytes` a launch.
template <Op op>
std::vector<double> rate(const probe::Stream& stream, const Shape& shape, const uint4* in, uint4* out,
                         double set_bytes, double moved_bytes, int reps, double* set_used = nullptr) {
  const double row = 16.0 * shape.threads * shape.blocks;
  const auto columns = static_cast<unsigned>(std::max(set_bytes * shape.share / row, 1.0));
  const auto steps = static_cast<unsigned long long>(std::max(moved_bytes / row, 4.0)) / 4 * 4;
  if (shape.shared_bytes > 0) probe::take_whole_sm(move<op>);
  if (set_used != nullptr) *set_used = columns * row / shape.share;
  auto us = probe::time_runs(stream, reps, [&] {
    move<op><<<shape.blocks, shape.threads, shape.shared_bytes, stream>>>(
        in, out, columns, 0, static_cast<unsigned>(shape.share), steps);
  });
  for (double& t : us) t = 1e-3 * row * static_cast<double>(steps) * (op == kCopy ? 2 : 1) / t;
  return us;
}

constexpr double kMb = 1e6;
constexpr std::size_t kBig = std::size_t{4} << 30;

void big(int reps) {
  probe::Stream stream;
  probe::Buffer<uint4> in(kBig / 16), out(kBig / 16);
  const Shape shape{4 * probe::sm_count(), 256, 0};
  const probe::At at = {{"mb", kBig / kMb}};
  probe::emit("memory", "hbm_read", at, "GB/s",
              rate<kRead>(stream, shape, in.get(), out.get(), kBig, kBig, reps));
  probe::emit("memory", "hbm_write", at, "GB/s",
              rate<kWrite>(stream, shape, in.get(), out.get(), kBig, kBig, reps));
  probe::emit("memory", "hbm_copy", at, "GB/s",
              rate<kCopy>(stream, shape, in.get(), out.get(), kBig, kBig, reps));
  auto us = probe::time_runs(stream, reps, [&] {
    CUDA(cudaMemcpyAsync(out.get(), in.get(), kBig, cudaMemcpyDeviceToDevice, stream));
  });
  for (double& t : us) t = 1e-3 * 2 * kBig / t;
  probe::emit("memory", "hbm_copy_driver", at, "GB/s", us);
}

void sweep(int reps) {
  probe::Stream stream;
  const int sms = probe::sm_count();
  probe::Buffer<uint4> in(std::size_t{520'000'000} / 16), out(4096);
  Shape shape{4 * sms, 256, 0};
  double before = 0;
  for (const double mb :
       {2.2,  4.4,  6.5,  8.7,  12.0, 16.0, 20.0, 24.0, 28.0, 32.0, 36.0,  40.0,  42.0,  44.0,
        46.0, 48.0, 50.0, 52.0, 54.0, 56.0, 60.0, 64.0, 80.0, 100., 128.0, 192.0, 256.0, 500.}) {
    double used = 0;
    const auto v = rate<kRead>(stream, shape, in.get(), out.get(), mb * kMb, 4e9, reps, &used);
    if (used != before) probe::emit("memory", "sweep_own", {{"mb", used / kMb}}, "GB/s", v);
    before = used;
  }
  shape.blocks = 2 * sms;
  const double chunk = 4 * 16.0 * shape.threads * shape.blocks;  // of the unrolled loop: 4.3 MB of 132 SMs
  for (int chunks = 2; chunks <= 24; ++chunks) {
    constexpr int kPasses = 60;
    auto us = probe::time_in_graph(stream, reps, kPasses, [&] {
      for (int pass = 0; pass < kPasses; ++pass) {  // 61 SMs on: mostly another GPC
        move<kRead><<<shape.blocks, shape.threads, 0, stream>>>(in.get(), out.get(), 4 * chunks, 61 * pass, 1,
                                                                4 * chunks);
      }
    });
    for (double& t : us) t = 1e-3 * chunk * chunks / t;
    probe::emit("memory", "sweep_handover", {{"mb", chunk * chunks / kMb}}, "GB/s", us);
  }
  for (const int share : {1, 2, 4, 11, 12, 33, 132}) {
    if (sms % share != 0) continue;
    const Shape groups{sms, 1024, probe::kWholeSmBytes, share};
    probe::emit("memory", "shared_l2", {{"share", 1.0 * share}}, "GB/s",
                rate<kRead>(stream, groups, in.get(), out.get(), 16e6, 4e9, reps));
  }
}

__device__ unsigned shared_address(const void* p) {
  return static_cast<unsigned>(__cvta_generic_to_shared(p));
}

constexpr int kBulk = 16 * 1024;  // bytes of a transfer
constexpr int kRing = 12;

// One thread of each block keeps kRing transfers under way; `count` in all, over `slots` places a block.
__global__ void bulk_read(const char* in, unsigned slots, unsigned count) {
  extern __shared__ __align__(128) char ring[];
  __shared__ unsigned long long full[kRing];
  if (threadIdx.x != 0) return;
  for (auto& barrier : full)
    asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(shared_address(&barrier)));
  asm volatile("fence.mbarrier_init.release.cluster;\n\tfence.proxy.async.shared::cta;" ::: "memory");
  const auto issue = [&](unsigned i) {
    const unsigned barrier = shared_address(full + i % kRing);
    const char* from = in + (static_cast<std::size_t>(i % slots) * gridDim.x + blockIdx.x) * kBulk;
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(kBulk)
                 : "memory");
    asm volatile(
        "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(
            shared_address(ring + i % kRing * kBulk)),
        "l"(from), "r"(kBulk), "r"(barrier)
        : "memory");
  };
  for (unsigned i = 0; i < kRing && i < count; ++i) issue(i);
  for (unsigned i = 0; i < count; ++i) {
    unsigned done = 0;
    while (done == 0) {
      asm volatile(
          "{\n\t.reg .pred p;\n\tmbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n\t"
          "selp.u32 %0, 1, 0, p;\n\t}"
          : "=r"(done)
          : "r"(shared_address(full + i % kRing)), "r"(i / kRing % 2)
          : "memory");
    }
    if (i + kRing < count) issue(i + kRing);
  }
}

__global__ void bulk_write(char* out, unsigned slots, unsigned count) {
  extern __shared__ __align__(128) char ring[];
  if (threadIdx.x != 0) return;
  for (unsigned i = 0; i < count; ++i) {
    char* to = out + (static_cast<std::size_t>(i % slots) * gridDim.x + blockIdx.x) * kBulk;
    asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;" ::"l"(to),
                 "r"(shared_address(ring + i % kRing * kBulk)), "r"(kBulk)
                 : "memory");
    asm volatile("cp.async.bulk.commit_group;\n\tcp.async.bulk.wait_group 11;" ::: "memory");
  }
  asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
}

void few(int reps) {
  probe::Stream stream;
  probe::Buffer<uint4> in(kBig / 16), out(kBig / 16);
  const int sms = probe::sm_count();
  for (const auto kernel :
       {reinterpret_cast<const void*>(&bulk_read), reinterpret_cast<const void*>(&bulk_write)}) {
    CUDA(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kRing * kBulk));
  }
  for (const int k : {1, 2, 4, 8, 16, 32, 48, 66, 99, sms}) {
    if (k > sms) continue;
    const Shape shape{k, 1024, probe::kWholeSmBytes};
    const probe::At at = {{"sms", static_cast<double>(k)}};
    const auto all = [&](const char* where, double set, double moved) {
      const std::string prefix = std::string("few_") + where;
      probe::emit("memory", prefix + "_read", at, "GB/s",
                  rate<kRead>(stream, shape, in.get(), out.get(), set, moved, reps));
      probe::emit("memory", prefix + "_write", at, "GB/s",
                  rate<kWrite>(stream, shape, in.get(), out.get(), set, moved, reps));
      probe::emit("memory", prefix + "_copy", at, "GB/s",
                  rate<kCopy>(stream, shape, in.get(), out.get(), set / 2, moved, reps));
      const auto slots = static_cast<unsigned>(std::max(set / kBulk / k, 1.0));
      const auto count = static_cast<unsigned>(moved / kBulk / k);
      for (const bool reads : {true, false}) {
        auto us = probe::time_runs(stream, reps, [&] {
          if (reads) {
            bulk_read<<<k, 32, kRing * kBulk, stream>>>(reinterpret_cast<const char*>(in.get()), slots,
                                                        count);
          } else {
            bulk_write<<<k, 32, kRing * kBulk, stream>>>(reinterpret_cast<char*>(out.get()), slots, count);
          }
        });
        for (double& t : us) t = 1e-3 * kBulk * count * k / t;
        probe::emit("memory", prefix + (reads ? "_bulk_read" : "_bulk_write"), at, "GB/s", us);
      }
    };
    all("l2", 8e6, 40e6 * k);
    all("hbm", kBig, std::max(400e6, 40e6 * k));  // far more than L2 keeps for the next run
  }
}

__global__ void chase(const unsigned* next, unsigned start, int steps, unsigned* sink) {
  unsigned at = start;
  for (int i = 0; i < steps; ++i) at = __ldcg(next + at);
  *sink = at;
}

void latency(int reps) {
  probe::Stream stream;
  constexpr std::size_t kLine = 32;  // words
  probe::Buffer<unsigned> sink(1);
  for (const double mb : {0.5, 8.0, 24.0, 40.0, 400.0}) {
    const auto lines = static_cast<std::size_t>(mb * kMb / 128);
    std::vector<unsigned> order(lines);
    std::iota(order.begin(), order.end(), 0U);
    std::shuffle(order.begin(), order.end(), std::mt19937(1));
    std::vector<unsigned> next(lines * kLine);
    for (std::size_t i = 0; i < lines; ++i) {
      next[order[i] * kLine] = order[(i + 1) % lines] * static_cast<unsigned>(kLine);
    }
    probe::Buffer<unsigned> memory(next.size());
    memory.put(next);
    const bool hbm = mb > 100;  // every run goes through lines that no run before it touched
    const int steps = hbm ? 100'000 : static_cast<int>(lines);
    std::size_t start = 0;
    auto us = probe::time_runs(stream, std::min(reps, 6), [&] {
      chase<<<1, 1, 0, stream>>>(memory.get(), order[start] * static_cast<unsigned>(kLine), steps,
                                 sink.get());
      if (hbm) start += static_cast<std::size_t>(steps);
    });
    for (double& t : us) t = 1e3 * t / steps;
    probe::emit("memory", hbm ? "latency_hbm" : "latency_l2", {{"mb", mb}}, "ns", us);
  }
}

__global__ void store_fence(unsigned* to, int steps, bool store) {
  for (int i = 0; i < steps; ++i) {
    if (store) *reinterpret_cast<volatile unsigned*>(to + (i & 8191) * 32) = static_cast<unsigned>(i);
    asm volatile("fence.acq_rel.gpu;" ::: "memory");
  }
}

void fences(int reps) {
  probe::Stream stream;
  probe::Buffer<unsigned> to(8192 * 32);
  constexpr int kSteps = 20'000;
  for (const bool store : {true, false}) {
    auto us =
        probe::time_runs(stream, reps, [&] { store_fence<<<1, 1, 0, stream>>>(to.get(), kSteps, store); });
    for (double& t : us) t = 1e3 * t / kSteps;
    probe::emit("memory", store ? "store_fence" : "fence", {}, "ns", us);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int reps = probe::quick(argc, argv) ? 4 : 15;
  const bool usable =
      probe::section("memory", [&] { big(reps); }) && probe::section("memory", [&] { sweep(reps); }) &&
      probe::section("memory", [&] { few(reps); }) && probe::section("memory", [&] { latency(reps); }) &&
      probe::section("memory", [&] { fences(reps); });
  return usable ? 0 : 1;
}
