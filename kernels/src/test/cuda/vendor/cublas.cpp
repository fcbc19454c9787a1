// A libcublas.so.12 with the few functions that the product calls, on memory of the emulated device, which is the host's.
// A product is done when it is queued, so the emulated streams must work at once too. Operands are not rounded; how they
// should be is kept for the test to see.
#include <cstdint>
#include <cstring>

namespace {
constexpr int float32 = 0, bf16 = 14;  // cudaDataType_t

/** Element i of a matrix of a type. */
double element(const void* matrix, int type, int64_t i) {
  if (type == float32) return static_cast<const float*>(matrix)[i];
  const uint32_t bits = uint32_t(static_cast<const uint16_t*>(matrix)[i]) << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}
}  // namespace

extern "C" {
struct Handle { void* stream; };
static int last_compute, last_type, living;

int fake_last_compute() { return last_compute; }
int fake_last_type() { return last_type; }
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
int cublasGemmEx(Handle* handle, int transpose_a, int transpose_b, int m, int n, int k, const float* alpha, const void* a,
                 int a_type, int lda, const void* b, int b_type, int ldb, const float* beta, float* c, int c_type,
                 int ldc, int compute, int) {
  if (!handle->stream || m < 0 || n < 0 || k < 0 || ldc < m || lda < (transpose_a ? k : m) || ldb < (transpose_b ? n : k))
    return 7;
  if (a_type != b_type || (a_type != float32 && a_type != bf16) || c_type != float32) return 15;
  if (a_type == bf16 && compute != 68) return 15;  // CUBLAS_COMPUTE_32F
  last_compute = compute;
  last_type = a_type;
  for (int column = 0; column < n; column++)
    for (int row = 0; row < m; row++) {
      double sum = 0;
      for (int i = 0; i < k; i++)
        sum += element(a, a_type, transpose_a ? int64_t(row) * lda + i : int64_t(i) * lda + row) *
               element(b, b_type, transpose_b ? int64_t(i) * ldb + column : int64_t(column) * ldb + i);
      float& out = c[int64_t(column) * ldc + row];
      out = float(*alpha * sum + (*beta == 0 ? 0.0 : *beta * double(out)));
    }
  return 0;
}
}
