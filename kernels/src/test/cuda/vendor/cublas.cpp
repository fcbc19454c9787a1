// A libcublas.so.12 with the few functions that the product calls, on memory of the emulated device, which is the host's.
// A product is done when it is queued, so the emulated streams must work at once too. Operands are not rounded; how they
// should be is kept for the test to see.
#include <cstdint>

extern "C" {
struct Handle { void* stream; };
static int last_compute, living;

int fake_last_compute() { return last_compute; }
int fake_living_handles() { return living; }

int cublasCreate_v2(Handle** handle) {
  *handle = new Handle{nullptr};
  living++;
  return 0;
}
int cublasDestroy_v2(Handle* handle) {
  delete handle;
  living--;
  return 0;
}
int cublasSetStream_v2(Handle* handle, void* stream) {
  handle->stream = stream;
  return 0;
}
/** c = alpha op(a) op(b) + beta c, all column-major: cuBLAS library reference, cublasGemmEx. */
int cublasGemmEx(Handle* handle, int transpose_a, int transpose_b, int m, int n, int k, const float* alpha, const float* a,
                 int a_type, int lda, const float* b, int b_type, int ldb, const float* beta, float* c, int c_type,
                 int ldc, int compute, int) {
  if (!handle->stream || m < 0 || n < 0 || k < 0 || ldc < m || lda < (transpose_a ? k : m) || ldb < (transpose_b ? n : k))
    return 7;
  if (a_type || b_type || c_type) return 15;
  last_compute = compute;
  for (int column = 0; column < n; column++)
    for (int row = 0; row < m; row++) {
      double sum = 0;
      for (int i = 0; i < k; i++)
        sum += double(transpose_a ? a[int64_t(row) * lda + i] : a[int64_t(i) * lda + row]) *
               (transpose_b ? b[int64_t(i) * ldb + column] : b[int64_t(column) * ldb + i]);
      float& out = c[int64_t(column) * ldc + row];
      out = float(*alpha * sum + (*beta == 0 ? 0.0 : *beta * double(out)));
    }
  return 0;
}
}
