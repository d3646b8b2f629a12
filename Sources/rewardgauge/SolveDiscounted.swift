import ArgumentParser
import RewardGauge

/// The criteria of `solve` in which future rewards count for less.
extension SolveCommand {
  func discounted(_ problem: Problem, _ policy: Policy?) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    if let policy {
      let value = try PolicyEvaluation(of: policy, in: problem.mdp).evaluate(reward, tolerance: .absolute(tolerance))
      return report(value.summary(of: policy), reward.name, of: problem)
    }
    let discounted = try DiscountedProblem(problem.mdp, reward: reward, direction: direction)
    let solver = method.discountedSolver(options) ?? AutomaticSolver(options: options)
    return report(solver.solve(discounted), reward.name, of: problem)
  }

  func soft(_ problem: Problem) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    let temperature = temperature ?? 0
    let solution = try RegularisedIteration(temperature: temperature, options: options)
      .solve(DiscountedProblem(problem.mdp, reward: reward, direction: direction))
    return report(solution.adding([.init("temperature", .number(temperature))]), reward.name, of: problem)
  }

  func robust(_ problem: Problem) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    let radius = radius ?? 0
    let solution = try RobustIteration(ambiguity: .ball(radius: radius), options: options)
      .solve(DiscountedProblem(problem.mdp, reward: reward, direction: direction))
    return report(solution.adding([.init("radius", .number(radius))]), reward.name, of: problem)
  }

  func constrained(_ problem: Problem) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    let constraints = try constraint.map { text in
      let (name, limit) = try Self.parts(ofConstraint: text)
      guard Double(limit).isFinite else {
        throw ValidationError("--constraint \"\(text)\" is beyond the range of doubles")
      }
      return ReturnConstraint(try problem.reward(named: name), atMost: Double(limit))
    }
    let solution = try ConstrainedOptimisation(constraints: constraints, options: options)
      .solve(problem.mdp, reward: reward, direction: direction)
    return report(solution.summary(under: constraints), reward.name, of: problem)
  }

  /// The reward and the limit of REWARD<=NUMBER, where the number is a decimal or a fraction.
  static func parts(ofConstraint text: String) throws -> (reward: String, limit: Rational) {
    guard let place = text.firstRange(of: "<="), let limit = try? Rational(parsing: String(text[place.upperBound...]))
    else { throw ValidationError("--constraint \"\(text)\" is not of the form REWARD<=NUMBER") }
    return (String(text[..<place.lowerBound]), limit)
  }
}
