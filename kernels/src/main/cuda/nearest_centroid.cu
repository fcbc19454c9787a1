// The nearest of some centroids, told from products with them: the greatest product less half the centroid's squared norm.
//
// A warp takes four rows of products at once, so that each half norm is read once for four rows and four loads of a lane are under
// way. Products are read once, 4 columns bytes a row: 300,000 rows of 1,024 are 1.2 GB, 0.4 ms at 3.3 TB/s, where reading them to the
// host would take 50 ms of the bus and 300 million comparisons there. Scores are float64, as on the processor, so that both
// choose the same centroid: a conversion, a subtraction and a comparison a product.
#include "elements.cuh"

namespace {

constexpr int nearest_rows = 4;

/** The greatest score so far, and its column; column 0 while no score was greater than minus infinity. */
struct Nearest {
  double score;
  int column;

  /** Of equal scores the lower column stays. */
  __device__ __forceinline__ void take(double other, int at) {
    if (other > score || (other == score && at < column)) {
      score = other;
      column = at;
    }
  }
};

/** The nearest of this lane's share of the columns, in rows that begin at each of the pointers; N columns at a time. */
template <int N>
__device__ __forceinline__ void nearest_of_lane(
    const float* const (&rows)[nearest_rows], int columns, const double* halves, Nearest (&found)[nearest_rows]) {
#pragma unroll 2
  for (int column = threadIdx.x % 32 * N; column < columns; column += 32 * N) {
    Floats<N> values[nearest_rows];
#pragma unroll
    for (int r = 0; r < nearest_rows; r++) values[r] = load<N>(rows[r] + column);
#pragma unroll
    for (int k = 0; k < N; k++) {
      const double half = halves[column + k];
#pragma unroll
      for (int r = 0; r < nearest_rows; r++) {
        const double score = double(values[r].of[k]) - half;
        if (score > found[r].score) found[r] = {score, column + k};  // columns come in order: of equal ones the first stays
      }
    }
  }
}

}  // namespace

/**
 * nearest[row] is the column c of the greatest products[row, c] - halves[c], the lowest of several, and scores[row] that difference,
 * both in float64; 0 and minus infinity where no difference is greater (NaNs are passed over). Blocks of 256 threads, any grid in x.
 *
 * @param products [rows, columns]
 * @param halves [columns] half the squared norm of each centroid
 * @param scores [rows]
 * @param nearest [rows]
 */
extern "C" __global__ void __launch_bounds__(256)
nearest_centroid(const float* products, int stride, long long rows, int columns, const double* halves, double* scores, int* nearest) {
  const bool aligned = rows_aligned(products, stride) && columns % 4 == 0;
  const long long step = (long long)gridDim.x * 8 * nearest_rows;
  for (long long first = ((long long)blockIdx.x * 8 + threadIdx.x / 32) * nearest_rows; first < rows; first += step) {
    const float* from[nearest_rows];
    Nearest found[nearest_rows];
#pragma unroll
    for (int r = 0; r < nearest_rows; r++) {
      from[r] = products + size_t(min(first + r, rows - 1)) * stride;  // beyond the last row the last one again
      found[r] = {-INFINITY, 0};
    }
    if (aligned)
      nearest_of_lane<4>(from, columns, halves, found);
    else
      nearest_of_lane<1>(from, columns, halves, found);
#pragma unroll
    for (int r = 0; r < nearest_rows; r++) {
      for (int offset = 16; offset > 0; offset >>= 1) {
        const double other = __shfl_xor_sync(0xffffffffu, found[r].score, offset);
        found[r].take(other, __shfl_xor_sync(0xffffffffu, found[r].column, offset));
      }
      if (threadIdx.x % 32 == 0 && first + r < rows) {
        scores[first + r] = found[r].score;
        nearest[first + r] = found[r].column;
      }
    }
  }
}
