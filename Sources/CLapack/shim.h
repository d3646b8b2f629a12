#pragma once
/* Swift imports neither C99 _Complex nor types that are macros; lapack.h lets its user name the complex types. */
typedef struct { float re, im; } rg_complex_float;
typedef struct { double re, im; } rg_complex_double;
#define LAPACK_COMPLEX_CUSTOM
#define lapack_complex_float rg_complex_float
#define lapack_complex_double rg_complex_double
#include <lapacke.h>
#include <cblas.h>
typedef lapack_int LapackInt;

/* OpenBLAS only: a weak reference links with every BLAS. */
extern void openblas_set_num_threads(int) __attribute__((weak));
extern int openblas_get_num_threads(void) __attribute__((weak));
static inline int rg_blas_set_threads(int n) {
  if (!openblas_set_num_threads) return 0;
  openblas_set_num_threads(n);
  return 1;
}
static inline int rg_blas_threads(void) { return openblas_get_num_threads ? openblas_get_num_threads() : 0; }
