// Shuffles, votes and __syncwarp.
#pragma once

namespace emu {

/** Each lane of the mask leaves a word and gets the word of lane `source`; 0xFF bytes where that lane is outside. */
uint64_t exchange(unsigned mask, const char* site, uint64_t word, unsigned source);
/** The lanes of the mask whose predicate holds. */
unsigned vote(unsigned mask, const char* site, bool predicate);
void sync_warp(unsigned mask);

template <typename T>
inline T shuffle(unsigned mask, const char* site, T value, unsigned source) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "shuffles move words of 4 or 8 bytes");
  uint64_t word = 0;
  memcpy(&word, &value, sizeof value);
  word = exchange(mask, site, word, source % warp_size);
  memcpy(&value, &word, sizeof value);
  return value;
}

}  // namespace emu

inline void __syncwarp(unsigned mask = 0xffffffffu) { emu::sync_warp(mask); }
template <typename T>
inline T __shfl_sync(unsigned mask, T v, int source, int width = 32) {
  const unsigned l = emu::lane();
  return emu::shuffle(mask, "__shfl_sync", v, (l & ~(width - 1)) | (source & (width - 1)));
}
template <typename T>
inline T __shfl_xor_sync(unsigned mask, T v, int flip, int width = 32) {
  const unsigned l = emu::lane(), s = l ^ flip;
  return emu::shuffle(mask, "__shfl_xor_sync", v, s > (l | (width - 1)) ? l : s);
}
template <typename T>
inline T __shfl_down_sync(unsigned mask, T v, unsigned delta, int width = 32) {
  const unsigned l = emu::lane(), s = l + delta;
  return emu::shuffle(mask, "__shfl_down_sync", v, s > (l | (width - 1)) ? l : s);
}
template <typename T>
inline T __shfl_up_sync(unsigned mask, T v, unsigned delta, int width = 32) {
  const unsigned l = emu::lane(), base = l & ~(width - 1);
  return emu::shuffle(mask, "__shfl_up_sync", v, l < base + delta ? l : l - delta);
}
inline unsigned __ballot_sync(unsigned mask, int predicate) { return emu::vote(mask, "__ballot_sync", predicate != 0); }
inline int __any_sync(unsigned mask, int predicate) { return emu::vote(mask, "__any_sync", predicate != 0) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return emu::vote(mask, "__all_sync", predicate == 0) == 0; }
