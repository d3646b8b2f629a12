import ArgumentParser
import RewardGauge

/// The criteria of `solve` in which future rewards count for less.
extension SolveCommand {
  func discounted(_ problem: Problem, _ policy: Policy?) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    if exact {
      let solution = try exactSolver.solve(problem.rationalModel(reward, rationals), direction: direction)
      return report(solution, reward.name, of: problem)
    }
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
      guard let place = text.firstRange(of: "<="), let limit = Double(text[place.upperBound...]), limit.isFinite else {
        throw ValidationError("--constraint \"\(text)\" is not of the form REWARD<=NUMBER")
      }
      return ReturnConstraint(try problem.reward(named: String(text[..<place.lowerBound])), atMost: limit)
    }
    let solution = try ConstrainedOptimisation(constraints: constraints, options: options)
      .solve(problem.mdp, reward: reward, direction: direction)
    return report(solution.summary(under: constraints), reward.name, of: problem)
  }
}
