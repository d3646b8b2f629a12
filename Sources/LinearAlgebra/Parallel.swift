internal import Dispatch
internal import Glibc

/// Splits `0..<count` into as many contiguous ranges as there are workers and runs `body` on each, in parallel.
///
/// The ranges depend on `count` and `workers` alone, and each call owns its range: results that are stored by index are
/// the same bytes whatever the number of threads.
///
/// - Parameters:
///   - count: How many items there are.
///   - workers: How many ranges to make, at least 1; by default one a core.
///   - minimumPerWorker: Fewer items than this a worker are not worth a thread.
///   - body: Called once a range, perhaps at the same time as other calls.
public func forEachRange(
  of count: Int, workers: Int = processorCount, minimumPerWorker: Int = 1,
  _ body: @Sendable (Range<Int>) -> Void
) {
  let parts = max(1, min(workers, count / max(1, minimumPerWorker)))
  guard parts > 1 else {
    if count > 0 { body(0..<count) }
    return
  }
  DispatchQueue.concurrentPerform(iterations: parts) { part in
    body((count * part / parts)..<(count * (part + 1) / parts))
  }
}

/// The number of processors that this process may use.
public let processorCount: Int = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
