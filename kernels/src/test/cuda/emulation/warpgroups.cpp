#include "cuda_emulation.h"
#include "schedule.h"

#if defined(__x86_64__)
#define EMU_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define EMU_WIDE
#endif

namespace emu {
namespace {

constexpr unsigned most_columns = 256, depth = 16;
typedef float Row __attribute__((vector_size(32)));  // eight columns

// Eight neighbours in memory: along the depth, or along rows or columns where transposed.
void read_unit(uint64_t descriptor, bool transposed, unsigned mn, unsigned k, float (&to)[8]) {
  Block& b = the_block;
  const uint32_t at = operand_unit(descriptor, transposed, mn, k);
  if (size_t{at} + 16 > b.dynamic_bytes) fail("wgmma: an operand reaches beyond shared memory");
  if (at / 16 < b.copied.size() && b.copied[at / 16] > b.fence_event)
    fail("wgmma: reads what cp.async brought, without fence.proxy.async after it had landed");
  uint16_t elements[8];
  memcpy(elements, b.dynamic_shared + at, sizeof elements);
  for (int i = 0; i < 8; i++) to[i] = bits<float>(uint32_t(elements[i]) << 16);
}

// put(row or column, depth, element) for an operand of that extent and depth 16.
template <typename Put> void read_operand(uint64_t descriptor, bool transposed, unsigned first, unsigned extent, Put put) {
  float unit[8];
  if (transposed) {
    for (unsigned k = 0; k < depth; k++)
      for (unsigned mn = 0; mn < extent; mn += 8) {
        read_unit(descriptor, true, first + mn, k, unit);
        for (unsigned i = 0; i < 8; i++) put(mn + i, k, unit[i]);
      }
  } else {
    for (unsigned mn = 0; mn < extent; mn++)
      for (unsigned k = 0; k < depth; k += 8) {
        read_unit(descriptor, false, first + mn, k, unit);
        for (unsigned i = 0; i < 8; i++) put(mn, k + i, unit[i]);
      }
  }
}

struct Operands {
  alignas(32) float a[16][depth], b[depth][most_columns];
  alignas(32) float sums[16][most_columns];
};
Operands operands;

EMU_WIDE void multiply(Operands& o, unsigned columns) {
  for (int row = 0; row < 16; row++)
    for (unsigned column = 0; column < columns; column += 8) {
      Row sum = {};
      for (unsigned k = 0; k < depth; k++) sum += o.a[row][k] * *reinterpret_cast<const Row*>(&o.b[k][column]);
      *reinterpret_cast<Row*>(&o.sums[row][column]) = sum;
    }
}

// Adds the product to the accumulators that are held for it. PTX ISA, "Register fragments for wgmma.mma_async.m64nNk16", d:
// warp w has rows 16 w to 16 w + 15 of the 64; of lane 4 g + t element i is row g + 8 (i / 2 % 2), column
// 8 (i / 4) + 2 t + i % 2.
void perform(Warp& warp, unsigned number, Product& product) {
  Accumulators& to = warp.in_flight[product.accumulators];
  const unsigned columns = 2 * to.count;
  read_operand(product.a, product.transposed_a, number % 4 * 16, 16,
               [](unsigned row, unsigned k, float v) { operands.a[row][k] = v; });
  read_operand(product.b, product.transposed_b, 0, columns,
               [](unsigned column, unsigned k, float v) { operands.b[k][column] = v; });
  multiply(operands, columns);
  for (unsigned l = 0; l < warp_size; l++)
    for (unsigned i = 0; i < to.count; i++)
      to.held[l * to.count + i] += operands.sums[l / 4 + i / 2 % 2 * 8][i / 4 * 8 + l % 4 * 2 + i % 2];
  product.done = true;
}

// Where accumulators are held while products on them are under way; they are taken from the threads with the first of those.
size_t hold_accumulators(Warp& warp, unsigned count) {
  size_t free = warp.in_flight.size();
  for (size_t i = 0; i < warp.in_flight.size(); i++) {
    Accumulators& each = warp.in_flight[i];
    if (each.products && each.of[0] == warp.accumulators[0]) {
      if (each.count != count || memcmp(each.of, warp.accumulators, sizeof each.of))
        fail("wgmma: accumulators of another shape are under way in the same place");
      each.products++;
      return i;
    }
    if (!each.products) free = i;
  }
  if (!warp.fenced) fail("wgmma: without wgmma.fence after its accumulators were written");
  if (free == warp.in_flight.size()) warp.in_flight.emplace_back();
  Accumulators& fresh = warp.in_flight[free];
  memcpy(fresh.of, warp.accumulators, sizeof fresh.of);
  fresh.count = count;
  fresh.products = 1;
  fresh.held.resize(warp_size * count);
  for (unsigned l = 0; l < warp_size; l++)
    for (unsigned i = 0; i < count; i++) {
      fresh.held[l * count + i] = fresh.of[l][i];
      fresh.of[l][i] = NAN;
    }
  return free;
}

void give_back(Accumulators& held) {
  for (unsigned l = 0; l < warp_size; l++)
    for (unsigned i = 0; i < held.count; i++) held.of[l][i] = held.held[l * held.count + i];
}

void end_products(Warp& warp, unsigned number, unsigned pending_groups) {
  const Unwatched now;
  size_t ended = 0;
  while (ended < warp.products.size() && warp.products[ended].group + pending_groups < warp.product_group) {
    Product& product = warp.products[ended++];
    if (!product.done) perform(warp, number, product);
    Accumulators& held = warp.in_flight[product.accumulators];
    if (--held.products) continue;
    give_back(held);
    warp.fenced = false;
  }
  warp.products.erase(warp.products.begin(), warp.products.begin() + ptrdiff_t(ended));
}

// The four warps of a warpgroup execute the same products: each must find in the log what the first of them left.
void agree(Warp& warp, unsigned number, const uint64_t (&entry)[3]) {
  std::vector<uint64_t>& log = the_block.product_log[number / 4];
  const size_t at = size_t{warp.products_issued++} * 3;
  if (log.size() <= at) log.insert(log.end(), entry, entry + 3);
  else if (memcmp(&log[at], entry, sizeof entry)) fail("wgmma: the warps of a warpgroup multiply different operands");
}

}  // namespace

void issue_product(float* accumulators, unsigned count, uint64_t a, uint64_t b, bool transposed_a, bool transposed_b) {
  Block& block = the_block;
  Warp& warp = current_warp();
  const unsigned l = lane(), number = block.current->linear / warp_size;
  if (block.warp_count < (number / 4 + 1) * 4) fail("wgmma in an incomplete warpgroup");
  release(&warp.product_ordering[warp.product_group & 1]);
  warp.accumulators[l] = accumulators;
  warp.descriptors[l][0] = a;
  warp.descriptors[l][1] = b;
  unsigned mask = 0xffffffffu;
  if (!meet(warp, l, mask, "wgmma.mma_async", true)) return;
  const Unwatched now;
  for (const auto& each : warp.descriptors)
    if (each[0] != a || each[1] != b) fail("wgmma: the lanes of a warp have different descriptors");
  for (uint64_t descriptor : {a, b})
    if (descriptor >> 62 != 1 || (descriptor >> 49 & 7)) fail("wgmma: only the 128-byte swizzle at base offset 0 is emulated");
  agree(warp, number, {a, b, count | uint64_t{transposed_a} << 32 | uint64_t{transposed_b} << 33});
  const size_t held = hold_accumulators(warp, count);
  warp.products.push_back({a, b, transposed_a, transposed_b, false, held, warp.product_group});
  if (options().copies == Copies::late) perform(warp, number, warp.products.back());
  dismiss(warp, mask, l);
}

void wgmma_fence() {
  Warp& warp = current_warp();
  unsigned mask = 0xffffffffu;
  if (!meet(warp, lane(), mask, "wgmma.fence", true)) return;
  warp.fenced = true;
  dismiss(warp, mask, lane());
}

void wgmma_commit() {
  Warp& warp = current_warp();
  unsigned mask = 0xffffffffu;
  if (!meet(warp, lane(), mask, "wgmma.commit_group", true)) return;
  warp.product_group++;
  dismiss(warp, mask, lane());
}

void wgmma_wait(unsigned pending_groups) {
  Warp& warp = current_warp();
  unsigned mask = 0xffffffffu;
  if (meet(warp, lane(), mask, "wgmma.wait_group", true)) {
    end_products(warp, the_block.current->linear / warp_size, pending_groups);
    dismiss(warp, mask, lane());
  }
  // The warp's reads are over, whichever lane they were laid to.
  if (pending_groups != 1 || warp.product_group % 2 == 0) acquire(&warp.product_ordering[0]);
  if (pending_groups != 1 || warp.product_group % 2 == 1) acquire(&warp.product_ordering[1]);
}

void fence_proxy_async() { the_block.fence_event = the_block.events; }

void check_products(unsigned number) {
  const Warp& warp = the_block.warps[number];
  if (!warp.products.empty()) fail("wgmma: a warp ends while products of it are under way");
  if (size_t{warp.products_issued} * 3 < the_block.product_log[number / 4].size())
    fail("wgmma: a warp ends without products that its warpgroup computed");
}

void clear_products() {
  Block& b = the_block;
  for (unsigned w = 0; w < b.warp_count; w++) {
    Warp& warp = b.warps[w];
    warp.in_flight.clear();
    warp.products.clear();
    warp.product_group = warp.products_issued = 0;
    warp.fenced = false;
    if (w % 4 == 0) b.product_log[w / 4].clear();
  }
}

}  // namespace emu
