#include "cuda_emulation.h"

namespace emu {

uint64_t exchange(unsigned mask, const char* site, uint64_t word, unsigned source) {
  Warp& warp = current_warp();
  const unsigned l = lane();
  warp.words[l] = word;
  warp.sources[l] = source;
  if (meet(warp, l, mask, site, false)) {
    if (mask == 0xffffffffu) {
      for (unsigned i = 0; i < warp_size; i++) warp.results[i] = warp.words[warp.sources[i]];
    } else {
      for (unsigned rest = mask; rest; rest &= rest - 1) {
        const unsigned i = __builtin_ctz(rest);
        warp.results[i] = mask >> warp.sources[i] & 1 ? warp.words[warp.sources[i]] : ~uint64_t{0};
      }
    }
    dismiss(warp, mask, l);
  }
  return warp.results[l];
}

unsigned vote(unsigned mask, const char* site, bool predicate) {
  Warp& warp = current_warp();
  const unsigned l = lane();
  warp.words[l] = predicate;
  if (meet(warp, l, mask, site, false)) {
    unsigned votes = 0;
    for (unsigned rest = mask; rest; rest &= rest - 1) {
      const unsigned i = __builtin_ctz(rest);
      votes |= unsigned(warp.words[i]) << i;
    }
    for (unsigned rest = mask; rest; rest &= rest - 1) warp.results[__builtin_ctz(rest)] = votes;
    dismiss(warp, mask, l);
  }
  return unsigned(warp.results[l]);
}

// The one primitive of a warp that orders memory accesses.
void sync_warp(unsigned mask) {
  Warp& warp = current_warp();
  const unsigned l = lane();
  void* object = &warp.ordering[the_block.current->warp_barriers++ & 1];
  release(object);
  if (meet(warp, l, mask, "__syncwarp", false)) dismiss(warp, mask, l);
  acquire(object);
}

}  // namespace emu
