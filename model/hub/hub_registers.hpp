// Register file of the reference model: the map of registers.hpp, what may be written when, error
// capture, interrupt, statistics, and the requests to initialise regions and windows.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "model/hub/event_log.hpp"
#include "model/hub/hub_config.hpp"
#include "model/hub/port.hpp"
#include "model/hub/registers.hpp"

namespace moehub::ref {

class HubRegisters {
 public:
  explicit HubRegisters(const HubParams& params);

  // What the units read; an entry's `enable` rises when its initialisation is done.
  const HubConfig& config() const { return config_; }

  struct Status {
    bool datapath_busy = false;
    bool all_ready = false;
    std::function<bool(int)> region_done;
    std::function<bool(int)> window_done;
  };
  bool write(std::uint16_t addr, std::uint32_t value);
  std::optional<std::uint32_t> read(std::uint16_t addr, const Status& status, const EventLog& events);

  // One-shot requests of the last write.
  struct Requests {
    bool load_credits = false;
    bool clear_statistics = false;
    bool inject_row_table = false;
    bool inject_tile_table = false;
    bool inject_row_counters = false;
    int live_changed = -1;  // region whose `live` differs now
  };
  Requests take_requests();
  // Enabled, or waiting for its initialisation.
  bool live(int region) const { return region_live_[static_cast<std::size_t>(region)]; }

  // Initialisations, one at a time: the flush first, then the lowest window, then the lowest region.
  struct Entry {
    bool flush = false;
    bool is_window = false;
    int index = 0;
  };
  std::optional<Entry> take_pending();
  void initialised(const Entry& entry);  // the one that was taken: enabled unless written meanwhile
  bool initialising() const { return waiting_ > 0 || taken_; }

  // End of a cycle: counts refusals, captures the first, raises interrupt bits.
  void end_of_cycle(EventLog& events, bool all_ready);
  bool irq() const { return irq_; }

 private:
  bool write_global(std::uint16_t addr, std::uint32_t value);
  bool write_region(int index, std::uint16_t field, std::uint32_t value);
  bool write_window(int index, std::uint16_t field, std::uint32_t value);
  bool write_ctrl(std::uint32_t value);
  std::optional<std::uint32_t> read_global(std::uint16_t addr, const Status& status,
                                           const EventLog& events);
  std::optional<std::uint32_t> read_region(int index, std::uint16_t field,
                                           const Status& status) const;
  std::optional<std::uint32_t> read_window(int index, std::uint16_t field,
                                           const Status& status) const;

  const HubParams params_;
  HubConfig config_;
  Requests requests_;
  std::vector<bool> region_live_, window_live_;        // enabled or to be enabled
  std::vector<bool> region_waiting_, window_waiting_;  // for their initialisation
  bool flush_waiting_ = false;
  int waiting_ = 0;
  bool taken_ = false;
  std::uint32_t irq_status_ = 0;
  std::uint32_t irq_enable_ = 0;
  bool irq_ = false;
  bool all_ready_before_ = false;
  bool captured_ = false;
  reg::Refuse capture_cause_ = reg::Refuse::none;
  std::array<std::uint32_t, 4> capture_header_{};
  std::array<std::uint32_t, 16> refused_{};
  std::uint32_t latched_high_ = 0;
};

}  // namespace moehub::ref
