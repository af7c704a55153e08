// A queue in a ring that doubles when it is full: no allocation once it has reached its working size.
#pragma once

#include <cstddef>
#include <vector>

namespace moehub {

template <class T>
class RingQueue {
 public:
  bool empty() const { return head_ == tail_; }
  std::size_t size() const { return tail_ - head_; }
  const T& front() const { return ring_[head_ & (ring_.size() - 1)]; }
  /// Counted from the front.
  T& operator[](std::size_t i) { return ring_[(head_ + i) & (ring_.size() - 1)]; }
  void pop() { ++head_; }
  void push(const T& value) {
    if (size() == ring_.size()) grow();
    ring_[tail_++ & (ring_.size() - 1)] = value;
  }
  void clear() { head_ = tail_ = 0; }

 private:
  void grow() {
    std::vector<T> larger(ring_.empty() ? 16 : 2 * ring_.size());
    const std::size_t count = size();
    for (std::size_t i = 0; i < count; ++i) larger[i] = ring_[(head_ + i) & (ring_.size() - 1)];
    ring_.swap(larger);
    head_ = 0;
    tail_ = count;
  }

  std::vector<T> ring_;  // size is a power of two
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

}  // namespace moehub
