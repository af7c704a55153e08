// Expert GEMMs against measurements on an H100, bf16, balanced.
#include "model/gpu/gemm_timing.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "model/gpu/gemm_alone.hpp"

namespace moehub {
namespace {

double gemm_us(const GpuConfig& gpu, const GemmShape& shape, int experts, int rows) {
  return to_us(gemm_alone(gpu, shape, std::vector<int>(static_cast<std::size_t>(experts), rows)));
}

// Prints a row, adds its error.
class Errors {
 public:
  void add(const std::string& what, double measured_us, double model_us, double bound) {
    const double error = model_us / measured_us - 1;
    std::printf("%s: measured %6.0f us, model %6.0f us, %+5.1f %%\n", what.c_str(), measured_us, model_us, 100 * error);
    EXPECT_LT(std::abs(error), bound) << what;
    sum_ += std::abs(error);
    ++count_;
  }
  double mean() const { return sum_ / count_; }

 private:
  double sum_ = 0;
  int count_ = 0;
};

// docs/gpu-measurements.md: both GEMMs of experts with as many rows each, by torch's grouped GEMM and cuBLAS.
struct Own {
  int hidden, ffn, experts, rows;
  double us;
};
constexpr Own kOwn[] = {
    {7168, 2048, 32, 1, 1063},    {7168, 2048, 32, 16, 1038},   {7168, 2048, 32, 64, 1048},
    {7168, 2048, 32, 128, 1087},  {7168, 2048, 32, 256, 1234},  {7168, 2048, 32, 512, 2076},
    {7168, 2048, 32, 768, 3076},  {7168, 2048, 32, 1024, 3985}, {7168, 2048, 32, 2048, 8534},
    {7168, 2048, 32, 4096, 15296}, {4096, 14336, 1, 1, 129},    {4096, 14336, 1, 16, 126},
    {4096, 14336, 1, 64, 132},    {4096, 14336, 1, 128, 144},   {4096, 14336, 1, 256, 164},
    {4096, 14336, 1, 384, 214},   {4096, 14336, 1, 512, 246},   {4096, 14336, 1, 768, 376},
    {4096, 14336, 1, 1024, 479},  {4096, 14336, 1, 2048, 996},  {4096, 14336, 1, 4096, 1911},
};

TEST(GemmTiming, AgreesWithGemmsMeasuredHere) {
  Errors errors;
  for (const Own& m : kOwn) {
    ModelConfig model;
    model.hidden = m.hidden;
    model.expert_ffn = m.ffn;
    const double us = gemm_us({}, gemm1_shape(model, false), m.experts, m.rows) +
                      gemm_us({}, gemm2_shape(model), m.experts, m.rows);
    errors.add(fmt::format("{:2} of {} x {:5}, {:4} rows each", m.experts, m.hidden, m.ffn, m.rows), m.us, us, 0.15);
  }
  EXPECT_LT(errors.mean(), 0.05);
}

TEST(GemmTiming, FewRowsAreBoundByTheirWeights) {
  const GpuConfig gpu;
  ModelConfig model;
  model.hidden = 7168;
  model.expert_ffn = 2048;
  const double weights_us =
      32 * 2.0 * 2 * 7168 * 2048 / (1e6 * gpu.hbm_tb_per_s * gpu.hbm_efficiency);
  EXPECT_NEAR(gemm_us(gpu, gemm1_shape(model, true), 32, 1), weights_us, 0.03 * weights_us);
  EXPECT_NEAR(gemm_us(gpu, gemm1_shape(model, true), 32, 16), weights_us, 0.03 * weights_us);
}

TEST(GemmTiming, TheLastWaveCostsAWholeOne) {
  const GpuConfig gpu;
  const GemmShape shape{12 * 128, 4096, 12 * 128, 2};  // 12 columns of tiles: 11 tiles fill 132 SMs
  const double one = gemm_us(gpu, shape, 1, 11 * 128);
  EXPECT_GT(gemm_us(gpu, shape, 1, 12 * 128), 1.75 * one) << "weights come from memory once";
  EXPECT_DOUBLE_EQ(gemm_us(gpu, shape, 1, 12 * 128), gemm_us(gpu, shape, 1, 22 * 128));
}

TEST(GemmTiming, RowsAreRoundedUpToWhatTensorCoresTake) {
  const GemmTiming timing(GpuConfig(), {1024, 1024, 1024, 2});
  EXPECT_EQ(timing.compute(1), timing.compute(16));
  EXPECT_LT(timing.compute(16), timing.compute(17));
  EXPECT_EQ(timing.compute(113), timing.compute(128));
  EXPECT_EQ(timing.column_tiles(), 8);
  EXPECT_EQ(timing.weight_bytes(), 128 * 1024 * 2);
}

// 1 MB of weights a column take 0.38 us of HBM; 128 rows of it 23 us of an SM, fewer rows as much less, and the same fill.
TEST(GemmTiming, SmallTilesHideLess) {
  const GemmTiming timing(GpuConfig(), {1024, 4096, 1024, 2});
  EXPECT_EQ(timing.tiles_that_hide_weights(128), 3);
  EXPECT_EQ(timing.tiles_that_hide_weights(64), 5);
  EXPECT_EQ(timing.tiles_that_hide_weights(16), 12);
}

}  // namespace
}  // namespace moehub
