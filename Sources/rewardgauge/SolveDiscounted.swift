import ArgumentParser
import RewardGauge

/// The criteria of `solve` in which future rewards count for less.
extension SolveCommand {
  func discounted(_ problem: Problem, _ policy: Policy?) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    if let policy {
      let value = try PolicyEvaluation(of: policy, in: problem.mdp).evaluate(reward, tolerance: .absolute(tolerance))
      return try report(value.summary(of: policy), reward.name, of: problem)
    }
    let discounted = try DiscountedProblem(problem.mdp, reward: reward, direction: direction)
    let solution =
      method == .enumeration
      ? try PolicyEnumeration(discounted).solve(options: options)
      : (method.discountedSolver(options) ?? AutomaticSolver(options: options)).solve(discounted)
    return try report(solution, reward.name, of: problem)
  }

  func soft(_ problem: Problem) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    let temperature = temperature ?? 0
    let prior = try prior.map { try Policy.read(from: $0, for: problem.mdp) }
    let solution = try RegularisedIteration(temperature: temperature, prior: prior, options: options)
      .solve(DiscountedProblem(problem.mdp, reward: reward, direction: direction))
    return try report(
      solution.adding([.init("temperature", .number(temperature)), .init("prior", .bool(prior != nil))]), reward.name,
      of: problem)
  }

  func constrained(_ problem: Problem) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    let constraints = try limits(in: problem).map { cost, limit in
      guard Double(limit).isFinite else {
        throw ValidationError("the limit of --constraint \(cost.name) is beyond the range of doubles")
      }
      return ReturnConstraint(cost, atMost: Double(limit))
    }
    let solution = try ConstrainedOptimisation(constraints: constraints, options: options)
      .solve(problem.mdp, reward: reward, direction: direction)
    return try report(solution.summary(under: constraints), reward.name, of: problem)
  }

  func pareto(_ problem: Problem) throws -> ParetoReport {
    let objectives = try (objectives ?? "").split(separator: ",", omittingEmptySubsequences: false).map { word in
      let isMinimised = word.hasPrefix("-")
      return ParetoReport.Objective(
        reward: try problem.reward(named: String(isMinimised ? word.dropFirst() : word)),
        direction: isMinimised == (direction == .minimise) ? .maximise : .minimise)
    }
    let directions = objectives.map(\.direction)
    guard exact else {
      let precision = precision ?? 1e-6
      var options = options
      options.tolerance = .absolute(min(tolerance, precision / 100))
      let front = try ParetoFront(precision: precision, options: options)
        .solve(problem.mdp, objectives.map(\.reward), directions: directions)
      return ParetoReport(front, of: objectives, mdp: problem.mdp)
    }
    guard objectives.count == 2 else {
      throw ValidationError("--exact finds the fronts of two objectives, but there are \(objectives.count)")
    }
    let models = try objectives.map { try problem.rationalModel($0.reward, rationals) }
    let vertices = try ExactParetoFront(options: options).solve(models[0], models[1], directions: directions)
    return ParetoReport(vertices, of: objectives, mdp: problem.mdp, source: models[0].source)
  }

  /// What each --constraint REWARD<=NUMBER limits, the number being a decimal or a fraction.
  func limits(in problem: Problem) throws -> [(cost: Reward, limit: Rational)] {
    try constraint.map { text in
      guard let place = text.firstRange(of: "<="), let limit = try? Rational(parsing: String(text[place.upperBound...]))
      else { throw ValidationError("--constraint \"\(text)\" is not of the form REWARD<=NUMBER") }
      return (try problem.reward(named: String(text[..<place.lowerBound])), limit)
    }
  }
}
