// Kernels that work on tokens: top-k, permutation, weighted sum, activation.
//
// Build and run (measure.py does both):  nvcc -O3 -std=c++17 -arch=native tokens.cu -o tokens && ./tokens
//
//   topk       softmax over an expert's scores (fp32), top k; a warp a token
//   permute    rows gathered by index, bf16: a token's row is read k times
//   scatter    the other way: a token's row is read once and written k times
//   reduce     weighted sum of k rows into a token's, bf16, fp32 inside
//   activation SwiGLU, [rows, 2 ffn] to [rows, ffn], bf16
//
// us a kernel, back to back in a graph: the gap between kernels is in it. `cold`: buffers take turns, so
// that all data comes from HBM; else the same buffers again and again, in L2 where they fit.
// `gb` is what a kernel has to read and write: a row that it reads k times counts once.
#include <cuda_bf16.h>

#include <memory>
#include <random>

#include "probe.hpp"

namespace {

using Bf16 = __nv_bfloat16;
constexpr int kThreads = 256;

template <int kPerLane>
__global__ void topk(const float* scores, int tokens, int experts, int k, int* ids, float* weights) {
  const int token = (blockIdx.x * blockDim.x + threadIdx.x) / 32;
  const int lane = threadIdx.x % 32;
  if (token >= tokens) return;
  float v[kPerLane];
  float top = -INFINITY;
#pragma unroll
  for (int i = 0; i < kPerLane; ++i) {
    const int e = i * 32 + lane;
    v[i] = e < experts ? scores[static_cast<std::size_t>(token) * experts + e] : -INFINITY;
    top = fmaxf(top, v[i]);
  }
  for (int d = 16; d > 0; d /= 2) top = fmaxf(top, __shfl_xor_sync(~0U, top, d));
  float sum = 0;
#pragma unroll
  for (int i = 0; i < kPerLane; ++i) {
    v[i] = __expf(v[i] - top);
    sum += v[i];
  }
  for (int d = 16; d > 0; d /= 2) sum += __shfl_xor_sync(~0U, sum, d);
  for (int j = 0; j < k; ++j) {
    float best = -1;
    int where = 0;
#pragma unroll
    for (int i = 0; i < kPerLane; ++i) {
      if (v[i] > best) {
        best = v[i];
        where = i * 32 + lane;
      }
    }
    for (int d = 16; d > 0; d /= 2) {
      const float other = __shfl_xor_sync(~0U, best, d);
      const int other_where = __shfl_xor_sync(~0U, where, d);
      if (other > best || (other == best && other_where < where)) {
        best = other;
        where = other_where;
      }
    }
#pragma unroll
    for (int i = 0; i < kPerLane; ++i) {
      if (i * 32 + lane == where) v[i] = -1;
    }
    if (lane == 0) {
      ids[token * k + j] = where;
      weights[token * k + j] = best / sum;
    }
  }
}

// blockIdx.x: row, or token; blockIdx.y: part of the row.
__device__ int part() { return blockIdx.y * blockDim.x + threadIdx.x; }

__global__ void permute(const uint4* in, const int* from, uint4* out, int row_words) {
  const int i = part();
  if (i >= row_words) return;
  out[static_cast<std::size_t>(blockIdx.x) * row_words + i] =
      in[static_cast<std::size_t>(from[blockIdx.x]) * row_words + i];
}

template <int k>
__global__ void scatter(const uint4* in, const int* to, uint4* out, int row_words) {
  const int i = part();
  if (i >= row_words) return;
  const uint4 v = in[static_cast<std::size_t>(blockIdx.x) * row_words + i];
#pragma unroll
  for (int j = 0; j < k; ++j) out[static_cast<std::size_t>(to[blockIdx.x * k + j]) * row_words + i] = v;
}

template <int k>
__global__ void reduce(const uint4* in, const int* from, const float* weights, uint4* out, int row_words) {
  const int i = part();
  if (i >= row_words) return;
  uint4 v[k];
#pragma unroll
  for (int j = 0; j < k; ++j) v[j] = in[static_cast<std::size_t>(from[blockIdx.x * k + j]) * row_words + i];
  float sum[8] = {};
#pragma unroll
  for (int j = 0; j < k; ++j) {
    const float w = weights[blockIdx.x * k + j];
    const auto* x = reinterpret_cast<const Bf16*>(v + j);
#pragma unroll
    for (int n = 0; n < 8; ++n) sum[n] += w * __bfloat162float(x[n]);
  }
  uint4 result;
  auto* x = reinterpret_cast<Bf16*>(&result);
#pragma unroll
  for (int n = 0; n < 8; ++n) x[n] = __float2bfloat16(sum[n]);
  out[static_cast<std::size_t>(blockIdx.x) * row_words + i] = result;
}

__global__ void activation(const uint4* in, uint4* out, int ffn_words) {
  const int i = part();
  if (i >= ffn_words) return;
  const uint4* row = in + static_cast<std::size_t>(blockIdx.x) * 2 * ffn_words;
  const uint4 gate = row[i], up = row[i + ffn_words];
  const auto* g = reinterpret_cast<const Bf16*>(&gate);
  const auto* u = reinterpret_cast<const Bf16*>(&up);
  uint4 result;
  auto* x = reinterpret_cast<Bf16*>(&result);
#pragma unroll
  for (int n = 0; n < 8; ++n) {
    const float a = __bfloat162float(g[n]);
    x[n] = __float2bfloat16(a / (1 + __expf(-a)) * __bfloat162float(u[n]));
  }
  out[static_cast<std::size_t>(blockIdx.x) * ffn_words + i] = result;
}

// Input and output of a kernel; several, where they must not be found in L2.
struct Sets {
  Sets(bool cold, std::size_t in_bytes, std::size_t out_bytes) {
    const std::size_t one = in_bytes + out_bytes;
    const std::size_t sets = cold ? std::max<std::size_t>(1, (300'000'000 + one - 1) / one) : 1;
    for (std::size_t i = 0; i < sets; ++i) {
      in.emplace_back(in_bytes / 16);
      out.emplace_back(out_bytes / 16);
    }
  }
  std::vector<probe::Buffer<uint4>> in, out;
};

int kernels_for(double bytes, std::size_t sets) {
  const int kernels = static_cast<int>(std::min(40.0, std::max(4.0, 2e9 / bytes)));
  return std::max(kernels, static_cast<int>(std::min<std::size_t>(sets, 400)));
}

std::vector<int> shuffled(int count, int repeated) {
  std::vector<int> v(static_cast<std::size_t>(count) * repeated);
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<int>(i) / repeated;
  std::shuffle(v.begin(), v.end(), std::mt19937(7));
  return v;
}

// `launch(in, out, i)` puts one kernel on the stream; it reads and writes `bytes`.
template <typename Launch>
void measure(const probe::Stream& stream, const char* name, probe::At at_given, bool cold,
             std::size_t in_bytes, std::size_t out_bytes, double bytes, int reps, Launch launch) {
  if (!cold && in_bytes + out_bytes > 300'000'000) return;
  Sets sets(cold, in_bytes, out_bytes);
  const int kernels = kernels_for(bytes, sets.in.size());
  const auto us = probe::time_in_graph(stream, reps, kernels, [&] {
    for (int i = 0; i < kernels; ++i) {
      const std::size_t set = static_cast<std::size_t>(i) % sets.in.size();
      launch(sets.in[set].get(), sets.out[set].get());
    }
  });
  probe::emit("tokens", std::string(name) + (cold ? "_cold" : ""), at_given, "us", us);
}

void topk_times(int reps) {
  probe::Stream stream;
  for (const auto& [experts, k] : {std::pair{256, 8}, {128, 8}, {64, 4}, {8, 2}}) {
    for (int tokens = 128; tokens <= 16384; tokens *= 2) {
      std::vector<float> scores(static_cast<std::size_t>(tokens) * experts);
      std::mt19937 random(3);
      std::normal_distribution<float> normal;
      for (float& s : scores) s = normal(random);
      probe::Buffer<float> in(scores.size()), weights(static_cast<std::size_t>(tokens) * k);
      probe::Buffer<int> ids(static_cast<std::size_t>(tokens) * k);
      in.put(scores);
      const int blocks = (tokens + kThreads / 32 - 1) / (kThreads / 32);
      constexpr int kKernels = 40;
      const auto us = probe::time_in_graph(stream, reps, kKernels, [&, experts = experts, k = k] {
        for (int i = 0; i < kKernels; ++i) {
          const auto kernel = experts > 128  ? topk<8>
                              : experts > 64 ? topk<4>
                              : experts > 32 ? topk<2>
                                             : topk<1>;
          kernel<<<blocks, kThreads, 0, stream>>>(in.get(), tokens, experts, k, ids.get(), weights.get());
        }
      });
      const auto chosen = ids.take();
      for (int j = 0; j < k; ++j) {  // of the last token: no expert outside the choice scores higher
        const float* row = scores.data() + static_cast<std::size_t>(tokens - 1) * experts;
        const float mine = row[chosen[static_cast<std::size_t>((tokens - 1) * k + j)]];
        if (std::count_if(row, row + experts, [&](float s) { return s > mine; }) != j) {
          throw std::runtime_error("topk: wrong experts");
        }
      }
      probe::emit("tokens", "topk",
                  {{"tokens", 1.0 * tokens},
                   {"experts", 1.0 * experts},
                   {"k", 1.0 * k},
                   {"gb", 1e-9 * tokens * (4.0 * experts + 8.0 * k)}},
                  "us", us);
    }
  }
}

template <int k>
void move_times(int hidden, int ffn, int reps) {
  probe::Stream stream;
  for (int tokens = 16; tokens <= 16384; tokens *= tokens < 128 ? 8 : 2) {
    const int rows = tokens * k;
    const std::size_t row_bytes = 2 * static_cast<std::size_t>(hidden);
    const std::size_t ffn_bytes = 2 * static_cast<std::size_t>(rows) * ffn;
    const int row_words = hidden / 8;
    const int ffn_words = ffn / 8;
    const auto parts = [](int words) { return static_cast<unsigned>((words + kThreads - 1) / kThreads); };
    const dim3 row_grid(rows, parts(row_words)), token_grid(tokens, parts(row_words)),
        ffn_grid(rows, parts(ffn_words));
    const auto order = shuffled(tokens, k);  // each token k times
    const auto places = shuffled(rows, 1);
    probe::Buffer<int> from(order.size()), to(places.size());
    from.put(order);
    to.put(places);
    probe::Buffer<float> weights(places.size());
    const double moved = (1.0 * tokens + rows) * row_bytes;
    const probe::At at = {
        {"tokens", 1.0 * tokens}, {"k", 1.0 * k}, {"hidden", 1.0 * hidden}, {"gb", 1e-9 * moved}};
    const probe::At ffn_at = {
        {"tokens", 1.0 * tokens}, {"k", 1.0 * k}, {"ffn", 1.0 * ffn}, {"gb", 3e-9 * ffn_bytes}};
    for (const bool cold : {false, true}) {
      measure(stream, "permute", at, cold, tokens * row_bytes, rows * row_bytes, moved, reps,
              [&](const uint4* in, uint4* out) {
                permute<<<row_grid, kThreads, 0, stream>>>(in, from.get(), out, row_words);
              });
      measure(stream, "scatter", at, cold, tokens * row_bytes, rows * row_bytes, moved, reps,
              [&](const uint4* in, uint4* out) {
                scatter<k><<<token_grid, kThreads, 0, stream>>>(in, to.get(), out, row_words);
              });
      measure(stream, "reduce", at, cold, rows * row_bytes, tokens * row_bytes, moved, reps,
              [&](const uint4* in, uint4* out) {
                reduce<k><<<token_grid, kThreads, 0, stream>>>(in, to.get(), weights.get(), out, row_words);
              });
      measure(stream, "activation", ffn_at, cold, 2 * ffn_bytes, ffn_bytes, 3.0 * ffn_bytes, reps,
              [&](const uint4* in, uint4* out) {
                activation<<<ffn_grid, kThreads, 0, stream>>>(in, out, ffn_words);
              });
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int reps = probe::quick(argc, argv) ? 4 : 15;
  const bool usable = probe::section("tokens", [&] { topk_times(reps); }) &&
                      probe::section("tokens", [&] { move_times<8>(7168, 2048, reps); }) &&
                      probe::section("tokens", [&] { move_times<2>(4096, 14336, reps); });
  return usable ? 0 : 1;
}
