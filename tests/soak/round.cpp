#include "tests/soak/round.hpp"

#include <algorithm>
#include <map>

#include "model/hub/row_table.hpp"

namespace moehub::soak {
namespace {

int set_of(const SoakCase& c, int region, std::uint8_t gen, std::uint32_t row) {
  const HubParams& p = c.build->params;
  const std::uint32_t hash = ref::rat_hash(ref::row_key(static_cast<std::uint8_t>(region), gen, row));
  const int banks = p.rat_banks;
  return static_cast<int>(hash / static_cast<std::uint32_t>(banks)) % c.setup.sets_in_use * banks +
         static_cast<int>(hash) % banks;
}

PeerMask draw_sources(const SoakCase& c, Random& random) {
  PeerMask sources;
  for (int g = 0; g < c.gpus; ++g) {
    if (random.percent(80)) sources.set(g);
  }
  return sources.set(static_cast<int>(random.below(static_cast<std::size_t>(c.gpus))));
}

int draw_source(const SoakCase& c, const PeerMask& sources, Random& random) {
  int source = 0;
  do source = random.between(0, c.gpus - 1);
  while (!sources.test(source));
  return source;
}

class Drawing {
 public:
  Drawing(const SoakCase& c, int number, Random& random) : c_(c), random_(random) {
    round_.gen = static_cast<std::uint8_t>(c.seed * 7 + static_cast<std::uint64_t>(number));
    round_.salt = static_cast<std::uint32_t>(random.bits()) & 0xffffffU;
    round_.groups = c.regions > 1 && random.percent(40) ? 2 : 1;
    round_.first_group_regions = round_.groups == 1 ? c.regions : random.between(1, c.regions - 1);
    round_.faulty = c.fault != Fault::none && number == c.rounds - 1;
    budget_ = c.build->params.tiles / (c.regions + c.windows);
  }

  Round draw() {
    draw_shapes();
    draw_rows();
    for (int g = 0; g < c_.gpus; ++g) {
      int tile = random_.between(0, c_.build->params.tiles - budget_ * (c_.regions + c_.windows));
      for (int r = 0; r < c_.regions; ++r, tile += budget_) {
        finish_region(region(g, r), round_.rows[at(g)][at(r)], tile);
      }
      for (int w = 0; w < c_.windows; ++w, tile += budget_) draw_window(g, w, tile);
    }
    draw_order();
    return std::move(round_);
  }

 private:
  static std::size_t at(int index) { return static_cast<std::size_t>(index); }
  RegionSetup& region(int gpu, int r) { return round_.regions[at(gpu)][at(r)]; }

  void draw_shapes() {
    static constexpr int kRowBytes[] = {8, 32, 100, 128, 128, 256, 384, 512, 672, 1024, 2048};
    round_.regions.resize(at(c_.gpus));
    round_.rows.resize(at(c_.gpus));
    round_.windows.resize(at(c_.gpus));
    round_.line_bytes.resize(at(c_.gpus));
    for (int g = 0; g < c_.gpus; ++g) {
      for (int r = 0; r < c_.regions; ++r) {
        RegionSetup setup;
        setup.base = (std::uint64_t{1} << kOwnerShift) * (at(r) + 1) + kLineBytes * random_.below(1000);
        setup.row_bytes = c_.hot == Hot::row ? 4096 : random_.one_of(kRowBytes);
        setup.generation = round_.gen;
        setup.sources = draw_sources(c_, random_);
        round_.regions[at(g)].push_back(setup);
        round_.rows[at(g)].push_back(0);
      }
    }
  }

  int draw_dst() {
    return c_.hot == Hot::peer && random_.percent(80) ? 0 : random_.between(0, c_.gpus - 1);
  }
  int draw_region() {
    if (c_.hot == Hot::region && random_.percent(80)) return 0;
    const int one = random_.between(0, c_.regions - 1);
    return c_.hot == Hot::zipf ? std::min(one, random_.between(0, one)) : one;
  }

  // Row numbers are consecutive, or go through all 24 bits; no two rows of a round have one.
  void draw_rows() {
    const HubParams& p = c_.build->params;
    const std::uint32_t step = random_.percent(50) ? 1U : static_cast<std::uint32_t>(random_.bits()) | 1U;
    const auto first = static_cast<std::uint32_t>(random_.bits());
    std::map<std::pair<int, int>, int> of_set;
    std::uint32_t number = 0;
    for (int packets = 0; packets < c_.packets_of_round;) {
      Item item;
      item.dst = static_cast<std::uint8_t>(draw_dst());
      item.owner = static_cast<std::uint8_t>(draw_region());
      const RegionSetup& to = region(item.dst, item.owner);
      item.src = static_cast<std::uint8_t>(draw_source(c_, to.sources, random_));
      item.group = item.owner < round_.first_group_regions ? 0 : 1;
      item.row = (first + step * number++) & 0xffffffU;
      item.bytes = to.row_bytes;
      item.set = set_of(c_, item.owner, round_.gen, item.row);
      packets += (item.bytes + kLineBytes - 1) / kLineBytes;
      // A row that is lost stays in its set, so there must be room for all of them.
      if (round_.faulty && ++of_set[{item.dst, item.set}] > p.rat_ways + p.spill_slots) continue;
      ++round_.rows[item.dst][item.owner];
      round_.items.push_back(item);
    }
  }

  void finish_region(RegionSetup& setup, int rows, int tile) {
    const int spare = random_.percent(40) ? 0 : random_.between(0, random_.percent(50) ? 5 : 500);
    setup.capacity_rows = std::max(1, rows + spare);
    setup.tile_rows_log2 = random_.between(0, 4);
    while ((setup.capacity_rows - 1) >> setup.tile_rows_log2 >= budget_) ++setup.tile_rows_log2;
    setup.tile_base = tile;
  }

  void draw_window(int g, int w, int tile) {
    WindowSetup setup;
    setup.base = (std::uint64_t{1} << kOwnerShift) * (kFirstWindow + at(w)) + kLineBytes * random_.below(1000);
    setup.sources = draw_sources(c_, random_);
    setup.tiled = c_.reorder || random_.percent(60);
    const int lines = random_.between(1, 60);
    const int bytes = random_.percent(50) ? kLineBytes : random_.between(1, kLineBytes);
    setup.bytes = at(lines) * kLineBytes;
    setup.tile_base = tile;
    int log2 = random_.between(0, 3);
    while ((lines - 1) >> log2 >= budget_) ++log2;
    setup.tile_bytes_log2 = log2 + 7;
    setup.tile_count = ((lines - 1) >> log2) + 1;
    setup.tile_ready_bytes = static_cast<std::uint32_t>((1 << log2) * bytes);
    setup.last_tile_ready_bytes = static_cast<std::uint32_t>((lines - ((setup.tile_count - 1) << log2)) * bytes);
    for (int line = 0; line < lines; ++line) {
      Item item;
      item.kind = setup.tiled ? ItemKind::line : ItemKind::rewrite;
      item.src = static_cast<std::uint8_t>(draw_source(c_, setup.sources, random_));
      item.dst = static_cast<std::uint8_t>(g);
      item.owner = static_cast<std::uint8_t>(w);
      item.lane = static_cast<std::uint8_t>(random_.below(at(c_.build->params.lanes)));
      item.line = static_cast<std::uint32_t>(line);
      item.bytes = setup.tiled ? bytes : kLineBytes;
      round_.items.push_back(item);
    }
    round_.windows[at(g)].push_back(setup);
    round_.line_bytes[at(g)].push_back(bytes);
  }

  // Shuffled, those of the first fence before the others.
  void draw_order() {
    std::vector<int> all(round_.items.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(i);
    for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[random_.below(i)]);
    round_.order.resize(at(c_.gpus));
    for (int group = 0; group < round_.groups; ++group) {
      for (const int i : all) {
        if (round_.items[at(i)].group == group) round_.order[round_.items[at(i)].src].push_back(i);
      }
    }
  }

  const SoakCase& c_;
  Random& random_;
  Round round_;
  int budget_ = 1;  // tiles of an owner
};

}  // namespace

Round draw_round(const SoakCase& c, int number, Random& random) { return Drawing(c, number, random).draw(); }

}  // namespace moehub::soak
