/// Everything that can be said exactly about one instance: each algorithm's value and each benchmark, and why the rest
/// was left out.
public struct MatchingEvaluation: Sendable, Equatable {
  /// What was left out.
  public struct Skipped: Sendable, Equatable {
    /// The name of the algorithm or benchmark.
    public let name: String
    /// Why, and what to use instead.
    public let reason: String
  }

  /// The value of one algorithm.
  public struct AlgorithmValue: Sendable, Equatable {
    /// The algorithm.
    public let algorithm: MatchingAlgorithm
    /// Its exact value.
    public let value: MatchingValue
  }

  /// The value of one benchmark.
  public struct Bound: Sendable, Equatable {
    /// The benchmark.
    public let benchmark: MatchingBenchmark
    /// Its value.
    public let value: BenchmarkValue
  }

  /// The proofs for one algorithm that goes by loads.
  public struct Certified: Sendable, Equatable {
    /// The algorithm.
    public let algorithm: MatchingAlgorithm
    /// Against B1.
    public let truncated: MatchingCertificate
    /// Against B2.
    public let stochastic: MatchingCertificate
  }

  /// The instance.
  public let instance: MatchingInstance
  /// The algorithms, in the order asked for.
  public let algorithms: [AlgorithmValue]
  /// The benchmarks, in the order asked for.
  public let benchmarks: [Bound]
  /// Certificates, if they were asked for.
  public let certificates: [Certified]
  /// What is too large, with the reason.
  public let skipped: [Skipped]

  /// Evaluates `algorithms` and `benchmarks` on `instance`; what cannot be done exactly is skipped with a reason.
  ///
  /// With `certifies`, algorithms that go by loads also get their ``MatchingCertificate``s.
  ///
  /// - Complexity: exponential in the size of the instance, within the limits of each part.
  public init(
    _ instance: MatchingInstance, algorithms: [MatchingAlgorithm] = MatchingAlgorithm.allCases,
    benchmarks: [MatchingBenchmark] = MatchingBenchmark.allCases, certifies: Bool = false,
    ties: ScoreTies = .lowestIndex, method: ExactEvaluation = ExactEvaluation()
  ) {
    var values: [AlgorithmValue] = []
    var bounds: [Bound] = []
    var certificates: [Certified] = []
    var skipped: [Skipped] = []
    func attempt(_ name: String, _ body: () throws(MatchingError) -> Void) {
      do throws(MatchingError) { try body() } catch { skipped.append(Skipped(name: name, reason: error.description)) }
    }
    for algorithm in algorithms {
      attempt(algorithm.rawValue) { () throws(MatchingError) in
        values.append(
          AlgorithmValue(algorithm: algorithm, value: try method.value(of: algorithm, ties: ties, on: instance)))
        guard certifies, let rule = algorithm.rule(ties: ties), let sharing = algorithm.sharing else { return }
        func certificate(_ reward: ConfigurationProgram.Reward) throws(MatchingError) -> MatchingCertificate {
          try MatchingCertificate(of: rule, sharing: sharing, against: reward, on: instance, evaluation: method)
        }
        certificates.append(
          Certified(
            algorithm: algorithm, truncated: try certificate(.truncated), stochastic: try certificate(.stochastic)))
      }
    }
    for benchmark in benchmarks {
      attempt(benchmark.rawValue) { () throws(MatchingError) in
        bounds.append(Bound(benchmark: benchmark, value: try benchmark.value(on: instance)))
      }
    }
    self.instance = instance
    self.algorithms = values
    self.benchmarks = bounds
    self.certificates = certificates
    self.skipped = skipped
  }

  /// The value of a benchmark that was computed.
  public func value(of benchmark: MatchingBenchmark) -> Double? {
    benchmarks.first { $0.benchmark == benchmark }?.value.value
  }
}
