// Communication kernels of the software flows.
#include <algorithm>

#include "model/flows/software_layer.hpp"

namespace moehub {

SoftwareLayer::Collective& SoftwareLayer::collective(int tag) {
  const auto t = static_cast<std::size_t>(tag);
  if (collectives_.size() <= t) collectives_.resize(t + 1);
  if (!collectives_[t]) {
    collectives_[t] = std::make_unique<Collective>();
    collectives_[t]->there.resize(static_cast<std::size_t>(gpus()));
    collectives_[t]->calls.resize(static_cast<std::size_t>(gpus()));
  }
  return *collectives_[t];
}

void SoftwareLayer::start_messages(int gpu, int peer, Collective& c) {
  Call& call = *c.calls[static_cast<std::size_t>(gpu)];
  for (Message& message : call.messages) {
    if (message.peer != peer) continue;
    for (CopyLoop& loop : message.loops) {
      loop.order = (peer - gpu + gpus()) % gpus();  // not everybody to the same GPU first
      loop.sent = [&call, then = std::move(loop.sent)] {
        if (then) then();
        if (--call.loops_left == 0) call.sent.raise();
      };
    }
    context_.machine.copies().start(gpu, call.pacer, std::move(message.loops));
    message.loops.clear();
  }
}

void SoftwareLayer::run_collective(int gpu, int tag, const KernelStyle& style,
                                   std::vector<Message> messages, std::int64_t bytes) {
  Machine& machine = context_.machine;
  HeldSms kernel(machine, gpu, style.activity, style.sms);
  machine.wait_for(from_us(style.base_us));

  Collective& c = collective(tag);
  auto& call = c.calls[static_cast<std::size_t>(gpu)];
  call = std::make_unique<Call>();
  call->pacer = machine.copies().add_pacer(gpu, style.gb_per_s);
  call->messages = std::move(messages);
  for (const Message& message : call->messages) {
    call->loops_left += static_cast<int>(message.loops.size());
  }
  const bool nothing = call->loops_left == 0;
  c.there[static_cast<std::size_t>(gpu)] = true;
  for (int peer = 0; peer < gpus(); ++peer) {
    const bool there = c.there[static_cast<std::size_t>(peer)];
    if (there || !style.rendezvous) start_messages(gpu, peer, c);
    if (there && peer != gpu && style.rendezvous) start_messages(peer, gpu, c);
  }
  if (!nothing) wait(call->sent);
  wait_arrival(gpu, tag, bytes);
  machine.wait_for(from_us(style.drain_us + cost().poll_us));
  kernel.leave();
}

void SoftwareLayer::on_arrival(int gpu, const CopyArrival& arrival) {
  Incoming& incoming = *incoming_[static_cast<std::size_t>(gpu)];
  const auto tag = static_cast<std::size_t>(arrival.tag);
  if (incoming.bytes.size() <= tag) incoming.bytes.resize(tag + 1);
  incoming.bytes[tag] += arrival.bytes;
  incoming.event.notify(sc_core::SC_ZERO_TIME);
}

void SoftwareLayer::wait_arrival(int gpu, int tag, std::int64_t bytes) {
  const Incoming& incoming = *incoming_[static_cast<std::size_t>(gpu)];
  const auto t = static_cast<std::size_t>(tag);
  context_.machine.wait_until(incoming.event, [&] {
    return bytes == 0 || (incoming.bytes.size() > t && incoming.bytes[t] >= bytes);
  });
}

// ---- NCCL -------------------------------------------------------------------------------------------

// Full lines on all links of all GPUs, both ways: headers, frames, acknowledgements.
double SoftwareLayer::link_gb_per_s() const {
  const FabricConfig& fabric = context_.system.fabric;
  const double data = kLineBytes / static_cast<double>(kFlitBytes);
  const double flits = data + fabric.header_flits + 1.0 / fabric.packets_per_ack;
  const double framing =
      static_cast<double>(fabric.frame_bytes - fabric.frame_overhead_bytes) / fabric.frame_bytes;
  return fabric.gb_per_s_per_direction * data / flits * framing;
}

// The library's fixed cost is its time for next to no data, less what the simulated path takes itself.
SoftwareLayer::KernelStyle SoftwareLayer::nccl(Activity activity, std::int64_t longest_bytes) const {
  const SystemConfig& system = context_.system;
  const double path_us = (2 * system.fabric.gpu_to_switch_ns + system.fabric.switch_transit_ns +
                          system.gpu.memory_write_latency_ns) / 1e3 + cost().poll_us;
  KernelStyle style;
  style.activity = activity;
  style.sms = std::min(cost().nccl_sms, system.gpu.sms / 2);
  style.base_us = std::max(cost().nccl_base_us - path_us, 0.0);
  const double step_bytes = std::min(1024.0 * cost().nccl_step_kb,
                                     static_cast<double>(longest_bytes) / nccl_loops(longest_bytes));
  style.drain_us = step_bytes / cost().sm_copy_gb_per_s / 1e3;
  style.gb_per_s = link_gb_per_s() * cost().nccl_link_share;
  return style;
}

int SoftwareLayer::nccl_loops(std::int64_t bytes) const {
  if (bytes < std::int64_t{1024} * cost().nccl_two_loops_kb) return 1;
  return bytes < std::int64_t{1024} * cost().nccl_four_loops_kb ? 2 : 4;
}

SoftwareLayer::Message SoftwareLayer::nccl_message(int peer, int count,
                                                   const std::function<Copy(int)>& make,
                                                   std::int64_t bytes) const {
  const int loops = std::min(nccl_loops(bytes), std::max(count, 1));
  Message message;
  message.peer = peer;
  for (int i = 0; i < loops; ++i) {
    const int first = static_cast<int>(std::int64_t{count} * i / loops);
    const int end = static_cast<int>(std::int64_t{count} * (i + 1) / loops);
    CopyLoop loop;
    loop.count = end - first;
    loop.make = [make, first](int index) { return make(first + index); };
    loop.gb_per_s = cost().sm_copy_gb_per_s;
    loop.memory_passes = 3;
    message.loops.push_back(std::move(loop));
  }
  return message;
}

void SoftwareLayer::alltoall(int gpu, int tag, bool results) {
  std::vector<Message> messages;
  std::size_t longest = 0;
  for (int peer = 0; peer < gpus(); ++peer) {
    const std::vector<RowMove>& rows = results ? results_.rows(peer, gpu) : rows_.rows(gpu, peer);
    const int count = static_cast<int>(rows.size());
    const auto make = [this, &rows, peer, tag, results](int i) {
      const RowMove& row = rows[static_cast<std::size_t>(i)];
      return results ? result_copy(row, peer, tag) : row_copy(row, peer, tag);
    };
    messages.push_back(nccl_message(peer, count, make, count * layout_.row_bytes));
    longest = std::max(longest, (results ? results_.rows(gpu, peer) : rows_.rows(peer, gpu)).size());
  }
  const int rows = results ? results_.rows_from(gpu) : rows_.rows_to(gpu);
  run_collective(gpu, tag,
                 nccl(results ? Activity::combine : Activity::dispatch,
                      static_cast<std::int64_t>(longest) * layout_.row_bytes),
                 std::move(messages), rows * layout_.row_bytes);
}

void SoftwareLayer::alltoall_dispatch(int gpu, int tag) {
  doing(gpu, "the all-to-all of the rows");
  alltoall(gpu, tag, false);
}

void SoftwareLayer::alltoall_combine(int gpu, int tag) {
  doing(gpu, "the all-to-all of the results");
  alltoall(gpu, tag, true);
}

}  // namespace moehub
