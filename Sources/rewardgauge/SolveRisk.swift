import ArgumentParser
import RewardGauge

/// The criteria of `solve` that look at more than the mean: ambiguity, risk and the worst reward.
extension SolveCommand {
  func robust(_ problem: Problem, _ policy: Policy?) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    let (ambiguity, extra) = try ambiguity(of: problem)
    let extras: [JSONValue.Member] = [extra, .init("nature", .string(nature.rawValue))]
    let solver = RobustIteration(ambiguity: ambiguity, isOptimistic: nature == .with, options: options)
    if let policy {
      let value = try solver.evaluate(policy, in: problem.mdp, reward: reward, direction: direction)
      return try report(value.summary(of: policy).adding(extras), reward.name, of: problem)
    }
    return try report(
      solver.solve(problem.mdp, reward: reward, direction: direction).adding(extras), reward.name, of: problem)
  }

  private func ambiguity(of problem: Problem) throws -> (AmbiguitySet, JSONValue.Member) {
    if let radius { return (.ball(radius: radius), .init("radius", .number(radius))) }
    if let intervalWidth {
      return (.intervals(around: problem.mdp, halfWidth: intervalWidth), .init("intervalWidth", .number(intervalWidth)))
    }
    if let divergence { return (.divergence(radius: divergence), .init("divergence", .number(divergence))) }
    if let bounds = problem.bounds {
      return (.intervals(lower: bounds.lower, upper: bounds.upper), .init("intervals", "file"))
    }
    throw ValidationError(
      "--criterion robust needs what nature may choose from: --radius ε, --interval-width δ, --divergence ρ, or "
        + "transitionsLower and transitionsUpper in the file")
  }

  func nestedCVaR(_ problem: Problem, _ policy: Policy?) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    let level = level ?? 1
    let extras: [JSONValue.Member] = [.init("cvarLevel", .number(level))]
    let solver = NestedCVaR(level: level, options: options)
    if let policy {
      let value = try solver.evaluate(policy, in: problem.mdp, reward: reward, direction: direction)
      return try report(value.summary(of: policy).adding(extras), reward.name, of: problem)
    }
    return try report(
      solver.solve(problem.mdp, reward: reward, direction: direction).adding(extras), reward.name, of: problem)
  }

  func entropicRisk(_ problem: Problem) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    let risk = risk ?? 0
    let solution = try EntropicRisk(risk: risk, horizon: horizon, options: options)
      .solve(problem.mdp, reward: reward, direction: direction)
    return try report(solution.adding([.init("risk", .number(risk))]), reward.name, of: problem)
  }

  func averageEntropicRisk(_ problem: Problem) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    let risk = risk ?? 0
    let solution = try AverageEntropicRisk(risk: risk, options: options)
      .solve(problem.mdp, reward: reward, direction: direction)
    return try report(solution.adding([.init("risk", .number(risk))]), reward.name, of: problem)
  }

  func expectedMinimum(_ problem: Problem) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    let solution = try ExpectedMinimum(direction: direction, options: options).solve(problem.mdp, reward: reward)
    return try report(solution, reward.name, of: problem)
  }

  func guaranteedMinimum(_ problem: Problem) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    let solution = try GuaranteedReward(direction: direction).solve(problem.mdp, reward: reward)
    return try report(solution, reward.name, of: problem)
  }
}
