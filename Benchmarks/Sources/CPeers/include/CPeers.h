#pragma once
#include <stdint.h>

#include "bandits.h"

/* The same work as ours in plain C, one function a peer. Sizes are trusted. */

/* out = A x for compressed sparse rows. */
void peer_sparse_times_vector(
    long rows, const long *starts, const int *columns, const double *values, const double *x, double *out);

/* out = A x for a row-major matrix, summed in order. */
void peer_dense_times_vector(long rows, long columns, const double *a, const double *x, double *out);

/* Solves A x = b in place by LAPACK's dgesv; a and b are overwritten, pivots has n entries. Returns LAPACK's info. */
int peer_lapack_solve(int n, double *a, int *pivots, double *b);

/* Puts OpenBLAS on one thread, where it is OpenBLAS. */
void peer_one_blas_thread(void);

/* L L^T + x x^T = L' L'^T for L^T row-major in `upper`; x is overwritten. */
void peer_rank_one_update(long n, double *upper, double *x);

/* x^T A^-1 x for A = L L^T, L^T row-major in `upper`; x is overwritten. */
double peer_inverse_quadratic_form(long n, const double *upper, double *x);

/* Solves the integer system A x = b (row-major, n by n) exactly by FLINT's dense Dixon lifting.
   Returns the bits of the first denominator, 0 when A is singular. */
long peer_flint_dixon(long n, const long *a, const long *b);

/* out = T v, greedy = the first of the best actions, over compressed sparse rows; returns max |out - v|. */
double peer_sparse_bellman_sweep(
    long states, long actions, double discount, const long *starts, const int *columns, const double *p,
    const double *reward, const double *v, double *out, int *greedy);

/* The same over dense rows, each summed in order. */
double peer_dense_bellman_sweep(
    long states, long actions, double discount, const double *p, const double *reward, const double *v, double *out,
    int *greedy);
