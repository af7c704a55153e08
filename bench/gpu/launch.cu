// What software pays around kernels: launches, gaps on a stream, the way of counts to the host and back.
//
// Build and run (measure.py does both):  nvcc -O3 -std=c++17 -arch=native launch.cu -o launch && ./launch
//
//   cpu_launch        CPU time of one launch call while the stream is busy
//   gap_events        start to start of empty kernels, from a filled queue and in a graph
//   gap_kernels       last thread block's end to next kernel's first block, both on the GPU's clock
//   launch_to_host    CPU: launch of a kernel until its write to host memory is seen
//   launch_and_sync   CPU: launch of an empty kernel and cudaStreamSynchronize
//   counts_to_host    GPU idle: end of a kernel, 1 KB to the host, synchronise, launch, start of the next
//   sync_only         the same without the copy
//   chain             CPU: 20 empty kernels until synchronised, launched one by one or as a graph
#include <numeric>

#include "probe.hpp"

namespace {

using probe::now_us;

__global__ void empty() {}

__global__ void spin(unsigned long long ns) {
  const unsigned long long until = probe::now_ns() + ns;
  while (probe::now_ns() < until) {}
}

// Every block notes when it starts and ends: times[2 * block], [2 * block + 1].
__global__ void stamped(unsigned long long* times, unsigned long long ns) {
  const unsigned long long start = probe::now_ns();
  while (probe::now_ns() < start + ns) {}
  __syncthreads();
  if (threadIdx.x == 0) {
    times[2 * blockIdx.x] = start;
    times[2 * blockIdx.x + 1] = probe::now_ns();
  }
}

__global__ void tick(unsigned long long* times, int count) {
  for (int i = 0; i < count;) {
    const unsigned long long t = probe::now_ns();
    if (i == 0 || t != times[i - 1]) times[i++] = t;
  }
}

__global__ void raise(volatile unsigned* flag, unsigned value) {
  *flag = value;
  __threadfence_system();
}

void timer() {
  probe::Buffer<unsigned long long> times(1000);
  tick<<<1, 1>>>(times.get(), 1000);
  const auto t = times.take();
  std::vector<double> steps;
  for (std::size_t i = 1; i < t.size(); ++i) steps.push_back(static_cast<double>(t[i] - t[i - 1]));
  probe::emit("launch", "globaltimer_step", {}, "ns", steps);
}

void cpu_launch(int reps) {
  probe::Stream stream;
  std::vector<double> us;
  for (int r = 0; r < reps; ++r) {
    spin<<<1, 1, 0, stream>>>(5'000'000);
    for (int i = 0; i < 300; ++i) {
      const double from = now_us();
      empty<<<1, 32, 0, stream>>>();
      if (i >= 10) us.push_back(now_us() - from);
    }
    stream.wait();
  }
  probe::emit("launch", "cpu_launch", {}, "us", us);
}

void gap_events(int reps) {
  probe::Stream stream;
  const int sms = probe::sm_count();
  constexpr int kKernels = 500;
  for (const auto& [blocks, threads] : {std::pair{1, 32}, {sms, 256}, {sms, 1024}}) {
    probe::Stopwatch watch;
    std::vector<double> us;
    for (int r = 0; r < reps; ++r) {
      spin<<<1, 1, 0, stream>>>(8'000'000);
      watch.start(stream);
      for (int i = 0; i < kKernels; ++i) empty<<<blocks, threads, 0, stream>>>();
      watch.stop(stream);
      us.push_back(watch.us() / kKernels);
    }
    const double b = blocks, t = threads;
    probe::emit("launch", "gap_events_eager", {{"blocks", b}, {"threads", t}}, "us", us);
    us = probe::time_in_graph(stream, reps, kKernels, [&, blocks = blocks, threads = threads] {
      for (int i = 0; i < kKernels; ++i) empty<<<blocks, threads, 0, stream>>>();
    });
    probe::emit("launch", "gap_events_graph", {{"blocks", b}, {"threads", t}}, "us", us);
  }
}

void gap_kernels() {
  probe::Stream stream;
  constexpr int kKernels = 200;
  const int sms = probe::sm_count();
  probe::Buffer<unsigned long long> times(static_cast<std::size_t>(2 * sms * kKernels));
  const auto launch = [&](int threads) {
    for (int i = 0; i < kKernels; ++i) {
      stamped<<<sms, threads, 0, stream>>>(times.get() + 2 * sms * i, 10'000);
    }
  };
  const auto gaps = [&] {
    stream.wait();
    const auto t = times.take();
    std::vector<double> us;
    for (int i = 1; i < kKernels; ++i) {
      unsigned long long end = 0, start = ~0ULL;
      for (int b = 0; b < sms; ++b) {
        end = std::max(end, t[static_cast<std::size_t>(2 * (sms * (i - 1) + b) + 1)]);
        start = std::min(start, t[static_cast<std::size_t>(2 * (sms * i + b))]);
      }
      us.push_back(1e-3 * (static_cast<double>(start) - static_cast<double>(end)));
    }
    return us;
  };
  for (const int threads : {256, 1024}) {
    const double b = sms, t = threads;
    for (int r = 0; r < 2; ++r) {
      spin<<<1, 1, 0, stream>>>(4'000'000);
      launch(threads);
      if (r == 1) probe::emit("launch", "gap_kernels_eager", {{"blocks", b}, {"threads", t}}, "us", gaps());
      stream.wait();
    }
    probe::Graph graph(stream, [&] { launch(threads); });
    for (int r = 0; r < 2; ++r) {
      graph.launch(stream);
      if (r == 1) probe::emit("launch", "gap_kernels_graph", {{"blocks", b}, {"threads", t}}, "us", gaps());
      stream.wait();
    }
  }
}

void round_trips(int reps) {
  probe::Stream stream;
  unsigned* flag = nullptr;
  CUDA(cudaHostAlloc(&flag, 4096, cudaHostAllocMapped));
  unsigned* device_flag = nullptr;
  CUDA(cudaHostGetDevicePointer(&device_flag, flag, 0));
  volatile unsigned* seen = flag;
  *seen = 0;
  std::vector<double> to_host, sync;
  for (int i = 1; i <= reps; ++i) {
    double from = now_us();
    raise<<<1, 1, 0, stream>>>(device_flag, static_cast<unsigned>(i));
    while (*seen != static_cast<unsigned>(i)) {}
    to_host.push_back(now_us() - from);
    stream.wait();
    from = now_us();
    empty<<<1, 32, 0, stream>>>();
    stream.wait();
    sync.push_back(now_us() - from);
  }
  probe::emit("launch", "launch_to_host", {}, "us", to_host);
  probe::emit("launch", "launch_and_sync", {}, "us", sync);
  cudaFreeHost(flag);
}

void counts_to_host(int reps) {
  probe::Stream stream;
  constexpr int kCounts = 256;  // 1 KB, as 256 experts' counts
  probe::Buffer<int> counts(kCounts);
  probe::Buffer<unsigned long long> times(4);
  int* pinned = nullptr;
  CUDA(cudaMallocHost(&pinned, kCounts * sizeof(int)));
  std::vector<int> pageable(kCounts);
  const std::pair<const char*, int*> targets[] = {{"counts_to_host_pinned", pinned},
                                                  {"counts_to_host_pageable", pageable.data()},
                                                  {"sync_only", nullptr}};
  for (const auto& [name, host] : targets) {
    std::vector<double> us;
    long long sum = 0;
    for (int i = 0; i < reps; ++i) {
      stamped<<<1, 32, 0, stream>>>(times.get(), 50'000);
      if (host != nullptr) {
        CUDA(cudaMemcpyAsync(host, counts.get(), kCounts * sizeof(int), cudaMemcpyDeviceToHost, stream));
      }
      stream.wait();
      if (host != nullptr) sum = std::accumulate(host, host + kCounts, sum);
      stamped<<<1, 32, 0, stream>>>(times.get() + 2, 1'000);
      stream.wait();
      const auto t = times.take();
      us.push_back(1e-3 * static_cast<double>(t[2] - t[1]));
    }
    if (sum != 0) throw std::runtime_error("counts are not zero");
    probe::emit("launch", name, {}, "us", us);
  }
  cudaFreeHost(pinned);
}

void chain(int reps) {
  probe::Stream stream;
  constexpr int kKernels = 20;
  const auto body = [&] {
    for (int i = 0; i < kKernels; ++i) empty<<<1, 32, 0, stream>>>();
  };
  probe::Graph graph(stream, body);
  std::vector<double> eager, replay;
  for (int i = 0; i < reps; ++i) {
    double from = now_us();
    body();
    stream.wait();
    eager.push_back(now_us() - from);
    from = now_us();
    graph.launch(stream);
    stream.wait();
    replay.push_back(now_us() - from);
  }
  probe::emit("launch", "chain_eager", {{"kernels", kKernels}}, "us", eager);
  probe::emit("launch", "chain_graph", {{"kernels", kKernels}}, "us", replay);
}

}  // namespace

int main(int argc, char** argv) {
  const int reps = probe::quick(argc, argv) ? 5 : 20;
  const bool usable =
      probe::section("launch", timer) && probe::section("launch", [&] { cpu_launch(reps); }) &&
      probe::section("launch", [&] { gap_events(reps); }) && probe::section("launch", gap_kernels) &&
      probe::section("launch", [&] { round_trips(20 * reps); }) &&
      probe::section("launch", [&] { counts_to_host(10 * reps); }) &&
      probe::section("launch", [&] { chain(10 * reps); });
  return usable ? 0 : 1;
}
