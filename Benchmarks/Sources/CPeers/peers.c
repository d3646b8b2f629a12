#include "CPeers.h"

#include <flint/fmpq_mat.h>
#include <flint/fmpz_mat.h>
#include <math.h>

void peer_sparse_times_vector(
    long rows, const long *restrict starts, const int *restrict columns, const double *restrict values,
    const double *restrict x, double *restrict out) {
  for (long i = 0; i < rows; i++) {
    double sum = 0;
    for (long k = starts[i]; k < starts[i + 1]; k++) sum += values[k] * x[columns[k]];
    out[i] = sum;
  }
}

void peer_dense_times_vector(
    long rows, long columns, const double *restrict a, const double *restrict x, double *restrict out) {
  for (long i = 0; i < rows; i++) {
    double sum = 0;
    for (long j = 0; j < columns; j++) sum += a[i * columns + j] * x[j];
    out[i] = sum;
  }
}

extern void dgesv_(const int *, const int *, double *, const int *, int *, double *, const int *, int *);

int peer_lapack_solve(int n, double *a, int *pivots, double *b) {
  int one = 1, info = 0;
  dgesv_(&n, &one, a, &n, pivots, b, &n, &info);
  return info;
}

extern void openblas_set_num_threads(int) __attribute__((weak));

void peer_one_blas_thread(void) {
  if (openblas_set_num_threads) openblas_set_num_threads(1);
}

void peer_rank_one_update(long n, double *restrict upper, double *restrict x) {
  for (long k = 0; k < n; k++) {
    double pivot = upper[k * n + k], radius = hypot(pivot, x[k]);
    double cosine = pivot / radius, sine = x[k] / radius;
    upper[k * n + k] = radius;
    for (long i = k + 1; i < n; i++) {
      double a = upper[k * n + i], b = x[i];
      upper[k * n + i] = cosine * a + sine * b;
      x[i] = cosine * b - sine * a;
    }
  }
}

double peer_inverse_quadratic_form(long n, const double *restrict upper, double *restrict x) {
  double sum = 0;
  for (long k = 0; k < n; k++) {
    double value = x[k] / upper[k * n + k];
    for (long i = k + 1; i < n; i++) x[i] -= value * upper[k * n + i];
    sum += value * value;
  }
  return sum;
}

long peer_flint_dixon(long n, const long *a, const long *b) {
  fmpz_mat_t left, right;
  fmpq_mat_t x;
  fmpz_mat_init(left, n, n);
  fmpz_mat_init(right, n, 1);
  fmpq_mat_init(x, n, 1);
  for (long i = 0; i < n; i++) {
    for (long j = 0; j < n; j++) fmpz_set_si(fmpz_mat_entry(left, i, j), a[i * n + j]);
    fmpz_set_si(fmpz_mat_entry(right, i, 0), b[i]);
  }
  long bits = 0;
  if (fmpq_mat_solve_fmpz_mat_dixon(x, left, right)) bits = (long)fmpz_bits(fmpq_mat_entry_den(x, 0, 0));
  fmpz_mat_clear(left);
  fmpz_mat_clear(right);
  fmpq_mat_clear(x);
  return bits;
}
