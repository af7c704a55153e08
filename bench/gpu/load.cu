// The GPU under tensor load: SM clock, and what SMs that only poll cost a GEMM.
//
// Build and run (measure.py does both):  nvcc -O3 -std=c++17 -arch=native load.cu -lcublas -o load && ./load
//
//   clock_*, tflops_*   GEMMs (bf16, 8192 x 8192 x 8192) for seconds, on random data or zeros; first 20 ms,
//   and
//                       the last second; the clock from cycles and ns of a kernel of 100 us after every other
//                       GEMM
//   gemm_reserved       such a GEMM (inner dimension 4096) while k SMs are held by thread blocks that poll a
//   flag gemm_polled         the same while k SMs have one polling warp that asks for no shared memory
//   gemm_written        the same while k SMs write to memory as fast as they can (few_hbm_write in memory.cu)
//   read_*              the same with 16 columns: bound by reading 268 MB
//   *_base              the runs without the others that took turns with them
#include <cublas_v2.h>
#include <cuda_bf16.h>

#include <thread>

#include "probe.hpp"

namespace {

void blas(cublasStatus_t status) {
  if (status != CUBLAS_STATUS_SUCCESS) {
    throw std::runtime_error("cuBLAS status " + std::to_string(static_cast<int>(status)));
  }
}

__global__ void fill(__nv_bfloat16* to, std::size_t count, float scale) {
  const std::size_t step = std::size_t{gridDim.x} * blockDim.x;
  for (std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += step) {
    auto x = static_cast<std::uint32_t>(i) * 2654435761U;
    x = (x ^ x >> 15) * 2246822519U;
    x = (x ^ x >> 13) * 3266489917U;
    x ^= x >> 16;
    to[i] = __float2bfloat16(scale * (static_cast<float>(x) / 2147483648.0F - 1.0F));
  }
}

__global__ void clock_probe(unsigned long long duration_ns, double* mhz) {
  const long long c0 = clock64();
  const unsigned long long t0 = probe::now_ns();
  unsigned long long t = t0;
  while (t < t0 + duration_ns) t = probe::now_ns();
  *mhz = 1e3 * static_cast<double>(clock64() - c0) / static_cast<double>(t - t0);
}

enum class Guest { hold, poll, write };

// Thread blocks that stay until the flag is set; for 1 s at most, should the GEMM not fit beside them. They
// poll it, or write to memory as fast as they can.
__global__ void guest(const unsigned* flag, unsigned* started, uint4* to, std::size_t words) {
  if (threadIdx.x == 0) atomicAdd(started, 1U);
  const unsigned long long from = probe::now_ns();
  const std::size_t step = std::size_t{gridDim.x} * blockDim.x;
  std::size_t at = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x;
  unsigned v = 0;
  while (v == 0 && probe::now_ns() < from + 1'000'000'000ULL) {
    for (int i = 0; i < 64 && to != nullptr; ++i, at = at + step < words ? at + step : at % step) {
      to[at] = make_uint4(i, 0, 0, 0);
    }
    asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(v) : "l"(flag) : "memory");
  }
}

class Gemm {
 public:
  Gemm(int m, int n, int k, float scale)
      : m_(m),
        n_(n),
        k_(k),
        a_(std::size_t(m) * k),
        b_(std::size_t(k) * n),
        c_(std::size_t(m) * n),
        workspace_(kWorkspace) {
    blas(cublasCreate(&handle_));
    blas(cublasSetStream(handle_, stream_));
    blas(cublasSetWorkspace(handle_, workspace_.get(), kWorkspace));
    fill<<<1024, 256, 0, stream_>>>(a_.get(), a_.size(), scale);
    fill<<<1024, 256, 0, stream_>>>(b_.get(), b_.size(), scale);
    stream_.wait();
  }
  Gemm(const Gemm&) = delete;
  ~Gemm() { cublasDestroy(handle_); }

  const probe::Stream& stream() const { return stream_; }
  double flops() const { return 2.0 * m_ * n_ * k_; }
  void run() {
    const float one = 1, zero = 0;
    blas(cublasGemmEx(handle_, CUBLAS_OP_T, CUBLAS_OP_N, m_, n_, k_, &one, a_.get(), CUDA_R_16BF, k_,
                      b_.get(), CUDA_R_16BF, k_, &zero, c_.get(), CUDA_R_16BF, m_, CUBLAS_COMPUTE_32F,
                      CUBLAS_GEMM_DEFAULT));
  }

 private:
  static constexpr std::size_t kWorkspace = std::size_t{64} << 20;
  int m_, n_, k_;
  probe::Stream stream_;
  cublasHandle_t handle_ = nullptr;
  probe::Buffer<__nv_bfloat16> a_, b_, c_;
  probe::Buffer<char> workspace_;
};

void clock_under_load(const char* data, float scale, double seconds) {
  Gemm gemm(8192, 8192, 8192, scale);
  gemm.run();
  gemm.stream().wait();
  CUDA(cudaDeviceSynchronize());
  constexpr int kBatch = 16;
  probe::Buffer<double> mhz(kBatch);
  probe::Stopwatch watch[kBatch];
  struct Sample {
    double at_s, mhz, tflops;
  };
  std::vector<Sample> samples;
  const double from = probe::now_us();
  double at_s = 0;
  while (at_s < seconds) {
    for (int i = 0; i < kBatch; ++i) {
      watch[i].start(gemm.stream());
      gemm.run();
      watch[i].stop(gemm.stream());
      if (i % 2 == 1) clock_probe<<<1, 1, 0, gemm.stream()>>>(100'000, mhz.get() + i);
    }
    gemm.stream().wait();
    const auto clocks = mhz.take();
    for (int i = 1; i < kBatch; i += 2) {
      samples.push_back({at_s, clocks[static_cast<std::size_t>(i)], 1e-6 * gemm.flops() / watch[i].us()});
    }
    at_s = 1e-6 * (probe::now_us() - from);
  }
  const auto report = [&](const char* when, auto&& wanted) {
    std::vector<double> c, f;
    for (const Sample& s : samples) {
      if (!wanted(s.at_s)) continue;
      c.push_back(s.mhz);
      f.push_back(s.tflops);
    }
    probe::emit("load", std::string("clock_") + data + "_" + when, {{"seconds", seconds}}, "MHz", c);
    probe::emit("load", std::string("tflops_") + data + "_" + when, {{"seconds", seconds}}, "TFLOP/s", f);
  };
  report("first", [](double s) { return s < 0.02; });
  report("last", [&](double s) { return s > seconds - 1; });
}

// us a GEMM, of some after 3 ms of idling, so that power does not limit the clock.
double rested_us(Gemm& gemm, int runs) {
  CUDA(cudaStreamSynchronize(gemm.stream()));
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  probe::Stopwatch watch;
  watch.start(gemm.stream());
  for (int i = 0; i < runs; ++i) gemm.run();
  watch.stop(gemm.stream());
  return watch.us() / runs;
}

// Runs with and without guests take turns.
void beside(const char* name, Guest kind, Gemm& gemm, int runs, const std::vector<int>& guests, int reps) {
  constexpr std::size_t kWritten = std::size_t{1} << 30;
  probe::Stream polling, control;
  probe::Buffer<unsigned> words(256);  // flag, and from word 128 how many blocks have started
  probe::Buffer<uint4> written(kind == Guest::write ? kWritten / 16 : 1);
  probe::take_whole_sm(guest);
  unsigned* host = nullptr;
  CUDA(cudaMallocHost(&host, 2 * sizeof(unsigned)));
  host[0] = 1;
  volatile unsigned* started = host + 1;
  for (int i = 0; i < 10; ++i) rested_us(gemm, runs);
  for (const int k : guests) {
    std::vector<double> with, without;
    bool alone = false;
    for (int r = 0; r < reps && !alone; ++r) {
      without.push_back(rested_us(gemm, runs));
      CUDA(cudaMemset(words.get(), 0, words.size() * 4));
      CUDA(cudaDeviceSynchronize());
      guest<<<k, kind == Guest::write ? 1024 : 32, kind == Guest::poll ? 0 : probe::kWholeSmBytes, polling>>>(
          words.get(), words.get() + 128, kind == Guest::write ? written.get() : nullptr, written.size());
      CUDA(cudaGetLastError());
      for (*started = 0; *started != static_cast<unsigned>(k);) {
        CUDA(cudaMemcpyAsync(host + 1, words.get() + 128, sizeof(unsigned), cudaMemcpyDeviceToHost, control));
        control.wait();
      }
      with.push_back(rested_us(gemm, runs));
      alone = cudaStreamQuery(polling) != cudaErrorNotReady;  // they gave up: no GEMM ran beside them
      CUDA(cudaMemcpyAsync(words.get(), host, sizeof(unsigned), cudaMemcpyHostToDevice, control));
      control.wait();
      polling.wait();
    }
    if (alone) {
      std::fprintf(stderr, "%s: no GEMM runs beside %d blocks\n", name, k);
      continue;
    }
    const probe::At at = {{"sms", static_cast<double>(k)}};
    probe::emit("load", name, at, "us", with);
    probe::emit("load", std::string(name) + "_base", at, "us", without);
  }
  cudaFreeHost(host);
}

void guests(int reps) {
  const int sms = probe::sm_count();
  {
    Gemm gemm(8192, 8192, 4096, 1);
    beside("gemm_reserved", Guest::hold, gemm, 1, {1, 2, 4, 8, 16, 20, 32, 64}, reps);
    beside("gemm_polled", Guest::poll, gemm, 1, {1, 4, 8, 16, 20, 32, sms}, reps);
    beside("gemm_written", Guest::write, gemm, 1, {4, 8, 16}, reps);
  }
  Gemm few_rows(16384, 16, 8192, 1);
  beside("read_reserved", Guest::hold, few_rows, 4, {4, 8, 16}, reps);
  beside("read_written", Guest::write, few_rows, 4, {4, 8, 16}, reps);
}

}  // namespace

int main(int argc, char** argv) {
  const bool quick = probe::quick(argc, argv);
  const bool usable = probe::section("load", [&] { guests(quick ? 5 : 15); }) &&
                      probe::section("load", [&] { clock_under_load("zeros", 0, quick ? 1.5 : 3); }) &&
                      probe::section("load", [&] { clock_under_load("random", 1, quick ? 1.5 : 4); });
  return usable ? 0 : 1;
}
