internal import CLapack

/// How the BLAS behind this module is run.
enum BLAS {
  /// Puts OpenBLAS on one thread, once a process: our own parallel loops use the cores, and two levels of threads fight.
  static func prepare() { _ = oneThread }

  private static let oneThread: Bool = rg_blas_set_threads(1) == 1
}
