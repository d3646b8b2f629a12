internal import RealModule

/// The steps at which a simulation of `horizon` steps reports, so that memory does not grow with the horizon.
public enum Checkpoints: Sendable, Equatable {
  /// `count` steps at equal distances, the last one the horizon.
  case linear(count: Int)
  /// `count` steps whose logarithms are at equal distances, from 1 to the horizon.
  case logarithmic(count: Int)
  /// The steps given.
  case at([Int])

  /// The steps, increasing, each once, all in 1...`horizon`; none for the horizon 0.
  ///
  /// Fewer than `count` when the horizon is shorter or rounding lets neighbours coincide.
  public func steps(horizon: Int) -> [Int] {
    guard horizon > 0 else { return [] }
    var steps: [Int]
    switch self {
    case .linear(let count):
      let n = max(1, min(count, horizon))
      steps = (1...n).map { horizon / n * $0 + horizon % n * $0 / n }
    case .logarithmic(let count):
      let n = max(2, count)
      steps = (0..<n).map {
        Int(Double.exp(Double.log(Double(horizon)) * Double($0) / Double(n - 1)).rounded())
      }
      steps.append(horizon)
    case .at(let chosen):
      steps = chosen
    }
    var last = 0
    return steps.sorted().filter { step in
      defer { last = max(last, step) }
      return step > last && step <= horizon
    }
  }
}
