// The referee of one layer: it sees what producers store, what is written to memory, what memory
// acknowledges and what the hubs say about tiles, and nothing of how the hubs came to it.
//
// Beforehand it is told the buffers and which row must get into which of them (expect). A write is
// judged by its address and bytes alone: the bytes name their row (payload.hpp). At the end every
// expected row must lie in one place, once, with its own bytes; rows that a hub placed must fill their
// region densely; every tile must have become ready once, after its last byte was acknowledged.
//
// Cost of a packet: comparing its words, one bitmap, no map, no allocation. A row's bitmap lives from
// its first packet to its last acknowledgement.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/base/time.hpp"
#include "model/check/buffer.hpp"
#include "model/check/check_result.hpp"
#include "model/check/histogram.hpp"
#include "model/hub/port.hpp"

namespace moehub {

class Scoreboard {
 public:
  /// Of one layer: `tokens` over all GPUs, RowIDs 0 .. tokens-1; `relays` of a token, at most.
  Scoreboard(int layer, int gpus, int tokens, int top_k, int relays = 0);

  // ---- beforehand
  int add_buffer(const BufferSpec& spec);
  /// The row must arrive in the buffer; in `slot`, unless the hub places it. `zeros`: a dropped choice.
  void expect(RowKind kind, int token, int k, int buffer, int slot = -1, bool zeros = false);

  /// Who wants to know what memory holds, as programs see it: all bytes of a row; a flag's line.
  struct Observer {
    std::function<void(RowKind kind, int token, int k)> row_in_memory;
    std::function<void(int gpu, std::uint64_t addr)> flag_in_memory;
  };
  void observe(Observer observer) { observer_ = std::move(observer); }

  // ---- during the run
  /// A token's experts are known: from here on its rows are late.
  void routed(int token, Picoseconds now) { routed_[static_cast<std::size_t>(token)] = now; }
  /// A producer begins to store (a piece of) the row.
  void stored(RowSeed seed, int source, Picoseconds now);
  /// A hub accepts a packet from the link.
  void received(const Packet& packet, std::uint64_t cycle);
  /// A hub writes a line. Returns a tag for its acknowledgement.
  std::int64_t written(int gpu, const MemoryWrite& write, std::uint64_t cycle);
  void acknowledged(std::int64_t tag, Picoseconds now);
  /// Software's copy of a part of a row is in memory: whole lines of it, but for the ends.
  void copied(int gpu, std::uint64_t addr, RowSeed seed, int first_word, int bytes, Picoseconds now);
  void message(int gpu, const TileMessage& message);
  /// What memory holds in a slot: the row that the hub placed there.
  RowTag row_in(int buffer, int slot) const;

  // ---- afterwards
  void refused(const RefusalCounts& counts);
  CheckResult finish();

  const Histogram& ingress_latency_cycles() const { return ingress_latency_; }
  /// Of rows to experts: from routed() until the last byte is in memory.
  const Histogram& row_latency_ns() const { return row_latency_; }
  /// Whether all bytes of a row are in memory.
  bool delivered(RowKind kind, int token, int k) const {
    const Phase& p = phase(kind);
    return rows_[static_cast<std::size_t>(p.first + token * p.ks + k)].done;
  }
  /// When a GPU stored its first byte of a kind, and when its memory acknowledged the last one.
  Picoseconds first_stored(RowKind kind, int gpu) const { return phase(kind).first_stored[gpu_index(gpu)]; }
  Picoseconds last_acknowledged(RowKind kind, int gpu) const { return phase(kind).last_ack[gpu_index(gpu)]; }

 private:
  struct Row {
    std::int32_t buffer = -1;  // -1: not expected
    std::int32_t slot = -1;    // where it must lie, or was found
    std::int32_t tracker = -1;
    std::uint32_t written = 0;  // bytes
    std::uint32_t acked = 0;
    bool zeros = false;
    bool done = false;
    bool duplicated = false;
    bool misplaced = false;  // a write of it went elsewhere or had wrong bytes
  };
  enum class TileState : std::uint8_t { open, ready, cancelled };
  struct Buffer {
    BufferSpec spec;
    std::vector<std::int32_t> row_of_slot;  // -1: none
    std::vector<TileState> tiles;
    int rows_expected = 0;
    int rows_done = 0;
    bool owner_done = false;
  };
  struct Phase {
    int ks = 0;              // rows of a token
    std::int32_t first = 0;  // of its rows, [token][k]
    std::int32_t count = 0;
    std::vector<Picoseconds> first_stored;  // [gpu]
    std::vector<Picoseconds> last_ack;      // [gpu]
  };
  struct Place {
    int buffer = -1;
    int slot = 0;
    std::int64_t offset = 0;
  };

  static std::size_t gpu_index(int gpu) { return static_cast<std::size_t>(gpu); }
  const Phase& phase(RowKind kind) const { return phases_[static_cast<std::size_t>(kind)]; }
  Phase& phase(RowKind kind) { return phases_[static_cast<std::size_t>(kind)]; }
  const Buffer& at(int buffer) const { return buffers_[static_cast<std::size_t>(buffer)]; }
  Buffer& at(int buffer) { return buffers_[static_cast<std::size_t>(buffer)]; }

  Row* row_of(RowSeed seed);
  Place locate(int gpu, std::uint64_t addr) const;
  std::int32_t claim(Buffer& buffer, int slot, const MemoryWrite& write);
  int wrong_bytes(const Row& row, RowSeed seed, std::int64_t offset, std::int64_t row_bytes,
                  const MemoryWrite& write) const;
  ByteMask& written_mask(Row& row, std::int64_t line);
  std::uint32_t& accept_cycle(Row& row, std::int64_t line);
  void track(Row& row);
  void in_memory(std::int32_t row, int bytes, Picoseconds now);
  RowTag tag_of(std::int32_t row) const;
  Buffer* owner_of(int gpu, const TileMessage& message);
  void tile_ready(Buffer& buffer, const TileMessage& message);
  void tiles_cancelled(Buffer& buffer, const TileMessage& message);
  int ready_tiles(const Buffer& buffer) const;
  int rows_of_tile(const Buffer& buffer, int tile) const;
  bool tile_complete(const Buffer& buffer, int tile) const;
  void error(std::uint64_t& counter, const std::string& what, std::uint64_t count = 1);
  std::string name_of(std::int32_t row) const;
  static std::string where(const Buffer& buffer);

  int layer_;
  std::array<Phase, 4> phases_;  // by RowKind
  std::vector<Row> rows_;        // of all of them
  std::vector<Buffer> buffers_;
  std::vector<std::vector<int>> buffers_of_gpu_;  // sorted by base

  // Rows under way: a bitmap of written bytes and the cycles at which lines were accepted.
  std::int64_t lines_per_row_ = 0;
  std::vector<ByteMask> masks_;
  std::vector<std::uint32_t> accepts_;
  std::vector<std::int32_t> free_trackers_;

  Observer observer_;
  std::vector<Picoseconds> routed_;  // [token]
  std::vector<bool> all_ready_;      // [gpu]
  Histogram ingress_latency_;
  Histogram row_latency_;
  CheckResult result_;
};

}  // namespace moehub
