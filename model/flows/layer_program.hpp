// A layer under one flow: what happens on each GPU and in which order. One class a flow.
#pragma once

#include <string>

#include "model/base/time.hpp"
#include "model/flows/copy.hpp"
#include "model/hub/port.hpp"

namespace moehub {

/// Times of a layer, as docs/system-model.md defines them.
struct LayerTimes {
  Picoseconds layer = 0;
  Picoseconds dispatch = 0;
  Picoseconds compute = 0;
  Picoseconds combine = 0;
  Picoseconds exposed() const { return layer - compute; }
};

class LayerProgram {
 public:
  virtual ~LayerProgram() = default;

  /// Before time starts: tells the scoreboard what to expect, and programs the hubs.
  virtual void prepare() = 0;
  /// A GPU's program, in a SystemC thread of its own; returns when the GPU's outputs are complete.
  virtual void run_gpu(int gpu) = 0;
  /// A hub's message to its thread-block scheduler.
  virtual void on_tile(int gpu, const TileMessage& message);
  /// A part of a copy is in a GPU's memory.
  virtual void on_arrival(int gpu, const CopyArrival& arrival);
  /// After the layer.
  virtual LayerTimes times() const = 0;
  /// What a GPU has not done yet, for the report of a hang.
  virtual std::string waiting_for(int gpu) const = 0;
};

}  // namespace moehub
