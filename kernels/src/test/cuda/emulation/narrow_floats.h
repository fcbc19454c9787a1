// bf16 and half, by their bits.
#pragma once

struct __nv_bfloat16 { uint16_t x; };
struct alignas(4) __nv_bfloat162 { __nv_bfloat16 x, y; };
struct __half { uint16_t x; };
struct alignas(4) __half2 { __half x, y; };

inline float __bfloat162float(__nv_bfloat16 b) { return emu::bits<float>(uint32_t(b.x) << 16); }
inline __nv_bfloat16 __float2bfloat16_rn(float f) {
  const uint32_t u = emu::bits<uint32_t>(f);
  if ((u & 0x7fffffffu) > 0x7f800000u) return {0x7fff};
  return {uint16_t((u + 0x7fff + (u >> 16 & 1)) >> 16)};
}
inline __nv_bfloat16 __float2bfloat16(float f) { return __float2bfloat16_rn(f); }
inline __nv_bfloat162 __floats2bfloat162_rn(float a, float b) {
  return {__float2bfloat16_rn(a), __float2bfloat16_rn(b)};
}
inline float2 __bfloat1622float2(__nv_bfloat162 v) { return {__bfloat162float(v.x), __bfloat162float(v.y)}; }
inline __nv_bfloat162 __halves2bfloat162(__nv_bfloat16 a, __nv_bfloat16 b) { return {a, b}; }
inline unsigned short __bfloat16_as_ushort(__nv_bfloat16 b) { return b.x; }
inline __nv_bfloat16 __ushort_as_bfloat16(unsigned short u) { return {u}; }

inline float __half2float(__half h) {
  const uint32_t sign = uint32_t(h.x & 0x8000) << 16, e = h.x >> 10 & 31, m = h.x & 0x3ff;
  if (e == 31) return emu::bits<float>(sign | 0x7f800000u | m << 13);
  const float magnitude = e ? std::ldexp(float(m | 0x400), int(e) - 25) : std::ldexp(float(m), -24);
  return sign ? -magnitude : magnitude;
}
inline __half __float2half_rn(float f) {
  const uint32_t u = emu::bits<uint32_t>(f);
  uint32_t a = u & 0x7fffffffu;
  const uint16_t sign = u >> 16 & 0x8000;
  if (a > 0x7f800000u) return {0x7fff};
  if (a >= 0x477ff000u) return {uint16_t(sign | 0x7c00)};  // rounds past the largest half
  if (a < 0x38800000u)  // subnormal: the processor rounds to a multiple of 2^-24
    return {uint16_t(sign | uint16_t(std::nearbyint(std::ldexp(emu::bits<float>(a), 24))))};
  a += 0xfff + (a >> 13 & 1);
  return {uint16_t(sign | ((a - 0x38000000u) >> 13))};
}
