// Fields in verilated signals of any width: CData to QData are integers, wider ones are VlWide.
#pragma once

#include <verilated.h>

#include <cstdint>
#include <type_traits>

namespace moehub::pins {

// Bits [lsb, lsb + width) of a signal, width 1..64.
template <class T>
std::enable_if_t<std::is_integral_v<T>, std::uint64_t> get(const T& signal, int lsb, int width) {
  const std::uint64_t mask = width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
  return (static_cast<std::uint64_t>(signal) >> lsb) & mask;
}

template <std::size_t N>
std::uint64_t get(const VlWide<N>& signal, int lsb, int width) {
  std::uint64_t value = 0;
  for (int done = 0; done < width;) {
    const int bit = lsb + done;
    const int take = std::min(32 - bit % 32, width - done);
    const std::uint64_t part = (signal[static_cast<std::size_t>(bit / 32)] >> (bit % 32)) &
                               ((std::uint64_t{1} << take) - 1);
    value |= part << done;
    done += take;
  }
  return value;
}

template <class T>
std::enable_if_t<std::is_integral_v<T>> set(T& signal, int lsb, int width, std::uint64_t value) {
  const std::uint64_t mask = width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
  const std::uint64_t word = static_cast<std::uint64_t>(signal);
  signal = static_cast<T>((word & ~(mask << lsb)) | ((value & mask) << lsb));
}

template <std::size_t N>
void set(VlWide<N>& signal, int lsb, int width, std::uint64_t value) {
  for (int done = 0; done < width;) {
    const int bit = lsb + done;
    const int take = std::min(32 - bit % 32, width - done);
    const std::uint32_t mask =
        static_cast<std::uint32_t>(((std::uint64_t{1} << take) - 1) << (bit % 32));
    std::uint32_t& word = signal[static_cast<std::size_t>(bit / 32)];
    word = (word & ~mask) | (static_cast<std::uint32_t>(value >> done << (bit % 32)) & mask);
    done += take;
  }
}

// Words of 64 bits at a lane's place in a vector of lanes; the lane is a multiple of 64 bits wide.
template <std::size_t N, std::size_t Words>
void get_words(const VlWide<N>& signal, int lane, std::array<std::uint64_t, Words>& words) {
  const std::size_t first = static_cast<std::size_t>(lane) * 2 * Words;
  for (std::size_t i = 0; i < Words; ++i) {
    words[i] = signal[first + 2 * i] | (std::uint64_t{signal[first + 2 * i + 1]} << 32);
  }
}

template <std::size_t N, std::size_t Words>
void set_words(VlWide<N>& signal, int lane, const std::array<std::uint64_t, Words>& words) {
  const std::size_t first = static_cast<std::size_t>(lane) * 2 * Words;
  for (std::size_t i = 0; i < Words; ++i) {
    signal[first + 2 * i] = static_cast<std::uint32_t>(words[i]);
    signal[first + 2 * i + 1] = static_cast<std::uint32_t>(words[i] >> 32);
  }
}

}  // namespace moehub::pins
