// What the probes share: error checks, timing with events and graphs, one JSON record a line on stdout.
//
// A probe prints records {"section", "name", "at": {...}, "unit", "n", "min", "median", "max"}; measure.py
// collects them. A section that fails prints {"section", "error"} and the next one goes on.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#define CUDA(call) probe::check((call), #call, __LINE__)

namespace probe {

inline void check(cudaError_t error, const char* what, int line) {
  if (error == cudaSuccess) return;
  throw std::runtime_error(std::string(what) + ", line " + std::to_string(line) + ": " +
                           cudaGetErrorString(error));
}

using At = std::initializer_list<std::pair<const char*, double>>;

/// One record: what was measured, at which parameters, over how many repetitions.
inline void emit(const char* section, const std::string& name, At at, const char* unit,
                 std::vector<double> v) {
  if (v.empty()) return;
  std::sort(v.begin(), v.end());
  std::printf("{\"section\": \"%s\", \"name\": \"%s\", \"at\": {", section, name.c_str());
  const char* comma = "";
  for (const auto& [key, value] : at) {
    std::printf("%s\"%s\": %.10g", comma, key, value);
    comma = ", ";
  }
  std::printf("}, \"unit\": \"%s\", \"n\": %zu, \"min\": %.5g, \"median\": %.5g, \"max\": %.5g}\n", unit,
              v.size(), v.front(), v[v.size() / 2], v.back());
  std::fflush(stdout);
}

/// Runs a section; an error is a line of the output. False when the device can no longer be used.
inline bool section(const char* name, const std::function<void()>& body) {
  std::string error;
  try {
    body();
    CUDA(cudaDeviceSynchronize());
    return true;
  } catch (const std::exception& e) {
    error = e.what();
  }
  std::replace(error.begin(), error.end(), '"', '\'');
  std::printf("{\"section\": \"%s\", \"error\": \"%s\"}\n", name, error.c_str());
  std::fflush(stdout);
  cudaGetLastError();
  return cudaDeviceSynchronize() == cudaSuccess;
}

inline bool quick(int argc, char** argv) { return argc > 1 && std::strcmp(argv[1], "--quick") == 0; }

inline int sm_count() {
  int sms = 0;
  CUDA(cudaDeviceGetAttribute(&sms, cudaDevAttrMultiProcessorCount, 0));
  return sms;
}

inline double now_us() {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Device memory, zeroed.
template <typename T>
class Buffer {
 public:
  explicit Buffer(std::size_t count) : count_(count) {
    CUDA(cudaMalloc(&data_, count * sizeof(T)));
    CUDA(cudaMemset(data_, 0, count * sizeof(T)));
  }
  Buffer(const Buffer&) = delete;
  Buffer(Buffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)), count_(other.count_) {}
  ~Buffer() { cudaFree(data_); }

  T* get() const { return data_; }
  std::size_t size() const { return count_; }
  void put(const std::vector<T>& from) {
    CUDA(cudaMemcpy(data_, from.data(), from.size() * sizeof(T), cudaMemcpyHostToDevice));
  }
  std::vector<T> take() const {
    std::vector<T> to(count_);
    CUDA(cudaMemcpy(to.data(), data_, count_ * sizeof(T), cudaMemcpyDeviceToHost));
    return to;
  }

 private:
  T* data_ = nullptr;
  std::size_t count_;
};

class Stream {
 public:
  Stream() { CUDA(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking)); }
  Stream(const Stream&) = delete;
  ~Stream() { cudaStreamDestroy(stream_); }
  operator cudaStream_t() const { return stream_; }
  void wait() const { CUDA(cudaStreamSynchronize(stream_)); }

 private:
  cudaStream_t stream_ = nullptr;
};

/// Time between two points of a stream.
class Stopwatch {
 public:
  Stopwatch() {
    CUDA(cudaEventCreate(&from_));
    CUDA(cudaEventCreate(&to_));
  }
  Stopwatch(const Stopwatch&) = delete;
  ~Stopwatch() {
    cudaEventDestroy(from_);
    cudaEventDestroy(to_);
  }
  void start(cudaStream_t stream) { CUDA(cudaEventRecord(from_, stream)); }
  void stop(cudaStream_t stream) { CUDA(cudaEventRecord(to_, stream)); }
  double us() const {
    CUDA(cudaEventSynchronize(to_));
    float ms = 0;
    CUDA(cudaEventElapsedTime(&ms, from_, to_));
    return 1e3 * ms;
  }

 private:
  cudaEvent_t from_ = nullptr;
  cudaEvent_t to_ = nullptr;
};

/// What `body` puts on a stream, as a graph.
class Graph {
 public:
  Graph(cudaStream_t stream, const std::function<void()>& body) {
    CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
    body();
    cudaGraph_t graph = nullptr;
    CUDA(cudaStreamEndCapture(stream, &graph));
    CUDA(cudaGraphInstantiate(&graph_, graph, 0));
    CUDA(cudaGraphDestroy(graph));
    CUDA(cudaGraphUpload(graph_, stream));
  }
  Graph(const Graph&) = delete;
  ~Graph() { cudaGraphExecDestroy(graph_); }
  void launch(cudaStream_t stream) { CUDA(cudaGraphLaunch(graph_, stream)); }

 private:
  cudaGraphExec_t graph_ = nullptr;
};

/// us of each of `reps` runs of `body` on the stream.
inline std::vector<double> time_runs(cudaStream_t stream, int reps, const std::function<void()>& body) {
  Stopwatch watch;
  std::vector<double> us;
  for (int i = -2; i < reps; ++i) {  // two to warm up
    watch.start(stream);
    body();
    watch.stop(stream);
    const double t = watch.us();
    CUDA(cudaGetLastError());
    if (i >= 0) us.push_back(t);
  }
  return us;
}

/// us a kernel when `kernels` of them, put on the stream by `body`, run back to back in a graph.
inline std::vector<double> time_in_graph(cudaStream_t stream, int reps, int kernels,
                                         const std::function<void()>& body) {
  Graph graph(stream, body);
  std::vector<double> us = time_runs(stream, reps, [&] { graph.launch(stream); });
  for (double& t : us) t /= kernels;
  return us;
}

/// A kernel that asks for so much shared memory has an SM for itself.
constexpr int kWholeSmBytes = 200 * 1024;

template <typename Kernel>
void take_whole_sm(Kernel kernel) {
  CUDA(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kWholeSmBytes));
}

__device__ inline unsigned long long now_ns() {
  unsigned long long t;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(t));
  return t;
}

}  // namespace probe
