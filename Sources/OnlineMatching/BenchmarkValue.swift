internal import LinearPrograms

/// A benchmark's value with the interval that is proven for it.
public struct BenchmarkValue: Sendable, Equatable {
  /// The value.
  public let value: Double
  /// A proven lower bound (a feasible primal solution), up to rounding and the feasibility tolerance 1e-9.
  public let lower: Double
  /// A proven upper bound (a feasible dual solution), up to rounding and the feasibility tolerance 1e-9.
  public let upper: Double
  /// How often a linear program was solved; 0 for a dynamic program or an enumeration.
  public let rounds: Int

  /// upper − lower: the duality gap.
  public var gap: Double { upper - lower }

  init(value: Double, lower: Double, upper: Double, rounds: Int) {
    self.value = value
    self.lower = min(lower, upper)
    self.upper = max(lower, upper)
    self.rounds = rounds
  }

  init(exact value: Double) { self.init(value: value, lower: value, upper: value, rounds: 0) }

  /// The value of a maximisation program with its dual bound.
  init(_ solution: LinearProgramSolution, rounds: Int = 1) {
    self.init(
      value: solution.objective, lower: solution.objective, upper: solution.dualObjective, rounds: rounds)
  }
}

/// Calls a step of building or solving a benchmark program and names the program if it goes wrong.
func solving<Result>(
  _ name: MatchingBenchmark, _ body: () throws(LinearProgramError) -> Result
) throws(MatchingError) -> Result {
  do { return try body() } catch { throw .linearProgram(name: name.rawValue, reason: error.description) }
}

extension LinearProgramSolution {
  /// The solution itself if it is optimal.
  func optimum(of name: MatchingBenchmark) throws(MatchingError) -> LinearProgramSolution {
    guard status == .optimal else {
      throw .linearProgram(
        name: name.rawValue,
        reason: "status \(status) after \(iterations) pivots with duality gap \(dualityGap); rescale the instance")
    }
    return self
  }
}
