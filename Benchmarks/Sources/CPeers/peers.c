#include "CPeers.h"

#include <flint/fmpq_mat.h>
#include <flint/fmpz_mat.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

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

double peer_sparse_bellman_sweep(
    long states, long actions, double discount, const long *restrict starts, const int *restrict columns,
    const double *restrict p, const double *restrict reward, const double *restrict v, double *restrict out,
    int *restrict greedy) {
  double change = 0;
  for (long s = 0; s < states; s++) {
    double best = -INFINITY;
    int action = 0;
    for (long a = 0; a < actions; a++) {
      long k = s * actions + a;
      double sum = 0;
      for (long j = starts[k]; j < starts[k + 1]; j++) sum += p[j] * v[columns[j]];
      double q = reward[k] + discount * sum;
      if (q > best) best = q, action = (int)a;
    }
    double d = fabs(best - v[s]);
    if (d > change) change = d;
    out[s] = best;
    greedy[s] = action;
  }
  return change;
}

double peer_dense_bellman_sweep(
    long states, long actions, double discount, const double *restrict p, const double *restrict reward,
    const double *restrict v, double *restrict out, int *restrict greedy) {
  double change = 0;
  for (long s = 0; s < states; s++) {
    double best = -INFINITY;
    int action = 0;
    for (long a = 0; a < actions; a++) {
      long k = s * actions + a;
      double sum = 0;
      for (long t = 0; t < states; t++) sum += p[k * states + t] * v[t];
      double q = reward[k] + discount * sum;
      if (q > best) best = q, action = (int)a;
    }
    double d = fabs(best - v[s]);
    if (d > change) change = d;
    out[s] = best;
    greedy[s] = action;
  }
  return change;
}
