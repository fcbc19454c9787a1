// The emulated instructions of warpgroups, against products by the definition.
#include "check.h"
#include "warpgroup.cuh"

namespace {

constexpr int block_bytes = 8192;

// Ordinary stores of an operand [extent, 64], or [64, extent] when transposed, as operand_at describes it.
template <bool Transposed> void place(unsigned char* to, const uint16_t* from, int extent) {
  for (int i = threadIdx.x; i < extent * 64; i += 128) {
    const int mn = Transposed ? i % extent : i / 64, k = Transposed ? i / extent : i % 64;
    const int line = Transposed ? k : mn % 64, across = Transposed ? mn % 64 : k;
    const int at = mn / 64 * block_bytes + line * 128 + ((across / 8 ^ line % 8) << 4) + across % 8 * 2;
    *reinterpret_cast<uint16_t*>(to + at) = from[i];
  }
}

// One warpgroup: c += a b, with a [64, 64] and b [64, 8 Groups] in either order.
template <bool TransposedA, bool TransposedB, int Groups>
void multiply(float* c, const uint16_t* a, const uint16_t* b, unsigned char* shared) {
  place<TransposedA>(shared, a, 64);
  place<TransposedB>(shared + block_bytes, b, Groups * 8);
  fence_proxy_async();
  __syncthreads();
  const int row = threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4, column = threadIdx.x % 4 * 2;
  float* mine[Groups][4];
  float sums[Groups][4];
  for (int j = 0; j < Groups; j++)
    for (int i = 0; i < 4; i++) {
      mine[j][i] = c + (row + i / 2 * 8) * Groups * 8 + j * 8 + column + i % 2;
      sums[j][i] = *mine[j][i];
    }
  wgmma_fence();
  for (int k = 0; k < 4; k++)
    wgmma_k16<TransposedA, TransposedB>(sums, operand_at<TransposedA>(shared) + (k * operand_step<TransposedA> >> 4),
                                        operand_at<TransposedB>(shared + block_bytes) + (k * operand_step<TransposedB> >> 4));
  wgmma_commit();
  wgmma_wait<0>();
  for (int j = 0; j < Groups; j++)
    for (int i = 0; i < 4; i++) *mine[j][i] = sums[j][i];
}

extern "C" __global__ void try_wgmma(float* c, const uint16_t* a, const uint16_t* b, int columns, int transposed) {
  DYNAMIC_SHARED(shared);
  const auto with = [&](auto&& each) { each(c, a, b, shared); };
  if (columns == 128) with(transposed == 0 ? multiply<false, false, 16> : transposed == 1 ? multiply<false, true, 16> : multiply<true, true, 16>);
  if (columns == 192) with(transposed == 0 ? multiply<false, false, 24> : transposed == 1 ? multiply<false, true, 24> : multiply<true, true, 24>);
  if (columns == 256) with(transposed == 0 ? multiply<false, false, 32> : transposed == 1 ? multiply<false, true, 32> : multiply<true, true, 32>);
}

// One thread brings pieces of 1 KB, the others add them up as they come: three buffers, each used several times.
extern "C" __global__ void try_bulk_copies(float* sums, const float* in, int pieces) {
  DYNAMIC_SHARED(shared);
  uint64_t *full = reinterpret_cast<uint64_t*>(shared + 3 * 1024), *empty = full + 3;
  if (threadIdx.x == 0) {
    for (int i = 0; i < 3; i++) {
      barrier_init(full + i, 1);
      barrier_init(empty + i, 64);
    }
    fence_barrier_init();
  }
  __syncthreads();
  if (threadIdx.x == 64) {
    for (int i = 0; i < pieces; i++) {
      barrier_wait(empty + i % 3, (i / 3 & 1) ^ 1);
      barrier_arrive_expecting(full + i % 3, 1024);
      copy_bulk(shared + i % 3 * 1024, in + i * 256, 512, full + i % 3);
      copy_bulk(shared + i % 3 * 1024 + 512, in + i * 256 + 128, 512, full + i % 3);
    }
  } else if (threadIdx.x < 64) {
    float sum = 0;
    for (int i = 0; i < pieces; i++) {
      barrier_wait(full + i % 3, i / 3 & 1);
      for (int j = 0; j < 4; j++) sum += reinterpret_cast<const float*>(shared + i % 3 * 1024)[threadIdx.x + 64 * j];
      barrier_arrive(empty + i % 3);
    }
    sums[threadIdx.x] = sum;
  }
}

EMULATED_KERNEL(try_wgmma)
EMULATED_KERNEL(try_bulk_copies)

}  // namespace

CHECK_CASE(wgmma_multiplies_operands_along_the_depth_and_across_it) {
  for (int columns : {128, 192, 256})
    for (int transposed = 0; transposed < 3; transposed++) {  // neither, b, both
      std::vector<uint16_t> a_bits, b_bits;
      for (float v : check::normal(64 * 64)) a_bits.push_back(__float2bfloat16_rn(v).x);
      for (float v : check::normal(64 * columns)) b_bits.push_back(__float2bfloat16_rn(v).x);
      const auto value = [](uint16_t each) { return double(__bfloat162float({each})); };
      check::DeviceArray<uint16_t> a(a_bits), b(b_bits);
      const std::vector<float> held = check::normal(64 * columns);
      check::DeviceArray<float> c(held);
      check::launch("try_wgmma", 1, 128, block_bytes * (1 + columns / 64), c, (const uint16_t*)a.data(),
                    (const uint16_t*)b.data(), columns, transposed);
      std::vector<double> expected(held.begin(), held.end());
      for (int i = 0; i < 64; i++)
        for (int j = 0; j < columns; j++)
          for (int k = 0; k < 64; k++)
            expected[i * columns + j] += value(transposed == 2 ? a_bits[k * 64 + i] : a_bits[i * 64 + k]) *
                                         value(transposed ? b_bits[k * columns + j] : b_bits[j * 64 + k]);
      // 64 sums of products that are exact in float32, of magnitude 64 at most here.
      check::close(c, expected, {64 * 64 * 6e-8, 64 * 6e-8}, std::to_string(columns) + " columns");
    }
}

CHECK_CASE(bulk_copies_through_a_ring_of_barriers) {
  for (int pieces : {1, 3, 8}) {
    const std::vector<float> values = check::normal(pieces * 256);
    check::DeviceArray<float> in(values), sums(64);
    check::launch("try_bulk_copies", 1, 96, 3 * 1024 + 48, sums, in, pieces);
    std::vector<double> expected(64);
    for (int i = 0; i < pieces * 256; i++) expected[i % 64] += values[i];
    check::close(sums, expected, {1e-5, 1e-6}, std::to_string(pieces) + " pieces");
  }
}
