// Flags and atomics between SMs of one GPU.
//
// Build and run (measure.py does both):  nvcc -O3 -std=c++17 -arch=native sync.cu -o sync && ./sync
//
//   flag_one_way     half of a round trip: one SM stores a flag, another polls it and answers with a second
//   flag;
//                    store with release, look with acquire, as it must be when the flag stands for data
//   flag_relaxed     the same without release and acquire
//   flag_to_many     one SM stores a flag, all others poll it and count up; until the first has seen the
//   count flag_rested      as flag_one_way, the poller sleeps 100 ns between two looks atomic_latency
//   dependent atomicAdds of one thread atomic_rate      atomicAdd of all SMs, no result used: one word for
//   all, or one for each block atomic_rate_result  the same, result used
#include "probe.hpp"

namespace {

template <bool ordered>
__device__ unsigned look(const unsigned* flag) {
  unsigned v;
  if (ordered) {
    asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(v) : "l"(flag) : "memory");
  } else {
    asm volatile("ld.relaxed.gpu.global.u32 %0, [%1];" : "=r"(v) : "l"(flag) : "memory");
  }
  return v;
}

template <bool ordered>
__device__ void set(unsigned* flag, unsigned v) {
  if (ordered) {
    asm volatile("st.release.gpu.global.u32 [%0], %1;" ::"l"(flag), "r"(v) : "memory");
  } else {
    asm volatile("st.relaxed.gpu.global.u32 [%0], %1;" ::"l"(flag), "r"(v) : "memory");
  }
}

constexpr int kApart = 64;  // words between two flags: lines of their own

// Block 0 and block `peer` answer each other; each has an SM for itself.
template <bool ordered>
__global__ void ping_pong(unsigned* flags, unsigned peer, unsigned rounds, unsigned sleep_ns,
                          unsigned long long* ns) {
  if (threadIdx.x != 0) return;
  unsigned* there = flags;
  unsigned* back = flags + kApart;
  if (blockIdx.x == 0) {
    const unsigned long long from = probe::now_ns();
    for (unsigned r = 1; r <= rounds; ++r) {
      set<ordered>(there, r);
      while (look<ordered>(back) != r) {
        if (sleep_ns > 0) __nanosleep(sleep_ns);
      }
    }
    *ns = probe::now_ns() - from;
  } else if (blockIdx.x == peer) {
    for (unsigned r = 1; r <= rounds; ++r) {
      while (look<ordered>(there) != r) {
        if (sleep_ns > 0) __nanosleep(sleep_ns);
      }
      set<ordered>(back, r);
    }
  }
}

__global__ void to_many(unsigned* flags, unsigned rounds, unsigned long long* ns) {
  if (threadIdx.x != 0) return;
  unsigned* flag = flags;
  unsigned* count = flags + kApart;
  const unsigned others = gridDim.x - 1;
  if (blockIdx.x == 0) {
    const unsigned long long from = probe::now_ns();
    for (unsigned r = 1; r <= rounds; ++r) {
      set<true>(flag, r);
      while (look<true>(count) != r * others) {}
    }
    *ns = probe::now_ns() - from;
  } else {
    for (unsigned r = 1; r <= rounds; ++r) {
      while (look<true>(flag) != r) {}
      atomicAdd(count, 1U);
    }
  }
}

__global__ void dependent_adds(unsigned* word, int steps, unsigned long long* ns) {
  const unsigned long long from = probe::now_ns();
  unsigned v = 0;
  for (int i = 0; i < steps; ++i) v = atomicAdd(word + (v >> 31), 1U);
  *ns = probe::now_ns() - from + (v >> 31);
}

__global__ void adds(unsigned* words, int apart, int steps) {
  unsigned* word = words + static_cast<std::size_t>(blockIdx.x) * apart;
  for (int i = 0; i < steps; ++i) atomicAdd(word, 1U);
}

__global__ void adds_with_result(unsigned* words, int apart, int steps, unsigned* sink) {
  unsigned* word = words + static_cast<std::size_t>(blockIdx.x) * apart;
  unsigned sum = 0;
  for (int i = 0; i < steps; ++i) sum ^= atomicAdd(word, 1U);
  if (sum == 0x87654321) *sink = sum;
}

void flags(int reps) {
  probe::Stream stream;
  const int sms = probe::sm_count();
  probe::Buffer<unsigned> words(2 * kApart);
  probe::Buffer<unsigned long long> ns(1);
  probe::take_whole_sm(ping_pong<true>);
  probe::take_whole_sm(ping_pong<false>);
  probe::take_whole_sm(to_many);
  constexpr unsigned kRounds = 2000;
  const auto clear = [&] { CUDA(cudaMemsetAsync(words.get(), 0, words.size() * 4, stream)); };
  const auto round_ns = [&] {
    stream.wait();
    CUDA(cudaGetLastError());
    return static_cast<double>(ns.take()[0]) / kRounds;
  };
  std::vector<double> one_way, rested, relaxed, many;
  for (int peer = 1; peer < sms; peer += std::max(sms / (2 * reps), 1)) {
    const auto run = [&](auto kernel, unsigned sleep_ns, std::vector<double>& ns_each) {
      clear();
      kernel<<<sms, 32, probe::kWholeSmBytes, stream>>>(words.get(), static_cast<unsigned>(peer), kRounds,
                                                        sleep_ns, ns.get());
      ns_each.push_back(round_ns() / 2);
    };
    run(ping_pong<true>, 0, one_way);
    run(ping_pong<true>, 100, rested);
    run(ping_pong<false>, 0, relaxed);
  }
  probe::emit("sync", "flag_one_way", {}, "ns", one_way);
  probe::emit("sync", "flag_rested", {{"sleep_ns", 100}}, "ns", rested);
  probe::emit("sync", "flag_relaxed", {}, "ns", relaxed);
  for (int r = 0; r < reps; ++r) {
    clear();
    to_many<<<sms, 32, probe::kWholeSmBytes, stream>>>(words.get(), kRounds, ns.get());
    many.push_back(round_ns());
  }
  probe::emit("sync", "flag_to_many", {{"pollers", static_cast<double>(sms - 1)}}, "ns", many);
}

void atomics(int reps) {
  probe::Stream stream;
  const int sms = probe::sm_count();
  probe::Buffer<unsigned> words(std::size_t{8} * sms * kApart), sink(1);
  probe::Buffer<unsigned long long> ns(1);
  constexpr int kSteps = 2000;
  std::vector<double> v;
  for (int r = 0; r < reps; ++r) {
    dependent_adds<<<1, 1, 0, stream>>>(words.get(), kSteps, ns.get());
    stream.wait();
    v.push_back(static_cast<double>(ns.take()[0]) / kSteps);
  }
  probe::emit("sync", "atomic_latency", {}, "ns", v);
  for (const int apart : {0, kApart}) {
    for (const int blocks : {sms, 8 * sms}) {  // one thread each: the compiler would add up a warp's
      const probe::At at = {{"blocks", static_cast<double>(blocks)},
                            {"words", static_cast<double>(apart == 0 ? 1 : blocks)}};
      const double count = 1.0 * blocks * kSteps;
      auto us =
          probe::time_runs(stream, reps, [&] { adds<<<blocks, 1, 0, stream>>>(words.get(), apart, kSteps); });
      for (double& t : us) t = 1e-3 * count / t;
      probe::emit("sync", "atomic_rate", at, "adds/ns", us);
      us = probe::time_runs(stream, reps, [&] {
        adds_with_result<<<blocks, 1, 0, stream>>>(words.get(), apart, kSteps, sink.get());
      });
      for (double& t : us) t = 1e-3 * count / t;
      probe::emit("sync", "atomic_rate_result", at, "adds/ns", us);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int reps = probe::quick(argc, argv) ? 4 : 15;
  const bool usable =
      probe::section("sync", [&] { flags(reps); }) && probe::section("sync", [&] { atomics(reps); });
  return usable ? 0 : 1;
}
