// A store of a row, or of a piece of one, on its way from an SM to the hub: one TLM-2.0 transaction.
//
// The generic payload carries the extension below and no data: the hub port makes the lines one by
// one, when the hub takes them. The protocol is a four-phase one per crossbar port (a GPC): BEGIN_REQ,
// END_REQ when the port has queued the store, BEGIN_RESP when the hub has taken its last line, END_RESP.
#pragma once

#include <cstdint>
#include <tlm>

#include "model/base/time.hpp"
#include "model/gpu/payload.hpp"
#include "model/hub/packet.hpp"

namespace moehub {

struct RowStore {
  /// `offset` (rowsp) or `addr` (st) is that of the first byte, a multiple of 32. The hub stamps `src`.
  Header header;
  int bytes = 0;           ///< a multiple of 32; 0 for a fence
  RowSeed seed = kZeroRow;
  int first_word = 0;      ///< index in the row of the first stored word
  /// Least time between two lines of one crossbar port, where software paces itself; 0: none.
  Picoseconds pace_per_line = 0;
};

class RowspExtension : public tlm::tlm_extension<RowspExtension> {
 public:
  tlm::tlm_extension_base* clone() const override { return new RowspExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const RowspExtension&>(other);
  }

  RowStore store;
  int burst = 0;  ///< the sender's own index
};

}  // namespace moehub
