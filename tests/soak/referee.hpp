// Memory of a GPU and what its thread-block scheduler is told, against what the round asks for.
//
// Every byte of every row must be written once, rows fill a region from its first place on; every tile must become
// ready once, when its bytes have been acknowledged and not before. What is wrong throws Wrong, at once.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/hub/port.hpp"
#include "tests/soak/round.hpp"
#include "tests/soak/source.hpp"

namespace moehub::soak {

class Wrong : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Referee {
 public:
  Referee(const SoakCase& c, int gpu) : c_(c), gpu_(gpu) {}

  void start(const Round& round, OpenRows& open);
  void write(const MemoryWrite& write);
  void acknowledged(std::uint64_t addr, int bytes);
  void tile(const TileMessage& message);

  /// At the end of a round. `lost_rows`, `lost_tiles`, `open_ends`: a refusal has named that rows, tiles or row counts
  /// of this GPU were lost, so they may be missing; whatever is there must be right all the same.
  struct Allowed {
    bool lost_rows = false, lost_tiles = false, open_ends = false;
  };
  void finish(const Allowed& allowed, const std::vector<Source>& sources) const;

  std::uint64_t written_bytes() const { return written_bytes_; }
  std::uint64_t rows_done() const { return rows_done_; }
  std::uint64_t tiles_ready() const { return tiles_ready_; }
  std::uint64_t owners_done() const { return owners_done_; }

 private:
  struct Place {  // a row, or a line of a window
    int bytes = 0;  // written
    int item = -1;  // once it is whole
  };
  struct Owner {
    bool is_window = false;
    std::uint64_t base = 0, bytes = 0;
    int pitch_lines = 1, place_bytes = 0, places = 0;
    bool rewritten = false;
    std::vector<LineData> data;
    std::vector<ByteMask> written;
    std::vector<Place> place;
    int tile_base = 0, tile_log2 = 0, tiles = 0;  // log2: places of a tile
    std::vector<std::uint64_t> acked;
    std::vector<bool> ready;
    int cancelled_from = -1;
    int done = 0;  // messages

    int tiles_used() const { return places == 0 ? 0 : ((places - 1) >> tile_log2) + 1; }
    int places_of(int tile) const;
  };

  [[noreturn]] void wrong(const std::string& what) const;
  Owner& owner_of(std::uint64_t addr);
  std::string name_of_owner(const Owner& owner) const;
  void check_whole(Owner& owner, int place);
  void check_bytes(const Owner& owner, int place, int item) const;
  void finish_owner(const Owner& owner, const Allowed& allowed) const;

  const SoakCase& c_;
  int gpu_;
  const Round* round_ = nullptr;
  OpenRows* open_ = nullptr;
  std::vector<Owner> owners_;         // regions, then windows
  std::vector<std::vector<int>> item_of_line_;  // [window][line]
  std::vector<bool> placed_;          // items that are whole somewhere
  int all_ready_ = 0;
  std::uint64_t written_bytes_ = 0, rows_done_ = 0, tiles_ready_ = 0, owners_done_ = 0;
};

}  // namespace moehub::soak
