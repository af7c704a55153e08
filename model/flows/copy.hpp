// What software moves between GPUs: rows, or pieces of them, copied to addresses that it has agreed on.
#pragma once

#include <cstdint>
#include <functional>

#include "model/gpu/payload.hpp"

namespace moehub {

struct Copy {
  int dst = 0;               ///< GPU; the own one is copied to through memory
  std::uint64_t addr = 0;    ///< a multiple of 32
  int bytes = 0;             ///< a multiple of 32
  RowSeed seed = kZeroRow;   ///< the row that it carries; zeros: padding, flags
  int first_word = 0;        ///< index in the row of the first word
  int tag = 0;               ///< comes back when (a part of) it has arrived
};

/// A part of a copy, whole lines of it but for the ends, that is in the destination's memory.
struct CopyArrival {
  int tag = 0;
  int bytes = 0;
  std::uint64_t addr = 0;
  int first_word = 0;
  RowSeed seed = kZeroRow;
  int memory_passes = 1;
};

/// The copy loop of a thread block (or of several that share one list): one copy after the other.
struct CopyLoop {
  int count = 0;
  std::function<Copy(int index)> make;
  double gb_per_s = 0;  ///< that the loop reaches by itself
  /// Times that the receiver's memory is read or written for each byte: 1 when it arrives in its place,
  /// 3 when it arrives in a buffer and is copied from there.
  int memory_passes = 1;
  int order = 0;               ///< in which the loops of a GPU take turns
  bool reads = false;          ///< the receiver's SMs load it: its requests take flits the other way
  std::function<void()> sent;  ///< the last of them has left; may be empty
};

}  // namespace moehub
