// A first-in first-out queue whose storage is taken once: nothing is allocated while it runs.
#pragma once

#include <cstddef>
#include <vector>

namespace moehub::ref {

template <class T>
class FixedQueue {
 public:
  explicit FixedQueue(int capacity) : items_(static_cast<std::size_t>(capacity)) {}

  int size() const { return size_; }
  int capacity() const { return static_cast<int>(items_.size()); }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == capacity(); }

  T& front() { return items_[static_cast<std::size_t>(head_)]; }
  const T& front() const { return items_[static_cast<std::size_t>(head_)]; }
  T& at(int index) { return items_[wrapped(head_ + index)]; }
  const T& at(int index) const { return items_[wrapped(head_ + index)]; }

  // The new last element, to be filled in place.
  T& push() { return items_[wrapped(head_ + size_++)]; }
  void push(const T& item) { push() = item; }
  void pop() {
    head_ = head_ + 1 == capacity() ? 0 : head_ + 1;
    --size_;
  }
  void clear() { head_ = size_ = 0; }

 private:
  std::size_t wrapped(int index) const {
    return static_cast<std::size_t>(index >= capacity() ? index - capacity() : index);
  }

  std::vector<T> items_;
  int head_ = 0;
  int size_ = 0;
};

}  // namespace moehub::ref
